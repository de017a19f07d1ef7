"""The API reference: a page for each namespace, which autodoc and napoleon fill from docstrings.

The docstrings are Markdown with Google's sections; `docstring` makes reStructuredText of the text.
"""

from __future__ import annotations

import importlib
import inspect
import re
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.domains.python import PyClasslike

from docs.site.pages import PARTS, Group, Page, pages

HEAD = "<!-- made by docs/site/reference.py -->\n"
MARKDOWN = re.compile(r"([\\*_\[\]<>$|{}~#])")
MARKUP = re.compile(
    r"^ *(?P<example>>>> .*(?:\n.*\S.*)*)"
    r"|(?P<ticks>`+)(?P<code>[^`]+)(?P=ticks)(?P<more>\w?)"
    r"|[\\*|]|_(?!\w)|\b(?=[A-Za-z]\.\s)",
    re.MULTILINE,
)
SENTENCE = re.compile(r"^((?:Returns|Yields):\n +)", re.MULTILINE)


def write(folder: Path) -> None:
    """Write all pages into `folder`; a page that is the same is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {f"{page.path}.md": text(page) for page in pages()}
    made["index.md"] = contents()
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, page in made.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != page:
            path.write_text(page, encoding="utf-8")


def contents() -> str:
    """The first page of the reference."""
    there = {page.path: page for page in pages()}
    parts = []
    for title, names in PARTS.items():
        shown = [there[name] for name in names.split() if name in there]
        rows = [f"[{escaped(page.title)}]({page.path}.md)\n: {page.text}\n" for page in shown]
        links = "\n".join(page.path for page in shown)
        tree = f"```{{toctree}}\n:hidden:\n:caption: {title}\n\n{links}\n```\n"
        parts += [f"## {title}\n", *rows, tree]
    return (
        f"{HEAD}# API reference\n\nWhat is imported with `import minitorch as torch`, by "
        "namespace. Every example on these pages is run by the tests. "
        "[PyTorch's names](../torch_names.md) tells of each name of PyTorch whether it is here.\n\n"
        + "\n".join(parts)
    )


def text(page: Page) -> str:
    """A page as Markdown."""
    parts = [f"{HEAD}# {escaped(page.title)}\n\n{page.text}\n"]
    for group in page.groups:
        if not group.names:
            continue
        if group.title:
            parts.append(f"## {escaped(group.title)}\n")
        own = [] if group.listed else [n for n in group.names if is_own(group, n)]
        if own:
            parts.append("\n".join(["```{eval-rst}", *(entry(group, n) for n in own), "```\n"]))
        if listed := [f"`{name}`" for name in group.names if name not in own]:
            parts.append(("" if group.listed else "From elsewhere: ") + ", ".join(listed) + "\n")
    return "\n".join(parts)


def is_own(group: Group, name: str) -> bool:
    """Whether the package has made it; what it passes on from Python is only listed."""
    value = getattr(resolved(group.home), name)
    home = getattr(value, "__module__", None) if callable(value) else None
    return home is None or str(home).startswith("minitorch")


def entry(group: Group, name: str) -> str:
    """autodoc's directive for one name."""
    home = resolved(group.home)
    value = getattr(home, name)
    if isinstance(home, type):
        kept = inspect.getattr_static(home, name)
        is_property = isinstance(kept, property | cached_property)
        kind = "property" if is_property else "method" if callable(value) else "attribute"
    else:
        named = isinstance(value, type) and value.__name__ == name  # else autodoc shows no text
        kind = "class" if named else "function" if callable(value) else "data"
    options = ["   :no-value:"] if kind in ("data", "attribute") else []
    if kind == "class" and name != "Tensor":  # whose members have pages of their own
        options.append("   :members:")
    return "\n".join([f".. auto{kind}:: {group.home}.{name}", *options, ""])


def docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """What napoleon gets: text in which nothing but backticks means more than it shows."""
    if not isinstance(obj, type) and obj.__doc__ == type(obj).__doc__:
        lines.clear()  # its type's, not its own
        return
    text = MARKUP.sub(restructured, "\n".join(lines))
    if what in ("data", "attribute", "property"):
        text = f": {text}"  # else napoleon takes what stands before a colon for a type
    lines[:] = SENTENCE.sub(r"\1: ", text).split("\n")


def restructured(found: re.Match[str]) -> str:
    """Code between backticks, which leads to what it names if that has an entry; or escaped."""
    if found["example"]:
        return found[0]
    if not found["code"]:
        return "\\" + found[0]
    name = found["code"].removesuffix("()")
    full = f"minitorch.{name.removeprefix('torch.').removeprefix('minitorch.')}"
    more = found["more"] and "\\ " + found["more"]
    if "." in name and full in entries():
        return f":py:obj:`{name} <{full}>`{more}"
    return f"``{found['code']}``{more}"


def signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, given: str | None, returned: Any
) -> tuple[str | None, None]:
    """Defaults that are functions by their names; without what has no short text."""
    short = re.compile(r"<(?:function (\w+)|[^<>]*)>")
    return given and short.sub(lambda found: found[1] or "...", given), None


def is_skipped(
    app: Sphinx, what: str, name: str, obj: Any, skipped: bool, options: Any
) -> bool | None:
    """Leaves out classes that stand elsewhere, and fields of named tuples, which have no text."""
    alone = isinstance(obj, type) or str(obj.__doc__).startswith("Alias for field")
    return True if alone else None


class PublicClass(PyClasslike):
    """A class under its public names alone; some have two, and one other name can't be of both."""

    def run(self) -> list[Node]:
        self.options.pop("canonical", None)
        return super().run()


@cache
def entries() -> frozenset[str]:
    """The full names of all that has an entry."""
    return frozenset(
        f"{group.home}.{name}"
        for page in pages()
        for group in page.groups
        if not group.listed
        for name in group.names
    )


def resolved(path: str) -> Any:
    """A module or a class by its dotted name."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        home, _, name = path.rpartition(".")
        return getattr(importlib.import_module(home), name)


def escaped(line: str) -> str:
    return MARKDOWN.sub(r"\\\1", line)
