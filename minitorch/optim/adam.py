"""Adam, by adaptive moment estimation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.faces.tensor import Tensor
from minitorch.optim.optimizer import Optimizer, ParamsT
from minitorch.optim.options import check_betas, check_modes, check_not_negative, check_tensor_lr


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015): a step scaled by the gradient's running moments.

    m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; x ← x − lr·m̂ / (√v̂ + eps), where m̂ and v̂ are
    m / (1 − β₁ᵗ) and v / (1 − β₂ᵗ).

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate, a number or a Tensor of one element.
        betas: decay rates β₁, β₂ of the two moments.
        eps: keeps the denominator from zero.
        weight_decay: factor of the L2 penalty, added to g as weight_decay·x.
        amsgrad: divide by the largest v so far (Reddi et al. 2018).
        maximize: climb instead of descending.
        decoupled_weight_decay: shrink x by lr·weight_decay instead (Loshchilov & Hutter 2019).
        foreach, fused, capturable: accepted and without effect: the parameters run together.
        differentiable: only False is supported.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> adam = torch.optim.Adam([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> adam.step()
        >>> w
        tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_tensor_lr(lr)
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError(
                "lr as a Tensor is not supported for capturable=False and foreach=True"
            )
        check_not_negative("learning rate", lr)
        check_not_negative("epsilon value", eps)
        check_betas(betas)
        check_not_negative("weight_decay value", weight_decay)
        check_modes(foreach, differentiable, fused)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
                "fused": fused,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
        )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; with a closure, its loss is evaluated first and returned."""
        loss = self._evaluate(closure)
        for group in self.param_groups:
            self._step(group)
        return loss

    def _step(self, group: dict[str, Any]) -> None:
        lr, beta1, beta2 = float(group["lr"]), float(group["betas"][0]), float(group["betas"][1])
        decay, decoupled = group["weight_decay"], group["decoupled_weight_decay"]
        names: tuple[str, ...] = ("step", "exp_avg", "exp_avg_sq")
        if group["amsgrad"]:
            names += ("max_exp_avg_sq",)
        for run in self._runs(group, names):
            t = run.tick()
            # Kingma & Ba, end of section 2: both bias corrections in the learning rate and eps
            root = math.sqrt(1 - beta2**t)
            rate, eps, gain1, beta2_, gain2, shrink = run.scalars(
                lr * root / (1 - beta1**t),
                group["eps"] * root,
                1 - beta1,
                beta2,
                1 - beta2,
                1 - lr * decay if decoupled else decay,
            )
            for x, g, u, s, m, v, *peak in run.blocks():
                if group["maximize"]:
                    g = np.negative(g, out=u)
                if decay and decoupled:
                    x *= shrink
                elif decay:
                    g = np.add(g, np.multiply(x, shrink, out=s), out=u)
                np.subtract(g, m, out=s)
                s *= gain1
                m += s
                np.multiply(g, g, out=s)
                s *= gain2
                v *= beta2_
                v += s
                for top in peak:
                    v = np.maximum(top, v, out=top)
                np.sqrt(v, out=s)
                s += eps
                np.divide(m, s, out=s)
                s *= rate
                x -= s
