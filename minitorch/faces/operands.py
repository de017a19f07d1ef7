"""What the functions of the Tensor face do to their arguments before a primitive sees them."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import cast
from minitorch.errors.raising import teaching
from minitorch.faces import dtypes
from minitorch.ops.elementwise import cast_constant

Number = bool | int | float | complex
TensorArgument = Any  # what is annotated so must be a tensor: `arguments.checked` sees to it
NumberArgument = Any  # and so: a number of at most 64 bits
_numbers: dict[tuple[Any, np.dtype[Any], type[Box]], Box] = {}


def number(value: Any, dtype: np.dtype[Any], face: type[Box]) -> Box:
    """A Python number as a 0-d box; those in use are kept, as making one costs more than adding."""
    key = (value or repr(value), dtype, face)  # 0.0 == -0.0
    box = _numbers.get(key)
    if box is None:
        if not -(2**63) <= value < 2**64 if type(value) is int else not is_number(value):
            raise _no_number(value)
        array = np.empty((), dtype)
        try:
            array[...] = value
        except (OverflowError, TypeError) as error:
            raise RuntimeError(
                f"value cannot be converted to type {dtype} without overflow: {value}"
            ) from error
        box = fresh(face, array)
        box._counter = [0]  # even in inference mode
        if value == value and not 2**63 <= abs(value) < math.inf:  # a NaN is never found again
            if len(_numbers) > 1000:
                _numbers.clear()
            _numbers[key] = box
    return box


def _no_number(value: Any) -> Exception:
    if isinstance(value, int):
        return OverflowError(f"int too big to convert: {value} is an integer of more than 64 bits")
    return TypeError(f"expected a Number, not {type(value).__name__}; given {value!r}")


def fitting(value: Any, dtype: np.dtype[Any], face: type[Box]) -> Box:
    """A Python number as a 0-d box of a dtype that can hold it; a negative int may wrap around."""
    check_fits(value, dtype)
    return wrapped(value, dtype, face)


def check_fits(value: Any, dtype: np.dtype[Any]) -> None:
    """Refuse a number that a dtype can't hold."""
    if dtype.kind not in "iufc" or isinstance(value, complex) or 0 <= value < 128:
        return
    floats = dtype.kind in "fc"
    limits: Any = np.finfo(dtype) if floats else np.iinfo(dtype)
    low = min(limits.min, -limits.max) if isinstance(value, int) else limits.min
    inside = low <= value <= limits.max  # never so for NaN
    if not inside and (not floats or np.isfinite(value)):
        raise RuntimeError(
            f"value cannot be converted to type {dtype} without overflow: {value} is not "
            f"between {limits.min} and {limits.max}"
        )


def wrapped(value: Any, dtype: np.dtype[Any], face: type[Box]) -> Box:
    """A Python number as a 0-d box; an integer too large for the dtype wraps around."""
    try:
        return number(value, dtype, face)
    except RuntimeError:
        if isinstance(value, complex):  # of which a real dtype holds none
            raise
        return fresh(face, np.array(value).astype(dtype))


def scalar(value: Any, what: str) -> Any:
    """A Python number, of at most 64 bits if it is an integer."""
    if isinstance(value, np.generic) or (isinstance(value, Box) and value._value.size == 1):
        value = value.item()  # type: ignore[union-attr]
    if not isinstance(value, (bool, int, float, complex)):
        raise TypeError(f"{what} must be Number, not {type(value).__name__}; given {value!r}")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise _no_number(value)
    return value


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


