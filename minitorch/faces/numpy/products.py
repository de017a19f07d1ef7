"""NumPy's products of vectors, matrices and tensors, with NumPy's signatures, on boxes.

All come down to one primitive, `matmul`, between transposes and reshapes. `einsum` is in a file
of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.numpy.einsum import einsum, laid
from minitorch.faces.numpy.operands import (
    alike,
    axis_tuple,
    boxed,
    face_among,
    into,
    joined,
)
from minitorch.faces.numpy.shaping import expand_dims, moveaxis, ravel
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.ops import elementwise as ew
from minitorch.ops import linalg
from minitorch.ops.complex import conjugate
from minitorch.ops.shape import getitem, pad, reshape

Function = Callable[..., Any]
multiply, subtract = ufuncs[np.multiply], ufuncs[np.subtract]


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """`numpy.dot`: numbers are multiplied, else the last axis of a meets the last but one of b."""
    if not alike(a, b):
        face = face_among(a, b, out)
        if not face.rank:  # to NumPy's dot a number is an array, in float64
            a, b = (x if isinstance(x, Box) else np.asarray(x) for x in (a, b))
        a, b = joined(a, b, face=face)
    m, n = a._value.ndim, b._value.ndim
    if not m or not n:
        y = multiply(a, b)
    elif n <= 2:
        y = matmul(a, b)
    else:
        y = tensordot(a, b, (m - 1, n - 2))
    return into(out, y, "dot")


def inner(a: Any, b: Any, /) -> Any:
    """`numpy.inner`: the sums of products over the last axes."""
    face = face_among(a, b)
    a, b = boxed(a, face), boxed(b, face)
    if not a._value.ndim or not b._value.ndim:
        return multiply(a, b)
    if a._value.ndim == b._value.ndim == 1:
        return matmul(a, b)
    return tensordot(a, b, (-1, -1))


def outer(a: Any, b: Any, out: Any = None) -> Any:
    """`numpy.outer`: all products of an element of a with one of b."""
    face = face_among(a, b, out)
    a, b = joined(a, b, face=face)
    row = b if b._value.ndim == 1 else reshape.unary(b, (-1,))
    return into(out, ew.multiply.binary(reshape.unary(a, (-1, 1)), row), "outer")


def vdot(a: Any, b: Any, /) -> Any:
    """`numpy.vdot`: the sum of the products of all elements, those of `a` conjugated."""
    face = face_among(a, b)
    return matmul(conjugate(ravel(boxed(a, face))), ravel(boxed(b, face)))


def kron(a: Any, b: Any) -> Any:
    """`numpy.kron`: the Kronecker product."""
    face = face_among(a, b)
    a, b = boxed(a, face), boxed(b, face)
    rank = max(a._value.ndim, b._value.ndim)
    m, n = ((1,) * (rank - len(x._value.shape)) + x._value.shape for x in (a, b))
    left = reshape.unary(a, tuple(k for size in m for k in (size, 1)))
    right = reshape.unary(b, tuple(k for size in n for k in (1, size)))
    sizes = tuple(i * j for i, j in zip(m, n, strict=True))
    return reshape.unary(multiply(left, right), sizes)


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1,
          axis: int | None = None) -> Any:  # fmt: skip
    """`numpy.cross`: the cross product of vectors of three elements along an axis.

    A vector of two is one of three whose last is 0; of two such, the last element is given alone.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    face = face_among(a, b)
    a, b = joined(boxed(a, face), boxed(b, face))
    if not a._value.ndim or not b._value.ndim:
        raise ValueError("At least one array has zero dimension")
    a, b = (
        moveaxis(x, at, -1) if x._value.ndim > 1 or at not in (0, -1) else x
        for x, at in ((a, axisa), (b, axisb))
    )
    sizes = (a._value.shape[-1], b._value.shape[-1])
    if not set(sizes) <= {2, 3}:
        raise ValueError(
            "incompatible dimensions for cross product (dimension must be 2 or 3), given "
            f"{sizes[0]} and {sizes[1]}"
        )
    if sizes == (2, 2):
        (a0, a1), (b0, b1) = ([getitem.unary(x, (..., i)) for i in (0, 1)] for x in (a, b))
        return subtract(multiply(a0, b1), multiply(a1, b0))
    y = linalg.cross.binary(_in_space(a), _in_space(b))
    return y if y._value.ndim == 1 else moveaxis(y, -1, axisc)


def _in_space(x: Box) -> Any:
    """Vectors of two elements with a third, which is 0."""
    if x._value.shape[-1] == 3:
        return x
    return pad.unary(x, ((0, 0),) * (x._value.ndim - 1) + ((0, 1),))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """`numpy.tensordot`: the sums of products over pairs of axes."""
    face = face_among(a, b)
    a, b = boxed(a, face), boxed(b, face)
    m, n = a._value.shape, b._value.shape
    if isinstance(axes, (int, np.integer)):
        axes = (range(len(m) - axes, len(m)), range(axes))
    over_a, over_b = axis_tuple(axes[0], len(m)), axis_tuple(axes[1], len(n))
    if [m[i] for i in over_a] != [n[i] for i in over_b]:
        raise ValueError(
            f"shape-mismatch for sum: axes {list(over_a)} of {m} against axes {list(over_b)} of {n}"
        )
    rest_a = tuple(i for i in range(len(m)) if i not in over_a)
    rest_b = tuple(i for i in range(len(n)) if i not in over_b)
    depth = math.prod(m[i] for i in over_a)
    sizes_a, sizes_b = tuple(m[i] for i in rest_a), tuple(n[i] for i in rest_b)
    left = laid(a, rest_a + over_a, (math.prod(sizes_a), depth))
    right = laid(b, over_b + rest_b, (depth, math.prod(sizes_b)))
    return reshape.unary(matmul(left, right), sizes_a + sizes_b)


