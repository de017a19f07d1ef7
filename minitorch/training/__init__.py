"""A training loop for those who want none: `fit`, metrics, checkpoints, early stopping.

    history = minitorch.fit(model, train, valid, loss, optimizer, epochs=20,
                            metrics=["accuracy"], callbacks=[Checkpoint("runs/digits")])

The loop is `fitting.train_epochs`; `docs/training.md` has it as one writes it by hand.
"""

from __future__ import annotations

from minitorch.training import metrics
from minitorch.training.callbacks import Callback, Checkpoint, EarlyStopping
from minitorch.training.fitting import fit
from minitorch.training.history import History
from minitorch.training.run import Run

__all__ = ["Callback", "Checkpoint", "EarlyStopping", "History", "Run", "fit", "metrics"]
