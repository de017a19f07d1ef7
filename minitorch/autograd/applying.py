"""One call of a user's `Function`: its node, the plan that runs its backward, the transforms."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box, fresh, new
from minitorch.engine.forward import shallow
from minitorch.engine.modes import TRACE, record, state
from minitorch.engine.node import Bundle, Extras, Node, Traced, node_of, tick
from minitorch.engine.observing import turned
from minitorch.engine.plan import as_saved
from minitorch.engine.primitive import Primitive
from minitorch.engine.reverse import freed, rebox
from minitorch.engine.views import CUSTOM, PLAIN, UNRECORDED, View, may_write, rebase
from minitorch.faces.tensor import Tensor


class FunctionNode(Node):
    """The node of a call of a `Function`; what is set on its `ctx` can be read from it too."""

    __slots__ = ("__weakref__",)

    def __getattr__(self, name: str) -> Any:
        if name in Node.__slots__:
            raise AttributeError(name)
        return getattr(self.plan.call.ctx, name)  # type: ignore[attr-defined]

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The node of each argument that is a tensor, and which of its results it was."""
        edges = dict(zip(self.plan.wanted, self.parents, strict=True))
        return tuple(
            (edges[i].shown(), edges[i].index) if i in edges else (None, 0)
            for i in range(len(self.plan.call.places))  # type: ignore[attr-defined]
        )

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What the forward saved."""
        saved = self.saved
        if saved is None:
            raise freed(self)
        if self.extras is not None and self.extras.unpack is not None:
            saved = self.extras.unpack(self)
        saved = as_saved(self, saved, stale)
        return tensors(rebox(self, Tensor, saved=saved))


class FunctionPlan:
    """How the backward of a call is run."""

    rules: tuple[Any, ...] = ()

    def __init__(self, call: Application, wanted: tuple[int, ...]) -> None:
        self.op = self.call = call
        self.wanted, self.sources = wanted, ()

    def backward(self, g: Any, node: Node, saved: tuple[Any, ...]) -> list[Any]:
        """The gradients of all parents; None where the user's backward gives none."""
        call = self.call
        several = isinstance(g, Bundle)
        parts = g.parts if several else [g]
        forms: Any = (node.shape, node.dtype)
        forms = zip(*forms, strict=True) if several else [forms]
        grads = [call.shown(part, *form) for part, form in zip(parts, forms, strict=True)]
        each = iter(grads)
        grads = [next(each) if y is HOLE else None for y in call.template[1]]
        call.ctx._held = tensors(as_saved(node, saved, stale))
        try:
            found = call.checked(call.backward(call.ctx, *grads))
        finally:
            call.ctx._held = None
        boxed = any(isinstance(part, Box) for part in parts)
        out = []
        for i, parent in zip(self.wanted, node.parents, strict=True):
            part = found[call.places[i]]
            if part is not None:
                check_form(call, part, parent, call.places[i])
                part = turned(apart(part), Tensor)
            out.append(part if boxed or part is None else part._value)
        return out


class Info(NamedTuple):
    """What a `vmap` staticmethod is told of the batch."""

    batch_size: int
    randomness: str


