"""From what the user gives to what the loop needs: loaders of batches, and a step for one batch."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from minitorch.engine.modes import no_grad
from minitorch.faces.dtypes import get_default_dtype
from minitorch.faces.interchange import from_numpy
from minitorch.faces.tensor import Tensor
from minitorch.nn import Module
from minitorch.random import fork_rng
from minitorch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

TARGETS = ("target", "targets", "label", "labels", "y")
BATCH_SIZE = 32
Step = Callable[[Module, Any], "Outcome"]


class Outcome(NamedTuple):
    """What a step makes of a batch: the loss, and what metrics compare."""

    loss: Tensor
    output: Any = None
    target: Any = None


def loader_of(data: Any, name: str, batch_size: int | None, shuffle: bool) -> Iterable[Any]:
    """Loaders as they are; tensors, arrays and data sets in batches."""
    if _is_arrays(data):
        data = _tensors(data, name)
    if isinstance(data, Dataset):
        order = shuffle and not isinstance(data, IterableDataset)
        if not isinstance(data, IterableDataset) and not len(data):  # type: ignore[arg-type]
            raise ValueError(f"fit: {name} has no samples")
        data = DataLoader(data, BATCH_SIZE if batch_size is None else batch_size, order)
    elif isinstance(data, (Tensor, np.ndarray)):
        raise TypeError(f"fit: {name} is a single {type(data).__name__}: give (inputs, targets)")
    elif isinstance(data, Iterator) or not hasattr(data, "__iter__"):
        raise TypeError(
            f"fit: {name} must be a DataLoader, a Dataset, tensors or arrays (inputs, targets), or "
            f"a list of batches, got {type(data).__name__}"
            + (", which can be gone through only once" if isinstance(data, Iterator) else "")
        )
    elif name == "train" and batch_size is not None:
        raise ValueError(
            f"fit: batch_size={batch_size} is for tensors and data sets; this "
            f"{type(data).__name__} has batches already"
        )
    if length_of(data) == 0:
        dropped = getattr(data, "drop_last", False) and len(data.dataset)  # type: ignore[attr-defined]
        raise ValueError(
            f"fit: {name} is empty: it gives no batch"
            + (f"; drop_last leaves out its {dropped} samples" if dropped else "")
        )
    return data


def length_of(loader: Iterable[Any]) -> int | None:
    """How many batches, if the loader knows."""
    try:
        return len(loader)  # type: ignore[arg-type]
    except TypeError:
        return None


def _is_arrays(data: Any) -> bool:
    kinds = Tensor, np.ndarray
    return (
        isinstance(data, (tuple, list)) and bool(data) and all(isinstance(a, kinds) for a in data)
    )


def _tensors(arrays: Any, name: str) -> TensorDataset:
    tensors = [_tensor(a) for a in arrays]
    lengths = [len(t) if t.ndim else None for t in tensors]
    if len(tensors) < 2 or None in lengths or len(set(lengths)) > 1:
        shapes = ", ".join(str(tuple(t.shape)) for t in tensors)
        raise ValueError(
            f"fit: {name} must be inputs and targets with as many rows each, got shapes {shapes}"
        )
    return TensorDataset(*tensors)


def _tensor(array: Any) -> Tensor:
    """Arrays of floats come in the default dtype, as the parameters do; tensors stay."""
    if isinstance(array, Tensor):
        return array
    tensor = from_numpy(np.ascontiguousarray(array))
    return tensor.to(get_default_dtype()) if array.dtype.kind == "f" else tensor


def split(batch: Any) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """The positional and the named inputs of a batch, and its target."""
    if isinstance(batch, Mapping):
        found = [key for key in TARGETS if key in batch]
        if len(found) != 1 or len(batch) < 2:
            raise ValueError(
                f"fit: a batch is a dict with the keys {list(batch)}; expected one of {TARGETS} "
                "for the target, and inputs. Otherwise give step=, a function of model and batch"
            )
        inputs = {key: value for key, value in batch.items() if key != found[0]}
        only = tuple(inputs.values()) if len(inputs) == 1 else ()
        return only, {} if only else inputs, batch[found[0]]
    if isinstance(batch, (tuple, list)) and len(batch) > 1:
        return tuple(batch[:-1]), {}, batch[-1]
    size = f" of {len(batch)}" if isinstance(batch, (tuple, list)) else ""
    raise ValueError(
        f"fit: a batch is a {type(batch).__name__}{size}; expected (inputs, targets) or a dict. "
        "For other batches give step=, a function of model and batch that returns the loss"
    )


def step_of(loss: Callable[[Any, Any], Any]) -> Step:
    """The ordinary step: the model's output for the inputs, and its loss against the target."""

    def step(model: Module, batch: Any) -> Outcome:
        inputs, named, target = split(batch)
        output = model(*inputs, **named)
        return Outcome(loss(output, target), output, target)

    return step


