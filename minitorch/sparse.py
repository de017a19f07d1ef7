"""torch.sparse: there are no sparse tensors; products of dense ones are computed."""

from minitorch.faces.products import addmm, mm

__all__ = ["addmm", "mm"]
