"""Gradients, devices and modules, used as they cannot be."""

from __future__ import annotations

import difflib
import re
import sys
from typing import TYPE_CHECKING

from minitorch.errors import wording
from minitorch.errors.known import always, hint, kind_of

if TYPE_CHECKING:
    from minitorch.errors.lesson import Lesson


# Gradients

always(
    r"^element \d+ of tensors does not require grad",
    "nothing that it was computed from has requires_grad=True, or it was computed under no_grad(), "
    "from a detach(), an item(), an argmax() or in NumPy",
)
always(
    r"^grad can be implicitly created only for scalar outputs",
    "reduce it to one number first, .mean() or .sum(), or pass a gradient of its shape",
)
always(
    r"^Trying to backward through the graph a second time",
    "compute the loss anew before each backward(): is the forward pass inside of the loop? What "
    "one step hands to the next, as a recurrent state, is detached: h = h.detach(). To go through "
    "one graph twice, specify retain_graph=True the first time",
)
always(
    r"that requires grad is being used in an in-place operation",
    "update a parameter under torch.no_grad(); in a computation write out of place: w = w + 1",
)
always(
    r"has been modified by an inplace operation",
    "the backward pass needs the value that was written over: use the out-of-place form of the "
    "later write (x = x + 1 for x += 1, no inplace=True), or write to a clone(). If an optimizer's "
    "step() wrote over a parameter, compute the loss anew after it",
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
    r"^Boolean value of Tensor with more than one value is ambiguous(?!: a loss got)",
    "say when it is true: (a == b).all() or .any()",
)


# Devices, Python


@hint(r"at start of device string: (\w+)")
def device(lesson: Lesson, match: re.Match[str]) -> str | None:
    """A device's name that is not one."""
    root = sys.modules["minitorch"]
    if isinstance(getattr(root, match[1], None), root.dtype):
        return f"a dtype is given without quotes: torch.{match[1]}"
    near = {"gpu": "cuda", "CUDA": "cuda", "GPU": "cuda", "CPU": "cpu"}.get(match[1])
    return (f"{near!r} is its name; " if near else "") + "minitorch computes on 'cpu'"


always(
    r"Torch not compiled with CUDA enabled",
    'choose by what there is: "cuda" if torch.cuda.is_available() else "cpu"',
)


@hint(r"must be Tensor, not (?:numpy\.)?ndarray")
def numpys(lesson: Lesson, match: re.Match[str]) -> str:
    """A NumPy array for a tensor."""
    found = {n: x for n, x in lesson.given.items() if type(x).__module__ == "numpy"}
    if len(found) != 1:
        return "make tensors of them: torch.from_numpy(x).float(), and .long() for labels"
    ((name, x),) = found.items()
    numbered = x.dtype.kind in "iu" and (name == "target" or lesson.operation == "embedding")
    wanted, convert = ("int64", ".long()") if numbered else ("float32", ".float()")
    return f"make a tensor of it: torch.from_numpy({name}){convert * (x.dtype.name != wanted)}"


@hint(r"must be Tensor, not tuple")
def pair(lesson: Lesson, match: re.Match[str]) -> str:
    """What an LSTM in a Sequential hands on."""
    return "recurrent layers and attention return several values: output, state = layer(x)"


always(
    r"must be Tensor, not PackedSequence",
    "only recurrent layers take packed sequences: output, lengths = pad_packed_sequence(packed)",
)
always(
    r"must be Tensor, not NoneType|^'NoneType' object has no attribute '\w+': \w+\(\) takes",
    "None is what a function returns that has no return statement: does forward end with return?",
)


@hint(r"argument 'input' \(position 1\) must be Tensor, not dict")
def mapping(lesson: Lesson, match: re.Match[str]) -> str | None:
    """A batch of examples that have names for their parts."""
    x = next(iter(lesson.given.values()))
    return f"take the part of it that is meant: x[{next(iter(x))!r}]" if x else None


@hint(r"argument 'input' \(position 1\) must be Tensor, not list")
def batch(lesson: Lesson, match: re.Match[str]) -> str | None:
    """What a DataLoader hands out: inputs and labels."""
    x = next(iter(lesson.given.values()))
    if wording.holds_arrays(x) and len(x) == 2:
        return "a batch of a DataLoader holds inputs and labels: for inputs, labels in loader"
    if wording.holds_arrays(x):
        return "one tensor of several: torch.stack or torch.cat joins them"
    return None


@hint(r"\(\) got an unexpected keyword argument '(\w+)'$")
def keyword(lesson: Lesson, match: re.Match[str]) -> str | None:
    """The name of an argument misspelled."""
    near = difflib.get_close_matches(
        match[1], ("dtype", "device", "requires_grad", "out", "dim"), 1
    )
    return f"did you mean {near[0]}?" if near and lesson.operation else None


@hint(r"^module 'minitorch' has no attribute '(\w+)'$")
def name(lesson: Lesson, match: re.Match[str]) -> str | None:
    """A name misspelled; Python itself looks for others in smaller modules only."""
    near = difflib.get_close_matches(match[1], dir(sys.modules["minitorch"]), n=3)
    return f"of similar names there are {', '.join(near)}" if near else None


@hint(r"^'\w+' object has no attribute '(\w+)'$")
def attribute(lesson: Lesson, match: re.Match[str]) -> str | None:
    """A layer's name misspelled, or one that was never made."""
    module = getattr(lesson.error, "obj", None)
    own = [n for n in (*vars(module)["_modules"], *vars(module)["_parameters"]) if n]
    if isinstance(getattr(type(module), match[1], None), property):
        return f"{match[1]} is a property: an attribute that its own code asks for is not there"
    if not own or match[1] in dir(type(module)):
        return None
    if all(name.isdigit() for name in own):
        return f"its modules have numbers: [0]{f' to [{len(own) - 1}]' * (len(own) > 1)}"
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
    if not code.co_varnames[: code.co_argcount] or code.co_varnames[0] in ("x", "input", "inputs"):
        return f"the first argument of a method is the module itself: def {code.co_name}(self, …)"
    names = code.co_varnames[1 : code.co_argcount]
    optional = len(
        getattr(wording.unwrapped(type(lesson.module).forward), "__defaults__", None) or ()
    )
    needed = [*names[: len(names) - optional], *["…"] * (optional > 0)]
    shown = names if len(names) <= 4 else needed
    return f"{kind_of(lesson)} is called with ({', '.join(shown)})"
