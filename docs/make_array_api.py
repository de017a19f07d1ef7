"""Write what is there of the array API standard: `python -m docs.make_array_api`.

`docs/array_api.md` lists the names of the namespace, and shows calls where PyTorch's meaning is not
the standard's, each with the answer that minitorch gave when the page was written.
"""

from __future__ import annotations

from pathlib import Path

import minitorch as torch
from minitorch import array_api as xp

PATH = Path(__file__).parent / "array_api.md"
HEAD = """# The array API standard

Written by `python -m docs.make_array_api`. `x.__array_namespace__()` of a Tensor is
`minitorch.array_api`: the functions of the
[Python array API standard](https://data-apis.org/array-api/2024.12/), version {version}, on
Tensors, with the standard's names, keywords and promotion. Gradients flow through them as through
PyTorch's. `tests/parity/test_array_api.py` compares {count} names in several hundred calls with
`array_api_strict`, the standard's implementation on NumPy.

    def standardised(x):
        xp = x.__array_namespace__()
        return (x - xp.mean(x, axis=0)) / xp.std(x, axis=0)
"""
MIDDLE = """
## Where PyTorch's meaning holds

A Tensor is PyTorch's: its attributes, operators and default dtype are not changed, and the
functions do what PyTorch's do where the standard asks for more. Here `i8`, `u8`, `u16` are vectors
of those integers, `s` an int64 without dimensions, `f` a float32 vector, `c` a complex one.

| Call | The standard | minitorch |
|---|---|---|
"""
# A call, and what the standard says of it.
DEVIATIONS = {
    "xp.asarray([1.5]).dtype": "float64 or float32, as the library chooses",
    "f.size": "an attribute, the number of elements; here PyTorch's method: use `f.numel()`",
    "hasattr(f, 'to_device')": "True; here use `f.to(device)`",
    "(i8 + s).dtype": "int64; by an operator, a tensor without dimensions counts less",
    "xp.add(i8, s).dtype": "int64: functions follow the standard",
    "xp.add(u16, i8)": "int32; PyTorch does not promote uint16, uint32 and uint64",
    "xp.sum(u8).dtype": "uint64, as for `prod` and the cumulative forms",
    "f[::-1]": "the elements in reverse; PyTorch has no negative steps: use `xp.flip(f)`",
    "xp.sort(c)": "not said; no order of complex numbers",
    "xp.unique_values(c)": "the distinct elements; here they would have to be sorted",
    "xp.std(xp.astype(i8, xp.float32), correction=3)": "nan or inf",
    "xp.floor_divide(i8, xp.zeros_like(i8))": "not said; PyTorch's error",
    "xp.max(f[:0])": "not said; PyTorch's error",
}


def answer(call: str) -> str:
    """What minitorch answers to a call, in one line."""
    i8, u8 = torch.tensor([1, 2], dtype=torch.int8), torch.tensor([1, 2], dtype=torch.uint8)
    places = {
        "xp": xp, "i8": i8, "u8": u8, "u16": u8.to(torch.uint16), "s": torch.tensor(3),
        "f": torch.tensor([1.5, 2.5]), "c": torch.tensor([1 + 1j, 2j]),
    }  # fmt: skip
    try:
        result = eval(call, places)
    except Exception as error:
        return f"{type(error).__name__}: {str(error).partition('. ')[0]:.70}"
    return "a method" if callable(result) else f"`{result!r}`"


def page() -> str:
    """The page."""
    names = [name for name in xp.__all__ if name not in ("fft", "linalg")]
    groups = {"": names, "linalg": xp.linalg.__all__, "fft": xp.fft.__all__}
    count = sum(map(len, groups.values()))
    text = HEAD.format(version=xp.__array_api_version__, count=count) + "\n## The names\n"
    for group, found in groups.items():
        listed = ", ".join(f"`{name}`" for name in sorted(found, key=str.lower))
        text += f"\n{group or 'The namespace'}: {listed}\n"
    rows = [f"| `{call}` | {said} | {answer(call)} |\n" for call, said in DEVIATIONS.items()]
    return text + MIDDLE + "".join(rows)


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
