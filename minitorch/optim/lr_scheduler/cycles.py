"""Schedules that move the momentum against the learning rate (Smith 2017, Smith & Topin 2019)."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from minitorch.optim.lr_scheduler.base import (
    LRScheduler,
    Rate,
    _format_param,
    check_optimizer,
    set_value,
)
from minitorch.optim.optimizer import Optimizer


class _Cycling(LRScheduler):
    """What may set the momentum too: the group's "momentum", or the first of its "betas"."""

    cycle_momentum: bool
    use_beta1: bool

    def _momentums(
        self, base: float | list[float], highest: float | list[float], last_epoch: int
    ) -> tuple[list[float], list[float]]:
        """The bounds of each group's momentum, which begins at the upper one."""
        optimizer = self.optimizer
        if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled; "
                "give cycle_momentum=False"
            )
        self.use_beta1 = "betas" in optimizer.defaults
        bases = _format_param("base_momentum", optimizer, base)
        tops = _format_param("max_momentum", optimizer, highest)
        if last_epoch == -1:
            for group, low, high in zip(optimizer.param_groups, bases, tops, strict=True):
                self._set_momentum(group, high)
                group["max_momentum"] = high
                group["base_momentum"] = low
        return bases, tops

    def _set_momentum(self, group: dict[str, Any], momentum: float) -> None:
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


