"""Elements combined where an index names them, and put by their place."""

from tests.parity.calls import but, loosely, named

# where the extreme is NaN, PyTorch's gradients are NaN, while ours go to it; of a product with NaN
# or infinities, PyTorch divides by them
ODD = "odd; odd and even"
# of complex numbers PyTorch has no gradient, or in place a wrong one
COMPLEX = "complex64; complex128; complex64 float32; float64 complex64"


def reductions(names):
    """Each way of combining, with and without what was there."""
    for name in names.split():
        for inside in (True, False):
            kwargs = {} if inside else {"include_self": False}
            text = f"{name!r}{'' if inside else ', include_self=False'}"
            if name != "sum":
                yield named(
                    lambda torch, x, y, name=name, kwargs=kwargs: torch.index_reduce(
                        x, 0, torch.tensor([1, 1]), y, name, **kwargs
                    ),
                    f"torch.index_reduce(x, 0, [1, 1], y, {text})",
                    (True, "index_reduce"),
                )
                yield named(
                    lambda torch, x, y, index, name=name, kwargs=kwargs: x.clone().index_reduce_(
                        1, index, y, name, **kwargs
                    ),
                    f"x.clone().index_reduce_(1, index, y, {text})",
                    (False, "index_reduce_"),
                )
            yield named(
                lambda torch, x, y, rows, name=name, kwargs=kwargs: torch.scatter_reduce(
                    x, 0, rows, y, name, **kwargs
                ),
                f"torch.scatter_reduce(x, 0, rows, y, {text})",
                (True, "scatter_reduce"),
            )
            yield named(
                lambda torch, x, y, rows, name=name, kwargs=kwargs: x.clone().scatter_reduce_(
                    1, rows, y, reduce=name, **kwargs
                ),
                f"x.clone().scatter_reduce_(1, rows, y, {text})",
                (False, "scatter_reduce_"),
            )


