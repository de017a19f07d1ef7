"""Parameters end to end: the memory in which the optimizers compute.

A step of a small network costs as many NumPy calls as it makes, whatever their size. So the
state of a parameter group lives in a few flat buffers (`state[p]["exp_avg"]` is a view of one),
small parameters move side by side, their gradients are gathered, and the formula of the optimizer
runs once over all of them. A parameter whose memory somebody else holds (a view of it, NumPy, a
graph) stays where it is, and is copied to the others and back at each step. A large parameter
is updated where it is, in blocks that stay in the processor's cache.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from operator import attrgetter, is_
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import byte_bounds

from minitorch.engine.box import fresh
from minitorch.faces.dtypes import get_default_dtype
from minitorch.faces.tensor import Tensor

BLOCK = 1 << 18  # bytes of one array in a block: what a formula reads and makes fits a 2 MB cache
ONE = np.ones((), np.float32)  # ufuncs take up a 0-d array faster than a number
LARGE = 1 << 16  # bytes from which copying a parameter costs more than a run of its own

COUNTERS = frozenset(("step", "mu_product", "eta", "mu"))  # state that is one number a parameter
MARGINS = frozenset(("row_var", "col_var"))  # state of other shapes than the parameter

_VALUE = attrgetter("_value")

State = MutableMapping[Tensor, dict[str, Any]]
Block = tuple[np.ndarray, ...]


class Place(NamedTuple):
    """Where a parameter lies: its rank among all, and its part of its dtype's buffers."""

    rank: int
    start: int
    stop: int
    dtype: np.dtype[Any]


class Run:
    """Parameters of one dtype, side by side in the buffers, that take the same step together.

    `new` says that their state was made for this step. `counters` are the named states that
    are one number a parameter: an array each, of equal numbers.
    """

    __slots__ = ("_constants", "_cuts", "_g", "_guests", "_numbers", "_order", "_params", "_x",
                 "counters", "grads", "new")  # fmt: skip

    grads: list[np.ndarray]

    def __init__(
        self, members: list[Member], new: bool, flat: Flat, names: Mapping[str, float]
    ) -> None:
        first, last = members[0].place, members[-1].place
        self.new = new
        ranks = slice(first.rank, last.rank + 1)
        self.counters = [flat.counter(name)[ranks] for name in names if name in COUNTERS]
        self._order = [member.order for member in members]
        self._params = [member.param for member in members]
        self._x, self._guests = _side_by_side(self._params)
        self._g = None
        if len(members) > 1:
            self._g = flat.scratch(first.dtype, self._x.size)
        self._constants: list[np.ndarray] = []
        self._numbers: tuple[float, ...] = ()
        part = slice(first.start, last.stop)
        state = [flat.buffer(name, first.dtype)[part] for name in names if name not in COUNTERS]
        self._cuts = list(_cut(real(self._x), [real(lane) for lane in state]))

    def in_step(self) -> bool:
        """Whether the counters of all members still agree."""
        for counter in self.counters:
            counts = counter.tolist()
            if counts.count(counts[0]) != len(counts):
                return False
        return True

    def constants(self, numbers: tuple[float, ...]) -> list[np.ndarray]:
        """The numbers as arrays of the parameters' dtype, which ufuncs take up twice as fast."""
        if numbers != self._numbers:
            if len(numbers) != len(self._numbers):
                self._constants = [np.zeros((), real(self._x).dtype) for _ in numbers]
            for constant, number in zip(self._constants, numbers):
                constant.fill(number)
            self._numbers = numbers
        return self._constants

    def take(self, grads: list[np.ndarray]) -> Run:
        """This run, with its share of the gradients of all parameters."""
        self.grads = [grads[i] for i in self._order]
        return self

    def blocks(self) -> Iterator[Block]:
        """For every block: parameters `x` to be updated in place, gradient `g` to be read only,
        then the named states."""
        grads, self.grads = self.grads, []  # kept, they would outlive zero_grad()
        if self._g is None:
            g = grads[0].reshape(-1)
        else:
            g = np.concatenate(grads, axis=None, out=self._g)
        for piece, array in self._guests:
            piece[...] = array
        g = real(g)
        for part, x, state in self._cuts:
            yield (x, g[part], *state)
        for piece, array in self._guests:
            array[...] = piece
        for param in self._params:
            param._counter[0] += 1