class CyclicLR(_Cycling):
    """Up from a base rate to a maximum and down again, batch by batch (Smith 2017).

    "triangular" keeps the height of the cycles, "triangular2" halves it from each to the next,
    and "exp_range" multiplies it by `gamma` to the power of the step's number.

    Args:
        optimizer: the optimizer.
        base_lr, max_lr: the bounds, for all groups or as lists with one for each.
        step_size_up, step_size_down: steps up and down; equal by default.
        mode: "triangular", "triangular2" or "exp_range".
        gamma: of "exp_range".
        scale_fn: a factor of the height, in place of `mode`.
        scale_mode: whether `scale_fn` is given the "cycle", from 1, or the "iterations".
        cycle_momentum: move the momentum (or Adam's first beta) the other way.
        base_momentum, max_momentum: its bounds.
        last_epoch: the step after which to resume; -1 begins anew.

    Raises:
        ValueError: an unknown mode, lists of other lengths, or an optimizer without momentum.

    Example:
        >>> sgd = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=1.0, momentum=0.9)
        >>> cyclic = torch.optim.lr_scheduler.CyclicLR(sgd, 0.25, 1.25, step_size_up=2)
        >>> rates = []
        >>> for batch in range(5):
        ...     rates += cyclic.get_last_lr()
        ...     sgd.step()
        ...     cyclic.step()
        >>> rates
        [0.25, 0.75, 1.25, 0.75, 0.25]
    """

    _scale_fn_ref: Callable[[float], float]

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: float = 2000,
        step_size_down: float | None = None,
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: Literal["cycle", "iterations"] = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        base_lrs = _format_param("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for rate, group in zip(base_lrs, optimizer.param_groups, strict=True):
                set_value(group, "lr", rate)
        self.max_lrs = _format_param("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(
                f"mode is invalid and scale_fn is None: {mode!r} is not 'triangular', "
                "'triangular2' or 'exp_range'"
            )
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode
        self._init_scale_fn()
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._momentums(
                base_momentum, max_momentum, last_epoch
            )
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def _init_scale_fn(self) -> None:
        if self._scale_fn_custom is not None:
            return
        if self.mode == "triangular":
            self._scale_fn_ref = _constant
        elif self.mode == "triangular2":
            self._scale_fn_ref = _halving
        else:
            self._scale_fn_ref = partial(pow, self.gamma)
        self.scale_mode = "iterations" if self.mode == "exp_range" else "cycle"

    def scale_fn(self, x: float) -> float:
        """The factor of a cycle's height, at the cycle or the step `x`."""
        return (self._scale_fn_custom or self._scale_fn_ref)(x)

    def get_lr(self) -> list[Rate]:
        """The rates of the step `self.last_epoch`; the momentum is set on the way."""
        self._warn_outside_step()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        share = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, strict=True)
            for group, (low, high) in zip(self.optimizer.param_groups, bounds, strict=True):
                self._set_momentum(group, high - (high - low) * share * scale)
        return [
            low + (high - low) * share * scale
            for low, high in zip(self.base_lrs, self.max_lrs, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer and functions; of a callable object its attributes."""
        state = super().state_dict()
        state.pop("_scale_fn_ref", None)
        custom = state.pop("_scale_fn_custom")
        saved = custom is not None and not isinstance(custom, types.FunctionType)
        state["_scale_fn_custom"] = custom.__dict__.copy() if saved else None
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict()`, a callable object's attributes into the one that is here."""
        custom = self._scale_fn_custom
        super().load_state_dict(state_dict)
        self._scale_fn_custom = custom
        attributes = state_dict["_scale_fn_custom"]
        if attributes is not None:
            custom.__dict__.update(attributes)
        self._init_scale_fn()


def _constant(cycle: float) -> float:
    return 1.0


def _halving(cycle: float) -> float:
    return 1 / (2.0 ** (cycle - 1))


class OneCycleLR(_Cycling):
    """Up to a maximum and then far down, once, batch by batch (Smith & Topin 2019).

    The rate begins at max_lr / div_factor and ends at max_lr / div_factor / final_div_factor.
    Its length is `total_steps`, or `epochs` of `steps_per_epoch`.

    Args:
        optimizer: the optimizer.
        max_lr: the maximum, for all groups or as a list with one for each.
        total_steps: steps in all.
        epochs, steps_per_epoch: their product, where `total_steps` is not given.
        pct_start: share of the steps that go up.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: move the momentum (or Adam's first beta) the other way.
        base_momentum, max_momentum: its bounds.
        div_factor, final_div_factor: see above.
        three_phase: come down to the first rate as steeply as up, then to the last.
        last_epoch: the step after which to resume; -1 begins anew.

    Raises:
        ValueError: an option out of its range, an optimizer without momentum, or, from `step()`,
            more steps than in all.

    Example:
        >>> model = torch.nn.Linear(2, 1)
        >>> adam = torch.optim.Adam(model.parameters())
        >>> cycle = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=0.5, total_steps=10)
        >>> for batch in range(2):
        ...     adam.step()
        ...     cycle.step()
        >>> cycle.get_last_lr(), adam.param_groups[0]["betas"]
        ([0.5], (0.85, 0.999))
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        self.total_steps = _total_steps(total_steps, epochs, steps_per_epoch)
        self._schedule_phases = _phases(self.total_steps, pct_start, three_phase)
        if pct_start < 0 or pct_start > 1 or not isinstance(pct_start, float):
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_func_type = anneal_strategy
        highest = _format_param("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, top in zip(optimizer.param_groups, highest, strict=True):
                group["initial_lr"] = top / div_factor
                group["max_lr"] = top
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._momentums(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of the step `self.last_epoch`; the momentum is set on the way."""
        self._warn_outside_step()
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is "
                f"{self.total_steps}"
            )
        phase, share = self._phase()
        anneal = _cosine if self._anneal_func_type == "cos" else _linear
        rates: list[Rate] = []
        for group in self.optimizer.param_groups:
            rates.append(anneal(group[phase["start_lr"]], group[phase["end_lr"]], share))
            if self.cycle_momentum:
                bounds = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._set_momentum(group, anneal(*bounds, share))
        return rates

    def _phase(self) -> tuple[dict[str, Any], float]:
        """The phase of the present step, and the share of it that is over."""
        start = 0.0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if self.last_epoch <= end or phase is self._schedule_phases[-1]:
                break
            start = end
        return phase, (self.last_epoch - start) / (end - start)


def _total_steps(total: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    if total is None and (epochs is None or steps_per_epoch is None):
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    if total is not None:
        if total <= 0 or not isinstance(total, int):
            raise ValueError(f"Expected positive integer total_steps, but got {total}")
        return total
    for name, value in (("epochs", epochs), ("steps_per_epoch", steps_per_epoch)):
        if not isinstance(value, int) or value <= 0:
            raise ValueError(f"Expected positive integer {name}, but got {value}")
    return epochs * steps_per_epoch  # type: ignore[operator]


def _phases(total: int, share_up: float, three: bool) -> list[dict[str, Any]]:
    """Where each phase ends, and the keys of the groups' values at its ends."""
    ends = [(float(share_up * total) - 1, "max_lr", "base_momentum")]
    if three:
        ends.append((float(2 * share_up * total) - 2, "initial_lr", "max_momentum"))
    ends.append((total - 1, "min_lr", "max_momentum"))
    phases, lr, momentum = [], "initial_lr", "max_momentum"
    for end_step, end_lr, end_momentum in ends:
        phases.append(
            {
                "end_step": end_step,
                "start_lr": lr,
                "end_lr": end_lr,
                "start_momentum": momentum,
                "end_momentum": end_momentum,
            }
        )
        lr, momentum = end_lr, end_momentum
    return phases


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)


def _linear(start: float, end: float, share: float) -> float:
    return (end - start) * share + start
