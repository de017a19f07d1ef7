"""The command line: each command, its help, and what it says of mistakes."""

from __future__ import annotations

import doctest
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import minitorch
from minitorch.cli import COMMANDS, main
from minitorch.profiler.__main__ import main as profile

PAGE = Path(__file__).parents[1] / "docs" / "command_line.md"
NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv2d(1, width, 3)
        self.fc = nn.Linear(width * 36, 10)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).flatten(1))

class Needs(nn.Module):
    def __init__(self, width, depth, bias=True):
        super().__init__()

small = nn.Linear(3, 2)
number = 3

def softplus(x):
    return torch.log(1 + torch.exp(x))

def detached(x):
    return (x.detach() * x).sum()

def product(x):
    return x @ torch.ones(9)

def endless(x):
    while True:
        pass

def parts():
    model = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
    return model, nn.CrossEntropyLoss(), (torch.randn(8, 4), torch.arange(8) % 3)

def good():
    return small, nn.MSELoss(), (torch.randn(8, 3), torch.randn(8, 2))
"""
TRAIN = """
import sys
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
x = torch.randn(32, 4)
y = x.sum(1, keepdim=True)
for _ in range(12):
    loss = nn.functional.mse_loss(model(x), y)
    if "--clear" in sys.argv:
        optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"loss {loss.item():.6f}")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("MINITORCH_TRACEBACKS", "short")
    (tmp_path / "mynet.py").write_text(NET)
    (tmp_path / "train.py").write_text(TRAIN)
    return tmp_path


@pytest.fixture
def said(capsys):
    """Give a command line; get the exit status, what was printed, and what went to stderr."""

    def run(*words):
        try:
            main([str(word) for word in words])
            status = 0
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def refused(said):
    """The one line that a mistake gets."""

    def run(*words):
        status, out, err = said(*words)
        assert status == 2 and out == "" and err.count("\n") == 1, err
        return err

    return run


# the command itself


def test_help_lists_the_commands_and_each_has_an_example(said):
    status, out, _ = said("--help")
    assert status == 0 and all(f"  {name} " in out for name in COMMANDS)
    assert said("--version") == (0, f"minitorch {minitorch.__version__}\n", "")
    for name in COMMANDS:
        status, out, _ = said(name, "--help")
        assert status == 0 and out.startswith(f"usage: minitorch {name}")
        assert f"example:\n  minitorch {name}" in out


def test_help_imports_no_command_and_a_traceback_is_the_programs():
    code = (
        "import sys, minitorch.cli as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([n for n in sys.modules if n.startswith(('minitorch.cli.', 'minitorch.nn'))])\n"
        "cli.main(['draw', 'mynet.py:product', '--input-size', '2,3'])"
    )
    (Path("minitorch")).write_text(code, encoding="utf-8")  # as pip writes one
    done = subprocess.run([sys.executable, "minitorch"], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]" and done.returncode == 1
    assert "cli.main(['draw'" not in done.stderr
    assert "mynet.py" in done.stderr and "x @ torch.ones(9)" in done.stderr
    assert "minitorch/cli" not in done.stderr and "minitorch/engine" not in done.stderr


def test_no_command_or_another(refused):
    assert "a command is missing: run, train" in refused()
    assert "no command 'chek'; is check meant?" in refused("chek")
    assert "no command 'xyz': run, train" in refused("xyz")
    assert "unrecognized arguments: --fast" in refused("info", "--fast")


@pytest.mark.parametrize("command", ["summary", "draw", "check"])
def test_names_of_what_is_not_there(command, refused):
    assert "has no 'Nett'; the nearest is Net " in refused(command, "mynet.py:Nett")
    assert "no file mynat.py; the nearest is mynet.py" in refused(command, "mynat.py:Net")
    assert "no module 'mynat'" in refused(command, "mynat:Net")
    assert "names no object: write module:name" in refused(command, "mynet.py")
    assert "mynet.py:number is of type int" in refused(command, "mynet.py:number")
    assert "as in 'mynet.py:Needs(width=..., depth=...)'" in refused(command, "mynet.py:Needs")


def test_a_name_with_arguments(said, refused):
    status, out, _ = said("summary", "mynet.py:Net(width=8)")
    assert status == 0 and "(8, 1, 3, 3)" in out
    torch_linear = ["--reference", "torch.nn:Linear(3, 2, bias=False)", "--checks", "shapes"]
    status, out, _ = said("check", "torch.nn:Linear(3, 2)", "--input-size", "4,3", *torch_linear)
    assert status == 1 and "the parameters and buffers have the shapes" in out
    assert "Net(width=4): too many positional" in refused("summary", "mynet.py:Net(1, 2)")
    assert "must be numbers, texts" in refused("summary", "mynet.py:Net(width=n)")
    assert "of type int, which can't be called" in refused("summary", "mynet.py:number(3)")
    assert "names no object" in refused("summary", "mynet.py:Net(3")


