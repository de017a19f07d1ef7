"""torch.utils._pytree: containers taken apart into leaves, and put together again.

Tuples, lists, named tuples, dicts, `OrderedDict`, `defaultdict`, `deque` and registered classes are
containers; anything else, None included, is a leaf.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

__all__ = [
    "LeafSpec", "PyTree", "TreeSpec", "is_namedtuple", "is_namedtuple_class",
    "register_pytree_node", "tree_all", "tree_all_only", "tree_any", "tree_any_only",
    "tree_flatten", "tree_is_leaf", "tree_iter", "tree_leaves", "tree_map", "tree_map_",
    "tree_map_only", "tree_map_only_", "tree_structure", "tree_unflatten",
]  # fmt: skip

PyTree = Any
IsLeaf = Callable[[Any], bool] | None
FlattenFn = Callable[[Any], tuple[list[Any], Any]]
UnflattenFn = Callable[[Iterable[Any], Any], Any]


class Kind(NamedTuple):
    """How containers of one class are taken apart, and put together from parts and context."""

    flatten: FlattenFn
    unflatten: UnflattenFn


def _same_keys(value: Any) -> tuple[list[Any], Any]:
    return list(value.values()), list(value)


def _make(parts: Iterable[Any], kind: Any) -> Any:
    return kind(*parts)


NAMED = Kind(lambda value: (list(value), type(value)), _make)
_kinds: dict[type, Kind] = {
    tuple: Kind(lambda value: (list(value), None), lambda parts, _: tuple(parts)),
    list: Kind(lambda value: (value, None), lambda parts, _: list(parts)),
    dict: Kind(_same_keys, lambda parts, keys: dict(zip(keys, parts))),
    OrderedDict: Kind(_same_keys, lambda parts, keys: OrderedDict(zip(keys, parts))),
    defaultdict: Kind(
        lambda value: (list(value.values()), [value.default_factory, list(value)]),
        lambda parts, known: defaultdict(known[0], zip(known[1], parts)),
    ),
    deque: Kind(
        lambda value: (list(value), value.maxlen), lambda parts, maxlen: deque(parts, maxlen)
    ),
}


def register_pytree_node(
    cls: type, flatten_fn: FlattenFn, unflatten_fn: UnflattenFn, **names: Any
) -> None:
    """Let objects of a class be containers.

    Args:
        cls: the class itself; classes derived from it are registered on their own.
        flatten_fn: gives, for an object, the list of its parts and whatever else makes it up.
        unflatten_fn: makes an object of parts and that.
        names: for serialization, which is not here; ignored.

    Raises:
        ValueError: the class is registered already.
    """
    if cls in _kinds:
        raise ValueError(f"{cls} is already registered as pytree node.")
    _kinds[cls] = Kind(flatten_fn, unflatten_fn)


def is_namedtuple_class(cls: type) -> bool:
    """Whether a class is one of named tuples."""
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")


def is_namedtuple(obj: Any) -> bool:
    """Whether an object is a named tuple, or a class of such."""
    return is_namedtuple_class(obj if isinstance(obj, type) else type(obj))


def _kind_of(value: Any) -> Kind | None:
    kind = _kinds.get(type(value))
    if kind is None and is_namedtuple_class(type(value)):
        return NAMED
    return kind


def tree_is_leaf(tree: PyTree, is_leaf: IsLeaf = None) -> bool:
    """Whether a value is no container, or one that `is_leaf` takes for a leaf."""
    return (is_leaf is not None and is_leaf(tree)) or _kind_of(tree) is None


class TreeSpec:
    """The structure of a container without its leaves.

    Attributes:
        type: the class of the container, None of a leaf.
        context: what else makes it up: the keys of a dict.
        num_nodes, num_leaves, num_children: how many there are in all, and right below.
    """

    __slots__ = ("_children", "_unflatten", "context", "num_leaves", "num_nodes", "type")

    def __init__(
        self, type: Any, context: Any, children: list[TreeSpec], unflatten: Any = None
    ) -> None:
        self.type, self.context, self._children = type, context, children
        self._unflatten: Any = unflatten or (_kinds[type].unflatten if type in _kinds else None)
        self.num_nodes: int = 1 + sum(child.num_nodes for child in children)
        self.num_leaves: int = (
            sum(child.num_leaves for child in children) if type is not None else 1
        )

    @property
    def num_children(self) -> int:
        return len(self._children)

    def children(self) -> list[TreeSpec]:
        """The structures of the parts."""
        return self._children.copy()

    def child(self, index: int) -> TreeSpec:
        """The structure of one part."""
        return self._children[index]

    def is_leaf(self) -> bool:
        """Whether this is the structure of a leaf."""
        return self.type is None

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """The container with these leaves.

        Raises:
            ValueError: there are too many or too few of them.
        """
        leaves = leaves if isinstance(leaves, (list, tuple)) else list(leaves)
        if len(leaves) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(leaves)} but the spec "
                f"refers to a pytree that holds {self.num_leaves} items ({self})."
            )
        return self._build(iter(leaves))

    def _build(self, leaves: Iterator[Any]) -> Any:
        if self.type is None:
            return next(leaves)
        return self._unflatten([child._build(leaves) for child in self._children], self.context)

    def flatten_up_to(self, tree: PyTree) -> list[Any]:
        """The parts of another value that stand where the leaves of this structure are.

        Raises:
            ValueError: its structure is not this one.
        """
        if self.type is None:
            return [tree]
        kind = _kind_of(tree)
        if type(tree) is not self.type or kind is None:
            raise ValueError(
                f"Type mismatch; expected {self.type!r}, but got {type(tree)!r} for {self}"
            )
        parts, context = kind.flatten(tree)
        if len(parts) != len(self._children):
            raise ValueError(
                f"Node arity mismatch; expected {len(self._children)}, but got {len(parts)}."
            )
        if issubclass(self.type, dict):
            if set(tree) != set(self._keys()):
                raise ValueError(f"Node keys mismatch; expected {self._keys()}, got {list(tree)}.")
            parts = [tree[key] for key in self._keys()]
        elif context != self.context:
            raise ValueError(
                f"Node context mismatch for {self.type}: {context!r}, not {self.context!r}."
            )
        pairs = zip(self._children, parts, strict=True)
        return [leaf for child, part in pairs for leaf in child.flatten_up_to(part)]

    def _keys(self) -> Any:
        return self.context[1] if self.type is defaultdict else self.context

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TreeSpec)
            and self.type is other.type
            and self.context == other.context
            and self._children == other._children
        )

    def __hash__(self) -> int:
        return hash((self.type, self.num_nodes, self.num_leaves))

    def __repr__(self) -> str:
        if self.type is None:
            return "*"
        inner = ",\n".join(map(repr, self._children)).replace("\n", "\n  ")
        return f"TreeSpec({self.type.__name__}, {self.context!r}, [{inner}])"


def LeafSpec() -> TreeSpec:
    """The structure of a leaf."""
    return TreeSpec(None, None, [])


_LEAF = TreeSpec(None, None, [])


def tree_flatten(tree: PyTree, is_leaf: IsLeaf = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of a value, in order, and its structure.

    Example:
        >>> from minitorch.utils._pytree import tree_flatten, tree_unflatten
        >>> leaves, spec = tree_flatten({"a": [1, 2], "b": (3,)})
        >>> leaves
        [1, 2, 3]
        >>> tree_unflatten([4, 5, 6], spec)
        {'a': [4, 5], 'b': (6,)}
    """
    leaves: list[Any] = []
    return leaves, _flatten(tree, is_leaf, leaves)


