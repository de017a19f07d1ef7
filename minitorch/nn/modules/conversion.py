"""What changes a whole tree of modules at once: dtype, mode, gradients, any function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from mmap import mmap
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from minitorch.engine.box import fresh
from minitorch.engine.modes import no_grad
from minitorch.faces import dtypes
from minitorch.faces.creation import empty_like
from minitorch.faces.tensor import Tensor
from minitorch.nn.parameter import UninitializedTensorMixin

if TYPE_CHECKING:
    from minitorch.nn.modules.module import Module
    from minitorch.nn.parameter import Parameter

Self = TypeVar("Self", bound="Conversion")
Change = Callable[[Tensor], Tensor]


class Conversion:
    """The part of `Module` that changes it and everything below it."""

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    children: Callable[[], Iterator[Module]]
    parameters: Callable[[], Iterator[Parameter]]

    def apply(self: Self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` on every module below and on this one, children first.

        Example:
            >>> def ones(module):
            ...     if isinstance(module, torch.nn.Linear):
            ...         torch.nn.init.ones_(module.weight)
            >>> torch.nn.Sequential(torch.nn.Linear(2, 1)).apply(ones)[0].weight
            Parameter containing:
            tensor([[1., 1.]], requires_grad=True)
        """
        for module in self.children():
            module.apply(fn)
        fn(self)  # type: ignore[arg-type]
        return self

    def _apply(self: Self, fn: Change, recurse: bool = True) -> Self:
        """Replace every parameter's data and gradient, and every buffer, by `fn` of it.

        Parameters stay the objects that they are, so optimizers keep hold of them.
        """
        if recurse:
            for module in self.children():
                module._apply(fn)
        with no_grad():
            for parameter in self._parameters.values():
                if parameter is None:
                    continue
                grad = parameter.grad
                converted = None if grad is None else fn(grad).requires_grad_(grad.requires_grad)
                parameter.data = fn(parameter)
                parameter.grad = converted
            for name, buffer in self._buffers.items():
                if buffer is not None:
                    self._buffers[name] = fn(buffer)
        return self

    def to(self: Self, *args: Any, **kwargs: Any) -> Self:
        """Convert parameters and buffers in place: `to(device)`, `to(dtype)`, `to(tensor)`.

        A dtype is applied to floating-point parameters and buffers only.

        Raises:
            TypeError: the dtype is neither floating point nor complex.

        Example:
            >>> torch.nn.Linear(2, 2).to(torch.float64).weight.dtype
            torch.float64
        """
        device, dtype = _destination(args, kwargs)
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                f"dtype={dtype}"
            )

        def convert(t: Tensor) -> Tensor:
            wanted = dtype if t.is_floating_point() or t.is_complex() else None
            return t.to(device=device, dtype=wanted)

        return self._apply(convert)

    def type(self: Self, dst_type: dtypes.dtype | str) -> Self:
        """Convert all parameters and buffers to a dtype."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self: Self) -> Self:
        """Convert floating-point parameters and buffers to float32."""
        return self._apply(lambda t: t.float() if t.is_floating_point() else t)

    def double(self: Self) -> Self:
        """Convert floating-point parameters and buffers to float64."""
        return self._apply(lambda t: t.double() if t.is_floating_point() else t)

    def half(self: Self) -> Self:
        """Convert floating-point parameters and buffers to float16."""
        return self._apply(lambda t: t.half() if t.is_floating_point() else t)

    def bfloat16(self: Self) -> Self:
        """Convert floating-point parameters and buffers to bfloat16, where there is one."""
        return self._apply(lambda t: t.bfloat16() if t.is_floating_point() else t)

    def cpu(self: Self) -> Self:
        """The module itself: the CPU is where it is."""
        return self._apply(lambda t: t.cpu())

    def cuda(self: Self, device: Any = None) -> Self:
        """Raises as a PyTorch built without CUDA does, where there is anything to move."""
        return self._apply(lambda t: t.cuda(device))

    def to_empty(self: Self, *, device: Any, recurse: bool = True) -> Self:
        """Replace parameters and buffers by uninitialised memory of the same shape."""
        return self._apply(lambda t: empty_like(t, device=device), recurse)

    def share_memory(self: Self) -> Self:
        """Move parameters and buffers to memory that processes forked later share."""
        return self._apply(_shared)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the module's calls stay as they are, as `torch.compile` leaves functions."""

    def train(self: Self, mode: bool = True) -> Self:
        """Set training mode here and below: what Dropout and normalisation go by."""
        if not isinstance(mode, bool):
            raise ValueError(f"training mode is expected to be boolean, got {mode!r}")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: Self) -> Self:
        """Set evaluation mode: the same as `train(False)`."""
        return self.train(False)

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Say of all parameters whether gradients are wanted; False freezes the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop all parameters' gradients, or fill them with zeros."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad = parameter.grad.detach().zero_()


def _shared(t: Tensor) -> Tensor:
    if isinstance(t, UninitializedTensorMixin):
        t.share_memory_()  # it refuses
    value = t._value
    memory = np.frombuffer(mmap(-1, max(value.nbytes, 1)), value.dtype, value.size)
    memory = memory.reshape(value.shape)
    memory[...] = value
    return fresh(Tensor, memory)


def _destination(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dtypes.dtype | None]:
    """The device and the dtype that the arguments of `Module.to` name."""
    unknown = set(kwargs) - {"device", "dtype", "tensor", "non_blocking", "copy", "memory_format"}
    if unknown or len(args) > 4:
        given = [type(a).__name__ for a in args]
        given += [f"{name}={type(value).__name__}" for name, value in kwargs.items()]
        raise TypeError(
            f"to() received an invalid combination of arguments - got ({', '.join(given)}), but "
            "expected to(device, dtype), to(dtype) or to(tensor), with non_blocking and "
            "memory_format where they are wanted"
        )
    device, dtype = kwargs.get("device"), kwargs.get("dtype")
    first = kwargs.get("tensor", args[0] if args else None)
    if isinstance(first, Tensor):
        return first.device, first.dtype
    if isinstance(first, dtypes.dtype):
        return device, first
    if args:
        device = first
        dtype = args[1] if len(args) > 1 and isinstance(args[1], dtypes.dtype) else dtype
    return device, dtype
