"""Writers of event files, with the interface of `torch.utils.tensorboard`."""

from __future__ import annotations

import functools
import os
import socket
import time
from collections.abc import Sequence
from typing import Any, NoReturn

from minitorch.utils.tensorboard import summary
from minitorch.utils.tensorboard.arrays import figure_to_image, make_np
from minitorch.utils.tensorboard.embedding import write_embedding
from minitorch.utils.tensorboard.files import FileWriter, Path
from minitorch.utils.tensorboard.graph import graph
from minitorch.utils.tensorboard.messages import (
    STARTED,
    Event,
    ProjectorConfig,
    SessionLog,
)

__all__ = ["FileWriter", "SummaryWriter"]


class SummaryWriter:
    """Writes what TensorBoard shows: numbers, histograms, images, text, graphs, under their tags.

    Events are written in groups. Those that wait are written when the writer is closed and
    whenever the program ends, be it by an exception. A writer that was closed begins another file
    when something is added to it.

    Args:
        log_dir: the run's directory; `runs/<time>_<host><comment>` where none is given. Runs in
            directories beside each other are compared.
        comment: what the default name of the directory ends in.
        purge_step: TensorBoard hides events of this step and later ones that earlier files of
            the same directory have: for a run that goes on from a checkpoint.
        max_queue: how many events wait in memory at most.
        flush_secs: after how many seconds they are written at the latest.
        filename_suffix: what the file's name ends in.

    Example:
        >>> import os, tempfile
        >>> from minitorch.utils.tensorboard import SummaryWriter
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with SummaryWriter(folder) as writer:
        ...         for step in range(100):
        ...             writer.add_scalar("loss", 1 / (1 + step), step)
        ...     [name[:20] for name in os.listdir(folder)]
        ['events.out.tfevents.']
    """

    def __init__(
        self,
        log_dir: Path | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
    ) -> None:
        if not log_dir:
            name = f"{time.strftime('%b%d_%H-%M-%S')}_{socket.gethostname()}{comment}"
            log_dir = os.path.join("runs", name)
        self.log_dir = log_dir
        self.purge_step = purge_step
        self.max_queue = max_queue
        self.flush_secs = flush_secs
        self.filename_suffix = filename_suffix
        self.default_bins = list(_default_bins())
        self.file_writer: FileWriter | None = None
        self.all_writers: dict[str, FileWriter] | None = None
        self._embeddings: list[Any] = []
        self._get_file_writer()

    def _get_file_writer(self) -> FileWriter:
        """The writer of the run's own file, a new one if it was closed."""
        if self.file_writer is None or self.all_writers is None:
            self.file_writer = self._file_writer(self.log_dir)
            self.all_writers = {self.file_writer.get_logdir(): self.file_writer}
            if self.purge_step is not None:
                step, self.purge_step = self.purge_step, None
                self.file_writer.add_event(Event(step=step, file_version="brain.Event:2"))
                log = SessionLog(status=STARTED)
                self.file_writer.add_event(Event(step=step, session_log=log))
        return self.file_writer

    def _file_writer(self, log_dir: Path) -> FileWriter:
        return FileWriter(log_dir, self.max_queue, self.flush_secs, self.filename_suffix)

    def get_logdir(self) -> Path:
        """The run's directory."""
        return self.log_dir

    # Numbers

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """Add a number: a point of the curve `tag`.

        Args:
            tag: a name; those with a common part before `/` are shown together.
            scalar_value: a number, or a tensor with one element.
            global_step: its place on the curve.
            walltime: its time, if not now, in seconds since 1970.
            new_style: write it as a tensor.
            double_precision: of float64; the older form is of float32.
        """
        made = summary.scalar(
            tag, scalar_value, new_style=new_style, double_precision=double_precision
        )
        self._get_file_writer().add_summary(made, global_step, walltime)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: dict[str, Any],
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Add several numbers to one chart: each as the curve `main_tag` of a run of its own.

        The runs are directories in this one, called `<main_tag>_<key>`.
        """
        walltime = time.time() if walltime is None else walltime
        log_dir = self._get_file_writer().get_logdir()
        assert self.all_writers is not None
        for tag, value in tag_scalar_dict.items():
            name = f"{log_dir}/{main_tag.replace('/', '_')}_{tag}"
            if name not in self.all_writers:
                self.all_writers[name] = self._file_writer(name)
            made = summary.scalar(main_tag, value)
            self.all_writers[name].add_summary(made, global_step, walltime)

    def add_tensor(
        self, tag: str, tensor: Any, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Add all elements of a tensor, for programs that read event files."""
        self._add(summary.tensor_proto(tag, tensor), global_step, walltime)

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: Any = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Add the histogram of a tensor's elements.

        Args:
            tag: a name.
            values: a tensor or an array.
            global_step: the step.
            bins: what `numpy.histogram` takes; "tensorflow" is `default_bins`, which grow by a
                tenth each.
            walltime: the time, if not now.
            max_bins: take neighbouring bins together until there are about so many.
        """
        if isinstance(bins, str) and bins == "tensorflow":
            bins = self.default_bins
        self._add(summary.histogram(tag, values, bins, max_bins), global_step, walltime)

    def add_histogram_raw(
        self,
        tag: str,
        min: float,
        max: float,
        num: float,
        sum: float,
        sum_squares: float,
        bucket_limits: Any,
        bucket_counts: Any,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Add a histogram that is known: a bucket's limit is its right edge."""
        if len(bucket_limits) != len(bucket_counts):
            raise ValueError(
                "len(bucket_limits) != len(bucket_counts): there are "
                f"{len(bucket_limits)} limits and {len(bucket_counts)} counts"
            )
        made = summary.histogram_raw(
            tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts
        )
        self._add(made, global_step, walltime)

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Add a curve of precision and recall.

        Args:
            tag: a name.
            labels: 1 or True for what should be found.
            predictions: the probability of that, from 0 to 1.
            global_step: the step.
            num_thresholds: how many thresholds there are, 127 at most.
            weights: how much each example counts.
            walltime: the time, if not now.
        """
        labels, predictions = make_np(labels), make_np(predictions)
        made = summary.pr_curve(tag, labels, predictions, num_thresholds, weights)
        self._add(made, global_step, walltime)

    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: Any,
        false_positive_counts: Any,
        true_negative_counts: Any,
        false_negative_counts: Any,
        precision: Any,
        recall: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Add a curve of precision and recall that is known: a number each for each threshold."""
        counts = (true_positive_counts, false_positive_counts, true_negative_counts,
                  false_negative_counts)  # fmt: skip
        made = summary.pr_curve_raw(tag, *counts, precision, recall, num_thresholds, weights)
        self._add(made, global_step, walltime)

    def _add(self, made: Any, global_step: Any, walltime: float | None) -> None:
        self._get_file_writer().add_summary(made, global_step, walltime)

    # Pictures, sound, text

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Add an image: bytes, or floating point from 0 to 1.

        Args:
            tag: a name.
            img_tensor: a tensor or an array.
            global_step: the step.
            walltime: the time, if not now.
            dataformats: the order of its axes: "CHW", "HWC", "HW"; "NCHW" is a grid of images.
        """
        made = summary.image(tag, img_tensor, dataformats=dataformats)
        self._add(made, global_step, walltime)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Add a batch of images, as a grid with eight in a row."""
        made = summary.image(tag, img_tensor, dataformats=dataformats)
        self._add(made, global_step, walltime)

    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: str | Sequence[str] | None = None,
    ) -> None:
        """Add an image with boxes in it.

        Args:
            tag: a name.
            img_tensor: a tensor or an array.
            box_tensor: (N, 4), each with its xmin, ymin, xmax and ymax.
            global_step: the step.
            walltime: the time, if not now.
            rescale: the size by this factor; needs Pillow.
            dataformats: the order of the axes.
            labels: a text for each box; needs Pillow. They are left out if there are not N.
        """
        if isinstance(labels, str):
            labels = [labels]
        if labels is not None and len(labels) != len(box_tensor):
            labels = None
        made = summary.image_boxes(tag, img_tensor, box_tensor, rescale, dataformats, labels)
        self._add(made, global_step, walltime)

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: Any = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """Add a figure of Matplotlib's as an image, or a list of them; they are closed then."""
        order = "NCHW" if isinstance(figure, list) else "CHW"
        self.add_image(tag, figure_to_image(figure, close), global_step, walltime, order)

    def add_video(
        self,
        tag: str,
        vid_tensor: Any,
        global_step: Any = None,
        fps: float = 4,
        walltime: float | None = None,
    ) -> None:
        """Add videos (N, T, C, H, W), side by side in one animated PNG.

        PyTorch makes a GIF with the package moviepy, which is not needed here.
        """
        self._add(summary.video(tag, vid_tensor, fps), global_step, walltime)

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: Any = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """Add sound of one channel: (L,) or (1, L), from -1 to 1."""
        self._add(summary.audio(tag, snd_tensor, sample_rate), global_step, walltime)

    def add_text(
        self, tag: str, text_string: str, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Add text, in Markdown."""
        self._add(summary.text(tag, text_string), global_step, walltime)

    def add_mesh(
        self,
        tag: str,
        vertices: Any,
        colors: Any = None,
        faces: Any = None,
        config_dict: dict[str, Any] | None = None,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Add meshes or clouds of points.

        Args:
            tag: a name.
            vertices: the coordinates of the points, (batch, N, 3).
            colors: of the points, from 0 to 255, (batch, N, 3).
            faces: triangles, each with the numbers of its vertices, (batch, M, 3).
            config_dict: how Three.js is to show them.
            global_step: the step.
            walltime: the time, if not now.
        """
        self._add(summary.mesh(tag, vertices, colors, faces, config_dict), global_step, walltime)

    # Models and runs

    def add_graph(
        self,
        model: Any,
        input_to_model: Any = None,
        verbose: bool = False,
        use_strict_trace: bool = True,
    ) -> None:
        """Add a model's graph: the operations of one run, in boxes of their modules.

        Args:
            model: a module; it is run once, in eval mode and without gradients.
            input_to_model: its input, or a tuple of its inputs.
            verbose: print the graph.
            use_strict_trace: of no effect: a model may return lists and dicts.
        """
        self._get_file_writer().add_graph(graph(model, input_to_model, verbose))

    def add_onnx_graph(self, prototxt: Any) -> NoReturn:
        """Refused: ONNX files are not read here."""
        raise NotImplementedError(
            "add_onnx_graph reads a model in ONNX's format, which minitorch does not know: "
            "add_graph(model, input) adds the graph of a module"
        )

    def add_hparams(
        self,
        hparam_dict: dict[str, Any],
        metric_dict: dict[str, Any],
        hparam_domain_discrete: dict[str, list[Any]] | None = None,
        run_name: str | None = None,
        global_step: Any = None,
    ) -> None:
        """Add a run's hyperparameters and what they led to, for a table of runs.

        Args:
            hparam_dict: numbers, strings, truth values by their names.
            metric_dict: results by their tags, which should be no other scalars' tags.
            hparam_domain_discrete: for some hyperparameters, all values that they may have.
            run_name: the directory in this one to write to; if None, the time.
            global_step: the step of the results.
        """
        if type(hparam_dict) is not dict or type(metric_dict) is not dict:
            raise TypeError("hparam_dict and metric_dict should be dictionary.")
        made = summary.hparams(hparam_dict, metric_dict, hparam_domain_discrete)
        logdir = os.path.join(self._get_file_writer().get_logdir(), run_name or str(time.time()))
        with SummaryWriter(log_dir=logdir) as writer:
            for each in made:
                writer._add(each, global_step, None)
            for tag, value in metric_dict.items():
                writer.add_scalar(tag, value, global_step)

    def add_embedding(
        self,
        mat: Any,
        metadata: Any = None,
        label_img: Any = None,
        global_step: int | None = None,
        tag: str = "default",
        metadata_header: Any = None,
    ) -> None:
        """Add points of a space for the projector, in files of their own.

        Args:
            mat: (N, D), a row for each point.
            metadata: a label for each point; with a header, a row of them.
            label_img: a picture for each point, (N, C, H, W).
            global_step: the step; several embeddings of one tag differ in it.
            tag: a name.
            metadata_header: the names of the columns of `metadata`.
        """
        logdir = self._get_file_writer().get_logdir()
        info = write_embedding(logdir, mat, metadata, label_img, global_step, tag, metadata_header)
        self._embeddings.append(info)
        with open(os.path.join(logdir, "projector_config.pbtxt"), "w", encoding="utf-8") as file:
            file.write(str(ProjectorConfig(embeddings=self._embeddings)))

    # Charts of several curves

    def add_custom_scalars(self, layout: dict[str, dict[str, list[Any]]]) -> None:
        """Say which scalars share a chart; to be called once.

        Args:
            layout: `{category: {title: [kind, tags]}}`, where the kind is "Multiline", or
                "Margin" for the tags of a value, its lower and its upper bound.
        """
        self._add(summary.custom_scalars(layout), None, None)

    def add_custom_scalars_multilinechart(
        self, tags: list[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Show several scalars in one chart."""
        self.add_custom_scalars({category: {title: ["Multiline", tags]}})

    def add_custom_scalars_marginchart(
        self, tags: list[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Show a scalar between two others, its bounds."""
        if len(tags) != 3:
            raise AssertionError(f"Expected 3 tags, got {len(tags)}.")
        self.add_custom_scalars({category: {title: ["Margin", tags]}})

    # The end

    def flush(self) -> None:
        """Write all that waits."""
        for writer in (self.all_writers or {}).values():
            writer.flush()

    def close(self) -> None:
        """Write all that waits and close all files."""
        for writer in (self.all_writers or {}).values():
            writer.close()
        self.file_writer = self.all_writers = None

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        self.close()


@functools.cache
def _default_bins() -> list[float]:
    """Edges that grow by a tenth each, to both sides of zero."""
    right, edge = [], 1e-12
    while edge < 1e20:
        right.append(edge)
        edge *= 1.1
    return [*(-edge for edge in reversed(right)), 0, *right]
