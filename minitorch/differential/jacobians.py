"""Jacobians and Hessians, in one batched sweep.

A Jacobian is made by rows, a backward pass for all elements of the result at once, or by columns,
a forward run for all elements of the argument at once, whichever are fewer. The gradients (or
tangents) of all of them carry a batch axis, the values do not; the engine's batching rules do the
rest. Where a pass would hold arrays of more than `LIMIT` elements it is made in chunks.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np

from minitorch.differential.call import (
    Argnum,
    Call,
    Chosen,
    Function,
    common_face,
    left,
    zeros,
)
from minitorch.differential.trace import Directions, Trace
from minitorch.engine.batch import batched, inside
from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.engine.forward import Level, split_results, with_tangent
from minitorch.engine.modes import state
from minitorch.faces.numpy.operands import in_face
from minitorch.faces.operands import to_dtype
from minitorch.ops.shape import broadcast_to, cat, getitem, reshape, stack, transpose

LIMIT = 2**24
FEW, SMALL = 8, 256  # so few rows, of values no larger than that, are faster one by one
Shape = tuple[int, ...]


def jacobian(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives the Jacobian of `fun`, whose result may have any shape.

    It is made by rows (`fun` runs once) or, where the argument has fewer elements than the result,
    by columns (`fun` runs once more, for each chunk of them). At most 2**24 elements are held by
    the gradients of any one value: of more rows or columns as many are made at a time as fit in
    there, given the largest value that a first run of `fun` computed.

    Args:
        fun: a function of numbers, arrays, Tensors and containers of them, that returns such.
            Of complex arguments it should be an analytic one.
        argnum: which argument to differentiate by; of several, there is a Jacobian for each.

    Returns:
        A function of the same arguments. Its result has the shape of the value followed by that of
        the argument, and the argument's dtype. For containers it is nested: that of the value
        outside, that of the argument inside, None for what is no number.

    Example:
        >>> minitorch.jacobian(lambda x: x ** 2)(np.array([1., 2.]))
        array([[2., 0.],
               [0., 4.]])
        >>> minitorch.jacobian(lambda p: {"sum": p[0] + p[1]})((np.ones(2), 1.))
        {'sum': (array([[1., 0.],
               [0., 1.]]), array([1., 1.]))}
    """
    chosen = Chosen(fun, argnum)

    @functools.wraps(fun)
    def matrix(*args: Any, **kwargs: Any) -> Any:
        call, pauses = Call(chosen, args, kwargs), state.pauses
        trace = Trace(call)
        paused = state.pauses != pauses  # columns would go through what `no_grad` makes constant
        rows = sum(y._value.size for y in trace.outputs)
        fewer = sum(x._value.size for x in call.boxes) < rows and not paused
        if _mixed(call.boxes, trace.outputs):
            blocks = _chosen_by_dtype(trace)
        elif _by_columns(call.boxes, trace.outputs, fewer) and not trace.batches:
            blocks = _columns(trace, chunk_of(trace))
        else:
            blocks = block_rows(trace, chunk_of(trace))
        built = [call.built([left(b, b.face) for b in row]) for row in blocks]
        return trace.form.build(iter(built), hollow=True)

    return matrix


