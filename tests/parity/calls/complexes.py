"""Complex tensors: made, taken apart, conjugated, written through their parts."""

from tests.parity.calls import but, unary, unary_in_place


def put(x, name, value):
    x = x.clone()
    setattr(x, name, value)
    return x


HALF = "float16"  # there is no complex32 here
ODD = "odd; odd and even"  # PyTorch gives NaN in more parts, or for finite slopes

CALLS = [
    *unary("angle conj conj_physical adjoint"),
    *unary_in_place("conj_physical_"),
    lambda torch, x: torch.real(x),
    lambda torch, x: x.real,
    lambda torch, x: torch.imag(x),
    lambda torch, x: x.imag,
    lambda torch, x: x.H,
    lambda torch, x: x.mH,
    lambda torch, a: (a.mH, a.adjoint()),
    lambda torch, v: v.adjoint(),
    lambda torch, s: (s.mH, s.H, s.adjoint()),
    lambda torch, x: torch.view_as_real(x),
    lambda torch, x: torch.view_as_complex(x),
    but(HALF, lambda torch, x, y: torch.view_as_complex(torch.stack([x, y], -1))),
    but(HALF, lambda torch, x, y: torch.complex(x, y)),
    # Of a negative modulus PyTorch's gradient has the wrong sign.
    but(ODD, lambda torch, x, y: torch.polar(x.detach(), y)),
    lambda torch, p, y: torch.polar(p, y),
    but(f"{HALF}; {ODD}", lambda torch, x, y: torch.complex(real=x, imag=y).abs()),
    lambda torch, x: torch.is_complex(x),
    lambda torch, x: (x.cfloat(), x.cdouble(), x.to(torch.complex64)),
    lambda torch, x: x.to(torch.float32),
    lambda torch, x: x.clone().float(),
    lambda torch, x: x.int(),
    lambda torch, x: x.bool(),
    but(ODD, lambda torch, x: (x + 1j, x * 2j, 1j - x, 1j / (x + 3), x / 2j)),
    lambda torch, x: (x == 1j, x != 1j),
    lambda torch, x: x < 1j,
    lambda torch, x: x**2j,
    but(f"{HALF}; {ODD}", lambda torch, x: (x * 1j).abs()),
    lambda torch, x: (x * 1j).angle(),
    lambda torch, x: (x + 1j).exp().real,
    but(ODD, lambda torch, x: ((x + 1j).log().imag, (x + 1j).sqrt().abs())),
    but(ODD, lambda torch, x: ((x + 1j) ** 2, (x + 1j) ** 0.5, 2 ** (x + 1j))),
    lambda torch, x: (x + 1j).sum().abs(),
    lambda torch, x: ((x + 1j).mean(), (x + 1j).prod(), (x + 1j).cumsum(0)),
    but(HALF, lambda torch, x: ((x + 1j).conj() * (x + 2j)).real.sum()),
    lambda torch, x, y: x.clone().add_(y * 1j),
    lambda torch, x: x.clone().mul_(2j),
    lambda torch, x: put(x, "real", 2.0),
    lambda torch, x: put(x, "imag", 2.0),
    but(HALF, lambda torch, x, v: put(x + 0j, "real", v)),
    but(HALF, lambda torch, x, v: put(x + 0j, "imag", v)),
    but(HALF, lambda torch, x: (x + 0j).real.clone().mul_(2)),
    but(HALF, lambda torch, x: torch.view_as_real(x + 1j).clone().mul_(2)),
    lambda torch, m: torch.view_as_complex(m[:, :2].clone()),
    lambda torch, m: torch.view_as_complex(m[:, :2]),
    lambda torch, m: torch.view_as_complex(m.t()[:2].clone()),
    but(HALF, lambda torch, x, v: torch.where(v > 0, x, 1j)),
    lambda torch, x: torch.tensor([1 + 2j, 3]) * x,
    but(HALF, lambda torch, x: (x.is_complex(), x.dtype.is_complex, x.dtype.to_complex())),
]  # fmt: skip
