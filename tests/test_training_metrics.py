"""Metrics: exact over the whole set, however it is cut, and clear about what does not fit."""

from __future__ import annotations

import math

import numpy as np
import pytest

import minitorch as torch
from minitorch.nn import functional as F
from minitorch.training import metrics


def pieces(*tensors):
    return zip(*(t.split([1, 7, 20, len(t) - 28]) for t in tensors))


def streamed(metric, *tensors):
    metric.reset()
    for part in pieces(*tensors):
        metric.update(*part)
    return metric.compute()


class TestMetrics:
    scores = torch.randn(60, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.randint(5, (60,), generator=torch.Generator().manual_seed(1))

    def test_are_exact_over_the_whole_set(self):
        guess = self.scores.argmax(dim=1)
        assert streamed(metrics.Accuracy(), self.scores, self.labels) == (
            (guess == self.labels).sum().item() / 60
        )
        highest = self.scores.topk(3).indices
        expected = (highest == self.labels[:, None]).any(dim=1).sum().item() / 60
        assert streamed(metrics.TopK(3), self.scores, self.labels) == expected
        table = torch.zeros(5, 5, dtype=torch.int64)
        for truth, taken in zip(self.labels.tolist(), guess.tolist()):
            table[truth, taken] += 1
        assert torch.equal(streamed(metrics.Confusion(), self.scores, self.labels), table)
        mean = F.cross_entropy(self.scores.double(), self.labels).item()
        found = streamed(metrics.Perplexity(), self.scores, self.labels)
        assert math.isclose(found, math.exp(mean), rel_tol=1e-12)

    @pytest.mark.parametrize("average", ["macro", "weighted", "micro", "binary"])
    def test_f1(self, average):
        two = average == "binary"
        scores, labels = (
            (self.scores[:, :2], self.labels % 2) if two else (self.scores, self.labels)
        )
        guess, truth = scores.argmax(dim=1).numpy(), labels.numpy()
        each, weights = [], []
        for c in range(2 if two else 5):
            right = ((guess == c) & (truth == c)).sum()
            precision, recall = right / (guess == c).sum(), right / (truth == c).sum()
            each.append(2 * precision * recall / (precision + recall))
            weights.append((truth == c).sum() / 60)
        expected = {
            "macro": np.mean(each), "weighted": np.dot(each, weights),
            "micro": (guess == truth).mean(), "binary": each[1],
        }  # fmt: skip
        found = streamed(metrics.F1(average), scores, labels)
        assert math.isclose(found, expected[average], rel_tol=1e-12)

    def test_regression(self):
        truth = self.scores.double() * 3 + 1e4
        guess = truth + self.scores.flip(0).double()
        assert math.isclose(
            streamed(metrics.MAE(), guess, truth),
            (guess - truth).abs().mean().item(),
            rel_tol=1e-12,
        )
        each = 1 - ((guess - truth) ** 2).sum(0) / ((truth - truth.mean(0)) ** 2).sum(0)
        assert math.isclose(streamed(metrics.R2(), guess, truth), each.mean().item(), rel_tol=1e-9)
        assert metrics.R2()(torch.ones(3), torch.ones(3)) == 1.0
        assert metrics.R2()(torch.zeros(3), torch.ones(3)) == 0.0
        assert math.isnan(metrics.R2()(torch.ones(1), torch.ones(1)))

    def test_as_scikit_learn_has_them(self):
        sklearn = pytest.importorskip("sklearn.metrics")
        guess, truth = self.scores.argmax(dim=1).numpy(), self.labels.numpy()
        for average in ("macro", "weighted", "micro"):
            ours = metrics.F1(average)(self.scores, self.labels)
            assert math.isclose(ours, sklearn.f1_score(truth, guess, average=average))
        rare = metrics.F1()(torch.tensor([0, 0, 4]), torch.tensor([0, 2, 4]))
        assert math.isclose(rare, sklearn.f1_score([0, 2, 4], [0, 0, 4], average="macro"))
        ours = metrics.TopK(2)(self.scores, self.labels)
        assert ours == sklearn.top_k_accuracy_score(truth, self.scores.numpy(), k=2)
        y = self.scores.flip(1).double().numpy()
        assert math.isclose(
            metrics.R2()(self.scores, self.scores.flip(1)),
            sklearn.r2_score(y, self.scores.double().numpy()),
        )

    def test_sequences_and_labels_that_do_not_count(self):
        scores, labels = self.scores.view(6, 10, 5).transpose(1, 2), self.labels.view(6, 10).clone()
        labels[:, 7:] = -100
        kept = self.scores.view(6, 10, 5)[:, :7].reshape(-1, 5), labels[:, :7].reshape(-1)
        for metric in (metrics.Accuracy(), metrics.TopK(2), metrics.F1(), metrics.Perplexity()):
            assert math.isclose(metric(scores, labels), metric(*kept), rel_tol=1e-12)

    def test_yes_or_no(self):
        logits, truth = torch.tensor([[0.3], [-2.0], [0.2]]), torch.tensor([1.0, 0.0, 0.0])
        for target in (truth, truth[:, None]):
            assert metrics.Accuracy()(logits, target) == pytest.approx(2 / 3)
        assert metrics.Accuracy(threshold=0.25)(logits[:, 0], truth.long()) == 1.0
        assert metrics.F1("binary")(logits, truth) == pytest.approx(2 / 3)

    def test_ties_and_nan(self):
        tied = torch.zeros(2, 4)
        assert metrics.TopK(1)(tied, torch.tensor([0, 1])) == 0.5
        assert metrics.TopK(1)(tied, torch.tensor([0, 1])) == metrics.Accuracy()(tied, [0, 1])
        assert metrics.TopK(2)(torch.full((1, 4), math.nan), torch.tensor([3])) == 0.0
        assert metrics.Perplexity()(torch.tensor([[1e4, 0.0]]), torch.tensor([1])) == math.inf

    def test_nothing_is_nan(self):
        kinds = (
            metrics.Accuracy,
            metrics.TopK,
            metrics.F1,
            metrics.MAE,
            metrics.R2,
            metrics.Perplexity,
        )
        assert all(math.isnan(kind().compute()) for kind in kinds)

    @pytest.mark.parametrize(
        ("metric", "output", "target", "message"),
        [
            ("mae", torch.ones(3, 1), torch.ones(3), r"shape \(3, 1\) and target \(3,\)"),
            ("r2", torch.ones(3), torch.ones(3, 1), "must be the same"),
            ("accuracy", torch.ones(3, 2), torch.ones(2).long(), r"\(3, 2\) and target \(2,\)"),
            ("accuracy", torch.ones(2, 2), torch.tensor([0.5, 1]), "whole numbers"),
            ("top5", torch.ones(2, 2), torch.tensor([0, 1]), "only 2 classes"),
            ("perplexity", torch.ones(2, 2), torch.tensor([0, 2]), "0 to 2, but there are scores"),
            ("confusion", torch.tensor([-1]), torch.tensor([0]), "negative"),
        ],
    )  # fmt: skip
    def test_what_does_not_fit(self, metric, output, target, message):
        with pytest.raises(ValueError, match=message):
            metrics.named(metric)(output, target)
