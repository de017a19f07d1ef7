"""What happens to each name of NumPy when something traced comes in, found by calling it.

The calls are those of `tests/numpy_calls`, which a `Recorder` takes down, and those of `OTHERS`, of
functions that have no derivative. In each, one number or array after the other is traced.
"""

from __future__ import annotations

import functools
import inspect
import re
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from minitorch import make_vjp
from minitorch.engine.box import Box
from minitorch.faces.numpy.operands import is_tracked
from tests.numpy_calls import CASES
from tests.numpy_inputs import P, S, V, X

WRITING = {"copyto", "put", "place", "putmask", "fill_diagonal", "put_along_axis", "at", "shuffle"}
STEP = 1e-6
# results that are told only up to a sign or phase, or that read a triangle of a matrix
GAUGES = {
    np.linalg.eigh, np.linalg.eigvalsh, np.linalg.eig, np.linalg.svd, np.linalg.cholesky,
    np.linalg.pinv, np.linalg.qr,
}  # fmt: skip


class Call(NamedTuple):
    """A call of one of NumPy's functions on plain arrays."""

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}


class Recorder(np.ndarray):
    """An array that takes down the calls of NumPy's functions on it."""

    calls: list[Call] = []

    def __array_function__(self, function, types, args, kwargs):
        return noted(dotted(function), function, args, kwargs)

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        function, name = ufunc, ufunc.__name__
        if method != "__call__":
            function, name = getattr(ufunc, method), f"{name}.{method}"
        if ufunc.nout == 1 and "out" in kwargs:
            (kwargs["out"],) = kwargs["out"]
        return noted(name, function, args, kwargs)


def noted(name, function, args, kwargs):
    call = Call(name, function, plain(args), plain(kwargs))
    settings = plain(kwargs, copy=False)
    y = function(*plain(args, copy=False), **settings)
    Recorder.calls.append(call)
    return kwargs["out"] if y is settings.get("out", call) else rewrapped(y)


def dotted(function):
    home = getattr(function, "__module__", "numpy").removeprefix("numpy").removeprefix(".")
    return f"{home}.{function.__name__}" if home else function.__name__


def plain(value, copy=True):
    """The same with ordinary arrays, of their own, in place of those of a `Recorder`."""
    if isinstance(value, np.ndarray):
        return value.view(np.ndarray).copy("K") if copy else value.view(np.ndarray)
    return mapped(functools.partial(plain, copy=copy), value)


def rewrapped(value):
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return value.view(Recorder)
    return mapped(rewrapped, value)


def mapped(function, value):
    """A function applied to the parts of a container; anything else as it is."""
    if isinstance(value, dict):
        return {key: function(part) for key, part in value.items()}
    if hasattr(value, "_make"):
        return value._make(map(function, value))
    return type(value)(map(function, value)) if type(value) in (tuple, list) else value


@functools.cache
def recorded() -> list[Call]:
    """All calls of `tests/numpy_calls`, and those of `OTHERS`."""
    Recorder.calls.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cases in CASES.values():
            for f, x in cases:
                f(*rewrapped(plain(x if isinstance(x, tuple) else (x,))))
    others = [
        Call(name, named(np, name), args) for name, calls in OTHERS.items() for args in calls
        if named(np, name) is not None
    ]  # fmt: skip
    return [*Recorder.calls, *others]


def named(space: Any, name: str) -> Any:
    """What a namespace has under a name with dots, or None."""
    for part in name.split("."):
        space = getattr(space, part, None)
    return space


# one argument traced


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all numbers and arrays of numbers in a container."""
    if isinstance(value, (tuple, list, dict)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))
    elif np.asarray(value).dtype.kind in "fciu" and np.size(value):
        yield path


def part_at(value: Any, path: tuple[Any, ...]) -> Any:
    return functools.reduce(lambda inside, key: inside[key], path, value)


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The container with another value at a place."""
    if not path:
        return new
    if isinstance(value, dict):
        return {**value, path[0]: replaced(value[path[0]], path[1:], new)}
    parts = list(value)
    parts[path[0]] = replaced(parts[path[0]], path[1:], new)
    return parts if isinstance(value, list) else tuple(parts)


