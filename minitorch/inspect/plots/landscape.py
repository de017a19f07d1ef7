"""The loss around a model, along directions in the space of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.modes import no_grad
from minitorch.inspect.plots.letters import chart, shades
from minitorch.inspect.plots.models import check_ready, speaking_as
from minitorch.inspect.plots.picture import Panels, Picture, canvas_for
from minitorch.inspect.undisturbed import undisturbed
from minitorch.nn import Module
from minitorch.training.batches import split
from minitorch.training.history import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Direction = list[tuple[np.ndarray, np.ndarray, np.ndarray]]  # a parameter's array, origin, way


class LossLandscape(Picture):
    """The loss over one or two directions; what `loss_landscape` returns.

    Attributes:
        x, y: where along the first and the second direction; `y` is None of one.
        losses: `(len(x),)`, or `(len(y), len(x))`; nan or inf where the loss is not finite.
        center: the loss of the model as it is, or of `start` for a line between two states.
        along: "random" or "line".
    """

    def __init__(
        self, x: np.ndarray, y: np.ndarray | None, losses: np.ndarray, center: float, along: str
    ) -> None:
        self.x, self.y, self.losses, self.center, self.along = x, y, losses, center, along
        self.title = "Loss around the model" if along == "random" else "Loss between two states"

    def rows(self) -> list[dict[str, Any]]:
        if self.y is None:
            return [{"x": float(x), "loss": float(v)} for x, v in zip(self.x, self.losses)]
        return [
            {"x": float(x), "y": float(y), "loss": float(value)}
            for y, line in zip(self.y, self.losses)
            for x, value in zip(self.x, line)
        ]

    def notes(self) -> list[str]:
        finite = self.losses[np.isfinite(self.losses)]
        where = "the model" if self.along == "random" else "the start"
        notes = [f"At {where} the loss is {shown(self.center)}."]
        if finite.size:
            notes.append(
                f"It goes from {shown(float(finite.min()))} to {shown(float(finite.max()))}."
            )
        if broken := self.losses.size - finite.size:
            notes.append(f"It is not finite at {broken} of {self.losses.size} points.")
        return notes

    def __str__(self) -> str:
        if self.y is None:
            label = "along the direction" if self.along == "random" else "from start 0 to end 1"
            drawn = [chart(self.x.tolist(), {"loss": self.losses.tolist()}, x_label=label)]
        else:
            drawn = [shades(self.losses[::-1], log=_steep(self.losses))]
        return "\n".join([self.title, *drawn, *self.notes()])

    def __repr__(self) -> str:
        size = "×".join(map(str, self.losses.shape))
        return f"<LossLandscape: {size} losses, {shown(self.center)} at the origin>"

    def _panels(self) -> Panels:
        return Panels(1, 1, 5.4, 3.4 if self.y is None else 4.4)

    def _paint(self, axes: list[Axes]) -> None:
        canvas, (ax,) = canvas_for("LossLandscape.plot"), axes
        if not np.isfinite(self.losses).any():
            return canvas.said_in(ax, "The loss is finite nowhere.")
        (self._paint_line if self.y is None else self._paint_plane)(canvas, ax)

    def _paint_line(self, canvas: Any, ax: Axes) -> None:
        ax.plot(self.x, self.losses, ".-", color=canvas.BLUE)
        for x in self.x[~np.isfinite(self.losses)]:
            ax.axvline(x, color=canvas.RED, alpha=0.25, linewidth=3)
        marks = [("the model", 0.0)] if self.along == "random" else [("start", 0.0), ("end", 1.0)]
        for (label, at), (colour, _, mark) in zip(marks, canvas.SERIES[1:]):
            height = float(np.interp(at, self.x, self.losses))
            ax.plot([at], [height], mark, color=colour, label=label, markersize=7)
        if _steep(self.losses):
            ax.set_yscale("log")
        unit = "the parameters' own size" if self.along == "random" else "the way from start to end"
        ax.set(xlabel=f"distance, in units of {unit}", ylabel="loss")
        canvas.grid(ax)
        ax.legend(fontsize=canvas.SMALL)

    def _paint_plane(self, canvas: Any, ax: Any) -> None:
        finite = self.losses[np.isfinite(self.losses)]
        log = _steep(self.losses)
        drawn = ax.pcolormesh(
            self.x, self.y, np.ma.masked_invalid(self.losses),
            cmap=canvas.colours("viridis"), norm="log" if log else "linear", shading="nearest",
        )  # fmt: skip
        drawn.set_clim(finite.min(), finite.max())
        if finite.size == self.losses.size and finite.min() < finite.max():
            spaced = np.geomspace if log else np.linspace
            levels = spaced(finite.min(), finite.max(), 12)[1:-1]
            ax.contour(self.x, self.y, self.losses, levels, colors="white", linewidths=0.6)
        ax.plot([0], [0], "*", color=canvas.RED, markeredgecolor="white", markersize=13)
        bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.85)
        bar.set_label("loss (log scale)" if log else "loss", size=canvas.SMALL)
        bar.ax.tick_params(labelsize=canvas.TINY)
        ax.set(xlabel="first direction, in the parameters' own size",
               ylabel="second direction", aspect="equal")  # fmt: skip
        canvas.letters(ax)


def _steep(losses: np.ndarray) -> bool:
    finite = losses[np.isfinite(losses)]
    return bool(finite.size and finite.min() > 0 and finite.max() > 50 * finite.min())


def loss_landscape(
    model: Module,
    loss_fn: Callable[[Any, Any], Any],
    batch: Any,
    *,
    directions: int = 2,
    steps: int | None = None,
    span: float = 1.0,
    seed: int = 0,
    between: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None,
) -> LossLandscape:
    """The loss on one batch, as the parameters leave where they are.

    They move along random directions, each filter of which is as long as the parameters' own
    filter; biases and other vectors stay (Li et al., "Visualizing the Loss Landscape of Neural
    Nets", arXiv 1712.09913). Or they move along the line between two states of the model
    (Goodfellow et al., arXiv 1412.6544). The model is evaluated in evaluation mode and left as
    it was, bit for bit.

    Args:
        model, loss_fn: the loss is `loss_fn(model(inputs), targets)`.
        batch: `(inputs, targets)`, several inputs, or a dict with a target, as for `fit`.
        directions: 1 gives a curve, 2 a plane.
        steps: points along each direction; 41 of one, 21 × 21 of two, 43 of a line if None. In
            random directions there is one more if they are even, so that the model is among them.
        span: how far to go to both sides: 1 is as far as the filters are long.
        seed: of the directions; they come from a generator of their own.
        between: two `state_dict()`s, the start at 0 and the end at 1; `span` and `seed` then do
            not count, and the line goes on for a quarter on both sides.

    Example:
        >>> net = torch.nn.Linear(2, 1, bias=False)
        >>> batch = torch.eye(2), net(torch.eye(2)).detach()
        >>> seen = torch.inspect.loss_landscape(net, torch.nn.MSELoss(), batch, directions=1)
        >>> seen.losses.shape, seen.center, float(seen.x[seen.losses.argmin()])
        ((41,), 0.0, 0.0)
    """
    check_ready(model, "loss_landscape")
    if directions not in (1, 2) or (steps is not None and steps < 3) or not span > 0:
        raise ValueError(
            "loss_landscape: expected directions of 1 or 2, at least 3 steps, and span above 0, "
            f"got directions={directions}, steps={steps}, span={span}"
        )
    with speaking_as("loss_landscape"):
        inputs, named, target = split(batch)

    def loss() -> float:
        with np.errstate(all="ignore"):
            return float(loss_fn(model(*inputs, **named), target).item())

    modules = [each for each in (model, loss_fn) if isinstance(each, Module)]
    with undisturbed(*modules), no_grad():
        model.eval()
        if between is not None:
            ways = [_line(model, *between)]
            x = np.linspace(-0.25, 1.25, steps or 43).round(12)  # 0 and 1 among them
        else:
            rng = np.random.default_rng(seed)
            ways = [_random(model, rng) for _ in range(directions)]
            x = span * _centred(steps or (41 if directions == 1 else 21))
        _move(ways, [0.0] * len(ways))
        center = loss()
        plane = len(ways) == 2
        losses = np.array([[_at(ways, [a, b][: 1 + plane], loss) for a in x]
                           for b in (x if plane else [0.0])])  # fmt: skip
    along = "random" if between is None else "line"
    return LossLandscape(
        x, x.copy() if plane else None, losses if plane else losses[0], center, along
    )


def _centred(steps: int) -> np.ndarray:
    """Points from -1 to 1 of which one is exactly 0, so that the model itself is seen."""
    points = np.linspace(-1.0, 1.0, steps + (steps + 1) % 2)
    points[len(points) // 2] = 0.0
    return points


def _at(ways: list[Direction], where: list[float], loss: Callable[[], float]) -> float:
    _move(ways, where)
    return loss()


def _move(ways: list[Direction], where: list[float]) -> None:
    """Set each parameter to its origin and so much of each way; at 0 to the origin bit for bit."""
    for parts in zip(*ways):
        array, value = parts[0][0], parts[0][1]
        for distance, (_, _, way) in zip(where, parts):
            if distance:
                value = value + (distance * way).astype(value.dtype)
        np.copyto(array, value)


def _random(model: Module, rng: np.random.Generator) -> Direction:
    found: Direction = []
    for parameter in model.parameters():
        array = parameter._value
        if array.ndim < 2 or array.dtype.kind not in "fcV":
            continue
        way = rng.standard_normal(array.shape)
        if array.dtype.kind == "c":
            way = way + 1j * rng.standard_normal(array.shape)
        axes = tuple(range(1, array.ndim))
        origin = array.copy()
        wide = origin.astype(way.dtype)
        size = np.sqrt((np.abs(wide) ** 2).sum(axes, keepdims=True))
        length = np.sqrt((np.abs(way) ** 2).sum(axes, keepdims=True))
        found.append(
            (array, origin, way * np.divide(size, length, where=length > 0, out=length * 0))
        )
    if not found:
        raise ValueError(
            "loss_landscape: the model has no parameter of two or more dimensions to move; "
            "give between=(start, end), two state_dicts, to see the line between them"
        )
    return found


def _line(model: Module, start: Mapping[str, Any], end: Mapping[str, Any]) -> Direction:
    """From one state to the other; buffers of whole numbers are those of the start."""
    found: Direction = []
    for name, held in model.state_dict(keep_vars=True).items():
        if not isinstance(held, Box):
            continue
        array = held._value
        states = []
        for which, state in (("start", start), ("end", end)):
            if name not in state or tuple(state[name].shape) != array.shape:
                had = tuple(state[name].shape) if name in state else "nothing"
                raise ValueError(
                    f"loss_landscape: {name!r} is {array.shape} in the model, but {had} in the "
                    f"{which} of between=: give two state_dicts of this model"
                )
            states.append(np.array(state[name]._value))
        first, last = states
        still = array.dtype.kind in "iub"
        way = np.zeros(array.shape) if still else (last.astype(_wide(last)) - first)
        found.append((array, first.astype(array.dtype), way))
    return found


def _wide(array: np.ndarray) -> type:
    return np.complex128 if array.dtype.kind == "c" else np.float64
