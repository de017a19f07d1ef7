"""Embeddings: layers that look up rows of a learnt table."""

from __future__ import annotations

from typing import Any

from minitorch.engine.modes import no_grad
from minitorch.faces.creation import empty
from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn import init
from minitorch.nn.modules.module import Module
from minitorch.nn.parameter import Parameter


class _Table(Module):
    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None
    max_norm: float | None
    norm_type: float
    scale_grad_by_freq: bool
    weight: Tensor
    sparse: bool

    def _make(self, table: Tensor | None, freeze: bool, device: Any, dtype: Any) -> None:
        """Check the padding's row; make the table, or take the one that is given."""
        rows, padding = self.num_embeddings, self.padding_idx
        if padding is not None:
            if not -rows <= padding < rows:
                raise AssertionError(
                    f"Padding_idx must be within num_embeddings: {padding} of {rows} rows"
                )
            self.padding_idx = padding % rows
        if table is None:
            made = empty((rows, self.embedding_dim), device=device, dtype=dtype)
            self.weight = Parameter(made, requires_grad=not freeze)
            self.reset_parameters()
            return
        if tuple(table.shape) != (rows, self.embedding_dim):
            raise AssertionError(
                "Shape of weight does not match num_embeddings and embedding_dim: "
                f"{list(table.shape)} and {[rows, self.embedding_dim]}"
            )
        self.weight = Parameter(table, requires_grad=not freeze)

    def reset_parameters(self) -> None:
        """Draw the table anew, from the standard normal distribution; the padding's row is 0."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)

    def _options(self) -> str:
        """What differs from the defaults, as `repr` tells it."""
        text = f", max_norm={self.max_norm}" if self.max_norm is not None else ""
        text += f", norm_type={self.norm_type}" if self.norm_type != 2 else ""
        scaled = self.scale_grad_by_freq
        return text + (f", scale_grad_by_freq={scaled}" if scaled is not False else "")


def _two_dimensional(embeddings: Tensor) -> tuple[int, int]:
    if embeddings.dim() != 2:
        raise AssertionError(
            f"Embeddings parameter is expected to be 2-dimensional, not {embeddings.dim()}-D"
        )
    rows, width = embeddings.shape
    return rows, width


class Embedding(_Table):
    """Rows of a learnt table, looked up by their numbers.

    Args:
        num_embeddings, embedding_dim: the table's rows and columns.
        padding_idx: the row that begins as 0 and gets no gradient.
        max_norm, norm_type: rows longer than `max_norm` are shortened, in place, when looked up.
        scale_grad_by_freq: whether a row's gradient is divided by how often it is named.
        sparse: has to be False where the layer is called.

    Shapes: indices `(*)`, result `(*, embedding_dim)`.

    Example:
        >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> torch.nn.Embedding.from_pretrained(table)(torch.tensor([1, 0]))
        tensor([[3., 4.],
                [1., 2.]])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx, self.max_norm, self.norm_type = padding_idx, max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self._make(_weight, _freeze, device, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """The layer of a given table, which is not learnt on if `freeze`."""
        return cls(
            *_two_dimensional(embeddings), _weight=embeddings, _freeze=freeze,
            padding_idx=padding_idx, max_norm=max_norm, norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq, sparse=sparse,
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    def extra_repr(self) -> str:
        padding = f", padding_idx={self.padding_idx}" if self.padding_idx is not None else ""
        sparse = ", sparse=True" * bool(self.sparse)
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}{self._options()}{sparse}"


class EmbeddingBag(_Table):
    """Sums, means or maxima of bags of rows of a learnt table; see `functional.embedding_bag`.

    Example:
        >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> torch.nn.EmbeddingBag.from_pretrained(table)(torch.tensor([[1, 0], [1, 1]]))
        tensor([[2., 3.],
                [3., 4.]])
    """

    mode: str
    include_last_offset: bool

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx, self.max_norm, self.norm_type = padding_idx, max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self.mode, self.include_last_offset = mode, include_last_offset
        self._make(_weight, False, device, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """The layer of a given table, which is not learnt on if `freeze`."""
        made = cls(
            *_two_dimensional(embeddings), _weight=embeddings, max_norm=max_norm,
            norm_type=norm_type, scale_grad_by_freq=scale_grad_by_freq, mode=mode, sparse=sparse,
            include_last_offset=include_last_offset, padding_idx=padding_idx,
        )  # fmt: skip
        made.weight.requires_grad = not freeze
        return made

    def forward(
        self,
        input: Tensor,
        offsets: Tensor | None = None,
        per_sample_weights: Tensor | None = None,
    ) -> Tensor:
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        padding = f", padding_idx={self.padding_idx}" if self.padding_idx is not None else ""
        options = f"{self._options()}, mode={self.mode!r}{padding}"
        return f"{self.num_embeddings}, {self.embedding_dim}{options}"
