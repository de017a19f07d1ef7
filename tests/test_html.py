"""What notebooks show: HTML that is well formed, self-contained and escaped."""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import minitorch as torch
from minitorch import draw, explain, nn
from minitorch.faces import html
from minitorch.inspect import initialize_root, summary

HOSTILE = "<script>alert(1)</script>"
VOID = {"meta", "input", "br", "hr"}


class Reader(HTMLParser):
    """Checks that tags are closed in order, and gathers the text, tags and attributes."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.texts, self.attributes = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)


def well_formed(text):
    """The reader of a piece of HTML, in which all is closed and nothing comes from elsewhere."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open
    assert not {"script", "link", "iframe", "object", "embed", "img"} & set(reader.tags)
    for _, name, value in reader.attributes:
        assert not name.startswith("on")
        assert name not in ("src", "href") and "javascript:" not in (value or "")
    outside = text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|url\(", outside)
    return reader


def said(thing):
    """The text of what a notebook shows of a thing."""
    return " ".join(" ".join(well_formed(thing._repr_html_()).texts).split())


# the pieces


def test_what_is_escaped():
    assert html.escape("<a href='x'>&\"") == "&lt;a href=&#x27;x&#x27;&gt;&amp;&quot;"
    assert html.escape("a\x00b\ud800") == "a\ufffdb\ufffd"
    assert html.escape("温度 \n\t") == "温度 \n\t"
    for made in (
        html.code(HOSTILE), html.pre(HOSTILE), html.soft(HOSTILE), html.chip(HOSTILE, "red"),
        html.title(HOSTILE, HOSTILE), html.table([[HOSTILE]], [HOSTILE]), html.lines(HOSTILE),
        html.page(HOSTILE, html.pre(HOSTILE)), html.tag("b", "", title=f'"{HOSTILE}'),
    ):  # fmt: skip
        well_formed(made)


def test_numbers_stand_on_the_right():
    table = html.table([("lr", 0.1, "a"), ("eps", "1e-08", 2)], ("name", "value", "mixed"))
    assert table.count('class="num"') == 3  # the two and their heading
    assert html.table([]) == "<table></table>"


def test_details_need_no_script():
    shut = html.details(html.code("line"), html.pre("body"))
    assert shut.startswith("<details><summary><code>line</code></summary>")
    assert html.details("", "", opened=True).startswith("<details open>")


def test_a_page_is_a_whole_document():
    page = html.page("<Net>", html.shown(html.title("x")))
    reader = well_formed(page)
    assert page.startswith("<!doctype html>") and {"html", "head", "body", "title"} <= set(
        reader.tags
    )


def test_light_and_dark_have_all_colours():
    for colour in html.COLOURS:
        assert (
            html.STYLE.count(f"--mt-{colour}:") == 4
        )  # by the system's wish, by the page's choice
    assert "prefers-color-scheme:dark" in html.STYLE


# values


def test_a_small_matrix_is_a_tinted_table():
    x = torch.tensor([[1.0, -2.0], [float("nan"), 0.5]], requires_grad=True)
    text = x._repr_html_()
    assert said(x) == "Tensor (2, 2) · float32 · requires_grad 1 -2 nan 0.5"
    assert "rgba(74,125,240,0.2)" in text and "rgba(226,74,60,0.4)" in text


def test_other_tensors_are_shown_as_they_print():
    x = torch.arange(24.0).reshape(2, 3, 4)
    assert str(x) in html_text(x) and "(2, 3, 4) · float32" in said(x)
    assert "MulBackward0" in said(nn.Parameter(torch.ones(3)) * 2)
    assert "..." in said(torch.zeros(2000))
    assert said(nn.Parameter(torch.ones(1, 1))).startswith("Parameter (1, 1)")


def html_text(thing):
    return "".join(well_formed(thing._repr_html_()).texts)


@pytest.mark.parametrize(
    "x",
    [
        torch.zeros(0, 3), torch.zeros(3, 0), torch.tensor(2.0), torch.ones(2, 2) > 0,
        torch.ones(2, 2, dtype=torch.complex64), torch.full((2, 2), float("inf")),
        torch.zeros(2, 2), torch.ones(2, 2, dtype=torch.int8), nn.UninitializedParameter(),
        initialize_root(np.eye(2)), initialize_root(1.5),
    ],
)  # fmt: skip
def test_every_kind_of_tensor_can_be_shown(x):
    assert type(x).__name__.removeprefix("Uninitialized") in said(x)


def test_a_batched_tensor_can_be_shown():
    seen = []
    torch.func.vmap(lambda x: (seen.append(x._repr_html_()), x)[1])(torch.ones(2, 3))
    well_formed(seen[0])


# models, optimizers, data


def test_a_module_is_a_tree_with_its_tensors():
    net = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.BatchNorm1d(4), nn.LazyLinear(2)))
    net[0].weight.requires_grad_(False)
    text = said(net)
    assert text.startswith("Sequential 24 parameters and some not yet known · training mode")
    assert "Linear(in_features=3, out_features=4, bias=True)" in text
    assert "weight parameter (4, 3) float32, no gradient wanted" in text
    assert "running_mean buffer (4,)" in text
    assert well_formed(net._repr_html_()).tags.count("details") == 4