class Application(Primitive):
    """One call of a `Function`, as an operation on the tensors among its arguments.

    `places` tells where they stand; `template` is what the forward returned, with holes for
    tensors. It is in no registry: it lives as long as its node.
    """

    __slots__ = ("args", "base", "cls", "ctx", "places", "template", "with_setup")

    def __init__(self, base: Any, cls: Any, args: Sequence[Any], ctx: Any) -> None:
        self.base, self.cls, self.ctx = base, cls, ctx
        self.with_setup = cls.setup_context is not base.setup_context
        self.args = tuple(tensor(a) if isinstance(a, Box) else a for a in args)
        self.places = [i for i, a in enumerate(args) if isinstance(a, Box)]
        self.name, self.grad_name = cls.__name__, f"{cls.__name__}Backward"
        self.names = tuple(f"input{i}" for i in self.places)
        self.arrays, self.linear, self.vjps, self.jvps = len(self.places), (), (), ()
        self.several, self.broadcasts = True, False
        self.template: tuple[bool, list[Any]] = (False, [])

    @property
    def batch(self) -> Any:  # type: ignore[override]
        """The batching rule."""
        return Application.batching

    def outputs(self) -> Any:
        """What the function returns, recorded."""
        results = iter(self.apply(tuple(self.args[i] for i in self.places), ()))
        filled = [next(results) if y is HOLE else y for y in self.template[1]]
        return tuple(filled) if self.template[0] else filled[0]

    def apply(self, boxes: tuple[Box, ...], params: tuple[Any, ...]) -> Any:
        """The tensors that the forward returns."""
        if state.mode & TRACE and any(isinstance(box._node, Traced) for box in boxes):
            return super().apply(boxes, params)
        args = self.filled(boxes)
        parents = [node_of(box) for box in boxes]
        needs = dict(zip(self.places, [p is not None for p in parents], strict=True))
        self.ctx.needs_input_grad = tuple(needs.get(i, False) for i in range(len(args)))
        recording = record(False)
        try:
            result = self.forward(args)
        finally:
            record(recording)
        results = self.taken(result)
        if not recording:
            parents = [None] * len(boxes)
        return self.recorded(boxes, parents, results)

    def forward(self, args: tuple[Any, ...]) -> Any:
        """The forward, in either style."""
        if not self.with_setup:
            return self.cls.forward(self.ctx, *args)
        result = self.cls.forward(*args)
        self.cls.setup_context(self.ctx, args, result)
        return result

    def taken(self, result: Any) -> list[Any]:
        """The tensors among what was returned; the rest is noted."""
        several = isinstance(result, tuple)
        each = result if several else (result,)
        self.template = (several, [HOLE if isinstance(y, Box) else y for y in each])
        return [y for y in each if isinstance(y, Box)]

    @property
    def backward(self) -> Any:
        """The backward, by either name."""
        cls, base = self.cls, self.base
        if cls.vjp is base.vjp:
            return cls.backward
        if cls.backward is not base.backward:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You "
                f"should only implement one of them ({self.name})."
            )
        return cls.vjp

    def filled(self, values: Sequence[Any], fill: Any = ...) -> tuple[Any, ...]:
        """The arguments with these values for the tensors; the rest as it is, or `fill`."""
        args = list(self.args) if fill is ... else [fill] * len(self.args)
        for i, value in zip(self.places, values, strict=True):
            args[i] = value
        return tuple(args)

    def recorded(self, boxes: Sequence[Box], parents: list[Any], results: list[Any]) -> Any:
        """The results with their places in the graph."""
        ctx = self.ctx
        dirty = {id(x) for x in ctx.dirty_tensors}
        if not dirty <= {id(y) for y in results}:
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as "
                "output. The inputs that are modified inplace must all be outputs of the Function."
            )
        constant = {id(y) for y in ctx.non_differentiable}
        wanted = tuple(i for i, p in enumerate(parents) if p is not None)
        node = self.hung(wanted, parents, results) if wanted and results else None
        inputs, out = {id(box) for box in boxes}, list(results)
        for i, y in enumerate(results):
            flows = node is not None and id(y) not in constant and y._value.dtype.kind in "fcV"
            place = node.result(i) if flows else None  # type: ignore[union-attr]
            if id(y) in dirty:
                if flows:
                    may_write(self, y, ())
                    rebase(y, shallow(y, place))
            elif id(y) in inputs or y._node is not None:
                out[i] = alias(y, place)
            elif flows:
                y._node = place
                if y._view is not None:
                    y._view = View(y._view.base, CUSTOM)
        if node is not None:
            self.save(node, boxes, results, dirty)
            self.args = self.filled([None] * len(boxes))
            if state.recorder is not None:
                state.recorder(self, tuple(boxes), (), tuple(out))
        return tuple(out)

    def hung(self, wanted: tuple[int, ...], parents: list[Any], results: list[Any]) -> Any:
        """The node of this call, without what it saves."""
        node: Any = new(FunctionNode)
        node.parents = tuple(parents[i] for i in wanted)
        node.age, node.extras = tick(), Extras()  # the sweep takes care: gradients may be None
        forms = [(y._value.shape, y._value.dtype) for y in results]
        node.shape, node.dtype = zip(*forms, strict=True) if len(forms) > 1 else forms[0]
        node.plan, node.saved, node.versions = FunctionPlan(self, wanted), (), ()
        return node

    def save(self, node: Any, boxes: Any, results: list[Any], dirty: set[int]) -> None:
        """Move what the forward saved to the node, which holds no result."""
        places = {id(y): -1 - i for i, y in enumerate(results)}
        places.update({id(x): i for i, x in enumerate(boxes) if id(x) not in dirty})
        values: list[Any] = []
        versions: list[Any] = []
        for k, box in enumerate(self.ctx.to_save):
            if box is None:
                values.append(None)
                continue
            if not isinstance(box, Box):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {k} is of type "
                    f"{type(box).__name__}"
                )
            if id(box) in places:
                values.append(box._value)
                versions += [box._counter, box._counter[0]]
            else:
                values.append(shallow(box, box._node))
        node.saved, node.versions = tuple(values), tuple(versions)
        if values and not versions:
            node.versions = ([0], 0)  # so that it is freed
        node.plan.sources = tuple(places.get(id(box)) for box in self.ctx.to_save)
        self.ctx.to_save, self.ctx._node = (), weakref.ref(node)

    def shown(self, g: Any, shape: Any, dtype: Any) -> Any:
        """A gradient of a result as the user's backward is given it."""
        if g is None:
            return fresh(Tensor, np.zeros(shape, dtype)) if self.ctx.materialize_grads else None
        g = tensor(g) if isinstance(g, Box) else fresh(Tensor, np.array(g))  # it may be written to
        return turned(g, Tensor)

    def checked(self, found: Any) -> tuple[Any, ...]:
        """What the user's backward returned: a gradient or None for each argument."""
        grads = list(found) if isinstance(found, tuple) else [found]
        size = len(self.args)
        while len(grads) > size and grads[-1] is None:
            grads.pop()
        if len(grads) != size:
            raise RuntimeError(
                f"function {self.grad_name} returned an incorrect number of gradients (expected "
                f"{size}, got {len(grads)})"
            )
        for i, part in enumerate(grads):
            if part is not None and i not in self.places:
                raise RuntimeError(
                    f"function {self.grad_name} returned a gradient different than None at "
                    f"position {i + 1}, but the corresponding forward input was not a Variable"
                )
            if part is not None and not isinstance(part, Box):
                raise RuntimeError(f"expected Variable or None (got {type(part).__name__})")
        return tuple(grads)

    def pushforward(self, primals: Any, params: Any, results: Any, tangents: Any) -> Any:
        """The tangents of the results, by the user's `jvp`."""
        moved = [
            zeros_like(x) if t is None and self.ctx.materialize_grads else t
            for x, t in zip(primals, tangents, strict=True)
        ]
        self.ctx._held = self.ctx.saved_for_forward
        try:
            found = self.cls.jvp(self.ctx, *self.filled(moved, None))
        finally:
            self.ctx._held = None
        found = found if isinstance(found, tuple) else (found,)
        each = self.template[1]
        if len(found) != len(each):
            raise RuntimeError(
                f"{self.name}.jvp returned an incorrect number of tangents (expected {len(each)}, "
                f"got {len(found)})"
            )
        return tuple(t for t, y in zip(found, each, strict=True) if y is HOLE)

    def batching(self, boxes: tuple[Box, ...], flags: tuple[bool, ...], params: Any) -> Any:
        """The results for all examples: by the user's `vmap`, or one after the other."""
        if not self.with_setup:
            raise RuntimeError(
                "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, "
                f"jacrev, ...), it must override the setup_context staticmethod ({self.name})"
            )
        own = self.cls.vmap is not self.base.vmap
        if own == bool(self.cls.generate_vmap_rule):
            have = "has both generate_vmap_rule=True and an overridden vmap staticmethod"
            raise RuntimeError(
                f"You tried to vmap over {self.name}, but it "
                f"{have if own else 'does not have vmap support'}. Please override and implement "
                "the vmap staticmethod or set generate_vmap_rule=True, one of the two"
            )
        if not own:
            return batch.each(Example(self), boxes, flags, params)  # type: ignore[arg-type]
        size = batch.size_of(boxes, flags)
        randomness = getattr(state.levels[-1], "randomness", None) or "error"
        in_dims = self.filled([0 if flag else None for flag in flags], None)
        result, out_dims = self.cls.vmap(Info(size, randomness), in_dims, *self.filled(boxes))
        results = self.taken(result)
        if not isinstance(out_dims, tuple):
            out_dims = (out_dims,) * len(self.template[1])
        dims = [dim for dim, y in zip(out_dims, self.template[1], strict=True) if y is HOLE]
        return tuple(in_front(y, dim, size) for y, dim in zip(results, dims, strict=True))


