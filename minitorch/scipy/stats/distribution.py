"""What SciPy's univariate distributions have in common: location, scale, support, signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats as _theirs

from minitorch.faces.numpy.operands import constant
from minitorch.scipy.namespace import guarded, has_box
from minitorch.scipy.special import operands

Function = Callable[..., Any]


def always(*shapes: Any) -> bool:
    """The condition on parameters that may have any value."""
    return True


class Distribution:
    """A distribution of `scipy.stats`, with its densities and distribution functions on boxes.

    Each is differentiable in what it is taken at, in the shape parameters as far as a closed form
    exists, in `loc` and in `scale`. Outside of the support densities are 0, and so are gradients.
    All else (`rvs`, `fit`, `mean` …) is SciPy's, for constants.

    Args:
        name: SciPy's name for it.
        valid: whether the shape parameters make sense; the results are NaN where not.
        low: the lower end of the standard support, or a function of the shape parameters.
        high: its upper end.
        inner: a point inside of every support.
        open_low: whether the lower end is outside of the support.
        functions: `logpdf`, `cdf`, … of the standard distribution; each takes the point, then the
            shape parameters. `logpdf` and `cdf` are needed, the others save precision.

    Example:
        >>> from minitorch.scipy.stats import norm
        >>> print(f"{minitorch.grad(norm.logcdf)(-40.):.6f}")
        40.024969
        >>> float(minitorch.grad(lambda s: norm(loc=1., scale=s).logpdf(3.))(2.))
        0.0
    """

    discrete = False

    def __init__(
        self, name: str, *, valid: Function = always, low: Any = -np.inf, high: Any = np.inf,
        inner: float = 0.5, open_low: bool = False, **functions: Function,
    ) -> None:  # fmt: skip
        self.name, self.theirs = name, getattr(_theirs, name)
        self.shapes = tuple(self.theirs.shapes.split(", ")) if self.theirs.shapes else ()
        self.valid, self.low, self.high, self.inner = valid, low, high, inner
        self.open_low, self.functions = open_low, functions
        self.__doc__ = f"`scipy.stats.{name}`, whose methods take boxes; see `Distribution`."

    def __repr__(self) -> str:
        return f"<minitorch.scipy.stats.{self.name}>"

    def __call__(self, *args: Any, **kwds: Any) -> Frozen:
        """The distribution with its parameters fixed."""
        return Frozen(self, args, kwds)

    freeze = __call__

    def __getattr__(self, name: str) -> Any:
        return guarded(getattr(self.theirs, name), f"stats.{self.name}.{name}")

    def _run(self, method: str, x: Any, args: tuple[Any, ...], kwds: dict[str, Any]) -> Any:
        """A method: SciPy's own for constants."""
        if not has_box(x, args, kwds):
            return getattr(self.theirs, method)(x, *args, **kwds)
        names = (*self.shapes, "loc") if self.discrete else (*self.shapes, "loc", "scale")
        bound = dict(zip(names, args))
        if len(args) > len(names) or bound.keys() & kwds.keys() or kwds.keys() - set(names):
            raise TypeError(
                f"{self.name}.{method} takes {', '.join(('x', *names))}, each once; given "
                f"{len(args)} positional parameters and {sorted(kwds)}"
            )
        bound = {"loc": 0.0, "scale": 1.0, **bound, **kwds}
        missing = [name for name in self.shapes if name not in bound]
        if missing:
            raise TypeError(f"{self.name}.{method} is missing the parameters {', '.join(missing)}")
        shapes = [bound[name] for name in self.shapes]
        boxes: list[Any] = operands(x, bound["loc"], bound["scale"], *shapes)
        x, loc, scale, *shapes = boxes
        ours = self._quantile if method in ("ppf", "isf") else self._value
        valid = (scale > 0) & self.valid(*shapes) & (x == x)
        return np.where(valid, ours(method, x, loc, scale, shapes), np.nan)

    def _ends(self, shapes: list[Any]) -> list[Any]:
        return [end(*shapes) if callable(end) else end for end in (self.low, self.high)]

    def _value(self, method: str, x: Any, loc: Any, scale: Any, shapes: list[Any]) -> Any:
        z = (x - loc) / scale
        low, high = self._ends(shapes)
        inside = (z > low if self.open_low else z >= low) & (z <= high)
        y = self._standard(method, np.where(inside, z, self.inner), shapes)
        if method == "logpdf":
            return np.where(inside, y - np.log(scale), -np.inf)
        return _within(method, inside, y, z < low)

    def _quantile(self, method: str, q: Any, loc: Any, scale: Any, shapes: list[Any]) -> Any:
        inside = (q >= 0) & (q <= 1)
        y = self._standard(method, np.where(inside, q, 0.5), shapes)
        return np.where(inside, loc + scale * y, np.nan)

    def _standard(self, method: str, z: Any, shapes: list[Any]) -> Any:
        """A function of the standard distribution; the one at hand, or made of another."""
        found = self.functions.get(method)
        if found is not None:
            return found(z, *shapes)
        if method == "sf":
            return 1 - self._standard("cdf", z, shapes)
        if method == "isf":
            return self._standard("ppf", 1 - z, shapes)
        if method in ("logcdf", "logsf"):
            return np.log(self._standard(method[3:], z, shapes))
        raise TypeError(
            f"scipy.stats.{self.name}.{method} of a box is not supported: minitorch has no "
            "derivative for it; pass x.detach() if it is meant to be a constant"
        )

    def logpdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The logarithm of the density at x."""
        return self._run("logpdf", x, args, kwds)

    def pdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The density at x."""
        if not has_box(x, args, kwds):
            return self.theirs.pdf(x, *args, **kwds)
        return np.exp(self.logpdf(x, *args, **kwds))

    def cdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The probability of at most x."""
        return self._run("cdf", x, args, kwds)

    def sf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The probability of more than x."""
        return self._run("sf", x, args, kwds)

    def logcdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The logarithm of the probability of at most x."""
        return self._run("logcdf", x, args, kwds)

    def logsf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The logarithm of the probability of more than x."""
        return self._run("logsf", x, args, kwds)

    def ppf(self, q: Any, *args: Any, **kwds: Any) -> Any:
        """The x whose `cdf` is q."""
        return self._run("ppf", q, args, kwds)

    def isf(self, q: Any, *args: Any, **kwds: Any) -> Any:
        """The x whose `sf` is q."""
        return self._run("isf", q, args, kwds)


