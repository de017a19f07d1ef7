"""The diagnosis: what `doctor` gives, and what watches a loop when it is entered."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

from minitorch.inspect.diagnosis.case import Case
from minitorch.inspect.diagnosis.causes import ordered
from minitorch.inspect.diagnosis.examining import Examination, birth_in, kept, run_again
from minitorch.inspect.diagnosis.findings import (
    ERROR,
    NOTE,
    WARNING,
    Finding,
    as_dict,
    html_of,
    text_of,
)
from minitorch.inspect.diagnosis.observing import Observer
from minitorch.inspect.diagnosis.places import told_of
from minitorch.inspect.diagnosis.registry import findings_of


class Diagnosis:
    """What the doctor says of a model: a list of findings, shown as one line each.

    As a context manager it watches the training loop in its block, and prints what it found at
    the end, on the way out of an error too.

    Attributes:
        findings: the `Finding`s, errors first, but causes before their consequences.
        ok: whether there is no error and no warning; notes may be there.
    """

    def __init__(self, case: Case, examination: Examination | None, report: bool) -> None:
        self.case, self.report = case, report
        self.label = ""  # what tells it from others, where there are several
        self.before: list[Finding] = []
        self._findings: list[Finding] | None = None
        self._observer: Observer | None = None
        if examination is not None:
            self.before = self._found(case)
            self._findings = ordered(self.before)

    @staticmethod
    def _found(case: Case) -> list[Finding]:
        with kept(case.model, case.loss_fn):
            return findings_of(case)

    @property
    def findings(self) -> list[Finding]:
        """What was found; within the block, so far."""
        if self._findings is not None:
            return self._findings
        return ordered([*self.before, *self._found(self.case)])

    @property
    def ok(self) -> bool:
        """Whether nothing but notes was found."""
        return not (self.errors or self.warnings)

    @property
    def errors(self) -> list[Finding]:
        """The findings that keep the training from working."""
        return [each for each in self.findings if each.severity == ERROR]

    @property
    def warnings(self) -> list[Finding]:
        """The findings that make it work badly."""
        return [each for each in self.findings if each.severity == WARNING]

    @property
    def notes(self) -> list[Finding]:
        """The findings that are worth knowing."""
        return [each for each in self.findings if each.severity == NOTE]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __bool__(self) -> bool:
        return True  # a diagnosis without findings is one

    def __contains__(self, name: object) -> bool:
        return any(each.name == name for each in self.findings)

    def __getitem__(self, name: str) -> Finding:
        """The first finding of that name."""
        for each in self.findings:
            if each.name == name:
                return each
        raise KeyError(f"no finding {name!r}; found: {', '.join(f.name for f in self.findings)}")

    # -- shown ----------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """Of whom it is."""
        told = f" ({self.label})" if self.label else ""
        return f"doctor: {type(self.case.model).__name__}{told}"

    @property
    def text(self) -> str:
        """A line for each finding."""
        return text_of(self.title, self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The same as data for JSON."""
        return as_dict(self.title, self.findings)

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_of(self.title, self.findings)

    # -- watching a loop ------------------------------------------------------------------------

    def __enter__(self) -> Diagnosis:
        given = self.case
        self.case = Case(given.model, given.loss_fn, list(given.optimizers), watched=True)
        self.case.splits = None if self.before else given.splits
        self._findings = None
        self._observer = Observer(self.case, _search)
        self._observer.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        observer, case = self._observer, self.case
        if observer is None:
            return
        call = observer.call
        observer.__exit__(kind, error, trace)
        self._observer = None
        if isinstance(error, Exception):
            case.error = ("loop", *told_of(error, case.paths), type(error))
        elif error is None and case.forwards and not case.nonfinite:
            run_again(case, *call)
        found = self._found(case)
        names = {each.name for each in found}
        # what the loop showed is better evidence than one batch before it
        earlier = [each for each in self.before if each.name not in names]
        self._findings = ordered([*earlier, *found])
        if self.report:
            print(self.text)


def _search(observer: Observer) -> None:
    """Find out where the NaN was born that has just been seen."""
    case, (args, kwargs) = observer.case, observer.call
    target = None if observer.pair is None else observer.pair[1]
    case.birth = birth_in(case, args, kwargs, target)