def _flatten(tree: PyTree, is_leaf: IsLeaf, leaves: list[Any]) -> TreeSpec:
    kind = None if is_leaf is not None and is_leaf(tree) else _kind_of(tree)
    if kind is None:
        leaves.append(tree)
        return _LEAF
    parts, context = kind.flatten(tree)
    children = [_flatten(part, is_leaf, leaves) for part in parts]
    return TreeSpec(type(tree), context, children, kind.unflatten)


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> PyTree:
    """The value of this structure with these leaves; the reverse of `tree_flatten`."""
    if not isinstance(treespec, TreeSpec):
        raise TypeError(
            "tree_unflatten(leaves, treespec): Expected `treespec` to be instance of TreeSpec but "
            f"got item of type {type(treespec)}."
        )
    return treespec.unflatten(leaves)


def tree_iter(tree: PyTree, is_leaf: IsLeaf = None) -> Iterator[Any]:
    """The leaves of a value, one after the other."""
    yield from tree_flatten(tree, is_leaf)[0]


def tree_leaves(tree: PyTree, is_leaf: IsLeaf = None) -> list[Any]:
    """The leaves of a value."""
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: PyTree, is_leaf: IsLeaf = None) -> TreeSpec:
    """The structure of a value."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(
    func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: IsLeaf = None
) -> PyTree:
    """A value of the same structure, with `func` of each leaf (and of those of the others).

    Example:
        >>> from minitorch.utils._pytree import tree_map
        >>> tree_map(lambda x: 10 * x, {"a": [1, 2], "b": 3})
        {'a': [10, 20], 'b': 30}
    """
    leaves, spec = tree_flatten(tree, is_leaf)
    columns = [leaves, *(spec.flatten_up_to(rest) for rest in rests)]
    return spec.unflatten([func(*row) for row in zip(*columns, strict=True)])


def tree_map_(
    func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: IsLeaf = None
) -> PyTree:
    """Call `func` with each leaf for what it does; the value itself is returned."""
    tree_map(func, tree, *rests, is_leaf=is_leaf)
    return tree


def _only(kind: Any, func: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`func` of what is of a class, of one of several, or passes a test; all else as it is."""
    if isinstance(kind, (type, tuple)):
        return lambda x: func(x) if isinstance(x, kind) else x
    return lambda x: func(x) if kind(x) else x


