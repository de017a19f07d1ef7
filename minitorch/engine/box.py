"""A box: a NumPy array together with its place in the computation graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from minitorch.engine.modes import inferring, state

if TYPE_CHECKING:
    from minitorch.engine.node import Leaf, Node
    from minitorch.engine.views import View


class Box:
    """What both faces, `Tensor` and `Array`, are made of.

    `_value` is the array; `_node` its place in the graph (None where nothing tracks it);
    `_counter` a list, shared by all boxes of one storage, whose first element counts the writes
    to it (more of it: `engine/history.py`); `_view` says of which box this one is a view; `_idle`
    keeps the leaf (with its `.grad`) of a box that does not require grad just now, and is unset
    on most.
    """

    __slots__ = ("__dict__", "__weakref__", "_counter", "_idle", "_node", "_value", "_view")

    face: ClassVar[type[Box]]
    rank: ClassVar[int] = 0
    _conjugates: ClassVar[bool] = False  # whether it shows complex gradients conjugated
    _remembers: ClassVar[bool] = False  # what its in-place writes replace

    _value: np.ndarray
    _node: Node | None
    _counter: list[Any]
    _view: View | None
    _idle: Leaf

    if TYPE_CHECKING:  # every face has these; rules use no more of a box

        def __add__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...


B = TypeVar("B", bound=Box)
new = object.__new__


def fresh(face: type[B], value: Any) -> B:
    """An untracked box of the given face over `value`, whose memory it shares."""
    box = new(face)
    box._value = value
    box._node = None
    box._counter = [0] if not inferring else counter(face)
    box._view = None
    return box


class Uncounted(list[int]):
    """The counter of an inference tensor, which is of use in inference mode alone.

    An operation that saves a tensor for its derivative reads the count: elsewhere, that fails.
    """

    def __getitem__(self, i: Any) -> Any:
        if not state.inference:
            raise RuntimeError(
                "Inference tensors cannot be saved for backward. Please do not use Tensors created "
                "in inference mode in computation tracked by autograd. To work around this, you "
                "can make a clone to get a normal tensor and use it in autograd, or use "
                "`torch.no_grad()` instead of `torch.inference_mode()`."
            )
        return super().__getitem__(i)


def counter(face: type[Box]) -> list[Any]:
    """The counter of a new box, while `inference_mode` is live in some thread."""
    return Uncounted([0]) if state.inference and not face._remembers else [0]


def face_of(boxes: tuple[Box, ...]) -> type[Box]:
    """The face that results of an operation on these boxes have: `Tensor` wins over `Array`."""
    face = boxes[0].face
    for box in boxes[1:]:
        if box.face.rank > face.rank:
            face = box.face
    return face


def unboxed(value: Any) -> Any:
    """The array in a box; anything else as it is."""
    return value._value if isinstance(value, Box) else value
