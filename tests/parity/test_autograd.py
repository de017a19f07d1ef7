"""`backward`, `autograd.grad`, hooks, the graph, its modes: PyTorch's."""

from __future__ import annotations

import warnings

import pytest

import minitorch
from tests.parity.scenarios import check


def leaf(torch, *values, dtype=None):
    return torch.tensor(values or (1.0, 2.0, -3.0), requires_grad=True, dtype=dtype)


def swept(torch, *hooked):
    """`x`, `y = 2x` and a list to note things in."""
    x = leaf(torch)
    return x, x * 2, []


# backward and grad


def accumulated(torch):
    x, y, _ = swept(torch)
    y.sum().backward(retain_graph=True)
    first = x.grad.clone()
    y.sum().backward(torch.tensor(3.0))
    return first, x.grad


def second_backward(torch):
    y = (leaf(torch) ** 2).sum()
    y.backward()
    y.backward()


def second_backward_of_a_sum(torch):
    x = leaf(torch)
    y = (x + 1).sum()
    y.backward()
    y.backward()
    return x.grad


def into_inputs(torch):
    x, y, _ = swept(torch)
    z = leaf(torch, 4.0)
    (y * z).sum().backward(inputs=[y, x])
    return x.grad, y.grad, z.grad


def create_graph(torch):
    x = leaf(torch)
    (x**3).sum().backward(create_graph=True)
    first = x.grad.clone()
    x.grad.sum().backward()
    return first, x.grad


def batched_twice(torch):
    x = leaf(torch)
    (g,) = torch.autograd.grad(x**3, x, torch.eye(3), is_grads_batched=True, create_graph=True)
    return g, torch.autograd.grad(g.sum(), x)


def edges(torch):
    get = torch.autograd.graph.get_gradient_edge
    x = leaf(torch)
    y = x * 2
    a, b, _ = y.unbind()
    edge, other = get(y), get(b)
    forms = edge.node.name(), edge.output_nr, other.node.name(), other.output_nr
    return (
        forms,
        torch.autograd.grad((y * y).sum(), edge),
        torch.autograd.grad(a * b, other, retain_graph=True),
        torch.autograd.grad(edge, x, torch.ones(3), retain_graph=True),
        torch.autograd.grad(edge, get(x), torch.ones(3)),
    )


GRADS = {
    "accumulated": accumulated,
    "second backward": second_backward,
    "second backward of a sum": second_backward_of_a_sum,
    "into inputs": into_inputs,
    "create_graph": create_graph,
    "batched twice": batched_twice,
    "edges": edges,
    "no edge": lambda t: t.autograd.graph.get_gradient_edge(t.ones(2)),
    "no inputs": lambda t: leaf(t).sum().backward(inputs=[]),
    "no inputs of grad": lambda t: t.autograd.grad(leaf(t).sum(), []),
    "no outputs of grad": lambda t: t.autograd.grad([], leaf(t)),
    "a number as input": lambda t: leaf(t).sum().backward(inputs=3),
    "a constant input": lambda t: leaf(t).sum().backward(inputs=[t.ones(3)]),
    "a number as gradient": lambda t: leaf(t).sum().backward(3),
    "no scalar": lambda t: leaf(t).backward(),
    "a constant": lambda t: t.ones(1).backward(),
    "a second constant": lambda t: t.autograd.backward([leaf(t).sum(), t.ones(1)]),
    "wrong shape": lambda t: leaf(t).backward(t.ones(2)),
    "second of wrong shape": lambda t: t.autograd.backward(
        [leaf(t), leaf(t)], [t.ones(3), t.ones(2)]
    ),
    "complex for real": lambda t: t.autograd.grad(
        *(lambda x: (x * 2, x))(leaf(t)), t.ones(3, dtype=t.complex64)
    ),
    "too few gradients": lambda t: t.autograd.backward([leaf(t).sum(), leaf(t).sum()], [None]),
    "unused": lambda t: t.autograd.grad(leaf(t).sum(), leaf(t)),
    "unused, second": lambda t: (lambda x: t.autograd.grad(x.sum(), [x, leaf(t)]))(leaf(t)),
    "unused, allowed": lambda t: (
        lambda x: t.autograd.grad(x.sum(), [x, leaf(t)], allow_unused=True)
    )(leaf(t)),
    "unused, zeros": lambda t: (
        lambda x: t.autograd.grad(x.sum(), [x, leaf(t, 1.0)], materialize_grads=True)
    )(leaf(t)),
    "zeros, but not allowed": lambda t: t.autograd.grad(
        leaf(t).sum(), leaf(t), allow_unused=False, materialize_grads=True
    ),
    "sequence with None": lambda t: (
        lambda x: t.autograd.grad([x * 2, x.sum()], [x], [t.ones(3), None])
    )(leaf(t)),
    "batched": lambda t: (
        lambda x: t.autograd.grad(x**2, x, t.eye(3), is_grads_batched=True)
    )(leaf(t)),
    "batched, several": lambda t: (
        lambda x: t.autograd.grad(
            [x**2, x.sum()], x, [t.eye(3)[:2], t.ones(2)], is_grads_batched=True
        )
    )(leaf(t)),
    "batched, wrong shape": lambda t: (
        lambda x: t.autograd.grad(x**2, x, t.ones(2, 2), is_grads_batched=True)
    )(leaf(t)),
    "batched, none given": lambda t: (
        lambda x: t.autograd.grad(x.sum(), x, is_grads_batched=True)
    )(leaf(t)),
    "grad of constant": lambda t: t.autograd.grad(leaf(t).sum(), t.ones(3)),
    "old keyword": lambda t: (
        lambda x: (t.autograd.backward(x * 2, grad_variables=t.ones(3)), x.grad)
    )(leaf(t)),
    "old and new keyword": lambda t: t.autograd.backward(
        leaf(t), t.ones(3), grad_variables=t.ones(3)
    ),
}  # fmt: skip


