"""The text of random tensors is PyTorch's text, character by character."""

import re

import numpy as np
import pytest

import minitorch
from minitorch.faces import dtypes, printing

torch = pytest.importorskip("torch")

CASES = 60
NAMES = [
    *("bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
]


@pytest.fixture(autouse=True)
def default_options():
    yield
    for library in (printing, torch):
        library.set_printoptions(profile="default")
    set_default_dtype("float32")


def set_default_dtype(name):
    for library in (dtypes, torch):
        library.set_default_dtype(getattr(library, name))


def set_printoptions(rng):
    """Random options, the same for both libraries."""
    options = {"profile": rng.choice(["default", "short", "full"])}
    if rng.random() < 0.5:
        choices = {
            "precision": [0, 1, 6, 10],
            "threshold": [0, 5, 20, 100],
            "edgeitems": [0, 1, 2, 5],
            "linewidth": [1, 20, 40, 120, 200],
            "sci_mode": [True, False],
        }
        kept = {name: rng.choice(values) for name, values in choices.items() if rng.random() < 0.5}
        options.update({name: value.item() for name, value in kept.items()})
    for library in (printing, torch):
        library.set_printoptions(**options)
    return options


def random_shape(rng):
    large = rng.random() < 0.25
    sizes = [1, 2, 3, 5, 7, 8] + ([0, 30] if rng.random() < 0.3 else [])
    shape = [int(rng.choice(sizes)) for _ in range(rng.integers(0, 4))]
    if large and shape:
        shape[int(rng.integers(len(shape)))] = int(rng.choice([40, 300]))
    return tuple(shape)


def random_reals(rng, shape):
    """Reals of one of many looks: whole, rounded, of one or of many magnitudes, not finite."""
    normal = np.asarray(rng.standard_normal(shape))
    looks = [
        lambda: normal,
        lambda: np.round(normal * 10.0 ** rng.choice([0, 1, 2, 5, 9])),
        lambda: np.round(normal, 3),
        lambda: normal * 10.0 ** rng.uniform(-40, 30),
        lambda: normal * 10.0 ** rng.uniform(-rng.uniform(0, 40), rng.uniform(0, 30), shape),
        lambda: normal * 10.0 ** rng.uniform(-2, 2, shape),
        lambda: np.floor(np.abs(normal) * 3) + rng.choice([0, 0.5, 1e-4, 1000]),
        lambda: normal * 0,
    ]
    values = looks[rng.integers(len(looks))]()
    if rng.random() < 0.4:
        for special in (np.nan, np.inf, -np.inf, 0.0, -0.0):
            if rng.random() < 0.6:
                share = rng.choice([0.1, 0.5, 0.9])
                values = np.where(rng.random(shape) < share, special, values)
    return values


def random_array(rng, dtype):
    shape = random_shape(rng)
    if dtype.kind == "b":
        return np.asarray(rng.random(shape) < 0.5)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        high = min(limits.max, 10 ** int(rng.choice([1, 2, 4, 8, 18])))
        low = max(limits.min, -high) if rng.random() < 0.5 else 0
        return np.asarray(rng.integers(low, high, shape, dtype, endpoint=True))
    with np.errstate(over="ignore", invalid="ignore"):
        if dtype.kind == "f":
            return np.asarray(random_reals(rng, shape), dtype)
        array = np.empty(shape, dtype)
        array.real, array.imag = random_reals(rng, shape), random_reals(rng, shape)
        return array


@pytest.mark.parametrize("name", NAMES)
def test_random_tensors(name):
    rng = np.random.default_rng(NAMES.index(name))
    for case in range(CASES):
        options = set_printoptions(rng)
        default = str(rng.choice(["float32", "float32", "float64", "float16"]))
        set_default_dtype(default)
        array = random_array(rng, np.dtype(name))
        tensor = torch.from_numpy(array)
        tensor = tensor.permute(tuple(range(array.ndim))[::-1]) if rng.random() < 0.2 else tensor
        tracked = getattr(dtypes, name).category >= dtypes.FLOATING and rng.random() < 0.6
        if tracked:
            tensor = tensor.detach().requires_grad_()
            tensor = tensor * 1 if rng.random() < 0.5 else tensor
        grad_name = type(tensor.grad_fn).__name__ if tensor.grad_fn else None
        ours = printing.tensor_repr(
            tensor.detach().numpy(), requires_grad=tracked, grad_name=grad_name
        )
        assert ours == repr(tensor), (case, array.shape, default, options)


def test_a_parameter_and_a_subclass():
    text = "Parameter containing:\n" + printing.tensor_repr(np.ones(2, "f4"), requires_grad=True)
    assert text == repr(torch.nn.Parameter(torch.ones(2)))

    class Weights(torch.Tensor):
        pass

    weights = torch.arange(40.0).reshape(2, 20).as_subclass(Weights)
    assert printing.tensor_repr(weights.numpy(), prefix="Weights(") == repr(weights)


@pytest.mark.parametrize("shape", [(999,), (1000,), (1001,), (1, 1001), (7, 6, 40), (2000, 1, 1)])
def test_the_threshold_of_a_summary(shape):
    array = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    assert printing.tensor_repr(array) == repr(torch.from_numpy(array))


@pytest.mark.parametrize("value", [999.5, 1e-4, 1.1e-4, 9.9e-5, 1e8, 1.1e8, 123456.5])
@pytest.mark.parametrize("beside", [None, 0.0, 1.0, 0.1, np.nan])
def test_the_change_to_scientific_style(value, beside):
    values = [value] if beside is None else [value, beside]
    for array in (np.array(values), np.float32(values)):
        assert printing.tensor_repr(array) == repr(torch.from_numpy(array))


# -- tensors themselves ----------------------------------------------------------------------------

MOVES = {
    "reshape": lambda x: x.reshape(-1),
    "row": lambda x: x[0] if x.ndim and x.shape[0] else x,
    "transpose": lambda x: x.transpose(0, 1) if x.ndim > 1 else x,
    "unsqueeze": lambda x: x.unsqueeze(0),
    "every second": lambda x: x[::2] if x.ndim else x,
    "expand": lambda x: x.expand(2, *x.shape),
    "clone": lambda x: x.clone(),
    "detach": lambda x: x.detach(),
}


def said(library, x, kind: int) -> str:
    """A tensor in one of the ways that programs print it."""
    if kind == 1 and x.is_leaf and x.is_floating_point():
        x = library.nn.Parameter(x.detach(), requires_grad=x.requires_grad)
    if kind == 2:
        return f"{[x, x]} { ({'a': x, 'n': (1, x)}) }"
    if kind == 3 and x.ndim == 0 and x.is_floating_point():
        return f"{x:.2f} {x:8.3e} {x}"
    return str(x) if kind == 4 else repr(x)


def without_names(text: str) -> str:
    """The text without the names of nodes, and where the line breaks before the notes."""
    return re.sub(
        r"grad_fn=<\w+>", "grad_fn", re.sub(r",\s+(?=grad_fn|dtype|requires)", ", ", text)
    )


@pytest.mark.parametrize("seed", range(10))
def test_random_programs_print_alike(seed):
    rng = np.random.default_rng(seed + 100)
    names = [*NAMES, "bfloat16"]
    for case in range(200):
        if case % 4 == 0:
            set_printoptions(rng)
        default = str(rng.choice(["float32", "float32", "float64", "float16"]))
        set_default_dtype(default)
        minitorch.set_printoptions(**printing.get_printoptions())
        name = names[rng.integers(len(names))]
        array = random_array(rng, np.dtype("float32" if name == "bfloat16" else name))
        moves = [str(move) for move in rng.choice(list(MOVES), rng.integers(0, 3))]
        tracked, kind = rng.random() < 0.4, int(rng.integers(0, 5))
        texts = []
        for library in (minitorch, torch):
            x = library.from_numpy(array.copy())
            x = x.to(library.bfloat16) if name == "bfloat16" else x
            if tracked and (x.is_floating_point() or x.is_complex()):
                x.requires_grad_()
            for move in moves:
                x = MOVES[move](x)
            texts.append(without_names(said(library, x, kind)))
        assert texts[0] == texts[1], (name, array.shape, moves, kind, default)


@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.Size([2, 3]), lambda t: t.Size([]), lambda t: str(t.Size([2])),
        lambda t: [t.float32, t.bool, t.long, t.complex64, t.bfloat16, t.uint64, t.half],
        lambda t: [str(t.double), f"{t.int}", t.get_default_dtype()],
        lambda t: [t.device("cpu"), str(t.device("cuda:0")), t.device("cuda", 1)],
        lambda t: [t.strided, str(t.contiguous_format), t.channels_last],
        lambda t: [t.finfo(d) for d in (t.float16, t.float32, t.float64, t.bfloat16, t.complex64)],
        lambda t: [t.iinfo(d) for d in (t.int8, t.uint8, t.int16, t.int32, t.int64, t.uint64)],
        lambda t: t.nn.Parameter(t.zeros(2, 3)), lambda t: str(t.nn.Parameter(t.zeros(0))),
        lambda t: t.nn.Parameter(t.zeros(3), requires_grad=False), lambda t: t.nn.Buffer(t.ones(2)),
        lambda t: [t.nn.Parameter(t.zeros(1))] * 2,
        lambda t: "%.3f %s %d" % (t.tensor(3.14159), t.tensor(2.5), t.tensor(3)),  # noqa: UP031
        lambda t: f"{t.tensor(3):d} {t.tensor(True)} {t.tensor(2.5, requires_grad=True):.2f}",
        lambda t: f"{t.tensor([1.0, 2.0])} {t.tensor(7)!r:>12} {t.tensor(1 + 2j)}",
        lambda t: t.zeros(2, 3).max(1), lambda t: t.zeros(0, 3).tolist(),
        lambda t: t.nn.Sequential(t.nn.Linear(2, 3), t.nn.ReLU(), t.nn.Dropout()),
        lambda t: t.nn.ModuleList([t.nn.Linear(2, 3)] * 3),
        lambda t: t.nn.Linear(2, 2).state_dict().keys(),
        lambda t: t.arange(40.0).reshape(2, 20).expand(3, 2, 20), lambda t: t.arange(1001),
        lambda t: t.zeros(20, 20, 20), lambda t: t.ones(3, dtype=t.float64) / 3,
        lambda t: type(t.zeros(1)).__name__, lambda t: t.zeros(1).type(),
    ],
)  # fmt: skip
def test_what_programs_print(call):
    assert repr(call(minitorch)) == repr(call(torch))


def test_subclasses_print_under_their_names():
    def texts(library):
        weights = type("Weights", (library.Tensor,), {})
        return [repr(weights([1, 2])), str(weights([[1.5]])), f"{weights([1]).requires_grad_()}"]

    assert texts(minitorch) == texts(torch)


def test_a_format_that_cannot_be():
    for library in (minitorch, torch):
        with pytest.raises(TypeError, match="unsupported format string passed to Tensor"):
            f"{library.ones(2):.2f}"
