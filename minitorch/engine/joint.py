"""Operations whose gradients share most of their work, and are computed by one function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minitorch.engine.plan import Plan, Rule
from minitorch.engine.primitive import Primitive


class Joint(Primitive):
    """An operation with one rule for the gradients of several arguments.

    `vjp(g, wanted, ...)` names what else it reads, as rules do; it gives a tuple with the gradient
    of each argument whose place is in `wanted`. `wrt` are the places of all that have one.
    """

    __slots__ = ("vjp",)

    def __init__(
        self,
        name: str,
        run: Callable[..., Any],
        vjp: Callable[..., tuple[Any, ...]],
        wrt: Sequence[int],
        **more: Any,
    ) -> None:
        super().__init__(name, run, **more)
        self.vjp = Rule(vjp, slope=False)
        self.vjp.reads = self.vjp.reads[1:]
        self.vjps = tuple(_one(self.vjp, i) if i in wrt else None for i in range(self.arrays))

    def plan(self, mask: int) -> Plan:
        plan = self.plans[mask]
        if plan is None:
            wanted = tuple(i for i in range(self.arrays) if mask >> i & 1)
            plan = self.plans[mask] = JointPlan(self, wanted)
        return plan


class JointPlan(Plan):
    """The plan of a `Joint`: all gradients that are wanted come from one call."""

    __slots__ = ()

    op: Joint

    def gradients(self, scope: dict[str, Any], parts: list[str]) -> str:
        scope["joint"] = self.op.vjp.function
        return f"joint(g, {self.wanted}, {', '.join(self.op.vjp.reads)})"


def _one(vjp: Rule, i: int) -> Rule:
    """The joint rule, as that of one argument."""
    rule = Rule(lambda g, *read: vjp.function(g, (i,), *read)[0], slope=False)
    rule.reads = vjp.reads
    return rule
