"""torch.vmap: a function for one example, run on a batch of them at once."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from minitorch.engine.box import Box
from minitorch.engine.forward import Level
from minitorch.engine.layers import batched, inside, repeated
from minitorch.faces.tensor import Tensor
from minitorch.func.calls import Function
from minitorch.ops.shape import cat, getitem, transpose
from minitorch.utils._pytree import TreeSpec, broadcast_prefix, tree_flatten, tree_unflatten

RANDOMNESS = ("error", "different", "same")


def vmap(
    func: Function,
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Function:
    """The function that maps `func` over a dimension of its arguments, all examples at once.

    Args:
        func: a function of tensors, containers of them and anything else, that returns tensors.
        in_dims: the dimension of each argument to map over, None for those that all examples
            share: an int for all arguments, or a tuple with a part for each, which may nest as the
            argument does.
        out_dims: where the mapped dimension stands in the results: an int, or nested as these are.
        randomness: what random functions do inside: "error", "same" numbers for all examples or
            "different" ones.
        chunk_size: how many examples are run at a time; all by default.

    Returns:
        A function of the same arguments; all examples share the keyword arguments.

    Raises:
        ValueError: there is nothing to map over, the sizes differ, `in_dims` or `out_dims` does not
            fit, or a result is no tensor.
        RuntimeError: (in `func`) a batched value is used as a number, or asked for its memory.

    Example:
        >>> rows, v = torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 10.])
        >>> torch.vmap(torch.dot, in_dims=(0, None))(rows, v)
        tensor([21., 43.])
    """
    if randomness not in RANDOMNESS:
        raise RuntimeError(
            "Only allowed values for randomness are 'error', 'different', or 'same'. Got "
            f"{randomness}"
        )
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func, updated=())
    def mapped(*args: Any, **kwargs: Any) -> Any:
        dims, leaves, spec = _inputs(in_dims, args, named(func))
        size = _size(dims, leaves, named(func))

        def run(parts: list[Any], count: int) -> Any:
            with Level(count, randomness) as level:
                inner = [_entered(x, dim, level) for x, dim in zip(parts, dims, strict=True)]
                result = func(*tree_unflatten(inner, spec), **kwargs)
                return _left(result, out_dims, level, named(func))

        if chunk_size is None or chunk_size >= size:
            boxes, _, out_spec = run(leaves, size)
            return tree_unflatten(boxes, out_spec)
        return _in_chunks(run, leaves, dims, size, chunk_size)

    return mapped


def named(func: Function) -> str:
    """A function's name, for messages."""
    return getattr(func, "__name__", None) or repr(func)


def _inputs(in_dims: Any, args: Any, name: str) -> tuple[list[Any], list[Any], TreeSpec]:
    """The dimension of each leaf of the arguments, the leaves, and their structure."""
    if not isinstance(in_dims, (int, tuple, list)) or isinstance(in_dims, bool):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a "
            "(potentially nested) tuple matching the structure of inputs, got: "
            f"{type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are "
            "trying to vmap over a function with no inputs. The latter is unsupported."
        )
    leaves, spec = tree_flatten(args)
    prefix = tuple(in_dims) if isinstance(in_dims, list) else in_dims
    dims = broadcast_prefix(prefix, args)
    if dims is None:
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the "
            f"structure of `inputs`. in_dims has structure {tree_flatten(in_dims)[1]} but inputs "
            f"has structure {spec}."
        )
    at = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)"
    return [_dim(dim, x, at) for dim, x in zip(dims, leaves, strict=True)], leaves, spec


