"""Readers of standard image files: what is read, and how it is fetched."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import tarfile
import zipfile

import numpy as np
import pytest

import minitorch as torch
from minitorch.datasets import (
    CIFAR10,
    CIFAR100,
    EMNIST,
    MNIST,
    DatasetFolder,
    FakeData,
    FashionMNIST,
    ImageFolder,
    VisionDataset,
    mnist,
    transforms,
    utils,
    vision,
)
from tests.serving import serving

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 28, 28), dtype=np.uint8)
LABELS = np.arange(12, dtype=np.uint8) % 10
PARTS = {"train": slice(0, 8), "t10k": slice(8, 12)}


def idx(array: np.ndarray) -> bytes:
    kinds = {"uint8": 8, "int8": 9, "int16": 11, "int32": 12, "float32": 13, "float64": 14}
    head = bytes([0, 0, kinds[array.dtype.name], array.ndim])
    sizes = np.array(array.shape, ">i4").tobytes()
    return head + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


def digit_files(packed: bool) -> dict[str, bytes]:
    files = {}
    for part, rows in PARTS.items():
        files[f"{part}-images-idx3-ubyte"] = idx(IMAGES[rows])
        files[f"{part}-labels-idx1-ubyte"] = idx(LABELS[rows])
    if not packed:
        return files
    return {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in files.items()}


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def written(folder, files) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


@pytest.fixture(params=["PIL images", "arrays"])
def images(request, monkeypatch):
    """With Pillow, and as it is without."""
    if request.param == "PIL images":
        pytest.importorskip("PIL")
    else:
        monkeypatch.setattr(vision, "Image", None)
    return request.param


@pytest.mark.parametrize("packed", [False, True])
def test_mnist_is_read(tmp_path, packed, images):
    written(tmp_path / "MNIST" / "raw", digit_files(packed))
    train, test = MNIST(tmp_path), MNIST(str(tmp_path), train=False)
    assert len(train) == 8 and len(test) == 4
    assert train.data.dtype is torch.uint8 and train.targets.dtype is torch.int64
    assert np.array_equal(train.data.numpy(), IMAGES[:8])
    assert test.targets.tolist() == [8, 9, 0, 1]
    image, label = train[-1]
    assert label == 7 and type(label) is int
    assert np.array_equal(np.asarray(image), IMAGES[7])
    assert (image.mode == "L") if images == "PIL images" else (type(image) is np.ndarray)
    with pytest.raises(IndexError):
        train[8]
    assert train.raw_folder == os.path.join(tmp_path, "MNIST", "raw")
    assert train.class_to_idx["3 - three"] == 3 and train.classes[9] == "9 - nine"
    with pytest.warns(UserWarning, match="renamed targets"):
        assert train.train_labels is train.targets


def test_items_are_transformed(tmp_path, images):
    written(tmp_path / "FashionMNIST" / "raw", digit_files(False))
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])
    data = FashionMNIST(tmp_path, transform=transform, target_transform=lambda label: label + 100)
    image, label = data[2]
    assert label == 102 and image.shape == (1, 28, 28)
    expected = (IMAGES[2].astype(np.float32) / 255 - 0.5) / 0.5
    np.testing.assert_allclose(image.numpy()[0], expected, atol=1e-6)
    assert repr(data).splitlines()[:4] == [
        "Dataset FashionMNIST",
        "    Number of datapoints: 8",
        f"    Root location: {tmp_path}",
        "    Split: Train",
    ]
    plain = FashionMNIST(tmp_path)
    assert np.array_equal(np.asarray(pickle.loads(pickle.dumps(plain))[5][0]), IMAGES[5])
    loader = torch.utils.data.DataLoader(data, batch_size=8)
    batch, labels = next(iter(loader))
    assert batch.shape == (8, 1, 28, 28) and labels.tolist() == list(range(100, 108))


def test_files_that_are_not_there_are_named(tmp_path):
    with pytest.raises(RuntimeError, match=r"Dataset not found.*download=True") as error:
        MNIST(tmp_path)
    assert "t10k-labels-idx1-ubyte.gz" in str(error.value)
    assert os.path.join("MNIST", "raw") in str(error.value)
    with pytest.raises(RuntimeError, match=r"not found or corrupted.*cifar-10-python.tar.gz"):
        CIFAR10(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no idx file"),
        (b"<html>not found</html>", "no idx file"),
        (idx(IMAGES)[:-1], "not whole"),
        (idx(IMAGES) + b"x", "not whole"),
        (idx(LABELS), "3 dimensions"),
        (idx(IMAGES.astype(np.float32)), "should hold bytes"),
    ],
)
def test_broken_files_are_told(tmp_path, content, message):
    written(tmp_path / "MNIST" / "raw", {**digit_files(False), "train-images-idx3-ubyte": content})
    with pytest.raises(ValueError, match=message) as error:
        MNIST(tmp_path)
    assert "train-images-idx3-ubyte" in str(error.value)


@pytest.mark.parametrize(
    "damaged", [b"", b"<html>", digit_files(True)["t10k-images-idx3-ubyte.gz"][:99]]
)
def test_broken_packed_files_are_told_and_fetched_anew(tmp_path, damaged, digits):
    folder, name = tmp_path / "MNIST" / "raw", "t10k-images-idx3-ubyte.gz"
    written(folder, {**digit_files(True), name: damaged})
    with pytest.raises(ValueError, match=f"{name} is no"):
        digits(tmp_path, train=False)
    data = digits(tmp_path, train=False, download=True)
    assert np.array_equal(data.data.numpy(), IMAGES[8:])


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "float32", "float64"])
def test_idx_numbers(tmp_path, dtype):
    numbers = (RNG.normal(size=(2, 3)) * 100).astype(dtype)
    (tmp_path / "x").write_bytes(idx(numbers))
    read = mnist.read_idx(str(tmp_path / "x"))
    assert read.numpy().dtype == dtype and np.array_equal(read.numpy(), numbers)


@pytest.fixture
def served():
    with serving() as server:
        yield server


@pytest.fixture
def digits(served):
    """MNIST as a server of this machine has it."""
    served.files.update(digit_files(True))

    class MNIST(mnist.MNIST):
        mirrors = [f"{served.url}absent/", served.url]
        resources = [(name, md5(served.files[name])) for name, _ in mnist.MNIST.resources]

    return MNIST


def test_download(tmp_path, served, digits):
    data = digits(tmp_path, download=True)
    assert np.array_equal(data.data.numpy(), IMAGES[:8])
    names = sorted(os.listdir(data.raw_folder))
    assert names == sorted([*digit_files(True), *digit_files(False)])
    assert served.asked[0][0].startswith("absent/")
    asked = len(served.asked)
    digits(tmp_path, train=False, download=True)
    assert len(served.asked) == asked, "nothing is fetched twice"


def test_files_that_were_put_there_are_not_fetched(tmp_path, served, digits):
    written(tmp_path / "MNIST" / "raw", digit_files(True))
    assert len(digits(tmp_path, download=True)) == 8
    assert served.asked == []


def test_a_lost_connection_is_taken_up_again(tmp_path, served, digits):
    name = "train-images-idx3-ubyte.gz"
    served.cut_after = [1000, 500]
    utils.download_url(served.url + name, tmp_path, md5=md5(served.files[name]))
    assert (tmp_path / name).read_bytes() == served.files[name]
    assert [wanted for _, wanted in served.asked] == [None, "bytes=1000-", "bytes=1500-"]
    assert os.listdir(tmp_path) == [name]


def test_the_next_call_goes_on_where_the_last_one_ended(tmp_path, served):
    served.files["x.bin"] = content = bytes(range(256)) * 100
    served.cut_after = [5000, 0, 0]
    with pytest.raises(OSError, match="5,000 bytes; what came is kept"):
        utils.download_url(served.url + "x.bin", tmp_path, md5=md5(content))
    assert os.listdir(tmp_path) == ["x.bin.part"]
    served.asked.clear()
    utils.download_url(served.url + "x.bin", tmp_path, md5=md5(content))
    assert (tmp_path / "x.bin").read_bytes() == content
    assert served.asked == [("x.bin", "bytes=5000-")]


def test_a_server_without_ranges_begins_anew(tmp_path, served):
    served.files["x.bin"] = content = bytes(range(256)) * 100
    served.ranges, served.cut_after = False, [5000]
    utils.download_url(served.url + "x.bin", tmp_path, md5=md5(content))
    assert (tmp_path / "x.bin").read_bytes() == content


@pytest.mark.parametrize("kept", [b"another file", b"x" * 100_000])
def test_what_was_kept_of_another_file_is_thrown_away(tmp_path, served, kept):
    served.files["x.bin"] = content = bytes(range(256)) * 100
    (tmp_path / "x.bin.part").write_bytes(kept)
    utils.download_url(served.url + "x.bin", tmp_path, md5=md5(content))
    assert (tmp_path / "x.bin").read_bytes() == content
    assert served.asked[-1] == ("x.bin", None)


def test_a_wrong_checksum_leaves_nothing(tmp_path, served):
    served.files["x.bin"] = b"not what was published"
    with pytest.raises(RuntimeError, match="corrupted"):
        utils.download_url(served.url + "x.bin", tmp_path, md5="0" * 32)
    assert os.listdir(tmp_path) == []


def test_a_corrupted_file_is_fetched_again(tmp_path, served):
    served.files["x.bin"] = b"as it was published"
    (tmp_path / "x.bin").write_bytes(b"as it was pubXXXXed")
    utils.download_url(served.url + "x.bin", tmp_path, md5=md5(b"as it was published"))
    assert (tmp_path / "x.bin").read_bytes() == b"as it was published"


def test_offline(tmp_path, served, digits):
    served.files.clear()
    digits.mirrors = [served.url, "http://127.0.0.1:9/"]
    with pytest.raises(RuntimeError, match="Error downloading train-images") as error:
        digits(tmp_path, download=True)
    text = str(error.value)
    assert "Not Found" in text and "http://127.0.0.1:9/" in text and "raw" in text
    assert md5(digit_files(True)["train-images-idx3-ubyte.gz"]) in text


def test_emnist(tmp_path, served):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part, rows in (("train", PARTS["train"]), ("test", PARTS["t10k"])):
            for kind, array in (("images-idx3", IMAGES[rows]), ("labels-idx1", LABELS[rows])):
                name = f"gzip/emnist-letters-{part}-{kind}-ubyte.gz"
                archive.writestr(name, gzip.compress(idx(array)))
    served.files["gzip.zip"] = buffer.getvalue()

    class Letters(EMNIST):
        url, md5 = served.url + "gzip.zip", hashlib.md5(buffer.getvalue()).hexdigest()

    data = Letters(tmp_path, "letters", train=False, download=True)
    assert np.array_equal(data.data.numpy(), IMAGES[8:]) and data.classes[1] == "a"
    with pytest.raises(ValueError, match="Unknown value 'all' for argument split"):
        EMNIST(tmp_path, "all")
    sizes = {name: len(classes) for name, classes in EMNIST.classes_split_dict.items()}
    assert sizes == {
        "byclass": 62, "bymerge": 47, "balanced": 47, "letters": 27, "digits": 10, "mnist": 10
    }  # fmt: skip


COLOURS = RNG.integers(0, 256, (12, 3 * 32 * 32), dtype=np.uint8)


def colour_files(hundred: bool) -> dict[str, bytes]:
    key = "fine_labels" if hundred else "labels"

    def batch(rows):
        labels = list(range(*rows.indices(12)))
        return pickle.dumps({"data": COLOURS[rows], key: [n % 10 for n in labels]}, protocol=2)

    if hundred:
        names = [f"class {i}" for i in range(100)]
        meta = pickle.dumps({"fine_label_names": names, "coarse_label_names": []}, protocol=2)
        return {"train": batch(slice(0, 10)), "test": batch(slice(10, 12)), "meta": meta}
    files = {f"data_batch_{i + 1}": batch(slice(2 * i, 2 * i + 2)) for i in range(5)}
    names = [
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ]
    meta = pickle.dumps({"label_names": names}, protocol=2)
    return {**files, "test_batch": batch(slice(10, 12)), "batches.meta": meta}


def colours(hundred: bool, **more):
    """CIFAR-10 or CIFAR-100 with the checksums of `colour_files`."""
    reader, sums = (CIFAR100 if hundred else CIFAR10), {}
    for name, content in colour_files(hundred).items():
        sums[name] = md5(content)
    lists = {
        "train_list": [[name, sums[name]] for name, _ in reader.train_list],
        "test_list": [[name, sums[name]] for name, _ in reader.test_list],
        "meta": {**reader.meta, "md5": sums[reader.meta["filename"]]},
    }
    return type(reader.__name__, (reader,), {**lists, **more})


@pytest.mark.parametrize("hundred", [False, True])
def test_cifar_is_read(tmp_path, hundred, images):
    reader = colours(hundred)
    written(tmp_path / reader.base_folder, colour_files(hundred))
    train, test = reader(tmp_path), reader(tmp_path, train=False)
    assert train.data.shape == (10, 32, 32, 3) and len(test) == 2
    assert train.targets == list(range(10)) and test.targets == [0, 1]
    assert train.class_to_idx[train.classes[3]] == 3
    image, label = train[4]
    expected = COLOURS[4].reshape(3, 32, 32)
    assert label == 4 and np.array_equal(np.asarray(image), expected.transpose(1, 2, 0))
    assert np.array_equal(transforms.PILToTensor()(image).numpy(), expected)


def test_cifar_download(tmp_path, served):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in colour_files(False).items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    served.files["cifar-10-python.tar.gz"] = buffer.getvalue()
    url = served.url + "cifar-10-python.tar.gz"
    reader = colours(False, url=url, tgz_md5=md5(buffer.getvalue()))
    data = reader(tmp_path, download=True)
    assert len(data) == 10
    (tmp_path / "cifar-10-batches-py" / "data_batch_2").write_bytes(b"broken")
    with pytest.raises(RuntimeError, match="the published ones: data_batch_2$"):
        reader(tmp_path)
    served.asked.clear()
    assert len(reader(tmp_path, download=True)) == 10
    assert served.asked == [], "the archive was still there"
    served.files.clear()
    with pytest.raises(RuntimeError, match="(?s)Error downloading.*Not Found"):
        reader(tmp_path / "elsewhere", download=True)


def test_what_cifar_files_hold_is_never_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)

    evil = {**colour_files(False), "data_batch_1": pickle.dumps(Evil())}
    reader = colours(False)
    reader.train_list = [[name, md5(evil[name])] for name, _ in reader.train_list]
    written(tmp_path / reader.base_folder, evil)
    with pytest.raises(pickle.UnpicklingError, match="no array"):
        reader(tmp_path)
    assert not (tmp_path / "made").exists()


def test_fake_data(images):
    data = FakeData(5, (3, 6, 7), num_classes=4, transform=transforms.ToTensor())
    assert len(data) == 5 and data[0][0].shape == (3, 6, 7)
    assert torch.equal(data[3][0], data[3][0]) and 0 <= data[3][1] < 4
    later = FakeData(5, (3, 6, 7), random_offset=2, transform=transforms.ToTensor())
    assert torch.equal(later[1][0], data[3][0])
    before = torch.get_rng_state()
    data[0]
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(IndexError):
        data[5]


def test_folders(tmp_path):
    for name, count in (("dog", 2), ("cat", 3)):
        for i in range(count):
            written(tmp_path / name / "deeper", {f"{i}.npy": b"", f"{i}.txt": b""})
    data = DatasetFolder(tmp_path, os.path.basename, extensions=(".npy",))
    assert data.classes == ["cat", "dog"] and data.class_to_idx == {"cat": 0, "dog": 1}
    assert data.targets == [0, 0, 0, 1, 1] and data[4] == ("1.npy", 1)
    chosen = DatasetFolder(tmp_path, str, is_valid_file=lambda path: path.endswith("0.txt"))
    assert [os.path.basename(path) for path, _ in chosen.samples] == ["0.txt", "0.txt"]
    (tmp_path / "eel").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no valid file for the classes eel.*\.npy"):
        DatasetFolder(tmp_path, str, extensions=(".npy",))
    assert len(DatasetFolder(tmp_path, str, extensions=(".npy",), allow_empty=True)) == 5
    with pytest.raises(FileNotFoundError, match="any class folder"):
        DatasetFolder(tmp_path / "eel", str, extensions=(".npy",))
    with pytest.raises(ValueError, match="extensions and is_valid_file"):
        DatasetFolder(tmp_path, str)


def test_image_folders(tmp_path, monkeypatch):
    pytest.importorskip("PIL")
    for name, colour in (("red", (1.0, 0, 0)), ("blue", (0, 0, 1.0))):
        (tmp_path / name).mkdir()
        image = torch.tensor(colour)[:, None, None].expand(3, 4, 5)
        torch.datasets.images.save_image(image, tmp_path / name / "1.png")
    data = ImageFolder(tmp_path, transform=transforms.ToTensor())
    assert data.classes == ["blue", "red"] and data.imgs == data.samples
    assert data[0][0].shape == (3, 4, 5) and data[0][0][:, 0, 0].tolist() == [0, 0, 1]
    monkeypatch.setattr("minitorch.datasets.folder.Image", None)
    with pytest.raises(ModuleNotFoundError, match="pip install pillow"):
        data[0]


def test_one_way_to_give_transforms():
    with pytest.raises(ValueError, match="Only transforms or"):
        VisionDataset("x", transforms=lambda x, y: (x, y), transform=lambda x: x)


@pytest.mark.parametrize("kind", ["tar.xz", "zip", "gz"])
def test_archives(tmp_path, kind):
    path, content = tmp_path / f"a.txt.{kind}", b"what is packed"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", content)
    elif kind == "gz":
        path.write_bytes(gzip.compress(content))
    else:
        (tmp_path / "in").write_bytes(content)
        with tarfile.open(path, "w:xz") as archive:
            archive.add(tmp_path / "in", "a.txt")
    utils.extract_archive(path, remove_finished=True)
    assert (tmp_path / "a.txt").read_bytes() == content and not path.exists()
    (tmp_path / "b.rar").write_bytes(b"")
    with pytest.raises(RuntimeError, match="Unknown compression"):
        utils.extract_archive(tmp_path / "b.rar")
