"""Rules and plans: what a primitive's derivative reads, keeps and runs.

A rule names what it reads. Its first parameter is the incoming gradient (or tangent); the
others are names of the operation's arguments, `y` for its output, `x_shape` and `x_dtype` for
the form of an argument `x`. `lambda g, y: g * y` is the rule of `exp`: it reads the output and
nothing else, so that nothing else is kept. That is the whole declaration; a `Plan`, compiled at
first use for each set of arguments that want a gradient, keeps just what its rules name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.history import restored
from minitorch.engine.node import Bundle, DeadEnd, Gradients, Node
from minitorch.engine.registry import watchers
from minitorch.errors.raising import teaching

if TYPE_CHECKING:
    from minitorch.engine.primitive import Primitive

ndarray = np.ndarray


class Rule:
    """A derivative with respect to one argument: `function` applied to the values that it names.

    A slope is multiplied with the gradient (or tangent); a vjp or jvp takes it first; a number
    is a constant slope.
    """

    __slots__ = ("constant", "function", "reads", "slope")

    def __init__(self, rule: Callable[..., Any] | float, slope: bool) -> None:
        self.slope = slope
        self.constant = None if callable(rule) else rule
        self.function: Callable[..., Any] = rule if callable(rule) else zero
        names = rule.__code__.co_varnames[: rule.__code__.co_argcount] if callable(rule) else ()
        self.reads = names if slope else names[1:]

    def source(self, function: str, g: str = "g") -> str:
        """The rule as an expression over `g` and the names that it reads."""
        reads = ", ".join(self.reads)
        if self.constant is None:
            return f"{g} * {function}({reads})" if self.slope else f"{function}({g}, {reads})"
        constants: dict[float, str] = {1: g, -1: f"-{g}", 0: f"{function}({g})"}
        return constants.get(self.constant, f"{g} * {self.constant!r}")

    def __call__(self, g: Any, values: Callable[[str], Any]) -> Any:
        """Run the rule, with `values` giving what each name means."""
        if self.constant is not None:
            return zero(g) if self.constant == 0 else g * self.constant
        read = [values(name) for name in self.reads]
        return g * self.function(*read) if self.slope else self.function(g, *read)


def zero(g: Any) -> Any:
    """Zeros like `g`, where a derivative vanishes whatever comes in."""
    if isinstance(g, Box):
        plain = type(g._value) is ndarray
        return fresh(g.face, np.zeros_like(g._value)) if plain else g * 0.0
    return np.zeros_like(g)


class Plan:
    """What is kept and run for one primitive and one set of arguments that want gradients.

    `keep(node, y, *args)` stores on the node what the rules read; `backward(g, node, saved)`
    gives the gradients for the node's parents, in order; `rules` are the same one by one;
    `sources` says for each saved value where it came from: an argument's position, -1 - i for
    output i, None for what is no array.
    """

    __slots__ = ("backward", "keep", "kept", "op", "rules", "sources", "wanted")

    def __init__(self, op: Primitive, wanted: tuple[int, ...]) -> None:
        self.op = op
        self.wanted = wanted
        rules = [op.rule(i) for i in wanted]
        kept = list(dict.fromkeys(name for rule in rules for name in rule.reads))
        self.kept = kept
        places = [self._place(name) for name in kept]
        self.sources = tuple(source for _, source in places)
        scope: dict[str, Any] = {"__name__": __name__, "as_saved": as_saved, "filled": filled}
        scope.update((f"rule{i}", rule.function) for i, rule in enumerate(rules))
        parts = [rule.source(f"rule{i}") for i, rule in enumerate(rules)]
        together = self.gradients(scope, parts)
        exec(self._text(kept, [text for text, _ in places], parts, together), scope)
        self.keep = scope["keep"]
        self.backward = scope["backward"]
        self.rules = tuple(scope[f"part{i}"] for i in range(len(rules)))
        for told in watchers:
            told(self)

    def gradients(self, scope: dict[str, Any], parts: list[str]) -> str:
        """The tuple of all gradients as an expression, over `g` and names in `scope`."""
        return f"({''.join(part + ', ' for part in parts)})"

    def _place(self, name: str) -> tuple[str, int | None]:
        """Where a name is found when the node is made, as an expression, and its source."""
        names, arrays = self.op.names, self.op.arrays
        if name in names:
            i = names.index(name)
            return (f"{name}._value", i) if i < arrays else (name, None)
        if name == "y":
            return "y._value", -1
        if name[0] == "y" and name[1:].isdigit():
            return f"y[{name[1:]}]._value", -1 - int(name[1:])
        argument, _, aspect = name.rpartition("_")
        if argument in (*names[:arrays], "y") and aspect in ("shape", "dtype"):
            return f"{argument}._value.{aspect}", None
        raise TypeError(f"a rule of {self.op.name} reads {name!r}, which is no argument of it")

    def _text(
        self, kept: list[str], expressions: list[str], parts: list[str], together: str
    ) -> str:
        boxes = [
            text.removesuffix("._value")
            for text, source in zip(expressions, self.sources, strict=True)
            if source is not None
        ]
        versions = "".join(f"{box}._counter, {box}._counter[0], " for box in boxes)
        changed = " or ".join(f"v[{2 * i}][0] != v[{2 * i + 1}]" for i in range(len(boxes)))
        check = (
            f" v = node.versions\n if {changed}: saved = as_saved(node, saved)\n" if boxes else ""
        )
        fill = " g = filled(g, node)\n" if self.op.several else ""
        unpack = f" ({', '.join(kept)},) = saved\n" if kept else ""
        text = (
            f"def keep(node, y, {', '.join(self.op.names)}):\n"
            f" node.saved = ({''.join(e + ', ' for e in expressions)})\n"
            f" node.versions = ({versions})\n"
            f"def backward(g, node, saved):\n{fill}{check}{unpack}"
            f" return {together}\n"
        )
        for i, part in enumerate(parts):
            text += f"def part{i}(g, node, saved):\n{fill}{check}{unpack} return {part}\n"
        return text


def compile_push(op: Primitive, wanted: tuple[int, ...]) -> Callable[..., Any]:
    """Forward mode on bare arrays: `push(*tangents, y, *args)` is the tangent of the result `y`."""
    scope: dict[str, Any] = {"run": op.run}
    terms, shapes = [], []
    for i in wanted:
        if i in op.linear:
            terms.append(f"run({', '.join((*op.names[:i], f'g{i}', *op.names[i + 1 :]))})")
            continue
        rule = op.jvp(i)
        scope[f"rule{i}"] = rule.function
        terms.append(rule.source(f"rule{i}", f"g{i}"))
        shapes += [name for name in rule.reads if name not in op.names and name != "y"]
    tangents = "".join(f"g{i}, " for i in wanted)
    forms = "".join(f" {name} = {'.'.join(name.rsplit('_', 1))}\n" for name in shapes)
    text = (
        f"def push({tangents}y, {', '.join(op.names)}):\n{forms} g = {' + '.join(terms)}\n"
        " if type(g) is not ndarray: g = asarray(g)\n"
        " return g if g.shape == y.shape else broadcast_to(g, y.shape)\n"
    )
    scope.update(ndarray=ndarray, asarray=np.asarray, broadcast_to=np.broadcast_to)
    exec(text, scope)
    return scope["push"]


def filled(bundle: Bundle, node: Node) -> Gradients:
    """The gradients of several results, with zeros where none came in."""
    if bundle.gradients is not None:
        return bundle.gradients
    some = next(part for part in bundle.parts if part is not None)
    face = some.face if isinstance(some, Box) else None
    bundle.gradients = out = Gradients()
    kinds: Any = node.dtype  # of each, as the shapes
    for part, shape, dtype in zip(bundle.parts, node.shape, kinds, strict=True):
        if part is None:
            # no rule reads the gradient of whole numbers
            none = dtype.kind in "iu"
            zeros = np.broadcast_to(dtype.type(0), shape) if none else np.zeros(shape, dtype)
            part = zeros if face is None else fresh(face, zeros)
        out.append(part)
    return out


def stale(node: Node, source: int, version: int, count: int) -> RuntimeError:
    """The error for a saved value that was written to after it was saved."""
    what = "its result" if source < 0 else f"its argument {node.plan.op.names[source]!r}"
    return teaching(RuntimeError)(  # type: ignore[no-any-return]
        "one of the variables needed for gradient computation has been modified by an "
        f"inplace operation: {node.described()} kept {what}, which is at version {version}; "
        f"expected version {count} instead."
    )


def computed_again(node: Node, saved: tuple[Any, ...]) -> Any:
    """The result that was overwritten, of an operation that says so of itself; else None."""
    op = node.plan.op
    if not getattr(op, "renewed", False):  # plans of other kinds have other operations
        return None
    values = dict(zip(node.plan.kept, saved, strict=True))
    return op(*[values[name] for name in op.names])


def as_saved(
    node: Node, saved: tuple[Any, ...], error: Callable[..., Exception] = stale
) -> tuple[Any, ...]:
    """What was saved, as it was then, for a node of which some was written to since.

    Raises:
        RuntimeError: what was overwritten is not known any more (`engine/history.py`).
    """
    pairs = iter(zip(node.versions[::2], node.versions[1::2], strict=True))
    out = []
    for source, value in zip(node.plan.sources, saved, strict=True):
        if source is not None:
            history, count = next(pairs)
            if history[0] != count:
                now, value = value, restored(value, count, history)
                if value is None and source == -1:
                    value = computed_again(node, saved)
                idle = len(node.parents) > 1 and {DeadEnd} == set(map(type, node.parents))
                if value is None and idle:
                    value = now  # nothing is made of it; PyTorch would not have saved it
                elif value is None:
                    raise error(node, source, history[0], count)
        out.append(value)
    return tuple(out)
