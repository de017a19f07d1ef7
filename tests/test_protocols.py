"""Plain NumPy functions on boxes: values, dtypes and gradients, and what is refused."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import minitorch as torch
from minitorch import grad
from minitorch.differential import make_jvp
from minitorch.faces import protocols
from minitorch.faces.array import Array
from minitorch.faces.tensor import Tensor

X = np.array([[0.3, -1.2, 0.7], [1.6, 0.4, -0.57]])
V = np.array([0.9, -0.4, 1.3, 0.2])
P = np.array([[0.4, 0.8, 0.6], [0.7, 0.3, 0.9]])  # inside of every domain but arccosh's
S = np.array([[2.0, 0.3], [-0.1, 1.5]])
W = np.array([[0.2, -0.6, 1.1], [0.5, -0.8, 0.3]])
C = np.cos(np.arange(24.0) ** 2).reshape(2, 3, 4)
MASK = np.array([[True, False, True], [False, True, True]])

# a function that is called with a box (or several) in place of its arrays, and those arrays
CASES = {
    np.sum: [(np.sum, X), (lambda x: np.sum(x, 1), X), (lambda x: np.sum(x, -1), C),
             (lambda x: np.sum(x, (0, 2), keepdims=True), C),
             (lambda x: np.sum(x, where=MASK, initial=2.0), X)],
    np.prod: [(np.prod, X), (lambda x: np.prod(x, 0), X), (lambda x: np.prod(x, (0, 2)), C),
              (lambda x: np.prod(x, axis=1, keepdims=True, where=MASK, initial=3.0), X),
              (np.prod, np.array([0.0, 2.0, 3.0])), (np.prod, np.array(2.0))],
    np.mean: [(np.mean, X), (lambda x: np.mean(x, 1, keepdims=True), X),
              (lambda x: np.mean(x, 0, where=MASK), X)],
    np.var: [(np.var, X), (lambda x: np.var(x, 1, ddof=1), X), (lambda x: np.var(x, where=MASK), X),
             (lambda x: np.var(x, 1, mean=np.mean(x, 1, keepdims=True)), X)],
    np.std: [(np.std, X), (lambda x: np.std(x, 0, ddof=1, keepdims=True), X)],
    np.max: [(np.max, X), (lambda x: np.max(x, 1), X), (lambda x: np.max(x, initial=1.0), X),
             (lambda x: np.max(x, 0, where=MASK, initial=-9.0), X)],
    np.min: [(np.min, X), (lambda x: np.min(x, (0, 1), keepdims=True), X)],
    np.amax: [(lambda x: np.amax(x, axis=0), X)], np.amin: [(lambda x: np.amin(x, axis=0), X)],
    np.ptp: [(np.ptp, X), (lambda x: np.ptp(x, 1), X)],
    np.argmax: [(np.argmax, X), (lambda x: np.argmax(x, 1, keepdims=True), X),
                (lambda x: np.argmax(x, keepdims=True), X)],
    np.argmin: [(np.argmin, X), (lambda x: np.argmin(x, 0), X)],
    np.all: [(lambda x: np.all(x > -1), X), (lambda x: np.all(x > 0, 1, where=MASK), X)],
    np.any: [(lambda x: np.any(x > 1), X), (lambda x: np.any(x > 1, (0, 1), keepdims=True), X)],
    np.count_nonzero: [(np.count_nonzero, X), (lambda x: np.count_nonzero(x > 0, 1), X)],
    np.cumsum: [(np.cumsum, X), (lambda x: np.cumsum(x, 1), X), (np.cumsum, np.array(2.0))],
    np.cumprod: [(np.cumprod, X), (lambda x: np.cumprod(x, 0), X),
                 (np.cumprod, np.array([2.0, 0.0, 3.0]))],
    np.diff: [(np.diff, X), (lambda x: np.diff(x, 2, axis=0, append=9.0), X),
              (lambda x: np.diff(x, prepend=x[:, :1]), X)],
    np.sort: [(np.sort, X), (lambda x: np.sort(x, 0), X), (lambda x: np.sort(x, None), X)],
    np.linalg.norm: [(np.linalg.norm, X), (lambda x: np.linalg.norm(x, axis=1), X),
                     *((lambda x, p=p: np.linalg.norm(x, p, axis=0, keepdims=True), X)
                       for p in (0, 1, 2, 3, np.inf, -np.inf)),
                     *((lambda x, p=p: np.linalg.norm(x, p), X)
                       for p in ("fro", 1, -1, np.inf, -np.inf)),
                     (lambda x: np.linalg.norm(x, 1, axis=(0, 2), keepdims=True), C)],
    np.reshape: [(lambda x: np.reshape(x, (3, 2)), X), (lambda x: np.reshape(x, -1), X),
                 (lambda x: np.reshape(x, (3, -1), order="F"), X),
                 (lambda x: np.reshape(x, (4, 6), order="F"), C)],
    np.ravel: [(np.ravel, X), (lambda x: np.ravel(x, "F"), X)],
    np.transpose: [(np.transpose, X), (lambda x: np.transpose(x, (2, 0, 1)), C)],
    np.swapaxes: [(lambda x: np.swapaxes(x, 0, -1), C)],
    np.moveaxis: [(lambda x: np.moveaxis(x, 0, -1), C),
                  (lambda x: np.moveaxis(x, (0, 1), (2, 0)), C)],
    np.rollaxis: [(lambda x: np.rollaxis(x, 2), C), (lambda x: np.rollaxis(x, 0, 3), C)],
    np.matrix_transpose: [(np.matrix_transpose, C)],
    np.expand_dims: [(lambda x: np.expand_dims(x, 1), X),
                     (lambda x: np.expand_dims(x, (0, -1)), X)],
    np.squeeze: [(lambda x: np.squeeze(x[:, None, :1]), X), (lambda x: np.squeeze(x[:, :1], 1), X)],
    np.broadcast_to: [(lambda x: np.broadcast_to(x, (4, 2, 3)), X)],
    np.broadcast_arrays: [(lambda x: np.broadcast_arrays(x, np.ones((2, 1)))[0], X[:1])],
    np.atleast_1d: [(np.atleast_1d, np.array(2.0))],
    np.atleast_2d: [(np.atleast_2d, V), (np.atleast_2d, np.array(2.0))],
    np.atleast_3d: [(np.atleast_3d, V), (np.atleast_3d, X), (np.atleast_3d, np.array(2.0))],
    np.diagonal: [(np.diagonal, X), (lambda x: np.diagonal(x, 1, 2, 0), C)],
    np.diag: [(np.diag, X), (lambda x: np.diag(x, -1), V)],
    np.trace: [(np.trace, X), (lambda x: np.trace(x, 1, 1, 2), C)],
    np.concatenate: [(lambda x: np.concatenate([x, x * x, W]), X),
                     (lambda x: np.concatenate((x, [[1], [2]]), 1), X),
                     (lambda x: np.concatenate([x, W], None), X)],
    np.stack: [(lambda x: np.stack([x, W]), X), (lambda x: np.stack((x, x), axis=-1), X),
               (lambda x: np.stack([x[0, 0], 1.0, x[1, 1]]), X)],
    np.vstack: [(lambda x: np.vstack([x, V, x]), V), (lambda x: np.vstack([x, W]), X)],
    np.hstack: [(lambda x: np.hstack([x, 1.0, V]), V), (lambda x: np.hstack([x, W]), X)],
    np.dstack: [(lambda x: np.dstack([x, W]), X), (lambda x: np.dstack([x, x]), V)],
    np.column_stack: [(lambda x: np.column_stack([x, V]), V),
                      (lambda x: np.column_stack([x, W]), X)],
    np.append: [(lambda x: np.append(x, 3.0), X), (lambda x: np.append(x, W, 1), X)],
    np.array_split: [(lambda x: np.array_split(x, 3)[1], V),
                     (lambda x: np.array_split(x, 2, 1)[0], X),
                     (lambda x: np.array_split(x, [3, 1])[2], V)],
    np.split: [(lambda x: np.split(x, 2)[1], V), (lambda x: np.split(x, [1, 2], 1)[2], X)],
    np.vsplit: [(lambda x: np.vsplit(x, 2)[0], X)], np.hsplit: [(lambda x: np.hsplit(x, 2)[0], V)],
    np.dsplit: [(lambda x: np.dsplit(x, 2)[1], C)],
    np.flip: [(np.flip, C), (lambda x: np.flip(x, (0, -1)), C)], np.flipud: [(np.flipud, X)],
    np.fliplr: [(np.fliplr, X)],
    np.rot90: [(lambda x, k=k: np.rot90(x, k), X) for k in range(-1, 4)]
    + [(lambda x: np.rot90(x, 1, (2, 0)), C)],
    np.roll: [(lambda x: np.roll(x, 2), X), (lambda x: np.roll(x, (1, -1), (0, 1)), X),
              (lambda x: np.roll(x, 1, (0, 1)), X), (lambda x: np.roll(x, (1, 2), 1), X)],
    np.tile: [(lambda x: np.tile(x, 2), X), (lambda x: np.tile(x, (2, 1, 3)), X),
              (lambda x: np.tile(x, 1), X)],
    np.repeat: [(lambda x: np.repeat(x, 2), X), (lambda x: np.repeat(x, [1, 0, 2], 1), X)],
    np.tril: [(np.tril, X), (lambda x: np.tril(x, 1), C), (np.tril, V)],
    np.triu: [(np.triu, X), (lambda x: np.triu(x, -1), C)],
    np.pad: [(lambda x: np.pad(x, 1), X), (lambda x: np.pad(x, ((0, 2), (1, 0))), X),
             (lambda x: np.pad(x, 1, constant_values=4.0), X),
             (lambda x: np.pad(x, (1, 2), "edge"), C), (lambda x: np.pad(x, 1, mode="wrap"), C),
             (lambda x: np.pad(x, (1, 2), "symmetric"), C),
             (lambda x: np.pad(x, 1, "reflect"), X)],
    np.copy: [(np.copy, X)],
    np.where: [(lambda x: np.where(x > 0, x, 0.0), X), (lambda x: np.where(MASK, 1.0, x * x), X),
               (lambda x: np.where(x > 0, 1.0, 2.0), X), (lambda x: np.where(x > 0)[1], X)],
    np.clip: [(lambda x: np.clip(x, -0.4, 0.6), X), (lambda x: np.clip(x, None, 0.6), X),
              (lambda x: np.clip(x, W, W + 1), X), (lambda x: np.clip(x, -0.5, W + 9), X),
              (lambda x: np.clip(W, x, None), X)],
    np.take: [(lambda x: np.take(x, [1, 1, 3]), X), (lambda x: np.take(x, [[0, 2], [2, 2]], 1), X),
              (lambda x: np.take(x, 5, 1, mode="wrap"), X), (lambda x: np.take(x, -1), X)],
    np.take_along_axis: [(lambda x: np.take_along_axis(x, np.argsort(x, 1), 1), X),
                         (lambda x: np.take_along_axis(x, np.array([[0], [2]]), -1), X),
                         (lambda x: np.take_along_axis(x, np.array([[-1, 0, 1]]), 0), X),
                         (lambda x: np.take_along_axis(x, np.array([5, 1]), None), X)],
    np.round: [(lambda x: np.round(x, 1), X)], np.around: [(np.around, X)],
    np.sinc: [(np.sinc, X)],
    np.nan_to_num: [(lambda x: np.nan_to_num(x / np.array([1.0, 1.0, 2.0])), X)],
    np.zeros_like: [(np.zeros_like, X)], np.ones_like: [(lambda x: np.ones_like(x, dtype=int), X)],
    np.empty_like: [(lambda x: np.empty_like(x) * 0, X)],
    np.full_like: [(lambda x: np.full_like(x, 3.0), X), (lambda x: np.full_like(x, x[0, 1]), X)],
    np.shape: [(np.shape, X)], np.ndim: [(np.ndim, X)],
    np.size: [(np.size, X), (lambda x: np.size(x, 1), X)],
    np.dot: [(lambda x: np.dot(x, S), X.T), (lambda x: np.dot(2.0, x), X),
             (lambda x: np.dot(x, x), V), (lambda x: np.dot(x, C), X),
             (lambda x: np.dot(C, x), V), (lambda x: np.dot(X[0], x), C)],
    np.inner: [(lambda x: np.inner(x, W), X), (lambda x: np.inner(3.0, x), V),
               (lambda x: np.inner(x, V), C)],
    np.outer: [(lambda x: np.outer(x, W), V), (lambda x: np.outer(x, x), X)],
    np.vdot: [(lambda x: np.vdot(x, W), X)],
    np.kron: [(lambda x: np.kron(x, S), X), (lambda x: np.kron(V, x), X)],
    np.tensordot: [(lambda x: np.tensordot(x, C, ((0, 1), (0, 1))), X),
                   (lambda x: np.tensordot(x, V, 0), X), (lambda x: np.tensordot(a=x, b=x), X),
                   (lambda x: np.tensordot(x, C, (1, -2)), X)],
    np.einsum: [(lambda x, s=s: np.einsum(s, x), a) for s, a in (
        ("ii", S), ("ii->i", S), ("ij->ji", X), ("ij->", X), ("ijk->kj", C), ("...j->j...", C))]
    + [(lambda x, s=s, b=b: np.einsum(s, x, b), a) for s, a, b in (
        ("ij,jk->ik", X, X.T), ("ij,kj", X, W), ("ij,ij->i", X, W), ("i,j->ij", V, V),
        ("...ij,...j->...i", C, V), ("ij,ik->", X, W), ("ijk,ij->k", C, X), ("ii,jj->ij", S, S),
        ("ijk, ijl -> ikl", C, C))]
    + [(lambda x: np.einsum("ij,jk,kl->il", x, X.T, x), X),
       (lambda x: np.einsum(x, [0, 1], W, [0, 1], [1]), X),
       (lambda x: np.einsum("bn,anm,bm->ba", V[None], np.ones((2, 4, 3)), x), X)],
}  # fmt: skip
if hasattr(np, "astype"):
    CASES[np.astype] = [(lambda x: np.astype(x, np.float64), X)]


def cases():
    return [
        pytest.param(*case, id=f"{function.__name__}-{i}")
        for function, several in CASES.items()
        for i, case in enumerate(several)
    ]


def unboxed(y):
    return y._value if hasattr(y, "_value") else y


def check_derivatives(f, x, tol=1e-6):
    """Compare the gradient and the tangent of a scalar made of f(x) with finite differences."""
    rng = np.random.default_rng(3)
    y = np.asarray(f(x))
    if y.dtype.kind != "f":
        return
    weights, v, eps = rng.normal(size=y.shape), rng.normal(size=x.shape), 1e-6

    def scalar(x):
        return np.sum(np.sin(f(x)) * weights)

    slope = (scalar(x + eps * v) - scalar(x - eps * v)) / (2 * eps)
    g = grad(scalar)(x)
    assert g.shape == x.shape
    assert g.dtype == x.dtype
    assert np.sum(g * v) == pytest.approx(slope, rel=tol, abs=tol)
    assert float(make_jvp(scalar)(x)(v)[1]) == pytest.approx(slope, rel=tol, abs=tol)
    bend = (grad(scalar)(x + eps * v) - grad(scalar)(x - eps * v)) / (2 * eps)
    np.testing.assert_allclose(make_jvp(grad(scalar))(x)(v)[1], bend, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        grad(lambda x: np.sum(grad(scalar)(x) * v))(x), bend, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(("f", "x"), cases())
def test_function(f, x):
    expected = f(x)
    for box in (Array(x), torch.tensor(x)):
        y = f(box)
        np.testing.assert_allclose(unboxed(y), expected, rtol=1e-14, atol=1e-14)
        if isinstance(expected, np.ndarray | np.generic):
            assert type(y) is type(box)
            assert y._value.dtype == np.asarray(expected).dtype or isinstance(y, Tensor)
            assert y._value.shape == np.shape(expected)
    check_derivatives(f, x)


def test_every_function_of_the_tables_is_tested():
    assert set(protocols.functions) == set(CASES)


def test_every_keyword_of_numpys_signature_is_known():
    for function, ours in protocols.functions.items():
        known = inspect.signature(ours).parameters
        if any(p.kind is p.VAR_KEYWORD for p in known.values()):
            continue
        try:
            signature = inspect.signature(function)
        except ValueError:  # NumPy 2.0 tells none for some
            continue
        for name, parameter in signature.parameters.items():
            if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                assert name in known, (function.__name__, name)


UFUNC_INPUTS = {np.arccosh: P + 1, np.invert: MASK, np.reciprocal: P, np.conjugate: X}
INTEGER = {np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, np.right_shift}


@pytest.mark.parametrize("ufunc", protocols.ufuncs, ids=lambda u: u.__name__)
def test_ufunc(ufunc):
    if ufunc is np.matmul or ufunc.nout > 1:
        return
    x = UFUNC_INPUTS.get(ufunc, P)
    others = (np.array([0.65, 0.75, 0.35]),) if ufunc.nin == 2 else ()
    if ufunc in INTEGER:
        x, others = np.array([[5, 2, 1], [0, 3, 7]]), (np.array([[3, 1, 2]]),)
    expected = ufunc(x, *others)
    y = ufunc(Array(x), *others)
    assert type(y) is Array
    assert y.dtype == expected.dtype
    np.testing.assert_allclose(y._value, expected, rtol=1e-15)
    np.testing.assert_allclose(ufunc(torch.tensor(x), *others)._value, expected, rtol=1e-14)
    if x.dtype.kind == "f" and expected.dtype.kind == "f":
        check_derivatives(lambda x: ufunc(x, *others), x)
        if others:
            check_derivatives(lambda x: ufunc(P, x), others[0])


def test_divmod():
    q, r = np.divmod(Array(X), 0.4)
    np.testing.assert_array_equal((q._value, r._value), np.divmod(X, 0.4))
    assert grad(lambda x: np.divmod(x, 0.4)[1])(0.9) == 1


@pytest.mark.parametrize(
    ("m", "n"), [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((4, 2, 3), (3,)),
                 ((5, 2, 3), (3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((3,), (4, 3, 2))],
)  # fmt: skip
def test_matmul(m, n):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=m), rng.normal(size=n)
    for face in (Array, torch.tensor):
        for y in (np.matmul(face(a), b), a @ face(b), face(a) @ face(b), np.matmul(a, face(b))):
            np.testing.assert_allclose(y._value, a @ b)
    check_derivatives(lambda x: x @ b, a)
    check_derivatives(lambda x: a @ x, b)


# the Tensor face: PyTorch's dtypes, whatever function is called


def f32(*shape):
    return torch.ones(*shape, requires_grad=True)


@pytest.mark.parametrize(
    ("result", "dtype"),
    [
        (lambda: np.float64(2) * f32(2), torch.float32),
        (lambda: np.float32(2) * torch.arange(3), torch.float32),
        (lambda: np.int64(2) + f32(2), torch.float32),
        (lambda: np.ones(2) + f32(2), torch.float64),
        (lambda: np.ones(2, np.float32) - f32(2), torch.float32),
        (lambda: np.ones((2, 2)) @ f32(2), torch.float64),
        (lambda: np.exp(torch.arange(3)), torch.float32),
        (lambda: np.mean(torch.arange(3)), torch.float32),
        (lambda: np.sum(torch.ones(3, dtype=torch.uint8)), torch.int64),
        (lambda: np.divide(torch.arange(3), 2), torch.float32),
        (lambda: np.where(torch.ones(2) > 0, 1.0, 0.0), torch.float32),
        (lambda: np.concatenate([torch.arange(2), f32(2)]), torch.float32),
        (lambda: np.stack([f32(2), np.ones(2)]), torch.float64),
        (lambda: np.sum(f32(2), dtype=torch.float64), torch.float64),
        (lambda: np.sum(f32(2), dtype=np.float64), torch.float64),
        (lambda: np.add(f32(2), 1, dtype=np.float64), torch.float64),
        (lambda: np.power(2, f32(2)), torch.float32),
        (lambda: np.clip(f32(2), 0, 0.5), torch.float32),
        (lambda: np.multiply.outer(np.ones(2), f32(2)), torch.float64),
    ],
)
def test_tensor_dtypes(result, dtype):
    y = result()
    assert type(y) is Tensor
    assert y.dtype is dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8, np.int32, np.int64, bool])
def test_array_dtypes_are_numpys(dtype):
    x = np.ones(3, dtype)
    box = Array(x)
    for f in (
        np.exp, np.sum, np.mean, np.var, np.max, np.cumsum, np.cumprod, np.prod, np.sort, np.diff,
        lambda x: x + 1, lambda x: x * 2.5, lambda x: 1 / x, lambda x: x // 1, lambda x: x**3.0,
        lambda x: x * np.float64(2), lambda x: x + np.float32([1, 2, 3]), lambda x: x @ x,
        lambda x: np.hypot(x, 1), lambda x: np.where(x > 0, x, 1.5), lambda x: np.clip(x, 0, 0.5),
        lambda x: np.linalg.norm(x), np.sinc, lambda x: x.astype(np.float32), np.zeros_like,
        lambda x: np.round(x), lambda x: np.median(x), lambda x: np.arctan2(x, x),
    ):  # fmt: skip
        try:
            expected = f(x)
        except TypeError:
            with pytest.raises(TypeError):
                f(box)
            continue
        y = f(box)
        assert y.dtype == expected.dtype, f
        np.testing.assert_allclose(np.asarray(y), expected, rtol=1e-3)


def test_tensor_wins_over_array():
    w = torch.tensor([1.0, 2.0], requires_grad=True)

    def f(x):
        for y in (x * w, w * x, x + w, np.add(x, w), np.stack([x, w])[0], np.where(x > 0, x, w),
                  x @ w, np.dot(w, x), np.concatenate([x, w]), x - w, w / x, x**w):  # fmt: skip
            assert type(y) is Tensor
        return (x * w).sum()

    g = grad(f)(np.array([3.0, 4.0]))
    np.testing.assert_array_equal(g.detach(), [1, 2])
    g.sum().backward()
    np.testing.assert_array_equal(w.grad, [1, 1])


# gradients arrive at leaves through plain NumPy


def test_backward_through_numpy_functions():
    t = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    u = torch.tensor([0.5, 1.5], requires_grad=True)
    a = np.array([[1.0, 0.0], [2.0, 1.0]], np.float32)
    loss = np.sum(np.concatenate([a @ np.log(t), np.tanh(u + a)])) + np.max(t, axis=0).sum()
    loss.backward()
    expected = (a.T @ np.ones((2, 2))) / t.detach().numpy() + [[0, 0], [1, 1]]
    np.testing.assert_allclose(t.grad, expected, rtol=1e-6)
    np.testing.assert_allclose(u.grad, (1 - np.tanh(u.detach().numpy() + a) ** 2).sum(0), rtol=1e-6)


def test_ufunc_methods():
    t = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    x = t.detach().numpy()
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum):
        for settings in ({}, {"axis": 1}, {"axis": None}, {"axis": (0, 1), "keepdims": True}):
            y = ufunc.reduce(t, **settings)
            assert y.requires_grad
            np.testing.assert_array_equal(y.detach(), ufunc.reduce(x, **settings))
    for ufunc in (np.add, np.multiply):
        y = ufunc.accumulate(t, 1)
        assert y.requires_grad
        np.testing.assert_array_equal(y.detach(), ufunc.accumulate(x, 1))
    assert bool(np.logical_and.reduce(t > 0, axis=None))
    y = np.subtract.outer([1.0, 2.0], t)
    np.testing.assert_array_equal(y.detach(), np.subtract.outer([1.0, 2.0], x))
    y.sum().backward()
    np.testing.assert_array_equal(t.grad, -2 * np.ones((2, 2)))


# never silently out of the graph


def tracked():
    return torch.tensor([1.0, 2.0, 3.0], requires_grad=True)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (np.median, "np.median"),
        (np.modf, "np.modf"),
        (np.fft.fft, "np.fft.fft"),
        (lambda t: np.linalg.inv(t[:, None] * t), "np.linalg.inv"),
        (lambda t: np.add.reduceat(t, [0, 2]), "np.add.reduceat"),
        (lambda t: np.add.at(np.zeros(3), [0], t[:1]), "np.add.at"),
        (lambda t: np.copyto(np.zeros(3), t), "np.copyto"),
        (lambda t: np.put_along_axis(t, np.array([0]), 1.0, 0), "np.put_along_axis"),
        (lambda t: np.subtract.reduce(t), "np.subtract.reduce"),
        (lambda t: np.interp(t, [0.0, 1.0], [0.0, 1.0]), "np.interp"),
        (lambda t: np.linspace(t[0], 1.0, 3), "np.linspace"),
    ],
)
def test_what_has_no_derivative_is_refused_by_name(call, name):
    with pytest.raises(TypeError, match=rf"^{name} of a tracked Tensor.*detach\(\)"):
        call(tracked())
    with pytest.raises(TypeError, match=rf"^{name} of a tracked Array"):
        grad(lambda x: call(x).sum())(np.ones(3))


@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.linalg.norm(np.outer(t, t), "nuc"),
        lambda t: np.pad(t, 1, "mean"),
        lambda t: np.pad(t, 1, constant_values=t[0]),
        lambda t: np.full_like(np.arange(3), t[0]),
        lambda t: np.einsum("i->", t, dtype=np.float64),
        lambda t: np.add(t, 1, where=[True, False, True]),
        lambda t: np.multiply(np.array([t[0], 1, 2], dtype=object), t),
    ],
)
def test_settings_without_a_derivative_are_refused(call):
    with pytest.raises((TypeError, RuntimeError)):
        call(tracked())
    with pytest.raises((TypeError, RuntimeError)):
        grad(lambda x: np.sum(call(x)))(np.ones(3))


def test_unknown_settings_are_refused():
    for call in (
        lambda t: np.pad(t, 1, constant_value=3),
        lambda t: np.pad(t, 1, "edge", constant_values=3),
        lambda t: np.einsum("ij", t),
        lambda t: np.einsum("i->j", t),
        lambda t: np.einsum("i,i", t),
        lambda t: np.split(t, 2),
        lambda t: np.concatenate([t, t], 1),
        lambda t: np.stack([t, t[:2]]),
        lambda t: np.sum(t, axis=2),
        lambda t: np.tensordot(t, np.ones(2), 1),
        lambda t: np.matmul(t, 2.0),
        lambda t: np.vsplit(t, 1),
        lambda t: np.max(t, where=[True, False, True]),
    ):
        with pytest.raises((ValueError, IndexError)):
            call(tracked())


def test_constants_pass_through_tracked():
    t = tracked()
    assert np.allclose(t, [1, 2, 3]) is True
    assert np.array_equal(t, t.detach()) is True
    assert np.argsort(-t).tolist() == [2, 1, 0]
    assert not np.isclose(t, 1.0).requires_grad
    assert np.nonzero(t > 1)[0].tolist() == [1, 2]
    assert np.iscomplexobj(t) is False


def test_plain_arrays_refuse_tracked_values():
    t, a = tracked(), np.zeros(3)
    for write in (
        lambda: np.add(a, t, out=a),
        lambda: np.sum(t, out=np.zeros(())),
        lambda: np.concatenate([t, t], out=np.zeros(6)),
        lambda: a.__iadd__(t),
    ):
        with pytest.raises(TypeError, match="drop it from the graph"):
            write()
    with pytest.raises(RuntimeError, match="detach"):
        np.asarray(t)
    with pytest.raises(RuntimeError, match="detach"):
        np.array([t, t])
    with pytest.raises(RuntimeError, match="detach"):
        a[:] = t
    assert not a.any()


def test_plain_arrays_take_untracked_values():
    a = np.zeros(3)
    b = a
    a += tracked().detach()
    assert a is b
    assert a.tolist() == [1, 2, 3]
    out = np.zeros(())
    assert np.sum(torch.ones(3), out=out) is out
    assert out == 3
    assert np.asarray(np.array([torch.ones(2), torch.zeros(2)])).tolist() == [[1, 1], [0, 0]]


def test_out_may_be_a_box():
    t, y = tracked(), torch.zeros(3)
    assert np.multiply(t, t, out=y) is y
    y.sum().backward()
    assert t.grad.tolist() == [2, 4, 6]
    mask, y = np.array([True, False, True]), torch.zeros(3)
    np.exp(t, out=y, where=mask)
    np.testing.assert_allclose(y.detach(), np.where(mask, np.exp([1, 2, 3]), 0), rtol=1e-6)
    y.sum().backward()
    np.testing.assert_allclose(t.grad, [2 + np.e, 4, 6 + np.e**3], rtol=1e-6)
    y = torch.zeros(3)
    assert np.add(torch.ones(3), 1, out=y) is y
    assert y.tolist() == [2, 2, 2]
    y = torch.zeros(())
    assert np.sum(t, out=y) is y
    assert y.requires_grad


def test_untracked_functions_run_and_keep_the_face():
    t = torch.tensor([3.0, 1.0, 2.0])
    assert torch.equal(np.median(t), torch.tensor(2.0))
    assert type(np.percentile(t, 50)) is Tensor
    u, s, v = np.linalg.svd(torch.eye(2))
    assert [type(part) for part in (u, s, v)] == [Tensor] * 3
    assert type(np.cross(Array([1.0, 0, 0]), [0, 1.0, 0])) is Array
    assert np.array_repr(t) == "array([3., 1., 2.], dtype=float32)"
    with torch.no_grad():
        assert np.median(tracked()).item() == 2


def test_untracked_results_that_share_memory_are_views():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert np.real_if_close(x) is x
    w, turned = torch.ones(2, requires_grad=True), np.linalg.matrix_transpose(x)
    loss = (w * turned).sum()
    x += 1  # seen in `turned`, and by its version counter
    assert turned.tolist() == [[2, 4], [3, 5]]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_numpys_writes_are_seen_by_the_version_counter():
    w, x = torch.ones(3, requires_grad=True), torch.tensor([1.0, 2.0, 3.0])
    for write in (
        lambda: np.copyto(x, 0.0),
        lambda: np.put(x, [0], 4.0),
        lambda: np.add(np.ones(3), 1, out=x),
        lambda: np.add.at(x, [0, 0], 1.0),
        lambda: np.median(np.ones((2, 3)), axis=0, out=x),
    ):
        loss = (w * x).sum()
        write()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()


# captured arrays


def test_captured_arrays_may_change_before_the_backward_pass():
    def f(x):
        buffer, total = np.zeros(3), 0.0
        for i in range(3):
            buffer[:] = i + 1
            mask = buffer > 1
            total = total + np.sum(x * buffer) + np.dot(buffer, x * x)
            total = total + np.sum(np.where(mask, x, 0)) + np.sum(np.take(x, mask.astype(int)))
            mask[:] = False
        return total

    def steady(x):
        total = 0.0
        for i in range(3):
            b = np.full(3, i + 1.0)
            total = total + np.sum(x * b) + np.sum(b * x * x)
            total = total + np.sum(np.where(b > 1, x, 0)) + np.sum(x[(b > 1).astype(int)])
        return total

    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(grad(f)(x), grad(steady)(x))

    def of_a_view(x):
        scale = np.ones(1)
        y = np.sum(x * np.broadcast_to(scale, 3))  # read-only, but a view of what is not
        scale[:] = 10
        return y

    assert grad(of_a_view)(x).tolist() == [1, 1, 1]


def test_functions_of_objects_are_numpys_own():
    x, none = np.broadcast_arrays(torch.ones(2), None)
    assert none[0] is None
    assert x.tolist() == [1, 1]
    same = np.equal(torch.ones(2), np.array(["a", None], dtype=object))
    assert same.tolist() == [False, False]
    with pytest.raises(TypeError, match=r"np\.broadcast_arrays of a tracked Tensor"):
        np.broadcast_arrays(tracked(), None)


def test_shape_errors_have_the_type_of_the_face():
    with pytest.raises(RuntimeError, match="must match the size"):
        np.add(torch.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="broadcast"):
        np.add(Array(np.ones(2)), np.ones(3))
