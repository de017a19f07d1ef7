"""The losses of `torch.nn.functional` between scores for classes and a target."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.engine.layers import Batched
from minitorch.errors.raising import teaching
from minitorch.faces.examples import all_values
from minitorch.faces.operands import to_dtype
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import require_floating, require_tensor
from minitorch.nn.mapped_losses import mapped_nll
from minitorch.nn.reduction import check_reduction, reduced, reduction_of
from minitorch.ops import index, loss
from minitorch.ops.reduce import mean


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The negative log likelihood: minus the entries of `input` that `target` names.

    Args:
        input: log probabilities, of shape `(C,)`, `(N, C)` or `(N, C, d1, …)`.
        target: class indices, of shape `()`, `(N,)` or `(N, d1, …)`.
        weight: a weight for each class, shape `(C,)`; the mean is then the weighted mean.
        ignore_index: the index of targets that count for nothing.
        reduction: "mean", "sum" or "none".

    Raises:
        IndexError: a target is not the index of a class.

    Example:
        >>> log_probabilities = torch.tensor([[0.5, 0.25, 0.25]]).log()
        >>> torch.nn.functional.nll_loss(log_probabilities, torch.tensor([1]))
        tensor(1.3863)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    if reduction == "mean" and weight is None and ignore_index < 0 and _in_order(input, target):
        places = np.arange(len(input._value)), target._value.copy()
        return -mean.unary(index.take.unary(input, places), None, False)  # type: ignore[no-any-return]
    check_reduction(reduction)
    if isinstance(getattr(target, "_value", None), Batched):
        _check_shapes(input, target)
        return mapped_nll(input, target, weight, ignore_index, reduction)
    rows = _Rows("nll_loss", input, target, weight, ignore_index)
    return rows.reduced(rows.picked(rows.scores), reduction)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The cross entropy between the softmax of `input` and `target`.

    Args:
        input: logits, of shape `(C,)`, `(N, C)` or `(N, C, d1, …)`.
        target: class indices of shape `()`, `(N,)` or `(N, d1, …)`, or class probabilities of
            the shape of `input`.
        weight: a weight for each class, shape `(C,)`.
        ignore_index: the class index of targets that count for nothing.
        reduction: "mean", "sum" or "none".
        label_smoothing: how much of the target is spread evenly over the classes, 0 to 1.

    Raises:
        IndexError: a target is not the index of a class.
        ValueError, RuntimeError: shapes or dtypes that do not fit.

    Example:
        >>> torch.nn.functional.cross_entropy(torch.zeros(2, 4), torch.tensor([1, 3]))
        tensor(1.3863)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    if reduction == "mean" and weight is None and not label_smoothing and ignore_index < 0:
        result = _plain_cross_entropy(input, target)
        if result is not None:
            return result
    check_reduction(reduction)
    require_tensor(input, "cross_entropy_loss", "input", 1)
    require_tensor(target, "cross_entropy_loss", "target", 2)
    require_floating(input, "log_softmax_lastdim_kernel_impl")
    if not 0.0 <= label_smoothing <= 1.0:
        raise teaching(RuntimeError)(
            f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}"
        )
    if input._value.shape == target._value.shape:
        return _soft_cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)
    if isinstance(target._value, Batched):
        _check_shapes(input, target)
        scores = input.log_softmax(0 if input.ndim == 1 else 1)
        return mapped_nll(scores, target, weight, ignore_index, reduction, label_smoothing)
    rows = _Rows("cross_entropy_loss", input, target, weight, ignore_index)
    if reduction != "none" and not label_smoothing:
        return rows.fused(reduction)
    scores = rows.scores.log_softmax(1)
    result = rows.reduced(rows.picked(scores), reduction)
    if not label_smoothing:
        return result
    smooth = rows.reduced(rows.spread(scores), reduction)
    return result * (1 - label_smoothing) + smooth * (label_smoothing / scores.shape[1])


def _plain_cross_entropy(input: Any, target: Any) -> Tensor | None:
    """The mean over rows of logits, if all is in order; None where it takes a closer look."""
    if not _in_order(input, target, True):
        return None
    x = input._value
    return loss.cross_entropy.ternary(input, target, _even(len(x), x.dtype))


def _in_order(input: Any, target: Any, batched: bool = False) -> bool:
    """Whether these are rows of scores and the index of a class for each, none to be ignored."""
    if not isinstance(input, Tensor) or not isinstance(target, Tensor):
        return False
    x, places = input._value, target._value
    if x.ndim != 2 or x.dtype.kind != "f" or not x.size:
        return False
    if places.shape != x.shape[:1] or places.dtype != np.int64:
        return False
    if type(places) is not np.ndarray:  # it stands for many examples
        if not batched:
            return False
        places = all_values(target)
    largest = np.maximum.reduce(places.view(np.uint64), None)  # negative ones are huge
    return bool(largest < x.shape[1])


@lru_cache(maxsize=64)
def _even(n: int, dtype: np.dtype[Any]) -> Tensor:
    """A weight of 1 / n for each of n rows."""
    weights = np.full(n, 1 / n, dtype)
    weights.setflags(write=False)
    return fresh(Tensor, weights)


def _soft_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Tensor:
    """The cross entropy where the target gives every class a probability."""
    if target._value.dtype.kind not in "fV":
        raise teaching(RuntimeError)(
            "Expected floating point type for target with class probabilities, got "
            f"{target.dtype.scalar_type}: a target of the input's shape holds probabilities"
        )
    if ignore_index >= 0:
        raise teaching(RuntimeError)("ignore_index is not supported for floating point target")
    axis = 0 if input.ndim <= 1 else 1
    classes = input.shape[axis] if input.ndim else 1
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    terms = input.log_softmax(axis) * target
    if weight is not None:
        weights = _class_weights(weight, classes, input)
        terms = terms * weights.reshape(-1, *[1] * (input.ndim - 1 - axis))
    losses = -terms.sum(axis) if input.ndim else -terms
    return losses.mean() if reduction == "mean" else reduced(losses, reduction)


def _class_weights(weight: Tensor, classes: int, input: Tensor) -> Tensor:
    require_tensor(weight, "cross_entropy_loss", "weight", 3)
    if weight.shape != (classes,):
        raise teaching(RuntimeError)(
            f"weight tensor should be defined either for all {classes} classes or no classes but "
            f"got weight tensor of shape: {list(weight.shape)}"
        )
    if weight.dtype != input.dtype:
        raise teaching(RuntimeError)(
            f"expected scalar type {input.dtype.scalar_type} but found "
            f"{weight.dtype.scalar_type}: the class weights must have the input's dtype; "
            f"weight.to({input.dtype}) converts them"
        )
    if weight.requires_grad:
        raise teaching(RuntimeError)(
            "The loss is not differentiable with respect to argument 'weight'. This input cannot "
            "have requires_grad True; pass weight.detach()"
        )
    return weight


class _Rows:
    """Scores and class indices as rows: scores `(n, C)`, target `(n,)`, and a weight for each row.

    `ignored` are the rows that count for nothing; their target here is class 0, their weight 0.
    """

    def __init__(
        self, name: str, input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int
    ) -> None:
        require_tensor(input, name, "input", 1)
        require_tensor(target, name, "target", 2)
        _check_shapes(input, target)
        self.shape = target._value.shape if input.ndim > 1 else ()
        self.scores = _as_rows(input)
        self.target, self.ignored = _indices(target, self.scores.shape[1], ignore_index)
        self.class_weights = None
        dtype = self.scores._value.dtype
        n = len(self.target._value)
        if weight is not None:
            self.class_weights = _class_weights(weight, self.scores.shape[1], input)
            self.weights = weight._value[self.target._value]
        else:
            self.weights = np.ones(n, dtype)
        self.total: Any = n
        if self.ignored is not None:
            self.weights[self.ignored] = 0
            self.total = n - int(self.ignored.sum())
        if weight is not None:
            self.total = self.weights.sum()

    def fused(self, reduction: str) -> Tensor:
        """The sum or mean of the rows' cross entropies, in one operation."""
        scores, target, weights = self.scores, self.target, self.weights
        if self.ignored is not None:  # what an ignored row holds, even NaN, must not matter
            rows = (np.flatnonzero(~self.ignored),)
            scores = index.take.unary(scores, rows)
            target, weights = fresh(Tensor, target._value[rows]), weights[rows]
        if reduction == "mean" and self.total:
            weights = weights / weights.dtype.type(self.total)
        value = loss.cross_entropy.apply((scores, target, fresh(Tensor, weights)), ())
        return value + float("nan") if reduction == "mean" and not self.total else value

    def picked(self, scores: Tensor) -> Tensor:
        """Minus the scores at the targets, weighted, one for each row."""
        picked = scores.gather(1, self.target.reshape(-1, 1)).reshape(-1)
        return self._counted(picked * fresh(Tensor, -self.weights))

    def spread(self, scores: Tensor) -> Tensor:
        """Minus the weighted sum of all scores, one for each row."""
        weighted = scores if self.class_weights is None else scores * self.class_weights
        return self._counted(-weighted.sum(1))

    def _counted(self, losses: Tensor) -> Tensor:
        if self.ignored is None:
            return losses
        return losses.masked_fill(fresh(Tensor, self.ignored), 0.0)

    def reduced(self, losses: Tensor, reduction: str) -> Tensor:
        """The rows' losses, summed and divided by what counts, or in the target's shape."""
        if reduction == "none":
            return losses.reshape(self.shape)
        total = losses.sum()
        if reduction == "sum":
            return total
        return total / float(self.total) if self.total else total + float("nan")


