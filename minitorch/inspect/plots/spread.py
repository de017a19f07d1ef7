"""How numbers are spread: histograms that bear NaN, infinities, and no numbers at all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.inspect.plots.letters import sparkline
from minitorch.inspect.plots.models import check_module
from minitorch.inspect.plots.picture import Panels, Picture, canvas_for
from minitorch.nn import Module
from minitorch.nn.parameter import is_lazy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BINS = 40
MOST = 24  # panels of one picture


def values_of(tensor: Any) -> np.ndarray:
    """A tensor's numbers in float64 (complex ones as they are); the tensor stays as it is."""
    array = np.asarray(tensor._value)
    return array if array.dtype.kind == "c" else array.astype(np.float64)


class Spread:
    """The numbers of one array: their histogram, and what they are in a few words.

    Attributes:
        name, shape: of the array.
        counts, edges: the histogram of what is finite, of complex numbers the moduli's.
        mean, std, low, high: of the same; nan where there is nothing.
        zeros, nan, infinite: how many there are.
        moduli: whether they are complex, so that these numbers are of their moduli.
        missing: why there are no numbers, or an empty text.
    """

    def __init__(
        self, name: str, array: np.ndarray | None, bins: int | None = None, missing: str = ""
    ) -> None:
        values = np.zeros(0) if array is None else array
        self.name, self.shape = name, () if array is None else array.shape
        self.missing = missing or ("" if values.size else "empty")
        self.moduli = values.dtype.kind == "c"
        if self.moduli:
            values = np.abs(values)
        finite = values[np.isfinite(values)]
        self.size = values.size
        self.nan = int(np.isnan(values).sum())
        self.infinite = values.size - self.nan - finite.size
        self.zeros = int((finite == 0).sum())
        self.counts, self.edges = histogram(finite, bins)
        with np.errstate(over="ignore", invalid="ignore"):  # squares of huge numbers
            self.mean, self.std, self.low, self.high = (
                float(f(finite)) if finite.size else math.nan
                for f in (np.mean, np.std, np.min, np.max)
            )

    def row(self) -> dict[str, Any]:
        """The numbers of a table."""
        known = {"mean": self.mean, "std": self.std, "min": self.low, "max": self.high}
        return {
            "name": self.name, "shape": self.shape,
            **{key: None if math.isnan(value) else value for key, value in known.items()},
            "zeros": self.zeros, "nan": self.nan, "infinite": self.infinite,
        }  # fmt: skip

    @property
    def warning(self) -> str:
        """What is wrong with the numbers, in a few words; empty if nothing is."""
        if self.missing:
            return self.missing
        broken = [
            f"{count} {what}" for count, what in ((self.nan, "NaN"), (self.infinite, "infinite"))
            if count
        ]  # fmt: skip
        return f"{' and '.join(broken)} of {self.size}" if broken else ""


