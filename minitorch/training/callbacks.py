"""What can hang on a training: callbacks, among them early stopping and checkpoints."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minitorch.serialization import save

if TYPE_CHECKING:
    from minitorch.training.run import Run

LAST, BEST = "last.pt", "best.pt"


class Callback:
    """Something to be done along a training: a subclass writes the methods that it needs.

    Each is given the `Run`: its `model`, `optimizer`, `history`, `epoch` (whole epochs so far),
    `steps` (updates so far), and `stop(why)`, which ends the training at the next update. A plain
    function of the run is a callback, too: it is called after each epoch.

    A callback that remembers something has `state_dict()` and `load_state_dict(state)`, of
    numbers, strings, Tensors and containers; checkpoints keep it.

    Example:
        >>> class Count(torch.training.Callback):
        ...     updates = 0
        ...     def on_step(self, run):
        ...         self.updates += 1
        >>> x, y, net = torch.rand(8, 2), torch.rand(8, 1), torch.nn.Linear(2, 1)
        >>> count, sgd = Count(), torch.optim.SGD(net.parameters(), lr=0.1)
        >>> _ = torch.fit(net, (x, y), None, torch.nn.MSELoss(), sgd, 3, batch_size=4,
        ...               callbacks=[count], progress=False)
        >>> count.updates
        6
    """

    def on_start(self, run: Run) -> None:
        """Before the first epoch, after a checkpoint was loaded."""

    def on_step(self, run: Run) -> None:
        """After each update of the parameters."""

    def on_epoch(self, run: Run) -> None:
        """After each epoch, when its row is in the history and the schedule has gone on."""

    def on_interrupt(self, run: Run) -> None:
        """When Ctrl-C or `stop` ends the training within an epoch; its update is done."""

    def on_end(self, run: Run) -> None:
        """After the last epoch, however the training ended; errors excepted."""

    def state_dict(self) -> dict[str, Any]:
        """What must go on where it was when a training is resumed."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""


class Each(Callback):
    """A function of the run, called after each epoch."""

    def __init__(self, function: Callable[[Run], Any]) -> None:
        self.function = function

    def on_epoch(self, run: Run) -> None:
        self.function(run)


class Best(Callback):
    """Follows one value of the history; subclasses act when it is the best so far, or is not.

    Args:
        monitor: its name; the run's own if None, "valid_loss" or else "loss".
        mode: "min" or "max"; found by the name if None.
    """

    min_delta = 0.0

    def __init__(self, monitor: str | None = None, mode: str | None = None) -> None:
        if mode not in (None, "min", "max"):
            raise ValueError(f"mode must be 'min', 'max' or None, got {mode!r}")
        self.monitor, self.mode = monitor, mode
        self.best: float | None = None

    def on_start(self, run: Run) -> None:
        self.name = run.known(self.monitor or run.monitor)
        self.sign = 1 if (self.mode or run.mode_of(self.name)) == "min" else -1

    def improved(self, run: Run) -> bool:
        """Whether the last epoch was the best so far; nan never is."""
        value = self.sign * float(run.history[self.name][-1])
        if math.isnan(value) or (self.best is not None and not value < self.best - self.min_delta):
            return False
        self.best = value
        return True

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best = state["best"]


