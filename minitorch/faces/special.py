"""torch.*: special functions; `namespace` has what only `torch.special` names."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import titled
from minitorch.engine.primitive import Primitive
from minitorch.faces.arithmetic import inplace, named, overwritten, unary
from minitorch.faces.operands import (
    floating,
    input_box,
    number,
    promoted,
    refused,
    tensors_only,
)
from minitorch.ops import elementwise as ew
from minitorch.ops import special as ops
from minitorch.ops.reduce import total
from minitorch.ops.shape import reshape

Function = Callable[..., Any]


def binary(op: Primitive, name: str, floats: bool = True, tensors: int = 0) -> Function:
    """The function of two tensors, or a tensor and a number, which broadcast and promote."""

    def function(input: Any, other: Any) -> Any:
        if tensors:
            tensors_only(name, *(input, other)[:tensors])
        a, b = promoted(input, other, name=name, floats=floats)
        if a._value.dtype.kind in "iub":
            raise refused(f"{name}_cpu", a)
        try:
            return op.binary(a, b)
        except (ValueError, TypeError):
            raise refused(f"{name}_cpu", a, b) from None

    text = f"Elementwise: {op.doc}.\n\n    Shapes broadcast, dtypes promote as in PyTorch.\n    "
    return named(function, name, text)


UNARY = {"erf": ops.erf, "erfc": ops.erfc, "erfinv": ops.erfinv, "lgamma": ops.gammaln,
         "digamma": ops.psi, "i0": ops.i0}  # fmt: skip
BINARY = {"igamma": ops.gammainc, "igammac": ops.gammaincc}


def polygamma(n: int, input: Any) -> Any:
    """Elementwise: the n-th derivative of the digamma function.

    Example:
        >>> torch.polygamma(1, torch.tensor([1., 0.5]))
        tensor([1.6449, 4.9348])
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
        raise TypeError(
            f"polygamma(): argument 'n' (position 1) must be int, not {type(n).__name__}"
        )
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    x = floating(input_box(input, "polygamma"))
    if n == 0:
        return ops.psi.unary(x)
    return ops.polygamma.binary(number(float(n), x._value.dtype, x.face), x)


def mvlgamma(input: Any, p: int) -> Any:
    """Elementwise: the logarithm of the multivariate gamma function of dimension p.

    Example:
        >>> torch.mvlgamma(torch.tensor([2., 3.]), 2)
        tensor([0.4516, 1.5502])
    """
    if p < 1:
        raise RuntimeError(f"p has to be greater than or equal to 1: mvlgamma got p={p}")
    if input_box(input, "mvlgamma")._value.dtype == bool:
        raise RuntimeError("The input tensor may not be a boolean tensor: mvlgamma")
    x = floating(input)
    dtype = x._value.dtype
    halves = fresh(x.face, np.arange(0, p, dtype=dtype) * dtype.type(-0.5))
    terms = ops.gammaln.unary(ew.add.binary(reshape.unary(x, (*x._value.shape, 1)), halves))
    constant = number(0.25 * p * (p - 1) * math.log(math.pi), dtype, x.face)
    return titled(
        ew.add.binary(total.unary(terms, (x._value.ndim,), False), constant), "MvlgammaBackward0"
    )


def logit(input: Any, eps: float | None = None) -> Any:
    """Elementwise: log(x / (1 - x)); with `eps`, of x held between eps and 1 - eps.

    Example:
        >>> torch.logit(torch.tensor([0.5, 0.9]))
        tensor([0.0000, 2.1972])
    """
    x = floating(input_box(input, "logit"))
    if eps is not None:
        lost = ew.isnan.unary(x)  # NaN is in no bounds, and its gradient is NaN
        x = ew.where(lost, x, ew.clamp.unary(x, eps, 1 - eps))
    try:
        return ops.logit.unary(x)
    except TypeError:
        raise refused("logit_cpu", x) from None


def _floats_only(self: Box, name: str) -> None:
    if self._value.dtype.kind in "iub":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {self.dtype}: "  # type: ignore[attr-defined]
            f"{name} in place keeps its tensor's dtype; use the out-of-place form"
        )


