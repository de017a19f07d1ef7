"""Reading and writing by index."""

import numpy as np

from tests.parity.calls import but, loosely

ROWS = np.array([1, 0, 1])
MASK = np.array([True, False])

CALLS = loosely(
    # ints, slices, None, Ellipsis
    lambda torch, x: (x[0], x[-1], x[0, 1], x[1][2], x[:, 1], x[..., 0], x[0, ...]),
    lambda torch, x: (x[0:1], x[:, 1:], x[:, ::2], x[-1:], x[5:], x[:, -2:-1], x[1:0]),
    lambda torch, x: (x[None], x[:, None], x[..., None], x[None, 0, None, 1:], x[...], x[()]),
    lambda torch, t: (t[0, :, 1], t[..., 1:3], t[:, 0], t[1, ..., -1], t[:, None, ..., 2]),
    lambda torch, x: (x[np.int64(1)], x[torch.tensor(1)], x[torch.tensor(1), torch.tensor(0)]),
    lambda torch, x: (x[slice(0, torch.tensor(1))], x[: np.int32(1)], x[True], x[False]),
    lambda torch, s: (s[()], s[...], s[None], s[True], s[False], s[None, ...]),
    lambda torch, e: (e[:], e[:, 0], e[0:0], e[..., 1], e[None]),
    lambda torch, x: x[2],
    lambda torch, x: x[0, 3],
    lambda torch, x: x[-3],
    lambda torch, x: x[0, 0, 0],
    lambda torch, s: s[0],
    lambda torch, s: s[:],
    lambda torch, e: e[0],
    lambda torch, x: x[::-1],
    lambda torch, x: x[::0],
    lambda torch, x: x[1.0],
    lambda torch, x: x["a"],
    lambda torch, x: x[0, "a"],
    lambda torch, x: x[{}],
    lambda torch, x: x[1.0:],
    lambda torch, x: x[torch.tensor(1.0)],
    # arrays of ints
    lambda torch, x: (x[[0, 1, 0]], x[[1]], x[[-1, 0]], x[:, [0, 2]], x[[0, 1], [2, 0]]),
    lambda torch, x, rows, columns: (x[rows], x[rows, columns], x[:, columns], x[..., columns]),
    lambda torch, x, index: (x[1, index], x[:, index], x[0:1, index], x[None, :, index]),
    lambda torch, x: (x[range(2)], x[:, range(0, 3, 2)], x[list(range(2))], x[(0, 1)]),
    lambda torch, x: (x[ROWS], x[:, ROWS], x[ROWS, ROWS], x[ROWS[:2], 1:]),
    lambda torch, x: (x[[[0, 1], [1, 0]]], x[[[0], [1]], [0, 2]], x[[0, 1], None]),
    lambda torch, x: (x[[]], x[:, []], x[torch.tensor([], dtype=torch.int64)]),
    lambda torch, t: (t[[0, 1], :, [1, 2]], t[:, [0, 1], [1, 2]]),
    lambda torch, t: (t[[0, 1], [1, 2]], t[0, :, [1, 2]]),
    lambda torch, t: (t[[1], 0], t[0, [1, 2], 1:], t[:, [[0], [1]], [0, 3]], t[[0, 1], 1, [2, 3]]),
    lambda torch, t: (t[..., [0, 1], 1], t[[0, 1], ..., 0], t[[0], None, :, [1]], t[1:, [2], ::2]),
    lambda torch, t: (t[torch.tensor(0), [1, 2]], t[[torch.tensor(0), torch.tensor(1)]]),
    lambda torch, x: x[torch.tensor([0, 1], dtype=torch.int32)],
    lambda torch, x: x[torch.tensor([1], dtype=torch.int16)],
    lambda torch, s: (s[[]] if False else s[None][[0, 0]],),
    lambda torch, x: x[[2]],
    but("empty", lambda torch, x: x[:, [0, 3]]),  # not looked at by PyTorch
    lambda torch, x: x[[0, 1], [0, 1, 2]],
    lambda torch, x: x[[0], [0], [0]],
    lambda torch, x: x[["a"]],
    lambda torch, x: x[[0, [1]]],
    lambda torch, s: s[[0]],
    # masks
    lambda torch, x, k: (x[k], x[k[:, 0]], x[:, k[0]], x[x > 0], x[~k]),
    lambda torch, x, k: (x[k[:, 0], 1], x[k[:, 0], 1:], x[k[:, 0], [1]], x[None, k]),
    lambda torch, x: (x[MASK], x[[True, False]]),
    lambda torch, x: (x[[True, True], [0, 1]], x[:, [True, False, True]]),
    lambda torch, t, k: (t[k], t[k, 0], t[k, 1:], t[0, k[0]], t[..., k[0][:, None].expand(3, 4)]),
    lambda torch, t, k: (t[k[:, 0], k[0]], t[k[:, 0], :, [0]], t[:, k[1]]),
    lambda torch, s: (s[torch.tensor(True)], s[torch.tensor(False)], s[s > 0]),
    lambda torch, x: (x[torch.tensor(True)], x[True, 0], x[None, True], x[0, True]),
    lambda torch, x: x[torch.tensor([1, 0], dtype=torch.uint8)],
    lambda torch, x, k: x[k.T],
    lambda torch, x: x[[True, False, True]],
    lambda torch, x, k: x[k, 0],
    lambda torch, t, k: t[k[:, 0], k[:, 0]],
    lambda torch, t, k: t[k[0], k],
    # writing: with numbers
    lambda torch, x: put(x, 0, 5),
    lambda torch, x: put(x, (0, 1), 2.5),
    lambda torch, x: put(x, slice(None), True),
    lambda torch, x: put(x, (slice(None), 1), 0),
    lambda torch, x: put(x, ..., -1),
    lambda torch, x: put(x, None, 3),
    lambda torch, x: put(x, [0, 1], 3),
    lambda torch, x: put(x, ([0, 1], [2, 0]), 3),
    lambda torch, x: put(x, True, 3),
    lambda torch, x: put(x, False, 3),
    lambda torch, x: put(x, (slice(None), slice(0, 0)), 3),
    lambda torch, x: put(x, x > 0, 3),
    lambda torch, x: put(x, (x[:, 0] > 0, 1), 3),
    lambda torch, x: put(x, ROWS, 1),
    lambda torch, x: put(x, MASK, 1),
    lambda torch, x: put(x, range(2), 1),
    lambda torch, x: put(x, [], 1),
    lambda torch, x: put(x, 0, np.float64(2.5)),
    lambda torch, s: put(s, (), 3),
    lambda torch, s: put(s, ..., 3),
    lambda torch, s: put(s, s > 0, 3),
    # with tensors, which broadcast and are converted
    # PyTorch then has integers that require grad
    but("int64, 0-d float32", lambda torch, x, y: put(x, slice(None), y)),
    lambda torch, x, y: put(x, 0, y[0]),
    lambda torch, x, v: put(x, 0, v),
    lambda torch, x, v: put(x, slice(0, 2), v),
    lambda torch, x, v: put(x, [1, 0], v),
    lambda torch, x, y: put(x, [1, 1], y.to(x.dtype)),  # the last stays, both get a gradient
    lambda torch, x, y: put(x, ([0, 0, 1], [2, 2, 2]), y[0].to(x.dtype)),
    lambda torch, x, v: put(x, (0, [0, 2]), v[:2]),
    lambda torch, x, v: put(x, (slice(None), [0, 2]), v[:2]),
    lambda torch, x, s: put(x, x > 0, s.to(x.dtype)),
    lambda torch, x, s: put(x, (1, 2), s.to(x.dtype)),
    lambda torch, x, s: put(x, 0, s[None]),
    lambda torch, x, c, k: put(x, k, c[:3]),
    lambda torch, x, d: put(x, slice(None), d),
    lambda torch, x, i: put(x, slice(None), i),
    lambda torch, x, k: put(x, slice(None), k),
    lambda torch, i, x: put(i, slice(None), x.detach()),
    but("0-d", lambda torch, i, x: put(i, [0], x.detach())),  # here PyTorch does not convert
    lambda torch, x, y: put(x, ([1, 0], slice(1, 3)), y[:, 1:]),
    lambda torch, x, y: put(x, (None, ..., 0), y[:, 0]),
    lambda torch, x, y: put(x, slice(None), y[None]),
    lambda torch, x, y: put(x, [0, 1], y[None]),
    lambda torch, t, w: put(t, (0, slice(None), [0, 3]), w[:2]),
    lambda torch, t, m: put(t, ([0, 1], slice(None), [1, 2]), m),
    lambda torch, x, v: put(x, (0, slice(None, None, 2)), v[:2]),
    lambda torch, x, v: put(x.T, 0, v[:2]),
    lambda torch, q: put(q, ([0, 1], [0, 1]), q[2, :2]),
    # what does not fit
    lambda torch, x: put(x, 2, 0),
    lambda torch, x: put(x, (0, 3), 0),
    lambda torch, x: put(x, [2], 0),
    lambda torch, x: put(x, "a", 0),
    lambda torch, x: put(x, 1.5, 0),
    lambda torch, x, w: put(x, 0, w),
    lambda torch, x, w: put(x, [0, 1], w),
    lambda torch, x, w, k: put(x, k, w),
    lambda torch, x, k: put(x, k.T, 0),
    but("int64, 0-d float32", lambda torch, x, y: put(x, 0, y)),
    lambda torch, x: put(x, 0, "a"),
    lambda torch, x: put(x, 0, None),
    lambda torch, x: put(x, slice(None, None, -1), 0),
    lambda torch, x: put(x, (0, 0, 0), 0),
    but("float16", lambda torch, x: put(x, 0, 1e300)),  # infinite in PyTorch
    lambda torch, i: put(i, 0, float("nan")),
)  # fmt: skip


def put(x, index, value):
    """A copy of x, written to."""
    y = x.clone()
    y[index] = value
    return y
