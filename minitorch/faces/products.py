"""torch.*: products of matrices and vectors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import titled
from minitorch.errors.raising import teaching
from minitorch.faces import arithmetic, dtypes
from minitorch.faces.arithmetic import named, overwritten, same_dtype, scaled
from minitorch.faces.matrices import chain
from minitorch.faces.numpy.products import kron as kronecker
from minitorch.faces.numpy.products import tensordot as contracted
from minitorch.faces.operands import (
    axes_of,
    axis_of,
    box_of,
    broadcast_shape,
    promoted,
    shape_error,
    to_dtype,
)
from minitorch.ops import elementwise as ew
from minitorch.ops import linalg, shape
from minitorch.ops.complex import conjugate
from minitorch.ops.reduce import total

Function = Callable[..., Any]


def matmul(input: Any, other: Any) -> Any:
    """The matrix product: vectors, matrices, and stacks of matrices that broadcast.

    Example:
        >>> torch.matmul(torch.eye(2), torch.tensor([3., 4.]))
        tensor([3., 4.])
    """
    a = input if isinstance(input, Box) else box_of(input, "matmul(): argument 'input'")
    b = other if isinstance(other, Box) else box_of(other, "matmul(): argument 'other'")
    if a._value.dtype != b._value.dtype:
        raise teaching(RuntimeError)(
            f"expected m1 and m2 to have the same dtype, but got: {a.dtype} != {b.dtype}; convert "  # type: ignore[attr-defined]
            "one with .to(dtype)"
        )
    m, n = a._value.ndim, b._value.ndim
    if m == 2 and n == 2:
        return _product(a, b)
    if not m or not n:
        raise teaching(RuntimeError)(
            f"both arguments to matmul need to be at least 1D, but they are {m}D and {n}D"
        )
    if m >= 2 and n >= 2:
        return titled(_product(a, b), "CloneBackward0" if m == 2 else "UnsafeViewBackward0")
    left = a if m > 1 else shape.reshape.unary(a, (1, *a._value.shape))
    right = b if n > 1 else shape.reshape.unary(b, (*b._value.shape, 1))
    y = _product(left, right)
    rows = y._value.shape[:-2] + (() if m == 1 else y._value.shape[-2:-1])
    y = shape.reshape.unary(y, rows + (() if n == 1 else y._value.shape[-1:]))
    title = _VECTOR_PRODUCTS.get((m, n), "UnsafeViewBackward0")
    return titled(y, title)


_VECTOR_PRODUCTS = {
    (1, 1): "DotBackward0", (2, 1): "MvBackward0", (1, 2): "SqueezeBackward4",
}  # fmt: skip


def _product(a: Box, b: Box) -> Any:
    try:
        return linalg.matmul.binary(a, b)
    except ValueError:
        (m, k), (rows, n) = a._value.shape[-2:], b._value.shape[-2:]
        if k != rows:
            hint = f"; its transpose would fit: {rows}x{n} .T is {n}x{rows}" if k == n else ""
            raise teaching(RuntimeError)(
                f"mat1 and mat2 shapes cannot be multiplied ({m}x{k} and {rows}x{n}): the columns "
                f"of the first must be the rows of the second, but {k} != {rows}{hint}"
            ) from None
        raise shape_error("matmul", a, b, matrices=True) from None


def mm(input: Any, mat2: Any) -> Any:
    """`matmul` of two matrices."""
    return matmul(
        _ranked(input, 2, "self must be a matrix"), _ranked(mat2, 2, "mat2 must be a matrix")
    )


def mv(input: Any, vec: Any) -> Any:
    """`matmul` of a matrix and a vector."""
    words = "vector + matrix @ vector expected"
    return titled(matmul(_ranked(input, 2, words), _ranked(vec, 1, words)), "MvBackward0")


def bmm(input: Any, mat2: Any) -> Any:
    """`matmul` of two stacks of as many matrices."""
    a = _ranked(input, 3, "batch1 must be a 3D tensor")
    b = _ranked(mat2, 3, "batch2 must be a 3D tensor")
    (n, _, k), shape = a._value.shape, b._value.shape
    if shape[:2] != (n, k):
        raise teaching(RuntimeError)(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{n}, {k}] but got: [{shape[0]}, {shape[1]}]."
        )
    return titled(matmul(a, b), "BmmBackward0")


def _ranked(x: Any, rank: int, words: str) -> Box:
    """A tensor that must have `rank` dimensions."""
    box = box_of(x, "a product: its argument")
    if box._value.ndim != rank:
        raise RuntimeError(
            f"{words}, got one of shape {list(box._value.shape)}; matmul takes any dimensions"
        )
    return box


def dot(input: Any, tensor: Any) -> Any:
    """The inner product of two vectors of one length."""
    a, b = box_of(input, "dot(): argument 'input'"), box_of(tensor, "dot(): argument 'tensor'")
    if a._value.ndim != 1 or b._value.ndim != 1:
        raise teaching(RuntimeError)(
            f"1D tensors expected, but got {a._value.ndim}D and {b._value.ndim}D tensors"
        )
    if a._value.shape != b._value.shape:
        raise teaching(RuntimeError)(
            f"inconsistent tensor size, expected tensor [{a._value.size}] and src "
            f"[{b._value.size}] to have the same number of elements"
        )
    return titled(matmul(a, b), "DotBackward0")


def vdot(input: Any, other: Any) -> Any:
    """The inner product of two vectors, the first of them conjugated."""
    return titled(dot(conjugate(box_of(input, "vdot(): argument 'input'")), other), "VdotBackward0")


def inner(input: Any, other: Any) -> Any:
    """The sums of products over the last dimensions; a number multiplies.

    Example:
        >>> torch.inner(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 1.]))
        tensor([3., 7.])
    """
    a, b = box_of(input, "inner(): argument 'input'"), box_of(other, "inner(): argument 'other'")
    m, n = a._value.shape, b._value.shape
    if not m or not n:
        return arithmetic.functions["mul"](a, b)
    if m[-1] != n[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(m)} and {list(n)}"
        )
    return tensordot(a, b, ([-1], [-1]))


def outer(input: Any, vec2: Any) -> Any:
    """The outer product of two vectors: an (n, m) matrix."""
    a, b = box_of(input, "outer(): argument 'input'"), box_of(vec2, "outer(): argument 'vec2'")
    for x, which in ((a, "self"), (b, "vec2")):
        if x._value.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {which}, but got {x._value.ndim}-D")
    return arithmetic.functions["mul"](
        shape.reshape.unary(a, (-1, 1)), shape.reshape.unary(b, (1, -1))
    )


def kron(input: Any, other: Any) -> Any:
    """The Kronecker product.

    Example:
        >>> torch.kron(torch.eye(2, dtype=torch.int64), torch.tensor([1, 2]))
        tensor([[1, 2, 0, 0],
                [0, 0, 1, 2]])
    """
    a, b = box_of(input, "kron(): argument 'input'"), box_of(other, "kron(): argument 'other'")
    rank = max(a._value.ndim, b._value.ndim)
    a, b = (
        x if x._value.ndim else shape.reshape.unary(x, (1,) * rank) for x in (a, b)
    )  # a number counts as an array, whose dtype is not the weaker one
    return kronecker(*promoted(a, b, name="kron"))


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """The sums of products over pairs of dimensions: the last of a and the first of b, or listed.

    Args:
        dims: how many dimensions, or two lists of those of `a` and of `b` that meet.

    Example:
        >>> torch.tensordot(torch.ones(2, 3, 4), torch.ones(4, 3), dims=([1, 2], [1, 0]))
        tensor([12., 12.])
    """
    x, y = box_of(a, "tensordot(): argument 'a'"), box_of(b, "tensordot(): argument 'b'")
    over_a, over_b = _pairs(dims, x._value.ndim, y._value.ndim)
    if x._value.dtype != y._value.dtype:
        raise RuntimeError("both inputs of tensordot should have same dtype")
    m, n = list(x._value.shape), list(y._value.shape)
    for i, j in zip(over_a, over_b, strict=True):
        if m[i] != n[j] and 1 not in (m[i], n[j]):
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {m[i]} in dim {i} and "
                f"second has size {n[j]} in dim {j}"
            )
        m[i] = n[j] = max(m[i], n[j]) if m[i] and n[j] else 0
    if tuple(m) != x._value.shape:
        x = shape.broadcast_to.unary(x, tuple(m))
    if tuple(n) != y._value.shape:
        y = shape.broadcast_to.unary(y, tuple(n))
    return contracted(x, y, (over_a, over_b))


def _pairs(dims: Any, m: int, n: int) -> tuple[list[int], list[int]]:
    """The dimensions of two operands that meet in `tensordot`."""
    if isinstance(dims, Box):
        dims = dims.tolist()  # type: ignore[attr-defined]
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(m, n):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        return list(range(m - dims, m)), list(range(dims))
    if not isinstance(dims, (tuple, list)) or len(dims) != 2:
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] "
            f"containing two lists, but got dims={dims}"
        )
    if not all(isinstance(part, (tuple, list)) for part in dims):
        raise TypeError("tensordot(): each part of dims must be a tuple of ints, not int")
    if len(dims[0]) != len(dims[1]):
        raise RuntimeError("both dimension lists should have same length")
    return list(axes_of(list(dims[0]), m) or ()), list(axes_of(list(dims[1]), n) or ())


def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """The cross product of vectors of three elements, along `dim` or the first of size 3.

    Example:
        >>> torch.cross(torch.tensor([1., 0., 0.]), torch.tensor([0., 1., 0.]), dim=0)
        tensor([0., 0., 1.])
    """
    if dim is None:
        a = box_of(input, "cross(): argument 'input'")
        if 3 not in a._value.shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = a._value.shape.index(3)
    return titled(linalg_cross(input, other, dim=dim), "LinalgCrossBackward0")


def linalg_cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """The cross product of vectors of three elements along a dimension; the others broadcast."""
    a, b = box_of(input, "cross(): argument 'input'"), box_of(other, "cross(): argument 'other'")
    if a._value.ndim != b._value.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    if not a._value.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    axis = axis_of(dim, a._value.ndim)
    m, n = (x._value.shape[axis] for x in (a, b))
    if (m, n) != (3, 3):
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {m} and {n}"
        )
    same_dtype("cross", a, b)
    broadcast_shape("linalg.cross", a, b)
    order = (*(i for i in range(a._value.ndim) if i != axis), axis)
    y = linalg.cross.binary(shape.transpose.unary(a, order), shape.transpose.unary(b, order))
    return titled(shape.transpose.unary(y, shape.inverse(order)), "LinalgCrossBackward0")


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The inner products of vectors along a dimension, the first conjugated; others broadcast.

    Example:
        >>> torch.linalg.vecdot(torch.ones(2, 3), torch.tensor([1., 2., 3.]))
        tensor([6., 6.])
    """
    a, b = box_of(x, "vecdot(): argument 'x'"), box_of(y, "vecdot(): argument 'y'")
    one, two = (dtypes.of(z._value.dtype).scalar_type for z in (a, b))
    if a._value.dtype.kind not in "fc":
        raise RuntimeError(
            f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {one}"
        )
    if one != two:
        raise RuntimeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {one} "
            f"and y of type {two} instead"
        )
    products = arithmetic.functions["mul"](conjugate(a), b)
    rank = products._value.ndim
    return total.unary(products, (axis_of(dim, rank),) if rank else (), False)


