"""The second lesson: gradients, graphs, hooks, modes, Jacobians."""

import torch

x = torch.tensor([2.0, 3.0], requires_grad=True)
y = x * x * 3
z = y.mean()
print(y, z, z.grad_fn is not None, x.is_leaf, y.is_leaf, y.requires_grad)
z.backward()
print(x.grad)
x.grad.zero_()
y = x**3
y.backward(torch.tensor([1.0, 0.1]))
print(x.grad)

w = torch.tensor([[1.0, -1.0], [0.5, 2.0]], requires_grad=True)
b = torch.zeros(2, requires_grad=True)
out = torch.relu(x @ w + b)
out.register_hook(lambda g: g * 2)
out.retain_grad()
loss = out.sum()
loss.backward()
print(w.grad, b.grad, out.grad)
print(loss.grad_fn, loss.grad_fn.next_functions[0][0].name())

with torch.no_grad():
    print((x * 2).requires_grad)
print(x.detach().requires_grad, torch.is_grad_enabled())
try:
    loss.backward()
except RuntimeError as error:
    print("RuntimeError:", str(error)[:60])
try:
    (x * 2).backward()
except RuntimeError as error:
    print("RuntimeError:", str(error)[:53])

a = torch.tensor(2.0, requires_grad=True)
(g1,) = torch.autograd.grad(a**4, a, create_graph=True)
(g2,) = torch.autograd.grad(g1, a, create_graph=True)
(g3,) = torch.autograd.grad(g2, a)
print(g1.item(), g2.item(), g3.item())


def f(x):
    return torch.stack([x[0] ** 2 + x[1], x.prod()])


v = torch.tensor([3.0, 4.0])
print(torch.autograd.functional.jacobian(f, v))
print(torch.autograd.functional.hessian(lambda x: (x**3).sum() + x.prod(), v))
print(torch.func.jacrev(f)(v), torch.func.vmap(torch.func.grad(lambda x: x**2))(v))
print(torch.func.jvp(f, (v,), (torch.ones(2),)))

m = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
print(torch.autograd.gradcheck(lambda m: torch.linalg.inv(m @ m.T + torch.eye(3)), (m,)))
base = torch.ones(2, 2, requires_grad=True)
copy = base.clone()
view = copy[0]
view.mul_(torch.tensor([2.0, 3.0]))
copy.pow(2).sum().backward()
print(base.grad)
try:
    base[0] = 5
except RuntimeError as error:
    print(type(error).__name__)
