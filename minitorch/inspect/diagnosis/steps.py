"""Checks of a training loop: zero_grad, backward, step, modes, and how the loss goes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from minitorch.inspect.diagnosis.case import DROPOUTS, Case, several, shown
from minitorch.inspect.diagnosis.findings import ERROR, NOTE, WARNING
from minitorch.inspect.diagnosis.loss_checks import ignorant_loss
from minitorch.inspect.diagnosis.registry import Clue, check
from minitorch.nn.modules.module import Module

FEW, MANY = 10, 50  # steps that tell of a learning rate, and of a loss that does not fall
# A step usually changes weights by a thousandth; Adam's first ones in a small net by a tenth.
# Where a step is a fifth of the weights and the loss does not fall, it is the steps.
# A step as large as the weights themselves throws away what they were.
LARGE_STEP, WHOLE = 0.2, 1.0
SMALL_STEP = 1e-5  # less than this, and ten thousand steps change a weight by a tenth
FADED = 1e-3  # of the largest rate: a schedule that is there in the half of its way ended early
DIVERGED = 3.0  # times the first losses: further than noise between batches goes
SINGULAR = {"log", "sqrt", "divide", "power"}
FLAT = 0.01  # a loss that has moved by less than this part of it has not moved at all
SAME = 0.95  # a loss that is still so much of the first has not fallen


@check(ERROR, "zero_grad forgotten")
def zero_grad_forgotten(case: Case) -> Iterator[Clue]:
    """Gradients that a step has used and that the next backward pass is added to."""
    norms = case.uncleared
    if norms:
        growth = f" (|g| {shown(norms[0])} → {shown(norms[-1])})" if len(norms) > 1 else ""
        names = sorted(case.uncleared_names)
        yield Clue(
            f"gradients of {len(names)} parameters were summed over {len(norms) + 1} steps without "
            f"being cleared{growth}",
            "call optimizer.zero_grad() before backward()",
            several(names),
        )


@check(ERROR, "step without backward")
def step_without_backward(case: Case) -> Iterator[Clue]:
    """A step for which no gradient was computed, or that uses those of the step before."""
    if case.cleared:
        yield Clue(
            f"at {case.cleared} of {case.steps} steps the gradients were gone: zero_grad() was "
            "called between backward() and step()",
            "call zero_grad() before backward(), or after step()",
        )
    elif case.empty and not (case.forwards or case.backwards):
        yield Clue(
            f"{case.steps} steps were made, but the model itself was never called",
            "call in the loop the model that the optimizer was made for",
        )
    elif case.empty and not case.constant:
        yield Clue(
            f"at {case.empty} of {case.steps} steps no parameter had a gradient",
            "call loss.backward() before optimizer.step()",
        )
    if case.stale:
        yield Clue(
            f"{case.stale} of {case.steps} steps used the gradients of the step before, with no "
            "backward() between",
            "call loss.backward() before each optimizer.step()",
        )


@check(WARNING, "backward without step")
def backward_without_step(case: Case) -> Iterator[Clue]:
    """Gradients that nothing is done with."""
    used = case.steps or case.others or case.changed or case.error is not None
    if case.watched and case.backwards > 1 and not used:
        yield Clue(
            f"{case.backwards} backward passes, and no parameter has changed",
            "call optimizer.step() after backward()",
        )


@check(WARNING, "optimizer made anew in the loop")
def new_optimizers(case: Case) -> Iterator[Clue]:
    """An optimizer for each step, whose averages and momentum are lost."""
    count = len(case.optimizers)
    held = [id(p) for p in case.held()]
    # one for each parameter is another thing: these share none
    shared = len(held) > 0.8 * count * len(set(held))
    if case.steps >= FEW and count > 0.8 * case.steps and shared and case.optimizers[-1].state:
        yield Clue(
            f"{case.steps} steps were made by {count} optimizers of the same parameters",
            "make the optimizer once, before the loop: it remembers momentum and averages",
        )


@check(WARNING, "eval() forgotten")
def eval_forgotten(case: Case) -> Iterator[Clue]:
    """An evaluation under no_grad with dropout or batch norm in training mode."""
    sensitive = [case.name(module) for module in case.sensitive()]
    if case.loud and case.backwards and sensitive:
        yield Clue(
            f"{case.loud} of {case.silent} evaluations under no_grad ran in training mode: "
            + _effects(case, "dropout drops there", "batch norm learns from what it is tested on"),
            "call model.eval() before evaluating and model.train() after it",
            several(sensitive),
        )


@check(WARNING, "train() forgotten")
def train_forgotten(case: Case) -> Iterator[Clue]:
    """Training in evaluation mode, where dropout and batch norm do not do their work."""
    if not (case.watched and case.steps and case.untrained):
        return
    sensitive = [module for module in case.sensitive() if not _is_frozen_norm(module)]
    # one that has learned its statistics before is often kept as it is while it is fine-tuned
    always = case.untrained == case.backwards
    meant = always and all(getattr(m, "num_batches_tracked", None) for m in sensitive)
    if sensitive:
        yield Clue(
            f"{case.untrained} of {case.backwards} backward passes were of a model in evaluation "
            "mode: " + _effects(case, "dropout is off", "batch norm keeps old statistics"),
            "call model.train() before training, each time after model.eval()",
            several([case.name(module) for module in sensitive]),
            NOTE if meant else None,
        )


def _effects(case: Case, of_dropout: str, of_norm: str) -> str:
    """What a wrong mode does, of the kinds of layers that are there."""
    kinds = {isinstance(module, DROPOUTS) for module in case.sensitive()}
    return ", and ".join(
        text for kind, text in ((True, of_dropout), (False, of_norm)) if kind in kinds
    )


def _is_frozen_norm(module: Module) -> bool:
    """Whether it is batch norm that is not trained, which is kept in evaluation mode on purpose."""
    return not isinstance(module, DROPOUTS) and not any(
        p.requires_grad for p in module.parameters()
    )


@check(WARNING, "batch norm of a single sample")
def batch_of_one(case: Case) -> Iterator[Clue]:
    """Batch norm in training on batches of one, which it normalises to nothing."""
    for layer in case.layers.values():
        if layer.lone and layer.module is not None:
            yield Clue(
                f"{layer.lone} of {layer.calls} batches had one sample, whose own mean is "
                "subtracted from it",
                "use larger batches, drop_last=True in the DataLoader, or group norm",
                case.name(layer.module),
                None if layer.lone == layer.calls else NOTE,
            )


@check(WARNING, "learning rate too large")
def learning_rate_too_large(case: Case) -> Iterator[Clue]:
    """Large steps under which the loss grows, jumps about or is lost."""
    losses = np.array(case.losses)
    if len(losses) < FEW or not case.updates or case.others or case.uncleared:
        return
    broken = not np.isfinite(losses).all()
    sound = losses[np.isfinite(losses)]
    if not len(sound):
        return
    start, end = _start(sound), float(np.median(sound[-max(3, len(sound) // 4) :]))
    largest, typical = max(case.updates), float(np.median(case.updates))
    grown = start > 0 and (broken or end > DIVERGED * start) and not largest <= LARGE_STEP
    # few steps on small batches may end anywhere
    enough = len(losses) >= 2 * FEW or typical > WHOLE
    jumping = start > 0 and end > SAME * start and typical > LARGE_STEP and enough
    peak = float(sound.max())
    if broken and peak <= DIVERGED * losses[0] and SINGULAR.intersection(case.kinds):
        return  # a log or a root of a wrong number, and no growth before it
    thrown = losses[0] > 0 and peak > DIVERGED * losses[0] and not largest <= WHOLE
    if grown or jumping or thrown:
        peak_too = f" over {shown(peak)}" if thrown and peak > DIVERGED * abs(end) else ""
        way = f"from {shown(losses[0])}{peak_too} to {'nan' if broken else shown(end)}"
        yield Clue(
            f"the loss went {way} in {len(losses)} steps, the largest of which changed the weights "
            f"by {_part(largest)}{_rates(case)}",
            "divide it by 10, or find one with minitorch.inspect.lr_find",
        )


@check(WARNING, "learning rate too small")
def learning_rate_too_small(case: Case) -> Iterator[Clue]:
    """Steps so small that the loss does not move."""
    losses = np.array(case.losses)
    if len(losses) < FEW or not case.updates or case.others or not np.isfinite(losses).all():
        return
    if max(case.updates) < SMALL_STEP and _moved(losses) < _noise(losses):
        yield Clue(
            f"{len(losses)} steps changed the weights by at most {_part(max(case.updates))} each, "
            f"and the loss from {shown(losses[0])} to {shown(losses[-1])}{_rates(case)}",
            "multiply it by 10 or 100, or find one with minitorch.inspect.lr_find",
        )
        return
    late = len(case.rates) // 2
    first, last = max(case.rates), float(np.median(case.rates[late:]))
    if last < FADED * first and float(np.median(case.updates[late:])) < SMALL_STEP:
        yield Clue(
            f"within {len(losses)} steps it fell from {shown(first)} to {shown(case.rates[-1])}, "
            "and the weights stand still",
            "let the scheduler step once an epoch, or lower it more slowly",
        )


@check(NOTE, "the loss does not fall")
def loss_flat(case: Case) -> Iterator[Clue]:
    """A loss that after many steps is where it began, though the weights change."""
    losses = np.array(case.losses)
    if len(losses) < MANY or case.others or not case.updates or not np.isfinite(losses).all():
        return
    if max(case.updates) < SMALL_STEP or float(np.median(case.updates)) > LARGE_STEP:
        return
    third = len(losses) // 3  # of which the means differ little for the batches' sake
    start, end = float(np.mean(losses[:third])), float(np.mean(losses[-third:]))
    expected = ignorant_loss(case)
    # a loss that is lower than that of one answer for all has learned something by now
    if expected and start > 0 and max(SAME * start, SAME * expected) < end <= DIVERGED * start:
        yield Clue(
            f"it went from {shown(start)} to {shown(end)} in {len(losses)} steps that changed the "
            f"weights by {_part(float(np.median(case.updates)))} each",
            "check that inputs and targets belong together (doctor(..., overfit=True) tries one "
            "batch) and try other learning rates (lr_find)",
        )


def _start(losses: np.ndarray) -> float:
    """The mean of the first few, before the steps show."""
    return float(np.mean(losses[: min(3, len(losses) // 3)]))


def _moved(losses: np.ndarray) -> float:
    """By what part of its size the loss fell from the first third to the last."""
    third = len(losses) // 3
    start, end = float(np.mean(losses[:third])), float(np.mean(losses[-third:]))
    return (start - end) / (abs(start) + 1e-30)


def _noise(losses: np.ndarray) -> float:
    """What means of thirds differ by for the batches' sake alone, or `FLAT` if that is less."""
    error = float(np.std(losses)) / math.sqrt(len(losses) / 3) / (abs(float(losses.mean())) + 1e-30)
    return max(FLAT, 2 * error)


def _part(x: float) -> str:
    if not x <= WHOLE:
        return f"{shown(x)} times their size"
    if x >= 0.1:
        return f"{x:.0%} of their size"
    return f"{100 * x:.2g}% of their size" if x else "nothing"


def _rates(case: Case) -> str:
    rates = sorted({float(g["lr"]) for o in case.optimizers for g in o.param_groups if "lr" in g})
    return f" (lr {', '.join(map(shown, rates[:3]))})" if rates else ""
