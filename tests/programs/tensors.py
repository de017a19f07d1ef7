"""The first lesson: making tensors, looking at them, indexing, joining, sharing with NumPy."""

import numpy as np
import torch

print(torch.tensor([[1, 2], [3, 4]]), torch.tensor([0.1, 1e-3, 100.0]), torch.tensor(7))
print(torch.from_numpy(np.arange(4.0)), torch.ones_like(torch.tensor([[1, 2], [3, 4]])))
torch.manual_seed(1)
print(torch.rand(2, 3), torch.randn(3), torch.randint(0, 10, (2, 4)), torch.randperm(6))
t = torch.arange(12.0).reshape(3, 4)
print(t.shape, t.dtype, t.device, t.numel(), t.stride(), t.size(-1), t.dim())
t[:, 1] = 0
print(t[0], t[:, -1], t[..., 0], t[t > 5], t[[0, 2]], t[1:, ::2], t[None].shape)
print(torch.cat([t, t], dim=1).shape, torch.stack([t, t]).shape, torch.chunk(t, 2, dim=1)[0])
print(t @ t.T, t * t, t.sum(), t.sum().item(), t.mean(dim=0), t.std(dim=1, keepdim=True))
print(t.add_(5), t.max(), t.max(dim=1), t.argmin(dim=0), t.clamp(min=6, max=14))
n = t.numpy()
n += 1
print(t[0], n.dtype, torch.equal(t, torch.as_tensor(n)))
print(t.view(-1)[:3], t.view(2, -1).shape, t.t().is_contiguous(), t.unsqueeze(0).squeeze().shape)
print(torch.linspace(0, 1, 5), torch.eye(3), torch.full((2, 2), 7), torch.zeros(2, 0))
print(torch.tensor([1.5, float("nan"), float("inf")]), torch.tensor([True, False]))
print(torch.tensor([1, 2]) / 2, torch.tensor([7, -7]) // 2, torch.tensor([7, -7]) % 3)
print((torch.tensor([1, 2]) + 1.5).dtype, (torch.tensor([1]) + torch.tensor([1.0]).half()).dtype)
print(torch.where(t > 10, t, torch.zeros(())), torch.sort(torch.tensor([3, 1, 2]), descending=True))
print(torch.topk(torch.tensor([3.0, 1.0, 2.0, 5.0]), 2), torch.unique(torch.tensor([2, 1, 2, 3])))
print(torch.einsum("ij,kj->ik", t, t), torch.tril(torch.ones(3, 3)), torch.cumsum(t, 1)[0])
values, counts = torch.unique(torch.tensor([1, 1, 5]), return_counts=True)
print(values, counts, torch.bincount(torch.tensor([0, 1, 1])), torch.isnan(t).any().item())
print(torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij"), torch.outer(t[0], t[1]))
for wrong in (lambda: t @ t, lambda: t.view(5), lambda: t[5], lambda: torch.cat([t, t[:, :1]])):
    try:
        wrong()
    except (RuntimeError, IndexError) as error:
        print(type(error).__name__)
big = torch.arange(10000.0).reshape(100, 100)
print(big)
print(torch.randn(3, 3, dtype=torch.float64), torch.tensor([1 + 2j, 3.5 - 1j]), torch.Size([2, 3]))
torch.set_printoptions(precision=2, sci_mode=False)
print(torch.rand(2, 2) * 1000)
torch.set_printoptions(profile="default")
