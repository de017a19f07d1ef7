"""The names of the U.S. census as codes of letters, which a network can read."""

from __future__ import annotations

import string

import minitorch as torch
from minitorch.datasets import names
from minitorch.nn.utils.rnn import pad_sequence

KINDS = ("female", "male", "last")
LETTERS = string.ascii_lowercase
END = len(LETTERS)  # the code after those of the letters; then come those of the kinds
NOTHING = -100  # the target where a name is over and a longer one beside it is not


def encode(name: str, kind: int):
    """`Mary` as [kind, m, a, r, y, end]."""
    return torch.tensor([END + 1 + kind, *map(LETTERS.index, name.lower()), END])


def decode(codes: list[int]) -> str:
    """The name that ends where the first end is."""
    end = codes.index(END) if END in codes else len(codes)
    return "".join(LETTERS[c] for c in codes[:end]).capitalize()


def data(share: float):
    """Names with their kinds: those to learn from, and a share that is held out."""
    known: dict[str, list[int]] = {}
    for kind, words in enumerate(KINDS):
        for name in names(words):
            known.setdefault(name, []).append(kind)
    pairs = list(known.items())
    mixed = [pairs[i] for i in torch.randperm(len(pairs)).tolist()]
    cut = round(len(pairs) * share)
    return dict(mixed[cut:]), dict(mixed[:cut])


def collate(batch):
    """Names of several lengths side by side: their symbols, and what follows each."""
    inputs = pad_sequence([codes[:-1] for codes in batch], batch_first=True)
    targets = pad_sequence([codes[1:] for codes in batch], batch_first=True, padding_value=NOTHING)
    return inputs, targets
