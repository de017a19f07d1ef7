"""`fit`, and the loop that it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from minitorch.engine.modes import no_grad
from minitorch.nn import Module
from minitorch.optim import LBFGS, Optimizer
from minitorch.optim.lr_scheduler import CyclicLR, LRScheduler, OneCycleLR, ReduceLROnPlateau
from minitorch.serialization import load
from minitorch.training.batches import length_of, loader_of, own_step, step_of
from minitorch.training.callbacks import LAST, Callback, Checkpoint, callback_of
from minitorch.training.history import History
from minitorch.training.metrics import Metric, named
from minitorch.training.run import Run


def train_epochs(run: Run) -> None:
    """The loop itself: what one writes by hand, and where the helpers come in."""
    model, optimizer = run.model, run.optimizer
    while run.goes_on():
        model.train()
        for group in run.groups():  # one batch, or as many as are accumulated
            optimizer.zero_grad()
            for batch in group:
                outcome = run.step(model, batch)  # loss, output, target
                (outcome.loss / len(group)).backward()
                run.training.update(outcome, batch)
            run.clip_gradients()
            optimizer.step()
            run.after_step(group)

        model.eval()
        with no_grad():
            for batch in run.valid_batches():
                run.validation.update(run.step(model, batch), batch)
        run.after_epoch()


def fit(
    model: Module,
    train: Any,
    valid: Any = None,
    loss: Callable[[Any, Any], Any] | None = None,
    optimizer: Optimizer | None = None,
    epochs: int = 1,
    *,
    metrics: Iterable[Any] = (),
    callbacks: Iterable[Any] = (),
    scheduler: LRScheduler | None = None,
    schedule_by: Literal["epoch", "step"] | None = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    accumulate: int = 1,
    monitor: str | None = None,
    step: Callable[[Module, Any], Any] | None = None,
    batch_size: int | None = None,
    shuffle: bool = True,
    resume: bool | str | os.PathLike[str] = False,
    progress: bool = True,
) -> History:
    """Train a model, and tell how it went.

    What a loop by hand computes from the same seed, this computes, bit for bit: see
    docs/training.md, where the loop stands. Afterwards the model is in evaluation mode. Ctrl-C
    ends the training after the update it came in, saves if there is a `Checkpoint`, and gives
    the history up to there; a second Ctrl-C ends it at once.

    Args:
        model: a module.
        train: a `DataLoader` or another iterable of batches, to be gone through once an epoch; a
            `Dataset`; or tensors or arrays (inputs, targets), of which arrays of floats come in
            the default dtype. A batch is (inputs, targets), or (several, inputs, targets), or a
            dict with its target under "target", "label" or "y", whose other entries are the
            model's input, or its keywords.
        valid: the same, for validation after each epoch, without gradients; or None.
        loss: a function or module of output and target that gives one number, the batch's mean.
        optimizer: over the model's parameters.
        epochs: how many in all, those before a resumption among them.
        metrics: names ("accuracy", "top5", "f1", "confusion", "mae", "r2", "perplexity"), objects
            of `minitorch.training.metrics`, or functions of output and target.
        callbacks: objects of `minitorch.training.Callback` (`EarlyStopping`, `Checkpoint`), or
            functions of the `Run`, called after each epoch.
        scheduler: of the learning rate. `ReduceLROnPlateau` goes by `monitor`.
        schedule_by: when it steps; by "step" for `OneCycleLR` and `CyclicLR` if None, else by
            "epoch".
        clip_norm, clip_value: bounds for the norm of all gradients, or for each number of them.
        accumulate: so many batches make one update, by the mean of their losses.
        monitor: what to go by; "valid_loss" if None, or "loss" where nothing is validated.
        step: in place of `loss`, a function of model and batch that returns the loss, or
            (loss, output, target) for metrics.
        batch_size: of tensors, arrays and data sets; 32 if None.
        shuffle: train on these in a new order each epoch.
        resume: True goes on from the `Checkpoint`'s last.pt if it is there and begins if it is
            not; a path goes on from that file or folder.
        progress: show a bar for each epoch.

    Returns:
        The `History`: `history["loss"]`, `print(history)`, `history.plot()`.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> x = torch.rand(64, 2)
        >>> y = (x[:, 0] > x[:, 1]).long()
        >>> model = torch.nn.Linear(2, 2)
        >>> optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
        >>> history = torch.fit(model, (x, y), None, torch.nn.CrossEntropyLoss(), optimizer, 30,
        ...                     metrics=["accuracy"], progress=False)
        >>> history["accuracy"][-1] > 0.9
        True
    """
    optimizer = _checked(model, loss, step, optimizer)
    _check_numbers(epochs, accumulate, clip_norm, clip_value)
    run = Run(
        model=model, optimizer=optimizer, epochs=epochs, loss=loss,
        train=loader_of(train, "train", batch_size, shuffle),
        valid=None if valid is None else loader_of(valid, "valid", batch_size, False),
        step=step_of(loss) if loss is not None else own_step(step),  # type: ignore[arg-type]
        metrics=_metrics(metrics), callbacks=[callback_of(each) for each in callbacks],
        scheduler=scheduler, schedule_by=_schedule_by(scheduler, schedule_by, optimizer),
        clip_norm=clip_norm, clip_value=clip_value, accumulate=accumulate,
        monitor=monitor, progress=progress,
    )  # fmt: skip
    if resume is not False and (path := _checkpoint(resume, run.callbacks)) is not None:
        run.load_state_dict(load(path), str(path))
    _check_schedule(run)
    with run.interrupts:
        try:
            run.call("on_start")
            train_epochs(run)
            run.end()
        finally:
            run.close()
    model.eval()
    return run.history


# -- what was given -------------------------------------------------------------------------------


def _checked(model: Any, loss: Any, step: Any, optimizer: Any) -> Optimizer:
    """The optimizer, when it, the model and the loss are what they must be."""
    for name, value in (("model", model), ("loss", loss), ("optimizer", optimizer)):
        if isinstance(value, type):
            raise TypeError(f"fit: {name} is the class {value.__name__}: give an object of it")
    if not isinstance(model, Module):
        raise TypeError(f"fit: model must be a Module, got {type(model).__name__}")
    if (loss is None) == (step is None):
        raise TypeError(
            "fit: give a loss, a function of output and target, or a step, a function of model and "
            f"batch{': not both' if step is not None else ''}"
        )
    given = loss if step is None else step
    if not callable(given):
        raise TypeError(f"fit: the {'loss' if step is None else 'step'} {given!r} is no function")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"fit: optimizer must be an Optimizer, got {type(optimizer).__name__}")
    if isinstance(optimizer, LBFGS):
        raise TypeError("fit: LBFGS computes the loss several times a step; it needs its own loop")
    theirs = {id(p) for group in optimizer.param_groups for p in group["params"]}
    ours = [p for p in model.parameters() if p.requires_grad]
    if ours and not any(id(p) in theirs for p in ours):
        raise ValueError(
            "fit: the optimizer has none of the model's parameters: it would change another model. "
            "Make it from this one: Adam(model.parameters())"
        )
    return optimizer


def _check_numbers(epochs: Any, accumulate: Any, norm: Any, value: Any) -> None:
    for name, number, least in (("epochs", epochs, 0), ("accumulate", accumulate, 1)):
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            raise ValueError(f"fit: {name} must be an int of at least {least}, got {number!r}")
    if norm is not None and value is not None:
        raise ValueError("fit: clip_norm and clip_value exclude each other")
    for name, bound in (("clip_norm", norm), ("clip_value", value)):
        if bound is not None and not bound > 0:
            raise ValueError(f"fit: {name} must be above 0, got {bound!r}")


def _metrics(given: Iterable[Any]) -> list[Metric]:
    if isinstance(given, (str, Metric)):
        given = [given]
    metrics = [named(metric) for metric in given]
    names = ["epoch", "loss", "lr", *(metric.name for metric in metrics)]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"fit: two values of the history would be called {twice[0]!r}")
    return metrics


def _schedule_by(scheduler: Any, by: str | None, optimizer: Optimizer) -> str:
    if by not in (None, "epoch", "step"):
        raise ValueError(f"fit: schedule_by must be 'epoch', 'step' or None, got {by!r}")
    if scheduler is None:
        return "epoch"
    if not isinstance(scheduler, LRScheduler):
        raise TypeError(f"fit: scheduler must be an LRScheduler, got {type(scheduler).__name__}")
    if scheduler.optimizer is not optimizer:
        raise ValueError("fit: the scheduler is of another optimizer: its steps would do nothing")
    if isinstance(scheduler, ReduceLROnPlateau) and by == "step":
        raise ValueError("fit: ReduceLROnPlateau goes by a value of each epoch: leave schedule_by")
    return by or ("step" if isinstance(scheduler, (OneCycleLR, CyclicLR)) else "epoch")


def _check_schedule(run: Run) -> None:
    """A plateau is of values that should fall, or rise; `OneCycleLR` raises after its last step."""
    if isinstance(run.scheduler, ReduceLROnPlateau):
        try:
            mode = run.mode_of(run.monitor)
        except ValueError:  # the user's own function, of which only the user knows
            return
        if mode != run.scheduler.mode:
            raise ValueError(
                f"fit: {run.monitor!r} is best at its {mode}, but ReduceLROnPlateau was made with "
                f"mode={run.scheduler.mode!r}: make it with mode={mode!r}"
            )
    length = length_of(run.train)
    if not isinstance(run.scheduler, OneCycleLR) or length is None:
        return
    each = -(-length // run.accumulate) if run.schedule_by == "step" else 1
    if (steps := each * run.epochs) > run.scheduler.total_steps:
        raise ValueError(
            f"fit: OneCycleLR was made for {run.scheduler.total_steps} steps, but {run.epochs} "
            f"epochs have {steps}: make it with total_steps={steps}"
        )


def _checkpoint(resume: Any, callbacks: Sequence[Callback]) -> Path | None:
    """The file to go on from; None where there is none yet."""
    if resume is True:
        paths = [each.last_path for each in callbacks if isinstance(each, Checkpoint)]
        if not paths:
            raise ValueError(
                "fit: resume=True goes on from a Checkpoint: add one to callbacks, or give a path"
            )
        return paths[0] if paths[0].exists() else None
    path = Path(resume)
    path = path / LAST if path.is_dir() else path
    if not path.exists():
        raise FileNotFoundError(f"fit: cannot resume: there is no file {path}")
    return path
