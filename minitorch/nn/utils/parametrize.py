"""Parameters that are computed from others: `weight = f(original)` by modules one registers.

A parametrized module is of a class of its own, derived from what it was, in which the parameter
is a property. What it is computed from is learnt and saved, under
`parametrizations.weight.original`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from minitorch.engine.modes import no_grad
from minitorch.faces.tensor import Tensor
from minitorch.nn.modules.container import ModuleDict, ModuleList
from minitorch.nn.modules.module import Module
from minitorch.nn.parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]

_blocks = 0  # how many `cached()` blocks are open
_cache: dict[tuple[int, str], Tensor] = {}


@contextmanager
def cached() -> Iterator[None]:
    """A block in which each parametrized tensor is computed once, when it is first asked for."""
    global _blocks
    _blocks += 1
    try:
        yield
    finally:
        _blocks -= 1
        if not _blocks:
            _cache.clear()


class ParametrizationList(ModuleList):
    """The modules that a tensor is computed by, one after the other, and what it is computed from.

    That is `original`, or `original0`, `original1`, … where the `right_inverse` of the first
    module gives several tensors.

    Raises:
        ValueError: there is no module; or, unless `unsafe`, the result is not a tensor of the
            dtype and shape that there were.
    """

    original: Tensor
    unsafe: bool
    is_tensor: bool
    ntensors: int

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        source: Any = original
        with no_grad():
            for module in reversed(list(self)):
                source = _inverted(module, source)
        if isinstance(source, Tensor):
            self.is_tensor, self.ntensors = True, 1
            if source.dtype != original.dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {original.dtype}\n"
                    f"right_inverse(original).dtype: {source.dtype}"
                )
            _set(original, source)
            _register(self, "original", original)
        elif isinstance(source, Sequence):
            self.is_tensor, self.ntensors = False, len(source)
            self._register_all(source, original)
        else:
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(source).__name__}"
            )
        if not unsafe:
            _check_same(self(), shape, dtype, "unparametrized", "parametrized")

    def _register_all(self, sources: Sequence[Any], original: Tensor) -> None:
        for i, source in enumerate(sources):
            if not isinstance(source, Tensor):
                raise ValueError(
                    "'right_inverse' must return a Tensor or a Sequence of tensors (list, "
                    f"tuple...). Got element {i} of the sequence with type {type(source).__name__}."
                )
            if isinstance(original, Parameter):
                source = Parameter(source, original.requires_grad)
            source.requires_grad_(original.requires_grad)
            _register(self, f"original{i}", source)

    def right_inverse(self, value: Any) -> None:
        """Set what the tensor is computed from so that it becomes `value`.

        Raises:
            RuntimeError: a module has no `right_inverse`.
            ValueError: one gives what cannot take the place of the original.
        """
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                value = module.right_inverse(value)  # type: ignore[operator]
            if self.is_tensor:
                self._restore("original", value, "The tensor")
                return
            if not isinstance(value, Sequence):
                raise ValueError(
                    "'right_inverse' must return a sequence of tensors. "
                    f"Got {type(value).__name__}."
                )
            if len(value) != self.ntensors:
                raise ValueError(
                    "'right_inverse' must return a sequence of tensors of length "
                    f"{self.ntensors}. Got a sequence of length {len(value)}."
                )
            for i, part in enumerate(value):
                self._restore(f"original{i}", part, f"Tensor {i}")

    def _restore(self, name: str, value: Any, what: str) -> None:
        original = getattr(self, name)
        if not isinstance(value, Tensor):
            raise ValueError(f"`right_inverse` should return a tensor. Got {type(value).__name__}")
        if value.dtype != original.dtype:
            raise ValueError(
                f"{what} returned by `right_inverse` has dtype {value.dtype} while `{name}` has "
                f"dtype {original.dtype}"
            )
        _set(original, value)

    def forward(self) -> Any:
        """The tensor that the modules compute."""
        names = ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]
        first, *rest = self._modules.values()
        value = first(*(getattr(self, name) for name in names))  # type: ignore[misc]
        for module in rest:
            value = module(value)  # type: ignore[misc]
        return value


def _inverted(module: Module, value: Any) -> Any:
    """What a module computes `value` from, if it can say."""
    if hasattr(module, "right_inverse"):
        try:
            return module.right_inverse(value)  # type: ignore[operator]
        except NotImplementedError:
            pass
    return value


def _set(tensor: Tensor, value: Tensor) -> None:
    """Let a tensor, which stays the object that it is, have the memory of another."""
    if tensor is not value:
        tensor.data = value.data


def _register(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _check_same(made: Any, shape: Any, dtype: Any, before: str, after: str) -> None:
    """Refuse a tensor that is not of the shape and dtype that there were."""
    if not isinstance(made, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(made).__name__}.")
    for what, old, new in (("dtype", dtype, made.dtype), ("shape", shape, made.shape)):
        if old != new:
            raise ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, unless "
                f"`unsafe` flag is enabled.\n{before} {what}: {old}\n{after} {what}: {new}"
            )


def _become_parametrized(module: Module) -> None:
    """Give a module a class of its own, to which properties can be added."""
    cls = type(module)
    parts: dict[str, Any] = {"__getstate__": _refuse_pickle}
    if not hasattr(cls, "__deepcopy__"):
        parts["__deepcopy__"] = _deepcopied
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), parts)
    module.parametrizations = ModuleDict()


def _refuse_pickle(self: Module) -> Any:
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(): their "
        "class is made while the program runs. Save module.state_dict(), or call "
        "remove_parametrizations first"
    )


def _deepcopied(self: Module, memo: dict[int, Any]) -> Module:
    cls = type(self)
    parts = {k: v for k, v in vars(cls).items() if k not in ("__dict__", "__weakref__")}
    own = type(cls.__name__, cls.__bases__, parts)  # removing a property here leaves it there
    copy: Module = object.__new__(own)
    memo[id(self)] = copy
    copy.__dict__.update(deepcopy(self.__dict__, memo))
    return copy


def _property(tensor_name: str) -> property:
    """The attribute that computes a parametrized tensor."""

    def compute(self: Any) -> Tensor:
        parametrization = self.parametrizations[tensor_name]
        if not _blocks:
            return parametrization()  # type: ignore[no-any-return]
        key = (id(self), tensor_name)
        if key not in _cache:
            _cache[key] = parametrization()
        return _cache[key]

    def assign(self: Any, value: Tensor) -> None:
        self.parametrizations[tensor_name].right_inverse(value)

    return property(compute, assign)


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Let a parameter or buffer be computed by a module from what it has been so far.

    A second parametrization is applied to the result of the first.

    Args:
        parametrization: called with the tensor; where it defines `right_inverse`, that gives the
            tensor (or tensors) to compute from, and `module.weight = value` can be written.
        unsafe: whether the result may have another shape or dtype.

    Raises:
        ValueError: there is no such tensor, or its shape or dtype would change.

    Example:
        >>> class Symmetric(torch.nn.Module):
        ...     def forward(self, x):
        ...         return x.triu() + x.triu(1).T
        >>> layer = torch.nn.Linear(3, 3)
        >>> _ = torch.nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
        >>> torch.equal(layer.weight, layer.weight.T)
        True
        >>> list(layer.state_dict())
        ['bias', 'parametrizations.weight.original']
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_addition(module, tensor_name, parametrization)
        known: Any = module.parametrizations
        known[tensor_name].append(parametrization)
        known[tensor_name].unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        made = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _become_parametrized(module)
        setattr(type(module), tensor_name, _property(tensor_name))
        module.parametrizations[tensor_name] = made  # type: ignore[index, operator]
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element "
            f"with name '{tensor_name}'"
        )
    return module


def _check_addition(module: Module, name: str, parametrization: Any) -> None:
    """Refuse a further parametrization that changes shape or dtype, forth or back."""
    now = getattr(module, name)
    made = parametrization(now)
    attribute = f"module.{name}"
    _check_same(made, now.shape, now.dtype, attribute, f"parametrization({attribute})")
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        back = parametrization.right_inverse(made)
    except NotImplementedError:
        return
    if not isinstance(back, Tensor):
        raise ValueError(
            f"parametrization.right_inverse must return a tensor. Got: {type(back).__name__}"
        )
    for what, old, new in (("dtype", now.dtype, back.dtype), ("shape", now.shape, back.shape)):
        if old != new:
            raise ValueError(
                f"The tensor returned by parametrization.right_inverse must have the same {what} "
                f"as {attribute}, unless the `unsafe` flag is enabled.\n"
                f"{attribute} {what}: {old}\nreturned {what}: {new}"
            )


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a tensor of the module, or any, is parametrized."""
    known = getattr(module, "parametrizations", None)
    if not isinstance(known, ModuleDict):
        return False
    return len(known) > 0 if tensor_name is None else tensor_name in known


def remove_parametrizations(
    module: Module, tensor_name: str, leave_parametrized: bool = True
) -> Module:
    """Make of a parametrized tensor a parameter (or buffer) again.

    Args:
        leave_parametrized: whether it keeps the value that was computed; else it gets back the
            original one.

    Raises:
        ValueError: it is not parametrized, or it was computed from several tensors, which leave
            no original.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    known: Any = module.parametrizations
    parametrization = known[tensor_name]
    if parametrization.is_tensor:
        original = parametrization.original
        if leave_parametrized:
            with no_grad():
                _set(original, getattr(module, tensor_name))
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is "
            "parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del known[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that the module had before a parametrization gave it one of its own."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Let another module share the parametrizations, and what they compute from; all, or one's."""
    if not is_parametrized(from_module):
        return to_module
    source: Any = from_module.parametrizations
    for name in list(source) if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        for parametrization in source[name]:
            register_parametrization(to_module, name, parametrization)
        target: Any = to_module.parametrizations
        for original in source[name]._parameters:
            setattr(target[name], original, getattr(source[name], original))
        for original in source[name]._buffers:
            setattr(target[name], original, getattr(source[name], original))
    return to_module
