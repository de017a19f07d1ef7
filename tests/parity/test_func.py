"""torch.func, a line each, compared with PyTorch: values, dtypes, shapes, gradients, errors."""

from __future__ import annotations

import pytest

import minitorch
import minitorch.autograd.forward_ad
import minitorch.autograd.functional
from tests.parity.calls import but
from tests.parity.compare import compare, label

torch = pytest.importorskip("torch")
pytest.importorskip("torch.func")


# a tangent of another dtype than its value: PyTorch lets it have its own; here it is converted
MIXED = "float32 float64; complex64 float32; float64 complex64; float32, 0-d float64"


def cube(x):
    return (x**3).sum()


def product(x, y):
    return (x * y**2).sum()


def both(x):
    return {"square": x**2, "rest": [x.sum(), x.sin()]}


def constant(x):
    return x.detach().abs().sum() * 0.0 + 1.0


def with_aux(x):
    return (x**3).sum(), {"twice": 2 * x}


def dual(torch, f, *pairs):
    """The tangent of f along tangents, by dual tensors."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        return fw.unpack_dual(f(*[fw.make_dual(x, t) for x, t in pairs])).tangent


# grad, value and grad
GRADIENTS = [
    lambda torch, x: torch.func.grad(cube)(x),
    lambda torch, x: torch.func.grad(cube)(x.detach()),
    lambda torch, x: torch.func.grad(lambda x: x.sum() ** 2)(x),
    lambda torch, x, y: torch.func.grad(product, argnums=1)(x, y),
    lambda torch, x, y: torch.func.grad(product, argnums=(1, 0))(x, y),
    lambda torch, x, y: torch.func.grad(product, argnums=-1)(x, y),
    lambda torch, x: torch.func.grad(with_aux, has_aux=True)(x),
    lambda torch, x: torch.func.grad_and_value(cube)(x),
    lambda torch, x: torch.func.grad_and_value(with_aux, has_aux=True)(x),
    lambda torch, x, y: torch.func.grad(lambda d: product(d["a"], d["b"]))({"a": x, "b": y})["b"],
    lambda torch, x, y: torch.func.grad(lambda d, e: product(d[0], e), (0, 1))([x], y),
    lambda torch, x: torch.func.grad(constant)(x),
    lambda torch, s: torch.func.grad(torch.func.grad(torch.func.grad(lambda s: s**5)))(s),
    lambda torch, x, y: torch.func.grad(lambda x: product(x, y))(x),  # y is captured
    lambda torch, x: torch.func.grad(lambda z: cube(x) * z.sum())(x.detach()),
    lambda torch, x: torch.func.grad(lambda x: (torch.func.grad(cube)(x) * x).sum())(x),
    lambda torch, x: torch.func.grad(lambda x: x**2)(x),
    lambda torch, x: torch.func.grad(lambda x: 3.0)(x),
    lambda torch, x: torch.func.grad(lambda x: (cube(x), x))(x),
    lambda torch, x: torch.func.grad(cube, has_aux=True)(x),
    lambda torch, x: torch.func.grad(lambda x: (cube(x), 3), has_aux=True)(x),
    lambda torch, x: torch.func.grad(cube, argnums=1)(x),
    lambda torch, x: torch.func.grad(cube, argnums="a")(x),
    lambda torch, x: torch.func.grad(cube, argnums=())(x),
    lambda torch, x, y: torch.func.grad(product, argnums=(0, 0))(x, y),
    lambda torch, x: torch.func.grad(cube)(3.0),
    lambda torch, i: torch.func.grad(lambda i: i.sum())(i),
    lambda torch, x: torch.func.grad(lambda x, k=2: k * cube(x))(x, k=3),
]
PRODUCTS = [
    lambda torch, x, y: torch.func.vjp(torch.sin, x)[1](y.detach()),
    lambda torch, x, y: torch.func.vjp(torch.sin, x)[0],
    lambda torch, x, y: torch.func.vjp(product, x, y)[1](torch.ones_like(product(x, y))),
    lambda torch, x: torch.func.vjp(lambda x: (x, 2 * x), x)[1]((x, x)),
    lambda torch, x: torch.func.vjp(lambda x: (x, 2 * x), x)[1](x),
    lambda torch, x: torch.func.vjp(lambda x: (x**2, 2 * x), x, has_aux=True)[2],
    lambda torch, x: torch.func.vjp(lambda x: {"a": x}, x)[1]({"b": x}),
    lambda torch, x, v: torch.func.vjp(lambda x: x, x)[1](v[:2]),
    lambda torch, x: torch.func.vjp(lambda x: 3, x),
    lambda torch, x: torch.func.vjp(torch.sin, 3.0),
    but(MIXED, lambda torch, x, y: torch.func.jvp(torch.sin, (x,), (y,))),
    but(MIXED, lambda torch, x, y: torch.func.jvp(product, (x, y), (y, x))),
    lambda torch, m: torch.func.jvp(both, (m,), (m.cos(),))[1]["rest"],
    lambda torch, x: torch.func.jvp(lambda x: (x**2, 2 * x), (x,), (x,), has_aux=True),
    lambda torch, x: torch.func.jvp(constant, (x,), (x,)),
    lambda torch, x: torch.func.jvp(constant, (x,), (x,), strict=True),
    lambda torch, x: torch.func.jvp(torch.sin, x, x),
    lambda torch, x: torch.func.jvp(torch.sin, (x,), (x, x)),
    lambda torch, x, v: torch.func.jvp(torch.sin, (x,), (v[:2],)),
    lambda torch, x: torch.func.jvp(torch.sin, (), ()),
    lambda torch, i: torch.func.jvp(lambda i: i * 2, (i,), (i,)),
    lambda torch, x: torch.func.jvp(lambda x: 3, (x,), (x,)),
    lambda torch, m: torch.func.linearize(lambda m: m**3, m.detach())[1](m.cos()),
    lambda torch, m: torch.func.linearize(lambda m: m**3, m)[0],
    lambda torch, m, v: torch.func.linearize(lambda m: m**3, m)[1](v),
]
JACOBIANS = [
    lambda torch, v: torch.func.jacrev(torch.sin)(v),
    lambda torch, m: torch.func.jacrev(lambda m: m.sum(0) ** 2)(m),
    lambda torch, m: torch.func.jacrev(lambda m: m.sum(0) ** 2, chunk_size=2)(m),
    lambda torch, v: torch.func.jacrev(both)(v)["rest"],
    lambda torch, m, v: torch.func.jacrev(lambda m, v: m @ v, argnums=(0, 1))(m, v),
    lambda torch, v: torch.func.jacrev(lambda v: (v**2, 2 * v), has_aux=True)(v),
    lambda torch, v: torch.func.jacrev(lambda v: 3)(v),
    lambda torch, v: torch.func.jacrev(torch.sin, chunk_size=0)(v),
    lambda torch, i: torch.func.jacrev(lambda i: i)(i),
    lambda torch, v: torch.func.jacrev(lambda v: v * 1j)(v),
    lambda torch, v: torch.func.jacrev(lambda v: v.new_ones(2))(v),
    lambda torch, v: torch.func.jacfwd(torch.sin)(v),
    lambda torch, m: torch.func.jacfwd(lambda m: m.sum(0) ** 2)(m),
    lambda torch, v: torch.func.jacfwd(both)(v)["rest"],
    lambda torch, m, v: torch.func.jacfwd(lambda m, v: m @ v, argnums=(0, 1))(m, v),
    lambda torch, v: torch.func.jacfwd(lambda v: (v**2, 2 * v), has_aux=True)(v),
    lambda torch, v: torch.func.jacfwd(lambda v: v * 1j)(v),
    lambda torch, i: torch.func.jacfwd(lambda i: i)(i),
    lambda torch, v: torch.func.jacfwd(lambda v: v.new_ones(2))(v),
    lambda torch, v: torch.func.jacfwd(lambda v: v + torch.rand(3, dtype=v.dtype))(v),
    lambda torch, v: torch.func.hessian(lambda v: v.sin().prod())(v),
    lambda torch, m, v: torch.func.hessian(lambda m, v: (m @ v).pow(3).sum(), (0, 1))(m, v),
    lambda torch, v: torch.func.jacrev(torch.func.jacrev(lambda v: v.sin().prod()))(v),
    lambda torch, v: torch.func.jacfwd(torch.func.jacfwd(lambda v: v.sin().prod()))(v),
    lambda torch, v: torch.func.jacrev(torch.func.jacfwd(lambda v: v.sin().prod()))(v),
    lambda torch, v: torch.func.jacfwd(torch.func.grad(cube))(v),
]
NESTED = [
    lambda torch, m: torch.vmap(torch.func.grad(cube))(m),
    lambda torch, m, v: torch.vmap(torch.func.grad(product), (0, None))(m, v),
    lambda torch, m, v: torch.vmap(torch.func.grad(product, (0, 1)), (0, None))(m, v),
    lambda torch, m: torch.func.grad(lambda m: torch.vmap(cube)(m).prod())(m),
    lambda torch, t: torch.vmap(torch.vmap(torch.func.grad(cube)))(t),
    lambda torch, t: torch.vmap(torch.vmap(torch.func.grad(cube), 1, 1), 2, 2)(t),
    lambda torch, m, q: torch.vmap(lambda r: torch.func.jvp(cube, (r,), (q[0],))[1])(m),
    lambda torch, m: torch.vmap(lambda r: torch.func.jvp(torch.func.grad(cube), (r,), (r,))[1])(m),
    lambda torch, m: torch.vmap(torch.func.hessian(lambda r: r.sin().prod()))(m),
    lambda torch, m: torch.vmap(torch.func.jacrev(torch.sin))(m),
    lambda torch, m: torch.vmap(torch.func.jacfwd(torch.sin))(m),
    lambda torch, m: torch.vmap(torch.func.jacfwd(torch.func.jacrev(lambda r: r.cos() * r[0])))(m),
    lambda torch, m: torch.func.jacrev(torch.vmap(torch.func.grad(cube)))(m),
    lambda torch, m: torch.func.jacfwd(torch.vmap(torch.func.grad(cube)))(m),
    lambda torch, m: torch.func.jvp(torch.vmap(torch.func.grad(cube)), (m,), (m.cos(),)),
    lambda torch, v, q: torch.vmap(lambda t: torch.func.jvp(torch.func.grad(cube), (v,), (t,))[1])(
        q
    ),
    lambda torch, v, q: torch.vmap(torch.func.vjp(torch.sin, v)[1])(q),
    lambda torch, m, q: torch.vmap(lambda r: torch.func.vjp(torch.sin, r)[1](q[0])[0])(m),
    lambda torch, m: torch.func.grad(
        lambda m: torch.vmap(lambda r: torch.func.grad(cube)(r).sin())(m).sum()
    )(m),
    lambda torch, m: torch.vmap(lambda r: torch.func.grad(lambda z: (z * r).sum().sin())(r))(m),
    lambda torch, m: torch.vmap(
        lambda r: torch.vmap(lambda s: torch.func.grad(lambda s: (s * r).prod())(s))(r)
    )(m),
    lambda torch, m: torch.func.jvp(
        lambda m: torch.vmap(lambda r: torch.func.jvp(torch.sin, (r,), (r,))[1])(m), (m,), (m,)
    ),
]
FUNCTIONAL = [
    lambda torch, v: torch.autograd.functional.jacobian(torch.sin, v),
    lambda torch, v: torch.autograd.functional.jacobian(torch.sin, (v,)),
    lambda torch, m, v: torch.autograd.functional.jacobian(lambda m, v: (m @ v, 2 * m), (m, v)),
    lambda torch, v: torch.autograd.functional.jacobian(torch.sin, v, create_graph=True),
    lambda torch, v: torch.autograd.functional.jacobian(torch.sin, v, strict=True),
    lambda torch, v: torch.autograd.functional.jacobian(constant, v, strict=True),
    lambda torch, v: torch.autograd.functional.jacobian(torch.sin, v, vectorize=True),
    lambda torch, v: torch.autograd.functional.jacobian(
        torch.sin, v, vectorize=True, strategy="forward-mode"
    ),
    lambda torch, v: torch.autograd.functional.jacobian(torch.sin, v, strategy="forward-mode"),
    lambda torch, v: torch.autograd.functional.jacobian(torch.sin, v, strategy="other"),
    lambda torch, v: torch.autograd.functional.jacobian(torch.sin, v, False, True, True),
    lambda torch, v: torch.autograd.functional.jacobian(torch.sin, [v]),
    lambda torch, v: torch.autograd.functional.hessian(lambda v: v.sin().prod(), v),
    lambda torch, v: torch.autograd.functional.hessian(lambda v: v.sin().prod(), v, True),
    lambda torch, m, v: torch.autograd.functional.hessian(
        lambda m, v: (m @ v).pow(3).sum(), (m, v)
    ),
    lambda torch, v: torch.autograd.functional.hessian(cube, v, vectorize=True),
    lambda torch, v: torch.autograd.functional.hessian(
        cube, v, vectorize=True, outer_jacobian_strategy="forward-mode"
    ),
    lambda torch, v: torch.autograd.functional.hessian(torch.sin, v),
    lambda torch, v: torch.autograd.functional.vjp(torch.sin, v, v.cos()),
    lambda torch, v: torch.autograd.functional.vjp(torch.sin, v),
    lambda torch, v: torch.autograd.functional.vjp(cube, v, create_graph=True),
    lambda torch, v: torch.autograd.functional.vjp(torch.sin, v, v[:2]),
    lambda torch, v: torch.autograd.functional.vjp(torch.sin, v, (v, v)),
    lambda torch, v: torch.autograd.functional.jvp(torch.sin, v, v.cos()),
    lambda torch, m, v: torch.autograd.functional.jvp(lambda m, v: (m @ v, 2 * v), (m, v), (m, v)),
    lambda torch, v: torch.autograd.functional.jvp(torch.sin, v),
    lambda torch, v: torch.autograd.functional.hvp(cube, v, v.cos()),
    lambda torch, v: torch.autograd.functional.vhp(cube, v, v.cos(), create_graph=True),
    lambda torch, v: torch.autograd.functional.vhp(lambda v: v.sum(), v, v, strict=True),
    lambda torch, v: torch.autograd.functional.hvp(torch.sin, v, v),
    lambda torch, v: torch.autograd.functional.hvp(lambda v: (cube(v), v), v, v),
]
DUALS = [
    lambda torch, m: dual(torch, torch.sin, (m, m.cos())),
    lambda torch, m, v: dual(torch, lambda m: m @ v, (m, m.cos())),
    but(MIXED, lambda torch, x, y: dual(torch, torch.mul, (x, y), (y, x))),
    lambda torch, m: dual(torch, lambda m: m.clone().mul_(m)[0], (m, m.cos())),
    lambda torch, m, v: dual(torch, torch.sin, (m, v)),
    lambda torch, i: dual(torch, lambda i: i, (i, i)),
    lambda torch, m: torch.autograd.forward_ad.make_dual(m, m),
    lambda torch, m: torch.autograd.forward_ad.unpack_dual(m),
    lambda torch: torch.autograd.forward_ad.exit_dual_level(),
]
CALLS = [*GRADIENTS, *PRODUCTS, *JACOBIANS, *NESTED, *FUNCTIONAL, *DUALS]


@pytest.mark.parametrize("call", CALLS, ids=label)
def test_call(call):
    found = compare(minitorch, torch, call)
    assert not found, "\n".join(found)


def names_of(module):
    return set(module.__all__)


def test_names():
    assert names_of(minitorch.func) <= set(dir(torch.func))
    missing = {name for name in dir(torch.func) if not name.startswith("_")}
    missing -= names_of(minitorch.func)
    assert missing == {
        "debug_unwrap", "functionalize", "rearrange", "replace_all_batch_norm_modules_"
    }  # fmt: skip
    functional = minitorch.autograd.functional
    assert names_of(functional) == set(torch.autograd.functional.__all__)
    assert names_of(minitorch.autograd.forward_ad) == set(torch.autograd.forward_ad.__all__)
