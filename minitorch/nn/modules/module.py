"""Module: the base of all layers and models.

What a module is stands here: how it is called and how its attributes become parameters,
buffers and children. What can be done with a tree of modules stands beside: walking through it
(`traversal`), converting it (`conversion`), saving and loading it (`state`), hooks (`hooks`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import MutableMapping
from typing import Any, TypeVar

from minitorch.errors.raising import lead_out, teaching
from minitorch.faces.tensor import Tensor
from minitorch.nn.modules.conversion import Conversion
from minitorch.nn.modules.everywhere import calls as everywhere
from minitorch.nn.modules.everywhere import (
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
    registered_as,
    registrations,
)
from minitorch.nn.modules.hooks import KINDS, OPTIONS, Hooks
from minitorch.nn.modules.showing import module_html
from minitorch.nn.modules.state import StateDict
from minitorch.nn.modules.traversal import Traversal
from minitorch.nn.parameter import Buffer, Parameter

__all__ = [
    "Module",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]


class Module(Traversal, Conversion, StateDict, Hooks):
    """Base class of layers and models.

    A subclass calls `super().__init__()`, assigns parameters, buffers and other modules as
    attributes, and defines `forward`; calling the module runs it, with its hooks.

    Example:
        >>> class Net(torch.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.hidden = torch.nn.Linear(4, 8)
        ...         self.out = torch.nn.Linear(8, 2)
        ...     def forward(self, x):
        ...         return self.out(torch.relu(self.hidden(x)))
        >>> net = Net()
        >>> net
        Net(
          (hidden): Linear(in_features=4, out_features=8, bias=True)
          (out): Linear(in_features=8, out_features=2, bias=True)
        )
        >>> net(torch.zeros(3, 4)).shape
        torch.Size([3, 2])
    """

    T_destination = TypeVar("T_destination", bound=MutableMapping[str, Any])
    dump_patches: bool = False
    call_super_init: bool = False

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _non_persistent_buffers_set: set[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if (args or kwargs) and not self.call_super_init:
            what = (
                f"got an unexpected keyword argument {next(iter(kwargs))!r}"
                if kwargs
                else f"takes 1 positional argument but {len(args) + 1} were given"
            )
            raise TypeError(f"{type(self).__name__}.__init__() {what}")
        self.__setstate__({"training": True})
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def __setstate__(self, state: dict[str, Any]) -> None:
        own = self.__dict__
        own.update(state)
        for registry in ("_parameters", "_buffers", "_modules"):
            own.setdefault(registry, {})
        own.setdefault("_non_persistent_buffers_set", set())
        for hooks in (*KINDS, *OPTIONS):
            own.setdefault(hooks, OrderedDict())

    def forward(self, *input: Any) -> Any:
        """What the module computes; every subclass defines its own."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            own = self.__dict__
            if (
                self._forward_hooks
                or own["_forward_pre_hooks"]
                or own["_backward_hooks"]
                or own["_backward_pre_hooks"]
                or everywhere
            ):
                return self._call_with_hooks(args, kwargs)
            return self.forward(*args, **kwargs)
        except Exception as error:
            lead_out(error)
            raise error  # MINITORCH_TRACEBACKS=full shows the frames below

    # Attributes: parameters, buffers and children are kept in dictionaries of their own

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        if "_parameters" in own:
            if name in own["_parameters"]:
                return own["_parameters"][name]
            if name in own["_modules"]:
                return own["_modules"][name]
            if name in own["_buffers"]:
                return own["_buffers"][name]
        message = f"'{type(self).__name__}' object has no attribute '{name}'"
        if "_parameters" not in own:
            message += f" (does {type(self).__name__}.__init__ begin with super().__init__()?)"
        raise AttributeError(message, name=name, obj=self)

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        registry = own.get("_parameters")
        if isinstance(value, Parameter):
            self._require_init("parameters")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
        elif registry is not None and name in registry:
            self._require(value is None, value, f"parameter '{name}'", "torch.nn.Parameter")
            registry[name] = None
        elif isinstance(value, Module):
            self._require_init("module")
            self._forget(name, "_modules")
            own["_modules"][name] = self._registered("module", name, value)
        elif registry is None:
            if isinstance(value, Buffer):
                self._require_init("buffer")
            object.__setattr__(self, name, value)
        elif name in own["_modules"]:
            self._require(value is None, value, f"child module '{name}'", "torch.nn.Module")
            own["_modules"][name] = self._registered("module", name, None)
        elif isinstance(value, Buffer):
            self._forget(name, "_buffers")
            self.register_buffer(name, value, value.persistent)
        elif name in own["_buffers"]:
            fits = value is None or isinstance(value, Tensor)
            self._require(fits, value, f"buffer '{name}'", "torch.nn.Buffer, torch.Tensor")
            own["_buffers"][name] = self._registered("buffer", name, value)
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        for registry in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__.get(registry, ()):
                del self.__dict__[registry][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = {*object.__dir__(self), *self._parameters, *self._modules, *self._buffers}
        return sorted(name for name in names if not name[0].isdigit())

    def _forget(self, name: str, keep: str) -> None:
        """Take a name out of every place but the one where it is about to be set."""
        own = self.__dict__
        for registry in (own, own["_parameters"], own["_buffers"], own["_modules"]):
            if registry is not own[keep]:
                registry.pop(name, None)
        own["_non_persistent_buffers_set"].discard(name)

    def _require_init(self, what: str) -> None:
        if "_parameters" not in self.__dict__:
            raise teaching(AttributeError)(
                f"cannot assign {what} before Module.__init__() call; begin "
                f"{type(self).__name__}.__init__ with super().__init__()"
            )

    def _require(self, fits: bool, value: object, place: str, wanted: str) -> None:
        if not fits:
            tensor = isinstance(value, Tensor) and "Parameter" in wanted
            raise TypeError(
                f"cannot assign '{kind_of(value)}' as {place} ({wanted} or None expected)"
                + "; wrap the tensor as nn.Parameter(tensor)" * tensor
            )

    def _check_name(self, kind: str, name: object, registry: dict[str, Any]) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {kind_of(name)}")
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name not in registry and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under a name; None keeps the place without one.

        Raises:
            KeyError: the name is taken by another attribute, is empty or holds a dot.
            TypeError: `param` is neither a Parameter nor None.
        """
        self._require_init("parameter")
        self._check_name("parameter", name, self._parameters)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{kind_of(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        if param is not None:
            param = self._registered("parameter", name, param)
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the module's state but is not trained.

        It is converted with the module; `persistent=False` leaves it out of the `state_dict`.

        Example:
            >>> m = torch.nn.Module()
            >>> m.register_buffer("mean", torch.zeros(2))
            >>> m.mean
            tensor([0., 0.])
        """
        self._require_init("buffer")
        self._check_name("buffer", name, self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{kind_of(tensor)}' object to buffer '{name}' "
                "(torch Tensor or None required)"
            )
        self._buffers[name] = self._registered("buffer", name, tensor)
        change = "discard" if persistent else "add"
        getattr(self._non_persistent_buffers_set, change)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child under a name that need not be an identifier; None keeps the place empty."""
        self._require_init("module")
        if module is not None and not isinstance(module, Module):
            raise not_a_module(module)
        self._check_name("module", name, self._modules)
        self._modules[name] = self._registered("module", name, module)

    def _registered(self, kind: str, name: str, value: Any) -> Any:
        return registered_as(kind, self, name, value) if registrations else value

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as `add_module`."""
        self.add_module(name, module)

    # Printing

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What a subclass shows of its settings in the repr."""
        return ""

    def __repr__(self) -> str:
        children = [(key, repr(module)) for key, module in self._modules.items()]
        return block(self._get_name(), self.extra_repr(), children)

    def _repr_html_(self) -> str | None:
        return module_html(self)


def block(name: str, settings: str, children: list[tuple[str, str]]) -> str:
    """A module's repr: on one line if there is nothing but one line of settings."""
    below = [f"({key}): " + shown.replace("\n", "\n  ") for key, shown in children]
    if not below and "\n" not in settings:
        return f"{name}({settings})"
    lines = (settings.split("\n") if settings else []) + below
    return f"{name}(\n  " + "\n  ".join(lines) + "\n)"


def not_a_module(value: object) -> TypeError:
    """The error for what should have been a module, with the likely slip."""
    if callable(value) and hasattr(value, "__qualname__") and not isinstance(value, type):
        return TypeError(
            f"{value.__module__}.{value.__qualname__} is not a Module subclass but a function: "
            "take the module that does the same (nn.ReLU() for F.relu), or call it in forward"
        )
    if not isinstance(value, type):
        return TypeError(f"{kind_of(value)} is not a Module subclass")
    return TypeError(
        f"{value.__module__}.{value.__qualname__} is not a Module subclass but a class: make a "
        f"module of it, {value.__name__}(...)"
    )


def kind_of(value: object) -> str:
    """The name of a value's type as PyTorch's messages give it."""
    if isinstance(value, Tensor):
        return value.type()
    cls = type(value)
    return cls.__name__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__name__}"
