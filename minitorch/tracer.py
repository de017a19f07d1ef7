"""HIPS autograd's `tracer`: running a function on a traced value, and telling what is traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine import box as engine
from minitorch.engine.box import fresh
from minitorch.engine.node import Leaf, node_of
from minitorch.extend import Box, Node, notrace_primitive, primitive, register_notrace
from minitorch.extend.rules import bare
from minitorch.faces.array import Array
from minitorch.util import subval, subvals, toposort

__all__ = [
    "Box", "Node", "getval", "isbox", "notrace_primitive", "primitive", "register_notrace",
    "subval", "subvals", "toposort", "trace",
]  # fmt: skip


def trace(start_node: Leaf, fun: Callable[[Any], Any], x: Any) -> tuple[Any, Node | None]:
    """Run `fun` on `x` at a root of a graph: its value, and the node that this ends in.

    The node is None where the value does not depend on `x`.

    Example:
        >>> from minitorch.tracer import Node, trace
        >>> value, node = trace(Node.new_root(), lambda x: np.exp(x) * 2, 0.)
        >>> float(value), node.fun.name, node.parents[0].fun.name
        (2.0, 'multiply', 'exp')
    """
    array = np.asarray(x, dtype=None if np.asarray(x).dtype.kind in "fc" else np.float64)
    start_node.shape, start_node.dtype = array.shape, array.dtype
    box = fresh(Array, array.copy())
    box._node = start_node
    y = fun(box)
    if not isinstance(y, engine.Box):
        return y, None
    return getval(y), node_of(y)


def isbox(x: Any) -> bool:
    """Whether `x` is a traced value, an `Array` or a `Tensor`."""
    return isinstance(x, engine.Box)


def getval(x: Any) -> Any:
    """The array or number in a traced value; anything else as it is."""
    return bare(x) if isinstance(x, engine.Box) else x
