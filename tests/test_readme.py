"""What the README promises."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_example_works_when_pasted(capsys):
    example, _ = blocks("python")
    names: dict = {"__name__": "__main__"}
    exec(compile(example, "README.md", "exec"), names)
    assert names["loss"].item() < 0.01
    assert re.fullmatch(r"loss 0\.00\d+; sin\(1\) is about 0\.8\d+\n", capsys.readouterr().out)


def test_functional_example_works_when_pasted(capsys, monkeypatch, tmp_path):
    _, example = blocks("python")
    monkeypatch.chdir(tmp_path)
    names: dict = {"__name__": "__main__"}
    exec(compile(example, "README.md", "exec"), names)
    y = 1 / (1 + np.exp(-1.5))
    slope, bend = map(float, capsys.readouterr().out.split("\n")[0].split())
    assert slope == pytest.approx(y * (1 - y))
    assert bend == pytest.approx(y * (1 - y) * (1 - 2 * y))
    assert (tmp_path / "logistic.svg").read_text().startswith("<svg")


def test_examples_have_about_ten_lines():
    for example in blocks("python"):
        assert len([line for line in example.splitlines() if line]) <= 11


@pytest.mark.parametrize("name", ["digits", "test"])
def test_commands_install_from_the_checkout(name):
    (command,) = re.findall(rf"^<!-- command: {name} -->\n```sh\n(.*)\n```$", README, re.MULTILINE)
    assert re.search(r"pip install (-e )?\"\.\[\w+\]\"", command)


def test_nothing_is_installed_by_the_name_on_the_index():
    texts = [README, *(p.read_text(encoding="utf-8") for p in (ROOT / "docs").rglob("*.md"))]
    assert not [text for text in texts if re.search(r"pip install\b[^\n`]*\bminitorch\b", text)]


def test_paths_exist():
    paths = re.findall(r"`((?:minitorch|examples|tests|docs|\.ci)/[\w./]*)`", README)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
