"""The dtype objects, type promotion and the numeric limits, as far as they need no PyTorch."""

import copy
import pickle
import sys

import numpy as np
import pytest

from minitorch.faces import dtypes

NAMES = [
    *("bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
]
ALIASES = {
    "half": "float16",
    "float": "float32",
    "double": "float64",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "cfloat": "complex64",
    "cdouble": "complex128",
}


@pytest.fixture(autouse=True)
def default_dtype():
    yield
    dtypes.set_default_dtype(dtypes.float32)


@pytest.mark.parametrize("name", NAMES)
def test_a_dtype_is_one_object(name):
    d = getattr(dtypes, name)
    assert repr(d) == str(d) == f"torch.{name}"
    assert type(d) is dtypes.dtype
    assert d.numpy == np.dtype(name)
    assert d.itemsize == np.dtype(name).itemsize
    assert dtypes.of(np.dtype(name)) is d
    assert copy.copy(d) is d
    assert copy.deepcopy([d])[0] is d
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(d, protocol)) is d
    assert {d: 1}[d] == 1
    assert d != name


def test_aliases_and_python_types():
    for alias, name in ALIASES.items():
        assert getattr(dtypes, alias) is getattr(dtypes, name)
    given = [dtypes.as_dtype(t, "f()") for t in (bool, int, float, complex, dtypes.int8)]
    expected = [dtypes.bool, dtypes.int64, dtypes.float64, dtypes.complex128, dtypes.int8]
    assert given == expected


@pytest.mark.parametrize("given", [np.float32, np.dtype("float32"), "float32", None, 1, str])
def test_what_is_no_dtype(given):
    with pytest.raises(TypeError, match=r"zeros\(\): argument 'dtype' must be torch.dtype, not"):
        dtypes.as_dtype(given, "zeros(): argument 'dtype'")


def test_dtypes_cannot_be_changed_made_or_inherited():
    with pytest.raises(AttributeError, match="immutable"):
        dtypes.float32.itemsize = 8
    with pytest.raises(AttributeError, match="immutable"):
        dtypes.float32.colour = "red"
    with pytest.raises(AttributeError, match="immutable"):
        del dtypes.float32.numpy
    with pytest.raises(TypeError, match="cannot create"):
        dtypes.dtype()
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("wider", (dtypes.dtype,), {})
    assert dtypes.float32.itemsize == 4


def test_of_every_native_spelling():
    for code in "?bhilqBHILQefdFD":
        assert dtypes.of(np.dtype(code)).numpy == np.dtype(code)


@pytest.mark.parametrize("code", ["U3", "O", "M8[s]", ">M8[s]", "V3", "f4,i4"])
def test_of_an_unsupported_type(code):
    with pytest.raises(TypeError, match="The only supported types are: float64, float32, float16"):
        dtypes.of(np.dtype(code))


def test_of_a_foreign_byte_order_and_of_no_dtype():
    with pytest.raises(ValueError, match="byte order different from the native"):
        dtypes.of(np.dtype(np.float32).newbyteorder("S"))
    with pytest.raises(TypeError, match=r"expected a numpy\.dtype"):
        dtypes.of(np.float32)


def test_bfloat16_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(AttributeError, match="pip install ml_dtypes"):
        dtypes.bfloat16
    with pytest.raises(AttributeError, match="no attribute 'float8'"):
        dtypes.float8


def test_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    d = dtypes.bfloat16
    assert repr(d) == "torch.bfloat16"
    assert d is dtypes.bfloat16 is dtypes.of(np.dtype(ml_dtypes.bfloat16))
    assert pickle.loads(pickle.dumps(d)) is d
    assert d.is_floating_point and d.is_signed and d.itemsize == 2
    assert dtypes.promote_types(d, dtypes.float16) is dtypes.float32
    assert dtypes.promote_types(dtypes.int64, d) is d
    assert dtypes.finfo(d).eps == 2.0**-7


def test_default_dtype():
    assert dtypes.get_default_dtype() is dtypes.float32
    assert dtypes.result_type(1.0, True) is dtypes.float32
    assert dtypes.result_type(1, 1j) is dtypes.complex64
    dtypes.set_default_dtype(dtypes.float64)
    assert dtypes.get_default_dtype() is dtypes.float64
    assert dtypes.default_complex_dtype() is dtypes.complex128
    assert dtypes.result_type(1.0, True) is dtypes.float64
    assert dtypes.result_type(1, 1j) is dtypes.complex128
    assert dtypes.finfo().bits == 64


