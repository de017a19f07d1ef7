"""torch.*: random tensors, and random numbers written in place; all from `minitorch.random`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import NoneType
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import written
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.arithmetic import named
from minitorch.faces.creation import dtype_of, made, shape_of, size_of
from minitorch.faces.drawing import filling, of_shapes, of_sizes, of_tensors, one_by_one
from minitorch.faces.layouts import dense_like
from minitorch.faces.operands import (
    box_of,
    broadcast_shape,
    check_memory,
    integer,
    is_number,
    scalar,
)
from minitorch.faces.tensor import Tensor
from minitorch.ops import elementwise as ew
from minitorch.random import Generator, default_generator, get_rng_state, set_rng_state

Function = Callable[..., Any]


def _from(generator: Generator | None) -> Generator:
    return default_generator if generator is None else generator


def in_memory_order(draw: Callable[[Any], np.ndarray], like: np.ndarray) -> np.ndarray:
    """What `draw(shape)` gives, in the order in which the elements of `like` lie in memory."""
    if like.flags.c_contiguous or type(like) is not np.ndarray:
        return draw(like.shape)
    strides = _form(like).strides
    order = sorted(range(like.ndim), key=lambda axis: -strides[axis])
    return draw(tuple(like.shape[axis] for axis in order)).transpose(np.argsort(order))


def _form(value: np.ndarray) -> np.ndarray:
    """An array that lies in memory as a new one like `value` does."""
    return dense_like(value) if type(value) is np.ndarray else value


def _random(name: str, draw: Callable[..., np.ndarray], what: str) -> tuple[Function, Function]:
    """A function of sizes, and its form that takes them from another tensor."""

    def function(
        *size: Any, generator: Generator | None = None, dtype: Any = None, **options: Any
    ) -> Any:
        sizes, target = size_of(name, size, options), dtype_of(dtype, name)
        return made(draw(_from(generator), sizes, target), target, **options)

    def like(input: Any, *, dtype: Any = None, generator: Generator | None = None,
             **options: Any) -> Any:  # fmt: skip
        value = box_of(input, f"{name}_like(): argument 'input'")._value
        target = dtype_of(dtype, name, value.dtype)
        in_rows = name == "rand" or _form(value).flags.c_contiguous
        singly = {} if in_rows else {"singly": True}
        array = in_memory_order(
            lambda shape: draw(_from(generator), shape, target, **singly), value
        )
        return made(array, target, **options)

    return (
        of_sizes(named(function, name, f"A new tensor of {what}, of the given sizes.")),
        of_shapes(
            named(
                like,
                f"{name}_like",
                f"{what.capitalize()}, in the shape and dtype of another tensor.",
            )
        ),
    )


rand, rand_like = _random(
    "rand", lambda g, size, dtype: g.uniform(size, 0.0, 1.0, dtype), "uniform numbers in [0, 1)"
)
randn, randn_like = _random(
    "randn", lambda g, size, dtype, **how: g.normal(size, 0.0, 1.0, dtype, **how),
    "standard normal numbers",
)  # fmt: skip


@of_sizes
def randint(low: Any = None, high: Any = None, size: Any = None, *,
            generator: Generator | None = None, dtype: Any = None,
            **options: Any) -> Any:  # fmt: skip
    """Integers from `low` (0) up to, not including, `high`: `randint(10, (2, 3))`."""
    if size is None:
        low, high, size = None, low, high
    if low is None:
        low = 0
    elif high is None:
        low, high = 0, low
    if not isinstance(size, (tuple, list)):
        raise TypeError(
            f"randint(): argument 'size' must be tuple of ints, not {type(size).__name__}"
        )
    low, high = integer(low, "randint(): the lower bound"), integer(high, "randint(): the bound")
    target = dtype_of(dtype, "randint", np.dtype(np.int64))
    values = _from(generator).integers(low, high, shape_of(tuple(size), "randint"), target)
    return made(values, target, **options)


@of_shapes
def randint_like(input: Any, low: int, high: int | None = None, *, dtype: Any = None,
                 generator: Generator | None = None, **options: Any) -> Any:  # fmt: skip
    """Integers in the shape and dtype of another tensor."""
    value = box_of(input, "randint_like(): argument 'input'")._value
    low, high = (0, low) if high is None else (low, high)
    target = dtype_of(dtype, "randint_like", value.dtype)
    array = in_memory_order(
        lambda shape: _from(generator).integers(low, high, shape, target), value
    )
    return made(array, target, **options)


@one_by_one
def randperm(
    n: int, *, generator: Generator | None = None, dtype: Any = None, **options: Any
) -> Any:
    """The integers below `n` in random order."""
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got {n}")
    check_memory((n,), np.dtype(np.int64), "randperm")
    return made(
        _from(generator).permutation(n), dtype_of(dtype, "randperm", np.dtype("i8")), **options
    )


@of_sizes
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
    for x in (mean, std):
        if not isinstance(x, Box):
            scalar(x, "normal(): what is no Tensor among mean and std")
    like = mean if isinstance(mean, Box) else std
    shape = broadcast_shape("normal", *(x for x in (mean, std) if isinstance(x, Box)))
    if not np.all(np.asarray(getattr(std, "_value", std)) >= 0):
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    noise = _from(generator).normal(shape, 0.0, 1.0, like._value.dtype)
    values = noise * getattr(std, "_value", std) + getattr(mean, "_value", mean)
    return made(np.asarray(values, like._value.dtype))


@of_tensors
def bernoulli(input: Any, p: float | None = None, *, generator: Generator | None = None) -> Any:
    """1 with the probability that each element of `input` gives (or `p`), else 0."""
    x = box_of(input, "bernoulli(): argument 'input'")
    draws = (
        _from(generator).bernoulli(x._value)
        if p is None
        else _from(generator).bernoulli(p, x._value.shape)
    )
    return fresh(Tensor, np.asarray(draws).astype(x._value.dtype))


@of_shapes
def dropped(input: Any, p: float) -> Any:
    """What dropout multiplies with: 0 with probability `p`, else what makes up for the zeros."""
    dtype = input._value.dtype
    if p == 1.0:  # nothing is drawn
        return fresh(Tensor, in_memory_order(partial(np.zeros, dtype=dtype), input._value))
    draw = partial(default_generator.bernoulli, 1.0 - p)
    noise = in_memory_order(draw, input._value).astype(dtype)
    wide = dtype.type if dtype.char in "fd" else np.float32
    noise *= dtype.type(wide(1) / wide(1.0 - p))
    return fresh(Tensor, noise)


@of_tensors
def multinomial(input: Any, num_samples: int, replacement: bool = False, *,
                generator: Generator | None = None) -> Any:  # fmt: skip
    """`num_samples` indices a row, drawn with the odds of the row's weights."""
    x = box_of(input, "multinomial(): argument 'input'")
    return fresh(Tensor, _from(generator).multinomial(x._value, num_samples, replacement))