# generalized ufuncs: a function of the last axes, which may be moved there from others


def matmul(a: Any, b: Any, /, **settings: Any) -> Any:
    """`numpy.matmul`: vectors, matrices, and stacks of matrices that broadcast."""
    if settings:
        ranks = [min(np.ndim(x), 2) for x in (a, b)]
        return _settled("matmul", matmul, a, b, (*ranks, max(sum(ranks) - 2, 0)), **settings)
    if not alike(a, b):
        a, b = joined(a, b)
    m, n = a._value.ndim, b._value.ndim
    if not m or not n:
        raise ValueError(
            f"matmul: expected arrays of at least one axis, got shapes {tuple(a._value.shape)} and "
            f"{tuple(b._value.shape)}; use * for a number"
        )
    if m <= 2 and n <= 2:
        return linalg.dot.binary(a, b)
    left = a if m > 1 else reshape.unary(a, (1, *a._value.shape))
    right = b if n > 1 else reshape.unary(b, (*b._value.shape, 1))
    y = linalg.matmul.binary(left, right)
    if m > 1 and n > 1:
        return y
    *lead, rows, columns = y._value.shape
    return reshape.unary(y, (*lead, *((rows,) if m > 1 else ()), *((columns,) if n > 1 else ())))


def vecdot(x1: Any, x2: Any, /, **settings: Any) -> Any:
    """`numpy.vecdot`: the dot products of vectors, those of `x1` conjugated."""
    return _settled("vecdot", _vecdot, x1, x2, (1, 1, 0), **settings)


def matvec(x1: Any, x2: Any, /, **settings: Any) -> Any:
    """`numpy.matvec`: the products of matrices and vectors."""
    return _settled("matvec", _matvec, x1, x2, (2, 1, 1), **settings)


def vecmat(x1: Any, x2: Any, /, **settings: Any) -> Any:
    """`numpy.vecmat`: the products of vectors, conjugated, and matrices."""
    return _settled("vecmat", _vecmat, x1, x2, (1, 2, 1), **settings)


def _row(x: Box) -> Any:
    return getitem.unary(conjugate(x), (..., None, slice(None)))


def _column(x: Box) -> Any:
    return getitem.unary(x, (..., None))


def _vecdot(a: Box, b: Box) -> Any:
    return getitem.unary(linalg.matmul.binary(_row(a), _column(b)), (..., 0, 0))


def _matvec(a: Box, b: Box) -> Any:
    return getitem.unary(linalg.matmul.binary(a, _column(b)), (..., 0))


def _vecmat(a: Box, b: Box) -> Any:
    return getitem.unary(linalg.matmul.binary(_row(a), b), (..., 0, slice(None)))


def _settled(name: str, run: Function, a: Any, b: Any, ranks: Sequence[int], *, axes: Any = None,
             axis: Any = None, keepdims: bool = False) -> Any:  # fmt: skip
    """A generalized ufunc with its settings; `ranks` counts the core axes of operands and result.

    `axes` lists where the core axes of each operand, and of the result, are; `axis` is that place
    where each operand has one.
    """
    boxes = joined(a, b)
    for x, rank in zip(boxes, ranks, strict=False):
        if x._value.ndim < max(rank, 1):
            raise ValueError(
                f"np.{name}: an operand of shape {tuple(x._value.shape)} has too few axes, "
                f"{max(rank, 1)} are needed"
            )
    if (axis is not None or keepdims) and max(ranks) > 1:
        raise TypeError(f"np.{name} takes no axis= and no keepdims=, as its operands are matrices")
    if axis is not None:
        axes = [axis] * (3 if keepdims else 2)
    places = [(i,) if isinstance(i, (int, np.integer)) else tuple(i) for i in axes or ()]
    a, b = (
        moveaxis(x, place, range(-len(place), 0)) if place else x
        for x, place in zip(boxes, places or [(), ()], strict=False)
    )
    y = expand_dims(run(a, b), -1) if keepdims else run(a, b)
    target = places[2] if len(places) > 2 else ()
    return moveaxis(y, range(-len(target), 0), target) if target else y


gufuncs: dict[np.ufunc, Function] = {np.matmul: matmul, np.vecdot: vecdot}
if hasattr(np, "matvec"):  # NumPy 2.2 and later
    gufuncs |= {np.matvec: matvec, np.vecmat: vecmat}

functions: dict[Function, Function] = {
    np.dot: dot, np.inner: inner, np.outer: outer, np.vdot: vdot, np.kron: kron,
    np.cross: cross, np.tensordot: tensordot, np.einsum: einsum,
}  # fmt: skip
