"""torch.amp: mixed precision, as far as a CPU has it.

`autocast` computes in the dtypes that it finds: NumPy has no product of bfloat16 or float16 that
would be quicker than one of float32. `GradScaler` scales.
"""

from __future__ import annotations

from minitorch.amp.autocast_mode import autocast, custom_bwd, custom_fwd, is_autocast_available
from minitorch.amp.grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
