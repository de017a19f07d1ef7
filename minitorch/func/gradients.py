"""torch.func: gradients and products with Jacobians."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch.differential.trace import Trace
from minitorch.engine import observing
from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.engine.forward import Level, split_results, with_tangent
from minitorch.faces import dtypes
from minitorch.faces.descriptors import Size
from minitorch.faces.operands import to_dtype
from minitorch.faces.tensor import Tensor
from minitorch.func.calls import (
    Applied,
    Argnums,
    Function,
    auxiliary,
    only_tensors,
    parted,
    with_aux,
)
from minitorch.utils._pytree import tree_flatten, tree_unflatten


def grad(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The function that gives the gradient of `func`, which must return a scalar tensor.

    Args:
        func: a function of tensors and containers of them.
        argnums: which argument to differentiate by; of several, the gradients come as a tuple.
        has_aux: whether `func` returns `(output, aux)`; then `(gradient, aux)` is returned.

    Raises:
        RuntimeError: the output is no scalar tensor, or an argument is of integers.
        ValueError: there is something else than tensors in an argument to differentiate by.

    Example:
        >>> from minitorch.func import grad, vmap
        >>> grad(torch.sin)(torch.tensor(0.))
        tensor(1.)
        >>> grad(grad(torch.sin))(torch.tensor(0.))
        tensor(-0.)
        >>> vmap(grad(lambda x: x ** 3))(torch.tensor([1., 2.]))
        tensor([ 3., 12.])
    """

    @functools.wraps(func, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        slopes, (_, aux) = _pulled(func, argnums, has_aux, args, kwargs)
        return (slopes, aux) if has_aux else slopes

    return gradient


def grad_and_value(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The function that gives the gradient of `func` and its value, as a pair; see `grad`.

    With `has_aux` the pair is `(gradient, (value, aux))`.

    Example:
        >>> torch.func.grad_and_value(lambda x: x ** 2)(torch.tensor(3.))
        (tensor(6.), tensor(9.))
    """

    @functools.wraps(func, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        slopes, (value, aux) = _pulled(func, argnums, has_aux, args, kwargs)
        return slopes, ((value, aux) if has_aux else value)

    return gradient


def _pulled(
    func: Function, argnums: Argnums, has_aux: bool, args: Any, kwargs: dict[str, Any]
) -> tuple[Any, tuple[Any, Any]]:
    """The gradients, and the value with what comes beside it."""

    def check(result: Any) -> tuple[list[Any], Any]:
        aux: list[Any] = []
        spec = None
        if has_aux:
            result, beside = with_aux(result, "grad_and_value(f)(*args)")
            aux, spec = auxiliary(beside)
        _check_scalar(result)
        return [result, *aux], spec

    applied = Applied(func, args, kwargs, argnums, check)
    trace = Trace(applied)  # type: ignore[arg-type]
    y, *rest = trace.outputs
    one = fresh(Tensor, np.ones((), y._value.dtype))
    gs = trace.sweep([one] + [None] * len(rest))
    aux = parted(trace, rest, applied.rest) if has_aux else None
    return _gradients(trace, gs), (trace.parted(y), aux)


def _check_scalar(y: Any) -> None:
    what = "grad_and_value(f)(*args)"
    if not isinstance(y, Tensor):
        raise RuntimeError(f"{what}: Expected f(*args) to return a Tensor, got {type(y)}")
    if y._value.ndim:
        raise RuntimeError(
            f"{what}: Expected f(*args) to return a scalar Tensor, got tensor with "
            f"{y._value.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
        )
    if y._value.dtype.kind == "c":
        raise RuntimeError(
            f"grad can be implicitly created only for real scalar outputs but got {y.dtype!r}"
        )


def _gradients(trace: Trace, gs: Sequence[Box | None]) -> Any:
    """What arrived at the inputs, in the structure of the arguments; zeros where nothing did."""
    applied: Any = trace.call
    found = [
        fresh(Tensor, np.zeros(x._value.shape, x._value.dtype))
        if g is None
        else trace.parted(observing.turned(trace.outside(g), Tensor))
        for g, x in zip(gs, applied.boxes, strict=True)
    ]
    return tree_unflatten(found, applied.spec)


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """The value of `func` and the function that carries a gradient of it back to the arguments.

    Args:
        func: a function of tensors and containers of them, that returns such.
        primals: its arguments.
        has_aux: whether `func` returns `(output, aux)`.

    Returns:
        `(output, vjp_fn)`, with `aux` as a third part if there is one. `vjp_fn(cotangents)` gives
        a tuple with a gradient for each argument; it may be called again.

    Raises:
        RuntimeError: `func` returned something else than tensors; the cotangents have another
            structure or shape than the output.

    Example:
        >>> y, pull = torch.func.vjp(torch.sin, torch.tensor([0., 1.]))
        >>> pull(torch.ones(2))
        (tensor([1.0000, 0.5403]),)
    """
    output, pull, aux = pulling(func, primals, has_aux, tuple(range(len(primals))))
    return (output, pull, aux) if has_aux else (output, pull)


def pulling(func: Function, primals: Any, has_aux: bool, argnums: Any) -> tuple[Any, Function, Any]:
    """The value, the function that carries gradients back, and what comes beside the value."""
    what = "vjp(f, *primals)"

    def check(result: Any) -> tuple[list[Any], Any]:
        aux: list[Any] = []
        aux_spec = None
        if has_aux:
            result, beside = with_aux(result, what)
            aux, aux_spec = auxiliary(beside)
        leaves, spec = only_tensors(result, what)
        return [*leaves, *aux], (spec, aux_spec)

    applied = Applied(func, primals, {}, argnums, check)
    trace = Trace(applied)  # type: ignore[arg-type]
    spec, aux_spec = applied.rest
    count = spec.num_leaves
    outputs, rest = trace.outputs[:count], trace.outputs[count:]

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool = True) -> Any:
        gs = _cotangents(cotangents, spec, outputs)
        return _gradients(trace, trace.sweep([*gs, *[None] * len(rest)], keep=True))

    aux = parted(trace, rest, aux_spec) if has_aux else None
    return parted(trace, outputs, spec), pull, aux


def _cotangents(given: Any, spec: Any, outputs: Sequence[Any]) -> list[Box]:
    leaves, own = tree_flatten(given)
    if own != spec:
        raise RuntimeError(
            "Expected pytree structure of cotangents to be the same as pytree structure of outputs "
            f"to the function. cotangents: {own}, primal output: {spec}"
        )
    gs = []
    for i, (g, y) in enumerate(zip(leaves, outputs, strict=True)):
        if not isinstance(g, Tensor):
            raise TypeError(f"vjp_fn: expected cotangents to be Tensors, got {type(g)}")
        if tuple(g._value.shape) != tuple(y._value.shape):
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has "
                f"a shape of {Size(y._value.shape)}."
            )
        if "c" in (g._value.dtype.kind, y._value.dtype.kind) and g._value.dtype != y._value.dtype:
            raise RuntimeError(
                "For complex Tensors, both grad_output and output are required to have the same "
                f"dtype. Mismatch in dtype: grad_output[{i}] has a dtype of {g.dtype!r} and "
                f"output[{i}] has a dtype of {y.dtype!r}."
            )
        gs.append(to_dtype(observing.turned(g, Tensor), y._value.dtype))
    return gs


def linearize(func: Function, *primals: Any) -> tuple[Any, Function]:
    """The value of `func`, and its derivative there as a linear function of tangents.

    `func` runs once, however often the derivative is applied.

    Example:
        >>> y, push = torch.func.linearize(lambda x: x ** 2, torch.tensor([1., 2.]))
        >>> push(torch.tensor([1., 10.]))
        tensor([ 2., 40.])
    """
    output, pull = vjp(func, *primals)
    leaves, spec = tree_flatten(output)
    zeros = tree_unflatten(
        [fresh(Tensor, np.zeros(y._value.shape, y._value.dtype)) for y in leaves], spec
    )
    _, push = vjp(pull, zeros)  # transposed twice, a linear function is itself again
    boxes, structure = tree_flatten(primals)

    def jvp_fn(*tangents: Any) -> Any:
        given, own = tree_flatten(tangents)
        if own != structure:
            raise RuntimeError(
                f"Expected the tangents {own} to have the same structure as the primals {structure}"
            )
        for i, (t, x) in enumerate(zip(given, boxes, strict=True)):
            if t._value.shape != x._value.shape:
                raise RuntimeError(
                    f"tangent:{i} with shape {t.shape} in flattened pytree doesn't match the shape "
                    f"{x.shape} of the corresponding primal."
                )
        return push(tangents)[0]

    return output, jvp_fn


def jvp(
    func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> Any:
    """The value of `func` and its derivative along `tangents`, in forward mode.

    Args:
        func: a function of tensors and containers of them, that returns such.
        primals: the tuple of its arguments.
        tangents: their tangents, of the same structure and shapes.
        strict: whether an output that does not depend on the arguments is an error.
        has_aux: whether `func` returns `(output, aux)`; `aux` is then a third part of the result.

    Raises:
        RuntimeError: structures or shapes differ; the result holds something else than tensors.

    Example:
        >>> torch.func.jvp(torch.sin, (torch.tensor(0.),), (torch.tensor(2.),))
        (tensor(0.), tensor(2.))
    """
    boxes, spec = _checked(primals, tangents)
    with Level() as level:
        moving = [
            with_tangent(identity.unary(x), to_dtype(t, x._value.dtype), level.number)
            for x, t in zip(boxes, tree_flatten(tangents)[0], strict=True)
        ]
        result, aux = func(*tree_unflatten(moving, spec)), None
        if has_aux:
            result, aux = with_aux(result, "jvp(f, primals, tangents)")
            aux_leaves, aux_spec = auxiliary(aux)
        leaves, out_spec = only_tensors(result, "jvp(f, primals, tangents)")
        pairs = split_results(leaves, level.number)
        if has_aux:
            aux = tree_unflatten([x for x, _ in split_results(aux_leaves, level.number)], aux_spec)
    if strict and any(t is None for _, t in pairs):
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. "
            "This is not allowed with strict=True."
        )
    value = tree_unflatten([y for y, _ in pairs], out_spec)
    moved = tree_unflatten([zeros_like(y) if t is None else t for y, t in pairs], out_spec)
    return (value, moved, aux) if has_aux else (value, moved)


def zeros_like(y: Box) -> Box:
    """Untracked zeros of the same shape and dtype."""
    return fresh(Tensor, np.zeros(y._value.shape, y._value.dtype))


def _checked(primals: Any, tangents: Any) -> tuple[list[Any], Any]:
    """The leaves of primals and their structure, if the tangents fit them."""
    what = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(
            f"{what}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    (boxes, spec), (given, own) = tree_flatten(primals), tree_flatten(tangents)
    if own != spec:
        raise RuntimeError(
            f"{what}: Expected primals and tangents to have the same python structure. For "
            "example, if primals is a tuple of 3 tensors, tangents also must be. Got primals with "
            f"structure {spec} and tangents with structure {own}"
        )
    if not boxes:
        raise RuntimeError(f"{what}: Expected primals to contain at least one Tensor.")
    for name, leaves in (("primals", boxes), ("tangents", given)):
        for leaf in leaves:
            if not isinstance(leaf, Tensor):
                raise RuntimeError(
                    f"{what}: Expected {name} to only contain Tensors, got {type(leaf)}"
                )
    for x, t in zip(boxes, given, strict=True):
        check_tangent(x, t)
    return boxes, spec


def check_tangent(x: Any, t: Any) -> None:
    """Refuse a tangent that is none of `x`."""
    if x._value.dtype.kind not in "fcV":
        raise ValueError(
            "Expected primal to be floating point or complex, but got: "
            f"{dtypes.of(x._value.dtype)!r}"
        )
    if t._value.dtype.kind not in "fcV":
        raise ValueError(
            "Expected tangent to be floating point or complex, but got: "
            f"{dtypes.of(t._value.dtype)!r}"
        )
    if tuple(t._value.shape) != tuple(x._value.shape):
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original "
            f"Tensor, this is not supported. Tensor is of size {list(x._value.shape)} while the "
            f"given forward gradient is of size {list(t._value.shape)}."
        )
