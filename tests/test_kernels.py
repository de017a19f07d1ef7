"""The seam: every compiled kernel computes what NumPy's does, and is chosen as it is said."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import minitorch
import minitorch.kernels
from minitorch.kernels import seam

from .kernel_cases import cases

for module in pkgutil.iter_modules(minitorch.kernels.__path__, "minitorch.kernels."):
    if not module.ispkg:
        importlib.import_module(module.name)

CASES = cases()
needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="needs the extra `fast`")


def copied(values):
    return [v.copy(order="K") if isinstance(v, np.ndarray) else v for v in values]


def test_every_kernel_has_samples():
    assert set(CASES) == set(seam.kernels)


@needs_numba
@pytest.mark.parametrize("name", CASES)
def test_compiled_computes_the_same(name):
    """What is returned and written into; and twice the same to the last bit."""
    kernel = seam.kernels[name]
    family, _, partner = name.partition(".")
    module = importlib.import_module(f"minitorch.kernels.compiled.{family}")
    applied = False
    for i, case in enumerate(CASES[name]):
        args = case.draw(np.random.default_rng(i))
        plain, fast, again = copied(args), copied(args), copied(args)
        want = kernel.plain(*plain)
        got = getattr(module, partner)(*fast)
        assert (got is not NotImplemented) == case.applies, f"case {i}"
        if got is NotImplemented:
            continue
        applied = True
        repeated = getattr(module, partner)(*again)
        for a, b, c in zip(
            results(want, plain, case),
            results(got, fast, case),
            results(repeated, again, case),
            strict=True,
        ):
            assert a.shape == b.shape and a.dtype == b.dtype, f"case {i}"
            np.testing.assert_allclose(b, a, case.rtol, case.atol, err_msg=f"case {i}")
            np.testing.assert_array_equal(c, b, err_msg=f"case {i} again")
    assert applied


def results(returned, args, case):
    """The arrays that a kernel returned, and those arguments that it writes into."""
    returned = returned if isinstance(returned, tuple) else (returned,)
    return [*(v for v in returned if v is not None), *(args[i] for i in case.writes)]


@needs_numba
def test_a_kernel_is_compiled_from_a_size_on(monkeypatch):
    calls = []
    kernel = seam.kernels["shuffle.swapped"]
    monkeypatch.setattr(kernel, "compiled", lambda x: calls.append(x.size) or x)
    monkeypatch.setattr(kernel, "plain", lambda x: x)
    small, large = np.arange(3), np.broadcast_to(np.int64(0), kernel.pays)
    with minitorch.use_kernels("auto"):
        kernel(small)
        kernel(large)
    assert calls == [kernel.pays]
    with minitorch.use_kernels("numba"):
        kernel(small)
    assert calls == [kernel.pays, 3]
    with minitorch.use_kernels("numpy"):
        kernel(large)
    assert calls == [kernel.pays, 3]


def test_a_choice_lasts_as_long_as_its_block():
    before = seam.chosen()
    with minitorch.use_kernels("numpy"):
        assert seam.chosen() == "numpy"
        with minitorch.use_kernels("auto"):
            assert seam.chosen() == "auto"
        assert seam.chosen() == "numpy"
    assert seam.chosen() == before


def test_an_unknown_choice_is_refused():
    with pytest.raises(ValueError, match="expected one of auto, numba, numpy"):
        minitorch.use_kernels("fortran")


def test_the_environment_chooses(monkeypatch):
    found = []
    for said in ("numpy", "auto", ""):
        monkeypatch.setenv("MINITORCH_KERNELS", said)
        found.append(seam._start())
    assert found == ["numpy", "auto", "auto"]
    monkeypatch.setenv("MINITORCH_KERNELS", "fortran")
    with pytest.raises(ValueError, match="MINITORCH_KERNELS=fortran: expected one of auto"):
        seam._start()


def alone(program):
    """Run a program in a process of its own, which nobody has told what kernels to use."""
    env = {name: value for name, value in os.environ.items() if name != "MINITORCH_KERNELS"}
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=env
    )


WITHOUT = """
import sys
sys.modules["numba"] = None
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "numba" else find(name, *rest)
import minitorch
assert minitorch.randperm(2**18).sum().item() == 2**17 * (2**18 - 1)
try:
    minitorch.use_kernels("numba")
except ModuleNotFoundError as error:
    print(error)
"""


def test_without_numba_numpy_serves():
    run = alone(WITHOUT)
    assert "the extra `fast` brings it" in run.stdout and run.stderr == ""


BROKEN = """
import warnings
import sys
import minitorch
from minitorch.kernels import seam
sys.modules["numba"] = None
seam.installed = lambda: True
minitorch.use_kernels("auto")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    minitorch.randperm(2**18), minitorch.randperm(2**18)
print([str(w.message) for w in caught])
"""


@needs_numba
def test_a_broken_numba_is_told_of_once():
    run = alone(BROKEN)
    assert run.stdout.count("cannot be used") == 1


@needs_numba
def test_nothing_is_compiled_at_import_or_for_small_nets():
    program = (
        "import sys, minitorch as t; m = t.nn.Linear(4, 4); "
        "o = t.optim.Adam(m.parameters()); m(t.ones(2, 4)).sum().backward(); o.step(); "
        "print('numba' in sys.modules)"
    )
    assert alone(program).stdout == "False\n"


def test_show_config_tells(capsys):
    minitorch.show_config()
    told = capsys.readouterr().out
    assert f"minitorch {minitorch.__version__}" in told and f"NumPy {np.__version__}" in told
    assert "kernels" in told and "BLAS" in told and "threads" in told
