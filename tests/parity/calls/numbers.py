"""Signs, mantissas, whole numbers; activations; the in-place functions of torch."""

from tests.parity.calls import binary, binary_in_place, but, named, unary, unary_in_place

# torch has these functions beside the methods: torch.exp_(x) is x.exp_()
IN_PLACE = (
    "abs_ acos_ acosh_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ asin_ asinh_ atan_ "
    "atanh_ ceil_ conj_physical_ cos_ cosh_ deg2rad_ exp2_ exp_ expm1_ fix_ floor_ frac_ log10_ "
    "log1p_ log2_ log_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ relu_ round_ rsqrt_ selu_ "
    "sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ zero_ celu_"
)
LDEXP = "float32 int64; complex64 float32; float64 complex64"
MIXED = "complex64 float32; float64 complex64"


def functions_in_place(names):
    for name in names.split():
        yield named(
            lambda torch, x, name=name: getattr(torch, name)(x.clone()),
            f"torch.{name}(x)",
            (True, name),
        )


CALLS = [
    *functions_in_place(IN_PLACE),
    lambda torch, u: (torch.erf_(u.clone()), torch.erfc_(u.clone()), torch.i0_(u.clone())),
    lambda torch, p: torch.logit_((p / 4).clone()),
    lambda torch, x, p: torch.xlogy_(x.clone(), p),
    lambda torch, q, v: torch.addmv_(v.clone(), q, v),
    lambda torch, x: x.bfloat16().float(),
    lambda torch: (
        torch.set_default_device("cpu"),
        torch.get_default_device(),
        torch.set_default_device(None),
    ),
    lambda torch: torch.set_default_tensor_type(torch.FloatTensor),
    *unary("sgn positive isneginf isposinf isreal is_signed is_neg is_conj resolve_neg frexp"),
    *unary("resolve_conj is_nonzero hardshrink"),
    *unary_in_place("sgn_ nan_to_num_"),
    *binary("heaviside nextafter gcd lcm fmax fmin is_same_size"),
    *binary_in_place("nextafter_ gcd_ lcm_ float_power_"),
    # PyTorch divides infinity by infinity on the way back.
    *(but("odd; odd and even", call) for call in binary("copysign")),
    *(but("odd; odd and even", call) for call in binary_in_place("copysign_")),
    # PyTorch's gradient rounds 2 ** y to a whole number for whole y, and fails where complex
    # numbers meet real ones.
    *(but(LDEXP, call) for call in binary("ldexp")),
    *(but(LDEXP, call) for call in binary_in_place("ldexp_")),
    *(but(MIXED, call) for call in binary("logaddexp2")),
    *binary_in_place("heaviside_", copy="detach"),
    but(
        "odd; odd and even",
        lambda torch, x: (torch.copysign(x, 2), torch.copysign(x, -0.0), x.copysign(-1.5)),
    ),
    but("odd; odd and even", lambda torch, x: x.clone().copysign_(-2)),
    lambda torch, i, j: (torch.gcd_(i.clone(), j), torch.lcm_(i.clone(), j)),
    but(LDEXP, lambda torch, x, y: torch.ldexp_(x.clone(), y)),
    lambda torch, x, j: (torch.ldexp(x, j), x.ldexp(j)),
    lambda torch, x, i: torch.ldexp(x.detach(), i),
    lambda torch, z, s: torch.heaviside(z.detach(), s.detach()),
    lambda torch, r, s: torch.heaviside(r.detach(), s.detach()),
    lambda torch, i, j: (torch.heaviside(i, j), i.clone().heaviside_(j)),
    lambda torch, r, z: (r.fmax(z), z.fmax(r), r.fmin(z), z.fmin(r), z.fmax(z), z.fmin(z)),
    lambda torch, z: (torch.sgn(z), z.sgn(), z.frexp().mantissa, torch.frexp(z).exponent),
    lambda torch, r: (r.isposinf(), r.isneginf(), r.isreal(), r.sgn(), r.detach().copysign(-r)),
    lambda torch, v, s: (torch.is_nonzero(s), s.is_nonzero(), torch.is_nonzero(v)),
    lambda torch, x: x.float_power_(2),
    lambda torch, d: (d.float_power_(2), d.float_power(0.5)),
    lambda torch, x, y: x.clone().lerp_(y, 0.3),
    lambda torch, x, y, u: x.clone().lerp_(y, u),
    lambda torch, x: x.clone().clamp_min_(0.5),
    lambda torch, x: x.clone().clamp_max_(0.5),
    lambda torch, x, y: x.clone().clamp_min_(y),
    lambda torch, x: (torch.clamp_(x.clone(), -1, 1), torch.clip_(x.clone(), max=1)),
    lambda torch, x: (torch.clamp_min_(x.clone(), 1), torch.clamp_max_(x.clone(), 1)),
    lambda torch, r: (r.clone().nan_to_num_(1.5, 2, -3), torch.nan_to_num_(r.clone(), posinf=1)),
    lambda torch, x: (torch.fill_(x.clone(), 2), torch.detach_(x.clone()), x.clone().detach_()),
    # the old forms with a factor in front
    lambda torch, x, y: (torch.add(x, 2, y), torch.sub(x, 2, y), x.clone().add_(2, y)),
    lambda torch, x, y: x.clone().sub_(-2, y),
    lambda torch, p, x, y: (torch.addcmul(p, 2, x, y), p.clone().addcmul_(2, x, y)),
    # PyTorch divides its integers on the way back and refuses the quotient.
    but(
        "float32 int64",
        lambda torch, p, x, y: (torch.addcdiv(p, 2, x, y), p.clone().addcdiv_(-2, x, y)),
    ),
    # numbers in front
    lambda torch, x: (torch.bitwise_and(3, x), torch.bitwise_or(3, x), torch.bitwise_xor(3, x)),
    lambda torch, x: (torch.bitwise_left_shift(3, x), torch.bitwise_right_shift(64, x)),
    lambda torch, x: (x.bitwise_left_shift(1), x.bitwise_right_shift(1)),
    # activations
    lambda torch, x: torch.celu(x),
    lambda torch, x: torch.celu(x, 0.5),
    lambda torch, x: torch.celu(x, alpha=0),
    lambda torch, x: torch.celu_(x.clone(), alpha=2),
    lambda torch, x: torch.selu(x),
    lambda torch, z: (torch.selu(z), torch.celu(z), torch.hardshrink(z, 0)),
    lambda torch, r: (torch.selu(r), torch.celu(r), torch.threshold(r, 0, 1)),
    # PyTorch's gradient at a NaN is 1 in one precision and 0 in the other.
    but("float64", lambda torch, r: torch.hardshrink(r)),
    lambda torch, x: (torch.hardshrink(x, 1), x.hardshrink(lambd=1)),
    lambda torch, x: torch.threshold(x, 1, 2),
    lambda torch, x: torch.threshold(x, 0.5, -1),
    lambda torch, x: torch.threshold_(x.clone(), 0.5, 1),
    lambda torch, z: torch.threshold(z, 0, 5),
    lambda torch, x, s: (torch.prelu(x, s), x.prelu(s)),
    lambda torch, x, v: torch.prelu(x, v),
    lambda torch, x, w: torch.prelu(x, w),
    lambda torch, x, y: torch.prelu(x, y),
    lambda torch, a, c: torch.prelu(a, c[:2]),
    lambda torch, z, s: torch.prelu(z, s),
    lambda torch, x: torch.rrelu(x),
    lambda torch, x: torch.rrelu(x, 0.1, 0.5, False),
    # PyTorch draws in double precision what it multiplies in single.
    lambda torch, x: torch.rrelu(x, training=True),
    lambda torch, x: torch.rrelu(x, 0.5, 0.1),
    lambda torch, x: torch.rrelu_(x.clone(), 0.25, 0.5),
]  # fmt: skip
