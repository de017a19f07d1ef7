"""Named tuples of results, as `torch.return_types` has them."""

from __future__ import annotations

from collections import namedtuple
from typing import Any


def return_type(name: str, fields: str = "values indices") -> type:
    """A named tuple that prints as PyTorch's of that name does."""
    base = namedtuple(name, fields)  # type: ignore[misc]

    def show(self: Any) -> str:
        parts = ",\n".join(f"{f}={v!r}" for f, v in zip(self._fields, self, strict=True))
        return f"torch.return_types.{name}(\n{parts})"

    base.__repr__ = show  # type: ignore[method-assign]
    base.__module__ = "minitorch.return_types"
    return base


max, min, sort = return_type("max"), return_type("min"), return_type("sort")
aminmax = return_type("aminmax", "min max")
topk, kthvalue, mode = return_type("topk"), return_type("kthvalue"), return_type("mode")
median, nanmedian = return_type("median"), return_type("nanmedian")
cummax, cummin = return_type("cummax"), return_type("cummin")
histogram = return_type("histogram", "hist bin_edges")
histogramdd = return_type("histogramdd", "hist bin_edges")
frexp = return_type("frexp", "mantissa exponent")

linalg_cholesky_ex = return_type("linalg_cholesky_ex", "L info")
linalg_eig = return_type("linalg_eig", "eigenvalues eigenvectors")
linalg_eigh = return_type("linalg_eigh", "eigenvalues eigenvectors")
linalg_inv_ex = return_type("linalg_inv_ex", "inverse info")
linalg_lstsq = return_type("linalg_lstsq", "solution residuals rank singular_values")
linalg_lu = return_type("linalg_lu", "P L U")
linalg_lu_factor = return_type("linalg_lu_factor", "LU pivots")
linalg_lu_factor_ex = return_type("linalg_lu_factor_ex", "LU pivots info")
linalg_qr = return_type("linalg_qr", "Q R")
linalg_slogdet = return_type("linalg_slogdet", "sign logabsdet")
linalg_solve_ex = return_type("linalg_solve_ex", "result info")
linalg_svd = return_type("linalg_svd", "U S Vh")
geqrf, lu_unpack = return_type("geqrf", "a tau"), return_type("lu_unpack", "P L U")
qr, svd = return_type("qr", "Q R"), return_type("svd", "U S V")
slogdet = return_type("slogdet", "sign logabsdet")
triangular_solve = return_type("triangular_solve", "solution cloned_coefficient")
