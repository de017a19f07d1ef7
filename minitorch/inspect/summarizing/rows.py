"""The rows of a summary: the tree of a model's modules, with what a run told of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from minitorch.engine.box import Box
from minitorch.inspect.recording import owner
from minitorch.inspect.summarizing.watching import Call, Watch
from minitorch.inspect.words import measure, shape
from minitorch.nn.modules.batchnorm import _BatchNorm
from minitorch.nn.modules.module import Module
from minitorch.nn.modules.parameters import ParameterDict, ParameterList
from minitorch.nn.parameter import UninitializedTensorMixin
from minitorch.utils._pytree import tree_leaves

SHOWN = 3  # shapes that are written out of many


class Form(NamedTuple):
    """What is kept of a tensor that went by."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def bytes(self) -> int:
        """The memory that its numbers take."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


def forms(value: Any) -> list[Form]:
    """The shapes and dtypes of the tensors in a value."""
    leaves = (leaf for leaf in tree_leaves(value) if isinstance(leaf, Box))
    return [Form(tuple(leaf._value.shape), leaf._value.dtype) for leaf in leaves]


def written(found: list[Form] | None) -> str:
    """Shapes in one line."""
    if not found:
        return ""
    some = [shape(form.shape) for form in found[:SHOWN]]
    return ", ".join([*some, f"… {len(found)} tensors"] if len(found) > SHOWN else some)


@dataclass(eq=False)
class Row:
    """One module of a model, or the functions in one, as a summary shows it.

    Attributes:
        name: the attribute's name in the parent; of the model, its class's.
        path: the names from the model down, joined by dots; empty for the model.
        kind: the class's name; empty for functions.
        inputs, outputs: the shapes and dtypes of the first call's tensors.
        kernel: a kernel's size as text.
        parameters, trainable: how many numbers the parameters in it hold, each counted once.
        weights: the parameters of its own, as (name, shape).
        multiply_adds: those of all its calls.
        calls: how often it was called.
        status: "" or "unused", "uncalled" (its parameters were read without a call), "failed",
            "not reached", "shared" (the module stands further up), "unregistered".
        note: more about the status.
        children: the rows of the modules in it, in the order of their first calls.
    """

    name: str
    path: str
    kind: str
    depth: int
    inputs: list[Form] = field(default_factory=list)
    outputs: list[Form] = field(default_factory=list)
    kernel: str = ""
    parameters: int = 0
    trainable: int = 0
    weights: list[tuple[str, str]] = field(default_factory=list)
    multiply_adds: int = 0
    calls: int = 0
    status: str = ""
    note: str = ""
    children: list[Row] = field(default_factory=list)

    def all(self) -> Iterator[Row]:
        """This row and those below, in order."""
        yield self
        for child in self.children:
            yield from child.all()


class Rows:
    """The rows in the making, from a model and from what a watch saw of it, if it ran."""

    def __init__(self, model: Module, watch: Watch | None) -> None:
        self.watch = watch
        self.registered = {id(module) for module in model.modules()}
        self.order: list[Module] = []
        self.calls: dict[int, list[Call]] = {}
        self.failed: set[int] = set()
        self.paths: dict[int, str] = {}
        self.owners: dict[int, str] = {}
        for call in watch.root.all() if watch is not None else ():
            if call.module is not None:
                self.calls.setdefault(id(call.module), []).append(call)
                if call.error is not None:
                    self.failed.add(id(call.module))
        self.first = {key: i for i, key in enumerate(self.calls)}
        self.root = self.row(model, type(model).__name__, "", 0)

    def row(self, module: Module, name: str, path: str, depth: int) -> Row:
        """The row of a module with all below it."""
        row = Row(name, path, module._get_name(), depth)
        row.kernel = measure(getattr(module, "kernel_size", None))
        row.parameters, row.trainable = sizes_of(module.parameters())
        if id(module) in self.paths:
            row.status, row.note = "shared", f"the same as {self.paths[id(module)] or 'the model'}"
            return row
        self.paths[id(module)] = path
        self._weights(row, module, path)
        calls = self.calls.get(id(module), [])
        row.calls = len(calls)
        if calls:
            row.inputs = [form for part in (*calls[0].args, *calls[0].kwargs.values())
                          for form in part]  # fmt: skip
            row.outputs = calls[0].output or []
        self._children(row, module, calls)
        if calls:
            within = {id(inner) for call in calls for inner in call.all() if inner is not call}
            row.multiply_adds = sum(c.multiply_adds() for c in calls if id(c) not in within)
        else:
            row.multiply_adds = sum(child.multiply_adds for child in row.children)
        if isinstance(module, _BatchNorm) and not row.multiply_adds:
            # composed of a product and a sum of each element, where layer norm is one operation
            row.multiply_adds = self._normalised(calls)
        self._status(row, module)
        return row

    def _children(self, row: Row, module: Module, calls: list[Call]) -> None:
        children = [(name, child) for name, child in module._modules.items() if child is not None]
        strangers = {
            id(inner.module): inner.module
            for call in calls for inner in call.inner if inner.module is not None
            if id(inner.module) not in self.registered and id(inner.module) not in self.paths
        }  # fmt: skip
        children += [(_place(module, stranger), stranger) for stranger in strangers.values()]
        last = len(self.first)
        children.sort(key=lambda pair: self._begun(pair[1], last))
        below = f"{row.path}." if row.path else ""
        for name, child in children:
            found = self.row(child, name, f"{below}{name}", row.depth + 1)
            if id(child) in strangers:
                found.status = found.status or "unregistered"
                found.note = "no attribute of a module: parameters() does not have it"
            row.children.append(found)
        functions: dict[str, int] = {}
        for call in calls:
            for name, count in call.own.items():
                functions[name] = functions.get(name, 0) + count
        if functions and row.children:
            extra = Row(", ".join(functions), row.path, "", row.depth + 1)
            extra.multiply_adds = sum(functions.values())
            row.children.append(extra)

    def _begun(self, module: Module, never: int) -> int:
        """When a module, or one in it, was first called."""
        return min((self.first.get(id(part), never) for part in module.modules()), default=never)

    def _normalised(self, calls: list[Call]) -> int:
        count = 0
        for call in calls:
            size = sum(int(np.prod(form.shape)) for form in call.output or ())
            call.own["batch_norm"] = size
            count += size
        return count

    def _weights(self, row: Row, module: Module, path: str) -> None:
        """The parameters of its own; those that stand elsewhere already are noted."""
        known = []
        for name, parameter in module._parameters.items():
            if parameter is None:
                continue
            lazy = isinstance(parameter, UninitializedTensorMixin)
            row.weights.append((name, "not yet known" if lazy else shape(parameter._value.shape)))
            where = f"{path}.{name}" if path else name
            other = self.owners.setdefault(id(parameter), where)
            if other != where:
                known.append(f"{name} is {other}")
        row.note = "; ".join(known)

    def _status(self, row: Row, module: Module) -> None:
        if self.watch is None:
            return
        if id(module) in self.failed:
            row.status = "failed"
        elif not row.calls and not any(child.calls or child.status == "" for child in row.children):
            read = any(
                id(owner(p._value)) in self.watch.touched
                for p in module.parameters()
                if not isinstance(p, UninitializedTensorMixin)
            )
            if read and isinstance(module, (ParameterDict, ParameterList)):
                return  # these are not there to be called
            broken = bool(self.failed)
            row.status = "uncalled" if read else "not reached" if broken else "unused"


def sizes_of(parameters: Any) -> tuple[int, int]:
    """How many numbers some parameters hold, and how many of them are trained."""
    total = trainable = 0
    for parameter in parameters:
        if isinstance(parameter, UninitializedTensorMixin):
            continue
        total += parameter._value.size
        trainable += parameter._value.size * parameter.requires_grad
    return total, trainable


def _place(module: Module, stranger: Module) -> str:
    """Where a module has another that it does not know of: as `hidden[0]`, in a plain list."""
    places = (_within(held, name, stranger, 3) for name, held in vars(module).items())
    return next(filter(None, places), "?")


def _within(held: Any, place: str, stranger: Module, depth: int) -> str:
    """The place of a module in nested containers; an empty text if it is not in them."""
    if held is stranger:
        return place
    if not depth or not isinstance(held, (list, tuple, dict)):
        return ""
    pairs = held.items() if isinstance(held, dict) else enumerate(held)
    places = (_within(part, f"{place}[{key!r}]", stranger, depth - 1) for key, part in pairs)
    return next(filter(None, places), "")
