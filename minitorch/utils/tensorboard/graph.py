"""A model's graph as TensorBoard draws it: the operations of one run, in boxes of their modules.

While the model runs once, the function of each primitive is exchanged for one that notes what it
was given and what it gave, so that operations without gradients are heard, too.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minitorch.engine import views
from minitorch.engine.box import Box
from minitorch.engine.modes import no_grad
from minitorch.engine.primitive import Primitive
from minitorch.engine.registry import registry
from minitorch.nn.modules.everywhere import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from minitorch.nn.modules.module import Module
from minitorch.utils.tensorboard.messages import (
    AttrValue,
    DeviceStepStats,
    Dim,
    GraphDef,
    NodeDef,
    RunMetadata,
    ShapeList,
    StepStats,
    TensorShapeProto,
    VersionDef,
)

PRODUCER = 22  # the version of GraphDef that is written


def graph(model: Module, args: Any, verbose: bool = False) -> tuple[GraphDef, RunMetadata]:
    """The graph of `model(*args)`, which is run once, in eval mode.

    Args:
        model: a module.
        args: its input, or a tuple or list of its inputs.
        verbose: print the graph.

    Returns:
        The graph's message, and one that says where it ran.

    Raises:
        TypeError: it is no module.
        RuntimeError: there is no input. What the model itself raises comes through.
    """
    if not isinstance(model, Module):
        raise TypeError(f"add_graph shows a torch.nn.Module, but got a {type(model).__name__}")
    if args is None:
        raise RuntimeError(
            "add_graph runs the model once to see its operations: give it an input, as in "
            "add_graph(model, images)"
        )
    inputs = tuple(args) if isinstance(args, (tuple, list)) else (args,)
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        nodes = list(_Trace(model).run(inputs).values())
    finally:
        for module, training in modes:
            module.training = training
    made = GraphDef(node=nodes, versions=VersionDef(producer=PRODUCER))
    if verbose:
        print(made)
    return made, RunMetadata(
        step_stats=StepStats(dev_stats=[DeviceStepStats(device="/device:CPU:0")])
    )


class _Trace:
    """The nodes of a graph, by their names, while a model runs."""

    def __init__(self, model: Module) -> None:
        self.model = model
        self.nodes: dict[str, NodeDef] = {}
        self.makers: dict[int, str] = {}  # the node that made an array, by the array's id
        self.kept: list[np.ndarray] = []  # so that no id is given twice
        self.scopes = {id(module): scope for module, scope in _scopes(model)}
        self.stack: list[str] = []
        self.depth = 0
        self.last = "", np.empty(0)  # the last operation and what it gave
        self.leaves = {
            id(tensor._value): (*path.rpartition(".")[::2], kind)
            for kind, tensors in (
                ("Buffer", model.named_buffers()),
                ("Parameter", model.named_parameters()),
            )
            for path, tensor in tensors
        }

    def run(self, inputs: tuple[Any, ...]) -> dict[str, NodeDef]:
        for path, box in _boxes(_named(self.model, inputs)):
            self.add(f"input/{path}", "IO Node", box._value)
        result = self.listening(inputs)
        for i, (_, box) in enumerate(_boxes({"": result}), 1):
            source = self.maker(box._value)
            self.add(f"output/output.{i}", "IO Node", box._value, [source])
        return self.nodes

    def listening(self, inputs: tuple[Any, ...]) -> Any:
        """Run the model with everything exchanged, and put it back."""
        own = threading.get_ident()
        before, wrote = [(op, op.run) for op in registry.values()], views.wrote
        hooks = (
            register_module_forward_pre_hook(self.entered),
            register_module_forward_hook(self.left, always_call=True),
        )
        try:
            for op, run in before:
                op.run = self.heard(op, run, own)
            views.wrote = self.writing(wrote, own)
            with no_grad():
                return self.model(*inputs)
        finally:
            for op, run in before:
                op.run = run
            views.wrote = wrote
            for hook in hooks:
                hook.remove()

    def scope(self) -> str:
        """The boxes of the module that is running."""
        return self.stack[-1] if self.stack else self.scopes[id(self.model)]

    def entered(self, module: Module, args: Any) -> None:
        below = f"{self.scope()}/{type(module).__name__}"
        self.stack.append(self.scopes.get(id(module), below))

    def left(self, module: Module, args: Any, output: Any) -> None:
        self.stack.pop()

    def heard(self, op: Primitive, run: Callable[..., Any], thread: int) -> Callable[..., Any]:
        """An operation's function that notes each run; runs inside of others are their own."""

        def noted(*args: Any, **kwargs: Any) -> Any:
            if self.depth or threading.get_ident() != thread:
                return run(*args, **kwargs)
            sources = [self.maker(array) for array in _arrays(args)]
            self.depth += 1
            try:
                value = run(*args, **kwargs)
            finally:
                self.depth -= 1
            self.operation(op, sources, args, value)
            return value

        return noted

    def operation(
        self, op: Primitive, sources: list[str], args: tuple[Any, ...], value: Any
    ) -> None:
        """Add the node of an operation that gave `value`."""
        results = [v for v in (value if op.several else (value,)) if isinstance(v, np.ndarray)]
        if not results:
            return
        given = [arg for arg in args if not _arrays((arg,))]
        settings = zip(op.names[op.arrays :], given)
        told = ", ".join(f"{name}: {_shown(v)}" for name, v in settings if v is not None)
        name = self.add(f"{self.scope()}/{op.name}", op.name, results[0], sources, told)
        for more in results[1:]:
            self.made(more, name)
        self.last = name, results[0]

    def writing(self, wrote: Callable[..., None], thread: int) -> Callable[..., None]:
        """What the engine calls after each write into memory, made to note it."""

        def noted(box: Box, old: Any) -> None:
            wrote(box, old)
            if not self.depth and threading.get_ident() == thread:
                self.write(box._value)

        return noted

    def write(self, target: np.ndarray) -> None:
        """An array was written to: its maker is now the operation that gave what is there."""
        name, value = self.last
        if value is target or np.array_equal(value, target, equal_nan=target.dtype.kind in "fc"):
            self.made(target, name)
        else:
            name = self.maker(target)
        base = target.base
        while isinstance(base, np.ndarray):  # a part of another one was written to
            if id(base) in self.makers or id(base) in self.leaves:
                self.add(f"{self.scope()}/write", "write", base, [self.maker(base), name])
                return
            base = base.base

    def maker(self, array: np.ndarray) -> str:
        """The node of an array: what made it, a parameter or buffer, or else a constant."""
        base: Any = array
        while isinstance(base, np.ndarray):
            if id(base) in self.makers:
                return self.makers[id(base)]
            if id(base) in self.leaves:
                module, leaf, kind = self.leaves[id(base)]
                scope = self.scopes[id(self.model.get_submodule(module))]
                return self.add(f"{scope}/{leaf}", kind, base)
            base = base.base
        value = _shown(array.item()) if array.ndim == 0 else ""
        return self.add(f"{self.scope()}/constant", "Const", array,
                        told=value and f"value: {value}")  # fmt: skip

    def made(self, array: np.ndarray, name: str) -> None:
        self.makers[id(array)] = name
        self.kept.append(array)

    def add(
        self,
        name: str,
        op: str,
        array: np.ndarray,
        sources: list[str] | None = None,
        told: str = "",
    ) -> str:
        """Add a node; its name gets a number where there is one of that name already."""
        known, number = name, 1
        while known in self.nodes:
            known, number = f"{name}_{number}", number + 1
        shape = TensorShapeProto(dim=[Dim(size=size) for size in array.shape])
        attributes = {
            "attr": AttrValue(s=f"{{{told}}}".encode() if told else b""),
            "_output_shapes": AttrValue(list=ShapeList(shape=[shape])),
        }
        self.nodes[known] = NodeDef(name=known, op=op, input=sources, attr=attributes)
        self.made(array, known)
        return known


