"""What the doctor found: one `Finding` each, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from minitorch.faces import html as page

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)
MARKS = {ERROR: "✗", WARNING: "!", NOTE: "·"}
HEALTHY = "nothing found"


@dataclass(frozen=True)
class Finding:
    """One thing that the doctor found.

    Attributes:
        name: the short name by which a program asks for it, `zero_grad_forgotten`.
        severity: "error" (the training cannot work as meant), "warning" (it will work badly),
            "note" (worth knowing).
        message: what is the matter, in a few words.
        evidence: the numbers that show it.
        advice: what to do.
        where: the module's path, the parameters' names or the program's line; "" if nowhere.
    """

    name: str
    severity: str
    message: str
    evidence: str
    advice: str
    where: str = ""

    def __str__(self) -> str:
        place = f" [{self.where}]" if self.where else ""
        return f"{self.message}{place}: {self.evidence}; {self.advice}"


def text_of(title: str, findings: list[Finding]) -> str:
    """A line for each finding under the title."""
    if not findings:
        return f"{title}: {HEALTHY}"
    lines = [f"  {MARKS[each.severity]} {each.severity:8}{each}" for each in findings]
    return "\n".join([f"{title}: {counted(findings)}", *lines])


def counted(findings: list[Finding]) -> str:
    """How many there are of each severity: `1 error, 2 notes`."""
    kinds = [each.severity for each in findings]
    counts = [(kinds.count(kind), kind) for kind in SEVERITIES if kind in kinds]
    return ", ".join(f"{n} {kind}{'s' * (n > 1)}" for n, kind in counts)


COLOURS = {ERROR: "red", WARNING: "yellow", NOTE: "blue"}


def html_of(title: str, findings: list[Finding]) -> str:
    """The same as a table for notebooks."""
    lines = [
        page.row(
            [
                page.tag("td", page.chip(each.severity, COLOURS[each.severity])),
                page.tag("td", page.escape(each.message) + _below(page.code, each.where)),
                page.tag("td", page.escape(each.evidence) + _below(page.soft, each.advice)),
            ]
        )
        for each in findings
    ]
    head = page.title(title, counted(findings) or HEALTHY)
    wrapped = page.tag("style", ".mt .doctor td{white-space:normal}")
    table = page.tag("div", page.tag("table", "".join(lines)), class_="doctor")
    return page.shown(head, *([wrapped, table] if lines else []))


def _below(piece: Callable[[object], str], text: str) -> str:
    return f"<br>{piece(text)}" if text else ""


def as_dict(title: str, findings: list[Finding]) -> dict[str, Any]:
    """The same as data for JSON."""
    ok = not any(each.severity != NOTE for each in findings)
    return {"title": title, "ok": ok, "findings": [asdict(each) for each in findings]}
