"""Ordinary differential equations: the solution at some times, as one operation.

It takes one vector, the initial state, the times and the parameters joined, so that all gradients
come out of one solve. Forward, the tangent is carried along by the linearized equation; backward,
the gradient by the adjoint one. Both are differential equations themselves, solved by the same
operation: every order follows. F. Fröhlich, C. Loos, J. Hasenauer, "Scalable inference of ordinary
differential equation models of biochemical processes" (2017), section 2.4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate

from minitorch.differential import make_jvp, make_vjp
from minitorch.engine.conform import cast
from minitorch.engine.modes import TRACE, state
from minitorch.engine.primitive import Primitive
from minitorch.ops.decompositions import dtype_of
from minitorch.ops.reduce import shape_of, total
from minitorch.ops.shape import cat, getitem, reshape, stack

Slope = Callable[[Any, Any, Any], Any]
LASTING = ("rtol", "atol", "hmax", "hmin", "mxstep", "mxordn", "mxords")  # any equation takes them


def _run(x: np.ndarray, slope: Slope, d: int, n: int, settings: dict[str, Any]) -> np.ndarray:
    start, times, theta = _parts(x.astype(np.float64), d, n)
    if not d or not n:
        return np.zeros((n, d), x.dtype)
    mode, levels = state.mode, state.levels
    state.mode, state.levels = mode & ~TRACE, ()  # the solver sees arrays: nothing is live in it
    try:
        y = integrate.odeint(lambda y, t: slope(y, t, theta), start, times, **settings)
    finally:
        state.mode, state.levels = mode, levels
    return y.astype(x.dtype)


def _parts(x: Any, d: int, n: int) -> tuple[Any, Any, Any]:
    """The initial state, the times and the parameters."""
    cuts = (slice(0, d), slice(d, d + n), slice(d + n, None))
    return tuple(getitem(x, (cut,)) for cut in cuts)  # type: ignore[return-value]


def _slope_at(slope: Slope, y: Any, t: Any, theta: Any) -> Any:
    """The slope on arrays or boxes, in the dtype of the state."""
    f = slope(y, t, theta)
    return f if dtype_of(f) == dtype_of(y) else cast(f, dtype_of(y))


def _at(x: Any, *index: int) -> Any:
    return getitem(x, index)


def _inherited(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings for a larger system; tolerances are those of the strictest component."""
    kept = {key: settings[key] for key in LASTING if settings.get(key) is not None}
    return {k: float(np.min(v)) if k in ("rtol", "atol") else v for k, v in kept.items()}


def _linearized(slope: Slope, d: int, p: int) -> Slope:
    """How a state and its tangent move, with the tangent of the parameters behind these."""

    def moves(y: Any, t: Any, theta: Any) -> Any:
        v, s = (y[:d], y[d:]), (theta[:p], theta[p:])
        f, tangent = make_jvp(slope, (0, 2))(v[0], t, s[0])((v[1], s[1]))
        return np.concatenate([f, tangent])

    return moves


def _jvp(t: Any, y: Any, x: Any, slope: Slope, d: int, n: int, settings: dict[str, Any]) -> Any:
    start, times, theta = _parts(x, d, n)
    moved_start, moved_times, moved_theta = _parts(t, d, n)
    if not d or not n:
        return reshape(getitem(t, (slice(0, 0),)), (n, d))
    slopes = stack([_slope_at(slope, _at(y, i), _at(times, i), theta) for i in range(n)], 0)
    late = moved_start - _at(slopes, 0) * _at(moved_times, 0)
    joint = cat([start, late, times, theta, moved_theta], 0)
    p = shape_of(theta)[0]
    both = odeint(joint, _linearized(slope, d, p), 2 * d, n, _inherited(settings))
    tangents = getitem(both, (slice(None), slice(d, None)))
    return tangents + slopes * reshape(moved_times, (n, 1))


def _adjoint(slope: Slope, d: int) -> Slope:
    """How a state, its gradient and that of the parameters move."""

    def moves(y: Any, t: Any, theta: Any) -> Any:
        pull, _ = make_vjp(slope, (0, 2))(y[:d], t, theta)
        grads = pull(y[d : 2 * d])
        return np.concatenate([slope(y[:d], t, theta), *(-g for g in grads)])

    return moves


def _vjp(g: Any, y: Any, x: Any, slope: Slope, d: int, n: int, settings: dict[str, Any]) -> Any:
    start, times, theta = _parts(x, d, n)
    if not d or not n:
        return x * 0
    moves, inherited, size = _adjoint(slope, d), _inherited(settings), shape_of(theta)[0]
    pulled, gathered = _at(g, n - 1), theta * 0
    late = []
    for i in range(n - 1, 0, -1):
        here, before = getitem(times, (slice(i, i + 1),)), getitem(times, (slice(i - 1, i),))
        f = _slope_at(slope, _at(y, i), _at(times, i), theta)
        late.append(total(f * _at(g, i), (0,), True))
        joint = cat([_at(y, i), pulled, gathered, here, before, theta], 0)
        end = _at(odeint(joint, moves, 2 * d + size, 2, inherited), 1)
        pulled = getitem(end, (slice(d, 2 * d),))
        gathered = getitem(end, (slice(2 * d, None),))
        first = pulled
        pulled = pulled + _at(g, i - 1)
    f = _slope_at(slope, start, _at(times, 0), theta)
    early = total(f * (first if n > 1 else pulled * 0), (0,), True)
    return cat([pulled, -early, *late[::-1], gathered], 0)


odeint = Primitive(
    "odeint", _run, names=("x", "slope", "d", "n", "settings"), vjps=(_vjp,), jvps=(_jvp,),
    doc="the states at n times of the system of d equations y' = slope(y, t, parameters)",
)  # fmt: skip
