"""Calls with one argument spoiled fail as in PyTorch, or give the same: see `mistakes.py`."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import pytest

import minitorch
from tests.parity.mistakes import Recorded, of_methods, recorded, spoiled, verdict
from tests.parity.test_functions import CASES

torch = pytest.importorskip("torch")

# Calls in which PyTorch crashes, or never ends: functions, and what is spoiled.
DEADLY = (
    ("lu_unpack lu_solve ormqr orgqr householder_product", ""),  # read memory that is not theirs
    ("lstm gru rnn_tanh rnn_relu", ""),  # so do these, for weights of other sizes
    ("binomial", ""),  # never ends for some NaN and infinities
    ("eig eigvals", "nan|inf"),
    ("set_default_device", ""),  # PyTorch's weighted l1_loss ignores its weight from then on
    ("svd_lowrank pca_lowrank", str(2**70)),  # 2**70 iterations
)
# Where the two differ: functions, what is spoiled, and why.
DIFFERENCES = (
    (
        "pinverse pinv matrix_rank svd svdvals cond eigh eigvalsh lstsq",
        "inf|nan",
        "NumPy's LAPACK refuses what is not finite, PyTorch's gives NaN for infinities",
    ),
    ("cholesky cholesky_ex slogdet lu solve solve_ex matrix_power det", "nan|inf",
     "which elements a NaN or an infinity reaches depends on the order of operations"),
    ("cholesky_ex", "", "of a matrix that is not positive-definite the factor is left unfinished"),
    ("cond pinverse", "one row more", "the matrix is singular: all digits are rounding"),
    ("lstsq", "one dimension more|inf|nan", "PyTorch broadcasts a stack of one in one case only"),
    ("svd_lowrank pca_lowrank lu unravel_index broadcast_shapes", "True|None|'x'|1.5|1180591",
     "written in Python there, where any object passes for a bool, and a bool for an int"),
    ("searchsorted bucketize", "row more|nan", "the sequence is not sorted any more"),
    ("searchsorted bucketize isin scatter", "1.5", "PyTorch takes a number by position only"),
    ("div divide true_divide multiply mul subtract floor_divide", "1.5",
     "PyTorch takes numbers for tensors, even for `out`, in these few"),
    ("i0 i1 airy_ai zeta polygamma bessel_j0 bessel_j1 bessel_y0 bessel_y1 modified_bessel_i0 "
     "modified_bessel_i1 logit bilinear rrelu", "inf|nan",
     "PyTorch gives NaN where there is a limit"),
    ("polygamma", "99|f8", "PyTorch's overflows, and is less precise"),
    ("bessel_j0 bessel_j1 bessel_y0 bessel_y1", "f8", "PyTorch's are good to 1e-8 in float64"),
    ("chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w "
     "hermite_polynomial_h hermite_polynomial_he laguerre_polynomial_l legendre_polynomial_p "
     "shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v "
     "shifted_chebyshev_polynomial_w", "",
     "PyTorch's recurrences lose digits at high degrees, and carry a NaN's neighbour over"),
    ("poisson", "inf|f2", "PyTorch makes an integer of an infinity"),
    ("matrix_exp vander stft", "f2", "PyTorch overflows in float16, or refuses it"),
    ("where view_as_complex view_as_complex_copy", "f2", "there is no complex32 in NumPy"),
    ("view_as_complex view_as_complex_copy stft cholesky diff addmv matrix_rank norm", "empty",
     "PyTorch minds the strides or the shape of a tensor without elements, or forgets to"),
    ("clamp", "u1", "PyTorch wraps the bounds around"),
    ("multinomial", "transposed", "PyTorch draws in the order of memory"),
    ("index_select index_reduce index_copy", "",
     "PyTorch's error depends on the reduction and the dimension, or on what it looks at first"),
    ("addbmm", "transposed|strided|nan|inf", "PyTorch enlarges the tensor in place"),
    ("clamp_max", "1.5", "PyTorch refuses an `out` of float16"),
    ("trapezoid", "dx=True", "a bool is a number here"),
    ("einsum", "empty|one more", "what PyTorch says depends on whether opt_einsum is installed"),
    ("permute reshape repeat_interleave bernoulli randint randint_like unflatten max min sub "
     "trapezoid trapz cumulative_trapezoid where", "None|no tensor",
     "None stands for an argument that is not given"),
    ("where", "x", "as a method with a condition that is none: two mistakes"),
    ("tensor as_tensor asarray", "None", "PyTorch's error for None depends on the dtype"),
    ("istft", "0-d|length=-", "PyTorch counts a negative length from the end"),
    ("fftshift ifftshift", "empty|0-d", "PyTorch asks for a dimension"),
    ("rfftfreq", "-1", "PyTorch gives one frequency of -1 samples"),
    ("batch_norm", "inf", "what a mean of infinity leaves depends on the order of terms"),
    ("conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d max_pool1d "
     "max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d constant_pad_nd", "1180591",
     "a size of more than 64 bits is refused when it is used, with another type of error"),
    ("stft norm", "1180591", "PyTorch refuses it inside, where it is in a list"),
)  # fmt: skip


def matches(table: tuple[tuple[str, ...], ...], call: Recorded, what: str) -> bool:
    name = call.name.split(".")[-1].rstrip("_")
    return any(name in row[0].split() and re.search(row[1], what) for row in table)


def has(module: object, name: str) -> bool:
    for part in name.split("."):
        module = getattr(module, part, None)
    return module is not None


def calls() -> Iterator[Recorded]:
    """The calls of functions that both have, a few of each, and as methods."""
    found = [
        call
        for call in recorded(torch, [case.values[0] for case in CASES])
        if has(minitorch, call.name)
    ]
    found += [method for call in found for method in of_methods(torch, call)
              if has(minitorch, method.name)]  # fmt: skip
    seen: dict[str, int] = {}
    for call in found:
        seen[call.name] = seen.get(call.name, 0) + 1
        if seen[call.name] <= 3:
            yield call


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Some calls write a file of the name that they are given."""
    monkeypatch.chdir(tmp_path)


def differences(share: int) -> list[str]:
    """What differs among every `share`-th of the calls."""
    found, count = [], 0
    for call in calls():
        for what, mistake in spoiled(call):
            if matches(DEADLY, call, what):
                continue
            if zlib.crc32(f"{call.name} {what}".encode()) % share:
                continue
            count += 1
            text = verdict(minitorch, torch, mistake, what)
            if text is not None and not matches(DIFFERENCES, call, what):
                found.append(f"{call.name} {what}: {' '.join(text.split())[:300]}")
    assert count > 30_000 // share
    return found


def test_some_mistakes():
    found = differences(12)
    assert not found, "\n".join(found)


@pytest.mark.full
def test_all_mistakes():
    found = differences(1)
    assert not found, "\n".join(found)
