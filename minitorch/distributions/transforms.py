"""torch.distributions.transforms: invertible maps, and how they stretch a density.

Example:
    >>> from minitorch.distributions.transforms import ExpTransform
    >>> exp = ExpTransform()
    >>> x = torch.tensor([0., 2.])
    >>> y = exp(x)
    >>> exp.inv(y), exp.log_abs_det_jacobian(x, y)
    (tensor([0., 2.]), tensor([0., 2.]))
"""

from __future__ import annotations

from minitorch.distributions.joined import CatTransform, StackTransform
from minitorch.distributions.pointwise import (
    AbsTransform,
    AffineTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    PowerTransform,
    SigmoidTransform,
    SoftplusTransform,
    TanhTransform,
)
from minitorch.distributions.structured import (
    CorrCholeskyTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    SoftmaxTransform,
    StickBreakingTransform,
)
from minitorch.distributions.transform import (
    ComposeTransform,
    IndependentTransform,
    ReshapeTransform,
    Transform,
    identity_transform,
)

__all__ = [
    "AbsTransform", "AffineTransform", "CatTransform", "ComposeTransform",
    "CorrCholeskyTransform", "CumulativeDistributionTransform", "ExpTransform",
    "IndependentTransform", "LowerCholeskyTransform", "PositiveDefiniteTransform",
    "PowerTransform", "ReshapeTransform", "SigmoidTransform", "SoftmaxTransform",
    "SoftplusTransform", "StackTransform", "StickBreakingTransform", "TanhTransform",
    "Transform", "identity_transform",
]  # fmt: skip