def _dim(dim: Any, x: Any, at: str) -> int | None:
    """The dimension to map `x` over, counted from the left."""
    if dim is None:
        return None
    if not isinstance(dim, int):
        raise ValueError(
            f"{at}: Got in_dim={dim} for an input but in_dim must be either an integer dimension "
            "or None."
        )
    if not isinstance(x, Tensor):
        raise ValueError(
            f"{at}: Got in_dim={dim} for an input but the input is of type {type(x)}. We cannot "
            "vmap over non-Tensor arguments, please use None as the respective in_dim"
        )
    rank = x._value.ndim
    if not -rank <= dim < rank:
        raise ValueError(
            f"{at}: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality "
            f"{rank} so expected in_dim to satisfy -{rank} <= in_dim < {rank}."
        )
    return dim % rank


def _size(dims: Sequence[int | None], leaves: Sequence[Any], name: str) -> int:
    """The number of examples."""
    sizes = [x._value.shape[dim] for dim, x in zip(dims, leaves, strict=True) if dim is not None]
    if not sizes:
        raise ValueError(
            f"vmap({name}, ...)(<inputs>): at least one input must have an in_dim that is not "
            "None: there is nothing to map over."
        )
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return sizes[0]


def moved(box: Any, start: int, end: int) -> Any:
    """A view of `box` with the axis `start` at the place `end`."""
    if start == end:
        return box
    axes = [i for i in range(box._value.ndim) if i != start]
    axes.insert(end, start)
    return transpose.unary(box, tuple(axes))


def _entered(x: Any, dim: int | None, level: Level) -> Any:
    return x if dim is None else batched(moved(x, dim, 0), level.number)


def _left(
    result: Any, out_dims: Any, level: Level, name: str
) -> tuple[list[Any], list[Any], TreeSpec]:
    """The results with the mapped dimension where it shall be, the places, and the structure."""
    leaves, spec = tree_flatten(result)
    places = _places(out_dims, result, spec, name)
    boxes = []
    for y, place in zip(leaves, places, strict=True):
        if place is None:
            if isinstance(y, Tensor) and inside(y, level.number)[1]:
                raise ValueError(
                    f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is "
                    "None"
                )
            boxes.append(y)
            continue
        if not isinstance(y, Tensor):
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(y)}. Did "
                "you mean to set out_dims= to None for output?"
            )
        boxes.append(_outside(y, place, level))
    return boxes, places, spec


def _places(out_dims: Any, result: Any, spec: TreeSpec, name: str) -> list[Any]:
    """Where the mapped dimension of each result shall stand."""
    given, own = tree_flatten(out_dims)
    if not all(place is None or isinstance(place, int) for place in given):
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python "
            "collection of ints representing where in the outputs the vmapped dimension should "
            "appear."
        )
    if isinstance(result, Tensor) and isinstance(out_dims, tuple) and len(out_dims) == 1:
        (out_dims,) = out_dims
    places = broadcast_prefix(out_dims, result)
    if places is None:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with "
            f"the structure of `outputs`. out_dims has structure {own} but outputs has structure "
            f"{spec}."
        )
    return places


def _outside(y: Box, place: int, level: Level) -> Any:
    """A result for all examples."""
    assert level.size is not None
    box, own = inside(y, level.number)
    box = box if own else repeated(y, level.size)
    rank = box._value.ndim
    if not -rank <= place < rank:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got "
            f"{place})"
        )
    return moved(box, 0, place % rank)


def _in_chunks(
    run: Any, leaves: list[Any], dims: Sequence[int | None], size: int, step: int
) -> Any:
    """The examples in pieces of `step`, and their results joined."""
    rows = []
    for start in range(0, size, step):
        stop = min(start + step, size)
        parts = [
            x if dim is None else getitem(x, (slice(None),) * dim + (slice(start, stop),))
            for x, dim in zip(leaves, dims, strict=True)
        ]
        rows.append(run(parts, stop - start))
    _, places, spec = rows[0]
    joined = [
        column[0] if place is None else cat(column, place % column[0]._value.ndim)
        for place, column in zip(places, zip(*[boxes for boxes, _, _ in rows]), strict=True)
    ]
    return tree_unflatten(joined, spec)
