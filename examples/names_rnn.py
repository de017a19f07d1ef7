"""Make up names with a recurrent network that writes them letter by letter.

An LSTM reads the letters of a name so far and says how likely each letter is to follow, or the
end. A name's first symbol tells its kind (a woman's, a man's, a surname), so one network learns
all three, and the kind it is asked for is the symbol it begins with.
"""

from __future__ import annotations

import math

from common import figure, number, options, run, save
from spelling import END, KINDS, LETTERS, NOTHING, collate, data, decode, encode
from tqdm import trange

import minitorch as torch
from minitorch import nn
from minitorch.nn import functional as F
from minitorch.utils.data import DataLoader


class Writer(nn.Module):
    """Codes of names up to any letter in, scores of what follows each letter out."""

    def __init__(self, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.letter = nn.Embedding(END + 1 + len(KINDS), width // 4)
        self.lstm = nn.LSTM(width // 4, width, layers, batch_first=True, dropout=dropout)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, END + 1))

    def forward(self, codes, state=None):
        seen, state = self.lstm(self.letter(codes), state)
        return self.head(seen), state


def loss_of(model: Writer, inputs, targets):
    """The mean of -log p of the letters and ends, without what fills up."""
    scores, _ = model(inputs)
    return F.cross_entropy(scores.flatten(0, 1), targets.flatten(), ignore_index=NOTHING)


def train(model: Writer, examples, epochs: int, lr: float, batch_size: int) -> None:
    loader = DataLoader(examples, batch_size, shuffle=True, collate_fn=collate)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(loader))
    model.train()
    bar = trange(epochs, unit="epoch")
    for _ in bar:
        total = 0.0
        for inputs, targets in loader:
            loss = loss_of(model, inputs, targets)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item() / len(loader)
        bar.set_postfix(loss=f"{total:.3f}", refresh=False)


@torch.no_grad()
def judge(model: Writer, examples) -> float:
    """The loss in bits."""
    model.eval()
    inputs, targets = collate(examples)
    return loss_of(model, inputs, targets).item() / math.log(2)


def by_frequency(examples, tests) -> float:
    """What the loss is for who knows only how frequent each letter is."""
    shares = torch.cat([codes[1:] for codes in examples]).bincount(minlength=END + 1).float()
    letters = torch.cat([codes[1:] for codes in tests])
    return F.cross_entropy(shares.log().expand(len(letters), -1), letters).item() / math.log(2)


@torch.no_grad()
def write(model: Writer, kind: int, count: int, temperature: float, longest: int = 20):
    """Names of a kind, all at once, a letter of each at a time."""
    model.eval()
    codes = torch.full((count, 1), END + 1 + kind)
    state, made = None, []
    for _ in range(longest):
        scores, state = model(codes, state)
        codes = torch.multinomial((scores[:, -1] / temperature).softmax(1), 1)
        made.append(codes)
    return [decode(row) for row in torch.cat(made, 1).tolist()]


@torch.no_grad()
def plot(picture, model: Writer, examples) -> None:
    """Draw how likely each letter was at each place of names; dots are what came."""
    model.eval()
    for axes, (name, kind) in zip(picture.subplots(1, len(examples)), examples, strict=True):
        codes = encode(name, kind)
        scores, _ = model(codes[None, :-1])
        axes.imshow(scores[0].softmax(1).T.numpy(), cmap="Blues", vmin=0, vmax=1, aspect="auto")
        axes.plot(codes[1:].tolist(), ".", color="tab:orange", markersize=4)
        axes.set_yticks(range(END + 1), [*LETTERS, "end"], fontsize=7)
        axes.set_xticks(range(len(name) + 1), [*name.lower(), "end"], fontsize=9)
        axes.set_title(f"{name}, {KINDS[kind]}")


def main() -> None:
    args = options(
        __doc__, epochs=(12, "passes over the names"), lr=(0.003, "Adam's highest learning rate"),
        batch_size=(64, "names in a step"), width=(192, "LSTM's hidden units", number(int, 4)),
        layers=(2, "LSTMs, each over the one before"),
        dropout=(0.3, "share of numbers set to 0", number(float, 0, 1)),
        temperature=(0.8, "below 1, the likelier letters are likelier still", number(float, 0.01)),
    )  # fmt: skip
    if args.quick:
        args.epochs, args.width, args.lr = 1, 64, 0.01
    seen, held_out = data(0.1)
    examples, tests = (
        [encode(name, kind) for name, kinds in part.items() for kind in kinds]
        for part in (seen, held_out)
    )
    model = Writer(args.width, args.layers, args.dropout)
    train(model, examples, args.epochs, args.lr, args.batch_size)

    for kind, word in enumerate(KINDS):
        print(f"{word}:", *write(model, kind, 12, args.temperature))
    made = [name for kind in range(3) for name in write(model, kind, 400, args.temperature)]
    learned, real = (sum(name in part for name in made) for part in (seen, held_out))
    print(
        f"of {len(made)} made names: {len(made) - learned - real} new, {learned} learned, "
        f"{real} real ones that were held out"
    )
    print(
        f"held-out loss: {judge(model, tests):.3f} bits a letter (all alike "
        f"{math.log2(END + 1):.3f}, by frequency {by_frequency(examples, tests):.3f})"
    )
    if picture := figure(11, 5):
        plot(picture, model, [("Marianne", 0), ("Christopher", 1), ("Underwood", 2)])
        save(picture, args.out / "names_rnn.png")


if __name__ == "__main__":
    run(main)
