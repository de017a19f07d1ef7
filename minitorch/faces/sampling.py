"""torch.*: random tensors, and random numbers written in place; all from `minitorch.random`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.views import write
from minitorch.faces.creation import dtype_of, made, shape_of
from minitorch.faces.operands import box_of, is_number
from minitorch.faces.tensor import Tensor
from minitorch.ops import elementwise as ew
from minitorch.random import Generator, default_generator

Function = Callable[..., Any]


def _from(generator: Generator | None) -> Generator:
    return default_generator if generator is None else generator


def _random(name: str, draw: Callable[[Generator, Any, Any], np.ndarray], what: str) -> Function:
    def function(
        *size: Any, generator: Generator | None = None, dtype: Any = None, **options: Any
    ) -> Any:
        if "size" in options:
            size = (options.pop("size"),)
        target = dtype_of(dtype, name)
        return made(draw(_from(generator), shape_of(size, name), target), target, **options)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"A new tensor of {what}, of the given sizes."
    return function


rand = _random(
    "rand", lambda g, size, dtype: g.uniform(size, 0.0, 1.0, dtype), "uniform numbers in [0, 1)"
)
randn = _random(
    "randn", lambda g, size, dtype: g.normal(size, 0.0, 1.0, dtype), "standard normal numbers"
)


def rand_like(input: Any, *, dtype: Any = None, **options: Any) -> Any:
    """Uniform numbers in [0, 1), in the shape and dtype of another tensor."""
    return rand(input._value.shape, dtype=dtype or input.dtype, **options)


def randn_like(input: Any, *, dtype: Any = None, **options: Any) -> Any:
    """Standard normal numbers, in the shape and dtype of another tensor."""
    return randn(input._value.shape, dtype=dtype or input.dtype, **options)


def randint(low: int, high: Any = None, size: Any = None, *, generator: Generator | None = None,
            dtype: Any = None, **options: Any) -> Any:  # fmt: skip
    """Integers from `low` (0) up to, not including, `high`: `randint(10, (2, 3))`."""
    if size is None:
        low, high, size = 0, low, high
    target = dtype_of(dtype, "randint", np.dtype(np.int64))
    values = _from(generator).integers(low, high, shape_of((tuple(size),), "randint"))
    return made(values, target, **options)


def randint_like(
    input: Any, low: int, high: int | None = None, *, dtype: Any = None, **options: Any
) -> Any:
    """Integers in the shape and dtype of another tensor."""
    low, high = (0, low) if high is None else (low, high)
    return randint(low, high, input._value.shape, dtype=dtype or input.dtype, **options)


def randperm(
    n: int, *, generator: Generator | None = None, dtype: Any = None, **options: Any
) -> Any:
    """The integers below `n` in random order."""
    return made(
        _from(generator).permutation(n), dtype_of(dtype, "randperm", np.dtype("i8")), **options
    )


def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None,
           dtype: Any = None, **options: Any) -> Any:  # fmt: skip
    """Normal numbers: of one mean and deviation with a `size`, or elementwise from tensors."""
    if is_number(mean) and is_number(std):
        target = dtype_of(dtype, "normal")
        if size is None:
            raise TypeError("normal(): with numbers for mean and std, give the size of the tensor")
        return made(
            _from(generator).normal(shape_of((tuple(size),), "normal"), mean, std, target),
            **options,
        )
    like = mean if isinstance(mean, Box) else std
    shape = np.broadcast_shapes(
        np.shape(getattr(mean, "_value", mean)), np.shape(getattr(std, "_value", std))
    )
    noise = _from(generator).normal(shape, 0.0, 1.0, like._value.dtype)
    return fresh(Tensor, noise * getattr(std, "_value", std) + getattr(mean, "_value", mean))


def bernoulli(input: Any, p: float | None = None, *, generator: Generator | None = None) -> Any:
    """1 with the probability that each element of `input` gives (or `p`), else 0."""
    x = box_of(input, "bernoulli(): argument 'input'")
    draws = (
        _from(generator).bernoulli(x._value)
        if p is None
        else _from(generator).bernoulli(p, x._value.shape)
    )
    return fresh(Tensor, draws.astype(x._value.dtype))


def multinomial(input: Any, num_samples: int, replacement: bool = False, *,
                generator: Generator | None = None) -> Any:  # fmt: skip
    """`num_samples` indices a row, drawn with the odds of the row's weights."""
    x = box_of(input, "multinomial(): argument 'input'")
    return fresh(Tensor, _from(generator).multinomial(x._value, num_samples, replacement))


def get_rng_state() -> Any:
    """The state of the default generator, as a tensor of bytes."""
    return fresh(Tensor, default_generator.get_state())


def set_rng_state(new_state: Any) -> None:
    """Put the default generator into a state that `get_rng_state` gave."""
    default_generator.set_state(new_state._value)


functions: dict[str, Function] = {
    f.__name__: f
    for f in (rand, randn, rand_like, randn_like, randint, randint_like, randperm, normal,
              bernoulli, multinomial, get_rng_state, set_rng_state)
}  # fmt: skip


def _drawn(name: str, draw: Callable[..., np.ndarray], what: str) -> Function:
    def method(self: Any, *args: Any, generator: Generator | None = None, **kwargs: Any) -> Any:
        value = self._value
        array = draw(_from(generator), value.shape, value.dtype, *args, **kwargs)
        return write(ew.overwrite, self, fresh(Tensor, array.astype(value.dtype, copy=False)))

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"In place: {what}."
    return method


def _random_(g: Generator, shape: Any, dtype: Any, low: Any = None, high: Any = None) -> np.ndarray:
    if low is None:
        return g.random(shape, dtype)
    return g.integers(*((0, low) if high is None else (low, high)), shape)


methods: dict[str, Function] = {
    "uniform_": _drawn(
        "uniform_", lambda g, shape, dtype, a=0.0, b=1.0, **k: g.uniform(shape, k.get("from", a), k.get("to", b), dtype),
        "uniform numbers in [a, b)",
    ),
    "normal_": _drawn(
        "normal_", lambda g, shape, dtype, mean=0.0, std=1.0: g.normal(shape, mean, std, dtype),
        "normal numbers of a mean and a standard deviation",
    ),
    "random_": _drawn("random_", _random_, "random integers"),
    "exponential_": _drawn(
        "exponential_", lambda g, shape, dtype, lambd=1.0: g.exponential(shape, lambd, dtype),
        "exponential numbers of a rate",
    ),
    "bernoulli_": _drawn(
        "bernoulli_",
        lambda g, shape, dtype, p=0.5: g.bernoulli(getattr(p, "_value", p), shape),
        "1 with probability p, else 0",
    ),
    "multinomial": multinomial,
    "bernoulli": bernoulli,
}  # fmt: skip
