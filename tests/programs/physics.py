"""A spectrum, a heat equation, a net that solves y'' = -y, and a pendulum by symplectic steps."""

import math

import torch
from torch.func import functional_call, grad, vmap

torch.manual_seed(5)
t = torch.arange(64) / 64
signal = torch.sin(2 * math.pi * 5 * t) + 0.5 * torch.cos(2 * math.pi * 12 * t)
spectrum = torch.fft.rfft(signal)
print(spectrum.abs().topk(2).indices, torch.fft.rfftfreq(64, 1 / 64)[[5, 12]])
print(torch.allclose(torch.fft.irfft(spectrum, n=64), signal, atol=1e-5))

u = torch.zeros(20)
u[8:12] = 1.0
for _ in range(50):
    u[1:-1] += 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
print(u[::4], u.unfold(0, 5, 5).mean(1))

net = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
params = {k: v for k, v in net.named_parameters()}


def y(params, x):
    return functional_call(net, params, (x.reshape(1, 1),)).squeeze()


def residual(params, x):
    return grad(grad(y, 1), 1)(params, x) + y(params, x)


optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.linspace(0, 1, 16)
for step in range(60):
    inside = vmap(residual, (None, 0))(params, x).pow(2).mean()
    start = y(params, torch.tensor(0.0)).pow(2) + (grad(y, 1)(params, torch.tensor(0.0)) - 1) ** 2
    loss = inside + start
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 20 == 19:
        print(step, f"{loss.item():.4f}")

q, p = torch.tensor(1.0, requires_grad=True), torch.tensor(0.0)
angle, speed = q, p
for _ in range(100):
    speed = speed - 0.05 * torch.sin(angle)
    angle = angle + 0.05 * speed
angle.backward()
print(f"{angle.item():.4f} {q.grad.item():.4f}")
A = torch.tensor([[4.0, 1.0], [1.0, 3.0]])
print(torch.linalg.solve(A, torch.tensor([1.0, 2.0])), torch.linalg.det(A), torch.trace(A))
print(torch.matrix_exp(torch.tensor([[0.0, -math.pi / 3], [math.pi / 3, 0.0]])))
print(torch.linalg.norm(A), torch.linalg.cholesky(A), torch.linalg.lstsq(A, A @ A).solution)
