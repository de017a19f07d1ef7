"""What layers give: feature maps, attention weights, histograms; and the filters of layers."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.engine.modes import no_grad
from minitorch.faces.tensor import Tensor
from minitorch.inspect.plots.models import check_module, check_ready
from minitorch.inspect.plots.picture import Panels, Picture, canvas_for
from minitorch.inspect.plots.spread import MOST, Spread, paint_spread, said_shape, values_of
from minitorch.inspect.undisturbed import undisturbed
from minitorch.nn import Conv1d, Conv2d, Conv3d, Linear, Module, MultiheadAttention

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAPS = 16  # channels of one layer that are shown


class Activation:
    """What one call of a layer gave.

    Attributes:
        name, kind: of the layer; of its second call the name ends in " #2".
        values: all of it, as a NumPy array; attention weights of a `MultiheadAttention`,
            `(batch, heads, queries, keys)`. None if it gave no Tensor.
        maps: `(maps, height, width)` of one sample, if it is to be seen as images; else None.
        spread: its histogram and numbers.
        what: "feature maps", "attention" or "values".
    """

    def __init__(self, name: str, module: Module, output: Any, sample: int, maps: int) -> None:
        self.name, self.kind = name, type(module).__name__
        attention = isinstance(module, MultiheadAttention)
        found = output[1] if attention and output[1] is not None else first_tensor(output)
        self.values = None if found is None else np.array(found._value)
        numbers = None if found is None else values_of(found)
        self.spread = Spread(name, numbers, missing="gave no Tensor" if found is None else "")
        images = None if numbers is None else _images(module, numbers, sample)
        self.maps = None if images is None else images[:maps]
        self.channels = 0 if images is None else len(images)
        self.what = "values"
        if self.maps is not None:
            self.what = "attention" if attention else "feature maps"

    def caption(self) -> str:
        """What its images are, how many of all, and what is wrong with the numbers."""
        shown = 0 if self.maps is None else len(self.maps)
        count = f"{shown} of {self.channels}" if shown < self.channels else f"{shown}"
        kind = "heads: query ↓, key →" if self.what == "attention" else "channels"
        return "; ".join(filter(None, [f"{count} {kind}", self.spread.warning]))


class Activations(Picture):
    """What the layers of a model gave for an input; what `activations` returns.

    Attributes:
        layers: an `Activation` for each call of a layer, in the order of the calls.
        error: what ended the forward pass before its end; else None.
    """

    title = "Activations"

    def __init__(self, layers: list[Activation], error: Exception | None) -> None:
        self.layers, self.error = layers, error

    def __getitem__(self, name: str) -> Activation:
        """What the layer of that name gave."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(f"{name!r}: there are {', '.join(layer.name for layer in self.layers)}")

    def rows(self) -> list[dict[str, Any]]:
        return [
            {"name": layer.name, "kind": layer.kind, "shows": layer.what, **_numbers(layer.spread)}
            for layer in self.layers
        ]

    def __repr__(self) -> str:
        return f"<Activations of {len(self.layers)} layers{', then an error' * bool(self.error)}>"

    def notes(self) -> list[str]:
        said = []
        for layer in self.layers:
            name = f"{layer.name} ({layer.kind})"
            if layer.spread.warning:
                said.append(f"{name}: {layer.spread.warning}.")
            if layer.kind == "ReLU" and 0 < layer.spread.size == layer.spread.zeros:
                said.append(f"{name} gave nothing but zeros: it is dead for this input.")
        if self.error is not None:
            said.append(self._failure())
        if len(self.layers) > MOST:
            said.append(f"The picture shows the first {MOST} of {len(self.layers)} layers.")
        return said

    def _panels(self) -> Panels:
        count = min(len(self.layers), MOST) + (self.error is not None)
        return Panels(count, min(count, 3), 3.2, 2.6)

    def _paint(self, axes: list[Axes]) -> None:
        canvas = canvas_for("Activations.plot")
        for i, (ax, layer) in enumerate(zip(axes, self.layers[:MOST])):
            canvas.heading(ax, f"{layer.name} · {layer.kind} {said_shape(layer.spread.shape)}")
            if layer.maps is not None and layer.maps.size:
                unit = "weight" if layer.what == "attention" else "activation"
                canvas.image(ax, mosaic(layer.maps), unit)
                ax.set_xlabel(layer.caption(), fontsize=canvas.TINY)
                if layer.spread.warning:
                    ax.xaxis.label.set_color(canvas.RED)
            else:
                paint_spread(canvas, ax, layer.spread)
                ax.set_xlabel("activation (dashed: mean)", fontsize=canvas.SMALL, loc="left")
                ax.set_ylabel("" if i % 3 else "count", fontsize=canvas.SMALL)
        if self.error is not None:
            canvas.said_in(axes[-1], self._failure())

    def _failure(self) -> str:
        text = str(self.error).strip().partition("\n")[0]
        return f"Then forward raised {type(self.error).__name__}: {text}"


