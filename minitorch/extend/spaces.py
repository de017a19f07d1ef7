"""Vector spaces: what gradients and tangents of a value are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from minitorch.differential.containers import flatten, is_number
from minitorch.engine.box import Box, unboxed


class VSpace:
    """The vector space of a value: of an array, a number, or a container of them.

    A class derived from it states one for other values with `zeros`, `ones`, `standard_basis`,
    `randn`, and, where they differ, `_add`, `_mut_add`, `_scalar_mul`, `_inner_prod` and
    `_covector`; `register` makes it known.
    """

    mappings: ClassVar[dict[type, Callable[[Any], VSpace]]] = {}
    iscomplex: ClassVar[bool] = False
    size: int

    def __init__(self, value: Any) -> None:
        """A subclass reads here what it needs of the value."""

    @classmethod
    def register(
        cls, value_type: type, vspace_maker: Callable[[Any], VSpace] | None = None
    ) -> None:
        """Let `vspace` give this space, or what `vspace_maker(value)` gives, for a type."""
        VSpace.mappings[value_type] = vspace_maker or cls

    def _absent(self, name: str) -> Any:
        return NotImplementedError(f"{type(self).__name__} does not define {name}")

    def zeros(self) -> Any:
        """The value 0."""
        raise self._absent("zeros()")

    def ones(self) -> Any:
        """The value 1 (1 + 1j of complex numbers) everywhere."""
        raise self._absent("ones()")

    def standard_basis(self) -> Iterator[Any]:
        """The unit vectors; of complex numbers those along i too."""
        raise self._absent("standard_basis()")

    def randn(self) -> Any:
        """Standard normal random numbers, of NumPy's global stream (`np.random.seed`)."""
        raise self._absent("randn()")

    def add(self, x: Any, y: Any) -> Any:
        """The sum of two vectors."""
        return self._add(x, y)

    def mut_add(self, x: Any, y: Any) -> Any:
        """The sum, in the memory of `x`; None stands for zeros."""
        return self._mut_add(self.zeros() if x is None else x, y)

    def scalar_mul(self, x: Any, a: Any) -> Any:
        """The vector `x` times the number `a`."""
        return self._scalar_mul(x, a)

    def inner_prod(self, x: Any, y: Any) -> Any:
        """The inner product, a real number."""
        return self._inner_prod(x, y)

    def covector(self, x: Any) -> Any:
        """The gradient whose inner product with `y` is that of `x`: its complex conjugate."""
        return self._covector(x)

    def _add(self, x: Any, y: Any) -> Any:
        return x + y

    def _mut_add(self, x: Any, y: Any) -> Any:
        x += y
        return x

    def _scalar_mul(self, x: Any, a: Any) -> Any:
        return x * a

    def _inner_prod(self, x: Any, y: Any) -> Any:
        raise self._absent("_inner_prod(x, y)")

    def _covector(self, x: Any) -> Any:
        return x

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in vars(self).items())
        return f"{type(self).__name__}({shown})"


class ArrayVSpace(VSpace):
    """Arrays of one shape and dtype."""

    def __init__(self, value: Any) -> None:
        array = unboxed(value)
        whole = not isinstance(array, np.ndarray) and isinstance(array, (int, np.integer))
        array = np.asarray(float(array) if whole else array)
        self.shape, self.dtype = tuple(array.shape), array.dtype

    @property
    def size(self) -> int:  # type: ignore[override]
        """The number of real coordinates."""
        return int(np.prod(self.shape)) * (2 if self.iscomplex else 1)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def zeros(self) -> np.ndarray:
        return np.zeros(self.shape, self.dtype)

    def ones(self) -> np.ndarray:
        return np.full(self.shape, 1 + 1j if self.iscomplex else 1, self.dtype)

    def standard_basis(self) -> Iterator[np.ndarray]:
        for at in np.ndindex(*self.shape):
            for unit in (1, 1j) if self.iscomplex else (1,):
                vector = self.zeros()
                vector[at] = unit
                yield vector

    def randn(self) -> np.ndarray:
        numbers: Any = np.random.standard_normal(self.shape)  # noqa: NPY002
        if self.iscomplex:
            numbers = numbers + 1j * np.random.standard_normal(self.shape)  # noqa: NPY002
        return np.asarray(numbers).astype(self.dtype)

    def _inner_prod(self, x: Any, y: Any) -> Any:
        return np.real(np.sum(np.conj(x) * y)) if self.iscomplex else np.sum(x * y)

    def _covector(self, x: Any) -> Any:
        return np.conj(x) if self.iscomplex else x


