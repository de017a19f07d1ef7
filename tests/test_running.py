"""PyTorch programs run unchanged: `as_torch()` and `python -m minitorch run`."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minitorch


@pytest.fixture
def torch():
    with minitorch.as_torch():
        import torch

        yield torch


def test_torch_is_minitorch(torch):
    import torch.nn as nn
    import torch.nn.functional as F
    from torch.optim import SGD
    from torch.utils.data import DataLoader

    assert nn.Linear is minitorch.nn.Linear and F.relu is minitorch.nn.functional.relu
    assert SGD is minitorch.optim.SGD and DataLoader is minitorch.utils.data.DataLoader
    assert torch.nn is nn and torch.nn.functional is F
    assert torch.Tensor is minitorch.Tensor and torch.float32 is minitorch.float32
    assert "relu" in dir(torch) and "Linear" in dir(nn)


def test_the_version_is_that_of_the_pytorch_that_is_followed(torch):
    assert torch.__version__.startswith("2.")
    assert torch.__version__.endswith(f"+minitorch{minitorch.__version__}")


def test_a_missing_name_is_an_error_that_names_the_nearest(torch):
    with pytest.raises(AttributeError, match=r"no torch\.argmx; the nearest .* torch\.argmax"):
        torch.argmx
    with pytest.raises(AttributeError, match=r"torch\.nn\.linear\b.*torch\.nn\.Linear"):
        torch.nn.linear(2, 3)
    assert not hasattr(torch, "argmx")
    with pytest.raises(ModuleNotFoundError, match=r"no torch\.nonsense"):
        import torch.nonsense


def test_what_is_imported_and_never_used_does_no_harm(torch):
    import torch.distributed as dist
    import torch.onnx
    from torch.distributed.fsdp import FullyShardedDataParallel
    from torch.nn.parallel import DistributedDataParallel as DDP
    from torch.utils.cpp_extension import load

    assert not dist.is_available() and not dist.is_initialized()

    def subclass():
        class Mine(FullyShardedDataParallel):
            pass

    for use in (
        subclass,
        lambda: load("x"),
        lambda: FullyShardedDataParallel(torch.nn.Linear(1, 1)),
        lambda: dist.init_process_group("gloo"),
        lambda: torch.onnx.export(None, None),
        lambda: DDP(torch.nn.Linear(1, 1)),
    ):
        with pytest.raises((NotImplementedError, AttributeError, RuntimeError, TypeError)) as error:
            use()
        assert "minitorch" in str(error.value) or "one process" in str(error.value)
    with pytest.raises(AttributeError, match="there is no C\\+\\+ interface"):
        load.something


def test_names_can_be_set(torch):
    before = minitorch.nn.Identity
    try:
        torch.nn.Identity = torch.nn.Linear
        assert minitorch.nn.Identity is minitorch.nn.Linear
    finally:
        torch.nn.Identity = before


def test_afterwards_torch_is_what_it_was():
    import builtins

    marker = builtins.__class__("torch")
    before = {n: m for n, m in sys.modules.items() if n.split(".")[0] == "torch"}
    for name in before:
        del sys.modules[name]
    sys.modules["torch"] = marker
    try:
        with minitorch.as_torch():
            import torch

            assert torch is not marker
            with minitorch.as_torch():
                import torch as again

                assert again.Tensor is minitorch.Tensor
            assert sys.modules["torch"] is torch
        assert sys.modules["torch"] is marker
        assert [n for n in sys.modules if n.startswith("torch.")] == []
    finally:
        del sys.modules["torch"]
        sys.modules.update(before)


SCRIPT = """
import sys
import helper
import torch
from torch import nn

torch.manual_seed(int(sys.argv[1]))
net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
x = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
y = torch.tensor([[0.], [1.], [1.], [0.]])
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for _ in range(200):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
if __name__ == "__main__":
    print(f"{helper.NAME} {loss.item():.6f} {sys.argv}")
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "xor.py"
    path.write_text(SCRIPT)
    (tmp_path / "helper.py").write_text("import torch\nNAME = torch.nn.Linear.__name__")
    return path


