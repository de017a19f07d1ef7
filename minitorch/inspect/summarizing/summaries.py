"""`summary`: a model's layers with output shapes, parameters, multiply-adds and memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.modes import no_grad
from minitorch.faces import dtypes as names_of_dtypes
from minitorch.faces.interchange import as_tensor
from minitorch.faces.tensor import Tensor
from minitorch.inspect.summarizing.pages import summary_html, summary_text
from minitorch.inspect.summarizing.rows import Form, Row, Rows, forms, sizes_of
from minitorch.inspect.summarizing.watching import Watch
from minitorch.inspect.undisturbed import undisturbed
from minitorch.nn.modules.module import Module
from minitorch.nn.modules.sparse import Embedding, EmbeddingBag
from minitorch.utils._pytree import tree_map

Attempt = tuple[tuple[Any, ...], dict[str, Any], str]


class Summary:
    """What `minitorch.inspect.summary` found: print it, or let a notebook show it.

    Attributes:
        rows: one for each module, in order; `rows[0]` is the model, each has `.children`.
        total_parameters, trainable_parameters: numbers in parameters, each tensor counted once.
        multiply_adds: products that are summed up, in one forward pass.
        input_bytes, parameter_bytes, activation_bytes: memory; activations are all results that
            a forward pass makes, and training takes about as much again for their gradients.
        error: the exception with which the model failed, or None.
        notes: what was done to the input, and the like.
    """

    def __init__(self, model: Module, watch: Watch | None, given: list[Form], note: str) -> None:
        root = Rows(model, watch).root
        self.rows: list[Row] = list(root.all())
        self.inputs = given
        self.total_parameters, self.trainable_parameters = sizes_of(model.parameters())
        self.multiply_adds = root.multiply_adds
        self.ran = watch is not None
        self.input_bytes = sum(form.bytes for form in given)
        tensors = [*model.parameters(), *(b for b in model.buffers() if b is not None)]
        self.parameter_bytes = sum(
            t._value.nbytes for t in tensors if not hasattr(t, "cls_to_become")
        )
        self.activation_bytes = watch.root.bytes() if watch is not None else 0
        self.error = _error_of(watch)
        self.notes = [note] if note else []
        self.depth: int | None = 3

    @property
    def failed_in(self) -> str | None:
        """The path of the innermost module that failed; empty for the model itself."""
        paths = [row.path for row in self.rows if row.status == "failed"]
        return paths[-1] if paths else None

    def __str__(self) -> str:
        return summary_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return summary_html(self)


def summary(
    model: Module,
    input_size: Any = None,
    *,
    input_data: Any = None,
    batch_dim: int | None = None,
    depth: int | None = 3,
    dtypes: Sequence[Any] | None = None,
    **kwargs: Any,
) -> Summary:
    """The layers of a model: output shapes, parameters, multiply-adds, memory.

    The model is run once in evaluation mode, without gradients, and nothing of it is changed:
    not its training flags, buffers, hooks or lazy layers, nor the random numbers that come after.

    Args:
        model: any module; one that fails is shown as far as it went, with its error.
        input_size: the shape of the input, or a list of shapes. If the model fails on it and runs
            with one more dimension of size 1 in front (for the batch), that is taken.
        input_data: an input instead of its size: a tensor, a list or tuple of arguments, or a dict
            of keyword arguments. With neither, parameters alone are shown.
        batch_dim: where to put a batch dimension of size 1 into each of the sizes.
        depth: how many levels of modules the text shows, None for all; a notebook opens them.
        dtypes: the dtype of each input, for sizes; without it that of the model's parameters, or
            integers where only these fit an embedding.
        kwargs: more arguments for the model's `forward`.

    Returns:
        A `Summary`.

    Example:
        >>> from minitorch.inspect import summary
        >>> net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
        >>> summary(net, (32, 4))
        Sequential on (32, 4)
        layer            output   parameters  multiply-adds
        Sequential       (32, 2)          58          1,536
        ├─ 0: Linear     (32, 8)          40          1,024
        ├─ 1: ReLU       (32, 8)           –              –
        └─ 2: Linear     (32, 2)          18            512
        <BLANKLINE>
        parameters       58, all trainable
        multiply-adds    1,536
        memory           input 512 B, parameters 232 B, activations 2.3 kB, with gradients 4.61 kB
    """
    if not isinstance(model, Module):
        raise TypeError(
            f"summary() shows a torch.nn.Module, not a {type(model).__name__}"
            + (": make one of the class first" if isinstance(model, type) else "")
        )
    if input_size is not None and input_data is not None:
        raise ValueError("summary() takes input_size or input_data, not both")
    if input_data is not None:
        attempts = [_given(input_data, kwargs)]
    elif input_size is not None:
        attempts = list(_made(model, sizes_in(input_size), batch_dim, dtypes, kwargs))
    else:
        attempts = []
    found = _first_that_runs(model, attempts)
    found.depth = depth
    return found


def _first_that_runs(model: Module, attempts: Sequence[Attempt]) -> Summary:
    """The summary with the first input that fits; if none does, that of the first."""
    first = None
    for args, kwargs, note in attempts:
        found = _ran(model, args, kwargs, note)
        if found.error is None:
            return found
        first = first or found
    if first is None:
        first = Summary(model, None, [], "")
    return first


def _ran(model: Module, args: tuple[Any, ...], kwargs: dict[str, Any], note: str) -> Summary:
    given = forms((args, kwargs))
    args, kwargs = tree_map(_copied, args), tree_map(_copied, kwargs)
    watch = Watch(forms)
    with undisturbed(model), no_grad():
        for module in model.modules():
            module.training = False
        try:
            with watch.watching():
                model(*args, **kwargs)
        except Exception as error:
            watch.root.error = error
        return Summary(model, watch, given, note)


def _error_of(watch: Watch | None) -> Exception | None:
    return watch.root.error if watch is not None else None


def _copied(value: Any) -> Any:
    """A tensor of its own memory: a model may write to its input."""
    return value.detach().clone() if isinstance(value, Tensor) else value


# inputs


def _given(data: Any, kwargs: dict[str, Any]) -> Attempt:
    if isinstance(data, Mapping):
        return (), {**{k: _tensor(v) for k, v in data.items()}, **kwargs}, ""
    if isinstance(data, (list, tuple)) and any(isinstance(x, (Box, np.ndarray)) for x in data):
        return tuple(_tensor(x) for x in data), kwargs, ""
    return (_tensor(data),), kwargs, ""


def _tensor(value: Any) -> Any:
    return as_tensor(value) if isinstance(value, np.ndarray) else value


def sizes_in(size: Any) -> list[tuple[int, ...]]:
    """One shape or several, as a list of shapes."""
    if isinstance(size, (int, np.integer)):
        size = (size,)
    if not isinstance(size, (list, tuple)):
        raise TypeError(
            f"input_size is a shape, or a list of shapes, not a {type(size).__name__}; "
            "for a tensor that is there use input_data="
        )
    several = size and isinstance(size[0], (list, tuple))
    shapes = [tuple(part) for part in size] if several else [tuple(size)]
    for found in shapes:
        if not all(isinstance(n, (int, np.integer)) and n >= 0 for n in found):
            raise ValueError(f"a shape has whole numbers of at least 0, not {found!r}")
    return shapes


def _made(
    model: Module,
    sizes: list[tuple[int, ...]],
    batch_dim: int | None,
    dtypes: Sequence[Any] | None,
    kwargs: dict[str, Any],
) -> Iterator[Attempt]:
    """Inputs of the sizes, in the order in which they are tried."""
    ways = [(sizes, "")]
    if batch_dim is None:
        ways.append(([(1, *size) for size in sizes], "a batch dimension of size 1 was added"))
    else:
        ways = [([(*s[:batch_dim], 1, *s[batch_dim:]) for s in sizes], "")]
    kinds = [[_dtype_of(model)] * len(sizes)]
    if dtypes is not None:
        given = list(dtypes) if isinstance(dtypes, (list, tuple)) else [dtypes] * len(sizes)
        if len(given) != len(sizes):
            raise ValueError(f"{len(given)} dtypes for {len(sizes)} sizes: one for each is needed")
        kinds = [given]
    elif any(isinstance(module, (Embedding, EmbeddingBag)) for module in model.modules()):
        kinds.insert(0, [names_of_dtypes.int64] * len(sizes))
    for shapes, note in ways:
        for chosen in kinds:
            tensors = tuple(_example(*pair) for pair in zip(shapes, chosen, strict=True))
            yield tensors, kwargs, note


def _dtype_of(model: Module) -> Any:
    for parameter in model.parameters():
        if parameter.is_floating_point() or parameter.is_complex():
            return parameter.dtype
    return names_of_dtypes.get_default_dtype()


def _example(size: tuple[int, ...], dtype: Any) -> Tensor:
    """Normal numbers; of integers, zeros, which every embedding knows."""
    numbers = np.random.default_rng(0).standard_normal(size)
    tensor = as_tensor(np.asarray(numbers, dtype=np.float64))
    whole = not (dtype.is_floating_point or dtype.is_complex)
    return (tensor * 0 if whole else tensor).to(dtype)
