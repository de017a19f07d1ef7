"""One call of a function under a transform of torch.func: what goes in, what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from minitorch.differential.containers import LEAF, Form
from minitorch.differential.trace import Trace
from minitorch.engine.box import Box
from minitorch.faces import dtypes
from minitorch.faces.tensor import Tensor
from minitorch.utils._pytree import TreeSpec, tree_flatten, tree_unflatten

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


def chosen(args: Sequence[Any], argnums: Any) -> tuple[int, ...]:
    """The positions of the arguments that `argnums` names, from the left.

    Raises:
        RuntimeError: `argnums` is no int and no tuple of different ints, or there is no such
            argument.
    """
    if type(argnums) not in (int, tuple):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if argnums == () and args:
        raise RuntimeError("argnums must be non-empty")
    numbers = (argnums,) if type(argnums) is int else argnums
    for number in numbers:
        if type(number) is not int:
            raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(number)}")
        if not -len(args) <= number < len(args):
            raise RuntimeError(f"Got argnum={number}, but only {len(args)} positional inputs")
    places = tuple(number % len(args) for number in numbers)
    if len(set(places)) < len(places):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return places


class Applied:
    """A function applied to arguments, of which some are differentiated by: what a `Trace` runs.

    `boxes` are the leaves of the chosen arguments, `spec` their structure; `check` takes what the
    function returned apart into its tensors and whatever else the caller wants of it.
    """

    __slots__ = ("args", "boxes", "check", "function", "kwargs", "one", "places", "rest", "spec")

    def __init__(
        self,
        function: Function,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        argnums: Any,
        check: Callable[[Any], tuple[list[Any], Any]],
        admit: Callable[[Any, Any], None] | None = None,
    ) -> None:
        self.function, self.args, self.kwargs, self.check = function, args, kwargs, check
        self.places = chosen(args, argnums)
        self.one = type(argnums) is int
        tree = tuple([args[i] for i in self.places])
        self.boxes, self.spec = tree_flatten(tree[0] if self.one else tree)
        for box in self.boxes:
            if not isinstance(box, Tensor):
                raise ValueError(f"Thing passed to transform API must be Tensor, got {type(box)}")
            if admit is not None:
                admit(box, box)
            elif box._value.dtype.kind not in "fcV":
                raise RuntimeError(
                    "only Tensors of floating point dtype can require gradients; this one is "
                    f"{dtypes.of(box._value.dtype)!r}: convert it with .float()"
                )
        self.rest: Any = None

    def run(self, inputs: Iterable[Any]) -> Any:
        """Call the function with these leaves in the places of the boxes."""
        parts = tree_unflatten(list(inputs), self.spec)
        args = list(self.args)
        for place, part in zip(self.places, (parts,) if self.one else parts, strict=True):
            args[place] = part
        return self.function(*args, **self.kwargs)

    def results(self, y: Any) -> tuple[list[Box], Form]:
        """The tensors that the function returned; what else there is is kept in `rest`."""
        tensors, self.rest = self.check(y)
        return tensors, LEAF


def only_tensors(result: Any, what: str) -> tuple[list[Any], TreeSpec]:
    """The tensors in a result, and its structure.

    Raises:
        RuntimeError: there is something else in it, or nothing.
    """
    leaves, spec = tree_flatten(result)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(
                f"{what}: expected f(*primals) to return only tensors, got unsupported type "
                f"{type(leaf)}"
            )
    if not leaves:
        raise RuntimeError(f"{what}: expected f to return at least one tensor, got {result!r}")
    return leaves, spec


def with_aux(result: Any, what: str) -> tuple[Any, Any]:
    """The two parts of what a function under `has_aux=True` returned."""
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(
            f"{what}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    return result


def auxiliary(aux: Any) -> tuple[list[Any], TreeSpec]:
    """The tensors in an auxiliary result."""
    leaves, spec = tree_flatten(aux)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(leaf)}")
    return leaves, spec


def parted(trace: Trace, boxes: Iterable[Any], spec: TreeSpec) -> Any:
    """Results of a trace in their structure, tracked only by what is outside of it."""
    return tree_unflatten([trace.parted(box) for box in boxes], spec)
