"""Random programs of views, writes in place and reads, run here and in PyTorch.

After each step both must agree on whether it was refused, on every value and on what is tracked;
at the end on the gradients, or on whether the backward pass is refused.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import minitorch

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")

# steps: each takes the library, a tensor, another one and two numbers, and gives new tensors

VIEWS = {
    "row": lambda t, x, y, i, j: [x[i % len(x)]],
    "rows": lambda t, x, y, i, j: [x[i % 2 : i % 2 + 1 + j % 3]],
    "steps": lambda t, x, y, i, j: [x[..., i % 2 :: 1 + j % 2]],
    "column": lambda t, x, y, i, j: [x[..., j % x.shape[-1]]],
    "all": lambda t, x, y, i, j: [x[...]],
    "none": lambda t, x, y, i, j: [x[None], x[:, None]][i % 2 :][:1],
    "empty": lambda t, x, y, i, j: [x[2:2]],
    "transpose": lambda t, x, y, i, j: [x.transpose(i % x.dim(), j % x.dim())],
    "t": lambda t, x, y, i, j: [x.t()],
    "permute": lambda t, x, y, i, j: [x.permute(tuple(reversed(range(x.dim()))))],
    "view": lambda t, x, y, i, j: [x.view(-1)],
    "reshape": lambda t, x, y, i, j: [x.reshape(-1, 2)],
    "flatten": lambda t, x, y, i, j: [x.flatten()],
    "unsqueeze": lambda t, x, y, i, j: [x.unsqueeze(i % (x.dim() + 1))],
    "squeeze": lambda t, x, y, i, j: [x.squeeze()],
    "expand": lambda t, x, y, i, j: [x.expand(2, *x.shape)],
    "diagonal": lambda t, x, y, i, j: [x.diagonal(i % 2)],
    "narrow": lambda t, x, y, i, j: [x.narrow(-1, i % 2, 1)],
    "select": lambda t, x, y, i, j: [x.select(i % x.dim(), 0)],
    "split": lambda t, x, y, i, j: list(x.split(1 + i % 2, j % x.dim()))[:2],
    "chunk": lambda t, x, y, i, j: list(x.chunk(2)),
    "unbind": lambda t, x, y, i, j: list(x.unbind(i % x.dim()))[:2],
    "detach": lambda t, x, y, i, j: [x.detach()],
    "contiguous": lambda t, x, y, i, j: [x.contiguous()],
    "view_as": lambda t, x, y, i, j: [x.view_as(y)],
}  # fmt: skip
READS = {
    "clone": lambda t, x, y, i, j: [x.clone()],
    "exp": lambda t, x, y, i, j: [(x * 0.1).exp()],
    "sin": lambda t, x, y, i, j: [x.sin()],
    "scaled": lambda t, x, y, i, j: [x * 2.0],
    "product": lambda t, x, y, i, j: [x * y],
    "sum": lambda t, x, y, i, j: [x + y],
    "quotient": lambda t, x, y, i, j: [x / (y * y + 1)],
    "square": lambda t, x, y, i, j: [x**2],
    "tanh": lambda t, x, y, i, j: [x.tanh()],
    "picked": lambda t, x, y, i, j: [x[t.tensor([0, 0])]],
    "total": lambda t, x, y, i, j: [x.sum(0)],
    "cat": lambda t, x, y, i, j: [t.cat([x, x])],
}  # fmt: skip


def apart(x, y):
    """`y`, copied if it shares memory with the target `x`: PyTorch refuses most such writes."""
    here, there = (z.detach().numpy() for z in (x, y))
    return y.clone() if x is not y and np.may_share_memory(here, there) else y


def setting(x, index, value):
    x[index] = value


def adding(x, t, rows):
    x.index_add_(0, t.tensor([0] * len(rows)), rows)


WRITES = {
    "add_": lambda t, x, y, i, j: x.add_(apart(x, y)),
    "mul_": lambda t, x, y, i, j: x.mul_(apart(x, y)),
    "div_": lambda t, x, y, i, j: x.div_(apart(x, y) ** 2 + 1.0),
    "copy_": lambda t, x, y, i, j: x.copy_(apart(x, y)),
    "add a number": lambda t, x, y, i, j: x.add_(1.5),
    "mul by a number": lambda t, x, y, i, j: x.mul_(0.5),
    "zero_": lambda t, x, y, i, j: x.zero_(),
    "fill_": lambda t, x, y, i, j: x.fill_(2.0),
    "fill_ with a tensor": lambda t, x, y, i, j: x.fill_(y.sum()),
    "sin_": lambda t, x, y, i, j: x.sin_(),
    "tanh_": lambda t, x, y, i, j: x.tanh_(),
    "clamp_": lambda t, x, y, i, j: x.clamp_(-1.0, 1.0),
    "masked_fill_": lambda t, x, y, i, j: x.masked_fill_(x > 0.5, 0.25),
    "masked_fill_ by a tensor": lambda t, x, y, i, j: x.masked_fill_(x > 0.5, y.sum()),
    "set a row": lambda t, x, y, i, j: setting(x, i % 3, j * 0.1),
    "set a column": lambda t, x, y, i, j: setting(x, (..., i % 2), j * 0.1),
    "set rows": lambda t, x, y, i, j: setting(x, slice(i % 2, None), apart(x, y)),
    "set all": lambda t, x, y, i, j: setting(x, ..., apart(x, y)),
    "set by index": lambda t, x, y, i, j: setting(x, t.tensor([-1]), y.clone()),
    "set by index to a number": lambda t, x, y, i, j: setting(x, t.tensor([i % 2]), 0.5),
    "set by mask": lambda t, x, y, i, j: setting(x, x > 0, j * 0.1),
    "set by mask to a tensor": lambda t, x, y, i, j: setting(x, x > 0, y.sum()),
    "index_add_": lambda t, x, y, i, j: adding(x, t, y[:len(x)].clone()),
}  # fmt: skip
STEPS = {**VIEWS, **READS, **WRITES}

small = st.integers(0, 7)
step = st.tuples(st.sampled_from([*STEPS, *WRITES]), small, small, small, small, st.integers(0, 5))
program = st.lists(step, min_size=2, max_size=9)


class Run:
    """A program in one library: the tensors so far, from leaves (one a view) and constants."""

    def __init__(self, library):
        self.t = library
        grid = np.linspace(-1.2, 1.3, 12).reshape(3, 4)
        self.leaves = [
            self.tensor(grid), self.tensor(grid[0] * 0.7 + 0.1),
            self.tensor(grid[:2].ravel()).view(2, 4),
        ]  # fmt: skip
        for leaf in self.leaves:
            leaf.requires_grad_()
        self.pool = [
            self.leaves[0].clone(), self.tensor(grid[::-1].copy()), self.leaves[1] * 1.5,
            self.tensor(grid[1]), self.tensor(grid.ravel()).view(3, 4), self.leaves[2] + 0.0,
            *self.leaves,
        ]  # fmt: skip

    def tensor(self, array):
        return self.t.tensor(array.tolist(), dtype=self.t.float64)

    def at(self, number):
        """A tensor of the pool, counted from the youngest on."""
        return self.pool[-1 - number % len(self.pool)]

    def step(self, name, a, b, i, j, mode):
        """Whether the step was refused; one step in six is not recorded."""
        x, y = self.at(a), self.at(b)
        try:
            with self.t.set_grad_enabled(mode > 0):
                made = STEPS[name](self.t, x, y, i, j)
        except (RuntimeError, IndexError, TypeError, ValueError, ZeroDivisionError) as error:
            return type(error), str(error)
        if name not in WRITES:
            self.pool.extend(made)
        return None, ""

    def finish(self):
        """The gradients, or None where the backward pass is refused."""
        parts = [x for x in self.pool if tracked(x) and x.numel()]
        try:
            sum(((i + 1) * (x * x).sum() for i, x in enumerate(parts)), 0.0).backward()
        except RuntimeError as error:
            return str(error)
        return [None if leaf.grad is None else leaf.grad.numpy() for leaf in self.leaves]


# Where the two differ by intent a program ends. PyTorch refuses to read one of several views
# after a write to another, and fills expanded memory; here it is the other way round.
BEYOND = [
    "or another view of its base has been modified inplace",
    "more than one element of the written-to tensor",
]


def tracked(x):
    """Whether a gradient flows from `x` to a leaf.

    In PyTorch a view that was made without recording says that it requires grad when its base
    does, but nothing flows through it or what is computed from it; here it says that it does not.
    """
    if isinstance(x, minitorch.Tensor) or not x.requires_grad:
        return x.requires_grad
    try:
        seen, stack = set(), [x.grad_fn]
    except RuntimeError:
        return None  # one of several views, stale
    if stack == [None]:
        return not x._is_view() or not x._base.requires_grad
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        if node.name().endswith("AccumulateGrad"):
            return True
        seen.add(node)
        stack.extend(parent for parent, _ in node.next_functions)
    return False


def agree(steps):
    ours, theirs = Run(minitorch), Run(torch)
    for number, one in enumerate(steps):
        other = theirs.at(one[2])
        if other.requires_grad and not tracked(other):
            continue
        (mine, text), (other, message) = ours.step(*one), theirs.step(*one)
        note(f"{number}: {one} -> {mine}: {text}\n    {other}: {message}")
        if any(words in message for words in BEYOND) or any(words in text for words in BEYOND):
            return
        assert (mine is None) == (other is None), one
        assert len(ours.pool) == len(theirs.pool)
        for k, (x, y) in enumerate(zip(ours.pool, theirs.pool, strict=True)):
            near(x.detach().numpy(), y.detach().numpy(), 1e-12)
            flows = tracked(y)
            if flows is None or (not flows and y.grad_fn is not None):
                return
            assert tracked(x) == flows, k
            assert not flows or x.is_leaf == y.is_leaf, k
    mine, other = ours.finish(), theirs.finish()
    note(f"{mine}\n{other}")
    assert isinstance(mine, str) == isinstance(other, str)
    if not isinstance(mine, str):
        assert [g is None for g in mine] == [g is None for g in other]
        for a, b in zip(mine, other, strict=True):
            if a is not None:
                near(a, b, 1e-9)


def near(a, b, tolerance):
    assert a.shape == b.shape
    assert np.allclose(a, b, tolerance, tolerance, equal_nan=True), f"{a}\n{b}"


QUIET = {"suppress_health_check": list(HealthCheck)}


@settings(max_examples=800, derandomize=True, **QUIET)
@given(program)
def test_random_programs(steps):
    agree(steps)


@pytest.mark.full
@settings(max_examples=20000, **QUIET)
@given(program)
def test_many_random_programs(steps):
    agree(steps)
