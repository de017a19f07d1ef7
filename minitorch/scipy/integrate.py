"""`scipy.integrate`, whose `odeint` and rules for sampled functions take boxes.

Example:
    >>> from minitorch.scipy.integrate import odeint
    >>> def decayed(rate):
    ...     times = np.array([0., 1.])
    ...     return odeint(lambda y, t, rate: -rate * y, np.ones(1), times, (rate,))[1, 0]
    >>> print(f"{minitorch.grad(decayed)(2.):.5f}")
    -0.13534
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate as _theirs

from minitorch.engine.box import Box
from minitorch.faces.numpy.operands import WIDE, joined
from minitorch.faces.protocols import boxes_in
from minitorch.ops.shape import cat, reshape
from minitorch.scipy.namespace import completed, differentiable, has_box
from minitorch.scipy.ops import odes


@differentiable(_theirs.odeint)
def odeint(func: Callable[..., Any], y0: Any, t: Any, args: tuple[Any, ...] = (),
           **settings: Any) -> Any:  # fmt: skip
    """`scipy.integrate.odeint`: the solution of y' = func(y, t, *args) at the times t.

    It is differentiable in y0, t and all boxes in `args` (nested tuples, lists, dictionaries), in
    both modes and to any order. `func` must be written with functions that take boxes, and get
    what is traced through `args`, not from around it.

    Args:
        func: the slope of y, as an array or a list of its elements.
        y0: the state at `t[0]`, of one axis.
        t: the times, in order.
        args: what `func` is given besides.
        settings: SciPy's; tolerances, step sizes and orders hold for the equations of the
            derivatives too.

    Returns:
        The states, one a row.
    """
    if settings.pop("full_output", 0):
        raise TypeError(
            "scipy.integrate.odeint of a box takes no full_output=: a node has no infos"
        )
    args = args if isinstance(args, tuple) else (args,)
    leaves = list(boxes_in(args))
    first, times, *rest = joined(y0, t, *leaves, floats=WIDE)
    if first._value.ndim > 1 or times._value.ndim != 1:
        raise ValueError(
            f"odeint: expected y0 and t of one axis, got shapes {tuple(first._value.shape)} and "
            f"{tuple(times._value.shape)}"
        )
    shapes = [x._value.shape for x in rest]
    sizes = [x._value.size for x in rest]
    ends = np.cumsum([0, *sizes]).tolist()
    late = settings.pop("tfirst", False)

    def slope(y: Any, t: Any, theta: Any) -> Any:
        parts = iter([theta[i:j].reshape(s) for i, j, s in zip(ends, ends[1:], shapes)])
        own = tuple(_filled(a, parts) for a in args)
        return _vector(func(t, y, *own) if late else func(y, t, *own))

    flat = [reshape(x, (x._value.size,)) for x in (first, times, *rest)]
    d, n = first._value.size, times._value.size
    return odes.odeint(cat(flat, 0), slope, d, n, settings)


def _filled(value: Any, parts: Any) -> Any:
    """`value` with the next of `parts` in place of each box in it."""
    if isinstance(value, Box):
        return next(parts)
    if isinstance(value, (tuple, list)):
        return type(value)([_filled(part, parts) for part in value])
    if isinstance(value, dict):
        return {key: _filled(part, parts) for key, part in value.items()}
    return value


def _vector(value: Any) -> Any:
    """What a slope function gave, as one vector."""
    if isinstance(value, (tuple, list)):
        parts: Any = joined(*value) if has_box(value) else value
        value = np.stack(parts)
    return np.reshape(value, (-1,))


@differentiable(_theirs.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """`scipy.integrate.trapezoid`: the integral of a sampled function."""
    return np.trapezoid(y, x, dx, axis)


@differentiable(_theirs.cumulative_trapezoid)
def cumulative_trapezoid(
    y: Any, x: Any = None, dx: float = 1.0, axis: int = -1, initial: Any = None
) -> Any:
    """`scipy.integrate.cumulative_trapezoid`: the running integral of a sampled function."""
    y = np.moveaxis(y, axis, -1)
    if x is not None:
        dx = np.diff(x) if np.ndim(x) == 1 else np.diff(np.moveaxis(x, axis, -1), axis=-1)
    running = np.cumsum(dx * (y[..., 1:] + y[..., :-1]) * 0.5, -1)
    if initial is not None:
        if initial != 0:
            raise ValueError("`initial` must be `None` or `0`.")
        running = np.concatenate([running[..., :1] * 0, running], -1)
    return np.moveaxis(running, -1, axis)


__getattr__, __dir__ = completed(_theirs, globals())
