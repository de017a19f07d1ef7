"""NumPy's norms of vectors and matrices, with NumPy's signatures, on boxes.

A norm at 0 has the derivative 0; where singular values are equal, those that are the largest (or
smallest) share the gradient.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces.matrices import svd_values
from minitorch.faces.numpy.operands import Axes, axis_tuple, boxed, floating
from minitorch.faces.numpy.shaping import moveaxis
from minitorch.ops import elementwise as ew
from minitorch.ops import linalg, reduce
from minitorch.ops.shape import reshape


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """`numpy.linalg.norm`: of vectors along one axis, of matrices along two, or of all elements."""
    x, keepdims = floating(boxed(x)), bool(keepdims)
    rank = x._value.ndim
    if axis is None and ord is None:
        return linalg.euclidean.unary(x, tuple(range(rank)), keepdims)
    axes = axis_tuple(range(rank) if axis is None else axis, rank)
    if len(axes) == 1:
        return of_vectors(x, ord, axes, keepdims)
    if len(axes) == 2:
        return of_matrices(x, ord, axes, keepdims)
    raise ValueError(f"Improper number of dimensions to norm: one or two axes, not {len(axes)}")


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """`numpy.linalg.matrix_norm`: the norm of matrices in the last two axes."""
    return norm(x, ord, (-2, -1), keepdims)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """`numpy.linalg.vector_norm`: the norm of vectors along one or several axes, or of all."""
    x = floating(boxed(x))
    rank = x._value.ndim
    axes = tuple(range(rank)) if axis is None else axis_tuple(axis, rank)
    return of_vectors(x, ord, axes, bool(keepdims))


def of_vectors(x: Box, ord: Any, axes: Axes, keepdims: bool) -> Any:
    """The norm of vectors along axes, of a floating-point box."""
    if ord is None or ord == 2:
        return linalg.euclidean.unary(x, axes, keepdims)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    size = ew.absolute.unary(x)
    if ord == 0:
        return reduce.total.unary(counted(size), axes, keepdims)
    if abs(ord) == math.inf:
        return (reduce.amax if ord > 0 else reduce.amin).unary(size, axes, keepdims)
    if ord == 1:
        return reduce.total.unary(size, axes, keepdims)
    powers = (ew.pow_scalar if ord > 1 else ew.flat_power).unary(size, float(ord))
    return ew.flat_power.unary(reduce.total.unary(powers, axes, keepdims), 1.0 / ord)


def counted(size: Any) -> Any:
    """1 where a number is not 0, NaN among them; its slope is 0."""
    one = fresh(size.face, np.ones((), size._value.dtype))
    return ew.sign.unary(ew.where.apply((ew.isnan.unary(size), one, ew.absolute.unary(size)), ()))


def of_matrices(x: Box, ord: Any, axes: Axes, keepdims: bool) -> Any:
    """The norm of the matrices that lie along two axes, of a floating-point box."""
    if ord in (None, "fro", "f"):
        return linalg.euclidean.unary(x, axes, keepdims)
    if ord in (2, -2, "nuc"):
        values = svd_values(moveaxis(x, axes, (-2, -1)))
        last = (values._value.ndim - 1,)
        y = _OF_VALUES[ord].unary(values, last, False)
    elif ord in (1, -1, math.inf, -math.inf):
        rows, columns = axes if abs(ord) == 1 else axes[::-1]
        sums = reduce.total.unary(ew.absolute.unary(x), (rows,), True)
        y = (reduce.amax if ord > 0 else reduce.amin).unary(sums, (columns,), True)
    else:
        raise ValueError(f"Invalid norm order {ord!r} for matrices")
    sizes = x._value.shape
    kept = tuple(1 if i in axes else n for i, n in enumerate(sizes) if keepdims or i not in axes)
    return y if y._value.shape == kept else reshape.unary(y, kept)


_OF_VALUES = {2: reduce.amax, -2: reduce.amin, "nuc": reduce.total}
