"""Pruning: parameters whose least important elements are held at 0 by a mask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from minitorch.faces.tensor import Tensor
from minitorch.nn.modules.module import Module
from minitorch.nn.utils.convert_parameters import parameters_to_vector
from minitorch.nn.utils.pruning_methods import (
    Amount,
    BasePruningMethod,
    CustomFromMask,
    Identity,
    L1Unstructured,
    LnStructured,
    PruningContainer,
    RandomStructured,
    RandomUnstructured,
    ones,
    prunes,
)

__all__ = [
    "BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured",
    "PruningContainer", "RandomStructured", "RandomUnstructured", "custom_from_mask",
    "global_unstructured", "identity", "is_pruned", "l1_unstructured", "ln_structured",
    "random_structured", "random_unstructured", "remove",
]  # fmt: skip

M = TypeVar("M", bound=Module)


def identity(module: M, name: str) -> M:
    """Add a mask that prunes nothing."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: M, name: str, amount: Amount) -> M:
    """Prune elements at random: a part of them (a float), or so many (an int)."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(
    module: M, name: str, amount: Amount, importance_scores: Tensor | None = None
) -> M:
    """Prune the elements nearest to 0: a part of them (a float), or so many (an int).

    Args:
        name: the parameter.
        importance_scores: of the parameter's shape; what to go by in place of its values.

    Example:
        >>> layer = torch.nn.Linear(2, 2)
        >>> _ = torch.nn.init.ones_(layer.weight).data[0, 1].fill_(0.1)
        >>> torch.nn.utils.prune.l1_unstructured(layer, "weight", amount=1).weight_mask
        tensor([[1., 0.],
                [1., 1.]])
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: M, name: str, amount: Amount, dim: int) -> M:
    """Prune channels along a dimension at random: a part of them, or so many."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: M,
    name: str,
    amount: Amount,
    n: Any,
    dim: int,
    importance_scores: Tensor | None = None,
) -> M:
    """Prune the channels along a dimension whose n-norm is least: a part of them, or so many."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: M, name: str, mask: Tensor) -> M:
    """Prune what a mask says: 0 prunes, 1 keeps."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prune several parameters as if they were one, such as the least 20 % of a whole network.

    Args:
        parameters: pairs of a module and the name of its parameter.
        pruning_method: a class of PRUNING_TYPE "unstructured", made with `kwargs`.
        importance_scores: by pair, what to go by in place of a parameter's values.

    Raises:
        TypeError: the method is not unstructured.

    Example:
        >>> prune, net = torch.nn.utils.prune, torch.nn.Sequential(*[torch.nn.Linear(4, 4)] * 2)
        >>> weights = [(net[0], "weight"), (torch.nn.Linear(2, 2), "weight")]
        >>> prune.global_unstructured(weights, prune.L1Unstructured, amount=0.5)
        >>> sum(int(m.weight_mask.sum()) for m, _ in weights)
        10
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    scores = {} if importance_scores is None else importance_scores
    if not isinstance(scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    places = list(parameters)
    tensors = [getattr(module, name) for module, name in places]
    masks = [
        getattr(module, f"{name}_mask", ones(tensor))
        for (module, name), tensor in zip(places, tensors, strict=True)
    ]
    container, method = PruningContainer(), pruning_method(**kwargs)
    container._tensor_name = method._tensor_name = "temp"
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method} of type {method.PRUNING_TYPE}"
        )
    container.add_pruning_method(method)
    ranked = [scores.get(place, tensor) for place, tensor in zip(places, tensors, strict=True)]
    mask = container.compute_mask(parameters_to_vector(ranked), parameters_to_vector(masks))
    start = 0
    for (module, name), tensor in zip(places, tensors, strict=True):
        end = start + tensor.numel()
        custom_from_mask(module, name, mask=mask[start:end].view_as(tensor))
        start = end


def remove(module: M, name: str) -> M:
    """Make a pruned parameter an ordinary one; what was pruned stays 0 until it is trained."""
    for key, hook in module._forward_pre_hooks.items():
        if prunes(hook, name):
            hook.remove(module)  # type: ignore[attr-defined]
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(
        f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed"
    )


def is_pruned(module: Module) -> bool:
    """Whether a parameter of the module or of one below it is pruned."""
    return any(
        isinstance(hook, BasePruningMethod)
        for below in module.modules()
        for hook in below._forward_pre_hooks.values()
    )
