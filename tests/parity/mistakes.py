"""Calls with one argument spoiled, made from the calls that are compared anyway.

Each call of `tests/parity/calls` is run once, and the calls of `torch.*` functions in it are taken
down. Of each of these, every argument in turn is replaced by what a user might give by mistake, or
by what is legal and rare: an empty tensor, another dtype, a dimension that is not there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from operator import attrgetter
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from tests.parity.compare import ERRORS, INPUTS, array_of, made, parameters, same_error, unlike

NAMESPACES = ("linalg", "fft", "special", "nn", "functional")
# Functions whose values are not determined: of memory as it was found, singular vectors up to sign.
UNDETERMINED = frozenset(
    "empty empty_like empty_permuted empty_strided new_empty new_empty_strided resize resize_as "
    "svd pca_lowrank svd_lowrank eig eigh qr to_dlpack".split()
)
# Functions that also give places, which are not determined among equals.
PLACES = frozenset("topk kthvalue mode median nanmedian sort argsort cummax cummin".split())
# What PyTorch says where it does not look at an argument and fails over it later, or where it
# lacks the code for a dtype: ours may say so better, or give the answer.
ACCIDENTS = (
    "not implemented for",
    "not supported for",
    "does not support",
    "INTERNAL ASSERT",
    "Could this error message be improved",
    "Dimension specified as",
    "values to unpack",
    "setStorage",
    "view size is not compatible",
    "numel: integer multiplication overflow",
    "value cannot be converted to type float without overflow",
    "Found dtype",
    "MKL FFT error",
    "Expected reduction dim to be specified",
)

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


class Recorded(NamedTuple):
    """A call of one function, its tensors as arrays."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Array(NamedTuple):
    """A tensor in a recorded call."""

    value: np.ndarray
    requires_grad: bool = False


class Named(NamedTuple):
    """A dtype in a recorded call."""

    name: str


class Recorder:
    """Looks like PyTorch's module, and takes down the calls of its functions."""

    def __init__(self, torch: Any, calls: list[Recorded], prefix: str = "") -> None:
        self._torch, self._calls, self._prefix = torch, calls, prefix

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._torch, name)
        if isinstance(value, ModuleType) and name in NAMESPACES:
            return Recorder(value, self._calls, f"{self._prefix}{name}.")
        if isinstance(value, type) or not callable(value):
            return value

        def noted(*args: Any, **kwargs: Any) -> Any:
            self._calls.append(Recorded(self._prefix + name, *_mapped(_plain, (args, kwargs))))
            return value(*args, **kwargs)

        return noted


def _mapped(f: Callable[[Any], Any], x: Any) -> Any:
    if isinstance(x, (Array, Named)):
        return f(x)
    if isinstance(x, (tuple, list)) and not hasattr(x, "_fields"):
        return type(x)(_mapped(f, part) for part in x)
    if isinstance(x, dict):
        return {key: _mapped(f, value) for key, value in x.items()}
    return f(x)


def _plain(x: Any) -> Any:
    if hasattr(x, "requires_grad"):
        return Array(array_of(x).copy())
    return Named(str(x).removeprefix("torch.")) if type(x).__name__ == "dtype" else x


def recorded(torch: Any, calls: list[Any]) -> Iterator[Recorded]:
    """The calls of `torch.*` in the compared calls that succeed, each once."""
    seen = set()
    for call in calls:
        found: list[Recorded] = []
        inputs = [made(torch, np.asarray(INPUTS[name])).detach() for name in parameters(call)]
        try:
            call(Recorder(torch, found), *inputs)
        except Exception:
            continue
        for one in found:
            key = repr(one)
            if key not in seen and _simple((one.args, one.kwargs)):
                seen.add(key)
                yield one


def of_methods(torch: Any, call: Recorded) -> Iterator[Recorded]:
    """The calls of methods that say the same as a call of a function."""
    if "." not in call.name and call.args and isinstance(call.args[0], Array):
        for name in (call.name, call.name + "_"):
            if hasattr(torch.Tensor, name) and "out" not in call.kwargs:
                yield call._replace(name=f"Tensor.{name}")


def _simple(x: Any) -> bool:
    """Whether a call is made of tensors, numbers, strings and containers of them."""
    if isinstance(x, (tuple, list)) and not isinstance(x, (Array, Named)):
        return all(map(_simple, x))
    if isinstance(x, dict):
        return all(map(_simple, x.values()))
    return x is None or isinstance(x, (Array, Named, bool, int, float, complex, str))


def spoiled(call: Recorded) -> Iterator[tuple[str, Recorded]]:
    """The call with one argument after the other replaced, and what it was replaced by."""
    first = call.name.startswith("Tensor.")  # whose tensor is no argument
    for place in [*range(first, len(call.args)), *call.kwargs]:
        value = call.kwargs[place] if isinstance(place, str) else call.args[place]
        for what, other in replacements(value):
            if isinstance(place, str):
                yield f"{place}={what}", call._replace(kwargs={**call.kwargs, place: other})
            else:
                args = (*call.args[:place], other, *call.args[place + 1 :])
                yield f"[{place}]={what}", call._replace(args=args)


