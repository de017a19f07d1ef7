"""The functions of `torch.*`, gathered from their families, and the methods of `Tensor`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minitorch.faces import (
    arithmetic,
    choosing,
    creation,
    dtypes,
    gathering,
    joining,
    legacy,
    products,
    reductions,
    sampling,
    shaping,
)
from minitorch.faces.operands import to_dtype
from minitorch.faces.tensor import Tensor

table: dict[str, Callable[..., Any]] = {
    **arithmetic.functions,
    **choosing.functions,
    **products.functions,
    **reductions.functions,
    **shaping.functions,
    **joining.functions,
    **gathering.functions,
    **creation.functions,
    **sampling.functions,
    **legacy.functions,
}

_FUNCTIONS_ONLY = {
    *creation.functions, *sampling.functions, *legacy.functions, "broadcast_tensors", "where",
    "cat", "stack", "hstack", "vstack", "concat", "concatenate", "rsub", "is_tensor", "var_mean",
    "std_mean",
}  # fmt: skip


def _conversion(name: str, dtype: dtypes.dtype) -> Callable[..., Any]:
    def method(self: Any, memory_format: Any = None) -> Any:
        return to_dtype(self, dtype.numpy)

    return arithmetic.named(method, name, f"The tensor in {dtype!r}; itself if it has that dtype.")


def methods() -> dict[str, Callable[..., Any]]:
    """All methods that come from tables: functions of one tensor first, in-place forms, casts."""
    found = {name: f for name, f in table.items() if name not in _FUNCTIONS_ONLY}
    for family in (arithmetic, choosing, shaping, joining, gathering, creation, sampling, legacy):
        found.update(family.methods)
    found["where"] = lambda self, condition, other: choosing.where(condition, self, other)
    for name in ("float", "double", "half", "int", "long", "short", "bool"):
        found[name] = _conversion(name, getattr(dtypes, name))
    found["byte"], found["char"] = (
        _conversion("byte", dtypes.uint8),
        _conversion("char", dtypes.int8),
    )
    return found


def install() -> None:
    """Give `Tensor` the methods of the tables; done once, by `minitorch/__init__.py`."""
    for name, method in methods().items():
        if not hasattr(Tensor, name):
            setattr(Tensor, name, method)


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a tensor."""
    return isinstance(obj, Tensor)


def numel(input: Any) -> int:
    """The number of elements."""
    return input.numel()


def is_floating_point(input: Any) -> bool:
    """Whether the tensor has a floating-point dtype."""
    return input.is_floating_point()


def is_complex(input: Any) -> bool:
    """Whether the tensor has a complex dtype."""
    return input.is_complex()


def clone(input: Any, *, memory_format: Any = None) -> Any:
    """A copy that gradients flow through."""
    return input.clone()


def detach(input: Any) -> Any:
    """A tensor of the same memory that no gradient flows through."""
    return input.detach()


table.update(is_tensor=is_tensor, numel=numel, is_floating_point=is_floating_point,
             is_complex=is_complex, clone=clone, detach=detach)  # fmt: skip
globals().update({name: f for name, f in table.items() if name not in globals()})

if TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Any]: ...
