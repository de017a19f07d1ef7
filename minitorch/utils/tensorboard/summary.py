"""Summaries: what is logged under a tag, as the message that TensorBoard reads.

Each function here makes one; `FileWriter.add_summary` writes it.
"""

from __future__ import annotations

import io
import json
import wave
from typing import Any

import numpy as np

from minitorch.utils.png import animated_png, png
from minitorch.utils.tensorboard.arrays import film, make_np, outlined, to_bytes, to_hwc
from minitorch.utils.tensorboard.hparams import hparams
from minitorch.utils.tensorboard.messages import (
    COLOR,
    DT,
    FACE,
    VERTEX,
    Audio,
    Category,
    Chart,
    Dim,
    HistogramProto,
    Image,
    Layout,
    MarginChartContent,
    MeshPluginData,
    MultilineChartContent,
    PluginData,
    PrCurvePluginData,
    Series,
    Summary,
    SummaryMetadata,
    TensorProto,
    TensorShapeProto,
    Value,
)

__all__ = [
    "audio", "compute_curve", "custom_scalars", "hparams", "histogram", "histogram_raw", "image",
    "image_boxes", "make_histogram", "make_image", "make_video", "mesh", "pr_curve",
    "pr_curve_raw", "scalar", "tensor_proto", "text", "video",
]  # fmt: skip


def _for_plugin(name: str, content: bytes = b"", **more: Any) -> SummaryMetadata:
    return SummaryMetadata(plugin_data=PluginData(plugin_name=name, content=content), **more)


def _shape(shape: tuple[int, ...]) -> TensorShapeProto:
    return TensorShapeProto(dim=[Dim(size=size) for size in shape])


def _floats(values: np.ndarray) -> TensorProto:
    return TensorProto(
        dtype=DT["float32"], float_val=values.reshape(-1), tensor_shape=_shape(values.shape)
    )


# Numbers


def scalar(
    name: str,
    tensor: Any,
    collections: Any = None,
    new_style: bool = False,
    double_precision: bool = False,
) -> Summary:
    """A number.

    Args:
        name: its tag.
        tensor: a number, or a tensor or array with one element.
        new_style: write it as a tensor rather than in the field for numbers.
        double_precision: as one of float64; the older field is of float32.

    Raises:
        AssertionError: several elements.
    """
    if type(tensor) is float or type(tensor) is int:
        number = float(tensor)
    else:
        array = make_np(tensor)
        if array.size != 1:
            array = array.squeeze()
            raise AssertionError(
                "Tensor should contain one element (0 dimensions). Was given size: "
                f"{array.size} and {array.ndim} dimensions."
            )
        number = float(array.item())
    if not new_style:
        return Summary(value=(Value(tag=name, simple_value=number),))
    if double_precision:
        one = TensorProto(dtype=DT["float64"], double_val=[number])
    else:
        one = TensorProto(dtype=DT["float32"], float_val=[number])
    return Summary(value=[Value(tag=name, tensor=one, metadata=_for_plugin("scalars"))])


_FIELDS = {
    "float16": "half_val", "bfloat16": "half_val", "float32": "float_val", "float64": "double_val",
    "int8": "int_val", "uint8": "int_val", "int16": "int_val", "int32": "int_val",
    "int64": "int64_val", "bool": "bool_val", "complex64": "scomplex_val",
    "complex128": "dcomplex_val",
}  # fmt: skip


def tensor_proto(tag: str, tensor: Any) -> Summary:
    """All elements of a tensor, in its dtype.

    Raises:
        ValueError: there are 2 GB of them, or messages have no such dtype.
    """
    array = np.asarray(getattr(tensor, "_value", tensor))
    if array.nbytes >= 1 << 31:
        raise ValueError(
            "tensor is bigger than protocol buffer's hard limit of 2GB in size: "
            f"its shape is {array.shape}"
        )
    name = array.dtype.name
    if name not in _FIELDS:
        raise ValueError(f"{tag} has unsupported tensor dtype {name}")
    values: Any = array.reshape(-1)
    if _FIELDS[name] == "half_val":
        values = values.view(np.uint16).tolist()
    elif array.dtype.kind == "c":
        values = values.view(values.real.dtype)
    elif array.dtype.kind != "f":
        values = values.tolist()
    written = TensorProto(
        dtype=DT[name], tensor_shape=_shape(array.shape), **{_FIELDS[name]: values}
    )
    return Summary(value=[Value(tag=tag, metadata=_for_plugin("tensor"), tensor=written)])


