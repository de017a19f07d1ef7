"""Samples of Fourier transforms."""

from __future__ import annotations

import numpy as np

from tests.samples import complex_, op, real

NORMS = ("backward", "ortho", "forward")


def fft(x, axis, norm, inverse):
    return (np.fft.ifft if inverse else np.fft.fft)(x, axis=axis, norm=norm)


for shape, axis in (((5,), 0), ((2, 4), 1), ((3, 2), 0), ((0, 3), 1), ((2, 1), 1)):
    op("fft", complex_(*shape), numpy=fft, torch=None,
       params=[(axis, norm, inverse) for norm in NORMS for inverse in (False, True)])  # fmt: skip
    op("rfft", real(*shape), params=[(axis, norm) for norm in NORMS], torch=None,
       numpy=lambda x, axis, norm: np.fft.rfft(x, axis=axis, norm=norm))  # fmt: skip
for shape, axis, n in (((3,), 0, 4), ((2, 3), 1, 5), ((3, 2), 0, 5), ((0, 2), 1, 2), ((1,), 0, 1)):
    op("irfft", complex_(*shape), params=[(axis, n, norm) for norm in NORMS], torch=None,
       numpy=lambda x, axis, n, norm: np.fft.irfft(x, n, axis, norm))  # fmt: skip


def framed(x, size, hop):
    starts = range(0, x.shape[-1] - size + 1, hop)
    return np.stack([x[..., i : i + size] for i in starts], -2)


def added(x, hop, length):
    y = np.zeros((*x.shape[:-2], length), x.dtype)
    for i in range(x.shape[-2]):
        y[..., i * hop : i * hop + x.shape[-1]] += x[..., i, :]
    return y


for domain in (real, complex_):
    for shape, size, hop in (((9,), 4, 2), ((2, 8), 3, 1), ((7,), 2, 3), ((0, 4), 4, 5)):
        op("frames", domain(*shape), params=(size, hop), numpy=framed, torch=None)
    for shape, hop, length in (
        ((3, 4), 2, 8),
        ((2, 3, 2), 3, 9),
        ((5, 3), 1, 7),
        ((0, 1, 4), 2, 5),
    ):
        op("overlap_add", domain(*shape), params=(hop, length), numpy=added, torch=None)
