"""torch.nn.functional.pad: numbers, mirror images or copies around a tensor."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from minitorch.faces.operands import box_of
from minitorch.faces.shuffles import constant_pad_nd, pairs
from minitorch.faces.tensor import Tensor
from minitorch.faces.windows import ints_of, listed
from minitorch.ops.resample import Table, resample

__all__ = ["pad"]


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """A tensor with something around it.

    Args:
        pad: two widths for each dimension, the last one first; a negative width cuts off.
        mode: "constant" (`value`), "reflect" (the mirror image, without the edge), "replicate"
            (the edge) or "circular" (the other end). All but the first leave the dimensions of
            examples and channels alone.

    Example:
        >>> torch.nn.functional.pad(torch.tensor([[1, 2, 3]]), (2, 1), mode="reflect")
        tensor([[3, 2, 1, 2, 3, 2]])
    """
    x = box_of(input, "pad(): argument 'input' (position 1)")
    if mode == "constant":
        return constant_pad_nd(x, pad, 0 if value is None else value)
    if mode not in _PLACES:
        raise NotImplementedError(
            f"Unrecognised padding mode {mode}; it is constant, reflect, replicate or circular"
        )
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    rank = x._value.ndim
    given = ints_of(pad, "pad(): argument 'pad' (position 2)")
    if len(given) not in (2, 4, 6) or rank - len(given) // 2 not in (1, 2):
        raise NotImplementedError(
            f"Padding size {len(given)} is not supported for {rank}D input tensor.\nSupported "
            "combinations for non-constant padding:\n"
            "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
            "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
            "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    y: Any = x
    for axis, widths in enumerate(pairs(given, x._value.shape)):
        if widths != (0, 0):
            y = resample.unary(y, axis, _table(mode, x._value.shape, axis, widths))
    return x.clone() if y is x else y


def _table(mode: str, shape: tuple[int, ...], axis: int, widths: tuple[int, int]) -> Table:
    size = shape[axis]
    if mode == "reflect" and max(widths) >= size:
        raise RuntimeError(
            "Argument #4: Padding size should be less than the corresponding input dimension, but "
            f"got: padding ({widths[0]}, {widths[1]}) at dimension {axis} of input {listed(shape)}"
        )
    if mode == "circular" and max(widths) > size:
        raise RuntimeError(
            f"Padding value causes wrapping around more than once: ({widths[0]}, {widths[1]}) at "
            f"dimension {axis} of input {listed(shape)}"
        )
    return _padding(mode, size, widths)


@lru_cache(maxsize=256)
def _padding(mode: str, size: int, widths: tuple[int, int]) -> Table:
    start, end = 0, size
    if mode == "circular":  # what is cut off does not come round again
        start, end = max(-widths[0], 0), size - max(-widths[1], 0)
    places = np.arange(-widths[0], size + widths[1]) - start
    return Table(_PLACES[mode](places, end - start)[None] + start, None, size)


_PLACES: dict[str, Any] = {
    "reflect": lambda at, n: n - 1 - abs(n - 1 - abs(at)),
    "replicate": lambda at, n: at.clip(0, n - 1),
    "circular": lambda at, n: at % n,
}
