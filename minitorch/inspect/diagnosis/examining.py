"""Examining a model on one batch, on a copy, with everything put back."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from minitorch.engine.modes import enable_grad, listen, unlisten
from minitorch.faces.tensor import Tensor
from minitorch.inspect.diagnosis import layers
from minitorch.inspect.diagnosis.births import search
from minitorch.inspect.diagnosis.case import Case, Layer, array_of, first_tensor
from minitorch.inspect.diagnosis.observing import Observer, why_constant
from minitorch.inspect.diagnosis.places import here, told_of
from minitorch.inspect.undisturbed import undisturbed
from minitorch.nn import ReLU, ReLU6
from minitorch.nn.modules.module import Module
from minitorch.optim import Adam
from minitorch.random import default_generator
from minitorch.training.batches import split
from minitorch.training.randomness import Streams
from minitorch.utils.data import DataLoader, Dataset

# Enough for Adam to fit one batch with any model that can learn at all. The user's own optimizer
# may be right and slow; that it is not is told by watching the loop.
OVERFIT_STEPS, OVERFIT_RATE = 100, 0.01


@contextmanager
def kept(*holders: Any) -> Iterator[None]:
    """A block at whose end modules, gradients and all random streams are as before it."""
    modules = [each for each in holders if isinstance(each, Module)]
    streams = Streams((), *holders)
    before = streams.state()
    tensors = [t for m in modules for t in (*m.parameters(), *m.buffers())]
    grads = [(t, t.grad, None if t.grad is None else t.grad._value.copy()) for t in tensors]
    try:
        with undisturbed(*modules), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for tensor, grad, value in grads:
            tensor.grad = grad
            if grad is not None and value is not None:
                grad._value[...] = value
        streams.load(before)


def copies(*things: Any) -> tuple[Any, ...]:
    """Copies that belong together; the things themselves where they cannot be copied."""
    try:
        return copy.deepcopy(things)
    except Exception:  # locks, generators, values of a graph under way …
        return things


def batch_of(given: Any) -> Any:
    """One batch of what was given: itself, or the first of a loader or data set."""
    if isinstance(given, Dataset) and not isinstance(given, DataLoader):
        given = DataLoader(given, batch_size=min(64, len(given)))  # type: ignore[arg-type]
    if isinstance(given, DataLoader):
        return next(iter(given))
    return given


class Examination:
    """The forward and backward pass of one batch, on copies of the model and the loss."""

    def __init__(self, case: Case, batch: Any) -> None:
        self.case = case
        self.inputs, self.named, self.target = _parted(batch, case.loss_fn is not None)

    def run(self) -> None:
        """Fill the case with what one batch shows."""
        with kept(self.case.model, self.case.loss_fn, self.inputs), enable_grad():
            self._observe()
        sound = self.case.error is None and not self.case.constant and self.case.loss_shape == ()
        if sound:
            with kept(self.case.model, self.case.loss_fn, self.inputs), enable_grad():
                self.case.differs = self._difference()

    def overfit(self) -> None:
        """Train a copy on the one batch, and note how its loss falls."""
        case = self.case
        if case.error is not None or case.constant or case.loss_shape != ():
            return
        with kept(case.model, case.loss_fn, self.inputs), enable_grad():
            model, loss_fn = copies(case.model, case.loss_fn)
            if model is case.model or not case.trainable():  # what cannot be copied is not trained
                return
            losses: list[float] = []

            def closure() -> Any:
                model.zero_grad()
                loss = loss_fn(model(*self.inputs, **self.named), self.target)
                loss.backward()
                losses.append(float(loss.detach()))
                return loss

            optimizer = Adam(model.parameters(), lr=OVERFIT_RATE)
            for _ in range(OVERFIT_STEPS):
                optimizer.step(closure)
            case.overfitted = losses[0], float(np.mean(losses[-5:])), OVERFIT_STEPS

    def _observe(self) -> None:
        case = self.case
        model, loss_fn = copies(case.model, case.loss_fn)
        model.zero_grad()
        case.subject = model
        case.adopt(model)
        phase, loss = "forward", None
        try:
            with Observer(case) as observer:
                with relus_heard(case):
                    output = model(*self.inputs, **self.named)
                if case.loss_fn is not None:
                    phase, found = "loss", first_tensor(output)
                    observer.compared(found, self.target, None)
                    loss = loss_fn(output, self.target)
                    if case.first is not None and isinstance(loss, Tensor):
                        case.first.loss = float(loss._value.mean())
                    phase = "backward"
                    case.constant = why_constant(case, loss, [found])
                    if isinstance(loss, Tensor) and not case.constant:
                        case.loss_shape = tuple(loss.shape) if loss.numel() != 1 else ()
                    if not case.constant and case.loss_shape == () and case.trainable():
                        loss.backward()
        except Exception as error:
            case.error = (phase, *told_of(error, case.paths), type(error))
        self._look_for_births(loss)

    def _look_for_births(self, loss: Any) -> None:
        """Run it once more where something is not finite, and find out where that began."""
        case = self.case
        bad = [name for name, norms in case.gradients.items() if not np.isfinite(norms).all()]
        value = None if loss is None else array_of(loss)
        if value is not None and not np.isfinite(value).all():
            case.nonfinite = f"the loss is {value.ravel()[0]}"
        elif bad:
            case.nonfinite = f"the gradient of {bad[-1]} is not finite"
        if case.nonfinite:
            case.birth = birth_in(case, self.inputs, self.named, self.target)

    def _difference(self) -> str:
        """What differs between two runs from one seed, on fresh copies."""
        runs = []
        for _ in range(2):
            model, loss_fn = copies(self.case.model, self.case.loss_fn)
            if model is self.case.model:  # its own state may rightly make a difference
                return ""
            default_generator.manual_seed(0)
            output = model(*self.inputs, **self.named)
            found = first_tensor(output)
            loss = None if loss_fn is None else loss_fn(output, self.target)
            arrays = [array_of(value) for value in (found, loss)]
            runs.append([np.array(a) for a in arrays if a is not None])
        for what, one, other in zip(("output", "loss"), *runs):
            if one.shape != other.shape or not np.array_equal(one, other, equal_nan=True):
                gap = float(np.abs(one - other).max()) if one.shape == other.shape else np.inf
                return f"the {what} of the same batch from the same seed differs by {gap:.3g}"
        return ""


def birth_in(case: Case, args: Any, kwargs: Any, target: Any) -> Any:
    """Where, in a run on copies, the first NaN or inf is born; None if there is none."""
    with kept(case.model, case.loss_fn):
        model, loss_fn = copies(case.model, case.loss_fn)
        model.zero_grad()

        def step() -> Any:
            output = model(*args, **kwargs)
            return output if loss_fn is None or target is None else loss_fn(output, target)

        try:
            birth = search(step)
        except Exception:  # the search is for a better report; without it there is one, too
            return None
        case.adopt(model)
    return birth


def _parted(batch: Any, with_target: bool) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """Inputs and target of a batch; a single tensor is an input without a target."""
    if isinstance(batch, Tensor) or (isinstance(batch, (tuple, list)) and len(batch) == 1):
        only = batch if isinstance(batch, Tensor) else batch[0]
        if with_target:
            raise TypeError(
                "doctor: the batch has no targets for loss_fn: give batch=(inputs, targets)"
            )
        return (only,), {}, None
    if isinstance(batch, Iterator):
        raise TypeError(
            "doctor: the batch is an iterator, which examining would use up: give one batch "
            "(inputs, targets), a list of batches' first, a DataLoader or a Dataset"
        )
    return split(batch)


@contextmanager
def relus_heard(case: Case) -> Iterator[None]:
    """Note the activity of `relu` where it is called as a function, not as a module."""

    def hear(op: Any, boxes: Sequence[Any], params: Sequence[Any], results: Sequence[Any]) -> None:
        place = here() if op.name == "relu" else None
        if place is None or isinstance(place.module, (ReLU, ReLU6)):
            return
        told = place.shown(case.paths)
        layer = case.layers.setdefault(told, Layer(place=told))
        layer.calls += 1
        layers.activity(layer, results[0]._value, case.sequences)

    listen(hear)
    try:
        yield
    finally:
        unlisten(hear)


def run_again(case: Case, args: Any, kwargs: Any) -> None:
    """Run a copy of the model on a batch, for what is seen only while operations are heard."""
    with kept(case.model, args), enable_grad(), suppress(Exception):  # it need not run twice
        (model,) = copies(case.model)
        case.adopt(model)
        with relus_heard(case):
            model(*args, **kwargs)
