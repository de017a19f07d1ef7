"""Write the type stubs of what is made from tables: `python docs/make_stubs.py`.

Editors and type checkers cannot see functions and methods that arise from the tables of
`minitorch/faces`; `minitorch/__init__.pyi` and `minitorch/faces/methods.pyi` show them.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import minitorch
from minitorch.faces import creation, dtypes, functions

functions.complete()

PACKAGE = Path(minitorch.__file__).parent
PYTHON = "import builtins as python"
HEAD = '"""{what}; written by docs/make_stubs.py."""'
BUILTINS = re.compile(r"(?<![\w.])(bool|int|float|complex|str|tuple|list|dict|type)(?!\w)")
# what annotations of our own mean to those who call from outside
MEANINGS = {"Box": "Tensor", "Function": "Callable[..., Any]", "TensorArgument": "Tensor",
            "NumberArgument": "complex"}  # fmt: skip
RETURNS = {
    **dict.fromkeys(("allclose", "equal", "is_tensor", "is_complex"), "bool"),
    "is_floating_point": "bool",
    "numel": "int",
    **dict.fromkeys(("max", "min", "aminmax", "nonzero", "where"), "Any"),
    **dict.fromkeys(("split", "chunk", "tensor_split", "unbind"), "tuple[Tensor, ...]"),
    **dict.fromkeys(("broadcast_tensors", "meshgrid"), "tuple[Tensor, ...]"),
    **dict.fromkeys(("var_mean", "std_mean"), "tuple[Tensor, Tensor]"),
}  # fmt: skip


def spelled(annotation: Any) -> str:
    """An annotation, with Python's own types by their full names: torch has a `float` too."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "Any")
    for name, meaning in MEANINGS.items():
        text = re.sub(rf"\b{name}\b", meaning, text)
    return BUILTINS.sub(r"python.\1", text)


def parameters(function: Callable[..., Any], method: bool) -> Iterator[str]:
    """The parameters of a function, as a stub spells them."""
    starred = False
    for i, p in enumerate(inspect.signature(function).parameters.values()):
        if p.name == "options":  # what every creation function takes
            yield from (OPTIONS if starred else ("*", *OPTIONS))
            continue
        if p.kind is p.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        starred |= p.kind is p.VAR_POSITIONAL
        mark = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        if method and i == 0:
            yield "self"
            continue
        annotation = "Any" if p.annotation is p.empty else spelled(p.annotation)
        yield f"{mark}{p.name}: {annotation}" + (" = ..." if p.default is not p.empty else "")
    if getattr(function, "takes_out", False) and not method:
        yield from () if starred else ("*",)
        yield "out: Any = ..."


OPTIONS = tuple(
    part
    for part in parameters(creation.made, False)
    if part.split(":")[0] not in ("array", "dtype", "**unknown")
)


def definition(name: str, function: Callable[..., Any], indent: str = "") -> str:
    """A function or method in a stub, laid out as the formatter would."""
    annotation = inspect.signature(function).return_annotation
    known = annotation is not inspect.Signature.empty and annotation != "Any"
    result = spelled(annotation if known else RETURNS.get(name, "Tensor"))
    shown = list(parameters(function, method=bool(indent)))
    line = f"{indent}def {name}({', '.join(shown)}) -> {result}: ..."
    if len(line) <= 100:
        return line
    inner = f"{indent}    {', '.join(shown)}"
    if len(inner) > 100:
        inner = "\n".join(f"{indent}    {part}," for part in shown)
    return f"{indent}def {name}(\n{inner}\n{indent}) -> {result}: ..."


def methods() -> str:
    """The stub of the methods that `Tensor` has from the tables."""
    own = sys.modules[minitorch.Tensor.__module__].__file__  # where methods are written out
    made = {
        name: function
        for name, function in vars(minitorch.Tensor).items()
        if name in functions.methods() and inspect.unwrap(function).__code__.co_filename != own
    }
    lines = [definition(name, made[name], "    ") for name in sorted(made)]
    return assembled(
        "The methods of Tensor that are made from tables",
        [
            "import builtins as python",
            "from collections.abc import Callable, Sequence",
            "from typing import Any, NoReturn",
        ],
        [
            "from minitorch.faces.storage import TypedStorage, UntypedStorage",
            "from minitorch.faces.tensor import Tensor",
            "from minitorch.random import Generator",
        ],
        ["class Methods:", *lines],
    )


