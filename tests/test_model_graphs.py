"""Graphs of models: modules as groups, opened and closed, in pictures and as text."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

import minitorch as torch
from minitorch import draw, explain, nn
from minitorch.inspect.drawing.compound import Composer
from minitorch.inspect.drawing.groups import Nesting

SVG = "{http://www.w3.org/2000/svg}"
PITCH = 7.25  # a letter of the usual fixed-pitch fonts at 12 px


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))

    def forward(self, x):
        return torch.relu(x + self.inner(x))


class Reader(nn.Module):
    """A recurrent net that is written as a loop, with two inputs and two results."""

    def __init__(self):
        super().__init__()
        self.table, self.cell, self.out = nn.Embedding(9, 4), nn.GRUCell(4, 6), nn.Linear(6, 9)

    def forward(self, tokens, h):
        for t in range(tokens.shape[1]):
            h = self.cell(self.table(tokens[:, t]), h)
        return self.out(h), h


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(9, 4), nn.Linear(4, 9, bias=False)
        self.out.weight = self.table.weight

    def forward(self, tokens):
        return self.out(self.table(tokens))


class Twice(nn.Module):
    """Two towers that share a layer, joined; a parameter of its own."""

    def __init__(self):
        super().__init__()
        self.shared, self.scale = nn.Linear(3, 3), nn.Parameter(torch.ones(3))

    def forward(self, a, b):
        return {"sum": self.shared(a) + self.shared(b) * self.scale, "left": a * 2}


class Pair(nn.Module):
    """One encoder for two inputs: its parameters lie around its two calls."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))

    def forward(self, a, b):
        return (self.encoder(a) - self.encoder(b)).abs()


class Branches(nn.Module):
    """A short branch beside tall ones."""

    def __init__(self):
        super().__init__()
        self.short = nn.Linear(4, 2)
        self.tall = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
        self.taller = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 3), nn.Linear(3, 2))

    def forward(self, x):
        return torch.cat([self.short(x), self.tall(x), self.taller(x)], 1)


def residual():
    return nn.Sequential(nn.Linear(3, 4), Block(4), nn.Dropout(0.5), nn.Linear(4, 2))


TOKENS = torch.tensor([[1, 2, 3], [4, 5, 6]])
MODELS = {
    "residual": lambda: draw(residual(), torch.ones(2, 3)),
    "reader": lambda: draw(Reader(), TOKENS, torch.zeros(2, 6)),
    "tied": lambda: draw(Tied(), TOKENS),
    "twice": lambda: draw(Twice(), torch.ones(3), torch.ones(3)),
    "one layer": lambda: draw(nn.Linear(2, 3), torch.ones(1, 2)),
    "transformer": lambda: draw(
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), torch.ones(2, 3, 8)
    ),
    "pair": lambda: draw(Pair(), torch.ones(5, 3), torch.zeros(5, 3)),
    "branches": lambda: draw(Branches(), torch.ones(5, 4)),
    "lstm": lambda: draw(nn.LSTM(3, 4, 2), torch.ones(5, 2, 3)),
    "loss": lambda: draw(loss_of(residual()), torch.ones(2, 3)),
}


def loss_of(model):
    def loss(x):
        return (model(x) - 1).square().mean()

    return loss


def groups(graph):
    return [(group.path, group.kind, group.parent) for group in graph.groups]


def texts(graph, **chosen):
    """The first line in each box of a picture."""
    svg = ElementTree.fromstring(graph.svg(**chosen))
    return [next(g.iter(f"{SVG}text")).text for g in svg.iter(f"{SVG}g")]


# the nesting


def test_groups_are_nested_as_modules_are():
    graph = draw(residual(), torch.ones(2, 3))
    assert groups(graph) == [
        ("", "Sequential", None), ("0", "Linear", 0), ("1", "Block", 0),
        ("1.inner", "Sequential", 2), ("1.inner.0", "Linear", 3), ("1.inner.1", "LayerNorm", 3),
        ("2", "Dropout", 0), ("3", "Linear", 0),
    ]  # fmt: skip
    assert [group.name for group in graph.groups][:5] == ["Sequential", "0", "1", "inner", "0"]
    where = {v.name: v.group for v in graph.nodes}
    assert where["relu"] == 2 and where["add"] == 2 and where["input"] is None
    assert where["0.weight"] == 1 and where["1.inner.1.bias"] == 5
    assert graph.groups[2].parameters == 28


