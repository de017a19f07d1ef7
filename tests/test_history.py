"""In-place writes on arrays inside of differentiated functions: what was saved before stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch as torch
from minitorch import grad, make_jvp
from minitorch.engine import history
from minitorch.faces.array import Array

INDICES = [
    (0,), (1,), (slice(1, None),), (slice(None, None, 2),), (slice(None, None, -1),),
    (slice(None), 0), (slice(None), slice(1, 3)), (slice(0, 2), slice(None, None, 2)), (2, 1),
    (np.array([0, 2]),), (Ellipsis,),
]  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(range(5)), st.sampled_from(INDICES), st.sampled_from(INDICES)),
    max_size=8,
)


def program(steps):
    """A function that reads and writes parts of one array, as plain NumPy would run it."""

    def run(x):
        y, total = x * 1.0, 0.0
        for kind, there, here in steps:
            part = y[here]
            if kind == 0:
                total = total + np.sum(part * part)
            elif kind == 1:
                y[there] = np.sin(np.sum(part) * y[there])
            elif kind == 2:
                y[there] *= np.cos(np.sum(part * part))
            elif kind == 3:
                y[there] += y[there] * y[there]
            else:
                view = y[:2]
                saved = view * view
                view[0] = saved[1] + view[0]
        return total + np.sum(y * y * np.arange(1.0, 13).reshape(3, 4))

    return run


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_random_programs_have_the_gradients_of_finite_differences(steps):
    f, rng = program(steps), np.random.default_rng(1)
    x, v, eps = rng.uniform(-0.5, 0.5, (3, 4)), rng.normal(size=(3, 4)), 1e-6
    value = f(x)
    slope = (f(x + eps * v) - f(x - eps * v)) / (2 * eps)
    assert np.sum(grad(f)(x) * v) == pytest.approx(slope, rel=1e-5, abs=1e-5)
    found, moved = make_jvp(f)(x)(v)
    assert found == pytest.approx(value)
    assert moved == pytest.approx(slope, rel=1e-5, abs=1e-5)
    bend = (grad(f)(x + eps * v) - grad(f)(x - eps * v)) / (2 * eps)
    twice = grad(lambda x: np.sum(grad(f)(x) * v))(x)
    np.testing.assert_allclose(twice, bend, rtol=1e-4, atol=1e-4)


def test_a_recurrence_over_the_rows_of_one_array():
    def states(w):
        h = np.zeros_like(w, shape=(6, 3)) + 0 * w[0]
        h[0] = np.tanh(w[0])
        for t in range(1, 6):
            h[t] = np.tanh(h[t - 1] @ w) * h[t - 1]
        return np.sum(h * h)

    def listed(w):
        h = [np.tanh(w[0])]
        for _ in range(1, 6):
            h.append(np.tanh(h[-1] @ w) * h[-1])
        return np.sum(np.stack(h) ** 2)

    w = np.random.default_rng(0).normal(size=(3, 3))
    np.testing.assert_allclose(grad(states)(w), grad(listed)(w), rtol=1e-12)


def test_a_value_saved_before_a_write_is_the_one_that_the_rule_reads():
    def f(x):
        y = x * 1.0
        z = y * y
        y[0] = 100.0
        return np.sum(z)

    np.testing.assert_array_equal(grad(f)(np.array([3.0, 4.0])), [6, 8])


def test_tensors_refuse_as_pytorch_does():
    x = torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * 1.0
    z = y * y
    y[0] = 100.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_a_write_elsewhere_in_the_same_memory_copies_nothing():
    base = Array(np.arange(6.0))
    saved = base[:3]._value
    count = base._counter[0]
    base[3:] = 0.0
    assert history.restored(saved, count, base._counter) is saved
    base[2] = 9.0
    np.testing.assert_array_equal(history.restored(saved, count, base._counter), [0, 1, 2])


def test_writes_that_were_not_remembered_are_an_error():
    with torch.no_grad():
        base = Array(np.arange(3.0))
        base[0] = 5.0
    assert history.restored(base._value, 0, base._counter) is None
