"""The case: what was observed of a model, for the checks to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.tensor import Tensor
from minitorch.inspect.diagnosis.places import Place, named
from minitorch.nn import AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout
from minitorch.nn.modules.batchnorm import _BatchNorm
from minitorch.nn.modules.conv import Conv1d
from minitorch.nn.modules.module import Module

DROPOUTS = (Dropout, Dropout1d, Dropout2d, Dropout3d, AlphaDropout, FeatureAlphaDropout)


@dataclass
class Data:
    """Numbers about an array: the data as it reaches a layer."""

    shape: tuple[int, ...]
    least: float
    greatest: float
    mean: float
    deviation: float
    spread: float = 1.0  # the largest deviation of a feature over the least that is not 0


@dataclass
class Layer:
    """What was seen of a module: its first input, which units were above 0 of late.

    `place` tells of an activation that is no module; of others `module` is that.
    """

    module: Module | None = None
    place: str = ""
    data: Data | None = None
    active: np.ndarray | None = None  # by units: whether above 0 in the window under way,
    rows: int = 0  # of so many rows,
    before: np.ndarray | None = None  # and in the window before it
    rows_before: int = 0
    calls: int = 0
    lone: int = 0  # calls with a batch of one


@dataclass
class Birth:
    """Where the first NaN or inf came from."""

    what: str  # nan or inf
    operation: str
    place: Place
    backward: bool = False
    inputs: str = ""


@dataclass
class Pair:
    """What a loss compared: copies of the output and the target, and the loss."""

    output: np.ndarray
    target: np.ndarray
    loss: float


@dataclass(repr=False)
class Case:
    """A model under examination (`watched`: in a loop) and everything observed of it."""

    model: Module
    loss_fn: Any = None
    optimizers: list[Any] = field(default_factory=list)
    watched: bool = False
    paths: dict[int, str] = field(default_factory=dict)
    alive: list[Any] = field(default_factory=list)  # the modules whose ids are in `paths`
    # data
    inputs: list[np.ndarray] = field(default_factory=list)
    splits: tuple[Any, Any] | None = None
    # forward passes
    layers: dict[str, Layer] = field(default_factory=dict)  # by their paths
    # by their ids: whose result went straight into whom
    chains: dict[tuple[int, int], tuple[Module, Module]] = field(default_factory=dict)
    forwards: int = 0  # recorded ones
    untrained: int = 0  # backward passes of forwards in evaluation mode
    recent: tuple[np.ndarray, np.ndarray] | None = None  # rows of a late input and its output
    silent: int = 0  # forwards under no_grad, for evaluation
    loud: int = 0  # of these, with the model in training mode
    silent_output: bool = False  # whether forward returned None
    # the loss
    first: Pair | None = None
    last: Pair | None = None
    targets: list[np.ndarray] = field(default_factory=list)
    head: str = ""  # the operation that made the output
    kinds: list[str] = field(default_factory=list)  # operations from output to loss
    fed: str = ""  # what the cross entropy in the loss was given,
    classes: int = 0  # and of how many classes
    broadcasts: list[tuple[Any, Any]] = field(default_factory=list)
    loss_shape: tuple[int, ...] | None = ()
    constant: str = ""  # why no gradient leads from the loss to the model
    # the phase in which an error came, its first line, its place, a hint, and its class
    error: tuple[str, str, str, str, type[BaseException]] | None = None
    birth: Birth | None = None
    nonfinite: str = ""  # what was first seen to be nan or inf, and when
    # gradients
    gradients: dict[str, list[float]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    equal: list[str] = field(default_factory=list)  # weights whose rows were all the same
    backwards: int = 0
    # steps
    steps: int = 0
    others: int = 0  # steps of optimizers that have none of the model's parameters
    losses: list[float] = field(default_factory=list)  # one for each step
    updates: list[float] = field(default_factory=list)  # |Δw| / |w| of the median layer
    rates: list[float] = field(default_factory=list)  # the largest of them, with each update
    empty: int = 0  # steps at which no parameter had a gradient
    cleared: int = 0  # of these, after a backward
    stale: int = 0  # steps with the gradients of the step before
    uncleared: list[float] = field(default_factory=list)  # |g| at steps on uncleared gradients
    uncleared_names: set[str] = field(default_factory=set)
    changed: bool = False  # whether parameters changed without a step
    # repetitions
    differs: str = ""  # what two runs from one seed disagree in
    overfitted: tuple[float, float, int] | None = None  # loss before, after, and steps
    trouble: str = ""  # what the doctor itself failed at

    def __post_init__(self) -> None:
        self.subject = self.model  # the one that is run: the model or a copy
        # of arrays of three axes the second is that of channels where there are 1-d convolutions
        self.sequences = any(isinstance(m, Conv1d) for m in self.model.modules())
        self.adopt(self.model)

    def adopt(self, model: Module) -> None:
        """Know the modules of a copy of the model by their paths, too."""
        self.alive.append(model)
        self.paths.update({id(m): name for name, m in model.named_modules()})

    @property
    def first_loss(self) -> float:
        """The size of the first loss that was seen, or 0."""
        seen = self.first is not None and np.isfinite(self.first.loss)
        return abs(self.first.loss) if self.first is not None and seen else 0.0

    # -- what checks ask for --------------------------------------------------------------------

    def trainable(self) -> dict[str, Any]:
        """The parameters that require grad, by name."""
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}

    def held(self) -> list[Any]:
        """The parameters of the optimizers, as often as they are listed."""
        groups = [group for each in self.optimizers for group in each.param_groups]
        return [p for group in groups for p in group["params"]]

    def sensitive(self) -> Iterator[Module]:
        """The modules that compute something else in training than in evaluation."""
        for module in self.model.modules():
            dropout = isinstance(module, DROPOUTS) and module.p > 0
            if dropout or (isinstance(module, _BatchNorm) and module.track_running_stats):
                yield module

    def name(self, module: Module) -> str:
        """A module by its path."""
        return named(module, self.paths)

    def loss_kind(self) -> str:
        """A name out of `KINDS`, or "" where none is known."""
        in_graph = (GRAPH_KINDS[name] for name in self.kinds if name in GRAPH_KINDS)
        return self.direct_kind() or next(in_graph, "")

    def direct_kind(self) -> str:
        """The same where `loss_fn` is that loss: no function of the user's that reshapes first."""
        given = self.loss_fn
        return KINDS.get(getattr(given, "__name__", type(given).__name__), "")


