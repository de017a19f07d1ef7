"""RAdam: Adam with a rectified variance."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.ops.elementwise import sqrt
from minitorch.optim.elementwise import Elementwise
from minitorch.optim.optimizer import ParamsT
from minitorch.optim.options import check_betas, check_not_negative, check_options


class RAdam(Elementwise):
    """RAdam (Liu et al. 2020): Adam whose adaptive part waits until its variance is known.

    m̂ and v as in `Adam`; ρ = ρ_∞ − 2tβ₂ᵗ / (1 − β₂ᵗ), where ρ_∞ = 2 / (1 − β₂) − 1. While
    ρ ≤ 5, x ← x − lr·m̂; then x ← x − lr·r·√(1 − β₂ᵗ)·m̂ / (√v + eps) with
    r² = (ρ − 4)(ρ − 2)ρ_∞ / ((ρ_∞ − 4)(ρ_∞ − 2)ρ).

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate, a number or a Tensor of one element.
        betas: decay rates β₁, β₂ of the two moments.
        eps: keeps the denominator from zero.
        weight_decay: factor of the L2 penalty, added to g as weight_decay·x.
        decoupled_weight_decay: shrink x by lr·weight_decay instead (Loshchilov & Hutter 2019).
        maximize: climb instead of descending.
        differentiable: gradients flow through the step, whose parameters may then be the results
            of operations.
        foreach, capturable: accepted and without effect: the parameters run together.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> radam = torch.optim.RAdam([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> radam.step()
        >>> w
        tensor([ 0.8000, -1.6000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
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
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "decoupled_weight_decay": decoupled_weight_decay,
                "differentiable": differentiable,
            },
        )

    def _keeps(self, o: dict[str, Any]) -> dict[str, float]:
        return {"step": 0, "exp_avg": 0, "exp_avg_sq": 0}

    def _rates(self, o: dict[str, Any], t: int) -> tuple[Any, ...]:
        beta1, beta2 = o["betas"]
        rate = o["lr"] / (1 - beta1**t)
        unbiased = 1 - beta2**t
        longest = 2 / (1 - beta2) - 1
        rho = longest - 2 * t * beta2**t / unbiased
        adaptive = rho > 5
        if adaptive:
            r2 = (rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho)
            rate = rate * (unbiased * r2) ** 0.5
        return rate, adaptive, o["eps"], 1 - beta1, beta2, 1 - beta2

    def _update(self, o: dict[str, Any], rates: Any, x: Any, g: Any, *state: Any) -> None:
        rate, adaptive, eps, gain1, beta2, gain2 = rates
        m, v = state
        m += gain1 * (g - m)
        v *= beta2
        v += gain2 * (g * g)
        x -= rate * (m / (sqrt(v) + eps) if adaptive else m)
