"""torch.linalg: norms of vectors and of matrices, and the condition number.

A norm at 0 has the slope 0; where several elements or singular values are the largest, they share
the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces import dtypes
from minitorch.faces.linalg import inv, zero_pivots
from minitorch.faces.matrices import square
from minitorch.faces.numpy.norms import of_matrices, of_vectors
from minitorch.faces.operands import axes_of, axis_of, box_of, scalar, to_dtype
from minitorch.faces.spectra import svdvals
from minitorch.ops import elementwise as ew
from minitorch.ops.shape import getitem, reshape

Function = Callable[..., Any]
MATRIX_ORDERS = ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)


def _argument(x: Any, dtype: Any, name: str) -> Box:
    """The argument of a norm, in floating point, in the dtype that was asked for."""
    box = box_of(x, f"{name}(): argument 'input' (position 1)")
    own = dtypes.of(box._value.dtype)
    if not (own.is_floating_point or own.is_complex):
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {own.scalar_type}"
        )
    if dtype is None:
        return box
    asked = dtypes.as_dtype(dtype, f"{name}(): argument 'dtype'")
    if not (asked.is_floating_point or asked.is_complex):
        raise RuntimeError(
            f"{name}: dtype should be floating point or complex, but got {asked.scalar_type}"
        )
    if own.is_complex != asked.is_complex:
        kind = "complex" if own.is_complex else "real"
        raise RuntimeError(
            f"{name}: dtype should be {kind} for {kind} inputs, but got {asked.scalar_type}"
        )
    if dtypes.promote_types(own, asked) != asked:
        raise RuntimeError(
            f"{name}: the dtype of the input ({own.scalar_type}) should be convertible without "
            f"narrowing to the specified dtype ({asked.scalar_type})"
        )
    return to_dtype(box, asked.numpy)


def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *,
                dtype: Any = None) -> Any:  # fmt: skip
    """The p-norm of vectors along one or several dimensions, or of all elements.

    Args:
        ord: any number; 0 counts what is not 0, inf and -inf are the largest and smallest |x|.

    Example:
        >>> torch.linalg.vector_norm(torch.tensor([3., 4.]))
        tensor(5.)
    """
    name = "linalg.vector_norm"
    ord = scalar(ord, f"{name}(): argument 'ord'")
    box = _argument(x, dtype, name)
    rank = box._value.ndim
    axes = axes_of(dim, rank)
    axes = tuple(range(rank)) if axes is None else axes
    if (ord < 0 or ord == math.inf) and 0 in [box._value.shape[i] for i in axes]:
        rest = [i for i in range(rank) if i not in axes]
        if dim is None or all(box._value.shape[i] for i in rest):
            raise RuntimeError(
                f"{name} cannot compute the {ord} norm on an empty tensor because the operation "
                "does not have an identity"
            )
    return of_vectors(box, ord, axes, bool(keepdim))


def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *,
                dtype: Any = None) -> Any:  # fmt: skip
    """The norm of matrices along two dimensions.

    Args:
        ord: "fro" (Frobenius), "nuc" (the sum of the singular values), 2, -2 (the largest and
            smallest one), 1, -1 (of the columns' sums), inf, -inf (of the rows').
    """
    name = "linalg.matrix_norm"
    x = _argument(A, dtype, name)
    rank = x._value.ndim
    if rank < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if not isinstance(dim, (tuple, list)):
        raise TypeError(f"{name}(): argument 'dim' must be tuple of ints, not {type(dim).__name__}")
    if len(dim) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")
    if not isinstance(ord, str):
        ord = scalar(ord, f"{name}(): argument 'ord'")
    if x._value.dtype == np.float16 and ord in ("nuc", 2, -2):
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got Half: use .float()")
    if ord not in MATRIX_ORDERS:
        raise RuntimeError(f"{name}: Order {ord} not supported.")
    axes = axis_of(dim[0], rank), axis_of(dim[1], rank)
    if axes[0] == axes[1]:
        raise RuntimeError(f"{name}: dims must be different. Got ({dim[0]}, {dim[1]})")
    return of_matrices(x, ord, axes, bool(keepdim))


def norm(input: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *,
         dtype: Any = None) -> Any:  # fmt: skip
    """The norm of vectors along one dimension, of matrices along two, or of all elements.

    Example:
        >>> torch.linalg.norm(torch.tensor([[3., 0.], [0., 4.]]), "nuc")
        tensor(7.)
    """
    x = box_of(input, "linalg.norm(): argument 'input' (position 1)")
    rank = x._value.ndim
    dims = [dim] if isinstance(dim, int) else None if dim is None else list(dim)
    if dims is not None and len(dims) not in (1, 2) and (ord is not None or not dims):
        raise RuntimeError(
            f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {dims}"
        )
    if ord is None:
        flat = dims is None and not keepdim
        shaped = reshape.unary(x, (x._value.size,)) if flat and rank != 1 else x
        return vector_norm(shaped, 2, None if flat else dims, keepdim, dtype=dtype)
    if dims is None and rank not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
            f"{rank}D."
        )
    if isinstance(ord, str) or (len(dims) == 2 if dims is not None else rank == 2):
        pair = (-2, -1) if dims is None else tuple(dims)
        return matrix_norm(x, ord, pair, keepdim, dtype=dtype)
    return vector_norm(x, ord, dims, keepdim, dtype=dtype)


def cond(A: Any, p: Any = None) -> Any:
    """The condition number of matrices in a norm (2 by default); infinite of singular ones."""
    name = "linalg.cond"
    x = box_of(A, f"{name}(): argument 'A' (position 1)")
    if x._value.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor must have at least 2 dimensions.")
    if p is not None and not isinstance(p, str):
        p = scalar(p, f"{name}(): argument 'p'")
    if p is not None and p not in MATRIX_ORDERS:
        raise RuntimeError(f"{name} got an invalid norm type: {p}")
    if not all(x._value.shape[-2:]):
        real = np.empty(0, x._value.dtype).real.dtype
        return fresh(x.face, np.zeros(x._value.shape[:-2], real))
    if p in (None, 2, -2):
        s = svdvals(x)
        first, last = getitem.unary(s, (..., 0)), getitem.unary(s, (..., -1))
        return ew.divide.binary(last, first) if p == -2 else ew.divide.binary(first, last)
    square(x, f"{name}(ord={p})")
    singular = zero_pivots(x) != 0
    if not singular.any():
        return _of_both(x, p)
    one = fresh(x.face, np.eye(x._value.shape[-1], dtype=x._value.dtype))
    y = _of_both(ew.where.apply((fresh(x.face, singular[..., None, None]), one, x), ()), p)
    infinite = fresh(x.face, np.array(np.inf, y._value.dtype))
    return ew.where.apply((fresh(x.face, singular), infinite, y), ())


def _of_both(x: Any, p: Any) -> Any:
    return ew.multiply.binary(matrix_norm(x, p), matrix_norm(inv(x), p))


functions: dict[str, Function] = {f.__name__: f for f in (vector_norm, matrix_norm, norm, cond)}
