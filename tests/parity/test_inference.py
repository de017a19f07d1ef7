"""Inference tensors: what is made in `inference_mode`, and what may be done with it outside."""

from __future__ import annotations

import copy
import pickle
import threading

import pytest

import minitorch
from tests.parity.scenarios import check, named


def tensors(torch):
    """A normal tensor, one that requires grad, an inference tensor."""
    with torch.inference_mode():
        inference = torch.tensor([1.0, 2.0, 3.0])
    return torch.ones(3), torch.ones(3, requires_grad=True), inference


def form(x):
    return x.is_inference(), x.requires_grad, x.is_leaf, x._is_view(), x.grad_fn is None


MADE = {
    "a product": lambda t, n, x: x * 2,
    "of constants": lambda t, n, x: n + n,
    "a sum": lambda t, n, x: n.sum(),
    "a comparison": lambda t, n, x: n > 0,
    "stacked": lambda t, n, x: t.stack([n, x]),
    "an order": lambda t, n, x: n.sort()[1],
    "a clone": lambda t, n, x: x.clone(),
    "a clone of a view": lambda t, n, x: x[1:].clone(),
    "a view": lambda t, n, x: x.view(3),
    "a slice": lambda t, n, x: n[1:],
    "a transpose": lambda t, n, x: n.t(),
    "a part": lambda t, n, x: n.split(1)[0],
    "a view of what is made": lambda t, n, x: (n * 2)[1:],
    "a part of what is made": lambda t, n, x: (n * 2).split(1)[0],
    "itself": lambda t, n, x: n.float(),
    "another dtype": lambda t, n, x: n.double(),
    "detached": lambda t, n, x: x.detach(),
    "data": lambda t, n, x: x.data,
    "zeros": lambda t, n, x: t.zeros(2),
    "zeros alike": lambda t, n, x: t.zeros_like(x),
    "random": lambda t, n, x: t.rand(2),
    "a range": lambda t, n, x: t.arange(3),
    "empty": lambda t, n, x: t.empty(2),
    "a leaf": lambda t, n, x: t.ones(2, requires_grad=True),
    "a leaf later": lambda t, n, x: t.ones(2).requires_grad_(),
    "of a leaf": lambda t, n, x: t.ones(2).requires_grad_() * 2,
    "recorded in vain": lambda t, n, x: t.enable_grad()(lambda: x * 2)(),
    "set in vain": lambda t, n, x: t.set_grad_enabled(True)(lambda: x * 2)(),
    "normal again": lambda t, n, x: t.inference_mode(False)(lambda: x * 2)(),
    "a constant, normal again": lambda t, n, x: t.inference_mode(False)(lambda: n + 1)(),
    "written to": lambda t, n, x: n.add_(1),
    "written to there": lambda t, n, x: (n * 1).add_(1),
    "an item": lambda t, n, x: n[0],
    "an iteration": lambda t, n, x: next(iter(n * 1)),
    "a number": lambda t, n, x: 1 - n,
}  # fmt: skip


@pytest.mark.parametrize("make", named(MADE))
def test_made(make):
    def scenario(torch):
        normal, leaf, _ = tensors(torch)
        with torch.inference_mode():
            y = make(torch, normal, leaf)
        return form(y), torch.is_inference(y)

    check(scenario)


