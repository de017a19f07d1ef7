"""Checks of derivatives against finite differences.

Every tensor is taken as a vector of real numbers (a complex one has two for each element), so
that a derivative is a real matrix, whatever the dtypes: an entry for each direction in which an
input is moved and each component of an output. `fast_mode` takes one random direction and one
random combination of components in place of all.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from minitorch.differential.trace import Directions
from minitorch.engine import observing, reverse
from minitorch.engine.box import fresh
from minitorch.engine.forward import Level, shallow, split, with_tangent
from minitorch.engine.layers import batched, inside
from minitorch.engine.memory import overlaps
from minitorch.engine.node import node_of
from minitorch.faces import dtypes
from minitorch.faces.tensor import Tensor

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

Matrix = np.ndarray  # of real numbers: directions of an input down, components of an output across


class GradcheckError(RuntimeError):
    """A derivative is not what finite differences say, or not of the form that it should be."""


class Settings(NamedTuple):
    """The tolerances and what else is to be checked."""

    eps: float
    atol: float
    rtol: float
    nondet_tol: float
    check_grad_dtypes: bool
    check_batched_grad: bool
    check_batched_forward_grad: bool
    check_forward_ad: bool
    check_backward_ad: bool
    fast: bool


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the derivatives of `func` at `inputs` agree with finite differences.

    Args:
        inputs: tensors (and others), double precision where they require grad.
        eps: how far an element is moved, to both sides.
        raise_exception: whether to raise what is wrong, or only to return False.
        nondet_tol: how much two backward passes may differ.
        check_undefined_grad: accepted; each output is always differentiated with nothing coming
            in at the others.
        check_grad_dtypes: whether a gradient must have its input's dtype.
        check_batched_grad: whether to check that a batch of gradients gives what one after the
            other does; `check_batched_forward_grad` the same of tangents.
        check_forward_ad: whether to check forward mode, beside reverse mode.
        fast_mode: whether to look at one random entry in place of the whole derivative.
        masked: accepted; it is about sparse tensors.

    Raises:
        GradcheckError: a derivative is wrong; the message has input, output, index, both numbers.
        ValueError: no input requires grad.

    Example:
        >>> x = torch.tensor([1., 2.], dtype=torch.float64, requires_grad=True)
        >>> torch.autograd.gradcheck(torch.sin, x)
        True
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError(
            "Expected at least one of check_forward_ad or check_backward_ad to be True"
        )
    if check_batched_grad and not check_backward_ad:
        raise AssertionError(
            "Setting check_batched_grad=True requires check_backward_ad to be True"
        )
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError(
            "Setting check_batched_forward_grad=True requires check_forward_ad to be True"
        )
    settings = Settings(
        eps, atol, rtol, nondet_tol, check_grad_dtypes, check_batched_grad,
        check_batched_forward_grad, check_forward_ad, check_backward_ad, fast_mode,
    )  # fmt: skip
    try:
        _Check(func, as_tuple(inputs), settings).run()
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether the second derivatives of `func` at `inputs` agree with finite differences.

    What is checked is the function from `inputs` and `grad_outputs` (random where not given) to
    the gradients; the other arguments are those of `gradcheck`.

    Example:
        >>> x = torch.tensor([1., 2.], dtype=torch.float64, requires_grad=True)
        >>> torch.autograd.gradgradcheck(torch.exp, x)
        True
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError(
            "Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True"
        )
    primals = as_tuple(inputs)
    if grad_outputs is None:
        outputs = differentiable(func(*primals))
        seeds = tuple(_random_like(y, gen_non_contig_grad_outputs) for y in outputs)
    else:
        seeds = as_tuple(grad_outputs)
    count = len(seeds)

    def gradients(*args: Any) -> tuple[Any, ...]:
        xs, gs = args[: len(args) - count], args[len(args) - count :]
        ys = differentiable(func(*xs))
        wanted = [x for x in xs if isinstance(x, Tensor) and x.requires_grad]
        return tuple(g for g in pulled(ys, wanted, gs, create=True) if g is not None)

    return gradcheck(
        gradients,
        (*primals, *seeds),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
        masked=masked,
    )


def as_tuple(values: Any) -> tuple[Any, ...]:
    """One value, or several, as a tuple."""
    return tuple(values) if isinstance(values, (tuple, list)) else (values,)


def differentiable(outputs: Any) -> list[Any]:
    """The outputs that require grad."""
    return [y for y in as_tuple(outputs) if isinstance(y, Tensor) and y.requires_grad]


def pulled(ys: Sequence[Any], xs: Sequence[Any], gs: Sequence[Any], create: bool = False) -> Any:
    """The gradients of `xs`, None where there is none, for the gradients `gs` of `ys`."""
    nodes = [node_of(x) for x in xs]
    seeds = [(node_of(y), observing.turned(g, Tensor)) for y, g in zip(ys, gs, strict=True)]
    found = reverse.sweep(seeds, Tensor, retain=True, create=create, targets=nodes)  # type: ignore[arg-type]
    got = [found.get(node) for node in nodes]  # type: ignore[arg-type]
    return [None if g is None else observing.turned(g, Tensor) for g in got]


def _random_like(y: Any, strided: bool) -> Any:
    rng = np.random.default_rng(0)
    shape = (*y._value.shape, 2) if strided else y._value.shape
    values = rng.uniform(-1, 1, shape).astype(y._value.dtype)
    if y._value.dtype.kind == "c":
        values += 1j * rng.uniform(-1, 1, shape).astype(values.real.dtype)
    return fresh(Tensor, values[..., 0] if strided else values).requires_grad_()


# tensors as vectors of real numbers


def reals(value: np.ndarray) -> np.ndarray:
    """The real numbers of an array, one after the other."""
    flat = np.array(value).reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def vectors(like: np.ndarray, fast: bool, rng: Any) -> np.ndarray:
    """The standard basis of arrays like this, or one random unit vector: a row each."""
    size = like.size * (2 if like.dtype.kind == "c" else 1)
    if not fast:
        return np.eye(size)
    v = rng.uniform(0, 1, (1, size))
    return v / max(np.linalg.norm(v), 1e-12)


def shaped(rows: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Vectors as arrays of the shape and dtype of `like`, along the first axis."""
    rows = rows.astype(like.real.dtype)
    return np.ascontiguousarray(rows).view(like.dtype).reshape(len(rows), *like.shape)


