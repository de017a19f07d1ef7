"""Errors that teach: each known mistake is told with its place, what was given, and what to do."""

from __future__ import annotations

import logging
import re
import sys
import traceback
import warnings

import numpy as np
import pytest

import minitorch as torch
from minitorch import errors, nn

F = nn.functional


def floats(*shape):
    return torch.zeros(*shape)


def integers(*shape):
    return torch.zeros(*shape, dtype=torch.int64)


def weights(*shape):
    return torch.ones(*shape, requires_grad=True)


def twice():
    loss = (weights(3) ** 2).sum()
    loss.backward()
    loss.backward()


def in_place_before_backward():
    y = weights(3).exp()
    total = y.sum()
    y.add_(1)
    (total + y.sum()).backward()


def without_grad():
    with torch.no_grad():
        loss = weights(3).sum()
    loss.backward()


def of_a_loader():
    samples = [floats(1), floats(2)]
    return next(iter(torch.utils.data.DataLoader(samples, batch_size=2)))


# the mistake, the operation, a part of what was given, a part of the hint
CALLS = [
    (lambda: F.linear(floats(3, 4), floats(4, 8)), "linear", "input [3, 4] float32, weight [4, 8]",
     "the weight is (out_features, in_features): [8, 4]; pass weight.T"),
    (lambda: F.linear(integers(3, 4), floats(8, 4)), "linear", "input [3, 4] int64",
     "layers compute with floats: input.float()"),
    (lambda: F.linear(np.zeros((3, 4)), floats(8, 4)), "linear", "numpy array [3, 4] float64",
     "torch.from_numpy(input).float()"),
    (lambda: floats(3, 4) @ floats(3, 4), "matmul", "self [3, 4] float32, other [3, 4]",
     "a @ b.T is [3, 3]"),
    (lambda: torch.matmul(floats(3, 4), floats(3, 5)), "matmul", "[3, 5]", "a.T @ b is [4, 5]"),
    (lambda: torch.matmul(floats(3, 4), floats(5, 3)), "matmul", "[5, 3]", "b @ a is [5, 4]"),
    (lambda: torch.bmm(floats(2, 3, 4), floats(3, 4, 5)), "bmm", "[2, 3, 4]", "2 and 3"),
    (lambda: floats(3, 4) + floats(3), "add", "self [3, 4] float32, other [3]",
     "[:, None] is [3, 1]"),
    (lambda: floats(3, 4) * floats(4, 3), "mul", "[4, 3]", "transposed: x.T"),
    (lambda: torch.cat([floats(3, 4), floats(3, 5)]), "cat",
     "tensors [[3, 4] float32, [3, 5] float32]", "dim=1"),
    (lambda: torch.stack([floats(4), floats(5)]), "stack", "[[4] float32", "pad_sequence pads"),
    (of_a_loader, "default_collate", "batch [[1] float32, [2] float32]", "a collate_fn that pads"),
    (lambda: floats(3, 4).view(5, 2), "view", "self [3, 4] float32, shape=(5, 2)", "(-1, 2) lets"),
    (lambda: floats(3, 4).reshape(-1, 5), "reshape", "[3, 4]", "each of the 3 examples has 4"),
    (lambda: F.cross_entropy(floats(3, 4), floats(3)), "cross_entropy",
     "input [3, 4] float32, target [3] float32", "target.long()"),
    (lambda: F.cross_entropy(floats(3, 4), integers(3, 4)), "cross_entropy", "target [3, 4] int64",
     "target.argmax(1)"),
    (lambda: F.nll_loss(floats(3, 4), floats(3, 4)), "nll_loss", "[3, 4] float32", "argmax(1)"),
    (lambda: F.cross_entropy(floats(3, 4), integers(3, 1)), "cross_entropy", "target [3, 1] int64",
     "target.squeeze(1)"),
    (lambda: F.cross_entropy(floats(2, 4), torch.tensor([1, 4])), "cross_entropy", "[2, 4] float32",
     "they seem to count from 1; take target - 1"),
    (lambda: F.cross_entropy(floats(2, 4), torch.tensor([0, 6])), "cross_entropy", "[2, 4] float32",
     "with 4 classes labels are 0 to 3, the given ones are 0 to 6: the last layer needs 7 outputs"),
    (lambda: F.cross_entropy(floats(2, 4), torch.tensor([0, -1])), "cross_entropy", "[2, 4]",
     "ignore_index=-1"),
    (lambda: F.cross_entropy(integers(3), floats(3, 4)), "cross_entropy", "input [3] int64",
     "the scores come first, then the labels"),
    (lambda: F.cross_entropy(floats(2, 5, 3), integers(2, 5)), "cross_entropy", "[2, 5, 3]",
     "input.transpose(1, 2)"),
    (lambda: F.cross_entropy(floats(6, 3), integers(2, 3)), "cross_entropy", "[6, 3]",
     "target.flatten()"),
    (lambda: F.binary_cross_entropy(floats(3, 1), floats(3)), "binary_cross_entropy", "[3, 1]",
     "input.squeeze(-1) is [3]"),
    (lambda: F.binary_cross_entropy_with_logits(floats(3), floats(3, 1)),
     "binary_cross_entropy_with_logits", "target [3, 1]", "target.squeeze(-1) is [3]"),
    (lambda: F.binary_cross_entropy(floats(3) + 2, floats(3)), "binary_cross_entropy", "[3]",
     "these seem to be logits"),
    (lambda: F.binary_cross_entropy_with_logits(floats(3), integers(3)),
     "binary_cross_entropy_with_logits", "target [3] int64", "target.float()"),
    (lambda: weights(3).backward(), "backward", "self [3] float32", ".mean() or .sum()"),
    (twice, "backward", "self [] float32", "is the forward pass inside of the loop?"),
    (in_place_before_backward, "backward", "self [] float32", "out-of-place form"),
    (without_grad, "backward", "self [] float32", "under no_grad()"),
    (lambda: weights(3).add_(1), "add_", "self [3] float32, other=1", "under torch.no_grad()"),
    (lambda: weights(3).numpy(), "numpy", "self [3] float32", "x.detach().numpy()"),
    (lambda: floats(3).item(), "item", "self [3] float32", "x.tolist()"),
    (lambda: float(floats(3)), "float", "self [3] float32", "x.mean().item()"),
    (lambda: bool(floats(3) == 0), "bool", "self [3] bool", "(a == b).all()"),
]  # fmt: skip


