"""Reading: the archive, the storages in it, and the unpicklers that rebuild what was saved."""

from __future__ import annotations

import os
import pickle
import struct
import sys
import zipfile
from collections import Counter, OrderedDict
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.tensor import Size, Tensor, device
from minitorch.nn.parameter import Buffer, Parameter

from .names import DTYPES, FOREIGN, STORAGES

_OLDEST, _NEWEST = 1, 10  # versions of the format
_CHUNK = 2**20
# what zipfile raises for damage: NotImplementedError where it takes a wrong byte for a feature
_UNREADABLE = (
    zipfile.BadZipFile, NotImplementedError, struct.error, EOFError, ValueError, OSError,
)  # fmt: skip


class Archive:
    """The records of a file, checked to be what `save` writes: stored whole, none compressed."""

    def __init__(self, file: Any, path: str | None) -> None:
        try:
            self.zip = zipfile.ZipFile(file)
        except _UNREADABLE as error:
            raise damaged(f"failed reading zip archive: {error}") from error
        infos = self.zip.infolist()
        file.seek(0, os.SEEK_END)
        length = file.tell()
        folder, slash, _ = infos[0].filename.partition("/") if infos else ("", "", "")
        if not slash:
            raise RuntimeError(
                "file in archive is not in a subdirectory: this zip archive was not written by "
                "torch.save()"
            )
        for info in infos:
            if info.compress_type != zipfile.ZIP_STORED:
                raise RuntimeError(
                    f"record {info.filename} of the archive is compressed, which torch.save() "
                    "never does; unpack it and pack it again without compression (zip -0 -r)"
                )
        if sum(info.file_size for info in infos) > length:
            raise damaged(f"the records claim to be larger than the file, which has {length} bytes")
        self.records = {info.filename: info for info in infos}
        self.folder = folder
        self.mapped = np.memmap(path, np.uint8, "c") if path is not None else None
        if f"{folder}/constants.pkl" in self.records:
            raise RuntimeError(
                "this is a TorchScript archive; save the model's state_dict() from PyTorch instead"
            )
        self._check_version()

    def _check_version(self) -> None:
        text = self.read("version").tobytes().strip()
        if not text.isdigit():
            raise RuntimeError(f"Couldn't parse the version {text!r} of the file as a number")
        if not _OLDEST <= int(text) <= _NEWEST:
            raise RuntimeError(
                f"Attempted to read a PyTorch file with version {int(text)}, but the versions "
                f"that can be read are {_OLDEST} to {_NEWEST}"
            )

    def __contains__(self, name: str) -> bool:
        return f"{self.folder}/{name}" in self.records

    def read(self, name: str) -> np.ndarray:
        """The bytes of a record, in memory of their own (or mapped: private, read when used)."""
        info = self.records.get(f"{self.folder}/{name}")
        if info is None:
            raise damaged(f"failed locating file {name}: file not found")
        try:
            if self.mapped is not None:
                return self._map(info)
            if info.CRC == 0:  # PyTorch can be told to leave the checksums out
                del info.CRC
            data = np.empty(info.file_size, np.uint8)
            at = 0
            with self.zip.open(info) as record:
                while chunk := record.read(_CHUNK):  # at the end it compares the checksum
                    data[at : at + len(chunk)] = np.frombuffer(chunk, np.uint8)
                    at += len(chunk)
        except _UNREADABLE as error:
            raise damaged(f"failed reading file {name}: {error}") from error
        if at != len(data):
            raise damaged(f"failed reading file {name}: the file ends too early")
        return data

    def _map(self, info: zipfile.ZipInfo) -> np.ndarray:
        assert self.mapped is not None
        header = self.mapped[info.header_offset : info.header_offset + 30].tobytes()
        name, extra = struct.unpack("<HH", header[26:30])
        start = info.header_offset + 30 + name + extra
        data = self.mapped[start : start + info.file_size].view(np.ndarray)
        if len(data) != info.file_size:
            raise EOFError("the file ends too early")
        return data


