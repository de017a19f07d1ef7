"""Running sums, products and extremes; differences, slopes and areas."""

from tests.parity.calls import but, loosely

# of a product with NaN PyTorch's gradients are 0, while ours are NaN
ODD = "odd; odd and even"

CALLS = [
    lambda torch, x: torch.cumsum(x, 0),
    lambda torch, x: torch.cumsum(x, dim=-1),
    lambda torch, x: x.cumsum(axis=1),
    but(ODD, lambda torch, x: torch.cumprod(x, 0)),
    but(ODD, lambda torch, x: x.cumprod(dim=1)),
    lambda torch, x: torch.cumsum(x, 2),
    lambda torch, x: torch.cumsum(x),
    lambda torch, x: x.cumprod("a"),
    lambda torch, x: x.clone().cumsum_(0),
    lambda torch, x: x.clone().cumsum_(dim=1, dtype=torch.float32),
    but(ODD, lambda torch, x: x.clone().cumprod_(1)),
    lambda torch, x: x.clone().cumsum_(2),
    lambda torch, i: (i.int().cumsum_(0), i.clone().cumprod_(1), i.int().cumsum(0)),
    lambda torch, v: torch.cumsum(v.detach(), 0, out=torch.zeros(3, dtype=v.dtype)),
    lambda torch, v: torch.cumprod(v.detach(), 0, out=torch.zeros(3, dtype=v.dtype)),
    lambda torch, v: torch.logcumsumexp(v.detach(), 0, out=torch.zeros(3, dtype=v.dtype)),
    lambda torch, v: torch.cummax(v.detach(), 0, out=(v.detach() * 1, torch.zeros(3).long())),
    lambda torch, v: torch.cummin(v.detach(), 0, out=(v.detach() * 1, torch.zeros(3).long())),
    # extremes
    *loosely(
        # of no elements PyTorch takes any dimension, and gives the gradient a graph
        but("empty", lambda torch, x: torch.cummax(x, 0)),
        but("empty", lambda torch, x: torch.cummin(x, dim=1)),
        lambda torch, x: (x.cummax(1).values, x.cummin(-1).indices, x.cummax(dim=0)),
        but("empty", lambda torch, x: torch.cummax(x, 2)),
        lambda torch, x: x.cummin("a"),
    ),
    lambda torch, z: (z.cummax(1), z.cummin(0), z.cummax(0), z.cummin(1)),
    lambda torch, r: (r.cummax(1), r.cummin(1), r.cummax(0)),
    lambda torch, s, e: (s.cummax(0), s.cummin(-1), e.cummax(0), e.cummin(1)),
    lambda torch, t: (t.cummax(1), t.cummin(2), t.cummin(0).values),
    # logarithms of sums
    lambda torch, x: torch.logcumsumexp(x, 1),
    # the slope at an infinity is NaN in PyTorch, while ours is finite
    but(ODD, lambda torch, x: x.logcumsumexp(dim=0)),
    lambda torch, x: (x.detach() * 10).logcumsumexp(0),
    lambda torch, x: x.logcumsumexp(2),
    lambda torch, t: (t.logcumsumexp(2), t.logcumsumexp(-2)),
    lambda torch, t: (t.detach() * 1000).logcumsumexp(0),
    lambda torch, s, e: (s.logcumsumexp(0), e.logcumsumexp(0), e.logcumsumexp(1)),
    lambda torch, r: r.detach().logcumsumexp(0),
    # differences
    *loosely(
        lambda torch, x, y: torch.diff(x, 0, prepend=y),
        lambda torch, x: torch.diff(x),
        lambda torch, x: x.diff(1, 0),
        lambda torch, x: x.diff(n=2, dim=1),
        lambda torch, x: (x.diff(0), x.diff(5)),
        lambda torch, x, y: torch.diff(x, prepend=y, append=y),
        lambda torch, x, z: x.diff(dim=0, append=z[:1]),
        lambda torch, x, y: torch.diff(x, prepend=y[:1]),
        lambda torch, x: x.diff(-1),
        lambda torch, x, v: x.diff(append=v),
        lambda torch, x: x.diff(dim=2),
        lambda torch, v: torch.diff(v.detach(), out=torch.zeros(2, dtype=v.dtype)),
    ),
    # slopes
    *loosely(
        lambda torch, x: torch.gradient(x, dim=1),
        lambda torch, x: torch.gradient(x, spacing=2.0),
        lambda torch, x: torch.gradient(x, spacing=[0.5, 2]),
        lambda torch, x: torch.gradient(x, dim=1, edge_order=2),
        # PyTorch does not see that there are more elements than coordinates
        but(ODD, lambda torch, x: torch.gradient(x, spacing=coordinates(torch))),
        but(ODD, lambda torch, x: torch.gradient(x, spacing=coordinates(torch)[1:], dim=(1,))),
        lambda torch, q: torch.gradient(q, spacing=coordinates(torch)[1:], dim=1, edge_order=2),
        lambda torch, x: torch.gradient(x, edge_order=3),
        lambda torch, x: torch.gradient(x, edge_order=2),
        lambda torch, x: torch.gradient(x, spacing=[1.0]),
        lambda torch, x: torch.gradient(x, dim=(1, 1)),
        lambda torch, x: torch.gradient(x, dim=2),
        lambda torch, x: torch.gradient(x, spacing="a"),
    ),
    lambda torch, t: (torch.gradient(t), torch.gradient(t, dim=(0, 2), spacing=(2.0, 3.0))),
    lambda torch, v, s: (torch.gradient(v), torch.gradient(s)),
    # areas
    *loosely(
        lambda torch, x: torch.trapezoid(x),
        lambda torch, x: torch.trapezoid(x, dx=2, dim=0),
        lambda torch, x, v: torch.trapezoid(x, v),
        lambda torch, x, y: torch.trapezoid(x, y),
        lambda torch, x, y: torch.trapezoid(x, y, dim=0),
        lambda torch, x, v: torch.trapezoid(x, x=v, dim=-1),
        lambda torch, x, w: torch.trapezoid(x, w),
        lambda torch, x: torch.trapezoid(x, dim=2),
        lambda torch, x, y: (torch.trapz(x, y), torch.trapz(x, dx=0.5, dim=0)),
        lambda torch, x: torch.cumulative_trapezoid(x),
        lambda torch, x, v: torch.cumulative_trapezoid(x, v),
        lambda torch, x: torch.cumulative_trapezoid(x, dx=0.5, dim=0),
    ),
    lambda torch, t, n: (torch.trapezoid(t, n[:2, None]), torch.trapezoid(t, n[0])),
    lambda torch, e: (torch.trapezoid(e), torch.trapezoid(e, dim=0), torch.cumulative_trapezoid(e)),
]


def coordinates(torch):
    """Of the columns and of the rows, in double precision, in which PyTorch then computes."""
    doubles = torch.float64
    return torch.tensor([0, 2], dtype=doubles), torch.tensor([0, 1, 4], dtype=doubles)
