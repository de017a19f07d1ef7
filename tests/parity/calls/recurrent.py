"""Calls of recurrent layers and cells."""

from __future__ import annotations

from tests.parity.calls import loosely

CALLS = [
    *loosely(
        lambda torch, t, n, q: torch.rnn_tanh(
            t, t[:1, :, :3], [n, q], False, 1, 0.0, False, False, False
        ),
        lambda torch, t, n, q, v: torch.rnn_relu(
            t, t[:1, :2, :3], [n, q, v, v], True, 1, 0.0, False, False, True
        ),
        lambda torch, t, n, q, v: torch.gru(
            t, t[:, :, :3], [n.repeat(3, 1), q.repeat(3, 1), v.repeat(3), v.repeat(3)] * 2,
            True, 1, 0.0, False, True, False,
        ),
        lambda torch, t, n, q, v: torch.lstm(
            t, (t[:1, :, :3], t[:1, :, 1:]), [n.repeat(4, 1), q.repeat(4, 1)],
            False, 1, 0.0, False, False, False,
        ),
        lambda torch, t, n, q: torch.lstm(
            t.reshape(6, 4), torch.tensor([3, 2, 1]), (t[:1, :, :3], t[:1, :, 1:]),
            [n.repeat(4, 1), q.repeat(4, 1)], False, 1, 0.0, False, False,
        ),
        lambda torch, t, n, q: torch.gru(
            t.reshape(6, 4), torch.tensor([3, 2, 1]), t[:1, :, :3],
            [n.repeat(3, 1), q.repeat(3, 1)], False, 1, 0.0, False, False,
        ),
        lambda torch, t, n, q: torch.gru(
            data=t.reshape(6, 4), batch_sizes=torch.tensor([3, 2, 1]), hx=t[:1, :, :3],
            params=[n.repeat(3, 1), q.repeat(3, 1)], has_biases=False, num_layers=1, dropout=0.0,
            train=False, bidirectional=False,
        ),
        lambda torch, n, q: torch.rnn_tanh_cell(n, q, n, q),
        lambda torch, n, q, v: torch.rnn_relu_cell(n, q, n, q, v, v),
        lambda torch, n, q, v: torch.gru_cell(
            n, hx=q, w_ih=n.repeat(3, 1), w_hh=q.repeat(3, 1), b_ih=v.repeat(3), b_hh=v.repeat(3)
        ),
        lambda torch, n, q: torch.lstm_cell(n, (q, q), n.repeat(4, 1), q.repeat(4, 1)),
        lambda torch, n, q: torch.lstm_cell(n, q, n.repeat(4, 1), q.repeat(4, 1)),
        lambda torch, n, q: torch.gru_cell(q, q, n.repeat(3, 1), q.repeat(3, 1)),
    ),
]  # fmt: skip
