"""`Module` against PyTorch, line by line: attributes, hooks, state dicts, containers, copies.

Each scenario is a program that gives facts: names, orders, kinds of errors, numbers.
"""

from __future__ import annotations

import copy
import io
import pickle
import warnings
from collections import OrderedDict

import numpy as np
import pytest

import minitorch
from tests.parity.twins import assert_same_error, both

torch = pytest.importorskip("torch")


def plain(value):
    """A fact without tensors or the libraries' own classes."""
    if isinstance(value, (torch.Tensor, minitorch.Tensor)):
        return np.asarray(value.detach().numpy(), float).round(5).tolist()
    if isinstance(value, dict):
        return {plain(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(type(value))


SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name):
    theirs, ours = both(lambda t: plain(SCENARIOS[name](t)))
    assert ours == theirs


def net(t):
    nn = t.nn
    return nn.Sequential(
        OrderedDict(
            first=nn.Linear(2, 3),
            inner=nn.Sequential(nn.ReLU(), nn.BatchNorm1d(3), nn.Dropout(0.0)),
            last=nn.Linear(3, 1, bias=False),
        )
    ).double()


def batch(t):
    return t.linspace(-1, 1, 8, dtype=t.float64).reshape(4, 2)


# Hooks


@scenario
def order_of_hooks(t):
    seen, m = [], net(t)

    def note(text):
        return lambda *args: seen.append(text)

    for i in range(2):
        m.first.register_forward_pre_hook(note(f"pre {i}"))
        m.first.register_forward_pre_hook(note(f"early pre {i}"), prepend=True)
        m.first.register_forward_hook(note(f"post {i}"))
        m.first.register_forward_hook(note(f"early post {i}"), prepend=True)
        m.last.register_full_backward_hook(note(f"back {i}"))
        m.last.register_full_backward_hook(note(f"early back {i}"), prepend=True)
        m.last.register_full_backward_pre_hook(note(f"back pre {i}"))
        m.last.register_full_backward_pre_hook(note(f"early back pre {i}"), prepend=True)
    m(batch(t)).sum().backward()
    return seen


@scenario
def global_hooks(t):
    module, seen, m = t.nn.modules.module, [], net(t)

    def note(text):
        return lambda layer, *args: seen.append(f"{text} {type(layer).__name__}")

    m.first.register_forward_pre_hook(note("own pre"))
    m.first.register_forward_hook(note("own post"))
    m.first.register_full_backward_hook(note("own back"))
    handles = [
        module.register_module_forward_pre_hook(note("pre")),
        module.register_module_forward_hook(note("post")),
        module.register_module_full_backward_pre_hook(note("back pre")),
        module.register_module_full_backward_hook(note("back")),
    ]
    try:
        m(batch(t).requires_grad_()).sum().backward()
    finally:
        for handle in handles:
            handle.remove()
    seen.append("removed")
    m(batch(t))
    return seen


@scenario
def global_hooks_change_what_passes(t):
    module, m, x = t.nn.modules.module, t.nn.Identity(), t.ones(2, requires_grad=True)

    def doubled(layer, args, kwargs, output):
        return output * 2 + len(kwargs)

    with (
        module.register_module_forward_pre_hook(lambda layer, args: (args[0] + 1,)),
        module.register_module_forward_hook(doubled, with_kwargs=True),
        module.register_module_full_backward_hook(lambda layer, gi, go: (gi[0] * 10,)),
    ):
        y = m(x)
        y.sum().backward()
    return y, x.grad, m(x)


@scenario
def global_hooks_that_are_always_called(t):
    seen, m = [], t.nn.Linear(2, 2)

    def hook(layer, args, output):
        seen.append(output is None)

    with t.nn.modules.module.register_module_forward_hook(hook, always_call=True):
        try:
            m(t.ones(3))
        except RuntimeError:
            seen.append("raised")
    return seen


@scenario
def registration_hooks(t):
    module, seen = t.nn.modules.module, []

    def note(kind, replacement=None):
        def hook(layer, name, value):
            seen.append([kind, name, value is None])
            return replacement

        return hook

    other = t.nn.Parameter(t.zeros(1))
    handles = [
        module.register_module_parameter_registration_hook(note("parameter")),
        module.register_module_buffer_registration_hook(note("buffer")),
        module.register_module_module_registration_hook(note("module")),
    ]
    try:
        m = t.nn.Sequential(t.nn.Linear(1, 1, bias=False), t.nn.BatchNorm1d(1))
        m.p = t.nn.Parameter(t.ones(1))
        m.b = t.nn.Buffer(t.ones(1))
        m.add_module("extra", None)
        with module.register_module_parameter_registration_hook(note("instead", other)):
            m.q = t.nn.Parameter(t.ones(1))
    finally:
        for handle in handles:
            handle.remove()
    return seen, m.q is other


@scenario
def hooks_with_kwargs(t):
    class Scaled(t.nn.Module):
        def forward(self, x, by=1.0):
            return x * by

    m, seen = Scaled(), []
    m.register_forward_pre_hook(
        lambda layer, args, kwargs: (args, {**kwargs, "by": 3.0}), with_kwargs=True
    )
    m.register_forward_hook(
        lambda layer, args, kwargs, y: seen.append(sorted(kwargs)), with_kwargs=True
    )
    m.register_forward_hook(lambda layer, args, y: y + len(args))
    return m(t.ones(2)), m(t.ones(2), by=2.0), seen


@scenario
def hooks_always_called_see_the_last_result(t):
    m, seen = t.nn.Identity(), []

    def fails(layer, args, output):
        raise ValueError("in a hook")

    m.register_forward_hook(lambda layer, args, y: y + 1)
    m.register_forward_hook(fails)
    m.register_forward_hook(lambda layer, args, y: seen.append(y), always_call=True)
    try:
        m(t.ones(1))
    except ValueError as error:
        seen.append("in a hook" in str(error))
    return seen


@scenario
def hooks_that_fail_after_a_failure_warn(t):
    m = t.nn.Linear(2, 2)

    def fails(layer, args, output):
        raise ValueError("in a hook")

    m.register_forward_hook(fails, always_call=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            m(t.ones(3))
        except RuntimeError:
            pass
    return [str(w.message)[:40] for w in caught]


@scenario
def backward_hooks_change_gradients(t):
    m, x = t.nn.Linear(2, 2).double(), batch(t).requires_grad_()
    m.register_full_backward_pre_hook(lambda layer, go: (go[0] * 2,))
    m.register_full_backward_hook(lambda layer, gi, go: (gi[0] + 1,))
    m(x).sum().backward()
    return x.grad, m.weight.grad


@scenario
def backward_hooks_of_several_arguments(t):
    class Pair(t.nn.Module):
        def forward(self, a, b, c):
            return a * b, b + c

    m, seen = Pair(), []
    m.register_full_backward_hook(lambda layer, gi, go: seen.append([gi, go]))
    a, c = (t.ones(2, requires_grad=True) for _ in range(2))
    first, second = m(a, t.full((2,), 3.0), c)
    (first.sum() + 2 * second.sum()).backward()
    return seen, a.grad, c.grad


@scenario
def removed_hooks_are_gone(t):
    m, seen = t.nn.ReLU(), []
    handle = m.register_forward_hook(lambda *args: seen.append(1))
    m(t.ones(1))
    handle.remove()
    handle.remove()
    m(t.ones(1))
    with m.register_forward_pre_hook(lambda *args: seen.append(2)):
        m(t.ones(1))
    m(t.ones(1))
    return seen, len(m._forward_hooks), len(m._forward_pre_hooks)


@scenario
def state_dict_hooks(t):
    m, seen = net(t), []
    m.register_state_dict_pre_hook(lambda layer, prefix, keep: seen.append(["pre", prefix, keep]))
    m.last.register_state_dict_pre_hook(lambda layer, prefix, keep: seen.append(["in", prefix]))

    def post(layer, state, prefix, metadata):
        state[prefix + "more"] = t.ones(1)
        seen.append([prefix, dict(metadata)])

    m.last.register_state_dict_post_hook(post)
    m.first._register_state_dict_hook(lambda layer, state, prefix, metadata: OrderedDict(a=1))
    return list(m.state_dict()), seen, list(m.first.state_dict())


@scenario
def load_state_dict_hooks(t):
    m, seen = net(t), []

    def pre(layer, state, prefix, metadata, strict, missing, unexpected, errors):
        seen.append([type(layer).__name__, prefix, strict, sorted(state)])
        state[prefix + "weight"] = state.pop(prefix + "old")

    def post(layer, keys):
        seen.append([type(layer).__name__, list(keys.missing_keys), list(keys.unexpected_keys)])
        keys.missing_keys.clear()

    m.last.register_load_state_dict_pre_hook(pre)
    m.last.register_load_state_dict_post_hook(post)
    state = m.state_dict()
    state["last.old"] = t.full((1, 3), 7.0, dtype=t.float64)
    del state["last.weight"], state["first.bias"]
    result = m.load_state_dict(state)
    return m.last.weight, seen, list(result)


# Attributes


@scenario
def attributes_become_what_they_are(t):
    m = t.nn.Module()
    m.p, m.b, m.c = t.nn.Parameter(t.ones(1)), t.nn.Buffer(t.ones(2)), t.nn.ReLU()
    m.plain, m.number = t.ones(3), 4
    facts = [list(m._parameters), list(m._buffers), list(m._modules)]
    m.p = m.b = m.c = None
    facts += [list(m._parameters), list(m._buffers), list(m._modules), m.p, m.b, m.c]
    m.b, m.c = t.zeros(1), t.nn.Tanh()
    m.number = t.nn.Parameter(t.ones(1))
    m.plain = t.nn.Identity()
    facts += [m.b, type(m.c).__name__, list(m._parameters), list(m._modules)]
    del m.b, m.c, m.p
    return [*facts, list(m._parameters), list(m._buffers), list(m._modules), repr(m)]


@scenario
def persistence_of_buffers(t):
    m = t.nn.Module()
    m.register_buffer("a", t.ones(1))
    m.register_buffer("b", t.ones(1), persistent=False)
    m.register_buffer("c", None)
    m.d = t.nn.Buffer(t.ones(1), persistent=False)
    facts = [list(m.state_dict()), [n for n, _ in m.named_buffers()]]
    m.register_buffer("b", t.zeros(1))
    m.register_buffer("a", t.zeros(1), persistent=False)
    facts.append(list(m.state_dict()))
    del m.b
    m.register_buffer("b", t.zeros(1))
    return [*facts, list(m.state_dict()), sorted(m._non_persistent_buffers_set)]


@scenario
def names_of_everything(t):
    m = net(t)
    m.again = m.first
    m.tied = t.nn.Linear(2, 3).double()
    m.tied.weight = m.first.weight
    return [
        [n for n, _ in m.named_parameters()],
        [n for n, _ in m.named_parameters("head", remove_duplicate=False)],
        [n for n, _ in m.named_parameters(recurse=False)],
        [n for n, _ in m.named_buffers("b", True, False)],
        [n for n, _ in m.named_modules()],
        [n for n, _ in m.named_modules(prefix="x", remove_duplicate=False)],
        [n for n, _ in m.named_children()],
        len(list(m.modules())), len(list(m.children())), len(list(m.parameters())),
        len(list(m.buffers())), list(m.state_dict()), sorted(set(dir(m)) & {"first", "again"}),
    ]  # fmt: skip


@scenario
def lookups_by_path(t):
    m = net(t)
    m.set_submodule("inner.1", t.nn.LayerNorm(3))
    m.set_submodule("inner.new", t.nn.Tanh())
    return [
        repr(m), repr(m.get_submodule("inner.0")), m.get_submodule("") is m,
        m.get_parameter("first.weight") is m.first.weight,
        type(t.nn.BatchNorm1d(2).get_buffer("running_mean")).__name__,
    ]  # fmt: skip


@scenario
def extra_state(t):
    class Counting(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.count = 3

        def get_extra_state(self):
            return {"count": self.count}

        def set_extra_state(self, state):
            self.count = state["count"]

    m = t.nn.Sequential(Counting(), t.nn.Linear(1, 1))
    state = m.state_dict()
    keys, other = list(state), t.nn.Sequential(Counting(), t.nn.Linear(1, 1))
    other[0].count = 9
    other.load_state_dict(state)
    del state["0._extra_state"]
    return keys, other[0].count, list(other.load_state_dict(state, strict=False))


@scenario
def loading_assigns(t):
    m = t.nn.Linear(2, 1)
    weight = t.ones(1, 2, dtype=t.float64)
    m.load_state_dict({"weight": weight, "bias": t.zeros(1, requires_grad=True)}, assign=True)
    return [str(m.weight.dtype), m.weight.data_ptr() == weight.data_ptr(), type(m.weight).__name__,
            m.weight.requires_grad, m.bias.requires_grad, m.bias]  # fmt: skip


@scenario
def positional_state_dict(t):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = t.nn.Linear(1, 1).state_dict(OrderedDict(), "p.", True)
    return list(found), type(found["p.weight"]).__name__, [w.category.__name__ for w in caught]


# Conversion


@scenario
def conversions(t):
    m = net(t)
    m.float()
    weight = m.first.weight
    m.first.weight.grad = t.ones(3, 2)
    dtypes = []
    for change in (
        lambda: m.half(), lambda: m.double(), lambda: m.to(t.float32), lambda: m.type(t.float64),
        lambda: m.to("cpu", t.float32), lambda: m.to(t.ones(1, dtype=t.float64)),
        lambda: m.to(device="cpu", dtype=t.float32), lambda: m.to(device=t.device("cpu")),
    ):  # fmt: skip
        assert change() is m
        dtypes.append([str(p.dtype) for p in m.state_dict().values()])
    return [dtypes, m.first.weight is weight, str(weight.grad.dtype), m.cpu() is m]


@scenario
def gradients_on_and_off(t):
    m = net(t)
    m(batch(t)).sum().backward()
    m.zero_grad(set_to_none=False)
    zeros = [p.grad for p in m.parameters()]
    m.zero_grad()
    facts = [zeros, [p.grad for p in m.parameters()]]
    m.first.requires_grad_(False)
    return [*facts, [p.requires_grad for p in m.parameters()], m.requires_grad_() is m]


@scenario
def modes(t):
    m = net(t)
    facts = [m.eval() is m, [c.training for c in m.modules()]]
    m.inner.train()
    return [*facts, [c.training for c in m.modules()], m.train(False).training]


@scenario
def emptied(t):
    m = net(t).to_empty(device="cpu")
    m.first.to_empty(device="cpu", recurse=False)
    return [[n, tuple(v.shape)] for n, v in m.state_dict().items()], m.compile()


@scenario
def applied(t):
    seen = []
    m = net(t)
    assert m.apply(lambda layer: seen.append(type(layer).__name__)) is m
    return seen


@scenario
def shared_memory(t):
    m = t.nn.Linear(2, 2)
    weight = m.weight
    assert m.share_memory() is m
    return m.weight is weight


# Containers


@scenario
def sequential(t):
    nn = t.nn
    m = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Tanh())
    facts = [len(m), repr(m[1]), repr(m[-1]), repr(m[1:]), repr(m[::2]), [repr(c) for c in m]]
    m[1] = nn.GELU()
    m.append(nn.ELU()).extend([nn.Identity(), nn.Identity()])
    m.insert(1, nn.SELU())
    m.insert(-1, nn.Mish())
    facts.append(repr(m))
    facts += [repr(m.pop(0)), repr(m.pop(-1)), repr(m)]
    del m[0], m[1:3]
    other = nn.Sequential(nn.Softmax(0))
    facts += [repr(m), repr(m + other), repr(other * 3), repr(2 * other), m[0] in list(m)]
    m += other
    other *= 2
    return [*facts, repr(m), repr(other), len(m), bool(nn.Sequential())]


@scenario
def module_list(t):
    nn = t.nn
    m = nn.ModuleList([nn.Linear(1, 1), nn.ReLU()])
    m.append(nn.Tanh())
    m.extend([nn.ReLU(), nn.ReLU()])
    m.insert(1, nn.SELU())
    facts = [repr(m), len(m), repr(m[-1]), repr(m[1:3]), repr(m.__add__([nn.Mish()]))]
    facts.append(repr(m.pop(0)))
    m[0] = nn.ELU()
    del m[1]
    del m[1:3]
    m += [nn.GELU()]
    return [*facts, repr(m), [type(c).__name__ for c in m], m[0] in m, list(m._modules), dir(m)[-1]]


@scenario
def module_dict(t):
    nn = t.nn
    m = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Linear(1, 1)})
    m["c"] = nn.Tanh()
    m.update([["d", nn.ELU()], ("a", nn.GELU())])
    m.update(nn.ModuleDict({"e": nn.Mish()}))
    facts = [repr(m), len(m), list(m), list(m.keys()), [k for k, _ in m.items()], "a" in m]
    facts += [repr(m.pop("a")), [repr(v) for v in m.values()], repr(m["b"])]
    del m["b"]
    facts.append(list(m))
    m.clear()
    return [*facts, len(m), repr(m)]


