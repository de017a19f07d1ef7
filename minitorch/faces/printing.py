"""How tensors print: PyTorch's `repr`, character by character, for NumPy arrays.

The work has three steps. The array is cut to what will be seen (`_summary`); its values become
texts of one width, the cells (`_cells`); and the cells are put in brackets and lines (`_nest`).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from minitorch.faces import dtypes

_PROFILES: dict[str, dict] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}
_options: dict = {**_PROFILES["default"], "sci_mode": None}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: float | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print. An option that is not given stays, except for `sci_mode`.

    Args:
        precision: digits after the point; 4 at the start.
        threshold: tensors with more elements than this are summarised; 1000.
        edgeitems: how many items a summary shows at each end of each dimension; 3.
        linewidth: characters in a line; 80.
        profile: "default", "short" or "full" sets the four above before they are looked at.
        sci_mode: True or False to always or never write 1.0e+00; None (also if not given) to choose
            for each tensor.

    Raises:
        TypeError, ValueError: for what cannot be such an option; no option has changed then.

    Example:
        >>> torch.set_printoptions(precision=2)
        >>> torch.tensor([1.2345, 20.0])
        tensor([ 1.23, 20.00])
        >>> torch.set_printoptions(profile="default")
    """
    if profile is not None and profile not in _PROFILES:
        names = ", ".join(map(repr, _PROFILES))
        raise ValueError(f"set_printoptions(): profile must be one of {names}, not {profile!r}")
    changed = dict(_PROFILES.get(profile, {}) if profile else {})
    for name, value, kinds, expected in (
        ("precision", precision, (int, np.integer), "an integer"),
        ("threshold", threshold, (int, float, np.integer, np.floating), "a number"),
        ("edgeitems", edgeitems, (int, np.integer), "an integer"),
        ("linewidth", linewidth, (int, float, np.integer, np.floating), "a number"),
    ):
        if value is None:
            continue
        if not isinstance(value, kinds):
            given = f"{value!r} of type {type(value).__name__}"
            raise TypeError(f"set_printoptions(): {name} must be {expected}, not {given}")
        if not value >= 0:
            raise ValueError(f"set_printoptions(): {name} must be at least 0, not {value!r}")
        changed[name] = value
    _options.update(changed, sci_mode=sci_mode)


def get_printoptions() -> dict:
    """A copy of the options that `set_printoptions` sets, by name."""
    return dict(_options)


def tensor_repr(
    array: np.ndarray,
    *,
    prefix: str = "tensor(",
    requires_grad: bool = False,
    grad_name: str | None = None,
) -> str:
    """The text of a tensor that holds `array`.

    Args:
        prefix: what stands before the values; later lines are indented by its length.
        requires_grad: whether to say so; `grad_name` is said in its place where there is one.
        grad_name: the name of the node that made the tensor, "MulBackward0".

    Example:
        >>> import numpy as np
        >>> from minitorch.faces.printing import tensor_repr
        >>> tensor_repr(np.array([[1.0, 2.5]]), requires_grad=True)
        'tensor([[1.0000, 2.5000]], dtype=torch.float64, requires_grad=True)'
    """
    dtype = dtypes.of(array.dtype)
    unnamed = {dtypes.get_default_dtype()}
    if array.size:
        unnamed |= {dtypes.default_complex_dtype(), dtypes.int64, dtypes.bool}
        values = _values(array, len(prefix))
        size_unseen = _options["edgeitems"] == 0
    else:
        values = "[]"
        size_unseen = array.ndim != 1
    notes = []
    if size_unseen:
        notes.append(f"size={array.shape}")
    if dtype not in unnamed:
        notes.append(f"dtype={dtype}")
    if grad_name is not None:
        notes.append(f"grad_fn=<{grad_name}>")
    elif requires_grad:
        notes.append("requires_grad=True")
    return _with_notes(prefix + values, notes, len(prefix)) + ")"