def _scopes(model: Module) -> Iterator[tuple[Module, str]]:
    """Each module with the boxes it is in: `Net/Sequential[body]/Linear[0]`."""
    found = {"": type(model).__name__}
    yield model, found[""]
    for path, module in model.named_modules():
        if path:
            parent, _, name = path.rpartition(".")
            found[path] = f"{found[parent]}/{type(module).__name__}[{name}]"
            yield module, found[path]


def _named(model: Module, inputs: tuple[Any, ...]) -> dict[str, Any]:
    """The inputs under the names of `forward`'s parameters."""
    try:
        return inspect.signature(model.forward).bind(*inputs).arguments
    except (TypeError, ValueError):  # the call will tell what is wrong
        return {f"x{i}": value for i, value in enumerate(inputs)}


def _boxes(values: dict[str, Any]) -> Iterator[tuple[str, Box]]:
    """The tensors in nested containers, each with its path: `x`, `state.0`."""
    for name, value in values.items():
        if isinstance(value, Box):
            yield name, value
        elif isinstance(value, dict):
            yield from _boxes({f"{name}.{key}": part for key, part in value.items()})
        elif isinstance(value, (tuple, list)):
            yield from _boxes({f"{name}.{i}": part for i, part in enumerate(value)})


def _arrays(args: Any) -> list[np.ndarray]:
    """The arrays among arguments, and those in sequences."""
    found = []
    for arg in args:
        if isinstance(arg, np.ndarray):
            found.append(arg)
        elif isinstance(arg, (tuple, list)):
            found += _arrays(arg)
    return found


def _shown(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."
