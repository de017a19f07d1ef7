"""Optimizers and schedulers in a notebook: the options of each group of parameters."""

from __future__ import annotations

from typing import Any

from minitorch.faces import html


def optimizer_html(optimizer: Any) -> str:
    """A column for each group."""
    groups = optimizer.param_groups
    options = dict.fromkeys(key for group in groups for key in group if key != "params")
    head = ["", *([f"group {i}" for i in range(len(groups))] if len(groups) > 1 else ["value"])]
    sizes = [f"{len(g['params'])} ({sum(p.numel() for p in g['params']):,})" for g in groups]
    rows = [["tensors (numbers)", *sizes]]
    rows += [[name, *(_said(group.get(name, "")) for group in groups)] for name in options]
    return html.shown(html.title(type(optimizer).__name__), html.table(rows, head))


def scheduler_html(scheduler: Any) -> str:
    """Its settings, and the rates that it has come to."""
    plain = (int, float, str, bool, type(None))
    rows = [
        [name, _said(value)]
        for name, value in vars(scheduler).items()
        if not name.startswith("_") and isinstance(value, (*plain, list, tuple))
    ]
    rates = ", ".join(_said(group["lr"]) for group in scheduler.optimizer.param_groups)
    rows.append(["learning rate now", rates])
    return html.shown(
        html.title(type(scheduler).__name__, f"of {type(scheduler.optimizer).__name__}"),
        html.table(rows),
    )


def _said(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
