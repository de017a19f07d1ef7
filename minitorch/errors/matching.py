"""Sizes that should be one: read by hints, and by a warning that comes without any error."""

from __future__ import annotations


def same_size(x: list[int], target: list[int]) -> str | None:
    """How to bring an input and a target to one size, where one has a dimension of 1 more."""
    for name, a, b in (("input", x, target), ("target", target, x)):
        if len(a) == len(b) + 1 and a[-1] == 1 and a[:-1] == b:
            return f"{name}.squeeze(-1) is {b}, the size of the other"
        if len(a) == len(b) + 1 and a[0] == 1 and a[1:] == b:
            return f"{name}.squeeze(0) is {b}, the size of the other"
    return None
