"""torch.autograd.forward_ad: tensors that carry a tangent along, inside of a level.

`func.jvp` does the same for functions, and nests.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from minitorch.engine.box import Box
from minitorch.engine.forward import Level, split, with_tangent
from minitorch.engine.modes import state
from minitorch.faces.operands import to_dtype
from minitorch.faces.tensor import Tensor
from minitorch.func.gradients import check_tangent

__all__ = [
    "UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual",
    "unpack_dual",
]  # fmt: skip


class UnpackedDualTensor(NamedTuple):
    """A tensor without its tangent, and the tangent: None where it has none."""

    primal: Any
    tangent: Any


class _DualLevel(Level):
    """The level of dual tensors, of which there is one at a time in a thread."""


def _current() -> _DualLevel | None:
    return next((level for level in state.levels if type(level) is _DualLevel), None)


def enter_dual_level() -> int:
    """Begin a level, in which dual tensors can be made; it gives the level's number, 0.

    Raises:
        RuntimeError: there is one already.
    """
    if _current() is not None:
        raise RuntimeError(
            "Nested forward mode AD is not supported at the moment: use func.jvp, which nests"
        )
    _DualLevel().__enter__()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level: what tangents there are can't be had any more.

    Raises:
        RuntimeError: there is no such level.
    """
    current = _current()
    if current is None or level not in (None, 0):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This "
            "is not supported."
        )
    current.__exit__()


class dual_level:
    """A context that is a level of dual tensors.

    Example:
        >>> import minitorch.autograd.forward_ad as fwAD
        >>> with fwAD.dual_level():
        ...     x = fwAD.make_dual(torch.tensor([1., 2.]), torch.tensor([1., 10.]))
        ...     fwAD.unpack_dual(x ** 2).tangent
        tensor([ 2., 40.])
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exc: object) -> None:
        exit_dual_level()


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """A view of `tensor` that carries `tangent` along.

    Raises:
        RuntimeError: no level has begun, or the shapes differ.
        ValueError: one of the two is of integers.
    """
    current = _current()
    if current is None:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    for box in (tensor, tangent):
        if not isinstance(box, Box):
            raise TypeError(f"make_dual(): expected two Tensors, not {type(box).__name__}")
    check_tangent(tensor, tangent)
    if split(tensor, current.number)[1] is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the "
            "same level 0 is not supported: unpack_dual() it first"
        )
    return with_tangent(tensor, to_dtype(tangent, tensor._value.dtype), current.number)


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """A tensor without its tangent, and the tangent, as a named tuple."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"unpack_dual(): expected a Tensor, not {type(tensor).__name__}")
    current = _current()
    if current is None:
        return UnpackedDualTensor(tensor, None)
    return UnpackedDualTensor(*split(tensor, current.number))
