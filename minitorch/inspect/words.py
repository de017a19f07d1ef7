"""Values in few words, and the text of rules as mathematics."""

from __future__ import annotations

import ast
import functools
import linecache
import unicodedata
from collections.abc import Callable
from types import CodeType
from typing import Any

import numpy as np

from minitorch.engine.plan import Rule

FEW = 4  # elements that are shown one by one,
BRIEF = 27  # if that takes no more letters


def number(x: Any) -> str:
    """A number with four digits; integers and truth values as they are."""
    if isinstance(x, (bool, int, np.bool_, np.integer)):
        return str(x)
    if isinstance(x, (complex, np.complexfloating)):
        sign = "-" if np.signbit(x.imag) else "+"
        return f"{number(x.real)}{sign}{number(abs(x.imag))}j"
    return f"{float(x):.4g}"


def shape(form: tuple[int, ...]) -> str:
    """A shape as `(32, 10)`, `(3,)`."""
    return f"({', '.join(map(str, form))}{',' if len(form) == 1 else ''})"


def measure(size: Any) -> str:
    """A size, as a kernel's, as `3×3`."""
    if isinstance(size, int):
        return str(size)
    if isinstance(size, (tuple, list)) and all(isinstance(n, int) for n in size):
        return "×".join(map(str, size))
    return ""


def elements(array: np.ndarray) -> str:
    """All elements, in brackets as NumPy nests them."""
    if array.ndim == 0:
        return number(array[()])
    return f"[{', '.join(elements(part) for part in array)}]"


def spread(array: np.ndarray) -> str:
    """The least and the greatest element as shown, of complex ones the modulus; NaNs counted."""
    if not array.size:
        return "empty"
    if array.dtype.kind == "c":
        return f"|z| {spread(np.abs(array))}"
    if array.dtype.kind not in "iufb":
        return "no numbers"
    real = array[~np.isnan(array)] if array.dtype.kind == "f" else array
    parts = []
    if real.size:
        least, greatest = number(real.min()), number(real.max())
        parts.append(f"all {least}" if least == greatest else f"{least} … {greatest}")
    if real.size < array.size:
        parts.append(f"nan × {array.size - real.size}")
    return ", ".join(parts)


def summary(array: np.ndarray | None, form: tuple[int, ...], dtype: np.dtype[Any]) -> list[str]:
    """One or two short lines about a value, or about its form where the value is not known."""
    kind = "" if dtype == np.float64 else f" {dtype}"
    if array is None:
        return [f"{shape(form)}{kind}" if form else f"a number{kind}"]
    if 0 < array.size <= FEW and array.ndim <= 2 and array.dtype.kind in "iufcb":
        whole = elements(array)
        if len(whole) <= BRIEF or not array.ndim:
            return [whole]
    return [f"{shape(form)}{kind}", spread(array)]


def inline(array: np.ndarray | None, form: tuple[int, ...], dtype: np.dtype[Any]) -> str:
    """The same in one line."""
    first, *rest = summary(array, form, dtype)
    return f"{first} {{{rest[0]}}}" if rest else first


def setting(value: Any) -> str:
    """A setting of an operation, if it can be said in a few letters; else an empty text."""
    if isinstance(value, np.ndarray):
        return elements(value) if value.size <= FEW else f"indices {shape(value.shape)}"
    if isinstance(value, slice):
        ends = ["" if end is None else str(end) for end in (value.start, value.stop)]
        return ":".join(ends if value.step is None else [*ends, str(value.step)])
    if isinstance(value, tuple):
        inside = ", ".join(setting(part) for part in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if value is Ellipsis:
        return "..."
    if isinstance(value, (bool, int, float, complex, str, np.dtype, type(None))):
        text = number(value) if isinstance(value, (float, complex)) else str(value)
        return text if len(text) <= 24 else ""
    return ""


def cells(text: str) -> int:
    """How many letters wide a text is: those of East Asian scripts count twice."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


# rules


def rule(found: Rule) -> str:
    """A rule as an expression over `g`, the incoming gradient, and the values that it reads.

    Example:
        >>> from minitorch.inspect.words import rule
        >>> from minitorch.ops.elementwise import exp, negative, tanh
        >>> rule(exp.vjps[0]), rule(negative.vjps[0]), rule(tanh.vjps[0])
        ('g * y', '-g', 'g * (1 - y * y)')
    """
    if found.constant is not None:
        known: dict[float, str] = {1: "g", -1: "-g", 0: "0"}
        return known.get(found.constant, f"g * {found.constant!r}")
    body = _body(found.function)
    if body is None:
        return found.source(getattr(found.function, "__name__", "rule"))
    if not found.slope:
        return ast.unparse(body)
    return ast.unparse(ast.BinOp(ast.Name("g"), ast.Mult(), body))


def part_of_sequence(vjp: Callable[..., Any]) -> str:
    """The rule of an operation on a sequence, which takes what belongs to one array."""
    return f"{getattr(vjp, '__name__', 'rule').lstrip('_')}(g, i)"


def _body(function: Callable[..., Any]) -> ast.expr | None:
    """What a lambda computes, from the text of its file; None for any other function."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_name != "<lambda>":
        return None
    lambdas = [
        found
        for found in _lambdas(code.co_filename)
        if found.lineno == code.co_firstlineno and _names(found) == _parameters(code)
    ]
    same = [found for found in lambdas if _compiled(found).co_code == code.co_code]
    same = [found for found in same if _compiled(found).co_consts == code.co_consts] or same
    candidates = same or lambdas
    texts = {ast.unparse(found.body) for found in candidates}
    return candidates[0].body if len(texts) == 1 else None


@functools.cache
def _lambdas(filename: str) -> tuple[ast.Lambda, ...]:
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except SyntaxError:
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Lambda))


def _names(found: ast.Lambda) -> tuple[str, ...]:
    return tuple(argument.arg for argument in (*found.args.posonlyargs, *found.args.args))


def _parameters(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[: code.co_argcount]


def _compiled(found: ast.Lambda) -> CodeType:
    whole = compile(ast.Expression(found), "<rule>", "eval")
    return next(part for part in whole.co_consts if isinstance(part, CodeType))
