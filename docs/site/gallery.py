"""The gallery: what sphinx-gallery makes pages of, from `examples/` and the pictures of a run.

The examples train for seconds to minutes, so they are not run again: each becomes a script whose
docstring is the page's text, with the stored picture and the results that `examples/README.md`
tells.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PICTURES = ROOT / "docs" / "images" / "examples"
ACRONYMS = {name: name.upper() for name in ("cnn", "dqn", "gan", "gpt", "reinforce", "rnn", "vae")}
HEAD = """Gallery
=======

Each is one script that is meant to be read, in about a hundred lines. The data ship with minitorch
or are computed, so nothing is downloaded. All take ``--help``, ``--seed``, ``--out`` (the folder
for what they write) and ``--quick`` (a run of seconds, to see that it works). Pictures need
matplotlib: ``pip install ".[plot]"``.
"""


class Order:
    """sphinx-gallery's order: that of the README, then the parts that examples share."""

    def __init__(self, folder: str) -> None:
        pass

    def __call__(self, filename: str) -> int:
        return [f"{name}.py" for name in names()].index(Path(filename).name)

    def __repr__(self) -> str:
        return "<README's order>"


def names() -> list[str]:
    """The scripts, in the README's order, then the modules that they share."""
    told = re.findall(r"^\| \[(\w+)\.py\]", readme(), re.MULTILINE)
    rest = sorted({path.stem for path in EXAMPLES.glob("*.py")} - {*told, "train_digits"})
    return ["train_digits", *told, *rest]


def readme() -> str:
    return (EXAMPLES / "README.md").read_text(encoding="utf-8")


def write(folder: Path) -> None:
    """Write the scripts for sphinx-gallery into `folder`."""
    folder.mkdir(exist_ok=True)
    made = {"GALLERY_HEADER.rst": HEAD} | {f"{name}.py": script(name) for name in names()}
    for old in folder.glob("*.py"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def script(name: str) -> str:
    """An example with the text of its page as docstring."""
    source = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    docstring = ast.parse(source).body[0]
    assert isinstance(docstring, ast.Expr) and docstring.end_lineno
    code = "\n".join(source.splitlines()[docstring.end_lineno :]).lstrip("\n")
    text = ast.get_docstring(ast.parse(source)) or ""
    title = " ".join(ACRONYMS.get(word, word) for word in name.split("_"))
    title = title[0].upper() + title[1:]
    parts = [f"{title}\n{'=' * len(title)}", rst(text)]
    head = ""
    if (PICTURES / f"{name}.png").exists():
        head = f"# sphinx_gallery_thumbnail_path = 'images/examples/{name}.png'\n"
        parts += results(name)
    body = "\n\n".join(parts).replace('"""', "'''")
    return f'r"""\n{body}\n"""\n\n{head}{code}\n'


def results(name: str) -> list[str]:
    """The picture of a run and what it printed, as the README tells."""
    if f"\n## {name}.py\n" not in readme():
        return [f".. image:: /images/examples/{name}.png\n   :alt: what {name}.py draws"]
    section = readme().split(f"\n## {name}.py\n", 1)[1].split("\n## ", 1)[0]
    told = section.split("```sh\n", 1)[1]
    command, _, told = told.partition("\n```")
    alt, told = re.findall(r"!\[(.*?)\]", told)[0], re.sub(r"!\[.*", "", told)
    told = re.sub(r"\n\n((?:    .*\n?)+)", r"\n\n.. code-block:: text\n\n\1", told)
    picture = f".. image:: /images/examples/{name}.png\n   :alt: {alt}"
    return [picture, f".. code-block:: sh\n\n   {command}", rst(told.strip())]


def rst(text: str) -> str:
    """Markdown's code and links as reStructuredText's."""
    text = re.sub(r"\[([^\]]+)\]\((\w+)\.py\)", r":doc:`\1 <\2>`", text)
    return re.sub(r"(?<![:`])`([^`<>]+)`(?!`)", r"``\1``", text)
