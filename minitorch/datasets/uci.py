"""Data sets from the UCI Machine Learning Repository."""

from __future__ import annotations

import os

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor
from minitorch.utils.data import TensorDataset

_DATA = os.path.join(os.path.dirname(__file__), "data")


def digits(*, flatten: bool = False) -> tuple[TensorDataset, TensorDataset]:
    """The UCI handwritten digits: 1,797 grey images of 8x8 pixels, as (train, test).

    The split is fixed and stratified: 1,437 images to train on, 360 to test on. Nothing is
    downloaded, and every call gives fresh tensors, which may be changed freely.

    Args:
        flatten: Give an image as a row of 64 numbers instead of ``(1, 8, 8)``.

    Returns:
        Two ``TensorDataset`` of ``(image, label)``: images are float32 in [0, 1] of shape
        ``(n, 1, 8, 8)``, or ``(n, 64)`` if `flatten`; labels are int64 in 0..9 of shape ``(n,)``.

    References:
        E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
        Learning Repository, https://doi.org/10.24432/C50P49, licence CC BY 4.0. These are the
        images of its test file, taken from scikit-learn and stored as bytes by
        ``minitorch/datasets/make_digits.py``.

    Example:
        >>> train, test = torch.datasets.digits()
        >>> len(train), len(test)
        (1437, 360)
        >>> image, label = train[0]
        >>> image.shape, label
        (torch.Size([1, 8, 8]), tensor(0))
    """
    with np.load(os.path.join(_DATA, "digits.npz"), allow_pickle=False) as stored:
        pixels, labels, test = stored["images"], stored["labels"], stored["test"]
    images = pixels.reshape(len(pixels), -1) if flatten else pixels[:, None]
    return _split(images, 16, labels, test)


def iris() -> tuple[TensorDataset, TensorDataset]:
    """Fisher's irises: 150 flowers of three species with four measurements, as (train, test).

    The split is fixed and stratified: 120 flowers to train on, 30 to test on.

    Returns:
        Two ``TensorDataset`` of ``(measurements, species)``: length and width of sepals, length and
        width of petals in centimetres, float32 of shape ``(n, 4)``; species are int64 of shape
        ``(n,)``: 0 setosa, 1 versicolor, 2 virginica.

    References:
        R. A. Fisher (1936), Iris, UCI Machine Learning Repository, https://doi.org/10.24432/C56C76,
        licence CC BY 4.0; taken from scikit-learn and stored as bytes by
        ``minitorch/datasets/make_iris.py``.

    Example:
        >>> train, test = torch.datasets.iris()
        >>> len(train), len(test)
        (120, 30)
        >>> train[0]
        (tensor([4.9000, 3.0000, 1.4000, 0.2000]), tensor(0))
    """
    with np.load(os.path.join(_DATA, "iris.npz"), allow_pickle=False) as stored:
        return _split(stored["millimetres"], 10, stored["species"], stored["test"])


def _split(
    values: np.ndarray, unit: int, labels: np.ndarray, test: np.ndarray
) -> tuple[TensorDataset, TensorDataset]:
    """Both parts of stored bytes, scaled to floats: `test` has the indices of the second."""
    in_test = np.zeros(len(labels), bool)
    in_test[test] = True
    train, rest = (
        TensorDataset(
            fresh(Tensor, values[chosen].astype(np.float32) / np.float32(unit)),
            fresh(Tensor, labels[chosen].astype(np.int64)),
        )
        for chosen in (~in_test, in_test)
    )
    return train, rest
