"""Memory that tensors share: views, writes in place, version counters.

Tests that take the fixture `torch` hold for PyTorch too, and are run against it. Random programs
of the same are in `parity/test_views.py`.
"""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from tests.calculus import constant, jvp, leaf, vjp

STALE = "modified by an inplace operation"


def grid(torch, requires_grad=True):
    """A leaf, and a copy of it that may be written to."""
    x = torch.arange(12.0).reshape(3, 4).requires_grad_(requires_grad)
    return x, x.clone()


# writes through views


def test_write_through_a_chain_of_views(torch):
    x, b = grid(torch)
    v = b.t()[1:].reshape(3, 3)[0]
    v.mul_(10.0)
    assert b[:, 1].tolist() == [10.0, 50.0, 90.0]
    (b * b).sum().backward()
    assert x.grad[:, 1].tolist() == [200.0, 1000.0, 1800.0]
    assert x.grad[:, 0].tolist() == [0.0, 8.0, 16.0]


def test_base_written_after_the_view_was_taken(torch):
    x, b = grid(torch)
    v = b[1]
    b.mul_(3.0)
    v.sum().backward()
    assert x.grad.tolist() == [[0.0] * 4, [3.0] * 4, [0.0] * 4]


def test_one_view_written_another_read(torch):
    x, b = grid(torch)
    row, column = b[1], b[:, 2]
    row.mul_(3.0)
    column.add_(row[0])
    column.sum().backward()
    assert x.grad.tolist() == [[0, 0, 1, 0], [9, 0, 3, 0], [0, 0, 1, 0]]


def test_view_of_a_view_follows_twice(torch):
    x, b = grid(torch)
    v = b[1:]
    w = v[0]
    b.mul_(2.0)
    v.mul_(3.0)
    w.mul_(5.0)
    assert w.tolist() == [120.0, 150.0, 180.0, 210.0]
    (b.sum() + v.sum() + w.sum()).backward()
    assert x.grad.tolist() == [[2.0] * 4, [90.0] * 4, [12.0] * 4]


def test_constant_base_becomes_tracked_through_a_view(torch):
    w = torch.ones(4, requires_grad=True)
    b = torch.zeros(3, 4)
    before = b[:, 0]
    b[1].add_(w * 2.0)
    assert b.requires_grad
    assert before.requires_grad
    (b.sum() + before.sum()).backward()
    assert w.grad.tolist() == [4.0, 2.0, 2.0, 2.0]


def test_expanded_transpose_follows_its_base(torch):
    x, b = grid(torch)
    e = b.t().expand(2, 4, 3)
    b.mul_(2.0)
    e.sum().backward()
    assert x.grad.tolist() == [[4.0] * 4] * 3


def test_write_replaces_what_was_there(torch):
    x, b = grid(torch)
    w = torch.ones(4, requires_grad=True)
    b[0] = w * 3.0
    b[1, 1:3].zero_()
    b.sum().backward()
    assert x.grad.tolist() == [[0.0] * 4, [1, 0, 0, 1], [1.0] * 4]
    assert w.grad.tolist() == [3.0] * 4


