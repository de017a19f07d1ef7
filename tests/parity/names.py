"""The state of every public name of PyTorch: there, there in part, or absent and why.

A function is there in part where PyTorch's own documentation or signature names a parameter that
ours does not take.
"""

from __future__ import annotations

import importlib
import inspect
import re
import types
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import minitorch

MODULES = """
torch torch.autograd torch.autograd.forward_ad torch.autograd.functional torch.autograd.graph
torch.func torch.linalg torch.fft torch.special torch.random torch.testing torch.serialization
torch.return_types torch.utils.checkpoint torch.utils.dlpack torch.utils.hooks torch.utils.data
torch.amp torch.compiler torch.jit torch.multiprocessing torch.sparse torch.cuda torch.cuda.amp
torch.cpu torch.mps torch.xpu torch.accelerator torch.version torch.backends
torch.backends.cuda torch.backends.cudnn torch.backends.mps torch.nn torch.nn.functional
torch.nn.init torch.nn.attention torch.nn.parallel torch.nn.utils torch.nn.utils.rnn
torch.nn.utils.parametrize torch.nn.utils.parametrizations torch.nn.utils.prune
torch.nn.utils.stateless torch.optim torch.optim.lr_scheduler torch.optim.swa_utils
torch.distributions torch.distributions.constraints torch.distributions.transforms
torch.signal.windows torch.profiler torch.autograd.profiler torch.autograd.profiler_util
""".split()
CLASSES = (
    "torch.Tensor", "torch.Generator", "torch.Size", "torch.nn.Module", "torch.optim.Optimizer",
    "torch.autograd.Function",
)  # fmt: skip

# where a tensor lies or what computes it, which is one thing here; TorchScript's own names
IGNORED = {"device", "layout", "pin_memory", "memory_format", "names", "foreach", "fused",
           "out_dtype", "a", "b", "implicit", "self"}  # fmt: skip
