"""The checks that `check` makes, each a function of a case that passes, fails or is skipped."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minitorch.differential.containers import flatten, is_result
from minitorch.engine.box import unboxed
from minitorch.faces.tensor import Tensor
from minitorch.testing.derivatives import Place, derived, like, wrong_gradients, wrong_tangents
from minitorch.testing.report import Mismatch
from minitorch.testing.subject import Inputs, Subject, in_precision, labels

_OWN = __file__.rsplit("testing", 1)[0]
MODES = ("reverse", "forward")
KEPT = 10  # differences that are reported of one array
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
            raise Failure(f"{what}: expected {len(expected)} arrays, given {len(given)}")
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


# the checks


def runs(case: Case) -> None:
    """It takes the inputs and returns numbers."""
    case.subject.called(case.inputs)


def values(case: Case) -> None:
    """Its results are those of the reference, of a module in training and in evaluation."""
    if case.fixed is not None:
        leaves, _ = flatten(case.fixed, is_result)
        expected = [np.asarray(unboxed(leaf)) for leaf in leaves]
        _same(case.differences(case.subject.called(case.inputs), expected))
        return
    reference = case.needs_reference()
    for told in _modes(case.subject, reference):
        if case.is_random(reference):
            continue
        given, expected = (s.called(case.inputs) for s in (case.subject, reference))
        _same(case.differences(given, expected, f"the result{told}"))


def shapes(case: Case) -> None:
    """Its results have the reference's shapes."""
    if case.fixed is not None:
        leaves, _ = flatten(case.fixed, is_result)
        expected = [np.shape(unboxed(leaf)) for leaf in leaves]
    else:
        expected = [y.shape for y in case.needs_reference().called(case.inputs)]
    given = [y.shape for y in case.subject.called(case.inputs)]
    if given != expected:
        raise Failure(f"expected {_listed(expected)}, given {_listed(given)}")


def dtypes(case: Case) -> None:
    """It gives float32 for float32 and float64 for float64, or what the reference gives."""
    case.needs_inputs()
    for kind in (np.float32, np.float64):
        name = np.dtype(kind).name
        try:
            given = case.subject.called(case.inputs, kind)
        except Exception as error:
            raise _failed(f"with {name}", error) from error
        if case.reference is not None:
            expected = [y.dtype for y in case.reference.called(case.inputs, kind)]
        else:
            expected = [np.dtype(kind) if y.dtype.kind == "f" else y.dtype for y in given]
        if [y.dtype for y in given] != expected:
            got = _listed([y.dtype for y in given])
            raise Failure(f"with {name} inputs: expected {_listed(expected)}, given {got}")


def inputs_unchanged(case: Case) -> None:
    """It writes to none of its inputs and parameters."""
    face = case.inputs.face
    given = [a.copy() for a in case.inputs.arrays]
    passed: list[Any] = Place(None, [], [], face).boxes(given) if face is Tensor else given  # type: ignore[arg-type]
    weights = {name: w.copy() for name, w in case.subject.parameters().items()}
    case.subject.function(case.inputs)(passed)
    told = labels(case.subject.target, case.inputs)
    for label, now, was in zip(told, given, case.inputs.arrays, strict=True):
        _same(case.differences([now], [was], f"{label} after the call"), f"it changes {label}")
    for name, now in case.subject.parameters().items():
        found = case.differences([now], [weights[name]], f"parameter {name} after the call")
        _same(found, f"the call changes parameter {name}")


def deterministic(case: Case) -> None:
    """Two calls give the same, of a module in evaluation; randomness is not begun anew."""
    for subject in (case.reference, case.subject):
        if subject is None:
            continue
        if subject.module is not None:
            subject.module.eval()
        if case.is_random(subject):
            if subject is case.reference:
                raise Skip("the reference is random, too")
            raise Failure("two calls give different results")


def noncontiguous(case: Case) -> None:
    """It gives the same for arrays that do not lie in one piece."""
    case.needs_inputs()
    arrays = case.inputs.arrays
    if not any(a.ndim for a in arrays):
        raise Skip("the inputs are single numbers")
    strided = [_strided(a) for a in arrays]
    face = case.inputs.face
    boxes: list[Any] = Place(None, [], [], face).boxes(strided) if face is Tensor else strided  # type: ignore[arg-type]
    given = [y._value for y in case.subject.function(case.inputs)(boxes)]
    _same(case.differences(given, case.subject.called(case.inputs), "the result"))


