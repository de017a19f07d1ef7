"""What a program sees of a backward pass, and changes: hooks on gradients; the search for NaN."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.hooks import Hooks
from minitorch.engine.node import Bundle, Node, extras_of
from minitorch.engine.primitive import Primitive


def observe(node: Node, g: Any, face: type[Box]) -> Any:
    """Show `g` to the node's hooks, which may replace it, and retain it where that was asked."""
    extras, boxed = extras_of(node), isinstance(g, Box)
    if not extras.hooks and not extras.retain:
        return g
    g = turned(g, face)
    for hook in tuple(extras.hooks.values()) if extras.hooks else ():
        box = g if isinstance(g, Box) else fresh(face, np.asarray(g))
        changed = hook(box)
        if changed is not None:
            check_hooked(hook, box._value.shape, box._value.dtype, changed, node.name())
            g = changed if boxed else changed._value
    if extras.retain:
        kept = g if isinstance(g, Box) else fresh(face, np.array(g))
        extras.grad = kept if extras.grad is None else extras.grad + kept
    return turned(g, face)


def check_hooked(
    hook: Any, shape: tuple[int, ...], dtype: np.dtype, changed: Any, where: str
) -> None:
    """Refuse what a hook on a gradient gave back, if that can't take the gradient's place."""
    name = getattr(hook, "__name__", "<unknown>")
    if not isinstance(changed, Box):
        raise TypeError(
            f"expected Variable, but hook returned '{type(changed).__name__}' (hook '{name}'); it "
            "must return None or a tensor of the gradient's shape and dtype"
        )
    got = changed._value
    if got.dtype != dtype:
        raise RuntimeError(
            f"hook '{name}' has changed the type of value (was {dtype} got {got.dtype})"
        )
    if got.shape != shape:
        raise RuntimeError(
            f"hook '{name}' has changed the size of value: the gradient at {where} has shape "
            f"{list(shape)}, it returned {list(got.shape)}"
        )


def boxes_of(grads: Iterable[Any], face: type[Box]) -> tuple[Any, ...]:
    """Gradients as hooks are shown them."""
    return tuple(
        g if g is None else turned(g if isinstance(g, Box) else fresh(face, np.asarray(g)), face)
        for g in grads
    )


def replaced(hook: Any, given: tuple[Any, ...], changed: Any, node: Node) -> tuple[Any, ...]:
    """The gradients that a hook on a node gave back in place of others."""
    parts = (changed,) if isinstance(changed, Box) else tuple(changed)
    if len(parts) != len(given):
        raise RuntimeError(
            f"hook '{getattr(hook, '__name__', '<unknown>')}' has returned an incorrect number of "
            f"values (got {len(parts)}, but expected {len(given)}) on {node.name()}"
        )
    for old, part in zip(given, parts, strict=True):
        if part is not None and old is not None:
            check_hooked(hook, old._value.shape, old._value.dtype, part, node.name())
    return parts


def unshown(g: Any, like: Any, face: type[Box]) -> Any:
    """A gradient that a hook gave, as the sweep carries them: an array where `like` is one."""
    if g is None:
        return None
    return turned(g, face) if isinstance(like, Box) else turned(g._value, face)


def shown_to(hooks: Hooks, node: Node, g: Any, face: type[Box]) -> Any:
    """The gradients of a node's results, after the hooks that see them before its rules run."""
    several = isinstance(g, Bundle)
    given = g.parts if several else [g]
    parts = boxes_of(given, face)
    for hook in tuple(hooks.values()):
        changed = hook(parts)
        if changed is not None:
            parts = replaced(hook, parts, changed, node)
    some = next(old for old in given if old is not None)
    out = [unshown(part, some, face) for part in parts]
    if not several:
        return out[0]
    return Bundle(node, {i: part for i, part in enumerate(out) if part is not None})


def replaced_after(
    hooks: Hooks, node: Node, g: Any, grads: Sequence[Any], wanted: Sequence[int], face: type[Box]
) -> list[Any]:
    """The gradients of a node's parents, after the hooks that see both sides of its rules."""
    places = [i for i, (parent, _) in enumerate(node.next_functions) if parent is not None]
    inner: list[Any] = [None] * len(node.next_functions)
    for i, part in zip(wanted, boxes_of(grads, face), strict=True):
        inner[places[i]] = part
    given = boxes_of(g.parts if isinstance(g, Bundle) else (g,), face)
    parts = tuple(inner)
    for hook in tuple(hooks.values()):
        changed = hook(parts, given)
        if changed is not None:
            parts = replaced(hook, parts, changed, node)
    return [unshown(parts[places[i]], old, face) for i, old in zip(wanted, grads, strict=True)]


def look_for_nan(node: Node, grads: Sequence[Any], wanted: Sequence[int]) -> None:
    """Refuse NaN among the gradients that a node gives, telling where the node was made."""
    for i, g in zip(wanted, grads, strict=True):
        value = g._value if isinstance(g, Box) else g
        if value is None or type(value) is Bundle or not np.isnan(value).any():
            continue
        made = node.extras.made if node.extras is not None else None
        if made is None:
            told = (
                "No forward pass information available. Enable detect anomaly during forward pass "
                "for more information."
            )
        else:
            told = f"Traceback of forward call that caused the error:\n{made()}"
        warnings.warn(f"Error detected in {node.name()}. {told}", stacklevel=2)
        places = [k for k, (parent, _) in enumerate(node.next_functions) if parent is not None]
        raise RuntimeError(
            f"Function '{node.name()}' returned nan values in its {places[i]}th output."
        )


def turned(g: Any, face: type[Box]) -> Any:
    """The gradient `g` as a face shows it, or what a face was given as the engine has it."""
    dtype = g._value.dtype if isinstance(g, Box) else g.dtype
    return Primitive.known("conj")(g) if face._conjugates and dtype.kind == "c" else g
