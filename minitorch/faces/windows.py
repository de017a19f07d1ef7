"""What convolutions and pools do to their arguments: sizes for each dimension, and examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.faces import dtypes
from minitorch.ops.shape import getitem, reshape

Shape = tuple[int, ...]


def int_of(value: Any, what: str) -> int:
    """A whole number; `what` names the argument."""
    try:
        if isinstance(value, bool):
            raise AttributeError
        return value.__index__()
    except (AttributeError, TypeError):
        raise TypeError(
            f"{what} must be int or tuple of ints, not {type(value).__name__}; given {value!r}"
        ) from None


def ints_of(value: Any, what: str) -> Shape:
    """One int, or several, as a tuple."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    if isinstance(value, (tuple, list)):
        return tuple([int_of(part, what) for part in value])
    return (int_of(value, what),)


def spread_over(value: Any, rank: int, name: str, argument: str) -> Shape:
    """An int for each of `rank` dimensions: one is repeated."""
    if type(value) is int:
        return (value,) * rank
    sizes = ints_of(value, f"{name}(): argument '{argument}'")
    if len(sizes) == 1:
        return sizes * rank
    if len(sizes) != rank:
        count = ("one int", "two ints", "three ints")[rank - 1]
        raise RuntimeError(
            f"{name}: {argument} must either be a single int, or a tuple of {count}; got {value!r}"
        )
    return sizes


def listed(sizes: Sequence[int]) -> str:
    """Sizes as PyTorch shows them in most of its errors."""
    return "[" + ", ".join(map(str, sizes)) + "]"


def crossed(sizes: Sequence[int]) -> str:
    """Sizes as `3x28x28`."""
    return "x".join(map(str, sizes))


_C_NAMES = {
    "float32": "float", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
    "uint8": "unsigned char", "int8": "signed char", "int16": "short", "int64": "long int",
    "int32": "int", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip


def is_last(shape: Sequence[int], channels: int) -> bool:
    """Whether an image seems to have its channels behind its rows and columns."""
    return len(shape) > 2 and shape[-1] == channels


def kind_of(x: Box) -> str:
    """The name of the dtype as errors of kernels have it, such as Long."""
    return dtypes.of(x._value.dtype).scalar_type


def c_name_of(x: Box) -> str:
    """The name of the dtype as errors about the types of arguments have it, such as long int."""
    name = dtypes.of(x._value.dtype).name
    return _C_NAMES.get(name, name)


def refuse(kernel: str, x: Box, kinds: str) -> None:
    """Raise NotImplementedError, as PyTorch's kernel of that name, for dtypes of these kinds."""
    if x._value.dtype.kind in kinds:
        raise NotImplementedError(
            f"\"{kernel}\" not implemented for '{kind_of(x)}': convert it with .float()"
        )


def batched(x: Box, rank: int) -> tuple[Any, bool]:
    """`x` with an axis of examples in front if it has none, and whether it had none."""
    if x._value.ndim > rank + 1:
        return x, False
    return getitem.unary(x, (None,)), True


def unbatched(y: Any) -> Any:
    """The only example."""
    return getitem.unary(y, (0,))


def in_row(x: Any, rank: int) -> Any:
    """`x` with its last `rank` axes laid in one."""
    shape = x._value.shape
    lead = shape[: len(shape) - rank]
    return reshape.unary(x, (*lead, int(np.prod(shape[len(lead) :]))))


def placed(x: Any, widths: Sequence[tuple[int, int]], pad: Primitive) -> Any:
    """`x` with zeros around it; a negative width cuts places off."""
    shape = x._value.shape
    if min(min(pair) for pair in widths) < 0:
        cut = tuple(
            slice(max(0, -a), n - max(0, -b)) for n, (a, b) in zip(shape, widths, strict=True)
        )
        x = getitem.unary(x, cut)
    grown = tuple([(max(0, a), max(0, b)) for a, b in widths])
    return pad.unary(x, grown) if any(map(any, grown)) else x
