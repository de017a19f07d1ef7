"""How elementwise functions of the Tensor face are made from primitives.

Most differ from their primitive only in how they treat dtypes: whether integers are computed in
floating point, whether complex numbers are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.conform import identity
from minitorch.engine.node import adopted, node_of
from minitorch.engine.primitive import Primitive
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.arguments import checked
from minitorch.faces.operands import (
    box_of,
    floating,
    promoted,
    refused,
    tensors_only,
    to_dtype,
    wrapped,
)
from minitorch.ops import elementwise as ew

Function = Callable[..., Any]


def named(function: Function, name: str, doc: str) -> Function:
    """`function` under a public name, with a docstring."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def unary(op: Primitive, name: str, floats: bool = False, reals: bool = False) -> Function:
    """The function of one tensor.

    `floats` says that integers are computed in floating point, `reals` that there is none of
    complex numbers.
    """

    plain = not (floats or reals)

    def function(input: Any) -> Any:
        if not isinstance(input, Box):
            input = box_of(input, f"{name}(): argument 'input' (position 1)")
        try:
            if plain or input._value.dtype.kind == "f":
                return op.unary(input)
            if reals and input._value.dtype.kind == "c":
                raise no_complex(name, input)
            return op.unary(floating(input) if floats else input)
        except TypeError:
            raise refused(name, input) from None

    kept = "Integers give the default floating-point dtype." if floats else "The dtype is kept."
    return named(function, name, f"Elementwise: {op.doc}.\n\n    {kept}\n    ")


def binary(
    op: Primitive, name: str, floats: bool = False, divides: bool = False, reals: bool = False,
    tensors: int = 0,
) -> Function:  # fmt: skip
    """The function of two tensors, or a tensor and a number, which broadcast and promote.

    `tensors` says how many of the operands, from the first on, can't be numbers.
    """

    numbers = tensors < 2

    def function(input: Any, other: Any) -> Any:
        if (
            isinstance(input, Box)
            and isinstance(other, Box)
            and input._value.dtype is other._value.dtype
            and input._value.dtype.kind == "f"
        ):
            a, b = input, other
        elif numbers and type(other) in (float, int) and isinstance(input, Box):
            if input._value.dtype.kind == "f":
                a, b = input, wrapped(other, input._value.dtype, input.face)
            else:
                a, b = operands(input, other)
        else:
            a, b = operands(input, other)
        try:
            return op.binary(a, b)
        except (ValueError, TypeError):
            raise refused(name, a, b) from None

    def operands(input: Any, other: Any) -> list[Box]:
        if tensors:
            tensors_only(name, *(input, other)[:tensors])
        a, b = promoted(input, other, name=name, floats=floats)
        if divides:
            no_zeros(b, name)
        if reals and a._value.dtype.kind == "c":
            raise no_complex(name, a)
        return [a, b]

    text = f"Elementwise: {op.doc}.\n\n    Shapes broadcast, dtypes promote as in PyTorch.\n    "
    return named(function, name, text)


def inplace(
    op: Primitive, name: str, floats: bool = False, divides: bool = False, reals: bool = False,
    tensors: int = 0,
) -> Function:  # fmt: skip
    """The in-place form of an elementwise function; the tensor keeps its shape and dtype."""

    def check(self: Box) -> None:
        kind = self._value.dtype.kind
        if floats and kind in "iub":
            raise RuntimeError(
                f"result type Float can't be cast to the desired output type {self.dtype}: "  # type: ignore[attr-defined]
                f"{name} in place keeps its tensor's dtype; use the out-of-place form"
            )
        if reals and kind == "c":
            raise no_complex(name, self)

    def unary(self: Box) -> Any:
        check(self)
        try:
            return write(op, self)
        except (ValueError, TypeError):
            raise refused(name, self) from None

    def binary(self: Box, other: Any) -> Any:
        if tensors == 2:
            tensors_only(name, self, other)
        right = operand(self, other, name)
        if divides:
            no_zeros(right, name)
        check(self)
        try:
            if self._value.dtype.kind in "iu" and _is_other_integer(self, other):
                value = op.binary(*promoted(self, other, name=name))
                return write(ew.overwrite, self, to_dtype(value, self._value.dtype))
            return write(op, self, right)
        except (ValueError, TypeError):
            raise refused(name, self, right) from None

    return named(unary if op.arrays == 1 else binary, name, f"In place: {op.doc}.")


def _is_other_integer(x: Box, y: Any) -> bool:
    """Whether `y` holds integers of another dtype, which `x` may not hold before the operation."""
    return isinstance(y, Box) and y._value.dtype.kind in "iu" and y._value.dtype != x._value.dtype


def in_place_of(function: Function, name: str) -> Function:
    """The in-place form of a function whose first argument is the tensor: its result, written."""

    function = checked(function)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = self if node_of(self) is None else identity.unary(self)  # what rules may read
        return overwritten(self, function(before, *args, **kwargs))

    text = (function.__doc__ or "").strip().split("\n")[0].removeprefix("Elementwise: ")
    return named(method, name, f"In place: {text}")


def operand(self: Box, other: Any, name: str) -> Box:
    """The other operand of an in-place operation, in the dtype of `self` where that can hold it."""
    target = self._value.dtype
    if isinstance(other, Box) and other._value.dtype is target:
        return other
    a, b = promoted(self, other, name=name)
    here, there = dtypes.of(a._value.dtype), dtypes.of(target)
    return to_dtype(b, target) if dtypes.can_cast(here, there) else b


def overwritten(self: Any, value: Box) -> Any:
    """In place: `value`, whose dtype must not be of a higher category."""
    value = operand(self, value, "copy_")
    return adopted(write(ew.overwrite, self, value), ew.overwrite, value)


def no_zeros(divisor: Box, name: str) -> None:
    """Refuse to divide integers by 0."""
    value = divisor._value
    if value.dtype.kind in "iub" and type(value) is np.ndarray and not value.all():
        raise RuntimeError(f"ZeroDivisionError: {name} of integers by 0")


def no_complex(name: str, x: Box) -> RuntimeError:
    """The error of a function that complex numbers have not."""
    kind = dtypes.of(x._value.dtype).scalar_type
    return NotImplementedError(
        f'"{name}" not implemented for {kind!r}: it does not support complex numbers; take .real, '
        ".imag or .abs() first"
    )


def same_dtype(name: str, input: Any, *others: Any) -> None:
    """Refuse tensors of different dtypes, where PyTorch does not promote them."""
    for other in others:
        if isinstance(other, Box) and other._value.dtype != input._value.dtype:
            one, two = (dtypes.of(x._value.dtype).scalar_type for x in (input, other))
            raise RuntimeError(
                f"{one} did not match {two}: {name} takes tensors of one dtype; convert one with "
                ".to(dtype)"
            )
