"""Distributions of vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import stats as _theirs

from minitorch.scipy import linalg
from minitorch.scipy import special as sp
from minitorch.scipy.namespace import guarded, has_box
from minitorch.scipy.special import operands
from minitorch.scipy.stats.distribution import Frozen


class Multivariate:
    """A multivariate distribution of SciPy's; what is not stated here takes constants."""

    name = ""

    def __init__(self) -> None:
        self.theirs = getattr(_theirs, self.name)

    def __repr__(self) -> str:
        return f"<minitorch.scipy.stats.{self.name}>"

    def __call__(self, *args: Any, **kwds: Any) -> Frozen:
        """The distribution with its parameters fixed."""
        return Frozen(self, args, kwds)

    def __getattr__(self, name: str) -> Any:
        return guarded(getattr(self.theirs, name), f"stats.{self.name}.{name}")


class MultivariateNormal(Multivariate):
    """`scipy.stats.multivariate_normal`, differentiable in x, mean and cov.

    Example:
        >>> from minitorch.scipy.stats import multivariate_normal as mvn
        >>> x, mean, cov = np.array([1., 2.]), np.zeros(2), np.eye(2)
        >>> minitorch.grad(mvn.logpdf, 2)(x, mean, cov)
        array([[0. , 1. ],
               [1. , 1.5]])
    """

    name = "multivariate_normal"

    def logpdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """The logarithms of the densities at the vectors in the last axis of x."""
        if not has_box(x, mean, cov):
            return self.theirs.logpdf(x, mean, cov, allow_singular)
        _regular(allow_singular)
        mean, cov, x = _parameters(mean, cov, x)
        d = cov._value.shape[-1]
        if not x._value.ndim or (x._value.ndim == 1 and d == 1):
            x = np.expand_dims(x, -1)
        if x._value.shape[-1] != d:
            raise ValueError(
                f"multivariate_normal: x has shape {tuple(x._value.shape)}, the mean {d} elements"
            )
        factor = np.linalg.cholesky(cov)
        apart = np.reshape(x - mean, (-1, d))
        whitened = linalg.solve_triangular(factor, np.transpose(apart), lower=True)
        squares = np.sum(np.square(whitened), 0)
        y = -0.5 * (squares + d * math.log(2 * math.pi)) - _half_logdet(factor)
        return np.squeeze(np.reshape(y, x._value.shape[:-1]))

    def pdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """The densities at the vectors in the last axis of x."""
        if not has_box(x, mean, cov):
            return self.theirs.pdf(x, mean, cov, allow_singular)
        return np.exp(self.logpdf(x, mean, cov, allow_singular))

    def entropy(self, mean: Any = None, cov: Any = 1) -> Any:
        """The differential entropy."""
        if not has_box(mean, cov):
            return self.theirs.entropy(mean, cov)
        _, cov = _parameters(mean, cov)
        d = cov._value.shape[-1]
        return _half_logdet(np.linalg.cholesky(cov)) + 0.5 * d * math.log(2 * math.pi * math.e)


def _regular(allow_singular: bool) -> None:
    if allow_singular:
        raise TypeError(
            "multivariate_normal of a box takes allow_singular=False: at a singular covariance "
            "the density has no derivative"
        )


def _parameters(mean: Any, cov: Any, *points: Any) -> list[Any]:
    """The mean as a vector and the covariance as a matrix, of the dimension that they have."""
    if mean is not None:
        d = int(np.size(mean))
    else:
        d = 1 if np.ndim(cov) < 2 else np.shape(cov)[0]
    mean = np.zeros(d) if mean is None else np.reshape(mean, (d,))
    if np.ndim(cov) == 0:
        cov = cov * np.eye(d)
    elif np.ndim(cov) == 1:
        cov = np.diag(cov)
    if np.shape(cov) != (d, d):
        raise ValueError(
            f"multivariate_normal: the mean has {d} elements, cov shape {tuple(np.shape(cov))}"
        )
    return operands(mean, cov, *points)


def _half_logdet(factor: Any) -> Any:
    return np.sum(np.log(np.diagonal(factor)))


class Dirichlet(Multivariate):
    """`scipy.stats.dirichlet`, differentiable in x and alpha.

    That x is a point of the simplex is not checked: a derivative moves it away from there.
    """

    name = "dirichlet"

    def logpdf(self, x: Any, alpha: Any) -> Any:
        """The logarithms of the densities at the vectors in the first axis of x; their last element
        may be left out.
        """
        if not has_box(x, alpha):
            return self.theirs.logpdf(x, alpha)
        x, alpha = operands(x, alpha)
        n = alpha._value.shape[0]
        if x._value.shape[0] == n - 1:
            x = np.concatenate([x, 1 - np.sum(x, 0, keepdims=True)])
        if x._value.shape[0] != n:
            raise ValueError(
                f"dirichlet: x has shape {tuple(x._value.shape)}, alpha {n} elements: its first "
                f"axis should be of {n} or {n - 1}"
            )
        powers = np.reshape(alpha - 1, (n,) + (1,) * (x._value.ndim - 1))
        scale = np.sum(sp.gammaln(alpha)) - sp.gammaln(np.sum(alpha))
        return np.sum(sp.xlogy(powers, x), 0) - scale

    def pdf(self, x: Any, alpha: Any) -> Any:
        """The densities at the vectors in the first axis of x."""
        if not has_box(x, alpha):
            return self.theirs.pdf(x, alpha)
        return np.exp(self.logpdf(x, alpha))


multivariate_normal, dirichlet = MultivariateNormal(), Dirichlet()
