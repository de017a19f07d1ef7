"""Tensors on the memory of arrays, buffers and other libraries, and back."""

import array
import os
import tempfile

import numpy as np

A = np.arange(6, dtype=np.float32).reshape(2, 3)
BYTES = bytes(range(16))


class Taken:
    """An object that gives its memory by DLPack, and nothing else."""

    def __init__(self, x):
        self.x = x

    def __dlpack__(self, **options):
        return self.x.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.x.__dlpack_device__()


class Asked:
    """An object that NumPy would make an array of, and PyTorch does not."""

    def __array__(self, dtype=None, copy=None):
        return A


TAKEN, ASKED = Taken(A), Asked()


def shared(torch, function, **options):
    """Whether what a function makes of an array shares its memory, both ways."""
    a = A.copy()
    x = function(a, **options)
    a[0, 0] = 7
    before = x.clone()
    x[1, 1] = 9
    return before, a


def both(capsule, take):
    """What a capsule gives the first and the second time."""
    return take(capsule), take(capsule)


def mapped(torch, shared):
    """A tensor on a file, which a write to it changes only if it is shared."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "numbers")
        with open(path, "wb") as file:
            file.write(np.arange(6, dtype=np.float32).tobytes())
        x = torch.from_file(path, shared=shared, size=4)
        x[0] = 7
        kept = x.clone()
        with open(path, "rb") as file:
            return kept, np.frombuffer(file.read(), np.float32).tolist()


CALLS = [
    # arrays
    lambda torch: mapped(torch, shared=True),
    lambda torch: mapped(torch, shared=False),
    lambda torch: torch.get_device_module("cpu").__name__.rpartition(".")[2],
    lambda torch: shared(torch, torch.from_numpy),
    lambda torch: shared(torch, torch.as_tensor),
    lambda torch: shared(torch, torch.as_tensor, dtype=torch.float32),
    lambda torch: shared(torch, torch.as_tensor, dtype=torch.float64),
    lambda torch: shared(torch, torch.asarray),
    lambda torch: shared(torch, torch.asarray, copy=True),
    lambda torch: shared(torch, torch.asarray, copy=False),
    lambda torch: shared(torch, torch.asarray, dtype=torch.float64),
    lambda torch: shared(torch, torch.from_dlpack),
    lambda torch: shared(torch, torch.from_dlpack, copy=True),
    lambda torch: shared(torch, torch.tensor),
    lambda torch: (torch.from_numpy(A.T), torch.from_numpy(A[:, ::2]), torch.from_numpy(A[1:])),
    lambda torch: (torch.from_numpy(A[:, ::2]).stride(), torch.from_numpy(A.T).is_contiguous()),
    lambda torch: [
        torch.from_numpy(np.ones(2, kind))
        for kind in (
            "?",
            "i1",
            "i2",
            "i4",
            "i8",
            "u1",
            "u2",
            "u4",
            "u8",
            "f2",
            "f4",
            "f8",
            "F",
            "D",
        )
    ],
    lambda torch: (torch.from_numpy(np.array(3.0)), torch.from_numpy(np.zeros((0, 2)))),
    lambda torch: torch.from_numpy(np.zeros((0, 3))[::-1]),
    lambda torch: torch.from_numpy(np.ma.array([1.0])),
    lambda torch: torch.from_numpy(A[::-1]),
    lambda torch: torch.tensor(A[::-1]),
    lambda torch: torch.as_tensor(A[::-1]),
    lambda torch: torch.asarray(A[::-1]),
    lambda torch: torch.from_numpy(A.astype(">f4")),
    lambda torch: torch.from_numpy(np.array(["a"])),
    lambda torch: torch.from_numpy(np.array([None])),
    lambda torch: torch.from_numpy(np.zeros(2, "i4,f4")),
    lambda torch: torch.from_numpy(np.zeros(2, "i2,f4")["f1"]),
    lambda torch: torch.from_numpy(np.zeros(2, "M8[s]")),
    lambda torch: torch.from_numpy(np.zeros(2, np.longdouble)),
    lambda torch: torch.from_numpy([1, 2]),
    lambda torch: torch.from_numpy(None),
    lambda torch: torch.from_numpy(np.float32(1)),
    lambda torch: torch.from_numpy(ndarray=A),
    # other data
    lambda torch: (torch.as_tensor([1, 2]), torch.as_tensor(1.5), torch.as_tensor(data=[1])),
    lambda torch: torch.as_tensor([1, 2], dtype=torch.float64, device="cpu"),
    lambda torch, x: (torch.as_tensor(x) is x, torch.as_tensor(x, dtype=x.dtype) is x),
    lambda torch, x: torch.as_tensor(x, dtype=torch.float64),
    lambda torch: torch.as_tensor([1], torch.float64),
    lambda torch: torch.as_tensor([1], requires_grad=True),
    lambda torch: (torch.tensor(array.array("f", [1, 2])), torch.tensor(memoryview(b"ab"))),
    lambda torch: (torch.tensor(bytearray(b"abc")), torch.tensor(range(3)), torch.as_tensor([[]])),
    lambda torch: (torch.tensor(TAKEN), torch.as_tensor(TAKEN), torch.asarray(TAKEN)),
    lambda torch: torch.tensor(ASKED),
    lambda torch: torch.as_tensor(ASKED),
    lambda torch: torch.asarray(ASKED),
    lambda torch: torch.tensor([ASKED]),
    lambda torch: torch.as_tensor({1: 2}),
    lambda torch: torch.tensor(iter([1])),
    lambda torch: torch.asarray(np.float32(2)),
    lambda torch: (torch.asarray(1), torch.asarray(obj=[1.5]), torch.asarray([1], dtype=float)),
    lambda torch, x: (torch.asarray(x) is x, torch.asarray(x, copy=False) is x),
    lambda torch, x: torch.asarray(x, copy=True),
    lambda torch, x: torch.asarray(x.detach(), requires_grad=False),
    lambda torch, x: torch.asarray(x, dtype=torch.float64, copy=False),
    lambda torch, i: torch.asarray(i, requires_grad=True),
    lambda torch: torch.asarray([1.0], requires_grad=True),
    lambda torch: torch.asarray(A, dtype=torch.int32, requires_grad=True),
    lambda torch: torch.asarray(A, dtype=torch.float64, copy=False),
    lambda torch: torch.asarray([1], copy=False),
    lambda torch: torch.asarray(1, copy=False),
    lambda torch: torch.asarray([1], torch.float64),
    lambda torch: torch.asarray(bytearray(8), dtype=torch.int16),
    lambda torch: torch.asarray(bytearray(8)),
    lambda torch: torch.asarray(bytearray(3)),
    # buffers
    lambda torch: torch.frombuffer(bytearray(BYTES), dtype=torch.int32),
    lambda torch: torch.frombuffer(bytearray(BYTES), dtype=torch.int32, offset=4),
    lambda torch: torch.frombuffer(bytearray(BYTES), dtype=torch.int16, count=3, offset=1),
    lambda torch: torch.frombuffer(bytearray(BYTES), dtype=torch.uint8, count=-5),
    lambda torch: torch.frombuffer(array.array("d", [1, 2]), dtype=torch.float64),
    lambda torch: torch.frombuffer(bytearray(BYTES), dtype=torch.float32, requires_grad=True),
    lambda torch: torch.frombuffer(bytearray(BYTES), dtype=torch.int32, requires_grad=True),
    lambda torch: torch.frombuffer(bytearray(BYTES), dtype=torch.int32, offset=3),
    lambda torch: torch.frombuffer(bytearray(BYTES), dtype=torch.int32, offset=16),
    lambda torch: torch.frombuffer(bytearray(BYTES), dtype=torch.int32, offset=-1),
    lambda torch: torch.frombuffer(bytearray(BYTES), dtype=torch.int32, count=5),
    lambda torch: torch.frombuffer(bytearray(BYTES), dtype=torch.int32, count=0),
    lambda torch: torch.frombuffer(bytearray(), dtype=torch.int32),
    lambda torch: torch.frombuffer([1], dtype=torch.int32),
    lambda torch: torch.frombuffer(bytearray(BYTES)),
    lambda torch: torch.frombuffer(bytearray(BYTES), torch.int32),
    # DLPack
    lambda torch, x: torch.from_dlpack(x.detach()),
    lambda torch, x: np.from_dlpack(x.detach()),
    lambda torch, x: np.from_dlpack(x.detach()).flags.writeable,
    lambda torch, t: torch.from_dlpack(t.detach().permute(2, 0, 1)).stride(),
    lambda torch, x: torch.from_dlpack(torch.to_dlpack(x.detach())),
    lambda torch, x: torch.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(x.detach())),
    lambda torch: [int(kind) for kind in torch.utils.dlpack.DLDeviceType],
    lambda torch, x: both(torch.to_dlpack(x.detach()), torch.from_dlpack),
    lambda torch, x: (x.__dlpack_device__(), x.__dlpack_device__()[0].name),
    lambda torch, x: x.detach().__dlpack__(stream=1),
    lambda torch, x: x.detach().__dlpack__(stream="a"),
    lambda torch, x: x.detach().__dlpack__(None),
    lambda torch, x: x.detach().__dlpack__(dl_device=(2, 0)),
    lambda torch: torch.from_dlpack([1]),
    lambda torch: torch.from_dlpack(A, device="cpu"),
    lambda torch: torch.from_dlpack(np.ones(2, "u2")),
    lambda torch: torch.from_dlpack(np.ones(2, "?")),
    lambda torch: torch.from_dlpack(np.ones(2, "D")),
    # to NumPy
    lambda torch, x: np.asarray(x.detach(), dtype="f8"),
    lambda torch, x: np.asarray(x.detach(), dtype="i1", copy=False),
    lambda torch, x: x.detach().__array__("f8"),
    lambda torch, x: x.detach().__array__(dtype=np.float16),
    lambda torch, x: x.numpy(True),
    lambda torch, x: np.asarray([x.detach(), x.detach()]),
    lambda torch, x: (x.tolist(), x[0].tolist(), x[0, 0].tolist()),
    lambda torch: memoryview(torch.ones(2)),
]
