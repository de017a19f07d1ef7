"""torch.return_types: the named tuples that functions with several results give."""

from minitorch.faces.returns import aminmax, max, min, sort

__all__ = ["aminmax", "max", "min", "sort"]
