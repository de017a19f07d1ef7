"""Tensors in files of the safetensors format, which any program may read without running code.

The functions are those of the package safetensors, which is not needed: `save_file`, `load_file`,
`save`, `load`, `save_model`, `load_model`, and `safe_open`, which reads one tensor at a time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.descriptors import on_cpu
from minitorch.faces.tensor import Tensor
from minitorch.serialization.writing import replacing

from .format import Entry, SafetensorError, encoded, header_length, parsed, type_name

__all__ = [
    "SafetensorError", "load", "load_file", "load_model", "safe_open", "save", "save_file",
    "save_model",
]  # fmt: skip


def save(tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """The content of a safetensors file of these tensors.

    Raises:
        ValueError: no dict of tensors, or one of them is not contiguous.
        RuntimeError: some share memory, which the format can't say; see `save_model`.
        KeyError: an element type that the format has not (complex128).
        TypeError: a name or a word of `metadata` is no string.

    Example:
        >>> import minitorch as torch
        >>> data = torch.safetensors.save({"w": torch.ones(2)})
        >>> torch.safetensors.load(data)
        {'w': tensor([1., 1.])}
    """
    header, arrays = encoded(_checked(tensors), metadata)
    return b"".join([header, *(_little(array).tobytes() for array in arrays)])


def save_file(
    tensors: dict[str, Tensor],
    filename: str | os.PathLike[str],
    metadata: dict[str, str] | None = None,
) -> None:
    """Write tensors to a safetensors file, whole or not at all. Raises as `save` does.

    Example:
        >>> import os, tempfile
        >>> import minitorch as torch
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.safetensors")
        ...     torch.safetensors.save_file(torch.nn.Linear(2, 1).state_dict(), path)
        ...     list(torch.safetensors.load_file(path))
        ['bias', 'weight']
    """
    header, arrays = encoded(_checked(tensors), metadata)
    try:
        with replacing(os.fspath(filename)) as file:
            file.write(header)
            for array in arrays:
                file.write(_little(array).reshape(-1).view(np.uint8).data)
    except (OSError, RuntimeError) as error:
        raise SafetensorError(
            f"Error while serializing: I/O error: cannot write {os.fspath(filename)!r}: {error}"
        ) from error


def load(data: bytes) -> dict[str, Tensor]:
    """The tensors in the content of a safetensors file.

    Raises SafetensorError, which says what is wrong with it.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(
            f"argument 'bytes': {type(data).__name__!r} object is not an instance of 'bytes'"
        )
    count = header_length(bytes(data[:8]), len(data))
    entries, _ = parsed(bytes(data[8 : 8 + count]), len(data) - 8 - count)
    content = np.frombuffer(data, np.uint8, offset=8 + count)
    return {name: fresh(Tensor, _part(content, entries[name])) for name in sorted(entries)}


def load_file(
    filename: str | os.PathLike[str], device: Any = "cpu", **options: Any
) -> dict[str, Tensor]:
    """The tensors in a safetensors file, by name.

    Raises:
        FileNotFoundError: there is no such file.
        SafetensorError: it is damaged, or no safetensors file; says in what way.
    """
    with safe_open(filename, "pt", device) as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


