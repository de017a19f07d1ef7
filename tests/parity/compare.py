"""One line states a call; all that can be seen of it is compared between PyTorch and minitorch.

A call is a function whose first parameter is the module and whose others are named after the
inputs below: `lambda torch, x, y: torch.add(x, y, alpha=2)`. It is run in every world, a set of
values that `x` and `y` have: of each dtype, of mixed dtypes and shapes, 0-d, empty, strided, not
finite. Compared are values, dtypes, shapes, `requires_grad`, what memory is shared with which
input, what was written to the inputs, the gradients, in float64 also the gradients of the
gradients; and of a call that fails, the type of the error.
"""

from __future__ import annotations

import dis
import inspect
import linecache
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
Call = Callable[..., Any]


ERRORS = (TypeError, ValueError, IndexError, RuntimeError)
# What PyTorch says where it should have a gradient and has not: ours is not compared then.
NO_GRADIENT = ("not implemented", "INTERNAL ASSERT", "returned an invalid gradient")


def floats(*values: Any) -> np.ndarray:
    return np.array(values, np.float32)


def ints(*values: Any) -> np.ndarray:
    return np.array(values, np.int64)


def ramp(*shape: int) -> np.ndarray:
    """Distinct numbers of both signs, none of them whole or half."""
    count = int(np.prod(shape))
    return (np.cos(np.arange(count) * 1.3) * 2 + np.arange(count) % 3 * 0.37).reshape(shape)


X = floats([0.6, -1.3, 2.0], [3.4, -0.7, 1.45])
Y = floats([1.6, 0.25, -2.4], [0.7, 2.3, -1.1])
WHOLE_X, WHOLE_Y = ints([1, -2, 3], [4, -1, 2]), ints([2, 1, -3], [5, 3, 1])
ODD = floats([np.nan, np.inf, -np.inf, 0.0], [1.0, 1.0, -0.0, 2.5])

INPUTS: Arrays = {
    "x": X,
    "y": Y,
    "p": floats([0.6, 1.3, 2.0], [3.4, 0.7, 1.45]),  # positive
    "u": floats([0.6, -0.3, 0.0], [0.4, -0.7, 0.9]),  # within (-1, 1)
    "z": floats([0.0, 2.0, 2.0], [-1.0, 0.0, 3.0]),  # zeros and ties
    "r": ODD,
    "h": floats(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5),  # halves
    "i": WHOLE_X,
    "j": ints([2, 1, 3], [5, 3, 1]),
    "k": np.array([[True, False, True], [False, False, True]]),
    "l": np.array([[True, True, False], [False, True, False]]),
    "s": np.array(1.7, np.float32),
    "e": np.zeros((0, 3), np.float32),
    "v": floats(0.5, -1.5, 2.5),
    "w": floats(1.5, 2.5, -0.5, 0.25),
    "m": ramp(2, 3).astype(np.float32),
    "n": ramp(3, 4).astype(np.float32),
    "q": ramp(3, 3).astype(np.float32),
    "a": ramp(5, 2, 3).astype(np.float32),
    "b": ramp(5, 3, 4).astype(np.float32),
    "t": ramp(2, 3, 4).astype(np.float32),
    "f": ramp(1, 3, 1).astype(np.float32),
    "c": ramp(6).astype(np.float32),
    "d": ramp(2, 3).astype(np.float64),
    "index": ints(2, 0, 2),
    "rows": ints([0, 1, 1], [1, 0, 0]),
    "columns": ints([0, 2, 1], [2, 2, 0]),
}

