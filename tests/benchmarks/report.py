"""``python -m tests.benchmarks.report FILE.json ...``: the figures written into docs/benchmarks.md.

The files are those that ``python -m tests.benchmarks --json`` and the study of scaling wrote. A
table stands between ``<!-- begin: NAME -->`` and ``<!-- end: NAME -->``; the rest of the page is
left alone.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from . import scaling
from .command import described
from .derivatives import DERIVATIVES
from .libraries import BASE, FAST, THEIRS
from .processes import ROOT
from .rows import Row, table
from .workloads import WORKLOADS

PAGE = ROOT / "docs/benchmarks.md"
PICTURES = ROOT / "docs/images/benchmarks"
SHORT = (THEIRS, BASE, FAST)  # columns of the README's table


def written(page: str, name: str, text: str) -> str:
    """The page with this text between the markers of that name."""
    pattern = rf"(<!-- begin: {re.escape(name)} -->\n).*?(<!-- end: {re.escape(name)} -->)"
    page, count = re.subn(pattern, lambda m: f"{m[1]}\n{text}\n\n{m[2]}", page, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"expected one part '{name}' in the page, found {count}")
    return page


def sections(path: Path, clock: str) -> dict[str, str]:
    """Parts of the page that a file of figures gives, by name; pictures are drawn."""
    from . import pictures  # matplotlib, which the tables do without

    about, rows = scaling.load(path)
    if "=" in rows[0].name:
        found = scaling.curves(rows, clock)
        pictures.growth(found, PICTURES / "scaling.svg")
        return {"scaling": f"{scaling.table(found)}\n\n{described(about)}"}
    threads, note = about["threads"], described(about)
    timed = [row for row in rows if row.name in WORKLOADS]
    if timed:
        pictures.ratios(timed, PICTURES / f"threads-{threads}.svg", clock)
    parts = {f"speed-{threads}": timed}
    if threads == 1:
        parts["derivatives"] = [row for row in rows if row.name in DERIVATIVES]
        parts["memory"] = [row for row in rows if row.name not in (*WORKLOADS, *DERIVATIVES)]
    return {name: f"{table(some, clock)}\n\n{note}" for name, some in parts.items() if some}


def short(rows: Iterable[Row]) -> list[Row]:
    """The rows that have a goal, with our columns and PyTorch's alone."""
    return [
        row._replace(figures={k: v for k, v in row.figures.items() if k in SHORT}, notes={})
        for row in rows
        if row.rival == THEIRS and row.goals
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.report", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--short", action="store_true",
                        help="print the first file's table for the README")  # fmt: skip
    args = parser.parse_args()
    if args.short:
        print(table(short(scaling.load(args.files[0])[1]), args.clock))
        return
    page = PAGE.read_text(encoding="utf-8")
    for path in args.files:
        for name, text in sections(path, args.clock).items():
            page = written(page, name, text)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
