"""Event files are those that PyTorch's SummaryWriter writes for the same calls."""

from __future__ import annotations

import contextlib
import inspect
import io
import itertools
import re

import numpy as np
import pytest

import minitorch as ours
from minitorch.utils.tensorboard import FileWriter, SummaryWriter

theirs = pytest.importorskip("torch")
pytest.importorskip("tensorboard")

from google.protobuf import text_format  # noqa: E402
from PIL import Image  # noqa: E402
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader  # noqa: E402
from tensorboard.compat.proto.event_pb2 import Event  # noqa: E402
from tensorboard.compat.proto.graph_pb2 import GraphDef  # noqa: E402
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import crc32c as their_crc  # noqa: E402
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData  # noqa: E402
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig  # noqa: E402
from tensorboard.util import tensor_util  # noqa: E402
from torch.utils import tensorboard as their_tensorboard  # noqa: E402
from torch.utils.tensorboard import summary as their_summary  # noqa: E402

from minitorch.utils.tensorboard import summary  # noqa: E402
from minitorch.utils.tensorboard.records import crc32c  # noqa: E402

BOTH = [(theirs, their_tensorboard.SummaryWriter), (ours, SummaryWriter)]
NUMBERS = np.random.default_rng(0)
BATCH = NUMBERS.random((5, 3, 7, 6), np.float32)
BYTES = NUMBERS.integers(0, 256, (3, 7, 6), np.uint8)
BOXES = np.array([[1, 2, 5, 6], [6.7, 3.2, 15.5, 12.4]])
LABELS, PREDICTIONS = NUMBERS.integers(0, 2, 50), NUMBERS.random(50)
SOUND = np.sin(np.arange(300) / 9).astype(np.float32)
POINTS = NUMBERS.random((2, 4, 3), np.float32)
VALUES, MATRIX = NUMBERS.normal(size=(40, 5)), NUMBERS.random((5, 3), np.float32)
LAYOUT = {
    "A": {"one": ["Multiline", ["a/b", "c"]], "two": ["Margin", ["a", "b", "c"]]},
    "B": {"three": ["Multiline", ["é"]]},
}
CURVE = [np.arange(4.0) + i for i in range(6)]


def scalars_of(w, t):
    w.add_scalar("a", 0.5, 3)
    w.add_scalar("a", t.tensor(1.5), t.tensor(4))
    w.add_scalar("a", t.tensor([[2.5]], dtype=t.bfloat16), np.int64(5))
    w.add_scalar("a", 0)
    w.add_scalar("a", True, 2.9)
    w.add_scalar("a/b ü", np.float32(7), -3, walltime=12.5)
    w.add_scalar("a", float("nan"), 0)
    w.add_scalar("a", 1e300, 2**40)
    w.add_scalar("", -np.inf, 1)
    w.add_scalar("new", 0.1, 1, new_style=True)
    w.add_scalar("new", 0.1, 1, new_style=True, double_precision=True)
    w.add_scalar("new", 0.1, 1, double_precision=True)
    w.add_scalar("new", 0.0, 1, new_style=True)


def groups_of(w, t):
    w.add_scalars("loss/all", {"train": 1.0, "valid": t.tensor(2.0)}, 1)
    w.add_scalars("loss/all", {"train": 3.0, "test": 4}, 2, walltime=5)
    w.add_scalars("other", {"train": 3.0})


def histograms_of(w, t):
    values = VALUES * [1e-9, 0.1, 1, 100, 1e9]
    for i, x in enumerate([values, values.astype(np.float32)[:, :3], np.zeros(3), [7], [-1, 1]]):
        w.add_histogram("h", t.tensor(x), i)
        w.add_histogram("h", np.asarray(x), i, bins="auto")
        w.add_histogram("h", t.tensor(x), i, max_bins=30)
        w.add_histogram("h", t.tensor(x), i, bins=7, max_bins=3)
        w.add_histogram("h", t.tensor(x), i, bins=[-1.0, 0.0, 0.5, 1e10], walltime=3)
    w.add_histogram_raw("r", 0.0, 4.0, 5, 8.0, 20.0, [1.0, 2.0, 5.0], [1, 0, 4], 3)
    w.add_histogram_raw("r", min=0, max=1, num=2, sum=1, sum_squares=1, bucket_limits=[1],
                        bucket_counts=np.array([2]))  # fmt: skip


