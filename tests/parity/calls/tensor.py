"""What a tensor is, what it turns into, its place in the graph."""

import copy
import math

import numpy as np

from tests.parity.calls import but

# where nothing requires grad and a second mistake is reported first
INTEGERS = "int64; int32 int16; uint8; bool; int64 float32; bool uint8"

CALLS = [
    # what it is
    lambda torch, x: (x.shape, x.size(), x.size(0), x.size(-1), x.size(dim=0), x.ndim, x.dim()),
    lambda torch, x: (x.ndimension(), x.numel(), x.nelement(), torch.numel(x), len(x), x.dtype),
    lambda torch, x: (x.device, x.itemsize, x.nbytes, x.element_size(), x.layout, x.is_cuda),
    lambda torch, x: (x.is_sparse, x.is_quantized, x.is_mps, x.is_meta, x.is_nested),
    lambda torch, x: (x.to_dense(), x.sparse_dim(), x.dense_dim(), x.is_coalesced()),
    lambda torch, t: (t.to_dense(), t.to_dense(torch.float64), t.sparse_dim(), t.dense_dim()),
    lambda torch, x: (torch.get_device(x), torch.is_distributed(x), x.is_distributed()),
    lambda torch, x: (x.is_inference(), torch.is_inference(x), x.is_sparse_csr),
    lambda torch, x: (x.const_data_ptr() == x.data_ptr(), x.grad_dtype),
    lambda torch, x: (torch.detach_copy(x.detach()), torch.fill(x, 1), x.narrow_copy(-1, 0, 1)),
    lambda torch, q, s: torch.fill(q, s),
    lambda torch: torch.get_device_module("cpu").is_available(),
    lambda torch, x: x.is_coalesced(),
    lambda torch, x: x.coalesce(),
    lambda torch, x: x.crow_indices(),
    lambda torch, x: x.col_indices(),
    lambda torch, x: x.ccol_indices(),
    lambda torch, x: x.row_indices(),
    lambda torch, x: (x.is_floating_point(), x.is_complex(), torch.is_floating_point(x)),
    lambda torch, x: (torch.is_complex(x), torch.is_tensor(x)),
    lambda torch: (torch.is_tensor(1), torch.is_tensor(X)),
    lambda torch, x: (x.shape[0], x.shape[-1:], x.shape.numel(), x.shape + (1,), list(x.shape)),  # noqa: RUF005
    lambda torch, x: (x.shape == (2, 3), (x.shape[1:] == torch.Size([3])), f"{x.shape}"),
    lambda torch, x: x.size(2),
    lambda torch, s: (s.shape, s.size(), s.numel(), s.dim(), s.stride(), s.is_contiguous()),
    # of an empty array NumPy's strides are 0, which `from_numpy` takes over in PyTorch alone
    but("empty", lambda torch, x: (x.stride(), x.stride(0), x.stride(-1), x.storage_offset())),
    lambda torch, x: (x.is_contiguous(), x.storage_offset()),
    lambda torch, t: (t[:, None].stride(), t[..., None].stride(), t[None].stride()),
    lambda torch, v: (v.expand(1, 3).stride(), v[None, None].stride(), v.expand(2, 1, 3).stride()),
    lambda torch: (torch.zeros(0).stride(), torch.ones(0, 3).stride()),
    lambda torch: torch.empty(2, 0, 3).stride(),
    lambda torch, t: (t[1].storage_offset(), t[:, 1:, ::2].stride(), t[0, 1:].storage_offset()),
    lambda torch, t: (t.T.is_contiguous(), t.T.stride()),
    lambda torch, t: (t.T.contiguous().stride(), t[:, 0].stride()),
    lambda torch, t: (t.permute(2, 0, 1).clone().stride(), t.T.reshape(-1).stride()),
    lambda torch, x: (x.data_ptr() == x.view(-1).data_ptr(), x[1:].data_ptr() - x.data_ptr()),
    lambda torch, x: x.contiguous(),
    lambda torch, x: x.T.contiguous(memory_format=torch.contiguous_format),
    lambda torch, x: (x.clone(), x.clone(memory_format=torch.preserve_format), torch.clone(x)),
    lambda torch, x: (torch.Size((2, 3)), torch.Size([1]), torch.Size([]), torch.Size()),
    lambda torch: (torch.device("cpu"), torch.device("cpu", 0), torch.device("cpu:0")),
    lambda torch: (torch.device("cuda"), str(torch.device("cuda:1"))),
    lambda torch: torch.device(torch.device("cpu")),
    lambda torch: (torch.device("cpu") == torch.device("cpu"), torch.device("cpu").type),
    lambda torch: (torch.device("cpu").index, torch.device("cpu") == "cpu"),
    lambda torch: {torch.device("cpu"): 1},
    lambda torch: torch.device("gpu"),
    lambda torch: torch.device("cpu:a"),
    lambda torch: torch.device(),
    # memory
    lambda torch, x: (
        x.get_device(), x.is_cpu, x.is_pinned(), x.is_shared(), x.share_memory_().is_shared(),
    ),
    lambda torch, x: x.pin_memory(),
    lambda torch, t: (
        t.dim_order(), t.permute(2, 0, 1).dim_order(),
        t.is_contiguous(memory_format=torch.channels_last),
    ),
    lambda torch, x: (
        x.is_set_to(x), x.is_set_to(x.detach()), x.is_set_to(x.view(-1)), x.is_set_to(x.clone()),
    ),
    lambda torch, c: (c.detach().new(3).set_(c.detach()[1:]), c.detach().set_().shape),
    lambda torch, c: c.detach().set_(c.detach().untyped_storage(), 1, (2, 2), (2, 1)),
    lambda torch, c: (c.detach().set_(c.detach().storage()), c.detach().set_(c.detach(), 2, (2,))),
    lambda torch, c, i: c.detach().set_(i),
    lambda torch, c: c.set_(c.detach()),
    lambda torch, c: c.detach().set_(1),
    lambda torch, t: [
        (len(s), s.nbytes(), s.data_ptr() == t.data_ptr(), s.size())
        for s in (t.storage(), t.untyped_storage(), t[1].untyped_storage())
    ],
    lambda torch, c: (
        c.storage().tolist(), c[2:].storage()[1], list(c.storage()), c.storage().dtype,
        c.storage().element_size(),
    ),
    lambda torch, i: (
        i.untyped_storage()[0], i.storage().type(), i.storage().untyped().nbytes(),
        repr(i.storage()), i.storage().clone().fill_(3).tolist(),
    ),
    lambda torch, i: i.storage()[99],
    lambda torch, i: i.untyped_storage()["a"],
    lambda torch: (
        torch.UntypedStorage(3).nbytes(), torch.UntypedStorage([1, 2]).tolist(),
        torch.is_storage(torch.zeros(2).storage()), torch.is_storage(1),
    ),
    lambda torch: (
        torch.TypedStorage(3, dtype=torch.int32).nbytes(),
        torch.TypedStorage([1, 2], dtype=torch.int64).tolist(),
    ),
    lambda torch: (
        torch.UntypedStorage(4).resize_(8) is not None,
        torch.UntypedStorage([1, 2]).clone().device, repr(torch.UntypedStorage([7])),
    ),
    lambda torch: written_storage(torch.zeros(3)),
    lambda torch, i: (
        i.clone().apply_(lambda a: a * 2), i.clone().map_(i, lambda a, b: a + b),
        i.clone().map2_(i, i[0], lambda a, b, c: a + b - c),
    ),
    lambda torch, c: c.clone().apply_(lambda a: a),
    lambda torch, c, d: c.detach().clone().map_(c.detach()[:2], lambda a, b: a),
    lambda torch, x: (
        x._is_view(), x[0]._is_view(), x[0]._base is x, x.detach()._is_view(), x._base,
    ),
    lambda torch: kept_together(torch),
    # Python numbers, lists, arrays
    lambda torch, x: x.tolist(),
    lambda torch, s, i, k: (s.item(), i[0, 0].item(), k[0, 0].item(), s.tolist(), i.tolist()),
    lambda torch, s, i: (float(s), int(s), bool(s), complex(s), int(i[0, 1]), float(i[0, 0])),
    lambda torch, x: x.item(),
    lambda torch, x: x[:1, :1].item(),
    lambda torch, x: float(x),
    lambda torch, x: int(x),
    lambda torch, x: bool(x),
    lambda torch, e: bool(e),
    lambda torch, x: x[:1, :1].is_nonzero(),
    lambda torch, x: x.is_nonzero(),
    lambda torch, z: (bool(z[0, 0]), bool(z[1, 0]), not z[0, 1], z[0, 0].is_nonzero()),
    lambda torch, i: ([10, 20, 30][i[0, 0]], range(5)[i[0, 0]], list(range(i[1, 0]))),
    lambda torch, i: [1, 2][i],
    lambda torch, s: [1, 2][s],
    lambda torch, i: [10, 20, 30][i[:1, :1]],
    lambda torch, s: (f"{s:.2f}", f"{s}", f"{s:8.3}", format(s, "")),
    lambda torch, x: f"{x.detach()}",
    lambda torch, x: f"{x:.2f}",
    lambda torch, i: (f"{i[0, 0]:03d}", str(i), repr(i), f"{i[0, 0]:.1f}"),
    lambda torch, x: x.detach().numpy(),
    lambda torch, x: x.numpy(),
    lambda torch, x: x.numpy(force=True),
    lambda torch, x: (np.asarray(x.detach()), np.array(x.detach()), np.asarray(x.detach(), "f8")),
    lambda torch, x: np.asarray(x),
    lambda torch, s: (math.sqrt(s), round(float(s), 1), s.item() + 1),
    lambda torch, x: len(x),
    lambda torch, s: len(s),
    lambda torch, s: iter(s),
    lambda torch, x: [row.shape for row in x],
    lambda torch, x: [(a, b) for a, b in zip(x[0], x[1], strict=True)],
    lambda torch, x: (1.45 in x, 9 in x, x[0, 0] in x),
    lambda torch, x: "a" in x,
    lambda torch, x: (hash(x) == hash(x), x in {x: 1}, len({x, x.clone()})),
    lambda torch, x: (min(x.view(-1)), max(x.flatten()), sorted(x.flatten().tolist()), sum(x)),
    # dtypes
    lambda torch, x: (x.float(), x.double(), x.half()),
    lambda torch, x: (x.detach().int(), x.detach().long(), x.detach().short(), x.detach().bool()),
    lambda torch, i: (i.byte(), i.char(), i.float(), i.bool()),
    lambda torch, x: (x.to(torch.float64), x.to("cpu")),
    lambda torch, x: (x.to(torch.float32), x.to(dtype=torch.float16)),
    lambda torch, x: (x.to("cpu", torch.float64), x.to(torch.device("cpu")), x.to(device="cpu")),
    lambda torch, x, d: (x.to(d), x.to(d, non_blocking=True), x.to(torch.float64, copy=True)),
    lambda torch, x: (x.to(x.dtype), x.to(x.dtype, copy=True), x.to(other=x) if False else x.to(x)),
    lambda torch, x: (x.to("cpu", x.dtype, False, True), x.to(torch.float64, False)),
    lambda torch, x: x.to("cuda"),
    lambda torch, x: x.to("gpu"),
    lambda torch, x: x.to(float),
    lambda torch, x: x.to(),
    lambda torch, x: x.to([]),
    lambda torch, x: (x.cpu(), x.type(), x.type(torch.float64), x.type("torch.DoubleTensor")),
    lambda torch, x: (x.type(dtype=torch.float16), x.type("torch.FloatTensor"), x.type_as(x)),
    lambda torch, x, d, i: (x.type_as(d), i.type_as(x)),
    lambda torch, x, i: (x.detach().type_as(i), x.detach().type(torch.int32)),
    lambda torch, x: x.type("Float"),
    lambda torch, x: x.cuda(),
    lambda torch: [
        torch.zeros(1, dtype=d).type()
        for d in (torch.int8, torch.uint8, torch.bool, torch.int16, torch.int32, torch.float16)
    ],
    # the graph
    lambda torch, x: (x.requires_grad, x.is_leaf, x.grad_fn, x.grad, x.retains_grad),
    lambda torch, x: (x.output_nr, (x * 2).output_nr, x.unbind()[1].output_nr, x.is_inference()),
    lambda torch, x: ((x * 2).is_leaf, (x * 2).requires_grad, (x * 2).grad_fn is None),
    lambda torch, x: (x.detach(), torch.detach(x), x.detach().is_leaf, x.data),
    lambda torch, x: (x * 2).detach_(),
    lambda torch, x: x.detach_(),
    lambda torch, x: x.view(-1).detach_(),
    lambda torch, x: x.detach().requires_grad_(),
    lambda torch, x: x.detach().clone().requires_grad_(requires_grad=False),
    lambda torch, i: i.requires_grad_(),
    lambda torch, k: k.requires_grad_(False),
    lambda torch, x: (x * 2).requires_grad_(False),
    lambda torch, x: (x * 2).requires_grad_(True),
    lambda torch, x: set_to(x.detach(), "requires_grad", True),
    lambda torch, x: set_to(x * 2, "requires_grad", False),
    lambda torch, x: set_to(x, "requires_grad", "a"),
    lambda torch, x: (x.sum().backward(), x.grad),
    lambda torch, x: ((x * 2).sum().backward(), (x * x).sum().backward(), x.grad),
    lambda torch, x: (x.backward(torch.ones_like(x)), x.grad),
    lambda torch, x: ((x * 3).backward(gradient=x.detach()), x.grad),
    lambda torch, x: (x[0, 0].backward(), x.grad),
    lambda torch, x: x.backward(),
    lambda torch, x: (x * 2).backward(),
    lambda torch, x: (x * 2).backward(torch.ones(2)),
    but(INTEGERS, lambda torch, x: (x * 2).backward(1.0)),
    lambda torch, x: (x * 2).backward([torch.ones(2, 3)]),
    lambda torch, x: (x * 2).sum().backward(torch.tensor(1)),
    lambda torch, x: x.detach().sum().backward(),
    lambda torch, i: i.sum().backward(),
    lambda torch, x: twice((x * x).sum()),
    lambda torch, x: twice((x + x).sum()),
    lambda torch, x: twice((x * x).sum(), retain_graph=True),
    lambda torch, x, y: ((x * y).sum().backward(inputs=[x]), x.grad, y.grad),
    lambda torch, x, y: ((x * y).sum().backward(inputs=x), x.grad, y.grad),
    lambda torch, x: (x * 2).sum().backward(inputs=[]),
    lambda torch, x: (x * 2).sum().backward(inputs=[x.detach()]),
    lambda torch, x: ((x**3).sum().backward(create_graph=True), x.grad.detach()),
    lambda torch, x: x.grad.requires_grad,
    lambda torch, x: retained(x, lambda y: y.retain_grad()),
    lambda torch, x: retained(x, lambda y: (y.retain_grad(), y.retain_grad())),
    lambda torch, x: (x.retain_grad(), x.retains_grad, x.sum().backward(), x.grad),
    lambda torch, x: retained(x, lambda y: (y.retain_grad(), y[0].mul_(2), y.sum().backward())),
    lambda torch, x: x.detach().retain_grad(),
    lambda torch, x: (retained(x, lambda y: None), (x * 2).retains_grad),
    lambda torch, x: hooked(x, lambda g: g * 2),
    lambda torch, x: hooked(x, lambda g: None),
    lambda torch, x: hooked(x, lambda g: g[0]),
    lambda torch, x: hooked(x, lambda g: 1.0),
    lambda torch, x: hooked(x, lambda g: g * 2, removed=True),
    lambda torch, x: (x.register_hook(lambda g: g + 1), (x * 2).sum().backward(), x.grad)[1:],
    lambda torch, x: x.detach().register_hook(print),
    lambda torch, x: accumulated(x),
    lambda torch, x: (x * 2).register_post_accumulate_grad_hook(print),
    lambda torch, x: x.detach().register_post_accumulate_grad_hook(print),
    lambda torch, x: set_to(x, "grad", torch.ones_like(x)).grad,
    lambda torch, x: set_to(x.detach(), "grad", torch.ones_like(x)).grad,
    lambda torch, x: set_to(set_to(x, "grad", torch.ones_like(x)), "grad", None).grad,
    lambda torch, x: set_to(x, "grad", torch.ones(3, 3)),
    lambda torch, x: set_to(x, "grad", torch.ones_like(x).long()),
    lambda torch, x: set_to(x, "grad", 1.0),
    lambda torch, x: set_to(x, "grad", x),
    lambda torch, x: set_to(x, "data", torch.zeros(2, 2)),
    lambda torch, x: set_to(x, "data", x.data * 2),
    lambda torch, x: set_to(x, "data", 1.0),
    lambda torch, x: (x.data.mul_(2), x.detach().add_(1), x),
    lambda torch, x: deleted(x),
    lambda torch, x: x.add_(1),
    lambda torch, x: x.view(-1).add_(1),
    lambda torch, x: put(x, 0, 1),
    lambda torch, x: stale(x, lambda y: y.exp()),
    lambda torch, x: stale(x, lambda y: y * y),
    lambda torch, x: stale(x, lambda y: y + y),
    lambda torch, x: in_no_grad(torch, x),
    lambda torch, x: (copy.deepcopy(x), copy.copy(x), copy.deepcopy([x, x])[0]),
    lambda torch, x: copy.deepcopy(x * 2),
    lambda torch, x: same_after_deepcopy(x),
    lambda torch, x: (x.grad_fn, (x + 1).grad_fn.name(), x.exp().grad_fn.name()),
    # in place with tensors of other dtypes
    lambda torch, x, d: x.clone().copy_(d),
    lambda torch, x, y: x.clone().copy_(other=y, non_blocking=False),
    lambda torch, x, i: x.clone().copy_(i),
    lambda torch, i, x: i.clone().copy_(x.detach()),
    lambda torch, x, v, w: x.clone().copy_(v),
    lambda torch, x, w: x.clone().copy_(w),
    lambda torch, x: x.clone().copy_(1),
    lambda torch, x: x.detach().clone().fill_(math.nan),
    # constructors of old
    lambda torch: (torch.Tensor([1, 2]), torch.Tensor(2, 3).shape),
    lambda torch: (torch.Tensor(), torch.Tensor([[]])),
    lambda torch, i: (torch.Tensor((1.5, 2)), torch.Tensor(X), torch.Tensor(torch.Size([2])).shape),
    lambda torch, x: (torch.Tensor(x.detach()), torch.Tensor(device="cpu")),
    lambda torch: torch.Tensor(2.5),
    lambda torch: torch.Tensor("a"),
    lambda torch: torch.Tensor([1, "a"]),
    lambda torch: torch.Tensor(-1),
]  # fmt: skip
X = np.ones(3, np.float32)