def warn(text: str) -> None:
    """Warn, at the line of the caller outside of minitorch."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("minitorch."):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, UserWarning, stacklevel=level)


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


def tensors_only(name: str, *operands: Any) -> None:
    """Refuse what is no tensor among the first arguments of a function."""
    for place, x in enumerate(operands, 1):
        if not isinstance(x, Box):
            raise TypeError(
                f"{name}(): argument {place} must be Tensor, not {type(x).__name__}; make one with "
                "torch.tensor(...)"
            )


def broadcast_shape(name: str, *boxes: Box) -> tuple[int, ...]:
    """The shape that boxes broadcast to."""
    try:
        return np.broadcast_shapes(*(box._value.shape for box in boxes))
    except ValueError:
        raise shape_error(name, *boxes) from None


def shape_error(name: str, *boxes: Box, matrices: bool = False) -> RuntimeError:
    """The error for operands, or for stacks of matrices, that do not broadcast."""
    shapes = [box._value.shape for box in boxes]
    a, b = (s[:-2] if matrices else s for s in (shapes[0], shapes[-1]))
    rank = max(len(a), len(b))
    long_a, long_b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    for dim in reversed(range(rank)):
        m, n = long_a[dim], long_b[dim]
        if m != n and 1 not in (m, n):
            break
    return teaching(RuntimeError)(  # type: ignore[no-any-return]
        f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton "
        f"dimension {dim}: {name} of shapes {', '.join(str(list(s)) for s in shapes)}. Sizes "
        "must be equal, or one of them 1, from the last dimension on."
    )


def integer(value: Any, what: str) -> int:
    """An integer: of Python, of NumPy, or in a tensor of one element; no bool."""
    if type(value) is not int:
        if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
            raise _not_integer(value, what)
        try:
            value = value.__index__()
        except TypeError:
            raise _not_integer(value, what) from None
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"Overflow when unpacking long long: {what} is {value}")
    return value


def integers(values: Any, name: str) -> tuple[int, ...]:
    """A tuple of integers, as sizes and lists of dimensions are."""
    try:
        for value in values:
            if type(value) is not int or not -(2**63) <= value < 2**63:
                break
        else:
            return tuple(values)
        first = [integer(value, "each of them") for value in values[:1]]
        rest = [integer(int(v) if isinstance(v, bool) else v, "each of them") for v in values[1:]]
        return (*first, *rest)  # PyTorch looks for bools at the first place only
    except ValueError as error:
        raise TypeError(f"argument '{name}' failed to unpack the object: {error}") from None
    except TypeError:
        kinds = ", ".join(type(n).__name__ for n in values) if _many(values) else repr(values)
        raise TypeError(f"argument '{name}' must be ints or a tuple of ints, not {kinds}") from None


def _many(values: Any) -> bool:
    return isinstance(values, (tuple, list))


def _not_integer(value: Any, what: str) -> TypeError:
    return TypeError(f"{what} must be int, not {type(value).__name__}; given {value!r}")


def axis_of(dim: Any, ndim: int) -> int:
    """A dimension as a non-negative axis."""
    axis = dim if type(dim) is int else integer(dim, "argument 'dim'")
    rank = ndim or 1
    if not -rank <= axis < rank:
        integer(axis, "argument 'dim'")
        raise teaching(IndexError)(
            f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got "
            f"{axis})"
        )
    return axis + rank if axis < 0 else axis


def axes_of(dim: Any, ndim: int) -> tuple[int, ...] | None:
    """One or several dimensions as a tuple of axes; None, and for reductions (), mean all."""
    if dim is None:
        return None
    if isinstance(dim, (tuple, list)):
        axes = tuple(axis_of(d, ndim) for d in integers(dim, "dim"))
        for axis in axes:
            if axes.count(axis) > 1:
                raise RuntimeError(f"dim {axis} appears multiple times in the list of dims {dim}")
        return None if not axes or not ndim else axes
    axis = axis_of(dim, ndim)
    return (axis,) if ndim else None


def kept(keepdim: Any, keepdims: Any = False) -> bool:
    """Whether reduced dimensions are kept: PyTorch's `keepdim`, or NumPy's `keepdims`."""
    if keepdim is False:
        keepdim = keepdims
    if keepdim is not True and keepdim is not False:
        raise TypeError(
            f"argument 'keepdim' must be bool, not {type(keepdim).__name__}; given {keepdim!r}"
        )
    return keepdim


def sizes_of(sizes: Sequence[Any], name: str = "size") -> tuple[int, ...]:
    """Sizes given as `f(2, 3)` or as `f((2, 3))`, as a tuple of ints."""
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = sizes[0]
    return integers(sizes, name)


def check_memory(shape: Sequence[int], dtype: np.dtype[Any], name: str) -> None:
    """Refuse a tensor that no memory can hold, before NumPy is asked for it."""
    size = math.prod(shape)
    if size * dtype.itemsize < 2**47:
        return
    if size * dtype.itemsize >= 2**63:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)}: {name}")
    raise RuntimeError(
        f"[enforce fail] DefaultCPUAllocator: not enough memory: {name} tried to allocate "
        f"{size * dtype.itemsize} bytes, for sizes {list(shape)}"
    )


def given(sizes: tuple[Any, ...], keyword: Any) -> tuple[Any, ...]:
    """Sizes given one by one, or all together by keyword."""
    return sizes if keyword is None else (keyword,)


def dim_of(dim: Any, axis: Any) -> Any:
    """PyTorch's `dim`, or NumPy's `axis` where that was given instead."""
    return dim if axis is None else axis
