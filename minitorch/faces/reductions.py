"""torch.*: reductions and the softmax family."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.conform import sum_to
from minitorch.engine.node import titled
from minitorch.engine.primitive import Primitive
from minitorch.faces import dtypes, returns
from minitorch.faces.arithmetic import functions as elementwise
from minitorch.faces.elementwise import named, no_complex
from minitorch.faces.logic import functions as logic
from minitorch.faces.operands import (
    NumberArgument,
    TensorArgument,
    axes_of,
    axis_of,
    box_of,
    dim_of,
    floating,
    input_box,
    kept,
    sizes_of,
    to_dtype,
)
from minitorch.ops import elementwise as ew
from minitorch.ops import index, reduce, shape

Function = Callable[..., Any]


def in_dtype(x: Box, dtype: Any, name: str) -> Box:
    """`x` in the dtype that a caller asked for."""
    if dtype is None:
        return x
    return to_dtype(x, dtypes.as_dtype(dtype, f"{name}(): argument 'dtype'").numpy)


def counted(x: Box) -> Box:
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
    x = input if isinstance(input, Box) else box_of(input, "sum(): argument 'input'")
    if dim is axis is dtype is None and keepdim is keepdims is False and x._value.dtype.kind == "f":
        return reduce.total.unary(x, None, False)  # of everything: by far the most common
    x = in_dtype(x, dtype, "sum")
    if x._value.dtype.kind in "iub":
        x = counted(x)
    axes = axes_of(dim_of(dim, axis), x._value.ndim)
    y = reduce.total.unary(x, axes, kept(keepdim, keepdims))
    return in_dtype(y, dtype, "sum")


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
    x = input if isinstance(input, Box) else box_of(input, "mean(): argument 'input'")
    if dim is axis is dtype is None and keepdim is keepdims is False and x._value.dtype.kind == "f":
        return reduce.mean.unary(x, None, False)
    x = _floats_only(in_dtype(x, dtype, "mean"), "mean")
    axes = axes_of(dim_of(dim, axis), x._value.ndim)
    return reduce.mean.unary(x, axes, kept(keepdim, keepdims))


def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None,
         axis: Any = None, keepdims: bool = False) -> Any:  # fmt: skip
    """The product along one dimension, or of all elements; right gradients with zeros too."""
    x = counted(in_dtype(box_of(input, "prod(): argument 'input'"), dtype, "prod"))
    dim, keepdim = dim_of(dim, axis), kept(keepdim, keepdims)
    if dim is None or not x._value.ndim:
        axis_of(dim or 0, x._value.ndim)
        y = reduce.prod.unary(shape.reshape.unary(x, (x._value.size,)), 0, False)
    else:
        y = titled(reduce.prod.unary(x, axis_of(dim, x._value.ndim), keepdim), "ProdBackward1")
    return in_dtype(y, dtype, "prod")


def _correction(unbiased: bool | None, correction: float | None) -> float:
    return correction if correction is not None else 1.0 if unbiased in (None, True) else 0.0


def _unbiased(name: str, dim: bool, unbiased: bool | None, keepdim: bool,
              correction: Any) -> tuple[None, bool]:  # fmt: skip
    """The dimensions and `unbiased` of a call where a bool is in the place of `dim`."""
    if unbiased is not None or keepdim or correction is not None:
        raise TypeError(
            f"{name}() received an invalid combination of arguments: 'dim' must be int or tuple of "
            "ints, not bool"
        )
    return None, dim


def var(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: NumberArgument | None = None, axis: Any = None,
        keepdims: bool = False) -> Any:  # fmt: skip
    """The variance along dimensions, divided by n - correction (1 by default: unbiased).

    Example:
        >>> torch.var(torch.tensor([1., 2., 3.]))
        tensor(1.)
    """
    if isinstance(dim, bool):  # var(x, unbiased)
        dim, unbiased = _unbiased("var", dim, unbiased, keepdim, correction)
    x = box_of(input, "var(): argument 'input'")
    if x._value.dtype.kind in "iub":
        raise RuntimeError("std and var only support floating point and complex dtypes")
    axes = axes_of(dim_of(dim, axis), x._value.ndim)
    return reduce.var.unary(x, axes, _correction(unbiased, correction), kept(keepdim, keepdims))


def std(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: NumberArgument | None = None, axis: Any = None,
        keepdims: bool = False) -> Any:  # fmt: skip
    """The standard deviation along dimensions: the root of `var`, with slope 0 where it is 0."""
    spread = var(input, dim, unbiased, keepdim, correction=correction, axis=axis, keepdims=keepdims)
    return titled(ew.root.unary(spread), "StdBackward0")


def var_mean(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
             correction: NumberArgument | None = None) -> Any:  # fmt: skip
    """The variance and the mean along dimensions."""
    if isinstance(dim, bool):
        dim, unbiased = _unbiased("var_mean", dim, unbiased, keepdim, correction)
    spread = var(input, dim, unbiased, keepdim, correction=correction)
    average = mean(input, dim, keepdim)
    return titled(spread, "VarMeanBackward0"), titled(average, "VarMeanBackward0")


def std_mean(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
             correction: NumberArgument | None = None) -> Any:  # fmt: skip
    """The standard deviation and the mean along dimensions."""
    variance, average = var_mean(input, dim, unbiased, keepdim, correction=correction)
    spread = titled(ew.root.unary(variance), "StdMeanBackward0")
    return spread, titled(average, "StdMeanBackward0")


def _ordered(input: Any, name: str, dim: Any = None) -> Box:
    """A tensor whose elements can be compared, along dimensions that it has."""
    x = input_box(input, name)
    if dim is not None:
        axes_of(dim, x._value.ndim)
    if x._value.dtype.kind == "c":
        raise no_complex(name, x)
    return x


def _nonempty(x: Box, name: str, dim: Any, error: type[Exception] = RuntimeError) -> None:
    if not x._value.size and dim is None:
        raise error(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify "
            "the reduction dim with the 'dim' argument."
        )
    if dim is not None and x._value.ndim and not x._value.shape[axis_of(dim, x._value.ndim)]:
        raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")


def _extreme(name: str, op: Primitive, place: Primitive, pair: type, of_two: str) -> Function:
    of_all, along = f"{name.capitalize()}Backward1", f"{name.capitalize()}Backward0"

    def function(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None,
                 axis: Any = None, keepdims: bool = False) -> Any:  # fmt: skip
        if isinstance(dim, Box) or other is not None:
            return elementwise[of_two](input, dim if other is None else other)
        plain = dim is axis is None and keepdim is keepdims is False and isinstance(input, Box)
        if plain and input._value.dtype.kind == "f" and input._value.size:
            return titled(op.unary(input, None, False), of_all)  # by far the most common
        dim, keepdim = dim_of(dim, axis), kept(keepdim, keepdims)
        x = _ordered(input, name, dim)
        if not x._value.size:
            _nonempty(x, name, dim)
        if dim is None:
            return titled(op.unary(x, None, False), of_all)
        if not x._value.ndim:
            axis_of(dim, 0)
            values = titled(x.clone(), along)  # type: ignore[attr-defined]
            return pair(values, place.unary(x, None, False))
        axis = axis_of(dim, x._value.ndim)
        places = place.unary(x, axis, True)
        values = index.gather.apply((x, places), (axis,))
        if not keepdim:
            values, places = _squeezed(values, axis), _squeezed(places, axis)
        return pair(titled(values, along), places)

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
        x = _ordered(input, name, dim_of(dim, axis))
        axes = axes_of(dim_of(dim, axis), x._value.ndim)
        if axes is None:
            _nonempty(x, name, None)
        for d in axes or ():
            _nonempty(x, name, d)
        return op.unary(x, axes, kept(keepdim, keepdims))

    return named(
        function, name, f"{op.doc[0].upper()}{op.doc[1:]}; ties share the gradient equally."
    )


amax, amin = _along("amax", reduce.amax), _along("amin", reduce.amin)


def aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The minimum and the maximum, as a named tuple."""
    x = _ordered(input, "aminmax")
    _nonempty(x, "aminmax", dim)
    low, high = amin(x, dim, keepdim), amax(x, dim, keepdim)
    return returns.aminmax(titled(low, "AminmaxBackward0"), titled(high, "AminmaxBackward0"))


