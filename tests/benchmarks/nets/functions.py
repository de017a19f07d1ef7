"""Layers and losses as functions of arrays, for JAX and HIPS autograd."""

from __future__ import annotations

from typing import Any


def linear(weights: Any, name: str, x: Any) -> Any:
    y = x @ weights[f"{name}.weight"].T
    return y + weights[f"{name}.bias"] if f"{name}.bias" in weights else y


def cross_entropy(np: Any, scores: Any, labels: Any) -> Any:
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    right = shifted[np.arange(len(labels)), labels]
    return np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - right)


def sigmoid(np: Any, x: Any) -> Any:
    return 0.5 * (np.tanh(0.5 * x) + 1)


def layer_norm(np: Any, weights: Any, name: str, x: Any, eps: float = 1e-5) -> Any:
    centred = x - np.mean(x, axis=-1, keepdims=True)
    scale = (np.mean(centred**2, axis=-1, keepdims=True) + eps) ** -0.5
    return centred * scale * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def batch_norm(np: Any, weights: Any, name: str, x: Any, eps: float = 1e-5) -> Any:
    """Of images by channel, in training."""
    centred = x - np.mean(x, axis=(0, 2, 3), keepdims=True)
    scale = (np.mean(centred**2, axis=(0, 2, 3), keepdims=True) + eps) ** -0.5
    slope, shift = (weights[f"{name}.{part}"][:, None, None] for part in ("weight", "bias"))
    return centred * scale * slope + shift