def _numbers(spread: Spread) -> dict[str, Any]:
    row = spread.row()
    del row["name"]
    return row


def activations(
    model: Module,
    x: Any,
    layers: Iterable[Any] | None = None,
    *,
    sample: int = 0,
    maps: int = MAPS,
) -> Activations:
    """Run the model once, and see what its layers give.

    Of convolutions and what follows them the feature maps of one sample are shown, of
    `MultiheadAttention` the weights of its heads, of other layers a histogram. The model runs in
    the mode it is in, without gradients, and is left as it was, bit for bit. If its forward
    raises, what came before is shown, with the error.

    Args:
        x: the input; a tuple or a dict for several, positional or named.
        layers: names, modules or classes (`"features.0"`, `net.conv`, `nn.ReLU`); every layer
            without children if None.
        sample: which of the batch the images are of.
        maps: at most so many images of each layer.

    Raises:
        ValueError: there is no such layer, or it was not called.

    Example:
        >>> net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.Flatten())
        >>> seen = torch.inspect.activations(net, torch.zeros(2, 1, 5, 5))
        >>> seen["0"].maps.shape, seen["1"].values.shape
        ((4, 3, 3), (2, 36))
    """
    check_module(model, "activations")
    wanted = _wanted(model, layers)
    seen: list[Activation] = []
    calls: dict[str, int] = {}
    error = None
    with undisturbed(model), no_grad():
        for name, module in wanted.items():
            _watch(module, name, seen, calls, sample, maps)
        try:
            if isinstance(x, Mapping):
                model(**x)
            else:
                model(*x if isinstance(x, tuple) else (x,))
        except Exception as raised:
            if not seen:  # there is nothing to show but the error itself
                raise
            error = raised
    if not seen:
        raise ValueError(f"activations: none of {', '.join(wanted)} was called by the model")
    return Activations(seen, error)


def _watch(
    module: Module, name: str, seen: list[Activation], calls: dict[str, int], sample: int, maps: int
) -> None:
    """Have a layer note what it gives; attention gives its weights, and still what was asked."""
    asked: list[tuple[bool, bool]] = []

    def before(module: Module, args: Any, kwargs: Any) -> Any:
        given = inspect.signature(module.forward).bind(*args, **kwargs).arguments
        asked.append((given.get("need_weights", True), given.get("average_attn_weights", True)))
        return (), {**given, "need_weights": True, "average_attn_weights": False}

    def after(module: Module, args: Any, output: Any) -> Any:
        calls[name] = count = calls.get(name, 0) + 1
        numbered = name if count == 1 else f"{name} #{count}"
        seen.append(Activation(numbered, module, output, sample, maps))
        if not asked:
            return None
        (needed, averaged), (y, weights) = asked.pop(), output
        if not needed:
            return y, None
        return y, weights.mean(-3) if averaged else weights

    if isinstance(module, MultiheadAttention):
        module.register_forward_pre_hook(before, with_kwargs=True)
    module.register_forward_hook(after)


def _wanted(model: Module, layers: Iterable[Any] | None) -> dict[str, Module]:
    """The layers to watch, by name."""
    every = {name or "(the model)": module for name, module in model.named_modules()}
    if layers is None:
        leaf = {
            name: module for name, module in every.items()
            if isinstance(module, MultiheadAttention) or not any(module.children())
        }  # fmt: skip
        inner = [f"{n}.out_proj" for n, m in leaf.items() if isinstance(m, MultiheadAttention)]
        return {name: module for name, module in leaf.items() if name not in inner}
    found: dict[str, Module] = {}
    for wanted in [layers] if isinstance(layers, (str, type, Module)) else layers:
        fits = {
            name: module for name, module in every.items()
            if wanted == name or wanted is module
            or (isinstance(wanted, type) and isinstance(module, wanted))
        }  # fmt: skip
        if not fits:
            what = repr(wanted) if isinstance(wanted, str) else getattr(
                wanted, "__name__", type(wanted).__name__
            )  # fmt: skip
            raise ValueError(
                f"activations: there is no layer {what}; there are {', '.join(list(every)[:20])}"
            )
        found.update(fits)
    return found


def first_tensor(output: Any) -> Any:
    """The first Tensor in a container; None if there is none."""
    if isinstance(output, Tensor):
        return output
    parts: Sequence[Any] = ()
    if isinstance(output, Mapping):
        parts = list(output.values())
    elif isinstance(output, (tuple, list)):
        parts = output
    return next((t for t in map(first_tensor, parts) if t is not None), None)


