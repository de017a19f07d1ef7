"""Write the table of NumPy's names: `python -m docs.make_numpy_names`.

`docs/numpy_names.md` says of each public name of NumPy what `minitorch.numpy` does with it, found
by calling it with one argument after the other traced.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from tests.numpy_names import public, state

PATH = Path(__file__).parent / "numpy_names.md"
HEAD = f"""# NumPy's names

Every public name of NumPy {np.__version__} and what `minitorch.numpy` does with it where an
argument is traced; written by `python -m docs.make_numpy_names`, which calls each function with one
argument after the other traced. Plain `import numpy as np` does the same, but for what NumPy gives
no way in to ([limits](limits.md)).

*Differentiable in* names the arguments through which gradients flow, in both modes and to every
order. A *constant* has a result that does not change with its arguments, or that jumps: its
gradient is zero. What is *refused* raises an error that says what to do instead; `x.detach()` is a
constant of the same value.
"""
SECTIONS = (("", "numpy"), ("linalg", "numpy.linalg"), ("fft", "numpy.fft"),
            ("random", "numpy.random"))  # fmt: skip
GROUPS = ("takes nothing to differentiate", "a type", "a module", "a value")


def section(home: str, title: str, states: dict[str, str]) -> str:
    """One namespace: a row for each function that takes numbers, then lists of the others."""
    mine = {
        name.rpartition(".")[2]: what for name, what in states.items()
        if name.rpartition(".")[0] == home
    }  # fmt: skip
    rows = [f"| `{name}` | {what} |" for name, what in mine.items() if what not in GROUPS]
    parts = [f"## {title}\n", "| name | state |\n| --- | --- |", *rows, ""]
    for group in GROUPS:
        names = ", ".join(f"`{name}`" for name, what in mine.items() if what == group)
        if names:
            about = f"Each is {group}" if group.startswith("a ") else "These take no traced numbers"
            parts.append(f"{about}: {names}.\n")
    return "\n".join(parts)


def text() -> str:
    """The whole page."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        states: dict[str, Any] = {name: state(value) for name, value in public().items()}
    return "\n".join([HEAD, *(section(home, title, states) for home, title in SECTIONS)])


if __name__ == "__main__":
    PATH.write_text(text())
    print(PATH)