def broadcasting(case: Case) -> None:
    """Inputs of shapes that the reference broadcasts give what they give there, gradients too."""
    reference = case.needs_reference()
    if len(case.inputs.moving) < 2:
        raise Skip("it takes one array")
    tried = 0
    for told, arrays in _narrowed(case):
        try:
            expected = reference.called(case.inputs, arrays=arrays)
        except Exception:
            continue
        tried += 1
        given = _called(case, arrays, f"shapes {told}")
        _same(case.differences(given, expected, f"for shapes {told}, the result"))
        try:
            _same(_other_gradients(case, reference, arrays, f"for shapes {told}, "))
        except Skip:  # the reference has none
            continue
    if not tried:
        raise Skip("the reference broadcasts none of its inputs")


def zero_size(case: Case) -> None:
    """Arrays without rows give what they give with the reference."""
    case.needs_inputs()
    reference = case.needs_reference()
    given = case.inputs.arrays
    empty = [a[:0] if a.ndim else a for a in given]
    for arrays in (empty, [*empty[:1], *given[1:]]):  # all of them, or the first alone
        told = " and ".join(str(a.shape) for a in arrays)
        try:
            expected = reference.called(case.inputs, arrays=arrays)
        except Exception:
            continue
        found = _called(case, arrays, f"shapes {told}")
        _same(case.differences(found, expected, f"for shapes {told}, the result"))
        return
    raise Skip("the reference takes no arrays without rows")


def reverse(case: Case) -> str | None:
    """Gradients agree with central differences."""
    _wanted(case, "reverse")
    case.needs_inputs()
    _same(wrong_gradients(case.place(case.subject), case.rng))
    return None


def forward(case: Case) -> None:
    """Tangents agree with central differences."""
    _wanted(case, "forward")
    case.needs_inputs()
    _same(wrong_tangents(case.place(case.subject), case.rng))


def second_order(case: Case) -> None:
    """Derivatives of derivatives agree with central differences, for every mixture of modes."""
    case.needs_inputs()
    modes = _asked(case)
    place = case.place(case.subject)
    for inner in modes:
        once = derived(place, inner, case.rng)
        for outer in modes:
            what = f"{outer} mode of {inner} mode: the derivative"
            wrong = wrong_gradients if outer == "reverse" else wrong_tangents
            _same(wrong(once, case.rng, what))


def gradients(case: Case) -> None:
    """Gradients are the reference's, for the same gradient of the result."""
    reference = case.needs_reference()
    case.needs_inputs()
    _same(_other_gradients(case, reference, case.inputs.arrays))


def parameters(case: Case) -> None:
    """The gradients of a module's parameters agree with central differences."""
    if case.subject.module is None:
        raise Skip("it is no module")
    names = list(case.subject.parameters())
    if not names:
        expected = [] if case.reference is None else list(case.reference.parameters())
        if expected:
            raise Failure(f"it has no parameters; the reference has {', '.join(expected)}")
        raise Skip("the module has no parameters that require grad")
    _same(wrong_gradients(case.place(case.subject, names, inputs=False), case.rng))


def training(case: Case) -> None:
    """eval() and train() reach the whole module, which is random in training alone."""
    module = case.subject.module
    if module is None:
        raise Skip("it is no module")
    for mode in (False, True):
        module.train(mode)
        for name, part in module.named_modules():
            if part.training is not mode:
                call = "train()" if mode else "eval()"
                raise Failure(f"{call} does not reach {name or 'the module'}")
        random = case.is_random(case.subject)
        if random and not mode:
            raise Failure("in evaluation, two calls give different results")
        if mode and not random and _drops(case):
            raise Failure("in training, dropout drops the same each time, or nothing")


CHECKS: dict[str, Callable[[Case], str | None]] = {
    check.__name__: check
    for check in (
        runs, values, shapes, dtypes, inputs_unchanged, deterministic, noncontiguous, broadcasting,
        zero_size, reverse, forward, second_order, gradients, parameters, training,
    )
}  # fmt: skip


# what several of them need


