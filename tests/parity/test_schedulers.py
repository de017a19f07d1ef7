"""Learning-rate schedulers give PyTorch's numbers, bit for bit, and exchange their states."""

from __future__ import annotations

import copy
import inspect
import io
import math
import pickle
import warnings
from collections import Counter

import pytest

import minitorch

torch = pytest.importorskip("torch")
BOTH = (torch, minitorch)
METRICS = [3.0, 2.5, 2.5, 2.4999, 2.6, 2.6, math.nan, 2.4, 2.4, 2.4, 2.4, 2.4, 2.4, 1.0] * 3


class Halves:
    """A callable object, whose attributes a state dict holds."""

    def __init__(self, rate=0.5):
        self.rate = rate

    def __call__(self, x):
        return self.rate**x


def halves(x):
    return 0.5**x


CASES = {
    "LambdaLR": [
        {"lr_lambda": halves},
        {"lr_lambda": Halves(0.9)},
        {"lr_lambda": [lambda epoch: epoch // 30, Halves()]},
    ],
    "MultiplicativeLR": [
        {"lr_lambda": lambda epoch: 0.95},
        {"lr_lambda": (Halves(), lambda epoch: 1 / (1 + epoch))},
    ],
    "StepLR": [{"step_size": 3}, {"step_size": 1, "gamma": 0.97}, {"step_size": 50}],
    "MultiStepLR": [
        {"milestones": [5, 3, 5, 20]},
        {"milestones": (0, 7, 39), "gamma": 0.7},
        {"milestones": []},
    ],
    "ConstantLR": [{}, {"factor": 0.7, "total_iters": 12}, {"factor": 1, "total_iters": 0}],
    "LinearLR": [
        {},
        {"start_factor": 0.01, "total_iters": 17},
        {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 30},
    ],
    "ExponentialLR": [{"gamma": 0.93}, {"gamma": 1.01}],
    "PolynomialLR": [{}, {"total_iters": 33, "power": 0.9}, {"total_iters": 60, "power": 2}],
    "CosineAnnealingLR": [
        {"T_max": 7},
        {"T_max": 40, "eta_min": 0.001},
        {"T_max": 1},
        {"T_max": 10, "eta_min": 0.5},
    ],
    "CosineAnnealingWarmRestarts": [
        {"T_0": 4},
        {"T_0": 3, "T_mult": 2, "eta_min": 1e-3},
        {"T_0": 1, "T_mult": 3},
    ],
    "CyclicLR": [
        {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": 5},
        {"base_lr": 0.01, "max_lr": [0.3, 0.4], "step_size_up": 4, "step_size_down": 7,
         "mode": "triangular2"},
        {"base_lr": [0.1, 0.2], "max_lr": 0.3, "step_size_up": 6, "mode": "exp_range",
         "gamma": 0.95, "base_momentum": [0.7, 0.6]},
        {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": 5, "cycle_momentum": False,
         "scale_fn": halves},
        {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": 5, "scale_fn": Halves(0.99),
         "scale_mode": "iterations", "mode": "mine"},
    ],
    "OneCycleLR": [
        {"max_lr": 0.5, "total_steps": 41},
        {"max_lr": [0.5, 0.2], "epochs": 5, "steps_per_epoch": 9, "anneal_strategy": "linear"},
        {"max_lr": 0.5, "total_steps": 45, "three_phase": True, "pct_start": 0.4,
         "base_momentum": 0.6, "max_momentum": [0.9, 0.8]},
        {"max_lr": 0.5, "total_steps": 50, "cycle_momentum": False, "div_factor": 3,
         "final_div_factor": 7},
    ],
    "ReduceLROnPlateau": [
        {"patience": 1},
        {"patience": 0, "mode": "max", "factor": 0.3, "cooldown": 3},
        {"patience": 2, "threshold": 0.2, "threshold_mode": "abs", "min_lr": [0.05, 0.001]},
        {"patience": 0, "mode": "max", "threshold_mode": "abs", "eps": 0.01, "min_lr": 0.01},
    ],
    "SWALR": [
        {"swa_lr": 0.05},
        {"swa_lr": [0.05, 0.5], "anneal_epochs": 20, "anneal_strategy": "linear"},
        {"swa_lr": 0.05, "anneal_epochs": 0},
    ],
}  # fmt: skip
ALL = [
    pytest.param(name, options, id=f"{name}-{i}")
    for name, cases in CASES.items()
    for i, options in enumerate(cases)
]
OPTIMIZERS = ("SGD", "Adam", "tensor")


def group_of(t, lr):
    return {"params": [t.ones(3, requires_grad=True)], "lr": lr}


def optimizer_of(t, kind="SGD"):
    """Two groups with rates of their own; of "tensor", the rates are Tensors."""
    groups = [group_of(t, 0.1), group_of(t, 0.02)]
    if kind == "tensor":
        for group in groups:
            group["lr"] = t.tensor(group["lr"])
        return t.optim.Adam(groups)
    return t.optim.Adam(groups) if kind == "Adam" else t.optim.SGD(groups, momentum=0.9)


def scheduler_of(t, name, optimizer, options, **more):
    home = t.optim.swa_utils if name == "SWALR" else t.optim.lr_scheduler
    return getattr(home, name)(optimizer, **options, **more)


def advance(scheduler, i):
    scheduler.optimizer.step()
    if type(scheduler).__name__ == "ReduceLROnPlateau":
        scheduler.step(METRICS[i])
    else:
        scheduler.step()


def plain(value):
    """Values with Tensors as numbers, so that those of both libraries can be compared."""
    if isinstance(value, (torch.Tensor, minitorch.Tensor)):
        return ("Tensor", value.tolist())
    if isinstance(value, dict) and not isinstance(value, Counter):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return "nan" if value != value else value


def look(scheduler):
    """All that a schedule shows: the groups' options, the rates, the state."""
    groups = [
        {key: plain(value) for key, value in group.items() if key != "params"}
        for group in scheduler.optimizer.param_groups
    ]
    return groups, plain(scheduler.get_last_lr()), plain(scheduler.state_dict())


def same_course(schedulers, steps):
    for i in steps:
        theirs, ours = (look(scheduler) for scheduler in schedulers)
        assert theirs == ours, i
        for scheduler in schedulers:
            advance(scheduler, i)
    theirs, ours = (look(scheduler) for scheduler in schedulers)
    assert theirs == ours


def pair(name, options, kind="SGD"):
    return [scheduler_of(t, name, optimizer_of(t, kind), options) for t in BOTH]


def test_every_scheduler_is_compared():
    theirs = torch.optim.lr_scheduler
    composed = {"ChainedScheduler", "SequentialLR", "LRScheduler"}
    assert set(theirs.__all__) == {*CASES, *composed} - {"SWALR"}
    assert set(minitorch.optim.lr_scheduler.__all__) == set(theirs.__all__)
    assert set(minitorch.optim.swa_utils.__all__) == set(torch.optim.swa_utils.__all__)


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize(("name", "options"), ALL)
def test_course(name, options, kind):
    same_course(pair(name, options, kind), range(40))


@pytest.mark.parametrize("name", [*CASES, "ChainedScheduler", "SequentialLR", "LRScheduler"])
def test_arguments(name):
    """Those of PyTorch's come first, with its defaults; older scripts' `verbose` may follow."""
    theirs, ours = (
        list(inspect.signature(
            getattr(t.optim.swa_utils if name == "SWALR" else t.optim.lr_scheduler, name)
        ).parameters.values())
        for t in BOTH
    )  # fmt: skip
    ours = [p for p in ours if p.name != "verbose"]
    assert [(p.name, p.default) for p in theirs] == [(p.name, p.default) for p in ours]


@pytest.mark.parametrize(("name", "options"), ALL)
def test_steps_to_given_epochs(name, options):
    """In closed form, where there is one."""
    schedulers = pair(name, options)
    for epoch in (0, 5, 2, 2, 11, 30, 0, 7):
        for scheduler in schedulers:
            scheduler.optimizer.step()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if name == "ReduceLROnPlateau":
                    scheduler.step(1.0, epoch)
                else:
                    scheduler.step(epoch)
        theirs, ours = (look(scheduler) for scheduler in schedulers)
        assert theirs == ours, epoch
    same_course(schedulers, range(3))


def test_restarts_at_fractions_of_an_epoch():
    for options in ({"T_0": 4}, {"T_0": 3, "T_mult": 2}, {"T_0": 2, "T_mult": 3}):
        schedulers = pair("CosineAnnealingWarmRestarts", options)
        for i in range(60):
            for scheduler in schedulers:
                scheduler.step(i / 3)
            theirs, ours = (look(scheduler) for scheduler in schedulers)
            assert theirs == ours


RESUMED = [case for case in ALL if case.values[0] not in ("ReduceLROnPlateau",)]


@pytest.mark.parametrize(("name", "options"), RESUMED)
def test_resumed_at_an_epoch(name, options):
    """`last_epoch`, with the optimizer's saved state or with `initial_lr` given by hand."""
    before = pair(name, options)
    same_course(before, range(9))
    schedulers = []
    for t, old in zip(BOTH, before, strict=True):
        optimizer = optimizer_of(t)
        optimizer.load_state_dict(old.optimizer.state_dict())
        schedulers.append(scheduler_of(t, name, optimizer, options, last_epoch=8))
    same_course(schedulers, range(12))
    if name == "OneCycleLR":
        return
    schedulers = []
    for t in BOTH:
        groups = [{**group_of(t, lr), "initial_lr": lr} for lr in (0.1, 0.02)]
        optimizer = t.optim.SGD(groups, momentum=0.9)
        schedulers.append(scheduler_of(t, name, optimizer, options, last_epoch=4))
    same_course(schedulers, range(12))


def handed_over(state, reader):
    """A checkpoint written by the other library and read by this one."""
    writer = minitorch if reader is torch else torch
    file = io.BytesIO()
    writer.save(state, file)
    file.seek(0)
    return reader.load(file)


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize(("name", "options"), ALL)
def test_saved_and_restored_both_ways(name, options, kind):
    first = pair(name, options, kind)
    same_course(first, range(13))
    crossed = pair(name, copy.deepcopy(options), kind)
    for t, scheduler, source in zip(BOTH, crossed, reversed(first), strict=True):
        saved = handed_over(
            {"o": source.optimizer.state_dict(), "s": source.state_dict()}, reader=t
        )
        scheduler.load_state_dict(saved["s"])
        scheduler.optimizer.load_state_dict(saved["o"])
    for i in range(13, 25):
        for scheduler in (*first, *crossed):
            advance(scheduler, i)
        expected = look(first[0])
        assert look(first[1]) == look(crossed[0]) == look(crossed[1]) == expected


@pytest.mark.parametrize(("name", "options"), ALL)
def test_pickled_and_copied(name, options):
    if any(getattr(f, "__name__", "") == "<lambda>" for v in options.values()
           for f in (v if isinstance(v, (list, tuple)) else [v])):  # fmt: skip
        options = {"lr_lambda": halves}
    schedulers = pair(name, options)
    same_course(schedulers, range(5))
    ours = schedulers[1]
    expected = look(ours)
    for again in (pickle.loads(pickle.dumps(ours)), copy.deepcopy(ours)):
        assert again.optimizer is not ours.optimizer
        assert look(again) == expected
        for i in range(3):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                advance(again, i)
        assert look(again) != expected or name == "StepLR" or options == {"milestones": []}
        assert look(ours) == expected


def chained(t, optimizer):
    s = t.optim.lr_scheduler
    return s.ChainedScheduler(
        [
            s.LinearLR(optimizer, 0.2, total_iters=6),
            s.ExponentialLR(optimizer, 0.9),
            s.CosineAnnealingLR(optimizer, 15, eta_min=0.001),
        ]
    )


def chained_polynomials(t, optimizer):
    s = t.optim.lr_scheduler
    parts = (s.PolynomialLR(optimizer, 20, 0.5), s.MultiStepLR(optimizer, [3, 9], 0.3))
    return s.ChainedScheduler(parts, optimizer=optimizer)


def warmup(t, optimizer):
    s = t.optim.lr_scheduler
    parts = [s.LinearLR(optimizer, 0.1, total_iters=5), s.CosineAnnealingLR(optimizer, 20)]
    return s.SequentialLR(optimizer, parts, milestones=[5])


def three_parts(t, optimizer):
    s = t.optim.lr_scheduler
    parts = [
        s.ConstantLR(optimizer, 0.5, total_iters=3),
        s.StepLR(optimizer, 2, 0.5),
        s.CosineAnnealingWarmRestarts(optimizer, 3, 2),
    ]
    return s.SequentialLR(optimizer, parts, [4, 11])


def nested(t, optimizer):
    s = t.optim.lr_scheduler
    inner = s.SequentialLR(
        optimizer, [s.ExponentialLR(optimizer, 0.8), s.ConstantLR(optimizer)], milestones=[3]
    )
    return s.SequentialLR(optimizer, [inner, s.LambdaLR(optimizer, Halves())], milestones=[8])


def one_part(t, optimizer):
    s = t.optim.lr_scheduler
    return s.SequentialLR(optimizer, [s.StepLR(optimizer, 3)], [])


COMPOSED = [chained, chained_polynomials, warmup, three_parts, nested, one_part]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("build", COMPOSED)
def test_composed(build, kind):
    schedulers = [build(t, optimizer_of(t, kind)) for t in BOTH]
    same_course(schedulers, range(17))
    crossed = [build(t, optimizer_of(t, kind)) for t in BOTH]
    for t, scheduler, source in zip(BOTH, crossed, reversed(schedulers), strict=True):
        saved = handed_over([source.state_dict(), source.optimizer.state_dict()], reader=t)
        scheduler.load_state_dict(saved[0])
        scheduler.optimizer.load_state_dict(saved[1])
    same_course(schedulers, range(8))
    same_course(crossed, range(8))
    assert look(crossed[0]) == look(schedulers[0])


def test_two_schedulers_in_turn():
    """Without a ChainedScheduler, as scripts do it, with one that watches a metric."""
    schedulers = []
    for t in BOTH:
        optimizer = optimizer_of(t)
        s = t.optim.lr_scheduler
        schedulers.append(
            [s.ExponentialLR(optimizer, 0.9), s.ReduceLROnPlateau(optimizer, patience=1)]
        )
    for i in range(20):
        for parts in schedulers:
            for part in parts:
                advance(part, i)
        theirs, ours = ([look(part) for part in parts] for parts in schedulers)
        assert theirs == ours


def own_optimizer(t):
    """One without momentum, as users write it."""

    class Sign(t.optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        @t.no_grad()
        def step(self, closure=None):
            self.taken = [group["lr"] for group in self.param_groups]

    return Sign([t.ones(2, requires_grad=True)], 0.3)


class TestOwn:
    """Schedulers and optimizers that users write."""

    @staticmethod
    def noam(t, base):
        class Noam(base):
            def __init__(self, optimizer, width, warmup, last_epoch=-1):
                self.width, self.warmup = width, warmup
                super().__init__(optimizer, last_epoch)

            def get_lr(self):
                n = max(1, self.last_epoch)
                scale = self.width**-0.5 * min(n**-0.5, n * self.warmup**-1.5)
                return [rate * scale for rate in self.base_lrs]

        return Noam(optimizer_of(t), 64, 10)

    @pytest.mark.parametrize("base", ["LRScheduler", "_LRScheduler"])
    def test_get_lr(self, base):
        schedulers = [self.noam(t, getattr(t.optim.lr_scheduler, base)) for t in BOTH]
        same_course(schedulers, range(30))

    def test_step(self):
        """An older manner: `step` written anew, which the base calls first."""

        def build(t):
            class Poly(t.optim.lr_scheduler._LRScheduler):
                def get_lr(self):
                    return [rate * (1 - self.last_epoch / 50) ** 0.9 for rate in self.base_lrs]

                def step(self, epoch=None):
                    self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
                    self._last_lr = self.get_lr()
                    for group, rate in zip(self.optimizer.param_groups, self._last_lr):
                        group["lr"] = rate

            return Poly(optimizer_of(t))

        same_course([build(t) for t in BOTH], range(30))

    def test_extends_a_schedule(self):
        def build(t):
            class Floored(t.optim.lr_scheduler.StepLR):
                def get_lr(self):
                    return [max(rate, 0.005) for rate in super().get_lr()]

            return Floored(optimizer_of(t), 2, gamma=0.5)

        same_course([build(t) for t in BOTH], range(30))

    def test_optimizer(self):
        schedulers = [t.optim.lr_scheduler.CosineAnnealingLR(own_optimizer(t), 7) for t in BOTH]
        same_course(schedulers, range(20))
        assert schedulers[0].optimizer.taken == schedulers[1].optimizer.taken

    def test_group_added_later(self):
        for name, options in (("ReduceLROnPlateau", {"patience": 0}), ("StepLR", {"step_size": 1})):
            schedulers = pair(name, options)
            for t, scheduler in zip(BOTH, schedulers, strict=True):
                scheduler.optimizer.add_param_group(group_of(t, 0.5))
            same_course(schedulers, range(5))


def test_old_arguments():
    with pytest.warns(UserWarning, match="verbose"):
        scheduler = minitorch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer_of(minitorch), patience=1, verbose=True
        )
    other = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer_of(torch), patience=1)
    same_course([other, scheduler], range(20))


def test_rates_handed_out_are_copies():
    for t in BOTH:
        scheduler = t.optim.lr_scheduler.StepLR(optimizer_of(t, "tensor"), 3)
        held = scheduler.optimizer.param_groups[0]["lr"]
        scheduler.get_last_lr()[0].fill_(7.0)
        scheduler.base_lrs[0].fill_(7.0)
        assert held.item() == pytest.approx(0.1)
        scheduler.optimizer.step()
        for _ in range(3):
            scheduler.step()
        assert scheduler.optimizer.param_groups[0]["lr"] is held
        assert held.item() == pytest.approx(0.01)


def test_whole_objects_of_pytorch_can_be_read():
    scheduler = scheduler_of(
        torch, "CosineAnnealingLR", torch.optim.SGD([torch.ones(2)]), {"T_max": 9}
    )
    state = {"scheduler": scheduler.state_dict(), "kind": type(scheduler)}
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    found = minitorch.load(file, weights_only=False)
    assert found["kind"] is minitorch.optim.lr_scheduler.CosineAnnealingLR
    assert found["scheduler"] == scheduler.state_dict()
