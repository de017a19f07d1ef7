"""Mistakes with learning-rate schedulers meet PyTorch's errors and warnings."""

from __future__ import annotations

import warnings

import pytest

from tests.parity.test_schedulers import (
    BOTH,
    group_of,
    halves,
    optimizer_of,
    own_optimizer,
    warmup,
)
from tests.parity.twins import errors

MISTAKES = {
    "no optimizer": lambda t, s, o: s.StepLR(t.nn.Linear(1, 1), 3),
    "no optimizer for lambdas": lambda t, s, o: s.LambdaLR(t.nn.Linear(1, 1), halves),
    "no optimizer for a cycle": lambda t, s, o: s.CyclicLR(3, 0.1, 0.2),
    "no optimizer for one cycle": lambda t, s, o: s.OneCycleLR(None, 0.1, 3),
    "no optimizer for a plateau": lambda t, s, o: s.ReduceLROnPlateau([]),
    "no option": lambda t, s, o: s.StepLR(o),
    "unknown option": lambda t, s, o: s.StepLR(o, 3, decay=1),
    "resumed without initial_lr": lambda t, s, o: s.StepLR(o, 3, last_epoch=2),
    "other number of lambdas": lambda t, s, o: s.LambdaLR(o, [halves]),
    "other number of factors": lambda t, s, o: s.MultiplicativeLR(o, [halves] * 3),
    "no function": lambda t, s, o: s.LambdaLR(o, 0.5),
    "no factor function": lambda t, s, o: s.MultiplicativeLR(o, 0.5),
    "constant above 1": lambda t, s, o: s.ConstantLR(o, 1.5),
    "constant below 0": lambda t, s, o: s.ConstantLR(o, -0.5),
    "start of 0": lambda t, s, o: s.LinearLR(o, 0),
    "end above 1": lambda t, s, o: s.LinearLR(o, 0.5, 1.1),
    "step size of 0": lambda t, s, o: (s.StepLR(o, 0), o.step(), s.StepLR(o, 0).step()),
    "T_0 of 0": lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 0),
    "T_0 of 1.5": lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 1.5),
    "T_mult of 0": lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 2, 0),
    "eta_min of text": lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 2, 1, "0"),
    "negative epoch": lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 2).step(-1),
    "T_max of 0": lambda t, s, o: s.CosineAnnealingLR(o, 0).step(),
    "base_lr of 3 groups": lambda t, s, o: s.CyclicLR(o, [0.1] * 3, 0.2),
    "max_lr of 1 group": lambda t, s, o: s.CyclicLR(o, 0.1, [0.2]),
    "unknown cycle": lambda t, s, o: s.CyclicLR(o, 0.1, 0.2, mode="square"),
    "no momentum": lambda t, s, o: s.CyclicLR(own_optimizer(t), 0.1, 0.2),
    "no momentum in one cycle": lambda t, s, o: s.OneCycleLR(own_optimizer(t), 0.1, 9),
    "one cycle without length": lambda t, s, o: s.OneCycleLR(o, 0.1, epochs=3),
    "one cycle of 0 steps": lambda t, s, o: s.OneCycleLR(o, 0.1, 0),
    "one cycle of 1.5 steps": lambda t, s, o: s.OneCycleLR(o, 0.1, 1.5),
    "one cycle of -1 epochs": lambda t, s, o: s.OneCycleLR(o, 0.1, epochs=-1, steps_per_epoch=2),
    "one cycle of 0 batches": lambda t, s, o: s.OneCycleLR(o, 0.1, epochs=1, steps_per_epoch=0),
    "pct_start above 1": lambda t, s, o: s.OneCycleLR(o, 0.1, 9, pct_start=1.5),
    "pct_start of 1": lambda t, s, o: s.OneCycleLR(o, 0.1, 9, pct_start=1),
    "unknown annealing": lambda t, s, o: s.OneCycleLR(o, 0.1, 9, anneal_strategy="cosine"),
    "too many steps": lambda t, s, o: [x.step() for x in [s.OneCycleLR(o, 0.1, 2)] * 4],
    "plateau's factor of 1": lambda t, s, o: s.ReduceLROnPlateau(o, factor=1.0),
    "plateau's mode": lambda t, s, o: s.ReduceLROnPlateau(o, "least"),
    "plateau's threshold mode": lambda t, s, o: s.ReduceLROnPlateau(o, threshold_mode="r"),
    "plateau's rates": lambda t, s, o: s.ReduceLROnPlateau(o, min_lr=[0.1]),
    "plateau without metric": lambda t, s, o: s.ReduceLROnPlateau(o).step(),
    "plateau with two metrics": lambda t, s, o: s.ReduceLROnPlateau(o).step(t.ones(2)),
    "nothing chained": lambda t, s, o: s.ChainedScheduler([]),
    "chained plateau": lambda t, s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
    "chained number": lambda t, s, o: s.ChainedScheduler([3]),
    "chained number later": lambda t, s, o: s.ChainedScheduler([s.StepLR(o, 1), 3]),
    "chained over optimizers": lambda t, s, o: s.ChainedScheduler(
        [s.StepLR(o, 1), s.StepLR(optimizer_of(t), 1)]
    ),
    "nothing in sequence": lambda t, s, o: s.SequentialLR(o, [], []),
    "milestones": lambda t, s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [3]),
    "sequence of plateau": lambda t, s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
    "sequence of numbers": lambda t, s, o: s.SequentialLR(o, [3], []),
    "sequence over optimizers": lambda t, s, o: s.SequentialLR(
        o, [s.StepLR(optimizer_of(t), 1)], []
    ),
    "sequence to an epoch": lambda t, s, o: s.SequentialLR(o, [s.StepLR(o, 1)], []).step(3),
    "no get_lr": lambda t, s, o: s.LRScheduler(o),
    "lambda state": lambda t, s, o: s.LambdaLR(o, halves).load_state_dict({}),
    "cyclic state": lambda t, s, o: s.CyclicLR(o, 0.1, 0.2).load_state_dict({}),
    "swa rates": lambda t, s, o: t.optim.swa_utils.SWALR(o, [0.1] * 3),
    "swa annealing": lambda t, s, o: t.optim.swa_utils.SWALR(o, 0.1, anneal_strategy="square"),
    "swa epochs": lambda t, s, o: t.optim.swa_utils.SWALR(o, 0.1, anneal_epochs=-1),
    "swa epochs of 1.5": lambda t, s, o: t.optim.swa_utils.SWALR(o, 0.1, anneal_epochs=1.5),
    "group added later": lambda t, s, o: (
        scheduler := s.LambdaLR(o, halves),
        o.add_param_group(group_of(t, 0.1)),
        scheduler.step(),
    ),
    "group added to rates": lambda t, s, o: (
        scheduler := s.ReduceLROnPlateau(o, min_lr=[0.1, 0.1], patience=0),
        o.add_param_group(group_of(t, 0.1)),
        [scheduler.step(1.0) for _ in range(3)],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_errors(mistake):
    call = MISTAKES[mistake]
    theirs, ours = errors(lambda t: call(t, t.optim.lr_scheduler, optimizer_of(t)))
    assert type(ours) is type(theirs)
    beginning = str(theirs).strip("'\"")[:30].rstrip(".")
    if type(theirs) is ValueError:
        assert str(ours).startswith(beginning.partition(":")[0])
    assert str(ours) or not beginning


def warned(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [(w.category, str(w.message)[:45]) for w in caught], {w.filename for w in caught}


def overridden(t):
    optimizer = optimizer_of(t)
    scheduler = t.optim.lr_scheduler.StepLR(optimizer, 3)
    optimizer.step = lambda: None
    scheduler.step()


def replaced_class(t):
    """A scheduler for an optimizer whose steps were already watched."""
    optimizer = optimizer_of(t)
    for _ in range(2):
        scheduler = t.optim.lr_scheduler.StepLR(optimizer, 3)
    optimizer.step()
    scheduler.step()


WARNINGS = {
    "out of order": lambda t, s, o: s.StepLR(o, 3).step(),
    "out of order for restarts": lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 3).step(),
    "out of order for a plateau": lambda t, s, o: s.ReduceLROnPlateau(o).step(1.0),
    "in order": lambda t, s, o: (s := s.StepLR(o, 3), o.step(), s.step()),
    "twice out of order": lambda t, s, o: (s := s.StepLR(o, 3), s.step(), s.step()),
    "epoch": lambda t, s, o: (s := s.StepLR(o, 3), o.step(), s.step(4)),
    "epoch of a plateau": lambda t, s, o: s.ReduceLROnPlateau(o).step(1.0, 4),
    "get_lr": lambda t, s, o: [s.StepLR(o, 3).get_lr(), s.LambdaLR(o, halves).get_lr(),
                               s.ConstantLR(o).get_lr(), s.CosineAnnealingLR(o, 3).get_lr(),
                               s.OneCycleLR(o, 0.3, 5).get_lr(),
                               t.optim.swa_utils.SWALR(o, 0.3).get_lr()],
    "get_last_lr": lambda t, s, o: s.StepLR(o, 3).get_last_lr(),
    "overridden": lambda t, s, o: overridden(t),
    "watched twice": lambda t, s, o: replaced_class(t),
    "sequence": lambda t, s, o: (s := warmup(t, o), *((o.step(), s.step()) for _ in range(9))),
}  # fmt: skip


@pytest.mark.parametrize("case", WARNINGS)
def test_warnings(case):
    (theirs, _), (ours, files) = (
        warned(lambda t=t: WARNINGS[case](t, t.optim.lr_scheduler, optimizer_of(t))) for t in BOTH
    )
    assert theirs == ours
    assert files <= {__file__}
