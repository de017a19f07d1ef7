"""`scipy.stats`: distributions whose densities and distribution functions take boxes.

They are SciPy's in name, signature and value (of float32, in float32). Distributions and functions
that are not listed here are SciPy's own, for constants.

Example:
    >>> from minitorch.scipy.stats import norm
    >>> x = np.array([1., 2., 6.])
    >>> minitorch.grad(lambda m: norm.logpdf(x, loc=m, scale=2.).sum())(0.)
    np.float64(2.25)
"""

from __future__ import annotations

from scipy import stats as _theirs

from minitorch.scipy.namespace import completed
from minitorch.scipy.stats.continuous import (
    beta,
    cauchy,
    chi2,
    expon,
    gamma,
    invgamma,
    laplace,
    logistic,
    lognorm,
    norm,
    pareto,
    t,
    uniform,
    weibull_min,
)
from minitorch.scipy.stats.discrete import bernoulli, binom, geom, nbinom, poisson
from minitorch.scipy.stats.multivariate import dirichlet, multivariate_normal

__getattr__, __dir__ = completed(_theirs, globals())