@scenario
def parameter_list(t):
    nn = t.nn
    m = nn.ParameterList([t.ones(1), nn.Parameter(t.zeros(2), requires_grad=False), "text"])
    m.append(t.ones(3)).extend([t.ones(4), 5])
    m += [t.ones(6)]
    facts = [repr(m), len(m), [n for n, _ in m.named_parameters()], m[2], m[-1]]
    facts.append(list(m.state_dict()))
    m[0] = t.full((2, 2), 3.0)
    facts += [m[0], repr(m[1:3]), [p.requires_grad for p in m.parameters()]]
    return [*facts, repr(copy.deepcopy(m)), len(list(iter(m)))]


@scenario
def parameter_dict(t):
    nn = t.nn
    m = nn.ParameterDict({"b": t.ones(1), "a": nn.Parameter(t.zeros(2)), "c": 3})
    m["d"] = t.ones(2, 2)
    m.update(OrderedDict(f=t.ones(1), e=t.ones(1)))
    facts = [repr(m), len(m), list(m), list(m.keys()), [k for k, _ in m.items()], "a" in m]
    facts += [m.get("z"), m.get("a"), m.setdefault("g", t.ones(1)), m.setdefault("a"), m.pop("b")]
    facts += [m.popitem(), list(reversed(m)), list(m.copy()), list(m.fromkeys(["x", "y"], 1))]
    joined = m | nn.ParameterDict({"z": t.ones(1)})
    m |= nn.ParameterDict({"y": t.ones(1)})
    del m["a"]
    facts += [list(joined), list(m), [n for n, _ in m.named_parameters()], list(m.values())]
    m.clear()
    return [*facts, len(m)]


