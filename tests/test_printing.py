"""How tensors print: some fixed texts, and the options. All else is compared with PyTorch."""

import math

import numpy as np
import pytest

from minitorch.faces import dtypes, printing
from minitorch.faces.printing import tensor_repr


@pytest.fixture(autouse=True)
def default_options():
    yield
    printing.set_printoptions(profile="default")
    dtypes.set_default_dtype(dtypes.float32)


@pytest.mark.parametrize(
    "array, text",
    [
        (np.array(5), "tensor(5)"),
        (np.float32([1, 2]), "tensor([1., 2.])"),
        (np.float32([1, 2.5, -np.inf]), "tensor([1.0000, 2.5000,   -inf])"),
        (np.float32([1e-8, 1]), "tensor([1.0000e-08, 1.0000e+00])"),
        (np.array([[True, False]]), "tensor([[ True, False]])"),
        (np.complex64([1 - 2j, 0.5]), "tensor([1.0000-2.j, 0.5000+0.j])"),
        (np.zeros((0, 3), "float32"), "tensor([], size=(0, 3))"),
        (np.zeros(0, "int64"), "tensor([], dtype=torch.int64)"),
        (np.array([1.5]), "tensor([1.5000], dtype=torch.float64)"),
        (np.int8([-1]), "tensor([-1], dtype=torch.int8)"),
    ],
)
def test_texts(array, text):
    assert tensor_repr(array) == text


def test_a_large_tensor_is_summarised():
    text = "tensor([[0, 0, 0,  ..., 0, 0, 0],\n        [0, 0, 0,  ..., 0, 0, 0]])"
    assert tensor_repr(np.zeros((2, 10**6), "int64")) == text


def test_notes():
    assert tensor_repr(np.float32([1]), requires_grad=True) == "tensor([1.], requires_grad=True)"
    text = tensor_repr(np.float32(1), requires_grad=True, grad_name="MulBackward0")
    assert text == "tensor(1., grad_fn=<MulBackward0>)"
    assert tensor_repr(np.float32([[1], [2]]), prefix="Mine(") == "Mine([[1.],\n      [2.]])"


def test_default_dtype_decides_what_is_said():
    dtypes.set_default_dtype(dtypes.float64)
    assert tensor_repr(np.array([1.0])) == "tensor([1.])"
    assert tensor_repr(np.array([1j])) == "tensor([0.+1.j])"
    assert tensor_repr(np.float32([1.0])) == "tensor([1.], dtype=torch.float32)"


def test_options():
    printing.set_printoptions(precision=1, threshold=3, edgeitems=1, sci_mode=True)
    assert tensor_repr(np.float32([1, 2, 3, 4])) == "tensor([1.0e+00,  ..., 4.0e+00])"
    options = printing.get_printoptions()
    assert options == {
        "precision": 1,
        "threshold": 3,
        "edgeitems": 1,
        "linewidth": 80,
        "sci_mode": True,
    }
    options["precision"] = 9
    printing.set_printoptions(profile="full", linewidth=100)
    expected = {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 100}
    assert printing.get_printoptions() == {**expected, "sci_mode": None}


@pytest.mark.parametrize(
    "options, error",
    [
        ({"precision": 2.5}, TypeError),
        ({"precision": -1}, ValueError),
        ({"threshold": "many"}, TypeError),
        ({"threshold": math.nan}, ValueError),
        ({"edgeitems": -1}, ValueError),
        ({"linewidth": [80]}, TypeError),
        ({"profile": "tiny"}, ValueError),
        ({"colour": True}, TypeError),
    ],
)
def test_options_that_cannot_be(options, error):
    before = printing.get_printoptions()
    with pytest.raises(error, match=next(iter(options))):
        printing.set_printoptions(sci_mode=True, **options)
    assert printing.get_printoptions() == before
