"""The base of all optimizers: parameter groups, state, hooks and checkpoints."""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from copy import deepcopy
from itertools import chain
from types import MappingProxyType
from typing import Any

from minitorch.engine.box import fresh
from minitorch.engine.modes import enable_grad
from minitorch.faces.tensor import Tensor
from minitorch.optim.flat import COUNTERS, Flat, Run
from minitorch.optim.showing import optimizer_html
from minitorch.utils.hooks import RemovableHandle

ParamsT = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]
Hook = Callable[..., Any]


class _Required:
    """Stands in `defaults` for an option that every parameter group must give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()

_NO_HOOKS: Any = MappingProxyType({})
_global_pre_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_post_hooks: OrderedDict[int, Hook] = OrderedDict()


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` before each step of every optimizer.

    `args` begins with the optimizer. The hook may return both, changed, as a tuple.
    """
    return _register(_global_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` after each step of every optimizer."""
    return _register(_global_post_hooks, hook)


def _register(hooks: Any, hook: Hook, first: bool = False) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if first:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """The step between its hooks; with none registered it costs one more call."""

    @functools.wraps(step)
    def hooked(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        before, after = self._optimizer_step_pre_hooks, self._optimizer_step_post_hooks
        if not (before or after or _global_pre_hooks or _global_post_hooks) or self._stepping:
            return step(self, *args, **kwargs)
        self._stepping = True  # a step that calls super().step() runs the hooks once
        args = (self, *args)
        try:
            for hook in (*_global_pre_hooks.values(), *before.values()):
                changed = hook(self, args, kwargs)
                if changed is not None:
                    args, kwargs = _arguments(hook, changed)
            result = step(*args, **kwargs)
            for hook in (*after.values(), *_global_post_hooks.values()):
                hook(self, args, kwargs)
        finally:
            self._stepping = False
        return result

    return hooked


def _arguments(hook: Hook, changed: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(changed, tuple) and len(changed) == 2:
        return changed
    raise RuntimeError(
        f"{hook} must return None or a tuple of (new_args, new_kwargs), but got {changed}."
    )


class Optimizer:
    """What all optimizers have in common.

    A subclass calls `super().__init__(params, defaults)` and writes `step()` over
    `self.param_groups` and `self.state[p]`.

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts with "params" and options of their own.
        defaults: the options of groups that don't give them.

    Raises:
        TypeError: `params` is a Tensor, or holds something else than Tensors and dicts.
        ValueError: no parameters, a non-leaf Tensor, or one that is in two groups.

    Example:
        >>> class Descent(torch.optim.Optimizer):
        ...     @torch.no_grad()
        ...     def step(self):
        ...         for group in self.param_groups:
        ...             for p in group["params"]:
        ...                 p -= group["lr"] * p.grad
        >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> descent = Descent([w], {"lr": 0.5})
        >>> w.square().sum().backward()
        >>> descent.step()
        >>> w
        tensor([0., 0.], requires_grad=True)
    """

    OptimizerPreHook = OptimizerPostHook = Hook

    defaults: dict[str, Any]
    state: defaultdict[Any, Any]
    param_groups: list[dict[str, Any]]
    # those of an optimizer that wraps another and never calls Optimizer.__init__
    _optimizer_step_pre_hooks: MutableMapping[int, Hook] = _NO_HOOKS
    _optimizer_step_post_hooks: MutableMapping[int, Hook] = _NO_HOOKS
    _optimizer_state_dict_pre_hooks: OrderedDict[int, Hook]
    _optimizer_state_dict_post_hooks: OrderedDict[int, Hook]
    _optimizer_load_state_dict_pre_hooks: OrderedDict[int, Hook]
    _optimizer_load_state_dict_post_hooks: OrderedDict[int, Hook]
    _stepping = False

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or "
                f"dicts, but got {_typename(params)}. Put the Tensor in a list, [tensor]."
            )
        if not isinstance(params, Iterable):
            raise TypeError(
                f"'{type(params).__name__}' object is not iterable: the optimizer's params should "
                "be Tensors or dicts, such as model.parameters()"
            )
        self.defaults = defaults
        self.state = defaultdict(dict)
        self.param_groups = []
        self._set_up()
        groups = list(params)
        if not groups:
            raise ValueError(
                "optimizer got an empty parameter list. An iterator such as model.parameters() "
                "can be gone through only once; and a module has parameters only where they are "
                "assigned as its attributes or kept in a ModuleList or ParameterList."
            )
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)  # type: ignore[arg-type]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = _with_hooks(cls.__dict__["step"])  # type: ignore[method-assign]

    @staticmethod
    def profile_hook_step(func: Callable[..., Any]) -> Callable[..., Any]:
        """`step` between the hooks, as a decorator; the steps of subclasses have it already."""
        return _with_hooks(func)

    def _set_up(self) -> None:
        for subject in ("step", "state_dict", "load_state_dict"):
            for when in ("pre", "post"):
                self.__dict__.setdefault(f"_optimizer_{subject}_{when}_hooks", OrderedDict())
        self._flats: dict[int, Flat] = {}

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters, with options of its own: `{"params": […], "lr": 0.1}`."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = _entry(param_group, "params", "a parameter group")
        if isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the "
                "ordering of tensors in sets will change between runs. Please use a list instead."
            )
        members = [given] if isinstance(given, Tensor) else list(given)
        named = [member for member in members if isinstance(member, tuple)]
        if named:
            if len(named) != len(members):
                raise ValueError(
                    "all optimizer params should be with/without names. "
                    "Some param names are missing"
                )
            param_group["param_names"] = [name for name, _ in named]
            members = [param for _, param in named]
        param_group["params"] = members
        self._check_params(members)
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(
                    "parameter group didn't specify a value of required optimization "
                    f"parameter {name}"
                )
            param_group.setdefault(name, default)
        self._check_disjoint(param_group)
        self.param_groups.append(param_group)

    def _check_params(self, members: list[Any]) -> None:
        for param in members:
            if not isinstance(param, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    f"{_typename(param)}. Give model.parameters(); of several models "
                    "[*a.parameters(), *b.parameters()], or as groups with options of their own "
                    "[{'params': a.parameters()}, {'params': b.parameters(), 'lr': 0.1}]."
                )
            if not (self.defaults.get("differentiable") or param.is_leaf or param.retains_grad):
                raise ValueError(
                    "can't optimize a non-leaf Tensor: it is the result of an operation, and "
                    "gradients go to what it was made of. Optimize that, or make a leaf of it "
                    "with .detach().requires_grad_()."
                )

    def _check_disjoint(self, group: dict[str, Any]) -> None:
        ids = {id(param) for param in group["params"]}
        if len(ids) != len(group["params"]):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters: each of them "
                "is updated once for every time it is listed",
                stacklevel=4,
            )
        if any(id(param) in ids for other in self.param_groups for param in other["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        named = "param_names" in group
        if any(named != ("param_names" in other) for other in self.param_groups):
            raise ValueError(
                "all optimizer param groups should be with/without names. cannot add param group "
                f"{'with' if named else 'without'} names to the optimizer: its groups are not so"
            )

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters; `set_to_none=False` fills them with zeros."""
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none:
                    param.grad = None
                elif param.grad is not None:
                    if param.grad.grad_fn is None:
                        param.grad.requires_grad_(False)
                    else:
                        param.grad.detach_()
                    param.grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters once; subclasses say how.

        Args:
            closure: evaluates the model anew and returns the loss, for methods that need it.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define step()")

    def _evaluate(self, closure: Callable[[], Any] | None) -> Any:
        """The closure's loss, with gradients recorded; None without a closure."""
        if closure is None:
            return None
        with enable_grad():
            return closure()

    def _runs(self, group: dict[str, Any], names: Mapping[str, float]) -> list[Run]:
        """The group's parameters that have a gradient, laid flat, with their named states, which
        start from the number given."""
        flat = self._flats.get(id(group))
        if flat is None:
            flat = self._flats[id(group)] = Flat()
        return flat.runs(group["params"], self.state, names)

    def state_dict(self) -> dict[str, Any]:
        """The state and the groups, parameters numbered in order: PyTorch's layout.

        The tensors are the optimizer's own, not copies: they go on changing with its steps.
        """
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        number: dict[int, int] = {}
        groups, start = [], 0
        for group in self.param_groups:
            packed = {key: value for key, value in group.items() if key != "params"}
            placed = enumerate(group["params"], start)
            number.update({id(param): i for i, param in placed if id(param) not in number})
            packed["params"] = [number[id(param)] for param in group["params"]]
            start += len(packed["params"])
            groups.append(packed)
        state = {number[id(k)] if isinstance(k, Tensor) else k: v for k, v in self.state.items()}
        result = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            changed = hook(self, result)
            if changed is not None:
                result = changed
        return result

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict()`; the state is copied and cast to the parameters' dtypes.

        Raises:
            KeyError: it is not an optimizer's state.
            ValueError: other numbers of groups, or of parameters in a group; nothing is changed.
        """
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            changed = hook(self, state_dict)
            if changed is not None:
                state_dict = changed
        ours = self.param_groups
        theirs = deepcopy(_entry(state_dict, "param_groups", "an optimizer's state_dict"))
        if len(ours) != len(theirs):
            raise ValueError(
                "loaded state dict has a different number of parameter groups: "
                f"{len(theirs)}, but the optimizer has {len(ours)}"
            )
        for i, (group, loaded) in enumerate(zip(ours, theirs)):
            if len(group["params"]) != len(loaded["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of "
                    f"optimizer's group: group {i} has {len(loaded['params'])} parameters, but "
                    f"the optimizer's has {len(group['params'])}"
                )
        loaded_ids = chain.from_iterable(group["params"] for group in theirs)
        params = chain.from_iterable(group["params"] for group in ours)
        param_of = dict(zip(loaded_ids, params))
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in _entry(state_dict, "state", "an optimizer's state_dict").items():
            param = param_of.get(key)
            state[key if param is None else param] = _copied(value, param)
        for group, loaded in zip(ours, theirs):
            loaded["params"] = group["params"]
            if "param_names" in group:
                loaded.setdefault("param_names", group["param_names"])
        self.__setstate__({"state": state, "param_groups": theirs})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step.

        `args` begins with the optimizer. The hook may return both, changed, as a tuple.
        """
        return _register(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return _register(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before each `state_dict()`."""
        return _register(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` after each `state_dict()`; it may return another."""
        return _register(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before loading; it may return another."""
        return _register(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(optimizer)` after loading."""
        return _register(self._optimizer_load_state_dict_post_hooks, hook, prepend)

    def __getstate__(self) -> dict[str, Any]:
        return {key: getattr(self, key) for key in ("defaults", "state", "param_groups")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()
        for group in self.param_groups:  # checkpoints of older versions lack the newer options
            for name, default in self.defaults.items():
                group.setdefault(name, default)

    def __repr__(self) -> str:
        groups = [
            "\n".join(
                [f"Parameter Group {i}"]
                + [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
            )
            for i, group in enumerate(self.param_groups)
        ]
        return "\n".join([f"{type(self).__name__} (", "\n\n".join(groups), ")"])

    def _repr_html_(self) -> str:
        return optimizer_html(self)


def _copied(value: Any, param: Tensor | None, key: Any = None) -> Any:
    """State for that parameter: tensors copied, those of real numbers in its dtype."""
    if isinstance(value, Tensor):
        cast = param is not None and key not in COUNTERS and param.is_floating_point()
        dtype = param._value.dtype if cast and param is not None else value._value.dtype
        return fresh(Tensor, value._value.astype(dtype))
    if isinstance(value, dict):
        return {k: _copied(v, param, k) for k, v in value.items()}
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(_copied(v, param) for v in value)
    return deepcopy(value)


def _entry(mapping: Any, key: str, what: str) -> Any:
    """`mapping[key]`, or an error that names what `mapping` should have been."""
    try:
        return mapping[key]
    except KeyError:
        message = f"{key!r}: {what} must have this key; the one given has {list(mapping)}"
        raise KeyError(message) from None


def _typename(value: Any) -> str:
    return value.type() if isinstance(value, Tensor) else type(value).__name__
