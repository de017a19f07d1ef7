"""How the tests of ``examples/`` run them."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
# BLAS's threads wait busily for cores that the tests beside this one are using.
ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


def python(*arguments: str, folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, env=ENVIRONMENT
    )


def run(script: str, *arguments: str, folder: Path) -> str:
    """Run an example that must succeed; return what it prints."""
    result = python(str(EXAMPLES / script), *arguments, folder=folder)
    assert result.returncode == 0, result.stderr
    assert "Warning" not in result.stderr
    return result.stdout


def quick(script: str, folder: Path) -> str:
    """Run an example shortly and see that it draws its picture; return what it prints."""
    output = run(script, "--quick", "--out", "deep/inside", folder=folder)
    picture = folder / "deep/inside" / Path(script).with_suffix(".png")
    if find_spec("matplotlib"):
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert f"picture: {picture.relative_to(folder)}" in output
    else:
        assert "matplotlib is not installed" in output
        assert not picture.exists()
    return output


def runs(script: str, *argument_lists: tuple[str, ...], folder: Path) -> list[str]:
    """What an example prints, run with one list of arguments after the other in one process."""
    program = (
        "import runpy, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "sys.modules['matplotlib'] = None\n"  # as if it were not installed: pictures take long
        f"for arguments in {argument_lists!r}:\n"
        f"    sys.argv = [{script!r}, *arguments]\n"
        f"    runpy.run_path({str(EXAMPLES / script)!r}, run_name='__main__')\n"
        "    print('end of the run')\n"
    )
    result = python("-c", program, str(EXAMPLES), folder=folder)
    assert result.returncode == 0, result.stderr
    *outputs, rest = result.stdout.split("end of the run\n")
    assert rest == ""
    return outputs


def numbers(pattern: str, output: str) -> list[float]:
    """The groups of a pattern that must be found once."""
    (found,) = re.findall(pattern, output)
    return [float(text) for text in ([found] if isinstance(found, str) else found)]


def names_of(script: str, folder: Path = EXAMPLES) -> dict:
    """The names that an example defines, those it imports from the modules beside it included."""
    sys.path.insert(0, str(folder))
    try:
        return runpy.run_path(str(folder / script))
    finally:
        sys.path.remove(str(folder))
        for path in folder.glob("*.py"):
            sys.modules.pop(path.stem, None)


def write_for_pytorch(folder: Path, datasets: str) -> None:
    """Write the examples with PyTorch in minitorch's place; data come from module `datasets`."""
    for path in EXAMPLES.glob("*.py"):
        script = path.read_text(encoding="utf-8")
        script = script.replace("import minitorch as torch", "import torch")
        script = script.replace("from minitorch.datasets import", f"from {datasets} import")
        script = re.sub(
            r"^from minitorch\b(?!\.datasets)", "from torch", script, flags=re.MULTILINE
        )
        (folder / path.name).write_text(script, encoding="utf-8")


def numbers_in(output: str) -> tuple[str, list[float]]:
    """A text without its numbers, and they."""
    number = r"\d+(?:\.\d+)?"
    return re.sub(number, "#", output), [float(text) for text in re.findall(number, output)]
