"""`torch.cuda` tells the truth."""

import pytest

import minitorch as torch


def test_there_is_none():
    assert not torch.cuda.is_available()
    assert torch.cuda.device_count() == 0


def test_seeding_changes_nothing():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    torch.cuda.manual_seed(5)
    torch.cuda.manual_seed_all(5)
    torch.cuda.empty_cache()
    assert torch.equal(torch.rand(3), expected)


def test_using_it_is_refused():
    with pytest.raises(AssertionError, match="not compiled with CUDA"):
        torch.cuda.synchronize()
    with pytest.raises(AssertionError, match="not compiled with CUDA"):
        torch.zeros(2, device="cuda")
