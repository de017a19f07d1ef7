"""Transforms of the parts of a tensor, each by one of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.transform import Transform
from minitorch.distributions.utils import _sum_rightmost, lazy_property

__all__ = ["CatTransform", "StackTransform"]


def _assert(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


class _Joined(Transform):
    """What the two have in common: parts along `dim`, and a transform for each."""

    def __init__(self, tseq: Sequence[Any], dim: int, cache_size: int) -> None:
        _assert(
            all(isinstance(t, Transform) for t in tseq),
            "All elements of tseq must be Transform instances",
        )
        super().__init__(cache_size=cache_size)
        self.transforms = [t.with_cache(cache_size) for t in tseq] if cache_size else list(tseq)
        self.dim = dim

    def _parts(self, x: Any, name: str) -> Sequence[Any]:
        """The parts of a tensor, after a check of its size."""
        raise NotImplementedError

    def _require(self, x: Any, name: str, size: int, what: str) -> None:
        _assert(
            -x.dim() <= self.dim < x.dim(),
            f"dim {self.dim} out of range for tensor with {x.dim()} dimensions",
        )
        _assert(
            x.size(self.dim) == size,
            f"{name}.size({self.dim}) = {x.size(self.dim)} must equal {what} {size}",
        )

    @property
    def bijective(self) -> Any:  # type: ignore[override]
        return all(t.bijective for t in self.transforms)


class CatTransform(_Joined):
    """Transforms of slices, as `torch.cat` joins them.

    Args:
        tseq: the transforms.
        dim: the dimension along which the slices lie.
        lengths: the slices' lengths; 1 each by default.
        cache_size: 1 to let each of them keep its last value.

    Example:
        >>> from minitorch.distributions.transforms import AbsTransform, CatTransform, ExpTransform
        >>> both = CatTransform([ExpTransform(), AbsTransform()], lengths=[1, 2])
        >>> both(torch.tensor([0., -1., 2.]))
        tensor([1., 1., 2.])
    """

    def __init__(self, tseq: Sequence[Any], dim: int = 0, lengths: Sequence[int] | None = None,
                 cache_size: int = 0) -> None:  # fmt: skip
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        _assert(
            len(self.lengths) == len(self.transforms),
            f"lengths ({len(self.lengths)}) must match transforms ({len(self.transforms)})",
        )

    @lazy_property
    def event_dim(self) -> Any:
        return max(t.event_dim for t in self.transforms)

    @lazy_property
    def length(self) -> int:
        """The size of the whole along `dim`."""
        return sum(self.lengths)

    def _again(self, cache_size: int) -> Any:
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _parts(self, x: Any, name: str) -> Sequence[Any]:
        self._require(x, name, self.length, "length")
        return x.split(self.lengths, self.dim)

    def _call(self, x: Any) -> Any:
        parts = zip(self.transforms, self._parts(x, "x"), strict=True)
        return torch.cat([t(part) for t, part in parts], dim=self.dim)

    def _inverse(self, y: Any) -> Any:
        parts = zip(self.transforms, self._parts(y, "y"), strict=True)
        return torch.cat([t.inv(part) for t, part in parts], dim=self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        terms = []
        for t, u, v in zip(self.transforms, self._parts(x, "x"), self._parts(y, "y"), strict=True):
            term = t.log_abs_det_jacobian(u, v)
            terms.append(_sum_rightmost(term, max(0, self.event_dim - t.event_dim)))
        dim = (self.dim - x.dim() if self.dim >= 0 else self.dim) + self.event_dim
        return torch.cat(terms, dim=dim) if dim < 0 else sum(terms)

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)


class StackTransform(_Joined):
    """Transforms of the tensors that `torch.stack` puts together along `dim`.

    Args:
        tseq: the transforms.
        dim: the dimension that counts them.
        cache_size: 1 to let each of them keep its last value.
    """

    def __init__(self, tseq: Sequence[Any], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(tseq, dim, cache_size)

    def _again(self, cache_size: int) -> Any:
        return StackTransform(self.transforms, self.dim, cache_size)

    def _parts(self, x: Any, name: str) -> Sequence[Any]:
        self._require(x, name, len(self.transforms), "len(transforms)")
        return x.unbind(self.dim)

    def _stacked(self, f: Callable[..., Any], *parts: Sequence[Any]) -> Any:
        return torch.stack([f(*each) for each in zip(self.transforms, *parts)], dim=self.dim)

    def _call(self, x: Any) -> Any:
        return self._stacked(lambda t, part: t(part), self._parts(x, "x"))

    def _inverse(self, y: Any) -> Any:
        return self._stacked(lambda t, part: t.inv(part), self._parts(y, "y"))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return self._stacked(
            lambda t, u, v: t.log_abs_det_jacobian(u, v), self._parts(x, "x"), self._parts(y, "y")
        )

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.stack([t.codomain for t in self.transforms], self.dim)
