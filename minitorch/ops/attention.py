"""Scaled dot-product attention as one operation.

The weights of all queries and keys are never kept: the way forward keeps the logarithms of the
sums that they are normalised with, and the way back computes the weights anew (Dao et al.,
arXiv 2205.14135). Both go over blocks of examples and queries whose weights fit the cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.joint import Joint
from minitorch.engine.primitive import Primitive
from minitorch.kernels import rows
from minitorch.kernels.attention import attend, causal_mask, weigh
from minitorch.ops.elementwise import add, exp, where, zeros_of
from minitorch.ops.linalg import matmul
from minitorch.ops.reduce import shape_of, total
from minitorch.ops.shape import alike, broadcast_to, reshape, swap

BLOCK = 1 << 16  # weights computed at a time: with what else a block reads they fit the cache
ROWS = 128  # queries at a time, where each sees only the keys before it

ndarray = np.ndarray
Places = tuple[int, ...]


class _Block:
    """Some examples, some of their queries, and the keys that those may look at."""

    def __init__(self, examples: slice, rows: slice, keys: int, causal: bool) -> None:
        self.examples, self.rows, self.keys, self.causal = examples, rows, keys, causal

    def queries(self, x: ndarray) -> ndarray:
        """Its part of an array with a row for each query."""
        return x[self.examples, ..., self.rows, :]

    def seen(self, x: ndarray) -> ndarray:
        """Its part of an array with a row for each key."""
        return x[self.examples, ..., : self.keys, :]

    def of(self, x: ndarray, rank: int) -> ndarray:
        """Its part of an array that broadcasts against the weights, or has no axes."""
        if not x.ndim:
            return x
        x = x.reshape((1,) * (rank - x.ndim) + x.shape)
        examples = self.examples if x.shape[0] > 1 else slice(None)
        rows = self.rows if x.shape[-2] > 1 else slice(None)
        return x[examples, ..., rows, : self.keys]

    @property
    def shown(self) -> int:
        """How many keys the first of its rows sees; in a causal block each next sees one more."""
        return min(self.rows.start + 1, self.keys) if self.causal else self.keys


def _blocks(q: ndarray, k: ndarray, causal: bool) -> Iterator[_Block]:
    """Everything in blocks; those of the same examples follow each other."""
    n, queries, keys = q.shape[0], q.shape[-2], k.shape[-2]
    heads = max(math.prod(q.shape[1:-2]), 1)
    rows = min(queries, max(BLOCK // (heads * keys), 32), ROWS if causal else queries)
    step = max(BLOCK // (heads * rows * keys), 1)
    for start in range(0, n, step):
        for first in range(0, queries, rows):
            last = min(first + rows, queries)
            seen = min(last, keys) if causal else keys
            yield _Block(slice(start, min(start + step, n)), slice(first, last), seen, causal)


def _at_least_3d(*arrays: ndarray) -> list[ndarray]:
    return [x[np.newaxis] if x.ndim == 2 else x for x in arrays]


def _dtype(x: ndarray) -> np.dtype[Any]:
    """The dtype that is computed in: float32 for float16 and bfloat16."""
    return x.dtype if x.dtype.char in "fd" else np.dtype(np.float32)


def _attention(
    q: ndarray, k: ndarray, v: ndarray, mask: ndarray, drop: ndarray, scale: float, causal: bool
) -> tuple[ndarray, ndarray]:
    y = np.empty_like(q, shape=(*q.shape[:-1], v.shape[-1]))  # laid out as the queries are
    level = np.empty((*q.shape[:-1], 1), _dtype(q))
    kind = q.dtype
    if not (level.size and k.shape[-2]):
        y.fill(0)
        level.fill(np.inf)
        return y, level.astype(kind, copy=False)
    whole, levels = _at_least_3d(y, level)
    q, k, v = _at_least_3d(q, k, v)
    for block in _blocks(q, k, causal):
        _attend(block, q, k, v, mask, drop, scale, block.queries(whole), block.queries(levels))
    return y, level.astype(kind, copy=False)


def _attend(
    block: _Block, q: ndarray, k: ndarray, v: ndarray, mask: ndarray, drop: ndarray,
    scale: float, y: ndarray, level: ndarray,
) -> None:  # fmt: skip
    """Attention within a block, written to `y` and `level`."""
    dtype, rank = level.dtype, q.ndim
    parts = (block.queries(q), block.seen(k), block.seen(v))
    q, k, v = (x.astype(dtype, copy=False) for x in parts)
    mask, drop = block.of(mask, rank), block.of(drop, rank)
    level[...] = attend(q, k, v, mask, drop, block.shown, scale, y)


def _scores(q: Any, k: Any, mask: Any, scale: float, causal: bool) -> Any:
    """The products of queries and keys, with what the masks add."""
    scores = matmul(q * scale, swap(k))
    dtype = (q._value if isinstance(q, Box) else q).dtype
    if (mask._value if isinstance(mask, Box) else mask).dtype == np.bool_:
        mask = where(mask, np.zeros((), dtype), np.full((), -np.inf, dtype))
    scores = add(scores, mask)
    if causal:
        scores = add(scores, causal_mask(shape_of(q)[-2], shape_of(k)[-2], dtype))
    return scores


def _weights(q: Any, k: Any, mask: Any, level: Any, scale: float, causal: bool) -> Any:
    return exp(_scores(q, k, mask, scale, causal) - level)


def _gradients(
    g: Any, wanted: Places, q: Any, k: Any, v: Any, mask: Any, drop: Any, y0: Any, y1: Any,
    scale: float, causal: bool,
) -> tuple[Any, ...]:  # fmt: skip
    slack = row_products(g[0], y0) - g[1]
    found: Any = attention_back(g[0], slack, q, k, v, mask, drop, y1, wanted, scale, causal)
    return found


row_products = Primitive(
    "row_products", rows.products, arrays=2, linear=(0, 1),
    batch=lambda op, boxes, flags, params: op(*alike(boxes, flags)),
    vjps=(lambda g, b: g * b, lambda g, a: g * a),
    doc="the sum of a * b along the last axis, which is kept; a and b have one shape",
)  # fmt: skip


def _rows_total(x: Any) -> Any:
    return total(x, (len(shape_of(x)) - 1,), True)


def _back(
    u: ndarray, slack: ndarray, q: ndarray, k: ndarray, v: ndarray, mask: ndarray, drop: ndarray,
    level: ndarray, places: Places, scale: float, causal: bool,
) -> tuple[ndarray, ...]:  # fmt: skip
    kind, dtype = q.dtype, _dtype(q)
    scores = np.empty((0,) * q.ndim, dtype)
    shapes = (q.shape, k.shape, v.shape, (*q.shape[:-1], k.shape[-2]))
    out = [np.empty_like((q, k, v, scores)[i], dtype, shape=shapes[i]) for i in places]
    some = level.size and k.shape[-2]
    if causal or not some:
        for found in out:
            found.fill(0)
    if some:
        q, k, v, u, slack, level = _at_least_3d(q, k, v, u, slack, level)
        views = dict(zip(places, _at_least_3d(*out), strict=True))
        for block in _blocks(q, k, causal):
            _carry_back(block, u, slack, q, k, v, mask, drop, level, scale, views)
        for i in (0, 1) if 3 in views else ():  # else the scores' slopes were scaled
            if i in views:
                views[i] *= dtype.type(scale)
    return tuple([found.astype(kind, copy=False) for found in out])


def _carry_back(
    block: _Block, u: ndarray, slack: ndarray, q: ndarray, k: ndarray, v: ndarray, mask: ndarray,
    drop: ndarray, level: ndarray, scale: float, out: dict[int, ndarray],
) -> None:  # fmt: skip
    """What a block contributes to the gradients."""
    dtype, rank, first = _dtype(q), q.ndim, not block.rows.start
    rows = (block.queries(x) for x in (q, u, level, slack))
    q, u, level, slack = (x.astype(dtype, copy=False) for x in rows)
    k, v = (block.seen(x).astype(dtype, copy=False) for x in (k, v))
    mask, drop = block.of(mask, rank), block.of(drop, rank)
    factor = 1.0 if 3 in out else scale
    weights, slopes = weigh(q, k, level, u, v, slack, mask, drop, block.shown, scale, factor)
    if 0 in out:
        block.queries(out[0])[...] = slopes @ k  # in two steps: BLAS does not take all layouts
    if 1 in out:
        _gather(block.seen(out[1]), slopes.swapaxes(-1, -2), q, first)
    if 2 in out:
        if drop.ndim:
            weights *= drop
        _gather(block.seen(out[2]), weights.swapaxes(-1, -2), u, first)
    if 3 in out:
        block.queries(out[3])[..., : block.keys] = slopes


def _gather(y: ndarray, a: ndarray, b: ndarray, first: bool) -> None:
    """Add `a @ b` to `y`; the first block of some examples need not add."""
    if first:
        np.matmul(a, b, out=y)
    else:
        y += np.matmul(a, b)


def _batch(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    """Examples of a batch are examples: all but what broadcasts get one more axis in front."""
    size, rank = batch.size_of(boxes, flags), boxes[0]._value.ndim - flags[0]
    lined = []
    for name, x, flag in zip(op.names, boxes, flags, strict=False):
        own = x._value.shape[flag:]
        if name not in ("mask", "drop"):
            x = x if flag else broadcast_to(x, (size, *own))
        elif flag:
            x = reshape(x, (size, *(1,) * (rank - len(own)), *own))
        lined.append(x)
    return op(*lined, *params)


def _tangents(
    t: Any, i: int, q: Any, k: Any, v: Any, mask: Any, drop: Any, level: Any,
    scale: float, causal: bool,
) -> tuple[Any, Any]:  # fmt: skip
    """The tangents of the results of `attention`, for that of argument `i`."""
    weights = _weights(q, k, mask, level, scale, causal)
    if i == 2:
        return matmul(weights * drop, t), zeros_of(level)
    moved = weights * _score_tangent(t, i, q, k, scale)
    level = _rows_total(moved)
    return matmul((moved - weights * level) * drop, v), level


def _score_tangent(t: Any, i: int, q: Any, k: Any, scale: float) -> Any:
    """The tangent of the scores, for that of the queries, the keys or the mask."""
    if i == 0:
        return matmul(t * scale, swap(k))
    return matmul(q * scale, swap(t)) if i == 1 else t


def _jvp(i: int) -> Any:
    return lambda t, q, k, v, mask, drop, y1, scale, causal: _tangents(
        t, i, q, k, v, mask, drop, y1, scale, causal
    )


attention = Joint(
    "attention", _attention, _gradients, (0, 1, 2, 3), arrays=5, several=True, batch=_batch,
    jvps=tuple(_jvp(i) for i in range(4)),
    grad_name="ScaledDotProductFlashAttentionForCpuBackward0",
    doc="softmax(scale * q @ k.T + mask) * drop @ v over the last two axes, and the logarithms of "
    "the softmax's sums; a bool mask is true where a query sees a key; 0-d ones change nothing",
)  # fmt: skip


# the way back and its own derivatives, where u v.T is the gradient of weights * drop, and
# weights * (u v.T * drop - slack) = slopes that of the scores


def _second(
    c: Any, wanted: Places, u: Any, slack: Any, q: Any, k: Any, v: Any, mask: Any, drop: Any,
    level: Any, places: Places, scale: float, causal: bool,
) -> tuple[Any, ...]:  # fmt: skip
    """The gradients of the arguments of `attention_back`, for those of its results, `c`."""
    given = dict(zip(places, c, strict=True))
    a, b, d = (given[i] if i in given else zeros_of(x) for i, x in enumerate((q, k, v)))
    weights = _weights(q, k, mask, level, scale, causal)
    steep = matmul(u, swap(v)) * drop - slack
    push = matmul(a * scale, swap(k)) + matmul(q * scale, swap(b))  # the gradient of the slopes
    push = push + given[3] if 3 in given else push
    bent = weights * (push * steep + matmul(u, swap(d)) * drop)  # that of the scores
    slopes, pushed = weights * steep, weights * push
    rules = (
        lambda: matmul(pushed * drop, v) + matmul(weights * drop, d),
        lambda: -_rows_total(pushed),
        lambda: (matmul(bent, k) + matmul(slopes, b)) * scale,
        lambda: (matmul(swap(bent), q) + matmul(swap(slopes), a)) * scale,
        lambda: matmul(swap(pushed * drop), u),
        lambda: bent,
        None,
        lambda: -_rows_total(bent),
    )
    return tuple(rules[i]() for i in wanted)  # type: ignore[misc]


def _back_tangents(
    t: Any, i: int, u: Any, slack: Any, q: Any, k: Any, v: Any, mask: Any, drop: Any, level: Any,
    places: Places, scale: float, causal: bool,
) -> tuple[Any, ...]:  # fmt: skip
    """The tangents of the results of `attention_back`, for that of argument `i`."""
    weights = _weights(q, k, mask, level, scale, causal)
    steep = matmul(u, swap(v)) * drop - slack
    by_value = zeros_of(v)
    if i in (0, 1, 4):  # the weights stay
        left, right = (t, v) if i == 0 else (u, t)
        moved = weights * (-t if i == 1 else matmul(left, swap(right)) * drop)
        if i == 0:
            by_value = matmul(swap(weights * drop), t)
    else:
        change = weights * (-t if i == 7 else _score_tangent(t, i - 2, q, k, scale))
        moved, by_value = change * steep, matmul(swap(change * drop), u)
    by_query, by_key = matmul(moved, k), matmul(swap(moved), q)
    if i == 2:
        by_key = by_key + matmul(swap(weights * steep), t)
    elif i == 3:
        by_query = by_query + matmul(weights * steep, t)
    found = (by_query * scale, by_key * scale, by_value, moved)
    return tuple(found[place] for place in places)


def _back_jvp(i: int) -> Any:
    return lambda t, u, slack, q, k, v, mask, drop, level, places, scale, causal: _back_tangents(
        t, i, u, slack, q, k, v, mask, drop, level, places, scale, causal
    )


attention_back = Joint(
    "attention_back", _back, _second, (0, 1, 2, 3, 4, 5, 7), arrays=8, several=True, batch=_batch,
    jvps=tuple(_back_jvp(i) if i != 6 else None for i in range(8)),
    doc="the gradients of attention's queries, keys, values and mask, or of some `places` of these",
)  # fmt: skip
