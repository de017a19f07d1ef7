"""Named tuples of results, as `torch.return_types` has them; each is made when first asked for."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

FIELDS = {
    **dict.fromkeys(
        "cummax cummin kthvalue max median min mode nanmedian sort topk".split(), "values indices"
    ),
    **dict.fromkeys(("histogram", "histogramdd"), "hist bin_edges"),
    **dict.fromkeys(("linalg_eig", "linalg_eigh"), "eigenvalues eigenvectors"),
    **dict.fromkeys(("linalg_qr", "qr"), "Q R"),
    **dict.fromkeys(("linalg_lu", "lu_unpack"), "P L U"),
    **dict.fromkeys(("linalg_slogdet", "slogdet"), "sign logabsdet"),
    "aminmax": "min max",
    "frexp": "mantissa exponent",
    "geqrf": "a tau",
    "linalg_cholesky_ex": "L info",
    "linalg_inv_ex": "inverse info",
    "linalg_lstsq": "solution residuals rank singular_values",
    "linalg_lu_factor": "LU pivots",
    "linalg_lu_factor_ex": "LU pivots info",
    "linalg_solve_ex": "result info",
    "linalg_svd": "U S Vh",
    "svd": "U S V",
    "triangular_solve": "solution cloned_coefficient",
}


def return_type(name: str, fields: str) -> type:
    """A named tuple that prints as PyTorch's of that name does."""
    base = namedtuple(name, fields)  # type: ignore[misc]

    def show(self: Any) -> str:
        parts = ",\n".join(f"{f}={v!r}" for f, v in zip(self._fields, self, strict=True))
        return f"torch.return_types.{name}(\n{parts})"

    base.__repr__ = show  # type: ignore[method-assign]
    base.__module__ = "minitorch.return_types"
    return base


def __getattr__(name: str) -> Any:
    if name not in FIELDS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, return_type(name, FIELDS[name]))
