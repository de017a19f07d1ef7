"""The functions of `torch.*`, gathered from their families, and the methods of `Tensor`.

Most families are imported when one of their names is first asked for: see `later.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from minitorch.engine.node import titled
from minitorch.faces import (
    arithmetic,
    choosing,
    complexes,
    creation,
    dtypes,
    joining,
    later,
    logic,
    products,
    reductions,
    shaping,
)
from minitorch.faces.arguments import checked, of_tensor
from minitorch.faces.descriptors import CPU, device, on_cpu
from minitorch.faces.examples import for_each, one_by_one
from minitorch.faces.naming import findable
from minitorch.faces.operands import TensorArgument, to_dtype
from minitorch.faces.outs import with_out
from minitorch.faces.tensor import Tensor

# Of each family: `functions` are torch's, and methods of Tensor too but for its `functions_only`;
# `methods` are only methods; `takes_out` names the functions that get the keyword `out`;
# `functions_in_place` are functions that write into their argument and are no methods.
FAMILIES: tuple[ModuleType, ...] = (
    arithmetic, logic, complexes, choosing, products, reductions, shaping, joining, creation,
)  # fmt: skip

Table = dict[str, Callable[..., Any]]

# Functions that write into their argument, where PyTorch has them beside the methods.
IN_PLACE = (
    "abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_ asin_ "
    "asinh_ atan_ atanh_ ceil_ clamp_ clamp_max_ clamp_min_ clip_ conj_physical_ cos_ cosh_ "
    "deg2rad_ detach_ erf_ erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_ frac_ gcd_ i0_ index_put_ "
    "lcm_ ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ "
    "relu_ resize_as_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ "
    "xlogy_ zero_"
).split()
# How functions run under vmap: those that make a tensor of its own for each example of another,
# those that run for one example after the other, always or if an index is batched.
_UNDER_VMAP: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(
        "empty_like full_like new_empty new_full new_ones new_zeros ones_like zeros_like".split(),
        for_each,
    ),
    **dict.fromkeys(
        "bincount bucketize complex cov histc histogram isclose isin istft lu masked_scatter "
        "nanquantile nonzero_static quantile searchsorted stft".split(),
        one_by_one,
    ),
    **dict.fromkeys(
        "index_add index_copy index_fill index_reduce index_select repeat_interleave scatter "
        "scatter_add scatter_reduce take".split(),
        partial(one_by_one, by_index=True),
    ),
    **dict.fromkeys(
        "index_add_ index_copy_ index_fill_ index_reduce_ masked_scatter_ scatter_ scatter_add_ "
        "scatter_reduce_".split(),
        partial(one_by_one, by_index=True, in_place=True),
    ),
}

table: Table = {}  # the functions of the families that are imported
_methods: Table = {}
_namespace: dict[str, Any] = {}  # that of `minitorch`
_home = {name: family for family, names in later.FUNCTIONS.items() for name in names.split()}


def _gather(family: ModuleType) -> tuple[Table, Table]:
    """The functions and the methods of a family."""
    functions = {name: checked(f) for name, f in family.functions.items()}
    only = getattr(family, "functions_only", ())
    methods = {name: f for name, f in functions.items() if name not in only}
    methods.update({n: checked(f) for n, f in getattr(family, "methods", {}).items()})
    functions.update({n: with_out(functions[n]) for n in getattr(family, "takes_out", ())})
    in_place = getattr(family, "functions_in_place", {})
    functions.update({name: of_tensor(checked(f)) for name, f in in_place.items()})
    for names in (functions, methods):
        for name in _UNDER_VMAP.keys() & names:
            names[name] = _UNDER_VMAP[name](names[name])
    functions.update({name: of_tensor(methods[name]) for name in IN_PLACE if name in methods})
    return functions, methods


def _name(functions: Table, methods: Table) -> None:
    """Name functions and methods by where they will stand."""
    findable(functions, "minitorch")
    own = {name: f for name, f in methods.items() if f is not functions.get(name)}
    findable(own, Tensor.__module__, "Tensor.")


class _Later:
    """A method of `Tensor` whose family is imported when it is first asked for."""

    __slots__ = ("family", "name")

    def __init__(self, family: str, name: str) -> None:
        self.family, self.name = family, name

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        _import(self.family)
        return vars(Tensor)[self.name].__get__(obj, owner)


def _import(name: str) -> None:
    """Import a family, and put its functions and methods in place."""
    functions, methods = _gather(import_module(f"minitorch.faces.{name}"))
    _name(functions, methods)
    for title, function in functions.items():  # what the program has put in their place stays
        _namespace.setdefault(title, table.setdefault(title, function))
    for title, method in methods.items():
        _methods[title] = method
        if isinstance(vars(Tensor).get(title), _Later):
            setattr(Tensor, title, method)


def find(name: str) -> Any:
    """The function `torch.<name>`; None if there is none."""
    if name not in table and name in _home:
        _import(_home[name])
    return table.get(name)


def later_names() -> list[str]:
    """The names of `torch` in families that aren't imported at once."""
    return list(_home)


def complete() -> None:
    """Import all families."""
    for name, names in later.FUNCTIONS.items():
        if not table.keys() >= set(names.split()):
            _import(name)


for _family in FAMILIES:
    _functions, _more = _gather(_family)
    table.update(_functions)
    _methods.update(_more)


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


def install(namespace: dict[str, Any]) -> None:
    """Give `minitorch` its functions and `Tensor` its methods; done once, by `__init__.py`."""
    global _namespace
    own = {name: method for name, method in methods().items() if not hasattr(Tensor, name)}
    _name(table, own)
    for name, method in own.items():
        setattr(Tensor, name, method)
    for family, names in later.METHODS.items():
        for name in names.split():
            if not hasattr(Tensor, name):
                setattr(Tensor, name, _Later(family, name))
    _namespace = namespace
    namespace.update(table)


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
        if not t.startswith("torch.") or name not in later.FUNCTIONS["legacy"].split():
            raise TypeError(f"invalid type object: {t!r}; expected such as 'torch.FloatTensor'")
        t = find(name)
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


_own = (
    clone, detach, detach_copy, fill, from_file, get_default_device, get_device, get_device_module,
    is_complex, is_distributed, is_floating_point, is_inference, is_tensor, numel,
    set_default_device, set_default_tensor_type,
)  # fmt: skip
table.update({f.__name__: checked(f) for f in _own})
table.update({name: of_tensor(getattr(Tensor, name))
              for name in IN_PLACE if name not in table and hasattr(Tensor, name)})  # fmt: skip


def __getattr__(name: str) -> Callable[..., Any]:
    function = find(name)
    if function is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return function