def test_in_place_operators(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.clone()
    same = y
    y += 1.0
    y *= x
    y -= 0.5
    y /= 2.0
    y **= 2
    assert y is same
    y.sum().backward()
    inner, slope = [0.75, 2.75], [1.5, 2.5]
    np.testing.assert_allclose(x.grad, [2 * i * s for i, s in zip(inner, slope, strict=True)])


@pytest.mark.parametrize(
    ("write", "value", "gradient"),
    [
        (lambda y: y.add_(y), [2.0, 8.0], [2.0, 2.0]),
        (lambda y: y.sub_(y, alpha=3), [-2.0, -8.0], [-2.0, -2.0]),
        (lambda y: y.copy_(y), [1.0, 4.0], [1.0, 1.0]),
        (lambda y: y.sqrt_(), [1.0, 2.0], [0.5, 0.25]),
        (lambda y: y.log_().exp_(), [1.0, 4.0], [1.0, 1.0]),
        (lambda y: y.clamp_(max=2.0), [1.0, 2.0], [1.0, 0.0]),
        (lambda y: y.relu_(), [1.0, 4.0], [1.0, 1.0]),
    ],
)
def test_operand_is_the_target(torch, write, value, gradient):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x.clone()
    write(y)
    np.testing.assert_allclose(y.detach(), value, rtol=1e-6)
    y.sum().backward()
    np.testing.assert_allclose(x.grad, gradient, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("write", ["mul_", "div_", "pow_"])
def test_operand_that_is_kept_is_the_target(torch, write):
    y = torch.tensor([1.0, 4.0], requires_grad=True).clone()
    getattr(y, write)(y)
    with pytest.raises(RuntimeError, match=STALE):
        y.sum().backward()


OVERLAPS = {
    "transposed": lambda y, f: f(y, y.t()),
    "shifted forward": lambda y, f: f(y[1:], y[:-1]),
    "shifted back": lambda y, f: f(y[:-1], y[1:]),
    "a row for all": lambda y, f: f(y, y[1]),
    "an element for all": lambda y, f: f(y, y[1, 1]),
}


@pytest.mark.parametrize("name", OVERLAPS)
@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("op", ["add_", "mul_", "copy_"])
def test_operand_overlaps_the_target(torch, name, grad, op):
    y = torch.arange(9.0).reshape(3, 3).requires_grad_(grad).clone()
    with pytest.raises(RuntimeError, match="some elements of the input tensor and the written-to"):
        OVERLAPS[name](y, lambda a, b: getattr(a, op)(b))
    assert y.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("op", ["add_", "copy_"])
def test_operand_overlaps_a_target_with_gaps(grad, op):
    """As if the operand had been copied first; what PyTorch gives depends on its loops."""
    both = []
    for copied in (False, True):
        x = minitorch.arange(9.0).reshape(3, 3).requires_grad_(grad)
        y = x.clone()
        part = y[:, :-1]
        getattr(y[:, 1:], op)(part.clone() if copied else part)
        both.append([y.tolist()])
        if grad:
            (y * y).sum().backward()
            both[-1].append(x.grad.tolist())
    assert both[0] == both[1]


# what may not be written to


def test_leaf_may_not_be_written_to(torch):
    x, _ = grid(torch)
    for write in (
        lambda: x.add_(1.0),
        lambda: x[0].zero_(),
        lambda: x.t().mul_(2.0),
        lambda: x.__setitem__(0, 1.0),
        lambda: x.__iadd__(1.0),
        lambda: x.view(-1)[2:].fill_(0.0),
    ):
        with pytest.raises(RuntimeError, match="leaf Variable"):
            write()
    assert x.tolist() == grid(torch)[0].tolist()
    x.sum().backward()
    assert x.grad.tolist() == [[1.0] * 4] * 3


def test_leaf_that_is_a_view(torch):
    x = torch.ones(6).view(2, 3).requires_grad_()
    for write in (x.zero_, x[0].zero_, x.t()[0].zero_):
        with pytest.raises(RuntimeError, match="leaf Variable"):
            write()
    assert x.is_leaf
    x.sum().backward()
    assert x.grad.tolist() == [[1.0] * 3] * 2


def test_leaf_is_written_to_without_grad(torch):
    x, _ = grid(torch)
    v = x[0]
    with torch.no_grad():
        x.mul_(2.0)
        x[1] = 7.0
        x[2].zero_()
        v.add_(1.0)
    assert x.is_leaf
    assert x.requires_grad
    assert x.tolist() == [[1.0, 3.0, 5.0, 7.0], [7.0] * 4, [0.0] * 4]
    x.sum().backward()
    assert x.grad.tolist() == [[1.0] * 4] * 3


def test_expanded_memory(torch):
    for x in (torch.ones(3, 1), torch.ones(3, 1, requires_grad=True).clone()):
        e = x.expand(3, 4)
        with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
            e.add_(1.0)
        with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
            e.mul_(torch.ones(3, 4))
        x.expand(3, 1).add_(1.0)  # nothing lies twice here
        assert x.tolist() == [[2.0]] * 3


@pytest.mark.parametrize("parts", ["split", "chunk", "unbind"])
def test_one_of_several_views(torch, parts):
    _, b = grid(torch)
    v = {"split": lambda: b.split(2), "chunk": lambda: b.chunk(2), "unbind": b.unbind}[parts]()[0]
    with pytest.raises(RuntimeError, match="multiple views"):
        v.mul_(2.0)
    free = grid(torch, requires_grad=False)[1].chunk(2)[0]
    free.mul_(2.0)
    assert free.tolist()[0] == [0.0, 2.0, 4.0, 6.0]


def test_view_made_without_grad(torch):
    _, b = grid(torch)
    with torch.no_grad():
        v = b[0]
        v.mul_(2.0)  # made and written in one mode
    with pytest.raises(RuntimeError, match="no_grad mode"):
        v.mul_(2.0)
    assert b.tolist()[0] == [0.0, 2.0, 4.0, 6.0]


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda t, x: x.add_(t.ones(2, 3, 4)), "broadcast shape|must match"),
        (lambda t, x: x.add_(t.ones(5)), "must match the size of tensor"),
        (lambda t, x: t.tensor([1, 2]).add_(0.5), "can't be cast to the desired output type"),
        (lambda t, x: t.tensor([1, 2]).div_(2), "can't be cast to the desired output type"),
        (lambda t, x: t.tensor([True]).add_(1), "can't be cast to the desired output type"),
        (lambda t, x: x.__setitem__(0, t.ones(3)), "match|broadcast|expanded"),
    ],
)
def test_failed_write_changes_nothing(torch, write, message):
    leaf, x = grid(torch)
    with pytest.raises(RuntimeError, match=message):
        write(torch, x)
    assert x.tolist() == leaf.tolist()
    x.sum().backward()
    assert leaf.grad.tolist() == [[1.0] * 4] * 3


