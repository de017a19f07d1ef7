"""Optimizers: memory, state, groups, hooks and bad input."""

from __future__ import annotations

import copy
import pickle
import weakref

import numpy as np
import pytest

import minitorch as torch
from minitorch.optim.flat import COUNTERS
from minitorch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
    required,
)

OPTIMIZERS = [
    (torch.optim.SGD, {"lr": 0.1}),
    (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    (torch.optim.Adam, {"lr": 0.1, "amsgrad": True}),
    (torch.optim.AdamW, {"lr": 0.1}),
    (torch.optim.NAdam, {"lr": 0.1}),
    (torch.optim.RAdam, {"lr": 0.1, "betas": (0.9, 0.7)}),
    (torch.optim.Adamax, {"lr": 0.1}),
    (torch.optim.Adagrad, {"lr": 0.1, "initial_accumulator_value": 0.1}),
    (torch.optim.Adadelta, {"lr": 0.1}),
    (torch.optim.RMSprop, {"lr": 0.1, "momentum": 0.9, "centered": True, "alpha": 0.9}),
    (torch.optim.Rprop, {"lr": 0.1}),
    (torch.optim.ASGD, {"lr": 0.1, "t0": 0}),
    (torch.optim.Adafactor, {"lr": 0.1}),
]
SHAPES = [(), (3,), (2, 4), (300, 100)]  # the last is large enough to be updated where it lies


def parameters(shapes=SHAPES, dtype="float32"):
    rng = np.random.default_rng(0)
    arrays = [np.array(rng.standard_normal(shape), dtype) for shape in shapes]
    return [torch.tensor(array, requires_grad=True) for array in arrays]


def give_gradients(params, seed=1):
    rng = np.random.default_rng(seed)
    for p in params:
        p.grad = torch.tensor(np.array(rng.standard_normal(tuple(p.shape))), dtype=p.dtype)


def values(params):
    return [p.detach().numpy().copy() for p in params]


def assert_equal(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("optimizer", "options"), OPTIMIZERS)
class TestStep:
    def test_writes_into_the_parameters_memory(self, optimizer, options):
        params = parameters()
        arrays = [p.numpy() for p in (q.detach() for q in params)]
        views = [p.detach().view(-1) for p in params]
        before = values(params)
        optimizer = optimizer(params, **options)
        for seed in range(3):
            give_gradients(params, seed)
            optimizer.step()
        for p, array, view, start in zip(params, arrays, views, before):
            assert np.shares_memory(p.detach().numpy(), array)
            np.testing.assert_array_equal(array, p.detach().numpy())
            np.testing.assert_array_equal(view.numpy(), array.reshape(-1))
            assert not np.array_equal(array, start)

    def test_counts_a_version(self, optimizer, options):
        params = parameters()
        optimizer = optimizer(params, **options)
        before = [p._version for p in params]
        for seed in range(2):
            give_gradients(params, seed)
            optimizer.step()
        assert [p._version for p in params] == [version + 2 for version in before]

    def test_stale_value_is_caught(self, optimizer, options):
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        optimizer = optimizer([w], **options)
        loss = (w * w).sum()
        loss.backward(retain_graph=True)
        optimizer.step()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()

    def test_leaves_gradients_alone(self, optimizer, options):
        params = parameters()
        decay = {} if optimizer is torch.optim.Rprop else {"weight_decay": 0.1}
        for group_options in (options, {**options, **decay, "maximize": True}):
            run = optimizer(params, **group_options)
            give_gradients(params)
            before = [p.grad.numpy().copy() for p in params]
            run.step()
            assert_equal([p.grad.numpy() for p in params], before)

    def test_keeps_no_gradient_alive(self, optimizer, options):
        params = parameters()
        optimizer = optimizer(params, **options)
        give_gradients(params)
        held = [weakref.ref(p.grad.numpy()) for p in params]
        optimizer.step()
        optimizer.zero_grad()
        assert [ref() for ref in held] == [None] * len(params)

    def test_nothing_to_do_without_gradients(self, optimizer, options):
        params = parameters()
        before = values(params)
        optimizer = optimizer(params, **options)
        optimizer.step()
        assert_equal(values(params), before)
        counts = [entry.get("step", 0) for entry in optimizer.state.values()]
        assert not any(counts)  # Adagrad has state from the start

    def test_stays_out_of_the_graph(self, optimizer, options):
        params = parameters()
        optimizer = optimizer(params, **options)
        give_gradients(params)
        optimizer.step()
        assert all(p.is_leaf and p.requires_grad for p in params)
        for entry in optimizer.state.values():
            assert not any(value.requires_grad for value in entry.values())

    def test_group_equals_one_optimizer_per_parameter(self, optimizer, options):
        together, alone = parameters(), parameters()
        one = optimizer(together, **options)
        many = [optimizer([p], **options) for p in alone]
        for seed in range(4):
            give_gradients(together, seed)
            give_gradients(alone, seed)
            one.step()
            for each in many:
                each.step()
        assert_equal(values(together), values(alone))

    def test_follows_a_parameter_to_new_memory(self, optimizer, options):
        moved, stayed = parameters(), parameters()
        first, second = optimizer(moved, **options), optimizer(stayed, **options)
        for seed in range(4):
            for p in moved:
                p.data = p.data.clone()
            for params, run in ((moved, first), (stayed, second)):
                give_gradients(params, seed)
                run.step()
        assert_equal(values(moved), values(stayed))

    def test_state_tensors_stay_the_same_objects(self, optimizer, options):
        params = parameters()
        optimizer = optimizer(params, **options)
        give_gradients(params)
        optimizer.step()
        held = [dict(optimizer.state[p]) for p in params]
        params[1].grad = None
        optimizer.step()
        give_gradients(params)
        optimizer.step()
        for p, entry in zip(params, held):
            assert list(optimizer.state[p]) == list(entry)
            assert all(optimizer.state[p][name] is value for name, value in entry.items())

    def test_pickle(self, optimizer, options):
        params = parameters()
        run = optimizer(params, **options)
        give_gradients(params)
        run.step()
        copied_params, copied = pickle.loads(pickle.dumps((params, run)))
        for ps, each in ((params, run), (copied_params, copied)):
            give_gradients(ps)
            each.step()
        assert_equal(values(copied_params), values(params))
        assert repr(copied) == repr(run)

    def test_converted_model_is_refused(self, optimizer, options):
        model = torch.nn.Linear(2, 1)
        optimizer = optimizer(model.parameters(), **options)
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        if not any(optimizer.state.values()):
            return
        model.double()
        optimizer.zero_grad()
        model(torch.ones(1, 2, dtype=torch.float64)).sum().backward()
        before = values(model.parameters())
        with pytest.raises(RuntimeError, match="float32.*float64"):
            optimizer.step()
        assert_equal(values(model.parameters()), before)
        optimizer.load_state_dict(optimizer.state_dict())
        optimizer.step()
        state = optimizer.state[model.weight]
        kept = {t.dtype for name, t in state.items() if name not in COUNTERS}
        assert kept == {torch.float64}


class TestMemory:
    """Small parameters move side by side, where nobody could tell."""

    @staticmethod
    def trained(params, steps=2, make=lambda params: torch.optim.Adam(params, lr=0.1)):
        optimizer = make(params)
        for seed in range(steps):
            give_gradients(params, seed)
            optimizer.step()
        return optimizer

    @staticmethod
    def addresses(params):
        return [p.data_ptr() for p in params]

    def test_parameters_lie_side_by_side(self):
        params = parameters([(3,), (2, 4), ()])
        self.trained(params)
        first = params[0].data_ptr()
        assert self.addresses(params) == [first, first + 12, first + 44]

    def test_each_has_a_storage_of_its_own(self):
        params = parameters([(3,), (2, 4)])
        self.trained(params)
        assert [p.untyped_storage().nbytes() for p in params] == [12, 32]
        assert [p.storage_offset() for p in params] == [0, 0]
        assert params[1][1].storage_offset() == 4
        assert params[1].is_contiguous()
        assert params[1]._version == 2
        restored = pickle.loads(pickle.dumps(params[0]))
        assert_equal(values([restored]), values(params[:1]))

    @pytest.mark.parametrize(
        "hold",
        [
            lambda p: p.detach(),
            lambda p: p.data[0],
            lambda p: p.detach().numpy(),
            lambda p: memoryview(p.detach().numpy()),
            lambda p: p.untyped_storage(),
            lambda p: torch.nn.Parameter(p.data),
            lambda p: p.sin(),
        ],
    )
    def test_what_somebody_holds_stays(self, hold):
        params, free = parameters([(3,), (2, 4), (5,)]), parameters([(3,), (2, 4), (5,)])
        held = hold(params[1])
        before = self.addresses(params)
        self.trained(params, 3)
        self.trained(free, 3)
        assert_equal(values(params), values(free))
        after = self.addresses(params)
        assert after[1] == before[1]
        assert after[0] + 12 + 32 == after[2]  # the others have left it its place
        assert held is not None

    def test_what_moved_has_views_as_before(self):
        params = parameters([(3,), (2, 4)])
        self.trained(params)
        row, flat, leaf = params[1].data[0], params[1].view(-1), params[1]
        assert flat._base is leaf and flat.data_ptr() == leaf.data_ptr()
        version = leaf._version
        row.add_(1)
        flat.detach().add_(1)
        assert flat._version == leaf._version == version + 1  # `data` counts for itself
        (saved := leaf.exp()).detach().view(-1).zero_()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            saved.sum().backward()

    def test_what_moved_moves_again_unless_a_view_is_held(self):
        params = parameters([(3,), (2, 4), (5,)])
        self.trained(params)
        before = self.addresses(params)
        held = params[1].data[0]
        self.trained(params[:2], 1)  # side by side as they were
        assert self.addresses(params) == before
        self.trained(params[1:][::-1], 1)
        after = self.addresses(params)
        assert after[1] == before[1] and after[2] != before[2] and held is not None

    def test_a_view_taken_later_sees_the_steps(self):
        params = parameters([(3,), (2, 4)])
        optimizer = self.trained(params)
        view, array = params[1].data[0], params[0].detach().numpy()
        give_gradients(params)
        optimizer.step()
        np.testing.assert_array_equal(view.numpy(), params[1].detach().numpy()[0])
        np.testing.assert_array_equal(array, params[0].detach().numpy())

    def test_what_was_left_behind_stays_as_it_is(self):
        params = parameters([(3,), (2, 4)])
        optimizer = self.trained(params)
        left = params[1].data
        kept = left.numpy().copy()
        params[1].data = torch.zeros(2, 4)
        for seed in range(3):
            give_gradients(params, seed)
            optimizer.step()
        np.testing.assert_array_equal(left.numpy(), kept)
        assert not np.array_equal(params[1].detach().numpy(), np.zeros((2, 4)))

    def test_another_optimizer_finds_them_together(self):
        params, alone = parameters([(3,), (2, 4)]), parameters([(3,), (2, 4)])
        held = [p.detach() for p in alone]
        first = self.trained(params)
        self.trained(alone)
        before = self.addresses(params)
        self.trained(params, make=lambda params: torch.optim.SGD(params, lr=0.1))
        self.trained(alone, make=lambda params: torch.optim.SGD(params, lr=0.1))
        assert self.addresses(params) == before
        assert_equal(values(params), [p.numpy() for p in held])
        give_gradients(params)
        first.step()
        assert self.addresses(params) == before

    def test_gradients_of_some(self):
        params, alone = parameters([(3,), (2, 4), (5,)]), parameters([(3,), (2, 4), (5,)])
        held = [p.detach() for p in alone]
        runs = [torch.optim.SGD(some, lr=0.1, momentum=0.9) for some in (params, alone)]
        for seed, missing in enumerate((None, 0, 1, None, 2, None)):
            for some, run in zip((params, alone), runs):
                give_gradients(some, seed)
                if missing is not None:
                    some[missing].grad = None
                run.step()
        assert_equal(values(params), [p.numpy() for p in held])

    def test_parameters_that_share_memory(self):
        whole = torch.arange(6.0)
        params = [whole[:4].requires_grad_(), whole[2:].requires_grad_(), *parameters([(3,), (2,)])]
        give_gradients(params)
        expected = whole.numpy().copy()
        expected[:4] -= params[0].grad.numpy()
        expected[2:] -= params[1].grad.numpy()
        torch.optim.SGD(params, lr=1.0).step()
        np.testing.assert_allclose(whole.numpy(), expected, rtol=1e-6)

    def test_converted_and_copied_models(self):
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))
        self.trained(list(model.parameters()))
        twin = copy.deepcopy(model)
        model.double().float()
        for each in (model, twin):
            self.trained(list(each.parameters()))
        assert_equal(values(twin.parameters()), values(model.parameters()))
        assert not np.shares_memory(twin[0].weight.data.numpy(), model[0].weight.data.numpy())


