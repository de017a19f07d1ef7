"""Containers of parameters: ParameterList and ParameterDict.

A tensor that is put into one becomes a Parameter; other values are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import index, itemgetter
from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.nn.modules.module import Module
from minitorch.nn.parameter import Parameter

first = itemgetter(0)


def _kept(value: Any) -> Any:
    """What a container keeps of a value."""
    return Parameter(value) if isinstance(value, Tensor) and type(value) is Tensor else value


def _line(key: object, value: Any, name: str) -> str:
    if not isinstance(value, Tensor):
        return f"  ({key}): Object of type: {type(value).__name__}"
    what = "Parameter" if isinstance(value, Parameter) else "Tensor"
    return f"  ({key}): {what} containing: [{name} of size {'x'.join(map(str, value.shape))}]"


class ParameterList(Module):
    """A list whose tensors are parameters of the module; it is not called itself.

    Example:
        >>> torch.nn.ParameterList([torch.ones(2), torch.ones(2, 3)])
        ParameterList(
            (0): Parameter containing: [torch.float32 of size 2]
            (1): Parameter containing: [torch.float32 of size 2x3]
        )
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _name(self, position: Any) -> str:
        i = index(position)
        if not -self._size <= i < self._size:
            raise IndexError(f"index {i} is out of range: the list holds {self._size} values")
        return str(i % self._size)

    def __getitem__(self, position: int | slice) -> Any:
        if isinstance(position, slice):
            return type(self)(self[i] for i in range(self._size)[position])
        return getattr(self, self._name(position))

    def __setitem__(self, position: int, param: Any) -> None:
        setattr(self, self._name(position), _kept(param))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([self[i] for i in range(self._size)])

    def __iadd__(self, parameters: Iterable[Any]) -> ParameterList:
        return self.extend(parameters)

    def append(self, value: Any) -> ParameterList:
        """Add a value at the end; returns the list."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        """Add values at the end; returns the list."""
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(
                "ParameterList.extend should be called with an iterable, but got "
                f"{type(values).__name__}"
            )
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        return "\n".join(
            _line(i, value, str(getattr(value, "dtype", ""))) for i, value in enumerate(self)
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("ParameterList should not be called.")


class ParameterDict(Module):
    """A dictionary whose tensors are parameters of the module; it is not called itself.

    Example:
        >>> weights = torch.nn.ParameterDict({"left": torch.ones(2), "right": torch.ones(3)})
        >>> [tuple(p.shape) for p in weights.parameters()]
        [(2,), (3,)]
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def _require_name(self, key: object) -> None:
        if not isinstance(key, str):
            raise TypeError(
                "Index given to ParameterDict cannot be used as a key as it is not a string (type "
                f"is '{type(key).__name__}')"
            )

    def __getitem__(self, key: str) -> Any:
        self._require_name(key)
        if key not in self._keys:
            raise AttributeError(f"'ParameterDict' object has no attribute '{key}'")
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._require_name(key)
        setattr(self, key, _kept(value))
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __or__(self, other: ParameterDict) -> ParameterDict:
        return type(self)([*self.items(), *other.items()])

    def __ior__(self, other: ParameterDict) -> ParameterDict:
        self.update(other)
        return self

    def keys(self) -> Any:
        """The names."""
        return self._keys.keys()

    def values(self) -> Any:
        """The values."""
        return [self[key] for key in self._keys]

    def items(self) -> Any:
        """The names with their values."""
        return [(key, self[key]) for key in self._keys]

    def get(self, key: str, default: Any = None) -> Any:
        """The value under a name, or `default`."""
        return self[key] if key in self._keys else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value under a name, put there first if there was none."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Take out a value and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take out the newest name and value."""
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def clear(self) -> None:
        """Take out everything."""
        for key in list(self._keys):
            del self[key]

    def copy(self) -> ParameterDict:
        """A new dictionary with the same values."""
        return type(self)(self.items())

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A new dictionary with these names, all with one value."""
        return type(self)([(key, default) for key in keys])

    def update(self, parameters: Any) -> None:
        """Add values from a mapping, or from pairs of a name and a value.

        A plain `dict` is taken in sorted order, as PyTorch does; others in their own.
        """
        items = pairs(parameters, "ParameterDict")
        for key, value in sorted(items, key=first) if type(parameters) is dict else items:
            self[key] = value

    def extra_repr(self) -> str:
        return "\n".join(
            _line(key, value, value.type() if isinstance(value, Tensor) else "")
            for key, value in self.items()
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("ParameterDict should not be called.")


def pairs(given: Any, container: str) -> list[tuple[str, Any]]:
    """The key/value pairs of a mapping, or a sequence of pairs."""
    if hasattr(given, "keys"):
        return [(key, given[key]) for key in given.keys()]  # noqa: SIM118
    if not isinstance(given, Iterable):
        raise TypeError(
            f"{container}.update should be called with an iterable of key/value pairs, but got "
            f"{type(given).__name__}"
        )
    out = []
    for i, pair in enumerate(given):
        if not isinstance(pair, Iterable):
            raise TypeError(
                f"{container} update sequence element #{i} should be Iterable; is "
                f"{type(pair).__name__}"
            )
        key_and_value = tuple(pair)
        if len(key_and_value) != 2:
            raise ValueError(
                f"{container} update sequence element #{i} has length {len(key_and_value)}; "
                "2 is required"
            )
        out.append(key_and_value)
    return out
