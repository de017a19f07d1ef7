"""Checking derivatives against finite differences, in both modes and to any order.

    check_grads(f, modes=["fwd", "rev"], order=2)(x)

Values are moved along a random direction, so that two runs of `f` check the whole derivative; only
where that fails is it searched for the element that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any

import numpy as np

from minitorch.core import make_jvp, make_vjp
from minitorch.differential.containers import flatten
from minitorch.engine.box import unboxed
from minitorch.extend import VSpace, vspace
from minitorch.util import subvals
from minitorch.wrap_util import get_name

Function = Callable[..., Any]
Labels = list[str]
TOLERANCE = 1e-6
MODES = {"fwd": "forward mode", "rev": "reverse mode"}
SEARCHED = 1000  # elements that are looked at one by one for the wrong one


def check_grads(
    fun: Function,
    argnum: int | Sequence[int] = 0,
    modes: Sequence[str] = ("fwd", "rev"),
    order: int = 2,
) -> Function:
    """A function that checks the derivatives of `fun` at the arguments that it is called with.

    Args:
        fun: a function of numbers, arrays and containers of them, complex ones too.
        argnum: the argument to differentiate by, or several.
        modes: "fwd", "rev" or both; of higher orders every mixture of them is checked.
        order: the highest order that is checked.

    Raises:
        AssertionError: a derivative differs from the finite difference by more than 1e-6 of its
            size (more in float32); the message names mode, order, argument, index and both values.

    Example:
        >>> from minitorch.test_util import check_grads
        >>> check_grads(lambda x: np.tanh(x) * x, order=3)(np.array([0.3, -1.]))
    """
    for mode in modes:
        if mode not in MODES:
            raise ValueError(f'check_grads: the modes are "fwd" and "rev", not {mode!r}')
    numbers = tuple(argnum) if isinstance(argnum, (tuple, list)) else (argnum,)

    def check(*args: Any, **kwargs: Any) -> None:
        def moved(parts: Any) -> Any:
            return fun(*subvals(args, zip(numbers, parts, strict=True)), **kwargs)

        x = tuple(args[i] for i in numbers)
        labels = [label for i, part in zip(numbers, x) for label in _labels(f"argument {i}", part)]
        _check(moved, x, labels, modes, order, get_name(fun))

    return check


def check_vjp(f: Function, x: Any) -> None:
    """Check the reverse derivative of a function of one argument at `x`."""
    _check_vjp(f, _floating(x), _labels("argument 0", x), get_name(f))


def check_jvp(f: Function, x: Any) -> None:
    """Check the forward derivative of a function of one argument at `x`."""
    _check_jvp(f, _floating(x), _labels("argument 0", x), get_name(f))


def check_equivalent(x: Any, y: Any) -> None:
    """Check that two values have the same form, shapes, dtypes and, up to 1e-6, numbers.

    Example:
        >>> from minitorch.test_util import check_equivalent
        >>> check_equivalent({"a": np.ones(2)}, {"a": np.ones(2) + 1e-9})
    """
    spaces = vspace(x), vspace(y)
    assert spaces[0] == spaces[1], f"the values are of different spaces: {spaces[0]}, {spaces[1]}"
    pairs = zip(_leaves(x), _leaves(y), strict=True)
    for label, (a, b) in zip(_labels("the value", x), pairs, strict=True):
        far = _farthest(a, b, TOLERANCE * (1 + np.abs(b)))
        assert far is None, f"{label}{_index(far)}: {a[far]} is not {b[far]}"


def combo_check(fun: Function, *args: Any, **kwargs: Any) -> Function:
    """`check_grads(fun, *args, **kwargs)` at all combinations of the arguments in given lists.

    Example:
        >>> from minitorch.test_util import combo_check
        >>> combo_check(np.sum, order=1)([np.ones(3), np.ones((2, 2))], axis=[None, 0])
    """
    check = check_grads(fun, *args, **kwargs)

    def combinations(*choices: Iterable[Any], **settings: Iterable[Any]) -> None:
        named = [[(name, value) for value in values] for name, values in settings.items()]
        for values in product(*choices):
            for pairs in product(*named):
                check(*values, **dict(pairs))

    return combinations


def scalar_close(a: Any, b: Any) -> bool:
    """Whether two numbers are alike: up to 1e-6, or 1e-6 of their sum."""
    return bool(abs(a - b) < TOLERANCE or abs(a - b) < TOLERANCE * abs(a + b))


def make_numerical_jvp(f: Function, x: Any) -> Function:
    """The function from a direction to the derivative of `f` at `x` along it, by differences.

    Example:
        >>> from minitorch.test_util import make_numerical_jvp
        >>> float(make_numerical_jvp(np.square, 3.)(1.).round(6))
        6.0
    """
    space, out = vspace(x), vspace(f(x))
    step = _step(x)

    def jvp(v: Any) -> Any:
        up = f(space.add(x, space.scalar_mul(v, step)))
        down = f(space.add(x, space.scalar_mul(v, -step)))
        return out.scalar_mul(out.add(up, out.scalar_mul(down, -1.0)), 0.5 / step)

    return jvp


# the checks


def _check(
    f: Function, x: Any, labels: Labels, modes: Sequence[str], order: int, name: str, path: str = ""
) -> None:
    """Check each mode, and the derivatives that they give in the same way."""
    x = _floating(x)
    for mode in modes:
        if mode == "fwd":
            _check_jvp(f, x, labels, name, path)
        else:
            _check_vjp(f, x, labels, name, path)
        if order > 1:
            v = (vspace(x) if mode == "fwd" else vspace(f(x))).randn()
            what = "the tangent" if mode == "fwd" else "the incoming gradient"
            derivative = _jvp_of(f) if mode == "fwd" else _vjp_of(f)
            deeper = f"{path} of the derivative in {MODES[mode]}"
            both = [*labels, *_labels(what, v)]
            _check(derivative, (x, v), both, modes, order - 1, name, deeper)


def _jvp_of(f: Function) -> Function:
    return lambda pair: make_jvp(f, pair[0])(pair[1])[1]


def _vjp_of(f: Function) -> Function:
    return lambda pair: make_vjp(f, pair[0])[0](pair[1])


def _check_jvp(f: Function, x: Any, labels: Labels, name: str, path: str = "") -> None:
    v, numerical = vspace(x).randn(), make_numerical_jvp(f, x)
    value, tangent = make_jvp(f, x)(v)
    expected = numerical(v)
    where = _where(name, "forward mode", path)
    assert vspace(tangent) == vspace(value), (
        f"{where}: the tangent is of {vspace(tangent)}, the value of {vspace(value)}"
    )
    for label, got, wanted, y in zip(
        _labels("the result", value), *map(_leaves, (tangent, expected, value)), strict=True
    ):
        limit = _limit(x, value, np.abs(wanted), np.abs(y))
        far = _farthest(got, wanted, limit)
        if far is not None:
            source = _wrong_input(f, x, labels)
            raise AssertionError(
                f"{where}: in {label}{_index(far)} it gives {got[far]}, finite differences "
                f"{wanted[far]}, along a random direction{source}"
            )


def _wrong_input(f: Function, x: Any, labels: Labels) -> str:
    """By which single element the forward derivative is wrong."""
    jvp, numerical = make_jvp(f, x), make_numerical_jvp(f, x)
    for label, at, e in _directions(x, labels):
        value, tangent = jvp(e)
        leaves = map(_leaves, (tangent, numerical(e), value))
        for got, wanted, y in zip(*leaves, strict=True):
            far = _farthest(got, wanted, _limit(x, value, np.abs(wanted), np.abs(y)))
            if far is not None:
                return (
                    f"; by {label}{_index(at)} alone it gives {got[far]} in place of {wanted[far]}"
                )
    return ""


def _check_vjp(f: Function, x: Any, labels: Labels, name: str, path: str = "") -> None:
    vjp, y = make_vjp(f, x)
    space, out = vspace(x), vspace(y)
    w, v = out.randn(), space.randn()
    grad = space.covector(vjp(out.covector(w)))
    where = _where(name, "reverse mode", path)
    assert vspace(grad) == space, (
        f"{where}: the gradient is of {vspace(grad)}, the argument of {space}"
    )
    numerical = make_numerical_jvp(f, x)

    def compared(v: Any) -> tuple[Any, Any, bool]:
        """Both derivatives of <w, f> along v, and whether they agree."""
        moved = numerical(v)
        got, wanted = space.inner_prod(grad, v), out.inner_prod(w, moved)
        triples = list(zip(*map(_leaves, (w, moved, y)), strict=True))
        size = sum(np.sum(np.abs(a * b)) for a, b, _ in triples)
        rough = sum(np.sum(np.abs(a * c)) for a, _, c in triples)
        return got, wanted, bool(abs(got - wanted) <= _limit(x, y, size, rough))

    got, wanted, fine = compared(v)
    if fine:
        return
    for label, at, e in _directions(x, labels):
        one, its, fine = compared(e)
        if not fine:
            raise AssertionError(
                f"{where}: by {label}{_index(at)} it gives {one}, finite differences {its} (for a "
                "random gradient of the result)"
            )
    raise AssertionError(
        f"{where}: along a random direction it gives {got}, finite differences {wanted}"
    )


# how far is too far


def _eps(*values: Any) -> float:
    """The relative spacing of the coarsest floating-point dtype in some values."""
    kinds = [leaf.dtype for value in values for leaf in _leaves(value) if leaf.dtype.kind in "fc"]
    return max((float(np.finfo(kind).eps) for kind in kinds), default=float(np.finfo(float).eps))


def _step(x: Any) -> float:
    """Where the rounding and the curvature error of a central difference are alike."""
    return _eps(x) ** (1 / 3)


def _limit(x: Any, y: Any, size: Any, value: Any) -> Any:
    """The difference that may be: a part of the derivative's size, and the rounding of values."""
    eps = _eps(x, y)
    return max(TOLERANCE, 40 * eps ** (2 / 3)) * (1 + size) + 4 * eps * value / _step(x)


