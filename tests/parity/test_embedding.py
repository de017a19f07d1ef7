"""Embeddings against PyTorch: values, gradients, padding, norms, bags, seeds, errors."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from tests.parity.twins import assert_same, assert_same_error, both, compare

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
SHAPES = [(5,), (2, 3), (), (0,), (2, 0, 3), (40,)]
OPTIONS = [{}, {"padding_idx": 1}, {"padding_idx": -1}, {"scale_grad_by_freq": True},
           {"padding_idx": 0, "scale_grad_by_freq": True}]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_embedding(options, shape, dtype):
    index = np.asarray(RNG.integers(0, 4, shape))
    # PyTorch's second derivative fails without indices
    once = dtype == "float16" or "scale_grad_by_freq" in options or not index.size

    def call(t, table):
        y = t.nn.functional.embedding(t.tensor(index), table, **options)
        return y if once else y * y

    compare(call, [RNG.standard_normal((4, 3))], dtype, twice=not once)


def test_int32_indices():
    theirs, ours = both(
        lambda t: t.nn.functional.embedding(t.tensor([1, 0], dtype=t.int32), t.eye(2))
    )
    assert_same(theirs, ours, "float32")


@pytest.mark.parametrize("norm_type", [1.0, 2.0, float("inf")])
def test_rows_are_shortened_in_place(norm_type):
    table = RNG.standard_normal((5, 3)).astype("f4") * 2

    def run(t):
        weight = t.tensor(table)
        layer = t.nn.Embedding.from_pretrained(
            weight, freeze=False, max_norm=1.0, norm_type=norm_type
        )
        version = layer.weight._version
        y = layer(t.tensor([[3, 1], [1, 0]]))
        (y * y).sum().backward()
        return [y, layer.weight, layer.weight.grad], layer.weight._version > version

    (theirs, written), (ours, we_wrote) = both(run)
    assert we_wrote == written
    for a, b in zip(theirs, ours, strict=True):
        assert_same(a, b, "float32")


BAGS = [
    ([[0, 1, 2], [3, 3, 1]], None, {}),
    ([0, 1, 2, 3, 3, 1], [0, 2, 2, 5], {}),
    ([0, 1, 2, 3, 3, 1], [0, 2, 6], {"include_last_offset": True}),
    ([0, 1, 2, 3, 3, 1], [0, 3], {"padding_idx": 3}),
    ([[1, 1], [1, 1], [0, 1]], None, {"padding_idx": 1}),
    ([[0, 1, 2], [3, 3, 1]], None, {"padding_idx": -1}),
    (np.zeros((0, 2), int), None, {}),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("bag", range(len(BAGS)))
def test_bags(bag, mode, dtype):
    index, offsets, options = BAGS[bag]

    def call(t, table):
        where = None if offsets is None else t.tensor(offsets)
        return t.nn.functional.embedding_bag(t.tensor(index), table, where, mode=mode, **options)

    compare(call, [RNG.standard_normal((4, 3))], dtype, twice=False)


@pytest.mark.parametrize("bag", range(len(BAGS)))
def test_weighted_bags(bag):
    index, offsets, options = BAGS[bag]

    def call(t, table, factors):
        where = None if offsets is None else t.tensor(offsets)
        return t.nn.functional.embedding_bag(
            t.tensor(index), table, where, mode="sum", per_sample_weights=factors, **options
        )

    factors = RNG.standard_normal(np.shape(index))
    compare(call, [RNG.standard_normal((4, 3)), factors], "float64", twice=False)


def test_bags_share_gradients_by_frequency():
    """PyTorch 2.13 divides by the counts of other rows; here by the row's own, as is documented."""
    found = []
    for scaled in (False, True):
        table = minitorch.tensor(RNG.standard_normal((4, 3)), requires_grad=True)
        index = minitorch.tensor([[0, 1, 1], [1, 3, 0]])
        y = minitorch.nn.functional.embedding_bag(
            index, table, mode="sum", scale_grad_by_freq=scaled
        )
        (y * minitorch.arange(6.0).reshape(2, 3)).sum().backward()
        found.append(table.grad.numpy())
    np.testing.assert_allclose(found[1], found[0] / np.array([2, 3, 1, 1])[:, np.newaxis])


MODULES = {
    "plain": lambda nn: nn.Embedding(5, 3),
    "padding": lambda nn: nn.Embedding(5, 3, padding_idx=-2),
    "options": lambda nn: nn.Embedding(5, 3, 1, 2.0, 1.0, True),
    "bag": lambda nn: nn.EmbeddingBag(5, 3),
    "bag of sums": lambda nn: nn.EmbeddingBag(5, 3, mode="sum", padding_idx=2),
    "bag of maxima": lambda nn: nn.EmbeddingBag(5, 3, 1.0, 1.0, mode="max"),
}


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    def run(t):
        layer = MODULES[name](t.nn)
        start = layer.weight.detach().clone()
        y = layer(t.tensor([[0, 3, 1], [4, 4, 2]]))
        (y * y * y).sum().backward()
        return [start, y, layer.weight.grad, layer.weight], repr(layer), list(layer.state_dict())

    (theirs, *rest), (ours, *our_rest) = both(run)
    assert our_rest == rest
    for a, b in zip(theirs, ours, strict=True):
        assert_same(a, b, "float32")


