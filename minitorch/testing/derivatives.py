"""Derivatives of a function of boxes, in both modes, against central differences.

A function here takes a list of boxes and gives a list of boxes, so that a derivative of one is
again such a function. Complex numbers count as pairs of real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from minitorch.engine import composition
from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.engine.forward import Level, split, with_tangent
from minitorch.engine.modes import record
from minitorch.testing.report import KEPT, Mismatch

Arrays = Sequence[np.ndarray]
Function = Callable[[Sequence[Box]], list[Box]]
EACH = 24  # elements of an argument that are moved one by one; more are moved together
FEW = 4  # the same of derivatives of derivatives
SEARCHED = 400  # elements that are looked at for the one that is wrong


class Place(NamedTuple):
    """A function at arrays of a face, with what its arguments are called."""

    f: Function
    xs: list[np.ndarray]
    labels: list[str]
    face: type[Box]
    rtol: float | None = None
    atol: float | None = None
    each: int = EACH

    def boxes(self, arrays: Arrays) -> list[Box]:
        """Untracked boxes over the arrays."""
        return [fresh(self.face, np.asarray(a)) for a in arrays]

    def value(self, arrays: Arrays) -> list[np.ndarray]:
        """The results at these arrays."""
        recording = record(False)
        try:
            return [y._value for y in self.f(self.boxes([a.copy() for a in arrays]))]
        finally:
            record(recording)

    def pull(self, gs: Arrays) -> list[np.ndarray]:
        """The gradients of all arguments, for those of the results."""
        f = lambda *boxes: tuple(self.f(boxes))  # noqa: E731
        recording = record(False)
        try:
            found = composition.pulled(f, self.boxes(self.xs), self.boxes(gs))
        finally:
            record(recording)
        return [g._value for g in found]

    def push(self, ts: Arrays) -> list[np.ndarray]:
        """The tangents of all results, for those of the arguments."""
        return [t._value for t in pushed(self.f, self.boxes(self.xs), self.boxes(ts))]

    def tolerance(self, size: Any) -> Any:
        """By how much a derivative of this size may be off."""
        eps = max([_eps(x) for x in self.xs], default=2.2e-16)
        rtol = max(1e-5, 40 * eps ** (2 / 3)) if self.rtol is None else self.rtol
        atol = max(1e-6, 20 * eps ** (2 / 3)) if self.atol is None else self.atol
        return atol + rtol * np.abs(size)


def pushed(f: Function, xs: Sequence[Box], ts: Sequence[Box]) -> list[Box]:
    """The tangents of the results of `f` along `ts`, in forward mode."""
    with Level() as level:
        moved = [
            with_tangent(identity.unary(x), t, level.number) for x, t in zip(xs, ts, strict=True)
        ]
        pairs = [split(y, level.number) for y in f(moved)]
    return [fresh(y.face, np.zeros_like(y._value)) if t is None else t for y, t in pairs]


def derived(place: Place, mode: str, rng: np.random.Generator) -> Place:
    """The function from arguments and incoming gradients (or tangents) to the derivative."""
    n, f = len(place.xs), place.f
    forward = mode == "forward"
    seeds = like(place.xs if forward else place.value(place.xs), rng)

    def derivative(boxes: Sequence[Box]) -> list[Box]:
        xs, others = boxes[:n], boxes[n:]
        if forward:
            return pushed(f, xs, others)
        return list(composition.pulled(lambda *b: tuple(f(b)), xs, others))

    what = "the tangent" if forward else "the incoming gradient"
    return place._replace(
        f=derivative,
        xs=[*place.xs, *seeds],
        labels=[*place.labels, *[what] * len(seeds)],
        each=FEW,
    )


def like(arrays: Arrays, rng: np.random.Generator) -> list[np.ndarray]:
    """Random numbers of the same shapes and dtypes."""

    def draw(a: np.ndarray) -> np.ndarray:
        parts = rng.uniform(0.5, 1.5, a.shape) * rng.choice([-1, 1], a.shape)
        return (parts * (1 + 0.5j) if a.dtype.kind == "c" else parts).astype(a.dtype)

    return [draw(a) for a in arrays]


def wrong_gradients(place: Place, rng: np.random.Generator, what: str = "") -> list[Mismatch]:
    """Where reverse mode does not agree with central differences."""
    ys = place.value(place.xs)
    for gs, told in (
        ([np.ones_like(y) for y in ys], "the gradient of the result's sum"),
        (like(ys, rng), "the gradient, for a random incoming gradient,"),
    ):
        found = _wrong_gradients(place, gs, what or told, rng)
        if found:
            return found
    return []


def _wrong_gradients(place: Place, gs: Arrays, what: str, rng: Any) -> list[Mismatch]:
    grads = place.pull(gs)
    found: list[Mismatch] = []
    for i, (x, grad) in enumerate(zip(place.xs, grads, strict=True)):
        label = f"{what} by {place.labels[i]}"
        if grad.shape != x.shape:
            raise AssertionError(f"{label} has shape {grad.shape}, not {x.shape}")
        if x.size > place.each and _agrees_along(place, gs, i, grad, rng):
            continue
        for at in _indices(x):
            expected = _partial(place, gs, i, at)
            given = grad[at] if x.dtype.kind == "c" else float(grad[at].real)
            off = np.abs(given - expected)
            limit = float(place.tolerance(expected))
            if not off <= limit and not _at_a_kink(place, gs, i, at, given):
                if x.dtype.kind == "c" and place.face._conjugates:
                    expected, given = np.conj(expected), np.conj(given)
                found.append(Mismatch(label, at, expected, given, limit))
                if len(found) == KEPT:
                    return found
    return found


def _agrees_along(place: Place, gs: Arrays, i: int, grad: np.ndarray, rng: Any) -> bool:
    """Whether the gradient by a large argument is right along random directions."""
    for _ in range(3):
        ts = [np.zeros_like(x) for x in place.xs]
        (ts[i],) = like([place.xs[i]], rng)
        given, expected = _dot([grad], [ts[i]]), _dot(gs, difference(place, ts))
        size = float(np.sum(np.abs(grad * ts[i])))
        if not abs(given - expected) <= place.tolerance(size):
            return False
    return True


def _partial(place: Place, gs: Arrays, i: int, at: tuple[int, ...]) -> Any:
    """The derivative by one element, by central differences."""
    complex_ = place.xs[i].dtype.kind == "c"
    parts = []
    for unit in (1.0, 1j) if complex_ else (1.0,):
        ts = [np.zeros_like(x) for x in place.xs]
        ts[i][at] = unit
        parts.append(_dot(gs, difference(place, ts)))
    return parts[0] - 1j * parts[1] if complex_ else parts[0]


def _at_a_kink(place: Place, gs: Arrays, i: int, at: tuple[int, ...], given: Any) -> bool:
    """Whether the slopes on both sides differ and what was given lies between, or it is a jump."""
    ts = [np.zeros_like(x) for x in place.xs]
    ts[i][at] = 1
    here = _dot(gs, place.value(place.xs))
    h = step(place.xs)
    sides = [(_dot(gs, place.value(_moved(place.xs, ts, s * h))) - here) / (s * h) for s in (1, -1)]
    low, high = min(sides), max(sides)
    limit = 1e3 * place.tolerance(max(abs(low), abs(high)))
    slack = place.tolerance(high)
    if high - low > limit and low - slack <= np.real(given) <= high + slack:
        return True
    far, near = (abs(_dot(gs, difference(place, ts, h / part))) for part in (1, 4))
    return _jumps(far, near, h)


def _jumps(far: Any, near: Any, h: float) -> Any:
    """Whether a slope grows without end as the step `h`, of `far`, becomes a quarter, in `near`.

    There a derivative of a function with a kink is not defined, and anything may be given.
    """
    return (far * h > 1e-4) & (near > 3 * far)


def wrong_tangents(place: Place, rng: np.random.Generator, what: str = "") -> list[Mismatch]:
    """Where forward mode does not agree with central differences."""
    found: list[Mismatch] = []
    for i, x in enumerate(place.xs):
        if x.size > place.each and not _wrong_along(place, i, like([x], rng)[0], "", KEPT):
            continue
        for at in _indices(x):
            t = np.zeros_like(x)
            t[at] = 1
            where = f"[{', '.join(map(str, at))}]" if at else ""
            told = f"along {place.labels[i]}{where}, {what or 'the tangent of the result'}"
            found += _wrong_along(place, i, t, told, KEPT - len(found))
            if len(found) == KEPT:
                return found
    return found


def _wrong_along(place: Place, i: int, t: np.ndarray, what: str, most: int) -> list[Mismatch]:
    ts = [np.zeros_like(x) for x in place.xs]
    ts[i] = t
    tangents, expected = place.push(ts), difference(place, ts)
    h, here, found = step(place.xs), None, []
    for k, (given, wanted) in enumerate(zip(tangents, expected, strict=True)):
        if given.shape != wanted.shape:
            raise AssertionError(
                f"the tangent of a result has shape {given.shape}, not {wanted.shape}"
            )
        limit = place.tolerance(wanted)
        bad = ~(np.abs(given - wanted) <= limit)
        if bad.any():  # a kink, where the slopes of both sides differ, allows what lies between
            here = place.value(place.xs) if here is None else here
            up, down = (
                (place.value(_moved(place.xs, ts, s * h))[k] - here[k]) / (s * h) for s in (1, -1)
            )
            low, high = np.minimum(up.real, down.real), np.maximum(up.real, down.real)
            kink = (high - low > 1e3 * limit) & (low - limit <= given) & (given <= high + limit)
            near = np.abs(difference(place, ts, h / 4)[k])
            bad &= ~(kink | _jumps(np.abs(wanted), near, h))
        for at in map(tuple, np.argwhere(bad)[:most]):
            found.append(
                Mismatch(what, tuple(map(int, at)), wanted[at], given[at], float(limit[at]))
            )
    return found[:most]


def difference(place: Place, ts: Arrays, h: float | None = None) -> list[np.ndarray]:
    """The change of the results along `ts`, by central differences; none of whole numbers."""
    h = step(place.xs) if h is None else h
    up, down = (place.value(_moved(place.xs, ts, s)) for s in (h, -h))
    return [
        (a - b) / (2 * h) if a.dtype.kind in "fc" else np.zeros_like(a)
        for a, b in zip(up, down, strict=True)
    ]


def step(xs: Arrays) -> float:
    """Where the rounding and the curvature error of a central difference are alike."""
    return max([_eps(x) for x in xs], default=2.2e-16) ** (1 / 3)


def _moved(xs: Arrays, ts: Arrays, by: float) -> list[np.ndarray]:
    return [(x + by * t).astype(x.dtype) for x, t in zip(xs, ts, strict=True)]


def _dot(xs: Arrays, ys: Arrays) -> float:
    """The real part of the sum of all products."""
    return float(sum(np.sum(x * y).real for x, y in zip(xs, ys, strict=True)))


def _indices(x: np.ndarray) -> Iterator[tuple[int, ...]]:
    for _, at in zip(range(SEARCHED), np.ndindex(x.shape)):
        yield at


def _eps(x: np.ndarray) -> float:
    return float(np.finfo(x.dtype).eps) if x.dtype.kind in "fc" else 2.2e-16