@of_tensors
def poisson(input: Any, generator: Generator | None = None) -> Any:
    """Poisson numbers, of the means that `input` gives.

    Example:
        >>> torch.poisson(torch.tensor([0., 1000.])).shape
        torch.Size([2])
    """
    x = box_of(input, "poisson(): argument 'input' (position 1)")
    return fresh(Tensor, _from(generator).poisson(x._value))


@of_tensors
def binomial(count: Any, prob: Any, generator: Generator | None = None) -> Any:
    """Numbers of successes among `count` trials of probability `prob`, elementwise."""
    trials = box_of(count, "binomial(): argument 'count' (position 1)")._value
    odds = box_of(prob, "binomial(): argument 'prob' (position 2)")._value
    if trials.dtype.kind not in "fV":
        raise ValueError(
            "binomial only supports floating-point dtypes for count, got: "
            f"{dtypes.of(trials.dtype).scalar_type}"
        )
    if trials.dtype != odds.dtype:
        names = [dtypes.of(a.dtype).scalar_type for a in (odds, trials)]
        raise RuntimeError(
            f"Found dtype {names[0]} but expected {names[1]}: binomial takes count and prob of "
            "one dtype"
        )
    broadcast_shape("binomial", fresh(Tensor, trials), fresh(Tensor, odds))
    return fresh(Tensor, _from(generator).binomial(*np.broadcast_arrays(trials, odds)))


