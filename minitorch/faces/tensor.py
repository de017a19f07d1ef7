"""`Tensor`: the face that speaks PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from minitorch.engine import reverse
from minitorch.engine.batch import batched
from minitorch.engine.box import Box, fresh
from minitorch.engine.node import Leaf, Node, Traced, extras_of, node_of
from minitorch.engine.primitive import Primitive
from minitorch.engine.views import write
from minitorch.faces import arithmetic, dtypes, indexing, products, protocols, shaping
from minitorch.faces.conversions import Conversions
from minitorch.faces.descriptors import CPU, Size, device, on_cpu
from minitorch.faces.operands import box_of, fitting, is_number, number, refused, to_dtype
from minitorch.faces.pickling import reduce_tensor
from minitorch.ops import elementwise as ew
from minitorch.ops import shape as shape_ops

Function = Callable[..., Any]


def _operator(op: Primitive, name: str, swap: bool = False) -> Function:
    """An arithmetic operator: straight to the primitive where both are tensors of one dtype."""
    binary = op.binary
    general = arithmetic.functions[name]

    def method(self: Any, other: Any) -> Any:
        if isinstance(other, Tensor):
            if other._value.dtype is self._value.dtype and self._value.dtype.kind == "f":
                try:
                    return binary(self, other)
                except (ValueError, TypeError):
                    raise refused(name, self, other) from None
        elif type(other) is float and not swap and self._value.dtype.kind == "f":
            return binary(self, number(other, self._value.dtype, Tensor))
        elif not is_number(other) and not isinstance(other, (np.ndarray, Box)):
            return NotImplemented
        return general(other, self) if swap else general(self, other)

    return method


def _inplace_operator(name: str) -> Function:
    function = arithmetic.methods[name]

    def method(self: Any, other: Any) -> Any:
        if not is_number(other) and not isinstance(other, (np.ndarray, Box)):
            return NotImplemented
        return function(self, other)

    return method


class Tensor(Conversions):
    """An n-dimensional array that remembers how it was computed.

    Made by `torch.tensor`, `torch.zeros` and the like, or by operations. `Tensor(2, 3)` is an
    uninitialised tensor of that shape and `Tensor([1, 2])` one of that data, both in the default
    dtype.

    Example:
        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4.])
    """

    __slots__ = ()
    rank = 1
    __array_priority__ = 1000
    __array_ufunc__ = protocols.array_ufunc
    __array_function__ = protocols.array_function
    face: ClassVar[type[Tensor]]  # type: ignore[assignment]

    def __new__(cls, *data: Any, device: Any = None) -> Any:
        on_cpu(device)
        dtype = dtypes.get_default_dtype().numpy
        if len(data) == 1 and isinstance(data[0], Box):
            return fresh(cls, data[0]._value)
        if len(data) == 1 and not isinstance(data[0], (int, Size)):
            return fresh(cls, np.array(data[0], dtype))
        sizes = data[0] if len(data) == 1 and isinstance(data[0], Size) else data
        return fresh(cls, np.empty(tuple(sizes) or (0,), dtype))

    @classmethod
    def _from(cls, array: Any) -> Any:
        """An untracked tensor over an array, whose memory it shares."""
        return fresh(cls.face, np.asarray(array))

    # what it is

    @property
    def shape(self) -> Size:
        """The sizes of the dimensions."""
        return Size(self._value.shape)

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of the elements."""
        return dtypes.of(self._value.dtype)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._value.ndim

    @property
    def device(self) -> device:
        """Where it lives: `device("cpu")`."""
        return CPU

    is_cuda = is_sparse = is_quantized = is_mps = is_meta = is_nested = False
    layout = "torch.strided"

    @property
    def itemsize(self) -> int:
        """The bytes of one element."""
        return self._value.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """The bytes of all elements."""
        return self._value.nbytes

    def size(self, dim: int | None = None) -> Any:
        """The sizes, or one of them."""
        if dim is None:
            return Size(self._value.shape)
        return self._value.shape[shaping.axis_of(dim, self._value.ndim)]

    def dim(self) -> int:
        """The number of dimensions."""
        return self._value.ndim

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return self._value.size

    nelement = numel

    def element_size(self) -> int:
        """The bytes of one element."""
        return self._value.dtype.itemsize

    def stride(self, dim: int | None = None) -> Any:
        """The steps, in elements, from one index to the next along each dimension."""
        item = self._value.itemsize
        steps = tuple(s // item for s in self._value.strides)
        return steps if dim is None else steps[dim]

    def storage_offset(self) -> int:
        """Where in its storage the tensor begins, in elements."""
        base = self._value if self._value.base is None else self._value.base
        if not isinstance(base, np.ndarray):
            return 0
        at = [a.__array_interface__["data"][0] for a in (self._value, base)]
        return (at[0] - at[1]) // self._value.itemsize

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self._value.__array_interface__["data"][0])

    def is_contiguous(self) -> bool:
        """Whether the elements lie in memory in row-major order."""
        return self._value.flags.c_contiguous

    def is_floating_point(self) -> bool:
        """Whether the dtype is a floating-point one."""
        return self._value.dtype.kind == "f"

    def is_complex(self) -> bool:
        """Whether the dtype is a complex one."""
        return self._value.dtype.kind == "c"

    # its place in the graph

    @property
    def requires_grad(self) -> bool:
        """Whether operations on it are recorded, and `backward()` gives it (a leaf) a `.grad`."""
        return node_of(self) is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        node = node_of(self)
        if wanted:
            if node is None:
                self._become_leaf()
        elif type(node) is Leaf:
            self._idle, self._node = node, None
        elif node is not None:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a "
                "computed variable in a subgraph that doesn't require differentiation use "
                "var_no_grad = var.detach()."
            )

    def _become_leaf(self) -> None:
        value = self._value
        if value.dtype.kind not in "fcV":
            raise RuntimeError(
                "only Tensors of floating point and complex dtype can require gradients; this one "
                f"is {self.dtype!r}: convert it with .float()"
            )
        self._node = getattr(self, "_idle", None) or Leaf(value.shape, value.dtype)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Set `requires_grad`, and give the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user rather than by a recorded operation."""
        node = node_of(self)
        return node is None or type(node) is Leaf

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made it; None for leaves."""
        node = node_of(self)
        return None if type(node) is Leaf else node

    @property
    def grad(self) -> Any:
        """The gradient that `backward()` left here: a tensor of the same shape, or None."""
        node = self._node
        if type(node) is Leaf:
            return node.grad
        node = node_of(self)
        if node is None:
            node = getattr(self, "_idle", None)
            return None if node is None else node.grad
        if node.extras is None or not node.extras.retain:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed: "
                "backward() does not fill it in. Call .retain_grad() on this tensor if its "
                "gradient is wanted, or access the .grad of the leaf that it was made from.",
                stacklevel=2,
            )
        return None if node.extras is None else node.extras.grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        node: Any = node_of(self)
        if grad is not None:
            self._check_grad(grad)
        if node is None:
            if grad is None and getattr(self, "_idle", None) is None:
                return
            self._idle = getattr(self, "_idle", None) or Leaf(self._value.shape, self._value.dtype)
            node = self._idle
        elif type(node) is not Leaf:
            node = extras_of(node)
        node.grad = grad

    def _check_grad(self, grad: Any) -> None:
        if not isinstance(grad, Tensor):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type "
                f"{type(grad).__name__}"
            )
        if grad is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if grad._value.shape != self._value.shape:
            raise RuntimeError(
                f"assigned grad has data of a different size: shape {list(grad._value.shape)}, "
                f"expected {list(self._value.shape)}"
            )
        if grad._value.dtype != self._value.dtype:
            raise RuntimeError(
                f"assigned grad has data of a different type: {grad.dtype!r}, expected {self.dtype!r}"
            )

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def backward(self, gradient: Any = None, retain_graph: bool | None = None,
                 create_graph: bool = False, inputs: Any = None) -> None:  # fmt: skip
        """Compute the gradients of this tensor and add them to the `.grad` of the leaves below.

        Args:
            gradient: what comes in from above, of this tensor's shape; needed unless it has
                one element.
            retain_graph: keep the graph for another backward; `create_graph` by default.
            create_graph: record the backward pass, for derivatives of higher order.
            inputs: the leaves that get a gradient; all by default.

        Raises:
            RuntimeError: the tensor does not require grad, has several elements and no
                `gradient`, or its graph was freed by an earlier backward.
        """
        seed = seed_of(self, gradient)
        retain = create_graph if retain_graph is None else retain_graph
        targets = None
        if inputs is not None:
            inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
            if not inputs:
                raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
            targets = [target_of(x, i) for i, x in enumerate(inputs)]
        reverse.backward([seed], Tensor, retain=retain, create=create_graph, targets=targets)

    def register_hook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call `hook(grad)` when a gradient arrives here; what it returns, if not None, replaces it."""
        node = node_of(self)
        if node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        return Handle(extras_of(node).hooks, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], None]) -> Handle:
        """Call `hook(tensor)` after `.grad` of this leaf was added to."""
        node = node_of(self)
        if type(node) is not Leaf:
            raise RuntimeError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors"
            )
        import weakref  # only here: a leaf must not hold its tensor

        here = weakref.ref(self)
        if node.after is None:
            node.after = {}
        return Handle(node.after, lambda: hook(here()))

    def retain_grad(self) -> None:
        """Have `backward()` leave a `.grad` here too, though this is no leaf."""
        node = node_of(self)
        if node is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if type(node) is not Leaf:
            extras_of(node).retain = True

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad()` was called on this non-leaf."""
        node = node_of(self)
        return bool(node is not None and node.extras is not None and node.extras.retain)

    def detach(self) -> Any:
        """A tensor of the same memory that no gradient flows through."""
        y = fresh(Tensor, self._value)
        y._version = self._version
        node = self._node
        if type(node) is Traced and node.batch:
            inner = self._value.box.detach()
            return batched(inner, node.batch)
        return y

    def detach_(self) -> Any:
        """Cut this tensor itself off the graph."""
        if self._view is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        self._node = None
        return self

    @property
    def data(self) -> Any:
        """A tensor of the same memory whose changes are not tracked at all; see `detach`."""
        return fresh(Tensor, self._value)

    @data.setter
    def data(self, other: Any) -> None:
        other = box_of(other, "data")
        self._value = other._value
        for leaf in (self._node, getattr(self, "_idle", None)):
            if type(leaf) is Leaf:
                leaf.shape, leaf.dtype = other._value.shape, other._value.dtype

    __hash__ = object.__hash__  # `==` compares elements; a tensor as a key stands for itself

    def __reduce_ex__(self, protocol: Any) -> Any:
        return reduce_tensor(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment; use .detach().clone()"
            )
        if id(self) in memo:
            return memo[id(self)]
        copy = memo[id(self)] = fresh(type(self), self._value.copy())
        if self.grad is not None:
            copy.grad = self.grad.__deepcopy__(memo)
        copy.requires_grad = self.requires_grad
        copy.__dict__.update(self.__dict__)
        return copy

    # in place

    def copy_(self, src: Any, non_blocking: bool = False) -> Any:
        """In place: the elements of `src`, which broadcasts and is converted."""
        src = box_of(src, "copy_(): argument 'other' (position 1)", self)
        try:
            return write(ew.overwrite, self, to_dtype(src, self._value.dtype))
        except ValueError:
            raise arithmetic.shape_error("copy_", self, src) from None

    def fill_(self, value: Any) -> Any:
        """In place: one number everywhere."""
        if not isinstance(value, Box):
            return write(ew.overwrite, self, fitting(value, self._value.dtype, Tensor))
        if value._value.ndim:
            raise RuntimeError(
                "fill_ only supports 0-dimension value tensor but got tensor with "
                f"{value._value.ndim} dimensions: use copy_ for a tensor of values"
            )
        return self.copy_(value)

    def zero_(self) -> Any:
        """In place: zeros."""
        return self.fill_(0)

    def __getitem__(self, index: Any) -> Any:
        return indexing.get(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        indexing.put(self, index, value)

    # views by attribute

    @property
    def T(self) -> Any:
        """A view with the dimensions in reverse order."""
        return shape_ops.transpose.unary(self, tuple(reversed(range(self._value.ndim))))

    @property
    def mT(self) -> Any:
        """A view with the last two dimensions exchanged."""
        return self if not self._value.ndim else shape_ops.swap.unary(shaping.matrix(self, "mT"))

    @property
    def H(self) -> Any:
        """The conjugate transpose of a matrix, which must be real."""
        if self._value.ndim not in (0, 2):
            raise RuntimeError(
                "tensor.H is only supported on matrices (2-D tensors). Got "
                f"{self._value.ndim}-D tensor. For batches of matrices, consider using tensor.mH"
            )
        return self.mT

    mH = mT

    @property
    def real(self) -> Any:
        """The real part: the tensor itself, if it is real."""
        return self

    __add__ = _operator(ew.add, "add")
    __radd__ = _operator(ew.add, "add", swap=True)
    __sub__ = _operator(ew.subtract, "sub")
    __rsub__ = _operator(ew.subtract, "sub", swap=True)
    __mul__ = _operator(ew.multiply, "mul")
    __rmul__ = _operator(ew.multiply, "mul", swap=True)
    __truediv__ = _operator(ew.divide, "div")
    __rtruediv__ = _operator(ew.divide, "div", swap=True)
    __mod__ = _operator(ew.remainder, "remainder")
    __rmod__ = _operator(ew.remainder, "remainder", swap=True)
    __floordiv__ = _operator(ew.floor_divide, "floor_divide")
    __rfloordiv__ = _operator(ew.floor_divide, "floor_divide", swap=True)
    __lt__ = _operator(ew.less, "lt")
    __le__ = _operator(ew.less_equal, "le")
    __gt__ = _operator(ew.greater, "gt")
    __ge__ = _operator(ew.greater_equal, "ge")
    __eq__ = _operator(ew.equal, "eq")
    __ne__ = _operator(ew.not_equal, "ne")
    __iadd__ = _inplace_operator("add_")
    __isub__ = _inplace_operator("sub_")
    __imul__ = _inplace_operator("mul_")
    __itruediv__ = _inplace_operator("div_")
    __ifloordiv__ = _inplace_operator("floor_divide_")
    __imod__ = _inplace_operator("remainder_")
    __ipow__ = _inplace_operator("pow_")
    __iand__ = _inplace_operator("bitwise_and_")
    __ior__ = _inplace_operator("bitwise_or_")
    __ixor__ = _inplace_operator("bitwise_xor_")
    __ilshift__ = _inplace_operator("bitwise_left_shift_")
    __irshift__ = _inplace_operator("bitwise_right_shift_")

    def __pow__(self, exponent: Any) -> Any:
        return arithmetic.pow(self, exponent)

    def __rpow__(self, base: Any) -> Any:
        return arithmetic.pow(base, self)

    def __neg__(self) -> Any:
        return arithmetic.functions["neg"](self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return ew.absolute.unary(self)

    def __invert__(self) -> Any:
        if self._value.dtype.kind not in "iub":
            raise TypeError(
                "~ (operator.invert) is only implemented on integer and Boolean-type tensors, not "
                f"on {self.dtype!r}"
            )
        return ew.bitwise_not.unary(self)

    def __and__(self, other: Any) -> Any:
        return arithmetic.functions["bitwise_and"](self, other)

    def __or__(self, other: Any) -> Any:
        return arithmetic.functions["bitwise_or"](self, other)

    def __xor__(self, other: Any) -> Any:
        return arithmetic.functions["bitwise_xor"](self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__
    __lshift__ = _operator(ew.left_shift, "bitwise_left_shift")
    __rlshift__ = _operator(ew.left_shift, "bitwise_left_shift", swap=True)
    __rshift__ = _operator(ew.right_shift, "bitwise_right_shift")
    __rrshift__ = _operator(ew.right_shift, "bitwise_right_shift", swap=True)

    def __matmul__(self, other: Any) -> Any:
        return products.matmul(self, box_of(other, "matmul(): argument 'other'", self))

    def __rmatmul__(self, other: Any) -> Any:
        return products.matmul(box_of(other, "matmul(): argument 'input'", self), self)


Tensor.face = Tensor


class Handle:
    """What registering a hook gives: `remove()` takes the hook away again."""

    _next: ClassVar[int] = 0

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        Handle._next += 1
        self.id, self._hooks = Handle._next, hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def seed_of(y: Any, gradient: Any) -> tuple[Node, Any]:
    """The node at which a backward pass starts, and the gradient that comes in there."""
    node = node_of(y)
    if node is None:
        raise RuntimeError(
            "element 0 of tensors does not require grad and does not have a grad_fn: no tensor that "
            "it was computed from has requires_grad=True, or it was computed under no_grad()"
        )
    if type(y._node) is Traced and y._node.batch:
        raise RuntimeError("backward() inside vmap is not supported: use grad inside, or outside")
    value = y._value
    if gradient is None:
        if value.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs: this one has shape "
                f"{list(value.shape)}; reduce it with .sum() or .mean(), or pass a gradient"
            )
        return node, fresh(Tensor, np.ones(value.shape, value.dtype))
    if not isinstance(gradient, Tensor):
        raise TypeError(
            f"gradients can be either Tensors or None, but got {type(gradient).__name__}"
        )
    if gradient._value.shape != value.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {gradient.shape} and output[0] has "
            f"a shape of {y.shape}."
        )
    return node, to_dtype(gradient, value.dtype)


def target_of(x: Any, i: int) -> Node:
    """The node of an input whose gradient is wanted."""
    node = node_of(x) if isinstance(x, Tensor) else None
    if node is None:
        raise RuntimeError(f"One of the differentiated Tensors (input {i}) does not require grad")
    return node
