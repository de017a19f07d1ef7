"""Linear algebra where derivatives are delicate: degenerate values, phases, triangles, batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch
from minitorch import grad, make_jvp
from minitorch.engine.box import fresh
from minitorch.faces import matrices
from minitorch.faces.array import Array
from minitorch.faces.numpy import products
from tests.calculus import mapped

close = np.testing.assert_allclose
rng = np.random.default_rng(0)
A = rng.normal(size=(3, 3)) + 2 * np.eye(3)
B = A + 1j * rng.normal(size=(3, 3))
H = A + A.T


def hessian(f, x):
    """The second derivatives of a scalar function, a column for each element of `x`."""
    columns = [make_jvp(grad(f))(x)(e.reshape(x.shape))[1].ravel() for e in np.eye(x.size)]
    return np.stack(columns, -1)


# equal eigenvalues and singular values


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # in tangents of the vectors
@pytest.mark.parametrize("values", [np.linalg.eigvalsh, np.linalg.svdvals])
def test_equal_values_have_gradients(values):
    """A function that treats equal values alike has the derivative that it should."""
    for x in (np.eye(3), 2 * np.eye(3), np.diag([1.0, 1.0, 3.0])):
        close(grad(lambda x: np.sum(values(x) ** 2))(x), 2 * x, atol=1e-14)
        close(make_jvp(lambda x: np.sum(values(x) ** 2))(x)(H)[1], np.sum(2 * x * H))


def test_eigenvalues_that_are_zero():
    assert np.isfinite(grad(lambda x: np.linalg.norm(x, "nuc"))(np.zeros((2, 3)))).all()
    close(grad(lambda x: np.linalg.norm(x, 2))(np.diag([3.0, 0.0, 0.0])), np.diag([1.0, 0, 0]))
    close(grad(lambda x: np.linalg.norm(x, 2))(np.eye(2)), np.eye(2) / 2)


def test_one_vector_among_others_that_are_equal():
    """The vector of a value that stands alone has a derivative, whatever the others are."""
    x = np.diag([1.0, 1.0, 3.0])
    gradient = grad(lambda x: np.sum(np.linalg.eigh(x)[1][:, 2] ** 2 * np.arange(3.0)))(x)
    close(gradient, np.zeros((3, 3)), atol=1e-14)

    def first_along(x):
        v = np.linalg.eigh(x)[1]
        return np.real(v[0, 2] / v[2, 2])

    want = np.zeros((3, 3))
    want[0, 2] = want[2, 0] = 0.25  # d v0 = dx02 / (3 - 1), for half of both triangles each
    close(grad(first_along)(x), want, atol=1e-14)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_vectors_of_equal_values_have_no_derivative():
    """It is infinite or NaN: never a wrong number."""

    def f(x):
        w, v = np.linalg.eigh(x)
        return np.sum((v * np.log(w)) @ v.T * H)

    assert not np.isfinite(grad(f)(2 * np.eye(3))).all()
    assert np.isfinite(grad(f)(np.diag([1.0, 2.0, 3.0]))).all()


# which triangle is read


@pytest.mark.parametrize("f", [
    lambda x: np.sum(np.linalg.cholesky(x) ** 2 * A), lambda x: np.sum(np.linalg.eigvalsh(x) ** 3),
    lambda x: np.sum(np.linalg.eigh(x)[1] ** 2 * A),
])  # fmt: skip
def test_triangles(f):
    whole = H @ H + np.eye(3)
    both = grad(f)(whole)
    close(both, both.T)
    one = grad(f)(np.tril(whole))
    close(one, np.tril(both) + np.tril(both, -1))
    assert f(np.tril(whole)) == pytest.approx(f(whole), rel=1e-13)


@pytest.mark.parametrize("face", [Array, minitorch.tensor])
def test_values_are_those_of_the_triangle(face):
    x = np.tril(B @ B.conj().T + np.eye(3))
    for ours, want in ((np.linalg.cholesky, np.linalg.cholesky(x)),
                       (np.linalg.eigvalsh, np.linalg.eigvalsh(x))):  # fmt: skip
        close(ours(face(x))._value, want, rtol=1e-13)
    close(np.linalg.eigvalsh(face(x), "U")._value, np.linalg.eigvalsh(x, "U"), rtol=1e-13)


# singular matrices


@pytest.mark.parametrize("x", [
    np.arange(1.0, 10).reshape(3, 3), np.ones((2, 2)), np.zeros((2, 2)), np.zeros((1, 1)),
    np.diag([1.0, 2.0, 0.0, 0.0]), np.ones((3, 3)), np.arange(9.0).reshape(3, 3) * 1j,
])  # fmt: skip
def test_determinant_of_singular_matrices(x):
    """Its gradient is the cofactors, and its Hessian is that of a polynomial."""

    def cofactors(x):
        y = np.empty_like(x)
        for i, j in np.ndindex(x.shape):
            y[i, j] = (-1) ** (i + j) * np.linalg.det(np.delete(np.delete(x, i, 0), j, 1))
        return y

    def f(x):
        return np.real(np.linalg.det(x))

    close(grad(f)(x), cofactors(x), atol=1e-12)
    for t in (np.ones_like(x), rng.normal(size=x.shape).astype(x.dtype)):
        change = (cofactors(x + t) - cofactors(x - t)) / 2  # exact up to size 3
        if len(x) < 4:
            close(make_jvp(grad(f))(x)(t)[1], change, atol=1e-12)


def test_singular_matrices_are_refused():
    x = np.ones((2, 2))
    for f in (np.linalg.inv, lambda x: np.linalg.solve(x, np.ones(2)), np.linalg.tensorinv):
        with pytest.raises(np.linalg.LinAlgError):
            grad(lambda x, f=f: np.sum(f(x if f is not np.linalg.tensorinv else x[:, :, None])))(x)
    for f in (np.linalg.inv, np.linalg.det, np.linalg.eigvalsh, np.linalg.cholesky):
        with pytest.raises(np.linalg.LinAlgError, match="square"):
            f(Array(np.ones((2, 3))))
        with pytest.raises(np.linalg.LinAlgError, match="at least two-dimensional"):
            f(Array(np.ones(3)))


# norms


@pytest.mark.parametrize("ord", [None, 1, 2, 3, 1.5, 0.5, 0, np.inf, -np.inf])
def test_norm_at_zero(ord):
    for x in (np.zeros(3), np.zeros(3, complex)):
        assert np.array_equal(grad(lambda x: np.linalg.norm(x, ord))(x), x)
        gradient = grad(lambda x: np.linalg.norm(x, ord))(np.array([0.0, 2.0, 0.0], x.dtype))
        assert np.isfinite(gradient).all()


def test_norm_errors():
    for ord, message in (("fro", "for vectors"), ("nuc", "for vectors")):
        with pytest.raises(ValueError, match=message):
            np.linalg.norm(Array(np.ones(3)), ord)
    with pytest.raises(ValueError, match="Invalid norm order 3 for matrices"):
        np.linalg.norm(Array(A), 3)
    with pytest.raises(ValueError, match="one or two axes"):
        np.linalg.norm(Array(np.ones((2, 2, 2))), 2)


# phases and completed bases


def test_gradients_through_completed_bases():
    x = A[:, :1]
    with pytest.raises(ValueError, match="full_matrices=False"):
        grad(lambda x: np.sum(np.linalg.svd(x)[0] * A))(x)
    with pytest.raises(ValueError, match="mode='reduced'"):
        grad(lambda x: np.sum(np.linalg.qr(x, "complete")[0] * A))(x)

    def onto_rest(x):  # does not tell how the completing columns turn
        rest = np.linalg.svd(x)[0][:, 1:]
        return np.sum(rest @ rest.T * A)

    def plainly(x):
        return -np.sum((x @ x.T) * A) / np.sum(x * x)

    close(grad(onto_rest)(x), grad(plainly)(x))
    close(make_jvp(grad(onto_rest))(x)(x + 1)[1], make_jvp(grad(plainly))(x)(x + 1)[1])


def test_svd_rebuilds():
    """u @ s @ vh is the identity map: so is its derivative, whatever the phases."""
    for x in (B, B[:, :2], A[:2]):

        def rebuilt(x):
            u, s, vh = np.linalg.svd(x, full_matrices=False)
            return (u * s) @ vh

        weights = rng.normal(size=x.shape) + 1j * rng.normal(size=x.shape)
        gradient = grad(lambda x, w=weights: np.real(np.sum(rebuilt(x) * w)))(x)
        close(gradient, weights if x.dtype.kind == "c" else weights.real, rtol=1e-12, atol=1e-12)
        tangent = x[::-1] * 0.5 + 1
        close(make_jvp(rebuilt)(x)(tangent)[1], tangent, rtol=1e-12, atol=1e-12)


# forms of results


def test_results_are_numpys_named_tuples():
    for name, x in (("eigh", H), ("eig", A), ("qr", A), ("svd", A), ("slogdet", A)):
        f = getattr(np.linalg, name)
        ours, theirs = f(Array(x)), f(x)
        assert type(ours) is type(theirs)
        assert all(isinstance(part, Array) for part in ours)
    assert np.linalg.lstsq(Array(A), A[0])[2] == 3
    w, v = np.linalg.eigh(Array(B + B.conj().T))
    assert (w.dtype, v.dtype) == (np.float64, np.complex128)


def test_dtypes_of_several_results():
    """A result that nothing comes back from counts as zeros of its own dtype."""
    x = (B + B.conj().T).astype(np.complex64)
    for f in (lambda x: np.sum(np.linalg.eigh(x)[0] ** 2), lambda x: np.linalg.slogdet(x)[1],
              lambda x: np.sum(np.abs(np.linalg.svd(x)[0]) ** 2)):  # fmt: skip
        assert grad(f)(x).dtype == np.complex64
    t = minitorch.tensor(A.astype(np.float32), requires_grad=True)
    np.linalg.eigh(t @ t.T)[1][0].sum().backward()
    assert t.grad.dtype == minitorch.float32


def test_out_is_refused():
    plain = np.empty((3, 3))
    with pytest.raises(TypeError, match="leave out= away"):
        grad(lambda x: np.sum(np.linalg.multi_dot([x, x], out=plain)))(A)
    box = Array(plain)
    np.linalg.multi_dot([Array(A), A], out=box)
    close(box._value, A @ A)


def test_raw_factors_are_constants():
    with pytest.raises(TypeError, match="mode='raw'"):
        grad(lambda x: np.sum(np.linalg.qr(x, "raw")[0]))(A)
    for a, b in zip(np.linalg.qr(Array(A), "raw"), np.linalg.qr(A, "raw"), strict=True):
        close(a._value, b)


def test_wrong_settings():
    with pytest.raises(ValueError, match="UPLO"):
        np.linalg.eigh(Array(H), "X")
    with pytest.raises(ValueError, match="mode"):
        np.linalg.qr(Array(A), "full")
    with pytest.raises(ValueError, match="both"):
        np.linalg.pinv(Array(A), 1e-3, rtol=1e-3)
    with pytest.raises(TypeError, match="can't carry a gradient"):
        grad(lambda r: np.sum(np.linalg.pinv(Array(A), r)))(1e-9)
    with pytest.raises(ValueError, match="3-dimensional"):
        np.linalg.cross(Array(np.ones(2)), np.ones(2))
    with pytest.raises(ValueError, match="one-dimensional"):
        np.linalg.outer(Array(A), A)


# batches


@pytest.mark.parametrize("f", [
    lambda x: np.linalg.cholesky(x @ np.matrix_transpose(x)), np.linalg.qr, np.linalg.inv,
    lambda x: np.linalg.eigh(x + np.matrix_transpose(x)), lambda x: np.linalg.svd(x[:, :2]),
    np.linalg.pinv, np.linalg.slogdet, lambda x: np.linalg.lstsq(x[:, :2], x[:, 2])[:2],
    lambda x: np.linalg.norm(x, "nuc"), lambda x: np.fft.irfft(np.fft.rfft(x, 5), 4),
    lambda x: np.einsum("ij,kj,ij->k", x, x, x, optimize=True), np.linalg.matrix_rank,
    lambda x: np.linalg.svd(x + np.matrix_transpose(x), hermitian=True)[:2],
    lambda x: np.cross(x, x[::-1]), lambda x: np.vecdot(x, x[0]),
])  # fmt: skip
def test_batches(f):
    xs = np.stack([A, A + 0.3 * H, A.T])

    def several(x):
        y = f(x)
        return tuple(y) if isinstance(y, tuple) else (y,)

    found = mapped(several, [fresh(Array, xs)], [True], 3)
    for i, x in enumerate(xs):
        for ours, theirs in zip(found, several(x), strict=True):
            close(ours._value[i], theirs, rtol=1e-12, atol=1e-12)


# products with settings


def test_generalized_ufuncs():
    x, y = rng.normal(size=(4, 3, 2)), rng.normal(size=(3, 4, 1)) + 1j
    cases = [
        lambda x, y: np.vecdot(x, np.moveaxis(y, 0, 1), axis=1),
        lambda x, y: np.vecdot(x, y, axes=[(1,), (0,)], keepdims=True),
        lambda x, y: np.vecdot(x, y[:, 0, 0], axes=[(1,), (0,), ()]),
        lambda x, y: np.vecdot(x, np.moveaxis(y, 0, 1), axis=1, keepdims=True),
        lambda x, y: np.vecdot(x, x, dtype=np.complex64),
        lambda x, y: np.matmul(x, y[:, :, 0], axes=[(2, 1), (0, 1), (1, 0)]),
        lambda x, y: np.matmul(x, y[0, :2, 0], axes=[(0, 2), (0,), (0,)]),
        lambda x, y: np.matmul(x, x[0, 0], dtype=np.float32),
    ]
    if hasattr(np, "matvec"):
        cases += [
            lambda x, y: np.matvec(x, y[:2, 0, 0]),
            lambda x, y: np.vecmat(y[:, 0, 0], x),
            lambda x, y: np.matvec(x, y[:, :, 0], axes=[(2, 1), (0,), (0,)]),
            lambda x, y: np.vecmat(y[:, :, 0] * 1j, x, axes=[(0,), (1, 2), (0,)]),
        ]
    for f in cases:
        want, found = f(x, y), f(Array(x), Array(y))
        close(found._value, want, rtol=1e-12)
        assert found.dtype == want.dtype
        assert found.shape == want.shape

        def scalar(x, y, f=f):
            return np.sum(np.real(f(x, y) * (1 + 0.5j)) ** 2)

        if want.dtype in (np.float64, np.complex128):
            t = 1e-6 * np.cos(np.arange(24.0)).reshape(x.shape)
            slope = (scalar(x + t, y) - scalar(x - t, y)) / 2
            assert np.sum(grad(scalar)(x, y) * t) == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("error, message, f", [
    (TypeError, "matmul takes no axis", lambda x: np.matmul(x, x, axis=0)),
    (TypeError, "matmul takes no axis", lambda x: np.matmul(x, x, keepdims=True)),
    (ValueError, "too few axes", lambda x: np.vecdot(x, x[0, 0], axis=-1)),
    (TypeError, "leave out= away", lambda x: np.vecdot(x, x, out=np.empty(3))),
])  # fmt: skip
def test_generalized_ufuncs_refuse(error, message, f):
    with pytest.raises(error, match=message):
        grad(lambda x: np.sum(f(x)))(A)


LETTERS = "abcd"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_einsum(data):
    """Any subscripts: the value is NumPy's, the gradient that of a multilinear function."""
    sizes = dict(zip(LETTERS, (1, 2, 3, 2), strict=True))
    terms = data.draw(st.lists(st.text(LETTERS, max_size=3), min_size=1, max_size=4))
    present = sorted({c for term in terms for c in term})
    result = data.draw(st.permutations(present))
    result = "".join(result[: data.draw(st.integers(0, len(result)))])
    text = ",".join(terms) + "->" + result
    optimize = data.draw(st.sampled_from([False, True, "greedy", "optimal"]))
    draw = np.random.default_rng(len(text))
    arrays = [draw.normal(size=[sizes[c] for c in term]) + 1j for term in terms]
    want = np.einsum(text, *arrays)
    found = np.einsum(text, *[Array(a) for a in arrays], optimize=optimize)
    close(found._value, want, rtol=1e-12, atol=1e-12)
    assert found.shape == want.shape
    for i, a in enumerate(arrays):

        def f(x, i=i):
            return np.einsum(text, *arrays[:i], x, *arrays[i + 1 :], optimize=optimize)

        gradient = grad(lambda x, f=f: np.real(np.sum(f(x))))(a)
        close(np.sum(gradient * a), np.sum(want), rtol=1e-10, atol=1e-10)