USED = {
    "added to a leaf": lambda t, n, x, i: form(x + i),
    "multiplied with a leaf": lambda t, n, x, i: x * i,
    "multiplied with itself": lambda t, n, x, i: form(i * i),
    "multiplied unrecorded": lambda t, n, x, i: t.no_grad()(lambda: form(x * i))(),
    "cloned first": lambda t, n, x, i: (x * i.clone(), form(i.clone())),
    "matrix product": lambda t, n, x, i: x[None] @ i[:, None],
    "a mask": lambda t, n, x, i: t.where(i > 0, x, 0.0),
    "the condition": lambda t, n, x, i: t.where(t.inference_mode()(lambda: n > 0)(), x, 0.0),
    "joined": lambda t, n, x, i: t.cat([x, i]),
    "saved by a function": lambda t, n, x, i: _Saves(t).apply(x, i),
    "a view of it": lambda t, n, x, i: form(i[1:]),
    "detached": lambda t, n, x, i: form(i.detach()),
    "data": lambda t, n, x, i: form(i.data),
    "written to": lambda t, n, x, i: i.add_(1),
    "an item of it": lambda t, n, x, i: i.__setitem__(0, 5.0),
    "filled": lambda t, n, x, i: i.zero_(),
    "drawn": lambda t, n, x, i: i.normal_(),
    "copied into": lambda t, n, x, i: i.copy_(n),
    "a view written to": lambda t, n, x, i: i[1:].mul_(2),
    "written to inside": lambda t, n, x, i: t.inference_mode()(lambda: form(i.add_(1)))(),
    "an output": lambda t, n, x, i: t.add(n, n, out=i),
    "to write": lambda t, n, x, i: (n.add_(i), form(n)),
    "to write unrecorded": lambda t, n, x, i: t.no_grad()(lambda: x.add_(i))(),
    "requiring grad": lambda t, n, x, i: i.requires_grad_(),
    "requiring grad by name": lambda t, n, x, i: setattr(i, "requires_grad", True),
    "requiring none": lambda t, n, x, i: form(i.requires_grad_(False)),
    "its version": lambda t, n, x, i: i._version,
    "the version of a normal one": lambda t, n, x, i: n._version,
    "a hook": lambda t, n, x, i: i.register_hook(print),
    "its gradient": lambda t, n, x, i: setattr(i, "grad", t.ones(3)),
    "copied": lambda t, n, x, i: form(copy.deepcopy(i)),
    "pickled": lambda t, n, x, i: form(pickle.loads(pickle.dumps(i))),
    "numbers": lambda t, n, x, i: (i.tolist(), i.numpy(), i[0].item()),
}  # fmt: skip


@pytest.mark.parametrize("use", named(USED))
def test_used(use):
    check(lambda torch: use(torch, *tensors(torch)))


def _Saves(torch):
    class Saves(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, other):
            ctx.save_for_backward(other)
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            return grad, None

    return Saves


def view_outside(torch):
    leaf = tensors(torch)[1]
    y = leaf * 1
    with torch.inference_mode():
        view = y[1:]
    return form(view)[:2], (view * 2).requires_grad


def view_written_outside(torch):
    y = tensors(torch)[1] * 1
    with torch.inference_mode():
        view = y[1:]
    view.add_(1)


def written_inside(torch):
    y = tensors(torch)[1] * 1
    with torch.inference_mode():
        y[1:].add_(1)
    return y, y._version, y.requires_grad


def backward_inside(torch):
    x = tensors(torch)[1]
    loss = (x * 2).sum()
    with torch.inference_mode():
        loss.backward()
    return x.grad, x.grad.is_inference()


def numbers_stay_normal(torch):
    """A number met first in inference mode is no inference tensor, though numbers are kept."""
    x = tensors(torch)[1]
    with torch.inference_mode():
        x * 1.2345
    return x * 1.2345


SCENARIOS = (view_outside, view_written_outside, written_inside, backward_inside,
             numbers_stay_normal)  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario):
    check(scenario, words=3)


def test_other_threads_make_normal_tensors():
    seen = []
    with minitorch.inference_mode():
        thread = threading.Thread(target=lambda: seen.append(minitorch.ones(2) * 2))
        thread.start()
        thread.join()
    assert not seen[0].is_inference()
    assert (seen[0] * minitorch.ones(2, requires_grad=True)).requires_grad


def test_arrays_stay_as_they_are():
    with minitorch.inference_mode():
        array = minitorch.numpy.ones(3) * 2
    array[0] = 5
    assert array.tolist() == [5, 2, 2]