def described(error: BaseException) -> str:
    """An exception in one line, with the user's line that raised it."""
    text = " ".join(str(error).split())
    if isinstance(error, SystemExit):
        text = f"the code under test ended the program: sys.exit({error.code!r})"
    elif isinstance(error, MemoryError):
        text = f"MemoryError: it needs more memory than there is{f': {text}' if text else ''}"
    else:
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    own = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(_OWN)]
    if own and f"{Path(own[-1].filename).name}:{own[-1].lineno}" not in text:
        last = own[-1]
        text += f" ({last.filename}, line {last.lineno}, in {last.name}: {last.line})"
    return text


def _same(found: Sequence[Mismatch], message: str = "") -> None:
    if found:
        count = f"{len(found)} numbers differ" if len(found) > 1 else "a number differs"
        raise Failure(message or count, found)


def _listed(items: Sequence[Any]) -> str:
    return ", ".join(map(str, items))


def _called(case: Case, arrays: Sequence[np.ndarray], what: str) -> list[np.ndarray]:
    try:
        return case.subject.called(case.inputs, arrays=arrays)
    except Exception as error:
        raise _failed(f"for {what}", error) from error


def _failed(what: str, error: Exception) -> Failure:
    return Failure(f"{what}: {described(error)}")


def _other_gradients(
    case: Case, reference: Subject, arrays: Sequence[np.ndarray], told: str = ""
) -> list[Mismatch]:
    """Where the gradients at these arrays are not the reference's."""
    own, its = (case.place(s) for s in (case.subject, reference))
    xs = [a.astype(x.dtype) for a, x in zip(arrays, own.xs, strict=True)]
    own, its = own._replace(xs=xs), its._replace(xs=xs)
    seeds = like(its.value(xs), case.rng)
    try:
        wanted = its.pull(seeds)
    except Exception:
        raise Skip("the reference has no gradient here") from None
    try:
        grads = own.pull(seeds)
    except Exception as error:
        raise _failed(f"{told}the gradient", error) from error
    found = []
    for label, given, expected in zip(own.labels, grads, wanted, strict=True):
        found += case.differences([given], [expected], f"{told}the gradient by {label}")
    return found


def _asked(case: Case) -> tuple[str, ...]:
    """The modes of differentiation that are asked for."""
    given = case.settings["modes"]
    if given is not None:
        return tuple(given)
    return MODES if case.subject.has_forward else MODES[:1]


def _wanted(case: Case, mode: str) -> None:
    if mode not in _asked(case):
        explicit = case.settings["modes"] is not None
        raise Skip("not asked for" if explicit else "the Function has no jvp")


def _modes(*subjects: Subject) -> Iterator[str]:
    """Evaluation and training, for modules; what to call them."""
    modules = [s.module for s in subjects if s.module is not None]
    if not modules:
        yield ""
        return
    before = [m.training for m in modules]
    try:
        for mode, told in ((False, " in evaluation"), (True, " in training")):
            for m in modules:
                m.train(mode)
            yield told
    finally:
        for m, was in zip(modules, before, strict=True):
            m.train(was)


def _strided(a: np.ndarray) -> np.ndarray:
    """The same numbers as every other of a larger array."""
    if not a.ndim:
        return a
    wide = np.repeat(a, 2, axis=-1)
    return wide[..., ::2]


def _narrowed(case: Case) -> Iterator[tuple[str, list[np.ndarray]]]:
    """The arrays with one of them smaller: its first row alone, or with that axis gone."""
    arrays = case.inputs.arrays
    for i, a in enumerate(arrays):
        if not a.ndim or not a.shape[0]:
            continue
        for small in (a[:1], a[0]):
            if small.shape == a.shape:
                continue
            narrowed = [small if j == i else b for j, b in enumerate(arrays)]
            yield " and ".join(str(b.shape) for b in narrowed), narrowed


def _drops(case: Case) -> bool:
    """Whether results in training should differ: a dropout is in it, or the reference's differ."""
    parts = [] if case.subject.module is None else case.subject.module.modules()
    if any("Dropout" in type(part).__name__ and getattr(part, "p", 0) > 0 for part in parts):
        return True
    reference = case.reference
    if reference is None or reference.module is None:
        return False
    reference.module.train()
    return case.is_random(reference)
