"""`Array`: the face that speaks NumPy, inside of differentiated functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NoReturn

import numpy as np

from minitorch.engine.batch import batched
from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.engine.node import Traced, node_of
from minitorch.engine.primitive import Primitive
from minitorch.engine.views import write
from minitorch.faces import protocols
from minitorch.faces.numpy import choosing, products, reductions, shaping
from minitorch.faces.numpy.operands import boxed, in_face, is_tracked, joined
from minitorch.faces.operands import is_number, number, to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import index as indexing
from minitorch.ops.shape import getitem

Function = Callable[..., Any]


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
        elif not is_number(other) and not isinstance(other, (np.ndarray, Box, list)):
            return NotImplemented
        return general(other, self) if swap else general(self, other)

    return method


def _inplace(op: Primitive, least: np.dtype[Any] | None = None) -> Function:
    """An in-place operator: the array keeps its shape, dtype and memory."""

    def method(self: Any, other: Any) -> Any:
        if not is_number(other) and not isinstance(other, (np.ndarray, Box, list)):
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
        """The real part: the array itself, if it is real."""
        return protocols.ufuncs[np.conjugate](self)

    @property
    def flat(self) -> Any:
        """All elements in one axis."""
        return shaping.ravel(self)

    def detach(self) -> Any:
        """An array of the same memory that no gradient flows through."""
        node = self._node
        if type(node) is Traced and node.batch:
            return batched(self._value.box.detach(), node.batch)  # type: ignore[attr-defined]
        y = fresh(Array, self._value)
        y._version = self._version
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
    clip, take, repeat, round = choosing.clip, choosing.take, choosing.repeat, choosing.round
    dot = products.dot
    conj = conjugate = protocols.ufuncs[np.conjugate]

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
        return choosing.astype(self, dtype, copy=copy)

    def nonzero(self) -> Any:
        """The places of the elements that are not 0, one array an axis."""
        return np.nonzero(self)  # type: ignore[call-overload]

    def argsort(self, axis: Any = -1, kind: Any = None, order: Any = None) -> Any:
        """The order that sorts along an axis."""
        return np.argsort(self, axis, kind, order)  # type: ignore[call-overload]

    def sort(self, axis: int = -1, kind: Any = None, order: Any = None) -> None:
        """Sort in place along an axis."""
        self[...] = reductions.sort(self, axis, kind, order)

    def fill(self, value: Any) -> None:
        """Write one value everywhere, in place."""
        self[...] = value

    # to Python and NumPy

    def _leaving(self, what: str) -> np.ndarray:
        """The array on its way out of the graph, which is refused where it is tracked."""
        if is_tracked(self):
            raise TypeError(
                f"{what} of a traced Array (shape {tuple(self.shape)}) would drop it from the "
                "graph that is being differentiated. Use NumPy's functions on it: np.sin(x), not "
                "math.sin(x); np.stack([x, y]), not np.array([x, y]); y[0] = x where y is made by "
                'np.zeros_like(x). To see it, print(x) or f"{x:.3f}"; for its value as a constant, '
                "x.detach()."
            )
        return self._value

    def item(self, *index: int) -> Any:
        """One element (the only one, without an index) as a Python number."""
        return self._leaving("item()").item(*index)

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""
        return self._leaving("tolist()").tolist()

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

    def __bool__(self) -> bool:
        return bool(self._value)

    def __len__(self) -> int:
        if not self._value.ndim:
            raise TypeError("len() of unsized object")
        return self._value.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self._value.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(self._value.shape[0]))

    def __contains__(self, element: Any) -> bool:
        return bool((self == element)._value.any())

    def __repr__(self) -> str:
        value, kinds = self._value, ["traced"] if node_of(self) is not None else []
        while not isinstance(value, np.ndarray):  # batched: all examples
            value, kinds = value.box._value, ["batched"]
        text = np.array_repr(value)
        return ", ".join([f"A{text[1:-1]}", *kinds]) + ")"

    def __str__(self) -> str:
        value = self._value
        return str(value) if isinstance(value, np.ndarray) else repr(self)

    def __format__(self, spec: str) -> str:
        return format(self._value, spec) if isinstance(self._value, np.ndarray) else repr(self)

    # indexing

    def __getitem__(self, index: Any) -> Any:
        parts = (index,) if type(index) is int else _parts(index)
        single = len(parts) == self._value.ndim and all(type(part) is int for part in parts)
        # NumPy's x[0, 1] is a scalar of its own, x[0, ...] a view
        return (indexing.take if single or _is_advanced(parts) else getitem).unary(self, parts)

    def __setitem__(self, index: Any, value: Any) -> None:
        parts, dtype = _parts(index), self._value.dtype
        if is_number(value) and not isinstance(value, np.generic):
            part = number(value, dtype, Array)
        else:
            if is_tracked(value) and dtype.kind not in "fc":
                raise TypeError(
                    f"an array of {dtype} can't hold a traced value: make it one of floats first"
                )
            part = to_dtype(boxed(value, Array), dtype)
        if _is_advanced(parts):
            write(indexing.index_put, self, _fitted(part, self._value[parts].ndim), parts, False)
            return
        target = getitem.unary(self, parts)
        write(ew.overwrite, target, _fitted(part, target._value.ndim))

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


def _parts(index: Any) -> tuple[Any, ...]:
    """An index as a tuple that a primitive can keep: arrays in it are copied."""
    return tuple(_part(part) for part in (index if isinstance(index, tuple) else (index,)))


def _part(part: Any) -> Any:
    if part is None or part is Ellipsis or isinstance(part, int):
        return np.asarray(part) if isinstance(part, bool) else part
    if isinstance(part, slice):
        ends = (part.start, part.stop, part.step)
        return slice(*(None if end is None else end.__index__() for end in ends))
    if isinstance(part, np.integer):
        return int(part)
    array = np.array(part._value if isinstance(part, Box) else part)
    return array if array.size else array.astype(array.dtype if array.dtype == bool else np.intp)


def _is_advanced(parts: tuple[Any, ...]) -> bool:
    return any(isinstance(part, np.ndarray) for part in parts)


def _fitted(part: Box, rank: int) -> Box:
    """A value to be written, without leading axes of size 1 that its target has not."""
    shape = part._value.shape
    while len(shape) > rank and shape[0] == 1:
        shape = shape[1:]
    return part if shape == part._value.shape else shaping.reshape(part, shape)
