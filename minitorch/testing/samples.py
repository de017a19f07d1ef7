"""Arguments to try a primitive on, and the verdict on what takes its place."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.engine.primitive import Constant, Primitive
from minitorch.faces.tensor import Tensor
from minitorch.ops.windows import Window
from minitorch.testing.checks import check
from minitorch.testing.report import Report, merged

# the shapes of the arrays of operations that do not broadcast, or not as sums do
SHAPES: dict[str, list[tuple[tuple[int, ...], ...]]] = {
    "matmul": [((2, 3), (3, 4)), ((2, 2, 3), (3, 2))],
    "dot": [((3,), (3,)), ((2, 3), (3,))],
    "linear": [((4, 3), (2, 3), (2,))],
    "inverse": [((3, 3),)],
    "det": [((3, 3),)],
    "cross": [((2, 3), (2, 3))],
    "convolution": [((1, 2, 4, 5), (2, 2, 3, 3))],
}
# values of settings, by their names: those that suit are found by trying
SETTINGS: dict[str, tuple[Any, ...]] = {
    "axis": ((1,), 1), "axes": ((1,),), "keepdims": (False, True), "n": (2,), "exponent": (3.0,),
    "low": (0.3,), "high": (0.7,), "rate": (0.1,), "offset": (0,), "eps": (1e-5,),
    "correction": (1,), "groups": (1,),
    "window": (
        Window((3, 3), (1, 1), (0, 0), (1, 1)), Window((3, 3), (2, 1), (1, 2), (1, 2)),
    ),
}  # fmt: skip


def samples(op: Primitive) -> list[tuple[Any, ...]]:
    """Arguments that the primitive takes: small arrays of numbers between 0 and 1, settings."""
    rules = {*op.linear, *(i for i, rule in enumerate(op.vjps) if rule is not None)}
    if len(rules) < op.arrays and not isinstance(op, Constant):
        return []  # of indices, labels or masks there are no random ones
    names = op.names[op.arrays :]
    settings = [SETTINGS.get(name, ()) for name in names]
    found = []
    for shapes in _shapes(op):
        for values in product(*settings):
            arguments = (*_arrays(shapes), *values)
            try:
                op.run(*[_bare(a) for a in arguments])
            except (TypeError, ValueError, IndexError, np.linalg.LinAlgError):
                continue
            found.append(arguments)
    return found


def verdict_on(
    op: Primitive,
    mine: Callable[..., Any],
    inputs: tuple[Any, ...],
    options: dict[str, Any],
) -> Report:
    """The check of `mine`, a function of boxes, against a primitive that it can stand for."""
    cases = [tuple(map(_boxed, inputs))] if inputs else samples(op)
    if not cases:
        raise ValueError(
            f"verdict: there are no samples for {op.name}({', '.join(op.names)}); give it "
            "arguments: verdict(*inputs)"
        )

    options = {"skip": ("broadcasting",), **options}  # samples have the shapes that it is given

    def built_in(*args: Any) -> Any:
        return op(*args)

    def own(*args: Any) -> Any:
        return mine(*args)

    built_in.__name__, own.__name__ = f"the built-in {op.name}", f"the replacement of {op.name}"
    kind = inspect.Parameter.POSITIONAL_ONLY
    shown = [inspect.Parameter(name, kind) for name in op.names]
    own.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    return merged([check(own, *case, reference=built_in, **options) for case in cases])


def _shapes(op: Primitive) -> Iterator[tuple[tuple[int, ...], ...]]:
    if op.name in SHAPES:
        yield from SHAPES[op.name]
        return
    yield ((2, 3),) * op.arrays
    if op.broadcasts and op.arrays > 1:
        yield ((2, 3),) + ((3,),) * (op.arrays - 1)


def _arrays(shapes: tuple[tuple[int, ...], ...]) -> list[Any]:
    rng = np.random.default_rng(0)
    return [fresh(Tensor, rng.uniform(0.15, 0.9, shape)) for shape in shapes]


def _boxed(value: Any) -> Any:
    return fresh(Tensor, value) if isinstance(value, np.ndarray) else value


def _bare(value: Any) -> Any:
    return value._value if isinstance(value, Tensor) else value
