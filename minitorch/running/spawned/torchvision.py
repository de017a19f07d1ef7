"""What `import torchvision` finds in a process that a program run by minitorch has spawned."""

import importlib
import sys

del sys.modules[__name__]
importlib.import_module("torch")  # from now on both names are minitorch's
importlib.import_module("torchvision")
