"""`numpy.fft`: lengths odd and even, cut and filled up, all scalings."""

import numpy as np

from tests.numpy_inputs import C, V, X

Z = X + 1j * np.array([[0.2, 0.9, -0.3], [-1.1, 0.6, 0.8]])
D = C[:, :, :3] - 1j * C[:, ::-1, 1:]
ONE = (
    (V, {}),
    (X, {}),
    (X, {"norm": "ortho"}),
    (X, {"n": 2}),
    (X, {"n": 5, "norm": "forward"}),
    (X, {"axis": 0, "n": 4}),
    (C, {"axis": 1}),
    (C, {"axis": -2, "n": 2, "norm": "backward"}),
)
COMPLEX = (
    (Z, {}),
    (Z, {"norm": "ortho"}),
    (Z, {"n": 2}),
    (Z, {"n": 6, "axis": 0}),
    (Z, {"n": 5, "norm": "forward"}),
    (D, {"axis": 1}),
    (D, {"axis": 0, "n": 3}),
)
MANY = (
    (X, {}),
    (X, {"norm": "ortho"}),
    (C, {}),
    (C, {"axes": (0, 2)}),
    (C, {"s": (3, 5)}),
    (C, {"s": (1, 5), "axes": (1, 0), "norm": "forward"}),
)
COMPLEX_MANY = (
    (Z, {}),
    (Z, {"norm": "ortho"}),
    (D, {"axes": (1, 0)}),
    (D, {"s": (3, 5), "axes": (0, 1)}),
    (D, {"s": (2, 4), "axes": (2, 1)}),
)


def calls(name, *inputs):
    # `np` is looked up when the call is made, so that the test can give it another meaning
    return [
        (lambda x, name=name, more=more: getattr(np.fft, name)(x, **more), a)
        for some in inputs
        for a, more in some
    ]


CASES = {
    np.fft.fft: calls("fft", ONE, COMPLEX), np.fft.ifft: calls("ifft", ONE, COMPLEX),
    np.fft.rfft: calls("rfft", ONE), np.fft.irfft: calls("irfft", ONE, COMPLEX),
    np.fft.hfft: calls("hfft", ONE, COMPLEX), np.fft.ihfft: calls("ihfft", ONE),
    np.fft.fftn: calls("fftn", MANY, COMPLEX_MANY),
    np.fft.ifftn: calls("ifftn", MANY, COMPLEX_MANY),
    np.fft.rfftn: calls("rfftn", MANY), np.fft.irfftn: calls("irfftn", MANY, COMPLEX_MANY),
    np.fft.fft2: calls("fft2", MANY, COMPLEX_MANY),
    np.fft.ifft2: calls("ifft2", MANY, COMPLEX_MANY),
    np.fft.rfft2: calls("rfft2", MANY), np.fft.irfft2: calls("irfft2", MANY, COMPLEX_MANY),
    np.fft.fftshift: [(np.fft.fftshift, X), (lambda x: np.fft.fftshift(x, 1), C),
                      (lambda x: np.fft.fftshift(x, axes=(0, -1)), D)],
    np.fft.ifftshift: [(np.fft.ifftshift, X), (lambda x: np.fft.ifftshift(x, (1, 2)), C)],
}  # fmt: skip
