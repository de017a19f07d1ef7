"""Backward hooks of modules: nodes put around a module's part of the graph.

One node stands for all inputs that require grad, one for all outputs; in the backward pass each
sees its gradients together, shows them to the hooks and passes on what these make of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.engine.box import Box, fresh, new
from minitorch.engine.modes import is_grad_enabled
from minitorch.engine.node import Bundle, Node, Traced, node_of, tick
from minitorch.engine.observing import check_hooked
from minitorch.engine.views import ONE_OF_MANY, link
from minitorch.faces.tensor import Tensor

if TYPE_CHECKING:
    from minitorch.nn.modules.hooks import Hooks

Gradients = tuple[Any, ...]
Zeros = tuple[Any, ...]  # the shape and dtype of each tensor among the values of a call


class Boundary:
    """The plan of a node that passes several gradients through a function."""

    rules = sources = ()
    several = True
    grad_name = "BackwardHookFunctionBackward"

    def __init__(self, function: Callable[[Gradients], Gradients]) -> None:
        self.function = function
        self.op = self

    def backward(self, g: Bundle, node: Node, saved: Any) -> Gradients:
        boxed = any(isinstance(part, Box) for part in g.parts)
        shown = tuple(
            part if part is None or isinstance(part, Box) else fresh(Tensor, np.asarray(part))
            for part in g.parts
        )
        passed = []
        for parent, part in zip(node.parents, self.function(shown), strict=True):
            if part is None:
                part = fresh(Tensor, np.zeros(parent.shape, parent.dtype))
            passed.append(part if boxed else part._value[...])  # a view: hooks keep their own
        return tuple(passed)


def between(tensors: Sequence[Tensor], function: Callable[[Gradients], Gradients]) -> list[Tensor]:
    """Views of the tensors, whose gradients go through `function` on their way back."""
    node = new(Node)
    node.plan = Boundary(function)  # type: ignore[assignment]
    node.parents = tuple(node_of(t) for t in tensors)  # type: ignore[misc]
    node.saved, node.versions, node.extras, node.age = (), (), None, tick()
    node.shape = tuple(t._value.shape for t in tensors)  # type: ignore[assignment, misc]
    node.dtype = tuple(t._value.dtype for t in tensors)  # type: ignore[assignment]
    views = []
    for i, t in enumerate(tensors):
        view = fresh(Tensor, t._value.view())
        link(t, view, ONE_OF_MANY)
        view._node = node.result(i)
        views.append(view)
    return views


class watch_backward:
    """The backward hooks of one call of a module, as they were when it was called."""

    def __init__(self, module: Hooks) -> None:
        self.module = module
        own, pre = module._backward_hooks, module._backward_pre_hooks
        self.pre_hooks = [hook for _, hook in module._hooks_around("backward_pre", pre)]
        self.hooks = [hook for _, hook in module._hooks_around("backward", own)]
        self.wanted = bool(self.hooks or self.pre_hooks)
        self.arguments: Zeros = ()
        self.watched: list[int] = []
        self.grad_output: Gradients | None = None

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, with those that require grad replaced by watched views."""
        self.arguments = zeros_of(args)
        args, self.watched = self._watch(args, self._on_inputs)
        return args

    def outputs(self, result: Any) -> Any:
        """The module's result with its tensors watched."""
        alone = isinstance(result, Tensor)
        if not alone and not (isinstance(result, tuple) and all(map(is_tensor_or_none, result))):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of "
                f"Tensors but received {type(result)}",
                stacklevel=5,
            )
            return result
        results = (result,) if alone else result
        places: list[int] = []
        others = zeros_of(results)

        def on_outputs(parts: Gradients) -> Gradients:
            return self._on_outputs(parts, places, others)

        watched, places = self._watch(results, on_outputs)
        return watched[0] if alone else rebuilt(result, watched)

    def _watch(
        self, values: tuple[Any, ...], function: Callable[[Gradients], Gradients]
    ) -> tuple[tuple[Any, ...], list[int]]:
        places = [i for i, value in enumerate(values) if watchable(value)]
        if not places:
            return values, places
        replaced = list(values)
        views = between([values[i] for i in places], function)
        for i, view in zip(places, views, strict=True):
            replaced[i] = view
        return tuple(replaced), places

    def _on_outputs(self, parts: Gradients, places: list[int], others: Zeros) -> Gradients:
        grads = spread(parts, places, others)
        for hook in self.pre_hooks:
            changed = hook(self.module, grads)
            if changed is not None:
                grads = checked(changed, others, "Backward pre hook", "grad_output", hook)
        self.grad_output = grads
        if self.hooks and not self.watched:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module "
                "outputs since no inputs require gradients.",
                stacklevel=2,
            )
            self._run_hooks((None,) * len(self.arguments))
        return tuple(grads[i] for i in places)

    def _on_inputs(self, parts: Gradients) -> Gradients:
        if self.grad_output is None:
            return parts
        grads = self._run_hooks(spread(parts, self.watched, self.arguments))
        return tuple(grads[i] for i in self.watched)

    def _run_hooks(self, grads: Gradients) -> Gradients:
        for hook in self.hooks:
            changed = hook(self.module, grads, self.grad_output)
            if changed is not None:
                grads = checked(changed, self.arguments, "Backward hook", "grad_input", hook)
        self.grad_output = None
        return grads


def watchable(value: Any) -> bool:
    """Whether a value is a tensor that a backward pass would come to."""
    return (
        isinstance(value, Tensor)
        and is_grad_enabled()
        and not isinstance(value._node, Traced)
        and node_of(value) is not None
    )


def is_tensor_or_none(value: Any) -> bool:
    return value is None or isinstance(value, Tensor)


def zeros_of(values: tuple[Any, ...]) -> Zeros:
    """Of each tensor its shape and dtype, None for what is no tensor."""
    return tuple(
        (v._value.shape, v._value.dtype) if isinstance(v, Tensor) else None for v in values
    )


def spread(parts: Gradients, places: Sequence[int], others: Zeros) -> Gradients:
    """The parts at their places; elsewhere zeros for tensors, None for the rest."""
    out: list[Any] = list(others)
    for i, part in zip(places, parts, strict=True):
        out[i] = part
    return tuple(fresh(Tensor, np.zeros(*x)) if isinstance(x, tuple) else x for x in out)


def checked(changed: Any, wanted: Zeros, what: str, name: str, hook: Any) -> Gradients:
    """What a hook returned, if it can take the place of gradients of these shapes and dtypes."""
    grads = (changed,) if isinstance(changed, Tensor) else tuple(changed)
    if len(grads) != len(wanted):
        raise RuntimeError(
            f"{what} returned an invalid number of {name}, got {len(grads)}, but expected "
            f"{len(wanted)}"
        )
    for i, (g, had) in enumerate(zip(grads, wanted, strict=True)):
        if g is not None and had is not None:
            shape, dtype = had
            check_hooked(hook, shape, np.dtype(dtype), g, f"{name}[{i}]")
    return grads


def rebuilt(like: tuple[Any, ...], values: tuple[Any, ...]) -> Any:
    """A tuple of the type of `like`, which may be a namedtuple."""
    return like._make(values) if hasattr(like, "_make") else values
