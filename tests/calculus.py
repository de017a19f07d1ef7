"""Running a primitive and its derivatives through the engine, and by finite differences.

A function here takes boxes and gives a tuple of boxes, so that a derivative of one is again
such a function: orders are nested as a user nests them. Complex numbers are checked as pairs of
real ones: a gradient `g` means that the result changes by the real part of `sum(g * dx)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from minitorch import Tensor
from minitorch.engine.batch import batched, inside
from minitorch.engine.box import Box, fresh
from minitorch.engine.forward import Level, split, with_tangent
from minitorch.engine.node import Leaf, node_of
from minitorch.engine.primitive import Primitive, Variadic
from minitorch.engine.reverse import sweep

Boxes = Sequence[Box]
Arrays = Sequence[np.ndarray]
Function = Callable[..., tuple[Box, ...]]
STEP = 6e-6  # where the rounding and the curvature error of a central difference are alike
SMALL = 6  # elements, or random directions in their place


def constant(array: Any) -> Box:
    return fresh(Tensor, np.asarray(array))


def leaf(array: Any) -> Box:
    box = constant(array)
    box._node = Leaf(box._value.shape, box._value.dtype)
    return box


def call(op: Primitive, args: Sequence[Any], params: tuple[Any, ...]) -> tuple[Any, ...]:
    """The results of `op` on arrays or boxes, as a tuple whether it gives one or several."""
    y = op(list(args), *params) if isinstance(op, Variadic) else op(*args, *params)
    return tuple(y) if op.several else (y,)


def function(op: Primitive, args: Arrays, params: tuple[Any, ...], wrt: Sequence[int]) -> Function:
    """`op` as a function of the arguments `wrt`, with the others held constant."""

    def f(*boxes: Box) -> tuple[Box, ...]:
        full: list[Any] = [constant(a) for a in args]
        for i, box in zip(wrt, boxes, strict=True):
            full[i] = box
        return call(op, full, params)

    return f


def zeros_like(box: Box) -> Box:
    return constant(np.zeros(box._value.shape, box._value.dtype))


def vjp(f: Function, xs: Boxes, cotangents: Boxes, create: bool = False) -> tuple[Box, ...]:
    """The gradients of `f` at `xs`, which are leaves or depend on such, by a reverse sweep."""
    ys = f(*xs)
    seeds = [
        (node, c) for y, c in zip(ys, cotangents, strict=True) if (node := node_of(y)) is not None
    ]
    nodes = [node_of(x) for x in xs]
    more = {"create": create, "retain": create, "targets": nodes}
    found = sweep(seeds, Tensor, **more) if seeds else {}
    return tuple(
        found[node] if node in found else zeros_like(x) for node, x in zip(nodes, xs, strict=True)
    )


def jvp(f: Function, xs: Boxes, tangents: Boxes) -> tuple[Box, ...]:
    """The tangents of the results of `f` at `xs`, in forward mode."""
    with Level() as level:
        boxes = [with_tangent(x, t, level.number) for x, t in zip(xs, tangents, strict=True)]
        pairs = [split(y, level.number) for y in f(*boxes)]
    return tuple(zeros_like(y) if t is None else t for y, t in pairs)


def mapped(f: Function, args: Arrays | Boxes, flags: Sequence[bool], size: int) -> tuple[Box, ...]:
    """`f` on all examples at once: those args that are flagged have them along their first axis."""
    boxes = [a if isinstance(a, Box) else constant(a) for a in args]
    with Level(size) as level:
        ins = [
            batched(box, level.number) if flag else box
            for box, flag in zip(boxes, flags, strict=True)
        ]
        outs = [inside(y, level.number) for y in f(*ins)]
    assert all(flag for _, flag in outs)
    return tuple(y for y, _ in outs)


def looped(f: Function, args: Arrays, flags: Sequence[bool], size: int) -> tuple[np.ndarray, ...]:
    """What `mapped` should give: `f` on one example after the other, stacked."""
    rows = []
    for i in range(size):
        row = [constant(a[i] if flag else a) for a, flag in zip(args, flags, strict=True)]
        rows.append([y._value for y in f(*row)])
    return tuple(np.stack(column) for column in zip(*rows, strict=True))


def values(boxes: Boxes) -> list[np.ndarray]:
    return [box._value for box in boxes]


def dot(xs: Arrays, ys: Arrays) -> float:
    """The real part of the sum of all products."""
    return float(sum(np.sum(x * y).real for x, y in zip(xs, ys, strict=True)))


def difference(f: Function, xs: Arrays, ts: Arrays) -> list[np.ndarray]:
    """The derivative of `f` at `xs` in the direction `ts`, by a central difference.

    Whole numbers have none: where they are results, they stand for something else.
    """
    up = values(f(*[constant(x + STEP * t) for x, t in zip(xs, ts, strict=True)]))
    down = values(f(*[constant(x - STEP * t) for x, t in zip(xs, ts, strict=True)]))
    return [
        (a - b) / (2 * STEP) if a.dtype.kind in "fc" else np.zeros_like(a)
        for a, b in zip(up, down, strict=True)
    ]


def numeric_vjp(f: Function, xs: Arrays, cotangents: Arrays) -> list[np.ndarray]:
    """The gradients of `f` at `xs` by central differences, an element at a time."""
    grads = []
    for i, x in enumerate(xs):
        grad = np.zeros(x.shape, x.dtype)
        for at in np.ndindex(x.shape):
            for step in (1.0, -1j) if x.dtype.kind == "c" else (1.0,):
                ts = [np.zeros_like(other) for other in xs]
                ts[i][at] = step
                grad[at] += dot(cotangents, difference(f, xs, ts)) * np.conj(step)
        grads.append(grad)
    return grads


def check_vjp(
    grads: Arrays, f: Function, xs: Arrays, cotangents: Arrays, rtol: float, atol: float
) -> None:
    """That these are the gradients of `f` at `xs`, by central differences.

    Element by element in small arrays, along random directions in others: a wrong element shows in
    each of these, unless it is lost in the tolerance.
    """
    rng = np.random.default_rng(0)
    for i, (x, grad) in enumerate(zip(xs, grads, strict=True)):
        assert grad.shape == x.shape
        for t in directions(x, rng):
            ts = [t if j == i else np.zeros_like(other) for j, other in enumerate(xs)]
            want = dot(cotangents, difference(f, xs, ts))
            np.testing.assert_allclose(dot([grad], [t]), want, rtol, atol)


def directions(x: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Each element of a small array; of others, random directions of length 1."""
    units = (1.0, -1j) if x.dtype.kind == "c" else (1.0,)
    if x.size <= SMALL:
        for at in np.ndindex(x.shape):
            for unit in units:
                t = np.zeros_like(x)
                t[at] = unit
                yield t
    else:
        for _ in range(SMALL):
            t = sum(rng.standard_normal(x.shape) * unit for unit in units)
            yield (t / np.linalg.norm(t)).astype(x.dtype)


def like(arrays: Arrays, seed: int) -> list[np.ndarray]:
    """Random numbers of the same shapes and dtypes: cotangents and tangents."""
    rng = np.random.default_rng(seed)

    def draw(a: np.ndarray) -> np.ndarray:
        parts = rng.uniform(0.5, 1.5, a.shape)
        return parts + 1j * rng.uniform(-1.0, 1.0, a.shape) if a.dtype.kind == "c" else parts

    return [draw(a).astype(a.dtype) for a in arrays]


def nonempty(items: Sequence[int]) -> list[tuple[int, ...]]:
    """Each item alone and, if there are several, all together."""
    alone = [(i,) for i in items]
    return alone if len(alone) < 2 else [*alone, tuple(items)]
