"""What the engine does: the graph, backward passes, hooks, what is kept and what is freed.

Tests that take the fixture `torch` hold for PyTorch too, and are run against it.
"""

from __future__ import annotations

import contextlib
import gc
import threading
import weakref

import numpy as np
import pytest

import minitorch
from minitorch.engine.node import node_of
from minitorch.ops import linalg
from tests.calculus import constant, leaf


def saved(y):
    return [a for a in node_of(y).saved if isinstance(a, np.ndarray)]


def cube(torch, *shape):
    """A leaf and the sum of its cubes, which keeps values."""
    x = torch.ones(*shape, requires_grad=True)
    return x, (x * x * x).sum()


# the backward pass


def test_gradient_accumulates_in_place(torch):
    x, _ = cube(torch, 3)
    for times in (1, 2, 3):
        before = x.grad
        (2 * x).sum().backward()
        assert before is None or before is x.grad
        assert x.grad.tolist() == [2.0 * times] * 3
    assert not x.grad.requires_grad


def test_gradient_left_by_the_user_is_added_to(torch):
    x = torch.ones(2, requires_grad=True)
    x.grad = mine = torch.full((2,), 5.0)
    x.sum().backward()
    assert mine.tolist() == [6.0, 6.0]


def test_diamonds_and_unused_branches(torch):
    x = torch.tensor(3.0, requires_grad=True)
    a, b, _unused = x * x, x + 1.0, x.exp()
    ((a * b) * (a + b)).backward()
    assert x.grad.item() == pytest.approx(4 * 27 * 4 + 81 + 2 * 3 * 16 + 2 * 9 * 4)


def test_scalar_leaf_used_many_times(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (x.exp() + x.exp() * x + x).backward()
    assert x.grad.item() == pytest.approx(np.exp(2.0) * 4 + 1)
    assert x.grad.shape == ()


def test_freed_graph(torch):
    x, y = cube(torch, 2)
    y.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_retained_graph(torch):
    x, y = cube(torch, 2)
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [6.0, 6.0]
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_second_backward_where_nothing_was_kept(torch):
    x = torch.ones(3, requires_grad=True)
    y = (x + x.reshape(1, 3) - 1.0).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [4.0, 4.0, 4.0]


def test_a_shared_part_that_was_freed(torch):
    x = torch.ones(2, requires_grad=True)
    shared = x.exp()
    (shared * 2).sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        (shared * 3).sum().backward()


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda t, x: x.backward(), RuntimeError, "only for scalar outputs"),
        (lambda t, x: (x * 2).backward(), RuntimeError, "only for scalar outputs"),
        (lambda t, x: t.ones(2).sum().backward(), RuntimeError, "does not require grad"),
        (lambda t, x: (x * 2).backward(t.ones(3)), RuntimeError, "Mismatch in shape"),
        (lambda t, x: (x * 2).backward(3.0), TypeError, "Tensors or None|not iterable"),
        (lambda t, x: x.sum().backward(inputs=[]), RuntimeError, "cannot be empty"),
        (lambda t, x: t.tensor([1, 2]).requires_grad_(), RuntimeError, "floating point"),
        (lambda t, x: t.tensor([1, 2], requires_grad=True), RuntimeError, "floating point"),
        (lambda t, x: (x * 2).requires_grad_(False), RuntimeError, "leaf variables"),
        (lambda t, x: (x * 2).sum().numpy(), RuntimeError, "requires grad"),
        (lambda t, x: t.autograd.grad(x.sum(), t.ones(2)), RuntimeError, "require grad"),
        (lambda t, x: setattr(x, "grad", 3.0), TypeError, "Tensor or None"),
        (lambda t, x: setattr(x, "grad", t.ones(3)), RuntimeError, "different size|size"),
        (lambda t, x: t.ones(2).register_hook(print), RuntimeError, "doesn't require gradient"),
        (lambda t, x: t.ones(2).retain_grad(), RuntimeError, "requires_grad"),
    ],
)
def test_misuse(torch, run, error, message):
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(error, match=message):
        run(torch, x)
    assert x.grad is None


