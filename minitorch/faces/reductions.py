"""torch.*: reductions, scans and the softmax family."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.faces import dtypes, returns
from minitorch.faces.arithmetic import functions as elementwise
from minitorch.faces.arithmetic import named
from minitorch.faces.operands import axes_of, axis_of, box_of, dim_of, floating, to_dtype
from minitorch.faces.outs import filled
from minitorch.ops import elementwise as ew
from minitorch.ops import index, reduce, shape

Function = Callable[..., Any]


def _as(x: Box, dtype: Any, name: str) -> Box:
    """`x` in the dtype that a caller asked for."""
    if dtype is None:
        return x
    return to_dtype(x, dtypes.as_dtype(dtype, f"{name}(): argument 'dtype'").numpy)


def _counted(x: Box) -> Box:
    """`x` as sums take it: bools and small integers in int64."""
    return to_dtype(x, np.dtype(np.int64)) if x._value.dtype.kind in "iub" else x


def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None,
        axis: Any = None, keepdims: bool = False) -> Any:  # fmt: skip
    """The sum along dimensions; integers and bools are summed in int64.

    Args:
        dim: one dimension, several, or None for all.
        keepdim: leave the summed dimensions at size 1.

    Example:
        >>> torch.sum(torch.ones(2, 3), dim=1)
        tensor([3., 3.])
    """
    x = _as(box_of(input, "sum(): argument 'input'"), dtype, "sum")
    if x._value.dtype.kind in "iub":
        x = _counted(x)
    axes = axes_of(dim_of(dim, axis), x._value.ndim)
    return _as(reduce.total.unary(x, axes, bool(keepdim or keepdims)), dtype, "sum")


def _floats_only(x: Box, name: str) -> Box:
    if x._value.dtype.kind in "iub":
        raise RuntimeError(
            f"{name}(): could not infer output dtype. Input dtype must be either a floating point "
            f"or complex dtype. Got: {dtypes.of(x._value.dtype).scalar_type}. Convert it with "
            ".float()"
        )
    return x


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None,
         axis: Any = None, keepdims: bool = False) -> Any:  # fmt: skip
    """The arithmetic mean along dimensions (all by default) of a floating-point tensor.

    Example:
        >>> torch.mean(torch.tensor([[1., 2.], [3., 6.]]), dim=0)
        tensor([2., 4.])
    """
    x = _floats_only(_as(box_of(input, "mean(): argument 'input'"), dtype, "mean"), "mean")
    axes = axes_of(dim_of(dim, axis), x._value.ndim)
    return reduce.mean.unary(x, axes, bool(keepdim or keepdims))


def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None,
         axis: Any = None, keepdims: bool = False) -> Any:  # fmt: skip
    """The product along one dimension, or of all elements; right gradients with zeros too."""
    x = _counted(_as(box_of(input, "prod(): argument 'input'"), dtype, "prod"))
    dim, keepdim = dim_of(dim, axis), bool(keepdim or keepdims)
    if dim is None or not x._value.ndim:
        axis_of(dim or 0, x._value.ndim)
        y = reduce.prod.unary(shape.reshape.unary(x, (x._value.size,)), 0, False)
    else:
        y = reduce.prod.unary(x, axis_of(dim, x._value.ndim), keepdim)
    return _as(y, dtype, "prod")


def _correction(unbiased: bool | None, correction: float | None) -> float:
    return correction if correction is not None else 1.0 if unbiased in (None, True) else 0.0


def var(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: float | None = None, axis: Any = None,
        keepdims: bool = False) -> Any:  # fmt: skip
    """The variance along dimensions, divided by n - correction (1 by default: unbiased).

    Example:
        >>> torch.var(torch.tensor([1., 2., 3.]))
        tensor(1.)
    """
    if isinstance(dim, bool):  # var(x, unbiased)
        dim, unbiased = None, dim
    x = box_of(input, "var(): argument 'input'")
    if x._value.dtype.kind in "iub":
        raise RuntimeError("std and var only support floating point and complex dtypes")
    axes = axes_of(dim_of(dim, axis), x._value.ndim)
    return reduce.var.unary(x, axes, _correction(unbiased, correction), bool(keepdim or keepdims))


def std(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: float | None = None, axis: Any = None,
        keepdims: bool = False) -> Any:  # fmt: skip
    """The standard deviation along dimensions: the root of `var`, with slope 0 where it is 0."""
    spread = var(input, dim, unbiased, keepdim, correction=correction, axis=axis, keepdims=keepdims)
    return ew.root.unary(spread)


def var_mean(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
             correction: float | None = None) -> Any:  # fmt: skip
    """The variance and the mean along dimensions."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return (
        var(input, dim, unbiased, keepdim, correction=correction),
        mean(input, dim, keepdim),
    )


def std_mean(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
             correction: float | None = None) -> Any:  # fmt: skip
    """The standard deviation and the mean along dimensions."""
    variance, average = var_mean(input, dim, unbiased, keepdim, correction=correction)
    return ew.root.unary(variance), average


