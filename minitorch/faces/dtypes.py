"""The dtype objects, PyTorch's rules of type promotion, and the numeric limits.

A `dtype` names a NumPy dtype the way PyTorch does. Promotion has two steps. Operands fall into
three classes, *dimensioned tensors*, *0-d tensors* and *Python numbers*, and inside a class types
are joined by `promote_types`. A lower class then changes the result of a higher one only if its
*category* is higher, in the order bool < integer < floating < complex: `int32_tensor * 2.0` is a
float tensor, `float32_tensor * float64_scalar_tensor` stays float32.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable

import numpy as np

from minitorch.engine.batch import Batched

_ARRAYS = (np.ndarray, Batched)
BOOL, INTEGER, FLOATING, COMPLEX = range(4)
_CATEGORIES = {"b": BOOL, "i": INTEGER, "u": INTEGER, "f": FLOATING, "c": COMPLEX}


class dtype:
    """The element type of a tensor: one immutable object per type, equal only to itself.

    Attributes:
        name: "float32"; `repr` puts `torch.` before it.
        numpy: the `numpy.dtype` that stores it.
        itemsize: bytes per element.
        is_floating_point, is_complex, is_signed: as in PyTorch (complex is not floating point).
        scalar_type: PyTorch's other name for it ("Float"), which its error messages use.
        category: BOOL < INTEGER < FLOATING < COMPLEX.

    Example:
        >>> torch.float32, torch.float32.itemsize, torch.float is torch.float32
        (torch.float32, 4, True)
    """

    __slots__ = (
        "category",
        "is_complex",
        "is_floating_point",
        "is_signed",
        "itemsize",
        "name",
        "numpy",
        "scalar_type",
    )
    category: builtins.int
    is_complex: builtins.bool
    is_floating_point: builtins.bool
    is_signed: builtins.bool
    itemsize: builtins.int
    name: str
    numpy: np.dtype
    scalar_type: str

    def __new__(cls) -> dtype:
        raise TypeError("cannot create 'torch.dtype' instances: use torch.float32, torch.int64, …")

    def __init_subclass__(cls) -> None:
        raise TypeError("type 'torch.dtype' is not an acceptable base type")

    def __setattr__(self, attribute: str, value: object) -> None:
        raise AttributeError(f"{self!r} is immutable: attribute {attribute!r} cannot be set")

    def __delattr__(self, attribute: str) -> None:
        raise AttributeError(f"{self!r} is immutable: attribute {attribute!r} cannot be deleted")

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name

    def to_real(self) -> dtype:
        """The type of the real part: complex64 gives float32; a real type gives itself."""
        if self.category is not COMPLEX:
            return self
        return float32 if self is complex64 else float64

    def to_complex(self) -> dtype:
        """The complex type with this precision (complex64 is the smallest).

        Raises RuntimeError for bool and integers.
        """
        if self.category < FLOATING:
            raise RuntimeError(
                f"Unknown Complex ScalarType for {self.scalar_type}: "
                f"only floating-point and complex types have a complex type, not {self!r}"
            )
        return complex128 if self in (float64, complex128) else complex64


def _make(name: str, scalar_type: str, stored: np.dtype | None = None) -> dtype:
    """The one dtype object of that name, known to `of` from now on."""
    stored = np.dtype(name) if stored is None else stored
    category = _CATEGORIES.get(stored.kind, FLOATING)  # ml_dtypes' bfloat16 has kind "V"
    made = object.__new__(dtype)
    for attribute, value in (
        ("name", name),
        ("numpy", stored),
        ("itemsize", stored.itemsize),
        ("is_floating_point", category == FLOATING),
        ("is_complex", category == COMPLEX),
        ("is_signed", stored.kind not in "bu"),
        ("scalar_type", scalar_type),
        ("category", category),
    ):
        object.__setattr__(made, attribute, value)
    _known[stored] = made
    return made


class _Known(dict[np.dtype, dtype]):
    """The dtypes by their NumPy dtype; anything else is a clear error."""

    def __missing__(self, key: np.dtype) -> dtype:
        if not isinstance(key, np.dtype):
            raise TypeError(f"expected a numpy.dtype, not {key!r} of type {type(key).__name__}")
        if key.name == "bfloat16":
            return _make("bfloat16", "BFloat16", key)
        if key.newbyteorder("=") in self:
            raise ValueError(
                f"given numpy array has byte order different from the native byte order ({key}): "
                "convert it first, array.astype(array.dtype.newbyteorder('='))"
            )
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{key.type.__name__}. The only supported types "
            "are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, "
            "uint64, uint32, uint16, uint8, and bool; convert it first with array.astype(…)"
        )


_known = _Known()

# The dtype of a NumPy dtype: of(np.dtype("float32")) is float32. A bare dictionary look-up,
# because every `tensor.dtype` is one. TypeError for a type that tensors don't have, ValueError
# for a foreign byte order, as torch.from_numpy.
of = _known.__getitem__

float16 = half = _make("float16", "Half")
float32 = _make("float32", "Float")
float64 = double = _make("float64", "Double")
complex64 = cfloat = _make("complex64", "ComplexFloat")
complex128 = cdouble = _make("complex128", "ComplexDouble")
int8 = _make("int8", "Char")
int16 = short = _make("int16", "Short")
int32 = _make("int32", "Int")
int64 = long = _make("int64", "Long")
uint8 = _make("uint8", "Byte")
uint16 = _make("uint16", "UInt16")
uint32 = _make("uint32", "UInt32")
uint64 = _make("uint64", "UInt64")
# PyTorch's names for these are also Python's: below this line the builtins need their module.
bool = _make("bool", "Bool")
int = int32
float = float32


def __getattr__(name: str) -> dtype:
    """`bfloat16`, which exists where the package ml_dtypes does; imported when first asked for."""
    if name != "bfloat16":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import ml_dtypes
    except ImportError:
        raise AttributeError(
            "torch.bfloat16 needs the package ml_dtypes, as NumPy has no such type: "
            "run `pip install ml_dtypes`, or use torch.float32"
        ) from None
    return of(np.dtype(ml_dtypes.bfloat16))


_PYTHON_TYPES = {
    builtins.bool: bool,
    builtins.int: int64,
    builtins.float: float64,
    builtins.complex: complex128,
}


def as_dtype(given: object, argument: str) -> dtype:
    """The dtype that a caller gave: a dtype, or Python's bool, int, float or complex.

    `argument` opens the TypeError for anything else: "zeros(): argument 'dtype'".
    """
    if type(given) is dtype:
        return given
    if isinstance(given, type) and given in _PYTHON_TYPES:
        return _PYTHON_TYPES[given]
    raise TypeError(
        f"{argument} must be torch.dtype, not {type(given).__name__}: "
        f"write one such as torch.float32 in place of {given!r}"
    )


# ---- the default type --------------------------------------------------------------------------

_default = float32
# What a Python number counts as, by category; float and complex follow the default type.
_of_number = {
    builtins.bool: bool.numpy,
    builtins.int: int64.numpy,
    builtins.float: float32.numpy,
    builtins.complex: complex64.numpy,
}


def get_default_dtype() -> dtype:
    """The floating-point type of new tensors made without a dtype; float32 at the start."""
    return _default


def default_complex_dtype() -> dtype:
    """The complex type of new tensors: complex128 where the default is float64, else complex64."""
    return _default.to_complex()


def set_default_dtype(d: dtype, /) -> None:
    """Make `d`, a floating-point type, the default; the default complex type follows it.

    Raises TypeError for any other argument.

    Example:
        >>> torch.set_default_dtype(torch.float64)
        >>> torch.get_default_dtype(), torch.result_type(1, 1j)
        (torch.float64, torch.complex128)
        >>> torch.set_default_dtype(torch.float32)
    """
    global _default
    if type(d) is not dtype or not d.is_floating_point:
        problem = "" if type(d) is dtype else "invalid dtype object: "
        raise TypeError(
            f"{problem}only floating-point types are supported as the default type, "
            f"such as torch.float64, not {d!r}"
        )
    _default = d
    _of_number[builtins.float] = d.numpy
    _of_number[builtins.complex] = d.to_complex().numpy


# ---- promotion ---------------------------------------------------------------------------------


def _promote(a: np.dtype, b: np.dtype) -> np.dtype:
    """The smallest type that holds both, where an integer beside a float takes the float's type."""
    if a == b:
        return a
    x, y = of(a), of(b)
    if not (x.is_floating_point or y.is_floating_point):
        wide = {uint16, uint32, uint64}
        if x in wide or y in wide:
            raise RuntimeError(
                "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
                f"{x.scalar_type} and {y.scalar_type}: convert one of them first"
            )
    if x.is_floating_point and y.is_floating_point and x.itemsize == y.itemsize:
        return float32.numpy  # float16 and bfloat16: neither holds the other
    if x.category == y.category or x.category + y.category == FLOATING + COMPLEX:
        return np.promote_types(a, b)
    return a if x.category > y.category else b