class Example:
    """The same `Function` for one example after the other, each a call of its own."""

    known = staticmethod(Primitive.known)

    def __init__(self, call: Application) -> None:
        self.call, self.name = call, call.name

    def apply(self, boxes: tuple[Box, ...], params: tuple[Any, ...]) -> Any:
        whole = self.call
        call = Application(whole.base, whole.cls, whole.filled(boxes), type(whole.ctx)())
        results = call.apply(tuple(call.args[i] for i in call.places), params)
        whole.template = call.template
        return results


def tensor(box: Box) -> Box:
    """The box as a Tensor, in the same place of the graph."""
    if isinstance(box, Tensor):
        return box
    copy = fresh(Tensor, box._value)
    copy._counter, copy._node, copy._view = box._counter, box._node, box._view
    return copy


def tensors(values: Sequence[Any]) -> tuple[Any, ...]:
    """Saved values as the user's backward is given them."""
    return tuple(
        v if v is None else tensor(v if isinstance(v, Box) else fresh(Tensor, v)) for v in values
    )


def zeros_like(x: Box) -> Box:
    return fresh(Tensor, np.zeros(x._value.shape, x._value.dtype))


def alias(y: Box, place: Any) -> Box:
    """Another tensor of the same memory, with a place of its own in the graph."""
    if not isinstance(y._value, np.ndarray):
        return shallow(y, place)
    copy = fresh(Tensor, y._value[...])
    copy._counter, copy._node = y._counter, place
    origin = CUSTOM if place is not None else PLAIN if y._node is None else UNRECORDED
    copy._view = View(y if y._view is None else y._view.base, origin)
    return copy