def test_from_pretrained():
    for name in ("Embedding", "EmbeddingBag"):
        for freeze in (True, False):

            def run(t, name=name, freeze=freeze):
                return getattr(t.nn, name).from_pretrained(t.ones(3, 2), freeze)

            theirs, ours = both(run)
            assert repr(ours) == repr(theirs)
            assert ours.weight.requires_grad == theirs.weight.requires_grad == (not freeze)


def test_under_vmap():
    tables = minitorch.tensor(RNG.standard_normal((3, 4, 2)))
    indices = minitorch.tensor(RNG.integers(0, 4, (3, 5)))
    look_up = minitorch.nn.functional.embedding
    rows = [[look_up(i, w) for i in indices] for w in tables]
    by_index = minitorch.vmap(lambda i: look_up(i, tables[0]))(indices)
    by_table = minitorch.vmap(lambda w: look_up(indices[0], w))(tables)
    by_both = minitorch.vmap(look_up)(indices, tables)
    for mapped, expected in (
        (by_index, rows[0]),
        (by_table, [row[0] for row in rows]),
        (by_both, [rows[i][i] for i in range(3)]),
    ):
        assert np.array_equal(mapped.numpy(), minitorch.stack(expected).numpy())


def test_gradients_for_each_example():
    table = minitorch.tensor(RNG.standard_normal((4, 2)))
    indices = minitorch.tensor(RNG.integers(0, 4, (3, 5)))

    def loss(table, index):
        return (minitorch.nn.functional.embedding(index, table, padding_idx=0) ** 3).sum()

    slope = minitorch.func.grad(loss)
    mapped = minitorch.vmap(slope, in_dims=(None, 0))(table, indices)
    rows = minitorch.stack([slope(table, index) for index in indices])
    np.testing.assert_allclose(mapped.numpy(), rows.numpy(), rtol=1e-12)


def test_a_training_run():
    words, targets = RNG.integers(0, 20, (32, 6)), RNG.integers(0, 4, 32)

    def run(t):
        class Net(t.nn.Module):
            def __init__(self):
                super().__init__()
                self.words = t.nn.Embedding(20, 8, padding_idx=0)
                self.bag = t.nn.EmbeddingBag(20, 8, mode="mean")
                self.norm = t.nn.LayerNorm(16)
                self.out = t.nn.Linear(16, 4)

            def forward(self, x):
                return self.out(self.norm(t.cat([self.words(x).sum(1), self.bag(x)], 1)))

        net = Net()
        optimizer = t.optim.Adam(net.parameters(), lr=0.01)
        losses = []
        for _ in range(20):
            optimizer.zero_grad()
            loss = t.nn.functional.cross_entropy(net(t.tensor(words)), t.tensor(targets))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    theirs, ours = both(run)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)


def table(t):
    return t.ones(3, 2)


def bag(t, index, *rest, **options):
    return t.nn.functional.embedding_bag(t.tensor(index), table(t), *rest, **options)


ERRORS = {
    "large": lambda t: t.nn.functional.embedding(t.tensor([3]), table(t)),
    "negative": lambda t: t.nn.functional.embedding(t.tensor([-1]), table(t)),
    "floats": lambda t: t.nn.functional.embedding(t.ones(2), table(t)),
    "bools": lambda t: t.nn.functional.embedding(t.ones(2) > 0, table(t)),
    "short": lambda t: t.nn.functional.embedding(t.tensor([1]).short(), table(t)),
    "rank": lambda t: t.nn.functional.embedding(t.tensor([0]), t.ones(3)),
    "list": lambda t: t.nn.functional.embedding([0], table(t)),
    "padding": lambda t: t.nn.functional.embedding(t.tensor([0]), table(t), padding_idx=3),
    "Embedding padding": lambda t: t.nn.Embedding(3, 2, padding_idx=3),
    "Embedding weight": lambda t: t.nn.Embedding(3, 2, _weight=t.ones(2, 2)),
    "from_pretrained": lambda t: t.nn.Embedding.from_pretrained(t.ones(3)),
    "bag start": lambda t: bag(t, [0, 1], t.tensor([1])),
    "bag end": lambda t: bag(t, [0, 1], t.tensor([0, 3])),
    "bag index": lambda t: bag(t, [0, 5], t.tensor([0])),
    "bag offsets": lambda t: bag(t, [0, 1], t.tensor([0.0])),
    "bag no offsets": lambda t: bag(t, [0, 1]),
    "bag two offsets": lambda t: bag(t, [[0, 1]], t.tensor([0])),
    "bag offsets rank": lambda t: bag(t, [0, 1], t.tensor([[0]])),
    "bag rank": lambda t: bag(t, [[[0]]]),
    "bag mode": lambda t: bag(t, [[0]], mode="x"),
    "bag floats": lambda t: bag(t, [0.0], t.tensor([0])),
    "bag weights shape": lambda t: bag(t, [[0]], mode="sum", per_sample_weights=t.ones(1)),
    "bag weights mode": lambda t: bag(t, [[0]], per_sample_weights=t.ones(1, 1)),
    "bag weights dtype": lambda t: bag(
        t, [[0]], mode="sum", per_sample_weights=t.ones(1, 1).double()
    ),
    "bag max by frequency": lambda t: bag(t, [[0]], mode="max", scale_grad_by_freq=True),
    "bag padding": lambda t: bag(t, [[0]], padding_idx=4),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    assert_same_error(ERRORS[name])


def test_sparse_gradients_are_refused():
    with pytest.raises(NotImplementedError, match="no sparse gradients"):
        minitorch.nn.Embedding(3, 2, sparse=True)(minitorch.tensor([0]))
