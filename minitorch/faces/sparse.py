"""Sparse tensors, of which there are none: what asks for one is refused, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from minitorch.faces.arithmetic import named
from minitorch.faces.products import mm

Function = Callable[..., Any]

MAKERS = (
    "sparse_coo_tensor", "sparse_csr_tensor", "sparse_csc_tensor", "sparse_bsr_tensor",
    "sparse_bsc_tensor", "sparse_compressed_tensor",
)  # fmt: skip
CONVERSIONS = (
    "to_sparse", "to_sparse_coo", "to_sparse_csr", "to_sparse_csc", "to_sparse_bsr",
    "to_sparse_bsc",
)  # fmt: skip
_PARTS = {
    "coalesce": "coordinate", "is_coalesced": "coordinate", "indices": "coordinate", "values": "",
    "crow_indices": "row compressed", "row_indices": "column compressed",
    "col_indices": "row compressed", "ccol_indices": "column compressed",
}  # fmt: skip


def _no_sparse(name: str) -> Function:
    def function(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f"{name}: there are no sparse tensors here; use a dense one (for a sum over edges, "
            "index_add and gather do what a sparse product does)"
        )

    return named(function, name, "Refused: there are no sparse tensors.")


def _part(name: str, kind: str) -> Function:
    def method(self: Any) -> NoReturn:
        expected = " ".join(part for part in ("sparse", kind, "tensor layout") if part)
        raise RuntimeError(f"{name} expected {expected} but got Strided")

    return named(method, name, "Refused: every tensor is dense.")


def sparse_dim(self: Any) -> int:
    """0: every tensor is dense."""
    return 0


def to_dense(self: Any, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
    """The tensor itself, which is dense; in another dtype where one is given."""
    return self if dtype is None else self.to(dtype)


functions: dict[str, Function] = {
    **{name: _no_sparse(f"torch.{name}") for name in MAKERS},
    "spmm": mm,
    "dsmm": mm,
}
functions_only = (*functions,)
methods: dict[str, Function] = {
    **{name: _no_sparse(f"Tensor.{name}") for name in CONVERSIONS},
    **{name: _part(name, kind) for name, kind in _PARTS.items()},
    "sparse_dim": sparse_dim,
    "dense_dim": named(lambda self: self.dim(), "dense_dim", "The number of dimensions."),
    "to_dense": to_dense,
}
