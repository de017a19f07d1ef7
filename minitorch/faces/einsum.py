"""torch.einsum: sums of products that subscripts describe."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from minitorch.engine.box import Box
from minitorch.engine.node import Node, titled
from minitorch.faces.elementwise import same_dtype
from minitorch.faces.numpy.einsum import LETTERS
from minitorch.faces.numpy.einsum import einsum as computed
from minitorch.faces.operands import box_of
from minitorch.ops.shape import reshape

Function = Callable[..., Any]


# of nodes, where PyTorch comes to the same result by another operation last
TITLES = {"MmBackward0": "ViewBackward0", "SumBackward0": "SumBackward1"}


def einsum(*args: Any) -> Any:
    """Sums of products of tensors along dimensions named by letters.

    `einsum("ij,jk->ik", a, b)`, or with lists of numbers, `einsum(a, [0, 1], b, [1, 2], [0, 2])`.
    A letter that an operand has twice is its diagonal; `...` stands for dimensions that broadcast.
    Without `->` the result has the letters that occur once, in alphabetical order. Three or more
    operands are multiplied in the order that NumPy plans.

    Example:
        >>> torch.einsum("ij,j->i", torch.eye(2), torch.tensor([1., 2.]))
        tensor([1., 2.])
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one "
            "operand and its subscripts list"
        )
    equation, operands = _spelled(args) if isinstance(args[0], Box) else (args[0], args[1:])
    if not isinstance(equation, str):
        raise TypeError(
            f"einsum(): argument 'equation' (position 1) must be str, not {type(equation).__name__}"
        )
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = tuple(operands[0])
    boxes = [box_of(x, "einsum(): argument 'operands'") for x in operands]
    _check(equation.replace(" ", ""), tuple(x._value.ndim for x in boxes))
    _same_sizes(equation.replace(" ", ""), boxes)
    dtypes = {x._value.dtype for x in boxes}
    if len(dtypes) > 1:
        raise RuntimeError(
            "einsum(): expected operands of one dtype, found "
            f"{', '.join(sorted(map(str, dtypes)))}: convert them with .to(dtype)"
        )
    y = computed(equation, *boxes, optimize="greedy" if len(boxes) > 2 else False)
    if any(y is x for x in boxes):
        return reshape.unary(y, y._value.shape)
    node = y._node
    return titled(y, TITLES.get(node.name(), node.name())) if type(node) is Node else y


def _spelled(args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """A call with lists of numbers as an equation and its operands."""

    def letters(labels: Any) -> str:
        text = ""
        for label in labels:
            if label is not Ellipsis and not 0 <= label < 52:
                raise ValueError(
                    "einsum(): subscript in subscript list is not within the valid range [0, 52)"
                )
            text += "..." if label is Ellipsis else LETTERS.swapcase()[label]  # capitals first
        return text

    pairs = len(args) // 2
    equation = ",".join(letters(labels) for labels in args[1 : 2 * pairs : 2])
    if len(args) % 2:
        equation += "->" + letters(args[-1])
    return equation, args[: 2 * pairs : 2]


@functools.lru_cache(maxsize=1000)
def _check(equation: str, ranks: tuple[int, ...]) -> None:
    """Refuse what PyTorch refuses of an equation."""
    left, arrow, right = equation.partition("->")
    for place, symbol in enumerate(equation):
        inside = symbol in LETTERS or symbol in ".,"
        if not inside and not (arrow and place in (len(left), len(left) + 1)):
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {place} in the equation string, "
                "subscripts must be in [a-zA-Z]"
            )
    terms = left.split(",")
    if len(terms) != len(ranks):
        which = "fewer" if len(ranks) < len(terms) else "more"
        raise RuntimeError(
            f"einsum(): {which} operands were provided than specified in the equation: "
            f"{equation!r} names {len(terms)}, given {len(ranks)}"
        )
    for i, (term, rank) in enumerate(zip(terms, ranks, strict=True)):
        _check_term(i, term, rank)
    own = right.replace("...", "", 1)
    if "." in own:
        raise RuntimeError("einsum(): found '.' for output but an ellipsis (...) was already found")
    for letter in own:
        if own.count(letter) > 1:
            raise RuntimeError(
                f"einsum(): output subscript {letter} appears more than once in the output"
            )
        if letter not in left:
            raise RuntimeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any "
                "input operand"
            )


def _check_term(i: int, term: str, rank: int) -> None:
    letters = term.replace("...", "", 1)
    if "." in letters:
        raise RuntimeError(f"einsum(): found '.' for operand {i} that is not part of any ellipsis")
    if len(letters) > rank or (letters == term and len(letters) < rank):
        dots = "" if letters != term else " and no ellipsis was given"
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({len(letters)}) "
            f"{'is more than' if dots == '' else 'does not match'} the number of dimensions "
            f"({rank}) for operand {i}{dots}"
        )


def _same_sizes(equation: str, boxes: list[Box]) -> None:
    """Refuse letters of which operands differ in size."""
    sizes: dict[str, int] = {}
    for i, (term, x) in enumerate(zip(equation.split("->")[0].split(","), boxes, strict=True)):
        before, dots, after = term.partition("...")
        shape = x._value.shape
        named = [*zip(before, shape, strict=False)]
        named += [*zip(after, shape[len(shape) - len(after) :], strict=True)] if dots else []
        own: dict[str, int] = {}
        for letter, n in named:
            if own.setdefault(letter, n) != n:
                raise RuntimeError(
                    f"einsum(): subscript {letter} is repeated for operand {i} but the sizes don't "
                    f"match, {n} != {own[letter]}"
                )
            if 1 not in (n, sizes.get(letter, 1)) and sizes[letter] != n:
                raise RuntimeError(
                    f"einsum(): subscript {letter} has size {n} for operand {i} which does not "
                    f"broadcast with previously seen size {sizes[letter]}"
                )
            sizes[letter] = n if sizes.get(letter, 1) == 1 else sizes[letter]


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """input1 @ weight[k] @ input2 + bias[k] along the last dimensions, for each k."""
    a, b, w = (
        box_of(x, f"bilinear(): argument '{name}'")
        for x, name in ((input1, "input1"), (input2, "input2"), (weight, "weight"))
    )
    m, n, sizes = a._value.shape, b._value.shape, w._value.shape
    if len(m) != len(n) or m[:-1] != n[:-1]:
        raise RuntimeError(
            f"bilinear(): input batch dimensions do not match: got {list(m)} and {list(n)}"
        )
    if not sizes:
        raise IndexError("Dimension specified as 1 but tensor has no dimensions: bilinear's weight")
    if len(sizes) != 3 or not m or (m[-1], n[-1]) != sizes[1:]:
        raise RuntimeError(
            f"bilinear(): input1 and input2 sizes do not match weight size: got {list(m)} and "
            f"{list(n)}, weight {list(sizes)}"
        )
    y = einsum("...i,kij,...j->...k", a, w, b)
    if bias is None:
        return y
    extra = box_of(bias, "bilinear(): argument 'bias'")
    same_dtype("bilinear", a, extra)
    if extra._value.shape != sizes[:1]:
        raise RuntimeError(
            f"bilinear(): bias must have one number for each output, {list(sizes[:1])}, but has "
            f"shape {list(extra._value.shape)}"
        )
    return y + bias


functions: dict[str, Function] = {"einsum": einsum, "bilinear": bilinear}
functions_only = ("einsum", "bilinear")
