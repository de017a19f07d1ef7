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


def slid(x, weight, step=1, apart=1):
    """A convolution of images: the products of the weight with each place of the window, added."""
    (height, width), (high, wide) = x.shape[2:], weight.shape[2:]
    rows = (height - (high - 1) * apart - 1) // step + 1
    columns = (width - (wide - 1) * apart - 1) // step + 1
    total = 0
    for i in range(high):
        for j in range(wide):
            top, left = i * apart, j * apart
            part = x[:, :, top : top + rows * step : step, left : left + columns * step : step]
            total = total + torch.einsum("nchw,oc->nohw", part, weight[:, :, i, j])
    return total


def windows(x, size):
    """The windows of images that lie side by side, each along the last axis."""
    n, c, h, w = x.shape
    cut = x.reshape(n, c, h // size, size, w // size, size)
    return cut.permute(0, 1, 2, 4, 3, 5).reshape(n, c, h // size, w // size, size * size)


def attended(q, k, v, mask=None, causal=False):
    """Attention with all of its weights."""
    z = torch.matmul(q, k.transpose(-2, -1)) / q.shape[-1] ** 0.5
    if causal:
        z = z + constant(np.triu(np.full(z.shape[-2:], -np.inf), 1))
    if mask is not None:
        z = z + mask
    z = z.exp()
    return torch.matmul(z / z.sum(-1, keepdim=True), v)


def ran(kind, x, h, w_x, w_h, b_x, b_h):
    """The outputs of a recurrent layer over a sequence, one step after the other."""
    c, outputs = h * h, []
    for row in x:
        z, product = torch.matmul(row, w_x.T) + b_x, torch.matmul(h, w_h.T) + b_h
        if kind == "gru":
            (r, u, n), (r2, u2, n2) = z.chunk(3, 1), product.chunk(3, 1)
            u = torch.sigmoid(u + u2)
            h = (1 - u) * torch.tanh(n + torch.sigmoid(r + r2) * n2) + u * h
        elif kind == "lstm":
            i, f, n, o = (z + product).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(n)
            h = torch.sigmoid(o) * torch.tanh(c)
        else:
            h = torch.tanh(z + product)
        outputs.append(h)
    return torch.stack(outputs)


def layer(kind, x, h, *weights):
    """The same by the primitive."""
    start = h.unsqueeze(0)
    start = (start, start * start) if kind == "lstm" else start
    run = getattr(torch, {"rnn": "rnn_tanh"}.get(kind, kind))
    return run(x, start, list(weights), True, 1, 0.0, False, False, False)[0]


def recurrent(kind, gates):
    return (
        lambda *args: layer(kind, *args),
        lambda *args: ran(kind, *args),
        [real(3, 2, 3), real(2, 2), real(2 * gates, 3), real(2 * gates, 2),
         real(2 * gates), real(2 * gates)],
    )  # fmt: skip


def with_noise(f):
    """`f`, drawing the same numbers each time."""

    def g(*args):
        torch.manual_seed(3)
        return f(*args)

    return g


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
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, True, eps=0.1),
        lambda x, w, b: (x - x.mean((0, 2), keepdim=True))
        / (((x - x.mean((0, 2), keepdim=True)) ** 2).mean((0, 2), keepdim=True) + 0.1) ** 0.5
        * w.reshape(3, 1) + b.reshape(3, 1),
        [real(2, 3, 4), real(3), real(3)],
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
    "linear and relu": (
        lambda x, w, b: F.relu(F.linear(x, w, b)),
        lambda x, w, b: (torch.matmul(x, w.T) + b) * constant(
            ((x._value @ w._value.T + b._value) > 0) + 0.0
        ),
        [real(4, 3), real(5, 3), real(5)],
    ),
    "group_norm": (
        lambda x, w, b: F.group_norm(x, 2, w, b, 0.1),
        lambda x, w, b: (
            F.layer_norm(x.reshape(2, 2, 6), (6,), eps=0.1).reshape(2, 4, 3) * w.reshape(4, 1)
            + b.reshape(4, 1)
        ),
        [real(2, 4, 3), real(4), real(4)],
    ),
    "rms_norm with a weight": (
        lambda x, w: F.rms_norm(x, (4,), w, 0.1),
        lambda x, w: x / ((x * x).sum(1, keepdim=True) / 4.0 + 0.1).sqrt() * w,
        [real(3, 4), real(4)],
    ),
    "gelu by tanh": (
        lambda x: F.gelu(x, approximate="tanh"),
        lambda x: x * (1 + ((x + 0.044715 * x * x * x) * (2 / np.pi) ** 0.5).tanh()) / 2,
        [real(5)],
    ),
    "dropout": (
        with_noise(lambda x: F.dropout(x, 0.4)),
        with_noise(lambda x: x * torch.bernoulli(torch.full((4, 5), 0.6, dtype=x.dtype)) / 0.6),
        [real(4, 5)],
    ),
    "convolution": (
        lambda x, w, b: F.conv2d(x, w, b, padding=1),
        lambda x, w, b: slid(F.pad(x, (1, 1, 1, 1)), w) + b.reshape(3, 1, 1),
        [real(2, 2, 4, 5), real(3, 2, 3, 2), real(3)],
    ),
    "convolution with gaps and groups": (
        lambda x, w: F.conv2d(x, w, stride=2, dilation=2, groups=2),
        lambda x, w: torch.cat([slid(x[:, :1], w[:2], 2, 2), slid(x[:, 1:], w[2:], 2, 2)], 1),
        [real(2, 2, 5, 6), real(4, 1, 2, 2)],
    ),
    "transposed convolution": (
        lambda x, w: F.conv_transpose2d(x, w),
        lambda x, w: slid(F.pad(x, (1, 1, 1, 1)), w.transpose(0, 1).flip((2, 3))),
        [real(2, 2, 3, 3), real(2, 3, 2, 2)],
    ),
    "max_pool": (
        lambda x: F.max_pool2d(x, 2), lambda x: windows(x, 2).amax(-1), [real(2, 2, 4, 6)]
    ),
    "avg_pool": (
        lambda x: F.avg_pool2d(x, 2), lambda x: windows(x, 2).sum(-1) / 4.0, [real(2, 2, 4, 6)]
    ),
    "embedding": (
        lambda t, i: F.embedding(i, t), lambda t, i: torch.matmul(one_hot(i, 4), t),
        [real(4, 3), below(4)(2, 5)],
    ),
    "attention": (
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v), attended,
        [real(2, 3, 4), real(2, 5, 4), real(2, 5, 4)],
    ),
    "attention with a mask": (
        lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, m), attended,
        [real(2, 3, 4), real(2, 5, 4), real(2, 5, 4), real(3, 5)],
    ),
    "causal attention": (
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
        lambda q, k, v: attended(q, k, v, causal=True),
        [real(2, 4, 3), real(2, 4, 3), real(2, 4, 3)],
    ),
    "rnn": recurrent("rnn", 1),
    "gru": recurrent("gru", 3),
    "lstm": recurrent("lstm", 4),
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
