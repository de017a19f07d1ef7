"""Modules of one's own: batch norm, residual blocks, hooks, groups, state dicts, copies, files."""

import copy
import io

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class BatchNorm(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(n)), nn.Parameter(torch.zeros(n))
        self.register_buffer("mean", torch.zeros(n))
        self.register_buffer("var", torch.ones(n))

    def forward(self, x):
        m, v = self.mean, self.var
        if self.training:
            m, v = x.mean(0), x.var(0, unbiased=False)
            with torch.no_grad():
                self.mean.mul_(0.9).add_(m, alpha=0.1)
                self.var.lerp_(v * len(x) / (len(x) - 1), 0.1)
        return (x - m) / torch.sqrt(v + 1e-5) * self.weight + self.bias


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp, self.drop = nn.Linear(6, 8), nn.Dropout(p=0.25)
        self.blocks = nn.Sequential(nn.Linear(8, 8), BatchNorm(8), nn.ReLU(inplace=True))
        self.heads = nn.ModuleDict({"cls": nn.Linear(8, 3), "reg": nn.Linear(8, 1, bias=False)})

    def forward(self, x, head="cls"):
        x = torch.tanh(self.inp(torch.flatten(x, 1)))
        return self.heads[head](self.drop(self.blocks(x)))


net, x, seen = Model(), torch.randn(5, 2, 3), {}
print(net, [n for n, _ in net.named_modules()], list(net.state_dict())[:9], sep="\n")
hooks = [m.register_forward_hook(lambda m, i, o, n=n: seen.update({n: o.mean().item()}))
         for n, m in net.named_modules() if isinstance(m, nn.Linear)]  # fmt: skip
F.cross_entropy(net(x), torch.tensor([0, 1, 2, 0, 1])).backward()
for h in hooks:
    h.remove()
print({k: round(v, 4) for k, v in seen.items()}, net.blocks[1].mean)
net.blocks.requires_grad_(False)
groups = [{"params": net.heads.parameters(), "lr": 0.1}, {"params": net.inp.parameters()}]
opt = torch.optim.SGD(groups, lr=0.01, momentum=0.9, weight_decay=1e-4)
opt.step()
print(opt, len(opt.state_dict()["state"]), opt.state_dict()["param_groups"][0]["lr"])
file, other = io.BytesIO(), Model()
torch.save({"epoch": 3, "net": net.state_dict(), "opt": opt.state_dict()}, file)
file.seek(0)
checkpoint = torch.load(file, map_location=lambda storage, location: storage)
print(other.load_state_dict(checkpoint["net"]), torch.equal(net.eval()(x), other.eval()(x)))
state = {**net.state_dict(), "foo": torch.ones(1)}
del state["inp.bias"]
print(
    other.load_state_dict(state, strict=False), net.training, len(nn.DataParallel(net).state_dict())
)
average = copy.deepcopy(net)
with torch.no_grad():
    for a, b in zip(average.parameters(), net.parameters()):
        a.mul_(0.99).add_(b + 1, alpha=0.01)
print((average.inp.bias - net.inp.bias).mean(), sum(p.numel() for p in net.parameters()))
