"""torch.*: running sums, products and extremes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.engine.node import titled
from minitorch.faces import dtypes, returns
from minitorch.faces.arithmetic import functions as elementwise
from minitorch.faces.arithmetic import overwritten
from minitorch.faces.elementwise import named
from minitorch.faces.operands import axis_of, dim_of, input_box, refused, to_dtype
from minitorch.faces.reductions import counted, in_dtype
from minitorch.faces.sorting import lifted, line, picked
from minitorch.ops import reduce, scan, shape

Function = Callable[..., Any]


def _scan(name: str, op: Callable[[Any, int], Any], text: str) -> Function:
    def function(input: Any, dim: Any = None, *, dtype: Any = None, axis: Any = None) -> Any:
        x = counted(in_dtype(input_box(input, name), dtype, name))
        at = axis_of(dim_of(dim, axis), x._value.ndim)
        y = op(x, at) if x._value.ndim and x._value.size else x.clone()  # type: ignore[attr-defined]
        return in_dtype(titled(y, f"{name.capitalize()}Backward0"), dtype, name)

    return named(
        function, name,
        f"The running {text} along a dimension; integers and bools are counted in int64.\n\n    "
        f"Example:\n        >>> torch.{name}(torch.tensor([1, 2, 3]), dim=0)\n        "
        f"tensor([1, {3 if name == 'cumsum' else 2}, 6])\n    ",
    )  # fmt: skip


cumsum = _scan("cumsum", reduce.cumsum.unary, "sum")
cumprod = _scan("cumprod", lambda x, axis: elementwise["mul"](reduce.before(x, axis), x), "product")


def _in_place(function: Function) -> Function:
    name = f"{function.__name__}_"

    def method(self: Any, dim: Any = None, *, dtype: Any = None, axis: Any = None) -> Any:
        axis_of(dim_of(dim, axis), self._value.ndim)
        if self._value.dtype == bool:
            raise NotImplementedError(
                f"\"{function.__name__}_out_cpu\" not implemented for 'Bool': use .int()"
            )
        if dtype is not None and dtypes.as_dtype(dtype, name).numpy != self._value.dtype:
            raise RuntimeError(
                f"Bad in-place call: input tensor dtype {self.dtype!r} and output tensor dtype "
                f"{dtype!r} should match"
            )
        value = function(self.clone(), dim, axis=axis)  # the old elements are about to be lost
        return overwritten(self, to_dtype(value, self._value.dtype))

    return named(method, name, f"In place: {function.__doc__}".split("\n")[0])


def _running(name: str, kind: type, largest: bool) -> Function:
    def function(input: Any, dim: Any = None, *, axis: Any = None) -> Any:
        x, at = line(input, dim_of(dim, axis), name)
        places = scan.running_place.unary(x, at, largest)
        results = picked(x, places, at), places
        if not input._value.ndim:
            results = tuple(shape.reshape.unary(y, ()) for y in results)
        titled(results[0], f"{name.capitalize()}Backward0")
        return kind(*results)

    return named(
        function, name,
        f"The {name[3:]}imum of what comes up to each element along a dimension, and where it is "
        "(of equals, the last): (values, indices).",
    )  # fmt: skip


cummax = _running("cummax", returns.cummax, True)
cummin = _running("cummin", returns.cummin, False)


def logcumsumexp(input: Any, dim: Any = None, *, axis: Any = None) -> Any:
    """log(cumsum(exp(input))) along a dimension, without overflow."""
    x = input_box(input, "logcumsumexp")
    at = axis_of(dim_of(dim, axis), x._value.ndim)
    if x._value.dtype.kind not in "fc":
        raise refused("logcumsumexp", x)
    y = scan.logcumsumexp.unary(lifted(x), at)
    return y if x._value.ndim else shape.reshape.unary(y, ())


functions: dict[str, Function] = {
    f.__name__: f for f in (cumsum, cumprod, cummax, cummin, logcumsumexp)
}
methods: dict[str, Function] = {f.__name__: f for f in map(_in_place, (cumsum, cumprod))}
takes_out = ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp")
