"""Grids of images, and images as files."""

from __future__ import annotations

import io
import struct
import sys
import zlib

import numpy as np
import pytest

import minitorch as torch
from minitorch.datasets.images import make_grid, save_image
from minitorch.utils.png import png

IMAGES = torch.arange(5 * 3 * 2 * 3).reshape(5, 3, 2, 3) / 89


def test_a_grid_has_torchvisions_layout():
    grid = make_grid(IMAGES, nrow=3, padding=1, pad_value=0.5)
    assert grid.shape == (3, 1 + 2 * 3, 1 + 3 * 4)
    assert torch.equal(grid[:, 1:3, 1:4], IMAGES[0])
    assert torch.equal(grid[:, 4:6, 5:8], IMAGES[4])
    mask = torch.ones(7, 13, dtype=torch.bool)
    for i in range(5):
        top, left = i // 3 * 3 + 1, i % 3 * 4 + 1
        mask[top : top + 2, left : left + 3] = False
    assert (grid[:, mask] == 0.5).all()
    assert make_grid(IMAGES).shape == (3, 2 + 4, 5 * 5 + 2)


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        (IMAGES[0], (3, 2, 3)),
        (IMAGES[0, 0], (3, 2, 3)),
        (IMAGES[:1], (3, 2, 3)),
        (list(IMAGES), (3, 6, 27)),
        ([IMAGES[0, :1]] * 2, (3, 6, 12)),
        (IMAGES[:, :1], (3, 6, 27)),
    ],
)
def test_what_is_taken(given, shape):
    assert make_grid(given).shape == shape


def test_normalized():
    grid = make_grid(IMAGES * 7 - 3, normalize=True, padding=0)
    np.testing.assert_allclose(grid.numpy()[:, :2, :3], IMAGES[0].numpy(), atol=1e-5)
    each = make_grid(IMAGES, normalize=True, scale_each=True, padding=0)
    for i in range(5):
        image = each[:, :, 3 * i : 3 * i + 3]
        assert (image.min().item(), image.max().item()) == (0, 1)
    clipped = make_grid(IMAGES, normalize=True, value_range=(0.25, 0.75), padding=0)
    expected = (IMAGES[0].clamp(0.25, 0.75) - 0.25) / 0.5
    np.testing.assert_allclose(clipped.numpy()[:, :, :3], expected.numpy(), atol=1e-6)
    constant = make_grid(torch.ones(3, 2, 2), normalize=True)
    assert constant.isfinite().all()
    with pytest.raises(TypeError, match="value_range has to be a tuple"):
        make_grid(IMAGES, normalize=True, value_range=[0, 1])


def test_the_given_images_stay_and_nothing_is_tracked():
    images = IMAGES.clone().requires_grad_()
    grid = make_grid(images, normalize=True)
    assert torch.equal(images, IMAGES) and not grid.requires_grad


@pytest.mark.parametrize(
    ("given", "error"), [("x", TypeError), ([1, 2], TypeError), (torch.ones(3), ValueError)]
)
def test_what_is_not_taken(given, error):
    with pytest.raises(error, match="tensor or list of tensors expected|images have the shape"):
        make_grid(given)


def decoded(content: bytes) -> np.ndarray:
    """The pixels of a PNG without filters, its checksums checked."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    parts, place = {}, 8
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        name, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack(">I", content[place + 8 + length : place + 12 + length])
        assert checksum == zlib.crc32(name + data)
        parts[name] = data
        place += 12 + length
    assert list(parts) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert depth == 8 and rest == [0, 0, 0]
    channels = {0: 1, 4: 2, 2: 3, 6: 4}[kind]
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, -1)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, channels)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    assert np.array_equal(decoded(png(pixels)), pixels)


def test_png_of_too_many_channels(tmp_path):
    with pytest.raises(TypeError, match="1 to 4 channels, but the image has 5"):
        save_image(torch.rand(2, 5, 3, 3), tmp_path / "x.png")


def test_pillow_reads_what_is_written(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    image = torch.tensor([0, 0.5, 1.0, -3, 7, 0.2]).reshape(1, 2, 3)
    save_image(image, tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as read:
        assert read.mode == "RGB"
        assert np.asarray(read)[:, :, 1].tolist() == [[0, 128, 255], [0, 255, 51]]
    buffer = io.BytesIO()
    save_image(IMAGES, buffer, format="jpeg", nrow=2)
    assert Image.open(buffer).size == (12, 14)
    save_image(IMAGES, tmp_path / "x.bmp", padding=0)
    with Image.open(tmp_path / "x.bmp") as read:
        assert read.size == (15, 2)


def test_png_needs_no_pillow(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    save_image(IMAGES, str(tmp_path / "x.PNG"), nrow=5, padding=0)
    pixels = decoded((tmp_path / "x.PNG").read_bytes())
    assert np.array_equal(pixels[:, :3, 2], (IMAGES[0, 2] * 255 + 0.5).to(torch.uint8).numpy())
    with open(tmp_path / "y.png", "wb") as file:
        save_image(IMAGES[0], file)
    assert decoded((tmp_path / "y.png").read_bytes()).shape == (2, 3, 3)
    with pytest.raises(ModuleNotFoundError, match="jpg needs Pillow"):
        save_image(IMAGES, tmp_path / "x.jpg")
    with pytest.raises(ValueError, match="unknown file extension"):
        save_image(IMAGES, tmp_path / "x")
