"""Gradients: `grad(f)` is a function like `f` that gives its gradient, and its relatives."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch.differential.call import Argnum, Call, Chosen, Function, leaving, named
from minitorch.differential.containers import LEAF, Container
from minitorch.differential.trace import Trace
from minitorch.engine.box import Box, fresh
from minitorch.faces.operands import number


def grad(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives the gradient of `fun`, which must return a real scalar.

    Args:
        fun: a function of numbers, NumPy arrays, Tensors and containers of them.
        argnum: which argument to differentiate by, counted from 0 in the signature of `fun`; of
            several, the gradients come as a tuple.

    Returns:
        A function of the same arguments, by position or keyword. Its gradients have the form and
        shape of the arguments: NumPy's for arrays and numbers (integers count as float64), Tensors
        for Tensors, in containers None for what is no number. It can be differentiated again.

    Raises:
        TypeError: the result is no real scalar, or there is no number in the argument.

    Example:
        >>> def f(x, y):
        ...     return np.log(x ** 2) + y ** 2 + x * y
        >>> dfdy = minitorch.grad(f, argnum=1)
        >>> float(dfdy(13, y=4))
        21.0
        >>> d2fdxdy = minitorch.grad(dfdy, argnum=0)
        >>> float(d2fdxdy(x=13, y=4))
        1.0
        >>> line = {"slope": np.array([1., 2.]), "name": "a line"}
        >>> minitorch.grad(lambda line: np.sum(line["slope"] ** 2))(line)
        {'slope': array([2., 4.]), 'name': None}
    """
    chosen = Chosen(fun, argnum)

    @functools.wraps(fun)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        trace = Trace(Call(chosen, args, kwargs))
        return trace.pull([_seed(trace, "grad")])

    return gradient


