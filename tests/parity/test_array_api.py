"""`minitorch.array_api` beside array_api_strict, the standard's own implementation on NumPy."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

import minitorch

strict = pytest.importorskip("array_api_strict")
ours = minitorch.zeros(1).__array_namespace__()

FLOATS = "float32 float64".split()
INTEGERS = "int8 int16 int32 int64 uint8".split()
COMPLEX = "complex64 complex128".split()
ALL = ["bool", *INTEGERS, *FLOATS, *COMPLEX]
NUMBERS = ALL[1:]
REALS = [*INTEGERS, *FLOATS]
INEXACT = [*FLOATS, *COMPLEX]
WHOLE = ["bool", *INTEGERS]

# The calls, by the dtypes that they take: x, y are (2, 3), s has no dimensions, v, w are vectors,
# m are two positive definite matrices. docs/array_api.md says what is not compared.
CALLS = {
    **{f"xp.{name}(x)": NUMBERS for name in "abs negative positive sign square".split()},
    **{f"xp.{name}(x)": REALS for name in "ceil floor round trunc".split()},
    **{
        f"xp.{name}(x)": INEXACT
        for name in (
            "acosh asinh atan cos cosh exp expm1 log log10 log1p log2 reciprocal sin sinh sqrt "
            "tan tanh"
        ).split()
    },
    **{f"xp.{name}(x / 9)": INEXACT for name in "acos asin atanh".split()},
    **{f"xp.{name}(x)": NUMBERS for name in "isfinite isinf isnan real".split()},
    **{f"xp.{name}(x)": COMPLEX for name in "imag conj".split()},
    "xp.signbit(-x)": FLOATS,
    "xp.logical_not(b)": ["bool"],
    "xp.bitwise_invert(x)": WHOLE,
    **{f"xp.{name}(x, y)": NUMBERS for name in "add subtract multiply".split()},
    **{f"xp.{name}(x, s)": NUMBERS for name in "add subtract multiply".split()},
    **{f"xp.{name}(x, 2)": NUMBERS for name in "add subtract multiply".split()},
    **{f"xp.{name}(x, y)": INEXACT for name in "divide pow".split()},
    **{f"xp.{name}(2, x)": INEXACT for name in "divide pow".split()},
    **{
        f"xp.{name}(x, y)": REALS
        for name in (
            "floor_divide remainder maximum minimum less less_equal greater greater_equal"
        ).split()
    },
    **{f"xp.{name}(x, 2)": REALS for name in "maximum less greater_equal".split()},
    **{f"xp.{name}(x, y)": ALL for name in "equal not_equal".split()},
    **{f"xp.{name}(x, y)": FLOATS for name in "atan2 copysign hypot logaddexp nextafter".split()},
    **{f"xp.logical_{name}(b, x > 2)": FLOATS for name in "and or xor".split()},
    **{f"xp.bitwise_{name}(x, y)": WHOLE for name in "and or xor".split()},
    **{f"xp.bitwise_{name}_shift(x, y)": INTEGERS for name in "left right".split()},
    "xp.clip(x, 1, 3)": REALS,
    "xp.clip(x, min=2)": REALS,
    "xp.clip(x, max=y)": REALS,
    "xp.clip(x)": REALS,
    # creation
    "xp.arange(5)": ["int64"],
    "xp.arange(1, 7, 2)": ["int64"],
    "xp.arange(5, 1)": ["int64"],
    "xp.arange(5, 1, -1)": ["int64"],
    "xp.arange(0.0, 1.0, 0.25, dtype=x.dtype)": FLOATS,
    "xp.asarray([[1, 2], [3, 4]], dtype=x.dtype)": ALL,
    "xp.asarray(x)": ALL,
    "xp.asarray(x, copy=True)": ALL,
    "xp.eye(3, dtype=x.dtype)": ALL,
    "xp.eye(2, 4, k=1, dtype=x.dtype)": ALL,
    "xp.eye(3, 2, k=-1, dtype=x.dtype)": ALL,
    "xp.full((2, 3), 1, dtype=x.dtype)": NUMBERS,
    "xp.full(3, 1, dtype=x.dtype)": NUMBERS,
    "xp.full_like(x, 3)": NUMBERS,
    "xp.zeros((2, 3), dtype=x.dtype)": ALL,
    "xp.zeros(2, dtype=x.dtype)": ALL,
    "xp.ones((2, 0), dtype=x.dtype)": ALL,
    "xp.ones_like(x)": ALL,
    "xp.zeros_like(x)": ALL,
    "xp.empty((2, 3), dtype=x.dtype) * 0 + 1 == 1": INTEGERS,
    "list(xp.empty_like(x).shape)": ALL,
    "xp.linspace(0, 1, 5, dtype=x.dtype)": FLOATS,
    "xp.linspace(0, 1, 5, dtype=x.dtype, endpoint=False)": FLOATS,
    "xp.meshgrid(v, w)": NUMBERS,
    "xp.meshgrid(v, w, indexing='ij')": NUMBERS,
    "xp.tril(m)": ["float32", "float64"],
    "xp.triu(m, k=1)": ["float32", "float64"],
    "xp.from_dlpack(x)": NUMBERS,
    # dtypes
    "xp.astype(x, xp.float64)": REALS,
    "xp.astype(x, xp.bool)": REALS,
    "xp.astype(x, x.dtype, copy=False)": ALL,
    "xp.result_type(x, s)": NUMBERS,
    "xp.result_type(x, xp.complex64)": INEXACT,
    "xp.result_type(x, 1)": NUMBERS,
    "[xp.can_cast(x.dtype, d) for d in (xp.int16, xp.int64, xp.float64, xp.complex128)]": INEXACT,
    "[xp.isdtype(x.dtype, k) for k in ('bool', 'integral', 'numeric', 'real floating')]": ALL,
    "[xp.isdtype(x.dtype, k) for k in ('signed integer', ('bool', 'integral'), xp.int8)]": ALL,
    "xp.isdtype(x.dtype, 'unsigned integer')": ALL,
    "[getattr(xp.iinfo(x.dtype), k) for k in ('bits', 'max', 'min', 'dtype')]": INTEGERS,
    "[float(getattr(xp.finfo(x.dtype), k)) for k in ('bits', 'eps', 'max', 'min')]": INEXACT,
    "float(xp.finfo(x.dtype).smallest_normal)": INEXACT,
    "xp.finfo(x.dtype).dtype": INEXACT,
    # rearranging
    "xp.broadcast_arrays(x, w)": ALL,
    "xp.broadcast_to(w, (4, 3))": ALL,
    "xp.concat([x, y])": ALL,
    "xp.concat([x, y], axis=1)": ALL,
    "xp.concat([x, y], axis=None)": ALL,
    "xp.stack([x, y], axis=-1)": ALL,
    "xp.unstack(x, axis=1)": ALL,
    "xp.expand_dims(x, axis=1)": ALL,
    "xp.squeeze(xp.expand_dims(x, axis=0), axis=0)": ALL,
    "xp.flip(x)": ALL,
    "xp.flip(x, axis=1)": ALL,
    "xp.roll(x, 1)": ALL,
    "xp.roll(x, (1, 2), axis=(0, 1))": ALL,
    "xp.repeat(x, 2)": ALL,
    "xp.repeat(x, 2, axis=1)": ALL,
    "xp.tile(x, (2, 1, 2))": ALL,
    "xp.tile(x, (2,))": ALL,
    "xp.reshape(x, (3, -1))": ALL,
    "xp.reshape(x, (6,), copy=True)": ALL,
    "xp.permute_dims(x, (1, 0))": ALL,
    "xp.moveaxis(x, 0, -1)": ALL,
    "xp.matrix_transpose(x)": ALL,
    "xp.take(x, xp.asarray([2, 0, 1]), axis=1)": ALL,
    "xp.take(w, xp.asarray([1, 1]))": ALL,
    "xp.take_along_axis(x, xp.asarray([[1, 0], [2, 2]]), axis=1)": ALL,
    "xp.take_along_axis(x, xp.asarray([[1, 0, 1]]), axis=0)": ALL,
    # reducing
    **{
        f"xp.{name}(x{axis})": kinds
        for name, kinds in (
            ("sum", ["int32", "int64", *INEXACT]), ("prod", ["int64", *INEXACT]),
            ("mean", INEXACT), ("var", FLOATS), ("std", FLOATS), ("max", REALS), ("min", REALS),
            ("all", ALL), ("any", ALL), ("count_nonzero", ALL),
        )
        for axis in (
            "", ", axis=1", ", axis=(0, 1)", ", axis=-1, keepdims=True", ", keepdims=True",
        )
    },
    "xp.sum(x, dtype=xp.float64)": REALS,
    "xp.sum(x, axis=())": ["int64", *INEXACT],
    "xp.prod(x, axis=0, dtype=xp.int64)": INTEGERS,
    "xp.var(x, correction=1)": FLOATS,
    "xp.std(x, axis=1, correction=1.0)": FLOATS,
    **{
        f"xp.{name}(x{axis})": REALS
        for name in ("argmax", "argmin")
        for axis in ("", ", axis=0", ", axis=1, keepdims=True", ", keepdims=True")
    },
    "xp.cumulative_sum(x, axis=1)": ["int64", *INEXACT],
    "xp.cumulative_sum(w, include_initial=True)": ["int64", *INEXACT],
    "xp.cumulative_prod(x, axis=0, include_initial=True)": ["int64", *INEXACT],
    "xp.diff(x)": NUMBERS,
    "xp.diff(x, axis=0, n=1, append=x)": NUMBERS,
    "xp.nonzero(x)": ALL,
    "xp.searchsorted(xp.sort(w), x)": REALS,
    "xp.searchsorted(xp.sort(w), x, side='right')": REALS,
    "xp.where(b, x, y)": ALL,
    "xp.where(b, x, s)": ALL,
    "xp.where(b, x, 2)": NUMBERS,
    "xp.isin(x, w)": INTEGERS,
    "xp.sort(x)": REALS,
    "xp.sort(x, axis=0, descending=True)": REALS,
    "xp.argsort(x)": REALS,
    "xp.unique_values(r)": REALS,
    "xp.unique_counts(r)": REALS,
    "xp.unique_inverse(r)": REALS,
    "xp.unique_all(r)": REALS,
    # linear algebra
    "xp.matmul(x, xp.matrix_transpose(y))": INEXACT,
    "xp.matmul(x, w)": INEXACT,
    "xp.tensordot(x, y)": INEXACT,
    "xp.tensordot(x, y, axes=((1,), (1,)))": INEXACT,
    "xp.vecdot(x, y)": INEXACT,
    "xp.vecdot(x, y, axis=-2)": INEXACT,
    "xp.linalg.outer(v, w)": INEXACT,
    "xp.linalg.cross(x, y)": INEXACT,
    "xp.linalg.diagonal(m, offset=1)": INEXACT,
    "xp.linalg.trace(m)": INEXACT,
    **{
        f"xp.linalg.{name}": INEXACT
        for name in (
            "cholesky(m)", "cholesky(m, upper=True)", "det(m)", "eigvalsh(m)", "inv(m)",
            "matrix_norm(m)", "matrix_norm(m, ord=1, keepdims=True)", "matrix_power(m, 3)",
            "matrix_rank(m)", "pinv(m)", "slogdet(m)", "solve(m, m + 1)", "solve(m[0, ...], w)",
            "svdvals(m)", "vector_norm(x)", "vector_norm(x, axis=1, keepdims=True, ord=1)",
            "matrix_rank(m, rtol=0.1)",
        )
    },
    "abs(xp.linalg.eigh(m).eigenvalues)": INEXACT,
    "abs(xp.linalg.qr(m).R)": INEXACT,
    "xp.linalg.svd(m, full_matrices=False).S": INEXACT,
    # Fourier transforms
    **{
        f"xp.fft.{name}": COMPLEX
        for name in (
            "fft(x)", "ifft(x, axis=0)", "fftn(x)", "ifftn(x, axes=(0, 1))", "hfft(x)",
            "fft(x, n=5, norm='ortho')", "irfft(x)", "irfftn(x, s=(2, 4), axes=(0, 1))",
            "fftshift(x)", "ifftshift(x, axes=1)",
        )
    },
    **{f"xp.fft.{name}": FLOATS for name in ("rfft(x)", "rfftn(x)", "ihfft(x)")},
    "xp.fft.fftfreq(5, d=0.5, dtype=x.dtype)": FLOATS,
    "xp.fft.rfftfreq(6, dtype=x.dtype)": FLOATS,
}  # fmt: skip


def operands(xp, dtype: str) -> dict[str, object]:
    """The same operands in either namespace."""
    rng = np.random.default_rng(1)
    kind = np.dtype(dtype)

    def made(shape: tuple[int, ...], seed: int):
        values = np.random.default_rng(seed).integers(1, 6, shape)
        array = values % 2 == 0 if kind.kind == "b" else values.astype(kind)
        if kind.kind == "c":
            array = array + np.asarray(0.5j, kind) * np.flip(array)
        return xp.asarray(np.array(array, kind).tolist(), dtype=getattr(xp, dtype))

    found = {"x": made((2, 3), 1), "y": made((2, 3), 2), "s": made((), 3), "v": made((2,), 4)}
    found.update(w=made((3,), 5), r=made((3, 4), 6))
    found["b"] = xp.asarray((rng.random((2, 3)) < 0.5).tolist())
    if kind.kind in "fc":
        square = rng.standard_normal((2, 3, 3)).round(2)
        square = square @ square.transpose(0, 2, 1) + np.eye(3)
        found["m"] = xp.asarray(square.tolist(), dtype=getattr(xp, dtype))
    return found


def plain(result):
    """A result of either namespace in words of NumPy and Python."""
    if isinstance(result, minitorch.Tensor):
        return result.numpy()
    if isinstance(result, (tuple, list)) and not isinstance(result, minitorch.Size):
        return [plain(part) for part in result]
    if type(result).__module__.startswith("array_api_strict") and hasattr(result, "_array"):
        return np.asarray(result._array)
    if isinstance(result, (bool, int, float)):
        return result
    return str(result).replace("torch.", "").replace("array_api_strict.", "").replace("Size", "")


def assert_same(mine, theirs, tolerance: float) -> None:
    if isinstance(theirs, list):
        assert isinstance(mine, list)
        assert len(mine) == len(theirs)
        for one, other in zip(mine, theirs, strict=True):
            assert_same(one, other, tolerance)
    elif isinstance(theirs, np.ndarray):
        assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape)
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)
    elif isinstance(theirs, (bool, int, float)):
        assert mine == pytest.approx(theirs)
    else:
        assert mine.strip("()[] ") == theirs.strip("()[] ")


CASES = [(call, dtype) for call, dtypes in CALLS.items() for dtype in dtypes]


@pytest.mark.parametrize("call, dtype", CASES)
def test_calls(call: str, dtype: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = eval(call, {"xp": strict, **operands(strict, dtype)})
    mine = eval(call, {"xp": ours, **operands(ours, dtype)})
    tolerance = 2e-3 if dtype in ("float32", "complex64") else 1e-9
    assert_same(plain(mine), plain(theirs), tolerance)


@pytest.mark.parametrize("module", ["", "linalg", "fft"])
def test_every_name_with_its_keywords(module: str) -> None:
    theirs = getattr(strict, module) if module else strict
    mine = getattr(ours, module) if module else ours
    names = {name for name in theirs.__all__ if not name.startswith("__array_api_strict")}
    own = {"ArrayAPIStrictFlags", "Device", "get_array_api_strict_flags", "__version__",
           "set_array_api_strict_flags", "reset_array_api_strict_flags",
           "broadcast_shapes"}  # fmt: skip
    assert sorted(name for name in names - own if not hasattr(mine, name)) == []
    for name in names - own:
        expected = getattr(theirs, name)
        if not inspect.isfunction(expected):
            continue
        wanted = inspect.signature(expected).parameters
        given = inspect.signature(getattr(mine, name)).parameters
        missing = [
            key
            for key, parameter in wanted.items()
            if parameter.kind is parameter.KEYWORD_ONLY and key not in given
        ]
        assert missing == [], name


def test_each_function_is_compared() -> None:
    text = " ".join(CALLS)
    for module in ("", "linalg.", "fft."):
        space = getattr(ours, module.rstrip(".")) if module else ours
        for name in space.__all__:
            if callable(getattr(space, name)) and not name.startswith("_"):
                shared = module == "linalg." and hasattr(ours, name)
                assert shared or f"{module}{name}(" in text, module + name


def test_the_namespace() -> None:
    x = minitorch.zeros(2)
    assert x.__array_namespace__(api_version="2024.12") is ours
    assert x.__array_namespace__(api_version="2022.12") is ours
    with pytest.raises(ValueError, match="1999"):
        x.__array_namespace__(api_version="1999.01")
    info = ours.__array_namespace_info__()
    assert info.default_dtypes()["real floating"] is minitorch.float32
    assert set(info.dtypes(kind="signed integer")) == {"int8", "int16", "int32", "int64"}
    assert info.devices() == [minitorch.device("cpu")]
    assert info.default_device() in info.devices()
    assert info.capabilities()["boolean indexing"]


def test_gradients_pass_through() -> None:
    x = minitorch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    xp = x.__array_namespace__()
    xp.sum(xp.multiply(xp.permute_dims(x, (1, 0)), 2.0), axis=(0, 1)).backward()
    assert x.grad.tolist() == [[2, 2], [2, 2]]


def test_isin_inverted() -> None:
    x, y = minitorch.tensor([1, 2, 3]), minitorch.tensor([1, 9])
    assert ours.isin(x, y, invert=True).tolist() == [False, True, True]  # strict ignores it


def test_mixtures_that_the_standard_leaves_open_are_refused() -> None:
    x = minitorch.tensor([1, 2])
    with pytest.raises(TypeError, match="float beside"):
        ours.add(x, 1.5)
    with pytest.raises(TypeError, match="at least one"):
        ours.add(1, 2)
    with pytest.raises(ValueError, match="length 1"):
        ours.squeeze(x, axis=0)


def test_array_api_compat_takes_it() -> None:
    compat = pytest.importorskip("array_api_compat")
    x = minitorch.ones(3)
    assert compat.array_namespace(x, x) is ours


def test_the_page_is_of_today() -> None:
    from docs import make_array_api

    text = make_array_api.PATH.read_text(encoding="utf-8")
    assert text == make_array_api.page(), "run: python -m docs.make_array_api"
