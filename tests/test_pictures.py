"""Pictures of graphs and their other forms: SVG, Mermaid, DOT, text, and the page about them."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minitorch as torch
from minitorch import draw, explain, grad, nn
from minitorch.inspect.drawing.layout import Layered, isotonic, layout

DOCS = Path(__file__).parent.parent / "docs"
SVG = "{http://www.w3.org/2000/svg}"
PITCH = 7.25  # a letter of the usual fixed-pitch fonts at 12 px


def logistic(z):
    return 1 / (1 + np.exp(-z))


def f(x, y):
    return np.log(x**2) + y**2 + x * y


def branching(x, y):
    """About 200 operations in a chain with branches, and `y` used all along."""
    h = x
    for i in range(60):
        h = np.sin(h) + (h * y if i % 3 else np.exp(-h))
    return h


# pictures


def boxes(svg):
    """The extent of each vertex in a picture, and its lines of text."""
    found = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        shape = next(s for s in group if s.get("class") == "b")
        if shape.tag == f"{SVG}rect":
            x, y, w, h = (float(shape.get(k)) for k in ("x", "y", "width", "height"))
        else:
            corners = re.findall(r"-?[\d.]+", shape.get("d"))  # M left middle L _ top H _ L right
            left, middle, _, top, _, right = map(float, corners[:6])
            x, y, w, h = left, top, right - left, 2 * (middle - top)
        found.append(((x, y, w, h), list(group.iter(f"{SVG}text"))))
    return found


def letters(text):
    return len(text) + sum(ord(c) > 0x2E80 for c in text)


def awkward(a_very_long_argument_name_that_goes_on_and_on, 温度, q):
    return a_very_long_argument_name_that_goes_on_and_on * q['<a> & "b"'] + 温度


def wide(*xs):
    return sum(np.sin(x) * x for x in xs)


def mlp(params, x):
    for w, b in params:
        x = np.tanh(x @ w + b)
    return (x**2).sum() + 0.1 * sum((w**2).sum() for w, _ in params)


MLP = [(np.ones((3, 3)), np.zeros(3)) for _ in range(4)]
PICTURES = {
    "logistic": lambda: draw(logistic, 1.5),
    "f": lambda: draw(f, 2.0, 3.0),
    "branching": lambda: draw(branching, 0.3, 0.5),
    "wide": lambda: draw(wide, *np.linspace(0.0, 1.0, 40)),
    "mlp": lambda: draw(mlp, MLP, np.ones((2, 3))),
    "awkward": lambda: draw(awkward, np.arange(3.0), 2.5, {'<a> & "b"': 1.0}),
    "several": lambda: draw(lambda x: torch.unbind(x * 2), torch.ones(3, 2)),
    "constant": lambda: draw(lambda x: 3.0, 1.0),
    "empty": lambda: draw(np.exp, np.zeros((0, 3))),
    "nan": lambda: draw(np.exp, np.array([np.nan, 1.0, np.inf, 2.0, 3.0])),
    "module": lambda: draw(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), torch.ones(1, 2)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_sound(name):
    graph = PICTURES[name]()
    drawn = boxes(graph.svg(open="all"))
    assert len(drawn) == len(graph.nodes) + bool(graph.groups)  # there the output has a box
    for (x, y, w, h), texts in drawn:
        for text in texts:
            assert text.text
            half = letters(text.text) * PITCH / 2
            assert x <= float(text.get("x")) - half and float(text.get("x")) + half <= x + w
            assert y < float(text.get("y")) - 8 and float(text.get("y")) + 2 < y + h
    extents = sorted(box for box, _ in drawn)
    for i, (x, y, w, h) in enumerate(extents):
        for x2, y2, w2, h2 in extents[i + 1 :]:
            assert x2 >= x + w or y2 >= y + h or y >= y2 + h2
            assert w2 > 0


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_holds_all_that_is_drawn(name):
    svg = ElementTree.fromstring(PICTURES[name]().svg())
    left, top, width, height = (float(n) for n in svg.get("viewBox").split())
    for x, y, w, h in (box for box, _ in boxes(ElementTree.tostring(svg))):
        assert left <= x and x + w <= left + width
        assert top <= y and y + h <= top + height


def test_two_hundred_nodes():
    graph = draw(branching, 0.3, 0.5)
    assert 190 <= len(graph.nodes) <= 230
    svg = ElementTree.fromstring(graph.svg())
    assert float(svg.get("width")) < 700  # a column to scroll through
    layers = {round(y + h / 2) for (_, y, _, h), _ in boxes(graph.svg())}
    assert len(layers) < 170


def test_text_is_escaped():
    graph = PICTURES["awkward"]()
    names = [t.text for _, texts in boxes(graph.svg()) for t in texts]
    assert any('<a> & "b"' in name for name in names)
    assert "温度 = 2.5" in names
    assert "q['<a> & \\\"b\\\"'] = 1" in graph.dot()
    assert "#60;a#62; #38; #34;b#34;" in graph.mermaid()
    odd = draw(lambda p: p["\x00\n"] * 2.0, {"\x00\n": 1.0})
    ElementTree.fromstring(odd.svg())


def test_deep_graphs_need_no_recursion():
    def deep(x):
        for _ in range(3000):
            x = np.sin(x)
        return x

    graph = draw(deep, 0.5)
    assert len(graph.text().splitlines()) == 3001
    assert len(boxes(graph.svg())) == 3001
    assert_allclose(explain(deep, 0.5).gradients["x"], grad(deep)(0.5))


def test_the_layout_has_no_needless_crossings():
    graph = draw(f, 2.0, 3.0)
    edges = [(e.tail, e.head) for e in graph.edges]
    layered = Layered(len(graph.nodes), edges, {0, 1})
    assert layered.crossings(layered.ordered()) == 0
    for tail, head in edges:
        assert layered.layer[tail] < layered.layer[head]


def test_arguments_stand_in_their_order():
    graph = draw(lambda a, b, c: a / b - c, 1.0, 2.0, 3.0)
    at = {n.name: c for n, c in zip(graph.nodes, layout(
        [(40.0, 20.0)] * len(graph.nodes), [(e.tail, e.head) for e in graph.edges], {0, 1, 2}
    ).centres, strict=True)}  # fmt: skip
    assert at["a"][0] < at["b"][0]
    assert at["divide"][0] < at["c"][0]
    assert at["a"][1] < at["divide"][1] < at["subtract"][1]


@pytest.mark.parametrize("seed", range(5))
def test_isotonic_regression(seed):
    random = np.random.default_rng(seed)
    wanted, weights = random.normal(size=6), random.uniform(0.1, 2.0, 6)
    found = isotonic(list(wanted), list(weights))
    assert all(a <= b + 1e-12 for a, b in zip(found, found[1:]))  # noqa: RUF007

    def cost(x):
        return np.sum(weights * (np.asarray(x) - wanted) ** 2)

    for _ in range(200):
        other = np.sort(found + random.normal(scale=0.1, size=6))
        assert cost(found) <= cost(other) + 1e-12


# other forms


@pytest.mark.parametrize(
    ("suffix", "start"),
    [(".svg", "<svg"), (".html", "<!doctype html>"), (".mmd", "flowchart TD"),
     (".dot", "digraph"), (".txt", "logistic = divide")],
)  # fmt: skip
def test_saving(tmp_path, suffix, start):
    path = tmp_path / f"graph{suffix}"
    draw(logistic, 1.5).save(path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith(start)
    assert "divide" in text and "0.8176" in text


def test_saving_under_another_suffix(tmp_path):
    with pytest.raises(ValueError, match=r"\.svg.*graph\.png"):
        draw(logistic, 1.5).save(tmp_path / "graph.png")


def test_mermaid_and_dot_have_each_node_and_edge_once():
    graph = draw(f, 2.0, 3.0)
    for text, arrow in (
        (graph.mermaid(), r"n(\d+) --> n(\d+)"),
        (graph.dot(), r"n(\d+) -> n(\d+)"),
    ):
        found = [tuple(map(int, pair)) for pair in re.findall(arrow, text)]
        assert found == [(e.tail, e.head) for e in graph.edges]
        for node in graph.nodes:
            assert len(re.findall(rf"^    n{node.number}\W", text, re.MULTILINE)) >= 1


def test_notebooks_show_a_graph_by_itself():
    graph = draw(logistic, 1.5)
    assert graph._repr_svg_() == graph.svg()
    assert repr(graph) == "<Graph of logistic: 7 nodes>"
    assert "<pre" in explain(logistic, 1.5)._repr_html_()


# the page


def test_the_page_says_what_is_so(tmp_path, monkeypatch):
    page = (DOCS / "graphs.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "docs" / "images").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    scope: dict = {}
    for block in blocks:
        if not block.startswith(">>>"):
            exec(block, scope)
            continue
        call, told = block.split("\n", 1)
        printed = re.fullmatch(r">>> print\((.*)\)", call)
        value = eval(printed[1] if printed else call.removeprefix(">>> "), scope)
        assert str(value) == told.rstrip("\n")
    fresh = (tmp_path / "docs" / "images" / "logistic.svg").read_text(encoding="utf-8")
    assert (DOCS / "images" / "logistic.svg").read_text(encoding="utf-8") == fresh
    model = ElementTree.parse(tmp_path / "docs" / "images" / "model.svg")
    kept = ElementTree.parse(DOCS / "images" / "model.svg")
    assert [t.text for t in model.iter(f"{SVG}text")] == [t.text for t in kept.iter(f"{SVG}text")]
