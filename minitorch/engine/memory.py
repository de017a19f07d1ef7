"""Where arrays lie: the memory that they share, and one array's place in that of another.

And the error where there is none left.
"""

from __future__ import annotations

from typing import Any

import numpy as np

ndarray = np.ndarray
Strides = tuple[int, ...]  # in bytes here, unless said otherwise

# The C library returns large blocks to the system when they are freed, and a training step asks
# for them again, page by page. glibc keeps blocks up to the largest that has come and gone, so
# one comes and goes here; it is never written, so that it takes no memory.
np.empty(31 << 20, np.uint8)


def address(array: np.ndarray) -> int:
    """The address of an array's first element."""
    return int(array.__array_interface__["data"][0])


def owner(array: np.ndarray) -> np.ndarray:
    """The array at the end of the chain of bases: what all views of one memory share."""
    base = array.base
    while isinstance(base, ndarray):
        array, base = base, base.base
    return array


def shared(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays have one owner; it looks no further than NumPy's chains of bases go.

    These end at the first array whose memory is that of something else, as a file's or a buffer's.
    """
    one, other = a.base, b.base
    return (one if type(one) is ndarray else a) is (other if type(other) is ndarray else b)


class _Span:
    """Memory under an array that is no dense block, as NumPy's array interface tells of it."""

    def __init__(self, array: np.ndarray) -> None:
        low, high = np.lib.array_utils.byte_bounds(array)
        self.array = array  # kept alive
        self.__array_interface__ = {
            "data": (low, not array.flags.writeable),
            "shape": (high - low,),
            "typestr": "|u1",
            "version": 3,
        }


def spanned(array: np.ndarray) -> np.ndarray:
    """The bytes from the first to the last element of an array, as memory of their own."""
    return np.asarray(_Span(array)) if array.size else np.empty(0, np.uint8)


def storage(array: np.ndarray) -> np.ndarray:
    """All memory that the views of an array's owner can lie in, as bytes."""
    whole = owner(array)
    order = sorted(range(whole.ndim), key=lambda i: -whole.strides[i])
    dense = whole.transpose(order)
    if not dense.flags.c_contiguous:
        return spanned(whole)
    return dense.reshape(-1).view(np.uint8)


def laid(memory: np.ndarray, dtype: Any, at: int, shape: tuple[int, ...], strides: Strides) -> Any:
    """An array on contiguous memory, from byte `at` on; its base is the owner of that memory."""
    if 0 in shape:
        at = min(max(at, 0), memory.nbytes)
    return ndarray(shape, dtype, memory, at, strides)


def relaid(array: np.ndarray, shape: tuple[int, ...], strides: Strides, at: int = 0) -> np.ndarray:
    """Another array on the memory of `array`, beginning `at` bytes after it."""
    if array.flags.c_contiguous and array.size and not at:
        return ndarray(shape, array.dtype, array, 0, strides)
    whole = storage(array)
    return laid(whole, array.dtype, address(array) - address(whole) + at, shape, strides)


def steps(array: np.ndarray) -> tuple[int, ...]:
    """The strides in elements.

    Where NumPy gives 0 since it does not matter, for sizes of 1 and for empty arrays, they are as
    if the dimensions that follow were packed.
    """
    shape, found = array.shape, [s // array.itemsize for s in array.strides]
    empty = not array.size and not any(found)
    for i in reversed(range(len(shape))):
        if not found[i] and (empty or shape[i] == 1):
            found[i] = max(shape[i + 1], 1) * found[i + 1] if i + 1 < len(shape) else 1
    return tuple(found)


def expanded(array: np.ndarray) -> bool:
    """Whether an axis has several places and one address."""
    if array.flags.c_contiguous:
        return False
    return any(not step and n > 1 for step, n in zip(array.strides, array.shape))


def overlaps(array: np.ndarray) -> bool:
    """Whether two elements of `array` can lie at one place."""
    if not array.size:
        return False
    reach = 0
    axes = sorted((abs(s), n) for s, n in zip(array.strides, array.shape, strict=True) if n > 1)
    for step, n in axes:
        if step <= reach:
            return True
        reach += step * (n - 1)
    return False


def dense(array: np.ndarray) -> bool:
    """Whether the elements fill one block of memory, in whatever order of the axes."""
    flags = array.flags
    if flags.c_contiguous or flags.f_contiguous:
        return True
    size = array.itemsize
    for step, n in sorted((s, n) for s, n in zip(array.strides, array.shape) if n != 1):
        if step != size:
            return False
        size *= n
    return True


def partly(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two dense arrays of one owner share some places but are not laid alike."""
    if not shared(a, b) or not (a.size and b.size and dense(a) and dense(b)):
        return False
    start, begin = address(a), address(b)
    if start == begin and a.shape == b.shape:
        one, other = ([s for s, n in zip(x.strides, x.shape) if n > 1] for x in (a, b))
        return one != other
    return start < begin + b.nbytes and begin < start + a.nbytes


def extent(array: np.ndarray) -> tuple[int, int, int]:
    """The address of an array's first element, and where its memory begins and ends."""
    start = address(array)
    if array.flags.c_contiguous:
        return start, start, start + array.nbytes
    low, high = start, start + array.itemsize
    for step, n in zip(array.strides, array.shape):
        if step < 0:
            low += step * (n - 1)
        else:
            high += step * (n - 1)
    return (start, low, high) if array.size else (start, start, start)


class Geometry:
    """Where a view lies in the memory of its base; it holds no memory itself.

    Places are counted in units: elements, or real numbers where one of the two arrays is complex
    and the other is not. `halves` tells how many units an element of the base and one of the view
    has. `shares` are the parts that the elements of the base have in what they show together,
    where it shows some several times.
    """

    __slots__ = (
        "base_at", "base_form", "halves", "overlaps", "shares", "size", "view_at", "view_form",
        "within",
    )  # fmt: skip

    def __init__(self, base: np.ndarray, view: np.ndarray) -> None:
        first, low, high = extent(base)
        begin, start, end = extent(view) if view.size else (low, low, high)
        self.within = low <= start and end <= high
        low, high = min(low, start), max(high, end)
        unit = min(base.itemsize, view.itemsize)
        self.halves = (base.itemsize // unit, view.itemsize // unit)
        self.size = -(-(high - low) // unit)
        self.base_at = (first - low) // unit if base.size else 0
        self.view_at = (begin - low) // unit if view.size else 0
        self.base_form = (base.shape, tuple([s // unit for s in base.strides]))
        self.view_form = (view.shape, tuple([s // unit for s in view.strides]))
        self.overlaps = overlaps(view)
        self.shares = None
        if overlaps(base):
            places = self._lay(np.arange(self.size), self.base_at, self.base_form, 1)
            self.shares = 1 / np.bincount(places.reshape(-1), minlength=self.size)[places]

    def flat(self, dtype: np.dtype[Any], halves: int, zeros: bool) -> np.ndarray:
        """A buffer of units for arrays of `dtype`, whose elements have so many units."""
        kind = np.empty(0, dtype).real.dtype if halves == 2 else dtype
        return np.zeros(self.size, kind) if zeros else np.empty(self.size, kind)

    def base(self, flat: np.ndarray) -> np.ndarray:
        """The base laid on a buffer."""
        return self._lay(flat, self.base_at, self.base_form, self.halves[0])

    def view(self, flat: np.ndarray) -> np.ndarray:
        """The view laid on a buffer."""
        return self._lay(flat, self.view_at, self.view_form, self.halves[1])

    def places(self) -> np.ndarray:
        """The units of each element of the view, along a last axis."""
        (shape, strides), own = self.view_form, self.halves[1]
        units = np.arange(self.size)
        form = ((*shape, own), (*strides, 1))
        return self._lay(units, self.view_at, form, 1)

    @staticmethod
    def _lay(flat: np.ndarray, at: int, form: Any, halves: int) -> np.ndarray:
        (shape, strides), unit = form, flat.itemsize
        dtype = np.result_type(flat.dtype, np.complex64) if halves == 2 else flat.dtype
        return laid(flat, dtype, at * unit, shape, tuple([s * unit for s in strides]))


def read(base: np.ndarray, geometry: Geometry) -> np.ndarray:
    """The part of `base` that the view shows; zeros where it reaches beyond the base."""
    flat = geometry.flat(base.dtype, geometry.halves[0], zeros=not geometry.within)
    geometry.base(flat)[...] = base
    return geometry.view(flat)


def scatter(part: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Zeros like the base with `part` added where the view shows it: the adjoint of `read`."""
    of_base, of_view = geometry.halves
    flat = geometry.flat(part.dtype, of_view, zeros=True)
    part = part.conj() if of_view == 2 else part
    if geometry.overlaps:
        units = np.ascontiguousarray(part)[..., None].view(flat.dtype)
        np.add.at(flat, geometry.places(), units)
    else:
        geometry.view(flat)[...] = part
    whole = geometry.base(flat)
    whole = whole.conj() if of_base == 2 else whole
    return whole if geometry.shares is None else whole * geometry.shares.astype(whole.dtype)


def write(base: np.ndarray, part: np.ndarray, geometry: Geometry) -> np.ndarray:
    """`base` with the part that the view shows replaced."""
    flat = geometry.flat(base.dtype, geometry.halves[0], zeros=False)
    whole = geometry.base(flat)
    whole[...] = base
    geometry.view(flat)[...] = part
    return whole


class OutOfMemoryError(RuntimeError, MemoryError):
    """There is no memory for a result: PyTorch's RuntimeError and NumPy's MemoryError in one."""


def out_of_memory(name: str, error: MemoryError) -> OutOfMemoryError:
    """The error of an operation whose result does not fit into memory."""
    return OutOfMemoryError(
        f"[enforce fail] DefaultCPUAllocator: not enough memory: {name}: {error}. Take fewer "
        "elements at a time, or a smaller dtype"
    )
