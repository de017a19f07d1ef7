"""Types, promotion and limits are PyTorch's, for all pairs."""

import itertools

import numpy as np
import pytest

from minitorch.faces import dtypes

torch = pytest.importorskip("torch")

NAMES = [
    *("bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
]
NUMBERS = [True, 3, 2.5, 1j]


@pytest.fixture(params=["float32", "float64"])
def default_dtype(request):
    dtypes.set_default_dtype(getattr(dtypes, request.param))
    torch.set_default_dtype(getattr(torch, request.param))
    yield
    dtypes.set_default_dtype(dtypes.float32)
    torch.set_default_dtype(torch.float32)


def outcome(function, *arguments):
    """What a call gives, or the type and the opening words of its error."""
    try:
        return repr(function(*arguments))
    except (RuntimeError, TypeError) as error:
        return type(error), str(error).splitlines()[0][:55]


def both(name):
    return getattr(dtypes, name), getattr(torch, name)


@pytest.mark.parametrize("name", NAMES)
def test_attributes(name):
    ours, theirs = both(name)
    for attribute in ("itemsize", "is_floating_point", "is_complex", "is_signed"):
        assert getattr(ours, attribute) == getattr(theirs, attribute), attribute
    assert repr(ours) == repr(theirs)
    assert repr(ours.to_real()) == repr(theirs.to_real())
    if name != "float16":  # its complex type is complex32, which NumPy has not
        ours_complex, theirs_complex = outcome(ours.to_complex), outcome(theirs.to_complex)
        assert ours_complex[:40] == theirs_complex[:40] or ours_complex[0] is theirs_complex[0]


@pytest.mark.parametrize(
    "alias", ["half", "float", "double", "short", "int", "long", "cfloat", "cdouble"]
)
def test_aliases(alias):
    ours, theirs = both(alias)
    assert repr(ours) == repr(theirs)


def test_promote_types_and_can_cast_for_all_pairs():
    for a, b in itertools.product(NAMES, NAMES):
        (our_a, their_a), (our_b, their_b) = both(a), both(b)
        ours = outcome(dtypes.promote_types, our_a, our_b)
        assert ours == outcome(torch.promote_types, their_a, their_b), (a, b)
        assert dtypes.can_cast(our_a, our_b) == torch.can_cast(their_a, their_b), (a, b)


def test_result_type_for_all_pairs_of_operands(default_dtype):
    operands = [np.ones(shape, name) for name in NAMES for shape in [(), (2,), (0, 3)]]
    operands = [(x, torch.from_numpy(x)) for x in operands] + [(x, x) for x in NUMBERS]
    compared = 0
    for (our_a, their_a), (our_b, their_b) in itertools.product(operands, operands):
        theirs = outcome(torch.result_type, their_a, their_b)
        if theirs == "torch.complex32":
            theirs = "torch.complex64"
        ours = outcome(dtypes.result_type, our_a, our_b)
        assert ours == theirs, (their_a, their_b)
        compared += 1
    assert compared == len(operands) ** 2


def test_default_dtype_errors():
    for given in [("int32",), ("bool",), ("complex64",), float, "float32", None]:
        ours, theirs = both(given[0]) if isinstance(given, tuple) else (given, given)
        assert outcome(dtypes.set_default_dtype, ours) == outcome(torch.set_default_dtype, theirs)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("limits", ["finfo", "iinfo"])
def test_limits(limits, name):
    our_dtype, their_dtype = both(name)
    ours = outcome(getattr(dtypes, limits), our_dtype)
    theirs = outcome(getattr(torch, limits), their_dtype)
    if not isinstance(theirs, str):
        assert (ours[0], ours[1][:30]) == (theirs[0], theirs[1][:30])
        return
    assert ours == theirs
    ours, theirs = getattr(dtypes, limits)(our_dtype), getattr(torch, limits)(their_dtype)
    for attribute in filter(lambda a: not a.startswith("_"), dir(theirs)):
        value = getattr(ours, attribute)
        assert value == getattr(theirs, attribute), attribute
        assert type(value) is type(getattr(theirs, attribute)), attribute
