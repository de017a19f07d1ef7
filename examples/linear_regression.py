"""Fit a straight line by gradient descent, with nothing but NumPy and `grad`.

Points scatter about a line. The mean squared error of a guessed line is a plain function of its
slope and height; `grad` makes of it the function that tells how the error changes with both, and
stepping against it finds the line. Least squares gives the same line directly, to compare with.
"""

from __future__ import annotations

import numpy as np
from common import figure, number, options, run, save
from tqdm import trange

from minitorch import grad

SLOPE, HEIGHT, NOISE = 0.7, -1.5, 0.5  # of the line to be found


def points(count: int, seed: int):
    """Points about the line."""
    draw = np.random.default_rng(seed)
    x = draw.uniform(-3, 3, count)
    return x, SLOPE * x + HEIGHT + NOISE * draw.standard_normal(count)


def error(line, x, y):
    """The mean squared distance, along y, of the points from a line."""
    slope, height = line
    return np.mean((slope * x + height - y) ** 2)


def descend(x, y, steps: int, rate: float):
    """Go downhill from the level line through 0; return all lines on the way."""
    slope_of_error = grad(error)
    line = np.zeros(2)
    way = [line]
    bar = trange(steps, unit="step")
    for _ in bar:
        line = line - rate * slope_of_error(line, x, y)
        way.append(line)
        bar.set_postfix(error=f"{error(line, x, y):.4f}", refresh=False)
    return np.array(way)


def plot(picture, x, y, way, best) -> None:
    """Draw the lines on the way among the points, and the way on the map of the error."""
    left, right = picture.subplots(1, 2)
    left.plot(x, y, ".", color="gray")
    ends = np.array([-3, 3])
    last = len(way) - 1
    for i in (*(step for step in (0, 2, 5, 10) if step < last), last):
        left.plot(ends, way[i, 0] * ends + way[i, 1], label=f"step {i}")
    left.set(title="The line", xlabel="x", ylabel="y")
    left.legend()

    slopes, heights = np.meshgrid(np.linspace(-0.5, 1.5, 60), np.linspace(-2.5, 0.5, 60))
    errors = np.vectorize(lambda a, b: error((a, b), x, y))(slopes, heights)
    right.contour(slopes, heights, errors, 15, cmap="Greys")
    right.plot(*way.T, ".-", label="gradient descent")
    right.plot(*best, "r*", markersize=12, label="least squares")
    right.set(title="Its error", xlabel="slope", ylabel="height")
    right.legend()


def main() -> None:
    args = options(
        __doc__, steps=(100, "steps downhill"), rate=(0.1, "how far a step goes, times the slope"),
        points=(100, "how many points there are", number(int, 2)),
    )  # fmt: skip
    x, y = points(args.points, args.seed)
    way = descend(x, y, min(args.steps, 60) if args.quick else args.steps, args.rate)
    best = np.polyfit(x, y, 1)
    print(f"gradient descent: y = {way[-1, 0]:.4f} x {way[-1, 1]:+.4f}")
    print(f"least squares:    y = {best[0]:.4f} x {best[1]:+.4f}")
    if picture := figure(10, 4):
        plot(picture, x, y, way, best)
        save(picture, args.out / "linear_regression.png")


if __name__ == "__main__":
    run(main)
