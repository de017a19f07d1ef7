"""How the gradient flows: its size, layer by layer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from minitorch.inspect.plots.models import check_module
from minitorch.inspect.plots.picture import Panels, Picture, canvas_for
from minitorch.inspect.plots.spread import values_of
from minitorch.nn import Module
from minitorch.nn.parameter import is_lazy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TALLEST = 14.0  # inches
LONGEST = 60  # letters of a name; what is left out is its beginning


class Flow(NamedTuple):
    """The gradient of one layer: the mean and the largest modulus of all its numbers.

    `state` is "ok", or why there is less to see, with None for what is not there: "no gradient"
    (backward has not come here), "frozen" (nothing requires grad), "zero", "not finite", "empty"
    (no numbers), "no shape yet".
    """

    name: str
    kind: str
    size: int
    mean: float | None
    max: float | None
    state: str


class GradientFlow(Picture):
    """The sizes of the gradients by layer; what `gradient_flow` returns.

    Attributes:
        layers: a `Flow` for each layer, in the order in which the model has them.
    """

    title = "Gradient flow"

    def __init__(self, layers: list[Flow]) -> None:
        self.layers = layers

    def rows(self) -> list[dict[str, Any]]:
        return [layer._asdict() for layer in self.layers]

    def __repr__(self) -> str:
        bad = sum(layer.state != "ok" for layer in self.layers)
        return f"<GradientFlow of {len(self.layers)} layers{f', {bad} without' if bad else ''}>"

    def notes(self) -> list[str]:
        if not self.layers:
            return ["The model has no parameters."]
        notes = []
        if all(layer.state in ("no gradient", "frozen") for layer in self.layers):
            return ["No layer has a gradient: call loss.backward() first, and zero_grad() later."]
        for state, text in (
            ("no gradient", "No gradient came to"),
            ("zero", "All gradients are 0 in"),
            ("not finite", "Gradients are NaN or infinite in"),
        ):
            if names := [layer.name for layer in self.layers if layer.state == state]:
                notes.append(f"{text} {', '.join(names[:8])}{', …' if len(names) > 8 else ''}.")
        sizes = [layer.mean or 0.0 for layer in self.layers if layer.state == "ok"]
        if len(sizes) > 1 and max(sizes) > 1e4 * min(sizes):
            orders = math.log10(max(sizes) / min(sizes))
            notes.append(f"The layers' mean gradients lie {orders:.0f} orders of magnitude apart.")
        return notes

    def _panels(self) -> Panels:
        longest = max((len(self._label(layer)) for layer in self.layers), default=0)
        width = 6.4 + 0.075 * max(0, longest - 24)  # so that long names leave room to the lines
        return Panels(1, 1, width, min(max(1.0 + 0.27 * len(self.layers), 1.8), TALLEST))

    @staticmethod
    def _label(layer: Flow) -> str:
        text = f"{layer.name} · {layer.kind}"
        return text if len(text) <= LONGEST else f"…{text[1 - LONGEST :]}"

    def _paint(self, axes: list[Axes]) -> None:
        canvas, (ax,) = canvas_for("GradientFlow.plot"), axes
        if not self.layers:
            return canvas.said_in(ax, self.notes()[0])
        places = {layer: i for i, layer in enumerate(self.layers)}
        fine = [layer for layer in self.layers if layer.state == "ok"]
        rows = [places[layer] for layer in fine]
        line = [layer.mean or math.nan for layer in self.layers]
        means, tops = [layer.mean or 0.0 for layer in fine], [layer.max or 0.0 for layer in fine]
        ax.hlines(rows, means, tops, color=canvas.SKY, linewidth=3, alpha=0.6)
        ax.plot(line, range(len(line)), "o-", color=canvas.BLUE, linewidth=0.8, label="mean",
                markersize=5)  # fmt: skip
        ax.plot(tops, rows, "^", color=canvas.ORANGE, label="largest", markersize=6)
        ax.set_xscale("log")
        side = ax.get_yaxis_transform()  # in the width of the axes, at the height of the layer
        for layer, row in places.items():
            if layer.state != "ok":
                ax.axhspan(row - 0.45, row + 0.45, color=canvas.RED, alpha=0.12, linewidth=0)
                ax.text(
                    0.5, row, f"× {layer.state}", transform=side, color=canvas.RED,
                    ha="center", va="center", fontsize=canvas.SMALL,
                )  # fmt: skip
        every = max(1, -(-len(self.layers) // 50))
        ax.set_yticks(
            range(0, len(places), every), [self._label(layer) for layer in self.layers[::every]]
        )
        ax.set_ylim(len(places) - 0.4, -0.6)
        ax.set(xlabel="modulus of the gradient (log scale)", ylabel="layer, from the input on")
        canvas.grid(ax)
        if not fine:
            ax.set_xticks([])
            ax.minorticks_off()
        else:
            canvas.decades(ax, min(x for x in means if x), max(tops))
            ax.legend(
                fontsize=canvas.SMALL, loc="lower right", bbox_to_anchor=(1, 1), ncols=2,
                frameon=False, borderaxespad=0.1,
            )  # fmt: skip


def gradient_flow(model: Module) -> GradientFlow:
    """The mean and the largest gradient of each layer, as they are in `.grad` now.

    A layer is a module that has parameters of its own; what several share counts for the first.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))
        >>> torch.nn.functional.linear(torch.ones(4, 3), net[1].weight).sum().backward()
        >>> print(torch.inspect.gradient_flow(net))
        Gradient flow
        name  kind    size  mean  max  state
        0     Linear     9              no gradient
        1     Linear     3     4    4  ok
        No gradient came to 0.
    """
    check_module(model, "gradient_flow")
    owner: dict[int, str] = {}
    layers = []
    for name, module in model.named_modules():
        own = [p for p in module._parameters.values() if p is not None and id(p) not in owner]
        owner.update((id(p), name) for p in own)
        if own:
            layers.append(_flow(name or "(the model)", type(module).__name__, own))
    return GradientFlow(layers)


def _flow(name: str, kind: str, parameters: list[Any]) -> Flow:
    if any(map(is_lazy, parameters)):
        return Flow(name, kind, 0, None, None, "no shape yet")
    size = sum(p.numel() for p in parameters)
    grads = [values_of(p.grad) for p in parameters if p.grad is not None]
    absent = "no gradient" if any(p.requires_grad for p in parameters) else "frozen"
    if not size or not grads:
        return Flow(name, kind, size, None, None, "empty" if not size else absent)
    moduli = np.concatenate([np.abs(grad).ravel() for grad in grads])
    size = moduli.size
    if not size:
        return Flow(name, kind, size, None, None, "empty")
    mean, top = float(moduli.mean()), float(moduli.max())
    state = "not finite" if not math.isfinite(top) else "ok" if top else "zero"
    return Flow(name, kind, size, mean, top, state)
