"""How words become numbers: the draws of PyTorch's CPU generator.

What makes a draw PyTorch's is how many words a number takes, which bits of them, and in what order.
Each method says so in a line.
"""

from __future__ import annotations

import itertools
import math
import operator
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.kernels.shuffle import swapped

from . import counts
from .twister import Twister

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, DTypeLike, NDArray

    Shape = int | tuple[int, ...]

_BLOCK = 16  # PyTorch makes normals in blocks of this size
_BFLOAT16_MAX = (2.0 - 2.0**-7) * 2.0**127  # NumPy knows no bfloat16
_CHUNK = 65536  # a multiple of _BLOCK; scratch arrays of this size stay in cache
_FEW_PAIRS = 8
_FEW = 64  # numbers whose uniforms are drawn one by one
_AHEAD = 1024  # uniforms drawn at once where it is not known how many will be needed
_LONG_RANGE = 2**28  # integer ranges from here on take 64 bits a draw
_LONG_PERMUTATION = 214_748_364  # so long that a word's remainders would be uneven
# Floats hold every integer up to this one.
_EXACT = {"float16": 2**11, "float32": 2**24, "float64": 2**53}


class Generator(Twister):
    """A stream of pseudo-random numbers with its own state; PyTorch's CPU stream, draw for draw.

    Integers agree with PyTorch bit for bit, reals to rounding. A new generator starts from
    PyTorch's default seed; nothing is computed before the first draw. Threads may share one:
    each word goes to one caller only.

    Example:
        >>> from minitorch.random import Generator
        >>> generator = Generator().manual_seed(0)
        >>> generator.integers(0, 10, 5)
        array([4, 9, 3, 0, 3])
        >>> generator.uniform(2).round(4)
        array([0.6341, 0.4901], dtype=float32)
    """

    __slots__ = ()

    # -- real numbers -------------------------------------------------------------------------

    def uniform(
        self,
        shape: Shape,
        low: float = 0.0,
        high: float = 1.0,
        dtype: DTypeLike = np.float32,
    ) -> NDArray[Any]:
        """Uniform in [low, high): 24 bits of one word each, for float64 53 bits of two.

        Complex numbers take one such number for each part.
        """
        dtype = _floating("uniform_", dtype, "fcV")
        if low == 0 and high == 1 and dtype.kind == "f" and dtype.itemsize != 2:
            draw = self._unit53 if dtype.itemsize == 8 else self._unit24
            return draw(math.prod(_axes(shape))).astype(dtype, copy=False).reshape(shape)
        if dtype.kind == "c":
            return self.uniform((*_axes(shape), 2), low, high, _part(dtype)).view(dtype)[..., 0]
        limit = _BFLOAT16_MAX if dtype.kind == "V" else float(np.finfo(dtype).max)
        if not (-limit <= low <= limit and -limit <= high <= limit):
            side, value = ("to", high) if -limit <= low <= limit else ("from", low)
            raise RuntimeError(
                f"{side} is out of bounds for {dtype}: uniform_ got {side}={value}; "
                "give finite bounds that the dtype can hold"
            )
        if not low <= high:
            raise RuntimeError(
                "uniform_ expects to return a [from, to) range, "
                f"but found from={low} > to={high}; swap the two"
            )
        if high - low > limit:
            raise RuntimeError(
                f"uniform_ expects to-from <= std::numeric_limits<{dtype}>::max(), but found "
                f"to={high} and from={low} which result in to-from to exceed the limit"
            )
        out = np.empty(shape, dtype)
        if dtype == np.float64:
            values = self._unit53(out.size)
            start, width = low, high - low
        else:
            # PyTorch rounds the bounds and the result to float32 and nothing between them.
            values = self._unit24(out.size)
            start = float(np.float32(low))
            width = float(np.float32(high) - np.float32(low))
        if low != 0 or high != 1:
            values *= width
            values += start
        flat = out.reshape(-1)
        flat[:] = values if dtype.itemsize != 2 else values.astype(np.float32)
        flat[flat == out.dtype.type(high)] = low  # where rounding reached the open end
        return out

    def normal(
        self,
        shape: Shape,
        mean: float = 0.0,
        std: float = 1.0,
        dtype: DTypeLike = np.float32,
        *,
        singly: bool = False,
    ) -> NDArray[Any]:
        """Normal numbers of the given mean and standard deviation.

        Sixteen and more are made from uniforms of the dtype in blocks of 16, fewer from pairs of
        53-bit uniforms, of which the second number is kept for the next call (Box and Muller,
        1958, both times); `singly` takes pairs for any number, as PyTorch does where it fills
        memory that is not contiguous. A complex normal has `std` over both parts together,
        and `mean` in each.
        """
        dtype = _floating("normal_kernel_cpu", dtype, "fcV")
        if not std >= 0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
        if dtype.kind == "c":
            parts = self.normal((*_axes(shape), 2), mean, std / math.sqrt(2), _part(dtype))
            return parts.view(dtype)[..., 0]
        out = np.empty(shape, dtype)
        flat = out.reshape(-1)
        if flat.size < _BLOCK or singly:
            flat[:] = self._normal_pairs(flat.size) * std + mean
            return out
        working = np.float64 if dtype == np.float64 else np.float32
        whole = flat.size - flat.size % _BLOCK
        for start in range(0, whole, _CHUNK):
            self._normal_blocks(flat[start : min(start + _CHUNK, whole)], mean, std, working)
        if whole != flat.size:
            if dtype.itemsize != 2:
                # PyTorch fills the odd end with uniforms first, then draws the last block anew.
                self._words((flat.size - whole) * (working().itemsize // 4))
            self._normal_blocks(flat[-_BLOCK:], mean, std, working)
        return out

    def _normal_blocks(self, out: NDArray[Any], mean: float, std: float, dtype: type) -> None:
        """Fill `out`, a whole number of blocks: a block's first 8 uniforms give the radii, its
        last 8 the angles; its first 8 normals are the cosines, its last 8 the sines."""
        mantissa = 53 if dtype is np.float64 else 24
        bits = self._long_words(out.size) if mantissa == 53 else self._words(out.size)
        bits &= np.uint64(2**mantissa - 1)
        halves: NDArray[Any] = np.empty((2, out.size // _BLOCK, _BLOCK // 2), dtype)
        halves[:] = bits.view(np.int64).reshape(-1, 2, _BLOCK // 2).swapaxes(0, 1)
        radius, angle = halves
        radius *= dtype(-(2.0**-mantissa))
        radius += dtype(1)
        np.log(radius, out=radius)
        radius *= dtype(-2)
        np.sqrt(radius, out=radius)
        radius *= dtype(std)
        angle *= dtype(2 * math.pi * 2.0**-mantissa)
        blocks = out.reshape(-1, 2, _BLOCK // 2)
        np.multiply(radius, np.cos(angle), out=blocks[:, 0], casting="same_kind")
        np.multiply(radius, np.sin(angle), out=blocks[:, 1], casting="same_kind")
        if mean:
            out += dtype(mean)

    def _normal_pairs(self, count: int) -> NDArray[np.float64]:
        """Standard normals one by one: a pair of 53-bit uniforms gives two, the second is kept."""
        with self._lock:
            kept = [] if self._spare is None or count == 0 else [self._spare]
            pairs = (count - len(kept) + 1) // 2
            if pairs <= _FEW_PAIRS:
                return self._normal_few(kept, pairs, count)
            uniforms = self._unit53(2 * pairs)
            radius = np.sqrt(-2 * np.log1p(-uniforms[1::2]))
            angle = 2 * math.pi * uniforms[0::2]
            values = np.empty(len(kept) + 2 * pairs)
            values[: len(kept)] = kept
            values[len(kept) :: 2] = radius * np.cos(angle)
            values[len(kept) + 1 :: 2] = radius * np.sin(angle)
            if count:
                self._spare = float(values[-1]) if values.size > count else None
            return values[:count]

    def _normal_few(self, values: list[float], pairs: int, count: int) -> NDArray[np.float64]:
        """The same, without NumPy's overhead."""
        words = self._words(4 * pairs).tolist()
        for i in range(0, len(words), 4):
            angle = 2 * math.pi * ((words[i] << 32 | words[i + 1]) % 2**53 * 2.0**-53)
            u = (words[i + 2] << 32 | words[i + 3]) % 2**53 * 2.0**-53
            radius = math.sqrt(-2 * math.log1p(-u))
            values += (radius * math.cos(angle), radius * math.sin(angle))
        if count:
            self._spare = values.pop() if len(values) > count else None
        return np.array(values, np.float64)

    def log_normal(
        self,
        shape: Shape,
        mean: float = 1.0,
        std: float = 2.0,
        dtype: DTypeLike = np.float32,
    ) -> NDArray[Any]:
        """`exp` of normals made in pairs, however many; `mean` and `std` are of the logarithm."""
        if not std > 0:
            raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std}")
        out = np.empty(shape, _floating("log_normal_cpu", dtype, "fV"))
        return _store(out, np.exp(self._normal_pairs(out.size) * std + mean))

    def exponential(
        self,
        shape: Shape,
        rate: float = 1.0,
        dtype: DTypeLike = np.float32,
    ) -> NDArray[Any]:
        """Exponential with density ``rate * exp(-rate * x)``: one 53-bit uniform each."""
        if not rate > 0:
            raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate}")
        out = np.empty(shape, _continuous("Exponential", dtype))
        return _store(out, np.log1p(-self._unit53(out.size)) * (-1.0 / rate))

    def cauchy(
        self,
        shape: Shape,
        median: float = 0.0,
        sigma: float = 1.0,
        dtype: DTypeLike = np.float32,
    ) -> NDArray[Any]:
        """Cauchy (Lorentz) numbers: one 53-bit uniform each."""
        if not sigma > 0:
            raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
        out = np.empty(shape, _continuous("Cauchy", dtype))
        return _store(out, median + sigma * np.tan(math.pi * (self._unit53(out.size) - 0.5)))

    def geometric(self, shape: Shape, p: float, dtype: DTypeLike = np.float32) -> NDArray[Any]:
        """Trials up to the first success, 1, 2, …: one 53-bit uniform each."""
        if not 0 < p < 1:
            raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p}")
        dtype = np.dtype(dtype)
        if dtype.kind in "bc":
            raise NotImplementedError(f"\"geometric_cpu\" not implemented for '{dtype}'")
        out = np.empty(shape, dtype)
        with np.errstate(divide="ignore"):
            return _store(out, np.ceil(np.log(self._unit53(out.size)) / math.log1p(-p)))

    # -- integers and choices -----------------------------------------------------------------

    def integers(
        self,
        low: int,
        high: int | None,
        shape: Shape,
        dtype: DTypeLike = np.int64,
    ) -> NDArray[Any]:
        """Integers from `low` to `high` - 1 (`torch.randint`): word modulo range.

        Ranges of 2**28 and more take two words each. `high=None` stands for the last integer of
        the dtype, itself included (`tensor.random_(low, None)`).
        """
        dtype = np.dtype(dtype)
        low = operator.index(low)
        end = _last_integer(dtype) + 1 if high is None else operator.index(high)
        if low >= end:
            raise RuntimeError(
                "random_ expects 'from' to be less than 'to', "
                f"but got from={low} >= to={end}: the range of integers is empty"
            )
        _check_integer("from", low, dtype)
        _check_integer("to - 1", end - 1, dtype)
        out = np.empty(shape, dtype)
        draws = (self._long_words if end - low >= _LONG_RANGE else self._words)(out.size)
        values = draws.view(np.int64)
        if end - low < 2**64:  # else any 64 bits will do
            draws %= np.uint64(end - low)
            values += low
        out.reshape(-1)[:] = values
        return out

    def random(self, shape: Shape, dtype: DTypeLike = np.int64) -> NDArray[Any]:
        """`tensor.random_()`: integers from 0 to the last one that the dtype holds exactly.

        int64 and float64 take two words each, the others one.
        """
        dtype = np.dtype(dtype)
        out = np.empty(shape, dtype)
        long = dtype in (np.dtype(np.int64), np.dtype(np.float64))
        draws = (self._long_words if long else self._words)(out.size)
        draws %= np.uint64(_last_integer(dtype) + 1)
        out.reshape(-1)[:] = draws
        return out

    def random64(self) -> int:
        """One int from 0 to 2**63 - 1, as ``torch.empty((), dtype=int64).random_()`` draws it."""
        return int(self._long_words(1)[0]) % 2**63

    def permutation(self, n: int) -> NDArray[np.int64]:
        """The integers below `n` in random order (`torch.randperm`), by the shuffle of Fisher
        and Yates: step i swaps the numbers at i and at i + word % (n - i).

        From 214,748,364 numbers on PyTorch shuffles by another rule, and the orders differ.
        """
        n = operator.index(n)
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
        if n < 2:
            return np.arange(n)
        draws = self._words(n - 1) if n < _LONG_PERMUTATION else self._long_words(n - 1)
        steps = np.arange(n)
        targets = steps.copy()
        targets[:-1] += (draws % (n - steps[:-1]).view(np.uint64)).view(np.int64)
        return swapped(targets)

    def poisson(self, rates: NDArray[Any]) -> NDArray[Any]:
        """Poisson numbers of the given means, one after the other."""
        if rates.dtype.kind != "f":
            raise NotImplementedError(
                f"\"poisson_cpu\" not implemented for '{rates.dtype}': give the rates as floats"
            )
        if not (rates >= 0).all():
            raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
        return self._one_by_one(counts.poisson, rates)

    def binomial(self, trials: NDArray[Any], p: NDArray[Any]) -> NDArray[Any]:
        """Numbers of successes among `trials` of probability `p`, one after the other."""
        return self._one_by_one(counts.binomial, trials, p)

    def gamma(self, concentrations: NDArray[Any], dtype: DTypeLike | None = None) -> NDArray[Any]:
        """Gamma numbers of the given concentrations and rate 1, one after the other."""
        dtype = concentrations.dtype if dtype is None else np.dtype(dtype)
        if dtype.kind != "f":
            raise NotImplementedError(
                f"\"gamma_cpu\" not implemented for '{dtype}': give the concentrations as floats"
            )
        a = concentrations.astype(dtype, copy=False)
        low = a < 1
        with np.errstate(divide="ignore"):
            boost = np.where(low, 1 / a, a.dtype.type(0))
        d = (a + low) - np.float32(1 / 3).astype(dtype)
        draws = self._one_by_one(counts.gamma, d, boost, and_then=(self._one_normal,))
        return np.maximum(draws, np.finfo(dtype).tiny, out=draws)

    def dirichlet(self, concentrations: NDArray[Any]) -> NDArray[Any]:
        """Vectors of gamma numbers, along the last dimension, divided by their sums."""
        dtype = concentrations.dtype
        if dtype.kind != "f":
            raise NotImplementedError(
                f"\"dirichlet\" not implemented for '{dtype}': give the concentrations as floats"
            )
        draws = self.gamma(concentrations, np.float64)
        shares = (draws / draws.sum(-1, keepdims=True)).astype(dtype)
        one = dtype.type(1)
        return np.clip(shares, np.finfo(dtype).tiny, np.nextafter(one, dtype.type(0)))

    def _one_normal(self, uniform: Callable[[], float]) -> float:
        """A standard normal, of a pair of uniforms or the one kept from the last pair."""
        spare = self._spare
        if spare is not None:
            self._spare = None
            return spare
        angle = 2 * math.pi * uniform()
        radius = math.sqrt(-2 * math.log1p(-uniform()))
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def _one_by_one(
        self, draw: Callable[..., float], *arrays: NDArray[Any], and_then: tuple[Any, ...] = ()
    ) -> NDArray[Any]:
        """What `draw` makes of each element and as many 53-bit uniforms as it asks for."""
        flat = [a.reshape(-1).tolist() for a in arrays]
        out = np.empty(arrays[0].shape, arrays[0].dtype)
        with self._lock:
            bits = self._stream()
            if out.size <= _FEW:
                raw = bits.random_raw
                out.reshape(-1)[:] = [
                    draw(*values, lambda: (raw() << 32 | raw()) % 2**53 * 2.0**-53, *and_then)
                    for values in zip(*flat, strict=True)
                ]
                return out
            start, chunks = bits.state, iter(lambda: self._unit53(_AHEAD).tolist(), [])
            uniforms = itertools.count()
            stream = itertools.chain.from_iterable(chunks)

            def uniform() -> float:
                next(uniforms)
                return next(stream)

            out.reshape(-1)[:] = [
                draw(*values, uniform, *and_then) for values in zip(*flat, strict=True)
            ]
            bits.state = start  # numbers were drawn ahead
            self._words(2 * next(uniforms))
        return out

    def bernoulli(self, p: ArrayLike, shape: Shape | None = None) -> NDArray[np.bool_]:
        """True with probability `p`.

        A number `p` needs a `shape`, and each element takes a 53-bit uniform. An array `p` of
        floats gives its own shape (or broadcasts to `shape`), and takes uniforms of its dtype.
        """
        odds = np.asarray(p)
        if not isinstance(p, (int, float)) and odds.dtype.kind not in "fV":
            raise NotImplementedError(
                f"\"bernoulli_tensor_cpu_p_\" not implemented for '{odds.dtype}': "
                "give the probabilities as floats"
            )
        if not ((odds >= 0) & (odds <= 1)).all():
            given = f"p={p!r}" if odds.ndim == 0 else f"values from {odds.min()} to {odds.max()}"
            raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got {given}")
        shape = odds.shape if shape is None else _axes(shape)
        if isinstance(p, (int, float)):
            return self._below(float(p), math.prod(shape)).reshape(shape)
        narrow = odds.dtype.itemsize < 8
        uniforms = (self._unit24 if narrow else self._unit53)(math.prod(shape))
        return uniforms.reshape(shape) < odds

    def multinomial(
        self, weights: NDArray[Any], count: int, replacement: bool = False
    ) -> NDArray[np.int64]:
        """`count` indices a row, drawn with the odds of the row's `weights`; shape (..., count).

        With replacement: one 53-bit uniform each, looked up in the cumulative weights. Without,
        or for one index: the largest of weight / exponential.
        """
        _check_weights(weights, count, replacement)
        if count > 1 and replacement:
            rows = weights.reshape(-1, weights.shape[-1])
            uniforms = self._unit53(len(rows) * count).reshape(len(rows), count)
            cumulative = np.cumsum(rows, axis=1, dtype=rows.dtype)
            cumulative /= cumulative[:, -1:].copy()
            cumulative[:, -1] = 1
            picks = np.empty(uniforms.shape, np.int64)
            for row, pick, uniform in zip(cumulative, picks, uniforms, strict=True):
                pick[:] = np.searchsorted(row.astype(np.float64), uniform)
            return picks.reshape(*weights.shape[:-1], count)
        waits = -np.log1p(-self._unit53(weights.size))  # exponential
        with np.errstate(divide="ignore", invalid="ignore"):
            keys = weights / waits.astype(weights.dtype).reshape(weights.shape)
        if count == 1:
            return keys.argmax(-1)[..., None]
        return np.argsort(-keys, axis=-1, kind="stable")[..., :count]


def _axes(shape: Shape) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _part(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of the two parts of a complex dtype."""
    return np.dtype(np.float64 if dtype == np.complex128 else np.float32)


def _floating(name: str, dtype: DTypeLike, kinds: str) -> np.dtype[Any]:
    dtype = np.dtype(dtype)
    if dtype.kind not in kinds:
        raise NotImplementedError(
            f"\"{name}\" not implemented for '{dtype}': "
            "draw in a floating-point dtype, then convert"
        )
    return dtype


def _continuous(name: str, dtype: DTypeLike) -> np.dtype[Any]:
    dtype = np.dtype(dtype)
    if dtype.kind not in "fV":
        raise RuntimeError(
            f"{name} distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {dtype}"
        )
    return dtype


def _store(out: NDArray[Any], values: NDArray[np.float64]) -> NDArray[Any]:
    with np.errstate(over="ignore", invalid="ignore"):
        if out.dtype.kind in "iu":
            values = values.astype(np.int64)
        out.reshape(-1)[:] = values
    return out


def _last_integer(dtype: np.dtype[Any]) -> int:
    """The largest integer of `dtype`; of a float, the last below which it holds every one."""
    if dtype.kind == "b":
        return 1
    if dtype.kind in "iu":
        return int(np.iinfo(dtype).max)
    if dtype.name in _EXACT:
        return _EXACT[dtype.name]
    raise NotImplementedError(f"\"random_kernel_cpu\" not implemented for '{dtype}'")


def _check_integer(side: str, value: int, dtype: np.dtype[Any]) -> None:
    last = _last_integer(dtype)
    if dtype.kind == "f":
        if abs(value) > float(np.finfo(dtype).max):
            raise RuntimeError(f"{side} is out of bounds for {dtype}: it is {value}")
        if abs(value) > last:
            warnings.warn(
                f"{side} is out of bounds [-{last}, {last}]: beyond them {dtype} does not hold "
                "every integer, so the numbers are rounded",
                UserWarning,
                stacklevel=3,
            )
        return
    first = 0 if dtype.kind in "bu" else -last - 1
    if not first <= value <= last:
        raise RuntimeError(
            f"{side} is out of bounds for {dtype}: it is {value}, "
            f"{dtype} holds {first} to {last}; change the range or the dtype"
        )


def _check_weights(weights: NDArray[Any], count: int, replacement: bool) -> None:
    if weights.dtype.kind != "f":
        raise RuntimeError(
            "multinomial only supports floating-point dtypes for input, "
            f"got: {weights.dtype}; convert with .float()"
        )
    if weights.ndim not in (1, 2):
        raise RuntimeError(f"prob_dist must be 1 or 2 dim, got shape {weights.shape}")
    if count <= 0:
        raise RuntimeError(f"cannot sample n_sample <= 0 samples, got n_sample={count}")
    if not replacement and count > weights.shape[-1]:
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement: "
            f"n_sample={count}, prob_dist.size(-1)={weights.shape[-1]}"
        )
    totals = np.add.reduce(weights, -1)
    if weights.size and np.minimum.reduce(weights, None) >= 0:
        if totals.size == 1:
            least = most = totals.item()
        else:
            least, most = np.minimum.reduce(totals), np.maximum.reduce(totals)
        if least > 0 and most < math.inf:
            return
    if not (np.isfinite(weights) & (weights >= 0)).all():
        what = "probability tensor contains either `inf`, `nan` or element < 0"
        if replacement and count > 1:
            entry = "= infinity or NaN" if (weights >= 0).all() else "< 0"
            what = f"invalid multinomial distribution (encountering probability entry {entry})"
        raise RuntimeError(f"{what}: the weights must be finite and not negative")
    if not (totals > 0).all():
        raise RuntimeError(
            "invalid multinomial distribution (sum of probabilities <= 0): "
            "each row needs a weight above 0"
        )
