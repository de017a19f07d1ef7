"""Attention and Transformers against PyTorch: options, masks, modes, dtypes; training runs."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
import warnings

import numpy as np
import pytest

import minitorch
from tests.parity.twins import assert_same, assert_same_error, both, compare

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
DTYPES = ["float64", "float32"]


def numbers(*shape):
    return np.asarray(RNG.standard_normal(shape))


def seen(*shape):
    """A mask of bools in which each query sees the first key."""
    return (RNG.random(shape) < 0.6) | (np.arange(shape[-1]) == 0)


def attend(t, *args, **kwargs):
    return t.nn.functional.scaled_dot_product_attention(*args, **kwargs)


# scaled dot-product attention

SHAPES = {
    "heads": ((2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 5)),
    "square": ((2, 2, 5, 4), (2, 2, 5, 4), (2, 2, 5, 4)),
    "3-d": ((3, 4, 2), (3, 5, 2), (3, 5, 3)),
    "2-d": ((4, 2), (5, 2), (5, 3)),
    "5-d": ((2, 1, 2, 3, 2), (2, 1, 2, 4, 2), (2, 1, 2, 4, 2)),
    "broadcast": ((2, 1, 3, 2), (3, 4, 2), (1, 4, 2)),
    "more keys": ((1, 1, 2, 3), (1, 1, 5, 3), (1, 1, 5, 3)),
    "more queries": ((1, 1, 5, 3), (1, 1, 2, 3), (1, 1, 2, 3)),
}


@pytest.mark.parametrize("dtype", [*DTYPES, "float16"])
@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("mask", ["none", "causal", "bools", "floats", "row", "blind"])
def test_dot_product(shapes, mask, dtype):
    arrays = [numbers(*shape) for shape in SHAPES[shapes]]
    length, keys = arrays[0].shape[-2], arrays[1].shape[-2]
    masks = {
        "bools": seen(length, keys), "floats": numbers(length, keys), "row": seen(1, keys),
        "blind": seen(length, keys) & (np.arange(length) != 1)[:, None],
    }  # fmt: skip
    if mask in masks:
        arrays.append(masks[mask])
    # of PyTorch's kernels only the plain one can be differentiated twice, and with a scale of 0.3
    # it is the one taken where the mask wants a gradient
    twice = dtype == "float64" and (mask == "floats" or len(SHAPES[shapes][0]) != 4)
    compare(
        lambda t, *args: attend(t, *args, is_causal=mask == "causal", scale=0.3),
        arrays, dtype, twice,
    )  # fmt: skip


def test_larger_than_a_block():
    arrays = [numbers(2, 3, n, 8) for n in (300, 300, 300)]
    for causal, mask in ((True, ()), (False, ()), (False, (seen(300, 300),))):
        compare(
            lambda t, *args, c=causal: attend(t, *args, is_causal=c), [*arrays, *mask],
            "float64", False,
        )  # fmt: skip


def test_each_head_and_example_has_a_mask():
    q = numbers(2, 3, 4, 5)
    for shape in ((2, 3, 4, 4), (2, 1, 1, 4), (3, 4, 4), (3, 1, 4), (4, 1)):
        for mask in (seen(*shape), numbers(*shape)):
            compare(attend, [q, q + 1, q - 1, mask], "float64", mask.dtype != bool)


def test_grouped_queries():
    arrays = [numbers(2, 4, 3, 5), numbers(2, 2, 3, 5), numbers(2, 2, 3, 5)]
    compare(lambda t, *args: attend(t, *args, enable_gqa=True), arrays, "float64", False)
    arrays = [x[0] for x in arrays]
    compare(lambda t, *args: attend(t, *args, enable_gqa=True, is_causal=True), arrays, "float64")


@pytest.mark.parametrize("scale", [None, -1.0, 0.0, 2.5])
def test_scales(scale):
    arrays = [numbers(2, 2, 3, 4) for _ in range(3)]
    compare(lambda t, *args: attend(t, *args, scale=scale), arrays, "float64", False)


EMPTY = [
    ((2, 3, 0, 4), (2, 3, 5, 4)), ((2, 3, 2, 4), (2, 3, 0, 4)), ((0, 3, 2, 4), (0, 3, 5, 4)),
    ((3, 2, 0), (3, 5, 0)),
]  # fmt: skip


@pytest.mark.parametrize("shapes", EMPTY)
def test_nothing_to_attend_to(shapes):
    arrays = [numbers(*shapes[0]), numbers(*shapes[1]), numbers(*shapes[1])]
    compare(attend, arrays, "float64", False)


@pytest.mark.parametrize("p", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("causal", [True, False])
def test_dropped_weights_are_pytorchs(p, causal):
    arrays = [numbers(2, 3, 5, 4) for _ in range(3)]
    compare(lambda t, *args: attend(t, *args, dropout_p=p, is_causal=causal), arrays, "float64")


def test_memory_layout_of_the_result():
    def run(t):
        x = t.zeros(2, 5, 3 * 12)
        q, k, v = (part.view(2, 5, 3, 4).transpose(1, 2) for part in x.split(12, 2))
        y = attend(t, q, k, v, is_causal=True)
        z = attend(t, q.contiguous(), k, v)
        return y.stride(), z.stride()

    theirs, ours = both(run)
    assert ours == theirs


def test_boxes_of_no_gradient():
    x = minitorch.ones(1, 2, 3)
    assert attend(minitorch, x, x, x).grad_fn is None
    x.requires_grad_()
    y = attend(minitorch, x, x.detach(), x.detach())
    assert y.grad_fn.name() == "ScaledDotProductFlashAttentionForCpuBackward0"


SIZES = {"a": (2, 3, 4), "b": (1, 4, 3, 4)}
ERRORS = {
    "mask and causal": lambda t, a, b: attend(t, a, a, a, t.ones(3, 3), is_causal=True),
    "dtypes": lambda t, a, b: attend(t, a, a, a.double()),
    "mask double": lambda t, a, b: attend(t, a, a, a, t.ones(3, 3).double()),
    "mask long": lambda t, a, b: attend(t, a, a, a, t.ones(3, 3).long()),
    "mask size": lambda t, a, b: attend(t, a, a, a, t.ones(2, 2)),
    "mask lead": lambda t, a, b: attend(t, a[0], a[0], a[0], t.ones(2, 3, 3)),
    "mask rank": lambda t, a, b: attend(t, b, b, b, t.ones(3)),
    "mask number": lambda t, a, b: attend(t, b, b, b, t.tensor(1.0)),
    "mask list": lambda t, a, b: attend(t, b, b, b, [[True]]),
    "widths": lambda t, a, b: attend(t, a, a[..., :2], a),
    "keys": lambda t, a, b: attend(t, a, a[:, :2], a),
    "rank": lambda t, a, b: attend(t, a[0, 0], a, a),
    "long": lambda t, a, b: attend(t, a.long(), a.long(), a.long()),
    "complex": lambda t, a, b: attend(t, *[b.to(t.complex64)] * 3),
    "dropout": lambda t, a, b: attend(t, a, a, a, None, 1.5),
    "positional scale": lambda t, a, b: attend(t, a, a, a, None, 0.0, False, 2.0),
    "text": lambda t, a, b: attend(t, a, a, a, scale="x"),
    "number": lambda t, a, b: attend(t, 1, a, a),
    "groups": lambda t, a, b: attend(t, b, b[:, :3], b[:, :3], enable_gqa=True),
    "heads": lambda t, a, b: attend(t, b, b[:, :2], b[:, :2]),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_of_dot_product(name):
    assert_same_error(lambda t: ERRORS[name](t, *(t.ones(shape) for shape in SIZES.values())))


def test_choice_of_kernels():
    def run(t):
        from_string = t.nn.attention.SDPBackend
        with t.nn.attention.sdpa_kernel([from_string.MATH, from_string.FLASH_ATTENTION]):
            y = attend(t, *[t.ones(1, 1, 2, 2)] * 3)
        return y, sorted(from_string.__members__)

    (theirs, names), (ours, our_names) = both(run)
    assert our_names == names
    assert_same(theirs, ours, "float32")
    with pytest.raises(AssertionError), minitorch.nn.attention.sdpa_kernel("math"):
        pass


# multi-head attention

OPTIONS = {
    "plain": {},
    "no bias": {"bias": False},
    "bias_kv": {"add_bias_kv": True},
    "zero": {"add_zero_attn": True},
    "all": {"add_bias_kv": True, "add_zero_attn": True, "kdim": 5, "vdim": 3},
    "kdim": {"kdim": 5},
    "vdim no bias": {"vdim": 3, "bias": False},
    "batch first": {"batch_first": True},
    "batch first zero": {"batch_first": True, "add_zero_attn": True},
}
MASKS = ["none", "padding", "floats", "heads", "both", "float padding"]


def module_inputs(options, batched, same):
    """Queries, keys and values for a module with these options."""
    widths = 6, options.get("kdim", 6), options.get("vdim", 6)
    lengths = (4, 4, 4) if same else (4, 5, 5)
    lead = [(2, n) if options.get("batch_first") else (n, 2) for n in lengths]
    return [
        numbers(*(sizes if batched else (n,)), width)
        for sizes, n, width in zip(lead, lengths, widths, strict=True)
    ]


def module_masks(kind, keys, batched):
    padding = ~seen(2, keys) if batched else ~seen(keys)
    return {
        "none": {},
        "padding": {"key_padding_mask": padding},
        "floats": {"attn_mask": numbers(4, keys)},
        "heads": {"attn_mask": ~seen(6 if batched else 3, 4, keys)},
        "both": {"key_padding_mask": padding, "attn_mask": ~seen(4, keys) & ~padding.all()},
        "float padding": {"key_padding_mask": numbers(*padding.shape)},
    }[kind]


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("options", OPTIONS)
def test_multihead_attention(options, mask, batched):
    arrays = module_inputs(OPTIONS[options], batched, same=False)
    masks = module_masks(mask, 5, batched)
    if mask == "both":  # such that each query sees the first key
        masks["attn_mask"][:, 0] = False
        masks["key_padding_mask"][..., 0] = False

    def run(t, need, average, training, dtype):
        t.manual_seed(3)
        module = t.nn.MultiheadAttention(6, 3, 0.2, dtype=getattr(t, dtype), **OPTIONS[options])
        module.train(training)
        xs = [t.tensor(a.astype(dtype), requires_grad=True) for a in arrays]
        given = {k: t.tensor(m if m.dtype == bool else m.astype(dtype)) for k, m in masks.items()}
        y, weights = module(*xs, need_weights=need, average_attn_weights=average, **given)
        found = {"y": y, "weights": weights}
        loss = (y**2).sum() if weights is None else (y**2).sum() + (weights**3).sum()
        loss.backward()
        found.update({f"x{i}": x.grad for i, x in enumerate(xs)})
        found.update({name: p.grad for name, p in module.named_parameters()})
        return found, module.state_dict(), repr(module)

    settings = itertools.product(
        ((True, True), (True, False), (False, True)),
        ((True, "float64"), (False, "float64"), (False, "float32")),
    )
    for (need, average), (training, dtype) in settings:
        theirs, ours = (run(t, need, average, training, dtype) for t in (torch, minitorch))
        assert list(ours[1]) == list(theirs[1])
        assert ours[2] == theirs[2]
        for key in theirs[1]:
            assert_same(theirs[1][key], ours[1][key], "float32", key)
        for key in theirs[0]:
            assert_same(theirs[0][key], ours[0][key], dtype, key)


@pytest.mark.parametrize("batch_first", [True, False])
def test_self_attention_is_causal(batch_first):
    """One product projects all three; the hint stands for the mask."""
    x = numbers(2, 5, 6) if batch_first else numbers(5, 2, 6)

    def run(t):
        module = t.nn.MultiheadAttention(6, 2, batch_first=batch_first, dtype=t.float64)
        module.eval()
        mask = t.nn.Transformer.generate_square_subsequent_mask(5, dtype=t.float64)
        found = []
        for need in (True, False):
            leaf = t.tensor(x, requires_grad=True)
            y, _ = module(leaf, leaf, leaf, need_weights=need, attn_mask=mask, is_causal=True)
            z, _ = module(leaf, leaf * 2, leaf * 2, need_weights=need, attn_mask=mask > -1)
            (y**2).sum().backward(retain_graph=True)
            found += [y, leaf.grad, z]
        with t.no_grad():
            found += [*module(leaf, leaf, leaf), module(leaf, leaf, leaf, need_weights=False)[0]]
        return found

    for theirs, ours in zip(*both(run), strict=True):
        assert_same(theirs, ours, "float64")


def test_second_derivatives_of_multihead_attention():
    x = numbers(4, 2, 6)

    def call(t, q, kv):
        t.manual_seed(0)
        module = t.nn.MultiheadAttention(6, 2, dropout=0.3, dtype=t.float64)
        return module(q, kv, kv, need_weights=True)[0]

    compare(call, [x, numbers(5, 2, 6)], "float64")


def test_functional_with_static_keys():
    q, w = numbers(3, 2, 4), numbers(12, 4)

    def run(t):
        static = t.tensor(numbers_for_static)
        return t.nn.functional.multi_head_attention_forward(
            *[t.tensor(q)] * 3, 4, 2, t.tensor(w), None, None, None, False, 0.0, t.tensor(w[:4]),
            None, static_k=static, static_v=static + 1, average_attn_weights=False,
        )  # fmt: skip

    numbers_for_static = numbers(4, 7, 2)
    for theirs, ours in zip(*both(run), strict=True):
        assert_same(theirs, ours, "float64")


def test_merged_masks():
    attn, padding = ~seen(3, 3), ~seen(2, 3)

    def run(t):
        module = t.nn.MultiheadAttention(4, 2)
        q = t.zeros(2, 3, 4)
        a, p = t.tensor(attn), t.tensor(padding)
        big = t.tensor(np.repeat(attn[None], 4, 0))
        return [
            module.merge_masks(*pair, q)
            for pair in ((None, None), (a, None), (None, p), (a, p), (big, p))
        ]

    for (theirs, kind), (ours, our_kind) in zip(*both(run), strict=True):
        assert our_kind == kind
        assert_same(theirs, ours, "float32")


ATTENTION_ERRORS = {
    "embed_dim": lambda t: t.nn.MultiheadAttention(0, 1),
    "num_heads": lambda t: t.nn.MultiheadAttention(4, 0),
    "divisible": lambda t: t.nn.MultiheadAttention(5, 2),
    "rank": lambda t: attention_of(t, t.ones(4)),
    "ranks": lambda t: attention_of(t, t.ones(3, 2, 4), t.ones(3, 4)),
    "unbatched ranks": lambda t: attention_of(t, t.ones(3, 4), t.ones(3, 2, 4)),
    "width": lambda t: attention_of(t, t.ones(3, 2, 5)),
    "keys and values": lambda t: t.nn.MultiheadAttention(4, 2)(
        t.ones(3, 2, 4), t.ones(5, 2, 4), t.ones(6, 2, 4)
    ),
    "padding rank": lambda t: attention_of(t, key_padding_mask=t.ones(3).bool()),
    "padding size": lambda t: attention_of(t, key_padding_mask=t.ones(2, 4).bool()),
    "padding batch": lambda t: attention_of(t, key_padding_mask=t.ones(1, 3).bool()),
    "padding long": lambda t: attention_of(t, key_padding_mask=t.ones(2, 3).long()),
    "mask rank": lambda t: attention_of(t, attn_mask=t.ones(1, 1, 3, 3).bool()),
    "mask size": lambda t: attention_of(t, attn_mask=t.ones(4, 3).bool()),
    "mask heads": lambda t: attention_of(t, attn_mask=t.ones(2, 3, 3).bool()),
    "unbatched mask": lambda t: attention_of(t, t.ones(3, 4), attn_mask=t.ones(3, 3, 3).bool()),
    "mask long": lambda t: attention_of(t, attn_mask=t.ones(3, 3).long()),
    "hint alone": lambda t: attention_of(t, is_causal=True),
    "kdim": lambda t: t.nn.MultiheadAttention(4, 2, kdim=3)(*[t.ones(3, 2, 4)] * 3),
    "dtype": lambda t: attention_of(t, t.ones(3, 2, 4).double()),
}  # fmt: skip


def attention_of(t, query=None, key=None, **kwargs):
    query = t.ones(3, 2, 4) if query is None else query
    key = query if key is None else key
    return t.nn.MultiheadAttention(4, 2)(query, key, key, **kwargs)


@pytest.mark.parametrize("name", ATTENTION_ERRORS)
def test_errors_of_multihead_attention(name):
    assert_same_error(ATTENTION_ERRORS[name])


def test_masks_of_two_kinds_warn():
    x = minitorch.ones(3, 2, 4)
    masks = {"key_padding_mask": minitorch.zeros(2, 3), "attn_mask": minitorch.zeros(3, 3).bool()}
    with pytest.warns(UserWarning, match="mismatched key_padding_mask and attn_mask"):
        minitorch.nn.MultiheadAttention(4, 2)(x, x, x, **masks)


# Transformers

LAYERS = {
    "plain": {},
    "batch first": {"batch_first": True},
    "norm first": {"norm_first": True, "batch_first": True},
    "gelu": {"activation": "gelu"},
    "no bias": {"bias": False, "layer_norm_eps": 0.1},
}


def same_modules(run, dtype="float64"):
    """`run(t)` gives a module and a list of results: equal in state, repr and results."""
    (theirs, found), (ours, our_found) = both(run)
    assert repr(ours) == repr(theirs)
    state, our_state = theirs.state_dict(), ours.state_dict()
    assert list(our_state) == list(state)
    for key in state:
        assert_same(state[key], our_state[key], "float32", key)
    assert len(found) == len(our_found)
    for i, (a, b) in enumerate(zip(found, our_found, strict=True)):
        assert_same(a, b, dtype, str(i))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("options", LAYERS)
def test_layers(options, training, dtype):
    src, memory, padding = numbers(4, 4, 8), numbers(4, 4, 8), ~seen(4, 4)

    def run(t):
        kind, more = getattr(t, dtype), LAYERS[options]
        layers = t.nn.ModuleList([
            t.nn.TransformerEncoderLayer(8, 2, 16, 0.2, dtype=kind, **more),
            t.nn.TransformerDecoderLayer(8, 2, 16, 0.2, dtype=kind, **more),
        ]).train(training)  # fmt: skip
        x, m = (t.tensor(a.astype(dtype), requires_grad=True) for a in (src, memory))
        hidden, causal = t.tensor(padding), t.nn.Transformer.generate_square_subsequent_mask(4)
        causal = causal.to(kind)
        found = []
        for y in (
            layers[0](x), layers[0](x, src_key_padding_mask=hidden), layers[0](x, causal < 0),
            layers[0](x, causal, is_causal=True), layers[0](x[0]),
            layers[1](x, m), layers[1](x, m, memory_key_padding_mask=hidden),
            layers[1](x, m, tgt_mask=causal, tgt_is_causal=True), layers[1](x[0], m[1]),
        ):  # fmt: skip
            # steep in float64, and in float32 with gradients near 1, for which its tolerance is
            loss = (y**3 if dtype == "float64" else y.sin()).sum()
            found += [y, *t.autograd.grad(loss, (x, m), allow_unused=True)]
        return layers, found

    same_modules(run, dtype)


def test_activations_of_layers():
    x = numbers(3, 2, 4)

    def run(t):
        F, nn = t.nn.functional, t.nn
        choices = ["relu", "gelu", F.relu, F.gelu, nn.ReLU(), nn.GELU(), t.tanh]
        layers = [nn.TransformerEncoderLayer(4, 2, 8, 0.0, a, dtype=t.float64) for a in choices]
        kinds = [layer.activation_relu_or_gelu for layer in layers]
        return nn.ModuleList(layers), [t.tensor(kinds), *(f(t.tensor(x)) for f in layers)]

    same_modules(run)
    assert_same_error(lambda t: t.nn.TransformerEncoderLayer(4, 2, activation="tanh"))


@pytest.mark.parametrize("options", LAYERS)
def test_transformer(options):
    more = LAYERS[options]
    src, tgt = numbers(3, 3, 8), numbers(3, 5, 8) if more.get("batch_first") else numbers(5, 3, 8)

    def run(t):
        net = t.nn.Transformer(8, 2, 2, 2, 12, 0.1, dtype=t.float64, **more)
        mask = net.generate_square_subsequent_mask(5, dtype=t.float64)
        padding = t.tensor([[False] * 3, [False, False, True], [False, True, True]])
        found = []
        for training in (True, False):
            net.train(training)
            x, y = (t.tensor(a, requires_grad=True) for a in (src, tgt))
            out = net(x, y, tgt_mask=mask, src_key_padding_mask=padding,
                      memory_key_padding_mask=padding)  # fmt: skip
            (out**3).sum().backward()
            found += [out, x.grad, y.grad, *(p.grad for p in net.parameters())]
        return net, found

    same_modules(run)


@pytest.mark.parametrize("trained", [True, False])
@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("nested", [True, False])
def test_encoder_leaves_zeros_at_the_padding(norm, nested, trained):
    """Where PyTorch's encoder takes its fast path."""
    x = numbers(3, 4, 8)
    masks = [
        np.arange(4) >= np.array([[4], [2], [3]]),  # padding at the end
        np.arange(4) < np.array([[0], [2], [1]]),  # at the start
    ]

    def run(t):
        layer = t.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dtype=t.float64)
        net = t.nn.TransformerEncoder(
            layer, 2, t.nn.LayerNorm(8, dtype=t.float64) if norm else None, nested
        )
        net.eval().requires_grad_(trained)
        found = []
        for mask in masks:
            hidden = t.tensor(mask)
            with t.no_grad():
                found.append(net(t.tensor(x), src_key_padding_mask=hidden))
            found.append(net(t.tensor(x), src_key_padding_mask=hidden))
            found.append(net(t.tensor(x), mask=t.zeros(4, 4).bool(), src_key_padding_mask=hidden))
        return net, found

    same_modules(run)


