"""Rules stated in every form: by argument, all at once, forward ones, linear, sparse, constant."""

import autograd.numpy as np
import numpy as onp
from autograd import deriv, grad, jacobian, make_jvp
from autograd.extend import (
    SparseObject,
    def_linear,
    defjvp,
    defjvp_argnum,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    notrace_primitive,
    primitive,
    vspace,
)
from autograd.test_util import check_grads


@primitive
def weighted(*arrays, weights=(1.0, 1.0, 1.0)):
    return sum(w * a for w, a in zip(weights, arrays))


defvjp_argnum(weighted, lambda i, ans, args, kwargs: lambda g: kwargs["weights"][i] * g)
defjvp_argnum(weighted, lambda i, g, ans, args, kwargs: kwargs["weights"][i] * g)


@primitive
def product(a, b):
    return a * b


defvjp_argnums(
    product,
    lambda argnums, ans, args, kwargs: (
        lambda g: tuple(g * args[1] if i == 0 else g * args[0] for i in argnums)
    ),
)
defjvp(product, "same", "same")


@primitive
def take(x, index):
    return x[index]


@primitive
def untake(g, index, space):
    def mut_add(A):
        onp.add.at(A, index, g)
        return A

    return SparseObject(space, mut_add)


defvjp(take, lambda ans, x, index: lambda g: untake(g, index, vspace(x)))
defvjp(untake, lambda ans, g, index, space: lambda gg: take(gg, index))
defjvp(take, "same")
defjvp(untake, "same")


@primitive
def halved(x):
    return 0.5 * x


def_linear(halved)
defvjp(halved, lambda ans, x: lambda g: halved(g))


@notrace_primitive
def rounded(x):
    return np.round(x)


def main():
    x = np.array([0.5, -1.5, 2.0])
    index = np.array([0, 2, 2])
    both = {"modes": ["fwd", "rev"], "order": 2}

    def f(x):
        return np.sum(weighted(x, x**2, np.sin(x), weights=(1.0, 2.0, 3.0)) ** 2)

    def h(x):
        return np.sum(take(x, index) ** 3) + take(x, np.array([1]))[0]

    check_grads(f, **both)(x)
    check_grads(product, (0, 1), **both)(x, x + 1)
    check_grads(h, **both)(x)
    return [
        grad(f)(x),
        grad(h)(x),
        jacobian(grad(h))(x),
        grad(lambda a: np.sum(product(a, product(a, x))))(x),
        make_jvp(f)(x)(np.ones(3))[1],
        deriv(lambda t: halved(t) ** 2)(3.0),
        grad(lambda x: np.sum(x * rounded(x)))(x),
    ]
