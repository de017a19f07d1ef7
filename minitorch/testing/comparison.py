"""`assert_close`: whether two results are close, and where they are not."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from minitorch.faces import dtypes
from minitorch.faces.tensor import Tensor

# relative and absolute tolerance by dtype; integers and bools must be equal
TOLERANCES = {
    "float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7), "complex64": (1.3e-6, 1e-5), "complex128": (1e-7, 1e-7),
}  # fmt: skip
Message = str | Callable[[str], str] | None


class Rules(NamedTuple):
    """What counts as close."""

    rtol: float | None
    atol: float | None
    equal_nan: bool
    check_dtype: bool
    check_stride: bool
    allow_subclasses: bool

    def tolerances(self, *kinds: dtypes.dtype) -> tuple[float, float]:
        """The relative and absolute tolerance, the larger of the dtypes' where none are given."""
        if self.rtol is not None and self.atol is not None:
            return self.rtol, self.atol
        by_dtype = [TOLERANCES.get(str(kind).removeprefix("torch."), (0.0, 0.0)) for kind in kinds]
        return max(r for r, _ in by_dtype), max(a for _, a in by_dtype)


def assert_close(actual: Any, expected: Any, *, allow_subclasses: bool = True,
                 rtol: float | None = None, atol: float | None = None, equal_nan: bool = False,
                 check_device: bool = True, check_dtype: bool = True, check_layout: bool = True,
                 check_stride: bool = False, msg: Message = None) -> None:  # fmt: skip
    """Assert that `|actual - expected| <= atol + rtol * |expected|`, everywhere.

    Args:
        actual, expected: tensors, arrays or numbers, or sequences and mappings of them.
        rtol, atol: both or neither; by default they follow from the dtype (1.3e-6 and 1e-5 in
            float32, 1e-7 both in float64), and integers must be equal.
        equal_nan: let NaN equal NaN.
        check_dtype, check_stride: whether these must agree, too.
        msg: the error's text, or a function that makes it from the usual one.

    Raises:
        AssertionError: they are not close; it tells how many elements, and where most.

    Example:
        >>> torch.testing.assert_close(torch.tensor([1., 2.]), torch.tensor([1., 2.0000001]))
    """
    if (rtol is None) != (atol is None):
        raise ValueError(
            "Both 'rtol' and 'atol' must be either specified or omitted, but got no "
            f"{'rtol' if rtol is None else 'atol'}."
        )
    rules = Rules(rtol, atol, equal_nan, check_dtype, check_stride, allow_subclasses)
    for text, place in _differences(actual, expected, rules, ()):
        if place is None:  # the containers differ: `msg` is about their elements
            raise AssertionError(text)
        if place:
            text += f"\n\nThe failure occurred for item {''.join(f'[{p!r}]' for p in place)}"
        raise AssertionError(text if msg is None else msg(text) if callable(msg) else msg)


Found = Iterator[tuple[str, tuple[Any, ...] | None]]


def _differences(actual: Any, expected: Any, rules: Rules, at: tuple[Any, ...]) -> Found:
    """What differs, each with its place in nested containers."""
    both = (actual, expected)
    if _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            yield f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", None
            return
        for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
            yield from _differences(a, e, rules, (*at, i))
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if actual.keys() != expected.keys():
            missing = sorted(expected.keys() - actual.keys(), key=str)
            more = sorted(actual.keys() - expected.keys(), key=str)
            text = "The keys of the mappings do not match:\n"
            text += f"Missing keys in the actual mapping: {missing}\n"
            yield text + f"Additional keys in the actual mapping: {more}", None
            return
        for key in actual:
            yield from _differences(actual[key], expected[key], rules, (*at, key))
    elif actual is None or expected is None:
        if actual is not expected:
            yield f"None mismatch: {actual} is not {expected}", at
    elif all(isinstance(x, (bool, np.bool_)) for x in both):
        if bool(actual) is not bool(expected):
            yield f"Booleans mismatch: {actual} is not {expected}", at
    elif all(isinstance(x, numbers.Number) for x in both):
        yield from ((text, at) for text in _numbers(actual, expected, rules))
    elif all(isinstance(x, (Tensor, np.ndarray, np.generic)) for x in both):
        if not rules.allow_subclasses and type(actual) is not type(expected):
            raise TypeError(f"assert_close compares tensors of one type, not {_types(both)}")
        yield from ((text, at) for text in _tensors(_tensor(actual), _tensor(expected), rules))
    else:
        raise TypeError(f"No comparison pair was able to handle inputs of type {_types(both)}.")


