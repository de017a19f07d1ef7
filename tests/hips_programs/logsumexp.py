"""A primitive with a stable value and a rule of its own."""

import autograd.numpy as np
from autograd import grad, hessian, jacobian
from autograd.extend import defvjp, primitive
from autograd.test_util import check_grads


@primitive
def logsumexp(x):
    """Numerically stable log(sum(exp(x)))"""
    max_x = np.max(x)
    return max_x + np.log(np.sum(np.exp(x - max_x)))


def logsumexp_vjp(ans, x):
    x_shape = x.shape
    return lambda g: np.full(x_shape, g) * np.exp(x - np.full(x_shape, ans))


defvjp(logsumexp, logsumexp_vjp)


def example_func(y):
    z = y**2
    lse = logsumexp(z)
    return np.sum(lse)


def main():
    x = np.array([0.3, -1.2, 2.0])
    check_grads(example_func, modes=["rev"])(x)
    return [
        logsumexp(x),
        grad(example_func)(x),
        jacobian(grad(example_func))(x),
        hessian(example_func)(x),
        grad(lambda x: np.sum(grad(example_func)(x) ** 2))(x),
    ]
