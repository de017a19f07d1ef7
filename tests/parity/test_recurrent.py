"""Recurrent layers, cells and packed sequences against PyTorch."""

from __future__ import annotations

import copy
import io
import pickle

import numpy as np
import pytest

import minitorch
from tests.parity.twins import assert_same, assert_same_error, both

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
LENGTHS = {"sorted": [4, 3, 1], "unsorted": [1, 4, 3]}


def numbers(*shape):
    return RNG.standard_normal(shape)


LAYERS = {
    "RNN": (lambda nn: nn.RNN(3, 4), {}),
    "RNN relu": (lambda nn: nn.RNN(3, 4, 2, "relu", batch_first=True), {}),
    "RNN both": (lambda nn: nn.RNN(3, 4, 2, bidirectional=True, bias=False), {}),
    "LSTM": (lambda nn: nn.LSTM(3, 4), {}),
    "LSTM deep": (lambda nn: nn.LSTM(3, 4, 3, batch_first=True), {}),
    "LSTM both": (lambda nn: nn.LSTM(3, 4, 2, bidirectional=True), {}),
    "LSTM plain": (lambda nn: nn.LSTM(3, 4, 1, False, True), {}),
    "LSTM projected": (lambda nn: nn.LSTM(3, 4, 2, proj_size=2, bidirectional=True), {}),
    "LSTM projected narrow": (lambda nn: nn.LSTM(3, 5, 2, proj_size=1), {}),
    "LSTM projected plain": (lambda nn: nn.LSTM(3, 4, proj_size=3, bias=False), {}),
    "GRU": (lambda nn: nn.GRU(3, 4), {}),
    "GRU deep": (lambda nn: nn.GRU(3, 4, 2, batch_first=True, bidirectional=True), {}),
    "GRU plain": (lambda nn: nn.GRU(3, 4, bias=False), {}),
}


def padded(t, module, dtype, state):
    """Outputs, states and gradients of a run over three sequences of four steps."""
    rng = np.random.default_rng(1)
    batch_first = module.batch_first
    x = rng.standard_normal((3, 4, 3) if batch_first else (4, 3, 3))
    x = t.tensor(x.astype(dtype), requires_grad=True)
    hx = states(t, module, 3, dtype) if state else None
    y, last = module(x, hx)
    return [y, *listed(last)], [x, *listed(hx), *module.parameters()]


def packed(t, module, dtype, state, lengths, enforce):
    rng = np.random.default_rng(2)
    pack = t.nn.utils.rnn
    x = t.tensor(rng.standard_normal((4, 3, 3)).astype(dtype), requires_grad=True)
    sequences = pack.pack_padded_sequence(x, lengths, enforce_sorted=enforce)
    hx = states(t, module, 3, dtype) if state else None
    y, last = module(sequences, hx)
    rows, counts = pack.pad_packed_sequence(y, padding_value=-1.0, total_length=5)
    return [y.data, rows, counts, *listed(last)], [x, *listed(hx), *module.parameters()]


def states(t, module, batch, dtype):
    rng = np.random.default_rng(3)
    layers = module.num_layers * (2 if module.bidirectional else 1)
    sizes = [module.proj_size or module.hidden_size, module.hidden_size]
    made = [
        t.tensor(rng.standard_normal((layers, batch, n)).astype(dtype), requires_grad=True)
        for n in sizes[: 1 + (module.mode == "LSTM")]
    ]
    return tuple(made) if module.mode == "LSTM" else made[0]


def listed(state):
    if state is None:
        return []
    return list(state) if isinstance(state, tuple) else [state]


def total(t, ys):
    """One number of all results, in which each element has a weight of its own."""
    parts = []
    for k, y in enumerate(ys):
        if y.is_floating_point():
            weights = t.linspace(0.5, 1.5 + k, y.numel(), dtype=y.dtype).reshape(y.shape)
            parts.append((y * weights).sum())
    return sum(parts)


