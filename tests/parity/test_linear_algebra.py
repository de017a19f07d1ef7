"""torch.linalg and torch.fft as modules; and what no single line can state about them."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from minitorch.ops.triangular import BLOCK
from tests.parity.calls import fft as fft_calls
from tests.parity.calls import linalg as linalg_calls
from tests.parity.compare import names_in

torch = pytest.importorskip("torch")

# the factors of indefinite matrices by Bunch and Kaufman, which NumPy has not
ABSENT = {"ldl_factor", "ldl_factor_ex", "ldl_solve"}


def public(module):
    found = {name for name in dir(module) if not name.startswith("_") and name[0] != "@"}
    return {name for name in found if callable(getattr(module, name))} - {"Tensor"}


@pytest.mark.parametrize("name", ["linalg", "fft"])
def test_names(name):
    ours, theirs = getattr(minitorch, name), getattr(torch, name)
    assert set(ours.__all__) == public(theirs) - ABSENT
    assert all(callable(getattr(ours, function)) for function in ours.__all__)


def words(calls):
    """All names that a list of calls reads, and the strings among their constants."""
    found = {name for call in calls for _, name in names_in(call)}
    for call in calls:
        found.update(value for value in call.__defaults__ or () if isinstance(value, str))
    return found


@pytest.mark.parametrize(("name", "calls"), [("linalg", linalg_calls), ("fft", fft_calls)])
def test_every_function_is_compared(name, calls):
    assert set(getattr(minitorch, name).__all__) - words(calls.CALLS) - {"LinAlgError"} == set()


def test_linalg_error():
    error = minitorch.linalg.LinAlgError
    assert issubclass(error, RuntimeError)
    singular = minitorch.stack([minitorch.eye(3), minitorch.ones(3, 3)])
    theirs = torch.stack([torch.eye(3), torch.ones(3, 3)])
    for name in ("inv", "cholesky"):
        with pytest.raises(error) as ours:
            getattr(minitorch.linalg, name)(-singular if name == "cholesky" else singular)
        with pytest.raises(torch.linalg.LinAlgError) as other:
            getattr(torch.linalg, name)(-theirs if name == "cholesky" else theirs)
        assert str(ours.value) == str(other.value)


def pair(array):
    return (module.from_numpy(array.copy()).requires_grad_() for module in (minitorch, torch))


def same(ours, theirs, tolerance=1e-9):
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), tolerance, tolerance)


@pytest.mark.parametrize("shape", [(70, 70), (2, 65, 40), (40, 75)])
def test_lu_beyond_one_block(shape):
    assert max(shape) > 2 * BLOCK or min(shape[-2:]) > BLOCK
    x, y = pair(np.random.default_rng(0).normal(size=shape))
    ours, theirs = minitorch.linalg.lu_factor(x), torch.linalg.lu_factor(y)
    same(ours.LU, theirs.LU)
    assert np.array_equal(ours.pivots.numpy(), theirs.pivots.numpy())
    (ours.LU * ours.LU).sum().backward()
    (theirs.LU * theirs.LU).sum().backward()
    same(x.grad, y.grad, 1e-6)


@pytest.mark.parametrize("upper", [False, True])
def test_triangular_systems_beyond_one_block(upper):
    rng = np.random.default_rng(1)
    x, y = pair(rng.normal(size=(100, 100)) / 10 + 3 * np.eye(100))
    b = rng.normal(size=(2, 100, 3))
    ours = minitorch.linalg.solve_triangular(x, minitorch.from_numpy(b), upper=upper)
    theirs = torch.linalg.solve_triangular(y, torch.from_numpy(b), upper=upper)
    same(ours, theirs)
    ours.square().sum().backward()
    theirs.square().sum().backward()
    same(x.grad, y.grad)


@pytest.mark.parametrize("scale", [1e-8, 0.01, 1.0, 10.0, 100.0])
def test_matrix_exp_at_all_sizes(scale):
    x, y = pair(np.random.default_rng(2).normal(size=(3, 6, 6)) * scale)
    ours, theirs = minitorch.matrix_exp(x), torch.matrix_exp(y)
    size = theirs.detach().abs().amax().item()
    np.testing.assert_allclose(
        ours.detach().numpy() / size, theirs.detach().numpy() / size, 1e-8, 1e-9
    )


def test_exponentials_of_what_is_not_finite():
    x = np.stack([np.eye(2), np.full((2, 2), np.inf), np.full((2, 2), np.nan)])
    y = minitorch.matrix_exp(minitorch.from_numpy(x)).numpy()
    np.testing.assert_allclose(y[0], np.e * np.eye(2))
    assert not np.isfinite(y[1:]).any()


def test_lowrank_takes_the_same_random_numbers():
    x, y = pair(np.random.default_rng(3).normal(size=(30, 20)))
    for module in (minitorch, torch):
        module.manual_seed(7)
    for ours, theirs in zip(
        minitorch.svd_lowrank(x, 4, 1), torch.svd_lowrank(y, 4, 1), strict=True
    ):
        same(ours.abs(), theirs.abs())
    same(minitorch.rand(3), torch.rand(3))


@pytest.mark.parametrize("hop", [1, 3, 5])
def test_short_time_transforms_come_back(hop):
    x = minitorch.from_numpy(np.random.default_rng(4).normal(size=(2, 50)))
    window = minitorch.from_numpy(np.hanning(12)[1:-1])
    spectra = minitorch.stft(x, 16, hop, 10, window, return_complex=True)
    same(minitorch.istft(spectra, 16, hop, 10, window, length=50), x)


def test_transforms_keep_single_precision():
    for name in ("fft", "rfft", "fftn", "hfft"):
        x = minitorch.rand(6)
        assert getattr(minitorch.fft, name)(x).dtype in (minitorch.complex64, minitorch.float32)
        same(
            getattr(minitorch.fft, name)(x),
            getattr(torch.fft, name)(torch.from_numpy(x.numpy())),
            1e-5,
        )


def test_batched_by_vmap():
    func = pytest.importorskip("minitorch.func")
    x = minitorch.from_numpy(np.random.default_rng(5).normal(size=(4, 3, 3)) + 3 * np.eye(3))
    for f in (
        minitorch.linalg.det, minitorch.linalg.inv, minitorch.matrix_exp, minitorch.linalg.svdvals,
        minitorch.linalg.norm, lambda x: minitorch.linalg.solve(x, x.T),
        lambda x: minitorch.linalg.lu(x)[2], lambda x: minitorch.linalg.cholesky(x @ x.T),
        lambda x: minitorch.fft.fft2(x).abs(), lambda x: minitorch.einsum("ij,kj->ik", x, x),
        lambda x: minitorch.cdist(x, x), lambda x: minitorch.linalg.eigh(x + x.T)[0],
    ):  # fmt: skip
        same(func.vmap(f)(x), minitorch.stack([f(row) for row in x]))