# Histograms and curves


def histogram_raw(
    name: str,
    min: float,
    max: float,
    num: float,
    sum: float,
    sum_squares: float,
    bucket_limits: Any,
    bucket_counts: Any,
) -> Summary:
    """A histogram whose parts are known; a bucket's limit is its right edge."""
    made = HistogramProto(
        min=min, max=max, num=num, sum=sum, sum_squares=sum_squares, bucket_limit=bucket_limits,
        bucket=bucket_counts,
    )  # fmt: skip
    return Summary(value=[Value(tag=name, histo=made)])


def histogram(name: str, values: Any, bins: Any, max_bins: int | None = None) -> Summary:
    """The histogram of all elements; the arguments are those of `make_histogram`."""
    made = make_histogram(make_np(values).astype(float), bins, max_bins)
    return Summary(value=[Value(tag=name, histo=made)])


def make_histogram(values: np.ndarray, bins: Any, max_bins: int | None = None) -> HistogramProto:
    """How many values lie in each bin, without the empty bins at both ends.

    Args:
        values: an array of any shape.
        bins: what `numpy.histogram` takes.
        max_bins: take neighbouring bins together until there are about so many.

    Raises:
        ValueError: there are no values, or none lies in the bins.
    """
    if values.size == 0:
        raise ValueError("The input has no element.")
    values = values.reshape(-1)
    counts, edges = np.histogram(values, bins=bins)
    if max_bins is not None and len(counts) > max_bins:
        together = len(counts) // max_bins
        counts = np.add.reduceat(counts, np.arange(0, len(counts), together))
        edges = np.append(edges[:-1:together], edges[-1])
    filled = np.flatnonzero(counts)
    if not len(filled):
        raise ValueError(
            f"The histogram is empty: none of the {values.size} values lies between "
            f"{edges[0]:g} and {edges[-1]:g}"
        )
    first, last = filled[0], filled[-1]
    # one empty bin stays in front, whose limit is the left edge of all that follows
    return HistogramProto(
        min=values.min(),
        max=values.max(),
        num=len(values),
        sum=values.sum(),
        sum_squares=values.dot(values),
        bucket_limit=edges[first : last + 2],
        bucket=np.append(0, counts[first : last + 1]),
    )


_MOST_THRESHOLDS = 127


def pr_curve(
    tag: str, labels: Any, predictions: Any, num_thresholds: int = 127, weights: Any = None
) -> Summary:
    """Precision and recall at so many thresholds, 127 at most; see `compute_curve`."""
    count = min(num_thresholds, _MOST_THRESHOLDS)
    return _curve(tag, compute_curve(labels, predictions, count, weights), count)


def pr_curve_raw(
    tag: str,
    tp: Any,
    fp: Any,
    tn: Any,
    fn: Any,
    precision: Any,
    recall: Any,
    num_thresholds: int = 127,
    weights: Any = None,
) -> Summary:
    """A curve of precision and recall that is known: a number of each for each threshold."""
    rows = [make_np(row) for row in (tp, fp, tn, fn, precision, recall)]
    return _curve(tag, np.stack(rows), min(num_thresholds, _MOST_THRESHOLDS))


def _curve(tag: str, rows: np.ndarray, count: int) -> Summary:
    content = PrCurvePluginData(num_thresholds=count).SerializeToString()
    metadata = _for_plugin("pr_curves", content)
    return Summary(value=[Value(tag=tag, metadata=metadata, tensor=_floats(rows))])


