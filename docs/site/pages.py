"""Which public names stand on which page of the API reference."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType

import minitorch
from minitorch.faces import functions, later

IMPORTED = {"Any", "TYPE_CHECKING", "annotations"}
CONSTANTS = {"inf", "nan", "e", "pi", "newaxis"}


@dataclass
class Group:
    """Names of one module or class under one heading; without a title they open the page."""

    title: str
    home: str  # what the names are attributes of, such as `minitorch.nn`
    names: list[str]
    listed: bool = False  # only the names, as NumPy documents them


@dataclass
class Page:
    """A page of the reference."""

    path: str
    title: str
    text: str = ""
    groups: list[Group] = field(default_factory=list)


# Families of torch's functions: page, title, introduction, heading -> modules in `faces/`.
FAMILIES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("creation", "Creation and random numbers",
     "New tensors, from data, from numbers, from sizes, and at random.",
     {"From data and sizes": "creation", "From other memory": "interchange",
      "Ranges and windows": "ranges", "Random tensors": "sampling",
      "Constructors by type": "legacy", "Sparse tensors, refused": "sparse"}),
    ("elementwise", "Elementwise functions",
     "One number of the result for one number of the arguments, which broadcast.",
     {"Arithmetic": "arithmetic", "Comparisons and logic": "logic", "Choices": "choosing",
      "Special functions": "special", "Complex numbers": "complexes",
      "Activations": "activations"}),
    ("reductions", "Reductions and scans",
     "Numbers made of many: of all elements, or along dimensions.",
     {"Reductions": "reductions", "Running sums": "scans", "Statistics": "statistics",
      "Counts": "counting", "Norms": "norms", "Differences and areas": "differences"}),
    ("shapes", "Shapes, joins and indices",
     "The same elements in another shape or order, joined, cut, picked and put.",
     {"Shapes": "shaping", "Joins and cuts": "joining", "Strides": "striding",
      "Picking": "gathering", "Putting": "scattering", "Sorting": "sorting",
      "Searching": "searching", "Combinations": "grids", "Channels and pixels": "shuffles"}),
    ("algebra", "Products and matrices",
     "Products, factorizations, distances and short-time spectra.",
     {"Products": "products", "Einsum": "einsum", "Factorizations": "factorizations",
      "Matrix functions": "matrix_functions matrix_norms linalg spectra",
      "Distances": "distances", "Signals": "stft fft"}),
    ("network_functions", "Functions of networks",
     "What `torch` itself has of the functions that layers are made of; "
     "[nn.functional](nn_functional.md) has them all.",
     {"Convolutions": "convolutions", "Pools": "pools", "Normalization": "normalization",
      "Recurrent layers": "recurrent", "Dropout": "dropouts",
      "Losses and embeddings": "numbered"}),
)  # fmt: skip

# Pages of modules: page, title, introduction, the modules whose public names they show.
MODULES: tuple[tuple[str, str, str, str], ...] = (
    ("autograd", "autograd", "Gradients of tensors, functions of one's own, hooks on the graph.",
     "autograd autograd.functional autograd.graph autograd.forward_ad"),
    ("func", "func", "Functions of functions: gradients, Jacobians, and `vmap`.", "func"),
    ("linalg", "linalg", "Linear algebra, of matrices and stacks of them.", "linalg"),
    ("fft", "fft", "Discrete Fourier transforms.", "fft"),
    ("special", "special", "Special functions.", "special"),
    ("signal", "signal.windows", "Windows.", "signal.windows"),
    ("nn_functional", "nn.functional", "The functions that layers are made of.", "nn.functional"),
    ("nn_init", "nn.init", "What parameters are before training.", "nn.init"),
    ("nn_utils", "nn.utils", "What acts on the parameters of a model.",
     "nn.utils nn.utils.rnn nn.utils.parametrize nn.utils.parametrizations nn.utils.prune "
     "nn.utils.stateless"),
    ("optim", "optim", "Optimizers, schedulers of learning rates, averages of weights.",
     "optim optim.lr_scheduler optim.swa_utils"),
    ("data", "utils.data", "Data sets, samplers, and the loader that makes batches of them.",
     "utils.data"),
    ("tensorboard", "utils.tensorboard", "Event files; see [TensorBoard](../tensorboard.md).",
     "utils.tensorboard"),
    ("datasets", "datasets", "Data that ship with the package or are computed, and readers of "
     "files; transforms of images.", "datasets datasets.transforms"),
    ("distributions", "distributions", "Probability distributions, transforms, constraints.",
     "distributions distributions.transforms distributions.constraints"),
    ("training", "fit and metrics", "The training loop; see [Training](../training.md).",
     "training training.metrics"),
    ("inspect", "inspect", "The graph, the model and its training, looked at.",
     "inspect"),
    ("errors", "errors", "Errors that name the module, the shapes and the line.", "errors"),
    ("testing", "testing", "Comparisons, checks of derivatives, grading.", "testing test_util"),
    ("profiler", "profiler", "Where the time goes; see [Profiling](../profiling.md).", "profiler"),
    ("saving", "Saving and loading", "PyTorch's file format, safetensors, checkpoints.",
     "serialization safetensors utils.checkpoint utils.dlpack"),
    ("random", "random", "Generators; see [Random numbers](../random.md).", "random"),
    ("extend", "extend", "Operations of one's own for differentiated NumPy functions; see "
     "[Coming from HIPS autograd](../from_hips_autograd.md).", "extend misc"),
    ("array_api", "array_api", "The array API standard; see "
     "[its page](../array_api.md).", "array_api array_api.linalg array_api.fft"),
    ("compatibility", "What stands in", "Modules that PyTorch's scripts ask for, and that mean "
     "little where there is one device and no compiler; see [Coming from PyTorch]"
     "(../from_pytorch.md).", "amp compiler jit cuda cpu mps xpu accelerator multiprocessing "
     "sparse storage version return_types types nn.attention nn.parallel backends distributed"),
    ("hips", "HIPS autograd's modules", "Names at the places where programs for HIPS autograd "
     "import them from; see [Coming from HIPS autograd](../from_hips_autograd.md).",
     "builtins core tracer util wrap_util differential_operators functional"),
)  # fmt: skip

# The parts of the reference, each with its pages in order.
PARTS = {
    "Tensors": "tensor tensor_methods creation elementwise reductions shapes algebra "
    "network_functions settings random",
    "Derivatives": "differential autograd func extend",
    "Networks": "nn nn_layers nn_losses nn_functional nn_init nn_utils",
    "Training": "optim data datasets training tensorboard saving",
    "Seeing and checking": "inspect errors testing profiler",
    "Mathematics": "linalg fft special signal distributions",
    "Other libraries": "numpy scipy array_api hips compatibility",
}

LAYERS = {
    "Convolution and pooling": "conv pooling fold padding",
    "Activations": "activation softmax adaptive",
    "Normalization": "batchnorm instancenorm normalization",
    "Linear layers and embeddings": "linear sparse",
    "Recurrent layers": "rnn rnn_cells",
    "Attention": "attention transformer",
    "Dropout": "dropout",
    "Shapes, channels, sizes": "flatten channelshuffle pixelshuffle upsampling",
    "Distances": "distance",
}
LOSSES = {"": "loss_of_classes loss_of_pairs loss_of_margins loss linear_cross_entropy_options"}


@cache
def pages() -> tuple[Page, ...]:
    """All pages."""
    return (*_torch(), *_tensor(), *_arrays(), *_networks(), *_modules())


def _family_of() -> dict[str, str]:
    """The module that each name of `minitorch` comes from, without its package."""
    functions.complete()
    homes = {n: home for home, names in minitorch._LAZY.items() for n in names}
    homes |= {n: f.__name__.rpartition(".")[2] for f in functions.FAMILIES for n in f.functions}
    homes |= {n: home for home, names in later.FUNCTIONS.items() for n in names.split()}
    return homes


def _torch() -> Iterator[Page]:
    """The functions of torch by family, then all else that `minitorch` itself has."""
    home = _family_of()
    left = {*public(minitorch), *minitorch._HOME} - IMPORTED - CONSTANTS
    left = {n for n in left if not n.startswith("_") and not _is_module(n)}
    for path, title, text, headings in FAMILIES:
        page = Page(path, title, text)
        for heading, families in headings.items():
            names = {n for n in left if home.get(n, home.get(n.rstrip("_"))) in families.split()}
            left -= names
            page.groups.append(Group(heading, "minitorch", sorted(names)))
        yield page
    operators = {n for n in left if home.get(n) == "differential"}
    yield Page(
        "differential",
        "Derivatives of functions",
        "Operators on plain NumPy functions, and on functions of tensors.",
        [Group("", "minitorch", sorted(operators))],
    )
    with_their_modules = {n for n in left if home.get(n) in _modules_shown()}
    left -= operators | with_their_modules | {"Tensor"}
    dtypes = {n for n in left if isinstance(getattr(minitorch, n), minitorch.dtype)}
    switches = {n for n in left if n.startswith(("get_", "set_", "use_", "are_", "is_", "show_"))}
    yield Page(
        "settings",
        "Types, modes and settings",
        "Dtypes, devices and memory formats; whether gradients are recorded; switches.",
        [
            Group("Types, modes, copies", "minitorch", sorted(left - dtypes - switches)),
            Group("Settings and questions", "minitorch", sorted(switches)),
            Group("Dtypes", "minitorch", sorted(dtypes), listed=True),
        ],
    )


def _modules_shown() -> set[str]:
    return {name for *_, names in MODULES for name in names.split()}


def _tensor() -> Iterator[Page]:
    """What a Tensor has by itself, and the functions that are methods too."""
    tensor = minitorch.Tensor
    names = [n for n in dir(tensor) if not n.startswith("_")]
    shared = {n for n in names if callable(functions.find(n)) or functions.find(n.rstrip("_"))}
    own = [n for n in names if n not in shared]
    values = [n for n in own if not callable(getattr(tensor, n, None))]
    yield Page(
        "tensor",
        "Tensor",
        "A tensor's own attributes and methods. Its other methods, which are functions of `torch` "
        "too, stand on [a page of their own](tensor_methods.md).",
        [
            Group("", "minitorch", ["Tensor"]),
            Group("Attributes", "minitorch.Tensor", values),
            Group("Methods", "minitorch.Tensor", [n for n in own if n not in values]),
        ],
    )
    in_place = {n for n in shared if n.endswith("_")}
    yield Page(
        "tensor_methods",
        "Tensor: methods that are functions too",
        "`x.f(...)` is `torch.f(x, ...)`; a name that ends with an underscore changes the tensor "
        "itself and returns it.",
        [
            Group("Methods", "minitorch.Tensor", sorted(shared - in_place)),
            Group("In place", "minitorch.Tensor", sorted(in_place)),
        ],
    )


def _arrays() -> Iterator[Page]:
    """NumPy's and SciPy's names, which have NumPy's and SciPy's own documentation."""
    where = {
        "numpy": "numpy numpy.linalg numpy.fft numpy.random",
        "scipy": "scipy.special scipy.stats scipy.linalg scipy.signal scipy.integrate",
    }
    for path, names in where.items():
        page = Page(
            path,
            f"{path} with derivatives",
            "[The page of NumPy's names](../numpy_names.md) tells which have a derivative. What "
            "each does and takes, NumPy's and SciPy's own documentation tells.",
        )
        if path == "numpy":  # what arrays are inside of a function that is differentiated
            page.groups.append(Group("Array", "minitorch.faces.array", ["Array"]))
        for name in names.split():
            if module := found(f"minitorch.{name}"):
                home = f"minitorch.{name}"
                page.groups.append(Group(home, home, public(module), listed=True))
        yield page


def _networks() -> Iterator[Page]:
    """Modules, layers and losses."""
    nn = minitorch.nn
    left = {n for n in public(nn) if callable(getattr(nn, n))}
    home = {n: getattr(nn, n).__module__.rpartition(".")[2] for n in left}

    def groups(headings: dict[str, str]) -> Iterator[Group]:
        for heading, files in headings.items():
            names = {n for n in left if home[n] in files.split() and not n.startswith("Lazy")}
            left.difference_update(names)
            yield Group(heading, "minitorch.nn", sorted(names))

    layers, losses = [*groups(LAYERS)], [*groups(LOSSES)]
    lazy = {n for n in left if n.startswith("Lazy")}
    layers.append(Group("Lazy layers", "minitorch.nn", sorted(lazy)))
    rest = Group("", "minitorch.nn", sorted(left - lazy))
    yield Page("nn", "nn: modules and containers", "What models are made of.", [rest])
    yield Page("nn_layers", "nn: layers", "Layers, by kind.", layers)
    yield Page("nn_losses", "nn: losses", "What compares an output with a target.", losses)


def _modules() -> Iterator[Page]:
    """The other public modules, each page begun by what is a name of `minitorch` too."""
    for path, title, text, names in MODULES:
        page = Page(path, title, text)
        above = {n for name in names.split() for n in minitorch._LAZY.get(name, ())}
        if above:
            page.groups.append(Group("", "minitorch", sorted(above)))
        for name in names.split():
            if module := found(f"minitorch.{name}"):
                values = {n: getattr(module, n) for n in public(module) if n not in above}
                shown = [n for n, value in values.items() if not isinstance(value, ModuleType)]
                home = f"minitorch.{name}"
                page.groups.append(Group(home if " " in names or above else "", home, shown))
        yield page


def found(name: str) -> ModuleType | None:
    """A module; None where an extra that it needs is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("minitorch"):
            raise
        return None


def public(module: ModuleType) -> list[str]:
    """The public names of a module: its `__all__`, or what the package has made there.

    Classes come before functions if there are more of them, else after.
    """
    names = getattr(module, "__all__", None)
    if names is None:
        names = [n for n, value in vars(module).items() if _is_made_here(module, value)]
    found = {n for n in names if not n.startswith("_") and hasattr(module, n)}
    classes = {name for name in found if name[0].isupper()}
    parts = sorted(classes), sorted(found - classes)
    return [name for part in sorted(parts, key=len, reverse=True) for name in part]


def _is_made_here(module: ModuleType, value: object) -> bool:
    return callable(value) and str(getattr(value, "__module__", "")).startswith(module.__name__)


def _is_module(name: str) -> bool:
    return isinstance(getattr(minitorch, name, None), ModuleType)
