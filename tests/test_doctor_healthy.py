"""Trainings with nothing wrong, of many kinds: the doctor says nothing but notes."""

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn, optim
from minitorch.inspect import doctor
from minitorch.nn import functional as F
from minitorch.utils.data import DataLoader, TensorDataset

RNG = np.random.default_rng(0)


def blobs(n=192, classes=3):
    y = RNG.integers(0, classes, n)
    x = (RNG.normal(size=(classes, 4)) * 2)[y] + RNG.normal(size=(n, 4))
    x = (x - x.mean(0)) / x.std(0)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y)


def mlp(outputs=3):
    layers = [nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, outputs)]
    return nn.Sequential(*layers)


def update(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def with_a_loader():
    x, y = blobs()
    model, loss_fn = mlp(), nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    yield doctor(model, loss_fn, loader, optimizer, overfit=True)
    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        for _ in range(6):
            model.train()
            for a, b in loader:
                update(optimizer, loss_fn(model(a), b))
            model.eval()
            with torch.no_grad():
                model(x)
    yield watched
    yield doctor(model, loss_fn, (x, y), optimizer, train=(x[:99], y), valid=(x[99:], y))


def of_a_cnn_with_batch_norm():
    x = torch.tensor(RNG.random((64, 1, 8, 8)), dtype=torch.float32)
    y = (x[:, 0, :4].mean((1, 2)) > x[:, 0, 4:].mean((1, 2))).long()
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Dropout(0.2), nn.Linear(16, 2),
    )  # fmt: skip
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    yield doctor(model, F.cross_entropy, (x, y), optimizer, overfit=True)
    with doctor(model, F.cross_entropy, optimizer=optimizer) as watched:
        for _ in range(3):
            model.train()
            for i in range(0, 64, 16):
                optimizer.zero_grad(set_to_none=False)
                F.cross_entropy(model(x[i : i + 16]), y[i : i + 16]).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                model(x)
    yield watched


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 16, batch_first=True)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        h, _ = self.lstm(self.embedding(x))
        return self.out(h[:, -1])


def of_an_lstm_with_clipping():
    model = Words()
    x, y = torch.tensor(RNG.integers(0, 20, (32, 10))), torch.tensor(RNG.integers(0, 2, 32))
    optimizer = optim.RMSprop(model.parameters(), lr=1e-3)
    yield doctor(model, F.cross_entropy, (x, y), optimizer)
    with doctor(model, F.cross_entropy, optimizer=optimizer) as watched:
        for _ in range(15):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    yield watched


def of_a_gan():
    maker = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
    judge = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Dropout(0.1), nn.Linear(16, 1))
    ours, theirs = (optim.Adam(m.parameters(), lr=2e-4) for m in (maker, judge))
    loss_fn, one, zero = nn.BCEWithLogitsLoss(), torch.ones(32, 1), torch.zeros(32, 1)
    one_of_them = doctor(maker)
    with doctor(maker, loss_fn, optimizer=ours) as a, doctor(judge, loss_fn) as b, one_of_them:
        for i in range(60):
            if i % 2:
                with torch.no_grad():
                    fake = maker(torch.randn(32, 4))
            else:
                fake = maker(torch.randn(32, 4)).detach()
            real = torch.randn(32, 2) + 2
            update(theirs, loss_fn(judge(real), one) + loss_fn(judge(fake), zero))
            update(ours, loss_fn(judge(maker(torch.randn(32, 4))), one))
    yield from (a, b, one_of_them)


