"""The names of nodes are PyTorch's, as `grad_fn=<...>` prints them."""

from __future__ import annotations

import warnings

import pytest

import minitorch
from tests.parity.scenarios import agree, named, plain

torch = pytest.importorskip("torch")

# of x (2, 3), y (2, 3), s (3, 3) positive definite, v (3), b (2, 3, 3), k bool (2, 3), i int (2)
CALLS = """
x + y; x + 1; 1 + x; x - y; 1 - x; x * y; x / y; x ** 2; x ** y; 2 ** x; -x; abs(x); x @ s
x % 2; x.exp(); x.log(); x.log1p(); x.sin(); x.cos(); x.tan(); x.tanh(); x.sqrt(); x.rsqrt()
x.sigmoid(); x.relu(); x.erf(); x.square(); x.reciprocal(); x.floor(); x.round(); x.sign()
x.softmax(1); x.log_softmax(1)
x.sum(); x.sum(0); x.sum((0, 1)); x.sum(dim=1, keepdim=True); x.mean(); x.mean(1); x.prod()
x.prod(1); x.var(); x.var(1); x.std(); x.std(0); x.norm(); x.norm(dim=1); x.logsumexp(1)
x.max(); x.max(1)[0]; x.max(dim=1).values; t.max(x, y); x.min(); x.min(1)[0]; x.amax(1); x.amin(0)
x.median(); x.median(1)[0]; x.cumsum(1); x.cumprod(1); x.cummax(1)[0]; x.sort()[0]; x.topk(2)[0]
x.kthvalue(1)[0]; x.mode()[0]; x.view(6); x.reshape(3, 2); x.flatten(); x.t(); x.T
x.transpose(0, 1); x.permute(1, 0); x.unsqueeze(0); x.unsqueeze(0).squeeze()
x.unsqueeze(0).squeeze(0); x.expand(2, 2, 3); x.repeat(2, 1); x.roll(1); x.flip(0); x.clone()
x.contiguous() * 1; x.double(); x[0]; x[0, 1]; x[:, 1:]; x[:1]; x[:, i]; x[k]; x[:, None]
x[...]; x[:, 0]; x.unbind()[1]
x.split(1)[0]; x.chunk(2)[1]; t.stack([x, y]); t.cat([x, y]); x.narrow(1, 0, 2); x.diagonal()
x.gather(1, i[:, None]); x.index_select(1, i); x.masked_select(k); x.masked_fill(k, 0.0); x.take(i)
x.scatter(1, i[:, None], y); x.scatter_add(1, i[:, None], y); t.where(k, x, y); x.tril(); x.triu()
x.clamp(0, 1); x.clamp_min(0); x.clamp(max=1); t.maximum(x, y); t.minimum(x, y); t.lerp(x, y, 0.5)
t.addmm(s, s, s); t.mm(s, s); t.mv(s, v); t.dot(v, v); t.bmm(b, b); t.matmul(s, s); s.trace()
t.addcmul(x, x, y); t.addcdiv(x, x, y); t.dist(x, y); t.rsub(x, y); x.nan_to_num(); x.nansum()
s.det(); t.linalg.slogdet(s)[1]; t.linalg.cholesky(s); t.linalg.inv(s); t.diag(v)
x.index_add(1, i, y[:, :2])
x.clone().add_(1); x.clone().mul_(y); x.clone().exp_(); x.clone().relu_(); x.clone().copy_(y)
t.atan2(x, y); t.hypot(x, y); x.log10(); x.log2(); x.expm1(); x.asin(); x.acos(); x.atan(); x.sinh()
x.cosh(); x.lgamma(); x.digamma(); x.erfc(); x.frac(); x.trunc(); x.ceil(); x.sinc()
t.nn.functional.linear(x, s); t.nn.functional.mse_loss(x, y); t.nn.functional.l1_loss(x, y)
2 / x; 2 - x; x.remainder(2.0); x.fmod(2.0); t.pdist(x); t.linalg.norm(x); t.linalg.vector_norm(x)
t.linalg.matrix_norm(x); t.linalg.matrix_norm(x, 2); t.linalg.det(s); t.linalg.eigh(s)[0]
t.linalg.eigvalsh(s); t.linalg.svd(x)[1]; t.linalg.svdvals(x); t.linalg.qr(x)[0]
t.linalg.solve(s, v); t.linalg.lstsq(s, s)[0]; t.linalg.pinv(x); t.linalg.matrix_power(s, 2)
t.linalg.matrix_power(s, 3); t.linalg.matrix_exp(s); t.linalg.cross(x, x + 1)
t.cross(v, v + 1, dim=0); t.linalg.multi_dot([s, s, s]); t.linalg.lu(s)[1]
t.linalg.lu_factor(s)[0]; t.linalg.solve_triangular(s, s, upper=True); t.linalg.inv_ex(s)[0]
t.linalg.eig(s)[0]; t.linalg.slogdet(s)[0] + s.sum(); t.logdet(s); t.cholesky_solve(s, s)
t.cholesky_inverse(s); t.linalg.householder_product(x.t(), v[:2]); t.inverse(s); t.pinverse(s)
t.relu(x); t.selu(x); x.clone().addcmul_(x, y); x.clone().addcdiv_(x, y); x.clone().clamp_(0, 1)
x.clone().clamp_(min=0); x.clone().masked_fill_(k, 0.0); x.clone().masked_fill_(k, v[0])
x.clone().index_put_((i[:1],), y[:1]); x.clone().scatter_(1, i[:, None], y)
x.clone().scatter_(1, i[:, None], 1.0); x.clone().scatter_add_(1, i[:, None], y)
x.clone().fill_(1.0); x.clone().zero_(); x.clone().fill_(v[0]); x.clone().index_fill_(1, i, 0.0)
x.clone().index_add_(1, i, y[:, :2]); x.clone().index_copy_(1, i, y[:, :2])
x.clone().lerp_(y, 0.5); x.clone().sub_(y); x.clone().div_(y); x.clone().div_(2); x.clone().pow_(2)
x.clone().sqrt_(); x.clone().sigmoid_(); x.clone().tanh_(); x.clone().neg_(); x.clone().abs_()
x.clone().tril_(); x.clone().triu_(); x.clone().t_(); x.clone().transpose_(0, 1)
x.clone().squeeze_(); x.clone().unsqueeze_(0); x.clone().cumsum_(1); x.clone().clamp_min_(0)
s.clone().addmm_(s, s); v.clone().addmv_(s, v); b.clone().baddbmm_(b, b); x.clone().put_(i, v[:2])
x.clone().masked_scatter_(k, y); x.clone().scatter_reduce_(1, i[:, None], y, 'sum')
x.clone().round_(); x.clone().floor_(); x.clone().reciprocal_(); x.clone().log_(); x.clone().sin_()
x.clone().bernoulli_(0.5); x.clone().normal_(); x.clone().uniform_(); x.clone().renorm_(2, 0, 1.0)
x.clone().remainder_(2); x.clone().fmod_(2); x.clone().addr_(v[:2], v); x.clone().nan_to_num_()
x.clone().xlogy_(y); x.clone().hypot_(y); x.clone().atan2_(y); x.clone().true_divide_(2)
x.clone().swapaxes_(0,1); x.clone().erf_(); x.clone().square_(); x.clone().cumprod_(1)
x.clone().digamma_(); x.clone().__iadd__(y); x.clone().__imul__(2); x.clone().__itruediv__(2)
x.clone().__isub__(1); x[0, :]; x[:, -1]; x[None]; x[..., 0]; x[0:1, 0:1]; x[[0, 1]]; x[i[:1]]
x[i[:1], i[:1]]; x[k, None]; x[0][k[0]]; x[::1]; x[:]; x[1:][0]; x[t.tensor(0)]; x[True]
x[[True, False]]; x[..., None]; x[:, None, :]; x[0:2:2]; x[-1]; x[0, None]; x[0:1].squeeze(0)
x.select(0, 1); x.view(-1); x.view(2, 3); x.view_as(y); x.reshape(-1); x.reshape(2, 3)
x.t().reshape(-1); x.t().flatten(); x.unflatten(1, (3, 1)); x.mT; x.adjoint(); x.swapaxes(0, 1)
x.movedim(0, 1); x.expand_as(y); x.broadcast_to((2, 2, 3)); x.ravel(); x.t().contiguous()
x.as_strided((2,), (1,)); x.unfold(1, 2, 1); x.diag(); s.diag(); t.diag_embed(v); t.diagflat(v)
x.rot90(); x.fliplr(); x.flipud(); x.tile(2, 1); x.repeat_interleave(2, 0); x.hsplit(3)[0]
x.vsplit(2)[0]; x.tensor_split(2)[0]; t.hstack([x, y]); t.vstack([x, y]); t.dstack([x, y])
t.block_diag(x, y); t.column_stack([v, v]); t.cartesian_prod(v, v); t.meshgrid(v, v)[0]
t.split(x, [1, 2], 1)[1]; x.split([1, 1])[0]; x.split_with_sizes([1,1])[0]; t.unbind(x)[0]
x.movedim(0,1); x.permute((1,0)); t.squeeze(x[None], (0,)); x[None].squeeze((0,)); x.unsqueeze(-1)
t.complex(x, y).real; t.complex(x, y).imag; t.complex(x, y); t.polar(x, y); t.complex(x, y).abs()
t.complex(x, y).angle(); t.complex(x, y).conj(); t.view_as_real(t.complex(x, y))
t.real(t.complex(x,y)); t.einsum('ij,jk->ik', s, s); t.einsum('ij->i', s)
t.einsum('bij,bjk->bik', b, b); t.tensordot(s, s, 1); t.outer(v, v); t.inner(v, v); t.vdot(v, v)
t.matmul(b, s); t.matmul(v, s); t.matmul(s, v); b @ v; s @ b; v @ v; t.addmv(v, s, v)
t.addr(s, v, v); t.baddbmm(b, b, b); t.addbmm(s, b, b); t.ger(v, v); x.logcumsumexp(1)
x.cummin(1)[0]; x.diff(); t.var_mean(x)[1]; x.nanmean(); x.nanmedian(); x.aminmax()[0]
x.sort(stable=True)[0]; x.argsort()*v[0]; x.msort(); x.sum(0, keepdim=True); x.mean((0, 1))
x.var((0,1)); x.std(1, unbiased=False); x.prod(1, keepdim=True); t.logaddexp(x, y)
t.logaddexp2(x, y); x.logit(); x.erfinv(); x.i0(); x.polygamma(1); x.exp2(); x.sgn(); x.angle()
x.deg2rad(); x.rad2deg(); x.xlogy(y); x.copysign(y); x.float_power(2); x.pow(0); x.pow(1)
x.true_divide(y); t.div(x, y, rounding_mode='floor'); x.fmax(y); x.fmin(y); x.max(y); x.min(y)
t.where(k, x, 0.0); t.where(k, 0.0, x); x.clamp(x, y); x.clamp(min=x); x.clip(0, 1); x.where(k, y)
x.ldexp(i[:1]); t.special.expit(x); t.special.erfcx(x); t.special.gammaln(x); t.special.psi(x)
t.special.entr(x); t.special.ndtri(x); t.special.log_ndtr(x); t.special.i0e(x); t.special.i1(x)
t.special.i1e(x); t.special.xlog1py(x, y); t.special.logsumexp(x, 1); t.special.softmax(x, 1)
t.special.log_softmax(x, 1); t.special.sinc(x); t.special.multigammaln(x+3, 1); t.acosh(x+2)
t.asinh(x); t.atanh(x); t.frac(x); t.fft.rfft(x); t.fft.irfft(x); t.fft.fft2(x); t.fft.fftshift(x)
t.fft.hfft(x); t.float_power(x, y); x.half(); x.to(t.float64); x.type(t.float64); x.float()*1
x.double().float(); x.to('cpu')*1; x.bfloat16(); t.softmax(x, 0); x.take_along_dim(i[:, None], 1)
t.corrcoef(x); t.renorm(x, 2, 0, 1.0); x.index_put((i[:1],), y[:1]); x.index_fill(1, i, 0.0)
x.index_copy(1, i, y[:, :2]); x.scatter(1, i[:, None], 1.0)
x.scatter_reduce(1, i[:, None], y, 'amax'); x.select_scatter(v, 0, 0); x.slice_scatter(y, 0)
s.diagonal_scatter(v); x.masked_scatter(k, y); x.put(i, v[:2]); t.vander(v); t.tril(x, 1)
x.index_reduce(1, i, y[:, :2], 'prod'); t.sum(x, 0); t.mean(x, 0); t.norm(x); t.norm(x, p=1)
t.norm(x, dim=1); x.norm(p='fro'); x.norm(p='nuc'); x.norm(2, 1)
x.detach().requires_grad_().clone(); x.sum_to_size((1, 3)); x.reshape_as(y); x.type_as(y)*1
x.dist(y); x.square().sum().sqrt(); x.squeeze(); x.squeeze(0); x[None].squeeze(0); x.neg(); +x*1
x.nansum(1); x.nanmean(1); x.logsumexp((0, 1)); x.log_softmax(0); t.clone(x); t.narrow(x, 0, 0, 1)
t.cumsum(x, 0); t.mm(x, s); x.arctan2(y); t.threshold(x, 0.1, 0.0); t.prelu(x, v[:1])
t.dropout(x, 0.5, True); t.hardshrink(x); t.celu(x)
"""  # fmt: skip
EXPRESSIONS = [each.strip() for line in CALLS.strip().splitlines() for each in line.split("; ")]


