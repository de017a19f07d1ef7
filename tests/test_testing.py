"""`torch.testing`: assert_close and make_tensor."""

from __future__ import annotations

import re

import numpy as np
import pytest

import minitorch as torch

NAN = float("nan")
PAIRS = [
    lambda t: (t.ones(2, 3), t.ones(2, 3) * 1.1),
    lambda t: (t.ones(2, 3), t.ones(2, 3) + 1e-6),
    lambda t: (t.ones(2), t.ones(3)),
    lambda t: (t.ones(2), t.ones(2, dtype=t.float64)),
    lambda t: (t.ones(2, dtype=t.float64), t.ones(2, dtype=t.float64) + 1e-7),
    lambda t: (t.ones(2, dtype=t.float64), t.ones(2, dtype=t.float64) + 1e-6),
    lambda t: (t.ones(2, dtype=t.float16), t.ones(2, dtype=t.float16) * 1.002),
    lambda t: (t.tensor([1 + 2j]), t.tensor([1 + 2.5j])),
    lambda t: (1, 2),
    lambda t: (1, 1.0),
    lambda t: (1.0, 1.1),
    lambda t: (1j, 1.1j),
    lambda t: ([1, 2], [1, 3]),
    lambda t: ([1, 2], (1, 2)),
    lambda t: ([1, 2], [1, 2, 3]),
    lambda t: ({"a": t.ones(2)}, {"a": t.zeros(2)}),
    lambda t: ({"a": [t.ones(2), 3]}, {"a": [t.ones(2), 4]}),
    lambda t: ({"a": 1}, {"b": 1}),
    lambda t: (t.tensor([1, 2]), t.tensor([1, 3])),
    lambda t: (t.tensor([True, False]), t.tensor([True, True])),
    lambda t: (t.tensor(1.0), t.tensor(2.0)),
    lambda t: (t.tensor([NAN]), t.tensor([NAN])),
    lambda t: (t.tensor([np.inf, 1]), t.tensor([np.inf, 1])),
    lambda t: (t.tensor([np.inf, 1]), t.tensor([-np.inf, 1])),
    lambda t: (None, None),
    lambda t: (t.ones(2), None),
    lambda t: (True, False),
    lambda t: (np.ones(2), np.ones(2) * 2),
    lambda t: (t.zeros(0, 3), t.zeros(0, 3)),
    lambda t: ("a", "b"),
    lambda t: (t.ones(2), [1.0, 1.0]),
    lambda t: (t.ones(2, requires_grad=True), t.ones(2)),
]
OPTIONS = [
    {}, {"rtol": 0.2, "atol": 0.0}, {"rtol": 0, "atol": 0}, {"equal_nan": True},
    {"check_dtype": False}, {"msg": "mine"}, {"msg": lambda text: f"<{text}>"},
]  # fmt: skip


def verdict(module, pair, options):
    try:
        module.testing.assert_close(*pair(module), **options)
    except Exception as error:
        # numbers are printed to the dtype's own precision there, in float64 here
        return type(error), re.sub(
            r"\d+\.\d+(e[+-]\d+)?", "#", str(error).replace("minitorch.faces.tensor", "torch")
        )
    return None


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options) or "plain")
@pytest.mark.parametrize("pair", PAIRS)
def test_verdicts_are_pytorchs(pair, options):
    theirs = pytest.importorskip("torch")
    assert verdict(torch, pair, options) == verdict(theirs, pair, options)


def test_the_worst_element_is_shown():
    with pytest.raises(AssertionError) as error:
        torch.testing.assert_close(torch.tensor([[1.0, 2.0], [3.0, 4.0]]),
                                   torch.tensor([[1.0, 2.5], [3.0, 4.25]]))  # fmt: skip
    assert str(error.value) == (
        "Tensor-likes are not close!\n\nMismatched elements: 2 / 4 (50.0%)\n"
        "Greatest absolute difference: 0.5 at index (0, 1) (up to 1e-05 allowed)\n"
        "Greatest relative difference: 0.2 at index (0, 1) (up to 1.3e-06 allowed)"
    )


def test_large_integers_do_not_overflow():
    """PyTorch finds a difference of 0 here."""
    with pytest.raises(AssertionError, match=rf"absolute difference: {2**63} at index \(0,\)"):
        torch.testing.assert_close(torch.tensor([2**62, 2]), torch.tensor([-(2**62), 2]))


def test_tolerances_come_in_pairs():
    with pytest.raises(ValueError, match="but got no atol"):
        torch.testing.assert_close(torch.ones(1), torch.ones(1), rtol=1e-3)
    with pytest.raises(ValueError, match="but got no rtol"):
        torch.testing.assert_close(torch.ones(1), torch.ones(1), atol=1e-3)


def test_assert_allclose():
    torch.testing.assert_allclose([1.0, NAN], [1.0, NAN])
    with pytest.raises(AssertionError):
        torch.testing.assert_allclose([1.0], [2.0])


@pytest.mark.parametrize("kind", ["bool", "uint8", "int64", "float16", "float32", "complex64"])
def test_make_tensor(kind):
    dtype = getattr(torch, kind)
    x = torch.testing.make_tensor(40, 50, dtype=dtype)
    assert x.shape == (40, 50) and x.dtype == dtype and len(set(x.flatten().tolist())) > 1
    y = torch.testing.make_tensor((3, 4), dtype=dtype, noncontiguous=True, exclude_zero=True)
    assert y.shape == (3, 4) and not y.is_contiguous() and bool((y != 0).all())
    if kind != "bool":
        z = torch.testing.make_tensor(100, dtype=dtype, low=2, high=4)
        assert bool((abs(z) >= 2).all())
    if kind == "float32":
        assert torch.testing.make_tensor(2, dtype=dtype, requires_grad=True).requires_grad
    with pytest.raises(ValueError, match="low must be less"):
        torch.testing.make_tensor(2, dtype=dtype, low=4, high=4)
