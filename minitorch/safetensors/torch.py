"""The functions under the name that scripts import them by, `safetensors.torch`."""

from minitorch.safetensors import load, load_file, load_model, save, save_file, save_model

__all__ = ["load", "load_file", "load_model", "save", "save_file", "save_model"]
