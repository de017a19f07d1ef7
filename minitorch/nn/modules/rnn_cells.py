"""Single steps of recurrent layers: RNNCell, LSTMCell, GRUCell."""

from __future__ import annotations

import math
from typing import Any

from minitorch.faces.creation import empty, zeros
from minitorch.faces.recurrent import functions
from minitorch.faces.tensor import Tensor
from minitorch.nn import init
from minitorch.nn.modules.module import Module
from minitorch.nn.parameter import Parameter


class RNNCellBase(Module):
    """What the cells have: `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`.

    All begin uniform within ±1/sqrt(hidden_size). `num_chunks` is how many times `hidden_size`
    the rows of the weights are.
    """

    input_size: int
    hidden_size: int
    bias: bool
    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows, place = num_chunks * hidden_size, {"device": device, "dtype": dtype}
        self.weight_ih = Parameter(empty((rows, input_size), **place))
        self.weight_hh = Parameter(empty((rows, hidden_size), **place))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, **place)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return text + (f", nonlinearity={nonlinearity}" if nonlinearity != "tanh" else "")

    def _checked(self, x: Any, what: str) -> Any:
        """A batch of what may be one example."""
        if x.dim() not in (1, 2):
            raise ValueError(
                f"{type(self).__name__}: Expected {what} to be 1D or 2D, got {x.dim()}D instead"
            )
        return x

    def _step(self, name: str, input: Any, states: Any) -> tuple[Any, ...]:
        """The next states; `states` are None for zeros."""
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        if states is None:
            first = zeros(x.shape[0], self.hidden_size, dtype=x.dtype)
            states = (first,) * (2 if name == "lstm_cell" else 1)
        elif not batched:
            states = [state.unsqueeze(0) for state in states]
        hx = tuple(states) if name == "lstm_cell" else states[0]
        y = functions[name](x, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        results = y if type(y) is tuple else (y,)
        return results if batched else tuple([result.squeeze(0) for result in results])


class RNNCell(RNNCellBase):
    """One step of an Elman network: `h' = tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)`.

    `nonlinearity` is "tanh" or "relu"; the state is zeros if not given.

    Example:
        >>> cell = torch.nn.RNNCell(10, 20)
        >>> cell(torch.zeros(3, 10), torch.zeros(3, 20)).shape
        torch.Size([3, 20])
    """

    nonlinearity: str

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        self._checked(input, "input")
        states = None if hx is None else (self._checked(hx, "hidden"),)
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(f"rnn_{self.nonlinearity}_cell", input, states)[0]


class LSTMCell(RNNCellBase):
    """One step of an LSTM: the next `(h, c)`; see `LSTM`.

    Example:
        >>> cell = torch.nn.LSTMCell(10, 20)
        >>> h, c = cell(torch.zeros(3, 10), (torch.zeros(3, 20), torch.zeros(3, 20)))
        >>> h.shape, c.shape
        (torch.Size([3, 20]), torch.Size([3, 20]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        self._checked(input, "input")
        if isinstance(hx, Tensor):
            raise TypeError(
                "lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not Tensor: "
                "the state of an LSTMCell is a pair (h, c)"
            )
        for i, state in enumerate(hx or ()):
            self._checked(state, f"hx[{i}]")
        h, c = self._step("lstm_cell", input, hx)
        return h, c


class GRUCell(RNNCellBase):
    """One step of a GRU; see `GRU`.

    Example:
        >>> torch.nn.GRUCell(10, 20)(torch.zeros(3, 10)).shape
        torch.Size([3, 20])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        self._checked(input, "input")
        states = None if hx is None else (self._checked(hx, "hidden"),)
        return self._step("gru_cell", input, states)[0]