def damaged(what: str) -> RuntimeError:
    """The error of a file that was cut, changed or never ours."""
    return RuntimeError(
        f"PytorchStreamReader {what}. The file is damaged, cut short or of another kind; "
        "if it was copied, copy it again"
    )


class Storage:
    """The memory of one record; the tensors laid on it share it, and its version counter."""

    __slots__ = ("data", "dtype", "version")

    def __init__(self, data: np.ndarray, dtype: np.dtype[Any]) -> None:
        self.data, self.dtype, self.version = data, dtype, [0]


class Storages:
    """The storages of an archive, each read once, when the pickle first names it."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.read: dict[str, Storage] = {}
        order = archive.read("byteorder").tobytes() if "byteorder" in archive else b"little"
        if order not in (b"little", b"big"):
            raise ValueError(f"Unknown endianness type: {order.decode('ascii', 'replace')}")
        self.swapped = order.decode() != sys.byteorder

    def named(self, pid: Any) -> Storage:
        """The storage that a persistent id of the pickle names."""
        match pid:
            case ("storage", np.dtype() as dtype, str(key), _, int(count)):
                pass
            case _:
                raise pickle.UnpicklingError(f"unknown persistent id {pid!r:.200} in data.pkl")
        if key not in self.read:
            data = self.archive.read(f"data/{key}")
            if self.swapped and len(data) % dtype.itemsize == 0:
                part = dtype.itemsize // 2 if dtype.kind == "c" else dtype.itemsize
                data = np.ascontiguousarray(data.reshape(-1, part)[:, ::-1]).reshape(-1)
            self.read[key] = Storage(data, dtype)
        storage = self.read[key]
        if len(storage.data) != count * dtype.itemsize:
            raise RuntimeError(
                f"record size ({len(storage.data)} bytes) of data/{key} does not match expected "
                f"size ({count * dtype.itemsize} bytes = {count} elements of {dtype}): "
                "the file is damaged"
            )
        return storage


# -- what the names in a file call -------------------------------------------------------------


def _rebuild_tensor(
    storage: Any,
    offset: Any,
    size: Any,
    stride: Any,
    requires_grad: bool = False,
    hooks: Any = None,
    metadata: Any = None,
) -> Tensor:
    _check_geometry(storage, offset, size, stride)
    item = storage.dtype.itemsize
    steps = tuple(step * item for step in stride)
    if 0 in size:
        array = np.ndarray(size, storage.dtype, strides=steps)
    else:
        # Given a buffer, NumPy itself checks that no element lies outside.
        array = np.ndarray(size, storage.dtype, storage.data, offset * item, steps)
    for bit, undo in (("conj", np.conj), ("neg", np.negative)):
        if metadata and metadata.get(bit):
            array = undo(array)
    tensor = fresh(Tensor, array)
    tensor._version = storage.version
    if requires_grad:
        tensor.requires_grad = True
    return tensor


def _check_geometry(storage: Any, offset: Any, size: Any, stride: Any) -> None:
    if type(storage) is not Storage:
        raise pickle.UnpicklingError(f"a tensor needs a storage, got {type(storage).__name__}")
    numbers = (offset, *size, *stride)
    if len(size) != len(stride) or not all(type(n) is int and n >= 0 for n in numbers):
        raise RuntimeError(
            f"the file describes a tensor of size {size!r:.100}, stride {stride!r:.100} and "
            f"storage offset {offset!r:.50}; expected as many strides as sizes, all integers of 0 "
            "or more"
        )
    count = len(storage.data) // storage.dtype.itemsize
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if 0 not in size and last >= count:
        raise RuntimeError(
            f"the file describes a tensor of size {list(size)}, stride {list(stride)} and storage "
            f"offset {offset}, which reaches element {last} of a storage of {count}: it is damaged"
        )


def _rebuild_parameter(data: Tensor, requires_grad: bool, hooks: Any, state: Any = None) -> Tensor:
    parameter = Parameter(data, requires_grad)
    vars(parameter).update(state or {})
    return parameter


def _rebuild_from_type(function: Any, cls: Any, args: Any, state: Any) -> Any:
    if function not in _REBUILD or not isinstance(cls, type) or not issubclass(cls, Tensor):
        raise pickle.UnpicklingError(f"cannot rebuild a {cls!r:.100} with {function!r:.100}")
    tensor = function(*args)
    attributes = dict(state or {})
    if attributes.pop("_is_buffer", False):
        tensor = Buffer(tensor, persistent=attributes.pop("persistent", True))
    elif cls is not type(tensor):
        version, wants = tensor._version, tensor.requires_grad
        tensor = fresh(cls, tensor._value)
        tensor._version = version
        tensor.requires_grad = wants
    vars(tensor).update(attributes)
    return tensor


def _encode(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"bytes are saved as latin1 text, not as {encoding!r:.50}")
    return text.encode(encoding)


def _bytes() -> bytes:
    return b""


def _bytearray(data: bytes | str = b"", encoding: str = "latin1") -> bytearray:
    return bytearray(_encode(data, encoding) if isinstance(data, str) else bytes(iter(data)))


def _layout(name: str) -> str:
    return name


_REBUILD = (_rebuild_tensor, _rebuild_parameter)
KNOWN: dict[str, Any] = {
    "torch._utils._rebuild_tensor": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_parameter": _rebuild_parameter,
    "torch._utils._rebuild_parameter_with_state": _rebuild_parameter,
    "torch._tensor._rebuild_from_type_v2": _rebuild_from_type,
    "torch.Tensor": Tensor,
    "torch.nn.parameter.Parameter": Parameter,
    "torch.Size": Size,
    "torch.device": device,
    "torch.serialization._get_layout": _layout,
    "collections.OrderedDict": OrderedDict,
    "collections.Counter": Counter,
    "_codecs.encode": _encode,
    "builtins.bytes": _bytes,
    "builtins.bytearray": _bytearray,
    "builtins.set": set,
    "builtins.complex": complex,
    **{f"torch.{name}": dtype for name, dtype in {**DTYPES, **STORAGES}.items()},
}


def _known(module: str, name: str) -> Any:
    """What a name of PyTorch's stands for here, or None."""
    full = f"{module.replace('__builtin__', 'builtins')}.{name}"
    if module in ("torch", "torch.storage", "torch._utils") and name in FOREIGN:
        raise RuntimeError(
            f"the file needs {full}, for an element type that minitorch does not have; in "
            "PyTorch, convert the tensors before saving, with .float() or .long()"
        )
    return KNOWN.get(full)


