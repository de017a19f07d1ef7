"""Kinks and limits: one table of what each derivative is there.

The convention is PyTorch's, so the same table is checked against PyTorch where it is installed.
"""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("ignore")


# function of the library and of its inputs: inputs, gradients of the sum of the result
UNARY = {
    "relu of NaN": (lambda t, x: t.relu(x), [nan, 1.0], [1, 1]),
    "relu at 0": (lambda t, x: t.relu(x), [-1.0, -0.0, 0.0, 1.0], [0, 0, 0, 1]),
    "abs at 0": (lambda t, x: x.abs(), [-1.0, -0.0, 0.0, 2.0], [-1, 0, 0, 1]),
    "sign": (lambda t, x: x.sign(), [-1.0, 0.0, 2.0], [0, 0, 0]),
    "floor, ceil, trunc, round": (
        lambda t, x: x.floor() + x.ceil() + x.trunc() + x.round(), [0.0, 0.5, 1.0], [0, 0, 0]),
    "frac": (lambda t, x: x.frac(), [-1.0, 0.0, 1.5], [1, 1, 1]),
    "clamp at its bounds": (
        lambda t, x: x.clamp(-1, 1), [-2.0, -1.0, 0.0, 1.0, 2.0], [0, 1, 1, 1, 0]),
    "clamp below only": (lambda t, x: x.clamp(min=0), [-1.0, 0.0, 1.0], [0, 1, 1]),
    "clamp of NaN": (lambda t, x: x.clamp(0, 1), [nan, 0.5], [0, 1]),
    "max of ties": (lambda t, x: x.max(), [1.0, 3.0, 3.0], [0, 0.5, 0.5]),
    "min of ties": (lambda t, x: x.min(), [3.0, 1.0, 1.0, 1.0], [0, 1 / 3, 1 / 3, 1 / 3]),
    "amax of ties": (lambda t, x: x.amax(0), [2.0, 2.0, 1.0], [0.5, 0.5, 0]),
    "amin of ties": (lambda t, x: x.amin(), [2.0, 2.0], [0.5, 0.5]),
    "max with NaN": (lambda t, x: x.max(), [nan, 1.0], [1, 0]),
    "max along a dimension": (lambda t, x: x.max(0).values, [1.0, 3.0, 3.0], [0, 1, 0]),
    "norm at 0": (lambda t, x: x.norm(), [0.0, 0.0], [0, 0]),
    "1-norm at 0": (lambda t, x: x.norm(p=1), [0.0, -2.0], [0, -1]),
    "max-norm at 0": (lambda t, x: x.norm(p=inf), [0.0, 0.0], [0, 0]),
    "max-norm of ties": (lambda t, x: x.norm(p=inf), [2.0, -2.0], [0.5, -0.5]),
    "3-norm at 0": (lambda t, x: x.norm(p=3), [0.0, 0.0], [0, 0]),
    "1.5-norm with a 0": (lambda t, x: x.norm(p=1.5), [0.0, 4.0], [0, 1]),
    "0.5-norm with a 0": (lambda t, x: x.norm(p=0.5), [0.0, 4.0], [0, 1]),
    "std of equals": (lambda t, x: x.std(), [2.0, 2.0, 2.0], [0, 0, 0]),
    "std of one": (lambda t, x: x.std(), [2.0], [nan]),
    "var of one": (lambda t, x: x.var(), [2.0], [nan]),
    "mean of none": (lambda t, x: x.mean(), [], []),
    "prod of none": (lambda t, x: x.prod(), [], []),
    "prod with a zero": (lambda t, x: x.prod(), [2.0, 0.0, 3.0], [0, 6, 0]),
    "prod with two zeros": (lambda t, x: x.prod(), [2.0, 0.0, 0.0], [0, 0, 0]),
    "prod along a dimension": (lambda t, x: x.prod(0), [0.0, 5.0], [5, 0]),
    "cumprod with a zero": (lambda t, x: x.cumprod(0), [2.0, 0.0, 3.0], [1, 8, 0]),
    "cumprod with two zeros": (lambda t, x: x.cumprod(0), [0.0, 0.0, 3.0], [1, 0, 0]),
    "sqrt at 0": (lambda t, x: x.sqrt(), [0.0, 4.0], [inf, 0.25]),
    "sqrt of a square at 0": (lambda t, x: (x * x).sqrt(), [0.0, 2.0], [nan, 1]),
    "rsqrt at 0": (lambda t, x: x.rsqrt(), [0.0, 1.0], [-inf, -0.5]),
    "reciprocal at 0": (lambda t, x: x.reciprocal(), [0.0, 2.0], [-inf, -0.25]),
    "log at 0": (lambda t, x: x.log(), [0.0, 2.0], [inf, 0.5]),
    "log1p at -1": (lambda t, x: x.log1p(), [-1.0, 1.0], [inf, 0.5]),
    "asin, acos at their ends": (lambda t, x: x.asin() - x.acos(), [1.0, -1.0], [inf, inf]),
    "atanh at its end": (lambda t, x: x.atanh(), [1.0, 0.0], [inf, 1]),
    "acosh at 1": (lambda t, x: x.acosh(), [1.0], [inf]),
    "x ** 0": (lambda t, x: x**0, [0.0, 2.0], [0, 0]),
    "x ** 1": (lambda t, x: x**1, [0.0, 2.0], [1, 1]),
    "x ** 2 at 0": (lambda t, x: x**2, [0.0, -2.0], [0, -4]),
    "x ** 0.5 at 0": (lambda t, x: x**0.5, [0.0, 4.0], [inf, 0.25]),
    "x ** 1.5 at 0": (lambda t, x: x**1.5, [0.0, 4.0], [0, 3]),
    "x ** -1 at 0": (lambda t, x: x**-1, [0.0, 2.0], [-inf, -0.25]),
    "negative ** whole": (lambda t, x: x**3, [-2.0, 0.0], [12, 0]),
    "negative ** fraction": (lambda t, x: x**0.5, [-1.0], [nan]),
    "0 ** x": (lambda t, x: 0.0**x, [0.0, 2.0], [0, 0]),
    "2 ** x": (lambda t, x: 2.0**x, [0.0, 1.0], [np.log(2), 2 * np.log(2)]),
    "sinc at 0": (lambda t, x: x.sinc(), [0.0, 1.0], [0, -1]),
    "sigmoid far out": (lambda t, x: x.sigmoid(), [-1000.0, 1000.0, 0.0], [0, 0, 0.25]),
    "tanh far out": (lambda t, x: x.tanh(), [-1000.0, 1000.0, 0.0], [0, 0, 1]),
    "softplus far out": (
        lambda t, x: t.nn.functional.softplus(x), [-1000.0, 0.0, 1000.0], [0, 0.5, 1]),
    "where, NaN on the other side": (
        lambda t, x: t.where(x > 0, x, x * nan), [1.0, 2.0], [nan, nan]),
    "where, a constant NaN": (
        lambda t, x: t.where(x > 0, x, t.tensor(nan)), [1.0, 2.0, -1.0], [1, 1, 0]),
    "where, beside a pole": (
        lambda t, x: t.where(x > 0, 1 / x.clamp(min=1e-3), 0.0), [0.0, 2.0], [0, -0.25]),
    "masked_fill of NaN": (lambda t, x: x.masked_fill(x != x, 0.0), [nan, 2.0], [0, 1]),
    "nan_to_num": (lambda t, x: x.nan_to_num(), [nan, inf, -inf, 1.0], [0, 0, 0, 1]),
    "logsumexp with -inf": (lambda t, x: x.logsumexp(0), [0.0, -inf, 0.0], [0.5, 0, 0.5]),
    "logsumexp with inf": (lambda t, x: x.logsumexp(0), [0.0, inf], [0, nan]),
    "logsumexp far out": (lambda t, x: x.logsumexp(0), [1000.0, 1000.0], [0.5, 0.5]),
    "softmax with -inf": (lambda t, x: x.softmax(0)[0], [0.0, -inf, 0.0], [0.25, 0, -0.25]),
    "log_softmax with -inf": (lambda t, x: x.log_softmax(0)[0], [0.0, -inf, 0.0], [0.5, 0, -0.5]),
    "cross-entropy with -inf": (
        lambda t, x: t.nn.functional.cross_entropy(x[None], t.tensor([0])),
        [0.0, -inf, 0.0], [-0.5, 0, 0.5]),
    "repeated index": (lambda t, x: x[t.tensor([0, 0, 1])], [1.0, 2.0, 3.0], [2, 1, 0]),
    "repeated gather": (lambda t, x: x.gather(0, t.tensor([2, 2])), [1.0, 2.0, 3.0], [0, 0, 2]),
    "expanded": (lambda t, x: x.expand(4, 2), [1.0, 2.0], [4, 4]),
}  # fmt: skip
BINARY = {
    "maximum of ties": (
        lambda t, a, b: t.maximum(a, b), [1.0, 2.0, 3.0], [2.0, 2.0, 2.0],
        [0, 0.5, 1], [1, 0.5, 0]),
    "minimum of ties": (
        lambda t, a, b: t.minimum(a, b), [1.0, 2.0, 3.0], [2.0, 2.0, 2.0],
        [1, 0.5, 0], [0, 0.5, 1]),
    "clamp by a tensor, at it": (
        lambda t, a, b: t.clamp(a, min=b), [1.0, 2.0, 3.0], [2.0, 2.0, 2.0], [0, 1, 1], [1, 0, 0]),
    "clamp by a tensor from above": (
        lambda t, a, b: t.clamp(a, max=b), [1.0, 2.0, 3.0], [2.0, 2.0, 2.0], [1, 1, 0], [0, 0, 1]),
    "pow": (
        lambda t, a, b: t.pow(a, b), [0.0, 0.0, 0.0, 2.0], [0.0, 1.0, 2.0, 0.0],
        [0, 1, 0, 0], [0, 0, 0, np.log(2)]),
    "0 ** negative": (lambda t, a, b: t.pow(a, b), [0.0], [-1.0], [-inf], [-inf]),
    "negative ** whole": (lambda t, a, b: t.pow(a, b), [-2.0], [2.0], [-4], [nan]),
    "maximum with NaN": (lambda t, a, b: t.maximum(a, b), [nan], [1.0], [1], [1]),
    "atan2 at the origin": (lambda t, a, b: t.atan2(a, b), [0.0], [0.0], [0], [0]),
    "division by 0": (lambda t, a, b: a / b, [1.0], [0.0], [inf], [-inf]),
    "remainder": (
        lambda t, a, b: t.remainder(a, b), [4.0, -3.0], [2.0, 2.0], [1, 1], [-2, 2]),
    "fmod": (lambda t, a, b: t.fmod(a, b), [4.0, -3.0], [2.0, 2.0], [1, 1], [-2, 1]),
    "logaddexp with -inf": (
        lambda t, a, b: t.logaddexp(a, b), [0.0, -inf], [-inf, 0.0], [1, 0], [0, 1]),
    "logaddexp far out": (
        lambda t, a, b: t.logaddexp(a, b), [1000.0, -1000.0], [1000.0, 1000.0], [0.5, 0], [0.5, 1]),
    "written twice": (
        lambda t, a, b: written(a, t.tensor([0, 2]), b), [1.0, 2.0, 3.0], [4.0, 5.0],
        [0, 1, 0], [1, 1]),
}  # fmt: skip


def written(a, index, b):
    y = a.clone()
    y[index] = 9.0
    y[index] = b
    return y


@pytest.mark.parametrize("name", UNARY)
def test_unary(torch, name):
    f, x, want = UNARY[name]
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    f(torch, x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.array(want, float), 1e-12, 1e-15)


@pytest.mark.parametrize("name", BINARY)
def test_binary(torch, name):
    f, *xs, want_a, want_b = BINARY[name]
    a, b = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs)
    f(torch, a, b).sum().backward()
    np.testing.assert_allclose(a.grad.numpy(), np.array(want_a, float), 1e-12, 1e-15)
    np.testing.assert_allclose(b.grad.numpy(), np.array(want_b, float), 1e-12, 1e-15)