class TestState:
    def test_checkpoint_is_copied(self):
        params = parameters()
        first, second = torch.optim.Adam(params), torch.optim.Adam(params)
        give_gradients(params)
        first.step()
        second.load_state_dict(first.state_dict())
        before = first.state[params[1]]["exp_avg"].numpy().copy()
        second.step()
        np.testing.assert_array_equal(first.state[params[1]]["exp_avg"].numpy(), before)
        assert first.state[params[1]]["step"].item() == 1
        assert second.state[params[1]]["step"].item() == 2

    def test_state_dict_follows_the_steps(self):
        params = parameters()
        adam = torch.optim.Adam(params)
        give_gradients(params)
        adam.step()
        held = adam.state_dict()["state"][2]
        adam.step()
        assert held["step"].item() == 2
        assert held["exp_avg"] is adam.state[params[2]]["exp_avg"]

    def test_failed_load_changes_nothing(self):
        params = parameters()
        adam = torch.optim.Adam(params)
        give_gradients(params)
        adam.step()
        before = copy.deepcopy(adam.state_dict())
        wrong = torch.optim.Adam(parameters(SHAPES[:2]), lr=7.0).state_dict()
        with pytest.raises(ValueError, match="group 0 has 2 parameters, but the optimizer's has 4"):
            adam.load_state_dict(wrong)
        assert adam.state_dict()["param_groups"] == before["param_groups"]
        for key, entry in adam.state_dict()["state"].items():
            for name, value in entry.items():
                np.testing.assert_array_equal(value.numpy(), before["state"][key][name].numpy())

    def test_state_of_other_shapes_is_refused_before_anything_changes(self):
        ours, theirs = parameters([(3,), (2,)]), parameters([(3,), (5,)])
        first, second = torch.optim.Adam(theirs), torch.optim.Adam(ours)
        give_gradients(theirs)
        first.step()
        second.load_state_dict(first.state_dict())
        give_gradients(ours)
        before = values(ours)
        with pytest.raises(RuntimeError, match=r"'exp_avg' of parameter 1 .*\(5,\).*\(2,\)"):
            second.step()
        assert_equal(values(ours), before)

    def test_old_checkpoints_lack_options_and_count_in_numbers(self):
        (p,) = parameters([(3,)])
        adam = torch.optim.Adam([p])
        give_gradients([p])
        adam.step()
        old = copy.deepcopy(adam.state_dict())
        old["state"][0]["step"] = 1
        for option in ("maximize", "fused", "decoupled_weight_decay"):
            del old["param_groups"][0][option]
        adam.load_state_dict(old)
        adam.step()
        assert adam.state[p]["step"].item() == 2
        assert adam.param_groups[0]["maximize"] is False

    def test_state_given_as_a_plain_dict(self):
        (p,) = parameters([(3,)])
        adam = torch.optim.Adam([p])
        adam.state = {}
        give_gradients([p])
        adam.step()
        assert adam.state[p]["step"].item() == 1

    def test_state_swapped_between_parameters(self):
        a, b = params = parameters([(3,), (3,)])
        adam = torch.optim.Adam(params)
        give_gradients(params)
        adam.step()
        expected = [adam.state[p]["exp_avg"].numpy().copy() for p in (b, a)]
        adam.state[a], adam.state[b] = adam.state[b], adam.state[a]
        a.grad, b.grad = torch.zeros(3), torch.zeros(3)
        adam.step()
        for p, before in zip(params, expected):
            np.testing.assert_allclose(adam.state[p]["exp_avg"].numpy(), 0.9 * before, rtol=1e-6)

    def test_counter_in_double_precision(self):
        (p,) = parameters([(3,)])
        torch.set_default_dtype(torch.float64)
        try:
            adam = torch.optim.Adam([p])
            give_gradients([p])
            adam.step()
        finally:
            torch.set_default_dtype(torch.float32)
        assert adam.state[p]["step"].dtype is torch.float64