def test_a_layer_alone_tells_its_settings():
    told = nn.Linear(3, 2)._repr_html_()
    assert "in_features=3, out_features=2, bias=True · 8 parameters" in told
    assert "0 parameters" in nn.ReLU()._repr_html_()


def test_of_a_module_that_cannot_be_shown_the_repr_tells_why():
    class Unfinished(nn.Module):
        def __init__(self):
            pass

    class Broken(nn.Module):
        def extra_repr(self):
            raise RuntimeError("no repr")

    for module, error in ((Unfinished(), AttributeError), (Broken(), RuntimeError)):
        assert module._repr_html_() is None
        with pytest.raises(error):
            repr(module)


def test_optimizers_and_schedulers():
    w, b = nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2))
    opt = torch.optim.SGD([{"params": [w]}, {"params": [b], "lr": 0.5}], lr=0.1)
    assert "group 0 group 1 tensors (numbers) 1 (4) 1 (2) lr 0.1 0.5" in said(opt)
    scheduler = torch.optim.lr_scheduler.StepLR(opt, 3)
    assert said(scheduler).startswith("StepLR of SGD step_size 3 gamma 0.1")
    assert said(scheduler).endswith("learning rate now 0.1, 0.5")


def test_data_tells_its_size_and_first_sample():
    data = torch.utils.data.TensorDataset(torch.zeros(10, 3), torch.arange(10))
    assert said(data) == "TensorDataset samples 10 first sample ((3,) float32, () int64)"
    loader = torch.utils.data.DataLoader(data, batch_size=4, shuffle=True)
    assert "batches 3 batch size 4 order RandomSampler" in said(loader)


def test_looking_at_data_draws_no_random_numbers():
    class Noise(torch.utils.data.Dataset):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return {"x": torch.randn(2), "n": np.random.rand(), "y": random.random()}  # noqa: NPY002

    torch.manual_seed(0)
    numpys = np.random.get_state()[1].copy()  # noqa: NPY002
    before = torch.get_rng_state().clone(), numpys, random.getstate()
    assert "{x: (2,) float32, n: float, y: float}" in said(Noise())
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    assert random.getstate() == before[2]


def test_data_that_cannot_be_looked_at_is_shown():
    class Broken(torch.utils.data.Dataset):
        def __len__(self):
            return 2

        def __getitem__(self, i):
            raise OSError("no such file")

    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            raise AssertionError("looking must not start a pass")

    assert said(Broken()) == "Broken samples 2"
    assert said(Stream()) == "Stream samples not known before the end"
    assert "not known" in said(torch.utils.data.DataLoader(Stream()))


def test_profiles_and_explanations():
    with torch.profiler.profile() as prof:
        torch.ones(2) * 2
    assert "multiply" in said(prof.key_averages())
    assert "g * cos(x)" in said(explain(lambda x: np.sin(x) * 1.0, 2.0))


# hostile names


def test_hostile_names_are_text():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential()
            self.inner.add_module(HOSTILE, nn.Linear(2, 2))

        def forward(self, x):
            return self.inner(x)

        def extra_repr(self):
            return HOSTILE

    Odd.__name__ = HOSTILE
    model = Odd()
    for thing in (model, draw(model, torch.ones(1, 2)), summary(model, (1, 2)), summary(model)):
        assert "alert(1)" in said(thing)
    model.inner.add_module("bad", nn.Linear(3, 3))
    model.inner.bad.register_forward_pre_hook(lambda module, args: (_ for _ in ()).throw(
        ValueError(HOSTILE)))  # fmt: skip
    assert "alert(1)" in said(summary(model, (1, 2)))


# graphs of models


def test_a_graph_of_a_model_opens_without_script():
    net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
    graph = draw(net, torch.ones(4, 2))
    reader = well_formed(graph._repr_html_())
    buttons = {value for tag, name, value in reader.attributes if (tag, name) == ("input", "id")}
    wanted = {value for tag, name, value in reader.attributes if (tag, name) == ("label", "for")}
    assert wanted <= buttons and len(buttons) == 3 + len(graph.groups) - 1
    assert wanted == buttons  # each view can be come to
    names = {value for tag, name, value in reader.attributes if (tag, name) == ("input", "name")}
    assert len(names) == 1
    again = well_formed(graph._repr_html_())
    assert not buttons & {v for t, n, v in again.attributes if (t, n) == ("input", "id")}


def test_of_a_tall_model_the_overview_is_seen_first():
    deep = nn.Sequential(*[nn.Sequential(nn.Linear(2, 2), nn.Tanh()) for _ in range(12)])
    for model, first in ((deep, "overview"), (deep[:2], "layers")):
        reader = well_formed(draw(model, torch.ones(1, 2))._repr_html_())
        names = [v for tag, name, v in reader.attributes if (tag, name) == ("input", "aria-label")]
        assert names[0] == first and sorted(names[:3]) == ["every operation", "layers", "overview"]


def test_a_graph_without_modules_is_its_picture():
    assert draw(np.exp, 1.0)._repr_html_() is None
    assert draw(np.exp, 1.0)._repr_svg_().startswith("<svg")


def test_saved_pages(tmp_path):
    path = tmp_path / "net.html"
    draw(nn.Linear(2, 3), torch.ones(1, 2)).save(path)
    reader = well_formed(path.read_text(encoding="utf-8"))
    assert reader.tags[:2] == ["html", "head"] and "svg" in reader.tags