@scenario
def reprs(t):
    nn = t.nn

    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1), nn.ReLU()])
            self.named = nn.ModuleDict({"x": nn.Sequential(nn.ReLU(), nn.Sequential())})
            self.weights = nn.ParameterList([t.ones(2)])
            self.more = nn.ParameterDict({"w": t.ones(2)})

        def extra_repr(self):
            return "size=3\nkind=own"

    named = nn.ModuleList([nn.ReLU()])
    named.add_module("last", nn.Tanh())
    named.add_module("very last", nn.Tanh())
    return repr(Own()), repr(named), str(nn.Module()), repr(nn.ModuleList()), repr(nn.ModuleDict())


# Layers of one's own, from the parts that programs take from PyTorch's


@scenario
def standardized_convolution(t):
    class Standardized(t.nn.Conv2d):
        def forward(self, x):
            weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
            return self._conv_forward(x, weight, self.bias)

    m = Standardized(2, 3, 3, padding=1, padding_mode="circular").double()
    return m(t.linspace(-1, 1, 32, dtype=t.float64).reshape(1, 2, 4, 4)), repr(m)


@scenario
def convolution_from_its_base(t):
    from_pair = t.nn.modules.utils._pair

    class Own(t.nn.modules.conv._ConvNd):
        def __init__(self, ins, outs, size, padding=0):
            pair = from_pair
            super().__init__(
                ins, outs, pair(size), pair(1), pair(padding), pair(1), False, pair(0), 1, True,
                "zeros",
            )  # fmt: skip

        def forward(self, x):
            return t.nn.functional.conv2d(x, self.weight * 2, self.bias, 1, self.padding)

    m = Own(2, 3, 3, 1)
    return repr(m), m(t.ones(1, 2, 4, 4)), m._reversed_padding_repeated_twice