def parts(y: Any) -> list[Any]:
    """The numbers and arrays of numbers in what a function gave."""
    if isinstance(y, dict):
        y = list(y.values())
    if isinstance(y, (tuple, list)):
        return [part for element in y for part in parts(element)]
    return [y] if array(y).dtype.kind in "fciub" else []


def array(y: Any) -> np.ndarray:
    return y._value if isinstance(y, Box) else np.asarray(y)


def result(call: Call, path: tuple[Any, ...], x: Any) -> list[Any]:
    """The results of a call with another value at one place."""
    args, kwargs = replaced(plain((call.args, call.kwargs)), path, x)
    if call.name.startswith("random."):
        np.random.seed(0)  # noqa: NPY002
    y = call.function(*args, **kwargs)
    writes = call.name.rpartition(".")[2] in WRITING
    return parts(args[0] if writes else y)


class Found(NamedTuple):
    """What came of a call with one argument traced."""

    state: str  # "differentiable", "flat", "constant", "refused", "silent" or "wrong"
    why: str = ""


def traced(call: Call, path: tuple[Any, ...], as_list: bool = False) -> Found | None:
    """Call with the value at a place traced; None where NumPy itself takes no float there."""
    x = np.asarray(part_at((call.args, call.kwargs), path))
    x = (x.astype(float) if x.dtype.kind in "iu" else x) + 0.0
    rng = np.random.default_rng(0)

    def like(a):
        draw = rng.normal(size=a.shape)
        draw = draw + 1j * rng.normal(size=a.shape) if a.dtype.kind == "c" else draw
        return draw.astype(a.dtype)

    seen: list[Any] = []

    def function(t):
        seen[:] = result(call, path, list(t) if as_list else t)
        smooth = [y for y in seen if is_tracked(y) and array(y).dtype.kind in "fc"]
        return [*smooth, np.sum(t * 0)]

    try:
        shapes = [array(y).shape for y in result(call, path, x.copy())]
    except Exception:
        return None
    try:
        vjp, values = make_vjp(function)(x)
        weights = [like(array(y)) for y in values[:-1]]
        g = vjp([*weights, np.zeros((), x.dtype)])
    except Exception as error:
        return Found("refused", f"{type(error).__name__}: {error}")
    v, eps = like(x), STEP if x.dtype.itemsize >= 8 else 1e-3
    try:
        sides = [[array(y) * 1.0 for y in result(call, path, x + d * v)] for d in (eps, -eps)]
    except Exception:
        return None
    if any([y.shape for y in ys] != shapes for ys in sides):  # as that of `unique`, where it jumps
        return None
    forms = [array(y).shape for y in seen]
    if forms != shapes:  # as where a list of rows is not the array of them
        return None if as_list else Found("wrong", f"shapes {forms} for {shapes}")
    slopes = [(up - down) / (2 * eps) for up, down in zip(*sides, strict=True)]
    tracked = []
    for y, slope in zip(seen, slopes, strict=True):
        if is_tracked(y) and array(y).dtype.kind in "fc":
            tracked.append(slope)
        elif np.any((np.abs(slope) > 1e-8) & (np.abs(slope) < 1e3)):  # it moves, and does not jump
            return Found("silent", f"its slope is {slope}")
    if not tracked:
        return Found("constant")
    expected = sum(np.sum(w * slope).real for w, slope in zip(weights, tracked, strict=True))
    given = np.sum(g * v).real
    near = np.isclose(given, expected, rtol=1e-5, atol=1e-5) or np.isnan(expected)
    loose = x.dtype.itemsize < 8 or call.function in GAUGES
    if not any(map(np.any, slopes)) and not np.any(g):
        return Found("flat")
    return Found("differentiable" if near or loose else "wrong", f"{given} for {expected}")


