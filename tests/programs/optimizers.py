"""Optimizers by hand, a custom Optimizer, parameter groups, checkpoints that resume."""

import io

import torch
from torch import nn
from torch.optim import SGD, Adam, Optimizer

torch.manual_seed(0)
x, noise = torch.randn(100, 3), torch.randn(100, 1)
w_true = torch.tensor([[1.0], [-2.0], [0.5]])
y = x @ w_true + 0.1 * noise


class Lion(Optimizer):
    def __init__(self, params, lr=1e-2, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["exp_avg"] = torch.zeros_like(p)
                avg, (b1, b2) = state["exp_avg"], group["betas"]
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(avg.mul(b1).add(p.grad, alpha=1 - b1).sign(), alpha=-group["lr"])
                avg.lerp_(p.grad, 1 - b2)
        return loss


def train(optimizer, model, steps=60):
    for _ in range(steps):
        loss = ((model(x) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


for make in (
    lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    lambda p: Adam(p, lr=0.1, amsgrad=True),
    lambda p: Lion(p, lr=0.02),
):
    torch.manual_seed(4)
    model = nn.Linear(3, 1)
    print(type(make(model.parameters())).__name__, f"{train(make(model.parameters()), model):.4f}")
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = Adam([{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": 0.01}])
train(optimizer, model)
file = io.BytesIO()
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, file)
first = train(optimizer, model)
file.seek(0)
saved = torch.load(file)
model.load_state_dict(saved["model"])
optimizer.load_state_dict(saved["optimizer"])
print(saved["epoch"], train(optimizer, model) == first, f"{first:.4f}")
print(optimizer)

p = torch.zeros(2, requires_grad=True)
m, v = torch.zeros(2), torch.zeros(2)
for t in range(1, 51):
    loss = (p - torch.tensor([1.0, -1.0])).pow(2).sum()
    (g,) = torch.autograd.grad(loss, p)
    m.mul_(0.9).add_(g, alpha=0.1)
    v.mul_(0.999).addcmul_(g, g, value=0.001)
    with torch.no_grad():
        p.addcdiv_(m / (1 - 0.9**t), (v / (1 - 0.999**t)).sqrt().add_(1e-8), value=-0.1)
print(p)

every = {
    "NAdam": dict(lr=0.05),
    "RAdam": dict(lr=0.1, betas=(0.9, 0.9)),
    "Adamax": dict(lr=0.1, weight_decay=1e-3),
    "Adagrad": dict(lr=0.3, lr_decay=0.01),
    "Adadelta": dict(lr=5.0, rho=0.95),
    "RMSprop": dict(lr=0.01, alpha=0.9, momentum=0.5, centered=True),
    "Rprop": dict(lr=0.01, etas=(0.5, 1.1)),
    "ASGD": dict(lr=0.1, t0=30),
    "Adafactor": dict(lr=0.1),
}
for name, options in every.items():
    torch.manual_seed(4)
    model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1))
    optimizer = getattr(torch.optim, name)(model.parameters(), **options)
    loss = train(optimizer, model, 40)
    kept = sorted(optimizer.state_dict()["state"][0])
    print(name, f"{loss:.4f}", f"{train(optimizer, model, 10):.4f}", kept)

torch.manual_seed(4)
model = nn.Linear(3, 1)
optimizer = torch.optim.LBFGS(model.parameters(), max_iter=10, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    return loss


print(*(f"{optimizer.step(closure).item():.4f}" for _ in range(3)), optimizer.state_dict().keys())

# matrices by Muon, the rest by AdamW
torch.manual_seed(4)
model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
matrices = [p for p in model.parameters() if p.ndim == 2]
rest = [p for p in model.parameters() if p.ndim < 2]
optimizers = [torch.optim.Muon(matrices, lr=0.05), torch.optim.AdamW(rest, lr=0.05)]
for _ in range(40):
    loss = ((model(x) - y) ** 2).mean()
    for optimizer in optimizers:
        optimizer.zero_grad()
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
print(loss.item() < 0.3, optimizers[0])

# a learning rate learned through a differentiable step
rate = torch.tensor(0.01, requires_grad=True)
outer = Adam([rate], lr=0.02)
for _ in range(30):
    w = torch.zeros(3, 1, requires_grad=True)
    inner_loss = ((x @ w - y) ** 2).mean()
    (g,) = torch.autograd.grad(inner_loss, w, create_graph=True)
    moved = w.clone()
    moved.retain_grad()
    inner = SGD([moved], lr=rate, differentiable=True)
    moved.grad = g
    inner.step()
    loss = ((x @ moved - y) ** 2).mean()
    outer.zero_grad()
    loss.backward()
    outer.step()
print(f"{rate.item():.4f} {loss.item():.4f}")