def hessian(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives the Hessian of `fun`: the Jacobian of its Jacobian.

    Of a scalar function of an array it has the shape of the array twice; of a container it is
    nested, container in container.

    Example:
        >>> minitorch.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1., 2.]))
        array([[4., 2.],
               [2., 0.]])
    """
    return jacobian(jacobian(fun, argnum), argnum)


# rows or columns


def _is_complex(box: Box) -> bool:
    return box._value.dtype.kind == "c"


def _by_columns(inputs: Sequence[Box], outputs: Sequence[Box], fewer: bool) -> bool:
    """Whether to make columns, `fewer` if there are; a complex number of a real one has no rows."""
    if any(map(_is_complex, inputs)) != any(map(_is_complex, outputs)):
        return any(map(_is_complex, outputs))
    return fewer


def _mixed(inputs: Sequence[Box], outputs: Sequence[Box]) -> bool:
    """Whether there are blocks that need rows, and such that need columns."""
    kinds = {_is_complex(x) for x in inputs}, {_is_complex(y) for y in outputs}
    return kinds == ({True, False}, {True, False})


def _chosen_by_dtype(trace: Trace) -> list[list[Box]]:
    """Blocks from the columns for complex results of real numbers, else from the rows."""
    chunk, inputs = chunk_of(trace), trace.call.boxes
    across = _columns(trace, chunk)
    down = block_rows(trace, chunk)
    return [
        [
            a if _is_complex(y) and not _is_complex(x) else b
            for a, b, x in zip(*both, inputs, strict=True)
        ]
        for *both, y in zip(across, down, trace.outputs, strict=True)
    ]


def chunk_of(trace: Trace) -> int:
    """How many rows or columns are made at a time, by the largest value in the graph."""
    largest = 1
    seen = {node for node, _ in trace.roots}
    oldest = min([node.age for node in seen], default=0)
    stack = [node for node in (*trace.nodes, *seen) if node is not None]
    while stack:
        node = stack.pop()
        shapes: Any = (node.shape,) if not node.shape or type(node.shape[0]) is int else node.shape
        largest = max(largest, *map(prod, shapes))
        fresh_ones = [p for p in node.parents if p.age > oldest and p not in seen]
        seen.update(fresh_ones)
        stack.extend(fresh_ones)
    return max(1, LIMIT // largest)


def block_rows(trace: Trace, chunk: int) -> list[list[Box]]:
    """The blocks of the Jacobian, an output and an input each, by backward passes."""
    outputs, inputs = trace.outputs, trace.call.boxes
    shapes, face = [y._value.shape for y in outputs], common_face(outputs)
    total, dtypes = sum(map(prod, shapes)), [y._value.dtype for y in outputs]
    parts: list[list[Box]]
    if 0 < total <= FEW and chunk >= LIMIT // SMALL:
        parts = [[rows] for rows in _one_by_one(trace, basis_of(shapes, dtypes, 0, total), total)]
    else:
        parts = [[] for _ in inputs]
        for start, stop in _chunks(total, chunk):
            with Level(size=stop - start) as level:
                gs = [
                    None if e is None else batched(fresh(face, e), level.number)
                    for e in basis_of(shapes, dtypes, start, stop)
                ]
                found = trace.sweep(gs, keep=stop < total)
            for part, g, x in zip(parts, found, inputs, strict=True):
                part.append(_out_of(g, level, trace, x))
    blocks = []
    for column, x in zip(parts, inputs, strict=True):
        whole = _joined(column, x, x._value.shape)
        blocks.append(
            [reshape(rows, (*shape, *x._value.shape)) for rows, shape in cut(whole, shapes)]
        )
    return [list(row) for row in zip(*blocks, strict=True)]


def _one_by_one(trace: Trace, basis: Sequence[np.ndarray | None], total: int) -> list[Box]:
    """The rows that arrive at each input for each of the gradients of the outputs alone."""
    face = common_face(trace.outputs)
    rows: list[list[Box]] = [[] for _ in trace.call.boxes]
    for i in range(total):
        gs = [None if e is None else fresh(face, e[i]) for e in basis]
        for row, g, x in zip(rows, trace.sweep(gs, i + 1 < total), trace.call.boxes, strict=True):
            if g is None:
                row.append(zeros(x.face, x._value.shape, x._value.dtype))
            else:
                row.append(trace.outside(g))
    return [stack([in_face(g, common_face(row)) for g in row], 0) for row in rows]


def _out_of(g: Box | None, level: Level, trace: Trace, x: Box) -> Box:
    """The rows that arrived at an input: of one example, where batches are live."""
    assert level.size is not None
    size, batches = level.size, len(trace.batches)
    if g is None:
        return zeros(x.face, (size, *x._value.shape), x._value.dtype)
    g, own = inside(g, level.number)
    if not own:
        g = broadcast_to(g, (size, *g._value.shape))
    if batches:
        g = transpose(g, (*range(1, batches + 1), 0, *range(batches + 1, g._value.ndim)))
    return trace.outside(g)


def _columns(trace: Trace, chunk: int) -> list[list[Box]]:
    """The blocks of the Jacobian, an output and an input each, by forward runs."""
    call, like, inputs = trace.call, trace.outputs, trace.call.boxes
    shapes = [x._value.shape for x in inputs]
    parts: list[list[Box]] = [[] for _ in like]
    for start, stop in _chunks(sum(map(prod, shapes)), chunk):
        with Level() as level, Directions(size=stop - start) as batch:
            basis = basis_of(shapes, [x._value.dtype for x in inputs], start, stop)
            moving = [
                x if e is None else moving_along(x, e, level, batch)
                for x, e in zip(inputs, basis, strict=True)
            ]
            outputs, _ = call.results(call.run(moving))
        pairs = split_results(outputs, level.number)
        if trace.behind(value for value, _ in pairs):  # the function remembers its first run
            return block_rows(trace, chunk)
        for part, (value, tangent) in zip(parts, pairs, strict=True):
            part.append(tangents_of(value, tangent, batch))
    blocks = []
    for row, y in zip(parts, like, strict=True):
        whole = _joined(row, y, y._value.shape)
        blocks.append([
            block_of(columns, x, y)
            for (columns, _), x in zip(cut(whole, shapes), inputs, strict=True)
        ])  # fmt: skip
    return blocks


def moving_along(x: Box, basis: np.ndarray, level: Level, batch: Level) -> Box:
    """An input that moves along all of these directions."""
    tangent = batched(fresh(x.face, basis), batch.number)
    return with_tangent(identity.unary(x), tangent, level.number)


def tangents_of(value: Box, tangent: Box | None, batch: Level) -> Box:
    """The tangents of an output along all directions, which run along the first axis."""
    assert batch.size is not None
    shape = (batch.size, *value._value.shape)
    if tangent is None:
        return zeros(value.face, shape, value._value.dtype)
    tangent, own = inside(tangent, batch.number)
    return tangent if own else broadcast_to(tangent, shape)


def block_of(columns: Box, x: Box, y: Box) -> Box:
    """Columns as a block of the shape of `y` and then `x`, and of the dtype of `x`."""
    dtype, rank = x._value.dtype, len(y._value.shape)
    if _is_complex(y) and not _is_complex(x):
        dtype = np.result_type(dtype, np.complex64)
    block = transpose(columns, (*range(1, rank + 1), 0))
    return to_dtype(reshape(block, (*y._value.shape, *x._value.shape)), dtype)


# the basis, in pieces


def _chunks(total: int, chunk: int) -> Iterator[tuple[int, int]]:
    """Where the pieces of `total` things start and stop."""
    for start in range(0, total, chunk):
        yield start, min(start + chunk, total)


def basis_of(
    shapes: Sequence[Shape], dtypes: Sequence[Any], start: int, stop: int
) -> list[np.ndarray | None]:
    """The standard basis of all arrays of these shapes together, from one direction to another.

    For each array its part in these directions, along the first axis; None where it has none.
    """
    ends = accumulate(map(prod, shapes))
    basis: list[np.ndarray | None] = []
    for shape, dtype, end in zip(shapes, dtypes, ends, strict=True):
        begin = end - prod(shape)
        first, last = max(start, begin), min(stop, end)
        if first >= last:
            basis.append(None)
            continue
        rows = np.zeros((stop - start, end - begin), dtype)
        at = np.arange(first, last)
        rows[at - start, at - begin] = 1
        basis.append(rows.reshape(stop - start, *shape))
    return basis


def _joined(parts: list[Box], like: Box, shape: Shape) -> Box:
    """The pieces of rows or columns, one after the other."""
    if not parts:
        return zeros(like.face, (0, *shape), like._value.dtype)
    parts = [in_face(part, common_face(parts)) for part in parts]
    return parts[0] if len(parts) == 1 else cat(parts, 0)


def cut(whole: Box, shapes: Sequence[Shape]) -> Iterator[tuple[Box, Shape]]:
    """The rows or columns that belong to each of several arrays."""
    if len(shapes) == 1:
        yield whole, shapes[0]
        return
    for shape, end in zip(shapes, accumulate(map(prod, shapes)), strict=True):
        yield getitem(whole, (slice(end - prod(shape), end),)), shape
