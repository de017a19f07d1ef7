"""Optimizers whose formula treats every number of a parameter alike and alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.engine.modes import enable_grad
from minitorch.faces.complexes import view_as_real
from minitorch.faces.tensor import Tensor
from minitorch.kernels.seam import Kernel
from minitorch.optim.flat import COUNTERS, ONE, check_fit, counter_dtype, filled
from minitorch.optim.optimizer import Optimizer


class Elementwise(Optimizer):
    """An optimizer given by three answers; the loops over groups and parameters are here.

    `_keeps(o)` names the state, with what it starts from; `_rates(o, t, …)` are the numbers of
    step t; `_update(o, rates, x, g, …)` is the formula. `o` is the parameter group. The formula
    changes `x` and the state in place. It runs on arrays, many parameters together, and for
    `differentiable=True` on Tensors, one by one: so it is made of primitives and operators, and
    changes nothing in place that it has read before.
    """

    def _keeps(self, o: dict[str, Any]) -> dict[str, float]:
        """The names of the state, in order, and the number that each is filled with at first."""
        raise NotImplementedError

    def _rates(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """`_rates(o, t, *counters)`: the numbers of step t.

        Where no "step" is kept, t is 1 for the first and else 2. The `counters` are the other
        states that are one number a parameter, arrays of equal numbers to be updated in place.
        """
        raise NotImplementedError

    def _update(self, o: dict[str, Any], rates: Any, x: Any, g: Any, *state: Any) -> None:
        raise NotImplementedError

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; with a closure, its loss is evaluated first and returned."""
        loss = self._evaluate(closure)
        for group in self.param_groups:
            if group.get("differentiable"):
                with enable_grad():
                    self._step_recorded(group)
            else:
                self._step(group)
        return loss

    @np.errstate(all="ignore")  # as a decorator it costs half of what a context costs
    def _step(self, group: dict[str, Any]) -> None:
        o = _plain(group, Tensor.item)
        keeps = self._keeps(o)
        numbers, last = (), 0
        for run in self._runs(group, keeps):
            t, rest = _tick(keeps, run.counters, run.new)
            if rest or t != last:
                numbers, last = (_decay(o), *self._rates(o, t, *rest)), t
            factor, *rates = run.constants(numbers)
            for block in run.blocks():
                self._move(o, factor, rates, *block)

    def _step_recorded(self, group: dict[str, Any]) -> None:
        """The same by operations on Tensors, through which gradients flow."""
        o = _plain(group, _scalar)
        keeps = self._keeps(o)
        trained = [param for param in group["params"] if param.grad is not None]
        for i, p in enumerate(trained):
            entry = self.state[p]
            check_fit(i, p, p.grad._value, entry, keeps)
            new = make_state(entry, keeps, p)
            counters = [entry[n]._value.reshape(-1) for n in keeps if n in COUNTERS]
            t, rest = _tick(keeps, counters, new)
            held = [p, *(entry[name] for name in keeps if name not in COUNTERS)]
            moved = [tensor.clone() for tensor in held]
            x, g, *state = map(_real, (moved[0], p.grad, *moved[1:]))
            numbers = (_decay(o), *self._rates(o, t, *rest))
            factor, *rates = [_cast(number, x) for number in numbers]
            self._move(o, factor, rates, x, g, *state)
            for tensor, value in zip(held, moved):
                tensor.copy_(value)

    def _move(
        self, o: dict[str, Any], factor: Any, rates: Any, x: Any, g: Any, *state: Any
    ) -> None:
        """The formula, after what all have in common."""
        if o["maximize"]:
            g = -g
        if o.get("weight_decay"):
            if o.get("decoupled_weight_decay"):
                x *= factor
            else:
                g = g + factor * x
        self._update(o, rates, x, g, *state)


def compute(formula: Kernel, x: Any, *rest: Any) -> None:
    """A formula on arrays, compiled where that pays; on Tensors as it stands."""
    (formula if type(x) is np.ndarray else formula.plain)(x, *rest)


def _decay(o: dict[str, Any]) -> Any:
    """By which weight decay multiplies x, or x its share in g."""
    decay = o.get("weight_decay", 0)
    return 1 - o["lr"] * decay if decay and o.get("decoupled_weight_decay") else decay


def _tick(
    keeps: Mapping[str, float], counters: list[np.ndarray], new: bool
) -> tuple[int, list[np.ndarray]]:
    """Count the step; its number, and the other counters."""
    if "step" not in keeps:
        return (1 if new else 2), counters
    steps, *rest = counters
    steps += ONE
    return int(steps.item(0)), rest


def make_state(entry: dict[str, Any], keeps: Mapping[str, float], param: Tensor) -> bool:
    """Make what lacks in the state of a parameter; whether anything did."""
    new = False
    array = param._value
    for name, start in keeps.items():
        held = entry.get(name)
        if isinstance(held, Tensor):
            continue
        if name in COUNTERS:
            made = filled((), start if held is None else held, counter_dtype())
        else:
            made = filled(array.shape, start, array.dtype)
        entry[name] = fresh(Tensor, made)
        new = new or held is None
    return new


def _plain(o: dict[str, Any], form: Callable[[Tensor], Any]) -> dict[str, Any]:
    """The options, those that are Tensors in another form."""
    given = {}
    for name in ("lr", "betas", "weight_decay"):
        option = o.get(name)
        if type(option) is float:
            continue
        if isinstance(option, Tensor):
            given[name] = form(option)
        elif isinstance(option, (tuple, list)) and isinstance(option[0], Tensor):
            given[name] = tuple(form(each) for each in option)
    return {**o, **given} if given else o


def _scalar(tensor: Tensor) -> Tensor:
    return tensor.reshape(())


def _cast(number: Any, like: Tensor) -> Tensor:
    if isinstance(number, Tensor):
        return number.type_as(like)
    return fresh(Tensor, np.array(number, like._value.dtype))


def _real(tensor: Tensor) -> Tensor:
    return view_as_real(tensor) if tensor.is_complex() else tensor
