"""`autograd.Function`, both styles, is PyTorch's."""

from __future__ import annotations

import gc
import weakref

import pytest

import minitorch
from tests.parity.scenarios import check, named


def made(torch, forward, backward=None, **more):
    """A `Function` of these staticmethods."""
    body = {"forward": forward, "backward": backward, **more}
    static = {k: staticmethod(f) if callable(f) else f for k, f in body.items() if f is not None}
    return type("My", (torch.autograd.Function,), static)


def leaf(torch, *values):
    return torch.tensor(values or (1.0, 2.0, -3.0), requires_grad=True)


def slope(torch, function, *args):
    """What `function` gives of `x`, the gradient of the sum of its squares, and that one's."""
    x = leaf(torch)
    y = function(x, *args)
    (g,) = torch.autograd.grad((y**2).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad((g**2).sum(), x) if g.requires_grad else (None,)
    return y, g.detach(), h


def exp(torch):
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y

    return made(torch, forward, backward)


def power(torch, **more):
    def forward(x, k=3):
        return x**k

    def setup_context(ctx, inputs, output):
        x, ctx.k = inputs
        ctx.shape, ctx.dtype, ctx.index = x.shape, x.dtype, 7  # names that nodes have too
        ctx.save_for_backward(x, None, output)
        ctx.save_for_forward(x)

    def backward(ctx, g):
        x, _, y = ctx.saved_tensors
        return g * ctx.k * y / x, None

    def jvp(ctx, t, _):
        return t * ctx.k * ctx.saved_tensors[0] ** (ctx.k - 1)

    return made(torch, forward, backward, setup_context=setup_context, jvp=jvp, **more)


def returning(*grads):
    """A backward that gives what `grads` make of the gradient, whatever came in."""

    def backward(torch, count=1, other=()):
        function = made(
            torch,
            lambda ctx, x, *rest: x * 2,
            lambda ctx, g: tuple(f(g) for f in grads) if len(grads) != 1 else grads[0](g),
        )
        x = leaf(torch)
        function.apply(x, *other).sum().backward()
        return x.grad

    return lambda torch, *other: backward(torch, other=other)


def straight(torch):
    return made(torch, lambda ctx, x: x, lambda ctx, g: g * 5)


def several(torch, materialize=True):
    def forward(ctx, x):
        ctx.set_materialize_grads(materialize)
        most = x.argmax()
        fixed = x * 7
        ctx.mark_non_differentiable(fixed)
        return x * 2, "text", most, x * 3, None, fixed

    def backward(ctx, *grads):
        seen.append([None if g is None else g.tolist() for g in grads])
        a, d = grads[0], grads[3]
        return sum((k * g for k, g in ((2, a), (3, d)) if g is not None))

    seen: list = []
    return made(torch, forward, backward), seen


def run_several(torch, which, materialize=True):
    function, seen = several(torch, materialize)
    x = leaf(torch)
    out = function.apply(x)
    forms = [(o.requires_grad, o.is_leaf) if hasattr(o, "shape") else o for o in out]
    sum((out[i] * 2).sum() for i in which).backward()
    return forms, x.grad, [s[:2] + s[3:5] for s in seen]


def dirty(torch, on=lambda x: x, give_back=True):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.mul_(x)
        ctx.save_for_backward(x)
        return x if give_back else x + 0

    def backward(ctx, g):
        return g * ctx.saved_tensors[0]

    x = leaf(torch)
    y = on(x)
    part = made(torch, forward, backward).apply(y)
    (y * 3).sum().backward()
    return y, part, part is y, x.grad, part.grad_fn is not None


def stale(torch, which):
    function = exp(torch) if which == "output" else power(torch)
    x = leaf(torch) * 1
    y = function.apply(x)
    (y if which == "output" else x).add_(1)
    y.sum().backward()


def view_write(torch, function):
    y = function(leaf(torch) * 1)
    y.add_(1)


def once(torch, square):
    decorated = torch.autograd.function.once_differentiable(lambda ctx, g: g * 2)
    function = made(torch, lambda ctx, x: x * 2, decorated)
    x = leaf(torch)
    y = function.apply(x)
    (g,) = torch.autograd.grad((y**2 if square else y).sum(), x, create_graph=True)
    first = g.detach().clone(), g.requires_grad
    if square:
        g.sum().backward()
    return first


def graph(torch):
    x = leaf(torch)
    y = power(torch).apply(x, 3)
    node = y.grad_fn
    found = node.name(), type(node).__name__, node.k, node.saved_tensors, repr(y)
    return *found, [(type(n).__name__, i) for n, i in node.next_functions], y.output_nr


def freed(torch):
    y = power(torch).apply(leaf(torch), 3)
    y.sum().backward()
    return y.grad_fn.saved_tensors


def complex_rule(torch):
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z * z

    def backward(ctx, g):
        return g * (2 * ctx.saved_tensors[0]).conj()

    z = torch.tensor([1 + 2j, 3j, -1 + 0j], requires_grad=True)
    y = made(torch, forward, backward).apply(z)
    y.abs().sum().backward()
    return y, z.grad


def needs(torch):
    seen = []

    def forward(ctx, *args):
        seen.append(ctx.needs_input_grad)
        return args[0] * args[1]

    function = made(
        torch, forward, lambda ctx, g: (seen.append(ctx.needs_input_grad), None)[1:] * 4
    )
    x = leaf(torch)
    y = function.apply(x, x.detach(), 3, None)
    y.sum().backward()
    return seen, x.grad


def in_backward(torch):
    """A backward that runs a pass of its own, as a hand-made checkpoint does."""

    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.exp().sin()

    def backward(ctx, g):
        x = ctx.saved_tensors[0].detach().requires_grad_()
        with torch.enable_grad():
            y = x.exp().sin()
        modes.append((torch.is_grad_enabled(), y.requires_grad))
        return torch.autograd.grad(y, x, g)

    modes: list = []
    x = leaf(torch)
    made(torch, forward, backward).apply(x).sum().backward()
    return x.grad, modes


def writes_to_gradient(torch):
    def backward(ctx, g):
        g.mul_(2)
        return g

    x = leaf(torch)
    y = x * 1
    (made(torch, lambda ctx, x: x * 2, backward).apply(y) * 3).sum().backward()
    return x.grad


def with_vmap(torch):
    def vmap(info, in_dims, x, k):
        seen.append((info.batch_size, info.randomness, len(in_dims)))
        return function.apply(x.movedim(in_dims[0], 0), k), 0

    seen: list = []
    function = power(torch, vmap=vmap)
    x = leaf(torch, [1.0, 2.0], [3.0, -1.0])
    y = torch.func.vmap(lambda x: function.apply(x, 3), in_dims=1)(x)
    y.sum().backward()
    return y, x.grad, seen


SCENARIOS = {
    "old style": lambda t: slope(t, exp(t).apply),
    "new style": lambda t: slope(t, power(t).apply, 2),
    "default argument": lambda t: slope(t, power(t).apply),
    "keyword argument": lambda t: slope(t, lambda x: power(t).apply(x, k=2)),
    "keyword, old style": lambda t: exp(t).apply(x=leaf(t)),
    "twice": lambda t: slope(t, lambda x: exp(t).apply(exp(t).apply(x * 0.1))),
    "number back": lambda t: made(t, lambda ctx, x: 3).apply(leaf(t)),
    "list back": lambda t: made(t, lambda ctx, x: [x * 2]).apply(leaf(t)),
    "nothing back": lambda t: made(t, lambda ctx, x: None).apply(leaf(t)),
    "one-tuple back": lambda t: made(t, lambda ctx, x: (x * 2,), lambda ctx, g: g).apply(leaf(t)),
    "no tensor": lambda t: made(t, lambda ctx, a, b: a + b).apply(1, 2),
    "under no_grad": lambda t: [t.no_grad()(exp(t).apply)(leaf(t)).requires_grad],
    "of constants": lambda t: exp(t).apply(leaf(t).detach()),
    "graph": graph,
    "freed": freed,
    "complex": complex_rule,
    "needs_input_grad": needs,
    "a pass inside": in_backward,
    "writes to the gradient": writes_to_gradient,
    "gradient as is": returning(lambda g: g),
    "no gradient": returning(lambda g: None),
    "broadcast gradient": returning(lambda g: g.expand(2, 3)),
    "other dtype": returning(lambda g: g.double()),
    "trailing None": returning(lambda g: g, lambda g: None),
    "too many": returning(lambda g: g, lambda g: g),
    "too few": lambda t: returning(lambda g: g)(t, 1, 2),
    "number as gradient": returning(lambda g: 3),
    "list as gradient": lambda t: made(t, lambda ctx, x: x * 2, lambda ctx, g: [g])
    .apply(leaf(t)).sum().backward(),
    "wrong shape": returning(lambda g: g.new_ones(2)),
    "gradient of a number": lambda t: returning(lambda g: g, lambda g: g)(t, 1),
    "None for a number": lambda t: returning(lambda g: g, lambda g: None)(t, 1),
    "unread gradient of a constant": lambda t: returning(lambda g: g, lambda g: g)(t, t.ones(3)),
    "several, first": lambda t: run_several(t, [0]),
    "several, both": lambda t: run_several(t, [0, 3]),
    "several, None": lambda t: run_several(t, [3], materialize=False),
    "input as is": lambda t: slope(t, straight(t).apply),
    "input as is is another tensor": lambda t: (lambda x: straight(t).apply(x) is x)(leaf(t)),
    "input as is, written": lambda t: view_write(t, straight(t).apply),
    "view back": lambda t: slope(
        t, made(t, lambda ctx, x: x.view(3, 1), lambda ctx, g: g.view(3) * 2).apply
    ),
    "view back, written": lambda t: view_write(
        t, made(t, lambda ctx, x: x.view(3, 1), lambda ctx, g: g.view(3)).apply
    ),
    "dirty": lambda t: dirty(t, lambda x: x * 1),
    "dirty view": lambda t: dirty(t, lambda x: (x * 1)[:2]),
    "dirty leaf": dirty,
    "dirty constant": lambda t: dirty(t, lambda x: x.detach())[:0],
    "dirty, not returned": lambda t: dirty(t, lambda x: x * 1, give_back=False),
    "stale output": lambda t: stale(t, "output"),
    "stale input": lambda t: stale(t, "input"),
    "saves a number": lambda t: made(t, lambda ctx, x: (ctx.save_for_backward(3), x * 1)[1])
    .apply(leaf(t)),
    "no backward": lambda t: made(t, lambda ctx, x: x * 1).apply(leaf(t)).sum().backward(),
    "no forward": lambda t: made(t, None).apply(leaf(t)),
    "vjp for backward": lambda t: slope(
        t, made(t, lambda ctx, x: x * 2, vjp=lambda ctx, g: g * 2).apply
    ),
    "vjp and backward": lambda t: slope(
        t, made(t, lambda ctx, x: x * 2, lambda ctx, g: g * 2, vjp=lambda ctx, g: g * 2).apply
    ),
    "called on an instance": lambda t: straight(t)()(leaf(t)),
    "once differentiable": lambda t: once(t, False),
    "once differentiable, twice": lambda t: once(t, True),
    "func.grad": lambda t: t.func.grad(lambda x: (power(t).apply(x, 3) ** 2).sum())(t.ones(3)),
    "func.jvp": lambda t: t.func.jvp(
        lambda x: power(t).apply(x, 3), (t.tensor([1.0, 2.0]),), (t.tensor([1.0, 3.0]),)
    ),
    "no jvp": lambda t: t.func.jvp(
        made(t, lambda x: x * 2, setup_context=lambda ctx, i, o: None).apply,
        (t.ones(2),),
        (t.ones(2),),
    ),
    "vmap": with_vmap,
    "vmap, generated": lambda t: t.func.vmap(
        lambda x: power(t, generate_vmap_rule=True).apply(x, 2)
    )(t.tensor([[1.0, 2.0], [3.0, 4.0]])),
    "vmap of grad, generated": lambda t: t.func.vmap(
        t.func.grad(lambda x: power(t, generate_vmap_rule=True).apply(x, 3).sum())
    )(t.tensor([[1.0, 2.0], [3.0, 4.0]])),
    "no vmap": lambda t: t.func.vmap(power(t).apply)(t.ones(2, 2)),
    "vmap, old style": lambda t: t.func.vmap(exp(t).apply)(t.ones(2, 2)),
    "batched gradients": lambda t: t.autograd.grad(
        *(lambda x: (exp(t).apply(x), x))(leaf(t)), t.eye(3), is_grads_batched=True
    ),
}  # fmt: skip


@pytest.mark.parametrize("scenario", named(SCENARIOS))
def test_function(scenario):
    check(scenario)


def test_function_leaves_no_garbage():
    """The engine makes no reference cycles, whatever the function saves."""
    gc.collect()
    gc.disable()
    try:
        x = leaf(minitorch)
        y = exp(minitorch).apply(power(minitorch).apply(x * 1, 2))
        watched = weakref.ref(y), weakref.ref(y.grad_fn)
        del y
        assert [ref() for ref in watched] == [None, None]
    finally:
        gc.enable()


def test_function_of_arrays():
    """The functional style passes NumPy values in: the function sees tensors."""
    import numpy as np

    f = exp(minitorch)
    assert np.allclose(minitorch.grad(lambda x: f.apply(x).sum())(np.ones(2)), np.e)


def test_inner_memory_is_not_the_gradients():
    """A constant that a backward returns is not written to when gradients accumulate."""
    kept = minitorch.ones(3)
    function = made(minitorch, lambda ctx, x: x * 2, lambda ctx, g: kept)
    x = leaf(minitorch)
    (function.apply(x) + function.apply(x)).sum().backward()
    function.apply(x).sum().backward()
    assert (x.grad.tolist(), kept.tolist()) == ([3.0] * 3, [1.0] * 3)
