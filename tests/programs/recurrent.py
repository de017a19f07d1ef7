"""An LSTM cell written with chunk and sigmoid, on a sequence it must remember."""

import torch
from torch import nn

torch.manual_seed(3)


class Cell(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.gates = nn.Linear(inputs + hidden, 4 * hidden)

    def forward(self, x, state):
        h, c = state
        i, f, g, o = self.gates(torch.cat((x, h), 1)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


cell, head = Cell(1, 12), nn.Linear(12, 1)
optimizer = torch.optim.Adam([*cell.parameters(), *head.parameters()], lr=0.02)
for epoch in range(40):
    x = torch.rand(20, 8, 1)
    target = x[:, :4].sum(dim=1)
    h = c = x.new_zeros(20, 12)
    outputs = []
    for step in x.unbind(1):
        h, c = cell(step, (h, c))
        outputs.append(h)
    loss = ((head(torch.stack(outputs, 1)[:, -1]) - target) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    total = torch.nn.utils.clip_grad_norm_(cell.parameters(), 0.5)
    optimizer.step()
    if epoch % 10 == 9:
        print(f"{epoch} {loss.item():.4f} {total.item():.4f}")
lengths = torch.tensor([8, 3, 5])
order = torch.argsort(lengths, descending=True)
mask = torch.arange(8)[None, :] < lengths[:, None]
print(order, mask.sum(1), mask.int())
