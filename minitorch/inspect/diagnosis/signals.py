"""Checks of what flows through the layers: activations, gradients, NaN, differences."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from minitorch.inspect.diagnosis.case import CLASSES, Case, several, shown
from minitorch.inspect.diagnosis.findings import ERROR, NOTE, WARNING
from minitorch.inspect.diagnosis.registry import Clue, check
from minitorch.nn import Embedding, EmbeddingBag

# Where all inputs are positive, about half of a fresh layer's units may never fire. A layer learns
# with few that do, but wastes the rest; with none it lets nothing through.
DEAD, MOSTLY_DEAD = 0.75, 0.95
ROWS = 16  # a unit is not dead for having been silent on a few samples
# Between the layers of a net that learns, gradients differ by 10 to 1000. Ten sigmoids in a row
# take away a factor of a million.
VANISHED = 1e-5
# The gradient of a mean loss is about as large as the weights or smaller; a thousandfold step
# leaves the region where it means anything.
EXPLODED = 1e3
SMALL_WEIGHT = 1e-3  # weights that start (almost) at zero are measured as if they were so large
ENOUGH = 50  # steps after which equal predictions say something
OVERFITTED = 0.8  # to what part the loss on one batch must have fallen, at least


@check(WARNING, "dead ReLUs")
def dead_relu(case: Case) -> Iterator[Clue]:
    """A ReLU layer most of whose units are never active."""
    found: dict[str, list[tuple[str, int, int, int]]] = {}
    for path, layer in case.layers.items():
        rows = layer.rows + layer.rows_before
        if layer.active is None or rows < ROWS or layer.active.size < 2:
            continue
        alive = layer.active if layer.before is None else layer.active | layer.before
        dead = 1 - float(alive.mean())
        if dead >= DEAD:
            place = layer.place or (case.name(layer.module) if layer.module else path)
            severity = ERROR if dead == 1 else NOTE if dead < MOSTLY_DEAD else WARNING
            found.setdefault(severity, []).append((place, int((~alive).sum()), alive.size, rows))
    for severity, layers in found.items():
        places, dead_units, units, seen = (list(each) for each in zip(*layers))
        whose = "its" if len(layers) == 1 else f"the {len(layers)} layers'"
        yield Clue(
            f"{sum(dead_units) / sum(units):.0%} of {whose} {sum(units)} units were 0 for all of "
            f"{min(seen)} rows; no gradient passes through them",
            "lower the learning rate, normalise the inputs, check the biases, or use LeakyReLU",
            several(places),
            severity,
        )


@check(WARNING, "vanishing gradients")
def vanishing_gradients(case: Case) -> Iterator[Clue]:
    """Gradients that are far smaller in early layers than in late ones, or 0 throughout."""
    norms = _typical(case)
    if not norms:
        return
    # what a recurrent layer keeps from one step to the next is 0 in the first one
    zero = [name for name, norm in norms.items() if norm == 0 and "weight_hh" not in name]
    # weights that start at 0 (adapters, last layers of residual blocks) hold back gradients once
    held_back = any(not w and not name.endswith("bias") for name, w in case.weights.items())
    if zero and not held_back and len(norms) > 1:
        yield Clue(
            f"the gradient of {len(zero)} of {len(norms)} weights is exactly 0",
            "look for dead ReLUs, saturated sigmoids and products with 0 between them and the loss",
            several(zero),
        )
    flowing = {name: norm for name, norm in norms.items() if norm > 0}
    if len(flowing) < 2:
        return
    names = list(flowing)
    least, last = min(names, key=lambda name: flowing[name]), names[-1]
    if flowing[least] < VANISHED * flowing[last]:
        told = " → ".join(f"{name} {shown(flowing[name])}" for name in _some(names))
        yield Clue(
            f"|g| from the first layer to the last: {told}",
            "use ReLU, batch or layer norm, residual connections, or an initialisation that fits",
            least,
        )


def _typical(case: Case) -> dict[str, float]:
    """The median norm of the gradients of weights, by name, in the order of the model."""
    tables = [m for m in case.model.modules() if isinstance(m, (Embedding, EmbeddingBag))]
    tables_ids = {id(p) for m in tables for p in m.parameters()}  # a batch uses few of their rows
    return {
        name: float(np.median(case.gradients[name]))
        for name, p in case.trainable().items()
        if name in case.gradients and p.ndim > 1 and id(p) not in tables_ids
    }


def _some(names: list[str]) -> list[str]:
    """The first, the last and a few between."""
    return [names[i] for i in sorted({round(k * (len(names) - 1) / 4) for k in range(5)})]


@check(WARNING, "weights that start equal")
def equal_weights(case: Case) -> Iterator[Clue]:
    """A model whose units all start with the same weights, and so learn the same."""
    names = [name for name, p in case.trainable().items() if p.ndim > 1 and len(p) > 1]
    # one of several layers may begin at 0: adapters, and the last ones of residual blocks
    if len(names) > 1 and set(names) <= set(case.equal):
        yield Clue(
            f"in all {len(names)} weights each row is like the first; its units compute the same, "
            "get the same gradient and stay alike",
            "initialise them at random, as the layers do themselves (nn.init.kaiming_uniform_)",
            several(names),
        )


@check(WARNING, "exploding gradients")
def exploding_gradients(case: Case) -> Iterator[Clue]:
    """A gradient that is a thousand times its weights, for a loss of ordinary size."""
    loss = next((abs(x) for x in case.losses if math.isfinite(x)), case.first_loss)
    worst, most = "", EXPLODED
    sizes = {name: p.numel() for name, p in case.trainable().items() if p.ndim > 1}
    for name, size in sizes.items():
        largest = max(case.gradients.get(name, []), default=0.0)
        weight = max(case.weights.get(name, 0.0), SMALL_WEIGHT * math.sqrt(size))
        ratio = largest / weight / max(1.0, loss)
        if ratio > most:
            worst, most = name, ratio
    if worst:
        yield Clue(
            f"|g| = {shown(max(case.gradients[worst]))} for weights of "
            f"|w| = {shown(case.weights[worst])}",
            "clip it (nn.utils.clip_grad_norm_), lower the learning rate, or initialise smaller",
            worst,
        )


@check(WARNING, "parameters without gradient")
def no_gradient(case: Case) -> Iterator[Clue]:
    """Trainable parameters that the backward passes never reached."""
    ours = case.trainable()
    missing = [name for name in ours if name not in case.gradients]
    if case.backwards and missing:
        yield Clue(
            f"{len(missing)} of {len(ours)} trainable parameters got no gradient in "
            f"{case.backwards} backward pass{'es' * (case.backwards > 1)}",
            "use them in forward, without detach() behind them; or freeze them",
            several(missing),
        )


@check(ERROR, "NaN or inf")
def nonfinite(case: Case) -> Iterator[Clue]:
    """NaN or inf in the loss or the gradients, with the operation and the line it was born in."""
    if not case.nonfinite:
        return
    birth = case.birth
    if birth is None:
        suspects = [name for name in reversed(case.kinds) if name in REMEDIES]
        where = f"; between the model's output and the loss there is {several(suspects)}"
        yield Clue(
            case.nonfinite + where * bool(suspects),
            REMEDIES[suspects[0]] if suspects else "lower the learning rate, and check the inputs",
        )
        return
    way = "in the backward pass of" if birth.backward else "in"
    given = f" of {birth.inputs}" if birth.inputs else ""
    yield Clue(
        f"{case.nonfinite}; the first {birth.what} was born {way} {birth.operation}{given}",
        REMEDIES.get(birth.operation, OTHERWISE),
        birth.place.shown(case.paths),
    )


# an operation without a singular point overflows because the numbers have grown before
OTHERWISE = "lower the learning rate, normalise the inputs, or clip the gradients"
REMEDIES = {
    "log": "log(0) is -inf, and of less nan: use log_softmax, logsigmoid, or clamp(min=1e-8)",
    "sqrt": "the slope of sqrt at 0 is infinite: add a small eps under the root",
    "divide": "it divides by 0: add a small eps below",
    "exp": "exp overflows above 88 in float32: subtract the maximum, or use logsumexp",
    "recurrence": "the state grows with each step: begin with smaller or orthogonal weight_hh",
    "power": "a negative base, or 0 to a power below 1: clamp the base",
}


@check(ERROR, "the model returns nothing")
def no_output(case: Case) -> Iterator[Clue]:
    """A forward without `return`."""
    if case.silent_output:
        kind = type(case.model).__name__
        yield Clue(f"{kind}.forward gives None", f"end {kind}.forward with return")


@check(ERROR, "NaN or inf in the data")
def nonfinite_inputs(case: Case) -> Iterator[Clue]:
    """NaN or inf in the inputs or in the targets."""
    targets = [] if case.first is None else [case.first.target]
    for what, arrays in (("inputs", case.inputs), ("targets", targets)):
        for array in arrays:
            if array.dtype.kind == "f" and (bad := int((~np.isfinite(array)).sum())):
                yield Clue(
                    f"{bad} of {array.size} numbers of the {what} are not finite",
                    "find them with np.isfinite, and drop or fill them before training",
                )


@check(ERROR, "NaN or inf in the parameters")
def nonfinite_parameters(case: Case) -> Iterator[Clue]:
    """Parameters that are NaN or inf: what the model computes is lost."""
    bad = [n for n, norm in case.weights.items() if not math.isfinite(norm)]
    if bad:
        yield Clue(
            f"{len(bad)} of {len(case.weights)} parameters are not finite before any step",
            "make the model anew, or load an earlier checkpoint",
            several(bad),
        )


@check(WARNING, "the output does not depend on the input")
def constant_output(case: Case) -> Iterator[Clue]:
    """A trained model that gives the same for all samples of a batch."""
    if case.recent is None or case.steps < ENOUGH:
        return
    inputs, output = case.recent
    if len(inputs) < 4 or len(output) != len(inputs) or output.dtype.kind != "f":
        return
    rows = output.reshape(len(output), -1).astype(np.float64)
    inputs = inputs.reshape(len(inputs), -1)
    scale = float(np.abs(rows).max(initial=0)) + 1e-30
    if (inputs != inputs[0]).any() and np.ptp(rows, axis=0).max(initial=0) <= 1e-6 * scale:
        yield Clue(
            f"after {case.steps} steps the outputs for {len(rows)} different samples are equal",
            "look for dead ReLUs, saturated layers, or an input that forward does not use",
        )


@check(NOTE, "all predictions are one class")
def same_prediction(case: Case) -> Iterator[Clue]:
    """A trained classifier that gives one class to a whole batch of several classes."""
    pair = case.last
    if pair is None or case.steps < ENOUGH or case.loss_kind() not in CLASSES:
        return
    if pair.output.ndim != 2 or pair.target.ndim != 1 or len(pair.target) < 8:
        return
    chosen = pair.output.argmax(axis=1)
    if (chosen == chosen[0]).all() and (pair.target != pair.target[0]).any():
        there = len(np.unique(pair.target))
        yield Clue(
            f"class {chosen[0]} for all {len(chosen)} samples of the last batch, which has {there} "
            "classes",
            "train longer, try another learning rate, and look at the balance of the classes",
        )


@check(WARNING, "two runs from one seed differ")
def nondeterminism(case: Case) -> Iterator[Clue]:
    """Two runs of one batch from one seed that differ: random numbers that no seed governs."""
    if case.differs:
        yield Clue(
            case.differs,
            "draw random numbers in the model from torch (torch.rand, nn.Dropout), which "
            "torch.manual_seed governs; seed NumPy's and Python's too where they are used",
        )


@check(WARNING, "one batch is not learned")
def cannot_overfit(case: Case) -> Iterator[Clue]:
    """With overfit=True: a model whose loss on a single batch does not fall."""
    if case.overfitted is None:
        return
    first, last, steps = case.overfitted
    # a loss may go below 0, or start at what is possible: then it falls by a share of its size
    if not last <= first - (1 - OVERFITTED) * abs(first):
        yield Clue(
            f"{steps} steps on one batch took the loss from {shown(first)} to {shown(last)}",
            "check that outputs and targets belong together, the learning rate (lr_find), and the "
            "size of the model",
        )


@check(NOTE, "the doctor could not look at all")
def trouble(case: Case) -> Iterator[Clue]:
    """Something in the program that the doctor itself failed at; the program was not disturbed."""
    if case.trouble:
        yield Clue(case.trouble, "the other findings hold; please report it")
