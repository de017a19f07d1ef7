"""What the words of a command line name: scripts, models, functions, inputs."""

from __future__ import annotations

import argparse
import ast
import difflib
import inspect
from pathlib import Path
from typing import Any

import numpy as np

import minitorch as torch
from minitorch.cli import Mistake
from minitorch.nn import Module
from minitorch.running.targets import load

WHICH_INPUTS = "on which inputs? say --input-size 2,3 or --inputs '[1., 2.]'"


def script_at(path: str) -> str:
    """The path of a script that exists."""
    script = Path(path)
    if script.is_file() or (script / "__main__.py").is_file():
        return path
    if script.is_dir():
        raise Mistake(f"{path} is a directory without a __main__.py, not a script")
    beside = [p.name for p in script.parent.glob("*.py")] if script.parent.is_dir() else []
    near = difflib.get_close_matches(script.name, beside, 1)
    hint = f"; is {script.parent / near[0]} meant?" if near else ""
    raise Mistake(f"there is no script {path!r}{hint}")


def model_of(text: str) -> Module:
    """The module that a text names: itself, an object of the class, or what a function makes."""
    found = load(text)
    if isinstance(found, Module):
        return found
    if not callable(found):
        raise Mistake(f"{text} is {_kind(found)}, not a module")
    made = called_without(found, text)
    if not isinstance(made, Module):
        raise Mistake(f"{text}() gives {_kind(made)}, not a module")
    return made


def callable_of(text: str) -> Any:
    """The function or module that a text names; a class of modules is called to make one."""
    found = load(text)
    if isinstance(found, type) and issubclass(found, Module):
        return called_without(found, text)
    if not callable(found):
        raise Mistake(f"{text} is {_kind(found)}, which can't be called")
    return found


def called_without(maker: Any, text: str) -> Any:
    """`maker()`, if it needs no arguments."""
    needs = needed(maker)
    if needs:
        raise Mistake(
            f"{text} needs arguments ({', '.join(needs)}): write them, as in "
            f"'{text}({', '.join(f'{name}=...' for name in needs)})'"
        )
    return maker()


def needed(f: Any) -> list[str]:
    """The names of the arguments that can't be left out, as far as it shows them."""
    try:
        shown = inspect.signature(f.forward if isinstance(f, Module) else f).parameters.values()
    except (TypeError, ValueError):
        return []
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in shown if p.default is p.empty and p.kind not in optional]


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """The options that say what to call a target with."""
    parser.add_argument(
        "--input-size",
        action="append",
        dest="inputs",
        default=[],
        type=sizes,
        metavar="2,3",
        help="the shape of an input, which is filled with random numbers; once for each input",
    )
    parser.add_argument(
        "--inputs",
        action="extend",
        nargs="+",
        default=[],
        metavar="VALUE",
        help="inputs as Python writes them: 1.5, '[[1., 2.]]'; lists become tensors; the order of "
        "all inputs is that of the command line",
    )
    parser.add_argument(
        "--numpy", action="store_true", help="give NumPy arrays: the function is made of np.*"
    )
    parser.add_argument("--seed", type=_natural, default=0, help="of the random numbers (0)")


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)


def sizes(text: str) -> tuple[int, ...]:
    """A shape: `1,28,28`."""
    try:
        size = tuple(int(part) for part in text.strip("()[] ").replace("x", ",").split(",") if part)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no shape; write 1,28,28") from None
    if any(n < 0 for n in size):
        raise argparse.ArgumentTypeError(f"{text!r} is no shape: a size is negative")
    return size


def inputs_of(given: argparse.Namespace, double: bool = False) -> list[Any]:
    """The inputs that a command line tells of."""
    rng = np.random.default_rng(given.seed)
    values = [rng.standard_normal(x) if random(x) else _value(x) for x in given.inputs]
    if all(type(value) is int for value in values):
        values = [float(value) for value in values]  # numbers alone are there to be moved
    return [_as_input(v, given.numpy, double) for v in values]


def random(said: str | tuple[int, ...]) -> bool:
    """Whether an input was given by its shape alone."""
    return isinstance(said, tuple)


def _value(text: str) -> Any:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise Mistake(
            f"--inputs: {text!r} is no number, list, text or None as Python writes them"
        ) from None
    if not isinstance(value, list):
        return value
    try:
        return np.array(value)
    except ValueError:
        raise Mistake(f"--inputs: the rows of {text} have different lengths") from None


def _as_input(value: Any, numpy: bool, double: bool) -> Any:
    if isinstance(value, float) and not numpy:
        value = np.array(value)
    if not isinstance(value, np.ndarray) or numpy:
        return value
    if value.dtype.kind == "f" and not double:
        value = value.astype(np.float32)
    return torch.from_numpy(value)


def _kind(value: Any) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"
