"""`check`: a function or module, with its derivatives, against a reference and the rules."""

from __future__ import annotations

import contextlib
import difflib
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from minitorch.nn import Module
from minitorch.running import as_torch
from minitorch.running.targets import load
from minitorch.testing.behaviour import CHECKS, MODES, described
from minitorch.testing.case import Case, Failure, Skip
from minitorch.testing.limits import STRANGE, Limits, limited
from minitorch.testing.report import Report, Result
from minitorch.testing.subject import Inputs, Subject, name_of

WEIGHTS = {
    "runs": 1.0, "values": 4.0, "shapes": 1.0, "dtypes": 1.0, "inputs_unchanged": 1.0,
    "deterministic": 1.0, "noncontiguous": 1.0, "broadcasting": 1.0, "zero_size": 1.0,
    "reverse": 3.0, "forward": 2.0, "second_order": 2.0, "gradients": 2.0, "parameters": 3.0,
    "training": 2.0,
}  # fmt: skip
KEPT_OUTPUT = 4000  # characters of what the code under test prints


def check(
    target: Any,
    *inputs: Any,
    reference: Any = None,
    keywords: Mapping[str, Any] | None = None,
    checks: Sequence[str] | None = None,
    skip: Sequence[str] = (),
    weights: Mapping[str, float] | None = None,
    required: Sequence[str] = (),
    modes: Sequence[str] | None = None,
    order: int = 2,
    rtol: float | None = None,
    atol: float | None = None,
    seconds: float | None = None,
    megabytes: float | None = None,
    seed: int = 0,
) -> Report:
    """Check a function or module: its values, its derivatives, its manners.

    Nothing that the target does stops the check: what it raises, `sys.exit` and what it prints
    become lines of the report. Given a limit, each check runs in a process of its own, which also
    endless loops, memory without end and crashes cannot leave. (It is no sandbox: the process may
    do what this user may.)

    Args:
        target: a function of Tensors, a module or a class of modules, an `autograd.Function`, a
            primitive, or, of arrays, a NumPy function; or a text, `"file.py:name"`,
            `"file.py:Net(64)"` or `"package.module:name"`, to be loaded where the check runs, with
            minitorch for torch.
        inputs: its arguments. All floating-point Tensors and arrays among them are differentiated
            by; if some Tensors require grad, these alone.
        reference: a function or module that is right, or the right result.
        keywords: its keyword arguments.
        checks: the names of the checks, all by default: "runs", "values", "shapes", "dtypes",
            "inputs_unchanged", "deterministic", "noncontiguous", "broadcasting", "zero_size",
            "reverse", "forward", "second_order", "gradients", "parameters", "training".
        skip: names of checks to leave out.
        weights: points by the name of a check, in place of the usual ones.
        required: names of checks without which none of the others gives points.
        modes: "reverse" and "forward"; an `autograd.Function` without `jvp` is not asked for
            forward mode, everything else for both.
        order: 1 leaves out second derivatives.
        rtol, atol: tolerances of values and derivatives, in place of those that follow from dtypes.
        seconds: the time that each check may take.
        megabytes: the memory that each check may take, beyond what is in use.
        seed: of the random numbers; every call of the target begins with the same ones.

    Raises:
        ValueError: a check that does not exist; the reference does not take the inputs; a negative
            seed.
        OSError: limits were asked for on a system without `fork` and `setrlimit`.

    Example:
        >>> def softplus(x):
        ...     return torch.log(1 + torch.exp(x))
        >>> report = minitorch.testing.check(
        ...     softplus, torch.tensor([-1., 0., 2.]), reference=torch.nn.functional.softplus)
        >>> report.passed, report.score
        (True, 1.0)
    """
    names = _chosen(checks, skip, required, order)
    points = {**WEIGHTS, **(weights or {})}
    _known(points, WEIGHTS, "weights")
    limits = Limits(seconds, megabytes)
    if not isinstance(target, str) and not callable(target):
        raise TypeError(f"check: {type(target).__name__} is no function and no module")
    if seed < 0:
        raise ValueError(f"check: the seed must be 0 or more, not {seed}")
    keywords = dict(keywords or {})
    fixed = reference is not None and not callable(reference)
    tensors = any(isinstance(x, (Module, type)) for x in (target, reference))
    for mode in modes or ():
        if mode not in MODES:
            raise ValueError(f"check: the modes are {' and '.join(MODES)}, not {mode!r}")
    if reference is not None and not fixed:
        _run_reference(Subject(reference, seed), Inputs(inputs, keywords, tensors))
    settings = {"modes": modes, "order": order, "rtol": rtol, "atol": atol, "seed": seed}

    def case() -> Case:
        own = load(target) if isinstance(target, str) else target
        known = Inputs(inputs, keywords, tensors or isinstance(own, (Module, type)))
        beside = None if reference is None or fixed else Subject(reference, seed)
        return Case(Subject(own, seed), known, beside, reference if fixed else None, settings)

    def outcome(name: str) -> Result:
        apart, named = limits != Limits(), isinstance(target, str)
        found = limited(lambda: _result(name, case, apart, named).to_dict(), limits)
        if isinstance(found, str):
            return Result(name, "failed", points[name], found)
        try:
            return Result.of({**found, "name": name, "weight": points[name]})
        except (KeyError, TypeError, ValueError):
            return Result(name, "failed", points[name], STRANGE)

    results = [outcome("runs")]
    missed = "the target does not run" if results[0].status == "failed" else ""
    for name in sorted(names, key=lambda name: name not in required):
        if missed:
            results.append(Result(name, "failed", points[name], f"not tried, as {missed}"))
            continue
        results.append(outcome(name))
        if name in required and results[-1].status == "failed":
            missed = f"{name.replace('_', ' ')} failed"
    results.sort(key=lambda result: list(CHECKS).index(result.name))
    beside_name = None if reference is None else "the given result" if fixed else name_of(reference)
    return Report(target if isinstance(target, str) else name_of(target), beside_name, results)


