"""A cubic fitted to a sine, four times: by hand, by backward(), by a Function, by nn and optim."""

import math

import torch

torch.manual_seed(0)
x = torch.linspace(-math.pi, math.pi, 400)
y = torch.sin(x)

a, b, c, d = (torch.randn(()) for _ in range(4))
for t in range(1, 301):
    pred = a + b * x + c * x**2 + d * x**3
    if t % 100 == 0:
        print("by hand", t, f"{(pred - y).pow(2).sum().item():.4f}")
    grad = 2.0 * (pred - y)
    a -= 1e-6 * grad.sum()
    b -= 1e-6 * (grad * x).sum()
    c -= 1e-6 * (grad * x**2).sum()
    d -= 1e-6 * (grad * x**3).sum()
print(f"y = {a.item():.4f} + {b.item():.4f} x + {c.item():.4f} x^2 + {d.item():.4f} x^3")

weights = [torch.randn((), requires_grad=True) for _ in range(4)]
for t in range(1, 301):
    loss = (sum(w * x**k for k, w in enumerate(weights)) - y).pow(2).sum()
    if t % 100 == 0:
        print("backward", t, f"{loss.item():.4f}")
    loss.backward()
    with torch.no_grad():
        for w in weights:
            w -= 1e-6 * w.grad
            w.grad = None


class LegendrePolynomial3(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


P3 = LegendrePolynomial3.apply
a = torch.full((), 0.0, requires_grad=True)
b = torch.full((), -1.0, requires_grad=True)
c = torch.full((), 0.0, requires_grad=True)
d = torch.full((), 0.3, requires_grad=True)
for t in range(1, 301):
    loss = (a + b * P3(c + d * x) - y).pow(2).sum()
    if t % 100 == 0:
        print("Function", t, f"{loss.item():.4f}")
    loss.backward()
    with torch.no_grad():
        for w in (a, b, c, d):
            w -= 5e-6 * w.grad
            w.grad = None
print(P3(torch.tensor([0.5], requires_grad=True)))

xx = x.unsqueeze(-1).pow(torch.tensor([1, 2, 3]))
model = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
loss_fn = torch.nn.MSELoss(reduction="sum")
for t in range(1, 301):
    loss = loss_fn(model(xx), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if t % 100 == 0:
        print("nn", t, f"{loss.item():.4f}")
print(model, [tuple(p.shape) for p in model.parameters()])
