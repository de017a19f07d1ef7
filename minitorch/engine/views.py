"""Shared memory: views, and writing in place through them.

A view is geometry on the memory of its base. It holds the base; the base knows no views. A
write through a view is, for the graph, a new base: the old one with a part replaced
(`view_write`); the view is read from it anew (`view_read`). Every other view of that base finds
by the version counter, which all boxes of one storage share, that the base has changed, and has
its node made anew when it is next used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.forward import shallow
from minitorch.engine.history import replaced, wrote
from minitorch.engine.modes import RECORD, TRACE, state
from minitorch.engine.node import Leaf, Node, Traced, extras_of, node_of
from minitorch.engine.primitive import Primitive

ndarray = np.ndarray
PLAIN, UNRECORDED, ONE_OF_MANY = range(3)


class View:
    """What a box that is a view knows of its base.

    `seen` is the version at which its node was made; `origin` tells the views that must not be
    written to: those made without recording, and those from operations that return several.
    """

    __slots__ = ("base", "origin", "seen")

    def __init__(self, base: Box, origin: int) -> None:
        self.base, self.origin = base, origin
        self.seen = base._version[0]

    def refresh(self, box: Box) -> None:
        """Make the node of `box` anew where the base has been written to since."""
        if self.seen == box._version[0]:
            return
        self.seen = box._version[0]
        base = self.base
        if base._node is not None and self.origin != UNRECORDED:
            box._node = view_of(base, box)
        elif type(box._node) is not Leaf:
            box._node = None


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
        result = super().apply(boxes, params)
        for y in result if self.several else (result,):
            if y._view is None and type(y._value) is ndarray and y._value.base is not None:
                link(boxes[0], y, ONE_OF_MANY if self.several else PLAIN)
        return result


def link(x: Box, y: Box, origin: int = PLAIN) -> None:
    """Let `y` be known as a view of `x`, if their arrays share memory."""
    base = y._value.base
    if type(base) is not ndarray:
        base = getattr(base, "base", None)  # NumPy's as_strided puts an object in between
    if base is not x._value and (base is None or base is not x._value.base):
        return
    y._version = x._version
    if origin == PLAIN and not state.mode & RECORD:
        origin = UNRECORDED
    above = x._view
    if above is None:
        y._view = View(x, origin)
    else:
        y._view = View(above.base, max(origin, above.origin))


class Geometry:
    """Where a view lies in the memory of its base, in elements; it holds no memory itself."""

    __slots__ = ("base_at", "base_form", "overlaps", "size", "view_at", "view_form")

    def __init__(self, base: np.ndarray, view: np.ndarray) -> None:
        item = base.itemsize
        low, high = np.lib.array_utils.byte_bounds(base)
        self.size = (high - low) // item
        self.base_at = (base.__array_interface__["data"][0] - low) // item
        self.view_at = (view.__array_interface__["data"][0] - low) // item
        self.base_form = (base.shape, tuple(s // item for s in base.strides))
        self.view_form = (view.shape, tuple(s // item for s in view.strides))
        self.overlaps = overlaps(view)

    def base(self, flat: np.ndarray) -> np.ndarray:
        """The base laid on a flat buffer of `size` elements."""
        return self._lay(flat, self.base_at, self.base_form)

    def view(self, flat: np.ndarray) -> np.ndarray:
        """The view laid on a flat buffer of `size` elements."""
        return self._lay(flat, self.view_at, self.view_form)

    @staticmethod
    def _lay(flat: np.ndarray, at: int, form: Any) -> np.ndarray:
        shape, steps = form
        if 0 in shape:
            return np.empty(shape, flat.dtype)
        item = flat.itemsize
        return np.ndarray(shape, flat.dtype, flat, at * item, tuple(s * item for s in steps))


def overlaps(array: np.ndarray) -> bool:
    """Whether two elements of `array` can lie at one place."""
    if not array.size:
        return False
    reach = 0
    axes = sorted((abs(s), n) for s, n in zip(array.strides, array.shape, strict=True) if n > 1)
    for step, n in axes:
        if step <= reach:
            return True
        reach += step * (n - 1)
    return False


def _read(base: np.ndarray, geometry: Geometry) -> np.ndarray:
    flat = np.empty(geometry.size, base.dtype)
    geometry.base(flat)[...] = base
    return geometry.view(flat)


def _scatter(part: np.ndarray, geometry: Geometry) -> np.ndarray:
    flat = np.zeros(geometry.size, part.dtype)
    if geometry.overlaps:
        places = geometry.view(np.arange(geometry.size))
        np.add.at(flat, places, part)
    else:
        geometry.view(flat)[...] = part
    return geometry.base(flat)


def _write(base: np.ndarray, part: np.ndarray, geometry: Geometry) -> np.ndarray:
    flat = np.empty(geometry.size, base.dtype)
    laid = geometry.base(flat)
    laid[...] = base
    geometry.view(flat)[...] = part
    return laid


view_read = Primitive(
    "view_read", _read, linear=(0,), grad_name="AsStridedBackward0",
    vjps=(lambda g, geometry: view_scatter(g, geometry),),
    doc="The part of the base that a view shows.",
)  # fmt: skip

view_scatter = Primitive(
    "view_scatter", _scatter, linear=(0,),
    vjps=(lambda g, geometry: view_read(g, geometry),),
    doc="Zeros like the base, with the part that a view shows added: the adjoint of `view_read`.",
)  # fmt: skip

view_write = Primitive(
    "view_write", _write, arrays=2, grad_name="CopySlices",
    vjps=(
        lambda g, part_shape, geometry: view_write(g, 0.0 * view_read(g, geometry), geometry),
        lambda g, geometry: view_read(g, geometry),
    ),
    jvps=(
        lambda t, geometry: view_write(t, 0.0 * view_read(t, geometry), geometry),
        lambda t, geometry: view_scatter(t, geometry),
    ),
    doc="The base with the part that a view shows replaced.",
)  # fmt: skip


def view_of(base: Box, box: Box) -> Node | None:
    """A node that reads the view `box` from its base."""
    geometry = Geometry(base._value, box._value)
    if isinstance(base._node, Traced):
        return view_read.apply((base,), (geometry,))._node
    shown = fresh(box.face, box._value)
    view_read.track((base,), (geometry,), (shown,))
    return shown._node


def write(op: Primitive, box: Box, *others: Any) -> Box:
    """Run `op(box, *others)` in place: the result goes into the memory of `box`.

    `others` are boxes, then settings. Errors are PyTorch's; nothing is changed by a call that
    fails.
    """
    boxes, params = others[: op.arrays - 1], others[op.arrays - 1 :]
    tracked = may_write(op, box, boxes)
    traced = state.mode & TRACE and (
        (tracked and state.recorder is not None)
        or any(isinstance(b._node, Traced) for b in (box, *boxes))
    )
    target = box._value
    if not traced and not tracked and type(op.run) is np.ufunc and fits(op, box, boxes):
        old = replaced(box)
        op.run(target, *[b._value for b in boxes], *params, out=target, casting="same_kind")
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
        y._version = box._version
        before = shallow(box, box._node)
        op.track((before, *boxes), params, (y,))
        _amend(y._node)
    old = replaced(box)
    np.copyto(target, value, casting="same_kind")
    wrote(box, old)
    if tracked or traced:
        rebase(box, y)
    return box


def fits(op: Primitive, box: Box, boxes: tuple[Box, ...]) -> bool:
    """Whether the result has the shape of `box`, and NumPy may write it there as it goes."""
    target = box._value
    return all(
        b._value.dtype == target.dtype and b._value.ndim <= target.ndim for b in boxes
    ) and all(b._value.shape in (target.shape, ()) for b in boxes)


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
        _rebase_view(box, y, view)
    if type(before) is Node and before.extras is not None and before.extras.retain:
        before.extras.retain = False  # the gradient asked for is that of the box as it is now
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
    view.seen = box._version[0]
    box._node = view_of(base, box)


def may_write(op: Primitive, box: Box, others: tuple[Box, ...]) -> bool:
    """Check that `box` may be written to; tell whether the write must be recorded."""
    for other in (box, *others):
        if other._view is not None:
            other._view.refresh(other)
    target = box._value
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
    if overlaps(target):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a "
            f"single memory location ({op.name} in place on shape {list(target.shape)}, expanded "
            "from fewer elements). Please clone() the tensor before performing the operation."
        )
    if not state.mode & RECORD:
        return False
    view = box._view
    base = view.base if view is not None else box
    tracked = any(b._node is not None for b in (box, *others))
    if view is not None and (tracked or base._node is not None):
        _check_view(op, box, view)
    under_leaf = box is not base and (base._node is None or type(base._node) is Leaf)
    if type(box._node) is Leaf or (box._node is not None and under_leaf):
        what = "a leaf Variable" if type(box._node) is Leaf else "a view of a leaf Variable"
        raise RuntimeError(
            f"{what} that requires grad is being used in an in-place operation. ({op.name} on "
            f"shape {list(target.shape)}.) Do it under torch.no_grad() if it is an update of a "
            "parameter, or out of place if it is part of the computation."
        )
    return tracked or base._node is not None


def _check_view(op: Primitive, box: Box, view: View) -> None:
    """Refuse to write to the views that PyTorch refuses to write to."""
    if view.origin == PLAIN:
        return
    made = (
        "was created in no_grad mode and is being modified inplace with grad mode enabled. Make "
        "it inside the same mode that it is written in."
        if view.origin == UNRECORDED
        else "is the output of a function that returns multiple views. Such functions do not "
        "allow the output views to be modified inplace. You should replace the inplace operation "
        "by an out-of-place one."
    )
    name = box._node.name() if box._node is not None else op.name
    raise RuntimeError(
        f"Output of {name} is a view and is being modified inplace. This view {made} ({op.name} "
        f"in place on shape {list(box._value.shape)}.)"
    )