ENDS = {"cdf": (0, 1), "sf": (1, 0), "logcdf": (-np.inf, 0), "logsf": (0, -np.inf)}


def _within(method: str, inside: Any, y: Any, below: Any) -> Any:
    """A distribution function: `y` inside of the support, constant on both sides of it."""
    low, high = ENDS[method]
    return np.where(inside | below, np.where(inside, y, float(low)), float(high))


class Discrete(Distribution):
    """A distribution of whole numbers: `pmf` and `logpmf` in place of densities, no `scale`.

    What it is taken at is a constant: no gradient flows through whole numbers.
    """

    discrete = True

    def _value(self, method: str, x: Any, loc: Any, scale: Any, shapes: list[Any]) -> Any:
        k = constant(x, f"{self.name}: k") - constant(loc, f"{self.name}: loc")
        low, high = self._ends(shapes)
        whole = np.floor(k)
        if method == "logpmf":
            inside = (k == whole) & (k >= low) & (k <= high)
            return np.where(inside, self._masked(method, inside, whole, shapes), -np.inf)
        inside = (whole >= low) & (whole < high)
        y = self._masked(method, inside, whole, shapes)
        return _within(method, inside, y, whole < low)

    def _masked(self, method: str, inside: Any, k: Any, shapes: list[Any]) -> Any:
        return self._standard(method, np.where(inside, k, self.inner), shapes)

    def logpmf(self, k: Any, *args: Any, **kwds: Any) -> Any:
        """The logarithm of the probability of k."""
        return self._run("logpmf", k, args, kwds)

    def pmf(self, k: Any, *args: Any, **kwds: Any) -> Any:
        """The probability of k."""
        if not has_box(k, args, kwds):
            return self.theirs.pmf(k, *args, **kwds)
        return np.exp(self.logpmf(k, *args, **kwds))


class Frozen:
    """A distribution whose parameters are fixed: its methods take only the point."""

    def __init__(self, dist: Any, args: tuple[Any, ...], kwds: dict[str, Any]) -> None:
        self.dist, self.args, self.kwds = dist, args, kwds

    def __repr__(self) -> str:
        return f"<{self.dist!r} with fixed parameters>"

    def __getattr__(self, name: str) -> Function:
        method = getattr(self.dist, name)

        def function(*point: Any, **settings: Any) -> Any:
            return method(*point, *self.args, **self.kwds, **settings)

        return function