class TestGroups:
    def test_options_of_their_own(self):
        a, b = parameters([(3,), (3,)])
        sgd = torch.optim.SGD([{"params": [a]}, {"params": b, "lr": 0.0}], lr=0.5)
        give_gradients([a, b])
        before = values([a, b])
        sgd.step()
        assert not np.array_equal(a.detach().numpy(), before[0])
        np.testing.assert_array_equal(b.detach().numpy(), before[1])

    def test_failed_add_changes_nothing(self):
        (a,) = parameters([(3,)])
        sgd = torch.optim.SGD([a])
        for group in ({"params": [a]}, {"params": [a * 2]}, {"params": [3]}):
            with pytest.raises((ValueError, TypeError)):
                sgd.add_param_group(group)
        assert len(sgd.param_groups) == 1

    def test_duplicates_warn(self):
        (a,) = parameters([(3,)])
        with pytest.warns(UserWarning, match="duplicate parameters"):
            torch.optim.SGD([a, a])

    def test_names(self):
        model = torch.nn.Linear(2, 1)
        sgd = torch.optim.SGD(model.named_parameters())
        assert sgd.param_groups[0]["param_names"] == ["weight", "bias"]
        assert sgd.param_groups[0]["params"][0] is model.weight

    def test_required_option(self):
        (a,) = parameters([(3,)])
        assert repr(required) == "<required parameter>"
        with pytest.raises(ValueError, match="required optimization parameter lr"):
            torch.optim.Optimizer([a], {"lr": required})
        group = {"params": [a], "lr": 0.1}
        assert torch.optim.Optimizer([group], {"lr": required}).param_groups[0]["lr"] == 0.1


