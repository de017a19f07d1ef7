"""More mistakes that errors know: what the hints say, and that they say nothing misleading."""

from __future__ import annotations

import re
from random import Random

import numpy as np
import pytest

import minitorch as torch
from minitorch import errors, nn

F = nn.functional


def floats(*shape):
    return torch.zeros(*shape)


def integers(*shape):
    return torch.zeros(*shape, dtype=torch.int64)


def message_of(call):
    with pytest.raises(Exception) as info:
        call()
    return errors.explain(info.value)


def hint_of(call):
    return message_of(call).partition("\n  hint: ")[2]


def changed_by_a_hook():
    net = nn.Sequential(nn.Linear(2, 2))
    net[0].register_forward_pre_hook(lambda module, args: floats(3))
    net(floats(2))


class Sliced(nn.Linear):
    def forward(self, x):
        return super().forward(x[:, 1:])


class WithoutSelf(nn.Module):
    def forward(x):
        return x


class Broken(nn.Module):
    @property
    def scale(self):
        return self.wrong * 2

    def forward(self, x):
        return self.scale * x


HINTS = [
    (lambda: F.cross_entropy(floats(4, 3), np.array([0, 1, 2, 1])), "torch.from_numpy(target)"),
    (lambda: F.cross_entropy(floats(4, 3), np.array([0, 1, 2, 1], np.int32)),
     "torch.from_numpy(target).long()"),
    (lambda: nn.Embedding(4, 3)(np.array([0, 1])), "torch.from_numpy(input)"),
    (lambda: nn.Linear(3, 1)(np.zeros((2, 3), np.float32)), "torch.from_numpy(input)"),
    (lambda: nn.Linear(3, 1)(np.zeros((2, 3), int)), "torch.from_numpy(input).float()"),
    (lambda: torch.tensor([floats(2), floats(2)]), "torch.stack joins"),
    (changed_by_a_hook, "the layer takes 2 features, the input has 3: make it Linear(3, 2)"),
    (lambda: nn.ConvTranspose2d(16, 8, 4)(floats(2, 9, 7, 7)), "make it ConvTranspose2d(9, 8, …)"),
    (lambda: nn.ConvTranspose2d(100, 64, 4)(floats(8, 100)),
     "input[:, :, None, None] is [8, 100, 1, 1]"),
    (lambda: nn.Conv2d(3, 8, 3)(floats(2, 1, 9, 9)), "input.expand(-1, 3, -1, -1)"),
    (lambda: nn.Conv2d(3, 8, 3)(floats(2, 3, 9, 9).double()), "input.float() converts"),
    (lambda: nn.Linear(784, 10)(floats(28, 28)), "example.unsqueeze(0)"),
    (lambda: nn.Linear(16, 10)(floats(64)), "64 numbers are 4 examples of 16"),
    (lambda: Sliced(3, 2)(floats(2, 3)), "in_features and out_features may be swapped"),
    (lambda: F.linear(floats(4, 6), floats(2, 5)), "one of [2, 6] would fit"),
    (lambda: nn.LayerNorm(10)(floats(3, 8)), "make it LayerNorm(8)"),
    (lambda: nn.GRU(3, 4)(floats(5, 2, 3), (floats(1, 2, 4), floats(1, 2, 4))), "is one tensor"),
    (lambda: nn.LSTM(3, 4)(floats(5, 2, 3), floats(1, 2, 4)), "output, (h, c) = lstm"),
    (lambda: nn.GRU(3, 4)(floats(5, 3), floats(1, 5, 4)), "input.unsqueeze(0)"),
    (lambda: nn.GRU(3, 4, batch_first=True)(floats(5, 3), floats(1, 5, 4)), "input.unsqueeze(1)"),
    (lambda: nn.Linear(3, 1)(nn.utils.rnn.pack_padded_sequence(floats(5, 2, 3), [5, 2])),
     "pad_packed_sequence"),
    (lambda: nn.Linear(3, 1)([floats(2, 3), integers(2)]), "for inputs, labels in loader"),
    (lambda: nn.Linear(3, 1)([floats(3)] * 4), "torch.stack"),
    (lambda: nn.Linear(3, 1)({"x": floats(2, 3)}), "x['x']"),
    (lambda: nn.Linear(3, 1)(None), "does forward end with return?"),
    (lambda: F.mse_loss(None, floats(2)), "does forward end with return?"),
    (lambda: nn.MultiheadAttention(4, 2)(*[floats(5, 2, 4)] * 3, attn_mask=floats(4, 4)),
     "(length of the query, length of the key)"),
    (lambda: nn.MultiheadAttention(4, 2)(
        *[floats(5, 2, 4)] * 3, key_padding_mask=floats(5, 2).bool()), "is (batch, length"),
    (lambda: F.cross_entropy(floats(2, 5, 8, 8), integers(2, 1, 8, 8)), "target.squeeze(1)"),
    (lambda: F.cross_entropy(floats(2, 5, 8, 8), floats(2, 8, 8, 5)), "target.argmax(3)"),
    (lambda: F.cross_entropy(floats(2, 1), torch.tensor([0, 1])), "binary_cross_entropy_with"),
    (lambda: F.binary_cross_entropy_with_logits(floats(4, 2), floats(4)), "cross_entropy"),
    (lambda: F.binary_cross_entropy(floats(4) * float("nan"), floats(4)), "NaN comes from before"),
    (lambda: floats(3, 4) @ floats(3), "a.T @ b is [4]"),
    (lambda: floats(4) @ floats(3, 4), "a @ b.T is [3]"),
    (lambda: floats(2, 3) @ integers(3, 2), "other.float() makes both of them float32"),
    (lambda: floats(2, 3).double() @ floats(3, 2), "self.float() makes both of them float32"),
    (lambda: floats(4, 3).gather(1, integers(4)), "index.unsqueeze(1)"),
    (lambda: F.interpolate(floats(3, 8, 8), size=(16, 16)), "input[None] is [1, 3, 8, 8]"),
    (lambda: torch.zeros(3, require_grad=True), "did you mean requires_grad?"),
    (lambda: torch.rndn(2), "of similar names there are randn"),
    (lambda: floats(3).to("float32"), "a dtype is given without quotes: torch.float32"),
    (lambda: WithoutSelf()(floats(2)), "def forward(self, …)"),
    (lambda: nn.MultiheadAttention(4, 2)(floats(5, 2, 4)), "called with (query, key, value, …)"),
    (lambda: nn.Sequential(nn.ReLU()).fc, "its modules have numbers: [0]"),
    (lambda: Broken()(floats(2)), "scale is a property"),
    (lambda: floats(2, 2).argmax(1).float().sum().backward(), "an argmax()"),
]  # fmt: skip


