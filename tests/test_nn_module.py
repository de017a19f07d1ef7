"""Module: attributes, traversal, conversion, state dicts, hooks and errors."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import weakref
from collections import OrderedDict

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 3), nn.Linear(3, 2)])
        self.register_buffer("mean", torch.zeros(4))
        self.register_buffer("cache", torch.zeros(1), persistent=False)

    def forward(self, x):
        x = x - self.mean
        for layer in self.layers:
            x = layer(x)
        return x


def snapshot(module):
    return {name: value.numpy().copy() for name, value in module.state_dict().items()}


def assert_unchanged(module, before):
    after = snapshot(module)
    assert list(after) == list(before)
    for name in before:
        assert np.array_equal(after[name], before[name]), name


class TestParameter:
    def test_shares_memory_and_version(self):
        data = torch.ones(2)
        p = nn.Parameter(data)
        data.add_(1)
        assert p.tolist() == [2.0, 2.0]
        assert p._counter is data._counter
        assert isinstance(p, torch.Tensor) and p.requires_grad and p.is_leaf

    def test_is_detached_from_the_history_of_its_data(self):
        x = torch.ones(2, requires_grad=True)
        p = nn.Parameter(x * 2)
        (p * 3).sum().backward()
        assert p.is_leaf and p.grad.tolist() == [3.0, 3.0] and x.grad is None

    def test_repr(self):
        assert repr(nn.Parameter(torch.zeros(1))) == (
            "Parameter containing:\ntensor([0.], requires_grad=True)"
        )

    def test_operations_give_plain_tensors(self):
        p = nn.Parameter(torch.ones(2))
        assert {type(t) for t in (p + 1, p[0], p.detach(), p.data, p.clone())} == {torch.Tensor}

    def test_empty_without_data(self):
        assert nn.Parameter().shape == (0,)

    def test_requires_floating_point(self):
        with pytest.raises(RuntimeError, match="floating point"):
            nn.Parameter(torch.tensor([1]))
        assert not nn.Parameter(torch.tensor([1]), requires_grad=False).requires_grad

    def test_needs_a_tensor(self):
        with pytest.raises(AttributeError, match="torch.tensor"):
            nn.Parameter([1.0])

    @pytest.mark.parametrize("requires_grad", [True, False])
    def test_copies(self, requires_grad):
        p = nn.Parameter(torch.ones(2), requires_grad)
        for q in (copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
            assert type(q) is nn.Parameter and q.requires_grad is requires_grad
            q.data.zero_()
            assert p.tolist() == [1.0, 1.0]

    def test_subclass_with_arguments_of_its_own(self):
        class Tagged(nn.Parameter):
            def __new__(cls, data, tag):
                p = super().__new__(cls, data)
                p.tag = tag
                return p

        m = nn.Module()
        m.w = Tagged(torch.ones(1), "a")
        assert m.w.tag == "a" and [name for name, _ in m.named_parameters()] == ["w"]
        assert type(copy.deepcopy(m).w) is Tagged

    def test_buffer(self):
        m = nn.Module()
        m.kept = nn.Buffer(torch.ones(1))
        m.lost = nn.Buffer(torch.ones(1), persistent=False)
        assert [name for name, _ in m.named_buffers()] == ["kept", "lost"]
        assert list(m.state_dict()) == ["kept"]
        assert list(copy.deepcopy(m).state_dict()) == ["kept"]
        assert list(pickle.loads(pickle.dumps(m)).state_dict()) == ["kept"]


class TestAttributes:
    def test_before_init(self):
        class Late(nn.Module):
            def __init__(self, value):
                self.value = value

        with pytest.raises(
            AttributeError, match=r"cannot assign parameters before Module.__init__"
        ):
            Late(nn.Parameter(torch.ones(1)))
        with pytest.raises(AttributeError, match=r"cannot assign module before Module.__init__"):
            Late(nn.ReLU())
        with pytest.raises(AttributeError, match=r"super\(\).__init__\(\)"):
            Late(3)(1)
        assert Late(3).value == 3

    def test_missing(self):
        with pytest.raises(AttributeError, match="'Net' object has no attribute 'nope'"):
            Net().nope
        with pytest.raises(AttributeError, match="nope"):
            del Net().nope
        assert not hasattr(Net(), "nope")

    def test_parameter_wants_parameter_or_none(self):
        m = nn.Linear(1, 1)
        with pytest.raises(
            TypeError, match="cannot assign 'torch.FloatTensor' as parameter 'bias'"
        ):
            m.bias = torch.ones(1)
        with pytest.raises(TypeError, match="cannot assign 'int' as parameter 'bias'"):
            m.bias = 3
        m.bias = None
        assert m.bias is None and [name for name, _ in m.named_parameters()] == ["weight"]
        m.bias = nn.Parameter(torch.ones(1))
        assert [name for name, _ in m.named_parameters()] == ["weight", "bias"]

    def test_child_and_buffer_want_their_kind(self):
        m = Net()
        with pytest.raises(TypeError, match="cannot assign 'int' as child module 'layers'"):
            m.layers = 3
        with pytest.raises(TypeError, match="cannot assign 'list' as buffer 'mean'"):
            m.mean = [0.0]
        m.mean = torch.ones(4)
        assert dict(m.named_buffers())["mean"].tolist() == [1.0] * 4
        m.layers = None
        assert list(m.children()) == []

    def test_a_name_has_one_place(self):
        m = nn.Module()
        m.x = torch.ones(1)
        m.x = nn.Parameter(torch.ones(1))
        assert "x" in m._parameters and "x" not in vars(m)
        m.x = None
        m.register_parameter("x", None)
        del m.x
        m.x = nn.ReLU()
        assert "x" in m._modules and not m._parameters
        m.x = nn.Parameter(torch.ones(1))
        assert "x" in m._parameters and not m._modules
        m.register_buffer("b", torch.ones(1), persistent=False)
        m.b = nn.Parameter(torch.ones(1))
        assert list(m.state_dict()) == ["x", "b"]

    def test_delete(self):
        m = Net()
        del m.layers[0].bias, m.cache, m.layers[1]
        assert list(m.state_dict()) == ["mean", "layers.0.weight"]
        assert not hasattr(m, "cache")

    @pytest.mark.parametrize("register", ["register_parameter", "register_buffer", "add_module"])
    def test_registering_bad_names(self, register):
        m = Net()
        register = getattr(m, register)
        for name in ("a.b", "", "forward", "training"):
            with pytest.raises(KeyError):
                register(name, None)
        with pytest.raises(TypeError, match="should be a string"):
            register(3, None)

    def test_registering_wrong_kinds(self):
        m = Net()
        with pytest.raises(TypeError, match="torch.nn.Parameter or None required"):
            m.register_parameter("p", torch.ones(1))
        with pytest.raises(TypeError, match="torch Tensor or None required"):
            m.register_buffer("b", 3)
        with pytest.raises(TypeError, match="int is not a Module subclass"):
            m.add_module("m", 3)

    def test_init_takes_nothing(self):
        with pytest.raises(TypeError, match="unexpected keyword argument 'a'"):
            nn.Module(a=1)
        with pytest.raises(TypeError, match="takes 1 positional argument but 3 were given"):
            nn.Module(1, 2)

    def test_call_super_init(self):
        class Other:
            def __init__(self, size):
                self.size = size

        class Both(nn.Module, Other):
            call_super_init = True

        assert Both(3).size == 3

    def test_dir(self):
        names = dir(Net())
        assert {"layers", "mean", "forward"} <= set(names)
        assert not {"0", "1"} & set(dir(Net().layers))
        assert names == sorted(names)


class TestTraversal:
    def test_names(self):
        m = Net()
        assert [name for name, _ in m.named_modules()] == ["", "layers", "layers.0", "layers.1"]
        assert [name for name, _ in m.named_children()] == ["layers"]
        assert [name for name, _ in m.named_parameters()] == [
            "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
        ]  # fmt: skip
        assert [name for name, _ in m.named_buffers()] == ["mean", "cache"]
        assert len(list(m.parameters())) == 4 and len(list(m.buffers())) == 2
        assert len(list(m.modules())) == 4

    def test_prefix_and_recurse(self):
        m = Net()
        assert [name for name, _ in m.named_buffers(prefix="net")] == ["net.mean", "net.cache"]
        assert list(m.named_parameters(recurse=False)) == []
        assert [name for name, _ in m.layers[0].named_parameters("p", False)] == [
            "p.weight", "p.bias",
        ]  # fmt: skip
        assert next(name for name, _ in m.named_modules(prefix="net")) == "net"

    def test_shared_things_come_once(self):
        shared = nn.Linear(1, 1)
        m = nn.Sequential(shared, shared)
        assert [name for name, _ in m.named_parameters()] == ["0.weight", "0.bias"]
        every = [name for name, _ in m.named_parameters(remove_duplicate=False)]
        assert every == ["0.weight", "0.bias", "1.weight", "1.bias"]
        assert len(list(m.children())) == 1
        assert len(list(m.modules())) == 2 and len(list(m.modules(remove_duplicate=False))) == 3
        tied = nn.Linear(1, 1)
        tied.weight = shared.weight
        assert len(list(nn.Sequential(shared, tied).parameters())) == 3

    def test_by_path(self):
        m = Net()
        assert m.get_submodule("layers.1") is m.layers[1] and m.get_submodule("") is m
        assert m.get_parameter("layers.1.bias") is m.layers[1].bias
        assert m.get_buffer("mean") is m.mean
        for path in ("layers.7", "mean", "mean.x"):
            with pytest.raises(AttributeError):
                m.get_submodule(path)
        with pytest.raises(AttributeError, match="`mean` is not an nn.Parameter"):
            m.get_parameter("mean")
        with pytest.raises(AttributeError, match="`weight` is not a buffer"):
            m.get_buffer("layers.0.weight")
        with pytest.raises(AttributeError, match="Linear has no attribute `x`"):
            m.get_parameter("layers.0.x")

    def test_set_submodule(self):
        m = Net()
        m.set_submodule("layers.1", nn.Identity())
        assert isinstance(m.layers[1], nn.Identity)
        m.set_submodule("new", nn.ReLU())
        assert isinstance(m.new, nn.ReLU)
        with pytest.raises(AttributeError):
            m.set_submodule("other", nn.ReLU(), strict=True)
        with pytest.raises(ValueError):
            m.set_submodule("", nn.ReLU())
        with pytest.raises(ValueError):
            m.set_submodule("new", 3)


class TestConversion:
    def test_apply_visits_children_first(self):
        seen = []
        m = Net()
        assert m.apply(seen.append) is m
        assert seen == [m.layers[0], m.layers[1], m.layers, m]

    def test_dtype_keeps_the_parameter_objects(self):
        m = Net()
        m.register_buffer("count", torch.tensor(0))
        before = list(m.parameters())
        m(torch.ones(4)).sum().backward()
        assert m.double() is m
        assert all(p is q for p, q in zip(before, m.parameters(), strict=True))
        assert {p.dtype for p in m.parameters()} == {torch.float64}
        assert {p.grad.dtype for p in m.parameters()} == {torch.float64}
        assert m.mean.dtype == torch.float64 and m.count.dtype == torch.int64
        m(torch.ones(4, dtype=torch.float64)).sum().backward()
        assert m.float().mean.dtype == torch.float32
        assert m.half().layers[0].weight.dtype == torch.float16
        assert m.type(torch.float64).mean.dtype == torch.float64
        assert m.type("torch.FloatTensor").mean.dtype == torch.float32

    def test_to(self):
        m = Net()
        like = torch.ones(1, dtype=torch.float64)
        for args, kwargs in (
            ((torch.float64,), {}),
            (("cpu", torch.float64), {}),
            ((), {"dtype": torch.float64}),
            ((like,), {}),
            ((torch.device("cpu"),), {"dtype": torch.float64, "non_blocking": True}),
        ):
            assert m.float().to(*args, **kwargs) is m
            assert m.mean.dtype == m.layers[0].weight.dtype == torch.float64
        assert m.to("cpu") is m and m.cpu() is m and m.to() is m
        assert m.mean.dtype == torch.float64

    def test_to_refuses(self):
        m = Net()
        with pytest.raises(TypeError, match="only accepts floating point"):
            m.to(torch.int64)
        with pytest.raises(TypeError, match="invalid combination"):
            m.to(colour="red")
        with pytest.raises(AssertionError, match="Torch not compiled with CUDA"):
            m.cuda()
        with pytest.raises(AssertionError, match="Torch not compiled with CUDA"):
            m.to("cuda")

    def test_train_and_eval(self):
        m = Net()
        assert m.training and m.eval() is m
        assert not any(module.training for module in m.modules())
        assert m.train() is m and m.layers[1].training
        with pytest.raises(ValueError, match="boolean"):
            m.train("yes")

    def test_requires_grad_and_zero_grad(self):
        m = Net()
        assert m.requires_grad_(False) is m
        assert not any(p.requires_grad for p in m.parameters())
        m.requires_grad_()
        m(torch.ones(4)).sum().backward()
        m.zero_grad(set_to_none=False)
        assert all(p.grad is not None and not p.grad.any() for p in m.parameters())
        m.zero_grad()
        assert all(p.grad is None for p in m.parameters())

    def test_to_empty(self):
        m = Net()
        before = m.layers[0].weight
        assert m.to_empty(device="cpu").layers[0].weight is before
        assert before.shape == (3, 4)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    def test_share_memory(self):
        m = nn.Linear(2, 1)
        before = m.weight.tolist()
        assert m.share_memory().weight.tolist() == before
        child = os.fork()
        if not child:
            m.weight.data.fill_(7.0)
            os._exit(0)
        os.waitpid(child, 0)
        assert m.weight.tolist() == [[7.0, 7.0]]


class TestCopies:
    def test_deepcopy(self):
        m = Net()
        shared = nn.Linear(4, 4)
        m.a = m.b = shared
        handle = m.register_forward_hook(lambda *args: None)
        twin = copy.deepcopy(m)
        assert twin.a is twin.b and twin.a is not m.a
        assert repr(twin) == repr(m) and len(twin._forward_hooks) == 1
        handle.remove()
        assert len(twin._forward_hooks) == 1 and not m._forward_hooks
        twin.layers[0].weight.data.zero_()
        assert m.layers[0].weight.any()

    def test_pickle(self):
        m = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.1), nn.Linear(3, 1)).eval()
        twin = pickle.loads(pickle.dumps(m))
        x = torch.ones(5, 2)
        assert repr(twin) == repr(m) and twin(x).tolist() == m(x).tolist()
        assert not twin[1].training

    def test_freed_without_the_collector(self):
        gc.collect()
        gc.disable()
        try:
            m = Net()
            m(torch.ones(4)).sum().backward()
            alive = weakref.ref(m)
            del m
            assert alive() is None
        finally:
            gc.enable()


class TestStateDict:
    def test_contents(self):
        m = Net()
        state = m.state_dict()
        assert list(state) == [
            "mean", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
        ]  # fmt: skip
        assert type(state) is OrderedDict
        assert {type(value) for value in state.values()} == {torch.Tensor}
        assert not any(value.requires_grad for value in state.values())
        state["mean"].fill_(5)
        assert m.mean.tolist() == [5.0] * 4
        assert m.state_dict(keep_vars=True)["layers.0.bias"] is m.layers[0].bias
        assert next(iter(m.state_dict(prefix="net."))) == "net.mean"
        own = {}
        assert m.state_dict(destination=own) is own and len(own) == 5
        assert state._metadata["layers.0"] == {"version": 1}

    def test_positional_arguments_warn(self):
        with pytest.warns(FutureWarning):
            state = Net().state_dict(OrderedDict(), "a.", True)
        assert isinstance(state["a.layers.0.bias"], nn.Parameter)

    def test_round_trip(self):
        a, b = Net(), Net()
        result = a.load_state_dict(b.state_dict())
        assert repr(result) == "<All keys matched successfully>"
        assert result.missing_keys == result.unexpected_keys == []
        assert_unchanged(a, snapshot(b))
        assert a.layers[0].weight.requires_grad and a.layers[0].weight is not b.layers[0].weight

    def test_dtype_of_the_model_stays(self):
        a = Net()
        a.load_state_dict(Net().double().state_dict())
        assert {p.dtype for p in a.parameters()} == {torch.float32}

    def test_strict(self):
        m = Net()
        state = m.state_dict()
        del state["layers.0.bias"]
        state["mean.x"] = state["other"] = torch.ones(1)
        before = snapshot(m)
        with pytest.raises(RuntimeError) as info:
            m.load_state_dict(state)
        text = str(info.value)
        assert text.startswith(
            "Error(s) in loading state_dict for Net:\n"
            '\tMissing key(s) in state_dict: "layers.0.bias". \n'
            '\tUnexpected key(s) in state_dict: "mean.x", "other". '
        )
        assert_unchanged(m, before)
        result = m.load_state_dict(state, strict=False)
        assert result.missing_keys == ["layers.0.bias"]
        assert result.unexpected_keys == ["mean.x", "other"]
        assert repr(result) == (
            "_IncompatibleKeys(missing_keys=['layers.0.bias'], unexpected_keys=['mean.x', 'other'])"
        )

    @pytest.mark.parametrize("strict", [True, False])
    def test_nothing_changes_when_it_fails(self, strict):
        m = Net()
        state = {name: torch.full_like(value, 9) for name, value in m.state_dict().items()}
        state["layers.1.weight"] = torch.ones(7, 7)
        state["layers.1.bias"] = [1.0, 2.0]
        before = snapshot(m)
        with pytest.raises(RuntimeError) as info:
            m.load_state_dict(state, strict=strict)
        text = str(info.value)
        assert (
            "size mismatch for layers.1.weight: copying a param with shape torch.Size([7, 7]) from "
            "checkpoint, the shape in current model is torch.Size([2, 3])." in text
        )
        assert 'the parameter named "layers.1.bias", expected torch.Tensor' in text
        assert "Nothing was loaded" in text
        assert_unchanged(m, before)

    def test_wants_a_mapping(self):
        for wrong in ([1], None, Net()):
            with pytest.raises(TypeError, match="Expected state_dict to be dict-like"):
                Net().load_state_dict(wrong)

    def test_hints(self):
        m = Net()
        parallel = {f"module.{name}": value for name, value in m.state_dict().items()}
        with pytest.raises(RuntimeError, match=r"prefix 'module\.'"):
            m.load_state_dict(parallel)
        with pytest.raises(RuntimeError, match="load its entry 'model'"):
            m.load_state_dict({"model": m.state_dict(), "epoch": 3})

    def test_assign(self):
        m = Net()
        state = Net().double().state_dict()
        m.layers[0].bias.requires_grad_(False)
        m.load_state_dict(state, assign=True)
        assert m.mean is state["mean"]
        weight = m.layers[0].weight
        assert type(weight) is nn.Parameter and weight.dtype == torch.float64
        assert weight.requires_grad and not m.layers[0].bias.requires_grad
        state["layers.0.weight"].fill_(4)
        assert weight.tolist()[0][0] == 4
        before = snapshot(m)
        state["layers.1.weight"] = torch.ones(2, 3, dtype=torch.int64)
        with pytest.raises(RuntimeError, match="requires grad"):
            m.load_state_dict(state, assign=True)
        assert_unchanged(m, before)

    def test_one_element_for_a_number(self):
        m = nn.Module()
        m.scale = nn.Parameter(torch.tensor(1.0))
        m.load_state_dict({"scale": torch.tensor([3.0])})
        assert m.scale.item() == 3

    def test_saved_values_are_stale_afterwards(self):
        m = nn.Linear(2, 1)
        loss = (m.weight * m.weight).sum()
        m.load_state_dict(nn.Linear(2, 1).state_dict())
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()

    def test_extra_state(self):
        class Counting(nn.Module):
            count = 3

            def get_extra_state(self):
                return {"count": self.count}

            def set_extra_state(self, state):
                self.count = state["count"]

        a, b = (
            nn.Sequential(Counting(), nn.Linear(1, 1)),
            nn.Sequential(Counting(), nn.Linear(1, 1)),
        )
        a[0].count = 8
        state = a.state_dict()
        assert state["0._extra_state"] == {"count": 8}
        b.load_state_dict(state)
        assert b[0].count == 8
        del state["0._extra_state"]
        with pytest.raises(RuntimeError, match='Missing key.*"0._extra_state"'):
            b.load_state_dict(state)
        with pytest.raises(RuntimeError, match='Unexpected key.*"_extra_state"'):
            nn.Module().load_state_dict({"_extra_state": 1})

    def test_failing_extra_state_leaves_the_tensors(self):
        class Broken(nn.Module):
            def __init__(self):
                super().__init__()
                self.w = nn.Parameter(torch.zeros(2))

            def get_extra_state(self):
                return 1

            def set_extra_state(self, state):
                raise ValueError("cannot")

        m = Broken()
        state = {"w": torch.ones(2), "_extra_state": 1}
        with pytest.raises(ValueError, match="cannot"):
            m.load_state_dict(state)
        assert m.w.tolist() == [0.0, 0.0]

    def test_overriding_the_loader(self):
        class Renamed(nn.Linear):
            _version = 2

            def _load_from_state_dict(self, state_dict, prefix, local_metadata, *args):
                if local_metadata.get("version", 1) < 2 and prefix + "w" in state_dict:
                    state_dict[prefix + "weight"] = state_dict.pop(prefix + "w")
                super()._load_from_state_dict(state_dict, prefix, local_metadata, *args)

        m = nn.Sequential(Renamed(2, 1))
        old = OrderedDict({"0.w": torch.ones(1, 2), "0.bias": torch.zeros(1)})
        m.load_state_dict(old)
        assert m[0].weight.tolist() == [[1.0, 1.0]] and "0.w" in old
        assert m.state_dict()._metadata["0"] == {"version": 2}

    def test_called_by_hand_it_copies_at_once(self):
        m = nn.Linear(1, 1)
        missing, unexpected, errors = [], [], []
        state = {"p.weight": torch.full((1, 1), 5.0), "p.x": torch.ones(1)}
        m._load_from_state_dict(state, "p.", {}, True, missing, unexpected, errors)
        assert m.weight.item() == 5
        assert (missing, unexpected, errors) == (["p.bias"], ["p.x"], [])

    def test_saving_hooks(self):
        m = nn.Linear(1, 1)
        seen = []
        m.register_state_dict_pre_hook(lambda module, prefix, keep: seen.append((prefix, keep)))
        m.register_state_dict_post_hook(lambda module, state, prefix, metadata: state.pop("bias"))
        with pytest.raises(RuntimeError, match="must return None"):
            m.state_dict()
        m._state_dict_hooks.clear()
        m._register_state_dict_hook(lambda module, state, prefix, metadata: {"all": 1})
        assert m.state_dict() == {"all": 1} and seen == [("", False)] * 2

    def test_loading_hooks(self):
        m = nn.Linear(1, 1)
        calls = []
        m.register_load_state_dict_pre_hook(lambda module, state, *rest: calls.append(module))
        m._register_load_state_dict_pre_hook(lambda state, prefix, *rest: state.pop("extra", None))
        m.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
        result = m.load_state_dict({"weight": torch.full((1, 1), 2.0), "extra": 3})
        assert result.missing_keys == [] and calls == [m] and m.weight.item() == 2

    def test_post_hook_does_not_break_the_promise(self):
        m = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
        seen = []
        m[0].register_load_state_dict_post_hook(lambda module, keys: seen.append(module))
        before = snapshot(m)
        with pytest.raises(RuntimeError, match="Missing key"):
            m.load_state_dict({"0.weight": torch.full((1, 1), 2.0)})
        assert seen == [m[0]]
        assert_unchanged(m, before)
        m[0].register_load_state_dict_post_hook(lambda module, keys: 3)
        with pytest.raises(AssertionError, match="in-?place"):
            m.load_state_dict({name: torch.zeros_like(v) for name, v in m.state_dict().items()})
        assert_unchanged(m, before)


class TestForwardHooks:
    def test_order_and_removal(self):
        m, seen = nn.Identity(), []
        first = m.register_forward_hook(lambda *args: seen.append("first"))
        m.register_forward_hook(lambda *args: seen.append("second"))
        m.register_forward_hook(lambda *args: seen.append("front"), prepend=True)
        m.register_forward_pre_hook(lambda *args: seen.append("before"))
        m(1)
        assert seen == ["before", "front", "first", "second"]
        first.remove()
        first.remove()
        seen.clear()
        m(1)
        assert seen == ["before", "front", "second"]
        with m.register_forward_hook(lambda *args: seen.append("within")):
            m(1)
        seen.clear()
        m(1)
        assert "within" not in seen

    def test_they_replace(self):
        m = nn.Identity()
        m.register_forward_pre_hook(lambda module, args: args[0] + 1)
        m.register_forward_pre_hook(lambda module, args: (args[0] * 10,))
        m.register_forward_hook(lambda module, args, output: (args, output))
        assert m(1) == ((20,), 20)

    def test_with_kwargs(self):
        class Scale(nn.Module):
            def forward(self, x, by=1):
                return x * by

        m, seen = Scale(), []
        m.register_forward_pre_hook(lambda module, a, k: (a, {"by": 5}), with_kwargs=True)
        m.register_forward_hook(
            lambda module, a, k, out: seen.append((a, k, out)), with_kwargs=True
        )
        assert m(2, by=3) == 10 and seen == [((2,), {"by": 5}, 10)]
        m.register_forward_pre_hook(lambda module, args, kwargs: 3, with_kwargs=True)
        with pytest.raises(RuntimeError, match="None or a tuple of"):
            m(1)

    def test_always_call(self):
        m, seen = nn.Linear(2, 2), []
        m.register_forward_hook(lambda module, a, out: seen.append(out), always_call=True)
        m.register_forward_hook(lambda module, a, out: seen.append("no"))
        with pytest.raises(RuntimeError):
            m(torch.ones(3))
        assert seen == [None]

        def fails(module, args, output):
            raise ValueError("hook")

        m.register_forward_hook(fails, always_call=True)
        with pytest.warns(UserWarning, match="silenced"), pytest.raises(RuntimeError, match="mat1"):
            m(torch.ones(3))

    def test_needs_a_callable(self):
        with pytest.raises(TypeError, match="callable"):
            nn.Identity().register_forward_hook(3)

    def test_a_handle_keeps_nothing_alive(self):
        m = nn.Identity()
        handle = m.register_forward_hook(print)
        alive = weakref.ref(m)
        del m
        assert alive() is None
        handle.remove()


class Two(nn.Module):
    def forward(self, a, b, c=None):
        return a * b, a + b


class TestBackwardHooks:
    def tensors(self):
        a = torch.ones(2, requires_grad=True)
        b = torch.full((2,), 3.0, requires_grad=True)
        return a, b

    def test_sees_all_gradients_together(self):
        m, seen = Two(), []
        m.register_full_backward_hook(lambda module, gi, go: seen.append((module, gi, go)))
        a, b = self.tensors()
        product, total = m(a, b)
        (product.sum() + 2 * total.sum()).backward()
        ((module, grad_input, grad_output),) = seen
        assert module is m
        assert [g.tolist() for g in grad_input] == [[5.0, 5.0], [3.0, 3.0]]
        assert [g.tolist() for g in grad_output] == [[1.0, 1.0], [2.0, 2.0]]
        assert a.grad.tolist() == [5.0, 5.0] and b.grad.tolist() == [3.0, 3.0]

    def test_unused_output_and_constant_input(self):
        m, seen = Two(), []
        m.register_full_backward_hook(lambda module, gi, go: seen.append((gi, go)))
        a, _ = self.tensors()
        m(a, 4.0)[0].sum().backward()
        ((grad_input, grad_output),) = seen
        assert grad_input[0].tolist() == [4.0, 4.0] and grad_input[1] is None
        assert grad_output[0].tolist() == [1.0, 1.0] and grad_output[1] is None

    def test_it_replaces(self):
        m = nn.Linear(2, 1)
        m.register_full_backward_pre_hook(lambda module, go: (go[0] * 100,))
        x = torch.ones(1, 2, requires_grad=True)
        m(x).sum().backward()
        assert m.bias.grad.tolist() == [100.0]
        assert np.allclose(x.grad.numpy(), 100 * m.weight.detach().numpy())
        m.register_full_backward_hook(lambda module, gi, go: (gi[0] * 0 + 7,))
        x.grad = None
        m(x).sum().backward()
        assert x.grad.tolist() == [[7.0, 7.0]] and m.bias.grad.tolist() == [200.0]

    def test_wrong_number(self):
        m = nn.Linear(2, 1)
        m.register_full_backward_hook(lambda module, gi, go: (1, 2))
        with pytest.raises(
            RuntimeError, match="invalid number of grad_input, got 2, but expected 1"
        ):
            m(torch.ones(1, 2, requires_grad=True)).sum().backward()
        m = nn.Linear(2, 1)
        m.register_full_backward_pre_hook(lambda module, go: ())
        with pytest.raises(RuntimeError, match="invalid number of grad_output, got 0"):
            m(torch.ones(1, 2)).sum().backward()

    def test_without_inputs_that_require_grad(self):
        m, seen = nn.Linear(2, 1), []
        m.register_full_backward_hook(lambda module, gi, go: seen.append((gi, go)))
        with pytest.warns(UserWarning, match="no inputs require gradients"):
            m(torch.ones(1, 2)).sum().backward()
        ((grad_input, grad_output),) = seen
        assert grad_input == (None,) and grad_output[0].tolist() == [[1.0]]
        with torch.no_grad():
            assert not m(torch.ones(1, 2)).requires_grad

    def test_other_outputs_are_left_alone(self):
        class Named(nn.Module):
            def forward(self, x):
                return {"y": x * 2}

        m = Named()
        m.register_full_backward_hook(lambda *args: pytest.fail("not to be called"))
        x = torch.ones(1, requires_grad=True)
        with pytest.warns(UserWarning, match="should be a Tensor or a tuple of Tensors"):
            y = m(x)
        y["y"].backward()
        assert x.grad.tolist() == [2.0]

    def test_views_must_not_be_written(self):
        m = nn.Identity()
        m.register_full_backward_hook(lambda *args: None)
        y = m(torch.ones(2, requires_grad=True) * 1)
        with pytest.raises(RuntimeError, match="is a view and is being modified inplace"):
            y.add_(1)

    def test_second_order(self):
        m, seen = Two(), []
        m.register_full_backward_hook(lambda module, gi, go: seen.append(gi))
        a, b = self.tensors()
        (g,) = torch.autograd.grad((m(a, b)[0] ** 2).sum(), a, create_graph=True)
        (h,) = torch.autograd.grad(g.sum(), a)
        assert g.tolist() == [18.0, 18.0] and h.tolist() == [18.0, 18.0] and seen

    def test_gradients_kept_by_a_hook_are_its_own(self):
        m, kept = nn.Identity(), []
        m.register_full_backward_hook(lambda module, gi, go: kept.append(gi[0]))
        x = torch.ones(2, requires_grad=True)
        (m(x) * 3).sum().backward()
        x.grad.zero_()
        assert kept[0].tolist() == [3.0, 3.0]

    def test_old_name(self):
        m, seen = nn.Identity(), []
        m.register_backward_hook(lambda module, gi, go: seen.append(gi[0].item()))
        m(torch.ones(1, requires_grad=True)).backward()
        assert seen == [1.0]


class TestErrors:
    def test_the_way_to_the_module(self):
        m = nn.Sequential(OrderedDict(net=Net()))
        with pytest.raises(RuntimeError) as info:
            m(torch.ones(2, 4).double())
        assert "\n  in m.net.layers.0 (Linear): linear()\n" in str(info.value)
        assert str(info.value).count("\n  in ") == 1

    def test_type_and_start_stay(self):
        with pytest.raises(TypeError) as info:
            nn.Sequential(nn.Linear(1, 1))(3)
        assert type(info.value) is TypeError
        assert str(info.value).startswith("linear(): argument 'input' (position 1) must be Tensor")
        assert "\n  in Sequential.0 (Linear): linear()\n" in str(info.value)

    def test_data_in_exceptions_is_left_alone(self):
        class Stop(Exception):
            pass

        class Raises(nn.Module):
            def __init__(self, error):
                super().__init__()
                self.error = error

            def forward(self):
                raise self.error

        for error in (Stop("here"), KeyError("key"), OSError(2, "gone"), ValueError("a", 1)):
            args = error.args
            with pytest.raises(type(error)):
                Raises(error)()
            assert error.args == args

    def test_modules_without_a_name(self):
        class Hidden(nn.Module):
            def forward(self, x):
                return nn.Linear(1, 1)(x)

        with pytest.raises(RuntimeError, match=r"\n  in Linear: linear\(\)\n"):
            nn.Sequential(Hidden())(torch.ones(2))

    def test_a_broken_repr_does_not_hide_the_error(self):
        class Broken(nn.Module):
            def extra_repr(self):
                return self.missing

            def forward(self):
                raise ValueError("first")

        with pytest.raises(ValueError, match="^first\n  in Broken\n  at .*: raise ValueError"):
            Broken()()

    def test_deep_recursion(self):
        net = nn.Identity()
        for _ in range(50):
            net = nn.Sequential(net)
        net.append(nn.Linear(1, 1))
        with pytest.raises(RuntimeError, match=r"in net\.1 \(Linear\)"):
            net(torch.ones(2))
        inner = nn.Sequential(nn.Linear(1, 1))
        for _ in range(50):
            inner = nn.Sequential(inner)
        with pytest.raises(RuntimeError, match=r"in inner(\.0){51} \(Linear\)"):
            inner(torch.ones(2))

    def test_missing_forward(self):
        with pytest.raises(NotImplementedError, match='missing the required "forward" function'):
            nn.ModuleList()(1)


class TestRepr:
    def test_nested(self):
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(nn.Linear(1, 2), nn.ReLU(inplace=True))
                self.many = nn.ModuleList([nn.Tanh(), nn.Tanh(), nn.Sequential()])
                self.none = None
                self.register_module("absent", None)

            def extra_repr(self):
                return "a=1\nb=2"

        assert repr(Block()) == (
            "Block(\n"
            "  a=1\n"
            "  b=2\n"
            "  (body): Sequential(\n"
            "    (0): Linear(in_features=1, out_features=2, bias=True)\n"
            "    (1): ReLU(inplace=True)\n"
            "  )\n"
            "  (many): ModuleList(\n"
            "    (0-1): 2 x Tanh()\n"
            "    (2): Sequential()\n"
            "  )\n"
            "  (absent): None\n"
            ")"
        )

    def test_name(self):
        class Renamed(nn.Module):
            def _get_name(self):
                return "Other"

        assert repr(Renamed()) == "Other()"