def _place(name: str, op: Primitive) -> Function:
    def function(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None,
                 keepdims: bool = False) -> Any:  # fmt: skip
        x = _ordered(input, name)
        if x._value.dtype == bool:
            raise RuntimeError(f"{name}(): does not support bool input: convert it with .int()")
        dim = dim_of(dim, axis)
        at = None if dim is None else axis_of(dim, x._value.ndim)
        if not x._value.size:
            _nonempty(x, name, dim, IndexError)
        return op.unary(x, at if x._value.ndim else None, kept(keepdim, keepdims))

    return named(function, name, f"{op.doc[0].upper()}{op.doc[1:]}, or in the flattened tensor.")


argmax, argmin = _place("argmax", reduce.argmax), _place("argmin", reduce.argmin)


def _truth(name: str, op: Primitive) -> Function:
    def function(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None,
                 keepdims: bool = False) -> Any:  # fmt: skip
        x, dim = input_box(input, name), dim_of(dim, axis)
        axes = axes_of(dim, x._value.ndim)
        if isinstance(dim, (tuple, list)) and not dim:  # no dimension, where others take all
            axes = ()
        y = op.unary(x, axes, kept(keepdim, keepdims))
        return to_dtype(y, x._value.dtype) if x._value.dtype == np.uint8 else y

    return named(function, name, f"{op.doc[0].upper()}{op.doc[1:]}, or of all elements.")


