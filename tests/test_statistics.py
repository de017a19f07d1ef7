"""NumPy's reductions, statistics, sorting and differences where they are easily wrong.

What other libraries get silently wrong (masks, `initial=`), kinks and limits, empty slices, NaN,
and what is refused. The calls of `tests/numpy_calls` check the derivatives elsewhere.
"""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from minitorch import grad, hessian, jacobian, make_jvp
from minitorch.faces.array import Array
from minitorch.faces.numpy.sorting import sort
from tests.calculus import mapped

nan, inf = np.nan, np.inf
X = np.array([[0.3, -1.2, 0.7], [1.6, 0.4, -0.57]])
MASK = np.array([[True, False, True], [False, True, True]])
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # means of nothing, as NumPy's


def same(actual, expected):
    np.testing.assert_allclose(actual, np.array(expected, float), rtol=1e-12, atol=1e-14)


# masks and initial values, which others ignore


def test_masked_sum_and_mean():
    same(grad(lambda x: np.sum(x, where=MASK))(X), MASK)
    same(grad(lambda x: np.sum(x**2, where=MASK, initial=5.0))(X), 2 * X * MASK)
    same(grad(lambda x: np.mean(x, where=MASK))(X), MASK / 4)
    same(jacobian(lambda x: np.mean(x, 0, where=MASK))(X)[2], [[0, 0, 0.5], [0, 0, 0.5]])


def test_masked_product():
    g = grad(lambda x: np.prod(x, where=MASK, initial=2.0))(X)
    same(g, np.where(MASK, 2 * np.prod(X, where=MASK) / X, 0))


@pytest.mark.parametrize("ddof", [0, 1])
def test_masked_variance(ddof):
    value = X[MASK]
    want = np.zeros(X.shape)
    want[MASK] = 2 * (value - value.mean()) / (value.size - ddof)
    same(grad(lambda x: np.var(x, where=MASK, ddof=ddof))(X), want)
    spread = np.std(value, ddof=ddof)
    same(grad(lambda x: np.std(x, where=MASK, ddof=ddof))(X), want / (2 * spread))


def test_masked_extremes():
    same(grad(lambda x: np.max(x, where=MASK, initial=-inf))(X), [[0, 0, 1], [0, 0, 0]])
    same(grad(lambda x: np.min(x, where=MASK, initial=9.0))(X), [[0, 0, 0], [0, 0, 1]])
    same(grad(lambda x: np.max(x, where=MASK, initial=2.0))(X), np.zeros(X.shape))


def test_initial_of_an_extreme():
    same(grad(lambda x: np.max(x, initial=1.0))(X), [[0, 0, 0], [1, 0, 0]])
    same(grad(lambda x: np.max(x, 1, initial=1.0).sum())(X), [[0, 0, 0], [1, 0, 0]])
    x, empty = Array(X), Array(np.zeros((2, 0)))
    same(grad(lambda v: np.max(x, initial=v))(2.0), 1)
    same(grad(lambda v: np.max(x, initial=v, where=MASK))(0.0), 0)
    same(grad(lambda v: np.sum(np.max(empty, 1, initial=v)))(3.0), 2)


def test_what_a_mask_hides_does_not_matter():
    hidden = np.array([1.0, nan, 3.0, inf])
    mask = np.array([True, False, True, False])
    for f, want in (
        (np.sum, [1, 0, 1, 0]), (np.prod, [3, 0, 1, 0]), (np.mean, [0.5, 0, 0.5, 0]),
        (np.var, [-1, 0, 1, 0]), (np.std, [-0.5, 0, 0.5, 0]),
    ):  # fmt: skip
        same(grad(lambda x, f=f: f(x, where=mask))(hidden), want)
        tangent = make_jvp(lambda x, f=f: f(x, where=mask))(hidden)(np.ones(4))[1]
        same(tangent, np.sum(want))


def test_a_mask_without_initial_value():
    for f in (np.max, np.min, np.nanmax, np.nanmin):
        with pytest.raises(ValueError, match="identity"):
            f(Array(X), where=MASK)


