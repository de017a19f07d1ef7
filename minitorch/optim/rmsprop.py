"""RMSprop, by the root mean square of recent gradients."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.ops.elementwise import sqrt
from minitorch.optim.elementwise import Elementwise
from minitorch.optim.optimizer import ParamsT
from minitorch.optim.options import check_options


class RMSprop(Elementwise):
    """RMSprop (Tieleman & Hinton 2012): a step scaled by the root mean square of the gradients.

    v ← αv + (1 − α)g²; x ← x − lr·g / (√v + eps). With `centered`, v less the square of the
    gradient's running mean (Graves 2013); with momentum, b ← momentum·b + g / (√v + eps) and
    x ← x − lr·b.

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate, a number or a Tensor of one element.
        alpha: decay rate α of the averages.
        eps: keeps the denominator from zero.
        weight_decay: factor of the L2 penalty, added to g as weight_decay·x.
        momentum: share of the last direction that is kept.
        centered: divide by the standard deviation.
        maximize: climb instead of descending.
        differentiable: gradients flow through the step, whose parameters may then be the results
            of operations.
        foreach, capturable: accepted and without effect: the parameters run together.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> rmsprop = torch.optim.RMSprop([w], lr=0.01)
        >>> w.square().sum().backward()
        >>> rmsprop.step()
        >>> w
        tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr, epsilon=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "alpha": alpha,
                "eps": eps,
                "centered": centered,
                "weight_decay": weight_decay,
                "capturable": capturable,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
            },
        )

    def _keeps(self, o: dict[str, Any]) -> dict[str, float]:
        names: dict[str, float] = {"step": 0, "square_avg": 0}
        if o["momentum"] > 0:
            names["momentum_buffer"] = 0
        if o["centered"]:
            names["grad_avg"] = 0
        return names

    def _rates(self, o: dict[str, Any], t: int) -> tuple[Any, ...]:
        return o["lr"], o["momentum"], o["alpha"], 1 - o["alpha"], o["eps"]

    def _update(self, o: dict[str, Any], rates: Any, x: Any, g: Any, *state: Any) -> None:
        lr, momentum, alpha, gain, eps = rates
        v, *rest = state
        v *= alpha
        v += gain * (g * g)
        if o["centered"]:
            mean = rest.pop()
            mean += gain * (g - mean)
            v = v - mean * mean
        g = g / (sqrt(v) + eps)
        for b in rest:
            b *= momentum
            b += g
            g = b
        x -= lr * g
