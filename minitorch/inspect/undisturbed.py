"""Running a model without leaving a trace in it: whatever a call changes is put back.

Training flags, buffers, parameters, hooks, attributes, lazy modules that found their shapes, and
the global streams of random numbers are, bit for bit, what they were before.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.nn.modules.module import Module
from minitorch.random import default_generator

Restore = Callable[[], None]
_SLOTS = {name: vars(Box)[name] for name in ("_counter", "_idle", "_node", "_value", "_view")}


@contextmanager
def undisturbed(*models: Module) -> Iterator[None]:
    """A block at whose end the modules, and the random numbers, are as they were before it."""
    restores: list[Restore] = [_random_numbers()]
    seen: set[int] = set()
    for model in models:
        for module in model.modules():
            restores.append(_module(module, seen))
    try:
        yield
    finally:
        for restore in reversed(restores):
            restore()


def _random_numbers() -> Restore:
    ours = default_generator.get_state()
    numpys = np.random.get_state()  # noqa: NPY002
    pythons = random.getstate()

    def restore() -> None:
        default_generator.set_state(ours)
        np.random.set_state(numpys)  # noqa: NPY002
        random.setstate(pythons)

    return restore


def _module(module: Module, seen: set[int]) -> Restore:
    """A module's class and attributes; of containers among them the contents, one level deep."""
    own, cls = dict(module.__dict__), module.__class__
    inner = [_held(value, seen) for value in own.values()]

    def restore() -> None:
        module.__dict__.clear()
        module.__dict__.update(own)
        if module.__class__ is not cls:
            module.__class__ = cls
        for put_back in inner:
            put_back()

    return restore


def _held(value: Any, seen: set[int]) -> Restore:
    """What an attribute holds, if that is something that can change in place."""
    if id(value) in seen:
        return _nothing
    seen.add(id(value))
    if isinstance(value, Box):
        return _box(value)
    if isinstance(value, np.ndarray):
        return _array(value)
    if not isinstance(value, (list, dict, set, deque)):
        return _nothing
    kept: Any = dict(value) if isinstance(value, dict) else list(value)
    parts = kept.values() if isinstance(value, dict) else kept
    inner = [_held(part, seen) for part in parts if isinstance(part, (Box, np.ndarray))]

    def restore() -> None:
        now: Any = list(value.items()) if isinstance(value, dict) else list(value)
        before: Any = list(kept.items()) if isinstance(value, dict) else kept
        if len(now) != len(before) or any(not _same(a, b) for a, b in zip(now, before)):
            value.clear()
            (value.extend if isinstance(value, (list, deque)) else value.update)(kept)  # type: ignore[union-attr, arg-type]
        for put_back in inner:
            put_back()

    return restore


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return all(x is y for x, y in zip(a, b))
    return a is b


def _box(box: Any) -> Restore:
    """A tensor: its class, its memory and what stands in the memory, its place in the graph."""
    cls, kept = type(box), {}
    for name, slot in _SLOTS.items():
        try:
            kept[name] = slot.__get__(box)
        except AttributeError:  # an empty slot
            continue
    versions, extra = list(kept["_counter"]), dict(vars(box))
    refill = _array(kept["_value"])

    def restore() -> None:
        if type(box) is not cls:
            box.__class__ = cls
        for name, slot in _SLOTS.items():
            if name in kept:
                slot.__set__(box, kept[name])
        kept["_counter"][:] = versions
        vars(box).clear()
        vars(box).update(extra)
        refill()

    return restore


def _array(array: np.ndarray) -> Restore:
    """The numbers in an array."""
    if array.dtype.hasobject:
        return _nothing
    copy = array.copy()

    def restore() -> None:
        if array.tobytes() != copy.tobytes():
            array[...] = copy

    return restore


def _nothing() -> None:
    """For what cannot change."""