class safe_open:
    """A safetensors file whose tensors are read when asked for, one by one or in part.

    Args:
        filename: the file.
        framework: "pt" for tensors, "np" for NumPy arrays.
        device: the CPU.

    Example:
        >>> import os, tempfile
        >>> import minitorch as torch
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "x.safetensors")
        ...     torch.safetensors.save_file({"x": torch.arange(6).reshape(2, 3)}, path)
        ...     with torch.safetensors.safe_open(path, framework="pt") as file:
        ...         file.keys(), file.get_slice("x")[:, :2]
        (['x'], tensor([[0, 1],
                [3, 4]]))
    """

    def __init__(self, filename: Any, framework: str = "pt", device: Any = "cpu", **options: Any):
        if framework not in ("pt", "torch", "pytorch", "np", "numpy"):
            raise SafetensorError(f"framework {framework} is invalid; expected 'pt' or 'np'")
        on_cpu(device)
        self._is_numpy = framework in ("np", "numpy")
        self._name = os.fspath(filename)
        if not os.path.exists(self._name):
            raise FileNotFoundError(f"No such file or directory: {self._name}")
        length = os.path.getsize(self._name)
        try:
            with open(self._name, "rb") as file:
                count = header_length(file.read(8), length)
                self._entries, self._metadata = parsed(file.read(count), length - 8 - count)
        except SafetensorError as error:
            raise SafetensorError(f"{error} (in {self._name!r})") from None
        has_data = length > 8 + count
        self._content: Any = np.empty(0, np.uint8)
        if has_data:
            self._content = np.memmap(self._name, np.uint8, "r", offset=8 + count)

    def __enter__(self) -> safe_open:
        return self

    def __exit__(self, *error: Any) -> None:
        self._content = None

    def _open_content(self) -> np.ndarray:
        if self._content is None:
            raise SafetensorError(f"File is closed: {self._name!r}")
        return self._content

    def _entry(self, name: str) -> Entry:
        if name not in self._entries:
            raise SafetensorError(f"File does not contain tensor {name}: {self._name!r}")
        return self._entries[name]

    def keys(self) -> list[str]:
        """The names of the tensors, sorted."""
        self._open_content()
        return sorted(self._entries)

    def offset_keys(self) -> list[str]:
        """The names of the tensors, in the order of their data."""
        self._open_content()
        return list(self._entries)

    def metadata(self) -> dict[str, str] | None:
        """The words that the writer put beside the tensors, if any."""
        return self._metadata

    def get_tensor(self, name: str) -> Any:
        """One tensor, read now."""
        array = _part(self._open_content(), self._entry(name))
        return array if self._is_numpy else fresh(Tensor, array)

    def get_tensors(self, names: Sequence[str]) -> dict[str, Any]:
        """Some tensors, read now."""
        return {name: self.get_tensor(name) for name in names}

    def get_slice(self, name: str) -> Slice:
        """A tensor to be indexed: only the part asked for is read."""
        return Slice(self._open_content(), self._entry(name), self._is_numpy)


class Slice:
    """A tensor in a file; indexed by integers and slices, it reads that part."""

    def __init__(self, content: np.ndarray, entry: Entry, is_numpy: bool) -> None:
        self._content, self._entry, self._is_numpy = content, entry, is_numpy

    def get_shape(self) -> list[int]:
        """The shape of the whole tensor."""
        return list(self._entry.shape)

    def get_dtype(self) -> str:
        """The element type, by the format's name, such as "F32"."""
        return type_name(self._entry.dtype)

    def __getitem__(self, index: Any) -> Any:
        array = np.array(_laid(self._content, self._entry)[index], order="C")
        array = _little(array)
        return array if self._is_numpy else fresh(Tensor, array)


def _laid(content: np.ndarray, entry: Entry) -> np.ndarray:
    """A tensor's part of the data, with its shape; its elements may not be aligned."""
    part = content[entry.start : entry.stop].view(np.ndarray)
    if entry.start == entry.stop:
        return np.empty(entry.shape, entry.dtype)
    return part.view(entry.dtype).reshape(entry.shape)


def _part(content: np.ndarray, entry: Entry) -> np.ndarray:
    return _little(_laid(content, entry).copy())


def _little(array: np.ndarray) -> np.ndarray:
    """From the machine's order of bytes to the file's, or back."""
    return array if sys.byteorder == "little" else array.byteswap()


# ---- what may be saved ---------------------------------------------------------------------------