@pytest.mark.parametrize("given", [dtypes.int32, dtypes.bool, dtypes.complex64, float, "float32"])
def test_what_cannot_be_the_default_dtype(given):
    with pytest.raises(TypeError, match="only floating-point types are supported as the default"):
        dtypes.set_default_dtype(given)
    assert dtypes.get_default_dtype() is dtypes.float32


def test_common_of_three_classes():
    """A dimensioned array beats a 0-d one beats a number, within a category."""
    halves, double, longs = np.ones(2, "float16"), np.ones(()), np.ones(3, "int64")
    assert dtypes.common([halves, double, 1.0]) == np.float16
    assert dtypes.common(iter([longs, halves, 2])) == np.float16
    assert dtypes.common([longs, double, 1.0]) == np.float64
    assert dtypes.common([longs, 1.0]) == np.float32
    assert dtypes.common([longs > 0, 2]) == np.int64
    assert dtypes.common([np.ones(2, "float64"), 1j]) == np.complex128
    assert dtypes.common([np.ones(2, "float32"), np.ones((), "complex128")]) == np.complex64


def test_common_counts_numpy_scalars_as_numbers():
    ints = np.ones(2, "int32")
    scalars = [np.float64(1), np.float16(1), np.longdouble(1), np.uint8(1), np.bool_(True)]
    results = [dtypes.common([ints, s]) for s in scalars]
    assert results == [np.float32, np.float32, np.float32, np.int32, np.int32]
    assert dtypes.common([ints, np.complex128(1)]) == np.complex64


@pytest.mark.parametrize("operand", ["1", None, [1.0], np.str_("1"), np.datetime64(1, "s")])
def test_common_of_what_is_no_number(operand):
    with pytest.raises(TypeError, match="expected a tensor or a number"):
        dtypes.common([np.ones(2), operand])


def test_common_of_nothing():
    with pytest.raises(TypeError, match="at least one operand"):
        dtypes.common([])


def test_wide_unsigned_types_do_not_promote():
    wide = "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
    with pytest.raises(RuntimeError, match=wide + "UInt16 and Int"):
        dtypes.promote_types(dtypes.uint16, dtypes.int32)
    with pytest.raises(RuntimeError, match=wide + "Long and UInt64"):
        dtypes.common([np.ones(2, "int64"), np.ones(2, "uint64")])
    assert dtypes.common([np.ones(2, "uint64"), 3]) == np.uint64


def test_real_and_complex():
    assert dtypes.complex64.to_real() is dtypes.float32
    assert dtypes.float64.to_complex() is dtypes.complex128
    assert dtypes.int8.to_real() is dtypes.int8
    with pytest.raises(RuntimeError, match="Unknown Complex ScalarType for Long"):
        dtypes.int64.to_complex()


@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
def test_finfo_agrees_with_numpy(name):
    ours, numpys = dtypes.finfo(getattr(dtypes, name)), np.finfo(name)
    for attribute in ("bits", "eps", "max", "min", "tiny", "smallest_normal"):
        assert getattr(ours, attribute) == getattr(numpys, attribute)
    assert ours.resolution == pytest.approx(float(numpys.resolution), rel=1e-3)


@pytest.mark.parametrize("name", [n for n in NAMES if "int" in n])
def test_iinfo_agrees_with_numpy(name):
    ours, numpys = dtypes.iinfo(getattr(dtypes, name)), np.iinfo(name)
    assert (ours.bits, ours.min, ours.max) == (numpys.bits, numpys.min, numpys.max)


def test_limits_of_the_wrong_kind():
    with pytest.raises(TypeError, match="requires a floating point input type"):
        dtypes.finfo(dtypes.int32)
    with pytest.raises(TypeError, match="requires an integer input type"):
        dtypes.iinfo(dtypes.float32)
    with pytest.raises(TypeError, match=r"torch\.bool is not supported by torch\.iinfo"):
        dtypes.iinfo(dtypes.bool)
    with pytest.raises(TypeError, match=r"must be torch\.dtype, not int"):
        dtypes.finfo(3)


def test_limits_compare_by_type():
    assert dtypes.finfo(dtypes.float32) == dtypes.finfo(dtypes.complex64)
    assert dtypes.finfo(dtypes.float32) != dtypes.finfo(dtypes.float64)
    assert dtypes.iinfo(dtypes.int8) != dtypes.iinfo(dtypes.uint8)
    with pytest.raises(TypeError, match="unhashable"):
        hash(dtypes.iinfo(dtypes.int8))
