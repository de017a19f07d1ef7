"""Cosine annealing (Loshchilov & Hutter 2017, "SGDR")."""

from __future__ import annotations

import math

from minitorch.optim.lr_scheduler.base import LRScheduler, Rate, group_values
from minitorch.optim.optimizer import Optimizer


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the initial rate to `eta_min` in `T_max` epochs, and back.

    η(t) = η_min + (η_0 − η_min)·(1 + cos(π·t / T_max)) / 2. It is computed from the last epoch's
    rate, so that it can be chained with other schedules.

    Args:
        optimizer: the optimizer.
        T_max: number of epochs to the minimum.
        eta_min: the least rate.
        last_epoch: the epoch after which to resume; -1 begins anew.

    Example:
        >>> sgd = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=1.0)
        >>> cosine = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, T_max=4)
        >>> for epoch in range(2):
        ...     sgd.step()
        ...     cosine.step()
        >>> round(cosine.get_last_lr()[0], 6)
        0.5
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of the epoch `self.last_epoch`."""
        self._warn_outside_step()
        groups, epoch, least = self.optimizer.param_groups, self.last_epoch, self.eta_min
        if self._is_initial:
            return group_values(self.optimizer, "lr")
        if self._step_count == 1 and epoch > 0:
            cosine = math.cos(epoch * math.pi / self.T_max)
            return [least + (rate - least) * (1 + cosine) / 2 for rate in self.base_lrs]
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # leaving the minimum: no ratio there
            cosine = math.cos(math.pi / self.T_max)
            return [
                group["lr"] + (rate - least) * (1 - cosine) / 2
                for rate, group in zip(self.base_lrs, groups, strict=True)
            ]
        now, before = (1 + math.cos(math.pi * e / self.T_max) for e in (epoch, epoch - 1))
        return [now / before * (group["lr"] - least) + least for group in groups]

    def _get_closed_form_lr(self) -> list[Rate]:
        cosine = math.cos(math.pi * self.last_epoch / self.T_max)
        return [self.eta_min + (rate - self.eta_min) * (1 + cosine) / 2 for rate in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from the initial rate to `eta_min`, begun anew after `T_0` epochs.

    Every period is `T_mult` times as long as the one before. `step` may be given fractions of an
    epoch.

    Args:
        optimizer: the optimizer.
        T_0: epochs until the first restart.
        T_mult: factor of the periods, an integer.
        eta_min: the least rate.
        last_epoch: the epoch after which to resume; -1 begins anew.

    Raises:
        ValueError: `T_0` or `T_mult` is no positive integer, or `eta_min` no number.
    """

    T_i: int
    T_cur: float

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(
                f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}"
            )
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates at `self.T_cur` epochs after the last restart."""
        self._warn_outside_step()
        cosine = math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (rate - self.eta_min) * (1 + cosine) / 2 for rate in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next epoch, or to any, which may be a fraction: `epoch + i / batches`."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        else:
            self._go_to(epoch)
        self.last_epoch = math.floor(epoch)
        self._set_rates(self.get_lr)

    def _go_to(self, epoch: float) -> None:
        if epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:  # n periods are over: T_0·(T_mult^n - 1) / (T_mult - 1) epochs
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n