def _images(module: Module, values: np.ndarray, sample: int) -> np.ndarray | None:
    """The images of one sample, `(maps, height, width)`; None if numbers are not to be seen so."""
    if values.dtype.kind == "c":
        values = np.abs(values)
    if values.ndim in (4, 5):
        chosen = values[sample] if -len(values) <= sample < len(values) else None
    elif values.ndim == 3 and isinstance(module, (Conv2d, MultiheadAttention)):  # without a batch
        chosen = values
    elif values.ndim == 3 and isinstance(module, Conv1d):  # the channels are lines of one image
        chosen = values[sample][None] if -len(values) <= sample < len(values) else None
    else:
        return None
    if chosen is None:
        if not len(values):
            return None
        raise IndexError(f"activations: sample {sample} is not in a batch of {len(values)}")
    if chosen.ndim == 4:  # of volumes the slice in the middle
        chosen = chosen[:, chosen.shape[1] // 2]
    return chosen


def mosaic(images: np.ndarray, columns: int | None = None) -> np.ma.MaskedArray[Any, Any]:
    """Images side by side in one, with a masked line between."""
    count, height, width = images.shape
    columns = columns or int(np.ceil(np.sqrt(count * height / max(width, 1)))) or 1
    columns = min(columns, count)
    rows = -(-count // columns)
    larger = -(-24 // max(height, width))  # small images get larger pixels: lines stay thin
    images = images.repeat(larger, axis=1).repeat(larger, axis=2)
    height, width, gap = height * larger, width * larger, 2 + max(height, width) // 24
    size = rows * (height + gap) - gap, columns * (width + gap) - gap
    whole = np.ma.array(np.zeros(size, images.dtype), mask=True)
    for i, one in enumerate(images):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        whole[top : top + height, left : left + width] = one
    return whole


class Filters(Picture):
    """The weights of a layer as images; what `filters` returns.

    Attributes:
        images: `(filters, channels, height, width)`.
    """

    def __init__(self, images: np.ndarray, kind: str, most: int) -> None:
        self.images, self.kind, self.most = images, kind, most
        self.title = f"{len(images)} filters of {kind}"

    def rows(self) -> list[dict[str, Any]]:
        return [Spread(str(i), each).row() for i, each in enumerate(self.images)]

    def notes(self) -> list[str]:
        broken = int((~np.isfinite(self.images)).sum())
        count, channels = self.images.shape[:2]
        said = [f"{broken} of {self.images.size} weights are not finite."] if broken else []
        if count * channels > self.most:
            shown = max(1, self.most // channels)
            said.append(f"The picture shows the first {shown} of {count} filters.")
        return said

    def _panels(self) -> Panels:
        if not self.images.size:
            return Panels(1, 1, 5.4, 4.2)
        rows, columns = self._mosaic().shape
        width = min(max(4.2 * columns / rows + 1.4, 2.8), 5.4)  # the scale is beside it
        return Panels(1, 1, width, min(max((width - 1.4) * rows / columns + 0.6, 1.6), 4.2))

    def _mosaic(self) -> np.ma.MaskedArray[Any, Any]:
        channels = self.images.shape[1]
        few = self.images[: max(1, self.most // channels)]
        flat = few.reshape(-1, *few.shape[2:])
        return mosaic(flat, None if channels == 1 else channels)

    def _paint(self, axes: list[Axes]) -> None:
        canvas, (ax,) = canvas_for("Filters.plot"), axes
        if not self.images.size:
            return canvas.said_in(ax, f"no numbers: {said_shape(self.images.shape)}")
        channels = self.images.shape[1]
        canvas.image(ax, self._mosaic(), "weight")
        ax.set_xlabel("filters" if channels == 1 else "input channels →", fontsize=canvas.SMALL)
        ax.set_ylabel("" if channels == 1 else "← filters", fontsize=canvas.SMALL)


def filters(layer: Module, shape: tuple[int, int] | None = None, most: int = 256) -> Filters:
    """The weights of a convolution, or the rows of a `Linear` layer, as images.

    Args:
        layer: a `Conv1d`, `Conv2d`, `Conv3d` or `Linear`.
        shape: of the image that each row of a `Linear` layer is; `(1, in_features)` if None.
        most: at most so many small images are drawn.

    Example:
        >>> torch.inspect.filters(torch.nn.Conv2d(3, 8, 5)).images.shape
        (8, 3, 5, 5)
    """
    if not isinstance(layer, (Conv1d, Conv2d, Conv3d, Linear)):
        raise TypeError(
            "filters: expected a Conv1d, Conv2d, Conv3d or Linear layer, got "
            f"{type(layer).__name__}"
        )
    check_ready(layer, "filters")
    weight = values_of(layer.weight)
    images = np.abs(weight) if weight.dtype.kind == "c" else weight
    if isinstance(layer, Linear):
        height, width = shape or (1, images.shape[1])
        if height * width != images.shape[1]:
            raise ValueError(
                f"filters: shape {shape} has {height * width} pixels, but each row of the layer "
                f"has {images.shape[1]} weights"
            )
        images = images.reshape(-1, 1, height, width)
    elif isinstance(layer, Conv1d):
        images = images[:, None]  # the channels are lines of one image
    elif isinstance(layer, Conv3d):
        images = images[:, :, images.shape[2] // 2]  # the slice in the middle
    return Filters(images, type(layer).__name__, most)
