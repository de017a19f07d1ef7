"""Metrics of a training: gathered batch by batch, exact over the whole set.

A metric keeps sums and counts, never means of batches, so that its value does not depend on how
the set was cut. `update(output, target)` takes a batch in, `compute()` gives the value of all so
far, `metric(output, target)` the value of one set alone.

The targets of classes are labels, in the shapes that `cross_entropy` takes: scores
`(n, classes, …)` and labels `(n, …)`. Labels equal to `ignore_index` do not count. Scores of the
targets' own shape, or `(n, 1)` for `(n,)`, are those of yes or no, as `binary_cross_entropy` has
them: yes above `threshold`, which is 0 for logits; give 0.5 for probabilities. Scores of integers
or bools are labels already.

Example:
    >>> accuracy = torch.training.metrics.Accuracy()
    >>> accuracy.update(torch.tensor([[2.0, 1.0], [0.0, 3.0]]), torch.tensor([0, 0]))
    >>> accuracy.update(torch.tensor([[5.0, 1.0]]), torch.tensor([0]))
    >>> round(accuracy.compute(), 3)
    0.667
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces.tensor import Tensor

__all__ = [
    "Accuracy", "Average", "Confusion", "F1", "MAE", "Metric", "Perplexity", "R2", "TopK", "named",
]  # fmt: skip

IGNORED = -100  # the label that losses of classes leave out, too


class Metric:
    """What all metrics have; a subclass writes `reset`, `update` and `compute`.

    Whatever it keeps between batches must be numbers, lists or arrays among its attributes: a
    checkpoint in the middle of an epoch saves them.

    Attributes:
        name: what it is called in the history.
        higher_is_better: what early stopping goes by; None where there is no order.

    Example:
        >>> class Largest(torch.training.metrics.Metric):
        ...     name, higher_is_better = "largest", False
        ...     def reset(self):
        ...         self.error = 0.0
        ...     def update(self, output, target):
        ...         self.error = max(self.error, (output - target).abs().max().item())
        ...     def compute(self):
        ...         return self.error
        >>> Largest()(torch.tensor([1.0, 5.0]), torch.tensor([1.0, 3.0]))
        2.0
    """

    name: str
    higher_is_better: bool | None = None

    def reset(self) -> None:
        """Forget all batches."""
        raise NotImplementedError(f"{type(self).__name__} does not define reset()")

    def update(self, output: Any, target: Any) -> None:
        """Take a batch in."""
        raise NotImplementedError(f"{type(self).__name__} does not define update()")

    def compute(self) -> Any:
        """The value over all batches since `reset()`; nan where there were none."""
        raise NotImplementedError(f"{type(self).__name__} does not define compute()")

    def __call__(self, output: Any, target: Any) -> Any:
        """The value of this output alone; what was gathered before stays."""
        alone = copy.deepcopy(self)
        alone.reset()
        alone.update(output, target)
        return alone.compute()


class Accuracy(Metric):
    """The share of labels that were predicted.

    Example:
        >>> scores = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.7, 0.3]])
        >>> torch.training.metrics.Accuracy()(scores, torch.tensor([1, 0, 0]))
        1.0
    """

    name, higher_is_better = "accuracy", True

    def __init__(self, threshold: float = 0.0, ignore_index: int = IGNORED) -> None:
        self.threshold, self.ignore_index = threshold, ignore_index
        self.reset()

    def reset(self) -> None:
        self.right = self.count = 0

    def update(self, output: Any, target: Any) -> None:
        guess, label, _ = _labels(self, output, target)
        self.right += int((guess == label).sum())
        self.count += label.size

    def compute(self) -> float:
        return self.right / self.count if self.count else math.nan


class TopK(Metric):
    """The share of labels among the `k` classes with the highest scores.

    Of equal scores the first class counts as the highest, as for `argmax`. By name: "top5".

    Example:
        >>> scores = torch.tensor([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])
        >>> torch.training.metrics.TopK(2)(scores, torch.tensor([1, 2]))
        0.5
    """

    higher_is_better = True

    def __init__(self, k: int = 5, ignore_index: int = IGNORED) -> None:
        if not isinstance(k, int) or k < 1:
            raise ValueError(f"TopK: k must be an int of at least 1, got {k!r}")
        self.k, self.ignore_index, self.name = k, ignore_index, f"top{k}"
        self.reset()

    def reset(self) -> None:
        self.right = self.count = 0

    def update(self, output: Any, target: Any) -> None:
        scores, label = _scores_of_classes(self, output, target)
        if self.k > scores.shape[1]:
            raise ValueError(f"{self.name}: there are only {scores.shape[1]} classes")
        own = np.take_along_axis(scores, label[:, None], axis=1)
        before = np.arange(scores.shape[1]) < label[:, None]
        rank = ((scores > own) | ((scores == own) & before)).sum(axis=1)
        self.right += int(((rank < self.k) & ~np.isnan(own[:, 0])).sum())
        self.count += label.size

    def compute(self) -> float:
        return self.right / self.count if self.count else math.nan


class Confusion(Metric):
    """How often each class (row) was taken for each (column), as a Tensor of counts.

    Example:
        >>> guess, truth = torch.tensor([0, 1, 1]), torch.tensor([0, 1, 0])
        >>> torch.training.metrics.Confusion()(guess, truth)
        tensor([[1, 1],
                [0, 1]])
    """

    name = "confusion"

    def __init__(self, threshold: float = 0.0, ignore_index: int = IGNORED) -> None:
        self.threshold, self.ignore_index = threshold, ignore_index
        self.reset()

    def reset(self) -> None:
        self.counts = np.zeros((0, 0), np.int64)

    def update(self, output: Any, target: Any) -> None:
        guess, label, classes = _labels(self, output, target)
        size = max(classes, len(self.counts), *(int(a.max(initial=-1)) + 1 for a in (guess, label)))
        for which, labels in (("predicted", guess), ("target", label)):
            if labels.min(initial=0) < 0:
                raise ValueError(f"{self.name}: a {which} label is negative: {labels.min()}")
        counts = np.bincount(label * size + guess, minlength=size * size).reshape(size, size)
        known = len(self.counts)
        counts[:known, :known] += self.counts
        self.counts = counts

    def compute(self) -> Any:
        return fresh(Tensor, self.counts.copy())


class F1(Confusion):
    """The harmonic mean of precision and recall.

    Args:
        average: "macro", the mean over the classes that occur; "weighted", by how often they
            occur; "micro", of all decisions together; "binary", of class 1 alone.
        threshold, ignore_index: as everywhere in this module.

    Example:
        >>> guess, truth = torch.tensor([0, 1, 1, 1]), torch.tensor([0, 1, 0, 1])
        >>> round(torch.training.metrics.F1("binary")(guess, truth), 3)
        0.8
    """

    name, higher_is_better = "f1", True

    def __init__(
        self, average: str = "macro", threshold: float = 0.0, ignore_index: int = IGNORED
    ) -> None:
        if average not in ("macro", "weighted", "micro", "binary"):
            raise ValueError(
                f"F1: average must be 'macro', 'weighted', 'micro' or 'binary', got {average!r}"
            )
        self.average = average
        super().__init__(threshold, ignore_index)

    def compute(self) -> float:
        counts = self.counts
        if not counts.sum():
            return math.nan
        right, true, guessed = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
        if self.average == "micro":
            return float(right.sum() / true.sum())
        score = 2 * right / np.maximum(true + guessed, 1)
        if self.average == "binary":
            if len(counts) > 2:
                raise ValueError(
                    f"F1('binary') has met {len(counts)} classes: use 'macro', 'weighted' or "
                    "'micro'"
                )
            return float(score[1]) if len(counts) == 2 else 0.0
        if self.average == "weighted":
            return float((score * true).sum() / true.sum())
        return float(score[true + guessed > 0].mean())


class MAE(Metric):
    """The mean absolute error.

    Example:
        >>> torch.training.metrics.MAE()(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
        1.0
    """

    name, higher_is_better = "mae", False

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.total, self.count = 0.0, 0

    def update(self, output: Any, target: Any) -> None:
        guess, truth = _numbers(self, output, target)
        self.total += float(np.abs(guess - truth).sum())
        self.count += truth.size

    def compute(self) -> float:
        return self.total / self.count if self.count else math.nan


class R2(Metric):
    """The share of the targets' variance that is predicted; of several columns their mean.

    1 is perfect; the targets' mean, predicted always, gives 0. Constant targets give 1 when all
    are met and 0 when not; fewer than two give nan.

    Example:
        >>> guess, truth = torch.tensor([1.0, 2.0, 2.0]), torch.tensor([1.0, 2.0, 3.0])
        >>> torch.training.metrics.R2()(guess, truth)
        0.5
    """

    name, higher_is_better = "r2", True

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.count = 0
        self.mean = self.spread = self.error = np.zeros(())

    def update(self, output: Any, target: Any) -> None:
        """Means and squared deviations of two sets join by Chan, Golub and LeVeque's rule (1979):
        sums of squares, which cancel, are never made."""
        guess, truth = _numbers(self, output, target)
        count = len(truth) if truth.ndim else 1
        if not count:
            return
        guess, truth = guess.reshape(count, -1), truth.reshape(count, -1)
        mean = truth.mean(axis=0)
        shift, total = mean - self.mean, self.count + count
        self.spread = self.spread + ((truth - mean) ** 2).sum(axis=0)
        self.spread = self.spread + shift**2 * (self.count * count / total)
        self.mean = self.mean + shift * (count / total)
        self.error = self.error + ((guess - truth) ** 2).sum(axis=0)
        self.count = total

    def compute(self) -> float:
        if self.count < 2:
            return math.nan
        constant = self.spread == 0
        share = 1 - self.error / np.where(constant, 1.0, self.spread)
        return float(np.where(constant, self.error == 0, share).mean())


class Perplexity(Metric):
    """`exp` of the mean negative log-likelihood of the labels, given logits `(n, classes, …)`.

    Example:
        >>> ppl = torch.training.metrics.Perplexity()(torch.zeros(3, 8), torch.tensor([1, 2, 7]))
        >>> round(ppl, 6)
        8.0
    """

    name, higher_is_better = "perplexity", False

    def __init__(self, ignore_index: int = IGNORED) -> None:
        self.ignore_index = ignore_index
        self.reset()

    def reset(self) -> None:
        self.total, self.count = 0.0, 0

    def update(self, output: Any, target: Any) -> None:
        scores, label = _scores_of_classes(self, output, target)
        scores = scores.astype(np.float64)
        highest = scores.max(axis=1, keepdims=True)
        normalizer = np.log(np.exp(scores - highest).sum(axis=1)) + highest[:, 0]
        self.total += float((normalizer - scores[np.arange(len(label)), label]).sum())
        self.count += label.size

    def compute(self) -> float:
        if not self.count:
            return math.nan
        try:
            return math.exp(self.total / self.count)
        except OverflowError:
            return math.inf


class Average(Metric):
    """The mean of a function `f(output, target)`'s values, each weighted by its batch's size."""

    def __init__(self, function: Callable[[Any, Any], Any], name: str | None = None) -> None:
        self.function = function
        self.name = name or str(getattr(function, "__name__", type(function).__name__))
        self.reset()

    def reset(self) -> None:
        self.total, self.count = 0.0, 0

    def update(self, output: Any, target: Any) -> None:
        size = len(target) if getattr(target, "ndim", 0) else 1
        self.total += float(self.function(output, target)) * size
        self.count += size

    def compute(self) -> float:
        return self.total / self.count if self.count else math.nan


BY_NAME = {m.name: m for m in (Accuracy, Confusion, F1, MAE, Perplexity, R2)}


def named(metric: Any) -> Metric:
    """The metric of a name, or of a function of output and target; a metric as it is.

    Example:
        >>> torch.training.metrics.named("top3").k
        3
    """
    if isinstance(metric, Metric):
        return metric
    if isinstance(metric, str):
        if metric in BY_NAME:
            return BY_NAME[metric]()
        if metric.startswith("top") and metric[3:].isdecimal():
            return TopK(int(metric[3:]))
        raise ValueError(
            f"unknown metric {metric!r}: there are {', '.join(map(repr, BY_NAME))}, 'top5' (any "
            "number), objects of minitorch.training.metrics, and functions of output and target"
        )
    if isinstance(metric, type) and issubclass(metric, Metric):
        return metric()
    if callable(metric):
        return Average(metric)
    raise TypeError(
        "a metric is a name, a Metric or a function of output and target, got "
        f"{type(metric).__name__}"
    )


# -- what outputs and targets say -----------------------------------------------------------------


def _array(metric: Metric, value: Any, role: str) -> np.ndarray:
    if isinstance(value, Box):
        value = value.detach().numpy() if isinstance(value, Tensor) else value._value
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{metric.name}: expected a Tensor or an array of numbers as {role}, got "
            f"{type(value).__name__}; a metric of your own can read other outputs"
        )
    return array


def _numbers(metric: Metric, output: Any, target: Any) -> tuple[np.ndarray, np.ndarray]:
    """Output and target of one shape, in float64."""
    guess, truth = _array(metric, output, "output"), _array(metric, target, "target")
    if guess.shape != truth.shape:
        raise ValueError(
            f"{metric.name}: output has shape {guess.shape} and target {truth.shape}; they must be "
            "the same (squeeze or unsqueeze one of them: broadcasting would compare all with all)"
        )
    return guess.astype(np.float64), truth.astype(np.float64)


def _scores_of_classes(metric: Any, output: Any, target: Any) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, classes) and the labels (n,) that count."""
    scores, label = _array(metric, output, "output"), _array(metric, target, "target")
    if scores.ndim != label.ndim + 1 or scores.shape[:1] + scores.shape[2:] != label.shape:
        raise ValueError(
            f"{metric.name}: expected scores (n, classes, …) and labels (n, …), got output of "
            f"shape {scores.shape} and target {label.shape}"
        )
    label = _integers(metric, label).ravel()
    scores = np.moveaxis(scores, 1, -1).reshape(len(label), scores.shape[1])
    counts = label != metric.ignore_index
    scores, label = scores[counts], label[counts]
    if label.size and not 0 <= label.min() <= label.max() < scores.shape[1]:
        raise ValueError(
            f"{metric.name}: labels go from {label.min()} to {label.max()}, but there are scores "
            f"of {scores.shape[1]} classes, 0 to {scores.shape[1] - 1}"
        )
    return scores, label


def _labels(metric: Any, output: Any, target: Any) -> tuple[np.ndarray, np.ndarray, int]:
    """The labels guessed and those true, both (n,), and how many classes had scores."""
    guess, label = _array(metric, output, "output"), _array(metric, target, "target")
    if guess.shape == (*label.shape, 1) and label.dtype.kind == "f":
        guess = guess[..., 0]
    if guess.ndim == label.ndim + 1:
        scores, label = _scores_of_classes(metric, output, target)
        return scores.argmax(axis=1), label, scores.shape[1]
    if guess.shape != label.shape:
        raise ValueError(
            f"{metric.name}: output has shape {guess.shape} and target {label.shape}; expected "
            "scores (n, classes, …) and labels (n, …), or one shape for both"
        )
    classes = 0
    if guess.dtype.kind == "f":
        guess, classes = guess > metric.threshold, 2
    label = _integers(metric, label).ravel()
    counts = label != metric.ignore_index
    return guess.astype(np.int64).ravel()[counts], label[counts], classes


def _integers(metric: Metric, label: np.ndarray) -> np.ndarray:
    whole = label.astype(np.int64)
    if label.dtype.kind == "f" and not (whole == label).all():
        raise ValueError(
            f"{metric.name}: targets must be labels (whole numbers), got {label.dtype} with "
            "fractions"
        )
    return whole
