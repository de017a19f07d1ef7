"""A summary as aligned text, and as HTML whose rows open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minitorch.faces import html
from minitorch.inspect.summarizing.rows import Row, written
from minitorch.inspect.words import cells

if TYPE_CHECKING:
    from minitorch.inspect.summarizing.summaries import Summary

NONE = "–"
COLOURS = {"failed": "red", "unregistered": "red", "unused": "yellow", "not reached": "yellow"}


def printable(text: str) -> str:
    """A text without letters that would break a line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def count(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}" if number else NONE


def memory(size: int) -> str:
    """Bytes in a unit that fits, of 1000."""
    if size < 1000:
        return f"{size} B"
    for unit in ("kB", "MB", "GB"):
        size_in_unit = size / 1000 ** (("kB", "MB", "GB").index(unit) + 1)
        if size_in_unit < 999.5 or unit == "GB":
            return f"{size_in_unit:.3g} {unit}"
    raise AssertionError


def label(row: Row) -> str:
    """What stands in the first column: the name, the class, how often it was called."""
    if not row.kind:
        return f"({printable(row.name)})"
    name = printable(row.kind if not row.depth else f"{row.name}: {row.kind}")
    return f"{name} ×{row.calls}" if row.calls > 1 else name


def remark(row: Row) -> str:
    """Its status, and what is to be said about it."""
    says = {"uncalled": "not called, weights read"}.get(row.status, row.status)
    return printable("; ".join(part for part in (says, row.note) if part))


def heading(found: Summary) -> str:
    """What was summarised, on what."""
    name = printable(found.rows[0].kind)
    given = written(found.inputs)
    return f"{name} on {given}" if given else name


def totals(found: Summary) -> list[tuple[str, str]]:
    """The lines below the table: what, and how much."""
    total, trained = found.total_parameters, found.trainable_parameters
    part = "all trainable" if total == trained else f"{trained:,} trainable"
    lines = [("parameters", f"{total:,}, {part}" if total else "none")]
    weights = f"parameters {memory(found.parameter_bytes)}"
    if not found.ran:
        lines.append(("memory", weights))
    else:
        size = found.activation_bytes
        lines.append(("multiply-adds", f"{found.multiply_adds:,}"))
        lines.append(
            (
                "memory",
                f"input {memory(found.input_bytes)}, {weights}, activations {memory(size)}, "
                f"with gradients {memory(2 * size)}",
            )
        )
    lines += [("note", note) for note in found.notes]
    if any(row.status == "uncalled" for row in found.rows):
        lines.append(("note", "not called: another module computes with its weights"))
    return lines


def failure(found: Summary) -> str:
    """The error, with the module it came from."""
    if found.error is None:
        return ""
    message = str(found.error).strip()
    where = found.failed_in
    place = f"failed in {where}" if where else "failed"
    return f"{place}: {type(found.error).__name__}: {message}"


# text


def summary_text(found: Summary) -> str:
    """The tree with its columns, and the totals."""
    kernels = any(row.kernel for row in found.rows)
    head = ["layer"]
    head += ["output"] + ["kernel"] * kernels if found.ran else ["weights"]
    head += ["parameters"] + ["multiply-adds"] * found.ran
    lines = [[*head, ""]]
    _add(lines, found.rows[0], "", "", found, kernels)
    left = 2 + (kernels and found.ran)  # columns of text, then numbers
    widths = [max(cells(line[i]) for line in lines) for i in range(len(head))]
    widths[0] = max(widths[0], 15)
    out = [heading(found)]
    for *line, said in lines:
        padded = [
            part + " " * (width - cells(part)) if i < left else " " * (width - cells(part)) + part
            for i, (part, width) in enumerate(zip(line, widths))
        ]
        out.append("  ".join([*padded, said]).rstrip())
    out.append("")
    out += [f"{name:<{widths[0]}}  {value}" for name, value in totals(found)]
    if found.error is not None:
        out += ["", failure(found)]
    return "\n".join(out)


