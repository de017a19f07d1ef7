"""The list of what the doctor knows: each check is a function, entered here by its decorator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from minitorch.inspect.diagnosis.findings import Finding

if TYPE_CHECKING:
    from minitorch.inspect.diagnosis.case import Case


class Clue(NamedTuple):
    """What a check yields: a finding without what its entry says of all of its kind.

    `severity` is given where this one is more, or less, severe than its kind.
    """

    evidence: str
    advice: str
    where: str = ""
    severity: str | None = None


Function = Callable[["Case"], Iterator[Clue]]


class Check(NamedTuple):
    """An entry: the finding's name, how severe it is, what it says, and who looks for it."""

    name: str
    severity: str
    message: str
    function: Function

    @property
    def doc(self) -> str:
        """What it looks for, in a line."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    def found(self, clue: Clue) -> Finding:
        """The finding that a clue makes."""
        return Finding(
            self.name, clue.severity or self.severity, self.message,
            clue.evidence, clue.advice, clue.where,
        )  # fmt: skip


CHECKS: dict[str, Check] = {}


def check(severity: str, message: str) -> Callable[[Function], Function]:
    """Enter a function in the list under its own name."""

    def enter(function: Function) -> Function:
        name = function.__name__
        CHECKS[name] = Check(name, severity, message, function)
        return function

    return enter


def findings_of(case: Case) -> list[Finding]:
    """What all checks find in a case; one that fails is told of, and the others are asked."""
    found = []
    for each in sorted(CHECKS.values(), key=lambda check: check.name == "trouble"):
        try:
            found += [each.found(clue) for clue in each.function(case)]
        except Exception as error:  # a report must come, also in the place of an odd model's
            case.trouble = case.trouble or f"{each.name}: {type(error).__name__}: {error}"
    return found