def gradients(t, ys, leaves, twice):
    first = t.autograd.grad(total(t, ys), leaves, create_graph=twice)
    if not twice:
        return first
    second = t.autograd.grad(sum((g * g).sum() for g in first), leaves, allow_unused=True)
    return [*first, *(t.zeros_like(x) if g is None else g
                      for g, x in zip(second, leaves, strict=True))]  # fmt: skip


WAYS = {
    "padded": padded,
    "padded, state": lambda *args: padded(*args, True),
    "packed": lambda *args: packed(*args, False, LENGTHS["sorted"], True),
    "packed, state": lambda *args: packed(*args, True, LENGTHS["unsorted"], False),
}
WAYS["padded"] = lambda *args: padded(*args, False)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, way, dtype):
    build, _ = LAYERS[name]

    def run(t):
        module = build(t.nn).to(getattr(t, dtype))
        if way.startswith("packed"):
            module.batch_first = False
        ys, leaves = WAYS[way](t, module, dtype)
        # PyTorch's fused LSTM in float32 has no second derivative
        return [*ys, *gradients(t, ys, leaves, dtype == "float64")]

    theirs, ours = both(run)
    assert len(theirs) == len(ours)
    for i, (a, b) in enumerate(zip(theirs, ours, strict=True)):
        assert_same(a, b, dtype, f"{name}: {i}")


@pytest.mark.parametrize("name", LAYERS)
def test_what_modules_show(name):
    build, _ = LAYERS[name]
    theirs, ours = both(lambda t: build(t.nn))
    assert repr(ours) == repr(theirs)
    assert ours.mode == theirs.mode
    assert ours._flat_weights_names == theirs._flat_weights_names
    assert ours._all_weights == theirs._all_weights
    assert [len(row) for row in ours.all_weights] == [len(row) for row in theirs.all_weights]
    state, our_state = theirs.state_dict(), ours.state_dict()
    assert list(our_state) == list(state)
    for key in state:
        assert_same(state[key], our_state[key], "float32", key)
    assert all(a is b for a, b in zip(ours._flat_weights, ours.parameters(), strict=True))


@pytest.mark.parametrize("name", LAYERS)
def test_copies(name):
    module = LAYERS[name][0](minitorch.nn)
    x = minitorch.randn(2, 2, 3)
    want = module(x)[0]
    buffer = io.BytesIO()
    minitorch.save(module, buffer)
    buffer.seek(0)
    loaded = minitorch.load(buffer, weights_only=False)
    for copied in (copy.deepcopy(module), pickle.loads(pickle.dumps(module)), loaded):
        assert all(a is b for a, b in zip(copied._flat_weights, copied.parameters(), strict=True))
        np.testing.assert_array_equal(copied(x)[0].detach(), want.detach())
        with minitorch.no_grad():
            copied.weight_ih_l0.zero_()
        assert not np.array_equal(copied(x)[0].detach(), want.detach())
        np.testing.assert_array_equal(module(x)[0].detach(), want.detach())


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
def test_weights_that_are_replaced(name):
    """By `functional_call`, by assignment, and by conversion to another dtype."""

    def run(t):
        module = getattr(t.nn, name)(3, 4)
        x = t.ones(2, 2, 3)
        weights = {key: value * 2 for key, value in module.named_parameters()}
        found = [t.func.functional_call(module, weights, (x,))[0], module(x)[0]]
        module.weight_hh_l0 = t.nn.Parameter(t.ones_like(module.weight_hh_l0))
        found.append(module(x)[0])
        found.append(module.double()(x.double())[0])
        return found

    for theirs, ours in zip(*both(run), strict=True):
        assert_same(theirs, ours, "float32")


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("batch_first", [False, True])
def test_one_sequence(name, batch_first):
    def run(t):
        module = getattr(t.nn, name)(3, 4, 2, batch_first=batch_first, bidirectional=True)
        x = t.linspace(-1, 1, 15).reshape(5, 3).requires_grad_()
        y, last = module(x)
        hx = tuple(s.detach() for s in last) if name == "LSTM" else last.detach()
        z, after = module(x, hx)
        ys = [y, *listed(last), z, *listed(after)]
        return [*ys, *gradients(t, ys, [x, *module.parameters()], False)]

    for theirs, ours in zip(*both(run), strict=True):
        assert_same(theirs, ours, "float32")


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision(name, dtype):
    def run(t):
        module = getattr(t.nn, name)(3, 4).to(getattr(t, dtype))
        x = t.linspace(-1, 1, 24).reshape(4, 2, 3).to(getattr(t, dtype))
        y, last = module(x)
        return [y, *listed(last)]

    for theirs, ours in zip(*both(run), strict=True):
        assert str(ours.dtype) == str(theirs.dtype)
        np.testing.assert_allclose(
            ours.detach().float().numpy(), theirs.detach().float().numpy(), rtol=0.03, atol=0.03
        )


