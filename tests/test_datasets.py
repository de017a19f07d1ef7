"""``minitorch.datasets``."""

import hashlib

import numpy as np
import pytest

import minitorch as torch
from minitorch.datasets import digits, make_digits


def test_digits_sizes_and_types():
    train, test = digits()
    assert (len(train), len(test)) == (1437, 360)
    for data in (train, test):
        images, labels = data.tensors
        assert images.shape == (len(data), 1, 8, 8)
        assert images.dtype == torch.float32
        assert labels.shape == (len(data),)
        assert labels.dtype == torch.int64
        assert not images.requires_grad


def test_digits_values():
    for images, labels in (data.tensors for data in digits()):
        assert images.min().item() == 0
        assert images.max().item() == 1
        assert sorted(set(labels.tolist())) == list(range(10))
        sixteenths = images.numpy() * 16
        assert np.array_equal(sixteenths, sixteenths.round())


def test_digits_split_is_stratified_and_has_no_image_twice_over():
    (train, train_labels), (test, test_labels) = (data.tensors for data in digits())
    share = np.bincount(test_labels.numpy()) / np.bincount(train_labels.numpy())
    assert abs(share - 360 / 1437).max() < 0.01
    rows = {image.tobytes() for image in train.numpy()} & {i.tobytes() for i in test.numpy()}
    assert not rows


def test_digits_never_change():
    train, test = digits(flatten=True)
    arrays = [tensor.numpy() for data in (train, test) for tensor in data.tensors]
    content = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
    assert hashlib.sha256(content).hexdigest()[:16] == "ec147f7577058f9f"


def test_digits_flatten():
    (square, _), (flat, _) = digits()[0].tensors, digits(flatten=True)[0].tensors
    assert flat.shape == (1437, 64)
    assert np.array_equal(flat.numpy(), square.numpy().reshape(1437, 64))


def test_digits_belong_to_the_caller():
    digits()[0].tensors[0].zero_()
    assert digits()[0].tensors[0].sum().item() > 0


def test_digits_flatten_is_a_keyword():
    with pytest.raises(TypeError):
        digits(True)


def test_file_is_what_its_script_makes():
    pytest.importorskip("sklearn")
    made = make_digits.arrays()
    with np.load(make_digits.TARGET, allow_pickle=False) as stored:
        assert sorted(stored) == sorted(made)
        for name, array in made.items():
            assert stored[name].dtype == array.dtype
            assert np.array_equal(stored[name], array)