def test_gradient_of_a_non_leaf(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.sum().backward()
    with pytest.warns(UserWarning, match="not a leaf"):
        assert y.grad is None


def test_retain_grad(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    assert not y.retains_grad
    y.retain_grad()
    (y * y).sum().backward()
    assert y.retains_grad
    assert y.grad.tolist() == [4.0, 4.0]
    assert x.grad.tolist() == [8.0, 8.0]


def test_retained_gradient_after_a_write(torch):
    x = torch.ones(2, requires_grad=True)
    y, v = x * 2, (x * 3)[:1]
    for z in (y, v):
        z.retain_grad()
        z.mul_(5.0)
        (z * 7.0).sum().backward()
        assert set(z.grad.tolist()) == {7.0}
    assert x.grad.tolist() == [70.0 + 105.0, 70.0]


def test_backward_under_no_grad(torch):
    x, y = cube(torch, 2)
    with torch.no_grad():
        y.backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_inputs(torch):
    x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    h = x * w
    (h * h).sum().backward(inputs=[w])
    assert x.grad is None
    assert w.grad.tolist() == [2.0, 2.0]


def test_inputs_that_are_no_leaves(torch):
    x = torch.ones(2, requires_grad=True)
    h, k = x * 2, x * 3
    k.retain_grad()
    for _ in range(2):
        (h * k).sum().backward(inputs=[h, k], retain_graph=True)
    assert x.grad is None
    assert h.grad.tolist() == [6.0, 6.0]
    assert k.grad.tolist() == [4.0, 4.0]


def test_several_roots(torch):
    x = torch.ones(2, requires_grad=True)
    torch.autograd.backward([x.exp().sum(), x * 3], [None, torch.tensor([1.0, 2.0])])
    np.testing.assert_allclose(x.grad.numpy(), [np.e + 3, np.e + 6], rtol=1e-6)


def test_grad_gives_values_and_touches_nothing(torch):
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    h = x * y
    z = (h * h).sum()
    gx, gh = torch.autograd.grad(z, [x, h])
    assert (gx.tolist(), gh.tolist()) == ([2.0, 2.0], [2.0, 2.0])
    assert x.grad is None
    assert y.grad is None
    assert not gx.requires_grad


def test_grad_of_what_is_not_used(torch):
    x, y = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="not have been used in the graph"):
        torch.autograd.grad(x.sum(), [x, y])
    assert torch.autograd.grad(x.sum(), [y], allow_unused=True) == (None,)
    (zero,) = torch.autograd.grad(x.sum(), [y], materialize_grads=True)
    assert zero.tolist() == [0.0, 0.0, 0.0]


def test_grad_outputs(torch):
    x = torch.ones(2, requires_grad=True)
    (g,) = torch.autograd.grad(x * 3, x, grad_outputs=torch.tensor([1.0, 10.0]))
    assert g.tolist() == [3.0, 30.0]
    with pytest.raises(RuntimeError, match="scalar outputs"):
        torch.autograd.grad(x * 3, x)


def test_create_graph(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y, orders = x**5, []
    for _ in range(6):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        orders.append(y.item())
    assert orders == [80.0, 160.0, 240.0, 240.0, 120.0, 0.0]


@pytest.mark.filterwarnings("ignore:Using backward")
def test_create_graph_in_backward(torch):
    x, w = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
    (x * x * w).backward(create_graph=True)
    assert x.grad.requires_grad
    g = x.grad * 1.0
    x.grad = w.grad = None
    g.backward()
    assert (x.grad.item(), w.grad.item()) == (6.0, 4.0)


@pytest.mark.filterwarnings("ignore:Using backward")
def test_gradients_of_a_sum_are_two(torch):
    """A gradient that passes to two leaves unchanged is not one tensor in two places."""
    for create in (False, True):
        x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
        (x + y).sum().backward(create_graph=create)
        with torch.no_grad():
            x.grad.mul_(5.0)
        assert y.grad.tolist() == [1.0, 1.0]
    seed = torch.ones(2)
    x = torch.ones(2, requires_grad=True)
    x.clone().backward(seed)
    with torch.no_grad():
        x.grad.mul_(5.0)
    assert seed.tolist() == [1.0, 1.0]


# hooks


def test_hooks_see_and_replace(torch):
    x = torch.ones(2, requires_grad=True)
    h = x * 2
    seen = []
    h.register_hook(lambda g: seen.append(("h", g.tolist())))
    h.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: seen.append(("x", g.tolist())))
    x.register_hook(lambda g: g + 1)
    h.sum().backward()
    assert seen == [("h", [1.0, 1.0]), ("x", [20.0, 20.0])]
    assert x.grad.tolist() == [21.0, 21.0]


def test_hook_sees_the_whole_gradient_once(torch):
    x = torch.ones(2, requires_grad=True)
    calls = []
    x.register_hook(lambda g: calls.append(g.tolist()))
    (x * 2 + x * 3 + x.exp() * 0).sum().backward()
    assert calls == [[5.0, 5.0]]


def test_hook_is_removed(torch):
    x = torch.ones(2, requires_grad=True)
    calls = []
    handle = x.register_hook(lambda g: calls.append(1))
    x.sum().backward()
    handle.remove()
    x.sum().backward()
    assert calls == [1]


def test_hook_gives_a_tensor_that_is_used_elsewhere(torch):
    mine = torch.full((2,), 7.0)
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: mine)
    (x * 2 + x * 3).sum().backward()
    with torch.no_grad():
        x.grad.mul_(2.0)
    assert mine.tolist() == [7.0, 7.0]