# What x and y are, beside X and Y in float32.
WORLDS: dict[str, tuple[np.ndarray, np.ndarray]] = {
    "float32": (X, Y),
    "float64": (X.astype("f8"), Y.astype("f8")),
    "float16": (X.astype("f2"), Y.astype("f2")),
    "float32 float64": (X, Y.astype("f8")),
    "row": (X, Y[0].copy()),
    "row column": (X[0].copy(), Y[:, :1].copy()),
    "misfit": (X, Y[:, :2].copy()),
    "int64": (WHOLE_X, WHOLE_Y),
    "int32 int16": (WHOLE_X.astype("i4"), WHOLE_Y.astype("i2")),
    "uint8": (abs(WHOLE_X).astype("u1"), abs(WHOLE_Y).astype("u1")),
    "bool": (WHOLE_X > 1, WHOLE_Y > 1),
    "int64 float32": (WHOLE_X, Y),
    "float32 int64": (X, WHOLE_Y),
    "bool uint8": (WHOLE_X > 1, abs(WHOLE_Y).astype("u1")),
    "0-d": (np.array(X[0, 0]), np.array(Y[0, 0])),
    "float32, 0-d float64": (X, np.array(Y[0, 0], "f8")),
    "int64, 0-d float32": (WHOLE_X, np.array(Y[0, 0])),
    "0-d int64, float16": (np.array(WHOLE_X[0, 2]), Y.astype("f2")),
    "empty": (X[:0].copy(), Y[:0].copy()),
    "strided": (np.asfortranarray(X), np.repeat(Y, 2, 1)[:, ::2]),
    "odd": (ODD, ODD[::-1].copy()),
    "complex64": ((X + 1j * Y).astype("c8"), (Y - 1j * X).astype("c8")),
    "complex128": (X + 1j * Y.astype("f8"), Y - 1j * X.astype("f8")),
    "complex64 float32": ((X + 1j * Y).astype("c8"), Y),
    "float64 complex64": (X.astype("f8"), (Y - 1j * X).astype("c8")),
    "complex64, 0-d complex128": ((X + 1j * Y).astype("c8"), np.array(0.6 - 2j)),
    "odd and even": (ODD, np.full((2, 4), 2.0, "f4")),
}  # fmt: skip
TOLERANCES = {
    "torch.float16": (2e-3, 2e-3),
    "torch.float32": (2e-5, 2e-6),
    "torch.complex64": (2e-5, 2e-6),
    "torch.float64": (1e-10, 1e-12),
    "torch.complex128": (1e-10, 1e-12),
}


def parameters(call: Call) -> list[str]:
    """The names of the inputs that a call takes."""
    _, *inputs = inspect.signature(call).parameters.values()
    return [p.name for p in inputs if p.default is p.empty]


def worlds(call: Call) -> Iterator[tuple[str, Arrays]]:
    """The worlds that a call is run in, and the values of its inputs there."""
    names = parameters(call)
    for world, (x, y) in WORLDS.items():
        if world in getattr(call, "skipped", ()):
            continue
        if world == "float64":
            arrays = {
                name: value.astype("f8") if value.dtype.kind == "f" else value
                for name, value in INPUTS.items()
            }
        elif world == "float32" or "y" in names or ("x" in names and "," not in world):
            arrays = {**INPUTS, "x": x, "y": y}
        else:
            continue
        yield world, {name: arrays[name] for name in names}


def label(call: Call) -> str:
    """The line on which a call is written."""
    code = call.__code__
    return " ".join(linecache.getline(code.co_filename, code.co_firstlineno).split()).rstrip(",")


def tensors_in(result: Any) -> Iterator[Any]:
    """All tensors in a result, however it nests."""
    if isinstance(result, (tuple, list)):
        for part in result:
            yield from tensors_in(part)
    elif hasattr(result, "requires_grad"):
        yield result


def array_of(tensor: Any) -> np.ndarray:
    return tensor.detach().numpy(force=True)


