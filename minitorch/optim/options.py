"""Checks of the options that optimizers share."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor


def check_options(lr: Any, **others: Any) -> None:
    """The learning rate, a number or a Tensor of one element, and others: all at least 0."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError(f"Tensor lr must be 1-element, but it has shape {tuple(lr.shape)}")
    check_not_negative("learning rate", lr)
    for name, value in others.items():
        check_not_negative(f"{name} value", value)


def check_not_negative(what: str, value: Any) -> None:
    """`what` must be a number that is at least 0 (nan is not)."""
    try:
        valid = value >= 0.0
    except TypeError as error:
        raise TypeError(f"Invalid {what}: expected a number, got {value!r} ({error})") from None
    if not valid:
        raise ValueError(f"Invalid {what}: {value}; it must be at least 0")


def check_betas(betas: Any) -> None:
    """Two decay rates, from 0 to below 1."""
    if isinstance(betas, (int, float)):
        raise TypeError(f"Invalid betas: expected two numbers, got {betas!r}")
    for i, beta in enumerate((betas[0], betas[1])):
        if not 0.0 <= beta < 1.0:
            raise ValueError(
                f"Invalid beta parameter at index {i}: {beta}; it must be at least 0 and below 1"
            )


def check_tensor_betas(betas: Any) -> None:
    """Decay rates are both numbers or both Tensors of one element."""
    if isinstance(betas[0], Tensor) != isinstance(betas[1], Tensor):
        raise ValueError("betas must be either both floats or both Tensors")
    for i, beta in enumerate(betas):
        if isinstance(beta, Tensor) and beta.numel() != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element")


def check_fused(foreach: bool | None, differentiable: bool, fused: bool | None) -> None:
    """PyTorch's choices of implementation, some of which exclude each other."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
