"""The site is complete: every page is reached, every public name described, every link leads on.

Nothing is built here; `.ci/run` builds it, with warnings as errors.
"""

from __future__ import annotations

import ast
import fnmatch
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import minitorch
from docs.site import gallery
from docs.site.pages import CONSTANTS, IMPORTED, MODULES, PARTS, pages

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
MADE = {"_build", "_gallery", "api", "gallery"}  # what a build leaves behind
PAGES = {
    path.relative_to(DOCS).with_suffix("").as_posix(): path
    for suffix in ("md", "ipynb")
    for path in DOCS.rglob(f"*.{suffix}")
    if path.relative_to(DOCS).parts[0] not in MADE and ".ipynb_checkpoints" not in path.parts
}
TEXTS = [ROOT / "README.md", ROOT / "examples" / "README.md"]
TEXTS += [path for path in PAGES.values() if path.suffix == ".md"]
# Modules of `minitorch` that have no page: what they hold stands elsewhere, or is for scripts.
WITHOUT_A_PAGE = {
    "differential": "its operators are names of minitorch",
    "nn": "has four pages of its own",
    "numpy": "NumPy documents its functions",
    "scipy": "SciPy documents its functions",
    "running": "as_torch is a name of minitorch",
    "settings": "its switches are names of minitorch",
    "signal": "has signal.windows",
    "utils": "has utils.data, utils.checkpoint, utils.tensorboard",
}


