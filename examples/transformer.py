"""The transformer of GPT-2 (Radford et al. 2019), which reads a text and tells what may follow.

Each block first lets every character attend to those before it, then works on each alone; both
add to what passes through.
"""

from __future__ import annotations

import math

import minitorch as torch
from minitorch import nn
from minitorch.nn import functional as F


class Attention(nn.Module):
    """Causal self-attention with several heads."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        batch, length, width = x.shape
        qkv = self.qkv(x).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.dropout(self.out(seen.transpose(1, 2).reshape(batch, length, width)))


class Block(nn.Module):
    """Attention, then a network for each place; normalized before, added after."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.Sequential(nn.LayerNorm(width), Attention(width, heads, dropout))
        self.network = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(),
            nn.Linear(4 * width, width), nn.Dropout(dropout),
        )  # fmt: skip

    def forward(self, x):
        x = x + self.attention(x)
        return x + self.network(x)


class GPT(nn.Module):
    """Codes of characters in, a score for each character that may follow out."""

    def __init__(self, letters: int, context: int, width: int, heads: int, layers: int, dropout):
        super().__init__()
        self.context = context
        self.letter = nn.Embedding(letters, width)
        self.place = nn.Embedding(context, width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.Sequential(*(Block(width, heads, dropout) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:  # the more layers add, the less each should
                adds = name.endswith(("out.weight", "network.3.weight"))
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * layers) if adds else 0.02)

    def forward(self, codes):
        x = self.letter(codes) + self.place.weight[: codes.shape[1]]
        x = self.norm(self.blocks(self.dropout(x)))
        return F.linear(x, self.letter.weight)  # the same vectors read letters and write them

    @torch.no_grad()
    def write(self, codes, length: int, temperature: float):
        """Go on from `codes`, each character drawn after those within the context."""
        self.eval()
        for _ in range(length):
            scores = self(codes[None, -self.context :])[0, -1]
            drawn = torch.multinomial((scores / temperature).softmax(0), 1)
            codes = torch.cat([codes, drawn])
        return codes
