"""What a `Tensor` can be turned into: Python numbers, NumPy arrays, text, other dtypes, copies."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, NoReturn

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.modes import is_grad_enabled
from minitorch.engine.node import node_of
from minitorch.errors.raising import teaching
from minitorch.faces import descriptors, dtypes, foreign, joining, layouts, printing, showing
from minitorch.faces.descriptors import on_cpu
from minitorch.faces.operands import is_number, to_dtype


class Conversions(Box):
    """The methods of `Tensor` that give its elements another form."""

    __slots__ = ()

    # to Python and NumPy

    def item(self) -> Any:
        """The only element, as a Python number."""
        if self._value.size != 1:
            raise teaching(RuntimeError)(
                f"a Tensor with {self._value.size} elements cannot be converted to Scalar: its "
                f"shape is {list(self._value.shape)}; use .tolist(), or reduce it first"
            )
        return self._value.item()

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""
        return self._value.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The NumPy array of the same memory; only of a tensor that does not require grad.

        `force` takes it from a tensor that does, as `.detach().numpy()`. NumPy has no bfloat16.
        """
        if not force and self.requires_grad and is_grad_enabled():  # type: ignore[attr-defined]
            raise teaching(RuntimeError)(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() "
                "instead."
            )
        return _array_of(self).view()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        if dtype is None or array.dtype == dtype:
            return array.copy() if copy else array
        if copy is False:
            raise ValueError(
                f"Unable to avoid copy while creating an array of {np.dtype(dtype)} from a tensor "
                f"of {dtypes.of(array.dtype)!r}"
            )
        return array.astype(dtype)

    def __dlpack__(self, *, stream: int | None = -1, max_version: tuple[int, int] | None = None,
                   dl_device: Any = None, copy: bool | None = None) -> Any:  # fmt: skip
        """A DLPack capsule of the tensor's memory, which `from_dlpack` of any library takes."""
        if node_of(self) is not None:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        if stream is not None and type(stream) is not int:
            raise TypeError(f"stream must be ``int`` or ``none``, not {type(stream).__name__}")
        if stream not in (None, -1):
            raise AssertionError(f"stream should be None on cpu, not {stream}.")
        if dl_device is not None and dl_device[0] != foreign.DLDeviceType.kDLCPU:
            raise NotImplementedError(
                f"minitorch's tensors are on the CPU, and DLPack's device {tuple(dl_device)} is "
                "another: leave dl_device out"
            )
        return foreign.exported(self._value, max_version, copy)

    def __dlpack_device__(self) -> tuple[foreign.DLDeviceType, int]:
        """The device that the tensor is on, in DLPack's numbers: the CPU."""
        return foreign.DLDeviceType.kDLCPU, 0

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """The functions of the Python array API standard: `minitorch.array_api`.

        Example:
            >>> torch.zeros(2).__array_namespace__().__name__
            'minitorch.array_api'
        """
        namespace = import_module("minitorch.array_api")  # few programs need it
        namespace.check_version(api_version)
        return namespace

    def _scalar(self) -> Any:
        """The only element, as Python's `float()` and `int()` ask for it."""
        if self._value.size != 1:
            raise teaching(ValueError)(
                "only one element tensors can be converted to Python scalars: this one has shape "
                f"{list(self._value.shape)}; use .tolist(), or reduce it first"
            )
        return self._value.item()

    def _real_scalar(self) -> Any:
        """The only element as a real number, which a complex one may be."""
        value = self._scalar()
        if not isinstance(value, complex):
            return value
        if value.imag:
            raise RuntimeError(
                f"value cannot be converted to type double without overflow: {value} has an "
                "imaginary part; take .real or .abs()"
            )
        return value.real

    def __float__(self) -> float:
        return float(self._real_scalar())

    def __int__(self) -> int:
        return int(self._real_scalar())

    def __complex__(self) -> complex:
        return complex(self._scalar())

    def __index__(self) -> int:
        if self._value.dtype.kind not in "iub" or self._value.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._value.item())

    def __bool__(self) -> bool:
        if self._value.size != 1:
            raise teaching(RuntimeError)(
                "Boolean value of Tensor with "
                f"{'more than one value' if self._value.size else 'no values'} is ambiguous: "
                "use .any() or .all()"
            )
        return bool(self._value.item())

    is_nonzero = __bool__

    def __len__(self) -> int:
        if not self._value.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self._value.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self._value.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(joining.unbind(self, 0))

    def __reversed__(self) -> Any:
        return self.flip(0) if self._value.ndim else self  # type: ignore[attr-defined]

    def __contains__(self, element: Any) -> bool:
        if not isinstance(element, Box) and not is_number(element):
            raise RuntimeError(
                "Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
                f"{type(element)}."
            )
        value = element._value if isinstance(element, Box) else element
        return bool((self._value == value).any())

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        try:
            node = node_of(self)
            name = None if node is None or node.is_leaf else node.name().rpartition(":")[2]
        except RuntimeError:  # of a view that must not be used any more
            node, name = None, "Invalid"
        kind = vars(type(self)).get("_printed_as", type(self).__name__)
        return printing.tensor_repr(
            self._shown(), prefix=f"{kind}(", requires_grad=node is not None, grad_name=name
        )

    def _repr_html_(self) -> str:
        try:
            node = node_of(self)
            made = None if node is None or node.is_leaf else node.name().rpartition(":")[2]
        except RuntimeError:
            node, made = None, "Invalid"
        notes = [made] if made is not None else ["requires_grad"] * (node is not None)
        return showing.box_html(self, type(self).__name__, notes)

    def _shown(self) -> np.ndarray:
        value = self._value
        while not isinstance(value, np.ndarray):  # batched: all examples
            value = value.box._value
        return value

    def __format__(self, spec: str) -> str:
        if not self._value.ndim and type(self._value) is np.ndarray:
            return format(self._value.item(), spec)
        if spec:
            raise TypeError(
                f"unsupported format string passed to {type(self).__name__}.__format__: {spec!r} "
                f"for a tensor of shape {list(self._value.shape)}; format its elements"
            )
        return str(self)

    # copies and conversions

    def clone(self, *, memory_format: Any = None) -> Any:
        """A copy that gradients flow through; it lies in memory as the tensor does, by default."""
        return layouts.copied(self, memory_format)

    def contiguous(self, memory_format: Any = descriptors.contiguous_format) -> Any:
        """The tensor itself if it lies in memory in row-major order, else a copy that does."""
        if layouts.lies_in(self._value, memory_format):
            return self
        if memory_format is descriptors.preserve_format:
            raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
        return layouts.copied(self, memory_format)

    def to(self, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False,
           copy: bool = False, memory_format: Any = None) -> Any:  # fmt: skip
        """The tensor in another dtype (or that of another tensor); itself if nothing changes."""
        for arg in args:
            if isinstance(arg, (dtypes.dtype, type)):
                dtype = arg
            elif isinstance(arg, Box):
                dtype = dtypes.of(arg._value.dtype)
            elif isinstance(arg, (str, int, descriptors.device)) and not isinstance(arg, bool):
                device = arg
            elif arg is not None and not isinstance(arg, bool):
                raise TypeError(
                    "to() received an invalid combination of arguments - got "
                    f"{type(arg).__name__}: it takes a dtype, a device, another tensor"
                )
        flags = [arg for arg in args if isinstance(arg, bool)]
        copy = copy or flags[1:2] == [True]
        on_cpu(device)
        target = self._value.dtype if dtype is None else dtypes.as_dtype(dtype, "to()").numpy
        y = to_dtype(self, target)
        if memory_format is not None and not layouts.lies_in(y._value, memory_format):
            return layouts.copied(y, memory_format)
        return y.clone() if copy and y is self else y

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of the tensor type, or the tensor in another dtype."""
        if dtype is None:
            return f"torch.{dtypes.of(self._value.dtype).scalar_type}Tensor"
        if isinstance(dtype, str):
            name = dtype.removeprefix("torch.").removesuffix("Tensor")
            found = [d for d in dtypes._known.values() if d.scalar_type == name]
            if not found or dtype != f"torch.{name}Tensor":
                raise ValueError(f"invalid type: {dtype!r}; expected such as 'torch.FloatTensor'")
            dtype = found[0]
        return self.to(getattr(dtype, "dtype", dtype))

    def type_as(self, other: Any) -> Any:
        """The tensor in the dtype of another."""
        return to_dtype(self, other._value.dtype)

    def cpu(self) -> Any:
        """The tensor itself, which lives on the CPU."""
        return self

    def cuda(self, device: Any = None, non_blocking: bool = False) -> NoReturn:
        """Refused, as by a PyTorch built without CUDA."""
        on_cpu("cuda")
        raise AssertionError


def _array_of(tensor: Any) -> np.ndarray:
    """The array of a tensor, for NumPy's hands."""
    value = tensor._value
    if not isinstance(value, np.ndarray):
        raise RuntimeError(
            "Cannot access the data of a tensor inside vmap: it stands for many; return it from "
            "the function first"
        )
    if value.dtype.kind == "V":
        kind = dtypes.of(value.dtype).scalar_type
        raise TypeError(f"Got unsupported ScalarType {kind}: use .float() before .numpy()")
    return value