# parameters that PyTorch's declarations or documentation name and its own calls refuse
REFUSED = {
    ("sort", "reverse"), ("copy_", "src"), ("to", "other"), ("std_mean", "out"),
    ("var_mean", "out"), ("histogramdd", "out"),
}  # fmt: skip
# (pattern of the dotted name without `torch.`, why it is not here), the first that fits
REASONS = [
    (r"(.*\.)?(q_\w+|quantize\w*|quantized\w*|dequantize|int_repr|qscheme|qint\w+|quint\w+|per_\w+"
     r"|fake_quantize\w*|fbgemm\w*|choose_qparams\w*|fused_moving_avg\w*|empty_quantized"
     r"|QU?Int\w+)$", "numbers are not quantised"),
    (r"(.*\.)?(cudnn|miopen|mkldnn|mkl|mps|ipu|xpu|hpu|mtia|vulkan|maia|xla)(_\w+)?$|.*is_mkldnn$"
     r"|.*to_mkldnn$|(.*\.)?is_(ipu|xpu|hpu|mtia|vulkan|maia|xla)$|.*cudnn.*|.*vulkan.*",
     "it belongs to a device or library that is not here"),
    (r"(.*\.)?(sparse\w*|to_sparse\w*|smm|hspmm|hsmm|sspaddmm|saddmm|resize_as_sparse_|.*indices_copy"
     r"|values_copy|sampled_addmm|spdiags|spsolve|as_sparse_gradcheck|.*SparseSemi\w+"
     r"|check_sparse\w*|to_sparse_semi\w*|semi_structured)$", "there are no sparse tensors"),
    (r"sparse\..*", "there are no sparse tensors"),
    (r"(cuda|xpu|mps|accelerator|backends\.\w+|cpu)\..*", "there is no such device or library"),
    (r"(compiler|jit)\..*", "nothing is compiled"),
    (r"return_types\..*", "PyTorch's own inner workings"),
    (r"(.*\.)?(jagged|nested\w*|to_padded_tensor)$", "there are no nested tensors"),
    (r"(.*\.)?(sym_\w+|Sym\w+|slice_inverse)$", "shapes are plain integers"),
    (r"(float8_\w+|float4_\w+|complex32|chalf|bits\w+|u?int[1-7])$|(.*\.)?(bit|chalf)$",
     "NumPy has no such numbers"),
    (r"nn\.attention\..*", "attention is computed in one way here"),
    (r"lobpcg|linalg\.ldl_\w+", "not yet: linalg.eigh and linalg.solve serve instead"),
    (r"autograd\.Function\..*", "it belongs to the context that forward and backward get, or to "
     "PyTorch's own inner workings"),
    (r"linalg\.common_notes|fft\.Tensor|testing\.FileCheck|(random\.)?thread_safe_generator"
     r"|profiler_allow\w+|serialization\..*|Tensor\.(index|name|module_load)|utils\.hooks\..*"
     r"|Generator\.graphsafe_\w+|autograd\.graph\.(region|set)_\w+|autograd\.enforce_\w+",
     "PyTorch's own inner workings"),
    (r"(Tensor\.record_stream|version\.rocm)$",
     "it belongs to a device or library that is not here"),
    (r"(profiler|autograd\.profiler(_util)?)\.(?!profile$)\w+",
     "PyTorch's own inner workings, or another program's"),
    (r"func\.rearrange", "not yet: reshape, permute and expand do what it does"),
    (r"func\.replace_all_batch_norm_modules_",
     "not yet: make the model without running statistics"),
    (r"utils\.data\.(\w*Data(Pipe|Chunk)|argument_validation|\w*functional_datapipe"
     r"|guaranteed_datapipes_determinism|non_deterministic|runtime_validation\w*)",
     "data pipes are deprecated in PyTorch: a Dataset does it"),
    (r"utils\.checkpoint\.\w*(Policy|Selective|SAC|selective|GraphExec)\w*",
     "a checkpoint keeps nothing of what it runs"),
    (r"Tensor\.as_subclass", "not yet"),
    (r"Tensor\.grad_dtype", "a gradient has the dtype of its tensor"),
    (r"(.*\.)?(storage_type|\w+Storage|.*is_storage)$", "a tensor's memory is an UntypedStorage"),
    (r"(.*\.)?(batch_norm_\w+|native_\w+|norm_except_dim|segment_reduce|embedding_renorm_|convolution"
     r"|conv_tbc|grid_sampler\w*|affine_grid_generator|constant_pad_nd|max_pool\dd_with_indices"
     r"|hash_tensor|nuclear_norm|frobenius_norm)$",
     "PyTorch's own inner workings; torch.nn has the public form"),
    (r"(.*\.)?\w*autocast\w*$", "autocast casts nothing here"),
    (r"(eig|lstsq|lu_unpack|matrix_rank|solve|symeig|Tensor\.(eig|lstsq|solve|symeig|reinforce"
     r"|volatile))$", "removed in PyTorch, where it raises an error"),
    (r"(.*\.)?(vmap_\w+|functionalize|debug_unwrap|cond|while_loop|compiled_with\w+|import_ir\w*"
     r"|parse_\w+|get_file_path|prepare_multi\w*|classproperty|fork|wait|merge_type\w*|unify_type\w*"
     r"|typename|init_num_threads|read_vitals|set_vital|vitals_enabled|cpp|export|hub|library"
     r"|_\w+)$", "PyTorch's own inner workings"),
    (r"nn\.functional\.(BroadcastingList\d|DType|GRID_SAMPLE_\w+|TYPE_CHECKING|ScalingType|SwizzleType"
     r"|assert_int_or_pair|boolean_dispatch|handle_torch_function|has_torch_function\w*|\w+_notes"
     r"|(scaled_)?(grouped_)?mm)", "PyTorch's own inner workings"),
    (r"(USE_\w+|PRIVATE_OPS|TYPE_CHECKING|has_\w+|\w+Error|\w+Type|\w*Script\w*|\w*Module\w*"
     r"|\w*Graph\w*|[A-Z]\w+)$", "a class or constant of PyTorch's C++ core or of TorchScript"),
]  # fmt: skip


class State(NamedTuple):
    """What there is of a name: `kind` is "there", "partly" or "absent"; `note` says more."""

    kind: str
    note: str = ""


def public(theirs: Any, name: str) -> list[str]:
    """The public names of one of PyTorch's modules or classes."""
    listed = getattr(theirs, "__all__", None) if name != "torch" else None
    names = listed or [n for n in dir(theirs) if not n.startswith("_")]
    return sorted({n for n in names if not _foreign(getattr(theirs, n, None), name)})


