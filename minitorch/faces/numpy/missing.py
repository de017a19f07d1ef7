"""NumPy's nan-family: reductions that leave NaN out, with NumPy's signatures.

TracedError NaN out is a mask, so each is the reduction of its name with `where=` the elements that
are no NaN, and the gradient of a NaN is 0. A slice of NaN alone has the value that NumPy gives it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.numpy import reductions
from minitorch.faces.numpy.operands import boxed, face_among, into
from minitorch.faces.numpy.reductions import argument, masking, selected
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.ops import elementwise as ew
from minitorch.ops import shape

Function = Callable[..., Any]


def valid(x: Box, where: Any = True) -> Any:
    """The mask of the elements that are no NaN, and that `where` selects; True if it is for all."""
    if x._value.dtype.kind not in "fc":
        return where
    mask = ew.logical_not.unary(ew.isnan.unary(x))
    return mask if where is True else ew.logical_and(mask, masking(where, x.face))


def _masked(name: str, reduction: Function) -> Function:
    """A reduction that has `initial=` and `where=`."""

    def function(a: Any, axis: Any = None, dtype: Any = None, out: Any = None,
                 keepdims: bool = False, initial: Any = None,
                 where: Any = True) -> Any:  # fmt: skip
        x = argument(a, None, initial, where, out)
        return reduction(x, axis, dtype, out, keepdims, initial, valid(x, where))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`numpy.{name}`: `{reduction.__name__}` without the elements that are NaN."
    return function


nansum, nanprod = _masked("nansum", reductions.sum), _masked("nanprod", reductions.prod)


def nanmean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
            *, where: Any = True) -> Any:  # fmt: skip
    """`numpy.nanmean`: the mean of the elements that are no NaN; NaN where there are none."""
    x = argument(a, None, where, out)
    return reductions.mean(x, axis, dtype, out, keepdims, where=valid(x, where))


def nanvar(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
           keepdims: bool = False, *, where: Any = True, mean: Any = None,
           correction: float | None = None) -> Any:  # fmt: skip
    """`numpy.nanvar`: the variance of the elements that are no NaN; NaN where n <= ddof."""
    x = argument(a, None, where, out, mean)
    mask = valid(x, where)
    if mask is not True:  # slices that are too short are left out, so that their gradient is 0
        least = ddof if correction is None else correction
        enough = ufuncs[np.greater](_counted(x, axis, True, mask), least)
        mask = ew.logical_and(mask, enough)
    y = reductions.var(x, axis, dtype, None, ddof, keepdims, where=mask, mean=mean,
                       correction=correction)  # fmt: skip
    return into(out, y, "nanvar")


def nanstd(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
           keepdims: bool = False, *, where: Any = True, mean: Any = None,
           correction: float | None = None) -> Any:  # fmt: skip
    """`numpy.nanstd`: the standard deviation of the elements that are no NaN."""
    spread = nanvar(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean,
                    correction=correction)  # fmt: skip
    return into(out, ew.root.unary(spread), "nanstd")


def _counted(x: Box, axis: Any, keepdims: bool, mask: Any) -> Any:
    """How many elements a mask selects along axes."""
    return reductions.sum(shape.broadcast_to(mask, x._value.shape), axis, keepdims=keepdims)


def _extreme(name: str, reduction: Function, beyond: float) -> Function:
    def function(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False,
                 initial: Any = None, where: Any = True) -> Any:  # fmt: skip
        x = argument(a, None, initial, where, out)
        mask = valid(x)
        if initial is not None or mask is True or where is not True:
            return reduction(x, axis, out, keepdims, initial, valid(x, where))
        if not x._value.size:
            return reduction(x, axis, out, keepdims)
        y = reduction(x, axis, None, keepdims, beyond, mask)
        y = selected(y, ufuncs[np.greater](_counted(x, axis, keepdims, mask), 0), np.nan)
        return into(out, y, name)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"`numpy.{name}`: `{reduction.__name__}` without the elements that are NaN; NaN where "
        "there are none. Ties share the gradient equally."
    )
    return function


nanmax = _extreme("nanmax", reductions.max, -np.inf)
nanmin = _extreme("nanmin", reductions.min, np.inf)


def _scan(name: str, scan: Function, identity: int) -> Function:
    def function(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        x = argument(a, None, out)
        return scan(selected(x, valid(x), identity), axis, dtype, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`numpy.{name}`: `{scan.__name__}` with {identity} in place of NaN."
    return function


nancumsum = _scan("nancumsum", reductions.cumsum, 0)
nancumprod = _scan("nancumprod", reductions.cumprod, 1)


def _place(name: str) -> Function:
    numpy_function = getattr(np, name)

    def function(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
        x = boxed(a, face_among(a, out))
        places = numpy_function(np.asarray(x._value), axis, keepdims=bool(keepdims))
        return into(out, boxed(np.asarray(places), x.face), name)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"`numpy.{name}`: the place of the extreme element that is no NaN, along an axis or in the "
        "flattened array. No gradient flows through it."
    )
    return function


nanargmax, nanargmin = _place("nanargmax"), _place("nanargmin")

functions: dict[Function, Function] = {
    np.nansum: nansum, np.nanprod: nanprod, np.nanmean: nanmean, np.nanvar: nanvar,
    np.nanstd: nanstd, np.nanmax: nanmax, np.nanmin: nanmin, np.nancumsum: nancumsum,
    np.nancumprod: nancumprod, np.nanargmax: nanargmax, np.nanargmin: nanargmin,
}  # fmt: skip
