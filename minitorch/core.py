"""HIPS autograd's `core`: the operators on functions of one argument, and the extension points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch import differential
from minitorch.engine.box import Box, fresh
from minitorch.engine.reverse import sweep
from minitorch.extend import (
    JVPNode,
    SparseObject,
    VJPNode,
    VSpace,
    def_linear,
    defjvp,
    defjvp_argnum,
    defjvp_argnums,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    primitive,
    vspace,
)
from minitorch.faces.array import Array

__all__ = [
    "backward_pass", "make_jvp", "make_vjp", "JVPNode", "SparseObject", "VJPNode", "VSpace",
    "def_linear", "defjvp", "defjvp_argnum", "defjvp_argnums", "defvjp", "defvjp_argnum",
    "defvjp_argnums", "primitive", "vspace",
]  # fmt: skip


def make_vjp(fun: Callable[[Any], Any], x: Any) -> Any:
    """The pair `(vjp, value)` of a function of one argument, at `x`.

    Example:
        >>> from minitorch.core import make_vjp
        >>> vjp, value = make_vjp(np.square, np.array([1., 2.]))
        >>> vjp(np.ones(2))
        array([2., 4.])
    """
    return differential.make_vjp(fun)(x)


def make_jvp(fun: Callable[[Any], Any], x: Any) -> Any:
    """The function `jvp` of a function of one argument, at `x`: `jvp(v)` is `(value, tangent)`."""
    return differential.make_jvp(fun)(x)


def backward_pass(g: Any, end_node: VJPNode) -> Any:
    """Carry the gradient `g` of a graph's end down to its root, and return what arrives there."""
    seed = g if isinstance(g, Box) else fresh(Array, np.asarray(g, end_node.dtype))
    found = sweep([(end_node, seed)], seed.face, retain=True)
    if len(found) != 1:
        raise ValueError(f"backward_pass: the graph has {len(found)} roots; expected one")
    (grad,) = found.values()
    return grad if isinstance(g, Box) else grad._value
