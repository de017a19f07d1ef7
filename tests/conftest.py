"""What every test starts from: seeded random numbers, the same examples, no deadline."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from minitorch import random

settings.register_profile("minitorch", deadline=None, derandomize=True)
settings.load_profile("minitorch")


# Traced, a test takes twice its time: coverage is left to those that need no other library, and
# that do not run again, in another order or layout, what others have run.
PARITY = Path(__file__).parent / "parity"
AGAIN = {
    "test_dtype", "test_forward_over_forward", "test_forward_over_reverse", "test_gradient_inside",
    "test_gradient_outside", "test_gradients_share_no_memory", "test_layout",
    "test_only_what_rules_read_is_kept", "test_reverse_over_forward", "test_reverse_over_reverse",
    "test_short_call_is_the_general_one", "test_tangent_inside_and_outside", "test_two_levels",
}  # fmt: skip


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(PARITY) or item.originalname in AGAIN:
            item.add_marker(pytest.mark.no_cover)


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