def images_of(w, t):
    image, batch, pixels = t.tensor(BATCH[0]), t.tensor(BATCH), t.tensor(BYTES)
    w.add_image("i", image, 1)
    w.add_image("i", BATCH[0] * 3 - 1)
    w.add_image("i", pixels)
    w.add_image("i", pixels[:1])
    w.add_image("i", BYTES.transpose(1, 2, 0), 2, dataformats="HWC")
    w.add_image("i", image[0], dataformats="HW")
    w.add_image("i", image[0], dataformats="WH")
    w.add_image("i", image[0] > 0.5, dataformats="hw")
    w.add_image("i", batch, dataformats="NCHW")
    w.add_image("four", np.concatenate([BYTES, BYTES[:1]]))
    w.add_images("i", batch, 3)
    w.add_images("i", batch[:, :1], 3)
    w.add_images("i", t.tensor(np.concatenate([BATCH, BATCH])).permute(0, 2, 3, 1), 3, None, "NHWC")


def boxes_of(w, t):
    large = np.zeros((3, 20, 24), np.uint8)
    w.add_image_with_boxes("b", t.tensor(large), t.tensor(BOXES), 1)
    w.add_image_with_boxes("b", large, BOXES, labels=["one"])
    w.add_image_with_boxes("b", large, BOXES[:1], labels="cat")
    w.add_image_with_boxes("b", large, BOXES, 1, 2.0, 2, labels=["a", "dog"])
    w.add_image_with_boxes("b", large.transpose(1, 2, 0), BOXES, dataformats="HWC", rescale=0.5)


def others_of(w, t):
    w.add_audio("s", t.tensor(SOUND), 1)
    w.add_audio("s", SOUND[None] * 0.1, sample_rate=8000)
    w.add_audio("s", SOUND * 2)
    w.add_text("t", "# Größe\n|a|b|", 4, walltime=2)
    w.add_text("t", "")
    w.add_pr_curve("p", t.tensor(LABELS), t.tensor(PREDICTIONS), 1)
    w.add_pr_curve("p", LABELS > 0, PREDICTIONS.astype(np.float32), 1, 10, PREDICTIONS)
    w.add_pr_curve("p", LABELS, np.round(PREDICTIONS), 1, 300)
    w.add_pr_curve_raw("p", *CURVE, global_step=3, num_thresholds=4)
    w.add_custom_scalars(LAYOUT)
    w.add_custom_scalars_multilinechart(["a", "b"])
    w.add_custom_scalars_marginchart(["a", "b", "c"], "category", "title")
    w.add_mesh("m", t.tensor(POINTS))
    config = {"material": {"cls": "PointsMaterial", "size": 2}, "camera": {"fov": 75}}
    w.add_mesh("m", t.tensor(POINTS), t.tensor(POINTS * 255).int(), t.tensor([[[0, 1, 2]]] * 2),
               config, 3)  # fmt: skip


def tensors_of(w, t):
    for dtype in ("float32", "float64", "int8", "int16", "int32", "int64", "bool", "complex64",
                  "complex128"):  # fmt: skip
        w.add_tensor("t", t.tensor([[0.0, 1.5], [-2.5, 3.0]]).to(getattr(t, dtype)), 1)
        w.add_tensor("t", t.tensor(1).to(getattr(t, dtype)))


