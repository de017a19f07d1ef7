"""Fourier transforms: round trips, adjoints of all lengths, dtypes, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch
from minitorch import grad, make_jvp
from minitorch.differential import make_vjp
from minitorch.faces.array import Array

close = np.testing.assert_allclose
rng = np.random.default_rng(0)
X = rng.normal(size=(3, 5))
Z = X + 1j * rng.normal(size=(3, 5))
ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")


def pairing(a, b):
    return np.sum(a * b).real


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ONE), st.integers(1, 7), st.none() | st.integers(1, 8),
       st.sampled_from([None, "backward", "ortho", "forward"]), st.booleans())  # fmt: skip
def test_adjoint(name, length, n, norm, imaginary):
    """Re sum(g * f(t)) = Re sum(vjp(g) * t), for all lengths, cut and filled up."""
    if n is None and name in ("irfft", "hfft") and length == 1:
        n = 1
    draw = np.random.default_rng(length)
    t = draw.normal(size=(2, length))
    if imaginary and name not in ("rfft", "ihfft"):
        t = t + 1j * draw.normal(size=t.shape)

    def f(x):
        return getattr(np.fft, name)(x, n, norm=norm)

    y = f(t)
    g = draw.normal(size=y.shape)
    if y.dtype.kind == "c":
        g = g + 1j * draw.normal(size=y.shape)
    back = make_vjp(f)(t)[0](g)
    assert back.dtype == t.dtype
    assert pairing(g, y) == pytest.approx(pairing(back, t), rel=1e-10, abs=1e-12)
    close(make_jvp(f)(t)(t)[1], y, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("norm", [None, "ortho", "forward"])
def test_round_trips(norm):
    """There and back is the identity, and so is the derivative of it."""
    for f in (
        lambda x: np.fft.ifft(np.fft.fft(x, norm=norm), norm=norm),
        lambda x: np.fft.ifftn(np.fft.fftn(x, norm=norm), norm=norm),
        lambda x: np.fft.irfft(np.fft.rfft(x, norm=norm), 5, norm=norm),
        lambda x: np.fft.irfft2(np.fft.rfft2(x, norm=norm), (3, 5), norm=norm),
        lambda x: np.fft.hfft(np.fft.ihfft(x, norm=norm), 5, norm=norm),
        lambda x: np.fft.ifftshift(np.fft.fftshift(x)),
    ):
        close(grad(lambda x, f=f: np.sum(np.real(f(x)) * X))(np.cos(X)), X, rtol=1e-12)


def test_parseval():
    """The energy of a signal is that of its spectrum: gradients too."""
    close(grad(lambda x: np.sum(np.abs(np.fft.fft(x, norm="ortho")) ** 2))(X), 2 * X)
    close(grad(lambda z: np.sum(np.abs(np.fft.fft2(z, norm="ortho")) ** 2))(Z), 2 * Z.conj())


@pytest.mark.parametrize("name", ONE)
def test_dtypes(name):
    f = getattr(np.fft, name)
    for dtype in ("f2", "f4", "f8", "i4", "?", "c8", "c16"):
        if dtype[0] == "c" and name in ("rfft", "ihfft"):
            continue
        x = (10 * Z.real).astype(dtype)
        want = f(x)
        found = f(Array(x))
        assert found.dtype == want.dtype
        close(found._value, want, rtol=2e-3, atol=2e-2 if dtype == "f2" else 1e-4)
        assert f(minitorch.tensor(x))._value.dtype.itemsize <= want.dtype.itemsize
    assert grad(lambda x: np.sum(np.real(f(x)) ** 2))(X.astype("f4")).dtype == np.float32


def test_refusals():
    for f in (np.fft.rfft, np.fft.ihfft, np.fft.rfftn):
        with pytest.raises(TypeError, match="real"):
            f(Array(Z))
    for n in (0, -1):
        for f in (np.fft.fft, np.fft.irfft):
            with pytest.raises(ValueError, match="Invalid number of FFT data points"):
                f(Array(X), n)
    with pytest.raises(ValueError, match="Invalid norm value"):
        np.fft.fft(Array(X), norm="other")
    with pytest.raises(ValueError, match="different lengths"):
        np.fft.fftn(Array(X), s=(2,), axes=(0, 1))
    with pytest.raises(np.exceptions.AxisError):
        np.fft.fft(Array(X), axis=2)
    with pytest.raises(TypeError, match="leave out= away"):
        grad(lambda x: np.sum(np.abs(np.fft.fft(x, out=np.empty((3, 5), complex)))))(X)
    out = np.empty((3, 5), complex)
    assert np.fft.fft(Array(X), out=out) is out
    close(out, np.fft.fft(X))


def test_lengths_of_several_axes():
    for s, axes in (
        ((2, -1), (0, 1)),
        ((4,), (0,)),
        ((4, 6), (1, 0)),
        (None, (1,)),
        (None, (0, 0)),
    ):
        want = np.fft.fftn(X, s, axes)
        found = np.fft.fftn(Array(X), s, axes)
        assert found.shape == want.shape
        close(found._value, want, atol=1e-13)


def test_frequencies_are_constants():
    def f(x):
        return np.sum(np.real(np.fft.ifft(np.fft.fft(x) * 2j * np.pi * np.fft.fftfreq(5, 0.2))))

    close(grad(f)(X), np.zeros_like(X), atol=1e-12)
    slope = np.real(np.fft.ifft(np.fft.fft(np.sin(2 * np.pi * np.arange(16) / 16))
                                * 2j * np.pi * np.fft.fftfreq(16, 1 / 16)))  # fmt: skip
    close(slope, 2 * np.pi * np.cos(2 * np.pi * np.arange(16) / 16), atol=1e-12)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
def test_gradients_are_pytorchs(name, norm):
    """Its gradients of complex numbers are the conjugates of these."""
    torch = pytest.importorskip("torch")
    x = X if name in ("rfft", "ihfft") else Z
    for n in (4, 5, 6):
        t = torch.from_numpy(x).requires_grad_()
        getattr(torch.fft, name)(t, n, norm=norm).abs().pow(2).sum().backward()
        found = grad(lambda x, n=n: np.sum(np.abs(getattr(np.fft, name)(x, n, norm=norm)) ** 2))(x)
        close(found, t.grad.numpy().conj(), rtol=1e-11, atol=1e-12)
