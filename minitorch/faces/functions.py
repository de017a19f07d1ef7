"""The functions of `torch.*`, gathered from their families, and the methods of `Tensor`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.engine.node import titled
from minitorch.faces import (
    activations,
    arithmetic,
    choosing,
    complexes,
    convolutions,
    counting,
    creation,
    differences,
    distances,
    dropouts,
    dtypes,
    einsum,
    factorizations,
    gathering,
    grids,
    interchange,
    joining,
    legacy,
    logic,
    normalization,
    norms,
    pools,
    products,
    ranges,
    recurrent,
    reductions,
    sampling,
    scans,
    scattering,
    searching,
    shaping,
    shuffles,
    sorting,
    sparse,
    special,
    statistics,
    stft,
    striding,
)
from minitorch.faces.arguments import checked, of_tensor
from minitorch.faces.descriptors import CPU, device, on_cpu
from minitorch.faces.examples import for_each, one_by_one
from minitorch.faces.operands import TensorArgument, to_dtype
from minitorch.faces.outs import with_out
from minitorch.faces.tensor import Tensor

# Of each family: `functions` are torch's, and methods of Tensor too but for its `functions_only`;
# `methods` are only methods; `takes_out` names the functions that get the keyword `out`;
# `functions_in_place` are functions that write into their argument and are no methods.
FAMILIES: tuple[ModuleType, ...] = (
    arithmetic, logic, activations, complexes, choosing, products, reductions, shaping, joining,
    grids, striding, ranges, gathering, creation, sampling, dropouts, special, legacy,
    interchange, sparse, scattering, sorting, searching, counting, statistics, scans,
    differences, norms, normalization, distances, einsum, factorizations, stft,
    convolutions, pools, shuffles, recurrent,
)  # fmt: skip

table: dict[str, Callable[..., Any]] = {}
_methods: dict[str, Callable[..., Any]] = {}
for _family in FAMILIES:
    _only = getattr(_family, "functions_only", ())
    _checked = {name: checked(f) for name, f in _family.functions.items()}
    _methods.update({name: f for name, f in _checked.items() if name not in _only})
    _methods.update({n: checked(f) for n, f in getattr(_family, "methods", {}).items()})
    table.update(_checked)
    table.update({name: with_out(table[name]) for name in getattr(_family, "takes_out", ())})
    _in_place = getattr(_family, "functions_in_place", {})
    table.update({name: of_tensor(checked(f)) for name, f in _in_place.items()})

# those that make a tensor of its own for each example of another
for _name in ("empty_like", "full_like", "ones_like", "zeros_like"):
    table[_name] = for_each(table[_name])
for _name in ("new_empty", "new_full", "new_ones", "new_zeros"):
    if _name in _methods:
        _methods[_name] = for_each(_methods[_name])
# those that under vmap run for one example after the other: always, or if an index is batched
for _name in ("bincount", "bucketize", "complex", "cov", "histc", "histogram", "isclose", "isin",
              "istft", "stft",
              "lu", "masked_scatter", "nanquantile", "nonzero_static", "quantile",
              "searchsorted"):  # fmt: skip
    for _names in (table, _methods):
        if _name in _names:
            _names[_name] = one_by_one(_names[_name])
for _name in ("index_add", "index_copy", "index_fill", "index_reduce", "index_select",
              "repeat_interleave", "scatter", "scatter_add", "scatter_reduce", "take"):  # fmt: skip
    for _names in (table, _methods):
        if _name in _names:
            _names[_name] = one_by_one(_names[_name], by_index=True)
for _name in ("index_add_", "index_copy_", "index_fill_", "index_reduce_", "masked_scatter_",
              "scatter_", "scatter_add_", "scatter_reduce_"):  # fmt: skip
    if _name in _methods:
        _methods[_name] = one_by_one(_methods[_name], by_index=True, in_place=True)


def _conversion(name: str, dtype: dtypes.dtype) -> Callable[..., Any]:
    def method(self: Any, memory_format: Any = None) -> Any:
        return to_dtype(self, dtype.numpy)

    return arithmetic.named(method, name, f"The tensor in {dtype!r}; itself if it has that dtype.")


def methods() -> dict[str, Callable[..., Any]]:
    """All methods that come from tables: functions of one tensor first, in-place forms, casts."""
    found = dict(_methods)
    found["where"] = lambda self, condition, other: choosing.where(condition, self, other)
    for name in ("float", "double", "half", "int", "long", "short", "bool", "cfloat", "cdouble"):
        found[name] = _conversion(name, getattr(dtypes, name))
    found["bfloat16"] = lambda self, memory_format=None: to_dtype(self, dtypes.bfloat16.numpy)
    found["byte"], found["char"] = (
        _conversion("byte", dtypes.uint8),
        _conversion("char", dtypes.int8),
    )
    return found


def install() -> None:
    """Give `Tensor` the methods of the tables; done once, by `minitorch/__init__.py`."""
    for name, method in methods().items():
        if not hasattr(Tensor, name):
            setattr(Tensor, name, method)


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a tensor."""
    return isinstance(obj, Tensor)