def compute_curve(
    labels: np.ndarray, predictions: np.ndarray, num_thresholds: int, weights: Any = None
) -> np.ndarray:
    """Rows of true and false positives, true and false negatives, precision and recall.

    Args:
        labels: 1 or True for what should be found.
        predictions: the probability of that, from 0 to 1.
        num_thresholds: thresholds are spread evenly over 0 to 1.
        weights: how much each example counts.
    """
    reached = np.floor(predictions * (num_thresholds - 1)).astype(np.int32).reshape(-1)
    positive = labels.astype(np.float64)
    weights = 1.0 if weights is None else make_np(weights)
    inside = (reached >= 0) & (reached < num_thresholds)

    def found(each: np.ndarray) -> np.ndarray:  # at every threshold that is reached
        each = each.reshape(-1)[inside]
        return np.bincount(reached[inside], each, num_thresholds)[::-1].cumsum()[::-1]

    tp, fp = found(positive * weights), found((1 - positive) * weights)
    tn, fn = fp[0] - fp, tp[0] - tp
    least = 1e-7  # of what is divided by
    precision, recall = tp / np.maximum(least, tp + fp), tp / np.maximum(least, tp + fn)
    return np.stack((tp, fp, tn, fn, precision, recall))


# Images, sound, text


def image(tag: str, tensor: Any, rescale: float = 1, dataformats: str = "NCHW") -> Summary:
    """An image, or a batch of them as a grid: bytes, or floating point from 0 to 1."""
    pixels = to_bytes(to_hwc(make_np(tensor), dataformats))
    return Summary(value=[Value(tag=tag, image=make_image(pixels, rescale))])


def image_boxes(
    tag: str,
    tensor_image: Any,
    tensor_boxes: Any,
    rescale: float = 1,
    dataformats: str = "CHW",
    labels: Any = None,
) -> Summary:
    """An image with boxes (N, 4) in it, each with its xmin, ymin, xmax and ymax."""
    pixels = to_bytes(to_hwc(make_np(tensor_image), dataformats))
    made = make_image(pixels, rescale, make_np(tensor_boxes), labels)
    return Summary(value=[Value(tag=tag, image=made)])


def make_image(
    tensor: np.ndarray, rescale: float = 1, rois: Any = None, labels: Any = None
) -> Image:
    """Bytes (height, width, channels) as PNG, with boxes.

    Raises:
        ModuleNotFoundError: labels or another scale than 1, without Pillow.
    """
    height, width, channels = tensor.shape
    pixels = tensor if rois is None else outlined(tensor, rois)
    if labels is not None or rescale != 1:
        pixels = _by_pillow(pixels, rescale, rois, labels)
    return Image(height=height, width=width, colorspace=channels, encoded_image_string=png(pixels))


def _by_pillow(pixels: np.ndarray, rescale: float, rois: Any, labels: Any) -> np.ndarray:
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError:
        raise ModuleNotFoundError(
            "labels in images and other sizes (rescale) need Pillow: "
            "pip install 'minitorch[images]'",
            name="PIL",
        ) from None
    picture = Image.fromarray(pixels)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default()
    for (left, _, _, bottom), label in zip(rois, labels or ()):
        x0, y0, x1, y1 = font.getbbox(label)
        margin = np.ceil(0.05 * (y1 - y0))
        above = bottom - (y1 - y0) - margin
        draw.rectangle([(left, above - margin), (left + x1 - x0, bottom)], fill="Red")
        draw.text((left + margin, above), label, fill="black", font=font)
    size = int(pixels.shape[1] * rescale), int(pixels.shape[0] * rescale)
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def video(tag: str, tensor: Any, fps: float = 4) -> Summary:
    """Videos (N, T, C, H, W) side by side: bytes, or floating point from 0 to 1."""
    return Summary(value=[Value(tag=tag, image=make_video(film(make_np(tensor)), fps))])


def make_video(tensor: np.ndarray, fps: float) -> Image:
    """Frames of bytes (T, height, width, channels) as an animated PNG."""
    _, height, width, channels = tensor.shape
    return Image(
        height=height,
        width=width,
        colorspace=channels,
        encoded_image_string=animated_png(tensor, fps),
    )


