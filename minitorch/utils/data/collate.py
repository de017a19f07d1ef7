"""How samples become a batch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.creation import tensor
from minitorch.faces.dtypes import of
from minitorch.faces.joining import stack
from minitorch.faces.tensor import Tensor


def default_collate(batch: Sequence[Any]) -> Any:
    """Put samples together along a new first dimension.

    Tensors and arrays are stacked, floats become a float64 Tensor, ints and bools a Tensor,
    strings stay a list. Mappings and sequences are gone into: a list of (x, y) gives [xs, ys].

    Raises:
        RuntimeError: tensors of different shapes, or sequences of different lengths.
        TypeError: samples of another type.

    Example:
        >>> torch.utils.data.default_collate([(torch.ones(2), 3), (torch.zeros(2), 4)])
        [tensor([[1., 1.],
                [0., 0.]]), tensor([3, 4])]
        >>> torch.utils.data.default_collate([{"name": "a", "x": 0.5}, {"name": "b", "x": 1.5}])
        {'name': ['a', 'b'], 'x': tensor([0.5000, 1.5000], dtype=torch.float64)}
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return _stacked(batch)
    if isinstance(first, np.ndarray):
        if first.dtype.kind in "SUO":
            raise _cannot_collate(first.dtype)
        return _stacked([_wrapped(array) for array in batch])
    if isinstance(first, (np.bool_, np.number)):
        return _wrapped(np.array(batch))
    if isinstance(first, (float, int)):
        for sample in batch:
            if isinstance(sample, (str, bytes)):
                raise TypeError(
                    f"new(): invalid data type {type(sample).__name__!r}: the batch begins with "
                    f"a number, {first!r}, and {sample!r} in it is none"
                )
        if isinstance(first, float):
            return _wrapped(np.array(batch, np.float64))
        values = np.array(batch)
        return _wrapped(values) if values.dtype.kind in "bi" else tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _mapping(first, lambda key: default_collate([sample[key] for sample in batch]))
    if isinstance(first, Sequence):
        sizes = [len(sample) for sample in batch]
        if sizes.count(sizes[0]) != len(sizes):
            raise RuntimeError(
                "each element in list of batch should be of equal size, but the sizes are "
                f"{sizes}; pad the samples, or give the DataLoader a collate_fn that does"
            )
        return _sequence(first, [default_collate(column) for column in zip(*batch)])
    raise _cannot_collate(type(first))


def default_convert(data: Any) -> Any:
    """Make Tensors of the NumPy arrays and numbers in a sample; the rest stays as it is.

    Example:
        >>> torch.utils.data.default_convert({"x": np.float32([1, 2]), "name": "a"})
        {'x': tensor([1., 2.]), 'name': 'a'}
    """
    if isinstance(data, Tensor):
        return data
    if isinstance(data, (np.ndarray, np.bool_, np.number)):
        return data if data.dtype.kind in "SUO" else _wrapped(np.asarray(data))
    if isinstance(data, Mapping):
        return _mapping(data, lambda key: default_convert(data[key]))
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _sequence(data, [default_convert(item) for item in data])
    return data


def _stacked(tensors: Sequence[Any]) -> Tensor:
    """`stack` with a short cut for what data sets give: plain tensors of one shape and dtype."""
    shape, dtype = tensors[0]._value.shape, tensors[0]._value.dtype
    for t in tensors:
        if type(t) is not Tensor or t._node is not None or (t._view and t.requires_grad):
            return stack(list(tensors), 0)
        if t._value.shape != shape or t._value.dtype != dtype:
            return stack(list(tensors), 0)
    out = np.empty((len(tensors), *shape), dtype)
    np.concatenate([t._value for t in tensors], axis=None, out=out.reshape(-1))
    return fresh(Tensor, out)


def _wrapped(array: np.ndarray) -> Tensor:
    of(array.dtype)  # raises TypeError for what no Tensor can hold
    return fresh(Tensor, array)


def _mapping(like: Mapping[Any, Any], collated: Callable[[Any], Any]) -> Any:
    """The collated values of every key, in a mapping of the same type where that can be made."""
    items = {key: collated(key) for key in like}
    try:
        if isinstance(like, MutableMapping):
            made = copy.copy(like)
            made.update(items)
            return made
        return type(like)(items)  # type: ignore[call-arg]
    except TypeError:
        return items


def _sequence(like: Sequence[Any], items: list[Any]) -> Any:
    """The items in a sequence of the same type where that can be made; tuples become lists."""
    if isinstance(like, tuple):
        return type(like)(*items) if hasattr(like, "_fields") else items
    try:
        if isinstance(like, MutableSequence):
            made = copy.copy(like)
            for i, item in enumerate(items):
                made[i] = item
            return made
        return type(like)(items)  # type: ignore[call-arg]
    except TypeError:
        return items


def _cannot_collate(found: Any) -> TypeError:
    return TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {found}. Let the dataset return one of those, or give the DataLoader a collate_fn."
    )
