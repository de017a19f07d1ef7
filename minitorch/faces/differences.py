"""torch.*: differences, slopes, areas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.arithmetic import functions as arithmetic
from minitorch.faces.joining import cat
from minitorch.faces.logic import functions as logic
from minitorch.faces.numpy import differences
from minitorch.faces.operands import (
    NumberArgument,
    axes_of,
    axis_of,
    box_of,
    floating,
    input_box,
    is_number,
    promoted,
)
from minitorch.faces.reductions import sum
from minitorch.faces.scans import cumsum
from minitorch.ops import shape

Function = Callable[..., Any]


def _part(x: Box, axis: int, start: int | None, stop: int | None) -> Any:
    return shape.getitem.unary(x, (slice(None),) * axis + (slice(start, stop),))


def _steps(x: Box, axis: int) -> Any:
    minus = logic["logical_xor"] if x._value.dtype == bool else arithmetic["sub"]
    return minus(_part(x, axis, 1, None), _part(x, axis, None, -1))


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None,
         append: Any = None) -> Any:  # fmt: skip
    """The n-th differences of neighbours along a dimension, with other elements put around them.

    Example:
        >>> torch.diff(torch.tensor([1, 3, 2]))
        tensor([ 2, -1])
    """
    x = input_box(input, "diff")
    if not x._value.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    axis = axis_of(dim, x._value.ndim)
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    parts = [part for part in (prepend, x, append) if part is not None]
    for part in parts:
        _check_end(x, box_of(part, "diff(): argument 'prepend' or 'append'"), axis)
    if not n:
        return x.clone()  # type: ignore[attr-defined]
    x = cat(parts, axis) if len(parts) > 1 else x
    for _ in range(min(n, x._value.shape[axis])):
        x = _steps(x, axis)
    return x


def _check_end(x: Box, end: Box, axis: int) -> None:
    own, given = x._value.shape, end._value.shape
    if len(own) != len(given):
        raise RuntimeError(
            "diff expects prepend or append to be the same dimension as input: "
            f"{len(given)} and {len(own)}"
        )
    if any(m != n for i, (m, n) in enumerate(zip(own, given, strict=True)) if i != axis):
        raise RuntimeError(
            "diff expects the shape of tensor to prepend or append to match that of input except "
            f"along the differencing dimension {axis}: {list(given)} and {list(own)}"
        )


def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> Any:
    """The slopes along dimensions (all by default), a tensor each, by central differences.

    Args:
        spacing: the distance of neighbours, one for all dimensions or a list of one each; or a
            list of vectors of coordinates.
        edge_order: 1 or 2, the order of the differences at the ends.

    Example:
        >>> torch.gradient(torch.tensor([1., 4., 9.]))
        (tensor([3., 4., 5.]),)
    """
    x = input_box(input, "gradient")
    rank = x._value.ndim
    axes = tuple(range(rank)) if dim is None else axes_of(dim, rank) or ()
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    spacing = 1 if spacing is None else spacing
    scalar = is_number(spacing) or (isinstance(spacing, Box) and not spacing._value.ndim)
    if not scalar and not isinstance(spacing, (list, tuple)):
        raise TypeError(
            "gradient() received an invalid combination of arguments: spacing must be a number or "
            f"a list of numbers or of Tensors, not {type(spacing).__name__}"
        )
    spacings = [spacing] * len(axes) if scalar else list(spacing)
    if len(spacings) != len(axes):
        given = "was not given" if dim is None else f"has {len(axes)} dimensions"
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or a list of length "
            f"equal to {len(axes)}, since dim argument {given}, but got a list of {len(spacings)}"
        )
    if x._value.dtype == bool:
        arithmetic["sub"](x, x)  # is refused
    if x._value.dtype == np.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input: convert it with .int()")
    return tuple(
        _slope(x, axis, step, edge_order) for axis, step in zip(axes, spacings, strict=True)
    )


def _slope(x: Box, axis: int, step: Any, edge_order: int) -> Any:
    n = x._value.shape[axis]
    if n < edge_order + 1:
        raise RuntimeError(
            "torch.gradient expected each dimension size to be at least edge_order+1: dimension "
            f"{axis} has {n}"
        )
    if isinstance(step, Box) and step._value.shape not in ((), (n,)):
        raise RuntimeError(
            f"torch.gradient expected each element of spacing to have one coordinate for each of "
            f"the {n} elements along dimension {axis}, but got shape {list(step._value.shape)}"
        )
    if isinstance(step, Box):
        x, step = promoted(x, step, name="gradient", floats=True)
    return differences.gradient(floating(x), step, axis=axis, edge_order=edge_order)


# areas


def _areas(name: str, y: Any, x: Any, dx: float, dim: int) -> tuple[Any, int]:
    """Twice the area between each two neighbours, and the axis they lie on."""
    values = input_box(y, name)
    rank = values._value.ndim
    if not rank:
        raise IndexError(f"{name}: Dimension specified as {dim} but tensor has no dimensions")
    axis = axis_of(dim, rank)
    _check_numbers(name, "y", values)
    sums = arithmetic["add"](_part(values, axis, 1, None), _part(values, axis, None, -1))
    if x is None:
        return arithmetic["mul"](sums, dx), axis
    places = box_of(x, f"{name}(): argument 'x' (position 2)")
    _check_numbers(name, "x", places)
    sizes = places._value.shape
    if len(sizes) == 1:
        if sizes[0] != values._value.shape[axis]:
            raise RuntimeError(
                f"{name}: There must be one `x` value for each sample point: {sizes[0]} for "
                f"{values._value.shape[axis]}"
            )
        laid = tuple(-1 if i == axis else 1 for i in range(rank))
        places = shape.reshape.unary(places, laid)
    elif len(sizes) < rank:
        places = shape.reshape.unary(places, (1,) * (rank - len(sizes)) + sizes)
    return arithmetic["mul"](_steps(places, axis), sums), axis


def _check_numbers(name: str, which: str, x: Box) -> None:
    if x._value.dtype == bool:
        raise RuntimeError(
            f"{name}: received a bool input for `{which}`, but bool is not supported"
        )


def trapezoid(y: Any, x: Any = None, *, dx: NumberArgument = 1, dim: int = -1) -> Any:
    """The area below `y` along a dimension, by trapezoids: `x` are its places, or `dx` apart.

    Example:
        >>> torch.trapezoid(torch.tensor([1., 5., 10.]))
        tensor(10.5000)
    """
    values = input_box(y, "trapezoid")
    areas, axis = _areas("trapezoid", values, x, dx, dim)
    if not values._value.shape[axis]:
        areas = areas.detach()
    elif x is None:  # the sum of all, without half of both ends
        ends = arithmetic["add"](_part(values, axis, 0, 1), _part(values, axis, -1, None))
        inner = arithmetic["sub"](sum(values, axis, True), arithmetic["mul"](ends, 0.5))
        return sum(arithmetic["mul"](inner, dx), axis)
    return arithmetic["div"](sum(areas, axis), 2.0)


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: NumberArgument = 1, dim: int = -1) -> Any:
    """The area below `y` from the first element to each other; see `trapezoid`."""
    areas, axis = _areas("cumulative_trapezoid", y, x, dx, dim)
    return arithmetic["div"](cumsum(areas, axis), 2.0)


functions: dict[str, Function] = {
    f.__name__: f for f in (diff, gradient, trapezoid, cumulative_trapezoid)
}
functions.update(trapz=trapezoid)
functions_only = ("gradient", "trapezoid", "trapz", "cumulative_trapezoid")
takes_out = ("diff",)
