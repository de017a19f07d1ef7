"""Convolution, pooling, padding and resampling against PyTorch: layers, functions, mistakes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import minitorch
from minitorch.ops import convolution, layout
from minitorch.ops.windows import Window
from tests.parity.compare import array_of, weights_of

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
TOLERANCES = {"float16": (4e-3, 4e-3), "float32": (2e-5, 2e-5), "float64": (1e-9, 1e-10)}

LAYERS = {
    "Conv1d(3, 4, 3)": (2, 3, 8),
    "Conv1d(3, 4, 3, 2, 1, 2)": (3, 9),
    "Conv1d(4, 6, 3, padding='same', groups=2)": (2, 4, 7),
    "Conv1d(4, 6, 4, padding='same', padding_mode='circular')": (2, 4, 7),
    "Conv2d(3, 4, 3)": (2, 3, 8, 7),
    "Conv2d(1, 16, 5)": (2, 1, 12, 12),
    "Conv2d(3, 4, 3, padding=1, bias=False)": (2, 3, 8, 7),
    "Conv2d(3, 4, (3, 2), (2, 1), (1, 0), (1, 2))": (3, 8, 7),
    "Conv2d(4, 6, 1)": (2, 4, 5, 5),
    "Conv2d(4, 6, 1, 2, groups=2)": (2, 4, 5, 5),
    "Conv2d(4, 4, 3, padding=1, groups=4)": (2, 4, 5, 6),
    "Conv2d(4, 4, 3, 2, padding=1, groups=4)": (2, 4, 5, 6),
    "Conv2d(4, 8, 3, padding=1, groups=4)": (2, 4, 5, 6),
    "Conv2d(2, 3, 2, padding='same')": (2, 2, 5, 6),
    "Conv2d(2, 3, 3, padding='valid')": (2, 2, 5, 6),
    "Conv2d(2, 3, 3, padding='same', dilation=2)": (2, 2, 5, 6),
    "Conv2d(2, 3, 3, padding=1, padding_mode='reflect')": (2, 2, 5, 6),
    "Conv2d(2, 3, 3, 2, padding=(1, 2), padding_mode='replicate')": (2, 2, 5, 6),
    "Conv2d(2, 3, 3, padding=2, padding_mode='circular')": (2, 5, 6),
    "Conv2d(2, 3, 3, padding=4)": (2, 2, 3, 3),
    "Conv2d(2, 3, 3)": (0, 2, 5, 6),
    "Conv3d(2, 3, 2)": (2, 2, 4, 3, 5),
    "Conv3d(2, 4, (2, 3, 1), (1, 2, 1), (1, 1, 0), groups=2)": (2, 2, 4, 3, 5),
    "ConvTranspose1d(3, 4, 3)": (2, 3, 5),
    "ConvTranspose1d(4, 6, 3, 2, 1, 1, groups=2)": (4, 5),
    "ConvTranspose2d(3, 2, 3)": (2, 3, 4, 5),
    "ConvTranspose2d(3, 2, 4, 2, 1)": (2, 3, 4, 5),
    "ConvTranspose2d(3, 2, 3, 2, 1, 1, bias=False)": (2, 3, 4, 5),
    "ConvTranspose2d(4, 6, 3, (2, 1), dilation=2, groups=2)": (2, 4, 3, 4),
    "ConvTranspose2d(3, 3, 3, padding=1, groups=3)": (2, 3, 4, 5),
    "ConvTranspose3d(2, 3, 2, 2)": (2, 2, 2, 3, 2),
    "ConvTranspose1d(4, 4, 3, 1, 2, 1, groups=2, dilation=2)": (2, 4, 5),
    "ConvTranspose2d(2, 3, (3, 1), (2, 1), 1, 2, dilation=3)": (2, 2, 3, 4),
    "MaxPool1d(2)": (2, 3, 9),
    "MaxPool1d(3, 2, 1, 2)": (3, 11),
    "MaxPool1d(4, padding=1)": (2, 3, 8),
    "MaxPool2d((4, 2), padding=1, return_indices=True)": (2, 3, 8, 6),
    "MaxPool2d(2)": (2, 3, 6, 8),
    "MaxPool2d(2, ceil_mode=True)": (2, 3, 5, 7),
    "MaxPool2d(3, 2, 1)": (2, 3, 6, 8),
    "MaxPool2d(3, 1, 1, return_indices=True)": (3, 6, 8),
    "MaxPool2d((2, 3), (1, 2), (1, 0), (2, 1), True, True)": (2, 3, 6, 8),
    "MaxPool3d(2)": (2, 2, 4, 5, 4),
    "MaxPool3d((1, 2, 2), 2, 0, 1, True)": (2, 2, 4, 5, 4),
    "AvgPool1d(2)": (2, 3, 9),
    "AvgPool1d(3, 2, 1, True, False)": (3, 8),
    "AvgPool2d(2)": (2, 3, 6, 8),
    "AvgPool2d(3, 2, 1)": (2, 3, 6, 8),
    "AvgPool2d(3, 2, 1, True)": (2, 3, 6, 7),
    "AvgPool2d(3, 2, 1, True, False)": (3, 6, 7),
    "AvgPool2d((2, 3), divisor_override=5)": (2, 3, 6, 7),
    "AvgPool3d(2, 1)": (2, 2, 3, 4, 3),
    "AvgPool3d(3, 2, 1, True, False, 2)": (2, 2, 3, 4, 3),
    "AdaptiveAvgPool1d(3)": (2, 3, 8),
    "AdaptiveAvgPool2d(1)": (2, 3, 7, 5),
    "AdaptiveAvgPool2d((3, None))": (2, 3, 7, 5),
    "AdaptiveAvgPool2d((7, 9))": (2, 3, 7, 5),
    "AdaptiveAvgPool2d(2)": (3, 4, 6),
    "AdaptiveAvgPool3d((2, 3, 1))": (2, 2, 3, 5, 4),
    "AdaptiveMaxPool1d(3)": (2, 3, 8),
    "AdaptiveMaxPool2d((3, 2), return_indices=True)": (2, 3, 7, 5),
    "AdaptiveMaxPool2d((None, 4))": (3, 7, 5),
    "AdaptiveMaxPool3d(2, True)": (2, 2, 3, 5, 4),
    "LPPool1d(2, 3)": (2, 3, 8),
    "LPPool2d(2, 3, 2)": (2, 3, 8, 7),
    "LPPool2d(4, (2, 3), ceil_mode=True)": (2, 3, 8, 7),
    "LPPool3d(2, 2)": (2, 2, 4, 4, 5),
    "ConstantPad1d((1, 2), 3.5)": (2, 3, 4),
    "ConstantPad2d(1, 3)": (2, 3, 4),
    "ConstantPad3d((1, -1, 0, 2, -1, 1), -1.5)": (2, 3, 4, 5),
    "ZeroPad1d(2)": (3, 4),
    "ZeroPad2d((1, -1, 2, 0))": (2, 3, 4),
    "ZeroPad3d(1)": (2, 2, 3, 4),
    "ReflectionPad1d(2)": (2, 3, 4),
    "ReflectionPad2d((1, 2, 2, 1))": (2, 3, 4, 4),
    "ReflectionPad3d(1)": (2, 2, 3, 4),
    "ReplicationPad1d((3, 1))": (2, 4),
    "ReplicationPad2d(2)": (2, 3, 4, 4),
    "ReplicationPad3d((1, 0, 2, 1, 0, 1))": (2, 2, 3, 4),
    "CircularPad1d((3, 1))": (2, 3, 4),
    "CircularPad2d((2, -1, 1, 3))": (2, 3, 4, 4),
    "CircularPad3d(1)": (2, 2, 3, 4),
    "Upsample(scale_factor=2)": (2, 3, 4, 5),
    "Upsample((5, 3))": (2, 3, 4, 5),
    "Upsample(scale_factor=(2, 1.5), mode='bilinear')": (2, 3, 4, 5),
    "Upsample(scale_factor=1.19)": (2, 3, 5, 9),
    "Upsample(scale_factor=(1.19, 2.), mode='bilinear')": (2, 3, 5, 5),
    "Upsample(scale_factor=1.1, mode='trilinear')": (1, 2, 5, 4, 10),
    "UpsamplingNearest2d(scale_factor=3)": (2, 3, 4, 5),
    "UpsamplingBilinear2d((7, 2))": (2, 3, 4, 5),
    "PixelShuffle(2)": (2, 8, 3, 4),
    "PixelUnshuffle(2)": (2, 3, 4, 6),
    "ChannelShuffle(2)": (2, 6, 3),
    "Unfold(2)": (2, 3, 4, 5),
    "Unfold((2, 3), (2, 1), 1, (1, 2))": (3, 4, 5),
    "Fold((4, 5), 2)": (2, 8, 12),
    "Fold((4, 6), (2, 3), 1, (1, 0), 2)": (12, 6),
}
FUNCTIONS = {
    "conv2d(x, y[:3, :, :3, :3])": ((2, 4, 6, 7), (3, 4, 3, 3)),
    "conv2d(x, y, stride=2, padding='valid')": ((2, 4, 6, 7), (3, 4, 3, 3)),
    "conv1d(x, y, padding=3)": ((2, 4, 2), (3, 4, 3)),
    "conv_transpose2d(x, y, None, 2, 1, (1, 0), 2)": ((2, 4, 3, 5), (4, 3, 3, 3)),
    "pad(x, (1, 2))": ((2, 3), ()),
    "pad(x, (1, 2, -1, 3), 'constant', 2.5)": ((2, 3), ()),
    "pad(x, (-1, -1))": ((2, 3), ()),
    "pad(x, (0, 0))": ((2, 3), ()),
    "pad(x, (1, 2), mode='reflect')": ((2, 3), ()),
    "pad(x, (-1, 2), mode='reflect')": ((2, 4), ()),
    "pad(x, (-1, 2), mode='replicate')": ((2, 4), ()),
    "pad(x, (3, 3, -1, 2), mode='circular')": ((2, 4, 4), ()),
    "lp_pool2d(x, 3, 2)": ((2, 4, 4), ()),
    "max_pool2d(x, 2, return_indices=True)": ((2, 4, 4), ()),
    "max_pool1d_with_indices(x, 2, 1)": ((2, 3, 4), ()),
    "max_pool2d_with_indices(x, 2, 1)": ((2, 4, 4), ()),
    "max_pool3d_with_indices(x, 2, 1)": ((2, 3, 4, 4), ()),
    "adaptive_max_pool1d_with_indices(x, 2)": ((2, 5), ()),
    "adaptive_max_pool2d_with_indices(x, 2)": ((2, 5, 5), ()),
    "adaptive_max_pool3d_with_indices(x, 2)": ((2, 3, 5, 5), ()),
    "max_unpool1d(*t.nn.functional.max_pool1d(x, 2, return_indices=True), 2)": ((2, 3, 6), ()),
    "max_unpool2d(*t.nn.functional.max_pool2d(x, 2, return_indices=True), 2)": ((3, 6, 4), ()),
    "max_unpool2d(*t.nn.functional.max_pool2d(x, 2, return_indices=True), 2, output_size=(7, 5))": (
        (2, 3, 7, 5), (),
    ),
    "max_unpool3d(*t.nn.functional.max_pool3d(x, 2, return_indices=True), 2)": ((1, 4, 4, 2), ()),
    "interpolate(x, scale_factor=2)": ((2, 3, 5), ()),
    "interpolate(x, 7)": ((2, 3, 5), ()),
    "interpolate(x, scale_factor=0.6)": ((2, 3, 5), ()),
    "interpolate(x, 7, mode='nearest-exact')": ((2, 3, 5), ()),
    "interpolate(x, (3, 7), mode='nearest-exact')": ((2, 3, 5, 4), ()),
    "interpolate(x, 7, mode='linear')": ((2, 3, 5), ()),
    "interpolate(x, 7, mode='linear', align_corners=True)": ((2, 3, 5), ()),
    "interpolate(x, (3, 7), mode='bilinear')": ((2, 3, 5, 4), ()),
    "interpolate(x, (3, 7), mode='bilinear', align_corners=True)": ((2, 3, 5, 4), ()),
    "interpolate(x, (1, 1), mode='bilinear', align_corners=True)": ((2, 3, 5, 4), ()),
    "interpolate(x, scale_factor=1.7, mode='bilinear')": ((2, 3, 5, 4), ()),
    "interpolate(x, scale_factor=1.7, mode='bilinear', recompute_scale_factor=True)": (
        (2, 3, 5, 4), (),
    ),
    "interpolate(x, (8, 3), mode='bicubic')": ((2, 3, 5, 4), ()),
    "interpolate(x, (8, 3), mode='bicubic', align_corners=True)": ((2, 3, 5, 4), ()),
    "interpolate(x, (3, 2), mode='bilinear', antialias=True)": ((2, 3, 7, 6), ()),
    "interpolate(x, (3, 9), mode='bicubic', antialias=True)": ((2, 3, 7, 6), ()),
    "interpolate(x, (2, 5, 3), mode='trilinear')": ((2, 2, 3, 4, 2), ()),
    "interpolate(x, (2, 5, 3))": ((2, 2, 3, 4, 2), ()),
    "interpolate(x, (2, 5), mode='area')": ((2, 2, 3, 4), ()),
    "upsample(x, scale_factor=2)": ((2, 3, 5, 4), ()),
    "upsample_nearest(x, scale_factor=2)": ((2, 3, 5, 4), ()),
    "upsample_bilinear(x, (3, 9))": ((2, 3, 5, 4), ()),
    "affine_grid(x, (2, 3, 4, 5), align_corners=False)": ((2, 2, 3), ()),
    "affine_grid(x, (2, 3, 4, 1), align_corners=True)": ((2, 2, 3), ()),
    "affine_grid(x, (2, 3, 4, 5, 2), align_corners=False)": ((2, 3, 4), ()),
}  # fmt: skip
for _mode in ("bilinear", "nearest", "bicubic"):
    for _padding in ("zeros", "border", "reflection"):
        for _align in (False, True):
            FUNCTIONS[f"grid_sample(x, y, '{_mode}', '{_padding}', {_align})"] = (
                (2, 3, 5, 4), (2, 3, 6, 2),
            )  # fmt: skip
            if _mode != "bicubic":
                FUNCTIONS[f"grid_sample(x, y, '{_mode}', '{_padding}', {_align}) "] = (
                    (1, 2, 3, 4, 5), (1, 2, 3, 2, 3),
                )  # fmt: skip


def compared(call, *arrays, twice):
    """Results, gradients and, if wanted, second gradients in both libraries."""
    found = []
    for t in (torch, minitorch):
        t.manual_seed(3)
        leaves = [t.from_numpy(a.copy()).requires_grad_() for a in arrays]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y, parameters = call(t, *leaves)
        results = list(y) if isinstance(y, tuple) else [y]
        leaves += parameters
        outputs = [y for y in results if y.requires_grad]
        seeds = [t.from_numpy(weights_of(array_of(y))).requires_grad_(twice) for y in outputs]
        grad = t.autograd.grad
        first = grad(outputs, leaves, seeds, create_graph=twice, allow_unused=True)
        second = []
        if twice:
            again = [g for g in first if g is not None]
            weights = [t.from_numpy(weights_of(array_of(g))) for g in again]
            variables = [*leaves, *seeds]
            second = grad(again, variables, weights, allow_unused=True)
            pairs = zip(second, variables, strict=True)
            second = [t.zeros_like(x) if g is None else g for g, x in pairs]
        found.append((results, first, second))
    return found


def agree(theirs, ours, dtype):
    rtol, atol = TOLERANCES[dtype]
    for kind, a, b in zip(("results", "gradients", "second gradients"), theirs, ours, strict=True):
        for x, y in zip(a, b, strict=True):
            assert (x is None) == (y is None), kind
            if x is not None:
                assert tuple(x.shape) == tuple(y.shape), kind
                assert str(x.dtype) == str(y.dtype), kind
                np.testing.assert_allclose(array_of(y), array_of(x), rtol, atol, err_msg=kind)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("layer", LAYERS)
def test_layers(layer, dtype):
    if dtype == "float16" and layer.startswith(("AvgPool3d", "LPPool3d")):
        pytest.skip("PyTorch has no mean of volumes in half precision")
    x = RNG.standard_normal(LAYERS[layer]).astype(dtype)
    if layer.startswith("LPPool"):
        x = abs(x) + np.array(0.1, dtype)  # PyTorch's gradient at 0 is NaN

    def run(t, x):
        module = eval(f"t.nn.{layer}", {"t": t}).to(getattr(t, dtype))
        return module(x), list(module.parameters())

    agree(*compared(run, x, twice=dtype == "float64"), dtype)


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_look_alike(layer):
    theirs, ours = (
        (t.manual_seed(5), eval(f"t.nn.{layer}", {"t": t}))[1] for t in (torch, minitorch)
    )
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, value in theirs.state_dict().items():
        np.testing.assert_array_equal(array_of(ours.state_dict()[name]), array_of(value))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions(function, dtype):
    shapes = [shape for shape in FUNCTIONS[function] if shape != ()]
    arrays = [RNG.standard_normal(shape).astype(dtype) for shape in shapes]
    if function.startswith("lp_pool"):
        arrays = [abs(a) for a in arrays]

    def run(t, x, y=None):
        scope = {"t": t, "x": x, "y": y}
        return eval(f"t.nn.functional.{function.strip()}", scope), []

    # PyTorch has no second derivative of grid_sample in 5 dimensions, nor of bicubic ones
    twice = dtype == "float64" and "grid_sample" not in function
    agree(*compared(run, *arrays, twice=twice), dtype)


def test_second_derivative_of_grid_sample():
    x = minitorch.tensor(RNG.standard_normal((1, 2, 4, 3)), requires_grad=True)
    grid = minitorch.tensor(RNG.uniform(-0.9, 0.9, (1, 2, 3, 2)), requires_grad=True)
    sample = minitorch.nn.functional.grid_sample
    for mode in ("bilinear", "bicubic"):
        assert minitorch.autograd.gradcheck(
            lambda a, b, m=mode: sample(a, b, m, align_corners=False), (x, grid)
        )
        assert minitorch.autograd.gradgradcheck(
            lambda a, b, m=mode: sample(a, b, m, align_corners=False), (x, grid)
        )


def test_where_the_maximum_lies():
    """Ties, NaN and infinity."""
    x = RNG.integers(0, 3, (2, 3, 8, 8)).astype(np.float32)
    x[0, 0, 2:4] = np.nan
    x[1, 1] = -np.inf
    for call in (
        lambda t, x: t.nn.functional.max_pool2d(x, 2, return_indices=True),
        lambda t, x: t.nn.functional.max_pool2d(x, 3, 1, 1, return_indices=True),
        lambda t, x: t.nn.functional.max_pool2d(x, 3, 2, 1, 2, True, True),
        lambda t, x: t.nn.functional.adaptive_max_pool2d(x, 3, return_indices=True),
    ):
        agree(*compared(lambda t, x, call=call: (call(t, x), []), x, twice=False), "float32")


def test_integers():
    x = RNG.integers(-9, 9, (2, 3, 6, 6))
    for call in (
        "max_pool2d(x, 2)", "max_pool2d(x, 3, 1, 1)", "avg_pool2d(x.abs(), 2)", "pad(x, (1, 2))",
        "pad(x, (1, 2, 1, 1), 'reflect')",
        "conv2d(x, x[:2, :, :2, :2])", "pixel_shuffle(x[:, :0], 2)", "native_channel_shuffle(x, 3)",
    ):  # fmt: skip
        theirs, ours = (
            eval(f"t.nn.functional.{call}", {"t": t, "x": t.from_numpy(x)})
            for t in (torch, minitorch)
        )
        assert str(ours.dtype) == str(theirs.dtype)
        np.testing.assert_array_equal(array_of(ours), array_of(theirs))


def test_output_size_of_a_transposed_convolution():
    for size in ((7, 9), (8, 10), (2, 3, 7, 10)):
        x = RNG.standard_normal((2, 3, 4, 5)).astype(np.float32)

        def run(t, x, size=size):
            module = t.nn.ConvTranspose2d(3, 3, 3, 2, 1)
            return module(x, output_size=size), list(module.parameters())

        agree(*compared(run, x, twice=False), "float32")


MISTAKES = [
    "F.conv2d(o(1, 2, 3, 3), o(1, 1, 2, 2))",
    "F.conv2d(o(1, 5, 5, 3), o(1, 3, 2, 2))",
    "F.conv2d(o(3, 3), o(1, 1, 2, 2))",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 4, 2))",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 4, 2), padding=1, dilation=2)",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 2, 2), o(3))",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 2, 2), stride=0)",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 2, 2), padding=-1)",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 2, 2), dilation=0)",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 2, 2), groups=0)",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 2, 2), groups=2)",
    "F.conv2d(o(1, 4, 3, 3), o(3, 2, 2, 2), groups=2)",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 2, 2), stride=(1, 2, 3))",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 2, 2), padding='foo')",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 2, 2), stride=2, padding='same')",
    "F.conv2d(o(1, 1, 3, 3), 3)",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 2, 2), stride=1.5)",
    "F.conv2d(o(1, 1, 3, 3).double(), o(1, 1, 2, 2))",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 2, 2), o(1).double())",
    "F.conv2d(o(1, 1, 3, 3).bool(), o(1, 1, 2, 2).bool())",
    "F.conv2d(o(1, 1, 3, 3), o(0, 1, 2, 2))",
    "F.conv1d(o(1, 1, 3, 3), o(1, 1, 2))",
    "F.conv2d(o(1, 1, 3, 3), o(1, 1, 0, 2))",
    "F.conv_transpose3d(o(1, 1, 3, 3, 3), o(1, 1, 0, 0, 0))",
    "F.conv_transpose2d(o(1, 1, 3, 3), o(1, 1, 2, 2), output_padding=1)",
    "F.conv_transpose2d(o(1, 2, 3, 3), o(1, 1, 2, 2))",
    "F.conv_transpose2d(o(1, 1, 1, 1), o(1, 1, 2, 2), padding=2)",
    "F.conv_transpose2d(o(1, 2, 3, 3), o(2, 1, 2, 2), o(3), groups=2)",
    "F.max_pool2d(o(1, 1, 3, 3), 4)",
    "F.max_pool2d(o(3, 3), 2)",
    "F.max_pool1d(o(3), 2)",
    "F.max_pool2d(o(1, 1, 3, 3), 2, padding=2)",
    "F.max_pool1d(o(1, 1, 8), 3, padding=2, dilation=2)",
    "F.max_pool2d(o(1, 1, 8, 8), 3, padding=2, dilation=2)",
    "F.max_pool2d(o(1, 1, 3, 3), 0)",
    "F.max_pool2d(o(1, 1, 3, 3), 2, 0)",
    "F.max_pool2d(o(1, 1, 3, 3), 2, 1, 0, 0)",
    "F.max_pool1d(o(1, 1, 3), 4)",
    "F.max_pool2d(o(1, 1, 3, 3), (2, 2, 2))",
    "F.max_pool2d(o(1, 1, 3, 3).bool(), 2)",
    "F.max_pool2d(o(1, 0, 3, 3), 2)",
    "F.max_pool2d([[1.0]], 2)",
    "F.avg_pool2d(o(1, 1, 3, 3), 4)",
    "F.avg_pool1d(o(3), 2)",
    "F.avg_pool2d(o(1, 3, 3), 2, divisor_override=0)",
    "F.avg_pool2d(o(1, 3, 3), 2, padding=2)",
    "F.avg_pool3d(o(1, 3, 3), 2)",
    "F.adaptive_avg_pool2d(o(3, 3), 2)",
    "F.adaptive_avg_pool2d(o(1, 3, 3), -1)",
    "F.adaptive_avg_pool2d(o(1, 3, 3).long(), 2)",
    "F.adaptive_max_pool2d(o(3, 3), 2)",
    "F.adaptive_max_pool1d(o(3), 2)",
    "F.unfold(o(3, 3), 2)",
    "F.unfold(o(1, 1, 3, 3), 4)",
    "F.unfold(o(1, 1, 3, 3), 0)",
    "F.fold(o(1, 4, 3), (3, 3), 2)",
    "F.fold(o(1, 5, 4), (3, 3), 2)",
    "F.fold(o(4), (3, 3), 2)",
    "F.pad(o(1, 3, 3), (4, 4), mode='reflect')",
    "F.pad(o(3), (1, 1), mode='reflect')",
    "F.pad(o(1, 1, 3, 3), (1, 1), mode='reflect')",
    "F.pad(o(3, 3), (1, 1), mode='foo')",
    "F.pad(o(3, 3), (1, 1, 1))",
    "F.pad(o(3), (1, 1, 1, 1))",
    "F.pad(o(3), (-2, -2))",
    "F.pad(o(3, 3), (4, 4), mode='circular')",
    "F.pad(o(3, 3), (1, 1), mode='reflect', value=1.0)",
    "F.pixel_shuffle(o(1, 3, 3), 2)",
    "F.pixel_shuffle(o(3, 3), 2)",
    "F.pixel_shuffle(o(4, 3, 3), 0)",
    "F.pixel_unshuffle(o(4, 3, 3), 2)",
    "F.pixel_unshuffle(o(4, 3, 3), -2)",
    "F.channel_shuffle(o(3, 3, 3, 3), 2)",
    "F.channel_shuffle(o(3, 3), 2)",
    "F.channel_shuffle(o(1, 3, 3, 3), 0)",
    "F.interpolate(o(1, 1, 3))",
    "F.interpolate(o(1, 1, 3), 2, 2)",
    "F.interpolate(o(1, 1, 3), (2, 2))",
    "F.interpolate(o(1, 1, 3), (2, 2), mode='bilinear')",
    "F.interpolate(o(3, 3), (2,))",
    "F.interpolate(o(3, 3), 2)",
    "F.interpolate(o(1, 1, 3), 2, mode='bilinear')",
    "F.interpolate(o(1, 1, 3), 2, mode='foo')",
    "F.interpolate(o(1, 1, 3), 2, align_corners=True)",
    "F.interpolate(o(1, 1, 3), 2, mode='linear', antialias=True)",
    "F.interpolate(o(3), 2)",
    "F.interpolate(o(1, 1, 3), 0)",
    "F.max_unpool2d(o(1, 1, 2, 2), o(1, 1, 2, 2), 2)",
    "F.max_unpool2d(o(1, 1, 2, 2), o(1, 1, 2, 1).long(), 2)",
    "F.max_unpool2d(o(1, 1, 2, 2), o(1, 1, 2, 2).long() * 99, 2)",
    "F.max_unpool2d(o(1, 1, 2, 2), o(1, 1, 2, 2).long(), 2, output_size=(9, 9))",
    "F.grid_sample(o(1, 1, 2, 2), o(1, 1, 2, 3))",
    "F.grid_sample(o(1, 1, 2, 2), o(2, 1, 2, 2))",
    "F.grid_sample(o(1, 1, 2, 2), o(1, 1, 2))",
    "F.grid_sample(o(1, 1, 2, 2), o(1, 1, 2, 2), 'foo')",
    "F.grid_sample(o(1, 1, 2, 2), o(1, 1, 2, 2), padding_mode='foo')",
    "F.affine_grid(o(1, 2, 2), (1, 1, 2, 2))",
    "F.affine_grid(o(1, 2, 3), (1, 1, 2))",
    "nn.Conv2d(3, 4, 3, groups=2)",
    "nn.Conv2d(4, 3, 3, groups=2)",
    "nn.Conv2d(4, 3, 3, groups=0)",
    "nn.Conv2d(4, 3, 3, padding='foo')",
    "nn.Conv2d(4, 3, 3, 2, padding='same')",
    "nn.Conv2d(4, 3, 3, padding_mode='foo')",
    "nn.ConvTranspose2d(4, 3, 3, padding_mode='reflect')",
    "nn.ConvTranspose2d(4, 3, 3)(o(1, 4, 3, 3), output_size=(99, 99))",
    "nn.ConvTranspose2d(4, 3, 3)(o(1, 4, 3, 3), output_size=(9,))",
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(mistake):
    errors = []
    for t in (torch, minitorch):
        with warnings.catch_warnings(), pytest.raises(Exception) as info:
            warnings.simplefilter("ignore")
            eval(mistake, {"F": t.nn.functional, "nn": t.nn, "o": t.ones})
        errors.append(info.value)
    assert isinstance(errors[1], type(errors[0])), errors
    assert len(str(errors[1])) > 10


def test_channels_last_is_recognised():
    images = minitorch.ones(2, 28, 28, 3)
    with pytest.raises(
        RuntimeError, match=r"(?s)to have 3 channels, but got 28.*permute\(0, 3, 1, 2\)"
    ):
        minitorch.nn.Conv2d(3, 8, 3)(images)


def network(t):
    return t.nn.Sequential(
        t.nn.Conv2d(1, 6, 3, padding=1), t.nn.ReLU(), t.nn.MaxPool2d(2),
        t.nn.Conv2d(6, 8, 3, padding="same"), t.nn.ReLU(), t.nn.AvgPool2d(2),
        t.nn.Conv2d(8, 8, 3, groups=8), t.nn.AdaptiveAvgPool2d(1),
        t.nn.Flatten(), t.nn.Linear(8, 4),
    )  # fmt: skip


def test_a_network_learns_alike():
    images = RNG.standard_normal((16, 1, 16, 16)).astype(np.float32)
    labels = RNG.integers(0, 4, 16)
    losses = []
    for t in (torch, minitorch):
        t.manual_seed(1)
        net = network(t)
        optimizer = t.optim.Adam(net.parameters(), lr=0.01)
        trace = []
        for _ in range(20):
            loss = t.nn.functional.cross_entropy(net(t.tensor(images)), t.tensor(labels))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            trace.append(loss.item())
        losses.append(trace)
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
    assert losses[1][-1] < losses[1][0]


BATCHED = {
    "F.conv2d(x, w)": ((3, 2, 4, 6, 6), (5, 4, 3, 3)),
    "F.conv2d(x, w, padding=1, groups=2)": ((3, 2, 4, 6, 6), (6, 2, 3, 3)),
    "F.conv2d(x[None], w[0], w[0, :, 0, 0, 0], 2)": ((3, 4, 6, 6), (3, 1, 5, 4, 3, 3)),
    "F.conv_transpose2d(x, w, stride=2)": ((3, 2, 4, 6, 6), (4, 3, 2, 2)),
    "F.max_pool2d(x, 2)": ((3, 2, 4, 6, 6), ()),
    "F.avg_pool2d(x, 3, 2, 1)": ((3, 2, 4, 6, 6), ()),
    "F.adaptive_avg_pool2d(x, 4)": ((3, 2, 4, 6, 6), ()),
    "F.unfold(x, 2)": ((3, 2, 4, 6, 6), ()),
    "F.pad(x, (1, 2), mode='reflect')": ((3, 2, 6), ()),
    "F.interpolate(x, (4, 9), mode='bilinear')": ((3, 2, 4, 6, 6), ()),
}  # fmt: skip


@pytest.mark.parametrize("call", BATCHED)
def test_vmap_and_gradients_of_examples(call):
    """Batched runs and gradients for each example agree with a loop."""
    shapes = [shape for shape in BATCHED[call] if shape != ()]
    arrays = [minitorch.tensor(RNG.standard_normal(shape)) for shape in shapes]
    per_example = [len(shape) == 6 or i == 0 for i, shape in enumerate(shapes)]

    def f(x, w=None):
        return eval(call, {"F": minitorch.nn.functional, "x": x, "w": w})

    def slope(*args):
        return minitorch.func.grad(lambda *a: f(*a).square().sum(), tuple(range(len(args))))(*args)

    dims = tuple(0 if own else None for own in per_example)
    for function in (f, slope):
        together = minitorch.vmap(function, dims)(*arrays)
        for i in range(len(arrays[0])):
            one = function(*[a[i] if own else a for a, own in zip(arrays, per_example)])
            one = one if isinstance(one, tuple) else (one,)
            many = together if isinstance(together, tuple) else (together,)
            for a, b in zip(one, many, strict=True):
                np.testing.assert_allclose(array_of(b[i]), array_of(a), 1e-9, 1e-10)


def test_a_maximum_may_be_overwritten():
    """As by `ReLU(inplace=True)` after it: PyTorch keeps places, here it is computed again."""
    x = RNG.standard_normal((2, 3, 6, 6))

    def run(t):
        a = t.tensor(x, requires_grad=True)
        y = t.nn.functional.relu(t.nn.functional.max_pool2d(a * a - 1, 3, 2, 1), inplace=True)
        (slope,) = t.autograd.grad((y * y).sum(), a, create_graph=True)
        (slope * slope).sum().backward()
        return array_of(slope), array_of(a.grad)

    for theirs, ours in zip(run(torch), run(minitorch), strict=True):
        np.testing.assert_allclose(ours, theirs, 1e-9, 1e-10)


def test_a_maximum_of_what_was_overwritten_has_no_gradient():
    x = minitorch.tensor(RNG.standard_normal((1, 1, 4, 4)), requires_grad=True) * 1
    y = minitorch.nn.functional.max_pool2d(x, 2)
    y.relu_()
    x.zero_()
    with pytest.raises(RuntimeError, match="kept its argument 'x'"):
        y.sum().backward()


def drawn_settings(rng):
    """A window, sizes that it fits into, and numbers of groups and channels."""
    while True:
        rank = int(rng.integers(1, 4))
        kernel, stride, dilation = (
            tuple(int(n) for n in rng.integers(1, high, rank)) for high in (5, 4, 4)
        )
        padding, sizes = (tuple(int(n) for n in rng.integers(low, low + 9, rank) // part)
                          for low, part in ((0, 3), (1, 1)))  # fmt: skip
        if rng.random() < 0.1:  # one window, which shows the whole image
            stride, padding, dilation = (1,) * rank, (0,) * rank, (1,) * rank
            kernel = sizes
        window = Window(kernel, stride, padding, dilation)
        if min(window.counts(sizes)) > 0:
            groups = int(rng.choice([1, 1, 2, 4]))
            return window, sizes, groups, int(rng.choice([1, 1, 5])), int(rng.choice([1, 2, 17]))


@pytest.mark.parametrize("block", [50, 400, 1 << 17])
def test_at_all_settings(block, monkeypatch):
    """With blocks so small that images are computed in bands, too."""
    monkeypatch.setattr(layout, "BLOCK", block)
    rng = np.random.default_rng(block)
    layout.layout_of.cache_clear()
    convolution._phases.cache_clear()
    for _ in range(150):
        window, sizes, groups, ins, outs = drawn_settings(rng)
        x = rng.standard_normal((3, groups * ins, *sizes))
        weight = rng.standard_normal((groups * outs, ins, *window.kernel))
        a, b = (torch.from_numpy(v).requires_grad_() for v in (x, weight))
        function = getattr(torch.nn.functional, f"conv{window.rank}d")
        y = function(a, b, None, window.stride, window.padding, window.dilation, groups)
        g = rng.standard_normal(tuple(y.shape))
        y.backward(torch.from_numpy(g))
        ours = (
            convolution.convolution(x, weight, window, groups),
            convolution.transposed_convolution(g, weight, window, groups, sizes),
            convolution.convolution_weight(x, g, window, groups),
        )
        for mine, theirs in zip(ours, (y.detach(), a.grad, b.grad), strict=True):
            np.testing.assert_allclose(mine, theirs.numpy(), 1e-9, 1e-9, err_msg=f"{window}")
    layout.layout_of.cache_clear()
    convolution._phases.cache_clear()