class Member(NamedTuple):
    """A parameter that has a gradient: its order among those, and its place."""

    order: int
    param: Tensor
    place: Place


class Flat:
    """The state of one parameter group, laid flat.

    The plan (which parameters run together) holds as long as the same parameters have
    gradients and nobody has replaced their memory or their state; `runs` checks that by
    identity, and makes another plan where it fails. A replaced state tensor is copied into
    the buffers and then looks at them.
    """

    def __init__(self) -> None:
        self._places: dict[int, Place] = {}
        self._totals: dict[np.dtype[Any], int] = {}
        self._buffers: dict[tuple[str, np.dtype[Any]], np.ndarray] = {}
        self._counters: dict[str, np.ndarray] = {}
        self._scratch: dict[np.dtype[Any], np.ndarray] = {}
        self._forget()

    def _forget(self) -> None:
        self._active: list[Tensor] = []
        self._names: tuple[str, ...] = ()
        self._known: list[Any] = []
        self._runs: list[Run] = []
        self._settled = False

    def runs(self, params: Iterable[Tensor], state: State, names: Mapping[str, float]) -> list[Run]:
        """The runs of the parameters that have a gradient; state by these names is made, filled
        with the number given, where it lacks."""
        active, grads = [], []
        for param in params:
            grad = param.grad
            if grad is not None:
                active.append(param)
                grads.append(grad._value)
        if not (self._settled and self._holds(active, state, names)):
            self._plan(list(params), active, grads, state, names)
        return [run.take(grads) for run in self._runs]

    def _holds(self, active: list[Tensor], state: State, names: Iterable[str]) -> bool:
        if tuple(names) != self._names or len(active) != len(self._active):
            return False
        try:
            known = all(map(is_, _identity(active, state, names), self._known))
        except (KeyError, AttributeError):
            return False
        return known and all(run.in_step() for run in self._runs)

    def _plan(
        self,
        params: list[Tensor],
        active: list[Tensor],
        grads: list[np.ndarray],
        state: State,
        names: Mapping[str, float],
    ) -> None:
        self._forget()
        for i, (param, grad) in enumerate(zip(active, grads)):
            check_fit(i, param, grad, state.get(param, {}), names)
        if not all(_fits(self._places.get(id(param)), param) for param in active):
            self._lay_out(params)
        places = [self._places[id(param)] for param in active]
        new = self._adopt(active, places, state, names)
        apart = _overlapping([param._value for param in active])
        members = [Member(i, *m) for i, m in enumerate(zip(active, places))]
        counters = [self.counter(name) for name in names if name in COUNTERS]
        self._runs = [
            Run(together, new[together[0].order], self, names)
            for together in _together(members, new, apart, counters)
        ]
        self._active, self._names = active, tuple(names)
        self._known = _identity(active, state, names)
        self._settled = not any(new)  # new members join the others once they have a state

    def _lay_out(self, params: list[Tensor]) -> None:
        """A place for every parameter of the group that is trained, the large ones last."""
        self._places, self._totals, self._buffers, self._counters = {}, {}, {}, {}
        trained = {id(p): p._value for p in params if p.requires_grad or p.grad is not None}
        order = sorted(trained.items(), key=lambda it: (it[1].dtype.str, it[1].nbytes >= LARGE))
        for rank, (key, array) in enumerate(order):
            start = self._totals.get(array.dtype, 0)
            stop = self._totals[array.dtype] = start + array.size
            self._places[key] = Place(rank, start, stop, array.dtype)

    def _adopt(
        self, active: list[Tensor], places: list[Place], state: State, names: Mapping[str, float]
    ) -> list[bool]:
        """Let every state tensor look at its part of the buffers; which parameters had none."""
        moves, new = [], []
        for param, place in zip(active, places):
            entry = state.setdefault(param, {}) if names else {}
            new.append(any(entry.get(name) is None for name in names))
            for name, start in names.items():
                held = entry.get(name)
                if name in COUNTERS:
                    view = self.counter(name)[place.rank, ...]
                else:
                    flat = self.buffer(name, place.dtype)[place.start : place.stop]
                    view = flat.reshape(param._value.shape)
                if not isinstance(held, Tensor):
                    value = filled((), start, view.dtype) if held is None else np.array(held)
                    held = entry[name] = fresh(Tensor, value)
                if held._value is not view and not _same_memory(held._value, view):
                    moves.append((held, held._value.copy(), view))
        for held, value, view in moves:
            view[...] = value
            held._value = view
        return new

    def buffer(self, name: str, dtype: np.dtype[Any]) -> np.ndarray:
        """The flat state of that name, for all parameters of the dtype."""
        key = name, dtype
        if key not in self._buffers:
            self._buffers[key] = np.zeros(self._totals[dtype], dtype)
        return self._buffers[key]

    def counter(self, name: str) -> np.ndarray:
        """The state of that name that is one number a parameter, by rank."""
        if name not in self._counters:
            self._counters[name] = np.zeros(len(self._places), counter_dtype())
        return self._counters[name]

    def scratch(self, dtype: np.dtype[Any], size: int) -> np.ndarray:
        """Memory whose contents nobody relies on beyond one run."""
        held = self._scratch.get(dtype)
        if held is None or held.size < size:
            held = self._scratch[dtype] = np.empty(size, dtype)
        return held[:size]


