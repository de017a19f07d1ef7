"""torch.*: new tensors, from data, numbers and sizes."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.memory import laid
from minitorch.faces import dtypes, foreign
from minitorch.faces.layouts import dense_like, formatted, ordered
from minitorch.faces.operands import (
    box_of,
    check_fits,
    check_memory,
    default_float,
    fitting,
    scalar,
    sizes_of,
    warn,
)
from minitorch.faces.outs import filled
from minitorch.faces.tensor import Tensor, on_cpu

Function = Callable[..., Any]


def made(array: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False,
         pin_memory: bool = False, layout: Any = None,
         memory_format: Any = None, **unknown: Any) -> Any:  # fmt: skip
    """A new tensor over `array`, with what every creation function accepts."""
    if unknown:
        frame = sys._getframe(1)
        caller = frame.f_locals.get("name", frame.f_code.co_name)
        raise TypeError(f"{caller}() got an unexpected keyword argument {next(iter(unknown))!r}")
    on_cpu(device)
    if dtype is not None and array.dtype != dtype:
        array = array.astype(dtype)
    y = fresh(Tensor, formatted(array, memory_format))
    if requires_grad is not False and requires_grad is not True and requires_grad is not None:
        raise TypeError(
            f"argument 'requires_grad' must be bool, not {type(requires_grad).__name__}"
        )
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
    check_memory(sizes, np.dtype(bool), name)
    return sizes


# from data


COPY_CONSTRUCT = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor)."
)


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
    if dtype is not None and (data is None or _only_none(data)):
        raise TypeError("must be real number, not NoneType: a tensor is made of numbers")
    if isinstance(data, Box):
        warn(COPY_CONSTRUCT)
    array, inferred = _read(data)
    target = dtype_of(dtype, "tensor", inferred)
    if target.kind in "iu" and array.dtype.kind in "iu" and array.size:
        for extreme in (int(array.min()), int(array.max())):
            check_fits(extreme, target)
    return made(array, target, device, requires_grad)


def _only_none(data: Any) -> bool:
    return type(data) in (list, tuple) and len(data) > 0 and data[0] is None


def _read(data: Any) -> tuple[np.ndarray, np.dtype[Any]]:
    """A copy of `data` as an array, and the dtype that PyTorch infers for it."""
    if isinstance(data, Box):
        data = data._value
    elif isinstance(data, (np.ndarray, np.generic)):
        data = foreign.plain(np.asarray(data))
    elif hasattr(data, "__dlpack__"):
        data = foreign.imported(data)
    if isinstance(data, np.ndarray):
        return np.array(data), data.dtype
    kinds: set[Any] = set()
    plain = _plain(data, kinds)
    try:
        array = np.array(plain)
    except ValueError:
        raise _ragged(plain) from None
    if array.dtype.kind not in "bifc":
        raise _no_numbers(data, plain)
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
    elif not isinstance(data, (str, bytes, dict)) and hasattr(data, "__getitem__"):
        return [_plain(part, kinds) for part in data]
    elif hasattr(data, "__array__") or hasattr(data, "__array_interface__"):
        raise _not_inferred(data)  # NumPy would ask it, and PyTorch does not
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


def _no_numbers(data: Any, plain: Any) -> Exception:
    """The error for data that are no numbers, or too large ones."""
    odd = next(_odd(plain), 0)
    while isinstance(plain, list) and plain:
        plain = plain[0]
    if isinstance(odd, (str, bytes)):
        if odd is plain and isinstance(data, (list, tuple)):
            return ValueError("too many dimensions 'str': a tensor is made of numbers")
        kind = type(odd).__name__
        return TypeError(f"new(): invalid data type '{kind}': a tensor is made of numbers")
    if isinstance(odd, int):
        return ValueError("Overflow when unpacking long long: an integer is too large for int64")
    return _not_inferred(odd)


def _odd(plain: Any) -> Iterator[Any]:
    """What is no number in nested lists."""
    if isinstance(plain, list):
        for part in plain:
            yield from _odd(part)
    elif not isinstance(plain, (int, float, builtins.complex, np.ndarray, np.generic)):
        yield plain


def _not_inferred(data: Any) -> RuntimeError:
    return RuntimeError(
        f"Could not infer dtype of {type(data).__name__}: a tensor is made of numbers, nested "
        "lists of numbers, arrays or tensors"
    )


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


def allocated(make: Callable[..., Any], shape: Any, dtype: np.dtype[Any], name: str) -> Any:
    """What `make` gives; PyTorch's error where there is no memory for it."""
    check_memory(shape, dtype, name)
    try:
        return make(shape, dtype)
    except MemoryError as error:
        raise RuntimeError(
            f"[enforce fail] DefaultCPUAllocator: not enough memory: {name} of sizes "
            f"{list(shape)}: {error}"
        ) from None


