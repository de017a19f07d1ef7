"""Makes ``data/iris.npz`` anew from scikit-learn's copy of Fisher's irises.

Run ``python -m minitorch.datasets.make_iris`` in a checkout with the extra ``parity``. The file
comes out the same every time: measurements in tenths of a centimetre and species as bytes, in the
order of the source, and the indices of a stratified test split that is drawn once and kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

TARGET = Path(__file__).with_name("data") / "iris.npz"
TEST_FLOWERS = 30


def arrays() -> dict[str, Any]:
    """The arrays of the file: ``millimetres`` (150, 4), ``species``, ``test`` indices."""
    from sklearn.datasets import load_iris
    from sklearn.model_selection import train_test_split

    source = load_iris()
    _, test = train_test_split(
        np.arange(150), test_size=TEST_FLOWERS, stratify=source.target, random_state=0
    )
    return {
        "millimetres": (source.data * 10).round().astype(np.uint8),
        "species": source.target.astype(np.uint8),
        "test": np.sort(test).astype(np.uint8),
    }


def main() -> None:
    np.savez_compressed(TARGET, **arrays())
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
