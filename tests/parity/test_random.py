"""The same seed gives PyTorch's numbers, whatever is drawn, in any order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minitorch.random import Generator

torch = pytest.importorskip("torch")

FLOATS = {"float16": torch.float16, "float32": torch.float32, "float64": torch.float64}
INTEGERS = {
    "int64": torch.int64,
    "int32": torch.int32,
    "int16": torch.int16,
    "int8": torch.int8,
    "uint8": torch.uint8,
    "bool": torch.bool,
}
DTYPES = {**FLOATS, **INTEGERS, "complex64": torch.complex64, "complex128": torch.complex128}
SIZES = [0, 1, 2, 3, 7, 8, 15, 16, 17, 24, 31, 32, 33, 100, 623, 624, 625, 1000, 9999, 10000]


def pair(seed: int) -> tuple[Generator, torch.Generator]:
    return Generator().manual_seed(seed), torch.Generator().manual_seed(seed)


def assert_same(ours: np.ndarray, theirs: torch.Tensor) -> None:
    expected = theirs.numpy()
    assert ours.dtype == expected.dtype
    assert ours.shape == expected.shape
    if ours.dtype.kind in "iub":
        np.testing.assert_array_equal(ours, expected)
    else:
        # PyTorch's vectorised log, sin and cos are good to an absolute 1e-6 in float32.
        tolerance = {"float16": 2e-3, "float64": 1e-13, "complex128": 1e-13}
        tol = tolerance.get(ours.dtype.name, 2e-6)
        np.testing.assert_allclose(ours, expected, rtol=tol, atol=tol)


def assert_same_state(ours: Generator, theirs: torch.Generator) -> None:
    mine, other = (np.asarray(state) for state in (ours.get_state(), theirs.get_state().numpy()))
    spare = slice(5016, 5056)
    np.testing.assert_array_equal(mine[:5016], other[:5016])
    np.testing.assert_array_equal(mine[spare][16:20], other[spare][16:20])
    np.testing.assert_allclose(
        mine[spare][:8].view(np.float64), other[spare][:8].view(np.float64), rtol=1e-12
    )


def empty(n: int, dtype: str) -> torch.Tensor:
    return torch.empty(n, dtype=DTYPES[dtype])


# Each draw: how we make it and how PyTorch does.
DRAWS = {
    "uniform": (
        lambda g, n, d: g.uniform(n, -1.3, 3.7, d),
        lambda g, n, d: empty(n, d).uniform_(-1.3, 3.7, generator=g),
        [*FLOATS, "complex64", "complex128"],
    ),
    "rand": (
        lambda g, n, d: g.uniform(n, dtype=d),
        lambda g, n, d: torch.rand(n, generator=g, dtype=DTYPES[d]),
        [*FLOATS, "complex64", "complex128"],
    ),
    "randn": (
        lambda g, n, d: g.normal(n, dtype=d),
        lambda g, n, d: torch.randn(n, generator=g, dtype=DTYPES[d]),
        [*FLOATS, "complex64", "complex128"],
    ),
    "normal": (
        lambda g, n, d: g.normal(n, 1.5, 0.3, d),
        lambda g, n, d: empty(n, d).normal_(1.5, 0.3, generator=g),
        list(FLOATS),
    ),
    "log_normal": (
        lambda g, n, d: g.log_normal(n, 0.3, 0.2, d),
        lambda g, n, d: empty(n, d).log_normal_(0.3, 0.2, generator=g),
        list(FLOATS),
    ),
    "exponential": (
        lambda g, n, d: g.exponential(n, 1.5, d),
        lambda g, n, d: empty(n, d).exponential_(1.5, generator=g),
        list(FLOATS),
    ),
    "cauchy": (
        lambda g, n, d: g.cauchy(n, 1.0, 2.0, d),
        lambda g, n, d: empty(n, d).cauchy_(1.0, 2.0, generator=g),
        list(FLOATS),
    ),
    "geometric": (
        lambda g, n, d: g.geometric(n, 0.3, d),
        lambda g, n, d: empty(n, d).geometric_(0.3, generator=g),
        [*FLOATS, "int64", "int32", "uint8"],
    ),
    "randint": (
        lambda g, n, d: g.integers(0, 2, n, d),
        lambda g, n, d: torch.randint(0, 2, (n,), generator=g, dtype=DTYPES[d]),
        [*FLOATS, *INTEGERS],
    ),
    "random_": (
        lambda g, n, d: g.random(n, d),
        lambda g, n, d: empty(n, d).random_(generator=g),
        [*FLOATS, *INTEGERS],
    ),
    "random_ from": (
        lambda g, n, d: g.integers(1, None, n, d),
        lambda g, n, d: empty(n, d).random_(1, None, generator=g),
        [*FLOATS, *INTEGERS],
    ),
    "bernoulli number": (
        lambda g, n, d: g.bernoulli(0.3, n).astype(d),
        lambda g, n, d: empty(n, d).bernoulli_(0.3, generator=g),
        [*FLOATS, *INTEGERS],
    ),
    "bernoulli array": (
        lambda g, n, d: g.bernoulli(np.linspace(0, 1, n, dtype=d)).astype(d),
        lambda g, n, d: torch.bernoulli(
            torch.from_numpy(np.linspace(0, 1, n, dtype=d)), generator=g
        ),
        list(FLOATS),
    ),
    "randperm": (
        lambda g, n, d: g.permutation(n),
        lambda g, n, d: torch.randperm(n, generator=g),
        ["int64"],
    ),
    "multinomial": (
        lambda g, n, d: g.multinomial(weights(n, d), 1 + n // 2),
        lambda g, n, d: torch.multinomial(torch.from_numpy(weights(n, d)), 1 + n // 2, generator=g),
        ["float32", "float64"],
    ),
    "multinomial with replacement": (
        lambda g, n, d: g.multinomial(weights(n, d), 2 + n, True),
        lambda g, n, d: torch.multinomial(
            torch.from_numpy(weights(n, d)), 2 + n, True, generator=g
        ),
        ["float32", "float64"],
    ),
    "seed of a data loader": (
        lambda g, n, d: np.array(g.random64()),
        lambda g, n, d: torch.empty((), dtype=torch.int64).random_(generator=g),
        ["int64"],
    ),
}
CASES = [(name, dtype) for name, (_, _, dtypes) in DRAWS.items() for dtype in dtypes]


def weights(n: int, dtype: str) -> np.ndarray:
    return np.random.RandomState(n).gamma(0.5, size=(3, n + 1)).astype(dtype) + 1e-3


@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_each_draw_at_each_size(name: str, dtype: str) -> None:
    draw, oracle, _ = DRAWS[name]
    for size in SIZES if "multinomial" not in name else SIZES[:13]:
        ours, theirs = pair(size + 1)
        for _ in range(2):
            assert_same(draw(ours, size, dtype), oracle(theirs, size, dtype))
            assert_same_state(ours, theirs)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(-(2**63), 2**64 - 1),
    st.lists(
        st.tuples(st.sampled_from(CASES), st.one_of(st.integers(0, 40), st.integers(0, 1500))),
        max_size=12,
    ),
)
def test_any_draws_in_any_order(seed: int, draws: list) -> None:
    ours, theirs = pair(seed)
    assert ours.initial_seed() == theirs.initial_seed()
    for (name, dtype), size in draws:
        draw, oracle, _ = DRAWS[name]
        size %= 60 if "multinomial" in name else 1501
        assert_same(draw(ours, size, dtype), oracle(theirs, size, dtype))
    assert_same_state(ours, theirs)


BOUNDS = [0, 1, 100, 2**28 - 1, 2**28, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**63 - 1]


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.sampled_from(BOUNDS), st.integers(-(2**63), 2**63 - 1)),
    st.one_of(st.sampled_from(BOUNDS[1:]), st.integers(-(2**63), 2**63 - 1)),
)
def test_integers_of_any_range(a: int, b: int) -> None:
    low, high = (a, b) if a < b else (b, a)
    if low == high:
        high += 1
    if high > 2**63 - 1:
        return
    ours, theirs = pair(5)
    assert_same(
        ours.integers(low, high, (7, 3)), torch.randint(low, high, (7, 3), generator=theirs)
    )
    assert_same_state(ours, theirs)


def test_the_whole_range_of_int64() -> None:
    ours, theirs = pair(5)
    expected = torch.empty(50, dtype=torch.int64).random_(-(2**63), None, generator=theirs)
    assert_same(ours.integers(-(2**63), None, 50), expected)


def test_uniforms_are_equal_to_the_last_bit() -> None:
    # PyTorch scales with a fused multiply-add; float32 does as much here, rounded once.
    for dtype in (np.float32, np.float16):
        for low, high in ((0.0, 1.0), (-1.3, 3.7), (-0.125, 0.125), (1e-3, 7.0), (1.0, 1.000001)):
            ours, theirs = pair(9)
            expected = torch.empty(10000, dtype=FLOATS[np.dtype(dtype).name])
            expected.uniform_(low, high, generator=theirs)
            np.testing.assert_array_equal(ours.uniform(10000, low, high, dtype), expected.numpy())


def test_states_go_from_one_to_the_other() -> None:
    ours, theirs = pair(2**40 + 7)
    for size in (0, 1, 3, 623, 624, 20, 1, 1, 5):
        ours.normal(size)
        ours.set_state(ours.get_state())
        theirs.set_state(torch.from_numpy(ours.get_state().numpy()))
        theirs = theirs.clone_state()
        assert ours.initial_seed() == theirs.initial_seed() == 2**40 + 7
        assert_same(ours.normal(5), torch.randn(5, generator=theirs))
        ours.set_state(theirs.get_state().numpy())
        assert_same(ours.clone_state().normal(3), torch.randn(3, generator=theirs))


@pytest.mark.parametrize("seed", [0, 1, -1, 2**32, 2**63, -(2**63), 2**64 - 1])
def test_seeds(seed: int) -> None:
    ours, theirs = pair(seed)
    assert ours.initial_seed() == theirs.initial_seed()
    np.testing.assert_array_equal(ours.get_state(), theirs.get_state().numpy())


MISTAKES = {
    "seed too large": (
        lambda g: g.manual_seed(2**64),
        lambda g: g.manual_seed(2**64),
    ),
    "seed too small": (
        lambda g: g.manual_seed(-(2**63) - 1),
        lambda g: g.manual_seed(-(2**63) - 1),
    ),
    "seed a float": (lambda g: g.manual_seed(1.0), lambda g: g.manual_seed(1.0)),
    "state too short": (
        lambda g: g.set_state(np.zeros(10, np.uint8)),
        lambda g: g.set_state(torch.zeros(10, dtype=torch.uint8)),
    ),
    "state of zeros": (
        lambda g: g.set_state(np.zeros(5056, np.uint8)),
        lambda g: g.set_state(torch.zeros(5056, dtype=torch.uint8)),
    ),
    "state of floats": (
        lambda g: g.set_state(np.zeros(5056)),
        lambda g: g.set_state(torch.zeros(5056)),
    ),
    "uniform upside down": (
        lambda g: g.uniform(3, 2, 1),
        lambda g: torch.empty(3).uniform_(2, 1),
    ),
    "uniform to infinity": (
        lambda g: g.uniform(3, 0, math.inf),
        lambda g: torch.empty(3).uniform_(0, math.inf),
    ),
    "uniform from nan": (
        lambda g: g.uniform(3, math.nan, 1),
        lambda g: torch.empty(3).uniform_(math.nan, 1),
    ),
    "uniform too wide": (
        lambda g: g.uniform(3, -3e38, 3e38),
        lambda g: torch.empty(3).uniform_(-3e38, 3e38),
    ),
    "uniform of integers": (
        lambda g: g.uniform(3, dtype="int32"),
        lambda g: torch.empty(3, dtype=torch.int32).uniform_(),
    ),
    "negative std": (
        lambda g: g.normal(3, 0, -1),
        lambda g: torch.empty(3).normal_(0, -1),
    ),
    "normal of integers": (
        lambda g: g.normal(3, dtype="int32"),
        lambda g: torch.empty(3, dtype=torch.int32).normal_(),
    ),
    "log_normal of std 0": (
        lambda g: g.log_normal(3, 0, 0),
        lambda g: torch.empty(3).log_normal_(0, 0),
    ),
    "log_normal of integers": (
        lambda g: g.log_normal(3, dtype="int32"),
        lambda g: torch.empty(3, dtype=torch.int32).log_normal_(),
    ),
    "exponential of rate 0": (
        lambda g: g.exponential(3, 0),
        lambda g: torch.empty(3).exponential_(0),
    ),
    "exponential of integers": (
        lambda g: g.exponential(3, dtype="int32"),
        lambda g: torch.empty(3, dtype=torch.int32).exponential_(),
    ),
    "cauchy of sigma 0": (
        lambda g: g.cauchy(3, 0, 0),
        lambda g: torch.empty(3).cauchy_(0, 0),
    ),
    "geometric of 1": (
        lambda g: g.geometric(3, 1),
        lambda g: torch.empty(3).geometric_(1),
    ),
    "geometric of bool": (
        lambda g: g.geometric(3, 0.5, "bool"),
        lambda g: torch.empty(3, dtype=torch.bool).geometric_(0.5),
    ),
    "an empty range": (lambda g: g.integers(5, 5, 3), lambda g: torch.randint(5, 5, (3,))),
    "randint below the dtype": (
        lambda g: g.integers(-5, 7, 3, "uint8"),
        lambda g: torch.randint(-5, 7, (3,), dtype=torch.uint8),
    ),
    "randint above the dtype": (
        lambda g: g.integers(0, 2**31 + 1, 3, "int32"),
        lambda g: torch.randint(0, 2**31 + 1, (3,), dtype=torch.int32),
    ),
    "randint above float16": (
        lambda g: g.integers(0, 2**24, 3, "float16"),
        lambda g: torch.randint(0, 2**24, (3,), dtype=torch.float16),
    ),
    "random_ of complex": (
        lambda g: g.random(3, "complex64"),
        lambda g: torch.empty(3, dtype=torch.complex64).random_(),
    ),
    "permutation of -1": (lambda g: g.permutation(-1), lambda g: torch.randperm(-1)),
    "bernoulli of 1.5": (
        lambda g: g.bernoulli(1.5, 3),
        lambda g: torch.empty(3).bernoulli_(1.5),
    ),
    "bernoulli of nan": (
        lambda g: g.bernoulli(math.nan, 3),
        lambda g: torch.empty(3).bernoulli_(math.nan),
    ),
    "bernoulli of an array with 1.5": (
        lambda g: g.bernoulli(np.array([0.5, 1.5])),
        lambda g: torch.bernoulli(torch.tensor([0.5, 1.5])),
    ),
    "bernoulli of integers": (
        lambda g: g.bernoulli(np.array([0, 1])),
        lambda g: torch.bernoulli(torch.tensor([0, 1])),
    ),
    "another device": (lambda g: Generator("cuda"), lambda g: torch.Generator("cuda")),
}
for label, bad in {
    "zero weights": ([0.0, 0.0], 1, False),
    "zero weights, with replacement": ([0.0, 0.0], 2, True),
    "a negative weight": ([1.0, -1.0], 1, False),
    "a negative weight, with replacement": ([1.0, -1.0], 2, True),
    "a weight nan": ([1.0, math.nan], 1, False),
    "a weight inf, with replacement": ([1.0, math.inf], 2, True),
    "more picks than weights": ([1.0, 1.0], 3, False),
    "no picks": ([1.0, 1.0], 0, False),
    "weights of integers": ([1, 1], 1, False),
    "three dimensions": ([[[1.0]]], 1, False),
    "no dimension": (1.0, 1, False),
    "no weights": ([], 1, False),
}.items():
    MISTAKES[label] = (
        lambda g, w=bad: g.multinomial(np.array(w[0]), *w[1:]),
        lambda g, w=bad: torch.multinomial(torch.tensor(w[0]), *w[1:]),
    )


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_raise_the_same_type(mistake: str) -> None:
    ours, theirs = MISTAKES[mistake]
    with pytest.raises(Exception) as expected:
        theirs(torch.Generator())
    with pytest.raises(expected.type):
        ours(Generator())


def test_floats_beyond_exact_integers_warn() -> None:
    with pytest.warns(UserWarning, match="out of bounds"):
        torch.randint(0, 2**24 + 5, (3,), dtype=torch.float32)
    with pytest.warns(UserWarning, match="out of bounds"):
        Generator().integers(0, 2**24 + 5, 3, "float32")
