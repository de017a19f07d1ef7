"""The generated type stubs show what is there."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

spec = spec_from_file_location("make_stubs", Path(__file__).parents[1] / "docs" / "make_stubs.py")
make_stubs = module_from_spec(spec)
spec.loader.exec_module(make_stubs)


@pytest.mark.parametrize("path", make_stubs.STUBS, ids=lambda path: path.name)
def test_stub_is_up_to_date(path):
    pytest.importorskip("scipy")  # which minitorch.scipy, one of the names, needs
    assert path.read_text() == make_stubs.STUBS[path](), "run: python docs/make_stubs.py"


@pytest.mark.parametrize("path", make_stubs.STUBS, ids=lambda path: path.name)
def test_stub_is_python(path):
    compile(path.read_text(), path, "exec")