def chain_matmul(*matrices: Any) -> Any:
    """The product of matrices, in the cheapest order."""
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    boxes = [_ranked(x, 2, "chain_matmul: a matrix is expected") for x in matrices]
    for a, b in pairwise(boxes):
        if a._value.shape[1] != b._value.shape[0] or a._value.dtype != b._value.dtype:
            matmul(a, b)  # is refused
    return chain(boxes) if len(boxes) > 1 else matrices[0].clone()


# a product, and something added to it


def _sum(name: str, input: Any, product: Box, beta: Any, alpha: Any) -> Any:
    """beta * input + alpha * product, where the input expands to the product's shape."""
    x = box_of(input, f"{name}(): argument 'input' (position 1)")
    if x._value.dtype != product._value.dtype:
        one, two = (dtypes.of(z._value.dtype).scalar_type for z in (x, product))
        raise RuntimeError(f"self and mat2 must have the same dtype, but got {one} and {two}")
    if x._value.shape != product._value.shape:
        _check_expands(name, x, product._value.shape)
    if beta == 0:  # NaNs of the input are not met
        beta, x = 1, ew.masked.binary(x, fresh(x.face, np.array(False)))
    return titled(
        ew.add.binary(_times(x, beta), _times(product, alpha)), f"{name.capitalize()}Backward0"
    )


