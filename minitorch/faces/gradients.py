"""A tensor's place in the graph: what it requires, its `.grad`, `backward`, hooks."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine import observing, reverse
from minitorch.engine.batch import Batched, batched
from minitorch.engine.box import Box, Uncounted, fresh
from minitorch.engine.hooks import Hooks, RemovableHandle, registered
from minitorch.engine.modes import inferring, state
from minitorch.engine.node import DeadEnd, Leaf, Node, Traced, extras_of, node_of
from minitorch.errors.raising import teaching
from minitorch.faces import dtypes
from minitorch.faces.descriptors import Size
from minitorch.faces.operands import box_of, to_dtype


class Gradients(Box):
    """The methods of `Tensor` that have to do with gradients."""

    __slots__ = ()

    @property
    def requires_grad(self) -> bool:
        """Whether operations on it are recorded, and `backward()` gives it (a leaf) a `.grad`."""
        node, view = self._node, self._view
        if node is None or type(node) is DeadEnd:
            return view is not None and view.base._node is not None
        return not isinstance(node, Traced) or node.node is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not isinstance(wanted, bool):
            raise RuntimeError(f"requires_grad must be a bool, not {type(wanted).__name__}")
        node, view = self._node, self._view
        if type(node) is DeadEnd and view is not None:
            view.seen, node = node.seen, None
        if wanted:
            if node is None:
                self._become_leaf()
            return
        node = place_of(self)
        if type(node) is Leaf:
            self._idle, self._node = node, None
            extras_of(node)  # so that a backward pass looks whether it is still wanted
        elif node is not None:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a "
                "computed variable in a subgraph that doesn't require differentiation use "
                "var_no_grad = var.detach()."
            )

    def _become_leaf(self) -> None:
        if type(self._counter) is Uncounted and not state.inference:
            raise RuntimeError(
                "Setting requires_grad=True on inference tensor outside InferenceMode is not "
                "allowed: make a .clone(), which is a normal tensor"
            )
        value = self._value
        if value.dtype.kind not in "fcV":
            raise RuntimeError(
                "only Tensors of floating point and complex dtype can require gradients; this one "
                f"is {dtypes.of(value.dtype)!r}: convert it with .float()"
            )
        self._node = getattr(self, "_idle", None) or Leaf(value.shape, value.dtype)
        self._node.owner = weakref.ref(self)  # a leaf must not hold its tensor

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Set `requires_grad`, and give the tensor."""
        if type(self._value) is Batched:
            raise RuntimeError(
                "You are attempting to call Tensor.requires_grad_() inside of a function being "
                "transformed by vmap. This is unsupported: set it outside, or use func.grad"
            )
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user rather than by a recorded operation."""
        node = place_of(self)
        return node is None or type(node) is Leaf

    @property
    def grad_dtype(self) -> Any:
        """The dtype of its gradient: its own."""
        return dtypes.of(self._value.dtype)

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made it; None for leaves."""
        node = place_of(self)
        return None if node is None or type(node) is Leaf else node.shown()

    @property
    def output_nr(self) -> int:
        """Which of the results of `grad_fn` it is."""
        node = place_of(self)
        return 0 if node is None else node.index

    @property
    def _base(self) -> Any:
        """The tensor that this one is a view of; None where it is no view."""
        return None if self._view is None else self._view.base

    def is_inference(self) -> bool:
        """Whether it was made in `inference_mode`, and can't be saved for a derivative."""
        return type(self._counter) is Uncounted

    def _is_view(self) -> bool:
        return self._view is not None

    @property
    def grad(self) -> Any:
        """The gradient that `backward()` left here: a tensor of the same shape, or None."""
        node = self._node
        if type(node) is Leaf:
            return node.grad
        node = place_of(self)
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
        node: Any = self._node
        if grad is None and type(node) is Leaf:
            node.grad = None
            return
        node = place_of(self)
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
            targets = retaining(inputs)
        reverse.backward([seed], self.face, retain=retain, create=create_graph, targets=targets)

    def register_hook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call `hook(grad)` when a gradient arrives; what it returns, if not None, replaces it.

        Example:
            >>> x = torch.ones(2, requires_grad=True)
            >>> handle = x.register_hook(lambda grad: grad * 10)
            >>> x.sum().backward()
            >>> x.grad
            tensor([10., 10.])
        """
        node = place_of(self)
        if node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        extras = extras_of(node)
        extras.hooks = Hooks() if extras.hooks is None else extras.hooks
        return registered(extras.hooks, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], None]) -> RemovableHandle:
        """Call `hook(tensor)` after `.grad` of this leaf was added to."""
        node = place_of(self)
        if node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if type(node) is not Leaf:
            raise RuntimeError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors"
            )
        node.after = Hooks() if node.after is None else node.after
        return registered(node.after, hook)

    def retain_grad(self) -> None:
        """Have `backward()` leave a `.grad` here too, though this is no leaf."""
        node = place_of(self)
        if node is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if type(node) is not Leaf:
            extras_of(node).retain = True

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad()` was called on this non-leaf."""
        node = place_of(self)
        return bool(node is not None and node.extras is not None and node.extras.retain)

    def detach(self) -> Any:
        """A tensor of the same memory that no gradient flows through."""
        y = fresh(self.face, self._value)
        y._counter = self._counter
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
        y = fresh(self.face, self._value)
        if inferring or type(self._counter) is Uncounted:
            y._counter = self._counter if type(self._counter) is Uncounted else [0]
        return y

    @data.setter
    def data(self, other: Any) -> None:
        other = box_of(other, "data")
        node, shape = place_of(self), other._value.shape
        if node is not None and other._value.dtype.kind not in "fcV":
            raise RuntimeError(
                "data set to a tensor that requires gradients must be floating point or complex "
                f"dtype, not {dtypes.of(other._value.dtype)!r}"
            )
        if node is not None and type(node) is not Leaf and shape != self._value.shape:
            self.register_hook(_expecting(self._value.shape))
        self._value = other._value
        for leaf in (self._node, getattr(self, "_idle", None)):
            if type(leaf) is Leaf:
                leaf.shape, leaf.dtype = shape, other._value.dtype