def messages(run):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run()
    return [str(w.message) for w in caught if "nested_tensor" in str(w.message)]


def test_warnings_of_the_encoder():
    for options in ({}, {"batch_first": True}, {"batch_first": True, "norm_first": True},
                    {"batch_first": True, "bias": False}, {"batch_first": True, "nhead": 1},
                    {"batch_first": True, "activation": "gelu"}):  # fmt: skip
        options = {"d_model": 4, "nhead": 2, **options}

        def run(t, options=options):
            return t.nn.TransformerEncoder(t.nn.TransformerEncoderLayer(**options), 1)

        assert messages(lambda: run(minitorch)) == messages(lambda: run(torch))


TRANSFORMER_ERRORS = {
    "batch": lambda t: t.nn.Transformer(4, 2, 1, 1, 8)(t.ones(3, 2, 4), t.ones(3, 1, 4)),
    "batch first": lambda t: t.nn.Transformer(4, 2, 1, 1, 8, batch_first=True)(
        t.ones(2, 3, 4), t.ones(1, 3, 4)
    ),
    "width": lambda t: t.nn.Transformer(4, 2, 1, 1, 8)(t.ones(3, 2, 5), t.ones(3, 2, 4)),
    "heads": lambda t: t.nn.Transformer(5, 2),
    "mask": lambda t: t.nn.TransformerEncoderLayer(4, 2)(t.ones(3, 2, 4), t.ones(3, 3).long()),
    "mask size": lambda t: t.nn.TransformerDecoderLayer(4, 2)(
        t.ones(3, 2, 4), t.ones(3, 2, 4), t.ones(2, 2)
    ),
}


