"""A tensor's place in the graph: what it requires, its `.grad`, `backward`, hooks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from minitorch.engine import reverse
from minitorch.engine.batch import batched
from minitorch.engine.box import Box, fresh
from minitorch.engine.node import Leaf, Node, Traced, extras_of, node_of
from minitorch.faces import dtypes
from minitorch.faces.descriptors import Size
from minitorch.faces.operands import box_of, to_dtype


class Gradients(Box):
    """The methods of `Tensor` that have to do with gradients."""

    __slots__ = ()

    @property
    def requires_grad(self) -> bool:
        """Whether operations on it are recorded, and `backward()` gives it (a leaf) a `.grad`."""
        return node_of(self) is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not isinstance(wanted, bool):
            raise RuntimeError(f"requires_grad must be a bool, not {type(wanted).__name__}")
        node = node_of(self)
        if wanted:
            if node is None:
                self._become_leaf()
        elif type(node) is Leaf:
            self._idle, self._node = node, None
        elif node is not None:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a "
                "computed variable in a subgraph that doesn't require differentiation use "
                "var_no_grad = var.detach()."
            )

    def _become_leaf(self) -> None:
        value = self._value
        if value.dtype.kind not in "fcV":
            raise RuntimeError(
                "only Tensors of floating point and complex dtype can require gradients; this one "
                f"is {dtypes.of(value.dtype)!r}: convert it with .float()"
            )
        self._node = getattr(self, "_idle", None) or Leaf(value.shape, value.dtype)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Set `requires_grad`, and give the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user rather than by a recorded operation."""
        node = node_of(self)
        return node is None or type(node) is Leaf

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made it; None for leaves."""
        node = node_of(self)
        return None if type(node) is Leaf else node

    @property
    def grad(self) -> Any:
        """The gradient that `backward()` left here: a tensor of the same shape, or None."""
        node = self._node
        if type(node) is Leaf:
            return node.grad
        node = node_of(self)
        if node is None:
            node = getattr(self, "_idle", None)
            return None if node is None else node.grad
        extras = node.extras
        if extras is None or (extras.grad is None and not extras.retain):
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed: "
                "backward() does not fill it in. Call .retain_grad() on this tensor if its "
                "gradient is wanted, or access the .grad of the leaf that it was made from.",
                stacklevel=2,
            )
        return None if extras is None else extras.grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        node: Any = node_of(self)
        if grad is not None:
            self._check_grad(grad)
        if node is None:
            if grad is None and getattr(self, "_idle", None) is None:
                return
            self._idle = getattr(self, "_idle", None) or Leaf(self._value.shape, self._value.dtype)
            node = self._idle
        elif type(node) is not Leaf:
            node = extras_of(node)
        node.grad = grad

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def _check_grad(self, grad: Any) -> None:
        if not isinstance(grad, Gradients):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type "
                f"{type(grad).__name__}"
            )
        if grad is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if grad._value.shape != self._value.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(grad._value.shape)}' to a tensor "
                f"of size '{list(self._value.shape)}'. Please ensure that the gradient and the "
                "tensor are the same size"
            )
        if grad._value.dtype != self._value.dtype:
            raise RuntimeError(
                f"assigned grad has data of a different type: {dtypes.of(grad._value.dtype)!r}, "
                f"expected {dtypes.of(self._value.dtype)!r}"
            )

    def backward(self, gradient: Any = None, retain_graph: bool | None = None,
                 create_graph: bool = False, inputs: Any = None) -> None:  # fmt: skip
        """Compute the gradients of this tensor and add them to the `.grad` of the leaves below.

        Args:
            gradient: what comes in from above, of this tensor's shape; needed unless it has
                one element.
            retain_graph: keep the graph for another backward; `create_graph` by default.
            create_graph: record the backward pass, for derivatives of higher order.
            inputs: the leaves that get a gradient; all by default.

        Raises:
            RuntimeError: the tensor does not require grad, has several elements and no
                `gradient`, or its graph was freed by an earlier backward.
        """
        seed = seed_of(self, gradient)
        retain = create_graph if retain_graph is None else retain_graph
        targets = None
        if inputs is not None:
            inputs = [inputs] if isinstance(inputs, Gradients) else list(inputs)
            if not inputs:
                raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
            targets = [target_of(x, i) for i, x in enumerate(inputs)]
        reverse.backward([seed], self.face, retain=retain, create=create_graph, targets=targets)

    def register_hook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call `hook(grad)` when a gradient arrives; what it returns, if not None, replaces it."""
        node = node_of(self)
        if node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        return Handle(extras_of(node).hooks, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], None]) -> Handle:
        """Call `hook(tensor)` after `.grad` of this leaf was added to."""
        node = node_of(self)
        if type(node) is not Leaf:
            raise RuntimeError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors"
            )
        import weakref  # only here: a leaf must not hold its tensor

        here = weakref.ref(self)
        if node.after is None:
            node.after = {}
        return Handle(node.after, lambda: hook(here()))

    def retain_grad(self) -> None:
        """Have `backward()` leave a `.grad` here too, though this is no leaf."""
        node = node_of(self)
        if node is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if type(node) is not Leaf:
            extras_of(node).retain = True

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad()` was called on this non-leaf."""
        node = node_of(self)
        return bool(node is not None and node.extras is not None and node.extras.retain)

    def detach(self) -> Any:
        """A tensor of the same memory that no gradient flows through."""
        y = fresh(self.face, self._value)
        y._version = self._version
        node = self._node
        if type(node) is Traced and node.batch:
            inner = self._value.box.detach()
            return batched(inner, node.batch)
        return y

    def detach_(self) -> Any:
        """Cut this tensor itself off the graph."""
        if self._view is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        self._node = None
        return self

    @property
    def data(self) -> Any:
        """A tensor of the same memory whose changes are not tracked at all; see `detach`."""
        return fresh(self.face, self._value)

    @data.setter
    def data(self, other: Any) -> None:
        other = box_of(other, "data")
        self._value = other._value
        for leaf in (self._node, getattr(self, "_idle", None)):
            if type(leaf) is Leaf:
                leaf.shape, leaf.dtype = other._value.shape, other._value.dtype


class Handle:
    """What registering a hook gives: `remove()` takes the hook away again."""

    _next: ClassVar[int] = 0

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        Handle._next += 1
        self.id, self._hooks = Handle._next, hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def seed_of(y: Any, gradient: Any) -> tuple[Node, Any]:
    """The node at which a backward pass starts, and the gradient that comes in there."""
    node = node_of(y)
    if node is None:
        raise RuntimeError(
            "element 0 of tensors does not require grad and does not have a grad_fn: no tensor "
            "that it was computed from has requires_grad=True, or it was computed under no_grad()"
        )
    if type(y._node) is Traced and y._node.batch:
        raise RuntimeError("backward() inside vmap is not supported: use grad inside, or outside")
    value = y._value
    if gradient is None:
        if value.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs: this one has shape "
                f"{list(value.shape)}; reduce it with .sum() or .mean(), or pass a gradient"
            )
        return node, fresh(y.face, np.ones(value.shape, value.dtype))
    if isinstance(gradient, (tuple, list)) and len(gradient) == 1:
        (gradient,) = gradient
    if not isinstance(gradient, Gradients):
        raise TypeError(
            f"gradients can be either Tensors or None, but got {type(gradient).__name__}"
        )
    if gradient._value.shape != value.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {Size(gradient._value.shape)} and "
            f"output[0] has a shape of {y.shape}."
        )
    return node, reverse.turned(to_dtype(gradient, value.dtype), y.face)


def target_of(x: Any, i: int) -> Node:
    """The node of an input whose gradient is wanted."""
    node = node_of(x) if isinstance(x, Gradients) else None
    if node is None:
        raise RuntimeError(f"One of the differentiated Tensors (input {i}) does not require grad")
    return node
