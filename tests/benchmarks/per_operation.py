"""``python -m tests.benchmarks.per_operation``: a gradient through each function of NumPy that
HIPS autograd differentiates, beside it, as a Markdown table.

The cost of an operation, forward and backward, is the slope between a few and many of them in one
call of a gradient, so that what a call costs anyway drops out; so does the addition that joins
their results. Both libraries run in turn in one process, and the least of many times counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy

from .derivatives import Face, autograd, minitorch

FEW, MANY = 5, 25
X = numpy.linspace(0.15, 0.95, 10)
Y = numpy.linspace(0.9, 0.2, 10)
M = numpy.array([[0.9, 0.3, 0.1], [0.3, 0.7, 0.2], [0.1, 0.2, 0.5]])
V = numpy.array([0.2, 0.5, 0.7])
W = numpy.linspace(0.2, 0.8, 12).reshape(2, 6)
C = numpy.linspace(0.2, 0.8, 8).reshape(2, 2, 2)
MASK = X > 0.5
Expression = Callable[[Any, Any], Any]  # of the namespace and the argument

UNARY = (
    "negative abs fabs reciprocal exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos "
    "arctan sinh cosh tanh arcsinh arctanh sqrt square sinc rad2deg deg2rad real imag conj angle "
    "real_if_close nan_to_num sum mean std var prod max min cumsum diff ravel transpose squeeze "
    "flipud diag atleast_1d atleast_2d sort"
)
BINARY = "add subtract multiply divide power maximum minimum fmax fmin logaddexp logaddexp2 arctan2"
WITH_CONSTANT = "mod dot matmul inner outer kron hypot"
FFTS = "fft ifft rfft fftn"

OPERATIONS: dict[str, tuple[Expression, numpy.ndarray]] = {
    **{name: (lambda np, x, name=name: getattr(np, name)(x), X) for name in UNARY.split()},
    **{name: (lambda np, x, name=name: getattr(np, name)(x, x), X) for name in BINARY.split()},
    **{name: (lambda np, x, name=name: getattr(np, name)(x, Y), X)
       for name in WITH_CONSTANT.split()},
    **{f"fft.{name}": (lambda np, x, name=name: np.real(getattr(np.fft, name)(x)), X)
       for name in FFTS.split()},
    "x + 1": (lambda np, x: x + 1.0, X),
    "2 * x": (lambda np, x: 2.0 * x, X),
    "x / 2": (lambda np, x: x / 2.0, X),
    "1 - x": (lambda np, x: 1.0 - x, X),
    "x * array": (lambda np, x: x * Y, X),
    "x ** 2": (lambda np, x: x**2, X),
    "x ** 1.5": (lambda np, x: x**1.5, X),
    "x[3]": (lambda np, x: x[3], X),
    "x[2:5]": (lambda np, x: x[2:5], X),
    "x[list]": (lambda np, x: x[[1, 4, 4]], X),
    "x[mask]": (lambda np, x: x[MASK], X),
    "M[:, 0]": (lambda np, x: x[:, 0], M),
    "M.T": (lambda np, x: x.T, M),
    "M @ M": (lambda np, x: x @ x, M),
    "dot(M, v)": (lambda np, x: np.dot(x, V), M),
    "matmul(M, v)": (lambda np, x: np.matmul(x, V), M),
    "dot(x, x)": (lambda np, x: np.dot(x, x), X),
    "arccosh": (lambda np, x: np.arccosh(x), X + 2.0),
    "clip": (lambda np, x: np.clip(x, 0.3, 0.7), X),
    "where": (lambda np, x: np.where(MASK, x, 0.0), X),
    "sum(axis)": (lambda np, x: np.sum(x, axis=0), M),
    "sum(keepdims)": (lambda np, x: np.sum(x, axis=1, keepdims=True), M),
    "mean(axis)": (lambda np, x: np.mean(x, axis=0), M),
    "max(axis)": (lambda np, x: np.max(x, axis=0), M),
    "var(axis)": (lambda np, x: np.var(x, axis=0), M),
    "gradient": (lambda np, x: np.gradient(x), X),
    "trace": (lambda np, x: np.trace(x), M),
    "reshape": (lambda np, x: np.reshape(x, (5, 2)), X),
    "swapaxes": (lambda np, x: np.swapaxes(x, 0, 1), M),
    "moveaxis": (lambda np, x: np.moveaxis(x, 0, 1), M),
    "rollaxis": (lambda np, x: np.rollaxis(x, 1), M),
    "expand_dims": (lambda np, x: np.expand_dims(x, 0), X),
    "broadcast_to": (lambda np, x: np.broadcast_to(x, (2, 6)), W[:1]),
    "repeat": (lambda np, x: np.repeat(x, 2), X),
    "tile": (lambda np, x: np.tile(x, 2), X),
    "roll": (lambda np, x: np.roll(x, 2), X),
    "pad": (lambda np, x: np.pad(x, 1, "constant"), X),
    "rot90": (lambda np, x: np.rot90(x), M),
    "fliplr": (lambda np, x: np.fliplr(x), M),
    "split": (lambda np, x: np.split(x, 2)[0], X),
    "array_split": (lambda np, x: np.array_split(x, 3)[0], X),
    "hsplit": (lambda np, x: np.hsplit(x, 2)[0], W),
    "vsplit": (lambda np, x: np.vsplit(x, 2)[0], W),
    "dsplit": (lambda np, x: np.dsplit(x, 2)[0], C),
    "concatenate": (lambda np, x: np.concatenate([x, x]), X),
    "stack": (lambda np, x: np.stack([x, x]), X),
    "vstack": (lambda np, x: np.vstack([x, x]), X),
    "hstack": (lambda np, x: np.hstack([x, x]), X),
    "column_stack": (lambda np, x: np.column_stack([x, x]), X),
    "append": (lambda np, x: np.append(x, x), X),
    "atleast_3d": (lambda np, x: np.atleast_3d(x), X),
    "diagonal": (lambda np, x: np.diagonal(x, 0, -1, -2), M),
    "triu": (lambda np, x: np.triu(x), M),
    "tril": (lambda np, x: np.tril(x), M),
    "linspace": (lambda np, x: np.linspace(x, Y, 3), X),
    "partition": (lambda np, x: np.partition(x, 3), X),
    "select": (lambda np, x: np.select([MASK, ~MASK], [x, x]), X),
    "astype": (lambda np, x: x.astype(numpy.float32), X),
    "tensordot": (lambda np, x: np.tensordot(x, M, 1), M),
    "cross": (lambda np, x: np.cross(x, V), V),
    "einsum": (lambda np, x: np.einsum("ij,jk->ik", x, M), M),
    "einsum(trace)": (lambda np, x: np.einsum("ij,ij->", x, M), M),
    "linalg.inv": (lambda np, x: np.linalg.inv(x), M),
    "linalg.pinv": (lambda np, x: np.linalg.pinv(x), M),
    "linalg.det": (lambda np, x: np.linalg.det(x), M),
    "linalg.slogdet": (lambda np, x: np.linalg.slogdet(x)[1], M),
    "linalg.solve": (lambda np, x: np.linalg.solve(x, V), M),
    "linalg.cholesky": (lambda np, x: np.linalg.cholesky(x), M),
    "linalg.eigh": (lambda np, x: np.linalg.eigh(x)[0], M),
    "linalg.eig": (lambda np, x: np.real(np.linalg.eig(x)[0]), M),
    "linalg.svd": (lambda np, x: np.linalg.svd(x, False)[1], M),
    "linalg.norm": (lambda np, x: np.linalg.norm(x), X),
    "fft.irfft": (lambda np, x: np.fft.irfft(np.fft.rfft(x)), X),
    "fft.fft2": (lambda np, x: np.real(np.fft.fft2(x)), W),
    "fft.ifft2": (lambda np, x: np.real(np.fft.ifft2(x)), W),
    "fft.ifftn": (lambda np, x: np.real(np.fft.ifftn(x)), W),
    "fft.rfft2": (lambda np, x: np.real(np.fft.rfft2(x)), W),
    "fft.irfft2": (lambda np, x: np.fft.irfft2(np.fft.rfft2(x)), W),
    "fft.fftshift": (lambda np, x: np.fft.fftshift(x), X),
    "fft.ifftshift": (lambda np, x: np.fft.ifftshift(x), X),
}  # fmt: skip


class Row(NamedTuple):
    """Seconds of one operation, ours and theirs."""

    name: str
    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


def repeated(face: Face, expression: Expression, times: int) -> Callable[[Any], Any]:
    """The gradient of the sum of a result that was computed so many times."""
    np = face.np

    def f(x: Any) -> Any:
        total = expression(np, x)
        for _ in range(times - 1):
            total = total + expression(np, x)
        return np.sum(total)

    return face.grad(f)


def least(calls: list[Callable[[], Any]], seconds: float) -> list[float]:
    """The least time of each call, all taken in turn for so long."""
    best = [float("inf")] * len(calls)
    end = perf_counter() + seconds
    while perf_counter() < end:
        for i, call in enumerate(calls):
            begin = perf_counter()
            call()
            best[i] = min(best[i], perf_counter() - begin)
    return best


def slopes(expression: Expression, x: numpy.ndarray, seconds: float) -> list[float]:
    """Seconds of one repetition, for each library."""
    runs = [
        repeated(face, expression, times)
        for face in (minitorch(), autograd())
        for times in (FEW, MANY)
    ]
    ours, theirs = runs[0](x), runs[2](x)
    numpy.testing.assert_allclose(
        ours, theirs, rtol=1e-3, atol=1e-9, err_msg="a wrong answer is no result"
    )
    times = least([lambda run=run: run(x) for run in runs], seconds)  # type: ignore[misc]
    return [(times[i + 1] - times[i]) / (MANY - FEW) for i in (0, 2)]


def measured(names: list[str], seconds: float) -> list[Row]:
    """A row for each operation, the least favourable first."""
    joining = slopes(lambda np, x: x, X, 4 * seconds)
    rows = [Row("+ (with the sum of the gradients)", *joining)]
    for name in names:
        times = slopes(*OPERATIONS[name], seconds)
        rows.append(Row(name, *(t - j for t, j in zip(times, joining, strict=True))))
    return sorted(rows, key=lambda row: -row.ratio)


def fixed(seconds: float) -> list[Row]:
    """What a call costs, apart from the operations."""
    calls: dict[str, list[Callable[[], Any]]] = {}
    for face in (minitorch(), autograd()):
        square, total = face.grad(lambda x: x * x), face.grad(face.np.sum)
        for name, call in {
            "a call of grad, x * x": lambda square=square: square(1.0),
            "a call of grad, sum(x)": lambda total=total: total(X),
            "a call of make_jvp, x * x": lambda push=face.push: push(lambda x: x * x, X, X),
        }.items():
            calls.setdefault(name, []).append(call)
    return [Row(name, *least(pair, seconds)) for name, pair in calls.items()]


def table(rows: list[Row]) -> str:
    lines = ["| | minitorch | HIPS autograd | ratio |", "| --- | ---: | ---: | ---: |"]
    for name, ours, theirs in rows:
        shown = f"{ours * 1e6:.2f} µs | {theirs * 1e6:.2f} µs | {ours / theirs:.2f}"
        lines.append(f"| {name} | {shown} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.per_operation")
    parser.add_argument("--seconds", type=float, default=0.5, help="time for each operation (0.5)")
    parser.add_argument("--only", nargs="+", choices=[*OPERATIONS], default=[*OPERATIONS])
    args = parser.parse_args()
    rows = measured(args.only, args.seconds)
    print(f"{table(rows)}\n\n{table(fixed(args.seconds))}\n")
    ratios = [row.ratio for row in rows]
    worst, above = rows[0], sum(ratio > 0.5 for ratio in ratios)
    print(
        f"{len(rows)} operations: median ratio {median(ratios):.2f}, worst {worst.ratio:.2f} "
        f"({worst.name}), {above} above 0.5."
    )


if __name__ == "__main__":
    main()
