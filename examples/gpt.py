"""Train a small GPT on a book, character by character, and let it write.

The network (transformer.py) predicts, at every place of a stretch of text at once, the character
that follows; it is trained on stretches from anywhere in the book, and judged on the last tenth of
it, which it has not seen.
"""

from __future__ import annotations

import math
import re
import sys

from common import figure, number, options, run, save
from tqdm import trange
from transformer import GPT

import minitorch as torch
from minitorch import nn
from minitorch.datasets import text
from minitorch.nn import functional as F
from minitorch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR


def loss_of(model: GPT, codes):
    """The mean of -log p of each character but the first of stretches (n, length + 1)."""
    return F.cross_entropy(model(codes[:, :-1]).flatten(0, 1), codes[:, 1:].flatten())


def schedule_of(optimizer, steps: int):
    """The learning rate rises over the first twentieth of the steps, then falls as a cosine."""
    rise = max(steps // 20, 1)
    lowest = optimizer.param_groups[0]["lr"] / 10
    parts = [
        LinearLR(optimizer, 0.01, total_iters=rise),
        CosineAnnealingLR(optimizer, max(steps - rise, 1), eta_min=lowest),
    ]
    return SequentialLR(optimizer, parts, [rise])


def train(model: GPT, codes, held_out, steps: int, lr: float, batch: int):
    """Train on stretches from anywhere; return (step, loss, held-out loss) on the way."""
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() == 1]  # biases and norms do not decay
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.99))
    schedule = schedule_of(optimizer, steps)
    stretches = codes.unfold(0, model.context + 1, 1)
    history, losses = [], []
    bar = trange(1, steps + 1, unit="step")
    for step in bar:
        loss = loss_of(model, stretches[torch.randint(len(stretches), (batch,))])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % max(steps // 40, 20) == 0 or step == steps:
            history.append((step, sum(losses) / len(losses), judge(model, held_out[:8000])))
            losses = []
            now = {"loss": f"{history[-1][1]:.3f}", "held_out": f"{history[-1][2]:.3f}"}
            bar.set_postfix(now, refresh=False)
    return history


@torch.no_grad()
def judge(model: GPT, codes) -> float:
    """The mean loss of the characters of a text, which is cut into stretches."""
    model.eval()
    stretches = codes.unfold(0, model.context + 1, model.context)
    losses = [loss_of(model, part).item() * len(part) for part in stretches.split(64)]
    model.train()
    return sum(losses) / len(stretches)


@torch.no_grad()
def surprise(model: GPT, codes):
    """-log p of each character that has a whole context before it."""
    model.eval()
    stretches = codes.unfold(0, model.context + 1, 1)
    scores = [model(part[:, :-1])[:, -1] for part in stretches.split(64)]
    return F.cross_entropy(torch.cat(scores), stretches[:, -1], reduction="none")


def words(passage: str) -> list[str]:
    return re.findall(r"[a-z]+", passage.lower())


def plot(picture, history, marks, passage: str, surprises) -> None:
    """Draw the losses, and a passage with how surprising each of its characters was."""
    left, right = picture.subplots(1, 2, width_ratios=(2, 3))
    steps, losses, held_out = zip(*history, strict=True)
    left.plot(steps, losses, label="training")
    left.plot(steps, held_out, label="held-out")
    for style, (name, mark) in zip((":", "--"), marks.items(), strict=True):
        left.axhline(mark, color="gray", linestyle=style, label=name)
    left.set(title="-log p of a character", xlabel="step")
    left.legend()

    lines = passage.splitlines(keepends=True)
    cells = torch.zeros(len(lines), max(map(len, lines)))
    parts = surprises.split([len(line) for line in lines])
    for row, (line, part) in enumerate(zip(lines, parts, strict=True)):
        cells[row, : len(line)] = part
        for column, letter in enumerate(line.rstrip()):
            right.text(column, row, letter, ha="center", va="center", fontsize=8)
    right.imshow(cells.numpy(), cmap="Reds", vmin=0, vmax=8, aspect="auto")
    right.set(title="Held-out text: the redder, the less expected")
    right.set_axis_off()


def main() -> None:
    args = options(
        __doc__, book=("alice", "what it reads", ["alice", "as-you-like-it", "moby-dick"]),
        steps=(2400, "of training"), lr=(0.002, "AdamW's highest learning rate"),
        batch_size=(16, "stretches in a step"), width=(128, "numbers for a character"),
        context=(64, "characters it can look back to", number(int, 1, 1024)),
        layers=(4, "blocks"), heads=(4, "of attention, in a block; they share the width"),
        dropout=(0.1, "share of numbers set to 0", number(float, 0, 1)),
        length=(600, "characters to write"),
        temperature=(0.8, "below 1, the likelier is likelier", number(float, 0.01)),
    )  # fmt: skip
    if args.quick:
        args.steps, args.context, args.width, args.layers, args.length = 120, 32, 64, 2, 200
    if args.width % args.heads:
        sys.exit(f"gpt.py: error: --width {args.width} cannot be shared by --heads {args.heads}")
    book = text(args.book)
    letters = sorted(set(book))
    codes = torch.tensor([letters.index(letter) for letter in book])
    end = len(codes) * 9 // 10
    seen, held_out = codes[:end], codes[end:]
    model = GPT(len(letters), args.context, args.width, args.heads, args.layers, args.dropout)
    history = train(model, seen, held_out, args.steps, args.lr, args.batch_size)

    shares = (seen.bincount(minlength=len(letters)) + 1).float()
    by_frequency = F.cross_entropy(shares.log().expand(len(held_out), -1), held_out).item()
    marks = {"all alike": math.log(len(letters)), "by frequency": by_frequency}
    start = torch.tensor([letters.index("\n")])
    sample = "".join(letters[i] for i in model.write(start, args.length, args.temperature))
    vocabulary, made = set(words(book)), words(sample)
    print(sample.strip(), end="\n\n")
    print(f"words that the book has: {sum(w in vocabulary for w in made)} of {len(made)}")
    guesses = ", ".join(f"{name} {mark:.3f}" for name, mark in marks.items())
    print(f"held-out loss: {judge(model, held_out):.3f} nats a character ({guesses})")
    if picture := figure(13, 4.5):
        shown = held_out[: args.context + 700]
        passage = "".join(letters[i] for i in shown[args.context :])
        plot(picture, history, marks, passage, surprise(model, shown))
        save(picture, args.out / "gpt.png")


if __name__ == "__main__":
    run(main)
