"""safetensors files go both ways between minitorch and the package safetensors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch
from minitorch import safetensors as ours
from tests.test_safetensors import DAMAGED

torch = pytest.importorskip("torch")
theirs = pytest.importorskip("safetensors.torch")

NAMES = (
    "uint8 int8 int16 int32 int64 uint16 uint32 uint64 float16 bfloat16 float32 float64 complex64 "
    "bool"
).split()


def made(library, entries) -> dict[str, object]:
    return {
        name: (library.arange(int(np.prod(shape))).reshape(shape) % 5).to(getattr(library, dtype))
        for name, (dtype, shape) in entries.items()
    }


entries = st.dictionaries(
    st.text(max_size=4).filter(lambda name: name != "__metadata__"),
    st.tuples(st.sampled_from(NAMES), st.lists(st.integers(0, 3), max_size=3)),
    max_size=6,
)
# The package writes an empty dict of metadata as no JSON.
word = st.text(max_size=3)
words = st.one_of(st.none(), st.dictionaries(word, word, min_size=1, max_size=1))


def assert_same(mine, its) -> None:
    assert sorted(mine) == sorted(its)
    for name, x in its.items():
        y = mine[name]
        assert (repr(y.dtype), tuple(y.shape)) == (repr(x.dtype), tuple(x.shape))
        assert y.tolist() == x.tolist()


@settings(max_examples=300, deadline=None)
@given(entries, words)
def test_files_are_the_same_byte_by_byte(entries, metadata) -> None:
    expected = theirs.save(made(torch, entries), metadata)
    assert ours.save(made(minitorch, entries), metadata) == expected
    assert_same(ours.load(expected), made(torch, entries))


def test_files_on_disk_and_parts_of_them(tmp_path) -> None:
    import safetensors

    entries = {"w": ("float32", (3, 4)), "b": ("int64", (3,)), "h": ("bfloat16", (2, 2))}
    for writer, library in ((theirs, torch), (ours, minitorch)):
        path = tmp_path / "x.safetensors"
        writer.save_file(made(library, entries), path, metadata={"format": "pt"})
        assert_same(ours.load_file(path), theirs.load_file(path))
        with safetensors.safe_open(path, "pt") as its, ours.safe_open(path, "pt") as mine:
            assert mine.keys() == its.keys()
            assert mine.offset_keys() == its.offset_keys()
            assert mine.metadata() == its.metadata()
            for index in (0, (slice(None), 1), (slice(0, 2), slice(1, 3)), (..., 2)):
                part, other = mine.get_slice("w")[index], its.get_slice("w")[index]
                assert part.tolist() == other.tolist()


# A key that stands twice is refused here, and the later one taken there.
@pytest.mark.parametrize("kind", [kind for kind in DAMAGED if kind not in ("twice", "float8")])
def test_the_same_files_are_refused(kind) -> None:
    import safetensors

    data, _ = DAMAGED[kind]
    if kind != "dimensions":  # which NumPy limits to 64
        with pytest.raises(safetensors.SafetensorError):
            theirs.load(data)
    with pytest.raises(ours.SafetensorError):
        ours.load(data)
