"""Layers that were given what they cannot take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from minitorch.errors import wording
from minitorch.errors.hints.shapes import factors
from minitorch.errors.known import always, hint, kind_of, numbers, sizes, tensors

if TYPE_CHECKING:
    import re

    from minitorch.errors.lesson import Lesson


# Products with weights


@hint(r"mat1 and mat2 shapes cannot be multiplied")
def features(lesson: Lesson, match: re.Match[str]) -> str | None:
    """The input of a linear layer: not flattened, transposed, or another number of features."""
    given = tensors(lesson)
    weight = given[1] if len(given) > 1 else lesson.parameters().get("weight")
    if lesson.operation != "linear" or weight is None:
        return factors(*given[:2]) if len(given) > 1 else None
    x, (out, wanted) = sizes(given[0]), sizes(weight)
    name = next(iter(lesson.given))
    if len(x) > 2 and math.prod(x[1:]) == wanted:
        return (
            "flatten all but the batch first: "
            f"{name}.flatten(1), or nn.Flatten(), is {[x[0], wanted]}, which fits"
        )
    if len(x) == 2 and math.prod(x) == wanted:
        return (
            f"{name}.flatten() is [{wanted}], which fits; if a Flatten made it from one example "
            "without a batch, give the model example.unsqueeze(0)"
        )
    if len(x) > 1 and math.prod(x) == wanted:
        return f"{name}.flatten() is [{wanted}], which fits"
    if len(x) == 1 and wanted == 1:
        return f"each example needs a dimension of its own: {name}.unsqueeze(1) is {[*x, 1]}"
    if len(x) == 1 and x[0] > wanted and x[0] % wanted == 0:
        return (
            f"{x[0]} numbers are {x[0] // wanted} examples of {wanted}: was the batch flattened, "
            f"too? flatten(1) keeps it; {name}.view(-1, {wanted}) is {[x[0] // wanted, wanted]}"
        )
    function = "weight" in lesson.given and not hasattr(lesson.module, "in_features")
    if x[-1] == out and out != wanted:
        if function:
            return f"the weight is (out_features, in_features): {[wanted, out]}; pass weight.T"
        return (
            f"in_features and out_features may be swapped: Linear({out}, {wanted}) takes this input"
        )
    if wanted in x[:-1]:
        i = x.index(wanted)
        turned = x[:i] + x[i + 1 :] + [wanted]
        move = f"{name}.T" if len(x) == 2 else f"{name}.movedim({i}, -1)"
        return f"features are the last dimension: {move} is {turned}, which fits"
    if len(x) == 4:
        n = math.prod(x[1:])
        return (
            f"images are flattened before a linear layer, {name}.flatten(1), which makes {n} "
            f"features here: Linear({n}, {out})"
        )
    if x[-1] == wanted:  # the input was changed on the way, and fits as it is
        return None
    if function:
        change = f"one of {[out, x[-1]]} would fit"
        return f"the weight takes {wanted} features, the input has {x[-1]}: {change}"
    change = f"make it Linear({x[-1]}, {out})"
    return f"the layer takes {wanted} features, the input has {x[-1]}: {change}"


@hint(r"^expected m1 and m2 to have the same dtype")
def factors_dtypes(lesson: Lesson, match: re.Match[str]) -> str | None:
    """Integers, or NumPy's float64, in a product."""
    kinds = {name: wording.dtype_name(x) for name, x in list(lesson.given.items())[:2]}
    for name, kind in kinds.items():
        if set(kinds.values()) == {"float32", kind} and kind != "float32":
            return f"{name}.float() makes both of them float32"
    return None


@hint(
    r"must have the same dtype, but got (\w+) and (\w+)|expected scalar type (\w+) but found"
    r"|^Input type \(.*?\) and bias type \(.*?\) should be the same"
)
def dtypes(lesson: Lesson, match: re.Match[str]) -> str | None:
    """Integers, or NumPy's float64, for a layer of float32."""
    name, x = next(iter(lesson.given.items()))
    weight = (*(lesson.parameters().values() if lesson.by_module() else ()), *tensors(lesson)[1:])[
        0
    ]
    got, wanted = wording.dtype_name(x), wording.dtype_name(weight)
    if got == "float64" and wanted == "float32":
        return f"{name}.float() converts; NumPy's numbers are float64 where nothing else is said"
    if not got.startswith(("float", "complex", "bfloat")):
        scaled = " / 255, for the pixels of an image" * (got == "uint8")
        return f"layers compute with floats: {name}.float(){scaled}"
    if got == wanted or not wanted.startswith(("float", "complex", "bfloat")):
        return None
    return f"convert one of them: {name}.to(torch.{wanted})"