def test_no_sequences():
    def run(t):
        y, (h, c) = t.nn.LSTM(3, 4)(t.zeros(5, 0, 3))
        return [y, h, c]

    for theirs, ours in zip(*both(run), strict=True):
        assert_same(theirs, ours, "float32")


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("form", ["steps", "batch", "packed"])
def test_dropout_draws_the_same_numbers(name, form):
    """Training with dropout between layers, from one seed."""
    x, target = numbers(6, 5, 3).astype("f4"), numbers(1).astype("f4")

    def run(t):
        module = getattr(t.nn, name)(
            3, 8, 3, dropout=0.4, bidirectional=True, batch_first=form == "batch"
        )
        optimizer = t.optim.Adam(module.parameters(), 0.01)
        losses = []
        for _ in range(15):
            data = t.tensor(x)
            if form == "packed":
                data = t.nn.utils.rnn.pack_padded_sequence(data, [6, 6, 4, 2, 1])
            y, _ = module(data)
            y = y.data if form == "packed" else y
            loss = ((y.mean(-1) - t.tensor(target)) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        module.eval()
        y, _ = module(t.tensor(x))
        return [t.tensor(losses), y, t.rand(3)]

    for theirs, ours in zip(*both(run), strict=True):
        np.testing.assert_allclose(ours.detach(), theirs.detach(), rtol=2e-4, atol=2e-5)


CELLS = {
    "RNNCell": lambda nn: nn.RNNCell(3, 4),
    "RNNCell relu": lambda nn: nn.RNNCell(3, 4, False, "relu"),
    "LSTMCell": lambda nn: nn.LSTMCell(3, 4),
    "LSTMCell plain": lambda nn: nn.LSTMCell(3, 4, bias=False),
    "GRUCell": lambda nn: nn.GRUCell(3, 4),
    "GRUCell plain": lambda nn: nn.GRUCell(3, 4, bias=False),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("name", CELLS)
def test_cells(name, batched, dtype):
    def run(t):
        rng = np.random.default_rng(9)
        cell = CELLS[name](t.nn).to(getattr(t, dtype))
        shape = (2,) if batched else ()
        x = t.tensor(rng.standard_normal((*shape, 3)).astype(dtype), requires_grad=True)
        h, c = (
            t.tensor(rng.standard_normal((*shape, 4)).astype(dtype), requires_grad=True)
            for _ in "hc"
        )
        pair = name.startswith("LSTM")
        first = cell(x, (h, c) if pair else h)
        second = cell(x, first)
        ys = [*listed(second), *listed(cell(x))]
        leaves = [x, h, *([c] if pair else []), *cell.parameters()]
        return [repr(cell), list(cell.state_dict()), *ys, *gradients(t, ys, leaves, True)]

    (text, keys, *theirs), (our_text, our_keys, *ours) = both(run)
    assert (our_text, our_keys) == (text, keys)
    for i, (a, b) in enumerate(zip(theirs, ours, strict=True)):
        assert_same(a, b, dtype, str(i))


MISTAKES = {
    "no steps": lambda t: t.nn.GRU(3, 4)(t.zeros(0, 2, 3)),
    "four dimensions": lambda t: t.nn.RNN(3, 4)(t.zeros(1, 2, 2, 3)),
    "one dimension": lambda t: t.nn.LSTM(3, 4)(t.zeros(3)),
    "input size": lambda t: t.nn.LSTM(3, 4)(t.zeros(2, 2, 5)),
    "dtype": lambda t: t.nn.GRU(3, 4)(t.zeros(2, 2, 3).double()),
    "integers": lambda t: t.nn.GRU(3, 4)(t.zeros(2, 2, 3).long()),
    "hidden size": lambda t: t.nn.GRU(3, 4)(t.zeros(2, 2, 3), t.zeros(1, 2, 5)),
    "hidden batch": lambda t: t.nn.RNN(3, 4)(t.zeros(2, 2, 3), t.zeros(1, 3, 4)),
    "hidden rank": lambda t: t.nn.RNN(3, 4)(t.zeros(2, 2, 3), t.zeros(2, 4)),
    "hidden rank, one sequence": lambda t: t.nn.GRU(3, 4)(t.zeros(2, 3), t.zeros(1, 1, 4)),
    "hidden pair": lambda t: t.nn.LSTM(3, 4)(t.zeros(2, 2, 3), (t.zeros(1, 2, 5),) * 2),
    "cell size": lambda t: t.nn.LSTM(3, 4, proj_size=2)(
        t.zeros(2, 2, 3), (t.zeros(1, 2, 2), t.zeros(1, 2, 2))
    ),
    "pair's rank": lambda t: t.nn.LSTM(3, 4)(t.zeros(2, 2, 3), (t.zeros(2, 4),) * 2),
    "pair's rank, one sequence": lambda t: t.nn.LSTM(3, 4)(t.zeros(2, 3), (t.zeros(1, 2, 4),) * 2),
    "one state for two": lambda t: t.nn.LSTM(3, 4)(t.zeros(2, 2, 3), t.zeros(1, 2, 4)),
    "hidden dtype": lambda t: t.nn.GRU(3, 4)(t.zeros(2, 2, 3), t.zeros(1, 2, 4).double()),
    "pair's dtype": lambda t: t.nn.LSTM(3, 4)(t.zeros(2, 2, 3), (t.zeros(1, 2, 4).double(),) * 2),
    "nonlinearity": lambda t: t.nn.RNN(3, 4, nonlinearity="sin"),
    "mode": lambda t: t.nn.RNNBase("SIN", 3, 4),
    "projected RNN": lambda t: t.nn.RNN(3, 4, proj_size=2),
    "projected GRU": lambda t: t.nn.GRU(3, 4, proj_size=2),
    "projection too large": lambda t: t.nn.LSTM(3, 4, proj_size=4),
    "negative projection": lambda t: t.nn.LSTM(3, 4, proj_size=-1),
    "dropout": lambda t: t.nn.LSTM(3, 4, 2, dropout=1.5),
    "dropout a bool": lambda t: t.nn.LSTM(3, 4, 2, dropout=True),
    "no hidden size": lambda t: t.nn.LSTM(3, 0),
    "no input size": lambda t: t.nn.LSTM(0, 3),
    "no layers": lambda t: t.nn.LSTM(3, 4, 0),
    "hidden size a float": lambda t: t.nn.LSTM(3, 4.0),
    "input size a float": lambda t: t.nn.LSTM(3.0, 4),
    "bias a number": lambda t: t.nn.LSTM(3, 4, 1, 1),
    "batch_first a number": lambda t: t.nn.LSTM(3, 4, 1, True, 1),
    "cell's input size": lambda t: t.nn.LSTMCell(3, 4)(t.zeros(2, 5)),
    "cell's rank": lambda t: t.nn.LSTMCell(3, 4)(t.zeros(1, 2, 3)),
    "cell's state": lambda t: t.nn.LSTMCell(3, 4)(t.zeros(2, 3), t.zeros(2, 4)),
    "cell's state size": lambda t: t.nn.LSTMCell(3, 4)(
        t.zeros(2, 3), (t.zeros(2, 4), t.zeros(2, 5))
    ),
    "cell's state rank": lambda t: t.nn.LSTMCell(3, 4)(t.zeros(2, 3), (t.zeros(1, 2, 4),) * 2),
    "cell's batch": lambda t: t.nn.GRUCell(3, 4)(t.zeros(2, 3), t.zeros(3, 4)),
    "cell's hidden rank": lambda t: t.nn.GRUCell(3, 4)(t.zeros(2, 3), t.zeros(1, 2, 4)),
    "cell's dtype": lambda t: t.nn.RNNCell(3, 4)(t.zeros(2, 3).double()),
    "cell's nonlinearity": lambda t: t.nn.RNNCell(3, 4, nonlinearity="sin")(t.zeros(2, 3)),
    "lengths unsorted": lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(3, 2), [2, 3]),
    "length 0": lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(3, 2), [3, 0]),
    "too few lengths": lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(3, 2), [3]),
    "nothing to pack": lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(0, 2), [2, 1]),
    "lengths in rows": lambda t: t.nn.utils.rnn.pack_padded_sequence(
        t.zeros(3, 2), t.tensor([[3, 2]])
    ),
    "a vector": lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(3), [3]),
    "total length": lambda t: t.nn.utils.rnn.pad_packed_sequence(
        t.nn.utils.rnn.pack_padded_sequence(t.zeros(3, 2), [3, 1]), total_length=2
    ),
    "no sequences": lambda t: t.nn.utils.rnn.pad_sequence([]),
    "a number of sequences": lambda t: t.nn.utils.rnn.pad_sequence(3),
    "sizes": lambda t: t.nn.utils.rnn.pad_sequence([t.zeros(2, 3), t.zeros(2, 2)]),
    "side": lambda t: t.nn.utils.rnn.pad_sequence([t.zeros(2)], padding_side="up"),
    "a number among them": lambda t: t.nn.utils.rnn.pad_sequence([t.zeros(())]),
    "unsorted sequences": lambda t: t.nn.utils.rnn.pack_sequence([t.zeros(1), t.zeros(2)]),
    "no data": lambda t: t.nn.utils.rnn.PackedSequence(t.zeros(2)),
    "function without arguments": lambda t: t.lstm(),
    "weights missing": lambda t: t.gru(
        t.zeros(2, 2, 3), t.zeros(1, 2, 4), [t.zeros(12, 3)], True, 1, 0.0, False, False, False
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name):
    assert_same_error(MISTAKES[name])


