"""Runs of one program with PyTorch and with minitorch, compared in values and gradients."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

TOLERANCE = {
    "float16": {"rtol": 4e-3, "atol": 4e-3},
    "float32": {"rtol": 2e-5, "atol": 3e-6},
    "float64": {"rtol": 1e-9, "atol": 1e-10},
}


def both(build: Callable[[Any], Any]) -> list[Any]:
    """What `build` makes with each library, from the same seed."""
    made = []
    for library in (torch, minitorch):
        library.manual_seed(7)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made.append(build(library))
    return made


def assert_same(theirs: Any, ours: Any, dtype: str = "float64", what: str = "") -> None:
    """Equal in shape, dtype and, as nearly as `dtype` allows, in value."""
    assert (theirs is None) == (ours is None), what
    if theirs is None:
        return
    assert tuple(theirs.shape) == tuple(ours.shape), what
    assert str(theirs.dtype) == str(ours.dtype), what
    a, b = ours.detach().numpy(), theirs.numpy(force=True)
    np.testing.assert_allclose(a, b, **TOLERANCE[dtype], equal_nan=True, err_msg=what)


def gradients(t: Any, y: Any, leaves: list[Any], twice: bool) -> list[Any]:
    """The gradients of a weighted sum of `y`, and those of a weighted sum of their squares."""
    weights = t.linspace(0.5, 1.5, y.numel(), dtype=y.dtype).reshape(y.shape)
    first = t.autograd.grad((y * weights).sum(), leaves, create_graph=twice, allow_unused=True)
    if not twice:
        return list(first)
    total = sum((g * g).sum() for g in first if g is not None)
    second: Any = [None] * len(leaves)
    if isinstance(total, t.Tensor) and total.requires_grad:
        second = t.autograd.grad(total, leaves, allow_unused=True)
    # a gradient of zeros and none at all are one thing: PyTorch's backward functions differ in it
    return [*first, *(t.zeros_like(x) if g is None else g
                      for g, x in zip(second, leaves, strict=True))]  # fmt: skip


def compare(
    call: Callable[..., Any], arrays: list[np.ndarray], dtype: str, twice: bool = True
) -> None:
    """`call(torch, *tensors)` in both libraries: value, gradients and gradients of gradients.

    Arrays of floats become leaves of the dtype, others constants.
    """

    def run(t: Any) -> list[Any]:
        tensors = [
            t.tensor(a.astype(dtype), requires_grad=True) if a.dtype.kind == "f" else t.tensor(a)
            for a in arrays
        ]
        y = call(t, *tensors)
        leaves = [x for x in tensors if x.requires_grad]
        found = gradients(t, y, leaves, twice) if y.requires_grad else []
        return [y, *found]

    theirs, ours = both(run)
    assert len(theirs) == len(ours)
    for i, (a, b) in enumerate(zip(theirs, ours, strict=True)):
        assert_same(a, b, dtype, f"{'value' if not i else f'gradient {i}'} in {dtype}")


def errors(call: Callable[[Any], Any]) -> tuple[BaseException, BaseException]:
    """The errors that a call raises in both libraries."""
    found = []
    for t in (torch, minitorch):
        with warnings.catch_warnings(), pytest.raises(Exception) as info:
            warnings.simplefilter("ignore")
            call(t)
        found.append(info.value)
    return found[0], found[1]


def assert_same_error(call: Callable[[Any], Any]) -> None:
    """Both libraries refuse a call with the same type of error."""
    theirs, ours = errors(call)
    assert isinstance(ours, type(theirs)), (theirs, ours)
    assert str(ours)
