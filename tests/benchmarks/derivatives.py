"""What is measured of derivatives of functions, written once for all that speak NumPy."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

from .running import Running


class Derivative(NamedTuple):
    """A row of the table of derivatives."""

    title: str
    goal: float  # of HIPS autograd's time
    start: Callable[[Face], Running]


class Face(NamedTuple):
    """A library's NumPy, and its differential operators."""

    np: Any
    grad: Callable[..., Any]
    jacobian: Callable[..., Any]
    push: Callable[..., Any]  # push(f, x, v): the value of f at x and its tangent along v


def minitorch() -> Face:
    from minitorch import grad, jacobian, make_jvp

    return Face(numpy, grad, jacobian, lambda f, x, v: make_jvp(f)(x)(v))


def autograd() -> Face:
    from autograd import grad, jacobian, make_jvp, numpy

    return Face(numpy, grad, jacobian, lambda f, x, v: make_jvp(f)(x)(v))


def jax() -> Face:
    library = importlib.import_module("jax")
    library.config.update("jax_enable_x64", True)
    push = lambda f, x, v: library.jvp(f, (x,), (v,))  # noqa: E731
    return Face(library.numpy, library.grad, library.jacobian, push)


FACES = {"minitorch": minitorch, "autograd": autograd, "jax": jax}
X = numpy.linspace(0.1, 1.0, 10)


def operations(np: Any, rounds: int) -> Callable[[Any], Any]:
    """A function of five operations, `rounds` times over."""

    def f(x: Any) -> Any:
        for _ in range(rounds):
            x = np.tanh(np.exp(np.sin(x) * 0.9) + 0.1)
        return x

    return f


def gradient(face: Face, *, rounds: int, x: Any) -> Running:
    f = operations(face.np, rounds)
    g = face.grad(lambda x: face.np.sum(f(x)))
    return Running(lambda: g(x), lambda: numpy.ravel(g(x)).tolist())


def tangent(face: Face) -> Running:
    f = operations(face.np, 10)

    def step() -> Any:
        return face.push(f, X, X)

    return Running(step, lambda: numpy.ravel(step()).tolist())


def jacobian(face: Face) -> Running:
    draw = numpy.random.default_rng(0)
    w, x = draw.normal(size=(200, 200)) / 14, draw.normal(size=200)
    np = face.np
    j = face.jacobian(lambda x: np.tanh(np.dot(w, np.tanh(np.dot(w, x)))))
    return Running(lambda: j(x), lambda: numpy.asarray(j(x))[::40, ::40].ravel().tolist())


DERIVATIVES = {
    "numpy-operations": Derivative(
        "gradient of 1,000 operations on 10 elements",
        0.5,
        lambda face: gradient(face, rounds=200, x=X),
    ),
    "numpy-scalar": Derivative(
        "gradient of 50 operations on one number",
        0.5,
        lambda face: gradient(face, rounds=10, x=0.5),
    ),
    "numpy-tangent": Derivative("tangent of 50 operations on 10 elements", 0.5, tangent),
    "numpy-jacobian": Derivative("Jacobian of 200 results by 200 arguments", 0.5, jacobian),
}