@scenario
def transposed_convolution_to_a_size(t):
    class Own(t.nn.ConvTranspose2d):
        def forward(self, x, size=None):
            extra = self._output_padding(
                x, size, self.stride, self.padding, self.kernel_size, 2, self.dilation
            )
            return t.nn.functional.conv_transpose2d(
                x, self.weight, self.bias, self.stride, self.padding, extra
            )

    m = Own(1, 1, 3, stride=2)
    return m(t.ones(1, 1, 3, 3), (8, 7)), m(t.ones(1, 1, 3, 3))


@scenario
def normalization_from_its_base(t):
    class Own(t.nn.modules.batchnorm._BatchNorm):
        def _check_input_dim(self, x):
            if x.dim() < 2:
                raise ValueError("too few dimensions")

    m = Own(3, 1e-3, affine=False)
    y = m(t.linspace(-1, 1, 12).reshape(4, 3))
    return repr(m), y, m.running_var


@scenario
def loss_from_its_base(t):
    class Own(t.nn.modules.loss._WeightedLoss):
        def forward(self, x, y):
            return t.nn.functional.mse_loss(x * self.weight, y, reduction=self.reduction)

    m = Own(weight=t.ones(2) * 2, reduction="sum")
    return m(t.ones(2), t.zeros(2)), list(m.state_dict()), repr(m)