def test_initial_values_have_the_dtype_of_the_result():
    whole = Array(np.array([1, 2]))
    for f in (np.sum, np.prod, np.max, np.min):
        y, want = f(whole, initial=2.5), f(np.array([1, 2]), initial=2.5)
        assert y.dtype == want.dtype
        assert y._value == want
    assert np.max(Array(np.array([False])), initial=3).dtype == bool
    with pytest.raises(TypeError, match="initial="):
        grad(lambda v: np.sum(whole, initial=v) * 1.0)(2.0)
    with pytest.raises(ValueError, match="must be a number"):
        np.max(Array(X), 0, initial=np.ones(3))


def test_no_axis_of_a_number():
    number = Array(np.array(1.5))
    for f in (np.sum, np.prod, np.max, np.nansum, np.ptp, np.argmax, np.all):
        assert f(number, axis=0)._value == f(np.array(1.5), axis=0)
    assert grad(lambda x: np.prod(x, axis=-1))(3.0) == 1


def test_a_mask_must_be_of_bools():
    with pytest.raises(TypeError, match="bools"):
        grad(lambda x: np.sum(X, where=x))(X)


def test_out_of_something_tracked_is_refused():
    for f in (np.sum, np.mean, np.median, np.nansum, np.cumsum, np.nanvar, np.ptp):
        with pytest.raises(TypeError, match="plain array"):
            grad(lambda x, f=f: f(x, 0, out=np.empty(3)))(X)
    with pytest.raises(TypeError, match="plain array"):
        grad(lambda x: np.quantile(x, 0.5, out=np.empty(())))(X)
    held = np.empty(())
    assert np.median(Array(X), out=held) is held
    assert held == np.median(X)


# products with zeros, to second order


@pytest.mark.parametrize(
    ("x", "first", "second"),
    [
        ([2.0, 0.0, 3.0], [0, 6, 0], [[0, 3, 0], [3, 0, 2], [0, 2, 0]]),
        ([0.0, 0.0, 3.0], [0, 0, 0], [[0, 3, 0], [3, 0, 0], [0, 0, 0]]),
        ([0.0, 0.0, 0.0], [0, 0, 0], np.zeros((3, 3))),
    ],
)
def test_product_with_zeros(x, first, second):
    x = np.array(x)
    for f in (
        np.prod, np.nanprod, lambda x: np.cumprod(x)[-1], lambda x: np.nancumprod(x)[-1],
        lambda x: np.prod(x, where=np.ones(3, bool)),
    ):  # fmt: skip
        same(grad(f)(x), first)
        same(hessian(f)(x), second)


# spread


def test_spread_of_equals():
    """Finite at its kink, in both modes and to second order."""
    x = np.full(3, 2.0)
    for f in (np.std, np.nanstd, lambda x: np.std(x, where=np.ones(3, bool))):
        same(grad(f)(x), np.zeros(3))
        same(make_jvp(f)(x)(np.array([1.0, 0, 0]))[1], 0)
        same(hessian(f)(x), np.zeros((3, 3)))


def test_spread_of_one():
    one = np.array([2.0])
    for f in (np.var, np.std, np.nanvar, np.nanstd):
        same(grad(f)(one), [0])
        assert np.isnan(f(Array(one), ddof=1)._value)
    same(
        grad(lambda x: np.nanvar(x, 1, ddof=1)[1])(np.array([[1.0, nan], [1, 3]])),
        [[0, 0], [-2, 2]],
    )


def test_tracked_mean_of_a_variance():
    x, m = np.array([1.0, 2.0, 6.0]), np.array([2.5])
    same(grad(lambda m: np.var(x, mean=m))(m), [2 * np.mean(m - x)])
    same(grad(lambda x: np.var(x, mean=np.mean(x, keepdims=True)))(x), grad(np.var)(x))


# ties: of an extreme shared, of an order to the one that was chosen


def test_ties():
    x = np.array([1.0, 3.0, 3.0])
    for f, want in (
        (np.max, [0, 0.5, 0.5]), (np.nanmax, [0, 0.5, 0.5]), (np.ptp, [-1, 0.5, 0.5]),
        (lambda x: np.sort(x)[1], [0, 1, 0]), (lambda x: np.sort(x, stable=True)[2], [0, 0, 1]),
        (lambda x: np.unique(x)[1], [0, 1, 0]), (lambda x: np.unique_values(x).sum(), [1, 1, 0]),
        (lambda x: np.unique_counts(x).values.sum(), [1, 1, 0]),
    ):  # fmt: skip
        same(grad(f)(x), want)
    for f in (np.sort, lambda x: np.partition(x, 1), lambda x: sort(x, descending=True)):
        rows = jacobian(f)(np.array([2.0, 2.0, 1.0, 2.0, 1.0]))
        same(rows.sum(0), np.ones(5))  # a permutation
        same(rows.sum(1), np.ones(5))
        same(rows, rows**2)


