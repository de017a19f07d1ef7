"""Convolution, pooling and the shuffling of pixels, as torch.* has them."""

from __future__ import annotations

from typing import Any

from tests.parity.calls import Call, but

# t is 2 x 3 x 4, m is 2 x 3, a is 5 x 2 x 3 and b 5 x 3 x 4: sequences with channels, or images
# without an axis of examples.


def image(t: Any) -> Any:
    """A 4-D image of 2 examples and 3 channels."""
    return t[..., None] * t[..., None, :]


def kernel(b: Any) -> Any:
    """The weight of 5 channels out and 3 in, 2 by 2."""
    return b[..., :2, None] * b[..., None, 1:3]


CALLS: list[Call] = [
    lambda torch, t, b: torch.conv1d(t, b[..., :2]),
    lambda torch, t, b, v: torch.conv1d(t, b[:3, :, :2], v, 2, 1, 2),
    lambda torch, t, b: torch.conv1d(t[0], b[..., :3], padding="same"),
    lambda torch, t, b: torch.conv2d(image(t), kernel(b)),
    lambda torch, t, b, v: torch.conv2d(image(t), kernel(b)[:3], v, padding=(1, 0), stride=(2, 1)),
    lambda torch, t, b: torch.conv2d(image(t), kernel(b)[:3, :1], groups=3, dilation=2),
    lambda torch, t, b: torch.conv2d(image(t)[0], kernel(b), padding="valid"),
    lambda torch, t, b: torch.conv3d(image(t)[None], kernel(b)[:2, :2, None]),
    lambda torch, t, b: torch.conv3d(image(t)[None], kernel(b)[None, :2], padding=1),
    lambda torch, x: torch.conv1d(x, x),
    # PyTorch gives no channels where none come in, and the zeros put around a gradient are
    # multiplied with infinite weights here
    but("empty; odd; odd and even", lambda torch, x: torch.conv1d(x[None], x[None])),
    lambda torch, x: torch.conv2d(x, x),
    lambda torch, t, b: torch.conv1d(t, b),
    lambda torch, t, b: torch.conv1d(t.permute(0, 2, 1), b),
    lambda torch, t, b: torch.conv1d(t, b, padding=-1),
    lambda torch, t, b, d: torch.conv1d(t, b[..., :2], d[0]),
    lambda torch, t, b: torch.conv_transpose1d(t, b[:3, :, :2], None, 2, 1, 1),
    lambda torch, t, b: torch.conv_transpose2d(image(t), kernel(b)[:3], stride=2),
    lambda torch, t, b, v: torch.conv_transpose2d(image(t), kernel(b)[:3, :1], v, groups=3),
    lambda torch, t, b: torch.conv_transpose2d(image(t)[0], kernel(b)[:3], dilation=2, padding=1),
    lambda torch, t, b: torch.conv_transpose3d(image(t)[None], kernel(b)[:2, :2, None], stride=2),
    lambda torch, t, b: torch.conv_transpose1d(t, b),
    lambda torch, t: torch.max_pool1d(t, 2),
    lambda torch, t: torch.max_pool1d(t, 3, 1, 1, 1, True),
    lambda torch, t: torch.max_pool1d_with_indices(t, 2, stride=1),
    lambda torch, t: torch.max_pool2d(t, 2),
    lambda torch, t: torch.max_pool2d(image(t), (2, 3), 1, (1, 0)),
    lambda torch, t: torch.max_pool2d(image(t), 3, stride=2, padding=1, ceil_mode=True),
    lambda torch, t: torch.max_pool3d(image(t), (1, 2, 2)),
    lambda torch, t: torch.max_pool2d(t, 9),
    lambda torch, x: torch.max_pool2d(x, 2),
    # PyTorch finds the maximum of NaNs and of bools in its own ways here
    but("bool; odd; odd and even", lambda torch, x: torch.max_pool1d(x, 2)),
    lambda torch, x: torch.avg_pool1d(x, 2),
    lambda torch, t: torch.avg_pool1d(t, 3, 1, 1),
    lambda torch, t: torch.avg_pool1d(t, 3, 2, padding=1, ceil_mode=True, count_include_pad=False),
    lambda torch, t: torch.avg_pool1d(t, 9),
    lambda torch, t: torch.adaptive_avg_pool1d(t, 3),
    lambda torch, t: torch.adaptive_avg_pool1d(t, 2),
    lambda torch, t: torch.adaptive_avg_pool1d(t, (6,)),
    lambda torch, x: torch.adaptive_avg_pool1d(x, 2),
    lambda torch, t: torch.adaptive_max_pool1d(t, 3),
    lambda torch, t: torch.adaptive_max_pool1d(t, (2,)),
    lambda torch, x: torch.constant_pad_nd(x, (1, 2)),
    lambda torch, x: torch.constant_pad_nd(x, (1, 2, -1, 1), 2.5),
    lambda torch, x: torch.constant_pad_nd(x, [-1, -1]),
    lambda torch, x: torch.constant_pad_nd(x, (1, 2, 3)),
    lambda torch, x: torch.constant_pad_nd(x, (0, 0), 1),
    lambda torch, t: torch.pixel_shuffle(t.reshape(4, 2, 3), 2),
    lambda torch, t: torch.pixel_shuffle(t, 2),
    lambda torch, t: torch.pixel_shuffle(t, 1),
    lambda torch, t: torch.pixel_unshuffle(t, 1),
    lambda torch, t: torch.channel_shuffle(t, 1),
    lambda torch, x: torch.pixel_shuffle(x, 2),
    lambda torch, t: torch.pixel_unshuffle(t[:, :2], 2),
    lambda torch, t: torch.pixel_unshuffle(t, 2),
    lambda torch, b: torch.channel_shuffle(b.permute(0, 2, 1), 2),
    lambda torch, b: torch.channel_shuffle(b, 2),
    lambda torch, x: torch.channel_shuffle(x, 2),
    lambda torch, b: torch.native_channel_shuffle(b.detach().permute(0, 2, 1), 2),
]  # fmt: skip