def _combine(higher: np.dtype, lower: np.dtype) -> np.dtype:
    """The type when a lower class of operands meets a higher one: only its category can matter."""
    x, y = of(higher), of(lower)
    if y.category <= x.category:
        return higher
    if x.is_floating_point:
        return x.to_complex().numpy
    return _promote(higher, lower) if x is bool else lower


class _Pairs(dict[tuple[np.dtype, np.dtype], np.dtype]):
    """A rule for two types, computed once for every pair that is met."""

    __slots__ = ("rule",)

    def __init__(self, rule: Callable[[np.dtype, np.dtype], np.dtype]) -> None:
        self.rule = rule

    def __missing__(self, pair: tuple[np.dtype, np.dtype]) -> np.dtype:
        result = self[pair] = self.rule(*pair)
        return result


_promoted, _combined = _Pairs(_promote), _Pairs(_combine)


def common(operands: Iterable[object]) -> np.dtype:
    """The type in which an operation computes on these operands, by PyTorch's rules.

    Args:
        operands: iterable of arrays (0-d arrays count as 0-d tensors) and numbers, at least one.
            NumPy scalars count as Python numbers.

    Raises:
        TypeError: for an operand of any other kind.
        RuntimeError: where uint16, uint32 or uint64 would have to be joined with another integer
            type.

    Example:
        >>> import numpy as np
        >>> from minitorch.faces.dtypes import common
        >>> common([np.zeros(3, "int32"), 2.5]), common([np.zeros(3, "float32"), np.zeros(())])
        (dtype('float32'), dtype('float32'))
    """
    dims = zeros = numbers = None
    for x in operands:
        if isinstance(x, _ARRAYS):
            d = x.dtype
            if x.ndim:
                dims = d if dims is None or dims is d else _promoted[dims, d]
            else:
                zeros = d if zeros is None or zeros is d else _promoted[zeros, d]
        else:
            d = _of_number.get(type(x)) or _of_other_number(x)
            numbers = d if numbers is None or numbers is d else _promoted[numbers, d]
    result = numbers
    for higher in (zeros, dims):
        if higher is not None and higher is not result:
            result = higher if result is None else _combined[higher, result]
    if result is None:
        raise TypeError("common() needs at least one operand")
    return result


