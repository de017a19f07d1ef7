"""Check a function or module: derivatives in both modes and to second order, dtypes, manners.

Both modes are compared with finite differences in float64, and, given --reference, values and
gradients with the reference's. docs/grading.md lists the checks. The exit status is 0 if all
checks passed, else 1.

example:
  minitorch check ops.py:softplus --input-size 2,3
  minitorch check ops.py:softplus --inputs '[-1., 0., 2.]' --reference torch.nn.functional:softplus
  minitorch check 'layers.py:Dense(8, 2)' --input-size 4,8 --seconds 5 --json
  minitorch check losses.py:nll --input-size 2,3 --inputs '[0, 2]' --skip second_order
"""

from __future__ import annotations

import argparse
from pathlib import Path

from minitorch.cli import Mistake
from minitorch.cli.naming import WHICH_INPUTS, add_inputs, callable_of, inputs_of
from minitorch.running import as_torch
from minitorch.running.targets import load
from minitorch.testing import check


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("target", help="module:name or file.py:name of a function or module")
    add_inputs(parser)
    parser.add_argument("--reference", help="what is right, named like the target")
    parser.add_argument(
        "--modes", type=_words, help="of differentiation: reverse,forward", metavar="MODES"
    )
    parser.add_argument("--order", type=int, choices=(1, 2), default=2, help="of derivatives (2)")
    parser.add_argument(
        "--checks", type=_words, metavar="NAMES", help="these alone, as values,reverse"
    )
    parser.add_argument("--skip", type=_words, default=[], metavar="NAMES", help="not these")
    parser.add_argument("--seconds", type=float, help="the time that each check may take")
    parser.add_argument("--megabytes", type=float, help="the memory that each check may take")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("-o", "--output", type=Path, help="write it to a .json, .html or text file")


def act(given: argparse.Namespace) -> int:
    """Print the report; the status tells the verdict."""
    with as_torch():
        limits = given.seconds is not None or given.megabytes is not None
        target = given.target if limits else callable_of(given.target)
        inputs = inputs_of(given)
        if not inputs:
            raise Mistake(WHICH_INPUTS)
        try:
            report = check(
                target,
                *inputs,
                reference=None if given.reference is None else load(given.reference),
                modes=given.modes,
                order=given.order,
                checks=given.checks,
                skip=given.skip,
                seconds=given.seconds,
                megabytes=given.megabytes,
                seed=given.seed,
            )
        except (ValueError, OSError) as error:
            raise Mistake(str(error).removeprefix("check: ")) from error
    print(report.json() if given.json else report)
    if given.output is not None:
        report.save(given.output)
    return int(not report.passed)


def _words(text: str) -> list[str]:
    words = [word.strip().replace("-", "_") for word in text.split(",") if word.strip()]
    if not words:
        raise argparse.ArgumentTypeError(f"{text!r} names nothing")
    return words
