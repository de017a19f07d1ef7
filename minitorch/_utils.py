"""What pickles of PyTorch's tensors ask of `torch._utils`; see `minitorch.serialization`."""

from __future__ import annotations

from minitorch.serialization.rebuilding import KNOWN

_rebuild_tensor_v2 = KNOWN["torch._utils._rebuild_tensor_v2"]
_rebuild_tensor_v3 = KNOWN["torch._utils._rebuild_tensor_v3"]
_rebuild_parameter = KNOWN["torch._utils._rebuild_parameter"]
_rebuild_parameter_with_state = KNOWN["torch._utils._rebuild_parameter_with_state"]