@pytest.mark.parametrize("case", CALLS, ids=lambda case: f"{case[1]} {case[2]}")
def test_mistakes_in_calls(case):
    call, operation, given, hint = case
    with pytest.raises(Exception) as info:
        call()
    message = str(info.value)
    assert f"\n  in {operation}()\n  at " in message
    assert re.search(r"\n  at (tests/)?test_errors\.py:\d+: \S", message), message
    assert given in message.partition("\n  given ")[2].partition("\n")[0], message
    assert hint in message.partition("\n  hint: ")[2], message


class Deep(nn.Module):
    """A layer in the depth of a model: `net.blocks.1`."""

    def __init__(self, layer):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Identity(), layer])

    def forward(self, *inputs):
        return self.blocks[1](*inputs)


# the layer, what it is given, the operation ("" where none has a name), given, hint
LAYERS = [
    (nn.Linear(144, 10), floats(5, 4, 6, 6), "linear", "input [5, 4, 6, 6] float32; Linear(",
     "flatten all but the batch first: input.flatten(1), or nn.Flatten(), is [5, 144]"),
    (nn.Linear(144, 10), floats(4, 6, 6), "linear", "[4, 6, 6]", "input.flatten() is [144]"),
    (nn.Linear(100, 10), floats(5, 4, 6, 6), "linear", "[5, 4, 6, 6]", "Linear(144, 10)"),
    (nn.Linear(4, 8), floats(5, 8), "linear", "weight [8, 4] float32, bias [8] float32",
     "in_features and out_features may be swapped: Linear(8, 4)"),
    (nn.Linear(4, 8), floats(4, 3), "linear", "input [4, 3]", "input.T is [3, 4], which fits"),
    (nn.Linear(4, 8), floats(2, 4, 3), "linear", "[2, 4, 3]", "input.movedim(1, -1) is [2, 3, 4]"),
    (nn.Linear(4, 8), floats(2, 7), "linear", "[2, 7]", "takes 4 features, the input has 7"),
    (nn.Linear(1, 8), floats(20), "linear", "[20]", "input.unsqueeze(1) is [20, 1]"),
    (nn.Linear(4, 8), integers(2, 4), "linear", "[2, 4] int64", "input.float()"),
    (nn.Linear(4, 8), floats(2, 4).double(), "linear", "[2, 4] float64", "NumPy's numbers are"),
    (nn.Linear(4, 8), (floats(2, 4), floats(1)), "linear", "([2, 4] float32, [1] float32)",
     "output, state = layer(x)"),
    (nn.Conv2d(3, 8, 3), floats(2, 32, 32, 3), "conv2d", "[2, 32, 32, 3] float32; Conv2d(3, 8",
     "channels come first here, the input's seem to come last: "
     "input.permute(0, 3, 1, 2) is [2, 3, 32, 32]"),
    (nn.Conv2d(3, 8, 3), floats(32, 32, 3), "conv2d", "[32, 32, 3]", "input.permute(2, 0, 1)"),
    (nn.Conv1d(3, 8, 3), floats(2, 10, 3), "conv1d", "[2, 10, 3]", "input.permute(0, 2, 1)"),
    (nn.Conv2d(1, 8, 3), floats(64, 28, 28), "conv2d", "[64, 28, 28]",
     "input.unsqueeze(1) is [64, 1, 28, 28]"),
    (nn.Conv2d(1, 8, 3), floats(28, 28), "conv2d", "[28, 28]",
     "dimensions for batch and channels are missing: input[None, None] is [1, 1, 28, 28]"),
    (nn.Conv2d(4, 8, 3), floats(2, 3, 9, 9), "conv2d", "[2, 3, 9, 9]", "Conv2d(3, 8, …)"),
    (nn.Conv2d(3, 8, 3), integers(2, 3, 9, 9).byte(), "conv2d", "uint8", "/ 255"),
    (nn.Conv2d(3, 8, 5), floats(2, 3, 4, 4), "conv2d", "[2, 3, 4, 4]", "smaller than the kernel"),
    (nn.BatchNorm1d(3), floats(2, 3, 4, 4), "", "[2, 3, 4, 4]", "nn.BatchNorm2d"),
    (nn.BatchNorm2d(4), floats(2, 3, 5, 5), "batch_norm", "[2, 3, 5, 5]", "BatchNorm2d(3)"),
    (nn.BatchNorm1d(4), floats(1, 4), "batch_norm", "[1, 4]", "a batch of one example"),
    (nn.LayerNorm(4), floats(2, 4, 6), "layer_norm", "[2, 4, 6]", "nn.GroupNorm(1, 4)"),
    (nn.Embedding(9, 3), floats(2), "embedding", "input [2] float32", "ids.long()"),
    (nn.Embedding(9, 3), torch.tensor([1, 12]), "embedding", "[2] int64",
     "num_embeddings must be 13 at least"),
    (nn.LSTM(4, 8), floats(5, 2, 3), "", "[5, 2, 3]", "an input is (time, batch, features)"),
    (nn.MultiheadAttention(8, 2), [floats(4, 3, 6)] * 3, "multi_head_attention_forward",
     "query [4, 3, 6] float32, key", "embed_dim=8, here it is 6"),
    (nn.GRU(4, 8), [floats(5, 2, 4), floats(1, 5, 8)], "", "hx [1, 5, 8]", "batch_first=True"),
    (nn.GRU(4, 8), [floats(5, 2, 4), floats(2, 1, 8)], "", "hx [2, 1, 8]", "transpose it"),
    (nn.GRU(4, 8), [floats(5, 2, 4), floats(3, 2, 8)], "", "hx [3, 2, 8]", "torch.zeros(1, 2, 8)"),
    (nn.GRU(4, 8), [floats(5, 2, 4), floats(2, 8)], "", "hx [2, 8]", "also for one layer"),
    (nn.CrossEntropyLoss(), [floats(3, 4), floats(3)], "cross_entropy", "target [3] float32",
     "target.long()"),
    (nn.BCELoss(), [floats(3, 1), floats(3)], "binary_cross_entropy", "[3, 1]", "squeeze(-1)"),
    (nn.ModuleList([nn.Linear(1, 1)]), floats(1), "", "[1] float32", "nn.Sequential runs them"),
    (nn.Linear(4, 8), [floats(2, 4), floats(1)], "", "argument 2 [1]", "called with (input)"),
]  # fmt: skip


