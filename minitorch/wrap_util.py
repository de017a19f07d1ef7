"""HIPS autograd's `wrap_util`: operators on functions of one argument, for those of several."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from minitorch.util import subvals

__all__ = ["get_name", "unary_to_nary", "wraps"]

Function = Callable[..., Any]


def get_name(f: Any) -> str:
    """A function's name."""
    return getattr(f, "__name__", "[unknown name]")


def unary_to_nary(unary_operator: Function) -> Function:
    """An operator `op(fun, x)` on functions of one argument as `op(fun, argnum)(*args)`.

    Of several argnums the arguments go in as a tuple.

    Example:
        >>> from minitorch.wrap_util import unary_to_nary
        >>> @unary_to_nary
        ... def twice(fun, x):
        ...     return fun(x) + fun(x)
        >>> twice(lambda a, b: a * b, 1)(3, 4)
        24
    """

    @wraps(unary_operator)
    def nary_operator(fun: Function, argnum: Any = 0, *settings: Any, **named: Any) -> Function:
        one = not isinstance(argnum, (tuple, list))
        if one and (isinstance(argnum, bool) or not isinstance(argnum, int)):
            raise TypeError(f"argnum must be an int, or a tuple or list of ints, not {argnum!r}")

        @wraps(fun)
        def nary(*args: Any, **kwargs: Any) -> Any:
            @wraps(fun)
            def unary(x: Any) -> Any:
                pairs = [(argnum, x)] if one else zip(argnum, x, strict=True)
                return fun(*subvals(args, pairs), **kwargs)

            x = args[argnum] if one else tuple(args[i] for i in argnum)
            return unary_operator(unary, x, *settings, **named)

        return nary

    return nary_operator
