"""Shapes that do not fit each other."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from minitorch.errors.known import hint, numbers, sizes, tensors

if TYPE_CHECKING:
    from minitorch.errors.lesson import Lesson


def factors(a: Any, b: Any) -> str | None:
    """How two matrices could be multiplied."""
    x, y = sizes(a), sizes(b)
    if len(y) > 1 and x[-1] == y[-1]:
        turned = "b.T" if len(y) == 2 else "b.mT"
        return f"the second one seems to be transposed: a @ {turned} is {[*x[:-1], y[-2]]}"
    if len(x) > 1 and len(y) > 1 and x[-2] == y[-2]:
        turned = "a.T" if len(x) == 2 else "a.mT"
        return f"the first one seems to be transposed: {turned} @ b is {[*x[:-2], x[-1], y[-1]]}"
    if len(x) > 1 and len(y) > 1 and y[-1] == x[-2]:
        return f"the order seems to be the other one: b @ a is {[*y[:-1], x[-1]]}"
    return None


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
    r"Expected sizes like (\[.*?\]) but got (\[.*?\])"
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
    return f"its {count} elements are of shape {have}"
