"""torch.*: memory seen in other ways: strides, windows, other dtypes, other sizes.

Here too are the in-place forms that change what a tensor shows and none of its elements.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine import memory
from minitorch.engine.box import Box
from minitorch.engine.modes import is_grad_enabled
from minitorch.engine.node import Leaf, node_of, titled
from minitorch.engine.views import alias, turn
from minitorch.faces import complexes, dtypes, joining, shaping
from minitorch.faces.arguments import checked
from minitorch.faces.descriptors import contiguous_format
from minitorch.faces.layouts import ORDERS
from minitorch.faces.operands import TensorArgument, axis_of, given, input_box, sizes_of
from minitorch.faces.storage import (
    TypedStorage,
    UntypedStorage,
    is_storage,
    storage,
    untyped_storage,
)
from minitorch.ops import shape as ops

Shape = tuple[int, ...]
Function = Callable[..., Any]


def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """A view of the tensor's storage: of any size, with any steps (in elements) between elements.

    Raises:
        RuntimeError: it would reach beyond the storage.

    Example:
        >>> torch.as_strided(torch.arange(6), (2, 3), (1, 1))
        tensor([[0, 1, 2],
                [1, 2, 3]])
    """
    x = input_box(input, "as_strided")
    return alias(x, _strided(x, size, stride, storage_offset, "as_strided"))


def _strided(x: Any, size: Any, stride: Any, offset: int | None, name: str) -> np.ndarray:
    value = x._value
    if not isinstance(value, np.ndarray):
        raise RuntimeError(
            f"{name} of a batched tensor inside vmap: its memory is not one tensor's"
        )
    shape, steps = sizes_of((size,)), sizes_of((stride,), "stride")
    if len(shape) != len(steps):
        raise RuntimeError(
            f"mismatch in length of strides and shape: {name} was given sizes {list(shape)} and "
            f"strides {list(steps)}"
        )
    if min(shape, default=0) < 0:
        raise RuntimeError(f"{name}: Negative values are not allowed in size: {list(shape)}")
    if min(steps, default=0) < 0:
        raise RuntimeError(
            f"{name}: Negative strides are not supported at the moment, got strides: {list(steps)}"
        )
    item, whole = value.itemsize, memory.storage(value)
    at = memory.address(value) - memory.address(whole) if offset is None else int(offset) * item
    if at < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    need = at + item * (1 + sum((n - 1) * s for n, s in zip(shape, steps, strict=True)))
    if 0 not in shape and need > whole.nbytes:
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(steps)}, storage offset {at // item}, "
            f"and itemsize {item} requiring a storage size of {need} are out of bounds for storage "
            f"of size {whole.nbytes}"
        )
    return memory.laid(whole, value.dtype, at, shape, tuple(s * item for s in steps))


def as_strided_(self: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """In place: another size and other strides on the same storage."""
    return turn("as_strided_", self, lambda: as_strided(self, size, stride, storage_offset))


def unfold(self: Any, dimension: int, size: int, step: int) -> Any:
    """A view of all windows of `size` along a dimension, `step` apart, on a new last dimension.

    Example:
        >>> torch.arange(5).unfold(0, 3, 2)
        tensor([[0, 1, 2],
                [2, 3, 4]])
    """
    axis = axis_of(dimension, self._value.ndim)
    n = self._value.shape[axis] if self._value.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return ops.strided_windows.unary(self, axis, size, step)


# in place


def _in_place(name: str, function: Function) -> Function:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        turn(name, self, lambda: function(self, *args, **kwargs))
        node = node_of(self)
        if node is not None and not node.is_leaf and self._view is None:
            title = node.name()
            # PyTorch counts on from the function's own forms
            titled(self, f"{title[:-1]}{int(title[-1]) + (3 if name == 'squeeze_' else 1)}")
        return self

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"In place: the tensor itself becomes what `{name[:-1]}` gives."
    return method


IN_PLACE = ("squeeze", "unsqueeze", "transpose", "t", "swapaxes", "swapdims")


def resize_(self: Any, *sizes: Any, size: Any = None, memory_format: Any = None) -> Any:
    """In place: another size, in row-major order on the same storage.

    Where the storage is too small the tensor moves to a larger one, of which what is new is
    arbitrary; other tensors stay on the old one.
    """
    _untracked(self, "resize")
    shape = sizes_of(given(sizes, size))
    if min(shape, default=0) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension: {list(shape)}")
    if shape != self._value.shape:
        _resized(self, shape)
    if memory_format in ORDERS:
        self._value = _reordered(self._value, memory_format)
    return self


def _reordered(value: np.ndarray, memory_format: Any) -> np.ndarray:
    """The memory of `value`, which is in row-major order, shown in the order of a format."""
    order = ORDERS[memory_format]
    if len(order) != value.ndim:
        raise RuntimeError(
            f"required rank {len(order)} tensor to use {memory_format.name} format; resize_ was "
            f"given the sizes {list(value.shape)}"
        )
    lying = tuple([value.shape[i] for i in order])
    steps = dict(zip(order, packed_strides(lying, value.itemsize), strict=True))
    return memory.relaid(value, value.shape, tuple([steps[i] for i in range(value.ndim)]))


def _untracked(self: Any, what: str) -> None:
    if self.requires_grad:
        raise RuntimeError(
            f"cannot {what} variables that require grad: the tensor has shape "
            f"{list(self._value.shape)}; {what} its .data or a .detach()ed clone"
        )


def _resized(self: Any, shape: Shape) -> None:
    value = self._value
    whole = memory.storage(value)
    at = memory.address(value) - memory.address(whole)
    need = at + math.prod(shape) * value.itemsize
    if need > whole.nbytes:
        larger = np.empty(need, np.uint8)
        larger[: whole.nbytes] = whole
        whole, self._counter, self._view = larger, [self._counter[0]], None
    self._value = memory.laid(whole, value.dtype, at, shape, packed_strides(shape, value.itemsize))
    self._counter[0] += 1


def packed_strides(shape: Shape, item: int) -> Shape:
    """The strides of row-major order, in bytes."""
    strides = [item]
    for n in reversed(shape[1:]):
        strides.append(strides[-1] * max(n, 1))
    return tuple(reversed(strides))[: len(shape)] if shape else ()


def resize_as_(self: Any, the_template: TensorArgument, *, memory_format: Any = None) -> Any:
    """In place: the size of another tensor; see `resize_`."""
    return resize_(self, the_template._value.shape)


def resize(self: Any, *sizes: Any) -> Any:
    """A view or copy in another shape of as many elements; deprecated, use `reshape`."""
    shape = sizes_of(sizes)
    if math.prod(shape) != self._value.size:
        raise RuntimeError(
            f"requested resize to {tuple(shape)} ({math.prod(shape)} elements in total), but the "
            f"given tensor has a size of {tuple(self._value.shape)} ({self._value.size} elements). "
            "autograd's resize can only change the shape of a given tensor, while preserving the "
            "number of elements."
        )
    return shaping.reshape(self, shape)


def resize_as(self: Any, tensor: Any) -> Any:
    """`resize` to the shape of another tensor."""
    return resize(self, tensor._value.shape)


def set_(self: Any, source: Any = None, storage_offset: int = 0, size: Any = None,
         stride: Any = None) -> Any:  # fmt: skip
    """In place: let the tensor show the memory of another tensor, or of a storage."""
    if is_grad_enabled() and type(self._node) is Leaf:
        raise RuntimeError(
            "a leaf Variable that requires grad is being used in an in-place operation. (set_ on "
            f"shape {list(self._value.shape)}.)"
        )
    if is_grad_enabled() and self._node is not None:
        raise RuntimeError(
            f"derivative for set_ is not implemented: the tensor of shape "
            f"{list(self._value.shape)} has a gradient function; detach() it first"
        )
    dtype = self._value.dtype
    if source is None:
        value = np.empty(0, dtype)
    elif isinstance(source, Box):
        if source._value.dtype != dtype:
            raise RuntimeError(
                f"Could not set tensor of type {dtypes.of(source._value.dtype).scalar_type} to a "
                f"tensor of type {dtypes.of(dtype).scalar_type}: set_ keeps the dtype"
            )
        value = source._value
        if size is not None:
            value = _strided(source, size, _steps(size, stride), storage_offset, "set_")
    elif isinstance(source, (UntypedStorage, TypedStorage)):
        flat = source.untyped().on(dtype)
        shape = (len(flat) - storage_offset,) if size is None else size
        value = _strided(_Plain(flat), shape, _steps(shape, stride), storage_offset, "set_")
    else:
        raise TypeError(
            f"set_(): argument 'source' must be Tensor or Storage, not {type(source).__name__}"
        )
    self._value, self._view, self._counter = value, None, [self._counter[0] + 1]
    return self


class _Plain:
    """An array where a box is asked for its array."""

    def __init__(self, value: np.ndarray) -> None:
        self._value = value


def _steps(size: Any, stride: Any) -> Any:
    return packed_strides(sizes_of((size,)), 1) if stride is None or stride == () else stride


def is_set_to(self: Any, tensor: Any) -> bool:
    """Whether two tensors show the same memory in the same way."""
    a, b = self._value, tensor._value
    return (
        memory.shared(a, b)
        and memory.address(a) == memory.address(b)
        and (a.shape, a.strides, a.dtype) == (b.shape, b.strides, b.dtype)
    )


# functions of Python on each element


def apply_(self: Any, callable: Function) -> Any:
    """In place: a Python function of each element; slow, and no gradient flows through."""
    return _mapped(self, "apply_", callable)


def map_(self: Any, tensor: Any, callable: Function) -> Any:
    """In place: a Python function of each element and that of another tensor."""
    return _mapped(self, "map_", callable, tensor)


def map2_(self: Any, x: Any, y: Any, callable: Function) -> Any:
    """In place: a Python function of each element and those of two other tensors."""
    return _mapped(self, "map2_", callable, x, y)


def _mapped(self: Any, name: str, function: Function, *others: Any) -> Any:
    for x in (self, *others):
        if x.requires_grad:
            raise RuntimeError(
                f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() "
                "instead."
            )
        if x._value.dtype != self._value.dtype:
            raise TypeError(f"{name}(): tensors must have one dtype")
    value = self._value
    try:
        rest = [np.broadcast_to(x._value, value.shape).ravel().tolist() for x in others]
    except ValueError:
        raise RuntimeError(f"{name}(): {[x.shape for x in (self, *others)]} don't fit") from None
    results = list(builtins.map(function, value.ravel().tolist(), *rest))
    made = np.array(results, value.dtype).reshape(value.shape)
    return self.copy_(type(self)._from(made))


# parts replaced


def _scattered(name: str, view: Function) -> Function:
    """The function that gives a copy of a tensor with what `view` shows of it replaced."""

    def function(x: Any, src: Any, args: tuple[Any, ...]) -> Any:
        y = input_box(x, name).clone()  # type: ignore[attr-defined]
        part = view(y, *args)
        if part._value.shape != src._value.shape:
            raise RuntimeError(
                f"expected src to have a size equal to the {name.removesuffix('_scatter')} of "
                f"self. src size = {list(src._value.shape)}, "
                f"{name.removesuffix('_scatter')} size = {list(part._value.shape)}"
            )
        part.copy_(src)
        return y

    return function


def diagonal_scatter(
    input: Any, src: TensorArgument, offset: int = 0, dim1: int = 0, dim2: int = 1
) -> Any:
    """A copy with `src` on a diagonal."""
    return titled(
        _scattered("diagonal_scatter", shaping.diagonal)(input, src, (offset, dim1, dim2)),
        "DiagonalScatterBackward0",
    )


def select_scatter(input: Any, src: TensorArgument, dim: int, index: int) -> Any:
    """A copy with `src` at one index of a dimension.

    Example:
        >>> torch.select_scatter(torch.zeros(2, 2), torch.ones(2), 0, 1)
        tensor([[0., 0.],
                [1., 1.]])
    """
    return titled(
        _scattered("select_scatter", lambda y, *args: y.select(*args))(input, src, (dim, index)),
        "SelectScatterBackward0",
    )


def slice_scatter(input: Any, src: TensorArgument, dim: int = 0, start: int | None = None,
                  end: int | None = None, step: int = 1) -> Any:  # fmt: skip
    """A copy with `src` at a slice of a dimension."""
    return titled(
        _scattered("slice_scatter", slice_of)(input, src, (dim, start, end, step)),
        "SliceScatterBackward0",
    )


def as_strided_scatter(input: Any, src: TensorArgument, size: Any, stride: Any,
                       storage_offset: int | None = None) -> Any:  # fmt: skip
    """A copy with `src` where `as_strided` would show it."""
    return _scattered("as_strided_scatter", as_strided)(input, src, (size, stride, storage_offset))


# copies of views


def _copying(name: str, function: Function) -> Function:
    """The function that gives copies where `function` gives views."""

    function = checked(function)

    def method(input: Any, *args: Any, **kwargs: Any) -> Any:
        y = function(input_box(input, f"{name}_copy"), *args, **kwargs)
        return tuple(part.clone() for part in y) if isinstance(y, tuple) else _copy(y)

    method.__name__ = method.__qualname__ = f"{name}_copy"
    method.__doc__ = f"`{name}` as a copy, that shares no memory."
    return method


def _copy(y: Any) -> Any:
    return y.clone(memory_format=contiguous_format)


def slice_of(input: Any, dim: int = 0, start: int | None = None, end: int | None = None,
             step: int = 1) -> Any:  # fmt: skip
    """A view of a slice of a dimension."""
    x = input_box(input, "slice_copy")
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    return ops.getitem.unary(x, (slice(None),) * axis_of(dim, x._value.ndim)
                             + (slice(start, end, step),))  # fmt: skip


def alias_of(input: Any) -> Any:
    """A view of all of a tensor."""
    x = input_box(input, "alias_copy")
    return ops.getitem.unary(x, (...,))


COPIED: dict[str, Function] = {
    "alias": alias_of, "as_strided": as_strided,
    "diagonal": shaping.diagonal, "expand": shaping.expand, "narrow": joining.narrow,
    "permute": shaping.permute, "select": joining.select, "slice": slice_of,
    "split": joining.split, "split_with_sizes": joining.split_with_sizes,
    "squeeze": shaping.squeeze, "t": shaping.t, "transpose": shaping.transpose,
    "unbind": joining.unbind, "unfold": unfold, "unsqueeze": shaping.unsqueeze,
    "view": shaping.reshape, "view_as_complex": complexes.view_as_complex,
    "view_as_real": complexes.view_as_real,
}  # fmt: skip

functions: dict[str, Function] = {
    f.__name__: f
    for f in (
        as_strided, diagonal_scatter, select_scatter, slice_scatter, as_strided_scatter,
        UntypedStorage, TypedStorage, is_storage,
    )
}  # fmt: skip
functions.update({f"{name}_copy": _copying(name, f) for name, f in COPIED.items()})
methods: dict[str, Function] = {
    f.__name__: f
    for f in (
        as_strided_, unfold, resize_, resize_as_, resize, resize_as, set_, is_set_to, storage,
        untyped_storage, apply_, map_, map2_,
    )
}  # fmt: skip
methods["narrow_copy"] = functions["narrow_copy"]
methods.update({f"{name}_": _in_place(f"{name}_", shaping.functions[name]) for name in IN_PLACE})
functions_only = ("UntypedStorage", "TypedStorage", "is_storage", *(f"{n}_copy" for n in COPIED))
