"""torch.*: numbers in a row: ranges, indices of triangles, windows."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces import dtypes
from minitorch.faces.creation import allocated, dtype_of, made
from minitorch.faces.operands import check_memory, input_box, scalar, sizes_of
from minitorch.faces.reductions import counted
from minitorch.ops import elementwise as ew
from minitorch.ops import shape as ops

Function = Callable[..., Any]


def arange(start: Any = None, end: Any = None, step: Any = 1, *, dtype: Any = None,
           **options: Any) -> Any:  # fmt: skip
    """The numbers from `start` (0) up to, not including, `end`, in steps: int64 of integers.

    Example:
        >>> torch.arange(1, 7, 2)
        tensor([1, 3, 5])
    """
    if end is None:
        start, end = 0, start
    if end is None:
        raise TypeError('arange() missing 1 required positional arguments: "end"')
    start, end, step = _ends("arange", 0 if start is None else start, end, step)
    whole = all(isinstance(v, int) for v in (start, end, step))
    target = dtype_of(dtype, "arange", np.dtype(np.int64) if whole else None)
    check_memory((math.ceil((end - start) / step),), target, "arange")
    if whole:
        return made(np.arange(start, end, step), target, **options)
    count = math.ceil((end - start) / step)
    return made(start + np.arange(count) * float(step), target, **options)


def _ends(name: str, start: Any, end: Any, step: Any) -> tuple[Any, Any, Any]:
    """The checked bounds and step of a range, as Python numbers."""
    start, end, step = (
        scalar(v, f"{name}(): argument '{what}'")
        for v, what in ((start, "start"), (end, "end"), (step, "step"))
    )
    if isinstance(start, complex) or isinstance(end, complex) or isinstance(step, complex):
        raise RuntimeError(f"value cannot be converted to type double without overflow: {name}")
    if not step or step != step:
        raise RuntimeError("step must be nonzero")
    if not math.isfinite(start) or not math.isfinite(end):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    return start, end, step


def range_(
    start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None, **options: Any
) -> Any:
    """The numbers from `start` to `end`, both included, in steps; `arange` is what you want."""
    start, end, step = _ends("range", start, end, step)
    count = math.floor((end - start) / step) + 1
    check_memory((count,), np.dtype(np.float32), "range")
    return made(start + np.arange(count) * float(step), dtype_of(dtype, "range"), **options)


def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, **options: Any) -> Any:
    """`steps` numbers from `start` to `end`, both included, at equal distances."""
    start, end = _line_ends("linspace", start, end, steps)
    target = _kind_of_line("linspace", start, end, dtype)
    kind = target if target.kind in "fc" else np.dtype(np.float64)
    return made(_line(start, end, steps, kind), target, **options)


def _line_ends(name: str, start: Any, end: Any, steps: int) -> tuple[Any, Any]:
    """The checked ends of a line, as Python numbers."""
    if steps < 0:
        raise RuntimeError(f"number of steps must be non-negative: {name} was given {steps}")
    check_memory((steps,), np.dtype(np.float32), name)
    for end_point, which in ((start, "start"), (end, "end")):
        if isinstance(end_point, Box) and end_point._value.ndim:
            raise RuntimeError(
                f"{name} only supports 0-dimensional start and end tensors, but got {which} with "
                f"{end_point._value.ndim} dimension(s)."
            )
    return scalar(start, f"{name}(): argument 'start'"), scalar(end, f"{name}(): argument 'end'")


def _kind_of_line(name: str, start: Any, end: Any, dtype: Any) -> Any:
    """The dtype of a line: by default that of new tensors, in complex numbers if an end is one."""
    numbers = isinstance(start, complex) or isinstance(end, complex)
    target = dtype_of(dtype, name, dtypes.default_complex_dtype().numpy if numbers else None)
    if numbers and target.kind != "c":
        raise RuntimeError(
            f"{name}(): inferred dtype of the ends is complex, but {dtype!r} can't be cast from it"
        )
    return target


def _line(start: float, end: float, steps: int, dtype: Any) -> np.ndarray:
    """Equal steps from both ends, as PyTorch counts them, so that it is symmetric."""
    if steps < 2:
        return np.full(steps, start, dtype)
    i = np.arange(steps)
    if dtype == np.float32:  # its step is rounded; each number is then, once, as by fused hardware
        first, last = dtype.type(start), dtype.type(end)
        width = np.float64((last - first) / dtype.type(steps - 1))
        return np.where(i < steps // 2, first + width * i, last - width * i[::-1]).astype(dtype)
    step = dtype.type((end - start) / (steps - 1))
    up, down = (
        dtype.type(start) + step * i.astype(dtype),
        dtype.type(end) - step * i[::-1].astype(dtype),
    )
    return np.where(i < steps // 2, up, down)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None,
             **options: Any) -> Any:  # fmt: skip
    """base ** linspace(start, end, steps)."""
    start, end = _line_ends("logspace", start, end, steps)
    target = _kind_of_line("logspace", start, end, dtype)
    whole = np.dtype(np.complex128 if target.kind == "c" else np.float64)
    return made(np.power(base, _line(start, end, steps, whole)), target, **options)


def _check_matrix(row: int, col: int) -> None:
    for name, n in (("row", row), ("col", col)):
        if n < 0:
            raise RuntimeError(f"{name} must be non-negative, got {n}")
    check_memory((row, col), np.dtype(np.int64), "the indices of a matrix")


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, **options: Any) -> Any:
    """The rows and columns of the elements on and below a diagonal, as (2, n)."""
    _check_matrix(row, col)
    return made(
        np.stack(np.tril_indices(row, offset, col)),
        dtype_of(dtype, "tril_indices", np.dtype("i8")),
        **options,
    )


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, **options: Any) -> Any:
    """The rows and columns of the elements on and above a diagonal, as (2, n)."""
    _check_matrix(row, col)
    return made(
        np.stack(np.triu_indices(row, offset, col)),
        dtype_of(dtype, "triu_indices", np.dtype("i8")),
        **options,
    )


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The matrix whose columns are powers of a vector, from N - 1 down to 0, or increasing.

    Example:
        >>> torch.vander(torch.tensor([1, 2, 3]))
        tensor([[1, 1, 1],
                [4, 2, 1],
                [9, 3, 1]])
    """
    vector = counted(input_box(x, "vander"))
    if vector._value.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = len(vector._value) if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    column: Any = ops.reshape.unary(vector, (len(vector._value), 1))
    if not count:
        return made(np.empty((len(vector._value), 0), vector._value.dtype))
    allocated(np.empty, (len(vector._value), count), vector._value.dtype, "vander")
    powers = [column.new_ones(column.shape)]
    for _ in builtins.range(count - 1):
        powers.append(ew.multiply.binary(powers[-1], column))
    y = ops.cat(powers, 1)
    return y if increasing else ops.flip.unary(y, (1,))


