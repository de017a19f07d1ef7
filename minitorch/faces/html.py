"""What notebooks show: a few pieces of HTML that every `_repr_html_` is made of.

Text takes the colour of the page and lines are a translucent grey, so that what is shown reads
on light and on dark pages; the few colours of its own are given for both. Nothing is loaded and
no script runs: what opens and closes are `<details>`.

Pieces that take `text` escape it; pieces that take `html` want what other pieces gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

_ESCAPES = {ord(c): f"&{name};" for c, name in zip("&<>\"'", ("amp", "lt", "gt", "quot", "#x27"))}
_ESCAPES |= {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if chr(code) not in "\t\n\r"}
_ESCAPES |= {0xFFFE: "\N{REPLACEMENT CHARACTER}", 0xFFFF: "\N{REPLACEMENT CHARACTER}"}
_ESCAPES |= dict.fromkeys(range(55296, 57344), "�")

_LIGHT = "--mt-blue:#2f5fc4;--mt-green:#1f7a45;--mt-yellow:#8a5a00;--mt-red:#b3261e"
_DARK = "--mt-blue:#8fb0ff;--mt-green:#6fd198;--mt-yellow:#f0bf5b;--mt-red:#ff9d94"
LIGHT_PAGES = ("[data-jp-theme-light=true]", "[data-theme=light]", ".vscode-light")
DARK_PAGES = ("[data-jp-theme-light=false]", "[data-theme=dark]", ".vscode-dark")
_NUMERIC = set("0123456789.,+-−–~≈e")
COLOURS = ("blue", "green", "yellow", "red")

STYLE = (
    f".mt{{{_LIGHT};--mt-line:#8884;--mt-back:#8881;font-size:13px;line-height:1.45;color:inherit}}"
    f"@media(prefers-color-scheme:dark){{.mt{{{_DARK}}}}}"
    + ",".join(f"{theme} .mt" for theme in LIGHT_PAGES)
    + f"{{{_LIGHT}}}"
    + ",".join(f"{theme} .mt" for theme in DARK_PAGES)
    + f"{{{_DARK}}}"
    # twice the class: the rules of notebooks and sites for all tables weigh less than this
    ".mt.mt table{border-collapse:collapse;margin:.4em 0;display:block;max-width:100%;"
    "overflow:auto;border:0;color:inherit;font-size:inherit;background:none}"
    ".mt.mt table tr{background:none}"
    ".mt.mt table th,.mt.mt table td{padding:.15em .7em;border:0;"
    "border-bottom:1px solid var(--mt-line);"
    "text-align:left;vertical-align:top;color:inherit;background:none}"
    ".mt.mt table th{font-weight:600;border-bottom-width:2px}"
    ".mt.mt .num{text-align:right;font-variant-numeric:tabular-nums}"
    ".mt.mt code,.mt.mt pre,.mt .mono{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',"
    "monospace;font-size:.95em;background:none;color:inherit;padding:0}"
    ".mt.mt pre{margin:.3em 0;padding:.3em .7em;overflow:auto;line-height:1.35;"
    "border-left:3px solid var(--mt-line)}"
    ".mt.mt pre.wrap{white-space:pre-wrap;overflow-wrap:anywhere}"
    ".mt.mt table td.mono{padding:.1em .55em}"
    ".mt .soft{opacity:.7;font-weight:normal}.mt .title{font-weight:600}"
    ".mt details>summary{cursor:pointer}.mt .in{margin-left:1.35em}"
    ".mt .chip{display:inline-block;padding:0 .5em;margin-right:.35em;border-radius:.7em;"
    "border:1px solid currentColor;font-size:.9em}"
    + "".join(f".mt .{c}{{color:var(--mt-{c})}}" for c in COLOURS)
)


def escape(text: object) -> str:
    """Any text as HTML: markup in it is shown and not obeyed, also in an attribute's quotes."""
    return str(text).translate(_ESCAPES)


def tag(name: str, html: str = "", **attributes: object) -> str:
    """One element around some HTML; `class_` is the attribute `class`, None leaves one out.

    Example:
        >>> from minitorch.faces.html import escape, tag
        >>> tag("td", escape("a < b"), class_="num")
        '<td class="num">a &lt; b</td>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{html}</{name}>"


def code(text: object) -> str:
    """Text in a fixed pitch, in the line."""
    return tag("code", escape(text))


def pre(text: object) -> str:
    """Lines in a fixed pitch."""
    return tag("pre", escape(text))


def soft(text: object) -> str:
    """Text of less weight."""
    return tag("span", escape(text), class_="soft")


def chip(text: object, colour: str = "") -> str:
    """A small label; the colours are "blue", "green", "yellow" and "red"."""
    return tag("span", escape(text), class_=f"chip {colour}".rstrip())


def title(text: object, note: object = "") -> str:
    """The first line of what is shown, with a softer note behind it."""
    return tag(
        "div", tag("span", escape(text), class_="title") + (f" {soft(note)}" if note else "")
    )


def is_number(text: str) -> bool:
    """Whether a cell holds nothing but a number, or nothing."""
    return set(text) <= _NUMERIC or text in ("nan", "inf", "-inf")


def cell(text: object, right: bool = False) -> str:
    """A cell of a table, its text on the left or, as numbers stand, on the right."""
    return tag("td", escape(text), class_="num" if right else None)


def row(cells: Iterable[str]) -> str:
    """A row of cells that are `<td>` elements already."""
    return tag("tr", "".join(cells))


def table(rows: Iterable[Sequence[object]], head: Sequence[object] | None = None) -> str:
    """A table of texts; a column of nothing but numbers stands on the right.

    Example:
        >>> from minitorch.faces.html import table
        >>> table([("w", 3)], head=("name", "size")).count("<tr>")
        2
    """
    body = [[str(text) for text in line] for line in rows]
    right = [all(map(is_number, column)) for column in zip(*body)]
    first = ""
    if head is not None:
        right += [False] * (len(head) - len(right))
        first = row(
            tag("th", escape(name), class_="num" if on_right else None)
            for name, on_right in zip(head, right)
        )
    return tag("table", first + "".join(row(map(cell, line, right)) for line in body))


def details(html: str, body: str, *, opened: bool = False) -> str:
    """A line that opens: `html` is the line, `body` what appears below it."""
    inside = tag("summary", html) + tag("div", body, class_="in")
    return f"<details open>{inside}</details>" if opened else tag("details", inside)


def shown(*html: str) -> str:
    """What a `_repr_html_` returns: the pieces with the style that they need."""
    return f'<div class="mt"><style>{STYLE}</style>{"".join(html)}</div>'


def page(name: object, body: str) -> str:
    """A whole HTML page, for saving."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(name)}</title>\n"
        "<style>:root{color-scheme:light dark}"
        "body{margin:1rem;font-family:system-ui,sans-serif}</style>\n"
        f"</head>\n<body>\n<h1>{escape(name)}</h1>\n{body}\n</body>\n</html>"
    )


def lines(text: Any) -> str:
    """What prints as text and has no better form: its text in a fixed pitch."""
    return shown(pre(text))
