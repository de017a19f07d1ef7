"""Random numbers of tensors of all layouts: dropout's masks and what is drawn like a tensor."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

DRAWS = {
    "dropout": lambda t, x: t.nn.functional.dropout(x, 0.3),
    "dropout in place": lambda t, x: t.nn.functional.dropout(x.clone(), 0.3, inplace=True),
    "dropout of nothing": lambda t, x: t.nn.functional.dropout(x, 0.0),
    "dropout of all": lambda t, x: t.nn.functional.dropout(x, 1.0),
    "alpha dropout": lambda t, x: t.nn.functional.alpha_dropout(x, 0.3, training=True),
    "bernoulli": lambda t, x: t.bernoulli(t.full_like(x, 0.3)),
    "bernoulli_": lambda t, x: x.clone().bernoulli_(0.3),
    "rand_like": lambda t, x: t.rand_like(x),
    "randn_like": lambda t, x: t.randn_like(x),
    "exponential_": lambda t, x: x.clone().exponential_(),
    "randperm": lambda t, x: t.randperm(x.numel()).to(x.dtype),
}
LAYOUTS = {
    **{f"{n}": lambda ones, n=n: ones(n) for n in (1, 7, 8, 15, 16, 17, 100, 3000)},
    "matrix": lambda ones: ones(5, 9),
    "transposed": lambda ones: ones(5, 9).t(),
    "every other": lambda ones: ones(5, 18)[:, ::2],
    "expanded": lambda ones: ones(5).expand(6, 5),
    "expanded within": lambda ones: ones(4, 1, 3).expand(4, 2, 3),
    "columns": lambda ones: ones(2, 4, 5, 3).permute(0, 3, 1, 2),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_draws(dtype, layout):
    """The same numbers in the same places, and the stream goes on from the same place."""
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    for name, draw in DRAWS.items():
        found = []
        for t in (torch, minitorch):
            t.manual_seed(3)
            values = draw(t, LAYOUTS[layout](partial(t.ones, dtype=getattr(t, dtype))))
            found.append((values.double().numpy(), t.rand(2).numpy(), values.stride()))
        np.testing.assert_allclose(found[1][0], found[0][0], rtol=1e-5, err_msg=name)
        np.testing.assert_array_equal(found[1][1], found[0][1], err_msg=name)
        assert found[1][2] == found[0][2], name
