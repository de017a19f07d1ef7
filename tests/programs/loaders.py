"""Datasets, samplers, loaders and collating, and a training loop around them."""

import random

import numpy as np
import torch
from torch.utils import data
from torch.utils.data import DataLoader, get_worker_info
from torch.utils.data.dataloader import default_collate
from torch.utils.data.distributed import DistributedSampler

torch.manual_seed(0)


class Points(data.Dataset):
    def __init__(self, n):
        self.x, self.y = torch.randn(n, 2), torch.randint(0, 2, (n,))

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return {"x": self.x[i], "y": self.y[i], "name": f"p{i}", "more": (np.float64(i), [1.5])}


class Stream(data.IterableDataset):
    def __iter__(self):
        return iter(range(5))


def padded(batch):
    out = torch.zeros(len(batch), max(batch), dtype=torch.long)
    for i, n in enumerate(batch):
        out[i, :n] = torch.arange(n)
    return out, torch.tensor(batch)


points = Points(10)
for batch in DataLoader(points, 4, shuffle=True, generator=torch.Generator().manual_seed(1)):
    print(batch["x"].shape, batch["y"], batch["name"], batch["more"])
train, val, _ = data.random_split(points, [6, 3, 1], generator=torch.Generator().manual_seed(42))
print(train.indices, val.indices, [list(part) for part in data.random_split(range(10), [0.7, 0.3])])
print(list(DataLoader([1, 3, 2, 4, 5], batch_size=2, collate_fn=padded, drop_last=True)))
print([b.tolist() for b in DataLoader(Stream(), batch_size=2)], list(data.RandomSampler(range(4))))
print(
    list(data.WeightedRandomSampler([0.1, 0.9, 0.5], 8)), list(data.SubsetRandomSampler([3, 5, 7]))
)
pairs = data.TensorDataset(torch.arange(6.0).view(6, 1), torch.arange(6))
print(pairs[2], pairs[:2], data.Subset(pairs, [1, 3])[1])
loader = DataLoader(pairs, batch_size=4, num_workers=0, pin_memory=False)
print(len(loader), next(iter(loader)), len(loader.dataset), loader.batch_size)
for _ in range(2):
    print([y.tolist() for _, y in DataLoader(pairs, batch_size=3, shuffle=True)])
print(
    torch.rand(2),
    data.default_collate([(1, "a"), (2, "b")]),
    data.default_collate([{"a": 1.5}, {"a": 2}]),
)
print(torch.tensor(np.arange(3)), torch.tensor(np.float32(1.5)), np.asarray(torch.ones(2)))
print(torch.ones(2) * np.float64(2), torch.as_tensor([np.int64(1), 2]), len(torch.eye(2).numpy()))
model = torch.nn.Linear(2, 2)
optimizer, criterion = torch.optim.Adam(model.parameters()), torch.nn.CrossEntropyLoss()
for epoch in range(2):
    running, correct = 0.0, 0
    for i, batch in enumerate(DataLoader(train, 4, shuffle=True), 0):
        optimizer.zero_grad()
        outputs = model(batch["x"])
        loss = criterion(outputs, batch["y"])
        loss.backward()
        optimizer.step()
        running += loss.item()
        _, predicted = torch.max(outputs.data, 1)
        correct += (predicted == batch["y"]).sum().item()
    print(f"[{epoch + 1}, {i + 1:5d}] loss: {running:.3f} acc {100 * correct // len(train)} %")


class Noisy(data.Dataset):
    """Augmentation: every sample takes random numbers of its worker's."""

    def __len__(self):
        return 9

    def __getitem__(self, i):
        if i < 0:
            raise ValueError("no such sample")
        return {"x": torch.randn(2) + i, "flip": random.random() < 0.5, "crop": np.random.rand()}  # noqa: NPY002


class Lines(data.IterableDataset):
    def __iter__(self):
        info = get_worker_info()
        yield from (f"line {i}" for i in range(info.id, 7, info.num_workers))


def seed_worker(worker_id):
    random.seed(torch.initial_seed() % 2**32)
    assert get_worker_info().id == worker_id


generator = torch.Generator().manual_seed(3)
loader = DataLoader(
    Noisy(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=seed_worker,
    generator=generator, persistent_workers=True, prefetch_factor=3,
)  # fmt: skip
for _ in range(2):
    for batch in loader:
        print(batch["x"], batch["flip"].tolist(), batch["crop"])
print(list(DataLoader(Lines(), batch_size=3, num_workers=2, collate_fn="; ".join)))
try:
    list(DataLoader(Noisy(), sampler=[1, -1], num_workers=1))
except ValueError as error:
    lines = str(error).splitlines()
    print(lines[:2], lines[-1])
for rank in range(2):
    sampler = DistributedSampler(points, num_replicas=2, rank=rank, shuffle=True, seed=1)
    sampler.set_epoch(2)
    print(list(sampler), len(sampler), default_collate([1, 2]))