def _filled(name: str, make: Callable[[Any, Any], np.ndarray], what: str) -> Function:
    def function(*size: Any, dtype: Any = None, out: Any = None, **options: Any) -> Any:
        shape, target = size_of(name, size, options), dtype_of(dtype, name)
        y = made(allocated(make, shape, target, name), **options)
        if out is None:
            return y
        if dtype is not None and isinstance(out, Box) and out._value.dtype != y._value.dtype:
            raise RuntimeError(
                f"dtype {dtype} does not match dtype of out parameter ({out.dtype})"  # type: ignore[attr-defined]
            )
        return filled(out, y, name)

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
    fill_value = scalar(fill_value, "full(): argument 'fill_value' (position 2)")
    if not isinstance(size, (tuple, list)):
        raise TypeError(
            f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}"
        )
    target = dtype_of(dtype, "full", dtypes.common([fill_value]))
    value = fitting(fill_value, target, Tensor)._value
    shape = shape_of(tuple(size), "full")
    return made(allocated(lambda s, t: np.full(s, value, t), shape, target, "full"), **options)


def _like(name: str, make: Callable[..., np.ndarray], what: str) -> Function:
    def function(input: Any, *, dtype: Any = None, **options: Any) -> Any:
        x = box_of(input, f"{name}(): argument 'input'")
        target = dtype_of(dtype, name, x._value.dtype)
        y = allocated(lambda _, dtype: make(_form(x), dtype), x._value.shape, target, name)
        return made(y, **options)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""A new tensor {what}, of the shape, dtype and layout of another."""
    return function


def _form(x: Box) -> np.ndarray:
    """An array of the shape and the layout of a tensor."""
    value = x._value
    if isinstance(value, np.ndarray):
        return dense_like(value)
    return np.empty(value.shape, value.dtype)


zeros_like = _like("zeros_like", np.zeros_like, "of zeros")
ones_like = _like("ones_like", np.ones_like, "of ones")
empty_like = _like("empty_like", np.empty_like, "with arbitrary content")


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, **options: Any) -> Any:
    """A new tensor of one number, of the shape, dtype and layout of another."""
    x = box_of(input, "full_like(): argument 'input'")
    fill_value = scalar(fill_value, "full_like(): argument 'fill_value' (position 2)")
    target = dtype_of(dtype, "full_like", x._value.dtype)
    value = fitting(fill_value, target, Tensor)._value
    return made(np.full_like(_form(x), value, target), **options)


def scalar_tensor(s: Any, *, dtype: Any = None, **options: Any) -> Any:
    """A new 0-d tensor of a number, in the default dtype where none is given."""
    return full((), s, dtype=dtype or dtypes.get_default_dtype(), **options)


def empty_strided(size: Any, stride: Any, *, dtype: Any = None, **options: Any) -> Any:
    """A new tensor with arbitrary content, of the given size and steps between elements.

    Example:
        >>> torch.empty_strided((2, 3), (1, 2)).stride()
        (1, 2)
    """
    shape, steps = shape_of((size,), "empty_strided"), sizes_of((stride,), "stride")
    if len(shape) != len(steps):
        raise RuntimeError(
            f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides "
            f"({len(steps)})"
        )
    target = dtype_of(dtype, "empty_strided")
    if min(steps, default=0) < 0:
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(shape)} and "
            f"strides={list(steps)}: strides can't be negative"
        )
    reach = 1 + sum((n - 1) * s for n, s in zip(shape, steps, strict=True))
    space = allocated(np.empty, (0 if 0 in shape else reach,), target, "empty_strided")
    strides = tuple(s * target.itemsize for s in steps)
    return made(laid(space, target, 0, shape, strides), **options)


def empty_permuted(size: Any, physical_layout: Any, *, dtype: Any = None, **options: Any) -> Any:
    """A new tensor with arbitrary content, whose dimensions lie in memory in the given order."""
    shape, order = shape_of((size,), "empty_permuted"), sizes_of((physical_layout,))
    if len(shape) != len(order):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. "
            f"len(size) = {len(shape)} is not equal to len(physical_layout) = {len(order)}"
        )
    if sorted(order) != [*builtins.range(len(shape))]:
        raise RuntimeError(f"Duplicate dim not allowed, or dimension out of range: {list(order)}")
    return made(ordered(shape, order, dtype_of(dtype, "empty_permuted")), **options)


def eye(n: int, m: int | None = None, *, dtype: Any = None, **options: Any) -> Any:
    """A new matrix with ones on the diagonal and zeros elsewhere."""
    shape, target = shape_of((n, n if m is None else m), "eye"), dtype_of(dtype, "eye")
    return made(allocated(lambda s, t: np.eye(*s, dtype=t), shape, target, "eye"), **options)


functions: dict[str, Function] = {
    f.__name__: f
    for f in (
        tensor, zeros, ones, empty, full, zeros_like, ones_like,
        empty_like, full_like, eye, scalar_tensor, empty_strided, empty_permuted,
    )
}  # fmt: skip


def _new(name: str) -> Function:
    make = functions[name]

    def method(self: Any, *size: Any, dtype: Any = None, **options: Any) -> Any:
        return make(*size, dtype=self.dtype if dtype is None else dtype, **options)

    method.__name__ = method.__qualname__ = f"new_{name}"
    method.__doc__ = f"`{name}` in the dtype of this tensor."
    return method


methods: dict[str, Function] = {
    f"new_{name}": _new(name)
    for name in ("tensor", "zeros", "ones", "empty", "full", "empty_strided")
}
functions_only = (*functions,)
takes_out = ("full", "eye")
