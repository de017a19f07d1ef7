"""What the functions of the Tensor face do to their arguments before a primitive sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import cast
from minitorch.faces import dtypes
from minitorch.ops.elementwise import cast_constant

Number = bool | int | float | complex
_numbers: dict[tuple[Any, np.dtype[Any], type[Box]], Box] = {}


def number(value: Any, dtype: np.dtype[Any], face: type[Box]) -> Box:
    """A Python number as a 0-d box; those in use are kept, as making one costs more than adding."""
    key = (value or repr(value), dtype, face)  # 0.0 == -0.0
    box = _numbers.get(key)
    if box is None:
        array = np.empty((), dtype)
        try:
            array[...] = value
        except OverflowError as error:
            raise RuntimeError(
                f"value cannot be converted to type {dtype} without overflow: {value}"
            ) from error
        box = fresh(face, array)
        if value == value:  # a NaN is never found again
            if len(_numbers) > 1000:
                _numbers.clear()
            _numbers[key] = box
    return box


def fitting(value: Any, dtype: np.dtype[Any], face: type[Box]) -> Box:
    """A Python number as a 0-d box of a dtype that can hold it; a negative int may wrap around."""
    check_fits(value, dtype)
    return wrapped(value, dtype, face)


def check_fits(value: Any, dtype: np.dtype[Any]) -> None:
    """Refuse a number that a dtype can't hold."""
    if dtype.kind not in "iuf" or isinstance(value, complex) or 0 <= value < 128:
        return
    limits: Any = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    low = -limits.max if isinstance(value, int) else limits.min
    inside = low <= value <= limits.max  # never so for NaN
    if not inside and (dtype.kind != "f" or np.isfinite(value)):
        raise RuntimeError(
            f"value cannot be converted to type {dtype} without overflow: {value} is not "
            f"between {limits.min} and {limits.max}"
        )


def wrapped(value: Any, dtype: np.dtype[Any], face: type[Box]) -> Box:
    """A Python number as a 0-d box; an integer too large for the dtype wraps around."""
    try:
        return number(value, dtype, face)
    except RuntimeError:
        return fresh(face, np.array(value).astype(dtype))


def is_number(x: Any) -> bool:
    """Whether `x` is a Python or NumPy number."""
    return isinstance(x, (bool, int, float, complex, np.number, np.bool_))


def box_of(x: Any, what: str, like: Box | None = None) -> Box:
    """`x` as a box: arrays share their memory, anything else but a box is a TypeError."""
    if isinstance(x, Box):
        return x
    if isinstance(x, np.ndarray) and like is not None:
        dtypes.of(x.dtype)
        return fresh(like.face, x)
    raise TypeError(
        f"{what} must be Tensor, not {type(x).__name__}; make one with torch.tensor(...)"
    )


def input_box(x: Any, name: str) -> Box:
    """The argument `input` of the function `name`, as a box."""
    if isinstance(x, Box):
        return x
    return box_of(x, f"{name}(): argument 'input' (position 1)")


def to_dtype(x: Box, dtype: np.dtype[Any]) -> Box:
    """`x` in another dtype; itself if it has that one."""
    if x._value.dtype == dtype:
        return x
    return (cast if dtype.kind in "fcV" else cast_constant).unary(x, dtype)


def default_float() -> np.dtype[Any]:
    """The NumPy dtype of new floating-point tensors."""
    return dtypes.get_default_dtype().numpy


def floating(x: Box) -> Box:
    """`x` in floating point: integers and bools in the default dtype."""
    return to_dtype(x, default_float()) if x._value.dtype.kind in "iub" else x