@pytest.mark.parametrize("case", LAYERS, ids=lambda case: str(case[0]).partition("\n")[0])
def test_mistakes_in_models(case):
    layer, inputs, operation, given, hint = case
    net = Deep(layer)
    with pytest.raises(Exception) as info:
        net(*inputs) if isinstance(inputs, list) else net(inputs)
    message, kind = str(info.value), type(layer).__name__
    said = f"net.blocks.1 ({kind})" + f": {operation}()" * bool(operation)
    assert f"\n  in {said}\n  at " in message
    assert re.search(r"test_errors\.py:\d+: return self\.blocks\[1\]\(\*inputs\)\n", message), (
        message
    )
    assert given in message.partition("\n  given ")[2].partition("\n")[0], message
    assert hint in message.partition("\n  hint: ")[2], message


def test_what_is_right_is_silent():
    """The layers and functions above, as they are meant to be used."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(4 * 3 * 3, 5),
        )  # fmt: skip
        scores = net(torch.rand(6, 3, 8, 8))
        F.cross_entropy(scores, torch.tensor([0, 1, 2, 3, 4, 0])).backward()
        probabilities = scores.softmax(1)
        F.cross_entropy(probabilities, torch.tensor([0, 1, 2, 3, 4, 0]))  # PyTorch says nothing
        F.cross_entropy(scores, probabilities.detach())
        F.mse_loss(scores[:, :1], floats(6, 1))
        F.binary_cross_entropy(probabilities[:, 0], floats(6))
        nn.GRU(4, 8)(floats(5, 2, 4), floats(1, 2, 8))
        nn.Embedding(9, 3)(integers(2))
        torch.cat([floats(3, 4), floats(2, 4)]).view(-1, 2).sum().item()


def test_the_warning_of_a_loss_says_what_to_do():
    with pytest.warns(UserWarning, match=r"^Using a target size \(torch\.Size\(\[3\]\)\)") as seen:
        F.mse_loss(floats(3, 1), floats(3))
    assert "same size. hint: input.squeeze(-1) is [3]" in str(seen[0].message)
    assert seen[0].filename == __file__


class TestMessage:
    def test_the_first_line_is_pytorchs(self):
        oracle = pytest.importorskip("torch")
        for t in (torch, oracle):
            with pytest.raises(RuntimeError) as info:
                t.nn.Sequential(t.nn.Linear(4, 2))(t.zeros(3, 5))
            assert str(info.value).startswith(
                "mat1 and mat2 shapes cannot be multiplied (3x5 and 4x2)"
            )

    def test_names_of_the_root(self):
        class Trainer:
            def __init__(self):
                self.model = Deep(nn.Linear(2, 2))

            def step(self):
                return self.model(floats(3))

        with pytest.raises(RuntimeError, match=r"\n  in self\.model\.blocks\.1 \(Linear\): linear"):
            Trainer().step()
        with pytest.raises(RuntimeError, match=r"\n  in Deep\.blocks\.1 \(Linear\): linear"):
            Deep(nn.Linear(2, 2))(floats(3))

    def test_a_function_that_the_model_calls(self):
        class Net(nn.Module):
            def forward(self, x):
                return torch.cat([x, floats(2, 2)])

        net = Net()
        with pytest.raises(RuntimeError) as info:
            net(floats(1, 3))
        assert "\n  in net (Net): cat()\n" in str(info.value)
        assert "return torch.cat([x, floats(2, 2)])\n  given tensors [[1, 3]" in str(info.value)

    def test_the_programs_own_exceptions_stay(self):
        class Stop(Exception):
            pass

        class Net(nn.Module):
            def forward(self, error):
                raise error

        for error in (Stop("here"), KeyError("key"), ValueError("a", 1), UnicodeError()):
            args = error.args
            with pytest.raises(type(error)) as info:
                nn.Sequential(Net())(error)
            assert info.value is error and error.args == args

    def test_told_once(self):
        net = Deep(nn.Sequential(nn.Linear(2, 2)))
        with pytest.raises(RuntimeError) as first:
            net(floats(3))
        with pytest.raises(RuntimeError) as second:
            Deep(Raises(first.value))()
        assert second.value is first.value
        assert str(second.value).count("\n  in ") == str(second.value).count("\n  hint: ") == 1

    def test_names_of_layers(self):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc1 = nn.Linear(2, 2)

            def forward(self, x):
                return self.fc2(x)

        with pytest.raises(AttributeError, match="hint: Net has fc1$"):
            Net()(floats(2))

    def test_forgotten_init(self):
        class Net(nn.Module):
            def __init__(self):
                self.fc = nn.Linear(2, 2)

        with pytest.raises(AttributeError, match=r"super\(\)\.__init__\(\)\n  at .*self\.fc = "):
            Net()

    def test_forward_misspelled(self):
        class Net(nn.Module):
            def foward(self, x):
                return x

        with pytest.raises(NotImplementedError, match="hint: Net defines foward: call it forward"):
            Net()(floats(2))

    def test_devices(self):
        with pytest.raises(RuntimeError, match="hint: 'cuda' is its name; minitorch computes on"):
            torch.device("gpu")
        with pytest.raises(AssertionError, match=r"hint: .*if torch\.cuda\.is_available\(\) else"):
            floats(2).to("cuda")

    def test_functions_of_all_kinds_are_explained(self):
        try:
            floats(2, 3).softmax(dim=5)
        except IndexError as error:
            said = errors.explain(error)
            assert said == str(error) == errors.explain(error)
        assert "\n  in softmax()\n  at " in said and "given input [2, 3] float32, dim=5" in said

    def test_errors_that_are_none_of_minitorchs(self):
        try:
            {}["key"]
        except KeyError as error:
            assert errors.explain(error) == "'key'"
        try:
            int("x")
        except ValueError as error:
            assert errors.explain(error) == "invalid literal for int() with base 10: 'x'"


class Raises(nn.Module):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def forward(self):
        raise self.error


def files(trace):
    return [frame.f_code.co_filename for frame, _ in traceback.walk_tb(trace)]


def inside(trace):
    return sum("/minitorch/" in file.replace("\\", "/") for file in files(trace))


@pytest.fixture
def printed(capsys):
    """What is printed for an error that nothing catches."""

    def run(call):
        try:
            call()
        except BaseException as error:
            before = error.__traceback__
            errors.show(type(error), error, before)
            assert error.__traceback__ is before  # for the debugger
        return capsys.readouterr().err

    return run


class TestTracebacks:
    def test_one_frame_below_the_programs_line(self, caplog):
        net = Deep(nn.Sequential(nn.Linear(2, 2)))
        with pytest.raises(RuntimeError) as info:
            net(floats(3))
        names = [frame.f_code.co_name for frame, _ in traceback.walk_tb(info.value.__traceback__)]
        assert names[-2:] == ["__call__", "forward"] and inside(info.value.__traceback__) == 1
        try:
            net(floats(3))
        except RuntimeError:
            logging.exception("failed")
        assert caplog.text.count("/minitorch/") == 1
        assert "MINITORCH_TRACEBACKS=full shows the frames below" in caplog.text

    def test_none_where_nothing_catches(self, printed):
        net = Deep(nn.Linear(2, 2))
        for call in (lambda: net(floats(3)), twice, of_a_loader, lambda: floats(2)[7]):
            said = printed(call)
            assert "/minitorch/" not in said and "test_errors.py" in said
            assert re.match(r"\(\d+ frames? inside minitorch left out; MINITORCH_TRAC", said)

    def test_all_on_request(self, printed):
        net = Deep(nn.Linear(2, 2))
        before = errors.tracebacks("full")
        try:
            said = printed(lambda: net(floats(3)))
        finally:
            assert errors.tracebacks(before) == "full"
        assert "products.py" in said and "left out" not in said and said.count("module.py") == 2
        assert before == "short"
        with pytest.raises(ValueError, match="expected 'short' or 'full', got 'none'"):
            errors.tracebacks("none")

    def test_the_programs_frames_are_kept(self, printed):
        class Square(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * x

            @staticmethod
            def backward(ctx, g):
                raise ZeroDivisionError("mine")

        def hook(module, inputs):
            raise KeyError("of a hook")

        net = nn.Linear(2, 2)
        net.register_forward_pre_hook(hook)
        said = printed(lambda: Square.apply(weights(3)).sum().backward())
        assert said.endswith("ZeroDivisionError: mine\n") and "in backward\n" in said
        assert "in hook\n" in printed(lambda: net(floats(2)))
        said = printed(lambda: torch.func.vmap(torch.func.grad(lambda x: x / None))(floats(2)))
        assert said.count("test_errors.py") == 3 and "/minitorch/" not in said

    def test_what_an_error_came_from(self, printed):
        def call():
            try:
                nn.Linear(2, 2)(floats(3))
            except RuntimeError as error:
                raise ValueError("configuration") from error

        said = printed(call)
        assert "hint: " in said and "direct cause" in said and "/minitorch/" not in said

    @pytest.mark.skipif(sys.version_info < (3, 11), reason="ExceptionGroup")
    def test_groups(self, printed):
        def call():
            try:
                nn.Linear(2, 2)(floats(3))
            except RuntimeError as error:
                raise ExceptionGroup("several", [error]) from None  # noqa: F821

        said = printed(call)
        assert "several (1 sub-exception)" in said and "/minitorch/" not in said

    def test_other_errors_are_printed_as_ever(self, printed):
        said = printed(lambda: int("x"))
        assert said.startswith("Traceback") and said.count("File") == 2
        assert said.endswith("ValueError: invalid literal for int() with base 10: 'x'\n")
        assert "hook\n" not in printed(lambda: exec("raise KeyboardInterrupt"))

    def test_minitorchs_own_are_printed_whole(self, capsys):
        with pytest.raises(IndexError) as info:
            floats(2)[7]
        error = info.value
        assert errors.frames.shortened(error).tb_next is None
        own = error.with_traceback(error.__traceback__.tb_next)  # as if no program had called
        assert inside(errors.frames.shortened(own)) == 1
        errors.show(type(own), own, own.__traceback__)
        said = capsys.readouterr().err
        assert said.startswith("Traceback") and said.count("/minitorch/") == inside(
            own.__traceback__
        )

    def test_installed_for_pythons_own_hook_alone(self, monkeypatch):
        mine = lambda *args: None  # noqa: E731
        monkeypatch.setattr(sys, "excepthook", mine)
        errors.install()
        assert sys.excepthook is mine
        monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
        errors.install()
        assert sys.excepthook is errors.show

    def test_in_a_notebook(self, capsys, monkeypatch):
        interactive = pytest.importorskip("IPython.core.interactiveshell")
        shell = interactive.InteractiveShell(colors="nocolor")
        monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: shell)
        errors.install()
        shell.user_ns["net"] = Deep(nn.Linear(2, 2))
        shell.user_ns["x"] = floats(3)
        shell.run_cell("net(x)")
        said, note = capsys.readouterr()
        assert "hint: " in said and "in net.blocks.1 (Linear): linear()" in said
        assert "minitorch/" not in said
        assert 'left out; minitorch.errors.tracebacks("full") shows all' in said + note
        shell.run_cell("1/0")
        said, note = capsys.readouterr()
        assert "ZeroDivisionError" in said and not note
