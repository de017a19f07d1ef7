"""Muon, momentum made orthogonal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor
from minitorch.optim.flat import check_fit
from minitorch.optim.optimizer import Optimizer, ParamsT

SIXTEEN, ONE, HALF, UPPER = np.array([16, 1, 0x7FFF, 0xFFFF0000], np.uint32).reshape(4, 1)


class Muon(Optimizer):
    """Muon (Jordan et al. 2024): momentum, orthogonalized, for the matrices of hidden layers.

    b ← momentum·b + (1 − momentum)g, u = b, with `nesterov` u = momentum·b + (1 − momentum)g;
    x ← (1 − lr·weight_decay)x − lr·ratio·orthogonalized(u). Embeddings, the output layer and
    vectors are better left to AdamW.

    The Newton-Schulz iteration is rounded to bfloat16 after each operation, as PyTorch's.

    Args:
        params: Tensors of two dimensions, (name, Tensor) pairs, or dicts of groups.
        lr: learning rate.
        weight_decay: x shrinks by lr·weight_decay at each step.
        momentum: share of the last direction that is kept.
        nesterov: look ahead along the momentum.
        ns_coefficients: the polynomial a·s + b·s³ + c·s⁵ that is iterated on singular values.
        eps: keeps the norm that divides from zero.
        ns_steps: how often it is iterated, below 100.
        adjust_lr_fn: "original" (also None), where the ratio is √max(1, rows / columns); or
            "match_rms_adamw", 0.2·√max(rows, columns) (Liu et al. 2025).

    Raises:
        ValueError: a parameter that has not two dimensions.
        RuntimeError: from `step()`, for complex parameters.

    Example:
        >>> w = torch.tensor([[3.0, 0.0], [0.0, 1.0]], requires_grad=True)
        >>> muon = torch.optim.Muon([w], lr=0.1, weight_decay=0.0)
        >>> w.square().sum().backward()
        >>> muon.step()
        >>> w
        tensor([[2.9250, 0.0000],
                [0.0000, 0.8867]], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError(f"Tensor lr must be 1-element, but it has shape {tuple(lr.shape)}")
        if not lr >= 0.0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not momentum >= 0.0:
            raise ValueError(f"momentum should be >= 0 but is: {momentum}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight decay should be >= 0 but is: {weight_decay}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                f"Adjust learning rate function {adjust_lr_fn} is not supported: "
                'use "original" or "match_rms_adamw"'
            )
        super().__init__(
            params,
            {
                "lr": lr,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "nesterov": nesterov,
                "ns_coefficients": ns_coefficients,
                "eps": eps,
                "ns_steps": ns_steps,
                "adjust_lr_fn": adjust_lr_fn,
            },
        )
        for group in self.param_groups:
            for param in group["params"]:
                if param.ndim != 2:
                    raise ValueError(
                        "Muon only supports 2D parameters whereas we found a parameter with "
                        f"size: {param.size()}; give the others to another optimizer, e.g. AdamW"
                    )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; with a closure, its loss is evaluated first and returned."""
        loss = self._evaluate(closure)
        for group in self.param_groups:
            trained = [param for param in group["params"] if param.grad is not None]
            with np.errstate(all="ignore"):
                for i, param in enumerate(trained):
                    self._step(group, i, param)
        return loss

    def _step(self, o: dict[str, Any], i: int, param: Tensor) -> None:
        if param.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        x, g, state = param._value, param.grad._value, self.state[param]
        check_fit(i, param, g, state, ("momentum_buffer",))
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = fresh(Tensor, np.zeros_like(g))
        b, lr, momentum = state["momentum_buffer"]._value, float(o["lr"]), o["momentum"]
        b += (1 - momentum) * (g - b)
        u = g + momentum * (b - g) if o["nesterov"] else b
        u = orthogonalized(u, o["ns_coefficients"], o["ns_steps"], o["eps"])
        x *= 1 - lr * o["weight_decay"]
        x -= (lr * _ratio(o["adjust_lr_fn"], *x.shape) * u).astype(x.dtype, copy=False)
        param._counter[0] += 1


def orthogonalized(
    matrix: np.ndarray, coefficients: tuple[float, float, float], steps: int, eps: float
) -> np.ndarray:
    """About the nearest matrix with orthonormal rows or columns, by Newton-Schulz iteration.

    Its singular values are near 1 (0.7 to 1.2 for Muon's coefficients); float32.
    """
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = coefficients
    tall = matrix.shape[0] > matrix.shape[1]
    u = np.array(matrix.T if tall else matrix, np.float32, order="C")
    spare, bits = np.empty_like(u), np.empty(u.shape, np.uint32)
    _round(u, bits)
    length = np.array([max(np.linalg.norm(u), eps)], np.float32)
    _round(length)
    u /= length
    _round(u, bits)
    for _ in range(steps):
        gram = u @ u.T
        _round(gram)
        polynomial = c * (gram @ gram) + b * gram
        _round(polynomial)
        polynomial.reshape(-1)[:: len(u) + 1] += a  # one product for a·u + polynomial·u
        u, spare = np.matmul(polynomial, u, out=spare), u
        _round(u, bits)
    return u.T if tall else u


def _round(x: np.ndarray, spare: np.ndarray | None = None) -> None:
    """Round float32 numbers in place to those of bfloat16, which are their upper halves."""
    bits = x.view(np.uint32)
    nearest = np.right_shift(bits, SIXTEEN, out=spare)
    nearest &= ONE
    nearest += HALF
    bits += nearest
    bits &= UPPER


def _ratio(adjust: str | None, rows: int, columns: int) -> float:
    if adjust == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))
