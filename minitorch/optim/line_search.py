"""The line search of LBFGS: how far to go in a direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

SUFFICIENT = 1e-4  # share of the first slope by which the function must fall
CURVATURE = 0.9  # share of the first slope below which the slope must come


class Point(NamedTuple):
    """A place on the line: the step, and there the function, its gradient and its slope."""

    t: Any
    f: float
    g: np.ndarray
    slope: Any


def strong_wolfe(
    at: Callable[[Any], Point], start: Point, t: Any, reach: Any, tolerance: float, limit: int
) -> tuple[Point, int]:
    """A point that satisfies the strong Wolfe conditions, and the number of evaluations.

    Steps are enlarged until they enclose such a point, then the interval is narrowed by cubic
    interpolation (Nocedal & Wright 2006, algorithms 3.5 and 3.6).

    Args:
        at: evaluates the function at a step.
        start: the point at step 0.
        t: the step to begin with.
        reach: largest number of the direction, by which steps are measured.
        tolerance: width at which an interval is narrow enough.
        limit: after how many more evaluations the best point so far is taken.
    """
    bracket, found, tried = _enclose(at, start, t, limit)
    low = _lower(bracket)
    wavering = False
    while not found and tried < limit:
        if abs(bracket[1].t - bracket[0].t) * reach < tolerance:
            break
        t, wavering = _inside(bracket, wavering)
        new = at(t)
        tried += 1
        if _too_high(new, start) or new.f >= bracket[low].f:
            bracket[1 - low] = new
            low = _lower(bracket)
            continue
        found = _flat(new, start)
        if not found and new.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
            bracket[1 - low] = bracket[low]
        bracket[low] = new
    return bracket[low], tried + 1


def _enclose(
    at: Callable[[Any], Point], start: Point, t: Any, limit: int
) -> tuple[list[Point], bool, int]:
    """Two points with one that is sought between them, or that one itself, which is told."""
    last, new = start, at(t)
    for tried in range(limit):
        if _too_high(new, start) or (tried > 1 and new.f >= last.f):
            return [last, new], False, tried
        if _flat(new, start):
            return [new], True, tried
        if new.slope >= 0:
            return [last, new], False, tried
        t = _lowest(last, new, new.t + 0.01 * (new.t - last.t), 10 * new.t)
        last, new = new, at(t)
    return [start, new], False, limit


def _too_high(new: Point, start: Point) -> bool:
    return bool(new.f > start.f + SUFFICIENT * new.t * start.slope)


def _flat(new: Point, start: Point) -> bool:
    return bool(abs(new.slope) <= -CURVATURE * start.slope)


def _lower(bracket: list[Point]) -> int:
    return 0 if bracket[0].f <= bracket[-1].f else 1


def _inside(bracket: list[Point], wavering: bool) -> tuple[Any, bool]:
    """The next step between the two, and whether it is near an end; never so twice in a row."""
    a, b = bracket
    low, high = min(a.t, b.t), max(a.t, b.t)
    t = _lowest(a, b, low, high)
    margin = 0.1 * (high - low)
    if min(high - t, t - low) >= margin:
        return t, False
    if not wavering and low < t < high:
        return t, True
    return (high - margin if abs(t - high) < abs(t - low) else low + margin), False


def _lowest(a: Point, b: Point, low: Any, high: Any) -> Any:
    """Where the cubic through both points, with their slopes, is lowest between the bounds."""
    if a.t > b.t:
        a, b = b, a
    mean = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    square = mean**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    root = np.sqrt(square)
    t = b.t - (b.t - a.t) * ((b.slope + root - mean) / (b.slope - a.slope + 2 * root))
    return min(max(t, low), high)
