"""The computation graph as data, and the recording that it comes from."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minitorch as torch
from minitorch import draw, explain, grad, nn
from minitorch.engine.batch import batched
from minitorch.engine.box import fresh
from minitorch.engine.forward import Level
from minitorch.engine.modes import RECORD, state
from minitorch.faces.array import Array
from minitorch.inspect import initialize_root


def logistic(z):
    return 1 / (1 + np.exp(-z))


def f(x, y):
    return np.log(x**2) + y**2 + x * y


def operations(graph):
    return [node.name for node in graph.nodes if node.kind == "operation"]


def batched_call(function, x):
    """`function` on each row of `x`, in one run."""
    with Level(size=len(x)) as level:
        return function(batched(fresh(Array, x), level.number))


def kinds(graph, kind):
    return [node for node in graph.nodes if node.kind == kind]


# the graph as data


def test_logistic():
    graph = draw(logistic, 1.5)
    assert operations(graph) == ["negative", "exp", "add", "divide"]
    assert [float(node.value) for node in kinds(graph, "constant")] == [1.0, 1.0]
    (z,) = kinds(graph, "input")
    assert (z.name, float(z.value)) == ("z", 1.5)
    result = graph.nodes[-1]
    assert result.outputs == ("logistic",)
    assert round(float(result.value), 3) == 0.818
    assert [p.name for p in graph.parents(result.number)] == ["", "add"]
    assert [e.name for e in graph.incoming(result.number)] == ["a", "b"]


def test_tree():
    assert str(draw(logistic, 1.5)).splitlines() == [
        "logistic = divide = 0.8176",
        "├─ 1",
        "└─ add = 1.223",
        "   ├─ 1",
        "   └─ exp = 0.2231",
        "      └─ negative = -1.5",
        "         └─ z = 1.5",
    ]


def test_shared_values_are_one_node():
    c = np.arange(5.0)
    graph = draw(lambda x: (np.sin(x) * np.sin(x)).sum() + x.sum(), c)
    assert len(kinds(graph, "input")) == 1

    def squared(x):
        h = np.exp(x)
        return h * h

    graph = draw(squared, 2.0)
    assert operations(graph) == ["exp", "multiply"]
    assert [(e.tail, e.head) for e in graph.edges] == [(0, 1), (1, 2), (1, 2)]
    assert "(above)" in graph.text()


def test_shared_constant_tensors_are_one_node():
    data = torch.ones(4, 3)
    graph = draw(lambda w: (data @ w).sum() + (data * 2 @ w).sum(), torch.ones(3))
    assert len([n for n in kinds(graph, "constant") if n.shape == (4, 3)]) == 2  # and its double


def test_arguments_take_their_names_from_the_signature():
    graph = draw(lambda a, b=2, *, c: a * b * c, 1.5, c=np.ones(2))
    assert [n.name for n in kinds(graph, "input")] == ["a", "c"]
    assert [n.name for n in kinds(draw(f, 2, y=3), "input")] == ["x", "y"]
    assert [n.name for n in kinds(draw(lambda *xs: xs[0] * xs[1], 2.0, 3.0), "input")] == [
        "xs[0]", "xs[1]",
    ]  # fmt: skip
    assert [n.name for n in kinds(draw(np.multiply, 2.0, 3.0), "input")] == ["x1", "x2"]


def test_integers_count_as_floats_but_for_settings():
    graph = draw(f, 2, 3)
    assert [n.dtype for n in kinds(graph, "input")] == [np.float64] * 2

    def total(x, axis=0):
        return np.sum(x, axis=axis)

    graph = draw(total, np.ones((2, 3)), 1)
    assert graph.nodes[-1].shape == (2,)
    assert "axis=" in graph.nodes[-1].settings


def test_argnum_chooses_the_inputs():
    graph = draw(f, 2.0, 3.0, argnum=1)
    assert [n.name for n in kinds(graph, "input")] == ["y"]
    graph = draw(lambda x, n: x**n, 2.0, 3, argnum=0)
    assert graph.nodes[-1].settings == "exponent=3"


def test_arrays_of_integers_are_constants_unless_chosen():
    labels = np.array([1, 0])

    def picked(x, labels):
        return x[np.arange(2), labels].sum()

    assert [n.name for n in kinds(draw(picked, np.ones((2, 2)), labels), "input")] == ["x"]
    graph = draw(lambda x: (x * 2).sum(), np.arange(3), argnum=0)
    assert graph.nodes[0].dtype == np.float64
    graph = draw(lambda x, i: x * i, torch.ones(2), torch.tensor([1, 2]))
    assert [n.name for n in kinds(graph, "input")] == ["x"]


def test_batched_values_are_refused():
    def looks(x):
        draw(np.exp, x)
        return x

    with pytest.raises(TypeError, match="outside of vmap"):
        batched_call(looks, np.ones((2, 3)))


def test_batches_inside_are_drawn_as_they_ran():
    graph = draw(lambda x: torch.jacobian(np.sin)(x).sum(), np.ones(3))
    assert "cos" in operations(graph)
    assert_allclose(graph.nodes[-1].value, 3 * np.cos(1.0))


def test_containers_go_in_and_come_out():
    def model(params, x):
        (w, b), more = params["layer"], params["scale"]
        return {"y": np.tanh(x @ w + b), "z": [more * 2.0, 5.0]}

    params = {"layer": (np.ones((3, 2)), np.zeros(2)), "scale": 2.0, "name": "net"}
    graph = draw(model, params, np.ones((4, 3)))
    assert [n.name for n in kinds(graph, "input")] == [
        "params['layer'][0]", "params['layer'][1]", "params['scale']", "x",
    ]  # fmt: skip
    outputs = {name: node for node in graph.nodes for name in node.outputs}
    assert set(outputs) == {"['y']", "['z'][0]", "['z'][1]"}
    assert outputs["['z'][1]"].kind == "constant"


def test_several_results_of_one_operation():
    graph = draw(lambda x: torch.unbind(x)[1] * 3, torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert operations(graph) == ["unbind", "multiply"]
    assert graph.nodes[1].results == ("[1, 2]", "[3, 4]")
    (edge,) = [e for e in graph.edges if e.tail == 1]
    assert edge.result == 1
    assert graph.carried(edge) == "[3, 4]"


def test_settings_are_shown():
    graph = draw(lambda x: x.reshape(3, 2)[1:, 0].sum(), np.arange(6.0))
    said = {n.name: n.settings for n in kinds(graph, "operation")}
    assert "(3, 2)" in said["reshape"]
    assert "1:" in next(iter(v for k, v in said.items() if "getitem" in k or "take" in k))


def test_each_value_is_that_of_its_time():
    """Later writes in place do not change what was recorded."""

    def write(x):
        y = x * 2.0
        z = np.exp(y)
        y[0] = 7.0
        y += 1.0
        return (y * z).sum()

    graph = draw(write, np.array([0.5, 1.0]))
    doubled = next(n for n in graph.nodes if n.name == "multiply")
    assert_allclose(doubled.value, [1.0, 2.0])
    added = next(n for n in graph.nodes if n.name == "add")
    assert_allclose(added.value, [8.0, 3.0])
    assert_allclose(graph.nodes[-1].value, 8 * np.exp(1) + 3 * np.exp(2))


def test_the_values_of_a_graph_are_read_only():
    x = np.ones(3)
    graph = draw(np.exp, x)
    x[:] = 5.0
    assert_allclose(graph.nodes[0].value, 1.0)
    with pytest.raises(ValueError):
        graph.nodes[1].value[0] = 0.0
    with pytest.raises(AttributeError):
        graph.title = "another"


def test_a_gradient_inside_is_drawn_with_its_graph():
    def slope(x):
        return grad(np.sin)(x) * x

    graph = draw(slope, 0.5)
    assert "cos" in operations(graph)
    assert_allclose(graph.nodes[-1].value, np.cos(0.5) * 0.5)
    graph = draw(grad(f), 2.0, 3.0)
    assert_allclose(graph.nodes[-1].value, 4.0)


def test_forward_mode_inside():
    graph = draw(lambda x: torch.make_jvp(np.sin)(x)(2.0 * x)[1], 0.5)
    assert_allclose(graph.nodes[-1].value, np.cos(0.5))
    assert "cos" in operations(graph)


def test_a_module_names_its_parameters():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    x = torch.ones(4, 2)
    graph = draw(model, x)
    assert [n.name for n in kinds(graph, "parameter")] == ["0.weight", "0.bias"]
    assert [n.name for n in kinds(graph, "input")] == ["input"]
    graph = draw(lambda x: model(x).sum(), x, names={"net": model, "x": x})
    assert [n.name for n in kinds(graph, "parameter")] == ["net.0.weight", "net.0.bias"]
    assert all(p.grad is None for p in model.parameters())


def test_a_graph_that_is_there_already():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    y = model(torch.ones(4, 2))
    graph = draw(y, names=model)
    assert operations(graph) == ["linear", "tanh", "linear"]
    by_name = {n.name: n for n in kinds(graph, "parameter")}
    assert_allclose(by_name["0.weight"].value, model[0].weight.detach().numpy())
    assert graph.nodes[-1].value is not None  # the result is at hand
    first = next(n for n in graph.nodes if n.name == "linear")
    assert first.value is None and first.shape == (4, 3)  # tanh keeps its result, not this
    tanh = next(n for n in graph.nodes if n.name == "tanh")
    assert tanh.value is not None
    y.sum().backward()
    assert next(n for n in draw(y).nodes if n.name == "tanh").value is None  # freed


def test_overwritten_values_are_not_shown():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    h = torch.exp(w)
    y = h.sum()
    assert next(n for n in draw(y).nodes if n.name == "exp").value is not None
    h.data.fill_(0.0)
    with torch.no_grad():
        h += 1
    assert next(n for n in draw(y).nodes if n.name == "exp").value is None


def test_operations_on_sequences_without_a_recorder():
    w = torch.tensor([1.0], requires_grad=True)
    graph = draw(torch.cat([w, w * 2]))
    assert operations(graph) == ["multiply", "cat"]
    assert len(graph.incoming(graph.nodes[-1].number)) == 2


def test_module_hooks_do_not_stop_a_drawing():
    layer = nn.Linear(2, 2)
    layer.register_full_backward_hook(lambda module, given, out: None)
    y = layer(torch.ones(1, 2, requires_grad=True))
    assert "linear" in operations(draw(y))
    assert "linear" in operations(draw(layer, torch.ones(1, 2)))


def test_a_constant_result_is_a_graph_of_one_node():
    graph = draw(lambda x: 3.0, 1.0)
    assert [n.outputs for n in graph.nodes if n.outputs] == [("f",)]
    assert "3" in graph.svg()


def test_nodes_tell_of_themselves():
    z = initialize_root(1.5)
    y = np.exp(-z)
    node = y._node
    assert (node.fun.name, [p.fun.name for p in node.parents]) == ("exp", ["negative"])
    assert_allclose(node.value, np.exp(-1.5))
    assert node.parents[0].value is None  # no rule keeps it
    root = z._node
    assert (root.fun, root.value, root.parents) == (None, None, ())
    a, _ = torch.unbind(torch.ones(2, requires_grad=True))
    assert a._node.fun.name == "unbind"
    assert initialize_root(3)._value.dtype == np.float64


# recording


def test_recording_ends_with_the_call():
    def fails(x):
        raise ArithmeticError(x)

    for call in (lambda: draw(f, 1.0, 2.0), lambda: explain(f, 1.0, 2.0)):
        call()
        assert (state.mode, state.recorder) == (RECORD, None)
    with pytest.raises(ArithmeticError):
        draw(fails, 1.0)
    assert (state.mode, state.recorder) == (RECORD, None)
    with torch.no_grad():
        assert len(draw(f, 1.0, 2.0).nodes) == 8
        assert not torch.is_grad_enabled()


def test_threads_record_for_themselves():
    inside, go_on = threading.Event(), threading.Event()
    seen = []

    def slow(x):
        y = np.sin(x)
        inside.set()
        go_on.wait(10)
        return y * x

    thread = threading.Thread(target=lambda: seen.append(draw(slow, 2.0)))
    thread.start()
    inside.wait(10)
    assert state.recorder is None
    assert_allclose(grad(lambda x: np.cos(x) * x)(1.0), np.cos(1) - np.sin(1))
    go_on.set()
    thread.join()
    assert operations(seen[0]) == ["sin", "multiply"]


def test_a_drawing_inside_a_differentiated_function():
    graphs = []

    def looks(x):
        graphs.append(draw(np.exp, x))
        return x * x

    assert_allclose(grad(looks)(3.0), 6.0)
    assert operations(graphs[0]) == ["exp"]


@pytest.mark.parametrize("call", [draw, explain])
def test_arguments_are_refused_where_they_have_no_meaning(call):
    y = initialize_root(1.0) * 2.0
    with pytest.raises(TypeError, match="takes no inputs"):
        call(y, 3.0)
    with pytest.raises(TypeError, match="no number, array or Tensor"):
        call("text")
    with pytest.raises(TypeError, match="no number, array or Tensor"):
        call(lambda x: None, 1.0)
