"""Tell two moons apart: a first classifier, and a look at where it draws its boundary.

Points lie on two half circles that reach into each other, so that no straight line parts them. A
small network of tanh units gives each place in the plane a probability; the picture shows how the
boundary, where it is one half, bends as training goes on.
"""

from __future__ import annotations

from common import figure, options, run, save
from tqdm import trange

import minitorch as torch
from minitorch import nn
from minitorch.datasets import two_moons
from minitorch.nn import functional as F
from minitorch.utils.data import DataLoader

LEFT, RIGHT, BELOW, ABOVE = -1.7, 2.7, -1.2, 1.7  # the part of the plane that is drawn
SIDE = 120  # places along a side of it


def network(width: int) -> nn.Sequential:
    """Two coordinates in; out comes a score: above 0 for the lower moon, below 0 for the upper."""
    return nn.Sequential(
        nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(),
        nn.Linear(width, 1), nn.Flatten(0),
    )  # fmt: skip


def plane():
    """Evenly spaced places, (SIDE * SIDE, 2), row by row."""
    x, y = torch.linspace(LEFT, RIGHT, SIDE), torch.linspace(BELOW, ABOVE, SIDE)
    return torch.cartesian_prod(y, x).flip(1)


def probabilities(model, points):
    """How likely each point is to be of the lower moon."""
    with torch.no_grad():
        return model(points).sigmoid()


def train(model, data, epochs: int, lr: float, batch_size: int, seen: list[int]):
    """Train with Adam; return the loss of each epoch and the plane before the epochs `seen`."""
    loader = DataLoader(data, batch_size=batch_size, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses, planes = [], []
    bar = trange(epochs, unit="epoch")
    for epoch in bar:
        if epoch in seen:
            planes.append(probabilities(model, plane()))
        total = 0.0
        for points, labels in loader:
            loss = F.binary_cross_entropy_with_logits(model(points), labels.float())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(data))
        bar.set_postfix(loss=f"{losses[-1]:.4f}", refresh=False)
    return losses, planes


def plot(picture, data, losses, planes, titles) -> None:
    """Draw the boundary at several times, with the test points, and the loss."""
    *maps, curve = picture.subplots(1, len(planes) + 1)
    points, labels = (tensor.numpy() for tensor in data.tensors)
    for axes, chance, title in zip(maps, planes, titles, strict=True):
        chance = chance.view(SIDE, SIDE).numpy()
        x, y = plane().view(SIDE, SIDE, 2).permute(2, 0, 1).numpy()
        axes.contourf(x, y, chance, [i / 10 for i in range(11)], cmap="coolwarm", alpha=0.7)
        axes.contour(x, y, chance, [0.5], colors="black")
        for moon in (0, 1):
            axes.plot(*points[labels == moon].T, ".", markersize=2)
        axes.set(title=title, xticks=[], yticks=[])
    curve.semilogy(range(1, len(losses) + 1), losses)
    curve.set(title="Training", xlabel="epoch", ylabel="loss")


def main() -> None:
    args = options(
        __doc__, epochs=(60, "passes over the points"), lr=(0.01, "Adam's learning rate"),
        points=(1000, "points to train on"), noise=(0.15, "how far they scatter"),
        batch_size=(50, "points in a step"), width=(16, "units of a hidden layer"),
    )  # fmt: skip
    train_set, test_set = (two_moons(n, args.noise) for n in (args.points, 1000))
    model = network(args.width)
    epochs = 20 if args.quick else args.epochs
    seen = sorted({1, epochs // 6} & {*range(1, epochs)})
    losses, planes = train(model, train_set, epochs, args.lr, args.batch_size, seen)

    points, labels = test_set.tensors
    right = (probabilities(model, points) > 0.5) == labels
    print(f"test accuracy: {right.float().mean().item():.2%} of {len(labels)} points")
    if picture := figure(12, 3):
        planes.append(probabilities(model, plane()))
        titles = [f"After epoch {epoch}" for epoch in (*seen, epochs)]
        plot(picture, test_set, losses, planes, titles)
        save(picture, args.out / "two_moons.png")


if __name__ == "__main__":
    run(main)
