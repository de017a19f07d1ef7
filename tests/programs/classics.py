"""Perceptron, neighbours, principal components, k-means, a Kalman filter, PageRank, scores."""

import torch

torch.manual_seed(4)
X = torch.randn(60, 2)
y = torch.sign(X[:, 0] + 2 * X[:, 1] + 0.3)
w, b, epoch = torch.zeros(2), 0.0, 0
while ((X @ w + b) * y <= 0).any() and epoch < 10:
    epoch += 1
    for xi, yi in zip(X, y):
        if yi * (w @ xi + b) <= 0:
            w += yi * xi
            b += yi
print(epoch, w, b)
train, test, labels = torch.randn(50, 3), torch.randn(5, 3), torch.randint(0, 3, (50,))
d, i = torch.cdist(test, train).topk(5, largest=False)
print(d, labels[i].mode(dim=1).values, torch.cdist(test, train, p=1)[0, :3])
Z = torch.randn(40, 5, dtype=torch.float64) @ torch.randn(5, 5, dtype=torch.float64)
Z -= Z.mean(0, keepdim=True)
U, S, Vh = torch.linalg.svd(Z, full_matrices=False)
values, vectors = torch.linalg.eigh(Z.T @ Z / 39)
print(S**2 / 39, values.flip(0), (vectors.abs().flip(1) - Vh.T.abs()).abs().max() < 1e-8)
print(torch.allclose((U * S) @ Vh, Z), (S**2 / (S**2).sum()).cumsum(0), torch.corrcoef(Z.T))
print(torch.cov((Z @ vectors @ torch.diag(values.rsqrt())).T).round(decimals=4).abs().sum())
P = torch.cat([torch.randn(15, 2) * 0.2, torch.randn(15, 2) * 0.2 + 2])
W = torch.exp(-torch.cdist(P, P).square())
D = W.sum(1)
part = torch.linalg.eigh(torch.eye(30) - W / (D[:, None] * D[None]).sqrt())[1][:, 1] > 0
print(part[0] != part[-1], part.long().bincount())
C = P[torch.randperm(30)[:3]].clone()
for _ in range(5):
    a = ((P[:, None] - C[None]) ** 2).sum(-1).argmin(1)
    C = torch.zeros_like(C).index_add_(0, a, P) / a.bincount(minlength=3).clamp(min=1)[:, None]
print(C, a, torch.zeros(3, 2).scatter_add_(0, a[:, None].expand(-1, 2), P))
F, H = torch.tensor([[1.0, 1.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0]])
x, Pm = torch.zeros(2, 1), torch.eye(2)
for t in range(10):
    x, Pm = F @ x, F @ Pm @ F.T + 0.01 * torch.eye(2)
    K = Pm @ H.T @ torch.linalg.inv(H @ Pm @ H.T + 0.5)
    x = x + K @ (torch.full((1, 1), float(t)) + 0.5 * torch.randn(1, 1) - H @ x)
    Pm = (torch.eye(2) - K @ H) @ Pm
print(x, Pm, K)
patterns = torch.sign(torch.randn(3, 30))
weights = (patterns.T @ patterns / 30).fill_diagonal_(0)
s = patterns[0].clone()
s[torch.randperm(30)[:6]] *= -1
for _ in range(5):
    s = torch.sign(weights @ s)
print((s == patterns[0]).sum(), -0.5 * s @ weights @ s)
A = (torch.rand(6, 6) > 0.6).float()
A = A / A.sum(0, keepdim=True).clamp(min=1)
v = torch.ones(6) / 6
for _ in range(30):
    v = 0.85 * A @ v + 0.15 / 6
    v /= v.sum()
print(v, torch.matrix_power(A, 3)[0], torch.linalg.matrix_rank(A))
prediction, truth = torch.randint(0, 3, (40,)), torch.randint(0, 3, (40,))
cm = torch.zeros(3, 3, dtype=torch.int64)
cm.index_put_((truth, prediction), torch.tensor(1), accumulate=True)
print(cm, cm.diag() / cm.sum(0), (prediction == truth).float().mean())
score, positive = torch.rand(20), torch.rand(20) > 0.5
order = score.argsort(descending=True)
tp, fp = positive[order].cumsum(0), (~positive[order]).cumsum(0)
print(torch.trapz(tp / tp[-1], fp / fp[-1]), torch.histc(score, bins=4, min=0, max=1))
print(score.quantile(torch.tensor([0.25, 0.5])), score.median(), torch.bucketize(score[:4], tp / 9))
