"""A training script as a user would write it, up to its first step: ``first_step.py LIBRARY``."""

import importlib
import sys

torch = importlib.import_module(sys.argv[1])
nn = torch.nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(32, 2), torch.randn(32, 1)

optimizer.zero_grad()
loss = nn.functional.mse_loss(model(x), y)
loss.backward()
optimizer.step()
print(loss.item())
