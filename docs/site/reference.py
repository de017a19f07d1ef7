"""The API reference: a page of Markdown for each namespace, made from signatures and docstrings.

The docstrings are Markdown with Google's sections, so MyST reads them (and neither autodoc nor
numpydoc, which want reStructuredText). Sphinx's Python domain does the rest: index, search, links.
"""

from __future__ import annotations

import importlib
import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

from docs.site.pages import PARTS, Group, Page, pages

HEAD = "<!-- made from the docstrings by docs/site/reference.py -->\n"
SECTION = re.compile(r"^(Args|Arguments|Attributes|Returns|Yields|Raises|Examples?|Note):\s*$")
FIELDS = {"Args": "param", "Arguments": "param", "Attributes": "ivar", "Raises": "raises"}
SINGLE = {"Returns": "returns", "Yields": "yields"}
SPECIAL = re.compile(r"([\\*_\[\]<>$|{}~#])")
CODE = re.compile(r"(`+[^`]+`+)")


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
        parts += [entry(group, name) for name in own]
        if listed := [f"`{name}`" for name in group.names if name not in own]:
            parts.append(("" if group.listed else "From elsewhere: ") + ", ".join(listed) + "\n")
    return "\n".join(parts)


def is_own(group: Group, name: str) -> bool:
    """Whether the package has made it; what it passes on from Python is only listed."""
    value = getattr(resolved(group.home), name)
    home = getattr(value, "__module__", None) if callable(value) else None
    return home is None or str(home).startswith("minitorch")


def entry(group: Group, name: str) -> str:
    """The directive that describes one name."""
    home = resolved(group.home)
    value = getattr(home, name)
    if isinstance(home, type):
        return member(f"{group.home.removeprefix('minitorch.')}.{name}", home, name, fence=":::")
    full = f"{group.home}.{name}"
    if isinstance(value, type):
        return described_class(full, value)
    kind = "function" if callable(value) else "data"
    return directive(kind, full, value, ":::", markdown(own_doc(value)))


def described_class(full: str, value: type) -> str:
    """A class, with the public methods that are its own."""
    parts = [markdown(own_doc(value))]
    if full != "minitorch.Tensor":
        for name, part in vars(value).items():
            if not name.startswith("_") and has_doc(part):
                parts.append(member(name, value, name, fence=":::"))
    return directive("class", full, value, "::::", "\n\n".join(parts))


def member(title: str, owner: type, name: str, fence: str) -> str:
    """A method or a property of a class."""
    raw = inspect.getattr_static(owner, name)
    value = getattr(owner, name)
    plain = raw.__func__ if isinstance(raw, classmethod | staticmethod) else value
    kind = "method" if callable(value) else "attribute"
    if isinstance(raw, property) or type(raw).__name__ == "cached_property":
        kind, plain = "property", raw
    bound = kind == "method" and not isinstance(raw, staticmethod)
    flags = f":{type(raw).__name__}:\n" if isinstance(raw, classmethod | staticmethod) else ""
    body = markdown(own_doc(plain))
    prefix = "minitorch." if "." in title else ""
    return directive(kind, prefix + title, plain, fence, body, flags, bound)


def directive(
    kind: str, full: str, value: Any, fence: str, body: str, flags: str = "", bound: bool = False
) -> str:
    """One object of Sphinx's Python domain."""
    call = signature(value, bound) if kind in ("function", "class", "method") else ""
    return f"{fence}{{py:{kind}}} {full}{call}\n{flags}\n{body}\n{fence}\n"


def signature(value: Any, bound: bool = False) -> str:
    """The parameters with their defaults; types stand in the text where they matter."""
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return "(...)"
    parameters = list(found.parameters.values())[1 if bound else 0 :]
    plain = [
        p.replace(annotation=p.empty, default=p.default if p.default is p.empty else Shown(p))
        for p in parameters
    ]
    try:
        return str(inspect.Signature(plain))
    except ValueError:
        return "(...)"


