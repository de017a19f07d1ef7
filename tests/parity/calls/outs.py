"""`out=`: every elementwise function that has it, and what may be given."""

from tests.parity.calls import but, loosely, named

UNARY = (
    "abs absolute acos acosh angle arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan "
    "atanh bitwise_not ceil conj_physical cos cosh deg2rad exp exp2 expm1 fix floor frac "
    "hardshrink isneginf isposinf log log10 log1p log2 logical_not nan_to_num neg negative rad2deg "
    "reciprocal round rsqrt sgn sigmoid sign signbit sin sinc sinh sqrt square tan tanh trunc"
)
BINARY = (
    "add arctan2 atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor "
    "clamp_max clamp_min copysign div divide eq float_power floor_divide fmax fmin fmod gcd ge "
    "greater greater_equal gt heaviside hypot lcm le less less_equal logaddexp logaddexp2 "
    "logical_and logical_or logical_xor lt maximum minimum mul multiply ne nextafter not_equal pow "
    "remainder sub subtract true_divide"
)
HALF = "float16"  # there is no complex32 here
DTYPES = ("float32", "float16", "int64", "bool", "complex64")


def outs(names, both):
    """Each function with an `out` of each dtype."""
    for name in names.split():
        for kind in DTYPES:

            def call(torch, x, y, name=name, kind=kind):
                out = torch.zeros(2, 3, dtype=getattr(torch, kind))
                args = (x.detach(), y.detach()) if both else (x.detach(),)
                return getattr(torch, name)(*args, out=out) is out, out

            named(call, f"torch.{name}(out=) in {kind}")
            # PyTorch refuses the modulus in complex64 though it takes it in float32.
            yield but("complex128", call) if name[:3] == "abs" and kind == "complex64" else call


def empty(torch, dtype="float32"):
    return torch.empty(0, dtype=getattr(torch, dtype))


def complex_(torch):
    return empty(torch, "complex64")


def overlapping(torch, x):
    flat = x.detach().clone().flatten()
    return torch.add(flat[:-1], 1, out=flat[1:])


def onto_itself(torch, x):
    x = x.detach().clone()
    return torch.exp(x, out=x) is x, x


def through_view(torch, x):
    base = torch.zeros(2, 6)
    torch.add(x.detach(), 1, out=base[:, ::2])
    return base


CALLS = [
    *outs(UNARY, both=False),
    *outs(BINARY, both=True),
    lambda torch, x: torch.exp(x, out=empty(torch)),
    lambda torch, x: torch.exp(x.detach(), out=empty(torch)),
    lambda torch, x: torch.exp(x.detach(), out=None),
    lambda torch, x: torch.exp(x.detach(), out=[empty(torch)]),
    lambda torch, x: torch.exp(x.detach(), out=torch.zeros(5)),
    lambda torch, x, y: torch.add(x.detach(), y.detach(), alpha=2, out=empty(torch)),
    lambda torch, x, y: torch.div(x.detach(), y, rounding_mode="floor", out=empty(torch)),
    lambda torch, x, v: torch.add(x.detach(), 1, out=v),
    lambda torch, x, v: torch.add(x.detach(), 1, out=v * 1),
    lambda torch, x: torch.add(x.detach(), 1, out=torch.zeros(2, 1).expand(2, 3)),
    lambda torch, x: overlapping(torch, x),
    lambda torch, x: onto_itself(torch, x),
    # PyTorch resizes a view by writing to its base beyond it.
    but("row column; 0-d; odd; odd and even", lambda torch, x: through_view(torch, x)),
    lambda torch, x: torch.clamp(x.detach(), 0, 1, out=empty(torch)),
    lambda torch, x: torch.clip(x.detach(), max=1, out=empty(torch, "float64")),
    lambda torch, x, k: torch.where(k, x.detach(), x.detach(), out=empty(torch)),
    lambda torch, x, y, k: torch.where(k, x.detach(), y.detach(), out=empty(torch)),
    lambda torch, x, y: torch.lerp(x.detach(), y.detach(), 0.3, out=empty(torch)),
    lambda torch, x, y, p: torch.addcmul(x.detach(), y.detach(), p.detach(), out=empty(torch)),
    lambda torch, p, x, y: torch.addcdiv(p.detach(), x.detach(), y.detach(), out=empty(torch)),
    but(HALF, lambda torch, x, y: torch.complex(x.detach(), y.detach(), out=complex_(torch))),
    but(HALF, lambda torch, x, y: torch.polar(x.detach(), y.detach(), out=complex_(torch))),
    lambda torch, x, y: torch.polar(x.detach(), y.detach(), out=empty(torch)),
    lambda torch, x: torch.threshold(x.detach(), 1, 2, out=empty(torch)),
    lambda torch, x: torch.round(x.detach(), decimals=1, out=empty(torch, "int64")),
    # PyTorch fails in an assertion where it would have to cast.
    but(
        "float64; float16; float64 complex64",
        lambda torch, x, j: torch.ldexp(x.detach(), j, out=empty(torch)),
    ),
    lambda torch, x: torch.frexp(x.detach(), out=(empty(torch), empty(torch, "int32"))),
    lambda torch, x: torch.frexp(x.detach(), out=(empty(torch), empty(torch))),
    *loosely(lambda torch, x: torch.frexp(x.detach(), out=empty(torch))),
]  # fmt: skip


def filled(torch, name, *args, shape=3, dtype="float32", **options):
    """What a function that makes tensors writes into an `out` of some shape and dtype."""
    out = torch.zeros(shape, dtype=getattr(torch, dtype))
    y = getattr(torch, name)(*args, out=out, **options)
    return y is out, out


MADE = [
    ("zeros", 3), ("ones", 2, 2), ("full", (3,), 2), ("eye", 2), ("arange", 3), ("range", 1, 3),
    ("linspace", 0, 1, 3), ("logspace", 0, 1, 3), ("zeros", (0, 2)),
]  # fmt: skip
CALLS += [
    named(
        lambda torch, args=args, dtype=dtype: filled(torch, *args, dtype=dtype),
        f"torch.{args[0]}(out=) in {dtype}",
        (True, args[0]),
    )
    for args in MADE
    for dtype in ("float32", "float64", "int64")
]
CALLS += [
    lambda torch: filled(torch, "ones", 3, dtype="float64"),
    lambda torch: torch.ones(2, out=torch.zeros(2), dtype=torch.float64),
    lambda torch, x: torch.tril(x.detach(), out=empty(torch)),
    lambda torch, x: torch.triu(x.detach(), 1, out=empty(torch)),
    lambda torch, v: torch.diag(v.detach(), out=empty(torch)),
    lambda torch, x: torch.tril(x.detach(), out=empty(torch, "float64")),
]