def run(*args, cwd=None):
    command = [sys.executable, "-m", "minitorch", *map(str, args)]
    environment = {**os.environ, "PYTHONPATH": str(Path(minitorch.__file__).parents[1])}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, cwd=cwd, env=environment
    )


def test_a_script_runs(script):
    done = run("run", script, "3", "--more")
    assert done.returncode == 0, done.stderr
    name, loss, argv = done.stdout.split(maxsplit=2)
    assert name == "Linear" and float(loss) < 0.01
    assert argv.strip() == repr([str(script), "3", "--more"])


def test_a_script_prints_what_pytorch_prints(script):
    pytest.importorskip("torch")
    theirs = subprocess.run([sys.executable, str(script), "3"], capture_output=True, text=True)
    assert run("run", script, "3").stdout == theirs.stdout != ""


def test_a_failing_script_fails(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("import torch\ntorch.zeros(2) @ torch.zeros(3)")
    done = run("run", path)
    assert done.returncode == 1 and "RuntimeError" in done.stderr and "bad.py" in done.stderr
    path.write_text("raise SystemExit(7)")
    assert run("run", path).returncode == 7


def test_the_command_line_tells_what_is_wrong(tmp_path):
    done = run("run", tmp_path / "none.py")
    assert done.returncode == 2 and "there is no script" in done.stderr
    assert "Traceback" not in done.stderr
    assert run("run", "--help").stdout.startswith("usage: minitorch run")
    assert minitorch.__version__ in run("--version").stdout


def test_a_module_runs(tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "train.py").write_text(
        "import sys, torch\nprint(__name__, torch.ones(1), sys.argv[1:])\nraise SystemExit(3)"
    )
    done = run("run", "-m", "package.train", "--lr", "1", cwd=tmp_path)
    assert done.stdout == "__main__ tensor([1.]) ['--lr', '1']\n" and done.returncode == 3


SPAWNING = """
import multiprocessing, torch

def send(queue, x):
    queue.put((torch.__version__, (x + 1).tolist()))

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=send, args=(queue, torch.ones(2)))
    process.start()
    print(queue.get(timeout=60))
    process.join()
"""


def test_torch_is_minitorch_in_spawned_processes(tmp_path):
    path = tmp_path / "spawning.py"
    path.write_text(SPAWNING)
    done = run("run", path)
    assert f"+minitorch{minitorch.__version__}', [2.0, 2.0])" in done.stdout, done.stderr


def test_a_traceback_begins_at_the_script(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("import torch\ndef f():\n    raise ValueError('x')\nf()")
    files = re.findall('File "(.*)"', run("run", path).stderr)
    assert files == [str(path)] * 2
    path.write_text("x = (")
    assert run("run", path).stderr.startswith(f'  File "{path}", line 1')


def test_safetensors_are_minitorchs(tmp_path, torch):
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    save_file({"x": torch.ones(2)}, tmp_path / "x.safetensors")
    assert torch.equal(load_file(tmp_path / "x.safetensors")["x"], torch.ones(2))
    with safe_open(str(tmp_path / "x.safetensors"), framework="pt", device="cpu") as file:
        assert isinstance(file.get_tensor("x"), minitorch.Tensor)


def test_the_rest_of_safetensors_is_its_own(tmp_path):
    installed = pytest.importorskip("safetensors")
    with minitorch.as_torch():
        import safetensors
        from safetensors.numpy import load_file, save_file

        save_file({"x": np.ones(2)}, tmp_path / "x.safetensors")
        assert isinstance(load_file(tmp_path / "x.safetensors")["x"], np.ndarray)
        with safetensors.safe_open(tmp_path / "x.safetensors", framework="np") as file:
            assert isinstance(file.get_tensor("x"), np.ndarray)
        assert safetensors.__version__ == installed.__version__
    assert sys.modules["safetensors"] is installed


def test_pickles_of_pytorchs_tensors_load():
    theirs = pytest.importorskip("torch")
    x = theirs.arange(6.0).reshape(2, 3)
    x.note = "kept"
    data = pickle.dumps([x, x.t(), theirs.nn.Parameter(theirs.ones(2))])
    with minitorch.as_torch():
        x, turned, parameter = pickle.loads(data)
    assert type(x) is type(turned) is minitorch.Tensor and x.note == "kept"
    assert type(parameter) is minitorch.nn.Parameter and parameter.requires_grad
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]] and turned.tolist() == [[0, 3], [1, 4], [2, 5]]


