"""Functions of the array API standard that rearrange elements, and that index them."""

from __future__ import annotations

from typing import Any

from .operands import axes_of, is_tensor, together, torch

__all__ = [
    "broadcast_arrays", "broadcast_to", "concat", "expand_dims", "flip", "matrix_transpose",
    "moveaxis", "permute_dims", "repeat", "reshape", "roll", "squeeze", "stack", "take",
    "take_along_axis", "tile", "unstack",
]  # fmt: skip


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """The tensors with the shape that they broadcast to together."""
    return tuple(torch.broadcast_tensors(*arrays)) if arrays else ()


def broadcast_to(x: Any, /, shape: tuple[int, ...]) -> Any:
    """`x` with a shape that it broadcasts to."""
    return torch.broadcast_to(x, shape)


def concat(arrays: Any, /, *, axis: int | None = 0) -> Any:
    """Tensors one after another along an axis; None for all their elements in one row."""
    arrays = together(*arrays)
    if axis is None:
        arrays, axis = [x.reshape(-1) for x in arrays], 0
    return torch.cat(arrays, dim=axis)


def stack(arrays: Any, /, *, axis: int = 0) -> Any:
    """Tensors of one shape along a new axis."""
    return torch.stack(together(*arrays), dim=axis)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The parts of `x` along an axis, which they have not."""
    return tuple(torch.unbind(x, dim=axis))


def expand_dims(x: Any, /, *, axis: int = 0) -> Any:
    """`x` with a new axis of length 1."""
    return torch.unsqueeze(x, axis)


def squeeze(x: Any, /, axis: int | tuple[int, ...]) -> Any:
    """`x` without these axes, which must have length 1."""
    axes = axes_of(x, axis)
    for a in axes:
        if x.shape[a] != 1:
            raise ValueError(f"squeeze: axis {a} of shape {list(x.shape)} has not length 1")
    return x.reshape([n for a, n in enumerate(x.shape) if a not in axes])


def flip(x: Any, /, *, axis: Any = None) -> Any:
    """The elements in reverse order along some axes, or all."""
    return torch.flip(x, axes_of(x, axis))


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
    """The elements shifted along some axes, the last ones coming first."""
    return torch.roll(x, shift) if axis is None else torch.roll(x, shift, axis)


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Each element several times."""
    return torch.repeat_interleave(x, repeats, dim=axis)


def tile(x: Any, repetitions: tuple[int, ...], /) -> Any:
    """`x` several times along each axis."""
    return torch.tile(x, tuple(repetitions))


def reshape(x: Any, /, shape: tuple[int, ...], *, copy: bool | None = None) -> Any:
    """The elements in another shape; `copy=False` is an error where they must be copied."""
    if copy:
        return torch.reshape(x, shape).clone()
    if copy is False:
        try:
            return x.view(shape)
        except RuntimeError as error:
            raise ValueError(f"reshape: {error}") from None
    return torch.reshape(x, shape)


def permute_dims(x: Any, /, axes: tuple[int, ...]) -> Any:
    """The axes in another order."""
    return torch.permute(x, tuple(axes))


def moveaxis(x: Any, source: Any, destination: Any, /) -> Any:
    """Some axes in other places."""
    return torch.movedim(x, source, destination)


def matrix_transpose(x: Any, /) -> Any:
    """The last two axes exchanged."""
    if x.ndim < 2:
        raise ValueError(f"matrix_transpose needs at least two dimensions, not {x.ndim}")
    return torch.transpose(x, -2, -1)


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """The parts at some indices along an axis."""
    if axis is None:
        if x.ndim != 1:
            raise ValueError("take: the axis must be given for more than one dimension")
        axis = 0
    indices = torch.where(indices < 0, indices + x.shape[axis], indices)
    if indices.ndim:
        return torch.index_select(x, axis, indices)
    return torch.select(x, axis, int(indices)) if is_tensor(indices) else x


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """At each place, the element of its row at that index."""
    indices = torch.where(indices < 0, indices + x.shape[axis], indices)
    shape = list(torch.broadcast_shapes(_without(x, axis), _without(indices, axis)))
    at = axis % x.ndim
    x = x.expand([*shape[:at], x.shape[at], *shape[at + 1 :]])
    indices = indices.expand([*shape[:at], indices.shape[at], *shape[at + 1 :]])
    return torch.gather(x, at, indices)


def _without(x: Any, axis: int) -> list[int]:
    sizes = list(x.shape)
    sizes[axis] = 1
    return sizes
