"""Lazy modules: sizes that follow from the input are taken from the first input."""

from __future__ import annotations

from typing import Any, ClassVar

from minitorch.nn.modules.module import Module
from minitorch.nn.parameter import is_lazy
from minitorch.utils.hooks import RemovableHandle


class LazyModuleMixin(Module):
    """To be put before a module class whose parameters wait for the first call.

    A subclass makes `UninitializedParameter`s in its constructor and defines
    `initialize_parameters(input)`, which materializes them. The first call does that, and turns
    the module into one of the class `cls_to_become`.

    Example:
        >>> net = torch.nn.Sequential(torch.nn.LazyLinear(3), torch.nn.ReLU())
        >>> net(torch.ones(5, 2)).shape
        torch.Size([5, 3])
        >>> net[0]
        Linear(in_features=2, out_features=3, bias=True)
    """

    cls_to_become: ClassVar[type[Module] | None] = None
    _initialize_hook: RemovableHandle

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._initialize_hook = self.register_forward_pre_hook(_infer_parameters, with_kwargs=True)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materialize the parameters for the arguments of the first call; for a subclass."""
        raise NotImplementedError(
            f"initialize_parameters is not implemented for {type(self).__name__}"
        )

    def has_uninitialized_params(self) -> bool:
        """Whether some parameter or buffer of the module itself has no shape yet."""
        tensors = (*self._parameters.values(), *self._buffers.values())
        return any(is_lazy(tensor) for tensor in tensors)

    def _replicate_for_data_parallel(self) -> Any:
        raise RuntimeError(
            "Modules with uninitialized parameters can't be used with `DataParallel`. Run a dummy "
            "forward pass to correctly initialize the modules"
        )

    def _materialize(self, **shapes: Any) -> None:
        """Give the parameters and buffers that wait their shapes, and draw them."""
        waiting = self.has_uninitialized_params()
        for name, shape in shapes.items():
            if is_lazy(getattr(self, name)):
                getattr(self, name).materialize(shape)
        if waiting:
            self.reset_parameters()  # type: ignore[operator]


def _infer_parameters(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """The hook before the first call."""
    module.initialize_parameters(*args, **kwargs)
    if module.has_uninitialized_params():
        raise RuntimeError(f"module {module._get_name()} has not been fully initialized")
    module._initialize_hook.remove()
    del module._initialize_hook
    if module.cls_to_become is not None:
        module.__class__ = module.cls_to_become
