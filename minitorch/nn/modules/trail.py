"""The way through a model to the module where an error arose, added to the error's message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minitorch.nn.modules.module import Module


def leave_trail(error: Exception, module: Module) -> None:
    """Say in an error's message that it came out of `module`.

    Every module that the error passes on its way out puts itself before the ones below:
    `in Linear(...)`, then `in Sequential.2: Linear(...)`, then `in Net.layers.2: Linear(...)`.
    Only errors of Python and of minitorch with a plain message are changed: a program's own
    exceptions may carry data in their arguments.
    """
    args, source = error.args, type(error).__module__.partition(".")[0]
    if len(args) != 1 or source not in ("builtins", "minitorch") or str(error) is not args[0]:
        return
    trail: tuple[Any, ...] = getattr(error, "_trail", ())
    if trail and trail[0] == args[0]:
        _, message, below, inside, steps = trail
        steps = step_to(below, module) + steps
    else:
        message, steps, inside = args[0], "", shown(module)
    way = f"{type(module).__name__}{steps}: {inside}" if steps else inside
    error.args = (f"{message}\n  in {way}",)
    error._trail = (error.args[0], message, id(module), inside, steps)  # type: ignore[attr-defined]


def shown(module: Module) -> str:
    """The module's repr where that is a line, else its name."""
    if module.__dict__.get("_modules", True):
        return type(module).__name__
    try:
        return repr(module)
    except Exception:  # the error under way is the one to be seen
        return type(module).__name__


def step_to(below: int, module: Module) -> str:
    """`.layers.2` where `module` knows the module with that id by a name, else ` > `."""
    if below == id(module):
        return ""
    for name, child in module.named_modules():
        if id(child) == below:
            return f".{name}"
    return " > …"
