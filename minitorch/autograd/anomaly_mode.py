"""Anomaly detection: where the forward made what the backward finds to be NaN.

A recorder notes on each node where the program made it; the backward pass looks at what each node
gives. Neither costs anything while the mode is off.
"""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from minitorch.engine.box import Box
from minitorch.engine.modes import is_anomaly_enabled, listen, state, unlisten
from minitorch.engine.node import Output, extras_of, node_of

__all__ = ["detect_anomaly", "set_detect_anomaly"]


def _note(op: Any, boxes: Sequence[Box], params: Sequence[Any], results: Sequence[Box]) -> None:
    """Note on the node of an operation where the program called it."""
    node = node_of(results[0]) if results else None
    if node is None:
        return
    node = node.parents[0] if type(node) is Output else node
    extras_of(node).made = _text(traceback.extract_stack())


def _text(stack: traceback.StackSummary) -> Callable[[], str]:
    own = __name__.split(".")[0]
    frames = [frame for frame in stack if f"/{own}/" not in frame.filename.replace("\\", "/")]
    return lambda: "".join(traceback.format_list(frames))


def _switch(mode: bool, check_nan: bool) -> tuple[bool, bool]:
    before = is_anomaly_enabled(), state.anomalies
    if mode and not before[0]:
        listen(_note)
    elif before[0] and not mode:
        unlisten(_note)
    state.noting, state.anomalies = _note if mode else None, mode and check_nan
    return before


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Switch anomaly detection on or off, for what follows."""
    _switch(enabled, check_nan)


class detect_anomaly:
    """A context in which a NaN that a backward pass makes is an error, told with its forward line.

    Args:
        check_nan: whether to look for NaN; an error of a backward function is traced in any case.

    Raises:
        RuntimeError: (from the backward pass) a node returned NaN; a warning before it has the
            traceback of the call that made the node.

    Example:
        >>> with torch.autograd.detect_anomaly():
        ...     x = torch.ones(2, requires_grad=True)
        ...     (x * 2).sum().backward()
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should "
            "only be enabled for debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self._before = _switch(True, self.check_nan)

    def __exit__(self, *exc: object) -> None:
        _switch(*self._before)


class set_detect_anomaly:
    """Switch anomaly detection on or off, at once, and back at the end of a `with` block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = _switch(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        _switch(*self._before)
