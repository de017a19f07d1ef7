"""The losses of `torch.nn.functional` that want a margin between scores or distances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.errors.raising import teaching
from minitorch.faces.choosing import where
from minitorch.faces.distances import pairwise_distance
from minitorch.faces.examples import all_values
from minitorch.faces.ranges import arange
from minitorch.faces.tensor import Tensor
from minitorch.nn.activations import logsigmoid
from minitorch.nn.arguments import require_floating, require_tensor
from minitorch.nn.reduction import check_reduction, reduced, reduction_of
from minitorch.ops.elementwise import softplus

__all__ = [
    "cosine_embedding_loss", "hinge_embedding_loss", "margin_ranking_loss", "multi_margin_loss",
    "multilabel_margin_loss", "multilabel_soft_margin_loss", "soft_margin_loss",
    "triplet_margin_loss", "triplet_margin_with_distance_loss",
]  # fmt: skip


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The input where the target is 1, and `max(0, margin - input)` where it is -1; reduced.

    Example:
        >>> x, y = torch.tensor([0.5, 0.25]), torch.tensor([1.0, -1.0])
        >>> torch.nn.functional.hinge_embedding_loss(x, y, reduction="none")
        tensor([0.5000, 0.7500])
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    require_tensor(input, "hinge_embedding_loss", "input", 1)
    require_tensor(target, "hinge_embedding_loss", "target", 2)
    zero = input.new_zeros(())
    apart = where(target != 1, (margin - input).clamp_min(0), zero)
    return reduced(apart + where(target != -1, input, zero), reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """`max(0, margin - target * (input1 - input2))`, reduced: target 1 ranks input1 higher.

    Example:
        >>> a, b, y = torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([1.0])
        >>> torch.nn.functional.margin_ranking_loss(a, b, y)
        tensor(2.)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    if not input1.dim() == input2.dim() == target.dim():
        raise teaching(RuntimeError)(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return reduced((margin - target * (input1 - input2)).clamp_min(0), reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """`1 - cos` of the angle where the target is 1, `max(0, cos - margin)` where it is -1.

    Shapes: inputs `(N, D)` and target `(N,)`, or inputs `(D,)` and target `()`.

    Example:
        >>> a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
        >>> torch.nn.functional.cosine_embedding_loss(a, b, torch.tensor([1]))
        tensor(1.)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    rank = target.dim()
    if rank > 1:
        raise teaching(RuntimeError)("0D or 1D target tensor expected, multi-target not supported")
    if not input1.dim() == input2.dim() == rank + 1:
        raise teaching(RuntimeError)(
            f"{rank}D target tensor expects {rank + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    tiny = 1e-12
    lengths = ((input1 * input1).sum(-1) + tiny) * ((input2 * input2).sum(-1) + tiny)
    cos = (input1 * input2).sum(-1) / lengths.sqrt()
    zero = cos.new_zeros(())
    near = where(target == 1, 1 - cos, zero)
    return reduced(near + where(target == -1, (cos - margin).clamp_min(0), zero), reduction)


def _check_triplet(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> None:
    if margin <= 0:
        raise teaching(ValueError)(f"margin must be greater than 0, got {margin}")
    ranks = anchor.ndim, positive.ndim, negative.ndim
    if len(set(ranks)) > 1:
        raise teaching(RuntimeError)(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {ranks[0]}D, positive {ranks[1]}D, and negative "
            f"{ranks[2]}D inputs"
        )


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """`max(0, margin + |anchor - positive| - |anchor - negative|)`, reduced.

    Args:
        p, eps: of `pairwise_distance`, along the last dimension.
        swap: whether the negative is compared with the positive where that is nearer to it than
            the anchor (Balntas et al. 2016).

    Example:
        >>> a, b, c = torch.tensor([[0.0]]), torch.tensor([[1.0]]), torch.tensor([[1.5]])
        >>> torch.nn.functional.triplet_margin_loss(a, b, c)
        tensor(0.5000)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    return triplet_margin_with_distance_loss(
        anchor, positive, negative, margin=margin, swap=swap, reduction=reduction,
        distance_function=lambda a, b: pairwise_distance(a, b, p, eps),
    )  # fmt: skip


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own; by default `pairwise_distance`."""
    check_reduction(reduction)
    _check_triplet(anchor, positive, negative, margin)
    distance: Callable[..., Any] = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduced((near - far + margin).clamp_min(0), reduction)


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """`log(1 + exp(-target * input))` for targets of 1 and -1, reduced.

    Example:
        >>> torch.nn.functional.soft_margin_loss(torch.tensor([0.0]), torch.tensor([1.0]))
        tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    require_tensor(input, "soft_margin_loss", "input", 1)
    if not input.dtype.is_floating_point:
        raise teaching(RuntimeError)(
            "result type Float can't be cast to the desired output type "
            f"{input.dtype.scalar_type}: soft_margin_loss() takes scores such as input.float()"
        )
    losses: Any = softplus.unary(-target.to(input.dtype) * input)
    return reduced(losses, reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The binary cross-entropy of each class's logit, averaged over the classes; reduced.

    Shapes: input and target `(*, C)`; weight broadcasts against them.

    Example:
        >>> x, y = torch.zeros(1, 2), torch.tensor([[1.0, 0.0]])
        >>> torch.nn.functional.multilabel_soft_margin_loss(x, y)
        tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    terms = target * logsigmoid(input) + (1 - target) * logsigmoid(-input)
    losses = -terms if weight is None else -terms * weight
    return reduced(losses.sum(-1) / input.shape[-1], reduction)


def _scores(name: str, input: Any, target: Any) -> Tensor:
    """The scores as rows, of an input of shape `(N, C)` or `(C,)`."""
    require_tensor(input, name, "input", 1)
    require_tensor(target, name, "target", 2)
    if input.ndim > 2 or not (input.shape[-1:] or (1,))[0]:
        raise teaching(RuntimeError)(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(input.shape)}"
        )
    require_floating(input, f"{name}_cpu_kernel")
    if target._value.dtype.name != "int64":
        raise teaching(RuntimeError)(
            f"expected scalar type Long but found {target.dtype.scalar_type}: {name}() takes class "
            "indices; target.long() converts"
        )
    return input if input.ndim == 2 else input.reshape(1, -1)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over classes of `max(0, margin - score of the target + score) ** p`, reduced.

    Args:
        input: scores of shape `(N, C)` or `(C,)`.
        target: class indices of shape `(N,)` or `()`.
        p: 1 or 2.
        weight: a weight for each class, shape `(C,)`.

    Raises:
        RuntimeError: a target is not the index of a class; shapes or dtypes that do not fit.

    Example:
        >>> torch.nn.functional.multi_margin_loss(torch.tensor([[0.0, 0.5]]), torch.tensor([1]))
        tensor(0.2500)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    if p not in (1, 2):
        raise teaching(ValueError)(f"only p == 1 and p == 2 supported, not {p}")
    if weight is not None and weight.dim() != 1:
        raise teaching(ValueError)("weight must be one-dimensional")
    scores = _scores("multi_margin_loss", input, target)
    rows, classes = scores.shape
    if target.ndim > 1 or target.numel() != rows:
        raise teaching(RuntimeError)(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of "
            f"input samples (batch size). Expected target size [{rows}], but got "
            f"{list(target.shape)}"
        )
    if weight is not None and weight.shape != (classes,):
        raise teaching(RuntimeError)(
            f"inconsistent weight size, expected {classes} but got {list(weight.shape)}"
        )
    places = target.reshape(-1, 1)
    if ((all_values(target) < 0) | (all_values(target) >= classes)).any():
        raise teaching(RuntimeError)(f"target out of range: there are {classes} classes")
    lacking = (scores - scores.gather(1, places) + margin).relu()
    lacking = lacking.masked_fill(places == arange(classes), 0)
    losses: Any = lacking if p == 1 else lacking * lacking
    if weight is not None:
        losses = losses * weight.expand(rows, classes).gather(1, places)
    losses = losses.sum(1) / classes
    return reduced(losses if target.ndim else losses.reshape(()), reduction)


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The sum of `max(0, 1 - score of a target + score of another class)` over C; reduced.

    Args:
        input: scores of shape `(N, C)` or `(C,)`.
        target: class indices, of the same shape; the first negative one of a row ends its list.

    Raises:
        RuntimeError: a target is not the index of a class; shapes or dtypes that do not fit.

    Example:
        >>> x, y = torch.tensor([[0.0, 0.5]]), torch.tensor([[1, -1]])
        >>> torch.nn.functional.multilabel_margin_loss(x, y)
        tensor(0.2500)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    scores = _scores("multilabel_margin_loss", input, target)
    classes = scores.shape[1]
    if target.shape != input.shape:
        raise teaching(RuntimeError)(
            f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}"
        )
    if ((all_values(target) < -1) | (all_values(target) >= classes)).any():
        raise teaching(RuntimeError)(
            f"argument #2 'target' is out of range: there are {classes} classes"
        )
    places = target.reshape(-1, classes)
    listed = (places >= 0).long().cumprod(1).bool()
    own = ((places.unsqueeze(2) == arange(classes)) & listed.unsqueeze(2)).any(1)
    chosen = scores.gather(1, places.clamp(min=0))
    lacking = (scores.unsqueeze(1) - chosen.unsqueeze(2) + 1).relu()
    counted = listed.unsqueeze(2) & ~own.unsqueeze(1)
    losses = lacking.masked_fill(~counted, 0).sum((1, 2)) / classes
    return reduced(losses if input.ndim > 1 else losses.reshape(()), reduction)
