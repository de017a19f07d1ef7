"""Bayesian logistic regression by Hamiltonian Monte Carlo, with plain NumPy functions.

How sure can one be of a boundary between two kinds of iris? A chain of samples from the posterior
of the weights tells: each is found by letting a ball roll over the negative log posterior, whose
slope is `grad` of it, and by then accepting or refusing where it has come to (Neal 2011).
"""

from __future__ import annotations

import numpy as np
from common import figure, number, options, run, save
from tqdm import trange

from minitorch import grad
from minitorch.datasets import iris


def flowers():
    """Petal length and width of two species, each with mean 0 and deviation 1; 1 for virginica."""
    parts = [part.tensors for part in iris()]
    measures, species = (np.concatenate([p[i].numpy() for p in parts]) for i in (0, 1))
    kept = species > 0
    x = measures[kept][:, 2:].astype(float)
    return (x - x.mean(0)) / x.std(0), (species[kept] == 2).astype(float)


def make_energy(x, y, width: float):
    """The negative log posterior of the weights (two slopes, then the offset), up to a constant."""

    def energy(w):
        scores = x @ w[:2] + w[2]
        log_likelihood = np.sum(y * scores - np.logaddexp(0, scores))
        log_prior = -np.sum(w**2) / (2 * width**2)
        return -(log_likelihood + log_prior)

    return energy


def roll(w, momentum, slope, step: float, steps: int):
    """The ball's way, by the leapfrog method: it keeps the total energy nearly constant."""
    momentum = momentum - step / 2 * slope(w)
    for i in range(steps):
        w = w + step * momentum
        momentum = momentum - (step if i < steps - 1 else step / 2) * slope(w)
    return w, momentum


def sample(energy, start, count: int, step: float, steps: int, draw):
    """A chain of samples; the share of proposals accepted."""
    slope = grad(energy)
    w, samples, accepted = start, [], 0
    bar = trange(count, unit="sample")
    for i in bar:
        momentum = draw.standard_normal(w.shape)
        proposal, speed = roll(w, momentum, slope, step, steps)
        before = energy(w) + momentum @ momentum / 2
        after = energy(proposal) + speed @ speed / 2
        if draw.random() < np.exp(min(0.0, before - after)):
            w, accepted = proposal, accepted + 1
        samples.append(w)
        bar.set_postfix(accepted=f"{accepted / (i + 1):.0%}", refresh=False)
    return np.array(samples), accepted / count


def probability(samples, x):
    """The mean over all samples of the probability of virginica."""
    scores = x @ samples[:, :2].T + samples[:, 2]
    return (1 / (1 + np.exp(-scores))).mean(-1)


def plot(picture, samples, x, y) -> None:
    left, right = picture.subplots(1, 2, width_ratios=(3, 2))
    a, b = np.meshgrid(np.linspace(-2.5, 2.8, 120), np.linspace(-2.2, 2.5, 120))
    chance = probability(samples, np.stack([a.ravel(), b.ravel()], 1)).reshape(a.shape)
    shades = left.contourf(a, b, chance, 20, cmap="coolwarm", alpha=0.6)
    picture.colorbar(shades, ax=left, label="probability of virginica")
    for kind, name in enumerate(("versicolor", "virginica")):
        left.plot(*x[y == kind].T, ".", label=name)
    left.set(title="The boundary, and how sure it is", xlabel="petal length", ylabel="width")
    left.legend()
    right.hist(samples, 40, histtype="step", label=["length", "width", "offset"])
    right.set(title="The posterior of the weights", xlabel="weight", yticks=[])
    right.legend()


def main() -> None:
    args = options(
        __doc__, samples=(3000, "samples to draw"), step=(0.15, "size of a step of the ball"),
        steps=(20, "its steps for a sample"),
        width=(5.0, "deviation of the weights' prior", number(float, 0.01)),
    )  # fmt: skip
    x, y = flowers()
    energy = make_energy(x, y, args.width)
    count = 200 if args.quick else args.samples
    draw = np.random.default_rng(args.seed)
    samples, accepted = sample(energy, np.zeros(3), count, args.step, args.steps, draw)
    kept = samples[count // 5 :]  # the first have not forgotten where the chain began
    right = np.mean((probability(kept, x) > 0.5) == (y == 1))
    means, spreads = kept.mean(0), kept.std(0)
    for name, mean, spread in zip(("length", "width", "offset"), means, spreads, strict=True):
        print(f"weight of {name}: {mean:.2f} ± {spread:.2f}")
    print(f"accepted: {accepted:.1%}, accuracy: {right:.2%} of {len(y)} flowers")
    if picture := figure(11, 4):
        plot(picture, kept, x, y)
        save(picture, args.out / "hamiltonian.png")


if __name__ == "__main__":
    run(main)