def polygamma_(self: Any, n: int) -> Any:
    """In place: the n-th derivative of the digamma function."""
    _floats_only(self, "polygamma_")
    return overwritten(self, polygamma(n, self.clone()))


def mvlgamma_(self: Any, p: int) -> Any:
    """In place: the logarithm of the multivariate gamma function of dimension p."""
    _floats_only(self, "mvlgamma_")
    return overwritten(self, mvlgamma(self.clone(), p))


def logit_(self: Any, eps: float | None = None) -> Any:
    """In place: log(x / (1 - x)); with `eps`, of x held between eps and 1 - eps."""
    _floats_only(self, "logit_")
    return overwritten(self, logit(self.clone(), eps))


functions: dict[str, Function] = {
    **{name: unary(op, name, floats=True) for name, op in UNARY.items()},
    **{name: binary(op, name, floats=False, tensors=2) for name, op in BINARY.items()},
    "xlogy": binary(ops.xlogy, "xlogy"),
    **{f.__name__: f for f in (polygamma, mvlgamma, logit)},
}
methods: dict[str, Function] = {
    **{f"{name}_": inplace(op, f"{name}_", floats=True) for name, op in UNARY.items()},
    **{f"{name}_": inplace(op, f"{name}_", tensors=2) for name, op in BINARY.items()},
    "xlogy_": inplace(ops.xlogy, "xlogy_", floats=True),
    "polygamma": lambda self, n: polygamma(n, self),
    **{f.__name__: f for f in (polygamma_, mvlgamma_, logit_)},
}
takes_out = (*functions,)


_ONLY_UNARY = {
    "erfcx": ops.erfcx, "ndtr": ops.ndtr, "ndtri": ops.ndtri, "log_ndtr": ops.log_ndtr,
    "entr": ops.entr, "i0e": ops.i0e, "i1": ops.i1, "i1e": ops.i1e, "airy_ai": ops.airy_ai,
    "bessel_j0": ops.j0, "bessel_j1": ops.j1, "bessel_y0": ops.y0, "bessel_y1": ops.y1,
    "modified_bessel_i0": ops.i0, "modified_bessel_i1": ops.i1, "modified_bessel_k0": ops.k0,
    "modified_bessel_k1": ops.k1, "scaled_modified_bessel_k0": ops.k0e,
    "scaled_modified_bessel_k1": ops.k1e, "spherical_bessel_j0": ops.spherical_j0,
}  # fmt: skip
_ONLY_BINARY = {"xlog1py": ops.xlog1py, "zeta": ops.zeta, **ops.polynomials}
# torch.special's own name: the name in torch of the same function
ALIASES = {
    "gammainc": "igamma", "gammaincc": "igammac", "gammaln": "lgamma", "psi": "digamma",
    "multigammaln": "mvlgamma", "expit": "sigmoid", "xlogy": "xlogy", "polygamma": "polygamma",
    **{name: name for name in (
        "digamma", "erf", "erfc", "erfinv", "exp2", "expm1", "i0", "log1p", "log_softmax", "logit",
        "logsumexp", "round", "sinc", "softmax",
    )},
}  # fmt: skip


def _of_x(function: Function) -> Function:
    """The function of an argument `x`, as PyTorch names it of some."""

    def called(x: Any) -> Any:
        return function(x)

    return named(called, function.__name__, function.__doc__ or "")


def _of_x_and_n(function: Function) -> Function:
    """The function of arguments `x` and `n`, as PyTorch names them of polynomials."""

    def called(x: Any, n: Any) -> Any:
        return function(x, n)

    return named(called, function.__name__, function.__doc__ or "")


namespace: dict[str, Function] = {
    **{name: unary(op, name, floats=True) for name, op in _ONLY_UNARY.items()},
    **{name: binary(op, name) for name, op in _ONLY_BINARY.items()},
}
for _name in (
    "airy_ai", "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "spherical_bessel_j0",
):  # fmt: skip
    namespace[_name] = _of_x(namespace[_name])
for _name in ops.polynomials:
    namespace[_name] = _of_x_and_n(namespace[_name])