def test_descending_sort():
    x = np.array([1.0, nan, 3.0, 2.0, 3.0])
    same(sort(Array(x), descending=True)._value, [3, 3, 2, 1, nan])
    whole = np.array([3, -128, 127], np.int8)
    assert sort(Array(whole), descending=True).tolist() == [127, 3, -128]
    assert sort(Array(np.array([0, 255], np.uint8)), descending=True).tolist() == [255, 0]


def test_sorting_in_place():
    def f(x):
        y = np.copy(x)
        y.sort()
        return y[0] * 3

    same(grad(f)(np.array([2.0, -1.0, 5.0])), [0, 3, 0])


def test_constant_results_of_unique():
    x = np.array([2.0, 1.0, 2.0])
    values, first, inverse, counts = np.unique(Array(x), True, True, True)
    same(values._value, [1, 2])
    assert [part.tolist() for part in (first, inverse, counts)] == [[1, 0], [1, 0, 1], [1, 2]]
    found = np.unique_all(Array(x))
    assert type(found) is type(np.unique_all(x))
    same(grad(lambda x: np.unique(x, return_counts=True)[1].sum() * x[0])(x), [2 + 1, 0, 0])


# NaN


ROWS = np.array([[0.3, nan, 0.7], [nan, nan, nan], [1.6, 0.4, -0.57]])


@pytest.mark.parametrize(
    ("f", "row"),
    [
        (np.nansum, [1, 0, 1]), (np.nanmean, [0.5, 0, 0.5]), (np.nanprod, [0.7, 0, 0.3]),
        (np.nanmax, [0, 0, 1]), (np.nanmin, [1, 0, 0]), (np.nanvar, [-0.2, 0, 0.2]),
        (np.nanstd, [-0.5, 0, 0.5]), (np.nanmedian, [0.5, 0, 0.5]),
        (lambda x, axis: np.nanquantile(x, 0.25, axis), [0.75, 0, 0.25]),
        (lambda x, axis: np.nanpercentile(x, 25, axis), [0.75, 0, 0.25]),
        (lambda x, axis: np.nancumsum(x, axis)[:, -1], [1, 0, 1]),
        (lambda x, axis: np.nancumprod(x, axis)[:, -1], [0.7, 0, 0.3]),
    ],
)  # fmt: skip
def test_nan_has_no_gradient(f, row):
    same(f(Array(ROWS), axis=1)._value, f(ROWS, axis=1))
    for g in (
        grad(lambda x: np.nansum(f(x, axis=1)))(ROWS),
        jacobian(lambda x: f(x, axis=1))(ROWS).sum(0),
    ):
        same(g[0], row)
        same(g[1], [0, 0, 0])
        assert np.isfinite(g[2]).all()
    bend = grad(lambda x: np.sum(grad(lambda x: np.nansum(f(x, axis=1) ** 2))(x)[0]))(ROWS)
    assert np.isfinite(bend).all()
    assert bend[0, 1] == 0


def test_place_among_nothing_but_nan():
    with pytest.raises(ValueError, match="All-NaN"):
        np.nanargmax(Array(ROWS), 1)


def test_nan_comes_through_a_median():
    x = np.array([1.0, nan, 3.0])
    for f in (np.median, lambda x: np.quantile(x, 0.2), lambda x: np.percentile(x, [0, 90])[1]):
        assert np.isnan(f(Array(x))._value)
        same(grad(f)(x), [0, 1, 0])  # as of a maximum


# quantiles


