"""What an operation costs apart from its arithmetic: calls of Python functions, and memory.

Every call costs about as much as multiplying ten numbers, so that nets on small arrays are as
fast as calls are few. The bounds are those of today with little room: a change that needs more
calls must be worth them.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch as torch

F = torch.nn.functional


def calls(run: Callable[[], Any]) -> int:
    """How many Python functions `run` calls; comprehensions, which are functions to some, not."""
    count = 0

    def note(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        name = frame.f_code.co_name
        count += event == "call" and (name[0] != "<" or name == "<lambda>")

    before = sys.getprofile()
    gc.disable()  # which would call what others left to be called
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(before)
        gc.enable()
    return count - 1  # but for `run` itself


def tracked(*shape: int) -> Any:
    return torch.ones(*shape, requires_grad=True)


def chain(step: Callable[[Any], Any], length: int, start: Any) -> Any:
    y = start
    for _ in range(length):
        y = step(y)
    return y


def each_way(step: Callable[[Any], Any], start: Any) -> tuple[float, float]:
    """The calls of one operation more in a chain, forward and backward."""
    chain(step, 2, start).sum().backward()  # plans are compiled at first use
    forward, backward = [], []
    for length in (10, 20):
        forward.append(calls(lambda n=length: chain(step, n, start)))
        total = chain(step, length, start).sum()
        backward.append(calls(total.backward))
    return (forward[1] - forward[0]) / 10 - 1, (backward[1] - backward[0]) / 10  # `step` itself


W, X = tracked(10), torch.full((10,), 0.5)
SQUARE, BIAS, LABELS = tracked(4, 4), tracked(4), torch.tensor([0, 1, 2, 3])

OPERATIONS = {
    "x * w": (lambda x: x * W, 3, 3),
    "x * x": (lambda x: x * x, 3, 3),
    "x + w": (lambda x: x + W, 3, 1),
    "x - constant": (lambda x: x - X, 3, 1),
    "x * 2.0": (lambda x: x * 2.0, 4, 2),
    "1 - x": (lambda x: 1 - x, 6, 1),
    "-x": (lambda x: -x, 4, 1),
    "x.sin()": (lambda x: x.sin(), 3, 3),
    "x.tanh()": (lambda x: x.tanh(), 3, 2),
    "torch.relu(x)": (torch.relu, 3, 5),  # of which NumPy makes one within `where`
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_calls_of_an_operation(name):
    step, most_forward, most_backward = OPERATIONS[name]
    forward, backward = each_way(step, tracked(10))
    assert forward <= most_forward
    assert backward <= most_backward


def test_calls_of_a_matrix_product():
    forward, backward = each_way(lambda x: x @ SQUARE, tracked(4, 4))
    assert forward <= 7
    assert backward <= 13


FUNCTIONS = {
    "linear": (lambda x: F.linear(x, SQUARE), 16),
    "linear with a bias": (lambda x: F.linear(x, SQUARE, BIAS), 6),
    "softmax": (lambda x: F.softmax(x, -1), 21),
    "mean": (lambda x: x.mean(), 7),
    "mse_loss": (lambda x: F.mse_loss(x, SQUARE), 7),
    "cross_entropy": (lambda x: F.cross_entropy(x, LABELS), 11),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_calls_of_a_function(name):
    function, most = FUNCTIONS[name]
    x = tracked(4, 4)
    function(x)
    assert calls(lambda: function(x)) - 1 <= most


def perceptron() -> tuple[Any, Any]:
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 16), torch.nn.ReLU(),
        torch.nn.Linear(16, 1),
    )  # fmt: skip
    return net, lambda: F.mse_loss(net(torch.ones(32, 2)), torch.zeros(32, 1))


def test_calls_of_a_small_net():
    """Three layers and a loss: what is measured as the smallest training step."""
    net, loss = perceptron()
    x, target = torch.ones(32, 2), torch.zeros(32, 1)
    F.mse_loss(net(x), target).backward()
    assert calls(lambda: F.mse_loss(net(x), target)) <= 45
    assert calls(loss().backward) <= 78  # the leaves' gradients are added to


def test_calls_of_backward_alone():
    x = tracked(10)
    y = x * 2.0
    y.backward(torch.ones(10))
    y = x * 2.0
    g = torch.ones(10)
    assert calls(lambda: y.backward(g)) <= 15


def test_calls_of_gradients_of_each_sample():
    """Under vmap alone the backward pass runs on arrays, not on boxes."""
    net, _ = perceptron()
    weights = {name: w.detach() for name, w in net.named_parameters()}

    def loss(weights: Any, x: Any, target: Any) -> Any:
        return F.mse_loss(torch.func.functional_call(net, weights, (x[None],)), target[None])

    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))
    x, target = torch.ones(8, 2), torch.zeros(8, 1)
    each(weights, x, target)
    assert calls(lambda: each(weights, x, target)) <= 1050


def test_calls_grow_as_the_net():
    """Twice the layers are twice the calls, forward and backward."""
    x = tracked(4)
    chain(torch.tanh, 10, x).sum().backward()
    counts = []
    for depth in (10, 100, 1000, 10000):
        counts.append(calls(lambda n=depth: chain(torch.tanh, n, x).sum().backward()) / depth)
    assert counts[-1] <= counts[1] <= counts[0]


def test_constants_cost_nothing_backward():
    """No rule runs for an argument that wants no gradient, as a first layer's input."""
    w, x = tracked(4, 3), torch.ones(5, 3)
    F.linear(x, w, torch.zeros(4)).sum().backward()
    node = F.linear(x, w, torch.zeros(4)).grad_fn
    assert node.plan.wanted == (1,)
    assert len(node.plan.rules) == 1
    assert [value is w._value for value in node.saved] == [False]


def test_memory_of_an_operation():
    """A node and a box: not much more than the ten numbers that they stand for."""
    x = tracked(10)
    kept = chain(lambda y: y * W, 100, x)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        more = chain(lambda y: y * W, 1000, x)
        size = (tracemalloc.get_traced_memory()[0] - before) / 1000
    finally:
        tracemalloc.stop()
    assert kept.shape == more.shape
    assert size <= 900


def test_gradients_of_a_leaf_are_added_where_they_lie():
    """The sweep owns the sum of what comes in at a leaf: it is made once, then written to."""
    x = tracked(100_000)
    y = sum([x * float(i) for i in range(2, 12)])
    tracemalloc.start()
    try:
        y.backward(torch.ones(100_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.array_equal(x.grad.numpy(), np.full(100_000, 65.0, np.float32))
    assert peak <= 5 * 400_000  # of ten gradients
