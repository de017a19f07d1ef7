"""The generator by itself: reproducible, restorable, safe between threads, and its mistakes.

Frozen numbers name the PyTorch call that made them.
"""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import minitorch.random as random
from minitorch.random import Generator


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def test_known_numbers_of_seed_0() -> None:
    # torch.randint(0, 10, (5,), generator=torch.Generator().manual_seed(0)), and so on
    np.testing.assert_array_equal(seeded().integers(0, 10, 5), [4, 9, 3, 0, 3])
    # torch.randint(0, 2**40, (3,))
    np.testing.assert_array_equal(
        seeded().integers(0, 2**40, 3), [741280623151, 506137267392, 291447657211]
    )
    # torch.randperm(8)
    np.testing.assert_array_equal(seeded().permutation(8), [4, 0, 7, 3, 2, 5, 1, 6])
    # torch.rand(3)
    np.testing.assert_array_equal(
        seeded().uniform(3),
        np.float32([0.49625658988952637, 0.7682217955589294, 0.08847743272781372]),
    )
    # torch.randn(3)
    np.testing.assert_allclose(
        seeded().normal(3), [1.5409960746765137, -0.293428897857666, -2.1787893772125244], rtol=1e-6
    )
    # torch.randn(16)[:3]
    np.testing.assert_allclose(
        seeded().normal(16)[:3],
        [-1.1258398294448853, -1.152360200881958, -0.2505785822868347],
        rtol=1e-5,
    )
    # torch.empty((), dtype=torch.int64).random_().item()
    assert seeded().random64() == 900450186894289455


def test_the_default_seed_is_pytorchs() -> None:
    assert Generator().initial_seed() == 67280421310721  # torch.Generator().initial_seed()


@pytest.mark.parametrize("size", [1, 15, 16, 17, 1000])
def test_the_same_seed_gives_the_same_numbers(size: int) -> None:
    first, second = seeded(7), seeded(7)
    for draw in ("normal", "uniform", "exponential", "log_normal", "cauchy", "random"):
        np.testing.assert_array_equal(getattr(first, draw)(size), getattr(second, draw)(size))
    assert not np.array_equal(seeded(7).uniform(size), seeded(8).uniform(size))


def test_seeding_again_starts_anew_and_forgets_the_kept_normal() -> None:
    generator = seeded()
    first = generator.normal(1)
    generator.manual_seed(0)
    np.testing.assert_array_equal(generator.normal(1), first)


@pytest.mark.parametrize("drawn", [0, 1, 2, 623, 624, 625, 1248])
def test_a_state_restored_gives_the_same_numbers(drawn: int) -> None:
    generator = seeded(3)
    generator.random(drawn, np.int32)
    generator.normal(3)  # leaves a normal kept for the next call
    state = generator.get_state()
    assert state.shape == (5056,)
    assert np.asarray(state).dtype == np.uint8
    expected = generator.normal(5)
    other = Generator()
    other.set_state(state)
    np.testing.assert_array_equal(other.get_state(), state)
    np.testing.assert_array_equal(other.normal(5), expected)
    assert other.initial_seed() == 3


@pytest.mark.parametrize(
    "duplicate",
    [Generator.clone_state, copy.copy, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))],
)
def test_copies_go_on_alike_and_apart(duplicate) -> None:
    generator = seeded(3)
    generator.normal(3)
    other = duplicate(generator)
    expected = generator.normal(4)
    np.testing.assert_array_equal(other.normal(4), expected)


def test_a_state_is_not_a_view() -> None:
    generator = seeded()
    state = generator.get_state()
    generator.uniform(3)
    generator.set_state(state)
    state[:] = 0
    np.testing.assert_array_equal(generator.uniform(3), seeded().uniform(3))


def test_the_module_speaks_for_the_default_generator() -> None:
    state = random.default_generator.get_state()
    try:
        assert random.manual_seed(-1) is random.default_generator
        assert random.initial_seed() == 2**64 - 1
        assert random.manual_seed(5.0).initial_seed() == 5
        chosen = random.seed()
        assert random.initial_seed() == chosen
        assert chosen != random.seed()
    finally:
        random.default_generator.set_state(state)


def test_fork_rng_leaves_the_default_generator_as_it_was() -> None:
    before = random.default_generator.get_state()
    with pytest.raises(KeyError), random.fork_rng():
        random.manual_seed(1)
        raise KeyError
    np.testing.assert_array_equal(random.default_generator.get_state(), before)
    with random.fork_rng(enabled=False):
        random.default_generator.uniform(1)
    assert not np.array_equal(random.default_generator.get_state(), before)


def test_importing_makes_no_generator_of_words() -> None:
    program = "import sys, minitorch.random; print('numpy.random' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"


def test_threads_share_a_generator_without_sharing_numbers() -> None:
    generator = seeded()
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: generator.normal(15, dtype=np.float64), range(400)))
    # An odd count a call, so that each call leaves or takes a kept number.
    alone = seeded()
    expected = [alone.normal(15, dtype=np.float64) for _ in range(400)]
    np.testing.assert_array_equal(np.sort(np.ravel(drawn)), np.sort(np.ravel(expected)))


