"""`Function`: an operation with a backward of the user's own.

The forward runs as a program writes it, without recording; then one node is hung on what it
returned. `engine/reverse.py` runs the node's plan as any other, on bare arrays or, where the
gradients are themselves recorded, on boxes; the user's backward is shown tensors either way.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from minitorch.autograd.applying import Application, FunctionNode
from minitorch.engine.modes import record
from minitorch.engine.primitive import Primitive
from minitorch.faces.tensor import Tensor

__all__ = [
    "BackwardCFunction", "Function", "FunctionCtx", "FunctionMeta", "InplaceFunction",
    "NestedIOFunction", "once_differentiable",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


class FunctionCtx:
    """What `forward` and `backward` of one call share; a program may set attributes on it."""

    to_save: tuple[Any, ...] = ()
    saved_for_forward: tuple[Any, ...] = ()
    dirty_tensors: tuple[Any, ...] = ()
    non_differentiable: tuple[Any, ...] = ()
    materialize_grads = True
    needs_input_grad: tuple[bool, ...] = ()
    _held: tuple[Any, ...] | None = None
    _node: Callable[[], FunctionNode | None] | None = None

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for `backward`, which finds them in `saved_tensors`."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for `jvp`, which finds them in `saved_tensors`."""
        for i, tensor in enumerate(tensors):
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(
                    "save_for_forward expects all arguments to be tensors; you should save "
                    f"non-tensors as attributes on ctx (argument {i} is {type(tensor).__name__})"
                )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Any) -> None:
        """Say which inputs `forward` changed in place; it must return them."""
        self.dirty_tensors = args

    def mark_non_differentiable(self, *args: Any) -> None:
        """Say which outputs have no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` is given zeros, or else None, where no gradient came in."""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, as it was then.

        Raises:
            RuntimeError: one was written to since, or the graph was freed.
        """
        if self._held is not None:
            return self._held
        node = None if self._node is None else self._node()
        return self.to_save if node is None else node.saved_tensors


class BackwardCFunction(FunctionCtx):
    """The type of `ctx`."""


class FunctionMeta(type):
    """The metaclass of `Function`."""


class Function(metaclass=FunctionMeta):
    """The base of operations with their own backward: subclass it, and call `apply`.

    Either `forward(ctx, *args)`, or `forward(*args)` with `setup_context(ctx, inputs, output)`,
    computes; `backward(ctx, *grads)` (or `vjp`) gives a gradient, or None, for each argument from
    one for each output. `jvp(ctx, *tangents)` serves forward mode, and
    `vmap(info, in_dims, *args)`, or `generate_vmap_rule = True`, batching. All are staticmethods.

    Example:
        >>> class Exp(torch.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         y = x.exp()
        ...         ctx.save_for_backward(y)
        ...         return y
        ...     @staticmethod
        ...     def backward(ctx, grad):
        ...         (y,) = ctx.saved_tensors
        ...         return grad * y
        >>> x = torch.zeros(2, requires_grad=True)
        >>> Exp.apply(x)
        tensor([1., 1.], grad_fn=<ExpBackward>)
    """

    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all "
            "static, so you should invoke them on the class itself. Instantiating an autograd "
            "function will raise an error in a future version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use "
            "new-style autograd function with static forward method: call "
            f"{type(self).__name__}.apply(...) on the class"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the outputs: of `(ctx, *args)`, or of `(*args)` beside `setup_context`."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Put on `ctx` what `backward` will need."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the arguments, given those of the outputs."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """The tangents of the outputs, given those of the arguments."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> Any:
        """The outputs for many examples, and their batch dimensions."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or "
            "set generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        if cls.setup_context is not Function.setup_context:
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args = bound.args
        elif kwargs:
            args = inspect.signature(cls.forward).bind(None, *args, **kwargs).args[1:]
        return Application(Function, cls, args, BackwardCFunction()).outputs()


class InplaceFunction(Function):
    """A `Function` with a flag for running in place, for programs that were written for it."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class NestedIOFunction(Function):
    """Of PyTorch's past: functions of nested containers. Use `Function`, with flat arguments."""


def _refuse(*args: Any) -> Any:
    raise RuntimeError(
        "trying to differentiate twice a function that was marked with @once_differentiable"
    )


_once = Primitive(
    "once_differentiable", lambda x: x.copy(), names=("x",), grad_name="DelayedError",
    vjps=(lambda g: _refuse(g),), linear=(0,), batch=None,
    doc="A copy of `x`, of which no gradient can be had: what a backward gave that is not to be "
    "differentiated.",
)  # fmt: skip


def once_differentiable(fn: F) -> F:
    """Say that a `backward` may not be differentiated itself: doing so is an error.

    Example:
        >>> class Double(torch.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         return x * 2
        ...     @staticmethod
        ...     @torch.autograd.function.once_differentiable
        ...     def backward(ctx, grad):
        ...         return grad * 2
    """

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        before = record(False)
        try:
            outputs = fn(ctx, *args)
        finally:
            record(before)
        if not before or not any(isinstance(a, Tensor) and a.requires_grad for a in args):
            return outputs
        several = isinstance(outputs, tuple)
        guarded = []
        for y in outputs if several else (outputs,):
            if isinstance(y, Tensor) and y._value.dtype.kind in "fcV":
                y = _once.unary(y.detach().requires_grad_())
            guarded.append(y)
        return tuple(guarded) if several else guarded[0]

    return wrapper  # type: ignore[return-value]
