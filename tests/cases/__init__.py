"""The samples of every primitive, a file a family: the generated suite is made from these."""

from importlib.util import find_spec

from tests.cases import (
    activations,
    attention,
    convolution,
    decompositions,
    elementwise,
    embedding,
    engine,
    fft,
    images,
    index,
    linalg,
    loss,
    normalization,
    recurrent,
    reduce,
    shape,
    sort,
    triangular,
)
from tests.samples import CASES

if find_spec("scipy"):
    from tests.cases import special

__all__ = [
    "CASES",
    "activations",
    "attention",
    "convolution",
    "decompositions",
    "elementwise",
    "embedding",
    "engine",
    "fft",
    "images",
    "index",
    "linalg",
    "loss",
    "normalization",
    "recurrent",
    "reduce",
    "shape",
    "sort",
    "triangular",
]