def test_quantile_at_a_sample():
    x = np.array([3.0, 1.0, 2.0])
    same(grad(lambda x: np.quantile(x, 0.5))(x), [0, 0, 1])
    same(grad(lambda x: np.quantile(x, 1.0))(x), [1, 0, 0])
    same(grad(lambda q: np.quantile(x, q))(0.5), 0)  # a kink: PyTorch's convention
    same(grad(lambda q: np.quantile(x, q))(0.25), 2)
    same(grad(lambda q: np.quantile(x, q))(1.0), 0)
    same(np.median(Array(np.array([1, inf, 2.0])))._value, 2)


def test_quantile_mixed_derivative():
    x = np.array([3.0, 1.0, 2.0, 7.0])
    mixed = jacobian(grad(lambda q, x: np.quantile(x, q)), 1)(0.4, x)
    same(mixed, [0, 0, 0, 0] + 3 * np.array([1.0, 0, -1, 0]))
    same(grad(lambda q: np.sum(np.percentile(x, q)))(np.array([10.0, 40.0])), [0.03, 0.03])


def test_quantile_refuses_what_jumps():
    with pytest.raises(TypeError, match="'nearest'"):
        grad(lambda q: np.quantile([1.0, 2.0, 3.0], q, method="nearest"))(0.2)
    with pytest.raises(TypeError, match="weights"):
        grad(lambda w: np.quantile(X[0], 0.2, method="inverted_cdf", weights=w))(np.ones(3))
    with pytest.raises(ValueError, match="range"):
        np.quantile(Array(X), 1.5)


# nothing at all


def test_empty_slices():
    empty = np.empty((2, 0))
    for f in (np.sum, np.prod, np.mean, np.var, np.std, np.nanmean, np.nanvar, np.median,
              np.nanmedian, np.nansum):  # fmt: skip
        same(f(Array(empty), axis=1)._value, f(empty, axis=1))
        assert grad(lambda x, f=f: np.sum(f(x, axis=1)))(empty).shape == (2, 0)
        assert f(Array(empty), axis=0).shape == (0,)
    for f in (np.cumsum, np.cumprod, np.sort, np.diff, np.nancumsum, np.unique):
        assert f(Array(empty)).shape == f(empty).shape
    for f in (np.max, np.min, np.nanmax, np.nanmin):
        with pytest.raises(ValueError, match="identity|empty"):
            f(Array(empty), 1)


# differences


def test_gradient_of_uneven_places():
    places = np.array([0.0, 1.0, 3.0, 3.5])
    quadratic = 2 * places**2 - places
    same(np.gradient(Array(quadratic), places, edge_order=2)._value, 4 * places - 1)
    with pytest.raises(ValueError, match="too small"):
        np.gradient(Array(np.ones(2)), edge_order=2)
    with pytest.raises(TypeError, match="number of arguments"):
        np.gradient(Array(X), 1.0, 2.0, 3.0)


def test_gradient_beside_nan():
    """Even distances leave the element in the middle out."""
    x = np.array([1.0, 2.0, nan, 4.0, 5.0, 6.0])
    same(np.gradient(Array(x))._value, np.gradient(x))


def test_interpolation_at_its_points():
    xp, fp = np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 3.0])
    for x, slope in ((0.0, 2), (1.0, 0.5), (3.0, 0.5), (-1.0, 0), (4.0, 0), (2.0, 0.5)):
        same(grad(lambda x: np.interp(x, xp, fp))(x), slope)
        same(np.interp(Array(x), xp, fp)._value, np.interp(x, xp, fp))
    same(grad(lambda fp: np.interp([-1.0, 1.0, 9.0], xp, fp).sum())(fp), [1, 1, 1])
    same(grad(lambda fp: np.interp([-1.0, 9.0], xp, fp, left=0.0).sum())(fp), [0, 0, 1])
    doubled = np.array([0.0, 1.0, 1.0])
    assert np.isfinite(grad(lambda x: np.interp(x, doubled, fp).sum())(np.array([0.5, 1.0]))).all()
    with pytest.raises(TypeError, match="real numbers"):
        np.interp(Array(np.array(1j)), xp, fp)
    with pytest.raises(ValueError, match="period"):
        np.interp(Array(1.0), xp, fp, period=0)


def test_unwrapping_adds_constants():
    angles = np.array([0.1, 6.0, 0.3, -6.0])
    same(jacobian(np.unwrap)(angles), np.eye(4))
    assert np.unwrap(Array(np.array([0, 350, 10])), period=360).tolist() == [0, -10, 10]


