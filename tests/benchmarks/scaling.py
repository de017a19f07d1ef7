"""``python -m tests.benchmarks.scaling``: how a step's time grows with batch, width, depth and
parameters, as a table and a picture."""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from .command import conditions, described
from .libraries import BASE, FAST, LIBRARIES, THEIRS
from .measurements import Conditions, empty_row, race
from .rows import TITLES, Row, figure, from_json

AXES = {
    "batch": ("MLP 64-64-64-10", [4**k for k in range(7)]),
    "width": ("MLP of two layers, batch 64", [16 * 2**k for k in range(8)]),
    "depth": ("layers of width 8, batch 8", [10, 30, 100, 300, 1000, 3000, 10_000]),
    "parameters": ("MLP of two layers, batch 32", [10**k for k in range(3, 8)]),
}
NAMES = (BASE, FAST, THEIRS)


class Curve(NamedTuple):
    """Seconds of a library's step against the work along an axis."""

    axis: str
    library: str
    sizes: list[int]
    seconds: list[float]

    @property
    def work(self) -> list[float]:
        """What the time should be proportional to: of a layer, width squared."""
        return [float(n) ** (1 + (self.axis == "width")) for n in self.sizes]

    def slopes(self) -> list[float]:
        """Between neighbours on logarithmic scales: 1 where time grows as the work does."""
        pairs = zip(pairwise(self.seconds), pairwise(self.work))
        return [math.log(t / s) / math.log(w / v) for (s, t), (v, w) in pairs]

    def fitted(self) -> float:
        """The slope of the line through all points, by least squares."""
        x, y = ([math.log(v) for v in values] for values in (self.work, self.seconds))
        centre, level = sum(x) / len(x), sum(y) / len(y)
        return sum((a - centre) * (b - level) for a, b in zip(x, y)) / sum(
            (a - centre) ** 2 for a in x
        )

    def per_unit(self) -> tuple[float, float]:
        """Seconds for a unit of work, of the smallest and of the largest."""
        each = [t / w for t, w in zip(self.seconds, self.work)]
        return each[0], each[-1]


def curves(rows: list[Row], clock: str) -> list[Curve]:
    """The least of the times counts: what disturbs a step only makes it longer."""
    found = []
    for axis in dict.fromkeys(row.name.partition("=")[0] for row in rows):
        points = [row for row in rows if row.name.startswith(f"{axis}=")]
        sizes = [int(row.name.partition("=")[2]) for row in points]
        for library in points[0].figures:
            seconds = [min(row.values(library, clock)) for row in points]
            found.append(Curve(axis, library, sizes, seconds))
    return found


def table(found: list[Curve]) -> str:
    head = ["", "library", "sizes", "smallest", "largest", "fitted slope", "steepest step",
            "cost of a unit, largest / smallest"]  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "| --- | --- |" + " ---: |" * (len(head) - 2)]
    for curve in found:
        first, last = curve.per_unit()
        cells = [
            f"{curve.axis}: {AXES[curve.axis][0]}", TITLES[curve.library],
            f"{curve.sizes[0]:,} to {curve.sizes[-1]:,}",
            figure([curve.seconds[0]], "s"), figure([curve.seconds[-1]], "s"),
            f"{curve.fitted():.2f}", f"{max(curve.slopes()):.2f}", f"{last / first:.2g}",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def load(path: Path) -> tuple[dict, list[Row]]:
    found = json.loads(path.read_text(encoding="utf-8"))
    return found["conditions"], from_json(found["rows"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scaling", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each timing (7)")
    parser.add_argument("--threads", type=int, default=1, help="threads of each library (1)")
    parser.add_argument("--only", nargs="+", choices=[*AXES], default=[*AXES])
    parser.add_argument("--libraries", nargs="+", choices=[*LIBRARIES], default=[*NAMES])
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--json", type=Path, help="a file for every figure")
    parser.add_argument("--picture", type=Path, help="a file for the picture, SVG")
    args = parser.parse_args()
    libraries = [name for name in args.libraries if LIBRARIES[name].installed]
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        about = Conditions(libraries, args.rounds, args.threads, cache)
        for axis in args.only:
            for size in AXES[axis][1]:
                print(axis, size, "…", file=sys.stderr)
                rows.append(race(empty_row(f"{axis}={size}", about), about))
    environment = conditions(args.threads, args.rounds)
    print(f"{table(curves(rows, args.clock))}\n\n{described(environment)}")
    if args.json:
        found = {"conditions": environment, "rows": [row._asdict() for row in rows]}
        args.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if args.picture:
        from .pictures import growth

        growth(curves(rows, args.clock), args.picture)


if __name__ == "__main__":
    main()
