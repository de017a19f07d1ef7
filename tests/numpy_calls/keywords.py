"""The keywords of NumPy's signatures that the calls of the other files leave alone."""

import inspect

import numpy as np

from tests.numpy_inputs import MASK, P, S, V, W, X

N = np.array([[0.3, np.nan, 0.7, 2.0], [1.6, 0.4, np.nan, -0.9]])


def into(function, *given, **settings):
    """A call whose result is written into an array that was made for it."""

    def call(*xs):
        target = np.zeros_like(function(*xs, *given, **settings))
        y = function(*xs, *given, out=target, **settings)
        assert y is target
        return y

    return call


def calls(x, functions, *given, **settings):
    """The same call of several functions, with `out=`."""
    return {f: [(into(f, *given, **settings), x)] for f in functions}


def with_mean(function, x):
    return function(x, 1, mean=np.nanmean(x, 1, keepdims=True), keepdims=True)


OUT = {
    **calls(X, (
        np.sum, np.prod, np.mean, np.var, np.std, np.max, np.amax, np.min, np.amin, np.ptp,
        np.argmax, np.argmin, np.all, np.any, np.cumsum, np.cumprod, np.median), axis=1),
    **calls(N, (
        np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd, np.nanmax, np.nanmin,
        np.nanargmax, np.nanargmin, np.nancumsum, np.nancumprod, np.nanmedian), axis=1),
    **calls(X, (np.quantile, np.percentile), 0.3, 1), **calls(X, (np.round, np.around), decimals=1),
    **calls(N, (np.nanquantile, np.nanpercentile), 0.3, 1), **calls(X, (np.fix, np.trace)),
    **calls(X, (np.take,), [2, 0], 1),
    **calls((S, X), (np.dot, np.outer)),
    **calls(X + 0j, (np.fft.fft, np.fft.ifft, np.fft.irfft, np.fft.fft2, np.fft.fftn,
                     np.fft.ifftn, np.fft.irfftn)),
    **calls(X, (np.fft.rfft, np.fft.ihfft, np.fft.rfft2, np.fft.rfftn)),
    np.compress: [(into(lambda x, out=None: np.compress([True, False, True], x, 1, out=out)), X)],
    np.choose: [(into(lambda x, out=None: np.choose([1, 0, 1], [x[0], x[1]], out=out)), X)],
    np.einsum: [(into(lambda x, out=None: np.einsum("ij,kj", x, W, out=out)), X)],
    np.concatenate: [(into(lambda x, out=None: np.concatenate([x, x * x], out=out)), X)],
    np.stack: [(into(lambda x, out=None: np.stack([x, W], 1, out=out)), X)],
    np.linalg.multi_dot: [
        (into(lambda x, out=None: np.linalg.multi_dot([x, W.T, S], out=out)), X)],
    # NumPy itself does not fill the `out=` of these
    **{f: [(lambda x, f=f: f(x, out=None), X + 0j)]
       for f in (np.fft.hfft, np.fft.ifft2, np.fft.irfft2)},
}  # fmt: skip

DTYPE = {
    **{f: [(lambda x, f=f: f(x, dtype=np.float64), X)] for f in (
        np.sum, np.prod, np.mean, np.cumsum, np.cumprod, np.trace, np.nansum, np.nanprod,
        np.nanmean, np.nancumsum, np.nancumprod, np.linalg.trace, np.zeros_like)},
    **{f: [(lambda x, f=f: f(x, dtype=np.float64), X)] for f in (
        np.var, np.std, np.nanvar, np.nanstd, np.cov, np.corrcoef)},
    **{f: [(lambda x, f=f: f([x, W], dtype=np.float64, casting="safe"), X)] for f in (
        np.vstack, np.hstack, np.stack)},
    np.full_like: [(lambda x: np.full_like(x, x[0], dtype=complex, order="F", subok=False), X)],
    np.logspace: [(lambda x: np.logspace(x, 1.0, 3, dtype=np.float64), V)],
    np.geomspace: [(lambda x: np.geomspace(x, 3.0, 3, dtype=np.float64), P)],
}  # fmt: skip

