"""Shared memory: views, and writing in place through them.

A view is geometry on the memory of its base. It holds the base; the base knows no views. A
write through a view is, for the graph, a new base: the old one with a part replaced
(`view_write`); the view is read from it anew (`view_read`). Every other view of that base finds
by the version counter, which all boxes of one storage share, that the base has changed, and has
its node made anew when it is next used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine import batch, memory
from minitorch.engine.box import Box, Uncounted, fresh
from minitorch.engine.forward import shallow
from minitorch.engine.history import replaced, wrote
from minitorch.engine.memory import Geometry
from minitorch.engine.modes import RECORD, TRACE, record, state
from minitorch.engine.node import DeadEnd, Leaf, Node, Traced, extras_of, node_of
from minitorch.engine.primitive import Primitive
from minitorch.errors.raising import teaching

ndarray = np.ndarray
PLAIN, UNRECORDED, ONE_OF_MANY, CUSTOM = range(4)
COPIES = ("overwrite", "fill")  # what only puts its second argument in place of the first


class View:
    """What a box that is a view knows of its base.

    `seen` is the version at which its node was made (-1: look again at each use); `origin` tells
    the views that must not be written to, nor read once their base was written to: those made
    without recording, those from operations that return several, and those from a `Function`.
    """

    __slots__ = ("base", "origin", "seen")

    def __init__(self, base: Box, origin: int) -> None:
        self.base, self.origin = base, origin
        self.seen = base._counter[0]

    def refresh(self, box: Box) -> None:
        """Bring the node of `box` in line with its base."""
        if self.seen != box._counter[0] or (box._node is None and self.base._node is not None):
            self._renew(box)

    def _renew(self, box: Box) -> None:
        base, now = self.base, box._counter[0]
        if type(box._node) is DeadEnd:
            self.seen, box._node = box._node.seen, None
        node, traced = box._node, isinstance(base._node, Traced)
        if base._node is None and (node is None or type(node) is Leaf):
            return
        if self.seen == now:
            if state.mode & RECORD and not (box._remembers or traced):
                box._node = _dead_end(box, now)
                self.seen = -1
        elif self.origin == PLAIN or box._remembers or traced:
            self.seen = now
            if base._node is None or (self.origin == UNRECORDED and not traced):
                base = shallow(base, None if box._remembers else _dead_end(base, now))
            box._node = None if base._node is None else view_of(base, box)
        elif state.mode & RECORD:
            raise _forbidden(box, self, "its base or another view of its base has been")


def _dead_end(box: Box, seen: int) -> DeadEnd:
    return DeadEnd(box._value.shape, box._value.dtype, seen)


class ViewPrimitive(Primitive):
    """An operation whose results share memory with its argument, where the layout allows it."""

    __slots__ = ()

    def unary(self, x: Box, *params: Any) -> Any:
        if self.several:
            return self.apply((x,), params)
        y = super().unary(x, *params)
        if y._view is None and type(y._value) is ndarray and y._value.base is not None:
            link(x, y)
        return y

    def apply(self, boxes: tuple[Box, ...], params: tuple[Any, ...]) -> Any:
        y = super().apply(boxes, params)
        if self.several:
            _link_all(boxes[0], y)
        elif y._view is None and type(y._value) is ndarray and y._value.base is not None:
            link(boxes[0], y)
        return y


def link(x: Box, y: Box, origin: int = PLAIN) -> None:
    """Let `y` be known as a view of `x`, if their arrays share memory."""
    one, other = x._value.base, y._value.base
    one = one if type(one) is ndarray else x._value
    if one is not (other if type(other) is ndarray else y._value):
        return  # as `memory.shared` says
    y._counter = counter = x._counter
    if type(counter) is Uncounted:
        return  # a view of an inference tensor is one, and no more
    if not state.mode & RECORD:
        origin = UNRECORDED
    above = x._view
    if above is None:
        y._view = View(x, origin)
    else:
        y._view = View(above.base, origin or above.origin)


def _link_all(x: Box, parts: tuple[Box, ...]) -> None:
    """`link` for the results of an operation that returns several; it looks at `x` but once."""
    array, counter, above = x._value, x._counter, x._view
    if type(array) is not ndarray:
        return
    whole = array.base if type(array.base) is ndarray else array
    base = x if above is None else above.base
    origin = ONE_OF_MANY if state.mode & RECORD else UNRECORDED
    for y in parts:
        if y._view is None and y._value.base is whole:
            y._counter = counter
            if type(counter) is not Uncounted:
                y._view = View(base, origin)


def alias(x: Box, array: np.ndarray) -> Box:
    """A box of `array`, which lies in the memory of `x`, as a view of `x`."""
    if x._view is not None:
        x._view.refresh(x)
    y = fresh(x.face, array)
    if isinstance(x._node, Traced) or (x._node is not None and state.mode & RECORD):
        y._node = view_of(x, y)
    link(x, y)
    return y


def turn(name: str, box: Box, view: Callable[[], Box]) -> Box:
    """Let `box` itself become the view of it that `view` gives: what `transpose_` does."""
    own = box._view
    base = box if own is None else own.base
    node = node_of(box)
    if state.mode & RECORD and (node is not None or base._node is not None):
        _check_place(name, box, own, base)
    leaf = type(node) is Leaf
    before = record(not leaf)  # or an unrecorded one would have a gradient of the wrong shape
    try:
        y = view()
    finally:
        record(before)
    box._value = y._value
    if leaf:
        node.shape = y._value.shape  # type: ignore[union-attr]
    else:
        box._node = y._node
    box._counter[0] += 1
    if own is not None:
        own.seen = box._counter[0]
    return box


view_read = Primitive(
    "view_read", memory.read, linear=(0,), grad_name="AsStridedBackward0",
    vjps=(lambda g, geometry: view_scatter(g, geometry),),
    doc="The part of the base that a view shows.",
)  # fmt: skip

view_scatter = Primitive(
    "view_scatter", memory.scatter, linear=(0,),
    vjps=(lambda g, geometry: view_read(shared_out(g, geometry), geometry),),
    doc="Zeros like the base, with the part that a view shows added: the adjoint of `view_read`.",
)  # fmt: skip

view_write = Primitive(
    "view_write", memory.write, arrays=2, grad_name="torch::autograd::CopySlices",
    vjps=(
        lambda g, part_shape, geometry: view_write(g, 0.0 * view_read(g, geometry), geometry),
        lambda g, geometry: untwisted(g, geometry),
    ),
    jvps=(
        lambda t, geometry: view_write(t, 0.0 * view_read(t, geometry), geometry),
        lambda t, geometry: twisted(t, geometry),
    ),
    doc="The base with the part that a view shows replaced.",
)  # fmt: skip


def shared_out(g: Any, geometry: Geometry) -> Any:
    """`g`, which is like the base, with what the base shows several times shared out."""
    if geometry.shares is None:
        return g
    return g * geometry.shares.astype((g._value if isinstance(g, Box) else g).dtype)


def untwisted(g: Any, geometry: Geometry) -> Any:
    """What the gradient `g` of a written base is for the part that was written.

    It is `view_read`, but that i times a part's number stands where a complex base is seen through
    a view of its real numbers, and the other way round.
    """
    conj = Primitive.known("conj")
    of_base, of_view = geometry.halves
    y = view_read(conj(g) if of_base == 2 else g, geometry)
    return conj(y) if of_view == 2 else y


def twisted(t: Any, geometry: Geometry) -> Any:
    """The tangent of a written base, given that of the part: the adjoint of `untwisted`."""
    conj = Primitive.known("conj")
    of_base, of_view = geometry.halves
    y = view_scatter(conj(t) if of_view == 2 else t, geometry)
    return conj(y) if of_base == 2 else y


def view_of(base: Box, box: Box) -> Node | None:
    """A node that reads the view `box` from its base."""
    geometry = Geometry(base._value, box._value)
    if isinstance(base._node, Traced):
        return view_read.apply((base,), (geometry,))._node
    shown = fresh(box.face, box._value)
    view_read.track((base,), (geometry,), (shown,))
    return shown._node


def write(op: Primitive, box: Box, *others: Any, fills: bool = False) -> Box:
    """Run `op(box, *others)` in place: the result goes into the memory of `box`.

    `others` are boxes, then settings; `fills` says that elements which are shown several times
    may be written to, as they get the same number each time. Errors are PyTorch's; nothing is
    changed by a call that fails.
    """
    boxes, params = others[: op.arrays - 1], others[op.arrays - 1 :]
    if state.mode & TRACE and (level := batch.level_of((box, *boxes))):
        y = batch.rewritten(op, box, boxes, params, level)
        suits(op, box, y._value)
        write(Primitive.known("overwrite"), batch.inside(box, level)[0], batch.inside(y, level)[0])
        return box
    tracked = may_write(op, box, boxes, fills)
    traced = state.mode & TRACE and (
        (tracked and state.recorder is not None)
        or any(isinstance(b._node, Traced) for b in (box, *boxes))
    )
    target = box._value
    if not traced and not tracked and fits(op, box, boxes):
        old = replaced(box)
        if op.ufunc:
            op.run(target, *[b._value for b in boxes], *params, out=target, casting="same_kind")
        else:
            np.copyto(target, boxes[0]._value)
        wrote(box, old)
        return box
    if traced:
        before = fresh(box.face, target.copy())  # the old values are about to be lost
        before._node = box._node
        y = op.apply((before, *boxes), params)
        value = y._value
    else:
        value = op.run(target, *[b._value for b in boxes], *params)
    suits(op, box, value)
    if tracked and not traced:
        y = fresh(box.face, target)
        y._counter = box._counter
        before = shallow(box, box._node)
        op.track((before, *boxes), params, (y,))
        _amend(y._node)
    old = replaced(box)
    if memory.expanded(target):  # an element that is shown several times gets what is new
        np.copyto(target, value, casting="same_kind", where=value != target.copy())
    else:
        np.copyto(target, value, casting="same_kind")
    wrote(box, old)
    if tracked or traced:
        rebase(box, y)
    return box


def fits(op: Primitive, box: Box, boxes: tuple[Box, ...]) -> bool:
    """Whether the result has the shape of `box`, and NumPy may write it there as it goes."""
    target = box._value
    shape, dtype = target.shape, target.dtype
    if op.ufunc:
        for b in boxes:
            value = b._value
            if value.dtype != dtype or (value.shape != shape and value.shape != ()):
                return False
        return True
    if op.name not in COPIES:
        return False
    value, lead = boxes[0]._value, target.ndim - boxes[0]._value.ndim
    if value.dtype != dtype or lead < 0 or value.shape != shape[lead:]:
        return False
    return not (value.ndim and memory.expanded(target))


def suits(op: Primitive, box: Box, value: np.ndarray) -> None:
    """Check that a result can be written into `box`."""
    target = box._value
    if value.shape != target.shape:
        raise RuntimeError(
            f"output with shape {list(target.shape)} doesn't match the broadcast shape "
            f"{list(value.shape)}: {op.name} in place can't make its tensor larger; use the "
            "out-of-place form"
        )
    if not np.can_cast(value.dtype, target.dtype, "same_kind"):
        raise RuntimeError(
            f"result type {value.dtype} can't be cast to the desired output type {target.dtype}: "
            f"{op.name} in place keeps its tensor's dtype; use the out-of-place form or .to(dtype)"
        )


def _amend(node: Node | None) -> None:
    """Bring what was saved for a write that is about to happen in line with it.

    The old values are about to be lost: where a rule reads them, a copy is kept. The result is
    saved as of after the write.
    """
    if node is None or node.saved is None:
        return
    saved, versions, counter = list(node.saved), list(node.versions), 0
    for i, source in enumerate(node.plan.sources):
        if source is None:
            continue
        if source == 0:
            saved[i] = saved[i].copy()
            versions[counter : counter + 2] = [0], 0
        elif source < 0:
            versions[counter + 1] += 1
        counter += 2
    node.saved, node.versions = tuple(saved), tuple(versions)


def rebase(box: Box, y: Box) -> None:
    """Give `box`, just overwritten with the values of `y`, the place of `y` in the graph."""
    view, before = box._view, box._node
    if view is None:
        box._node = y._node
    else:
        above = view.base._node
        _rebase_view(box, y, view)
        _retained(above, view.base)
    _retained(before, box)


def _retained(before: Any, box: Box) -> None:
    """Have a gradient that was asked for be that of the box as it is now."""
    extras = before.extras if isinstance(before, Node) else None
    if extras is not None and extras.retain:
        extras.retain = False
        extras_of(node_of(box)).retain = True  # type: ignore[arg-type]


def _rebase_view(box: Box, y: Box, view: View) -> None:
    base = view.base
    geometry = Geometry(base._value, box._value)
    if isinstance(y._node, Traced) or isinstance(base._node, Traced):
        base._node = view_write.apply((base, y), (geometry,))._node
    else:
        whole = fresh(base.face, base._value)
        view_write.track((shallow(base, base._node), y), (geometry,), (whole,))
        base._node = whole._node
    view.seen = box._counter[0]
    box._node = view_of(base, box)


def may_write(op: Primitive, box: Box, others: tuple[Box, ...], fills: bool = False) -> bool:
    """Check that `box` may be written to; tell whether the write must be recorded."""
    for other in (box, *others):
        if other._view is not None:
            other._view.refresh(other)
    target = box._value
    if type(box._counter) is Uncounted and not state.inference:
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed.You can make "
            f"a clone to get a normal tensor before doing inplace update. ({op.name} in place on "
            f"shape {list(target.shape)})"
        )
    if type(target) is not ndarray:
        raise RuntimeError(
            f"{op.name} in place on a batched tensor inside vmap: its views could not follow; "
            "use the out-of-place form (x = x + 1 for x += 1)"
        )
    if not target.flags.writeable:
        raise RuntimeError(
            f"{op.name} in place: the tensor of shape {list(target.shape)} lies on read-only "
            "memory; write to a .clone()"
        )
    view = box._view
    base = view.base if view is not None else box
    tracked = any(b._node is not None for b in (box, base, *others))
    if not state.mode & RECORD:
        tracked = False
    elif tracked:
        _check_place(op.name, box, view, base)
    _check_memory(op, box, others, tracked, fills)
    return tracked


def _check_place(name: str, box: Box, view: View | None, base: Box) -> None:
    """Refuse to write to leaves, and to the views that PyTorch refuses to write to."""
    if view is not None and view.origin != PLAIN:
        raise _forbidden(box, view, "is being", name)
    node = box._node
    under_leaf = box is not base and (base._node is None or type(base._node) is Leaf)
    if type(node) is Leaf or (node is not None and under_leaf):
        what = "a leaf Variable" if type(node) is Leaf else "a view of a leaf Variable"
        raise teaching(RuntimeError)(
            f"{what} that requires grad is being used in an in-place operation. ({name} on "
            f"shape {list(box._value.shape)}.)"
        )


ADVICE = {
    UNRECORDED: "Given that this use case is ambiguous and error-prone, it is forbidden. You can "
    "clarify your code by moving both the view and the inplace either both inside the no_grad "
    "block (if you don't want the inplace to be tracked) or both outside (if you want the inplace "
    "to be tracked).",
    ONE_OF_MANY: "This view is the output of a function that returns multiple views. Such "
    "functions do not allow the output views to be modified inplace. You should replace the "
    "inplace operation by an out-of-place one.",
    CUSTOM: "This view was created inside a custom Function (or because an input was returned "
    "as-is) and the autograd logic to handle view+inplace would override the custom backward "
    "associated with the custom Function, leading to incorrect gradients. This behavior is "
    "forbidden. You can fix this by cloning the output of the custom Function.",
}


def _forbidden(box: Box, view: View, what: str, name: str = "") -> RuntimeError:
    """The error for a view whose memory was, or is to be, written to."""
    node, shape = box._node, list(box._value.shape)
    if view.origin == UNRECORDED or node is None or type(node) is DeadEnd:
        subject = "A view was created in no_grad mode"
    else:
        subject = f"Output {node.index} of {node.name().removesuffix('Backward')} is a view"
    advice = ADVICE[view.origin]
    where = f"{name} in place on" if name else "it has"
    return RuntimeError(
        f"{subject} and {what} modified inplace with grad mode enabled. {advice} ({where} shape "
        f"{shape}.)"
    )


def _check_memory(
    op: Primitive, box: Box, others: tuple[Box, ...], tracked: bool, fills: bool
) -> None:
    """Refuse writes whose result would depend on the order in which elements are written."""
    target = box._value
    shape = list(target.shape)
    for other in others:
        if other is not box and not box._remembers and memory.partly(target, other._value):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to "
                "tensor refer to a single memory location. Please clone() the tensor before "
                f"performing the operation. ({op.name} in place on shape {shape} with an input of "
                f"shape {list(other._value.shape)} of the same storage)"
            )
    if memory.expanded(target):
        refused = not fills
        if tracked and fills:  # a gradient must not count an element several times
            refused = op.name != "fill" or any(b._node is not None for b in others)
    else:
        refused = tracked and not target.flags.c_contiguous and memory.overlaps(target)
    if refused:
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a "
            f"single memory location ({op.name} in place on shape {shape}, which shows some "
            "elements several times). Please clone() the tensor before performing the operation."
        )
