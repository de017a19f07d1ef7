"""k-means, PCA and a Gaussian mixture by expectation and maximisation."""

import math

import torch

torch.manual_seed(7)
centres = torch.tensor([[0.0, 0.0], [4.0, 4.0], [0.0, 5.0]])
labels = torch.randint(3, (150,))
x = centres[labels] + torch.randn(150, 2) * 0.6

means = x[torch.randperm(len(x))[:3]].clone()
for _ in range(10):
    nearest = torch.cdist(x, means).argmin(dim=1)
    counts = torch.bincount(nearest, minlength=3).clamp(min=1)
    means = torch.zeros_like(means).index_add_(0, nearest, x) / counts.unsqueeze(1)
order = means[:, 0].mul(10).add(means[:, 1]).argsort()
print(means[order], counts[order])
sums = torch.zeros(3, 2).scatter_add_(0, nearest.unsqueeze(1).expand(-1, 2), x)
print(torch.allclose(sums, means * counts[:, None], atol=1e-4))

centred = x - x.mean(0, keepdim=True)
u, s, vh = torch.linalg.svd(centred, full_matrices=False)
print(s, (s**2 / (s**2).sum()).cumsum(0))
print((centred @ vh.T).var(0), torch.linalg.eigvalsh(torch.cov(x.T)))

mu, var, pi = means.clone(), torch.ones(3, 2), torch.full((3,), 1 / 3)
for step in range(20):
    logp = -0.5 * (((x[:, None] - mu) ** 2 / var) + var.log() + math.log(2 * math.pi)).sum(-1)
    logp = logp + pi.log()
    evidence = torch.logsumexp(logp, dim=1, keepdim=True)
    r = (logp - evidence).exp()
    n = r.sum(0)
    mu = torch.einsum("nk,nd->kd", r, x) / n[:, None]
    var = torch.einsum("nk,nkd->kd", r, (x[:, None] - mu) ** 2) / n[:, None] + 1e-6
    pi = n / n.sum()
    if step % 5 == 4:
        print(step, f"{evidence.mean().item():.4f}")
print(pi.sort().values)
hist = torch.histc(x[:, 0], bins=5, min=-2, max=6)
print(hist, torch.quantile(x, torch.tensor([0.1, 0.5, 0.9]), dim=0), x.median(0).values)
