"""What goes into a function that is looked at, under which names, and what comes out."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from minitorch.differential.containers import Constant, Container, Form, flatten, is_number
from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.engine.forward import shallow
from minitorch.engine.modes import record
from minitorch.engine.node import Leaf, Node, node_of
from minitorch.faces.array import Array
from minitorch.faces.operands import to_dtype
from minitorch.faces.tensor import Tensor
from minitorch.inspect.recording import History, Recorder, owner, place
from minitorch.inspect.undisturbed import undisturbed
from minitorch.nn.parameter import UninitializedTensorMixin

Argnum = int | Sequence[int] | None
Names = Mapping[str, Any] | None
Parameters = list[inspect.Parameter]
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def recorded(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    keywords: dict[str, Any],
    argnum: Argnum,
    names: Names,
) -> History:
    """Run `function` and keep every value."""
    history = History(title_of(function), [])
    if hasattr(function, "named_parameters"):
        names = {"": function, **_as_dict(names)}
    with undisturbed(), contextlib.ExitStack() as afterwards:
        _run(history, function, args, keywords, argnum, names, afterwards)
    return history


def _run(
    history: History,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    keywords: dict[str, Any],
    argnum: Argnum,
    names: Names,
    afterwards: contextlib.ExitStack,
) -> None:
    name_leaves(history, names)
    entering = _Entering(history, parameters_of(function), argnum)
    before = record(True)
    try:
        args = tuple(entering.positional(i, value) for i, value in enumerate(args))
        keywords = {name: entering.keyword(name, value) for name, value in keywords.items()}
        with Recorder(afterwards) as recorder:
            result = function(*args, **keywords)
    finally:
        record(before)
    name_leaves(history, names)  # once more: of lazy modules the parameters are there by now
    history.steps, history.scopes = recorder.steps, recorder.scopes
    history.outputs = list(outputs(result, history.title))
    history.complete()


def remaining(result: Any, names: Names, what: str) -> History:
    """What is still known of the graph under a box, or under a container of boxes."""
    history = History("", list(outputs(result, what)))
    name_leaves(history, names)
    history.complete()
    return history


def title_of(function: Callable[..., Any]) -> str:
    """The name of a function; of a module or another object, that of its class."""
    name = getattr(function, "__name__", None) or type(function).__name__
    return "f" if name == "<lambda>" else name


def parameters_of(function: Callable[..., Any]) -> Parameters:
    """The parameters of a function; an empty list where Python cannot tell."""
    if isinstance(function, np.ufunc):
        names = ["x"] if function.nin == 1 else [f"x{i + 1}" for i in range(function.nin)]
        return [inspect.Parameter(name, POSITIONAL[1]) for name in names]
    if hasattr(function, "named_parameters"):
        function = function.forward  # type: ignore[attr-defined]
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


# in


class _Entering:
    """The arguments on their way in: those to differentiate by are put under roots."""

    def __init__(self, history: History, parameters: Parameters, argnum: Argnum) -> None:
        self.history, self.parameters = history, parameters
        self.chosen = {argnum} if isinstance(argnum, int) else argnum and set(argnum)

    def positional(self, i: int, value: Any) -> Any:
        """Argument number `i`."""
        for k, parameter in enumerate(self.parameters[: i + 1]):
            if parameter.kind == parameter.VAR_POSITIONAL:
                return self.enter(i, f"{parameter.name}[{i - k}]", value)
        name = self.parameters[i].name if i < len(self.parameters) else f"x{i}"
        return self.enter(i, name, value)

    def keyword(self, name: str, value: Any) -> Any:
        """The argument called `name`."""
        names = [parameter.name for parameter in self.parameters]
        return self.enter(names.index(name) if name in names else -1, name, value)

    def enter(self, number: int, name: str, value: Any) -> Any:
        if self.chosen is not None:
            if number not in self.chosen:
                return value
            kinds = "fcViu"
        elif isinstance(value, (int, np.integer)) and self.is_required(name):
            kinds = "fcViu"
        else:
            kinds = "fcV"
        leaves, form = flatten(value, _is_leaf)
        pairs = zip(paths(form, name), leaves, strict=True)
        return form.build(self.root(path, leaf, kinds) for path, leaf in pairs)

    def is_required(self, name: str) -> bool:
        """Whether an argument is no setting: its parameter has no default."""
        parameters = [p for p in self.parameters if p.name == name]
        return all(p.default is p.empty and p.kind in POSITIONAL for p in parameters)

    def root(self, path: str, x: Any, kinds: str) -> Any:
        """`x` under a root named by its path, if its dtype is of one of these kinds."""
        box = x if isinstance(x, Box) else fresh(Array, np.array(x))
        if type(box._value) is not np.ndarray:
            raise TypeError(
                f"draw and explain look at values, and {path!r} is batched: it stands for many "
                "examples; call them outside of vmap"
            )
        if isinstance(box, Tensor) and box._value.dtype.kind in "iub":
            self.history.given[id(owner(box._value))] = path, box._value
            return x
        if box._value.dtype.kind not in kinds:
            return x
        if box._value.dtype.kind in "iu":
            box = to_dtype(box, np.dtype(np.float64))
        inner = identity.unary(shallow(box, Leaf(box._value.shape, box._value.dtype)))
        node: Node = place(inner)  # type: ignore[assignment]
        self.history.inputs[node] = path
        self.history.values[node] = np.array(box._value)
        return inner


# out


def outputs(result: Any, what: str) -> Iterator[tuple[str, Node | None, np.ndarray]]:
    """The results of a function, by their paths in what it returned."""
    found = list(parts(result))
    if not found:
        raise TypeError(
            f"{what}: no number, array or Tensor to draw was found in a {type(result).__name__}"
        )
    for path, y in found:
        node = node_of(y) if isinstance(y, Box) else None
        yield path, node, np.array(y._value if isinstance(y, Box) else y)


# names


def name_leaves(history: History, names: Names) -> None:
    """Note the names of parameters and constants: of boxes, arrays, containers and modules."""
    for name, value in _as_dict(names).items():
        if hasattr(value, "named_parameters"):
            for path, module in value.named_modules():
                history.modules[id(module)] = f"{name}.{path}".strip(".")
            inside = [*value.named_parameters(), *value.named_buffers()]
            inside = [pair for pair in inside if not isinstance(pair[1], UninitializedTensorMixin)]
            pairs = [(f"{name}.{path}".lstrip("."), part) for path, part in inside]
        else:
            pairs = list(parts(value, name))
        for path, part in pairs:
            node = node_of(part) if isinstance(part, Box) else None
            array = part._value if isinstance(part, Box) else part
            if node is not None:
                history.names[node] = path
                history.values[node] = np.array(array)
            else:
                history.shared[id(array)] = path


def _as_dict(names: Any) -> dict[str, Any]:
    return {"": names} if hasattr(names, "named_parameters") else dict(names or {})


def parts(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested containers, each with its path, as `['w'][0]`."""
    leaves, form = flatten(value, _is_leaf)
    return zip(paths(form, path), leaves, strict=True)


def paths(form: Form, path: str) -> Iterator[str]:
    """The paths to the leaves of a form."""
    if isinstance(form, Container):
        for step, part in zip(_steps(form), form.parts, strict=True):
            yield from paths(part, path + step)
    elif not isinstance(form, Constant):
        yield path


def _steps(form: Container) -> list[str]:
    """How each part of a container is written behind its name."""
    if issubclass(form.kind, dict):
        return [f"[{key!r}]" for key in form.known]
    if hasattr(form.kind, "_fields"):
        return [f".{name}" for name in form.kind._fields]
    if dataclasses.is_dataclass(form.kind):
        return [f".{field.name}" for field in dataclasses.fields(form.kind)][: len(form.parts)]
    return [f"[{i}]" for i in range(len(form.parts))]


def _is_leaf(value: Any) -> bool:
    return isinstance(value, Box) or is_number(value)
