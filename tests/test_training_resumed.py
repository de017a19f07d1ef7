"""A run of `fit` that was interrupted, or killed, equals the one that was not, bit for bit."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn
from minitorch.nn import functional as F
from minitorch.optim import SGD, Adam, lr_scheduler
from minitorch.training import Callback, Checkpoint, EarlyStopping, metrics
from minitorch.utils.data import DataLoader, Dataset, RandomSampler, TensorDataset
from tests.trainings import Killed, N, loaders, network, sample, words


class Noisy(Dataset):
    """Samples that draw from every stream there is."""

    def __init__(self):
        self.x, self.y = sample()
        self.own = np.random.default_rng(5)
        self.other = random.Random(6)

    def __len__(self):
        return N

    def __getitem__(self, i):
        noise = self.own.normal() + self.other.random() + np.random.rand() + random.random()  # noqa: NPY002
        return self.x[i] + torch.rand(6) + noise, self.y[i]


def held(**options):
    return DataLoader(TensorDataset(*sample()), 8, True, generator=torch.Generator(), **options)


def replacing():
    data = TensorDataset(*sample())
    sampler = RandomSampler(data, replacement=True, num_samples=N, generator=torch.Generator())
    return DataLoader(data, 8, sampler=sampler)


WORLDS = {
    "shuffled": lambda: loaders()[0],
    "own generator": held,
    "with replacement": replacing,
    "random samples": lambda: DataLoader(Noisy(), 8, shuffle=True),
    "workers": lambda: DataLoader(Noisy(), 8, shuffle=True, num_workers=1),
    "persistent workers": lambda: held(num_workers=1, persistent_workers=True),
    "persistent workers, default generator": lambda: loaders(
        num_workers=1, persistent_workers=True
    )[0],
}


class Kill(Callback):
    """End everything after so many updates, as a crash would."""

    def __init__(self, at):
        self.at = at

    def on_step(self, run):
        if run.steps == self.at:
            raise Killed


def noisy_run(world, folder, callbacks=(), resume=False, every=None, epochs=3, **options):
    """A training in which everything that can matter has state."""
    for seed in (torch.manual_seed, np.random.seed, random.seed):
        seed(11 if not resume else 12)
    torch.rand(3)
    model = network()
    optimizer = Adam(model.parameters(), lr=0.02)
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    options = {"metrics": ["accuracy", "f1", "confusion"], "scheduler": plateau, **options}
    valid = DataLoader(TensorDataset(*sample(20, seed=2)), 8, shuffle=True)
    stopping = EarlyStopping(patience=3, restore_best=True)
    history = torch.fit(
        model, WORLDS[world](), valid, F.cross_entropy, optimizer, epochs, resume=resume,
        callbacks=[*callbacks, Checkpoint(folder, every=every), stopping], progress=False,
        **options,
    )  # fmt: skip
    after = torch.rand(2).tolist(), np.random.rand(), random.random()  # noqa: NPY002
    return words(model), rows(history), after


def rows(history):
    plain = [{k: v.tolist() if hasattr(v, "tolist") else v for k, v in r.items()} for r in history]
    return plain, history.stopped


@pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are started by fork")
class TestGoingOn:
    @pytest.mark.parametrize("world", WORLDS)
    def test_equals_the_run_that_was_not_interrupted(self, world, tmp_path):
        whole = noisy_run(world, tmp_path / "whole")
        folder = tmp_path / "parts"
        # in the middle of epochs, and at the end of one
        for step in (4, 9) if "workers" in world else (4, 9, 12):
            with pytest.raises(Killed):
                noisy_run(world, folder, [Kill(step + 1)], resume=step > 4, every=step)
        assert noisy_run(world, folder, resume=True) == whole

    @pytest.mark.parametrize("every", [None, 1, 2])
    def test_with_accumulation_and_a_schedule_by_step(self, every, tmp_path):
        options = {"accumulate": 4, "clip_norm": 1.0, "world": "shuffled", "scheduler": None}
        whole = noisy_run(folder=tmp_path / "whole", **options)
        with pytest.raises(Killed):
            noisy_run(folder=tmp_path / "parts", callbacks=[Kill(4)], every=every, **options)
        assert noisy_run(folder=tmp_path / "parts", resume=True, **options) == whole

    def test_ctrl_c_saves_reports_and_gives_the_history(self, tmp_path, capsys):
        class Interrupt(Callback):
            def on_step(self, run):
                if run.steps == 8:
                    signal.raise_signal(signal.SIGINT)

        before = signal.getsignal(signal.SIGINT)
        whole = noisy_run("shuffled", tmp_path / "whole")
        _, (history, stopped), *_ = noisy_run(
            "shuffled", tmp_path / "parts", [Interrupt()], every=None
        )
        assert stopped == "interrupted" and len(history) == 1
        told = capsys.readouterr().err
        assert "interrupted in epoch 2 of 3, after 2 batches" in told and "last.pt" in told
        assert "resume=True" in told
        assert signal.getsignal(signal.SIGINT) is before
        assert noisy_run("shuffled", tmp_path / "parts", resume=True) == whole

    def test_ctrl_c_in_the_validation(self, tmp_path):
        def slow(output, target):
            if len(target) == 4 and slow.armed:  # the last batch of the validation, or of training
                slow.armed -= 1
                if not slow.armed:
                    signal.raise_signal(signal.SIGINT)
            return 0.0

        slow.armed = 0
        options = {"world": "shuffled", "metrics": [slow]}
        whole = noisy_run(folder=tmp_path / "whole", **options)
        slow.armed = 4
        _, (history, stopped), *_ = noisy_run(folder=tmp_path / "parts", every=None, **options)
        assert stopped == "interrupted" and len(history) == 1
        assert noisy_run(folder=tmp_path / "parts", resume=True, **options) == whole

    def test_a_second_ctrl_c_ends_it_at_once(self):
        class Twice(Callback):
            def on_step(self, run):
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)

        model = network()
        sgd = SGD(model.parameters(), lr=0.1)
        with pytest.raises(KeyboardInterrupt):
            torch.fit(
                model, sample(), None, F.cross_entropy, sgd, callbacks=[Twice()], progress=False
            )
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_ctrl_c_that_ends_the_workers_too(self, tmp_path):
        class Interrupt(Callback):
            def on_step(self, run):
                if run.steps == 8:
                    for worker in run.train._iterator._workers:
                        os.kill(worker.process.pid, signal.SIGINT)
                        worker.process.join()
                    signal.raise_signal(signal.SIGINT)

        world = "persistent workers"
        whole = noisy_run(world, tmp_path / "whole")
        cut = noisy_run(world, tmp_path / "parts", [Interrupt()], every=None)
        assert cut[1][1] == "interrupted"
        assert noisy_run(world, tmp_path / "parts", resume=True) == whole

    @pytest.mark.parametrize("role", ["train", "valid"])
    def test_ctrl_c_while_a_worker_is_waited_for(self, role, tmp_path):
        class Lost:
            """A loader whose worker gets the Ctrl-C, too."""

            def __iter__(self):
                yield sample()
                signal.raise_signal(signal.SIGINT)
                raise RuntimeError("DataLoader worker exited unexpectedly")

        model, keep = nn.Linear(6, 3), Checkpoint(tmp_path)
        data = {"train": [sample()], "valid": [sample()], role: Lost()}
        history = torch.fit(
            model, loss=F.cross_entropy, optimizer=SGD(model.parameters(), lr=0.1), **data,
            callbacks=[keep], progress=False,
        )  # fmt: skip
        assert history.stopped == "interrupted" and len(history) == 0
        assert torch.load(keep.last_path)["batches"] == 1

    def test_ctrl_c_while_done_batches_are_passed_over(self, tmp_path):
        class Passing:
            batches = list(zip(*(t.split(8) for t in sample())))

            def __iter__(self):
                for i, batch in enumerate(self.batches):
                    if i == self.at:
                        signal.raise_signal(signal.SIGINT)
                    yield batch

        def run(at, resume=True, folder=tmp_path / "parts"):
            torch.manual_seed(0)
            batches.at, model = at, network()
            adam, keep = Adam(model.parameters(), lr=0.01), Checkpoint(folder)
            history = torch.fit(
                model, batches, None, F.cross_entropy, adam, 2, callbacks=[keep], resume=resume,
                progress=False,
            )  # fmt: skip
            return words(model), history

        batches = Passing()
        whole = run(None, folder=tmp_path / "whole")[0]
        for at in (4, 2, 1, 3):  # the first comes so far; the others are still on their way there
            assert run(at)[1].stopped == "interrupted"
            assert torch.load(tmp_path / "parts" / "last.pt")["batches"] == 5
        assert run(None)[0] == whole

    def test_in_a_thread(self):
        model, rows = nn.Linear(6, 3), []
        sgd = SGD(model.parameters(), lr=0.1)
        arguments = model, sample(), None, F.cross_entropy, sgd

        def work():
            rows.append(torch.fit(*arguments, progress=False).rows())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(60)
        assert len(rows[0]) == 1

    def test_a_process_that_is_killed(self, tmp_path):
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent("""
            import os, signal, sys
            import minitorch as torch
            from minitorch import nn
            from minitorch.training import Checkpoint
            from minitorch.utils.data import DataLoader, TensorDataset

            class Kill(torch.training.Callback):
                def on_step(self, run):
                    if run.steps == int(sys.argv[2]):
                        os.kill(os.getpid(), signal.SIGKILL)

            if __name__ == "__main__":
                torch.manual_seed(0)
                x = torch.randn(40, 4)
                model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.Linear(8, 1))
                history = torch.fit(
                    model, DataLoader(TensorDataset(x, x[:, :1]), 8, True, num_workers=1), None,
                    nn.MSELoss(), torch.optim.Adam(model.parameters()), 3, progress=False,
                    callbacks=[Kill(), Checkpoint(sys.argv[1], every=2)], resume=True,
                )
                for value in model.state_dict().values():
                    print(value.numpy().tobytes().hex())
                print(history.text())
        """))  # fmt: skip

        def run(folder, kill):
            return subprocess.run(
                [sys.executable, str(script), str(tmp_path / folder), str(kill)],
                capture_output=True, text=True, timeout=100, cwd=Path(__file__).parents[1],
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            )  # fmt: skip

        killed = run("killed", 9)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert sorted(os.listdir(tmp_path / "killed")) == ["best.pt", "last.pt"]
        resumed, whole = run("killed", 0), run("whole", 0)
        assert resumed.returncode == 0, resumed.stderr
        assert resumed.stdout == whole.stdout and "3," in whole.stdout

    def test_training_for_longer(self, tmp_path):
        whole = noisy_run("shuffled", tmp_path / "whole", epochs=4)
        noisy_run("shuffled", tmp_path / "parts", epochs=2)
        assert noisy_run("shuffled", tmp_path / "parts", epochs=4, resume=True) == whole

    def test_metrics_and_callbacks_of_ones_own(self, tmp_path):
        class Own(metrics.Metric):
            name = "own"

            def __init__(self):
                self.reset()

            def reset(self):
                self.sums, self.sizes = np.zeros(3), []

            def update(self, output, target):
                self.sums += output.detach().numpy().sum(axis=0)
                self.sizes.append(len(target))

            def compute(self):
                return self.sums.sum() / np.int64(sum(self.sizes))

        class Mean(Callback):
            mean = np.zeros(3)

            def on_step(self, run):
                self.mean = 0.5 * self.mean + run.model[-1].bias.detach().numpy()

            def state_dict(self):
                return {"mean": self.mean}

            def load_state_dict(self, state):
                self.mean = state["mean"]

        options = {"world": "shuffled", "metrics": [Own()]}
        means = [Mean(), Mean(), Mean()]
        whole = noisy_run(folder=tmp_path / "whole", callbacks=[means[0]], **options)
        with pytest.raises(Killed):
            noisy_run(folder=tmp_path / "parts", callbacks=[means[1], Kill(9)], every=4, **options)
        options = {**options, "resume": True, "callbacks": [means[2]]}
        assert noisy_run(folder=tmp_path / "parts", **options) == whole
        assert means[2].mean.tolist() == means[0].mean.tolist() != means[1].mean.tolist()
        assert type(whole[1][0][0]["own"]) is float

    def test_what_is_done_is_not_done_again(self, tmp_path):
        whole = noisy_run("shuffled", tmp_path)
        again = noisy_run("shuffled", tmp_path, [Kill(1)], resume=True)
        assert again[0] == whole[0] and again[1][0] == whole[1][0]
