"""NAdam: Adam with Nesterov momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.faces.tensor import Tensor
from minitorch.ops.elementwise import sqrt
from minitorch.optim.elementwise import Elementwise
from minitorch.optim.optimizer import ParamsT
from minitorch.optim.options import check_betas, check_not_negative, check_options


class NAdam(Elementwise):
    """NAdam (Dozat 2016): Adam that looks ahead along its first moment.

    m and v as in `Adam`; with μₜ = β₁(1 − 0.96^(t·momentum_decay) / 2) and Πₜ = μ₁μ₂…μₜ,
    x ← x − lr·((1 − μₜ)g / (1 − Πₜ) + μₜ₊₁m / (1 − Πₜ₊₁)) / (√v̂ + eps), v̂ = v / (1 − β₂ᵗ).

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate, a number or a Tensor of one element.
        betas: decay rates β₁, β₂ of the two moments.
        eps: keeps the denominator from zero.
        weight_decay: factor of the L2 penalty, added to g as weight_decay·x.
        momentum_decay: how fast μ grows towards β₁.
        decoupled_weight_decay: shrink x by lr·weight_decay instead (Loshchilov & Hutter 2019).
        maximize: climb instead of descending.
        differentiable: gradients flow through the step, whose parameters may then be the results
            of operations.
        foreach, capturable: accepted and without effect: the parameters run together.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> nadam = torch.optim.NAdam([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> nadam.step()
        >>> w
        tensor([ 0.8944, -1.8944], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check_not_negative("momentum_decay value", momentum_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
            },
        )

    def _keeps(self, o: dict[str, Any]) -> dict[str, float]:
        return {"step": 0, "mu_product": 1, "exp_avg": 0, "exp_avg_sq": 0}

    def _rates(self, o: dict[str, Any], t: int, *counters: np.ndarray) -> tuple[Any, ...]:
        (product,) = counters
        lr, (beta1, beta2) = o["lr"], o["betas"]
        mu, next_mu = (beta1 * (1 - 0.96 ** (s * o["momentum_decay"]) / 2) for s in (t, t + 1))
        product *= mu
        so_far = product.item(0)
        rate_g, rate_m = lr * (1 - mu) / (1 - so_far), lr * next_mu / (1 - so_far * next_mu)
        return rate_g, rate_m, o["eps"], 1 - beta1, beta2, 1 - beta2, 1 - beta2**t

    def _update(self, o: dict[str, Any], rates: Any, x: Any, g: Any, *state: Any) -> None:
        rate_g, rate_m, eps, gain1, beta2, gain2, unbiased = rates
        m, v = state
        m += gain1 * (g - m)
        v *= beta2
        v += gain2 * (g * g)
        x -= (rate_g * g + rate_m * m) / (sqrt(v / unbiased) + eps)
