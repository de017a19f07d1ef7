"""Multi-head attention, as `torch.nn.functional` has it."""

from __future__ import annotations

import math
import warnings
from typing import Any

from minitorch.faces.creation import zeros_like
from minitorch.faces.joining import cat
from minitorch.faces.tensor import Tensor
from minitorch.nn.activations import softmax
from minitorch.nn.dot_product import scaled_dot_product_attention
from minitorch.nn.dropouts import dropout
from minitorch.nn.padding import pad
from minitorch.nn.products import linear

__all__ = ["multi_head_attention_forward"]


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention in several projections of the arguments at once; see `nn.MultiheadAttention`.

    Args:
        query, key, value: `(L, N, E)`, `(S, N, Ek)` and `(S, N, Ev)`, or the same without N.
        embed_dim_to_check, num_heads: E, which has to be a multiple of the number of heads.
        in_proj_weight, in_proj_bias: the projections of all three, `(3 * E, E)` and `(3 * E,)`.
        bias_k, bias_v: `(1, 1, E)`, one more key and value.
        add_zero_attn: whether there is one more key, and value, of zeros.
        dropout_p: the probability with which a weight is zeroed, in training.
        out_proj_weight, out_proj_bias: the projection of the result.
        key_padding_mask: `(N, S)`, true where a key is not seen, or numbers added to the scores.
        attn_mask: the same for each query: `(L, S)` or `(N * num_heads, L, S)`.
        use_separate_proj_weight: whether `q_proj_weight` etc. are in the place of in_proj_weight.
        static_k, static_v: projected keys and values, `(N * num_heads, S, E / num_heads)`.
        is_causal: tells that `attn_mask` is the causal mask.

    Returns:
        The result, `(L, N, E)`; and with `need_weights` the weights, `(N, L, S)`, or with
        `average_attn_weights=False` those of each head, `(N, num_heads, L, S)`.
    """
    batched = _is_batched(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        same = key is query, value is key
        query = query.unsqueeze(1)
        key = query if same[0] else key.unsqueeze(1)
        value = key if same[1] else value.unsqueeze(1)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    padding = _canonical_mask(
        key_padding_mask, "key_padding_mask", _none_or_dtype(attn_mask), "attn_mask", query.dtype
    )
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module "
            "method `generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and padding is None and not need_weights:
        attn_mask = None  # the hint stands for it
    else:
        attn_mask = _canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, False)
        is_causal = is_causal and padding is None
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    if attn_mask is not None:
        attn_mask = _for_heads(attn_mask, query, key, num_heads)
    if use_separate_proj_weight:
        weights = _all_given(q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = _in_projection(query, key, value, weights, in_proj_bias)
    else:
        q, k, v = _in_projection_packed(query, key, value, in_proj_weight, in_proj_bias)
    k, v, extra = _with_bias(k, v, bias_k, bias_v, static_k, static_v)
    q, k, v = (_heads(x, num_heads) for x in (q, k, v))
    k = k if static_k is None else _static(static_k, "static_k", q)
    v = v if static_v is None else _static(static_v, "static_v", q)
    if add_zero_attn:
        k, v = (cat([x, zeros_like(x[:, :, :1])], 2) for x in (k, v))
    extra += add_zero_attn
    if extra:
        attn_mask, padding = (
            None if x is None else pad(x, (0, extra)) for x in (attn_mask, padding)
        )
    mask = _merged(attn_mask, padding, k.shape[0], k.shape[2])
    p = dropout_p if training else 0.0
    if need_weights:
        y, found = _with_weights(q, k, v, mask, p)
    else:
        causal = is_causal and mask is None
        y, found = scaled_dot_product_attention(q, k, v, mask, p, causal), None
    length, size = query.shape[:2]
    y = linear(y.permute(2, 0, 1, 3).reshape(length * size, -1), out_proj_weight, out_proj_bias)
    y = y.view(length, size, y.size(1))
    if found is not None and average_attn_weights:
        found = found.mean(1)
    if not batched:
        y, found = y.squeeze(1), None if found is None else found.squeeze(0)
    return y, found


def _with_weights(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float
) -> tuple[Tensor, Tensor]:
    """Attention, and the weights themselves."""
    scores = (q * math.sqrt(1.0 / q.shape[-1])).matmul(k.transpose(-2, -1))
    weights = softmax(scores if mask is None else scores + mask, -1)
    if dropout_p > 0.0:
        weights = dropout(weights, dropout_p)
    return weights.matmul(v), weights


# Arguments


def _is_batched(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None,
    attn_mask: Tensor | None,
    num_heads: int,
) -> bool:
    """Whether the arguments have a batch dimension; all must, or none."""
    if query.dim() not in (2, 3):
        raise AssertionError(
            "query should be unbatched 2D or batched 3D tensor but received "
            f"{query.dim()}-D query tensor"
        )
    rank = query.dim()
    what = f"For {'batched' if rank == 3 else 'unbatched'} ({rank}-D) `query`, expected"
    if key.dim() != rank or value.dim() != rank:
        raise AssertionError(
            f"{what} `key` and `value` to be {rank}-D but found {key.dim()}-D and "
            f"{value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != rank - 1:
        raise AssertionError(
            f"{what} `key_padding_mask` to be `None` or {rank - 1}-D but found "
            f"{key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(
                f"{what} `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.dim()}-D "
                "tensor instead"
            )
        expected = (num_heads, query.shape[0], key.shape[0])
        if rank == 2 and attn_mask.dim() == 3 and attn_mask.shape != expected:
            raise AssertionError(
                f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}"
            )
    return rank == 3


def _none_or_dtype(input: Tensor | None) -> Any:
    """The dtype of a mask, None where there is none."""
    if input is None or isinstance(input, Tensor):
        return None if input is None else input.dtype
    raise RuntimeError("input to _none_or_dtype() must be None or torch.Tensor")


def _canonical_mask(
    mask: Tensor | None,
    mask_name: str,
    other_type: Any,
    other_name: str,
    target_type: Any,
    check_other: bool = True,
) -> Tensor | None:
    """A mask as numbers to add to scores: -inf where a mask of bools is true."""
    if mask is None:
        return None
    floats = mask.is_floating_point()
    if not floats and mask._value.dtype.kind != "b":
        raise AssertionError(
            f"only bool and floating types of {mask_name} are supported, not {mask.dtype}"
        )
    if check_other and other_type is not None and mask.dtype != other_type:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for "
            "both instead.",
            stacklevel=2,
        )
    if floats:
        return mask
    return zeros_like(mask, dtype=target_type).masked_fill_(mask, float("-inf"))


def _check_sizes(
    query: Tensor, key: Tensor, value: Tensor, embed_dim: int, num_heads: int, separate: bool
) -> None:
    width = query.shape[2]
    if width != embed_dim:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim}, but got {width}")
    if width % num_heads:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if separate and key.shape[:2] != value.shape[:2]:
        raise AssertionError(
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
        )
    if not separate and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


def _for_heads(mask: Tensor, query: Tensor, key: Tensor, heads: int) -> Tensor:
    """An `attn_mask`, as it broadcasts against `(N, heads, L, S)`."""
    length, size, keys = query.shape[0], query.shape[1], key.shape[0]
    expected = (length, keys) if mask.dim() == 2 else (size * heads, length, keys)
    if mask.shape != expected:
        raise RuntimeError(
            f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should be {expected}."
        )
    return mask if mask.dim() == 2 else mask.view(size, heads, length, keys)


def _merged(mask: Tensor | None, padding: Tensor | None, size: int, keys: int) -> Tensor | None:
    """Both masks in one."""
    if padding is None:
        return mask
    for i, n in enumerate((size, keys)):
        if padding.shape[i] != n:
            raise AssertionError(
                f"Expected key_padded_mask.shape[{i}] to be {n}, but got {padding.shape[i]}"
            )
    padding = padding.view(size, 1, 1, keys)
    return padding if mask is None else mask + padding


# Projections


def _all_given(*weights: Tensor | None) -> tuple[Tensor, ...]:
    for name, weight in zip("qkv", weights, strict=True):
        if weight is None:
            raise AssertionError(f"use_separate_proj_weight is True but {name}_proj_weight is None")
    return weights  # type: ignore[return-value]


def _in_projection(
    query: Tensor, key: Tensor, value: Tensor, weights: tuple[Tensor, ...], bias: Tensor | None
) -> tuple[Tensor, ...]:
    """Queries, keys and values, each by a weight of its own."""
    width = query.size(-1)
    inputs = (query, key, value)
    for name, x, weight in zip("qkv", inputs, weights, strict=True):
        if weight.shape != (width, x.size(-1)):
            raise AssertionError(
                f"expecting {name} weights shape of {(width, x.size(-1))}, but got {weight.shape}"
            )
    shifts = (None,) * 3 if bias is None else bias.chunk(3)
    return tuple(linear(*parts) for parts in zip(inputs, weights, shifts, strict=True))


def _in_projection_packed(
    query: Tensor, key: Tensor, value: Tensor, weight: Tensor | None, bias: Tensor | None
) -> tuple[Tensor, ...]:
    """Queries, keys and values, by the thirds of one weight; one product where they are one."""
    if weight is None:
        raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
    if key is value and query is key:
        return linear(query, weight, bias).chunk(3, -1)  # type: ignore[return-value]
    if key is value:
        width = query.size(-1)
        sizes = [width, 2 * width]
        w_q, w_kv = weight.split(sizes)
        b_q, b_kv = (None, None) if bias is None else bias.split(sizes)
        return linear(query, w_q, b_q), *linear(key, w_kv, b_kv).chunk(2, -1)
    shifts = (None,) * 3 if bias is None else bias.chunk(3)
    parts = zip((query, key, value), weight.chunk(3), shifts, strict=True)
    return tuple(linear(*part) for part in parts)


def _with_bias(
    k: Tensor, v: Tensor, bias_k: Tensor | None, bias_v: Tensor | None, *static: Tensor | None
) -> tuple[Tensor, Tensor, int]:
    """Keys and values with one more each, if there are such, and how many more they are."""
    if bias_k is None and bias_v is None:
        return k, v, 0
    if bias_k is None or bias_v is None:
        names = ("bias_v", "bias_k") if bias_k is None else ("bias_k", "bias_v")
        raise AssertionError(f"{names[0]} is set but {names[1]} is None")
    for name, x in zip(("key", "value"), static, strict=True):
        if x is not None:
            raise AssertionError(f"bias cannot be added to static {name}.")
    k, v = (cat([x, b.expand(1, x.size(1), -1)]) for x, b in ((k, bias_k), (v, bias_v)))
    return k, v, 1


def _heads(x: Tensor, heads: int) -> Tensor:
    """`(L, N, E)` as `(N, heads, L, E / heads)`."""
    return x.unflatten(-1, (heads, x.shape[-1] // heads)).permute(1, 2, 0, 3)


def _static(x: Tensor, name: str, q: Tensor) -> Tensor:
    """Given keys or values as `(N, heads, S, E / heads)`."""
    size, heads, _, width = q.shape
    for dim, n in ((0, size * heads), (2, width)):
        if x.size(dim) != n:
            raise AssertionError(f"expecting {name}.size({dim}) of {n}, but got {x.size(dim)}")
    return x.view(size, heads, x.size(1), width)
