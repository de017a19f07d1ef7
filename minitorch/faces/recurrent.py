"""torch.*: recurrent layers over whole sequences, padded or packed, and single cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.faces import dtypes
from minitorch.faces.operands import TensorArgument, box_of
from minitorch.faces.sampling import dropped
from minitorch.faces.tensor import Tensor
from minitorch.ops.cells import GRU_CELL, LSTM_CELL, RELU, TANH, Cell
from minitorch.ops.elementwise import add, multiply
from minitorch.ops.linalg import linear
from minitorch.ops.recurrent import projected, recurrence
from minitorch.ops.shape import broadcast_to, cat, getitem, reshape, stack, transpose

Function = Callable[..., Any]
Sizes = tuple[int, ...]


class Weights(NamedTuple):
    """The weights of one layer in one direction; `w_hr` projects what it puts out."""

    w_ih: Box
    w_hh: Box
    b_ih: Box | None = None
    b_hh: Box | None = None
    w_hr: Box | None = None


def weights_of(params: Sequence[Box], layers: int, has_biases: bool) -> list[Weights]:
    """A flat list of weights, by layers (and directions)."""
    count = len(params) // max(layers, 1)
    bare = 4 if has_biases else 2
    if count not in (bare, bare + 1) or count * layers != len(params):
        raise RuntimeError(
            f"got an incorrect number of RNN parameters: {len(params)} for {layers} layers and "
            f"directions, expected {bare} of each (one more with a projection)"
        )
    rows = [params[i : i + count] for i in range(0, len(params), count)]
    own = [row[:bare] if has_biases else [*row[:2], None, None] for row in rows]
    return [Weights(*some, *row[bare:]) for some, row in zip(own, rows, strict=True)]  # type: ignore[arg-type]


def one_layer(
    cell: Cell, x: Box, h: Box, c: Box | None, weights: Weights, sizes: Sizes, reverse: bool
) -> tuple[Any, ...]:
    """Outputs and last states of one layer in one direction, over packed rows."""
    _check_layer(cell, x, h, c, weights)
    w_ih, w_hh, b_ih, b_hh, w_hr = weights
    dtype = x._value.dtype
    zeros = fresh(Tensor, np.zeros(len(w_ih._value), dtype))
    b_ih, b_hh = (zeros if b is None else b for b in (b_ih, b_hh))
    if not cell.apart and b_hh is not zeros:
        b_ih, b_hh = add.binary(b_ih, b_hh), zeros  # one sum gives the gradients of both
    if c is None:
        c = fresh(Tensor, np.zeros((len(h._value), 0), dtype))
    if w_hr is not None:
        return projected(x, h, c, w_ih, w_hh, b_ih, b_hh, cell, sizes, reverse, w_hr)
    return recurrence.apply((x, h, c, w_ih, w_hh, b_ih, b_hh), (cell, sizes, reverse))


def _check_layer(cell: Cell, x: Box, h: Box, c: Box | None, weights: Weights) -> None:
    """Raise RuntimeError unless dtypes and sizes go together."""
    dtype = x._value.dtype
    for other in (h, c, *weights):
        if other is not None and other._value.dtype != dtype:
            kinds = [dtypes.of(kind).scalar_type for kind in (dtype, other._value.dtype)]
            raise RuntimeError(
                f"mat1 and mat2 must have the same dtype, but got {kinds[0]} and {kinds[1]}: the "
                "input, the states and the weights of a recurrent layer are of one dtype"
            )
    if dtype.kind not in "fV":
        raise NotImplementedError(
            f"\"addmm_impl_cpu_\" not implemented for '{dtypes.of(dtype).scalar_type}': a "
            "recurrent layer takes floating-point numbers"
        )
    size = h._value.shape[-1] if weights.w_hr is None else weights.w_hr._value.shape[-1]
    rows = cell.gates * size
    shapes = {"weight_ih": (rows, x._value.shape[-1]), "weight_hh": (rows, h._value.shape[-1]),
              "bias_ih": (rows,), "bias_hh": (rows,)}  # fmt: skip
    for (name, shape), weight in zip(shapes.items(), weights, strict=False):
        if weight is not None and weight._value.shape != shape:
            raise RuntimeError(
                f"{name} first dim must be {cell.gates} * hidden_size = {rows}, and its shape "
                f"{list(shape)}, but got {list(weight._value.shape)}"
            )


def all_layers(
    cell: Cell, x: Any, states: list[Box], weights: list[Weights], sizes: Sizes,
    directions: int, dropout: float,
) -> tuple[Any, ...]:  # fmt: skip
    """The last layer's outputs and all last states: packed rows through one layer after another.

    `dropout` is the odds of an element's being dropped between two layers.
    """
    last: list[list[Any]] = [[] for _ in states]
    for first in range(0, len(weights), directions):
        outputs = []
        for k in range(first, first + directions):
            h, *rest = (getitem.unary(state, (k,)) for state in states)
            c = rest[0] if rest else None
            y, h, c, *_ = one_layer(cell, x, h, c, weights[k], sizes, k > first)
            outputs.append(y)
            for found, state in zip(last, (h, c), strict=False):
                found.append(state)
        x = outputs[0] if directions == 1 else cat(outputs, 1)
        if dropout and first + directions < len(weights):
            x = multiply.binary(x, dropped(x, dropout))
    if directions == 1 and x._node is not None:
        x = identity.unary(x)  # the layer keeps its outputs, and a program may write to its own
    return (x, *(stack(found, 0) for found in last))


def recurrent(
    cell: Cell, name: str, input: Any, batch_sizes: Any, hx: Any, params: Any, has_biases: bool,
    num_layers: int, dropout: float, train: bool, bidirectional: bool, batch_first: bool = False,
) -> tuple[Any, ...]:  # fmt: skip
    """What `lstm`, `gru` and the others do; `batch_sizes` are those of a packed input, or None."""
    x = box_of(input, f"{name}(): argument 'input' (position 1)")
    states = [box_of(s, f"{name}(): argument 'hx'") for s in (hx if cell.cells else (hx,))]
    if cell.cells and len(states) != 2:
        raise RuntimeError(f"{name} expects two hidden states, got {len(states)}")
    directions = 2 if bidirectional else 1
    boxes = [box_of(p, f"{name}(): argument 'params'") for p in params]
    weights = weights_of(boxes, num_layers * directions, has_biases)
    packed = batch_sizes is not None
    if packed:
        sizes = tuple(batch_sizes.tolist())
    else:
        x = transpose.unary(x, (1, 0, 2)) if batch_first else x
        steps, batch, width = x._value.shape
        sizes = (batch,) * steps
        x = reshape.unary(x, (steps * batch, width))
    if not sizes:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    _check(name, x, states, weights)
    y, *last = all_layers(cell, x, states, weights, sizes, directions, dropout if train else 0.0)
    if not packed:
        y = reshape.unary(y, (len(sizes), sizes[0], y._value.shape[1]))
        y = transpose.unary(y, (1, 0, 2)) if batch_first else y
    return (y, *last)


def _check(name: str, x: Box, states: list[Box], weights: list[Weights]) -> None:
    width, wanted = x._value.shape[-1], weights[0].w_ih._value.shape[1]
    if width != wanted:
        rows = weights[0].w_ih._value.shape[0]
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({len(x._value)}x{width} and "
            f"{wanted}x{rows}): {name}() got an input of size {width}, where its first weight "
            f"takes {wanted}"
        )
    for state in states:
        if state._value.ndim != 3 or len(state._value) != len(weights):
            raise RuntimeError(
                f"{name}(): expected states of shape (layers * directions, batch, size) with "
                f"{len(weights)} in front, got {list(state._value.shape)}"
            )


def _layers(cell: Cell, name: str, what: str) -> Function:
    def function(*args: Any, **kwargs: Any) -> Any:
        place = 1 if cell.cells else 2  # where the two forms differ: a tensor, or several
        packed = "batch_sizes" in kwargs or any(
            isinstance(arg, Tensor) for arg in args[place : place + 1]
        )
        named = dict(zip(PACKED if packed else PADDED, args, strict=False), **kwargs)
        if "data" in named:
            named["input"] = named.pop("data")
        order = ("batch_sizes", *PADDED)
        missing = [n for n in (PACKED if packed else PADDED)[1:] if n not in named]
        if missing or set(named) - set(order) or "input" not in named:
            raise TypeError(
                f"{name}() received an invalid combination of arguments: expected either "
                f"({', '.join(PACKED)}) or ({', '.join(PADDED)})"
            )
        named.setdefault("batch_sizes", None)
        return recurrent(cell, name, **named)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = what
    return function


PADDED = (
    "input", "hx", "params", "has_biases", "num_layers", "dropout", "train", "bidirectional",
    "batch_first",
)  # fmt: skip
PACKED = ("data", "batch_sizes", *PADDED[1:-1])


def _one_step(
    cell: Cell, name: str, input: Any, states: tuple[Any, ...], params: tuple[Any, ...]
) -> tuple[Any, ...]:
    x = box_of(input, f"{name}(): argument 'input' (position 1)")
    if len(states) != (2 if cell.cells else 1):
        raise RuntimeError(f"{name} expects two hidden states, got {len(states)}")
    h, *rest = (box_of(s, f"{name}(): argument 'hx' (position 2)") for s in states)
    weights: list[Any] = [
        None if w is None else box_of(w, f"{name}(): argument '{kind}' (position {i + 3})")
        for i, (kind, w) in enumerate(zip(("w_ih", "w_hh", "b_ih", "b_hh"), params, strict=True))
    ]
    w_ih, w_hh = weights[:2]
    rows, width = x._value.shape[0], x._value.shape[1]
    if x._value.ndim != 2 or width != w_ih._value.shape[-1]:
        raise RuntimeError(
            f"input has inconsistent input_size: got {width} expected {w_ih._value.shape[-1]}"
        )
    for i, state in enumerate((h, *rest)):
        count, size = (state._value.shape[0], state._value.shape[-1])
        if count != rows:
            raise RuntimeError(
                f"Input batch size {rows} doesn't match hidden{i} batch size {count}"
            )
        if size != w_hh._value.shape[-1]:
            raise RuntimeError(
                f"hidden{i} has inconsistent hidden_size: got {size}, expected "
                f"{w_hh._value.shape[-1]}"
            )
    c = rest[0] if rest else None
    b_ih, b_hh = (None if b is None else _row(b, len(w_ih._value)) for b in weights[2:])
    own = Weights(w_ih, w_hh, b_ih, b_hh)
    if cell.gates > 1 or b_ih is None or b_hh is None:
        return one_layer(cell, x, h, c, own, (rows,), False)
    _check_layer(cell, x, h, c, own)  # so short a step is faster made of its operations
    h, _ = cell.step(linear(x, w_ih, b_ih), linear(h, w_hh, b_hh), h, c)
    return h, h


def _row(bias: Box, size: int) -> Any:
    """A bias as a vector: one number is repeated, a matrix of one row is that row."""
    if bias._value.size == 1 and bias._value.ndim < 2:
        return broadcast_to.unary(bias, (size,))
    return reshape.unary(bias, (size,)) if bias._value.shape == (1, size) else bias


def _cell(cell: Cell, name: str, what: str) -> Function:
    def function(
        input: TensorArgument, hx: TensorArgument, w_ih: TensorArgument, w_hh: TensorArgument,
        b_ih: Any = None, b_hh: Any = None,
    ) -> Any:  # fmt: skip
        return _one_step(cell, name, input, (hx,), (w_ih, w_hh, b_ih, b_hh))[1]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = what
    return function


def lstm_cell(
    input: TensorArgument, hx: Any, w_ih: TensorArgument, w_hh: TensorArgument,
    b_ih: Any = None, b_hh: Any = None,
) -> tuple[Any, Any]:  # fmt: skip
    """One step of an LSTM: the next states h and c of `hx = (h, c)`."""
    if not isinstance(hx, (tuple, list)):
        raise TypeError(
            "lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not "
            f"{type(hx).__name__}"
        )
    _, h, c, _ = _one_step(LSTM_CELL, "lstm_cell", input, tuple(hx), (w_ih, w_hh, b_ih, b_hh))
    return h, c


_LAYERS = "{} layers over sequences: the outputs of the last, and the last states of all."
functions: dict[str, Function] = {
    "lstm": _layers(LSTM_CELL, "lstm", _LAYERS.format("LSTM")),
    "gru": _layers(GRU_CELL, "gru", _LAYERS.format("GRU")),
    "rnn_tanh": _layers(TANH, "rnn_tanh", _LAYERS.format("Elman")),
    "rnn_relu": _layers(RELU, "rnn_relu", _LAYERS.format("Elman (with ReLU)")),
    "lstm_cell": lstm_cell,
    "gru_cell": _cell(GRU_CELL, "gru_cell", "One step of a GRU: its next state."),
    "rnn_tanh_cell": _cell(TANH, "rnn_tanh_cell", "One step of an Elman network with tanh."),
    "rnn_relu_cell": _cell(RELU, "rnn_relu_cell", "One step of an Elman network with ReLU."),
}
functions_only = frozenset(functions)
