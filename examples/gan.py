"""Two networks make digits by contending: a Wasserstein GAN with gradient penalty.

The generator makes images of random numbers. The critic learns to score real images above made
ones by as much as it can while its slope stays near 1, which makes its lead an estimate of the
distance between both kinds; the generator learns to make that distance small. What keeps the
slope near 1 is a penalty on the critic's gradient with respect to images, so that training it
takes the gradient of a gradient (Gulrajani et al. 2017).
"""

from __future__ import annotations

from common import figure, options, run, save, sheet
from tqdm import trange

import minitorch as torch
from minitorch import nn
from minitorch.datasets import digits

NOISE = 16  # random numbers that an image is made of


def make_generator(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(NOISE, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, 64), nn.Sigmoid(),
    )  # fmt: skip


def make_critic(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(64, width), nn.LeakyReLU(0.2), nn.Linear(width, width), nn.LeakyReLU(0.2),
        nn.Linear(width, 1), nn.Flatten(0),
    )  # fmt: skip


def penalty(critic, real, made):
    """How far the critic's slope is from 1 between real and made images."""
    share = torch.rand(len(real), 1)
    between = torch.lerp(made, real, share).requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.norm(dim=1) - 1).square().mean()


def train(generator, critic, images, args, steps: int) -> list[float]:
    """Train both in turn; return the critic's lead before each step of the generator."""
    makers, critics = (
        torch.optim.Adam(model.parameters(), lr=args.lr, betas=(0.5, 0.9))
        for model in (generator, critic)
    )
    schedules = [
        torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.02, steps)
        for optimizer in (makers, critics)
    ]
    leads = []
    bar = trange(steps, unit="step")
    for step in bar:
        for _ in range(args.lessons):
            real = images[torch.randint(len(images), (args.batch_size,))]
            with torch.no_grad():
                made = generator(torch.randn(args.batch_size, NOISE))
            lead = critic(real).mean() - critic(made).mean()
            critics.zero_grad()
            (args.penalty * penalty(critic, real, made) - lead).backward()
            critics.step()
        makers.zero_grad()
        (-critic(generator(torch.randn(args.batch_size, NOISE))).mean()).backward()
        makers.step()
        for schedule in schedules:
            schedule.step()
        leads.append(lead.item())
        if step % 10 == 0:
            bar.set_postfix(loss=f"{leads[-1]:.3f}", refresh=False)
    return leads


def share_within(images, region, neighbours: int = 3) -> float:
    """The share of images that are as near to one of the region as it is to its own neighbours.

    Of made images in the region of real ones, it is called precision; of real ones in the region
    of made ones, recall (Kynkäänniemi et al. 2019).
    """
    own = torch.cdist(region, region).topk(neighbours + 1, largest=False).values
    radius = own[:, -1]  # the nearest of all is the image itself
    return (torch.cdist(images, region) <= radius).any(1).float().mean().item()


def plot(picture, leads, made, real, columns: int = 12, rows: int = 8) -> None:
    """Draw the distance as it fell, made images and real ones."""
    left, *sheets = picture.subplots(1, 3)
    left.plot(leads, linewidth=0.5)
    left.set(title="The critic's estimate of the distance", xlabel="step")
    left.set_ylim(0, 1.1 * max(leads))
    for axes, images, title in zip(sheets, (made, real), ("Made", "Real"), strict=True):
        array = sheet(images.view(-1, 8, 8), rows, columns)
        axes.imshow(array, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
        axes.set(title=title, xticks=[], yticks=[])


def main() -> None:
    args = options(
        __doc__, steps=(4000, "steps of the generator"), lessons=(3, "of the critic before each"),
        lr=(0.001, "Adam's first learning rate"), batch_size=(64, "images in a step"),
        penalty=(1.0, "weight of the slope's penalty"), width=(256, "units of a hidden layer"),
    )  # fmt: skip
    (real, _), (test, _) = (part.tensors for part in digits(flatten=True))
    generator, critic = make_generator(args.width), make_critic(args.width)
    leads = train(generator, critic, real, args, 100 if args.quick else args.steps)
    with torch.no_grad():
        made = generator(torch.randn(len(real), NOISE))
    last = leads[-50:]
    print(f"distance: {sum(last) / len(last):.3f}")
    print(f"made images that are like real ones: {share_within(made, real):.1%}")
    print(f"real test images that are like made ones: {share_within(test, made):.1%}")
    print(f"real test images that are like real ones: {share_within(test, real):.1%}")
    if picture := figure(13, 4):
        plot(picture, leads, made, real[torch.randperm(len(real))])
        save(picture, args.out / "gan.png")


if __name__ == "__main__":
    run(main)
