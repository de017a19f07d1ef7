"""torch.nn.functional: images read at the points of a grid, and affine grids."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.operands import box_of
from minitorch.faces.tensor import Tensor
from minitorch.faces.windows import listed
from minitorch.ops.elementwise import masked
from minitorch.ops.index import gather
from minitorch.ops.shape import broadcast_to, reshape

__all__ = ["affine_grid", "grid_sample"]

MODES, PADDINGS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")


def grid_sample(input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros",
                align_corners: bool | None = None) -> Tensor:  # fmt: skip
    """Images read at the points of a grid (Jaderberg et al. 2015, arXiv:1506.02025).

    Shapes: input (batch, channels, height, width) with grid (batch, rows, columns, 2) gives
    (batch, channels, rows, columns); a volume has one dimension more. A point is (x, y) from -1
    to 1, so that (-1, -1) is the first corner.

    Args:
        mode: "bilinear", "nearest" or "bicubic" (images only).
        padding_mode: what is read outside: "zeros", the "border" or its "reflection".
        align_corners: whether -1 and 1 are the centres of the outermost pixels, not their edges.

    Example:
        >>> image = torch.arange(4.).reshape(1, 1, 2, 2)
        >>> torch.nn.functional.grid_sample(image, torch.zeros(1, 1, 1, 2), align_corners=False)
        tensor([[[[1.5000]]]])
    """
    x: Any = box_of(input, "grid_sampler(): argument 'input' (position 1)")
    points: Any = box_of(grid, "grid_sampler(): argument 'grid' (position 2)")
    if mode not in MODES:
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', "
            f"but got: '{mode}'"
        )
    if padding_mode not in PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or "
            f"'reflection', but got: '{padding_mode}'"
        )
    if align_corners is None:
        _warn("grid_sample")
    _check_grid(x, points, mode)
    rank = x._value.ndim - 2
    sizes = x._value.shape[2:][::-1]  # x before y, as in the points
    read = _Reader(x, points._value.shape[:-1], padding_mode, bool(align_corners))
    at = [_unscaled(points[..., i], sizes[i], bool(align_corners)) for i in range(rank)]
    if mode != "bicubic":
        at = [read.folded(at[i], sizes[i]) for i in range(rank)]
    if mode == "nearest":
        return read([np.rint(p._value) for p in at]) + _zeros(at[0]).unsqueeze(1)
    low = [np.floor(p._value) for p in at]
    part = [p - fresh(Tensor, start) for p, start in zip(at, low, strict=True)]
    if mode == "bicubic":
        weights: Any = [_cubic(p) for p in part]
        steps = range(-1, 3)
    else:
        weights, steps = [(1 - p, p) for p in part], range(2)
    total: Any = None
    for corner in itertools.product(range(len(steps)), repeat=rank):
        places = [start + steps[k] for start, k in zip(low, corner, strict=True)]
        weight = weights[0][corner[0]]
        for i in range(1, rank):
            weight = weight * weights[i][corner[i]]
        if mode == "bicubic":
            places = [read.folded_places(p, n) for p, n in zip(places, sizes, strict=True)]
        term = read(places) * weight.unsqueeze(1)
        total = term if total is None else total + term
    return total


def _warn(name: str) -> None:
    warnings.warn(
        f"Default grid_sample and affine_grid behavior has changed to align_corners=False since "
        f"1.3.0. Please specify align_corners=True if the old behavior is desired ({name}).",
        stacklevel=3,
    )


def _check_grid(x: Any, points: Any, mode: str) -> None:
    shape, form = x._value.shape, points._value.shape
    if x._value.dtype != points._value.dtype:
        raise RuntimeError(
            "grid_sampler(): expected input and grid to have same dtype, but input has "
            f"{x._value.dtype} and grid has {points._value.dtype}"
        )
    if len(shape) not in (4, 5) or len(form) != len(shape):
        raise RuntimeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but "
            f"got input with sizes {listed(shape)} and grid with sizes {listed(form)}"
        )
    if shape[0] != form[0]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with "
            f"sizes {listed(shape)} and grid with sizes {listed(form)}"
        )
    if form[-1] != len(shape) - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {len(shape) - 2} in last dimension, but "
            f"got grid with sizes {listed(form)}"
        )
    if 0 in shape[2:]:
        raise RuntimeError(
            "grid_sampler(): expected input to have non-empty spatial dimensions, but input has "
            f"sizes {listed(shape)}"
        )
    if mode == "bicubic" and len(shape) == 5:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")


def _zeros(p: Any) -> Any:
    """Zeros through which the points get a gradient of 0, as PyTorch gives them one."""
    return masked.binary(p, fresh(Tensor, np.zeros(p._value.shape, bool)))


def _unscaled(p: Any, size: int, align: bool) -> Any:
    """Points from -1 to 1 as positions among the pixels of an axis."""
    return (p + 1) * ((size - 1) / 2) if align else ((p + 1) * size - 1) / 2


def _cubic(t: Any) -> list[Any]:
    """The weights of four neighbours, of which the second lies `t` before the point."""
    a = -0.75
    near = [((a + 2) * s - (a + 3)) * s * s + 1 for s in (t, 1 - t)]
    far = [((a * s - 5 * a) * s + 8 * a) * s - 4 * a for s in (t + 1, 2 - t)]
    return [far[0], *near, far[1]]


class _Reader:
    """Reads an image at whole positions, for all channels."""

    def __init__(self, x: Any, form: tuple[int, ...], padding: str, align: bool) -> None:
        n, channels, *sizes = x._value.shape
        self.sizes, self.padding, self.align = sizes, padding, align
        self.row = reshape.unary(x, (n, channels, int(np.prod(sizes))))
        self.form, self.channels = form, channels

    def folded(self, p: Any, size: int) -> Any:
        """Positions brought into the image, by the mode of padding."""
        if self.padding == "zeros":
            return p
        if self.padding == "reflection":
            p = self._reflected(p, size)
        return p.clamp(0, size - 1)

    def _reflected(self, p: Any, size: int) -> Any:
        low, span = (0.0, size - 1.0) if self.align else (-0.5, float(size))
        if not span:
            return p * 0
        value = p._value - low
        sign = np.where(value < 0, -1.0, 1.0)
        turns = np.floor(abs(value) / span)
        odd = turns % 2 == 1
        slope = np.where(odd, -sign, sign)
        shift = np.where(odd, (turns + 1) * span, -turns * span) + low
        dtype = value.dtype
        slope_box, shift_box = (fresh(Tensor, a.astype(dtype)) for a in (slope, shift))
        return (p - low) * slope_box + shift_box

    def folded_places(self, places: np.ndarray, size: int) -> np.ndarray:
        """Whole positions brought into the image: of these no gradient is taken."""
        return self.folded(fresh(Tensor, places), size)._value

    def __call__(self, places: list[np.ndarray]) -> Any:
        """The pixels at whole positions, x first; 0 outside the image."""
        index, inside = np.zeros(self.form, np.int64), np.ones(self.form, bool)
        for p, size in zip(places[::-1], self.sizes, strict=True):
            inside &= (p >= 0) & (p <= size - 1)
            known = np.where(np.isfinite(p), p, 0)
            index = index * size + known.clip(0, size - 1).astype(np.int64)
        n, *rows = self.form
        flat = np.broadcast_to(index.reshape(n, 1, -1), (n, self.channels, int(np.prod(rows))))
        y = gather.apply((self.row, fresh(Tensor, flat)), (2,))
        y = reshape.unary(y, (n, self.channels, *rows))
        if inside.all():
            return y
        return y * fresh(Tensor, inside[:, None].astype(y._value.dtype))


def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """The grid for `grid_sample` that an affine map makes of images of `size`.

    Shapes: theta (batch, 2, 3) with size (batch, channels, height, width) gives
    (batch, height, width, 2); theta (batch, 3, 4) is for volumes.

    Example:
        >>> turn = torch.tensor([[[0., -1., 0.], [1., 0., 0.]]])
        >>> torch.nn.functional.affine_grid(turn, (1, 1, 1, 2), align_corners=False).flatten()
        tensor([ 0.0000, -0.5000,  0.0000,  0.5000])
    """
    if align_corners is None:
        _warn("affine_grid")
    t: Any = box_of(theta, "affine_grid_generator(): argument 'theta' (position 1)")
    if t._value.dtype.kind not in "fV":
        raise ValueError(f"Expected theta to have floating point type, but got {t.dtype}")
    sizes = tuple(int(n) for n in size)
    rank = len(sizes) - 2
    if rank not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {listed(sizes)}"
        )
    shape = t._value.shape
    if shape != (sizes[0], rank, rank + 1):
        raise ValueError(
            f"Expected a batch of {rank}D affine matrices of shape {sizes[0]}x{rank}x{rank + 1} "
            f"for size {listed(sizes)}. Got {listed(shape)}."
        )
    if min(sizes) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {listed(sizes)}")
    base = _base(sizes[2:], bool(align_corners)).astype(t._value.dtype)
    points = broadcast_to.unary(fresh(t.face, base), (sizes[0], *base.shape))
    y = points.matmul(t.transpose(1, 2))
    return reshape.unary(y, (sizes[0], *sizes[2:], rank))  # type: ignore[return-value]


def _base(sizes: tuple[int, ...], align: bool) -> np.ndarray:
    """All points (x, y, 1) of an image."""
    along = []
    for n in sizes:
        at = np.linspace(-1.0, 1.0, n) if n > 1 else np.zeros(1)
        along.append(at if align else at * (n - 1) / n)
    mesh = np.meshgrid(*along, indexing="ij")[::-1]
    return np.stack([*mesh, np.ones(sizes)], -1).reshape(-1, len(sizes) + 1)
