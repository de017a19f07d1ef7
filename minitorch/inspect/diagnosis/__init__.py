"""The doctor: finds what people get wrong in models and training loops, and says it in a line.

`registry.CHECKS` is the list of what it knows. The checks are functions of a `Case`, in
`structure`, `loss_checks`, `signals`, `steps` and `data`; `examining` fills a case from one batch,
`observing` from a loop that runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minitorch.inspect.diagnosis import (  # importing them enters their checks
    data,
    loss_checks,
    signals,
    steps,
    structure,
)
from minitorch.inspect.diagnosis.case import Case
from minitorch.inspect.diagnosis.data import leaks
from minitorch.inspect.diagnosis.examining import Examination, batch_of, kept
from minitorch.inspect.diagnosis.findings import Finding
from minitorch.inspect.diagnosis.registry import CHECKS, Check
from minitorch.inspect.diagnosis.report import Diagnosis
from minitorch.nn.modules.module import Module
from minitorch.optim.optimizer import Optimizer

__all__ = ["CHECKS", "Check", "Diagnosis", "Finding", "doctor", "leaks"]


def doctor(
    model: Module,
    loss_fn: Any = None,
    batch: Any = None,
    optimizer: Optimizer | Iterable[Optimizer] | None = None,
    *,
    train: Any = None,
    valid: Any = None,
    overfit: bool = False,
    report: bool = True,
) -> Diagnosis:
    """Examine a model, on a batch or while it is trained, and say what is wrong.

    With a batch, the model is run on it, forward and backward, as a copy: neither the model nor
    the optimizer nor any stream of random numbers is changed. As a context manager around a
    training loop it watches that, and prints its report at the end; the loop computes the same
    numbers, bit for bit, as without it.

    Args:
        model: a module; it may be broken.
        loss_fn: a function or module of output and target.
        batch: (inputs, targets), a dict with a target, a `DataLoader` or a `Dataset`; just the
            inputs if there is no `loss_fn`.
        optimizer: that of the training, or several.
        train, valid: data sets, loaders or tensors in which to look for common samples.
        overfit: whether to train a copy on the batch, too, which should succeed.
        report: whether a watched loop's report is printed at its end.

    Returns:
        A `Diagnosis`: `print` shows a line for each finding, `.findings` has them, `.ok` says
        whether there is none but notes.

    Example:
        >>> from minitorch.inspect import doctor
        >>> model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Softmax(dim=1))
        >>> x, y = torch.randn(8, 4), torch.arange(8) % 3
        >>> found = doctor(model, torch.nn.CrossEntropyLoss(), (x, y))
        >>> found.ok, found.findings[0].name
        (False, 'activation_before_loss')
    """
    if isinstance(model, type) or not isinstance(model, Module):
        kind = f"the class {model.__name__}" if isinstance(model, type) else type(model).__name__
        raise TypeError(f"doctor: model must be a Module, got {kind}")
    if isinstance(loss_fn, type):
        name = loss_fn.__name__
        raise TypeError(f"doctor: loss_fn is the class {name}: give an object of it, {name}()")
    if optimizer is None:
        optimizers = []
    else:
        optimizers = [optimizer] if isinstance(optimizer, Optimizer) else list(optimizer)
    for each in optimizers:
        if not hasattr(each, "param_groups"):
            raise TypeError(f"doctor: optimizer must be an Optimizer, got {type(each).__name__}")
    case = Case(model, loss_fn, optimizers)
    if train is not None and valid is not None:
        case.splits = (train, valid)
    examination = None
    if batch is not None:
        with kept(batch):
            one = batch_of(batch)
        examination = Examination(case, one)
        examination.run()
        if overfit:
            examination.overfit()
    return Diagnosis(case, examination, report)