def test_torchvision_is_minitorchs(torch):
    import torchvision
    import torchvision.transforms as transforms
    import torchvision.transforms.functional as TF
    from torchvision import datasets, utils
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.mnist import read_image_file
    from torchvision.utils import make_grid, save_image

    assert transforms.Compose is minitorch.datasets.transforms.Compose
    assert TF.resize is minitorch.datasets.transforms.functional.resize
    assert CIFAR10 is datasets.CIFAR10 is minitorch.datasets.CIFAR10
    assert utils.make_grid is make_grid is minitorch.datasets.images.make_grid
    assert save_image is minitorch.datasets.images.save_image
    assert read_image_file is minitorch.datasets.mnist.read_image_file
    assert torchvision.datasets is datasets and torchvision.transforms is transforms
    assert torchvision.__version__.endswith(f"+minitorch{minitorch.__version__}")
    assert "Resize" in dir(transforms) and "MNIST" in dir(datasets)


def test_what_torchvision_has_more_is_told(torch):
    import torchvision
    import torchvision.models as models
    from torchvision.datasets import ImageNet
    from torchvision.models import resnet18
    from torchvision.ops import nms

    for use, message in (
        (lambda: resnet18(), "no torchvision.models.resnet18: nothing is downloaded"),
        (lambda: models.vgg16(), "no torchvision.models.vgg16: nothing is downloaded"),
        (lambda: nms(1, 2, 3), "no torchvision.ops.nms: there are no operations for detection"),
        (lambda: ImageNet("x"), "no torchvision.datasets.ImageNet; the nearest"),
        (lambda: torchvision.transforms.v2, "no torchvision.transforms.v2: torchvision.transf"),
    ):
        with pytest.raises((NotImplementedError, AttributeError), match=re.escape(message)):
            use()
    with pytest.raises(ModuleNotFoundError, match=r"no torchvision\.nonsense"):
        import torchvision.nonsense
    with pytest.raises(NotImplementedError, match="Pillow reads images"):
        torchvision.set_image_backend("accimage")


def test_afterwards_torchvision_is_what_it_was(monkeypatch):
    marker = type(sys)("torchvision")
    monkeypatch.setitem(sys.modules, "torchvision", marker)
    with minitorch.as_torch():
        import torchvision

        assert torchvision is not marker
    assert sys.modules["torchvision"] is marker


DIGITS = """
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import torchvision
from torchvision import datasets, transforms

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, 1)
        self.dropout = nn.Dropout(0.1)
        self.fc = nn.Linear(8 * 13 * 13, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        x = self.dropout(torch.flatten(x, 1))
        return F.log_softmax(self.fc(x), dim=1)

def main():
    torch.manual_seed(1)
    transform = transforms.Compose([
        transforms.ToTensor(),
        transforms.Normalize((0.1307,), (0.3081,)),
    ])
    train_set = datasets.MNIST("data", train=True, download=True, transform=transform)
    test_set = datasets.MNIST(root="data", train=False, transform=transform)
    train_loader = torch.utils.data.DataLoader(train_set, batch_size=32, shuffle=True)
    test_loader = torch.utils.data.DataLoader(test_set, batch_size=100, shuffle=False)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = Net().to(device)
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(3):
        model.train()
        for data, target in train_loader:
            data, target = data.to(device), target.to(device)
            optimizer.zero_grad()
            loss = F.nll_loss(model(data), target)
            loss.backward()
            optimizer.step()
    model.eval()
    correct = 0
    with torch.no_grad():
        for data, target in test_loader:
            correct += (model(data).argmax(1) == target).sum().item()
    torchvision.utils.save_image(next(iter(test_loader))[0][:16], "digits.png", normalize=True)
    print(f"{len(train_set)} {len(test_set)} {100.0 * correct / len(test_set):.1f}")

if __name__ == "__main__":
    main()
"""