# hooks


def hooks_in_order(torch):
    x, y, log = swept(torch)
    y.register_hook(lambda g: log.append(("first", g.tolist())))
    handle = y.register_hook(lambda g: g * 2)
    y.retain_grad()
    y.register_hook(lambda g: log.append(("last", g.tolist())))
    y.sum().backward(retain_graph=True)
    handle.remove()
    handle.remove()
    y.sum().backward()
    return log, x.grad, y.grad, y.retains_grad, x.retains_grad


def hook_removes_itself(torch):
    x, y, log = swept(torch)
    handles = [x.register_hook(lambda g: (log.append("once"), handles[0].remove())[1])]
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    return log


def hook_as_context(torch):
    x, y, _ = swept(torch)
    with x.register_hook(lambda g: g * 10):
        y.sum().backward(retain_graph=True)
    y.sum().backward()
    return x.grad


def hook_before_write(torch):
    x, y, log = swept(torch)
    y.register_hook(lambda g: log.append(g.tolist()))
    y.retain_grad()
    y.mul_(3)
    y.sum().backward()
    return log, y.grad, x.grad


def hooked(torch, hook, on=0):
    x = leaf(torch)
    y = x * 2
    (x, y)[on].register_hook(hook)
    y.sum().backward()
    return x.grad


def captured_hook(torch):
    x, y, log = swept(torch)
    x.register_hook(lambda g: log.append(g.tolist()))
    y.register_hook(lambda g: g * 3)
    return torch.autograd.grad(y.sum(), x, retain_graph=True), torch.autograd.grad(y.sum(), y), log


def after_accumulation(torch):
    x, y, log = swept(torch)
    x.register_post_accumulate_grad_hook(lambda p: log.append((p is x, p.grad.tolist())))
    y.sum().backward(retain_graph=True)
    torch.autograd.grad(y.sum(), x)
    return log


def node_hooks(torch, post=lambda i, o: None, pre=lambda o: None):
    x, y, log = swept(torch)

    def after(inputs, outputs):
        log.append(
            [[None if g is None else g.tolist() for g in part] for part in (inputs, outputs)]
        )
        return post(inputs, outputs)

    y.grad_fn.register_hook(after)
    y.grad_fn.register_prehook(lambda o: (log.append([g.tolist() for g in o]), pre(o))[1])
    y.sum().backward()
    return log, x.grad


