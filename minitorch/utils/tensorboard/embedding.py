"""The files of TensorBoard's projector: tables of vectors and labels, and a sheet of pictures."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from minitorch.utils.png import png
from minitorch.utils.tensorboard.arrays import grid, make_np, to_bytes
from minitorch.utils.tensorboard.messages import EmbeddingInfo, SpriteMetadata


def write_embedding(
    logdir: str,
    mat: Any,
    metadata: Any = None,
    label_img: Any = None,
    global_step: int | None = None,
    tag: str = "default",
    metadata_header: Any = None,
) -> EmbeddingInfo:
    """Write one embedding's files below `logdir`, and tell where they are.

    Args:
        mat: (N, D), a row for each point.
        metadata: a label for each point; with a header, a row of them.
        label_img: a picture for each point, (N, C, H, W).
        metadata_header: the names of the columns of `metadata`.

    Raises:
        AssertionError: `mat` has not two axes, or there is not one label or picture for each row.
        NotADirectoryError: there is a file where the directory should be.
    """
    mat, pictures = make_np(mat), None if label_img is None else make_np(label_img)
    step = str(0 if global_step is None else global_step).zfill(5)
    encoded = tag.replace("%", "%25").replace("/", "%2f").replace("\\", "%5c")
    subdir = f"{step}/{encoded}"
    _check(mat, metadata, pictures)
    path = _directory(os.path.join(logdir, subdir))
    more: dict[str, Any] = {}
    if metadata is not None:
        _write(path, "metadata.tsv", _table(metadata, metadata_header).encode())
        more["metadata_path"] = f"{subdir}/metadata.tsv"
    if pictures is not None:
        _write(path, "sprite.png", _sprite(pictures))
        size = [pictures.shape[3], pictures.shape[2]]
        more["sprite"] = SpriteMetadata(image_path=f"{subdir}/sprite.png", single_image_dim=size)
    rows = ("\t".join(map(str, row)) for row in mat.tolist())
    _write(path, "tensors.tsv", "".join(f"{row}\n" for row in rows).encode())
    return EmbeddingInfo(tensor_name=f"{tag}:{step}", tensor_path=f"{subdir}/tensors.tsv", **more)


def _check(mat: np.ndarray, metadata: Any, pictures: np.ndarray | None) -> None:
    if metadata is not None and len(metadata) != len(mat):
        raise AssertionError(
            f"#labels should equal with #data points: there are {len(metadata)} and {len(mat)}"
        )
    if pictures is not None and len(pictures) != len(mat):
        raise AssertionError(
            f"#images should equal with #data points: there are {len(pictures)} and {len(mat)}"
        )
    if mat.ndim != 2:
        raise AssertionError(
            "mat should be 2D, where mat.size(0) is the number of data points, but its shape is "
            f"{mat.shape}"
        )


def _directory(path: str) -> str:
    if os.path.isdir(path):
        print("warning: Embedding dir exists, did you set global_step for add_embedding()?")
    elif os.path.exists(path):
        raise NotADirectoryError(f"Path: `{path}` exists, but is a file. Cannot proceed.")
    os.makedirs(path, exist_ok=True)
    return path


def _table(metadata: Any, header: Any) -> str:
    if not header:
        return "".join(f"{label}\n" for label in metadata)
    if len(header) != len(metadata[0]):
        raise AssertionError(
            "len of header must be equal to the number of columns in metadata: there are "
            f"{len(header)} and {len(metadata[0])}"
        )
    return "".join("\t".join(map(str, row)) + "\n" for row in [header, *metadata])


def _sprite(pictures: np.ndarray) -> bytes:
    """All pictures in one, which has as many columns as rows."""
    sheet = grid(to_bytes(pictures), math.ceil(len(pictures) ** 0.5)).transpose(1, 2, 0)
    height, width, _ = sheet.shape
    square = np.zeros((max(height, width), width, 3), np.uint8)
    square[:height] = sheet
    return png(square)


def _write(path: str, name: str, content: bytes) -> None:
    with open(os.path.join(path, name), "wb") as file:
        file.write(content)
