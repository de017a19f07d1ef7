"""Containers: modules that hold others in order (Sequential, ModuleList) or by name."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import index
from typing import Any, TypeVar

from minitorch.nn.modules.module import Module, block, kind_of, not_a_module
from minitorch.nn.modules.parameters import ParameterDict as ParameterDict
from minitorch.nn.modules.parameters import ParameterList as ParameterList
from minitorch.nn.modules.parameters import pairs

L = TypeVar("L", bound="_Numbered")


class _Numbered(Module):
    """What Sequential and ModuleList share: a list whose items are named "0", "1", …"""

    _modules: dict[str, Module | None]

    def _place(self, position: Any) -> str:
        """The name of the module at a position, which may count from the end."""
        i, size = index(position), len(self._modules)
        if not -size <= i < size:
            raise IndexError(
                f"index {i} is out of range: this {type(self).__name__} holds {size} modules"
            )
        return list(self._modules)[i]

    def _renumber(self, modules: Iterable[Module | None]) -> None:
        kept = list(modules)
        self._modules.clear()
        self._modules.update((str(i), module) for i, module in enumerate(kept))

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())  # type: ignore[arg-type]

    def __setitem__(self, position: int, module: Module | None) -> None:
        setattr(self, self._place(position), module)

    def __delitem__(self, position: int | slice) -> None:
        kept = list(self._modules.values())
        del kept[position if isinstance(position, slice) else self._at(position)]
        self._renumber(kept)

    def _at(self, position: Any) -> int:
        return list(self._modules).index(self._place(position))

    def pop(self, key: int | slice) -> Any:
        """Take out the module at a position (or several) and return it."""
        module = self[key]  # type: ignore[index]
        del self[key]
        return module

    def append(self: L, module: Module | None) -> L:
        """Add a module at the end; returns the container."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self: L, modules: Iterable[Module]) -> L:
        """Add modules at the end; returns the container."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"{type(self).__name__}.extend should be called with an iterable, but got "
                f"{type(modules).__name__}"
            )
        added = list(modules)
        for module in added:  # all of them before any is added
            if module is not None and not isinstance(module, Module):
                raise not_a_module(module)
        for module in added:
            self.append(module)
        return self


class Sequential(_Numbered):
    """A chain: each module is called with what the one before it returned.

    Args:
        *args: the modules in order, or one OrderedDict that names them.

    Example:
        >>> net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
        >>> net(torch.zeros(3, 4)).shape
        torch.Size([3, 2])
        >>> net[1:]
        Sequential(
          (1): ReLU()
          (2): Linear(in_features=8, out_features=2, bias=True)
        )
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
            return
        if len(args) == 1 and isinstance(args[0], (list, tuple)):
            raise TypeError(
                f"{kind_of(args[0])} is not a Module subclass; unpack it: Sequential(*modules)"
            )
        for i, module in enumerate(args):
            self.add_module(str(i), module)

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)  # type: ignore[misc]
        return input

    def __getitem__(self, position: int | slice) -> Any:
        if isinstance(position, slice):
            return type(self)(OrderedDict(list(self._modules.items())[position]))
        return self._modules[self._place(position)]

    def __add__(self, other: Any) -> Sequential:
        self._require_sequential(other)
        return Sequential(*self, *other)

    def __iadd__(self, other: Any) -> Sequential:
        self._require_sequential(other)
        return self.extend(other)

    def _require_sequential(self, other: object) -> None:
        if not isinstance(other, Sequential):
            raise ValueError(
                "add operator supports only objects of Sequential class, but "
                f"{type(other)} is given."
            )

    def __mul__(self, times: int) -> Sequential:
        return Sequential().extend(self._repeated(times))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Sequential:
        return self.extend(self._repeated(times)[len(self) :])

    def _repeated(self, times: int) -> list[Module]:
        if not isinstance(times, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(times)}")
        if times <= 0:
            raise ValueError(f"Non-positive multiplication factor {times} for {type(self)}")
        return list(self) * times

    def insert(self, index: int, module: Module) -> Sequential:
        """Put a module before the one at a position; returns the container."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}, got {kind_of(module)}")
        size = len(self)
        if not -size <= index <= size:
            raise IndexError(f"Index out of range: {index} for {size} modules")
        items = list(self._modules.items())
        numbered = all(name == str(i) for i, (name, _) in enumerate(items))
        items.insert(index, (str(size), module))
        if numbered:
            self._renumber(module for _, module in items)
            return self
        if str(size) in self._modules:
            raise KeyError(f"insert: the name '{size}' is taken by another module")
        self._modules.clear()
        self._modules.update(items)
        return self


class ModuleList(_Numbered):
    """A list of modules that belong to the model; it is not called itself.

    Example:
        >>> torch.nn.ModuleList(torch.nn.Linear(4, 4) for _ in range(3))
        ModuleList(
          (0-2): 3 x Linear(in_features=4, out_features=4, bias=True)
        )
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, position: int | slice) -> Any:
        if isinstance(position, slice):
            return type(self)(list(self._modules.values())[position])  # type: ignore[arg-type]
        return self._modules[self._place(position)]

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __iadd__(self, modules: Iterable[Module]) -> ModuleList:
        return self.extend(modules)

    def insert(self, index: int, module: Module) -> None:
        """Put a module before the one at a position."""
        modules = list(self._modules.values())
        modules.insert(index, module)
        self._renumber(modules)

    def __repr__(self) -> str:
        lines: list[tuple[str, str]] = []
        place = 0
        for shown, run in groupby(map(repr, self._modules.values())):
            count = len(list(run))
            if count > 1:
                lines.append((f"{place}-{place + count - 1}", f"{count} x {shown}"))
            else:
                lines.append((str(place), shown))
            place += count
        return block(self._get_name(), self.extra_repr(), lines)


class ModuleDict(Module):
    """A dictionary of modules that belong to the model, in the order in which they came.

    Example:
        >>> heads = torch.nn.ModuleDict({"a": torch.nn.Linear(2, 1), "b": torch.nn.Identity()})
        >>> list(heads), heads["b"]
        (['a', 'b'], Identity())
    """

    _modules: dict[str, Module]  # type: ignore[assignment]

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take out all modules."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Take out a module and return it."""
        return self._modules.pop(key)

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def items(self) -> Any:
        """The names with their modules."""
        return self._modules.items()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Add modules from a mapping or from pairs of a name and a module."""
        for name, module in pairs(modules, "ModuleDict"):
            self[name] = module


class Container(Module):
    """A module whose children are given as keywords; deprecated in PyTorch long since."""

    def __init__(self, **kwargs: Module) -> None:
        super().__init__()
        warnings.warn(
            "nn.Container is deprecated. All of it's functionality is now implemented in "
            "nn.Module. Subclass that instead.",
            FutureWarning,
            stacklevel=2,
        )
        for name, module in kwargs.items():
            self.add_module(name, module)
