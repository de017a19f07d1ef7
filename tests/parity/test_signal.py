"""torch.signal.windows, each with its settings, beside PyTorch's."""

from __future__ import annotations

import pytest

import minitorch

torch = pytest.importorskip("torch")

NAMES = sorted(torch.signal.windows.__all__)
SETTINGS = {
    "general_cosine": [{"a": [0.46, 0.23, 0.31]}, {"a": (1.0,)}],
    "general_hamming": [{}, {"alpha": 0.7}],
    "kaiser": [{}, {"beta": 3.0}],
    "exponential": [{}, {"tau": 2.5}],
    "gaussian": [{}, {"std": 2.5}],
}
MISTAKES = [
    ("hann", (-1,), {}),
    ("hann", (5, True), {}),
    ("hann", (2.5,), {}),
    ("cosine", (5,), {"dtype": "int64"}),
    ("cosine", (5,), {"dtype": "complex64"}),
    ("general_cosine", (5,), {}),
    ("general_cosine", (5,), {"a": []}),
    ("general_cosine", (5,), {"a": 1.0}),
    ("exponential", (5,), {"tau": 0.0}),
    ("exponential", (5,), {"center": 1.0}),
    ("gaussian", (5,), {"std": -1.0}),
    ("kaiser", (5,), {"beta": -1.0}),
]


def called(library, name, args, kwargs):
    if isinstance(kwargs.get("dtype"), str):
        kwargs = {**kwargs, "dtype": getattr(library, kwargs["dtype"])}
    return getattr(library.signal.windows, name)(*args, **kwargs)


def test_every_window_is_here():
    assert sorted(minitorch.signal.windows.__all__) == NAMES


@pytest.mark.parametrize("sym", [True, False])
@pytest.mark.parametrize("dtype", [None, "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_values(name, dtype, sym):
    for settings in SETTINGS.get(name, [{}]):
        for count in (0, 1, 2, 3, 8, 13):
            kwargs = {**settings, "sym": sym, **({"dtype": dtype} if dtype else {})}
            ours = called(minitorch, name, (count,), kwargs)
            theirs = called(torch, name, (count,), kwargs)
            assert str(ours.dtype) == str(theirs.dtype)
            assert ours.shape == theirs.shape
            close = 1e-6 if dtype is None else 1e-12
            assert ours.tolist() == pytest.approx(theirs.tolist(), abs=close), (name, count)


def test_a_center_and_a_leaf():
    kwargs = {"center": 1.0, "sym": False, "requires_grad": True}
    ours, theirs = (called(t, "exponential", (4,), kwargs) for t in (minitorch, torch))
    assert ours.tolist() == pytest.approx(theirs.tolist(), abs=1e-6)
    assert ours.requires_grad and ours.is_leaf


@pytest.mark.parametrize("name, args, kwargs", MISTAKES)
def test_mistakes(name, args, kwargs):
    with pytest.raises(Exception) as theirs:
        called(torch, name, args, kwargs)
    with pytest.raises(theirs.type):
        called(minitorch, name, args, kwargs)
