"""Names from a table of bigrams, from a net of one layer, and from an MLP with a batch norm."""

import torch
import torch.nn.functional as F

words = "emma olivia ava isabella sophia charlotte mia amelia harper evelyn abigail ella".split()
chars = sorted(set("".join(words)))
stoi = {s: i + 1 for i, s in enumerate(chars)}
stoi["."] = 0
itos = {i: s for s, i in stoi.items()}
V = len(stoi)
pairs = [(stoi[a], stoi[b]) for w in words for a, b in zip("." + w, w + ".")]
N = torch.zeros((V, V), dtype=torch.int32)
for a, b in pairs:
    N[a, b] += 1
print(N[0], N[0].sum(), N.dtype)
g = torch.Generator().manual_seed(2147483647)
P = (N + 1).float()
P /= P.sum(1, keepdim=True)
for _ in range(4):
    out, ix = [], 0
    while True:
        ix = torch.multinomial(P[ix], num_samples=1, replacement=True, generator=g).item()
        out.append(itos[ix])
        if ix == 0:
            break
    print("".join(out))
log_likelihood = sum(torch.log(P[a, b]) for a, b in pairs)
print(f"{log_likelihood=}", f"{-log_likelihood / len(pairs)}")
xs, ys = torch.tensor(pairs).unbind(1)
W = torch.randn((V, V), generator=g, requires_grad=True)
for k in range(16):
    counts = (F.one_hot(xs, num_classes=V).float() @ W).exp()
    probs = counts / counts.sum(1, keepdims=True)
    loss = -probs[torch.arange(xs.nelement()), ys].log().mean() + 0.01 * (W**2).mean()
    W.grad = None
    loss.backward()
    W.data += -50 * W.grad
    if k % 5 == 0:
        print(k, loss.item())
context = [([0, 0] + [stoi[c] for c in w])[i : i + 2] for w in words for i in range(len(w) + 1)]
X, Y = torch.tensor(context), torch.tensor([stoi[c] for w in words for c in w + "."])
C, W1 = torch.randn((V, 3), generator=g), torch.randn((6, 24), generator=g) * (5 / 3) / 6**0.5
W2, b2 = torch.randn((24, V), generator=g) * 0.01, torch.zeros(V)
gain, bias = torch.ones((1, 24)), torch.zeros((1, 24))
mean, std = torch.zeros((1, 24)), torch.ones((1, 24))
parameters = [C, W1, W2, b2, gain, bias]
for p in parameters:
    p.requires_grad = True
for i in range(30):
    ix = torch.randint(0, X.shape[0], (16,), generator=g)
    pre = C[X[ix]].view(-1, 6) @ W1
    m, s = pre.mean(0, keepdim=True), pre.std(0, keepdim=True)
    h = torch.tanh(gain * (pre - m) / s + bias)
    with torch.no_grad():
        mean, std = 0.9 * mean + 0.1 * m, 0.9 * std + 0.1 * s
    loss = F.cross_entropy(h @ W2 + b2, Y[ix])
    for p in parameters:
        p.grad = None
    loss.backward()
    for p in parameters:
        p.data += -(0.1 if i < 20 else 0.01) * p.grad
    if i % 10 == 0:
        print(f"{i:7d}/{30:7d}: {loss.item():.4f}")
print(C.grad.abs().sum(1), mean[0, :4], (h.abs() > 0.97).float().mean())
with torch.no_grad():
    h = torch.tanh(gain * (C[X].view(-1, 6) @ W1 - mean) / std + bias)
    print(F.cross_entropy(h @ W2 + b2, Y), F.softmax(h[:2] @ W2 + b2, dim=1).argmax(1))
