"""Reading the graph from a loss down to the model's output."""

from __future__ import annotations

from typing import Any

from minitorch.engine.node import Node, node_of
from minitorch.engine.reverse import below
from minitorch.inspect.diagnosis.case import Case

# operations that only move numbers about: what they are given is what they give
MOVES = {
    "broadcast_to", "reshape", "transpose", "swap", "split", "unbind", "getitem", "take", "gather",
    "flip", "cat", "stack", "cast", "identity", "pad", "view_write",
}  # fmt: skip
MEETINGS = {"subtract", "multiply", "binary_cross_entropy", "logit_cross_entropy"}


def name_of(node: Node) -> str:
    """The name of a node's operation; "" of a leaf."""
    op = node.fun
    return "" if op is None else op.name


def source_of(node: Node | None) -> str:
    """The operation that made the numbers of a node, moves left out."""
    while node is not None and node.parents:
        name = name_of(node)
        if name not in MOVES:
            return name
        node = node.parents[0]
    return ""


def read_loss(case: Case, loss: Any, outputs: list[Any]) -> None:
    """Note how a loss was made of the model's outputs, before a backward pass frees its graph."""
    root = node_of(loss)
    ends = {node for node in map(node_of, outputs) if node is not None}
    if root is None or not ends:
        return
    oldest = min(node.age for node in ends)
    between = below([root], ends, oldest)
    if not ends & between:
        return
    path = sorted(between - ends, key=lambda node: -node.age)
    case.kinds = [name_of(node) for node in path]
    case.head = source_of(max(ends & between, key=lambda node: node.age))
    for node in path:
        if name_of(node) in ("cross_entropy", "logit_cross_entropy"):
            case.fed = source_of(node.parents[0])
            shape = node.parents[0].shape
            if name_of(node) == "cross_entropy" and len(shape) > 1:
                case.classes = shape[1]
        _note_broadcast(case, node)


def _note_broadcast(case: Case, node: Node) -> None:
    """(n, 1) that met (n,), which makes (n, n)."""
    if name_of(node) not in MEETINGS or len(node.parents) != 1 or len(node.shape) != 2:
        return  # of two parents both depend on the model: that is meant, as in distances of pairs
    n, given = node.shape[0], node.parents[0].shape
    if n > 1 and node.shape == (n, n) and given in ((n, 1), (n,)):
        case.broadcasts.append((given, (n,) if given == (n, 1) else (n, 1)))
