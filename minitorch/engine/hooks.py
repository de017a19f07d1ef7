"""Handles by which registered hooks are removed again."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, MutableMapping, Sequence
from itertools import count
from typing import Any

_ids = count()

Hooks = OrderedDict[int, Callable[..., Any]]  # a handle refers to one weakly, unlike to a dict


class RemovableHandle:
    """What the `register_…hook` methods return: `remove()` takes the hook out again.

    As a context manager it removes the hook at the end of the block. It holds the dictionary of
    hooks weakly, so that a kept handle keeps no module and no graph alive.

    Args:
        hooks_dict: where the hook is registered, under the handle's `id`.
        extra_dict: further dictionaries (one, or a list) from which that key goes with it.
    """

    __module__ = "minitorch.utils.hooks"  # its public name

    def __init__(
        self,
        hooks_dict: MutableMapping[int, Any],
        *,
        extra_dict: MutableMapping[int, Any] | Sequence[MutableMapping[int, Any]] | None = None,
    ) -> None:
        extra = [] if extra_dict is None else extra_dict
        dicts = [hooks_dict, *([extra] if isinstance(extra, MutableMapping) else extra)]
        self.id = next(_ids)
        self._dicts = [weakref.ref(hooks) for hooks in dicts]

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        for ref in self._dicts:
            hooks = ref()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()

    def __getstate__(self) -> tuple[list[MutableMapping[int, Any] | None], int]:
        return [ref() for ref in self._dicts], self.id

    def __setstate__(self, state: tuple[list[MutableMapping[int, Any] | None], int]) -> None:
        dicts, self.id = state
        self._dicts = [weakref.ref(hooks) for hooks in dicts if hooks is not None]


def registered(hooks: Hooks, hook: Callable[..., Any]) -> RemovableHandle:
    """Put `hook` among `hooks`, and give the handle that takes it out again."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle
