"""`scipy.special`, whose functions take boxes.

SciPy's ufuncs stand here as they are: they hand boxes to the functions of the table `ufuncs` below,
which NumPy's protocol finds, also from a plain `scipy.special.erf(x)`. Where no closed form of a
derivative exists (gammainc in a, jv in v), asking for it is an error.

Example:
    >>> from scipy.special import erf
    >>> float(minitorch.grad(erf)(0.))
    1.1283791670955126
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special as _theirs

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.faces import protocols
from minitorch.faces.numpy.operands import WIDE, axis_tuple, constant, joined
from minitorch.faces.operands import to_dtype
from minitorch.ops import reduce
from minitorch.ops.elementwise import softplus as _softplus
from minitorch.scipy.namespace import completed, differentiable, guarded
from minitorch.scipy.ops import special as ops

Function = Callable[..., Any]
SINGLE = np.dtype(np.float32)


def operands(*values: Any) -> list[Box]:
    """The operands as boxes of one face and of one floating-point dtype.

    Integers become float64 and float16 float32, as SciPy has no loops for these; those of the
    Tensor face become what PyTorch makes of them.
    """
    boxes = joined(*values, floats=WIDE)
    half = not boxes[0].face.rank and boxes[0]._value.dtype == np.float16
    return [to_dtype(x, SINGLE) for x in boxes] if half else boxes


def _ufunc(op: Primitive) -> Function:
    def function(*values: Any) -> Any:
        boxes = operands(*values)
        return op.unary(*boxes) if len(boxes) == 1 else op(*boxes)

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = f"`scipy.special.{op.name}`: {op.doc}."
    return function


def _table() -> dict[np.ufunc, Function]:
    """For each ufunc of SciPy: its primitive, NumPy's function of that name, or a refusal."""
    table: dict[np.ufunc, Function] = {}
    for name in _theirs.__all__:
        ufunc = getattr(_theirs, name)
        if not isinstance(ufunc, np.ufunc):
            continue
        op = getattr(ops, ufunc.__name__, None)  # whose own name is jv for jn, psi for digamma
        numpys = protocols.ufuncs.get(getattr(np, name, None))  # type: ignore[arg-type]
        if isinstance(op, Primitive) and not op.ufunc:
            table[ufunc] = _ufunc(op)
        else:
            table[ufunc] = numpys or guarded(ufunc, f"special.{name}")
    return table


ufuncs = {**_table(), _theirs.round: protocols.ufuncs[np.rint]}

# what SciPy writes in Python


@differentiable(_theirs.polygamma)
def polygamma(n: Any, x: Any) -> Any:
    """`scipy.special.polygamma`: the n-th derivative of the digamma function."""
    return ops.polygamma.apply(tuple(operands(n, x)), ())


@differentiable(_theirs.zeta)
def zeta(x: Any, q: Any = None, out: None = None) -> Any:
    """`scipy.special.zeta`: the sum of (k + q) ** -x; it has a derivative in q."""
    if out is not None:
        raise TypeError("special.zeta of a box takes no out=")
    return ops.zeta.apply(tuple(operands(x, 1.0 if q is None else q)), ())


@differentiable(_theirs.multigammaln)
def multigammaln(a: Any, d: int) -> Any:
    """`scipy.special.multigammaln`: the logarithm of the multivariate gamma function."""
    (a,) = operands(a)
    d = int(constant(d, "special.multigammaln: d"))
    if (a._value <= 0.5 * (d - 1)).any():
        raise ValueError(f"condition a > 0.5 * (d - 1) not met: d is {d}, a {a._value}")
    halves = 0.5 * np.arange(d, dtype=a._value.dtype)
    terms = ops.gammaln(np.expand_dims(a, -1) - halves)  # type: ignore[call-overload]
    return np.sum(terms, -1) + 0.25 * d * (d - 1) * math.log(math.pi)


@differentiable(_theirs.logsumexp)
def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """`scipy.special.logsumexp`: log(sum(b * exp(a))), without overflow; elements with b = 0 do
    not count.

    Returns:
        The logarithm of the sum; with `return_sign` that of its absolute value, and its sign.

    Example:
        >>> from minitorch.scipy.special import logsumexp
        >>> minitorch.grad(logsumexp)(np.array([0., 0., 1000.]))
        array([0., 0., 1.])
    """
    if b is None:
        (a,) = operands(a)
        y = reduce.logsumexp.unary(a, _axes(axis, a), bool(keepdims))
        return (y, np.ones(y._value.shape, y._value.dtype)) if return_sign else y
    a, b = operands(a, b)
    idle = b == 0
    a = np.where(idle, -np.inf, a)
    top = np.max(a.detach(), axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    total = np.sum(b * np.exp(np.where(idle, 0.0, a - top)), axis, keepdims=True)
    y = np.log(np.abs(total) if return_sign else total) + top
    y, sign = (x if keepdims else np.squeeze(x, axis) for x in (y, np.sign(total)))
    return (y, sign) if return_sign else y


def _axes(axis: Any, x: Box) -> tuple[int, ...] | None:
    return None if axis is None else axis_tuple(axis, x._value.ndim)


@differentiable(_theirs.log_softmax)
def log_softmax(x: Any, axis: Any = None) -> Any:
    """`scipy.special.log_softmax`: log(softmax(x)), without underflow."""
    (x,) = operands(x)
    axes = _axes(axis, x)
    if axes is not None and len(axes) == 1:
        return reduce.log_softmax.unary(x, axes[0])
    return x - reduce.logsumexp.unary(x, axes, True)


@differentiable(_theirs.softmax)
def softmax(x: Any, axis: Any = None) -> Any:
    """`scipy.special.softmax`: exp(x), divided by its sum along axes."""
    (x,) = operands(x)
    axes = _axes(axis, x)
    if axes is not None and len(axes) == 1:
        return reduce.softmax.unary(x, axes[0])
    return np.exp(x - reduce.logsumexp.unary(x, axes, True))


def softplus(x: Any, **settings: Any) -> Any:
    """`scipy.special.softplus` (from SciPy 1.15 on): log(1 + exp(x)), without overflow."""
    if isinstance(x, Box) and not settings:
        return _softplus.unary(*operands(x))
    return _theirs.softplus(x, **settings)


sinc = np.sinc
__getattr__, __dir__ = completed(_theirs, globals())
