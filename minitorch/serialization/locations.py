"""Where a storage was when it was saved, and who brings it back when it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.faces.descriptors import device

_Tagger = Callable[[Any], "str | None"]
_Restorer = Callable[[Any, str], Any]


def _on_cpu(storage: Any) -> str:
    return "cpu"


def _to_cpu(storage: Any, location: str) -> Any:
    return storage if location == "cpu" else None


_packages: list[tuple[int, _Tagger, _Restorer]] = [(10, _on_cpu, _to_cpu)]


def register_package(priority: int, tagger: _Tagger, deserializer: _Restorer) -> None:
    """Let functions of one's own be asked where storages are, and to bring them back.

    Args:
        priority: the lowest is asked first; the CPU has 10.
        tagger: called with a storage; its location, or None where it is not concerned.
        deserializer: called with a storage and the location that a file has for it; the storage, or
            None where it is not concerned. All storages lie in memory of the CPU.
    """
    _packages.append((priority, tagger, deserializer))
    _packages.sort(key=lambda package: package[0])


def location_tag(storage: Any) -> str:
    """Where a storage is: "cpu", unless a package registered for it says otherwise."""
    tags = (tagger(storage) for _, tagger, _ in _packages)
    return next(tag for tag in tags if tag)


def default_restore_location(storage: Any, location: Any) -> Any:
    """The storage, if it was on the CPU; for functions given as `map_location`.

    Raises:
        RuntimeError: it was on another device.

    Example:
        >>> import io
        >>> buffer = io.BytesIO()
        >>> torch.save(torch.ones(2), buffer)
        >>> _ = buffer.seek(0)
        >>> restore = torch.serialization.default_restore_location
        >>> torch.load(buffer, map_location=lambda storage, place: restore(storage, "cpu"))
        tensor([1., 1.])
    """
    for _, _, restorer in _packages:
        found = restorer(storage, location)
        if found is not None:
            return found
    raise _elsewhere(str(location))


def check_on_cpu(location: Any) -> None:
    """Refuse to load to another device than the CPU."""
    if device(location).type != "cpu":
        raise _elsewhere(str(location))


def _elsewhere(location: str) -> RuntimeError:
    kind = location.partition(":")[0].upper()
    return RuntimeError(
        f"Attempting to deserialize object on a {kind} device but "
        f"torch.{kind.lower()}.is_available() is False: minitorch computes on the CPU. Please use "
        "torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
    )