def audio(tag: str, tensor: Any, sample_rate: int = 44100) -> Summary:
    """Sound of one channel, from -1 to 1, as a WAV file of 16 bits."""
    array = make_np(tensor).squeeze()
    if abs(array).max() > 1:
        print("warning: audio amplitude out of range, auto clipped.")
        array = array.clip(-1, 1)
    if array.ndim != 1:
        raise AssertionError(
            f"input tensor should be 1 dimensional, but its shape is {array.shape}."
        )
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes((array * np.iinfo(np.int16).max).astype("<i2").tobytes())
    made = Audio(
        sample_rate=sample_rate,
        num_channels=1,
        length_frames=len(array),
        encoded_audio_string=buffer.getvalue(),
        content_type="audio/wav",
    )
    return Summary(value=[Value(tag=tag, audio=made)])


def text(tag: str, text: str) -> Summary:
    """Text, which TensorBoard reads as Markdown."""
    written = TensorProto(dtype=DT["string"], string_val=[text.encode()], tensor_shape=_shape((1,)))
    metadata = _for_plugin("text")
    return Summary(value=[Value(tag=f"{tag}/text_summary", metadata=metadata, tensor=written)])


def custom_scalars(layout: dict[str, dict[str, list[Any]]]) -> Summary:
    """Which scalars share a chart: `{category: {title: ["Multiline" or "Margin", tags]}}`."""
    categories = [
        Category(title=name, chart=[_chart(title, *chart[:2]) for title, chart in charts.items()])
        for name, charts in layout.items()
    ]
    written = TensorProto(
        dtype=DT["string"],
        string_val=[Layout(category=categories).SerializeToString()],
        tensor_shape=_shape(()),
    )
    metadata = _for_plugin("custom_scalars")
    tag = "custom_scalars__config__"
    return Summary(value=[Value(tag=tag, tensor=written, metadata=metadata)])


def _chart(title: str, kind: str, tags: list[str]) -> Chart:
    if kind != "Margin":
        return Chart(title=title, multiline=MultilineChartContent(tag=tags))
    if len(tags) != 3:
        raise AssertionError(
            f"a margin chart has 3 tags (of the value and its bounds), but {title!r} has "
            f"{len(tags)}"
        )
    value, lower, upper = tags
    series = Series(value=value, lower=lower, upper=upper)
    return Chart(title=title, margin=MarginChartContent(series=[series]))


def mesh(
    tag: str,
    vertices: Any,
    colors: Any,
    faces: Any,
    config_dict: dict[str, Any] | None,
    display_name: str | None = None,
    description: str | None = None,
) -> Summary:
    """Meshes or clouds of points: vertices, their colors, and triangles, each (batch, N, 3).

    Args:
        tag: under which they are shown.
        colors, faces: None where there are none.
        config_dict: how Three.js is to show them: the camera, the light, the material.

    Raises:
        ValueError: another number of axes.
    """
    known = ((vertices, VERTEX, "VERTEX"), (faces, FACE, "FACE"), (colors, COLOR, "COLOR"))
    parts = [part for part in known if part[0] is not None]
    components = sum(1 << kind for _, kind, _ in parts)
    config = "{}" if config_dict is None else json.dumps(config_dict, sort_keys=True)
    values = []
    for part, kind, name in parts:
        array = np.asarray(getattr(part, "_value", part))
        if array.ndim != 3:
            raise ValueError(f"Tensor shape should be of shape BxNx3, but got {array.shape}.")
        told = MeshPluginData(
            name=tag, content_type=kind, json_config=config, shape=array.shape,
            components=components,
        )  # fmt: skip
        metadata = _for_plugin(
            "mesh", told.SerializeToString(), display_name=display_name,
            summary_description=description,
        )  # fmt: skip
        values.append(Value(tag=f"{tag}_{name}", tensor=_floats(array), metadata=metadata))
    return Summary(value=values)
