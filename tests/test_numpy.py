"""Every function of NumPy that has a derivative, at every call of `tests/numpy_calls`.

Each call is checked for value and dtype on both faces, for first and second derivatives in both
modes against finite differences, through `minitorch.numpy`, and, where they are installed, beside
HIPS autograd and JAX.
"""

from __future__ import annotations

import inspect
import types

import numpy as np
import pytest

import minitorch
import minitorch.numpy
from minitorch import grad, make_jvp, value_and_grad
from minitorch.engine.box import Box
from minitorch.faces import protocols
from minitorch.faces.array import Array
from minitorch.faces.tensor import Tensor
from tests.numpy_calls import CASES

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
ALL = {
    f"{getattr(function, '__module__', 'numpy')}.{function.__name__}-{i}".removeprefix(
        "numpy."
    ): case
    for function, cases in CASES.items()
    for i, case in enumerate(cases)
}
each_call = pytest.mark.parametrize(("f", "x"), ALL.values(), ids=ALL)


def parts(y):
    """The arrays in what a function returns."""
    if isinstance(y, (tuple, list)):
        return [part for element in y for part in parts(element)]
    return [y]


def inputs(x):
    return x if isinstance(x, tuple) else (x,)


def unboxed(y):
    return y._value if isinstance(y, Box) else np.asarray(y)


def is_smooth(y):
    return np.asarray(unboxed(y)).dtype.kind in "fc"


def scalar_of(f, xs, np=np):
    """A real number made of all that `f` gives, and which changes with every element of it."""
    rng = np_random(3)
    weights = [rng(unboxed(y)) if is_smooth(y) and unboxed(y).size else None for y in parts(f(*xs))]

    def scalar(*xs):
        total = 0.0
        for y, w in zip(parts(f(*xs)), weights, strict=True):
            if w is not None:
                y = np.sum(np.sin(y) * w)
                total = total + (np.real(y) if w.dtype.kind == "c" else y)
        return total

    return scalar if any(w is not None for w in weights) else None


def np_random(seed):
    """Draws of normal numbers like an array: of its shape, complex where it is."""
    rng = np.random.default_rng(seed)

    def like(a):
        draw = rng.normal(size=a.shape)
        return draw + 1j * rng.normal(size=a.shape) if a.dtype.kind == "c" else draw

    return like


def along(grads, vs):
    """The change that gradients predict along `vs`."""
    return sum(np.sum(g * v).real for g, v in zip(grads, vs, strict=True))


def shifted(xs, vs, step):
    return tuple(x + step * v for x, v in zip(xs, vs, strict=True))


@each_call
def test_value(f, x):
    expected = parts(f(*inputs(x)))
    for face in (Array, minitorch.tensor):
        found = parts(f(*[face(a) for a in inputs(x)]))
        assert len(found) == len(expected)
        for y, want in zip(found, expected, strict=True):
            np.testing.assert_allclose(unboxed(y), want, rtol=1e-13, atol=1e-13)
            if isinstance(want, np.ndarray | np.generic) and want.dtype.kind in "biufc":
                assert isinstance(y, Box) or face is not Array or want.dtype.kind in "bi"
                assert unboxed(y).dtype == want.dtype or face is not Array
                assert unboxed(y).shape == want.shape