def package() -> str:
    """The stub of `minitorch` itself."""
    imports = set()
    for name, value in public():
        if isinstance(value, ModuleType):
            imports.add(("minitorch", name))
        elif name not in functions.table and (home := home_of(name, value)):
            imports.add((home, name))
    types = {name: value for name, value in functions.table.items() if isinstance(value, type)}
    kinds = sorted(name for name, value in types.items() if name.endswith("Tensor"))
    for name in {*types} - {*kinds}:
        imports.add((types[name].__module__, name))
    own = [
        definition(name, functions.table[name]) for name in sorted({*functions.table} - {*types})
    ]
    return assembled(
        "The public names of minitorch",
        [PYTHON, "from collections.abc import Callable, Sequence"]
        + [f"from math import {name} as {name}" for name in ("e", "inf", "nan", "pi")]
        + ["from types import ModuleType", "from typing import Any, NoReturn"],
        [f"from {home} import {name} as {name}" for home, name in sorted(imports, key=in_order)],
        ["__version__: str", "newaxis: None", "bfloat16: dtype"]
        + [f"{name}: type[Tensor]" for name in kinds]
        + ["", *own],
    )


def assembled(what: str, first: list[str], second: list[str], body: list[str]) -> str:
    """A stub of its imports and a body; those that nothing needs are left out."""
    text = "\n".join(body)
    blocks = [first, ["import numpy as np"] if "np." in text else [], second]
    needed = ["\n".join(filter(None, (pruned(line, text) for line in block))) for block in blocks]
    needed = [block for block in needed if block]
    return "\n\n".join([HEAD.format(what=what), *needed, text]) + "\n"


def pruned(line: str, text: str) -> str:
    """An import without the names that a text doesn't use; nothing where it uses none."""
    if " as " in line:
        return line
    head, _, names = line.rpartition("import ")
    used = [name for name in names.split(", ") if re.search(rf"\b{name}\b", text)]
    return f"{head}import {', '.join(used)}" if used else ""


def public() -> Iterator[tuple[str, Any]]:
    """The names of the package and what they stand for, those imported when asked for as well."""
    for name in minitorch._MODULES:
        yield name, importlib.import_module(f"minitorch.{name}")
    for name in (*vars(minitorch), *minitorch._HOME):
        value = getattr(minitorch, name)
        if not name.startswith("_") and not isinstance(value, ModuleType):
            yield name, value


def home_of(name: str, value: Any) -> str | None:
    """The public module from which a stub can import a name, if it comes from one of ours."""
    if isinstance(value, dtypes.dtype):
        return dtypes.__name__
    for home in (getattr(value, "__module__", None), getattr(type(value), "__module__", None)):
        while str(home).startswith("minitorch."):
            above = str(home).rpartition(".")[0]
            if above == "minitorch" or getattr(sys.modules[above], name, None) is not value:
                break
            home = above
        if str(home).startswith("minitorch.") and getattr(sys.modules[home], name, None) is value:
            return home
    return None


def in_order(entry: tuple[str, str]) -> tuple[Any, ...]:
    """Where the linter wants an import: by module, classes first, numbers by their size."""
    home, name = entry
    parts = [(not p.isdigit(), int(p) if p.isdigit() else p) for p in re.split(r"(\d+)", name)]
    return home, not name[0].isupper(), parts


STUBS: dict[Path, Callable[[], str]] = {
    PACKAGE / "__init__.pyi": package,
    PACKAGE / "faces" / "methods.pyi": methods,
}

if __name__ == "__main__":
    for path, text in STUBS.items():
        path.write_text(text(), encoding="utf-8")
        print(path)
