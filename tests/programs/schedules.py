"""A small image classifier with warm-up and cosine, an average of its weights, and checkpoints."""

import copy
import os
import tempfile

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import _LRScheduler
from torch.optim.swa_utils import SWALR, AveragedModel, get_ema_multi_avg_fn, update_bn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)


class NoamLR(_LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step = max(1, self.last_epoch)
        scale = self.warmup_steps**0.5 * min(step**-0.5, step * self.warmup_steps**-1.5)
        return [base_lr * scale for base_lr in self.base_lrs]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(6)
        self.drop = nn.Dropout(0.2)
        self.fc = nn.Linear(6 * 4 * 4, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn(self.conv(x))), 2)
        return self.fc(self.drop(x.flatten(1)))


y = torch.randint(0, 3, (240,))
x = torch.randn(3, 1, 8, 8)[y] + 2 * torch.randn(240, 1, 8, 8)
train_set, val_set = random_split(TensorDataset(x, y), [0.75, 0.25])
train_loader = DataLoader(train_set, batch_size=30, shuffle=True)
val_loader = DataLoader(val_set, batch_size=60)


def train(model, optimizer, scheduler=None, ema=None):
    model.train()
    total = 0.0
    for data, target in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(data), target)
        loss.backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        if ema is not None:
            ema.update_parameters(model)
        total += loss.item() * len(data)
    return total / len(train_set)


@torch.no_grad()
def validate(model):
    model.eval()
    data, target = next(iter(val_loader))
    output = model(data)
    return F.cross_entropy(output, target).item(), (
        output.argmax(1) == target
    ).float().mean().item()


model = Net()
start = copy.deepcopy(model.state_dict())

# two groups, one schedule for all, one number each epoch
optimizer = optim.SGD(
    [{"params": [*model.conv.parameters(), *model.bn.parameters()], "lr": 0.02},
     {"params": model.fc.parameters()}],
    lr=0.1, momentum=0.9,
)  # fmt: skip
scheduler = lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
for epoch in range(5):
    loss = train(model, optimizer)
    print(epoch, f"{loss:.4f}", scheduler.get_last_lr(), [g["lr"] for g in optimizer.param_groups])
    scheduler.step()
print(scheduler.state_dict())
print(optimizer)

# a metric that decides
model.load_state_dict(start)
optimizer = optim.Adam(model.parameters(), lr=0.01)
scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, "min", factor=0.5, patience=0, threshold=0.2)
for epoch in range(6):
    train(model, optimizer)
    loss, accuracy = validate(model)
    scheduler.step(loss)
    print(
        epoch,
        f"{loss:.4f} {accuracy:.4f}",
        optimizer.param_groups[0]["lr"],
        scheduler.num_bad_epochs,
    )

# batch by batch: one cycle, with the momentum going the other way
model.load_state_dict(start)
optimizer = optim.AdamW(model.parameters(), lr=1e-3)
scheduler = lr_scheduler.OneCycleLR(
    optimizer, max_lr=0.02, steps_per_epoch=len(train_loader), epochs=4
)
for epoch in range(4):
    loss = train(model, optimizer, scheduler)
    group = optimizer.param_groups[0]
    print(epoch, f"{loss:.4f} {group['lr']:.6f} {group['betas'][0]:.4f} {group['max_lr']}")

# warm-up, then cosine; a checkpoint in the middle; the rest again from the checkpoint


def build():
    net = Net()
    net.load_state_dict(start)
    opt = optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    warmup = lr_scheduler.LinearLR(opt, start_factor=0.1, total_iters=8)
    cosine = lr_scheduler.CosineAnnealingLR(opt, T_max=28, eta_min=1e-4)
    return net, opt, lr_scheduler.SequentialLR(opt, [warmup, cosine], milestones=[8])


model, optimizer, scheduler = build()
ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
path = os.path.join(tempfile.mkdtemp(), "checkpoint.pt")
for epoch in range(6):
    loss = train(model, optimizer, scheduler, ema)
    print(epoch, f"{loss:.4f}", f"{scheduler.get_last_lr()[0]:.6f}")
    if epoch == 2:
        torch.save(
            {
                "epoch": epoch,
                "model": model.state_dict(),
                "ema": ema.state_dict(),
                "optimizer": optimizer.state_dict(),
                "scheduler": scheduler.state_dict(),
                "rng": torch.get_rng_state(),
            },
            path,
        )
print("ema", [f"{v:.4f}" for v in validate(ema)], int(ema.n_averaged))
last = [p.clone() for p in model.parameters()]

model, optimizer, scheduler = build()
ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
checkpoint = torch.load(path)
model.load_state_dict(checkpoint["model"])
ema.load_state_dict(checkpoint["ema"])
optimizer.load_state_dict(checkpoint["optimizer"])
scheduler.load_state_dict(checkpoint["scheduler"])
torch.set_rng_state(checkpoint["rng"])
for epoch in range(checkpoint["epoch"] + 1, 6):
    train(model, optimizer, scheduler, ema)
print("resumed", all(torch.equal(a, b) for a, b in zip(last, model.parameters())))

# stochastic weight averaging
optimizer = optim.SGD(model.parameters(), lr=0.05)
scheduler = lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.9)
swa_model, swa_scheduler = AveragedModel(model), SWALR(optimizer, swa_lr=0.02, anneal_epochs=3)
for epoch in range(8):
    train(model, optimizer)
    if epoch >= 3:
        swa_model.update_parameters(model)
        swa_scheduler.step()
    else:
        scheduler.step()
    print(epoch, f"{optimizer.param_groups[0]['lr']:.6f}", end=" ")
update_bn(train_loader, swa_model)
print("\nswa", [f"{v:.4f}" for v in validate(swa_model)], list(swa_model.state_dict())[:3])

# the course of some others
w = torch.zeros(1, requires_grad=True)
for build in (
    lambda o: NoamLR(o, 4),
    lambda o: lr_scheduler.LambdaLR(o, lr_lambda=lambda epoch: 1 / (1 + epoch)),
    lambda o: lr_scheduler.MultiStepLR(o, milestones=[3, 6], gamma=0.1),
    lambda o: lr_scheduler.ExponentialLR(o, gamma=0.5),
    lambda o: lr_scheduler.PolynomialLR(o, total_iters=6, power=2.0),
    lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=2, T_mult=2),
    lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, step_size_up=3, mode="triangular2"),
    lambda o: lr_scheduler.ChainedScheduler(
        [lr_scheduler.ConstantLR(o, factor=0.1, total_iters=2), lr_scheduler.ExponentialLR(o, 0.9)]
    ),
):
    optimizer = optim.SGD([w], lr=1.0, momentum=0.5)
    scheduler = build(optimizer)
    rates = []
    for _ in range(9):
        rates.append(f"{optimizer.param_groups[0]['lr']:.4f}")
        optimizer.step()
        scheduler.step()
    print(type(scheduler).__name__, *rates)

try:
    lr_scheduler.StepLR(optimizer, step_size=2, last_epoch=5)
    lr_scheduler.CosineAnnealingLR(optim.SGD([w], lr=0.1), 5, last_epoch=5)
except KeyError as error:
    print("KeyError", str(error)[:70])
