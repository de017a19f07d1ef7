"""Fused attention, layer norm and GELU equal their compositions, and keep little."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

import minitorch as torch
import minitorch.nn.functional as F
from minitorch import nn
from minitorch.func import vmap
from minitorch.ops import attention


def by_hand(q, k, v, mask=None, causal=False):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = (
            scores + mask if mask.dtype != torch.bool else scores.masked_fill(~mask, -torch.inf)
        )
    if causal:
        later = torch.ones(scores.shape[-2:]).triu(1).bool()
        scores = scores.masked_fill(later, -torch.inf)
    return scores.softmax(-1) @ v


def drawn(*shape):
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


def agree(ours, theirs):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-11)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.fixture(params=[None, 64, 4096])
def block(request, monkeypatch):
    """Blocks of several sizes: the result does not depend on them."""
    if request.param:
        monkeypatch.setattr(attention, "BLOCK", request.param)
        monkeypatch.setattr(attention, "ROWS", 32)


@pytest.mark.parametrize("kind", ["none", "causal", "bools", "floats"])
@pytest.mark.parametrize("sizes", [(2, 3, 70, 70), (1, 2, 40, 90), (3, 1, 90, 40)])
def test_equals_the_composition(sizes, kind, block):
    n, heads, length, keys = sizes
    q, k, v = drawn(n, heads, length, 4), drawn(n, heads, keys, 4), drawn(n, heads, keys, 4)
    mask = {"bools": torch.rand(length, keys) < 0.7, "floats": drawn(heads, length, keys)}.get(kind)
    leaves = [q, k, v, *([mask] if kind == "floats" else [])]
    if kind == "bools":
        mask[:, 0] = True
    causal = kind == "causal"
    found = []
    for y in (
        F.scaled_dot_product_attention(q, k, v, mask, is_causal=causal),
        by_hand(q, k, v, mask, causal),
    ):
        first = torch.autograd.grad((y**2).sum(), leaves, create_graph=True)
        second = torch.autograd.grad(sum((g**2).sum() for g in first), leaves)
        found.append([y, *first, *second])
    agree(*found)


def test_dropped_weights_equal_the_composition():
    q, k, v = (drawn(2, 2, 5, 3) for _ in range(3))
    found = []
    for fused in (True, False):
        torch.manual_seed(1)
        if fused:
            y = F.scaled_dot_product_attention(q, k, v, dropout_p=0.4)
        else:
            y = F.dropout((q @ k.mT / math.sqrt(3)).softmax(-1), 0.4) @ v
        first = torch.autograd.grad((y**3).sum(), (q, k, v), create_graph=True)
        found.append([y, *first, *torch.autograd.grad(sum(g.sum() for g in first), (q, k, v))])
    agree(*found)


def test_of_many_examples_at_once():
    q, k, v = (torch.randn(5, 2, 4, 3) for _ in range(3))
    mask = torch.randn(5, 4, 4)
    at_once = vmap(F.scaled_dot_product_attention)(q, k, v, mask)
    agree([at_once], [torch.stack([
        F.scaled_dot_product_attention(*parts) for parts in zip(q, k, v, mask, strict=True)
    ])])  # fmt: skip
    one = vmap(lambda m: F.scaled_dot_product_attention(q[0], k[0], v[0], m))(mask)
    agree([one[2]], [F.scaled_dot_product_attention(q[0], k[0], v[0], mask[2])])


def test_weights_are_not_kept():
    """For n queries and keys there is memory of the order of n, not of n * n."""
    q, k, v = (torch.randn(1, 1, 2048, 8, requires_grad=True) for _ in range(3))
    tracemalloc.start()
    y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    held, peak = tracemalloc.get_traced_memory()
    y.sum().backward()
    _, at_most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    weights = 4 * 2048 * 2048
    assert held < weights / 50
    assert max(peak, at_most) < weights / 2


def test_a_query_that_sees_nothing_gives_zeros_and_no_gradient():
    q, k, v = (drawn(1, 2, 3, 4) for _ in range(3))
    mask = torch.ones(3, 3, dtype=torch.bool)
    mask[1] = False
    y = F.scaled_dot_product_attention(q, k, v, mask)
    y.sum().backward()
    assert not y[:, :, 1].any()
    assert not q.grad[:, :, 1].any()
    assert all(x.grad.isfinite().all() for x in (q, k, v))


def test_values_overwritten_after_use_are_missed():
    q, k, v = (torch.randn(1, 2, 3, 4, requires_grad=True) for _ in range(3))
    scaled = v * 2
    y = F.scaled_dot_product_attention(q, k, scaled)
    scaled.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_names_of_old():
    from minitorch.nn.modules import activation, linear, transformer

    assert activation.MultiheadAttention is nn.MultiheadAttention
    assert issubclass(linear.NonDynamicallyQuantizableLinear, nn.Linear)
    assert len(transformer._get_clones(nn.Linear(2, 2), 3)) == 3
    assert transformer._get_activation_fn("gelu") is F.gelu
    mask = F._canonical_mask(torch.tensor([True, False]), "mask", None, "", torch.float32)
    assert mask.tolist() == [-math.inf, 0.0]


# what a Transformer is made of besides


@pytest.mark.parametrize("weight", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_layer_norm_equals_the_composition(weight, bias):
    x, w, b = drawn(3, 4, 5), drawn(4, 5), drawn(4, 5)
    found = []
    for fused in (True, False):
        if fused:
            y = F.layer_norm(x, (4, 5), w if weight else None, b if bias else None)
        else:
            var = x.var((1, 2), keepdim=True, correction=0)
            y = (x - x.mean((1, 2), keepdim=True)) / (var + 1e-5).sqrt()
            y = y * w if weight else y
            y = y + b if bias else y
        leaves = [x, *[w] * weight, *[b] * bias]
        first = torch.autograd.grad((y**3).sum(), leaves, create_graph=True)
        second = torch.autograd.grad(
            sum((g**2).sum() for g in first), leaves, allow_unused=True, materialize_grads=True
        )
        found.append([y, *first, *second])
    agree(*found)


def test_gelu_in_single_precision():
    x = torch.linspace(-12, 12, 40001, requires_grad=True)
    wide = x.detach().double().requires_grad_()
    y, exact = F.gelu(x), wide * 0.5 * (1 + torch.erf(wide / math.sqrt(2)))
    (slope,) = torch.autograd.grad(y.sum(), x)
    (exact_slope,) = torch.autograd.grad(exact.sum(), wide)
    assert (y - exact).abs().max() < 1e-6
    assert (slope - exact_slope).abs().max() < 3e-7
    far = F.gelu(torch.tensor([1e20, -1e20, math.inf]))
    assert far.tolist() == [torch.tensor(1e20).item(), 0.0, math.inf]


def test_linear_of_examples_in_any_layout():
    layer = nn.Linear(4, 3, dtype=torch.float64)
    x = drawn(2, 5, 4)
    rows = torch.stack([torch.stack([layer(row) for row in part]) for part in x])
    turned = layer(x.transpose(0, 1).contiguous().transpose(0, 1))
    agree([layer(x), turned, layer(x.transpose(0, 1))], [rows, rows, rows.transpose(0, 1)])
