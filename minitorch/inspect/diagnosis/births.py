"""Where the first NaN or inf of a computation was born, forward or backward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.modes import enable_grad, listen, unlisten
from minitorch.engine.node import Node, Output, node_of
from minitorch.engine.reverse import below
from minitorch.inspect.diagnosis.case import Birth, array_of, finite, shown
from minitorch.inspect.diagnosis.places import Place, here

MEANT = {"masked_fill", "where", "index_put", "pad", "tril", "triu", "view_write", "cat", "stack"}


class Births:
    """Listens to the operations of a block, and knows after it where numbers went wrong."""

    def __init__(self) -> None:
        self.forward: Birth | None = None
        self.backward: Birth | None = None
        self.places: dict[Node, Place] = {}

    def __enter__(self) -> Births:
        listen(self._hear)
        return self

    def __exit__(self, *exc: object) -> None:
        unlisten(self._hear)

    @property
    def first(self) -> Birth | None:
        """The first that was born."""
        return self.forward or self.backward

    def _hear(
        self, op: Any, boxes: Sequence[Box], params: Sequence[Any], results: Sequence[Box]
    ) -> None:
        node = node_of(results[0])
        if node is not None:
            self.places[node.parents[0] if type(node) is Output else node] = here()
        if self.forward is not None or op.name in MEANT:  # -inf that masks is written there
            return
        arrays = [array_of(y) for y in results]
        if all(a is None or finite(a) for a in arrays):
            return
        given = [a for a in map(array_of, boxes) if a is not None]
        if all(map(finite, given)):
            bad = next(a for a in arrays if a is not None and not finite(a))
            told = ", ".join(map(_range, given[:3]))
            self.forward = Birth(_what(bad), op.name, here(), inputs=told)

    def watch(self, loss: Any) -> None:
        """Look, in the backward pass of `loss`, for the node whose rules make it."""
        for node in below([root] if (root := node_of(loss)) is not None else []):
            if not node.is_leaf and type(node) is not Output:
                node.register_hook(self._sees(node))

    def _sees(self, node: Node) -> Callable[[Any, Any], None]:
        def hook(inner: Any, outer: Any) -> None:
            if self.backward is not None:
                return
            wrong = [a for a in map(array_of, inner) if a is not None and not finite(a)]
            if wrong and all(finite(a) for a in map(array_of, outer) if a is not None):
                op = node.fun
                place = self.places.get(node, Place(None, 0, None))
                name = "" if op is None else op.name
                self.backward = Birth(_what(wrong[0]), name, place, backward=True)

        return hook


def search(step: Callable[[], Any]) -> Birth | None:
    """The birth in a forward pass that gives a loss, and in its backward pass."""
    with enable_grad(), Births() as births:
        loss = step()
    if births.forward is None and getattr(loss, "requires_grad", False):
        births.watch(loss)
        loss.sum().backward()
    return births.first


def _what(array: np.ndarray) -> str:
    return "nan" if np.isnan(array).any() else "inf"


def _range(array: np.ndarray) -> str:
    if not array.size or array.dtype.kind not in "iuf":
        return "an argument"
    least, greatest = float(array.min()), float(array.max())
    return shown(least) if least == greatest else f"{shown(least)} … {shown(greatest)}"
