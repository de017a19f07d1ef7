"""Hooks: functions that a program lets run before and after a module's forward and backward."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minitorch.nn.modules.everywhere import AROUND, always_called, hooks_of, taking_kwargs
from minitorch.nn.modules.everywhere import calls as everywhere
from minitorch.nn.modules.gradients import watch_backward
from minitorch.utils.hooks import RemovableHandle

if TYPE_CHECKING:
    from collections import OrderedDict

Hook = Callable[..., Any]

KINDS = (
    "_forward_pre_hooks",
    "_forward_hooks",
    "_backward_pre_hooks",
    "_backward_hooks",
    "_state_dict_pre_hooks",
    "_state_dict_hooks",
    "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)
OPTIONS = (
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_load_state_dict_pre_hooks_with_module",
)


class Hooks:
    """The part of `Module` that keeps hooks and runs them around `forward`."""

    _forward_pre_hooks: OrderedDict[int, Hook]
    _forward_hooks: OrderedDict[int, Hook]
    _backward_pre_hooks: OrderedDict[int, Hook]
    _backward_hooks: OrderedDict[int, Hook]
    _forward_pre_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks_always_called: OrderedDict[int, bool]
    _is_full_backward_hook: bool | None = None
    forward: Callable[..., Any]

    def _register_hook(
        self, kind: str, hook: Hook, prepend: bool = False, options: tuple[str, ...] = ()
    ) -> RemovableHandle:
        if not callable(hook):
            raise TypeError(f"a hook must be callable; got {type(hook).__name__}")
        hooks = getattr(self, kind)
        marks = [getattr(self, option) for option in options]
        handle = RemovableHandle(hooks, extra_dict=marks)
        hooks[handle.id] = hook
        for mark in marks:
            mark[handle.id] = True
        if prepend:
            hooks.move_to_end(handle.id, last=False)
        return handle

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Let `hook(module, args)` run before every `forward`.

        What it returns, unless None, takes the place of the arguments. With `with_kwargs` it is
        called as `hook(module, args, kwargs)` and returns None or a pair `(args, kwargs)`;
        `prepend` puts it before the hooks registered so far. The handle's `remove()` ends it.

        Example:
            >>> m = torch.nn.Identity()
            >>> handle = m.register_forward_pre_hook(lambda module, args: args[0] * 2)
            >>> m(torch.ones(2))
            tensor([2., 2.])
            >>> handle.remove()
            >>> m(torch.ones(2))
            tensor([1., 1.])
        """
        options = ("_forward_pre_hooks_with_kwargs",) if with_kwargs else ()
        return self._register_hook("_forward_pre_hooks", hook, prepend, options)

    def register_forward_hook(
        self,
        hook: Hook,
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Let `hook(module, args, output)` run after every `forward`.

        What it returns, unless None, takes the place of the output. With `with_kwargs` it is
        called as `hook(module, args, kwargs, output)`; with `always_call` it runs even when
        `forward` raises, with None for the output.

        Example:
            >>> m = torch.nn.Linear(3, 2)
            >>> with m.register_forward_hook(lambda module, args, output: print(output.shape)):
            ...     y = m(torch.ones(5, 3))
            torch.Size([5, 2])
        """
        wanted = (with_kwargs, always_call)
        options = tuple(o for o, on in zip(OPTIONS[1:3], wanted, strict=True) if on)
        return self._register_hook("_forward_hooks", hook, prepend, options)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Let `hook(module, grad_input, grad_output)` run when the backward pass leaves the module.

        `grad_input` are the gradients of the positional arguments of `forward` (None for those
        that have none), `grad_output` those of its results. What the hook returns, unless None,
        takes the place of `grad_input`.

        Example:
            >>> m = torch.nn.Identity()
            >>> handle = m.register_full_backward_hook(lambda module, gi, go: (gi[0] * 10,))
            >>> x = torch.ones(2, requires_grad=True)
            >>> m(x).sum().backward()
            >>> x.grad
            tensor([10., 10.])
        """
        self._use_backward_hooks(full=True)
        return self._register_hook("_backward_hooks", hook, prepend)

    def _use_backward_hooks(self, full: bool) -> None:
        if self._is_full_backward_hook is (not full):
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single "
                "Module. Please use only one of them."
            )
        self._is_full_backward_hook = full

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Let `hook(module, grad_output)` run when the backward pass reaches the module.

        What it returns, unless None, takes the place of `grad_output`.
        """
        return self._register_hook("_backward_pre_hooks", hook, prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """The older name of `register_full_backward_hook`; `grad_input` is complete here too."""
        self._use_backward_hooks(full=False)
        return self._register_hook("_backward_hooks", hook)

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        _, around = everywhere.get(AROUND, (None, None))
        if around is not None:
            return around(self, args, kwargs)
        return self._call_between_hooks(args, kwargs)

    def _call_between_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        done: set[int] = set()
        result = None
        try:
            args, kwargs = self._run_forward_pre_hooks(args, kwargs)
            watch = watch_backward(self)
            if watch.wanted:
                args = watch.inputs(args)
            result = self.forward(*args, **kwargs)
            for key, hook in self._hooks_around("forward", self._forward_hooks):
                done.add(key)
                result = self._run_forward_hook(key, hook, args, kwargs, result)
            return watch.outputs(result) if watch.wanted else result
        except Exception:
            for key, hook in self._hooks_around("forward", self._forward_hooks):
                always = key in self._forward_hooks_always_called or key in always_called
                if always and key not in done:
                    result = self._run_after_failure(key, hook, args, kwargs, result)
            raise

    def _hooks_around(self, kind: str, own: OrderedDict[int, Hook]) -> list[tuple[int, Hook]]:
        """The hooks of a kind in their order: those of all modules before this one's own."""
        return [*hooks_of(kind), *own.items()] if everywhere else list(own.items())

    def _run_forward_pre_hooks(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        for key, hook in self._hooks_around("forward_pre", self._forward_pre_hooks):
            if key not in self._forward_pre_hooks_with_kwargs:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
                continue
            changed = hook(self, args, kwargs)
            if changed is None:
                continue
            if not isinstance(changed, tuple) or len(changed) != 2:
                raise RuntimeError(
                    "forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                    f"but got {changed}."
                )
            args, kwargs = changed
        return args, kwargs

    def _run_forward_hook(
        self, key: int, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> Any:
        if key in self._forward_hooks_with_kwargs or key in taking_kwargs:
            changed = hook(self, args, kwargs, result)
        else:
            changed = hook(self, args, result)
        return result if changed is None else changed

    def _run_after_failure(
        self, key: int, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> Any:
        """The first error is the one to be seen: a hook that fails after it only warns."""
        try:
            return self._run_forward_hook(key, hook, args, kwargs, result)
        except Exception as error:
            warnings.warn(
                "module forward hook with ``always_call=True`` raised an exception that was "
                f"silenced as another error was raised in forward: {error}",
                stacklevel=2,
            )
            return result