def inputs(library):
    s = library.tensor([[2.0, 0.5, 0.1], [0.5, 1.5, 0.2], [0.1, 0.2, 1.0]])
    x = library.tensor([[0.1, 0.9, 0.4], [0.7, 0.2, 0.6]])
    found = {"x": x, "y": x.flip(1) + 0.05, "s": s, "v": s[0].clone(), "b": library.stack([s, s])}
    found = {name: value.detach().requires_grad_() for name, value in found.items()}
    return {**found, "k": x > 0.5, "i": library.tensor([0, 2]), "t": library}


def name_of(library, expression):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(expression, inputs(library)).grad_fn.name()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_name(expression):
    assert name_of(minitorch, expression) == name_of(torch, expression)


def chain(library, expression):
    """The names on the way from a result down, along its first arguments."""
    node, names = eval(expression, inputs(library)).grad_fn, []
    while node is not None:
        names.append(type(node).__name__)
        node = next((below for below, _ in node.next_functions if below is not None), None)
    return names


CHAINS = {
    text: text
    for text in (
        "((x * y + 1).exp().sum(0) / 2).mean()",
        "x[0].unsqueeze(0).expand(2, 3).transpose(0, 1).exp().sum()",
        "t.cat([x.tanh(), y]).softmax(1).log().mean(1)",
        "(x - y).abs().clamp(0, 1).view(3, 2).t().sqrt()",
    )
}


