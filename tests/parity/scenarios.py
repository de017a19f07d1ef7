"""Short programs that are run here and in PyTorch, and must give the same.

A scenario takes the library and returns numbers, tensors, texts and containers of them, or is
refused: then both must raise the same type, with messages that begin alike.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch

Scenario = Callable[[Any], Any]


def plain(value: Any) -> Any:
    """Tensors as arrays with their dtype's name, in containers too."""
    if hasattr(value, "detach"):
        array = value.detach().resolve_conj().numpy() if hasattr(value, "resolve_conj") else value
        array = np.array(array.detach().numpy() if hasattr(array, "detach") else array)
        return ("tensor", str(array.dtype), array.shape, array, bool(value.requires_grad))
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def agree(a: Any, b: Any) -> bool:
    """Whether two plain values are the same, reals up to rounding."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and np.allclose(a, b, 1e-5, 1e-6, equal_nan=True)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(agree, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(agree(a[k], b[k]) for k in a)
    if isinstance(a, float) and isinstance(b, float):
        return bool(np.isclose(a, b, 1e-5, 1e-6, equal_nan=True))
    return type(a) is type(b) and bool(a == b)


def outcome(library: Any, scenario: Scenario) -> tuple[str, Any]:
    """What a scenario gives, or how it is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return "gives", plain(scenario(library))
        except Exception as error:
            return type(error).__name__, str(error)


def check(scenario: Scenario, words: int = 4) -> None:
    """Assert that a scenario is the same here and in PyTorch."""
    torch = pytest.importorskip("torch")
    (ours, mine), (theirs, other) = outcome(minitorch, scenario), outcome(torch, scenario)
    assert ours == theirs, f"ours {ours}: {mine}\ntheirs {theirs}: {other}"
    if ours == "gives":
        assert agree(mine, other), f"ours {mine}\ntheirs {other}"
    else:
        assert mine.lower().split()[:words] == other.lower().split()[:words], f"{mine}\n{other}"


def named(scenarios: dict[str, Scenario]) -> list[Any]:
    """The scenarios as parameters of a test."""
    return [pytest.param(scenario, id=name) for name, scenario in scenarios.items()]