def test_each_call_is_a_group():
    graph = draw(Reader(), TOKENS, torch.zeros(2, 6))
    cells = [group for group in graph.groups if group.kind == "GRUCell"]
    assert [(group.call, group.calls) for group in cells] == [(1, 3), (2, 3), (3, 3)]
    assert cells[1].title() == "cell: GRUCell (2 of 3)"
    weight = next(v for v in graph.nodes if v.name == "cell.weight_hh")
    assert weight.group == 0  # all calls use it


def test_a_function_that_calls_modules():
    model = residual()
    graph = draw(loss_of(model), torch.ones(2, 3), names={"net": model})
    assert groups(graph)[0] == ("net", "Sequential", None)
    assert groups(graph)[2] == ("net.1", "Block", 0)
    assert [v.group for v in graph.nodes if v.name in ("subtract", "mean")] == [None, None]


def test_functions_without_modules_have_no_groups():
    assert draw(np.exp, 1.0).groups == ()


# what is seen


def test_layers_are_closed_and_containers_open():
    assert texts(draw(residual(), torch.ones(2, 3))) == [
        "input", "0: Linear", "0: Linear", "1: LayerNorm", "add", "relu", "2: Dropout",
        "3: Linear", "output",
    ]  # fmt: skip


def test_a_model_without_layers_shows_its_operations():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.ones(3))

        def forward(self, x):
            return (x * self.w).sin()

    graph = draw(Bare(), torch.ones(2, 3))
    assert texts(graph) == ["x", "w", "multiply", "sin", "output"]
    assert texts(graph, depth=0) == ["x", "Bare", "output"]
    assert str(graph).splitlines() == [
        "Bare(x (2, 3))",
        "├─ #1 multiply(x, w)  (2, 3)",
        "└─ #2 sin(#1)         (2, 3)",
        "→ output = #2",
    ]


def test_depth_and_open_say_what_is_open():
    graph = draw(residual(), torch.ones(2, 3))
    assert texts(graph, depth=0) == ["input", "Sequential", "output"]
    top = ["input", "0: Linear", "1: Block", "2: Dropout", "3: Linear", "output"]
    assert texts(graph, depth=1) == top
    assert "inner: Sequential" in texts(graph, depth=2)
    assert texts(graph, open=False) == texts(graph, depth=0)
    assert len(texts(graph, open="all")) == len(graph.nodes) + 1
    assert texts(graph, open="1.inner")[1:3] == ["0: Linear", "0: Linear"]
    assert "linear" in texts(graph, open=["0"]) and "1: Block" in texts(graph, open=["0"])
    assert Nesting(graph).opened(depth=2) == {0, 1, 2, 6, 7}
    with pytest.raises(ValueError, match=r"open='4': .* it has '', '0', '1', '1\.inner'"):
        graph.svg(open="4")


def test_parameters_of_a_closed_module_are_in_it():
    assert texts(draw(Reader(), TOKENS, torch.zeros(2, 6))).count("weight") == 0
    opened = texts(draw(Reader(), TOKENS, torch.zeros(2, 6)), open="all")
    assert "cell.weight_hh" in opened  # it lies between the calls of its module
    assert "weight_hh" in texts(draw(nn.GRUCell(4, 6), torch.ones(2, 4)), open="all")


def test_a_container_that_is_called_twice_hides_its_parameters_till_its_layers_open():
    graph = MODELS["pair"]()
    assert "encoder.0.weight" not in texts(graph)
    assert "encoder.0.weight" not in texts(graph, open="encoder")
    assert texts(graph, open="encoder.0").count("encoder.0.weight") == 1
    assert texts(graph, open="all").count("encoder.2.bias") == 1


def test_a_tied_weight_is_seen_between_its_layers():
    assert texts(draw(Tied(), TOKENS)).count("table.weight") == 1


