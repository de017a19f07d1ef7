"""Schedules that multiply the learning rate: by functions, steps, powers."""

from __future__ import annotations

import types
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from minitorch.optim.lr_scheduler.base import LRScheduler, Rate, group_values
from minitorch.optim.optimizer import Optimizer

Factor = Callable[[int], float]


class _ByFunctions(LRScheduler):
    """What has a function of the epoch for each group.

    A state dict holds the attributes of callable objects; functions can't be saved.
    """

    lr_lambdas: list[Factor]

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Factor | Sequence[Factor], last_epoch: int = -1
    ) -> None:
        groups = len(optimizer.param_groups)
        if not isinstance(lr_lambda, (list, tuple)):
            self.lr_lambdas = [lr_lambda] * groups  # type: ignore[list-item]
        elif len(lr_lambda) != groups:
            raise ValueError(
                f"Expected {groups} lr_lambdas, but got {len(lr_lambda)}: give one function for "
                "all parameter groups, or one for each"
            )
        else:
            self.lr_lambdas = list(lr_lambda)
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(
                    f"lr_lambda should be a function, but got {type(function).__name__}"
                )
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer; of a callable object its attributes, of functions None.

        The optimizer's own state dict is to be saved beside it.
        """
        state = super().state_dict()
        state["lr_lambdas"] = [
            None if isinstance(f, types.FunctionType) else f.__dict__.copy()
            for f in self.lr_lambdas
        ]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict()`, callable objects' attributes into those that are here."""
        functions = self.lr_lambdas
        saved = state_dict["lr_lambdas"]
        self.__dict__.update(state_dict)
        self.lr_lambdas = functions
        for function, attributes in zip(functions, saved, strict=False):
            if attributes is not None:
                function.__dict__.update(attributes)


class LambdaLR(_ByFunctions):
    """The initial rate times `lr_lambda(epoch)`.

    Args:
        optimizer: the optimizer.
        lr_lambda: a function of the epoch, or a list of them, one for each group.
        last_epoch: the epoch after which to resume; -1 begins anew.

    Raises:
        TypeError: `lr_lambda` can't be called.
        ValueError: other numbers of functions and groups.

    Example:
        >>> sgd = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=0.5)
        >>> warmup = torch.optim.lr_scheduler.LambdaLR(sgd, lambda epoch: min(1, (epoch + 1) / 4))
        >>> sgd.param_groups[0]["lr"]
        0.125
    """

    def get_lr(self) -> list[Rate]:
        """The rates of the epoch `self.last_epoch`."""
        self._warn_outside_step()
        return [
            rate * function(self.last_epoch)
            for function, rate in zip(self.lr_lambdas, self.base_lrs, strict=True)
        ]


class MultiplicativeLR(_ByFunctions):
    """The present rate times `lr_lambda(epoch)`, from the second epoch on.

    Args:
        optimizer: the optimizer.
        lr_lambda: a function of the epoch, or a list of them, one for each group.
        last_epoch: the epoch after which to resume; -1 begins anew.

    Raises:
        TypeError: `lr_lambda` can't be called.
        ValueError: other numbers of functions and groups.
    """

    def get_lr(self) -> list[Rate]:
        """The rates of the epoch `self.last_epoch`."""
        self._warn_outside_step()
        if self._is_initial:
            return group_values(self.optimizer, "lr")
        return [
            group["lr"] * function(self.last_epoch)
            for function, group in zip(self.lr_lambdas, self.optimizer.param_groups, strict=True)
        ]


class _ByFactor(LRScheduler):
    """What multiplies all groups' rates by one factor.

    Each schedule says it twice: what the last epoch's rate is multiplied by, so that several
    schedules can be chained, and in closed form, from the initial rate.
    """

    def get_lr(self) -> list[Rate]:
        """The rates of the epoch `self.last_epoch`."""
        self._warn_outside_step()
        factor = self._factor(self.last_epoch)
        if factor is None:
            return group_values(self.optimizer, "lr")
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def _get_closed_form_lr(self) -> list[Rate]:
        factor = self._closed_factor(self.last_epoch)
        return [rate * factor for rate in self.base_lrs]

    def _factor(self, epoch: int) -> float | None:
        """From the rate of the epoch before to that of this one; None leaves it."""
        raise NotImplementedError

    def _closed_factor(self, epoch: int) -> float:
        """From the initial rate to that of this epoch."""
        raise NotImplementedError


