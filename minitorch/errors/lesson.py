"""What the frames that an error came through, and those that wait for it, tell of it."""

from __future__ import annotations

from types import FrameType
from typing import Any, NamedTuple

from minitorch.errors import wording
from minitorch.errors.frames import engines, foreign

_CALLS = "nn/modules/module.py"  # where Module.__call__ stands


class Step(NamedTuple):
    """A frame and the line it is at."""

    frame: FrameType
    line: int


def _calls_module(frame: FrameType) -> bool:
    code = frame.f_code
    return code.co_name == "__call__" and code.co_filename.replace("\\", "/").endswith(_CALLS)


class Lesson:
    """What the frames tell of an error: where it arose, in which operation, given what."""

    def __init__(self, error: BaseException, message: str, steps: list[Step]) -> None:
        self.error, self.message, self.steps = error, message, steps
        frames = [step.frame for step in steps]
        own = [i for i, f in enumerate(frames) if not engines(f) and not foreign(f)]
        self.programs = own[-1] if own else None
        self.calls = [i for i, frame in enumerate(frames) if _calls_module(frame)]
        self.module: Any = _called(frames[self.calls[-1]]) if self.calls else None
        self.operation = ""
        self.given: dict[str, Any] = {}
        self._look()

    def _look(self) -> None:
        """Find the operation, and what it or the innermost module was given."""
        last = (self.programs, *self.calls[-1:])
        start = max((i for i in last if i is not None), default=-1)
        names = wording.public_names()
        found, function = None, None
        for frame, _ in self.steps[start + 1 :]:
            self.operation, function = wording.operation(frame, names)
            if self.operation:
                found = frame
                break
        if self.calls and (found is None or start == self.calls[-1]):
            self.given = _given_to_module(self.steps[self.calls[-1] :], self.module)
        elif found is not None:
            self.given = wording.arguments(found, function)

    def lines(self) -> list[str]:
        """The lines, as far as there is something to say."""
        lines = []
        where = " ".join(part for part in (self._path(), self._doing()) if part)
        if where:
            lines.append(f"in {where}")
        if self.programs is not None:
            lines.append(f"at {wording.line_of(*self.steps[self.programs])}")
        parts = [wording.listed(self.given)]
        if self.by_module() or not self.operation:
            parts.append(self._settings())
        if given := "; ".join(part for part in parts if part):
            lines.append(f"given {given}")
        return lines

    def by_module(self) -> bool:
        """Whether a module of minitorch did the operation, not the program itself."""
        return bool(self.calls) and (self.programs is None or self.calls[-1] > self.programs)

    def _settings(self) -> str:
        """`Linear(in_features=4, out_features=8) has weight [8, 4] float32, …`."""
        parameters = wording.listed(dict(list(self.parameters().items())[:2]))
        shown = _shown(self.module)
        return f"{shown} has {parameters}" if shown and parameters else shown or parameters

    def parameters(self) -> dict[str, Any]:
        """The innermost module's own parameters."""
        own = vars(self.module).get("_parameters", {}) if self.module is not None else {}
        return {name: p for name, p in own.items() if p is not None}

    def _doing(self) -> str:
        return f"{self.operation}()" if self.operation.isidentifier() else self.operation

    def _path(self) -> str:
        """`net.layers.2 (Linear):`, by the names that the program has for the modules."""
        path, above = "", None
        for i in self.calls:
            module = _called(self.steps[i].frame)
            step = _step(above, module) if above is not None else None
            path = self._name(i, module) if step is None else path + step
            above = module
        kind = type(above).__name__
        if not path:
            return ""
        shown = path if path == kind else f"{path} ({kind})"
        return shown + ":" * bool(self.operation)

    def _name(self, i: int, module: Any) -> str:
        """The name by which the program's frame that calls a module knows it, else its class's."""
        for frame, _ in reversed(self.steps[:i]):
            if engines(frame) or foreign(frame):
                continue
            own = wording.variables(frame)
            for names in (own, frame.f_globals):
                for name, value in names.items():
                    if value is module and name != "self" and name[0] != "_":
                        return name
            for name, value in getattr(own.get("self"), "__dict__", {}).items():
                if value is module:
                    return f"self.{name}"
            break
        return type(module).__name__


def _shown(module: Any) -> str:
    """The repr of a module without children, if that is a short line and says something."""
    if module is None or vars(module).get("_modules", True):
        return ""
    try:
        text = repr(module)
    except Exception:  # the error under way is the one to be seen
        return ""
    return text if len(text) <= 100 and "\n" not in text and text[-2:] != "()" else ""


def _step(above: Any, module: Any) -> str | None:
    """`.layers.2` where the module that calls another one knows it by a name."""
    if above is module:
        return ""
    for name, child in above.named_modules():
        if child is module:
            return f".{name}"
    return None


def _called(frame: FrameType) -> Any:
    """The module that a frame of Module.__call__ is of."""
    return wording.variables(frame).get("self")


def _given_to_module(steps: list[Step], module: Any) -> dict[str, Any]:
    """The arguments of a module's call by the names that its forward has for them."""
    hooked = [step.frame for step in steps if step.frame.f_code.co_name == "_call_between_hooks"]
    call = wording.variables(hooked[-1] if hooked else steps[0].frame)  # hooks may change them
    args, kwargs = call.get("args", ()), call.get("kwargs", {})
    code = getattr(wording.unwrapped(type(module).forward), "__code__", None)
    names = code.co_varnames[1 : code.co_argcount] if code is not None else ()
    extra = [f"argument {i + 1}" for i in range(len(names), len(args))]
    named = dict(zip((*names, *extra), args, strict=False)) | kwargs
    return {name: value for name, value in named.items() if value is not None}
