"""A gradient that is zero almost everywhere, told by how it is added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class SparseObject:
    """A gradient as a function that adds it, in place, to an array or container.

    Args:
        vs: the vector space that it is in.
        mut_add: adds the gradient to a value of the space and returns the sum.
    """

    __slots__ = ("mut_add", "vs")

    def __init__(self, vs: Any, mut_add: Callable[[Any], Any]) -> None:
        self.vs, self.mut_add = vs, mut_add

    def dense(self) -> Any:
        """The same gradient with all its zeros."""
        return self.mut_add(self.vs.zeros())
