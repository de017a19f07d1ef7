"""Every kind of layer refuses what does not fit as PyTorch does, and says where in the model."""

from __future__ import annotations

import re
import warnings

import pytest

import minitorch
from tests.parity.twins import errors

torch = pytest.importorskip("torch")

# a layer, and for each an input that it cannot take: shapes are of floats, `L` marks indices
BAD = """
Linear(3,2) | 4 | 2,4 | L2,3 | 0,4
Bilinear(2,3,4) | 5,2;5,4 | 5,2;4,3
Conv1d(2,3,3) | 1,3,9 | 1,2,2 | 4 | 1,1,2,9 | L1,2,9
Conv2d(2,3,3) | 1,3,9,9 | 1,2,2,9 | 2,9 | L1,2,9,9 | 1,2,0,9
Conv2d(4,4,3,groups=2) | 1,2,9,9 | 1,8,9,9
Conv2d(2,2,2,padding_mode='reflect',padding=3) | 1,2,2,2
Conv2d(2,2,3,padding_mode='circular',padding=2) | 1,3,5,5
Conv3d(2,3,3) | 1,3,9,9,9 | 1,2,2,9,9 | 9,9
ConvTranspose1d(2,3,3) | 1,3,9 | 4 | L1,2,9
ConvTranspose2d(2,3,3) | 1,3,9,9 | 9,9
ConvTranspose3d(2,3,3) | 1,3,9,9,9 | 9,9
BatchNorm1d(3) | 4,2 | 4 | 1,3 | 4,2,5 | 2,3,4,4
BatchNorm2d(3) | 4,2,5,5 | 4,3 | 1,3,1,1
BatchNorm3d(3) | 4,2,5,5,5 | 4,3
SyncBatchNorm(3) | 4,2
InstanceNorm1d(3) | 4 | 2,3,1
InstanceNorm1d(3,affine=True) | 4,2,5
InstanceNorm2d(3) | 4,3 | 1,3,1,1
InstanceNorm3d(3,affine=True) | 4,2,5,5,5
LayerNorm(3) | 4,2 | 0
LayerNorm((2,3)) | 3 | 2,4
GroupNorm(2,4) | 3,6 | 4
GroupNorm(2,4,affine=False) | 3,5
RMSNorm(3) | 4,2
LocalResponseNorm(2) | 4
CrossMapLRN2d(2) | 4,4
PReLU(3) | 4,2,5
GLU() | 3 | 2,5
GLU(2) | 2,4
Softmax(2) | 3,3
LogSoftmax(2) | 3,3
Softmax2d() | 3,3
Softmin(2) | 3,3
Embedding(4,2) | L4 | 3
Embedding(0,2) | L1
EmbeddingBag(4,2) | L4 | L2,2,2 | 2,2
MaxPool1d(3) | 1,2,2 | 9 | 2,2,2,2
MaxPool2d(3) | 1,1,2,9 | 9,9 | 9
MaxPool2d(2,padding=2) | 1,1,9,9
MaxPool3d(3) | 1,1,2,9,9 | 9,9,9
AvgPool1d(3) | 1,2,2 | 9
AvgPool2d(3) | 1,1,2,9 | 9,9
AvgPool2d(2,padding=2) | 1,1,9,9
AvgPool3d(3) | 1,1,2,9,9 | 9,9
LPPool1d(2,3) | 1,2,2
LPPool2d(2,3) | 1,2,2,9
AdaptiveAvgPool1d(2) | 9
AdaptiveAvgPool2d(2) | 9,9
AdaptiveAvgPool3d(2) | 9,9
AdaptiveMaxPool1d(2) | 9
AdaptiveMaxPool2d(2) | 9,9
AdaptiveMaxPool3d(2) | 9,9
FractionalMaxPool2d(3,2) | 1,1,3,9
FractionalMaxPool3d(3,2) | 1,1,3,9,9
MaxUnpool1d(2) | 1,1,2;L1,1,3
MaxUnpool2d(2) | 1,1,2,2;L1,1,2,3
Unflatten(1,(2,3)) | 4,5 | 4
Flatten(3) | 2,2
Fold(4,2) | 1,3,9 | 1,4,8 | 9
Unfold(4) | 1,1,3,3 | 9
Upsample(2) | 9 | 3,3
Upsample(size=(2,2)) | 1,1,4
Upsample(scale_factor=2,mode='bilinear') | 1,1,4
PixelShuffle(2) | 1,3,4,4 | 4,4
PixelUnshuffle(2) | 1,1,3,4 | 4,4
ChannelShuffle(2) | 1,3,4,4 | 4
ReflectionPad1d(3) | 1,1,3 | 3
ReflectionPad2d(3) | 1,1,3,3 | 3,3
ReflectionPad3d(3) | 1,1,3,3,3
ReplicationPad1d(1) | 3
ReplicationPad2d(1) | 3,3
CircularPad1d(4) | 1,1,3
CircularPad2d(4) | 1,1,3,3
ConstantPad1d(-3,0.) | 1,1,5
Dropout1d() | 3
AdaptiveLogSoftmaxWithLoss(4,6,[2]) | 3,4;L2 | 3,5;L3
L1Loss() | 3;4,2
MSELoss() | 3;4,2
SmoothL1Loss() | 3;4,2
HuberLoss() | 3;4,2
BCELoss() | 3;4
BCEWithLogitsLoss() | 3;4
KLDivLoss() | 3;4,2
PoissonNLLLoss() | 3;4,2
GaussianNLLLoss() | 3,2;3,2;4
CrossEntropyLoss() | 3,2;L3 | 3,4;L2 | 3,4;3,5 | 3,4;3
NLLLoss() | 3,2;L3 | 3,4;L2 | 3,4;3,4
NLLLoss2d() | 1,2,3,3;L1,2,3
CrossEntropyLoss(weight=t.ones(2)) | 3,4;L3
HingeEmbeddingLoss() | 3;4,2
MarginRankingLoss() | 3;4;3
CosineEmbeddingLoss() | 3,2;3,4;3 | 3,2;3,2;4
TripletMarginLoss() | 3,2;3,4;3,2
SoftMarginLoss() | 3;4
MultiMarginLoss() | 3,2;L3 | 3,4;L2
MultiLabelMarginLoss() | 3,4;L3,5 | 3,4;3,4
MultiLabelSoftMarginLoss() | 3,4;3,5
PairwiseDistance() | 3,2;3,4
CosineSimilarity() | 3,2;3,4
LinearCrossEntropyLoss(4,3) | 2,5;L2 | 2,4;L3
LazyLinear(3) | 
LazyConv2d(3,3) | 4,4 | 1,2,2,2
LazyBatchNorm1d() | 2,3,4,5
""".strip().splitlines()  # noqa: W291
CASES = [
    (layer.strip(), one.strip())
    for layer, *inputs in (line.split("|") for line in BAD)
    for one in inputs
]


