"""Learning-rate schedulers: their courses, and what they leave of the optimizer as it was."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import warnings
import weakref

import pytest

import minitorch as torch
from minitorch.optim import lr_scheduler


def optimizer_of(lr=1.0, kind="SGD"):
    return getattr(torch.optim, kind)([torch.ones(2, requires_grad=True)], lr=lr)


def course(scheduler, steps):
    rates = []
    for _ in range(steps):
        rates += scheduler.get_last_lr()
        scheduler.optimizer.step()
        scheduler.step()
    return rates


class TestCourses:
    def test_step(self):
        scheduler = lr_scheduler.StepLR(optimizer_of(), 2, gamma=0.5)
        assert course(scheduler, 6) == [1, 1, 0.5, 0.5, 0.25, 0.25]

    def test_milestones(self):
        scheduler = lr_scheduler.MultiStepLR(optimizer_of(), [1, 3, 3], gamma=0.5)
        assert course(scheduler, 5) == [1, 0.5, 0.5, 0.125, 0.125]

    def test_linear_warmup(self):
        scheduler = lr_scheduler.LinearLR(optimizer_of(), 0.25, total_iters=3)
        assert course(scheduler, 5) == pytest.approx([0.25, 0.5, 0.75, 1, 1])

    def test_polynomial(self):
        scheduler = lr_scheduler.PolynomialLR(optimizer_of(), total_iters=4, power=2)
        assert course(scheduler, 6) == pytest.approx([1, 9 / 16, 4 / 16, 1 / 16, 0, 0])

    def test_cosine_comes_back(self):
        scheduler = lr_scheduler.CosineAnnealingLR(optimizer_of(), T_max=2, eta_min=0.5)
        assert course(scheduler, 6) == pytest.approx([1, 0.75, 0.5, 0.75, 1, 0.75])

    def test_one_cycle(self):
        scheduler = lr_scheduler.OneCycleLR(
            optimizer_of(kind="Adam"), 1.0, 11, pct_start=0.5, anneal_strategy="linear"
        )
        rates = course(scheduler, 11)
        assert rates[0] == 0.04
        assert max(rates) == pytest.approx(1.0, abs=0.15)
        assert rates[-1] == pytest.approx(4e-6)

    @pytest.mark.parametrize(
        ("build", "closed"),
        [
            (lambda o: lr_scheduler.StepLR(o, 3), lambda t: 0.1 ** (t // 3)),
            (lambda o: lr_scheduler.ExponentialLR(o, 0.9), lambda t: 0.9**t),
            (lambda o: lr_scheduler.LinearLR(o, 0.1, 0.6, 7), lambda t: 0.1 + 0.5 * min(7, t) / 7),
            (lambda o: lr_scheduler.ConstantLR(o, 0.3, 4), lambda t: 0.3 if t < 4 else 1),
            (lambda o: lr_scheduler.PolynomialLR(o, 9, 0.5), lambda t: max(0, 1 - t / 9) ** 0.5),
        ],
    )
    def test_steps_and_closed_forms_agree(self, build, closed):
        expected = [closed(t) for t in range(20)]
        assert course(build(optimizer_of()), 20) == pytest.approx(expected)
        scheduler = build(optimizer_of())
        for epoch in (7, 3, 19, 0):
            scheduler.optimizer.step()
            with pytest.warns(UserWarning, match="epoch parameter"):
                scheduler.step(epoch)
            assert scheduler.get_last_lr() == pytest.approx([expected[epoch]])


class TestOptimizer:
    def test_is_freed_by_reference_count(self):
        gc.collect()
        gc.disable()
        try:
            optimizer = optimizer_of()
            scheduler = lr_scheduler.SequentialLR(
                optimizer,
                [lr_scheduler.LinearLR(optimizer), lr_scheduler.CosineAnnealingLR(optimizer, 9)],
                [5],
            )
            course(scheduler, 7)
            alive = [weakref.ref(optimizer), weakref.ref(scheduler)]
            del optimizer, scheduler
            assert [r() for r in alive] == [None, None]
        finally:
            gc.enable()

    def test_is_watched_once(self):
        optimizer = optimizer_of()
        lr_scheduler.StepLR(optimizer, 1)
        step = optimizer.step
        lr_scheduler.StepLR(optimizer, 2)
        assert optimizer.step is step
        assert step.__name__ == "step"
        assert step.__doc__ == type(optimizer).step.__doc__

    def test_step_returns_the_closures_loss_and_runs_hooks_once(self):
        optimizer = optimizer_of()
        lr_scheduler.StepLR(optimizer, 1)
        seen = []
        optimizer.register_step_pre_hook(lambda *args: seen.append(args[0] is optimizer))
        assert optimizer.step(lambda: 5.0) == 5.0
        assert optimizer.step(closure=lambda: 6.0) == 6.0
        assert seen == [True, True]

    def test_copies_step_for_themselves(self):
        optimizer = optimizer_of()
        lr_scheduler.StepLR(optimizer, 1)
        for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
            (p,) = other.param_groups[0]["params"]
            p.grad = torch.ones(2)
            other.step()
            assert p.tolist() == [0.0, 0.0]
        assert optimizer.param_groups[0]["params"][0].tolist() == [1.0, 1.0]

    def test_step_costs_little_more(self):
        """One more call from Python, whatever the optimizer."""

        def calls(optimizer):
            count = 0

            def note(frame, event, arg):
                nonlocal count
                count += event == "call"

            optimizer.step()
            sys.setprofile(note)
            try:
                optimizer.step()
            finally:
                sys.setprofile(None)
            return count

        plain, watched = optimizer_of(), optimizer_of()
        lr_scheduler.StepLR(watched, 1)
        assert calls(watched) == calls(plain) + 1

    def test_with_a_step_that_is_a_plain_function(self):
        optimizer = optimizer_of()
        called = []
        optimizer.step = lambda: called.append(1)
        scheduler = lr_scheduler.StepLR(optimizer, 1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            optimizer.step()
            scheduler.step()
        assert called == [1]


def test_tensor_rates_are_written_in_place():
    rate = torch.tensor(1.0)
    optimizer = torch.optim.Adam([torch.ones(2, requires_grad=True)], lr=rate)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == 0.5
    assert scheduler.base_lrs[0].item() == 1.0


def test_loading_leaves_the_state_dict_alone():
    for build in (
        lambda o: lr_scheduler.LambdaLR(o, lambda epoch: 0.5),
        lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.2, cycle_momentum=False),
        lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(o, 2)]),
    ):
        state = build(optimizer_of()).state_dict()
        kept = copy.deepcopy(state)
        scheduler = build(optimizer_of())
        for _ in range(2):
            scheduler.load_state_dict(state)
            assert state == kept
        assert scheduler.state_dict() == kept


def test_older_scripts_may_ask_for_words():
    class Own(lr_scheduler._LRScheduler):
        def __init__(self, optimizer, last_epoch=-1, verbose=False):
            super().__init__(optimizer, last_epoch, verbose)

        def get_lr(self):
            return self.base_lrs

    for build in (Own, lr_scheduler.ReduceLROnPlateau):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            build(optimizer_of(), verbose=False)
        with pytest.warns(UserWarning, match="verbose parameter is deprecated"):
            build(optimizer_of(), verbose=True)


def test_errors_say_what_to_do():
    with pytest.raises(KeyError, match="Load the optimizer's state_dict first"):
        lr_scheduler.StepLR(optimizer_of(), 1, last_epoch=3)
    with pytest.raises(TypeError, match="Linear is not an Optimizer"):
        lr_scheduler.StepLR(torch.nn.Linear(1, 1), 1)
    with pytest.raises(ValueError, match="cycle_momentum=False"):
        optimizer = optimizer_of()
        del optimizer.defaults["momentum"]
        lr_scheduler.OneCycleLR(optimizer, 0.1, 5)
    with pytest.raises(NotImplementedError, match="does not define get_lr"):
        lr_scheduler.LRScheduler(optimizer_of())
