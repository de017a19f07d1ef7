"""`utils.checkpoint` and `autograd.gradcheck` are PyTorch's."""

from __future__ import annotations

import gc
import importlib
import weakref

import pytest

import minitorch
from tests.parity.scenarios import check, named


def module(torch):
    return importlib.import_module(f"{torch.__name__}.utils.checkpoint")


def leaf(torch, *values):
    return torch.tensor(values or (1.0, 2.0, -3.0), requires_grad=True)


def network(torch):
    torch.manual_seed(0)
    nn = torch.nn
    layers = (
        nn.Linear(3, 4),
        nn.Tanh(),
        nn.Dropout(0.5),
        nn.Linear(4, 3),
        nn.ReLU(),
        nn.Linear(3, 2),
    )
    return nn.Sequential(*layers), torch.randn(5, 3, requires_grad=True)


def trained(torch, run):
    """Gradients of a network, checkpointed by `run`, the runs that took, what is drawn after."""
    net, x = network(torch)
    count = []

    def counted(x):
        count.append(1)
        return net(x)

    torch.manual_seed(1)
    run(module(torch), net, counted, x).sum().backward()
    grads = [p.grad for p in net.parameters()]
    return x.grad, grads, len(count), torch.rand(2)


def nested(torch, reentrant):
    count: list = []
    run = module(torch).checkpoint

    def inner(x):
        count.append("inner")
        return (x.sin() * x).exp()

    def outer(x):
        count.append("outer")
        return run(inner, x.cos() * 2, use_reentrant=reentrant) * x

    x = leaf(torch)
    run(outer, x, use_reentrant=reentrant).sum().backward()
    return x.grad, count


def hooked(torch, reentrant):
    x, w = leaf(torch), leaf(torch)
    v = w * 1
    x.register_hook(lambda g: g * 2)
    w.register_hook(lambda g: g * 3)
    v.register_hook(lambda g: g * 5)
    v.retain_grad()
    y = module(torch).checkpoint(lambda x: (x * v * w).exp(), x, use_reentrant=reentrant)
    y.sum().backward()
    return x.grad, w.grad, v.grad


def changing(torch, first, then, **kwargs):
    count: list = []

    def function(x):
        count.append(1)
        return first(x) if len(count) == 1 else then(x)

    x = leaf(torch)
    module(torch).checkpoint(function, x, use_reentrant=False, **kwargs).sum().backward()
    return x.grad


def again(torch, retain):
    x = leaf(torch)
    y = module(torch).checkpoint(lambda x: x.exp().sin(), x, use_reentrant=False).sum()
    y.backward(retain_graph=retain)
    y.backward()
    return x.grad


def second_order(torch):
    x = leaf(torch)
    y = module(torch).checkpoint(lambda x: x.exp().sin(), x, use_reentrant=False)
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return g, torch.autograd.grad((g * g).sum(), x)


def written(torch, reentrant):
    v = leaf(torch) * 1
    y = module(torch).checkpoint(lambda x: x.exp().sin(), v, use_reentrant=reentrant)
    v.mul_(3)
    y.sum().backward()


def contexts(torch):
    seen: list = []

    class Context:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            seen.append("in " + self.name)

        def __exit__(self, *exc):
            seen.append("out " + self.name)

    x = leaf(torch)
    y = module(torch).checkpoint(
        lambda x: x.exp().sin() * 1.5,
        x,
        use_reentrant=False,
        context_fn=lambda: (Context("forward"), Context("again")),
    )
    y.sum().backward()
    return seen, x.grad


def stopping(torch, early):
    seen: list = []

    def function(x):
        y = x.exp()
        seen.append(1)
        return y + 1

    x = leaf(torch)
    run = module(torch)
    with run.set_checkpoint_early_stop(early):
        y = run.checkpoint(function, x, use_reentrant=False)
    y.sum().backward()
    return len(seen), x.grad


def containers(torch):
    def function(pair, *, scale):
        return {"sum": pair[0] + pair[1].exp(), "scaled": pair[0].exp() * scale}

    x, y = leaf(torch), leaf(torch, 1.0, 0.0, 1.0)
    found = module(torch).checkpoint(function, (x, y), scale=3, use_reentrant=False)
    (found["sum"] * found["scaled"]).sum().backward()
    return x.grad, y.grad


def plain_call(torch, use_reentrant, **kwargs):
    return module(torch).checkpoint(torch.exp, leaf(torch), use_reentrant=use_reentrant, **kwargs)


