"""Averages, medians, quantiles, covariances, histograms."""

import numpy as np

from tests.numpy_inputs import C, V, W, X

Z = X + 1j * np.array([[0.2, 0.9, -0.3], [-1.1, 0.6, 0.8]])
N = np.array([[0.3, np.nan, 0.7, 2.0], [1.6, 0.4, np.nan, -0.9]])
HEAVY = np.array([[0.5, 2.0, 0.0], [1.0, 1.0, 3.0]])
POSITIVE = np.array([0.4, 1.3, 0.8])
Q = np.array([0.15, 0.62, 0.9])
METHODS = (
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf",
    "hazen", "weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher",
    "midpoint", "nearest",
)  # fmt: skip
SMOOTH = (
    "linear", "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased",
    "normal_unbiased",
)  # fmt: skip

CASES = {
    np.average: [(np.average, X), (lambda x: np.average(x, 1, returned=True), X),
                 (lambda x, w: np.average(x, weights=w), (X, HEAVY)),
                 (lambda x, w: np.average(x, 1, w, True, keepdims=True), (X, POSITIVE)),
                 (lambda x, w: np.average(x, (2, 0), w), (C, np.cos(np.arange(8.0)).reshape(4, 2))),
                 (lambda w: np.average([1, 2, 4], weights=w), POSITIVE),
                 (lambda x: np.average(x, 1, [1, 2, 3]), Z)],
    np.median: [(np.median, X), (np.median, X[0]), (lambda x: np.median(x, 0, keepdims=True), C),
                (lambda x: np.median(x, (0, 2)), C), (lambda x: np.median(x, 1), X)],
    np.nanmedian: [(np.nanmedian, N), (lambda x: np.nanmedian(x, 1), N),
                   (lambda x: np.nanmedian(x, 0, keepdims=True), N), (np.nanmedian, X)],
    np.quantile: [(lambda x: np.quantile(x, 0.3), X), (lambda x: np.quantile(x, 0.5, 1), X),
                  (lambda x: np.quantile(x, [[0.1, 0.5], [1.0, 0.77]], (0, 2), keepdims=True), C),
                  (lambda x: np.quantile(x, Q, 1), C), (lambda x: np.quantile(x, [0, 1]), X),
                  *((lambda x, m=m: np.quantile(x, Q, axis=1, method=m), C) for m in METHODS),
                  *((lambda x, q, m=m: np.quantile(x, q, 0, method=m), (V, Q)) for m in SMOOTH),
                  (lambda x, q: np.quantile(x, q, (0, 1), keepdims=True), (X, np.array(0.31))),
                  (lambda x: np.quantile(x, Q, 1, method="inverted_cdf", weights=HEAVY), X),
                  (lambda x: np.quantile(x, 0.4, 1, method="inverted_cdf", weights=HEAVY[0]), X)],
    np.percentile: [(lambda x: np.percentile(x, 30), X),
                    (lambda x: np.percentile(x, [5, 71], 1), X),
                    (lambda x, q: np.percentile(x, q, -1), (C, 100 * Q)),
                    (lambda x: np.percentile(x, 40, 0, method="midpoint", keepdims=True), X),
                    (lambda x: np.percentile(x, 60, method="inverted_cdf", weights=HEAVY), X)],
    np.nanquantile: [(lambda x: np.nanquantile(x, 0.3), N), (lambda x: np.nanquantile(x, Q, 1), N),
                     *((lambda x, m=m: np.nanquantile(x, Q, 1, method=m), N) for m in METHODS),
                     (lambda q: np.nanquantile(N, q, 1, keepdims=True), Q),
                     (lambda x: np.nanquantile(x, 0.4, 1, method="inverted_cdf",
                                               weights=[[1.0, 2.0, 0.5, 3.0], [1, 1, 1, 2]]), N)],
    np.nanpercentile: [(lambda x: np.nanpercentile(x, [20, 45], 1), N),
                       (lambda q: np.nanpercentile(N, q), np.array(37.0))],
    np.cov: [(np.cov, X), (np.cov, V), (lambda x: np.cov(x, rowvar=False), X),
             (lambda x, y: np.cov(x, y), (X, W)), (lambda x: np.cov(x, bias=True), X),
             (lambda x: np.cov(x, ddof=0, fweights=[2, 1, 3]), X),
             (lambda x: np.cov(x, fweights=[2, 1, 3]), X),
             (lambda x, w: np.cov(x, aweights=w), (X, POSITIVE)),
             (lambda x, w: np.cov(x, W, aweights=w, fweights=[1, 2, 2]), (X, POSITIVE)),
             (lambda x, w: np.cov(x, aweights=w, bias=True), (X, POSITIVE)),
             (lambda x: np.cov(x, Z * 1j), Z), (lambda x: np.cov(x, aweights=POSITIVE), Z),
             (lambda x, y: np.cov(x, y, False), (X.T, W.T))],
    np.corrcoef: [(np.corrcoef, X), (lambda x: np.corrcoef(x, rowvar=False), np.cos(C[0] * 7)),
                  (lambda x, y: np.corrcoef(x, y), (X, W)), (np.corrcoef, Z)],
    np.histogram: [(lambda x: np.histogram(x, 4), X), (lambda x: np.histogram(x, [0.0, 0.5, 2]), X),
                   (lambda x: np.histogram(x, 3, (-1.15, 1.0), density=True), X),
                   (lambda x: np.histogram(x, 4, density=True), X),
                   (lambda w: np.histogram(X, 3, weights=w), HEAVY),
                   (lambda w: np.histogram(X, [-1.2, 0.4, 1.6], weights=w), Z),
                   (lambda w, e: np.histogram(X, e, weights=w, density=True),
                    (W, np.array([-1.0, 0.2, 0.5, 2.0])))],
    np.histogram2d: [(lambda x, y: np.histogram2d(x, y, 3), (V, V**2)),
                     (lambda x: np.histogram2d(x, V, [-1.0, 0.1, 0.5, 2.0], density=True), V),
                     (lambda w: np.histogram2d(V, V**2, [2, 3], weights=w, density=True), V + 1)],
    np.histogramdd: [(lambda x: np.histogramdd(x, 2), np.cos(C[0] * 7)[:, :2]),
                     (lambda w: np.histogramdd([V, V**2, -V], (2, 3, [-1.0, 0.0, 1.0]),
                                               weights=w), V),
                     (lambda x: np.histogramdd(x, 2, [(-1, 1), None], density=True), X.T)],
    np.histogram_bin_edges: [(lambda x: np.histogram_bin_edges(x, 4), X),
                             (lambda x: np.histogram_bin_edges(x, "auto"), X),
                             (lambda x: np.histogram_bin_edges(x, 2, (0, 1)), X)],
    np.bincount: [(lambda w: np.bincount([0, 2, 2, 5], w), V),
                  (lambda w: np.bincount([0, 2, 2, 1], weights=w, minlength=6), V),
                  (lambda x: np.bincount(np.argsort(x)), V)],
}  # fmt: skip
