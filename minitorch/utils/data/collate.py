"""How samples become a batch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.creation import tensor
from minitorch.faces.dtypes import float64, of
from minitorch.faces.interchange import as_tensor
from minitorch.faces.joining import stack
from minitorch.faces.tensor import Tensor

Collators = dict[type | tuple[type, ...], Callable[..., Any]]


def default_collate(batch: Sequence[Any]) -> Any:
    """Put samples together along a new first dimension.

    Tensors and arrays are stacked, floats become a float64 Tensor, ints and bools a Tensor,
    strings stay a list. Mappings and sequences are gone into: a list of (x, y) gives [xs, ys].
    For other types, put a function into `default_collate_fn_map`. Errors name the part of the
    samples that does not fit.

    Raises:
        RuntimeError: tensors of different shapes, or sequences of different lengths.
        TypeError: samples of another type.
        KeyError: a mapping without a key that the first has.

    Example:
        >>> torch.utils.data.default_collate([(torch.ones(2), 3), (torch.zeros(2), 4)])
        [tensor([[1., 1.],
                [0., 0.]]), tensor([3, 4])]
        >>> torch.utils.data.default_collate([{"name": "a", "x": 0.5}, {"name": "b", "x": 1.5}])
        {'name': ['a', 'b'], 'x': tensor([0.5000, 1.5000], dtype=torch.float64)}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Sequence[Any], *, collate_fn_map: Collators | None = None) -> Any:
    """Put samples together by the functions given for their types; see `default_collate`.

    Mappings and sequences that have no function are gone into.

    Args:
        collate_fn_map: type, or tuple of types, to `function(batch, *, collate_fn_map)`. A type
            that is not there takes the first entry that it is a subclass of.
    """
    place: list[str] = []  # to the part of the samples that could not be collated
    try:
        return _collated(batch, collate_fn_map, place)
    except (RuntimeError, TypeError) as error:
        if place and type(error) in (RuntimeError, TypeError):
            path = "".join(reversed(place))
            said, end, below = str(error).partition("\n")
            error.args = (f"{said} (in sample{path} of the samples in the batch){end}{below}",)
        raise


def _collated(batch: Sequence[Any], functions: Collators | None, place: list[str]) -> Any:
    first = batch[0]
    if functions is not None:
        function = functions.get(type(first))
        if function is None:
            of_bases = (f for kinds, f in functions.items() if isinstance(first, kinds))
            function = next(of_bases, None)
        if function is not None:
            return function(batch, collate_fn_map=functions)

    def part(key: Any, column: Sequence[Any]) -> Any:
        try:
            return _collated(column, functions, place)
        except Exception:
            place.append(key if isinstance(key, str) and key[:1] == "." else f"[{key!r}]")
            raise

    if isinstance(first, Mapping):
        return _mapping(first, lambda key: part(key, _values(batch, key)))
    if isinstance(first, Sequence):
        sizes = [len(sample) for sample in batch]
        if sizes.count(sizes[0]) != len(sizes):
            raise RuntimeError(
                "each element in list of batch should be of equal size, but the sizes are "
                f"{sizes}; pad the samples, or give the DataLoader a collate_fn that does"
            )
        named = isinstance(first, tuple) and hasattr(first, "_fields")
        keys = [f".{name}" for name in first._fields] if named else range(len(first))  # type: ignore[attr-defined]
        return _sequence(first, [part(key, column) for key, column in zip(keys, zip(*batch))])
    raise _cannot_collate(type(first))


def _values(batch: Sequence[Any], key: Any) -> list[Any]:
    values = []
    for i, sample in enumerate(batch):
        try:
            values.append(sample[key])
        except KeyError:
            raise KeyError(f"{key!r}: the batch's first sample has it, not sample {i}") from None
    return values


def collate_tensor_fn(
    batch: Sequence[Tensor], *, collate_fn_map: Collators | None = None
) -> Tensor:
    """Tensors, stacked."""
    return _stacked(batch)


def collate_numpy_array_fn(
    batch: Sequence[np.ndarray], *, collate_fn_map: Collators | None = None
) -> Any:
    """Arrays, as tensors."""
    if batch[0].dtype.kind in "SUO":
        raise _cannot_collate(batch[0].dtype)
    return _collated([as_tensor(array) for array in batch], collate_fn_map, [])


def collate_numpy_scalar_fn(
    batch: Sequence[Any], *, collate_fn_map: Collators | None = None
) -> Tensor:
    """NumPy's numbers, as a tensor of their dtype."""
    return _wrapped(np.array(batch))


def collate_float_fn(batch: Sequence[float], *, collate_fn_map: Collators | None = None) -> Tensor:
    """Floats, as a float64 tensor."""
    values = _numbers(batch)
    if values is not None:
        return _wrapped(values.astype(np.float64))
    for i, sample in enumerate(batch):
        if not isinstance(sample, (float, int, Tensor)):
            raise TypeError(
                f"must be real number, not {type(sample).__name__}: the batch begins with the "
                f"float {batch[0]!r}, and {sample!r} is sample {i}"
            )
    return tensor(batch, dtype=float64)


def collate_int_fn(batch: Sequence[int], *, collate_fn_map: Collators | None = None) -> Tensor:
    """Ints or bools, as a tensor."""
    values = _numbers(batch)
    return tensor(batch) if values is None or values.dtype.kind == "f" else _wrapped(values)


def collate_str_fn(batch: Any, *, collate_fn_map: Collators | None = None) -> Any:
    """Strings, as they are."""
    return batch


default_collate_fn_map: Collators = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def _numbers(batch: Sequence[Any]) -> np.ndarray | None:
    """Numbers in an array, if that is simply what they are."""
    for sample in batch:
        if isinstance(sample, (str, bytes)):
            raise TypeError(
                f"new(): invalid data type {type(sample).__name__!r}: the batch begins with "
                f"a number, {batch[0]!r}, and {sample!r} in it is none"
            )
    try:
        values = np.array(batch)
    except ValueError:
        return None
    return values if values.dtype.kind in "bif" and values.ndim == 1 else None


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
