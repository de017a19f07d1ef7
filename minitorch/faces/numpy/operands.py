"""What the functions with NumPy's signature do to their arguments before a primitive sees them.

They serve both faces. Where boxes of both meet, `Tensor` wins; arrays, lists and numbers beside
boxes are constants of the same face. Dtypes follow the face: PyTorch's promotion for `Tensor`,
NumPy's for `Array`.

An array that a caller still holds may change before the backward pass. The Tensor face shares it,
as PyTorch does; the Array face copies what a rule will read of it, unless it is read-only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.batch import Batched
from minitorch.engine.box import Box, fresh
from minitorch.engine.modes import RECORD, state
from minitorch.engine.node import Traced
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.operands import default_float, is_number, number, to_dtype
from minitorch.ops import elementwise as ew

Axes = tuple[int, ...]
axis_index = np.lib.array_utils.normalize_axis_index
SMALL, WIDE = np.dtype(np.float16), np.dtype(np.float64)  # the least float that integers become


def axis_tuple(axis: Any, rank: int, allow_duplicate: bool = False) -> Axes:
    """One or several axes as a tuple of non-negative ones."""
    if type(axis) is int and -rank <= axis < rank:
        return (axis % rank,)
    return np.lib.array_utils.normalize_axis_tuple(axis, rank, allow_duplicate=allow_duplicate)


class NotNumbersError(TypeError):
    """An operand is of strings or objects; where nothing is tracked, NumPy itself may take it."""


class TracedError(TypeError):
    """A traced value would leave the graph."""


def is_tracked(x: Any) -> bool:
    """Whether `x` is a box through which a gradient or a tangent may flow here and now."""
    if not isinstance(x, Box):
        return False
    if x._view is not None:
        x._view.refresh(x)
    node = x._node
    return node is not None and (isinstance(node, Traced) or bool(state.mode & RECORD))


def in_face(x: Box, face: type[Box]) -> Box:
    """`x` as a box of another face, with the same memory and place in the graph."""
    if x.face is face:
        return x
    y = fresh(face, x._value)
    y._node, y._counter, y._view = x._node, x._counter, x._view
    return y


def raw(x: Any) -> Any:
    """An operand as an array, a number, or a box: lists become arrays."""
    if isinstance(x, Box):
        return x
    if type(x) is not np.ndarray:
        if is_number(x):
            return x
        if own_arithmetic(x):
            raise NotNumbersError(unlike_arrays(x))
        x = np.asarray(x)
    if x.dtype.kind not in "fiubcV":
        raise NotNumbersError(
            f"expected numbers, arrays or boxes of numbers, not {x.dtype}: to join boxes use "
            "np.stack, as an array of objects can't carry gradients"
        )
    return x


def own_arithmetic(x: Any) -> bool:
    """Whether `x` is of a kind of array whose operators mean something else than NumPy's do."""
    return isinstance(x, np.ndarray) and x.__array_priority__ > 0


def unlike_arrays(x: Any) -> str:
    """What to say to such an array."""
    kind = type(x).__name__
    return f"a {kind} computes by rules of its own, which have no derivatives here: use " + (
        "x.filled(0) and where=" if hasattr(x, "filled") else "np.asarray(x)"
    )


def may_change(array: np.ndarray) -> bool:
    """Whether its holder can write to an array, itself or through what it is a view of."""
    return bool(array.flags.writeable) or array.base is not None


def common(face: type[Box], operands: Any) -> np.dtype[Any]:
    """The dtype in which a face computes on these operands."""
    if face.rank:
        return dtypes.common([x._value if isinstance(x, Box) else x for x in operands])
    found = None
    for x in operands:
        if type(x) is not float and type(x) is not int:  # these adapt to floating point
            own = x._value.dtype if isinstance(x, Box) else getattr(x, "dtype", None)
            if own is None or (found is not None and own is not found):
                break
            found = own
    else:
        if found is not None and found.kind in "fc":
            return found
    kinds = [
        x._value.dtype if isinstance(x, Box) else x.dtype if isinstance(x, np.ndarray) else x
        for x in operands
    ]
    return np.result_type(*kinds)


def alike(a: Any, b: Any) -> bool:
    """Whether both are boxes of one face and floating-point dtype already."""
    if not (isinstance(a, Box) and isinstance(b, Box)):
        return False
    dtype = a._value.dtype
    return b._value.dtype is dtype and dtype.kind in "fc" and a.face is b.face


