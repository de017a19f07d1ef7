"""The stream of 32-bit words under every random number, its seeds and its state.

The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded by its authors' first rule, as
PyTorch does on the CPU. NumPy's own MT19937 makes the words.
"""

from __future__ import annotations

import math
import operator
import os
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from typing_extensions import Self

DEFAULT_SEED = 67280421310721

_KEY_WORDS = 624

# PyTorch's own layout of a CPU generator's state, 5056 bytes.
_STATE = np.dtype(
    [
        ("seed", "<u8"),
        ("left", "<i4"),
        ("seeded", "<i4"),
        ("next", "<u8"),
        ("key", "<u8", _KEY_WORDS),
        ("legacy_x", "<f8"),
        ("spare", "<f8"),
        ("legacy_rho", "<f8"),
        ("has_spare", "<i4"),
        ("unused", "V12"),
    ]
)


class Twister:
    """Words, uniforms made of them, and a state that PyTorch's generator can take over."""

    __slots__ = ("device", "_seed", "_bits", "_spare", "_lock", "__weakref__")

    def __init__(self, device: Any = "cpu") -> None:
        if str(getattr(device, "type", device)).partition(":")[0] != "cpu":
            raise RuntimeError(
                f"Generator: expected device 'cpu', got {device!r}; minitorch computes on the CPU "
                "only, so leave the device out"
            )
        self.device = device
        self._seed = DEFAULT_SEED
        self._bits: np.random.MT19937 | None = None
        self._spare: float | None = None
        self._lock = RLock()

    # -- seeds and states ---------------------------------------------------------------------

    def manual_seed(self, seed: int) -> Self:
        """Start the stream of `seed`, an int from -2**63 to 2**64 - 1; returns the generator."""
        if isinstance(seed, bool) or not hasattr(seed, "__index__"):
            raise RuntimeError(
                f"manual_seed expected a long, but got {type(seed).__name__}; pass an int"
            )
        value = operator.index(seed)
        if not -(2**63) <= value < 2**64:
            raise ValueError(
                f"Overflow when unpacking long long: manual_seed got {value}; "
                "a seed lies between -2**63 and 2**64 - 1"
            )
        with self._lock:
            self._seed = value % 2**64
            self._spare = None
            if self._bits is not None:
                _seed_words(self._bits, self._seed)
        return self

    def seed(self) -> int:
        """Start the stream of a seed taken from the operating system, and return that seed."""
        value = int.from_bytes(os.urandom(8), "little")
        self.manual_seed(value)
        return value

    def initial_seed(self) -> int:
        """The seed the stream was started from, as a number from 0 to 2**64 - 1."""
        return self._seed

    def get_state(self) -> NDArray[np.uint8]:
        """The state as 5056 bytes in PyTorch's layout: `torch.Twister.set_state` reads it."""
        bits = self._stream()
        words = bits.state["state"]
        record = np.zeros((), _STATE)
        record["seed"], record["seeded"] = self._seed, 1
        record["key"] = words["key"]
        fresh = words["pos"] == _KEY_WORDS and np.array_equal(words["key"], _seeded_key(self._seed))
        # Before the first draw PyTorch stands at the start of a block, NumPy at its end.
        record["next"] = 0 if fresh else words["pos"]
        record["left"] = 1 if fresh else _KEY_WORDS + 1 - words["pos"]
        if self._spare is not None:
            record["spare"], record["has_spare"] = self._spare, 1
        return np.frombuffer(record.tobytes(), np.uint8).copy()

    def set_state(self, state: ArrayLike) -> None:
        """Continue from `state`, the 5056 bytes (uint8) that this or PyTorch's `get_state` gave."""
        data = np.asarray(state)
        if data.dtype != np.uint8:
            raise TypeError(
                f"RNG state must be a torch.ByteTensor: expected dtype uint8, got {data.dtype}"
            )
        if data.size != _STATE.itemsize:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} but found the input "
                f"RNG state size to be {data.size}; pass what get_state() returned"
            )
        record = np.frombuffer(data.tobytes(), _STATE)[0]
        left, after = int(record["left"]), int(record["next"])
        at_start = left == 1 and after == 0
        aligned = 1 <= left <= _KEY_WORDS and left + after == _KEY_WORDS + 1
        if record["seeded"] != 1 or not (at_start or aligned):
            raise RuntimeError("Invalid mt19937 state: these bytes were not made by get_state()")
        bits = self._stream()
        with self._lock:
            words: Any = {"key": record["key"].astype(np.uint32), "pos": _KEY_WORDS + 1 - left}
            bits.state = {"bit_generator": "MT19937", "state": words}
            self._seed = int(record["seed"])
            self._spare = float(record["spare"]) if record["has_spare"] else None

    def clone_state(self) -> Self:
        """A new generator that goes on from the same state."""
        other = type(self)(self.device)
        # Named by class: a face's generator wraps what these two take and give.
        Twister.set_state(other, Twister.get_state(self))
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.device,), Twister.get_state(self)

    def __setstate__(self, state: NDArray[np.uint8]) -> None:
        Twister.set_state(self, state)

    # -- words --------------------------------------------------------------------------------

    def _stream(self) -> np.random.MT19937:
        """NumPy's generator of the words, made and seeded when it is first needed."""
        if self._bits is None:
            with self._lock:
                if self._bits is None:
                    bits = np.random.MT19937(0)
                    _seed_words(bits, self._seed)
                    self._bits = bits
        return self._bits

    def _words(self, count: int) -> NDArray[np.uint64]:
        """The next `count` 32-bit words, each in 64 bits."""
        return (self._bits or self._stream()).random_raw(count)

    def _long_words(self, count: int) -> NDArray[np.uint64]:
        """The next `count` 64-bit words: two words each, the high half first."""
        words = self._words(2 * count)
        high = words[0::2] << np.uint64(32)
        high |= words[1::2]
        return high

    def _unit24(self, count: int) -> NDArray[Any]:
        """Uniform in [0, 1): the low 24 bits of one word each."""
        words = self._words(count)
        words &= np.uint64(2**24 - 1)
        return words.view(np.int64) * 2.0**-24

    def _unit53(self, count: int) -> NDArray[Any]:
        """Uniform in [0, 1): the low 53 bits of two words each."""
        words = self._long_words(count)
        words &= np.uint64(2**53 - 1)
        return words.view(np.int64) * 2.0**-53

    def _below(self, p: float, count: int) -> NDArray[np.bool_]:
        """Which of `_unit53(count)` are below `p`: almost always their high words tell."""
        words = self._words(2 * count)
        high, low = divmod(math.ceil(math.ldexp(p, 53)), 2**32)
        upper = words[0::2] & np.uint64(2**21 - 1)
        found = upper < high
        same = np.flatnonzero(upper == high)
        if same.size:
            found[same] = words[1::2][same] < low
        return found


def _seed_words(bits: np.random.MT19937, seed: int) -> None:
    """Seed with the low 32 bits, by the original authors' rule (RandomState's, and PyTorch's)."""
    np.random.RandomState(bits).seed(seed % 2**32)


def _seeded_key(seed: int) -> NDArray[np.uint32]:
    return np.random.RandomState(seed % 2**32).get_state(legacy=False)["state"]["key"]
