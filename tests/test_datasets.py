"""``minitorch.datasets``."""

import hashlib

import numpy as np
import pytest

import minitorch as torch
from minitorch import datasets
from minitorch.datasets import digits, iris, make_digits, make_iris, names, text


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


@pytest.mark.parametrize("script", [make_digits, make_iris])
def test_file_is_what_its_script_makes(script):
    pytest.importorskip("sklearn")
    made = script.arrays()
    with np.load(script.TARGET, allow_pickle=False) as stored:
        assert sorted(stored) == sorted(made)
        for name, array in made.items():
            assert stored[name].dtype == array.dtype
            assert np.array_equal(stored[name], array)


def test_iris():
    (train, train_species), (test, test_species) = (data.tensors for data in iris())
    assert train.shape == (120, 4) and test.shape == (30, 4)
    assert train.dtype == torch.float32 and train_species.dtype == torch.int64
    assert train_species.bincount().tolist() == [40] * 3
    assert test_species.bincount().tolist() == [10] * 3
    everything = np.concatenate([train.numpy(), test.numpy()])
    means = everything.mean(0)
    np.testing.assert_allclose(means, [5.8433, 3.0573, 3.7580, 1.1993], atol=1e-4)


def test_names():
    female, male, first, last = (names(kind) for kind in ("female", "male", "first", "last"))
    assert (len(female), len(male), len(first), len(last)) == (4275, 1219, 5163, 5000)
    assert set(first) == {*female, *male} and len(set(last)) == 5000
    assert male[:2] == ["James", "John"] and last[:2] == ["Smith", "Johnson"]
    for name in first + last:
        assert name.isascii() and name.isalpha() and name == name.capitalize()
    assert names() == first
    with pytest.raises(ValueError, match="'first', 'female', 'male' and 'last', but not 'cats'"):
        names("cats")


@pytest.mark.parametrize(
    ("book", "length", "begins", "ends", "digest"),
    [
        ("alice", 143_170, "CHAPTER I\n\nDown", "THE END\n", "dbcc3c705fe16589"),
        ("as-you-like-it", 122_773, "ACT I\n\nSCENE I.", "[Exeunt]\n", "8b723231e1f780e6"),
        (
            "moby-dick",
            478_148,
            "CHAPTER 1. Loomings.\n\nCall me",
            "hindmost.\n",
            "5384c533de8deb33",
        ),
    ],
)
def test_books(book, length, begins, ends, digest):
    content = text(book)
    assert len(content) == length and content.startswith(begins) and content.endswith(ends)
    assert content.isascii() and set(content) - {"\n"} <= set(map(chr, range(32, 127)))
    assert "Gutenberg" not in content
    assert hashlib.sha256(content.encode()).hexdigest()[:16] == digest


def test_there_is_no_other_book():
    assert text() == text("alice")
    with pytest.raises(ValueError, match="'alice', 'as-you-like-it', 'moby-dick', not 'emma'"):
        text("emma")


def test_where_files_come_from_is_told():
    readme = (make_digits.TARGET.parent / "README.md").read_text(encoding="utf-8")
    for file in make_digits.TARGET.parent.iterdir():
        assert file.name == "README.md" or f"| `{file.name}` |" in readme


GENERATED = {
    "two_moons": 2, "circles": 2, "spirals": 3, "blobs": 3, "sine_waves": None,
}  # fmt: skip


@pytest.mark.parametrize(("name", "classes"), GENERATED.items())
def test_generated(name, classes):
    make = getattr(datasets, name)
    torch.manual_seed(3)
    first = make(60)
    torch.manual_seed(3)
    again, other = make(60), make(60)
    for a, b, c in zip(first.tensors, again.tensors, other.tensors):
        assert torch.equal(a, b) and len(a) == 60
        if a.dtype == torch.float32:
            assert not torch.equal(b, c)
    generator = torch.Generator().manual_seed(3)
    state = torch.get_rng_state()
    assert torch.equal(make(60, generator=generator).tensors[0], first.tensors[0])
    assert torch.equal(torch.get_rng_state(), state)
    assert first.tensors[0].dtype == torch.float32
    if classes:
        points, labels = first.tensors
        assert points.shape == (60, 2) and labels.dtype == torch.int64
        assert labels.bincount().tolist() == [60 // classes] * classes
    with pytest.raises(ValueError, match=f"datasets.{name}: .*not 0"):
        make(0)


def test_moons_and_circles_lie_where_they_should():
    points, labels = datasets.two_moons(200, noise=0).tensors
    upper, lower = points[labels == 0], points[labels == 1] - torch.tensor([1.0, 0.5])
    for half in (upper, lower):
        assert torch.allclose(half.norm(dim=1), torch.ones(100), atol=1e-5)
    assert (upper[:, 1] >= 0).all() and (lower[:, 1] <= 1e-6).all()
    points, labels = datasets.circles(100, noise=0, factor=0.3).tensors
    assert torch.allclose(points.norm(dim=1), torch.where(labels == 0, 1.0, 0.3), atol=1e-5)
    points, _ = datasets.spirals(300, noise=0, classes=2).tensors
    assert points.norm(dim=1).max() <= 1


def test_blobs_and_waves():
    points, labels = datasets.blobs(3000, noise=0.1, features=4, classes=3).tensors
    for label in range(3):
        assert abs(points[labels == label].std(0) - 0.1).max() < 0.01
    series, later = datasets.sine_waves(20, length=30).tensors
    assert series.shape == later.shape == (20, 30, 1)
    assert torch.equal(series[:, 1:], later[:, :-1]) and abs(series).max() <= 1
    noisy, smooth = datasets.sine_waves(200, length=30, noise=0.5).tensors
    assert abs((noisy[:, 1:] - smooth[:, :-1]).std() - 0.5) < 0.05
