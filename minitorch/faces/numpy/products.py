"""NumPy's products of matrices and tensors, with NumPy's signatures, on boxes.

All come down to one primitive, `matmul`, between transposes and reshapes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.numpy.operands import axis_tuple, boxed, face_among, into, joined
from minitorch.faces.numpy.reductions import sum
from minitorch.faces.numpy.shaping import diagonal, ravel
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.ops import linalg
from minitorch.ops.shape import broadcast_to, reshape, transpose

Function = Callable[..., Any]
multiply = ufuncs[np.multiply]


def matmul(a: Any, b: Any, /) -> Any:
    """`numpy.matmul`: vectors, matrices, and stacks of matrices that broadcast."""
    a, b = joined(a, b)
    m, n = a._value.ndim, b._value.ndim
    if not m or not n:
        raise ValueError(
            f"matmul: expected arrays of at least one axis, got shapes {tuple(a._value.shape)} and "
            f"{tuple(b._value.shape)}; use * for a number"
        )
    left = a if m > 1 else reshape.unary(a, (1, *a._value.shape))
    right = b if n > 1 else reshape.unary(b, (*b._value.shape, 1))
    y = linalg.matmul.binary(left, right)
    if m > 1 and n > 1:
        return y
    *lead, rows, columns = y._value.shape
    return reshape.unary(y, (*lead, *((rows,) if m > 1 else ()), *((columns,) if n > 1 else ())))


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """`numpy.dot`: numbers are multiplied, else the last axis of a meets the last but one of b."""
    face = face_among(a, b, out)
    a, b = boxed(a, face), boxed(b, face)
    m, n = a._value.ndim, b._value.ndim
    if not m or not n:
        y = multiply(a, b)
    elif n <= 2:
        y = matmul(a, b)
    else:
        y = tensordot(a, b, (m - 1, n - 2))
    return into(out, y, "dot")


def inner(a: Any, b: Any, /) -> Any:
    """`numpy.inner`: the sums of products over the last axes."""
    face = face_among(a, b)
    a, b = boxed(a, face), boxed(b, face)
    if not a._value.ndim or not b._value.ndim:
        return multiply(a, b)
    return tensordot(a, b, (-1, -1))


def outer(a: Any, b: Any, out: Any = None) -> Any:
    """`numpy.outer`: all products of an element of a with one of b."""
    face = face_among(a, b, out)
    column = reshape.unary(boxed(a, face), (-1, 1))
    return into(out, multiply(column, reshape.unary(boxed(b, face), (1, -1))), "outer")


def vdot(a: Any, b: Any, /) -> Any:
    """`numpy.vdot`: the sum of the products of all elements, of real arrays."""
    face = face_among(a, b)
    a, b = boxed(a, face), boxed(b, face)
    if a._value.dtype.kind == "c":
        raise TypeError("np.vdot of a complex box has no derivative yet; use np.dot on its parts")
    return matmul(ravel(a), ravel(b))


def kron(a: Any, b: Any) -> Any:
    """`numpy.kron`: the Kronecker product."""
    face = face_among(a, b)
    a, b = boxed(a, face), boxed(b, face)
    rank = max(a._value.ndim, b._value.ndim)
    m, n = ((1,) * (rank - len(x._value.shape)) + x._value.shape for x in (a, b))
    left = reshape.unary(a, tuple(k for size in m for k in (size, 1)))
    right = reshape.unary(b, tuple(k for size in n for k in (1, size)))
    sizes = tuple(i * j for i, j in zip(m, n, strict=True))
    return reshape.unary(multiply(left, right), sizes)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """`numpy.tensordot`: the sums of products over pairs of axes."""
    face = face_among(a, b)
    a, b = boxed(a, face), boxed(b, face)
    m, n = a._value.shape, b._value.shape
    if isinstance(axes, (int, np.integer)):
        axes = (range(len(m) - axes, len(m)), range(axes))
    over_a, over_b = axis_tuple(axes[0], len(m)), axis_tuple(axes[1], len(n))
    if [m[i] for i in over_a] != [n[i] for i in over_b]:
        raise ValueError(
            f"shape-mismatch for sum: axes {list(over_a)} of {m} against axes {list(over_b)} of {n}"
        )
    rest_a = tuple(i for i in range(len(m)) if i not in over_a)
    rest_b = tuple(i for i in range(len(n)) if i not in over_b)
    depth = math.prod(m[i] for i in over_a)
    sizes_a, sizes_b = tuple(m[i] for i in rest_a), tuple(n[i] for i in rest_b)
    left = reshape.unary(transpose.unary(a, rest_a + over_a), (math.prod(sizes_a), depth))
    right = reshape.unary(transpose.unary(b, over_b + rest_b), (depth, math.prod(sizes_b)))
    return reshape.unary(matmul(left, right), sizes_a + sizes_b)


# einsum: from left to right, two operands at a time, each pair by one stack of matrix products


def einsum(*operands: Any, out: Any = None, optimize: Any = False, **settings: Any) -> Any:
    """`numpy.einsum`: the sums of products that subscripts describe, ellipsis included."""
    if set(settings) - {"dtype", "order", "casting"} or settings.get("dtype") is not None:
        raise TypeError(f"np.einsum of boxes takes out= and optimize=, not {sorted(settings)}")
    if not isinstance(operands[0], str):
        operands = _spelled(operands)
    text, *arrays = operands
    face = face_among(*arrays, out)
    terms, result = _subscripts(text, [np.ndim(x) for x in arrays])
    boxes = joined(*[boxed(x, face) for x in arrays])
    parts = [_once(x, term) for x, term in zip(boxes, terms, strict=True)]
    x, term = parts[0]
    for i, (other, labels) in enumerate(parts[1:], 2):
        wanted = result + "".join(term for _, term in parts[i:])
        x, term = _contracted(x, term, other, labels, wanted)
    x, term = _summed(x, term, result)
    if term != result:
        x = transpose.unary(x, tuple(term.index(label) for label in result))
    return into(out, x, "einsum")


def _spelled(operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The call with lists of numbers, `einsum(a, [0, 1], b, [1], [0])`, as one with letters."""

    def letters(labels: Any) -> str:
        return "".join("..." if i is Ellipsis else chr(ord("a") + i) for i in labels)

    arrays, lists = operands[: len(operands) // 2 * 2 : 2], operands[1::2]
    text = ",".join(letters(labels) for labels in lists)
    if len(operands) % 2:
        text += "->" + letters(operands[-1])
    return (text, *arrays)


def _subscripts(text: str, ranks: list[int]) -> tuple[list[str], str]:
    """The letters of each operand's axes and of the result's; those of an ellipsis are capitals."""
    text = text.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise ValueError(f"np.einsum: {text!r} describes {len(terms)} operands, given {len(ranks)}")
    spare = [c for c in "ZYXWVUTSRQPONMLKJIHGFEDCBAzyxwvutsrqponmlkjihgfedcba" if c not in text]
    hidden = [
        rank - len(term.replace("...", "")) if "..." in term else 0
        for term, rank in zip(terms, ranks, strict=True)
    ]
    dots = "".join(spare[: max(hidden)])
    full = []
    for term, rank, n in zip(terms, ranks, hidden, strict=True):
        term = term.replace("...", dots[len(dots) - n :] if n > 0 else "")
        if len(term) != rank or (term and not term.isalpha()):
            raise ValueError(
                f"np.einsum: {term!r} in {text!r} does not fit an operand of {rank} axes"
            )
        full.append(term)
    letters = "".join(full)
    if arrow:
        right = right.replace("...", dots)
        if not set(right) <= set(letters) or len(set(right)) < len(right):
            raise ValueError(
                f"np.einsum: the result of {text!r} needs labels of operands, each once"
            )
        return full, right
    return full, dots + "".join(
        c for c in sorted(set(letters)) if letters.count(c) == 1 and c not in dots
    )


def _once(x: Box, term: str) -> tuple[Any, str]:
    """An operand with a diagonal in place of each label that it has twice."""
    for label in dict.fromkeys(term):
        while term.count(label) > 1:
            i = term.index(label)
            j = term.index(label, i + 1)
            x = diagonal(x, 0, i, j)
            term = term[:i] + term[i + 1 : j] + term[j + 1 :] + label
    return x, term


def _summed(x: Any, term: str, wanted: str) -> tuple[Any, str]:
    """An operand summed over the labels that nothing else has."""
    alone = tuple(i for i, label in enumerate(term) if label not in wanted)
    if not alone:
        return x, term
    return sum(x, alone), "".join(label for label in term if label in wanted)


def _contracted(a: Any, m: str, b: Any, n: str, wanted: str) -> tuple[Any, str]:
    """Two operands multiplied, and summed over the labels that only they have."""
    a, m = _summed(a, m, wanted + n)
    b, n = _summed(b, n, wanted + m)
    size = _sizes(a, m, b, n)
    stacked = [c for c in m if c in n and c in wanted]
    summed = [c for c in m if c in n and c not in wanted]
    rows, columns = [c for c in m if c not in n], [c for c in n if c not in m]
    a, b = _spread(a, m, stacked + summed, size), _spread(b, n, stacked + summed, size)
    lead, depth = tuple(size[c] for c in stacked), math.prod(size[c] for c in summed)
    left = reshape.unary(
        transpose.unary(a, tuple(m.index(c) for c in stacked + rows + summed)),
        (*lead, math.prod(size[c] for c in rows), depth),
    )
    right = reshape.unary(
        transpose.unary(b, tuple(n.index(c) for c in stacked + summed + columns)),
        (*lead, depth, math.prod(size[c] for c in columns)),
    )
    term = "".join(stacked + rows + columns)
    return reshape.unary(matmul(left, right), tuple(size[c] for c in term)), term


def _sizes(a: Any, m: str, b: Any, n: str) -> dict[str, int]:
    """The size of each label; an axis of size 1 broadcasts."""
    size = dict(zip(m, a._value.shape, strict=True))
    for label, k in zip(n, b._value.shape, strict=True):
        if size.get(label, 1) not in (1, k) and k != 1:
            raise ValueError(
                f"np.einsum: label {label!r} has size {size[label]} in one operand, {k} in another"
            )
        size[label] = max(size.get(label, 1), k) if k else 0
    return size


def _spread(x: Any, term: str, shared: list[str], size: dict[str, int]) -> Any:
    """An operand with its axes of size 1 broadcast where the other one's are larger."""
    own = x._value.shape
    full = tuple(size[c] if c in shared else k for c, k in zip(term, own, strict=True))
    return x if full == own else broadcast_to.unary(x, full)


functions: dict[Function, Function] = {
    np.dot: dot, np.inner: inner, np.outer: outer, np.vdot: vdot, np.kron: kron,
    np.tensordot: tensordot, np.einsum: einsum,
}  # fmt: skip
