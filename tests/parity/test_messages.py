"""Mistakes raise PyTorch's type of error, in words that PyTorch uses too, and say more."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import minitorch
from tests.parity.compare import INPUTS, label, made, parameters

torch = pytest.importorskip("torch")

MISTAKES = [
    # shapes that don't fit
    (lambda torch, x, w: x + w, "must match the size of tensor b (4) at non-singleton dimension 1"),
    (lambda torch, x, n: x.clone().add_(n), "must match the size of tensor b"),
    (lambda torch, v, m: v.clone().mul_(m), "doesn't match the broadcast shape [2, 3]"),
    (lambda torch, m: m @ m, "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
    (lambda torch, v, w: v.dot(w), "inconsistent tensor size, expected tensor [3] and src [4]"),
    (lambda torch, s, m: s @ m, "both arguments to matmul need to be at least 1D"),
    (lambda torch, m: m.bmm(m), "must be a 3D tensor"),
    (lambda torch, x: x.view(4), "shape '[4]' is invalid for input of size 6"),
    (lambda torch, x: x.reshape(-1, 4), "shape '[-1, 4]' is invalid for input of size 6"),
    (lambda torch, x: x.reshape(-1, -1), "only one dimension can be inferred"),
    (lambda torch, x: x.t().view(-1), "view size is not compatible with input tensor's size and"),
    (lambda torch, x: x.expand(4, 3), "The expanded size of the tensor (4) must match the"),
    (lambda torch, x: x.sum(2), "Dimension out of range (expected to be in range of [-2, 1], but"),
    (lambda torch, x: x.sum((0, 0)), "dim 0 appears multiple times in the list of dims"),
    (lambda torch, x: x.permute(0, 0), "duplicate dims are not allowed"),
    (lambda torch, t: t.t(), "t() expects a tensor with <= 2 dimensions, but self is 3D"),
    (lambda torch, x, w: torch.cat([x, w[None]]), "Sizes of tensors must match except in"),
    (lambda torch, x, v: torch.cat([x, v]), "Tensors must have same number of dimensions"),
    (lambda torch, s: torch.cat([s]), "zero-dimensional tensor (at position 0) cannot be"),
    (lambda torch: torch.cat([]), "expected a non-empty list of Tensors"),
    (lambda torch, v, w: torch.stack([v, w]), "stack expects each tensor to be equal size, but"),
    (lambda torch, c: c.split([1, 2]), "expects split_sizes to sum exactly to 6"),
    (lambda torch, c: c.chunk(0), "chunk expects `chunks` to be greater than 0"),
    (lambda torch, x: x.narrow(1, 2, 2), "exceeds dimension size (3)"),
    (lambda torch, x: x[2], "index 2 is out of bounds for dimension 0 with size 2"),
    (lambda torch, x: x[0, 0, 0], "too many indices for tensor of dimension 2"),
    (lambda torch, x, w: x[w > 0], "The shape of the mask [4] at index 0"),
    (lambda torch, x, v: x[v], "tensors used as indices must be long, int, byte or bool tensors"),
    (lambda torch, x: x[::-1], "step must be greater than zero"),
    (lambda torch, x, w: put(x.clone(), [0, 1], w), "shape mismatch: value tensor of shape [4]"),
    (lambda torch, x, rows: x.gather(1, rows + 3), "is out of bounds for dimension 1 with size 3"),
    (lambda torch, x, index: x.gather(1, index), "same number of dimensions as input tensor"),
    (lambda torch, x, y, rows: x.gather(1, rows.float()), "Expected dtype int32/int64 for index"),
    (lambda torch, e: e.max(), "Expected reduction dim to be specified for input.numel() == 0"),
    (lambda torch, e: e.argmax(0), "Expected reduction dim 0 to have non-zero size"),
    (lambda torch: torch.empty(-1), "Trying to create tensor with negative dimension -1"),
    (lambda torch: torch.tensor([[1, 2], [3]]), "expected sequence of length 2"),
    (lambda torch, m: m.mm(m[0]), "mat2 must be a matrix"),
    (lambda torch, m: m.mv(m), "vector + matrix @ vector expected, got"),
    # dtypes
    (lambda torch, i: i.requires_grad_(), "only Tensors of floating point"),
    (lambda torch: torch.tensor([1], requires_grad=True), "Tensors of floating point and complex"),
    (lambda torch, i: i.mean(), "could not infer output dtype"),
    (lambda torch, i: i.clone().div_(2), "can't be cast to the desired output type"),
    (lambda torch, i, x: i.clone().add_(x), "can't be cast to the desired output type"),
    (lambda torch, k: k - k, "Subtraction, the `-` operator, with two bool tensors is not"),
    (lambda torch, i: i**-1, "Integers to negative integer powers are not allowed"),
    (lambda torch, i: i // 0, "ZeroDivisionError"),
    (lambda torch, m, d: m @ d.T, "to have the same dtype, but got"),
    (lambda torch, i: i.add(i, alpha=0.5), "argument alpha must not be a floating point number"),
    (lambda torch, x, i: x.masked_fill(i, 0), "only supports boolean masks"),
    (lambda torch: torch.full((1,), 300, dtype=torch.uint8), "without overflow"),
    (lambda torch, i: i.softmax(0), "not implemented for 'Long'"),
    (lambda torch, x: ~x, "is only implemented on integer and Boolean-type tensors"),
    (lambda torch, x, y, p: torch.where(x, y, p), "where expected condition to be a boolean"),
    # types and keywords
    (lambda torch, x: torch.sin("a"), "sin(): argument 'input' (position 1) must be Tensor, not"),
    (lambda torch, x: torch.add(x, "a"), "argument 'other'"),
    (lambda torch, x: x + [1], "unsupported operand type(s) for +"),  # noqa: RUF005
    (lambda torch, x: torch.exp(x, color=1), "got an unexpected keyword argument 'color'"),
    (lambda torch: torch.zeros(2, color=1), "got an unexpected keyword argument 'color'"),
    (lambda torch: torch.zeros(), "missing 1 required positional argument"),
    (lambda torch: torch.zeros(2, dtype="float"), "must be torch.dtype, not str"),
    (lambda torch, x: x.to("gpu"), "Expected one of"),
    (lambda torch, x: x.cuda(), "Torch not compiled with CUDA enabled"),
    (lambda torch: torch.tensor(None), "Could not infer dtype of NoneType"),
    (lambda torch: torch.tensor(["a"]), "str"),
    (lambda torch: torch.from_numpy([1]), "expected np.ndarray (got list)"),
    (lambda torch: torch.from_numpy(np.arange(3)[::-1]), "negative"),
    (lambda torch, x: torch.cat(x), "must be tuple of Tensors, not Tensor"),
    (lambda torch, x: x.colour, "'Tensor' object has no attribute 'colour'"),
    (lambda torch, x: torch.div(x, x, rounding_mode="up"), "None, 'trunc', or 'floor' but found"),
    (lambda torch, x: x.clamp(), "At least one of 'min' or 'max' must not be None"),
    # Python
    (lambda torch, x: x.item(), "a Tensor with 6 elements cannot be converted to Scalar"),
    (lambda torch, x: float(x), "only one element tensors can be converted to Python scalars"),
    (lambda torch, x: bool(x), "Boolean value of Tensor with more than one value is ambiguous"),
    (lambda torch, x: x.numpy(), "Can't call numpy() on Tensor that requires grad"),
    (lambda torch, s: len(s), "len() of a 0-d tensor"),
    (lambda torch, s: list(s), "iteration over a 0-d tensor"),
    (lambda torch, x: [1][x], "only integer tensors of a single element can be converted to an"),
    # gradients
    (lambda torch, x: (x * 2).backward(), "grad can be implicitly created only for scalar outputs"),
    (lambda torch, i: i.sum().backward(), "element 0 of tensors does not require grad and does"),
    (lambda torch, x: (x * 2).backward(x[0]), "Mismatch in shape: grad_output[0] has a shape of"),
    (lambda torch, x: twice((x * x).sum()), "Trying to backward through the graph a second time"),
    (lambda torch, x: x.add_(1), "a leaf Variable that requires grad is being used in an in-place"),
    (lambda torch, x: put(x, 0, 1), "a view of a leaf Variable that requires grad is being used"),
    (lambda torch, x: stale(x), "one of the variables needed for gradient computation has been"),
    (lambda torch, x: put(x.clone().unbind(), 0, 1, 0), "Such functions do not allow the output"),
    (lambda torch, x: x[:1].expand(2, 3).clone().expand(3, 2, 3).add_(1), "more than one element"),
    (lambda torch, x: (x * 2).detach().retain_grad(), "can't retain_grad on Tensor that has"),
    (lambda torch, x: (x * 2).requires_grad_(False), "you can only change requires_grad flags of"),
    (lambda torch, x: grad_is(x, torch.ones(3, 3)), "attempting to assign a gradient of size '[3,"),
    (lambda torch, x: grad_is(x, 1), "assigned grad expected to be a Tensor or None"),
    (lambda torch, x, y: torch.autograd.grad(x.sum(), y), "appears to not have been used in the"),
    (lambda torch, x, i: torch.autograd.grad(x.sum(), i), "does not require grad"),
]  # fmt: skip


def put(x, *index_and_value):
    *index, value = index_and_value
    for i in index[:-1]:
        x = x[i]
    x[index[-1]] = value


def twice(y):
    y.backward()
    y.backward()


def stale(x):
    y = x * 2
    z = y * y
    y += 1
    z.sum().backward()


def grad_is(x, grad):
    x.grad = grad


def message(torch, call) -> Exception:
    inputs = [made(torch, INPUTS[name]) for name in parameters(call)]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        with pytest.raises(Exception) as raised:
            call(torch, *inputs)
    return raised.value


@pytest.mark.parametrize(
    ("call", "words"), [pytest.param(*case, id=label(case[0])) for case in MISTAKES]
)
def test_mistake(call, words):
    theirs, ours = message(torch, call), message(minitorch, call)
    assert words in str(theirs)
    assert words in str(ours)
    assert isinstance(ours, type(theirs))