all, any = _truth("all", reduce.every), _truth("any", reduce.some)


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements are not 0, along dimensions or in all."""
    return sum(logic["ne"](input, 0), dim)


def logsumexp(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None,
              keepdims: bool = False) -> Any:  # fmt: skip
    """log(sum(exp(input))) along dimensions, without overflow."""
    if dim is None and axis is None:
        raise TypeError('logsumexp() missing 1 required positional arguments: "dim"')
    x = floating(box_of(input, "logsumexp(): argument 'input'"))
    axes = axes_of(dim_of(dim, axis), x._value.ndim)
    return reduce.logsumexp.unary(x, axes, kept(keepdim, keepdims))


def softmax(input: TensorArgument, dim: Any = None, dtype: Any = None, *, axis: Any = None) -> Any:
    """exp(input), divided by its sum along `dim`.

    Example:
        >>> torch.softmax(torch.zeros(4), dim=0)
        tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    return _normalised(reduce.softmax, "softmax", input, dim_of(dim, axis), dtype)


def log_softmax(
    input: TensorArgument, dim: Any = None, dtype: Any = None, *, axis: Any = None
) -> Any:
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
    x, axis = softmax_dim(in_dtype(input, dtype, name), dim, name)
    if not x._value.ndim:
        return shape.reshape.unary(op.unary(shape.reshape.unary(x, (1,)), 0), ())
    if not x._value.size:
        return x.clone()  # type: ignore[attr-defined]
    return op.unary(x, axis)


def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None,
           axis: Any = None, keepdims: bool = False) -> Any:  # fmt: skip
    """The sum along dimensions of the elements that are not NaN."""
    x = box_of(input, "nansum(): argument 'input'")
    if x._value.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs: use torch.where(...)")
    return titled(
        sum(_known(x), dim_of(dim, axis), kept(keepdim, keepdims), dtype=dtype), "NansumBackward0"
    )


def _known(x: Box) -> Any:
    """`x` with 0 in place of NaN."""
    if x._value.dtype.kind not in "fc":
        return x
    return ew.masked.binary(x, ew.logical_not.unary(ew.isnan.unary(x)))


def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None,
            axis: Any = None, keepdims: bool = False) -> Any:  # fmt: skip
    """The mean along dimensions of the elements that are not NaN; NaN where there are none."""
    x = box_of(input, "nanmean(): argument 'input'")
    if x._value.dtype.kind not in "fc":
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got "
            f"{dtypes.of(x._value.dtype).scalar_type}: convert it with .float()"
        )
    if dtype is not None and dtypes.as_dtype(dtype, "nanmean()").numpy.kind not in "fcV":
        raise RuntimeError(
            "nanmean(): could not infer output dtype. Optional dtype must be either a floating "
            f"point or complex dtype. Got: {dtypes.as_dtype(dtype, 'nanmean()').scalar_type}"
        )
    dim, keepdim = dim_of(dim, axis), kept(keepdim, keepdims)
    known = ew.logical_not.unary(ew.isnan.unary(x))
    total = nansum(x, dim, keepdim, dtype=dtype)
    return elementwise["div"](total, sum(known, dim, keepdim))


def sum_to_size(self: Any, *size: Any) -> Any:
    """The tensor summed to a shape that broadcasts to its own; itself if it has that shape."""
    if not size:
        raise TypeError('sum_to_size() missing 1 required positional arguments: "size"')
    sizes, own = sizes_of(size), self._value.shape
    pairs = zip(sizes[::-1], own[::-1])
    if len(sizes) > len(own) or builtins.any(n not in (1, m) for n, m in pairs):
        raise RuntimeError(
            f"size {{{list(sizes)}}} is not expandable to size {{{list(own)}}}: sum_to_size"
        )
    return self if sizes == own else sum_to.unary(counted(self), sizes)


functions: dict[str, Function] = {
    f.__name__: f
    for f in (sum, mean, prod, var, std, var_mean, std_mean, max, min, amax, amin, aminmax, argmax,
              argmin, all, any, count_nonzero, logsumexp, softmax, log_softmax, nansum, nanmean)
}  # fmt: skip
takes_out = (
    "sum", "mean", "prod", "var", "std", "max", "min", "amax", "amin", "aminmax", "argmax",
    "argmin", "all", "any", "logsumexp", "softmax", "log_softmax", "nansum", "nanmean",
)  # fmt: skip
functions_only = ("var_mean", "std_mean")
methods: dict[str, Function] = {"sum_to_size": sum_to_size}
