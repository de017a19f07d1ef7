"""What all pictures share of Matplotlib. Only this package's pictures import it, when they draw.

Figures are made without pyplot: none stays behind in its list, no window opens, and no setting
of the user's is changed. The colours are those of Okabe and Ito, which people who see colours
differently can tell apart; lines differ in their markers and dashes, too, for print in grey.
"""

from __future__ import annotations

import base64
import io
import math
import textwrap
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

if TYPE_CHECKING:
    from minitorch.inspect.plots.picture import Panels

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PINK, SKY, GREY = "#CC79A7", "#56B4E9", "#7F7F7F"
SERIES = (
    (BLUE, "-", "o"), (RED, "--", "s"), (GREEN, "-.", "^"), (PINK, ":", "D"), (ORANGE, "-", "v"),
    (SKY, "--", "P"),
)  # fmt: skip
BROKEN = "#FF00FF"  # NaN and infinities: a colour that no colour map has
SMALL, TINY = 8, 6.5  # points


class Drawing(Figure):
    """A figure that a notebook shows, though pyplot does not know it."""

    def _repr_png_(self) -> bytes:
        return encoded(self, "png", 110)


def axes_for(panels: Panels, ax: Axes | None, title: str) -> tuple[Figure, list[Axes]]:
    """As many axes as a picture needs: in a figure of their own, or in the place of `ax`."""
    if ax is not None and panels.total == 1:
        ax.set_title(title, fontsize=10)
        return ax.figure.figure, [ax]
    if ax is None:
        size = panels.width * panels.columns, panels.height * panels.rows + 0.3
        figure: Any = Drawing(figsize=size, layout="constrained")
        place: Any = figure
    else:
        spec, parent = ax.get_subplotspec(), ax.figure
        if spec is None:
            raise ValueError(
                f"this picture has {panels.total} panels, which take the place of ax in its grid; "
                "ax must be one of figure.subplots() or figure.add_subplot(), but it is in no grid"
            )
        ax.remove()
        figure, place = parent.figure, parent.add_subfigure(spec)
    grid = place.subplots(panels.rows, panels.columns, squeeze=False).ravel()
    for spare in grid[panels.total :]:
        spare.set_axis_off()
    if panels.total == 1:
        grid[0].set_title(title, fontsize=10)
    else:
        place.suptitle(title, fontsize=10)
    return figure, list(grid[: panels.total])


def encoded(figure: Figure, kind: str, dpi: float) -> bytes:
    """The contents of a picture's file; the same picture gives the same bytes."""
    buffer = io.BytesIO()
    dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    figure.savefig(buffer, format=kind, dpi=dpi, metadata=dated.get(kind))
    return buffer.getvalue()


def data_uri(figure: Figure) -> str:
    """The picture as an address that holds it."""
    content = base64.b64encode(encoded(figure, "png", 110)).decode()
    return f"data:image/png;base64,{content}"


def colours(name: str) -> Colormap:
    """A colour map in which what is not finite stands out."""
    return mpl.colormaps[name].with_extremes(bad=BROKEN)


def grid(axes: Axes, axis: Literal["both", "x", "y"] = "both") -> None:
    """Faint lines behind the curves, and small letters."""
    axes.grid(alpha=0.3, linewidth=0.6, axis=axis)
    axes.set_axisbelow(True)
    letters(axes)


def decades(axes: Axes, low: float, high: float) -> None:
    """A logarithmic axis below that shows two powers of ten at least, and labels nothing else.

    Labels of what lies between them would run into each other.
    """
    least, most = math.log10(low), math.log10(high)
    if math.floor(most) - math.ceil(least) < 1:
        first = math.floor(least)
        axes.set_xlim(0.8 * 10.0**first, 1.25 * 10.0 ** max(math.ceil(most), first + 1))
    axes.xaxis.set_minor_formatter(NullFormatter())


def letters(axes: Axes) -> None:
    """Small letters at the axes."""
    axes.tick_params(labelsize=SMALL)
    axes.xaxis.label.set_fontsize(SMALL + 1)
    axes.yaxis.label.set_fontsize(SMALL + 1)


def whole(axes: Axes) -> None:
    """Ticks below at whole numbers alone: there is no half an epoch to speak of."""
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def heading(axes: Axes, text: str) -> None:
    """The title of one panel among several; a long one has two lines, and loses its beginning."""
    lines = [text] if len(text) <= 36 else text.split(" · ")
    axes.set_title(
        "\n".join(line if len(line) <= 36 else f"…{line[-35:]}" for line in lines), fontsize=SMALL
    )


def said_in(axes: Axes, text: str, colour: str = RED) -> None:
    """Words in the place of a picture that cannot be drawn."""
    axes.text(
        0.5, 0.5, textwrap.fill(text, 34), transform=axes.transAxes, ha="center", va="center",
        color=colour, fontsize=SMALL,
    )  # fmt: skip
    axes.set(xticks=[], yticks=[])


def image(axes: Axes, values: np.ma.MaskedArray[Any, Any], unit: str = "") -> None:
    """A picture of numbers with its scale: from 0 in one colour, or around 0 in two.

    What is masked is left out, what is not finite is in magenta.
    """
    found = values.compressed()
    finite = found[np.isfinite(found)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    if low < 0:
        name, high = "RdBu_r", max(-low, high)
        low = -high
    else:
        name, low, high = "viridis", 0.0, high or 1.0
    scale = ScalarMappable(Normalize(low, high), colours(name))
    coloured = scale.to_rgba(np.ma.masked_invalid(values.data))
    coloured[np.ma.getmaskarray(values)] = 0.0
    axes.imshow(coloured, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_visible(False)
    bar = axes.figure.colorbar(scale, ax=axes, shrink=0.85, pad=0.02)
    bar.set_label(unit, size=TINY)
    bar.ax.tick_params(labelsize=TINY)
    bar.outline.set_visible(False)
