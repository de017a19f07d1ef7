"""Sequences of several lengths: padded to one tensor, or packed, a step of all after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from minitorch.engine.box import fresh
from minitorch.engine.node import titled
from minitorch.faces.creation import tensor
from minitorch.faces.tensor import Tensor
from minitorch.ops.index import index_put, take
from minitorch.ops.shape import cat

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pad_packed_sequence",
    "pad_sequence", "unpad_sequence", "pack_sequence", "unpack_sequence",
]  # fmt: skip

P = TypeVar("P", bound="PackedSequence")


class PackedSequence_(NamedTuple):
    """The fields of a `PackedSequence`."""

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(PackedSequence_):
    """Sequences packed: the first steps of all, the longest first, then the second steps, …

    `data` are the rows; `batch_sizes` tells how many sequences have each step; `sorted_indices`
    which sequence came where when they were sorted by length (None where they were sorted), and
    `unsorted_indices` is the way back. Recurrent layers take and return such; made by
    `pack_sequence` and `pack_padded_sequence`.

    Example:
        >>> torch.nn.utils.rnn.pack_sequence([torch.tensor([1, 2, 3]), torch.tensor([4, 5])])[:2]
        (tensor([1, 4, 2, 5, 3]), tensor([2, 2, 1]))
    """

    def __new__(
        cls: type[P],
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> P:
        if batch_sizes is None:  # called as PackedSequence((data, batch_sizes))
            if not isinstance(data, (tuple, list)) or len(data) != 2:
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)  # type: ignore[type-var]

    def _with(self: P, data: Tensor) -> P:
        if data is self.data:
            return self
        return type(self)(data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)

    def to(self: P, *args: Any, **kwargs: Any) -> P:
        """With the data converted as by `Tensor.to`; itself where that changes nothing."""
        return self._with(self.data.to(*args, **kwargs))

    def cuda(self: P, *args: Any, **kwargs: Any) -> P:
        """With the data on another device: refused, as by `Tensor.cuda`."""
        return self._with(self.data.cuda(*args, **kwargs))

    def cpu(self: P, *args: Any, **kwargs: Any) -> P:
        """With the data on the CPU, where it is."""
        return self.to(*args, **{"device": "cpu", **kwargs})

    def pin_memory(self: P) -> P:
        """With the data in pinned memory."""
        return type(self)(
            self.data.pin_memory(), self.batch_sizes, self.sorted_indices, self.unsorted_indices
        )

    def double(self: P) -> P:
        """With the data in float64."""
        return self._with(self.data.double())

    def float(self: P) -> P:
        """With the data in float32."""
        return self._with(self.data.float())

    def half(self: P) -> P:
        """With the data in float16."""
        return self._with(self.data.half())

    def long(self: P) -> P:
        """With the data in int64."""
        return self._with(self.data.long())

    def int(self: P) -> P:
        """With the data in int32."""
        return self._with(self.data.int())

    def short(self: P) -> P:
        """With the data in int16."""
        return self._with(self.data.short())

    def char(self: P) -> P:
        """With the data in int8."""
        return self._with(self.data.char())

    def byte(self: P) -> P:
        """With the data in uint8."""
        return self._with(self.data.byte())

    @property
    def is_cuda(self) -> bool:
        """Whether the data lies on a CUDA device: never."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """Whether the data lies in pinned memory."""
        return self.data.is_pinned()


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes another; None for None.

    Example:
        >>> torch.nn.utils.rnn.invert_permutation(torch.tensor([2, 0, 1]))
        tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    inverse = np.empty_like(permutation._value)
    inverse[permutation._value] = np.arange(inverse.size)
    return fresh(Tensor, inverse)


def _places(sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The step and the sequence of each row of packed sequences."""
    steps = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.cumsum(sizes) - sizes
    return steps, np.arange(len(steps)) - starts[steps]


def pack_padded_sequence(
    input: Tensor,
    lengths: Tensor | Sequence[int],
    batch_first: bool = False,
    enforce_sorted: bool = True,
) -> PackedSequence:
    """Pack sequences that are padded to one tensor `(steps, batch, *)`.

    Args:
        input: the padded sequences; `(batch, steps, *)` with `batch_first`.
        lengths: how long each of them is.
        enforce_sorted: whether they must come longest first; if not, they are sorted.

    Raises:
        RuntimeError: a length is 0 or exceeds the number of steps, the lengths are not sorted, or
            there are more or fewer than sequences.

    Example:
        >>> x = torch.tensor([[1, 2, 0], [3, 0, 0], [4, 5, 6]])
        >>> rnn = torch.nn.utils.rnn
        >>> rnn.pack_padded_sequence(x, [2, 1, 3], batch_first=True, enforce_sorted=False).data
        tensor([4, 1, 3, 5, 2, 6])
    """
    given = lengths.long() if isinstance(lengths, Tensor) else tensor([int(n) for n in lengths])
    order = None
    if not enforce_sorted:
        given, order = given.sort(descending=True)
        input = input.index_select(0 if batch_first else 1, order)
    counts = given._value
    if counts.ndim != 1:
        raise RuntimeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but got {counts.ndim}D cpu "
            "Long tensor"
        )
    x = input.transpose(0, 1) if batch_first else input
    if not x.numel():
        raise RuntimeError("Cannot pack empty tensors.")
    _check_lengths(counts, x.shape[0], x.shape[1])
    sizes = (counts[None] > np.arange(counts[0])[:, None]).sum(1)
    data = titled(take.unary(x, _places(sizes)), "PackPaddedSequenceBackward0")
    return PackedSequence(data, fresh(Tensor, sizes), order, None)


