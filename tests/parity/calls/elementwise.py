"""Elementwise functions of one tensor and of two, comparisons, choice."""

import numpy as np

from tests.parity.calls import binary, binary_in_place, but, unary, unary_in_place

FLOATING = (
    "acos acosh arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan atanh cos cosh "
    "deg2rad exp exp2 expm1 log log10 log1p log2 rad2deg reciprocal rsqrt sigmoid sin sinc sinh "
    "sqrt tan tanh"
)
KEEPING = (
    "abs absolute bitwise_not ceil clone detach fix floor frac isfinite isinf isnan logical_not "
    "neg negative relu round sign signbit square trunc"
)
KEEPING_IN_PLACE = (
    "abs_ absolute_ bitwise_not_ ceil_ fix_ floor_ frac_ neg_ negative_ relu_ "
    "round_ sign_ square_ trunc_"
)
BINARY = (
    "add arctan2 atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor "
    "div divide eq float_power floor_divide fmod ge greater greater_equal gt hypot le less "
    "less_equal logical_and logical_or logical_xor lt maximum minimum mul multiply ne "
    "not_equal pow remainder sub subtract true_divide isclose max min"
)
BINARY_IN_PLACE = (
    "add_ arctan2_ atan2_ bitwise_and_ bitwise_left_shift_ bitwise_or_ bitwise_right_shift_ "
    "bitwise_xor_ div_ divide_ floor_divide_ fmod_ hypot_ mul_ multiply_ pow_ remainder_ sub_ "
    "subtract_ true_divide_ copy_"
)
# In place, PyTorch lets zero gradients through these, or forgets them; here the result is constant.
CONSTANT_IN_PLACE = (
    "eq_ ge_ greater_ greater_equal_ gt_ le_ less_ less_equal_ logical_and_ logical_or_ "
    "logical_xor_ lt_ ne_ not_equal_"
)
# PyTorch's gradients fail here, where complex numbers meet real ones.
MIXED = "complex64 float32; float64 complex64"