def floated(face: type[Box], dtype: np.dtype[Any], least: np.dtype[Any]) -> np.dtype[Any]:
    """The floating-point dtype that a face gives integers of `dtype`."""
    if dtype.kind not in "iub":
        return dtype
    return default_float() if face.rank else np.result_type(dtype, least)


def joined(
    *operands: Any,
    floats: np.dtype[Any] | None = None,
    keeps: bool = True,
    face: type[Box] | None = None,
) -> list[Box]:
    """The operands as boxes of one face and one dtype.

    Args:
        floats: the least floating-point dtype, for functions that have no integer results.
        keeps: whether a rule will read the operands, so that foreign arrays must be copied.
        face: needed where none of the operands is a box.
    """
    operands = tuple([raw(x) for x in operands])
    face = face or face_among(*operands)
    dtype = common(face, operands)
    if floats is not None and dtype.kind in "iub":
        dtype = floated(face, dtype, floats)
    owned = keeps and not face.rank
    return [converted(x, dtype, face, owned) for x in operands]


def converted(x: Any, dtype: np.dtype[Any], face: type[Box], owned: bool = False) -> Box:
    """An operand as a box of the given face and dtype; `owned` if in memory of its own."""
    if isinstance(x, Box):
        same = x._value.dtype is dtype and x.face is face
        return x if same else to_dtype(in_face(x, face), dtype)
    if isinstance(x, np.ndarray):
        return fresh(face, x.astype(dtype, copy=owned and may_change(x)))
    return number(x.item() if isinstance(x, np.generic) else x, dtype, face)


def boxed(x: Any, face: type[Box] | None = None, keeps: bool = True) -> Box:
    """One operand as a box: itself if it is one, else a constant of the given face."""
    if isinstance(x, Box):
        return x if face is None else in_face(x, face)
    if face is None:
        raise TypeError(
            f"expected an Array or Tensor to compute with, given {type(x).__name__}: only a "
            "setting is traced, which can't carry a gradient; pass its value, x.detach()"
        )
    array = np.asarray(raw(x))
    owned = keeps and not face.rank and may_change(array)
    return fresh(face, array.copy() if owned else array)


def face_among(*operands: Any) -> type[Box]:
    """The face of those operands that are boxes."""
    face: Any = None
    for x in operands:
        if isinstance(x, Box) and (face is None or x.face.rank > face.rank):
            face = x.face
    return face


def floating(x: Box, least: np.dtype[Any] = WIDE) -> Box:
    """`x` in floating point."""
    dtype = x._value.dtype
    return to_dtype(x, floated(x.face, dtype, least)) if dtype.kind in "iub" else x


def numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """A NumPy dtype for anything that names one, the Tensor face's dtypes among them."""
    return dtype.numpy if isinstance(dtype, dtypes.dtype) else np.dtype(dtype)


def constant(x: Any, what: str) -> Any:
    """A setting that no gradient can flow through; untracked boxes give their arrays."""
    if isinstance(x, Box) and isinstance(x._value, Batched):
        np.asarray(x._value)  # raises: each example would have its own
    if is_tracked(x):
        raise TypeError(
            f"{what} can't carry a gradient, but a tracked {x.face.__name__} was given: pass a "
            "plain value, or x.detach() if it is meant to be a constant"
        )
    return x._value if isinstance(x, Box) else x


def into(out: Any, y: Box, name: str, casting: Any = "same_kind") -> Any:
    """`y`, written to `out` where one is given."""
    if out is None:
        return y
    if isinstance(out, tuple):
        (out,) = out
    have, want = y._value.dtype, out._value.dtype if isinstance(out, Box) else out.dtype
    if not np.can_cast(have, want, casting):
        raise TypeError(
            f"np.{name}: cannot cast the result from {have} to the {want} of out= with casting "
            f"rule {casting!r}"
        )
    if isinstance(out, Box):
        return write(ew.overwrite, out, to_dtype(in_face(y, out.face), out._value.dtype))
    if is_tracked(y):
        raise TypeError(
            f"np.{name}: a tracked {y.face.__name__} can't be written into a plain array, which "
            "would drop it from the graph; leave out= away (`a = a + x` in place of `a += x`)"
        )
    np.copyto(out, y._value, casting=casting)
    return out
