"""Transforms and images compared with torchvision's, where that is installed."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest

import minitorch
from minitorch.datasets import images, transforms

theirs_torch = pytest.importorskip("torch")
Image = pytest.importorskip("PIL.Image")
try:
    from torchvision import transforms as theirs
    from torchvision import utils as their_images
except (ImportError, RuntimeError):  # it refuses to work with another build of PyTorch
    pytest.skip("torchvision cannot be imported", allow_module_level=True)

# each is called as eval(line, {"T": ours or theirs, "F": its functional, ...})
TRANSFORMS = """
T.Resize(7)
T.Resize((5, 9))
T.Resize((31, 40))
T.Resize(6, max_size=7)
T.Resize(6, interpolation=M.NEAREST)
T.Resize((5, 7), interpolation=M.BICUBIC)
T.Resize((30, 7), interpolation=M.BICUBIC, antialias=False)
T.Resize((5, 7), M.NEAREST_EXACT)
T.CenterCrop(5)
T.CenterCrop((4, 30))
T.CenterCrop((31, 6))
T.Pad(2)
T.Pad((1, 2), fill=3)
T.Pad((1, 2, 3, 4), fill=7)
T.Pad((1, 2, 3, 4), padding_mode="edge")
T.Pad((1, 2, 3, 4), padding_mode="reflect")
T.Pad((1, 2, 3, 4), padding_mode="symmetric")
T.RandomCrop(6)
T.RandomCrop((8, 4), padding=4)
T.RandomCrop(11, padding=4, padding_mode="reflect")
T.RandomCrop(30, pad_if_needed=True, fill=5)
T.RandomHorizontalFlip()
T.RandomVerticalFlip(0.7)
T.RandomResizedCrop(8)
T.RandomResizedCrop((5, 7), scale=(0.5, 0.9), ratio=(0.9, 1.1))
T.RandomResizedCrop(6, scale=(2, 3))
T.RandomRotation(30)
T.RandomRotation((10, 60), interpolation=M.BILINEAR)
T.RandomRotation(45, expand=True)
T.RandomRotation(45, center=(2, 3), fill=9)
T.RandomAffine(20)
T.RandomAffine(20, translate=(0.2, 0.3), scale=(0.7, 1.3), shear=10)
T.RandomAffine((5, 9), shear=(-5, 5, -9, 9), interpolation=M.BILINEAR, fill=4)
T.RandomAffine(0, scale=(0.5, 0.6), center=(1, 2))
T.RandomPerspective(0.4, p=1.0)
T.RandomPerspective(0.3, p=0.9, interpolation=M.NEAREST, fill=3)
T.Grayscale()
T.Grayscale(3)
T.RandomGrayscale(0.5)
T.ColorJitter(0.4, 0.3, 0.2, 0.1)
T.ColorJitter(brightness=(0.5, 1.5))
T.ColorJitter(hue=0.5)
T.ColorJitter(saturation=(0, 3))
T.GaussianBlur(3)
T.GaussianBlur((5, 3), sigma=(0.5, 1.5))
T.RandomInvert()
T.RandomAutocontrast(1.0)
T.RandomAdjustSharpness(2.0, p=0.8)
T.RandomSolarize(0.4)
T.RandomApply([T.RandomCrop(6), T.RandomHorizontalFlip()], p=0.5)
T.RandomOrder([T.RandomCrop(6), T.RandomHorizontalFlip()])
T.RandomChoice([T.RandomCrop(6), T.RandomHorizontalFlip()])
T.Compose([T.RandomCrop(10, padding=2), T.RandomHorizontalFlip(), T.RandomRotation(5)])
T.FiveCrop(5)
T.TenCrop((4, 6), vertical_flip=True)
""".strip().splitlines()
TENSORS = """
T.RandomErasing(1.0)
T.RandomErasing(1.0, value="random")
T.RandomErasing(0.5, scale=(0.1, 0.2), ratio=(0.5, 2), value=(1, 2, 3))
T.RandomErasing(0.9, scale=(0.9, 1.0), value=1)
""".strip().splitlines()
FLOATS = """
T.Normalize((0.1, 0.2, 0.3), (0.5, 0.6, 0.7))
T.Normalize(0.5, 0.5)
T.Normalize([0.5], [0.5], inplace=True)
T.ConvertImageDtype(torch.uint8)
T.ConvertImageDtype(torch.float64)
""".strip().splitlines()
BYTES = """
T.RandAugment()
T.RandAugment(4, magnitude=20, fill=5)
T.TrivialAugmentWide()
T.TrivialAugmentWide(9, interpolation=M.BILINEAR, fill=(1, 2, 3))
T.ConvertImageDtype(torch.float32)
T.ConvertImageDtype(torch.int16)
T.ConvertImageDtype(torch.int32)
T.RandomPosterize(3, p=0.8)
T.RandomEqualize(1.0)
T.RandomSolarize(128)
""".strip().splitlines()
PILLOW = """
T.RandAugment()
T.RandAugment(4, magnitude=20, fill=5)
T.TrivialAugmentWide()
T.TrivialAugmentWide(9, interpolation=M.BILINEAR, fill=(1, 2, 3))
T.ToTensor()
T.PILToTensor()
T.RandomPosterize(3, p=0.8)
T.RandomEqualize(1.0)
T.RandomSolarize(128)
T.Pad(2, fill=(1, 2, 3))
T.RandomRotation(30, fill=(1, 2, 3))
T.Resize((5, 7), interpolation=M.LANCZOS)
T.Resize((5, 7), interpolation=M.BOX)
T.Compose([T.RandomCrop(10, padding=2), T.ToTensor(), T.Normalize(0.5, 0.25)])
""".strip().splitlines()
MISTAKES = """
T.Resize((1, 2, 3))
T.Resize("3")
T.Resize(3, interpolation="bilinear")
T.Resize(6, max_size=3)
T.Resize((6, 7), max_size=9)
T.CenterCrop((1, 2, 3))
T.Pad((1, 2, 3))
T.Pad(1, padding_mode="round")
T.Pad("1")
T.RandomCrop(100)
T.RandomRotation(-3)
T.RandomRotation((1, 2, 3))
T.RandomRotation(3, center=(1, 2, 3))
T.RandomAffine(3, translate=(2, 3))
T.RandomAffine(3, scale=(-1, 1))
T.RandomAffine(3, shear=-1)
T.RandomErasing(p=3)
T.RandomErasing(value="noise")
T.RandomErasing(scale=(0.1, 2))
T.RandomErasing(1.0, value=(1, 2))
T.ColorJitter(-1)
T.ColorJitter(hue=0.7)
T.ColorJitter("1")
T.GaussianBlur(4)
T.GaussianBlur(3, sigma=-1)
T.FiveCrop(100)
T.Grayscale(2)
T.Normalize((0.5,), (0.0,))
T.Normalize((0.5, 0.5), (0.1, 0.1))
T.Lambda(3)
T.RandomOrder(3)
T.RandomSolarize(1e9, 1.0)
T.LinearTransformation(torch.ones(2, 3), torch.ones(2))
T.LinearTransformation(torch.ones(2, 2), torch.ones(2))
T.RandomPerspective(fill="x")
""".strip().splitlines()
PIXELS = np.random.default_rng(0).integers(0, 256, (3, 12, 14), dtype=np.uint8)


def both(line, ours_image, their_image, seed):
    """What both make of an image, the random states the same."""
    results = []
    for torch, T, image in (
        (minitorch, transforms, ours_image),
        (theirs_torch, theirs, their_image),
    ):
        random.seed(seed)
        torch.manual_seed(seed)
        names = {"T": T, "M": T.InterpolationMode, "torch": torch}
        result = eval(line, names)(image)
        results.append((result, torch.rand(1).item()))
    return results


def arrays(result):
    if isinstance(result, tuple):
        return [a for part in result for a in arrays(part)]
    return [np.asarray(result)]


def agree(line, ours_image, their_image, atol):
    for seed in range(40 if "Augment" in line else 4):
        (ours, ours_next), (expected, their_next) = both(line, ours_image, their_image, seed)
        assert ours_next == their_next
        for mine, his in zip(arrays(ours), arrays(expected), strict=True):
            assert mine.dtype == his.dtype and mine.shape == his.shape
            np.testing.assert_allclose(mine, his, atol=atol, rtol=0)


@pytest.mark.parametrize("line", TRANSFORMS + TENSORS + FLOATS)
@pytest.mark.parametrize("channels", [3, 1])
def test_floats(line, channels):
    if channels == 1 and ("(1, 2, 3)" in line or "0.1, 0.2" in line):
        pytest.skip("colours for three channels")
    if channels == 1 and line == "T.Grayscale(3)":
        pytest.skip("torchvision's has one channel, though three are asked for and documented")
    pixels = PIXELS[:channels].astype(np.float32) / 255
    agree(line, minitorch.tensor(pixels), theirs_torch.tensor(pixels), 3e-6)


@pytest.mark.parametrize("line", TRANSFORMS + TENSORS + BYTES)
def test_bytes(line):
    if "Solarize(0.4)" in line:
        line = line.replace("0.4", "100")
    atol = 1 if any(word in line for word in ("Jitter", "Resiz", "Blur", "Augment")) else 0
    agree(line, minitorch.tensor(PIXELS), theirs_torch.tensor(PIXELS), atol)


@pytest.mark.parametrize("line", TRANSFORMS)
def test_batches(line):
    pixels = np.stack([PIXELS, PIXELS[::-1]]).astype(np.float32) / 255
    agree(line, minitorch.tensor(pixels), theirs_torch.tensor(pixels), 3e-6)


@pytest.mark.parametrize("line", TRANSFORMS + PILLOW)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pil_images(line, mode):
    if mode == "L" and "(1, 2, 3)" in line:
        pytest.skip("colours for three channels")
    image = Image.fromarray(np.ascontiguousarray(PIXELS.transpose(1, 2, 0))).convert(mode)
    agree(line, image, image, 1 if "Blur" in line else 0)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "I", "F", "I;16", "LA"])
def test_to_and_from_pil_images(mode):
    image = Image.fromarray(np.ascontiguousarray(PIXELS.transpose(1, 2, 0)))
    image = image.convert("L").convert(mode) if mode in ("I", "F", "I;16") else image.convert(mode)
    for line in ("T.ToTensor()", "T.PILToTensor()"):
        (ours, _), (expected, _) = both(line, image, image, 0)
        assert ours.numpy().dtype == expected.numpy().dtype
        np.testing.assert_array_equal(ours.numpy(), expected.numpy())
    if mode in ("1", "I;16"):
        return  # torchvision has no way back
    back = transforms.ToPILImage()(ours) if mode != "CMYK" else transforms.ToPILImage(mode)(ours)
    again = theirs.ToPILImage(None if mode != "CMYK" else mode)(expected)
    assert back.mode == again.mode and back.tobytes() == again.tobytes()


@pytest.mark.parametrize("line", MISTAKES)
def test_mistakes(line):
    errors = []
    pixels = PIXELS.astype(np.float32)
    for torch, T in ((minitorch, transforms), (theirs_torch, theirs)):
        torch.manual_seed(0)
        names = {"T": T, "M": T.InterpolationMode, "torch": torch}
        with pytest.raises(Exception) as error:
            eval(line, names)(torch.tensor(pixels))
        errors.append(error.type)
    assert errors[0] is errors[1]


@pytest.mark.parametrize("line", TRANSFORMS + TENSORS + FLOATS[:3] + PILLOW)
def test_texts(line):
    ours, expected = (
        repr(eval(line, {"T": T, "M": T.InterpolationMode})) for T in (transforms, theirs)
    )
    assert ours == expected


@pytest.mark.parametrize("count", [1, 3, 8, 11])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"nrow": 3, "padding": 0},
        {"nrow": 20, "padding": 5, "pad_value": 0.5},
        {"normalize": True},
        {"normalize": True, "scale_each": True, "pad_value": 1},
        {"normalize": True, "value_range": (-1, 0.5)},
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_grids(count, options, channels):
    pixels = np.random.default_rng(count).normal(size=(count, channels, 4, 5)).astype(np.float32)
    grid = images.make_grid(minitorch.tensor(pixels), **options)
    expected = their_images.make_grid(theirs_torch.tensor(pixels), **options)
    np.testing.assert_allclose(grid.numpy(), expected.numpy(), atol=1e-6)
    for kind in ("png", "bmp"):
        ours, his = io.BytesIO(), io.BytesIO()
        images.save_image(minitorch.tensor(pixels), ours, format=kind, **options)
        their_images.save_image(theirs_torch.tensor(pixels), his, format=kind, **options)
        np.testing.assert_array_equal(np.asarray(Image.open(ours)), np.asarray(Image.open(his)))
