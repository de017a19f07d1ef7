"""Recording modes: as contexts and decorators, nested, in threads, with generators and exceptions.

Every test holds for PyTorch too, and is run against it.
"""

from __future__ import annotations

import contextlib
import threading

import pytest

MODES = {
    "no_grad": (lambda t: t.no_grad(), False),
    "enable_grad": (lambda t: t.enable_grad(), True),
    "set_grad_enabled(False)": (lambda t: t.set_grad_enabled(False), False),
    "set_grad_enabled(True)": (lambda t: t.set_grad_enabled(True), True),
    "inference_mode": (lambda t: t.inference_mode(), False),
    "inference_mode(False)": (lambda t: t.inference_mode(False), True),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("outside", [True, False])
def test_mode(torch, mode, outside):
    make, inside = MODES[mode]
    with torch.set_grad_enabled(outside):
        with make(torch):
            assert torch.is_grad_enabled() == inside
        assert torch.is_grad_enabled() == outside
        with contextlib.suppress(KeyError), make(torch):
            raise KeyError
        assert torch.is_grad_enabled() == outside

        @make(torch)
        def function(a, b=1):
            "its docstring"
            return torch.is_grad_enabled(), a, b

        assert torch.is_grad_enabled() == outside
        assert function(2, b=3) == (inside, 2, 3)
        assert (function.__name__, function.__doc__) == ("function", "its docstring")
        assert torch.is_grad_enabled() == outside


def test_mode_decorates_without_parentheses(torch):
    @torch.no_grad
    def function():
        return torch.is_grad_enabled()

    assert function() is False


def test_mode_is_nested(torch):
    with torch.no_grad():
        with torch.enable_grad():
            with torch.no_grad():
                assert not torch.is_grad_enabled()
            assert torch.is_grad_enabled()
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_set_grad_enabled_as_a_call(torch):
    torch.set_grad_enabled(False)
    try:
        assert not torch.is_grad_enabled()
    finally:
        torch.set_grad_enabled(True)
    assert torch.is_grad_enabled()


def test_mode_of_a_generator(torch):
    @torch.no_grad()
    def numbers():
        try:
            while True:
                try:
                    sent = yield torch.is_grad_enabled()
                    assert sent is None or sent == "sent"
                except KeyError:
                    yield "caught", torch.is_grad_enabled()
        finally:
            closed.append(torch.is_grad_enabled())

    closed = []
    steps = numbers()
    assert next(steps) is False
    assert torch.is_grad_enabled()
    assert steps.send("sent") is False
    assert steps.throw(KeyError()) == ("caught", False)
    assert torch.is_grad_enabled()
    steps.close()
    assert closed == [False]
    assert torch.is_grad_enabled()


def test_nothing_is_recorded_without_grad(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        y = (x * 2).exp()
        made = torch.ones(2, requires_grad=True)
    assert not y.requires_grad
    assert y.is_leaf
    assert made.requires_grad


def test_modes_belong_to_a_thread(torch):
    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
        assert not torch.is_grad_enabled()
    assert seen == [True]
