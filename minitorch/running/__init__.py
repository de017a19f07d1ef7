"""Programs written for PyTorch, unchanged: `torch` means minitorch while they run.

`python -m minitorch run script.py` runs a script so; `as_torch()` does it inside of a program.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from minitorch.running.modules import SAFETENSORS, STOOD_FOR, Finder

__all__ = ["as_torch", "run_module", "run_script"]

_finder = Finder()


class as_torch:
    """From now on, `import torch` imports minitorch; as a context manager, within a block.

    All that PyTorch has below `torch` is looked for in minitorch and nowhere else: a PyTorch that
    is installed is left alone, and modules of it that were imported before are put back at the
    end. So are names of `torchvision`: its data sets and transforms are those of
    `minitorch.datasets`. Names that are not there fail when used, with the nearest that is.

    Example:
        >>> with minitorch.as_torch():
        ...     import torch as pytorch
        ...     from torch.nn import Linear
        >>> Linear is minitorch.nn.Linear
        True
    """

    def __init__(self) -> None:
        self._before = _taken_out()
        self._first = _finder not in sys.meta_path
        if self._first:
            sys.meta_path.insert(0, _finder)  # type: ignore[arg-type]

    def __enter__(self) -> as_torch:
        return self

    def __exit__(self, *exc: object) -> None:
        self.undo()

    def undo(self) -> None:
        """Give the name `torch` back."""
        _taken_out()
        sys.modules.update(self._before)
        if self._first and _finder in sys.meta_path:
            sys.meta_path.remove(_finder)  # type: ignore[arg-type]


def _taken_out() -> dict[str, ModuleType]:
    """The modules that minitorch stands in for, taken out of those that are imported."""
    names = [n for n in sys.modules if n.partition(".")[0] in STOOD_FOR or n in SAFETENSORS]
    return {name: sys.modules.pop(name) for name in names}


def run_module(name: str, args: Sequence[str] = ()) -> dict[str, Any]:
    """Run a module of PyTorch code as `__main__` with minitorch for torch: `python -m`, so to say.

    It is found in the directory where one is, or where modules are installed.
    """
    with _as_main([name, *args], os.getcwd()):
        return runpy.run_module(name, run_name="__main__", alter_sys=True)


def run_script(path: str | Path, args: Sequence[str] = ()) -> dict[str, Any]:
    """Run a PyTorch script as `__main__` with minitorch for torch; its globals are returned.

    As when Python itself runs it, `sys.argv` is the script with `args`, and modules beside the
    script can be imported.
    """
    script = Path(path)
    if not script.exists():
        raise FileNotFoundError(f"minitorch run: there is no script {str(path)!r}")
    with _as_main([str(path), *args], str(script.resolve().parent)):
        return runpy.run_path(str(script), run_name="__main__")


@contextmanager
def _as_main(argv: list[str], directory: str) -> Iterator[None]:
    """As Python is for the main program, with minitorch for torch, also in what it spawns.

    A process that `multiprocessing` spawns begins anew: it is given `sys.path`, and there finds
    a `torch` that is minitorch.
    """
    before, sys_path = sys.argv, list(sys.path)
    sys.argv = argv
    sys.path[:0] = [directory, str(Path(__file__).parent / "spawned")]
    try:
        with as_torch():
            yield
    finally:
        sys.argv, sys.path[:] = before, sys_path