def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """The coordinates, in a tensor of a shape, of places counted in row-major order.

    Example:
        >>> torch.unravel_index(torch.tensor([3, 5]), (2, 3))
        (tensor([1, 1]), tensor([0, 2]))
    """
    x = input_box(indices, "unravel_index")
    if x._value.dtype.kind not in "iu":
        raise TypeError(
            f"expected 'indices' to be integer dtype, but got {x.dtype!r}"  # type: ignore[attr-defined]
        )
    sizes = sizes_of((shape,) if isinstance(shape, (list, tuple)) else ((shape,),))
    if 0 in sizes:
        raise RuntimeError(f"ZeroDivisionError: there is no place in a tensor of shape {sizes}")
    if min(sizes, default=0) < 0:
        raise ValueError(f"'shape' cannot have negative values, but got {tuple(sizes)}")
    out, step, places = [], 1, x._value.astype(np.int64)
    for n in reversed(sizes):
        out.append(made(np.asarray(places // step % n)))
        step *= n
    return tuple(reversed(out))


# windows


def _window(name: str, formula: Callable[..., np.ndarray], *defaults: float) -> Function:
    """The function of a window: `formula` of places from -1 to 1, and of parameters."""

    def values(count: Any, periodic: bool, given: tuple[Any, ...], dtype: Any, options: Any) -> Any:
        target = dtype_of(dtype, name)
        if target.kind != "f":
            raise RuntimeError(f"{name} expects floating point dtypes, got: {target}")
        if count < 0:
            raise RuntimeError(
                f"{name} requires non-negative window_length, got window_length={count}"
            )
        check_memory((count,), target, name)
        if count < 2:
            return made(np.ones(count, target), **options)
        places = np.linspace(-1, 1, count + bool(periodic))[:count]
        return made(formula(places, *given, *defaults[len(given) :]).astype(target), **options)

    return values


def _cosines(x: np.ndarray, *weights: float) -> np.ndarray:
    return sum(w * np.cos(np.pi * k * x) for k, w in enumerate(weights))  # type: ignore[return-value]


_hann = _window("hann_window", lambda x: _cosines(x, 0.5, 0.5))
_hamming = _window("hamming_window", _cosines, 0.54, 0.46)
_bartlett = _window("bartlett_window", lambda x: 1 - abs(x))
_blackman = _window("blackman_window", lambda x: _cosines(x, 0.42, 0.5, 0.08))
_kaiser = _window(
    "kaiser_window", lambda x, beta: np.i0(beta * np.sqrt(1 - x * x)) / np.i0(beta), 12.0
)


def hann_window(window_length: int, periodic: bool = True, *, dtype: Any = None,
                **options: Any) -> Any:  # fmt: skip
    """Half a period of a squared sine; `periodic` leaves out the last of one more place.

    Example:
        >>> torch.hann_window(4)
        tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _hann(window_length, periodic, (), dtype, options)


def hamming_window(window_length: int, periodic: bool = True, alpha: float = 0.54,
                   beta: float = 0.46, *, dtype: Any = None, **options: Any) -> Any:  # fmt: skip
    """alpha - beta * cos(2 pi t), t from 0 to 1."""
    return _hamming(window_length, periodic, (alpha, beta), dtype, options)


def bartlett_window(window_length: int, periodic: bool = True, *, dtype: Any = None,
                    **options: Any) -> Any:  # fmt: skip
    """A triangle."""
    return _bartlett(window_length, periodic, (), dtype, options)


def blackman_window(window_length: int, periodic: bool = True, *, dtype: Any = None,
                    **options: Any) -> Any:  # fmt: skip
    """0.42 - 0.5 * cos(2 pi t) + 0.08 * cos(4 pi t), t from 0 to 1."""
    return _blackman(window_length, periodic, (), dtype, options)


def kaiser_window(window_length: int, periodic: bool = True, beta: float = 12.0, *,
                  dtype: Any = None, **options: Any) -> Any:  # fmt: skip
    """The Kaiser window of shape `beta`, of modified Bessel functions."""
    return _kaiser(window_length, periodic, (beta,), dtype, options)


functions: dict[str, Function] = {
    f.__name__: f
    for f in (
        arange, linspace, logspace, tril_indices, triu_indices, vander, unravel_index,
        hann_window, hamming_window, bartlett_window, blackman_window, kaiser_window,
    )
}  # fmt: skip
functions.update(range=range_)
functions_only = (*functions,)
takes_out = ("arange", "linspace", "logspace", "range")
