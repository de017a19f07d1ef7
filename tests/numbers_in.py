"""Texts with numbers in them, compared: the words must be equal, the numbers close."""

from __future__ import annotations

import math
import re

NUMBER = re.compile(r"-?(?:\d+\.\d*|\.\d+|\d+(?=e))(?:e[-+]?\d+)?|-?\d+")


def same_text(ours: str, theirs: str, rtol: float = 2e-3, atol: float = 2e-4) -> None:
    """Assert that two texts agree, the numbers with a point in them to about four digits."""
    words = [re.sub(r"0x[0-9a-f]+", "0x", text) for text in (ours, theirs)]
    lines = [text.splitlines() for text in words]
    for mine, other in zip(*lines, strict=False):
        assert NUMBER.sub("#", mine) == NUMBER.sub("#", other), f"\n{mine}\n{other}"
        for a, b in zip(NUMBER.findall(mine), NUMBER.findall(other), strict=True):
            close = math.isclose(float(a), float(b), rel_tol=rtol, abs_tol=atol)
            assert a == b or ("." in a + b and close), f"{a} is not {b}:\n{mine}\n{other}"
    assert len(lines[0]) == len(lines[1])
