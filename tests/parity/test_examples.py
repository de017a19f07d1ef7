"""The examples, with PyTorch in minitorch's place, print the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.examples import EXAMPLES, numbers_in, python, write_for_pytorch
from tests.test_examples_short import SHORT

pytest.importorskip("torch")

WITHOUT_TORCH = {"linear_regression.py", "hamiltonian.py"}  # of plain NumPy functions
SCRIPTS = {name: short for name, short in SHORT.items() if name not in WITHOUT_TORCH}

DATASETS = """
import minitorch
import torch
from minitorch import datasets
from torch.utils.data import TensorDataset


def converted(data):
    return TensorDataset(*(torch.from_numpy(tensor.numpy()) for tensor in data.tensors))


def digits(**options):
    return tuple(converted(part) for part in datasets.digits(**options))


def two_moons(*options):
    state = torch.get_rng_state().numpy()
    minitorch.set_rng_state(minitorch.from_numpy(state.copy()))
    data = converted(datasets.two_moons(*options))
    torch.set_rng_state(torch.from_numpy(minitorch.get_rng_state().numpy().copy()))
    return data
"""

ALL = """
import runpy, sys
sys.path.insert(0, sys.argv[1])
sys.modules["matplotlib"] = None
for script, arguments in {scripts!r}.items():
    sys.argv = [script, *arguments]
    print("==", script)
    runpy.run_path(sys.path[0] + "/" + script, run_name="__main__")
"""


def outputs(scripts: Path, folder: Path) -> dict[str, str]:
    """What each example prints, all run in one process."""
    result = python("-c", ALL.format(scripts=SCRIPTS), str(scripts), folder=folder)
    assert result.returncode == 0, result.stderr
    parts = re.split(r"^== (\S+)\n", result.stdout, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_examples_print_the_same_with_pytorch(tmp_path):
    write_for_pytorch(tmp_path, "shipped")
    (tmp_path / "shipped.py").write_text(DATASETS)
    ours, theirs = outputs(EXAMPLES, tmp_path), outputs(tmp_path, tmp_path)
    assert ours.keys() == theirs.keys() == SCRIPTS.keys()
    for script in SCRIPTS:
        words, figures = numbers_in(ours[script])
        assert words == numbers_in(theirs[script])[0]
        assert figures == pytest.approx(numbers_in(theirs[script])[1], rel=1e-2), script