def is_inference(input: TensorArgument) -> bool:
    """Whether the tensor was made in `inference_mode`, and can't be saved for a derivative."""
    return input.is_inference()


def numel(input: TensorArgument) -> int:
    """The number of elements."""
    return input.numel()


def is_floating_point(input: TensorArgument) -> bool:
    """Whether the tensor has a floating-point dtype."""
    return input.is_floating_point()


def is_complex(input: TensorArgument) -> bool:
    """Whether the tensor has a complex dtype."""
    return input.is_complex()


def get_default_device() -> device:
    """Where new tensors live: on the CPU."""
    return CPU


def set_default_device(device: Any) -> None:
    """Make a device the one of new tensors: the CPU, always."""
    on_cpu(device)


def set_default_tensor_type(t: Any, /) -> None:
    """Make the dtype of a tensor type, `torch.DoubleTensor` or its name, the default."""
    if isinstance(t, str):
        name = t.removeprefix("torch.")
        if not t.startswith("torch.") or name not in legacy.functions:
            raise TypeError(f"invalid type object: {t!r}; expected such as 'torch.FloatTensor'")
        t = legacy.functions[name]
    dtypes.set_default_dtype(getattr(t, "dtype", t))


def clone(input: TensorArgument, *, memory_format: Any = None) -> Any:
    """A copy that gradients flow through."""
    return input.clone()


def detach(input: TensorArgument) -> Any:
    """A tensor of the same memory that no gradient flows through."""
    return input.detach()


def detach_copy(input: TensorArgument) -> Any:
    """A copy that no gradient flows through."""
    return input.detach().clone()


def fill(input: TensorArgument, value: Any) -> Any:
    """A tensor like `input` with one number everywhere."""
    y = input.clone().fill_(value)
    return titled(y, f"FillBackward{int(isinstance(value, Tensor))}")


def get_device(input: TensorArgument) -> int:
    """The number of the device that a tensor lies on; -1 for the CPU."""
    return input.get_device()


def is_distributed(input: TensorArgument) -> bool:
    """Whether the tensor is spread over machines: never."""
    return False


def from_file(filename: str, shared: bool | None = None, size: int = 0, *, dtype: Any = None,
              **options: Any) -> Any:  # fmt: skip
    """A tensor of numbers that lie in a file; if `shared`, writes to it go into the file.

    A shared file that is too short, or not there, is made long enough.
    """
    target = creation.dtype_of(dtype, "from_file")
    length = size * target.itemsize
    if shared:
        with open(filename, "ab") as file:
            if file.tell() < length:
                file.truncate(length)
    array = np.memmap(filename, target, "r+" if shared else "c", shape=(size,))
    return creation.made(np.asarray(array), **options)


def get_device_module(device: Any = None) -> ModuleType:
    """The module of a device's functions: `torch.cpu`."""
    on_cpu(device)
    return import_module("minitorch.cpu")


numel, clone, detach = checked(numel), checked(clone), checked(detach)
is_floating_point, is_complex = checked(is_floating_point), checked(is_complex)
is_inference, fill = checked(is_inference), checked(fill)
table.update(
    detach_copy=detach_copy,
    fill=fill,
    get_device=get_device,
    from_file=from_file,
    is_distributed=is_distributed,
    get_device_module=get_device_module,
)
table.update(is_tensor=is_tensor, is_inference=is_inference, numel=numel,
             is_floating_point=is_floating_point,
             is_complex=is_complex, clone=clone, detach=detach,
             get_default_device=get_default_device, set_default_device=set_default_device,
             set_default_tensor_type=set_default_tensor_type)  # fmt: skip
# Functions that write into their argument, where PyTorch has them beside the methods.
IN_PLACE = (
    "abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_ asin_ "
    "asinh_ atan_ atanh_ ceil_ clamp_ clamp_max_ clamp_min_ clip_ conj_physical_ cos_ cosh_ "
    "deg2rad_ detach_ erf_ erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_ frac_ gcd_ i0_ index_put_ "
    "lcm_ ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ "
    "relu_ resize_as_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ "
    "xlogy_ zero_"
).split()
for _name in IN_PLACE:
    _method = _methods.get(_name) or getattr(Tensor, _name, None)
    if _method is not None:
        table[_name] = of_tensor(_method)

table.update({name: checked(f) for name, f in table.items() if f.__module__ == __name__})
globals().update({name: f for name, f in table.items() if name not in globals()})

if TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Any]: ...
