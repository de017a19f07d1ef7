"""The graph of a function's run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.differential.containers import flatten
from minitorch.engine.box import Box, fresh
from minitorch.engine.forward import shallow
from minitorch.engine.modes import enable_grad
from minitorch.engine.node import Node, node_of
from minitorch.faces.array import Array
from minitorch.faces.operands import to_dtype


def full_graph(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Node | None:
    """The last node of the graph that `fun(*args, **kwargs)` makes of its positional arguments.

    `node.fun`, `node.parents` and `node.recipe` lead on; a value is there while a rule keeps it.
    `minitorch.draw(fun, *args)` shows all of them. None if the result depends on no argument.

    Example:
        >>> from minitorch.misc import full_graph
        >>> node = full_graph(lambda x, y: np.exp(x) * y, 0., 3.)
        >>> node.fun.name, [parent.fun and parent.fun.name for parent in node.parents]
        ('multiply', ['exp', None])
    """
    with enable_grad():
        result = fun(*(_rooted(arg) for arg in args), **kwargs)
    if not isinstance(result, Box):
        return None
    return node_of(result)


def _rooted(arg: Any) -> Any:
    leaves, form = flatten(arg)
    return form.build(_root(leaf) for leaf in leaves)


def _root(leaf: Any) -> Box:
    box = fresh(Array, np.array(leaf)) if not isinstance(leaf, Box) else leaf
    if box._value.dtype.kind in "iu":
        box = to_dtype(box, np.dtype(np.float64))
    return box if node_of(box) is not None else shallow(box, Node.new_root(box._value))


def const_graph(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[..., Any]:
    """`fun` with its first arguments and its keywords given, like `functools.partial`.

    It is here for programs that import it. In HIPS autograd it records one run and repeats it, with
    the branches and constants of that run; here `fun` is run each time, which costs no more than a
    repetition would and follows the values.

    Example:
        >>> from minitorch.misc import const_graph
        >>> const_graph(lambda a, x: a * x, 2.)(3.)
        6.0
    """
    return functools.wraps(fun)(functools.partial(fun, *args, **kwargs))
