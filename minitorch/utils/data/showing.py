"""Data sets and loaders in a notebook: how many samples there are, and how the first one looks."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces import html
from minitorch.random import default_generator


def dataset_html(dataset: Any) -> str:
    """A data set's size and the form of its first sample."""
    return html.shown(html.title(type(dataset).__name__), html.table(_facts(dataset)))


def loader_html(loader: Any) -> str:
    """A loader's batches, and its data set."""
    batches = _length(loader)
    facts = [
        ["batches", f"{batches:,}" if batches is not None else "not known before the end"],
        ["batch size", str(loader.batch_size)],
        ["order", type(loader.sampler).__name__],
        ["workers", str(loader.num_workers)],
    ]
    return html.shown(
        html.title(type(loader).__name__),
        html.table(facts),
        html.title(type(loader.dataset).__name__),
        html.table(_facts(loader.dataset)),
    )


def _facts(dataset: Any) -> list[list[str]]:
    size = _length(dataset)
    facts = [["samples", f"{size:,}" if size is not None else "not known before the end"]]
    if size and not hasattr(dataset, "__next__"):
        sample = _first(dataset)
        if sample:
            facts.append(["first sample", sample])
    return facts


def _length(sized: Any) -> int | None:
    try:
        return len(sized)
    except Exception:  # no length, or one that cannot be told
        return None


def _first(dataset: Any) -> str:
    """The form of sample 0; looking at it draws no random numbers that a program would miss."""
    states = default_generator.get_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        return form(dataset[0])
    except Exception:  # a data set that cannot be looked at is shown without
        return ""
    finally:
        default_generator.set_state(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        random.setstate(states[2])


def form(sample: Any) -> str:
    """Shapes and dtypes in a sample, in its containers.

    Example:
        >>> from minitorch.utils.data.showing import form
        >>> form((torch.zeros(3, 4), 7))
        '((3, 4) float32, int)'
    """
    if isinstance(sample, (Box, np.ndarray)):
        value = sample._value if isinstance(sample, Box) else sample
        return f"{tuple(value.shape)} {value.dtype}"
    if isinstance(sample, dict):
        return "{" + ", ".join(f"{key}: {form(part)}" for key, part in sample.items()) + "}"
    if isinstance(sample, (tuple, list)):
        inside = ", ".join(map(form, sample[:4])) + ", …" * (len(sample) > 4)
        return f"({inside})" if isinstance(sample, tuple) else f"[{inside}]"
    return type(sample).__name__
