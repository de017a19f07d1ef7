"""What `import torch` finds in a process that a program run by minitorch has spawned."""

import importlib
import sys

from minitorch.running import as_torch

sys.path.remove(__file__.rpartition("spawned")[0] + "spawned")
as_torch()
importlib.import_module("torch")  # minitorch, which from now on has this name