def test_an_error_in_a_file_is_its_own(folder):
    (folder / "broken.py").write_text("import torch\ntorch.zeros(2) @ torch.zeros(3)")
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        main(["summary", "broken.py:net"])
    (folder / "needing.py").write_text("import nothing_of_this_name")
    with pytest.raises(ModuleNotFoundError, match="nothing_of_this_name"):
        main(["check", "needing:f"])


# summary, draw, check


def test_summary(said, folder):
    status, out, _ = said("summary", "mynet.py:Net", "--input-size", "1,8,8")
    assert status == 0 and "conv: Conv2d" in out and "1,490" in out
    status, out, _ = said("summary", "mynet.py:Net", "--input-size", "1,1,9,9")
    assert status == 1 and "failed in fc" in out
    assert said("summary", "minitorch.nn:ReLU")[0] == 0
    assert said("summary", "mynet.py:small", "-o", "small.html") == (0, "", "")
    assert "<" in (folder / "small.html").read_text()


def test_a_shape_that_is_none(refused):
    assert "'1,a' is no shape; write 1,28,28" in refused(
        "summary", "mynet.py:Net", "--input-size", "1,a"
    )
    assert "a size is negative" in refused("draw", "mynet.py:Net", "--input-size=-1")


def test_draw(said, refused, folder):
    status, out, _ = said("draw", "mynet.py:softplus", "--inputs", "0.5")
    assert status == 0 and out.startswith("softplus = log = 0.9741\n")
    assert said("draw", "mynet:Net", "--input-size", "1x1x8x8", "-o", "net.svg") == (
        0, "wrote net.svg\n", "",
    )  # fmt: skip
    assert "<svg" in (folder / "net.svg").read_text(encoding="utf-8")
    status, out, note = said("draw", "mynet.py:Net", "--input-size", "1,8,8")
    assert status == 0 and "(1, 10)" in out and "a batch dimension of size 1" in note
    assert "must end with .svg" in refused("draw", "mynet.py:Net", "-o", "net.png")
    assert "on which inputs?" in refused("draw", "mynet.py:softplus")
    assert "mat2 must be a matrix" in refused(
        "draw", "minitorch:mm", "--input-size=2,3", "--input-size=2"
    )


def test_check_gives_a_verdict_and_a_status(said):
    args = ["--input-size", "2,3", "--reference", "torch.nn.functional:softplus"]
    status, out, _ = said("check", "mynet.py:softplus", *args)
    assert status == 0 and out.endswith("passed: 20 of 20 points, score 1.00\n")
    nll = ["torch.nn.functional:cross_entropy", "--input-size", "2,3", "--inputs", "[0, 2]"]
    assert said("check", *nll, "--order", "1")[0] == 0  # in this order
    status, out, _ = said("check", "mynet.py:detached", "--inputs", "[1., 2.]", "--json")
    told = json.loads(out)
    assert status == 1 and told["target"] == "detached" and told["passed"] is False
    assert said("check", "mynet.py:Net", "--input-size", "1,1,8,8", "--order", "1")[0] == 0
    numpy = ["--numpy", "--inputs", "[0.5]"]
    assert said("check", "minitorch.numpy:tanh", *numpy)[0] == 0
    assert said("check", "minitorch.numpy:tanh", *numpy, "0.5")[0] == 1  # it takes one argument


def test_numbers_are_floats_and_a_check_of_nothing_fails(said):
    status, out, _ = said("check", "mynet.py:softplus", "--inputs", "3")
    assert status == 0 and "✓ reverse" in out
    assert said("draw", "mynet.py:softplus", "--inputs", "-1.")[1].endswith("x = -1\n")
    assert said("draw", "mynet.py:softplus", "--inputs", "-1e0")[1].endswith("x = -1\n")
    status, out, _ = said("check", "mynet.py:softplus", "--inputs", "[1, 2]")
    assert status == 1 and "✗ reverse, forward, second order: no input is of floating" in out


