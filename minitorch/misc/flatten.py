"""Containers of numbers as vectors, and back; both ways can be differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.differential import containers
from minitorch.engine.box import Box, unboxed

Function = Callable[..., Any]


def flatten(value: Any) -> tuple[Any, Function]:
    """All numbers of a container in one vector, and the function that takes such a vector back.

    Args:
        value: numbers, arrays, and containers of them; a dict goes by its sorted keys.

    Returns:
        The vector, of the dtype that all numbers fit in, and `unflatten(vector)`, which gives a
        container like `value`, each part in its own shape and floating-point dtype.

    Example:
        >>> from minitorch.misc import flatten
        >>> vector, unflatten = flatten({"w": np.ones((2, 1)), "b": 3.})
        >>> vector
        array([3., 1., 1.])
        >>> unflatten(vector * 2)["w"]
        array([[2.],
               [2.]])
    """
    leaves, form = containers.flatten(_sorted(value))
    arrays = [unboxed(leaf) for leaf in leaves]
    shapes = [np.shape(array) for array in arrays]
    dtypes = [np.result_type(array) for array in arrays]
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)]).tolist()
    vector = np.concatenate([np.ravel(leaf) for leaf in leaves]) if leaves else np.array([])

    def unflatten(vector: Any) -> Any:
        if np.shape(vector) != (ends[-1],):
            raise ValueError(
                f"unflatten: expected a vector of {ends[-1]} numbers, got shape {np.shape(vector)}"
            )
        parts = zip(ends, ends[1:], shapes, dtypes)
        return form.build(
            _cast(np.reshape(vector[start:end], shape), dtype) for start, end, shape, dtype in parts
        )

    return vector, unflatten


def flatten_func(func: Function, example: Any) -> tuple[Function, Function, Any]:
    """A function of a container, with a container as its value, as one from vector to vector.

    Returns:
        The function of `(vector, *args)`, `unflatten`, and `example` as a vector.

    Example:
        >>> from minitorch.misc import flatten_func
        >>> flat, unflatten, start = flatten_func(lambda p: {"w": p["w"] * 2}, {"w": np.ones(2)})
        >>> flat(start)
        array([2., 2.])
    """
    start, unflatten = flatten(example)

    def flat(vector: Any, *args: Any) -> Any:
        return flatten(func(unflatten(vector), *args))[0]

    return flat, unflatten, start


def _sorted(value: Any) -> Any:
    """The same containers, with dicts in the order of their keys where these can be ordered."""
    if type(value) is dict:
        try:
            keys = sorted(value)
        except TypeError:
            keys = list(value)
        return {key: _sorted(value[key]) for key in keys}
    if type(value) in (tuple, list):
        return type(value)(_sorted(part) for part in value)
    return value


def _cast(part: Any, dtype: np.dtype[Any]) -> Any:
    """A part in its dtype, if that is one of floating point."""
    own = unboxed(part).dtype
    if dtype.kind in "fc" and own != dtype:
        part = (np.real(part) if own.kind == "c" != dtype.kind else part).astype(dtype)
    return part if isinstance(part, Box) else part[()]
