"""Recurrent layers beside the single steps that they stand for, and packed beside one by one."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
import minitorch as torch
import minitorch.kernels.recurrent
from minitorch.nn.utils.rnn import pack_sequence, pad_packed_sequence, unpack_sequence

KINDS = {"RNN": torch.nn.RNNCell, "LSTM": torch.nn.LSTMCell, "GRU": torch.nn.GRUCell}


def layer(kind, **more):
    torch.manual_seed(1)
    return getattr(torch.nn, kind)(3, 4, dtype=torch.float64, **more)


def step(kind, weights, x, state):
    """One step, of simple operations."""
    w_ih, w_hh, b_ih, b_hh = weights
    z, product = x @ w_ih.T + b_ih, state[0] @ w_hh.T + b_hh
    if kind == "RNN":
        return (torch.tanh(z + product),)
    if kind == "GRU":
        (r, u, n), (r2, u2, n2) = z.chunk(3, 1), product.chunk(3, 1)
        u = torch.sigmoid(u + u2)
        new = torch.tanh(n + torch.sigmoid(r + r2) * n2)
        return ((1 - u) * new + u * state[0],)
    i, f, g, o = (z + product).chunk(4, 1)
    c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def by_steps(kind, weights, x, hx):
    state, outputs = hx, []
    for row in x:
        state = step(kind, weights, row, state)
        outputs.append(state[0])
    return torch.stack(outputs), *state


def start(kind, batch):
    torch.manual_seed(2)
    count = 2 if kind == "LSTM" else 1
    return tuple(torch.randn(batch, 4, dtype=torch.float64) for _ in range(count))


def weighted(ys):
    return sum((y * torch.linspace(0.5, 2, y.numel(), dtype=y.dtype).reshape(y.shape)).sum()
               for y in ys)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_fused_is_the_composition_of_steps(kind):
    """In value, gradient and gradient of the gradient."""
    module = layer(kind)
    weights = list(module.parameters())
    x = torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)
    hx = [state.requires_grad_() for state in start(kind, 2)]
    leaves = [x, *hx, *weights]

    def fused():
        whole = [state.unsqueeze(0) for state in hx]
        y, last = module(x, tuple(whole) if kind == "LSTM" else whole[0])
        return [y, *(s[0] for s in (last if kind == "LSTM" else (last,)))]

    found = []
    for ys in (fused(), by_steps(kind, weights, x, hx)):
        grads = torch.autograd.grad(weighted(ys), leaves, create_graph=True)
        second = torch.autograd.grad(sum((g * g).sum() for g in grads), leaves)
        found.append([*ys, *grads, *second])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a.detach(), b.detach(), 1e-9, 1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"bidirectional": True, "num_layers": 2}])
def test_packed_is_one_sequence_after_the_other(kind, options):
    module = layer(kind, **options)
    sequences = [torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (2, 5, 1, 5)]
    y, last = module(pack_sequence(sequences, enforce_sorted=False))
    rows, lengths = pad_packed_sequence(y)
    assert lengths.tolist() == [2, 5, 1, 5] and rows.shape[:2] == (5, 4)
    packed = torch.autograd.grad(weighted(unpack_sequence(y)), sequences)
    alone = [module(sequence) for sequence in sequences]
    for a, (b, _) in zip(unpack_sequence(y), alone, strict=True):
        np.testing.assert_allclose(a.detach(), b.detach(), 1e-12, 1e-12)
    states = last if kind == "LSTM" else (last,)
    for i, (_, own) in enumerate(alone):
        for a, b in zip(states, own if kind == "LSTM" else (own,), strict=True):
            np.testing.assert_allclose(a[:, i].detach(), b.detach(), 1e-12, 1e-12)
    one_by_one = torch.autograd.grad(weighted([b for b, _ in alone]), sequences)
    for a, b in zip(packed, one_by_one, strict=True):
        np.testing.assert_allclose(a, b, 1e-10, 1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_cells_step_through_a_layer(kind):
    module, cell = layer(kind), KINDS[kind](3, 4, dtype=torch.float64)
    state = {key.removesuffix("_l0"): value for key, value in module.state_dict().items()}
    cell.load_state_dict(state)
    x, hx = torch.randn(4, 2, 3, dtype=torch.float64), None
    for row, expected in zip(x, module(x)[0], strict=True):
        hx = cell(row, hx)
        np.testing.assert_allclose((hx[0] if kind == "LSTM" else hx).detach(), expected.detach())


@pytest.mark.parametrize("kind", KINDS)
def test_a_gradient_for_each_example(kind):
    """`vmap` of `grad`, whose rows are those of one sequence after the other."""
    module, x = layer(kind), torch.randn(6, 5, 3, dtype=torch.float64)
    weights = dict(module.named_parameters())

    def loss(weights, sequence):
        return (torch.func.functional_call(module, weights, (sequence,))[0] ** 2).sum()

    found = torch.func.vmap(torch.func.grad(loss), (None, 0))(weights, x)
    for i, sequence in enumerate(x):
        own = torch.func.grad(loss)(weights, sequence)
        for key in weights:
            np.testing.assert_allclose(found[key][i].detach(), own[key].detach(), 1e-9, 1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_tangents_are_columns_of_the_jacobian(kind):
    module = layer(kind)
    x, t = torch.randn(2, 3, 2, 3, dtype=torch.float64)
    _, tangent = torch.func.jvp(lambda x: module(x)[0], (x,), (t,))
    jacobian = torch.func.jacrev(lambda x: module(x)[0])(x)
    expected = (jacobian * t).sum((-1, -2, -3))
    np.testing.assert_allclose(tangent.detach(), expected.detach(), 1e-9, 1e-10)


def test_what_was_overwritten_is_noticed():
    module = layer("LSTM")
    y, _ = module(torch.randn(3, 2, 3, dtype=torch.float64))
    with torch.no_grad():
        module.weight_hh_l0.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_computed_weights_are_used():
    """A weight that a program puts in the place of a parameter gets its gradient."""
    module, raw = layer("LSTM"), torch.ones(16, 4, dtype=torch.float64, requires_grad=True)
    del module._parameters["weight_hh_l0"]
    module.weight_hh_l0 = raw * 0.5
    module(torch.randn(3, 2, 3, dtype=torch.float64))[0].sum().backward()
    assert raw.grad is not None and raw.grad.abs().sum() > 0


def test_too_long_for_its_padding():
    with pytest.raises(RuntimeError, match="exceed the 3 steps"):
        torch.nn.utils.rnn.pack_padded_sequence(torch.zeros(3, 2), [4, 1])


def test_unpadding_leaves_the_padded_alone():
    x = torch.arange(6).reshape(3, 2)
    parts = torch.nn.utils.rnn.unpad_sequence(x, torch.tensor([3, 1]))
    assert x.shape == (3, 2) and [part.tolist() for part in parts] == [[0, 2, 4], [1]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_outputs_can_be_written_to(kind, batch_first):
    """As by an activation in place; the layer keeps its own."""
    module = layer(kind, batch_first=batch_first)
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    expected = torch.autograd.grad(module(x)[0].relu().sum(), module.weight_hh_l0)[0]
    y, _ = module(x)
    torch.relu_(y).sum().backward()
    np.testing.assert_allclose(module.weight_hh_l0.grad.numpy(), expected.numpy())


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_backward_pass_is_refused(kind):
    """Where a state was not detached between two batches."""
    module = layer(kind)
    x = torch.zeros(4, 2, 3, dtype=torch.float64)
    y, state = module(x)
    y.sum().backward()
    y, _ = module(x, state)
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.sum().backward()


def test_what_is_no_tensor_is_refused_by_name():
    lstm = torch.nn.LSTM(3, 4)
    with pytest.raises(AttributeError, match="'ndarray' object .*: LSTM takes a Tensor or a Pack"):
        lstm(np.zeros((5, 2, 3), np.float32))
    with pytest.raises(IndexError, match=r"the state of an LSTM is a pair \(h, c\)"):
        lstm(torch.zeros(5, 2, 3), (torch.zeros(1, 2, 4),))
    with pytest.raises(TypeError, match=r"not tuple; take the part of it that is meant"):
        torch.nn.Sequential(lstm, torch.nn.Linear(4, 1))(torch.zeros(5, 2, 3))
    with pytest.raises(TypeError, match="expected Tensor as element 1 in argument 0, but got int"):
        torch.nn.utils.rnn.pad_sequence([torch.zeros(2), 1])


@pytest.mark.parametrize("kernels", ["numpy", "auto"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cached", [1, 100])
def test_steps_run_in_blocks_of_any_length(kind, cached, kernels, monkeypatch):
    """Of one step, or of some; in both directions, where sequences end and begin."""

    def run():
        module = layer(kind, bidirectional=True).float()
        sequences = [torch.randn(n, 3, requires_grad=True) for n in (6, 6, 6, 4, 3, 3)]
        y, last = module(pack_sequence(sequences))
        ys = [y.data, *(last if kind == "LSTM" else (last,))]
        return [*ys, *torch.autograd.grad(weighted(ys), [*sequences, *module.parameters()])]

    monkeypatch.setattr(minitorch.kernels.recurrent.lstm_steps_back, "pays", 0)
    with minitorch.use_kernels("numpy"):
        whole = run()
    monkeypatch.setattr(minitorch.kernels.recurrent, "CACHED", cached)
    with minitorch.use_kernels(kernels):
        for a, b in zip(run(), whole, strict=True):
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), 1e-5, 1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_steps_are_those_of_a_wide_layer(kind):
    """Whose products are made in pieces."""
    torch.manual_seed(1)
    module, x = getattr(torch.nn, kind)(24, 128), torch.randn(6, 40, 24, requires_grad=True)
    hx = [torch.zeros(40, 128) for _ in range(2 if kind == "LSTM" else 1)]
    weights = list(module.parameters())
    found = []
    for y in (module(x)[0], by_steps(kind, weights, x, hx)[0]):
        grads = torch.autograd.grad(weighted([y]), [x, *weights])
        found.append([y.detach(), *(g / g.abs().max() for g in grads)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, 1e-4, 2e-5)