def by_keyword(call: Call) -> Call | None:
    """The same call with all the arguments by keyword that may be."""
    try:
        signature = inspect.signature(call.function)
        bound = signature.bind(*call.args, **call.kwargs)
    except (TypeError, ValueError):
        return None
    args, kwargs = [], {}
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            return None
        if kind is inspect.Parameter.POSITIONAL_ONLY:
            args.append(value)
        elif kind is inspect.Parameter.VAR_KEYWORD:
            kwargs.update(value)
        else:
            kwargs[name] = value
    return call._replace(args=tuple(args), kwargs=kwargs)


def through(call: Call, space: Any) -> Call:
    """The same call of the function that another namespace has under the name."""
    ours = named(space, call.name)
    return call if ours is None else call._replace(function=ours)


def argument(call: Call, path: tuple[Any, ...]) -> str:
    """The name of the argument that a way leads to."""
    if path[0] == 1:
        return str(path[1])
    if isinstance(getattr(call.function, "__self__", call.function), np.ufunc):
        return f"x{path[1] + 1}"
    try:
        names = list(inspect.signature(call.function).parameters.values())
    except (TypeError, ValueError):
        return f"x{path[1] + 1}"
    several = [p.name for p in names if p.kind is p.VAR_POSITIONAL]
    return several[0] if several else names[path[1]].name


# the names


def public() -> dict[str, Any]:
    """All public names of NumPy, with their namespaces."""
    found = {name: getattr(np, name) for name in sorted(np.__all__)}
    for home in ("linalg", "fft", "random"):
        module = getattr(np, home)
        found.update({f"{home}.{name}": getattr(module, name) for name in sorted(module.__all__)})
    return found


def kind(value: Any) -> str:
    """What a name stands for, if that is no function."""
    if isinstance(value, type):
        return "a type"
    if isinstance(value, types.ModuleType):
        return "a module"
    return "" if callable(value) else "a value"


@functools.cache
def found() -> dict[Any, list[tuple[str, Found]]]:
    """For each function, and each argument of it: what came of tracing it."""
    import minitorch.numpy as mnp

    table: dict[Any, list[tuple[str, Found]]] = {}
    for call in recorded():
        for path in places((call.args, call.kwargs)):
            what = traced(through(call, mnp), path)
            if what is not None:
                table.setdefault(call.function, []).append((argument(call, path), what))
    return table


def state(value: Any) -> str:
    """One phrase on a name of NumPy."""
    if kind(value):
        return kind(value)
    outcomes = found().get(value, [])
    by_state: dict[str, list[str]] = {}
    for name, what in outcomes:
        names = by_state.setdefault(what.state, [])
        if name not in names:
            names.append(name)
    if "differentiable" in by_state:
        return "differentiable in " + ", ".join(f"`{x}`" for x in by_state["differentiable"])
    if "flat" in by_state or "constant" in by_state:
        return "constant"
    if outcomes:
        return "refused: " + reason(outcomes[0][1].why)
    return "takes nothing to differentiate"


def reason(message: str) -> str:
    """The beginning of an error's message, without what differs from call to call."""
    text = re.sub(r"^\w+: (np\.[\w.]+( of)? )?", "", message)
    if "minitorch has no derivative" in text:
        return "it has no derivative"
    if "would drop it from the graph" in text:
        return "it takes plain numbers alone"
    return re.split(r"[.:;](\s|$)|,? but ", text)[0]


# functions that have no derivative, or are called on what is no array