@pytest.mark.parametrize("case", HINTS, ids=lambda case: case[1][:40])
def test_hints(case):
    call, hint = case
    assert hint in hint_of(call)


SILENT = [
    lambda: floats(10).reshape(3, 4),
    lambda: nn.MSELoss(floats(4, 3), floats(4, 3)),
    lambda: floats(2, 3, 4) @ floats(5, 4, 3),
    lambda: nn.Sequential(Given(lambda x: x.missing))(None),
]


class Given(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


@pytest.mark.parametrize("call", SILENT)
def test_nothing_is_said_where_nothing_is_known(call):
    assert hint_of(call) == ""


def test_one_hot_is_not_advised_where_labels_are_signs():
    said = hint_of(lambda: nn.CosineEmbeddingLoss()(floats(2, 3), floats(2, 3), floats(2, 3)))
    assert said == "labels are one number an example, [2]"


class TestWording:
    def test_keywords_are_shown_by_their_names(self):
        said = message_of(lambda: torch.zeros(2, device="gpu"))
        assert "\n  given size=(2,), device='gpu'\n" in said

    def test_what_has_names_in_a_container(self):
        said = message_of(lambda: nn.Linear(3, 1)({"x": floats(2, 3), "y": integers(2)}))
        assert "given input {'x': [2, 3] float32, 'y': [2] int64}; " in said

    def test_protocols_are_no_operations(self):
        assert "\n  in " not in message_of(lambda: torch.rndn(2))
        assert "array_ufunc" not in message_of(lambda: np.zeros(3) @ floats(4))

    def test_the_dimension_that_differs(self):
        said = message_of(lambda: floats(2, 3, 4) @ floats(5, 4, 3))
        assert said.startswith("The size of tensor a (2) must match the size of tensor b (5) at")
        assert "dimension 0" in said

    def test_the_caller_of_an_unknown_keyword(self):
        for call in (lambda: torch.zeros(3, dtyp=None), lambda: torch.full((3,), 1, dtyp=None)):
            assert re.match(r"(zeros|full)\(\) got an unexpected keyword", message_of(call))


# as in PyTorch, from the first word on
PHRASES = [
    lambda t: t.cat([t.zeros(2, 3), t.zeros(2, 4)]),
    lambda t: t.cat([t.zeros(1, 4, 6, 6), t.zeros(1, 4, 7, 7)], dim=1),
    lambda t: t.nn.functional.conv2d(t.zeros(1, 1, 4, 4).double(), t.zeros(1, 1, 2, 2), t.zeros(1)),
    lambda t: t.nn.functional.conv2d(t.zeros(1, 1, 4, 4).byte(), t.zeros(1, 1, 2, 2), t.zeros(1)),
    lambda t: t.nn.functional.conv2d(t.zeros(1, 1, 4, 4).double(), t.zeros(1, 1, 2, 2)),
    lambda t: t.zeros(3).unsqueeze(5),
    lambda t: t.zeros(3).size(1),
    lambda t: t.zeros(3, require_grad=True),
    lambda t: t.zeros(2, 3, 4) @ t.zeros(5, 4, 3),
]


@pytest.mark.parametrize("call", PHRASES)
def test_the_first_words_are_pytorchs(call):
    oracle = pytest.importorskip("torch")
    said = []
    for t in (torch, oracle):
        with pytest.raises(Exception) as info:
            call(t)
        said.append((type(info.value), str(info.value).partition("\n")[0]))
    (kind, mine), (other, theirs) = said
    assert kind is other and mine.startswith(theirs.rstrip("."))


HOOKS = [
    lambda module, got, out: (got[0][:1],),
    lambda module, got, out: (got[0].double(),),
    lambda module, got, out: ("a",),
    lambda module, got, out: got[0][:1],
]


@pytest.mark.parametrize("hook", HOOKS)
def test_what_a_backward_hook_of_a_module_gives_back_is_looked_at(hook):
    oracle = pytest.importorskip("torch")
    kinds = []
    for t in (torch, oracle):
        net = t.nn.Sequential(t.nn.Linear(2, 2))
        net[0].register_full_backward_hook(hook)
        with pytest.raises((RuntimeError, TypeError)) as info:
            net(t.zeros(3, 2, requires_grad=True)).sum().backward()
        kinds.append(type(info.value))
    assert kinds[0] is kinds[1]


def random_mistake(random):
    """A layer or a function, and random shapes for it, most of which do not fit."""

    def size():
        return random.choice([1, 2, 3, 4, 5, 6, 8, 12])

    def some(least, most):
        return floats(*[size() for _ in range(random.randint(least, most))])

    return random.choice(
        [
            lambda: (nn.Linear(size(), size()), (some(1, 4),)),
            lambda: (nn.Conv1d(size(), size(), 1), (some(1, 4),)),
            lambda: (nn.Conv2d(size(), size(), 1), (some(2, 5),)),
            lambda: (nn.ConvTranspose2d(size(), size(), 1), (some(2, 5),)),
            lambda: (F.linear, (some(1, 4), floats(size(), size()))),
            lambda: (torch.matmul, (some(1, 3), some(1, 3))),
            lambda: (torch.add, (some(1, 3), some(1, 3))),
            lambda: (F.binary_cross_entropy, (some(1, 3), some(1, 3))),
        ]
    )()


ADVISED = re.compile(
    r"((?:input|target|other|a|b)(?:\.\w+\([^()]*\)|\.m?T|\[[^\]]*\]| @ )*(?:[ab](?:\.m?T)?)?)"
    r" is (\[[\d, ]*\])"
)


def test_what_hints_advise_is_of_the_shape_they_say_and_fits():
    random, tried, made = Random(0), 0, 0
    for _ in range(600):
        layer, args = random_mistake(random)
        try:
            layer(*args)
        except (RuntimeError, ValueError) as error:
            hint = str(error).partition("\n  hint: ")[2]
            names = {"input": args[0], "a": args[0], "target": args[-1], "b": args[-1]}
            for how, shape in ADVISED.findall(hint):
                advised = eval(how, dict(names))
                assert str(list(advised.shape)) == shape, hint
                tried += 1
                if "which fits" in hint or "first here" in hint or "missing" in hint:
                    layer(advised, *args[1:])
            for kind, size in re.findall(r"make it (\w+)\((\d+),", hint):
                rest = (1, 1) if "Conv" in kind else (1,)
                getattr(nn, kind)(int(size), *rest)(*args)
                made += 1
    assert tried > 20 and made > 20
