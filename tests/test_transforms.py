"""Transforms of images, without torchvision: what it makes of some images is written here."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest

import minitorch as torch
from minitorch.datasets import transforms as T
from minitorch.datasets.transforms import conversions
from minitorch.datasets.transforms import functional as F

# figures of what torchvision 0.28 makes of `IMAGE` with the seeds 0 and 1
RECORDED = """
T.Resize(7)  # 0.348 0.348
T.Resize((5, 9))  # -0.205 -0.205
T.Resize((31, 40))  # 2.463 2.463
T.Resize(6, max_size=7)  # 0.295 0.295
T.Resize(6, interpolation=M.NEAREST)  # -0.89 -0.89
T.Resize((5, 7), interpolation=M.BICUBIC)  # 0.268 0.268
T.Resize((30, 7), interpolation=M.BICUBIC, antialias=False)  # -0.371 -0.371
T.Resize((5, 7), M.NEAREST_EXACT)  # 0.05 0.05
T.CenterCrop(5)  # 0.686 0.686
T.CenterCrop((4, 30))  # -0.128 -0.128
T.CenterCrop((31, 6))  # -6.651 -6.651
T.Pad(2)  # 4.161 4.161
T.Pad((1, 2), fill=3)  # 2.191 2.191
T.Pad((1, 2, 3, 4), fill=7)  # -5.503 -5.503
T.Pad((1, 2, 3, 4), padding_mode="edge")  # -3.569 -3.569
T.Pad((1, 2, 3, 4), padding_mode="reflect")  # -2.806 -2.806
T.Pad((1, 2, 3, 4), padding_mode="symmetric")  # 7.73 7.73
T.RandomCrop(6)  # 1.797 0.097
T.RandomCrop((8, 4), padding=4)  # 0.583 -0.758
T.RandomCrop(11, padding=4, padding_mode="reflect")  # 0.35 -1.13
T.RandomCrop(30, pad_if_needed=True, fill=5)  # 10.947 -0.688
T.RandomHorizontalFlip()  # -3.151 -1.356
T.RandomVerticalFlip(0.7)  # 1.472 -1.356
T.RandomResizedCrop(8)  # -0.989 -2.035
T.RandomResizedCrop((5, 7), scale=(0.5, 0.9), ratio=(0.9, 1.1))  # 2.92 1.701
T.RandomResizedCrop(6, scale=(2, 3))  # 0.471 0.471
T.RandomRotation(30)  # -1.356 -4.637
T.RandomRotation((10, 60), interpolation=M.BILINEAR)  # -1.738 0.464
T.RandomRotation(45, expand=True)  # -3.576 5.883
T.RandomRotation(45, center=(2, 3), fill=9)  # -1.356 -13.927
T.RandomAffine(20)  # -1.356 5.069
T.RandomAffine(20, translate=(0.2, 0.3), scale=(0.7, 1.3), shear=10)  # 6.789 -5.891
T.RandomAffine((5, 9), shear=(-5, 5, -9, 9), interpolation=M.BILINEAR, fill=4)  # -0.603 -3.643
T.RandomAffine(0, scale=(0.5, 0.6), center=(1, 2))  # 2.374 1.259
T.RandomPerspective(0.4, p=1.0)  # 4.945 -3.936
T.RandomPerspective(0.3, p=0.9, interpolation=M.NEAREST, fill=3)  # 8.283 1.453
T.Grayscale()  # -0.292 -0.292
T.Grayscale(3)  # 0.376 0.376
T.RandomGrayscale(0.5)  # 0.376 -1.356
T.ColorJitter(0.4, 0.3, 0.2, 0.1)  # -0.849 -0.963
T.ColorJitter(brightness=(0.5, 1.5))  # -0.857 -1.141
T.ColorJitter(hue=0.5)  # 2.207 -0.336
T.ColorJitter(saturation=(0, 3))  # -0.31 -1.82
T.GaussianBlur(3)  # -0.391 -0.28
T.GaussianBlur((5, 3), sigma=(0.5, 1.5))  # -0.135 0.127
T.RandomInvert()  # 2.637 -1.356
T.RandomAutocontrast(1.0)  # -1.355 -1.355
T.RandomAdjustSharpness(2.0, p=0.8)  # -1.261 -1.261
T.RandomSolarize(0.4)  # 1.312 -1.356
T.RandomApply([T.RandomCrop(6), T.RandomHorizontalFlip()], p=0.5)  # -5.475 -1.356
T.RandomOrder([T.RandomCrop(6), T.RandomHorizontalFlip()])  # -0.665 -1.153
T.RandomChoice([T.RandomCrop(6), T.RandomHorizontalFlip()])  # -3.151 0.097
T.Compose([T.RandomCrop(10, 2), T.RandomHorizontalFlip(), T.RandomRotation(5)])  # 0.074 -1.461
T.RandomErasing(1.0)  # -10.129 -4.996
T.RandomErasing(1.0, value="random")  # -2.136 -3.659
T.RandomErasing(0.5, scale=(0.1, 0.2), ratio=(0.5, 2), value=(1, 2, 3))  # -7.264 -1.356
T.RandomErasing(0.9, scale=(0.9, 1.0), value=1)  # -1.356 -1.356
"""
IMAGE = (torch.arange(3 * 12 * 14) * 37 % 251).reshape(3, 12, 14) / 250
LINES = [line.split("  # ") for line in RECORDED.strip().splitlines()]
PIXELS = np.random.default_rng(0).integers(0, 256, (12, 14, 3), dtype=np.uint8)


def seeded(line, image, seed=0):
    random.seed(seed)
    torch.manual_seed(seed)
    return eval(line, {"T": T, "M": T.InterpolationMode})(image)


def figure(image):
    weights = np.cos(np.arange(image.numel())).reshape(image.shape)
    return float((image.numpy().astype(np.float64) * weights).sum())


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_what_torchvision_makes(line, expected):
    found = [figure(seeded(line, IMAGE.clone(), seed)) for seed in (0, 1)]
    assert found == pytest.approx([float(word) for word in expected.split()], abs=2e-3)


@pytest.mark.parametrize(
    ("line", "means"),
    [  # of what torchvision makes with the seeds 0 to 5
        ("T.RandAugment()", [114.43, 113.4, 71.14, 126.24, 90.09, 120.32]),
        ("T.RandAugment(3, magnitude=20, fill=9)", [91.11, 72.85, 63.74, 91.62, 37.33, 165.54]),
        ("T.TrivialAugmentWide()", [0.0, 124.26, 78.7, 126.75, 109.4, 95.78]),
    ],
)
def test_augmentations(line, means):
    image = (IMAGE * 250).round().to(torch.uint8)
    found = [seeded(line, image, seed).to(torch.float64).mean().item() for seed in range(6)]
    assert found == pytest.approx(means, abs=0.2)
    assert len({round(mean) for mean in found}) > 1


@pytest.mark.parametrize("line", [line for line, _ in LINES if "Erasing" not in line])
def test_arrays_are_images_too(line):
    if "Solarize" in line:
        line = line.replace("0.4", "100")
    from_array = seeded(line, PIXELS)
    from_tensor = seeded(line, torch.from_numpy(PIXELS.transpose(2, 0, 1).copy()))
    assert type(from_array) is np.ndarray and from_array.dtype == np.uint8
    assert from_array.flags.c_contiguous
    planes = from_array[None] if from_array.ndim == 2 else from_array.transpose(2, 0, 1)
    assert np.array_equal(planes, from_tensor.numpy())
    assert (from_array.ndim == 2) == (line == "T.Grayscale()")


@pytest.mark.parametrize("line", ["T.RandomCrop(6)", "T.Resize(5)", "T.RandomRotation(30)"])
def test_grey_arrays(line):
    flat, single = seeded(line, PIXELS[:, :, 0]), seeded(line, PIXELS[:, :, :1])
    assert flat.ndim == 2 and np.array_equal(flat, single[:, :, 0])


@pytest.mark.parametrize("line", [line for line, _ in LINES if "Erasing" not in line])
def test_gradients_flow(line):
    image = IMAGE.clone().requires_grad_()
    result = seeded(line, image)
    result.sum().backward()
    assert image.grad.shape == image.shape and image.grad.isfinite().all()


def test_to_tensor():
    image = T.ToTensor()(PIXELS)
    assert image.dtype is torch.float32 and image.is_contiguous()
    np.testing.assert_allclose(image.numpy(), PIXELS.transpose(2, 0, 1) / np.float32(255))
    assert T.ToTensor()(PIXELS[:, :, 0]).shape == (1, 12, 14)
    floats = PIXELS.astype(np.float64)
    assert T.ToTensor()(floats).dtype is torch.float64
    assert T.ToTensor()(floats).max().item() == PIXELS.max()
    before = PIXELS.copy()
    T.PILToTensor()(PIXELS).zero_()
    assert np.array_equal(PIXELS, before), "memory is not shared"
    with pytest.raises(TypeError, match=r"pic should be PIL Image or ndarray\. Got <class 'list'>"):
        T.ToTensor()([1, 2])
    with pytest.raises(ValueError, match=r"pic should be 2/3 dimensional\. Got 1 dimensions"):
        T.ToTensor()(np.zeros(3))


def test_pil_images_there_and_back():
    Image = pytest.importorskip("PIL.Image")
    image = Image.fromarray(PIXELS)
    tensor = T.PILToTensor()(image)
    assert np.array_equal(tensor.numpy(), PIXELS.transpose(2, 0, 1))
    back = T.ToPILImage()(tensor)
    assert back.mode == "RGB" and back.tobytes() == image.tobytes()
    assert T.ToPILImage()(T.ToTensor()(image)).tobytes() == image.tobytes()
    assert T.ToPILImage()(tensor[0]).mode == "L" and T.ToPILImage("HSV")(PIXELS).mode == "HSV"
    for mistake, error in ((torch.zeros(5, 2, 2), ValueError), ([1], TypeError),
                           (torch.zeros(3), ValueError)):  # fmt: skip
        with pytest.raises(error, match="pic should"):
            T.ToPILImage()(mistake)
    with pytest.raises(ValueError, match="Only modes"):
        T.ToPILImage("L")(PIXELS)
    augment = T.Compose([T.RandomCrop(12, padding=3), T.ColorJitter(0.5, 0.5, 0.5, 0.2),
                         T.RandomAffine(10, (0.1, 0.1)), T.ToTensor()])  # fmt: skip
    torch.manual_seed(0)
    assert augment(image).shape == (3, 12, 12)


def test_without_pillow(monkeypatch):
    monkeypatch.setattr(conversions, "pil", None)
    assert T.ToTensor()(PIXELS).shape == (3, 12, 14)
    assert T.Resize(6)(PIXELS).shape == (6, 7, 3)
    with pytest.raises(ModuleNotFoundError, match="pip install pillow"):
        T.ToPILImage()(PIXELS)
    with pytest.raises(TypeError, match="takes a Tensor, a PIL Image or an ndarray"):
        T.Resize(6)("image.png")


def test_five_and_ten_crops():
    five = T.FiveCrop(5)(IMAGE)
    assert len(five) == 5
    assert torch.equal(five[0], IMAGE[:, :5, :5]) and torch.equal(five[3], IMAGE[:, 7:, 9:])
    ten = T.TenCrop(5)(IMAGE)
    assert torch.equal(ten[5], IMAGE.flip(-1)[:, :5, :5]) and len(ten) == 10


@pytest.mark.parametrize(
    ("image", "dtype", "expected"),
    [
        (torch.tensor([0, 128, 255], dtype=torch.uint8), torch.float32, [0, 128 / 255, 1]),
        (torch.tensor([0, 0.5, 1]), torch.uint8, [0, 127, 255]),
        (torch.tensor([0, 0.5, 1]), torch.float64, [0, 0.5, 1]),
        (torch.tensor([0, 255], dtype=torch.uint8), torch.int32, [0, 255 << 23]),
        (torch.tensor([0, 2**31 - 1], dtype=torch.int32), torch.uint8, [0, 255]),
    ],
)
def test_dtypes(image, dtype, expected):
    converted = T.ConvertImageDtype(dtype)(image)
    assert converted.dtype is dtype
    assert converted.tolist() == pytest.approx(expected)
    with pytest.raises(RuntimeError, match="cannot be performed safely"):
        F.convert_image_dtype(torch.ones(2), torch.int32)


def test_normalize():
    image = IMAGE.clone()
    result = T.Normalize((0.1, 0.2, 0.3), (1, 2, 4))(image)
    expected = (IMAGE.numpy() - np.reshape([0.1, 0.2, 0.3], (3, 1, 1))) / np.reshape(
        [1, 2, 4], (3, 1, 1)
    )
    np.testing.assert_allclose(result.numpy(), expected, atol=1e-6)
    assert torch.equal(image, IMAGE)
    assert T.Normalize(0.5, 2, inplace=True)(image) is image
    for mistake, error, message in (
        (PIXELS, TypeError, "img should be Tensor Image"),
        (torch.ones(3, 2, 2, dtype=torch.uint8), TypeError, "should be a float tensor"),
        (torch.ones(2, 2), ValueError, "Expected tensor to be a tensor image"),
    ):
        with pytest.raises(error, match=message):
            T.Normalize(0.5, 0.5)(mistake)
    with pytest.raises(ValueError, match="std evaluated to zero"):
        T.Normalize((0.5,), (0.0,))(IMAGE)
    with pytest.raises(RuntimeError, match="1 channels, but std has 3 values"):
        T.Normalize((0.5,), (0.1, 0.2, 0.3))(IMAGE[:1])


def test_histograms_of_bytes():
    image = torch.from_numpy(PIXELS.transpose(2, 0, 1).copy())
    assert torch.equal(F.invert(image), 255 - image)
    assert set((F.posterize(image, 1)).unique().tolist()) == {0, 128}
    dark = image // 4 + 10
    stretched = F.autocontrast(dark)
    assert stretched.amin((1, 2)).tolist() == [0] * 3
    assert stretched.amax((1, 2)).min().item() >= 254
    flat = torch.full((1, 4, 4), 7, dtype=torch.uint8)
    assert torch.equal(F.autocontrast(flat), flat) and torch.equal(F.equalize(flat), flat)
    dark = (np.random.default_rng(0).random((1, 64, 64)) ** 2 * 200).astype(np.uint8)
    assert (dark < 64).mean() > 0.5
    quarters = np.bincount(F.equalize(torch.from_numpy(dark)).numpy().ravel() // 64) / dark.size
    assert abs(quarters - 0.25).max() < 0.08


def test_pieces():
    double, nine = T.Lambda(lambda x: x * 2), T.Lambda(lambda x: x - 9)
    assert T.Compose([double, nine])(5) == 1
    random.seed(0)
    assert {T.RandomOrder([double, nine])(5) for _ in range(20)} == {1, -8}
    assert {T.RandomChoice([double, nine])(5) for _ in range(20)} == {10, -4}
    assert {T.RandomChoice([double, nine], p=[0, 1])(5) for _ in range(20)} == {-4}
    torch.manual_seed(0)
    assert {T.RandomApply([double, nine])(5) for _ in range(20)} == {1, 5}
    whiten = T.LinearTransformation(torch.eye(4) * 2, torch.ones(4))
    assert whiten(torch.ones(1, 2, 2) * 3).tolist() == [[[4.0, 4.0], [4.0, 4.0]]]
    assert repr(T.Compose([T.ToTensor(), T.CenterCrop(3)])) == (
        "Compose(\n    ToTensor()\n    CenterCrop(size=(3, 3))\n)"
    )


def test_transforms_are_layers():
    augment = torch.nn.Sequential(T.CenterCrop(6), T.Normalize(0.5, 0.5))
    assert augment(IMAGE).shape == (3, 6, 6)


MISTAKES = {
    "T.Resize((1, 2, 3))": ValueError,
    "T.Resize('3')": TypeError,
    "T.Resize(3.5)": TypeError,
    "T.Resize(3, interpolation='bilinear')": TypeError,
    "T.Resize(6, max_size=3)": ValueError,
    "T.Resize((6, 7), max_size=9)": ValueError,
    "T.Resize(6, interpolation=M.LANCZOS)": ValueError,
    "T.CenterCrop((1, 2, 3))": ValueError,
    "T.Pad((1, 2, 3))": ValueError,
    "T.Pad(1, padding_mode='round')": ValueError,
    "T.Pad('1')": TypeError,
    "T.Pad(1, fill=None)": TypeError,
    "T.RandomCrop(100)": ValueError,
    "T.RandomRotation(-3)": ValueError,
    "T.RandomRotation((1, 2, 3))": ValueError,
    "T.RandomRotation(None)": TypeError,
    "T.RandomRotation(3, fill=(1, 2))": ValueError,
    "T.RandomAffine(3, translate=(2, 3))": ValueError,
    "T.RandomAffine(3, scale=(-1, 1))": ValueError,
    "T.RandomAffine(3, shear=-1)": ValueError,
    "T.RandomErasing(p=3)": ValueError,
    "T.RandomErasing(value='noise')": ValueError,
    "T.RandomErasing(value=None)": TypeError,
    "T.RandomErasing(1.0, value=(1, 2))": ValueError,
    "T.ColorJitter(-1)": ValueError,
    "T.ColorJitter(hue=0.7)": ValueError,
    "T.ColorJitter('1')": TypeError,
    "T.GaussianBlur(4)": ValueError,
    "T.GaussianBlur(3, sigma=-1)": ValueError,
    "T.FiveCrop(100)": ValueError,
    "T.Grayscale(2)": ValueError,
    "T.Lambda(3)": TypeError,
    "T.RandomOrder(3)": TypeError,
    "T.RandomChoice([T.ToTensor()], p=1)": TypeError,
    "T.RandomSolarize(1e9, 1.0)": TypeError,
    "T.RandomPosterize(3, 1.0)": TypeError,
    "T.RandomEqualize(1.0)": TypeError,
}


@pytest.mark.parametrize(("line", "error"), MISTAKES.items())
def test_mistakes(line, error):
    with pytest.raises(error) as caught:
        seeded(line, IMAGE)
    assert len(str(caught.value)) > 15


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation", "sharpness"])
def test_factors(name):
    adjust = getattr(F, f"adjust_{name}")
    np.testing.assert_allclose(adjust(IMAGE, 1.0).numpy(), IMAGE.numpy(), atol=1e-6)
    half = (adjust(IMAGE, 0.0) + IMAGE) / 2
    np.testing.assert_allclose(adjust(IMAGE, 0.5).numpy(), half.numpy(), atol=1e-6)
    with pytest.raises(ValueError, match=r"-1 is not non-negative|\(-1\) is not non-negative"):
        adjust(IMAGE, -1)
    with pytest.raises(TypeError, match="channel values are 1 or 3, but found 2"):
        adjust(IMAGE[:2], 0.5)


def test_nothing_is_left():
    assert not F.adjust_brightness(IMAGE, 0).any()
    assert F.adjust_contrast(IMAGE, 0).std() < 1e-6
    assert torch.equal(F.adjust_saturation(IMAGE, 0), F.rgb_to_grayscale(IMAGE, 3))
    assert F.adjust_sharpness(IMAGE, 0)[:, 1:-1, 1:-1].std() < IMAGE.std() / 1.5


def test_hues_and_gamma():
    red = torch.tensor([1.0, 0, 0])[:, None, None]
    assert F.adjust_hue(red, 1 / 3).flatten().tolist() == pytest.approx([0, 1, 0], abs=1e-6)
    assert F.adjust_hue(red, -1 / 3).flatten().tolist() == pytest.approx([0, 0, 1], abs=1e-6)
    np.testing.assert_allclose(F.adjust_hue(IMAGE, 0.0).numpy(), IMAGE.numpy(), atol=1e-5)
    np.testing.assert_allclose(F.adjust_gamma(IMAGE, 2).numpy(), IMAGE.numpy() ** 2, atol=1e-6)
    for call in (lambda: F.adjust_hue(IMAGE, 0.6), lambda: F.adjust_gamma(IMAGE, -1)):
        with pytest.raises(ValueError, match="hue_factor|Gamma"):
            call()


def test_scales_in_the_wrong_order_are_told():
    with pytest.warns(UserWarning, match="of kind \\(min, max\\)"):
        T.RandomResizedCrop(3, scale=(1, 0.5))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        T.RandomErasing()
