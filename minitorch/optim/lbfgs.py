"""L-BFGS, a quasi-Newton method of limited memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor
from minitorch.optim.flat import real
from minitorch.optim.line_search import Point, strong_wolfe
from minitorch.optim.optimizer import Optimizer, ParamsT
from minitorch.optim.options import check_options

REMEMBERED = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")


class LBFGS(Optimizer):
    """L-BFGS (Liu & Nocedal 1989): Newton's direction by the last changes of the gradient.

    With sᵢ the last steps, yᵢ the changes of the gradient along them and ρᵢ = 1 / yᵢᵀsᵢ, the
    direction −Hg comes from the two-loop recursion. A step makes up to `max_iter` iterations,
    for which it needs a closure that evaluates the model anew, and all parameters are one vector.

    Args:
        params: Tensors or (name, Tensor) pairs; one group only.
        lr: learning rate, a number or a Tensor of one element; the first try of a line search.
        max_iter: iterations of one step.
        max_eval: evaluations of one step, by default 1.25·max_iter.
        tolerance_grad: the largest |gradient| at which to stop.
        tolerance_change: the change of parameters or loss at which to stop.
        history_size: how many pairs sᵢ, yᵢ are kept.
        line_search_fn: "strong_wolfe", or None for steps of lr.

    Example:
        >>> w = torch.tensor([3.0, -2.0], requires_grad=True)
        >>> lbfgs = torch.optim.LBFGS([w], line_search_fn="strong_wolfe")
        >>> def closure():
        ...     lbfgs.zero_grad()
        ...     loss = (w - 1).square().sum()
        ...     loss.backward()
        ...     return loss
        >>> lbfgs.step(closure)
        tensor(13., grad_fn=<SumBackward0>)
        >>> w.detach().round()
        tensor([1., 1.])
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_options(lr)
        super().__init__(
            params,
            {
                "lr": lr,
                "max_iter": max_iter,
                "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
                "tolerance_grad": tolerance_grad,
                "tolerance_change": tolerance_change,
                "history_size": history_size,
                "line_search_fn": line_search_fn,
            },
        )
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    @property
    def _params(self) -> list[Tensor]:
        return self.param_groups[0]["params"]

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Take up to `max_iter` iterations; the loss before the first is returned.

        Args:
            closure: clears the gradients, evaluates the loss, calls its backward, returns it.
        """
        if len(self.param_groups) != 1:
            raise AssertionError(
                f"Expected exactly one param_group, but got {len(self.param_groups)}"
            )
        o, state = self.param_groups[0], self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = self._evaluate_loss(closure)
        state["func_evals"] += 1
        g = self._gradient()
        if np.abs(g).max(initial=0) <= o["tolerance_grad"]:
            return first
        held = {name: _unwrapped(state.get(name)) for name in REMEMBERED}
        with np.errstate(all="ignore"):
            self._iterate(closure, o, state, held, float(first), g)
        state.update({name: _wrapped(value) for name, value in held.items()})
        return first

    def _iterate(
        self,
        closure: Callable[[], Any],
        o: dict[str, Any],
        state: dict[str, Any],
        held: dict[str, Any],
        f: float,
        g: np.ndarray,
    ) -> None:
        evaluations = 1
        for i in range(1, o["max_iter"] + 1):
            state["n_iter"] += 1
            t = lr = o["lr"].item() if isinstance(o["lr"], Tensor) else o["lr"]
            if state["n_iter"] == 1:
                held.update(d=-g, old_dirs=[], old_stps=[], ro=[], H_diag=1)
                t = min(1.0, 1.0 / np.abs(g).sum()) * lr
            else:
                _remember(held, g, o["history_size"])
                held["d"] = _direction(held, g, state, o["history_size"])
            d, last = held["d"], f
            held.update(t=t, prev_flat_grad=g.copy(), prev_loss=f)
            slope = g @ d
            if slope > -o["tolerance_change"]:
                break
            count = 0
            if o["line_search_fn"] is not None:
                left = o["max_eval"] - evaluations
                point, count = self._search(closure, o, Point(0, f, g, slope), d, t, left)
                held["t"], f, g = t, *_ = point[:3]
                self._move(t, d)
            else:
                self._move(t, d)
                if i < o["max_iter"]:  # after the last, the next step evaluates anew
                    f, g, count = float(self._evaluate_loss(closure)), self._gradient(), 1
            evaluations += count
            state["func_evals"] += count
            if (
                evaluations >= o["max_eval"]
                or np.abs(g).max() <= o["tolerance_grad"]
                or np.abs(d * t).max() <= o["tolerance_change"]
                or abs(f - last) < o["tolerance_change"]
            ):
                break

    def _search(
        self,
        closure: Callable[[], Any],
        o: dict[str, Any],
        start: Point,
        d: np.ndarray,
        t: Any,
        limit: int,
    ) -> tuple[Point, int]:
        if o["line_search_fn"] != "strong_wolfe":
            raise RuntimeError(
                f"only 'strong_wolfe' is supported, but line_search_fn is {o['line_search_fn']!r}"
            )
        origin = [param._value.copy() for param in self._params]

        def at(t: Any) -> Point:
            self._move(t, d)
            f, g = float(self._evaluate_loss(closure)), self._gradient()
            for param, value in zip(self._params, origin):
                param._value[...] = value
            return Point(t, f, g, g @ d)

        return strong_wolfe(at, start, t, np.abs(d).max(), o["tolerance_change"], limit)

    def _evaluate_loss(self, closure: Callable[[], Any]) -> Any:
        loss = self._evaluate(closure)
        if loss is None:
            raise TypeError("LBFGS: the closure returned None, but must return the loss")
        return loss

    def _gradient(self) -> np.ndarray:
        """The gradients of all parameters, end to end; complex ones as pairs of reals."""
        parts = [
            np.zeros_like(param._value) if param.grad is None else param.grad._value
            for param in self._params
        ]
        return np.concatenate([real(part.reshape(-1)) for part in parts])

    def _move(self, t: Any, d: np.ndarray) -> None:
        """Go t times along d."""
        start = 0
        for param in self._params:
            array = param._value
            stop = start + array.size * (2 if array.dtype.kind == "c" else 1)
            part = (t * d[start:stop]).astype(array.real.dtype, copy=False)
            array += part.view(array.dtype).reshape(array.shape)
            param._counter[0] += 1
            start = stop


def _remember(held: dict[str, Any], g: np.ndarray, size: int) -> None:
    """Keep the last step and the change of the gradient along it, if that curves upwards."""
    y, s = g - held["prev_flat_grad"], held["d"] * held["t"]
    curvature = y @ s
    if curvature > 1e-10:
        kept = held["old_dirs"], held["old_stps"], held["ro"]
        for memory, value in zip(kept, (y, s, 1.0 / curvature)):
            if len(memory) == size:
                del memory[0]
            memory.append(value)
        held["H_diag"] = curvature / (y @ y)


def _direction(held: dict[str, Any], g: np.ndarray, state: dict[str, Any], size: int) -> np.ndarray:
    """−Hg by the two-loop recursion (Nocedal & Wright 2006, algorithm 7.4)."""
    pairs = list(zip(held["old_dirs"], held["old_stps"], held["ro"]))
    shares = state.setdefault("al", [None] * size)
    alphas: list[Any] = []
    q = -g
    for y, s, rho in reversed(pairs):
        alphas.append((s @ q) * rho)
        q -= alphas[-1] * y
    shares[: len(pairs)] = map(_wrapped, reversed(alphas))
    d = q * held["H_diag"]
    for (y, s, rho), alpha in zip(pairs, reversed(alphas)):
        d += (alpha - (y @ d) * rho) * s
    return d


def _unwrapped(value: Any) -> Any:
    """Arrays and their numbers for Tensors, in lists too."""
    if isinstance(value, list):
        return [_unwrapped(each) for each in value]
    return value._value[()] if isinstance(value, Tensor) else value


def _wrapped(value: Any) -> Any:
    """Tensors for arrays and their numbers, in lists too."""
    if isinstance(value, list):
        return [_wrapped(each) for each in value]
    return (
        fresh(Tensor, np.asarray(value)) if isinstance(value, (np.ndarray, np.generic)) else value
    )