def test_hook_and_grad(torch):
    x = torch.ones(2, requires_grad=True)
    h = x * 2
    h.register_hook(lambda g: g * 3)
    y = (h * 5).sum()
    (gh,), (gx,) = (torch.autograd.grad(y, z, retain_graph=True) for z in (h, x))
    assert (gh.tolist(), gx.tolist()) == ([15.0, 15.0], [30.0, 30.0])


def test_hook_with_create_graph(torch):
    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda g: g * g)
    (g,) = torch.autograd.grad(x**3, x, create_graph=True)
    assert g.item() == 144.0  # (3 x ** 2) ** 2
    g.backward()
    assert x.grad.item() == (36.0 * 8) ** 2  # and its derivative, which the hook squares too


def test_hook_that_fails(torch):
    x = torch.ones(2, requires_grad=True)

    def fail(g):
        raise KeyError("mine")

    x.register_hook(fail)
    with pytest.raises(KeyError, match="mine"):
        (x * 2).sum().backward()
    assert torch.is_grad_enabled()
    assert x.grad is None


def test_hook_of_a_wrong_shape(torch):
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: torch.ones(3))
    with pytest.raises(RuntimeError):
        x.sum().backward()


def test_backward_inside_a_hook(torch):
    x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    other = (w * 3).sum()
    x.register_hook(lambda g: other.backward())
    (x * 2).sum().backward()
    assert (x.grad.tolist(), w.grad.tolist()) == ([2.0, 2.0], [3.0, 3.0])


def test_post_accumulate_hook(torch):
    x = torch.ones(2, requires_grad=True)
    calls = []
    handle = x.register_post_accumulate_grad_hook(lambda t: calls.append(t.grad.tolist()))
    (2 * x).sum().backward()
    (2 * x).sum().backward()
    handle.remove()
    (2 * x).sum().backward()
    assert calls == [[2.0, 2.0], [4.0, 4.0]]
    with pytest.raises(RuntimeError, match="non-leaf"):
        (x * 2).register_post_accumulate_grad_hook(print)


# what a node keeps, and for how long


x0, w0 = np.ones((2, 3), "f4"), np.ones((3, 4), "f4")


