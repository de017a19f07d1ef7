"""Weights over their largest singular value (arXiv 1802.05957), computed before each call.

`parametrizations.spectral_norm` does the same in the newer way.
"""

from __future__ import annotations

from typing import Any, TypeVar

from minitorch.engine.modes import no_grad
from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn.modules.conv import _ConvTransposeNd
from minitorch.nn.modules.module import Module
from minitorch.nn.parameter import Parameter, is_lazy

__all__ = [
    "SpectralNorm",
    "SpectralNormLoadStateDictPreHook",
    "SpectralNormStateDictHook",
    "remove_spectral_norm",
    "spectral_norm",
]

M = TypeVar("M", bound=Module)


def output_dim(module: Module, dim: int | None) -> int:
    """The dimension of a layer's weight that counts its outputs, if `dim` is not given."""
    return int(isinstance(module, _ConvTransposeNd)) if dim is None else dim


def direction(weight: Tensor, size: int, eps: float) -> Tensor:
    """A random vector of length 1."""
    return F.normalize(weight.new_empty(size).normal_(0, 1), dim=0, eps=eps)


class SpectralNorm:
    """The hook that `spectral_norm` registers: it computes the weight before each call."""

    _version = 1
    name: str
    dim: int
    n_power_iterations: int
    eps: float

    def __init__(
        self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but got "
                f"n_power_iterations={n_power_iterations}"
            )
        self.name, self.dim = name, dim
        self.n_power_iterations, self.eps = n_power_iterations, eps

    def reshape_weight_to_matrix(self, weight: Tensor) -> Tensor:
        """The weight with a row for each output."""
        matrix = weight.movedim(self.dim, 0) if self.dim else weight
        return matrix.reshape(matrix.shape[0], -1)

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """The weight over its largest singular value, which `do_power_iteration` improves."""
        weight, u, v = (getattr(module, self.name + part) for part in ("_orig", "_u", "_v"))
        matrix = self.reshape_weight_to_matrix(weight)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(F.normalize(matrix.t().mv(u), dim=0, eps=self.eps))
                    u.copy_(F.normalize(matrix.mv(v), dim=0, eps=self.eps))
                u, v = u.clone(), v.clone()  # the next call writes into the buffers
        return weight / u.dot(matrix.mv(v))

    def remove(self, module: Module) -> None:
        """Make of the weight as it is now a parameter again."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for part in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + part)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any) -> None:
        weight = self.compute_weight(module, do_power_iteration=module.training)
        setattr(module, self.name, weight)

    def _solve_v_and_rescale(self, matrix: Tensor, u: Tensor, sigma: Tensor) -> Tensor:
        """The `v` with which `u @ matrix @ v` is `sigma`."""
        from minitorch.linalg import multi_dot  # here, since few programs need it

        t = matrix.t()
        v = multi_dot([t.mm(matrix).pinverse(), t, u.unsqueeze(1)]).squeeze(1)
        return v.mul_(sigma / u.dot(matrix.mv(v)))

    @staticmethod
    def apply(
        module: Module, name: str, n_power_iterations: int, dim: int, eps: float
    ) -> SpectralNorm:
        """Replace a parameter by the one it is computed from, and register the hooks."""
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm) and hook.name == name:
                raise RuntimeError(
                    f"Cannot register two spectral_norm hooks on the same parameter {name}"
                )
        made, weight = SpectralNorm(name, n_power_iterations, dim, eps), module._parameters[name]
        if weight is None:
            raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
        if is_lazy(weight):
            raise ValueError(
                "The module passed to `SpectralNorm` can't have uninitialized parameters. Make "
                "sure to run the dummy forward before applying spectral normalization"
            )
        with no_grad():
            height, width = made.reshape_weight_to_matrix(weight).shape
            u, v = direction(weight, height, eps), direction(weight, width, eps)
        delattr(module, name)
        module.register_parameter(f"{name}_orig", weight)
        setattr(module, name, weight.data)
        module.register_buffer(f"{name}_u", u)
        module.register_buffer(f"{name}_v", v)
        module.register_forward_pre_hook(made)
        module._register_state_dict_hook(SpectralNormStateDictHook(made))
        module._register_load_state_dict_pre_hook(SpectralNormLoadStateDictPreHook(made))
        return made


class SpectralNormLoadStateDictPreHook:
    """Reads state dicts of PyTorch before 1.0, which kept the weight and not `v`."""

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        *rest: Any,
    ) -> None:
        version = local_metadata.get("spectral_norm", {}).get(f"{self.fn.name}.version")
        if version is not None and version >= 1:
            return
        key = prefix + self.fn.name
        new = all(key + part in state_dict for part in ("_orig", "_u", "_v"))
        if version is None and new and key not in state_dict:
            return
        missing = [key + part for part in ("_orig", "", "_u") if key + part not in state_dict]
        if missing:
            missing_keys.extend(name for name in missing if strict and name == key)
            return
        with no_grad():
            original, weight = state_dict[f"{key}_orig"], state_dict.pop(key)
            matrix = self.fn.reshape_weight_to_matrix(original)
            sigma = (original / weight).mean()
            v = self.fn._solve_v_and_rescale(matrix, state_dict[f"{key}_u"], sigma)
            state_dict[f"{key}_v"] = v


class SpectralNormStateDictHook:
    """Writes the version of the format."""

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(
        self, module: Module, state_dict: Any, prefix: str, local_metadata: dict[str, Any]
    ) -> None:
        versions, key = local_metadata.setdefault("spectral_norm", {}), f"{self.fn.name}.version"
        if key in versions:
            raise RuntimeError(f"Unexpected key in metadata['spectral_norm']: {key}")
        versions[key] = self.fn._version


def spectral_norm(
    module: M,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> M:
    """Divide a weight, before each call, by an estimate of its largest singular value.

    Args:
        name: the parameter that is replaced, by `weight_orig`.
        n_power_iterations: how often each call in training mode improves the estimate.
        eps: least length of the vectors `weight_u` and `weight_v` that it is made of.
        dim: of the weight's outputs; 1 for transposed convolutions, else 0.

    Example:
        >>> layer = torch.nn.utils.spectral_norm(torch.nn.Linear(20, 40))
        >>> layer.weight_u.shape, layer.weight_v.shape
        (torch.Size([40]), torch.Size([20]))
    """
    SpectralNorm.apply(module, name, n_power_iterations, output_dim(module, dim), eps)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Undo `spectral_norm`; the weight stays as it is."""
    if not _taken_out(module._forward_pre_hooks, name, module):
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    _taken_out(module._state_dict_hooks, name, None)
    _taken_out(module._load_state_dict_pre_hooks, name, None)
    return module


def _taken_out(hooks: Any, name: str, module: Module | None) -> bool:
    """Take out the hook for a parameter, if it is there, and let it undo what it did."""
    for key, hook in hooks.items():
        of: Any = getattr(hook, "fn", hook)
        if isinstance(hook, _OURS) and of.name == name:
            if isinstance(hook, SpectralNorm) and module is not None:
                hook.remove(module)
            del hooks[key]
            return True
    return False


_OURS = (SpectralNorm, SpectralNormStateDictHook, SpectralNormLoadStateDictPreHook)