@pytest.mark.parametrize("expression", named(CHAINS))
def test_chain(expression):
    assert chain(minitorch, expression) == chain(torch, expression)


def written(index, value=1.0):
    def scenario(library):
        x = inputs(library)["x"].clone()
        x[eval(index, {"t": library, "x": x})] = value
        return x.grad_fn.name()

    return scenario


INDICES = ("0", "(0, 0)", "slice(None)", "slice(0, 1)", "...", "None", "x > 0.5", "[0]",
           "t.tensor([0])", "(0, t.tensor([0]))", "(slice(None), t.tensor([0]))",
           "(slice(None), 0)")  # fmt: skip


@pytest.mark.parametrize("index", INDICES)
def test_name_of_what_was_written_to(index):
    assert written(index)(minitorch) == written(index)(torch)


def saved(expression):
    def scenario(library):
        node = eval(expression, inputs(library)).grad_fn
        found = {}
        for name in ("self", "other", "result"):
            value = getattr(node, f"_saved_{name}", "absent")
            found[name] = value if isinstance(value, str) else plain(value)
        return found

    return scenario


SAVED = ("x * y", "x * y.detach()", "x.detach() * y", "x / y", "x.exp()", "x.sin()", "x.log()",
         "x.tanh()", "x.sigmoid()", "x.relu()", "x.sqrt()", "x.abs()", "x + y")  # fmt: skip