class TestZeroGrad:
    def test_none(self):
        params = parameters()
        sgd = torch.optim.SGD(params)
        give_gradients(params)
        sgd.zero_grad()
        assert all(p.grad is None for p in params)

    def test_zeros_in_place(self):
        params = parameters()
        sgd = torch.optim.SGD(params)
        give_gradients(params[:2])
        held = params[1].grad
        sgd.zero_grad(set_to_none=False)
        assert params[1].grad is held
        assert held.tolist() == [0.0, 0.0, 0.0]
        assert params[3].grad is None


class TestClosure:
    def test_runs_with_gradients_and_returns_the_loss(self):
        w = torch.tensor([2.0], requires_grad=True)
        sgd = torch.optim.SGD([w], lr=0.25)

        def closure():
            sgd.zero_grad()
            loss = (w * w).sum()
            loss.backward()
            return loss

        with torch.no_grad():
            assert sgd.step(closure).item() == 4.0
        assert w.item() == 1.0


class TestConvergence:
    """Each comes down a narrow valley, whose bottom is at (1, -2, 3)."""

    RATES = (
        ("SGD", {"lr": 0.05, "momentum": 0.9}),
        ("Adam", {"lr": 0.1}),
        ("AdamW", {"lr": 0.1, "weight_decay": 0.0}),
        ("NAdam", {"lr": 0.1}),
        ("RAdam", {"lr": 0.1}),
        ("Adamax", {"lr": 0.2}),
        ("Adagrad", {"lr": 1.0}),
        ("Adadelta", {"lr": 20.0}),
        ("RMSprop", {"lr": 0.02, "centered": True}),
        ("Rprop", {"lr": 0.1}),
        ("ASGD", {"lr": 0.1, "lambd": 0.0, "t0": 100}),
        ("Adafactor", {"lr": 0.1}),
    )

    @pytest.mark.parametrize("name, options", RATES)
    def test_quadratic(self, name, options):
        bottom, steep = torch.tensor([1.0, -2.0, 3.0]), torch.tensor([1.0, 5.0, 0.5])
        w = torch.zeros(3, requires_grad=True)
        optimizer = getattr(torch.optim, name)([w], **options)
        for _ in range(400):
            optimizer.zero_grad()
            (steep * (w - bottom) ** 2).sum().backward()
            optimizer.step()
        assert (w - bottom).abs().max() < 0.05
        if name == "ASGD":
            assert (optimizer.state[w]["ax"] - bottom).abs().max() < 0.05

    def test_muon_on_a_matrix(self):
        bottom = torch.tensor([[2.0, -1.0, 0.5], [0.0, 1.0, 1.0]])
        w = torch.zeros(2, 3, requires_grad=True)
        muon = torch.optim.Muon([w], lr=0.05, weight_decay=0.0)
        losses = []
        for i in range(150):
            muon.param_groups[0]["lr"] = 0.05 * (1 - i / 150)
            muon.zero_grad()
            loss = ((w - bottom) ** 2).sum()
            loss.backward()
            losses.append(loss.item())
            muon.step()
        assert losses[-1] < 1e-3 * losses[0]

    @pytest.mark.parametrize("shape", [(4, 9), (9, 4), (6, 6)])
    def test_muon_moves_by_orthogonal_matrices(self, shape):
        w = torch.zeros(*shape, requires_grad=True)
        muon = torch.optim.Muon([w], lr=1.0, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
        w.grad = torch.tensor(np.random.default_rng(0).standard_normal(shape), dtype=torch.float32)
        muon.step()
        values = torch.linalg.svdvals(w.detach()) / (0.2 * max(shape) ** 0.5)
        assert values.min() > 0.5
        assert values.max() < 1.3

    @pytest.mark.parametrize("search", [None, "strong_wolfe"])
    def test_lbfgs_on_rosenbrocks_valley(self, search):
        w = torch.tensor([-1.5, 2.0], dtype=torch.float64, requires_grad=True)
        lr = 1.0 if search else 1e-2
        lbfgs = torch.optim.LBFGS([w], lr=lr, max_iter=50, line_search_fn=search)
        calls = []

        def closure():
            lbfgs.zero_grad()
            x, y = w
            loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
            loss.backward()
            calls.append(loss.item())
            return loss

        for _ in range(3 if search else 40):
            first = lbfgs.step(closure)
        assert first.item() in calls
        assert (w - 1).abs().max() < (1e-5 if search else 1e-2)
        assert lbfgs.state[w]["func_evals"] == len(calls)
        if search:
            assert len(calls) < 80

    def test_lbfgs_stops_at_the_bottom(self):
        w = torch.ones(2, requires_grad=True)
        lbfgs = torch.optim.LBFGS([w])

        def closure():
            lbfgs.zero_grad()
            loss = (w - 1).square().sum()
            loss.backward()
            return loss

        assert lbfgs.step(closure).item() == 0
        assert dict(lbfgs.state[w]) == {"func_evals": 1, "n_iter": 0}
        assert repr(pickle.loads(pickle.dumps(lbfgs))) == repr(lbfgs)
        copied = copy.deepcopy(lbfgs)
        assert copied.step(lambda: torch.tensor(1.0)).item() == 1


def test_differentiable_learning_rate():
    """One inner step of gradient descent, differentiated by its learning rate."""
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    lr = torch.tensor(0.1, requires_grad=True)
    p = w.clone()
    p.grad = 2 * p
    torch.optim.SGD([p], lr=lr, differentiable=True).step()
    (p**2).sum().backward()
    np.testing.assert_allclose(lr.grad.item(), -4 * (1 - 2 * 0.1) * (1 + 4), rtol=1e-6)
    np.testing.assert_allclose(w.grad.numpy(), 2 * 0.8 * 0.8 * w.detach().numpy(), rtol=1e-6)


class TestHooks:
    def test_as_a_decorator(self):
        (p,) = parameters([(3,)])
        sgd, calls = torch.optim.SGD([p]), []
        sgd.register_step_post_hook(lambda *a: calls.append("post"))
        step = torch.optim.Optimizer.profile_hook_step(lambda self: calls.append("step"))
        step(sgd)
        assert calls == ["step", "post"]

    def test_around_each_step(self):
        (p,) = parameters([(3,)])
        sgd, calls = torch.optim.SGD([p]), []
        before = sgd.register_step_pre_hook(lambda o, args, kwargs: calls.append(("pre", args[0])))
        sgd.register_step_post_hook(lambda o, args, kwargs: calls.append(("post", o)))
        sgd.step()
        before.remove()
        sgd.step()
        assert calls == [("pre", sgd), ("post", sgd), ("post", sgd)]

    def test_change_the_arguments(self):
        (p,) = parameters([(3,)])
        sgd = torch.optim.SGD([p])
        sgd.register_step_pre_hook(lambda o, args, kwargs: (args, {"closure": lambda: 5}))
        assert sgd.step() == 5
        sgd.register_step_pre_hook(lambda o, args, kwargs: 3)
        with pytest.raises(RuntimeError, match="must return None or a tuple"):
            sgd.step()

    def test_of_all_optimizers(self):
        (p,) = parameters([(3,)])
        calls = []
        with (
            register_optimizer_step_pre_hook(lambda *a: calls.append("pre")),
            register_optimizer_step_post_hook(lambda *a: calls.append("post")),
        ):
            torch.optim.Adam([p]).step()
        torch.optim.Adam([p]).step()
        assert calls == ["pre", "post"]

    def test_run_once_in_a_step_that_calls_its_parent(self):
        class Twice(torch.optim.SGD):
            def step(self, closure=None):
                super().step(closure)
                return super().step(closure)

        (p,) = parameters([(3,)])
        optimizer, calls = Twice([p]), []
        optimizer.register_step_pre_hook(lambda *a: calls.append(1))
        optimizer.step()
        assert calls == [1]

    def test_of_checkpoints(self):
        (p,) = parameters([(3,)])
        sgd, calls = torch.optim.SGD([p]), []
        sgd.register_state_dict_pre_hook(lambda o: calls.append("pre"))
        sgd.register_state_dict_post_hook(lambda o, d: {**d, "more": 1})
        sgd.register_load_state_dict_pre_hook(lambda o, d: calls.append(d["more"]))
        sgd.register_load_state_dict_post_hook(lambda o: calls.append("loaded"))
        sgd.load_state_dict(sgd.state_dict())
        assert calls == ["pre", 1, "loaded"]


class TestWritten:
    def test_step_is_needed(self):
        (p,) = parameters([(3,)])
        with pytest.raises(NotImplementedError):
            torch.optim.Optimizer([p], {}).step()

    def test_differentiable_steps_need_results_of_operations(self):
        (p,) = parameters([(3,)])
        sgd = torch.optim.SGD([p], differentiable=True)
        p.grad = torch.ones(3)
        with pytest.raises(RuntimeError, match="leaf"):
            sgd.step()

    def test_options_that_are_no_numbers_are_named(self):
        (p,) = parameters([(3,)])
        with pytest.raises(TypeError, match="Invalid learning rate: expected a number, got '0.1'"):
            torch.optim.SGD([p], lr="0.1")
        with pytest.raises(TypeError, match=r"Invalid epsilon value: expected a number, got None"):
            torch.optim.Adam([p], eps=None)

    def test_a_group_without_params(self):
        (p,) = parameters([(3,)])
        with pytest.raises(KeyError, match=r"'params'.*a parameter group.*\['lr'\]"):
            torch.optim.SGD([{"lr": 0.1}])
        sgd = torch.optim.SGD([p])
        with pytest.raises(KeyError, match="'params'"):
            sgd.add_param_group({"lr": 0.1})
        assert len(sgd.param_groups) == 1

    @pytest.mark.parametrize("missing", ["param_groups", "state"])
    def test_a_checkpoint_that_is_no_optimizers(self, missing):
        (p,) = parameters([(3,)])
        adam = torch.optim.Adam([p])
        p.sum().backward()
        adam.step()
        state = adam.state_dict()
        before = repr(state)
        state["model"] = state.pop(missing)
        with pytest.raises(KeyError, match=f"'{missing}'.*state_dict must have this key.*'model'"):
            adam.load_state_dict(state)
        assert repr(adam.state_dict()) == before
