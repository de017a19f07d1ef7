"""Adagrad, by all gradients so far."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.ops.elementwise import sqrt
from minitorch.optim.elementwise import Elementwise, make_state
from minitorch.optim.optimizer import ParamsT
from minitorch.optim.options import check_fused, check_options


class Adagrad(Elementwise):
    """Adagrad (Duchi, Hazan & Singer 2011): a step scaled by all gradients so far.

    s ← s + g²; x ← x − lr / (1 + (t − 1)·lr_decay)·g / (√s + eps).

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate, a number or a Tensor of one element.
        lr_decay: how fast the learning rate falls.
        weight_decay: factor of the L2 penalty, added to g as weight_decay·x.
        initial_accumulator_value: what s starts from.
        eps: keeps the denominator from zero.
        maximize: climb instead of descending.
        differentiable: gradients flow through the step, whose parameters may then be the results
            of operations.
        foreach, fused: accepted and without effect: the parameters run together.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> adagrad = torch.optim.Adagrad([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> adagrad.step()
        >>> w
        tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options(
            lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            epsilon=eps,
        )
        check_fused(foreach, differentiable, fused)
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "eps": eps,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "fused": fused,
            },
        )
        for group in self.param_groups:
            for param in group["params"]:
                make_state(self.state[param], self._keeps(group), param)

    def _keeps(self, o: dict[str, Any]) -> dict[str, float]:
        return {"step": 0, "sum": self.defaults["initial_accumulator_value"]}

    def _rates(self, o: dict[str, Any], t: int) -> tuple[Any, ...]:
        return o["lr"] / (1 + (t - 1) * o["lr_decay"]), o["eps"]

    def _update(self, o: dict[str, Any], rates: Any, x: Any, g: Any, *state: Any) -> None:
        rate, eps = rates
        (s,) = state
        s += g * g
        x -= rate * (g / (sqrt(s) + eps))