# -- the unpicklers ----------------------------------------------------------------------------

# The one in Python, whose instructions can be told apart; pickle.Unpickler runs them all.
_Unpickler: Any = vars(pickle)["_Unpickler"]

_OPCODES = [
    pickle.PROTO, pickle.STOP, pickle.MARK, pickle.NONE, pickle.NEWTRUE, pickle.NEWFALSE,
    pickle.BININT, pickle.BININT1, pickle.BININT2, pickle.LONG1, pickle.BINFLOAT,
    pickle.BINUNICODE, pickle.EMPTY_DICT, pickle.EMPTY_LIST, pickle.EMPTY_SET,
    pickle.EMPTY_TUPLE, pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3,
    pickle.APPEND, pickle.APPENDS, pickle.SETITEM, pickle.SETITEMS, pickle.BINPUT,
    pickle.LONG_BINPUT, pickle.BINGET, pickle.LONG_BINGET, pickle.BINPERSID, pickle.GLOBAL,
    pickle.REDUCE, pickle.NEWOBJ, pickle.BUILD,
]  # fmt: skip


class _Opcodes(dict[int, Callable[[Any], None]]):
    def __missing__(self, opcode: int) -> Any:
        raise pickle.UnpicklingError(
            f"Unsupported operand {opcode}: the pickle is damaged, or was not saved with "
            "pickle_protocol=2"
        )


