"""Recurrent layers over whole sequences: RNN, LSTM, GRU. Single steps are in `cells`."""

from __future__ import annotations

import math
import numbers
import warnings
import weakref
from typing import Any, ClassVar

from minitorch.faces.creation import empty, zeros
from minitorch.faces.recurrent import recurrent
from minitorch.faces.tensor import Tensor
from minitorch.nn import init
from minitorch.nn.modules.module import Module
from minitorch.nn.modules.rnn_cells import GRUCell as GRUCell
from minitorch.nn.modules.rnn_cells import LSTMCell as LSTMCell
from minitorch.nn.modules.rnn_cells import RNNCell as RNNCell
from minitorch.nn.modules.rnn_cells import RNNCellBase as RNNCellBase
from minitorch.nn.parameter import Parameter
from minitorch.nn.utils.rnn import PackedSequence
from minitorch.ops.cells import GRU_CELL, LSTM_CELL, RELU, TANH

_CELLS = {"LSTM": LSTM_CELL, "GRU": GRU_CELL, "RNN_TANH": TANH, "RNN_RELU": RELU}


class RNNBase(Module):
    """What RNN, LSTM and GRU have: weights for each layer and direction, and the way through.

    The weights of layer k are `weight_ih_lk`, `weight_hh_lk`, `bias_ih_lk`, `bias_hh_lk` and, in
    an LSTM with a projection, `weight_hr_lk`; those of the reverse direction end in `_reverse`.
    All begin uniform within ±1/sqrt(hidden_size).
    """

    mode: str
    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    batch_first: bool
    dropout: float
    bidirectional: bool
    proj_size: int
    _kind: ClassVar[str] = "D"  # how a message speaks of a tensor of n dimensions

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size, self.hidden_size = input_size, hidden_size
        self.num_layers, self.bias, self.batch_first = num_layers, bias, batch_first
        self.dropout, self.bidirectional = float(dropout), bidirectional
        self.proj_size = proj_size
        self._flat_weight_refs: list[Any] = []
        self._check_settings(dropout)
        if mode not in _CELLS:
            raise ValueError(f"Unrecognized RNN mode: {mode}; expected one of {', '.join(_CELLS)}")
        self._flat_weights_names: list[str] = []
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[: self._directions]:
                self._make_weights(layer, suffix, {"device": device, "dtype": dtype})
        self._init_flat_weights()
        self.reset_parameters()

    def _check_settings(self, dropout: Any) -> None:
        number = isinstance(dropout, numbers.Number) and not isinstance(dropout, bool)
        if not number or not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an "
                f"element being zeroed, got {dropout!r}"
            )
        if dropout > 0 and self.num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero "
                f"dropout expects num_layers greater than 1, but got dropout={dropout} and "
                f"num_layers={self.num_layers}",
                stacklevel=4,
            )
        for name, kind in (
            ("bias", bool), ("batch_first", bool), ("input_size", int), ("hidden_size", int)
        ):  # fmt: skip
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise TypeError(
                    f"{name} should be of type {kind.__name__}, got: {type(value).__name__}"
                )
        for name in ("input_size", "hidden_size", "num_layers"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be greater than zero, got {getattr(self, name)}")
        if self.proj_size < 0:
            raise ValueError(
                "proj_size should be a positive integer or zero to disable projections, got "
                f"{self.proj_size}"
            )
        if self.proj_size >= self.hidden_size:
            raise ValueError(
                f"proj_size has to be smaller than hidden_size, got {self.proj_size} and "
                f"{self.hidden_size}"
            )

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _state_size(self) -> int:
        return self.proj_size or self.hidden_size

    def _make_weights(self, layer: int, suffix: str, place: dict[str, Any]) -> None:
        rows = _CELLS[self.mode].gates * self.hidden_size
        width = self._state_size * self._directions if layer else self.input_size
        shapes: dict[str, Any] = {
            "weight_ih": (rows, width), "weight_hh": (rows, self._state_size)
        }  # fmt: skip
        if self.bias:
            shapes.update(bias_ih=rows, bias_hh=rows)
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        names = [f"{name}_l{layer}{suffix}" for name in shapes]
        for name, shape in zip(names, shapes.values(), strict=True):
            setattr(self, name, Parameter(empty(shape, **place)))
        self._flat_weights_names.extend(names)
        self._all_weights.append(names)

    # The weights in a flat list, as the function takes them; it follows what is assigned to them

    def _init_flat_weights(self) -> None:
        self._flat_weights = [getattr(self, name, None) for name in self._flat_weights_names]
        self._flat_weight_refs = [
            None if weight is None else weakref.ref(weight) for weight in self._flat_weights
        ]
        self.flatten_parameters()

    def __setattr__(self, attr: str, value: Any) -> None:
        names = self.__dict__.get("_flat_weights_names", ())
        if attr in names and "_flat_weights" in self.__dict__:
            self._flat_weights[names.index(attr)] = value
        super().__setattr__(attr, value)

    def flatten_parameters(self) -> None:
        """Nothing: it lays the weights out for devices that are not here."""

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        super()._apply(fn, recurse)
        self._init_flat_weights()
        return self

    def _weights_have_changed(self) -> bool:
        """Whether some weight is another tensor than it was, as under `functional_call`."""
        for ref, name in zip(self._flat_weight_refs, self._flat_weights_names, strict=True):
            weight = self._parameters.get(name)
            if weight is None:  # a reparametrisation may have put a computed one in its place
                weight = getattr(self, name, None)
            if weight is not None and ref is not None and ref() is not weight:
                return True
        return False

    def _update_flat_weights(self) -> None:
        if self._weights_have_changed():
            self._init_flat_weights()

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The weights, a list for each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def __getstate__(self) -> dict[str, Any]:
        self._update_flat_weights()
        state = self.__dict__.copy()
        del state["_flat_weight_refs"]
        return state

    def __setstate__(self, d: dict[str, Any]) -> None:
        super().__setstate__(d)
        if "_flat_weights_names" not in d:
            return  # a module that is being made
        self.__dict__.setdefault("proj_size", 0)
        self._init_flat_weights()

    # Checks of the arguments

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Raise unless the input has the weights' dtype and the right sizes.

        Raises:
            ValueError: it has another dtype.
            RuntimeError: it has another number of dimensions, or not `input_size` in the last.
        """
        dtype: Any = self._flat_weights[0].dtype  # type: ignore[union-attr]
        if input.dtype != dtype:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({dtype}). Convert "
                f"input: input.to({dtype}), or convert model: model.to({input.dtype})"
            )
        expected = 3 if batch_sizes is None else 2
        if input.ndim != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.ndim}")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                "input.size(-1) must be equal to input_size. Expected "
                f"{self.input_size}, got {input.shape[-1]}"
            )

    def _batch(self, input: Tensor, batch_sizes: Tensor | None) -> int:
        if batch_sizes is not None:
            return int(batch_sizes[0])
        return input.shape[0 if self.batch_first else 1]

    def get_expected_hidden_size(
        self, input: Tensor, batch_sizes: Tensor | None
    ) -> tuple[int, int, int]:
        """The shape of the hidden state that belongs to an input."""
        layers = self.num_layers * self._directions
        return layers, self._batch(input, batch_sizes), self._state_size

    def check_hidden_size(
        self,
        hx: Tensor,
        expected_hidden_size: tuple[int, int, int],
        msg: str = "Expected hidden size {}, got {}",
    ) -> None:
        """Raise RuntimeError unless a state has a shape."""
        if tuple(hx.shape) != tuple(expected_hidden_size):
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.shape)))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Raise unless input and state fit the layer."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """A state with its sequences in another order."""
        return hx if permutation is None else hx.index_select(1, permutation)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        plain = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False,
                 "dropout": 0, "bidirectional": False}  # fmt: skip
        for name, usual in plain.items():
            value = getattr(self, name)
            text += f", {name}={value}" if value != usual else ""
        return text

    # The way through

    def _states(self, hx: Any) -> tuple[Tensor, ...]:
        return (hx,)

    def _joined(self, states: Any) -> Any:
        return states[0]

    def _check_ranks(self, states: tuple[Tensor, ...], batched: bool) -> None:
        rank = 3 if batched else 2
        if any(state.ndim != rank for state in states):
            raise RuntimeError(
                f"For {'batched 3-D' if batched else 'unbatched 2-D'} input, hx should also be "
                f"{rank}-D but got {states[0].ndim}-D tensor"
            )

    def _first(self, input: Tensor, batch: int) -> Any:
        """States of zeros."""
        layers = self.num_layers * self._directions
        return zeros(layers, batch, self._state_size, dtype=input.dtype)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """Run through all steps; the outputs of the last layer, and the last states of all."""
        self._update_flat_weights()
        if isinstance(input, PackedSequence):
            return self._packed(input, hx)
        name = self.mode.partition("_")[0]
        if not isinstance(input, Tensor):
            raise AttributeError(
                f"'{type(input).__name__}' object has no attribute 'dim': {name} takes a Tensor "
                "or a PackedSequence"
            )
        if input.ndim not in (2, 3):
            raise ValueError(
                f"{name}: Expected input to be 2D or 3D, got {input.ndim}{self._kind} instead"
            )
        batched, dim = input.ndim == 3, 0 if self.batch_first else 1
        if hx is not None:
            given = self._states(hx)
            self._check_ranks(given, batched)
            hx = hx if batched else self._joined([state.unsqueeze(1) for state in given])
        input = input if batched else input.unsqueeze(dim)
        hx = self._first(input, input.shape[dim]) if hx is None else hx
        self.check_forward_args(input, hx, None)
        y, states = self._run(input, None, hx)
        if not batched:
            y, states = y.squeeze(dim), [state.squeeze(1) for state in states]
        return y, self._joined(states)

    def _packed(self, input: PackedSequence, hx: Any) -> tuple[PackedSequence, Any]:
        data, batch_sizes, order, back = input
        if hx is None:
            hx = self._first(data, int(batch_sizes[0]))
        else:
            hx = self.permute_hidden(hx, order)
        self.check_forward_args(data, hx, batch_sizes)
        y, states = self._run(data, batch_sizes, hx)
        return PackedSequence(y, batch_sizes, order, back), self.permute_hidden(
            self._joined(states), back
        )

    def _run(self, input: Tensor, batch_sizes: Tensor | None, hx: Any) -> tuple[Any, Any]:
        y, *states = recurrent(
            _CELLS[self.mode], self.mode.lower(), input, batch_sizes, hx, self._flat_weights,
            self.bias, self.num_layers, self.dropout, self.training, self.bidirectional,
            self.batch_first,
        )  # fmt: skip
        return y, states


class RNN(RNNBase):
    """An Elman network: `h_t = tanh(x_t @ W_ih.T + b_ih + h_{t-1} @ W_hh.T + b_hh)`.

    Args:
        input_size, hidden_size: of the input and of the state.
        num_layers: layers, each of which runs over the outputs of the one below.
        nonlinearity: "tanh" or "relu".
        bias: whether `b_ih` and `b_hh` are learnt.
        batch_first: whether input and output are `(batch, steps, *)`, not `(steps, batch, *)`.
        dropout: the odds of an element's being dropped between two layers, in training.
        bidirectional: whether each layer runs in both directions; the outputs are joined.
        device, dtype: of the parameters.

    Shapes: input `(steps, batch, input_size)`, or without `batch`, or a `PackedSequence`; the
    first state `(num_layers * directions, batch, hidden_size)`, zeros if not given; returns the
    outputs `(steps, batch, directions * hidden_size)` and the last state.

    Example:
        >>> rnn = torch.nn.RNN(10, 20, 2)
        >>> y, h = rnn(torch.zeros(5, 3, 10), torch.zeros(2, 3, 20))
        >>> y.shape, h.shape
        (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """

    nonlinearity: str
    _kind = "D tensor"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        if len(args) > 3:
            nonlinearity, args = args[3], (*args[:3], *args[4:])
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'."
            )
        super().__init__(f"RNN_{nonlinearity.upper()}", *args, **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory; Hochreiter and Schmidhuber, Neural Computation 9 (1997).

    With `i, f, g, o` the four parts of `x_t @ W_ih.T + b_ih + h_{t-1} @ W_hh.T + b_hh`:
    `c_t = sigmoid(f) * c_{t-1} + sigmoid(i) * tanh(g)` and `h_t = sigmoid(o) * tanh(c_t)`.

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional: see `RNN`.
        proj_size: if not 0, `h_t` is projected to this size (arXiv 1402.1128).
        device, dtype: of the parameters.

    Shapes as in `RNN`; the state is a pair `(h, c)`.

    Example:
        >>> lstm = torch.nn.LSTM(10, 20, 2)
        >>> y, (h, c) = lstm(torch.zeros(5, 3, 10))
        >>> y.shape, c.shape
        (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(
        self, input: Tensor, batch_sizes: Tensor | None
    ) -> tuple[int, int, int]:
        """The shape of the cell state that belongs to an input."""
        layers = self.num_layers * self._directions
        return layers, self._batch(input, batch_sizes), self.hidden_size

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Raise unless input and states fit the layer."""
        self.check_input(input, batch_sizes)
        sizes = (
            self.get_expected_hidden_size(input, batch_sizes),
            self.get_expected_cell_size(input, batch_sizes),
        )
        for i, size in enumerate(sizes):
            self.check_hidden_size(hidden[i], size, f"Expected hidden[{i}] size {{}}, got {{}}")

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """A pair of states with its sequences in another order."""
        if permutation is None:
            return hx
        return hx[0].index_select(1, permutation), hx[1].index_select(1, permutation)

    def _states(self, hx: Any) -> tuple[Tensor, ...]:
        if len(hx) < 2:
            raise IndexError("tuple index out of range: the state of an LSTM is a pair (h, c)")
        return hx[0], hx[1]

    def _joined(self, states: Any) -> Any:
        return tuple(states)

    def _check_ranks(self, states: tuple[Tensor, ...], batched: bool) -> None:
        rank = 3 if batched else 2
        if any(state.ndim != rank for state in states):
            raise RuntimeError(
                f"For {'batched 3-D' if batched else 'unbatched 2-D'} input, hx and cx should "
                f"also be {rank}-D but got ({states[0].ndim}-D, {states[1].ndim}-D) tensors; hx is "
                "a pair (h, c)"
            )

    def _first(self, input: Tensor, batch: int) -> Any:
        layers = self.num_layers * self._directions
        cell = zeros(layers, batch, self.hidden_size, dtype=input.dtype)
        return super()._first(input, batch), cell


class GRU(RNNBase):
    """The gated recurrent unit; Cho et al., arXiv 1406.1078.

    With `r, z, n` the parts of the products with the input and (primed) with the state:
    `h_t = (1 - z) * n + z * h_{t-1}`, where r and z are sigmoids of the sums of their parts and
    `n = tanh(n + r * n')`.

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional: see `RNN`.
        device, dtype: of the parameters.

    Example:
        >>> gru = torch.nn.GRU(10, 20, bidirectional=True)
        >>> y, h = gru(torch.zeros(5, 3, 10))
        >>> y.shape, h.shape
        (torch.Size([5, 3, 40]), torch.Size([2, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)


def _refuse_projection(kwargs: dict[str, Any]) -> None:
    if "proj_size" in kwargs:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