class ComplexArrayVSpace(ArrayVSpace):
    """Arrays of complex numbers, as a space over the reals."""

    iscomplex = True


class ContainerVSpace(VSpace):
    """Containers of one form; `shape` is such a container of the spaces of the parts."""

    def __init__(self, value: Any) -> None:
        leaves, self._form = flatten(value)
        self._spaces = [vspace(leaf) for leaf in leaves]
        self.shape = self._form.build(iter(self._spaces), hollow=True)

    @property
    def size(self) -> int:  # type: ignore[override]
        """The number of real coordinates."""
        return sum(space.size for space in self._spaces)

    def _map(self, function: Callable[..., Any], *vectors: Any) -> Any:
        """A container of `function(space, *parts)` for each part."""
        parts = [self._form.leaves(vector, "a vector of the space") for vector in vectors]
        out = [function(*each) for each in zip(self._spaces, *parts, strict=True)]
        return self._form.build(iter(out), hollow=True)

    def zeros(self) -> Any:
        return self._map(lambda space: space.zeros())

    def ones(self) -> Any:
        return self._map(lambda space: space.ones())

    def randn(self) -> Any:
        return self._map(lambda space: space.randn())

    def standard_basis(self) -> Iterator[Any]:
        for i, space in enumerate(self._spaces):
            for vector in space.standard_basis():
                parts = [other.zeros() for other in self._spaces]
                parts[i] = vector
                yield self._form.build(iter(parts), hollow=True)

    def _add(self, x: Any, y: Any) -> Any:
        return self._map(lambda space, a, b: space.add(a, b), x, y)

    def _mut_add(self, x: Any, y: Any) -> Any:
        return self._map(lambda space, a, b: space.mut_add(a, b), x, y)

    def _scalar_mul(self, x: Any, a: Any) -> Any:
        return self._map(lambda space, part: space.scalar_mul(part, a), x)

    def _inner_prod(self, x: Any, y: Any) -> Any:
        pairs = zip(*(self._form.leaves(v, "a vector of the space") for v in (x, y)), strict=True)
        terms = [space.inner_prod(a, b) for space, (a, b) in zip(self._spaces, pairs, strict=True)]
        return sum(terms[1:], terms[0]) if terms else 0.0

    def _covector(self, x: Any) -> Any:
        return self._map(lambda space, part: space.covector(part), x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ContainerVSpace) and self.shape == other.shape

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.shape})"


def vspace(value: Any) -> VSpace:
    """The vector space of a number, an array, a traced value or a container of them.

    Raises:
        TypeError: the value has none.

    Example:
        >>> from minitorch.extend import vspace
        >>> space = vspace({"w": np.ones(2), "b": 0.})
        >>> space.size, space.add(space.ones(), space.ones())
        (3, {'w': array([2., 2.]), 'b': np.float64(2.0)})
    """
    maker = VSpace.mappings.get(type(value))
    if maker is not None:
        return maker(value)
    if is_number(value):
        return ComplexArrayVSpace(value) if _is_complex(value) else ArrayVSpace(value)
    leaves, form = flatten(value)
    if not leaves and form.build(iter(())) is value:
        raise TypeError(
            f"a {type(value).__name__} has no vector space: expected a number, an array, a "
            "container of them, or a type that VSpace.register or register_container made known"
        )
    return ContainerVSpace(value)


def _is_complex(value: Any) -> bool:
    dtype = value._value.dtype if isinstance(value, Box) else np.asarray(value).dtype
    return dtype.kind == "c"