def test_shapes_and_dtypes() -> None:
    generator = seeded()
    for shape in ((), (0,), (2, 3), (4, 0, 2), 5):
        expected = (shape,) if isinstance(shape, int) else shape
        for dtype in (np.float16, np.float32, np.float64, np.complex64, np.complex128):
            for draw in (generator.uniform, generator.normal):
                values = draw(shape, dtype=dtype)
                assert isinstance(values, np.ndarray)
                assert values.shape == expected
                assert values.dtype == dtype
        assert generator.integers(0, 3, shape).shape == expected
        assert generator.bernoulli(0.5, shape).shape == expected
        assert generator.bernoulli(np.full(expected, 0.5)).shape == expected
    assert generator.bernoulli(np.array([[0.0], [1.0]]), (2, 3)).tolist() == [
        [False] * 3,
        [True] * 3,
    ]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_uniforms_stay_below_the_upper_bound(dtype: type) -> None:
    high = 1 + 4 * float(np.finfo(dtype).eps)
    values = seeded().uniform(2000, 1.0, high, dtype)
    assert values.min() == 1.0
    assert values.max() < high


def test_moments() -> None:
    generator, n = seeded(1), 200_000
    draws = {
        "uniform": (generator.uniform(n, 1, 3), 2, math.sqrt(1 / 3)),
        "normal": (generator.normal(n, 1.0, 2.0), 1, 2),
        "exponential": (generator.exponential(n, 0.5), 2, 2),
        "geometric": (generator.geometric(n, 0.25), 4, math.sqrt(0.75) / 0.25),
        "bernoulli": (generator.bernoulli(0.3, n), 0.3, math.sqrt(0.21)),
        "integers": (generator.integers(0, 11, n), 5, math.sqrt(10)),
        "log_normal": (
            generator.log_normal(n, 0.0, 0.5),
            math.exp(0.125),
            math.sqrt(math.expm1(0.25) * math.exp(0.25)),
        ),
    }
    for name, (values, mean, std) in draws.items():
        assert values.mean(dtype=np.float64) == pytest.approx(mean, abs=5 * std / math.sqrt(n)), (
            name
        )
        assert values.std(dtype=np.float64) == pytest.approx(std, rel=0.03), name
    assert np.median(generator.cauchy(n, 2.0)) == pytest.approx(2, abs=0.03)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 1797])
def test_permutations_hold_every_number_once(n: int) -> None:
    permutation = seeded().permutation(n)
    assert permutation.dtype == np.int64
    np.testing.assert_array_equal(np.sort(permutation), np.arange(n))


@pytest.mark.parametrize(
    ("weight", "count", "replacement", "message"),
    [
        (-1.0, 2, True, "encountering probability entry < 0"),
        (math.nan, 2, True, "encountering probability entry < 0"),
        (math.inf, 2, True, "encountering probability entry = infinity or NaN"),
        (-1.0, 1, True, "probability tensor contains either"),
        (-1.0, 2, False, "probability tensor contains either"),
    ],
)
def test_multinomial_refuses_what_is_no_weight(weight, count, replacement, message) -> None:
    with pytest.raises(RuntimeError, match=message):
        random.Generator().multinomial(np.array([1.0, weight]), count, replacement)


def test_multinomial_picks_by_weight() -> None:
    generator = seeded()
    weights = np.array([[0.0, 1.0, 3.0], [2.0, 0.0, 2.0]])
    many = generator.multinomial(weights, 20_000, True)
    assert many.shape == (2, 20_000)
    shares = np.stack([np.bincount(row, minlength=3) for row in many]) / 20_000
    np.testing.assert_allclose(shares, [[0, 0.25, 0.75], [0.5, 0, 0.5]], atol=0.02)
    for _ in range(50):
        np.testing.assert_array_equal(np.sort(generator.multinomial(weights, 2)), [[1, 2], [0, 2]])
    assert generator.multinomial(np.ones((0, 2)), 1).shape == (0, 1)
    assert generator.multinomial(np.ones(4), 4).shape == (4,)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda g: g.manual_seed("3"), RuntimeError, "expected a long, but got str"),
        (lambda g: g.manual_seed(True), RuntimeError, "expected a long, but got bool"),
        (lambda g: g.manual_seed(2**64), ValueError, "between -2\\*\\*63 and 2\\*\\*64 - 1"),
        (lambda g: g.set_state(np.zeros(5056)), TypeError, "ByteTensor.*float64"),
        (lambda g: g.set_state(np.zeros(7, np.uint8)), RuntimeError, "5056 .* to be 7"),
        (lambda g: g.set_state(np.zeros(5056, np.uint8)), RuntimeError, "Invalid mt19937 state"),
        (lambda g: g.uniform(3, 2, 1), RuntimeError, "from=2 > to=1"),
        (lambda g: g.normal(3, 0, -1), RuntimeError, "std >= 0.0, but found std -1"),
        (lambda g: g.normal(3, dtype=int), NotImplementedError, "not implemented for 'int64'"),
        (lambda g: g.integers(3, 3, 1), RuntimeError, "from=3 >= to=3"),
        (lambda g: g.integers(0, 300, 1, "uint8"), RuntimeError, "299, uint8 holds 0 to 255"),
        (lambda g: g.integers(0, 2.5, 1), TypeError, "float"),
        (lambda g: g.permutation(-1), RuntimeError, "negative dimension -1"),
        (lambda g: g.bernoulli(2, 3), RuntimeError, "in \\[0, 1\\], but got p=2"),
        (lambda g: g.bernoulli(np.array([0.0, 2.0])), RuntimeError, "values from 0.0 to 2.0"),
        (lambda g: g.multinomial(np.ones(2), 3), RuntimeError, "n_sample=3, .*=2"),
        (lambda g: Generator("cuda:0"), RuntimeError, "expected device 'cpu', got 'cuda:0'"),
    ],
)
def test_mistakes_are_explained(call, error, message) -> None:
    generator = seeded()
    with pytest.raises(error, match=message):
        call(generator)
    np.testing.assert_array_equal(generator.get_state(), seeded().get_state())
