"""Starting weights and batches as NumPy arrays: every library begins from the same."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

Arrays = dict[str, np.ndarray]


class Problem(NamedTuple):
    """What a workload begins from."""

    weights: Arrays  # by the names that they have in PyTorch's module
    batch: tuple[np.ndarray, ...]


class Draw:
    """Numbers in single precision, the same in every process."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(0)

    def uniform(self, *shape: int, bound: float = 1.0) -> np.ndarray:
        return self.random.uniform(-bound, bound, shape).astype(np.float32)

    def normal(self, *shape: int) -> np.ndarray:
        return self.random.standard_normal(shape, dtype=np.float32)

    def labels(self, classes: int, *shape: int) -> np.ndarray:
        return self.random.integers(0, classes, shape)

    def linear(self, name: str, inputs: int, outputs: int, *, bias: bool = True) -> Arrays:
        return self._layer(name, (outputs, inputs), inputs, bias)

    def convolution(self, name: str, inputs: int, outputs: int, size: int = 3, *,
                    bias: bool = True) -> Arrays:  # fmt: skip
        return self._layer(name, (outputs, inputs, size, size), inputs * size**2, bias)

    def norm(self, name: str, width: int) -> Arrays:
        return {f"{name}.weight": 1 + self.uniform(width, bound=0.1),
                f"{name}.bias": self.uniform(width, bound=0.1)}  # fmt: skip

    def _layer(self, name: str, shape: tuple[int, ...], fan: int, bias: bool) -> Arrays:
        weights = {f"{name}.weight": self.uniform(*shape, bound=fan**-0.5)}
        if bias:
            weights[f"{name}.bias"] = self.uniform(shape[0], bound=fan**-0.5)
        return weights