class Outcome:
    """What one module made of a call."""

    def __init__(self, torch: Any, call: Call, arrays: Arrays, twice: bool) -> None:
        torch.manual_seed(0)
        self.inputs = {name: made(torch, array) for name, array in arrays.items()}
        self.error: Exception | None = None
        self.gradients: Any = ()
        try:
            self.result = call(torch, *self.inputs.values())
        except Exception as error:
            self.error = error
            return
        self.dtypes = {x.dtype for x in tensors_in([self.result, *self.inputs.values()])}
        try:
            self.gradients = self.differentiate(torch, twice)
        except Exception as error:
            self.gradients = error

    def differentiate(self, torch: Any, twice: bool) -> list[Any]:
        """The gradients of the results by the inputs, and of these gradients once more."""
        leaves = [x for x in self.inputs.values() if x.requires_grad and x.is_leaf]
        outputs = [y for y in tensors_in(self.result) if y.requires_grad]
        if not leaves or not outputs:
            return []
        first = slopes(torch, outputs, leaves, create_graph=twice)
        again = [g for g in first if g is not None and g.requires_grad]
        if not twice:
            return [first]
        second = slopes(torch, again, leaves, create_graph=False) if again else [None] * len(leaves)
        second = [torch.zeros_like(x) if g is None else g for g, x in zip(second, leaves)]
        return [[None if g is None else g.detach() for g in first], second]

    def shared(self, tensor: Any) -> dict[str, Any]:
        """For each input whether `tensor` lies in its memory, and whether it is that input."""
        return {
            name: (tensor is x, np.may_share_memory(array_of(tensor), array_of(x)))
            for name, x in self.inputs.items()
            if array_of(x).size
        }


def made(torch: Any, array: np.ndarray) -> Any:
    tensor = torch.from_numpy(array.copy(order="K"))
    return tensor.requires_grad_() if array.dtype.kind in "fc" else tensor


def weights_of(y: np.ndarray) -> np.ndarray:
    """What the gradients of `y` are multiplied with: numbers that differ, complex for complex."""
    turn = 1 - 0.4j if y.dtype.kind == "c" else 1
    return (np.cos(np.arange(y.size)).reshape(y.shape) * turn).astype(y.dtype)


def slopes(torch: Any, outputs: list[Any], leaves: list[Any], create_graph: bool) -> list[Any]:
    weights = [torch.from_numpy(weights_of(array_of(y))) for y in outputs]
    return list(
        torch.autograd.grad(outputs, leaves, weights, create_graph=create_graph, allow_unused=True)
    )


def differences(ours: Outcome, theirs: Outcome) -> Iterator[str]:
    """In what the two outcomes of one call differ."""
    if ours.error is not None or theirs.error is not None:
        if not same_error(ours.error, theirs.error):
            yield f"ours: {shown(ours)}; theirs: {shown(theirs)}"
        return
    yield from unlike(ours.result, theirs.result, "result", ours, theirs)
    for name, x in ours.inputs.items():
        yield from unlike(x, theirs.inputs[name], f"afterwards, {name}", ours, theirs)
    g, h = ours.gradients, theirs.gradients
    if isinstance(g, Exception) or isinstance(h, Exception):
        if not same_error(g, h) and not any(text in str(h) for text in NO_GRADIENT):
            yield f"gradients: ours {g!r}; theirs {h!r}"
    else:
        yield from unlike(g, h, "gradients", ours, theirs)


def same_error(ours: Any, theirs: Any) -> bool:
    """Whether both failed in the same way, or PyTorch just lacks the code for a dtype."""
    if isinstance(theirs, RuntimeError) and "not implemented for" in str(theirs):
        return ours is None or isinstance(ours, RuntimeError | TypeError) or ours == []
    if type(theirs).__name__ == "_LinAlgError":
        return type(ours).__name__ == "LinAlgError"
    return isinstance(ours, type(theirs)) and (ours is None or type(theirs) is not Exception)


def shown(outcome: Outcome) -> str:
    if outcome.error is None:
        return repr(outcome.result)
    return f"{type(outcome.error).__name__}: {str(outcome.error).splitlines()[:1]}"


