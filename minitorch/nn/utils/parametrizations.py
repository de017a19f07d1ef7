"""Parametrizations ready made: orthogonal weights, weight norm, spectral norm."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, TypeVar

from minitorch.engine.modes import no_grad
from minitorch.faces.creation import eye
from minitorch.faces.dtypes import finfo
from minitorch.faces.factorizations import geqrf
from minitorch.faces.joining import cat
from minitorch.faces.tensor import Tensor
from minitorch.linalg import householder_product, matrix_exp, solve
from minitorch.nn import functional as F
from minitorch.nn.modules.module import Module
from minitorch.nn.utils import parametrize
from minitorch.nn.utils.spectral_norm import direction, output_dim
from minitorch.nn.utils.weight_norm import norm_except_dim, scaled

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]

M = TypeVar("M", bound=Module)


class _OrthMaps(Enum):
    matrix_exp = auto()
    cayley = auto()
    householder = auto()


def _is_orthogonal(q: Tensor) -> bool:
    """Whether the columns are orthonormal, as nearly as the dtype allows."""
    rows, columns = q.shape[-2:]
    product: Any = q.mH @ q
    return bool(
        product.allclose(eye(columns, dtype=q.dtype), atol=10.0 * rows * finfo(q.dtype).eps)
    )


def _make_orthogonal(a: Tensor) -> Tensor:
    """The Q of the QR decomposition whose R has a positive diagonal."""
    reflectors, tau = geqrf(a)
    q: Any = householder_product(reflectors, tau)
    return q * reflectors.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


class _Orthogonal(Module):
    """A matrix, or its columns or rows, made orthonormal by one of three maps."""

    base: Tensor | None

    def __init__(
        self, weight: Tensor, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True
    ) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map is _OrthMaps.householder:
            raise ValueError(
                "The householder parametrization does not support complex tensors: use "
                "matrix_exp or cayley"
            )
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        wide = X.shape[-2] < X.shape[-1]
        x: Any = X.mT if wide else X
        if self.orthogonal_map is _OrthMaps.householder:
            a = x.tril(diagonal=-1)
            tau = 2.0 / (1.0 + (a * a).sum(dim=-2))
            q: Any = householder_product(a, tau)
            q = q * x.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        else:
            q = self._from_skew(x)
        if hasattr(self, "base"):
            q = self.base @ q
        return q.mT if wide else q  # type: ignore[no-any-return]

    def _from_skew(self, x: Any) -> Any:
        """The first columns of the map of the skew-symmetric matrix with this lower triangle."""
        rows, columns = x.shape[-2:]
        x = x.tril()
        if rows != columns:
            rest = x.new_zeros(rows, rows - columns).expand(*x.shape[:-2], -1, -1)
            x = cat([x, rest], dim=-1)
        a = x - x.mH
        if self.orthogonal_map is _OrthMaps.matrix_exp:
            q: Any = matrix_exp(a)
        else:
            one = eye(rows, dtype=a.dtype)
            q = solve(one.add(a, alpha=-0.5), one.add(a, alpha=0.5))
        return q[..., :columns] if rows != columns else q

    @no_grad()
    def right_inverse(self, Q: Tensor) -> Tensor:
        """What gives `Q`; with trivialization, `Q` is kept as the base to start from."""
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of "
                f"shape {Q.shape}."
            )
        wide = Q.shape[-2] < Q.shape[-1]
        q: Any = Q.mT if wide else Q
        if not hasattr(self, "base"):
            if self.orthogonal_map is not _OrthMaps.householder:
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley "
                    "parametrizations when use_trivialization=False."
                )
            a, tau = geqrf(q)
            a.diagonal(dim1=-2, dim2=-1).sign_()
            a.diagonal(dim1=-2, dim2=-1)[tau == 0.0] *= -1
            return a.mT if wide else a
        rows, columns = q.shape[-2:]
        if rows != columns:
            rest = q.new_empty(*q.shape[:-2], rows, rows - columns).normal_()
            q = _make_orthogonal(cat([q, rest], dim=-1))
        else:
            q = q.clone() if _is_orthogonal(q) else _make_orthogonal(q)
        self.base = q
        start = Q.new_zeros(Q.shape)
        start.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return start


def orthogonal(
    module: M,
    name: str = "weight",
    orthogonal_map: str | None = None,
    *,
    use_trivialization: bool = True,
) -> M:
    """Keep a matrix orthogonal: its columns orthonormal, or its rows where it has more columns.

    Args:
        name: the parameter; of more than two dimensions, it is a batch of matrices.
        orthogonal_map: `"matrix_exp"` or `"cayley"`, of a skew-symmetric matrix, or
            `"householder"`, a product of reflections; by default the first for square and complex
            matrices, else the last.
        use_trivialization: whether the map is multiplied by a fixed matrix, the initial weight
            made orthogonal (arXiv 1909.09501).

    Raises:
        ValueError: there is no such parameter, it is no matrix, or the map is unknown.

    Example:
        >>> layer = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(20, 40))
        >>> torch.dist(layer.weight.T @ layer.weight, torch.eye(20)).item() < 1e-5
        True
    """
    weight = _tensor(module, name)
    if weight.ndim < 2:
        raise ValueError(
            f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions."
        )
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in _OrthMaps.__members__:
        raise ValueError(
            'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". '
            f"Got: {orthogonal_map}"
        )
    made = _Orthogonal(weight, _OrthMaps[orthogonal_map], use_trivialization=use_trivialization)
    parametrize.register_parametrization(module, name, made, unsafe=True)
    return module


def _tensor(module: Module, name: str) -> Tensor:
    tensor = getattr(module, name, None)
    if not isinstance(tensor, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return tensor


class _WeightNorm(Module):
    """A direction, scaled to a length."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return scaled(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The length and the direction of a weight."""
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Learn a weight as the length and the direction of its parts; arXiv 1602.07868.

    Args:
        name: the parameter that is replaced; `original0` is the length, `original1` the direction.
        dim: along which the parts lie that have a length each; None for one length.

    State dicts of the older `nn.utils.weight_norm` can be loaded.

    Example:
        >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(20, 40))
        >>> layer.parametrizations.weight.original0.shape
        torch.Size([40, 1])
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    module._register_load_state_dict_pre_hook(_FromOlder(name))
    return module


