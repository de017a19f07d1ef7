"""torch.*: new tensors, from data, numbers and sizes."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces import dtypes
from minitorch.faces.arithmetic import same_dtype
from minitorch.faces.operands import (
    box_of,
    broadcast_shape,
    check_fits,
    default_float,
    fitting,
    sizes_of,
)
from minitorch.faces.shaping import broadcast_tensors, reshape
from minitorch.faces.tensor import Tensor, on_cpu

Function = Callable[..., Any]


def made(array: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False,
         pin_memory: bool = False, layout: Any = None,
         memory_format: Any = None) -> Any:  # fmt: skip
    """A new tensor over `array`, with what every creation function accepts."""
    on_cpu(device)
    if dtype is not None and array.dtype != dtype:
        array = array.astype(dtype)
    y = fresh(Tensor, array)
    if requires_grad:
        y.requires_grad = True
    return y


def dtype_of(dtype: Any, name: str, default: Any = None) -> Any:
    """The NumPy dtype that a caller asked for, or the default."""
    if dtype is None:
        return default_float() if default is None else default
    return dtypes.as_dtype(dtype, f"{name}(): argument 'dtype'").numpy


def shape_of(sizes: Any, name: str) -> tuple[int, ...]:
    sizes = sizes_of(sizes)
    for n in sizes:
        if n < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {n}: {list(sizes)} ({name})"
            )
    if math.prod(sizes) > 2**48:
        raise RuntimeError(
            f"[enforce fail] {name}: not enough memory: you tried to allocate {list(sizes)} "
            "elements"
        )
    return sizes


# from data


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
           pin_memory: bool = False) -> Any:  # fmt: skip
    """A new tensor of a copy of `data`: a number, nested lists, an array or a tensor.

    Floats become the default dtype (float32), ints int64; arrays keep their dtype.

    Raises:
        ValueError: the lists are ragged.
        TypeError: the elements are no numbers.

    Example:
        >>> torch.tensor([[1, 2], [3, 4]])
        tensor([[1, 2],
                [3, 4]])
        >>> torch.tensor([1.5, 2.5], requires_grad=True)
        tensor([1.5000, 2.5000], requires_grad=True)
    """
    array, inferred = _read(data)
    target = dtype_of(dtype, "tensor", inferred)
    if target.kind in "iu" and array.dtype.kind in "iu" and array.size:
        for extreme in (int(array.min()), int(array.max())):
            check_fits(extreme, target)
    return made(array, target, device, requires_grad)


def _read(data: Any) -> tuple[np.ndarray, np.dtype[Any]]:
    """A copy of `data` as an array, and the dtype that PyTorch infers for it."""
    if isinstance(data, (Box, np.ndarray, np.generic)):
        array = np.array(data._value if isinstance(data, Box) else data)
        dtypes.of(array.dtype)
        return array, array.dtype
    kinds: set[Any] = set()
    plain = _plain(data, kinds)
    try:
        array = np.array(plain)
    except ValueError:
        raise _ragged(plain) from None
    if array.dtype.kind not in "bifc":
        raise _no_numbers(data, plain, array)
    if not kinds:
        return array, default_float()
    common = kinds.pop()
    for kind in kinds:
        common = dtypes.promote_types(common, kind)
    return array, common.numpy


def _plain(data: Any, kinds: set[Any]) -> Any:
    """`data` with tensors as arrays and sequences as lists; the dtypes met are added to `kinds`."""
    if isinstance(data, (list, tuple, range)):
        types = set(map(type, data))
        if types <= _KINDS.keys():  # numbers alone: no need to look at each
            kinds.update(_KINDS[kind]() for kind in types)
            return list(data)
        return [_plain(part, kinds) for part in data]
    if isinstance(data, Box):
        if data._value.size != 1:
            raise ValueError(
                "only one element tensors can be converted to Python scalars: this one in a list "
                f"has shape {list(data._value.shape)}; join tensors with torch.stack"
            )
        data = data._value.reshape(())
    if isinstance(data, (np.ndarray, np.generic)):
        kinds.add(dtypes.of(data.dtype))
    elif type(data) in _KINDS:
        kinds.add(_KINDS[type(data)]())
    return data


_KINDS: dict[type, Callable[[], dtypes.dtype]] = {
    bool: lambda: dtypes.bool,
    int: lambda: dtypes.int64,
    float: dtypes.get_default_dtype,
    builtins.complex: dtypes.default_complex_dtype,
}


def _ragged(plain: Any) -> Exception:
    """The error for lists of different lengths, or for lists beside numbers."""
    row = plain
    while isinstance(row, list):
        lists = [isinstance(part, list) for part in row]
        if any(lists) and not all(lists):
            kind = type(next(p for p, is_list in zip(row, lists, strict=True) if not is_list))
            return TypeError(f"not a sequence: {kind.__name__} beside a list, in data for a tensor")
        lengths = sorted({len(part) for part in row} if all(lists) else ())
        if len(lengths) > 1:
            return ValueError(
                f"expected sequence of length {len(row[0])} at each place of a dimension, to make "
                f"one tensor of them (got lengths {', '.join(map(str, lengths))})"
            )
        row = [part for inner in row for part in inner] if all(lists) else None
    return ValueError("expected arrays of equal shape, to make one tensor of them")


def _no_numbers(data: Any, plain: Any, array: np.ndarray) -> Exception:
    """The error for data that are no numbers, or too large ones."""
    while isinstance(plain, list) and plain:
        plain = plain[0]
    name = type(plain).__name__
    if array.dtype.kind in "US":
        message = f"new(): invalid data type '{name}': a tensor is made of numbers"
        return ValueError(message) if isinstance(data, (list, tuple)) else TypeError(message)
    if isinstance(plain, int):
        return ValueError("Overflow when unpacking long long: an integer is too large for int64")
    return RuntimeError(
        f"Could not infer dtype of {name}: a tensor is made of numbers, nested lists of numbers, "
        "arrays or tensors"
    )


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`data` as a tensor: itself if it is one, sharing memory with an array where it can."""
    on_cpu(device)
    if isinstance(data, np.ndarray):
        data = from_numpy(data)
    elif not isinstance(data, Tensor):
        return tensor(data, dtype=dtype)
    return data if dtype is None else data.to(dtype)


