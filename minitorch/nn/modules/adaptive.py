"""A softmax over very many classes, of which few are frequent; arXiv 1609.04309."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from minitorch.faces.joining import cat
from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn.modules.container import ModuleList, Sequential
from minitorch.nn.modules.linear import Linear
from minitorch.nn.modules.module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _ASMoutput(NamedTuple):
    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log probabilities of classes sorted by frequency, the rarer ones in clusters.

    The head knows the first `cutoffs[0]` classes and one place for each cluster; cluster i holds
    the classes from `cutoffs[i]` to `cutoffs[i + 1] - 1` and sees the input through a projection
    to `in_features / div_value**(i + 1)` numbers.

    Args:
        in_features: size of an input's last dimension.
        n_classes: their number.
        cutoffs: increasing, all between 1 and n_classes - 1.
        div_value: by how much each cluster's projection is smaller than the one before.
        head_bias: whether the head has a bias.

    Called with input `(N, in_features)` and target `(N,)`, or `(in_features,)` and `()`, it gives
    the log probabilities `output` of the targets, and `loss`, their mean times -1.

    Example:
        >>> layer = torch.nn.AdaptiveLogSoftmaxWithLoss(16, 20, cutoffs=[5, 10])
        >>> layer(torch.randn(4, 16), torch.tensor([0, 19, 7, 3])).output.shape
        torch.Size([4])
        >>> layer.log_prob(torch.randn(4, 16)).exp().sum(1)
        tensor([1.0000, 1.0000, 1.0000, 1.0000], grad_fn=<SumBackward1>)
    """

    in_features: int
    n_classes: int
    cutoffs: list[int]
    div_value: float
    head_bias: bool
    head: Linear
    tail: ModuleList

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cuts = list(cutoffs)
        if not cuts:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        rising = all(a < b for a, b in pairwise([0, *cuts, n_classes]))
        if not rising or any(int(c) != c for c in cuts):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an "
                f"increasing order, where each value is between 1 and n_classes-1; got {cuts} for "
                f"n_classes={n_classes}"
            )
        self.in_features, self.n_classes = in_features, n_classes
        self.cutoffs = [*cuts, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = cuts[0], len(cuts)
        self.head_size = self.shortlist_size + self.n_clusters
        place = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **place)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(pairwise(self.cutoffs)):
            size = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(
                    Linear(in_features, size, bias=False, **place),
                    Linear(size, high - low, bias=False, **place),
                )
            )

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        self.head.reset_parameters()
        for projection in self.tail:
            for layer in projection:  # type: ignore[attr-defined]
                layer.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        self._check(input_, target_)
        alone = target_.ndim == 0
        input = input_.unsqueeze(0) if alone else input_
        target: Any = target_.unsqueeze(0) if alone else target_
        output, place, used = input.new_zeros(target.shape), target.clone(), 0
        for i, (low, high) in enumerate(pairwise([0, *self.cutoffs])):
            rows = ((target >= low) & (target < high)).nonzero().squeeze(1)
            used += rows.numel()
            if i == 0 or not rows.numel():
                continue
            place[rows] = self.shortlist_size + i - 1
            inside = F.log_softmax(self.tail[i - 1](input.index_select(0, rows)), dim=1)
            mine = inside.gather(1, (target[rows] - low).unsqueeze(1)).squeeze(1)
            output = output.index_copy(0, rows, mine)
        if used != len(target):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{target.min().item()}, {target.max().item()}] were found. "
            )
        head = F.log_softmax(self.head(input), dim=1)
        output = output + head.gather(1, place.unsqueeze(1)).squeeze(1)
        loss = (-output).mean()
        return _ASMoutput(output.squeeze(0) if alone else output, loss)

    def _check(self, input: Tensor, target: Tensor) -> None:
        if target.ndim > 1:
            raise RuntimeError(
                "0D or 1D target tensor expected, multi-target not supported: got shape "
                f"{list(target.shape)}"
            )
        if target.ndim == 1 and input.shape[:1] != target.shape:
            raise RuntimeError(
                "Input and target should have the same size in the batch dimension: got shapes "
                f"{list(input.shape)} and {list(target.shape)}"
            )
        if input.ndim != target.ndim + 1:
            raise RuntimeError(
                f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but "
                f"found inputs with size {input.shape}"
            )

    def log_prob(self, input: Tensor) -> Tensor:
        """The log probabilities of all classes, `(N, n_classes)`, for inputs `(N, in_features)`."""
        head = F.log_softmax(self.head(input), dim=1)
        parts = [head[:, : self.shortlist_size]]
        for i, projection in enumerate(self.tail):
            place = head[:, self.shortlist_size + i].unsqueeze(1)
            parts.append(F.log_softmax(projection(input), dim=1) + place)
        return cat(parts, dim=1)  # type: ignore[no-any-return]

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class of each input, `(N,)`; clusters are computed where needed."""
        best: Any = self.head(input).argmax(dim=1)
        rare = best >= self.shortlist_size
        if rare.any():
            best[rare] = self.log_prob(input[rare]).argmax(dim=1)
        return best  # type: ignore[no-any-return]
