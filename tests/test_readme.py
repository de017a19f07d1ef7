"""What the README promises."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import minitorch as torch
from minitorch.testing import check

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def executed(part: str, name: str = "README.md") -> dict:
    """The names that the block of Python with `part` in it defines."""
    (code,) = [block for block in blocks("python") if part in block]
    names: dict = {"__name__": "__main__"}
    exec(compile(code, name, "exec"), names)
    return names


def test_example_works_when_pasted(capsys):
    names = executed("torch.linspace")
    assert names["loss"].item() < 0.01
    assert re.fullmatch(r"loss 0\.00\d+; sin\(1\) is about 0\.8\d+\n", capsys.readouterr().out)


def test_functional_example_works_when_pasted(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    executed("logistic(z)")
    y = 1 / (1 + np.exp(-1.5))
    slope, bend = map(float, capsys.readouterr().out.split("\n")[0].split())
    assert slope == pytest.approx(y * (1 - y))
    assert bend == pytest.approx(y * (1 - y) * (1 - 2 * y))
    assert (tmp_path / "logistic.svg").read_text().startswith("<svg")


def test_the_first_examples_have_about_ten_lines():
    for example in blocks("python")[:3]:
        assert len([line for line in example.splitlines() if line]) <= 11


def test_a_model_is_drawn(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    executed("model.html")
    assert "MaxPool2d" in capsys.readouterr().out
    assert "MaxPool2d" in (tmp_path / "model.html").read_text(encoding="utf-8")


def test_what_a_broken_model_says(monkeypatch):
    (shown,) = blocks("text")
    monkeypatch.chdir(ROOT)
    with pytest.raises(RuntimeError) as caught:
        runpy.run_path(str(ROOT / "examples" / "broken.py"))["broken_training"]("width")
    assert str(caught.value) == shown.strip().removeprefix("RuntimeError: ")


def test_the_operation_is_checked():
    softplus = executed("def softplus")["softplus"]
    assert check(softplus, torch.tensor([-1.0, 0.5])).passed


def test_the_resumed_run_is_the_uninterrupted_one(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    (code,) = [block for block in blocks("python") if "resume=True" in block]
    code = code.replace("resume=True", "resume=True, progress=False")

    def run(epochs: int, folder: str) -> dict:
        names: dict = {}
        exec(code.replace("epochs=200", f"epochs={epochs}").replace('"run"', repr(folder)), names)
        return names

    run(1, "interrupted")
    resumed, whole = run(2, "interrupted"), run(2, "whole")
    assert len(resumed["history"]["valid_loss"]) == 2
    for a, b in zip(resumed["model"].parameters(), whole["model"].parameters()):
        assert a.equal(b)


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
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert set(missing) <= {"docs/_build/html"}  # which a build of the site makes
