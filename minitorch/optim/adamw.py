"""AdamW: Adam with decoupled weight decay."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.optim.adam import Adam
from minitorch.optim.optimizer import ParamsT


class AdamW(Adam):
    """AdamW (Loshchilov & Hutter 2019): Adam whose weight decay is not part of the gradient.

    Every step first shrinks x by the factor 1 − lr·weight_decay, then does as `Adam`, whose
    arguments it takes.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> adamw = torch.optim.AdamW([w], lr=0.1, weight_decay=1.0)
        >>> w.square().sum().backward()
        >>> adamw.step()
        >>> w
        tensor([ 0.8000, -1.7000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:  # a checkpoint of Adam keeps the decay decoupled here
            group["decoupled_weight_decay"] = True