CALLS = [
    *unary(FLOATING),
    *unary(KEEPING),
    *unary_in_place(" ".join(f"{name}_" for name in FLOATING.split())),
    *unary_in_place(KEEPING_IN_PLACE),
    *binary(BINARY),
    *binary_in_place(BINARY_IN_PLACE),
    *(but(MIXED, call) for call in binary("logaddexp")),
    *unary_in_place("logical_not_", copy="detach"),
    *binary_in_place(CONSTANT_IN_PLACE, copy="detach"),
    # arguments in the domain of the function, where finite differences make sense
    lambda torch, u: (u.asin(), u.acos(), u.atanh(), u.log1p(), u.expm1()),
    # At 0, PyTorch's second derivative of sinc is NaN, as are hypot's first, and 0**x's second.
    but("float64", lambda torch, u: u.sinc()),
    lambda torch, p: (p.log(), p.log2(), p.log10(), p.sqrt(), p.rsqrt(), (p + 1).acosh()),
    # PyTorch has no gradient for a power of bools, though it has the power.
    but("bool; bool uint8", lambda torch, p, x: (p.pow(x), torch.pow(p, x), p**x)),
    but("bool; bool uint8", lambda torch, p, x: p.clone().pow_(x)),
    lambda torch, z: (z.abs(), z.relu(), z.sign(), z.sqrt(), z.square(), z.reciprocal(), z.sinc()),
    lambda torch, z, y: (z.atan2(y), z.hypot(y), z * y, z / y),
    lambda torch, h: (h.round(), torch.round(h), h.trunc(), h.floor(), h.ceil(), h.frac()),
    # PyTorch computes on half precision in single precision, NumPy does not.
    but("float16", lambda torch, x: (torch.round(x, decimals=1), x.round(decimals=2))),
    but("float16", lambda torch, x: (x.round(decimals=-1), x.clone().round_(decimals=1))),
    # named and positional arguments
    lambda torch, x: torch.exp(input=x),
    lambda torch, x, y: torch.mul(input=x, other=y),
    lambda torch, x, y: torch.add(input=x, other=y, alpha=3),
    lambda torch, x, y: torch.div(input=x, other=y, rounding_mode=None),
    # alpha
    lambda torch, x, y: torch.add(x, y, alpha=2),
    lambda torch, x, y: torch.add(x, y, alpha=0.5),
    lambda torch, x, y: x.add(y, alpha=-1),
    lambda torch, x, y: torch.sub(x, y, alpha=2),
    lambda torch, x, y: x.sub(other=y, alpha=2.5),
    lambda torch, x, y: x.subtract(y, alpha=2),
    lambda torch, x, y: torch.rsub(x, y),
    lambda torch, x, y: torch.rsub(x, y, alpha=2),
    lambda torch, x: (torch.rsub(x, 1), torch.rsub(x, 2.5, alpha=2)),
    lambda torch, x, y: x.clone().add_(y, alpha=2),
    lambda torch, x, y: x.clone().add_(y, alpha=0.5),
    lambda torch, x, y: x.clone().sub_(y, alpha=3),
    lambda torch, x, y: x.clone().subtract_(y, alpha=3),
    lambda torch, x: (x.add(2, alpha=3), x.clone().add_(2, alpha=3), x.clone().sub_(1, alpha=2)),
    lambda torch, x: x.clone().add_(0.5, alpha=3),
    lambda torch, x: x.add(True),
    # numbers beside tensors
    lambda torch, x: x + 2,
    lambda torch, x: x + 2.5,
    lambda torch, x: 2 + x,
    lambda torch, x: 2.5 + x,
    lambda torch, x: x + True,
    lambda torch, x: x - 1,
    lambda torch, x: x - 1.5,
    lambda torch, x: 1 - x,
    lambda torch, x: 1.5 - x,
    lambda torch, x: x - True,
    lambda torch, x: x * 3,
    lambda torch, x: 0.5 * x,
    lambda torch, x: x / 2,
    lambda torch, x: x / 0.3,
    lambda torch, x: 2 / x,
    lambda torch, x: 2.5 / x,
    lambda torch, x: x // 2,
    but("float16", lambda torch, x: x // 0.7),
    lambda torch, x: 7 // x,
    lambda torch, x: 7.5 // x,
    lambda torch, x: x % 2,
    lambda torch, x: x % -2,
    lambda torch, x: x % 0.7,
    lambda torch, x: 7 % x,
    lambda torch, x: 7.5 % x,
    lambda torch, x: x**2,
    lambda torch, x: x**3,
    lambda torch, x: x**0,
    lambda torch, x: x**1,
    lambda torch, x: x**2.0,
    lambda torch, x: x**0.5,
    lambda torch, x: x**-1,
    lambda torch, x: x**-2.0,
    lambda torch, x: x**True,
    lambda torch, x: 2**x,
    lambda torch, x: 1**x,
    but("float64; odd; odd and even; complex64; complex128; complex64 float32",
        lambda torch, x: 0**x),
    lambda torch, x: 2.5**x,
    lambda torch, x: (-x, +x, abs(x)),
    lambda torch, x: ~x,
    lambda torch, x: x & 3,
    lambda torch, x: x | 3,
    lambda torch, x: x ^ 3,
    lambda torch, x: x & True,
    lambda torch, x: 3 & x,
    lambda torch, x: 3 | x,
    lambda torch, x: 3 ^ x,
    lambda torch, x: x << 1,
    lambda torch, x: x >> 1,
    lambda torch, x: (x < 1, x <= 1, x > 1, x >= 1, x == 1, x != 1),
    lambda torch, x: (x < 0.6, x <= 1.45, 1 > x, 2 >= x, 2 == x, 1 != x),  # noqa: SIM300
    lambda torch, x: (x == None, x != None, x == "a"),  # noqa: E711
    lambda torch, x: (torch.eq(x, 2), torch.lt(x, 2.5), x.ge(1), x.ne(True)),
    lambda torch, x: (x.mul(2), x.div(2), x.remainder(2), x.fmod(2), x.floor_divide(2)),
    lambda torch, x: (torch.fmod(x, 0.7), torch.remainder(x, -0.7), torch.div(x, 3)),
    lambda torch, x: torch.remainder(5, x),
    lambda torch, x: (torch.pow(2, x), torch.pow(x, 2), x.pow(3), torch.pow(2.5, x)),
    lambda torch, x: torch.float_power(x, 2),
    lambda torch, x: torch.float_power(2, x),
    lambda torch, x: x.float_power(0.5),
    lambda torch, x: x.clone().mul_(2),
    lambda torch, x: x.clone().mul_(2.5),
    lambda torch, x: x.clone().div_(2),
    lambda torch, x: x.clone().pow_(2),
    lambda torch, x: x.clone().pow_(0.5),
    lambda torch, x: x.clone().floor_divide_(2),
    lambda torch, x: x.clone().remainder_(2),
    lambda torch, x: x.clone().fmod_(2),
    lambda torch, x: x.detach().clone().eq_(2),
    lambda torch, x: x.detach().clone().lt_(2),
    lambda torch, x: x.clone().bitwise_and_(3),
    lambda torch, x: (x.clone().fill_(3), x.clone().zero_()),
    lambda torch, x: x.clone().fill_(2.5),
    lambda torch, x, s: x.clone().fill_(s.detach()),
    lambda torch, x, y: x.clone().fill_(y.detach()),
    # NumPy's numbers and arrays beside tensors
    lambda torch, x: (x + np.float64(2.5), x * np.float32(2), x - np.int64(1)),
    lambda torch, i: i + np.float64(2.5),
    # operators of two tensors
    lambda torch, x, y: x + y,
    lambda torch, x, y: x - y,
    lambda torch, x, y: x * y,
    lambda torch, x, y: x / y,
    lambda torch, x, y: x // y,
    lambda torch, x, y: x % y,
    lambda torch, x, y: x**y,
    lambda torch, x, y: (x < y, x <= y, x > y, x >= y, x == y, x != y),
    lambda torch, x, y: x & y,
    lambda torch, x, y: x | y,
    lambda torch, x, y: x ^ y,
    lambda torch, x, y: x << y,
    lambda torch, x, y: x >> y,
    lambda torch, x, y: in_place(x, "__iadd__", y),
    lambda torch, x, y: in_place(x, "__isub__", y),
    lambda torch, x, y: in_place(x, "__imul__", y),
    lambda torch, x, y: in_place(x, "__itruediv__", y),
    lambda torch, x, y: in_place(x, "__ifloordiv__", y),
    lambda torch, x, y: in_place(x, "__imod__", y),
    lambda torch, x, y: in_place(x, "__ipow__", y),
    lambda torch, x, y: in_place(x, "__iand__", y),
    lambda torch, x, y: in_place(x, "__ior__", y),
    lambda torch, x, y: in_place(x, "__ixor__", y),
    lambda torch, x: in_place(x, "__ipow__", 2),
    lambda torch, x: in_place(x, "__iadd__", 2.5),
    but("bool; bool uint8", lambda torch, p, y: torch.pow(exponent=y, input=p)),
    lambda torch, z: (z**2, z**3, z**0, z**-1, z**0.5, z**1.5),
    # division with rounding
    lambda torch, x, y: torch.div(x, y, rounding_mode="floor"),
    lambda torch, x, y: torch.div(x, y, rounding_mode="trunc"),
    lambda torch, x, y: x.div(y, rounding_mode="trunc"),
    lambda torch, x, y: x.clone().div_(y, rounding_mode="trunc"),
    lambda torch, x, y: x.clone().divide_(y, rounding_mode="floor"),
    lambda torch, x: torch.div(x, 2, rounding_mode="trunc"),
    but("float16", lambda torch, x: torch.div(x, 0.7, rounding_mode="floor")),
    lambda torch, x, y: torch.divide(x, y, rounding_mode="floor"),
    lambda torch, x, y: torch.div(x, y, rounding_mode="up"),
    # bounds
    lambda torch, x: torch.clamp(x, -1, 1),
    lambda torch, x: torch.clamp(x, min=0),
    lambda torch, x: torch.clamp(x, max=1),
    lambda torch, x: x.clamp(min=-0.7, max=2.0),
    lambda torch, x: x.clamp(0.5),
    lambda torch, x: x.clip(-1, 1),
    lambda torch, x: torch.clip(x, max=1.5),
    lambda torch, x: (torch.clamp_min(x, 1), torch.clamp_max(x, 1)),
    lambda torch, x: (x.clamp_min(0.5), x.clamp_max(1.5)),
    lambda torch, x: torch.clamp(x, 2, 1),
    lambda torch, x: torch.clamp(x),
    lambda torch, x: x.clone().clamp_(-1, 1),
    lambda torch, x: x.clone().clamp_(min=0.5),
    lambda torch, x: x.clone().clip_(max=1),
    lambda torch, x, y: torch.clamp(x, min=y),
    lambda torch, x, y: torch.clamp(x, max=y),
    # PyTorch's gradient does not undo broadcasting here, and a bound may get that of a NaN.
    but("row column; 0-d int64, float16; odd and even", lambda torch, x, y, s: x.clamp(y, s)),
    lambda torch, x, y: x.clone().clamp_(min=y),
    lambda torch, x, y: torch.clamp_min(x, y),
    lambda torch, x, y: x.clamp_max(y),
    lambda torch, z, y: (torch.clamp(z, min=z), torch.clamp(z, y, y + 1)),
    lambda torch, z: (z.clamp(0, 2), z.maximum(z), z.minimum(z), z.maximum(z.flip(1))),
    # choice
    but(MIXED, lambda torch, x, y, k: torch.where(k, x, y)),
    but(MIXED, lambda torch, x, y: torch.where(x > 0, x, y)),
    lambda torch, x, k: torch.where(k, x, 0),
    lambda torch, x, k: torch.where(k, 1.5, x),
    lambda torch, x, k: torch.where(k, x, True),
    lambda torch, k: torch.where(k, 1, 0),
    lambda torch, k: torch.where(k, 1.0, 0),
    lambda torch, k: torch.where(k, 1.0, 2.0),
    lambda torch, k: torch.where(k),
    lambda torch, x: torch.where(x > 0),
    but(MIXED, lambda torch, x, y, k: torch.where(condition=k, input=x, other=y)),
    but(MIXED, lambda torch, x, y, k: x.where(k, y)),
    lambda torch, x, k: x.where(k, 0),
    lambda torch, x, y, i: torch.where(i, x, y),
    but(MIXED, lambda torch, x, y, v: torch.where(v > 0, x, y)),
    but(MIXED, lambda torch, x, y, i: torch.where((i > 0).to(torch.uint8), x, y)),
    # of three tensors
    lambda torch, x, y: torch.lerp(x, y, 0.3),
    but("float16", lambda torch, x, y: torch.lerp(x, y, 0.8)),
    lambda torch, x, y, u: torch.lerp(x, y, u),
    lambda torch, x, y: x.lerp(y, weight=2),
    lambda torch, x, y, p: torch.addcmul(x, y, p),
    lambda torch, x, y, p: torch.addcmul(x, y, p, value=0.5),
    lambda torch, x, y, p: torch.addcdiv(x, y, p, value=2),
    lambda torch, x, y, p: (x.addcmul(y, p, value=2), x.addcdiv(y, p)),
    lambda torch, x, y, p: x.clone().addcmul_(y, p, value=2),
    lambda torch, x, y, p: x.clone().addcdiv_(y, p, value=-1),
    lambda torch, i, j: torch.addcmul(i, j, i, value=2),
    lambda torch, i, j: torch.addcdiv(i, j, i),
    # whole numbers are multiplied in the dtype that all three have together
    lambda torch, x, i, j: (torch.addcmul(x, i, j, value=2.5), x.addcmul(i, j, value=0.5)),
    lambda torch, x, i, j: x.clone().addcmul_(i, j, value=2.5),
    lambda torch, x, i, p: torch.addcdiv(x, i, p, value=0.5),
    # the other operand by name
    lambda torch, x, y: (x.clone().mul_(other=2), x.clone().mul_(other=y)),
    lambda torch, r, s: (r.clone().atan2_(other=s), r.clone().fmod_(other=s)),
    lambda torch, r, s: (r.clone().true_divide_(other=s), r.clone().hypot_(other=s)),
    lambda torch, i, j: (i.clone().lt_(other=j), i.clone().eq_(other=1), i.clone().ne_(other=j)),
    lambda torch, i, j: (i.clone().bitwise_and_(other=j), i.clone().logical_or_(other=j)),
    lambda torch, x: (x.clone().pow_(exponent=2), x.clone().copy_(other=x)),
    # alpha by its place; of the wrong kind
    lambda torch, r: torch.rsub(r, 2, 3),
    lambda torch, r, s: torch.add(r, s, alpha=1j),
    lambda torch, i, j: torch.sub(i, j, alpha=1j),
    # bounds that are complex, or wrap around
    lambda torch, r: torch.clamp(r, 1j),
    lambda torch, r: r.clamp_max(1j),
    lambda torch: torch.tensor([5, 200], dtype=torch.uint8).clamp(-1, -2),
    lambda torch: torch.tensor([5, 200], dtype=torch.uint8).clamp_(max=-100),
    # filled
    lambda torch, x: (torch.fill(x, 2), torch.fill(input=x, value=torch.tensor(3))),
    lambda torch, r: torch.fill(r, 1j),
    lambda torch, x: (torch.detach_copy(x.detach()), torch.get_device(x), torch.is_distributed(x)),
    # not finite, close, equal
    # PyTorch has no gradient of this for complex numbers.
    but("complex64; complex128; complex64 float32", lambda torch, x: torch.nan_to_num(x)),
    lambda torch, x: torch.nan_to_num(x.detach(), 1.5, 2),
    lambda torch, r: torch.nan_to_num(r),
    lambda torch, r: (r.nan_to_num(1.5), r.nan_to_num(nan=2, posinf=3, neginf=-4)),
    lambda torch, x, y: torch.isclose(x, y, rtol=1, atol=0.5),
    lambda torch, r: (torch.isclose(r, r), r.isclose(r, equal_nan=True)),
    lambda torch, x, y: (torch.allclose(x, x), torch.allclose(x, y)),
    lambda torch, r: (r.allclose(r), r.allclose(r, equal_nan=True), r.allclose(r + 1, 1e-3, 9.0)),
    lambda torch, x, y: (torch.equal(x, x), torch.equal(x, x.clone()), torch.equal(x, y)),
    lambda torch, x, y: x.equal(y),
    lambda torch, r, s: (r.equal(r), r.equal(s)),
]  # fmt: skip


def in_place(x, name, other):
    """`x += other` and the like, on a copy of x."""
    x = x.clone()
    return getattr(x, name)(other)
