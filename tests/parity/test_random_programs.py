"""Random programs of random calls print PyTorch's numbers, in any order, from any state."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch

torch = pytest.importorskip("torch")

SIZES = st.one_of(st.integers(0, 40), st.integers(0, 1500), st.sampled_from([9999, 10000]))
FLOATS = ("float16", "float32", "float64")
REALS = st.sampled_from(FLOATS)
ANY = st.sampled_from((*FLOATS, "int64", "int32", "uint8", "bool", "complex64", "complex128"))
FLOAT_OR_COMPLEX = st.sampled_from((*FLOATS, "complex64", "complex128"))
WHOLE = st.sampled_from((*FLOATS, "int64", "int32", "int16", "int8", "uint8"))


def odds(t, n, dtype):
    return t.linspace(0.05, 0.95, n, dtype=t.float64).to(dtype)


# name: the dtypes, and the call of a module, a size and a dtype
CALLS = {
    "rand": (FLOAT_OR_COMPLEX, lambda t, n, d: t.rand(n, dtype=d)),
    "randn": (FLOAT_OR_COMPLEX, lambda t, n, d: t.randn(n, dtype=d)),
    "rand_like": (REALS, lambda t, n, d: t.rand_like(t.zeros(n, 2, dtype=d))),
    "randn_like": (REALS, lambda t, n, d: t.randn_like(t.zeros(2, n, dtype=d))),
    "randn_like of a transpose": (REALS, lambda t, n, d: t.randn_like(t.zeros(2, n, dtype=d).t())),
    "randint": (WHOLE, lambda t, n, d: t.randint(0, 100, (n,), dtype=d)),
    "long randint": (st.just("int64"), lambda t, n, d: t.randint(-5, 2**40, (n,), dtype=d)),
    "randint_like": (WHOLE, lambda t, n, d: t.randint_like(t.zeros(n, dtype=d), 3, 90)),
    "randperm": (st.sampled_from(("int64", "int32")), lambda t, n, d: t.randperm(n, dtype=d)),
    "normal": (REALS, lambda t, n, d: t.normal(1.5, 0.3, (n,), dtype=d)),
    "normal of tensors": (REALS, lambda t, n, d: t.normal(t.ones(n, dtype=d), t.ones(n, dtype=d))),
    "bernoulli": (REALS, lambda t, n, d: t.bernoulli(odds(t, n, d))),
    "bernoulli of a number": (REALS, lambda t, n, d: t.zeros(n, dtype=d).bernoulli(0.3)),
    "multinomial": (REALS, lambda t, n, d: t.multinomial(odds(t, n + 2, t.float64), 1)),
    "poisson": (st.sampled_from(FLOATS[1:]), lambda t, n, d: t.poisson(30 * odds(t, n % 200, d))),
    "binomial": (
        st.sampled_from(FLOATS[1:]),
        lambda t, n, d: t.binomial(t.full((n % 200,), 60, dtype=d), odds(t, n % 200, d)),
    ),
    "dropout": (REALS, lambda t, n, d: t.dropout(t.ones(n, dtype=d), 0.4, True)),
    "alpha_dropout": (REALS, lambda t, n, d: t.alpha_dropout(t.ones(n, dtype=d), 0.4, True)),
    "feature_dropout": (REALS, lambda t, n, d: t.feature_dropout(t.ones(2, n, 3), 0.4, True)),
    "rrelu": (REALS, lambda t, n, d: t.rrelu(t.linspace(-1, 1, n, dtype=d), 0.1, 0.3, True)),
    "uniform_": (FLOAT_OR_COMPLEX, lambda t, n, d: t.zeros(n, dtype=d).uniform_(-1, 3)),
    "normal_": (FLOAT_OR_COMPLEX, lambda t, n, d: t.zeros(n, dtype=d).normal_(2, 0.5)),
    "normal_ of a part": (REALS, lambda t, n, d: t.zeros(n, 3, dtype=d)[:, 1].normal_()),
    "bernoulli_": (ANY, lambda t, n, d: t.zeros(n, dtype=d).bernoulli_(0.7)),
    "exponential_": (REALS, lambda t, n, d: t.zeros(n, dtype=d).exponential_(1.5)),
    "geometric_": (WHOLE, lambda t, n, d: t.zeros(n, dtype=d).geometric_(0.3)),
    "cauchy_": (REALS, lambda t, n, d: t.zeros(n, dtype=d).cauchy_(1, 2)),
    "log_normal_": (REALS, lambda t, n, d: t.zeros(n, dtype=d).log_normal_(0.1, 0.2)),
    "random_": (WHOLE, lambda t, n, d: t.zeros(n, dtype=d).random_()),
    "random_ up to": (WHOLE, lambda t, n, d: t.zeros(n, dtype=d).random_(77)),
    "random_ between": (WHOLE, lambda t, n, d: t.zeros(n, dtype=d).random_(3, 77)),
}
TOLERANCES = {"float16": 2e-3, "float64": 1e-13, "complex128": 1e-13}
STEPS = st.sampled_from(sorted(CALLS)).flatmap(
    lambda name: st.tuples(st.just(name), SIZES, CALLS[name][0])
)
PROGRAMS = st.lists(st.one_of(STEPS, st.sampled_from(["save", "restore", "exchange", "fork"])))


def same(ours, theirs, relative: float | None = None) -> None:
    mine, other = (
        x.resolve_conj().numpy() if x.is_complex() else x.numpy() for x in (ours, theirs)
    )
    assert (mine.dtype, mine.shape) == (other.dtype, other.shape)
    if mine.dtype.kind in "iub":
        np.testing.assert_array_equal(mine, other)
    else:
        tolerance = relative or TOLERANCES.get(mine.dtype.name, 2e-6)
        np.testing.assert_allclose(mine, other, tolerance, tolerance)


def step(name, n, dtype, module):
    return CALLS[name][1](module, n, getattr(module, dtype))


@settings(max_examples=60, deadline=None)
@given(st.integers(-(2**63), 2**64 - 1), PROGRAMS)
def test_programs(seed, program):
    minitorch.manual_seed(seed), torch.manual_seed(seed)
    saved = minitorch.get_rng_state(), torch.get_rng_state()
    for entry in program:
        if entry == "save":
            saved = minitorch.get_rng_state(), torch.get_rng_state()
        elif entry == "restore":
            minitorch.set_rng_state(saved[0]), torch.set_rng_state(saved[1])
        elif entry == "exchange":
            mine, other = minitorch.get_rng_state().numpy(), torch.get_rng_state().numpy()
            minitorch.set_rng_state(minitorch.from_numpy(other))
            torch.set_rng_state(torch.from_numpy(mine))
        elif entry == "fork":
            with minitorch.random.fork_rng(), torch.random.fork_rng():
                same(minitorch.randn(3), torch.randn(3))
        else:
            # far out in its tails tan magnifies the rounding of its argument
            relative = 1e-4 if entry[0] == "cauchy_" and entry[2] != "float64" else None
            if entry[0] == "cauchy_" and entry[2] == "float16":
                relative = 2e-3
            same(step(*entry, minitorch), step(*entry, torch), relative)
    assert minitorch.initial_seed() == torch.initial_seed()
    same(minitorch.rand(3), torch.rand(3))


@pytest.mark.parametrize("name", CALLS)
def test_each_call_between_two_others(name):
    for n in (0, 1, 15, 16, 17, 33, 1000):
        minitorch.manual_seed(n), torch.manual_seed(n)
        for dtype in FLOATS[1:2] if "long" not in name and name != "randperm" else ["int64"]:
            same(minitorch.randn(3), torch.randn(3))
            relative = 1e-4 if name == "cauchy_" else None
            same(step(name, n, dtype, minitorch), step(name, n, dtype, torch), relative)
        same(minitorch.randn(4), torch.randn(4))
