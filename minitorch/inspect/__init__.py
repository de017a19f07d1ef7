"""Looking into a computation, a model or a training.

- `draw` shows the graph of a computation or a model, `explain` its backward pass, rule by rule;
- `summary` lists a model's layers: shapes, parameters, multiply-adds, memory;
- `doctor` finds what is wrong with a training, `leaks` what two splits of the data share;
- `lr_find` suggests a learning rate;
- `gradient_flow`, `weight_histograms`, `gradient_histograms`, `activations`, `filters`,
  `confusion_matrix`, `loss_landscape` and `LearningCurves` are pictures (extra `plot`).

Example:
    >>> def logistic(z):
    ...     return 1 / (1 + np.exp(-z))
    >>> print(minitorch.draw(logistic, 1.5))
    logistic = divide = 0.8176
    ├─ 1
    └─ add = 1.223
       ├─ 1
       └─ exp = 0.2231
          └─ negative = -1.5
             └─ z = 1.5
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import Leaf
from minitorch.faces.array import Array
from minitorch.inspect.calls import Argnum, Names, recorded, remaining
from minitorch.inspect.drawing.graph import Edge, Graph, Vertex, graph_of
from minitorch.inspect.explain import Explanation, explained
from minitorch.inspect.recording import History
from minitorch.inspect.summarizing.summaries import Summary, summary

if TYPE_CHECKING:
    from minitorch.inspect.diagnosis import Diagnosis, Finding, doctor, leaks
    from minitorch.inspect.plots import (
        LearningCurves,
        activations,
        confusion_matrix,
        filters,
        gradient_flow,
        gradient_histograms,
        loss_landscape,
        lr_find,
        weight_histograms,
    )

_LAZY = dict.fromkeys(
    ("LearningCurves", "activations", "confusion_matrix", "filters", "gradient_flow",
     "gradient_histograms", "loss_landscape", "lr_find", "weight_histograms"),
    "minitorch.inspect.plots",
)  # fmt: skip
_LAZY |= dict.fromkeys(("Diagnosis", "Finding", "doctor", "leaks"), "minitorch.inspect.diagnosis")

__all__ = [
    "Edge",
    "Explanation",
    "Graph",
    "Summary",
    "Vertex",
    "draw",
    "explain",
    "initialize_root",
    "summary",
    *_LAZY,
]


def __getattr__(name: str) -> Any:
    """What needs the training's rooms, when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted(name for name in {*globals(), *__all__} if name[0] == "_" or name in __all__)


def draw(
    target: Any,
    /,
    *inputs: Any,
    argnum: Argnum = None,
    names: Names = None,
    **keywords: Any,
) -> Graph:
    """The computation graph of `target(*inputs)`, or of a result that is there already.

    Args:
        target: a function, which is run once while every value is kept; or a Tensor, an Array
            or a container of them, of whose graph the values that are still alive are shown,
            and the shapes of the others.
        inputs, keywords: the arguments of the function, containers among them. Numbers, arrays
            and Tensors in floating point are the graph's inputs, under the names of the
            signature; so is an int, unless its parameter has a default.
        argnum: the number or numbers of the arguments to take as inputs, if not all; arrays of
            integers among them count as float64.
        names: what to call parameters and constants, as a dict of Tensors, arrays, containers or
            modules, or a module; that of a module which is drawn itself is not needed.

    Returns:
        A `Graph`: a notebook shows its picture, `print` its text, `.save("x.svg")` writes it.
        Modules that are called are boxes in it, which open at a click in a notebook and in a saved
        `.html`; see `Graph.svg` for which are open elsewhere. A model is left as it was.

    Example:
        >>> def f(x, y):
        ...     return np.log(x ** 2) + y ** 2 + x * y
        >>> minitorch.draw(f, 2, y=3)
        <Graph of f: 8 nodes>
        >>> w = torch.tensor([1., 2.], requires_grad=True)
        >>> print(minitorch.draw((w * w).sum(), names={"w": w}))
        result = sum = 5
        └─ multiply = (2,) float32
           ├─ parameter w = [1, 2]
           └─ parameter w = [1, 2]
    """
    return graph_of(_history(target, inputs, keywords, argnum, names, "draw"))


def explain(
    target: Any,
    /,
    *inputs: Any,
    argnum: Argnum = None,
    names: Names = None,
    **keywords: Any,
) -> Explanation:
    """The backward pass of `target(*inputs)`, step by step.

    The arguments are those of `draw`. The result must be one real number. A graph that is there
    already can be explained until a backward pass has freed it; neither it nor any `.grad` is
    changed.

    Returns:
        An `Explanation`: its text says for each node, youngest first, what comes in, by which
        rule it goes on and what each parent gets. Its `gradients` are those of `grad`.

    Example:
        >>> minitorch.explain(lambda x: np.sin(x) * x, 2.0)
        f(x = 2) = 1.819
        The backward pass, from the youngest node to the oldest:
        <BLANKLINE>
        #2  multiply(a=0.9093, b=2) = 1.819
            g = 1   (the start)
            to a (#1)   g * b = 2
            to b (x)    g * a = 0.9093
        <BLANKLINE>
        #1  sin(x=2) = 0.9093
            g = 2
            to x (x)   g * cos(x) = -0.8323
        <BLANKLINE>
        #0  x = 2
            g = 0.9093 (from #2) + -0.8323 (from #1) = 0.077
        <BLANKLINE>
        The gradients:
            x   0.077
    """
    return explained(_history(target, inputs, keywords, argnum, names, "explain"))


def initialize_root(value: Any) -> Array:
    """A value at which a graph begins: a root, which has no parents.

    Ordinary operations on it build the graph, which `draw` and `explain` show.

    Example:
        >>> z = minitorch.inspect.initialize_root(1.5)
        >>> y = np.exp(-z)
        >>> y._node.fun, round(float(y._node.value), 4), z._node.fun
        (<primitive exp(x)>, 0.2231, None)
    """
    array = np.array(value._value if isinstance(value, Box) else value)
    root = fresh(Array, array.astype(np.float64) if array.dtype.kind in "iub" else array)
    root._node = Leaf(root._value.shape, root._value.dtype)
    return root


def _history(
    target: Any,
    inputs: tuple[Any, ...],
    keywords: dict[str, Any],
    argnum: Argnum,
    names: Names,
    what: str,
) -> History:
    if not isinstance(target, Box) and callable(target):
        return recorded(target, inputs, keywords, argnum, names)
    if inputs or keywords or argnum is not None:
        raise TypeError(
            f"{what}() of a {type(target).__name__} takes no inputs: they belong to a function; "
            f"given were {len(inputs) + len(keywords)}"
        )
    return remaining(target, names, f"{what}()")