OTHER = {
    np.std: [(lambda x: with_mean(np.std, x), X), (lambda x: np.std(x, correction=1), X)],
    np.nanstd: [(lambda x: with_mean(np.nanstd, x), N), (lambda x: np.nanstd(x, correction=1), N)],
    np.max: [(lambda x: np.max(x, 1, keepdims=True), X)],
    np.amax: [(lambda x: np.amax(x, 1, None, True, 0.1, MASK), X)],
    np.amin: [(lambda x: np.amin(x, 1, None, True, 0.1, MASK), X)],
    np.argmin: [(lambda x: np.argmin(x, 1, keepdims=True), X)],
    np.all: [(lambda x: np.all(x, 1, keepdims=True), X)],
    np.any: [(lambda x: np.any(x, 1, keepdims=True), X)],
    np.nanprod: [(lambda x: np.nanprod(x, 1, keepdims=True, initial=0.7), N)],
    np.nanmax: [(lambda x: np.nanmax(x, 1, keepdims=True), N)],
    np.nanmin: [(lambda x: np.nanmin(x, 0, initial=9.0, where=np.arange(4) > 1), N)],
    np.nanargmin: [(lambda x: np.nanargmin(x, 1, keepdims=True), N)],
    np.broadcast_to: [(lambda x: np.broadcast_to(x, (2, 2, 3), subok=True), X)],
    np.broadcast_arrays: [(lambda x: np.broadcast_arrays(x, X, subok=True), X[0])],
    np.lib.stride_tricks.sliding_window_view: [(
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, subok=True, writeable=False), V)],
    np.copy: [(lambda x: np.copy(x, order="F", subok=True), X)],
    np.zeros_like: [(lambda x: np.zeros_like(x, order="F", subok=False, device="cpu"), X)],
    np.ones_like: [
        (lambda x: np.ones_like(x, order="C", subok=False, shape=(2, 2), device="cpu"), X)],
    np.empty_like: [(lambda x: 0 * np.empty_like(x, order="C", subok=False, shape=3), X),
                    (lambda x: 0 * np.empty_like(x, np.float64, device="cpu"), X)],
    np.full_like: [(lambda x: np.full_like(x, x[1, 1], device="cpu"), X)],
    np.linspace: [(lambda x: np.linspace(x, 1.0, 3, device="cpu"), V)],
    np.histogram2d: [
        (lambda x: np.histogram2d(x[0], x[1], 3, range=[[-2.1, 2.2], [-1.7, 1.9]]), X)],
    np.histogram_bin_edges: [(lambda x: np.histogram_bin_edges(x, 3, weights=W), X)],
    np.polyfit: [(lambda x: np.polyfit([0.0, 1.0, 2.0, 4.0], x, 2, rcond=1e-9), V)],
    np.sort: [(lambda x: np.sort(x, order=None), X)],
    np.partition: [(lambda x: np.partition(x, 1, kind="introselect", order=None), X)],
    np.unique: [(lambda x: np.unique(x, equal_nan=False), V)],
    **{f: [(lambda x, f=f: f(x, overwrite_input=False), X)] for f in (np.median, np.nanmedian)},
    **{f: [(lambda x, f=f: f(x, 0.3, overwrite_input=False), X)]
       for f in (np.quantile, np.percentile, np.nanquantile)},
    np.nanpercentile: [(lambda x: np.nanpercentile(
        x, 30, 1, None, False, "inverted_cdf", True, weights=np.ones_like(N)), N)],
    np.copyto: [(lambda x: np.copyto(y := np.ones_like(x), x, casting="safe") or y, X)],
}  # fmt: skip

CASES = {f: [*OUT.get(f, ()), *DTYPE.get(f, ()), *OTHER.get(f, ())] for f in (*OUT, *DTYPE, *OTHER)}
for name in ("cumulative_sum", "cumulative_prod"):  # NumPy 2.1 and later
    if hasattr(np, name):
        f = getattr(np, name)
        CASES[f] = [(into(f, axis=1), X), (lambda x, f=f: f(x, axis=0, dtype=np.float64), X)]
if "copy" in inspect.signature(np.reshape).parameters:
    CASES.setdefault(np.reshape, []).append((lambda x: np.reshape(x, (3, 2), copy=True), X))
if hasattr(np, "astype"):
    CASES[np.astype] = [(lambda x: np.astype(x, np.float64, copy=False), X)]
    if "device" in inspect.signature(np.astype).parameters:
        CASES[np.astype].append((lambda x: np.astype(x, np.float64, device=None), X))