def made(t, text):
    """The inputs that a text describes: `3,4;L3` is a float matrix and three indices up to 3."""
    found = []
    for part in text.split(";"):
        sizes = [int(n) for n in part.lstrip("L").split(",") if n]
        count = 1
        for n in sizes:
            count *= n
        if part.startswith("L"):
            found.append((t.arange(count) % (count + 1) + 1).reshape(sizes))
        else:
            found.append(t.linspace(0.1, 0.9, count).reshape(sizes))
    return found


class Wrapped:
    """A layer deep in a model: `Model.blocks.1`."""

    def __new__(cls, t, layer):
        class Model(t.nn.Module):
            def __init__(self):
                super().__init__()
                self.blocks = t.nn.ModuleList([t.nn.Identity(), layer])

            def forward(self, *inputs):
                return self.blocks[1](*inputs)

        return Model()


@pytest.mark.parametrize(("layer", "text"), CASES, ids=[f"{a} {b}" for a, b in CASES])
def test_refusals(layer, text):
    def call(t):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = eval(f"t.nn.{layer}", {"t": t})
        return Wrapped(t, module)(*made(t, text))

    theirs, ours = errors(call)
    assert isinstance(ours, type(theirs)), (theirs, ours)
    message, name = str(ours), layer.partition("(")[0]
    said, _, where = message.partition("\n  in Model.blocks.1")
    inner = rf"( \({name}|\.tail\.[\d.]+ \(Linear| \({name.removeprefix('Lazy')})\)"
    line = r"\n  at \S*test_bad_input.py:\d+: return self.blocks\[1\]\(\*inputs\)\n  given "
    assert re.match(rf"{inner}(: \w+\(\))?{line}", where), message
    assert re.search(r"\d|Long|Float", said), message  # what was given


