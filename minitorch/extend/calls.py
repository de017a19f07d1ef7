"""One call of a user's primitive, taken apart into its arrays and the rest.

The engine passes flat tuples of boxes about; a user's function has its arrays wherever it likes,
in lists and dictionaries too, among any other arguments.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.differential.containers import LEAF, Form, flatten, is_number, is_result
from minitorch.engine.box import Box, face_of, fresh
from minitorch.extend.sparse import SparseObject
from minitorch.faces.numpy.operands import is_tracked, may_change

Values = Sequence[Any]
SCALARS = {bool, int, float, complex, str, type(None)}
PLAIN = {*SCALARS, np.ndarray}  # what holds no box, as is seen at once


class Call:
    """The arguments of one call; `forms` are those of the ones that hold boxes, by position.

    `owners` tells for each array in them which argument it is in; `direct` says that each is an
    argument itself. `output` and `order`, set when
    the function has run, are the form of its result and which of its leaves each array is: first
    the `floats` ones of floating point, which a derivative may flow through.
    """

    __slots__ = (
        "args",
        "direct",
        "floats",
        "forms",
        "kwargs",
        "order",
        "output",
        "owned",
        "owners",
    )

    output: Form
    order: list[int]
    floats: int

    def __init__(self, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self.args, self.kwargs = list(args), kwargs
        self.forms: dict[int, Form] = {}
        self.owners: list[int] = []
        self.owned = False

    def __repr__(self) -> str:
        shown = ["·" if i in self.forms else _short(a) for i, a in enumerate(self.args)]
        shown += [f"{name}={_short(value)}" for name, value in self.kwargs.items()]
        return f"({', '.join(shown)})"

    def open(self) -> tuple[Box, ...]:
        """Take the arrays out of those arguments that hold boxes."""
        found: list[Any] = []
        for i, arg in enumerate(self.args):
            if isinstance(arg, Box):
                found.append(arg)
                self.owners.append(i)
                self.forms[i], self.args[i] = LEAF, None
                continue
            if type(arg) in PLAIN:
                continue
            leaves, form = flatten(arg, _may_move)
            if any(isinstance(leaf, Box) for leaf in leaves):
                found += leaves
                self.owners += [i] * len(leaves)
                self.forms[i], self.args[i] = form, None
        self.direct = len(found) == len(self.forms) and set(self.forms.values()) == {LEAF}
        boxes = tuple([x for x in found if isinstance(x, Box)])
        if len(boxes) == len(found):
            return boxes
        face = face_of(boxes)
        return tuple(x if isinstance(x, Box) else fresh(face, np.array(x)) for x in found)

    def within(self, i: int) -> list[int]:
        """Which of the arrays are in argument `i`."""
        return [k for k, owner in enumerate(self.owners) if owner == i]

    def filled(self, arrays: Values) -> list[Any]:
        """The positional arguments with these arrays."""
        args = list(self.args)
        if self.direct:
            for i, array in zip(self.owners, arrays):
                args[i] = array
            return args
        for i, form in self.forms.items():
            args[i] = form.build(iter([arrays[k] for k in self.within(i)]))
        return args

    def close(self, result: Any, given: Values, name: str) -> list[np.ndarray]:
        """Take the arrays out of the function's result: those of floating point first."""
        if type(result) is np.ndarray:
            if result.dtype.kind in "fc":  # as most are
                self.output, self.order, self.floats = LEAF, [0], 1
                shared = result.base is not None or True in [result is x for x in given]
                return [result.copy() if shared else result]
            leaves, self.output = [result], LEAF
        else:
            leaves, self.output = flatten(dense(result), is_result)
        if not leaves:
            raise TypeError(
                f"{name} is a primitive: it must return numbers, arrays or containers of such, "
                f"not {type(result).__name__}"
            )
        arrays: list[np.ndarray] = []
        for leaf in leaves:
            array = _plain(leaf, name)
            shared = array.base is not None or any(array is x for x in (*given, *arrays))
            arrays.append(array.copy() if shared else array)  # a box's memory is its own
        self.order = sorted(range(len(arrays)), key=lambda i: arrays[i].dtype.kind not in "fc")
        self.floats = sum(array.dtype.kind in "fc" for array in arrays)
        return [arrays[i] for i in self.order]

    def returned(self, arrays: Values, hollow: bool = False) -> Any:
        """The function's result with these arrays, which are in their own order."""
        if self.output is LEAF:
            return arrays[0]
        leaves = dict(zip(self.order, arrays, strict=True))
        return self.output.build((leaves[i] for i in range(len(leaves))), hollow)

    def parts(self, value: Any, what: str) -> list[Any]:
        """What stands in a value like the result where its arrays are, in their own order."""
        if self.output is LEAF:
            return [value]
        leaves = self.output.leaves(value, what)
        return [leaves[i] for i in self.order]

    def own(self) -> None:
        """Copy the constant arrays which a rule will read and which their holder may change."""
        if not self.owned:
            self.owned = True
            if not self.kwargs and all(arg is None or type(arg) in SCALARS for arg in self.args):
                return
            self.args = [_copied(arg) for arg in self.args]
            self.kwargs = {name: _copied(value) for name, value in self.kwargs.items()}


def positional(
    fun: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, with boxes that came by keyword at their positions: rules look there."""
    boxed = [k for k, value in kwargs.items() if flatten(value, _is_box)[0]]
    if not boxed:
        return args, kwargs
    try:
        parameters = list(inspect.signature(fun).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    order = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    lost = [key for key in boxed if key not in order]
    if lost:
        raise TypeError(
            f"{name}: the argument {lost[0]!r} holds an Array or Tensor and can only be given by "
            "keyword; derivatives are stated for arguments by position, so that its own would be "
            "lost. Make it an argument by position, or pass a plain array"
        )
    names = [p.name for p in parameters]
    last = max(names.index(key) for key in boxed)
    rest = dict(kwargs)
    more = [rest.pop(p.name, p.default) for p in parameters[len(args) : last + 1]]
    if any(value is inspect.Parameter.empty for value in more):
        inspect.signature(fun).bind(*args, **kwargs)  # raises, naming what is missing
    return (*args, *more), rest


def dense(value: Any) -> Any:
    """A sparse gradient with all its zeros; anything else as it is."""
    return value.dense() if isinstance(value, SparseObject) else value


def _is_box(value: Any) -> bool:
    return isinstance(value, Box)


def _may_move(value: Any) -> bool:
    return isinstance(value, Box) or is_number(value)


def _plain(leaf: Any, name: str) -> np.ndarray:
    if is_tracked(leaf):
        raise TypeError(
            f"{name} is a primitive, but its result depends on a traced value that it did not get "
            "as an argument, and no rule gives the derivative by that: pass it in by position"
        )
    return leaf._value if isinstance(leaf, Box) else np.asarray(leaf)


def _copied(value: Any) -> Any:
    """`value` with copies of the arrays in it that may change; itself where there are none."""
    leaves, form = flatten(value, lambda x: isinstance(x, np.ndarray) and may_change(x))
    return form.build(leaf.copy() for leaf in leaves) if leaves else value


def _short(value: Any) -> str:
    text = getattr(value, "__name__", None) or repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
