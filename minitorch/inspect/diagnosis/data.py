"""Checks of the data: how inputs are scaled, the balance of classes, samples in two splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.inspect.diagnosis.case import CLASSES, Case, Data, several, shown
from minitorch.inspect.diagnosis.examining import kept
from minitorch.inspect.diagnosis.findings import ERROR, NOTE, WARNING, Finding
from minitorch.inspect.diagnosis.registry import CHECKS, Clue, check
from minitorch.nn import Bilinear, Identity, Linear
from minitorch.nn.modules.conv import _ConvNd
from minitorch.nn.modules.rnn import RNNBase
from minitorch.utils.data import DataLoader, Subset

# Layers start out for inputs of about unit size. Ten times that is what first makes training
# need another learning rate; bytes (0 … 255) are the usual case.
BYTES, WIDE, NARROW, APART = 50.0, 10.0, 1e-3, 1e3
LOPSIDED, ENOUGH = 0.9, 100  # the share of one class that is worth a word, in so many labels
MOST = 100_000  # samples that are compared


@check(WARNING, "inputs not normalised")
def inputs_not_normalised(case: Case) -> Iterator[Clue]:
    """Data that reaches its first layer far from mean 0 and deviation 1."""
    for layer in case.layers.values():
        if layer.data is None or not isinstance(layer.module, (Linear, Bilinear, _ConvNd, RNNBase)):
            continue
        told = _scale(layer.data)
        if told:
            yield Clue(*told, case.name(layer.module))


def _scale(data: Data) -> tuple[str, str] | None:
    ends = f"from {shown(data.least)} to {shown(data.greatest)}"
    sizes = f"mean {shown(data.mean)}, deviation {shown(data.deviation)}"
    if data.least >= 0 and BYTES < data.greatest <= 255:
        return f"they range {ends} ({sizes}), as bytes of images do", "divide them by 255"
    if data.deviation > WIDE or abs(data.mean) > WIDE:
        return f"they range {ends} ({sizes})", "subtract the mean and divide by the deviation"
    if 0 < data.deviation < NARROW:
        return f"they hardly vary: {ends} ({sizes})", "divide them by their deviation"
    if data.spread > APART:
        return (
            f"one feature varies {shown(data.spread)} times as much as another",
            "standardise each feature: (x - x.mean(0)) / x.std(0)",
        )
    return None


@check(NOTE, "classes out of balance")
def class_imbalance(case: Case) -> Iterator[Clue]:
    """One class that makes up nearly all of the labels."""
    if case.loss_kind() not in (*CLASSES, "bce", "bce_logits") or not case.targets:
        return
    found = np.concatenate([target.ravel() for target in case.targets])
    found = found[found != getattr(case.loss_fn, "ignore_index", -100)]
    if found.size < ENOUGH:
        return
    values, counts = np.unique(found, return_counts=True)
    share = float(counts.max() / found.size)
    if share >= LOPSIDED:
        most = values[counts.argmax()]
        yield Clue(
            f"{share:.0%} of {found.size} labels are {most:g}; to answer that always is "
            f"{share:.0%} accurate",
            "judge by F1 or balanced accuracy, weight the loss, or use WeightedRandomSampler",
        )


@check(ERROR, "data leaks between splits")
def leaking_splits(case: Case) -> Iterator[Clue]:
    """The same samples in the training and the validation data."""
    if case.splits is None:
        return
    train, valid = (source_of(each) for each in case.splits)
    same = _same_places(train, valid)
    if same:
        yield Clue(
            f"{same} of {len(valid)} validation samples are also in the training data: both are "
            "subsets of one data set, with indices in common",
            "split once, by random_split",
        )
        return
    ours, theirs = keys_of(train), keys_of(valid)
    known = Counter(ours)
    common = [i for i, key in enumerate(theirs) if key in known]
    if not common:
        return
    share, repeated = len(common) / len(theirs), 1 - len(known) / len(ours)
    # where samples repeat within the training data, too, there are few different ones to draw
    natural = repeated >= 0.5 * share
    yield Clue(
        f"{len(common)} of {len(theirs)} validation samples are also in the training data "
        f"(the first: number {several([str(i) for i in common], 3)})",
        "split before copying or augmenting samples, and drop duplicates first",
        severity=NOTE if natural else None,
    )


@check(NOTE, "duplicate samples")
def duplicate_samples(case: Case) -> Iterator[Clue]:
    """Samples that are in a split several times."""
    if case.splits is None:
        return
    for name, split in zip(("training", "validation"), case.splits, strict=True):
        keys = keys_of(source_of(split))
        extra = len(keys) - len(set(keys))
        if extra:
            yield Clue(
                f"{extra} of {len(keys)} {name} samples are copies of others",
                "drop them before splitting, unless they are meant",
            )


def leaks(train: Any, valid: Any) -> list[Finding]:
    """What training and validation data have in common: the findings about the two alone.

    Args:
        train, valid: data sets, loaders, tensors or arrays (of samples, or (inputs, targets)).

    Returns:
        `leaking_splits` and `duplicate_samples`, as `doctor` finds them; [] where all is well.

    Example:
        >>> x = torch.arange(20.).reshape(10, 2)
        >>> from minitorch.inspect import leaks
        >>> print(*leaks(x[:8], x[6:]))
        data leaks between splits: 2 of 4 validation samples are also in the training data \
(the first: number 0, 1); split before copying or augmenting samples, and drop duplicates first
        >>> leaks(x[:8], x[8:])
        []
    """
    case = Case(Identity(), splits=(train, valid))
    entries = [CHECKS["leaking_splits"], CHECKS["duplicate_samples"]]
    return [each.found(clue) for each in entries for clue in each.function(case)]


def source_of(data: Any) -> Any:
    """The samples behind a loader."""
    return data.dataset if isinstance(data, DataLoader) else data


def _same_places(train: Any, valid: Any) -> int:
    """How many samples of two subsets are one sample of their data set."""
    if isinstance(train, Subset) and isinstance(valid, Subset) and train.dataset is valid.dataset:
        return len(set(train.indices) & set(valid.indices))
    if isinstance(valid, Subset) and valid.dataset is train:
        return len(valid.indices)
    return len(valid) if train is valid else 0


def keys_of(data: Any) -> list[bytes]:
    """What tells samples apart: the bytes of the input of each; its target does not count."""
    arrays = data if isinstance(data, (Box, np.ndarray)) else None
    if isinstance(data, (tuple, list)) and data and isinstance(data[0], (Box, np.ndarray)):
        arrays = data[0]
    if arrays is None and hasattr(data, "tensors"):
        arrays = data.tensors[0]
    if arrays is not None:
        value = np.asarray(arrays._value if isinstance(arrays, Box) else arrays)
        return [row.tobytes() for row in value[:MOST]]
    with kept(data):
        if hasattr(data, "__len__"):
            samples = (data[i] for i in range(min(len(data), MOST)))
            return [_key(sample) for sample in samples]
        return [_key(sample) for _, sample in zip(range(MOST), data)]


def _key(sample: Any) -> bytes:
    if isinstance(sample, dict):
        sample = tuple(sample.values())
    if isinstance(sample, (tuple, list)) and sample:
        sample = sample[0]
    if isinstance(sample, (Box, np.ndarray)):
        value = np.asarray(sample._value if isinstance(sample, Box) else sample)
        return value.tobytes()
    return repr(sample).encode()
