"""Hooks of all modules: around every call, and when anything is registered with any module."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from minitorch.utils.hooks import RemovableHandle

Hook = Callable[..., Any]

calls: OrderedDict[int, tuple[str, Hook]] = OrderedDict()  # with the kind of each
taking_kwargs: OrderedDict[int, bool] = OrderedDict()
always_called: OrderedDict[int, bool] = OrderedDict()
registrations: OrderedDict[int, tuple[str, Hook]] = OrderedDict()
AROUND = -1  # the number in `calls` of what a profiler puts around every call, hooks and all


def hooks_of(kind: str) -> list[tuple[int, Hook]]:
    """The hooks of a kind, with the numbers of their handles."""
    return [(key, hook) for key, (its, hook) in calls.items() if its == kind]


def registered_as(kind: str, module: Any, name: str, value: Any) -> Any:
    """What a module registers in place of `value`, if the hooks make something else of it."""
    for its, hook in tuple(registrations.values()):
        if its == kind:
            changed = hook(module, name, value)
            if changed is not None:
                value = changed
    return value


def _add(hooks: OrderedDict[int, tuple[str, Hook]], kind: str, hook: Hook, *marks: Any) -> Any:
    handle = RemovableHandle(hooks, extra_dict=marks)
    hooks[handle.id] = kind, hook
    for mark in marks:
        mark[handle.id] = True
    return handle


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Let `hook(module, args)` run before every call of every module, before its own hooks.

    Example:
        >>> from minitorch.nn.modules.module import register_module_forward_pre_hook
        >>> with register_module_forward_pre_hook(lambda module, args: print(module)):
        ...     y = torch.nn.Sequential(torch.nn.ReLU())(torch.ones(1))
        Sequential(
          (0): ReLU()
        )
        ReLU()
    """
    return _add(calls, "forward_pre", hook)


def register_module_forward_hook(
    hook: Hook, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Let `hook(module, args, output)` run after every call of every module, before its own hooks.

    See `Module.register_forward_hook`.
    """
    marks = [taking_kwargs] * with_kwargs + [always_called] * always_call
    return _add(calls, "forward", hook, *marks)


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Let `hook(module, grad_output)` run when a backward pass reaches a module."""
    return _add(calls, "backward_pre", hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Let `hook(module, grad_input, grad_output)` run when a backward pass leaves a module."""
    return _add(calls, "backward", hook)


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """The older name of `register_module_full_backward_hook`; `grad_input` is complete here too."""
    return register_module_full_backward_hook(hook)


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Let `hook(module, name, parameter)` see, or replace, what becomes a parameter anywhere."""
    return _add(registrations, "parameter", hook)


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Let `hook(module, name, buffer)` see, or replace, what becomes a buffer anywhere."""
    return _add(registrations, "buffer", hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Let `hook(module, name, child)` see, or replace, what becomes a child module anywhere."""
    return _add(registrations, "module", hook)
