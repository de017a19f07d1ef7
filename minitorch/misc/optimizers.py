"""Optimizers as functions: `adam(grad, x0)` gives the x that it came to.

Each takes `grad(x, i)`, the gradient at `x` in iteration `i`, and a start, which may be a container
of arrays; `callback(x, i, g)` is shown every step. They are made of functions that have
derivatives, so that one can differentiate through a whole optimization.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.misc.flatten import flatten

Function = Callable[..., Any]
Callback = Callable[[Any, int, Any], Any] | None


def unflatten_optimizer(optimize: Function) -> Function:
    """An optimizer of vectors as one of containers.

    Example:
        >>> from minitorch.misc.optimizers import unflatten_optimizer
        >>> @unflatten_optimizer
        ... def descend(grad, x, callback=None, num_iters=10):
        ...     for i in range(num_iters):
        ...         x = x - 0.5 * grad(x, i)
        ...     return x
        >>> descend(lambda p, i: {"w": p["w"] - 1}, {"w": np.zeros(2)}, num_iters=1)
        {'w': array([0.5, 0.5])}
    """

    @functools.wraps(optimize)
    def optimized(
        grad: Function, x0: Any, callback: Callback = None, *args: Any, **kwargs: Any
    ) -> Any:
        start, unflatten = flatten(x0)

        def flat_grad(x: Any, i: int) -> Any:
            return flatten(grad(unflatten(x), i))[0]

        def shown(x: Any, i: int, g: Any) -> None:
            if callback is not None:
                callback(unflatten(x), i, unflatten(g))

        return unflatten(optimize(flat_grad, start, shown if callback else None, *args, **kwargs))

    return optimized


@unflatten_optimizer
def sgd(
    grad: Function,
    x: Any,
    callback: Callback = None,
    num_iters: int = 200,
    step_size: float = 0.1,
    mass: float = 0.9,
) -> Any:
    """Stochastic gradient descent with momentum: the velocity is an average of gradients.

    Example:
        >>> from minitorch.misc.optimizers import sgd
        >>> bowl = lambda x, i: np.sum((x - 3) ** 2)
        >>> sgd(minitorch.grad(bowl), np.zeros(2)).round(3)
        array([3., 3.])
    """
    velocity = np.zeros_like(x)
    for i in range(num_iters):
        g = grad(x, i)
        if callback:
            callback(x, i, g)
        velocity = mass * velocity - (1.0 - mass) * g
        x = x + step_size * velocity
    return x


@unflatten_optimizer
def rmsprop(
    grad: Function,
    x: Any,
    callback: Callback = None,
    num_iters: int = 100,
    step_size: float = 0.1,
    gamma: float = 0.9,
    eps: float = 1e-8,
) -> Any:
    """RMSprop: steps are divided by a running root mean square of the gradient.

    Tieleman and Hinton, 'Neural Networks for Machine Learning', lecture 6.5, 2012. The running
    mean begins at 1.
    """
    mean_square = np.ones_like(x)
    for i in range(num_iters):
        g = grad(x, i)
        if callback:
            callback(x, i, g)
        mean_square = mean_square * gamma + g**2 * (1 - gamma)
        x = x - step_size * g / (np.sqrt(mean_square) + eps)
    return x


@unflatten_optimizer
def adam(
    grad: Function,
    x: Any,
    callback: Callback = None,
    num_iters: int = 100,
    step_size: float = 0.001,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    """Adam: Kingma and Ba, 'Adam: a method for stochastic optimization', 2015.

    Example:
        >>> from minitorch.misc.optimizers import adam
        >>> bowl = lambda p, i: (p["a"] - 1) ** 2 + np.sum((p["b"] + 2) ** 2)
        >>> best = adam(minitorch.grad(bowl), {"a": 0., "b": np.zeros(2)}, None, 300, 0.1)
        >>> float(best["a"].round(2)), best["b"].round(2)
        (1.0, array([-2., -2.]))
    """
    mean, square = np.zeros_like(x), np.zeros_like(x)
    for i in range(num_iters):
        g = grad(x, i)
        if callback:
            callback(x, i, g)
        mean = (1 - b1) * g + b1 * mean
        square = (1 - b2) * (g**2) + b2 * square
        corrected = mean / (1 - b1 ** (i + 1)), square / (1 - b2 ** (i + 1))
        x = x - step_size * corrected[0] / (np.sqrt(corrected[1]) + eps)
    return x