def accumulate_hooks(torch):
    x, y, log = swept(torch)
    leaf_node = y.grad_fn.next_functions[0][0]
    leaf_node.register_hook(lambda i, o: log.append((list(i), o[0].tolist(), x.grad.tolist())))
    leaf_node.register_prehook(lambda o: log.append((o[0].tolist(), x.grad)))
    y.sum().backward()
    return log


def multi_grad(torch, mode):
    x, y, log = swept(torch)
    z = leaf(torch, 1.0, 1.0, 1.0)
    w = z * 3

    def note(grads):
        grads = grads if isinstance(grads, list) else [grads]
        log.append([None if g is None else g.tolist() for g in grads])

    handle = torch.autograd.graph.register_multi_grad_hook((x, z, y, w), note, mode=mode)
    (y * w).sum().backward(retain_graph=True)
    y.sum().backward(retain_graph=True)
    handle.remove()
    y.sum().backward()
    return log


HOOKS = {
    "in order": hooks_in_order,
    "removes itself": hook_removes_itself,
    "as a context": hook_as_context,
    "before a write": hook_before_write,
    "captured": captured_hook,
    "after accumulation": after_accumulation,
    "after accumulation, not a leaf": lambda t: (leaf(t) * 2).register_post_accumulate_grad_hook(
        print
    ),
    "after accumulation, a constant": lambda t: t.ones(2).register_post_accumulate_grad_hook(print),
    "on a constant": lambda t: t.ones(2).register_hook(print),
    "gives a number": lambda t: hooked(t, lambda g: 3),
    "gives another shape": lambda t: hooked(t, lambda g: g[:1]),
    "gives another dtype": lambda t: hooked(t, lambda g: g.double(), 1),
    "gives another gradient": lambda t: hooked(t, lambda g: g * 7, 1),
    "of a node": node_hooks,
    "of a node, replaces": lambda t: node_hooks(t, lambda i, o: (i[0] * 7, None)),
    "of a node, replaces before": lambda t: node_hooks(t, pre=lambda o: (o[0] * 5,)),
    "of a node, wrong number": lambda t: node_hooks(t, lambda i, o: (i[0],) * 3),
    "of a leaf's node": accumulate_hooks,
    "on all": lambda t: multi_grad(t, "all"),
    "on any": lambda t: multi_grad(t, "any"),
    "on neither": lambda t: multi_grad(t, "none"),
    "handle": lambda t: type(leaf(t).register_hook(print)).__name__,
}


# what is saved


def packed(torch, pack=None, unpack=None, function=lambda x: (x * x).exp()):
    log: list = []

    def note(t):
        log.append(t.tolist())
        return t.clone()

    x = leaf(torch)
    with torch.autograd.graph.saved_tensors_hooks(pack or note, unpack or note):
        y = function(x)
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return log, g, torch.autograd.grad((g * g).sum(), x)


def packed_in_layers(torch):
    used: list = []

    def hooks(name):
        return torch.autograd.graph.saved_tensors_hooks(
            lambda t: (used.append("pack " + name), t)[1],
            lambda t: (used.append("unpack " + name), t)[1],
        )

    x = leaf(torch)
    with hooks("outer"):
        y = x.exp()
        with hooks("inner"):
            y = y.exp()
        y = y.exp()
    y.sum().backward()
    return used, x.grad


def packed_then_written(torch, context):
    x = leaf(torch)
    with context(torch.autograd.graph):
        y = (x * 1).exp()
    y.mul_(2)
    y.sum().backward()
    return x.grad


def on_the_cpu(torch):
    x = leaf(torch)
    with torch.autograd.graph.save_on_cpu():
        y = (x * x).exp()
    y.sum().backward()
    return x.grad


def forbidden(torch):
    with torch.autograd.graph.disable_saved_tensors_hooks("none of these here"):
        packed(torch)


def counted(torch):
    y = leaf(torch).exp()
    torch.autograd.graph.increment_version(y)
    y.sum().backward()


SAVED = {
    "packed": packed,
    "packed numbers": lambda t: packed(t, lambda x: x.tolist(), t.tensor)[1:],
    "in layers": packed_in_layers,
    "written to by the hook": lambda t: packed(t, lambda x: x.mul_(2)),
    "unpacked to a number": lambda t: packed(t, lambda x: x, lambda x: 3),
    "on the CPU": lambda t: on_the_cpu(t),
    "copied, then written": lambda t: packed_then_written(
        t, lambda g: g.saved_tensors_hooks(lambda t: t.clone(), lambda t: t)
    ),
    "forbidden": forbidden,
    "counted": counted,
    "after the block": lambda t: (packed(t)[1:], packed(t, print, print, lambda x: x + 1)[1:])[0],
}