# Copies


def counting_hook(module, args):
    module.calls = getattr(module, "calls", 0) + 1


@scenario
def deep_copies(t):
    m = net(t)
    m.first.register_forward_pre_hook(counting_hook)
    m(batch(t)).sum().backward()
    m.tied = m.first
    twin = copy.deepcopy(m)
    twin.first(batch(t))
    with t.no_grad():
        twin.first.weight.add_(1)
    return [
        repr(twin), twin.tied is twin.first, twin.first is not m.first, m.first.calls,
        twin.first.calls, twin.first.weight - m.first.weight, twin.inner[1].num_batches_tracked,
        twin.first.weight.grad is None,
    ]  # fmt: skip


@scenario
def pickles(t):
    m = net(t)
    m.first.register_forward_pre_hook(counting_hook)
    m.eval()
    twin = pickle.loads(pickle.dumps(m))
    buffer = io.BytesIO()
    t.save(m, buffer)
    buffer.seek(0)
    loaded = t.load(buffer, weights_only=False)
    same = [bool((a(batch(t)) == m(batch(t))).all()) for a in (twin, loaded)]
    return [repr(twin), repr(loaded), same, twin.training, twin.first.calls, loaded.first.calls]


@scenario
def shallow_copies_share(t):
    m = net(t)
    twin = copy.copy(m)
    return twin.first is m.first, twin._modules is m._modules