def tree_map_only(
    type_or_types_or_pred: Any, func: Callable[[Any], Any], tree: PyTree, is_leaf: IsLeaf = None
) -> PyTree:
    """`tree_map` that leaves alone whatever is not of the given class (or passes no test)."""
    return tree_map(_only(type_or_types_or_pred, func), tree, is_leaf=is_leaf)


def tree_map_only_(
    type_or_types_or_pred: Any, func: Callable[[Any], Any], tree: PyTree, is_leaf: IsLeaf = None
) -> PyTree:
    """`tree_map_` that leaves alone whatever is not of the given class (or passes no test)."""
    return tree_map_(_only(type_or_types_or_pred, func), tree, is_leaf=is_leaf)


def tree_all(pred: Callable[[Any], bool], tree: PyTree, is_leaf: IsLeaf = None) -> bool:
    """Whether all leaves pass a test."""
    return all(map(pred, tree_leaves(tree, is_leaf)))


def tree_any(pred: Callable[[Any], bool], tree: PyTree, is_leaf: IsLeaf = None) -> bool:
    """Whether a leaf passes a test."""
    return any(map(pred, tree_leaves(tree, is_leaf)))


def tree_all_only(
    type_or_types: Any, pred: Callable[[Any], bool], tree: PyTree, is_leaf: IsLeaf = None
) -> bool:
    """Whether all leaves of a class pass a test."""
    return all(pred(x) for x in tree_leaves(tree, is_leaf) if isinstance(x, type_or_types))


def tree_any_only(
    type_or_types: Any, pred: Callable[[Any], bool], tree: PyTree, is_leaf: IsLeaf = None
) -> bool:
    """Whether a leaf of a class passes a test."""
    return any(pred(x) for x in tree_leaves(tree, is_leaf) if isinstance(x, type_or_types))


def broadcast_prefix(prefix: PyTree, tree: PyTree) -> list[Any] | None:
    """For each leaf of `tree`, what stands for it in `prefix`, whose leaves may stand for parts.

    None if `prefix` fits no such tree.
    """
    kind = _kind_of(prefix)
    if kind is None:
        return [prefix] * len(tree_leaves(tree))
    own = _kind_of(tree)
    if own is None or type(prefix) is not type(tree):
        return None
    (parts, context), (others, known) = kind.flatten(prefix), own.flatten(tree)
    if len(parts) != len(others) or context != known:
        return None
    out: list[Any] = []
    for part, other in zip(parts, others, strict=True):
        found = broadcast_prefix(part, other)
        if found is None:
            return None
        out += found
    return out
