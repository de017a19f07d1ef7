"""Metropolis, Hamiltonian, Gibbs, straight-through Gumbel, evolution, and draws of all kinds."""

import math

import torch

torch.manual_seed(123)


def log_prob(x):
    return -0.5 * (x[0] ** 2 + 4 * (x[1] - 0.3 * x[0] ** 2) ** 2)


def hmc(x, eps=0.2, steps=8):
    force = torch.func.grad(log_prob)
    p, q = torch.randn_like(x), x.clone()
    before = -log_prob(x) + p.pow(2).sum() / 2
    p = p + eps / 2 * force(q)
    for i in range(steps):
        q = q + eps * p
        p = p + (eps if i < steps - 1 else eps / 2) * force(q)
    after = -log_prob(q) + p.pow(2).sum() / 2
    return (q, True) if torch.rand(()) < torch.exp(before - after) else (x, False)


def metropolis(x):
    to = x + 0.7 * torch.randn(2)
    return (to, True) if torch.rand(1).log() < log_prob(to) - log_prob(x) else (x, False)


for kernel, n in ((metropolis, 200), (hmc, 20)):
    x, accepted, xs = torch.zeros(2), 0, []
    for _ in range(n):
        x, ok = kernel(x)
        accepted += ok
        xs.append(x)
    print(kernel.__name__, accepted, torch.stack(xs).mean(0), torch.stack(xs).std(0))
s = torch.randint(0, 2, (8, 8)) * 2 - 1
checks = (torch.arange(8)[:, None] + torch.arange(8)) % 2
for c in (0, 1) * 4:
    field = sum(s.roll(by, dim) for by in (1, -1) for dim in (0, 1))
    up = torch.bernoulli(torch.sigmoid(0.8 * field)).long() * 2 - 1
    s = torch.where(checks == c, up, s)
print(s, s.float().mean())
print(torch.normal(torch.arange(3.0), torch.ones(3)), torch.normal(2.0, 0.5, (2,)))
print(torch.empty(3).exponential_(2.0), torch.empty(3).cauchy_(), torch.empty(3).log_normal_())
print(torch.empty(4).geometric_(0.3), torch.empty(5).bernoulli_(0.5), torch.empty(3).random_(10))
print(torch.poisson(torch.tensor([1.0, 5.0, 20.0])), torch.multinomial(torch.ones(5), 3))
print(torch.randn(5, dtype=torch.float64), torch.rand(2, dtype=torch.float16), torch.randperm(7))
print(torch.rand(2, generator=torch.Generator().manual_seed(5)), torch.initial_seed())
state = torch.get_rng_state()
a = torch.randn(3)
torch.set_rng_state(state)
print(torch.equal(a, torch.randn(3)), state.dtype, state.shape)
logits, reward = torch.zeros(4, requires_grad=True), torch.tensor([0.1, 0.2, 1.0, 0.0])
opt = torch.optim.Adam([logits], lr=0.3)
for _ in range(15):
    u = torch.rand(16, 4).clamp(1e-6, 1 - 1e-6)
    y = torch.softmax((logits - torch.log(-torch.log(u))) / 0.5, -1)
    hard = torch.zeros_like(y).scatter_(-1, y.argmax(-1, keepdim=True), 1.0)
    opt.zero_grad()
    (-((hard - y.detach() + y) @ reward).mean()).backward()
    opt.step()
print(logits.softmax(0))
W = (torch.randn(100, 50) * math.sqrt(1 / 50)).cumsum(1)
vol = torch.tensor(0.2, requires_grad=True)
pay = torch.relu(100 * torch.exp(vol * W[:, -1] - vol**2 / 2) - 100).mean()
pay.backward()
print(pay, vol.grad, W[:, -1].quantile(0.95), W.cummax(1)[0][0, :4])
