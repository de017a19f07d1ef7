"""torch.backends.cuda: it is not there; its switches are kept and change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

matmul = SimpleNamespace(
    allow_tf32=False, allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True, fp32_precision="none",
)  # fmt: skip
_attention = dict.fromkeys(("flash", "math", "mem_efficient", "cudnn"), True)


def is_built() -> bool:
    """False."""
    return False


def flash_sdp_enabled() -> bool:
    """What `enable_flash_sdp` was last given; attention is computed in one way."""
    return _attention["flash"]


def math_sdp_enabled() -> bool:
    """What `enable_math_sdp` was last given; attention is computed in one way."""
    return _attention["math"]


def mem_efficient_sdp_enabled() -> bool:
    """What `enable_mem_efficient_sdp` was last given; attention is computed in one way."""
    return _attention["mem_efficient"]


def enable_flash_sdp(enabled: bool) -> None:
    """Kept."""
    _attention["flash"] = bool(enabled)


def enable_math_sdp(enabled: bool) -> None:
    """Kept."""
    _attention["math"] = bool(enabled)


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Kept."""
    _attention["mem_efficient"] = bool(enabled)


@contextmanager
def sdp_kernel(enable_flash: bool = True, enable_math: bool = True,
               enable_mem_efficient: bool = True,
               enable_cudnn: bool = True) -> Iterator[Any]:  # fmt: skip
    """The switches of attention set within a block."""
    before = dict(_attention)
    _attention.update(flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient,
                      cudnn=enable_cudnn)  # fmt: skip
    try:
        yield {}
    finally:
        _attention.update(before)
