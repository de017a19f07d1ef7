"""A Transformer learns to turn sequences round, then writes some by itself; and a small GPT."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import Transformer

torch.manual_seed(0)
PAD, BOS, EOS, VOCAB = 0, 1, 2, 9


class PositionalEncoding(nn.Module):
    def __init__(self, size, dropout, maxlen=50):
        super().__init__()
        den = torch.exp(-torch.arange(0, size, 2) * math.log(10000) / size)
        pos = torch.arange(0, maxlen).reshape(maxlen, 1)
        table = torch.zeros((maxlen, size))
        table[:, 0::2] = torch.sin(pos * den)
        table[:, 1::2] = torch.cos(pos * den)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("table", table.unsqueeze(-2))

    def forward(self, x):
        return self.dropout(x + self.table[: x.size(0), :])


class Seq2Seq(nn.Module):
    def __init__(self, size=16):
        super().__init__()
        self.size = size
        self.transformer = Transformer(size, 4, 1, 2, 32, dropout=0.1)
        self.embed = nn.Embedding(VOCAB, size)
        self.positions = PositionalEncoding(size, 0.1)
        self.generator = nn.Linear(size, VOCAB)

    def look_up(self, ids):
        return self.positions(self.embed(ids) * math.sqrt(self.size))

    def forward(self, src, tgt):
        mask = Transformer.generate_square_subsequent_mask(tgt.size(0))
        hidden, target_hidden = (ids.eq(PAD).T for ids in (src, tgt))
        out = self.transformer(
            self.look_up(src), self.look_up(tgt), None, mask.bool(), None,
            hidden, target_hidden, hidden,
        )  # fmt: skip
        return self.generator(out)


def batch(count):
    sources, targets = [], []
    for _ in range(count):
        word = torch.randint(3, VOCAB, (int(torch.randint(2, 6, (1,))),))
        sources.append(F.pad(word, (0, 5 - len(word)), value=PAD))
        turned = torch.cat([torch.tensor([BOS]), word.flip(0), torch.tensor([EOS])])
        targets.append(F.pad(turned, (0, 5 - len(word)), value=PAD))
    return torch.stack(sources, 1), torch.stack(targets, 1)


net = Seq2Seq()
for p in net.parameters():
    if p.dim() > 1:
        nn.init.xavier_uniform_(p)
print(sum(p.numel() for p in net.parameters()), len(net.state_dict()))
criterion = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=0.1)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 20))
for step in range(60):
    src, tgt = batch(16)
    logits = net(src, tgt[:-1])
    loss = criterion(logits.reshape(-1, VOCAB), tgt[1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    if step % 10 == 9:
        print(step + 1, f"{loss.item():.4f}")

net.eval()
with torch.no_grad():
    src, _ = batch(1)
    ids = torch.full((1, 1), BOS)
    for _ in range(4):
        ids = torch.cat([ids, net(src, ids)[-1:].argmax(-1)])
    print(src.T.tolist(), ids.T.tolist())


class Block(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.c_attn, self.c_proj = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.mlp = nn.Sequential(nn.Linear(size, 4 * size), nn.GELU(), nn.Linear(4 * size, size))

    def forward(self, x):
        B, T, C = x.size()
        parts = self.c_attn(self.ln_1(x)).split(C, dim=2)
        q, k, v = (part.view(B, T, self.heads, C // self.heads).transpose(1, 2) for part in parts)
        p = 0.1 if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=p, is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, size=24, length=16):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCAB, size), nn.Embedding(length, size)
        self.h = nn.ModuleList([Block(size, 4) for _ in range(2)])
        self.ln_f = nn.LayerNorm(size)
        self.lm_head = nn.Linear(size, VOCAB, bias=False)
        self.wte.weight = self.lm_head.weight
        self.apply(self.draw)

    def draw(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.size(1)))
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


gpt = GPT()
decay = [p for p in gpt.parameters() if p.dim() >= 2]
rest = [p for p in gpt.parameters() if p.dim() < 2]
groups = [{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95))
text = (torch.arange(400) * torch.arange(400)) % VOCAB
for step in range(100):
    starts = torch.randint(len(text) - 17, (8,))
    x = torch.stack([text[i : i + 16] for i in starts])
    y = torch.stack([text[i + 1 : i + 17] for i in starts])
    loss = F.cross_entropy(gpt(x).view(-1, VOCAB), y.view(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(gpt.parameters(), 1.0)
    optimizer.step()
    if step % 20 == 19:
        print(step + 1, f"{loss.item():.4f}")
gpt.eval()
ids = text[:4].unsqueeze(0)
with torch.no_grad():
    for _ in range(12):
        logits = gpt(ids[:, -16:])[:, -1] / 0.5
        best, _ = torch.topk(logits, 3)
        logits[logits < best[:, [-1]]] = -float("inf")
        ids = torch.cat((ids, torch.multinomial(F.softmax(logits, dim=-1), 1)), dim=1)
print(ids.tolist())
