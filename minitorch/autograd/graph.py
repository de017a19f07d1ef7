"""The graph: its nodes and edges, hooks on several tensors, hooks on what is saved."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from minitorch.engine.box import Box, fresh
from minitorch.engine.forward import shallow
from minitorch.engine.hooks import RemovableHandle
from minitorch.engine.modes import listen, record, state, unlisten
from minitorch.engine.node import Node, Output, extras_of, node_of
from minitorch.faces.tensor import Tensor

__all__ = [
    "GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks",
    "get_gradient_edge", "increment_version", "register_multi_grad_hook", "save_on_cpu",
    "saved_tensors_hooks",
]  # fmt: skip


class GradientEdge(NamedTuple):
    """Where a gradient arrives: a node, and at which of its outputs.

    It can stand for its tensor in `autograd.grad` and `autograd.backward`.
    """

    node: Node
    output_nr: int
    ownership_token: Any = None

    @property
    def place(self) -> Node:
        """The node that the sweep knows."""
        token = self.ownership_token
        return token if isinstance(token, Node) else self.node.result(self.output_nr)


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """The edge at which the gradient of a tensor arrives."""
    node = node_of(tensor)
    if node is None:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require "
            "gradients"
        )
    return GradientEdge(node.shown(), node.index, node)


def increment_version(tensor: Any) -> None:
    """Count a write to a tensor, or to each of several, that went past it."""
    for each in (tensor,) if isinstance(tensor, Box) else tensor:
        each._counter[0] += 1


# hooks on several tensors


class _Handles(RemovableHandle):
    """A handle of several hooks."""

    def __init__(self, handles: tuple[RemovableHandle, ...]) -> None:
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def __getstate__(self) -> Any:
        return self.handles

    def __setstate__(self, state: Any) -> None:
        self.handles = state


def register_multi_grad_hook(
    tensors: Sequence[Any], fn: Callable[..., None], *, mode: str = "all"
) -> RemovableHandle:
    """Call `fn` once in each backward pass that computes gradients of these tensors.

    Args:
        fn: with `mode="all"` it gets a list of the gradients, None for those that the pass does
            not compute, when the last of them is there; with `"any"`, the first gradient.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    nodes = [node_of(t) for t in tensors]
    lock = threading.Lock()
    passes: dict[Any, dict[int, Any]] = {}  # by backward pass: the gradients that are there

    def on(i: int, grad: Any) -> None:
        run = state.sweep
        with lock:
            for ended in [other for other in passes if other is not run]:
                if not other_is_live(ended):
                    del passes[ended]
            first = run not in passes
            grads = passes.setdefault(run, {})
            grads[i] = grad
        if mode == "any":
            if first:
                fn(grad)
            return
        wanted = [k for k, node in enumerate(nodes) if node is not None and run.reaches(node)]
        if len(grads) == len(wanted):
            fn([grads.get(k) for k in range(len(nodes))])

    return _Handles(tuple(t.register_hook(functools.partial(on, i)) for i, t in enumerate(tensors)))


def other_is_live(run: Any) -> bool:
    """Whether a backward pass still has gradients to carry."""
    return bool(run.heap or run.pending)


# hooks on what is saved


class Packed(NamedTuple):
    """A saved value as a pack hook gave it."""

    value: Any
    unpack: Callable[[Any], Any]


