"""How a user declares an operation and its derivative."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from minitorch.differential.containers import flatten
from minitorch.engine.box import Box
from minitorch.engine.node import Node, Traced
from minitorch.extend.calls import dense
from minitorch.extend.operation import Operation, still

Function = Callable[..., Any]
Maker = Callable[..., Any] | None


def primitive(fun: Function) -> Function:
    """Make an operation of a function on arrays, whose derivative is then stated by hand.

    The function is run on plain arrays and numbers, whatever happens around it. Its arguments may
    be of any kind; derivatives are for those by position (arrays given by keyword are put at their
    position), which may be containers of arrays, as its result may.

    Args:
        fun: the function; NumPy's own and compiled ones too.

    Returns:
        The operation, a function like `fun` that takes traced values; `fun` is its attribute.

    Example:
        >>> from minitorch.extend import defvjp, primitive
        >>> @primitive
        ... def logsumexp(x):
        ...     top = np.max(x)
        ...     return top + np.log(np.sum(np.exp(x - top)))
        >>> defvjp(logsumexp, lambda ans, x: lambda g: g * np.exp(x - ans))
        >>> minitorch.grad(logsumexp)(np.array([0., 0., 1000.]))
        array([0., 0., 1.])
    """
    operation = Operation(fun)

    @functools.wraps(fun)
    def called(*args: Any, **kwargs: Any) -> Any:
        return operation(*args, **kwargs)

    called.__name__ = operation.name
    called.fun, called.operation = fun, operation  # type: ignore[attr-defined]
    return called


def operation_of(fun: Any) -> Operation:
    """The operation behind a function that `primitive` made."""
    found = fun if isinstance(fun, Operation) else getattr(fun, "operation", None)
    if not isinstance(found, Operation):
        name = getattr(fun, "__name__", None) or repr(fun)
        raise TypeError(
            f"a derivative can be stated for what minitorch.extend.primitive made, and {name} is "
            f"not: decorate it with @primitive, or state it for f = primitive({name}) and call f"
        )
    return found


# reverse mode


def defvjp(fun: Function, *vjpmakers: Maker, argnums: Sequence[int] | None = None) -> None:
    """State how a gradient goes back through a primitive, one rule an argument.

    Args:
        fun: the primitive.
        vjpmakers: for each argument a function of `(ans, *args, **kwargs)`, its result and its
            arguments, which gives the function from the result's gradient to the argument's.
            None where that is zero.
        argnums: the arguments' positions; from 0 on by default.

    Rules are called with plain arrays, or with traced ones where a derivative of the derivative is
    asked for; NumPy's functions take both. If no jvp is stated, forward mode uses these rules too.

    Example:
        >>> from minitorch.extend import defvjp, primitive
        >>> @primitive
        ... def scaled(x, factor):
        ...     return x * factor
        >>> defvjp(scaled, lambda ans, x, factor: lambda g: g * factor, None)
        >>> value, slope = minitorch.make_jvp(scaled)(2., 3.)(1.)
        >>> float(slope)
        3.0
    """
    makers = _by_position(fun, vjpmakers, argnums, "vjp")

    def pull(i: int, ans: Any, args: Any, kwargs: Any) -> Function:
        maker = makers.get(i, _missing("vjp", fun, i))
        if maker is None:
            return functools.partial(_zero, args[i])
        return maker(ans, *args, **kwargs)

    defvjp_argnum(fun, pull)


def defvjp_argnum(fun: Function, vjpmaker: Function) -> None:
    """State the vjp for any argument: `vjpmaker(argnum, ans, args, kwargs)` gives it."""

    def pull(positions: Any, ans: Any, args: Any, kwargs: Any) -> Function:
        vjps = [vjpmaker(i, ans, args, kwargs) for i in positions]
        return lambda g: tuple(vjp(g) for vjp in vjps)

    defvjp_argnums(fun, pull)


def defvjp_argnums(fun: Function, vjpmaker: Function) -> None:
    """State the vjp for all arguments that want one at once.

    `vjpmaker(argnums, ans, args, kwargs)` gives the function from the result's gradient to the
    gradients of the arguments `argnums`, one for each.
    """
    operation = operation_of(fun)
    operation.derivative = operation.derivative._replace(pull=vjpmaker)


# forward mode


def defjvp(fun: Function, *jvpfuns: Maker | str, argnums: Sequence[int] | None = None) -> None:
    """State how a tangent goes forward through a primitive, one rule an argument.

    Args:
        fun: the primitive.
        jvpfuns: for each argument a function of `(g, ans, *args, **kwargs)`, the argument's
            tangent, the result and the arguments, that gives the result's tangent; "same" where
            the primitive is linear in that argument; None where it is zero.
        argnums: the arguments' positions; from 0 on by default.

    If no vjp is stated, reverse mode uses these rules too (but for "same").

    Example:
        >>> from minitorch.extend import defjvp, primitive
        >>> cube = primitive(lambda x: x * x * x)
        >>> defjvp(cube, lambda g, ans, x: 3 * x * x * g)
        >>> float(minitorch.grad(minitorch.grad(cube))(2.))
        12.0
    """
    rules = _by_position(fun, jvpfuns, argnums, "jvp")

    def push(i: int, g: Any, ans: Any, args: Any, kwargs: Any) -> Any:
        rule = rules.get(i, _missing("jvp", fun, i))
        if rule is None:
            return _zero(ans)
        if rule == "same":
            return fun(*args[:i], g, *args[i + 1 :], **kwargs)
        return rule(g, ans, *args, **kwargs)

    defjvp_argnum(fun, push)


def defjvp_argnum(fun: Function, jvpmaker: Function) -> None:
    """State the jvp for any argument: `jvpmaker(argnum, g, ans, args, kwargs)` is the tangent."""

    def push(positions: Any, gs: Any, ans: Any, args: Any, kwargs: Any) -> Any:
        terms = [jvpmaker(i, g, ans, args, kwargs) for i, g in zip(positions, gs, strict=True)]
        return functools.reduce(_added, terms)

    defjvp_argnums(fun, push)


def defjvp_argnums(fun: Function, jvpmaker: Function) -> None:
    """State the jvp for all arguments that move at once.

    `jvpmaker(argnums, gs, ans, args, kwargs)` gives the result's tangent for the tangents `gs` of
    the arguments `argnums`.
    """
    operation = operation_of(fun)
    operation.derivative = operation.derivative._replace(push=jvpmaker)


def def_linear(fun: Function) -> None:
    """State that a primitive is linear in each of its arguments: that is its forward derivative.

    Example:
        >>> from minitorch.extend import def_linear, primitive
        >>> doubled = primitive(lambda x: 2 * x)
        >>> def_linear(doubled)
        >>> minitorch.make_jvp(doubled)(np.ones(2))(np.array([1., 2.]))[1]
        array([2., 4.])
    """
    defjvp_argnum(fun, lambda i, g, ans, args, kwargs: fun(*args[:i], g, *args[i + 1 :], **kwargs))


# constants


def notrace_primitive(fun: Function) -> Function:
    """A function of traced values that sees them as plain arrays: its result is a constant.

    Example:
        >>> from minitorch.extend import notrace_primitive
        >>> rounded = notrace_primitive(lambda x: np.round(x))
        >>> float(minitorch.grad(lambda x: x * rounded(x))(1.9))
        2.0
    """

    @functools.wraps(fun)
    def called(*args: Any, **kwargs: Any) -> Any:
        return fun(*(bare(arg) for arg in args), **{k: bare(v) for k, v in kwargs.items()})

    called.fun = fun  # type: ignore[attr-defined]
    return called


def register_notrace(trace_type: type, fun: Function) -> None:
    """Let a primitive give constants in reverse mode (`VJPNode`) or forward mode (`JVPNode`)."""
    if trace_type not in (Node, Traced):
        raise TypeError(f"register_notrace: expected VJPNode or JVPNode, not {trace_type!r}")
    operation_of(fun).untraced.add(trace_type)


def bare(value: Any) -> Any:
    """`value` with plain arrays and numbers in place of boxes."""
    leaves, form = flatten(value, lambda x: isinstance(x, Box))
    return form.build(_array(leaf) for leaf in leaves) if leaves else value


# helpers


def _array(box: Box) -> Any:
    node = box._node
    if isinstance(node, Traced) and node.batch:
        raise TypeError(
            "a batched value has no plain array of its own, which a notrace_primitive needs: use "
            "a primitive with the vjp None in its place, which runs for each example"
        )
    return box._value if box._value.ndim else box._value[()]


def _by_position(fun: Function, rules: Any, argnums: Any, kind: str) -> dict[int, Any]:
    name = operation_of(fun).name
    for rule in rules:
        if not (rule is None or callable(rule) or (kind == "jvp" and rule == "same")):
            allowed = 'a function, None or "same"' if kind == "jvp" else "a function or None"
            raise TypeError(f"the {kind} of {name}: expected {allowed}, not {rule!r}")
    positions = count() if argnums is None else argnums
    return dict(zip(positions, rules))


def _missing(kind: str, fun: Function, i: int) -> Function:
    """A rule that says that there is none."""

    def missing(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            f"{operation_of(fun).name} has no {kind} for its argument {i}: state it with "
            f"def{kind}, as None if its derivative is zero"
        )

    return missing


def _zero(value: Any, g: Any = None) -> Any:
    """Zeros in the form of `value`."""
    leaves, form = flatten(value)
    return form.build(iter([still(leaf) for leaf in leaves]), hollow=True)


def _added(a: Any, b: Any) -> Any:
    """The sum of two tangents, which may be containers."""
    leaves, form = flatten(dense(a))
    others = form.leaves(dense(b), "a tangent")
    return form.build((x + y for x, y in zip(leaves, others, strict=True)), hollow=True)