class Shown:
    """A default as it can be written."""

    def __init__(self, parameter: inspect.Parameter) -> None:
        self.text = repr(parameter.default)
        if isinstance(parameter.default, type) or callable(parameter.default):
            self.text = getattr(parameter.default, "__name__", "...")
        if not re.fullmatch(r"[\w.,'\"()\[\]{}: /*+-]*", self.text) or " at 0x" in self.text:
            self.text = "..."

    def __repr__(self) -> str:
        return self.text


def own_doc(value: Any) -> str:
    """The docstring that is the object's own."""
    text = getattr(value, "__doc__", None)
    if not isinstance(text, str) or text == getattr(type(value), "__doc__", None):
        return ""
    if isinstance(value, type) and "__doc__" not in vars(value):
        return ""
    return inspect.cleandoc(text)


def has_doc(part: Any) -> bool:
    """Whether a class's attribute is described: methods and properties with a docstring."""
    if not (callable(part) or isinstance(part, property | classmethod | staticmethod)):
        return False
    return isinstance(getattr(part, "__doc__", None), str) and not isinstance(part, type)


def markdown(doc: str) -> str:
    """A docstring as MyST reads it: sections as fields, examples as code."""
    out: list[str] = []
    lines = doc.splitlines()
    i = 0
    while i < len(lines):
        if heading := SECTION.match(lines[i]):
            i, block = indented(lines, i + 1)
            out += ["", *section(heading[1], block), ""]
        elif i + 1 < len(lines) and re.fullmatch(r"-{4,}", lines[i + 1].strip()):
            out.append(f"**{escaped(lines[i].strip())}**\n")
            i += 2
        elif lines[i].lstrip().startswith(">>>"):
            start = i
            while i < len(lines) and lines[i].strip():
                i += 1
            out += ["", "```{code-block} pycon", *dedent(lines[start:i]), "```", ""]
        else:
            out.append(prose(lines[i]))
            i += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip("\n")


def indented(lines: list[str], start: int) -> tuple[int, list[str]]:
    """The indented lines from `start` on, and where they end."""
    end = start
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(" ")):
        end += 1
    return end, dedent(lines[start:end])


def dedent(lines: list[str]) -> list[str]:
    return inspect.cleandoc("\n".join(["", *lines])).splitlines()


def section(title: str, block: list[str]) -> list[str]:
    """A section of a docstring: fields, or an example, or a note."""
    if title.startswith("Example"):
        return markdown("\n".join(block)).splitlines()
    if title in FIELDS:
        return [field(FIELDS[title], item) for item in items(block)]
    joined = " ".join(line.strip() for line in block)
    if title in SINGLE:
        return [f":{SINGLE[title]}: {prose(joined)}"]
    return [f"**{title}.** {prose(joined)}"]


def items(block: list[str]) -> list[str]:
    """The entries of a list of arguments, each as one line."""
    found: list[str] = []
    for line in block:
        if line.strip() and not line.startswith(" "):
            found.append(line)
        elif line.strip() and found:
            found[-1] += " " + line.strip()
    return found


def field(kind: str, item: str) -> str:
    name, colon, words = item.partition(":")
    if not colon:
        return f"\n{prose(item)}\n"
    if kind == "raises":
        errors = re.findall(r"\w+", name)
        return "\n".join(f":raises {error}: {prose(words.strip())}" for error in errors)
    name = re.sub(r",\s+", ",\u200b", name.strip().strip("`*"))  # a space would part type and name
    return f":{kind} {name}: {prose(words.strip())}"


def prose(line: str) -> str:
    """A line of text, in which nothing but backticks means more than it shows."""
    return "".join(
        code(part) if part.startswith("`") else escaped(part) for part in CODE.split(line)
    )


def escaped(line: str) -> str:
    return SPECIAL.sub(r"\\\1", line)


def code(part: str) -> str:
    """Code between backticks, which leads to what it names if that has an entry."""
    name = part.strip("`").removesuffix("()")
    full = f"minitorch.{name.removeprefix('torch.').removeprefix('minitorch.')}"
    if "." in name and full in entries():
        return f"{{py:obj}}`{name} <{full}>`"
    return part


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
