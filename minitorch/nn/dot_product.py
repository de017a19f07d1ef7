"""Scaled dot-product attention, as `torch.nn.functional` has it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.arguments import checked
from minitorch.faces.operands import to_dtype
from minitorch.faces.sampling import dropped
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import require_tensor
from minitorch.ops.attention import attention

__all__ = ["scaled_dot_product_attention"]

SINGLE = np.dtype(np.float32)
_numbers: dict[np.dtype[Any], tuple[Tensor, Tensor]] = {}


@checked
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """`softmax(query @ key.T * scale + mask) @ value`; arXiv 1706.03762.

    A query that sees no key gives 0.

    Args:
        query, key, value: `(*, L, E)`, `(*, S, E)` and `(*, S, Ev)`; the result is `(*, L, Ev)`.
        attn_mask: broadcasts to `(*, L, S)`: bools, true where a query sees a key, or numbers that
            are added to the scores.
        dropout_p: the probability with which a weight is zeroed, whether in training or not.
        is_causal: whether query i sees only the keys up to i.
        scale: by default `1 / sqrt(E)`.
        enable_gqa: whether several heads (dimension -3) of the queries share one of the keys.

    Raises:
        RuntimeError: dtypes or shapes that do not fit, or a mask beside `is_causal`.

    Example:
        >>> x = torch.eye(2).reshape(1, 2, 2)
        >>> torch.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)
        tensor([[[1.0000, 0.0000],
                 [0.3302, 0.6698]]])
    """
    _check(query, key, value, attn_mask, dropout_p, is_causal)
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1]) if query.shape[-1] else 1.0
    if enable_gqa:
        key, value = _for_all_heads(query, key), _for_all_heads(query, value)
    kind = query._value.dtype
    if kind.char not in "fd":
        query, key, value = (_cast(x, SINGLE) for x in (query, key, value))
    single = query._value.dtype
    none, one = _numbers.get(single) or _numbers.setdefault(
        single, (fresh(Tensor, np.zeros((), single)), fresh(Tensor, np.ones((), single)))
    )
    mask = none if attn_mask is None else attn_mask
    if mask._value.dtype not in (np.bool_, single):
        mask = _cast(mask, single)
    lead = _lead(query, key, value, attn_mask)
    query, key, value = (
        x if x.shape[:-2] == lead else x.expand(*lead, *x.shape[-2:]) for x in (query, key, value)
    )
    drop = one
    if dropout_p > 0:
        drop = dropped(query.new_empty((*lead, query.shape[-2], key.shape[-2])), dropout_p)
    y = attention.apply((query, key, value, mask, drop), (float(scale), is_causal))[0]
    return _cast(y, kind)


def _cast(x: Any, dtype: np.dtype[Any]) -> Tensor:
    return to_dtype(x, dtype)  # type: ignore[return-value]


def _check(query: Any, key: Any, value: Any, mask: Any, dropout_p: float, is_causal: bool) -> None:
    for i, (name, x) in enumerate((("query", query), ("key", key), ("value", value))):
        require_tensor(x, "scaled_dot_product_attention", name, i + 1)
    kinds = [x.dtype.scalar_type for x in (query, key, value)]
    if len(set(kinds)) > 1:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{kinds[0]} key.dtype: {kinds[1]} and value.dtype: {kinds[2]} instead."
        )
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be at least 2 dimensional, but got query.dim: "
            f"{query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead."
        )
    if mask is not None:
        _check_mask(query, mask, is_causal)
    if dropout_p > 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")
    if query._value.dtype.kind in "iub":
        raise RuntimeError(
            f"expected scalar type Float but found {kinds[0]}: scaled_dot_product_attention() "
            "needs floating-point tensors"
        )
    if query._value.dtype.kind == "c":
        raise NotImplementedError(
            f"\"softmax_lastdim_kernel_impl\" not implemented for '{kinds[0]}'"
        )
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise RuntimeError(
            "scaled_dot_product_attention(): query (*, L, E), key (*, S, E) and value (*, S, Ev) "
            f"do not fit: they have shapes {list(query.shape)}, {list(key.shape)} and "
            f"{list(value.shape)}"
        )


def _check_mask(query: Tensor, mask: Any, is_causal: bool) -> None:
    require_tensor(mask, "scaled_dot_product_attention", "attn_mask", 4)
    if mask._value.dtype not in (np.bool_, SINGLE, query._value.dtype):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
            f"attn_mask.dtype: {mask.dtype.scalar_type} and  query.dtype: "
            f"{query.dtype.scalar_type} instead."
        )
    if is_causal:
        raise RuntimeError(
            "_scaled_dot_product_attention: Explicit attn_mask should not be set when "
            "is_causal=True"
        )
    if mask.ndim < 2:
        raise IndexError(
            f"Dimension out of range: attn_mask must have the two dimensions (L, S), not the shape "
            f"{list(mask.shape)}"
        )


def _lead(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> tuple[int, ...]:
    """The dimensions before the last two, broadcast; a mask must fit them and the scores."""
    lead = tuple(query.shape[:-2])
    try:
        if not lead == tuple(key.shape[:-2]) == tuple(value.shape[:-2]):
            lead = np.broadcast_shapes(lead, key.shape[:-2], value.shape[:-2])
        whole = (*lead, query.shape[-2], key.shape[-2])
        if mask is not None and np.broadcast_shapes(whole, mask.shape) != whole:
            raise ValueError
    except ValueError:
        shapes = [list(x.shape) for x in (query, key, value, mask) if x is not None]
        raise RuntimeError(
            "The size of tensor a must match the size of tensor b: "
            "scaled_dot_product_attention() of query, key, value (and mask) of shapes "
            f"{', '.join(map(str, shapes))}, which do not broadcast; a mask must broadcast to the "
            "scores (*, L, S)"
        ) from None
    return lead


def _for_all_heads(query: Tensor, x: Tensor) -> Tensor:
    """Each head of `x`, repeated for the queries that share it."""
    if query.ndim < 3 or x.ndim < 3 or not x.size(-3) or query.size(-3) % x.size(-3):
        raise RuntimeError(
            "Number of heads in key and value must divide the number of heads in query: the "
            f"shapes are {list(x.shape)} and {list(query.shape)}"
        )
    return x.repeat_interleave(query.size(-3) // x.size(-3), -3)
