"""Gradients, devices and modules, used as they cannot be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from minitorch.errors import wording
from minitorch.errors.known import always, hint, kind_of

if TYPE_CHECKING:
    from minitorch.errors.lesson import Lesson


# Gradients

always(
    r"^element \d+ of tensors does not require grad",
    "nothing that it was computed from has requires_grad=True, or it was computed under no_grad(), "
    "from a detach() or in NumPy",
)
always(
    r"^grad can be implicitly created only for scalar outputs",
    "reduce it to one number first, .mean() or .sum(), or pass a gradient of its shape",
)
always(
    r"^Trying to backward through the graph a second time",
    "compute the loss anew before each backward(): is the forward pass inside of the loop? To go "
    "through one graph twice, specify retain_graph=True the first time",
)
always(
    r"that requires grad is being used in an in-place operation",
    "update a parameter under torch.no_grad(); in a computation write out of place: w = w + 1",
)
always(
    r"has been modified by an inplace operation",
    "the backward pass needs the value that was written over: use the out-of-place form of the "
    "later write (x = x + 1 for x += 1), or write to a clone()",
)
always(
    r"^Can't call numpy\(\) on Tensor that requires grad",
    "for reading, x.detach().numpy(); what NumPy computes has no gradient",
)


@hint(r"cannot be converted to Scalar|only one element tensors can be converted to Python scalars")
def one_number(lesson: Lesson, match: re.Match[str]) -> str:
    """item() of many elements."""
    return "one number: x.mean().item(), or x[i].item(); all of them: x.tolist()"


always(
    r"^Boolean value of Tensor with more than one value is ambiguous",
    "say when it is true: (a == b).all() or .any()",
)


# Devices, Python


@hint(r"at start of device string: (\w+)")
def device(lesson: Lesson, match: re.Match[str]) -> str | None:
    """A device's name that is not one."""
    near = {"gpu": "cuda", "CUDA": "cuda", "GPU": "cuda", "CPU": "cpu"}.get(match[1])
    return (f"{near!r} is its name; " if near else "") + "minitorch computes on 'cpu'"


always(
    r"Torch not compiled with CUDA enabled",
    'choose by what there is: "cuda" if torch.cuda.is_available() else "cpu"',
)


@hint(r"must be Tensor, not (?:numpy\.)?ndarray")
def numpys(lesson: Lesson, match: re.Match[str]) -> str:
    """A NumPy array for a tensor."""
    return "make a tensor of it: torch.from_numpy(x).float()"


@hint(r"must be Tensor, not tuple")
def pair(lesson: Lesson, match: re.Match[str]) -> str:
    """What an LSTM in a Sequential hands on."""
    return "recurrent layers and attention return several values: output, state = layer(x)"


@hint(r"^'\w+' object has no attribute '(\w+)'$")
def attribute(lesson: Lesson, match: re.Match[str]) -> str | None:
    """A layer's name misspelled, or one that was never made."""
    module = getattr(lesson.error, "obj", None)
    own = [n for n in (*vars(module)["_modules"], *vars(module)["_parameters"]) if n]
    if not own or match[1] in dir(type(module)):
        return None
    return f"{type(module).__name__} has {', '.join(own[:8])}{', …' * (len(own) > 8)}"


@hint(r"Module \[(\w+)\] is missing the required \"forward\" function")
def forward(lesson: Lesson, match: re.Match[str]) -> str:
    """A container that is called, or a forward of another name."""
    if match[1] in ("ModuleList", "ModuleDict", "ParameterList", "ParameterDict"):
        return f"a {match[1]} keeps modules; nn.Sequential runs them one after the other"
    near = [n for n in vars(type(lesson.module)) if re.fullmatch("(?i)_*fo?r?wa?r?ds?_*", n)]
    if near and "forward" not in near:
        return f"{match[1]} defines {near[0]}: call it forward"
    return f"define forward(self, …) in {match[1]}, indented as its __init__ is"


@hint(r"\.forward\(\) (takes|missing)|forward\(\) got an unexpected keyword")
def call(lesson: Lesson, match: re.Match[str]) -> str | None:
    """Too many arguments for a layer, or too few."""
    code = getattr(wording.unwrapped(type(lesson.module).forward), "__code__", None)
    if code is None:
        return None
    names = code.co_varnames[1 : code.co_argcount]
    return f"{kind_of(lesson)} is called with ({', '.join(names)})"
