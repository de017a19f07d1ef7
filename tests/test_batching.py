"""The generated suite, batching: every primitive on all examples at once, against a loop."""

from __future__ import annotations

import numpy as np
import pytest

from minitorch import Tensor
from minitorch.engine.batch import batched, inside
from minitorch.engine.forward import Level
from minitorch.engine.node import node_of
from minitorch.engine.reverse import sweep
from tests.calculus import (
    call,
    constant,
    jvp,
    leaf,
    like,
    looped,
    mapped,
    nonempty,
    values,
    vjp,
)
from tests.samples import Case
from tests.test_primitives import agree, each_case, each_smooth

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
SIZE = 3


def whole(case: Case):
    """The primitive of a case as a function of all its arrays."""
    return lambda *boxes: call(case.op, boxes, case.params)


def mixed(case: Case, batch, first=0, size=SIZE):
    """The arrays of a case; those numbered in `batch` with an axis of examples in front."""
    draws = [case.draw(seed) for seed in range(first, first + size)]
    columns = enumerate(zip(*draws, strict=True))
    return [np.stack(column) if i in batch else column[0] for i, column in columns]


def sets(case: Case):
    return nonempty(range(len(case.samples)))


@each_case
def test_against_a_loop(case):
    f = whole(case)
    for batch in sets(case):
        arrays, flags = mixed(case, batch), [i in batch for i in range(len(case.samples))]
        agree(values(mapped(f, arrays, flags, SIZE)), looped(f, arrays, flags, SIZE))


@each_case
def test_two_levels(case):
    """Batches of batches, in which the two levels batch the same or other arguments."""
    f, everyone = whole(case), tuple(range(len(case.samples)))
    for inner, outer in {(everyone, everyone), (everyone[:1], everyone[-1:])}:
        rows = [mixed(case, inner, seed, size=2) for seed in range(SIZE)]
        columns = enumerate(zip(*rows, strict=True))
        arrays = [np.stack(column) if i in outer else column[0] for i, column in columns]
        below, above = ([i in which for i in everyone] for which in (inner, outer))

        def nested(*boxes, below=below):
            return mapped(f, boxes, below, 2)

        got = values(mapped(nested, arrays, above, SIZE))
        agree(got, looped(nested, arrays, above, SIZE))
        row = [a[0] if flag else a for a, flag in zip(arrays, above, strict=True)]
        agree([y[0] for y in got], looped(f, row, below, 2))


@each_smooth
def test_gradient_outside(case):
    """The gradient through a batched function: that of a shared argument is summed."""
    f = whole(case)
    for batch in sets(case):
        arrays, flags = mixed(case, batch), [i in batch for i in range(len(case.samples))]
        boxes = [leaf(a) if i in case.wrt else constant(a) for i, a in enumerate(arrays)]
        ys = mapped(f, boxes, flags, SIZE)
        cs = like(values(ys), 1)
        found = sweep([(node_of(y), constant(c)) for y, c in zip(ys, cs, strict=True)], Tensor)
        grads = [found[node_of(boxes[i])]._value for i in case.wrt]
        agree(grads, gradient_loop(case, arrays, flags, cs, shared=np.sum), 1e-10, 1e-10)


@each_smooth
def test_gradient_inside(case):
    """The gradient taken inside of a batched function: one for each example."""
    f, flags = whole(case), [True] * len(case.samples)
    arrays = mixed(case, range(len(flags)))
    boxes = [leaf(a) if i in case.wrt else constant(a) for i, a in enumerate(arrays)]
    with Level(SIZE) as level:
        ys = f(*[batched(box, level.number) for box in boxes])
        inner = [inside(y, level.number)[0] for y in ys]
        cs = like(values(inner), 1)
        seeds = [(node_of(y), constant(c)) for y, c in zip(inner, cs, strict=True)]
        found = sweep(seeds, Tensor)
    grads = [found[node_of(boxes[i])]._value for i in case.wrt]
    agree(grads, gradient_loop(case, arrays, flags, cs), 1e-10, 1e-10)


@each_smooth
def test_tangent_inside_and_outside(case):
    flags = [True] * len(case.samples)
    arrays = mixed(case, range(len(flags)))
    xs = [arrays[i] for i in case.wrt]
    ts = like(xs, 2)
    n = len(arrays)

    def among(boxes):
        full = [constant(a) for a in arrays]
        for i, box in zip(case.wrt, boxes, strict=True):
            full[i] = box
        return full

    def over(*boxes):  # the tangent of the batched function
        return mapped(whole(case), among(boxes), flags, SIZE)

    def under(*boxes):  # the batched function is a tangent
        def g(*heads):
            full = list(boxes[:n])
            for i, head in zip(case.wrt, heads, strict=True):
                full[i] = head
            return call(case.op, full, case.params)

        return jvp(g, [boxes[i] for i in case.wrt], boxes[n:])

    outside = values(jvp(over, [constant(x) for x in xs], [constant(t) for t in ts]))
    every = [True] * (n + len(ts))
    within = values(mapped(under, [*arrays, *ts], every, SIZE))
    want = looped(under, [*arrays, *ts], every, SIZE)
    agree(outside, want, 1e-10, 1e-10)
    agree(within, want, 1e-10, 1e-10)


def gradient_loop(case, arrays, flags, cotangents, shared=None):
    """The gradients of one example after the other: stacked, or summed where shared."""
    rows = []
    for i in range(SIZE):
        row = [a[i] if flag else a for a, flag in zip(arrays, flags, strict=True)]

        def f(*boxes, row=row):
            full = [constant(a) for a in row]
            for at, box in zip(case.wrt, boxes, strict=True):
                full[at] = box
            return call(case.op, full, case.params)

        xs = [leaf(row[i]) for i in case.wrt]
        rows.append(values(vjp(f, xs, [constant(c[i]) for c in cotangents])))
    return [
        np.stack(column) if flags[i] else shared(np.stack(column), axis=0)
        for i, column in zip(case.wrt, zip(*rows, strict=True), strict=True)
    ]
