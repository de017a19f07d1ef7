"""The examples that learn to write: a short run of each learns, draws and repeats itself."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(script: str, *arguments: str, folder: Path) -> str:
    command = [sys.executable, str(EXAMPLES / script), *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "Warning" not in result.stderr
    return result.stdout


def losses(output: str) -> list[float]:
    """The held-out loss, that of guessing all alike, and that of guessing by frequency."""
    line = re.search(r"held-out loss: .*", output)[0]
    return [float(number) for number in re.findall(r"\d+\.\d+", line)]


def drawn(folder: Path, picture: str, output: str) -> bool:
    if not find_spec("matplotlib"):
        return "matplotlib is not installed" in output and not (folder / picture).exists()
    return (folder / picture).read_bytes().startswith(b"\x89PNG")


def test_names_rnn_learns_to_spell(tmp_path):
    output = run("names_rnn.py", "--quick", "--out", "deep/inside", folder=tmp_path)
    loss, alike, by_frequency = losses(output)
    assert alike == pytest.approx(4.755, abs=1e-3)  # log2(27)
    assert 4.1 < by_frequency < 4.3
    assert 2 < loss < 3.6  # below 2 it would know names that it must not have seen
    for kind in ("female", "male", "last"):
        made = re.search(rf"^{kind}: (.*)$", output, re.MULTILINE)[1].split(" ")
        assert len(made) == 12
        assert sum(bool(re.fullmatch("[A-Z][a-z]+", name)) for name in made) >= 9
    counts = re.search(r"of (\d+) made names: (\d+) new, (\d+) learned, (\d+) real", output)
    total, *parts = map(int, counts.groups())
    assert total == sum(parts) == 1200
    assert parts[0] > 600
    assert parts[1] > 0
    assert drawn(tmp_path / "deep/inside", "names_rnn.png", output)


def test_gpt_learns_more_than_frequencies(tmp_path):
    output = run("gpt.py", "--quick", "--out", "deep/inside", folder=tmp_path)
    loss, alike, by_frequency = losses(output)
    assert alike == pytest.approx(4.248, abs=1e-3)  # ln(70)
    assert 3.1 < by_frequency < 3.3
    assert 1.5 < loss < by_frequency - 0.15  # below 1.5 it would have seen what is to come
    sample, _, rest = output.partition("\n\nwords that the book has: ")
    known, made = map(int, re.match(r"(\d+) of (\d+)", rest).groups())
    assert len(sample) > 150
    assert known <= made == len(re.findall("[a-z]+", sample.lower()))
    assert drawn(tmp_path / "deep/inside", "gpt.png", output)


SHORT = {
    "names_rnn.py": ("--epochs", "1", "--width", "16", "--batch-size", "1000"),
    "gpt.py": ("--steps", "3", "--context", "16", "--width", "16", "--layers", "1"),
}


@pytest.mark.parametrize("script", SHORT)
def test_same_seed_same_run(tmp_path, script):
    first, again, other = (
        run(script, *SHORT[script], "--seed", seed, folder=tmp_path) for seed in ("5", "5", "6")
    )
    assert first == again
    assert losses(first) != losses(other)


@pytest.mark.parametrize("script", SHORT)
def test_explains_itself(tmp_path, script):
    output = run(script, "--help", folder=tmp_path)
    for option in ("lr", "batch-size", "width", "layers", "temperature", "seed", "out", "quick"):
        assert f"--{option}" in output