def own(t, before=False, **attributes):
    class Own(t.nn.Module):
        def __init__(self):
            if not before:
                super().__init__()
            for name, value in attributes.items():
                setattr(self, name, value)

    return Own()


MISTAKES = {
    "parameter before init": lambda t: own(t, True, p=t.nn.Parameter(t.ones(1))),
    "module before init": lambda t: own(t, True, m=t.nn.ReLU()),
    "buffer before init": lambda t: own(t, True, b=t.nn.Buffer(t.ones(1))),
    "call before init": lambda t: own(t, True)(1),
    "tensor as parameter": lambda t: setattr(t.nn.Linear(1, 1), "weight", t.ones(1, 1)),
    "text as child": lambda t: setattr(net(t), "first", "text"),
    "text as buffer": lambda t: setattr(t.nn.BatchNorm1d(1), "running_mean", "text"),
    "no attribute": lambda t: net(t).what,
    "delete nothing": lambda t: delattr(net(t), "what"),
    "register tensor": lambda t: net(t).register_parameter("p", t.ones(1)),
    "register non-leaf": lambda t: net(t).register_parameter("p", t.nn.Parameter(t.ones(1)) * 2),
    "register taken": lambda t: net(t).register_parameter("first", None),
    "register dotted": lambda t: net(t).register_parameter("a.b", None),
    "register empty": lambda t: net(t).register_parameter("", None),
    "register number": lambda t: net(t).register_parameter(3, None),
    "buffer of text": lambda t: net(t).register_buffer("b", "text"),
    "buffer taken": lambda t: net(t).register_buffer("first", t.ones(1)),
    "buffer dotted": lambda t: net(t).register_buffer("a.b", t.ones(1)),
    "add a number": lambda t: net(t).add_module("a", 3),
    "add a class": lambda t: net(t).add_module("a", t.nn.ReLU),
    "add dotted": lambda t: net(t).add_module("a.b", t.nn.ReLU()),
    "add taken": lambda t: net(t).add_module("forward", t.nn.ReLU()),
    "add empty": lambda t: net(t).add_module("", t.nn.ReLU()),
    "add under number": lambda t: net(t).add_module(1, t.nn.ReLU()),
    "no forward": lambda t: t.nn.Module()(1),
    "arguments": lambda t: t.nn.Module(1),
    "keywords": lambda t: t.nn.Module(size=1),
    "no submodule": lambda t: net(t).get_submodule("first.what"),
    "no module there": lambda t: net(t).get_submodule("first.weight"),
    "no parameter": lambda t: net(t).get_parameter("first.what"),
    "no parameter there": lambda t: net(t).get_parameter("inner"),
    "no buffer": lambda t: net(t).get_buffer("first.weight"),
    "set nothing": lambda t: net(t).set_submodule("", t.nn.ReLU()),
    "set text": lambda t: net(t).set_submodule("first", "text"),
    "set strictly": lambda t: net(t).set_submodule("what", t.nn.ReLU(), strict=True),
    "set over a parameter": lambda t: net(t).set_submodule("first.weight", t.nn.ReLU()),
    "set below nothing": lambda t: net(t).set_submodule("a.b", t.nn.ReLU()),
    "to integers": lambda t: net(t).to(t.int64),
    "to nonsense": lambda t: net(t).to(what=1),
    "type nonsense": lambda t: net(t).type("what"),
    "train with number": lambda t: net(t).train(1),
    "extra state": lambda t: net(t).get_extra_state(),
    "set extra state": lambda t: net(t).set_extra_state(1),
    "load a list": lambda t: net(t).load_state_dict([1]),
    "load nothing": lambda t: net(t).load_state_dict({}),
    "load more": lambda t: net(t).load_state_dict({**net(t).state_dict(), "x": t.ones(1)}),
    "load shapes": lambda t: t.nn.Linear(2, 1).load_state_dict(
        {"weight": t.ones(2, 1), "bias": t.ones(1)}
    ),
    "load shapes loosely": lambda t: t.nn.Linear(2, 1).load_state_dict(
        {"weight": t.ones(2, 1)}, strict=False
    ),
    "load text": lambda t: t.nn.Linear(1, 1).load_state_dict({"weight": "x", "bias": t.ones(1)}),
    "post hook returns": lambda t: _returning_hook(t).state_dict(),
    "load hook returns": lambda t: _returning_load_hook(t),
    "pre hook returns": lambda t: _returning_pre_hook(t)(t.ones(1)),
    "backward hooks mixed": lambda t: _mixed_hooks(t.nn.ReLU(), True),
    "backward hooks mixed too": lambda t: _mixed_hooks(t.nn.ReLU(), False),
    "sequential of a list": lambda t: t.nn.Sequential([t.nn.ReLU()]),
    "sequential of a class": lambda t: t.nn.Sequential(t.nn.ReLU),
    "sequential index": lambda t: net(t)[3],
    "sequential text": lambda t: net(t)["first"],
    "sequential insert": lambda t: net(t).insert(9, t.nn.ReLU()),
    "sequential insert text": lambda t: t.nn.Sequential().insert(0, "text"),
    "sequential plus": lambda t: net(t).__add__([1]),
    "sequential times": lambda t: net(t) * 0,
    "sequential times text": lambda t: net(t) * "a",
    "sequential extend": lambda t: t.nn.Sequential().extend(3),
    "list called": lambda t: t.nn.ModuleList()(1),
    "list index": lambda t: t.nn.ModuleList()[0],
    "list of numbers": lambda t: t.nn.ModuleList([1]),
    "list extend": lambda t: t.nn.ModuleList().extend(3),
    "dict key": lambda t: t.nn.ModuleDict()["a"],
    "dict of numbers": lambda t: t.nn.ModuleDict({"a": 1}),
    "dict number key": lambda t: t.nn.ModuleDict({1: t.nn.ReLU()}),
    "dict update": lambda t: t.nn.ModuleDict().update(3),
    "dict update pairs": lambda t: t.nn.ModuleDict().update([("a", 1, 2)]),
    "dict pop": lambda t: t.nn.ModuleDict().pop("a"),
    "parameter list called": lambda t: t.nn.ParameterList()(1),
    "parameter list index": lambda t: t.nn.ParameterList()[0],
    "parameter list extend": lambda t: t.nn.ParameterList().extend(t.ones(1)),
    "parameter dict called": lambda t: t.nn.ParameterDict()(1),
    "parameter dict key": lambda t: t.nn.ParameterDict()["a"],
    "parameter dict place": lambda t: t.nn.ParameterDict()[0],
    "parameter dict number": lambda t: t.nn.ParameterDict({1: t.ones(1)}),
    "parameter dict update": lambda t: t.nn.ParameterDict().update(3),
    "parameter of numbers": lambda t: t.nn.Parameter(t.ones(1, dtype=t.int64)),
    "parameter of a list": lambda t: t.nn.Parameter([1.0]),
}  # fmt: skip