def _add(
    lines: list[list[str]], row: Row, mark: str, indent: str, found: Summary, kernels: bool
) -> None:
    says = remark(row)
    if found.ran:
        line = [mark + label(row), written(row.outputs)] + [row.kernel] * kernels
        line += [count(row.parameters), count(row.multiply_adds)]
    else:
        weights = ", ".join(f"{name} {form}" for name, form in row.weights)
        line = [mark + label(row), printable(weights), count(row.parameters)]
    if not row.kind:
        line[-2] = ""
    lines.append([*line, f"← {says}" if says else ""])
    if found.depth is not None and row.depth >= found.depth:
        return
    for i, child in enumerate(row.children):
        branch, below = ("└─ ", "   ") if i == len(row.children) - 1 else ("├─ ", "│  ")
        _add(lines, child, indent + branch, indent + below, found, kernels)


# HTML

STYLE = (
    ".mt .grid{overflow-x:auto}.mt .line{display:grid;min-width:44em;column-gap:1em;"
    "grid-template-columns:minmax(15em,2fr) minmax(9em,2fr) 4em 7.5em 9em;"
    "border-bottom:1px solid var(--mt-line);padding:.12em 0}"
    ".mt .line>*{overflow-wrap:anywhere}.mt .line.top{font-weight:600;border-bottom-width:2px}"
    ".mt details>summary.line::marker{content:''}"
    ".mt details>summary.line::-webkit-details-marker{display:none}"
    ".mt .line .name::before{content:'';display:inline-block;width:1.1em}"
    ".mt details>summary.line>.name::before{content:'▸'}"
    ".mt details[open]>summary.line>.name::before{content:'▾'}"
)


def summary_html(found: Summary) -> str:
    """The tree as a grid in which each module with others in it opens."""
    head = ["layer", "output" if found.ran else "weights", "kernel", "parameters", "multiply-adds"]
    if not found.ran:
        head[-1] = ""
    numeric = (False, False, False, True, True)
    top = "".join(
        html.tag("span", html.escape(name), class_="num" if right else None)
        for name, right in zip(head, numeric)
    )
    rows = html.tag("div", top, class_="line top") + _rows(found.rows[0], found)
    facts = html.table(totals(found))
    told = html.tag("pre", html.escape(failure(found)), class_="wrap")
    error = html.chip("error", "red") + told if found.error else ""
    return html.shown(
        f"<style>{STYLE}</style>",
        html.title(heading(found)),
        html.tag("div", rows, class_="grid"),
        error,
        facts,
    )


def _rows(row: Row, found: Summary) -> str:
    says, colour = remark(row), COLOURS.get(row.status, "")
    name, kind = (row.name, row.kind) if row.depth and row.kind else ("", label(row))
    calls = f" ×{row.calls}" if row.calls > 1 and name else ""
    shown = (html.escape(printable(name)) + " " + html.soft(printable(kind) + calls)) if name else (
        html.escape(kind)
    )  # fmt: skip
    if says:
        shown += " " + (html.chip(says, colour) if row.status else html.soft(f"({says})"))
    middle = written(row.outputs) if found.ran else ", ".join(" ".join(w) for w in row.weights)
    parts = [
        f'<span class="name" style="padding-left:{row.depth * 1.1:.1f}em">{shown}</span>',
        html.tag("span", html.escape(printable(middle))),
        html.tag("span", html.escape(row.kernel)),
        html.tag("span", count(row.parameters) if row.kind else "", class_="num"),
        html.tag("span", count(row.multiply_adds) if found.ran else "", class_="num"),
    ]
    if not row.children:
        return html.tag("div", "".join(parts), class_="line")
    line = html.tag("summary", "".join(parts), class_="line")
    opened = found.depth is None or row.depth < found.depth
    below = "".join(_rows(child, found) for child in row.children)
    return f"<details{' open' * opened}>{line}{below}</details>"
