"""The programs in ``examples/`` run as a newcomer runs them."""

from __future__ import annotations

import re
import runpy
import signal
import subprocess
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

import minitorch as torch
from tests.examples import ENVIRONMENT

EXAMPLES = Path(__file__).parents[1] / "examples"
SHORT = ("--epochs", "2", "--hidden", "16", "8", "--batch-size", "100")


def run(script: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, str(EXAMPLES / script), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=ENVIRONMENT)


def accuracy(output: str) -> float:
    return float(re.search(r"test accuracy: ([\d.]+)% of 360 images", output)[1])


def test_digits_reaches_its_accuracy(tmp_path):
    result = run("train_digits.py", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert accuracy(result.stdout) >= 97
    assert "loss=" in result.stderr
    assert "accuracy=" in result.stderr


def test_digits_writes_where_it_is_told(tmp_path):
    result = run("train_digits.py", *SHORT, "--out", "deep/inside", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    state = torch.load(tmp_path / "deep/inside/digits.pt")
    assert [tuple(value.shape) for value in state.values()] == [
        (16, 64), (16,), (8, 16), (8,), (10, 8), (10,)
    ]  # fmt: skip
    picture = tmp_path / "deep/inside/digits.png"
    if find_spec("matplotlib"):
        assert picture.read_bytes().startswith(b"\x89PNG")
    else:
        assert "matplotlib is not installed" in result.stdout
        assert not picture.exists()


def test_digits_same_seed_same_run(tmp_path):
    outputs, states = [], []
    for seed in ("5", "5", "6"):
        result = run("train_digits.py", *SHORT, "--seed", seed, folder=tmp_path)
        outputs.append(accuracy(result.stdout))
        states.append(torch.load(tmp_path / "digits.pt"))
    first, again, other = ([v.tolist() for v in state.values()] for state in states)
    assert first == again
    assert outputs[0] == outputs[1]
    assert first != other


def test_digits_explains_itself(tmp_path):
    result = run("train_digits.py", "--help", folder=tmp_path)
    assert result.returncode == 0
    for option in ("epochs", "lr", "batch-size", "hidden", "seed", "out"):
        assert f"--{option}" in result.stdout
    assert result.stdout.count("(default:") == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--lr", "-1"), "argument --lr: expected 0 <= value < inf, got -1"),
        (("--lr", "nan"), "argument --lr: expected 0 <= value < inf, got nan"),
        (("--lr", "fast"), "argument --lr: invalid float value: 'fast'"),
        (("--epochs", "0"), "argument --epochs: expected 1 <= value < inf, got 0"),
        (("--epochs", "1.5"), "argument --epochs: invalid int value: '1.5'"),
        (("--batch-size", "0"), "argument --batch-size: expected 1 <="),
        (("--hidden", "8", "0"), "argument --hidden: expected 1 <="),
        (("--seed", "-1"), "argument --seed: expected 0 <="),
        (("--out", "taken"), "argument --out: cannot make the folder taken"),
    ],
)
def test_digits_refuses_bad_arguments(tmp_path, arguments, message):
    (tmp_path / "taken").write_text("a file")
    result = run("train_digits.py", *arguments, folder=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="sends the signal of Ctrl-C as Unix does")
def test_digits_stops_at_ctrl_c_and_leaves_nothing(tmp_path):
    command = [sys.executable, str(EXAMPLES / "train_digits.py"), "--epochs", "100000"]
    heeded = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # background jobs ignore it
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, preexec_fn=heeded
    ) as process:
        while b"accuracy" not in process.stderr.read1():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert rest.endswith(b"\nstopped before the end\n")
    assert b"Traceback" not in rest
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("way", "name"),
    [
        ("none", None),
        ("zero_grad", "zero_grad"),
        ("softmax", "activation"),
        ("half", "optimizer"),
        ("rate", "learning rate"),
        ("pixels", "normalised"),
        ("eval", "train()"),
    ],
)
def test_each_way_to_break_a_training_is_told(way, name, capsys):
    broken = runpy.run_path(str(EXAMPLES / "broken.py"))
    broken["broken_training"](way)
    told = capsys.readouterr()
    text = told.out + told.err
    assert ("nothing found" in text) if name is None else (name in text), text


@pytest.mark.parametrize("way", ["flatten", "width", "labels"])
def test_each_way_that_raises_says_what_to_do(way):
    broken = runpy.run_path(str(EXAMPLES / "broken.py"))
    with pytest.raises((RuntimeError, IndexError), match="hint: "):
        broken["broken_training"](way)