class _Check:
    """One check of a function at one place."""

    def __init__(self, func: Callable[..., Any], inputs: tuple[Any, ...], set: Settings) -> None:
        self.func, self.inputs, self.set = func, inputs, set
        self.moving = [i for i, x in enumerate(inputs) if is_moving(x)]
        check_inputs(inputs, self.moving)
        rng = np.random.default_rng(0)
        self.directions = {i: vectors(inputs[i]._value, set.fast, rng) for i in self.moving}
        self.outputs = self.called(func(*inputs))
        self.weights = [vectors(y._value, set.fast, rng) for y in self.outputs]

    def called(self, result: Any) -> list[Any]:
        """The outputs that are checked: those that require grad, or all of floating point."""
        return differentiable(result) or [
            y for y in as_tuple(result) if isinstance(y, Tensor) and y._value.dtype.kind in "fcV"
        ]

    def run(self) -> None:
        """Check all that was asked for."""
        constant = not any(y.requires_grad for y in self.outputs)
        for i in self.moving:
            numerical = self.numerical(i)
            if constant:
                self.check_constant(i, numerical)
                continue
            if self.set.check_backward_ad:
                for k in range(len(self.outputs)):
                    self.compare(k, i, numerical[k], self.backward(k, i))
            if self.set.check_forward_ad:
                what = "Jacobian computed with forward mode mismatch"
                for k, matrix in enumerate(self.forward(i)):
                    self.compare(k, i, numerical[k], matrix, what)
        if not constant and self.set.check_backward_ad:
            self.check_zeros()
        if not constant and self.set.check_batched_grad:
            self.check_batched()
        if not constant and self.set.check_batched_forward_grad:
            self.check_batched_forward()

    def numerical(self, i: int) -> list[Matrix]:
        """The derivative of each output by input `i`, by central differences."""
        x, eps = self.inputs[i]._value, self.set.eps
        here, rows = x.copy(), []
        try:
            for step in shaped(self.directions[i], x):
                ends = []
                for side in (eps, -eps):
                    x[...] = here + side * step
                    ends.append([reals(y._value) for y in self.called(self.func(*self.inputs))])
                rows.append([(b - a) / (2 * eps) for b, a in zip(*ends, strict=True)])
        finally:
            x[...] = here
        out = []
        for k, weights in enumerate(self.weights):
            moved = np.array([row[k] for row in rows]).reshape(len(rows), weights.shape[1])
            out.append(moved @ weights.T)
        return out

    def backward(self, k: int, i: int) -> Matrix:
        """The derivative of output `k` by input `i`, by backward passes."""
        y, x = self.outputs[k], self.inputs[i]
        columns = []
        for v in shaped(self.weights[k], y._value):
            first, again = (pulled([y], [x], [fresh(Tensor, v.copy())])[0] for _ in range(2))
            self.check_gradient(first, x, i)
            g = np.zeros_like(x._value) if first is None else first._value
            if again is not None and np.abs(g - again._value).max(initial=0) > self.set.nondet_tol:
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and "
                    "grad_output multiple times gives different values, although analytical "
                    f"gradient matches numerical gradient (output {k}, input {i}). The tolerance "
                    f"for nondeterminism was {self.set.nondet_tol}."
                )
            columns.append(self.directions[i] @ reals(g))
        return np.array(columns).reshape(len(columns), len(self.directions[i])).T

    def check_gradient(self, g: Any, x: Any, i: int) -> None:
        """Refuse a gradient that is not of the form of its input."""
        if g is None:
            return
        if g._value.shape != x._value.shape:
            raise GradcheckError(
                f"Analytical gradient has incorrect size: {list(g._value.shape)} for input {i} of "
                f"size {list(x._value.shape)}"
            )
        if self.set.check_grad_dtypes and g._value.dtype != x._value.dtype:
            raise GradcheckError(
                f"Gradient has dtype mismatch: {g.dtype!r} for input {i} of {x.dtype!r}"
            )

    def forward(self, i: int) -> list[Matrix]:
        """The derivative of each output by input `i`, by forward mode."""
        x, rows = self.inputs[i], []
        for step in shaped(self.directions[i], x._value):
            with Level() as level:
                moved = with_tangent(shallow(x, node_of(x)), fresh(Tensor, step), level.number)
                args = [moved if j == i else a for j, a in enumerate(self.inputs)]
                ys = self.called(self.func(*args))
                rows.append([self.tangent(y, level) for y in ys])
        return [
            np.array([row[k] for row in rows]).reshape(len(rows), weights.shape[1]) @ weights.T
            for k, weights in enumerate(self.weights)
        ]

    @staticmethod
    def tangent(y: Any, level: Level) -> np.ndarray:
        value, t = split(y, level.number)
        return reals(np.zeros_like(value._value) if t is None else t._value)

    def compare(
        self, k: int, i: int, numerical: Matrix, analytical: Matrix,
        what: str = "Jacobian mismatch",
    ) -> None:  # fmt: skip
        """Refuse two derivatives that are not close."""
        atol = self.set.atol
        if self.set.fast:
            atol *= np.abs(self.directions[i]).sum() * np.abs(self.weights[k]).sum()
        close = np.isclose(analytical, numerical, self.set.rtol, atol, equal_nan=True)
        if close.all():
            return
        off = np.where(close, -1, np.nan_to_num(np.abs(analytical - numerical), nan=np.inf))
        at = np.unravel_index(int(off.argmax()), off.shape)
        place = "in a random direction" if self.set.fast else self.place(k, i, at)
        raise GradcheckError(
            f"{what} for output {k} with respect to input {i},\n"
            f"numerical:{fresh(Tensor, numerical)!r}\nanalytical:{fresh(Tensor, analytical)!r}\n"
            f"They differ most {place}: numerical {numerical[at]:.6g}, analytical "
            f"{analytical[at]:.6g}."
        )

    def place(self, k: int, i: int, at: Any) -> str:
        """Which elements an entry of the derivative is about."""
        said = []
        for what, value, n in (
            ("output", self.outputs[k]._value, at[1]),
            ("input", self.inputs[i]._value, at[0]),
        ):
            two = 2 if value.dtype.kind == "c" else 1
            index = [int(j) for j in np.unravel_index(n // two, value.shape)]
            part = f" ({('real', 'imaginary')[n % 2]} part)" if two == 2 else ""
            said.append(f"{what} element {index}{part}")
        return f"at {said[0]} by {said[1]}"

    def check_constant(self, i: int, numerical: list[Matrix]) -> None:
        """Refuse a function that requires no grad, but moves."""
        for k, matrix in enumerate(numerical):
            if not np.allclose(matrix, 0, atol=1e-12):
                raise GradcheckError(
                    "Numerical gradient for function expected to be zero: output "
                    f"{k} does not require grad, but it depends on input {i}"
                )

    def check_zeros(self) -> None:
        """Refuse a backward that gives something where zeros come in."""
        xs = [self.inputs[i] for i in self.moving]
        zeros = [fresh(Tensor, np.zeros_like(y._value)) for y in self.outputs]
        for i, g in zip(self.moving, pulled(self.outputs, xs, zeros), strict=True):
            if g is not None and g._value.any():
                raise GradcheckError(
                    f"backward not multiplied by grad_output: zeros came in, and input {i} got "
                    f"{g!r}"
                )

    def check_batched(self) -> None:
        """Refuse a backward to which a batch of gradients is not each of them."""
        xs = [self.inputs[i] for i in self.moving]
        for k, y in enumerate(self.outputs):
            gs = np.random.default_rng(0).uniform(0, 1, (2, *y._value.shape)).astype(y._value.dtype)
            alone = [pulled([y], xs, [fresh(Tensor, g)]) for g in gs]
            with Level(2) as level:
                seed = batched(fresh(Tensor, gs), level.number)
                together = [
                    None if g is None else inside(g, level.number)[0]._value
                    for g in pulled([y], xs, [seed])
                ]
            for i, whole, *rows in zip(self.moving, together, *alone, strict=True):
                for row, g in enumerate(rows):
                    mine = None if whole is None else whole if whole.ndim == g.ndim else whole[row]
                    self.check_same(mine, g, f"output {k}, input {i}, backward")

    def check_batched_forward(self) -> None:
        """Refuse a jvp to which a batch of tangents is not each of them."""
        for i in self.moving:
            x = self.inputs[i]
            steps = np.random.default_rng(0).uniform(0, 1, (2, *x._value.shape))
            steps = steps.astype(x._value.dtype)
            alone = [self.moved(i, fresh(Tensor, step)) for step in steps]
            with Directions(2) as batch:
                moved = self.moved(i, batched(fresh(Tensor, steps), batch.number))
                together = [None if t is None else inside(t, batch.number)[0] for t in moved]
            for k, whole in enumerate(together):
                for row in range(2):
                    t = alone[row][k]
                    values = None if whole is None else whole._value
                    if values is not None and values.ndim > self.outputs[k].ndim:
                        values = values[row]
                    self.check_same(values, t, f"output {k}, input {i}, forward")

    def moved(self, i: int, step: Any) -> list[Any]:
        """The tangents of the outputs for a tangent of input `i`."""
        x = self.inputs[i]
        with Level() as level:
            args = list(self.inputs)
            args[i] = with_tangent(shallow(x, None), step, level.number)
            return [split(y, level.number)[1] for y in as_tuple(self.func(*args))]

    def check_same(self, batch: Any, alone: Any, where: str) -> None:
        a = 0.0 if batch is None else batch
        b = 0.0 if alone is None else alone._value
        if not np.allclose(a, b, self.set.rtol, self.set.atol):
            raise GradcheckError(
                "gradcheck or gradgradcheck failed while testing batched gradient computation "
                f"({where}): a batch of two gave {a}, alone it gives {b}"
            )


def is_moving(x: Any) -> bool:
    """Whether an input is differentiated by."""
    return isinstance(x, Tensor) and x.requires_grad and x._value.dtype.kind in "fcV"


def check_inputs(inputs: Sequence[Any], moving: Sequence[int]) -> None:
    """Refuse inputs that can't be checked; warn of those that will seem wrong."""
    if not moving:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them "
            "have requires_grad=True."
        )
    for i in moving:
        value = inputs[i]._value
        if value.dtype.char not in "dD":
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or "
                "complex. This check will likely fail if all the inputs are not of double "
                f"precision floating point or complex (it is {dtypes.of(value.dtype)!r}). ",
                stacklevel=4,
            )
        if overlaps(value):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs "
                "that are non-overlapping to be able to compute the numerical gradients correctly. "
                "You should call .contiguous on the input before passing it to gradcheck."
            )