@pytest.mark.parametrize(
    ("f", "kept"),
    [
        (lambda x, w: x @ constant(w0), [w0]),
        (lambda x, w: constant(x0) @ w, [x0]),
        (lambda x, w: x @ w, [w0, x0]),
        (lambda x, w: x + x, []),
        (lambda x, w: x * 2.0, [np.float32(2)]),
        (lambda x, w: x * constant(x0), [x0]),
        (lambda x, w: -x, []),
        (lambda x, w: x.exp(), [np.exp(x0)]),
        (lambda x, w: x.sum(0), []),
        (lambda x, w: x.mean(), []),
        (lambda x, w: x.reshape(3, 2), []),
        (lambda x, w: x.T, []),
        (lambda x, w: x[0], []),
        (lambda x, w: minitorch.cat([x, x]), []),
        (lambda x, w: x.clone(), []),
        (lambda x, w: x.double(), []),
        (lambda x, w: x.relu(), [x0]),
        (lambda x, w: x.softmax(1), [np.full((2, 3), 1 / 3, "f4")]),
    ],
)
def test_kept(f, kept):
    arrays = saved(f(leaf(x0), leaf(w0)))
    assert [a.shape for a in arrays] == [k.shape for k in kept]
    for a, k in zip(arrays, kept, strict=True):
        np.testing.assert_allclose(a, k)


def test_what_was_kept_goes_with_the_backward_pass():
    x, y = cube(minitorch, 3)
    big = (x * 2.0).exp()
    array = weakref.ref(big._value)
    loss = (big * big).sum() + y
    del big
    assert array() is not None
    loss.backward()
    assert array() is None


def test_only_wanted_rules_run(monkeypatch):
    calls = []
    monkeypatch.setattr(linalg.matmul, "run", lambda a, b: calls.append(1) or np.matmul(a, b))

    def products(run, *args):
        x, w = leaf(x0), leaf(w0)
        y = run(x, w)
        calls.clear()
        y.sum().backward(*args, inputs=[w])
        return len(calls)

    assert products(lambda x, w: x @ w) == 1
    x = leaf(x0)
    y = x @ constant(w0)
    calls.clear()
    y.sum().backward()
    assert len(calls) == 1
    y = leaf(x0) @ leaf(w0)
    calls.clear()
    y.sum().backward()
    assert len(calls) == 2


@contextlib.contextmanager
def no_garbage():
    """A block that must leave nothing to the garbage collector."""
    gc.collect()
    gc.freeze()  # what is older costs no time
    gc.disable()
    try:
        yield
        assert gc.collect() == 0
    finally:
        gc.enable()
        gc.unfreeze()


@pytest.mark.parametrize("nodes", [200_000, pytest.param(1_000_000, marks=pytest.mark.full)])
def test_many_nodes(nodes):
    """No recursion on the way back or when the graph is freed, and no cyclic garbage."""
    x = minitorch.ones((), requires_grad=True)
    with no_garbage():
        y = x
        for _ in range(nodes):
            y = y + x
        y.backward()
        assert x.grad.item() == nodes + 1
        del y


@pytest.mark.parametrize(
    "step",
    [
        lambda x: (x.exp() * x).sum().backward(),
        lambda x: minitorch.autograd.grad((x**3).sum(), x, create_graph=True)[0].sum().backward(),
        lambda x: sum(part.sum() for part in (x * 2).unbind(0)).backward(),
        lambda x: x.clone().add_(1.0)[0].mul_(2.0).sum().backward(),
        lambda x: x.clone().register_hook(lambda g: None),
        lambda x: x.exp(),
        lambda x: minitorch.cat([x, x.sin()]).softmax(0).max().backward(),
        lambda x: x.max(0).values.sum().backward(),
        lambda x: x[minitorch.tensor([0, 0])].sum().backward(),
    ],
)
def test_no_cyclic_garbage(step):
    x = minitorch.ones(3, requires_grad=True)
    step(x)
    x.grad = None
    with no_garbage():
        for _ in range(3):
            step(x)
        x.grad = None


# threads


def test_threads_go_backward_at_once():
    shared = minitorch.linspace(0.1, 1.0, 10, requires_grad=True)
    trunk = shared.exp()

    def gradient(k):
        x = minitorch.linspace(0.0, 1.0, 10, requires_grad=True)
        y = x
        for _ in range(50):
            y = (y * x).sin() + k
        return minitorch.autograd.grad((y * trunk.detach()).sum(), x)[0].tolist()

    alone, together = [gradient(k) for k in range(8)], [None] * 8

    def work(k):
        for _ in range(5):
            together[k] = gradient(k)

    run_all([threading.Thread(target=work, args=(k,)) for k in range(8)])
    assert together == alone


def run_all(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
