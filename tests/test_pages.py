"""The Python in the pages of docs/ runs: what `>>>` shows is what comes out.

The blocks of a page are run in order with one set of names, in an empty folder. A block under a
comment `<!-- not run: why -->` is left out, as are those of pages that tests of their own run.
"""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import minitorch
from minitorch.kernels.seam import chosen

DOCS = Path(__file__).parents[1] / "docs"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
BLOCK = re.compile(
    r"^(?:<!-- (?P<comment>[^\n]*?) -->\n\n?)?"
    r"^(?P<indent> *)```(?:python|pycon)\n(?P<code>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)
ELSEWHERE = {
    "architecture.md": "fragments of the package itself",
    "from_hips_autograd.md": "test_hips_programs.py",
    "command_line.md": "test_cli.py",
    "graphs.md": "test_pictures.py",
    "grading.md": "test_grading.py",
    "tensorboard.md": "test_tensorboard.py",
    "training.md": "test_training.py",
}


NEEDS = {"plots.md": "matplotlib", "speed.md": "numba"}  # extras that the page is about


def blocks(page: Path) -> list[str]:
    """The page's code, each block with empty lines before it so that line numbers are right."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in BLOCK.finditer(text):
        if not (match["comment"] or "").startswith("not run: "):
            lines = match["code"].splitlines()
            code = "\n".join(line.removeprefix(match["indent"]) for line in lines)
            found.append("\n" * text.count("\n", 0, match.start("code")) + code + "\n")
    return found


PAGES = {
    str(page.relative_to(DOCS)): page
    for page in sorted(DOCS.rglob("*.md"))
    if not page.relative_to(DOCS).parts[0].startswith("_")
    and str(page.relative_to(DOCS)) not in ELSEWHERE
    and blocks(page)
}


@pytest.fixture
def settings_kept():
    """What pages choose for the whole program, as they tell how to, is chosen for them alone."""
    threads, finders, before = minitorch.get_num_threads(), list(sys.meta_path), stood_for()
    with minitorch.use_kernels(chosen()):
        yield
    minitorch.set_num_threads(threads)
    sys.meta_path[:] = finders  # a page calls `as_torch()`: PyTorch gets its name back
    for name in stood_for():
        del sys.modules[name]
    sys.modules.update(before)


def stood_for():
    """The modules that are imported under names that `as_torch` may give to minitorch."""
    roots = ("torch", "torchvision", "safetensors")
    return {name: module for name, module in sys.modules.items() if name.split(".")[0] in roots}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("settings_kept")
def test_the_code_of_a_page_runs(name, tmp_path, monkeypatch):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    monkeypatch.chdir(tmp_path)
    names = {"torch": minitorch, "minitorch": minitorch, "np": np, "__name__": "page"}
    for code in blocks(PAGES[name]):
        if ">>>" in code:
            example = doctest.DocTestParser().get_doctest(code, names, name, name, 0)
            report: list[str] = []
            failed, _ = doctest.DocTestRunner(optionflags=FLAGS).run(
                example, out=report.append, clear_globs=False
            )
            assert not failed, "".join(report)
            names.update(example.globs)
        else:
            exec(compile(code, name, "exec"), names)