def set_to(x, name, value):
    setattr(x, name, value)
    return x


def put(x, index, value):
    x[index] = value


def deleted(x):
    """`del x.grad`."""
    x.sum().backward()
    del x.grad
    return x.grad


def twice(y, **how):
    """Backward through a graph, and again."""
    y.backward(**how)
    y.backward()
    return y.detach()


def retained(x, retain):
    """The gradient that is left at a tensor that is no leaf."""
    y = x * 2
    retain(y)
    (y * y).sum().backward()
    return y.grad, x.grad, y.retains_grad


def hooked(x, hook, removed=False):
    """The gradients with a hook on the way."""
    seen = []
    y = x * 2
    handle = y.register_hook(lambda g: (seen.append(g.detach().clone()), hook(g))[1])
    if removed:
        handle.remove()
    (y * y).sum().backward()
    return seen, x.grad


def accumulated(x):
    """What a hook sees after `.grad` was added to."""
    seen = []
    handle = x.register_post_accumulate_grad_hook(lambda y: seen.append(y.grad.clone()))
    (x * 2).sum().backward()
    (x * 3).sum().backward()
    handle.remove()
    (x * 4).sum().backward()
    return seen, x.grad


def stale(x, function):
    """Backward after what was computed on was written to."""
    y = x * 2
    z = function(y)
    y += 1
    z.sum().backward()
    return x.grad


def in_no_grad(torch, x):
    """What an optimizer does."""
    with torch.no_grad():
        x += 1
        y = x * 2
    return x, y, x.is_leaf


def same_after_deepcopy(x):
    """A copy has its own memory and gradient, and both stay together in a container."""
    (x * 2).sum().backward()
    one, other = copy.deepcopy([x, x])
    return one is other, one.grad, one.grad is x.grad, one.requires_grad, one


def written_storage(x):
    """A write to the storage shows in the tensor."""
    storage = x.storage()
    storage[1] = 5
    return x, x.untyped_storage().fill_(0).nbytes(), x


def kept_together(torch):
    """Tensors that share memory still do after a deep copy."""
    base = torch.arange(6.0)
    both = copy.deepcopy({"base": base, "view": base[2:4], "detached": base.detach()})
    both["view"].fill_(9)
    return *both.values(), base, both["view"].storage_offset()
