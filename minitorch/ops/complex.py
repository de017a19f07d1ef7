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