def _nonempty(x: Box, name: str, dim: Any, error: type[Exception] = RuntimeError) -> None:
    if not x._value.size and dim is None:
        raise error(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify "
            "the reduction dim with the 'dim' argument."
        )
    if dim is not None and x._value.ndim and not x._value.shape[axis_of(dim, x._value.ndim)]:
        raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")


def _extreme(name: str, op: Primitive, place: Primitive, pair: type, of_two: str) -> Function:
    def function(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None,
                 axis: Any = None, keepdims: bool = False) -> Any:  # fmt: skip
        if isinstance(dim, Box) or other is not None:
            return elementwise[of_two](input, dim if other is None else other)
        x = box_of(input, f"{name}(): argument 'input'")
        dim, keepdim = dim_of(dim, axis), bool(keepdim or keepdims)
        _nonempty(x, name, dim)
        if dim is None:
            return op.unary(x, None, False)
        if not x._value.ndim:
            axis_of(dim, 0)
            return pair(x.clone(), place.unary(x, 0 if x._value.ndim else None, False))  # type: ignore[attr-defined]
        axis = axis_of(dim, x._value.ndim)
        places = place.unary(x, axis, True)
        values = index.gather.apply((x, places), (axis,))
        if keepdim:
            return pair(values, places)
        return pair(_squeezed(values, axis), _squeezed(places, axis))

    return named(
        function, name,
        f"The {name}imum: of all elements, along `dim` (a named tuple of values and indices), or "
        f"elementwise of two tensors.\n\n    Without `dim`, ties share the gradient equally.\n    ",
    )  # fmt: skip


def _squeezed(x: Box, axis: int) -> Any:
    sizes = x._value.shape
    return shape.reshape.unary(x, sizes[:axis] + sizes[axis + 1 :])


max = _extreme("max", reduce.amax, reduce.argmax, returns.max, "maximum")
min = _extreme("min", reduce.amin, reduce.argmin, returns.min, "minimum")


def _along(name: str, op: Primitive) -> Function:
    def function(input: Any, dim: Any = (), keepdim: bool = False, *, axis: Any = None,
                 keepdims: bool = False) -> Any:  # fmt: skip
        x = box_of(input, f"{name}(): argument 'input'")
        axes = axes_of(dim_of(dim, axis), x._value.ndim)
        if axes is None:
            _nonempty(x, name, None)
        for d in axes or ():
            _nonempty(x, name, d)
        return op.unary(x, axes, bool(keepdim or keepdims))

    return named(
        function, name, f"{op.doc[0].upper()}{op.doc[1:]}; ties share the gradient equally."
    )


amax, amin = _along("amax", reduce.amax), _along("amin", reduce.amin)


def aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The minimum and the maximum, as a named tuple."""
    x = box_of(input, "aminmax(): argument 'input'")
    _nonempty(x, "aminmax", dim)
    return returns.aminmax(amin(x, dim, keepdim), amax(x, dim, keepdim))


def _place(name: str, op: Primitive) -> Function:
    def function(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None,
                 keepdims: bool = False) -> Any:  # fmt: skip
        x = box_of(input, f"{name}(): argument 'input'")
        if x._value.dtype == bool:
            raise RuntimeError(f"{name}(): does not support bool input: convert it with .int()")
        dim = dim_of(dim, axis)
        at = None if dim is None else axis_of(dim, x._value.ndim)
        if not x._value.size:
            _nonempty(x, name, dim, IndexError)
        return op.unary(x, at if x._value.ndim else None, bool(keepdim or keepdims))

    return named(function, name, f"{op.doc[0].upper()}{op.doc[1:]}, or in the flattened tensor.")


argmax, argmin = _place("argmax", reduce.argmax), _place("argmin", reduce.argmin)


def _truth(name: str, op: Primitive) -> Function:
    def function(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None,
                 keepdims: bool = False) -> Any:  # fmt: skip
        x = box_of(input, f"{name}(): argument 'input'")
        axes = axes_of(dim_of(dim, axis), x._value.ndim)
        y = op.unary(x, axes, bool(keepdim or keepdims))
        return to_dtype(y, x._value.dtype) if x._value.dtype == np.uint8 else y

    return named(function, name, f"{op.doc[0].upper()}{op.doc[1:]}, or of all elements.")


all, any = _truth("all", reduce.every), _truth("any", reduce.some)


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements are not 0, along dimensions or in all."""
    return sum(elementwise["ne"](input, 0), dim)


def cumsum(input: Any, dim: Any = None, *, dtype: Any = None, axis: Any = None) -> Any:
    """The running sum along a dimension.

    Example:
        >>> torch.cumsum(torch.tensor([1, 2, 3]), dim=0)
        tensor([1, 3, 6])
    """
    x = _counted(_as(box_of(input, "cumsum(): argument 'input'"), dtype, "cumsum"))
    at = axis_of(dim_of(dim, axis), x._value.ndim)
    y = reduce.cumsum.unary(x, at) if x._value.ndim else x.clone()  # type: ignore[attr-defined]
    return _as(y, dtype, "cumsum")


