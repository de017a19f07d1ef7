"""Run a script, and show where its time went, by operation and by module.

`import torch` imports minitorch in it.

example:
  python -m minitorch.profiler train.py --epochs 3
  python -m minitorch.profiler --rows 5 --trace trace.json -m package.train
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from minitorch.cli import Mistake, Parser, perform, run
from minitorch.profiler.scheduled import profile


def parser() -> Parser:
    """The arguments."""
    top = Parser(
        prog="python -m minitorch.profiler",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--sort", default="cpu_time_total", metavar="KEY", help="what to sort by")
    top.add_argument("--rows", type=int, default=15, metavar="N", help="how many rows to show (15)")
    top.add_argument("--trace", metavar="FILE", help="where to write a Chrome trace")
    run.arguments(top)
    return top


def main(argv: Sequence[str] | None = None) -> None:
    """Do what the command line says; end with its exit status unless that is 0."""
    top = parser()
    given = top.parse_args(argv)
    perform(top, lambda: act(given))


def act(given: argparse.Namespace) -> None:
    """Run the script; show what was recorded, also if it fails."""
    prof, ran = profile(), True
    prof.start()
    try:
        run.act(given)
    except Mistake:
        ran = False
        raise
    finally:
        prof.stop()
        if ran:
            print(prof.by_operation().table(sort_by=given.sort, row_limit=given.rows))
            print(prof.by_module().table(row_limit=given.rows))
            if given.trace is not None:
                prof.export_chrome_trace(given.trace)


if __name__ == "__main__":
    main()
