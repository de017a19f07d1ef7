"""Rules of one's own: Function in both styles, straight-through, sorting, checks, errors."""

import torch
from torch.autograd import Function, gradcheck, gradgradcheck
from torch.autograd.function import once_differentiable


class Legendre(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return 0.5 * (5 * x**3 - 3 * x)

    @staticmethod
    def backward(ctx, g):
        return g * 1.5 * (5 * ctx.saved_tensors[0] ** 2 - 1)


class Linear(Function):
    @staticmethod
    def forward(x, weight, bias):
        return x.mm(weight.t()) + bias.unsqueeze(0)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs[:2])

    @staticmethod
    def backward(ctx, g):
        x, weight = ctx.saved_tensors
        return g.mm(weight) if ctx.needs_input_grad[0] else None, g.t().mm(x), g.sum(0)


class Straight(Function):
    forward = staticmethod(lambda ctx, x: (x > 0).float())
    backward = staticmethod(lambda ctx, g: torch.clamp(g, -1, 1))


class Sorted(Function):
    @staticmethod
    def forward(ctx, x):
        values, ctx.index = x.sort()
        ctx.mark_non_differentiable(ctx.index)
        return values, ctx.index

    @staticmethod
    @once_differentiable
    def backward(ctx, g, _):
        return torch.zeros_like(g).index_add_(0, ctx.index, g)


class Bad(Function):
    forward = staticmethod(lambda ctx, x, y: x * y)
    backward = staticmethod(lambda ctx, g: g)


torch.manual_seed(0)
x = torch.randn(4, requires_grad=True)
print(Legendre.apply(x), torch.autograd.functional.hessian(lambda x: Legendre.apply(x).sum(), x))
args = [torch.randn(*n, dtype=torch.double, requires_grad=True) for n in ((5, 4), (3, 4), (3,))]
print(gradcheck(Linear.apply, args), gradgradcheck(Linear.apply, args), Linear.apply(*args)[0])
print(torch.autograd.grad(Straight.apply(x) @ torch.tensor([3.0, 0.5, -2.0, 1.0]), x))
values, index = Sorted.apply(x)
print(values, index, torch.autograd.grad(values @ torch.arange(4.0), x), values.grad_fn.name())
twice = lambda: torch.autograd.grad(Sorted.apply(x)[0].pow(2).sum(), x, create_graph=True)[0]
for f in (lambda: Bad.apply(x, x), twice):
    try:
        f().sum().backward()
    except RuntimeError as error:
        print(type(error).__name__, str(error)[:40])
