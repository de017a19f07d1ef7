"""Teach a trained network something new from a few images, starting from a PyTorch state dict.

A network that has learned to read digits is saved as PyTorch saves it: one file of tensors by
name. Another, which is to tell odd from even, loads what fits: all but the head. At first only its
own head learns, on features that stay as they are; then everything does, more slowly. The same
network trained from nothing on the same few images shows what was gained. `--weights` loads the
state dict of such a network from elsewhere, such as one that PyTorch wrote.
"""

from __future__ import annotations

import sys
from collections import OrderedDict

from common import figure, file, options, run, save
from tqdm import tqdm, trange

import minitorch as torch
from minitorch import nn
from minitorch.datasets import digits
from minitorch.nn import functional as F
from minitorch.utils.data import DataLoader, TensorDataset


def network(head: str, classes: int) -> nn.Sequential:
    """A backbone that makes 128 features of an image, and a head that tells classes by them.

    Batch norm makes a bias before it pointless.
    """
    backbone = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 128), nn.ReLU(),
    )  # fmt: skip
    return nn.Sequential(OrderedDict([("backbone", backbone), (head, nn.Linear(128, classes))]))


def few(data, each: int):
    """So many images of each digit, drawn at random, and whether they are odd."""
    images, labels = data.tensors
    order = torch.randperm(len(labels))
    chosen = torch.cat([order[labels[order] == digit][:each] for digit in range(10)])
    return images[chosen], labels[chosen] % 2


def accuracy(model, data) -> float:
    images, labels = data.tensors
    model.eval()
    with torch.no_grad():
        right = model(images).argmax(1) == labels
    return right.float().mean().item()


def step(model, optimizer, images, labels) -> float:
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def pretrain(data, epochs: int) -> nn.Module:
    """A network that has learned to read digits."""
    model = network("digit", 10)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    loader = DataLoader(data, batch_size=64, shuffle=True)
    bar = trange(epochs, unit="epoch", desc="digits")
    for _ in bar:
        losses = [step(model, optimizer, images, labels) for images, labels in loader]
        bar.set_postfix(loss=f"{sum(losses) / len(losses):.4f}", refresh=False)
    return model


def fine_tune(state, shots, test, steps: int, lr: float) -> list[float]:
    """Train the head, then everything; return the test accuracy after each step."""
    model = network("odd", 2).eval()  # batch norm knows more of images than so few could tell it
    model.load_state_dict(state, strict=False)
    model.backbone.requires_grad_(False)
    optimizer = torch.optim.Adam(model.odd.parameters(), lr=lr)
    course = []
    for i in range(steps):
        if i == steps // 2:
            model.backbone.requires_grad_(True)
            optimizer.add_param_group({"params": model.backbone.parameters(), "lr": lr / 10})
        step(model, optimizer, *shots)
        course.append(accuracy(model, test))
    return course


def train_from_nothing(shots, test, steps: int, lr: float) -> list[float]:
    """Train a new network; return the test accuracy after each step."""
    model = network("odd", 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    course = []
    for _ in range(steps):
        model.train()
        step(model, optimizer, *shots)
        course.append(accuracy(model, test))
    return course


def plot(picture, courses, images) -> None:
    """Draw the accuracy in the course of training, and the images of one draw."""
    left, right = picture.subfigures(1, 2, width_ratios=(3, 2))
    axes = left.subplots()
    for label, color in (("fine-tuned", "C0"), ("from nothing", "C1")):
        runs = torch.tensor(courses[label]).T
        axes.plot(runs.numpy(), color=color, alpha=0.25, linewidth=0.7)
        axes.plot(runs.mean(1).numpy(), color=color, label=label)
    axes.axvline(len(runs) // 2, color="gray", linestyle=":", label="the backbone thaws")
    axes.set(title="Accuracy on test images", xlabel="step", ylim=(0.4, 1))
    axes.legend(loc="lower right")
    right.suptitle("All that was shown of odd and even")
    grid = right.subplots(len(images) // 5, 5, squeeze=False)
    for axes, image in zip(grid.flat, images, strict=True):
        axes.imshow(image[0].numpy(), cmap="gray_r")
        axes.set_axis_off()


def main() -> None:
    args = options(
        __doc__, weights=(None, "a state dict to start from; none: learn digits first", file),
        epochs=(10, "passes over the digits"), each=(2, "images of each digit for the new task"),
        draws=(10, "draws of them to average over"), steps=(60, "training steps on these images"),
        lr=(0.003, "Adam's learning rate; the backbone's is a tenth of it"),
    )  # fmt: skip
    train_set, test_set = digits()
    path = args.weights or args.out / "pretrained.pt"
    if not args.weights:
        model = pretrain(train_set, 3 if args.quick else args.epochs)
        torch.save(model.state_dict(), path)
        print(f"model: {path}, which reads {accuracy(model, test_set):.2%} of the test images")
    state = torch.load(path, weights_only=True)
    fits = network("odd", 2).load_state_dict(state, strict=False)
    if lost := [name for name in fits.missing_keys if name.startswith("backbone")]:
        sys.exit(f"fine_tuning.py: error: {path} has no {lost[0]}: it is of another network")
    print(f"new: {', '.join(fits.missing_keys)}; not used: {', '.join(fits.unexpected_keys)}")

    images, labels = test_set.tensors
    test = TensorDataset(images, labels % 2)
    steps, draws = (24, 2) if args.quick else (args.steps, args.draws)
    courses = {"fine-tuned": [], "from nothing": []}
    bar = tqdm(range(draws), unit="draw", desc="odd or even")
    for _ in bar:
        shots = few(train_set, args.each)
        courses["fine-tuned"].append(fine_tune(state, shots, test, steps, args.lr))
        courses["from nothing"].append(train_from_nothing(shots, test, steps, args.lr))
        bar.set_postfix({name: f"{found[-1][-1]:.2%}" for name, found in courses.items()})
    for name, runs in courses.items():
        print(f"{name}: {sum(run[-1] for run in runs) / draws:.2%} of {len(test)} images")
    if picture := figure(11, 4):
        plot(picture, courses, shots[0])
        save(picture, args.out / "fine_tuning.png")


if __name__ == "__main__":
    run(main)
