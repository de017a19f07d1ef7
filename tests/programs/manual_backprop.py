"""A character model with batch normalisation by hand; every gradient checked against backward()."""

import torch
import torch.nn.functional as F

names = "anna bella clara diana emma fiona greta hanna ida julia karla lena".split()
chars = ["."] + sorted(set("".join(names)))
index = {c: i for i, c in enumerate(chars)}
X, Y = [], []
for name in names:
    context = [0, 0, 0]
    for c in name + ".":
        X.append(context)
        Y.append(index[c])
        context = [*context[1:], index[c]]
X, Y = torch.tensor(X), torch.tensor(Y)
vocab, n = len(chars), 32
g = torch.Generator().manual_seed(2147483647)
C = torch.randn((vocab, 4), generator=g)
W1 = torch.randn((12, 20), generator=g) * (5 / 3) / 12**0.5
gain, bias = torch.randn((1, 20)) * 0.1 + 1.0, torch.zeros((1, 20))
W2 = torch.randn((20, vocab), generator=g) * 0.1
b2 = torch.randn(vocab, generator=g) * 0.1
parameters = [C, W1, gain, bias, W2, b2]
torch.manual_seed(0)
gain.copy_(torch.randn((1, 20)) * 0.1 + 1.0)
for p in parameters:
    p.requires_grad = True

ix = torch.randint(0, X.shape[0], (n,), generator=g)
Xb, Yb = X[ix], Y[ix]
emb = C[Xb]
cat = emb.view(n, -1)
pre = cat @ W1
mean = pre.mean(0, keepdim=True)
diff = pre - mean
var = 1 / (n - 1) * (diff**2).sum(0, keepdim=True)
inv = (var + 1e-5) ** -0.5
raw = diff * inv
h = torch.tanh(gain * raw + bias)
logits = h @ W2 + b2
loss = F.cross_entropy(logits, Yb)
for t in (logits, h, raw, inv, var, diff, mean, pre, cat, emb):
    t.retain_grad()
loss.backward()
print(f"{loss.item():.4f}")

dlogits = F.softmax(logits, 1)
dlogits[range(n), Yb] -= 1
dlogits /= n
dh = dlogits @ W2.T
dpre_act = (1.0 - h**2) * dh
draw = gain * dpre_act
dpre = (
    gain * inv / n * (n * dpre_act - dpre_act.sum(0) - n / (n - 1) * raw * (dpre_act * raw).sum(0))
)
demb = (dpre @ W1.T).view(emb.shape)
dC = torch.zeros_like(C)
dC.index_put_((Xb,), demb, accumulate=True)
for name, mine, t in (
    ("logits", dlogits, logits), ("h", dh, h), ("raw", draw, raw), ("pre", dpre, pre),
    ("emb", demb, emb), ("C", dC, C), ("W1", cat.T @ dpre, W1), ("b2", dlogits.sum(0), b2),
    ("gain", (raw * dpre_act).sum(0, keepdim=True), gain), ("W2", h.T @ dlogits, W2),
):  # fmt: skip
    close = torch.allclose(mine, t.grad, atol=1e-6)
    print(f"{name:7s} {close!s:5s} {t.grad.abs().max().item():.4f}")

for step in range(200):
    ix = torch.randint(0, X.shape[0], (n,), generator=g)
    hidden = torch.tanh(C[X[ix]].view(n, -1) @ W1 + bias)
    loss = F.cross_entropy(hidden @ W2 + b2, Y[ix])
    for p in parameters:
        p.grad = None
    loss.backward()
    for p in parameters:
        if p.grad is not None:
            p.data += -0.1 * p.grad
    if step % 50 == 49:
        print(step, f"{loss.item():.4f}")
for _ in range(4):
    out, context = [], [0, 0, 0]
    while len(out) < 12:
        probs = F.softmax(
            torch.tanh(C[torch.tensor([context])].view(1, -1) @ W1 + bias) @ W2 + b2, 1
        )
        i = torch.multinomial(probs, num_samples=1, generator=g).item()
        context = [*context[1:], i]
        out.append(chars[i])
        if i == 0:
            break
    print("".join(out))
