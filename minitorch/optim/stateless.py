"""An optimizer on other parameters and another state, for a while."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.optim.optimizer import Optimizer


@contextmanager
def swap_in_optimizer_params_and_state(
    optimizer: Optimizer, swapin_parameters: dict[str, Tensor], swapin_optim_state: dict[str, Any]
) -> Iterator[None]:
    """Within this context the optimizer moves the parameters and the state that are given.

    Steps change the given tensors in place; what else they do to the optimizer is undone.

    Args:
        optimizer: one that has taken a step or loaded a state.
        swapin_parameters: Tensors, in the order of the optimizer's parameters.
        swapin_optim_state: a `state_dict()` of the same groups and options.

    Raises:
        RuntimeError: the optimizer has no state yet, or what is given does not fit it.

    Example:
        >>> w = torch.tensor([1.0], requires_grad=True)
        >>> sgd = torch.optim.SGD([w], lr=0.5, momentum=0.9)
        >>> w.grad = torch.tensor([1.0])
        >>> sgd.step()
        >>> other = torch.tensor([5.0], requires_grad=True)
        >>> other.grad = torch.tensor([2.0])
        >>> state = {**sgd.state_dict(), "state": {}}
        >>> with torch.optim.swap_in_optimizer_params_and_state(sgd, {"w": other}, state):
        ...     sgd.step()
        >>> other, w
        (tensor([4.], requires_grad=True), tensor([0.5000], requires_grad=True))
    """
    if not optimizer.state:
        _refuse("initialized optimizer state: take a step, or load a state, before")
    groups, entries = _checked(optimizer, list(swapin_parameters.values()), swapin_optim_state)
    state, kept = optimizer.state, [dict(group) for group in optimizer.param_groups]
    try:
        for group, given in zip(optimizer.param_groups, groups):
            group.update(given)
        optimizer.state = entries
        yield
    finally:
        for group, before in zip(optimizer.param_groups, kept):
            group.clear()
            group.update(before)
        optimizer.state = state


def _checked(
    optimizer: Optimizer, params: list[Tensor], given: Any
) -> tuple[list[dict[str, Any]], defaultdict[Any, Any]]:
    """The given groups with the parameters for numbers, and the state by parameter."""
    if not isinstance(given, dict) or not isinstance(given.get("state"), dict):
        _refuse("a state_dict, whose 'state' is a dict of each parameter's by its number")
    entries, groups = given["state"], given.get("param_groups")
    if not isinstance(groups, list):
        _refuse("a state_dict, whose 'param_groups' is a list of dicts")
    if len(groups) != len(optimizer.param_groups):
        raise RuntimeError(
            "swapin_optim_state has a different number of parameter groups than the live "
            f"optimizer: {len(groups)}, not {len(optimizer.param_groups)}"
        )
    if any(isinstance(entry, int) and not isinstance(entries[entry], dict) for entry in entries):
        _refuse("per-parameter optimizer state entries to be dictionaries")
    swapped, state, rest = [], defaultdict[Any, Any](dict), iter(params)
    numbers: set[Any] = set()
    for i, (live, group) in enumerate(zip(optimizer.param_groups, groups)):
        if not isinstance(group, dict) or set(group) != set(live):
            _refuse(f"group {i} to be a dictionary with the keys {list(live)}")
        if len(group["params"]) != len(live["params"]):
            raise RuntimeError(
                f"swapin_optim_state param group {i} has a different number of params than the "
                f"live optimizer param group: {len(group['params'])}, not {len(live['params'])}"
            )
        members = [param for param, _ in zip(rest, group["params"])]
        if len(members) != len(group["params"]):
            _refuse(f"a parameter for each of the optimizer's, but there are {len(params)}")
        for param, number in zip(members, group["params"]):
            state[param] = dict(entries.get(number, {}))
        numbers.update(group["params"])
        swapped.append({**group, "params": members})
    extra = [number for number in entries if number not in numbers]
    if extra:
        _refuse(f"state by the numbers of the parameters, but there is also {extra}")
    return swapped, state


def _refuse(need: str) -> None:
    raise RuntimeError(f"swap_in_optimizer_params_and_state requires {need}")