def runs_of(w, t):
    options = {"lr": 0.1, "size": 4, "kind": "sgd", "on": True, "none": None, "é": t.tensor([0.5])}
    w.add_hparams(options, {"accuracy": 0.9, "loss": t.tensor(1.0)}, run_name="one")
    w.add_hparams({"lr": 0.1, "kind": "a"}, {}, {"lr": [0.1, 0.2], "kind": ["a", "b"]}, "two", 7)


def embeddings_of(w, t):
    mat, pictures = t.tensor(MATRIX), t.tensor(BATCH[:, :, :5])
    w.add_embedding(mat, list("abcde"), pictures)
    w.add_embedding(MATRIX, [["a", 1]] * 5, None, 3, 'odd/"tag\\%', ["name", "number"])
    w.add_embedding(mat.double(), global_step=12)


CALLS = [scalars_of, groups_of, histograms_of, images_of, boxes_of, others_of, tensors_of, runs_of,
         embeddings_of]  # fmt: skip


def events_of(path):
    """The events of a file, without what depends on the time and on the program."""
    events = []
    for event in read(path):
        if event.wall_time > 1e6:
            event.wall_time = 0
        event.ClearField("source_metadata")
        for value in event.summary.value:
            if value.HasField("image"):
                value.image.encoded_image_string = b""
            plugin = value.metadata.plugin_data
            if plugin.plugin_name == "hparams":  # with a map, whose order is free
                told = HParamsPluginData.FromString(plugin.content)
                plugin.content = told.SerializeToString(deterministic=True)
        events.append(event)
    return events


def read(path):
    return [Event.FromString(content) for content in RawEventFileLoader(str(path)).Load()]


def pictures_of(path):
    for event in read(path):
        for value in event.summary.value:
            if value.HasField("image"):
                yield np.asarray(Image.open(io.BytesIO(value.image.encoded_image_string)))


