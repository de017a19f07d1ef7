"""The samples of every primitive, a file a family: the generated suite is made from these."""

from importlib.util import find_spec

from tests.cases import (
    convolution,
    decompositions,
    elementwise,
    engine,
    fft,
    index,
    linalg,
    loss,
    reduce,
    shape,
    sort,
)
from tests.samples import CASES

if find_spec("scipy"):
    from tests.cases import special

__all__ = [
    "CASES",
    "convolution",
    "decompositions",
    "elementwise",
    "engine",
    "fft",
    "index",
    "linalg",
    "loss",
    "reduce",
    "shape",
    "sort",
]
