"""Readers of CIFAR-10 and CIFAR-100 (Krizhevsky 2009)."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from minitorch.datasets.utils import check_integrity, download_from, extract_archive
from minitorch.datasets.vision import VisionDataset, image_of


class CIFAR10(VisionDataset):
    """60,000 colour images of 32x32 pixels in 10 classes: 50,000 to train on, 10,000 to test on.

    Files lie where torchvision has them: `root/cifar-10-batches-py/data_batch_1` and the like.

    Args:
        root: the folder of data sets.
        train: the images to train on, or those to test on.
        transform: what becomes of an image, a PIL image if Pillow is installed and otherwise an
            array of bytes (32, 32, 3); `transforms.ToTensor()` takes both.
        target_transform: what becomes of a label, an int.
        download: fetch the archive if the files are not there, checked by its MD5 checksum.

    Attributes:
        data: all images, a uint8 array (n, 32, 32, 3).
        targets: all labels, a list.
        classes, class_to_idx: the names of the labels, and the labels of the names.

    Raises:
        RuntimeError: files are not there or not the published ones, or cannot be fetched.
    """

    base_folder = "cifar-10-batches-py"
    url = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    filename = "cifar-10-python.tar.gz"
    tgz_md5 = "c58f30108f718f92721af3b95e74349a"
    train_list = [
        ["data_batch_1", "c99cafc152244af753f735de768cd75f"],
        ["data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"],
        ["data_batch_3", "54ebc095f3ab1f0389bbae665268c751"],
        ["data_batch_4", "634d18415352ddfa80567beed471001a"],
        ["data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"],
    ]
    test_list = [["test_batch", "40351d587109b95175f43aff81a1287e"]]
    meta = {
        "filename": "batches.meta",
        "key": "label_names",
        "md5": "5ff9c542aee3614f3951f8cda6e48888",
    }

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
        if not self._check_integrity():
            raise RuntimeError(
                "Dataset not found or corrupted. You can use download=True to download it, or put "
                f"{self.filename} into {os.path.abspath(self.root)} and use download=True, or its "  # type: ignore[arg-type]
                f"files into {self.base_folder} there; not there or not the published ones: "
                f"{', '.join(self._wrong_files())}"
            )
        batches = [
            _unpickled(os.path.join(self._folder, name))
            for name, _ in (self.train_list if train else self.test_list)
        ]
        pixels = np.concatenate([batch["data"] for batch in batches])
        self.data = np.ascontiguousarray(pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
        self.targets: list[int] = []
        for batch in batches:
            self.targets += batch["labels" if "labels" in batch else "fine_labels"]
        meta = _unpickled(os.path.join(self._folder, self.meta["filename"]))
        self.classes: list[str] = meta[self.meta["key"]]
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}

    @property
    def _folder(self) -> str:
        return os.path.join(self.root, self.base_folder)  # type: ignore[arg-type]

    def _wrong_files(self) -> list[str]:
        """The files that are not there or have another checksum."""
        files = [*self.train_list, *self.test_list, [self.meta["filename"], self.meta["md5"]]]
        return [n for n, md5 in files if not check_integrity(os.path.join(self._folder, n), md5)]

    def _check_integrity(self) -> bool:
        return not self._wrong_files()

    def download(self) -> None:
        """Fetch the archive and unpack it, unless all files are there."""
        if self._check_integrity():
            return
        root = os.fspath(self.root)  # type: ignore[arg-type]
        download_from([self.url], root, self.filename, self.tgz_md5)
        extract_archive(os.path.join(root, self.filename), root)

    def extra_repr(self) -> str:
        return f"Split: {'Train' if self.train else 'Test'}"

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        return self._item(image_of(self.data[index]), self.targets[index])

    def __len__(self) -> int:
        return len(self.data)


class CIFAR100(CIFAR10):
    """The images of 100 classes, 500 of each to train on and 100 to test on; as `CIFAR10`."""

    base_folder = "cifar-100-python"
    url = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
    filename = "cifar-100-python.tar.gz"
    tgz_md5 = "eb9058c3a382ffc7106e4002c42a8d85"
    train_list = [["train", "16019d7e3df5f24257cddd939b257f8d"]]
    test_list = [["test", "f0ef6b0ae62326f3e7ffdfab6717acfc"]]
    meta = {
        "filename": "meta",
        "key": "fine_label_names",
        "md5": "7973b15100ade9c7d40fb424638fde48",
    }


class _Arrays(pickle.Unpickler):
    """Reads arrays and what is built in, and runs nothing else that a file may ask for."""

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): np.dtype,
            ("_codecs", "encode"): _encoded,
        }
        found = known.get((module.rpartition(".")[2], name))
        if found is None:
            raise pickle.UnpicklingError(f"the file asks for {module}.{name}, which is no array")
        return found


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding)


def _unpickled(path: str) -> Any:
    with open(path, "rb") as file:
        return _Arrays(file, encoding="latin1").load()
