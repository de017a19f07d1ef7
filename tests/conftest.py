"""What every test starts from: seeded random numbers, the same examples, no deadline."""

import pytest
from hypothesis import settings

from minitorch import random

settings.register_profile("minitorch", deadline=None, derandomize=True)
settings.load_profile("minitorch")


@pytest.fixture(autouse=True)
def seeded():
    random.manual_seed(0)


@pytest.fixture(params=["minitorch", "torch"])
def torch(request):
    """minitorch and, where it is installed, PyTorch: what a test says of one holds for both."""
    return pytest.importorskip(request.param)
