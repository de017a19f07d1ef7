"""What the functions of the standard do to their arguments: one dtype by its table, and axes."""

from __future__ import annotations

from typing import Any

import minitorch

# Its functions are looked up when they are called: the namespace says how, not what they are.
torch: Any = minitorch


def is_tensor(x: Any) -> bool:
    """Whether `x` is an array in the standard's sense."""
    return isinstance(x, minitorch.Tensor)


def together(*xs: Any) -> list[Any]:
    """Tensors in the dtype that the standard's table gives; Python numbers in that of the tensors.

    In PyTorch a tensor without dimensions counts less than one with; in the standard it does not.
    """
    tensors = [x for x in xs if is_tensor(x)]
    if not tensors:
        names = ", ".join(type(x).__name__ for x in xs)
        raise TypeError(f"at least one argument must be a tensor, not {names}")
    dtype = tensors[0].dtype
    for x in tensors[1:]:
        dtype = torch.promote_types(dtype, x.dtype)
    for x in xs:
        if not is_tensor(x):
            dtype = with_number(dtype, x)
    return [x.to(dtype) if is_tensor(x) else torch.tensor(x, dtype=dtype) for x in xs]


def with_number(dtype: Any, number: Any) -> Any:
    """The dtype of a tensor of `dtype` beside a Python number."""
    if isinstance(number, bool) or dtype.is_complex:
        return dtype
    if isinstance(number, int) and dtype is not torch.bool:
        return dtype
    if isinstance(number, float) and dtype.is_floating_point:
        return dtype
    if isinstance(number, complex) and dtype.is_floating_point:
        return dtype.to_complex()
    raise TypeError(
        f"a {type(number).__name__} beside a tensor of {dtype!r}: the array API standard does not "
        "say what they are together; convert one of them first"
    )


def axes_of(x: Any, axis: Any) -> tuple[int, ...]:
    """An axis, a tuple of them or None for all, as a tuple of axes counted from the first."""
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    for a in axes:
        if not -x.ndim <= a < max(x.ndim, 1):
            raise IndexError(f"axis {a} is out of range for a tensor of {x.ndim} dimensions")
    return tuple(a % x.ndim if x.ndim else 0 for a in axes)


def flattened(x: Any, axis: Any, keepdims: bool = False) -> tuple[Any, int, tuple[int, ...]]:
    """`x` with the axes reduced over as its last one, that axis, and the shape of the result."""
    axes = axes_of(x, axis)
    kept = [a for a in range(x.ndim) if a not in axes]
    shape = tuple(1 if a in axes else x.shape[a] for a in range(x.ndim) if keepdims or a in kept)
    leading = [x.shape[a] for a in kept]
    count = 1
    for a in axes:
        count *= x.shape[a] if x.ndim else 1
    if x.ndim:
        x = x.permute(*kept, *(a for a in range(x.ndim) if a in axes))
    return x.reshape((*leading, count)), -1, shape
