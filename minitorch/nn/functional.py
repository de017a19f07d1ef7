"""torch.nn.functional: the functions that layers are made of.

What a function computes stands in `ops`; here arguments are checked and brought into form.
Most stand in a file of their family and are gathered here.
"""

from __future__ import annotations

import numpy as np

from minitorch.faces.distances import cosine_similarity, pairwise_distance, pdist
from minitorch.faces.examples import all_values
from minitorch.faces.tensor import Tensor
from minitorch.nn import (
    activations,
    convolution,
    ctc,
    distance_losses,
    dropouts,
    fractional,
    grids,
    margin_losses,
    normalization,
    padding,
    pooling,
    probability_losses,
    resampling,
)
from minitorch.nn.activations import *
from minitorch.nn.arguments import require_tensor
from minitorch.nn.convolution import *
from minitorch.nn.ctc import *
from minitorch.nn.distance_losses import *
from minitorch.nn.dot_product import scaled_dot_product_attention
from minitorch.nn.dropouts import *
from minitorch.nn.embedding import embedding, embedding_bag
from minitorch.nn.fractional import *
from minitorch.nn.grids import *
from minitorch.nn.heads import _canonical_mask as _canonical_mask
from minitorch.nn.heads import _none_or_dtype as _none_or_dtype
from minitorch.nn.heads import multi_head_attention_forward
from minitorch.nn.linear_cross_entropy import linear_cross_entropy
from minitorch.nn.losses import cross_entropy, nll_loss
from minitorch.nn.margin_losses import *
from minitorch.nn.normalization import *
from minitorch.nn.padding import *
from minitorch.nn.pooling import *
from minitorch.nn.probability_losses import *
from minitorch.nn.products import bilinear, linear
from minitorch.nn.resampling import *
from minitorch.ops import index

__all__ = [
    *convolution.__all__, *fractional.__all__, *grids.__all__, *padding.__all__, *pooling.__all__,
    *resampling.__all__,
    *activations.__all__, *distance_losses.__all__, *dropouts.__all__, *normalization.__all__,
    *ctc.__all__, *margin_losses.__all__, *probability_losses.__all__,
    "bilinear", "cosine_similarity", "cross_entropy", "embedding", "embedding_bag", "linear",
    "linear_cross_entropy",
    "multi_head_attention_forward", "nll_loss", "one_hot", "pairwise_distance", "pdist",
    "scaled_dot_product_attention",
]  # fmt: skip

# Encoding


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Class indices as rows with one 1: int64 of shape `(*, num_classes)`.

    `num_classes=-1` takes one more than the largest index.

    Example:
        >>> torch.nn.functional.one_hot(torch.tensor([0, 2]), num_classes=3)
        tensor([[1, 0, 0],
                [0, 0, 1]])
    """
    require_tensor(tensor, "one_hot", "tensor", 1)
    x = tensor._value
    if x.dtype != np.int64:
        raise RuntimeError(
            "one_hot is only applicable to index tensor of type LongTensor; got "
            f"{tensor.dtype}, which .long() converts"
        )
    if num_classes == -1:
        if not x.size:
            raise RuntimeError(
                "Can not infer total number of classes from empty tensor; give num_classes"
            )
        num_classes = int(x.max()) + 1
    x = all_values(tensor)
    if x.size and x.min() < 0:
        raise RuntimeError(f"Class values must be non-negative. The smallest is {x.min()}")
    if num_classes < 1 or (x.size and x.max() >= num_classes):
        raise RuntimeError(
            f"Class values must be smaller than num_classes. num_classes is {num_classes}"
            + (f" and the largest class value {x.max()}" if x.size else "")
        )
    return index.one_hot.unary(tensor, num_classes)