def own_step(function: Callable[[Module, Any], Any]) -> Step:
    """A user's step, which returns the loss alone or (loss, output, target)."""

    def step(model: Module, batch: Any) -> Outcome:
        made = function(model, batch)
        if isinstance(made, tuple) and len(made) != 3:
            raise ValueError(
                f"fit: step returned a tuple of {len(made)}; expected the loss, or "
                "(loss, output, target) for metrics"
            )
        return Outcome(*made) if isinstance(made, tuple) else Outcome(made)

    return step


def check_loss(loss: Any, training: bool) -> None:
    """A loss is a Tensor of one number; in training one with a graph behind it."""
    if not isinstance(loss, Tensor):
        raise TypeError(f"fit: the loss must be a Tensor, got {type(loss).__name__}")
    if loss.numel() != 1:
        raise ValueError(
            f"fit: the loss must be one number, got shape {tuple(loss.shape)}: take its mean() or "
            "sum(), or leave out reduction='none'"
        )
    if training and not loss.requires_grad:
        raise ValueError(
            "fit: the loss does not depend on any parameter that requires grad: is the output "
            "detached (detach(), item(), numpy(), no_grad, argmax), or is all of the model frozen?"
        )


def check_shapes(loss: Callable[[Any, Any], Any], outcome: Outcome) -> None:
    """Refuse a loss that broadcasts outputs (n, 1) and targets (n,) to (n, n).

    Losses may well bring them to one shape themselves. A mean over all pairs shows by two signs:
    it is another one for targets of the outputs' shape, and does not ask which target is whose.
    """
    output, target = outcome.output, outcome.target
    if not (isinstance(output, Tensor) and isinstance(target, Tensor)):
        return
    given, wanted = tuple(target.shape), tuple(output.shape)
    if given == wanted or target.numel() != output.numel() or output.numel() < 2:
        return
    found = float(outcome.loss.detach())
    with no_grad(), fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            meant = float(loss(output.detach(), target.reshape(wanted)))
            moved = float(loss(output.detach(), target.roll(1, 0)))
        except Exception:  # the loss takes the shapes as they are, and only these
            return
    if math.isclose(found, moved, rel_tol=1e-4) and not math.isclose(found, meant, rel_tol=1e-3):
        raise ValueError(
            f"fit: the model gives {wanted} and the targets are {given}: the loss broadcasts them, "
            "and compares every output with every target. Bring them to one shape: targets by "
            f"y.reshape({', '.join(map(str, (-1, *wanted[1:])))}), or outputs by .squeeze(-1)"
        )


def samples_in(batch: Any) -> int:
    """How many samples: the length of the first tensor that is found."""
    if isinstance(batch, Tensor):
        return len(batch) if batch.ndim else 1
    parts = batch.values() if isinstance(batch, Mapping) else batch
    if isinstance(parts, (tuple, list)) or parts is not batch:
        for part in parts:
            if isinstance(part, (Tensor, Mapping, tuple, list)):
                return samples_in(part)
    return 1