def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None,
            requires_grad: bool = False) -> Any:  # fmt: skip
    """`as_tensor`, or a copy where `copy` says so."""
    y = tensor(obj, dtype=dtype, device=device) if copy else as_tensor(obj, dtype, device)
    return y.requires_grad_() if requires_grad else y


def from_numpy(ndarray: np.ndarray) -> Any:
    """A tensor of the same memory as an array: what is written to one shows in the other.

    Raises:
        TypeError: this is no array, or one of a type that tensors don't have.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    dtypes.of(ndarray.dtype)
    if any(step < 0 for step in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not supported: make a copy first, array.copy()"
        )
    return fresh(Tensor, ndarray.view(np.ndarray))


# constants


def size_of(name: str, sizes: tuple[Any, ...], options: dict[str, Any]) -> tuple[int, ...]:
    """The size that a creation function was given, one by one or by keyword."""
    if "size" in options:
        if sizes:
            raise TypeError(f"{name}() got multiple values for argument 'size'")
        sizes = (options.pop("size"),)
    elif not sizes:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    return shape_of(sizes, name)


def _filled(name: str, make: Callable[[Any, Any], np.ndarray], what: str) -> Function:
    def function(*size: Any, dtype: Any = None, out: Any = None, **options: Any) -> Any:
        array = make(size_of(name, size, options), dtype_of(dtype, name))
        return made(array, **options) if out is None else out.copy_(made(array, **options))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""A new tensor {what}, of the given sizes, in the default dtype.

    Example:
        >>> torch.{name}(2, 3).shape
        torch.Size([2, 3])
    """
    return function


zeros = _filled("zeros", np.zeros, "of zeros")
ones = _filled("ones", np.ones, "of ones")
empty = _filled("empty", np.empty, "with arbitrary content")


def full(size: Any, fill_value: Any, *, dtype: Any = None, **options: Any) -> Any:
    """A new tensor of one number; its dtype is inferred from the number.

    Example:
        >>> torch.full((2,), 7)
        tensor([7, 7])
    """
    if isinstance(fill_value, Box):
        fill_value = fill_value.item()  # type: ignore[attr-defined]
    if not isinstance(size, (tuple, list)):
        raise TypeError(
            f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}"
        )
    target = dtype_of(dtype, "full", dtypes.common([fill_value]))
    value = fitting(fill_value, target, Tensor)._value
    return made(np.full(shape_of(tuple(size), "full"), value, target), **options)


def _like(name: str, make: Callable[[Any, Any], np.ndarray], what: str) -> Function:
    def function(input: Any, *, dtype: Any = None, **options: Any) -> Any:
        x = box_of(input, f"{name}(): argument 'input'")
        return made(make(x._value.shape, dtype_of(dtype, name, x._value.dtype)), **options)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"A new tensor {what}, of the shape and dtype of another."
    return function


zeros_like = _like("zeros_like", np.zeros, "of zeros")
ones_like = _like("ones_like", np.ones, "of ones")
empty_like = _like("empty_like", np.empty, "with arbitrary content")


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, **options: Any) -> Any:
    """A new tensor of one number, of the shape and dtype of another."""
    return full(input._value.shape, fill_value, dtype=dtype or input.dtype, **options)


def eye(n: int, m: int | None = None, *, dtype: Any = None, **options: Any) -> Any:
    """A new matrix with ones on the diagonal and zeros elsewhere."""
    return made(
        np.eye(*shape_of((n, n if m is None else m), "eye"), dtype=dtype_of(dtype, "eye")),
        **options,
    )


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
    if whole:
        return made(np.arange(start, end, step), target, **options)
    count = math.ceil((end - start) / step)
    return made(start + np.arange(count) * float(step), target, **options)


