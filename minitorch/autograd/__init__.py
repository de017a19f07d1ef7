"""torch.autograd: gradients as values, functions with a backward of their own, the modes."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

import numpy as np

from minitorch.autograd import graph as graph
from minitorch.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from minitorch.autograd.function import Function, NestedIOFunction
from minitorch.autograd.grad_mode import set_multithreading_enabled
from minitorch.autograd.gradcheck import gradcheck, gradgradcheck
from minitorch.autograd.graph import GradientEdge
from minitorch.autograd.variable import Variable
from minitorch.engine import observing, reverse
from minitorch.engine.box import fresh
from minitorch.engine.forward import Level
from minitorch.engine.layers import batched, inside
from minitorch.engine.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from minitorch.engine.node import Node
from minitorch.faces.descriptors import Size
from minitorch.faces.gradients import Gradients, seed_of, target_of
from minitorch.faces.tensor import Tensor
from minitorch.ops.shape import broadcast_to

__all__ = [
    "Function", "NestedIOFunction", "Variable", "backward", "detect_anomaly", "enable_grad",
    "grad", "grad_mode", "gradcheck", "gradgradcheck", "inference_mode", "no_grad",
    "set_detect_anomaly", "set_grad_enabled", "set_multithreading_enabled", "variable",
]  # fmt: skip

_MODULES = (
    "anomaly_mode", "forward_ad", "function", "functional", "grad_mode", "gradcheck", "graph",
    "profiler", "profiler_util", "variable",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    """Submodules, imported when first asked for."""
    if name in _MODULES:
        return import_module(f"minitorch.autograd.{name}")
    raise AttributeError(f"module 'minitorch.autograd' has no attribute {name!r}")


def _listed(tensors: Any) -> list[Any]:
    """One tensor (or edge), or several, as a list."""
    return [tensors] if isinstance(tensors, (Gradients, GradientEdge)) else list(tensors)


def _paired(outputs: list[Any], grads: Any) -> list[tuple[Any, Any]]:
    """Each output with what comes in there."""
    if grads is None:
        grads = [None] * len(outputs)
    grads = [grads] if isinstance(grads, Gradients) else list(grads)
    if len(grads) != len(outputs):
        raise RuntimeError(
            f"got {len(outputs)} tensors and {len(grads)} gradients: give one for each, or None"
        )
    return list(zip(outputs, grads, strict=True))


def _seed(y: Any, g: Any, i: int) -> tuple[Node, Any]:
    """Where a backward pass starts, and what comes in there."""
    if not isinstance(y, GradientEdge):
        return seed_of(y, g, i)
    node = y.place
    shown = fresh(Tensor, np.empty(node.shape, node.dtype))
    shown._node = node
    return seed_of(shown, g, i)


def _target(x: Any, i: int) -> Node:
    return x.place if isinstance(x, GradientEdge) else target_of(x, i)


def _targets(inputs: Any, function: str) -> list[Node]:
    inputs = _listed(inputs)
    if not inputs:
        raise RuntimeError(f"`inputs` argument to `{function}()` cannot be empty.")
    return [_target(x, i) for i, x in enumerate(inputs)]


def backward(tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None,
             create_graph: bool = False, grad_variables: Any = None,
             inputs: Any = None) -> None:  # fmt: skip
    """The sum of the gradients of several tensors, added to the `.grad` of the leaves below.

    Args:
        tensors: one, or several, or edges of the graph.
        grad_tensors: what comes in at each; None is 1, for those of one element.
        retain_graph: keep the graph for another pass; `create_graph` by default.
        create_graph: record the pass itself, so that the gradients can be differentiated.
        inputs: what gets a gradient, leaf or not; all leaves by default.

    Example:
        >>> x = torch.ones(2, requires_grad=True)
        >>> torch.autograd.backward([x.sum(), x[0]])
        >>> x.grad
        tensor([2., 1.])
    """
    if grad_variables is not None:
        warnings.warn(
            "`grad_variables` is deprecated. Use `grad_tensors` instead.",
            FutureWarning,
            stacklevel=2,
        )
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to "
                "`backward()`. Please only use `grad_tensors`."
            )
        grad_tensors = grad_variables
    if inputs is not None:
        inputs = _listed(inputs)
        for x in inputs:
            if isinstance(x, Gradients):
                x.retain_grad()
    targets = None if inputs is None else _targets(inputs, "backward")
    pairs = _paired(_listed(tensors), grad_tensors)
    seeds = [_seed(y, g, i) for i, (y, g) in enumerate(pairs)]
    retain = create_graph if retain_graph is None else retain_graph
    reverse.backward(seeds, Tensor, retain=retain, create=create_graph, targets=targets)


def grad(outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None,
         create_graph: bool = False, only_inputs: bool = True, allow_unused: bool | None = None,
         is_grads_batched: bool = False,
         materialize_grads: bool = False) -> tuple[Any, ...]:  # fmt: skip
    """The gradients of `outputs` with respect to `inputs`, as a tuple; no `.grad` is touched.

    Args:
        grad_outputs: what comes in at each output; needed unless they have one element.
        retain_graph: keep the graph for another pass; `create_graph` by default.
        create_graph: record the pass itself, so that the gradients can be differentiated.
        allow_unused: give None for inputs that the outputs do not depend on, instead of an error.
        is_grads_batched: each of `grad_outputs` is a batch, along its first dimension, of
            gradients that one pass carries together; the results have that dimension too.
        materialize_grads: give zeros for inputs that the outputs do not depend on.

    Example:
        >>> x = torch.tensor(3., requires_grad=True)
        >>> (g,) = torch.autograd.grad(x ** 3, x, create_graph=True)
        >>> torch.autograd.grad(g, x)
        (tensor(18.),)
        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> torch.autograd.grad(x ** 2, x, torch.eye(2), is_grads_batched=True)
        (tensor([[2., 0.],
                [0., 4.]]),)
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To "
            "accumulate gradient for other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    outputs, targets = _listed(outputs), _targets(inputs, "grad")
    options: dict[str, Any] = {
        "retain": create_graph if retain_graph is None else retain_graph,
        "create": create_graph,
        "targets": targets,
    }
    pairs = _paired(outputs, grad_outputs)
    if is_grads_batched:
        found = _batched_sweep(pairs, options)
    else:
        seeds = [_seed(y, g, i) for i, (y, g) in enumerate(pairs)]
        found = reverse.sweep(seeds, Tensor, **options)
    results = []
    for i, node in enumerate(targets):
        g = found.get(node)
        if g is not None:
            g = observing.turned(g, Tensor)
        elif materialize_grads:
            g = fresh(Tensor, np.zeros(node.shape, node.dtype))
        elif not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the "
                "graph. Set allow_unused=True if this is the desired behavior."
            )
        results.append(g)
    return tuple(results)


