"""Parts of large models: rotary positions, experts, low-rank adapters, top-p, diffusion, graphs."""

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(16)
frequencies = torch.outer(torch.arange(4), 1.0 / 10000 ** (torch.arange(0, 8, 2).float() / 8))
rotation = torch.polar(torch.ones_like(frequencies), frequencies)
q = torch.randn(1, 4, 2, 8, requires_grad=True)
turned = torch.view_as_complex(q.reshape(1, 4, 2, 4, 2)) * rotation[None, :, None]
turned = torch.view_as_real(turned).flatten(3).type_as(q)
turned[..., 0].sum().backward()
print(rotation.dtype, turned[0, 1, 0], q.grad[0, 1:, 0, :2])


class RMSNorm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


class Experts(nn.Module):
    def __init__(self, d, n, k=2):
        super().__init__()
        self.gate, self.k = nn.Linear(d, n, bias=False), k
        self.experts = nn.ModuleList(nn.Sequential(nn.Linear(d, d), nn.SiLU()) for _ in range(n))

    def forward(self, x):
        weights, index = torch.topk(self.gate(x), self.k)
        weights, out = F.softmax(weights, dim=1, dtype=torch.float), torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            rows, nth = torch.where(index == i)
            out[rows] += weights[rows, nth, None] * expert(x[rows])
        return out


class Adapter(nn.Module):
    def __init__(self, base, r=2):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(r, base.in_features) / r**0.5)
        self.B = nn.Parameter(torch.zeros(base.out_features, r))

    def forward(self, x):
        return self.base(x) + x @ self.A.t() @ self.B.t()


net, x = nn.Sequential(RMSNorm(8), Experts(8, 3), Adapter(nn.Linear(8, 8))), torch.randn(10, 8)
opt = torch.optim.AdamW(filter(lambda p: p.requires_grad, net.parameters()), lr=3e-3)
for _ in range(5):
    loss = (net(x) - x.roll(1, -1)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss, net, sum(p.numel() for p in net.parameters() if p.requires_grad))
scores, order = torch.sort(torch.randn(2, 8), descending=True)
scores[scores.softmax(-1).cumsum(-1) - scores.softmax(-1) > 0.8] = -float("inf")
kept = torch.zeros(2, 8).scatter_(1, order, scores)
print(kept, torch.multinomial(kept.softmax(-1), 3, replacement=True))
betas = torch.linspace(1e-4, 0.02, 20)
signal = torch.cumprod(1 - betas, dim=0)
print(signal[::4].sqrt()[:, None] + (1 - signal[::4]).sqrt()[:, None] * torch.randn(5, 2))
z, book = torch.randn(4, 3, requires_grad=True), torch.randn(5, 3)
quantised = z + (book[torch.cdist(z, book).argmin(-1)] - z).detach()
quantised.pow(2).sum().backward()
print(quantised, z.grad, torch.ones(1, 2, 1).expand(1, 2, 3).repeat_interleave(2, 1).shape)