# Convolutions, pooling, normalization


@hint(r"weight of size (\[.*?\]), expected input(\[.*?\]) to have (\d+) channels, but got (\d+)")
def channels(lesson: Lesson, match: re.Match[str]) -> str | None:
    """Channels last, none, or another number."""
    weight, x = numbers(match[1]), numbers(match[2])
    wanted, got = int(match[3]), int(match[4])
    name = next(iter(lesson.given), "x")
    unbatched = len(x) == len(weight) - 1
    if x[-1] == wanted:
        order = [0, len(x) - 1, *range(1, len(x) - 1)]
        if unbatched:
            order = [len(x) - 1, *range(len(x) - 1)]
        turned = [x[i] for i in order]
        how = f"{name}.permute({', '.join(map(str, order))})"
        return f"channels come first here, the input's seem to come last: {how} is {turned}"
    if unbatched and wanted == 1:
        full = [x[0], 1, *x[1:]]
        return f"the dimension of the channels is missing: {name}.unsqueeze(1) is {full}"
    if unbatched and x[0] != wanted:
        return (
            f"{len(x)} dimensions are one example without a batch, (channels, …); a batch is "
            f"{'(batch, channels, …)'}"
        )
    if len(x) > 2 and x[0] == wanted:
        return f"batch and channels seem to be swapped: {name}.transpose(0, 1)"
    kind = kind_of(lesson) if kind_of(lesson).startswith("Conv") else "the layer"
    out = getattr(lesson.module, "out_channels", weight[0])
    many = f"{got} channel{'s' * (got != 1)}"
    said = f"the input has {many}, the layer takes {wanted}: make it {kind}({got}, {out}, …)"
    if got == 1 and not unbatched:
        sizes_kept = ", -1" * (len(x) - 2)
        return f"{said}, or repeat the channel, {name}.expand(-1, {wanted}{sizes_kept})"
    return said


@hint(r"Expected (\d)D \(unbatched\) or (\d)D \(batched\) input to (\w+), but got input of size")
def dimensions(lesson: Lesson, match: re.Match[str]) -> str | None:
    """An image without channels, or too many dimensions."""
    (name, x), full = next(iter(lesson.given.items())), int(match[2])
    shape = sizes(x)
    ends = ", None" * (full - 2)
    if len(shape) == 2 and shape[1] == getattr(lesson.module, "in_channels", 1) > 1:
        return f"(batch, channels) are there: {name}[:, :{ends}] is {[*shape, *[1] * (full - 2)]}"
    if len(shape) == full - 2 and getattr(lesson.module, "in_channels", 1) == 1:
        return (
            f"dimensions for batch and channels are missing: {name}[None, None] is {[1, 1, *shape]}"
        )
    if len(shape) < full:
        return f"an input is (batch, channels, …), of {full} dimensions; this one has {len(shape)}"
    return f"bring it to {full} dimensions, (batch, channels, …): {name}.flatten(0, 1) joins two"


@hint(r"Kernel size can't be greater than actual input size|[Oo]utput size is too small")
def too_small(lesson: Lesson, match: re.Match[str]) -> str:
    """Nothing left of an image after many layers."""
    return (
        "the image is smaller than the kernel: use fewer strides and poolings before, a larger "
        "image, or padding"
    )


@hint(r"expected (\d)D(?: or (\d)D)? input \(got (\d)D input\)")
def normalized_dimensions(lesson: Lesson, match: re.Match[str]) -> str | None:
    """A BatchNorm1d where a BatchNorm2d belongs."""
    got, name = int(match[3]), kind_of(lesson)
    if name[-2:-1].isdigit() and 2 <= got <= 5:
        fit = f"{name[:-2]}{max(got - 2, 1)}d"
        if fit != name:
            return f"for an input of {got} dimensions there is nn.{fit}"
    return None


always(
    r"Expected more than 1 value per channel when training",
    "a batch of one example has no variance: use larger batches (drop_last=True in the DataLoader "
    "leaves out a last one that is too small), or model.eval() where you don't train",
)


@hint(r"running_mean should contain (\d+) elements not (\d+)")
def normalized_channels(lesson: Lesson, match: re.Match[str]) -> str:
    """Another number of channels than the layer's."""
    got, wanted = match[1], int(match[2])
    shape = sizes(tensors(lesson)[0])
    if shape[-1] == wanted and len(shape) > 2:
        return "the channels are dimension 1, the input's seem to come last: move them with permute"
    return f"the input has {got} channels in dimension 1: make it {kind_of(lesson)}({got})"