class Restricted(_Unpickler):
    """An unpickler that runs no code: it calls what `KNOWN` and the user's safe globals name,
    and follows only the instructions that `save` needs."""

    dispatch = _Opcodes({op[0]: _Unpickler.dispatch[op[0]] for op in _OPCODES})

    def __init__(self, file: Any, storages: Storages, safe: dict[str, Any], **options: Any) -> None:
        super().__init__(file, **options)
        self.storages, self.safe = storages, safe
        self.granted: dict[int, Any] = {}

    def persistent_load(self, pid: Any) -> Storage:
        """The storage that `pid` names."""
        return self.storages.named(pid)

    def find_class(self, module: str, name: str) -> Any:
        """What a name stands for, from the two tables and nowhere else."""
        found = _known(module, name)
        if found is None:
            full = f"{module.replace('__builtin__', 'builtins')}.{name}"
            if full not in self.safe:
                raise _refused(full)
            found = self.safe[full]
        self.granted[id(found)] = found
        return found

    def _grant(self, callee: Any) -> None:
        if id(callee) not in self.granted:
            raise pickle.UnpicklingError(f"a call of {callee!r:.100}, which is not a global")

    def load_reduce(self) -> None:
        self._grant(self.stack[-2])
        super().load_reduce()

    def load_newobj(self) -> None:
        self._grant(self.stack[-2])
        super().load_newobj()

    def load_build(self) -> None:
        instance, state = self.stack[-2], self.stack[-1]
        if type(instance) is OrderedDict and type(state) is dict:
            vars(instance).update(self.stack.pop())
        elif any(type(instance) is safe for safe in self.safe.values()):
            super().load_build()
        else:
            raise pickle.UnpicklingError(
                f"a state for a {type(instance).__name__}; only OrderedDict and safe globals "
                "can be given one"
            )

    for _opcode, _method in (
        (pickle.REDUCE, load_reduce), (pickle.NEWOBJ, load_newobj), (pickle.BUILD, load_build),
    ):  # fmt: skip
        dispatch[_opcode[0]] = _method
    del _opcode, _method


def _refused(name: str) -> pickle.UnpicklingError:
    short = name.rpartition(".")[2]
    hint = (
        "It is a class or function of PyTorch's own: save model.state_dict() instead of the model."
        if name.partition(".")[0] == "torch"
        else "If this is a whole model, save model.state_dict() instead. Do the following only if "
        f"you trust the origin of the file: allow this one name, with "
        f"torch.serialization.add_safe_globals([{short}]) or the context manager "
        f"torch.serialization.safe_globals([{short}]); or allow every name, with "
        "weights_only=False, which lets the file run any code."
    )
    return pickle.UnpicklingError(
        f"Unsupported global: GLOBAL {name} was not an allowed global by default, because "
        f"rebuilding it can run code. {hint}"
    )


def load_restricted(data: bytes, storages: Storages, safe: dict[str, Any], options: Any) -> Any:
    """Rebuild an object without running code."""
    unpickler = Restricted(BytesIO(data), storages, safe, **options)
    try:
        return unpickler.load()
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError(f"Weights only load failed. {error}") from error
    except EOFError as error:
        raise EOFError("Ran out of input: the pickle in the file is cut short") from error
    except (RuntimeError, MemoryError):
        raise
    except Exception as error:
        raise pickle.UnpicklingError(
            f"Weights only load failed. The pickle in the file is damaged: "
            f"{type(error).__name__}: {error}"
        ) from error


def load_trusted(data: bytes, storages: Storages, module: Any, options: Any) -> Any:
    """Rebuild an object with ordinary pickle, which runs whatever code the file asks for."""

    class Trusting(module.Unpickler):  # type: ignore[misc]
        def persistent_load(self, pid: Any) -> Storage:
            return storages.named(pid)

        def find_class(self, module: str, name: str) -> Any:
            found = _known(module, name)
            if found is not None:
                return found
            if module.partition(".")[0] == "torch":
                raise _refused(f"{module}.{name}")
            return super().find_class(module, name)

    return Trusting(BytesIO(data), **options).load()
