"""Whole training scripts: from one seed both libraries draw, shuffle, drop and learn the same.

Weights, splits, shuffles, masks and augmentations all come from one stream of random numbers: a
draw too many, too few or in another order changes everything after it. Losses agree to four
digits at each of 100 steps and more.
"""

from __future__ import annotations

import warnings
from itertools import islice

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")
STEPS = 100


@pytest.fixture(autouse=True)
def one_thread():
    """PyTorch's threads help nothing with nets of this size, and other tests run beside."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def losses_of(script, t, **options):
    t.manual_seed(1234)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        losses = script(t, **options)
    return np.array(losses)


def compare(script, **options):
    theirs, ours = (losses_of(script, t, **options) for t in (torch, minitorch))
    assert len(theirs) >= STEPS
    assert np.isfinite(theirs).all()
    assert min(theirs[-10:]) < 0.9 * theirs[0]  # it learns
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    return np.max(np.abs(ours / theirs - 1))


def forever(loader):
    while True:
        yield from loader


def blobs(t, n=400, width=10, classes=4):
    centres = t.randn(classes, width) * 2
    labels = t.randint(0, classes, (n,))
    return t.utils.data.TensorDataset(centres[labels] + t.randn(n, width), labels)


OPTIMIZERS = {
    "sgd": lambda t, p: t.optim.SGD(p, lr=0.05),
    "momentum": lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=1e-3),
    "nesterov": lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "adam": lambda t, p: t.optim.Adam(p, lr=3e-3),
    "amsgrad": lambda t, p: t.optim.Adam(p, lr=3e-3, amsgrad=True),
    "adamw": lambda t, p: t.optim.AdamW(p, lr=3e-3),
    "rmsprop": lambda t, p: t.optim.RMSprop(p, lr=1e-3, momentum=0.5, centered=True),
    "adagrad": lambda t, p: t.optim.Adagrad(p, lr=0.03),
    "adadelta": lambda t, p: t.optim.Adadelta(p, lr=1.0),
    "nadam": lambda t, p: t.optim.NAdam(p, lr=3e-3),
    "radam": lambda t, p: t.optim.RAdam(p, lr=3e-3),
    "adamax": lambda t, p: t.optim.Adamax(p, lr=3e-3),
}


def noisy(t, data):
    """A data set that draws noise for each of its items, where it is asked for them."""

    class Noisy(t.utils.data.Dataset):
        def __len__(self):
            return len(data)

        def __getitem__(self, i):
            x, y = data[i]
            return x + 0.1 * t.randn(x.shape), y

    return Noisy()


def mlp(t, optimizer="adam", num_workers=0):
    """Dropout, a split, a shuffled loader, a schedule by steps, evaluation in between."""
    nn, data = t.nn, t.utils.data
    train, held = data.random_split(blobs(t), [320, 80])
    train = noisy(t, train)
    loader = data.DataLoader(train, batch_size=24, shuffle=True, num_workers=num_workers)
    model = nn.Sequential(
        nn.Linear(10, 33),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(33, 17),
        nn.Tanh(),
        nn.Dropout(),
        nn.Linear(17, 4),
    )
    steps = OPTIMIZERS[optimizer](t, model.parameters())
    schedule = t.optim.lr_scheduler.StepLR(steps, 2, gamma=0.7)
    losses = []
    for _ in range(8):
        model.train()
        for x, y in loader:
            steps.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            steps.step()
            losses.append(loss.item())
        schedule.step()
        model.eval()
        with t.no_grad():
            for x, y in data.DataLoader(held, batch_size=80):
                losses.append(nn.functional.cross_entropy(model(x), y).item())
    return losses


def cnn(t):
    """Batch norm, max pooling, dropout of channels, flips and noise, AdamW on a cosine."""
    nn = t.nn

    class Block(nn.Module):
        def __init__(self, inputs, outputs):
            super().__init__()
            self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
            self.bn = nn.BatchNorm2d(outputs)
            self.drop = nn.Dropout2d(0.1)
            nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")

        def forward(self, x):
            return self.drop(nn.functional.max_pool2d(t.relu(self.bn(self.conv(x))), 2))

    labels = t.arange(160) % 5
    images = t.randn(5, 1, 12, 12)[labels] + 0.5 * t.randn(160, 1, 12, 12)
    loader = t.utils.data.DataLoader(
        t.utils.data.TensorDataset(images, labels), 32, shuffle=True, drop_last=True
    )
    model = nn.Sequential(
        Block(1, 6), Block(6, 9), nn.Flatten(), nn.Linear(81, 20), nn.ReLU(), nn.Dropout(0.25),
        nn.Linear(20, 5),
    )  # fmt: skip
    adam = t.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    schedule = t.optim.lr_scheduler.CosineAnnealingLR(adam, T_max=STEPS)
    losses = []
    for x, y in islice(forever(loader), STEPS):
        flip = t.rand(len(x)) < 0.5
        x = t.where(flip.view(-1, 1, 1, 1), x.flip(3), x)
        x = x + 0.05 * t.randn_like(x)
        loss = nn.functional.cross_entropy(model(x), y, label_smoothing=0.1)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        schedule.step()
        losses.append(loss.item())
    model.eval()
    return [*losses, nn.functional.cross_entropy(model(images), labels).item()]


def recurrent(t, kind="LSTM", bidirectional=False):
    """Sequences of words, told apart by the last state of two layers with dropout between."""
    nn = t.nn

    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(20, 8)
            self.rnn = getattr(nn, kind)(
                8, 12, num_layers=2, dropout=0.4, batch_first=True, bidirectional=bidirectional
            )
            self.drop = nn.Dropout(0.2)
            self.out = nn.Linear(24 if bidirectional else 12, 3)

        def forward(self, words):
            output, _ = self.rnn(self.drop(self.embed(words)))
            return self.out(output[:, -1])

    words = t.randint(0, 20, (300, 7))
    labels = words.sum(1) % 7 % 3
    words[:, 3] = labels  # what is to be found
    sampler = t.utils.data.RandomSampler(range(300), replacement=True, num_samples=1700)
    loader = t.utils.data.DataLoader(list(zip(words, labels)), batch_size=16, sampler=sampler)
    model = Classifier()
    adam = t.optim.Adam(model.parameters(), lr=0.01)
    schedule = t.optim.lr_scheduler.OneCycleLR(adam, max_lr=0.02, total_steps=len(loader))
    losses = []
    for x, y in loader:
        loss = nn.CrossEntropyLoss()(model(x), y)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        adam.step()
        schedule.step()
        losses.append(loss.item())
    return losses


def transformer(t, norm_first=False, activation="relu"):
    """A language model whose output layer is its embedding, after a warm-up."""
    nn = t.nn

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(13, 16)
            self.places = nn.Parameter(t.zeros(1, 9, 16))
            layer = nn.TransformerEncoderLayer(
                16, 4, 24, dropout=0.1, activation=activation, batch_first=True,
                norm_first=norm_first,
            )  # fmt: skip
            self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.head = nn.Linear(16, 13, bias=False)
            self.apply(self._init)
            self.head.weight = self.embed.weight

        def _init(self, module):
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.1)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Embedding):
                nn.init.trunc_normal_(module.weight, std=0.3)

        def forward(self, words):
            mask = nn.Transformer.generate_square_subsequent_mask(words.size(1))
            return self.head(self.encoder(self.embed(words) + self.places, mask=mask))

    model = Model()
    starts = t.randint(0, 13, (200, 1))
    words = (starts + t.arange(10) * t.randint(1, 3, (200, 1))) % 13
    loader = t.utils.data.DataLoader(words, batch_size=20, shuffle=True)
    adam = t.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.98))
    s = t.optim.lr_scheduler
    schedule = s.SequentialLR(
        adam,
        [s.LinearLR(adam, 0.1, total_iters=20), s.CosineAnnealingLR(adam, STEPS)],
        milestones=[20],
    )
    mean = t.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=t.optim.swa_utils.get_ema_multi_avg_fn(0.95)
    )
    losses = []
    for x in islice(forever(loader), STEPS):
        loss = nn.functional.cross_entropy(model(x[:, :-1]).transpose(1, 2), x[:, 1:])
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
        mean.update_parameters(model)
        losses.append(loss.item())
    logits = mean.eval()(words[:, :-1])
    return [*losses, nn.functional.cross_entropy(logits.transpose(1, 2), words[:, 1:]).item()]


def autoencoder(t):
    """A variational one: convolutions and back, noise drawn in the middle, two terms of loss."""
    nn, F = t.nn, t.nn.functional

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(
                nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.GroupNorm(2, 8), nn.GELU(),
                nn.Conv2d(8, 12, 3, stride=2, padding=1), nn.LeakyReLU(0.1), nn.Flatten(),
            )  # fmt: skip
            self.mean, self.log_var = nn.Linear(108, 5), nn.Linear(108, 5)
            self.decoder = nn.Sequential(
                nn.Linear(5, 108), nn.SiLU(), nn.Unflatten(1, (12, 3, 3)),
                nn.ConvTranspose2d(12, 8, 4, stride=2, padding=1), nn.ReLU(),
                nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1),
            )  # fmt: skip
            for p in self.parameters():
                if p.dim() > 1:
                    nn.init.xavier_uniform_(p)

        def forward(self, x):
            hidden = self.encoder(x)
            mean, log_var = self.mean(hidden), self.log_var(hidden)
            z = mean + t.randn_like(mean) * (0.5 * log_var).exp()
            return self.decoder(z), mean, log_var

    kinds = (t.rand(6, 1, 12, 12) < 0.4).float()
    images = t.where(t.rand(150, 1, 12, 12) < 0.9, kinds[t.randint(6, (150,))], 0.5)
    model = Model()
    loader = t.utils.data.DataLoader(images, batch_size=25, shuffle=True)
    adam = t.optim.Adam(model.parameters(), lr=1e-2)
    schedule = t.optim.lr_scheduler.ReduceLROnPlateau(adam, patience=3, factor=0.5)
    losses = []
    for x in islice(forever(loader), STEPS):
        x = x + 0.02 * t.rand_like(x)
        y, mean, log_var = model(x)
        divergence = -0.5 * (1 + log_var - mean**2 - log_var.exp()).sum()
        loss = (F.binary_cross_entropy_with_logits(y, x, reduction="sum") + divergence) / len(x)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
        schedule.step(losses[-1])
    return losses


def residual(t):
    """A small residual net: crops, an uneven sampler, milestones, a stem that is frozen later."""
    nn, F = t.nn, t.nn.functional

    class Residual(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs),
                nn.ReLU(inplace=True), nn.Dropout2d(0.1),
                nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs),
            )  # fmt: skip
            self.short = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            nn.init.constant_(self.body[-1].weight, 0.5)

        def forward(self, x):
            return F.relu(self.body(x) + self.short(x))

    labels = t.multinomial(t.tensor([0.6, 0.3, 0.1]), 200, replacement=True)
    images = t.randn(3, 2, 10, 10)[labels] + t.randn(200, 2, 10, 10)
    weights = 1 / t.bincount(labels).float()[labels]
    sampler = t.utils.data.WeightedRandomSampler(weights, 200)
    data = t.utils.data.TensorDataset(images, labels)
    loader = t.utils.data.DataLoader(data, batch_size=20, sampler=sampler)
    model = nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU(),
        Residual(6, 8, 2), Residual(8, 8, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Dropout(0.1, inplace=True), nn.Linear(8, 3),
    )  # fmt: skip
    sgd = t.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4, nesterov=True)
    schedule = t.optim.lr_scheduler.MultiStepLR(sgd, [40, 80], gamma=0.3)
    losses = []
    for i, (x, y) in enumerate(islice(forever(loader), STEPS)):
        if i == 60:
            model[:3].requires_grad_(False)
        top, left = t.randint(0, 3, (2,)).tolist()
        x = F.pad(x, (1, 1, 1, 1))[:, :, top : top + 10, left : left + 10]
        loss = F.cross_entropy(model(x), y, weight=t.tensor([1.0, 1.5, 2.0]))
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        schedule.step()
        losses.append(loss.item())
    return losses


def adversaries(t):
    """Two nets against each other; what is reported is the discriminator's loss."""
    nn, F = t.nn, t.nn.functional
    make = nn.Sequential(
        nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2)
    )  # fmt: skip
    judge = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Dropout(0.3), nn.Linear(16, 1))
    options = {"lr": 2e-3, "betas": (0.5, 0.999)}
    for_make = t.optim.Adam(make.parameters(), **options)
    for_judge = t.optim.Adam(judge.parameters(), **options)
    losses = []
    for _ in range(STEPS):
        real = t.randn(32, 2) * 0.3 + t.tensor([2.0, -1.0])
        fake = make(t.randn(32, 4))
        loss = F.softplus(-judge(real)).mean() + F.softplus(judge(fake.detach())).mean()
        for_judge.zero_grad()
        loss.backward()
        for_judge.step()
        losses.append(loss.item())
        for_make.zero_grad()
        F.softplus(-judge(fake)).mean().backward()
        for_make.step()
    return losses


