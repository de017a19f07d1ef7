"""Training steps of small nets of each kind, written once for everything that speaks PyTorch.

The same seed gives the same initial values, which the comparison of the losses relies on.
"""

from __future__ import annotations

import numpy as np

from .running import LOSSES, Running

VOCABULARY, CONTEXT, WIDTH, HEADS, LAYERS = 65, 64, 64, 4, 4  # of the GPT


def training(torch, model, optimizer, inputs, targets, loss_of) -> Running:
    """A step: ``zero_grad``, forward, ``backward``, ``step``."""

    def step():
        optimizer.zero_grad()
        loss = loss_of(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss

    return Running(step, lambda: [step().item() for _ in range(LOSSES)])


def cnn(torch) -> Running:
    """Two convolutions, 1 to 16 to 32 channels, with pooling, on 64 images of 28x28."""
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 10),
    )  # fmt: skip
    draw = np.random.default_rng(0)
    images = torch.from_numpy(draw.standard_normal((64, 1, 28, 28), dtype=np.float32))
    labels = torch.from_numpy(draw.integers(0, 10, 64))
    optimizer = torch.optim.Adam(model.parameters())
    return training(torch, model, optimizer, images, labels, nn.functional.cross_entropy)


def lstm(torch) -> Running:
    """An LSTM of width 128 over 64 steps of 32 sequences, and a score for each step."""
    nn = torch.nn

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(32, 128, batch_first=True)
            self.head = nn.Linear(128, 10)

        def forward(self, x):
            return self.head(self.lstm(x)[0]).flatten(0, 1)

    torch.manual_seed(0)
    model = Model()
    draw = np.random.default_rng(0)
    inputs = torch.from_numpy(draw.standard_normal((32, 64, 32), dtype=np.float32))
    labels = torch.from_numpy(draw.integers(0, 10, 32 * 64))
    optimizer = torch.optim.Adam(model.parameters())
    return training(torch, model, optimizer, inputs, labels, nn.functional.cross_entropy)


def gpt(torch) -> Running:
    """A GPT of 4 layers and width 64 on 16 texts of 64 characters, with AdamW."""
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln1, self.ln2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x):
            n, t, c = x.shape
            parts = self.qkv(self.ln1(x)).split(WIDTH, dim=2)
            q, k, v = [p.view(n, t, HEADS, c // HEADS).transpose(1, 2) for p in parts]
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(y.transpose(1, 2).contiguous().view(n, t, c))
            return x + self.down(F.gelu(self.up(self.ln2(x))))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Embedding(VOCABULARY, WIDTH)
            self.places = nn.Embedding(CONTEXT, WIDTH)
            self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
            self.norm = nn.LayerNorm(WIDTH)
            self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)

        def forward(self, text):
            x = self.tokens(text) + self.places(torch.arange(text.shape[1]))
            return self.head(self.norm(self.blocks(x))).flatten(0, 1)

    torch.manual_seed(0)
    model = Model()
    draw = np.random.default_rng(0)
    text = torch.from_numpy(draw.integers(0, VOCABULARY, (16, CONTEXT + 1)))
    inputs, targets = text[:, :-1].contiguous(), text[:, 1:].reshape(-1)
    optimizer = torch.optim.AdamW(model.parameters())
    return training(torch, model, optimizer, inputs, targets, F.cross_entropy)
