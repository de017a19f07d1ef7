"""The samples of every primitive, a file a family: the generated suite is made from these."""

from tests.cases import elementwise, engine, index, linalg, loss, reduce, shape
from tests.samples import CASES

__all__ = ["CASES", "elementwise", "engine", "index", "linalg", "loss", "reduce", "shape"]