def cumprod(input: Any, dim: Any = None, *, dtype: Any = None, axis: Any = None) -> Any:
    """The running product along a dimension; right gradients with zeros too."""
    x = _counted(_as(box_of(input, "cumprod(): argument 'input'"), dtype, "cumprod"))
    at = axis_of(dim_of(dim, axis), x._value.ndim)
    if not x._value.ndim or not x._value.size:
        return _as(x.clone(), dtype, "cumprod")  # type: ignore[attr-defined]
    return _as(elementwise["mul"](reduce.before(x, at), x), dtype, "cumprod")


def logsumexp(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None,
              keepdims: bool = False) -> Any:  # fmt: skip
    """log(sum(exp(input))) along dimensions, without overflow."""
    if dim is None and axis is None:
        raise TypeError('logsumexp() missing 1 required positional arguments: "dim"')
    x = floating(box_of(input, "logsumexp(): argument 'input'"))
    axes = axes_of(dim_of(dim, axis), x._value.ndim)
    return reduce.logsumexp.unary(x, axes, bool(keepdim or keepdims))


def softmax(input: Any, dim: Any = None, dtype: Any = None, *, axis: Any = None) -> Any:
    """exp(input), divided by its sum along `dim`.

    Example:
        >>> torch.softmax(torch.zeros(4), dim=0)
        tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    return _normalised(reduce.softmax, "softmax", input, dim_of(dim, axis), dtype)


def log_softmax(input: Any, dim: Any = None, dtype: Any = None, *, axis: Any = None) -> Any:
    """log(softmax(input)) along `dim`, computed without underflow."""
    return _normalised(reduce.log_softmax, "log_softmax", input, dim_of(dim, axis), dtype)


def softmax_dim(input: Any, dim: Any, name: str) -> tuple[Box, int]:
    """The floating-point argument and axis of a softmax."""
    x = box_of(input, f"{name}(): argument 'input'")
    if dim is None:
        raise TypeError(f"{name}() missing the argument 'dim': the dimension that sums to 1")
    axis = axis_of(dim, x._value.ndim)
    if x._value.dtype.kind in "iub":
        kind = dtypes.of(x._value.dtype).scalar_type
        raise NotImplementedError(
            f'"{name}_lastdim_kernel_impl" not implemented for {kind!r}: convert it with .float()'
        )
    return x, axis


def _normalised(op: Primitive, name: str, input: Any, dim: Any, dtype: Any) -> Any:
    x, axis = softmax_dim(_as(input, dtype, name), dim, name)
    if not x._value.ndim:
        return shape.reshape.unary(op.unary(shape.reshape.unary(x, (1,)), 0), ())
    if not x._value.size:
        return x.clone()  # type: ignore[attr-defined]
    return op.unary(x, axis)


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None,
         dtype: Any = None) -> Any:  # fmt: skip
    """The p-norm along dimensions (2 by default); its slope where it has none is taken as 0.

    Example:
        >>> torch.norm(torch.tensor([3., 4.]))
        tensor(5.)
    """
    if out is not None:
        return filled(out, norm(input, p, dim, keepdim, dtype=dtype), "norm")
    x = _as(_floats_only(box_of(input, "norm(): argument 'input'"), "norm"), dtype, "norm")
    axes, keepdim = axes_of(dim, x._value.ndim), bool(keepdim)
    if p in ("fro", 2, None):
        return ew.root.unary(reduce.total.unary(ew.square.unary(x), axes, keepdim))
    size = ew.absolute.unary(x)
    if p in (math.inf, -math.inf):
        for d in range(x._value.ndim) if axes is None else axes:
            if not x._value.shape[d]:
                raise RuntimeError(f"norm cannot compute the {p} norm of no elements")
        return (reduce.amax if p > 0 else reduce.amin).unary(size, axes, keepdim)
    if p == 0:
        return reduce.total.unary(ew.sign.unary(size), axes, keepdim)
    if p == 1:
        return reduce.total.unary(size, axes, keepdim)
    powers = reduce.total.unary(ew.flat_power.unary(size, float(p)), axes, keepdim)
    return ew.flat_power.unary(powers, 1.0 / p)


def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The p-norm of input - other."""
    return norm(elementwise["sub"](input, other), p)


functions: dict[str, Function] = {
    f.__name__: f
    for f in (sum, mean, prod, var, std, var_mean, std_mean, max, min, amax, amin, aminmax, argmax,
              argmin, all, any, count_nonzero, cumsum, cumprod, logsumexp, softmax, log_softmax,
              norm, dist)
}  # fmt: skip
takes_out = (
    "sum", "mean", "prod", "var", "std", "max", "min", "amax", "amin", "aminmax", "argmax",
    "argmin", "all", "any", "cumsum", "cumprod", "logsumexp", "softmax", "log_softmax",
)  # fmt: skip
functions_only = ("var_mean", "std_mean")
