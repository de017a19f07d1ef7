"""torch.func: modules as functions of their parameters and buffers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.nn.modules.module import Module
from minitorch.ops.shape import stack

Tensors = Mapping[str, Any]


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Tensors | Sequence[Tensors],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other tensors in place of its parameters and buffers.

    Args:
        parameter_and_buffer_dicts: the tensors by their names, as `named_parameters` gives them:
            a dict, or several with different names.
        args: the arguments: a tuple, or the only one.
        tie_weights: whether a tensor given for one of several names of one parameter stands for
            all of them.
        strict: whether each parameter and buffer must be given, and nothing else.

    Raises:
        RuntimeError: under `strict`, names are missing or unexpected.
        ValueError: two dicts give the same name, or two names of one parameter different tensors.

    Example:
        >>> model = torch.nn.Linear(2, 1)
        >>> weights = {"weight": torch.tensor([[1., 10.]]), "bias": torch.tensor([100.])}
        >>> torch.func.functional_call(model, weights, torch.tensor([1., 2.]))
        tensor([121.])
    """
    if isinstance(parameter_and_buffer_dicts, dict):
        given = parameter_and_buffer_dicts
    elif isinstance(parameter_and_buffer_dicts, (tuple, list)):
        given = _merged(parameter_and_buffer_dicts)
    else:
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(parameter_and_buffer_dicts)}"
        )
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with replaced(module, given, tie_weights, strict):
        return module(*args, **(kwargs or {}))


def _merged(dicts: Sequence[Any]) -> dict[str, Any]:
    if not all(isinstance(each, dict) for each in dicts):
        raise ValueError(
            "Expected all elements of parameter_and_buffer_dicts to be dictionaries, got "
            f"{[type(each) for each in dicts]}"
        )
    merged: dict[str, Any] = {}
    for each in dicts:
        again = merged.keys() & each.keys()
        if again:
            raise ValueError(
                f"{min(again)} appears in multiple dictionaries: behavior is ambiguous"
            )
        merged.update(each)
    return merged


def _places(module: Module) -> dict[str, tuple[dict[str, Any], str]]:
    """By its name, in which dict of which module each parameter and buffer stands."""
    places: dict[str, tuple[dict[str, Any], str]] = {}
    for prefix, part in module.named_modules(remove_duplicate=False):
        for registry in (part._parameters, part._buffers):
            for name, tensor in registry.items():
                if tensor is not None:
                    places[f"{prefix}.{name}" if prefix else name] = (registry, name)
    return places


@contextmanager
def replaced(module: Module, given: Tensors, tie: bool, strict: bool) -> Iterator[None]:
    """A context in which a module has other parameters and buffers."""
    if not isinstance(module, Module):
        raise TypeError(f"{module!r} is not an instance of torch.nn.Module")
    places = _places(module)
    if strict:
        _check_names(module, given, tie)
    wanted = _tied(places, given) if tie else dict(given)
    before = []
    try:
        for name, tensor in wanted.items():
            registry, own = _place(module, places, name)
            if not isinstance(tensor, Tensor):
                raise TypeError(f"{tensor!r} is not an instance of torch.Tensor")
            before.append((name, registry, own, registry.get(own)))
            registry[own] = tensor
        yield
    finally:
        for name, registry, own, tensor in reversed(before):
            if isinstance(given, dict) and name in given and own in registry:
                given[name] = registry[own]  # a buffer that the module put there anew
            if tensor is None:  # a name that the module has not: an attribute for this call
                registry.pop(own, None)
            else:
                registry[own] = tensor


def _place(module: Module, places: Any, name: str) -> tuple[dict[str, Any], str]:
    if name in places:
        return places[name]
    path, _, own = name.rpartition(".")
    part = module.get_submodule(path)
    for registry in (part._parameters, part._buffers):
        if own in registry:
            return registry, own
    return vars(part), own


def _check_names(module: Module, given: Tensors, tie: bool) -> None:
    places = _places(module)
    known = _tied(places, given) if tie else given
    missing = [name for name in places if name not in known]
    unexpected = [name for name in given if name not in places]
    message = [
        f"\n\t{what} key(s): {', '.join(map(repr, names))}."
        for what, names in (("Unexpected", unexpected), ("Missing", missing))
        if names
    ]
    if message:
        kind = type(module).__name__
        raise RuntimeError(f"Error(s) in reparametrizing for {kind}:" + "".join(message))


def _tied(places: Any, given: Tensors) -> dict[str, Any]:
    """What is given, for the other names of the same parameters too."""
    names: dict[int, list[str]] = {}
    for name, (registry, own) in places.items():
        names.setdefault(id(registry[own]), []).append(name)
    wanted = dict(given)
    for group in names.values():
        mine = [name for name in group if name in given]
        if len({id(given[name]) for name in mine}) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(mine)}, which are tied. "
                "Consider using tie_weights=False"
            )
        if mine:
            wanted.update(dict.fromkeys(group, given[mine[0]]))
    return wanted


def stack_module_state(models: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of several modules of one kind, stacked along a new axis.

    With `vmap` of `functional_call`, one run computes the whole ensemble.

    Raises:
        RuntimeError: the modules are of different classes or in different modes; there is none.

    Example:
        >>> models = [torch.nn.Linear(2, 3) for _ in range(4)]
        >>> params, buffers = torch.func.stack_module_state(models)
        >>> params["weight"].shape
        torch.Size([4, 3, 2])
    """
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    params = {
        name: _stacked(models, name, "parameters") for name, _ in models[0].named_parameters()
    }
    buffers = {name: _stacked(models, name, "buffers") for name, _ in models[0].named_buffers()}
    return params, buffers


def _stacked(models: Sequence[Module], name: str, kind: str) -> Any:
    parts = [dict(getattr(model, f"named_{kind}")())[name] for model in models]
    if kind == "parameters" and len({part.requires_grad for part in parts}) > 1:
        raise RuntimeError(f"Expected {name} of each model to have the same .requires_grad")
    whole: Any = stack(parts, 0).detach()
    return whole.requires_grad_(parts[0].requires_grad)