# saved values


def keeps(torch, by):
    """A value that some later operation keeps, and that operation's result."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    h = x * 1.0
    return x, h, {"argument": lambda: h * h, "result": h.exp, "other": lambda: h * x}[by]()


@pytest.mark.parametrize(
    "write",
    [
        lambda t, h: h.add_(1.0),
        lambda t, h: h[1:].zero_(),
        lambda t, h: h.view(3, 1)[0].mul_(2.0),
        lambda t, h: h.detach().add_(1.0),
        lambda t, h: h.detach()[0].add_(1.0),
        lambda t, h: h.__setitem__(0, 5.0),
        lambda t, h: h.copy_(t.zeros(3)),
        lambda t, h: h.detach().__setitem__(t.tensor([True, False, False]), 1.0),
    ],
)
@pytest.mark.parametrize("grad", [True, False])
def test_stale_argument(torch, write, grad):
    _, h, y = keeps(torch, "argument")
    with torch.set_grad_enabled(grad):
        write(torch, h)
    with pytest.raises(RuntimeError, match=STALE):
        y.sum().backward()


def test_stale_leaf(torch):
    x, _, y = keeps(torch, "other")
    with torch.no_grad():
        x.mul_(2.0)
    with pytest.raises(RuntimeError, match=STALE):
        y.sum().backward()


def test_stale_result(torch):
    _, h, y = keeps(torch, "result")
    h.mul_(2.0)  # exp keeps its result, not this
    y.sum().backward()
    _, _, y = keeps(torch, "result")
    z = y.sum()
    y.detach().mul_(2.0)
    with pytest.raises(RuntimeError, match=STALE):
        z.backward()


def test_stale_through_a_view_that_was_kept(torch):
    x, b = grid(torch)
    y = b[0] * b[1]
    b[2].zero_()  # another part of the same memory counts: there is one counter
    with pytest.raises(RuntimeError, match=STALE):
        y.sum().backward()
    assert x.grad is None


def test_written_before_it_is_kept(torch):
    x, b = grid(torch)
    b.add_(1.0)
    y = b * b
    y.add_(5.0)  # the product kept b, not y
    y.sum().backward()
    assert x.grad.tolist() == [[2.0 * (4 * i + j + 1) for j in range(4)] for i in range(3)]


def test_written_between_two_backward_passes(torch):
    x = torch.ones(2, requires_grad=True)
    w = torch.ones(2)
    y = (x * w).sum()
    y.backward(retain_graph=True)
    w.add_(1.0)
    with pytest.raises(RuntimeError, match=STALE):
        y.backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_data_is_not_watched(torch):
    """The exception that PyTorch makes: writes through `.data` are not seen by the graph."""
    x = torch.ones(2, requires_grad=True)
    h = x * 3.0
    y = (h * h).sum()
    h.data.mul_(10.0)
    y.backward()
    assert h.tolist() == [30.0, 30.0]


def test_detach_shares_memory(torch):
    x = torch.ones(2, requires_grad=True)
    d = x.detach()
    assert not d.requires_grad
    assert d.data_ptr() == x.data_ptr()
    d[0] = 5.0
    assert x.tolist() == [5.0, 1.0]


def test_detach_in_place(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    assert y.detach_() is y
    assert not y.requires_grad
    with pytest.raises(RuntimeError, match="Can't detach views in-place"):
        (x * 2)[0].detach_()


def test_requires_grad_can_be_taken_back(torch):
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    x.requires_grad_(False)
    x.add_(1.0)
    assert x.grad.tolist() == [1.0, 1.0]
    x.requires_grad_()
    (x * 3).sum().backward()
    assert x.grad.tolist() == [4.0, 4.0]


# which operations share memory


SHARING = {
    "index": (lambda x: x[1], True),
    "slice": (lambda x: x[:, ::2], True),
    "newaxis": (lambda x: x[None], True),
    "t": (lambda x: x.t(), True),
    "permute": (lambda x: x.permute(1, 0), True),
    "view": (lambda x: x.view(-1), True),
    "reshape": (lambda x: x.reshape(2, 6), True),
    "reshape of a transpose": (lambda x: x.t().reshape(-1), False),
    "flatten": (lambda x: x.flatten(), True),
    "expand": (lambda x: x[:, :1].expand(3, 5), True),
    "diagonal": (lambda x: x.diagonal(), True),
    "split": (lambda x: x.split(2)[1], True),
    "unbind": (lambda x: x.unbind(1)[2], True),
    "detach": (lambda x: x.detach(), True),
    "contiguous": (lambda x: x.contiguous(), True),
    "contiguous of a transpose": (lambda x: x.t().contiguous(), False),
    "to the same dtype": (lambda x: x.float(), True),
    "to another dtype": (lambda x: x.double(), False),
    "clone": (lambda x: x.clone(), False),
    "index tensor": (lambda x: x[[0, 1]], False),
    "mask": (lambda x: x[x > 3], False),
    "flip": (lambda x: x.flip(0), False),
    "roll": (lambda x: x.roll(1, 0), False),
    "repeat": (lambda x: x.repeat(1, 1), False),
    "add 0": (lambda x: x + 0, False),
    "squeeze": (lambda x: x.squeeze(), True),
    "narrow": (lambda x: x.narrow(0, 1, 2), True),
    "diag": (lambda x: x.diag(), False),
    "tril": (lambda x: x.tril(5), False),
    "gather": (lambda x: x.gather(0, x.long()[:1] * 0), False),
    "numpy": (lambda x: x.numpy(), True),
}


@pytest.mark.parametrize("name", SHARING)
def test_shares_memory(torch, name):
    make, shares = SHARING[name]
    x = grid(torch, requires_grad=False)[1]
    y = make(x)
    x.fill_(-7.0)
    assert bool((y == -7.0).all()) == shares


def test_layout_of_copies(torch):
    """Joins and the like lie in row-major order whatever their arguments, so they can be viewed."""
    x = grid(torch, requires_grad=False)[0].t()
    for y in (torch.cat([x, x]), torch.stack([x, x]), x.softmax(0), x.cumsum(0), x.roll(1, 0)):
        assert y.is_contiguous()
        assert y.view(-1).data_ptr() == y.data_ptr()
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        x.view(-1)


# derivatives of any order through writes


def written(x):
    b = x * 1.0
    v = b[0]
    b.mul_(x)
    v.mul_(x[1])
    b[1:].t().add_(v[:1])
    b[:, 1] = v * 2.0
    b[[0]] = x[1:2]
    return (b * v,)


def unwritten(x):
    b = x * x
    v = b[0] * x[1]
    lower = b[1:] + v[0]
    b = minitorch.stack([v, *lower])
    b = minitorch.stack([b[:, 0], v * 2.0, b[:, 2]], 1)
    b = minitorch.stack([x[1], b[1], b[2]])
    return (b * b[0],)


@pytest.mark.parametrize("order", ["vjp", "jvp", "reverse twice", "forward over reverse"])
def test_derivatives_through_writes(order):
    x = np.linspace(0.2, 1.1, 9).reshape(3, 3)
    c, t = np.cos(x), np.sin(3 * x)
    both = []
    for f in (written, unwritten):

        def gradient(*xs, f=f):
            return vjp(f, xs, [constant(c)], create=True)

        both.append(
            {
                "vjp": lambda f=f: vjp(f, [leaf(x)], [constant(c)]),
                "jvp": lambda f=f: jvp(f, [constant(x)], [constant(t)]),
                "reverse twice": lambda g=gradient: vjp(g, [leaf(x)], [constant(t)]),
                "forward over reverse": lambda g=gradient: jvp(g, [leaf(x)], [constant(t)]),
            }[order]()
        )
    for a, b in zip(*both, strict=True):
        np.testing.assert_allclose(a._value, b._value, 1e-12, 1e-12)