def value_and_grad(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives the value of `fun` and its gradient, as a pair; see `grad`.

    Example:
        >>> value, slope = minitorch.value_and_grad(np.sin)(0.)
        >>> float(value), float(slope)
        (0.0, 1.0)
    """
    chosen = Chosen(fun, argnum)

    @functools.wraps(fun)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        trace = Trace(Call(chosen, args, kwargs))
        seed = _seed(trace, "value_and_grad")
        return trace.value(), trace.pull([seed])

    return value_and_gradient


def _seed(trace: Trace, what: str) -> Box:
    """The gradient 1 of a result that must be one real number."""
    fun, y = trace.call.chosen.fun, trace.outputs[0]
    if trace.form is not LEAF:
        assert isinstance(trace.form, Container)
        raise TypeError(
            f"{what} differentiates functions that return one real number; {named(fun)} returned a "
            f"{trace.form.kind.__name__}. Use grad_and_aux if the first part is that number, or "
            "make_vjp or jacobian for all parts."
        )
    return _one(trace, y, fun, what)


def _one(trace: Trace, y: Box, fun: Function, what: str) -> Box:
    value = y._value
    if not y.face.rank and all(box.face.rank for box in trace.call.boxes):
        raise TypeError(
            f"{what}: of Tensors, {named(fun)} returned a plain number, which no gradient can be "
            "followed from; return a Tensor (leave out .item() and float())"
        )
    if value.size != 1 or value.dtype.kind == "c":
        hint = "holomorphic_grad, or np.real" if value.size == 1 else "np.sum or np.mean"
        raise TypeError(
            f"{what} differentiates functions that return one real number; {named(fun)} returned "
            f"shape {tuple(value.shape)}, dtype {value.dtype}. Use {hint}, elementwise_grad, "
            "jacobian, or make_vjp for a product with the Jacobian."
        )
    return _ones(y)


def _ones(y: Box) -> Box:
    shape, dtype = y._value.shape, y._value.dtype
    return fresh(y.face, np.ones(shape, dtype)) if shape else number(1, dtype, y.face)


def elementwise_grad(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives the derivative of each element of a real `fun` by its own argument.

    It is the gradient of the sum of all results, of any shape: the sum of each column of the
    Jacobian, and its diagonal where each result depends on one element alone.

    Raises:
        TypeError: a result is complex.

    Example:
        >>> minitorch.elementwise_grad(lambda x: x ** 3)(np.array([1., 2., 3.]))
        array([ 3., 12., 27.])
    """
    chosen = Chosen(fun, argnum)

    @functools.wraps(fun)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        trace = Trace(Call(chosen, args, kwargs))
        for y in trace.outputs:
            if y._value.dtype.kind == "c":
                raise TypeError(
                    f"elementwise_grad differentiates real functions; {named(fun)} returned dtype "
                    f"{y._value.dtype}. Use holomorphic_grad, or take np.real or np.imag of it."
                )
        return trace.pull([_ones(y) for y in trace.outputs])

    return derivative


def holomorphic_grad(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives the complex derivative of an analytic `fun` of complex numbers.

    For arrays it is that of the sum of the results. Of a function that is not analytic it is
    du/dx - i du/dy, with u the real part of the result.

    Example:
        >>> dz = minitorch.holomorphic_grad(lambda z: z ** 2)(1 + 2j)
        >>> complex(dz)
        (2+4j)
    """
    chosen = Chosen(fun, argnum)

    @functools.wraps(fun)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        call = Call(chosen, args, kwargs)
        if not all(box._value.dtype.kind == "c" for box in call.boxes):
            warnings.warn(
                f"holomorphic_grad: an argument of {named(fun)} is real, so that its gradient is "
                "the real part alone; pass complex numbers",
                stacklevel=2,
            )
        trace = Trace(call)
        return trace.pull([_ones(y) for y in trace.outputs], analytic=True)

    return derivative


def grad_and_aux(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives `(gradient, aux)` of a `fun` that returns `(value, aux)`.

    `value` must be a real scalar; `aux`, anything, comes out as it is, without being traced.

    Example:
        >>> def loss(w):
        ...     residual = w - 1.
        ...     return np.sum(residual ** 2), {"residual": residual}
        >>> minitorch.grad_and_aux(loss)(np.array([2., 4.]))
        (array([2., 6.]), {'residual': array([1., 3.])})
    """
    chosen = Chosen(_Paired(fun), argnum)

    @functools.wraps(fun)
    def gradient_and_aux(*args: Any, **kwargs: Any) -> Any:
        trace = Trace(Call(chosen, args, kwargs))
        first, *others = trace.outputs
        seeds: Sequence[Box | None] = [
            _one(trace, first, fun, "grad_and_aux"),
            *[None] * len(others),
        ]
        _, aux = leaving([trace.released(y) for y in trace.outputs], trace.form)
        return trace.pull(seeds), aux

    return gradient_and_aux


class _Paired:
    """A function whose result must be a pair that begins with a number."""

    def __init__(self, fun: Function) -> None:
        functools.update_wrapper(self, fun)
        self.fun = fun

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        pair = self.fun(*args, **kwargs)
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(
                f"grad_and_aux: {named(self.fun)} must return a pair (value, aux), not "
                f"{type(pair).__name__}"
            )
        return pair


def grad_named(fun: Function, argname: str) -> Function:
    """The function that gives the gradient of `fun` by the argument of that name; see `grad`.

    The argument may be keyword-only, or one that `fun` takes by `**kwargs`.

    Raises:
        ValueError: the signature of `fun` has no argument of that name.

    Example:
        >>> def f(x, *, scale=2.):
        ...     return scale ** 2 * x
        >>> float(minitorch.grad_named(f, "scale")(3.))
        12.0
    """
    chosen = Chosen(fun, name=argname)
    parameters = chosen.parameters
    open_ended = parameters is None or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    if not open_ended and argname not in (parameters or ()):
        raise ValueError(
            f"grad_named: {named(fun)} has no argument named {argname!r}; it has "
            f"{', '.join(parameters or ()) or 'none'}"
        )

    @functools.wraps(fun)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        trace = Trace(Call(chosen, args, kwargs))
        return trace.pull([_seed(trace, "grad_named")])

    return gradient


def multigrad_dict(fun: Function) -> Function:
    """The function that gives the gradients of `fun` by all arguments, in a dict by their names.

    Those at their defaults are among them; the gradients of `*args` come as a tuple, those of
    `**kwargs` as a dict, and None of an argument that is no number.

    Example:
        >>> g = minitorch.multigrad_dict(lambda x, y=3.: x * y ** 2)(2.)
        >>> {name: float(part) for name, part in g.items()}
        {'x': 9.0, 'y': 12.0}
    """
    signature = inspect.signature(fun)

    def from_dict(arguments: dict[str, Any]) -> Any:
        return fun(*(bound := inspect.BoundArguments(signature, arguments)).args, **bound.kwargs)

    functools.update_wrapper(from_dict, fun)
    del from_dict.__wrapped__  # type: ignore[attr-defined]
    gradient = grad(from_dict)

    @functools.wraps(fun)
    def gradients(*args: Any, **kwargs: Any) -> dict[str, Any]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return gradient(dict(bound.arguments))

    return gradients
