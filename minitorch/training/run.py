"""The run of a training: what the loop asks of it, and its state, from which it can go on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from tqdm import tqdm

from minitorch.nn import Module
from minitorch.nn.utils import clip_grad_norm_, clip_grad_value_
from minitorch.optim import Optimizer
from minitorch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from minitorch.training.batches import Outcome, Step, check_loss, check_shapes, length_of
from minitorch.training.callbacks import Callback, Checkpoint
from minitorch.training.history import History, shown
from minitorch.training.interrupts import Interrupts
from minitorch.training.meters import Meter
from minitorch.training.metrics import Metric
from minitorch.training.randomness import Streams
from minitorch.training.states import (
    FORMAT,
    check_format,
    check_model,
    check_same,
    restored,
    storable,
)


class Run:
    """A training under way, as callbacks see it.

    Attributes:
        model, optimizer, scheduler, train, valid, epochs: as they were given to `fit`.
        history: the epochs so far.
        epoch: how many epochs are done.
        batches: how many batches of the epoch after them are done.
        steps: how many updates were made in all.
        monitor: the value that schedules, early stopping and checkpoints go by.
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        train: Iterable[Any],
        valid: Iterable[Any] | None,
        step: Step,
        loss: Callable[[Any, Any], Any] | None,
        epochs: int,
        metrics: Sequence[Metric],
        callbacks: Sequence[Callback],
        scheduler: LRScheduler | None,
        schedule_by: str,
        clip_norm: float | None,
        clip_value: float | None,
        accumulate: int,
        monitor: str | None,
        progress: bool,
    ) -> None:
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.train, self.valid, self.epochs = train, valid, epochs
        self.schedule_by, self.accumulate = schedule_by, accumulate
        # What a checkpoint keeps of the others must be of after this epoch, so it comes last.
        self.callbacks = sorted(callbacks, key=lambda each: isinstance(each, Checkpoint))
        self.history = History()
        self.epoch = self.batches = self.steps = 0
        self.interrupts = Interrupts()
        self.training, self.validation = Meter(metrics), Meter(metrics, "valid_")
        self.monitor = self.known(monitor or ("loss" if valid is None else "valid_loss"))
        self._step, self._loss, self._checked = step, loss, loss is None
        self._clip_norm, self._clip_value = clip_norm, clip_value
        self._progress, self._bar = progress, tqdm(disable=True)
        self._streams = Streams((train, valid), model, loss)
        self._at_start: Any = None  # the streams, as this epoch began
        self._at_pause: Any = None  # the streams, where this epoch goes on, if not where they are
        self._paused = False
        self._seconds = 0.0  # spent in this epoch before it was resumed

    # -- for callbacks --------------------------------------------------------------------------

    def stop(self, why: str) -> None:
        """End the training after this update or epoch; the history tells why."""
        self.history.stopped = why

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C has asked for the end."""
        return self.interrupts.asked

    def known(self, name: str) -> str:
        """The name of a value, if the history will have it."""
        meters = [self.training, *([] if self.valid is None else [self.validation])]
        names = [m.prefix + n for m in meters for n in ("loss", *(k.name for k in m.metrics))]
        if name not in names:
            hint = "" if self.valid is not None else "; with valid=None there is no validation"
            raise ValueError(f"fit: cannot monitor {name!r}: there are {', '.join(names)}{hint}")
        return name

    def mode_of(self, name: str) -> str:
        """Whether less ("min") or more ("max") of a value is better."""
        name = name.removeprefix("valid_")
        better = {metric.name: metric.higher_is_better for metric in self.training.metrics}
        if name != "loss" and better[name] is None:
            raise ValueError(f"fit: is less or more of {name!r} better? Give mode='min' or 'max'")
        return "max" if better.get(name) else "min"

    # -- for the loop ---------------------------------------------------------------------------

    def goes_on(self) -> bool:
        """Whether there is another epoch to come."""
        return self.epoch < self.epochs and not self._stopping

    @property
    def _stopping(self) -> bool:
        return self.interrupts.asked or self.history.stopped is not None

    def groups(self) -> Iterator[list[Any]]:
        """The batches of an epoch, `accumulate` together for one update."""
        self._began = time.perf_counter() - self._seconds
        self._show_bar()
        batches = self._begun_again() if self.batches else self._begun()
        while not self._stopping and (group := self._next(batches, self.accumulate)):
            yield group
        self._paused = self._stopping
        if not self.batches and not self._paused:
            raise ValueError("fit: train gave no batch: it is empty, or can be gone through once")

    def _begun(self) -> Iterator[Any]:
        self._at_start = self._streams.state()
        return iter(self.train)

    def _begun_again(self) -> Iterator[Any]:
        """The rest of an epoch: it is begun as it was begun then, so that the loader comes to
        the same order, and what was done is passed over."""
        self._streams.load(self._at_start)
        batches = iter(self.train)
        for passed in range(self.batches):
            group = self._next(batches, 1)
            if self.interrupted:
                return batches
            if not group:
                raise ValueError(
                    f"fit: cannot resume: {self.batches} batches of the epoch were done, but train "
                    f"gives only {passed}"
                )
        self._streams.load(self._at_pause)
        self._at_pause = None
        return batches

    def _next(self, batches: Iterator[Any], count: int) -> list[Any]:
        try:
            return list(islice(batches, count))
        except RuntimeError:
            if self.interrupted:  # Ctrl-C in a terminal ends the loader's workers, too
                return []
            raise

    def step(self, model: Module, batch: Any) -> Outcome:
        """What the model makes of a batch."""
        outcome = self._step(model, batch)
        check_loss(outcome.loss, model.training)
        if not self._checked:
            check_shapes(self._loss, outcome)  # type: ignore[arg-type]
            self._checked = True
        return outcome

    def clip_gradients(self) -> None:
        """Bound the gradients, if that is wanted."""
        if self._clip_norm is not None:
            clip_grad_norm_(self.model.parameters(), self._clip_norm)
        if self._clip_value is not None:
            clip_grad_value_(self.model.parameters(), self._clip_value)

    def after_step(self, group: list[Any]) -> None:
        """Schedule, count, show, and call the callbacks after an update."""
        if self.scheduler is not None and self.schedule_by == "step":
            self.scheduler.step()
        self.batches += len(group)
        self.steps += 1
        if self._progress:
            self._bar.set_postfix(loss=shown(self.training.loss), refresh=False)
            self._bar.update(len(group))
        self.call("on_step")

    def valid_batches(self) -> Iterator[Any]:
        """The batches of the validation. If it is left, the epoch will go on with all of it."""
        if self.valid is None or self._paused:
            return
        self._at_pause = self._streams.state()
        self.validation.reset()
        batches = iter(self.valid)
        while not self.interrupted and (batch := self._next(batches, 1)):
            yield batch[0]
        self._paused = self.interrupted
        if not self.validation.count and not self._paused:
            raise ValueError("fit: valid gave no batch")

    def after_epoch(self) -> None:
        """Write the history's row, schedule, and call the callbacks after a whole epoch."""
        if self._paused:
            return
        row = {"epoch": self.epoch + 1, **self.training.values()}
        if self.valid is not None:
            row.update(self.validation.values())
        row["lr"] = float(self.optimizer.param_groups[0]["lr"])
        self.history.add(row, time.perf_counter() - self._began)
        self._close_bar(row)
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(row[self.monitor])
        elif self.scheduler is not None and self.schedule_by == "epoch":
            self.scheduler.step()
        self.epoch, self.batches = self.epoch + 1, 0
        self._at_start = self._at_pause = None
        self._seconds = 0.0
        self.training.reset()
        self.call("on_epoch")

    # -- beginning and end ----------------------------------------------------------------------

    def call(self, moment: str) -> None:
        """Call all callbacks."""
        for callback in self.callbacks:
            getattr(callback, moment)(self)

    def end(self) -> None:
        """Tell the callbacks, and the user after Ctrl-C."""
        self._bar.close()
        if self._paused or self.interrupted:
            self.call("on_interrupt")
        if self.interrupted and self.epoch < self.epochs:
            self.stop("interrupted")
            self._report()
        self.call("on_end")

    def close(self) -> None:
        """Leave the terminal in order, whatever happened."""
        self._bar.close()

    def _report(self) -> None:
        place = f"in epoch {self.epoch + 1} of {self.epochs}, after {self.batches} batches"
        if not self.batches:
            place = f"after epoch {self.epoch} of {self.epochs}"
        saved = [str(c.last_path) for c in self.callbacks if isinstance(c, Checkpoint)]
        kept = (
            f"Saved: {', '.join(saved)}; the same call with resume=True goes on from there."
            if saved
            else "Nothing was saved: no Checkpoint is among the callbacks."
        )
        tqdm.write(f"fit: interrupted {place}. {kept}", file=sys.stderr)

    def _show_bar(self) -> None:
        title = f"epoch {self.epoch + 1}/{self.epochs}"
        total, done = length_of(self.train), self.batches
        self._bar = tqdm(
            desc=title, total=total, initial=done, unit="batch", dynamic_ncols=True,
            disable=not self._progress,
        )  # fmt: skip

    def _close_bar(self, row: dict[str, Any]) -> None:
        values = {k: shown(v) for k, v in row.items() if isinstance(v, float) and k != "lr"}
        self._bar.bar_format = "{desc} [{elapsed}]{postfix}"  # the values need the bar's place
        self._bar.set_postfix(values, refresh=False)
        self._bar.close()

    # -- the state ------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Everything that the run needs to go on from here; asked for between two updates."""
        modules: dict[str, Any] = {
            "model": self.model, "optimizer": self.optimizer, "scheduler": self.scheduler,
        }  # fmt: skip
        if isinstance(self._loss, Module):
            modules["loss"] = self._loss
        seconds = time.perf_counter() - self._began if self.batches else 0.0
        return {
            "format": FORMAT,
            **{name: None if m is None else m.state_dict() for name, m in modules.items()},
            "kinds": {name: type(m).__name__ for name, m in modules.items()},
            "epoch": self.epoch, "batches": self.batches, "steps": self.steps, "seconds": seconds,
            "length": length_of(self.train), "accumulate": self.accumulate,
            "metrics": [metric.name for metric in self.training.metrics],
            "training": self.training.state_dict(),
            "history": list(zip(self.history.rows(), self.history.seconds)),
            "callbacks": {k: storable(c.state_dict()) for k, c in self._callback_names().items()},
            "at_start": self._at_start,
            "at_pause": self._streams.state() if self._at_pause is None else self._at_pause,
        }  # fmt: skip

    def load_state_dict(self, state: Any, where: str) -> None:
        """Go on from what `state_dict` gave; refused before anything is changed."""
        check_format(state, where)
        check_model(state, self.model)
        modules = {"optimizer": self.optimizer, "scheduler": self.scheduler}
        for name, module in modules.items():
            check_same(f"the {name}", state["kinds"][name], type(module).__name__)
        if state["batches"]:
            check_same("batches an epoch:", state["length"], length_of(self.train))
            check_same("accumulate:", state["accumulate"], self.accumulate)
            check_same("metrics:", state["metrics"], [m.name for m in self.training.metrics])
            self.training.load_state_dict(state["training"])
        self._streams.check(state["at_pause"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.model.load_state_dict(state["model"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        if isinstance(self._loss, Module) and "loss" in state:
            self._loss.load_state_dict(state["loss"])
        self.epoch, self.batches, self.steps = (state[k] for k in ("epoch", "batches", "steps"))
        for row, seconds in state["history"]:
            self.history.add(row, seconds)
        for name, callback in self._callback_names().items():
            if name in state["callbacks"]:
                callback.load_state_dict(restored(state["callbacks"][name]))
        self._at_start, self._at_pause = state["at_start"], state["at_pause"]
        self._seconds = state["seconds"]
        if not self.batches:
            self._streams.load(self._at_pause)
            self._at_pause = None

    def _callback_names(self) -> dict[str, Callback]:
        """Each callback by its class, and a number where there are several of it."""
        names: dict[str, Callback] = {}
        for callback in self.callbacks:
            kind = type(callback).__name__
            count = sum(type(other) is type(callback) for other in names.values())
            names[f"{kind} {count + 1}" if count else kind] = callback
        return names
