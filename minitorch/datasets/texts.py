"""Words: names of people, and books to learn a language's letters from."""

from __future__ import annotations

import gzip
import os

_DATA = os.path.join(os.path.dirname(__file__), "data")
_BOOKS = ("alice", "as-you-like-it", "moby-dick")
_KINDS = ("female", "male", "last")


def names(kind: str = "first") -> list[str]:
    """Names of people as they were frequent in the U.S. census of 1990, the most frequent first.

    A name is written with the letters a to z, the first one capital (`Mcdonald`).

    Args:
        kind: `"female"` (4,275 names), `"male"` (1,219), both as `"first"` (5,163, without
            those given to both twice over), or `"last"` (5,000 surnames).

    Raises:
        ValueError: another kind.

    Source: U.S. Census Bureau, Frequently Occurring Surnames and First Names from the Census of
    1990; a work of the U.S. government, in the public domain. `data/README.md` tells more.

    Example:
        >>> names = torch.datasets.names("female")
        >>> len(names), names[:3]
        (4275, ['Mary', 'Patricia', 'Linda'])
    """
    if kind not in (*_KINDS, "first"):
        raise ValueError(
            f"datasets.names: there are 'first', 'female', 'male' and 'last', but not {kind!r}"
        )
    parts = dict(zip(_KINDS, (part.split()[1:] for part in _read("names").split("\n\n"))))
    if kind == "first":
        return list(dict.fromkeys(parts["female"] + parts["male"]))
    return parts[kind]


def text(book: str = "alice") -> str:
    """A book as one string of ASCII, lines and paragraphs apart as in print.

    Args:
        book: `"alice"`, Lewis Carroll's Alice's Adventures in Wonderland (1865; 143,170
            characters); `"as-you-like-it"`, Shakespeare's comedy (1623; 122,773), each speaker's
            name on a line before what is said; `"moby-dick"`, the first 49 chapters of Herman
            Melville's novel (1851; 478,148).

    Raises:
        ValueError: another book.

    All are in the public domain. `data/README.md` tells which copies these are.

    Example:
        >>> story = torch.datasets.text()
        >>> story[:31]
        'CHAPTER I\\n\\nDown the Rabbit-Hole'
        >>> letters = sorted(set(story))
        >>> codes = torch.tensor([letters.index(c) for c in story[:5]])
        >>> len(letters), codes
        (70, tensor([16, 21, 14, 29, 33]))
    """
    if book not in _BOOKS:
        raise ValueError(f"datasets.text: there are {', '.join(map(repr, _BOOKS))}, not {book!r}")
    return _read(book)


def _read(name: str) -> str:
    with gzip.open(os.path.join(_DATA, f"{name}.txt.gz"), "rt", encoding="ascii") as file:
        return file.read()