class Variational(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode, self.decode = nn.Linear(20, 16), nn.Linear(2, 20)
        self.mean, self.variance = nn.Linear(16, 2), nn.Linear(16, 2)

    def forward(self, x):
        h = F.relu(self.encode(x))
        mean, log_variance = self.mean(h), self.variance(h)
        z = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        return torch.sigmoid(self.decode(z)), mean, log_variance


def of_a_vae_with_a_summed_loss():
    def loss_fn(output, x):
        made, mean, log_variance = output
        apart = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
        return F.binary_cross_entropy(made, x, reduction="sum") + apart

    model, x = Variational(), torch.rand(64, 20)
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    yield doctor(model, loss_fn, (x, x), optimizer)
    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        for _ in range(30):
            update(optimizer, loss_fn(model(x), x))
    yield watched


class Language(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.out = nn.Embedding(12, 16), nn.Linear(16, 12)
        self.position = nn.Parameter(torch.zeros(1, 10, 16))
        layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2)

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        return self.out(self.blocks(self.embedding(x) + self.position, mask=mask))


def of_a_transformer_with_warm_up():
    def loss_fn(output, y):
        return F.cross_entropy(output.reshape(-1, 12), y.reshape(-1))

    model, x = Language(), torch.randint(0, 12, (16, 11))
    optimizer = optim.AdamW(model.parameters(), lr=3e-4)
    schedule = optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 10))
    yield doctor(model, loss_fn, (x[:, :-1], x[:, 1:]), optimizer)
    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        for _ in range(15):
            update(optimizer, loss_fn(model(x[:, :-1]), x[:, 1:]))
            schedule.step()
        model.eval()
        with torch.inference_mode():
            model(x[:, :-1])
    yield watched


def of_a_frozen_model_with_a_new_head():
    x, y = blobs()
    body = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU()).requires_grad_(False)
    model, loss_fn = nn.Sequential(body, nn.Linear(16, 3)), nn.CrossEntropyLoss()
    optimizer = optim.SGD(model[1].parameters(), lr=0.1, momentum=0.9)
    yield doctor(model, loss_fn, (x, y), optimizer)
    yield doctor(model, loss_fn, (x, y), optim.Adam(model.parameters()))
    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        for _ in range(20):
            model.train()
            body.eval()
            update(optimizer, loss_fn(model(x), y))
            model.eval()
            with torch.no_grad():
                loss_fn(model(x), y)
    yield watched


def with_accumulated_gradients():
    x, y = blobs()
    model, loss_fn = mlp(), nn.CrossEntropyLoss()
    optimizer = optim.Adagrad(model.parameters(), lr=0.02)
    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        for i in range(24):
            part = slice(16 * (i % 12), 16 * (i % 12) + 16)
            (loss_fn(model(x[part]), y[part]) / 4).backward()
            if i % 4 == 3:
                optimizer.step()
                optimizer.zero_grad()
    yield watched


def of_a_line():
    x = torch.rand(100, 1)
    y = 2 * x + 5 + 0.1 * torch.randn(100, 1)
    model, loss_fn = nn.Linear(1, 1), nn.MSELoss()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    yield doctor(model, loss_fn, (x, y), optimizer, overfit=True)
    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        for _ in range(80):
            update(optimizer, loss_fn(model(x), y))
    yield watched


def by_lbfgs():
    x = torch.rand(50, 1)
    model, loss_fn = nn.Linear(1, 1), nn.MSELoss()
    optimizer = optim.LBFGS(model.parameters())

    def closure():
        optimizer.zero_grad()
        loss = loss_fn(model(x), 2 * x + 5)
        loss.backward()
        return loss

    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        for _ in range(6):
            optimizer.step(closure)
    yield watched


def by_hand():
    x = torch.rand(50, 1)
    model = nn.Linear(1, 1)
    with doctor(model) as watched:
        for _ in range(60):
            ((model(x) - 2 * x - 1) ** 2).mean().backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= 0.3 * p.grad
                    p.grad.zero_()
    yield watched


def by_fit():
    x, y = blobs()
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))
    optimizer, loss_fn = optim.AdamW(model.parameters(), lr=0.01), nn.CrossEntropyLoss()
    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        data = (x[:150], y[:150]), (x[150:], y[150:])
        torch.fit(model, *data, loss_fn, optimizer, 3, progress=False)
    yield watched


def of_two_classes():
    x, y = blobs(classes=2)
    y = y.float().unsqueeze(1)
    model, loss_fn = (
        nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)),
        nn.BCEWithLogitsLoss(),
    )
    optimizer = optim.NAdam(model.parameters(), lr=0.01)
    yield doctor(model, loss_fn, (x, y), optimizer, overfit=True)
    yield doctor(nn.Sequential(model, nn.Sigmoid()), nn.BCELoss(), (x, y))
    yield doctor(nn.Sequential(mlp(), nn.LogSoftmax(1)), nn.NLLLoss(), (x, y[:, 0].long()))
    yield doctor(mlp(2), nn.CrossEntropyLoss(), (x, torch.cat([y, 1 - y], 1)))
    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        for _ in range(20):
            update(optimizer, loss_fn(model(x), y))
    yield watched


