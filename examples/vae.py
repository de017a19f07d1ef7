"""Write new digits with a variational autoencoder (Kingma and Welling 2014).

The encoder makes of an image not a point but a normal distribution over a plane; a code is drawn
from it, and the decoder says of each pixel how likely it is inked. Training minimises what an
image costs: the pixels' cross entropy, and the Kullback-Leibler divergence by which its
distribution differs from the standard normal. So every place near the middle comes to stand for
some digit, and any code decodes to one.
"""

from __future__ import annotations

from common import figure, number, options, run, save, sheet
from tqdm import trange

import minitorch as torch
from minitorch import nn
from minitorch.datasets import digits
from minitorch.distributions import Normal, kl_divergence
from minitorch.nn import functional as F
from minitorch.utils.data import DataLoader

PRIOR = Normal(0.0, 1.0)


class Autoencoder(nn.Module):
    """From 64 pixels to a normal distribution over the plane, and from the plane to pixels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width // 2), nn.ReLU(),
            nn.Linear(width // 2, 4),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(2, width // 2), nn.ReLU(), nn.Linear(width // 2, width), nn.ReLU(),
            nn.Linear(width, 64),
        )  # fmt: skip

    def encode(self, images) -> Normal:
        mean, log_scale = self.encoder(images).chunk(2, dim=1)
        return Normal(mean, log_scale.exp())

    def decode(self, codes):
        """How likely each pixel is inked."""
        return self.decoder(codes).sigmoid()

    def costs(self, images):
        """Of each image: what its pixels cost, given its code, and what its code costs."""
        code = self.encode(images)
        # rsample draws mean + scale * noise, so that gradients reach the mean and the scale.
        scores = self.decoder(code.rsample())
        pixels = F.binary_cross_entropy_with_logits(scores, images, reduction="none").sum(1)
        return pixels, kl_divergence(code, PRIOR).sum(1)


def train(model, data, epochs: int, lr: float, batch_size: int) -> list[float]:
    """Minimise the mean cost; return it for each epoch."""
    loader = DataLoader(data, batch_size=batch_size, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    means = []
    bar = trange(epochs, unit="epoch")
    for _ in bar:
        total = 0.0
        for images, _ in loader:
            pixels, code = model.costs(images)
            loss = (pixels + code).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(images)
        schedule.step()
        means.append(total / len(data))
        bar.set_postfix(loss=f"{means[-1]:.3f}", refresh=False)
    return means


def cost_without_code(train_images, test_images) -> float:
    """What a test image costs if each pixel is expected to be as in the mean training image."""
    mean = train_images.mean(0).clamp(1e-3, 1 - 1e-3).expand_as(test_images)
    return F.binary_cross_entropy(mean, test_images, reduction="sum").item() / len(test_images)


def plot(picture, model, images, labels, side: int = 12) -> None:
    """Draw the means of the images' codes, and what the decoder makes of the whole plane."""
    left, right = picture.subplots(1, 2, width_ratios=(6, 5))
    with torch.no_grad():
        codes = model.encode(images).mean
        # Places at even shares of the prior: each square stands for as many codes as any other.
        line = PRIOR.icdf(torch.linspace(0.5, side - 0.5, side) / side)
        y, x = torch.meshgrid(line.flip(0), line, indexing="ij")
        pixels = model.decode(torch.stack([x.ravel(), y.ravel()], 1))
    dots = left.scatter(*codes.T.numpy(), c=labels.numpy(), cmap="tab10", s=8, vmin=-0.5, vmax=9.5)
    picture.colorbar(dots, ax=left, ticks=range(10), label="digit")
    left.set(title="Codes of the images", xlim=(-3.5, 3.5), ylim=(-3.5, 3.5))

    array = sheet(pixels.view(-1, 8, 8), side, side)
    right.imshow(array, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    right.set(title="The plane, decoded", xticks=[], yticks=[])


def main() -> None:
    args = options(
        __doc__, epochs=(200, "passes over the training images"),
        lr=(0.003, "Adam's first learning rate"), batch_size=(64, "images in a step"),
        width=(256, "units of the outer hidden layers", number(int, 2)),
    )  # fmt: skip
    train_set, test_set = digits(flatten=True)
    model = Autoencoder(args.width)
    train(model, train_set, 15 if args.quick else args.epochs, args.lr, args.batch_size)

    (train_images, train_labels), (images, labels) = train_set.tensors, test_set.tensors
    with torch.no_grad():
        pixels, code = (cost.mean().item() for cost in model.costs(images))
    print(f"cost of a test image, without a code: {cost_without_code(train_images, images):.2f}")
    print(f"with a code: {pixels + code:.2f} = pixels {pixels:.2f} + code {code:.2f}")
    if picture := figure(11, 5):
        every, digit = torch.cat([train_images, images]), torch.cat([train_labels, labels])
        plot(picture, model, every, digit)
        save(picture, args.out / "vae.png")


if __name__ == "__main__":
    run(main)
