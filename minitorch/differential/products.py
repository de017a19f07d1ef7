"""Products with Jacobians and Hessians, without these matrices: make_vjp, make_jvp and kin."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minitorch.differential.call import (
    Argnum,
    Call,
    Chosen,
    Function,
    leaving,
    matched,
    named,
    results,
    zeros,
)
from minitorch.differential.containers import Form, flatten, is_result
from minitorch.differential.jacobians import jacobian
from minitorch.differential.operators import grad
from minitorch.differential.trace import Trace
from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.engine.forward import Level, split_results, with_tangent
from minitorch.engine.observing import turned


def make_vjp(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives `(vjp, value)`: `vjp(g)` carries a gradient of the value back.

    `g` has the form and shape of the value, with None for zeros in containers; `vjp(g)` has those
    of the argument, as `grad` gives them. `vjp` can be called again.

    Raises:
        ValueError: (`vjp`) the shapes differ.
        TypeError: (`vjp`) the forms differ, or `g` is complex and the value real.

    Example:
        >>> vjp, value = minitorch.make_vjp(np.square)(np.array([1., 2.]))
        >>> vjp(np.array([1., 10.]))
        array([ 2., 40.])
        >>> vjp, value = minitorch.make_vjp(lambda x: (x, {"twice": 2 * x}))(3.)
        >>> float(vjp((1., {"twice": 10.})))
        21.0
    """
    chosen = Chosen(fun, argnum)

    @functools.wraps(fun)
    def pulling(*args: Any, **kwargs: Any) -> Any:
        trace = Trace(Call(chosen, args, kwargs))
        return functools.partial(_pulled, trace), trace.value(kept=True)

    return pulling


def _pulled(trace: Trace, g: Any, *more: Any) -> Any:
    """The gradients of the inputs, for a gradient `g` of the result."""
    if more:
        raise TypeError("vjp(): expected one argument; gradients of several results go in a tuple")
    parts = trace.form.leaves(g, "vjp()")
    if g is None:
        raise TypeError("vjp(): expected a gradient of the value, not None")
    what, its = "vjp(): the gradient", "the value"
    gs = [
        None if g is None else turned(matched(g, y, what, its), y.face)
        for g, y in zip(parts, trace.outputs, strict=True)
    ]
    return trace.pull(gs, keep=True)