def of_q_learning():
    model, target = mlp(2), mlp(2)
    target.load_state_dict(model.state_dict())
    optimizer, loss_fn = optim.Adam(model.parameters(), lr=1e-3), nn.SmoothL1Loss()
    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        for _ in range(60):
            with torch.no_grad():
                model(torch.randn(1, 4)).argmax()
                wanted = torch.rand(32) + 0.9 * target(torch.randn(32, 4)).max(1)[0]
            chosen = model(torch.randn(32, 4)).gather(1, torch.randint(0, 2, (32, 1)))
            update(optimizer, loss_fn(chosen.squeeze(1), wanted))
    yield watched


def of_a_trained_model_that_keeps_its_statistics():
    x, y = blobs()
    model = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
    model(x)
    model.eval()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with doctor(model, F.cross_entropy, optimizer=optimizer) as watched:
        for _ in range(20):
            update(optimizer, F.cross_entropy(model(x), y))
    yield watched


def by_autograd_backward():
    x, y = blobs()
    model, loss_fn = mlp(), nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        for _ in range(20):
            optimizer.zero_grad()
            torch.autograd.backward(loss_fn(model(x), y))
            optimizer.step()
    yield watched


class Halves(nn.Module):
    """Without a forward of its own: its parts are called by name."""

    def __init__(self):
        super().__init__()
        self.encode, self.decode = nn.Linear(8, 4), nn.Linear(4, 8)


def of_a_model_without_forward():
    model, x = Halves(), torch.randn(32, 8)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    with doctor(model, optimizer=optimizer) as watched:
        for _ in range(20):
            update(optimizer, (model.decode(torch.tanh(model.encode(x))) - x).square().mean())
    assert watched.case.steps == 20
    yield watched


def of_a_head_on_a_frozen_model_in_evaluation_mode():
    x, y = blobs()
    body = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU()).requires_grad_(False)
    model = nn.Sequential(body, nn.Linear(16, 3)).eval()
    optimizer = optim.SGD(model[1].parameters(), lr=0.1)
    with doctor(model, F.cross_entropy, optimizer=optimizer) as watched:
        for _ in range(20):
            update(optimizer, F.cross_entropy(model(x), y))
    yield watched


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = (nn.Conv2d(8, 8, 3, padding=1, bias=False) for _ in range(2))
        self.norm, self.last = nn.BatchNorm2d(8), nn.BatchNorm2d(8)
        nn.init.zeros_(self.last.weight)

    def forward(self, x):
        return F.relu(x + self.last(self.b(F.relu(self.norm(self.a(x))))))


def of_residual_blocks_that_start_at_zero():
    blocks = [Residual() for _ in range(3)]
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)
    )
    x, y = torch.randn(16, 3, 8, 8), torch.arange(16) % 5
    loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
    yield doctor(model, loss_fn, (x, y), optimizer)
    with doctor(model, loss_fn, optimizer=optimizer) as watched:
        for _ in range(5):
            update(optimizer, loss_fn(model(x), y))
    yield watched


TRAININGS = [
    with_a_loader, of_a_cnn_with_batch_norm, of_an_lstm_with_clipping, of_a_gan,
    of_a_vae_with_a_summed_loss, of_a_transformer_with_warm_up, of_a_frozen_model_with_a_new_head,
    with_accumulated_gradients, of_a_line, by_lbfgs, by_hand, by_fit, of_two_classes,
    of_q_learning, by_autograd_backward, of_a_model_without_forward,
    of_a_head_on_a_frozen_model_in_evaluation_mode, of_a_trained_model_that_keeps_its_statistics,
    of_residual_blocks_that_start_at_zero,
]  # fmt: skip


@pytest.mark.parametrize("training", TRAININGS)
def test_nothing_is_found(training):
    for diagnosis in training():
        assert diagnosis.ok, diagnosis
        assert {each.name for each in diagnosis} <= {"bias_before_norm", "train_forgotten"}
