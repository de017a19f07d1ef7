"""Newton's method, conjugate gradients on Hessian products, and L-BFGS by hand."""

import torch
from torch import nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

torch.manual_seed(11)
X = torch.randn(50, 4)
y = (X @ torch.tensor([1.0, -2.0, 0.5, 0.0]) + 0.1 * torch.randn(50) > 0).float()
w = torch.zeros(4)
for i in range(5):
    p = torch.sigmoid(X @ w)
    gradient = X.t().mv(p - y) + 0.1 * w
    H = X.t() @ (X * (p * (1 - p)).unsqueeze(1)) + 0.1 * torch.eye(4)
    w = w - torch.linalg.solve(H, gradient)
    print(i, gradient.norm().item() > 1e-2, w)
model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
params = list(model.parameters())


def loss_fn():
    z = model(X).squeeze(1)
    return (torch.log1p(torch.exp(-z.abs())) + z.clamp(min=0) - z * y).mean()


def hvp(v, damping=0.1):
    flat = torch.cat(
        [g.reshape(-1) for g in torch.autograd.grad(loss_fn(), params, create_graph=True)]
    )
    hv = torch.autograd.grad(flat @ v, params)
    return torch.cat([h.contiguous().view(-1) for h in hv]) + damping * v


def conjugate_gradient(b, iterations=10):
    x, r, p = torch.zeros_like(b), b.clone(), b.clone()
    rr = torch.dot(r, r)
    for _ in range(iterations):
        z = hvp(p)
        alpha = rr / p.dot(z)
        x.add_(p, alpha=alpha.item())
        r.sub_(z, alpha=alpha.item())
        rr, old = r.dot(r), rr
        p = r + rr / old * p
    return x


for it in range(3):
    loss = loss_fn()
    g = parameters_to_vector(torch.autograd.grad(loss, params)).detach()
    d = conjugate_gradient(g)
    vector_to_parameters(parameters_to_vector(params).detach() - 0.5 * d, params)
    print(it, loss.item(), g.norm().item(), d.norm().item())


def rosenbrock(x):
    return ((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum()


x = torch.tensor([-1.2, 1.0, 0.5], dtype=torch.float64)
for _ in range(12):
    H = torch.autograd.functional.hessian(rosenbrock, x) + 1e-3 * torch.eye(3).double()
    g = torch.func.grad(rosenbrock)(x)
    step = torch.cholesky_solve(g[:, None], torch.linalg.cholesky(H @ H.T))[:, 0] @ H
    t = 1.0
    while rosenbrock(x - t * step) > rosenbrock(x) - 1e-4 * t * g.dot(step) and t > 1e-4:
        t *= 0.5
    x = x - t * step
print(x, f"{rosenbrock(x).item():.4f}", torch.linalg.eigvalsh(H), torch.linalg.cond(H) > 10)
print(torch.autograd.functional.vhp(rosenbrock, torch.zeros(3), torch.ones(3))[1])