def files_of(folder):
    """All files below a directory, by their names without what depends on the time."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            known = re.sub(r"tfevents\.\d{10}\.(.*)\.(\d+)\.\d+", r"tfevents.\1.\2", str(path))
            found[known.removeprefix(str(folder))] = path
    return found


@pytest.mark.parametrize("calls", CALLS, ids=lambda calls: calls.__name__)
def test_the_files_are_pytorchs(calls, tmp_path, capsys):
    found, printed = [], []
    for torch, Writer in BOTH:
        folder = tmp_path / torch.__name__
        with Writer(folder) as writer:
            calls(writer, torch)
        found.append(files_of(folder))
        printed.append(capsys.readouterr().out)
    assert printed[1] == printed[0]
    expected, given = found
    assert given.keys() == expected.keys() and len(given) >= 1
    for name in expected:
        if "tfevents" in name:
            assert events_of(given[name]) == events_of(expected[name])
            for mine, right in itertools.zip_longest(
                *map(pictures_of, (given[name], expected[name]))
            ):
                np.testing.assert_array_equal(mine, right)
        elif name.endswith(".png"):
            mine, right = (np.asarray(Image.open(f[name])).astype(int) for f in (given, expected))
            np.testing.assert_allclose(mine, right, atol=1)  # rounded in single or in double
        elif name.endswith(".pbtxt"):
            mine, right = (
                text_format.Parse(f[name].read_text(), ProjectorConfig()) for f in (given, expected)
            )
            assert mine == right and len(mine.embeddings) == 3
        else:
            assert given[name].read_bytes() == expected[name].read_bytes()


def test_the_bytes_of_messages_are_protobufs(tmp_path):
    for calls in (scalars_of, histograms_of, others_of, tensors_of):
        folder = tmp_path / calls.__name__
        with SummaryWriter(folder) as writer:
            calls(writer, ours)
        (path,) = folder.iterdir()
        content = path.read_bytes()
        while content:
            (length,) = np.frombuffer(content[:8], "<u8")
            body, content = content[12 : 12 + length], content[16 + length :]
            assert Event.FromString(body).SerializeToString() == body


MISTAKES = [
    lambda w, t: w.add_scalar("a", t.ones(2)),
    lambda w, t: w.add_scalar("a", t.ones(0)),
    lambda w, t: w.add_scalar("a", [1.0]),
    lambda w, t: w.add_scalar("a", None),
    lambda w, t: w.add_scalar("a", "one"),
    lambda w, t: w.add_scalar("a", 1j),
    lambda w, t: w.add_scalar(3, 1.0),
    lambda w, t: w.add_scalar("a", 1.0, "x"),
    lambda w, t: w.add_scalar("a", 1.0, 2**70),
    lambda w, t: w.add_scalar("a", 1.0, None, "x"),
    lambda w, t: w.add_histogram("a", t.ones(0)),
    lambda w, t: w.add_histogram("a", [1.0]),
    lambda w, t: w.add_histogram("a", np.array([1e30])),
    lambda w, t: w.add_histogram("a", np.array([1.0]), bins="no"),
    lambda w, t: w.add_histogram_raw("a", 0, 1, 2, 3, 4, [1], [1, 2]),
    lambda w, t: w.add_image("a", t.ones(2, 2)),
    lambda w, t: w.add_image("a", t.ones(3, 2, 2), dataformats="CCH"),
    lambda w, t: w.add_images("a", t.ones(1, 2, 2, 2)),
    lambda w, t: w.add_image("a", t.ones(5, 2, 2)),
    lambda w, t: w.add_image("a", [[1.0]]),
    lambda w, t: w.add_audio("a", t.ones(2, 3)),
    lambda w, t: w.add_text("a", 3),
    lambda w, t: w.add_hparams([], {}),
    lambda w, t: w.add_hparams({}, None),
    lambda w, t: w.add_hparams({"a": [1]}, {}),
    lambda w, t: w.add_hparams({"a": 1}, {}, {"b": [1]}),
    lambda w, t: w.add_hparams({"a": 1}, {}, {"a": ["x"]}),
    lambda w, t: w.add_hparams({"a": 1}, {}, [1]),
    lambda w, t: w.add_embedding(t.ones(3)),
    lambda w, t: w.add_embedding(t.ones(3, 2), metadata=["a"]),
    lambda w, t: w.add_embedding(t.ones(3, 2), label_img=t.ones(2, 3, 4, 4)),
    lambda w, t: w.add_embedding(t.ones(2, 2), [["a"], ["b"]], metadata_header=["x", "y"]),
    lambda w, t: w.add_custom_scalars_marginchart(["a"]),
    lambda w, t: w.add_custom_scalars({"a": {"b": ["Margin", ["x"]]}}),
    lambda w, t: w.add_mesh("a", t.ones(2, 3)),
    lambda w, t: w.add_graph(t.nn.Linear(2, 2)),
    lambda w, t: w.add_graph(t.nn.Linear(2, 2), t.ones(3)),
]


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize("i", range(len(MISTAKES)))
def test_mistakes_raise_what_pytorch_raises(i, tmp_path):
    kinds = []
    for torch, Writer in BOTH:
        with Writer(tmp_path) as writer, pytest.raises(Exception) as caught:
            MISTAKES[i](writer, torch)
        kinds.append(caught.type)
    assert issubclass(kinds[1], kinds[0]), kinds


def test_signatures_are_pytorchs():
    for mine, right in [(SummaryWriter, their_tensorboard.SummaryWriter),
                        (FileWriter, their_tensorboard.FileWriter)]:  # fmt: skip
        public = [n for n, f in vars(right).items() if callable(f) and n[:1] != "_"]
        for name in ["__init__", *public]:
            f, g = (inspect.signature(getattr(c, name)).parameters for c in (mine, right))
            assert [(p.name, p.default) for p in f.values()] == [
                (p.name, p.default) for p in g.values()
            ], name
    for name in set(summary.__all__) - {"compute_curve"}:  # which needs its thresholds
        f, g = (inspect.signature(getattr(m, name)).parameters for m in (summary, their_summary))
        assert [(p.name, p.default) for p in f.values()] == [
            (p.name, p.default) for p in g.values()
        ], name
    absent = {"half_to_int", "int_to_half", "draw_boxes"}
    assert set(their_summary.__all__) - set(summary.__all__) == absent
    assert set(their_tensorboard.__all__) == {"FileWriter", "RecordWriter", "SummaryWriter"}


def test_names_of_directories_and_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = []
    for _, Writer in BOTH:
        with Writer(comment="_note", filename_suffix=".end") as writer:
            pass
        names.append(re.sub(r"[A-Z][a-z]{2}\d\d_\d\d-\d\d-\d\d", "<time>", writer.get_logdir()))
    assert names[0] == names[1] and names[0].startswith("runs/<time>_")
    assert len({*files_of(tmp_path)}) <= 2  # in one second's directory, or in two
    for name in files_of(tmp_path):
        assert name.endswith(".end")


def test_purged_steps_and_files_after_close(tmp_path):
    found = []
    for torch, Writer in BOTH:
        folder = tmp_path / torch.__name__
        writer = Writer(folder, purge_step=5)
        writer.add_scalar("a", 1.0, 5)
        writer.close()
        writer.close()
        writer.flush()
        writer.add_scalar("a", 2.0, 6)
        writer.close()
        paths = sorted(folder.iterdir(), key=lambda p: int(p.name.rsplit(".", 1)[1]))
        found.append([events_of(path) for path in paths])
    assert found[1] == found[0]
    assert [len(events) for events in found[1]] == [4, 2]


def test_tensorboard_reads_it_all(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for i in range(25):
            writer.add_scalar("loss", 1 / (1 + i), i)
        histograms_of(writer, ours)
        others_of(writer, ours)
        images_of(writer, ours)
        writer.add_graph(ours.nn.Linear(3, 2), ours.ones(1, 3))
    found = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0}).Reload()
    assert [(e.step, e.value) for e in found.Scalars("loss")] == [
        (i, np.float32(1 / (1 + i))) for i in range(25)
    ]
    assert found.Tags()["histograms"] == ["h", "r"] and found.Tags()["audio"] == ["s"]
    assert found.Tags()["images"] == ["i", "four"] and found.Tags()["graph"]
    assert set(found.Tags()["tensors"]) >= {"t/text_summary", "p", "m_VERTEX", "m_FACE", "m_COLOR"}
    content = found.SummaryMetadata("m_FACE").plugin_data.content
    assert b"PointsMaterial" in content


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "uint8"])
def test_tensors_of_every_dtype_can_be_read(dtype, tmp_path):
    # PyTorch writes these in a way that TensorBoard's own reader does not understand
    x = ours.tensor([[0.0, 1.5], [200.0, 3.0]]).to(getattr(ours, dtype))
    with SummaryWriter(tmp_path) as writer:
        writer.add_tensor("t", x)
    (event,) = EventAccumulator(str(tmp_path)).Reload().Tensors("t")
    if dtype == "bfloat16":  # which it reads only with another package
        bits = np.array(event.tensor_proto.half_val, np.uint32) << 16
        assert bits.view(np.float32).tolist() == x.flatten().tolist()
    else:
        back = tensor_util.make_ndarray(event.tensor_proto)
        assert back.dtype.name == dtype
        np.testing.assert_array_equal(back, x.numpy())


def test_hyperparameters_in_the_words_of_their_plugin(tmp_path):
    summaries = summary.hparams({"lr": 0.1, "opt": "sgd"}, {"accuracy": 0})
    contents = []
    for made in summaries:
        event = Event.FromString(Event(wall_time=1).SerializeToString())
        event.summary.MergeFromString(made.SerializeToString())
        contents.append(event.summary.value[0].metadata.plugin_data.content)
    experiment, start, end = map(HParamsPluginData.FromString, contents)
    assert [info.name for info in experiment.experiment.hparam_infos] == ["lr", "opt"]
    assert start.session_start_info.hparams["opt"].string_value == "sgd"
    assert end.session_end_info.status == 1


def test_protobufs_own_messages_are_taken(tmp_path):
    (made,) = their_summary.scalar("a", 1.0).value
    writer = FileWriter(str(tmp_path))
    writer.add_summary(their_summary.scalar("a", 1.0), 3)
    writer.add_event(Event(step=4, file_version="x"), 5, 6.0)
    writer.close()
    (path,) = tmp_path.iterdir()
    _, first, second = read(path)
    assert first.summary.value[0] == made and first.step == 3
    assert (second.step, second.wall_time) == (5, 6.0)


@pytest.mark.parametrize("length", [0, 1, 95, 96, 97, 100, 255, 256, 257, 1000, 5000])
def test_checksums(length):
    content = np.random.default_rng(length).bytes(length)
    assert crc32c(content) == their_crc(content)


def net_of(t):
    class Net(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.body = t.nn.Sequential(t.nn.Linear(4, 8), t.nn.ReLU())
            self.head = t.nn.Linear(8, 3)
            self.drop = t.nn.Dropout()

        def forward(self, x, pair):
            return self.drop(self.head(self.body(x))), pair[0] * pair[1]

    return Net(), (t.zeros(2, 4), (t.zeros(5), t.ones(5)))


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_graphs_have_pytorchs_boxes(tmp_path):
    found = []
    for torch, Writer in BOTH:
        net, inputs = net_of(torch)
        folder = tmp_path / torch.__name__
        with Writer(folder) as writer, contextlib.redirect_stdout(io.StringIO()):
            writer.add_graph(net, inputs)
        assert net.training and net.drop.training
        told = EventAccumulator(str(folder)).Reload()
        nodes = GraphDef.FromString(told.Graph().SerializeToString()).node
        found.append({node.name: node for node in nodes})
        assert told.Tags()["run_metadata"] == ["step1"]

    def boxes(nodes, op):
        shape = "_output_shapes"
        return {
            name.rpartition("/")[0]: str(node.attr[shape].list.shape)
            for name, node in nodes.items()
            if node.op.rpartition("::")[2] == op
        }

    expected, given = found
    for op in ("linear", "relu"):
        assert boxes(given, op) == boxes(expected, op) != {}
    assert given["input/x"].op == expected["input/x"].op == "IO Node"
    assert given["input/x"].attr["_output_shapes"] == expected["input/x"].attr["_output_shapes"]
    for name in given:
        for source in given[name].input:
            assert source in given
    linear = given["Net/Sequential[body]/Linear[0]/linear"]
    assert list(linear.input) == [
        "input/x", "Net/Sequential[body]/Linear[0]/weight", "Net/Sequential[body]/Linear[0]/bias"
    ]  # fmt: skip
    assert list(given["output/output.2"].input) == ["Net/multiply"]
    assert list(given["Net/multiply"].input) == ["input/pair.0", "input/pair.1"]


def test_figures(tmp_path):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    found = []
    for torch, Writer in BOTH:
        figures = []
        for i in range(2):
            figure, axes = plt.subplots(figsize=(2, 1))
            axes.plot([0, i])
            figures.append(figure)
        folder = tmp_path / torch.__name__
        with Writer(folder) as writer:
            writer.add_figure("f", figures[0], 1, close=False)
            writer.add_figure("f", figures, 2)
        assert not plt.get_fignums()
        (path,) = folder.iterdir()
        found.append((events_of(path), list(pictures_of(path))))
    (events, pictures), (mine, drawn) = found
    assert mine == events
    for a, b in zip(drawn, pictures, strict=True):
        np.testing.assert_array_equal(a, b)
