"""The pages that are written from the registry show what is there."""

import warnings

import pytest


def test_the_table_of_primitives_is_up_to_date():
    pytest.importorskip("scipy")
    from docs import make_primitives

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = make_primitives.text()
    assert make_primitives.PATH.read_text() == text, "run: python -m docs.make_primitives"