def _farthest(got: np.ndarray, wanted: np.ndarray, limit: Any) -> tuple[int, ...] | None:
    """The index of the element that is farthest beyond the limit, if one is."""
    far = np.abs(got - wanted) - limit
    far = np.where(np.isnan(far), np.where(np.isnan(got) & np.isnan(wanted), -1.0, np.inf), far)
    if not far.size or far.max() <= 0:
        return None
    return tuple(int(i) for i in np.unravel_index(far.argmax(), far.shape))


# containers, and how their parts are called


def _leaves(value: Any) -> list[np.ndarray]:
    return [np.asarray(unboxed(leaf)) for leaf in flatten(value)[0]]


def _floating(x: Any) -> Any:
    """The same with integers in float64, as they are differentiated by."""
    leaves, form = flatten(x)
    arrays = [np.asarray(leaf) for leaf in leaves]
    return form.build(
        leaf if array.dtype.kind in "fc" else array.astype(np.float64)
        for leaf, array in zip(leaves, arrays, strict=True)
    )


def _labels(what: str, value: Any) -> Labels:
    """What the leaves of a value are called."""
    count = len(flatten(value)[0])
    return [what] if count == 1 else [f"{what}, part {k}" for k in range(count)]


def _directions(x: Any, labels: Labels) -> Iterable[tuple[str, tuple[int, ...], Any]]:
    """The unit vectors of a space, with what each moves."""
    space: VSpace = vspace(x)
    places = [
        (label, at)
        for label, leaf in zip(labels, _leaves(x), strict=True)
        for at in np.ndindex(leaf.shape)
        for _ in range(2 if leaf.dtype.kind == "c" else 1)
    ]
    for (label, at), e in zip(places[:SEARCHED], space.standard_basis()):
        yield label, at, e


def _where(name: str, mode: str, path: str) -> str:
    order = 1 + path.count(" of ")
    return f"the derivative of {name} is wrong in {mode} (order {order}{path})"


def _index(at: tuple[int, ...] | None) -> str:
    return f"[{', '.join(map(str, at))}]" if at else ""