SCENARIOS = {
    "containers": containers,
    "no gradient wanted": lambda t: t.no_grad()(plain_call)(t, False).requires_grad,
    "constant input": lambda t: module(t)
    .checkpoint(t.exp, t.ones(2), use_reentrant=True).requires_grad,
    "second order": second_order,
    "again": lambda t: again(t, False),
    "again, retained": lambda t: again(t, True),
    "contexts": contexts,
    "stops early": lambda t: stopping(t, True),
    "runs to the end": lambda t: stopping(t, False),
    "fewer saved": lambda t: changing(t, lambda x: x.exp().sin(), lambda x: x.exp()),
    "more saved": lambda t: changing(t, lambda x: x.sin(), lambda x: x.sin().exp().exp()),
    "other shapes": lambda t: changing(t, lambda x: x.exp(), lambda x: x[:2].exp()),
    "unknown check": lambda t: plain_call(t, False, determinism_check="some"),
    "keyword, reentrant": lambda t: plain_call(t, True, out=None),
    "context, reentrant": lambda t: plain_call(t, True, context_fn=lambda: None),
    "grad, reentrant": lambda t: t.autograd.grad(plain_call(t, True).sum(), leaf(t)),
    "inputs, reentrant": lambda t: (lambda x: module(t).checkpoint(t.exp, x, use_reentrant=True)
    .sum().backward(inputs=[x]))(leaf(t)),
    "detached": lambda t: module(t).detach_variable((leaf(t), t.ones(1), 3)),
    "detached list": lambda t: module(t).detach_variable([leaf(t)]),
}  # fmt: skip
for _way in (False, True):
    SCENARIOS |= {
        f"network, {_way}": lambda t, way=_way: trained(
            t, lambda m, net, f, x: m.checkpoint(f, x, use_reentrant=way)
        ),
        f"fresh numbers, {_way}": lambda t, way=_way: trained(
            t,
            lambda m, net, f, x: m.checkpoint(
                lambda x: f(x.cos()).sin(), x, use_reentrant=way, preserve_rng_state=False
            ),
        )[2:3],
        f"sequential, {_way}": lambda t, way=_way: trained(
            t, lambda m, net, f, x: m.checkpoint_sequential(net, 3, x, use_reentrant=way)
        ),
        f"list, {_way}": lambda t, way=_way: trained(
            t, lambda m, net, f, x: m.checkpoint_sequential([*net, f], 2, x[:, :2], way)
        ),
        f"nested, {_way}": lambda t, way=_way: nested(t, way),
        f"hooked, {_way}": lambda t, way=_way: hooked(t, way),
        f"written, {_way}": lambda t, way=_way: written(t, way),
        f"several results, {_way}": lambda t, way=_way: (
            lambda x: (
                module(t)
                .checkpoint(lambda x: (x * 2, 3, x.exp()), x, use_reentrant=way)[2]
                .sum()
                .backward(),
                x.grad,
            )
        )(leaf(t)),
    }


@pytest.mark.parametrize("scenario", named(SCENARIOS))
def test_checkpoint(scenario):
    check(scenario, words=2)


def test_use_reentrant_should_be_said(torch):
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
        module(torch).checkpoint(torch.exp, leaf(torch))


@pytest.mark.parametrize("reentrant", [False, True])
def test_nothing_is_kept(reentrant):
    """What is computed on the way is gone until the backward pass."""
    made: list = []

    def function(x):
        y = (x * x).exp()
        made.append(weakref.ref(y._value))
        return y.sin().sum()

    x = leaf(minitorch)
    gc.collect()
    gc.disable()
    try:
        y = module(minitorch).checkpoint(function, x, use_reentrant=reentrant)
        assert made[0]() is None
        y.backward()
        assert len(made) == 2
        assert made[1]() is None
    finally:
        gc.enable()


# gradcheck


def double(torch, *values):
    values = values or ([1.0, 2.0], [3.0, -4.0])
    kind = torch.complex128 if isinstance(values[0], complex) else torch.float64
    return torch.tensor(values, dtype=kind, requires_grad=True)


def wrong(torch, name, **kwargs):
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            made = {
                "factor": lambda: g * 3,
                "offset": lambda: g * 2 + 1,
                "random": lambda: g * 2 + torch.rand(g.shape, dtype=g.dtype) * 1e-7,
                "dtype": lambda: (g * 2).float(),
            }
            return made[name]()

    return torch.autograd.gradcheck(Wrong.apply, double(torch), **kwargs)


def everything(t):
    return {
        "check_forward_ad": True,
        "check_batched_grad": True,
        "check_batched_forward_grad": True,
        "check_grad_dtypes": True,
    }


