"""What a check found: lines of text, HTML, JSON, and the file that Gradescope reads."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from minitorch.faces import html

SCHEMA = "minitorch.testing.report/1"
KEPT = 10  # differences that are reported of one array; there may be more
SHOWN = 3  # differences of a check that the text lists; JSON has all that were kept
DERIVATIVES = ("reverse", "forward", "second_order", "gradients", "parameters")
_MARKS = {"passed": "✓", "failed": "✗", "skipped": "–"}


@dataclass(frozen=True)
class Mismatch:
    """One number that is not what it should be."""

    what: str
    index: tuple[int, ...]
    expected: Any
    given: Any
    tolerance: float

    def __str__(self) -> str:
        at = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        expected, given = _number(self.expected), _number(self.given)
        if expected == given:  # they differ in digits further back
            expected, given = _number(self.expected, 12), _number(self.given, 12)
        return (
            f"{self.what}{at}: expected {expected}, given {given} (tolerance {self.tolerance:.1g})"
        )

    def to_dict(self) -> dict[str, Any]:
        """The same for JSON; numbers that JSON has not (nan, inf, complex) are strings."""
        return {
            "what": self.what,
            "index": list(self.index),
            "expected": _plain(self.expected),
            "given": _plain(self.given),
            "tolerance": _plain(self.tolerance),
        }


@dataclass
class Result:
    """What one check found: `status` is "passed", "failed" or "skipped"."""

    name: str
    status: str
    weight: float
    message: str = ""
    mismatches: list[Mismatch] = field(default_factory=list)
    output: str = ""

    @property
    def points(self) -> float:
        """The weight where it passed, else 0."""
        return self.weight if self.status == "passed" else 0.0

    def lines(self) -> list[str]:
        """The result as lines of text: the first says what, the others show numbers."""
        title = self.name.replace("_", " ")
        lines = [f"{_MARKS[self.status]} {title}{': ' if self.message else ''}{self.message}"]
        lines += [f"    {mismatch}" for mismatch in self.mismatches[:SHOWN]]
        more = len(self.mismatches) - SHOWN
        if more > 0:
            lines.append(f"    … and {more} more")
        if self.name == "runs" and self.output:
            lines.append(f"    it printed {self.output.splitlines()[0][:60]!r}")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            "name": self.name,
            "status": self.status,
            "weight": self.weight,
            "points": self.points,
            "message": self.message,
            "mismatches": [mismatch.to_dict() for mismatch in self.mismatches],
            "output": self.output,
        }

    @classmethod
    def of(cls, known: dict[str, Any]) -> Result:
        """The result that `to_dict` told of."""
        if known["status"] not in _MARKS:
            raise ValueError(f"there is no status {known['status']!r}")
        mismatches = [
            Mismatch(
                str(m["what"]), tuple(m["index"]), _number_of(m["expected"]),
                _number_of(m["given"]), float(m["tolerance"]),
            )
            for m in known["mismatches"]
        ]  # fmt: skip
        message, output = str(known["message"]), str(known["output"])
        return cls(known["name"], known["status"], known["weight"], message, mismatches, output)


@dataclass
class Report:
    """All results of a `check`. Printed it is text; in a notebook, a table."""

    target: str
    reference: str | None
    results: list[Result]

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(result.status != "failed" for result in self.results)

    @property
    def points(self) -> float:
        """The weights of the checks that passed."""
        return math.fsum(result.points for result in self.results)

    @property
    def possible(self) -> float:
        """The weights of the checks that were not skipped."""
        return math.fsum(r.weight for r in self.results if r.status != "skipped")

    @property
    def score(self) -> float:
        """`points / possible`, from 0 to 1."""
        return self.points / self.possible if self.possible else float(self.passed)

    def __getitem__(self, name: str) -> Result:
        for result in self.results:
            if result.name == name:
                return result
        raise KeyError(f"no check {name!r} in this report: {[r.name for r in self.results]}")

    def __bool__(self) -> bool:
        return self.passed

    def _omitted(self) -> str:
        """That no derivative was checked, where some were asked for."""
        tried = [result.status for result in self.results if result.name in DERIVATIVES]
        none = tried and all(status == "skipped" for status in tried)
        return "; no derivative was checked" if none else ""

    def __str__(self) -> str:
        beside = f" against {self.reference}" if self.reference else ""
        lines = [f"check of {self.target}{beside}"]
        for line in _lines(self.results):
            lines.append(f"  {line}")
        verdict = "passed" if self.passed else "failed"
        points = f"{self.points:g} of {self.possible:g} points"
        lines.append(f"{verdict}: {points}, score {self.score:.2f}{self._omitted()}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        colours = {"passed": "green", "failed": "red", "skipped": "soft"}
        rows = []
        for result in self.results:
            _, *rest = result.lines()
            told = "<br>".join(html.escape(line.strip()) for line in [result.message, *rest])
            points = "" if result.status == "skipped" else f"{result.points:g}/{result.weight:g}"
            mark = html.tag("b", _MARKS[result.status], class_=colours[result.status])
            name = html.cell(result.name.replace("_", " "))
            cells = [html.tag("td", mark), name, html.cell(points), html.tag("td", told)]
            rows.append(html.row(cells))
        beside = f" against {html.code(self.reference)}" if self.reference else ""
        verdict = "passed" if self.passed else "failed"
        verdict = html.tag("b", verdict, class_=colours[verdict])
        head = html.row(html.tag("th", name) for name in ("", "check", "points", "what was found"))
        return html.shown(
            f"Check of {html.code(self.target)}{beside}: {verdict}, {self.points:g} of "
            f"{self.possible:g} points (score {self.score:.2f}){self._omitted()}",
            html.tag("table", head + "".join(rows)),
        )

    def html(self) -> str:
        """The report as an HTML page, which needs nothing else."""
        return html.page(f"Check of {self.target}", self._repr_html_())

    def to_dict(self) -> dict[str, Any]:
        """The report as `json()` writes it: its keys stay as they are within one `schema`."""
        return {
            "schema": SCHEMA,
            "target": self.target,
            "reference": self.reference,
            "passed": self.passed,
            "score": self.score,
            "points": self.points,
            "possible": self.possible,
            "checks": [result.to_dict() for result in self.results],
        }

    def json(self, indent: int | None = 2) -> str:
        """The report as JSON."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False, ensure_ascii=False)

    def save(self, path: str | Path) -> None:
        """Write the report to a file: `.json`, `.html`, or text."""
        written = {".json": self.json, ".html": self.html}.get(Path(path).suffix, self.__str__)
        Path(path).write_text(written() + "\n", encoding="utf-8")


