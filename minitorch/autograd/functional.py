"""torch.autograd.functional: Jacobians, Hessians and products with them, of functions of tensors.

Functions take one tensor or a tuple of them and return one or a tuple; results nest likewise.
`minitorch.func` has the same for functions of any containers, and composes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minitorch.autograd import grad
from minitorch.engine.modes import enable_grad, is_grad_enabled
from minitorch.faces.tensor import Tensor
from minitorch.func import grad as func_grad
from minitorch.func import jacfwd
from minitorch.ops.shape import reshape, stack

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = tuple[Any, ...]
Function = Callable[..., Any]


def _tuple(value: Any, what: str, name: str) -> tuple[bool, Tensors]:
    """Whether a value is a tuple, and the tuple of tensors that it is or makes."""
    given = type(value) is tuple or isinstance(value, tuple)
    parts = value if given else (value,)
    for i, part in enumerate(parts):
        if not isinstance(part, Tensor):
            where = f"the value at index {i}" if given else f"the given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but "
                f"{where} has type {type(part)}."
            )
    return given, parts


def _output(value: Any, name: str) -> tuple[bool, Tensors]:
    return _tuple(value, "outputs of the user-provided function", name)


def _tracked(inputs: Tensors, create_graph: bool) -> Tensors:
    """The inputs, so that gradients by them can be taken and lead no further unless asked."""
    return tuple([
        x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_()
        for x in inputs
    ])  # fmt: skip


def _released(results: Any, create_graph: bool) -> Any:
    """Results without their graph, unless it was asked for."""
    if isinstance(results, Tensor):
        return results if create_graph else results.detach()
    return tuple([_released(result, create_graph) for result in results])


def _check_tracked(outputs: Tensors, strict: bool, what: str = "Output") -> None:
    if not strict:
        return
    for i, y in enumerate(outputs):
        if not y.requires_grad:
            raise RuntimeError(
                f"{what} {i} of the user-provided function does not require gradients. The outputs "
                "must be computed in a differentiable manner from the input when running in strict "
                "mode."
            )


def _slopes(
    outputs: Tensors, inputs: Tensors, weights: Sequence[Any] | None, create_graph: bool
) -> list[Any]:
    """The gradients of those outputs that have any; None where there is none."""
    pairs = [
        (y, None if weights is None else weights[i])
        for i, y in enumerate(outputs)
        if y.requires_grad and (weights is None or weights[i] is not None)
    ]
    if not pairs:
        return [None] * len(inputs)
    ys, gs = zip(*pairs, strict=True)
    wanted = [x for x in inputs if x.requires_grad]
    found = iter(
        grad(ys, wanted, gs, create_graph=create_graph, retain_graph=True, allow_unused=True)
    )
    return [next(found) if x.requires_grad else None for x in inputs]


def _filled(
    slopes: Sequence[Any], inputs: Tensors, strict: bool, create_graph: bool, stage: str
) -> Tensors:
    """The gradients, with zeros where there are none; under `strict` that is an error."""
    out = []
    for i, (g, x) in enumerate(zip(slopes, inputs, strict=True)):
        if g is None and strict:
            raise RuntimeError(_independent(stage, i))
        if g is not None and strict and create_graph and not g.requires_grad:
            what = "jacobian" if stage != "hessian" else "Hessian"
            raise RuntimeError(
                f"The {what} of the user-provided function is independent of input {i}. This is "
                "not allowed in strict mode when create_graph=True."
            )
        out.append(x.new_zeros(x.shape) if g is None else g)
    return tuple(out)


def _independent(stage: str, i: int) -> str:
    if stage == "forward":
        return (
            f"The output of the user-provided function is independent of input {i}. This is not "
            "allowed in strict mode."
        )
    what = "Hessian" if stage == "hessian" else "jacobian"
    return (
        f"The {what} of the user-provided function with respect to input {i} is independent of the "
        "input. This is not allowed in strict mode."
    )


def _checked_v(v: Any, like: Tensors, name: str, single: bool) -> Tensors:
    """The vectors of a product, which must have the shapes of `like`."""
    _, vectors = _tuple(v, "v", name)
    if single and len(vectors) != 1:
        raise RuntimeError("The given v should contain a single Tensor.")
    if len(vectors) != len(like):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(like)} but got {len(vectors)}."
        )
    for i, (part, x) in enumerate(zip(vectors, like, strict=True)):
        if part.shape != x.shape:
            which = "v" if single else f"Entry {i} in v"
            raise RuntimeError(
                f"{which} has invalid size: should be {x.shape} but got {part.shape}."
            )
    return vectors


def _default_v(like: Tensors, what: str) -> Tensors:
    if len(like) != 1 or like[0].numel() != 1:
        raise RuntimeError(
            f"The vector v can only be None if {what} a single Tensor with a single element."
        )
    return (like[0].new_ones(like[0].shape),)


def _scalar(y: Any, name: str) -> Any:
    """The result of a function that has a Hessian: one number."""
    several, outputs = _output(y, name)
    if several:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {name} should contain a single element"
        )
    return outputs[0]


def _as(results: Tensors, several: bool) -> Any:
    return results if several else results[0]


def vjp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The value of `func` and the product of a vector `v` with its Jacobian.

    Args:
        func: a function of tensors that returns a tensor or a tuple of them.
        inputs: its arguments: a tensor or a tuple of them.
        v: a tensor for each output, of its shape; may be left out of a function with one number.
        create_graph: whether the results can be differentiated.
        strict: whether an output that does not depend on an input is an error, and not zeros.

    Raises:
        TypeError: an input, an output or `v` is no tensor.
        RuntimeError: `v` does not fit; under `strict`, as told above.

    Example:
        >>> from minitorch.autograd.functional import vjp
        >>> vjp(lambda x: x ** 2, torch.tensor([1., 2.]), torch.ones(2))
        (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        single, xs = _begun(inputs, "vjp", create_graph)
        several, outputs = _output(func(*xs), "vjp")
        _check_tracked(outputs, strict, "Output")
        if v is None:
            vectors = _default_v(outputs, "the user-provided function returns")
        else:
            vectors = _checked_v(v, outputs, "vjp", not several)
    with _recording(create_graph):
        slopes = _slopes(outputs, xs, vectors, create_graph)
        products = _filled(slopes, xs, strict, create_graph, "forward")
    return (
        _released(_as(outputs, several), create_graph),
        _released(_as(products, not single), create_graph),
    )


def _begun(inputs: Any, name: str, create_graph: bool) -> tuple[bool, Tensors]:
    """Whether there is one input, not in a tuple, and the inputs under recording."""
    several, parts = _tuple(inputs, "inputs", name)
    return not several, _tracked(parts, create_graph)


def _recording(create_graph: bool) -> Any:
    """A context that records if the graph is wanted, or if it was recorded outside."""
    return enable_grad() if create_graph or is_grad_enabled() else _Nothing()


class _Nothing:
    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        pass


def jvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The value of `func` and the product of its Jacobian with a vector `v`.

    It is made of two backward passes, so that all operations allow it; `func.jvp` goes forward.
    `v` has a tensor for each input; the other arguments and errors are those of `vjp`.

    Example:
        >>> from minitorch.autograd.functional import jvp
        >>> jvp(lambda x: x ** 2, torch.tensor([1., 2.]), torch.tensor([1., 10.]))
        (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        single, xs = _begun(inputs, "jvp", create_graph)
        if v is None:
            vectors = _default_v(xs, "the input to the user-provided function is")
        else:
            vectors = _checked_v(v, xs, "jvp", single)
        several, outputs = _output(func(*xs), "jvp")
        _check_tracked(outputs, strict)
        weights = tuple([y.new_zeros(y.shape).requires_grad_() for y in outputs])
        slopes = _slopes(outputs, xs, weights, True)
        pulled = _filled(slopes, xs, strict, False, "forward")
        moved = _slopes(pulled, weights, vectors, create_graph)
        products = _filled(moved, outputs, strict, create_graph, "jvp")
    return (
        _released(_as(outputs, several), create_graph),
        _released(_as(products, several), create_graph),
    )


def vhp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The value of `func`, one number, and the product of a vector with its Hessian.

    Example:
        >>> from minitorch.autograd.functional import vhp
        >>> vhp(lambda x: (x ** 3).sum(), torch.tensor([1., 2.]), torch.ones(2))
        (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        single, xs = _begun(inputs, "vhp", create_graph)
        vectors = _vectors(v, xs, single, "vhp")
        y = _scalar(func(*xs), "vhp")
        _check_tracked((y,), strict)
        jacobians = _filled(_slopes((y,), xs, None, True), xs, strict, True and strict, "forward")
        slopes = _slopes(jacobians, xs, vectors, create_graph)
        products = _filled(slopes, xs, strict, create_graph, "hessian")
    return _released(y, create_graph), _released(_as(products, not single), create_graph)


def hvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The value of `func`, one number, and the product of its Hessian with a vector.

    As a Hessian is symmetric it is `vhp`, which takes less time.

    Example:
        >>> from minitorch.autograd.functional import hvp
        >>> hvp(lambda x: (x ** 3).sum(), torch.tensor([1., 2.]), torch.ones(2))
        (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        single, xs = _begun(inputs, "hvp", create_graph)
        vectors = _vectors(v, xs, single, "hvp")
        y = _scalar(func(*xs), "hvp")
        _check_tracked((y,), strict)
        jacobians = _filled(_slopes((y,), xs, None, True), xs, strict, strict, "forward")
        weights = tuple([x.new_zeros(x.shape).requires_grad_() for x in xs])
        doubled = _filled(_slopes(jacobians, xs, weights, True), xs, strict, False, "hessian")
        moved = _slopes(doubled, weights, vectors, create_graph)
        products = _filled(moved, xs, strict, create_graph, "hessian")
    return _released(y, create_graph), _released(_as(products, not single), create_graph)


def _vectors(v: Any, xs: Tensors, single: bool, name: str) -> Tensors:
    if v is None:
        return _default_v(xs, "the input to the user-provided function is")
    return _checked_v(v, xs, name, single)


def jacobian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of `func`.

    Args:
        func: a function of tensors that returns a tensor or a tuple of them.
        inputs: its arguments: a tensor or a tuple of them.
        create_graph: whether the result can be differentiated.
        strict: whether an output that does not depend on an input is an error, and not zeros.
        vectorize: whether to make all rows at once.
        strategy: "reverse-mode", or "forward-mode", which needs `vectorize`.

    Returns:
        For one input and one output a tensor, of the output's shape followed by the input's; else
        a tuple (of the outputs) of tuples (of the inputs) of such, or one of these.

    Raises:
        RuntimeError: `strict` together with `vectorize`; under `strict`, as told above.

    Example:
        >>> from minitorch.autograd.functional import jacobian
        >>> jacobian(lambda x: x ** 2, torch.tensor([1., 2.]))
        tensor([[2., 0.],
                [0., 4.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your '
            'function has more outputs than inputs, "forward-mode" tends to be more performant. '
            'Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        return _forward_jacobian(func, inputs, create_graph, strict, vectorize)
    with enable_grad():
        single, xs = _begun(inputs, "jacobian", create_graph)
        several, outputs = _output(func(*xs), "jacobian")
        _check_tracked(outputs, strict)
        if vectorize:
            if strict:
                raise RuntimeError(
                    "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are "
                    "not supported together. Please either set `strict=False` or `vectorize=False`."
                )
            rows = [_rows_at_once(y, xs, create_graph) for y in outputs]
        else:
            rows = [_rows(i, y, xs, create_graph, strict) for i, y in enumerate(outputs)]
    return _released(_as(tuple([_as(row, not single) for row in rows]), several), create_graph)


def _rows(i: int, y: Any, xs: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """The Jacobian of one output by each input, row by row."""
    columns: list[list[Any]] = [[] for _ in xs]
    flat = y.reshape(-1)
    for j in range(flat.numel()):
        slopes = _slopes((flat[j],), xs, None, create_graph)
        for k, (column, x, g) in enumerate(zip(columns, xs, slopes, strict=True)):
            if strict and create_graph and g is not None and not g.requires_grad:
                raise RuntimeError(
                    "The jacobian of the user-provided function is independent of input "
                    f"{k}. This is not allowed in strict mode when create_graph=True."
                )
            if strict and g is None:
                raise RuntimeError(
                    f"Output {i} of the user-provided function is independent of input {k}. This "
                    "is not allowed in strict mode."
                )
            column.append(x.new_zeros(x.shape) if g is None else g)
    return _joined(columns, y, xs)


def _joined(columns: list[list[Any]], y: Any, xs: Tensors) -> Tensors:
    shapes = [y.shape + x.shape for x in xs]
    return tuple([
        reshape(stack(column, 0), tuple(shape)) if column else x.new_zeros(shape)
        for column, shape, x in zip(columns, shapes, xs, strict=True)
    ])  # fmt: skip


def _rows_at_once(y: Any, xs: Tensors, create_graph: bool) -> Tensors:
    """The Jacobian of one output by each input, in one batched backward pass."""
    count = y.numel()
    if not y.requires_grad or not count:
        return tuple([x.new_zeros(y.shape + x.shape) for x in xs])
    basis = y.new_zeros((count, count))
    basis.fill_diagonal_(1)
    found = grad(
        y, xs, basis.reshape((count, *y.shape)), retain_graph=True, create_graph=create_graph,
        allow_unused=True, is_grads_batched=True,
    )  # fmt: skip
    return tuple([
        x.new_zeros(y.shape + x.shape) if g is None else g.reshape(y.shape + x.shape)
        for g, x in zip(found, xs, strict=True)
    ])  # fmt: skip


def _forward_jacobian(
    func: Function, inputs: Any, create_graph: bool, strict: bool, vectorize: bool
) -> Any:
    if strict:
        raise RuntimeError(
            'torch.autograd.functional.jacobian: `strict=True` and `strategy="forward-mode"` are '
            'not supported together (yet). Please either set `strict=False` or `strategy="reverse-'
            'mode"`.'
        )
    if create_graph:
        raise NotImplementedError(
            'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"`'
            " are not supported together (yet). Please either set `create_graph=False` or "
            '`strategy="reverse-mode"`.'
        )
    several, xs = _tuple(inputs, "inputs", "jacobian")
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is only "
            "implemented for `vectorize=True`."
        )

    def checked(*args: Any) -> Any:
        y = func(*args)
        _output(y, "jacobian")
        return y

    with enable_grad():
        found = jacfwd(checked, tuple(range(len(xs))))(*xs)
    if several:
        return found
    return tuple([row[0] for row in found]) if isinstance(found[0], tuple) else found[0]


def hessian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of `func`, which returns one number; the arguments are those of `jacobian`.

    Example:
        >>> from minitorch.autograd.functional import hessian
        >>> hessian(lambda x: x[0] ** 2 * x[1], torch.tensor([1., 2.]))
        tensor([[4., 2.],
                [2., 0.]])
    """
    several, xs = _tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode", got '
            f"{outer_jacobian_strategy!r}"
        )

    def value(*args: Any) -> Any:
        y = _scalar(func(*args), "hessian")
        _check_tracked((y,), strict)
        return y.squeeze()

    def slopes(*args: Any) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            return func_grad(value, tuple(range(len(args))))(*args)
        found = jacobian(value, args, create_graph=True)
        if strict and not all(g.requires_grad for g in found):
            i = [g.requires_grad for g in found].index(False)
            raise RuntimeError(
                f"The jacobian of the user-provided function with respect to input {i} is "
                "independent of the input. This is not allowed in strict mode when "
                "create_graph=True."
            )
        return found

    found = jacobian(slopes, xs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return found if several else found[0][0]
