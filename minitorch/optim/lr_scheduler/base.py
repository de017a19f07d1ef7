"""What all learning-rate schedulers have in common."""

from __future__ import annotations

import functools
import warnings
import weakref
from collections.abc import Callable
from typing import Any, TypeAlias

from minitorch.faces.tensor import Tensor
from minitorch.optim.optimizer import Optimizer
from minitorch.optim.showing import scheduler_html

Rate: TypeAlias = "float | Tensor"

EPOCH_DEPRECATION_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where "
    "possible. Call `scheduler.step()` without it; with it, the schedule's closed form is used "
    "where it has one."
)
_OVERRIDDEN = (
    "Seems like `optimizer.step()` has been overridden after learning rate scheduler "
    "initialization, so whether it is called before `lr_scheduler.step()` can't be told."
)
_OUT_OF_ORDER = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite "
    "order, or the first value of the schedule is never used."
)


class LRScheduler:
    """Sets the learning rate of each of an optimizer's parameter groups, epoch by epoch.

    A subclass sets its options, calls `super().__init__(optimizer, last_epoch)` and writes
    `get_lr()`, which makes the rates of the epoch `self.last_epoch` from `self.base_lrs` or from
    the present ones. The first rates are set at once; `step()` goes on to the next epoch. A
    learning rate that is a Tensor is written in place.

    Args:
        optimizer: the optimizer, whose groups' "lr" are set and "initial_lr" remembered.
        last_epoch: the epoch after which to resume; -1 begins anew.
        verbose: accepted for older scripts, without effect.

    Raises:
        TypeError: `optimizer` is none.
        KeyError: resuming an optimizer whose groups have no "initial_lr".

    Example:
        >>> class Inverse(torch.optim.lr_scheduler.LRScheduler):
        ...     def get_lr(self):
        ...         return [lr / (1 + self.last_epoch) for lr in self.base_lrs]
        >>> sgd = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=1.0)
        >>> inverse = Inverse(sgd)
        >>> for _ in range(3):
        ...     sgd.step()
        ...     inverse.step()
        >>> inverse.get_last_lr()
        [0.25]
    """

    optimizer: Optimizer
    base_lrs: list[Rate]
    last_epoch: int
    _last_lr: list[Rate]
    _step_count: int
    _get_lr_called_within_step: bool = False
    _is_initial: bool = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1, verbose: bool = False) -> None:
        check_optimizer(optimizer)
        warn_of_verbose(verbose)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming "
                    "scheduler with last_epoch >= 0. Load the optimizer's state_dict first; or "
                    "begin anew, with last_epoch=-1."
                )
        self.base_lrs = group_values(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        _watch_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the rates of the first epoch."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict()`. The optimizer's own has the rates, and is loaded after."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Rate]:
        """The rates that were set last, one for each group."""
        return self._last_lr

    def get_lr(self) -> list[Rate]:
        """The rates of the epoch `self.last_epoch`; `get_last_lr()` is for looking at them."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_lr()")

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch, after the optimizer's own `step()`.

        Args:
            epoch: the epoch to go to instead (deprecated); in closed form where there is one.
        """
        if self._step_count == 1:
            if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
                warnings.warn(_OVERRIDDEN, UserWarning, stacklevel=2)
            elif not getattr(self.optimizer, "_opt_called", False):
                warnings.warn(_OUT_OF_ORDER, UserWarning, stacklevel=2)
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        if epoch is None:
            self.last_epoch += 1
            self._set_rates(self.get_lr)
        else:
            self.last_epoch = epoch
            self._set_rates(getattr(self, "_get_closed_form_lr", self.get_lr))

    def _set_rates(self, compute: Callable[[], list[Rate]]) -> None:
        self._get_lr_called_within_step = True
        try:
            rates = compute()
        finally:
            self._get_lr_called_within_step = False
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            set_value(group, "lr", rate)
        self._last_lr = group_values(self.optimizer, "lr")

    def _warn_outside_step(self) -> None:
        """Tell the caller of `get_lr()` that it is meant for `step()`."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use "
                "`get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )

    def _repr_html_(self) -> str:
        return scheduler_html(self)


class _LRScheduler(LRScheduler):
    """The older name of `LRScheduler`."""


def _watch_steps(optimizer: Optimizer) -> None:
    """Have the optimizer note in `_opt_called` that its `step` was called."""
    bound = optimizer.step
    if hasattr(bound, "_wrapped_by_lr_sched"):
        return
    step: Callable[..., Any] = getattr(bound, "__func__", bound)
    takes_self = step is not bound
    reference = weakref.ref(optimizer)  # the optimizer holds the wrapper: no circle

    @functools.wraps(step)
    def watched(*args: Any, **kwargs: Any) -> Any:
        itself = reference()
        itself._opt_called = True  # type: ignore[union-attr]
        return step(itself, *args, **kwargs) if takes_self else step(*args, **kwargs)

    watched._wrapped_by_lr_sched = True  # type: ignore[attr-defined]
    optimizer.step = watched  # type: ignore[method-assign]


def check_optimizer(optimizer: Any) -> None:
    """Schedulers belong to an `Optimizer`."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def warn_of_verbose(verbose: bool) -> None:
    """`verbose` was an argument of PyTorch's schedulers before 2.7."""
    if verbose:
        warnings.warn(
            "The verbose parameter is deprecated and without effect: print get_last_lr() to see "
            "the learning rates.",
            UserWarning,
            stacklevel=3,
        )


def copied(value: Any) -> Any:
    """The value; of a Tensor, whose memory will be written, a copy."""
    return value.clone() if isinstance(value, Tensor) else value


def group_values(optimizer: Optimizer, key: str) -> list[Any]:
    """`group[key]` of each parameter group, Tensors copied."""
    return [copied(group[key]) for group in optimizer.param_groups]


def set_value(group: dict[str, Any], key: str, value: Rate) -> None:
    """`group[key] = value`, in place where it is a Tensor."""
    held = group[key]
    if not isinstance(held, Tensor):
        group[key] = value
    else:
        held.fill_(value.squeeze() if isinstance(value, Tensor) else value)


def _format_param(name: str, optimizer: Optimizer, param: Any) -> list[Any]:
    """An option that is given once for all groups, or as a list with one value for each."""
    groups = len(optimizer.param_groups)
    if not isinstance(param, (list, tuple)):
        param = [param] * groups
    elif len(param) != groups:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has "
            f"{len(param)} values, param_groups has {groups}."
        )
    return [copied(value) for value in param]