def _checked(tensors: Any) -> dict[str, np.ndarray]:
    """The arrays of tensors that the format can hold."""
    if not isinstance(tensors, dict):
        raise ValueError(f"Expected a dict of [str, torch.Tensor] but received {type(tensors)}")
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise ValueError(
                f"Key `{name}` is invalid, expected torch.Tensor but received {type(tensor)}"
            )
        if not isinstance(name, str):
            raise TypeError(
                f"argument 'tensor_dict': {type(name).__name__!r} object is not an instance of "
                f"'str': {name!r:.50}"
            )
    shared = [names for names in _sharing(tensors) if len(names) > 1]
    if shared:
        raise RuntimeError(
            "Some tensors share memory, this will lead to duplicate memory on disk and potential "
            f"differences when loading them again: {shared}. A potential way to correctly save "
            "your model is to use `save_model`; or save a .clone() of each"
        )
    for name, tensor in tensors.items():
        if not tensor._value.flags.c_contiguous:
            raise ValueError(
                f"You are trying to save a non contiguous tensor: `{name}` which is not allowed: "
                f"its shape is {list(tensor.shape)}, its strides {tensor.stride()}. Call "
                ".contiguous() on it before saving"
            )
    arrays = {name: tensor._value for name, tensor in tensors.items()}
    for name, array in arrays.items():
        if array.dtype == np.complex128:
            raise KeyError(f"torch.complex128, of tensor `{name}`: safetensors files have it not")
    return arrays


def _sharing(tensors: dict[str, Tensor]) -> list[set[str]]:
    """The names of the tensors, those together whose memory overlaps."""
    spans = sorted(
        (*np.lib.array_utils.byte_bounds(tensor._value), name)
        for name, tensor in tensors.items()
        if tensor._value.size
    )
    groups: list[set[str]] = []
    end = 0
    for low, high, name in spans:
        if low < end:
            groups[-1].add(name)
        else:
            groups.append({name})
        end = max(end, high)
    return groups


def _duplicates(state: dict[str, Tensor], preferred: Any = ()) -> dict[str, str]:
    """For each name of a state dict whose memory another name covers, that name."""
    found = {}
    for names in _sharing(state):
        if len(names) == 1:
            continue
        bounds = {name: np.lib.array_utils.byte_bounds(state[name]._value) for name in names}
        whole = min(low for low, _ in bounds.values()), max(high for _, high in bounds.values())
        covering = {
            name
            for name in names
            if bounds[name] == whole and state[name]._value.nbytes == whole[1] - whole[0]
        }
        if not covering:
            raise RuntimeError(
                "Error while trying to find names to remove to save state dict, but found no "
                f"suitable name to keep for saving amongst: {names}. None covers all the memory "
                "that they share; save clones of them with save_file"
            )
        kept = min(covering & set(preferred) or covering)
        found.update(dict.fromkeys(sorted(names - {kept}), kept))
    return found


def save_model(model: Any, filename: Any, metadata: dict[str, str] | None = None,
               force_contiguous: bool = True) -> None:  # fmt: skip
    """Write the state of a module; of parameters that are one tensor, one is written.

    The names left out are in the file's metadata, each with the one that stands for it.
    """
    state = dict(model.state_dict())
    duplicates = _duplicates(state)
    if duplicates:
        metadata = {**duplicates, **(metadata or {})}
    kept = {name: tensor for name, tensor in state.items() if name not in duplicates}
    if force_contiguous:
        kept = {name: tensor.contiguous() for name, tensor in kept.items()}
    save_file(kept, filename, metadata)


def load_model(model: Any, filename: Any, strict: bool = True, device: Any = "cpu",
               **options: Any) -> tuple[Any, list[str]]:  # fmt: skip
    """Load what `save_model` wrote into a module.

    Returns the names of the module that the file has not, and those of the file that the module
    has not; with `strict`, these are an error.
    """
    state = load_file(filename, device)
    duplicates = _duplicates(dict(model.state_dict()), preferred=state)
    missing, unexpected = model.load_state_dict(state, strict=False)
    absent, unexpected = set(missing), list(unexpected)
    for name in duplicates:
        if name in absent:
            absent.remove(name)
        else:
            unexpected.append(name)
    if strict and (absent or unexpected):
        parts = [f"Error(s) in loading state_dict for {type(model).__name__}:"]
        for what, names in (("Missing", absent), ("Unexpected", unexpected)):
            if names:
                listed = ", ".join(f'"{name}"' for name in sorted(names))
                parts.append(f"    {what} key(s) in state_dict: {listed}")
        raise RuntimeError("\n".join(parts))
    return absent, unexpected
