"""Write the table of findings into `docs/doctor.md`: `python -m docs.make_doctor`."""

from __future__ import annotations

from pathlib import Path

from minitorch.inspect.diagnosis import CHECKS

PATH = Path(__file__).parent / "doctor.md"
BEGIN, END = "<!-- findings -->\n", "<!-- end of findings -->"


def table() -> str:
    """A row for each check, in the order in which they stand in the registry."""
    rows = [
        f"| `{check.name}` | {check.severity} | {check.message} | {check.doc} |"
        for check in CHECKS.values()
    ]
    head = ["| name | severity | what it says | what it looks for |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def text() -> str:
    """The page with its table as it should be."""
    before, _, rest = PATH.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
