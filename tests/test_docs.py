"""The pages that are written from the registry show what is there."""

import re
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_the_table_of_primitives_is_up_to_date():
    pytest.importorskip("scipy")
    from docs import make_primitives

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = make_primitives.text()
    assert make_primitives.PATH.read_text() == text, "run: python -m docs.make_primitives"


def test_the_worked_pull_request_is_what_stands_in_the_sources():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    shown = re.findall(r"<!-- in ([\w/.]+) -->\n```python\n(.*?)```", page, re.DOTALL)
    assert len(shown) >= 4
    for path, code in shown:
        source = " ".join((ROOT / path).read_text(encoding="utf-8").split())
        assert " ".join(code.split()) in source, path
