"""Complex numbers: gradients are those of JAX and HIPS autograd, of real arguments real."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch as torch
from minitorch import grad, make_jvp, value_and_grad
from minitorch.differential import make_vjp
from minitorch.faces.array import Array

Z = np.array([[0.3 + 0.2j, -1.2 - 0.6j, 0.7 + 1.1j], [1.6 - 0.5j, 0.4 + 0.8j, -0.57 + 0.3j]])
X = Z.real.copy()
A = np.array([[1.0, 0.5], [-0.3, 2.0], [0.7, 0.1]])

LOSSES = {
    "abs": lambda z: np.sum(np.abs(z) ** 3),
    "parts": lambda z: np.sum(np.real(z) ** 2 * np.imag(z)),
    "angle": lambda z: np.sum(np.angle(z) * X),
    "conj": lambda z: np.real(np.sum(np.conj(z) * z * z)),
    "analytic": lambda z: np.real(np.sum(np.exp(z) * np.sin(z) / (2 + z))),
    "power": lambda z: np.imag(np.sum(z ** (1.5 + 0.5j))),
    "matmul": lambda z: np.sum(np.abs(z @ (A + 0j))),
    "mixed": lambda z: np.real(np.sum(z * X + X / z)),
    "reduced": lambda z: np.abs(np.prod(z)) + np.real(np.mean(z) ** 2) + np.var(z),
    "scan": lambda z: np.sum(np.abs(np.cumsum(z, 1))),
    "indexed": lambda z: np.abs(z[0, 1] * z[1].sum()),
    "joined": lambda z: np.sum(np.abs(np.concatenate([z, np.conj(z)]))),
    "chosen": lambda z: np.real(np.sum(np.where(X > 0, z * z, 1j * z))),
}
each_loss = pytest.mark.parametrize("f", LOSSES.values(), ids=LOSSES)


def by_parts(f, z, step=1e-6):
    """df/dx - i df/dy by central differences."""
    g = np.zeros(z.shape, complex)
    for at in np.ndindex(z.shape):
        e = np.zeros(z.shape, complex)
        for unit, sign in ((1.0, 1.0), (1j, -1j)):
            e[at] = step * unit
            g[at] += sign * (f(z + e) - f(z - e)) / (2 * step)
    return g


@each_loss
def test_gradient_is_df_dx_minus_i_df_dy(f):
    value, g = value_and_grad(f)(Z)
    assert np.isrealobj(value)
    assert g.dtype == complex
    np.testing.assert_allclose(g, by_parts(f, Z), rtol=1e-7, atol=1e-8)
    assert grad(f)(Z.astype(np.complex64)).dtype == np.complex64


@each_loss
def test_forward_mode_and_second_order(f):
    v = np.exp(1j * np.arange(6.0)).reshape(2, 3)
    moved = make_jvp(f)(Z)(v)[1]
    assert np.isrealobj(moved)
    assert moved == pytest.approx(np.sum(grad(f)(Z) * v).real, rel=1e-12)
    bend = (grad(f)(Z + 1e-6 * v) - grad(f)(Z - 1e-6 * v)) / 2e-6
    np.testing.assert_allclose(make_jvp(grad(f))(Z)(v)[1], bend, rtol=1e-6, atol=1e-7)

    def along(z):
        return np.real(np.sum(grad(f)(z) * v))

    np.testing.assert_allclose(grad(along)(Z), by_parts(along, Z), rtol=1e-6, atol=1e-7)


@each_loss
def test_gradients_of_real_arguments_are_real(f):
    """The same losses of z = x + i W, by its real part alone."""
    g = grad(lambda x: f(x + 1j * Z.imag))(X)
    assert g.dtype == np.float64
    np.testing.assert_allclose(g, by_parts(f, Z).real, rtol=1e-7, atol=1e-8)


@each_loss
@pytest.mark.parametrize("library", ["autograd", "jax"])
def test_other_libraries_agree(f, library):
    oracle = pytest.importorskip(library)
    namespace = pytest.importorskip(f"{library}.numpy")
    if library == "jax":
        oracle.config.update("jax_enable_x64", True)
    theirs = type(f)(f.__code__, {**f.__globals__, "np": namespace})
    np.testing.assert_allclose(grad(f)(Z), oracle.grad(theirs)(Z), rtol=1e-10, atol=1e-12)


def test_vjp_of_an_analytic_function_is_its_derivative():
    vjp, _ = make_vjp(lambda z: np.exp(1j * z))(Z)
    np.testing.assert_allclose(vjp(np.ones_like(Z)), 1j * np.exp(1j * Z), rtol=1e-14)
    moved = make_jvp(lambda z: np.exp(1j * z))(Z)(np.full_like(Z, 2j))[1]
    np.testing.assert_allclose(moved, -2 * np.exp(1j * Z), rtol=1e-14)


@pytest.mark.parametrize("f", [np.abs, np.angle, lambda z: np.real(np.sign(z)), np.real_if_close])
def test_slopes_at_zero_are_zero(f):
    if f is np.real_if_close:
        assert grad(lambda z: np.real_if_close(z + 1e-17j))(2.0 + 0j) == 1
        return
    assert grad(f)(0j) == 0
    assert make_jvp(f)(0j)(1 + 2j)[1] == 0
    assert np.isfinite(grad(lambda z: np.real(grad(f)(z)))(0j))


def test_parts_of_an_array():
    z, x = Array(Z), Array(X)
    for found, expected in ((z.real, Z.real), (z.imag, Z.imag), (z.conj(), Z.conj()),
                            (x.imag, X * 0), (np.abs(z), abs(Z)), (np.sign(z), Z / abs(Z)),
                            (np.angle(x), np.angle(X)), (np.conjugate(x), X)):  # fmt: skip
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found._value, expected, rtol=1e-15)
    assert x.real is x
    assert x.conj() is x
    assert np.conjugate(x) is not x
    assert z.conjugate().conj() == pytest.approx(Z)


def test_parts_may_be_assigned():
    def f(z):
        y = z * 1.0
        y.real = np.imag(z) ** 2
        y.imag = 3.0
        return np.sum(np.abs(y) ** 2)

    np.testing.assert_allclose(grad(f)(Z), by_parts(f, Z), atol=1e-8)
    y = Array(X)
    y.real = 2.0
    assert (y._value == 2).all()
    with pytest.raises(TypeError, match="imaginary part"):
        y.imag = 1.0
    with pytest.raises(RuntimeError, match="read-only memory"):
        Array(Z).real[0] = 5.0


def test_astype():
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.abs(x.astype(complex))))(X), np.sign(X))
    with pytest.warns(np.exceptions.ComplexWarning, match="discards the imaginary part"):
        g = grad(lambda z: np.sum(z.astype(float) ** 2))(Z)
    np.testing.assert_array_equal(g, 2 * Z.real)
    assert g.dtype == complex


def test_real_functions_refuse_complex_numbers():
    for f in (np.fabs, np.cbrt, np.floor, np.i0, lambda z: np.arctan2(z, 1.0), np.deg2rad):
        with pytest.raises(TypeError):
            grad(lambda z, f=f: np.sum(np.real(f(z))))(Z)


def test_the_result_must_be_real():
    with pytest.raises(TypeError):
        grad(np.sum)(Z)


@each_loss
def test_tensors_have_the_conjugate_gradient(f):
    """PyTorch's convention, df/dx + i df/dy, in `.grad`, `autograd.grad` and hooks."""
    z = torch.tensor(Z, requires_grad=True)
    f(z).backward()
    expected = by_parts(f, Z).conj()
    assert z.grad.dtype == torch.complex128
    np.testing.assert_allclose(z.grad.numpy(), expected, rtol=1e-7, atol=1e-8)
    (g,) = torch.autograd.grad(f(z), z, create_graph=True)
    np.testing.assert_array_equal(g.detach().numpy(), z.grad.numpy())
    y, seen = z * 1.0, []
    y.register_hook(lambda g: seen.append(g.detach().numpy()) or g * 2.0)
    y.retain_grad()
    (twice,) = torch.autograd.grad(f(y), z)
    np.testing.assert_allclose(seen[0], z.grad.numpy(), rtol=1e-13)
    np.testing.assert_allclose(y.grad.numpy(), 2 * z.grad.numpy(), rtol=1e-13)
    np.testing.assert_allclose(twice.numpy(), 2 * z.grad.numpy(), rtol=1e-13)


def test_tensors_agree_with_pytorch():
    theirs = pytest.importorskip("torch")
    results = []
    for lib in (torch, theirs):
        z = lib.tensor(Z, requires_grad=True)
        x = lib.tensor(X, requires_grad=True)
        y = lib.exp(z * x) / (2 + z) + z**3
        seed = lib.tensor(Z * 1j + 0.5)
        first = lib.autograd.grad(y, (z, x), seed, create_graph=True)
        second = lib.autograd.grad(first[0], (z, x), seed * 2.0, retain_graph=True)
        y.backward(seed)
        found = (*first, *second, z.grad, x.grad)
        results.append([g.detach().resolve_conj().numpy() if lib is theirs else g.detach().numpy()
                        for g in found])  # fmt: skip
    for ours, other in zip(*results, strict=True):
        assert ours.dtype == other.dtype
        np.testing.assert_allclose(ours, other, rtol=1e-11, atol=1e-12)
