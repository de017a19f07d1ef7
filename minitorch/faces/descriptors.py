"""What a tensor says of itself beside its dtype: its `Size`, `device`, `layout`, memory format."""

from __future__ import annotations

from typing import Any, ClassVar

from minitorch.errors.raising import teaching


class Size(tuple):  # type: ignore[type-arg]
    """The sizes of a tensor: a tuple that prints as PyTorch's.

    Example:
        >>> torch.zeros(2, 3).shape
        torch.Size([2, 3])
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements."""
        n = 1
        for size in self:
            n *= size
        return n

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __getitem__(self, i: Any) -> Any:
        part = tuple.__getitem__(self, i)
        return Size(part) if isinstance(i, slice) else part


class device:
    """Where a tensor lives: the CPU, always; other devices are refused as a CPU build does.

    Example:
        >>> torch.device("cpu")
        device(type='cpu')
    """

    __slots__ = ("index", "type")
    type: str
    index: int | None
    _kinds: ClassVar[tuple[str, ...]] = ("cpu", "cuda", "mps", "xpu", "meta")

    def __init__(self, type: Any, index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        if isinstance(type, int):
            type, index = "cuda", type
        kind, _, number = str(type).partition(":")
        if kind not in self._kinds:
            raise teaching(RuntimeError)(
                f"Expected one of {', '.join(self._kinds)} device type at start of device string: "
                f"{type}"
            )
        if number and not number.isdigit():
            raise RuntimeError(
                f"Invalid device string: {type!r}; expected such as 'cpu' or 'cuda:0'"
            )
        self.type = kind
        self.index = int(number) if number else index

    def __repr__(self) -> str:
        at = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{at})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> Any:
        return device, (self.type, self.index)


CPU = device("cpu")


def on_cpu(where: Any) -> None:
    """Check that a device is the CPU; anything else is refused as by a PyTorch built without it."""
    if where is not None and device(where).type != "cpu":
        kind = device(where).type
        message = f"Torch not compiled with {kind.upper()} enabled: minitorch computes on the CPU"
        raise teaching(AssertionError if kind == "cuda" else RuntimeError)(message)


class layout:
    """How elements lie in memory: `torch.strided`, always."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class memory_format(layout):
    """An order of the dimensions in memory."""

    __slots__ = ()


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
legacy_contiguous_format = contiguous_format
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
