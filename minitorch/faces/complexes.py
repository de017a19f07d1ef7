"""torch.*: complex numbers made, taken apart and conjugated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.node import titled
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.operands import box_of, floating, input_box, shape_error
from minitorch.ops import complex as ops
from minitorch.ops import elementwise as ew
from minitorch.ops import shape as shape_ops

Function = Callable[..., Any]


def complex(real: Any, imag: Any) -> Any:
    """The complex numbers of these real and imaginary parts: float32 or float64 tensors.

    Example:
        >>> torch.complex(torch.tensor([1., 2.]), torch.tensor([3., -4.]))
        tensor([1.+3.j, 2.-4.j])
    """
    re, im = _parts(real, imag, "complex", "real", "imag")
    try:
        return ops.joined.binary(re, im)
    except ValueError:
        raise shape_error("complex", re, im) from None


def polar(abs: Any, angle: Any) -> Any:
    """The complex numbers of these moduli and angles, in radians."""
    size, turn = _parts(abs, angle, "polar", "abs", "angle")
    try:
        re, im = (ew.multiply.binary(size, part.unary(turn)) for part in (ew.cos, ew.sin))
    except ValueError:
        raise shape_error("polar", size, turn) from None
    return titled(complex(re, im), "PolarBackward0")


def _parts(a: Any, b: Any, name: str, *names: str) -> tuple[Box, Box]:
    x, y = (
        box_of(part, f"{name}(): argument {which!r}")
        for part, which in zip((a, b), names, strict=True)
    )
    for part in (x, y):
        if part._value.dtype.kind != "f":
            raise RuntimeError(
                "Expected both inputs to be Half, Float or Double tensors but got "
                f"{x.type()} and {y.type()}"  # type: ignore[attr-defined]
            )
    if x._value.dtype != y._value.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {dtypes.of(x._value.dtype).scalar_type} but got "
            f"scalar type {dtypes.of(y._value.dtype).scalar_type} for second argument"
        )
    return x, y


def view_as_real(input: Any) -> Any:
    """A view of complex numbers as pairs of real ones, on a new last dimension.

    Example:
        >>> torch.view_as_real(torch.tensor([1 + 2j]))
        tensor([[1., 2.]])
    """
    x = input_box(input, "view_as_real")
    if x._value.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return ops.as_real.unary(x)


def view_as_complex(input: Any) -> Any:
    """A view of pairs of real numbers, on the last dimension, as complex ones.

    Example:
        >>> torch.view_as_complex(torch.tensor([[1., 2.]]))
        tensor([1.+2.j])
    """
    x = input_box(input, "view_as_complex")
    value = x._value
    kind = dtypes.of(value.dtype)
    if kind not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, but got a "
            f"tensor of scalar type: {kind.scalar_type}"
        )
    if not value.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if value.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if isinstance(value, np.ndarray) and value.size:
        steps = [step // value.itemsize for step in value.strides]
        if x.storage_offset() % 2:  # type: ignore[attr-defined]
            raise RuntimeError("Tensor must have a storage_offset divisible by 2")
        if steps[-1] != 1:
            raise RuntimeError("Tensor must have a last dimension with stride 1")
        for dim, step in enumerate(steps[:-1]):
            if step % 2:
                raise RuntimeError(
                    f"Tensor must have a stride divisible by 2 for all but last dimension: {dim} "
                    f"has {step}"
                )
    return ops.as_complex.unary(x)


def real(input: Any) -> Any:
    """The real part, a view; of a real tensor, itself."""
    x = input_box(input, "real")
    return _part(x, 0) if x._value.dtype.kind == "c" else x


def imag(input: Any) -> Any:
    """The imaginary part of a complex tensor, a view."""
    x = input_box(input, "imag")
    if x._value.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _part(x, 1)


def _part(x: Box, which: int) -> Any:
    return shape_ops.getitem.unary(ops.as_real.unary(x), (..., which))


def conj(input: Any) -> Any:
    """The complex conjugate; of a real tensor, itself."""
    x = input_box(input, "conj")
    return ops.conj.unary(x) if x._value.dtype.kind == "c" else x


def conj_physical(input: Any) -> Any:
    """The complex conjugate; of a real tensor, itself."""
    return conj(input)


def conj_physical_(self: Any) -> Any:
    """In place: the complex conjugate."""
    return write(ops.conj, self) if self._value.dtype.kind == "c" else self


def angle(input: Any) -> Any:
    """The angle in the complex plane, in radians: of real numbers 0, or pi where negative.

    Example:
        >>> torch.angle(torch.tensor([1., -1.]))
        tensor([0.0000, 3.1416])
    """
    x = input_box(input, "angle")
    if x._value.dtype.kind == "c":
        return ew.angle.unary(x)
    return ew.real_angle.unary(floating(x))


def adjoint(input: Any) -> Any:
    """The conjugate transpose of matrices: of the last two dimensions."""
    x = input_box(input, "adjoint")
    if x._value.ndim == 1:
        raise RuntimeError("tensor.adjoint() is only supported on matrices or batches of matrices")
    return conj(titled(shape_ops.swap.unary(x), "TransposeBackward0") if x._value.ndim else x)


functions: dict[str, Function] = {
    f.__name__: f
    for f in (complex, polar, view_as_real, view_as_complex, real, imag, conj, conj_physical, angle,
              adjoint)
}  # fmt: skip
functions_only = ("complex", "polar", "view_as_real", "view_as_complex", "real", "imag")
methods: dict[str, Function] = {"conj_physical_": conj_physical_}
takes_out = ("complex", "polar", "conj_physical", "angle")