def _of_other_number(x: object) -> np.dtype:
    """As `_of_number`, for subclasses of Python's numbers and for NumPy's scalars."""
    if isinstance(x, np.generic) and x.dtype.kind in _CATEGORIES:
        return list(_of_number.values())[_CATEGORIES[x.dtype.kind]]
    for python, counts_as in _of_number.items():
        if isinstance(x, python):
            return counts_as
    raise TypeError(f"expected a tensor or a number, not {type(x).__name__}: {x!r}")


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The type that holds both: the wider one, or the one of the higher category.

    Raises RuntimeError for uint16, uint32 or uint64 with any type but itself and floats.

    Example:
        >>> torch.promote_types(torch.int64, torch.float16)
        torch.float16
    """
    a = as_dtype(type1, "promote_types(): argument 'type1' (position 1)")
    b = as_dtype(type2, "promote_types(): argument 'type2' (position 2)")
    return of(_promoted[a.numpy, b.numpy])


def result_type(
    tensor: object = None, other: object = None, *, scalar: object = None,
    scalar1: object = None, scalar2: object = None,
) -> dtype:  # fmt: skip
    """The type that arithmetic between two operands gives: tensors, arrays or numbers.

    Raises TypeError for other operands and RuntimeError as `promote_types`.

    Example:
        >>> torch.result_type(torch.tensor([1, 2]), 1.0)
        torch.float32
        >>> torch.result_type(torch.tensor([1, 2], dtype=torch.uint8), torch.tensor(1))
        torch.uint8
    """
    given = [x for x in (tensor, other, scalar, scalar1, scalar2) if x is not None]
    if len(given) != 2:
        raise TypeError(f"result_type() takes 2 operands, not {len(given)}")
    return of(common([getattr(x, "_value", x) for x in given]))


def can_cast(from_: dtype, to: dtype) -> builtins.bool:
    """Whether values of one type may be cast to the other without falling to a lower category.

    Example:
        >>> torch.can_cast(torch.float64, torch.float16), torch.can_cast(torch.float32, torch.int64)
        (True, False)
    """
    a = as_dtype(from_, "can_cast(): argument 'from_' (position 1)")
    b = as_dtype(to, "can_cast(): argument 'to' (position 2)")
    return a.category <= b.category


# ---- numeric limits ----------------------------------------------------------------------------


class _Limits:
    """What finfo and iinfo share: equal if of one type, not hashable."""

    __slots__ = ("bits", "dtype", "max", "min")
    bits: builtins.int
    dtype: str

    def __eq__(self, other: object) -> builtins.bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.dtype == other.dtype

    __hash__ = None  # type: ignore[assignment]


# Bits of the stored fraction, and the largest exponent.
_LAYOUTS = {"float16": (10, 15), "bfloat16": (7, 127), "float32": (23, 127), "float64": (52, 1023)}


class finfo(_Limits):
    """The limits of a floating-point type, or of a complex type's parts.

    Attributes: bits, eps, max, min, tiny (= smallest_normal), resolution, dtype.
    Raises TypeError for bool and integers. Without an argument: of the default type.

    Example:
        >>> torch.finfo(torch.float16).max
        65504.0
    """

    __slots__ = ("eps", "resolution", "smallest_normal", "tiny")
    max: builtins.float
    min: builtins.float

    def __init__(self, type: dtype | None = None) -> None:
        given = as_dtype(
            _default if type is None else type, "finfo(): argument 'type' (position 1)"
        )
        if given.category < FLOATING:
            raise TypeError(
                "torch.finfo() requires a floating point input type. "
                f"Use torch.iinfo to handle integers, such as {given!r}"
            )
        real = given.to_real()
        fraction, exponent = _LAYOUTS[real.name]
        self.dtype = real.name
        self.bits = 8 * real.itemsize
        self.eps = 2.0**-fraction
        self.max = (2.0 - self.eps) * 2.0**exponent
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0 ** (1 - exponent)
        self.resolution = 10.0 ** -builtins.int(fraction * np.log10(2.0))

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, "
            f"eps={self.eps:g}, smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, "
            f"dtype={self.dtype})"
        )


class iinfo(_Limits):
    """The limits of an integer type: bits, max, min, dtype. TypeError for any other type.

    Example:
        >>> torch.iinfo(torch.int8)
        iinfo(min=-128, max=127, dtype=int8)
    """

    __slots__ = ()
    max: builtins.int
    min: builtins.int

    def __init__(self, type: dtype) -> None:
        given = as_dtype(type, "iinfo(): argument 'type' (position 1)")
        if given is bool:
            raise TypeError("torch.bool is not supported by torch.iinfo: it has no numeric limits")
        if given.category != INTEGER:
            raise TypeError(
                "torch.iinfo() requires an integer input type. "
                f"Use torch.finfo to handle floating point and complex, such as {given!r}"
            )
        self.dtype = given.name
        self.bits = 8 * given.itemsize
        self.max = 2 ** (self.bits - given.is_signed) - 1
        self.min = -self.max - 1 if given.is_signed else 0

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