def toctree(page: Path) -> Iterator[str]:
    """The pages that a page's tables of contents lead to."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```\{toctree\}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        folder = page.parent.relative_to(DOCS)
        for entry in re.findall(r"^(?!:)(\S+)$", block, re.MULTILINE):
            pattern = (folder / entry).as_posix()
            found = [
                n
                for n in PAGES
                if fnmatch.fnmatch(n, pattern) and n.count("/") == pattern.count("/")
            ]
            assert found or entry.split("/")[0] in MADE, f"{page.name}: nothing is {entry}"
            yield from found


def test_every_page_is_reached_from_the_first():
    reached, todo = set(), ["index"]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += toctree(PAGES[name]) if PAGES[name].suffix == ".md" else []
    assert reached == PAGES.keys()


def described() -> set[str]:
    return {f"{g.home}.{name}" for page in pages() for g in page.groups for name in g.names}


def test_every_public_name_of_minitorch_is_described():
    names = {*minitorch.__all__, *minitorch._HOME} - IMPORTED - CONSTANTS - {*minitorch._MODULES}
    names = {
        n for n in names if not n.startswith("_") and not hasattr(getattr(minitorch, n), "__path__")
    }
    assert len(names) > 600
    modules = {n for n in names if type(getattr(minitorch, n)).__name__ == "module"}
    assert {n for n in names - modules if f"minitorch.{n}" not in described()} == set()


def test_every_method_of_a_tensor_is_described():
    names = {f"minitorch.Tensor.{n}" for n in dir(minitorch.Tensor) if not n.startswith("_")}
    assert names - described() == set()


@pytest.mark.parametrize("name", ["nn", "nn.functional", "optim", "linalg", "distributions"])
def test_every_public_name_of_a_module_is_described(name):
    module = minitorch
    for part in name.split("."):
        module = getattr(module, part)
    made = {n for n in module.__all__ if callable(getattr(module, n)) and not n.startswith("_")}
    assert {n for n in made if f"minitorch.{name}.{n}" not in described()} == set()


def test_every_module_has_a_page():
    shown = {name.split(".")[0] for *_, names in MODULES for name in names.split()}
    assert {*minitorch._MODULES} - shown - WITHOUT_A_PAGE.keys() == set()


def test_every_page_of_the_reference_is_in_one_part():
    listed = " ".join(PARTS.values()).split()
    assert sorted(listed) == sorted(page.path for page in pages())


@pytest.fixture
def reference():
    pytest.importorskip("sphinx", reason="the extra `docs` is not installed")
    return importlib.import_module("docs.site.reference")


def test_the_reference_is_written(reference, tmp_path):
    reference.write(tmp_path)
    assert (
        ".. autoclass:: minitorch.optim.SGD\n   :members:\n" in (tmp_path / "optim.md").read_text()
    )
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    (tmp_path / "old.md").write_text("gone")
    reference.write(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_every_name_of_the_pages_is_written(reference, tmp_path):
    reference.write(tmp_path)
    for page in pages():
        text = (tmp_path / f"{page.path}.md").read_text(encoding="utf-8")
        made = {*re.findall(r"^\.\. auto\w+:: (\S+)$", text, re.MULTILINE)}
        own = {
            f"{group.home}.{name}"
            for group in page.groups
            for name in group.names
            if not group.listed and reference.is_own(group, name)
        }
        assert made == own, page.path


def test_docstrings_become_restructured_text(reference):
    napoleon = pytest.importorskip("sphinx.ext.napoleon")
    doc = """The sum of *all* x_ and |y|, as `a * b`, by A. Author; `torch.linalg.svd`, two `x`s.

    Args:
        x: numbers,
            many of them.
        dim, *axis: where.

    Returns:
        One number: the sum.

    Example:
        >>> 1 + x_ * 1
        2
    """
    lines = inspect.cleandoc(doc).splitlines()
    reference.docstring(None, "function", "f", lambda: None, None, lines)
    config = napoleon.Config(napoleon_use_param=False)
    assert str(napoleon.GoogleDocstring(lines, config, what="function")).split("\n") == [
        "The sum of \\*all\\* x\\_ and \\|y\\|, as ``a * b``, by \\A. Author; "
        ":py:obj:`torch.linalg.svd <minitorch.linalg.svd>`, two ``x``\\ s.",
        "",
        ":Parameters: * **x** -- numbers,",
        "               many of them.",
        "             * **dim, \\*axis** -- where.",
        "",
        ":returns: One number: the sum.",
        "",
        ".. rubric:: Example",
        "",
        ">>> 1 + x_ * 1",
        "2",
        "",
    ]


def test_code_that_names_nothing_stays_code(reference):
    lines = ["`torch.nothing`"]
    reference.docstring(None, "function", "f", lambda: None, None, lines)
    assert lines == ["``torch.nothing``"]


def test_what_stands_before_a_colon_is_no_type(reference):
    napoleon = pytest.importorskip("sphinx.ext.napoleon")
    lines = ["The variance: of all."]
    reference.docstring(None, "property", "C.f", property(lambda self: 1), None, lines)
    made = napoleon.GoogleDocstring(lines, napoleon.Config(), what="property", name="C.f")
    assert made.lines() == ["The variance: of all."]


def test_the_text_of_a_type_is_not_that_of_its_values(reference):
    lines = [str(int.__doc__)]
    reference.docstring(None, "data", "n", 1, None, lines)
    assert lines == []


def test_signatures_have_no_addresses_in_them(reference):
    given = "(a, b=<function relu>, *, c=<module 'x' from '/y'>, d=(1, 'x'))"
    made = reference.signature(None, "function", "f", None, None, given, None)
    assert made == ("(a, b=relu, *, c=..., d=(1, 'x'))", None)


def test_every_example_is_in_the_gallery(tmp_path):
    gallery.write(tmp_path)
    made = {path.stem for path in tmp_path.glob("*.py")}
    assert made == {path.stem for path in (ROOT / "examples").glob("*.py")} == {*gallery.names()}
    for path in tmp_path.glob("*.py"):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        title, line = text.splitlines()[:2]
        assert line == "=" * len(title)
        picture = DOCS / "images" / "examples" / f"{path.stem}.png"
        assert (f"/images/examples/{path.stem}.png" in text) == picture.exists()


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as they are made on the page and in the repository."""
    text = re.sub(
        r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


def links(path: Path) -> Iterator[tuple[str, str]]:
    """The file and the anchor of each relative link."""
    text = re.sub(
        r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    text = re.sub(r"`[^`\n]*`", "", text)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"\w+:", target):
            file, _, anchor = target.partition("#")
            yield file, anchor


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    for file, anchor in links(path):
        target = (path.parent / file).resolve() if file else path
        if MADE & {*Path(file).parts}:
            continue
        assert target.exists(), f"{path.name}: {file}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{path.name}: {file}#{anchor}"


def test_the_settings_are_python():
    source = (DOCS / "conf.py").read_text(encoding="utf-8")
    names = {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)}
    assert {"extensions", "html_theme", "mathjax_path", "nb_execution_mode"} <= names
    assert "http" not in source  # nothing is fetched
