"""Random functions under vmap: the same numbers for all examples, or different ones."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from minitorch.engine.box import Box
from minitorch.engine.conform import identity
from minitorch.engine.layers import batched, inside, repeated
from minitorch.engine.modes import state
from minitorch.ops.shape import getitem, stack

Function = Callable[..., Any]


def level_of_randomness() -> Any:
    """The innermost live transform that tells what random functions do; None if there is none.

    Raises:
        RuntimeError: it tells that they are an error.
    """
    for level in reversed(state.levels):
        if level.randomness == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use "
                "the 'same' or 'different' randomness flags on vmap or perform the randomness "
                "operation out of vmap"
            )
        if level.randomness is not None:
            return level
    return None


@contextmanager
def without(level: Any) -> Iterator[None]:
    """A context in which a live transform is none."""
    before = state.levels
    state.levels = tuple(other for other in before if other is not level)
    try:
        yield
    finally:
        state.levels = before


def of_sizes(function: Function) -> Function:
    """A random function of sizes (or tensors), which under vmap draws for all examples at once."""

    def more(draw: Function, size: int, args: Any, kwargs: dict[str, Any]) -> Any:
        if kwargs.get("size") is not None:
            return draw(*args, **{**kwargs, "size": (size, *kwargs["size"])})
        if args and isinstance(args[-1], (tuple, list)):
            return draw(*args[:-1], (size, *args[-1]), **kwargs)
        return draw(size, *args, **kwargs)

    return _under_vmap(function, more)


def of_tensors(function: Function) -> Function:
    """A random function of the values of tensors, which under vmap draws for all at once."""
    return _under_vmap(function, None)


def of_shapes(function: Function) -> Function:
    """A random function of the shapes of tensors, which under vmap draws for all at once."""
    return _under_vmap(function, None, reads=False)


def one_by_one(function: Function) -> Function:
    """A random function that under vmap draws for one example after the other."""

    def more(draw: Function, size: int, args: Any, kwargs: dict[str, Any]) -> Any:
        return stack([draw(*args, **kwargs) for _ in range(size)], 0)

    return _under_vmap(function, more)


def filling(method: Function) -> Function:
    """A method that writes random numbers into its tensor, for all examples at once."""

    @functools.wraps(method)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        level = level_of_randomness() if state.levels else None
        if level is None:
            return method(self, *args, **kwargs)
        inner, own = inside(self, level.number)
        if level.randomness == "different":
            if not own:
                raise RuntimeError(
                    "vmap: Cannot ask for different inplace randomness on an unbatched tensor. "
                    "This will appear like same randomness. Make the tensor from one that is "
                    "vmapped over, as by torch.zeros_like or new_zeros."
                )
            with without(level):
                wrapped(inner, *args, **kwargs)
        elif own:
            with without(level):
                drawn = wrapped(_first(inner).detach().clone(), *args, **kwargs)
            self.copy_(drawn)
        else:
            with without(level):
                wrapped(self, *args, **kwargs)
        return self

    return wrapped


def _first(inner: Any) -> Any:
    """The first example."""
    return getitem(inner, (0,))


def _under_vmap(function: Function, more: Function | None, reads: bool = True) -> Function:
    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        level = level_of_randomness() if state.levels else None
        if level is None:
            return function(*args, **kwargs)
        if level.randomness == "same" or level.size is None:
            args = tuple([_shared(x, level, reads) for x in args])
            with without(level):
                return wrapped(*args, **kwargs)
        with without(level):
            if more is None or any(isinstance(x, Box) for x in args):
                drawn = wrapped(*_all(args, level), **kwargs)
            else:
                drawn = more(wrapped, level.size, args, kwargs)
        return batched(drawn, level.number)

    return wrapped


def _shared(x: Any, level: Any, reads: bool) -> Any:
    """An argument of a function that draws the same numbers for all examples."""
    if not isinstance(x, Box):
        return x
    inner, own = inside(x, level.number)
    if own and reads:
        raise RuntimeError(
            "Vmap does not currently support same randomness with a batched tensor input: use "
            "randomness='different', or draw outside of vmap"
        )
    return _first(inner) if own else x


def _all(args: Sequence[Any], level: Any) -> list[Any]:
    """The arguments with a first axis of examples."""
    found = []
    for x in args:
        if isinstance(x, Box):
            inner, own = inside(x, level.number)
            x = inner if own else identity(repeated(x, level.size))
        found.append(x)
    return found
