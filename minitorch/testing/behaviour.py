"""The checks that `check` makes: each is a function of a case that passes, fails or is skipped."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minitorch.errors.frames import engines, entries, foreign
from minitorch.faces.tensor import Tensor
from minitorch.testing.case import Case, Failure, Skip
from minitorch.testing.derivatives import Place, derived, like, wrong_gradients, wrong_tangents
from minitorch.testing.report import Mismatch, counted
from minitorch.testing.subject import (
    Subject,
    form_of,
    labels,
    repeatable,
)

MODES = ("reverse", "forward")


# the checks


def runs(case: Case) -> None:
    """It takes the inputs and returns numbers."""
    case.subject.called(case.inputs)


def values(case: Case) -> None:
    """Its results are those of the reference, of a module in training and in evaluation."""
    if case.fixed is not None:
        _same(case.differences(case.subject.called(case.inputs), case.right()))
        return
    reference = case.needs_reference()
    for told in _modes(case.subject, reference):
        if case.is_random(reference):
            continue
        given, expected = (s.called(case.inputs) for s in (case.subject, reference))
        _same(case.differences(given, expected, f"the result{told}"))


def shapes(case: Case) -> None:
    """Its results have the reference's shapes."""
    if case.fixed is None:
        case.needs_reference()
    expected = [y.shape for y in case.right()]
    given = [y.shape for y in case.subject.called(case.inputs)]
    if given != expected:
        raise Failure(f"expected {_listed(expected)}, given {_listed(given)}")
    own = case.subject.form
    wanted = form_of(case.fixed) if case.reference is None else case.reference.form
    if own != wanted:
        raise Failure(f"expected {wanted}, given {own}")


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
    tried, usual = 0, [y.shape for y in reference.called(case.inputs)]
    for told, arrays in _narrowed(case):
        try:
            expected = reference.called(case.inputs, arrays=arrays)
        except Exception:
            continue
        if [y.shape for y in expected] != usual:
            continue  # another number of rows, say: nothing is repeated
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
    case.needs_derivatives()
    _same(wrong_gradients(case.place(case.subject), case.rng))
    return None


def forward(case: Case) -> None:
    """Tangents agree with central differences."""
    _wanted(case, "forward")
    case.needs_derivatives()
    _same(wrong_tangents(case.place(case.subject), case.rng))


def second_order(case: Case) -> None:
    """Derivatives of derivatives agree with central differences, for every mixture of modes."""
    case.needs_derivatives()
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
    case.needs_derivatives()
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
    """eval() and train() reach the whole module; random, and averaging, in training alone."""
    module = case.subject.module
    if module is None:
        raise Skip("it is no module")
    for mode in (False, True):
        module.train() if mode else module.eval()
        for name, part in module.named_modules():
            if part.training is not mode:
                call = "train()" if mode else "eval()"
                raise Failure(f"{call} does not reach {name or 'the module'}")
        random = case.is_random(case.subject)
        if random and not mode:
            raise Failure("in evaluation, two calls give different results")
        if mode and not random and _drops(case):
            raise Failure("in training, dropout drops the same each time, or nothing")
    reference = case.reference
    if reference is None or case.unlike is not None or case.is_random(reference):
        return
    own, its = (_kept(case, subject) for subject in (case.subject, reference))
    for (name, given), expected in zip(own.items(), its.values()):
        told = f"after a call in training, the buffer {name}"
        _same(case.differences([given], [expected], told), f"{told} is not the reference's")


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
    try:
        text = " ".join(str(error).split())
    except Exception:  # of an exception class of the code under test
        text = "(its message can't be shown)"
    if isinstance(error, SystemExit):
        text = f"the code under test ended the program: sys.exit({error.code!r})"
    elif isinstance(error, MemoryError):
        text = f"MemoryError: it needs more memory than there is{f': {text}' if text else ''}"
    else:
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    every = entries(error.__traceback__)
    own = [e for e in every if not engines(e.tb_frame) and not foreign(e.tb_frame)]
    if own:
        (last,) = traceback.extract_tb(own[-1], limit=1)
        if f"{Path(last.filename).name}:{last.lineno}" not in text:
            text += f" ({last.filename}, line {last.lineno}, in {last.name}: {last.line})"
    return text


def _same(found: Sequence[Mismatch], message: str = "") -> None:
    if found and all(m.expected != m.expected and m.given != m.given for m in found):
        raise Failure(f"{found[0].what} is nan, and so are finite differences")
    if found:
        raise Failure(message or counted(found), found)


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
        if [y.shape for y in own.value(xs)] != [seed.shape for seed in seeds]:
            raise Failure(f"{told}the results have other shapes than the reference's")
        grads = own.pull(seeds)
    except Failure:
        raise
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


def _kept(case: Case, subject: Subject) -> dict[str, np.ndarray]:
    """What a module's buffers hold after a call in training, such as running means."""
    if subject.module is None:
        return {}
    twin = copy.deepcopy(subject.module).train()
    boxes = Place(None, [], [], case.inputs.face).boxes(case.inputs.arrays)  # type: ignore[arg-type]
    args, keywords = case.inputs.filled(boxes)
    with repeatable(case.settings["seed"]):
        twin(*args, **keywords)
    return {name: np.asarray(buffer._value) for name, buffer in twin.named_buffers()}


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