class saved_tensors_hooks:
    """A context in which `pack_hook` says what is kept of each tensor that a backward will read.

    `unpack_hook` is given that and must return the tensor, when the backward pass comes to it.

    Example:
        >>> x = torch.ones(2, requires_grad=True)
        >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
        ...     y = (x * x).sum()
        >>> y.backward()
        >>> x.grad
        tensor([2., 2.])
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if _forbidden.why is not None:
            raise RuntimeError(_forbidden.why)
        _forbidden.entered += 1
        listen(self)

    def __exit__(self, *exc: object) -> None:
        _forbidden.entered -= 1
        unlisten(self)

    def __call__(
        self, op: Any, boxes: Sequence[Box], params: Sequence[Any], results: Sequence[Box]
    ) -> None:
        """Pack what the node of an operation saved."""
        node = node_of(results[0]) if results else None
        if node is None:
            return
        node = node.parents[0] if type(node) is Output else node
        if node.saved is None or (node.extras is not None and node.extras.unpack is not None):
            return  # an inner context's hooks have packed it
        sources, versions, saved = node.plan.sources, list(node.versions), []
        at = 0
        for source, value in zip(sources, node.saved, strict=True):
            if source is None:
                saved.append(self._packed(value) if isinstance(value, Tensor) else value)
                continue
            given = boxes[source] if source >= 0 else shallow(results[-1 - source], None)
            if given._value is not value:  # amended by a write in place
                given = fresh(given.face, value)
            elif not value.ndim:  # of numbers, one box may serve many operations
                given = fresh(given.face, value.copy())
            saved.append(self._packed(given if isinstance(given, Tensor) else fresh(Tensor, value)))
            versions[at : at + 2] = [0], 0
            at += 2
        node.saved, node.versions = tuple(saved), tuple(versions)
        extras_of(node).unpack = _unpacked

    def _packed(self, tensor: Any) -> Packed:
        before, version = record(False), tensor._version
        try:
            value = self.pack_hook(tensor)
        finally:
            record(before)
        if tensor._version != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as "
                "input to pack hook can not be modified by in-place operations as this can lead to "
                "unexpected side-effects. Please open an issue if you need to perform in-place "
                "operations on the input to a pack hook."
            )
        return Packed(value, self.unpack_hook)


def _unpacked(node: Node) -> tuple[Any, ...]:
    """What a node saved, out of its packing."""
    out = []
    for source, value in zip(node.plan.sources, node.saved or (), strict=True):
        if type(value) is not Packed:
            out.append(value)
            continue
        tensor = value.unpack(value.value)
        if not isinstance(tensor, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}"
            )
        out.append(tensor if source is None else tensor._value)
    return tuple(out)


class save_on_cpu(saved_tensors_hooks):
    """A context in which saved tensors are kept in the CPU's memory, where they are anyway.

    Args:
        pin_memory: has no meaning without a device; accepted.
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(self.pack, self.unpack)

    @staticmethod
    def pack(tensor: Any) -> tuple[Any, int]:
        """The tensor is there already: it is kept, and what was written to it by now."""
        return tensor.detach(), tensor._version

    @staticmethod
    def unpack(kept: tuple[Any, int]) -> Any:
        tensor, count = kept
        if tensor._version != count:
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an "
                f"inplace operation: a tensor of shape {list(tensor.shape)}, kept by save_on_cpu, "
                f"is at version {tensor._version}; expected version {count} instead. Hint: use "
                "the out-of-place form of the later write, or write to a .clone()"
            )
        return tensor


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[None]:
    """Within it, tensors that were saved for a backward pass may be written to: copies are kept.

    Example:
        >>> x = torch.ones(2, requires_grad=True)
        >>> with torch.autograd.graph.allow_mutation_on_saved_tensors():
        ...     y = x * 1
        ...     z = y.square()
        ...     _ = y.mul_(5)
        >>> z.sum().backward()
        >>> x.grad
        tensor([2., 2.])
    """
    with saved_tensors_hooks(lambda tensor: tensor.detach().clone(), lambda kept: kept):
        yield


class _Forbidden(threading.local):
    """Why hooks on saved tensors are not allowed in this thread just now, and how many are."""

    why: str | None = None
    entered = 0


_forbidden = _Forbidden()


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within it, hooks on saved tensors are refused, with this message."""
    if _forbidden.entered:
        raise RuntimeError(error_message)
    before, _forbidden.why = _forbidden.why, error_message
    try:
        yield
    finally:
        _forbidden.why = before