class EarlyStopping(Best):
    """End the training when a value has not improved for `patience` epochs in a row.

    Args:
        monitor: which value; "valid_loss" if None, or "loss" where nothing is validated.
        patience: so many epochs in a row without improvement end it.
        min_delta: the least change that is an improvement.
        mode: "min" where less is better, "max" where more is; known of losses and metrics.
        restore_best: at the end, give the model the parameters and buffers of its best epoch.

    Example:
        >>> x, net = torch.ones(8, 1), torch.nn.Linear(1, 1)
        >>> sgd = torch.optim.SGD(net.parameters(), lr=0.0)
        >>> history = torch.fit(net, (x, x), None, torch.nn.MSELoss(), sgd, 100, progress=False,
        ...                     callbacks=[torch.training.EarlyStopping(patience=2)])
        >>> len(history), history.stopped
        (3, 'loss has not improved for 2 epochs')
    """

    def __init__(
        self,
        monitor: str | None = None,
        patience: int = 5,
        min_delta: float = 0.0,
        mode: str | None = None,
        restore_best: bool = False,
    ) -> None:
        super().__init__(monitor, mode)
        if patience < 1 or min_delta < 0:
            raise ValueError(
                "expected a patience of at least 1 and a min_delta of at least 0, got "
                f"patience={patience}, min_delta={min_delta}"
            )
        self.patience, self.min_delta, self.restore_best = patience, min_delta, restore_best
        self.bad = 0
        self.weights: dict[str, Any] | None = None

    def on_start(self, run: Run) -> None:
        super().on_start(run)
        self._look(run)

    def on_epoch(self, run: Run) -> None:
        if self.improved(run):
            self.bad = 0
            if self.restore_best:
                self.weights = copy.deepcopy(run.model.state_dict())
        else:
            self.bad += 1
        self._look(run)

    def _look(self, run: Run) -> None:
        if self.bad >= self.patience:
            run.stop(f"{self.name} has not improved for {self.bad} epochs")

    def on_end(self, run: Run) -> None:
        if self.weights is not None and not run.interrupted:
            run.model.load_state_dict(self.weights)

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "bad": self.bad, "weights": self.weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best, self.bad, self.weights = state["best"], state["bad"], state["weights"]


class Checkpoint(Best):
    """Keep the training in a folder: `last.pt`, from which it can go on, and `best.pt`.

    `last.pt` has everything that `fit(…, resume=True)` needs; it is written after each epoch,
    after every `every` updates, and on Ctrl-C. `best.pt` is the model's `state_dict()` of the
    epoch with the best value. Each file is written whole or not at all: a process that is killed
    leaves the one before.

    Args:
        folder: is made if it is not there.
        every: updates between two checkpoints within an epoch; none if None.
        monitor, mode: which value `best.pt` goes by, as in `EarlyStopping`.

    Example:
        >>> import os, tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> x, net = torch.ones(8, 1), torch.nn.Linear(1, 1)
        >>> sgd = torch.optim.SGD(net.parameters(), lr=0.1)
        >>> keep = torch.training.Checkpoint(folder.name)
        >>> _ = torch.fit(net, (x, x), None, torch.nn.MSELoss(), sgd, 2, callbacks=[keep],
        ...               progress=False)
        >>> sorted(os.listdir(folder.name))
        ['best.pt', 'last.pt']
        >>> net.load_state_dict(torch.load(keep.best_path))
        <All keys matched successfully>
        >>> folder.cleanup()
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        every: int | None = None,
        monitor: str | None = None,
        mode: str | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        if every is not None and every < 1:
            raise ValueError(f"every must be at least 1 update, or None, got {every}")
        self.folder, self.every = Path(folder), every

    @property
    def last_path(self) -> Path:
        """Where the whole state is."""
        return self.folder / LAST

    @property
    def best_path(self) -> Path:
        """Where the best model is."""
        return self.folder / BEST

    def on_start(self, run: Run) -> None:
        super().on_start(run)
        self.folder.mkdir(parents=True, exist_ok=True)

    def on_step(self, run: Run) -> None:
        if self.every and run.steps % self.every == 0:
            self.write(run)

    def on_epoch(self, run: Run) -> None:
        if self.improved(run):
            save(run.model.state_dict(), self.best_path)
        self.write(run)

    def on_interrupt(self, run: Run) -> None:
        self.write(run)

    def write(self, run: Run) -> None:
        """Write `last.pt` now; between two updates only."""
        save(run.state_dict(), self.last_path)


def callback_of(given: Any) -> Callback:
    """A callback as it is, or one that calls a function."""
    if isinstance(given, Callback):
        return given
    if isinstance(given, type) or not callable(given):
        raise TypeError(
            "a callback is an object of minitorch.training.Callback or a function of the run, got "
            f"{given!r}"
        )
    return Each(given)
