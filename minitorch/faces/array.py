"""`Array`: the face that speaks NumPy, inside of differentiated functions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NoReturn

import numpy as np

from minitorch.engine.batch import batched
from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.engine.node import Traced, node_of
from minitorch.engine.primitive import Primitive
from minitorch.engine.views import write
from minitorch.faces import protocols, showing
from minitorch.faces.numpy import choosing, parts, products, reductions, shaping
from minitorch.faces.numpy.indexing import Flat, assign, read, slices
from minitorch.faces.numpy.operands import TracedError, in_face, is_tracked, joined
from minitorch.faces.operands import is_number, number, to_dtype
from minitorch.ops import complex as ops
from minitorch.ops import elementwise as ew

Function = Callable[..., Any]
OPERANDS = (np.ndarray, Box, list, tuple, range)  # beside numbers


def _operator(ufunc: np.ufunc, op: Primitive, swap: bool = False) -> Function:
    """An operator: straight to the primitive where both are floating-point arrays of one dtype."""
    binary, general = op.binary, protocols.ufuncs[ufunc]

    def method(self: Any, other: Any) -> Any:
        dtype = self._value.dtype
        if type(other) is Array:
            if other._value.dtype is dtype and dtype.kind == "f":
                return binary(self, other)
        elif (type(other) is float or type(other) is int) and dtype.kind == "f":
            other = number(other, dtype, Array)
            return binary(other, self) if swap else binary(self, other)
        elif not is_number(other) and not isinstance(other, OPERANDS):
            return NotImplemented
        return general(other, self) if swap else general(self, other)

    return method


def _inplace(op: Primitive, least: np.dtype[Any] | None = None) -> Function:
    """An in-place operator: the array keeps its shape, dtype and memory."""

    def method(self: Any, other: Any) -> Any:
        if not is_number(other) and not isinstance(other, OPERANDS):
            return NotImplemented
        same, other = joined(self, in_face(other, Array) if isinstance(other, Box) else other,
                             floats=least)  # fmt: skip
        dtype = self._value.dtype
        if not np.can_cast(same._value.dtype, dtype, "same_kind"):
            raise TypeError(
                f"{op.name} in place of an array of {dtype} would have to hold "
                f"{same._value.dtype}: use the out-of-place form, or .astype(...) first"
            )
        return write(op, self, to_dtype(other, dtype))

    return method


class Array(Box):
    """An n-dimensional array with NumPy's methods and operators, that is traced.

    `grad(f)` hands `f` its NumPy arguments as these. Every NumPy function works on them, by name
    (`np.exp(x)`) or as a method; dtypes promote by NumPy's rules.

    Example:
        >>> def f(x):
        ...     print(repr(x))
        ...     return (x * x).sum()
        >>> minitorch.grad(f)(np.array([1., 2.]))
        Array([1., 2.], traced)
        array([2., 4.])
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]
    face: ClassVar[type[Array]]  # type: ignore[assignment]
    _remembers = True

    def __new__(cls, data: Any, dtype: Any = None) -> Any:
        return fresh(cls, np.array(data, dtype))

    __array_ufunc__ = protocols.array_ufunc
    __array_function__ = protocols.array_function

    # what it is

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        return self._value.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self._value.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._value.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._value.size

    @property
    def itemsize(self) -> int:
        """The bytes of one element."""
        return self._value.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """The bytes of all elements."""
        return self.size * self.itemsize

    @property
    def T(self) -> Any:
        """A view with the axes in reverse order."""
        return shaping.transpose(self)

    @property
    def mT(self) -> Any:
        """A view with the last two axes exchanged."""
        return shaping.matrix_transpose(self)

    @property
    def real(self) -> Any:
        """The real part: the array itself, if it is real; else a copy."""
        return parts.real(self)

    @real.setter
    def real(self, value: Any) -> None:
        if self._value.dtype.kind == "c":
            value = np.add(value, np.multiply(1j, parts.imag(self)))
        self[...] = value

    @property
    def imag(self) -> Any:
        """The imaginary part, as a copy: zeros, if the array is real."""
        return parts.imag(self)

    @imag.setter
    def imag(self, value: Any) -> None:
        if self._value.dtype.kind != "c":
            raise TypeError("array does not have imaginary part to set")
        self[...] = np.add(parts.real(self), np.multiply(1j, value))

    @property
    def flat(self) -> Any:
        """All elements in one axis, to be read and written by number."""
        return Flat(self)

    @flat.setter
    def flat(self, values: Any) -> None:
        self.flat[...] = values

    @property
    def strides(self) -> tuple[int, ...]:
        """The steps along the axes in memory, in bytes."""
        return self._value.strides

    @property
    def flags(self) -> Any:
        """How the elements lie in memory."""
        return self._value.flags

    @property
    def base(self) -> Any:
        """The array that this one is a view of, if it is one."""
        return None if self._view is None else self._view.base

    @property
    def device(self) -> str:
        """Where the elements are."""
        return "cpu"

    @property
    def data(self) -> memoryview:
        """The memory of a constant."""
        return self._leaving("data").data

    @property
    def ctypes(self) -> Any:
        """The memory of a constant, for `ctypes`."""
        return self._leaving("ctypes").ctypes

    def detach(self) -> Any:
        """The values as a constant, a copy of what is traced: no write to it goes unseen."""
        node = self._node
        if type(node) is Traced and node.batch:
            return batched(self._value.box.detach(), node.batch)  # type: ignore[attr-defined]
        if is_tracked(self):
            return fresh(Array, self._value.copy())
        y = fresh(Array, self._value)
        y._counter = self._counter
        return y

    # methods that are functions

    sum, prod, mean = reductions.sum, reductions.prod, reductions.mean
    var, std = reductions.var, reductions.std
    max, min = reductions.max, reductions.min
    argmax, argmin = reductions.argmax, reductions.argmin
    all, any = reductions.all, reductions.any
    cumsum, cumprod = reductions.cumsum, reductions.cumprod
    ravel, squeeze, swapaxes = shaping.ravel, shaping.squeeze, shaping.swapaxes
    diagonal, trace = shaping.diagonal, shaping.trace
    take, round = choosing.take, parts.round
    choose = choosing.choose
    dot = products.dot

    def conj(self) -> Any:
        """The complex conjugate: of real numbers, the array itself."""
        return ops.conjugate(self)

    conjugate = conj

    def reshape(self, *shape: Any, order: str = "C", copy: bool | None = None) -> Any:
        """The same elements in another shape, given as `(2, 3)` or as `2, 3`."""
        return shaping.reshape(self, shape[0] if len(shape) == 1 else shape, order, copy=copy)

    def transpose(self, *axes: Any) -> Any:
        """A view with the axes in another order, by default reversed."""
        one = len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list)))
        return shaping.transpose(self, axes[0] if one else axes or None)

    def flatten(self, order: str = "C") -> Any:
        """A copy of all elements in one axis."""
        return identity.unary(shaping.ravel(self, order))

    def copy(self, order: str = "C") -> Any:
        """A copy that gradients flow through."""
        return identity.unary(self)

    def __copy__(self) -> Any:
        return identity.unary(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return identity.unary(self)

    def astype(self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True,
               copy: bool = True) -> Any:  # fmt: skip
        """A copy in another dtype; no gradient flows through integers and bools."""
        target = np.dtype(dtype)
        if not np.can_cast(self._value.dtype, target, casting):  # type: ignore[arg-type]
            raise TypeError(
                f"Cannot cast array data from {self._value.dtype!r} to {target!r} according to "
                f"the rule {casting!r}"
            )
        if self._value.dtype.kind == "c" and target.kind == "f":
            text = "Casting complex values to real discards the imaginary part"
            warnings.warn(text, np.exceptions.ComplexWarning, stacklevel=2)
        y = to_dtype(self, target)
        return identity.unary(y) if copy and y is self else y

    def clip(self, min: Any = None, max: Any = None, out: Any = None, **settings: Any) -> Any:
        """At least `min` and at most `max`, with a slope of 1 at these."""
        return parts.clip(self, min, max, out, **settings)

    def repeat(self, repeats: Any, axis: int | None = None) -> Any:
        """Each element, or each slice along an axis, repeated in place."""
        return np.repeat(self, repeats, axis)  # type: ignore[call-overload]

    def compress(self, condition: Any, axis: int | None = None, out: Any = None) -> Any:
        """The slices along an axis at which a condition is true."""
        return choosing.compress(condition, self, axis, out)

    def put(self, indices: Any, values: Any, mode: str = "raise") -> None:
        """Write values at places of the flattened array, in place."""
        np.put(self, indices, values, mode)  # type: ignore[arg-type]

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Any:
        """Where values would stand in the sorted array."""
        return np.searchsorted(self, v, side, sorter)  # type: ignore[call-overload]

    def argpartition(self, kth: Any, axis: int | None = -1, kind: str = "introselect",
                     order: Any = None) -> Any:  # fmt: skip
        """The order in which `kth` stands where sorting would put it."""
        return np.argpartition(self, kth, axis, kind, order)  # type: ignore[arg-type]

    def partition(self, kth: Any, axis: int = -1, kind: str = "introselect",
                  order: Any = None) -> None:  # fmt: skip
        """Bring element `kth` in place to where sorting would put it."""
        self[...] = np.partition(self, kth, axis, kind, order)  # type: ignore[call-overload]

    def view(self, dtype: Any = None, type: Any = None) -> Any:
        """A view of the same memory; in another dtype that of a constant alone."""
        if type is None and (dtype is None or np.dtype(dtype) == self._value.dtype):
            return self[...]
        return Array(self._leaving("view() in another dtype").view(dtype, *[type] * bool(type)))

    def nonzero(self) -> Any:
        """The places of the elements that are not 0, one array an axis."""
        return np.nonzero(self)  # type: ignore[call-overload]

    def argsort(self, axis: Any = -1, kind: Any = None, order: Any = None) -> Any:
        """The order that sorts along an axis."""
        return np.argsort(self, axis, kind, order)  # type: ignore[call-overload]

    def sort(self, axis: int = -1, kind: Any = None, order: Any = None) -> None:
        """Sort in place along an axis."""
        self[...] = np.sort(self, axis, kind, order)  # type: ignore[call-overload]

    def fill(self, value: Any) -> None:
        """Write one value everywhere, in place."""
        self[...] = value

    def resize(self, *new_shape: Any, refcheck: bool = True) -> NoReturn:
        """Refused: an array that is traced keeps its shape."""
        raise TypeError(
            f"resize() would change the shape {tuple(self.shape)} of a traced Array in place; "
            "make a new one with np.resize(x, shape) or np.pad"
        )

    def to_device(self, device: str, /, *, stream: Any = None) -> Any:
        """The array itself: there is no other device."""
        if device != "cpu" or stream is not None:
            raise ValueError(f"unsupported device: expected 'cpu' and no stream, given {device!r}")
        return self

    # to Python and NumPy

    def _leaving(self, what: str) -> np.ndarray:
        """The array on its way out of the graph, which is refused where it is tracked."""
        if is_tracked(self):
            raise TracedError(
                f"{what} of a traced Array (shape {tuple(self.shape)}) would drop it from the "
                "graph that is being differentiated. Use NumPy's functions on it: np.sin(x), not "
                "math.sin(x); np.stack([x, y]) or minitorch.numpy.array([x, y]), not "
                "np.array([x, y]); y[0] = x where y is made by np.zeros_like(x, shape=...). To see "
                'it, print(x) or f"{x:.3f}"; for its value as a constant, x.detach().'
            )
        return self._value

    def item(self, *index: int) -> Any:
        """One element (the only one, without an index) as a Python number."""
        return self._leaving("item()").item(*index)

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""
        return self._leaving("tolist()").tolist()

    def tobytes(self, order: str = "C") -> bytes:
        """The elements of a constant as bytes."""
        return self._leaving("tobytes()").tobytes(order)  # type: ignore[arg-type]

    def tofile(self, fid: Any, sep: str = "", format: str = "%s") -> None:
        """Write the elements of a constant to a file."""
        self._leaving("tofile()").tofile(fid, sep, format)

    def dump(self, file: Any) -> None:
        """Pickle a constant to a file."""
        self._leaving("dump()").dump(file)

    def dumps(self) -> bytes:
        """Pickle a constant, as a NumPy array."""
        return self._leaving("dumps()").dumps()

    def byteswap(self, inplace: bool = False) -> Any:
        """A constant with the bytes of its elements exchanged."""
        return Array(self._leaving("byteswap()").byteswap(inplace))

    def getfield(self, dtype: Any, offset: int = 0) -> Any:
        """A part of the bytes of a constant's elements."""
        return Array(self._leaving("getfield()").getfield(dtype, offset))

    def setfield(self, val: Any, dtype: Any, offset: int = 0) -> None:
        """Write to a part of the bytes of a constant's elements."""
        self._leaving("setfield()").setfield(val, dtype, offset)
        self._counter[0] += 1

    def setflags(self, write: Any = None, align: Any = None, uic: Any = None) -> None:
        """Let the memory be written to, or not."""
        self._value.setflags(write=write, align=align, uic=uic)

    def __reduce__(self) -> Any:
        return Array, (self._leaving("pickling"),)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self._leaving("making a plain array"), dtype, copy=copy)

    def __float__(self) -> float:
        return float(self._leaving("float()"))

    def __int__(self) -> int:
        return int(self._leaving("int()"))

    def __complex__(self) -> complex:
        return complex(self._leaving("complex()"))

    def __index__(self) -> int:
        return self._leaving("an index").__index__()

    def __round__(self, digits: int | None = None) -> Any:
        return parts.round(self, digits or 0)

    def __floor__(self) -> int:  # whole numbers, which no gradient flows through
        return math.floor(self._value[()])

    def __ceil__(self) -> int:
        return math.ceil(self._value[()])

    def __trunc__(self) -> int:
        return int(self._value)

    def __bool__(self) -> bool:
        return bool(np.asarray(self._value))

    def __len__(self) -> int:
        if not self._value.ndim:
            raise TypeError("len() of unsized object")
        return self._value.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self._value.ndim:
            raise TypeError("iteration over a 0-d array")
        return self._slices()

    def _slices(self) -> Iterator[Any]:
        """The slices along the first axis as views; of a vector the elements, which are none."""
        vector = self._value.ndim == 1
        parts = slices(identity.unary(self) if vector else self, 0)
        version = self._counter[0]
        for i, part in enumerate(parts):
            yield part if not vector or version == self._counter[0] else self[i]

    def __contains__(self, element: Any) -> bool:
        return bool((self == element)._value.any())

    def __repr__(self) -> str:
        value, kinds = self._value, ["traced"] if node_of(self) is not None else []
        while not isinstance(value, np.ndarray):  # batched: all examples
            value, kinds = value.box._value, ["batched"]
        text = np.array_repr(value)
        return ", ".join([f"A{text[1:-1]}", *kinds]) + ")"

    def _repr_html_(self) -> str:
        return showing.box_html(self, "Array", ["traced"] * (node_of(self) is not None))

    def __str__(self) -> str:
        value = self._value
        return str(value) if isinstance(value, np.ndarray) else repr(self)

    def __format__(self, spec: str) -> str:
        return format(self._value, spec) if isinstance(self._value, np.ndarray) else repr(self)

    # indexing

    __getitem__, __setitem__ = read, assign

    def __delitem__(self, index: Any) -> NoReturn:
        raise ValueError("cannot delete array elements")

    __add__, __radd__ = _operator(np.add, ew.add), _operator(np.add, ew.add, swap=True)
    __sub__ = _operator(np.subtract, ew.subtract)
    __rsub__ = _operator(np.subtract, ew.subtract, swap=True)
    __mul__ = _operator(np.multiply, ew.multiply)
    __rmul__ = _operator(np.multiply, ew.multiply, swap=True)
    __truediv__ = _operator(np.divide, ew.divide)
    __rtruediv__ = _operator(np.divide, ew.divide, swap=True)
    __mod__ = _operator(np.remainder, ew.remainder)
    __rmod__ = _operator(np.remainder, ew.remainder, swap=True)
    __floordiv__ = _operator(np.floor_divide, ew.floor_divide)
    __rfloordiv__ = _operator(np.floor_divide, ew.floor_divide, swap=True)
    __lt__, __le__ = _operator(np.less, ew.less), _operator(np.less_equal, ew.less_equal)
    __gt__ = _operator(np.greater, ew.greater)
    __ge__ = _operator(np.greater_equal, ew.greater_equal)
    __eq__, __ne__ = _operator(np.equal, ew.equal), _operator(np.not_equal, ew.not_equal)
    __and__ = __rand__ = _operator(np.bitwise_and, ew.bitwise_and)
    __or__ = __ror__ = _operator(np.bitwise_or, ew.bitwise_or)
    __xor__ = __rxor__ = _operator(np.bitwise_xor, ew.bitwise_xor)
    __iadd__, __isub__ = _inplace(ew.add), _inplace(ew.subtract)
    __imul__, __itruediv__ = _inplace(ew.multiply), _inplace(ew.divide, np.dtype(np.float64))
    __ifloordiv__, __imod__ = _inplace(ew.floor_divide), _inplace(ew.remainder)
    __ipow__ = _inplace(ew.power)

    def __pow__(self, exponent: Any) -> Any:
        return protocols.ufuncs[np.power](self, exponent)

    def __rpow__(self, base: Any) -> Any:
        return protocols.ufuncs[np.power](base, self)

    def __matmul__(self, other: Any) -> Any:
        return products.matmul(self, other)

    def __imatmul__(self, other: Any) -> Any:
        self[...] = products.matmul(self, other)
        return self

    def __rmatmul__(self, other: Any) -> Any:
        return products.matmul(other, self)

    def __divmod__(self, other: Any) -> Any:
        return protocols.ufuncs[np.divmod](self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return protocols.ufuncs[np.divmod](other, self)

    def __neg__(self) -> Any:
        return ew.negative.unary(self)

    def __pos__(self) -> Any:
        return identity.unary(self)

    def __abs__(self) -> Any:
        return ew.absolute.unary(self)

    def __invert__(self) -> Any:
        return ew.bitwise_not.unary(self)


Array.face = Array