def translator(t):
    """Encoder and decoder of `nn.Transformer`: sequences of several lengths, turned around."""
    nn, F = t.nn, t.nn.functional

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(9, 16, padding_idx=0)
            self.net = nn.Transformer(16, 2, 1, 2, 24, dropout=0.1, batch_first=True)
            self.out = nn.Linear(16, 9)

        def forward(self, source, target):
            none = source == 0
            later = self.net.generate_square_subsequent_mask(target.size(1))
            states = self.net(
                self.embed(source), self.embed(target), tgt_mask=later, src_key_padding_mask=none,
                memory_key_padding_mask=none,
            )  # fmt: skip
            return self.out(states)

    model = Model()
    adam = t.optim.NAdam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(STEPS):
        lengths = t.randint(2, 7, (16,)).tolist()
        words = [t.randint(2, 9, (n,)) for n in lengths]
        source = nn.utils.rnn.pad_sequence(words, batch_first=True)
        turned = [t.cat([t.ones(1, dtype=t.long), w.flip(0)]) for w in words]
        target = nn.utils.rnn.pad_sequence(turned, batch_first=True)
        logits = model(source, target[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=0)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    return losses


def packed(t):
    """A tagger over packed sequences of several lengths, in both directions."""
    nn, rnn = t.nn, t.nn.utils.rnn

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(12, 6)
            self.lstm = nn.LSTM(6, 10, num_layers=2, bidirectional=True, dropout=0.2)
            self.out = nn.Linear(20, 4)

        def forward(self, words, lengths):
            x = rnn.pack_padded_sequence(self.embed(words), lengths, enforce_sorted=False)
            y, _ = rnn.pad_packed_sequence(self.lstm(x)[0])
            return self.out(y)

    model = Tagger()
    for name, p in model.lstm.named_parameters():
        if "weight_hh" in name:
            nn.init.orthogonal_(p)
    rms = t.optim.RMSprop(model.parameters(), lr=5e-3)
    losses = []
    for _ in range(STEPS):
        lengths = t.randint(1, 8, (14,))
        words = rnn.pad_sequence([t.randint(12, (int(n),)) for n in lengths])
        tags = (words + words.roll(1, 0)) % 4
        tags[t.arange(len(words))[:, None] >= lengths] = -100
        loss = nn.CrossEntropyLoss()(model(words, lengths).permute(1, 2, 0), tags.t())
        rms.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 0.5)
        rms.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_mlp(optimizer):
    compare(mlp, optimizer=optimizer)


def test_mlp_with_worker_processes():
    compare(mlp, num_workers=2)


@pytest.mark.parametrize("script", [cnn, autoencoder, residual, adversaries, translator, packed])
def test_nets(script):
    compare(script)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_recurrent(kind, bidirectional):
    compare(recurrent, kind=kind, bidirectional=bidirectional)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_transformer(activation, norm_first):
    compare(transformer, activation=activation, norm_first=norm_first)
