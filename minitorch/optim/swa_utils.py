"""Averages of weights: stochastic weight averaging (arXiv 1803.05407) and exponential ones."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any, Literal

from minitorch.engine.modes import no_grad
from minitorch.faces import dtypes
from minitorch.faces.creation import tensor
from minitorch.faces.descriptors import device as Device
from minitorch.faces.tensor import Tensor
from minitorch.nn.modules.batchnorm import _BatchNorm
from minitorch.nn.modules.module import Module
from minitorch.optim.lr_scheduler.base import LRScheduler, Rate, _format_param
from minitorch.optim.optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Tensor, Tensor, "Tensor | int"], Tensor]
Averages = Callable[[Sequence[Tensor], Sequence[Tensor], "Tensor | int"], None]


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The exponential moving average of one parameter: decay·average + (1 − decay)·parameter."""
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Tensor | int) -> Tensor:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Averages:
    """The exponential moving average of lists of parameters of one dtype, in place."""
    _check_decay(decay)

    @no_grad()
    def ema_update(
        ema_param_list: Sequence[Tensor],
        current_param_list: Sequence[Tensor],
        num_averaged: Tensor | int,
    ) -> None:
        for average, current in zip(ema_param_list, current_param_list, strict=True):
            if _continuous(average):
                average.lerp_(current, 1 - decay)
            else:
                average.copy_(average * decay + current * (1 - decay))

    return ema_update


def get_swa_avg_fn() -> Average:
    """The mean of one parameter: average + (parameter − average) / (num_averaged + 1)."""

    @no_grad()
    def swa_update(
        averaged_param: Tensor, current_param: Tensor, num_averaged: Tensor | int
    ) -> Tensor:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def get_swa_multi_avg_fn() -> Averages:
    """The mean of lists of parameters of one dtype, in place."""

    @no_grad()
    def swa_update(
        averaged_param_list: Sequence[Tensor],
        current_param_list: Sequence[Tensor],
        num_averaged: Tensor | int,
    ) -> None:
        share = float(1 / (num_averaged + 1))
        for average, current in zip(averaged_param_list, current_param_list, strict=True):
            if _continuous(average):
                average.lerp_(current, share)
            else:
                average.copy_(average + (current - average) / (num_averaged + 1))

    return swa_update


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(
            f"Invalid decay value {decay} provided. Please provide a value in [0,1] range."
        )


def _continuous(value: Tensor) -> bool:
    return value.is_floating_point() or value.is_complex()


class AveragedModel(Module):
    """A copy of a model that holds averages of its parameters.

    `update_parameters(model)` takes a new value of each into its average; calling it runs the
    copy. Without a function of its own the average is the mean of all values taken.

    Args:
        model: what is copied.
        device: where the copy lies; there is "cpu".
        avg_fn: makes the new average from `(average, parameter, number of values before)`.
        multi_avg_fn: the same for lists of all those of one dtype, written in place.
        use_buffers: average buffers too, rather than copying their last values.

    Example:
        >>> model = torch.nn.Linear(1, 1)
        >>> mean = torch.optim.swa_utils.AveragedModel(model)
        >>> for value in (1.0, 2.0, 6.0):
        ...     _ = torch.nn.init.constant_(model.weight, value)
        ...     mean.update_parameters(model)
        >>> mean.module.weight.item()
        3.0
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Device | str | int | None = None,
        avg_fn: Average | None = None,
        multi_avg_fn: Averages | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=dtypes.long, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model makes of the arguments."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the model's parameters into the averages; the first time, copy them."""
        averages = [value.detach() for value in self._averaged(self.module)]
        current = [value.detach() for value in self._averaged(model)]
        if self.n_averaged == 0:
            for average, value in zip(averages, current, strict=False):
                average.copy_(value)
        elif self.avg_fn is None:
            self._average_lists(averages, current)
        else:
            for average, value in zip(averages, current, strict=False):
                average.copy_(self.avg_fn(average, value, self.n_averaged))
        if not self.use_buffers:
            for mine, theirs in zip(self.module.buffers(), model.buffers(), strict=True):
                mine.detach().copy_(theirs.detach())
        self.n_averaged += 1

    def _averaged(self, module: Module) -> Iterable[Tensor]:
        buffers = module.buffers() if self.use_buffers else ()
        return itertools.chain(module.parameters(), buffers)

    def _average_lists(self, averages: list[Tensor], current: list[Tensor]) -> None:
        update = self.multi_avg_fn or get_swa_multi_avg_fn()
        lists: dict[Any, tuple[list[Tensor], list[Tensor]]] = {}
        for average, value in zip(averages, current, strict=False):
            mine, theirs = lists.setdefault(average.dtype, ([], []))
            mine.append(average)
            theirs.append(value)
        for mine, theirs in lists.values():
            update(mine, theirs, self.n_averaged)


