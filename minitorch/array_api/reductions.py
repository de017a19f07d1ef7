"""Functions of the array API standard that reduce, search and sort."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .operands import flattened, together, torch

__all__ = [
    "all", "any", "argmax", "argmin", "argsort", "count_nonzero", "cumulative_prod",
    "cumulative_sum", "diff", "isin", "max", "mean", "min", "nonzero", "prod", "searchsorted",
    "sort",
    "std", "sum", "unique_all", "unique_counts", "unique_inverse", "unique_values", "var", "where",
]  # fmt: skip


def _reduced(f: Callable[..., Any], x: Any, axis: Any, keepdims: bool) -> Any:
    """A reduction along one axis, along several, or none."""
    rows, last, shape = flattened(x, axis, keepdims)
    return f(rows, last).reshape(shape)


def sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sums; of integers in int64."""
    return _reduced(lambda y, dim: torch.sum(y, dim, dtype=dtype), x, axis, keepdims)


def prod(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The products; of integers in int64."""
    return _reduced(lambda y, dim: torch.prod(y, dim, dtype=dtype), x, axis, keepdims)


def mean(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The means."""
    return _reduced(torch.mean, x, axis, keepdims)


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The variances, sums of squares divided by the count less `correction`."""
    return _reduced(lambda y, dim: torch.var(y, dim, correction=correction), x, axis, keepdims)


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The standard deviations, the square roots of `var`."""
    return _reduced(lambda y, dim: torch.std(y, dim, correction=correction), x, axis, keepdims)


def max(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest elements."""
    return _reduced(torch.amax, x, axis, keepdims)


def min(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest elements."""
    return _reduced(torch.amin, x, axis, keepdims)


def all(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all elements are true, or not zero."""
    return _reduced(torch.all, x != 0, axis, keepdims)


def any(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether some element is true, or not zero."""
    return _reduced(torch.any, x != 0, axis, keepdims)


def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """How many elements are not zero."""
    return _reduced(torch.sum, x != 0, axis, keepdims)


def argmax(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Where the first of the largest elements is."""
    return _reduced(torch.argmax, x, axis, keepdims)


def argmin(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Where the first of the smallest elements is."""
    return _reduced(torch.argmin, x, axis, keepdims)


def cumulative_sum(x: Any, /, *, axis: int | None = None, dtype: Any = None,
                   include_initial: bool = False) -> Any:  # fmt: skip
    """The sums up to each element, before them a zero if asked for."""
    return _cumulated(torch.cumsum, 0, x, axis, dtype, include_initial)


def cumulative_prod(x: Any, /, *, axis: int | None = None, dtype: Any = None,
                    include_initial: bool = False) -> Any:  # fmt: skip
    """The products up to each element, before them a one if asked for."""
    return _cumulated(torch.cumprod, 1, x, axis, dtype, include_initial)


def _cumulated(f: Any, first: int, x: Any, axis: Any, dtype: Any, include_initial: bool) -> Any:
    if axis is None:
        if x.ndim != 1:
            raise ValueError("the axis must be given for more than one dimension")
        axis = 0
    y = f(x, axis, dtype=dtype)
    if not include_initial:
        return y
    shape = list(y.shape)
    shape[axis] = 1
    return torch.cat([torch.full(shape, first, dtype=y.dtype), y], dim=axis)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours, `n` times."""
    return torch.diff(x, n=n, dim=axis, prepend=prepend, append=append)


def nonzero(x: Any, /) -> tuple[Any, ...]:
    """The indices of the elements that are not zero, a vector for each axis."""
    if not x.ndim:
        raise ValueError("nonzero needs a tensor with at least one dimension")
    return tuple(torch.nonzero(x, as_tuple=True))


def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
    """Where elements would stand in a sorted vector."""
    return torch.searchsorted(*together(x1, x2), side=side, sorter=sorter)


def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    """Elements of one tensor or the other."""
    return torch.where(condition, *together(x1, x2))


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The elements in order."""
    return torch.sort(x, dim=axis, descending=descending, stable=stable).values


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The indices that put the elements in order."""
    return torch.sort(x, dim=axis, descending=descending, stable=stable).indices


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    """Whether each element of `x1` is among those of `x2`, or is not."""
    return torch.isin(*together(x1, x2), invert=invert)


# ---- sets ----------------------------------------------------------------------------------------


class UniqueAll(NamedTuple):
    """What `unique_all` tells."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """What `unique_counts` tells."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """What `unique_inverse` tells."""

    values: Any
    inverse_indices: Any


def unique_all(x: Any, /) -> UniqueAll:
    """The distinct elements in order, where each is first, which each is, how often each is.

    Every nan is distinct.
    """
    flat = x.reshape(-1)
    ordered, order = torch.sort(flat, stable=True)
    is_first = torch.cat([torch.ones(min_one(flat), dtype=torch.bool), ordered[1:] != ordered[:-1]])
    (starts,) = torch.nonzero(is_first, as_tuple=True)
    ends = torch.cat([starts[1:], torch.tensor([flat.numel()])]) if flat.numel() else starts
    which = torch.cumsum(is_first, 0) - 1
    inverse = torch.empty_like(order)
    inverse[order] = which
    return UniqueAll(ordered[starts], order[starts], inverse.reshape(x.shape), ends - starts)


def min_one(flat: Any) -> int:
    """1, or 0 for no elements."""
    return 1 if flat.numel() else 0


def unique_counts(x: Any, /) -> UniqueCounts:
    """The distinct elements, and how often each is."""
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Any, /) -> UniqueInverse:
    """The distinct elements, and which of them each element is."""
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Any, /) -> Any:
    """The distinct elements."""
    return unique_all(x).values