def _identity(active: list[Tensor], state: State, names: Iterable[str]) -> list[Any]:
    """What a plan is made for: these parameters, their memory, and that of their state."""
    found: list[Any] = [*active, *map(_VALUE, active)]
    if names:
        found += [entry[name]._value for entry in map(state.__getitem__, active) for name in names]
    return found


def counter_dtype() -> np.dtype[Any]:
    """In which the optimizers count: float64 where that is the default, else float32."""
    return np.dtype(np.float64 if get_default_dtype().numpy == np.float64 else np.float32)


def filled(shape: tuple[int, ...], value: float, dtype: np.dtype[Any]) -> np.ndarray:
    """An array of that number; in complex ones both parts are the number."""
    return np.full(shape, complex(value, value) if dtype.kind == "c" else value, dtype)


def real(array: np.ndarray) -> np.ndarray:
    """Complex numbers as pairs of reals, as PyTorch's optimizers see them."""
    return array.view(array.real.dtype) if array.dtype.kind == "c" else array


def _together(
    members: list[Member], new: list[bool], apart: set[int], counters: list[np.ndarray]
) -> Iterator[list[Member]]:
    """Members that lie side by side, are equally far, and are no more than a block."""
    together: list[Member] = []
    for member in sorted(members, key=lambda member: member.place.rank):
        if together:
            last, size = together[-1], member.place.stop - together[0].place.start
            if (
                member.place.rank != last.place.rank + 1
                or member.place.dtype != last.place.dtype
                or new[member.order] != new[last.order]
                or any(c[member.place.rank] != c[last.place.rank] for c in counters)
                or not apart.isdisjoint((member.order, last.order))
                or member.param._value.nbytes >= LARGE
                or size * member.place.dtype.itemsize > BLOCK
            ):
                yield together
                together = []
        together.append(member)
    if together:
        yield together