class StepLR(_ByFactor):
    """Every `step_size` epochs, the rate times `gamma`.

    Args:
        optimizer: the optimizer.
        step_size: number of epochs with one rate.
        gamma: factor.
        last_epoch: the epoch after which to resume; -1 begins anew.

    Example:
        >>> sgd = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=1.0)
        >>> steps = torch.optim.lr_scheduler.StepLR(sgd, step_size=2, gamma=0.5)
        >>> rates = []
        >>> for epoch in range(5):
        ...     rates += steps.get_last_lr()
        ...     sgd.step()
        ...     steps.step()
        >>> rates
        [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float | None:
        return None if epoch == 0 or epoch % self.step_size != 0 else self.gamma

    def _closed_factor(self, epoch: int) -> float:
        return self.gamma ** (epoch // self.step_size)


class MultiStepLR(_ByFactor):
    """At each of the epochs `milestones`, the rate times `gamma`.

    Args:
        optimizer: the optimizer.
        milestones: epochs, in any order; one that is there twice counts twice.
        gamma: factor.
        last_epoch: the epoch after which to resume; -1 begins anew.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float | None:
        return self.gamma ** self.milestones[epoch] if epoch in self.milestones else None

    def _closed_factor(self, epoch: int) -> float:
        return self.gamma ** bisect_right(sorted(self.milestones.elements()), epoch)


class ConstantLR(_ByFactor):
    """The rate times `factor`, for the first `total_iters` epochs.

    Args:
        optimizer: the optimizer.
        factor: from 0 to 1.
        total_iters: number of epochs.
        last_epoch: the epoch after which to resume; -1 begins anew.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if factor > 1.0 or factor < 0:
            raise ValueError(
                f"Constant multiplicative factor expected to be between 0 and 1, but got {factor}."
            )
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float | None:
        if epoch == 0:
            return self.factor
        return 1.0 / self.factor if epoch == self.total_iters else None

    def _closed_factor(self, epoch: int) -> float:
        return self.factor + (epoch >= self.total_iters) * (1 - self.factor)


class LinearLR(_ByFactor):
    """The rate times a factor that goes linearly from one to another in `total_iters` epochs.

    Args:
        optimizer: the optimizer.
        start_factor: above 0, at most 1.
        end_factor: from 0 to 1.
        total_iters: number of epochs until the end.
        last_epoch: the epoch after which to resume; -1 begins anew.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal "
                f"to 1, but got {start_factor}."
            )
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError(
                "Ending multiplicative factor expected to be between 0 and 1, but got "
                f"{end_factor}."
            )
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float | None:
        if epoch == 0:
            return self.start_factor
        if self._is_initial or epoch > self.total_iters:
            return None
        rise = self.end_factor - self.start_factor
        return 1.0 + rise / (self.total_iters * self.start_factor + (epoch - 1) * rise)

    def _closed_factor(self, epoch: int) -> float:
        rise = self.end_factor - self.start_factor
        return self.start_factor + rise * min(self.total_iters, epoch) / self.total_iters


class ExponentialLR(_ByFactor):
    """Every epoch, the rate times `gamma`.

    Args:
        optimizer: the optimizer.
        gamma: factor.
        last_epoch: the epoch after which to resume; -1 begins anew.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float | None:
        return None if self._is_initial else self.gamma

    def _closed_factor(self, epoch: int) -> float:
        return self.gamma**epoch


class PolynomialLR(_ByFactor):
    """The rate times (1 − epoch / total_iters)^power, then 0.

    Args:
        optimizer: the optimizer.
        total_iters: number of epochs until 0.
        power: the polynomial's power.
        last_epoch: the epoch after which to resume; -1 begins anew.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
    ) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float | None:
        if self._is_initial or epoch > self.total_iters:
            return None
        left, left_before = (1.0 - e / self.total_iters for e in (epoch, epoch - 1))
        return (left / left_before) ** self.power

    def _closed_factor(self, epoch: int) -> float:
        return (1.0 - min(self.total_iters, epoch) / self.total_iters) ** self.power
