"""Watch a script train and say what is wrong: a line for each finding, with the evidence.

The model is the one whose parameters the script gives to an optimizer; the script computes what it
computes without the doctor. In place of a script, a function without arguments can be named, which
returns (model, loss_fn, batch, optimizer), of which the last may be left out. The exit status is 0
if nothing worse than a note was found, else 1.

example:
  minitorch doctor train.py --epochs 1
  minitorch doctor train.py:parts
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from minitorch.cli import Mistake
from minitorch.cli.naming import called_without, script_at
from minitorch.inspect.diagnosis import Diagnosis, doctor
from minitorch.inspect.diagnosis.places import here
from minitorch.nn import Module
from minitorch.optim import Optimizer
from minitorch.running import as_torch, run_script
from minitorch.running.targets import load


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("script", help="a training script, or file.py:function")
    rest = parser.add_argument("args", nargs=argparse.REMAINDER, help="arguments for the script")
    rest.required = False  # argparse would list it as missing where the script is


def act(given: argparse.Namespace) -> int:
    """Print what was found; the status tells whether it is worse than notes."""
    named = ":" in given.script and not given.script.endswith(".py")
    found = [_examined(given.script)] if named else _watched(given.script, given.args)
    if given.json:
        print(json.dumps([diagnosis.to_dict() for diagnosis in found], indent=2))
    else:
        for diagnosis in found:
            print(diagnosis)
    return int(not all(diagnosis.ok for diagnosis in found))


def _examined(text: str) -> Diagnosis:
    with as_torch():
        maker = load(text)
        parts = called_without(maker, text) if callable(maker) else maker
        if isinstance(parts, Module):
            parts = (parts,)
        if not isinstance(parts, (tuple, list)) or not 1 <= len(parts) <= 4:
            raise Mistake(
                f"{text} gives {type(parts).__name__}; it must give "
                "(model, loss_fn, batch, optimizer), of which the last may be left out"
            )
        return doctor(*parts, report=False)


def _watched(script: str, args: list[str]) -> list[Diagnosis]:
    path = script_at(script)
    found: list[Diagnosis] = []
    try:
        with watching(found):
            run_script(path, args)
    except SystemExit as ended:
        if ended.code not in (None, 0):
            _tell(found)
            raise
    except BaseException:
        _tell(found)
        raise
    if not found:
        raise Mistake(
            f"{script} made no optimizer over a module's parameters, so there was nothing to "
            f"watch; a function that returns (model, loss_fn, batch) can be examined: {script}:name"
        )
    return found


def _tell(found: list[Diagnosis]) -> None:
    """Print what was found before an error ended the script."""
    for diagnosis in found:
        print(diagnosis)


@contextlib.contextmanager
def watching(found: list[Diagnosis]) -> Iterator[None]:
    """Put a doctor around all training of models to which optimizers are made in the block."""
    made = Optimizer.__init__
    watched: list[Module] = []

    with contextlib.ExitStack() as stack:

        def making(self: Any, *args: Any, **kwargs: Any) -> None:
            made(self, *args, **kwargs)
            model = owner(self)
            if model is not None and not any(model is known for known in watched):
                watched.append(model)
                diagnosis = doctor(model, optimizer=self, report=False)
                place = here()
                if place.code is not None:
                    file = Path(place.code.co_filename).name
                    diagnosis.label = f"optimizer of {file} line {place.line}"
                found.append(stack.enter_context(diagnosis))

        Optimizer.__init__ = making  # type: ignore[method-assign]
        stack.callback(setattr, Optimizer, "__init__", made)
        yield


def owner(optimizer: Optimizer) -> Module | None:
    """The outermost module with the most of an optimizer's parameters."""
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    shared = {
        id(module): (len(held & {id(p) for p in module.parameters()}), module)
        for module in gc.get_objects()
        if issubclass(type(module), Module)  # asks no object for its __class__
    }
    inner = {
        id(part)
        for count, module in shared.values()
        if count
        for part in module.modules()
        if part is not module
    }
    roots = [pair for key, pair in shared.items() if pair[0] and key not in inner]
    return max(roots, key=lambda pair: pair[0])[1] if roots else None
