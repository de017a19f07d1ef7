"""Saving and loading in PyTorch's file format: each reads what the other wrote.

A file is a zip archive of one pickle and, beside it, one record for each storage that its tensors
lie in. `load` rebuilds it without running code: it knows what each of PyTorch's names in the
pickle stands for, and refuses all others.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from minitorch.faces.tensor import device

from .reading import Archive, Storages, load_restricted, load_trusted
from .writing import pickled, replacing, write_archive

__all__ = [
    "add_safe_globals", "clear_safe_globals", "get_safe_globals", "load", "safe_globals", "save",
]  # fmt: skip

_ZIP = b"PK\x03\x04"
_OLD_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # files of PyTorch before 1.6 begin so

_safe: list[Any] = []


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Save an object to a file that `load` and PyTorch's `torch.load` read.

    Tensors keep dtype, strides, `requires_grad` and shared memory. Dicts, lists, tuples, sets,
    strings, numbers, sizes, dtypes and devices are kept as they are; objects of other classes are
    pickled by the name of their class, and load with `weights_only=False` only.

    A path is written whole or not at all: the data goes to a temporary file beside it, which then
    takes its place.

    Parameters
    ----------
    obj : what to save; for a model, `model.state_dict()`.
    f : path, or binary file object with `write`.
    pickle_module : module with a pickler written in Python, such as dill, for unusual objects.
    pickle_protocol : 2, which `load` reads; files of later protocols need `weights_only=False`.

    Raises
    ------
    AttributeError, TypeError, pickle.PicklingError : a part of `obj` cannot be pickled.
    RuntimeError : the file cannot be written, or two tensors share memory as different dtypes.

    Example
    -------
    >>> import io
    >>> import minitorch as torch
    >>> buffer = io.BytesIO()
    >>> torch.save({"w": torch.ones(2), "epoch": 3}, buffer)
    >>> _ = buffer.seek(0)
    >>> torch.load(buffer)
    {'w': tensor([1., 1.]), 'epoch': 3}
    """
    if not _use_new_zipfile_serialization:
        raise ValueError(
            "save() writes PyTorch's zip format only, the default since PyTorch 1.6; leave "
            "_use_new_zipfile_serialization out"
        )
    path = os.fspath(f) if isinstance(f, (str, os.PathLike)) else None
    if not isinstance(path, str) and not hasattr(f, "write"):
        raise AttributeError(
            "expected 'f' to be string, path, or a file-like object with a 'write' attribute, "
            f"got {type(f).__name__}"
        )
    data, layout = pickled(obj, pickle_module, pickle_protocol)
    if path is not None:
        try:
            with replacing(path) as file:
                write_archive(file, data, layout)
        except OSError as error:
            raise RuntimeError(
                f"cannot save to {path!r}: {error.strerror or error}. The file and its directory "
                "must be writable, with room for the data"
            ) from error
    else:
        archive = BytesIO()  # positions in an archive count from its own start, not the file's
        write_archive(archive, data, layout)
        f.write(archive.getvalue())


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

    Parameters
    ----------
    f : path, or binary file object with `read`, `readline`, `seek` and `tell`.
    map_location : for PyTorch's scripts; all tensors come to the CPU, whatever the file says.
    pickle_module : module for `weights_only=False`, in place of pickle.
    weights_only : True, the default, rebuilds tensors, containers, numbers and strings, and runs no
        code. **False runs whatever code the file contains**: use it for whole models, and only
        for files from an origin you trust. (None is True, unless a `pickle_module` is given.)
    mmap : map the file into memory and read tensors when they are first used; writes to them do
        not reach the file. Needs a path.

    Raises
    ------
    FileNotFoundError : there is no such file.
    pickle.UnpicklingError : the file holds objects that `weights_only=True` refuses, or its
        pickle is damaged.
    EOFError : the file is empty, or its pickle is cut short.
    RuntimeError : the file is damaged, cut short, or of another kind.

    Example
    -------
    >>> import os, tempfile
    >>> import minitorch as torch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "weights.pt")
    ...     torch.save(torch.nn.Linear(2, 1).state_dict(), path)
    ...     list(torch.load(path))
    ['weight', 'bias']
    """
    _check_location(map_location)
    if weights_only and pickle_module is not None:
        raise RuntimeError(
            "Can not safely load weights when explicit pickle_module is specified; leave one out"
        )
    restricted = pickle_module is None if weights_only is None else weights_only
    path = os.fspath(f) if isinstance(f, (str, os.PathLike)) else None
    if mmap and path is None:
        raise ValueError("f must be a file path in order to use the mmap argument")
    with _opened(f, path) as file:
        _check_start(file, path, restricted)
        archive = Archive(file, path if mmap else None)
        data, storages = archive.read("data.pkl").tobytes(), Storages(archive)
        if restricted:
            return load_restricted(data, storages, _safe_names(), pickle_load_args)
        return load_trusted(data, storages, pickle_module or pickle, pickle_load_args)


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


def _check_start(file: Any, path: Any, restricted: bool) -> None:
    """Tell an archive from other files by how it begins."""
    at = file.tell()
    start = file.read(len(_OLD_MAGIC))
    file.seek(at)
    where = "the file object" if path is None else repr(path)
    if not isinstance(start, bytes):
        raise TypeError(f"{where} is open as text; open it with mode 'rb'")
    if not start:
        rest = "; after writing to it, seek(0)" if at else ""
        raise EOFError(f"Ran out of input: {where} has no data at position {at}{rest}")
    if start == _OLD_MAGIC:
        raise RuntimeError(
            f"{where} is in the format of PyTorch before 1.6, which minitorch does not read. "
            "Convert it with PyTorch: torch.save(torch.load(old), new)"
        )
    if not start.startswith(_ZIP):
        what = f"Invalid magic number; {where} is not a file of torch.save(), or it is damaged"
        if restricted:
            raise pickle.UnpicklingError(f"Weights only load failed. {what}")
        raise RuntimeError(what)


def _check_location(map_location: Any) -> None:
    if map_location is None or callable(map_location) or isinstance(map_location, dict):
        return
    if not isinstance(map_location, (str, device)):
        raise TypeError(
            "map_location must be a device, string, dict or function, "
            f"got {type(map_location).__name__}"
        )
    kind = device(map_location).type
    if kind != "cpu":
        raise RuntimeError(
            f"Attempting to deserialize object on a {kind.upper()} device, but minitorch computes "
            "on the CPU only; use map_location='cpu' or leave it out"
        )


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Allow these classes and functions in files loaded with `weights_only=True`.

    Loading calls them with what the file says: allow only what cannot do harm. An item may be a
    tuple of the object and the full name, "module.name", that files have for it.
    """
    for item in safe_globals:
        if isinstance(item, tuple) and not (len(item) == 2 and isinstance(item[1], str)):
            raise ValueError(f"expected a tuple of a global and its full name, got {item!r}")
    _safe.extend(item for item in safe_globals if item not in _safe)


def get_safe_globals() -> list[Any]:
    """What has been allowed by `add_safe_globals`."""
    return list(_safe)


def clear_safe_globals() -> None:
    """Take back all that has been allowed."""
    _safe.clear()


class safe_globals:
    """Allow classes and functions, as `add_safe_globals` does, inside a `with` block only.

    Example
    -------
    >>> import io
    >>> import minitorch as torch
    >>> from fractions import Fraction
    >>> buffer = io.BytesIO()
    >>> torch.save(Fraction(1, 3), buffer)
    >>> _ = buffer.seek(0)
    >>> with torch.serialization.safe_globals([Fraction]):
    ...     torch.load(buffer)
    Fraction(1, 3)
    """

    def __init__(self, safe_globals: list[Any]) -> None:
        self.safe_globals = safe_globals

    def __enter__(self) -> None:
        self.before = get_safe_globals()
        add_safe_globals(self.safe_globals)

    def __exit__(self, *error: Any) -> None:
        _safe[:] = self.before


def _safe_names() -> dict[str, Any]:
    named = {}
    for item in _safe:
        found, name = (
            item if isinstance(item, tuple) else (item, f"{item.__module__}.{item.__qualname__}")
        )
        named[name] = found
    return named
