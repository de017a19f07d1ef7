"""minitorch: a deep-learning framework for small neural nets, in Python on NumPy.

Its functions, `Tensor`, `nn`, `optim` and `utils.data` are called as PyTorch's are:
`import minitorch as torch`. Submodules, `save` and `load` are imported when first used.

What PyTorch has not, and where to begin:
    `grad`, `jacobian`, `hessian` ...   differentiate plain NumPy functions
    `draw`, `explain`                   show a computation or a model, and its backward pass
    `inspect.summary`, `inspect.doctor` list a model's layers, find what is wrong with a training
    `fit`, `training`                   a training loop, with checkpoints and resume
    `datasets`                          digits, iris, moons, names, books
    `testing.check`, `extend`           check a derivative, write an operation

In a shell, `minitorch --help` lists the commands.

Example:
    >>> import minitorch as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (w ** 2).sum().backward()
    >>> w.grad
    tensor([2., 4.])
"""

from __future__ import annotations

import importlib
import warnings
from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

from minitorch import errors
from minitorch.engine.modes import (
    enable_grad,
    inference_mode,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from minitorch.faces import dtypes, functions
from minitorch.faces.descriptors import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    layout,
    legacy_contiguous_format,
    memory_format,
    preserve_format,
    strided,
)
from minitorch.faces.dtypes import (
    can_cast,
    dtype,
    finfo,
    get_default_dtype,
    iinfo,
    promote_types,
    result_type,
    set_default_dtype,
)
from minitorch.faces.printing import set_printoptions
from minitorch.faces.tensor import Size, Tensor, device

if TYPE_CHECKING:
    from minitorch import autograd, cuda, datasets, differential, nn, optim, serialization, utils
    from minitorch.differential import grad, value_and_grad
    from minitorch.inspect import draw, explain
    from minitorch.random import Generator, default_generator, initial_seed, manual_seed, seed
    from minitorch.serialization import load, save
    from minitorch.training import fit

__version__ = "0.1.0"

# log(0) is -inf without a word, as in PyTorch; NumPy's warnings about the user's own arrays stay
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"minitorch\.")

functions.install(globals())
errors.install()
globals().update({name: value for name, value in vars(dtypes).items() if type(value) is dtype})
newaxis = None

_MODULES = (
    "accelerator", "amp", "array_api", "autograd", "backends", "builtins", "compiler", "core",
    "cpu", "cuda", "datasets", "differential", "differential_operators", "distributed",
    "distributions", "extend", "fft", "func", "functional", "inspect", "jit", "linalg", "misc",
    "mps", "multiprocessing", "nn", "numpy", "optim", "profiler", "random", "return_types",
    "running", "safetensors", "scipy", "serialization", "settings", "signal", "sparse", "special",
    "storage", "test_util", "testing", "tracer", "training", "types", "util", "utils", "version",
    "wrap_util", "xpu",
)  # fmt: skip
_LAZY = {
    "__config__": ("show_config",),
    "amp": ("GradScaler", "autocast"),
    "autograd.anomaly_mode": ("set_anomaly_enabled",),
    "compiler": ("compile",),
    "func": ("vmap",),
    "differential": (
        "checkpoint",
        "deriv",
        "elementwise_grad",
        "grad",
        "grad_and_aux",
        "grad_named",
        "hessian",
        "hessian_tensor_product",
        "hessian_vector_product",
        "holomorphic_grad",
        "jacobian",
        "make_ggnvp",
        "make_hvp",
        "make_jvp",
        "make_vjp",
        "multigrad_dict",
        "tensor_jacobian_product",
        "value_and_grad",
        "vector_jacobian_product",
    ),
    "distributions.implicit": (
        "_dirichlet_grad",
        "_sample_dirichlet",
        "_standard_gamma",
        "_standard_gamma_grad",
    ),
    "inspect": ("draw", "explain"),
    "kernels.seam": ("use_kernels",),
    "nn.numbered": (
        "binary_cross_entropy_with_logits",
        "cosine_embedding_loss",
        "ctc_loss",
        "embedding",
        "embedding_bag",
        "hinge_embedding_loss",
        "kl_div",
        "margin_ranking_loss",
        "poisson_nll_loss",
        "triplet_margin_loss",
    ),
    "random": ("Generator", "default_generator", "initial_seed", "manual_seed", "seed"),
    "running": ("as_torch",),
    "serialization": ("load", "save"),
    "settings": (
        "are_deterministic_algorithms_enabled",
        "get_deterministic_debug_mode",
        "get_float32_matmul_precision",
        "get_num_interop_threads",
        "get_num_threads",
        "is_deterministic_algorithms_warn_only_enabled",
        "is_warn_always_enabled",
        "set_deterministic_debug_mode",
        "set_float32_matmul_precision",
        "set_flush_denormal",
        "set_num_interop_threads",
        "set_num_threads",
        "set_warn_always",
        "use_deterministic_algorithms",
    ),
    "training": ("fit",),
}
_HOME = {name: module for module, names in _LAZY.items() for name in names}

__all__ = [*(name for name in globals() if not name.startswith("_")), *functions.later_names()]


def __getattr__(name: str) -> Any:
    """Submodules, functions of most families and what needs heavy modules, when first asked for."""
    if (function := functions.find(name)) is not None:
        return function
    if name in _MODULES:
        return importlib.import_module(f"minitorch.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(f"minitorch.{_HOME[name]}"), name)
    if name == "bfloat16":
        return dtypes.__getattr__(name)
    why = importlib.import_module("minitorch.running.absent").reason(name)
    raise AttributeError(f"module 'minitorch' has no attribute {name!r}{f': {why}' if why else ''}")


def __dir__() -> list[str]:
    optional = {"scipy"}  # `help` and completion fetch every name; this one may not be installed
    return sorted({*globals(), *__all__, *_HOME, *_MODULES} - optional)
