"""Write the table of PyTorch's names, where it is installed: `python -m docs.make_torch_names`.

`docs/torch_names.md` says of each public name of PyTorch whether it is here, in part, or not, and
why.
"""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

from tests.parity.names import State, everything

PATH = Path(__file__).parent / "torch_names.md"
HEAD = """# PyTorch's names

Every public name of PyTorch {version} and whether minitorch has it; written by
`python -m docs.make_torch_names`, which looks. *In part* is a function that lacks a parameter which
PyTorch's own declaration names. That what is here does what PyTorch's does is tested call by call
(`tests/parity`); how the two differ where they must stands in [limits](limits.md).

| | there | in part | absent |
| --- | ---: | ---: | ---: |
{table}
"""


def text() -> str:
    """The whole page."""
    found = {name: states for name, states in everything() if states}
    rows = [f"| {link(name)} | {counts(states)} |" for name, states in found.items()]
    head = HEAD.format(version=re.sub(r"\\+.*", "", version("torch")), table="\n".join(rows))
    return "\n".join([head, *(section(name, states) for name, states in found.items())])


def link(name: str) -> str:
    """A name that leads to its section."""
    return f"[{name}](#{name.replace('.', '').lower()})"


def counts(states: dict[str, State]) -> str:
    """How many names are in each state."""
    kinds = [state.kind for state in states.values()]
    return " | ".join(str(kinds.count(kind)) for kind in ("there", "partly", "absent"))


def section(title: str, states: dict[str, State]) -> str:
    """One module: lists of the names in each state, the absent ones by their reason."""
    groups = defaultdict(list)
    for name, state in states.items():
        note = state.note if state.kind == "absent" else ""
        shown = f"`{name}` ({state.note})" if state.kind == "partly" else f"`{name}`"
        groups[state.kind, note].append(shown)
    titles = {"there": "There", "partly": "In part", "absent": "Absent"}
    parts = [f"## {title}\n"]
    for kind, label in titles.items():
        for (k, note), names in sorted(groups.items()):
            if k == kind:
                why = f" ({note})" if note else ""
                parts.append(f"{label}{why}: {', '.join(names)}.\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PATH.write_text(text())
    print(PATH)
