"""Normalisation of channels, with their scale and shift: batch, group and instance norm.

Where `groups` is 0, channels are normalised over all examples; else groups of the channels of each
example. Means and variances are tables, (1, channels) or (examples, groups).
"""

from __future__ import annotations

from typing import Any

from minitorch.engine.box import Box
from minitorch.engine.composition import pulled, pushed
from minitorch.engine.joint import Joint
from minitorch.engine.primitive import Primitive
from minitorch.kernels import channel_norm as kernels
from minitorch.ops.elementwise import elementwise, rsqrt, zeros_of
from minitorch.ops.reduce import count, shape_of, total
from minitorch.ops.shape import alike, reshape, transpose

Shape = tuple[int, ...]


def _parted(x: Any, groups: int) -> tuple[Shape, Shape, Shape]:
    """How images are seen as (examples, groups, channels of one, places).

    That shape, the axes of it that are normalised together, and what a channel's number broadcasts
    from.
    """
    n, channels, *sizes = shape_of(x)
    parts = groups or channels
    own = (parts, channels // max(parts, 1))
    whole = (n, *own, count(tuple(sizes), None))
    return whole, (2, 3) if groups else (0, 3), (1, *own, 1)


def _statistic(table: Any) -> Any:
    return reshape(table, (*shape_of(table), 1, 1))


def _along(
    t: Any, x: Any, weight: Any, centre: Any, spread: Any, groups: int, eps: float
) -> tuple[Any, ...]:
    """The tangents of the results along one of x."""
    whole, axes, own = _parted(x, groups)
    n = max(count(whole, axes), 1)
    rest, rate = reshape(x, whole) - _statistic(centre), rsqrt(_statistic(spread) + eps)
    moved = reshape(t, whole)
    level, wider = total(moved, axes, True) / n, total(moved * rest, axes, True) * 2 / n
    y = (moved - level - rest * wider * rate * rate / 2) * rate * reshape(weight, own)
    form = shape_of(centre)
    return reshape(y, shape_of(x)), reshape(level, form), reshape(wider, form)


def _along_weight(
    t: Any, x: Any, centre: Any, spread: Any, groups: int, eps: float
) -> tuple[Any, ...]:
    whole, _, own = _parted(x, groups)
    y = (reshape(x, whole) - _statistic(centre)) * rsqrt(_statistic(spread) + eps)
    return reshape(y * reshape(t, own), shape_of(x)), zeros_of(centre), zeros_of(spread)


def _along_bias(t: Any, x: Any, centre: Any, spread: Any, groups: int) -> tuple[Any, ...]:
    whole, _, own = _parted(x, groups)
    y = reshape(t, own) + reshape(zeros_of(x), whole)
    return reshape(y, shape_of(x)), zeros_of(centre), zeros_of(spread)


def _back(
    g: Any, wanted: tuple[int, ...], x: Any, weight: Any, y1: Any, y2: Any, groups: int, eps: float
) -> tuple[Any, ...]:
    found: Any = channel_norm_back(*g, x, weight, y1, y2, wanted, groups, eps)
    return found


def _batch(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    """The channels of each example of the batch are channels of their own."""
    *settings, groups, eps = params
    own = alike(boxes, flags)
    size = own[0]._value.shape[0]
    found: Any = op(*[_merged(box) for box in own], *settings, groups * size, eps)
    return tuple([_apart(y, size) for y in found])


def _merged(x: Box) -> Any:
    """(batch, channels) as (batch * channels); (batch, n, channels, …) as (n, their product, …)."""
    size, n, *rest = x._value.shape
    if not rest:
        return reshape(x, (size * n,))
    turned = transpose(x, (1, 0, *range(2, x._value.ndim)))
    return reshape(turned, (n, size * rest[0], *rest[1:]))


def _apart(x: Box, size: int) -> Any:
    """What `_merged` brought together."""
    n, *rest = x._value.shape
    if not rest:
        return reshape(x, (size, n // size))
    parts = reshape(x, (n, size, rest[0] // size, *rest[1:]))
    return transpose(parts, (1, 0, *range(2, parts._value.ndim)))


channel_norm = Joint(
    "channel_norm", kernels.forward, _back, (0, 1, 2), arrays=3, several=True, batch=_batch,
    names=("x", "weight", "bias", "groups", "eps"),
    grad_name="NativeBatchNormBackward0",
    jvps=(
        lambda t, x, weight, y1, y2, groups, eps: _along(t, x, weight, y1, y2, groups, eps),
        lambda t, x, y1, y2, groups, eps: _along_weight(t, x, y1, y2, groups, eps),
        lambda t, x, y1, y2, groups: _along_bias(t, x, y1, y2, groups),
    ),
    doc="channels of x less their mean, over sqrt(their variance + eps), times a weight, plus a "
    "bias; the means; the variances",
)  # fmt: skip


moved = elementwise(
    "moved", lambda a, b, rest, part: a * rest + b * part,
    (lambda rest: rest, lambda part: part), names=("a", "b", "rest", "part"), arrays=2,
    doc="a * rest + b * part: a running statistic, moved towards that of a batch",
)  # fmt: skip


# the way back; u, level and slant are the gradients of the results


def _composed_back(wanted: tuple[int, ...], groups: int, eps: float) -> Any:
    """`channel_norm_back` made of other operations."""

    def back(
        u: Any, level: Any, slant: Any, x: Any, weight: Any, centre: Any, spread: Any
    ) -> tuple[Any, ...]:
        whole, axes, own = _parted(x, groups)
        n = max(count(whole, axes), 1)
        rest, rate = reshape(x, whole) - _statistic(centre), rsqrt(_statistic(spread) + eps)
        gs = reshape(u, whole)
        scaled = gs * reshape(weight, own)
        wider = _statistic(slant) * 2 - rate * rate * rate * total(scaled * rest, axes, True)
        flat = _statistic(level) - rate * total(scaled, axes, True)
        by_x = scaled * rate + (rest * wider + flat) / n
        found = (
            reshape(by_x, shape_of(x)),
            reshape(total(gs * rest * rate, (0, 3), False), shape_of(weight)),
            reshape(total(gs, (0, 3), False), shape_of(weight)),
        )
        return tuple([found[i] for i in wanted])

    return back


def _second(
    g: Any, wanted: tuple[int, ...], u: Any, level: Any, slant: Any, x: Any, weight: Any,
    centre: Any, spread: Any, places: tuple[int, ...], groups: int, eps: float,
) -> tuple[Any, ...]:  # fmt: skip
    back = _composed_back(places, groups, eps)
    found = pulled(back, (u, level, slant, x, weight, centre, spread), g)
    return tuple([found[i] for i in wanted])


def _second_tangent(i: int) -> Any:
    def rule(
        t: Any, u: Any, level: Any, slant: Any, x: Any, weight: Any, centre: Any, spread: Any,
        places: tuple[int, ...], groups: int, eps: float,
    ) -> tuple[Any, ...]:  # fmt: skip
        back = _composed_back(places, groups, eps)
        return pushed(back, (u, level, slant, x, weight, centre, spread), i, t)

    return rule


channel_norm_back = Joint(
    "channel_norm_back", kernels.backward, _second, range(7), arrays=7, several=True, batch=_batch,
    names=(
        "u", "level", "slant", "x", "weight", "centre", "spread", "places", "groups", "eps",
    ),
    jvps=tuple(_second_tangent(i) for i in range(7)),
    grad_name="NativeBatchNormBackwardBackward0",
    doc="the gradients of channel_norm's arguments at some `places`",
)  # fmt: skip
