"""Adamax: Adam by the largest gradient."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.ops.elementwise import absolute, maximum
from minitorch.optim.elementwise import Elementwise
from minitorch.optim.optimizer import ParamsT
from minitorch.optim.options import check_betas, check_not_negative, check_options


class Adamax(Elementwise):
    """Adamax (Kingma & Ba 2015): Adam in the infinity norm.

    m ← β₁m + (1 − β₁)g; u ← max(β₂u, |g| + eps); x ← x − lr / (1 − β₁ᵗ)·m / u.

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate, a number or a Tensor of one element.
        betas: decay rates β₁, β₂ of m and u.
        eps: keeps the denominator from zero.
        weight_decay: factor of the L2 penalty, added to g as weight_decay·x.
        maximize: climb instead of descending.
        differentiable: gradients flow through the step, whose parameters may then be the results
            of operations.
        foreach, capturable: accepted and without effect: the parameters run together.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> adamax = torch.optim.Adamax([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> adamax.step()
        >>> w
        tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options(lr)
        check_not_negative("epsilon value", eps)
        check_betas(betas)
        check_not_negative("weight_decay value", weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def _keeps(self, o: dict[str, Any]) -> dict[str, float]:
        return {"step": 0, "exp_avg": 0, "exp_inf": 0}

    def _rates(self, o: dict[str, Any], t: int) -> tuple[Any, ...]:
        beta1, beta2 = o["betas"]
        return o["lr"] / (1 - beta1**t), 1 - beta1, beta2, o["eps"]

    def _update(self, o: dict[str, Any], rates: Any, x: Any, g: Any, *state: Any) -> None:
        rate, gain, beta2, eps = rates
        m, u = state
        m += gain * (g - m)
        u[...] = maximum(beta2 * u, absolute(g) + eps)
        x -= rate * (m / u)