@each_call
def test_derivatives(f, x):
    xs = inputs(x)
    scalar = scalar_of(f, xs)
    if scalar is None or not all(a.dtype.kind in "fc" for a in xs):
        return
    like, numbers, eps = np_random(5), tuple(range(len(xs))), 1e-6
    vs = [like(a) for a in xs]
    slope = (scalar(*shifted(xs, vs, eps)) - scalar(*shifted(xs, vs, -eps))) / (2 * eps)
    g = grad(scalar, numbers)
    grads = g(*xs)
    for a, b in zip(grads, xs, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
    assert along(grads, vs) == pytest.approx(slope, rel=2e-6, abs=2e-6)
    moved = make_jvp(scalar, numbers)(*xs)(tuple(vs))[1]
    assert float(moved) == pytest.approx(slope, rel=2e-6, abs=2e-6)
    pairs = zip(g(*shifted(xs, vs, eps)), g(*shifted(xs, vs, -eps)), strict=True)
    bends = [(up - down) / (2 * eps) for up, down in pairs]
    forward = make_jvp(g, numbers)(*xs)(tuple(vs))[1]
    reverse = grad(lambda *xs: predicted(g(*xs), vs), numbers)(*xs)
    for found in (forward, reverse):
        for a, b in zip(found, bends, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def predicted(grads, vs):
    """`along`, of gradients that are traced."""
    total = 0.0
    for g, v in zip(grads, vs, strict=True):
        total = total + (np.real(np.sum(g * v)) if v.dtype.kind == "c" else np.sum(g * v))
    return total


@each_call
def test_float32_is_kept(f, x):
    xs = tuple(a.astype({"f": "f4", "c": "c8"}.get(a.dtype.kind, a.dtype)) for a in inputs(x))
    expected = parts(f(*xs))
    found = parts(f(*[Array(a) for a in xs]))
    for y, want in zip(found, expected, strict=True):
        if isinstance(want, np.ndarray | np.generic):
            assert unboxed(y).dtype == want.dtype


def renamed(f, namespace):
    """The same function with `np` meaning another namespace."""
    if not isinstance(f, types.FunctionType) or getattr(f, "__module__", "numpy").startswith(
        "numpy"
    ):
        module = getattr(f, "__module__", None) or "numpy"
        space = namespace
        for name in module.split(".")[1:]:
            if not name.startswith("_") and name not in ("lib",):
                space = getattr(space, name)
        return getattr(space, f.__name__)
    names = {**f.__globals__, "np": namespace}
    return types.FunctionType(f.__code__, names, f.__name__, f.__defaults__, f.__closure__)


@each_call
def test_namespace(f, x):
    """`minitorch.numpy` gives what plain NumPy does, on arrays and on boxes."""
    ours, xs = renamed(f, minitorch.numpy), inputs(x)
    for face in (np.asarray, Array):
        for y, want in zip(parts(ours(*map(face, xs))), parts(f(*map(face, xs))), strict=True):
            assert isinstance(y, Box) == isinstance(want, Box)
            np.testing.assert_array_equal(unboxed(y), unboxed(want))


def test_every_function_of_the_tables_is_called():
    protocols._families()
    missing = {f.__name__ for f in set(protocols.functions) - set(CASES)}
    assert not missing


def test_every_keyword_of_numpys_signature_is_known():
    protocols._families()
    for function, ours in protocols.functions.items():
        known = inspect.signature(ours).parameters
        if any(p.kind is p.VAR_KEYWORD for p in known.values()):
            continue
        try:
            signature = inspect.signature(function)
        except ValueError:  # NumPy 2.0 tells none for some
            continue
        for name, parameter in signature.parameters.items():
            if name == "interpolation":  # which earlier NumPys warn of
                continue
            if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                assert name in known, (function.__name__, name)


# beside other libraries

# where they are wrong, or have another convention at a kink; found by their finite differences
DIFFERENT = {
    "autograd": {
        "reshape-4", "ravel-2", "transpose-2", "diag-0", "diag-2", "array_split-2",
        "concatenate-3", "tile-0", "tril-2", *(f"full_like-{i}" for i in range(1, 5)),
        # masks and means given by keyword are ignored; NaN from products with zeros and `initial=`
        "sum-5", "prod-3", "prod-4", "prod-7", "mean-2", "var-2", "var-4", "var-6", "var-7",
        "std-4", "std-8", "max-5", "min-2",
        # no slope of sign, another branch of arccosh (complex); NaN for sinc at 0; parts of NaN
        "sign-1", "arccosh-1", "sinc-1", "nan_to_num-3",
        # complex matrices; vectors and stacks that broadcast; one triangle; shapes of gradients
        *(f"linalg.{name}" for name in (
            "pinv-2", "pinv-3", "solve-3", "solve-4", "solve-6", "solve-7", "cholesky-6", "norm-9",
            "norm-10", "norm-11", "norm-12", "norm-15", "norm-16", "norm-35")),
        "fft.rfft-5", "fft.irfft-7", "outer-2", "kron-3", "cross-2",
    },
    "jax": {
        # residuals where NumPy gives none; Hermitian matrices are both triangles together
        "linalg.lstsq-2", "linalg.lstsq-4", "linalg.cholesky-6", "linalg.cholesky-7",
        "linalg.eigh-9", "linalg.eigvalsh-4",
        "sign-1", "arccosh-1",
        "vander-3", "polydiv-0", "roots-1",
        # zeros for the values of `unique`; counts are of floating point
        *(f"{name}-{i}" for i in range(6)
          for name in ("unique", "union1d", "intersect1d", "setdiff1d", "setxor1d")),
        "unique_values-0", "unique_all-0", "unique_counts-0", "unique_inverse-0",
        "histogram-0", "histogram2d-0", "histogramdd-0",
    },
}  # fmt: skip


def hips():
    oracle = pytest.importorskip("autograd")
    return oracle.grad, pytest.importorskip("autograd.numpy")


def jax():
    oracle = pytest.importorskip("jax")
    oracle.config.update("jax_enable_x64", True)
    return oracle.grad, oracle.numpy


FIRST = {name: case for name, case in ALL.items() if name.endswith("-0")}
SOME = dict(list(FIRST.items())[::8])


@pytest.mark.parametrize(
    ("library", "calls", "least"),
    [
        (hips, ALL, 200),
        (jax, SOME, 15),  # it compiles each call: minutes for all of them
        pytest.param(jax, ALL, 400, marks=pytest.mark.full),
    ],
)
def test_other_libraries_agree(library, calls, least):
    """Wherever HIPS autograd or JAX can do the call, the gradient is theirs."""
    their_grad, namespace = library()
    compared = 0
    for name, (f, x) in calls.items():
        if name in DIFFERENT[namespace.__name__.partition(".")[0]]:
            continue
        xs = inputs(x)
        scalar = scalar_of(f, xs)
        if scalar is None or not all(a.dtype.kind in "fc" for a in xs):
            continue
        try:
            theirs = their_grad(scalar_of(renamed(f, namespace), xs, namespace))(*xs)
        except Exception:  # whatever it raises for what it has not
            continue
        ours = value_and_grad(scalar)(*xs)[1]
        np.testing.assert_allclose(ours, np.asarray(theirs), rtol=1e-6, atol=1e-8, err_msg=name)
        compared += 1
    assert compared >= least


def test_tensors_stay_tensors():
    for f, x in ALL.values():
        for y in parts(f(*[minitorch.tensor(a) for a in inputs(x)])):
            assert not isinstance(y, Array)
            assert isinstance(y, Tensor) or not isinstance(y, Box)
