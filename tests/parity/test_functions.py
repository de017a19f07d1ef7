"""Every function of `torch.*` and every method of `Tensor` does what PyTorch's does."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import minitorch
from minitorch.faces import functions, sparse
from tests.parity import calls
from tests.parity.compare import compare, label, names_in

torch = pytest.importorskip("torch")

FAMILIES = {
    found.name: importlib.import_module(f"{calls.__name__}.{found.name}").CALLS
    for found in pkgutil.iter_modules(calls.__path__)
}
CASES = [
    pytest.param(call, id=f"{family}: {getattr(call, 'title', None) or label(call)}")
    for family, family_calls in FAMILIES.items()
    for call in family_calls
]

functions.complete()

REFUSED = {*sparse.MAKERS, *sparse.CONVERSIONS}  # their refusals are tested with the stand-ins


@pytest.mark.parametrize("call", CASES)
def test_call(call):
    found = compare(minitorch, torch, call)
    assert not found, "\n".join(found)


def touched() -> set[tuple[bool, str]]:
    """All names that the calls touch: whether of the module, and the name."""
    names = set()
    for case in CASES:
        (call,) = case.values
        names.update(getattr(call, "touched", ()), names_in(call))
    return names


def test_every_function_is_compared():
    compared = {name for of_module, name in touched() if of_module}
    assert set(functions.table) - compared - REFUSED == set()


def test_every_method_is_compared():
    ours = {name for name in dir(minitorch.Tensor) if not name.startswith("_")}
    compared = {name for of_module, name in touched() if not of_module}
    assert ours - compared - {"face", "rank"} - REFUSED == set()


def test_no_name_is_our_own():
    assert [name for name in functions.table if not hasattr(torch, name)] == []
    ours = {name for name in dir(minitorch.Tensor) if not name.startswith("_")}
    assert {name for name in ours if not hasattr(torch.Tensor, name)} == {"face", "rank"}
