"""Sorting many elements: the quick ways give what the plain ones do."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch as torch
from minitorch.ops.sort import FEW

DTYPES = ("f2", "f4", "f8", "i1", "u1", "i2", "i4", "i8", "u2", "u4", "u8", "?")


def samples(dtype, *shape):
    """Numbers with many ties; of floating-point ones some are not numbers, or infinite."""
    rng = np.random.default_rng(0)
    x = (rng.normal(size=shape) * 20).astype(dtype if dtype != "?" else "i8") % (
        2 if dtype == "?" else 100
    )
    x = x.astype(dtype)
    if x.dtype.kind == "f":
        x.flat[::7] = rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0], x.flat[::7].size)
    return x


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape, dim", [((3 * FEW,), 0), ((4, 2 * FEW), 1), ((2 * FEW, 4), 0)])
def test_the_order_is_stable(dtype, shape, dim):
    x = samples(dtype, *shape)
    want = np.argsort(x, dim, kind="stable")
    ordered = torch.sort(torch.from_numpy(x), dim)
    np.testing.assert_array_equal(ordered.indices.numpy(), want)
    np.testing.assert_array_equal(ordered.values.numpy(), np.take_along_axis(x, want, dim))
    down = torch.argsort(torch.from_numpy(x), dim, descending=True).numpy()
    last = shape[dim] - 1
    want = last - np.flip(np.argsort(np.flip(x, dim), dim, kind="stable"), dim)
    np.testing.assert_array_equal(down, want)


@pytest.mark.parametrize("span", [10, 2**33])
def test_integers_far_apart(span):
    x = np.random.default_rng(1).integers(-span, span, 5 * FEW)
    np.testing.assert_array_equal(
        torch.argsort(torch.from_numpy(x)).numpy(), np.argsort(x, kind="stable")
    )


def test_distinct_doubles():
    x = np.random.default_rng(1).normal(size=(3, 2 * FEW))
    np.testing.assert_array_equal(
        torch.argsort(torch.from_numpy(x)).numpy(), np.argsort(x, kind="stable")
    )


@pytest.mark.parametrize("dtype", [d for d in DTYPES if d != "?"])
@pytest.mark.parametrize("largest", [True, False])
def test_few_of_many(dtype, largest):
    x = samples(dtype, 3, 4 * FEW)
    found = torch.topk(torch.from_numpy(x), 9, 1, largest)
    want = torch.sort(torch.from_numpy(x), 1, descending=largest).values[:, :9].numpy()
    np.testing.assert_array_equal(found.values.numpy(), want)
    places = found.indices.numpy()
    np.testing.assert_array_equal(np.take_along_axis(x, places, 1), want)
    assert all(len(set(row)) == 9 for row in places.tolist())


def test_gradients_of_many():
    x = torch.tensor(np.random.default_rng(0).normal(size=(2, 3 * FEW)), requires_grad=True)
    x.topk(5, 1).values.sum().backward()
    assert x.grad.sum() == 10
    assert (x.grad[x >= x.sort(1).values[:, -5:-4]] == 1).all()
    y = torch.tensor(np.arange(float(FEW)), requires_grad=True)
    (y.sort(descending=True).values * torch.arange(FEW)).sum().backward()
    assert y.grad.tolist() == list(range(FEW))[::-1]


def test_a_gradient_of_a_product_with_zeros():
    x = torch.tensor([0.0, 2.0], dtype=torch.float64, requires_grad=True)
    part = torch.tensor([3.0, 0.0, 5.0], dtype=torch.float64, requires_grad=True)
    index = torch.tensor([0, 0, 1])

    def product(x, part):
        return x.scatter_reduce(0, index, part, "prod")

    assert product(x, part).tolist() == [0.0, 10.0]
    assert torch.autograd.grad(product(x, part).sum(), [x, part])[0].tolist() == [0.0, 5.0]
    # x[0] * part[0] * part[1]: the second derivative by the two that are 0 is the third
    first = torch.autograd.grad(product(x, part).sum(), x, create_graph=True)[0]
    assert torch.autograd.grad(first[0], part)[0].tolist() == [0.0, 3.0, 0.0]


def test_unique_gives_its_gradient_to_the_first():
    x = torch.tensor([2.0, 1.0, 2.0, 3.0], requires_grad=True)
    (torch.unique(x) * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [10.0, 1.0, 0.0, 100.0]
