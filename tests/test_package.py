"""What the package is as a whole: what it imports, what it ships, what it is called."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module, metadata, resources
from pathlib import Path

import minitorch
from minitorch.faces import functions, later

PACKAGE = Path(minitorch.__file__).parent
OPTIONAL = {
    "PIL", "matplotlib", "ml_dtypes", "numba", "scipy", "sklearn", "threadpoolctl", "tqdm",
    "typing_extensions",
}  # fmt: skip


def child(code: str) -> list[str]:
    """The words that `code` prints in a new interpreter."""
    return subprocess.check_output([sys.executable, "-c", code], text=True).split()


def test_import_pulls_in_nothing_but_numpy_and_the_standard_library():
    before = set(child("import sys, numpy.random; print(*sys.modules)"))  # Cython's modules too
    after = set(child("import sys, minitorch; print(*sys.modules)"))
    packages = {name.partition(".")[0] for name in after - before}
    assert "minitorch" in packages
    assert packages - {"minitorch", "numpy"} <= sys.stdlib_module_names


def test_import_leaves_heavy_modules_for_those_who_need_them():
    loaded = child(
        "import sys, numpy; before = set(sys.modules); import minitorch;"
        "print(*set(sys.modules) - before)"
    )
    heavy = {"tqdm", "multiprocessing", "inspect", "pickle", "tempfile", "zipfile", "unittest"}
    assert heavy.isdisjoint(loaded)


def test_no_module_imports_what_is_not_declared():
    allowed = sys.stdlib_module_names | {"minitorch", "numpy"} | OPTIONAL
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            assert {name.partition(".")[0] for name in names} <= allowed, path


def test_only_numpy_and_tqdm_are_required():
    required = [line for line in metadata.requires("minitorch") if "extra ==" not in line]
    assert sorted(line.split("<")[0].split(">")[0] for line in required) == ["numpy", "tqdm"]


def test_ships_types_and_data():
    files = resources.files("minitorch")
    assert files.joinpath("py.typed").is_file()
    data = {file.name for file in files.joinpath("datasets", "data").iterdir()}
    assert data == {
        "README.md", "digits.npz", "iris.npz", "names.txt.gz",
        "alice.txt.gz", "as-you-like-it.txt.gz", "moby-dick.txt.gz",
    }  # fmt: skip


def test_version_is_the_installed_one():
    assert minitorch.__version__ == metadata.version("minitorch")


def test_families_that_are_imported_later_are_listed_with_their_names():
    for family, names in later.FUNCTIONS.items():
        found, methods = functions._gather(import_module(f"minitorch.faces.{family}"))
        assert set(names.split()) == set(found), family
        assert set(later.METHODS.get(family, "").split()) == set(methods), family


def test_families_are_imported_when_first_asked_for():
    child(
        "import sys, minitorch as torch\n"
        "def loaded(family): return f'minitorch.faces.{family}' in sys.modules\n"
        "assert not any(map(loaded, ('sorting', 'special', 'pools', 'scattering')))\n"
        "assert torch.arange(3.0).sort().values.tolist() == [0, 1, 2]\n"
        "assert loaded('sorting') and vars(torch)['sort'] is torch.sort\n"
        "assert vars(torch.Tensor)['argsort'] is torch.Tensor.argsort\n"
        "class Own(torch.Tensor):\n"
        "    def erf(self): return super().erf() + 1\n"
        "assert torch.Tensor.__new__(Own, 1).zero_().erf().item() == 1 and loaded('special')\n"
        "torch.Tensor.take = torch.max_pool1d = None  # what a program puts there stays\n"
        "assert torch.masked_scatter and torch.Tensor.take is None\n"
        "assert torch.adaptive_avg_pool1d and torch.max_pool1d is None\n"
        "from minitorch import *\n"
        "assert stft is torch.stft and 'istft' in dir(torch)\n"
    )


def test_completion_offers_what_is_imported_later():
    assert {"nn", "optim", "inspect", "fit", "draw", "grad", "save"} <= set(dir(minitorch))
    assert {"doctor", "summary", "draw"} <= set(dir(minitorch.inspect))
    for name in dir(minitorch):  # as `help` and completion do
        getattr(minitorch, name)


def test_import_leaves_layers_and_optimizers_for_those_who_need_them():
    loaded = child("import sys, minitorch, minitorch.optim; print(*sys.modules)")
    assert not any(name.startswith("minitorch.nn") for name in loaded)
    loaded = child("import sys, minitorch.nn; print(*sys.modules)")
    assert {"minitorch.optim", "minitorch.linalg", "minitorch.ops.special"}.isdisjoint(loaded)