def test_inputs_of_integers_and_results_in_containers():
    seen = texts(draw(Reader(), TOKENS, torch.zeros(2, 6)))
    assert {"tokens", "h", "output[0]", "output[1]"} <= set(seen)
    assert {"output['sum']", "output['left']", "scale"} <= set(
        texts(draw(Twice(), torch.ones(3), torch.ones(3)))
    )


def test_shapes_stand_on_the_lines():
    svg = ElementTree.fromstring(draw(residual(), torch.ones(2, 3)).svg(depth=1))
    notes = [t.text for t in svg.iter(f"{SVG}text") if t.get("class", "").startswith("w")]
    assert sorted(notes) == ["(2, 2)", "(2, 3)", "(2, 4)", "(2, 4)", "(2, 4)"]


# where it is drawn


@pytest.mark.parametrize("chosen", [{}, {"depth": 1}, {"open": "all"}], ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_boxes_lie_in_their_frames_and_apart(name, chosen):
    graph = MODELS[name]()
    drawing = Composer(graph).drawing(Nesting(graph).opened(**chosen))
    extents = [(x - w / 2, y - h / 2, w, h) for _, x, y, w, h in drawing.boxes]
    for i, (x, y, w, h) in enumerate(extents):
        assert x >= -0.01 and y >= -0.01 and x + w <= drawing.width + 0.01
        for x2, y2, w2, h2 in extents[i + 1 :]:
            assert x2 >= x + w or x >= x2 + w2 or y2 >= y + h or y >= y2 + h2
    frames = {group: rest for group, *rest in drawing.frames}
    for (
        (kind, what),
        *_,
    ) in drawing.boxes:
        if kind == "result":
            continue
        own = graph.nodes[what].group if kind == "vertex" else graph.groups[what].parent
        (x, y, w, h) = next(e for b, e in zip(drawing.boxes, extents) if b[0] == (kind, what))
        for group in Nesting(graph).around(own):
            left, top, width, height = frames[group]
            assert left < x and x + w < left + width and top < y and y + h < top + height


@pytest.mark.parametrize("name", MODELS)
def test_every_arrow_ends_at_a_box(name):
    graph = MODELS[name]()
    for opened in ({}, {"open": "all"}):
        drawing = Composer(graph).drawing(Nesting(graph).opened(**opened))
        tops = [(x - w / 2, x + w / 2, y - h / 2) for _, x, y, w, h in drawing.boxes]
        ends = [(x, y) for *_, x, y, arrow in drawing.branches if arrow]
        for x, y in ends:
            assert any(a <= x <= b and abs(y - top) < 0.01 for a, b, top in tops)
        entered = {round(y) for _, y in ends}
        for item, _, y, _, h in drawing.boxes:
            if item[0] == "result":
                assert round(y - h / 2) in entered


@pytest.mark.parametrize("name", MODELS)
def test_texts_fit_their_boxes(name):
    for group in ElementTree.fromstring(MODELS[name]().svg()).iter(f"{SVG}g"):
        shape = next(s for s in group if s.get("class") == "b")
        if shape.tag == f"{SVG}rect":
            for text in group.iter(f"{SVG}text"):
                pitch = 6.33 if text.get("class") == "s" else PITCH
                assert len(text.text) * pitch <= float(shape.get("width"))


def test_lines_cross_frames_at_their_doors():
    graph = draw(residual(), torch.ones(2, 3))
    composer = Composer(graph)
    frame = composer.framed(2)  # the block: one value comes in, one goes out
    kinds = sorted(kind for kind, _ in frame.doors)
    assert kinds == ["in", "out"]
    assert all(0 < x < frame.width for x in frame.doors.values())


def along(branch):
    """Points on a line as it is drawn."""
    x0, y0, x1, y1, arrow = branch
    end = y1 - 6 * arrow
    bend = (end - y0) * 0.5
    for t in np.linspace(0, 1, 21):
        a, b, c, d = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3
        yield (a + b) * x0 + (c + d) * x1, a * y0 + b * (y0 + bend) + c * (end - bend) + d * end


@pytest.mark.parametrize("chosen", [{}, {"open": "all"}], ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_no_line_goes_through_a_box(name, chosen):
    graph = MODELS[name]()
    drawing = Composer(graph).drawing(Nesting(graph).opened(**chosen))
    for branch in drawing.branches:
        for x, y in along(branch):
            for item, left, top, w, h in drawing.boxes:
                assert abs(x - left) >= w / 2 - 1 or abs(y - top) >= h / 2 - 1, item


@pytest.mark.parametrize("name", MODELS)
def test_shapes_have_room(name):
    graph = MODELS[name]()
    drawing = Composer(graph).drawing(Nesting(graph).opened())
    for x, _, text, left in drawing.notes:
        width = len(text) * 6.33
        assert x - width * left >= 0 and x + width * (not left) <= drawing.width


def test_the_inside_of_a_module_tells_what_comes_in_and_where_it_goes():
    graph = draw(residual(), torch.ones(2, 3))
    block = next(group.number for group in graph.groups if group.path == "1")
    drawing = Composer(graph).drawing({block}, block)
    ends = [item[1][2] for item, *_ in drawing.boxes if item[0] in ("from", "to")]
    assert ends == ["0: Linear", "2: Dropout"]
    assert [text for _, _, text, _ in drawing.notes][:1] == ["(2, 4)"]
    graph = MODELS["pair"]()
    layer = next(group.number for group in graph.groups if group.path == "encoder.0")
    drawing = Composer(graph).drawing({layer}, layer)
    ends = {item[1][2] for item, *_ in drawing.boxes if item[0] in ("from", "to")}
    assert ends == {"a", "encoder.0.weight", "encoder.0.bias", "1: ReLU (1 of 2)"}


# as text


def test_the_tree_of_calls():
    assert str(draw(residual().eval(), torch.ones(2, 3))).splitlines() == [
        "Sequential(input (2, 3))",
        "├─ #1 0: Linear(input)        (2, 4)",
        "├─ 1: Block",
        "│  ├─ inner: Sequential",
        "│  │  ├─ #2 0: Linear(#1)     (2, 4)",
        "│  │  └─ #3 1: LayerNorm(#2)  (2, 4)",
        "│  ├─ #4 add(#1, #3)          (2, 4)",
        "│  └─ #5 relu(#4)             (2, 4)",
        "└─ #6 3: Linear(#5)           (2, 2)",
        "→ output = #6",
    ]


def test_the_text_of_several_inputs_and_results():
    lines = str(draw(Twice(), torch.ones(3), torch.ones(3))).splitlines()
    assert lines[0] == "Twice(a (3,), b (3,))"
    assert lines[1].startswith("├─ #1 shared: Linear (1 of 2)(a)")
    assert any("multiply(#2, scale)" in line for line in lines)
    assert "output['sum'] = #4" in lines[-1] and "output['left'] = #5" in lines[-1]


# it leaves no trace


def test_drawing_changes_nothing_in_a_model():
    model = nn.Sequential(nn.LazyLinear(4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    state = torch.get_rng_state()
    graph = draw(model, torch.ones(3, 2))
    assert {v.name for v in graph.nodes if v.kind == "parameter"} >= {"0.weight", "1.weight"}
    assert isinstance(model[0].weight, nn.UninitializedParameter)
    assert model[1].num_batches_tracked == 0 and torch.equal(torch.get_rng_state(), state)
    with pytest.raises(RuntimeError):
        draw(nn.Sequential(model[1], nn.Linear(3, 1)), torch.ones(3, 4))
    assert model[1].num_batches_tracked == 0
    draw(loss_of(model[1:]), torch.randn(3, 4))  # a model that no name tells of
    assert model[1].num_batches_tracked == 0
    y = model[1](torch.ones(3, 4))
    assert y.requires_grad and model[1].num_batches_tracked == 1


def test_models_can_be_explained_as_before():
    model = nn.Sequential(nn.Linear(2, 1))
    told = explain(loss_of(model), torch.ones(1, 2), names=model)
    assert set(told.gradients) >= {"x", "0.weight", "0.bias"}