def _with_notes(text: str, notes: list[str], indent: int) -> str:
    """The text and what is said of the tensor, on a new line where the line would be too long."""
    column = len(text) - text.rfind("\n") + 1  # PyTorch's count: two more than are written
    for note in notes:
        column += len(note) + 2
        if column > _options["linewidth"]:
            text += ",\n" + " " * indent + note
            column = indent + len(note)
        else:
            text += ", " + note
    return text


def _values(array: np.ndarray, indent: int) -> str:
    """The values of a non-empty array in brackets, summarised if there are many."""
    shown, is_cut = _summary(array)
    flat = shown.reshape(-1)
    if flat.dtype.kind == "c":
        real, real_width = _cells(flat.real)
        imag, imag_width = _cells(flat.imag)
        cells = [_complex_cell(*parts) for parts in zip(real, imag)]
        width = real_width + imag_width + 1
    else:
        cells, width = _cells(flat)
    return _nest(cells, shown.shape, is_cut, indent, width + 2)


def _summary(array: np.ndarray) -> tuple[np.ndarray, list[bool]]:
    """The part of the array that is printed, and which of its axes lost their middle."""
    edge = _options["edgeitems"]
    many = array.size > _options["threshold"]
    is_cut = [many and n > 2 * edge for n in array.shape]
    if any(is_cut):
        kept = [
            [*range(edge), *range(n - edge, n)] if cut else range(n)
            for n, cut in zip(array.shape, is_cut)
        ]
        array = array[np.ix_(*kept)]
    return array, is_cut


def _cells(values: np.ndarray) -> tuple[list[str], int]:
    """The texts of real values, padded to one width, and that width."""
    if values.dtype.kind in "biu":
        texts = [str(v) for v in values.tolist()]
        width = max(map(len, texts), default=1)
    else:
        texts, width = _float_texts(values.astype(np.float64))
    return [text.rjust(width) for text in texts], width


def _float_texts(values: np.ndarray) -> tuple[list[str], int]:
    """The texts of floats, all in one style, and the width that the tensor's columns get.

    Zeros, infinities and nan count neither for the style nor for the width.
    """
    counted = values[np.isfinite(values) & (values != 0)]
    if not counted.size:
        return [_whole(v) for v in values.tolist()], 1
    sizes = np.abs(counted)
    least, most = float(sizes.min()), float(sizes.max())
    are_whole = bool((sizes == np.floor(sizes)).all())
    is_scientific = _options["sci_mode"]
    if is_scientific is None:
        is_scientific = most / least > 1000 or most > 1e8 or least < 1e-4
    style = _format("e") if is_scientific else _whole if are_whole else _format("f")
    return [style(v) for v in values.tolist()], max(map(len, map(style, counted.tolist())))


def _whole(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else str(value)


def _format(letter: str) -> Callable[[float], str]:
    return f"{{:.{_options['precision']}{letter}}}".format


def _complex_cell(real: str, imag: str) -> str:
    imag = imag.lstrip()
    return f"{real}{imag}j" if imag[0] == "-" else f"{real}+{imag}j"


def _nest(
    cells: list[str], shape: tuple[int, ...], is_cut: list[bool], indent: int, column: int
) -> str:
    """The cells in brackets, one pair per dimension, with dots for the middle of a cut axis.

    `indent` is where the opening bracket stands, `column` the width of a cell and its comma.
    """
    if not shape:
        return cells[0]
    n = shape[0]
    new_line = "\n" + " " * (indent + 1)
    if len(shape) == 1:
        row = list(cells)
        if is_cut[0]:
            row.insert(n // 2, " ..." if n else "...")
        per_line = int(max(1, min((_options["linewidth"] - indent) // column, len(row))))
        lines = [", ".join(row[i : i + per_line]) for i in range(0, len(row), per_line)]
        return "[" + ("," + new_line).join(lines) + "]"
    step = len(cells) // max(n, 1)
    parts = [
        _nest(cells[i * step : (i + 1) * step], shape[1:], is_cut[1:], indent + 1, column)
        for i in range(n)
    ]
    if is_cut[0]:
        parts.insert(n // 2, "...")
    return "[" + ("," + "\n" * (len(shape) - 2) + new_line).join(parts) + "]"
