"""The samples of every primitive: the generated suite is made from these lines."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine.views import Geometry
from tests.samples import (
    CASES,
    above_one,
    among,
    below,
    elementwise,
    large,
    natural,
    odd,
    op,
    positive,
    real,
    small,
    steps,
    truth,
    unit,
    whole,
)

__all__ = ["CASES"]

NONE = None  # no counterpart in PyTorch

# arithmetic

for name in ("add", "subtract", "multiply", "divide"):
    elementwise(name, real, real)
for name in ("add", "subtract", "multiply"):
    op(name, whole(2, 3), whole(3))
elementwise("negative", real)
elementwise("power", positive, real, torch="pow")
op("power", real(2, 4), steps(4), torch="pow", wrt=(0,))
op("power", whole(3), natural(3), torch="pow")
elementwise("square", real)
elementwise("reciprocal", real)
elementwise("remainder", real, positive)
elementwise("remainder", real, real)
elementwise("fmod", real, real)
elementwise("floor_divide", real, real)
elementwise(
    "trunc_divide", real, real, numpy=lambda a, b: np.trunc(a / b),
    torch=lambda torch, a, b: torch.div(a, b, rounding_mode="trunc"),
)  # fmt: skip
op("floor_divide", whole(3, 4), among(-3, -2, 1, 2)(4))
op("trunc_divide", whole(3, 4), among(-3, -2, 1, 2)(4), numpy=lambda a, b: (a / b).astype(int),
   torch=lambda torch, a, b: torch.div(a, b, rounding_mode="trunc"))  # fmt: skip
for exponent in (2.5, -1.5, 0.5):
    elementwise(
        "pow_scalar", positive, params=(exponent,), torch="pow",
        numpy=lambda x, p: np.exp(p * np.log(x)),
    )  # fmt: skip
op("pow_scalar", real(4), params=[(3,), (3.0,), (-2,), (1,), (0,), (0.0,)], torch="pow",
   numpy=lambda x, p: np.exp(p * np.log(abs(x))) * np.sign(x) ** p)  # fmt: skip
op("pow_scalar", whole(4), params=[(2,), (0,)], torch="pow", numpy=lambda x, p: x**p)

for exponent in (3.0, 0.5):
    elementwise(
        "flat_power", positive, params=(exponent,), torch="pow",
        numpy=lambda x, p: np.exp(p * np.log(x)),
    )  # fmt: skip
elementwise(
    "integer_power", whole, whole, torch=NONE,
    numpy=lambda a, b: np.where((a == 0) & (b < 0), 0, np.trunc(np.power(a + 0.0, b))).astype(int),
)  # fmt: skip

# powers, exponentials, logarithms

for name in ("exp", "exp2", "expm1"):
    elementwise(name, real)
for name in ("log", "log2", "log10", "log1p", "sqrt"):
    elementwise(name, positive)
elementwise("rsqrt", positive, numpy=lambda x: x**-0.5)
elementwise("root", positive, torch="sqrt")
elementwise("logaddexp", real, real)
op("logaddexp", large(6), large(6), wrt=())
elementwise("hypot", real, real)

# trigonometric and hyperbolic

for name in (
    "sin",
    "cos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "deg2rad",
    "rad2deg",
):
    elementwise(name, real)
for name in ("tan", "arcsin", "arccos", "arctanh"):
    elementwise(name, unit)
elementwise("arccosh", above_one)
elementwise("arctan2", real, real)
elementwise("sinc", real, numpy=lambda x: np.sin(np.pi * x) / (np.pi * x))

# activations

elementwise("sigmoid", real, numpy=lambda x: 1 / (1 + np.exp(-x)))
op("sigmoid", large(6), numpy=lambda x: np.exp(-np.logaddexp(0, -x)), wrt=())
elementwise("relu", real, numpy=lambda x: np.where(x > 0, x, 0.0).astype(x.dtype))
op("relu", whole(5), numpy=lambda x: x * (x > 0))
for domain, wrt in ((real, None), (steps, ())):
    elementwise(
        "is_positive", domain, numpy=lambda x: np.heaviside(x, x.dtype.type(0)), torch=NONE, wrt=wrt
    )
op("is_positive", odd(7), numpy=lambda x: (~(x <= 0)).astype(x.dtype), torch=NONE, wrt=())
elementwise("softplus", real, numpy=lambda x: np.log(1 + np.exp(x)), torch="nn.functional.softplus")
op("softplus", large(6), numpy=lambda x: np.logaddexp(0, x), torch=NONE, wrt=())

# kinks, rounding, choice

for name in ("at_least", "at_most"):
    function = {"at_least": "maximum", "at_most": "minimum"}[name]
    for domain, wrt in ((real, None), (steps, ())):
        elementwise(name, domain, domain, torch=function, wrt=wrt)
elementwise("reaches", steps, steps, torch=NONE, numpy=lambda a, b: (a >= b).astype(a.dtype))
elementwise("exceeds", steps, steps, torch=NONE, numpy=lambda a, b: (a > b).astype(a.dtype))
for name in ("absolute", "sign", "floor", "ceil", "trunc"):
    elementwise(name, real)
elementwise("sign", steps, wrt=())
elementwise("sgn", real, torch="sign", numpy=lambda x: np.copysign(1, x).astype(x.dtype))
for domain in (steps, odd, whole, truth):
    op("sgn", domain(6), torch="sign", wrt=(),
       numpy=lambda x: ((x > 0) * 1.0 - (x < 0)).astype(x.dtype))  # fmt: skip
elementwise("rint", real, torch="round")
elementwise("frac", real, numpy=lambda x: np.modf(x)[0])
elementwise("zeros_of", steps, numpy=lambda x: np.equal(x, 0).astype(x.dtype), torch=NONE)
elementwise(
    "prefers", steps, steps, torch=NONE, numpy=lambda a, b: np.heaviside(a - b, a.dtype.type(0.5))
)
for name in ("maximum", "minimum"):
    elementwise(name, real, real)
    elementwise(name, steps, steps, wrt=())
BOUNDS: list[tuple[Any, ...]] = [(-1.05, 1.05), (None, 0.05), (0.05, None)]
elementwise(
    "within", real, params=BOUNDS, torch=NONE,
    numpy=lambda x, low, high: (np.clip(x, low, high) == x).astype(x.dtype),
)  # fmt: skip
elementwise(
    "clamp", real, params=BOUNDS,
    numpy=lambda x, low, high: np.minimum(
        np.maximum(x, -np.inf if low is None else low), np.inf if high is None else high
    ).astype(x.dtype),
)  # fmt: skip
elementwise(
    "masked", real, truth, numpy=lambda x, mask: x * mask,
    torch=lambda torch, x, mask: torch.where(mask, x, torch.zeros((), dtype=x.dtype)),
)  # fmt: skip
elementwise("where", truth, real, real, numpy=np.where)
elementwise("overwrite", real, real, numpy=lambda a, b: a * 0 + b, torch=NONE)
elementwise("lerp", real, real, real, numpy=lambda a, b, c: (1 - c) * a + c * b)

# comparisons, logic, tests

COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
for name in COMPARISONS:
    elementwise(name, steps, steps, torch="eq" if name == "equal" else name)
    op(name, odd(7), odd(7), torch="eq" if name == "equal" else name)
    op(name, whole(3, 1), whole(4), torch="eq" if name == "equal" else name)
for name in ("logical_and", "logical_or", "logical_xor"):
    elementwise(name, truth, truth)
    op(name, steps(5), steps(5))
elementwise("logical_not", truth)
op("logical_not", steps(5))
for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    elementwise(name, whole, whole)
    op(name, truth(4), truth(4))
elementwise("bitwise_not", whole)
elementwise("left_shift", whole, natural, torch="bitwise_left_shift")
elementwise("right_shift", whole, natural, torch="bitwise_right_shift")
for name in ("isnan", "isinf", "isfinite", "signbit"):
    elementwise(name, odd)
elementwise(
    "cast_constant", real, params=[(np.dtype(kind),) for kind in (np.int64, np.int8, bool)],
    numpy=lambda x, dtype: x != 0 if dtype.kind == "b" else np.trunc(x).astype(dtype),
    torch=lambda torch, x, dtype: x.to(getattr(torch, dtype.name)),
)  # fmt: skip

# what the engine itself needs


def _summed(x: np.ndarray, to: tuple[int, ...]) -> np.ndarray:
    """Every element of `x` added to the one of `to` that it was broadcast from."""
    places = np.broadcast_to(np.arange(math.prod(to)).reshape(to), x.shape)
    sums = np.bincount(places.ravel(), x.ravel(), math.prod(to))
    return sums.reshape(to).astype(x.dtype)


for shape, to in (((2, 3, 4), (3, 4)), ((2, 3, 4), (1, 4)), ((2, 3, 4), (2, 1, 1)), ((3,), (3,)),
                  ((3, 4), ()), ((0, 3), (3,)), ((2, 0), (1, 0)), ((), ())):  # fmt: skip
    op("sum_to", real(*shape), params=(to,), torch=lambda torch, x, to: x.sum_to_size(to),
       numpy=_summed)  # fmt: skip
elementwise(
    "cast", real, params=(np.dtype(np.float64),), numpy=lambda x, dtype: x.astype(dtype),
    torch=lambda torch, x, dtype: x.to(getattr(torch, dtype.name)),
)  # fmt: skip
elementwise("identity", real, numpy=lambda x: x, torch="clone")


_base, _none = np.empty((3, 4)), np.empty((0, 4))
GEOMETRIES = [
    *(Geometry(_base, view) for view in (
        _base[1:, ::2], _base.T, _base[1, 2, ...], np.broadcast_to(_base[:, :1], (3, 5)), _base[:0],
        np.lib.stride_tricks.sliding_window_view(_base[0], 2),
    )),
    Geometry(_none, _none[:, 1]),
]  # fmt: skip


def _shown(base: np.ndarray, geometry: Geometry) -> np.ndarray:
    return np.ascontiguousarray(base)[np.unravel_index(_places(geometry), base.shape)]


def _places(geometry: Geometry) -> np.ndarray:
    """For each element of the view the number of the element of the base."""
    return geometry.view(np.arange(geometry.size))


def _added(part: np.ndarray, geometry: Geometry) -> np.ndarray:
    sums = np.bincount(_places(geometry).ravel(), part.ravel(), geometry.size)
    return sums.reshape(geometry.base_form[0]).astype(part.dtype)


def _replaced(base: np.ndarray, part: np.ndarray, geometry: Geometry) -> np.ndarray:
    y = base.flatten()
    y[_places(geometry)] = part
    return y.reshape(base.shape)


for geometry in GEOMETRIES:
    base, part = real(*geometry.base_form[0]), real(*geometry.view_form[0])
    op("view_read", base, params=(geometry,), numpy=_shown, torch=NONE)
    op("view_scatter", part, params=(geometry,), numpy=_added, torch=NONE)
    if not geometry.overlaps:
        op("view_write", base, part, params=(geometry,), numpy=_replaced, torch=NONE)

# shapes

for shape, to in (((3, 1), (3, 4)), ((4,), (2, 3, 4)), ((), (2, 2)), ((2, 1, 3), (2, 2, 2, 3)),
                  ((1, 3), (0, 3)), ((0,), (2, 0)), ((3,), (3,))):  # fmt: skip
    op("broadcast_to", real(*shape), params=(to,), numpy=np.broadcast_to)
op(
    "reshape",
    real(2, 6),
    params=[((3, 4),), ((12,),), ((1, 2, 6),), ((2, 3, 2, 1),)],
    numpy=np.reshape,
)
op("reshape", real(), params=((1, 1),), numpy=np.reshape)
op("reshape", real(0, 3), params=((3, 0),), numpy=np.reshape)
for shape, order in (((2, 3), (1, 0)), ((2, 3, 4), (2, 0, 1)), ((), ()), ((0, 2), (1, 0))):
    op("transpose", real(*shape), params=(order,), numpy=np.transpose, torch="permute")
for shape in ((2, 3), (4, 2, 3), (0, 3)):
    op("swap", real(*shape), numpy=np.matrix_transpose, torch=lambda torch, x: x.mT)
for shape, axes, offset in (((3, 4), (0, 1), 0), ((3, 4), (0, 1), 2), ((3, 4), (1, 0), 1),
                            ((2, 3, 4), (2, 0), -1), ((0, 3), (0, 1), 0)):  # fmt: skip
    op("diagonal", real(*shape), params=(axes, offset),
       numpy=lambda x, axes, k: np.diagonal(x, k, *axes),
       torch=lambda torch, x, axes, k: torch.diagonal(x, k, *axes))  # fmt: skip


def _on_diagonal(x: np.ndarray, axes: Any, offset: int, shape: Any) -> np.ndarray:
    places = np.arange(math.prod(shape)).reshape(shape).diagonal(offset, *axes)
    y = np.zeros(math.prod(shape), x.dtype)
    y[places] = x
    return y.reshape(shape)


op("undiagonal", real(3), params=((0, 1), 0, (3, 3)), numpy=_on_diagonal, torch=NONE)
op("undiagonal", real(2), params=((0, 1), 2, (3, 4)), numpy=_on_diagonal, torch=NONE)
op("undiagonal", real(3, 2), params=((0, 2), -1, (3, 3, 3)), numpy=_on_diagonal, torch=NONE)
op("undiagonal", real(0), params=((0, 1), 0, (0, 3)), numpy=_on_diagonal, torch=NONE)

for shape, axis, sizes in (((5, 2), 0, (2, 3)), ((2, 4), 1, (1, 1, 2)), ((3,), 0, (3,)),
                           ((3, 2), 0, (0, 3)), ((0, 2), 1, (1, 1))):  # fmt: skip
    op("split", real(*shape), params=(axis, sizes),
       numpy=lambda x, axis, sizes: tuple(
           np.take(x, range(sum(sizes[:i]), sum(sizes[:i]) + n), axis) for i, n in enumerate(sizes)
       ),
       torch=lambda torch, x, axis, sizes: torch.split(x, list(sizes), axis))  # fmt: skip
for shape, axis in (((3, 2), 0), ((3, 2), 1), ((2, 3, 2), 1), ((2,), 0), ((2, 0), 0)):
    op("unbind", real(*shape), params=(axis,),
       numpy=lambda x, axis: tuple(np.take(x, i, axis) for i in range(x.shape[axis])))  # fmt: skip


def _cat(*args: Any) -> np.ndarray:
    return np.concatenate(args[:-1], args[-1])


def _torch_cat(torch: Any, *args: Any) -> Any:
    return torch.cat(args[:-1], args[-1])


op("cat", real(2, 3), real(1, 3), params=(0,), numpy=_cat, torch=_torch_cat)
op("cat", real(2, 3), real(2, 1), real(2, 2), params=(1,), numpy=_cat, torch=_torch_cat)
op("cat", real(2), params=(0,), numpy=_cat, torch=_torch_cat)
op("cat", real(0, 2), real(3, 2), params=(0,), numpy=_cat, torch=_torch_cat)
op("cat", whole(2), whole(3), params=(0,), numpy=_cat, torch=_torch_cat)
for shape, axis in (((2, 3), 0), ((2, 3), 1), ((2, 3), 2), ((), 0), ((0, 2), 1)):
    op("stack", real(*shape), real(*shape), real(*shape), params=(axis,),
       numpy=lambda *a: np.moveaxis(np.array(a[:-1]), 0, a[-1]),
       torch=lambda torch, *a: torch.stack(a[:-1], a[-1]))  # fmt: skip

for axes in ((0,), (1,), (0, 2), ()):
    op("flip", real(2, 3, 2), params=(axes,), numpy=np.flip)
op("flip", real(0, 3), params=((1,),), numpy=np.flip)


def _rolled(x: np.ndarray, axes: Any, by: Any) -> np.ndarray:
    for axis, n in zip(axes, by):
        x = np.take(x, np.arange(-n, x.shape[axis] - n), axis, mode="wrap") if x.size else x
    return x


for shape, axes, by in (((3, 4), (0,), (1,)), ((3, 4), (0, 1), (-1, 6)), ((3, 4), (1, 1), (1, 1)),
                        ((0, 2), (0,), (1,))):  # fmt: skip
    op("roll", real(*shape), params=(axes, by),
       numpy=_rolled, torch=lambda torch, x, axes, by: torch.roll(x, by, axes))  # fmt: skip


def _padded(x: np.ndarray, widths: Any) -> np.ndarray:
    y = np.zeros([n + sum(w) for n, w in zip(x.shape, widths)], x.dtype)
    y[tuple(slice(w[0], w[0] + n) for n, w in zip(x.shape, widths))] = x
    return y


def _torch_padded(torch: Any, x: Any, widths: Any) -> Any:
    return torch.nn.functional.pad(x, [n for width in reversed(widths) for n in width])


op(
    "pad",
    real(2, 3),
    params=[(((1, 2), (0, 1)),), (((0, 0), (0, 0)),)],
    numpy=_padded,
    torch=_torch_padded,
)
op("pad", real(0, 2), params=(((1, 1), (0, 0)),), numpy=_padded, torch=_torch_padded)
for shape, axis, counts in (((3, 2), 0, (1, 0, 2)), ((3, 2), 1, (2, 2)), ((0, 2), 1, (1, 2))):
    op("repeat", real(*shape), params=(axis, counts),
       numpy=lambda x, axis, n: np.take(x, [i for i, k in enumerate(n) for _ in range(k)], axis),
       torch=lambda torch, x, axis, n:
           torch.repeat_interleave(x, torch.tensor(n), axis))  # fmt: skip
for shape, axis, counts in (((4, 2), 0, (1, 0, 3)), ((2, 3), 1, (2, 1)), ((0, 2), 0, (0, 0))):
    op("unrepeat", real(*shape), params=(axis, counts), torch=NONE,
       numpy=lambda x, axis, n: np.stack(
           [part.sum(axis) for part in np.split(x, np.cumsum(n)[:-1], axis)], axis
       ))  # fmt: skip
for name, keep in (("tril", lambda i, j, k: j - i <= k), ("triu", lambda i, j, k: j - i >= k)):
    for shape in ((3, 4), (2, 3, 3), (0, 3)):
        op(name, real(*shape), params=[(0,), (1,), (-1,)],
           numpy=lambda x, k, keep=keep: x * keep(*np.indices(x.shape[-2:]), k))  # fmt: skip

# indexing


def _full(torch: Any, index: Any, shape: Any) -> tuple[Any, ...]:
    """An index as one of index tensors alone, which is what `index_put` of PyTorch wants."""
    places = np.arange(math.prod(shape)).reshape(shape)[index]
    return tuple(torch.tensor(part) for part in np.unravel_index(places, shape))


def _scattered(
    x: np.ndarray, shape: Any, index: Any, y: Any = None, add: bool = True
) -> np.ndarray:
    """Each element of `x` put to its place in zeros of `shape`, one by one."""
    places = np.arange(math.prod(shape)).reshape(shape)[index]
    flat = np.zeros(math.prod(shape), x.dtype) if y is None else y.flatten()
    for at, value in zip(places.ravel(), np.broadcast_to(x, places.shape).ravel(), strict=True):
        flat[at] = flat[at] + value if add else value
    return flat.reshape(shape)


every, i = slice(None), np.array
BASIC = [
    ((3, 4), (1,), (4,)), ((3, 4), (-1, 2), ()), ((3, 4), (slice(0, 3, 2),), (2, 4)),
    ((3, 4), (..., 1), (3,)), ((3, 4), (None, every, None, 1), (1, 3, 1)), ((3,), (), (3,)),
    ((2, 3, 2), (1, ..., slice(1, None)), (3, 1)), ((3, 4), (slice(2, 2),), (0, 4)),
    ((0, 3), (every, 1), (0,)), ((), (None,), (1,)), ((), (...,), ()),
]  # fmt: skip
for shape, index, picked in BASIC:
    op("getitem", real(*shape), params=(index,), numpy=lambda x, index: x.copy()[index],
       torch=lambda torch, x, index: x[index])  # fmt: skip
    op("place", real(*picked), params=(shape, index), numpy=_scattered, torch=NONE)
ADVANCED: list[tuple[Any, Any, Any]] = [
    ((4,), (i([2, 0, 2]),), (3,)),
    ((3, 4), (i([[0, 2], [2, 1]]),), (2, 2, 4)),
    ((3, 4), (every, i([1, 1])), (3, 2)),
    ((3, 4), (i([0, 2]), i([1, 1])), (2,)),
    ((3, 4), (i([[0], [2]]), i([1, 3])), (2, 2)),
    ((2, 3, 2), (i([0, 1]), every, i([1, 1])), (2, 3)),
    ((2, 3, 2), (every, i([0, 0]), slice(0, 1)), (2, 2, 1)),
    ((2, 3, 2), (every, i([0, 2]), i([1, 0])), (2, 2)),
    ((3, 2), (i([True, False, True]),), (2, 2)),
    ((2, 2), (i([[True, False], [True, True]]),), (3,)),
    ((3, 4), (None, i([0, 2]), every, None), (1, 2, 4, 1)),
    ((3, 4), (i([-1, 0]),), (2, 4)),
    ((3, 2), (i([], int),), (0, 2)),
    ((0, 2), (every, i([1, 0])), (0, 2)),
]
for shape, index, picked in ADVANCED:
    op("take", real(*shape), params=(index,), numpy=lambda x, index: x.copy()[index],
       torch=lambda torch, x, index: x[_full(torch, index, x.shape)])  # fmt: skip
    op("put_add", real(*picked), params=(shape, index), numpy=_scattered, torch=NONE)
    op("clear", real(*shape), params=(index,), torch=NONE,
       numpy=lambda x, index: x * (_scattered(np.ones(()), x.shape, index) == 0))  # fmt: skip
    op("index_put", real(*shape), real(*picked), params=(index, True),
       numpy=lambda a, b, index, add: a + _scattered(b, a.shape, index),
       torch=lambda torch, a, b, index, add:
           torch.index_put(a, _full(torch, index, a.shape), b, add))  # fmt: skip
for shape, index, value in (
    ((4,), (i([2, 0]),), (2,)), ((3, 4), (i([2, 0]),), (4,)), ((3, 4), (every, i([1, 2])), (3, 1)),
    ((3, 4), (i([[True, False, True, True]] * 3),), ()), ((3, 4), (i([0, 2]), i([1, 1])), (1,)),
    ((0, 2), (i([], int),), (2,)),
):  # fmt: skip
    op("index_put", real(*shape), real(*value), params=(index, False),
       numpy=lambda a, b, index, add: _scattered(b, a.shape, index, a, add=False),
       torch=lambda torch, a, b, index, add:
           torch.index_put(a, _full(torch, index, a.shape), b, add))  # fmt: skip


for shape, index, axis in (((4,), (3,), 0), ((3, 4), (2, 4), 0), ((3, 3), (2, 2), 1),
                           ((2, 3, 2), (2, 3, 4), 2), ((0, 2), (0, 2), 1)):  # fmt: skip
    op("gather", real(*shape), below(max(shape[axis], 1))(*index), params=(axis,),
       numpy=lambda x, index, axis: np.take_along_axis(
           x[tuple(slice(n if d != axis else None) for d, n in enumerate(index.shape))],
           index, axis,
       ),
       torch=lambda torch, x, index, axis: torch.gather(x, axis, index))  # fmt: skip
    op("scatter_add", real(*index), below(max(shape[axis], 1))(*index), params=(shape, axis),
       numpy=lambda x, index, shape, axis: _scattered(
           x, shape, tuple(index if d == axis else at for d, at in enumerate(np.indices(x.shape)))
       ),
       torch=lambda torch, x, index, shape, axis: torch.zeros(shape, dtype=x.dtype)
       .scatter_add(axis, index, x))  # fmt: skip
for shape in ((4,), (2, 3), (), (0, 2)):
    op("one_hot", below(3)(*shape), params=(3,), torch="nn.functional.one_hot",
       numpy=lambda x, n: (x[..., None] == np.arange(n)).astype(np.int64))  # fmt: skip

# reductions and scans

AXES: list[tuple[Any, Any]] = [
    ((2, 3, 2), None), ((2, 3, 2), (1,)), ((2, 3, 2), (0, 2)), ((), None), ((3, 0), (0,)),
]  # fmt: skip


def _dims(x: Any, axis: Any) -> Any:
    return tuple(range(x.ndim)) if axis is None else axis


def _reduction(name: str, domain: Any = real, axes: Any = AXES, torch: str | None = "") -> None:
    function = name if torch == "" else torch
    for shape, axis in axes:
        for keepdims in (False, True):
            op(name, domain(*shape), params=(axis, keepdims),
               numpy=lambda x, axis, keepdims: getattr(np, name)(x, axis=axis, keepdims=keepdims),
               torch=function and (lambda torch, x, axis, keepdims:
                   getattr(torch, function)(x, _dims(x, axis), keepdims)))  # fmt: skip


for name in ("sum", "mean", "amax", "amin"):
    _reduction(name)
for name in ("sum", "amax", "amin"):
    _reduction(name, whole, AXES[:2])
_reduction("sum", real, [((0, 3), None), ((0, 3), (0,))], torch=None)
for name in ("all", "any"):
    _reduction(name, truth)
    _reduction(name, steps, AXES[:2])
for shape, axis in AXES[:3]:
    op("var", real(*shape), params=[(axis, 1.0, False), (axis, 0.0, True)],
       numpy=lambda x, axis, ddof, keepdims: np.var(x, axis, ddof=ddof, keepdims=keepdims),
       torch=lambda torch, x, axis, ddof, keepdims:
           torch.var(x, axis, correction=ddof, keepdim=keepdims))  # fmt: skip
op("var", real(), params=(None, 0.0, False), numpy=lambda x, *_: x * 0, torch=NONE)
op(
    "var",
    real(3, 0),
    params=((0,), 1.0, False),
    numpy=lambda x, *_: np.zeros(0, x.dtype),
    torch=NONE,
)
_best = {True: np.amax, False: np.amin}
op("shares", steps(4, 5), params=[((1,), True), ((0,), False), (None, True)], torch=NONE,
   numpy=lambda x, axis, largest: (same := x == _best[largest](x, axis, keepdims=True))
   / same.sum(axis, keepdims=True, dtype=x.dtype))  # fmt: skip
op("shares", real(0, 2), params=((1,), True), torch=NONE, numpy=lambda x, *_: x)
for shape, axis in (((3, 4), 0), ((3, 4), 1), ((2, 3, 2), 1), ((1,), 0), ((2, 0), 0), ((0, 2), 0)):
    op("prod", real(*shape), params=[(axis, False), (axis, True)],
       numpy=lambda x, axis, keepdims: np.apply_along_axis(math.prod, axis, x)
       .reshape(np.sum(x, axis, keepdims=keepdims).shape).astype(x.dtype)
       if x.size else np.ones_like(np.sum(x, axis, keepdims=keepdims)))  # fmt: skip
op("prod", steps(3, 4), params=[(1, False), (0, False)],
   numpy=lambda x, axis, keepdims: np.prod(x, axis))  # fmt: skip
for shape, axis in (((3, 4), 0), ((3, 4), 1), ((2, 3, 2), 1), ((0, 2), 0)):
    op("cumsum", real(*shape), params=(axis,), numpy=np.cumsum)
for shape, axis in AXES:
    op("logsumexp", real(*shape), params=[(axis, False), (axis, True)],
       numpy=lambda x, axis, keepdims: np.log(np.sum(np.exp(x), axis, keepdims=keepdims)),
       torch=lambda torch, x, axis, keepdims:
           torch.logsumexp(x, _dims(x, axis), keepdims))  # fmt: skip
op("logsumexp", large(3, 4), params=((1,), False), wrt=(),
   numpy=lambda x, axis, keepdims: np.logaddexp.reduce(x, axis[0]))  # fmt: skip
for shape, axis in (((3, 4), 0), ((3, 4), 1), ((2, 3, 2), 1), ((1,), 0), ((0, 2), 1)):
    op("softmax", real(*shape), params=(axis,),
       numpy=lambda x, axis: np.exp(x) / np.exp(x).sum(axis, keepdims=True))  # fmt: skip
    op("log_softmax", real(*shape), params=(axis,),
       numpy=lambda x, axis: x - np.log(np.exp(x).sum(axis, keepdims=True)))  # fmt: skip
for name in ("softmax", "log_softmax"):
    op(name, large(2, 4), params=(1,), wrt=(),
       numpy=lambda x, axis, name=name: (np.asarray if name == "log_softmax" else np.exp)(
           x - np.logaddexp.reduce(x, axis, keepdims=True)))  # fmt: skip
for name in ("argmax", "argmin"):
    for shape, axis in (((3, 4), 0), ((3, 4), 1), ((3, 4), None), ((), None), ((0, 3), 1)):
        for domain, function in ((real, name), (steps, NONE)):  # ties: the first, with NumPy
            op(name, domain(*shape), params=[(axis, False), (axis, True)], torch=function,
               numpy=lambda x, axis, keepdims, name=name:
                   getattr(np, name)(x, axis, keepdims=keepdims))  # fmt: skip

# matrix products

for a, b in (((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 1)),
             ((2, 1, 2, 3), (3, 3, 2)), ((1, 1), (1, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3)),
             ((0, 2, 3), (3, 2))):  # fmt: skip
    op("matmul", real(*a), real(*b))
op("matmul", whole(2, 3), whole(3, 2))
for shape, out in (((4, 3), 2), ((3,), 2), ((2, 4, 3), 2), ((0, 3), 2), ((2, 0), 3), ((2, 2, 0), 3),
                   ((2, 3), 0)):  # fmt: skip
    op("linear", real(*shape), real(out, shape[-1]), real(out), torch="nn.functional.linear",
       numpy=lambda x, weight, bias: np.einsum("...i,oi->...o", x, weight) + bias)  # fmt: skip
for rows in ((), (4,), (2, 4), (0,)):
    op("outer_rows", real(*rows, 2), real(*rows, 3), torch=NONE,
       numpy=lambda a, b: np.einsum("...i,...j->...ij", a, b).reshape(-1, 2, 3).sum(0))  # fmt: skip

# losses

for shape in ((3,), (2, 3), (), (1,)):
    op("mse", real(*shape), real(*shape), torch="nn.functional.mse_loss",
       numpy=lambda a, b: np.mean((a - b) ** 2))  # fmt: skip
op(
    "mse",
    real(0, 2),
    real(0, 2),
    numpy=lambda a, b: np.asarray(np.nan, a.dtype),
    torch=NONE,
    wrt=(),
)


def _miss(x: np.ndarray, target: np.ndarray) -> np.ndarray:
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    return p - (target[:, None] == np.arange(x.shape[1])).astype(x.dtype)


def _nll(x: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    losses = np.log(np.exp(x).sum(1)) - (x * (target[:, None] == np.arange(x.shape[1]))).sum(1)
    return np.sum(weight * losses)


for n, c in ((4, 3), (1, 2), (0, 3), (3, 1)):
    op("miss", real(n, c), below(c)(n), numpy=_miss, torch=NONE)
    op("cross_entropy", real(n, c), below(c)(n), small(n), numpy=_nll,
       torch=lambda torch, x, target, weight: torch.sum(
           weight * torch.nn.functional.cross_entropy(x, target, reduction="none")))  # fmt: skip