def replacements(value: Any) -> Iterator[tuple[str, Any]]:
    """What a value is replaced by."""
    if isinstance(value, Array):
        yield from ((what, Array(a)) for what, a in arrays(value.value))
        yield from (("no tensor", None), ("'x'", "x"), ("1.5", 1.5))
    elif isinstance(value, Named):
        yield from (("'float32'", "float32"), ("3", 3), ("int32", Named("int32")))
    elif isinstance(value, bool):
        yield from (("None", None), ("'x'", "x"))
    elif isinstance(value, int):
        for other in (99, -99, -1, 0, 1.5, None, "x", 2**70, True):
            yield repr(other), other
    elif isinstance(value, (float, complex)):
        for other in (float("nan"), float("inf"), -1.5, 3, "x", None):
            yield repr(other), other
    elif isinstance(value, str):
        yield from (("'nonsense'", "nonsense"), ("3", 3))
    elif isinstance(value, (tuple, list)) and value:
        kind = type(value)
        yield "empty", kind()
        yield "None", None
        for what, other in replacements(value[0]):
            yield f"first {what}", kind((other, *value[1:]))
        yield "one more", kind((*value, value[-1]))


def arrays(a: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Arrays for one array."""
    yield "0-d", np.asarray(a.reshape(-1)[:1].sum(dtype=a.dtype))
    yield "empty", a[:0] if a.ndim else np.zeros(0, a.dtype)
    yield "one row more", np.concatenate([a, a[:1]]) if a.ndim else np.repeat(a, 2)
    yield "one dimension more", a[None]
    yield "transposed", np.ascontiguousarray(a.T).T
    yield "strided", np.repeat(a[..., None], 2, -1)[..., 0]
    for kind in ("bool", "u1", "i4", "i8", "f2", "f4", "f8", "c16"):
        if np.dtype(kind) != a.dtype:
            yield kind, a.astype(kind)
    if a.dtype.kind == "f" and a.size:
        for odd in (np.nan, np.inf):
            b = a.copy()
            b.flat[-1] = odd
            yield str(odd), b
    if a.dtype.kind == "i" and a.size:
        yield "out of range", np.asarray(a + 99)
        yield "negative", np.asarray(a - 99)


def run(torch: Any, call: Recorded) -> tuple[Any, Exception | None]:
    """What a call gives: a result, or an error."""

    def tensor(x: Any) -> Any:
        if isinstance(x, Array):  # memory of its own, which `out=` may resize
            return torch.from_numpy(x.value.copy(order="K")).clone()
        return getattr(torch, x.name) if isinstance(x, Named) else x

    args, kwargs = _mapped(tensor, (call.args, call.kwargs))
    torch.manual_seed(0)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return attrgetter(call.name)(torch)(*args, **kwargs), None
        except Exception as error:
            return None, error


class Facts:
    """What `unlike` must know of a call: the dtypes it computes in."""

    def __init__(self, call: Recorded) -> None:
        self.dtypes: set[str] = set()

        def note(x: Any) -> None:
            if isinstance(x, Array) and x.value.dtype.kind in "fc":
                self.dtypes.add(f"torch.{x.value.dtype}")

        _mapped(note, (call.args, call.kwargs))

    def shared(self, tensor: Any) -> dict[str, Any]:
        return {}


def verdict(ours: Any, theirs: Any, call: Recorded, what: str = "") -> str | None:
    """In what the two differ: "value", "error", "refused" (ours alone), "accepted" (ours alone)."""
    expected, expected_error = run(theirs, call)
    result, error = run(ours, call)
    if error is None and expected_error is None:
        name = call.name.split(".")[-1].rstrip("_")
        if name in UNDETERMINED or name in PLACES:
            without = _undetermined if name in UNDETERMINED else _without_places
            result, expected = without(result), without(expected)
        facts = Facts(call)
        found = [*unlike(result, expected, "result", facts, facts)]
        return f"value: {found[0]}" if found else None
    if same_error(error, expected_error) or isinstance(error, NotImplementedError):
        return None
    if expected_error is None:
        return f"refused: {_told(error)}"
    if _by_accident(expected_error) and (error is None or isinstance(error, ERRORS)):
        return None
    if error is None:
        if what.endswith("None"):  # ours takes it for an argument that is left away
            return None
        return f"accepted: {result!r}; theirs {_told(expected_error)}"
    return f"error: {_told(error)}; theirs {_told(expected_error)}"


def _by_accident(error: Exception) -> bool:
    """Whether PyTorch did not look at the argument, and failed later, or lacks code for a dtype."""
    text = str(error)
    return isinstance(error, (NotImplementedError, AttributeError)) or any(
        sign in text for sign in ACCIDENTS
    )


def _undetermined(x: Any) -> Any:
    """A result without its values."""
    if isinstance(x, tuple):
        return [*map(_undetermined, x)]
    return (str(x.dtype), tuple(x.shape)) if hasattr(x, "requires_grad") else type(x).__name__


def _without_places(x: Any) -> Any:
    """A result without the values of its indices."""
    if isinstance(x, tuple):
        return [*map(_without_places, x)]
    return _undetermined(x) if "int64" in str(getattr(x, "dtype", "")) else x


def _told(error: Exception | None) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[:1]}"