KINDS = {
    "CrossEntropyLoss": "cross_entropy", "cross_entropy": "cross_entropy",
    "NLLLoss": "nll", "nll_loss": "nll",
    "BCELoss": "bce", "binary_cross_entropy": "bce",
    "BCEWithLogitsLoss": "bce_logits", "binary_cross_entropy_with_logits": "bce_logits",
    "MSELoss": "mse", "mse_loss": "mse", "L1Loss": "l1", "l1_loss": "l1",
    "SmoothL1Loss": "l1", "smooth_l1_loss": "l1", "HuberLoss": "l1", "huber_loss": "l1",
}  # fmt: skip
GRAPH_KINDS = {
    "cross_entropy": "cross_entropy",
    "binary_cross_entropy": "bce",
    "logit_cross_entropy": "bce_logits",
}
CLASSES = ("cross_entropy", "nll")
REGRESSIONS = ("mse", "l1")


def first_tensor(value: Any) -> Tensor | None:
    """The first tensor in what a model takes or gives: itself, or in a container."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return next((t for t in map(first_tensor, value) if t is not None), None)
    return None


def array_of(value: Any) -> np.ndarray | None:
    """The numbers of a tensor; None of what has none, as under a transform."""
    array = value._value if isinstance(value, Box) else value
    return array if type(array) is np.ndarray else None


def finite(array: np.ndarray) -> bool:
    """Whether all numbers are finite."""
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def shown(x: float) -> str:
    """A number with three digits."""
    return f"{x:.3g}"


def several(names: list[str], most: int = 4) -> str:
    """The first few of a list of names."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
