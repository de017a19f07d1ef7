"""Every stream of random numbers that a training draws from: taken down, and put back."""

from __future__ import annotations

import random
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.random import Generator, default_generator
from minitorch.training.states import check_same, restored, storable
from minitorch.utils.data.passes import Pass

STREAMS = (Generator, np.random.Generator, np.random.RandomState, random.Random)
PLAIN = (
    Box, Pass, np.ndarray, np.generic, str, bytes, int, float, complex, type(None), type, range,
    FunctionType, BuiltinFunctionType, MethodType, ModuleType,
)  # fmt: skip
LONG = 256  # containers of more entries hold data, not generators


class Streams:
    """The global streams, and the generators that the given objects hold.

    Those of loaders, samplers, data sets, their transforms and a model's modules are found by
    going through attributes and short containers.
    """

    def __init__(self, loaders: tuple[Any, ...], *holders: Any) -> None:
        self.loaders = loaders
        self.held: list[Any] = []
        seen = {id(default_generator)}
        for holder in (*loaders, *holders):
            self._gather(holder, seen)

    def _gather(self, value: Any, seen: set[int]) -> None:
        waiting = [value]
        while waiting:
            value = waiting.pop()
            if isinstance(value, PLAIN) or id(value) in seen:
                continue
            seen.add(id(value))
            if isinstance(value, STREAMS):
                self.held.append(value)
            elif isinstance(value, (list, tuple, dict)):
                if len(value) <= LONG:
                    parts = value.values() if isinstance(value, dict) else value
                    waiting.extend(reversed(list(parts)))
            else:
                waiting.extend(reversed(list(getattr(value, "__dict__", {}).values())))

    def state(self) -> dict[str, Any]:
        """Where each stream stands, in what `save` writes and `load` reads."""
        return {
            "minitorch": default_generator.get_state(),
            "numpy": storable(np.random.get_state(legacy=False)),  # noqa: NPY002
            "python": random.getstate(),
            "held": [(type(stream).__name__, _state(stream)) for stream in self.held],
            "workers": [getattr(each, "_iterator", None) is not None for each in self.loaders],
        }

    def check(self, state: dict[str, Any]) -> None:
        """Refuse a state of other generators."""
        theirs = [kind for kind, _ in state["held"]]
        ours = [type(stream).__name__ for stream in self.held]
        check_same("the generators (of loaders, data sets, model)", theirs, ours)

    def load(self, state: dict[str, Any]) -> None:
        """Put each stream where it stood.

        Persistent workers that were there are started: a loader draws a seed for them once.
        """
        for loader, started in zip(self.loaders, state["workers"], strict=True):
            if started and loader._iterator is None:
                iter(loader)
        default_generator.set_state(state["minitorch"])
        np.random.set_state(restored(state["numpy"]))  # noqa: NPY002
        random.setstate(state["python"])
        for stream, (_, held) in zip(self.held, state["held"], strict=True):
            _set_state(stream, held)


def _state(stream: Any) -> Any:
    if isinstance(stream, Generator):
        return stream.get_state()
    if isinstance(stream, random.Random):
        return stream.getstate()
    if isinstance(stream, np.random.Generator):
        return storable(stream.bit_generator.state)
    return storable(stream.get_state(legacy=False))


def _set_state(stream: Any, state: Any) -> None:
    if isinstance(stream, Generator):
        stream.set_state(state)
    elif isinstance(stream, random.Random):
        stream.setstate(state)
    elif isinstance(stream, np.random.Generator):
        stream.bit_generator.state = restored(state)
    else:
        stream.set_state(restored(state))