def _times(x: Box, factor: Any) -> Box:
    """A multiple of `x`; of integers, by the whole part of the factor."""
    if isinstance(factor, float) and x._value.dtype.kind in "iu":
        factor = int(factor)
    return x if type(factor) is bool and factor else scaled(x, factor, "a product")


def _check_expands(name: str, x: Box, sizes: tuple[int, ...]) -> None:
    own = x._value.shape
    if len(own) > len(sizes):
        raise RuntimeError(
            f"{name}: the number of sizes provided ({len(sizes)}) must be greater or equal to the "
            f"number of dimensions in the tensor ({len(own)})"
        )
    for i, n in enumerate(reversed(own), 1):
        if n not in (1, sizes[-i]):
            raise RuntimeError(
                f"The expanded size of the tensor ({sizes[-i]}) must match the existing size ({n}) "
                f"at non-singleton dimension {len(sizes) - i}.  Target sizes: {list(sizes)}.  "
                f"Tensor sizes: {list(own)}: {name}"
            )


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * (mat1 @ mat2), of matrices.

    Example:
        >>> torch.addmm(torch.ones(2), torch.eye(2), torch.eye(2), beta=2)
        tensor([[3., 2.],
                [2., 3.]])
    """
    return _sum("addmm", input, mm(mat1, mat2), beta, alpha)


def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * (mat @ vec), of a matrix and a vector."""
    return _sum("addmv", input, mv(mat, vec), beta, alpha)


