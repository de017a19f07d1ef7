"""Losses of scores and targets that do not fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from minitorch.errors import wording
from minitorch.errors.known import always, hint, sizes, tensors
from minitorch.errors.matching import same_size

if TYPE_CHECKING:
    import re

    from minitorch.errors.lesson import Lesson


def _scores(lesson: Lesson) -> tuple[Any, Any]:
    values = tensors(lesson)
    return values[0], values[1]


@hint(r"expected target dtype to be Long or Byte, but got")
def labels(lesson: Lesson, match: re.Match[str]) -> str | None:
    """Labels as floats or small integers; scores where labels belong."""
    scores, target = _scores(lesson)
    if target.ndim > 1 and target.ndim == scores.ndim:
        return (
            "the target has the dimensions of scores: class indices are "
            f"{sizes(scores)[:1] + sizes(scores)[2:]}; of one-hot rows, target.argmax(1)"
        )
    return "labels are the classes' numbers, as int64: target.long()"


@hint(r"Expected floating point type for target with class probabilities, got")
def one_hot(lesson: Lesson, match: re.Match[str]) -> str:
    """One-hot labels as integers."""
    return "of one-hot rows, give the classes' numbers, target.argmax(1), or floats, target.float()"


@hint(r"Target (-?\d+) is out of bounds\. With (\d+) classes")
def out_of_bounds(lesson: Lesson, match: re.Match[str]) -> str:
    """Labels from 1 on, too few outputs, one for what is unknown."""
    count, target = int(match[2]), _scores(lesson)[1]
    least, most = int(target.min()), int(target.max())
    said = f"with {count} classes labels are 0 to {count - 1}, the given ones are {least} to {most}"
    if least == 1 and most == count:
        return f"{said}: they seem to count from 1; take target - 1"
    if count == 1:
        return (
            f"{said}: the last layer needs {most + 1} outputs"
            + "; with one output the loss of two classes is binary_cross_entropy_with_logits"
            * (most == 1)
        )
    if most >= count:
        return f"{said}: the last layer needs {most + 1} outputs"
    return f"{said}: for labels that count for nothing pass ignore_index={int(match[1])}"


@hint(r"0D or 1D target tensor expected, multi-target not supported")
def columns(lesson: Lesson, match: re.Match[str]) -> str | None:
    """Labels as a column, or one-hot of other width."""
    scores, target = _scores(lesson)
    if sizes(target)[1:] == [1]:
        return f"labels are {sizes(target)[:1]}: target.squeeze(1)"
    said = f"labels are one number an example, {sizes(scores)[:1]}"
    if lesson.operation not in ("cross_entropy", "nll_loss", "multi_margin_loss"):
        return said
    return f"{said}; of one-hot rows, target.argmax(1)"


@hint(r"Expected target size (\[.*?\]), got (\[.*?\])")
def classes_last(lesson: Lesson, match: re.Match[str]) -> str | None:
    """Sequences' scores with the classes last."""
    scores, target = _scores(lesson)
    shape = sizes(scores)
    if sizes(target) == shape[:-1]:
        move = "transpose(1, 2)" if len(shape) == 3 else "movedim(-1, 1)"
        return f"the classes are dimension 1 of the scores: {next(iter(lesson.given))}.{move}"
    wanted = shape[:1] + shape[2:]
    for i, n in ((1, 1), (1, shape[1]), (target.ndim - 1, shape[1])):
        if sizes(target) == [*wanted[:i], n, *wanted[i:]]:
            how = f"squeeze({i})" if n == 1 else f"argmax({i})"
            return f"labels are the classes' numbers, of shape {wanted}: target.{how}"
    return "scores are (batch, classes, …), labels (batch, …)"


@hint(r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)")
def batches(lesson: Lesson, match: re.Match[str]) -> str | None:
    """A batch that was flattened into features or the other way round."""
    a, b = int(match[1]), int(match[2])
    scores, target = _scores(lesson)
    if target.ndim == 1 and scores.ndim == 3 and math.prod(scores.shape[:2]) == b:
        return f"{next(iter(lesson.given))}.flatten(0, 1) has a row for each label"
    if target.ndim == 2 and math.prod(target.shape) == a:
        return "target.flatten() has a label for each row of scores"
    if (b and a % b == 0) or (a and b % a == 0):
        return (
            "a view or reshape on the way seems to have mixed batch and features, or scores and "
            "labels are of two batches"
        )
    return "there is one label for each row of scores: are both of one batch?"


@hint(r"\"log_softmax_lastdim_kernel_impl\" not implemented for '(\w+)'")
def swapped(lesson: Lesson, match: re.Match[str]) -> str | None:
    """Loss functions take the scores first."""
    values = tensors(lesson)
    if len(values) > 1 and wording.dtype_name(values[1]).startswith("float"):
        return "the scores come first, then the labels: they seem to be swapped"
    return "scores are floats: give the loss what the model returns, not an argmax of it"


@hint(r"Using a target size \(torch.Size\((\[.*?\])\)\) that is different to the input size")
def sizes_of_loss(lesson: Lesson, match: re.Match[str]) -> str | None:
    """(n,) against (n, 1) in binary_cross_entropy."""
    return same_size(*(sizes(x) for x in _scores(lesson)))


@hint(r"Target size \(torch.Size\(.*?\)\) must be the same as input size")
def sizes_of_logits(lesson: Lesson, match: re.Match[str]) -> str | None:
    """(n,) against (n, 1) in binary_cross_entropy_with_logits, or outputs for each class."""
    x, target = (sizes(x) for x in _scores(lesson))
    if len(x) == 2 and x[1] > 1 and target in (x[:1], [x[0], 1]):
        return f"of {x[1]} outputs one class is chosen with cross_entropy, of class numbers (int64)"
    return same_size(x, target)


always(
    r"all elements of input should be between 0 and 1: binary_cross_entropy\(\) got nan",
    "NaN comes from before the loss: minitorch.inspect.doctor finds where it was born",
)
always(
    r"all elements of input should be between 0 and 1",
    "binary_cross_entropy takes probabilities; these seem to be logits: take "
    "binary_cross_entropy_with_logits (nn.BCEWithLogitsLoss), or sigmoid before the loss",
)
always(
    r"[Ff]ound dtype Long but expected Float|can't be cast to the desired output type Long",
    "targets of this loss are floats: target.float()",
)