def test_windows():
    x = np.arange(5.0)
    view = np.lib.stride_tricks.sliding_window_view
    same(grad(lambda x: view(x, 2).sum())(x), [1, 2, 2, 2, 1])
    for wrong in (6, -1, (1, 1)):
        with pytest.raises(ValueError, match="window"):
            view(Array(x), wrong)


def test_convolution_refuses():
    with pytest.raises(ValueError, match="empty"):
        np.convolve(Array(np.empty(0)), [1.0])
    with pytest.raises(ValueError, match="mode"):
        np.convolve(Array(np.ones(2)), [1.0], "middle")
    with pytest.raises(ValueError, match="too deep"):
        np.correlate(Array(np.ones((2, 2))), [1.0])


# weights and histograms


def test_weights_of_an_average():
    with pytest.raises(ZeroDivisionError):
        np.average(Array(X[0]), weights=[1.0, -1.0, 0.0])
    with pytest.raises(TypeError, match="Axis must be specified"):
        np.average(Array(X), weights=[1.0, 2.0])
    with pytest.raises(ValueError, match="consistent"):
        np.average(Array(X), 1, weights=[1.0, 2.0])


def test_histogram_of_what_is_tracked():
    """Counts are constant, but edges that the smallest and largest element tell are not."""
    x = np.array([1.0, 2.0, 5.0])
    same(grad(lambda x: np.histogram(x, 2, (0, 6))[0].sum() * x[0])(x), [3, 0, 0])
    same(jacobian(lambda x: np.histogram(x, 2)[1])(x), [[1, 0, 0], [0.5, 0, 0.5], [0, 0, 1]])
    same(grad(lambda x: np.histogram(x, 2, density=True)[0][0])(x), [2 / 3 / 8, 0, -2 / 3 / 8])
    with pytest.raises(ValueError, match="same shape"):
        np.histogram(Array(x), weights=[1.0, 2.0])
    with pytest.raises(ValueError, match="same length"):
        np.bincount([1, 2], Array(x))
    with pytest.raises(TypeError, match="complex"):
        np.bincount([1, 2, 3], Array(x * 1j))
    with pytest.raises(ValueError, match="points"):
        np.histogramdd(Array(np.ones((2, 2, 2))))


# both faces, batches


def test_tensors():
    x = minitorch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    for f in (np.sort, np.median, np.nanmean, np.cumprod, np.gradient, np.average, np.nanstd,
              np.cov, lambda x: np.quantile(x, [0.1, 0.6]),
              lambda x: np.interp(x, x[:2] * x[:2], x[:2]),
              lambda x: np.histogram([1, 2, 3], 2, weights=x)[0], lambda x: np.convolve(x, x),
              lambda x: np.percentile(x, minitorch.tensor(30.0))):  # fmt: skip
        y = f(x)
        assert type(y) is minitorch.Tensor
        assert y.dtype is minitorch.float32
        (g,) = minitorch.autograd.grad(y.sum(), x)
        assert g.isfinite().all()


@pytest.mark.parametrize(
    "f",
    [np.sort, lambda x: np.median(x, 0), lambda x: np.quantile(x, [0.3, 0.8], 1), np.nansum,
     lambda x: np.partition(x, 1, axis=0), lambda x: np.nanvar(x, 1), np.diff, np.gradient,
     lambda x: np.cumprod(x, 0), lambda x: np.nanmax(x, 1),
     lambda x: np.max(x, where=MASK, initial=0), lambda x: np.convolve(x[0], x[1]),
     lambda x: np.trapezoid(x, axis=0), np.cov, lambda x: np.average(x, 1, X),
     lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, 1)],
)  # fmt: skip
def test_batches(f):
    rows = np.cos(np.arange(24.0) ** 2).reshape(4, 2, 3)
    got = mapped(lambda x: tuple_of(f(x)), [rows], [True], 4)
    want = [np.stack(parts) for parts in zip(*(tuple_of(f(row)) for row in rows), strict=True)]
    assert len(got) == len(want)
    for y, expected in zip(got, want, strict=True):
        same(y._value, expected)


def tuple_of(y):
    return y if isinstance(y, tuple) else (y,)
