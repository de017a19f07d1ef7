"""Reductions, scans, the softmax family, norms; ties, NaN and empty dimensions."""

import math

from tests.parity.calls import but, loosely, named


def along(names):
    """The forms that reductions share."""
    for name in names.split():
        for text, args, kwargs in (
            ("0", (0,), {}),
            ("-1", (-1,), {}),
            ("1, True", (1, True), {}),
            ("dim=1, keepdim=True", (), {"dim": 1, "keepdim": True}),
            ("axis=0", (), {"axis": 0}),
            ("axis=0, keepdims=True", (), {"axis": 0, "keepdims": True}),
            ("2", (2,), {}),
            ("'a'", ("a",), {}),
        ):
            call = named(
                lambda torch, x, name=name, args=args, kwargs=kwargs: getattr(torch, name)(
                    x, *args, **kwargs
                ),
                f"torch.{name}(x, {text})",
                (True, name),
            )
            yield from loosely(call) if text == "'a'" else [call]
        yield named(lambda torch, x, name=name: getattr(x, name)(1), f"x.{name}(1)", (False, name))


def whole(names):
    """All elements as one."""
    for name in names.split():
        yield named(
            lambda torch, x, name=name: getattr(torch, name)(x), f"torch.{name}(x)", (True, name)
        )
        yield named(lambda torch, x, name=name: getattr(x, name)(), f"x.{name}()", (False, name))


# PyTorch then differentiates as if the numbers were still complex
COMPLEX = "complex64; complex128; complex64 float32; float64 complex64"