def apart(g: Box) -> Box:
    """A gradient that the sweep never writes to: its memory may be the user's."""
    if not isinstance(g._value, np.ndarray) or node_of(g) is not None:
        return g
    copy = fresh(Tensor, g._value[...])
    copy._counter, copy._node = g._counter, node_or_trace(g)
    return copy


def node_or_trace(box: Box) -> Any:
    """What stands in the box's `_node`, made anew where its base was written to."""
    if box._view is not None:
        box._view.refresh(box)
    return box._node


def check_form(call: Application, g: Box, parent: Node, i: int) -> None:
    """Refuse a gradient whose shape can't be summed to that of its argument."""
    shape, own = g._value.shape, parent.shape
    pairs = zip(own[::-1], shape[::-1])
    if len(own) > len(shape) or any(m not in (1, n) for m, n in pairs):
        raise RuntimeError(
            f"Function {call.grad_name} returned an invalid gradient at index {i} - got "
            f"{list(shape)} but expected shape compatible with {list(own)}"
        )


def in_front(y: Box, dim: int | None, size: int) -> Box:
    """A result of all examples with the batch in front."""
    if dim is None:
        return Primitive.known("broadcast_to")(y, (size, *y._value.shape))
    dim %= y._value.ndim
    order = (dim, *[i for i in range(y._value.ndim) if i != dim])
    return Primitive.known("transpose")(y, order) if dim else y


def stale(node: Node, source: int, version: int, count: int) -> RuntimeError:
    """The error for a saved tensor that was written to after it was saved."""
    what = "an output" if source < 0 else "an input"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: {what} that {node.name()} saved is at version {version}; expected version "
        f"{count} instead. Hint: use the out-of-place form of the later write, or write to a "
        ".clone()"
    )


HOLE: Any = object()
