"""Read handwritten digits with a convolutional network, on images that are never twice the same.

Three blocks of convolution, batch norm and ReLU, with dropout before the last layer. As 1,437
images are few, each is turned, sized and moved a little at random whenever it is met, so that the
network must learn shapes rather than pixels. The learning rate warms up and then cools down with
every step (`OneCycleLR`).
"""

from __future__ import annotations

import math

from common import figure, number, options, run, save
from tqdm import trange

import minitorch as torch
from minitorch import nn
from minitorch.datasets import digits
from minitorch.nn import functional as F
from minitorch.utils.data import DataLoader


def block(channels: int, features: int) -> list[nn.Module]:
    """Convolve with 3x3 pixels, keeping the size; batch norm makes a bias pointless."""
    convolution = nn.Conv2d(channels, features, 3, padding=1, bias=False)
    return [convolution, nn.BatchNorm2d(features), nn.ReLU()]


def network(width: int) -> nn.Sequential:
    """Images (1, 8, 8) in, a score for each digit out."""
    return nn.Sequential(
        *block(1, width), *block(width, 2 * width), nn.MaxPool2d(2),
        *block(2 * width, 4 * width), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.3), nn.Linear(16 * width, 10),
    )  # fmt: skip


def jitter(images, turn: float = 12.0, size: float = 0.1, move: float = 1 / 8):
    """Turn each image by up to `turn` degrees, scale it by 1 ± `size`, move it by half a pixel."""
    count = len(images)

    def within(most: float):
        return (2 * torch.rand(count) - 1) * most

    angle, scale = within(math.radians(turn)), 1 + within(size)
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    rows = [cosine, -sine, within(move), sine, cosine, within(move)]
    places = F.affine_grid(torch.stack(rows, 1).view(count, 2, 3), images.shape, False)
    return F.grid_sample(images, places, align_corners=False)


def train(model, data, epochs: int, lr: float, batch_size: int):
    """Train with AdamW under a one-cycle schedule; return the loss and accuracy of each epoch."""
    loader = DataLoader(data, batch_size=batch_size, shuffle=True, drop_last=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, epochs * len(loader))
    history = []
    model.train()
    bar = trange(epochs, unit="epoch")
    for _ in bar:
        total, right = 0.0, 0
        for images, labels in loader:
            scores = model(jitter(images))
            loss = F.cross_entropy(scores, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() / len(loader)
            right += (scores.argmax(1) == labels).sum().item()
        history.append((total, right / (len(loader) * batch_size)))
        bar.set_postfix(loss=f"{total:.4f}", accuracy=f"{history[-1][1]:.2%}", refresh=False)
    return history


def predict(model, images):
    """The probability of each digit for each image."""
    model.eval()
    with torch.no_grad():
        return model(images).softmax(dim=1)


def show(axes, image, title: str = "", color: str = "black") -> None:
    axes.imshow(image[0].numpy(), cmap="gray_r", vmin=0, vmax=1)
    axes.set_title(title, color=color, fontsize=10)
    axes.set_axis_off()


def plot(picture, history, images, labels, probabilities) -> None:
    """Draw the training, what it saw of six images, and the test images it is least sure of."""
    left, middle, right = picture.subfigures(1, 3, width_ratios=(3, 3, 4))
    curve = left.subplots()
    curve.plot([accuracy for _, accuracy in history], label="accuracy")
    curve.plot([loss for loss, _ in history], label="loss")
    curve.set(title="Training", xlabel="epoch", ylim=(0, 1.05))
    curve.legend()

    middle.suptitle("An image, and as it was met")
    for row, image in zip(middle.subplots(4, 5), images[:4], strict=True):
        for axes, version in zip(row, [image, *jitter(image.expand(4, 1, 8, 8))], strict=True):
            show(axes, version)

    right.suptitle("The hardest test images (red: misread)")
    hardest = probabilities[torch.arange(len(labels)), labels].argsort()[:24].tolist()
    for axes, i in zip(right.subplots(4, 6).flat, hardest, strict=True):
        guess, truth = probabilities[i].argmax().item(), labels[i].item()
        misread = guess != truth
        title = f"{guess}, is {truth}" if misread else f"{guess}"
        show(axes, images[i], title, "red" if misread else "black")


def main() -> None:
    args = options(
        __doc__, epochs=(40, "passes over the training images"),
        lr=(0.01, "AdamW's highest learning rate"),
        batch_size=(64, "images in a step, of 1437 at most", number(int, 1, 1437)),
        width=(16, "channels after the first convolution"),
    )  # fmt: skip
    train_set, test_set = digits()
    model = network(8 if args.quick else args.width)
    history = train(model, train_set, 6 if args.quick else args.epochs, args.lr, args.batch_size)

    images, labels = test_set.tensors
    probabilities = predict(model, images)
    accuracy = (probabilities.argmax(dim=1) == labels).float().mean().item()
    print(f"test accuracy: {accuracy:.2%} of {len(labels)} images")
    if picture := figure(13, 4):
        plot(picture, history, images, labels, probabilities)
        save(picture, args.out / "digits_cnn.png")


if __name__ == "__main__":
    run(main)
