"""Samples of attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.samples import Domain, among, between, op, real, small

NUMBER, ONE = among(0.0), among(1.0)
dropped = among(0.0, 2.0)
seen = Domain(lambda rng, shape: (rng.random(shape) < 0.7) | (np.arange(shape[-1]) == 0))


def _attention(
    q: Any, k: Any, v: Any, mask: Any, drop: Any, scale: float, causal: bool
) -> tuple[Any, Any]:
    scores = scale * q @ np.swapaxes(k, -1, -2)
    scores = scores + (mask if mask.dtype != bool else np.where(mask, 0, -np.inf).astype(q.dtype))
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf).astype(q.dtype)
    sums = np.exp(scores).sum(-1, keepdims=True)
    return np.exp(scores) / sums * drop @ v, np.log(sums)


def _by_hand(
    torch: Any, q: Any, k: Any, v: Any, mask: Any, drop: Any, scale: float, causal: bool
) -> Any:
    scores = scale * (q @ k.mT)
    scores = scores + mask if mask.dtype != torch.bool else scores.masked_fill(~mask, -torch.inf)
    if causal:
        allowed = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
        scores = scores.masked_fill(~allowed, -torch.inf)
    return scores.softmax(-1) * drop @ v, scores.logsumexp(-1, keepdim=True)


def attention(*samples: Any, causal: bool = False) -> None:
    op("attention", *samples, params=(0.5, causal), numpy=_attention, torch=_by_hand,
       wrt=tuple(range(3 + (samples[3].domain is small))))  # fmt: skip


for lead, queries, keys, width, values in (
    ((2, 3), 4, 4, 2, 2), ((), 3, 5, 2, 3), ((2,), 1, 3, 1, 2), ((1, 2, 1), 3, 2, 2, 1),
):  # fmt: skip
    unit = between(-1.5, 1.5)
    q, k, v = unit(*lead, queries, width), unit(*lead, keys, width), real(*lead, keys, values)
    attention(q, k, v, NUMBER(), ONE())
    attention(q, k, v, NUMBER(), ONE(), causal=True)
    attention(q, k, v, seen(queries, keys), ONE())
    attention(q, k, v, small(*lead, queries, keys), dropped(*lead, queries, keys))
    attention(q, k, v, small(1, keys), dropped(*lead, queries, keys), causal=True)

attention(real(0, 3, 2), real(0, 4, 2), real(0, 4, 2), NUMBER(), ONE())


def _back(
    g: Any, slack: Any, q: Any, k: Any, v: Any, mask: Any, drop: Any, level: Any,
    places: tuple[int, ...], scale: float, causal: bool,
) -> tuple[Any, ...]:  # fmt: skip
    scores = scale * q @ np.swapaxes(k, -1, -2)
    scores = scores + (mask if mask.dtype != bool else np.where(mask, 0, -np.inf).astype(q.dtype))
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf).astype(q.dtype)
    weights = np.exp(scores - level)
    slopes = weights * (g @ np.swapaxes(v, -1, -2) * drop - slack)
    found = (
        slopes @ k * scale, np.swapaxes(slopes, -1, -2) @ q * scale,
        np.swapaxes(weights * drop, -1, -2) @ g, slopes,
    )  # fmt: skip
    return tuple(found[place] for place in places)


def attention_back(*samples: Any, places: tuple[int, ...] = (0, 1, 2, 3), causal: bool) -> None:
    smooth = samples[5].domain is small
    op("attention_back", *samples, params=(places, 0.5, causal), numpy=_back, torch=None,
       wrt=(0, 1, 2, 3, 4, *(5,) * smooth, 7))  # fmt: skip


for lead, n, width, places in (
    ((2, 2), 3, 2, (0, 1, 2, 3)), ((), 2, 1, (2,)), ((2,), 3, 2, (1, 3)), ((0,), 2, 1, (0, 1)),
):  # fmt: skip
    rows, column, square = (*lead, n, width), small(*lead, n, 1), (*lead, n, n)
    five = (unit(*rows), column, unit(*rows), unit(*rows), unit(*rows))
    attention_back(*five, NUMBER(), ONE(), column, causal=False, places=places)
    attention_back(*five, seen(n, n), dropped(*square), column, causal=True, places=places)
    attention_back(*five, small(*square), dropped(*square), column, causal=False, places=places)

for shape in ((3, 4), (2, 1, 3), (0, 2), (2, 0)):
    op("row_products", real(*shape), real(*shape), torch=None,
       numpy=lambda a, b: (a * b).sum(-1, keepdims=True))  # fmt: skip