def _check_lengths(counts: np.ndarray, steps: int, batch: int) -> None:
    if len(counts) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(counts)} "
            f"(batch_size={batch})"
        )
    if counts.min() <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            f"that is <= 0: {counts.tolist()}"
        )
    if (np.diff(counts) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You "
            "can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence: the "
            f"sequences are then sorted, and come back in their order. Got {counts.tolist()}"
        )
    if counts[0] > steps:
        raise RuntimeError(
            f"Expected no length to exceed the {steps} steps of the padded sequences, but got "
            f"{counts[0]}"
        )


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Packed sequences as one padded tensor, in their original order, and their lengths.

    Args:
        sequence: what was packed.
        batch_first: whether the result is `(batch, steps, *)` and not `(steps, batch, *)`.
        padding_value: what stands behind the end of a sequence.
        total_length: the number of steps, if not that of the longest sequence.

    Raises:
        ValueError: `total_length` is less than the longest sequence.

    Example:
        >>> rnn = torch.nn.utils.rnn
        >>> packed = rnn.pack_sequence([torch.tensor([1, 2, 3]), torch.tensor([4])])
        >>> rnn.pad_packed_sequence(packed, batch_first=True)
        (tensor([[1, 2, 3],
                [4, 0, 0]]), tensor([3, 1]))
    """
    sizes = sequence.batch_sizes._value
    steps = len(sizes)
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in "
                f"input, but got total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    data, batch = sequence.data, int(sizes[0])
    padded = _laid((steps, batch, *data.shape[1:]), data, _places(sizes), padding_value)
    lengths = fresh(Tensor, (sizes[None] > np.arange(batch)[:, None]).sum(1))
    padded = padded.transpose(0, 1) if batch_first else padded
    order = sequence.unsorted_indices
    if order is None:
        return padded, lengths
    return padded.index_select(0 if batch_first else 1, order), lengths[order]


def _laid(shape: tuple[int, ...], rows: Tensor, places: Any, value: float) -> Tensor:
    """A tensor of one value with rows laid over it."""
    background = fresh(Tensor, np.full(shape, value).astype(rows._value.dtype))
    return index_put(background, rows, places, False)


def pad_sequence(
    sequences: Tensor | Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences `(length, *)` of several lengths as one tensor `(steps, batch, *)`.

    Args:
        sequences: tensors that agree in all sizes but the first.
        batch_first: whether the result is `(batch, steps, *)`.
        padding_value: what stands where a sequence has no step.
        padding_side: "right", behind the end of the shorter ones, or "left", before them.

    Example:
        >>> torch.nn.utils.rnn.pad_sequence([torch.tensor([1, 2, 3]), torch.tensor([4])], True)
        tensor([[1, 2, 3],
                [4, 0, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            "pad_sequence: Expected iterable for input sequences, but got arg of type: "
            f"{type(sequences)}"
        )
    parts = list(sequences)
    if not parts:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    for i, part in enumerate(parts):
        if not isinstance(part, Tensor):
            raise TypeError(
                f"pad_sequence(): expected Tensor as element {i} in argument 0, but got "
                f"{type(part).__name__}; make one with torch.tensor(...)"
            )
    first, own = parts[0], tuple(parts[0].shape[1:])
    for part in parts:
        if not part.ndim or tuple(part.shape[1:]) != own:
            raise RuntimeError(
                "pad_sequence: the sequences must agree in all sizes but the first; got "
                f"{[list(p.shape) for p in parts]}"
            )
    counts = np.array([part.shape[0] for part in parts])
    steps, batch = int(counts.max()), len(parts)
    owner = np.repeat(np.arange(batch), counts)
    step = np.concatenate([np.arange(n) for n in counts])
    if padding_side == "left":
        step = step + (steps - counts)[owner]
    rows = cat([part.to(first.dtype) for part in parts], 0)
    if batch_first:
        return _laid((batch, steps, *own), rows, (owner, step), padding_value)
    return _laid((steps, batch, *own), rows, (step, owner), padding_value)


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False
) -> list[Tensor]:
    """The sequences that were padded to one tensor, by their lengths.

    Example:
        >>> x = torch.tensor([[1, 4], [2, 0]])
        >>> torch.nn.utils.rnn.unpad_sequence(x, torch.tensor([2, 1]))
        [tensor([1, 2]), tensor([4])]
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[: int(n)].clone() for row, n in zip(rows, lengths, strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences `(length, *)` of several lengths; see `pack_padded_sequence`."""
    lengths = [int(sequence.shape[0]) for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences that were packed, in their original order.

    Example:
        >>> rnn = torch.nn.utils.rnn
        >>> rnn.unpack_sequence(rnn.pack_sequence([torch.tensor([1, 2]), torch.tensor([4])]))
        [tensor([1, 2]), tensor([4])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
