"""torch.*: norms and distances by them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import titled
from minitorch.faces import dtypes
from minitorch.faces.arithmetic import functions as elementwise
from minitorch.faces.arithmetic import overwritten
from minitorch.faces.dtypes import as_dtype
from minitorch.faces.numpy.norms import counted, of_matrices
from minitorch.faces.numpy.operands import is_tracked
from minitorch.faces.operands import (
    NumberArgument,
    TensorArgument,
    axes_of,
    axis_of,
    box_of,
    input_box,
    kept,
    scalar,
)
from minitorch.faces.outs import filled
from minitorch.faces.reductions import in_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import reduce
from minitorch.ops.shape import broadcast_to

Function = Callable[..., Any]
NORM = "LinalgVectorNormBackward0"


def _argument(input: Any, name: str) -> Box:
    x = input_box(input, name)
    if x._value.dtype.kind in "iub":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
            f"{dtypes.of(x._value.dtype).scalar_type}: convert it with .float() for {name}"
        )
    return x


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None,
         dtype: Any = None) -> Any:  # fmt: skip
    """The p-norm along dimensions (2 by default); its slope where it has none is taken as 0.

    Args:
        p: a number, inf, -inf, "fro" (2), or "nuc", the sum of a matrix's singular values.

    Example:
        >>> torch.norm(torch.tensor([3., 4.]))
        tensor(5.)
    """
    x = _argument(input, "norm")
    if out is not None:
        if is_tracked(x):
            raise RuntimeError(
                "norm(): functions with out=... arguments don't support automatic differentiation, "
                "but one of the arguments requires grad."
            )
        return filled(out, norm(x, p, dim, keepdim, dtype=dtype), "norm")
    if (
        dtype is not None
        and x._value.dtype.kind == "c"
        and not as_dtype(dtype, "norm(): argument 'dtype'").is_complex
    ):
        raise RuntimeError(
            "linalg.vector_norm: dtype should be complex for complex inputs, but got "
            f"{as_dtype(dtype, 'norm()').scalar_type}"
        )
    x, keepdim = in_dtype(x, dtype, "norm"), kept(keepdim)
    if isinstance(p, str):
        if p == "nuc":
            return _nuclear(x, dim, keepdim)
        if p != "fro":
            raise RuntimeError(f"norm: p must be a number, 'fro' or 'nuc', not {p!r}")
        if isinstance(dim, (tuple, list)) and len(dim) > 2:
            raise RuntimeError(
                f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dim))}"
            )
        return titled(_of_vectors(x, 2.0, axes_of(dim, x._value.ndim), keepdim), NORM)
    axes = axes_of(dim, x._value.ndim)
    return titled(_of_vectors(x, 2.0 if p is None else p, axes, keepdim), NORM)


def _of_vectors(x: Box, p: Any, axes: tuple[int, ...] | None, keepdim: bool) -> Any:
    p = scalar(p, "norm(): argument 'p' (position 2)")
    if p == 2 and x._value.dtype.kind == "f":
        return ew.root.unary(reduce.total.unary(ew.square.unary(x), axes, keepdim))
    size = ew.absolute.unary(x)
    if p in (math.inf, -math.inf):
        for d in range(x._value.ndim) if axes is None else axes:
            if not x._value.shape[d]:
                raise RuntimeError(f"norm cannot compute the {p} norm of no elements")
        return (reduce.amax if p > 0 else reduce.amin).unary(size, axes, keepdim)
    if p == 0:
        return reduce.total.unary(counted(size), axes, keepdim)
    if p == 1:
        return reduce.total.unary(size, axes, keepdim)
    if p == 2:
        return ew.root.unary(reduce.total.unary(ew.square.unary(size), axes, keepdim))
    powers = reduce.total.unary(ew.flat_power.unary(size, float(p)), axes, keepdim)
    return ew.flat_power.unary(powers, 1.0 / p)


def _nuclear(x: Box, dim: Any, keepdim: bool) -> Any:
    rank = x._value.ndim
    if rank < 2:
        raise RuntimeError(
            "linalg.matrix_norm: The input tensor A must have at least 2 dimensions; given shape "
            f"{list(x._value.shape)}"
        )
    if x._value.dtype == np.float16:
        raise RuntimeError("linalg.matrix_norm: Low precision dtypes not supported. Got Half")
    axes = tuple(range(rank)) if dim is None else axes_of(dim, rank) or ()
    if len(axes) != 2:
        raise RuntimeError(
            f"linalg.matrix_norm: the nuclear norm is of matrices: it takes a tensor of 2 "
            f"dimensions, or dim= of two; given shape {list(x._value.shape)} and dim={dim}"
        )
    return of_matrices(x, "nuc", axes, keepdim)


def frobenius_norm(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """The square root of the sum of |x| ** 2 along one or two dimensions."""
    x = _argument(input, "frobenius_norm")
    return _of_vectors(x, 2.0, axes_of(dim, x._value.ndim), kept(keepdim))


def nuclear_norm(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum of the singular values of matrices."""
    if isinstance(dim, bool):  # nuclear_norm(x, keepdim)
        dim, keepdim = None, dim
    return _nuclear(
        _argument(input, "nuclear_norm"), (-2, -1) if dim is None else dim, kept(keepdim)
    )


def dist(input: TensorArgument, other: TensorArgument, p: NumberArgument = 2) -> Any:
    """The p-norm of input - other."""
    return titled(norm(elementwise["sub"](input, other), p), "DistBackward0")


def renorm(input: Any, p: NumberArgument, dim: int, maxnorm: NumberArgument) -> Any:
    """The slices along `dim`, those whose p-norm is above `maxnorm` scaled down to it."""
    x = box_of(input, "renorm(): argument 'input' (position 1)")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if not maxnorm >= 0:  # nor NaN
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    rank = x._value.ndim
    if rank < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {rank} dimensions")
    axis = axis_of(dim, rank)
    x = _argument(x, "renorm")
    others = tuple(i for i in range(rank) if i != axis)
    found = _of_vectors(x.detach(), p, others, True)  # type: ignore[attr-defined]
    limit = fresh(x.face, np.array(maxnorm, found._value.dtype))
    large = ew.greater.binary(found, limit)
    sizes = _of_vectors(ew.masked.binary(x, large), p, others, True)
    tiny = fresh(x.face, np.array(1e-7, sizes._value.dtype))
    factors = ew.divide.binary(limit, ew.add.binary(sizes, tiny))
    one = fresh(x.face, np.ones((), sizes._value.dtype))
    factors = ew.where.apply((large, factors, one), ())
    wide = broadcast_to.unary(factors, x._value.shape)
    return titled(elementwise["mul"](x, wide), "RenormBackward0")


def renorm_(self: Any, p: NumberArgument, dim: int, maxnorm: NumberArgument) -> Any:
    """In place: `renorm`."""
    return overwritten(self, renorm(self.clone(), p, dim, maxnorm))


functions: dict[str, Function] = {
    f.__name__: f for f in (norm, frobenius_norm, nuclear_norm, dist, renorm)
}
methods: dict[str, Function] = {"renorm_": renorm_}
functions_only = ("frobenius_norm", "nuclear_norm")
takes_out = ("nuclear_norm", "renorm")
