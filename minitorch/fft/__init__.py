"""torch.fft: discrete Fourier transforms.

Example:
    >>> torch.fft.rfft(torch.tensor([1., 0., 0., 0.]))
    tensor([1.+0.j, 1.+0.j, 1.+0.j])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from minitorch.faces import fft as _family
from minitorch.faces.naming import findable
from minitorch.faces.outs import with_out

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2",
    "ifftn", "ifftshift", "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2",
    "rfftfreq", "rfftn",
]  # fmt: skip

_functions = {
    name: with_out(f) if name in _family.takes_out else f for name, f in _family.functions.items()
}
globals().update(findable(_functions, "minitorch.fft"))

if TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., object]: ...