# inputs without examples or without elements that both take
EMPTY = """
Linear(3,2) | 0,3
Conv1d(2,3,3) | 0,2,9
Conv2d(2,3,3) | 0,2,9,9
ConvTranspose2d(2,3,3) | 0,2,9,9
BatchNorm2d(3) | 0,3,4,4
LayerNorm(3) | 0,3
GroupNorm(1,2) | 0,2,3
RMSNorm(3) | 0,3
ReLU() | 0
Softmax(1) | 0,3
GLU() | 0,4
MaxPool2d(2) | 0,1,4,4
AvgPool2d(2) | 0,1,4,4
AdaptiveAvgPool2d(2) | 0,1,4,4
AdaptiveMaxPool2d(2) | 0,1,4,4
Embedding(4,2) | L0
Dropout() | 0,3
Flatten() | 0,2,3
Unflatten(1,(1,2)) | 0,2
Upsample(2) | 0,1,4,4
ZeroPad2d(1) | 0,1,4,4
ReflectionPad2d(1) | 0,1,4,4
Unfold(2) | 0,1,4,4
MSELoss() | 0,3;0,3
L1Loss() | 0;0
BCELoss() | 0;0
CrossEntropyLoss() | 0,3;L0
NLLLoss(reduction='sum') | 0,3;L0
CosineSimilarity() | 0,3;0,3
PairwiseDistance() | 0,3;0,3
""".strip().splitlines()


@pytest.mark.parametrize("line", EMPTY)
@pytest.mark.parametrize("training", [True, False])
def test_no_examples(line, training):
    layer, text = (part.strip() for part in line.split("|"))
    found = []
    for t in (torch, minitorch):
        t.manual_seed(0)
        module = eval(f"t.nn.{layer}").train(training)
        inputs = made(t, text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                y = module(*(x.requires_grad_() if x.is_floating_point() else x for x in inputs))
                if y.requires_grad:
                    y.sum().backward()
                grads = [None if p.grad is None else p.grad.tolist() for p in module.parameters()]
                found.append([tuple(y.shape), str(y.tolist()), str(grads)])
            except Exception as error:
                found.append(type(error))
    assert found[1] == found[0]


def test_a_state_dict_that_does_not_fit_says_all():
    model = minitorch.nn.Sequential(minitorch.nn.Linear(2, 3), minitorch.nn.Linear(3, 1))
    state = dict(model.state_dict())
    state["0.weight"], state["2.weight"] = minitorch.ones(3, 5), state.pop("1.bias")
    before = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(RuntimeError) as info:
        model.load_state_dict(state)
    message = str(info.value)
    for part in (
        "Error(s) in loading state_dict for Sequential", 'Missing key(s) in state_dict: "1.bias"',
        'Unexpected key(s) in state_dict: "2.weight"',
        "size mismatch for 0.weight: copying a param with shape torch.Size([3, 5]) from "
        "checkpoint, the shape in current model is torch.Size([3, 2])",
    ):  # fmt: skip
        assert part in message
    assert all(minitorch.equal(before[k], v) for k, v in model.state_dict().items())