@pytest.mark.parametrize("name", TRANSFORMER_ERRORS)
def test_errors_of_transformers(name):
    assert_same_error(TRANSFORMER_ERRORS[name])


def test_custom_parts():
    def run(t):
        class Doubled(t.nn.Module):
            def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
                return src * 2

        net = t.nn.Transformer(4, 2, 1, 1, 8, 0.0, custom_encoder=Doubled(), dtype=t.float64)
        return net, [net(t.ones(3, 2, 4).double(), t.ones(2, 2, 4).double())]

    same_modules(run)


def test_copies():
    net = minitorch.nn.Transformer(4, 2, 1, 1, 8, 0.0)
    x = minitorch.randn(3, 2, 4)
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert_same(net(x, x), other(x, x), "float32")
        assert other.encoder.layers[0].self_attn is not net.encoder.layers[0].self_attn


def test_state_dicts_load_both_ways():
    theirs, ours = both(lambda t: t.nn.Transformer(4, 2, 1, 1, 8, 0.0))
    for p in theirs.parameters():
        torch.nn.init.normal_(p)
    ours.load_state_dict({k: minitorch.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    x = numbers(3, 2, 4).astype("f4")
    assert_same(theirs(*[torch.tensor(x)] * 2), ours(*[minitorch.tensor(x)] * 2), "float32")


@pytest.mark.parametrize("need_weights", [True, False])
def test_training_runs(need_weights):
    """Seeded, with dropout: the losses of 30 steps."""
    data = RNG.integers(0, 9, (16, 7))

    def run(t):
        nn, F = t.nn, t.nn.functional

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed = nn.Embedding(9, 16)
                self.attend = nn.MultiheadAttention(16, 4, 0.1, batch_first=True)
                layer = nn.TransformerEncoderLayer(16, 4, 32, 0.1, batch_first=True)
                self.layers = nn.TransformerEncoder(layer, 2)
                self.head = nn.Linear(16, 9)

            def forward(self, x):
                mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
                x = self.embed(x) * math.sqrt(16)
                x = x + self.attend(x, x, x, attn_mask=mask, need_weights=need_weights)[0]
                return self.head(self.layers(x, mask))

        net, x = Net(), t.tensor(data)
        optimizer = t.optim.AdamW(net.parameters(), lr=3e-3)
        losses = []
        for _ in range(30):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x[:, :-1]).reshape(-1, 9), x[:, 1:].reshape(-1))
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
        return losses

    theirs, ours = both(run)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    assert ours[-1] < ours[0] * 0.7
