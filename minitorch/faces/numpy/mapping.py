"""Functions of vectors, parts and elements, applied all over an array."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces.numpy.indexing import assign, boxes_in, nested, slices
from minitorch.faces.numpy.operands import axis_index, boxed, constant, face_among, joined
from minitorch.faces.numpy.shaping import expand_dims, moveaxis, sizes_of
from minitorch.faces.operands import is_number, to_dtype
from minitorch.ops import index as indexing
from minitorch.ops import shape as ops

Function = Callable[..., Any]


def apply_along_axis(func1d: Function, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """`numpy.apply_along_axis`: a function of vectors, of each one along an axis."""
    x = boxed(arr)
    axis = axis_index(axis, x._value.ndim)
    moved = moveaxis(x, axis, -1)
    *lead, n = moved._value.shape
    if 0 in lead:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    rows = ops.unbind.unary(ops.reshape.unary(moved, (-1, n)), 0)
    results = [boxed(func1d(row, *args, **kwargs), x.face) for row in rows]
    y = ops.stack(joined(*results, keeps=False), 0)
    own = tuple(y._value.shape[1:])
    y = ops.reshape.unary(y, (*lead, *own))
    back = range(len(lead), len(lead) + len(own))
    return moveaxis(y, tuple(back), tuple(range(axis, axis + len(own))))


def apply_over_axes(func: Function, a: Any, axes: Any) -> Any:
    """`numpy.apply_over_axes`: `func(a, axis)` for one axis after the other."""
    x = boxed(a)
    rank = x._value.ndim
    for axis in sizes_of(axes):
        at = axis_index(axis, rank)
        y = func(x, at)
        x = expand_dims(y, at) if y._value.ndim == rank - 1 else y
        if x._value.ndim != rank:
            raise ValueError(
                "function is not returning an array of the correct shape: expected "
                f"{rank} axes, or one fewer, got {y._value.ndim}"
            )
    return x


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """`numpy.piecewise`: a function (or a value) for each condition, at the elements it is true."""
    face = face_among(*boxes_in([x, condlist, list(funclist)]))
    y = boxed(x, face)
    given = np.asarray(condlist._value) if isinstance(condlist, Box) else condlist
    if is_number(given) or not (isinstance(given[0], (list, np.ndarray, Box)) or not y._value.ndim):
        given = [given]
    masks = [np.asarray(constant(mask, "np.piecewise: a condition"), bool) for mask in given]
    if len(funclist) == len(masks) + 1:
        masks.append(~np.any(masks, axis=0))
    elif len(funclist) != len(masks):
        raise ValueError(
            f"with {len(masks)} condition(s), either {len(masks)} or {len(masks) + 1} functions "
            "are expected"
        )
    out = fresh(face, np.zeros(y._value.shape, y._value.dtype))
    for mask, function in zip(masks, funclist, strict=True):
        if callable(function):
            if not mask.any():
                continue
            function = function(indexing.take.unary(y, (mask,)), *args, **kw)
        assign(out, mask, function)
    return out


class vectorize(np.vectorize):
    """`numpy.vectorize`, through which traced values pass: a function called element by element.

    Example:
        >>> import minitorch.numpy as mnp
        >>> larger = mnp.vectorize(lambda a, b: a * a if a > b else b)
        >>> minitorch.grad(lambda x: larger(x, 2.0).sum())(np.array([1.0, 3.0]))
        array([0., 6.])
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
        found = boxes_in(list(given.values()))
        if not found:
            return super().__call__(*args, **kwargs)
        fixed = self.excluded or ()  # type: ignore[attr-defined]
        keys = [key for key in given if key not in fixed]
        face = face_among(*found)
        arrays = [boxed(nested(given[key]), face) for key in keys]
        ranks = self._ranks(len(arrays))
        cuts = [x._value.ndim - rank for x, rank in zip(arrays, ranks, strict=True)]
        loop = np.broadcast_shapes(
            *(x._value.shape[:cut] for x, cut in zip(arrays, cuts, strict=True))
        )
        if 0 in loop:
            raise ValueError("cannot call `vectorize` on traced inputs of size 0")
        columns = []
        for x, cut in zip(arrays, cuts, strict=True):
            core = tuple(x._value.shape[cut:])
            wide = ops.broadcast_to.unary(x, loop + core)
            columns.append(slices(ops.reshape.unary(wide, (-1, *core)), 0))
        rows = []
        for parts in zip(*columns, strict=True):
            given.update(zip(keys, parts, strict=True))
            positional = [given[key] for key in given if isinstance(key, int)]
            rows.append(self.pyfunc(*positional, **{k: given[k] for k in kwargs}))
        if not isinstance(rows[0], tuple):
            return self._joined(rows, loop, face, 0)
        outputs = zip(*rows, strict=True)
        return tuple(self._joined(column, loop, face, i) for i, column in enumerate(outputs))

    def _ranks(self, count: int) -> list[int]:
        """How many axes of each argument the function itself takes."""
        signature = self.signature  # type: ignore[attr-defined]
        if signature is None:
            return [0] * count
        inputs = re.findall(r"\(([^()]*)\)", signature.partition("->")[0])
        if len(inputs) != count:
            raise TypeError(f"vectorize: {signature} takes {len(inputs)} arguments, given {count}")
        return [len([name for name in names.split(",") if name.strip()]) for names in inputs]

    def _joined(self, results: Any, loop: tuple[int, ...], face: Any, number: int) -> Any:
        """The results of all calls as one array."""
        y = ops.stack(joined(*[boxed(nested(r), face) for r in results], keeps=False), 0)
        if self.otypes is not None:  # type: ignore[attr-defined]
            y = to_dtype(y, np.dtype(self.otypes[number]))  # type: ignore[attr-defined]
        return ops.reshape.unary(y, loop + tuple(y._value.shape[1:]))


functions: dict[Function, Function] = {
    np.apply_along_axis: apply_along_axis, np.apply_over_axes: apply_over_axes,
    np.piecewise: piecewise,
}  # fmt: skip