def _cut(x: np.ndarray, state: list[np.ndarray]) -> Iterator[tuple[slice, np.ndarray, Block]]:
    """Equal blocks of at most BLOCK bytes: where, the parameters there, and their state."""
    count = max(1, -(-x.nbytes // BLOCK))
    length = -(-x.size // count)
    for start in range(0, max(x.size, 1), max(length, 1)):
        part = slice(start, min(start + length, x.size))
        yield part, x[part], tuple(lane[part] for lane in state)


class _Part:
    """A part of a buffer that passes for memory of its own: views of it lead no further.

    An array of it lies over one whose base it is; so its views have the base that it has itself,
    as views of all arrays do.
    """

    def __init__(self, buffer: np.ndarray, start: int, shape: tuple[int, ...]) -> None:
        self.buffer, self.start = buffer, start
        self.__array_interface__ = buffer[start:].__array_interface__ | {"shape": shape}


def _side_by_side(params: list[Tensor]) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """One array of all parameters, and pairs of a part of it and a parameter that is not there.

    Parameters whose memory nobody else holds move there; those that lie together stay.
    """
    if len(params) == 1 and params[0]._value.flags.c_contiguous:
        return params[0]._value.reshape(-1), []
    x = _together_yet(params)
    if x is not None:
        return x, []
    x = np.empty(sum([param._value.size for param in params]), params[0]._value.dtype)
    guests, start = [], 0
    for param in params:
        movable = _movable(param)
        array = param._value
        if movable:
            param._value = np.asarray(_Part(x, start, array.shape)).view()
            param._value[...] = array
        else:
            guests.append((x[start : start + array.size].reshape(array.shape), array))
        start += array.size
    return x, guests


def _movable(param: Tensor) -> bool:
    """Whether a parameter is all that holds its memory."""
    alone = sys.getrefcount(param._value) == 2  # the parameter, and this call
    array = param._value
    owned = array.base is None
    if _part_of(array) is not None:
        owned = sys.getrefcount(array.base) == 2  # the array, and this call, but no view
    flags = array.flags
    return (
        alone
        and owned
        and type(array) is np.ndarray
        and param._view is None
        and array.dtype.kind in "fc"
        and flags.c_contiguous
        and flags.writeable
    )


def _part_of(array: np.ndarray) -> _Part | None:
    """The part of a buffer that an array is."""
    part = getattr(array.base, "base", None)
    return part if type(part) is _Part else None


def _together_yet(params: list[Tensor]) -> np.ndarray | None:
    """The part of a buffer that these parameters are, if that is where they lie, in order."""
    first = _part_of(params[0]._value)
    if first is None:
        return None
    end = first.start
    for param in params:
        part = _part_of(param._value)
        if part is None or part.buffer is not first.buffer or part.start != end:
            return None
        end += param._value.size
    return first.buffer[first.start : end]


def _same_memory(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.strides == b.strides and byte_bounds(a) == byte_bounds(b)


def _fits(place: Place | None, param: Tensor) -> bool:
    array = param._value
    return (
        place is not None and place.stop - place.start == array.size and place.dtype == array.dtype
    )


def _overlapping(arrays: list[np.ndarray]) -> set[int]:
    """Which arrays may share memory with another: tied parameters, updated one after another."""
    bounds = sorted((*byte_bounds(array), i) for i, array in enumerate(arrays) if array.size)
    shared: set[int] = set()
    end = owner = -1
    for low, high, i in bounds:
        if low < end:
            shared.update((i, owner))
        if high > end:
            end, owner = high, i
    return shared


def check_fit(
    i: int, param: Tensor, grad: np.ndarray, entry: dict[str, Any], names: Iterable[str]
) -> None:
    """Gradient and state must fit their parameter; nothing has been changed yet if they don't."""
    array = param._value
    held = {name: entry.get(name) for name in names if name not in COUNTERS}
    found = {name: t._value for name, t in held.items() if isinstance(t, Tensor)}
    for name, value in {"": grad, **found}.items():
        if value.dtype != array.dtype or (value.shape != array.shape and name not in MARGINS):
            what = f"state {name!r}" if name else "gradient"
            raise RuntimeError(
                f"optimizer step: the {what} of parameter {i} (counting those that have a "
                f"gradient) has shape {tuple(value.shape)} and dtype {value.dtype}, but the "
                f"parameter has shape {tuple(array.shape)} and dtype {array.dtype}. If the model "
                f"was converted after the optimizer had taken steps, build the optimizer anew "
                f"and load its state_dict, which casts the state."
            )
