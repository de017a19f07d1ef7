"""Event files, read by a small decoder of their own: records, checksums, messages, and the ends."""

from __future__ import annotations

import gc
import io
import os
import random
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn
from minitorch.engine.registry import registry
from minitorch.nn.modules import everywhere
from minitorch.utils.png import animated_png
from minitorch.utils.tensorboard import FileWriter, RecordWriter, SummaryWriter, summary
from minitorch.utils.tensorboard.files import EventFileWriter
from minitorch.utils.tensorboard.graph import graph
from minitorch.utils.tensorboard.messages import Event, Summary, Value
from minitorch.utils.tensorboard.records import crc32c, masked_crc32c

# the decoder


def bitwise_crc(content):
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(content):
    crc = bitwise_crc(content)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32


def records(content):
    """The contents of all records, their checksums checked."""
    while content:
        length, checksum = struct.unpack("<QI", content[:12])
        assert checksum == masked(content[:8])
        body, (checksum,) = (
            content[12 : 12 + length],
            struct.unpack("<I", content[12 + length :][:4]),
        )
        assert len(body) == length and checksum == masked(body)
        yield body
        content = content[16 + length :]


def varint(content, at):
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value - 2**64 if value >= 2**63 else value, at


def fields(content):
    """The fields of a message: for each number, its values, in the order they have."""
    found, at = {}, 0
    while at < len(content):
        key, at = varint(content, at)
        if key & 7 == 0:
            value, at = varint(content, at)
        elif key & 7 == 2:
            length, at = varint(content, at)
            value, at = content[at : at + length], at + length
        else:
            kind, size = ("<d", 8) if key & 7 == 1 else ("<f", 4)
            (value,), at = struct.unpack(kind, content[at : at + size]), at + size
        found.setdefault(key >> 3, []).append(value)
    return found


def events(folder):
    """The fields of all events in all files of a directory."""
    paths = sorted(folder.glob("events.out.tfevents.*"), key=lambda p: int(p.name.split(".")[-1]))
    return [fields(body) for path in paths for body in records(path.read_bytes())]


def values(folder):
    """(step, tag, fields of the value) of all summaries."""
    found = []
    for event in events(folder):
        for made in event.get(5, ()):
            for value in map(fields, fields(made)[1]):
                found.append((event.get(2, [0])[0], value[1][0].decode(), value))
    return found


def scalars(folder):
    return [(step, tag, value[2][0]) for step, tag, value in values(folder)]


# records and messages


@pytest.mark.parametrize(
    "content, checksum",
    [
        (b"", 0), (b"123456789", 0xE3069283), (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43), (bytes(range(32)), 0x46DD794E),
    ],
)  # fmt: skip
def test_checksums_of_the_standard(content, checksum):
    assert crc32c(content) == checksum  # RFC 3720, B.4


@pytest.mark.parametrize("length", [96, 97, 255, 256, 257, 1025, 3000])
def test_checksums_of_long_contents(length):
    content = random.Random(length).randbytes(length)
    assert crc32c(content) == bitwise_crc(content)
    assert masked_crc32c(content) == masked(content)


def test_a_message_has_the_bytes_that_protobuf_writes():
    made = Summary(value=[Value(tag="loss/ü", simple_value=0.0)])
    event = Event(wall_time=1.5, step=-3, summary=made)
    assert event.SerializeToString().hex() == (
        "09000000000000f83f10fdffffffffffffffff012a100a0e0a076c6f73732fc3bc1500000000"
    )
    assert Event(wall_time=0.0, step=0).SerializeToString() == b""  # a reader assumes these
    text = 'step: -3\nsummary {\n  value {\n    tag: "loss/ü"\n    simple_value: 0.0\n  }\n}\n'
    assert str(event) == f"wall_time: 1.5\n{text}"
    with pytest.raises(ValueError, match="Event has no field 'steps'; it has wall_time"):
        Event(steps=3)


def test_records_of_a_file():
    file = io.BytesIO()
    writer = RecordWriter(file)
    for content in (b"", b"abc", bytes(1000)):
        writer.write(content)
    writer.flush()
    assert list(records(file.getvalue())) == [b"", b"abc", bytes(1000)]
    assert not writer.closed
    writer.close()
    assert writer.closed


# what is written


