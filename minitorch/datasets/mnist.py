"""Readers of MNIST and the data sets that have its format, idx."""

from __future__ import annotations

import gzip
import os
import string
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import minitorch as torch
from minitorch.datasets.utils import (
    check_integrity,
    download_from,
    extract_archive,
)
from minitorch.datasets.vision import VisionDataset, image_of
from minitorch.faces.tensor import Tensor

_KINDS = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}  # of numbers in idx


class MNIST(VisionDataset):
    """The MNIST digits (LeCun et al. 1998): 60,000 grey images of 28x28 pixels and 10,000 more.

    Files lie where torchvision has them: `root/MNIST/raw/train-images-idx3-ubyte` and the like,
    packed (`.gz`) or not.

    Args:
        root: the folder of data sets.
        train: the 60,000 to train on, or the 10,000 to test on.
        transform: what becomes of an image, a PIL image if Pillow is installed and otherwise an
            array of bytes (28, 28); `transforms.ToTensor()` takes both.
        target_transform: what becomes of a label, an int.
        download: fetch files that are not there, checked by their published MD5 checksums.

    Attributes:
        data: all images, uint8 (n, 28, 28).
        targets: all labels, int64 (n,).
        classes: the names of the labels.

    Raises:
        RuntimeError: files are not there, or cannot be fetched; the text says what to put where.

    Example:
        >>> T = torch.datasets.transforms
        >>> data = torch.datasets.MNIST("data", transform=T.ToTensor())  # doctest: +SKIP
        >>> loader = torch.utils.data.DataLoader(data, batch_size=64)  # doctest: +SKIP
    """

    mirrors = [
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ]
    resources = [
        ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ]
    classes = [
        "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four",
        "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine",
    ]  # fmt: skip

    def __init__(
        self,
        root: str | Path,
        train: bool = True,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        if download:
            self.download()
        if not self._check_exists():
            raise RuntimeError(
                "Dataset not found. You can use download=True to download it, or put these files "
                f"into {os.path.abspath(self.raw_folder)}: {', '.join(self._wanted())}"
            )
        self.data, self.targets = self._load_data()

    @property
    def raw_folder(self) -> str:
        """Where the files are."""
        return os.path.join(self.root, type(self).__name__, "raw")  # type: ignore[arg-type]

    @property
    def processed_folder(self) -> str:
        """Where torchvision once kept files of its own."""
        return os.path.join(self.root, type(self).__name__, "processed")  # type: ignore[arg-type]

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The label of each class."""
        return {name: i for i, name in enumerate(self.classes)}

    @property
    def train_data(self) -> Tensor:
        warnings.warn("train_data has been renamed data", stacklevel=2)
        return self.data

    @property
    def train_labels(self) -> Tensor:
        warnings.warn("train_labels has been renamed targets", stacklevel=2)
        return self.targets

    @property
    def test_data(self) -> Tensor:
        warnings.warn("test_data has been renamed data", stacklevel=2)
        return self.data

    @property
    def test_labels(self) -> Tensor:
        warnings.warn("test_labels has been renamed targets", stacklevel=2)
        return self.targets

    def download(self) -> None:
        """Fetch the files that are not there or not the published ones, and unpack them."""
        os.makedirs(self.raw_folder, exist_ok=True)
        for name, md5 in self.resources:
            packed = os.path.join(self.raw_folder, name)
            if not check_integrity(packed[: -len(".gz")]):
                download_from([m + name for m in self.mirrors], self.raw_folder, name, md5)
                extract_archive(packed, self.raw_folder)

    def extra_repr(self) -> str:
        return f"Split: {'Train' if self.train else 'Test'}"

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        return self._item(image_of(self.data[index].numpy()), int(self.targets[index]))

    def __len__(self) -> int:
        return len(self.data)

    def _wanted(self) -> list[str]:
        """The names of all files, as they are published."""
        return [name for name, _ in self.resources]

    def _check_exists(self) -> bool:
        paths = (os.path.join(self.raw_folder, name) for name in self._wanted())
        return all(check_integrity(p[: -len(".gz")]) or check_integrity(p) for p in paths)

    def _load_data(self) -> tuple[Tensor, Tensor]:
        images, labels = self._wanted()[:2] if self.train else self._wanted()[2:]
        return (
            read_image_file(os.path.join(self.raw_folder, images)),
            read_label_file(os.path.join(self.raw_folder, labels)),
        )


class FashionMNIST(MNIST):
    """Zalando's clothes (Xiao et al. 2017, arXiv:1708.07747), in the format of `MNIST`."""

    mirrors = ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"]
    resources = [
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ]
    classes = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]  # fmt: skip


