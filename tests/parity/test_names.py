"""The page of PyTorch's names tells the truth, and every absence has a reason."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from docs import make_torch_names  # noqa: E402
from tests.parity.names import everything  # noqa: E402

STATES = {
    f"{module}.{name}": state for module, names in everything() for name, state in names.items()
}


def test_every_absence_has_a_reason():
    unexplained = [n for n, state in STATES.items() if state.kind == "absent" and not state.note]
    assert unexplained == []


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="written from PyTorch 2.13")
def test_the_page_is_up_to_date():
    assert make_torch_names.PATH.read_text() == make_torch_names.text(), (
        "python -m docs.make_torch_names"
    )
