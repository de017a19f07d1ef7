"""A small GPT."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from .. import products
from ..optimizers import Adam
from ..problems import Draw, Problem
from ..running import Functional, Running, Torch
from .functions import cross_entropy, layer_norm, linear

VOCABULARY, CONTEXT, WIDTH, HEADS, LAYERS, TEXTS = 65, 64, 64, 4, 4, 16


def problem() -> Problem:
    """4 layers of width 64 and 4 heads on 16 texts of 64 characters."""
    draw = Draw()
    weights = {
        "tokens.weight": draw.uniform(VOCABULARY, WIDTH, bound=0.05),
        "places.weight": draw.uniform(CONTEXT, WIDTH, bound=0.05),
    }
    for i in range(LAYERS):
        name = f"blocks.{i}"
        weights |= draw.norm(f"{name}.ln1", WIDTH) | draw.norm(f"{name}.ln2", WIDTH)
        weights |= draw.linear(f"{name}.qkv", WIDTH, 3 * WIDTH)
        weights |= draw.linear(f"{name}.out", WIDTH, WIDTH)
        weights |= draw.linear(f"{name}.up", WIDTH, 4 * WIDTH)
        weights |= draw.linear(f"{name}.down", 4 * WIDTH, WIDTH)
    weights |= draw.norm("norm", WIDTH) | draw.linear("head", WIDTH, VOCABULARY, bias=False)
    text = draw.labels(VOCABULARY, TEXTS, CONTEXT + 1)
    return Problem(weights, (text[:, :-1].copy(), text[:, 1:].reshape(-1)))


def torch_gpt(face: Torch, problem: Problem) -> Running:
    torch = face.torch
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.ln1, self.ln2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x: Any) -> Any:
            n, t, c = x.shape
            parts = self.qkv(self.ln1(x)).split(WIDTH, dim=2)
            q, k, v = [p.view(n, t, HEADS, c // HEADS).transpose(1, 2) for p in parts]
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(y.transpose(1, 2).contiguous().view(n, t, c))
            return x + self.down(F.gelu(self.up(self.ln2(x))))

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens = nn.Embedding(VOCABULARY, WIDTH)
            self.places = nn.Embedding(CONTEXT, WIDTH)
            self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
            self.norm = nn.LayerNorm(WIDTH)
            self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)

        def forward(self, text: Any) -> Any:
            x = self.tokens(text) + self.places(torch.arange(text.shape[1]))
            return self.head(self.norm(self.blocks(x))).flatten(0, 1)

    return face.training(problem, Model(), F.cross_entropy, "AdamW")


def functional_gpt(face: Functional, problem: Problem) -> Running:
    np = face.np
    hidden = numpy.where(numpy.tri(CONTEXT, dtype=bool), 0, -numpy.inf).astype(numpy.float32)

    def attention(weights: Any, name: str, x: Any) -> Any:
        n, t, c = x.shape
        parts = np.split(linear(weights, f"{name}.qkv", x), 3, axis=2)
        q, k, v = (np.swapaxes(p.reshape(n, t, HEADS, c // HEADS), 1, 2) for p in parts)
        scores = q @ np.swapaxes(k, 2, 3) * (c // HEADS) ** -0.5 + hidden
        scores = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
        y = scores / np.sum(scores, axis=-1, keepdims=True) @ v
        return linear(weights, f"{name}.out", np.swapaxes(y, 1, 2).reshape(n, t, c))

    def loss(face: Functional, weights: Any, text: Any, targets: Any) -> Any:
        x = weights["tokens.weight"][text] + weights["places.weight"]
        for i in range(LAYERS):
            name = f"blocks.{i}"
            x = x + attention(weights, name, layer_norm(np, weights, f"{name}.ln1", x))
            up = linear(weights, f"{name}.up", layer_norm(np, weights, f"{name}.ln2", x))
            gelu = 0.5 * up * (1 + face.erf(up * 0.5**0.5))
            x = x + linear(weights, f"{name}.down", gelu)
        scores = linear(weights, "head", layer_norm(np, weights, "norm", x))
        return cross_entropy(np, scores.reshape(-1, VOCABULARY), targets)

    return face.training(problem, loss, Adam(decay=0.01))


def gpt_products(problem: Problem) -> Iterator[products.Product]:
    rows, heads = TEXTS * CONTEXT, (TEXTS, HEADS)
    for _ in range(LAYERS):
        for inputs, outputs in ((1, 3), (1, 1), (1, 4), (4, 1)):
            yield from products.linear(rows, inputs * WIDTH, outputs * WIDTH)
        size = WIDTH // HEADS
        yield from products.product((*heads, CONTEXT, size), (*heads, size, CONTEXT))
        yield from products.product((*heads, CONTEXT, CONTEXT), (*heads, CONTEXT, size))
    yield from products.linear(rows, WIDTH, VOCABULARY)
