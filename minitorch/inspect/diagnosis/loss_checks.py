"""Checks of the loss: its form, what it compares, what it is before training."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from minitorch.engine.modes import record
from minitorch.faces.interchange import from_numpy
from minitorch.inspect.diagnosis.case import (
    CLASSES,
    REGRESSIONS,
    Case,
    Pair,
    finite,
    shown,
)
from minitorch.inspect.diagnosis.findings import ERROR, NOTE, WARNING
from minitorch.inspect.diagnosis.graphs import MOVES
from minitorch.inspect.diagnosis.registry import Clue, check

# Fresh networks guess at chance or a little worse: their logits have a deviation below 1, which
# adds at most about 0.5; half as much again leaves room for odd initialisations.
FAR, MARGIN = 1.5, 0.5
# A regression that starts far from its targets' mean soon finds it. Only targets that are huge
# beside their own spread make training hard.
FAR_FROM_MEAN, HOPELESS = 1e3, 1e4
LARGE_OUTPUT = 10.0  # fresh layers give numbers of about 1
BOUNDS = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0)}
SLACK = 0.01  # of the targets may lie outside, and by so much: rounding, label smoothing
SUMS_TO_ONE = 1e-3  # how far float32 sums of probabilities are off, and half precision's


@check(ERROR, "the program raised an error")
def raised(case: Case) -> Iterator[Clue]:
    """An error in the forward pass, the loss, the backward pass or the loop, with its line."""
    if case.error is not None:
        phase, message, place, hint, kind = case.error
        first = "mend this first: what comes after it was not examined"
        yield Clue(f"{kind.__name__} in the {phase}: {message}", hint or first, place)


@check(ERROR, "the loss is not one number")
def loss_not_scalar(case: Case) -> Iterator[Clue]:
    """A loss of several numbers, as from reduction='none'."""
    if case.loss_shape:
        yield Clue(
            f"the loss has shape {case.loss_shape}",
            "take its .mean(), or leave out reduction='none'",
        )


@check(ERROR, "the loss is cut off from the model")
def loss_detached(case: Case) -> Iterator[Clue]:
    """A loss through which no gradient reaches any parameter."""
    if case.constant:
        yield Clue(
            case.constant,
            "compute it from the output, without detach(), item(), numpy(), argmax or no_grad()",
        )


@check(ERROR, "labels do not fit the loss")
def labels(case: Case) -> Iterator[Clue]:
    """Labels as floats or one-hot integers, out of range, or probabilities outside of 0 to 1."""
    kind, pair = case.direct_kind(), case.first
    if pair is None:
        yield from _below_zero(case)
        return
    target = pair.target
    if kind in CLASSES and pair.output.ndim > 1:
        yield from _class_labels(kind, pair, getattr(case.loss_fn, "ignore_index", -100))
    elif kind in ("bce", "bce_logits") and target.size and finite(target):
        least, greatest = float(target.min()), float(target.max())
        if least < 0 or greatest > 1:
            yield Clue(
                f"targets range from {shown(least)} to {shown(greatest)}; binary cross entropy "
                "takes probabilities from 0 to 1",
                "encode the two classes as 0. and 1.",
            )


def _below_zero(case: Case) -> Iterator[Clue]:
    """What the loss says of targets that are not to be seen."""
    least = min(case.losses, default=0.0)
    alone = {"logit_cross_entropy", "binary_cross_entropy", "mean", "sum", *MOVES}
    if case.loss_kind() in ("bce", "bce_logits") and least < 0 and alone.issuperset(case.kinds):
        yield Clue(
            f"binary cross entropy went down to {shown(least)}; with targets from 0 to 1 it cannot "
            "be below 0",
            "encode the two classes as 0. and 1.",
        )


def _class_labels(kind: str, pair: Pair, ignored: int) -> Iterator[Clue]:
    output, target, classes = pair.output, pair.target, pair.output.shape[1]
    if target.shape == output.shape and (target.dtype.kind in "iub" or kind == "nll"):
        yield Clue(
            f"targets of shape {target.shape} are one-hot",
            "give class indices of shape (N,): target.argmax(1)",
        )
    elif target.dtype.kind == "f" and target.shape != output.shape:
        yield Clue(
            f"targets of shape {target.shape} are {target.dtype}; class indices are integers",
            "convert them: target.long()",
        )
    elif target.ndim == output.ndim and target.shape[1:2] == (1,) and classes > 1:
        yield Clue(
            f"targets have shape {target.shape} for outputs of shape {output.shape}",
            "give indices without the axis of length 1: target.squeeze(1)",
        )
    elif target.dtype.kind in "iu" and target.size:
        counted = target[target != ignored]
        least, greatest = (int(counted.min()), int(counted.max())) if counted.size else (0, 0)
        if least < 0 or greatest >= classes:
            yield Clue(
                f"class indices range from {least} to {greatest}; the model gives {classes} "
                f"scores, so they must be in 0 … {classes - 1}",
                "count classes from 0" if least == 1 else "give the last layer one output a class",
            )


@check(ERROR, "outputs and targets are broadcast in the loss")
def loss_broadcasts(case: Case) -> Iterator[Clue]:
    """(n, 1) against (n,) in a loss, which compares every output with every target."""
    advice = "bring both to one shape: output.squeeze(-1), or target.unsqueeze(-1)"
    pair = case.first
    given: Any = case.broadcasts[0] if case.broadcasts else None
    if pair is not None and case.direct_kind() in (*REGRESSIONS, "bce", "bce_logits"):
        shapes = pair.output.shape, pair.target.shape
        if shapes[0] != shapes[1] and pair.output.size > 1 and _widens(*shapes):
            given = shapes
    if given:
        n = math.prod(np.broadcast_shapes(*given))
        yield Clue(
            f"the output of shape {tuple(given[0])} met targets of shape {tuple(given[1])}: "
            f"{n} differences are averaged, of every output with every target",
            advice,
        )


def _widens(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    try:
        return math.prod(np.broadcast_shapes(a, b)) > max(math.prod(a), math.prod(b))
    except ValueError:
        return False


@check(ERROR, "wrong activation before the loss")
def activation_before_loss(case: Case) -> Iterator[Clue]:
    """Softmax or sigmoid before a loss that applies its own; or none before one that does not."""
    kind, made, pair = case.loss_kind(), case.fed or case.head, case.first
    sums = pair is not None and case.direct_kind() != "" and _sums_to_one(pair.output)
    at = f"last operation: {made}" if made else ""
    if kind == "cross_entropy" and (made in ("softmax", "sigmoid") or sums):
        evidence = "the outputs are probabilities" + (", each row sums to 1" if sums else "")
        yield Clue(
            f"{evidence}; cross entropy applies log_softmax itself, and learns slowly from "
            "numbers squeezed into 0 … 1",
            "give it the logits: leave out the softmax or sigmoid in the model",
            at,
        )
    elif kind == "cross_entropy" and made == "log_softmax":
        yield Clue(
            "the outputs are log-probabilities; cross entropy applies log_softmax once more, "
            "which changes nothing and costs time",
            "use nll_loss, or leave out the log_softmax",
            at,
            NOTE,
        )
    elif kind == "bce_logits" and made in ("sigmoid", "softmax"):
        yield Clue(
            f"the outputs went through {made}; this loss applies the sigmoid itself",
            "give it the logits, or use BCELoss",
            at,
        )
    elif kind == "bce" and made == "sigmoid" and "sigmoid" in case.kinds:
        yield Clue(
            "the model ends in sigmoid, and the loop applies it once more",
            "leave out one of them, or give the logits to binary_cross_entropy_with_logits",
            at,
        )
    elif kind == "nll" and pair is not None and pair.output.ndim > 1 and finite(pair.output):
        total = float(np.exp(pair.output.astype(np.float64)).sum(axis=1).mean())
        if not math.isclose(total, 1.0, rel_tol=0.02):
            what = "are probabilities" if sums or made == "softmax" else "are no log-probabilities"
            if made == "log_softmax":
                what = "went through log_softmax along another axis than that of the classes"
            yield Clue(
                f"the outputs {what}: exp of a row sums to {shown(total)}, not to 1",
                "end the model with log_softmax(dim=1), or use cross_entropy on the logits",
                at,
            )


def _sums_to_one(output: np.ndarray) -> bool:
    if output.ndim < 2 or output.shape[1] < 2 or output.dtype.kind != "f" or not finite(output):
        return False
    whole = np.abs(output.sum(axis=1, dtype=np.float64) - 1).max(initial=0) < SUMS_TO_ONE
    return bool(whole and output.min(initial=0) >= 0 and output.shape[0] > 1)


@check(WARNING, "ReLU before the loss")
def relu_before_loss(case: Case) -> Iterator[Clue]:
    """A last layer that cannot give the negative numbers that the loss asks for."""
    kind, pair = case.loss_kind(), case.first
    if case.head != "relu" and case.fed != "relu":
        return
    advice = "leave out the ReLU after the last layer"
    if kind in (*CLASSES, "bce_logits"):
        yield Clue("the model ends in ReLU, so no logit can be below 0", advice)
    elif kind in REGRESSIONS and pair is not None and pair.target.size and pair.target.min() < 0:
        share = float((pair.target < 0).mean())
        yield Clue(f"the model ends in ReLU, but {share:.0%} of the targets are below 0", advice)


@check(WARNING, "targets out of the model's reach")
def targets_out_of_reach(case: Case) -> Iterator[Clue]:
    """A last sigmoid, tanh or softmax that cannot give what a regression asks for."""
    pair, bounds = case.first, BOUNDS.get(case.head)
    if bounds is None or pair is None or case.loss_kind() not in REGRESSIONS:
        return
    low, high = bounds
    if pair.target.size and pair.target.dtype.kind in "fiu" and finite(pair.target):
        share = float(((pair.target < low - SLACK) | (pair.target > high + SLACK)).mean())
        if share > SLACK:
            least, most = shown(float(pair.target.min())), shown(float(pair.target.max()))
            yield Clue(
                f"the model ends in {case.head}, which gives {low:g} … {high:g}; {share:.0%} of "
                f"the targets, from {least} to {most}, lie outside",
                f"leave out the {case.head}, or scale the targets to {low:g} … {high:g}",
            )


@check(WARNING, "initial loss far from what is expected")
def initial_loss(case: Case) -> Iterator[Clue]:
    """A first loss well above that of outputs that know nothing: ln C, ln 2, the variance."""
    kind, pair, expected = case.loss_kind(), case.first, ignorant_loss(case)
    if expected is None or expected <= 0:
        return
    if pair is None:
        if case.losses and math.isfinite(case.losses[0]):
            yield from _beside_chance(case.losses[0], expected, case.classes)
        return
    if not math.isfinite(pair.loss):
        return
    if kind in REGRESSIONS:
        ratio = pair.loss / expected
        if ratio > FAR_FROM_MEAN:
            mean, deviation = float(pair.target.mean()), float(pair.target.std())
            size = float(np.abs(pair.output).max())
            large = size > max(10 * float(np.abs(pair.target).max()), LARGE_OUTPUT)
            tiny = size <= LARGE_OUTPUT and mean**2 + deviation**2 < 1  # and soon found
            smaller = "initialise with smaller weights, or normalise the inputs"
            yield Clue(
                f"it is {shown(pair.loss)}; to predict the mean of the targets gives "
                f"{shown(expected)} (targets: mean {shown(mean)}, deviation {shown(deviation)})",
                smaller if large else "standardise the targets: (y - y.mean()) / y.std()",
                severity=None if ratio > HOPELESS and not tiny else NOTE,
            )
        return
    wide = pair.output.ndim > 1 and kind in CLASSES
    classes = case.classes or (pair.output.shape[1] if wide else 2)
    yield from _beside_chance(pair.loss, expected, classes)


def _beside_chance(loss: float, expected: float, classes: int) -> Iterator[Clue]:
    chance = math.log(max(classes, 2))
    if loss > FAR * expected + MARGIN * expected / chance:
        named = f" (ln {classes})" if math.isclose(expected, chance, rel_tol=0.01) else ""
        yield Clue(
            f"it is {shown(loss)}; equal scores for all {classes} classes give {shown(expected)}"
            f"{named}",
            "the outputs start too large: initialise the last layer with smaller weights, or "
            "normalise the inputs",
        )


def ignorant_loss(case: Case) -> float | None:
    """What the loss is for outputs that are the same for all samples; None if it is not known."""
    kind, pair = case.loss_kind(), case.first
    if pair is None:
        alone = case.kinds == ["cross_entropy"] and case.classes > 1
        return math.log(case.classes) if alone else None
    output = np.zeros_like(pair.output)
    if kind in REGRESSIONS and pair.target.dtype.kind == "f" and finite(pair.target):
        output += pair.target.mean() if kind == "mse" else np.median(pair.target)
    elif kind == "nll":
        output -= math.log(pair.output.shape[1]) if pair.output.ndim > 1 else 0
    elif kind == "bce":
        output += 0.5
    elif kind not in ("cross_entropy", "bce_logits"):
        return None
    before = record(False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loss = case.loss_fn(from_numpy(output), from_numpy(pair.target.copy()))
        expected = float(loss._value.mean())
        return expected if math.isfinite(expected) else None
    except Exception:  # a loss that takes more than tensors, or raises on these
        return None
    finally:
        record(before)