def unlike(ours: Any, theirs: Any, at: str, a: Any = None, b: Any = None) -> Iterator[str]:
    """In what two results differ; tensors are taken apart, all else is compared by its text."""
    if isinstance(theirs, (tuple, list)):
        if not isinstance(ours, (tuple, list)) or len(ours) != len(theirs):
            yield f"{at}: ours {ours!r}; theirs {theirs!r}"
            return
        if not all(hasattr(theirs, field) for field in getattr(ours, "_fields", ())):
            yield f"{at}: ours has fields {ours._fields}; theirs {theirs!r}"
        for i, (g, h) in enumerate(zip(ours, theirs, strict=True)):
            yield from unlike(g, h, f"{at}[{i}]", a, b)
    elif hasattr(theirs, "requires_grad") and hasattr(ours, "requires_grad"):
        yield from unlike_tensors(ours, theirs, at, a, b)
    elif isinstance(theirs, float) and isinstance(ours, float):
        if not np.isclose(ours, theirs, 1e-5, 0, equal_nan=True):
            yield f"{at}: ours {ours!r}; theirs {theirs!r}"
    elif isinstance(theirs, np.ndarray) and isinstance(ours, np.ndarray):
        if ours.dtype != theirs.dtype or not np.array_equal(ours, theirs, equal_nan=True):
            yield f"{at}: ours {ours!r}; theirs {theirs!r}"
    elif type(ours).__name__ != type(theirs).__name__ or repr(ours) != repr(theirs):
        yield f"{at}: ours {ours!r}; theirs {theirs!r}"


def unlike_tensors(ours: Any, theirs: Any, at: str, a: Any, b: Any) -> Iterator[str]:
    facts = [(str(x.dtype), tuple(x.shape), x.requires_grad, x.is_leaf) for x in (ours, theirs)]
    if theirs.grad_fn is not None and theirs.grad_fn.name() == "NotImplemented":
        facts = [fact[:2] for fact in facts]  # PyTorch fails on the way back; ours is 0
    if facts[0] != facts[1]:
        yield f"{at}: ours {facts[0]}; theirs {facts[1]} (ours {ours!r}; theirs {theirs!r})"
        return
    seen = {theirs.dtype} if b is None else {theirs.dtype} | b.dtypes
    rtol, atol = max(TOLERANCES.get(str(dtype), (0, 0)) for dtype in seen)
    if not np.allclose(array_of(ours), array_of(theirs), rtol, atol, equal_nan=True):
        yield f"{at}: ours {array_of(ours)!r}; theirs {array_of(theirs)!r}"
    if a is not None and a.shared(ours) != b.shared(theirs):
        yield f"{at}: (is, shares memory with): ours {a.shared(ours)}; theirs {b.shared(theirs)}"


def compare(ours: Any, theirs: Any, call: Call) -> list[str]:
    """Run a call in all its worlds; what differs, a line each."""
    found = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for world, arrays in worlds(call):
            twice = world in ("float64", "complex128")
            pair = [Outcome(module, call, arrays, twice) for module in (ours, theirs)]
            loose = getattr(call, "loose", False) and world != "float32"
            if loose and all(isinstance(outcome.error, ERRORS) for outcome in pair):
                continue
            found += [f"[{world}] " + " ".join(d.split()) for d in differences(*pair)]
    return found


def names_in(call: Call) -> Iterator[tuple[bool, str]]:
    """The attributes that a call and its helpers read: whether of the module, and the name."""
    codes, seen = [call.__code__], set()
    while codes:
        code = codes.pop()
        if code in seen:  # of a helper that calls itself
            continue
        seen.add(code)
        codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
        helpers = (call.__globals__.get(name) for name in code.co_names)
        helpers = (h for h in helpers if isinstance(h, types.FunctionType))
        codes += [h.__code__ for h in helpers if h.__module__ == call.__module__]
        before = ""
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR"):
                yield before.endswith("torch"), step.argval
            names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
            before = str(names[-1]) if names else ""
