"""bfloat16, where ml_dtypes is installed: dtypes as PyTorch's, values to a last bit or two."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import minitorch
import minitorch.nn.functional
from tests.parity.compare import label

torch = pytest.importorskip("torch")
pytest.importorskip("ml_dtypes")

CALLS = [
    lambda torch, x, m: m @ m,
    lambda torch, x, m: m @ m[0],
    lambda torch, x, m: torch.bmm(x[:, :, None], x[:, None]),
    lambda torch, x, m: torch.einsum("ij,kj->ik", x, x),
    lambda torch, x, m: torch.nn.functional.linear(x, x),
    lambda torch, x, m: torch.nn.functional.linear(x, x, m[0]),
    lambda torch, x, m: x.sigmoid(),
    lambda torch, x, m: torch.nn.functional.silu(x),
    lambda torch, x, m: x.softmax(1),
    lambda torch, x, m: x.log_softmax(1),
    lambda torch, x, m: x.sum(0),
    lambda torch, x, m: x.max(1).values,
    lambda torch, x, m: torch.nn.functional.layer_norm(x, (3,)),
    lambda torch, x, m: torch.nn.functional.binary_cross_entropy_with_logits(x, x.sigmoid()),
    lambda torch, x, m: torch.nn.functional.cross_entropy(x, x.softmax(1)),
    lambda torch, x, m: torch.nn.functional.mse_loss(x, x * 2),
]


def results(library, call):
    """The value and the gradients, as float32, and the dtypes."""
    x = library.tensor([[0.5, -1.25, 3.0], [2.0, 0.125, -2.0]], dtype=library.bfloat16)
    m = library.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=library.bfloat16)
    x.requires_grad_(), m.requires_grad_()
    y = call(library, x, m)
    y.float().pow(2).sum().backward()
    found = [t for t in (y, x.grad, m.grad) if t is not None]
    return [t.detach().float().numpy() for t in found], [str(t.dtype) for t in found]


@pytest.mark.parametrize("call", CALLS, ids=label)
def test_values_and_gradients(call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (got, dtypes), (want, expected) = results(minitorch, call), results(torch, call)
    assert dtypes == expected == ["torch.bfloat16"] * len(want)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, 0.04, 0.1)


@pytest.mark.parametrize("size", [1, 3, 15, 16, 20, 100])
@pytest.mark.parametrize("name", ["rand", "randn"])
def test_the_same_numbers_for_a_seed(name, size):
    """Those of float32, rounded."""
    pairs = []
    for library in (minitorch, torch):
        library.manual_seed(3)
        drawn = [getattr(library, name)(size, dtype=library.bfloat16) for _ in range(2)]
        pairs.append([t.float().tolist() for t in (*drawn, library.rand(2))])
    np.testing.assert_allclose(np.concatenate(pairs[0]), np.concatenate(pairs[1]), 0.008, 0.002)


def test_layers_are_made_in_bfloat16():
    for library in (minitorch, torch):
        layer = library.nn.Linear(3, 2, dtype=library.bfloat16)
        assert layer(library.ones(1, 3, dtype=library.bfloat16)).dtype == library.bfloat16
