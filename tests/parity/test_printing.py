"""The text of random tensors is PyTorch's text, character by character."""

import numpy as np
import pytest

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
