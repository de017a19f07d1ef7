"""Files in folders, one folder for each class."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from minitorch.datasets.vision import Image, VisionDataset

IMG_EXTENSIONS = (
    ".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp",
)  # fmt: skip


def has_file_allowed_extension(filename: str, extensions: str | tuple[str, ...]) -> bool:
    """Whether a file's name ends as one of `extensions`, large letters or small."""
    return filename.lower().endswith(extensions)


def is_image_file(filename: str) -> bool:
    """Whether a file's name ends as that of an image."""
    return has_file_allowed_extension(filename, IMG_EXTENSIONS)


def find_classes(directory: str | Path) -> tuple[list[str], dict[str, int]]:
    """The names of the folders in a folder, in order, and the label of each."""
    classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
    if not classes:
        raise FileNotFoundError(f"Couldn't find any class folder in {directory}.")
    return classes, {name: i for i, name in enumerate(classes)}


def make_dataset(
    directory: str | Path,
    class_to_idx: dict[str, int] | None = None,
    extensions: str | tuple[str, ...] | None = None,
    is_valid_file: Callable[[str], bool] | None = None,
    allow_empty: bool = False,
) -> list[tuple[str, int]]:
    """The paths of all files below the folders of classes, with labels."""
    directory = os.path.expanduser(directory)
    if class_to_idx is None:
        class_to_idx = find_classes(directory)[1]
    elif not class_to_idx:
        raise ValueError("'class_to_index' must have at least one entry to collect any samples.")
    if (extensions is None) == (is_valid_file is None):
        raise ValueError(
            "Both extensions and is_valid_file cannot be None or not None at the same time"
        )
    ends = extensions if extensions is not None else ()
    valid = is_valid_file or (lambda path: has_file_allowed_extension(path, ends))
    samples, empty = [], []
    for name in sorted(class_to_idx):
        paths = [
            os.path.join(folder, file)
            for folder, _, files in sorted(os.walk(os.path.join(directory, name), followlinks=True))
            for file in sorted(files)
        ]
        found = [(path, class_to_idx[name]) for path in paths if valid(path)]
        samples += found
        if not found:
            empty.append(name)
    if empty and not allow_empty:
        text = f"Found no valid file for the classes {', '.join(empty)}. "
        if extensions is not None:
            ends = (extensions,) if isinstance(extensions, str) else extensions
            text += f"Supported extensions are: {', '.join(ends)}"
        raise FileNotFoundError(text)
    return samples


class DatasetFolder(VisionDataset):
    """Files that lie in folders named after their classes: `root/cat/1.npy`, `root/dog/2.npy`.

    Args:
        root: the folder of those folders.
        loader: makes a sample of a path.
        extensions: how names of files end; or
        is_valid_file: whether a path is that of a sample.
        transform, target_transform: what becomes of a sample and of its label, an int.
        allow_empty: whether a class may have no files.

    Attributes:
        classes, class_to_idx: the names of the classes, and the label of each.
        samples: all paths with labels; `targets`: all labels.

    Raises:
        FileNotFoundError: there are no classes, or one has no files.
    """

    def __init__(
        self,
        root: str | Path,
        loader: Callable[[str], Any],
        extensions: tuple[str, ...] | None = None,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.classes, self.class_to_idx = self.find_classes(self.root)  # type: ignore[arg-type]
        self.loader, self.extensions = loader, extensions
        self.samples = self.make_dataset(
            self.root,  # type: ignore[arg-type]
            self.class_to_idx,
            extensions,
            is_valid_file,
            allow_empty,
        )
        self.targets = [label for _, label in self.samples]

    @staticmethod
    def make_dataset(
        directory: str | Path,
        class_to_idx: dict[str, int],
        extensions: tuple[str, ...] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> list[tuple[str, int]]:
        """The paths of all samples, with labels; for subclasses to change."""
        return make_dataset(directory, class_to_idx, extensions, is_valid_file, allow_empty)

    def find_classes(self, directory: str | Path) -> tuple[list[str], dict[str, int]]:
        """The names of the classes, and the label of each; for subclasses to change."""
        return find_classes(directory)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        return self._item(self.loader(path), target)

    def __len__(self) -> int:
        return len(self.samples)


def pil_loader(path: str) -> Any:
    """The image of a file, as an RGB PIL image; needs Pillow."""
    if Image is None:
        raise ModuleNotFoundError(
            f"Pillow reads images, and it is not installed: pip install pillow ({path})",
            name="PIL",
        )
    with open(path, "rb") as file:
        return Image.open(file).convert("RGB")


default_loader = pil_loader


class ImageFolder(DatasetFolder):
    """Images in folders named after their classes: `root/cat/1.png`, `root/dog/2.jpg`.

    They are read by Pillow, as RGB. Arguments and attributes as those of `DatasetFolder`; `imgs`
    is `samples`.
    """

    def __init__(
        self,
        root: str | Path,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        loader: Callable[[str], Any] = default_loader,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        extensions = IMG_EXTENSIONS if is_valid_file is None else None
        super().__init__(
            root, loader, extensions, transform, target_transform, is_valid_file, allow_empty
        )
        self.imgs = self.samples