# the graph


def walked(torch, make):
    """The names of the nodes below, and of their classes."""
    seen, stack = [], [make(leaf(torch)).grad_fn]
    while stack:
        node = stack.pop(0)
        if node is None:
            seen.append(None)
            continue
        edges = node.next_functions
        seen.append((node.name(), type(node).__name__, [i for _, i in edges]))
        stack += [n for n, _ in edges]
    return seen


def leaf_variable(torch):
    x, y, _ = swept(torch)
    node = y.grad_fn.next_functions[0][0]
    return (
        node.variable is x,
        type(node).__name__,
        y.grad_fn is y.grad_fn,
        hasattr(node, "variable"),
    )


def noted(torch):
    y = leaf(torch) * 2
    y.grad_fn.metadata["here"] = 1
    return y.grad_fn.metadata, isinstance(y.grad_fn, torch.autograd.graph.Node)


def several_outputs(torch):
    a, _, c = leaf(torch).unbind()
    return a.grad_fn is c.grad_fn, a.output_nr, c.output_nr, a.grad_fn.name(), a.is_leaf


def views(torch):
    x = leaf(torch)
    y = x[1:]
    return y._base is x, x._base, x._is_view(), y._is_view(), y.detach()._is_view(), y.output_nr


GRAPH = {
    "chain": lambda t: walked(t, lambda x: (x * 2 + 1).exp().sum()),
    "two leaves": lambda t: walked(t, lambda x: (x * leaf(t)).mean()),
    "constant": lambda t: walked(t, lambda x: t.ones(3) / x),
    "leaf": leaf_variable,
    "metadata": noted,
    "several outputs": several_outputs,
    "views": views,
    "leaf has none": lambda t: leaf(t).grad_fn,
}


def switched_off(torch):
    x = torch.ones(2, requires_grad=True)
    y, z = (x * 2).sum(), (x * 3).sum()
    x.requires_grad_(False)
    y.backward()
    seen = [x.grad]
    x.requires_grad_()
    z.backward()
    return seen, x.grad


