"""The libraries that are compared, and how each is made to speak."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any, NamedTuple

from .running import Functional, Torch


class Library(NamedTuple):
    """A column of the table."""

    title: str
    module: str  # which it needs
    kind: str  # of steps that it runs: torch, functional, by_hand or products
    settings: dict[str, str] = {}  # in the environment of its process

    @property
    def installed(self) -> bool:
        extra = self.settings.get("MINITORCH_KERNELS") == "auto"
        return all(find_spec(name) for name in (self.module, *["numba"] * extra))


BASE, FAST, THEIRS = "minitorch", "fast", "PyTorch"
LIBRARIES = {
    BASE: Library("minitorch", "minitorch", "torch", {"MINITORCH_KERNELS": "numpy"}),
    FAST: Library("minitorch + fast", "minitorch", "torch", {"MINITORCH_KERNELS": "auto"}),
    THEIRS: Library("PyTorch", "torch", "torch"),
    "torch.compile": Library("torch.compile", "torch", "torch"),
    "jax.jit": Library("jax.jit", "jax", "functional"),
    "autograd": Library("HIPS autograd", "autograd", "functional"),
    "NumPy": Library("NumPy by hand", "numpy", "by_hand"),
    "products": Library("products alone", "numpy", "products"),
}
USUAL = [name for name in LIBRARIES if name != "torch.compile"]  # which takes long to compile


def torch(name: str, threads: int) -> Torch:
    """A library that speaks PyTorch."""
    module = importlib.import_module(LIBRARIES[name].module)
    if module.__name__ == "torch":
        module.set_num_threads(threads)
    if name == "torch.compile":
        return Torch(module, module.compile)
    return Torch(module)


def functional(name: str) -> Functional:
    """A library that differentiates functions of arrays."""
    return jax_jit() if name == "jax.jit" else autograd()


def jax_jit() -> Functional:
    import jax

    def scan(f: Any, start: Any, xs: Any) -> Any:
        def body(state: Any, x: Any) -> Any:
            state = f(state, x)
            return state, state[0]

        return jax.lax.scan(body, start, xs)[1]

    erf = jax.scipy.special.erf
    return Functional(jax.numpy, jax.value_and_grad, jax.grad, jax.jit, scan, erf)


def autograd() -> Functional:
    import autograd
    from autograd import numpy as np

    def scan(f: Any, state: Any, xs: Any) -> Any:
        states = []
        for x in xs:
            state = f(state, x)
            states.append(state[0])
        return np.stack(states)

    erf = importlib.import_module("autograd.scipy.special").erf if find_spec("scipy") else None
    return Functional(np, autograd.value_and_grad, autograd.grad, lambda f: f, scan, erf)
