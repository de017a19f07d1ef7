"""Sample inputs: what a line of `tests/cases` is made of.

A domain says which numbers make sense (`positive`, `whole`, …); calling it with sizes gives a
draw of that shape. `op` and `elementwise` state the test of a primitive in a line.
"""

from __future__ import annotations

import importlib
import pkgutil
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import minitorch.ops
from minitorch.engine.primitive import Primitive, Variadic, registry

Shape = tuple[int, ...]

for found in pkgutil.iter_modules(minitorch.ops.__path__, "minitorch.ops."):
    importlib.import_module(found.name)  # some families are imported only where they are used


@dataclass(frozen=True)
class Domain:
    """Numbers that an operation takes: `draw(rng, shape)` gives some."""

    draw: Callable[[np.random.Generator, Shape], np.ndarray]

    def __call__(self, *shape: int) -> Sample:
        return Sample(self, shape)


@dataclass(frozen=True)
class Sample:
    """An array of a domain, still to be drawn."""

    domain: Domain
    shape: Shape


def between(low: float, high: float) -> Domain:
    return Domain(lambda rng, shape: rng.uniform(low, high, shape))


def below(high: int) -> Domain:
    """Indices."""
    return Domain(lambda rng, shape: rng.integers(0, high, shape))


def among(*values: Any) -> Domain:
    return Domain(lambda rng, shape: rng.choice(np.array(values), shape))


# of either sign, away from 0, where many functions have a kink, and from other whole numbers
real = Domain(
    lambda rng, shape: (
        (rng.integers(0, 3, shape) + rng.uniform(0.1, 0.9, shape)) * rng.choice([-1.0, 1.0], shape)
    )
)
# off the axes, where the branch cuts are, and away from their ends
complex_ = Domain(
    lambda rng, shape: (
        rng.uniform(0.2, 1.3, shape) * rng.choice([-1.0, 1.0], shape)
        + 1j * rng.uniform(0.2, 1.3, shape) * rng.choice([-1.0, 1.0], shape)
    )
)
positive, unit, above_one = between(0.2, 2.5), between(-0.9, 0.9), between(1.1, 3.0)
small, large = between(-0.8, 0.8), among(-1000.0, -90.0, -30.0, 30.0, 90.0, 1000.0)
truth, whole, natural = among(False, True), Domain(lambda r, s: r.integers(-6, 7, s)), below(6)
steps = among(-2.0, -1.0, 0.0, 1.0)  # with ties and zeros
odd = among(0.0, -0.0, 1.5, -1.5, np.nan, np.inf, -np.inf)

UNARY: list[tuple[Shape, ...]] = [((3, 4),), ((),), ((0, 3),), ((1, 1),)]
BINARY: list[tuple[Shape, ...]] = [
    ((3, 4), (3, 4)), ((3, 1), (4,)), ((), (2, 3)), ((2, 3), ()), ((), ()), ((1,), (1, 1)),
    ((2, 1, 3), (4, 1)), ((0, 3), (1,)), ((1, 3), (0, 3)),
]  # fmt: skip
TERNARY: list[tuple[Shape, ...]] = [
    ((3, 4), (3, 4), (3, 4)), ((3, 1), (4,), ()), ((), (2, 1), (1, 3)), ((), (), ()),
    ((0, 3), (3,), (1, 1)),
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One set of sample inputs of one primitive, and what it should give there.

    `numpy` is called with the arrays and settings; so is `torch`, a function or the name of one
    in `torch`, None where PyTorch has no counterpart. `wrt` names the arguments in which the
    sample is differentiable, where not all floating-point ones are; `half` tells whether float16
    is taken, which NumPy's linear algebra refuses.
    """

    name: str
    samples: tuple[Sample, ...]
    params: tuple[Any, ...]
    numpy: Callable[..., Any]
    torch: Callable[..., Any] | str | None
    only: tuple[int, ...] | None
    half: bool
    number: int

    @property
    def op(self) -> Primitive:
        return registry[self.name]

    def draw(self, seed: int = 0) -> list[np.ndarray]:
        """The arrays, in double precision; another seed, other numbers."""
        rng = np.random.default_rng([seed, self.number, zlib.crc32(self.name.encode())])
        return [np.asarray(s.domain.draw(rng, s.shape)) for s in self.samples]

    @property
    def wrt(self) -> tuple[int, ...]:
        """The arguments to differentiate in."""
        arrays, op = self.draw(), self.op
        floats = [i for i, array in enumerate(arrays) if array.dtype.kind in "fc"]
        if isinstance(op, Variadic):
            return tuple(floats)
        found = [i for i in floats if has_rule(op, i)]
        return tuple(found if self.only is None else [i for i in found if i in self.only])

    def __str__(self) -> str:
        shapes = ",".join("x".join(map(str, s.shape)) or "0d" for s in self.samples)
        params = ",".join(_short(p) for p in self.params)
        return f"{self.name}({shapes}{';' * bool(params)}{params})#{self.number}"


def has_rule(op: Primitive, i: int) -> bool:
    """Whether the operation has a derivative with respect to an argument."""
    rule = op.vjps[i] if i < len(op.vjps) else None
    return rule is not None and not hasattr(getattr(rule, "function", rule), "refuses")


def _short(value: Any) -> str:
    text = str(value) if not callable(value) else getattr(value, "__name__", "f")
    text = text.replace("slice", "").replace("None", "-").replace("array", "")
    return "".join(text.split())[:24]


CASES: dict[str, list[Case]] = {}


def op(
    name: str,
    *samples: Sample,
    params: Sequence[tuple[Any, ...]] | tuple[Any, ...] = (),
    numpy: Callable[..., Any] | None = None,
    torch: Callable[..., Any] | str | None = "",
    wrt: tuple[int, ...] | None = None,
    half: bool = True,
) -> None:
    """State the test of a primitive at some arrays; `params` are settings, or a list of such.

    `numpy` may be left out where the primitive is a NumPy function; `torch` is the function of
    the same name by default.
    """
    numpy = numpy or registry[name].run
    torch = name if torch == "" else torch
    cases = CASES.setdefault(name, [])
    for settings in params if isinstance(params, list) else [params]:
        cases.append(Case(name, samples, settings, numpy, torch, wrt, half, len(cases)))


def elementwise(name: str, *domains: Domain, **more: Any) -> None:
    """State the test of an elementwise primitive, at all ways of broadcasting."""
    for shapes in (UNARY, BINARY, TERNARY)[len(domains) - 1]:
        op(name, *(d(*shape) for d, shape in zip(domains, shapes, strict=True)), **more)
