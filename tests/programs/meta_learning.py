"""MAML: gradients of gradient steps, by autograd.grad and by torch.func; a learned learning rate."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call, grad, hessian, jacfwd, jacrev, jvp, vjp, vmap

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 1))
weights = list(model.parameters())


def forward(x, w):
    x = F.relu(F.linear(x, w[0], w[1]))
    return F.linear(F.relu(F.linear(x, w[2], w[3])), w[4], w[5])


class Task:
    def __init__(self):
        self.a, self.b = torch.rand(2).tolist()

    def sample(self, n):
        x = torch.empty(n, 1).uniform_(-5, 5)
        return x, (self.a * 4 + 1) * torch.sin(x + self.b * 3.14)


opt = torch.optim.Adam(weights, 1e-3)
for it in range(1, 7):
    total = 0
    for _ in range(3):
        task = Task()
        fast = [w.clone() for w in weights]
        X, y = task.sample(10)
        for _ in range(2):
            g = torch.autograd.grad(F.mse_loss(forward(X, fast), y), fast, create_graph=True)
            fast = [w - 0.01 * d for w, d in zip(fast, g)]
        X, y = task.sample(10)
        total = total + F.mse_loss(forward(X, fast), y)
    for w, d in zip(weights, torch.autograd.grad(total, weights)):
        w.grad = d
    opt.step()
    if it % 2 == 0:
        print(it, total.item() / 3)
params = {k: v.detach() for k, v in model.named_parameters()}


def compute_loss(p, x, y):
    return F.mse_loss(functional_call(model, p, (x,)), y)


def adapted(p, xs, ys, xq, yq):
    g = grad(compute_loss)(p, xs, ys)
    return compute_loss({k: p[k] - 0.05 * g[k] for k in p}, xq, yq)


tasks = [Task() for _ in range(4)]
support, query = ([torch.stack(z) for z in zip(*[t.sample(5) for t in tasks])] for _ in range(2))
print(vmap(adapted, in_dims=(None, 0, 0, 0, 0))(params, *support, *query))
outer = grad(lambda p: vmap(adapted, (None, 0, 0, 0, 0))(p, *support, *query).mean())(params)
print({k: round(v.norm().item(), 4) for k, v in outer.items()})
per = vmap(grad(compute_loss), in_dims=(None, 0, 0))(params, support[0][0], support[1][0])
print({k: tuple(v.shape) for k, v in per.items()}, per["4.weight"].norm(dim=(1, 2)))
f, x = lambda x: (x**3).sum() + x.prod(), torch.tensor([1.0, 2.0, 3.0])
print(hessian(f)(x), jacrev(grad(f))(x), jacfwd(torch.sin)(x))
print(jvp(f, (x,), (torch.ones(3),)), vjp(torch.exp, x)[1](torch.ones(3)))
lr, w = torch.tensor(0.1, requires_grad=True), torch.tensor(3.0, requires_grad=True)
for _ in range(3):
    w = w - lr * torch.autograd.grad((w - 1) ** 2, w, create_graph=True)[0]
((w - 1) ** 2).backward()
print(w, lr.grad)