def make_jvp(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives, for its arguments, `jvp`: `jvp(v)` is `(value, tangent)`.

    It runs `fun` once, forward, in memory that does not grow with the computation. `v` has the form
    and shape of the argument, with None for zeros in containers; for several arguments it is a
    tuple. The tangent has the form of the value.

    Raises:
        ValueError: (`jvp`) the shapes differ.
        TypeError: (`jvp`) the forms differ, or `v` is complex and the argument real.

    Example:
        >>> x, v = np.array([1., 2.]), np.array([1., 10.])
        >>> value, tangent = minitorch.make_jvp(np.square)(x)(v)
        >>> tangent
        array([ 2., 40.])
    """
    chosen = Chosen(fun, argnum)

    @functools.wraps(fun)
    def at(*args: Any, **kwargs: Any) -> Function:
        return functools.partial(_pushed, chosen, args, kwargs)

    return at


def _pushed(chosen: Chosen, args: Any, kwargs: dict[str, Any], v: Any, *more: Any) -> Any:
    """The value of a function and its tangent along `v`."""
    if more:
        raise TypeError("jvp(): expected one argument; tangents of several arguments go in a tuple")
    call = Call(chosen, args, dict(kwargs))
    what, its = "jvp(): the tangent", "its argument"
    parts = call.leaves(v, "jvp()")
    if v is None:
        raise TypeError("jvp(): expected a tangent of the argument, not None")
    tangents = [
        None if t is None else matched(t, box, what, its)
        for t, box in zip(parts, call.boxes, strict=True)
    ]
    values, moved, form = push(call, tangents)
    return leaving(values, form), leaving(moved, form, hollow=True)


def push(call: Call, tangents: Sequence[Box | None]) -> tuple[list[Box], list[Box], Form]:
    """The outputs of a call, their tangents, and their form."""
    with Level() as level:
        inputs = [
            box if t is None else with_tangent(identity.unary(box), t, level.number)
            for box, t in zip(call.boxes, tangents, strict=True)
        ]
        outputs, form = results(call.chosen.fun, call.run(inputs))
    pairs = split_results(outputs, level.number)
    moved = [zeros(y.face, y._value.shape, y._value.dtype) if t is None else t for y, t in pairs]
    return [y for y, _ in pairs], moved, form


def deriv(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives the derivative of `fun` by a number, in forward mode.

    The result of `fun` may have any shape and form. For an array as argument it is the derivative
    along ones: the sum of each row of the Jacobian.

    Example:
        >>> minitorch.deriv(lambda t: np.stack([t, t ** 2, t ** 3]))(2.)
        array([ 1.,  4., 12.])
    """
    chosen = Chosen(fun, argnum)

    @functools.wraps(fun)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        call = Call(chosen, args, kwargs)
        ones = [fresh(x.face, np.ones(x._value.shape, x._value.dtype)) for x in call.boxes]
        _, moved, form = push(call, ones)
        return leaving(moved, form, hollow=True)

    return derivative


def make_hvp(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives `(hvp, gradient)`: `hvp(v)` is the Hessian of a scalar `fun` times v.

    The gradient is computed once, however often `hvp` is called.

    Example:
        >>> hvp, g = minitorch.make_hvp(lambda x: np.sum(x ** 3))(np.array([1., 2.]))
        >>> hvp(np.array([1., 1.]))
        array([ 6., 12.])
    """
    return make_vjp(grad(fun, argnum), argnum)


def hessian_vector_product(fun: Function, argnum: Argnum = 0) -> Function:
    """The function of `(*args, v)` that gives the Hessian of a scalar `fun` times `v`.

    `v` has the form and shape of the argument; the Hessian is summed with all of its axes.
    `hessian_tensor_product` is another name.

    Example:
        >>> product = minitorch.hessian_vector_product(lambda x: np.sum(x ** 3))
        >>> product(np.array([1., 2.]), np.array([1., 1.]))
        array([ 6., 12.])
    """
    make = make_hvp(fun, argnum)

    def product(*args: Any, **kwargs: Any) -> Any:
        *own, v = _with_last(args, kwargs, "v", "hessian_vector_product")
        return make(*own, **kwargs)[0](v)

    return _named(product, "hessian_vector_product", fun)


def tensor_jacobian_product(fun: Function, argnum: Argnum = 0) -> Function:
    """The function of `(*args, t)` that gives `t` times the Jacobian of `fun`.

    All axes of `t` are summed with the first ones of the result of `fun`; where `t` has fewer axes
    the others remain, before those of the argument. For a result that is a container, `t` has its
    form. `vector_jacobian_product` is another name.

    Example:
        >>> product = minitorch.tensor_jacobian_product(lambda x: np.stack([x[0], x[0] * x[1]]))
        >>> product(np.array([2., 3.]), np.array([1., 10.]))
        array([31., 20.])
    """

    def product(*args: Any, **kwargs: Any) -> Any:
        *own, t = _with_last(args, kwargs, "t", "tensor_jacobian_product")

        @functools.wraps(fun)
        def contracted(*args: Any, **kwargs: Any) -> Any:
            return _contracted(t, fun(*args, **kwargs))

        return jacobian(contracted, argnum)(*own, **kwargs)

    return _named(product, "tensor_jacobian_product", fun)


hessian_tensor_product = hessian_vector_product
vector_jacobian_product = tensor_jacobian_product


def _with_last(args: Sequence[Any], kwargs: Any, name: str, what: str) -> Iterable[Any]:
    if len(args) + len(kwargs) < 2 or not args:
        raise TypeError(
            f"{what}: called with {len(args)} positional arguments; it takes those of the function "
            f"and then {name}, which has no keyword"
        )
    return args


def _named(product: Function, what: str, fun: Function) -> Function:
    product.__name__ = product.__qualname__ = f"{what}_of_{named(fun)}"
    return product


def _contracted(t: Any, y: Any) -> Any:
    """The sum over all axes of `t`, which are the first ones of `y`."""
    parts, form = flatten(y, is_result)
    pairs = zip(form.leaves(t, "tensor_jacobian_product()"), parts, strict=True)
    total: Any = 0.0
    for part, own in pairs:
        if part is None:
            continue
        rank = np.ndim(part._value if isinstance(part, Box) else part)
        total = total + np.tensordot(part, own, rank)  # type: ignore[arg-type]
    return total


def _half_square(x: Any) -> Any:
    return np.sum(x**2) / 2


def make_ggnvp(fun: Function, g: Function = _half_square, f_argnum: Argnum = 0) -> Function:
    """The function that gives `ggnvp`: `ggnvp(v)` is the generalized Gauss-Newton matrix times v.

    That matrix, of `g(f(x))`, is J' H J, with J the Jacobian of `f` and H the Hessian of `g`, by
    default half the squared norm: then it is J'J. See Schraudolph, "Fast curvature matrix-vector
    products for second-order gradient descent", 2002.

    Example:
        >>> f = lambda x: np.array([[1., 2.], [0., 1.]]) @ x
        >>> ggnvp = minitorch.make_ggnvp(f)(np.array([1., 1.]))
        >>> ggnvp(np.array([1., 0.]))
        array([1., 2.])
    """
    pulling, pushing = make_vjp(fun, f_argnum), make_jvp(fun, f_argnum)

    @functools.wraps(fun)
    def at(*args: Any, **kwargs: Any) -> Function:
        f_vjp, y = pulling(*args, **kwargs)
        g_hvp, _ = make_hvp(g)(y)
        f_jvp = pushing(*args, **kwargs)

        def ggnvp(v: Any) -> Any:
            return f_vjp(g_hvp(f_jvp(v)[1]))

        return ggnvp

    return at
