"""torch.*: distances and similarities of vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import titled
from minitorch.faces import dtypes
from minitorch.faces.arithmetic import functions as elementwise
from minitorch.faces.elementwise import same_dtype
from minitorch.faces.numpy.norms import of_vectors
from minitorch.faces.operands import (
    TensorArgument,
    axis_of,
    box_of,
    broadcast_shape,
    floating,
    kept,
    to_dtype,
)
from minitorch.ops import elementwise as ew
from minitorch.ops import linalg
from minitorch.ops.index import take
from minitorch.ops.reduce import total
from minitorch.ops.shape import broadcast_to, getitem, swap

Function = Callable[..., Any]
MODES: dict[str | None, float] = {
    "use_mm_for_euclid_dist_if_necessary": 25, "use_mm_for_euclid_dist": -1,
    "donot_use_mm_for_euclid_dist": float("inf"),
}  # fmt: skip


def _vectors(x: Any, name: str, what: str, rank: int) -> Box:
    box = box_of(x, f"{name}(): argument '{what}'")
    kind = dtypes.of(box._value.dtype).scalar_type
    if box._value.dtype.kind != "f":
        raise RuntimeError(f"{name} only supports floating-point dtypes, {what} got: {kind}")
    if box._value.ndim < rank:
        raise RuntimeError(
            f"{name} only supports at least {rank}D tensors, {what} got: {box._value.ndim}D"
        )
    return box


def cdist(x1: TensorArgument, x2: TensorArgument, p: float = 2.0,
          compute_mode: str | None = "use_mm_for_euclid_dist_if_necessary") -> Any:  # fmt: skip
    """The p-norm distances of each row of x1 to each of x2.

    Of (..., P, M) and (..., R, M) it makes (..., P, R). The slope of a distance of 0 is taken as 0.
    Euclidean distances among more than 25 rows are computed by a product of matrices, unless
    `compute_mode` forbids it: fast, and less precise where distances are small.

    Example:
        >>> torch.cdist(torch.tensor([[0., 0.], [3., 0.]]), torch.tensor([[0., 4.]]))
        tensor([[4.],
                [5.]])
    """
    a, b = _vectors(x1, "cdist", "X1", 2), _vectors(x2, "cdist", "X2", 2)
    (rows, m), (others, n) = a._value.shape[-2:], b._value.shape[-2:]
    if m != n:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {m} X2: {n}")
    if not p >= 0:  # nor NaN
        raise RuntimeError("cdist only supports non-negative p values")
    limit = MODES.get(compute_mode)
    if limit is None:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    same_dtype("cdist", a, b)
    if p == 2 and max(rows, others) > limit and m:
        return _by_products(a, b)
    gap = elementwise["sub"](getitem.unary(a, (..., None, slice(None))), _between(b))
    return titled(_length(gap, p, False), "CdistBackward0")


def _between(x: Box) -> Any:
    return getitem.unary(x, (..., None, slice(None), slice(None)))


def _length(x: Any, p: float, keepdim: bool) -> Any:
    """The p-norm along the last dimension."""
    rank = x._value.ndim
    return of_vectors(x, p, (rank - 1,) if rank else (), keepdim)


def _by_products(a: Box, b: Box) -> Any:
    """Euclidean distances by |a - b|^2 = |a|^2 - 2 a b + |b|^2."""
    try:
        cross = linalg.matmul.binary(a, swap.unary(b))
    except ValueError:
        broadcast_shape("cdist", *(getitem.unary(x, (..., 0, 0)) for x in (a, b)))
        raise
    one, two = (total.unary(ew.square.unary(x), (x._value.ndim - 1,), True) for x in (a, b))
    squares = elementwise["sub"](elementwise["add"](one, swap.unary(two)), cross, alpha=2)
    zero = fresh(squares.face, np.zeros((), squares._value.dtype))
    return ew.root.unary(ew.at_least.binary(squares, zero))


def pdist(input: Any, p: float = 2) -> Any:
    """The p-norm distances between the rows of a matrix: (0, 1), (0, 2) and so on to (n-2, n-1).

    Example:
        >>> torch.pdist(torch.tensor([[0.], [1.], [3.]]))
        tensor([1., 3., 2.])
    """
    x = box_of(input, "pdist(): argument 'input' (position 1)")
    if x._value.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {x._value.ndim}D")
    x = _vectors(x, "pdist", "input", 2)
    if not p >= 0:  # nor NaN
        raise RuntimeError("pdist only supports non-negative p values")
    first, second = np.triu_indices(x._value.shape[0], 1)
    return titled(
        _length(take.unary(x, (first,)) - take.unary(x, (second,)), p, False), "PdistBackward0"
    )


def pairwise_distance(x1: TensorArgument, x2: TensorArgument, p: float = 2.0, eps: float = 1e-6,
                      keepdim: bool = False) -> Any:  # fmt: skip
    """The p-norm of x1 - x2 + eps along the last dimension.

    Example:
        >>> torch.pairwise_distance(torch.tensor([[3., 4.]]), torch.zeros(1, 2))
        tensor([5.0000])
    """
    gap = elementwise["add"](elementwise["sub"](x1, x2), eps)
    return _length(floating(gap), p, kept(keepdim))


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between vectors along a dimension; norms count as at least `eps`.

    Example:
        >>> torch.cosine_similarity(torch.tensor([[1., 0.]]), torch.tensor([[1., 1.]]))
        tensor([0.7071])
    """
    a, b = (
        box_of(x, f"cosine_similarity(): argument '{name}'") for x, name in ((x1, "x1"), (x2, "x2"))
    )
    kind = dtypes.promote_types(*(dtypes.of(x._value.dtype) for x in (a, b)))
    if not kind.is_floating_point:
        raise RuntimeError(
            "expected common dtype to be floating point, yet common dtype is " + kind.scalar_type
        )
    sizes = broadcast_shape("cosine_similarity", a, b)
    axis = axis_of(dim, len(sizes))
    a, b = (_unit(broadcast_to.unary(to_dtype(x, kind.numpy), sizes), axis, eps) for x in (a, b))
    return total.unary(elementwise["mul"](a, b), (axis,) if sizes else (), False)


def _unit(x: Box, axis: int, eps: float) -> Any:
    """Vectors over their norms; a norm that is raised to `eps` keeps its slope."""
    if not eps >= 0:  # nor NaN
        raise RuntimeError(f"eps must be non-negative, got: {eps}")
    size = of_vectors(x, 2, (axis,) if x._value.ndim else (), True)
    value: Any = size.detach()
    limit = fresh(x.face, np.array(eps, value._value.dtype))
    lack = elementwise["sub"](ew.at_least.binary(value, limit), value)
    return elementwise["div"](x, elementwise["add"](size, lack))


functions: dict[str, Function] = {
    f.__name__: f for f in (cdist, pdist, pairwise_distance, cosine_similarity)
}
functions_only = tuple(functions)
