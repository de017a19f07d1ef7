"""Reading and writing at an index, as NumPy does it, on boxes of both faces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.conform import identity
from minitorch.engine.views import ONE_OF_MANY, PLAIN, write
from minitorch.faces.numpy.operands import boxed, face_among, is_tracked, joined
from minitorch.faces.operands import is_number, number, to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import index as ops
from minitorch.ops import shape

Index = tuple[Any, ...]
Shape = tuple[int, ...]


def parts_of(index: Any) -> Index:
    """An index as a tuple that a primitive can keep: arrays in it are copied."""
    return tuple(_part(part) for part in (index if isinstance(index, tuple) else (index,)))


def _part(part: Any) -> Any:
    if part is None or part is Ellipsis or isinstance(part, int):
        return np.asarray(part) if isinstance(part, bool) else part
    if isinstance(part, slice):
        ends = (part.start, part.stop, part.step)
        return slice(*(None if end is None else end.__index__() for end in ends))
    if isinstance(part, np.integer):
        return int(part)
    array = np.array(part._value if isinstance(part, Box) else part)
    return array if array.size else array.astype(array.dtype if array.dtype == bool else np.intp)


def is_advanced(parts: Index) -> bool:
    """Whether an index picks by arrays: what it reads is a copy then, else a view."""
    return any(isinstance(part, np.ndarray) for part in parts)


def read(x: Box, index: Any) -> Any:
    """`x[index]`: a view, a copy or one element, as in NumPy."""
    parts = (index,) if type(index) is int else parts_of(index)
    single = len(parts) == x._value.ndim and all(type(part) is int for part in parts)
    # NumPy's x[0, 1] is a scalar of its own, x[0, ...] a view
    return (ops.take if single or is_advanced(parts) else shape.getitem).unary(x, parts)


def assign(x: Box, index: Any, value: Any) -> None:
    """`x[index] = value`, in place; where an element is named twice, the last value stays."""
    parts, part = parts_of(index), held(value, x)
    if is_advanced(parts):
        picked = np.broadcast_to(np.empty((), bool), x._value.shape)[parts].shape
        write(ops.index_put, x, fitted(part, picked), parts, False)
    else:
        overwrite(shape.getitem.unary(x, parts), part)


def overwrite(x: Box, part: Box) -> None:
    """`x[...] = part`, of one dtype, in place."""
    write(ew.overwrite, x, fitted(part, x._value.shape))


def held(value: Any, target: Box) -> Box:
    """A value to be written into `target`, as a box of its face and dtype."""
    face, dtype = target.face, target._value.dtype
    if is_number(value) and not isinstance(value, np.generic):
        return number(value, dtype, face)
    part = boxed(nested(value, face), face, keeps=False)
    if dtype.kind not in "fc" and is_tracked(part):
        raise TypeError(
            f"an array of {dtype} can't hold a traced value: make it one of floats first"
        )
    return to_dtype(part, dtype)


def fitted(part: Box, target: Shape) -> Box:
    """A value to be written, without leading axes of size 1 that its target has not."""
    sizes = part._value.shape
    if sizes == target or not sizes:
        return part
    while len(sizes) > len(target) and sizes[0] == 1:
        sizes = sizes[1:]
    lead = len(target) - len(sizes)
    if lead < 0 or any(n not in (1, m) for n, m in zip(sizes, target[lead:], strict=True)):
        raise ValueError(
            f"could not broadcast input array from shape {tuple(part._value.shape)} into shape "
            f"{tuple(target)}"
        )
    return part if len(sizes) == part._value.ndim else shape.reshape.unary(part, sizes)


# sequences with boxes in them


def boxes_in(value: Any) -> list[Box]:
    """The boxes in nested lists and tuples."""
    if isinstance(value, Box):
        return [value]
    if isinstance(value, (list, tuple)):
        return [box for part in value for box in boxes_in(part)]
    return []


def nested(value: Any, face: type[Box] | None = None) -> Any:
    """Nested lists and tuples with boxes in them as one box; anything else as it is."""
    if not isinstance(value, (list, tuple)):
        return value
    found = boxes_in(value)
    if not found:
        return value
    face = face or face_among(*found)
    parts = joined(*[element(part, face) for part in value], keeps=False, face=face)
    if len({part._value.shape for part in parts}) > 1:
        raise ValueError(
            "setting an array element with a sequence: the parts have the shapes "
            f"{', '.join(str(tuple(part._value.shape)) for part in parts)}, expected one shape"
        )
    return shape.stack(parts, 0)


def element(value: Any, face: type[Box]) -> Any:
    """A part of a sequence that is joined: a box, or beside Tensors a number without a dtype."""
    return value if face.rank and is_number(value) else boxed(nested(value, face), face, False)


# parts of an array


def writable(parts: tuple[Box, ...]) -> tuple[Any, ...]:
    """Views that were made together: NumPy, unlike PyTorch, lets each be written to."""
    for part in parts:
        if not part.face.rank and part._view is not None and part._view.origin == ONE_OF_MANY:
            part._view.origin = PLAIN
    return parts


def slices(x: Box, axis: int) -> tuple[Any, ...]:
    """The slices along an axis, as views."""
    return writable(shape.unbind.unary(x, axis)) if x._value.shape[axis] else ()


def put_flat(x: Box, places: np.ndarray, values: Any) -> None:
    """Write values, from the start again where they do not suffice, at places in flat order."""
    part = held(values, x)
    flat = shape.reshape.unary(part, (-1,))
    if not places.size or not flat._value.size:
        return
    turns = np.arange(places.size) % flat._value.size
    if not x._value.ndim:  # NumPy's unravel_index knows no place in a 0-d array
        x = shape.reshape.unary(x, (1,))
    index = np.unravel_index(places, x._value.shape)
    write(ops.index_put, x, ops.take.unary(flat, (turns,)), index, False)


class Flat:
    """`x.flat`: all elements in row-major order, read and written by their number.

    Example:
        >>> def f(x):
        ...     y = x.copy()
        ...     y.flat[1:3] = 0.0
        ...     return (y * y).sum()
        >>> minitorch.grad(f)(np.array([[1., 2.], [3., 4.]]))
        array([[2., 0.],
               [0., 8.]])
    """

    __slots__ = ("base",)

    def __init__(self, base: Box) -> None:
        self.base = base

    def __len__(self) -> int:
        return self.base._value.size

    def __iter__(self) -> Iterator[Any]:
        return iter(self.copy())

    def __getitem__(self, index: Any) -> Any:
        return read(self.copy(), index)

    def __setitem__(self, index: Any, values: Any) -> None:
        places = np.arange(self.base._value.size)[parts_of(index)]
        put_flat(self.base, np.atleast_1d(places).ravel(), values)

    def copy(self) -> Any:
        """The elements as a vector."""
        return identity.unary(shape.reshape.unary(self.base, (-1,)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.copy(), dtype, copy=copy)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **settings: Any) -> Any:
        return getattr(ufunc, method)(*map(_spread, inputs), **settings)

    def __array_function__(self, function: Any, types: Any, args: Any, settings: Any) -> Any:
        return function(*_spread(args), **{k: _spread(v) for k, v in settings.items()})


def _spread(value: Any) -> Any:
    """A value with vectors for the `Flat`s in it."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(_spread, value))
    return value.copy() if isinstance(value, Flat) else value