def promoted(*operands: Any, name: str, floats: bool = False) -> list[Box]:
    """Tensors, arrays and numbers as boxes of one dtype, by PyTorch's rules of promotion."""
    like = next((x for x in operands if isinstance(x, Box)), None)
    if like is None:
        raise TypeError(
            f"{name}(): at least one argument must be a Tensor, not "
            f"{', '.join(type(x).__name__ for x in operands)}"
        )
    values = []
    for x in operands:
        if isinstance(x, Box):
            values.append(x._value)
        elif is_number(x):
            values.append(x)
        else:
            values.append(box_of(x, f"{name}(): argument 'other'", like)._value)
    dtype = dtypes.common(values)
    if floats and dtype.kind in "iub":
        dtype = default_float()
    return [
        to_dtype(x, dtype)
        if isinstance(x, Box)
        else wrapped(x, dtype, like.face)
        if is_number(x)
        else to_dtype(fresh(like.face, x), dtype)
        for x in operands
    ]


def refused(name: str, *boxes: Box) -> RuntimeError:
    """PyTorch's error for operands that NumPy refused: for their shapes or for their dtype."""
    try:
        broadcast_shape(name, *boxes)
    except RuntimeError as error:
        return error
    kind = dtypes.of(boxes[0]._value.dtype).scalar_type
    return NotImplementedError(f'"{name}" not implemented for {kind!r}: convert it with .to(dtype)')


def broadcast_shape(name: str, *boxes: Box) -> tuple[int, ...]:
    """The shape that boxes broadcast to."""
    try:
        return np.broadcast_shapes(*(box._value.shape for box in boxes))
    except ValueError:
        raise shape_error(name, *boxes) from None


def shape_error(name: str, *boxes: Box) -> RuntimeError:
    """The error for operands that do not broadcast against each other."""
    shapes = [box._value.shape for box in boxes]
    a, b = shapes[0], shapes[-1]
    rank = max(len(a), len(b))
    long_a, long_b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    for dim in reversed(range(rank)):
        m, n = long_a[dim], long_b[dim]
        if m != n and 1 not in (m, n):
            break
    return RuntimeError(
        f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton "
        f"dimension {dim}: {name} of shapes {', '.join(str(list(s)) for s in shapes)}. Sizes "
        "must be equal, or one of them 1, from the last dimension on."
    )


def axis_of(dim: Any, ndim: int) -> int:
    """A dimension as a non-negative axis."""
    try:
        axis = dim.__index__()
    except AttributeError:
        raise TypeError(
            f"argument 'dim' must be int, not {type(dim).__name__}; given {dim!r}"
        ) from None
    rank = max(ndim, 1)
    if not -rank <= axis < rank:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got "
            f"{axis}): the tensor has {ndim} dimensions"
        )
    return axis + rank if axis < 0 else axis


def axes_of(dim: Any, ndim: int) -> tuple[int, ...] | None:
    """One or several dimensions as a tuple of axes; None, and for reductions (), mean all."""
    if dim is None:
        return None
    if isinstance(dim, (tuple, list)):
        axes = tuple(axis_of(d, ndim) for d in dim)
        for axis in axes:
            if axes.count(axis) > 1:
                raise RuntimeError(f"dim {axis} appears multiple times in the list of dims {dim}")
        return None if not axes or not ndim else axes
    axis = axis_of(dim, ndim)
    return (axis,) if ndim else None


def sizes_of(sizes: Sequence[Any], name: str = "size") -> tuple[int, ...]:
    """Sizes given as `f(2, 3)` or as `f((2, 3))`, as a tuple of ints."""
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = sizes[0]
    try:
        return tuple(n.__index__() for n in sizes)
    except AttributeError:
        kinds = ", ".join(type(n).__name__ for n in sizes)
        raise TypeError(f"argument '{name}' must be ints or a tuple of ints, not {kinds}") from None


def given(sizes: tuple[Any, ...], keyword: Any) -> tuple[Any, ...]:
    """Sizes given one by one, or all together by keyword."""
    return sizes if keyword is None else (keyword,)


def dim_of(dim: Any, axis: Any) -> Any:
    """PyTorch's `dim`, or NumPy's `axis` where that was given instead."""
    return dim if axis is None else axis
