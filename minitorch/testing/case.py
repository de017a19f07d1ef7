"""What the checks examine: a target at inputs, beside a reference or the right result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.differential.containers import flatten, is_result
from minitorch.engine.box import unboxed
from minitorch.testing.derivatives import Place
from minitorch.testing.report import KEPT, Mismatch
from minitorch.testing.subject import Inputs, Subject, in_precision, labels

SMALL = {2: (1e-2, 1e-2), 4: (1e-4, 1e-5), 8: (1e-7, 1e-8)}  # rtol, atol by bytes of a number


class Skip(Exception):
    """The check does not apply; its text says why."""


class Failure(Exception):
    """The check failed: a line, and the numbers that differ."""

    def __init__(self, message: str, mismatches: Sequence[Mismatch] = ()) -> None:
        super().__init__(message)
        self.mismatches = list(mismatches)


class Case:
    """A target at inputs, beside a reference or the right result."""

    def __init__(
        self,
        subject: Subject,
        inputs: Inputs,
        reference: Subject | None,
        fixed: Any,
        settings: dict[str, Any],
    ) -> None:
        self.subject, self.inputs, self.reference = subject, inputs, reference
        self.fixed, self.settings = fixed, settings
        self.rng = np.random.default_rng(settings["seed"])
        self.unlike: Failure | None = None
        if reference is not None and subject.module is not None and reference.module is not None:
            try:
                _give_parameters(subject, reference)
            except Failure as failure:
                self.unlike = failure

    def needs_reference(self) -> Subject:
        """The reference, if there is one; in evaluation, where it is random in training."""
        if self.reference is None:
            raise Skip("there is no reference to compare with")
        if self.unlike is not None:
            raise self.unlike
        if self.is_random(self.reference):
            modules = [s.module for s in (self.subject, self.reference) if s.module is not None]
            for module in modules:
                module.eval()
            if not modules or self.is_random(self.reference):
                raise Skip("the reference is random")
        return self.reference

    def is_random(self, subject: Subject) -> bool:
        """Whether two calls give different results, if randomness is not begun anew."""
        seed, subject.seed = subject.seed, None
        try:
            first, again = (subject.called(self.inputs) for _ in range(2))
        finally:
            subject.seed = seed
        return any(
            not np.array_equal(a, b, equal_nan=a.dtype.kind in "fc") for a, b in zip(first, again)
        )

    def needs_inputs(self) -> None:
        """Refuse to differentiate by nothing."""
        if not self.inputs.moving:
            raise Skip("no input is of floating point")

    def needs_derivatives(self) -> None:
        """Refuse also where the right result has none; without any, a verdict would be empty."""
        if not self.inputs.moving:
            if self.reference is None and self.fixed is None and not self.subject.parameters():
                raise Failure(
                    "no input is of floating point, so there is nothing to differentiate by; write "
                    "1. for 1, or give a reference to compare values with"
                )
            self.needs_inputs()
        right = self.right()
        if right and not any(y.dtype.kind in "fc" for y in right):
            raise Skip("the right result is not of floating point")

    def right(self) -> list[np.ndarray]:
        """The right results, where they are known."""
        if self.reference is not None:
            return self.reference.called(self.inputs)
        leaves, _ = flatten(self.fixed, is_result)
        return [np.asarray(unboxed(leaf)) for leaf in leaves]

    def precision(self) -> Any:
        """float64 if the target runs in it, else the dtype of its inputs."""
        try:
            self.subject.called(self.inputs, np.float64)
        except Exception:
            return None
        return np.float64

    def place(self, subject: Subject, wrt: Sequence[str] = (), inputs: bool = True) -> Place:
        """A subject as a function of its inputs, or of its parameters, to be differentiated."""
        kind = self.precision()
        f = subject.function(self.inputs, kind, wrt)
        xs = [in_precision(a, kind) for a in self.inputs.arrays]
        weights = [subject.parameters(kind)[name] for name in wrt]
        names = [f"parameter {name}" for name in wrt]
        tolerances = self.settings["rtol"], self.settings["atol"]
        if inputs:
            told = labels(subject.target, self.inputs)
            function = _differentiable(f)
            return Place(function, [*xs, *weights], [*told, *names], self.inputs.face, *tolerances)
        fixed = Place(f, xs, [], self.inputs.face).boxes(xs)
        of_weights = _differentiable(lambda boxes: f([*fixed, *boxes]))
        return Place(of_weights, weights, names, self.inputs.face, *tolerances)

    def tolerances(self, array: np.ndarray) -> tuple[float, float]:
        """rtol and atol of values."""
        rtol, atol = SMALL.get(array.dtype.itemsize // (1 + (array.dtype.kind == "c")), (0, 0))
        if array.dtype.kind not in "fc":
            rtol = atol = 0.0
        given = self.settings["rtol"], self.settings["atol"]
        return (rtol if given[0] is None else given[0], atol if given[1] is None else given[1])

    def differences(
        self, given: Sequence[np.ndarray], expected: Sequence[np.ndarray], what: str = "the result"
    ) -> list[Mismatch]:
        """Where values differ; another number of them, or another shape, fails at once."""
        if len(given) != len(expected):
            plural = "s" if len(expected) != 1 else ""
            raise Failure(f"{what}: expected {len(expected)} array{plural}, given {len(given)}")
        found = []
        for k, (a, b) in enumerate(zip(given, expected)):
            label = what if len(given) == 1 else f"{what}, part {k}"
            if a.shape != b.shape:
                raise Failure(f"{label}: expected shape {b.shape}, given {a.shape}")
            rtol, atol = max(self.tolerances(a), self.tolerances(b))
            limit = np.asarray(atol + rtol * np.abs(b))
            wide = np.result_type(a, b, np.float32) if a.dtype.kind in "fciu" else object
            x, y = a.astype(wide), b.astype(wide)
            fine = x == y
            if a.dtype.kind in "fciu":
                fine = fine | (np.abs(x - y) <= limit) | (np.isnan(x) & np.isnan(y))
            for at in np.argwhere(~fine.astype(bool))[:KEPT]:
                i = tuple(map(int, at))
                found.append(Mismatch(label, i, b[i], a[i], float(limit[i])))
        return found


def _differentiable(f: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """The function with those results alone that have derivatives."""

    def g(boxes: Any) -> list[Any]:
        found = [y for y in f(boxes) if y._value.dtype.kind in "fc"]
        if not found:
            raise Failure("no result is of floating point")
        return found

    return g


def _give_parameters(subject: Subject, reference: Subject) -> None:
    """The target's parameters and buffers for the reference, by name or else in their order."""
    own, its = subject.module.state_dict(), reference.module.state_dict()  # type: ignore[union-attr]
    shapes, wanted = ([tuple(t.shape) for t in s.values()] for s in (own, its))
    if own.keys() == its.keys() and all(own[n].shape == its[n].shape for n in own):
        reference.module.load_state_dict(own)  # type: ignore[union-attr]
    elif shapes == wanted:
        reference.module.load_state_dict(dict(zip(its, own.values())))  # type: ignore[union-attr]
    else:
        raise Failure(
            f"the parameters and buffers have the shapes {shapes}, those of the reference "
            f"{wanted}; to be compared they must be the same, or in the same order"
        )
    reference.module.train(subject.module.training)  # type: ignore[union-attr]
    reference._casts.clear()
