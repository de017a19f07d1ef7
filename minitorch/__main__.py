"""`python -m minitorch`."""

from minitorch.cli import main

main()
