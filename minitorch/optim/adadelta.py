"""Adadelta, a learning rate found on the way."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.ops.elementwise import sqrt
from minitorch.optim.elementwise import Elementwise
from minitorch.optim.optimizer import ParamsT
from minitorch.optim.options import check_not_negative, check_options


class Adadelta(Elementwise):
    """Adadelta (Zeiler 2012): steps in the units of the parameters.

    v ← ρv + (1 − ρ)g²; Δ = √(a + eps) / √(v + eps)·g; a ← ρa + (1 − ρ)Δ²; x ← x − lr·Δ.

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate, a number or a Tensor of one element.
        rho: decay rate ρ of both averages.
        eps: starts the steps and keeps the denominator from zero.
        weight_decay: factor of the L2 penalty, added to g as weight_decay·x.
        maximize: climb instead of descending.
        differentiable: gradients flow through the step, whose parameters may then be the results
            of operations.
        foreach, capturable: accepted and without effect: the parameters run together.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> adadelta = torch.optim.Adadelta([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> adadelta.step()
        >>> w
        tensor([ 0.9997, -1.9997], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}; it must be from 0 to 1")
        check_not_negative("epsilon value", eps)
        check_not_negative("weight_decay value", weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "rho": rho,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
                "capturable": capturable,
                "foreach": foreach,
                "differentiable": differentiable,
            },
        )

    def _keeps(self, o: dict[str, Any]) -> dict[str, float]:
        return {"step": 0, "square_avg": 0, "acc_delta": 0}

    def _rates(self, o: dict[str, Any], t: int) -> tuple[Any, ...]:
        return o["lr"], o["rho"], 1 - o["rho"], o["eps"]

    def _update(self, o: dict[str, Any], rates: Any, x: Any, g: Any, *state: Any) -> None:
        lr, rho, gain, eps = rates
        v, a = state
        v *= rho
        v += gain * (g * g)
        delta = sqrt(a + eps) / sqrt(v + eps) * g
        a *= rho
        a += gain * (delta * delta)
        x -= lr * delta
