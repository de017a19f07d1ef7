"""The site: `python -m sphinx -W --keep-going -b html docs docs/_build/html`.

Nothing is fetched when it is built or read: MathJax and the fonts are copied into it. Examples and
notebooks are not run again; their stored pictures and outputs are shown.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import minitorch  # noqa: E402
from docs.site import gallery, reference  # noqa: E402

project = "minitorch"
author = copyright = "the minitorch authors"
version = release = minitorch.__version__
html_title = "minitorch"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "_gallery", "gallery/*.ipynb", "gallery/*.py", "**.ipynb_checkpoints"]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
nitpicky = True
nitpick_ignore = [("py:exc", "GradcheckError")]
nitpick_ignore_regex = [("py:exc", r"pickle\.\w+")]
toc_object_entries_show_parents = "hide"
highlight_language = "text"
smartquotes_action = "D"  # dashes; quotes stay as they are

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "amsmath", "fieldlist"]
myst_heading_anchors = 4
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Show the solution"
nb_code_prompt_hide = "Hide the solution"

autodoc_docstring_signature = False
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_numpy_docstring = False
napoleon_use_param = False  # keeps names that share a text together
napoleon_custom_sections = [("Attributes", "params_style")]

sphinx_gallery_conf = {
    "examples_dirs": "_gallery",
    "gallery_dirs": "gallery",
    "plot_gallery": "False",  # they train for minutes: pictures of a run are stored
    "notebook_extensions": set(),  # they are scripts, which import what they share
    "image_scrapers": (),
    "reset_modules": (),
    "within_subsection_order": "docs.site.gallery.Order",
    "remove_config_comments": True,
    "default_thumb_file": str(HERE / "_static" / "thumbnail.png"),
    "show_signature": False,
    "write_computation_times": False,
    "download_all_examples": False,
}

html_theme = "pydata_sphinx_theme"
html_logo = "_static/logo.svg"
html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "minitorch", "alt_text": "minitorch"},
    "header_links_before_dropdown": 7,
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "getting_started": []}

mathjax_path = "mathjax/tex-svg-full.js"
mathjax3_config = {
    "options": {"enableMenu": False},
    "svg": {"fontCache": "local"},
    "tex": {"inlineMath": [["\\(", "\\)"]]},
}
copybutton_exclude = ".linenos, .gp, .go, .gt, .gr"  # prompts, and what examples print

linkcheck_timeout = 10
linkcheck_anchors = False


def generate(app: Sphinx) -> None:
    """Write the pages that are made from the code."""
    reference.write(HERE / "api")
    gallery.write(HERE / "_gallery")


def lead_to_gallery(app: Sphinx, docname: str, source: list[str]) -> None:
    """Links to examples, which are scripts in the repository, lead to the pages made of them."""
    up = "../" * docname.count("/")
    link = re.compile(rf"\]\({up}\.\./examples/(\w+)\.(?:py|md)\)")
    source[0] = link.sub(
        lambda found: f"]({up}gallery/{found[1].replace('README', 'index')}.rst)", source[0]
    )


def trim(app: Sphinx, doctree: nodes.document) -> None:
    """Drop the empty line that ends an example in the pages, which doctest wants."""
    for block in doctree.findall(nodes.literal_block):
        if block.rawsource == block.astext():
            block.rawsource = block.rawsource.rstrip("\n")
            block[:] = [nodes.Text(block.rawsource)]


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """MathJax, which draws formulas as SVG and so needs no fonts, from the extra `docs`."""
    if error is None and app.builder.format == "html":
        found = importlib.util.find_spec("sphinx-mathjax-offline")
        assert found and found.submodule_search_locations, 'pip install -e ".[docs]"'
        source = Path(found.submodule_search_locations[0], "static", "mathjax", "tex-svg-full.js")
        target = Path(app.outdir, "_static", mathjax_path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", generate, priority=1)
    app.connect("source-read", lead_to_gallery)
    app.add_directive_to_domain("py", "class", reference.PublicClass, override=True)
    app.connect("autodoc-process-docstring", reference.docstring, priority=1)
    app.connect("autodoc-process-signature", reference.signature)
    app.connect("autodoc-skip-member", reference.is_skipped)
    app.connect("doctree-read", trim)
    app.connect("build-finished", copy_mathjax)
