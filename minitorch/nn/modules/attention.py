"""Attention with several heads."""

from __future__ import annotations

from typing import Any

from minitorch.faces.creation import empty
from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn import heads, init
from minitorch.nn.modules.linear import NonDynamicallyQuantizableLinear
from minitorch.nn.modules.module import Module
from minitorch.nn.parameter import Parameter


class MultiheadAttention(Module):
    """Attention in several projections of its inputs at once; arXiv 1706.03762.

    `concat(head_1 … head_h) @ W_O.T`, where head i is the scaled dot-product attention of the
    i-th parts of the projected queries, keys and values. A query that sees no key gives NaN where
    the weights are wanted, as in PyTorch, and else 0.

    Args:
        embed_dim: E, the size of queries and results, a multiple of `num_heads`.
        num_heads: how many heads there are.
        dropout: the probability with which a weight is zeroed, in training.
        bias: whether the projections have biases.
        add_bias_kv: whether one more key and value are learnt.
        add_zero_attn: whether there is one more key, and value, of zeros.
        kdim, vdim: the sizes of keys and values; E by default.
        batch_first: whether the batch dimension comes first, or second.
        device, dtype: of the parameters.

    Example:
        >>> attention = torch.nn.MultiheadAttention(8, 2, batch_first=True)
        >>> x = torch.zeros(3, 5, 8)
        >>> y, weights = attention(x, x, x)
        >>> y.shape, weights.shape
        (torch.Size([3, 5, 8]), torch.Size([3, 5, 5]))
    """

    in_proj_weight: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None
    batch_first: bool

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                "embed_dim and num_heads must be greater than 0, got "
                f"embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        if embed_dim % num_heads:
            raise AssertionError(
                f"embed_dim must be divisible by num_heads: they are {embed_dim} and {num_heads}"
            )
        super().__init__()
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.dropout, self.batch_first = dropout, batch_first
        self.head_dim = embed_dim // num_heads
        same, place = self._qkv_same_embed_dim, {"device": device, "dtype": dtype}
        shapes = {
            "q_proj_weight": None if same else (embed_dim, embed_dim),
            "k_proj_weight": None if same else (embed_dim, self.kdim),
            "v_proj_weight": None if same else (embed_dim, self.vdim),
            "in_proj_weight": (3 * embed_dim, embed_dim) if same else None,
            "in_proj_bias": (3 * embed_dim,) if bias else None,
        }
        for name, shape in shapes.items():
            self._make(name, shape, place)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **place)
        for name in ("bias_k", "bias_v"):
            if add_bias_kv:
                self._make(name, (1, 1, embed_dim), place)
            else:
                setattr(self, name, None)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _make(self, name: str, shape: tuple[int, ...] | None, place: dict[str, Any]) -> None:
        made = None if shape is None else Parameter(empty(shape, **place))
        self.register_parameter(name, made)

    def _reset_parameters(self) -> None:
        """Draw the weights anew, and set the biases to 0."""
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            weight = getattr(self, name)
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)  # type: ignore[arg-type]
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def __setstate__(self, state: dict[str, Any]) -> None:
        state.setdefault("_qkv_same_embed_dim", True)  # files of old have none
        super().__setstate__(state)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """The result and, with `need_weights`, the weights; else None.

        Args:
            query, key, value: `(L, N, E)`, `(S, N, kdim)` and `(S, N, vdim)`; with `batch_first`
                N comes first; or the same without N.
            key_padding_mask: `(N, S)`, true where a key is not seen, or numbers to add to scores.
            need_weights: whether the weights are returned; it is faster without.
            attn_mask: the same for each query: `(L, S)` or `(N * num_heads, L, S)`.
            average_attn_weights: whether the weights are the means over the heads, `(N, L, S)`,
                or those of each head, `(N, num_heads, L, S)`.
            is_causal: tells that `attn_mask` is the causal mask.
        """
        padding = heads._canonical_mask(
            key_padding_mask, "key_padding_mask", heads._none_or_dtype(attn_mask), "attn_mask",
            query.dtype,
        )  # fmt: skip
        attn_mask = heads._canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, False)
        turned = self.batch_first and query.dim() == 3
        if turned:
            same = key is query, value is key
            query = query.transpose(1, 0)
            key = query if same[0] else key.transpose(1, 0)
            value = key if same[1] else value.transpose(1, 0)
        y, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads,
            self.in_proj_weight, self.in_proj_bias, self.bias_k, self.bias_v,
            self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias,
            training=self.training, key_padding_mask=padding, need_weights=need_weights,
            attn_mask=attn_mask, use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight, k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight, average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )  # fmt: skip
        return y.transpose(1, 0) if turned else y, weights

    def merge_masks(
        self, attn_mask: Tensor | None, key_padding_mask: Tensor | None, query: Tensor
    ) -> tuple[Tensor | None, int | None]:
        """Both masks in one, `(N, num_heads, L, L)`, and its kind.

        The kind is 2, or 1 for a `key_padding_mask` alone, which stays `(N, L)`; None for none.
        """
        if attn_mask is None:
            return key_padding_mask, None if key_padding_mask is None else 1
        size, length, _ = query.shape
        if attn_mask.dim() == 3:
            merged = attn_mask.view(size, -1, length, length)
        else:
            merged = attn_mask.view(1, 1, length, length).expand(size, self.num_heads, -1, -1)
        if key_padding_mask is not None:
            padding = key_padding_mask.view(size, 1, 1, length)
            merged = merged + padding.expand(-1, self.num_heads, -1, -1)
        return merged, 2
