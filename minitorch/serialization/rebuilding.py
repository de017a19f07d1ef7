"""What PyTorch's names in a file call: the functions that put tensors together again."""

from __future__ import annotations

import importlib
import pickle
from collections import Counter, OrderedDict
from functools import partial
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces import descriptors, dtypes
from minitorch.faces.tensor import Size, Tensor, device
from minitorch.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

from .names import BFLOAT16, DTYPES, FOREIGN, STORAGES, bfloat16
from .storages import Storage


def rebuild_tensor(
    storage: Any,
    offset: Any,
    size: Any,
    stride: Any,
    requires_grad: bool = False,
    hooks: Any = None,
    metadata: Any = None,
) -> Tensor:
    return _laid(storage, offset, size, stride, requires_grad, metadata)


def _rebuild_untyped(
    storage: Any,
    offset: Any,
    size: Any,
    stride: Any,
    requires_grad: bool = False,
    hooks: Any = None,
    dtype: Any = None,
    metadata: Any = None,
) -> Tensor:
    if type(storage) is not Storage or type(dtype) is not dtypes.dtype:
        raise pickle.UnpicklingError("a tensor needs a storage and a dtype")
    storage = storage.of(dtype.numpy)
    return _laid(storage, offset, size, stride, requires_grad, metadata)


def _laid(
    storage: Any, offset: Any, size: Any, stride: Any, requires_grad: bool, metadata: Any
) -> Tensor:
    """A tensor on a storage, whose memory and version counter it shares."""
    _check_geometry(storage, offset, size, stride)
    item = storage.kind.itemsize
    steps = tuple(step * item for step in stride)
    if 0 in size:
        array = np.ndarray(size, storage.kind, strides=steps)
    else:
        # Given a buffer, NumPy itself checks that no element lies outside.
        array = np.ndarray(size, storage.kind, storage.data, offset * item, steps)
    for bit, undo in (("conj", np.conj), ("neg", np.negative)):
        if metadata and metadata.get(bit):
            array = undo(array)
    tensor = fresh(Tensor, array)
    tensor._counter = storage.version
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
    count = len(storage)
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
        version, wants = tensor._counter, tensor.requires_grad
        tensor = fresh(cls, tensor._value)
        tensor._counter = version
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


def _layout(name: str) -> Any:
    layout = getattr(descriptors, name.removeprefix("torch."), None)
    if not isinstance(layout, descriptors.layout):
        raise RuntimeError(f"the file needs the layout {name!r:.50}; tensors here are strided")
    return layout


_REBUILD = (rebuild_tensor, _rebuild_untyped, _rebuild_parameter)
KNOWN: dict[str, Any] = {
    "torch._utils._rebuild_tensor": rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": _rebuild_untyped,
    "torch._utils._rebuild_parameter": _rebuild_parameter,
    "torch._utils._rebuild_parameter_with_state": _rebuild_parameter,
    "torch._tensor._rebuild_from_type_v2": _rebuild_from_type,
    "torch.Tensor": Tensor,
    "torch.nn.parameter.Parameter": Parameter,
    "torch.nn.parameter.UninitializedParameter": UninitializedParameter,
    "torch.nn.parameter.UninitializedBuffer": UninitializedBuffer,
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
    "torch.storage.UntypedStorage": np.dtype(np.uint8),
    **{f"torch.{name}": dtype for name, dtype in {**DTYPES, **STORAGES}.items()},
}


def known(module: str, name: str) -> Any:
    """What a name of PyTorch's stands for here, or None."""
    full = f"{module.replace('__builtin__', 'builtins')}.{name}"
    if module in ("torch", "torch.storage", "torch._utils"):
        if name in FOREIGN:
            raise RuntimeError(f"the file needs {full}, {FOREIGN[name]}")
        if name in BFLOAT16:
            return bfloat16() if name == "bfloat16" else bfloat16().numpy
    return KNOWN.get(full)


def ours(module: str, name: str) -> Any:
    """What stands here for a class or function of PyTorch's, or None."""
    if name.startswith("_VariableFunctions"):  # the class whose methods are `torch.sum` etc.
        return importlib.import_module("minitorch")
    places = [f"minitorch{module[len('torch') :]}"]
    if module.startswith("torch._C"):  # functions that PyTorch's C++ makes
        space = module.rpartition("._")[2]
        if space in ("fft", "linalg", "special"):  # `torch._C._linalg.linalg_det`
            places, name = [f"minitorch.{space}"], name.removeprefix(f"{space}_")
        else:
            places = ["minitorch", "minitorch.nn.functional"]
    for place in places:
        try:
            found: Any = importlib.import_module(place)
            for part in name.split("."):
                found = getattr(found, part)
        except (ImportError, AttributeError):
            continue
        return partial(_named_tuple, found) if module == "torch.return_types" else found
    return None


def _named_tuple(kind: Any, fields: tuple[Any, ...], rest: Any = None) -> Any:
    return kind(*fields)