def _is_sequence(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, (str, bytes))


def _types(both: tuple[Any, Any]) -> str:
    return f"{type(both[0])} and {type(both[1])}"


def _tensor(x: Any) -> Tensor:
    return x.detach() if isinstance(x, Tensor) else Tensor._from(np.array(x))


def _numbers(actual: Any, expected: Any, rules: Rules) -> Iterator[str]:
    kinds = [dtypes.of(np.asarray(x).dtype) for x in (actual, expected)]
    if rules.check_dtype and type(actual) is not type(expected):
        yield f"The (d)types do not match: {type(actual)} != {type(expected)}."
        return
    yield from _unequal(np.asarray(actual), np.asarray(expected), rules.tolerances(*kinds), rules)


def _tensors(actual: Tensor, expected: Tensor, rules: Rules) -> Iterator[str]:
    for attribute, checked in (("shape", True), ("dtype", rules.check_dtype)):
        a, e = getattr(actual, attribute), getattr(expected, attribute)
        if checked and a != e:
            yield f"The values for attribute '{attribute}' do not match: {a} != {e}."
            return
    if rules.check_stride and actual.stride() != expected.stride():
        yield (
            f"The values for attribute 'stride()' do not match: {actual.stride()} != "
            f"{expected.stride()}."
        )
        return
    tolerances = rules.tolerances(actual.dtype, expected.dtype)
    yield from _unequal(actual._value, expected._value, tolerances, rules)


def _unequal(a: np.ndarray, e: np.ndarray, tolerances: tuple[float, float],
             rules: Rules) -> Iterator[str]:  # fmt: skip
    """The report on two arrays of one shape that are not close."""
    rtol, atol = tolerances
    close, gap, relative = _gaps(a, e, rtol, atol, rules.equal_nan)
    if close.all():
        return
    gap, relative = (np.where(close, -1, x) for x in (gap, relative))
    exact = rtol == atol == 0
    verdict = "equal" if exact else "close"
    if not a.ndim:
        yield (
            f"Scalars are not {verdict}!\n\nExpected {e.item()} but got {a.item()}.\n"
            f"Absolute difference: {gap.item()}{_allowed(atol, exact)}\n"
            f"Relative difference: {relative.item()}{_allowed(rtol, exact)}"
        )
        return
    bad = int(close.size - np.count_nonzero(close))
    lines = [
        f"Tensor-likes are not {verdict}!\n",
        f"Mismatched elements: {bad} / {close.size} ({bad / close.size:.1%})",
        f"Greatest absolute difference: {_worst(gap)}{_allowed(atol, exact)}",
        f"Greatest relative difference: {_worst(relative)}{_allowed(rtol, exact)}",
    ]
    yield "\n".join(lines)


def _gaps(a: np.ndarray, e: np.ndarray, rtol: float, atol: float,
          equal_nan: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Of each pair of elements whether it is close, the difference and the relative difference."""
    with np.errstate(all="ignore"):
        if a.dtype.kind in "fcV" or e.dtype.kind in "fcV":
            wide = np.result_type(a, e, np.float64)
            a, e = a.astype(wide), e.astype(wide)
            gap = np.asarray(abs(a - e))
            return np.asarray(np.isclose(a, e, rtol, atol, equal_nan)), gap, gap / abs(e)
        a, e = a.astype(object), e.astype(object)  # Python's integers: no difference overflows
        gap = np.asarray(abs(a - e))
        relative = np.where(gap == 0, 0.0, gap / np.where(e == 0, np.inf, abs(e)))
        relative = np.where((e == 0) & (gap != 0), np.inf, relative)
        return np.asarray(gap <= atol + rtol * abs(e), bool), gap, relative


def _worst(size: np.ndarray) -> str:
    at = np.unravel_index(int(np.argmax(size)), size.shape)
    return f"{size[at]} at index ({', '.join(map(str, at))}{',' if size.ndim == 1 else ''})"


def _allowed(tolerance: float, exact: bool) -> str:
    return "" if exact else f" (up to {tolerance} allowed)"


def assert_allclose(actual: Any, expected: Any, rtol: float | None = None,
                    atol: float | None = None, equal_nan: bool = True,
                    msg: str = "") -> None:  # fmt: skip
    """The older form of `assert_close`: NaNs are equal, dtypes may differ, arrays will do."""
    actual, expected = (x if isinstance(x, Tensor) else _tensor(x) for x in (actual, expected))
    assert_close(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False,
                 msg=msg or None)  # fmt: skip