CALLS = [
    *along("sum mean argmax argmin all any logsumexp max min"),
    *whole("sum mean var std argmax argmin all any max min count_nonzero"),
    # Where the extreme is NaN, PyTorch's gradients of these are NaN, while ours go to it, as those
    # of max; and of a product with NaN PyTorch's gradients are 0, while ours are NaN.
    *(but("odd; odd and even", call) for call in along("amax amin prod")),
    *(but("odd; odd and even", call) for call in whole("amax amin aminmax prod")),
    # several dimensions
    lambda torch, t: (t.sum((0, 2)), torch.sum(t, dim=[0, -1]), t.sum(dim=(1,), keepdim=True)),
    lambda torch, t: (t.mean((0, 2)), t.mean(dim=[1, 2]), t.mean((-1,), True), t.mean(())),
    lambda torch, t: (t.amax((0, 2)), t.amin((0, 1), keepdim=True), t.amax(), t.amax(())),
    lambda torch, t: (t.var((0, 2)), t.std((1, 2)), t.logsumexp((0, 2)), t.logsumexp(1, True)),
    lambda torch, t: (t.sum(()), t.sum(None), t.sum(None, True), t.sum(dim=None, keepdim=True)),
    lambda torch, k, t: (k.all(1), k.any(0), t.all((0, 1)), t.any(dim=(0, 2), keepdim=True)),
    lambda torch, t: t.sum((0, 0)),
    lambda torch, t: t.amax((0, -3)),
    lambda torch, x: (torch.sum(input=x), torch.mean(input=x, dim=0, keepdim=False)),
    # dtypes
    lambda torch, x: x.sum(dtype=torch.float64),
    lambda torch, x: torch.sum(x.detach(), 0, dtype=torch.int32),
    lambda torch, x: torch.sum(x.detach(), dtype=torch.bool),
    lambda torch, x: x.mean(dtype=torch.float64),
    lambda torch, x: torch.mean(x, 0, dtype=torch.float32),
    but("odd; odd and even", lambda torch, x: x.prod(dtype=torch.float64)),
    but("odd; odd and even", lambda torch, x: torch.prod(x, 0, True, dtype=torch.float32)),
    lambda torch, x: x.cumsum(0, dtype=torch.float64),
    but(f"odd; odd and even; {COMPLEX}", lambda torch, x: x.cumprod(0, dtype=torch.float64)),
    lambda torch, x: x.sum(0, False, dtype=torch.float64),
    lambda torch, x: x.mean(dtype=torch.int64),
    # products with zeros
    lambda torch, z: (z.prod(), z.prod(0), z.prod(1), torch.prod(z, dim=1, keepdim=True)),
    lambda torch, z: (z.cumprod(0), z.cumprod(1), z.cumprod(-1)),
    lambda torch, t: (t.prod(1), t.cumprod(1), t.cumprod(2), t.prod(-1, keepdim=True)),
    # variance
    lambda torch, x: (torch.var(x, 0), x.var(1), x.var(-1, keepdim=True)),
    lambda torch, x: (torch.std(x, 0), x.std(1), x.std(-1, keepdim=True)),
    lambda torch, x: (torch.var(x, 1, False), torch.var(x, unbiased=False), x.var(False)),
    lambda torch, x: (torch.std(x, 1, True), torch.std(x, unbiased=False), x.std(False)),
    lambda torch, x: (torch.var(x, 1, correction=0), x.var(correction=2), x.var(correction=3)),
    lambda torch, x: (torch.std(x, dim=1, correction=0), x.std(correction=0)),
    lambda torch, x: (torch.var(x, dim=1, unbiased=True, keepdim=True), x.var(axis=0)),
    lambda torch, x: torch.var_mean(x),
    lambda torch, x: torch.var_mean(x, 1),
    but("odd; odd and even", lambda torch, x: torch.std_mean(x, dim=0, keepdim=True)),
    lambda torch, x: torch.std_mean(x, unbiased=False),
    lambda torch, x: torch.var_mean(x, 1, correction=0),
    lambda torch, x: torch.var_mean(x, False),
    lambda torch, x: x.var(5),
    lambda torch, f: (f.var(), f.std(0), f.var(0, correction=0), f.std(1)),
    but("float64", lambda torch, z: (z - z).std()),  # NaN is PyTorch's second derivative
    # extremes along a dimension: values and indices, ties, NaN
    lambda torch, x: torch.max(x, 1),
    lambda torch, x: torch.min(x, dim=0, keepdim=True),
    lambda torch, x: x.max(-1),
    lambda torch, x: (x.max(1).values, x.max(1).indices, x.min(0)[0], x.min(0)[1]),
    lambda torch, z: (z.max(1), z.max(0), z.min(1), z.min(0), z.argmax(1), z.argmin(0)),
    lambda torch, z: (z.max(), z.min(), z.amax(1), z.amin(0), z.amax(), z.argmax(), z.argmin()),
    lambda torch, r: (r.max(1), r.min(0), r.argmax(), r.argmin(1), r.max()),
    lambda torch, t: (t.max(1), t.min(2), t.argmax(0), t.argmax(1, keepdim=True)),
    lambda torch, t: (t.argmax(keepdim=True), t.argmin(None, True), torch.argmax(t, None)),
    lambda torch, z: torch.aminmax(z),
    but("odd; odd and even", lambda torch, x: torch.aminmax(x, dim=1)),
    but("odd; odd and even", lambda torch, x: x.aminmax(dim=0, keepdim=True)),
    lambda torch, s: (s.max(0), s.min(-1), s.argmax(), s.argmax(0), s.sum(0), s.mean(-1)),
    lambda torch, s: (s.prod(0), s.cumsum(0), s.cumprod(-1), s.amax(0), s.all(0), s.logsumexp(0)),
    lambda torch, s: s.max(1),
    # empty
    lambda torch, e: (e.sum(), e.sum(0), e.sum(1), e.prod(), e.prod(0), e.prod(1)),
    lambda torch, e: (e.mean(), e.mean(0), e.var(), e.std(1), e.all(), e.any(), e.all(0)),
    lambda torch, e: (e.cumsum(0), e.cumprod(1), e.logsumexp(0), e.softmax(0), e.count_nonzero(1)),
    lambda torch, e: (e.amax(1), e.argmax(1), e.max(1), e.norm(), e.norm(dim=1)),
    lambda torch, e: e.max(),
    lambda torch, e: e.max(0),
    lambda torch, e: e.amax(0),
    lambda torch, e: e.amax(),
    lambda torch, e: e.argmin(),
    lambda torch, e: e.argmin(0),
    lambda torch, e: torch.aminmax(e),
    # counts
    lambda torch, x: (torch.count_nonzero(x, 0), x.count_nonzero(dim=1), x.count_nonzero((0, 1))),
    # what is not NaN
    lambda torch, x: (torch.nansum(x), x.nansum(1), x.nansum((0, 1), True)),
    lambda torch, x: torch.nansum(x, dim=0, keepdim=True, dtype=torch.float64),
    lambda torch, x: torch.nanmean(x, dtype=torch.int64),
    lambda torch, x: torch.nanmean(x),
    lambda torch, x: (x.nanmean(1), x.nanmean((0, 1), True), x.nanmean(dim=0, keepdim=True)),
    lambda torch, e: (e.nansum(), e.nansum(0), e.nanmean(), e.nanmean(1)),
    lambda torch, v: torch.nansum(v.detach(), 0, out=torch.zeros((), dtype=v.dtype)),
    lambda torch, v: torch.nanmean(v.detach(), 0, out=torch.zeros((), dtype=v.dtype)),
    # sums down to a shape
    lambda torch, x: (x.sum_to_size(1, 3), x.sum_to_size((2, 1)), x.sum_to_size(*x.shape)),
    lambda torch, x: x.sum_to_size(3),
    lambda torch, x: x.sum_to_size(2, 2),
    lambda torch, x: x.sum_to_size(),
    lambda torch, t: (t.sum_to_size(1, 1, 4), t.sum_to_size([3, 1])),
    # softmax
    lambda torch, x: torch.softmax(x, 1),
    lambda torch, x: x.softmax(dim=0),
    lambda torch, x: torch.log_softmax(x, dim=-1),
    lambda torch, x: x.log_softmax(0),
    lambda torch, x: torch.softmax(x, dim=1, dtype=torch.float64),
    lambda torch, x: x.softmax(1, torch.float64),
    lambda torch, x: torch.log_softmax(x, 1, dtype=torch.float32),
    lambda torch, x: torch.softmax(x, axis=1),
    lambda torch, x: torch.softmax(x, 2),
    lambda torch, x: torch.softmax(x),
    lambda torch, t: (t.softmax(1), t.log_softmax(0), (t * 100).softmax(-1), t.logsumexp(-1)),
    lambda torch, x: (x * 1000).logsumexp(1, keepdim=True),
    lambda torch, r: r.logsumexp(1),
    # norms
    lambda torch, x: torch.norm(x),
    lambda torch, x: x.norm(),
    lambda torch, x: (x.norm(2), x.norm(1), torch.norm(x, 3), x.norm(p=1.5)),
    lambda torch, x: (x.norm(2, 1), torch.norm(x, p=2, dim=0, keepdim=True), x.norm(dim=(0, 1))),
    lambda torch, x: (x.norm(math.inf), x.norm(-math.inf), x.norm(math.inf, 1), x.norm(1, dim=0)),
    but("odd; odd and even", lambda torch, x: (x.norm(0), x.norm(0, 1), x * 2)),
    lambda torch, x: (x.norm("fro"), x.norm("fro", dim=1)),
    lambda torch, x: x.norm(dtype=torch.float64),
    but("float64", lambda torch, z: (z * 0).norm()),  # whose second derivative is NaN in PyTorch
    lambda torch, z: (z.norm(dim=0), z.norm(1), z.norm(3, 1)),
    lambda torch, z: (z.norm(math.inf), z.norm(math.inf, 1)),
    lambda torch, m: (m.norm("nuc"), m.norm("nuc", dim=(0, 1)), torch.norm(m, "nuc", (1, 0), True)),
    lambda torch, t: (t.norm("nuc", (0, 2)), t.norm("fro", (1, 2), True), t.norm(dim=[])),
    lambda torch, t: (t.norm(None), t.norm(3, (0, 2)), t.norm(-1, 1), t.norm(2.5, (0, 1), True)),
    lambda torch, t: t.norm("nuc"),
    lambda torch, t: t.norm("fro", (0, 1, 2)),
    lambda torch, t: t.norm("a"),
    lambda torch, x: torch.norm(x, 2, 1, out=torch.zeros(2, dtype=x.dtype)),
    lambda torch, v: torch.norm(v.detach(), 1, 0, out=torch.zeros((), dtype=v.dtype)),
    lambda torch, m: (torch.frobenius_norm(m, 1), torch.frobenius_norm(m, (0, 1), True)),
    lambda torch, m: torch.frobenius_norm(m),
    lambda torch, m: (torch.nuclear_norm(m), torch.nuclear_norm(m, True)),
    lambda torch, t: torch.nuclear_norm(t, dim=(1, 2), keepdim=True),
    lambda torch, x: torch.renorm(x, 2, 0, 1.5),
    lambda torch, x: x.renorm(p=1, dim=-1, maxnorm=1),
    lambda torch, x: x.clone().renorm_(3, 1, 2.0),
    lambda torch, z: (z.renorm(math.inf, 0, 2.5), z.renorm(2, 1, 100)),
    lambda torch, t: (t.renorm(2, 1, 2), t.renorm(1, 2, 0)),
    lambda torch, x: x.renorm(0, 0, 1),
    lambda torch, x: x.renorm(2, 0, -1),
    lambda torch, x: x.renorm(2, 2, 1),
    lambda torch, v: v.renorm(2, 0, 1),
    lambda torch, i: i.renorm(2, 0, 1),
    lambda torch, x, y: torch.dist(x, y),
    lambda torch, x, y: (torch.dist(x, y, math.inf), torch.dist(x, y, 0)),
    lambda torch, x, y: (x.dist(y, 1), torch.dist(x, y, p=3)),
    # integers and bools where floating point is needed
    lambda torch, i: i.mean(),
    lambda torch, i: i.std(),
    lambda torch, i: i.softmax(0),
    lambda torch, i: i.norm(),
    lambda torch, i: i.logsumexp(0),
    # of two tensors, and the forms that take keywords
    lambda torch, x, y: (torch.max(x, y), x.min(y), torch.max(x, other=y), x.max(other=y)),
    lambda torch, x: (torch.max(input=x, dim=0).indices, torch.min(x, 1, True).values),
    lambda torch, x: (torch.argmax(x, dim=1, keepdim=True), torch.argmin(x, None, True)),
    lambda torch, x: torch.std_mean(x, 1, False, True),
    lambda torch, x: torch.std_mean(x, (0, 1), correction=0, keepdim=True),
    lambda torch, x: torch.var_mean(x, dim=None, correction=2),
    lambda torch, x: (x.var((0, 1), True), x.std([0, 1], False, True), x.var(None, False)),
    lambda torch, x: (x.std(dim=-1, unbiased=False), x.std(1, correction=1.5)),
    lambda torch, x: (torch.count_nonzero(x, dim=(0, 1)), torch.count_nonzero(x, ())),
    lambda torch, x: (x.all((0, 1)), x.any((0,), keepdim=True), x.all(dim=()), x.any(dim=None)),
    lambda torch, x: (x.logsumexp((0, 1)), x.logsumexp([0], True), x.logsumexp((-1,))),
    lambda torch, x: (x.sum([]), x.mean([]), x.sum(dim=[-1, 0]), torch.sum(x, (0, 1), True)),
    lambda torch, x: torch.sum(x, (0, 2)),
    lambda torch, x: torch.sum(x, (1, 1)),
    lambda torch, x: torch.mean(x, 0, True, dtype=torch.float64),
    lambda torch, x: torch.sum(x, dtype="float"),
    lambda torch, x: x.prod((0, 1)),
    lambda torch, x: (x.amax(()), x.amin((0, 1), True), x.amax([1])),
    lambda torch, v: torch.sum(v.detach(), 0, out=torch.zeros((), dtype=v.dtype)),
    lambda torch, v: torch.mean(v.detach(), 0, True, out=torch.zeros(1, dtype=v.dtype)),
    lambda torch, v: torch.prod(v.detach(), 0, out=torch.zeros((), dtype=v.dtype)),
    lambda torch, m: torch.var(m.detach(), 1, correction=0, out=torch.zeros(2, dtype=m.dtype)),
    lambda torch, m: torch.std(m.detach(), (0, 1), out=torch.zeros((), dtype=m.dtype)),
    lambda torch, m: torch.max(
        m.detach(), 1, out=(torch.zeros(2, dtype=m.dtype), torch.zeros(2, dtype=torch.int64))
    ),
    lambda torch, m: torch.amax(m.detach(), 1, out=torch.zeros(2, dtype=m.dtype)),
    lambda torch, m: torch.argmax(m.detach(), 1, out=torch.zeros(2, dtype=torch.int64)),
    lambda torch, k: torch.all(k, 1, out=torch.zeros(2, dtype=torch.bool)),
    lambda torch, m: torch.logsumexp(m.detach(), 1, out=torch.zeros(2, dtype=m.dtype)),
    lambda torch, m: torch.softmax(m.detach(), 1, out=m.detach() * 0),
    lambda torch, m: torch.aminmax(
        m.detach(), dim=0, out=(torch.zeros(3, dtype=m.dtype), torch.zeros(3, dtype=m.dtype))
    ),
    lambda torch, i: (i.softmax(0, dtype=torch.float32), i.log_softmax(1, torch.float64)),
    lambda torch, i: (i.sum(dtype=torch.int32), i.prod(dtype=torch.float32), i.float().sum(0)),
    lambda torch, k: (k.sum(), k.prod(), k.cumsum(0), k.sum(1, dtype=torch.uint8), k.nansum()),
]
