"""torch.autograd: gradients as values, and the recording modes."""

from __future__ import annotations

from typing import Any

from minitorch.engine import reverse
from minitorch.engine.box import fresh
from minitorch.engine.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from minitorch.faces.tensor import Tensor, seed_of, target_of

__all__ = [
    "Variable", "backward", "enable_grad", "grad", "inference_mode", "no_grad", "set_grad_enabled",
]  # fmt: skip


def _seeds(outputs: Any, grads: Any) -> list[Any]:
    outputs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    grads = [grads] if isinstance(grads, Tensor) or grads is None else list(grads)
    if grads == [None]:
        grads = [None] * len(outputs)
    if len(grads) != len(outputs):
        raise RuntimeError(
            f"got {len(outputs)} tensors and {len(grads)} gradients: give one for each, or None"
        )
    return [seed_of(y, g) for y, g in zip(outputs, grads, strict=True)]


def backward(tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None,
             create_graph: bool = False, inputs: Any = None) -> None:  # fmt: skip
    """The sum of the gradients of several tensors, added to the `.grad` of the leaves below."""
    targets = None
    if inputs is not None:
        inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        targets = [target_of(x, i) for i, x in enumerate(inputs)]
    retain = create_graph if retain_graph is None else retain_graph
    reverse.backward(
        _seeds(tensors, grad_tensors), Tensor, retain=retain, create=create_graph, targets=targets
    )


def grad(outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None,
         create_graph: bool = False, only_inputs: bool = True, allow_unused: bool | None = None,
         materialize_grads: bool = False) -> tuple[Any, ...]:  # fmt: skip
    """The gradients of `outputs` with respect to `inputs`, as a tuple; no `.grad` is touched.

    Args:
        grad_outputs: what comes in at each output; needed unless they have one element.
        retain_graph: keep the graph for another pass; `create_graph` by default.
        create_graph: record the pass itself, so that the gradients can be differentiated.
        allow_unused: give None for inputs that the outputs do not depend on, instead of an error.
        materialize_grads: give zeros there.

    Example:
        >>> x = torch.tensor(3., requires_grad=True)
        >>> (g,) = torch.autograd.grad(x ** 3, x, create_graph=True)
        >>> torch.autograd.grad(g, x)
        (tensor(18.),)
    """
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    targets = [target_of(x, i) for i, x in enumerate(inputs)]
    retain = create_graph if retain_graph is None else retain_graph
    found = reverse.sweep(
        _seeds(outputs, grad_outputs), Tensor, retain=retain, create=create_graph, targets=targets
    )
    results = []
    for x, node in zip(inputs, targets, strict=True):
        g = found.get(node)
        g = None if g is None else reverse.turned(g, Tensor)
        if g is None and materialize_grads:
            g = fresh(Tensor, x._value * 0)
        if g is None and not allow_unused:
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. Set "
                "allow_unused=True if this is the desired behavior."
            )
        results.append(g)
    return tuple(results)


def Variable(data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
    """PyTorch's name, from before 0.4, for a tensor: `data`, requiring grad if so asked."""
    y = data.detach() if isinstance(data, Tensor) else Tensor(data)
    return y.requires_grad_(requires_grad)
