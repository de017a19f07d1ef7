"""Kullback and Leibler's divergence: which formula serves for which pair of distributions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from minitorch.distributions.distribution import Distribution

__all__ = ["kl_divergence", "register_kl"]

Formula = Callable[[Any, Any], Any]

_KL_REGISTRY: dict[tuple[type, type], Formula] = {}
_KL_MEMOIZE: dict[tuple[type, type], Any] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Formula], Formula]:
    """A decorator: the function gives KL(p || q) for these classes and their subclasses.

    Where several serve, the one of the nearest classes is taken, p's first.

    Raises:
        TypeError: one of them is no class of distributions.
    """
    for name, found in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(found, type) and issubclass(found, Distribution)):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {found}")

    def decorator(formula: Formula) -> Formula:
        _KL_REGISTRY[type_p, type_q] = formula
        _KL_MEMOIZE.clear()
        return formula

    return decorator


def _dispatch_kl(type_p: type, type_q: type) -> Any:
    """The formula for a pair of classes; NotImplemented where there is none."""
    above_p, above_q = type_p.__mro__, type_q.__mro__
    matches = [(p, q) for p, q in _KL_REGISTRY if p in above_p and q in above_q]
    if not matches:
        return NotImplemented
    left = min(matches, key=lambda m: (above_p.index(m[0]), above_q.index(m[1])))
    right = min(matches, key=lambda m: (above_q.index(m[1]), above_p.index(m[0])))
    if _KL_REGISTRY[left] is not _KL_REGISTRY[right]:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). Please "
            f"register_kl({left[0].__name__}, {right[1].__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    return _KL_REGISTRY[left]


def kl_divergence(p: Distribution, q: Distribution) -> Any:
    """KL(p || q), the mean of log p(x) - log q(x) over x from p; of shape `batch_shape`.

    Raises:
        NotImplementedError: no formula is known for the two; see `register_kl`.

    Example:
        >>> from minitorch.distributions import Normal, kl_divergence
        >>> kl_divergence(Normal(torch.tensor([0., 1.]), 1.), Normal(0., 1.))
        tensor([0.0000, 0.5000])
    """
    pair = type(p), type(q)
    formula = _KL_MEMOIZE.get(pair)
    if formula is None:
        formula = _KL_MEMOIZE[pair] = _dispatch_kl(*pair)
    if formula is NotImplemented:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {pair[0].__name__} and q type "
            f"{pair[1].__name__}: give a formula with register_kl, or estimate it from samples"
        )
    return formula(p, q)
