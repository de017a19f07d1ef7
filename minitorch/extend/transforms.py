"""What happens around a rule that a user wrote for arrays: batches, boxes, and transposition.

A rule sees no batched box: it runs on one example after the other, so that whatever it does with
arrays works under `jacobian` too. Where nothing tracks the values it gets bare arrays; else boxes
of the face `Array`, as rules are written in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.differential.trace import Input, recorded
from minitorch.engine.batch import batched
from minitorch.engine.box import Box, fresh, unboxed
from minitorch.engine.forward import shallow, split, with_tangent
from minitorch.engine.modes import record, state
from minitorch.engine.node import Traced, node_of
from minitorch.engine.reverse import sweep
from minitorch.faces.array import Array
from minitorch.faces.numpy.operands import in_face, is_tracked
from minitorch.ops.shape import getitem, stack

Values = Sequence[Any]
Rule = Callable[[Values], Values]


def run(rule: Rule, values: Values, face: type[Box] | None) -> list[Any]:
    """`rule(values)`, where these are arrays (`face` is None) or boxes of a face, as such."""
    if face is None:
        return [unboxed(y) for y in rule(values)]
    level = max((batch_of(x) for x in values), default=0)
    if level:
        return _one_by_one(rule, values, face, level)
    tracked = any(is_tracked(x) for x in values)
    if tracked:
        out = rule([in_face(x, Array) for x in values])
    else:
        with Outside():
            out = rule([x._value for x in values])
    return [in_face(y, face) if isinstance(y, Box) else fresh(face, y) for y in out]


class Outside:
    """A context outside of a live transform, or of all: where no value takes part in it.

    What a user's function differentiates or maps by itself is then not batched along.
    """

    def __init__(self, level: int | None = None) -> None:
        self.level = level

    def __enter__(self) -> None:
        self._before = state.levels
        state.levels = tuple(
            live for live in state.levels if self.level is not None and live.number != self.level
        )

    def __exit__(self, *exc: object) -> None:
        state.levels = self._before


def batch_of(x: Box) -> int:
    """The innermost batch that a box is in; 0 for none. Of a tangent's batch rules see nothing."""
    return x._node.batch if isinstance(x._node, Traced) else 0


def _one_by_one(rule: Rule, values: Values, face: type[Box], level: int) -> list[Any]:
    size = next(live.size for live in state.levels if live.number == level)
    flags = [batch_of(x) == level for x in values]
    inner: Any = [
        x._value.box if flag and not tangents_of(x) else x
        for x, flag in zip(values, flags, strict=True)
    ]
    if not any(is_tracked(x) for x in inner):  # on bare arrays
        pairs = [(x._value, flag) for x, flag in zip(inner, flags, strict=True)]
        with Outside():
            rows = [rule([x[i] if flag else x for x, flag in pairs]) for i in range(size)]
        columns = [np.stack([unboxed(y) for y in column]) for column in zip(*rows, strict=True)]
        return [batched(fresh(face, column), level) for column in columns]
    examples = [[example(x, level, i) for x in values] for i in range(size)]
    with Outside(level):
        rows = [run(rule, row, face) for row in examples]
    return [together(list(column), level) for column in zip(*rows, strict=True)]


def example(x: Box, level: int, i: int) -> Box:
    """Example `i` of a batched box, with its tangents; a box that has no such batch as it is."""
    node = x._node
    if not isinstance(node, Traced):
        return x
    if node.batch == level:
        one = getitem(x._value.box, (i,))  # type: ignore[attr-defined]
    else:
        one = shallow(x, Traced(node.node, (), node.batch) if node.batch else node.node)
    for number, tangent in node.tangents:
        one = with_tangent(one, example(tangent, level, i), number)
    return one


def together(rows: list[Box], level: int) -> Box:
    """A batched box of these examples, with their tangents: the inverse of `example`."""
    inner = max((tangents_of(x)[-1][0] for x in rows if tangents_of(x)), default=0)
    if inner < level:
        return batched(stack(rows, 0), level)
    pairs = [split(x, inner) for x in rows]
    tangents = [zeros(x, x.face) if t is None else t for x, t in pairs]
    return with_tangent(together([x for x, _ in pairs], level), together(tangents, level), inner)


def tangents_of(x: Box) -> tuple[tuple[int, Box], ...]:
    """The tangents of a box by their levels, outermost first."""
    return x._node.tangents if isinstance(x._node, Traced) else ()


def zeros(like: Any, face: type[Box]) -> Box:
    """A box of zeros in the form of an array or box."""
    form = unboxed(like)
    return fresh(face, np.zeros(form.shape, form.dtype))


def transposed(linear: Rule, likes: Values, seeds: Values, held: Values) -> list[Any]:
    """The adjoint of `linear`, a function of values like `likes`, applied to `seeds`.

    It is the gradient by t of <linear(t), seeds>, at any t, as that is linear in t. So a jvp gives
    the vjp, and a vjp the jvp (Townsend, 'A new trick for calculating Jacobian vector products',
    2017). The result is recorded where an outer derivative wants that by `seeds` or by `held`, the
    values that `linear` holds.
    """
    roots = [zeros(like, Array) for like in likes]
    for root in roots:
        root._node = Input(root._value.shape, root._value.dtype)
    leaves = [root._node for root in roots]
    recording = record(True)
    try:
        outs = linear(roots)
    finally:
        record(recording)
    pairs = [
        (node, seed if isinstance(seed, Box) else fresh(Array, seed))
        for y, seed in zip(outs, seeds, strict=True)
        if isinstance(y, Box) and (node := node_of(y)) is not None
    ]
    if not pairs:
        return [zeros(like, Array) for like in likes]
    create = recording and any(recorded(x) for x in (*held, *seeds) if isinstance(x, Box))
    found = sweep(pairs, Array, retain=create, create=create, targets=leaves)  # type: ignore[arg-type]
    return [
        found.get(leaf, zeros(like, Array))  # type: ignore[arg-type]
        for leaf, like in zip(leaves, likes, strict=True)
    ]