@no_grad()
def update_bn(
    loader: Iterable[Any], model: Module, device: Device | str | int | None = None
) -> None:
    """Compute a model's batch-norm statistics anew, as plain means over a loader's batches.

    Args:
        loader: gives batches, or lists and tuples that begin with one.
        model: run on them in training mode; its mode is kept.
        device: where batches are sent; there is "cpu".
    """
    momenta = {m: m.momentum for m in model.modules() if isinstance(m, _BatchNorm)}
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.reset_running_stats()
        module.momentum = None
    for batch in loader:
        if isinstance(batch, (list, tuple)):
            batch = batch[0]
        model(batch if device is None else batch.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """From the present rate to that of weight averaging in `anneal_epochs`, then constant.

    Args:
        optimizer: the optimizer.
        swa_lr: the last rate, for all groups or as a list with one for each.
        anneal_epochs: number of epochs until it; 0 sets it at once.
        anneal_strategy: "cos" or "linear".
        last_epoch: the epoch after which to resume; -1 begins anew.

    Raises:
        ValueError: an unknown strategy, or `anneal_epochs` is no integer of at least 0.

    Example:
        >>> sgd = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=1.0)
        >>> swa = torch.optim.swa_utils.SWALR(sgd, swa_lr=0.5, anneal_epochs=2)
        >>> rates = []
        >>> for epoch in range(3):
        ...     rates += swa.get_last_lr()
        ...     sgd.step()
        ...     swa.step()
        >>> rates
        [1.0, 0.75, 0.5]
    """

    anneal_func: Callable[[float], float]

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        last_epoch: int = -1,
    ) -> None:
        rates = _format_param("swa_lr", optimizer, swa_lr)
        for rate, group in zip(rates, optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._set_anneal_func(anneal_strategy)
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates after `self._step_count` steps."""
        self._warn_outside_step()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = (self._share(s) for s in (step - 1, step))
        return [
            group["swa_lr"] * now + _first(group["lr"], group["swa_lr"], before) * (1 - now)
            for group in self.optimizer.param_groups
        ]

    def _share(self, step: int) -> float:
        """How far the rate has gone on its way."""
        return self.anneal_func(max(0, min(1, step / max(1, self.anneal_epochs))))

    def _set_anneal_func(self, anneal_strategy: str) -> None:
        self._anneal_strategy = anneal_strategy
        self.anneal_func = _cosine if anneal_strategy == "cos" else _linear

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer and the function."""
        state = super().state_dict()
        del state["anneal_func"]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict()`."""
        super().load_state_dict(state_dict)
        self._set_anneal_func(self._anneal_strategy)


def _first(rate: Rate, last: Rate, share: float) -> Rate:
    """The rate at the beginning of the way on which `rate` is."""
    return last if share == 1 else (rate - share * last) / (1 - share)


def _cosine(share: float) -> float:
    return (1 - math.cos(math.pi * share)) / 2


def _linear(share: float) -> float:
    return share
