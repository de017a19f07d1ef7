"""The methods that `functions.install` gives `Tensor`, for type checkers: see `methods.pyi`."""


class Methods:
    """Empty when the program runs; `methods.pyi`, generated, lists what the tables add."""

    __slots__ = ()
