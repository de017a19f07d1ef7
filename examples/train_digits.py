"""Train a small network to read handwritten digits.

The data are 1,797 images of 8x8 pixels that ship with minitorch. A bar shows the loss and the
accuracy on the training images; at the end the network meets the 360 test images for the first
time. The model is saved as digits.pt, and digits.png shows how it learned and what it still finds
hard (this needs matplotlib).
"""

from __future__ import annotations

import argparse
import math
import sys
from importlib.util import find_spec
from pathlib import Path

from tqdm import tqdm

import minitorch as torch
from minitorch import nn
from minitorch.datasets import digits
from minitorch.nn import functional as F
from minitorch.utils.data import DataLoader


def mlp(hidden: list[int]) -> nn.Sequential:
    """64 pixels in, a layer of ReLUs for each width in `hidden`, a score for each digit out."""
    layers: list[nn.Module] = [nn.Flatten(), nn.Dropout(0.1)]
    width = 64
    for size in hidden:
        layers += [nn.Linear(width, size), nn.ReLU(), nn.Dropout(0.3)]
        width = size
    return nn.Sequential(*layers, nn.Linear(width, 10))


def train(model, data, epochs: int, lr: float, batch_size: int) -> list[tuple[float, float]]:
    """Train with Adam; return the mean loss and the accuracy of each epoch."""
    loader = DataLoader(data, batch_size=batch_size, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    model.train()
    bar = tqdm(range(epochs), unit="epoch")
    for epoch in bar:
        for group in optimizer.param_groups:
            group["lr"] = lr * (1 - epoch / epochs)
        total_loss, right = 0.0, 0
        for images, labels in loader:
            scores = model(images)
            loss = F.cross_entropy(scores, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(labels)
            right += (scores.argmax(dim=1) == labels).sum().item()
        history.append((total_loss / len(data), right / len(data)))
        bar.set_postfix(loss=f"{history[-1][0]:.4f}", accuracy=f"{history[-1][1]:.2%}")
    return history


def predict(model, images):
    """The probability of each digit for each image."""
    model.eval()
    with torch.no_grad():
        return model(images).softmax(dim=1)


def plot(path: Path, history, images, labels, probabilities) -> None:
    """Draw the learning curve beside the test images that the model finds hardest."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(2, 3))

    curve = left.subplots()
    epochs = range(1, len(history) + 1)
    curve.plot(epochs, [loss for loss, _ in history], ".-", label="loss")
    curve.plot(epochs, [accuracy for _, accuracy in history], ".-", label="accuracy")
    curve.set(title="Training", xlabel="epoch", ylim=(0, None))
    curve.legend()

    right.suptitle("The hardest test images (red: misread)")
    hardest = probabilities[torch.arange(len(labels)), labels].numpy().argsort()
    for axes, i in zip(right.subplots(4, 10).flat, hardest.tolist()):
        guess, truth = probabilities[i].argmax().item(), labels[i].item()
        title, color = (f"{guess}", "black") if guess == truth else (f"{guess}, is {truth}", "red")
        axes.imshow(images[i, 0].numpy(), cmap="gray_r")
        axes.set_axis_off()
        axes.set_title(title, color=color)
    figure.savefig(path)


def number(kind: type, low: float, high: float = math.inf):
    """An argument that must lie in [low, high)."""

    def parse(text: str):
        value = kind(text)
        if not low <= value < high:
            raise argparse.ArgumentTypeError(f"expected {low} <= value < {high}, got {text}")
        return value

    parse.__name__ = kind.__name__
    return parse


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    option = parser.add_argument
    option("--epochs", type=number(int, 1), default=40, help="passes over the training images")
    option("--lr", type=number(float, 0), default=0.003, help="Adam's first learning rate")
    option("--batch-size", type=number(int, 1), default=32, help="images in a step")
    option("--hidden", type=number(int, 1), nargs="+", default=[256], help="hidden layers' widths")
    option("--seed", type=number(int, 0, 2**63), default=0, help="same seed, same run")
    option("--out", type=Path, default=Path(), help="folder for digits.pt and digits.png")
    args = parser.parse_args()
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"argument --out: cannot make the folder {args.out}: {error.strerror}")

    torch.manual_seed(args.seed)
    train_set, test_set = digits()
    model = mlp(args.hidden)
    history = train(model, train_set, args.epochs, args.lr, args.batch_size)

    images, labels = test_set.tensors
    probabilities = predict(model, images)
    accuracy = (probabilities.argmax(dim=1) == labels).float().mean().item()
    print(f"test accuracy: {accuracy:.2%} of {len(labels)} images")

    torch.save(model.state_dict(), args.out / "digits.pt")
    print(f"model: {args.out / 'digits.pt'}")
    if find_spec("matplotlib"):
        plot(args.out / "digits.png", history, images, labels, probabilities)
        print(f"picture: {args.out / 'digits.png'}")
    else:
        print("picture: none, as matplotlib is not installed (pip install matplotlib)")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\nstopped before the end", file=sys.stderr)
        sys.exit(130)
