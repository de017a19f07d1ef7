"""Saving and loading: a tree of modules to a flat dictionary of tensors, and back.

Loading first compares everything and only then copies, so a state dict that does not fit leaves
the module as it was.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from minitorch.engine.modes import no_grad
from minitorch.faces.tensor import Tensor
from minitorch.nn.parameter import Parameter, UninitializedTensorMixin, is_lazy
from minitorch.utils.hooks import RemovableHandle

if TYPE_CHECKING:
    from minitorch.nn.modules.module import Module

EXTRA = "_extra_state"


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What `load_state_dict` returns: the keys that one side had and the other had not."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys({super().__repr__().partition('(')[2]}"

    __str__ = __repr__


class StateDict:
    """The part of `Module` that saves and loads its state."""

    _version: int = 1
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _non_persistent_buffers_set: set[str]
    _state_dict_pre_hooks: OrderedDict[int, Callable[..., Any]]
    _state_dict_hooks: OrderedDict[int, Callable[..., Any]]
    _load_state_dict_pre_hooks: OrderedDict[int, Callable[..., Any]]
    _load_state_dict_pre_hooks_with_module: OrderedDict[int, bool]
    _load_state_dict_post_hooks: OrderedDict[int, Callable[..., Any]]
    _register_hook: Callable[..., RemovableHandle]

    # Saving

    def state_dict(
        self,
        *args: Any,
        destination: MutableMapping[str, Any] | None = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> Any:
        """The parameters and persistent buffers by their dotted names, in memory that is shared.

        With `keep_vars` the parameters themselves, else detached tensors.

        Example:
            >>> list(torch.nn.Sequential(torch.nn.Linear(2, 3)).state_dict())
            ['0.weight', '0.bias']
        """
        if args:
            warnings.warn(
                "Positional args are being deprecated, use kwargs instead.",
                FutureWarning,
                stacklevel=2,
            )
            given = dict(zip(("destination", "prefix", "keep_vars"), args, strict=False))
            destination = given.get("destination", destination)
            prefix = given.get("prefix", prefix)
            keep_vars = given.get("keep_vars", keep_vars)
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()  # type: ignore[attr-defined]
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(
                    destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars
                )
        for hook in self._state_dict_hooks.values():
            changed = hook(self, destination, prefix, metadata)
            if changed is not None:
                destination = changed
        return destination

    def _save_to_state_dict(
        self, destination: MutableMapping[str, Any], prefix: str, keep_vars: bool
    ) -> None:
        """Put this module's own state into `destination`; those of its children are not asked."""
        for name, tensor in self._own_state():
            if tensor is not None:
                kept = keep_vars or is_lazy(tensor)
                destination[prefix + name] = tensor if kept else tensor.detach()
        if _overrides(self, "get_extra_state"):
            destination[prefix + EXTRA] = self.get_extra_state()

    def _own_state(self) -> Iterator[tuple[str, Tensor | None]]:
        yield from self._parameters.items()
        for name, buffer in self._buffers.items():
            if name not in self._non_persistent_buffers_set:
                yield name, buffer

    def get_extra_state(self) -> Any:
        """What else the module's state dict shall hold; for a subclass to define."""
        raise RuntimeError(f"{type(self).__name__} has no extra state")

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` gave; for a subclass to define beside it."""
        raise RuntimeError(f"{type(self).__name__} has no extra state")

    # Loading

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> _IncompatibleKeys:
        """Copy the tensors of a state dict into the parameters and buffers of the same names.

        Args:
            state_dict: what `state_dict()` gave, here or in PyTorch.
            strict: whether missing and unexpected keys are errors; wrong shapes always are.
            assign: take the tensors themselves, with their dtype, rather than copy from them.

        Returns:
            The lists `missing_keys` and `unexpected_keys`.

        Raises:
            RuntimeError: names every problem there is; nothing has been changed.

        Example:
            >>> a, b = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
            >>> a.load_state_dict(b.state_dict())
            <All keys matched successfully>
            >>> a.load_state_dict({"weight": torch.ones(1, 2)}, strict=False)
            _IncompatibleKeys(missing_keys=['bias'], unexpected_keys=[])
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                f"Expected state_dict to be dict-like, got {type(state_dict)}. Load a file with "
                "torch.load first, and pass a model's state_dict() rather than the model"
            )
        return _Loading(self, state_dict, strict, assign).run()

    def _load_from_state_dict(
        self,
        state_dict: Mapping[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Compare this module's own state with `state_dict` and copy what fits.

        Subclasses override it to read older formats. Under `load_state_dict` the copies are
        put off, in `local_metadata["pending"]`, until every module has been compared.
        """
        for number, hook in self._load_state_dict_pre_hooks.items():
            first = (self,) if number in self._load_state_dict_pre_hooks_with_module else ()
            hook(
                *first, state_dict, prefix, local_metadata, strict,
                missing_keys, unexpected_keys, error_msgs,
            )  # fmt: skip
        pending = local_metadata.get("pending")
        assign = local_metadata.get("assign_to_params_buffers", False)
        fitting: list[_Copy | _Extra] = []
        for name, current in self._own_state():
            key = prefix + name
            if current is None:
                continue
            if key not in state_dict:
                if strict:
                    missing_keys.append(key)
                continue
            copy = _Copy(self, name, current, state_dict[key], assign)
            problem = copy.problem(key)
            if problem:
                error_msgs.append(problem)
            else:
                fitting.append(copy)
        extra = prefix + EXTRA
        if _overrides(self, "set_extra_state"):
            if extra in state_dict:
                fitting.append(_Extra(self, state_dict[extra]))
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            unexpected_keys.extend(self._unexpected(state_dict, prefix))
        if pending is None:
            for change in fitting:
                change.run()
        else:
            pending.extend(fitting)

    def _unexpected(self, state_dict: Mapping[str, Any], prefix: str) -> Iterator[str]:
        own = {name for name, tensor in self._own_state() if tensor is not None}
        for key in state_dict:
            if key.startswith(prefix) and key != prefix + EXTRA:
                name, dot, _ = key[len(prefix) :].partition(".")
                if name not in (self._modules if dot else own):
                    yield key

    # Hooks

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Let `hook(module, prefix, keep_vars)` run before the module's state is collected."""
        return self._register_hook("_state_dict_pre_hooks", hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Let `hook(module, state_dict, prefix, local_metadata)` change the dict in place."""

        def in_place(*args: Any) -> None:
            if hook(*args) is not None:
                raise RuntimeError("state_dict post-hook must return None")

        return self._register_hook("_state_dict_hooks", in_place)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """As `register_state_dict_post_hook`; what the hook returns replaces the dict."""
        return self._register_hook("_state_dict_hooks", hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Let `hook(module, …)`, with the arguments of `_load_from_state_dict`, run before it."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        options = ("_load_state_dict_pre_hooks_with_module",) if with_module else ()
        return self._register_hook("_load_state_dict_pre_hooks", hook, options=options)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Let `hook(module, incompatible_keys)` run after loading; it may edit the two lists."""
        return self._register_hook("_load_state_dict_post_hooks", hook)


def _overrides(module: StateDict, name: str) -> bool:
    return getattr(type(module), name) is not getattr(StateDict, name)


class _Copy:
    """One tensor of a state dict that goes into one parameter or buffer."""

    __slots__ = ("assign", "before", "current", "given", "module", "name")

    def __init__(
        self, module: StateDict, name: str, current: Tensor, given: Any, assign: bool
    ) -> None:
        self.module, self.name, self.current = module, name, current
        self.given, self.assign = given, assign

    def problem(self, key: str) -> str | None:
        """Why it cannot be done, or None."""
        current, given = self.current, self.given
        if not isinstance(given, Tensor):
            return (
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like '
                f"object from checkpoint but received {type(given)}"
            )
        if is_lazy(current):
            return None
        if current.ndim == 0 and given.shape == (1,):  # as PyTorch before 0.4 saved numbers
            self.given = given = given[0]
        if given.shape != current.shape:
            return (
                f"size mismatch for {key}: copying a param with shape {given.shape} from "
                f"checkpoint, the shape in current model is {current.shape}."
            )
        trainable = given.is_floating_point() or given.is_complex()
        if self.assign and current.requires_grad and not trainable:
            return (
                f'While assigning the parameter named "{key}": it requires grad, which only '
                f"floating point and complex dtypes can; the checkpoint has {given.dtype}."
            )
        return None

    def run(self, keep: bool = False) -> None:
        """Do it; with `keep` so that it can be undone."""
        current, given = self.current, self.given
        if not self.assign:
            if isinstance(current, UninitializedTensorMixin) and not is_lazy(given):
                current.materialize(given.shape)
            with no_grad():
                self.before = current.clone() if keep and not is_lazy(current) else None
                current.copy_(given)
            return
        if isinstance(current, Parameter):
            if isinstance(given, Parameter):
                given.requires_grad_(current.requires_grad)
            else:
                given = Parameter(given, requires_grad=current.requires_grad)
        setattr(self.module, self.name, given)

    def undo(self) -> None:
        if self.assign:
            setattr(self.module, self.name, self.current)
        else:
            with no_grad():
                self.current.copy_(self.before)


class _Extra:
    """The extra state that goes back to one module."""

    __slots__ = ("module", "state")

    def __init__(self, module: StateDict, state: Any) -> None:
        self.module, self.state = module, state

    def run(self, keep: bool = False) -> None:
        self.module.set_extra_state(self.state)

    def undo(self) -> None:
        """How a subclass undoes what it did with its extra state, it alone knows."""


class _Loading:
    """One `load_state_dict`: compare everything, then copy everything."""

    def __init__(
        self, module: StateDict, state_dict: Mapping[str, Any], strict: bool, assign: bool
    ) -> None:
        self.module, self.strict, self.assign = module, strict, assign
        self.state = OrderedDict(state_dict)  # hooks and overrides may change this copy
        self.metadata = getattr(state_dict, "_metadata", None) or {}
        self.keys = _IncompatibleKeys([], [])
        self.errors: list[str] = []
        self.pending: list[_Copy | _Extra] = []
        self.hooked: list[StateDict] = []

    def run(self) -> _IncompatibleKeys:
        self.compare(self.module, self.state, "")
        if self.errors or (self.mismatch() and not self.hooked):
            raise self.error()
        keep = bool(self.hooked) or any(isinstance(change, _Extra) for change in self.pending)
        done = []
        try:
            for change in self.pending:
                change.run(keep)
                done.append(change)
            self.run_hooks()
            if self.mismatch():
                raise self.error()
        except BaseException:
            for change in reversed(done if keep else ()):
                change.undo()
            raise
        return self.keys

    def compare(self, module: StateDict, state: Mapping[str, Any], prefix: str) -> None:
        metadata = dict(self.metadata.get(prefix[:-1], {}), pending=self.pending)
        if self.assign:
            metadata["assign_to_params_buffers"] = True
        module._load_from_state_dict(state, prefix, metadata, True, *self.keys, self.errors)  # type: ignore[arg-type]
        for name, child in module._modules.items():
            if child is not None:
                inner = f"{prefix}{name}."
                below = {key: value for key, value in state.items() if key.startswith(inner)}
                self.compare(child, below, inner)
        if module._load_state_dict_post_hooks:
            self.hooked.append(module)

    def run_hooks(self) -> None:
        for module in self.hooked:
            for hook in module._load_state_dict_post_hooks.values():
                if hook(module, self.keys) is not None:
                    raise AssertionError(
                        "Hooks registered with ``register_load_state_dict_post_hook`` are not "
                        "expected to return new values, if incompatible_keys need to be modified, "
                        "it should be done inplace."
                    )

    def mismatch(self) -> bool:
        return self.strict and any(self.keys)

    def error(self) -> RuntimeError:
        """All problems in one error."""
        problems = []
        for what, keys in zip(("Missing", "Unexpected"), self.keys, strict=True):
            if keys and self.strict:
                names = ", ".join(f'"{key}"' for key in keys)
                problems.append(f"{what} key(s) in state_dict: {names}. ")
        problems += self.errors
        lines = "\n\t".join(problems)
        return RuntimeError(
            f"Error(s) in loading state_dict for {type(self.module).__name__}:\n\t{lines}\n"
            f"Nothing was loaded. Hint: {self.hint()}"
        )

    def hint(self) -> str:
        missing, unexpected = self.keys
        for key, value in self.state.items():
            if key in unexpected and isinstance(value, Mapping) and missing:
                return f"this looks like a whole checkpoint; load its entry {key!r}."
        first = unexpected[0].split(".")[0] + "." if unexpected else ""
        if first and {key.removeprefix(first) for key in unexpected} & set(missing):
            return (
                f"the keys carry the prefix {first!r} (nn.DataParallel adds 'module.'); load "
                f"{{key.removeprefix({first!r}): value for key, value in state_dict.items()}}."
            )
        if self.errors:
            return "the model and the checkpoint were built with different settings."
        return "strict=False loads the keys that both have, and returns the others."