def mutated(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 1
        z = y.sin()
        y.mul_(3)
        w = y.exp()
        y.zero_()
        (z + w).sum().backward()
    return x.grad


def written_in_place(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y.lerp_(torch.ones(3), 0.5)
    y.addcmul_(x, x)
    y.cumsum_(0)
    y.clamp_min_(2)
    y.scatter_add_(0, torch.tensor([0]), x[:1])
    y.masked_fill_(y > 100, 0)
    y.retain_grad()
    (y * y).sum().backward()
    return y, x.grad, y.grad


def retained_then_written(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y.retain_grad()
    y.lerp_(x, 0.5)
    y.sum().backward()
    return x.grad, y.grad


def masked_twice(torch):
    x = torch.tensor([0.1, 0.2, 0.3], requires_grad=True)
    y = x * 1
    y.masked_fill_(torch.tensor([True, False, False]), x[1])
    (g,) = torch.autograd.grad((y**3).sum(), x, create_graph=True)
    return g, torch.autograd.grad(g.sum(), x)


WRITES = {
    "switched off": switched_off,
    "allowed on what is saved": mutated,
    "one after the other": written_in_place,
    "retained before": retained_then_written,
    "to second order": masked_twice,
    "items": lambda t: written_items(t),
}


def written_items(torch):
    x = torch.arange(12.0).reshape(3, 4).requires_grad_()
    y = x.clone()
    y[0] = x[1] * 2
    y[:, 1] += 5
    y[x.detach() > 9] = 0
    y[:] *= 2
    y[...] = y * x
    y.sum().backward()
    return y, x.grad, y.grad_fn.name()


# modes


def modes(torch):
    seen = []
    with torch.inference_mode():
        seen.append((torch.is_inference_mode_enabled(), torch.is_grad_enabled()))
        with torch.inference_mode(False):
            seen.append((torch.is_inference_mode_enabled(), torch.is_grad_enabled()))
    with torch.no_grad():
        seen.append((torch.is_inference_mode_enabled(), torch.is_grad_enabled()))
    return seen, torch.is_inference_mode_enabled()


def variable(torch):
    v = torch.autograd.Variable(torch.ones(2), requires_grad=True)
    kind = torch.autograd.Variable
    return v, isinstance(v, kind), isinstance(3, kind), type(v) is torch.Tensor


MODES = {
    "inference": modes,
    "variable": variable,
    "multithreading": lambda t: t.autograd.set_multithreading_enabled(False).__enter__(),
    "anomaly": lambda t: (t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()),
}

SCENARIOS = {
    f"{group}: {name}": scenario
    for group, scenarios in {
        "grad": GRADS, "hook": HOOKS, "saved": SAVED, "graph": GRAPH, "mode": MODES,
        "write": WRITES,
    }.items()
    for name, scenario in scenarios.items()
}  # fmt: skip


# PyTorch's messages come from its implementation here: of iteration, addition, vmap
TYPE_ALONE = {
    "grad: a number as gradient", "grad: second of wrong shape", "grad: batched, none given",
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_autograd(name):
    check(SCENARIOS[name], words=0 if name in TYPE_ALONE else 3)


def test_saved_on_the_cpu_is_not_overwritten_in_silence():
    """PyTorch computes a wrong gradient here."""
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        packed_then_written(minitorch, lambda graph: graph.save_on_cpu())


def test_a_decorated_class_is_warned_of(torch):
    with pytest.warns(FutureWarning, match="Decorating classes is deprecated"):

        @torch.no_grad()
        class Thing:
            def __init__(self):
                self.recording = torch.is_grad_enabled()

    assert Thing().recording is False


# anomalies


def nan(torch):
    x = torch.tensor([0.0, -1.0], requires_grad=True)
    y = torch.sqrt(x)  # the culprit
    (y * torch.zeros(2)).sum().backward()
    return x.grad


def test_anomaly(torch):
    with pytest.warns(UserWarning, match="Anomaly Detection has been enabled"):
        context = torch.autograd.detect_anomaly()
    with warnings.catch_warnings(record=True) as seen, context:
        warnings.simplefilter("always")
        with pytest.raises(RuntimeError, match=r"'SqrtBackward0' returned nan values in its 0th"):
            nan(torch)
        assert torch.is_anomaly_enabled()
    told = [str(w.message) for w in seen if "Error detected" in str(w.message)]
    assert len(told) == 1
    assert "Error detected in SqrtBackward0. Traceback of forward call" in told[0]
    assert "y = torch.sqrt(x)  # the culprit" in told[0]
    assert nan(torch).isnan().any()
    assert not torch.is_anomaly_enabled()


def test_anomaly_without_forward(torch):
    x = torch.tensor([0.0], requires_grad=True)
    y = (x.sqrt() * 0).sum()
    with pytest.warns(UserWarning, match="No forward pass information available"):  # noqa: SIM117
        with torch.autograd.set_detect_anomaly(True), pytest.raises(RuntimeError, match="nan val"):
            y.backward()
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        assert nan(torch).isnan().any()
    assert not torch.is_anomaly_enabled()


def test_anomaly_names_the_output(torch):
    x = torch.tensor([1.0], requires_grad=True)
    y = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        z = ((x - 1) / y * 0).sum()
        with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="DivBackward0.*0th"):
            z.backward()


@pytest.mark.filterwarnings("ignore")
def test_anomaly_and_hooks_together():
    """Both listen to what is recorded, in any order of leaving."""
    x = minitorch.ones(2, requires_grad=True)
    graph, log = minitorch.autograd.graph, []
    hooks = graph.saved_tensors_hooks(lambda t: (log.append(1), t)[1], lambda t: t)
    anomalies = minitorch.autograd.detect_anomaly()
    hooks.__enter__()
    anomalies.__enter__()
    hooks.__exit__()
    with pytest.raises(RuntimeError, match="nan values"):
        nan(minitorch)
    anomalies.__exit__()
    assert log == []
    from minitorch.engine.modes import RECORD, state

    assert (state.mode, state.recorder) == (RECORD, None)
    x.exp().sum().backward()
    assert log == []