def test_a_script_trains_on_files_in_torchvisions_layout(tmp_path):
    rng = np.random.default_rng(0)
    shapes = rng.uniform(0, 255, (10, 28, 28)) * (rng.uniform(size=(10, 28, 28)) < 0.2)
    folder = tmp_path / "data" / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for part, count in (("train", 320), ("t10k", 100)):
        labels = rng.integers(0, 10, count)
        images = np.clip(shapes[labels] + rng.normal(size=(count, 28, 28)) * 20, 0, 255)
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
            content = head + array.astype(np.uint8).tobytes()
            (folder / f"{part}-{kind}-ubyte").write_bytes(content)
    (tmp_path / "digits.py").write_text(DIGITS)
    done = run("run", "digits.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    train, test, accuracy = done.stdout.split()
    assert (train, test) == ("320", "100") and float(accuracy) > 90
    assert (tmp_path / "digits.png").read_bytes().startswith(b"\x89PNG")


AUGMENTED = """
import pickle, sys
import numpy as np
import torch
import torchvision
import torchvision.transforms as transforms
from torchvision.datasets import CIFAR10

CIFAR10._check_integrity = lambda self: True  # these files are not the published ones
transform_train = transforms.Compose([
    transforms.RandomCrop(32, padding=4),
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(),
    transforms.Normalize((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
])
torch.manual_seed(0)
trainset = torchvision.datasets.CIFAR10(root="./data", train=True, transform=transform_train)
loader = torch.utils.data.DataLoader(trainset, batch_size=4, shuffle=True, num_workers=0)
images, labels = next(iter(loader))
print(images.shape, labels.tolist(), [f"{x:.4f}" for x in images.mean((1, 2, 3)).tolist()])
print(" ".join(trainset.classes[j] for j in labels))
"""


def test_a_script_augments_as_with_torchvision(tmp_path):
    folder = tmp_path / "data" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    names = [f"class{i}" for i in range(10)]
    rng = np.random.default_rng(0)
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"]:
        data = rng.integers(0, 256, (2, 3072), dtype=np.uint8)
        content = {"data": data, "labels": [1, 2], "label_names": names}
        (folder / name).write_bytes(pickle.dumps(content, protocol=2))
    (tmp_path / "script.py").write_text(AUGMENTED)
    done = run("run", "script.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [  # what it prints with PyTorch 2.13 and torchvision 0.28
        "torch.Size([4, 3, 32, 32]) [1, 2, 2, 1] ['-0.2457', '-0.3217', '-0.3035', '-0.1731']",
        "class1 class2 class2 class1",
    ]


SPAWNING_VISION = """
import multiprocessing, torchvision

def send(queue):
    queue.put((torchvision.__version__, torchvision.transforms.Resize(3).__module__))

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=send, args=(queue,))
    process.start()
    print(queue.get(timeout=60))
    process.join()
"""


def test_torchvision_is_minitorchs_in_spawned_processes(tmp_path):
    path = tmp_path / "spawning.py"
    path.write_text(SPAWNING_VISION)
    done = run("run", path)
    assert "minitorch.datasets.transforms.shapes" in done.stdout, done.stderr