def _lines(results: Sequence[Result]) -> list[str]:
    """All results; those of which the same is to be said have one line."""
    lines, told = [], set()
    for result in results:
        same = [r.name.replace("_", " ") for r in results if _alike(r, result)]
        if len(same) == 1:
            lines += result.lines()
        elif result.message not in told:
            told.add(result.message)
            lines.append(f"{_MARKS[result.status]} {', '.join(same)}: {result.message}")
    return lines


def _alike(a: Result, b: Result) -> bool:
    if a is b:
        return True
    plain = bool(a.message) and not a.mismatches and not b.mismatches
    return plain and (a.status, a.message) == (b.status, b.message)


def counted(found: Sequence[Mismatch]) -> str:
    """How many numbers differ, in words."""
    if len(found) == 1:
        return "a number differs"
    return f"{'at least ' if len(found) >= KEPT else ''}{len(found)} numbers differ"


def merged(reports: Sequence[Report]) -> Report:
    """Reports on the same checks with other inputs as one: each must pass wherever it applied."""
    results = []
    for same in zip(*[report.results for report in reports], strict=True):
        ranks = ["failed", "passed", "skipped"]
        worst = min(same, key=lambda result: ranks.index(result.status))
        mismatches = [m for result in same for m in result.mismatches]
        first = worst.mismatches
        message = counted(mismatches) if worst.message == counted(first) else worst.message
        results.append(
            Result(worst.name, worst.status, worst.weight, message, mismatches, worst.output)
        )
    return Report(reports[0].target, reports[0].reference, results)


def gradescope(*reports: Report, path: str | Path | None = None,
               points: float | Sequence[float] = 100.0) -> dict[str, Any]:  # fmt: skip
    """Reports as Gradescope's `results.json`; written to `path` where one is given.

    Args:
        points: what all reports together are worth, in equal shares; or the worth of each.

    Example:
        >>> report = minitorch.testing.check(np.sin, np.array([0.5, 1.]))
        >>> minitorch.testing.gradescope(report, points=20)["score"]
        20.0
    """
    worth = (
        [points / max(len(reports), 1)] * len(reports)
        if isinstance(points, (int, float))
        else list(points)
    )
    if len(worth) != len(reports):
        raise ValueError(f"gradescope: {len(reports)} reports, but {len(worth)} numbers of points")
    tests, total = [], 0.0
    for report, most in zip(reports, worth, strict=True):
        share = most / report.possible if report.possible else 0.0
        for result in report.results:
            if result.status == "skipped":
                continue
            tests.append({
                "name": f"{report.target}: {result.name.replace('_', ' ')}",
                "score": round(result.points * share, 4),
                "max_score": round(result.weight * share, 4),
                "status": result.status,
                "output": "\n".join(result.lines()),
            })  # fmt: skip
        total += most * report.score
    told: dict[str, Any] = {"score": round(total, 4), "tests": tests}
    if path is not None:
        Path(path).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return told


def _number(value: Any, digits: int = 6) -> str:
    if isinstance(value, (float, complex, np.floating, np.complexfloating)):
        return f"{value:.{digits}g}"
    return str(value)


def _number_of(plain: Any) -> Any:
    """The number that `_plain` made a string of; what is no number stays as it is."""
    for kind in (float, complex):
        try:
            return kind(plain) if isinstance(plain, str) else plain
        except ValueError:
            continue
    return plain


def _plain(value: Any) -> Any:
    """A number as JSON has it, or a string."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if isinstance(value, (bool, int, str)) or value is None else str(value)
