"""torch.nn.utils.stateless: `func.functional_call` in its older place."""

from minitorch.func import functional_call

__all__ = ["functional_call"]
