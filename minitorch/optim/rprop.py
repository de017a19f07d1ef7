"""Rprop, by the signs of the gradients alone."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.ops.elementwise import maximum, minimum, sgn, where
from minitorch.optim.elementwise import Elementwise
from minitorch.optim.optimizer import ParamsT
from minitorch.optim.options import check_options


class Rprop(Elementwise):
    """Rprop (Riedmiller & Braun 1993): every number has a step size of its own.

    The step size is multiplied by η₊ where g has the sign it had in the last step, by η₋ where it
    has changed, there with g ← 0; then x ← x − sign(g)·step size. For whole batches.

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate, a number or a Tensor of one element.
        etas: the factors η₋ and η₊.
        step_sizes: the smallest and the largest step size; they start from lr.
        maximize: climb instead of descending.
        differentiable: gradients flow through the step, whose parameters may then be the results
            of operations.
        foreach, capturable: accepted and without effect: the parameters run together.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> rprop = torch.optim.Rprop([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> rprop.step()
        >>> w
        tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(
                f"Invalid eta values: {etas[0]}, {etas[1]}; the first must lie between 0 and 1, "
                "the second above 1"
            )
        super().__init__(
            params,
            {
                "lr": lr,
                "etas": etas,
                "step_sizes": step_sizes,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def _keeps(self, o: dict[str, Any]) -> dict[str, float]:
        return {"step": 0, "prev": 0, "step_size": float(o["lr"])}

    def _rates(self, o: dict[str, Any], t: int) -> tuple[Any, ...]:
        return 0, 1, *o["etas"], *o["step_sizes"]

    def _update(self, o: dict[str, Any], rates: Any, x: Any, g: Any, *state: Any) -> None:
        zero, one, shrink, grow, smallest, largest = rates
        last, size = state
        agreement = g * last
        turned = agreement < 0
        size *= where(turned, shrink, where(agreement > 0, grow, one))
        size[...] = minimum(maximum(size, smallest), largest)
        last[...] = where(turned, zero, g)
        x -= sgn(last) * size
