"""Averaged stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.faces.tensor import Tensor
from minitorch.optim.elementwise import Elementwise
from minitorch.optim.optimizer import ParamsT
from minitorch.optim.options import check_options


class ASGD(Elementwise):
    """Averaged stochastic gradient descent (Polyak & Juditsky 1992).

    x ← (1 − lambd·η)x − η·g; ax ← ax + μ(x − ax), in `state[p]["ax"]`. The next step has
    η = lr / (1 + lambd·lr·t)^alpha and μ = 1 / max(1, t − t0), so that ax is x until step t0.

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate, a number or a Tensor of one element.
        lambd: decay of x.
        alpha: power by which the learning rate falls.
        t0: the step from which x is averaged.
        weight_decay: factor of the L2 penalty, added to g as weight_decay·x.
        maximize: climb instead of descending.
        differentiable: gradients flow through the step, whose parameters may then be the results
            of operations.
        foreach, capturable: accepted and without effect: the parameters run together.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> asgd = torch.optim.ASGD([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> asgd.step()
        >>> w
        tensor([ 0.8000, -1.6000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options(lr, weight_decay=weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "lambd": lambd,
                "alpha": alpha,
                "t0": t0,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def _keeps(self, o: dict[str, Any]) -> dict[str, float]:
        return {"step": 0, "eta": float(o["lr"]), "mu": 1, "ax": 0}

    def _rates(self, o: dict[str, Any], t: int, *counters: np.ndarray) -> tuple[Any, ...]:
        eta, mu = counters
        rates = 1 - o["lambd"] * eta.item(0), eta.item(0), mu.item(0)
        lr = float(o["lr"])
        eta.fill(lr / (1 + o["lambd"] * lr * t) ** o["alpha"])
        mu.fill(1 / max(1, t - o["t0"]))
        return rates

    def _update(self, o: dict[str, Any], rates: Any, x: Any, g: Any, *state: Any) -> None:
        shrink, eta, mu = rates
        (ax,) = state
        x *= shrink
        x -= eta * g
        ax[...] = x if mu == 1 else ax + mu * (x - ax)
