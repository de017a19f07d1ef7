"""torch.functional: functions that PyTorch writes in Python, where it also has them."""

from minitorch.faces.functions import find

_names = (
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes",
    "broadcast_tensors", "cartesian_prod", "cdist", "chain_matmul", "einsum", "istft", "lu",
    "meshgrid", "norm", "pca_lowrank", "split", "stft", "svd_lowrank", "tensordot", "unique",
    "unique_consecutive", "unravel_index",
)  # fmt: skip
__all__ = list(_names)

globals().update({name: find(name) for name in __all__})