def test_a_terminal_without_such_characters(said, monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert said("check", "mynet.py:detached", "--inputs", "[1., 2.]")[0] == 1
    out.flush()
    shown = out.buffer.getvalue().decode()
    assert "\n  + runs\n" in shown and "\n  x reverse: 2 numbers differ" in shown


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory need Linux")
def test_check_under_limits(said, folder):
    limits = ["--seconds", "0.3", "--megabytes", "200", "-o", "report.html"]
    status, out, _ = said("check", "mynet.py:endless", "--input-size", "2", *limits)
    assert status == 1 and "it took more than 0.3 s and was ended" in out
    assert "it took more than" in (folder / "report.html").read_text()


def test_mistakes_about_checks(refused):
    assert "on which inputs?" in refused("check", "mynet.py:softplus")
    assert "required: target, before --inputs" in refused("check", "--inputs", "1", "mynet.py:f")
    one = ["check", "mynet.py:softplus", "--input-size", "2"]
    assert "--seed: '-1' is no whole number" in refused(*one, "--seed", "-1")
    assert "--checks: '' names nothing" in refused(*one, "--checks", "")
    assert "no check 'valeus'; is 'values' meant?" in refused(*one, "--checks", "valeus")
    assert "does not take the inputs" in refused(*one, "--reference", "torch:add")
    assert "is no number, list" in refused("check", "mynet.py:softplus", "--inputs", "x")
    assert "different lengths" in refused("check", "mynet.py:softplus", "--inputs", "[[1], [1, 2]]")


# doctor, run, train, info


def test_the_doctor_watches_a_script_which_computes_the_same(said):
    status, out, _ = said("doctor", "train.py")
    assert status == 1 and "zero_grad" in out
    assert out.splitlines()[0] == said("run", "train.py")[1].strip()
    status, out, _ = said("doctor", "train.py", "--clear")
    assert "zero_grad" not in out and "loss" in out
    assert minitorch.optim.Optimizer.__init__.__qualname__ == "Optimizer.__init__"


def test_the_doctor_examines_what_a_function_returns(said, refused):
    status, out, _ = said("doctor", "--json", "mynet.py:parts")
    (told,) = json.loads(out)
    assert status == 1 and "activation_before_loss" in json.dumps(told)
    assert "gives Net" not in said("doctor", "mynet.py:good")[1]
    assert "must give (model, loss_fn, batch, optimizer)" in refused("doctor", "mynet.py:number")


def test_a_script_without_training_and_one_that_fails(said, refused, folder, capsys):
    assert "made no optimizer" in refused("doctor", "mynet.py")
    (folder / "failing.py").write_text(TRAIN.replace('print(f"loss', 'raise KeyError(f"loss'))
    with pytest.raises(KeyError):
        main(["doctor", "failing.py"])
    assert "zero_grad" in capsys.readouterr().out  # what was found before
    assert "no script 'trian.py'; is train.py meant?" in refused("doctor", "trian.py")


def test_run(said, refused):
    assert "no script 'trian.py'; is train.py meant?" in refused("run", "trian.py")
    assert "is a directory without a __main__.py" in refused("run", ".")
    assert "no module 'nothing_here' to run" in refused("run", "-m", "nothing_here")
    assert refused("run").startswith("minitorch run: the following arguments are required: script ")


def test_the_profiler_says_mistakes_alike(capsys, folder):
    for words, told in ((["trian.py"], "is train.py meant?"), (["-m", "no_such"], "to run: ")):
        with pytest.raises(SystemExit) as end:
            profile(words)
        out, err = capsys.readouterr()
        assert end.value.code == 2 and out == "" and err.count("\n") == 1 and told in err
    (folder / "exp.py").write_text("import torch\ntorch.exp(torch.ones(3))")
    profile(["--rows", "3", "exp.py"])
    assert "exp" in capsys.readouterr().out


def test_train(said, refused, folder):
    status, out, _ = said("train", "--list")
    listed = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert status == 0 and len(listed) >= 14 and "common" not in listed
    assert listed["two_moons"].startswith("Tell two moons apart")
    status, out, _ = said("train", "linear_regression", "--quick", "--out", "deep")
    assert status == 0 and "gradient descent: y =" in out and (folder / "deep").is_dir()
    assert "usage: linear_regression.py" in said("train", "linear_regression.py", "--help")[1]
    assert "no example 'digit'; the nearest are digits_cnn" in refused("train", "digit")
    assert "which example?" in refused("train")


def test_the_examples_are_in_the_wheel():
    tomllib = pytest.importorskip("tomllib")  # of Python 3.11

    root = Path(minitorch.__file__).parents[1]
    told = tomllib.loads((root / "pyproject.toml").read_text())
    wheel = told["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "examples" in wheel["only-include"]
    assert wheel["sources"] == {"examples": "minitorch/examples"}
    assert "force-include" not in wheel  # it would copy them into editable installs, too


def test_info(said):
    status, out, _ = said("info")
    assert status == 0 and f"minitorch {minitorch.__version__}" in out
    assert all(f"{name}:" in out for name in ("BLAS", "kernels", "threads", "plot", "scipy"))
    told = json.loads(said("info", "--json")[1])
    assert set(told["extras"]) == {"plot", "images", "fast", "scipy"}


# the page


def test_the_page_shows_what_comes_out(said, folder):
    text = PAGE.read_text(encoding="utf-8")
    for name, code in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", text, re.DOTALL):
        (folder / name).write_text(code)
    shown = re.findall(r"```text\n\$ minitorch ([^\n]*)\n(.*?)```", text, re.DOTALL)
    assert len(shown) >= 5
    for line, expected in shown:
        words = [a or b for a, b in re.findall(r"'([^']*)'|(\S+)", line)]
        _, out, err = said(*words)
        assert doctest.OutputChecker().check_output(expected, out + err, doctest.ELLIPSIS), line
    assert all(f"## {name}" in text for name in COMMANDS)
    assert "zero_grad" in said("doctor", "train.py")[1]  # as the page says
