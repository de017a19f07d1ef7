"""Programs written for HIPS autograd give the same numbers here when their imports are swapped."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent / "hips_programs"
PROGRAMS = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "__init__")


def results(program: str, library: str) -> list:
    """What `main` of a program gives, with the imports of one library."""
    text = (HERE / f"{program}.py").read_text().replace("autograd", library)
    names: dict = {"__name__": f"{program}_{library}"}
    exec(compile(text, f"{program}.py with {library}", "exec"), names)
    np.random.seed(0)  # noqa: NPY002
    return names["main"]()


@pytest.mark.parametrize("program", PROGRAMS)
def test_same_numbers(program):
    pytest.importorskip("autograd")
    expected = results(program, "autograd")
    found = results(program, "minitorch")
    assert len(found) == len(expected) > 3
    for i, (a, b) in enumerate(zip(found, expected, strict=True)):
        assert type(a).__module__ == "numpy" or isinstance(a, float)
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11, err_msg=f"result {i}")


@pytest.mark.parametrize("program", PROGRAMS)
def test_runs_without_the_other_library(program):
    assert all(np.all(np.isfinite(value)) for value in results(program, "minitorch"))


def test_the_page_about_coming_from_there():
    page = (HERE.parents[1] / "docs" / "from_hips_autograd.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(blocks) == 6
    exec(compile("\n".join(blocks), "from_hips_autograd.md", "exec"), {"__name__": "page"})
