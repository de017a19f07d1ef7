"""Each fused operation beside the simple composition that it stands for.

They agree in value, in gradient and in second derivative.
"""

from __future__ import annotations

import numpy as np
import pytest

import minitorch as torch
from minitorch.ops import elementwise as ew
from minitorch.ops import linalg, loss, reduce
from minitorch.ops import normalization as ops
from tests.calculus import constant, leaf, like, values, vjp
from tests.samples import below, positive, real, small

F = torch.nn.functional


def one_hot(target, classes):
    return constant(np.eye(classes)[target._value])


FUSED = {
    "linear": (
        lambda x, w, b: linalg.linear.apply((x, w, b), ()),
        lambda x, w, b: torch.matmul(x, w.T) + b,
        [real(2, 4, 3), real(5, 3), real(5)],
    ),
    "linear of a vector": (
        lambda x, w, b: linalg.linear.apply((x, w, b), ()),
        lambda x, w, b: torch.matmul(w, x) + b,
        [real(3), real(5, 3), real(5)],
    ),
    "cross_entropy": (
        lambda x, t, w: loss.cross_entropy.apply((x, t, w), ()),
        lambda x, t, w: (x.exp().sum(1).log() - (x * one_hot(t, 3)).sum(1)) @ w,
        [real(4, 3), below(3)(4), small(4)],
    ),
    "standardize": (
        lambda x: ops.standardize.apply((x,), ((0, 2), 0.1))[0],
        lambda x: (x - x.mean((0, 2), keepdim=True))
        / (((x - x.mean((0, 2), keepdim=True)) ** 2).mean((0, 2), keepdim=True) + 0.1) ** 0.5,
        [real(2, 3, 4)],
    ),
    "layer_norm": (
        lambda x, w, b: F.layer_norm(x, (4,), w, b, 0.1),
        lambda x, w, b: (x - x.mean(1, keepdim=True))
        / (x.var(1, keepdim=True, correction=0) + 0.1).sqrt() * w + b,
        [real(3, 4), real(4), real(4)],
    ),
    "rms_norm": (
        lambda x: ops.rms_norm.unary(x, (1,), 0.1),
        lambda x: x / ((x * x).sum(1, keepdim=True) / 4.0 + 0.1).sqrt(),
        [real(3, 4)],
    ),
    "gelu": (lambda x: F.gelu(x), lambda x: x * (1 + torch.erf(x / 2**0.5)) / 2, [real(5)]),
    "silu": (lambda x: F.silu(x), lambda x: x / (1 + (-x).exp()), [real(5)]),
    "mish": (lambda x: F.mish(x), lambda x: x * (1 + x.exp()).log().tanh(), [real(5)]),
    "binary_cross_entropy_with_logits": (
        lambda x: loss.logit_cross_entropy.binary(x, constant(np.full(5, 0.3))),
        lambda x: -0.3 * torch.sigmoid(x).log() - 0.7 * (1 - torch.sigmoid(x)).log(),
        [real(5)],
    ),
    "mse": (
        lambda a, b: loss.mse.binary(a, b),
        lambda a, b: ((a - b) * (a - b)).sum() / 6.0,
        [real(2, 3), real(2, 3)],
    ),
    "mean": (
        lambda x: reduce.mean.unary(x, (0, 2), True),
        lambda x: x.sum((0, 2), keepdim=True) / 8.0,
        [real(2, 3, 4)],
    ),
    "var": (
        lambda x: reduce.var.unary(x, (1,), 1.0, False),
        lambda x: ((x - x.sum(1, keepdim=True) / 4.0) ** 2).sum(1) / 3.0,
        [real(3, 4)],
    ),
    "std": (
        lambda x: torch.std(x, 0),
        lambda x: (((x - x.sum(0) / 3.0) ** 2).sum(0) / 2.0) ** 0.5,
        [real(3, 4)],
    ),
    "norm": (lambda x: torch.norm(x, dim=1), lambda x: (x * x).sum(1).sqrt(), [real(3, 4)]),
    "3-norm": (
        lambda x: torch.norm(x, p=3), lambda x: x.abs().pow(3).sum().pow(1 / 3), [real(3, 4)]
    ),
    "logsumexp": (
        lambda x: reduce.logsumexp.unary(x, (1,), False), lambda x: x.exp().sum(1).log(),
        [real(3, 4)],
    ),
    "softmax": (
        lambda x: reduce.softmax.unary(x, 0), lambda x: x.exp() / x.exp().sum(0), [real(3, 4)]
    ),
    "log_softmax": (
        lambda x: reduce.log_softmax.unary(x, 1), lambda x: x - x.exp().sum(1, keepdim=True).log(),
        [real(3, 4)],
    ),
    "logaddexp": (
        lambda a, b: ew.logaddexp.binary(a, b), lambda a, b: (a.exp() + b.exp()).log(),
        [real(3), real(2, 1)],
    ),
    "sigmoid": (
        lambda x: ew.sigmoid.unary(x), lambda x: 1 / (1 + (-x).exp()), [real(5)]
    ),
    "softplus": (lambda x: ew.softplus.unary(x), lambda x: (1 + x.exp()).log(), [real(5)]),
    "lerp": (lambda a, b, c: torch.lerp(a, b, c), lambda a, b, c: a * (1 - c) + b * c,
             [real(3), real(2, 1), real()]),
    "prod": (
        lambda x: reduce.prod.unary(x, 1, False), lambda x: x[:, 0] * x[:, 1] * x[:, 2],
        [real(4, 3)],
    ),
    "cumsum": (
        lambda x: reduce.cumsum.unary(x, 0), lambda x: torch.stack([x[0], x[0] + x[1]]),
        [real(2, 3)],
    ),
    "rsqrt": (lambda x: ew.rsqrt.unary(x), lambda x: 1 / x.sqrt(), [positive(4)]),
    "hypot": (
        lambda a, b: torch.hypot(a, b), lambda a, b: (a * a + b * b).sqrt(), [real(3), real(3)]
    ),
    "expm1": (lambda x: ew.expm1.unary(x), lambda x: x.exp() - 1, [real(4)]),
    "log1p": (lambda x: ew.log1p.unary(x), lambda x: (1 + x).log(), [positive(4)]),
    "softmax cross-entropy of the face": (
        lambda x, t: F.cross_entropy(x, t), lambda x, t: F.nll_loss(x.log_softmax(1), t),
        [real(4, 3), below(3)(4)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FUSED)
def test_fused(name):
    fused, simple, samples = FUSED[name]
    rng = np.random.default_rng(1)
    arrays = [np.asarray(s.domain.draw(rng, s.shape)) for s in samples]
    wrt = [i for i, a in enumerate(arrays) if a.dtype.kind == "f"]

    def of(f):
        def g(*boxes):
            full = [constant(a) for a in arrays]
            for i, box in zip(wrt, boxes, strict=True):
                full[i] = box
            return (f(*full),)

        return g

    xs = [arrays[i] for i in wrt]
    (y,), (z,) = (values(of(f)(*[constant(x) for x in xs])) for f in (fused, simple))
    np.testing.assert_allclose(y, z, 1e-10, 1e-12)
    cs, us = like([y], 1), like(xs, 2)

    def gradient(f):
        return lambda *boxes: vjp(of(f), boxes[:-1], boxes[-1:], create=True)

    variables = [*xs, *cs]
    for order, cotangents in ((of, cs), (gradient, us)):
        heads = variables if order is gradient else xs
        both = [
            values(vjp(order(f), [leaf(v) for v in heads], [constant(c) for c in cotangents]))
            for f in (fused, simple)
        ]
        for a, b in zip(*both, strict=True):
            np.testing.assert_allclose(a, b, 1e-9, 1e-10)
