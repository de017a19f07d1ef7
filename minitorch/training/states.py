"""What a checkpoint holds: values that `load` reads without running code, and checks of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor

FORMAT = "minitorch.fit 1"
ARRAY = "ndarray"
KEPT = (
    bool, int, float, complex, str, type(None), list, tuple, dict, Tensor, np.ndarray, np.generic,
)  # fmt: skip


def storable(value: Any) -> Any:
    """The value with Tensors for NumPy's arrays, which `load` refuses."""
    if isinstance(value, dict):
        return {key: storable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return _like(value, [storable(each) for each in value])
    if isinstance(value, np.ndarray):
        return {ARRAY: fresh(Tensor, value.copy())}
    return value.item() if isinstance(value, np.generic) else value


def restored(value: Any) -> Any:
    """What `storable` was given."""
    if isinstance(value, dict):
        if value.keys() == {ARRAY}:
            return value[ARRAY].numpy()
        return {key: restored(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return _like(value, [restored(each) for each in value])
    return value


def _like(container: Any, parts: list[Any]) -> Any:
    kind = type(container)
    return kind(*parts) if hasattr(kind, "_fields") else kind(parts)


def attributes(thing: Any) -> dict[str, Any]:
    """The attributes of a metric that are data; functions among them are not."""
    return storable({key: each for key, each in vars(thing).items() if isinstance(each, KEPT)})


def check_format(state: Any, where: str) -> None:
    """Only what `fit` saved can be resumed."""
    if isinstance(state, dict) and state.get("format") == FORMAT:
        return
    keys = f"a dict with the keys {list(state)[:6]}" if isinstance(state, dict) else type(state)
    raise ValueError(
        f"fit: cannot resume from {where}: expected a checkpoint that fit wrote (last.pt), got "
        f"{keys}"
    )


def check_model(state: dict[str, Any], model: Any) -> None:
    """Refuse the state of another model, and say in what it differs."""
    theirs, ours = state["model"], model.state_dict()
    differences = [f"{key!r} is only in the checkpoint" for key in theirs if key not in ours]
    differences += [f"{key!r} is only in this model" for key in ours if key not in theirs]
    for key in ours:
        there, here = (_form(values.get(key)) for values in (theirs, ours))
        if key in theirs and there != here:
            differences.append(f"{key!r} is {there} in the checkpoint and {here} in this model")
    if differences:
        more = f"; and {len(differences) - 5} more" if len(differences) > 5 else ""
        raise ValueError(
            f"fit: the checkpoint is of another model: {'; '.join(differences[:5])}{more}"
        )


def _form(value: Any) -> str:
    return f"{tuple(value.shape)} {value.dtype}" if isinstance(value, Tensor) else repr(value)


def check_same(what: str, there: Any, here: Any) -> None:
    """Refuse to go on with something else than before."""
    if there != here:
        raise ValueError(
            f"fit: cannot resume: the checkpoint was made with {what} {there}, now it is {here}"
        )
