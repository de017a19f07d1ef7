"""Watching a model run: which module calls which, with what, and the operations inside of each.

Nothing asks whether somebody watches. For the time of a run, the function of each primitive and
the call of every module are exchanged for the same with a note; afterwards all is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any

import numpy as np

from minitorch.engine.registry import registry
from minitorch.inspect.recording import owner
from minitorch.inspect.summarizing.costs import multiply_adds
from minitorch.nn.modules.everywhere import AROUND, calls
from minitorch.nn.modules.module import Module


@dataclass(eq=False)
class Call:
    """One call of a module: what went in and came out, and what happened inside.

    `own` counts the multiply-adds of operations outside of all modules that it called, by the
    operations' names; `size` the bytes that all its operations made, those in `inner` calls not
    among them. `error` is the exception that the call ended with.
    """

    module: Module | None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    output: Any = None
    inner: list[Call] = field(default_factory=list)
    own: dict[str, int] = field(default_factory=dict)
    size: int = 0
    error: Exception | None = None

    def multiply_adds(self) -> int:
        """Those of the call and of all calls within."""
        return sum(self.own.values()) + sum(call.multiply_adds() for call in self.inner)

    def bytes(self) -> int:
        """The memory of all results made within."""
        return self.size + sum(call.bytes() for call in self.inner)

    def all(self) -> Iterator[Call]:
        """This call and those within, in the order of their beginnings."""
        yield self
        for call in self.inner:
            yield from call.all()


class Watch:
    """What happens while it is entered; `root` stands for the program outside of all modules.

    `describe` makes of an argument or result what is to be kept of it. `touched` has the memory
    (as ids of arrays that own it) that operations have read.
    """

    def __init__(self, describe: Callable[[Any], Any]) -> None:
        self.describe = describe
        self.root = Call(None)
        self.touched: set[int] = set()
        self._stack = [self.root]
        self._thread = get_ident()

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Exchange, and put back at the end."""
        runs = [(op, op.run, list(op.pushes)) for op in registry.values()]
        around = calls.get(AROUND)
        try:
            for op, run, _ in runs:
                op.run = self._operation(op.name, run)
            calls[AROUND] = "around", self._module(around[1] if around else None)
            yield self
        finally:
            if around is None:
                calls.pop(AROUND, None)
            else:
                calls[AROUND] = around
            for op, run, pushes in runs:
                op.run, op.pushes = run, pushes

    def _operation(self, name: str, run: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **kwargs: Any) -> Any:
            y = run(*args, **kwargs)
            if get_ident() == self._thread:
                self._note(name, args, y)
            return y

        return noted

    def _note(self, name: str, args: tuple[Any, ...], y: Any) -> None:
        call = self._stack[-1]
        count = multiply_adds(name, args, y)
        if count:
            call.own[name] = call.own.get(name, 0) + count
        arrays = [a for a in flat(args) if type(a) is np.ndarray]
        self.touched.update(id(owner(a)) for a in arrays)
        for result in y if isinstance(y, (tuple, list)) else (y,):
            # views take no memory, nor do results that are written over an argument
            if type(result) is np.ndarray and not any(owner(result) is owner(a) for a in arrays):
                call.size += result.nbytes

    def _module(self, around: Callable[..., Any] | None) -> Callable[..., Any]:
        def noted(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if get_ident() != self._thread:
                return module._call_between_hooks(args, kwargs)
            described = tuple(map(self.describe, args))
            named = {name: self.describe(value) for name, value in kwargs.items()}
            call = Call(module, described, named)
            self._stack[-1].inner.append(call)
            self._stack.append(call)
            try:
                if around is not None:
                    y = around(module, args, kwargs)
                else:
                    y = module._call_between_hooks(args, kwargs)
                call.output = self.describe(y)
                return y
            except Exception as error:
                call.error = error
                raise
            finally:
                self._stack.pop()

        return noted


def flat(args: tuple[Any, ...]) -> Iterator[Any]:
    """Arguments, and those in sequences of arrays."""
    for a in args:
        if isinstance(a, (list, tuple)):
            yield from a
        else:
            yield a
