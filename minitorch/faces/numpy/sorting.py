"""Sorting, and what is found by it, with NumPy's signatures.

A sorted array is the array gathered at the places of its elements in order (`ops/sort.py`): a
gradient goes back to where each element came from; among equals, to the one that was chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.numpy.operands import axis_index, boxed, constant, face_among, joined
from minitorch.faces.numpy.shaping import ravel
from minitorch.faces.operands import to_dtype
from minitorch.ops import index
from minitorch.ops import sort as ops
from minitorch.ops.shape import cat

Function = Callable[..., Any]


def _along(a: Any, axis: int | None) -> tuple[Box, int]:
    """The array and the axis to sort along; all elements for None."""
    x = boxed(a)
    if axis is None:
        return ravel(x), 0
    return x, axis_index(axis, x._value.ndim)


def _without_fields(order: Any) -> None:
    if order is not None:
        raise ValueError("Cannot specify order when the array has no fields.")


def sort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None,
         descending: bool = False) -> Any:  # fmt: skip
    """`numpy.sort`: a sorted copy; gradients go back to where the elements came from.

    `descending` sorts from the largest on, with NaN at the end, as NumPy does from 2.5 on.

    Example:
        >>> minitorch.grad(lambda x: np.sort(x)[0])(np.array([3., 1., 2.]))
        array([0., 1., 0.])
    """
    _without_fields(order)
    if kind is not None and stable is not None:
        raise ValueError("`kind` and `stable` parameters can't be provided at the same time")
    x, axis = _along(a, axis)
    places = ops.argsort.unary(x, axis, "stable" if stable else kind, bool(descending))
    return index.gather.apply((x, places), (axis,))


def partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect",
              order: Any = None) -> Any:  # fmt: skip
    """`numpy.partition`: a copy in which the elements of ranks `kth` are where sorting puts them,
    smaller ones before and larger ones behind.
    """
    _without_fields(order)
    if kind != "introselect":
        raise ValueError(f"select kind must be 'introselect', not {kind!r}")
    x, axis = _along(a, axis)
    ranks = np.atleast_1d(constant(kth, "np.partition: kth")).tolist()
    return index.gather.apply((x, ops.argpartition.unary(x, axis, tuple(ranks))), (axis,))


def sort_complex(a: Any) -> Any:
    """`numpy.sort_complex`: a sorted copy in complex numbers, by real and then imaginary parts."""
    x = boxed(a)
    return to_dtype(sort(x), np.sort_complex(np.empty(0, x._value.dtype)).dtype)


# each value once


def unique(ar: Any, return_index: bool = False, return_inverse: bool = False,
           return_counts: bool = False, axis: int | None = None, *, equal_nan: bool = True,
           sorted: bool = True) -> Any:  # fmt: skip
    """`numpy.unique`: the values, each once, in order.

    A gradient goes to where each value first occurs; places, inverse and counts are constants.
    """
    x = boxed(ar)
    settings: Any = {"return_inverse": return_inverse, "return_counts": return_counts}
    _, first, *more = np.unique(np.asarray(x._value), True, axis=axis, equal_nan=equal_nan,
                                **settings)  # fmt: skip
    wanted = ([first] if return_index else []) + more
    found = _picked(x, first, axis)
    return (found, *(boxed(part, x.face) for part in wanted)) if wanted else found


def _picked(x: Box, places: np.ndarray, axis: int | None = None) -> Any:
    """The elements (or slices along an axis) of `x` at some places."""
    if axis is None:
        return index.take.unary(ravel(x), (places,))
    return index.take.unary(x, (slice(None),) * axis_index(axis, x._value.ndim) + (places,))


def unique_values(x: Any) -> Any:
    """`numpy.unique_values`: the values, each once, in the order that NumPy has them in."""
    box = boxed(x)
    array = np.asarray(box._value)
    first = np.unique(array, return_index=True, equal_nan=False)[1]
    order = np.argsort(np.argsort(np.unique_values(array), kind="stable"))
    return _picked(box, first[order])


def _parts(name: str) -> Function:
    numpy_function = getattr(np, name)

    def function(x: Any) -> Any:
        box = boxed(x)
        array = np.asarray(box._value)
        result = numpy_function(array)
        first = np.unique(array, return_index=True, equal_nan=False)[1]
        parts = [boxed(part, box.face) for part in result]
        return type(result)(_picked(box, first), *parts[1:])

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"`numpy.{name}`: the values, each once, which carry a gradient, and where they are."
    )
    return function


unique_all, unique_counts, unique_inverse = (
    _parts("unique_all"), _parts("unique_counts"), _parts("unique_inverse"),
)  # fmt: skip

# sets: a value is an element of the array in which it first occurs


def union1d(ar1: Any, ar2: Any) -> Any:
    """`numpy.union1d`: the values of both arrays, each once, in order."""
    return unique(cat([ravel(x) for x in joined(ar1, ar2, keeps=False)], 0))


def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False,
                return_indices: bool = False) -> Any:  # fmt: skip
    """`numpy.intersect1d`: the values that both arrays have, as elements of the first."""
    a, b = joined(ar1, ar2, keeps=False)
    arrays = np.asarray(a._value), np.asarray(b._value)
    _, *places = np.intersect1d(*arrays, bool(assume_unique), return_indices=True)
    found = _picked(a, places[0])
    return (found, *(boxed(i, a.face) for i in places)) if return_indices else found


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """`numpy.setdiff1d`: the values of the first array that the second has not."""
    a, b = (boxed(x, face_among(ar1, ar2)) for x in (ar1, ar2))
    x = ravel(a) if assume_unique else unique(a)
    kept = np.isin(np.asarray(x._value), np.asarray(b._value), invert=True)
    return _picked(x, np.flatnonzero(kept))


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """`numpy.setxor1d`: the values that one of the arrays alone has, in order."""
    both = joined(ar1, ar2, keeps=False)
    x = cat([ravel(y) if assume_unique else unique(y) for y in both], 0)
    _, first, counts = np.unique(np.asarray(x._value), return_index=True, return_counts=True)
    return _picked(x, first[counts == 1])


functions: dict[Function, Function] = {
    np.union1d: union1d, np.intersect1d: intersect1d, np.setdiff1d: setdiff1d,
    np.setxor1d: setxor1d,
    np.sort: sort, np.partition: partition, np.sort_complex: sort_complex, np.unique: unique,
    np.unique_values: unique_values, np.unique_all: unique_all, np.unique_counts: unique_counts,
    np.unique_inverse: unique_inverse,
}  # fmt: skip
