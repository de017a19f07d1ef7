"""Checkpoints: a part of a computation that keeps its inputs alone, and is run again backward.

What is not reentrant is made of hooks on saved tensors: in place of each tensor a number is kept,
and when the backward pass asks for the first of them, the function runs once more and all are had
again. What is reentrant is one `Function`, with a backward pass of its own inside of the other.

See Chen, Xu, Zhang, Guestrin, "Training deep nets with sublinear memory cost", 2016.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

from minitorch import autograd
from minitorch.autograd.function import Function
from minitorch.autograd.graph import saved_tensors_hooks
from minitorch.differential.checkpointing import random_from, random_state
from minitorch.differential.containers import flatten
from minitorch.engine.box import fresh
from minitorch.engine.modes import enable_grad, is_grad_enabled, no_grad, state
from minitorch.faces import dtypes
from minitorch.faces.tensor import Tensor

__all__ = [
    "CheckpointError", "CheckpointFunction", "DefaultDeviceType", "check_backward_validity",
    "checkpoint", "checkpoint_sequential", "detach_variable", "get_device_states",
    "noop_context_fn", "set_checkpoint_debug_enabled", "set_checkpoint_early_stop",
    "set_device_states",
]  # fmt: skip

Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]
_early_stop: list[bool | None] = [None]  # what `set_checkpoint_early_stop` says, innermost last


class CheckpointError(RuntimeError):
    """The second run of a checkpointed function was not the first one over again."""


def noop_context_fn() -> Contexts:
    """Two contexts that do nothing."""
    return nullcontext(), nullcontext()


def _explicit(use_reentrant: bool | None, function: str) -> bool:
    if use_reentrant is not None:
        return use_reentrant
    warnings.warn(
        f"torch.utils.checkpoint{function}: the use_reentrant parameter should be passed "
        "explicitly. use_reentrant=False is recommended; without it, use_reentrant=True is meant.",
        stacklevel=3,
    )
    return True


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, of which the backward pass keeps nothing but the inputs.

    What the function computes on the way is computed once more when gradients are wanted.

    Args:
        use_reentrant: False is recommended; True is PyTorch's older way, which needs an input
            that requires grad, and serves `backward()` alone.
        context_fn: gives two contexts, for the first run and for the second.
        determinism_check: "default" compares the forms of what both runs save, "none" nothing.
        debug: accepted; the error of a second run that differs names the tensor in any case.
        early_stop: end the second run when all that is needed was computed.
        preserve_rng_state: (True) whether the second run draws the random numbers of the first.

    Raises:
        CheckpointError: (in the backward pass) the second run did something else.
        ValueError: an option that the reentrant way does not have.

    Example:
        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> y = torch.utils.checkpoint.checkpoint(lambda x: x.exp().sin(), x, use_reentrant=False)
        >>> y.sum().backward()
        >>> x.grad
        tensor([-2.4784,  3.3129])
    """
    preserve = kwargs.pop("preserve_rng_state", True)
    if _explicit(use_reentrant, ""):
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug:
            raise ValueError(
                "Passing `context_fn` or `debug` is only supported when use_reentrant=False."
            )
        return CheckpointFunction.apply(function, preserve, *args)
    if determinism_check not in ("default", "none"):
        raise ValueError(
            f"determinism_check should be one of ('default', 'none') but got {determinism_check!r}"
        )
    forward, again = context_fn()
    if not is_grad_enabled():
        return function(*args, **kwargs)
    if _early_stop[-1] is not None:
        early_stop = _early_stop[-1]
    frame = _Frame(function, args, kwargs, preserve, again)
    frame.checked, frame.early_stop = determinism_check == "default", early_stop
    with frame.hooks(), forward:
        return function(*args, **kwargs)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """The result of functions (or of a `Sequential`) one after the other, in checkpoints.

    Args:
        segments: of how many parts each but the last is a checkpoint.
    """
    reentrant = _explicit(use_reentrant, ".checkpoint_sequential")
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    each = list(functions.children() if hasattr(functions, "children") else functions)

    def part(start: int, end: int) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for function in each[start:end]:
                x = function(x)
            return x

        return run

    size, start = len(each) // segments, 0
    for start in range(size, size * segments, size) if size else ():
        input = checkpoint(
            part(start - size, start), input, use_reentrant=reentrant, preserve_rng_state=preserve
        )
    return part(start, len(each))(input)


# not reentrant


class _Inputs(Function):
    """Keeps tensors as any operation does: under the hooks of a checkpoint around this one."""

    @staticmethod
    def forward(ctx: Any, dummy: Any, *tensors: Any) -> Any:
        ctx.save_for_backward(*tensors)
        return dummy.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise AssertionError("no gradient comes to the inputs of a checkpoint this way")


class _Stop(Exception):
    """Ends the second run."""