@hint(r"Given normalized_shape=(\[.*?\]), expected input with shape")
def layer_norm(lesson: Lesson, match: re.Match[str]) -> str | None:
    """LayerNorm of channels that come first."""
    wanted, shape = numbers(match[1]), sizes(tensors(lesson)[0])
    if len(wanted) == 1 and len(shape) > 2 and shape[1] == wanted[0]:
        return (
            "LayerNorm works on the last dimensions; for channels in dimension 1 take "
            f"nn.GroupNorm(1, {wanted[0]}), or move them to the end"
        )
    last = shape[-len(wanted) :]
    fits = last[0] if len(last) == 1 else last
    return f"it works on the last dimensions, which are {last} here: make it LayerNorm({fits})"


# Embedding, recurrent layers, attention


always(
    r"argument #1 'indices' to have one of the following scalar types",
    "an embedding looks up rows by their number: give it integers, ids.long()",
)


@hint(r"index out of range in self: embedding\(\) of index (-?\d+) in a table of (\d+) rows")
def rows(lesson: Lesson, match: re.Match[str]) -> str:
    """An index that has no row."""
    index, count = int(match[1]), int(match[2])
    if index < 0:
        return f"indices are 0 to {count - 1}, and negative ones don't count from the end"
    largest = int(tensors(lesson)[0].max())
    return (
        f"indices are 0 to {count - 1}, the largest given is {largest}: "
        f"num_embeddings must be {largest + 1} at least"
    )


@hint(r"input.size\(-1\) must be equal to input_size. Expected (\d+), got (\d+)")
def input_size(lesson: Lesson, match: re.Match[str]) -> str:
    """Features that are not last, or another number of them."""
    wanted, got = int(match[1]), match[2]
    shape = sizes(tensors(lesson)[0])
    layout = "(batch, time, features)" if lesson.module.batch_first else "(time, batch, features)"
    if wanted in shape[:-1]:
        return f"an input is {layout}: dimension {shape.index(wanted)} seems to be the features"
    return f"an input is {layout}: the layer takes {wanted} features, the input has {got}"


@hint(r"Expected hidden(\[\d\])? size \((.*?)\), got \[(.*?)\]")
def hidden(lesson: Lesson, match: re.Match[str]) -> str:
    """A state of another shape; often of a batch that is in the other dimension."""
    wanted, got = numbers(match[2]), numbers(match[3])
    x, layer = sizes(tensors(lesson)[0]), lesson.module
    said = "a state is (num_layers * num_directions, batch, hidden_size)"
    if len(got) == 3 and len(x) == 3 and [wanted[0], x[0], wanted[2]] == got and x[0] != x[1]:
        first = layer.batch_first
        return f"{said}: the batch seems to be dimension 0 of the input: " + (
            "leave out batch_first=True" if first else "make the layer with batch_first=True"
        )
    if len(got) == 3 and [got[1], got[0], got[2]] == wanted:
        return f"{said}, with batch_first=True as well: transpose it"
    return f"{said}; for this input torch.zeros({', '.join(map(str, wanted))})"


@hint(r"For (un)?batched (\d)-D input, hx( and cx)? should also be (\d)-D")
def hidden_dimensions(lesson: Lesson, match: re.Match[str]) -> str:
    """A state without the dimension of the batch or of the layers."""
    if match[1]:
        at = 1 if lesson.module.batch_first else 0
        return (
            "an input of two dimensions is (time, features) without a batch, and the state then "
            f"(num_layers, hidden_size); of one step of a batch make input.unsqueeze({at})"
        )
    return "a state is (num_layers * num_directions, batch, hidden_size), also for one layer"


@hint(r"was expecting embedding dimension of (\d+), but got (\d+)")
def embedding(lesson: Lesson, match: re.Match[str]) -> str:
    """Attention of another width."""
    return (
        f"the last dimension of query, key and value is embed_dim={match[1]}, here it is {match[2]}"
    )


always(
    r"^The shape of the 2D attn_mask is",
    "a mask is (length of the query, length of the key), without the batch; for a mask of each "
    "sequence, (batch, length), there is key_padding_mask",
)
always(
    r"^Expected key_padd\w+_mask\.shape\[\d\] to be",
    "key_padding_mask is (batch, length of the key), also where the inputs are (length, batch, …)",
)


@hint(r"^'tuple' object has no attribute 'ndim'")
def one_state(lesson: Lesson, match: re.Match[str]) -> str | None:
    """The states of an LSTM, given to another layer."""
    if kind_of(lesson) not in ("GRU", "RNN"):
        return None
    return "the state of a GRU or RNN is one tensor; the pair (h, c) is an LSTM's"


always(
    r"the state of an LSTM is a pair",
    "an LSTM takes and returns a pair of states: output, (h, c) = lstm(x, (h, c))",
)
