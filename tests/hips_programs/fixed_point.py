"""Square roots by Newton's method, and an equilibrium with parameters in a dict."""

import autograd.numpy as np
from autograd import grad, jacobian
from autograd.misc.fixed_points import fixed_point


def newton_sqrt_iter(a):
    return lambda x: 0.5 * (x + a / x)


def distance(x, y):
    return np.max(np.abs(x - y))


def sqrt(a, guess=10.0):
    return fixed_point(newton_sqrt_iter, a, guess, distance, 1e-12)


def layer(params):
    W, b = params
    return lambda z: np.tanh(np.dot(W, z) + b)


def equilibrium(params):
    return fixed_point(layer, params, np.zeros(3), distance, 1e-13)


def loss(params):
    return np.sum(equilibrium(params) ** 2)


def main():
    W = 0.2 * np.arange(9.0).reshape(3, 3) / 9
    params = (W, np.array([0.1, -0.4, 0.7]))
    return [
        sqrt(2.0),
        grad(sqrt)(2.0),
        grad(grad(sqrt))(2.0),
        equilibrium(params),
        *grad(loss)(params),
        jacobian(lambda b: equilibrium((W, b)))(params[1]),
    ]
