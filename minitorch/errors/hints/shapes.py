"""Shapes that do not fit each other."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.errors.known import always, hint, numbers, sizes, tensors

if TYPE_CHECKING:
    from minitorch.errors.lesson import Lesson


def factors(a: Any, b: Any) -> str | None:
    """How two matrices could be multiplied."""
    x, y = sizes(a), sizes(b)
    turned = (x[:-2] + x[:-3:-1], y[:-2] + y[:-3:-1])
    first, second = ("T" if len(shape) == 2 else "mT" for shape in (x, y))
    for said, how, one, other in (
        ("the second one seems to be transposed", f"a @ b.{second}", x, turned[1]),
        ("the first one seems to be transposed", f"a.{first} @ b", turned[0], y),
        ("the order seems to be the other one", "b @ a", y, x),
    ):
        result = _product(one, other)
        if result is not None:
            return f"{said}: {how} is {result}"
    return None


def _product(x: list[int], y: list[int]) -> list[int] | None:
    """The shape of a matrix product, if there is one."""
    if x[-1] != y[-2:][0]:
        return None
    try:
        batch = np.broadcast_shapes(tuple(x[:-2]), tuple(y[:-2]))
    except ValueError:
        return None
    return [*batch, *x[-2:-1], *(y[-1:] if len(y) > 1 else [])]


@hint(r"Expected size for first two dimensions of batch2 tensor")
def batchedfactors(lesson: Lesson, match: re.Match[str]) -> str | None:
    """bmm: another batch, or a transposed matrix."""
    a, b = tensors(lesson)[:2]
    if a.shape[0] != b.shape[0]:
        return f"the batches differ, {a.shape[0]} and {b.shape[0]}; matmul broadcasts a batch of 1"
    return factors(a, b)


@hint(r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)")
def broadcasting(lesson: Lesson, match: re.Match[str]) -> str | None:
    """A row where a column was meant."""
    if lesson.operation == "matmul":  # it is about the batches, the dimensions before the last two
        return None
    shapes = [sizes(x) for x in tensors(lesson)[:2]]
    if len(shapes) < 2 and (found := re.search(r"shapes (\[.*?\]), (\[.*?\])", lesson.message)):
        shapes = [numbers(found[1]), numbers(found[2])]
    a, b = shapes
    for which, x, y in (("second", a, b), ("first", b, a)):
        if 0 < len(y) < len(x) and y == x[: len(y)]:
            dots = "[" + ":, " * len(y) + ", ".join(["None"] * (len(x) - len(y))) + "]"
            wide = [*y, *[1] * (len(x) - len(y))]
            return f"sizes are compared from the last one on: the {which} one{dots} is {wide}"
    if sorted(a) == sorted(b) and len(a) == 2:
        return "one of them seems to be transposed: x.T"
    return None


@hint(
    r"Sizes of tensors must match except in dimension (\d+)\. "
    r"Expected size .* in the list: (\[.*?\]) and (\[.*?\])"
)
def joined(lesson: Lesson, match: re.Match[str]) -> str | None:
    """cat along another dimension than the one that differs."""
    at, first, other = int(match[1]), numbers(match[2]), numbers(match[3])
    differing = [i for i, (a, b) in enumerate(zip(first, other, strict=True)) if a != b]
    if len(differing) == 1:
        return (
            f"they differ in dimension {differing[0]} only: cat(…, dim={differing[0]}) joins them"
        )
    if sorted(first) == sorted(other):
        return "one of them seems to be transposed"
    return f"they differ in dimensions {differing}, and {at} is the only one that may"


@hint(r"stack expects each tensor to be equal size, but got (\[.*?\]) at entry 0 and (\[.*?\])")
def stacked(lesson: Lesson, match: re.Match[str]) -> str:
    """Examples of different length in a batch."""
    if any("collate" in frame.f_code.co_name for frame, _ in lesson.steps):
        return (
            "the examples of a batch differ in shape: bring them to one in the data set, or give "
            "the DataLoader a collate_fn that pads them (nn.utils.rnn.pad_sequence)"
        )
    return "torch.cat joins tensors along a dimension they have; nn.utils.rnn.pad_sequence pads"


@hint(r"shape '(\[.*?\])' is invalid for input of size (\d+)")
def viewed(lesson: Lesson, match: re.Match[str]) -> str | None:
    """A size that does not hold all elements."""
    wanted, count = numbers(match[1]), int(match[2])
    have = sizes(tensors(lesson)[0]) if tensors(lesson) else []
    if have and len(wanted) > 1 and wanted[0] == -1 and have[0] and count % have[0] == 0:
        return f"each of the {have[0]} examples has {count // have[0]} elements, not {wanted[1:]}"
    for i in range(len(wanted) - 1, -1, -1):
        rest = math.prod(wanted[:i] + wanted[i + 1 :])
        if len(wanted) > 1 and rest > 0 and count % rest == 0:
            fits = [*wanted[:i], count // rest, *wanted[i + 1 :]]
            free = ", ".join(map(str, [*wanted[:i], -1, *wanted[i + 1 :]]))
            return f"{fits} would hold all {count} elements; ({free}) lets the size be computed"
    return None


@hint(r"^Index tensor must have the same number of dimensions as input tensor")
def gathered(lesson: Lesson, match: re.Match[str]) -> str | None:
    """One index for each row, as of the actions that were taken."""
    x, dim, index = (lesson.given[name] for name in ("input", "dim", "index"))
    if index.ndim == x.ndim - 1 and sizes(index) == [n for i, n in enumerate(x.shape) if i != dim]:
        return (
            f"index.unsqueeze({dim}) has a place for it, and squeeze({dim}) takes that away again"
        )
    return None


@hint(r"^Input and output must have the same number of spatial dimensions")
def resized(lesson: Lesson, match: re.Match[str]) -> str | None:
    """An image without a batch."""
    x = sizes(tensors(lesson)[0])
    return f"a batch is (batch, channels, …): input[None] is {[1, *x]}" if len(x) == 3 else None


always(
    r"^only one element tensors can be converted to Python scalars: this one in a list",
    "torch.stack joins tensors of one shape along a new dimension, torch.cat along one they have",
)
