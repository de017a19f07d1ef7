"""Complex numbers taken apart: the operations that are no analytic functions.

A gradient `g` of a complex value means that the result changes by the real part of `sum(g * dx)`:
for a real function of x + iy it is df/dx - i df/dy. So an analytic function has one slope for
complex numbers as for real ones, and the adjoint of a matrix is its plain transpose; only what
stands here has to tell its vjp and its jvp apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.conform import cast
from minitorch.engine.primitive import Primitive
from minitorch.engine.views import ViewPrimitive

conj = Primitive(
    "conj", np.conjugate, names=("x",), linear=(0,), batch=batch.elementwise,
    vjps=(lambda g: conj(g),), doc="the complex conjugate of x",
)  # fmt: skip
real = Primitive(
    "real", lambda x: x.real.copy(), names=("x",), linear=(0,), batch=batch.elementwise,
    vjps=(lambda g, x_dtype: cast(g, x_dtype),), doc="the real part of complex x",
)  # fmt: skip
imag = Primitive(
    "imag", lambda x: x.imag.copy(), names=("x",), linear=(0,), batch=batch.elementwise,
    vjps=(lambda g, x_dtype: cast(g, x_dtype) * -1j,), doc="the imaginary part of complex x",
)  # fmt: skip


def is_complex(x: Any) -> bool:
    """Whether an array or box is of complex numbers."""
    return (x._value if isinstance(x, Box) else x).dtype.kind == "c"


def conjugate(x: Any) -> Any:
    """The complex conjugate: of real numbers, themselves."""
    return conj(x) if is_complex(x) else x


def real_part(x: Any) -> Any:
    """The real part: of real numbers, themselves."""
    return real(x) if is_complex(x) else x


# complex numbers made of pairs, and shown as pairs: in the same memory


def _as_real(x: np.ndarray) -> np.ndarray:
    return x[..., None].view(x.real.dtype)


def _as_complex(x: np.ndarray) -> np.ndarray:
    if x.dtype == np.float16:
        x = x.astype(np.float32)  # there is no smaller complex type
    if x.strides[-1] != x.itemsize or any(s % (2 * x.itemsize) for s in x.strides[:-1]):
        x = np.ascontiguousarray(x)
    return x.view(np.result_type(x, np.complex64))[..., 0]


as_real = ViewPrimitive(
    "view_as_real", _as_real, linear=(0,), batch=batch.elementwise,
    vjps=(lambda g: conj(as_complex(g)),), doc="complex x as pairs of real numbers, on a last axis",
)  # fmt: skip
as_complex = ViewPrimitive(
    "view_as_complex", _as_complex, linear=(0,), batch=batch.elementwise,
    vjps=(lambda g: as_real(conj(g)),), doc="pairs of real numbers, on the last axis, as complex",
)  # fmt: skip


def _joined(re: np.ndarray, im: np.ndarray) -> np.ndarray:
    y = np.empty(np.broadcast_shapes(re.shape, im.shape), complex_kind(re.dtype))
    y.real, y.imag = re, im
    return y


def complex_kind(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of complex numbers whose parts are of a real one."""
    return np.result_type(dtype, np.complex64)


joined = Primitive(
    "joined", _joined, arrays=2, broadcasts=True, batch=batch.elementwise,
    vjps=(lambda g: real(g), lambda g: imag(g) * -1.0),
    jvps=(
        lambda t, re_dtype: cast(t, complex_kind(re_dtype)),
        lambda t, im_dtype: cast(t, complex_kind(im_dtype)) * 1j,
    ),
    grad_name="ComplexBackward0", doc="the complex number with real part re and imaginary part im",
)  # fmt: skip
