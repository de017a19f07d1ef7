"""Checks of what the model and the optimizer are made of, before anything runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.inspect.diagnosis.case import Case, several
from minitorch.inspect.diagnosis.findings import ERROR, NOTE, WARNING
from minitorch.inspect.diagnosis.registry import Clue, check
from minitorch.nn import Linear
from minitorch.nn.modules.batchnorm import _BatchNorm
from minitorch.nn.modules.conv import _ConvNd
from minitorch.nn.modules.hooks import KINDS, OPTIONS
from minitorch.nn.modules.module import Module

DEPTH = 3  # of containers in containers that are searched
OWN = {"_parameters", "_buffers", "_modules", "_non_persistent_buffers_set", *KINDS, *OPTIONS}


@check(ERROR, "layers hidden in a plain container")
def hidden_layers(case: Case) -> Iterator[Clue]:
    """Layers in a list, dict or tuple attribute: their parameters are not the model's."""
    known = {id(module) for module in case.model.modules()}
    held = {id(p) for p in case.held()}
    found: dict[bool, dict[str, list[Any]]] = {}  # by whether an optimizer has them nevertheless
    for place, value in _attributes(case, Module):
        params = [p for p in value.parameters() if p.requires_grad]
        if id(value) not in known and params:
            found.setdefault(held.issuperset(map(id, params)), {})[place] = params
    for trained, layers in found.items():
        yield Clue(
            f"{sum(map(len, layers.values()))} parameters of {_counted(len(layers), 'layer')} are "
            "neither in model.parameters() nor in the state_dict",
            "keep layers in nn.ModuleList, nn.ModuleDict or nn.Sequential",
            several(list(layers)),
            NOTE if trained else None,
        )


@check(ERROR, "tensor that should be a Parameter")
def hidden_tensors(case: Case) -> Iterator[Clue]:
    """A tensor attribute with requires_grad=True that is no nn.Parameter, or in a container."""
    known = {id(p) for p in (*case.model.parameters(), *case.model.buffers())}
    held = {id(p) for p in case.held()}
    for place, value in _attributes(case, Tensor):
        if id(value) in known or not value.requires_grad or not value.is_leaf:
            continue
        yield Clue(
            f"a {type(value).__name__} of shape {tuple(value.shape)} requires grad, but is not in "
            "model.parameters() nor in the state_dict",
            "assign nn.Parameter(tensor) as an attribute, or use nn.ParameterList",
            place,
            NOTE if id(value) in held else None,
        )


def _attributes(case: Case, kind: type) -> Iterator[tuple[str, Any]]:
    """Everything of a kind that modules hold outside of their registries, with its place."""
    for path, module in case.model.named_modules():
        for name, value in module.__dict__.items():
            if name not in OWN:
                yield from _parts(f"{path}.{name}".lstrip("."), value, kind, DEPTH)


def _parts(place: str, value: Any, kind: type, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, kind):
        yield place, value
    elif depth and isinstance(value, (list, tuple, set)):
        for i, part in enumerate(value):
            yield from _parts(f"{place}[{i}]", part, kind, depth - 1)
    elif depth and isinstance(value, dict):
        for key, part in value.items():
            yield from _parts(f"{place}[{key!r}]", part, kind, depth - 1)


@check(ERROR, "optimizer of another model")
def wrong_optimizer(case: Case) -> Iterator[Clue]:
    """The optimizer holds tensors that are not the model's, and lacks those that are."""
    ours, held = case.trainable(), case.held()
    theirs = {id(p) for p in held}
    missing = [name for name, p in ours.items() if id(p) not in theirs]
    advice = "make the optimizer from this model, after it was made or changed"
    if held and ours and len(missing) == len(ours):
        yield Clue(
            f"of the optimizer's {len(held)} tensors none is a parameter of the model",
            advice,
        )
        return
    if case.watched and case.others and not case.steps and case.backwards and not case.changed:
        yield Clue(
            f"{case.backwards} backward passes reached the model, and {case.others} steps were "
            "made by optimizers that hold none of its parameters",
            advice,
        )
        return
    known = {id(p) for p in case.model.parameters()}
    strangers = [p.ndim for p in held if id(p) not in known]
    replaced = [name for name in missing if ours[name].ndim in strangers]
    if replaced:
        yield Clue(
            f"the optimizer lacks {several(replaced)} and holds {len(strangers)} tensors that are "
            "not the model's, of as many dimensions: layers were replaced after it was made",
            advice,
            several(replaced),
        )


@check(WARNING, "parameters not in the optimizer")
def not_in_optimizer(case: Case) -> Iterator[Clue]:
    """Parameters that require grad and that no optimizer holds."""
    held = {id(p) for p in case.held()}
    ours = case.trainable()
    missing = [name for name, p in ours.items() if id(p) not in held]
    if held and missing and len(missing) < len(ours):
        yield Clue(
            f"{len(missing)} of {len(ours)} trainable parameters are in no optimizer and will "
            "never change",
            "give it all of model.parameters(), or set requires_grad=False on what is to stay",
            several(missing),
        )


@check(WARNING, "parameter twice in the optimizer")
def optimizer_duplicates(case: Case) -> Iterator[Clue]:
    """A parameter that an optimizer lists twice, so that each step updates it twice."""
    names = {id(p): name for name, p in case.model.named_parameters()}
    twice = []
    for optimizer in case.optimizers:  # several may share parameters, one for each phase
        counts = Counter(id(p) for group in optimizer.param_groups for p in group["params"])
        twice += [names.get(key, "a tensor") for key, count in counts.items() if count > 1]
    if twice:
        yield Clue(
            f"{len(twice)} are listed more than once, and are updated as often in each step",
            "list each parameter once; shared layers come once in model.parameters()",
            several(twice),
        )


@check(ERROR, "nothing to train")
def all_frozen(case: Case) -> Iterator[Clue]:
    """A model none of whose parameters requires grad, or that has none."""
    if case.trainable() or not (case.optimizers or case.loss_fn is not None):
        return
    total = len(list(case.model.parameters()))
    if total:
        yield Clue(
            f"all {total} parameters have requires_grad=False",
            "unfreeze what is to be trained: p.requires_grad_(True)",
        )
    elif not any(True for _ in _attributes(case, Tensor)):
        yield Clue(
            "the model has no parameters",
            "assign layers and nn.Parameters as attributes in __init__",
        )


@check(NOTE, "two linear layers in a row")
def no_activation(case: Case) -> Iterator[Clue]:
    """Linear layers with nothing between them, which compute no more than one."""
    found = [
        f"{case.name(maker)} → {case.name(user)}"
        for maker, user in case.chains.values()
        if type(maker) is type(user) is Linear and maker is not user
    ]
    if found:
        yield Clue(
            "with nothing between them they compute what one linear layer can",
            "put an activation between, as nn.ReLU(), unless a small rank is meant",
            several(found),
        )


@check(NOTE, "bias before batch norm")
def bias_before_norm(case: Case) -> Iterator[Clue]:
    """A bias that the batch norm behind it takes away again."""
    found = [
        case.name(maker)
        for maker, user in case.chains.values()
        if isinstance(maker, (Linear, _ConvNd))
        and maker.bias is not None
        and isinstance(user, _BatchNorm)
    ]
    if found:
        yield Clue(
            f"the bias of {_counted(len(found), 'layer')} has no effect: the batch norm behind "
            "subtracts the mean of each channel",
            "make the layer with bias=False",
            several(found),
        )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + "s" * (number > 1)