def histogram(finite: np.ndarray, bins: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Counts and edges; one bin if the numbers lie too near to each other for more.

    If it is not said how many, few numbers have fewer bins than many.
    """
    if not finite.size:
        return np.zeros(0, int), np.zeros(0)
    bins = bins or min(max(5, round(3 * finite.size ** (1 / 3))), MOST_BINS)
    scale = float(np.abs(finite).max()) or 1.0  # the width of huge numbers must not overflow
    if scale < 1e300:
        scale = 1.0
    try:
        counts, edges = np.histogram(finite / scale, bins)
    except ValueError:
        return np.array([finite.size]), np.array([finite.min(), finite.max()])
    return counts, edges * scale


class Histograms(Picture):
    """Histograms side by side; what `weight_histograms` and `gradient_histograms` return.

    Attributes:
        spreads: a `Spread` for each tensor.
    """

    def __init__(self, title: str, spreads: list[Spread], unit: str) -> None:
        self.title, self.spreads, self.unit = title, spreads, unit

    def __getitem__(self, name: str) -> Spread:
        """The histogram of a name."""
        for spread in self.spreads:
            if spread.name == name:
                return spread
        raise KeyError(f"{name!r}: there are {', '.join(s.name for s in self.spreads) or 'none'}")

    def __len__(self) -> int:
        """How many there are."""
        return len(self.spreads)

    def rows(self) -> list[dict[str, Any]]:
        return [spread.row() for spread in self.spreads]

    def __repr__(self) -> str:
        return f"<Histograms: {self.title}, {len(self)} tensors>"

    def notes(self) -> list[str]:
        if not self.spreads:
            return ["The model has no parameters."]
        said = [f"{s.name}: {s.warning}." for s in self.spreads if s.warning]
        if len(self.spreads) > MOST:
            said.append(f"The picture shows the first {MOST} of {len(self.spreads)}.")
        return said

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        head, lines = super()._cells()
        for line, spread in zip(lines, self.spreads):
            line.append(sparkline(spread.counts.tolist(), 16) if spread.counts.size else "")
        return [*head, "histogram"], lines

    def _panels(self) -> Panels:
        count = min(max(len(self.spreads), 1), MOST)
        return Panels(count, min(count, 4), 2.5 if count > 1 else 4.5, 1.9 if count > 1 else 2.8)

    def _paint(self, axes: list[Axes]) -> None:
        canvas = canvas_for("Histograms.plot")
        if not self.spreads:
            return canvas.said_in(axes[0], self.notes()[0])
        panels = self._panels()
        for i, (ax, spread) in enumerate(zip(axes, self.spreads)):
            paint_spread(canvas, ax, spread)
            shape = "" if spread.missing else said_shape(spread.shape)
            canvas.heading(ax, f"{spread.name} {shape}")
            if i >= panels.total - panels.columns:
                unit = f"modulus of the {self.unit}" if spread.moduli else self.unit
                ax.set_xlabel(f"{unit} (dashed: mean)", fontsize=canvas.SMALL, loc="left")
            if i % panels.columns == 0:
                ax.set_ylabel("count", fontsize=canvas.SMALL)


def said_shape(shape: tuple[int, ...]) -> str:
    """A shape as `(3×4)`."""
    return f"({'×'.join(map(str, shape))})" if shape else "a number"


def paint_spread(canvas: Any, ax: Axes, spread: Spread) -> None:
    """One histogram, with what is broken in words."""
    canvas.grid(ax, "y")
    if not spread.counts.size:
        return canvas.said_in(ax, spread.warning)
    ax.stairs(spread.counts, spread.edges, fill=True, color=canvas.BLUE, alpha=0.75)
    ax.axvline(spread.mean, color=canvas.RED, linewidth=1, linestyle="--")
    top = float(spread.counts.max())
    ax.set_ylim(0, (1.3 if spread.warning else 1.05) * top)  # room for the words
    ax.ticklabel_format(axis="both", style="sci", scilimits=(-3, 4), useMathText=True)
    ax.locator_params(nbins=4)
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_offset_text().set_fontsize(canvas.TINY)
    if spread.warning:
        ax.text(
            0.97, 0.95, spread.warning, transform=ax.transAxes, ha="right", va="top",
            color=canvas.RED, fontsize=canvas.SMALL,
        )  # fmt: skip


def weight_histograms(model: Module, bins: int | None = None) -> Histograms:
    """How the numbers of each parameter are spread.

    Example:
        >>> net = torch.nn.Linear(2, 1)
        >>> with torch.no_grad():
        ...     _ = net.weight.copy_(torch.tensor([[1.0, 3.0]]))
        >>> weights = torch.inspect.weight_histograms(net, bins=2)["weight"]
        >>> weights.counts, weights.edges, weights.mean
        (array([1, 1]), array([1., 2., 3.]), 2.0)
    """
    return Histograms("Weights", _spreads(model, bins, "weight_histograms"), "value")


def gradient_histograms(model: Module, bins: int | None = None) -> Histograms:
    """How the numbers of each parameter's `.grad` are spread, as they are now."""
    spreads = _spreads(model, bins, "gradient_histograms", gradients=True)
    return Histograms("Gradients", spreads, "gradient")


def _spreads(model: Module, bins: int | None, what: str, gradients: bool = False) -> list[Spread]:
    check_module(model, what)
    if bins is not None and (not isinstance(bins, int) or bins < 1):
        raise ValueError(f"{what}: bins must be an int of at least 1, or None, got {bins!r}")
    spreads = []
    for name, parameter in model.named_parameters():
        tensor: Any = parameter
        missing = ""
        if is_lazy(parameter):
            tensor, missing = None, "no shape yet"
        elif gradients:
            tensor = parameter.grad
            absent = "no gradient" if parameter.requires_grad else "frozen"
            missing = absent if tensor is None else ""
        array = None if tensor is None else values_of(tensor)
        spreads.append(Spread(name, array, bins, missing))
    return spreads
