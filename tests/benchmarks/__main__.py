"""``python -m tests.benchmarks``: minitorch beside PyTorch and others, as a Markdown table."""

from __future__ import annotations

from .command import main

if __name__ == "__main__":
    main()
