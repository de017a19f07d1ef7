"""The dtypes of the array API standard, and its functions on them."""

from __future__ import annotations

from functools import reduce
from typing import Any, NamedTuple

from .operands import is_tensor, torch, with_number

__all__ = ["__array_namespace_info__", "astype", "can_cast", "finfo", "iinfo", "isdtype",
           "result_type"]  # fmt: skip

_SIGNED = ("int8", "int16", "int32", "int64")
_UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
_REAL, _COMPLEX = ("float32", "float64"), ("complex64", "complex128")
KINDS: dict[str, tuple[str, ...]] = {
    "bool": ("bool",),
    "signed integer": _SIGNED,
    "unsigned integer": _UNSIGNED,
    "integral": (*_SIGNED, *_UNSIGNED),
    "real floating": _REAL,
    "complex floating": _COMPLEX,
    "numeric": (*_SIGNED, *_UNSIGNED, *_REAL, *_COMPLEX),
}
NAMES: tuple[str, ...] = ("bool", *KINDS["numeric"])


class FloatLimits(NamedTuple):
    """What `finfo` tells."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: Any


class IntegerLimits(NamedTuple):
    """What `iinfo` tells."""

    bits: int
    max: int
    min: int
    dtype: Any


def finfo(type: Any, /) -> FloatLimits:
    """The limits of a floating-point dtype, or of that of a tensor."""
    dtype = type.dtype if is_tensor(type) else type
    limits = torch.finfo(dtype)
    return FloatLimits(
        limits.bits, limits.eps, limits.max, limits.min, limits.smallest_normal, dtype.to_real()
    )


def iinfo(type: Any, /) -> IntegerLimits:
    """The limits of an integer dtype, or of that of a tensor."""
    dtype = type.dtype if is_tensor(type) else type
    limits = torch.iinfo(dtype)
    return IntegerLimits(limits.bits, limits.max, limits.min, dtype)


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """`x` in another dtype; a copy, unless `copy` is False and it has that dtype."""
    return x.to(dtype=dtype, device=device, copy=copy)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether values of one dtype can be promoted to the other."""
    dtype = from_.dtype if is_tensor(from_) else from_
    try:
        return torch.promote_types(dtype, to) is to
    except RuntimeError:  # of uint16 and wider with other integers, which PyTorch does not promote
        return False


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The dtype of an operation on tensors, dtypes and Python numbers."""
    numbers = [x for x in arrays_and_dtypes if isinstance(x, (bool, int, float, complex))]
    others = [x for x in arrays_and_dtypes if not isinstance(x, (bool, int, float, complex))]
    if not others:
        raise ValueError("result_type needs at least one tensor or dtype")
    dtypes = [x.dtype if is_tensor(x) else x for x in others]
    return reduce(with_number, numbers, reduce(torch.promote_types, dtypes))


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a dtype is another, of a kind such as "real floating", or of one of several.

    Example:
        >>> import minitorch as torch
        >>> torch.array_api.isdtype(torch.int8, ("bool", "integral"))
        True
    """
    if isinstance(kind, tuple):
        return any(isdtype(dtype, part) for part in kind)
    if isinstance(kind, str):
        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind!r} of dtypes; expected one of {', '.join(KINDS)}")
        return dtype.name in KINDS[kind]
    return dtype is kind


class __array_namespace_info__:
    """What the namespace has: devices, dtypes, defaults."""

    def capabilities(self) -> dict[str, Any]:
        """What can be done that depends on data, and the most dimensions."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> Any:
        """The CPU."""
        return torch.device("cpu")

    def devices(self) -> list[Any]:
        """The CPU alone."""
        return [torch.device("cpu")]

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """The dtypes of what is made without one."""
        real = torch.get_default_dtype()
        return {
            "real floating": real,
            "complex floating": real.to_complex(),
            "integral": torch.int64,
            "indexing": torch.int64,
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, Any]:
        """The dtypes by name, all or those of a kind."""
        found = {name: getattr(torch, name) for name in NAMES}
        return {n: d for n, d in found.items() if kind is None or isdtype(d, kind)}