def _ends(name: str, start: Any, end: Any, step: Any) -> tuple[Any, Any, Any]:
    """The checked bounds and step of a range, as Python numbers."""
    bounds = [v.item() if isinstance(v, (Box, np.generic)) else v for v in (start, end, step)]  # type: ignore[union-attr]
    for value in bounds:
        if not isinstance(value, (int, float)):
            raise TypeError(
                f"{name}(): bounds and step must be numbers, not {type(value).__name__}"
            )
    start, end, step = bounds
    if not step:
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
    return made(start + np.arange(count) * float(step), dtype_of(dtype, "range"), **options)


def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, **options: Any) -> Any:
    """`steps` numbers from `start` to `end`, both included, at equal distances."""
    if not isinstance(steps, (int, np.integer)):
        raise TypeError(f"linspace(): argument 'steps' must be int, not {type(steps).__name__}")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = (v.item() if isinstance(v, Box) else v for v in (start, end))  # type: ignore[attr-defined]
    target = dtype_of(dtype, "linspace")
    kind = target if target.kind in "fc" else np.dtype(np.float64)
    return made(_line(start, end, steps, kind), target, **options)


def _line(start: float, end: float, steps: int, dtype: Any) -> np.ndarray:
    """Equal steps from both ends, as PyTorch counts them, so that it is symmetric."""
    if steps < 2:
        return np.full(steps, start, dtype)
    step = dtype.type((end - start) / (steps - 1))
    i = np.arange(steps)
    up, down = (
        dtype.type(start) + step * i.astype(dtype),
        dtype.type(end) - step * i[::-1].astype(dtype),
    )
    return np.where(i < steps // 2, up, down)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None,
             **options: Any) -> Any:  # fmt: skip
    """base ** linspace(start, end, steps)."""
    powers = _line(float(start), float(end), steps, np.dtype(np.float64))
    return made(np.power(base, powers), dtype_of(dtype, "logspace"), **options)


def complex(real: Any, imag: Any) -> Any:
    """A complex tensor of its parts, two floating-point tensors of one dtype."""
    a, b = (box_of(x, f"complex(): argument {x!r}") for x in (real, imag))
    same_dtype("complex", a, b)
    if a._value.dtype.kind != "f":
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{dtypes.of(a._value.dtype)!r}"
        )
    kind = np.result_type(a._value.dtype, np.complex64)
    y = np.empty(broadcast_shape("complex", a, b), kind)
    y.real, y.imag = a._value, b._value
    return fresh(Tensor, y)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, **options: Any) -> Any:
    """The rows and columns of the elements on and below a diagonal, as (2, n)."""
    return made(
        np.stack(np.tril_indices(row, offset, col)),
        dtype_of(dtype, "tril_indices", np.dtype("i8")),
        **options,
    )


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, **options: Any) -> Any:
    """The rows and columns of the elements on and above a diagonal, as (2, n)."""
    return made(
        np.stack(np.triu_indices(row, offset, col)),
        dtype_of(dtype, "triu_indices", np.dtype("i8")),
        **options,
    )


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """The coordinates of a grid: for each vector its values, along a dimension of its own."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise RuntimeError(
            f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}'
        )
    for x in tensors:
        if x._value.ndim > 1:
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {x.shape}"
            )
        if x._value.dtype != tensors[0]._value.dtype:
            raise RuntimeError("torch.meshgrid expects all tensors to have the same dtype")
    n = len(tensors)
    order = [*range(n)]
    if indexing == "xy" and n > 1:
        order[0], order[1] = 1, 0
    columns = [
        reshape(x, (1,) * order[i] + (-1,) + (1,) * (n - 1 - order[i]))
        for i, x in enumerate(tensors)
    ]
    return broadcast_tensors(*columns)


functions: dict[str, Function] = {
    f.__name__: f
    for f in (
        tensor, as_tensor, asarray, from_numpy, zeros, ones, empty, full, zeros_like, ones_like,
        empty_like, full_like, eye, arange, linspace, logspace, complex, tril_indices,
        triu_indices, meshgrid,
    )
}  # fmt: skip
functions.update(range=range_)


def _new(name: str) -> Function:
    make = functions[name]

    def method(self: Any, *size: Any, dtype: Any = None, **options: Any) -> Any:
        return make(*size, dtype=self.dtype if dtype is None else dtype, **options)

    method.__name__ = method.__qualname__ = f"new_{name}"
    method.__doc__ = f"`{name}` in the dtype of this tensor."
    return method


methods: dict[str, Function] = {
    f"new_{name}": _new(name) for name in ("tensor", "zeros", "ones", "empty", "full")
}
functions_only = (*functions,)
