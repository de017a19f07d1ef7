"""torch.nn.functional: losses against their definitions, and what bad input is told."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn
from minitorch.nn import functional as F

RNG = np.random.default_rng(0)


def log_softmax(x, axis):
    top = x.max(axis, keepdims=True)
    return x - top - np.log(np.exp(x - top).sum(axis, keepdims=True))


def expected_cross_entropy(x, target, weight=None, ignore=-100, smoothing=0.0, reduction="mean"):
    """The definition, one row after the other."""
    classes = x.shape[1] if x.ndim > 1 else len(x)
    rows = np.moveaxis(x, 1, -1).reshape(-1, classes) if x.ndim > 1 else x[None]
    weight = np.ones(classes) if weight is None else weight
    losses, counts = [], []
    for row, t in zip(rows, np.ravel(target), strict=True):
        logs = log_softmax(row, 0)
        if t == ignore:
            losses.append(0.0)
            counts.append(0.0)
            continue
        smooth = -(logs * weight).sum() / classes
        losses.append((1 - smoothing) * -logs[t] * weight[t] + smoothing * smooth)
        counts.append(weight[t])
    if reduction == "none":
        return np.reshape(losses, np.shape(target))
    return np.sum(losses) / (np.sum(counts) if reduction == "mean" else 1)


SHAPES = [((5, 3), (5,)), ((4, 3, 2), (4, 2)), ((2, 3, 4, 2), (2, 4, 2)), ((3,), ())]


class TestCrossEntropy:
    @pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
    @pytest.mark.parametrize("smoothing", [0.0, 0.2])
    @pytest.mark.parametrize("ignore", [-100, 1])
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize(("shape", "target_shape"), SHAPES)
    def test_class_indices(self, shape, target_shape, weighted, ignore, smoothing, reduction):
        x = RNG.standard_normal(shape)
        target = RNG.integers(0, 3, target_shape)
        weight = np.array([0.5, 1.0, 2.0]) if weighted else None
        if not target_shape:
            target = np.array(2)
        result = F.cross_entropy(
            torch.tensor(x),
            torch.tensor(target),
            weight=None if weight is None else torch.tensor(weight),
            ignore_index=ignore,
            label_smoothing=smoothing,
            reduction=reduction,
        )
        expected = expected_cross_entropy(x, target, weight, ignore, smoothing, reduction)
        assert np.allclose(result.numpy(), expected, atol=1e-12)
        assert result.shape == np.shape(expected)

    @pytest.mark.parametrize("shape", [(5, 3), (4, 3, 2), (3,)])
    def test_class_probabilities(self, shape):
        x, raw = RNG.standard_normal((2, *shape))
        axis = 1 if len(shape) > 1 else 0
        p = np.exp(log_softmax(raw, axis))
        losses = -(log_softmax(x, axis) * p).sum(axis)
        result = F.cross_entropy(torch.tensor(x), torch.tensor(p), reduction="none")
        assert np.allclose(result.numpy(), losses)
        mean = F.cross_entropy(torch.tensor(x), torch.tensor(p))
        assert mean.item() == pytest.approx(losses.mean())

    def test_one_hot_probabilities_are_indices(self):
        x, target = torch.randn(6, 4).double(), torch.tensor([0, 1, 2, 3, 1, 1])
        hot = F.one_hot(target, 4).double()
        for smoothing in (0.0, 0.3):
            a = F.cross_entropy(x, target, label_smoothing=smoothing)
            b = F.cross_entropy(x, hot, label_smoothing=smoothing)
            assert a.item() == pytest.approx(b.item())

    @pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"reduction": "sum"}])
    def test_gradient(self, options):
        x = RNG.standard_normal((4, 3))
        target = torch.tensor([0, 2, -100, 1])
        leaf = torch.tensor(x, requires_grad=True)
        F.cross_entropy(leaf, target, **options).backward()
        numeric = np.empty_like(x)
        for place in np.ndindex(x.shape):
            ends = []
            for step in (1e-6, -1e-6):
                moved = x.copy()
                moved[place] += step
                ends.append(F.cross_entropy(torch.tensor(moved), target, **options).item())
            numeric[place] = (ends[0] - ends[1]) / 2e-6
        assert np.allclose(leaf.grad.numpy(), numeric, atol=1e-8)

    def test_large_logits(self):
        x = torch.tensor([[1e4, 0.0], [-1e4, 0.0]], requires_grad=True)
        loss = F.cross_entropy(x, torch.tensor([1, 1]), reduction="sum")
        loss.backward()
        assert loss.item() == pytest.approx(1e4) and np.isfinite(x.grad.numpy()).all()

    def test_ignored_rows_do_not_matter(self):
        x = torch.tensor([[math.nan, 1.0], [2.0, 1.0]], requires_grad=True)
        loss = F.cross_entropy(x, torch.tensor([-100, 0]))
        loss.backward()
        assert math.isfinite(loss.item()) and x.grad.tolist()[0] == [0.0, 0.0]

    def test_nothing_counts(self):
        x = torch.randn(2, 3, requires_grad=True)
        loss = F.cross_entropy(x, torch.tensor([-100, -100]))
        loss.backward()
        assert math.isnan(loss.item()) and x.grad.tolist() == [[0.0] * 3] * 2
        empty = F.cross_entropy(torch.ones(0, 3), torch.ones(0, dtype=torch.int64))
        assert math.isnan(empty.item())

    def test_the_caller_may_change_the_target_later_only_with_an_error(self):
        x, target = torch.randn(2, 3, requires_grad=True), torch.tensor([0, 1])
        loss = F.cross_entropy(x, target)
        target.fill_(2)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()

    def test_uint8_targets(self):
        x = torch.randn(2, 3)
        a = F.cross_entropy(x, torch.tensor([0, 2], dtype=torch.uint8))
        assert a.item() == F.cross_entropy(x, torch.tensor([0, 2])).item()

    def test_half(self):
        assert (
            F.cross_entropy(torch.zeros(2, 4).half(), torch.tensor([0, 1])).dtype == torch.float16
        )


BAD = [
    (IndexError, r"^Target 12 is out of bounds\. With 4 classes the targets are 0 to 3",
     lambda x, y: F.cross_entropy(x, torch.tensor([0, 12, 1]))),
    (IndexError, r"^Target -1 is out of bounds", lambda x, y: F.cross_entropy(x, y - 1)),
    (IndexError, r"^Target 4 is out of bounds", lambda x, y: F.nll_loss(x, y + 2)),
    (ValueError, r"^Expected input batch_size \(3\) to match target batch_size \(2\)\.",
     lambda x, y: F.cross_entropy(x, y[:2])),
    (RuntimeError, "multi-target not supported", lambda x, y: F.cross_entropy(x, y[:, None])),
    (RuntimeError, r"^Expected target size \[3, 2\], got \[3, 4\]",
     lambda x, y: F.cross_entropy(torch.ones(3, 4, 2), torch.zeros(3, 4).long())),
    (ValueError, "1D target must have size 1, but got target size: 3",
     lambda x, y: F.cross_entropy(x[0], y)),
    (ValueError, "Expected 1 or more dimensions", lambda x, y: F.nll_loss(x.sum(), y)),
    (RuntimeError, "expected target dtype to be Long or Byte, but got Float",
     lambda x, y: F.cross_entropy(x, y.float())),
    (RuntimeError, "Expected floating point type for target with class probabilities, got Long",
     lambda x, y: F.cross_entropy(x, x.long())),
    (RuntimeError, "ignore_index is not supported",
     lambda x, y: F.cross_entropy(x, x, ignore_index=1)),
    (RuntimeError, "label_smoothing must be between",
     lambda x, y: F.cross_entropy(x, y, label_smoothing=2)),
    (RuntimeError, r"for all 4 classes or no classes but got weight tensor of shape: \[3\]",
     lambda x, y: F.cross_entropy(x, y, torch.ones(3))),
    (RuntimeError, "expected scalar type Float but found Double",
     lambda x, y: F.cross_entropy(x, y, torch.ones(4).double())),
    (RuntimeError, "not differentiable with respect to argument 'weight'",
     lambda x, y: F.cross_entropy(x, y, torch.ones(4, requires_grad=True))),
    (TypeError, r"argument 'weight' \(position 3\) must be Tensor",
     lambda x, y: F.cross_entropy(x, y, [1.0])),
    (ValueError, "^avg is not a valid value for reduction",
     lambda x, y: F.cross_entropy(x, y, reduction="avg")),
    (ValueError, "^avg is not a valid value for reduction",
     lambda x, y: F.mse_loss(x, x, reduction="avg")),
    (NotImplementedError, "not implemented for 'Long'", lambda x, y: F.cross_entropy(x.long(), y)),
    (TypeError, r"argument 'target' \(position 2\) must be Tensor, not list",
     lambda x, y: F.cross_entropy(x, [1])),
    (TypeError, r"argument 'input' \(position 1\) must be Tensor, not list",
     lambda x, y: F.cross_entropy([1], y)),
    (NotImplementedError, "\"mse_cpu\" not implemented for 'Long'", lambda x, y: F.mse_loss(y, y)),
    (AttributeError, "'float' object has no attribute 'size'", lambda x, y: F.mse_loss(x, 1.0)),
    (AttributeError, "'list' object has no attribute 'size'", lambda x, y: F.l1_loss([1], x)),
    (ValueError, "Weights and input must have the same size",
     lambda x, y: F.mse_loss(x, x, weight=y)),
    (RuntimeError, r"mat1 and mat2 shapes cannot be multiplied \(3x4 and 5x2\).*in_features=5",
     lambda x, y: F.linear(x, torch.ones(2, 5))),
    (RuntimeError, "mat1 and mat2 must have the same dtype, but got Long and Float",
     lambda x, y: F.linear(x.long(), torch.ones(2, 4))),
    (RuntimeError, "must have the same dtype.*bias is torch.float64",
     lambda x, y: F.linear(x, torch.ones(2, 4), torch.ones(2).double())),
    (RuntimeError, r"a bias of shape \[3\], expected \(2,\)",
     lambda x, y: F.linear(x, torch.ones(2, 4), torch.ones(3))),
    (RuntimeError, "at least 1D", lambda x, y: F.linear(x.sum(), torch.ones(2, 4))),
    (RuntimeError, "1 or 2 dimensions, not 3", lambda x, y: F.linear(x, torch.ones(2, 4, 4))),
    (RuntimeError, "weight matrix", lambda x, y: F.linear(x, torch.ones(4), torch.ones(1))),
    (TypeError, r"argument 'weight' \(position 2\) must be Tensor", lambda x, y: F.linear(x, [1])),
    (TypeError, r"argument 'bias' \(position 3\) must be Tensor",
     lambda x, y: F.linear(x, torch.ones(2, 4), 1)),
    (RuntimeError, "bilinear", lambda x, y: F.bilinear(x, x, torch.ones(2, 3, 4))),
    (RuntimeError, "one_hot is only applicable", lambda x, y: F.one_hot(x)),
    (RuntimeError, r"smaller than num_classes\. num_classes is 2 and the largest class value 2",
     lambda x, y: F.one_hot(y, 2)),
    (RuntimeError, r"non-negative\. The smallest is -1", lambda x, y: F.one_hot(y - 1)),
    (RuntimeError, "Can not infer total number of classes", lambda x, y: F.one_hot(y[:0])),
    (ValueError, "between 0 and 1, but got 1.5", lambda x, y: F.dropout(x, 1.5)),
    (RuntimeError, "result type Float can't be cast to the desired output type Long",
     lambda x, y: F.dropout(y)),
    (TypeError, r"dropout\(\): argument 'input' \(position 1\) must be Tensor",
     lambda x, y: F.dropout([1.0])),
    (TypeError, r"relu\(\): argument 'input' \(position 1\) must be Tensor",
     lambda x, y: F.relu([1.0])),
    (RuntimeError, "Boolean inputs not supported for relu", lambda x, y: F.relu(y > 1)),
    (NotImplementedError, "\"softmax_lastdim_kernel_impl\" not implemented for 'Long'",
     lambda x, y: F.softmax(y, 0)),
    (NotImplementedError, "leaky_relu_cpu", lambda x, y: F.leaky_relu(y)),
    (NotImplementedError, "elu_cpu", lambda x, y: F.elu(y)),
    (NotImplementedError, "silu_cpu", lambda x, y: F.silu(y)),
    (NotImplementedError, "softplus_cpu", lambda x, y: F.softplus(y)),
    (IndexError, "Dimension out of range", lambda x, y: F.softmax(x, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "message", "call"), BAD, ids=[message for _, message, _ in BAD])
def test_bad_input(kind, message, call):
    with pytest.raises(kind, match=message) as info:
        call(torch.ones(3, 4), torch.tensor([0, 1, 2]))
    assert type(info.value) is kind


class TestNll:
    def test_is_minus_the_picked_entries(self):
        x, target = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
        picked = -x.numpy()[np.arange(4), target.numpy()]
        assert F.nll_loss(x, target, reduction="none").tolist() == picked.tolist()
        assert F.nll_loss(x, target).item() == pytest.approx(picked.mean(), abs=1e-6)
        assert F.nll_loss(x, target, reduction="sum").item() == pytest.approx(
            picked.sum(), abs=1e-5
        )

    def test_old_reduction(self):
        x, target = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
        with pytest.warns(UserWarning, match="reduction='sum'"):
            old = F.nll_loss(x, target, size_average=False)
        assert old.item() == F.nll_loss(x, target, reduction="sum").item()


class TestPairs:
    def test_mse(self):
        a, b = torch.randn(3, 4, requires_grad=True), torch.randn(3, 4, requires_grad=True)
        square = (a.detach().numpy() - b.detach().numpy()) ** 2
        loss = F.mse_loss(a, b)
        loss.backward()
        assert loss.item() == pytest.approx(square.mean(), rel=1e-6)
        assert np.allclose(a.grad.numpy(), 2 * (a - b).detach().numpy() / 12)
        assert np.allclose(b.grad.numpy(), -a.grad.numpy())
        assert F.mse_loss(a, b, reduction="sum").item() == pytest.approx(square.sum(), rel=1e-6)
        assert np.allclose(F.mse_loss(a, b, reduction="none").detach().numpy(), square)

    def test_weighted_mean(self):
        a, b = torch.zeros(3), torch.tensor([1.0, 2.0, 3.0])
        weight = torch.tensor([1.0, 0.0, 1.0])
        assert F.mse_loss(a, b, weight=weight).item() == 5
        assert F.l1_loss(a, b, weight=weight).item() == 2
        assert F.l1_loss(a, b, weight=weight, reduction="sum").item() == 4

    def test_dtypes_promote(self):
        x = torch.ones(2)
        assert F.mse_loss(x, x.double()).dtype == torch.float64
        assert F.mse_loss(x, x.long()).dtype == torch.float32
        assert F.l1_loss(x.long(), x.long() * 3, reduction="sum").item() == 4

    @pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, nn.MSELoss()])
    def test_broadcasting_warns(self, loss):
        with pytest.warns(
            UserWarning, match=r"target size \(torch.Size\(\[4\]\)\) that is different"
        ):
            value = loss(torch.zeros(3, 4), torch.ones(4))
        assert value.item() == 1
        with pytest.raises(RuntimeError, match="size of tensor a"), pytest.warns(UserWarning):
            loss(torch.zeros(3, 4), torch.ones(5))


class TestLinear:
    def test_one_dimensional_weight(self):
        assert F.linear(torch.ones(3, 4), torch.ones(4)).tolist() == [4.0] * 3

    def test_integers(self):
        x = torch.tensor([[1, 2], [3, 4]])
        assert F.linear(x, x).tolist() == [[5, 11], [11, 25]]

    def test_bias_broadcasts(self):
        for bias in (torch.ones(1), torch.ones(3, 1), torch.ones(3, 2)):
            assert F.linear(torch.ones(3, 4), torch.ones(2, 4), bias).tolist() == [[5.0] * 2] * 3

    def test_bias_gradient_has_its_shape(self):
        bias = torch.ones(1, requires_grad=True)
        F.linear(torch.ones(3, 4), torch.ones(2, 4), bias).sum().backward()
        assert bias.grad.tolist() == [6.0]


class TestOthers:
    def test_one_hot(self):
        y = torch.tensor([[0, 2], [1, 0]])
        assert F.one_hot(y).tolist() == np.eye(3, dtype=int)[y.numpy()].tolist()
        assert F.one_hot(y, num_classes=5).shape == (2, 2, 5) and F.one_hot(y).dtype == torch.int64
        assert F.one_hot(torch.tensor(1)).tolist() == [0, 1]
        assert F.one_hot(y[:0], 3).shape == (0, 2, 3)

    def test_softmax(self):
        x = torch.randn(2, 3, 4)
        assert np.allclose(F.softmax(x, 1).sum(1).numpy(), 1, atol=1e-6)
        assert np.allclose(F.log_softmax(x, dim=-1).numpy(), log_softmax(x.numpy(), -1), atol=1e-6)
        assert F.softmax(x, 1, dtype=torch.float64).dtype == torch.float64
        assert F.log_softmax(torch.tensor([1, 2]), 0, dtype=torch.float32).dtype == torch.float32
        with pytest.warns(UserWarning, match="Implicit dimension choice for log_softmax"):
            assert F.log_softmax(x).tolist() == F.log_softmax(x, 0).tolist()

    def test_relu(self):
        assert F.relu(torch.tensor([-1, 2])).tolist() == [0, 2]
        x = torch.tensor([-1.0, 2.0])
        assert F.relu_(x) is x and x.tolist() == [0.0, 2.0]
        with pytest.raises(RuntimeError, match="leaf"):
            F.relu(torch.ones(1, requires_grad=True), inplace=True)
        assert F.tanh(torch.zeros(1)).tolist() == [0.0] and F.sigmoid(torch.zeros(1)).tolist() == [
            0.5
        ]

    @pytest.mark.parametrize(
        ("function", "slope"),
        [(F.relu, 0.0), (F.leaky_relu, 0.01), (F.elu, 1.0), (F.silu, 0.5), (F.softplus, 0.5)],
    )
    def test_slopes_at_zero(self, function, slope):
        x = torch.zeros(1, requires_grad=True)
        function(x).backward()
        assert x.grad.tolist() == pytest.approx([slope])

    @pytest.mark.parametrize("function", [F.elu, F.silu, F.softplus, F.leaky_relu])
    def test_far_out_nothing_overflows(self, function):
        x = torch.tensor([-1e4, 1e4], requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            y = function(x)
            y.sum().backward()
        assert np.isfinite(y.detach().numpy()).all() and np.isfinite(x.grad.numpy()).all()


class TestClipping:
    def parameters(self):
        p, q = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1, 1))
        p.grad, q.grad = torch.tensor([3.0, 0.0]), torch.tensor([[4.0]])
        return [p, q, nn.Parameter(torch.zeros(3))]

    def test_norm(self):
        ps = self.parameters()
        kept = ps[0].grad
        total = nn.utils.clip_grad_norm_(ps, 1.0)
        assert total.item() == 5 and ps[0].grad is kept
        assert ps[0].grad.tolist() == pytest.approx([0.6, 0.0]) and ps[
            1
        ].grad.item() == pytest.approx(0.8)
        assert nn.utils.clip_grad_norm_(iter(ps), 10).item() == pytest.approx(1)
        assert ps[1].grad.item() == pytest.approx(0.8)

    @pytest.mark.parametrize(
        ("kind", "norm"), [(1, 7.0), (math.inf, 4.0), ("inf", 4.0), (3, 91 ** (1 / 3))]
    )
    def test_other_norms(self, kind, norm):
        ps = self.parameters()
        assert nn.utils.clip_grad_norm_(ps, 2.0, norm_type=kind).item() == pytest.approx(norm)
        assert ps[1].grad.item() == pytest.approx(4 * 2 / norm)

    def test_nonfinite(self):
        ps = self.parameters()
        ps[0].grad = torch.tensor([math.inf, 1.0])
        with pytest.raises(RuntimeError, match="non-finite"):
            nn.utils.clip_grad_norm_(ps, 1.0, error_if_nonfinite=True)
        assert ps[1].grad.item() == 4
        assert nn.utils.clip_grad_norm_(ps, 1.0).item() == math.inf

    def test_nothing_to_clip(self):
        assert nn.utils.clip_grad_norm_([], 1.0).item() == 0
        assert nn.utils.clip_grad_norm_(nn.Parameter(torch.zeros(1)), 1.0).item() == 0
        with pytest.warns(UserWarning, match="empty generator"):
            nn.utils.clip_grad_norm_(iter([]), 1.0)

    def test_values(self):
        ps = self.parameters()
        version = ps[1].grad._version
        nn.utils.clip_grad_value_(ps, 3.5)
        assert ps[0].grad.tolist() == [3.0, 0.0] and ps[1].grad.item() == 3.5
        assert ps[1].grad._version > version
        nn.utils.clip_grad_value_(ps[0], 1)
        assert ps[0].grad.tolist() == [1.0, 0.0]

    def test_in_two_steps(self):
        ps = self.parameters()
        total = nn.utils.get_total_norm([p.grad for p in ps if p.grad is not None])
        nn.utils.clip_grads_with_norm_(ps, 1.0, total)
        assert total.item() == 5 and ps[0].grad.tolist() == pytest.approx([0.6, 0.0])
        assert nn.utils.get_total_norm([]).item() == 0

    def test_old_name(self):
        with pytest.warns(FutureWarning, match="clip_grad_norm_"):
            assert nn.utils.clip_grad_norm(self.parameters(), 1.0).item() == 5


class TestVectors:
    def test_there_and_back(self):
        layer = nn.Linear(2, 2)
        nn.utils.vector_to_parameters(torch.arange(6.0), layer.parameters())
        assert layer.weight.tolist() == [[0.0, 1.0], [2.0, 3.0]] and layer.bias.tolist() == [
            4.0,
            5.0,
        ]
        vector = nn.utils.parameters_to_vector(layer.parameters())
        assert vector.tolist() == list(range(6)) and vector.requires_grad

    def test_too_short_changes_nothing(self):
        layer = nn.Linear(2, 2)
        before = layer.weight.tolist()
        with pytest.raises(RuntimeError, match="5 elements is too short for parameters of 6"):
            nn.utils.vector_to_parameters(torch.arange(5.0), layer.parameters())
        assert layer.weight.tolist() == before
        with pytest.raises(TypeError, match="expected torch.Tensor, but got: list"):
            nn.utils.vector_to_parameters([1.0], layer.parameters())