class KMNIST(MNIST):
    """Cursive Japanese (Clanuwat et al. 2018, arXiv:1812.01718), in the format of `MNIST`."""

    mirrors = ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"]
    resources = [
        ("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
        ("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
        ("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
        ("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
    ]
    classes = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


_MERGED = sorted(set(string.digits + string.ascii_letters) - set("cijklmopsuvwxyz"))


class EMNIST(MNIST):
    """Letters and digits (Cohen et al. 2017, arXiv:1702.05373), in the format of `MNIST`.

    `split` is one of "byclass", "bymerge", "balanced", "letters", "digits" and "mnist"; other
    arguments are those of `MNIST`, by name. Images lie on their side, as they are published.
    """

    url = "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip"
    md5 = "58c8d27c78d21e728a6bc7b3cc06412e"
    splits = ("byclass", "bymerge", "balanced", "letters", "digits", "mnist")
    classes_split_dict = {
        "byclass": sorted(string.digits + string.ascii_letters),
        "bymerge": _MERGED,
        "balanced": _MERGED,
        "letters": ["N/A", *string.ascii_lowercase],
        "digits": list(string.digits),
        "mnist": list(string.digits),
    }

    def __init__(self, root: str | Path, split: str, **kwargs: Any) -> None:
        if split not in self.splits:
            raise ValueError(
                f"Unknown value '{split}' for argument split. Valid values are {set(self.splits)}."
            )
        self.split, self.classes = split, self.classes_split_dict[split]
        super().__init__(root, **kwargs)

    def download(self) -> None:
        """Fetch the files of all splits if they are not there, and unpack them."""
        if self._check_exists():
            return
        os.makedirs(self.raw_folder, exist_ok=True)
        archive = os.path.basename(self.url)
        download_from([self.url], self.raw_folder, archive, self.md5)
        extract_archive(os.path.join(self.raw_folder, archive), self.raw_folder)
        unpacked = os.path.join(self.raw_folder, "gzip")
        for name in sorted(os.listdir(unpacked)):
            if name.endswith(".gz"):
                extract_archive(os.path.join(unpacked, name), self.raw_folder, True)

    def _wanted(self) -> list[str]:
        return [
            f"emnist-{self.split}-{part}-{kind}-ubyte.gz"
            for part in ("train", "test")
            for kind in ("images-idx3", "labels-idx1")
        ]


def read_image_file(path: str | Path) -> Tensor:
    """The images of an idx file, packed or not: uint8 (n, height, width)."""
    return _read(os.fspath(path), 3)


def read_label_file(path: str | Path) -> Tensor:
    """The labels of an idx file, packed or not: int64 (n,)."""
    return _read(os.fspath(path), 1).to(torch.int64)


def _read(path: str, ndim: int) -> Tensor:
    numbers = read_idx(path)
    if numbers.dtype is not torch.uint8 or numbers.ndim != ndim:
        raise ValueError(
            f"{path} should hold bytes in {ndim} dimensions, but it holds {numbers.dtype} in "
            f"{numbers.ndim}"
        )
    return numbers


def read_idx(path: str) -> Tensor:
    """The numbers of a file in the idx format, at `path` or as it is packed or unpacked."""
    plain = path[: -len(".gz")] if path.endswith(".gz") else path
    there = os.path.isfile(plain)
    path, opened = (plain, open) if there else (f"{plain}.gz", gzip.open)
    try:
        with opened(path, "rb") as file:
            content = file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is not whole, or no packed file: {error}") from error
    kind, ndim = (content[2], content[3]) if len(content) >= 4 else (0, 0)
    if content[:2] != b"\0\0" or kind not in _KINDS or len(content) < 4 + 4 * ndim:
        raise ValueError(f"{path} is no idx file: it begins with {content[:4]!r}")
    shape = np.frombuffer(content, ">i4", ndim, 4).tolist()
    dtype = np.dtype(_KINDS[kind])
    expected = 4 + 4 * ndim + int(np.prod(shape)) * dtype.itemsize
    if len(content) != expected:
        raise ValueError(
            f"{path} is not whole: for the shape {tuple(shape)} it has {expected:,} bytes, but "
            f"there are {len(content):,}"
        )
    numbers = np.frombuffer(content, dtype, offset=4 + 4 * ndim).reshape(shape)
    return torch.from_numpy(numbers.astype(dtype.newbyteorder("=")))