T = 2.3  # a number in the middle of nowhere
I = np.array([5, 2, 7])  # noqa: E741
DRAWS = {
    "normal": (T, 1.0), "uniform": (0.0, T), "gamma": (T, 1.0), "beta": (T, T),
    "binomial": (5, 0.3), "chisquare": (T,), "choice": (V, 2), "dirichlet": (P[0],),
    "exponential": (T,), "f": (T, T), "geometric": (0.4,), "gumbel": (T, T),
    "hypergeometric": (5.0, 5.0, 5), "laplace": (T, T), "logistic": (T, T), "lognormal": (T, T),
    "logseries": (0.3,), "multinomial": (5, P[0] / 3), "multivariate_normal": (V[:2], S @ S.T),
    "negative_binomial": (5, 0.4), "noncentral_chisquare": (T, T), "noncentral_f": (T, T, T),
    "pareto": (T,), "permutation": (V,), "poisson": (T,), "power": (T,), "rayleigh": (T,),
    "shuffle": (V,), "standard_gamma": (T,), "standard_t": (T,), "triangular": (0.0, T, 5.0),
    "vonmises": (T, T), "wald": (T, T), "weibull": (T,), "zipf": (T,),
}  # fmt: skip
OTHERS: dict[str, list[tuple[Any, ...]]] = {
    **{f"random.{name}": [args] for name, args in DRAWS.items()},
    **{name: [(V,)] for name in (
        "argwhere", "flatnonzero", "nonzero", "iscomplex", "iscomplexobj", "isreal", "isrealobj",
        "isneginf", "isposinf", "min_scalar_type", "array_repr", "array_str", "array2string",
        "iterable", "isfortran", "array", "asarray", "asanyarray", "asarray_chkfinite",
        "ascontiguousarray", "asfortranarray", "frombuffer", "asmatrix", "argsort")},
    **{name: [(S,)] for name in ("diag_indices_from", "tril_indices_from", "triu_indices_from")},
    **{name: [(V, V)] for name in (
        "allclose", "isclose", "array_equal", "array_equiv", "common_type", "result_type", "isin",
        "may_share_memory", "shares_memory")},
    **{name: [(T,)] for name in (
        "arange", "isscalar", "format_float_positional", "format_float_scientific", "bartlett",
        "blackman", "hamming", "hanning")},
    "argpartition": [(V, 1)], "digitize": [(V, np.array([-1.0, 0, 1]))],
    "searchsorted": [(np.sort(V), 0.3)], "lexsort": [(X,), ((V, V),)], "can_cast": [(V, "f4")],
    "array": [([T, 1.0],), ([V, V],), (X,)], "full": [(3, T), ((2, 4), V)],
    "require": [(X, None, ["C"])], "fromiter": [(V, float)], "kaiser": [(5, T)],
    "poly": [(V,)], "roots": [(V,)], "trim_zeros": [(V,)],
    "bmat": [([[X, X]],)],
    "row_stack": [((X, X),)], "einsum_path": [("ij,ij", X, X)], "fft.fftfreq": [(5, T)],
    "fft.rfftfreq": [(5, T)], "broadcast": [(X, X)], "ndenumerate": [(X,)], "nditer": [(X,)],
    "poly1d": [(V,)], "matrix": [(X,)], "float64": [(T,), (V,)], "float32": [(T,)],
    "int64": [(T,)], "emath.sqrt": [(V,)], "emath.power": [(V, 2.0)], "ma.array": [(V,)],
    "ma.sum": [(V,)], "ma.exp": [(V,)], "polynomial.Polynomial": [(V,)],
    "polynomial.polynomial.polyval": [(T, V), (V, V)], "polynomial.chebyshev.chebval": [(T, V)],
    "polynomial.polynomial.polyfit": [(V, V, 1)], "polynomial.polynomial.polymul": [(V, V)],
    "lib.stride_tricks.sliding_window_view": [(V, 2)], "gcd": [(I, I)], "lcm": [(I, I)],
    "testing.assert_allclose": [(V, V)], "rec.array": [(V,)], "unravel_index": [(I, (9, 9))],
}  # fmt: skip
