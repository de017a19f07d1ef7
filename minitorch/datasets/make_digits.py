"""Makes ``data/digits.npz`` anew from scikit-learn's copy of the UCI digits.

Run ``python -m minitorch.datasets.make_digits`` in a checkout with the extra ``parity``. The
file comes out the same every time: pixels and labels as bytes, in the order of the source, and
the indices of a stratified test split that is drawn once and kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

TARGET = Path(__file__).with_name("data") / "digits.npz"
TEST_IMAGES = 360


def arrays() -> dict[str, Any]:
    """The arrays of the file: ``images`` (1797, 8, 8) in 0..16, ``labels``, ``test`` indices."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    source = load_digits()
    everything = np.arange(len(source.target))
    _, test = train_test_split(
        everything, test_size=TEST_IMAGES, stratify=source.target, random_state=0
    )
    return {
        "images": source.images.astype(np.uint8),
        "labels": source.target.astype(np.uint8),
        "test": np.sort(test).astype(np.uint16),
    }


def main() -> None:
    TARGET.parent.mkdir(exist_ok=True)
    np.savez_compressed(TARGET, **arrays())
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
