"""`minitorch.fit` against the documentation's loop by hand, run by PyTorch from the same seed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")
DOCS = Path(__file__).parents[2] / "docs" / "training.md"


def parts(torch):
    """A net with dropout, loaders that shuffle, an optimizer and its schedule."""
    torch.manual_seed(7)
    x = torch.randn(50, 6)
    y = x[:, :3].argmax(dim=1)
    nn, data = torch.nn, torch.utils.data
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.25), nn.Linear(16, 3))
    train = data.DataLoader(data.TensorDataset(x[:40], y[:40]), batch_size=8, shuffle=True)
    valid = data.DataLoader(data.TensorDataset(x[40:], y[40:]), batch_size=8)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    return model, train, valid, nn.CrossEntropyLoss(), optimizer, 4, scheduler


def test_as_pytorch_trains_by_hand():
    (code,) = re.findall(r"<!-- by hand -->\n```python\n(.*?)```", DOCS.read_text(), re.S)
    names = {"torch": torch}
    exec(code, names)
    model, *rest = parts(torch)
    rows = names["train_by_hand"](model, *rest)

    other, *rest, scheduler = parts(minitorch)
    history = minitorch.fit(other, *rest, metrics=["accuracy"], scheduler=scheduler, progress=False)
    columns = "loss", "valid_loss", "valid_accuracy"
    np.testing.assert_allclose([[row[c] for c in columns] for row in history], rows, rtol=1e-4)
    for ours, theirs in zip(other.parameters(), model.parameters(), strict=True):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), atol=1e-5)
