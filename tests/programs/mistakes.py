"""What people get wrong: the type of the error, or what comes out where there is none."""

import torch
import torch.nn as nn  # noqa: F401
import torch.nn.functional as F  # noqa: F401

a, b, v, i = torch.ones(2, 3), torch.ones(4, 5), torch.ones(3), torch.tensor([0, 1])
leaf = torch.ones(2, requires_grad=True)
TRIALS = """
a + b; a @ b; torch.mm(a, v); torch.dot(a, a); a.view(4, 2); a.t().view(-1); a.reshape(-1, 4)
torch.cat([a, b]); torch.stack([a, b]); torch.stack([]); a.sum(2); a[5]; a[:, :, 0]; v[::-1]
v[torch.tensor([7])]; v[torch.tensor([0.5])]; torch.tensor(1)[0]; a.item(); float(a); bool(a)
a @ a.T.double(); torch.ones(2, dtype=torch.long).add_(0.5); i.div_(2); v.add_(a); i.mean()
i.softmax(0); i.exp(); F.cross_entropy(a, torch.tensor([0, 5])); F.cross_entropy(a, i[:1])
F.nll_loss(a, torch.tensor([0.0, 1.0])); nn.Linear(4, 2)(a); nn.Linear(3, 2)(a.long())
F.one_hot(torch.tensor([0, 3]), 2); a.gather(1, torch.tensor([[3]])); a.expand(2, 4); a.squeeze(5)
a.permute(0, 0); a.chunk(0); a.split([1, 2, 3]); v.topk(9); torch.multinomial(v, 5)
torch.multinomial(torch.tensor([-1.0, 2.0]), 1); torch.randint(5, 5, (1,)); torch.zeros(-1)
torch.tensor([[1, 2], [3]]); torch.tensor("abc"); torch.tensor([1, "a"]); torch.tensor(None)
torch.tensor(["a"]); torch.tensor([1, None]); torch.arange(0, 5, -1); torch.linspace(0, 1, -2)
torch.einsum("ij,jk", a, b); torch.bmm(a, b); torch.linalg.cholesky(a); torch.where(a, a, b)
a[torch.ones(3, 3).bool()]; a.masked_fill(a, 0); a.foo; torch.foo; a(); a.sum(foo=1); a + "x"
torch.zeros(2, foo=1); len(torch.tensor(1)); list(torch.tensor(1)); 1 in v; a + None; a + [1, 2]
a == None; a << 1; a & a; torch.tensor([True]) - torch.tensor([True]); torch.tensor([2]) ** -1
i // 0; v / 0; v % 0; torch.tensor([]).max(); torch.tensor([]).sum(); torch.tensor([]).mean()
leaf.numpy(); leaf.add_(1); leaf.mul(2).backward(); v.sum().backward(); i.requires_grad_()
torch.autograd.grad(leaf.sum(), v); leaf.exp().add_(1).sum().backward(); leaf.view(-1).zero_()
setattr(leaf, "grad", torch.ones(3)); torch.optim.SGD([], lr=0.1); torch.optim.SGD([v], lr=-1)
torch.optim.SGD(v, lr=0.1); torch.optim.Adam([leaf * 2]); nn.Sequential(1); nn.ModuleList([1])
nn.Module()(1); nn.Dropout(1.5); nn.Module().register_parameter("a", v); torch.from_numpy([1])
torch.add(leaf, 1, out=torch.ones(2)); a.to("foo"); a.repeat(2); a.flip(3); i.norm(); a.inverse()
torch.linalg.solve(torch.eye(2), v); v.quantile(2.0); v.unfold(0, 5, 1); torch.complex(v, i)
torch.load("nowhere.pt"); v.cuda(); torch.device("foo"); nn.init.xavier_uniform_(v); v["a"]
torch.linalg.inv(torch.zeros(2, 2)); leaf.sum().backward(torch.ones(2)); v.resize(2, 2); a.T.T[2]
"""
for trial in TRIALS.replace(";", "\n").split("\n"):
    try:
        print(trial.strip(), "gives", eval(trial.strip() or "None"))
    except Exception as error:
        kind = next(t for t in type(error).__mro__ if t.__module__ == "builtins")
        print(trial.strip(), kind.__name__)
