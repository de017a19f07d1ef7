"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.kernels import optim
from minitorch.optim.elementwise import Elementwise, compute
from minitorch.optim.optimizer import ParamsT
from minitorch.optim.options import check_fused, check_options


class SGD(Elementwise):
    """Stochastic gradient descent, with momentum as in Sutskever et al. 2013 (PyTorch's form).

    b ← momentum·b + (1 − dampening)·g, the first b being g itself; x ← x − lr·b, and with
    `nesterov` x ← x − lr·(g + momentum·b). Weight decay adds weight_decay·x to g.

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate, a number or a Tensor of one element.
        momentum: share of the last direction that is kept.
        dampening: share of the gradient that momentum leaves out.
        weight_decay: factor of the L2 penalty.
        nesterov: look ahead along the momentum; needs momentum and no dampening.
        maximize: climb instead of descending.
        differentiable: gradients flow through the step, whose parameters may then be the results
            of operations.
        foreach, fused: accepted and without effect: the parameters always run together.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> sgd = torch.optim.SGD([w], lr=0.25)
        >>> w.square().sum().backward()
        >>> sgd.step()
        >>> w
        tensor([ 0.5000, -1.0000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options(lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        check_fused(foreach, differentiable, fused)
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
                "foreach": foreach,
                "differentiable": differentiable,
                "fused": fused,
            },
        )

    def _keeps(self, o: dict[str, Any]) -> dict[str, float]:
        return {"momentum_buffer": 0} if o["momentum"] else {}

    def _rates(self, o: dict[str, Any], t: int) -> tuple[Any, ...]:
        return o["lr"], o["momentum"], 1 - o["dampening"] if t > 1 else 1

    def _update(self, o: dict[str, Any], rates: Any, x: Any, g: Any, *state: Any) -> None:
        if state:
            compute(optim.momentum, x, g, *state, rates, o["nesterov"])
        else:
            compute(optim.sgd, x, g, rates[0])
