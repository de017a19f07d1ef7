"""torch.*: each value once, membership, and places in a sorted sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces import dtypes
from minitorch.faces.operands import axis_of, input_box, is_number, promoted
from minitorch.ops import index, shape
from minitorch.ops import sort as ops

Function = Callable[..., Any]


def unique(input: Any, sorted: bool = True, return_inverse: bool = False,
           return_counts: bool = False, dim: int | None = None) -> Any:  # fmt: skip
    """Each value (or slice along `dim`) once, in order; with where each element's is, and counts.

    A gradient goes to where each value first occurs.

    Example:
        >>> torch.unique(torch.tensor([2, 1, 2]), return_counts=True)
        (tensor([1, 2]), tensor([1, 2]))
    """
    return _distinct("unique", input, dim, bool(return_inverse), bool(return_counts), True)


def unique_consecutive(input: Any, return_inverse: bool = False, return_counts: bool = False,
                       dim: int | None = None) -> Any:  # fmt: skip
    """`unique` of neighbours: of equals that stand side by side, one."""
    return _distinct(
        "unique_consecutive", input, dim, bool(return_inverse), bool(return_counts), False
    )


def _distinct(name: str, input: Any, dim: int | None, inverse: bool, counts: bool,
              everywhere: bool) -> Any:  # fmt: skip
    x = input_box(input, name)
    rows = np.asarray(x._value).reshape(-1) if dim is None else _slices(x, dim, name)
    n = len(rows)
    order = _row_order(rows) if everywhere else np.arange(n)
    y = rows[order]
    starts = np.ones(n, bool)
    changes = y[1:] != y[:-1]
    starts[1:] = changes if rows.ndim == 1 else changes.any(1)
    if dim is None:
        flat = shape.reshape.unary(x, (n,))
        found = index.take.unary(flat, (order[starts],))
    else:
        axis = axis_of(dim, x._value.ndim)
        found = index.take.unary(x, (slice(None),) * axis + (order[starts],))
    results = [found]
    if inverse:
        own = np.empty(n, np.int64)
        own[order] = np.cumsum(starts) - 1
        results.append(x.face._from(own if dim is not None else own.reshape(x._value.shape)))  # type: ignore[attr-defined]
    if counts:
        ends = np.append(np.flatnonzero(starts), n)
        results.append(x.face._from(np.diff(ends)))  # type: ignore[attr-defined]
    return results[0] if len(results) == 1 else tuple(results)


def _slices(x: Box, dim: int, name: str) -> np.ndarray:
    """The slices along a dimension, a row each."""
    array = np.atleast_1d(np.asarray(x._value))
    axis = axis_of(dim, x._value.ndim)
    n, others = array.shape[axis], np.delete(array.shape, axis)
    if n and 0 in others:
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied: "
            f"{name} along dimension {axis} of shape {list(array.shape)}"
        )
    return np.moveaxis(array, axis, 0).reshape(n, int(np.prod(others)))


def _row_order(rows: np.ndarray) -> np.ndarray:
    """The stable order of the elements of a vector, or of the rows of a matrix."""
    if rows.ndim == 1:
        return ops.order(rows, 0, False)
    return np.lexsort(rows.T[::-1]) if rows.shape[0] else np.arange(0)


def isin(
    elements: Any = None, test_elements: Any = None, *, element: Any = None,
    test_element: Any = None, assume_unique: bool = False, invert: bool = False,
) -> Any:  # fmt: skip
    """Which elements are among others; with `invert`, which are not.

    One number, on either side, may be named `element` or `test_element`.

    Example:
        >>> torch.isin(torch.tensor([1, 2, 3]), torch.tensor([1, 3]))
        tensor([ True, False,  True])
    """
    elements = element if elements is None else elements
    test_elements = test_element if test_elements is None else test_elements
    a, b = promoted(elements, test_elements, name="isin")
    for x in (elements, test_elements):
        if isinstance(x, (bool, complex)):
            kind = "Bool" if isinstance(x, bool) else "ComplexDouble"
            raise RuntimeError(f"Unsupported input type encountered for isin(): {kind}")
        if isinstance(x, Box) and x._value.dtype.kind in "bc":
            kind = dtypes.of(x._value.dtype).scalar_type
            raise RuntimeError(f"Unsupported input type encountered for isin(): {kind}")
    found = np.isin(a._value, b._value, bool(assume_unique), bool(invert))
    return a.face._from(found.reshape(a._value.shape))  # type: ignore[attr-defined]


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False,
              right: bool = False) -> Any:  # fmt: skip
    """Between which of the sorted boundaries each element lies; `right` where it equals one.

    Example:
        >>> torch.bucketize(torch.tensor([3, 6, 9]), torch.tensor([1, 3, 5, 7, 9]))
        tensor([1, 3, 4])
    """
    edges = input_box(boundaries, "bucketize")
    if edges._value.ndim != 1:
        raise RuntimeError(
            f"boundaries tensor must be 1 dimension, but got dim({edges._value.ndim})"
        )
    return searchsorted(edges, input, out_int32=out_int32, right=right)


def searchsorted(sorted_sequence: Any, input: Any, *, out_int32: bool = False,
                 right: bool = False, side: str | None = None,
                 sorter: Any = None) -> Any:  # fmt: skip
    """Where to insert values to keep a sequence sorted: before their equals, or behind (`right`).

    Of a sequence of several dimensions, each row is searched for a row of values.
    """
    box = input_box(sorted_sequence, "searchsorted")
    if side not in (None, "left", "right"):
        raise RuntimeError(
            f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}"
        )
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left "
            "while right was True"
        )
    edges, values = promoted(box, input, name="searchsorted")
    where = "right" if right or side == "right" else "left"
    sequence, found = np.asarray(edges._value), np.asarray(values._value)
    _check_search(sequence, found, is_number(input))
    if sorter is not None:
        sequence = _sorted_by(sequence, sorter)
    if sequence.ndim == 1:
        places = np.searchsorted(sequence, found, where)  # type: ignore[call-overload]
    else:
        places = np.empty(found.shape, np.int64)
        for at in np.ndindex(sequence.shape[:-1]):
            places[at] = np.searchsorted(sequence[at], found[at], where)  # type: ignore[call-overload]
    return box.face._from(np.asarray(places).astype(np.int32 if out_int32 else np.int64))  # type: ignore[attr-defined]


def _check_search(sequence: np.ndarray, values: np.ndarray, scalar: bool) -> None:
    if not sequence.ndim:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 "
            "dimension"
        )
    if sequence.ndim == 1:
        return
    if scalar or not values.ndim:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor "
            f"dimension is 1, but we got boundaries tensor dim({sequence.ndim})"
        )
    if sequence.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 "
            "dimensions of boundaries tensor and input value tensor must match, but we got "
            f"boundaries tensor {list(sequence.shape)} and input value tensor {list(values.shape)}"
        )


def _sorted_by(sequence: np.ndarray, sorter: Any) -> np.ndarray:
    places = np.asarray(input_box(sorter, "searchsorted")._value)
    if places.shape != sequence.shape:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary "
            f"tensor {list(sequence.shape)} and got sorter tensor {list(places.shape)}"
        )
    if places.dtype != np.int64:
        raise RuntimeError(
            "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype "
            f"{dtypes.of(places.dtype).scalar_type}"
        )
    if places.size and not 0 <= places.min() <= places.max() < sequence.shape[-1]:
        raise RuntimeError("torch.searchsorted(): sorter index out of range")
    return np.take_along_axis(sequence, places, -1)


functions: dict[str, Function] = {
    f.__name__: f for f in (unique, unique_consecutive, isin, bucketize, searchsorted)
}
functions_only = ("isin", "bucketize", "searchsorted")
takes_out = ("isin", "bucketize", "searchsorted")
