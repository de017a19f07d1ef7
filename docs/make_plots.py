"""Draws the pictures of docs/plots.md; run `python -m docs.make_plots`.

The same versions of NumPy and Matplotlib give the same files.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

import minitorch as torch
from minitorch import nn
from minitorch.datasets import digits
from minitorch.inspect.plots import (
    LearningCurves,
    Picture,
    activations,
    confusion_matrix,
    filters,
    gradient_flow,
    gradient_histograms,
    loss_landscape,
    lr_find,
    weight_histograms,
)

FOLDER = Path(__file__).parent / "images" / "plots"


def network() -> nn.Sequential:
    """A small convolutional network for digits."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(256, 32), nn.ReLU(), nn.Linear(32, 10),
    )  # fmt: skip


def deep() -> nn.Sequential:
    """Ten sigmoid layers: the gradient vanishes on its way back."""
    layers = [part for _ in range(9) for part in (nn.Linear(64, 64), nn.Sigmoid())]
    return nn.Sequential(nn.Flatten(), *layers, nn.Linear(64, 10))


def pictures() -> dict[str, Picture]:
    """Every picture by the name of its file."""
    torch.manual_seed(0)
    train, test = digits()
    x, y = train.tensors
    loss_fn, model = nn.CrossEntropyLoss(), network()
    start = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    made: dict[str, Picture] = {}

    made["lr_find.png"] = found = lr_find(model, loss_fn, (x, y), optimizer)
    optimizer.param_groups[0]["lr"] = found.suggestion
    curves = LearningCurves(show=False)
    torch.fit(model, (x, y), test.tensors, loss_fn, optimizer, 12, metrics=["accuracy"],
              callbacks=[curves], progress=False)  # fmt: skip
    made["learning_curves.png"] = curves

    model.zero_grad()
    loss_fn(model(x[:256]), y[:256]).backward()
    made["weight_histograms.png"] = weight_histograms(model)
    made["gradient_histograms.png"] = gradient_histograms(model)
    made["activations.png"] = activations(model, x[:256])
    made["filters.png"] = filters(model[0])

    vanishing = deep()
    loss_fn(vanishing(x[:256]), y[:256]).backward()
    made["gradient_flow.png"] = gradient_flow(vanishing)

    inputs, targets = test.tensors
    with torch.no_grad():
        made["confusion_matrix.png"] = confusion_matrix(model(inputs), targets)
    made["landscape.png"] = loss_landscape(model, loss_fn, (x[:256], y[:256]))
    made["landscape_line.png"] = loss_landscape(
        model, loss_fn, (x[:256], y[:256]), between=(start, model.state_dict())
    )

    attention = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True).eval()
    made["attention.png"] = activations(attention, torch.randn(1, 12, 16), ["self_attn"])
    return made


def main() -> None:
    """Write all files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures().items():
        drawn = io.BytesIO()
        picture.plot().savefig(drawn, format="png", dpi=100)
        path = FOLDER / name
        Image.open(drawn).convert("RGB").quantize(256, kmeans=2).save(path, optimize=True)
        print(f"{path.stat().st_size / 1024:5.1f} kB  {name}")


if __name__ == "__main__":
    main()