PYTHONS = {
    "abc", "collections", "contextlib", "copy", "dataclasses", "enum", "functools", "itertools",
    "typing", "typing_extensions", "warnings", "operator", "importlib", "weakref",
}  # fmt: skip


def _foreign(value: Any, module: str) -> bool:
    """Whether a value only happens to be in a module: another module, or something of Python's."""
    home = getattr(value, "__module__", None)
    return isinstance(value, types.ModuleType) or str(home).split(".")[0] in PYTHONS


def states(theirs: Any, ours: Any, name: str) -> dict[str, State]:
    """The states of all names of a module or class."""
    return {n: state(theirs, ours, name, n) for n in public(theirs, name)}


def state(theirs: Any, ours: Any, module: str, name: str) -> State:
    """The state of one name."""
    missing = object()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            mine = getattr(ours, name, missing) if ours is not None else missing
        except ImportError:
            mine = missing  # it needs an extra
    if mine is missing:
        return State("absent", reason(f"{module}.{name}".removeprefix("torch.")))
    if module == "torch.Tensor" and isinstance(mine, property):
        return State("there")
    given = accepted(mine) if callable(mine) else {"*"}
    lacking = [p for p in parameters(getattr(theirs, name), module, name) if p not in given]
    if lacking and "*" not in given:
        return State("partly", "without " + ", ".join(f"`{p}`" for p in lacking))
    return State("there")


def reason(name: str) -> str:
    """Why a name, dotted and without `torch.`, is not here; empty where nothing says why."""
    for pattern, why in REASONS:
        if re.fullmatch(pattern, name):
            return why
    return ""


def parameters(function: Any, module: str, name: str) -> list[str]:
    """The names of the parameters of a function of PyTorch's, in all of its forms."""
    if isinstance(function, type) or not callable(function):
        return []
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        found = [*_schema_parameters(module, name)]
    else:
        stars = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        found = [p.name for p in signature.parameters.values() if p.kind not in stars]
    return [
        p
        for p in dict.fromkeys(found)
        if p not in IGNORED and (name, p) not in REFUSED and not p.startswith("_")
    ]


def _schema_parameters(module: str, name: str) -> Iterator[str]:
    """The names that PyTorch's own declarations of an operation give its parameters."""
    family = module.rpartition(".")[2]
    prefix = f"{family}_" if family in ("linalg", "fft", "special") else ""
    schemas = importlib.import_module("torch")._C._jit_get_schemas_for_operator
    for schema in schemas(f"aten::{prefix}{name}"):
        text = str(schema)
        if "Dimname" in text or "Tensor" not in text.partition("->")[0]:
            continue  # named dimensions, or TorchScript's own forms
        for a in schema.arguments:
            if not a.is_out:
                yield "input" if a.name == "self" else a.name
    doc = getattr(attribute(importlib.import_module("torch"), f"{module}.{name}"), "__doc__", None)
    if module != "torch.Tensor" and "out=" in (doc or "").split("\n\n")[0]:
        yield "out"


def accepted(function: Any) -> set[str]:
    """The names of the parameters of a function of ours; "*" where it takes any."""
    try:
        given = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        return {"*"}
    names = {p.name for p in given} | {"input"}
    if getattr(function, "takes_out", False):
        names.add("out")
    return names | {"*"} if any(p.kind is p.VAR_KEYWORD for p in given) else names


def everything() -> Iterator[tuple[str, dict[str, State]]]:
    """Each module and class, with the states of its names."""
    for name in MODULES:
        yield name, states(importlib.import_module(name), own(name), name)
    for name in CLASSES:
        yield (
            name,
            states(
                attribute(importlib.import_module("torch"), name), attribute(minitorch, name), name
            ),
        )


def own(name: str) -> Any:
    """Our module for one of PyTorch's, if there is one."""
    try:
        return importlib.import_module(name.replace("torch", "minitorch", 1))
    except ModuleNotFoundError:
        return None


def attribute(module: Any, dotted: str) -> Any:
    for part in dotted.split(".")[1:]:
        module = getattr(module, part)
    return module
