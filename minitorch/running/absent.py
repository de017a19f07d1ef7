"""What of PyTorch is not here, and what a script meets that asks for it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NoReturn

# Whole modules of PyTorch's, and why they are not here. A script may import them, as scripts do
# that never come to use them; it is the use that fails.
REASONS = {
    "_C": "there is no compiled core",
    "_dynamo": "nothing is compiled",
    "_export": "there are no exported programs",
    "_higher_order_ops": "nothing is compiled",
    "_functorch": "torch.func has its functions",
    "_inductor": "nothing is compiled",
    "_jit_internal": "nothing is compiled",
    "_lowrank": "torch.svd_lowrank and torch.pca_lowrank are public",
    "_meta_registrations": "there are no meta tensors",
    "_ops": "there is no dispatcher",
    "_prims": "docs/architecture.md tells what operations are made of",
    "_refs": "docs/architecture.md tells what operations are made of",
    "_subclasses": "there are no fake tensors",
    "_tensor": "the class is torch.Tensor",
    "_utils": "it is PyTorch's own business",
    "ao": "numbers are not quantised",
    "classes": "there are no custom C++ classes",
    "contrib": "it is deprecated in PyTorch",
    "cpp": "there is no C++ interface",
    "distributed": "all is computed in one process",
    "export": "there are no exported programs",
    "functorch": "torch.func has its functions",
    "futures": "all is computed when it is asked for",
    "fx": "programs are not traced into a symbolic graph; minitorch.inspect shows the graph",
    "hub": "nothing is downloaded: build the model and load its state dict",
    "jit": "programs run as Python; nothing is compiled",
    "library": "there is no dispatcher: torch.autograd.Function defines operations",
    "masked": "there are no masked tensors: torch.where and boolean masks do it",
    "monitor": "nothing is monitored",
    "mtia": "there is no such device",
    "nested": "tensors have one shape: pad them (nn.utils.rnn.pad_sequence)",
    "nn.attention.flex_attention": "nothing is compiled",
    "onnx": "models are not exported",
    "ops": "there is no dispatcher",
    "overrides": "there is no dispatcher",
    "package": "models are saved with torch.save",
    "quantization": "numbers are not quantised",
    "utils.benchmark": "timeit and python -m tests.benchmarks do it",
    "utils.bottleneck": "cProfile does it",
    "utils.cpp_extension": "there is no C++ interface: torch.autograd.Function defines operations",
    "utils.data.datapipes": "it is deprecated in PyTorch: utils.data.Dataset does it",
    "utils.mobile_optimizer": "there are no mobile devices",
    "utils.model_zoo": "nothing is downloaded: load a state dict with torch.load",
    "torchvision.extension": "there is no compiled core",
    "torchvision.io": "PIL.Image and minitorch.datasets.images read and write images",
    "torchvision.models": "nothing is downloaded: build the model and load its state dict",
    "torchvision.ops": "there are no operations for detection",
    "torchvision.prototype": "there is nothing experimental",
    "torchvision.tv_tensors": "images are Tensors: torchvision.transforms has what is here",
    "torchvision.transforms.v2": "torchvision.transforms has what is here",
}


def reason(name: str) -> str | None:
    """Why a module of PyTorch's, named without its `torch.`, is not here; None for others.

    Those of torchvision have its name before theirs.
    """
    parts = name.split(".")
    heads = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((REASONS[head] for head in heads if head in REASONS), None)


def missing(module: str, name: str, there: Iterable[str]) -> str:
    """The message for a name that a module (`torch.nn`) has not, with the nearest that it has."""
    text = f"minitorch has no {module}.{name}"
    why = reason(f"{module}.{name}".removeprefix("torch."))
    if why:
        return f"{text}: {why}"
    known = [n for n in there if not n.startswith("_")]
    nearest = difflib.get_close_matches(name, known, n=3)
    if not nearest:
        lowered = {n.lower(): n for n in known}
        nearest = [lowered[n] for n in difflib.get_close_matches(name.lower(), lowered, n=3)]
    if nearest:
        return f"{text}; the nearest there is: {', '.join(f'{module}.{n}' for n in nearest)}"
    return f"{text}, and nothing of a similar name"


class Absent:
    """Stands for a name that was imported and is not there: whoever uses it is told so."""

    def __init__(self, message: str) -> None:
        self.__dict__["_message"] = message

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise NotImplementedError(self.__dict__["_message"])

    __call__ = __mro_entries__ = __getitem__ = __iter__ = __instancecheck__ = _refuse
    __enter__ = __setattr__ = _refuse

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(self.__dict__["_message"])

    def __exit__(self, *exc: object) -> None:
        """Never reached: entering is refused."""

    def __repr__(self) -> str:
        return f"<absent: {self.__dict__['_message']}>"