CHECKS = {
    "sin": lambda t: t.autograd.gradcheck(t.sin, double(t)),
    "everything": lambda t: t.autograd.gradcheck(t.exp, double(t), **everything(t)),
    "two inputs": lambda t: t.autograd.gradcheck(
        t.matmul, (double(t), double(t, [1.0, 5.0], [2.0, 2.0])), **everything(t)
    ),
    "a constant input": lambda t: t.autograd.gradcheck(
        lambda x, y, n: (x * y).sum(n), (double(t), t.ones(2, dtype=t.float64), 0)
    ),
    "several outputs": lambda t: t.autograd.gradcheck(
        lambda x: (x.exp(), x.sum(), x.argmax()), double(t)
    ),
    "complex": lambda t: t.autograd.gradcheck(lambda z: z * z.conj(), double(t, 1 + 2j, 3j)),
    "complex to real": lambda t: t.autograd.gradcheck(t.abs, double(t, 1 + 2j, 3j)),
    "real to complex": lambda t: t.autograd.gradcheck(lambda x: x * (1 + 2j), double(t)),
    "fast": lambda t: t.autograd.gradcheck(t.exp, double(t), fast_mode=True),
    "not contiguous": lambda t: t.autograd.gradcheck(t.exp, double(t).detach().T.requires_grad_()),
    "kink": lambda t: t.autograd.gradcheck(t.abs, double(t, 0.0, 1.0)),
    "kink, told": lambda t: t.autograd.gradcheck(t.abs, double(t, 0.0), raise_exception=False),
    "factor": lambda t: wrong(t, "factor"),
    "factor, fast": lambda t: wrong(t, "factor", fast_mode=True),
    "factor, told": lambda t: wrong(t, "factor", raise_exception=False),
    "offset": lambda t: wrong(t, "offset"),
    "random": lambda t: wrong(t, "random"),
    "random, allowed": lambda t: wrong(t, "random", nondet_tol=1e-5),
    "no input": lambda t: t.autograd.gradcheck(t.sin, t.ones(2)),
    "expanded input": lambda t: t.autograd.gradcheck(t.sin, double(t, 1.0).expand(3)),
    "constant output": lambda t: t.autograd.gradcheck(lambda x: x.detach() * 2, double(t)),
    "still output": lambda t: t.autograd.gradcheck(lambda x: x.round(), double(t, 0.3, 1.2)),
    "single precision": lambda t: t.autograd.gradcheck(t.sin, leaf(t)),
    "nothing to check": lambda t: t.autograd.gradcheck(t.sin, double(t), check_backward_ad=False),
    "twice": lambda t: t.autograd.gradgradcheck(t.sin, double(t)),
    "twice, matmul": lambda t: t.autograd.gradgradcheck(
        t.matmul, (double(t), double(t, [1.0, 5.0], [2.0, 2.0])), check_fwd_over_rev=True
    ),
    "twice, complex": lambda t: t.autograd.gradgradcheck(lambda z: z**3, double(t, 1 + 2j, 3j)),
    "twice, grads": lambda t: t.autograd.gradgradcheck(
        t.exp, double(t, 1.0, 2.0), double(t, 3.0, 4.0), gen_non_contig_grad_outputs=True
    ),
    "twice, fast": lambda t: t.autograd.gradgradcheck(t.exp, double(t), fast_mode=True),
    "twice, nothing": lambda t: t.autograd.gradgradcheck(
        t.exp, double(t), check_rev_over_rev=False
    ),
}  # fmt: skip


@pytest.mark.parametrize("scenario", named(CHECKS))
def test_gradcheck(scenario):
    check(scenario, words=2)


def test_gradcheck_names_what_is_wrong():
    from minitorch.autograd.gradcheck import GradcheckError

    class Partly(minitorch.autograd.Function):
        @staticmethod
        def forward(ctx, a, x):
            return a, x * 2

        @staticmethod
        def backward(ctx, g, h):
            factor = minitorch.tensor([[2.0, 2.0], [2.5, 2.0]], dtype=minitorch.float64)
            return g, h * factor

    with pytest.raises(GradcheckError) as error:
        minitorch.autograd.gradcheck(Partly.apply, (double(minitorch), double(minitorch)))
    told = str(error.value)
    assert told.startswith("Jacobian mismatch for output 1 with respect to input 1,\nnumerical:")
    assert "at output element [1, 0] by input element [1, 0]: numerical 2, analytical 2.5" in told
