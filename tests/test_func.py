"""torch.func and what goes with it: modules as functions, containers, nesting, in-place writes."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple

import numpy as np
import pytest

import minitorch as torch
import minitorch.nn.utils.stateless
from minitorch.func import (
    functional_call,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    stack_module_state,
    vjp,
    vmap,
)
from minitorch.utils import _pytree as pytree

Pair = namedtuple("Pair", "first second")


def model():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2)
    ).double()  # fmt: skip


def loss_of(net):
    def loss(params, x, target):
        scores = functional_call(net, params, (x,))
        return torch.nn.functional.cross_entropy(scores, target)

    return loss


def test_gradients_of_each_sample():
    net = model()
    params = {name: p.detach() for name, p in net.named_parameters()}
    x, target = torch.randn(6, 3).double(), torch.tensor([0, 1, 1, 0, 1, 0])
    each = vmap(grad(loss_of(net)), in_dims=(None, 0, 0))(params, x, target)
    for i in range(6):
        net.zero_grad()
        torch.nn.functional.cross_entropy(net(x[i]), target[i]).backward()
        for name, p in net.named_parameters():
            np.testing.assert_allclose(each[name][i], p.grad, atol=1e-12)
    assert all(not g.requires_grad for g in each.values())


def test_an_ensemble():
    nets = [model() for _ in range(3)]
    for i, net in enumerate(nets):
        with torch.no_grad():
            net[0].weight.add_(0.1 * i)
    params, buffers = stack_module_state(nets)
    assert params["0.weight"].shape == (3, 5, 3) and params["0.weight"].is_leaf
    assert params["0.weight"].requires_grad and buffers == {}
    x = torch.randn(4, 3).double()
    together = vmap(lambda p, b: functional_call(nets[0], (p, b), (x,)))(params, buffers)
    for got, net in zip(together, nets):
        np.testing.assert_allclose(got.detach(), net(x).detach())
    with pytest.raises(RuntimeError, match="at least one"):
        stack_module_state([])
    with pytest.raises(RuntimeError, match="same class"):
        stack_module_state([nets[0], torch.nn.Linear(1, 1)])
    with pytest.raises(RuntimeError, match="training"):
        stack_module_state([nets[0], model().eval()])


def test_functional_call_leaves_the_module_alone():
    net = torch.nn.Linear(2, 1)
    before = net.weight
    weights = {"weight": torch.ones(1, 2), "bias": torch.zeros(1)}
    y = functional_call(net, weights, (torch.tensor([1.0, 2.0]),))
    assert y.item() == 3.0 and net.weight is before
    assert functional_call(net, weights, torch.tensor([1.0, 2.0])).item() == 3.0
    assert functional_call(net, weights, kwargs={"input": torch.ones(2)}).item() == 2.0
    with pytest.raises(RuntimeError):
        functional_call(net, weights, torch.ones(3))
    assert net.weight is before
    older = torch.nn.utils.stateless.functional_call
    with pytest.warns(FutureWarning, match="torch.func.functional_call"):
        y = older(net, {"bias": torch.ones(1)}, torch.zeros(2))
    assert y.item() == 1.0


def test_functional_call_and_names():
    net = torch.nn.Linear(2, 1)
    x = torch.ones(2)
    with pytest.raises(RuntimeError, match="Missing key"):
        functional_call(net, {"weight": torch.ones(1, 2)}, x, strict=True)
    with pytest.raises(RuntimeError, match="Unexpected key"):
        functional_call(net, {**dict(net.named_parameters()), "no": x}, x, strict=True)
    with pytest.raises(AttributeError):
        functional_call(net, {"no.weight": x}, x)
    with pytest.raises(ValueError, match="multiple dictionaries"):
        functional_call(net, ({"bias": x}, {"bias": x}), x)
    with pytest.raises(ValueError):
        functional_call(net, 3, x)
    with pytest.raises(TypeError):
        functional_call(net, {"bias": 3}, x)


def test_functional_call_of_tied_weights():
    net = torch.nn.Sequential(torch.nn.Linear(2, 2, False), torch.nn.Linear(2, 2, False))
    net[1].weight = net[0].weight
    weight, x = torch.full((2, 2), 2.0), torch.ones(2)
    assert functional_call(net, {"0.weight": weight}, x)[0].item() == 16.0
    one = functional_call(net, {"0.weight": weight}, x, tie_weights=False)
    assert torch.allclose(one, net[1](torch.full((2,), 4.0)))
    with pytest.raises(ValueError, match="tied"):
        functional_call(net, {"0.weight": weight, "1.weight": weight + 1}, x)


class Counting(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(2))
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.seen.add_(x)
        self.calls = self.calls + 1
        return x


def test_buffers_are_written_where_they_were_given():
    module = Counting()
    buffers = {name: b.clone() for name, b in module.named_buffers()}
    for _ in range(2):
        functional_call(module, buffers, torch.ones(2))
    assert buffers["seen"].tolist() == [2, 2] and buffers["calls"].item() == 2
    assert module.seen.tolist() == [0, 0] and module.calls.item() == 0


def test_no_grad_field_is_touched():
    w = torch.ones(2, requires_grad=True)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    g = grad(lambda x: (w * x**2).sum())(x)
    assert w.grad is None and x.grad is None
    g.sum().backward()
    assert torch.equal(w.grad, 2 * x.detach()) and torch.equal(x.grad, torch.full((2,), 2.0))


def test_tracked_only_by_what_is_outside():
    w = torch.ones(2, requires_grad=True)
    x = torch.tensor([1.0, 2.0])
    assert not grad(lambda x: (x**2).sum() + w.sum())(x).requires_grad
    assert grad(lambda x: (w * x**2).sum())(x).requires_grad
    value, aux = grad(lambda x: ((w * x).sum(), 2 * x), has_aux=True)(x)
    assert value.requires_grad and not aux.requires_grad
    with torch.no_grad():
        assert not grad(lambda x: (w * x**2).sum())(x).requires_grad


def test_containers():
    tree = {"a": torch.ones(2), "b": (torch.ones(()), [torch.zeros(3)]), "c": Pair(*torch.eye(2))}
    found = grad(lambda t: (t["a"] * 2).sum() + t["b"][1][0].sum() + t["c"].second.prod())(tree)
    assert isinstance(found["c"], Pair) and torch.equal(found["a"], torch.full((2,), 2.0))
    assert torch.equal(found["c"].second, torch.tensor([1.0, 0.0]))
    out = vmap(lambda t: Pair(t["a"], {"twice": 2 * t["a"]}))({"a": torch.arange(3)})
    assert isinstance(out, Pair) and out.second["twice"].tolist() == [0, 2, 4]
    rows = jacrev(lambda t: {"y": t["a"] ** 2})({"a": torch.ones(2)})
    assert torch.equal(rows["y"]["a"], 2 * torch.eye(2))


def test_linearize_runs_the_function_once():
    calls = []

    def f(x):
        calls.append(1)
        return x**2 * torch.rand(2)

    y, push = linearize(f, torch.tensor([1.0, 2.0]))
    a, b = push(torch.ones(2)), push(torch.ones(2))
    assert len(calls) == 1 and torch.equal(a, b)
    assert torch.allclose(a, 2 * y / torch.tensor([1.0, 2.0]))


def test_vjp_can_be_called_again_and_under_vmap():
    pull = vjp(lambda x: x**2, torch.tensor([1.0, 2.0]))[1]
    rows = vmap(pull)(torch.eye(2))[0]
    assert torch.equal(rows, torch.diag(torch.tensor([2.0, 4.0])))
    assert torch.equal(pull(torch.ones(2))[0], torch.tensor([2.0, 4.0]))


def quartic(x):
    return (x**4).sum() + x.prod()


def times_cosine(matrices, x):
    return (matrices @ x.cos()[..., None])[..., 0]


def pulled(x):
    return vjp(quartic, x)[1](torch.ones((), dtype=x.dtype))[0]


def slope_along_cosine(x):
    return (grad(quartic)(x) * x.detach().cos()).sum()


NESTED = {
    "vmap(jvp(grad))": vmap(lambda x: jvp(grad(quartic), (x,), (x.cos(),))[1]),
    "vmap(grad(grad))": vmap(grad(slope_along_cosine)),
    "vmap(jvp(vjp))": vmap(lambda x: jvp(pulled, (x,), (x.cos(),))[1]),
    "jvp(vmap(grad))": lambda x: jvp(vmap(grad(quartic)), (x,), (x.cos(),))[1],
    "vmap(hessian)": lambda x: times_cosine(vmap(hessian(quartic))(x), x),
    "vmap(jacrev(jacrev))": lambda x: times_cosine(vmap(jacrev(jacrev(quartic)))(x), x),
    "jvp(vmap(jacrev))": lambda x: jvp(vmap(jacrev(quartic)), (x,), (x.cos(),))[1],
    "vmap(jacfwd(grad))": lambda x: times_cosine(vmap(jacfwd(grad(quartic)))(x), x),
}


@pytest.mark.parametrize("way", NESTED)
def test_all_ways_to_a_product_with_a_hessian(way):
    x = torch.randn(4, 3).double()
    want = torch.stack([
        torch.autograd.functional.hvp(quartic, row, row.cos())[1] for row in x
    ])  # fmt: skip
    np.testing.assert_allclose(NESTED[way](x), want, rtol=1e-10)


def test_third_derivatives_across_two_batches():
    x = torch.randn(2, 3).double()
    third = vmap(vmap(grad(grad(grad(lambda s: s**5)))))(x)
    np.testing.assert_allclose(third, 60 * x**2)
    mixed = vmap(lambda r: jvp(vmap(grad(grad(lambda s: s**5))), (r,), (torch.ones_like(r),))[1])(x)
    np.testing.assert_allclose(mixed, 60 * x**2)


def written(x):
    y = x * 1
    y.add_(1)
    view = y[0]
    view.mul_(x[1])
    y[1:] = 0.5
    y.view(3)[2] = x[0]
    return y * x.sum()


def test_writes_in_a_batch():
    x = torch.randn(4, 3).double().requires_grad_()
    y = vmap(written)(x)
    want = torch.stack([written(row) for row in x])
    np.testing.assert_allclose(y.detach(), want.detach())
    np.testing.assert_allclose(
        torch.autograd.grad((y**2).sum(), x)[0], torch.autograd.grad((want**2).sum(), x)[0]
    )
    each = vmap(grad(lambda x: (written(x) ** 2).sum()))(x.detach())
    again = torch.stack([written(row) for row in x])
    np.testing.assert_allclose(each, torch.autograd.grad((again**2).sum(), x)[0])


def test_writes_to_what_is_not_batched():
    total = torch.zeros(3)
    with pytest.raises(RuntimeError, match="vmap: inplace arithmetic"):
        vmap(lambda x: total.add_(x))(torch.ones(2, 3))
    assert torch.equal(total, torch.zeros(3))


def test_a_value_that_leaks():
    kept = []
    vmap(lambda x: kept.append(x) or x)(torch.ones(2))
    with pytest.raises(RuntimeError):
        kept[0] + 1
    with pytest.raises(RuntimeError):
        vmap(lambda x: x + kept[0])(torch.ones(2))


def test_complex_gradients_are_conjugated_as_in_backward():
    z = torch.tensor([1 + 2j, -0.5 + 0.3j])

    def f(z):
        return (z * z.conj() * (2 + 1j)).real.sum() + (z**3).imag.sum()

    leaf = z.clone().requires_grad_()
    f(leaf).backward()
    assert torch.allclose(grad(f)(z), leaf.grad)
    assert torch.allclose(torch.grad(f)(z), leaf.grad)
    pulled, _ = torch.make_vjp(lambda z: z**2)(z)
    assert torch.allclose(pulled(z), vjp(lambda z: z**2, z)[1](z)[0])
    assert torch.allclose(torch.holomorphic_grad(lambda z: (z**2).sum())(z), 2 * z)
    array = torch.grad(lambda z: np.real(np.sum(z * 1j)))(np.array([1 + 1j]))
    assert array == np.array([1j])  # NumPy's side keeps JAX's convention


# containers, taken apart


@pytest.mark.parametrize(
    "tree",
    [
        1,
        None,
        (1, [2, {"a": 3}]),
        Pair(1, (2,)),
        OrderedDict(b=1, a=2),
        deque([1, 2], maxlen=3),
        defaultdict(list, a=1),
        (),
        {},
    ],
    ids=repr,
)
def test_trees_come_back(tree):
    leaves, spec = pytree.tree_flatten(tree)
    back = pytree.tree_unflatten(leaves, spec)
    assert back == tree and type(back) is type(tree)
    assert spec == pytree.tree_structure(back) and spec.num_leaves == len(leaves)
    again = pytree.tree_map(lambda x: x, tree)
    assert again == tree


def test_trees_that_do_not_fit():
    spec = pytree.tree_structure({"a": 1, "b": 2})
    assert pytree.tree_map(lambda x, y: x - y, {"a": 1, "b": 2}, {"b": 1, "a": 1}) == {
        "a": 0,
        "b": 1,
    }
    with pytest.raises(ValueError):
        spec.unflatten([1])
    with pytest.raises(ValueError):
        pytree.tree_map(lambda x, y: x, {"a": 1}, {"b": 1})
    with pytest.raises(ValueError):
        pytree.tree_map(lambda x, y: x, (1, 2), (1,))
    with pytest.raises(TypeError):
        pytree.tree_unflatten([1], "*")
    assert pytree.tree_all(lambda x: x > 0, [1, (2,)]) and pytree.tree_any(
        lambda x: x > 1, [1, (2,)]
    )
    assert pytree.tree_map_only(int, lambda x: -x, [1, "a"]) == [-1, "a"]
    assert repr(pytree.tree_structure((1, 2))) == "TreeSpec(tuple, None, [*,\n  *])"


def test_a_registered_class_is_a_container():
    class Box:
        def __init__(self, x):
            self.x = x

    pytree.register_pytree_node(Box, lambda box: ([box.x], None), lambda parts, _: Box(*parts))
    assert grad(lambda box: box.x**2)(Box(torch.tensor(3.0))).x.item() == 6.0
    with pytest.raises(ValueError, match="registered"):
        pytree.register_pytree_node(Box, lambda box: ([box.x], None), lambda parts, _: Box(*parts))


def test_functional_call_by_names_that_the_module_has_not():
    layer = torch.nn.Linear(2, 2)
    x = torch.ones(1, 2)
    assert torch.equal(functional_call(layer, {"other": torch.ones(1)}, (x,)), layer(x))
    assert not hasattr(layer, "other")


def test_strict_functional_call_counts_tied_parameters():
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    model[1].weight = model[0].weight
    given = {"0.weight": torch.ones(2, 2), "0.bias": torch.ones(2)}
    with pytest.raises(RuntimeError, match=r"for Sequential:\n\tMissing key\(s\): '1.bias'"):
        functional_call(model, given, (torch.ones(1, 2),), strict=True)
    functional_call(model, {**given, "1.bias": torch.ones(2)}, (torch.ones(1, 2),), strict=True)


def test_the_gradients_of_examples_come_as_the_weights_lie():
    model = torch.nn.Linear(3, 4)
    params = {name: p.detach() for name, p in model.named_parameters()}
    x = torch.randn(5, 3)

    def loss(params, x):
        return functional_call(model, params, (x[None],)).pow(2).sum()

    grads = torch.func.vmap(torch.func.grad(loss), (None, 0))(params, x)
    for i in range(5):
        single = torch.func.grad(loss)(params, x[i])
        for name, g in grads.items():
            assert g.is_contiguous() and torch.allclose(g[i], single[name], atol=1e-6)
