"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.faces.tensor import Tensor
from minitorch.optim.optimizer import Optimizer, ParamsT
from minitorch.optim.options import check_modes, check_not_negative, check_tensor_lr


class SGD(Optimizer):
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
        foreach, fused: accepted and without effect: the parameters always run together.
        differentiable: only False is supported.

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
        check_tensor_lr(lr)
        check_not_negative("learning rate", lr)
        check_not_negative("momentum value", momentum)
        check_not_negative("weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        check_modes(foreach, differentiable, fused)
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

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; with a closure, its loss is evaluated first and returned."""
        loss = self._evaluate(closure)
        for group in self.param_groups:
            self._step(group)
        return loss

    def _step(self, group: dict[str, Any]) -> None:
        momentum, decay = group["momentum"], float(group["weight_decay"])
        for run in self._runs(group, ("momentum_buffer",) if momentum else ()):
            lr, mu, damp, wd = run.scalars(
                float(group["lr"]), momentum, 1 - group["dampening"], decay
            )
            for x, g, u, s, *buffers in run.blocks():
                if group["maximize"]:
                    g = np.negative(g, out=u)
                if decay:
                    g = np.add(g, np.multiply(x, wd, out=s), out=u)
                for b in buffers:
                    if run.new:
                        b[...] = g
                    else:
                        b *= mu
                        b += np.multiply(g, damp, out=s)
                    g = np.add(g, np.multiply(b, mu, out=s), out=u) if group["nesterov"] else b
                x -= np.multiply(g, lr, out=s)
