"""Adafactor, Adam in little memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.dtypes import finfo
from minitorch.faces.tensor import Tensor
from minitorch.optim.flat import check_fit, counter_dtype
from minitorch.optim.optimizer import Optimizer, ParamsT


class Adafactor(Optimizer):
    """Adafactor (Shazeer & Stern 2018): second moments kept as a row and a column.

    With β = 1 − t^beta2_decay: r ← βr + (1 − β)·mean over columns of g²; c likewise over rows;
    v = r·c / mean(r); for vectors v ← βv + (1 − β)g². Then u = g / √v is clipped,
    u ← u / max(1, rms(u) / d), and x ← x − max(eps₂, rms(x))·min(lr, 1 / √t)·u.

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups.
        lr: the largest relative step size, a number or a Tensor of one element.
        beta2_decay: power by which 1 − β falls with the steps, at most 0.
        eps: two numbers that keep √v and rms(x) from zero; for None, the machine epsilon.
        d: from which root mean square u is clipped, at least 1.
        weight_decay: x shrinks by lr·weight_decay at each step.
        foreach: accepted and without effect.
        maximize: climb instead of descending.

    Raises:
        RuntimeError: from `step()`, for complex parameters.

    Example:
        >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
        >>> adafactor = torch.optim.Adafactor([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> adafactor.step()
        >>> w
        tensor([ 0.8419, -1.8419], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError(f"Tensor lr must be 1-element, but it has shape {tuple(lr.shape)}")
        if not lr >= 0.0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not eps[0] >= 0.0:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not eps[1] >= 0.0:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        super().__init__(
            params,
            {
                "lr": lr,
                "beta2_decay": beta2_decay,
                "eps": eps,
                "d": d,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
            },
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
            raise RuntimeError("Adafactor does not support complex parameters")
        x, g, state = param._value, param.grad._value, self.state[param]
        check_fit(i, param, g, state, self._names(x))
        steps, *moments = self._state(state, x)
        if o["maximize"]:
            g = -g
        lr, (eps1, eps2) = float(o["lr"]), o["eps"]
        eps1 = finfo(param.dtype).eps if eps1 is None else eps1
        steps += 1
        t = steps.item()
        v = _second_moment(g, moments, t ** o["beta2_decay"], eps1)
        u = g / np.sqrt(np.maximum(v, eps1 * eps1))
        rate = max(eps2, _rms(x)) * min(lr, 1 / t**0.5) / max(1.0, _rms(u) / o["d"])
        if o["weight_decay"]:
            x *= 1 - lr * o["weight_decay"]
        x -= rate * u
        param._counter[0] += 1

    def _state(self, state: dict[str, Any], x: np.ndarray) -> list[np.ndarray]:
        """The counter, then the moments: a row and a column of each matrix, or all of a vector."""
        if not state:
            shapes = {"variance": x.shape}
            if x.ndim > 1:
                rows, columns = (*x.shape[:-1], 1), (*x.shape[:-2], 1, x.shape[-1])
                shapes = {"row_var": rows, "col_var": columns}
            state["step"] = fresh(Tensor, np.zeros((), counter_dtype()))
            for name, shape in shapes.items():
                state[name] = fresh(Tensor, np.zeros(shape, x.dtype))
        if not isinstance(state["step"], Tensor):
            state["step"] = fresh(Tensor, np.array(state["step"], counter_dtype()))
        return [state[name]._value for name in self._names(x)]

    def _names(self, x: np.ndarray) -> tuple[str, ...]:
        return ("step", "row_var", "col_var") if x.ndim > 1 else ("step", "variance")


def _second_moment(g: np.ndarray, moments: list[np.ndarray], gain: float, eps: float) -> np.ndarray:
    """The running mean of g², updated: for matrices the outer product of their margins'."""
    square = g * g
    if g.ndim < 2:
        (v,) = moments
        v += gain * (square - v)
        return v
    r, c = moments
    r += gain * (square.mean(-1, keepdims=True) - r)
    c += gain * (square.mean(-2, keepdims=True) - c)
    return (r / np.maximum(r.mean(-2, keepdims=True), eps)) * c


def _rms(x: np.ndarray) -> float:
    """The root mean square; nan for nothing."""
    flat = x.reshape(-1)
    return float(np.sqrt(flat @ flat / x.size)) if x.size else float("nan")