def test_numbers(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a/b", 0.25, 3, walltime=7.5)
        writer.add_scalar("a/b", torch.tensor([2.0], requires_grad=True), torch.tensor(4))
        writer.add_scalar("a/b", 1e60, -1)
        writer.add_scalar("c", 0)
        writer.add_scalars("all", {"one": 1, "two": 2}, 5)
    first, *rest = events(tmp_path)
    assert first[3] == [b"brain.Event:2"] and rest[0][1] == [7.5]
    assert scalars(tmp_path) == [
        (3, "a/b", 0.25),
        (4, "a/b", 2.0),
        (-1, "a/b", np.inf),
        (0, "c", 0),
    ]
    assert scalars(tmp_path / "all_one") == [(5, "all", 1.0)]
    assert scalars(tmp_path / "all_two") == [(5, "all", 2.0)]


def test_histograms_leave_empty_bins_out(tmp_path):
    x = torch.tensor([-1.0, 0.5, 0.5, 2.0])
    with SummaryWriter(tmp_path) as writer:
        writer.add_histogram("h", x, 1, bins=[-5.0, -3, -2, 0, 1, 3, 9])
        writer.add_histogram("h", x, 2)
    (_, _, value), (_, _, default) = values(tmp_path)
    found = fields(value[5][0])
    assert [found[i][0] for i in range(1, 6)] == [-1, 2, 4, 2, 5.5]
    assert np.frombuffer(found[6][0]).tolist() == [-2, 0, 1, 3]
    assert np.frombuffer(found[7][0]).tolist() == [0, 1, 2, 1]
    counts = np.frombuffer(fields(default[5][0])[7][0])
    assert counts.sum() == 4 and counts[[1, -1]].tolist() == [1, 1]
    with pytest.raises(ValueError, match="none of the 1 values lies between 0 and 1"):
        writer.add_histogram("h", torch.tensor([3.0]), bins=[0.0, 1.0])


def pixels(content):
    """The pixels of a PNG file as it is written here: without filters."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = [], 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        name, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        assert struct.unpack(">I", content[at + 8 + length :][:4]) == (zlib.crc32(name + data),)
        chunks.append((name, data))
        at += 12 + length
    width, height, _, kind = struct.unpack(">IIBB", chunks[0][1][:10])
    channels = {0: 1, 4: 2, 2: 3, 6: 4}[kind]
    frames = [
        data if name == b"IDAT" else data[4:] for name, data in chunks if name in (b"IDAT", b"fdAT")
    ]
    shape = (height, 1 + width * channels)
    rows = [np.frombuffer(zlib.decompress(f), np.uint8).reshape(shape) for f in frames]
    return [r[:, 1:].reshape(height, width, channels) for r in rows], chunks


def test_images(tmp_path):
    image = torch.rand(3, 4, 5)
    boxes = torch.tensor([[1.0, 1, 3, 2]])
    with SummaryWriter(tmp_path) as writer:
        writer.add_image("i", image, 2)
        writer.add_images("i", torch.stack([image[:1]] * 9))
        writer.add_image_with_boxes("i", torch.zeros(3, 8, 9, dtype=torch.uint8), boxes)
    found = [fields(value[4][0]) for _, _, value in values(tmp_path)]
    sizes = [(f[1][0], f[2][0], f[3][0]) for f in found]
    assert sizes == [(4, 5, 3), (8, 40, 3), (8, 9, 3)]
    one, grid, boxed = (pixels(f[4][0])[0][0] for f in found)
    expected = (image.permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    np.testing.assert_array_equal(one, expected)
    np.testing.assert_array_equal(grid[4:, :5], np.repeat(expected[..., :1], 3, 2))
    assert not grid[4:, 5:].any()
    assert boxed[..., 0].any() and not boxed[..., 1:].any() and not boxed[4:].any()


def test_labels_need_pillow(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    image, boxes = torch.zeros(3, 9, 9), torch.tensor([[1, 1, 5, 5]])
    with SummaryWriter(tmp_path) as writer:
        for more in ({"labels": ["cat"]}, {"rescale": 2}):
            with pytest.raises(ModuleNotFoundError, match=r"pip install 'minitorch\[images\]'"):
                writer.add_image_with_boxes("i", image, boxes, **more)
        writer.add_image_with_boxes("i", image, boxes, labels=["cat", "dog"])  # too many: none
    assert len(values(tmp_path)) == 1


def test_figures_need_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    with SummaryWriter(tmp_path) as writer, pytest.raises(ModuleNotFoundError, match="plot"):
        writer.add_figure("f", None)


def test_videos_are_animated_png(tmp_path):
    video = torch.rand(3, 4, 1, 2, 5)
    with SummaryWriter(tmp_path) as writer:
        writer.add_video("v", video, 1, fps=8)
    ((_, _, value),) = values(tmp_path)
    image = fields(value[4][0])
    assert [image[i][0] for i in (1, 2, 3)] == [2, 20, 1]
    frames, chunks = pixels(image[4][0])
    assert len(frames) == 4
    for t, frame in enumerate(frames):
        for i in range(3):
            expected = (video[i, t, 0].numpy() * 255).astype(np.uint8)
            np.testing.assert_array_equal(frame[:, 5 * i : 5 * i + 5, 0], expected)
    told = dict(chunks)
    assert struct.unpack(">II", told[b"acTL"]) == (4, 0)
    numbers = [data[:4] for name, data in chunks if name in (b"fcTL", b"fdAT")]
    assert [struct.unpack(">I", n)[0] for n in numbers] == list(range(7))
    assert struct.unpack(">HH", told[b"fcTL"][20:24]) == (125, 1000)
    assert animated_png(np.zeros((1, 2, 2, 3), np.uint8), 4).count(b"fdAT") == 0


def test_text_sound_and_charts(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_text("t", "*größer*", 1)
        writer.add_audio("s", torch.tensor([0.0, 1.0, -1.0]), sample_rate=100)
        writer.add_custom_scalars_multilinechart(["a", "b"])
    (_, tag, text), (_, _, sound), (_, chart, layout) = values(tmp_path)
    assert tag == "t/text_summary" and fields(text[8][0])[8] == ["*größer*".encode()]
    audio = fields(sound[6][0])
    assert (audio[1], audio[2], audio[3], audio[5]) == ([100.0], [1], [3], [b"audio/wav"])
    assert np.frombuffer(audio[4][0][44:], "<i2").tolist() == [0, 32767, -32767]
    assert chart == "custom_scalars__config__"
    (category,) = fields(fields(layout[8][0])[8][0])[2]
    (multiline,) = fields(fields(category)[2][0])[2]
    assert fields(multiline) == {1: [b"a", b"b"]}


def test_a_curve_of_precision_and_recall():
    labels, p = np.array([1, 0, 1, 1, 0, 1]), np.array([0.0, 0.3, 0.5, 0.9, 1.0, 1.0])
    w = np.array([1.0, 2, 3, 4, 5, 6])
    tp, fp, tn, fn, precision, recall = summary.compute_curve(labels, p, 5, w)
    for i, threshold in enumerate(np.arange(5) / 4):
        found = p >= threshold
        assert tp[i] == (w * labels)[found].sum() and fp[i] == (w * (1 - labels))[found].sum()
        assert fn[i] == (w * labels)[~found].sum() and tn[i] == (w * (1 - labels))[~found].sum()
    np.testing.assert_allclose(precision, tp / (tp + fp))
    np.testing.assert_allclose(recall, tp / (tp + fn))


def test_runs_and_embeddings(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_hparams({"lr": 0.5, "opt": "sgd"}, {"acc": 0.75}, run_name="run")
        writer.add_embedding(torch.eye(2), ["a", "b"], torch.ones(2, 3, 4, 4), tag="x/y")
    tags = [tag for _, tag, _ in values(tmp_path / "run")]
    names = ["experiment", "session_start_info", "session_end_info"]
    assert tags == [*(f"_hparams_/{name}" for name in names), "acc"]
    folder = tmp_path / "00000" / "x%2fy"
    assert (folder / "tensors.tsv").read_text() == "1.0\t0.0\n0.0\t1.0\n"
    assert (folder / "metadata.tsv").read_text() == "a\nb\n"
    assert pixels((folder / "sprite.png").read_bytes())[0][0].shape == (8, 8, 3)
    assert (tmp_path / "projector_config.pbtxt").read_text().splitlines() == [
        "embeddings {", '  tensor_name: "x/y:00000"', '  metadata_path: "00000/x%2fy/metadata.tsv"',
        "  sprite {", '    image_path: "00000/x%2fy/sprite.png"', "    single_image_dim: 4",
        "    single_image_dim: 4", "  }", '  tensor_path: "00000/x%2fy/tensors.tsv"', "}",
    ]  # fmt: skip


def test_what_is_refused(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(NotImplementedError, match=r"add_graph\(model, input\)"):
            writer.add_onnx_graph("model.onnx")
        with pytest.raises(TypeError, match="batched"):
            torch.vmap(lambda x: writer.add_scalar("a", x) or x)(torch.ones(2))
    with pytest.raises(NotImplementedError, match="'s3://bucket/runs' is not one"):
        SummaryWriter("s3://bucket/runs")


# when it is written


def test_events_wait_in_memory_until_there_are_enough(tmp_path):
    writer = SummaryWriter(tmp_path, max_queue=5)
    for i in range(13):
        writer.add_scalar("a", i, i)
    assert len(scalars(tmp_path)) == 10
    writer.flush()
    assert len(scalars(tmp_path)) == 13
    writer.close()


def test_events_are_written_after_some_time(tmp_path):
    writer = EventFileWriter(tmp_path)
    stream = writer._stream

    class Clock:  # strikes once
        def __init__(self):
            self.asked = []

        def wait(self, seconds):
            self.asked.append(seconds)
            return len(self.asked) > 1

    writer.add_event(Event(step=3))
    assert len(events(tmp_path)) == 1
    closed, stream.closed = stream.closed, Clock()
    stream.flush_every(60)
    assert stream.closed.asked == [60, 60] and len(events(tmp_path)) == 2
    stream.closed = closed
    writer.close()
    with pytest.raises(OSError, match="closed"):
        writer.add_event(Event(step=4))
    with pytest.raises(OSError, match="closed"):
        writer.flush()
    writer.reopen()
    writer.add_event(Event(step=5))
    writer.close()
    assert [event.get(2) for event in events(tmp_path)] == [None, [3], None, [5]]


def test_a_full_disk_is_told_of_and_nothing_is_lost(tmp_path):
    writer = EventFileWriter(tmp_path, max_queue_size=2)
    stream = writer._stream

    class Full:
        def __init__(self, file):
            self.file, self.closed = file, False

        def write(self, content):
            raise OSError(28, "No space left on device")

    stream.file, file = Full(stream.file), stream.file
    writer.add_event(Event(step=1))
    with pytest.raises(OSError, match="No space"):
        writer.add_event(Event(step=2))
    stream.file = file
    writer.add_event(Event(step=3))
    writer.close()
    assert [event.get(2) for event in events(tmp_path)] == [None, [1], [2], [3]]


def test_a_forgotten_writer_is_closed(tmp_path):
    writer = SummaryWriter(tmp_path)
    writer.add_scalar("a", 1.0)
    file = writer.file_writer.event_writer._stream.file
    del writer
    gc.collect()
    assert file.closed and scalars(tmp_path) == [(0, "a", 1.0)]


def test_threads_share_a_writer(tmp_path):
    writer = SummaryWriter(tmp_path)

    def log(name):
        for i in range(100):
            writer.add_scalar(name, i, i)

    threads = [threading.Thread(target=log, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    found = scalars(tmp_path)
    for name in "abcd":
        assert [step for step, tag, _ in found if tag == name] == list(range(100))


def run(script, *args):
    return subprocess.run(
        [sys.executable, *args], input=script, text=True, capture_output=True, timeout=60
    )


SCRIPT = """
import sys
from {torch}.utils.tensorboard import SummaryWriter
writer = SummaryWriter({folder!r})
for i in range(7):
    writer.add_scalar("a", i, i)
{end}
"""


def test_a_program_that_fails_has_written_all(tmp_path):
    script = SCRIPT.format(torch="minitorch", folder=str(tmp_path), end="raise ValueError('oh')")
    done = run(script, "-")
    assert done.returncode == 1 and "ValueError: oh" in done.stderr
    assert [step for step, *_ in scalars(tmp_path)] == list(range(7))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_writes_nothing_twice(tmp_path):
    end = """
import os
if os.fork() == 0:
    writer.add_scalar("child", 1.0, 1)
    sys.exit()
os.wait()
"""
    done = run(SCRIPT.format(torch="minitorch", folder=str(tmp_path), end=end), "-")
    assert done.returncode == 0, done.stderr
    found = scalars(tmp_path)
    assert sorted(step for step, tag, _ in found if tag == "a") == list(range(7))
    assert [value for _, tag, value in found if tag == "child"] == [1.0]


def test_scripts_import_it_as_pytorchs(tmp_path):
    path = tmp_path / "script.py"
    end = "from torch.utils.tensorboard.summary import hparams\nprint(len(hparams({}, {})))"
    path.write_text(SCRIPT.format(torch="torch", folder=str(tmp_path / "runs"), end=end))
    done = run("", "-m", "minitorch", "run", str(path))
    assert done.returncode == 0 and done.stdout == "3\n", done.stderr
    assert len(scalars(tmp_path / "runs")) == 7


# graphs


class Net(nn.Module):
    """Layers in a list, a tensor that is no parameter, a write in place, and a constant."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])
        self.drop = nn.Dropout()
        self.register_buffer("scale", torch.ones(3))

    def forward(self, x, more):
        for layer in self.layers:
            x = self.drop(layer(x)).relu()
        x = x * self.scale
        x += more["bias"]
        return {"y": torch.cat([x, x]), "z": x.max(dim=1)[1] == 3}


def nodes_of(made):
    """The nodes of a graph, decoded: name -> (operation, sources)."""
    found = [fields(node) for node in fields(made.SerializeToString())[1]]
    return {
        node[1][0].decode(): (node[2][0].decode(), [s.decode() for s in node.get(3, ())])
        for node in found
    }


def test_the_graph_of_a_model():
    net = Net()
    before = (
        [(op, op.run) for op in registry.values()],
        torch.get_rng_state(),
        dict(everywhere.calls),
    )
    net.drop.eval()
    made, _ = graph(net, (torch.ones(2, 3), {"bias": torch.ones(3)}))
    nodes = nodes_of(made)
    first, second = (f"Net/ModuleList[layers]/Linear[{i}]" for i in range(2))
    assert nodes[f"{first}/linear"] == ("linear", ["input/x", f"{first}/weight", f"{first}/bias"])
    assert nodes[f"{second}/linear"][1][0] == "Net/relu"
    assert nodes["Net/multiply"] == ("multiply", ["Net/relu_1", "Net/scale"])
    assert nodes["Net/scale"] == ("Buffer", []) and nodes[f"{first}/bias"] == ("Parameter", [])
    assert nodes["Net/add"] == ("add", ["Net/multiply", "input/more.bias"])
    assert nodes["Net/cat"] == ("cat", ["Net/add", "Net/add"])
    assert nodes["output/output.1"] == ("IO Node", ["Net/cat"])
    assert nodes["Net/equal"][1][1] == "Net/constant" and nodes["Net/constant"] == ("Const", [])
    assert nodes["output/output.2"] == ("IO Node", ["Net/equal"])
    for _, sources in nodes.values():
        assert nodes.keys() >= set(sources)
    assert [(op, op.run) for op in registry.values()] == before[0]
    assert torch.equal(torch.get_rng_state(), before[1]) and dict(everywhere.calls) == before[2]
    assert net.training and net.layers[0].training and not net.drop.training


def test_a_model_that_fails_leaves_nothing_behind(capsys, tmp_path):
    runs = [op.run for op in registry.values()]
    net = nn.Sequential(nn.Linear(3, 2), nn.Linear(3, 2))
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
            writer.add_graph(net, torch.ones(2, 3))
        assert [op.run for op in registry.values()] == runs and not everywhere.calls
        assert net.training and net[0].training
        with pytest.raises(RuntimeError, match="give it an input"):
            writer.add_graph(net)
        with pytest.raises(
            TypeError, match="add_graph shows a torch.nn.Module, but got a function"
        ):
            writer.add_graph(lambda x: x, torch.ones(2))
        writer.add_graph(net[0], torch.ones(2, 3), verbose=True)
    assert 'name: "Linear/linear"' in capsys.readouterr().out
    found = events(tmp_path)
    assert [set(event) - {1} for event in found] == [{3, 10}, {4}, {8}]


def test_a_file_writer_alone(tmp_path):
    writer = FileWriter(tmp_path, filename_suffix=".x")
    writer.add_summary(summary.scalar("a", 2.0), 3, 4.0)
    writer.flush()
    assert writer.get_logdir() == str(tmp_path)
    writer.close()
    (path,) = tmp_path.iterdir()
    assert path.name.endswith(".x")
    _, event = map(fields, records(path.read_bytes()))
    assert (event[1], event[2]) == ([4.0], [3])


def test_the_pages_example(tmp_path, monkeypatch):
    page = (Path(__file__).parent.parent / "docs" / "tensorboard.md").read_text()
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    exec(page.split("```python\n")[1].split("```")[0], {})
    losses = [v for _, tag, v in scalars_tagged(tmp_path / "runs" / "first", "loss/train")]
    assert len(losses) == 100 and losses[-1] < losses[0] / 2


def scalars_tagged(folder, name):
    return [(step, tag, v[2][0]) for step, tag, v in values(folder) if tag == name]


def test_graphs_see_writes_in_place():
    class Writing(nn.Module):
        def forward(self, x, b):
            x = x * 2
            x += b
            x.pow_(2)
            x[:, 0] = b[0]
            return x.masked_fill_(x > 1, 3.0).t()

    made, _ = graph(Writing(), (torch.tensor([[np.nan, 1.0]] * 2), torch.ones(2)))
    nodes = nodes_of(made)
    assert nodes["Writing/add"] == ("add", ["Writing/multiply", "input/b"])
    assert nodes["Writing/pow_scalar"][1] == ["Writing/add"]
    assert nodes["Writing/write"][1][0] == "Writing/pow_scalar"
    assert nodes["Writing/greater"][1][0] == "Writing/write"
    assert "Writing/write" in nodes["Writing/where"][1]
    assert nodes["Writing/swap"][1] == ["Writing/where"]