@pytest.mark.parametrize("expression", SAVED)
def test_saved(expression):
    assert agree(saved(expression)(minitorch), saved(expression)(torch))


def test_saved_and_freed():
    y = inputs(minitorch)["x"].exp()
    y.sum().backward()
    with pytest.raises(RuntimeError, match="directly access saved tensors after they have"):
        y.grad_fn._saved_result


def test_a_write_that_is_not_recorded_leaves_the_name():
    y = inputs(minitorch)["x"] * 2
    with minitorch.no_grad():
        y.masked_fill_(y > 1, 0.0)
        y.zero_()
        y.normal_()
    assert y.grad_fn.name() == "MulBackward0"


def test_names_stay_when_what_was_saved_is_freed():
    def run(t):
        x, w = t.ones(2, 4, 3, requires_grad=True), t.ones(4, requires_grad=True)
        F, names = t.nn.functional, []
        normed = F.group_norm(x, 2, w), F.batch_norm(x, None, None, w, None, True)
        others = F.layer_norm(x, (3,)), x.softmax(1), x[0], x.mean(1), t.nn.LSTM(3, 2)(x)[0]
        for y in (*normed, x.sum(1), *others):
            y.sum().backward()
            assert "grad_fn" in repr(y)
            names.append(y.grad_fn.name())
        return names

    theirs, ours = run(torch), run(minitorch)
    assert ours[:-1] == theirs[:-1]
