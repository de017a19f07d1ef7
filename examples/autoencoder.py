"""Squeeze handwritten digits through two numbers and look at the plane that they span.

The encoder makes of an image a code of two numbers, and the decoder makes an image of the code
again; both are trained together so that what comes out is what went in. Nothing tells them which
digit an image shows, and yet the digits find places of their own in the plane of the codes, of
which a tanh makes a square. Principal components, the best flat plane, are there to compare.
"""

from __future__ import annotations

from common import figure, number, options, run, save
from tqdm import trange

import minitorch as torch
from minitorch import nn
from minitorch.datasets import digits
from minitorch.nn import functional as F
from minitorch.utils.data import DataLoader


class Autoencoder(nn.Module):
    """From 64 pixels to two numbers and back."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(64, width), nn.ELU(), nn.Linear(width, width // 2), nn.ELU(),
            nn.Linear(width // 2, 2), nn.Tanh(),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(2, width // 2), nn.ELU(), nn.Linear(width // 2, width), nn.ELU(),
            nn.Linear(width, 64), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, images):
        return self.decoder(self.encoder(images))


def train(model, data, epochs: int, lr: float, batch_size: int) -> list[float]:
    """Minimise the mean squared error of the pixels; return it for each epoch."""
    loader = DataLoader(data, batch_size=batch_size, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    errors = []
    bar = trange(epochs, unit="epoch")
    for _ in bar:
        total = 0.0
        for images, _ in loader:
            loss = F.mse_loss(model(images), images)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(images)
        schedule.step()
        errors.append(total / len(data))
        bar.set_postfix(loss=f"{errors[-1]:.4f}", refresh=False)
    return errors


def linear_error(train_images, test_images) -> float:
    """The error of the best linear code of two numbers: principal components."""
    mean = train_images.mean(0)
    _, _, directions = torch.linalg.svd(train_images - mean, full_matrices=False)
    plane = directions[:2]
    centred = test_images - mean
    return F.mse_loss(centred @ plane.T @ plane, centred).item()


def plot(picture, codes, labels, images, copies) -> None:
    """Draw the plane of codes, a colour for each digit, and images above their copies."""
    left, right = picture.subfigures(1, 2, width_ratios=(5, 4))
    axes = left.subplots()
    dots = axes.scatter(*codes.T.numpy(), c=labels.numpy(), cmap="tab10", s=8, vmin=-0.5, vmax=9.5)
    left.colorbar(dots, ax=axes, ticks=range(10), label="digit")
    axes.set(title="The codes of all images")

    right.suptitle("Test images, and what came out below each")
    grid = right.subplots(4, 5)
    for i in range(10):
        row, column = 2 * (i // 5), i % 5
        first = (labels[-len(images) :] == i).nonzero()[0, 0]
        for axes, pixels in ((grid[row, column], images), (grid[row + 1, column], copies)):
            axes.imshow(pixels[first].view(8, 8).numpy(), cmap="gray_r", vmin=0, vmax=1)
            axes.set_axis_off()


def main() -> None:
    args = options(
        __doc__, epochs=(200, "passes over the training images"),
        lr=(0.003, "Adam's first learning rate"), batch_size=(64, "images in a step"),
        width=(256, "units of the outer hidden layers", number(int, 2)),
    )  # fmt: skip
    train_set, test_set = digits(flatten=True)
    model = Autoencoder(args.width)
    epochs = 15 if args.quick else args.epochs
    train(model, train_set, epochs, args.lr, args.batch_size)

    (train_images, train_labels), (images, labels) = train_set.tensors, test_set.tensors
    with torch.no_grad():
        codes, copies = model.encoder(torch.cat([train_images, images])), model(images)
    print(f"principal components: test error {linear_error(train_images, images):.4f}")
    print(f"autoencoder:          test error {F.mse_loss(copies, images).item():.4f}")
    if picture := figure(12, 5):
        plot(picture, codes, torch.cat([train_labels, labels]), images, copies)
        save(picture, args.out / "autoencoder.png")


if __name__ == "__main__":
    run(main)
