"""`numpy.random`: its draws are constants."""

from numpy.random import *  # noqa: F403
from numpy.random import __all__ as __all__
