"""What every test starts from: seeded random numbers, the same examples, no deadline."""

import numpy as np
import pytest
from hypothesis import settings

from minitorch import random

settings.register_profile("minitorch", deadline=None, derandomize=True)
settings.load_profile("minitorch")


START = np.random.default_rng(0).bit_generator.state


@pytest.fixture(autouse=True)
def seeded(request):
    """The same random numbers for a test, whichever tests ran before it."""
    random.manual_seed(0)
    if isinstance(own := getattr(request.module, "RNG", None), np.random.Generator):
        own.bit_generator.state = START


@pytest.fixture(params=["minitorch", "torch"])
def torch(request):
    """minitorch and, where it is installed, PyTorch: what a test says of one holds for both."""
    return pytest.importorskip(request.param)