def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * outer(vec1, vec2); dtypes promote."""
    x, a, b = promoted(
        *(box_of(x, "addr(): its argument") for x in (input, vec1, vec2)), name="addr"
    )
    for v, which in ((a, "vec1"), (b, "vec2")):
        if v._value.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {which}, but got {v._value.ndim}-D")
    for factor, which in ((beta, "beta"), (alpha, "alpha")):
        if isinstance(factor, bool) and x._value.dtype != bool:
            raise RuntimeError(f"Boolean {which} only supported for Boolean results.")
        if isinstance(factor, float) and x._value.dtype.kind in "iub":
            raise RuntimeError(
                f"For integral input tensors, argument {which} must not be a floating point number."
            )
    return _sum("addr", x, outer(a, b), beta, alpha)


def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * (batch1 @ batch2), of stacks of matrices."""
    return _sum("baddbmm", input, bmm(batch1, batch2), beta, alpha)


def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * the sum of batch1[i] @ batch2[i] over i."""
    products = bmm(batch1, batch2)
    summed = to_dtype(total.unary(products, (0,), False), products._value.dtype)
    return _sum("addbmm", input, summed, beta, alpha)


def _with_old_forms(function: Function) -> Function:
    """`function`, which also takes its factors before what they multiply, as it once did.

    These forms are f(beta, input, a, b) and f(beta, input, alpha, a, b), and as methods
    input.f(beta, a, b) and input.f(beta, alpha, a, b).
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > 3:
            x, beta = args[:2] if isinstance(args[0], Box) else args[1::-1]
            kwargs = {**kwargs, "beta": beta}
            if len(args) > 4:
                kwargs["alpha"] = args[2]
            args = (x, *args[-2:])
        return function(*args, **kwargs)

    return call


def _in_place(function: Function) -> Function:
    @functools.wraps(function)
    def method(*args: Any, **kwargs: Any) -> Any:
        return overwritten(args[0], function(*args, **kwargs))

    return named(method, f"{function.__name__}_", f"In place: `{function.__name__}`.")


functions: dict[str, Function] = {
    f.__name__: f
    for f in (matmul, mm, bmm, mv, dot, vdot, inner, outer, kron, tensordot, cross, chain_matmul)
}  # fmt: skip
functions.update(ger=outer)
_sums = {f.__name__: _with_old_forms(f) for f in (addmm, addmv, addr, baddbmm, addbmm)}
functions.update(_sums)
methods: dict[str, Function] = {f"{name}_": _in_place(f) for name, f in _sums.items()}
functions_only = ("tensordot", "chain_matmul")
takes_out = (*functions,)
