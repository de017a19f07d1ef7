"""The modules that a program sees as `torch` while minitorch stands in for it."""

from __future__ import annotations

import dis
import functools
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NoReturn

from minitorch.running.absent import Absent, missing, reason

VERSION = "2.13.0"  # the PyTorch whose behaviour is followed
STOOD_FOR = ("torch", "torchvision")
# where the modules of torchvision are, and all below them under the same names
_TORCHVISION = {
    "torchvision": "minitorch.running.torchvision",
    "torchvision.datasets": "minitorch.datasets",
    "torchvision.transforms": "minitorch.datasets.transforms",
    "torchvision.utils": "minitorch.datasets.images",
}
_IMPORT_FROM = dis.opmap["IMPORT_FROM"]


class TorchModule(ModuleType):
    """A module of minitorch under PyTorch's name.

    Reading and writing its names reads and writes minitorch's. `from torch.x import name` of a
    name that is not there gives a placeholder that fails when it is used, since scripts import
    much that they never use; any other way to such a name is an AttributeError.
    """

    def __init__(self, name: str, real: ModuleType | None) -> None:
        super().__init__(name, getattr(real, "__doc__", None))
        self.__dict__["_real"] = real
        self.__path__: list[str] = []  # all may have submodules; the finder below decides

    def __getattr__(self, name: str) -> Any:
        real = self.__dict__["_real"]
        if real is not None:
            try:
                value = getattr(real, name)
            except AttributeError:
                pass
            else:
                value = _proxied(self.__name__, name, value)
                if callable(value):  # found at once the next time: scripts ask in their loops
                    self.__dict__[name] = value
                return value
        message = _message(self, name)
        if not name.startswith("__") and _imports_from(sys._getframe(1)):
            return Absent(message)
        raise AttributeError(message)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._real is None or name.startswith("__") or isinstance(value, ModuleType):
            super().__setattr__(name, value)
        else:
            self.__dict__.pop(name, None)
            setattr(self._real, name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._real)})


class AbsentModule(TorchModule):
    """A module that is not there, or a class or function in it: importing cannot tell which."""

    def __init__(self, name: str, real: None) -> None:
        super().__init__(name, real)

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        parent, _, child = self.__name__.rpartition(".")
        raise NotImplementedError(missing(parent, child, ()))

    __mro_entries__ = __call__


@functools.lru_cache(maxsize=256)  # scripts ask `hasattr(torch, ...)` in their loops
def _message(module: TorchModule, name: str) -> str:
    real = module.__dict__["_real"]
    return missing(module.__name__, name, () if real is None else dir(real))


def _imports_from(frame: Any) -> bool:
    """Whether a frame is just executing the `import name` of a `from module import name`."""
    return bool(frame.f_code.co_code[frame.f_lasti] == _IMPORT_FROM)


def _proxied(module: str, name: str, value: Any) -> Any:
    """A value of minitorch's as a program that knows `torch` sees it."""
    if isinstance(value, ModuleType) and value.__name__.startswith("minitorch."):
        return importlib.import_module(f"{module}.{name}")
    if (module, name) == ("torch", "__version__"):
        return f"{VERSION}+minitorch{value}"
    return value


SAFETENSORS = ("safetensors", "safetensors.torch")


def safetensors_spec(name: str, loader: Any) -> ModuleSpec:
    """Where safetensors and its functions for tensors come from: the package may be installed."""
    spec = ModuleSpec(name, loader, is_package=True)
    installed = _installed_safetensors()
    if installed is not None and name == "safetensors":
        spec.loader_state, spec.origin = installed, installed.origin
        spec.submodule_search_locations = list(installed.submodule_search_locations or ())
    return spec


def safetensors_module(spec: ModuleSpec) -> ModuleType:
    """minitorch.safetensors, or the package's own module, still empty."""
    if spec.loader_state is not None:
        return ModuleType(spec.name)
    return TorchModule(spec.name, importlib.import_module(f"minitorch.{spec.name}"))


def execute_safetensors(module: Any) -> None:
    """Execute the package's own module; files opened for tensors are opened by minitorch."""
    installed = module.__spec__.loader_state
    installed.loader.exec_module(module)
    own, theirs = importlib.import_module("minitorch.safetensors").safe_open, module.safe_open

    def safe_open(filename: Any, framework: str, *args: Any, **kwargs: Any) -> Any:
        for_tensors = framework in ("pt", "torch", "pytorch")
        return (own if for_tensors else theirs)(filename, framework, *args, **kwargs)

    module.safe_open = safe_open


def _installed_safetensors() -> ModuleSpec | None:
    return PathFinder.find_spec("safetensors")


def own_name(name: str) -> str:
    """What minitorch calls a module of `torch` or `torchvision`."""
    top, _, rest = name.partition(".")
    if top == "torch":
        return f"minitorch.{rest}" if rest else "minitorch"
    if name in _TORCHVISION:
        return _TORCHVISION[name]
    parent, _, child = name.rpartition(".")
    return f"{own_name(parent)}.{child}"


class Finder:
    """Finds `torch`, `torchvision` and all below them in minitorch, and nowhere else."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The import system's question: where a module comes from."""
        if name in SAFETENSORS:
            return safetensors_spec(name, self)
        if name.partition(".")[0] not in STOOD_FOR:
            return None
        if _exists(own_name(name)) or reason(name.removeprefix("torch.")) is not None:
            return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]
        parent, _, child = name.rpartition(".")
        there = dir(sys.modules[parent]) if parent in sys.modules else ()
        raise ModuleNotFoundError(missing(parent, child, there), name=name)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The import system's request for a module."""
        if spec.name in SAFETENSORS:
            return safetensors_module(spec)
        own = own_name(spec.name)
        if _exists(own):
            return TorchModule(spec.name, importlib.import_module(own))
        return AbsentModule(spec.name, None)

    def exec_module(self, module: ModuleType) -> None:
        """Only what is not minitorch's is still to be executed: the package safetensors."""
        if module.__name__ == "safetensors" and not isinstance(module, TorchModule):
            execute_safetensors(module)


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
