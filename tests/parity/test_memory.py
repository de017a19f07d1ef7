"""Shared memory, by name: each hard case runs here and in PyTorch, and must come out the same."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")


def chain_of_views(t):
    x = t.ones(2, 3, 2, requires_grad=True)
    y = x * 1.0
    y[0].t()[1:].mul_(3)
    y.view(-1)[2:4] = 5.0
    (y * y).sum().backward()
    return y, x.grad


def constant_base(t):
    base, x = t.zeros(2, 3), t.ones(3, requires_grad=True)
    other = base.view(-1)
    base[0].copy_(x * 2)
    (other * other).sum().backward()
    return base, x.grad, other.requires_grad, base.requires_grad, other.is_leaf


def view_before_write(t):
    x = t.ones(4, requires_grad=True)
    y = x * 2
    before = y[1:3]
    y.mul_(3)
    before.sum().backward()
    return before, x.grad


def one_of_many(t, part):
    y = t.ones(2, 2, requires_grad=True) * 2
    part(y)[0].mul_(2)


def unbound_then_base_written(t):
    y = t.ones(2, 2, requires_grad=True) * 2
    row, _ = y.unbind()
    y.mul_(2)
    return row * 1


def untracked_writes(t):
    x = t.ones(3, requires_grad=True)
    y = (x * x).sum()
    x.data[0] = 5
    x.detach().numpy()[1] = 7
    y.backward()
    return x, x.grad, x._version


def rebound_data(t):
    x = t.ones(3, requires_grad=True)
    x.data = t.arange(2.0)
    (x * x).sum().backward()
    return x, x.grad, x.is_leaf


def view_from_no_grad(t):
    x = t.ones(2, 3, requires_grad=True)
    with t.no_grad():
        y = x.view(-1)
    z = y * 2
    z.sum().backward()
    return y.requires_grad, y.is_leaf, y.grad, x.grad, z.grad_fn.next_functions[0]


def write_to_view_from_no_grad(t):
    x = t.ones(2, requires_grad=True) * 1
    with t.no_grad():
        y = x[:1]
    y.add_(1)


def stale_view_from_no_grad(t):
    x = t.ones(2, requires_grad=True)
    with t.no_grad():
        y = x[:1]
        x.add_(1)
    return y * 2


def numpy_under_no_grad(t):
    x = t.ones(2, requires_grad=True)
    with t.no_grad():
        return x.numpy(), x[0].numpy()


def expanded(t, write):
    base = t.zeros(3)
    write(base.expand(2, 3))
    return base


def windows_filled(t):
    base = t.zeros(6)
    base.unfold(0, 3, 1).fill_(2)
    return base


def detached(t):
    x = t.ones(3, requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    y.detach().add_(1)
    z.backward()


def leaf_view(t):
    t.ones(3, requires_grad=True)[:2].add_(1)


def copies(t):
    base = t.arange(6.0)
    one, view = copy.deepcopy([base, base[2:4]])
    view.fill_(9)
    return one, base, view.storage_offset(), view.stride()


def parts_of_complex(t):
    z = t.ones(3, requires_grad=True) * (1 + 2j)
    return (
        z.real,
        t.view_as_real(z)[:, 1],
        z.real._is_view(),
        z.imag.stride(),
        z.imag.storage_offset(),
    )


def retained_through_a_view(t):
    x = t.ones(4, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y[0] = 0
    y.sum().backward()
    return y.grad, x.grad


def integers_as_data(t):
    t.ones(2, requires_grad=True).data = t.ones(2, dtype=t.int64)


def data_of_another_shape(t):
    y = t.ones(4, requires_grad=True) * 2
    y.data = t.zeros(5)
    y.sum().backward()


def resized(t):
    base = t.arange(6.0)
    view = base[2:4]
    base.resize_(2)
    images = t.zeros(1, 2, 3, 4)
    images.resize_(1, 2, 2, 2, memory_format=t.channels_last)
    return (
        base,
        view,
        base.untyped_storage().nbytes(),
        base._version,
        view._version,
        images.stride(),
    )


def set_to(t):
    base, x, y = t.arange(6.0), t.zeros(0), t.zeros(3)
    x.set_(base.untyped_storage(), 2, (2,), (2,)).fill_(8)
    y.set_(base.view(2, 3))
    same = x.is_set_to(base[2::2]), y.is_set_to(base), y.is_set_to(base.view(2, 3))
    return base, x, x.storage_offset(), y, same, t.ones(3).set_().shape


def set_after_an_operation(t):
    x = t.ones(2, requires_grad=True)
    y = x * 2
    y.set_(t.ones(3)).sum().backward()


def storages(t):
    x = t.arange(4, dtype=t.uint8)
    storage = x.untyped_storage()
    storage[1:3][0] = 9
    other = storage.clone().fill_(1)
    same = storage == x[2:].untyped_storage(), storage == other
    return x, len(storage[1:]), same, x[2:].data_ptr() - storage.data_ptr()


def storages_of_two_sizes(t):
    t.zeros(2).untyped_storage().copy_(t.zeros(3).untyped_storage())


def addresses(t):
    x = t.arange(24.0, dtype=t.float64).view(2, 3, 4)
    views = x[1], x[:, 1], x[..., 2], x.mT, x.unfold(2, 2, 1)[1], x.diagonal(1, 1, 2), x.split(1)[1]
    return *(v.data_ptr() - x.data_ptr() for v in views), t.zeros(0).data_ptr(), x[1:1].data_ptr()


def into_own_part(t, write):
    write(t.arange(9.0).view(3, 3))


CASES = {
    "a chain of views": chain_of_views,
    "a constant base tracked through a view": constant_base,
    "a view taken before its base is written": view_before_write,
    "unbind": lambda t: one_of_many(t, lambda y: y.unbind()),
    "split": lambda t: one_of_many(t, lambda y: y.split(1)),
    "chunk": lambda t: one_of_many(t, lambda y: y.chunk(2)),
    "iteration": lambda t: one_of_many(t, lambda y: list(y)),
    "tensor_split": lambda t: one_of_many(t, lambda y: y.tensor_split(2)),
    "unbind, then the base": unbound_then_base_written,
    "untracked writes": untracked_writes,
    "data rebound": rebound_data,
    "a view from no_grad": view_from_no_grad,
    "a write to one": write_to_view_from_no_grad,
    "a stale one": stale_view_from_no_grad,
    "numpy under no_grad": numpy_under_no_grad,
    "expanded, fill_": lambda t: expanded(t, lambda x: x.fill_(2)),
    "expanded, zero_": lambda t: expanded(t, lambda x: x.zero_()),
    "expanded, add_": lambda t: expanded(t, lambda x: x.add_(2)),
    "expanded, copy_": lambda t: expanded(t, lambda x: x.copy_(t.ones(2, 3))),
    "expanded, all set": lambda t: expanded(t, lambda x: x.__setitem__(slice(None), 1.0)),
    "expanded, a row set": lambda t: expanded(t, lambda x: x.__setitem__(0, 1.0)),
    "expanded, masked": lambda t: expanded(t, lambda x: x.masked_fill_(t.arange(3) > 0, 4)),
    "expanded, by index": lambda t: expanded(t, lambda x: x.__setitem__(t.tensor([0]), t.ones(3))),
    "expanded, fill_ by a tensor": lambda t: expanded(t, lambda x: x.fill_(t.tensor(1.0))),
    "windows, filled": windows_filled,
    "through detach": detached,
    "a view of a leaf": leaf_view,
    "deep copies": copies,
    "parts of complex numbers": parts_of_complex,
    "a gradient retained, then a write through a view": retained_through_a_view,
    "integers as data": integers_as_data,
    "data of another shape": data_of_another_shape,
    "resize_": resized,
    "set_": set_to,
    "set_ after an operation": set_after_an_operation,
    "storages": storages,
    "storages of two sizes": storages_of_two_sizes,
    "data_ptr": addresses,
    "a slice of a typed storage": lambda t: t.zeros(2).storage()[:1],
    "into the transpose": lambda t: into_own_part(t, lambda x: x.add_(x.t())),
    "into a shifted part": lambda t: into_own_part(t, lambda x: x[1:].copy_(x[:-1])),
    "into all from a row": lambda t: into_own_part(t, lambda x: x.mul_(x[0])),
    "filled by its own element": lambda t: into_own_part(t, lambda x: x.fill_(x[1, 1])),
}  # fmt: skip


def outcome(t, case):
    """What a case gave, tensors as arrays; or the type of its error."""
    try:
        result = case(t)
    except (RuntimeError, TypeError) as error:
        return type(error).__name__, str(error)
    parts = result if isinstance(result, tuple) else (result,)
    return [np.asarray(p.detach()) if hasattr(p, "detach") else p for p in parts], ""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_memory(name):
    (ours, text), (theirs, message) = (outcome(t, CASES[name]) for t in (minitorch, torch))
    if isinstance(theirs, str):
        assert ours == theirs, message
        assert text.split()[:2] == message.split()[:2] or "shape" in text
        return
    assert not isinstance(ours, str), text
    for a, b in zip(ours, theirs, strict=True):
        assert np.array_equal(a, b) if isinstance(b, np.ndarray) else a == b, (a, b)


@pytest.mark.parametrize("name", ["unbind", "a write to one", "a view of a leaf", "expanded, add_"])
def test_errors_name_the_operation_and_the_shape(name):
    kind, text = outcome(minitorch, CASES[name])
    assert kind == "RuntimeError"
    assert "shape [" in text
    assert any(op in text for op in ("multiply", "add"))
