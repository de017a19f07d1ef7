"""torch.func: Jacobians and Hessians."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from math import prod
from typing import Any

from minitorch.differential.jacobians import (
    basis_of,
    block_of,
    block_rows,
    chunk_of,
    cut,
    moving_along,
    tangents_of,
)
from minitorch.differential.trace import Directions, Trace
from minitorch.engine.box import Box
from minitorch.engine.forward import Level, split_results
from minitorch.func.calls import (
    Applied,
    Argnums,
    Function,
    auxiliary,
    only_tensors,
    parted,
    with_aux,
)
from minitorch.func.gradients import check_tangent
from minitorch.utils._pytree import tree_unflatten


def jacrev(
    func: Function,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Function:
    """The function that gives the Jacobian of `func`, by backward passes.

    Args:
        func: a function of real tensors and containers of them, that returns such.
        argnums: which argument to differentiate by; of several, there is a tuple of Jacobians.
        has_aux: whether `func` returns `(output, aux)`; then `(jacobian, aux)` is returned.
        chunk_size: how many rows are made at a time; as many as fit in memory by default.

    Returns:
        A function of the same arguments. A Jacobian has the shape of the output followed by that
        of the argument; for containers it is nested, the output's structure outside.

    Raises:
        RuntimeError: an argument or an output is complex, or no tensor of floating point.

    Example:
        >>> torch.func.jacrev(torch.sin)(torch.tensor([0., 1.]))
        tensor([[1.0000, 0.0000],
                [0.0000, 0.5403]])
    """
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func, updated=())
    def matrix(*args: Any, **kwargs: Any) -> Any:
        applied = _applied(func, args, kwargs, argnums, has_aux, "vjp(f, *primals)")
        trace = Trace(applied)  # type: ignore[arg-type]
        spec, aux_spec = applied.rest
        rest = trace.outputs[spec.num_leaves :]
        trace.outputs = trace.outputs[: spec.num_leaves]
        trace.nodes = trace.nodes[: spec.num_leaves]
        _check_real(applied.boxes, trace.outputs, "jacrev")
        blocks = block_rows(trace, chunk_of(trace) if chunk_size is None else chunk_size)
        blocks = [[trace.parted(block) for block in row] for row in blocks]
        built = _built(blocks, spec, applied)
        return (built, parted(trace, rest, aux_spec)) if has_aux else built

    return matrix


def jacfwd(
    func: Function,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Function:
    """The function that gives the Jacobian of `func`, by one forward run for all directions.

    Args:
        randomness: what random functions do in `func`: "error", or "same" or "different" for one
            draw that all directions share.

    The other arguments and the result are those of `jacrev`.

    Example:
        >>> torch.func.jacfwd(torch.sin)(torch.tensor([0., 1.]))
        tensor([[1.0000, 0.0000],
                [0.0000, 0.5403]])
    """

    @functools.wraps(func, updated=())
    def matrix(*args: Any, **kwargs: Any) -> Any:
        applied = _applied(func, args, kwargs, argnums, has_aux, "jvp(f, primals, tangents)", True)
        inputs = applied.boxes
        shapes = [x._value.shape for x in inputs]
        total = sum(map(prod, shapes))
        with Level() as level, Directions(total, randomness) as batch:
            basis = basis_of(shapes, [x._value.dtype for x in inputs], 0, total)
            moving = [
                x if e is None else moving_along(x, e, level, batch)
                for x, e in zip(inputs, basis, strict=True)
            ]
            outputs, _ = applied.results(applied.run(moving))
            pairs = split_results(outputs, level.number)
        spec, aux_spec = applied.rest
        count = spec.num_leaves
        _check_real(inputs, [y for y, _ in pairs[:count]], "jacfwd")
        blocks = []
        for y, t in pairs[:count]:
            columns = cut(tangents_of(y, t, batch), shapes)
            blocks.append([block_of(c, x, y) for (c, _), x in zip(columns, inputs, strict=True)])
        built = _built(blocks, spec, applied)
        return (
            (built, tree_unflatten([y for y, _ in pairs[count:]], aux_spec)) if has_aux else built
        )

    return matrix


def hessian(func: Function, argnums: Argnums = 0) -> Function:
    """The function that gives the Hessian of `func`: forward over reverse mode.

    Example:
        >>> torch.func.hessian(lambda x: x[0] ** 2 * x[1])(torch.tensor([1., 2.]))
        tensor([[4., 2.],
                [2., 0.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


def _applied(
    func: Function,
    args: Any,
    kwargs: dict[str, Any],
    argnums: Argnums,
    has_aux: bool,
    what: str,
    forward: bool = False,
) -> Applied:
    """The call, which keeps the structure of the output and of what comes beside it."""

    def check(result: Any) -> tuple[list[Any], Any]:
        aux: list[Any] = []
        aux_spec = None
        if has_aux:
            result, beside = with_aux(result, what)
            aux, aux_spec = auxiliary(beside)
        leaves, spec = only_tensors(result, what)
        return [*leaves, *aux], (spec, aux_spec)

    return Applied(func, args, kwargs, argnums, check, check_tangent if forward else None)


def _check_real(inputs: Sequence[Any], outputs: Sequence[Any], what: str) -> None:
    for name, boxes in (("inputs", inputs), ("outputs", outputs)):
        for i, box in enumerate(boxes):
            if box._value.dtype.kind == "c":
                raise RuntimeError(
                    f"{what}: Expected all {name} to be real but received complex tensor at "
                    f"flattened input idx: {i}"
                )


def _built(blocks: Sequence[Sequence[Box]], spec: Any, applied: Applied) -> Any:
    """The Jacobian: the structure of the arguments in that of the output."""
    return tree_unflatten([tree_unflatten(list(row), applied.spec) for row in blocks], spec)
