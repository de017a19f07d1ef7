"""The formulas of the optimizers that most programs use.

They change parameters and state in place, and run on arrays and, for steps that are differentiated,
on Tensors: where there is no scratch memory, `out` is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch.kernels.seam import kernel


def _scratch(x: Any) -> Any:
    """Memory for what the formula makes on the way: small arrays come and go at a cost."""
    return np.empty_like(x) if type(x) is np.ndarray else None


@kernel(pays=8192)
def sgd(x: Any, g: Any, lr: Any) -> None:
    """x ← x − lr·g."""
    x -= np.multiply(lr, g, _scratch(x))


@kernel(pays=8192)
def momentum(x: Any, g: Any, b: Any, rates: Sequence[Any], nesterov: bool) -> None:
    """b ← momentum·b + share·g; x ← x − lr·b, with `nesterov` x ← x − lr·(g + momentum·b)."""
    lr, decay, share = rates
    out = _scratch(x)
    b *= decay
    b += np.multiply(share, g, out)
    step = np.add(g, np.multiply(decay, b, out), out) if nesterov else b
    x -= np.multiply(lr, step, out)


@kernel(pays=4096)
def adam(x: Any, g: Any, m: Any, v: Any, rates: Sequence[Any], top: Any = None) -> None:
    """m ← m + gain₁·(g − m); v ← β₂·v + gain₂·g²; x ← x − rate·m / (√v + eps).

    With `top`, the largest v so far (and kept up to date), it takes the place of v.
    """
    rate, eps, gain1, beta2, gain2 = rates
    out = _scratch(x)
    m += np.multiply(gain1, np.subtract(g, m, out), out)
    v *= beta2
    v += np.multiply(gain2, np.multiply(g, g, out), out)
    if top is not None:
        top[...] = v = np.maximum(1 * top, v)  # backward needs what it was before
    x -= np.multiply(rate, np.divide(m, np.add(np.sqrt(v, out), eps, out), out), out)
