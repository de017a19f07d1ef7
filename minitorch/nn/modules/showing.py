"""A module in a notebook: the tree of its modules, each with its parameters, to be opened."""

from __future__ import annotations

from typing import Any

from minitorch.faces import html
from minitorch.nn.parameter import UninitializedTensorMixin

OPENED = 2  # levels that are open at first


def module_html(module: Any) -> str | None:
    """The tree, and how many parameters there are; None if it cannot be told, as `repr` will say.

    So it is before `super().__init__()`, and with an `extra_repr` that raises.
    """
    try:
        return _shown(module)
    except Exception:
        return None


def _shown(module: Any) -> str:
    sizes = [_size(p) for p in module.parameters()]
    mode = "training" if module.training else "evaluation"
    known = f"{sum(n for n in sizes if n is not None):,} parameters"
    known += " and some not yet known" * (None in sizes)
    notes = [str(module.extra_repr()), known, f"{mode} mode"]
    note = " · ".join(part for part in notes if part)
    return html.shown(html.title(module._get_name(), note), _inside(module, 0))


def _inside(module: Any, depth: int) -> str:
    """What a module has: tensors of its own, then modules."""
    tensors = [
        [name, kind, "not yet known" if _size(t) is None else str(tuple(t._value.shape)), _notes(t)]
        for kind, held in (("parameter", module._parameters), ("buffer", module._buffers))
        for name, t in held.items()
        if t is not None
    ]
    parts = [html.table(tensors)] if tensors else []
    for name, child in module._modules.items():
        line = html.tag("span", html.escape(name), class_="title") + " "
        if child is None:
            parts.append(html.tag("div", line + html.soft("None")))
            continue
        line += html.code(f"{child._get_name()}({_settings(child)})")
        below = _inside(child, depth + 1)
        opened = depth + 1 < OPENED and bool(child._modules)
        leaf = html.tag("div", line, style="padding-left:1em")  # below the names that open
        parts.append(html.details(line, below, opened=opened) if below else leaf)
    return "".join(parts)


def _settings(module: Any) -> str:
    return "…" if module._modules else str(module.extra_repr())


def _size(tensor: Any) -> int | None:
    return None if isinstance(tensor, UninitializedTensorMixin) else int(tensor._value.size)


def _notes(tensor: Any) -> str:
    frozen = [] if tensor.requires_grad else ["no gradient wanted"]
    return ", ".join([str(tensor.dtype).removeprefix("torch."), *frozen])
