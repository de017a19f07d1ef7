"""SparseAdam, which waits for sparse gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.optim.optimizer import Optimizer, ParamsT
from minitorch.optim.options import check_betas


class SparseAdam(Optimizer):
    """Adam for sparse gradients, which moves only the rows that have one.

    Gradients are dense here, also those of `nn.Embedding`: as in PyTorch, a step with a dense
    gradient is an error. `Adam` is the optimizer for them.

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate, a number or a Tensor of one element.
        betas: decay rates β₁, β₂ of the two moments.
        eps: keeps the denominator from zero.
        maximize: climb instead of descending.

    Raises:
        RuntimeError: from `step()`, where a parameter has a gradient.

    Example:
        >>> w = torch.ones(3, requires_grad=True)
        >>> w.sum().backward()
        >>> torch.optim.SparseAdam([w]).step()
        Traceback (most recent call last):
            ...
        RuntimeError: SparseAdam does not support dense gradients, please consider Adam instead
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError(f"Tensor lr must be 1-element, but it has shape {tuple(lr.shape)}")
        if not lr > 0.0:
            raise ValueError(f"Invalid learning rate: {lr}; it must be above 0")
        if not eps > 0.0:
            raise ValueError(f"Invalid epsilon value: {eps}; it must be above 0")
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        found = [
            [i, j]
            for i, group in enumerate(self.param_groups)
            for j, param in enumerate(group["params"])
            if param.is_complex()
        ]
        if found:
            raise ValueError(
                f"Complex params at indices {found}: SparseAdam does not support complex parameters"
            )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; with a closure, its loss is evaluated first and returned."""
        loss = self._evaluate(closure)
        for group in self.param_groups:
            if any(param.grad is not None for param in group["params"]):
                raise RuntimeError(
                    "SparseAdam does not support dense gradients, please consider Adam instead"
                )
        return loss
