"""Solve a differential equation by training a network to obey it.

A mass on a spring with friction: x'' + 2 d x' + w² x = 0, released at x = 1 without speed. The
network x(t) never sees the solution: its loss is how badly its own first and second derivatives,
taken by `torch.autograd.grad`, fail the equation at random times, and how far it misses the
start. Its parameters are trained through those derivatives (Raissi et al. 2019).
"""

from __future__ import annotations

import math

from common import figure, options, run, save
from tqdm import trange

import minitorch as torch
from minitorch import nn

FRICTION, FREQUENCY, END = 0.3, 2.0, 5.0


def exact(t):
    """The solution known from mechanics, to compare with."""
    w = math.sqrt(FREQUENCY**2 - FRICTION**2)
    return torch.exp(-FRICTION * t) * (torch.cos(w * t) + FRICTION / w * torch.sin(w * t))


class Motion(nn.Module):
    """x(t) as a network; the start, x(0) = 1 and x'(0) = 0, holds whatever its weights are."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
        )

    def forward(self, t):
        return 1 + torch.tanh(t) ** 2 * self.layers(t * (2 / END) - 1)


def derivative(x, t):
    """dx/dt at each time, itself differentiable."""
    (slope,) = torch.autograd.grad(x.sum(), t, create_graph=True)
    return slope


def residual(motion, t):
    """By how much the motion fails the equation at times t."""
    t = t.requires_grad_()
    x = motion(t)
    speed = derivative(x, t)
    return derivative(speed, t) + 2 * FRICTION * speed + FREQUENCY**2 * x


def train(motion, steps: int, times: int, rate: float):
    """Minimise the mean squared residual; return the loss at every step."""
    optimizer = torch.optim.Adam(motion.parameters(), lr=rate)
    losses = []
    bar = trange(steps, unit="step")
    for step in bar:
        for group in optimizer.param_groups:
            group["lr"] = rate * (1 + math.cos(math.pi * step / steps)) / 2
        loss = residual(motion, END * torch.rand(times, 1)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % 20 == 0:
            bar.set_postfix(loss=f"{losses[-1]:.2e}", refresh=False)
    return losses


def plot(picture, t, found, true, losses) -> None:
    left, right = picture.subplots(1, 2)
    left.plot(t, true, color="gray", linewidth=4, alpha=0.5, label="exact")
    left.plot(t, found, label="network")
    left.set(title="The motion", xlabel="t", ylabel="x")
    left.legend()
    right.semilogy(losses, linewidth=0.7)
    right.set(title="Failure of the equation", xlabel="step", ylabel="mean squared residual")


def main() -> None:
    args = options(
        __doc__, steps=(4000, "training steps"), times=(128, "random times in a step"),
        lr=(0.01, "Adam's first learning rate"), width=(32, "units of a hidden layer"),
    )  # fmt: skip
    motion = Motion(args.width)
    losses = train(motion, 300 if args.quick else args.steps, args.times, args.lr)
    t = torch.linspace(0, END, 400).unsqueeze(1)
    with torch.no_grad():
        found, true = motion(t), exact(t)
    print(f"largest error: {(found - true).abs().max().item():.5f}")
    if picture := figure(10, 4):
        plot(picture, t.numpy(), found.numpy(), true.numpy(), losses)
        save(picture, args.out / "physics_informed.png")


if __name__ == "__main__":
    run(main)
