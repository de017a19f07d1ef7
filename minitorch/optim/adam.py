"""Adam, by adaptive moment estimation."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.kernels import optim
from minitorch.optim.elementwise import Elementwise, compute
from minitorch.optim.optimizer import ParamsT
from minitorch.optim.options import (
    check_betas,
    check_fused,
    check_not_negative,
    check_options,
    check_tensor_betas,
)


class Adam(Elementwise):
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
        differentiable: gradients flow through the step, whose parameters may then be the results
            of operations.
        decoupled_weight_decay: shrink x by lr·weight_decay instead (Loshchilov & Hutter 2019).
        foreach, fused, capturable: accepted and without effect: the parameters run together.

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
        check_options(lr)
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError(
                "lr as a Tensor is not supported for capturable=False and foreach=True"
            )
        check_not_negative("epsilon value", eps)
        check_betas(betas)
        check_not_negative("weight_decay value", weight_decay)
        check_tensor_betas(betas)
        check_fused(foreach, differentiable, fused)
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

    def _keeps(self, o: dict[str, Any]) -> dict[str, float]:
        names: dict[str, float] = {"step": 0, "exp_avg": 0, "exp_avg_sq": 0}
        return names | {"max_exp_avg_sq": 0} if o["amsgrad"] else names

    def _rates(self, o: dict[str, Any], t: int) -> tuple[Any, ...]:
        beta1, beta2 = o["betas"]
        # Kingma & Ba, end of section 2: both bias corrections in the learning rate and eps
        root = (1 - beta2**t) ** 0.5
        return o["lr"] * root / (1 - beta1**t), o["eps"] * root, 1 - beta1, beta2, 1 - beta2

    def _update(self, o: dict[str, Any], rates: Any, x: Any, g: Any, *state: Any) -> None:
        m, v, *top = state
        compute(optim.adam, x, g, m, v, rates, *top)
