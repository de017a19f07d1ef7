"""`torch.special`: special functions of mathematical physics, elementwise.

In float64 they are good to some units in the last place, in float32 to rounding; SciPy is not
needed. `bessel_*`, `modified_bessel_*` and `spherical_bessel_j0` have derivatives here, which
PyTorch's have not.

Example:
    >>> from minitorch import special
    >>> special.ndtr(torch.tensor([0., 1.96]))
    tensor([0.5000, 0.9750])
"""

from __future__ import annotations

from typing import Any

from minitorch.faces.functions import find
from minitorch.faces.naming import findable
from minitorch.faces.outs import with_out
from minitorch.faces.special import ALIASES, namespace

_functions = {
    **{name: with_out(function) for name, function in namespace.items()},
    **{name: find(home) for name, home in ALIASES.items()},
}
globals().update(findable(_functions, "minitorch.special"))
__all__ = sorted(_functions)


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'minitorch.special' has no attribute {name!r}")
