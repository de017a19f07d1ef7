"""Checkpoints: parts of a computation that keep their arguments alone, and run again backward.

See Chen, Xu, Zhang, Guestrin, "Training deep nets with sublinear memory cost", 2016.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from minitorch.differential.call import Function, common_face, named
from minitorch.differential.containers import Form, flatten, is_result
from minitorch.differential.trace import Directions, carrying, rooted
from minitorch.engine.box import Box, fresh, new
from minitorch.engine.conform import identity
from minitorch.engine.forward import shallow
from minitorch.engine.modes import RECORD, record, state
from minitorch.engine.node import Bundle, Node, node_of, tick
from minitorch.engine.reverse import sweep
from minitorch.faces.numpy.operands import may_change
from minitorch.random import default_generator


def checkpoint(fun: Function) -> Function:
    """`fun`, made to keep nothing between the forward and the backward pass but its arguments.

    What it computes on the way is dropped, and computed once more when the gradient is wanted:
    that takes the time of one more run, and saves the memory. The results and all derivatives are
    those of `fun`, also by tracked values that it captures. Random numbers of `minitorch.random`
    and of NumPy's global generator are drawn again as they were.

    `fun` must compute the same when it is run again: it is not to draw from other generators, nor
    to depend on what changes in the meantime. Inside of vmap it runs as usual.

    Raises:
        RuntimeError: (in the backward pass) an argument was written to in the meantime, or the
            second run gave something else than the first.

    Example:
        >>> layer = minitorch.checkpoint(lambda x: np.tanh(np.sin(x) ** 2))
        >>> float(minitorch.grad(lambda x: layer(layer(x)))(0.5).round(6))
        0.347732
    """

    @functools.wraps(fun)
    def segment(*args: Any, **kwargs: Any) -> Any:
        mapped = any(level.size and type(level) is not Directions for level in state.levels)
        if mapped or not state.mode & RECORD:
            return fun(*args, **kwargs)
        return _checkpointed(fun, args, kwargs)

    return segment


class _Saved(NamedTuple):
    """What a checkpoint keeps: its function, its arguments, and where random numbers stood."""

    fun: Function
    form: Form
    leaves: list[Any]
    tracked: list[int]  # which of the leaves gradients are wanted for
    random: Any


def _checkpointed(fun: Function, args: Any, kwargs: dict[str, Any]) -> Any:
    leaves, form = flatten((args, kwargs))
    leaves = [x.copy() if isinstance(x, np.ndarray) and may_change(x) else x for x in leaves]
    tracked = [i for i, x in enumerate(leaves) if isinstance(x, Box) and node_of(x) is not None]
    random, start = random_state(), tick()
    roots = [rooted(leaves[i], True, ()) for i in tracked]
    y = _run(fun, form, leaves, dict(zip(tracked, [root.box for root in roots], strict=True)))
    outputs, out_form = flatten(y, is_result)
    live = [i for i, x in enumerate(outputs) if isinstance(x, Box) and node_of(x) is not None]
    if not live:
        return y
    captured = _captured([outputs[i] for i in live], {root.node for root in roots}, start)
    node: Any = new(Node)
    node.plan = _PLAN
    node.parents = (*[node_of(leaves[i]) for i in tracked], *captured)
    node.age, node.extras = tick(), None
    boxes = [x for x in leaves if isinstance(x, Box)]
    node.versions = tuple(v for x in boxes for v in (x._counter, x._counter[0]))
    kept = [shallow(x, carrying(x, None)) if isinstance(x, Box) else x for x in leaves]
    node.saved = _Saved(fun, form, kept, tracked, random)
    node.shape = tuple(outputs[i]._value.shape for i in live)
    node.dtype = tuple(outputs[i]._value.dtype for i in live)
    for place, i in enumerate(live):
        box = outputs[i] if outputs[i]._view is None else identity.unary(outputs[i])
        outputs[i] = shallow(box, carrying(box, node.result(place)))
    return out_form.build(iter(outputs))


def _run(fun: Function, form: Form, leaves: Sequence[Any], others: dict[int, Any]) -> Any:
    """`fun` of these leaves, with others in the place of some."""
    args, kwargs = form.build(iter([others.get(i, x) for i, x in enumerate(leaves)]))
    return fun(*args, **kwargs)


def _captured(outputs: Sequence[Box], roots: set[Node], start: int) -> list[Node]:
    """The places of tracked values that a function used beside its arguments."""
    seen, found = set(roots), []
    stack = [node for node in map(node_of, outputs) if node is not None]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.age < start:
            found.append(node)
        else:
            stack.extend(node.parents)
    return found


def random_state() -> Any:
    return default_generator.get_state(), np.random.get_state()  # noqa: NPY002


@contextmanager
def random_from(earlier: Any) -> Iterator[None]:
    """Random numbers drawn inside go on from an earlier state, and change nothing outside."""
    now = random_state()
    try:
        _set_random_state(earlier)
        yield
    finally:
        _set_random_state(now)


def _set_random_state(states: Any) -> None:
    own, numpys = states
    default_generator.set_state(own)
    np.random.set_state(numpys)  # noqa: NPY002


class _Operation:
    """What a node says of the operation that it stands for."""

    name, grad_name, several = "checkpoint", "CheckpointBackward0", True
    names: tuple[str, ...] = ()


class _Plan:
    """How the gradient of a checkpoint is made: its function is run again, under recording."""

    op: Any = _Operation()
    rules: tuple[Any, ...] = ()
    wanted: tuple[int, ...] = ()
    sources = (None,) * len(_Saved._fields)

    @staticmethod
    def backward(g: Bundle, node: Node, saved: Any) -> tuple[Any, ...]:
        saved = _Saved(*saved)
        if any(a[0] != b for a, b in zip(node.versions[::2], node.versions[1::2], strict=True)):
            raise RuntimeError(
                f"checkpoint of {named(saved.fun)}: an argument was modified by an inplace "
                "operation before the backward pass, which needs it to run the function again; "
                "use the out-of-place form of that write, or write to a .clone()"
            )
        create, start = bool(state.mode & RECORD), tick()
        arguments = [
            shallow(saved.leaves[i], carrying(saved.leaves[i], parent))
            for i, parent in zip(saved.tracked, node.parents)
        ]
        before = record(True)
        try:
            roots = [rooted(box, create, ()) for box in arguments]
            others = dict(zip(saved.tracked, [root.box for root in roots], strict=True))
            with random_from(saved.random):
                y = _run(saved.fun, saved.form, saved.leaves, others)
        finally:
            record(before)
        targets = [*[root.node for root in roots], *node.parents[len(roots) :]]
        outputs = [x for x in flatten(y, is_result)[0] if isinstance(x, Box) and node_of(x)]
        _check_same(saved.fun, node, outputs, set(targets), start)
        face = common_face(outputs)
        seeds = [
            (node_of(y), part if isinstance(part, Box) else fresh(face, part))
            for y, part in zip(outputs, g.parts, strict=True)
            if part is not None
        ]
        found = sweep(
            seeds,  # type: ignore[arg-type]
            face,
            retain=create,
            create=create,
            targets=targets,
            ends=True,
            foreign=node.parents[len(roots) :],
        )
        boxed = any(isinstance(part, Box) for part in g.parts)
        return tuple(_gradient(found.get(t), t, face, boxed) for t in targets)


def _gradient(g: Box | None, node: Node, face: type[Box], boxed: bool) -> Any:
    g = fresh(face, np.zeros(node.shape, node.dtype)) if g is None else g
    return g if boxed else g._value


def _check_same(
    fun: Function, node: Node, outputs: Sequence[Box], known: set[Node], start: int
) -> None:
    """Refuse a second run that is not the first one over again."""
    shapes: Any = tuple(y._value.shape for y in outputs)
    if shapes != node.shape or not known.issuperset(_captured(outputs, known, start)):
        raise RuntimeError(
            f"checkpoint of {named(fun)}: run again for the gradient, it computed something else "
            f"than before (results of shapes {shapes}, at first {node.shape}, or of other captured "
            "values); it must depend on its arguments, and on values that do not change"
        )


_PLAN: Any = _Plan()