def _result(name: str, case: Callable[[], Case], apart: bool, named: bool) -> Result:
    """What one check finds; whatever the code under test does is told in it.

    `apart`: in a process of its own, which Ctrl-C does not reach; `named`: the target is loaded
    from a file, in which `import torch` imports minitorch.
    """
    printed = Printed()
    result = Result(name, "passed", 0.0)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(printed))
        stack.enter_context(contextlib.redirect_stderr(printed))
        stack.enter_context(_no_input())
        if named:
            stack.enter_context(as_torch())
        try:
            result.message = CHECKS[name](case()) or ""
        except Skip as reason:
            result.status, result.message = "skipped", str(reason)
        except Failure as failure:
            result.status, result.message = "failed", str(failure)
            result.mismatches = failure.mismatches
        except BaseException as error:  # SystemExit among them
            if isinstance(error, KeyboardInterrupt) and not apart:
                raise  # it is the user's
            result.status, result.message = "failed", described(error)
    result.message, result.output = _encodable(result.message), _encodable(printed.getvalue())
    return result


def _encodable(text: str) -> str:
    """A text that every file takes, also if the code under test made it of halves of characters."""
    return text.encode("utf-8", "backslashreplace").decode()


@contextlib.contextmanager
def _no_input() -> Iterator[None]:
    """`input()` finds an end in place of waiting."""
    before, sys.stdin = sys.stdin, io.StringIO()
    try:
        yield
    finally:
        sys.stdin = before


class Printed(io.StringIO):
    """What is printed, up to a length."""

    def write(self, text: str) -> int:
        room = KEPT_OUTPUT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


def _chosen(
    checks: Sequence[str] | None, skip: Sequence[str], required: Sequence[str], order: int
) -> list[str]:
    """The checks to make beside "runs", in their order."""
    for given, what in ((checks or (), "checks"), (skip, "skip"), (required, "required")):
        _known(given, CHECKS, what)
    left_out = {*skip, "runs", *(("second_order",) if order < 2 else ())}
    return [name for name in CHECKS if name not in left_out and (checks is None or name in checks)]


def _known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    if isinstance(names, str):
        raise TypeError(f"check: {what} must be a list of names, not the text {names!r}")
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, list(known), 1)
            hint = f"; is {near[0]!r} meant?" if near else ""
            raise ValueError(
                f"check: {what}: there is no check {name!r}{hint} ({', '.join(known)})"
            )


def _run_reference(reference: Subject, inputs: Inputs) -> None:
    """Refuse a reference that can't be called with the inputs."""
    try:
        reference.called(inputs)
    except Exception as error:
        raise ValueError(
            f"check: the reference {reference.name} does not take the inputs: {described(error)}"
        ) from error
