"""Programs written for PyTorch print the same, run by PyTorch and run by minitorch."""

from __future__ import annotations

import contextlib
import io
import runpy
import warnings
from pathlib import Path

import pytest

import minitorch
from tests.numbers_in import same_text

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))


def printed(path: Path) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runpy.run_path(str(path), run_name="__main__")
    return out.getvalue()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program(path):
    with minitorch.as_torch():
        ours = printed(path)
    assert ours
    torch = pytest.importorskip("torch")
    # torch.compile, where some other test came upon it, turns that off
    torch.distributions.Distribution.set_default_validate_args(True)
    same_text(ours, printed(path))
