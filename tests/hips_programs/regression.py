"""Bayesian regression: containers as vectors, curvature products, constrained dictionaries."""

import autograd.numpy as np
from autograd import elementwise_grad, grad, hessian, make_hvp, value_and_grad
from autograd.builtins import dict as adict
from autograd.builtins import isinstance, list, tuple
from autograd.differential_operators import hessian_tensor_product, make_ggnvp
from autograd.misc import const_graph, flatten
from autograd.misc.flatten import flatten_func
from autograd.wrap_util import unary_to_nary


@unary_to_nary
def twice_grad(fun, x):
    return 2 * grad(fun)(x)


def features(x):
    return np.stack([np.ones_like(x), x, np.tanh(x)], axis=-1)


def log_joint(params, x, y):
    assert isinstance(params, dict)
    noise = np.exp(params["log_noise"])
    mean = np.dot(features(x), params["w"])
    return -np.sum((y - mean) ** 2) / (2 * noise) - y.size * np.log(noise) / 2


def scaled(params):
    return adict({name: 3 * value for name, value in params.items()})


def main():
    x = np.linspace(-2, 2, 9)
    y = np.cos(2 * x)
    params = {"w": np.array([0.1, 0.2, -0.3]), "log_noise": 0.4}
    start, unflatten = flatten(params)

    def flat(vector):
        return log_joint(unflatten(vector), x, y)

    value, slope = value_and_grad(flat)(start)
    hvp, also = make_hvp(flat)(start)
    direction = np.arange(4.0)
    moved, _, first = flatten_func(scaled, params)
    parts = tuple([start, list([start, value])])
    frozen = const_graph(lambda a, b: a * np.sin(b))
    gradients = grad(log_joint)(params, x, y)
    return [
        value,
        slope,
        also,
        hessian(flat)(start),
        hvp(direction),
        hessian_tensor_product(flat)(start, direction),
        make_ggnvp(lambda w: np.dot(features(x), w))(params["w"])(np.ones(3)),
        gradients["w"],
        gradients["log_noise"],
        moved(first),
        flatten(parts)[0],
        elementwise_grad(np.tanh)(x),
        twice_grad(lambda a, b: a**2 * b, 1)(3.0, 4.0),
        frozen(2.0, 3.0),
    ]
