"""`numpy.einsum` on boxes: sums of products that subscripts describe.

Two operands at a time, each pair is one stack of matrix products between transposes and reshapes;
the pairs are taken from left to right or, with `optimize=`, in the order that NumPy plans.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.numpy.operands import face_among, into, joined, numpy_dtype
from minitorch.faces.numpy.reductions import sum
from minitorch.faces.numpy.shaping import diagonal
from minitorch.faces.operands import to_dtype
from minitorch.ops import linalg
from minitorch.ops.shape import broadcast_to, reshape, transpose

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

Shape = tuple[int, ...]
Part = tuple[Any, str]  # an operand and a letter for each of its axes


def einsum(*operands: Any, out: Any = None, optimize: Any = False, dtype: Any = None,
           order: str = "K", casting: str = "safe") -> Any:  # fmt: skip
    """`numpy.einsum`: subscripts as text or as lists of numbers, ellipsis and diagonals included.

    Example:
        >>> x = np.arange(6.0).reshape(2, 3)
        >>> minitorch.grad(lambda x: np.einsum("ij,ij->", x, x))(x)
        array([[ 0.,  2.,  4.],
               [ 6.,  8., 10.]])
    """
    if not isinstance(operands[0], str):
        operands = _spelled(operands)
    text, *arrays = operands
    face = face_among(*arrays, out)
    terms, result = _subscripts(text, tuple([np.ndim(x) for x in arrays]))
    boxes = joined(*arrays, face=face)
    if dtype is not None:
        target = numpy_dtype(dtype)
        if not all(np.can_cast(x._value.dtype, target, casting) for x in boxes):  # type: ignore[arg-type]
            raise TypeError(f"np.einsum: operands can't be cast to {target} by rule {casting!r}")
        boxes = [to_dtype(x, target) for x in boxes]
    parts = [_once(x, term) for x, term in zip(boxes, terms, strict=True)]
    for step in _plan(terms, result, boxes, optimize):
        taken = [parts[i] for i in step]
        parts = [part for i, part in enumerate(parts) if i not in step]
        parts.append(_product(taken, result + "".join(term for _, term in parts)))
    x, term = parts[0]
    if term != result:
        x = transpose.unary(x, tuple(term.index(label) for label in result))
    return into(out, x, "einsum")


def _plan(terms: list[str], result: str, boxes: list[Box], optimize: Any) -> list[tuple[int, ...]]:
    """Which operands to contract in each step; what they give goes to the end of the list."""
    if optimize is False or len(boxes) < 3:
        return [tuple(range(len(boxes)))]
    forms = [np.broadcast_to(np.empty(()), x._value.shape) for x in boxes]
    path = np.einsum_path(",".join(terms) + "->" + result, *forms, optimize=optimize)[0]
    return path[1:]


def _product(parts: list[Part], wanted: str) -> Part:
    """Some operands contracted, from left to right, to one that has only labels still wanted."""
    x, term = parts[0]
    for i, (other, labels) in enumerate(parts[1:], 2):
        later = wanted + "".join(term for _, term in parts[i:])
        x, term = _contracted(x, term, other, labels, later)
    return _summed(x, term, wanted)


def _spelled(operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The call with lists of numbers, `einsum(a, [0, 1], b, [1], [0])`, as one with letters."""

    def letters(labels: Any) -> str:
        return "".join("..." if i is Ellipsis else LETTERS[i - 26] for i in labels)

    arrays, lists = operands[: len(operands) // 2 * 2 : 2], operands[1::2]
    text = ",".join(letters(labels) for labels in lists)
    if len(operands) % 2:
        text += "->" + letters(operands[-1])
    return (text, *arrays)


@functools.lru_cache(maxsize=1000)
def _subscripts(text: str, ranks: tuple[int, ...]) -> tuple[list[str], str]:
    """A letter for each axis of the operands and of the result; an ellipsis takes spare ones."""
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
    left, right, sizes, term = _layout(m, tuple(a._value.shape), n, tuple(b._value.shape), wanted)
    y = linalg.matmul.binary(_brought(a, *left), _brought(b, *right))
    return y if y._value.shape == sizes else reshape.unary(y, sizes), term


@functools.lru_cache(maxsize=1000)
def _layout(m: str, own_a: Shape, n: str, own_b: Shape, wanted: str) -> tuple[Any, ...]:
    """How to bring two operands to stacks of matrices, and the shape and labels of the product."""
    size = _sizes(m, own_a, n, own_b)
    stacked = [c for c in m if c in n and c in wanted]
    summed = [c for c in m if c in n and c not in wanted]
    rows, columns = [c for c in m if c not in n], [c for c in n if c not in m]
    full_a, full_b = (
        tuple(size[c] if c in stacked + summed else k for c, k in zip(term, own, strict=True))
        for term, own in ((m, own_a), (n, own_b))
    )
    lead, depth = tuple(size[c] for c in stacked), math.prod(size[c] for c in summed)
    left = (
        full_a,
        tuple(m.index(c) for c in stacked + rows + summed),
        (*lead, math.prod(size[c] for c in rows), depth),
    )
    right = (
        full_b,
        tuple(n.index(c) for c in stacked + summed + columns),
        (*lead, depth, math.prod(size[c] for c in columns)),
    )
    term = "".join(stacked + rows + columns)
    return left, right, tuple(size[c] for c in term), term


def _brought(x: Any, full: Shape, order: Shape, sizes: Shape) -> Any:
    """`x` broadcast, with its axes in another order, in another shape."""
    return laid(x if x._value.shape == full else broadcast_to.unary(x, full), order, sizes)


def laid(x: Any, order: tuple[int, ...], sizes: tuple[int, ...]) -> Any:
    """`x` with its axes in another order, then in another shape."""
    if order != tuple(range(len(order))):
        x = transpose.unary(x, order)
    return x if x._value.shape == sizes else reshape.unary(x, sizes)


def _sizes(m: str, own_a: Shape, n: str, own_b: Shape) -> dict[str, int]:
    """The size of each label; an axis of size 1 broadcasts."""
    size = dict(zip(m, own_a, strict=True))
    for label, k in zip(n, own_b, strict=True):
        if size.get(label, 1) not in (1, k) and k != 1:
            raise ValueError(
                f"np.einsum: label {label!r} has size {size[label]} in one operand, {k} in another"
            )
        if size.get(label, 1) == 1:
            size[label] = k
    return size
