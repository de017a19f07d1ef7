"""Data sets from the UCI Machine Learning Repository."""

from __future__ import annotations

import os

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor
from minitorch.utils.data import TensorDataset

_FILE = os.path.join(os.path.dirname(__file__), "data", "digits.npz")


def digits(*, flatten: bool = False) -> tuple[TensorDataset, TensorDataset]:
    """The UCI handwritten digits: 1,797 grey images of 8x8 pixels, as (train, test).

    The split is fixed and stratified: 1,437 images to train on, 360 to test on. Nothing is
    downloaded, and every call gives fresh tensors, which may be changed freely.

    Parameters
    ----------
    flatten
        Give an image as a row of 64 numbers instead of ``(1, 8, 8)``.

    Returns
    -------
    Two ``TensorDataset`` of ``(image, label)``: images are float32 in [0, 1] of shape
    ``(n, 1, 8, 8)``, or ``(n, 64)`` if `flatten`; labels are int64 in 0..9 of shape ``(n,)``.

    Source
    ------
    E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, https://doi.org/10.24432/C50P49, licence CC BY 4.0. These are the images
    of its test file, taken from scikit-learn and stored as bytes by
    ``minitorch/datasets/make_digits.py``.

    Example
    -------
    >>> train, test = torch.datasets.digits()
    >>> len(train), len(test)
    (1437, 360)
    >>> image, label = train[0]
    >>> image.shape, label
    (torch.Size([1, 8, 8]), tensor(0))
    """
    with np.load(_FILE, allow_pickle=False) as stored:
        pixels, labels, test = stored["images"], stored["labels"], stored["test"]
    images = pixels.reshape(len(pixels), -1) if flatten else pixels[:, None]
    in_test = np.zeros(len(labels), bool)
    in_test[test] = True
    return _part(images, labels, ~in_test), _part(images, labels, in_test)


def _part(images: np.ndarray, labels: np.ndarray, chosen: np.ndarray) -> TensorDataset:
    scaled = images[chosen].astype(np.float32) / np.float32(16)
    return TensorDataset(fresh(Tensor, scaled), fresh(Tensor, labels[chosen].astype(np.int64)))
