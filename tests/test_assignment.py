"""`x[index] = value` and `x[index] += value`, for all kinds of index.

Every test holds for PyTorch too, and is run against it.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.test_views import STALE

INDICES = {
    "int": (1,),
    "negative int": (-1,),
    "slice": (slice(1, None),),
    "step": (slice(None, None, 2), slice(1, None, 2)),
    "ellipsis": (..., 1),
    "newaxis": (None, 1),
    "all": (...,),
    "list": ([0, 2],),
    "two lists": ([0, 2], [1, 3]),
    "broadcast lists": ([[0], [2]], [1, 3]),
    "list behind a slice": (slice(None), [3, 0]),
    "int and list": (1, [3, 0]),
    "slice between lists": ([0, 1], slice(None), [1, 0]),
    "mask": (np.array([True, False, True]),),
    "full mask": (np.arange(24).reshape(3, 4, 2) % 5 == 0,),
    "mask behind a slice": (slice(None), np.array([True, False, True, True])),
    "mask and list": (np.array([True, False, True]), [1, 1]),
    "index array": (np.array([[0, 1], [2, 0]]),),
    "empty list": ([],),
    "empty slice": (slice(2, 2),),
    "empty mask": (np.zeros(3, bool),),
    "one element": (1, 2, 0),
    "all three": (slice(None), None, [1, 2], ..., 0),
    "true": (True,),
}


def converted(library, index):
    """An index with arrays as tensors, as a script would have them."""
    return tuple(library.tensor(p) if isinstance(p, np.ndarray) else p for p in index)


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize("kind", ["number", "tensor", "broadcast", "0-d"])
def test_assignment(torch, name, kind):
    index = converted(torch, INDICES[name])
    x = torch.arange(24.0, dtype=torch.float64).reshape(3, 4, 2).requires_grad_()
    picked = x[index]
    shape = tuple(picked.shape)
    sizes = {"tensor": shape, "broadcast": (1, *shape[-1:]) if shape else (), "0-d": ()}
    value = 5.0
    if kind != "number":
        value = torch.full(sizes[kind], 3.0, dtype=torch.float64, requires_grad=True)
    b = x.clone()
    b[index] = value

    places = np.arange(24).reshape(3, 4, 2)
    hit = torch.tensor(places)[index].numpy()
    want = np.arange(24.0)
    want[hit] = 5.0 if kind == "number" else 3.0
    np.testing.assert_array_equal(b.detach().numpy().ravel(), want)
    factor = torch.tensor(places + 1.0)
    (b * factor).sum().backward()
    slope = places.ravel() + 1.0
    slope[hit] = 0.0
    np.testing.assert_array_equal(x.grad.numpy().ravel(), slope)
    if kind != "number" and len(set(hit.ravel())) == hit.size:
        assert value.grad.sum().item() == (hit + 1.0).sum()
        if kind == "tensor":
            np.testing.assert_array_equal(value.grad.numpy(), hit + 1.0)


@pytest.mark.parametrize("name", INDICES)
def test_augmented_assignment(torch, name):
    """`x[i] += v` reads, adds and assigns."""
    index = converted(torch, INDICES[name])
    x = torch.arange(24.0).reshape(3, 4, 2).requires_grad_()
    b = x.clone()
    b[index] *= 2.0
    hit = torch.arange(24).reshape(3, 4, 2)[index].numpy()
    factor = np.ones(24)
    factor[hit] = 2.0
    np.testing.assert_array_equal(b.detach().numpy().ravel(), np.arange(24) * factor)
    if len(set(hit.ravel())) == hit.size:
        b.sum().backward()
        np.testing.assert_array_equal(x.grad.numpy().ravel(), factor)


def test_assignment_to_an_untracked_base(torch):
    w = torch.ones(2, requires_grad=True)
    b = torch.zeros(3, 2)
    b[1] = w * 2
    b[torch.tensor([0])] = w
    assert b.requires_grad
    b.sum().backward()
    assert w.grad.tolist() == [3.0, 3.0]


def test_index_is_copied(torch):
    """A later change of the index tensor does not change the gradient (PyTorch refuses it)."""
    x = torch.ones(3, requires_grad=True)
    index = torch.tensor([0, 0])
    y = x[index]
    index.add_(1)
    try:
        y.sum().backward()
    except RuntimeError as error:
        assert STALE in str(error)
    else:
        assert x.grad.tolist() == [2.0, 0.0, 0.0]
