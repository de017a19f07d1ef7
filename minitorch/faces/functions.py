"""The functions of `torch.*`, gathered from their families, and the methods of `Tensor`."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
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
from minitorch.faces.outs import with_out
from minitorch.faces.tensor import Tensor

# Of each family: `functions` are torch's, and methods of Tensor too but for its `functions_only`;
# `methods` are only methods; `takes_out` names the functions that get the keyword `out`.
FAMILIES: tuple[ModuleType, ...] = (
    arithmetic, choosing, products, reductions, shaping, joining, gathering, creation, sampling,
    legacy,
)  # fmt: skip

table: dict[str, Callable[..., Any]] = {}
_methods: dict[str, Callable[..., Any]] = {}
for _family in FAMILIES:
    _only = getattr(_family, "functions_only", ())
    _methods.update({name: f for name, f in _family.functions.items() if name not in _only})
    _methods.update(getattr(_family, "methods", {}))
    table.update(_family.functions)
    table.update({name: with_out(table[name]) for name in getattr(_family, "takes_out", ())})


def _conversion(name: str, dtype: dtypes.dtype) -> Callable[..., Any]:
    def method(self: Any, memory_format: Any = None) -> Any:
        return to_dtype(self, dtype.numpy)

    return arithmetic.named(method, name, f"The tensor in {dtype!r}; itself if it has that dtype.")


def methods() -> dict[str, Callable[..., Any]]:
    """All methods that come from tables: functions of one tensor first, in-place forms, casts."""
    found = dict(_methods)
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