@pytest.mark.parametrize("name", ["input size", "dtype", "hidden size", "hidden pair", "cell size",
                                  "hidden rank", "lengths unsorted", "length 0", "too few lengths",
                                  "cell's batch", "cell's input size", "no steps",
                                  "four dimensions", "one dimension"])  # fmt: skip
def test_messages(name):
    found = []
    for t in (torch, minitorch):
        with pytest.raises(Exception) as info:
            MISTAKES[name](t)
        found.append(str(info.value).splitlines()[0])
    assert found[1].startswith(found[0][:60])


def test_dropout_of_one_layer_warns():
    for t in (torch, minitorch):
        with pytest.warns(UserWarning, match="dropout option adds dropout after all but last"):
            t.nn.LSTM(3, 4, dropout=0.5)


SEQUENCES = {
    "pack": lambda r, x: r.pack_padded_sequence(x, [4, 2]),
    "pack batch first": lambda r, x: r.pack_padded_sequence(x.transpose(0, 1), [4, 2], True),
    "pack unsorted": lambda r, x: r.pack_padded_sequence(x, [1, 3], enforce_sorted=False),
    "pack sequence": lambda r, x: r.pack_sequence([x[:, 0], x[:3, 1], x[:1, 0]]),
    "pack sequence unsorted": lambda r, x: r.pack_sequence([x[:1, 0], x[:3, 1], x[:2, 0]], False),
    "pad packed": lambda r, x: r.pad_packed_sequence(r.pack_padded_sequence(x, [4, 2])),
    "pad packed long": lambda r, x: r.pad_packed_sequence(
        r.pack_padded_sequence(x, [1, 3], enforce_sorted=False), True, 7.0, 6
    ),
    "pad": lambda r, x: r.pad_sequence([x[:2, 0], x[:, 1], x[:1, 1]]),
    "pad batch first": lambda r, x: r.pad_sequence((x[:2, 0], x[:, 1]), True, -1.5),
    "pad left": lambda r, x: r.pad_sequence([x[:2, 0], x[:, 1]], padding_side="left"),
    "pad a tensor": lambda r, x: r.pad_sequence(x),
    "unpad": lambda r, x: r.unpad_sequence(x.transpose(0, 1), x.new_tensor([3, 1]), True),
    "unpack": lambda r, x: r.unpack_sequence(r.pack_padded_sequence(x, [4, 2])),
    "unpack unsorted": lambda r, x: r.unpack_sequence(
        r.pack_padded_sequence(x, [1, 3], enforce_sorted=False)
    ),
    "invert": lambda r, x: [r.invert_permutation(x.new_tensor([2, 0, 1]).long())],
}


