"""`Tensor`: the face that speaks PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.memory import address, laid, shared, steps
from minitorch.engine.memory import storage as storage_of
from minitorch.engine.node import Node, titled, written
from minitorch.engine.primitive import Primitive
from minitorch.engine.views import write
from minitorch.faces import (
    arithmetic,
    complexes,
    dtypes,
    indexing,
    layouts,
    logic,
    products,
    protocols,
    shaping,
)
from minitorch.faces.conversions import Conversions
from minitorch.faces.descriptors import CPU, Size, device, on_cpu, strided
from minitorch.faces.gradients import Gradients
from minitorch.faces.gradients import seed_of as seed_of
from minitorch.faces.gradients import target_of as target_of
from minitorch.faces.methods import Methods
from minitorch.faces.operands import (
    box_of,
    check_memory,
    fitting,
    is_number,
    number,
    refused,
    sizes_of,
    to_dtype,
)
from minitorch.faces.pickling import reduce_tensor
from minitorch.faces.storage import copied
from minitorch.ops import elementwise as ew
from minitorch.ops import shape as shape_ops

Operator = Callable[[Any, Any], "Tensor"]
_functions = {**arithmetic.functions, **logic.functions}
_methods = {**arithmetic.methods, **logic.methods}


def _operator(op: Primitive, name: str, swap: bool = False, title: str = "") -> Operator:
    """An arithmetic operator: straight to the primitive where both are tensors of one dtype."""
    binary = op.binary
    general = _functions[name]

    def method(self: Any, other: Any) -> Any:
        if isinstance(other, Tensor):
            if other._value.dtype is self._value.dtype and self._value.dtype.kind == "f":
                try:
                    return binary(self, other)
                except (ValueError, TypeError):
                    raise refused(name, self, other) from None
        elif (type(other) is float or type(other) is int) and self._value.dtype.kind == "f":
            n = number(other, self._value.dtype, Tensor)
            try:
                if not swap:
                    return binary(self, n)
                y = binary(n, self)
            except TypeError:
                raise refused(name, self) from None
            return titled(y, title) if title else y
        elif not is_number(other) and not isinstance(other, (np.ndarray, Box)):
            return NotImplemented
        if swap:
            y = general(other, self)
            return titled(y, title) if title else y
        return general(self, other)

    return method


def _inplace_operator(name: str) -> Operator:
    function = _methods[name]

    def method(self: Any, other: Any) -> Any:
        if not is_number(other) and not isinstance(other, (np.ndarray, Box)):
            return NotImplemented
        return function(self, other)

    return method


class Tensor(Gradients, Conversions, Methods):
    """An n-dimensional array that remembers how it was computed.

    Made by `torch.tensor`, `torch.zeros` and the like, or by operations. `Tensor(2, 3)` is an
    uninitialised tensor of that shape and `Tensor([1, 2])` one of that data, both in the default
    dtype.

    Example:
        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4.])
    """

    __slots__ = ()
    rank = 1
    _printed_as = "tensor"  # subclasses, but for our own, print under their names
    _conjugates = True
    __array_priority__ = 1000
    __array_ufunc__ = protocols.array_ufunc
    __array_function__ = protocols.array_function
    face: ClassVar[type[Tensor]]  # type: ignore[assignment]

    def __new__(cls, *data: Any, device: Any = None) -> Any:
        on_cpu(device)
        dtype = dtypes.get_default_dtype().numpy
        if len(data) == 1 and isinstance(data[0], Box):
            return fresh(cls, data[0]._value)
        if len(data) == 1 and not isinstance(data[0], (int, Size)):
            return fresh(cls, _elements(data[0], dtype))
        sizes = sizes_of(data)
        if min(sizes, default=0) < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension: {list(sizes)}")
        check_memory(sizes, dtype, "Tensor")
        return fresh(cls, np.empty(sizes if data else (0,), dtype))

    @classmethod
    def _from(cls, array: Any) -> Any:
        """An untracked tensor over an array, whose memory it shares."""
        return fresh(cls.face, np.asarray(array))

    # what it is

    @property
    def shape(self) -> Size:
        """The sizes of the dimensions."""
        return Size(self._value.shape)

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of the elements."""
        return dtypes.of(self._value.dtype)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._value.ndim

    @property
    def device(self) -> device:
        """Where it lives: `device("cpu")`."""
        return CPU

    is_cpu = True
    is_cuda = is_sparse = is_sparse_csr = is_quantized = is_mps = is_meta = is_nested = False
    layout = strided

    @property
    def itemsize(self) -> int:
        """The bytes of one element."""
        return self._value.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """The bytes of all elements."""
        return self._value.nbytes

    def size(self, dim: int | None = None) -> Any:
        """The sizes, or one of them."""
        if dim is None:
            return Size(self._value.shape)
        return self._value.shape[shaping.axis_of(dim, self._value.ndim)]

    def dim(self) -> int:
        """The number of dimensions."""
        return self._value.ndim

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return self._value.size

    nelement = numel

    def element_size(self) -> int:
        """The bytes of one element."""
        return self._value.dtype.itemsize

    def stride(self, dim: int | None = None) -> Any:
        """The steps, in elements, from one index to the next along each dimension."""
        found = steps(self._value)
        return found if dim is None else found[shaping.axis_of(dim, len(found))]

    def storage_offset(self) -> int:
        """Where in its storage the tensor begins, in elements."""
        value = self._value
        if value.base is None:
            return 0
        return (address(value) - address(storage_of(value))) // value.itemsize

    @property
    def _version(self) -> int:
        """How many times its memory was written to."""
        if self.is_inference():
            raise RuntimeError("Inference tensors do not track version counter.")
        return self._counter[0]

    def data_ptr(self) -> int:
        """The address of the first element."""
        return address(self._value) if self._value.size else 0

    const_data_ptr = data_ptr

    is_contiguous, dim_order = layouts.is_contiguous, layouts.dim_order

    def get_device(self) -> int:
        """The number of the device it lies on; -1 for the CPU."""
        return -1

    def is_pinned(self, device: Any = None) -> bool:
        """Whether its memory is pinned for a device: never."""
        return False

    def pin_memory(self, device: Any = None) -> Any:
        """Refused, as there is no device to pin memory for."""
        raise RuntimeError("Cannot access accelerator device when none is available.")

    def is_distributed(self) -> bool:
        """Whether it is spread over machines: never."""
        return False

    def is_shared(self) -> bool:
        """Whether `share_memory_` was called on it; other processes do not see its memory."""
        return self.__dict__.get("_is_shared", False)

    def share_memory_(self) -> Any:
        """Mark it as shared, and give it: threads share all memory, processes none."""
        self.__dict__["_is_shared"] = True
        return self

    def is_floating_point(self) -> bool:
        """Whether the dtype is a floating-point one."""
        return self._value.dtype.kind in "fV"

    def is_complex(self) -> bool:
        """Whether the dtype is a complex one."""
        return self._value.dtype.kind == "c"

    __hash__ = object.__hash__  # `==` compares elements; a tensor as a key stands for itself

    def __reduce_ex__(self, protocol: Any) -> Any:
        return reduce_tensor(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment; use .detach().clone()"
            )
        if id(self) in memo:
            return memo[id(self)]
        from copy import deepcopy  # here, since few programs need it

        value = self._value
        memory, whole = copied(value, memo), storage_of(value)  # what shared memory still does
        at = address(value) - address(whole)
        array = laid(memory, value.dtype, at, value.shape, value.strides)
        copy = memo[id(self)] = fresh(type(self), array)
        if self.grad is not None:
            copy.grad = self.grad.__deepcopy__(memo)
        copy.requires_grad = self.requires_grad
        copy.__dict__.update(deepcopy(self.__dict__, memo))
        return copy

    # in place

    def copy_(self, other: Any, non_blocking: bool = False) -> Any:
        """In place: the elements of `other`, which broadcasts and is converted."""
        if is_number(other):
            return self.fill_(other)
        other = box_of(other, "copy_(): argument 'other' (position 1)", self)
        try:
            return write(ew.overwrite, self, to_dtype(other, self._value.dtype))
        except ValueError:
            raise arithmetic.shape_error("copy_", self, other) from None

    def fill_(self, value: Any) -> Any:
        """In place: one number everywhere."""
        if not isinstance(value, Box):
            write(ew.fill, self, fitting(value, self._value.dtype, Tensor), fills=True)
            return written(self, ew.fill, "FillBackward2")
        if value._value.ndim:
            raise RuntimeError(
                "fill_ only supports 0-dimension value tensor but got tensor with "
                f"{value._value.ndim} dimensions: use copy_ for a tensor of values"
            )
        arrays = type(value._value) is type(self._value) is np.ndarray
        if not arrays or shared(value._value, self._value):
            value = value.clone()  # type: ignore[attr-defined]
        return written(self.copy_(value), ew.overwrite, "FillBackward3")

    def zero_(self) -> Any:
        """In place: zeros."""
        return written(self.fill_(0), ew.fill, "ZeroBackward0")

    def __getitem__(self, index: Any) -> Tensor:
        return indexing.get(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        indexing.put(self, index, value)

    # views by attribute

    @property
    def T(self) -> Any:
        """A view with the dimensions in reverse order."""
        return shape_ops.transpose.unary(self, tuple(reversed(range(self._value.ndim))))

    @property
    def mT(self) -> Any:
        """A view with the last two dimensions exchanged."""
        if not self._value.ndim:
            return self
        return titled(shape_ops.swap.unary(shaping.matrix(self, "mT")), "TransposeBackward0")

    @property
    def H(self) -> Any:
        """The conjugate transpose of a matrix."""
        if self._value.ndim not in (0, 2):
            raise RuntimeError(
                "tensor.H is only supported on matrices (2-D tensors). Got "
                f"{self._value.ndim}-D tensor. For batches of matrices, consider using tensor.mH"
            )
        return complexes.adjoint(self)

    @property
    def mH(self) -> Any:
        """The conjugate transpose of matrices: of the last two dimensions."""
        return complexes.adjoint(shaping.matrix(self, "mH") if self._value.ndim else self)

    @property
    def real(self) -> Any:
        """The real part, a view; of a real tensor, itself. It can be assigned to."""
        return complexes.real(self)

    @real.setter
    def real(self, value: Any) -> None:
        complexes.real(self).copy_(value)

    @property
    def imag(self) -> Any:
        """The imaginary part of a complex tensor, a view. It can be assigned to."""
        return complexes.imag(self)

    @imag.setter
    def imag(self, value: Any) -> None:
        complexes.imag(self).copy_(value)

    __add__ = _operator(ew.add, "add")
    __radd__ = _operator(ew.add, "add", swap=True)
    __sub__ = _operator(ew.subtract, "sub")
    __rsub__ = _operator(ew.subtract, "sub", swap=True, title="RsubBackward1")
    __mul__ = _operator(ew.multiply, "mul")
    __rmul__ = _operator(ew.multiply, "mul", swap=True)
    __truediv__ = _operator(ew.divide, "div")
    __rtruediv__ = _operator(ew.divide, "div", swap=True, title="MulBackward0")
    __mod__ = _operator(ew.remainder, "remainder")
    __rmod__ = _operator(ew.remainder, "remainder", swap=True)
    __floordiv__ = _operator(ew.floor_divide, "floor_divide")
    __rfloordiv__ = _operator(ew.floor_divide, "floor_divide", swap=True)
    __lt__ = _operator(ew.less, "lt")
    __le__ = _operator(ew.less_equal, "le")
    __gt__ = _operator(ew.greater, "gt")
    __ge__ = _operator(ew.greater_equal, "ge")
    __eq__ = _operator(ew.equal, "eq")  # type: ignore[assignment]
    __ne__ = _operator(ew.not_equal, "ne")  # type: ignore[assignment]
    __iadd__ = _inplace_operator("add_")
    __isub__ = _inplace_operator("sub_")
    __imul__ = _inplace_operator("mul_")
    __itruediv__ = _inplace_operator("div_")
    __ifloordiv__ = _inplace_operator("floor_divide_")
    __imod__ = _inplace_operator("remainder_")
    __ipow__ = _inplace_operator("pow_")
    __iand__ = _inplace_operator("bitwise_and_")
    __ior__ = _inplace_operator("bitwise_or_")
    __ixor__ = _inplace_operator("bitwise_xor_")
    __ilshift__ = _inplace_operator("bitwise_left_shift_")
    __irshift__ = _inplace_operator("bitwise_right_shift_")

    __div__, __rdiv__, __idiv__ = __truediv__, __rtruediv__, __itruediv__  # Python 2's names
    __nonzero__, __long__ = Conversions.__bool__, Conversions.__int__

    def __pow__(self, exponent: Any) -> Tensor:
        return arithmetic.pow(self, exponent)

    def __rpow__(self, base: Any) -> Tensor:
        y = arithmetic.pow(base, self)
        return y if isinstance(base, Box) else titled(y, "PowBackward2")

    def __neg__(self) -> Tensor:
        return arithmetic.functions["neg"](self)

    def __pos__(self) -> Any:
        return arithmetic.positive(self)

    def __abs__(self) -> Tensor:
        return arithmetic.abs(self)

    def __invert__(self) -> Tensor:
        if self._value.dtype.kind not in "iub":
            raise TypeError(
                "~ (operator.invert) is only implemented on integer and Boolean-type tensors, not "
                f"on {self.dtype!r}"
            )
        return ew.bitwise_not.unary(self)

    def __and__(self, other: Any) -> Tensor:
        return logic.functions["bitwise_and"](self, other)

    def __or__(self, other: Any) -> Tensor:
        return logic.functions["bitwise_or"](self, other)

    def __xor__(self, other: Any) -> Tensor:
        return logic.functions["bitwise_xor"](self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__
    __lshift__ = _operator(ew.left_shift, "bitwise_left_shift")
    __rlshift__ = _operator(ew.left_shift, "bitwise_left_shift", swap=True)
    __rshift__ = _operator(ew.right_shift, "bitwise_right_shift")
    __rrshift__ = _operator(ew.right_shift, "bitwise_right_shift", swap=True)

    def __matmul__(self, other: Any) -> Tensor:
        if not isinstance(other, Tensor):
            other = box_of(other, "matmul(): argument 'other'", self)
        return products.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return products.matmul(box_of(other, "matmul(): argument 'input'", self), self)


Tensor.face = Node.face = Tensor


def _elements(data: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """The array of the data that `Tensor` was called with."""
    if isinstance(data, (str, bytes)) or not hasattr(data, "__len__"):
        raise TypeError(
            f"new(): data must be a sequence (got {type(data).__name__}); use torch.tensor(...)"
        )
    try:
        return np.array(data, dtype)
    except ValueError as error:
        ragged = "inhomogeneous" in str(error)
        raise (ValueError if ragged else TypeError)(f"new(): invalid data: {error}") from None
