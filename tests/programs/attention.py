"""Scaled dot-product attention by hand, heads and all, trained to copy a token back."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1337)


class Heads(nn.Module):
    def __init__(self, dim, heads, length):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.proj = nn.Linear(dim, dim)
        self.register_buffer("mask", torch.tril(torch.ones(length, length)))

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(x).split(c, dim=2)
        q, k, v = (m.view(b, t, self.heads, c // self.heads).transpose(1, 2) for m in (q, k, v))
        scores = q @ k.transpose(-2, -1) * (c // self.heads) ** -0.5
        scores = scores.masked_fill(self.mask[:t, :t] == 0, float("-inf"))
        y = F.softmax(scores, dim=-1) @ v
        return self.proj(y.transpose(1, 2).contiguous().view(b, t, c))


class Net(nn.Module):
    def __init__(self, vocab=7, dim=16, length=6):
        super().__init__()
        self.tokens = nn.Parameter(torch.randn(vocab, dim) * 0.1)
        self.places = nn.Parameter(torch.randn(length, dim) * 0.1)
        self.attend = Heads(dim, 4, length)
        self.head = nn.Linear(dim, vocab)

    def forward(self, ids):
        x = self.tokens[ids] + self.places[torch.arange(ids.size(1))]
        return self.head(x + self.attend(x))


net = Net()
print(sum(p.numel() for p in net.parameters()), list(net.state_dict()))
opt = torch.optim.AdamW(net.parameters(), lr=3e-3)
for step in range(1, 101):
    ids = torch.randint(7, (16, 6))
    targets = torch.cat([ids[:, :1], ids[:, :-1]], dim=1)
    logits = net(ids)
    loss = F.cross_entropy(logits.view(-1, 7), targets.reshape(-1))
    opt.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
    if step % 20 == 0:
        print(step, f"{loss.item():.4f}")
net.eval()
with torch.no_grad():
    probs = torch.softmax(net(torch.tensor([[1, 2, 3]])), -1)
    print(probs.argmax(-1), torch.multinomial(probs[0], 2))
