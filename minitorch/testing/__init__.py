"""torch.testing: comparing results, and making inputs to compare them on.

Beyond PyTorch's: `check` examines a function or module and reports, `replacing` puts an operation
of one's own in the place of a built-in one, `gradescope` writes reports for an autograder.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from minitorch.testing.comparison import assert_allclose, assert_close
from minitorch.testing.inputs import make_tensor

if TYPE_CHECKING:
    from minitorch.testing.checks import check
    from minitorch.testing.report import Mismatch, Report, Result, gradescope
    from minitorch.testing.swapping import replacing

__all__ = [
    "Mismatch", "Report", "Result", "assert_allclose", "assert_close", "check", "gradescope",
    "make_tensor", "replacing",
]  # fmt: skip

_LAZY = {
    "check": "checks", "replacing": "swapping", "Mismatch": "report", "Report": "report",
    "Result": "report", "gradescope": "report",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"minitorch.testing.{_LAZY[name]}"), name)
    globals()[name] = value
    return value