def _returning_hook(t):
    m = t.nn.ReLU()
    m.register_state_dict_post_hook(lambda *args: 3)
    return m


def _returning_load_hook(t):
    m = t.nn.ReLU()
    m.register_load_state_dict_post_hook(lambda *args: 3)
    m.load_state_dict({})


def _returning_pre_hook(t):
    m = t.nn.ReLU()
    m.register_forward_pre_hook(lambda layer, args, kwargs: 3, with_kwargs=True)
    return m


def _mixed_hooks(m, full):
    hook = print
    first, second = m.register_full_backward_hook, m.register_backward_hook
    if not full:
        first, second = second, first
    first(hook)
    second(hook)


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name):
    assert_same_error(MISTAKES[name])


PICKLED = """
Linear(2,3) Bilinear(2,3,4) Identity() Conv1d(1,2,3) Conv2d(1,2,3) Conv3d(1,2,3)
ConvTranspose1d(1,2,3) ConvTranspose2d(1,2,3) ConvTranspose3d(1,2,3) BatchNorm1d(2) BatchNorm2d(2)
BatchNorm3d(2) SyncBatchNorm(2) InstanceNorm1d(2) InstanceNorm2d(2) InstanceNorm3d(2) LayerNorm(2)
GroupNorm(1,2) RMSNorm(2) LocalResponseNorm(2) CrossMapLRN2d(2) ReLU() ReLU6() ELU() SELU() CELU()
GELU() SiLU() Mish() Tanh() Sigmoid() Hardtanh() Hardswish() Hardsigmoid() Softplus() Softsign()
LogSigmoid() PReLU() RReLU() LeakyReLU() Threshold(1,2) GLU() Softmax(0) LogSoftmax(0) Softmin(0)
Softmax2d() Dropout() Dropout1d() Dropout2d() Dropout3d() AlphaDropout() FeatureAlphaDropout()
Embedding(3,2) EmbeddingBag(3,2) MaxPool1d(2) MaxPool2d(2) MaxPool3d(2) AvgPool1d(2) AvgPool2d(2)
AvgPool3d(2) LPPool1d(2,2) LPPool2d(2,2) LPPool3d(2,2) AdaptiveAvgPool1d(2) AdaptiveAvgPool2d(2)
AdaptiveAvgPool3d(2) AdaptiveMaxPool1d(2) AdaptiveMaxPool2d(2) AdaptiveMaxPool3d(2) MaxUnpool1d(2)
MaxUnpool2d(2) MaxUnpool3d(2) FractionalMaxPool2d(2,2) FractionalMaxPool3d(2,2) Flatten()
Unflatten(1,(1,2)) Fold(2,2) Unfold(2) Upsample(2) UpsamplingNearest2d(2) UpsamplingBilinear2d(2)
PixelShuffle(2) PixelUnshuffle(2) ChannelShuffle(2) ZeroPad1d(1) ZeroPad2d(1) ZeroPad3d(1)
ConstantPad1d(1,2.) ConstantPad2d(1,2.) ConstantPad3d(1,2.) ReflectionPad1d(1) ReflectionPad2d(1)
ReflectionPad3d(1) ReplicationPad1d(1) ReplicationPad2d(1) ReplicationPad3d(1) CircularPad1d(1)
CircularPad2d(1) CircularPad3d(1) L1Loss() MSELoss() NLLLoss() CrossEntropyLoss() BCELoss()
BCEWithLogitsLoss() KLDivLoss() SmoothL1Loss() HuberLoss() PoissonNLLLoss() GaussianNLLLoss()
CTCLoss() HingeEmbeddingLoss() MarginRankingLoss() CosineEmbeddingLoss() TripletMarginLoss()
TripletMarginWithDistanceLoss() SoftMarginLoss() MultiMarginLoss() MultiLabelMarginLoss()
MultiLabelSoftMarginLoss() PairwiseDistance() CosineSimilarity() LinearCrossEntropyLoss(2,3)
AdaptiveLogSoftmaxWithLoss(4,5,[2])
""".split()


@pytest.mark.parametrize("text", PICKLED)
def test_layers_are_exchanged_whole(text):
    """A copy, a pickle and a file of PyTorch's make the same layer."""
    made = []
    for t in (torch, minitorch):
        t.manual_seed(3)
        layer = eval(f"t.nn.{text}")
        if t is torch:
            buffer = io.BytesIO()
            torch.save(layer, buffer)
            buffer.seek(0)
        made.append(layer)
    theirs, ours = made
    with minitorch.as_torch():
        read = minitorch.load(buffer, weights_only=False)
    for layer in (ours, copy.deepcopy(ours), pickle.loads(pickle.dumps(ours)), read):
        assert type(layer) is type(ours) and repr(layer) == repr(theirs)
        assert plain(dict(layer.state_dict())) == plain(dict(theirs.state_dict()))