def test_einsum_errors():
    x = Array(A)
    for text, message in (("ijk", "does not fit"), ("ij,jk", "operands"), ("ij->kk", "labels"),
                          ("ij->z", "labels")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            np.einsum(text, x)
    with pytest.raises(ValueError, match="size 3"):
        np.einsum("ij,jk", x, np.ones((2, 2)))
    with pytest.raises(TypeError, match="rule 'safe'"):
        np.einsum("ij->ji", x, dtype=np.float32)


def test_multi_dot_takes_the_cheapest_order():
    sizes = [30, 35, 15, 5, 10, 20, 25]  # of the textbook that `chain` names
    cut = matrices._cuts(sizes)

    def cost(i, j):
        if i == j:
            return 0
        k = cut[i, j]
        return cost(i, k) + cost(k + 1, j) + sizes[i] * sizes[k + 1] * sizes[j + 1]

    assert cost(0, 5) == 15125


def test_lists_beside_boxes():
    close(products.dot(Array(A), [1.0, 2.0, 3.0])._value, A @ [1, 2, 3])
    close(np.linalg.solve(Array(A), [1, 2, 3])._value, np.linalg.solve(A, [1, 2, 3]))
    close(np.linalg.multi_dot([Array(A), A.tolist(), [1.0, 0, 0]])._value, (A @ A)[:, 0])


@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0), (0, 2, 2)])
def test_zero_sizes(shape):
    x = np.zeros(shape) + (np.eye(shape[-1]) if shape[-1] else 0)
    for f in (np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.cholesky, np.linalg.eigh,
              np.linalg.eig, np.linalg.svd, np.linalg.qr, np.linalg.pinv):  # fmt: skip

        def scalar(x, f=f):
            y = f(x)
            return sum(np.sum(np.real(part)) for part in (y if isinstance(y, tuple) else (y,)))

        assert grad(scalar)(x).shape == shape
        assert float(scalar(Array(x))) == float(scalar(x))


# beside PyTorch, whose gradients of complex numbers are the conjugates of these


@pytest.mark.parametrize("name, x", [
    ("inv", B), ("det", B), ("pinv", B[:, :2]), ("svdvals", B), ("cholesky", B @ B.conj().T),
    ("eigvalsh", B + B.conj().T), ("qr", B), ("matrix_norm", B), ("eigvals", B), ("eigvals", A),
])  # fmt: skip
def test_gradients_are_pytorchs(name, x):
    torch = pytest.importorskip("torch")
    t = torch.from_numpy(x).requires_grad_()
    y = getattr(torch.linalg, name)(t)
    parts = y if isinstance(y, tuple) else (y,)
    sum(torch.real(torch.sum(part**2)) for part in parts).backward()

    def scalar(x):
        y = getattr(np.linalg, name)(x)
        return sum(np.real(np.sum(p**2)) for p in (y if isinstance(y, tuple) else (y,)))

    theirs = t.grad.numpy().conj()
    if name in ("cholesky", "eigvalsh"):  # that of a Hermitian matrix is Hermitian here
        theirs = (theirs + theirs.conj().T) / 2
    close(grad(scalar)(x), theirs, rtol=1e-9, atol=1e-10)
