"""Where the known mistakes are registered, and what the hints look at.

A hint is a function of the lesson and of the match of its pattern in the message. It looks at what
was given and says nothing (None) where that is not the mistake it knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minitorch.errors import wording

if TYPE_CHECKING:
    from minitorch.errors.lesson import Lesson

Hint = Callable[["Lesson", "re.Match[str]"], "str | None"]
_known: list[tuple[re.Pattern[str], Hint]] = []


def find(lesson: Lesson) -> str | None:
    """The first hint that fits."""
    for pattern, hint in _known:
        match = pattern.search(lesson.message)
        try:
            said = hint(lesson, match) if match else None
        except Exception:  # a hint that stumbles over what was given is no hint
            continue
        if said:
            return said
    return None


def hint(pattern: str) -> Callable[[Hint], Hint]:
    """Register a hint for messages in which the pattern is found."""

    def register(function: Hint) -> Hint:
        _known.append((re.compile(pattern), function))
        return function

    return register


def always(pattern: str, text: str) -> None:
    """Register a hint that is the same whatever was given."""
    hint(pattern)(lambda lesson, match: text)


def tensors(lesson: Lesson) -> list[Any]:
    """The tensors that were given, in order."""
    return [value for value in lesson.given.values() if wording.is_array(value)]


def numbers(text: str) -> list[int]:
    """The whole numbers in a text."""
    return [int(n) for n in re.findall(r"-?\d+", text)]


def sizes(value: Any) -> list[int]:
    """A value's shape."""
    return list(value.shape)


def kind_of(lesson: Lesson) -> str:
    """The name of the innermost module's class."""
    return type(lesson.module).__name__ if lesson.module is not None else ""