def _as_rows(input: Tensor) -> Tensor:
    if input.ndim == 2:
        return input
    if input.ndim == 1:
        return input.reshape(1, -1)
    return input.movedim(1, -1).reshape(-1, input.shape[1])


def _check_shapes(input: Tensor, target: Tensor) -> None:
    scores, classes = input._value.shape, target._value.shape
    if len(scores) == 2 and len(classes) == 1 and scores[0] == classes[0]:
        return
    if not scores:
        raise teaching(ValueError)("Expected 1 or more dimensions (got 0)")
    if len(scores) == 1:
        if classes not in ((), (1,)):
            raise teaching(ValueError)(
                "For 1D input, 1D target must have size 1, but got target size: "
                f"{classes[0] if len(classes) == 1 else list(classes)}"
            )
        return
    if classes and classes[0] != scores[0]:
        raise teaching(ValueError)(
            f"Expected input batch_size ({scores[0]}) to match target batch_size ({classes[0]})."
        )
    if len(scores) == 2 and len(classes) != 1:
        raise teaching(RuntimeError)(
            "0D or 1D target tensor expected, multi-target not supported: got scores of shape "
            f"{list(scores)} and a target of shape {list(classes)}"
        )
    expected = (scores[0], *scores[2:])
    if classes != expected:
        raise teaching(RuntimeError)(f"Expected target size {list(expected)}, got {list(classes)}")


def _indices(target: Tensor, classes: int, ignore_index: int) -> tuple[Tensor, np.ndarray | None]:
    """The target as one row of checked indices, and where it is to be ignored."""
    if target._value.dtype.name not in ("int64", "uint8"):
        raise teaching(RuntimeError)(
            f"expected target dtype to be Long or Byte, but got {target.dtype.scalar_type}"
        )
    if target.ndim != 1:
        target = target.reshape(-1)
    target = to_dtype(target, np.dtype(np.int64))  # type: ignore[assignment]
    places = target._value
    if not len(places) or (
        not 0 <= ignore_index < classes and places.view(np.uint64).max() < classes
    ):
        return target, None
    ignored = places == ignore_index
    wrong = ((places < 0) | (places >= classes)) & ~ignored
    if wrong.any():
        place = int(wrong.argmax())
        raise teaching(IndexError)(
            f"Target {places[place]} is out of bounds. With {classes} classes the targets are 0 "
            f"to {classes - 1} (or ignore_index={ignore_index}); the first that is not stands at "
            f"place {place} of {len(places)}"
        )
    if not ignored.any():
        return target, None
    return fresh(Tensor, np.where(ignored, 0, places)), ignored