@pytest.mark.parametrize("width", [(), (3,), (2, 2)])
@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences(name, width):
    values = numbers(4, 2, *width)

    def run(t):
        x = t.tensor(values, requires_grad=True)
        found = SEQUENCES[name](t.nn.utils.rnn, x)
        ys = [found] if isinstance(found, t.Tensor) else list(found)
        floats = [y for y in ys if y is not None and y.is_floating_point()]
        return [*ys, *(gradients(t, floats, [x], False) if floats else ())]

    theirs, ours = both(run)
    assert len(theirs) == len(ours)
    for i, (a, b) in enumerate(zip(theirs, ours, strict=True)):
        assert_same(a, b, "float64", str(i))


def test_packed_sequences_are_tuples():
    def run(t):
        rnn = t.nn.utils.rnn
        packed = rnn.pack_sequence([t.tensor([1.0, 2.0]), t.tensor([3.0])])
        again = rnn.PackedSequence((packed.data, packed.batch_sizes))
        return [
            repr(packed), repr(again), packed._fields, packed.to("cpu") is packed,
            packed.float() is packed, packed.cpu() is packed, str(packed.double().data.dtype),
            str(packed.long().data.dtype), str(packed.int().data.dtype), packed.is_cuda,
            str(packed.half().data.dtype), str(packed.to(t.float64).data.dtype),
            str(packed.short().data.dtype), str(packed.char().data.dtype),
            str(packed.byte().data.dtype), packed.is_pinned(), isinstance(packed, tuple),
            repr(copy.deepcopy(packed)), repr(pickle.loads(pickle.dumps(packed))),
        ]  # fmt: skip

    theirs, ours = both(run)
    assert ours == theirs


def test_names_are_all_there():
    assert set(minitorch.nn.utils.rnn.__all__) == set(torch.nn.utils.rnn.__all__)
    for name in torch.nn.modules.rnn.__all__:
        assert hasattr(minitorch.nn.modules.rnn, name)
        assert hasattr(minitorch.nn, name)


def test_state_dicts_go_both_ways():
    for name in LAYERS:
        theirs, ours = both(lambda t, name=name: LAYERS[name][0](t.nn))
        arrays = {key: value.numpy() * 3 for key, value in theirs.state_dict().items()}
        ours.load_state_dict({key: minitorch.tensor(value) for key, value in arrays.items()})
        theirs.load_state_dict({key: torch.tensor(value) for key, value in arrays.items()})
        x = numbers(2, 2, 3).astype("f4")
        assert_same(theirs(torch.tensor(x))[0], ours(minitorch.tensor(x))[0], "float32")
