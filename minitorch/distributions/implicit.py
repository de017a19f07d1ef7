"""Gamma and Dirichlet numbers with gradients: what `torch._standard_gamma` and its like are."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.autograd.function import Function, once_differentiable
from minitorch.engine.box import fresh
from minitorch.faces.drawing import of_tensors
from minitorch.faces.tensor import Tensor
from minitorch.kernels import implicit
from minitorch.random import Generator, default_generator

__all__ = ["_dirichlet_grad", "_sample_dirichlet", "_standard_gamma", "_standard_gamma_grad"]


@of_tensors
def _drawn_gammas(concentration: Any, generator: Generator | None = None) -> Any:
    return fresh(Tensor, (generator or default_generator).gamma(concentration._value))


@of_tensors
def _drawn_shares(concentration: Any, generator: Generator | None = None) -> Any:
    return fresh(Tensor, (generator or default_generator).dirichlet(concentration._value))


def _standard_gamma_grad(input: Any, output: Any) -> Any:
    """How gamma numbers `output` move with the concentrations `input`."""
    return fresh(Tensor, np.asarray(implicit.gamma_slope(input._value, output._value)))


def _dirichlet_grad(x: Any, alpha: Any, total: Any) -> Any:
    """How beta numbers `x` move with `alpha`, divided by 1 - x; the other one is total - alpha."""
    return fresh(Tensor, np.asarray(implicit.beta_slope(x._value, alpha._value, total._value)))


class _StandardGamma(Function):
    @staticmethod
    def forward(ctx: Any, concentration: Any, generator: Any) -> Any:
        x = _drawn_gammas(concentration, generator)
        ctx.save_for_backward(concentration, x)
        return x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Any) -> Any:
        return g * _standard_gamma_grad(*ctx.saved_tensors), None


class _Dirichlet(Function):
    @staticmethod
    def forward(ctx: Any, concentration: Any, generator: Any) -> Any:
        x = _drawn_shares(concentration, generator)
        ctx.save_for_backward(x, concentration)
        return x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Any) -> Any:
        x, concentration = ctx.saved_tensors
        total = concentration.sum(-1, True).expand_as(concentration)
        slopes = _dirichlet_grad(x, concentration, total)
        return slopes * (g - (x * g).sum(-1, True)), None


def _standard_gamma(input: Any, generator: Generator | None = None) -> Any:
    """Gamma numbers of rate 1, differentiable once in their concentrations."""
    if not input.requires_grad:
        return _drawn_gammas(input, generator)
    return _StandardGamma.apply(input, generator)


def _sample_dirichlet(input: Any, generator: Generator | None = None) -> Any:
    """Dirichlet vectors, differentiable once in their concentrations (of the last dimension)."""
    if not input.requires_grad:
        return _drawn_shares(input, generator)
    return _Dirichlet.apply(input, generator)
