"""The fixed point of a function, differentiated implicitly: no iteration is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.differential import make_vjp
from minitorch.extend import defvjp, primitive, vspace

Function = Callable[..., Any]


@primitive
def fixed_point(f: Function, a: Any, x0: Any, distance: Function, tol: float) -> Any:
    """The `x` with `f(a)(x) == x`, by iteration from `x0`; differentiable by `a`, to any order.

    Args:
        f: gives for `a` the function to be iterated, a contraction near its fixed point.
        a: what `f` depends on; it may be a container. Where `a` is traced, other traced values
            that `f` captures are refused, as their derivative would be lost.
        x0: where to begin.
        distance: `distance(x, x_before)` decides when to stop: at `tol` or less.

    The gradient is that of the fixed point itself, found by iterating the adjoint equation in the
    same way (Christianson, 'Reverse accumulation and attractive fixed points', 1994).

    Example:
        >>> from minitorch.misc.fixed_points import fixed_point
        >>> heron = lambda a: lambda x: (x + a / x) / 2
        >>> root = lambda a: fixed_point(heron, a, 1.0, lambda x, y: abs(x - y), 1e-12)
        >>> round(float(root(4.)), 6), round(float(minitorch.grad(root)(4.)), 6)
        (2.0, 0.25)
    """
    step = f(a)
    x, before = step(x0), x0
    while distance(x, before) > tol:
        x, before = step(x), x
    return x


def _vjp(ans: Any, f: Function, a: Any, x0: Any, distance: Function, tol: float) -> Function:
    pull_a, _ = make_vjp(lambda a: f(a)(ans))(a)

    def adjoint(known: Any) -> Function:
        a, x, g = known
        pull_x, _ = make_vjp(f(a))(x)
        return lambda w: vspace(w).add(pull_x(w), g)

    def vjp(g: Any) -> Any:
        start = vspace(ans).zeros()
        return pull_a(fixed_point(adjoint, (a, ans, g), start, distance, tol))

    return vjp


defvjp(fixed_point, None, _vjp, None)
