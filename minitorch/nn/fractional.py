"""torch.nn.functional: max pooling over windows at random places; arXiv 1412.6071."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.examples import all_values
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import require_floating, require_tensor

__all__ = [
    "fractional_max_pool2d", "fractional_max_pool2d_with_indices", "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
]  # fmt: skip


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest element of each of `output_size` windows, whose distances are random.

    Shapes: input `(N, C, H, W)` or `(C, H, W)`, result `(N, C, *output_size)`.

    Args:
        output_size: of an image; or `output_ratio`, what part of the input's size it is.
        return_indices: whether to give also where in its flat image each element lies.
        _random_samples: numbers in [0, 1) of shape `(N, C, 2)`; drawn if not given.

    Example:
        >>> torch.nn.functional.fractional_max_pool2d(torch.rand(1, 3, 9, 9), 2, (5, 6)).shape
        torch.Size([1, 3, 5, 6])
    """
    found = _pooled(input, 2, kernel_size, output_size, output_ratio, _random_samples)
    return found if return_indices else found[0]


def fractional_max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """`fractional_max_pool2d` with indices."""
    return _pooled(input, 2, kernel_size, output_size, output_ratio, _random_samples)


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest element of each window of volumes; see `fractional_max_pool2d`."""
    found = _pooled(input, 3, kernel_size, output_size, output_ratio, _random_samples)
    return found if return_indices else found[0]


def fractional_max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """`fractional_max_pool3d` with indices."""
    return _pooled(input, 3, kernel_size, output_size, output_ratio, _random_samples)


def _pooled(
    input: Tensor, rank: int, kernel_size: Any, output_size: Any, ratio: Any, samples: Any
) -> tuple[Tensor, Tensor]:
    name = f"fractional_max_pool{rank}d"
    require_tensor(input, name, "input", 1)
    if input.ndim not in (rank + 1, rank + 2):
        raise (IndexError if input.ndim <= rank else RuntimeError)(
            f"{name}(): Expected {rank + 1}D or {rank + 2}D tensor, but got an input of shape "
            f"{list(input.shape)}"
        )
    require_floating(input, f"{name}_out_frame")
    sizes = input.shape[-rank:]
    kernel, wanted = _spread(kernel_size, rank), _wanted(name, sizes, output_size, ratio, rank)
    for size, k, n in zip(sizes, kernel, wanted, strict=True):
        if n + k - 1 > size or n < 1 or k < 1:
            raise RuntimeError(
                f"{name}(): pool size {kernel} too large relative to input size {tuple(sizes)} for "
                f"an output of {tuple(wanted)}: output + kernel - 1 must be at most the input"
            )
    batched = input.ndim == rank + 2
    lead = input.shape[:2] if batched else (1, input.shape[0])
    if samples is None:
        samples = input.detach().new_empty(*lead, rank).uniform_()
    elif tuple(samples.shape) != (*lead, rank):
        raise RuntimeError(
            f"{name}(): Expect _random_samples of shape {(*lead, rank)}, got {tuple(samples.shape)}"
        )
    places = _places(all_values(samples), sizes, kernel, wanted)
    places = places.reshape(*input.shape[:-rank], -1)
    inside = input.flatten(-rank).gather(-1, fresh(Tensor, places))
    elements = int(np.prod(kernel))
    best: Any = inside.unflatten(-1, (*wanted, elements)).max(-1)
    where = fresh(Tensor, places.reshape(*input.shape[:-rank], *wanted, elements))
    return best.values, where.gather(-1, best.indices.unsqueeze(-1)).squeeze(-1)


def _spread(value: Any, rank: int) -> tuple[Any, ...]:
    parts = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return parts * rank if len(parts) == 1 else parts


def _wanted(name: str, sizes: Any, output_size: Any, ratio: Any, rank: int) -> tuple[int, ...]:
    """The output's size, as it was given or as a part of the input's."""
    if output_size is not None:
        return _spread(output_size, rank)
    if ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    parts = _spread(ratio, rank)
    if len(parts) > rank:
        raise ValueError(
            f"{name} requires output_ratio to either be a single Int or tuple of Ints."
        )
    return tuple(int(n * part) for n, part in zip(sizes, parts, strict=True))


def _places(samples: Any, sizes: Any, kernel: Any, wanted: Any) -> np.ndarray:
    """Where the elements of all windows lie in the flat image: `(N, C, windows, elements)`."""
    rank = len(sizes)
    flat: Any = 0
    for dim in range(rank):
        # two dimensions are drawn from the last on, three from the first
        sample = samples[..., rank - 1 - dim if rank == 2 else dim, None]
        start = _starts(sample, sizes[dim], kernel[dim], wanted[dim])
        along = start[..., None] + np.arange(kernel[dim])
        shape = [*along.shape[:2], *(1,) * (2 * rank)]
        shape[2 + dim], shape[2 + rank + dim] = wanted[dim], kernel[dim]
        flat = flat * sizes[dim] + along.reshape(shape)
    return np.ascontiguousarray(flat)  # type: ignore[no-any-return]


def _starts(sample: np.ndarray, size: int, kernel: int, count: int) -> np.ndarray:
    """Where the windows along one dimension begin; the last one ends where the input does."""
    starts = np.full((*sample.shape[:-1], count), size - kernel, np.int64)
    if count > 1:
        step = sample.dtype.type((size - kernel) / (count - 1))
        i = np.arange(count - 1, dtype=sample.dtype)
        starts[..., :-1] = ((i + sample) * step).astype(int) - (sample * step).astype(int)
    return starts
