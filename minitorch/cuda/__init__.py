"""torch.cuda, as it answers on a machine without one: there is no device.

Seeding is accepted and does nothing, and there is no memory in use, as in PyTorch; what needs a
device is refused where it is asked for.

Example:
    >>> torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device(type='cpu')
"""

from __future__ import annotations

import importlib
from typing import Any, NoReturn

from minitorch.faces import dtypes

NAMES = {
    "FloatTensor": dtypes.float32, "DoubleTensor": dtypes.float64, "HalfTensor": dtypes.float16,
    "ByteTensor": dtypes.uint8, "CharTensor": dtypes.int8, "ShortTensor": dtypes.int16,
    "IntTensor": dtypes.int32, "LongTensor": dtypes.int64, "BoolTensor": dtypes.bool,
}  # fmt: skip
_BUILD = "Torch not compiled with CUDA enabled: minitorch computes on the CPU"


def is_available() -> bool:
    """False."""
    return False


is_initialized = is_available


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: there is no device to seed."""
    int(seed)


manual_seed_all = manual_seed


def seed() -> None:
    """Nothing: there is no device to seed."""


seed_all = empty_cache = seed


def memory_allocated(device: Any = None) -> int:
    """0 bytes."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated
memory_cached = max_memory_cached = memory_allocated


def get_rng_state_all() -> list[Any]:
    """Of no device."""
    return []


def _refuse(*args: Any, **kwargs: Any) -> NoReturn:
    """Refused, as by a PyTorch built without CUDA."""
    raise AssertionError(_BUILD)


synchronize = current_device = set_device = get_device_name = get_device_capability = _refuse
get_device_properties = mem_get_info = memory_summary = memory_stats = current_stream = _refuse
default_stream = reset_peak_memory_stats = reset_max_memory_allocated = ipc_collect = _refuse
init = initial_seed = get_rng_state = set_rng_state = set_rng_state_all = stream = _refuse


class _Device:
    """Refused when made: there is no device."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(f"torch.cuda.{type(self).__name__} requires CUDA support: {_BUILD}")


class Stream(_Device):
    """Refused when made: there is no device."""


class Event(_Device):
    """Refused when made: there is no device."""


class device:
    """A device by its number; entering it is refused."""

    def __init__(self, device: Any) -> None:
        self.idx = device

    def __enter__(self) -> NoReturn:
        raise RuntimeError(f"PyTorch was compiled without CUDA support: {_BUILD}")

    def __exit__(self, *exc: object) -> None:
        """Never reached: entering is refused."""


class _Kind(type):
    """The type of `torch.cuda.FloatTensor` and its like, of which there are no tensors."""

    dtype: dtypes.dtype

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"type torch.cuda.{cls.__name__} not available. {_BUILD}")

    def __instancecheck__(cls, instance: object) -> bool:
        return False


for _name, _dtype in NAMES.items():
    globals()[_name] = _Kind(_name, (), {"dtype": _dtype, "__module__": "minitorch.cuda"})


def __getattr__(name: str) -> Any:
    """`amp`, imported when first asked for."""
    if name == "amp":
        return importlib.import_module("minitorch.cuda.amp")
    raise AttributeError(f"module 'minitorch.cuda' has no attribute {name!r}")