class _FromOlder:
    """Lets a state dict with `weight_g` and `weight_v` be loaded."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        old = [f"{prefix}{self.name}{part}" for part in ("_g", "_v")]
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                new = f"{prefix}parametrizations.{self.name}.original{i}"
                state_dict[new] = state_dict.pop(key)


class _SpectralNorm(Module):
    """A matrix over its largest singular value; a vector over its length."""

    _u: Tensor
    _v: Tensor

    def __init__(
        self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        super().__init__()
        rank = weight.ndim
        if not -rank <= dim < rank:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{rank}, {rank - 1}] but "
                f"got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but got "
                f"n_power_iterations={n_power_iterations}"
            )
        self.dim, self.eps = dim % rank, eps
        if rank > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._matrix(weight)
            height, width = matrix.shape
            self.register_buffer("_u", direction(weight, height, eps))
            self.register_buffer("_v", direction(weight, width, eps))
            self._power_method(matrix, 15)

    def _matrix(self, weight: Tensor) -> Tensor:
        return (weight.movedim(self.dim, 0) if self.dim else weight).flatten(1)

    @no_grad()
    def _power_method(self, matrix: Any, n_power_iterations: int) -> None:
        for _ in range(n_power_iterations):
            self._u.copy_(F.normalize(matrix.mv(self._v), dim=0, eps=self.eps))
            self._v.copy_(F.normalize(matrix.mH.mv(self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix: Any = self._matrix(weight)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()  # the next call writes into the buffers
        return weight / u.vdot(matrix.mv(v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """The value itself, which is then divided like any other."""
        return value


def spectral_norm(
    module: M,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> M:
    """Divide a weight, whenever it is read, by an estimate of its largest singular value.

    Args:
        n_power_iterations: how often each reading in training mode improves the estimate.
        eps: least length of the two vectors that it is made of.
        dim: of the weight's outputs; 1 for transposed convolutions, else 0.

    Paper: arXiv 1802.05957.

    Example:
        >>> layer = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(20, 40))
        >>> abs(torch.linalg.matrix_norm(layer.weight, 2).item() - 1) < 0.1
        True
    """
    weight = _tensor(module, name)
    made = _SpectralNorm(weight, n_power_iterations, output_dim(module, dim), eps)
    parametrize.register_parametrization(module, name, made)
    return module
