"""The ways of pruning, and the hook that holds pruned elements at 0.

A pruned parameter `weight` is kept as `weight_orig`, beside the buffer `weight_mask`; before each
call of the module their product becomes its `weight`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.nn.modules.module import Module

Amount = int | float


class BasePruningMethod(ABC):
    """A way of choosing what to prune; registered as a hook, it applies the mask before each call.

    A subclass sets `PRUNING_TYPE` ("unstructured", "structured" or "global") and defines
    `compute_mask`.
    """

    PRUNING_TYPE: str
    _tensor_name: str

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask for importance scores `t`; what `default_mask` has pruned stays pruned."""

    def apply_mask(self, module: Module) -> Tensor:
        """The original parameter times the mask."""
        mask = getattr(module, f"{self._tensor_name}_mask")
        original = getattr(module, f"{self._tensor_name}_orig")
        return mask.to(original.dtype) * original  # type: ignore[no-any-return]

    @classmethod
    def apply(
        cls,
        module: Module,
        name: str,
        *args: Any,
        importance_scores: Tensor | None = None,
        **kwargs: Any,
    ) -> BasePruningMethod:
        """Prune a parameter with a method made of the other arguments; after earlier ones."""
        method = _after_others(cls(*args, **kwargs), module, name)
        original = getattr(module, name)
        scores = _scores(importance_scores, original, f"parameter {name} of {module}")
        further = isinstance(method, PruningContainer)
        if further:
            mask = getattr(module, f"{name}_mask").detach().clone()
        else:
            module.register_parameter(f"{name}_orig", original)
            del module._parameters[name]
            mask = ones(original)
        try:
            made = method.compute_mask(scores, default_mask=mask)
            module.register_buffer(f"{name}_mask", made)
            setattr(module, name, method.apply_mask(module))
            module.register_forward_pre_hook(method)
        except Exception:
            if not further:
                module.register_parameter(name, original)
                del module._parameters[f"{name}_orig"]
            raise
        return method

    def prune(
        self,
        t: Tensor,
        default_mask: Tensor | None = None,
        importance_scores: Tensor | None = None,
    ) -> Tensor:
        """A pruned version of a tensor that belongs to no module."""
        scores = _scores(importance_scores, t, "tensor t")
        mask = ones(t) if default_mask is None else default_mask
        return t * self.compute_mask(scores, default_mask=mask)

    def remove(self, module: Module) -> None:
        """Make of the pruned values an ordinary parameter again."""
        weight, name = self.apply_mask(module), self._tensor_name
        if hasattr(module, name):
            delattr(module, name)
        original: Any = module._parameters.pop(f"{name}_orig")
        original.data = weight.data
        del module._buffers[f"{name}_mask"]
        setattr(module, name, original)


def ones(t: Tensor) -> Tensor:
    return t.detach().new_ones(t.shape)


def _scores(given: Tensor | None, t: Tensor, what: str) -> Tensor:
    """How much each element of `t` matters: its size, or what was given."""
    if given is None:
        return t
    if given.shape != t.shape:
        raise AssertionError(
            f"importance_scores should have the same shape as {what}, got {given.shape} vs "
            f"{t.shape}"
        )
    return given


def _after_others(method: BasePruningMethod, module: Module, name: str) -> BasePruningMethod:
    """The method, in a container with those whose hook pruned the parameter before."""
    hooks = module._forward_pre_hooks
    keys = [key for key, hook in hooks.items() if prunes(hook, name)]
    if len(keys) > 1:
        raise AssertionError(
            f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}. "
            "Use a PruningContainer."
        )
    method._tensor_name = name
    if not keys:
        return method
    before: Any = hooks.pop(keys[0])
    container = before if isinstance(before, PruningContainer) else PruningContainer(before)
    container.add_pruning_method(method)
    return container


def prunes(hook: Any, name: str) -> bool:
    return isinstance(hook, BasePruningMethod) and hook._tensor_name == name


class PruningContainer(BasePruningMethod):
    """Several methods that prune one parameter, each what the ones before it have left."""

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Add a method for the same parameter.

        Raises:
            TypeError: it is no pruning method.
            ValueError: it is for another parameter.
        """
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if self._tensor_name != method._tensor_name:
            raise ValueError(
                "Can only add pruning methods acting on the parameter named "
                f"'{self._tensor_name}' to PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: Any) -> Any:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask of the last method, for what `default_mask` has left."""
        method = self._pruning_methods[-1]
        part = _left(method, t, default_mask)
        mask: Any = default_mask.to(t.dtype)
        if mask is default_mask:
            mask = mask.clone()
        mask[part] = method.compute_mask(t[part], default_mask=default_mask[part]).to(mask.dtype)
        return mask  # type: ignore[no-any-return]


def _left(method: Any, t: Tensor, mask: Any) -> Any:
    """The index of the part of `t` that a method may still prune."""
    rank, kind = t.ndim, method.PRUNING_TYPE
    if kind == "unstructured":
        return mask == 1
    if kind == "global":
        return (slice(None),) * rank
    if kind != "structured":
        raise ValueError(f"Unrecognized PRUNING_TYPE {kind}")
    if not hasattr(method, "dim"):
        raise AttributeError(
            'Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.'
        )
    dim = method.dim + rank if method.dim < 0 else method.dim
    if dim < 0:
        raise IndexError(f"Index is out of bounds for tensor with dimensions {rank}")
    index: list[Any] = [slice(None)] * rank
    index[dim] = mask.sum(dim=[d for d in range(rank) if d != dim]) != 0
    return tuple(index)


