"""Saving and loading in PyTorch's file format: each reads what the other wrote.

A file is a zip archive of one pickle and, beside it, one record for each storage that its tensors
lie in. `load` rebuilds it without running code: it knows what each of PyTorch's names in the
pickle stands for, and refuses all others. The formats of PyTorch before 1.6 are in `legacy`.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from . import legacy
from .allowing import (
    add_safe_globals,
    clear_safe_globals,
    get_safe_globals,
    safe_globals,
    safe_names,
)
from .archive import Archive
from .locations import default_restore_location, location_tag, register_package
from .options import (
    LoadEndianness,
    get_crc32_options,
    get_default_load_endianness,
    get_default_mmap_options,
    set_crc32_options,
    set_default_load_endianness,
    set_default_mmap_options,
)
from .reading import Restricted, refused_names, trusting
from .storages import PlacingFailed, Zipped, placing
from .writing import pickled, replacing, write_archive

__all__ = [
    "LoadEndianness", "SourceChangeWarning", "add_safe_globals", "clear_safe_globals",
    "default_restore_location", "get_crc32_options", "get_default_load_endianness",
    "get_default_mmap_options", "get_safe_globals", "get_unsafe_globals_in_checkpoint", "load",
    "location_tag", "register_package", "safe_globals", "save", "set_crc32_options",
    "set_default_load_endianness", "set_default_mmap_options",
]  # fmt: skip

DEFAULT_PROTOCOL = 2


class SourceChangeWarning(Warning):
    """Never given: files are not compared with the source code of the classes in them."""


_ZIP = b"PK\x03\x04"


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Save an object to a file that `load` and PyTorch's `torch.load` read.

    Tensors keep dtype, strides, `requires_grad` and shared memory. Dicts, lists, tuples, sets,
    strings, numbers, sizes, dtypes and devices are kept as they are; objects of other classes are
    pickled by the name of their class, and load with `weights_only=False` only.

    A path is written whole or not at all: the data goes to a temporary file beside it, which then
    takes its place.

    Args:
        obj: what to save; for a model, `model.state_dict()`.
        f: path, or binary file object with `write`.
        pickle_module: module with a pickler written in Python, such as dill, for unusual objects.
        pickle_protocol: 2, which `load` reads; files of later protocols need `weights_only=False`.
        _use_new_zipfile_serialization: False writes the format of PyTorch before 1.6.

    Raises:
        AttributeError, TypeError, pickle.PicklingError: a part of `obj` cannot be pickled.
        RuntimeError: the file cannot be written, or two tensors share memory as different dtypes.

    Example:
        >>> import io
        >>> import minitorch as torch
        >>> buffer = io.BytesIO()
        >>> torch.save({"w": torch.ones(2), "epoch": 3}, buffer)
        >>> _ = buffer.seek(0)
        >>> torch.load(buffer)
        {'w': tensor([1., 1.]), 'epoch': 3}
    """
    path = os.fspath(f) if isinstance(f, (str, os.PathLike)) else None
    if not isinstance(path, str) and not hasattr(f, "write"):
        raise AttributeError(
            "expected 'f' to be string, path, or a file-like object with a 'write' attribute, "
            f"got {type(f).__name__}"
        )
    old = not _use_new_zipfile_serialization
    data, layout = pickled(obj, pickle_module, pickle_protocol, old)

    def write(file: Any) -> None:
        if old:
            legacy.write(file, data, layout, pickle_protocol)
        else:
            write_archive(file, data, layout)

    if path is not None:
        try:
            with replacing(path) as file:
                write(file)
        except OSError as error:
            raise RuntimeError(
                f"cannot save to {path!r}: {error.strerror or error}. The file and its directory "
                "must be writable, with room for the data"
            ) from error
    else:
        whole = BytesIO()  # positions in an archive count from its own start, not the file's
        write(whole)
        f.write(whole.getvalue())


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Load what `save`, or PyTorch's `torch.save`, wrote.

    Args:
        f: path, or binary file object with `read`, `readline`, `seek` and `tell`.
        map_location: a device, its name, a dict of such by the names in the file, or a function of
            a storage and its place in the file that returns the storage or None. Tensors can come
            to the CPU only: those that were elsewhere need `map_location="cpu"`.
        pickle_module: module for `weights_only=False`, in place of pickle.
        weights_only: True, the default, rebuilds tensors, containers, numbers and strings, and runs
            no code. False runs whatever code the file contains: use it for whole models, and only
            for files from an origin you trust; PyTorch's names in them mean minitorch's. (None is
            True, unless a `pickle_module` is given.)
        mmap: map the file into memory and read tensors when they are first used; writes to them do
            not reach the file. Needs a path.

    Raises:
        FileNotFoundError: there is no such file.
        pickle.UnpicklingError: the file holds objects that `weights_only=True` refuses, or its
            pickle is damaged.
        EOFError: the file is empty, or its pickle is cut short.
        RuntimeError: the file is damaged, cut short, or of another kind; a tensor was on another
            device, and `map_location` does not bring it to the CPU.

    Example:
        >>> import os, tempfile
        >>> import minitorch as torch
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "weights.pt")
        ...     torch.save(torch.nn.Linear(2, 1).state_dict(), path)
        ...     list(torch.load(path))
        ['weight', 'bias']
    """
    place = placing(map_location)
    if weights_only and pickle_module is not None:
        raise RuntimeError(
            "Can not safely load weights when explicit pickle_module is specified; leave one out"
        )
    restricted = pickle_module is None if weights_only is None else bool(weights_only)
    path = os.fspath(f) if isinstance(f, (str, os.PathLike)) else None
    if mmap and path is None:
        raise ValueError("f must be a file path in order to use the mmap argument")
    pickle_load_args.setdefault("encoding", "utf-8")
    where = "the file object" if path is None else repr(path)
    trusted = None if restricted else trusting(pickle_module or pickle)

    def unpickling(file: Any, storages: Any) -> Any:
        if trusted is None:
            return Restricted(file, where, storages, safe_names(), **pickle_load_args)
        unpickler = trusted(file, **pickle_load_args)
        unpickler.storages = storages
        return unpickler

    try:
        with _opened(f, path) as file:
            kind = _format(file, where, restricted)
            if kind == "zip":
                archive = Archive(file, where, path if mmap else None)
                data = BytesIO(archive.read("data.pkl").tobytes())
                return unpickling(data, Zipped(archive, place)).load()
            if mmap:
                raise RuntimeError(
                    "mmap can only be used with files saved with torch.save("
                    f"_use_new_zipfile_serialization=True), and {where} is of the format before; "
                    "leave mmap out, or save it again"
                )
            if kind == "pickles":
                return legacy.read(file, where, place, unpickling, not restricted)
            if restricted:
                raise RuntimeError(
                    "Cannot use ``weights_only=True`` with files saved in the legacy .tar format. "
                    f"If you trust the origin of {where}, load it with weights_only=False, which "
                    "lets the file run any code, and save it again"
                )
            return legacy.read_tar(file, where, place, unpickling)
    except PlacingFailed as failed:
        raise failed.error from None


@contextmanager
def _opened(f: Any, path: Any) -> Iterator[Any]:
    if path is not None:
        with open(path, "rb") as file:
            yield file
        return
    for name in ("read", "readline", "seek", "tell"):
        if not hasattr(f, name):
            raise AttributeError(
                f"'{type(f).__name__}' object has no attribute '{name}'. You can only torch.load "
                "from a path or from a file that is seekable. Please pre-load the data into a "
                "buffer like io.BytesIO and try to load from it instead."
            )
    yield f


def _format(file: Any, where: str, restricted: bool = False) -> str:
    """What a file is, by how it begins: "zip", "pickles" or "tar"."""
    at = file.tell()
    start = file.read(max(map(len, legacy.STARTS)))
    file.seek(at)
    if not isinstance(start, bytes):
        raise TypeError(f"{where} is open as text; open it with mode 'rb'")
    if not start:
        rest = "; after writing to it, seek(0)" if at else ""
        raise EOFError(f"Ran out of input: {where} has no data at position {at}{rest}")
    if start.startswith(_ZIP):
        return "zip"
    if start.startswith(legacy.STARTS):
        return "pickles"
    if legacy.is_tar(file):
        return "tar"
    what = f"Invalid magic number; {where} is not a file of torch.save(), or it is damaged"
    if restricted:
        raise pickle.UnpicklingError(f"Weights only load failed. {what}")
    raise RuntimeError(what)


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """The names in a file that `load` would refuse, to look at before allowing them.

    Example:
        >>> import io
        >>> import minitorch as torch
        >>> from fractions import Fraction
        >>> buffer = io.BytesIO()
        >>> torch.save([torch.ones(2), Fraction(1, 3)], buffer)
        >>> _ = buffer.seek(0)
        >>> torch.serialization.get_unsafe_globals_in_checkpoint(buffer)
        ['fractions.Fraction']
    """
    path = os.fspath(f) if isinstance(f, (str, os.PathLike)) else None
    where = "the file object" if path is None else repr(path)
    with _opened(f, path) as file:
        if _format(file, where) != "zip":
            raise ValueError(f"Expected input to be a checkpoint returned by torch.save: {where}")
        data = Archive(file, where, None).read("data.pkl").tobytes()
    return refused_names(data, safe_names())
