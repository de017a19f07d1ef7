"""Names told apart by a packed LSTM, words reversed by a GRU encoder and decoder, text by an RNN."""

import torch
from torch import nn
from torch.nn.utils.rnn import (
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
)

torch.manual_seed(11)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
code = {letter: i + 3 for i, letter in enumerate(LETTERS)}
PAD, BEGIN, END = 0, 1, 2
FRENCH = "moreau lambert girard dupont leroy fournier bonnet rousseau vincent".split()
ITALIAN = "rossi russo ferrari esposito bianchi romano colombo ricci marino".split()
JAPANESE = "sato suzuki takahashi tanaka watanabe ito yamamoto nakamura kato".split()


def encode(word):
    return torch.tensor([code[letter] for letter in word])


class Namer(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.embed = nn.Embedding(len(LETTERS) + 3, 12, padding_idx=PAD)
        self.lstm = nn.LSTM(12, 16, num_layers=2, bidirectional=True, dropout=0.2, batch_first=True)
        self.head = nn.Linear(32, classes)

    def forward(self, words, lengths):
        lengths, order = lengths.sort(descending=True, stable=True)
        packed = pack_padded_sequence(self.embed(words[order]), lengths, batch_first=True)
        _, (h, _) = self.lstm(packed)
        h = h[:, torch.argsort(order)]
        return self.head(torch.cat((h[-2], h[-1]), dim=1))


words = [encode(word) for word in FRENCH + ITALIAN + JAPANESE]
labels = torch.arange(3).repeat_interleave(9)
lengths = torch.tensor([len(word) for word in words])
padded = pad_sequence(words, batch_first=True)
namer = Namer(3)
print(namer, sum(p.numel() for p in namer.parameters()))
optimizer = torch.optim.Adam(namer.parameters(), lr=0.02)
for epoch in range(25):
    order = torch.randperm(27)[:18]
    loss = nn.functional.cross_entropy(namer(padded[order], lengths[order]), labels[order])
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(namer.parameters(), 1.0)
    optimizer.step()
    if epoch % 8 == 0:
        print(f"names {epoch} {loss.item():.3f}")
namer.eval()
with torch.no_grad():
    print("right", (namer(padded, lengths).argmax(1) == labels).sum().item())


class Encoder(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.embed = nn.Embedding(29, 10)
        self.gru = nn.GRU(10, hidden, bidirectional=True)
        self.bridge = nn.Linear(2 * hidden, hidden)

    def forward(self, source, lengths):
        packed = pack_padded_sequence(self.embed(source), lengths, enforce_sorted=False)
        outputs, state = self.gru(packed)
        outputs, counts = pad_packed_sequence(outputs)
        return outputs, torch.tanh(self.bridge(torch.cat((state[0], state[1]), 1))), counts


class Decoder(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.embed = nn.Embedding(29, 10)
        self.query = nn.Linear(hidden, 2 * hidden, bias=False)
        self.cell = nn.GRUCell(10 + 2 * hidden, hidden)
        self.out = nn.Linear(hidden, 29)

    def forward(self, token, state, memory, mask):
        scores = (memory * self.query(state)).sum(-1).masked_fill(~mask, float("-inf"))
        context = (torch.softmax(scores, 0).unsqueeze(-1) * memory).sum(0)
        state = self.cell(torch.cat((self.embed(token), context), 1), state)
        return self.out(state), state


encoder, decoder = Encoder(24), Decoder(24)
parameters = [*encoder.parameters(), *decoder.parameters()]
optimizer = torch.optim.Adam(parameters, lr=0.02)
pairs = [(word[:5], torch.cat((word[:5].flip(0), torch.tensor([END])))) for word in words]
source = pad_sequence([a for a, _ in pairs])
target = pad_sequence([b for _, b in pairs])
counts = torch.tensor([len(a) for a, _ in pairs])
mask = torch.arange(source.shape[0])[:, None] < counts
for epoch in range(20):
    memory, state, found = encoder(source, counts)
    token = torch.full((27,), BEGIN)
    loss = 0.0
    for wanted in target:
        logits, state = decoder(token, state, memory, mask)
        loss = loss + nn.functional.cross_entropy(logits, wanted, ignore_index=PAD)
        token = wanted
    optimizer.zero_grad()
    loss.backward()
    total = nn.utils.clip_grad_norm_(parameters, 5.0)
    optimizer.step()
    if epoch % 6 == 0:
        print(f"reversed {epoch} {loss.item() / len(target):.3f} {total.item():.3f}")
print(bool((found == counts).all()), memory.shape)

text = torch.tensor([code[c] for c in "thequickbrownfoxjumpsoverthelazydog" * 3])
rnn, out = nn.RNN(29, 20, nonlinearity="relu"), nn.Linear(20, 29)
optimizer = torch.optim.SGD([*rnn.parameters(), *out.parameters()], lr=0.3, momentum=0.5)
hidden = None
for i in range(30):
    start = (i * 15) % 90
    chunk = nn.functional.one_hot(text[start : start + 16], 29).float()
    y, hidden = rnn(chunk[:-1], hidden)
    hidden = hidden.detach()
    loss = nn.functional.cross_entropy(out(y), text[start + 1 : start + 16])
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(rnn.parameters(), 1.0)
    optimizer.step()
print(f"text {loss.item():.3f} {hidden.norm().item():.3f}")
packed = pack_sequence([torch.arange(n) for n in (4, 2, 1)])
print(packed, unpack_sequence(packed))
cell = nn.LSTMCell(3, 2)
state = None
for x in torch.linspace(-1, 1, 12).reshape(4, 1, 3):
    state = cell(x, state)
print(cell, state[0].detach(), sorted(cell.state_dict()))
