"""torch.linalg: linear algebra.

Matrices lie in the last two dimensions, stacks of them in those before; float32, float64 and their
complex forms are taken.

Example:
    >>> A = torch.tensor([[2., 1.], [1., 3.]])
    >>> torch.linalg.solve(A, torch.tensor([3., 4.]))
    tensor([1., 1.])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minitorch.faces import linalg, matrix_functions, matrix_norms, products, spectra
from minitorch.faces.arguments import checked
from minitorch.faces.examples import one_by_one
from minitorch.faces.matrices import LinAlgError
from minitorch.faces.naming import findable
from minitorch.faces.outs import with_out
from minitorch.faces.shaping import diagonal as _diagonal

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh",
    "eigvals", "eigvalsh", "householder_product", "inv", "inv_ex", "lstsq", "lu", "lu_factor",
    "lu_factor_ex", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power",
    "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "solve_ex",
    "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot",
    "vector_norm",
]  # fmt: skip


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of matrices, as a view."""
    return _diagonal(A, offset, dim1, dim2)


_found: dict[str, Callable[..., Any]] = {
    **linalg.functions, **spectra.functions, **matrix_functions.functions,
    **matrix_norms.functions, "cross": products.linalg_cross, "matmul": products.matmul,
    "vecdot": products.vecdot,
}  # fmt: skip
for _name in ("cholesky_ex", "cond", "inv_ex", "lstsq", "lu_factor", "lu_factor_ex", "matrix_rank",
              "solve_ex"):  # fmt: skip
    if _name in _found:
        _found[_name] = one_by_one(_found[_name])
_found = {name: checked(f) for name, f in _found.items()}
diagonal = checked(diagonal)
_plain = ("matrix_exp", "vander", "lstsq")  # PyTorch's have no `out`
_found = {name: f if name in _plain else with_out(f) for name, f in _found.items()}
globals().update(
    findable({name: f for name, f in _found.items() if name in __all__}, "minitorch.linalg")
)

if TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Any]: ...
