"""`python -m minitorch.profiler script.py`: run a script and show where its time went."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from minitorch.profiler.scheduled import profile
from minitorch.running import run_module, run_script


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    top = argparse.ArgumentParser(
        prog="python -m minitorch.profiler",
        description="Run a script, and show where its time went, by operation and by module. "
        "`import torch` imports minitorch in it.",
    )
    top.add_argument("--sort", default="cpu_time_total", metavar="KEY", help="what to sort by")
    top.add_argument("--rows", type=int, default=15, metavar="N", help="how many rows to show")
    top.add_argument("--trace", metavar="FILE", help="where to write a Chrome trace")
    top.add_argument("-m", dest="module", action="store_true", help="the script is a module's name")
    top.add_argument("script", help="the script's path, or the module's name")
    top.add_argument("args", nargs=argparse.REMAINDER, help="arguments for the script")
    return top


def main(argv: Sequence[str] | None = None) -> None:
    """Do what the command line says."""
    given = parser().parse_args(argv)
    prof = profile()
    prof.start()
    try:
        (run_module if given.module else run_script)(given.script, given.args)
    finally:
        prof.stop()
        print(prof.by_operation().table(sort_by=given.sort, row_limit=given.rows))
        print(prof.by_module().table(row_limit=given.rows))
        if given.trace is not None:
            prof.export_chrome_trace(given.trace)


if __name__ == "__main__":
    main()
