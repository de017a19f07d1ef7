"""Sums, products, extremes, moments, running sums, norms; the nan-family."""

import numpy as np

from tests.numpy_inputs import MASK, C, V, X

Z = X + 1j * np.array([[0.2, 0.9, -0.3], [-1.1, 0.6, 0.8]])
N = np.array([[0.3, np.nan, 0.7, 2.0], [1.6, 0.4, np.nan, -0.9]])  # without a slice of NaN alone
PART = np.array([[True, True, False, True], [True, False, True, True]])

CASES = {
    np.sum: [(np.sum, X), (lambda x: np.sum(x, 1), X), (lambda x: np.sum(x, -1), C),
             (lambda x: np.sum(x, (0, 2), keepdims=True), C), (np.sum, Z),
             (lambda x: np.sum(x, where=MASK, initial=2.0), X),
             (lambda x: np.sum(x, 1, dtype=np.float64), X), (lambda x: np.sum(x, ()), X),
             (lambda x: np.sum(x, initial=None), X),
             (lambda x, y: np.sum(x, 1, initial=y), (X, np.array(2.0)))],
    np.prod: [(np.prod, X), (lambda x: np.prod(x, 0), X), (lambda x: np.prod(x, (0, 2)), C),
              (lambda x: np.prod(x, axis=1, keepdims=True, where=MASK, initial=3.0), X),
              (np.prod, np.array([0.0, 2.0, 3.0])), (np.prod, np.array(2.0)),
              (lambda x: np.prod(x, 1), Z), (np.prod, np.array([0.0, 2.0, 0.0, 3.0])),
              (lambda x: np.prod(x, ()), X)],
    np.mean: [(np.mean, X), (lambda x: np.mean(x, 1, keepdims=True), X),
              (lambda x: np.mean(x, 0, where=MASK), X), (lambda x: np.mean(x, (0, 1)), Z),
              (lambda x: np.mean(x, (0, 2), keepdims=True), C)],
    np.var: [(np.var, X), (lambda x: np.var(x, 1, ddof=1), X), (lambda x: np.var(x, where=MASK), X),
             (lambda x: np.var(x, 1, mean=np.mean(x, 1, keepdims=True)), X),
             (lambda x, m: np.var(x, 1, mean=m), (X, np.array([[0.1], [0.4]]))), (np.var, Z),
             (lambda x: np.var(x, 1, correction=1), X),
             (lambda x: np.var(x, 0, where=MASK, keepdims=True), Z),
             (lambda x: np.var(x, 1, ddof=1, mean=np.mean(x, 1, keepdims=True)), Z)],
    np.std: [(np.std, X), (lambda x: np.std(x, 0, ddof=1, keepdims=True), X),
             (lambda x: np.std(x, (0, 2)), C), (lambda x: np.std(x, 1), Z),
             (lambda x: np.std(x, 1, where=MASK), X)],
    np.max: [(np.max, X), (lambda x: np.max(x, 1), X), (lambda x: np.max(x, initial=1.0), X),
             (lambda x: np.max(x, 0, where=MASK, initial=-9.0), X), (lambda x: np.max(x, 1), Z),
             (lambda x, y: np.max(x, 0, initial=y, where=MASK), (X, np.array(0.5)))],
    np.min: [(np.min, X), (lambda x: np.min(x, (0, 1), keepdims=True), X),
             (lambda x: np.min(x, 1, initial=0.1, where=MASK), X)],
    np.amax: [(lambda x: np.amax(x, axis=0), X)],
    np.amin: [(lambda x: np.amin(x, axis=0), X)],
    np.ptp: [(np.ptp, X), (lambda x: np.ptp(x, 1), X), (lambda x: np.ptp(x, (0, 2)), C),
             (lambda x: np.ptp(x, 0, keepdims=True), X)],
    np.argmax: [(np.argmax, X), (lambda x: np.argmax(x, 1, keepdims=True), X),
                (lambda x: np.argmax(x, keepdims=True), X)],
    np.argmin: [(np.argmin, X), (lambda x: np.argmin(x, 0), X)],
    np.all: [(lambda x: np.all(x > -1), X), (lambda x: np.all(x > 0, 1, where=MASK), X),
             (lambda x: np.all(x, 1, where=MASK), X)],
    np.any: [(lambda x: np.any(x > 1), X), (lambda x: np.any(x > 1, (0, 1), keepdims=True), X),
             (lambda x: np.any(x * 0, 1, where=MASK), X)],
    np.count_nonzero: [(np.count_nonzero, X), (lambda x: np.count_nonzero(x > 0, 1), X),
                       (lambda x: np.count_nonzero(x, (0, 2), keepdims=True), C)],
    np.cumsum: [(np.cumsum, X), (lambda x: np.cumsum(x, 1), X), (np.cumsum, np.array(2.0)),
                (lambda x: np.cumsum(x, -2), Z)],
    np.cumprod: [(np.cumprod, X), (lambda x: np.cumprod(x, 0), X),
                 (np.cumprod, np.array([2.0, 0.0, 3.0])), (lambda x: np.cumprod(x, 1), Z),
                 (np.cumprod, np.array([0.0, 2.0, 0.0, 3.0]))],
    np.nansum: [(np.nansum, N), (lambda x: np.nansum(x, 1, keepdims=True), N),
                (lambda x: np.nansum(x, 0, where=PART, initial=1.5), N)],
    np.nanprod: [(np.nanprod, N), (lambda x: np.nanprod(x, 1), N),
                 (lambda x: np.nanprod(x, where=PART), N)],
    np.nanmean: [(np.nanmean, N), (lambda x: np.nanmean(x, 1), N),
                 (lambda x: np.nanmean(x, 1, where=PART, keepdims=True), N), (np.nanmean, Z)],
    np.nanvar: [(np.nanvar, N), (lambda x: np.nanvar(x, 1, ddof=1), N),
                (lambda x: np.nanvar(x, 1, where=PART, keepdims=True), N), (np.nanvar, Z),
                (lambda x: np.nanvar(x, 1, correction=1), N),
                (lambda x: np.nanvar(x, 1, mean=np.nanmean(x, 1, keepdims=True)), N)],
    np.nanstd: [(np.nanstd, N), (lambda x: np.nanstd(x, 1, ddof=1), N),
                (lambda x: np.nanstd(x, where=PART), N)],
    np.nanmax: [(np.nanmax, N), (lambda x: np.nanmax(x, 1), N), (np.nanmax, X),
                (lambda x: np.nanmax(x, 0, initial=0.5, where=PART), N)],
    np.nanmin: [(np.nanmin, N), (lambda x: np.nanmin(x, 1, keepdims=True), N),
                (lambda x: np.nanmin(x, 0, initial=0.5), N)],
    np.nancumsum: [(np.nancumsum, N), (lambda x: np.nancumsum(x, 1), N)],
    np.nancumprod: [(np.nancumprod, N), (lambda x: np.nancumprod(x, 0), N)],
    np.nanargmax: [(np.nanargmax, N), (lambda x: np.nanargmax(x, 1, keepdims=True), N)],
    np.nanargmin: [(np.nanargmin, N), (lambda x: np.nanargmin(x, 0), N)],
}  # fmt: skip
if hasattr(np, "cumulative_sum"):
    CASES[np.cumulative_sum] = [
        (np.cumulative_sum, V), (lambda x: np.cumulative_sum(x, axis=1), X),
        (lambda x: np.cumulative_sum(x, axis=0, include_initial=True), X),
        (lambda x: np.cumulative_sum(x, include_initial=True), V),
    ]  # fmt: skip
    CASES[np.cumulative_prod] = [
        (np.cumulative_prod, V), (lambda x: np.cumulative_prod(x, axis=-1), X),
        (lambda x: np.cumulative_prod(x, axis=-2, include_initial=True), X),
    ]  # fmt: skip
