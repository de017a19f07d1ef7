"""Write the table of primitives: `python -m docs.make_primitives`.

`docs/primitives.md` shows what the registry holds: each operation with its forward meaning, its
rules in both modes, and the dtypes that it takes, found by running it on the samples of its test.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

import minitorch.ops
import minitorch.scipy.ops
from minitorch.engine import conform, views
from minitorch.engine.plan import Rule
from minitorch.engine.primitive import Constant, Primitive, Variadic
from minitorch.inspect import words
from tests.calculus import call
from tests.cases import CASES
from tests.samples import Case

PATH = Path(__file__).parent / "primitives.md"
HEAD = """# The primitives

Every operation that minitorch differentiates, from the registry; written by
`python -m docs.make_primitives`. `g` is the gradient that comes in at the result `y` (in the vjp
column), `t` the tangent of an argument (in the jvp column). *linear* means that the operation is
its own derivative, *constant* that no gradient flows. Rules are made of primitives, so that each
can be differentiated again: orders are all, or 0 for constants; the tests check the first two, in
both modes and mixed, against finite differences. Dtypes are those that the operation ran on when
this page was written: `h` for float16, `f` for float32 and float64, `c` for complex64 and
complex128, `i` for integers, `b` for bool.
"""
KINDS = {
    "h": ("f2",), "f": ("f4", "f8"), "c": ("c8", "c16"), "i": ("i1", "i8", "u1"), "b": ("?",),
}  # fmt: skip


def families() -> Iterator[tuple[str, str, list[Primitive]]]:
    """The files that declare primitives: name, what it says of itself, what it declares."""
    rooms = (minitorch.ops, minitorch.scipy.ops)
    modules = [
        importlib.import_module(f"{room.__name__}.{found.name}")
        for room in rooms
        for found in pkgutil.iter_modules(room.__path__)
    ]
    for module in (conform, views, *modules):
        found = (getattr(module, name) for name in assigned(module))
        mine = [value for value in found if isinstance(value, Primitive)]
        if mine:
            about = (module.__doc__ or "").strip().splitlines()[0]
            yield module.__name__.removeprefix("minitorch."), about, mine


def assigned(module: ModuleType) -> Iterator[str]:
    """The names that a module gives values to: what it imports is declared elsewhere."""
    for statement in ast.parse(inspect.getsource(module)).body:
        if isinstance(statement, ast.Assign):
            targets = (node for target in statement.targets for node in ast.walk(target))
            yield from (node.id for node in targets if isinstance(node, ast.Name))


def backward(op: Primitive) -> str:
    """The vjp of each argument that has one."""
    if isinstance(op, Constant):
        return "constant"
    if isinstance(op, Variadic):
        return f"`{words.part_of_sequence(op.vjps[0])}`"
    rules = zip(op.names, op.vjps)
    return "<br>".join(f"{name}: `{words.rule(r)}`" for name, r in rules if r is not None)


def forward(op: Primitive) -> str:
    """The jvp of each argument that has one."""
    if isinstance(op, Constant):
        return "constant"
    if isinstance(op, Variadic):
        return "linear"
    lines = []
    for i, name in enumerate(op.names[: op.arrays]):
        if i in op.linear:
            lines.append(f"{name}: linear")
        elif i < len(op.jvps) and op.jvps[i] is not None:
            lines.append(f"{name}: `{of_tangent(op.jvps[i])}`")
    return "<br>".join(lines)


def of_tangent(rule: Rule) -> str:
    """A jvp as text; that of a slope says `t` where the vjp says `g`."""
    text = words.rule(rule)
    return re.sub(r"^(-?)g\b", r"\1t", text) if rule.slope else text


def dtypes(op: Primitive) -> str:
    """The kinds of dtypes that the operation takes, at the samples of its test."""
    return "".join(
        kind for kind, codes in KINDS.items()
        if any(all(runs(case, code) for code in codes) for case in CASES[op.name])
    )  # fmt: skip


def runs(case: Case, code: str) -> bool:
    """Whether the operation takes the case's numbers in another dtype."""
    arrays = [a if a.dtype.kind in "ib" != np.dtype(code).kind else a.astype(code)
              for a in case.draw()]  # fmt: skip
    try:
        ys = call(case.op, arrays, case.params)
    except (TypeError, ValueError, OverflowError):
        return False
    return all(np.asarray(y).dtype != object for y in ys)


def row(op: Primitive) -> str:
    orders = "0" if isinstance(op, Constant) else "all"
    cells = (f"`{op.name}`", op.doc, backward(op), forward(op), orders, dtypes(op))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def text() -> str:
    parts = [HEAD]
    for name, about, ops in families():
        parts.append(f"## {name}\n\n{about}\n")
        parts.append("| name | forward | vjp | jvp | orders | dtypes |\n" + "| --- " * 6 + "|")
        parts.append("\n".join(row(op) for op in ops) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    PATH.write_text(text())
    print(PATH)
