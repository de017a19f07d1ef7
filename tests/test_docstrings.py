"""Every example in a docstring of the package is run, with ``import minitorch as torch``."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import numpy as np
import pytest

import minitorch

OPTIONAL = {"PIL", "matplotlib", "numba", "scipy", "sklearn"}
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def modules() -> Iterator:
    yield minitorch
    for found in pkgutil.walk_packages(minitorch.__path__, "minitorch."):
        if found.name.endswith("__main__"):
            continue
        try:
            yield importlib.import_module(found.name)
        except ModuleNotFoundError as error:
            if error.name.partition(".")[0] not in OPTIONAL:
                raise


def documented(module) -> Iterator[tuple[str, object]]:
    """The module, and what it holds that the package made: classes, functions, primitives."""
    yield module.__name__, module
    for name, value in vars(module).items():
        if inspect.ismodule(value):
            continue
        if str(getattr(value, "__module__", "")).startswith("minitorch"):
            path = f"{module.__name__}.{name}"
            yield path, value
            if inspect.isclass(value):
                yield from ((f"{path}.{part}", member) for part, member in vars(value).items())


def examples() -> dict[str, str]:
    """Each text with examples, once, by the shortest path to it."""
    shortest: dict[str, str] = {}
    for module in modules():
        for path, value in documented(module):
            text = inspect.cleandoc(value.__doc__) if isinstance(value.__doc__, str) else ""
            if ">>>" in text and len(path) < len(shortest.get(text, path + ".")):
                shortest[text] = path
    return {path: text for text, path in shortest.items()}


EXAMPLES = examples()


def test_there_are_examples():
    assert len(EXAMPLES) > 20


@pytest.mark.parametrize("path", sorted(EXAMPLES))
def test_example(path):
    names = {"torch": minitorch, "minitorch": minitorch, "np": np}
    example = doctest.DocTestParser().get_doctest(EXAMPLES[path], names, path, None, None)
    report: list[str] = []
    failed, attempted = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=report.append)
    assert attempted
    assert not failed, "".join(report)
