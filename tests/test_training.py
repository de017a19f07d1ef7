"""`minitorch.fit` gives what a loop by hand gives, and tells mistakes."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn
from minitorch.nn import functional as F
from minitorch.optim import SGD, Adam, lr_scheduler
from minitorch.training import Callback, Checkpoint, EarlyStopping, History, metrics
from minitorch.utils.data import DataLoader, IterableDataset, TensorDataset
from tests.trainings import Killed, loaders, network, sample, words

DOCS = Path(__file__).parents[1] / "docs" / "training.md"


def by_hand():
    """The loop that the documentation shows."""
    (code,) = re.findall(r"<!-- by hand -->\n```python\n(.*?)```", DOCS.read_text(), re.S)
    names = {"torch": torch}
    exec(code, names)
    return names["train_by_hand"]


class TestTheSameNumbers:
    def test_as_the_loop_in_the_documentation(self):
        torch.manual_seed(0)
        model = network()
        optimizer = Adam(model.parameters(), lr=0.01)
        scheduler = lr_scheduler.ExponentialLR(optimizer, 0.9)
        rows = by_hand()(model, *loaders(), F.cross_entropy, optimizer, 3, scheduler)

        torch.manual_seed(0)
        other = network()
        optimizer = Adam(other.parameters(), lr=0.01)
        scheduler = lr_scheduler.ExponentialLR(optimizer, 0.9)
        history = torch.fit(
            other, *loaders(), F.cross_entropy, optimizer, 3, metrics=["accuracy"],
            scheduler=scheduler, progress=False,
        )  # fmt: skip
        assert words(other) == words(model)
        names = "loss", "valid_loss", "valid_accuracy"
        assert [tuple(row[name] for name in names) for row in history] == rows
        assert history["lr"] == pytest.approx([0.01, 0.009, 0.0081])
        assert not other.training

    @pytest.mark.parametrize("clip", [{"clip_norm": 0.1}, {"clip_value": 0.01}])
    def test_clipping_and_accumulation(self, clip):
        def update(optimizer, model):
            if "clip_norm" in clip:
                nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            else:
                nn.utils.clip_grad_value_(model.parameters(), 0.01)
            optimizer.step()
            optimizer.zero_grad()

        torch.manual_seed(0)
        model = network()
        optimizer = SGD(model.parameters(), lr=0.5, momentum=0.9)
        batches = list(zip(*(t.split(8) for t in sample())))
        for i, (x, y) in enumerate(batches):
            (F.cross_entropy(model(x), y) / (4 if i < 4 else 2)).backward()
            if i in (3, 5):
                update(optimizer, model)

        torch.manual_seed(0)
        other = network()
        optimizer = SGD(other.parameters(), lr=0.5, momentum=0.9)
        torch.fit(
            other, batches, None, F.cross_entropy, optimizer, accumulate=4, progress=False, **clip
        )
        assert words(other) == words(model)

    def test_schedules_by_step(self):
        rates = []

        class Rates(Callback):
            def on_step(self, run):
                rates.append(run.optimizer.param_groups[0]["lr"])

        model, data = network(), sample()
        optimizer = SGD(model.parameters(), lr=0.1)
        schedule = lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=6)
        torch.fit(
            model, data, None, F.cross_entropy, optimizer, 1, scheduler=schedule, batch_size=8,
            callbacks=[Rates()], progress=False,
        )  # fmt: skip
        plain = SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        expected = lr_scheduler.OneCycleLR(plain, 0.1, total_steps=6)
        for i, rate in enumerate(rates):
            plain.step()
            expected.step() if i < 6 else None
            assert rate == expected.get_last_lr()[0]
        assert len(rates) == 6

    def test_reduce_on_plateau_goes_by_the_monitor(self):
        model, (x, y) = nn.Linear(6, 3), sample()
        optimizer = SGD(model.parameters(), lr=1e-9)
        schedule = lr_scheduler.ReduceLROnPlateau(optimizer, "max", factor=0.5, patience=0, eps=0)
        history = torch.fit(
            model, (x, y), (x, y), F.cross_entropy, optimizer, 3, metrics=["accuracy"],
            scheduler=schedule, monitor="valid_accuracy", progress=False,
        )  # fmt: skip
        assert history["lr"] == [1e-9, 1e-9, 5e-10]
        assert schedule.best == history["valid_accuracy"][0]

    def test_the_generators_are_left_where_the_loop_leaves_them(self):
        after = []
        for train in (by_hand(), lambda *a: torch.fit(*a, metrics="f1", progress=False)):
            torch.manual_seed(3)
            model = network()
            train(model, *loaders(), F.cross_entropy, SGD(model.parameters(), lr=0.1), 2)
            after.append(torch.rand(3).tolist())
        assert after[0] == after[1]


class TestWhatItTakes:
    def fit(self, model, train, *rest, **options):
        sgd = SGD(model.parameters(), lr=0.05)
        return torch.fit(model, train, None, *rest, optimizer=sgd, progress=False, **options)

    def test_arrays_come_in_the_default_dtype(self):
        x, y = (t.numpy() for t in sample())
        torch.manual_seed(0)
        model = network()
        from_arrays = self.fit(model, (x.astype(np.float64), y), F.cross_entropy, epochs=2)
        torch.manual_seed(0)
        model = network()
        from_tensors = self.fit(model, sample(), F.cross_entropy, epochs=2)
        assert from_arrays.rows() == from_tensors.rows()

    def test_dicts(self):
        x, y = sample()

        class Two(nn.Module):
            def __init__(self):
                super().__init__()
                self.linear = nn.Linear(6, 3)

            def forward(self, image, scale):
                return self.linear(image) * scale

        one = [{"image": x, "label": y}]
        assert len(self.fit(nn.Linear(6, 3), one, F.cross_entropy)) == 1
        several = [{"image": x, "scale": torch.ones(1), "label": y}]
        assert len(self.fit(Two(), several, F.cross_entropy)) == 1
        assert len(self.fit(Two(), [(x, torch.ones(1), y)], F.cross_entropy)) == 1

    def test_a_step_of_ones_own(self):
        def step(model, batch):
            (x,) = batch
            return F.mse_loss(model(x), x)

        data = DataLoader(TensorDataset(sample()[0]), 8)
        history = self.fit(nn.Linear(6, 6), data, step=step, epochs=5)
        assert history["loss"][-1] < history["loss"][0]

        def with_output(model, batch):
            output = model(batch[0])
            return F.mse_loss(output, batch[0]), output, batch[0]

        history = self.fit(nn.Linear(6, 6), data, step=with_output, metrics=["mae"])
        assert history["mae"][0] > 0

    def test_an_iterable_data_set_without_length(self):
        class Stream(IterableDataset):
            def __iter__(self):
                return iter([(x, y) for x, y in zip(*sample(20))])

        assert len(self.fit(nn.Linear(6, 3), Stream(), F.cross_entropy, batch_size=8)) == 1

    def test_functions_as_metrics_and_callbacks(self):
        def worst(output, target):
            return F.cross_entropy(output, target, reduction="none").max()

        seen = []
        history = self.fit(
            nn.Linear(6, 3), sample(), F.cross_entropy, epochs=2, metrics=[worst],
            callbacks=[lambda run: seen.append((run.epoch, run.steps))], batch_size=32,
        )  # fmt: skip
        assert history["worst"][0] > history["loss"][0]
        assert seen == [(1, 2), (2, 4)]

    def test_the_bar_shows_loss_and_metrics(self, capsys):
        model = nn.Linear(6, 3)
        sgd = SGD(model.parameters(), lr=0.05)
        torch.fit(model, sample(), sample(), F.cross_entropy, sgd, 2, metrics=["accuracy"])
        shown = capsys.readouterr().err
        assert re.search(r"epoch 2/2 \[00:\d+\], loss=[\d.]+, accuracy=[\d.]+, valid_loss=", shown)


class TestCallbacks:
    def test_early_stopping_gives_the_best_parameters_back(self):
        losses = iter([3.0, 2.0, 2.5, 2.4, 9.0])
        model, kept = nn.Linear(6, 3), []
        history = torch.fit(
            model, sample(), sample(), lambda output, _: output.sum() * 0 + 1.0,
            SGD(model.parameters(), lr=0.1), 10, progress=False, metrics=[lambda o, t: o.sum() * 0],
            step=None, batch_size=64, monitor="valid_loss",
            callbacks=[
                lambda run: run.model.weight.data.fill_(run.epoch),
                lambda run: run.history._rows[-1].update(valid_loss=next(losses)),
                EarlyStopping(patience=2, restore_best=True),
                lambda run: kept.append(run.epoch),
            ],
        )  # fmt: skip
        assert len(history) == 4 and kept == [1, 2, 3, 4]
        assert history.stopped == "valid_loss has not improved for 2 epochs"
        assert (model.weight == 2).all()

    def test_best_goes_by_the_metric(self, tmp_path):
        model = network()
        keep = Checkpoint(tmp_path, monitor="valid_accuracy")
        saved = []
        history = torch.fit(
            model, sample(), sample(20, seed=2), F.cross_entropy, Adam(model.parameters(), 0.02), 6,
            metrics=["accuracy"], progress=False,
            callbacks=[keep, lambda run: saved.append(words(run.model))],
        )  # fmt: skip
        best = history.best("valid_accuracy", highest=True)["epoch"]
        model.load_state_dict(torch.load(keep.best_path))
        assert words(model) == saved[best - 1]
        assert torch.load(keep.last_path)["epoch"] == 6

    def test_stop_in_an_epoch(self):
        class Stop(Callback):
            def on_step(self, run):
                if run.steps == 3:
                    run.stop("enough")

        model = nn.Linear(6, 3)
        sgd = SGD(model.parameters(), lr=0.1)
        history = torch.fit(
            model, sample(), None, F.cross_entropy, sgd, 5, batch_size=32, callbacks=[Stop()],
            progress=False,
        )  # fmt: skip
        assert history.stopped == "enough" and len(history) == 1


class TestHistory:
    def history(self):
        model = network()
        sgd = SGD(model.parameters(), lr=0.1)
        return torch.fit(
            model, sample(), sample(), F.cross_entropy, sgd, 3, metrics=["accuracy", "confusion"],
            progress=False,
        )  # fmt: skip

    def test_rows_text_table_and_html(self):
        history = self.history()
        lines = history.text().splitlines()
        names = "epoch,loss,accuracy,valid_loss,valid_accuracy,lr"
        assert lines[0] == names and len(lines) == 4
        assert float(lines[2].split(",")[1]) == history["loss"][1] == history.rows()[1]["loss"]
        assert str(history).split()[:3] == ["epoch", "loss", "accuracy"]
        assert history._repr_html_().count("<tr>") == 4
        assert repr(history).startswith("<History of 3 epochs: loss ")
        assert history["confusion"][0].shape == (3, 3)
        assert len(history.seconds) == 3 and min(history.seconds) > 0
        with pytest.raises(KeyError, match="'los' was not measured; there are: epoch, loss"):
            history["los"]
        assert repr(History()) == str(History()) == "<History of 0 epochs>"

    def test_best_leaves_nan_out(self):
        history = History()
        for value in (math.nan, 2.0, 1.0, 1.0):
            history.add({"loss": value, "epoch": len(history)})
        assert history.best("loss")["epoch"] == 2
        assert history.best("loss", highest=True)["epoch"] == 1

    def test_plot(self, tmp_path):
        pytest.importorskip("matplotlib")
        figure = self.history().plot(tmp_path / "curves.png")
        assert [axes.get_title() for axes in figure.axes] == ["loss", "accuracy"]
        assert [len(axes.lines) for axes in figure.axes] == [2, 2]
        assert (tmp_path / "curves.png").stat().st_size > 1000


class TestWhatIsWrong:
    def refused(self, message, error=ValueError, **given):
        model = given.pop("model", nn.Linear(6, 3))
        options = {
            "train": sample(), "loss": nn.CrossEntropyLoss(), "progress": False,
            "optimizer": SGD(model.parameters(), lr=0.1) if isinstance(model, nn.Module) else None,
        }  # fmt: skip
        with pytest.raises(error, match=message):
            torch.fit(model, **{**options, **given})

    def test_data(self):
        x, y = sample()
        self.refused("train is empty", train=[])
        self.refused("train has no samples", train=TensorDataset(x[:0], y[:0]))
        dropping = DataLoader(TensorDataset(x, y), 64, drop_last=True)
        self.refused("drop_last leaves out its 44 samples", train=dropping)
        self.refused("only once", TypeError, train=iter([(x, y)]))
        self.refused("give .inputs, targets.", TypeError, train=x)
        self.refused(r"as many rows each, got shapes \(44, 6\), \(43,\)", train=(x, y[:-1]))
        self.refused("for tensors and data sets", train=[(x, y)], batch_size=4)
        self.refused("a batch is a list of 1", train=TensorDataset(x))
        self.refused(r"keys \['image'\]", train=[{"image": x}])
        self.refused("valid is empty", valid=[])

        class Nothing(IterableDataset):
            def __iter__(self):
                return iter(())

        self.refused("train gave no batch", train=Nothing())
        self.refused("valid gave no batch", valid=Nothing())

    def test_losses(self):
        self.refused("one number, got shape .32,.", loss=nn.CrossEntropyLoss(reduction="none"))
        self.refused("must be a Tensor, got float", TypeError, loss=lambda o, t: o.sum().item())
        self.refused("does not depend", loss=lambda o, t: o.detach().sum())
        self.refused("the class MSELoss", TypeError, loss=nn.MSELoss)
        self.refused("give a loss", TypeError, loss=None)
        self.refused("not both", TypeError, step=lambda m, b: None)
        step = lambda m, b: m(b[0]).sum()  # noqa: E731
        self.refused("metrics need outputs", loss=None, step=step, metrics=["mae"])
        self.refused("a tuple of 2", loss=None, step=lambda m, b: (m(b[0]).sum(), 1))

    @pytest.mark.filterwarnings("ignore:Using a target size")
    @pytest.mark.parametrize("loss", [nn.MSELoss(), lambda o, t: (o - t).abs().mean()])
    def test_targets_that_would_be_broadcast(self, loss):
        x, y = sample()
        model = nn.Linear(6, 1)
        sgd = SGD(model.parameters(), lr=0.1)
        self.refused(
            r"gives \(32, 1\) and the targets are \(32,\): the loss broadcasts",
            model=model, optimizer=sgd, train=(x, y.float()), loss=loss,
        )  # fmt: skip

    def test_targets_that_the_loss_reshapes(self):
        x, y = sample()
        for loss in (
            lambda o, t: F.mse_loss(o.squeeze(1), t.reshape(-1)),
            lambda o, t: F.mse_loss(o, t[:, None]),
        ):
            model = nn.Linear(6, 1)
            sgd = SGD(model.parameters(), lr=0.1)
            assert len(torch.fit(model, (x, y.float()), None, loss, sgd, progress=False)) == 1

    def test_optimizers_and_schedulers(self):
        other = nn.Linear(6, 3)
        sgd = SGD(other.parameters(), lr=0.1)
        self.refused("none of the model's parameters", optimizer=sgd)
        self.refused("must be an Optimizer", TypeError, optimizer=None)
        self.refused("its own loop", TypeError, optimizer=torch.optim.LBFGS(other.parameters()))
        self.refused("of another optimizer", scheduler=lr_scheduler.StepLR(sgd, 1))
        cycle = lr_scheduler.OneCycleLR(sgd, 0.1, total_steps=3)
        self.refused(
            "made for 3 steps, but 2 epochs have 4", model=other, optimizer=sgd, scheduler=cycle,
            epochs=2,
        )  # fmt: skip
        plateau = lr_scheduler.ReduceLROnPlateau(sgd)
        self.refused(
            "best at its max, but .* mode='min'", model=other, optimizer=sgd, scheduler=plateau,
            metrics="accuracy", monitor="accuracy",
        )  # fmt: skip

    def test_names_and_numbers(self):
        self.refused("unknown metric 'acc': there are 'accuracy'", metrics=["acc"])
        self.refused("called 'accuracy'", metrics=["accuracy", metrics.Accuracy()])
        self.refused("cannot monitor 'valid_loss': there are loss; with", monitor="valid_loss")
        self.refused("cannot monitor 'x'", callbacks=[EarlyStopping("x")])
        confusion = EarlyStopping("confusion")
        self.refused("Give mode", callbacks=[confusion], metrics=["confusion"])
        self.refused("a callback is", TypeError, callbacks=[EarlyStopping])
        self.refused("epochs must be an int", epochs=2.5)
        self.refused("accumulate must be", accumulate=0)
        self.refused("exclude", clip_norm=1.0, clip_value=1.0)
        self.refused("above 0", clip_norm=0)
        self.refused("must be a Module", TypeError, model=lambda x: x)
        self.refused("schedule_by must be", schedule_by="batch")

    def test_resuming_something_else(self, tmp_path):
        def saved(model=None, **options):
            model = model or nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 3))
            sgd = SGD(model.parameters(), lr=0.1)
            options = {"optimizer": sgd, "callbacks": [Checkpoint(tmp_path, every=1)], **options}
            train = options.pop("train", sample())
            return torch.fit(model, train, None, F.cross_entropy, progress=False, **options)

        class Crash(Callback):
            def on_start(self, run):
                self.steps = 0

            def on_step(self, run):
                self.steps += 1
                if self.steps == 2:
                    raise Killed

        keep = Checkpoint(tmp_path, every=1)
        with pytest.raises(Killed):
            saved(callbacks=[Crash(), keep])
        before = torch.load(keep.last_path)
        assert (before["epoch"], before["batches"]) == (0, 1)
        wider = nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 3))
        with pytest.raises(
            ValueError, match=r"'0.weight' is \(4, 6\) .*float32 in the checkpoint and"
        ):
            saved(wider, resume=True)
        with pytest.raises(ValueError, match="'2.weight' is only in this model"):
            saved(nn.Sequential(*wider, nn.Linear(3, 3)), resume=True)
        with pytest.raises(ValueError, match="the optimizer SGD, now it is Adam"):
            model = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 3))
            saved(model, optimizer=Adam(model.parameters()), resume=True)
        with pytest.raises(ValueError, match="batches an epoch: 2, now it is 6"):
            saved(batch_size=8, resume=True)
        with pytest.raises(ValueError, match=r"metrics: \[\], now it is \['accuracy'\]"):
            saved(metrics=["accuracy"], resume=True)
        with pytest.raises(ValueError, match="the generators"):
            data = TensorDataset(*sample())
            loader = DataLoader(data, 32, shuffle=True, generator=torch.Generator())
            saved(train=loader, resume=True)
        with pytest.raises(ValueError, match="expected a checkpoint that fit wrote"):
            torch.save(wider.state_dict(), tmp_path / "other.pt")
            saved(resume=tmp_path / "other.pt")
        with pytest.raises(FileNotFoundError, match="there is no file"):
            saved(resume=tmp_path / "nothing.pt")
        with pytest.raises(ValueError, match="add one to callbacks"):
            saved(resume=True, callbacks=[])
        assert len(saved(resume=tmp_path)) == 1


def test_the_page_runs(tmp_path, monkeypatch):
    """The first lines of the page, and those after them, with few epochs."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.S)
    code = (
        "\n".join(blocks)
        .replace("epochs=30", "epochs=2")
        .replace("epochs=2,", "epochs=2, progress=False,")
    )
    if not __import__("importlib.util").util.find_spec("matplotlib"):
        code = code.replace('history.plot("digits.png")', "")
    names = {}
    exec(code, names)
    assert names["history"]["valid_accuracy"][-1] > 0.7
    assert (tmp_path / "runs/digits/best.pt").exists()
    names["tell"].__globals__.update(names)
    model = names["model"]
    history = torch.fit(
        model, names["train"], names["valid"], nn.CrossEntropyLoss(), Adam(model.parameters()), 1,
        metrics=["accuracy"], callbacks=[names["tell"], names["Average"]()], progress=False,
    )  # fmt: skip
    assert len(history) == 1