class _Frame:
    """One checkpoint: its function and inputs, and the forms of what its first run saved."""

    def __init__(
        self, function: Callable[..., Any], args: Any, kwargs: Any, preserve: bool, again: Any
    ) -> None:
        tensors, self.form = flatten((args, kwargs), lambda x: isinstance(x, Tensor))
        dummy = fresh(Tensor, np.empty(0)).requires_grad_()
        self.inputs = _Inputs.apply(dummy, *tensors).grad_fn
        self.function, self.again = function, again
        self.random = random_state() if preserve else None
        self.forms: list[Any] = []
        self.values: dict[int, Any] = {}
        self.run: Any = None  # the backward pass that the values are for
        self.checked = self.early_stop = True

    def hooks(self) -> saved_tensors_hooks:
        """In place of each saved tensor, its number."""

        def pack(tensor: Any) -> int:
            self.forms.append((tensor._value.shape, tensor._value.dtype))
            return len(self.forms) - 1

        return saved_tensors_hooks(pack, self.unpack)

    def unpack(self, i: int) -> Any:
        """The saved tensor of this number."""
        if self.run is not state.sweep or i not in self.values:
            self.values, self.run = self.recomputed(), state.sweep
        value = self.values.pop(i)
        if not self.values:
            self.run = None
        return value

    def recomputed(self) -> dict[int, Any]:
        """All that the function saves when it runs once more."""
        args, kwargs = self.form.build(iter(self.inputs.saved_tensors))
        values: dict[int, Any] = {}

        def pack(tensor: Any) -> Any:
            self.check(len(values), tensor)
            values[len(values)] = tensor.detach()
            if self.early_stop and len(values) == len(self.forms):
                raise _Stop
            return tensor

        random = nullcontext() if self.random is None else random_from(self.random)
        try:
            with random, enable_grad(), saved_tensors_hooks(pack, lambda t: t), self.again:
                self.function(*args, **kwargs)
        except _Stop:
            pass
        self.check_count(len(values))
        return values

    def check(self, i: int, tensor: Any) -> None:
        """Refuse a tensor that is not of the form of that which the first run saved."""
        if i >= len(self.forms):
            self.check_count(i + 1)
        was, now = self.forms[i], (tensor._value.shape, tensor._value.dtype)
        if self.checked and was != now:
            shown = [f"shape {list(shape)}, {dtypes.of(dtype)!r}" for shape, dtype in (was, now)]
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have "
                f"different metadata than during the forward pass.\ntensor at position {i}:\nsaved "
                f"metadata: {shown[0]}\nrecomputed metadata: {shown[1]}"
            )

    def check_count(self, count: int) -> None:
        if count != len(self.forms):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the "
                "original forward and recomputation.\nNumber of tensors saved during forward: "
                f"{len(self.forms)}\nNumber of tensors saved during recomputation: {count}."
            )


# reentrant


class CheckpointFunction(Function):
    """A checkpoint as a `Function`, whose backward runs a backward pass of its own."""

    @staticmethod
    def forward(ctx: Any, run_function: Any, preserve_rng_state: bool, *args: Any) -> Any:
        check_backward_validity(args)
        ctx.function, ctx.random = run_function, random_state() if preserve_rng_state else None
        ctx.places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.args = [None if isinstance(a, Tensor) else a for a in args]
        ctx.save_for_backward(*[args[i] for i in ctx.places])
        with no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        if state.sweep.needed is not None:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or "
                "passing an `inputs` parameter to .backward(). To resolve this error, you can "
                "either set use_reentrant=False, or call .backward() without passing the `inputs` "
                "argument."
            )
        args = list(ctx.args)
        for i, tensor, needed in zip(
            ctx.places, ctx.saved_tensors, [ctx.needs_input_grad[i + 2] for i in ctx.places]
        ):
            args[i] = tensor.detach().requires_grad_(needed)
        random = nullcontext() if ctx.random is None else random_from(ctx.random)
        with random, enable_grad():
            outputs = ctx.function(*args)
        outputs = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
        pairs = [
            (y, g) for y, g in zip(outputs, grads) if isinstance(y, Tensor) and y.requires_grad
        ]
        if not pairs:
            raise RuntimeError(
                "none of output has requires_grad=True, this checkpoint() is not necessary"
            )
        autograd.backward([y for y, _ in pairs], [g for _, g in pairs])
        return (None, None, *[a.grad if isinstance(a, Tensor) else None for a in args])


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn where no input requires grad."""
    if not any(x.requires_grad for x in inputs if isinstance(x, Tensor)):
        warnings.warn(
            "None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2
        )


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The inputs with their tensors detached, requiring grad as before."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(
            "Only tuple of tensors is supported. Got Unsupported input type: "
            f"{type(inputs).__name__}"
        )
    return tuple(
        x.detach().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in inputs
    )


# settings


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Within it, checkpoints end their second run early, or don't, whatever they were told."""
    _early_stop.append(enable)
    try:
        yield
    finally:
        _early_stop.pop()


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Accepted: the errors of checkpoints say here all that they can, always."""
    yield


class DefaultDeviceType:
    """The type of the device whose random numbers are preserved beside the CPU's: there is none."""

    _type = "cpu"

    @staticmethod
    def set_device_type(device: str = "cuda") -> None:
        """Set it."""
        DefaultDeviceType._type = device

    @staticmethod
    def get_device_type() -> str:
        """The type of the device."""
        return DefaultDeviceType._type


def get_device_states(*args: Any) -> tuple[list[int], list[Any]]:
    """The devices, beside the CPU, of these tensors, and the states of their generators: none."""
    return [], []


def set_device_states(devices: Sequence[int], states: Sequence[Any], **kwargs: Any) -> None:
    """Set the states of the generators of devices: there are none to set."""
    for device in devices:
        raise RuntimeError(f"there is no device {device}: minitorch computes on the CPU")
