"""Random indices read and write what PyTorch reads and writes, and take the same gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch
from tests.parity.compare import array_of, unlike

torch = pytest.importorskip("torch")
ERRORS = (IndexError, RuntimeError, TypeError, ValueError)


@st.composite
def places(draw, size):
    """An int, a slice or indices for a dimension; the int is out of range now and then."""
    kind = draw(st.sampled_from(["int", "slice", "list", "array", "tensor", "mask", "range"]))
    if kind == "int":
        return draw(st.integers(-size - 1, size))
    if kind == "slice":
        bound = st.none() | st.integers(-size - 2, size + 2)
        return slice(draw(bound), draw(bound), draw(st.none() | st.integers(1, 3)))
    if kind == "mask":
        return np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), bool)
    if kind == "range":
        return range(draw(st.integers(0, size)))
    values = draw(st.lists(st.integers(-size, size - 1), min_size=1, max_size=3)) if size else []
    if kind == "list":
        return values
    array = np.array(values, int)
    return array if draw(st.booleans()) else array[:, None]


@st.composite
def indices(draw):
    """A shape, and an index for a tensor of that shape."""
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=4)))
    count = draw(st.integers(0, len(shape)))
    parts = [draw(places(size)) for size in shape[:count]]
    for extra in draw(st.lists(st.sampled_from([None, Ellipsis, True]), max_size=2)):
        if extra is not Ellipsis or Ellipsis not in [p for p in parts if p is Ellipsis]:
            parts.insert(draw(st.integers(0, len(parts))), extra)
    if len(parts) == 1 and draw(st.booleans()):
        return shape, parts[0]
    return shape, tuple(parts)


def spelled(torch, index, as_tensors):
    """The index as this module takes it: with its tensors for arrays where that was chosen."""
    parts = index if isinstance(index, tuple) else (index,)
    if as_tensors:
        parts = tuple(torch.from_numpy(p) if isinstance(p, np.ndarray) else p for p in parts)
    return parts if isinstance(index, tuple) else parts[0]


def outcome(action, torch, shape, index, as_tensors, dtype, value):
    """What reading or writing gives with the gradients, or the error."""
    array = (np.arange(np.prod(shape, dtype=int)) + 1.5).reshape(shape).astype(dtype)
    x = torch.from_numpy(array)
    if dtype == "f4":
        x.requires_grad_()
    try:
        return action(torch, x, spelled(torch, index, as_tensors), value)
    except ERRORS as error:
        return error


def read(torch, x, index, value):
    y = x[index]
    weights = torch.from_numpy(np.cos(np.arange(array_of(y).size)).reshape(y.shape)).to(y.dtype)
    g = torch.autograd.grad(y, x, weights)[0] if x.requires_grad else None
    return y, y.data_ptr() - x.data_ptr() if array_of(y).size else 0, g


def write(torch, x, index, value):
    y = x.clone()
    made = torch.tensor(value, requires_grad=x.requires_grad) if isinstance(value, list) else value
    y[index] = made
    if not x.requires_grad:
        return y
    weights = torch.from_numpy(np.cos(np.arange(array_of(y).size)).reshape(y.shape)).to(y.dtype)
    leaves = [x, made] if isinstance(value, list) else [x]
    return y, torch.autograd.grad(y, leaves, weights, allow_unused=True)


def check(action, *arguments):
    ours, theirs = (outcome(action, module, *arguments) for module in (minitorch, torch))
    if isinstance(ours, IndexError) and not isinstance(theirs, Exception):
        shape, index, *_ = arguments  # PyTorch looks at no index where it picks nothing
        assert torch.zeros(shape)[spelled(torch, index, False)].numel() == 0, ours
        return
    if isinstance(ours, Exception) or isinstance(theirs, Exception):
        assert isinstance(ours, ERRORS) and isinstance(theirs, ERRORS), (ours, theirs)
        return
    if action is read and ours[1] != theirs[1] and not shares(arguments[1], arguments[2]):
        ours, theirs = (ours[0], ours[2]), (theirs[0], theirs[2])  # a copy: its address is its own
    if action is write and isinstance(ours, tuple) and repeats(*arguments[:2]):
        ours, theirs = ours[0], theirs[0]  # PyTorch gives each of the values written a gradient
    assert not list(unlike(ours, theirs, "result"))


def repeats(shape, index):
    """Whether an index names an element twice."""
    named = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    parts = index if isinstance(index, tuple) else (index,)
    picked = named[tuple(np.array(p, int) if isinstance(p, (list, range)) else p for p in parts)]
    return len(np.unique(picked)) < picked.size


def shares(shape, index):
    """Whether an index gives a view."""
    parts = index if isinstance(index, tuple) else (index,)
    return not any(isinstance(p, (list, range, np.ndarray, bool)) for p in parts)


@settings(max_examples=400)
@given(case=indices(), as_tensors=st.booleans(), dtype=st.sampled_from(["f4", "i8", "?"]))
def test_reading(case, as_tensors, dtype):
    shape, index = case
    check(read, shape, index, as_tensors, dtype, None)


@settings(max_examples=400)
@given(
    case=indices(),
    as_tensors=st.booleans(),
    dtype=st.sampled_from(["f4", "i8"]),
    value=st.sampled_from([7, -2.5, True, [3.0], [1.5, 2.5], [[4.0]], [[1.0], [2.0]]]),
)
def test_writing(case, as_tensors, dtype, value):
    shape, index = case
    if dtype == "i8" and isinstance(value, list):
        value = np.array(value).astype(int).tolist()
    check(write, shape, index, as_tensors, dtype, value)
