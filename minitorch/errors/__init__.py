"""Errors that teach: what was attempted, with what, where, and what to do; and short tracebacks.

An error's first line is PyTorch's. Below it stand the module as the program knows it and the
operation, the program's own line, what was given, and a hint where one is known:

    RuntimeError: mat1 and mat2 shapes cannot be multiplied (120x6 and 144x10)
      in net.fc (Linear): linear()
      at train.py:14: return self.fc(x)
      given input [5, 4, 6, 6] float32; weight [10, 144] float32, bias [10] float32
      hint: flatten all but the batch first: x.flatten(1) is [5, 144], which fits

Nothing of this runs before there is an error. `frames` tells the program's frames from the
engine's, `raising` catches errors on their way out, `telling` puts the lines together from the
`lesson` that the frames are, `hints` knows the mistakes.
"""

from __future__ import annotations

from minitorch.errors.frames import tracebacks
from minitorch.errors.raising import explain, install, show, taught, teaching

__all__ = ["explain", "install", "show", "taught", "teaching", "tracebacks"]
