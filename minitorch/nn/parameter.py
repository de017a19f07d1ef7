"""Parameter: a tensor that a module trains. Buffer: a tensor that it only keeps.

Those of lazy modules have no shape before the module has seen an input.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, TypeVar

from minitorch.engine.box import Box, fresh, new
from minitorch.faces.creation import empty
from minitorch.faces.descriptors import Size
from minitorch.faces.tensor import Tensor

T = TypeVar("T", bound=Tensor)


def _over(cls: type[T], data: Tensor | None) -> T:
    """An untracked tensor of another class over the memory of `data`, sharing its version."""
    if data is None:
        data = empty(0)
    if not isinstance(data, Tensor):
        raise AttributeError(
            f"'{type(data).__name__}' object has no attribute 'detach': {cls.__name__} is made "
            "from a tensor; torch.tensor(data) makes one"
        )
    box = new(cls)
    box._value, box._counter, box._node, box._view = data._value, data._counter, None, None
    return box


class Parameter(Tensor):
    """A tensor that, assigned to a module's attribute, is one of the module's `parameters()`.

    Args:
        data: the tensor whose memory it shares; None for an empty one.
        requires_grad: whether backward passes compute its gradient.

    Raises:
        RuntimeError: `data` is neither floating point nor complex and `requires_grad` is True.

    Example:
        >>> torch.nn.Parameter(torch.zeros(2))
        Parameter containing:
        tensor([0., 0.], requires_grad=True)
    """

    __slots__ = ()
    _printed_as = "tensor"

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        parameter = _over(cls, data)
        parameter.requires_grad = requires_grad
        return parameter

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return f"Parameter containing:\n{super().__repr__()}"

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) not in memo:  # without the gradient, unlike that of other tensors
            copy = memo[id(self)] = _over(type(self), self.data.clone())
            copy.requires_grad = self.requires_grad
        return memo[id(self)]


class Buffer(Tensor):
    """A tensor that, assigned to a module's attribute, is registered as a buffer.

    `persistent=False` leaves it out of the module's `state_dict`.

    Example:
        >>> m = torch.nn.Module()
        >>> m.mean = torch.nn.Buffer(torch.zeros(2))
        >>> list(m.state_dict())
        ['mean']
    """

    persistent: bool
    _printed_as = "tensor"

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Buffer:
        buffer = _over(cls, data)
        buffer.persistent = persistent
        return buffer


_memory: Any = Box.__dict__["_value"]  # the slot itself, which the class below hides


class UninitializedTensorMixin:
    """What parameters and buffers are whose shape is not known yet: they refuse every use.

    They can be converted, loaded, copied and pickled. `materialize` gives them memory, and from
    then on they are of the class `cls_to_become`.
    """

    __slots__ = ()
    cls_to_become: ClassVar[type[Tensor]]
    ndim = 1

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary parameter or buffer of that shape, in uninitialised memory."""
        self.data = empty(shape, device=device, dtype=dtype or self.dtype)
        self.__class__ = self.cls_to_become  # type: ignore[assignment]

    @property
    def _value(self) -> NoReturn:
        raise ValueError(
            "Attempted to use an uninitialized parameter in a function that reads its shape or its "
            f"numbers: this {type(self).__name__} has neither before its lazy module is called; "
            "call the model with a batch first"
        )

    @_value.setter
    def _value(self, value: Any) -> None:
        _memory.__set__(self, value)

    @property
    def data(self) -> Tensor:
        """An empty tensor of its dtype; setting one sets the dtype."""
        return fresh(Tensor, _memory.__get__(self))

    @data.setter
    def data(self, other: Tensor) -> None:
        Tensor.data.fset(self, other)  # type: ignore[attr-defined]

    @property
    def shape(self) -> NoReturn:
        """Raises RuntimeError: it has none."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer: a lazy module has "
            "none before its first call. Loading one into an initialized module fails so too; "
            "call the lazy model with a batch before saving it"
        )

    @property
    def dtype(self) -> Any:
        """The dtype that it will have."""
        return self.data.dtype

    def size(self) -> Size:
        """That of no elements."""
        return Size((0,))

    def is_floating_point(self) -> bool:
        """Whether it will hold floating-point numbers."""
        return self.data.is_floating_point()

    def is_complex(self) -> bool:
        """Whether it will hold complex numbers."""
        return self.data.is_complex()

    def copy_(self, src: Tensor, non_blocking: bool = False) -> Any:
        """Itself: only another without numbers can be copied into it."""
        if not is_lazy(src):
            self.data.copy_(src)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """One of another dtype."""
        return self._of(self.data.to(*args, **kwargs))

    def type(self, *args: Any, **kwargs: Any) -> Any:
        """One of another dtype; the name of its type if none is given."""
        made: Any = self.data.type(*args, **kwargs)
        return made if isinstance(made, str) else self._of(made)

    def half(self) -> Any:
        """One of float16."""
        return self._of(self.data.half())

    def float(self) -> Any:
        """One of float32."""
        return self._of(self.data.float())

    def double(self) -> Any:
        """One of float64."""
        return self._of(self.data.double())

    def bfloat16(self) -> Any:
        """One of bfloat16."""
        return self._of(self.data.bfloat16())

    def cpu(self) -> Any:
        """One of the same dtype: the CPU is where it will be."""
        return self._of(self.data)

    def cuda(self, device: Any = None) -> Any:
        """Raises as a PyTorch built without CUDA does."""
        return self.data.cuda(device)

    def share_memory_(self) -> NoReturn:
        """Raises RuntimeError: there is nothing to share."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer: call the lazy module "
            "with a batch before `module.share_memory()`"
        )

    def _of(self, data: Tensor) -> Any:
        """What a conversion gives, whose data that is."""
        return data

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return f"<{type(self).__name__}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            made, arguments = self.__reduce_ex__(4)
            memo[id(self)] = made(*arguments)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return type(self), (self.requires_grad, None, self.dtype)  # type: ignore[attr-defined]


def is_lazy(param: Any) -> bool:
    """Whether it is a parameter or buffer of a lazy module that has not been called."""
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]
    """A parameter whose shape is not known yet.

    Example:
        >>> p = torch.nn.UninitializedParameter()
        >>> p.materialize((2, 3))
        >>> type(p).__name__, p.shape
        ('Parameter', torch.Size([2, 3]))
    """

    __slots__ = ()
    cls_to_become = Parameter

    def __new__(  # type: ignore[misc]
        cls, requires_grad: bool = True, device: Any = None, dtype: Any = None
    ) -> UninitializedParameter:
        made: Any = Parameter(empty(0, device=device, dtype=dtype), requires_grad)
        made.__class__ = cls
        return made


class UninitializedBuffer(UninitializedTensorMixin, Tensor):  # type: ignore[misc]
    """A buffer whose shape is not known yet; see `UninitializedParameter`."""

    __slots__ = ()
    cls_to_become = Tensor

    def __new__(
        cls,
        requires_grad: bool = False,
        device: Any = None,
        dtype: Any = None,
        persistent: bool = True,
    ) -> UninitializedBuffer:
        made: Any = _over(Tensor, empty(0, device=device, dtype=dtype))
        made.requires_grad = requires_grad
        made.persistent = persistent
        made.__class__ = cls
        return made

    def _of(self, data: Tensor) -> UninitializedBuffer:
        return UninitializedBuffer(self.requires_grad, None, data.dtype)