functions: dict[str, Function] = {
    f.__name__: f
    for f in (rand, randn, rand_like, randn_like, randint, randint_like, randperm, normal,
              bernoulli, binomial, poisson, multinomial, get_rng_state, set_rng_state)
}  # fmt: skip


def _drawn(name: str, draw: Callable[..., np.ndarray], what: str) -> Function:
    def method(self: Any, *args: Any, generator: Generator | None = None, **kwargs: Any) -> Any:
        value = self._value
        if name not in ("bernoulli_", "random_"):
            for x in (*args, *kwargs.values()):
                scalar(x, f"{name}(): each argument")
        if name == "normal_" and not value.flags.c_contiguous:
            kwargs["singly"] = True
        array = in_memory_order(
            lambda shape: draw(_from(generator), shape, value.dtype, *args, **kwargs), value
        )
        write(ew.overwrite, self, fresh(Tensor, array.astype(value.dtype, copy=False)))
        return written(self, ew.overwrite, title)

    camel = "".join(part.capitalize() for part in name.split("_"))
    title = f"{camel}Backward{2 if name in ('bernoulli_', 'random_') else 0}"
    return filling(named(method, name, f"In place: {what}."))


def _uniform(g: Generator, shape: Any, dtype: Any, low: float = 0.0, high: float = 1.0,
             **bounds: float) -> np.ndarray:  # fmt: skip
    # PyTorch's names of the bounds are `from`, which Python keeps for itself, and `to`
    return g.uniform(shape, bounds.pop("from", low), bounds.pop("to", high), dtype, **bounds)  # type: ignore[arg-type]


def _random_(g: Generator, shape: Any, dtype: Any, *bounds: Any, **named: Any) -> np.ndarray:
    if "to" in named:
        bounds = (*bounds, *([named["from"]] if "from" in named else ()), named["to"])
    if not bounds:
        return g.random(shape, dtype)
    if len(bounds) > 2 or not all(isinstance(b, (int, np.integer, NoneType)) for b in bounds):
        raise TypeError(f"random_() takes the ints `from` and `to`, not {bounds}")
    low, high = bounds if len(bounds) == 2 else (0, *bounds)
    return g.integers(low, high, shape, dtype)


methods: dict[str, Function] = {
    "uniform_": _drawn("uniform_", _uniform, "uniform numbers in [from, to)"),
    "normal_": _drawn(
        "normal_",
        lambda g, shape, dtype, mean=0.0, std=1.0, **how: g.normal(shape, mean, std, dtype, **how),
        "normal numbers of a mean and a standard deviation",
    ),
    "random_": _drawn("random_", _random_, "random integers"),
    "exponential_": _drawn(
        "exponential_", lambda g, shape, dtype, lambd=1.0: g.exponential(shape, lambd, dtype),
        "exponential numbers of a rate",
    ),
    "geometric_": _drawn(
        "geometric_", lambda g, shape, dtype, p: g.geometric(shape, p, dtype),
        "the number of trials up to the first success, of probability p",
    ),
    "cauchy_": _drawn(
        "cauchy_",
        lambda g, shape, dtype, median=0.0, sigma=1.0: g.cauchy(shape, median, sigma, dtype),
        "Cauchy numbers of a median and a half-width",
    ),
    "log_normal_": _drawn(
        "log_normal_",
        lambda g, shape, dtype, mean=1.0, std=2.0: g.log_normal(shape, mean, std, dtype),
        "numbers whose logarithm is normal, with a mean and a standard deviation",
    ),
    "bernoulli_": _drawn(
        "bernoulli_",
        lambda g, shape, dtype, p=0.5: g.bernoulli(getattr(p, "_value", p), shape),
        "1 with probability p, else 0",
    ),
    "multinomial": multinomial,
    "bernoulli": bernoulli,
}  # fmt: skip
functions_only = (*functions,)
takes_out = ("rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial")