def _expecting(shape: tuple[int, ...]) -> Callable[[Any], None]:
    """A hook that lets gradients of one shape pass."""

    def hook(gradient: Any) -> None:
        if gradient._value.shape != shape:
            raise RuntimeError(
                "a tensor whose .data was rebound got an invalid gradient - got "
                f"{list(gradient._value.shape)} but expected shape compatible with {list(shape)}, "
                "that of what the operation gave that made it"
            )

    return hook


def place_of(x: Box) -> Node | None:
    """The node that brings gradients to `x`, if one does."""
    node = node_of(x)
    return None if type(node) is DeadEnd else node


def seed_of(y: Any, gradient: Any, i: int = 0) -> tuple[Node, Any]:
    """The node at which a backward pass starts, and the gradient that comes in there."""
    node = y._node
    if type(node) is not Node or y._view is not None:
        node = place_of(y)
    if node is None:
        raise teaching(RuntimeError)(
            f"element {i} of tensors does not require grad and does not have a grad_fn"
        )
    if type(y._node) is Traced and y._node.batch:
        raise teaching(RuntimeError)(
            "backward() inside vmap is not supported: use grad inside, or outside"
        )
    value = y._value
    if gradient is None:
        if value.size != 1:
            raise teaching(RuntimeError)(
                "grad can be implicitly created only for scalar outputs: this one has shape "
                f"{list(value.shape)}"
            )
        if value.dtype.kind == "c":
            raise teaching(RuntimeError)(
                "grad can be implicitly created only for real scalar outputs but got "
                f"{dtypes.of(value.dtype)!r}: take .real or .abs(), or pass a gradient"
            )
        return node, fresh(y.face, np.array(1, value.dtype, ndmin=value.ndim))
    if isinstance(gradient, (tuple, list)) and len(gradient) == 1:
        (gradient,) = gradient
    if not isinstance(gradient, Gradients):
        raise teaching(TypeError)(
            f"gradients can be either Tensors or None, but got {type(gradient).__name__}"
        )
    if gradient._value.shape != value.shape:
        raise teaching(RuntimeError)(
            f"Mismatch in shape: grad_output[{i}] has a shape of {Size(gradient._value.shape)} and "
            f"output[{i}] has a shape of {y.shape}."
        )
    kinds = gradient._value.dtype.kind, value.dtype.kind
    if "c" in kinds and kinds[0] != kinds[1]:
        raise teaching(RuntimeError)(
            "For complex Tensors, both grad_output and output are required to have the same dtype. "
            f"Mismatch in dtype: grad_output[{i}] has a dtype of "
            f"{dtypes.of(gradient._value.dtype)!r} and output[{i}] has a dtype of {y.dtype!r}."
        )
    return node, observing.turned(to_dtype(gradient, value.dtype), y.face)


def retaining(inputs: Sequence[Any]) -> list[Node]:
    """The nodes of inputs whose `.grad` is wanted, leaf or not."""
    for x in inputs:
        if isinstance(x, Gradients):
            x.retain_grad()
    return [target_of(x, i) for i, x in enumerate(inputs)]


def target_of(x: Any, i: int) -> Node:
    """The node of an input whose gradient is wanted."""
    node = node_of(x) if isinstance(x, Gradients) else None
    if node is None:
        raise RuntimeError(f"One of the differentiated Tensors does not require grad (input {i})")
    if type(node) is DeadEnd:  # no gradient gets there: it is one that was not used in the graph
        return Leaf(node.shape, node.dtype)
    return node
