"""The learning-rate range test: which rates a training bears, in one short sweep."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.engine.modes import enable_grad
from minitorch.inspect.plots.letters import chart
from minitorch.inspect.plots.models import check_ready, speaking_as
from minitorch.inspect.plots.picture import Panels, Picture, canvas_for
from minitorch.inspect.undisturbed import undisturbed
from minitorch.nn import Module
from minitorch.optim import LBFGS, Optimizer
from minitorch.training.batches import check_loss, loader_of, own_step, step_of
from minitorch.training.history import shown
from minitorch.training.randomness import Streams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 0.025  # of the bell that smooths, as a share of all steps
SAFETY = 3.0
OWN = "_flats", "step"  # of an optimizer: what no copy may share with it


class LearningRates(Picture):
    """The losses of a sweep over learning rates; what `lr_find` returns.

    Attributes:
        rates: the learning rate of each step.
        losses: the loss of each step's batch, before its update.
        smoothed: the same without the noise of batches; it does not lag behind, as the
            neighbours on both sides count alike. Losses far above the first one are cut.
        suggestion: a rate to train with, or None: a third of `steepest`, as a sweep passes a rate
            once, and a training must bear it for long.
        steepest: the rate at which the smoothed loss falls fastest over the rate's logarithm.
        minimum: the rate of the lowest smoothed loss: near it the training is about to break.
        diverged: the rate at which the sweep broke off; None if it came to its end.
        reason: how the suggestion was chosen, or why there is none.
    """

    title = "Learning-rate sweep"

    def __init__(
        self, rates: list[float], losses: list[float], diverged: float | None, steps: int
    ) -> None:
        self.steps = steps
        self.rates, self.losses, self.diverged = rates, losses, diverged
        width = max(WIDTH * steps, 0.5)
        self.smoothed = smooth(losses, width)
        found = _chosen(rates, losses, self.smoothed, width)
        self.steepest, self.minimum, self.reason = found
        self.suggestion = None if self.steepest is None else max(self.steepest / SAFETY, rates[0])

    def rows(self) -> list[dict[str, Any]]:
        return [
            {"rate": rate, "loss": loss, "smoothed": even}
            for rate, loss, even in zip(self.rates, self.losses, self.smoothed)
        ]

    def notes(self) -> list[str]:
        ended = "The sweep came to its end"
        if self.diverged is not None:
            ended = f"The loss diverged at {shown(self.diverged)}, where the sweep broke off"
        return [self.reason, f"{ended}, after {len(self.rates)} of {self.steps} steps."]

    def __str__(self) -> str:
        curves = {"loss": self.smoothed}
        drawn = chart(self.rates, curves, log_x=True, x_label="learning rate (log scale)")
        return "\n".join([f"{self.title}: the loss at each rate", drawn, *self.notes()])

    def __repr__(self) -> str:
        found = "no suggestion" if self.suggestion is None else f"suggestion {self.suggestion:.2g}"
        return f"<LearningRates: {len(self.rates)} steps, {found}>"

    def _panels(self) -> Panels:
        return Panels(1, 1, 6.4, 3.6)

    def _paint(self, axes: list[Axes]) -> None:
        canvas, (ax,) = canvas_for("LearningRates.plot"), axes
        ax.set(xscale="log", xlabel="learning rate (log scale)", ylabel="loss")
        canvas.grid(ax)
        finite = [i for i, loss in enumerate(self.losses) if math.isfinite(loss)]
        if not finite:
            return canvas.said_in(ax, self.reason)
        rates, losses = ([values[i] for i in finite] for values in (self.rates, self.losses))
        ax.plot(rates, losses, ".", color=canvas.GREY, alpha=0.6, markersize=4, label="each batch")
        ax.plot(self.rates, self.smoothed, color=canvas.BLUE, linewidth=2, label="smoothed")
        seen = [loss for loss in self.smoothed if math.isfinite(loss)]
        low, high = min(min(losses), *seen), max(seen)
        room = 0.08 * (high - low) or 0.5
        ax.set_ylim(low - room, high + room)
        ax.set_xlim(self.rates[0] / 1.2, self.rates[-1] * 1.2)
        if self.suggestion is not None:
            height = np.interp(self.suggestion, self.rates, self.smoothed)
            ax.axvline(self.suggestion, color=canvas.RED, linewidth=1, linestyle="--")
            ax.plot(
                [self.suggestion], [height], "D", color=canvas.RED, markersize=7,
                label=f"suggestion {self.suggestion:.2g}",
            )  # fmt: skip
        if self.diverged is not None:
            ax.axvline(self.diverged, color=canvas.ORANGE, linestyle=":",
                       label=f"diverged at {self.diverged:.2g}")  # fmt: skip
        ax.legend(fontsize=canvas.SMALL)


def lr_find(
    model: Module,
    loss_fn: Callable[[Any, Any], Any] | None,
    data: Any,
    optimizer: Optimizer,
    start: float = 1e-7,
    end: float = 10.0,
    steps: int = 100,
    *,
    diverge: float = 2.0,
    step: Callable[[Module, Any], Any] | None = None,
    batch_size: int | None = None,
    shuffle: bool = True,
) -> LearningRates:
    """Train for a few steps with ever larger learning rates, and see which the training bears.

    The rate grows from `start` to `end` by the same factor each step; the sweep ends early when
    the loss is not finite or leaves its lowest value far behind (L. N. Smith, "Cyclical Learning
    Rates for Training Neural Networks", arXiv 1506.01186). Afterwards everything is bit for bit
    as before: parameters, buffers, gradients, the optimizer's state, modes, random numbers, and
    the order in which the loader will give its data; also after an error.

    Args:
        model, optimizer: as for training. Groups with rates of their own keep their ratios.
        loss_fn: a function of output and target that gives one number.
        data: batches as `minitorch.fit` takes them: a loader, a data set, or (inputs, targets).
        start, end, steps: the rates to try.
        diverge: end when the loss has risen so many times as far above its lowest value as it
            had fallen to it (or as 10 % of the first loss or four times the noise of batches, if
            one of these is more).
        step: in place of `loss_fn`, a function of model and batch that returns the loss.
        batch_size, shuffle: of data that are no loader, as in `fit`.

    Returns:
        A `LearningRates`: `.suggestion` and its `.reason`, `.rates`, `.losses`, `.plot()`.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> x = torch.randn(256, 8)
        >>> y, net = x @ torch.randn(8, 1), torch.nn.Linear(8, 1)
        >>> sgd = torch.optim.SGD(net.parameters(), lr=0.1)
        >>> found = torch.inspect.lr_find(net, torch.nn.MSELoss(), (x, y), sgd)
        >>> 0.005 < found.suggestion < 0.5
        True
    """
    _check(model, loss_fn, step, optimizer, start, end, steps, diverge)
    with speaking_as("lr_find"):
        loader = loader_of(data, "data", batch_size, shuffle)
    run = step_of(loss_fn) if step is None else own_step(step)  # type: ignore[arg-type]
    rates = [float(rate) for rate in np.geomspace(start, end, steps)]
    with _untouched(model, loss_fn, loader, optimizer), enable_grad():
        model.train()
        losses = _swept(model, run, loader, _twin(optimizer), rates, diverge)
    broken = losses and _diverged(losses, diverge)
    tried = rates[: len(losses)]
    found = LearningRates(tried, losses, tried[-1] if broken else None, steps)
    if found.suggestion is not None and len({group["lr"] for group in optimizer.param_groups}) > 1:
        found.reason += " These are rates of the first group; the others keep their ratios to it."
    return found


def _swept(
    model: Module, run: Any, loader: Any, optimizer: Optimizer, rates: list[float], diverge: float
) -> list[float]:
    """The loss at each rate, until it diverges; a parameter update follows each."""
    first = float(optimizer.param_groups[0]["lr"])
    shares = [float(group["lr"]) / first if first else 1.0 for group in optimizer.param_groups]
    batches, losses = _endless(loader), list[float]()
    for rate in rates:
        for group, share in zip(optimizer.param_groups, shares):
            group["lr"] = rate * share
        with speaking_as("lr_find"):
            outcome = run(model, next(batches))
            check_loss(outcome.loss, training=True)
        losses.append(outcome.loss.item())
        if _diverged(losses, diverge):
            break
        optimizer.zero_grad()
        outcome.loss.backward()
        optimizer.step()
    return losses


def _endless(loader: Any) -> Iterator[Any]:
    while True:
        batch = None
        for batch in loader:
            yield batch
        if batch is None:
            raise ValueError("lr_find: data gave no batch: it is empty, or was gone through before")


@contextmanager
def _untouched(model: Module, loss_fn: Any, loader: Any, optimizer: Optimizer) -> Iterator[None]:
    """Afterwards the model and all that takes part in its training are as before.

    Gradients are put aside: within there are none to begin with.
    """
    modules = [each for each in (model, loss_fn) if isinstance(each, Module)]
    others = Module()  # which holds what the optimizer has besides the model
    others.held = [p for group in optimizer.param_groups for p in group["params"]]
    leaves = [p for p in (*(p for m in modules for p in m.parameters()), *others.held) if p.is_leaf]
    grads = [(leaf, leaf.grad) for leaf in {id(leaf): leaf for leaf in leaves}.values()]
    streams = Streams((loader,), *modules)
    state = streams.state()
    try:
        with undisturbed(*modules, others):
            for leaf, _ in grads:
                leaf.grad = None
            yield
    finally:
        for leaf, grad in grads:
            leaf.grad = grad
        workers = getattr(loader, "_iterator", None)
        if workers is not None and not state["workers"][0]:
            workers._close()  # so that the first pass to come begins as a first pass does
            loader._iterator = None
        streams.load(state)


def _twin(optimizer: Optimizer) -> Optimizer:
    """An optimizer of the same parameters with a state of its own; hooks and schedulers stay."""
    memo = {id(p): p for group in optimizer.param_groups for p in group["params"]}
    own = {k: v for k, v in vars(optimizer).items() if k not in OWN and not k.endswith("_hooks")}
    twin = object.__new__(type(optimizer))
    vars(twin).update(copy.deepcopy(own, memo))
    twin._set_up()
    return twin


def _diverged(losses: list[float], diverge: float) -> bool:
    """Whether the last losses lie far above the lowest; two of three, as one batch may be odd."""
    if not math.isfinite(losses[-1]):
        return True
    if len(losses) < 8:  # too few to know how much batches differ
        return False
    even = [float(np.median(losses[max(0, i - 2) : i + 1])) for i in range(2, len(losses))]
    least = min(even)
    fallen = max(even[0] - least, 0.1 * abs(even[0]), 4 * _noise(losses))
    return even[-1] > least + diverge * fallen


def _noise(losses: list[float]) -> float:
    """By how much the losses of batches differ: about one standard deviation."""
    return float(np.median(np.abs(np.diff(losses)))) if len(losses) > 1 else 0.0


def smooth(losses: list[float], width: float) -> list[float]:
    """Means over the finite losses, weighted by a bell so many steps wide; nan where one is not.

    What lies as far above the first loss as this above the lowest one is cut there, so that a
    training that breaks does not reach back to where it went well.
    """
    values = np.asarray(losses, float)
    fine = np.isfinite(values)
    if fine.any():
        first, least = values[fine][0], values[fine].min()
        values = np.minimum(values, first + max(first - least, 0.1 * abs(first)))
    place = np.arange(len(values))
    bell = np.exp(-0.5 * ((place[:, None] - place) / width) ** 2) * fine
    totals = bell @ np.where(fine, values, 0.0)
    even = np.divide(totals, bell.sum(axis=1), out=np.full(len(values), math.nan), where=fine)
    return [float(value) for value in even]


def _chosen(
    rates: list[float], losses: list[float], smoothed: list[float], width: float
) -> tuple[float | None, float | None, str]:
    """The rate of the steepest fall, that of the lowest loss, and what follows, in words."""
    if not losses or not math.isfinite(losses[0]):
        return None, None, (
            f"No suggestion: the loss is {losses[0] if losses else 'missing'} at the first step, "
            "before any update: not the rate, but the model or the data are broken."
        )  # fmt: skip
    even = np.array(smoothed)
    lowest = int(np.nanargmin(even))
    noise = _noise(losses[: max(lowest + 1, 20)])
    chance = 6 * noise / math.sqrt(3.5 * width)  # the range of what is left of noise by the bell
    fall = float(even[0] - even[lowest])
    minimum = rates[lowest]
    if lowest < 2 or fall <= max(chance, 1e-3 * abs(float(even[0]))):
        return None, minimum, (
            f"No suggestion: the loss never fell clearly (by {shown(fall)}, with noise of "
            f"{shown(noise)}). Many steps within narrow bounds, as in start=1e-4, steps=300, or "
            "larger batches may show more; or the model does not learn at all."
        )  # fmt: skip
    slope = np.gradient(even[: lowest + 1], np.log10(rates[: lowest + 1]))
    steepest = int(np.argmin(slope))
    reason = (
        f"Suggestion {max(rates[steepest] / SAFETY, rates[0]):.2g}: a third of "
        f"{rates[steepest]:.2g}, where the loss falls most steeply over the logarithm of the rate; "
        f"it is lowest at {minimum:.2g}."
    )
    return rates[steepest], minimum, reason


def _check(
    model: Any, loss_fn: Any, step: Any, optimizer: Any, start: float, end: float, steps: int,
    diverge: float,
) -> None:  # fmt: skip
    check_ready(model, "lr_find")
    if (loss_fn is None) == (step is None):
        raise TypeError("lr_find: give a loss_fn of output and target, or step= of model and batch")
    if not callable(loss_fn if step is None else step):
        raise TypeError("lr_find: the loss_fn or step is no function")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"lr_find: optimizer must be an Optimizer, got {type(optimizer).__name__}")
    if isinstance(optimizer, LBFGS):
        raise TypeError("lr_find: LBFGS computes the loss several times a step: sweep with another")
    if any("lr" not in group for group in optimizer.param_groups):
        raise ValueError(f"lr_find: {type(optimizer).__name__} has groups without 'lr'")
    theirs = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not any(id(p) in theirs for p in model.parameters()):
        raise ValueError("lr_find: the optimizer has none of the model's parameters")
    if not (0 < start < end and math.isfinite(end)) or steps < 2 or diverge <= 0:
        raise ValueError(
            "lr_find: expected 0 < start < end, at least 2 steps and diverge above 0, got "
            f"start={start}, end={end}, steps={steps}, diverge={diverge}"
        )