CALLS = loosely(
    *(but(f"{ODD}; {COMPLEX}", call) for call in reductions("sum prod mean amax amin")),
    lambda torch, z, rows: z.scatter_reduce(0, rows, z, "amax"),
    lambda torch, z, rows: z.scatter_reduce(1, rows, z, "amin"),
    lambda torch, x, y, rows: x.detach().scatter_reduce(0, rows, y.detach(), "prod"),
    lambda torch, x, y, rows: x.detach().scatter_reduce(0, rows, y.detach(), "mean"),
    lambda torch, z, index: z.index_reduce(1, index, z, "amax"),
    lambda torch, z, index: z.index_reduce(1, index, z, "mean"),
    lambda torch, i, rows: i.scatter_reduce(1, rows, i, "mean"),
    lambda torch, i, rows: i.scatter_reduce(0, rows, i, "prod"),
    lambda torch, i, rows: i.scatter_reduce(1, rows, i, "amax", include_self=False),
    lambda torch, q, columns: q.scatter_reduce(1, columns[:, :2], (q * 2)[:2, :2], "prod"),
    lambda torch, q, columns: q.scatter_reduce(1, columns[:, :2], q * 2, "mean"),
    lambda torch, s: s.scatter_reduce(0, torch.tensor(0), s * 2, "sum"),
    lambda torch, s: s.scatter_reduce(0, torch.tensor([0]), (s * 2)[None], "prod"),
    but(COMPLEX, lambda torch, x, rows: x.scatter_reduce(1, rows[:, :0], x, "sum")),
    lambda torch, m, rows: m.detach().scatter_reduce(0, rows, m.detach(), "max"),
    lambda torch, x, y, rows: x.scatter_reduce(0, rows, y, "multiply"),
    lambda torch, x, y, rows: x.scatter_reduce(0, rows + 1, y, "sum"),
    lambda torch, x, y, rows: x.scatter_reduce(2, rows, y, "sum"),
    lambda torch, x, d, rows: x.scatter_reduce(0, rows, d, "sum"),
    lambda torch, x, rows: x.scatter_reduce(0, rows, 2.0, "sum"),
    lambda torch, x, y, index: x.index_reduce(1, index, y, "sum"),
    lambda torch, x, y, index: x.index_reduce(0, index, y, "mean"),
    lambda torch, x, y, rows: x.index_reduce(1, rows, y, "mean"),
    # segments
    lambda torch, c: torch.segment_reduce(c, "sum", lengths=torch.tensor([2, 1, 3])),
    lambda torch, c: torch.segment_reduce(c, "mean", lengths=torch.tensor([2, 0, 4])),
    lambda torch, c: torch.segment_reduce(c, "max", lengths=torch.tensor([2, 0, 4]), axis=0),
    lambda torch, c: torch.segment_reduce(c, "min", offsets=torch.tensor([0, 2, 6])),
    lambda torch, c: torch.segment_reduce(c, "prod", lengths=torch.tensor([5, 0, 1]), initial=2.0),
    lambda torch, a: torch.segment_reduce(a, "mean", lengths=torch.tensor([3, 2])),
    lambda torch, c: torch.segment_reduce(c, "sum", lengths=torch.tensor([2, 1])),
    lambda torch, c: torch.segment_reduce(c, "sum"),
    # by tuples of indices
    lambda torch, x, v: torch.index_put(x, (torch.tensor([0, 1]),), v),
    lambda torch, x, s: x.index_put((torch.tensor([0, 1]), torch.tensor([2, 2])), s.to(x.dtype)),
    lambda torch, x, v: x.index_put((torch.tensor([1, 1]),), v.to(x.dtype), accumulate=True),
    lambda torch, x, m: x.index_put((torch.tensor([1, 1]),), m.to(x.dtype)),
    lambda torch, x, m: x.put(torch.tensor([3, 3]), m[0, :2].to(x.dtype)),
    lambda torch, x, k, s: x.clone().index_put_((k,), s.to(x.dtype)),
    lambda torch, x, y, k: x.clone().index_put_([k[:, 0]], y[:1], True),
    lambda torch, x, index, s: x.clone().index_put_((None, index), s.to(x.dtype), accumulate=True),
    lambda torch, x, s: torch.index_put_(x.clone(), (torch.tensor(1),), s.to(x.dtype), True),
    lambda torch, x, s: x.index_put((torch.tensor([2]),), s),
    lambda torch, x, y: x.index_put((torch.tensor([0]), torch.tensor([7])), y[0, :1], True),
    lambda torch, x, y: x.index_put((torch.tensor([0]), torch.tensor([-1])), y[0, :1], True),
    lambda torch, x, d: x.index_put((torch.tensor([0, 1]),), d),
    lambda torch, x: x.index_put((torch.tensor([0]),), 1.0),
    lambda torch, x, s: x.index_put(torch.tensor([0]), s.to(x.dtype)),
    lambda torch, x, w: x.index_put((torch.tensor([0, 1]),), w.to(x.dtype)),
    # by places
    lambda torch, x, rows: torch.take(x, rows),
    lambda torch, x: (x.take(torch.tensor([5, 0, -1, 0])), x.take(torch.tensor(2))),
    lambda torch, x: x.take(torch.tensor([6])),
    lambda torch, x: x.take(torch.tensor([0.0])),
    lambda torch, x: x.take([0]),
    lambda torch, s, e, t: (s.take(torch.tensor([0, 0])), e.take(torch.tensor([]).long())),
    lambda torch, t: t.permute(2, 0, 1).take(torch.tensor([[0, 23], [4, 4]])),
    lambda torch, x, v: torch.put(x, torch.tensor([4, 0, 1]), v.to(x.dtype)),
    lambda torch, x, v: x.clone().put_(torch.tensor([[4, -1, 4]]), v.to(x.dtype), accumulate=True),
    lambda torch, x, v: x.put(index=torch.tensor([0, 0, 0]), source=v.to(x.dtype), accumulate=True),
    lambda torch, x, v: x.put(torch.tensor([0, 1]), v.to(x.dtype)),
    lambda torch, x, v: x.put(torch.tensor([0, 1, 6]), v.to(x.dtype)),
    lambda torch, x, d: x.put(torch.tensor([0, 1, 2]), d[0]),
    lambda torch, x, v: x.put(torch.tensor([0, 1, 2]).int(), v.to(x.dtype)),
    # by masks
    lambda torch, x, y, k: torch.masked_scatter(x, k, y),
    lambda torch, x, k, c: x.clone().masked_scatter_(k, c.to(x.dtype)),
    lambda torch, x, k, v: x.masked_scatter(mask=k[0], source=v.repeat(2).to(x.dtype)),
    lambda torch, x, k, v: x.masked_scatter(k, v[:2].to(x.dtype)),
    lambda torch, x, k, d: x.masked_scatter(k, d),
    lambda torch, v, k, c: v.masked_scatter(k, c),
    lambda torch, v, k, c: v.clone().masked_scatter_(k, c),
    lambda torch, x, i, y: x.masked_scatter(i, y),
    # results written
    lambda torch, v, index: torch.take(v.detach(), index, out=torch.zeros(3, dtype=v.dtype)),
    lambda torch, m, rows: torch.scatter_reduce(
        m.detach(), 0, rows, m.detach(), "sum", out=torch.zeros(2, 3, dtype=m.dtype)
    ),
    lambda torch, m, index: torch.index_reduce(
        m.detach(), 1, index, m.detach(), "mean", out=torch.zeros(2, 3, dtype=m.dtype)
    ),
)  # fmt: skip
