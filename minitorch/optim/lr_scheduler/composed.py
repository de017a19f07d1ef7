"""Schedules made of other schedules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from minitorch.optim.lr_scheduler.base import LRScheduler, group_values, set_value
from minitorch.optim.lr_scheduler.plateau import ReduceLROnPlateau
from minitorch.optim.optimizer import Optimizer


class _Composed(LRScheduler):
    """What steps other schedulers of the same optimizer; its state holds theirs."""

    _schedulers: Sequence[LRScheduler]

    def _check(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler]) -> None:
        name = type(self).__name__
        for i, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name} at index {i} should have `optimizer` as its attribute.")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name} does not support `ReduceLROnPlateau` scheduler as it requires "
                    "additional kwargs to be specified when calling `step`, but got one at index "
                    f"{i} in the given schedulers sequence."
                )
            if optimizer != scheduler.optimizer:
                raise ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but got "
                    f"scheduler {type(scheduler).__name__} at index {i} of another one "
                    f"({type(scheduler.optimizer).__name__}) than {name}'s own "
                    f"({type(optimizer).__name__})."
                )

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer, and the state dicts of the schedulers."""
        state = super().state_dict()
        state["_schedulers"] = [scheduler.state_dict() for scheduler in self._schedulers]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict()`, schedulers' parts into the schedulers that are here."""
        schedulers = self._schedulers
        self.__dict__.update(state_dict)
        self._schedulers = schedulers
        for scheduler, state in zip(schedulers, state_dict["_schedulers"], strict=False):
            scheduler.load_state_dict(state)


class ChainedScheduler(_Composed):
    """All of several schedulers at each step, one after the other.

    Args:
        schedulers: of one optimizer; not ReduceLROnPlateau.
        optimizer: that optimizer; by default the first scheduler's.

    Example:
        >>> sgd = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=1.0)
        >>> schedulers = torch.optim.lr_scheduler
        >>> chained = schedulers.ChainedScheduler([
        ...     schedulers.ConstantLR(sgd, factor=0.5, total_iters=2),
        ...     schedulers.ExponentialLR(sgd, gamma=0.5),
        ... ])
        >>> rates = []
        >>> for epoch in range(4):
        ...     rates += chained.get_last_lr()
        ...     sgd.step()
        ...     chained.step()
        >>> rates
        [0.5, 0.25, 0.25, 0.125]
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        if len(schedulers) < 1:
            raise ValueError(
                f"{type(self).__name__} expects at least one scheduler to be chained, but got no "
                "scheduler."
            )
        optimizer = optimizer or schedulers[0].optimizer
        self._check(optimizer, schedulers)
        self._schedulers = schedulers
        self.optimizer = optimizer
        self._last_lr = group_values(optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]
        """Step all schedulers."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = group_values(self.optimizer, "lr")


class SequentialLR(_Composed):
    """One scheduler after the other, each from its milestone on.

    Args:
        optimizer: the optimizer.
        schedulers: of that optimizer; not ReduceLROnPlateau.
        milestones: the epochs at which the second, third ... scheduler begins.
        last_epoch: the epoch after which to resume; -1 begins anew.

    Example:
        >>> sgd = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=1.0)
        >>> schedulers = torch.optim.lr_scheduler
        >>> warmup = schedulers.ConstantLR(sgd, factor=0.5, total_iters=2)
        >>> decay = schedulers.ExponentialLR(sgd, gamma=0.5)
        >>> sequential = schedulers.SequentialLR(sgd, [warmup, decay], milestones=[2])
        >>> rates = []
        >>> for epoch in range(5):
        ...     rates += sequential.get_last_lr()
        ...     sgd.step()
        ...     sequential.step()
        >>> rates
        [0.5, 0.5, 1.0, 0.5, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: list[LRScheduler],
        milestones: list[int],
        last_epoch: int = -1,
    ) -> None:
        if len(schedulers) < 1:
            raise ValueError(
                f"{type(self).__name__} expects at least one scheduler, but got no scheduler."
            )
        self._check(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than "
                f"the number of milestone points, but got number of schedulers {len(schedulers)} "
                f"and the number of milestones to be equal to {len(milestones)}"
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        self._begin_anew()
        self._last_lr = self._current(0).get_last_lr()

    def _begin_anew(self) -> None:
        """Undo the first steps that all schedulers made; make that of the first one again."""
        for group in self.optimizer.param_groups:
            set_value(group, "lr", group["initial_lr"])
        self.recursive_undo()
        self._current(0)._initial_step()

    def recursive_undo(self, sched: Any = None) -> None:
        """Take back one epoch of a scheduler (by default, of all these) and of those within it."""
        scheduler = self if sched is None else sched
        if hasattr(scheduler, "_schedulers"):
            for inner in scheduler._schedulers:
                self.recursive_undo(inner)
        elif hasattr(scheduler, "last_epoch"):
            scheduler.last_epoch -= 1

    def _current(self, epoch: int) -> LRScheduler:
        return self._schedulers[bisect_right(self._milestones, epoch)]

    def step(self) -> None:  # type: ignore[override]
        """Step the scheduler whose turn it is."""
        self.last_epoch += 1
        scheduler = self._current(self.last_epoch)
        if self.last_epoch in self._milestones:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()
