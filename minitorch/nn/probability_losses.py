"""The losses of `torch.nn.functional` on probabilities and on parameters of distributions."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from minitorch.engine.modes import no_grad
from minitorch.errors.raising import teaching
from minitorch.faces.examples import all_values
from minitorch.faces.operands import promoted
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import require_floating, require_tensor
from minitorch.nn.reduction import check_reduction, reduced, reduction_of
from minitorch.ops import loss
from minitorch.ops.elementwise import softplus
from minitorch.ops.numbers import xlogy

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "gaussian_nll_loss", "kl_div",
    "poisson_nll_loss",
]  # fmt: skip


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean (or sum, or none) of `-target log(input) - (1 - target) log(1 - input)`.

    Logarithms count as at least -100. `weight` multiplies each element's loss.

    Raises:
        ValueError: input and target have different shapes.
        RuntimeError: an input is no probability, or the dtypes differ.

    Example:
        >>> torch.nn.functional.binary_cross_entropy(torch.tensor([0.5]), torch.tensor([1.0]))
        tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    require_tensor(input, "binary_cross_entropy", "input", 1)
    require_tensor(target, "binary_cross_entropy", "target", 2)
    if input.shape != target.shape:
        raise teaching(ValueError)(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}) is deprecated. Please ensure they have the same size."
        )
    require_floating(input, "binary_cross_entropy")
    for other in (target, weight):
        if other is not None and other.dtype != input.dtype:
            raise teaching(RuntimeError)(
                f"Found dtype {other.dtype.scalar_type} but expected {input.dtype.scalar_type}: "
                f"binary_cross_entropy() takes tensors of one dtype"
            )
    _check_probabilities("input", all_values(input))
    _check_probabilities("target", all_values(target))
    losses: Any = loss.binary_cross_entropy.binary(input, target)
    return reduced(losses if weight is None else losses * weight, reduction)


def _check_probabilities(name: str, x: np.ndarray) -> None:
    if np.minimum.reduce(x, None, initial=1) >= 0 and np.maximum.reduce(x, None, initial=0) <= 1:
        return
    outside = ~((x >= 0) & (x <= 1))  # and NaN
    if outside.any():
        hint = {
            "input": "of logits take binary_cross_entropy_with_logits()",
            "target": "of numbers of classes take cross_entropy()",
        }
        raise teaching(RuntimeError)(
            f"all elements of {name} should be between 0 and 1: binary_cross_entropy() got "
            f"{x[outside].flat[0]}; {hint[name]}"
        )


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """`binary_cross_entropy` of `sigmoid(input)`, computed without overflow.

    `weight` multiplies each element's loss, `pos_weight` the part of it that comes from the
    target's being 1.

    Raises:
        ValueError: input and target have different shapes.

    Example:
        >>> f = torch.nn.functional.binary_cross_entropy_with_logits
        >>> f(torch.tensor([0.0]), torch.tensor([1.0]))
        tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    require_tensor(input, "binary_cross_entropy_with_logits", "input", 1)
    require_tensor(target, "binary_cross_entropy_with_logits", "target", 2)
    if input.shape != target.shape:
        raise teaching(ValueError)(
            f"Target size ({target.shape}) must be the same as input size ({input.shape})"
        )
    require_floating(input, "log_sigmoid_cpu")
    if target._value.dtype.kind not in "fV":
        raise teaching(RuntimeError)(
            "result type Float can't be cast to the desired output type "
            f"{target.dtype.scalar_type}: the target holds probabilities; target.float() converts"
        )
    x, y = promoted(input, target, name="binary_cross_entropy_with_logits")
    losses: Any = loss.logit_cross_entropy.binary(x, y)
    if pos_weight is not None:
        losses = losses + (pos_weight - 1) * y * softplus.unary(-x)  # type: ignore[operator]
    return reduced(losses if weight is None else losses * weight, reduction)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """The Kullback-Leibler divergence: `target * (log(target) - input)`, reduced.

    Args:
        input: log probabilities.
        target: probabilities, or log probabilities with `log_target`.
        reduction: "batchmean" (the sum divided by the batch's size: the divergence of
            mathematics), "mean", "sum" or "none".

    Example:
        >>> p = torch.tensor([[0.5, 0.5]])
        >>> q = torch.tensor([[0.25, 0.75]])
        >>> torch.nn.functional.kl_div(q.log(), p, reduction="batchmean")
        tensor(0.1438)
    """
    if size_average is None and reduce is None and reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math "
            "definition.",
            stacklevel=2,
        )
    reduction = reduction_of(size_average, reduce, reduction, 3)
    batchmean = reduction == "batchmean"
    reduction = "sum" if batchmean else reduction
    check_reduction(reduction)
    for x in (input, target):
        if not x.dtype.is_floating_point:
            raise teaching(RuntimeError)(
                "kl_div: Integral inputs not supported; convert with .float()"
            )
    a, b = promoted(input, target, name="kl_div")
    result = reduced(_divergence(a, b, log_target), reduction)
    return result / input.shape[0] if batchmean and input.ndim else result


def _divergence(x: Any, target: Any, log_target: bool) -> Any:
    if log_target:
        return target.exp() * (target - x)
    return xlogy.binary(target, target) - target * x


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The negative log likelihood of counts under Poisson distributions.

    Args:
        input: the logarithms of the expected counts, or with `log_input=False` these counts.
        target: the counts.
        full: whether Stirling's approximation of log(target!) is added, where target > 1.
        eps: what is added to the expected count before its logarithm is taken.

    Example:
        >>> torch.nn.functional.poisson_nll_loss(torch.tensor([0.0]), torch.tensor([2.0]))
        tensor(1.)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    require_tensor(input, "poisson_nll_loss", "input", 1)
    require_tensor(target, "poisson_nll_loss", "target", 2)
    losses = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        losses = losses + stirling.masked_fill(target <= 1, 0)
    return reduced(losses, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """The negative log likelihood of the target under normal distributions.

    Args:
        input: the means.
        target: what was observed.
        var: the variances: a number, or of the shape of `input`, in which the last dimension may
            be missing, or one dimension be 1. They count as at least `eps`.
        full: whether the constant log(2 pi) / 2 is added.

    Raises:
        ValueError: a variance is negative, or their shape does not fit.

    Example:
        >>> x, one = torch.tensor([1.0]), torch.tensor([1.0])
        >>> torch.nn.functional.gaussian_nll_loss(x, 3 * x, one)
        tensor(2.)
    """
    if isinstance(var, float):
        var = input.new_full(input.shape, var)
    require_tensor(var, "any", "input", 1)
    if (all_values(var) < 0).any():
        raise teaching(ValueError)("var has negative entry/entries: variances are not negative")
    var = _fitting_variance(var, input)
    check_reduction(reduction)
    with no_grad():
        lacking = var.clamp(min=eps) - var
    var = var + lacking  # at least eps, with the slope that it had
    losses = 0.5 * (var.log() + (input - target) ** 2 / var)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


def _fitting_variance(var: Tensor, input: Tensor) -> Tensor:
    """The variances in a shape that broadcasts against the means."""
    have, want = tuple(var.shape), tuple(input.shape)
    if have == want:
        return var
    if have == want[:-1]:
        return var.unsqueeze(-1)
    differing = [n for m, n in zip(want, have, strict=False) if m != n]
    if len(have) == len(want) and differing == [1]:
        return var
    raise teaching(ValueError)(
        f"var is of incorrect size: variances of shape {list(have)} for means of shape "
        f"{list(want)}; one dimension may be 1, or the last one be missing"
    )
