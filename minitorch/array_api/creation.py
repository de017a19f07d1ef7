"""Creation functions of the array API standard."""

from __future__ import annotations

import math
from typing import Any

from .operands import is_tensor, together, torch

__all__ = [
    "arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like",
    "linspace", "meshgrid", "ones", "ones_like", "tril", "triu", "zeros", "zeros_like",
]  # fmt: skip


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
    """`obj`, a number, nested sequence, tensor or buffer, as a tensor."""
    if not is_tensor(obj) and not hasattr(obj, "__dlpack__") and copy is False:
        raise ValueError(f"asarray: a {type(obj).__name__} cannot be a tensor without a copy")
    return torch.asarray(obj, dtype=dtype, device=device, copy=copy)


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor on the memory of another library's array."""
    return torch.from_dlpack(x, device=device, copy=copy)


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None,
           device: Any = None) -> Any:  # fmt: skip
    """The numbers from `start` to, not including, `stop`; none where the step leads away."""
    start, stop = (0, start) if stop is None else (start, stop)
    if (stop - start) * step <= 0:
        whole = all(isinstance(x, int) for x in (start, stop, step))
        default = torch.int64 if whole else torch.get_default_dtype()
        return torch.empty((0,), dtype=dtype or default, device=device)
    return torch.arange(start, stop, step, dtype=dtype, device=device)


def linspace(start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None,
             endpoint: bool = True) -> Any:  # fmt: skip
    """`num` numbers at equal distances from `start` to `stop`, with or without the latter."""
    if endpoint or num == 0:
        return torch.linspace(start, stop, num, dtype=dtype, device=device)
    return torch.linspace(start, stop, num + 1, dtype=dtype, device=device)[:num]


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of arbitrary content."""
    return torch.empty(_shape(shape), dtype=dtype, device=device)


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of zeros."""
    return torch.zeros(_shape(shape), dtype=dtype, device=device)


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of ones."""
    return torch.ones(_shape(shape), dtype=dtype, device=device)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of one number."""
    return torch.full(_shape(shape), fill_value, dtype=dtype, device=device)


def _shape(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of arbitrary content, of the shape of `x`."""
    return torch.empty_like(x, dtype=dtype, device=device)


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of zeros, of the shape of `x`."""
    return torch.zeros_like(x, dtype=dtype, device=device)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of ones, of the shape of `x`."""
    return torch.ones_like(x, dtype=dtype, device=device)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of one number, of the shape of `x`."""
    return torch.full_like(x, fill_value, dtype=dtype, device=device)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None,
        device: Any = None) -> Any:  # fmt: skip
    """Ones on the diagonal `k`, zeros elsewhere."""
    columns = torch.arange(n_rows if n_cols is None else n_cols, device=device)
    rows = torch.arange(n_rows, device=device)
    return (rows.unsqueeze(1) + k == columns).to(dtype or torch.get_default_dtype())


def meshgrid(*arrays: Any, indexing: str = "xy") -> tuple[Any, ...]:
    """The coordinates of a grid."""
    return tuple(torch.meshgrid(*together(*arrays), indexing=indexing)) if arrays else ()


def tril(x: Any, /, *, k: int = 0) -> Any:
    """The lower triangle of matrices, on and below the diagonal `k`."""
    return torch.tril(x, diagonal=_diagonal(x, k))


def triu(x: Any, /, *, k: int = 0) -> Any:
    """The upper triangle of matrices, on and above the diagonal `k`."""
    return torch.triu(x, diagonal=_diagonal(x, k))


def _diagonal(x: Any, k: int) -> int:
    if x.ndim < 2:
        raise ValueError(f"a triangle needs at least two dimensions, not {x.ndim}")
    return max(-(2**31), min(2**31, k)) if math.isfinite(k) else k
