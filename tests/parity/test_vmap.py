"""torch.vmap: every call that is compared with PyTorch, on a batch, against a loop."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import minitorch
import minitorch.nn.functional
from tests.parity.compare import (
    ERRORS,
    INPUTS,
    array_of,
    compare,
    label,
    names_in,
    parameters,
    tensors_in,
)
from tests.parity.test_functions import FAMILIES

torch = pytest.importorskip("torch")

SIZE = 3
# Random numbers are compared below; what is created depends on no example.
PURE = [
    pytest.param(call, id=f"{family}: {getattr(call, 'title', None) or label(call)}")
    for family, calls in FAMILIES.items()
    if family not in ("creation", "sampling")
    for call in calls
    if parameters(call)
]
# With counts of 1, `repeat` gives a copy of one example, and of a batch a view of it. Those that
# follow are about memory, of which an example has none of its own: they are refused, or (as
# `view`) not held to its layout. PyTorch takes a number apart where it has one in each example.
EXCEPT = (
    "y.repeat(1, 1)", "view(torch.", "torch.Tensor(x.detach())", '"data", torch.zeros(2, 2)',
    "resize_", "set_(", "x.t().view(6)", "view_as_complex(m", "s.argwhere()", "s.unfold(",
)  # fmt: skip


def example(call, k, kind="f8"):
    """The inputs of a call, a little different for each k; those that may be floats in `kind`."""
    arrays = {}
    for name in parameters(call):
        array = INPUTS[name]
        if array.dtype.kind == "f":
            array = array.astype("f8")
            if name not in "zr":
                array = array * (1 + 0.1 * k) + (0 if name in "pu" else 0.05 * k)
            array = np.asarray(array if kind == "f8" else np.round(3 * array), kind)
        arrays[name] = array
    return arrays


def run(module, call, arrays):
    """The arrays that a call gives."""
    tensors = [module.from_numpy(array.copy()) for array in arrays.values()]
    return [array_of(y) for y in tensors_in(call(module, *tensors))]


def mapped(module, call, arrays):
    """The same of a batch."""

    def all_tensors(*inputs):
        return tuple(tensors_in(call(module, *inputs)))

    return run(module, lambda module, *inputs: module.vmap(all_tensors)(*inputs), arrays)


def looped(call, rows):
    """What `mapped` should give; None where the examples differ in their shapes."""
    results = [run(minitorch, call, row) for row in rows]
    if not results[0] or len({str([a.shape for a in row]) for row in results}) > 1:
        return None
    return [np.stack(column) for column in zip(*results, strict=True)]


def stacked(rows):
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def examples(call):
    """Examples of a call, in floats or else in ints, and what `mapped` should give of them."""
    for kind in ("f8", "i8"):
        rows = [example(call, k, kind) for k in range(SIZE)]
        try:
            return rows, looped(call, rows)
        except NotImplementedError:
            if kind == "i8":
                raise


def fails_too(call):
    """A mistake in every example is one in the batch, unless PyTorch lets it pass."""
    arrays = stacked([example(call, k) for k in range(SIZE)])
    try:
        mapped(minitorch, call, arrays)
    except Exception as error:
        assert isinstance(error, (*ERRORS, AttributeError, AssertionError))
    else:
        mapped(torch, call, arrays)


@pytest.mark.parametrize("call", PURE)
def test_against_a_loop(call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if any(text in label(call) for text in EXCEPT):
            pytest.skip("about the memory of a tensor")
        try:
            rows, want = examples(call)
        except Exception:
            fails_too(call)
            return
        strided = any(name.startswith("as_strided") for _, name in names_in(call))
        if want is None or strided:
            pytest.skip("no batch of such examples")
        try:
            got = mapped(minitorch, call, stacked(rows))
        except Exception as error:
            with pytest.raises(ERRORS):
                mapped(torch, call, stacked(rows))
            assert isinstance(error, ERRORS)
            return
    for a, b in zip(got, want, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_allclose(a, b, 1e-9, 1e-12)


def rows_of(x):
    return x.sum(), x * 2


def index_each(torch, f, *tensors, in_dims=0):
    return torch.vmap(f, in_dims)(*tensors)


CALLS = [
    # in_dims, out_dims
    lambda torch, x: torch.vmap(torch.sin)(x),
    lambda torch, x: torch.vmap(torch.sin, 1)(x),
    lambda torch, x: torch.vmap(torch.sin, -1, 1)(x),
    lambda torch, x: torch.vmap(torch.sin, 0, -1)(x),
    lambda torch, x: torch.vmap(torch.sin, 5)(x),
    lambda torch, x: torch.vmap(torch.sin, None)(x),
    lambda torch, x: torch.vmap(torch.sin, "a")(x),
    lambda torch, x: torch.vmap(torch.sin, ("a",))(x),
    lambda torch, x: torch.vmap(torch.sin, (0, 0))(x),
    lambda torch, x: torch.vmap(torch.sin, out_dims=7)(x),
    lambda torch, x: torch.vmap(torch.sin, out_dims=None)(x),
    lambda torch, x: torch.vmap(torch.sin, out_dims="a")(x),
    lambda torch, x: torch.vmap(torch.sin)(3),
    lambda torch: torch.vmap(torch.sin)(),
    lambda torch, x: torch.vmap(lambda x: 3)(x),
    lambda torch, x: torch.vmap(lambda x: None)(x),
    lambda torch, x: torch.vmap(lambda x: x.new_ones(3), out_dims=None)(x),
    lambda torch, x: torch.vmap(lambda x: x.new_ones(3))(x),
    lambda torch, x, y: torch.vmap(torch.add)(x, y),
    lambda torch, x, y: torch.vmap(torch.add, (0, None))(x, y),
    lambda torch, m, v: torch.vmap(torch.mv, (None, 0))(m, torch.stack([v, v * 2])),
    lambda torch, m, q: torch.vmap(torch.add)(m, q),
    lambda torch, m: torch.vmap(rows_of, out_dims=(0, 1))(m),
    lambda torch, m: torch.vmap(rows_of, out_dims=(0, 1, 2))(m),
    lambda torch, m: torch.vmap(lambda x: [x, (x, x)], out_dims=[0, (1, 0)])(m),
    lambda torch, m, v: torch.vmap(lambda d: d["a"] + d["b"], ({"a": 0, "b": None},))(
        {"a": m, "b": v}
    ),
    lambda torch, m, v: torch.vmap(lambda d: d["a"], ({"a": 0, "c": None},))({"a": m, "b": v}),
    lambda torch, m: torch.vmap(lambda x, y: x + y)(m, y=m),
    lambda torch, m: torch.vmap(lambda x, k: x * k, (0, None))(m, 3),
    lambda torch, t: torch.vmap(torch.vmap(torch.sum))(t),
    lambda torch, t: torch.vmap(torch.vmap(lambda r: r.cumsum(0), 1, 1), 1)(t),
    lambda torch, m: torch.vmap(lambda x: m @ x)(m),
    lambda torch, e: torch.vmap(torch.sin)(e),
    # chunks, randomness
    lambda torch, q: torch.vmap(torch.sin, chunk_size=2)(q),
    lambda torch, q: torch.vmap(rows_of, out_dims=(0, 1), chunk_size=1)(q),
    lambda torch, q: torch.vmap(torch.sin, chunk_size=0)(q),
    lambda torch, q: torch.vmap(torch.sin, randomness="other")(q),
    # in place
    lambda torch, m: torch.vmap(lambda x: x.clone().mul_(x).add_(1))(m),
    lambda torch, m, v: torch.vmap(lambda x: x.clone().mul_(v))(m),
    lambda torch, m: torch.vmap(lambda x: v_written(x.clone(), x))(m),
    lambda torch, m: torch.vmap(lambda x: torch.zeros(3, dtype=x.dtype).add_(x))(m),
    lambda torch, m: torch.vmap(lambda x: torch.zeros_like(x).add_(x))(m),
    lambda torch, m: (torch.vmap(lambda x: x.mul_(2))(m.detach()), m),
    lambda torch, m: (torch.vmap(lambda x: x.mul_(2), 1)(m.detach()), m),
    lambda torch, m: torch.vmap(lambda x: x.new_zeros(3).copy_(x).exp_())(m),
    lambda torch, m: torch.vmap(lambda x: x.clone().view(3, 1)[:, 0].fill_(2.5))(m),
    # indices that differ
    lambda torch, q, index: torch.vmap(lambda x, i: x[i], (0, 0))(q, rows3(index)),
    lambda torch, n, index: torch.vmap(lambda i: n[i])(rows3(index)),
    lambda torch, n, index: torch.vmap(lambda i: n[:, i])(rows3(index)),
    lambda torch, n, index: torch.vmap(lambda i: n[i, [0, 3, 1]])(rows3(index)),
    lambda torch, t, index: torch.vmap(lambda x, i: x[:, i])(t, rows3(index)[:2]),
    lambda torch, t, index: torch.vmap(lambda x, i: x[0, i])(t, rows3(index)[:2]),
    lambda torch, q, index: torch.vmap(lambda x, i: put(x.clone(), i, 5.0))(q, rows3(index)),
    lambda torch, q, index: torch.vmap(lambda x, i: put(x.clone(), i, x * 2))(q, orders(torch)),
    lambda torch, q: torch.vmap(lambda x: x[x > 0])(q),
    lambda torch, q: torch.vmap(lambda x: torch.where(x > 0, x, -x))(q),
    lambda torch, q, index: torch.vmap(lambda x, i: x.gather(0, i))(q, rows3(index)),
    lambda torch, q, index: torch.vmap(lambda i: q[0].index_select(0, i))(rows3(index)),
    lambda torch, q, index: torch.vmap(lambda x, i: torch.zeros_like(x).index_add(0, i, x))(
        q, rows3(index)
    ),
    lambda torch, q, index: torch.vmap(torch.nn.functional.cross_entropy)(q, index),
    lambda torch, q, index: torch.vmap(torch.func.grad(torch.nn.functional.cross_entropy))(
        q, index
    ),
    lambda torch, index: torch.vmap(lambda i: torch.nn.functional.one_hot(i, 4))(index),
    # what depends on data
    lambda torch, v: torch.vmap(lambda x: x.item())(v),
    lambda torch, v: torch.vmap(lambda x: float(x))(v),
    lambda torch, v: torch.vmap(lambda x: x if x > 0 else -x)(v),
    lambda torch, q: torch.vmap(lambda x: x.tolist())(q),
    lambda torch, q: torch.vmap(lambda x: x.detach().numpy())(q),
    lambda torch, q: torch.vmap(lambda x: x.data_ptr())(q),
    lambda torch, q: torch.vmap(lambda x: x.nonzero())(q),
    lambda torch, q: torch.vmap(lambda x: x.sum().backward())(q),
    lambda torch, q: torch.vmap(lambda x: x.requires_grad, out_dims=None)(q),
    lambda torch, q: torch.vmap(lambda x: torch.tensor(x.shape))(q),
    lambda torch, q: torch.vmap(lambda x: torch.nn.functional.dropout(x))(q),
]


def put(x, index, value):
    x[index] = value
    return x


def v_written(x, y):
    x[0] = y[1]
    x[1:].mul_(y[0])
    return x * y


def rows3(index):
    return (index[:, None] + index) % 3


def orders(torch):
    return torch.tensor([[0, 1, 2], [2, 0, 1], [1, 2, 0]])


@pytest.mark.parametrize("call", CALLS, ids=label)
def test_call(call):
    found = compare(minitorch, torch, call)
    assert not found, "\n".join(found)


RANDOM = [
    lambda torch, m: torch.rand(2),
    lambda torch, m: torch.rand((2, 3)),
    lambda torch, m: torch.randn(20),
    lambda torch, m: torch.rand_like(m),
    lambda torch, m: torch.randn_like(m),
    lambda torch, m: torch.randint(5, (2,)),
    lambda torch, m: torch.randint(2, 5, size=(2,)),
    lambda torch, m: torch.randperm(5),
    lambda torch, m: torch.normal(0.0, 1.0, (2,)),
    lambda torch, m: torch.normal(m),
    lambda torch, m: torch.normal(m.abs(), m.abs()),
    lambda torch, m: torch.normal(torch.zeros(3)),
    lambda torch, m: torch.bernoulli(m.sigmoid()),
    lambda torch, m: torch.bernoulli(torch.ones(3) / 2),
    lambda torch, m: torch.multinomial(m.exp(), 2),
    lambda torch, m: torch.multinomial(torch.ones(3), 2),
    lambda torch, m: m.clone().uniform_(),
    lambda torch, m: m.clone().normal_(),
    lambda torch, m: m.clone().bernoulli_(0.5),
    lambda torch, m: m.clone().exponential_(),
    lambda torch, m: m.clone().random_(5),
    lambda torch, m: torch.zeros(3).uniform_(),
    lambda torch, m: torch.nn.functional.dropout(m),
    lambda torch, m: torch.nn.functional.dropout(torch.ones(3), 0.3),
]


@pytest.mark.parametrize("randomness", ["error", "same", "different"])
@pytest.mark.parametrize("draw", RANDOM, ids=label)
def test_randomness(draw, randomness):
    """The numbers are PyTorch's, too."""

    def once(torch, m):
        m = m.detach()
        return torch.vmap(lambda m: draw(torch, m), randomness=randomness)(m)

    def twice(torch, t):
        t = t.detach()[..., :3].contiguous()
        rows = torch.vmap(lambda m: draw(torch, m), randomness=randomness)
        return torch.vmap(rows, randomness=randomness)(t)

    found = compare(minitorch, torch, once)
    # PyTorch refuses nested bernoulli_ with a number; rows of rows of weights are refused here
    if not any(name in label(draw) for name in ("bernoulli_", "multinomial")):
        found += compare(minitorch, torch, twice)
    assert not found, "\n".join(found)