def _batched_sweep(pairs: list[tuple[Any, Any]], options: dict[str, Any]) -> dict[Node, Any]:
    """What arrives at the targets for a batch of gradients of each output."""
    for i, (y, g) in enumerate(pairs):
        if g is None or not g._value.ndim:
            raise ValueError(
                f"is_grads_batched=True: grad_outputs[{i}] must be a tensor whose first dimension "
                f"runs over the batch; got {'None' if g is None else 'a tensor of no dimension'}"
            )
        if not isinstance(y, GradientEdge) and g._value.shape[1:] != y._value.shape:
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output "
                "as the batch dimension. The sizes of the remaining dimensions are expected to "
                "match the shape of corresponding output, but a mismatch was detected: "
                f"grad_output[{i}] has a shape of {Size(g._value.shape)} and output[{i}] has a "
                f"shape of {y.shape}."
            )
    sizes = {g._value.shape[0] for _, g in pairs}
    if len(sizes) > 1:
        raise ValueError(
            f"is_grads_batched=True: all grad_outputs must have one batch size, not {sizes}"
        )
    out = {}
    with Level(size := max(sizes, default=0)) as level:
        seeds = [_seed(y, batched(g, level.number), i) for i, (y, g) in enumerate(pairs)]
        for node, g in reverse.sweep(seeds, Tensor, **options).items():
            g, own = inside(g, level.number)
            out[node] = g if own else broadcast_to(g, (size, *g._value.shape))
    return out
