"""SciPy's functions and equations of matrices, in stacks along the axes before the last two.

The rules hold for complex matrices too. For the functions: N. Higham, "Functions of matrices"
(2008), section 3.2; for the equations: M. Giles, "An extended collection of matrix derivative
results for forward and reverse mode algorithmic differentiation" (2008).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.ops.linalg import matmul
from minitorch.ops.reduce import shape_of
from minitorch.ops.shape import alike, cat, getitem, swap
from minitorch.ops.triangular import solve_triangular

Function = Callable[..., Any]
__all__ = [
    "banded_matmul", "banded_outer", "banded_transpose", "cosm", "expm", "logm", "sinm",
    "solve_banded", "solve_sylvester", "solve_triangular", "sqrtm",
]  # fmt: skip


def stacked(function: Function) -> Function:
    """`function` of matrices as one of stacks of them, in floating point that LAPACK knows."""

    def run(*args: Any) -> np.ndarray:
        arrays = [a for a in args if isinstance(a, np.ndarray)]
        params, dtype = args[len(arrays) :], np.result_type(*arrays)
        wide = [a.astype(np.result_type(dtype, np.float32), copy=False) for a in arrays]
        lead = arrays[0].shape[:-2]
        rows = [function(*[a[i] for a in wide], *params) for i in np.ndindex(lead)]
        if not rows:
            return np.zeros(arrays[-1].shape, dtype)
        y = np.reshape(np.stack(rows), lead + rows[0].shape)
        kind = np.result_type(dtype, np.complex64) if y.dtype.kind == "c" else dtype
        return y.astype(kind, copy=False)

    return run


def _together(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*alike(boxes, flags), *params)


# functions of one matrix: f([[x, t], [0, x]]) has f(x) on its diagonal, its derivative beside it


def _derivative(op: Primitive, x: Any, t: Any) -> Any:
    """The derivative of a function of a matrix at x, along t."""
    n, last = shape_of(x)[-1], len(shape_of(x)) - 1
    upper, below = cat([x, t], last), cat([x * 0, x], last)
    y = op(cat([upper, below], last - 1))
    return getitem(y, (..., slice(0, n), slice(n, None)))


def function(name: str, run: Function, doc: str) -> Primitive:
    """Declare a function of a matrix that is analytic at its eigenvalues."""
    return Primitive(
        name, stacked(lambda x: run(x) if x.size else x), names=("x",), doc=doc,
        vjps=(lambda g, x: _derivative(Primitive.known(name), swap(x), g),),
        jvps=(lambda t, x: _derivative(Primitive.known(name), x, t),),
        batch=lambda op, boxes, flags, params: op(*boxes),
    )  # fmt: skip


expm = function("expm", linalg.expm, "the exponential of a matrix")
logm = function(
    "logm",
    lambda x: linalg.logm(x.astype(np.result_type(x, np.float64))),
    "the principal logarithm of a matrix",
)
cosm = function("cosm", linalg.cosm, "the cosine of a matrix")
sinm = function("sinm", linalg.sinm, "the sine of a matrix")

sqrtm = Primitive(
    "sqrtm", stacked(lambda x: linalg.sqrtm(x) if x.size else x), names=("x",),
    vjps=(lambda g, y: solve_sylvester(swap(y), swap(y), g),),
    jvps=(lambda t, y: solve_sylvester(y, y, t),),
    batch=lambda op, boxes, flags, params: op(*boxes), doc="the principal square root of a matrix",
)  # fmt: skip

# equations


def _sylvester(a: np.ndarray, b: np.ndarray, q: np.ndarray) -> np.ndarray:
    return linalg.solve_sylvester(a, b, q) if q.size else q


solve_sylvester = Primitive(
    "solve_sylvester", stacked(_sylvester), names=("a", "b", "q"), arrays=3, linear=(2,),
    vjps=(
        lambda g, y, a, b: -matmul(solve_sylvester(swap(a), swap(b), g), swap(y)),
        lambda g, y, a, b: -matmul(swap(y), solve_sylvester(swap(a), swap(b), g)),
        lambda g, a, b: solve_sylvester(swap(a), swap(b), g),
    ),
    jvps=(
        lambda t, y, a, b: -solve_sylvester(a, b, matmul(t, y)),
        lambda t, y, a, b: -solve_sylvester(a, b, matmul(y, t)),
    ),
    batch=_together, doc="the x with a x + x b = q",
)  # fmt: skip


# banded matrices: row `upper + i - j`, column `j` of `bands` is the element (i, j)


def _ranges(n: int, k: int) -> tuple[slice, slice]:
    """The rows and columns of the k-th diagonal above the main one."""
    return slice(max(-k, 0), n - max(k, 0)), slice(max(k, 0), n - max(-k, 0))


def _banded_transpose(bands: np.ndarray, below: int, above: int) -> np.ndarray:
    y = np.zeros(bands.shape, bands.dtype)
    for k in range(-below, above + 1):
        i, j = _ranges(bands.shape[-1], k)
        y[..., below + k, i] = bands[..., above - k, j]
    return y


def _banded_matmul(bands: np.ndarray, x: np.ndarray, below: int, above: int) -> np.ndarray:
    y = np.zeros(x.shape, np.result_type(bands, x))
    for k in range(-below, above + 1):
        i, j = _ranges(bands.shape[-1], k)
        y[..., i, :] += bands[..., above - k, j, None] * x[..., j, :]
    return y


def _banded_outer(a: np.ndarray, b: np.ndarray, below: int, above: int) -> np.ndarray:
    n = a.shape[-2]
    y = np.zeros((*a.shape[:-2], below + above + 1, n), np.result_type(a, b))
    for k in range(-below, above + 1):
        i, j = _ranges(n, k)
        y[..., above - k, j] = np.sum(a[..., i, :] * b[..., j, :], -1)
    return y


def _solve_banded(bands: np.ndarray, b: np.ndarray, below: int, above: int) -> np.ndarray:
    return linalg.solve_banded((below, above), bands, b) if b.size else b


banded_transpose = Primitive(
    "banded_transpose", _banded_transpose, linear=(0,),
    vjps=(lambda g, below, above: banded_transpose(g, above, below),),
    batch=lambda op, boxes, flags, params: op(*boxes, *params),
    doc="the bands of the transposed matrix",
)  # fmt: skip

banded_matmul = Primitive(
    "banded_matmul", _banded_matmul, arrays=2, linear=(0, 1),
    vjps=(
        lambda g, x, below, above: banded_outer(g, x, below, above),
        lambda g, bands, below, above: banded_matmul(
            banded_transpose(bands, below, above), g, above, below
        ),
    ),
    batch=_together, doc="the product of a banded matrix and x",
)  # fmt: skip

banded_outer = Primitive(
    "banded_outer", _banded_outer, arrays=2, linear=(0, 1),
    vjps=(
        lambda g, b, below, above: banded_matmul(g, b, below, above),
        lambda g, a, below, above: banded_matmul(
            banded_transpose(g, below, above), a, above, below
        ),
    ),
    batch=_together, doc="the bands of the product of a and b transposed",
)  # fmt: skip

solve_banded = Primitive(
    "solve_banded", stacked(_solve_banded), names=("bands", "b", "below", "above"), arrays=2,
    linear=(1,),
    vjps=(
        lambda g, y, bands, below, above: -banded_outer(
            _solve_transposed(bands, g, below, above), y, below, above
        ),
        lambda g, bands, below, above: _solve_transposed(bands, g, below, above),
    ),
    jvps=(
        lambda t, y, bands, below, above: -solve_banded(
            bands, banded_matmul(t, y, below, above), below, above
        ),
    ),
    batch=_together, doc="the x with a x = b, for a banded matrix a",
)  # fmt: skip


def _solve_transposed(bands: Any, g: Any, below: int, above: int) -> Any:
    return solve_banded(banded_transpose(bands, below, above), g, above, below)
