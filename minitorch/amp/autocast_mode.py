"""`autocast`, which casts nothing."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from minitorch.faces import dtypes

_DEVICES = ("cpu", "cuda", "mps", "xpu")


class autocast:
    """Mixed precision in a block, or in a decorated function: nothing is cast here.

    For "cuda" PyTorch without CUDA warns and casts nothing either. For "cpu" it would compute
    products in bfloat16; they are computed in the tensors' own dtypes, which is more exact, and a
    warning tells so.
    """

    def __init__(self, device_type: str, dtype: Any = None, enabled: bool = True,
                 cache_enabled: bool | None = None) -> None:  # fmt: skip
        if not isinstance(device_type, str):
            raise ValueError(
                f"Expected `device_type` of type `str`, got: `{type(device_type).__name__}`"
            )
        if device_type not in _DEVICES:
            raise RuntimeError(
                f"User specified an unsupported autocast device_type {device_type!r}: there are "
                f"{', '.join(_DEVICES)}"
            )
        if enabled and device_type != "cpu":
            warnings.warn(
                f"User provided device_type of {device_type!r}, but it is not available. Disabling",
                stacklevel=2,
            )
        elif enabled:
            warnings.warn(
                "autocast('cpu') casts nothing: products are computed in the tensors' own dtypes",
                stacklevel=2,
            )
        self.device, self._enabled, self._cache_enabled = device_type, False, False
        self.fast_dtype = dtype or (dtypes.float16 if device_type == "cuda" else None)

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing to switch back."""

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return function


def is_autocast_available(device_type: str) -> bool:
    """False: nothing is cast."""
    return False


def custom_fwd(fwd: Any = None, *, device_type: str = "cuda", cast_inputs: Any = None) -> Any:
    """The `forward` of an `autograd.Function` itself, or a decorator that gives it back."""
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)
    return fwd


def custom_bwd(bwd: Any = None, *, device_type: str = "cuda") -> Any:
    """The `backward` of an `autograd.Function` itself, or a decorator that gives it back."""
    return functools.partial(custom_bwd, device_type=device_type) if bwd is None else bwd
