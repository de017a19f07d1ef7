"""The generated suite against PyTorch: values, dtypes, gradients, and what a node keeps."""

from __future__ import annotations

import numpy as np
import pytest

from minitorch import Tensor
from minitorch.engine.node import node_of
from minitorch.engine.reverse import sweep
from tests.calculus import call, constant, leaf, like, values
from tests.samples import Case
from tests.test_primitives import ALL, drawn, each

torch = pytest.importorskip("torch")
KNOWN = [case for case in ALL if case.torch is not None]
FLAT = {"floor_divide"}  # whose slope is 0, where PyTorch refuses to go backward
pytestmark = pytest.mark.filterwarnings("ignore")


def theirs(case: Case, tensors):
    f = case.torch
    if isinstance(f, str):
        f = torch
        for part in case.torch.split("."):
            f = getattr(f, part)
        y = f(*tensors, *case.params)
    else:
        y = f(torch, *tensors, *case.params)
    return tuple(y) if case.op.several else (y,)


def tensors_of(case: Case, arrays):
    return [
        torch.from_numpy(np.array(a)).requires_grad_(i in case.wrt) for i, a in enumerate(arrays)
    ]


@each(KNOWN)
@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_value_and_gradient(case, dtype):
    arrays = drawn(case, dtype)
    boxes = [leaf(a) if i in case.wrt else constant(a) for i, a in enumerate(arrays)]
    tensors = tensors_of(case, arrays)
    ys, zs = call(case.op, boxes, case.params), theirs(case, tensors)
    tolerance = 1e-9 if dtype == "f8" else 2e-5
    for y, z in zip(ys, zs, strict=True):
        same(y._value, z.detach().resolve_conj().numpy(), tolerance)
    if not case.wrt or case.name in FLAT:
        return
    cs = like(values(ys), 1)
    found = sweep([(node_of(y), constant(c)) for y, c in zip(ys, cs, strict=True)], Tensor)
    torch.autograd.backward(
        zs, [torch.from_numpy(np.asarray(c.conj())) for c in cs]
    )  # its convention
    for i in case.wrt:
        want = tensors[i].grad
        want = np.zeros_like(arrays[i]) if want is None else want.resolve_conj().numpy().conj()
        same(found[node_of(boxes[i])]._value, want, tolerance)


def same(a, b, tolerance):
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, tolerance, tolerance)


FIRST = {case.name: case for case in reversed(KNOWN) if case.wrt and case.name not in FLAT}

# where what is kept differs: these keep less than PyTorch, which refuses more programs …
LESS = {
    "add_rows", "amax", "amin", "binary_cross_entropy", "copysign", "gather", "lerp",
    "logit_cross_entropy", "power", "prod", "trunc_divide",
}  # fmt: skip
# … and these keep more: two their logits, where PyTorch's two operations keep the log-softmax of
# them, the others what their one rule for all arguments reads, where a composition keeps for each
MORE = {"attention", "channel_norm", "cross_entropy", "layer_norm", "row_losses"}


def positions(case: Case):
    return [
        *range(len(case.samples)),
        *range(-1, -1 - len(call(case.op, case.draw(), case.params)), -1),
    ]


@pytest.mark.parametrize(
    ("case", "at"),
    [pytest.param(c, at, id=f"{c}, {at}") for c in FIRST.values() for at in positions(c)],
)
def test_keeps_what_pytorch_keeps(case, at):
    """A later write to an argument (or result) is an error where it is one in PyTorch."""
    for wrt in {(i,) for i in case.wrt} | {case.wrt}:
        arrays = drawn(case, "f4")
        boxes = [leaf(a) if i in wrt else constant(a) for i, a in enumerate(arrays)]
        tensors = [
            torch.from_numpy(a.copy()).requires_grad_(i in wrt) for i, a in enumerate(arrays)
        ]
        ys, zs = call(case.op, boxes, case.params), theirs(case, tensors)
        box, tensor = ((boxes, tensors), (ys, zs))[at < 0]
        at_ = at if at >= 0 else -1 - at
        if np.shares_memory(ys[0]._value, boxes[0]._value):
            return  # a view
        box[at_]._counter[0] += 1
        with torch.no_grad():
            tensor[at_].zero_()
        ours, other = refused(our_backward, ys), refused(their_backward, zs)
        if case.name in LESS:
            assert ours <= other
        elif case.name in MORE:
            assert ours >= other
        else:
            assert ours == other, f"with respect to {wrt}"


def our_backward(ys):
    sweep([(node_of(y), constant(c)) for y, c in zip(ys, like(values(ys), 1))], Tensor)


def their_backward(zs):
    zs = [z for z in zs if z.requires_grad]
    torch.autograd.backward(zs, [torch.ones_like(z) for z in zs])


def refused(backward, results):
    try:
        backward(results)
    except RuntimeError as error:
        assert "modified by an inplace operation" in str(error)
        return True
    return False