class Identity(BasePruningMethod):
    """Prunes nothing, but makes the mask."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask that there is."""
        return default_mask

    @classmethod
    def apply(cls, module: Module, name: str) -> BasePruningMethod:  # type: ignore[override]
        """Add the mask to a parameter."""
        return super().apply(module, name)


class _Unstructured(BasePruningMethod):
    """Prunes an amount of single elements."""

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: Amount) -> None:
        _check_amount(amount)
        self.amount = amount

    def _lowest(self, t: Tensor) -> tuple[Tensor, bool]:
        """What the elements are ranked by, and whether the smallest are pruned."""
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask with an amount of its elements set to 0."""
        count = _number(self.amount, t.numel())
        mask = default_mask.clone()
        if count:
            ranked, smallest = self._lowest(t)
            chosen: Any = ranked.reshape(-1).topk(count, largest=not smallest)
            mask.view(-1)[chosen.indices] = 0
        return mask


class RandomUnstructured(_Unstructured):
    """Prunes elements at random: a part of them (a float), or so many (an int)."""

    def _lowest(self, t: Tensor) -> tuple[Tensor, bool]:
        return t.detach().new_empty(t.shape).uniform_(), False

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Module, name: str, amount: Amount
    ) -> BasePruningMethod:
        """Prune an amount of a parameter's elements."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(_Unstructured):
    """Prunes the elements nearest to 0: a part of them (a float), or so many (an int)."""

    def _lowest(self, t: Tensor) -> tuple[Tensor, bool]:
        return t.abs(), True

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Module, name: str, amount: Amount, importance_scores: Tensor | None = None
    ) -> BasePruningMethod:
        """Prune an amount of a parameter's elements."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class _Structured(BasePruningMethod):
    """Prunes an amount of the channels along a dimension."""

    PRUNING_TYPE = "structured"
    amount: Amount
    dim: int

    def _kept(self, t: Tensor, channels: int, count: int) -> Tensor:
        """Which channels are kept: their indices, or a mask."""
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask with an amount of its channels set to 0."""
        if t.ndim <= 1:
            raise ValueError(
                "Structured pruning can only be applied to multidimensional tensors. Found tensor "
                f"of shape {t.shape} with {t.ndim} dims"
            )
        if self.dim >= t.ndim:
            raise IndexError(f"Invalid index {self.dim} for tensor of size {t.shape}")
        channels = t.shape[self.dim]
        count = _number(self.amount, channels)
        if not count:
            return default_mask
        mask: Any = t.detach().new_zeros(t.shape)
        index: list[Any] = [slice(None)] * t.ndim
        index[self.dim] = self._kept(t, channels, count)
        mask[tuple(index)] = 1
        return mask.mul_(default_mask.to(mask.dtype))  # type: ignore[no-any-return]


class RandomStructured(_Structured):
    """Prunes channels at random: a part of them (a float), or so many (an int)."""

    def __init__(self, amount: Amount, dim: int = -1) -> None:
        _check_amount(amount)
        self.amount, self.dim = amount, dim

    def _kept(self, t: Tensor, channels: int, count: int) -> Tensor:
        chances = Tensor(channels).uniform_()
        least: Any = chances.kthvalue(count)
        return chances > least.values  # type: ignore[no-any-return]

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Module, name: str, amount: Amount, dim: int = -1
    ) -> BasePruningMethod:
        """Prune an amount of a parameter's channels."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(_Structured):
    """Prunes the channels of least norm: a part of them (a float), or so many (an int)."""

    def __init__(self, amount: Amount, n: Any, dim: int = -1) -> None:
        _check_amount(amount)
        self.amount, self.n, self.dim = amount, n, dim

    def _kept(self, t: Tensor, channels: int, count: int) -> Tensor:
        others = [d for d in range(t.ndim) if d != self.dim % t.ndim]
        best: Any = t.norm(self.n, others).topk(channels - count)
        return best.indices  # type: ignore[no-any-return]

    @classmethod
    def apply(  # type: ignore[override]
        cls,
        module: Module,
        name: str,
        amount: Amount,
        n: Any,
        dim: int,
        importance_scores: Tensor | None = None,
    ) -> BasePruningMethod:
        """Prune an amount of a parameter's channels."""
        return super().apply(
            module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores
        )


class CustomFromMask(BasePruningMethod):
    """Prunes what a given mask says."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The given mask, less what was pruned before."""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape "
                f"{self.mask.shape}"
            )
        return default_mask * self.mask.to(default_mask.dtype)

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Module, name: str, mask: Tensor
    ) -> BasePruningMethod:
        """Prune a parameter by a mask."""
        return super().apply(module, name, mask=mask)


def _check_amount(amount: Any) -> None:
    if not isinstance(amount, Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if float(amount) < 0 or (not isinstance(amount, Integral) and float(amount) > 1):
        raise ValueError(
            f"amount={amount} should either be a float in the range [0, 1] or a non-negative "
            "integer"
        )


def _number(amount: Amount, size: int) -> int:
    """How many of `size` an amount is."""
    count = int(amount) if isinstance(amount, Integral) else round(amount * size)
    if count > size:
        raise ValueError(
            f"amount={count} should be smaller than the number of parameters to prune={size}"
        )
    return count
