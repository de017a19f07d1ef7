"""Every public name of NumPy: it is there, and nothing that is traced falls out of the graph."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict

import numpy as np
import pytest

import minitorch.numpy
from minitorch import grad
from minitorch.faces import protocols
from minitorch.faces.array import Array
from tests import numpy_names as names
from tests.numpy_inputs import MASK, X
from tests.numpy_names import Call

pytestmark = pytest.mark.filterwarnings("ignore")
# NumPy does not look at the `ord` of a norm: those of minitorch.numpy do
UNSEEN = {(np.linalg.norm, "ord"), (np.linalg.vector_norm, "ord")}
KINKS = {(np.quantile, "q")}  # called at a rank that is whole
# what NumPy itself says of what is no array
OWN_WORDS = {
    "frombuffer", "nditer", "rec.array", "linalg.cond", "linalg.norm", "linalg.vector_norm", "diff",
    "histogram2d", "histogramdd", "nanvar", "nanstd", "put",
}  # fmt: skip
if np.lib.NumpyVersion(np.__version__) < "2.1.0":  # knows no `shape=`
    OWN_WORDS.add("reshape")


def test_every_name_is_there():
    for name in names.public():
        space, _, attribute = f".{name}".rpartition(".")
        home = names.named(minitorch.numpy, space[1:]) if space else minitorch.numpy
        assert hasattr(home, attribute), name
        assert not space or attribute in home.__all__
    assert set(np.__all__) <= set(dir(minitorch.numpy))


@pytest.mark.parametrize("space", [np, minitorch.numpy], ids=["numpy", "minitorch.numpy"])
@pytest.mark.parametrize("keywords", [False, True])
@pytest.mark.parametrize("as_list", [False, True])
def test_nothing_falls_silently_out_of_the_graph(space, keywords, as_list):
    """Each argument traced alone: the gradient is right, zero by right, or refused."""
    states, bad, unclear = defaultdict(int), [], set()
    for recorded in names.recorded():
        call = names.by_keyword(recorded) if keywords else recorded
        if call is None:
            continue
        for path in names.places((call.args, call.kwargs)):
            if as_list and not np.ndim(names.part_at((call.args, call.kwargs), path)):
                continue
            found = names.traced(names.through(call, space), path, as_list)
            if found is None:
                continue
            states[found.state] += 1
            where = (call.function, names.argument(call, path))
            if found.state in ("silent", "wrong") and where not in (UNSEEN | KINKS):
                bad.append((call.name, where[1], found))
            if found.state == "refused" and not re.search("track|trace|gradient", found.why):
                unclear.add(call.name)
    assert not bad
    assert states["refused" if as_list else "differentiable"] > 1000
    assert as_list or unclear <= OWN_WORDS


def test_norms_of_minitorch_numpy_look_at_their_order():
    for call in (
        lambda t: minitorch.numpy.linalg.norm(np.ones(3), t),
        lambda t: minitorch.numpy.linalg.vector_norm(np.ones(3), ord=t),
        lambda t: minitorch.numpy.linalg.norm(t * np.ones(3), ord=t),
    ):
        with pytest.raises(TypeError, match=r"norm: ord= can't carry a gradient"):
            grad(call)(2.0)


def test_questions_about_lists_of_traced_numbers():
    def f(t):
        assert minitorch.numpy.array_equal([t, 1.0], [2.0, 1.0])
        assert not minitorch.numpy.array_equal([t, 1.0], [2.0, 2.0])
        assert minitorch.numpy.array_equiv([[2.0, 1.0]], [t, 1.0])
        assert minitorch.numpy.isscalar(t)
        assert not minitorch.numpy.isscalar(minitorch.numpy.array([t, t]))
        assert minitorch.numpy.iterable([t])
        return t

    assert grad(f)(2.0) == 1


def test_every_keyword_of_numpys_signatures_is_called():
    """By a call of `tests/numpy_calls`, for each function that has a derivative."""
    used = defaultdict(set)
    for call in names.recorded():
        try:
            bound = inspect.signature(call.function).bind(*call.args, **call.kwargs)
        except (TypeError, ValueError):
            continue
        used[call.function] |= set(bound.arguments)
    protocols._families()
    unused = {
        f"{function.__name__}({parameter.name}=)"
        for function in protocols.functions
        for parameter in parameters(function)
        if parameter.name not in used[function]
    }
    # of later NumPys, and of earlier ones, which warn of it
    others = re.compile(r"trapz|sorted|descending|interpolation|newshape|corrcoef\((bias|ddof)=")
    assert not {name for name in unused if not others.search(name)}


def parameters(function):
    try:
        found = inspect.signature(function).parameters.values()
    except ValueError:  # NumPy 2.0 tells none for some
        return []
    return [p for p in found if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]


# the methods of arrays

METHODS = {
    "all": [(), (0,)], "any": [(), (1,)], "argmax": [(), (0,)], "argmin": [(), (0,)],
    "argpartition": [(1,)], "argsort": [(), (0,)], "astype": [(float,), (int,), (complex,)],
    "byteswap": [()], "choose": [], "clip": [(0, 1), (-0.5, X[0] + 0.25)], "conj": [()],
    "conjugate": [()],
    "compress": [([True, False, True], 1)], "copy": [(), ("F",)], "cumprod": [(), (1,)],
    "cumsum": [(), (0,), (1,)], "diagonal": [(), (1,), (0, 1, 0)], "dot": [(X[0],)], "dump": [],
    "dumps": [()], "fill": [(2.0,)], "flatten": [(), ("F",)], "getfield": [("f8",)],
    "item": [(0,), (1, 1)], "max": [(), (0,), ((0, 1), None, True, 0.0, MASK)], "mean": [(), (0,)],
    "min": [(), (1,)], "nonzero": [()], "partition": [(1,)], "prod": [(), (0,)],
    "put": [([0, 1], [3.0, 4.0])], "ravel": [(), ("F",)], "repeat": [(2,), (2, 1), ([1, 2], 0)],
    "reshape": [(3, 2), ((3, 2),), (-1,)], "resize": [(3, 2)], "round": [(), (1,)],
    "searchsorted": [], "setfield": [], "setflags": [(None,)], "sort": [(), (0,)],
    "squeeze": [()], "std": [(), (0, None, None, 1)], "sum": [(), ((0, 1),), (0, complex)],
    "swapaxes": [(0, 1)], "take": [([0, 1],), ([0, 7], 1, None, "wrap")], "to_device": [("cpu",)],
    "tobytes": [()], "tofile": [], "tolist": [()], "trace": [(), (1,)],
    "transpose": [(), (1, 0), ((1, 0),), (None,)], "var": [(), (0,)], "view": [(), ("i8",)],
}  # fmt: skip
LEAVING = {"byteswap", "dumps", "getfield", "item", "resize", "tobytes", "tolist", "view"}


def method(name):
    """A method as a function; of those that write, on a copy, which is the result."""

    def call(x, *args):
        x = x * 1.0
        y = getattr(x, name)(*args)
        return x if y is None else y

    return call


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    assert hasattr(Array, name)
    for x in (X, X + 1j * X[::-1]):
        for args in METHODS[name]:
            found = names.traced(Call(name, method(name), (x, *args)), (0, 0))
            if found is not None and found.state == "refused":
                assert name in LEAVING
                assert "traced" in found.why
            else:
                assert found is None or found.state in ("differentiable", "constant", "flat")


def test_all_methods_are_tested():
    removed = {"itemset", "newbyteorder", "ptp", "tostring"}  # which NumPy 2 only warns of
    names = {name for name in dir(np.ndarray) if not name.startswith("_")} - removed
    methods = {name for name in names if callable(getattr(np.ndarray, name))}
    assert methods <= set(METHODS)
    assert all(hasattr(Array, name) for name in names)


# the page


def test_the_page_is_current():
    from docs import make_numpy_names as page

    text = page.PATH.read_text()
    if f"NumPy {np.__version__}" not in text:
        pytest.skip("the page was made with another NumPy")
    assert text == page.text(), "run: python -m docs.make_numpy_names"


def test_the_states_of_names():
    assert names.state(np.add) == "differentiable in `x1`, `x2`"
    assert names.state(np.average) == "differentiable in `a`, `weights`"
    assert names.state(np.floor) == names.state(np.argsort) == "constant"
    assert names.state(np.einsum_path).startswith("refused")
    assert names.state(np.eye) == "takes nothing to differentiate"
    assert names.state(np.pi) == "a value"
