"""A multi-layer perceptron, trained by each optimizer; its parameters are a list of tuples."""

import autograd.numpy as np
import autograd.numpy.random as npr
from autograd import grad
from autograd.misc.flatten import flatten
from autograd.misc.optimizers import adam, rmsprop, sgd


def init_random_params(scale, layer_sizes, rs):
    return [
        (scale * rs.randn(m, n), scale * rs.randn(n))
        for m, n in zip(layer_sizes[:-1], layer_sizes[1:])  # noqa: RUF007
    ]


def neural_net_predict(params, inputs):
    for W, b in params:
        outputs = np.dot(inputs, W) + b
        inputs = np.tanh(outputs)
    return outputs


def l2_norm(params):
    flattened, _ = flatten(params)
    return np.dot(flattened, flattened)


def main():
    rs = npr.RandomState(0)
    inputs = rs.randn(40, 2)
    targets = np.sin(inputs[:, :1]) * inputs[:, 1:]
    start = init_random_params(0.5, [2, 6, 1], rs)
    seen = []

    def objective(params, i):
        batch = slice((i % 4) * 10, (i % 4) * 10 + 10)
        error = neural_net_predict(params, inputs[batch]) - targets[batch]
        return np.mean(error**2) + 1e-3 * l2_norm(params)

    def callback(params, i, g):
        if i % 10 == 0:
            seen.append(objective(params, i))
            seen.append(g[0][1])

    gradient = grad(objective)
    trained = [
        adam(gradient, start, callback=callback, step_size=0.05, num_iters=40),
        sgd(gradient, start, callback, 30, 0.1, 0.8),
        rmsprop(gradient, start, num_iters=30, step_size=0.01),
    ]
    return [*seen, *(flatten(params)[0] for params in trained)]
