"""torch.fft, and short-time transforms."""

from tests.parity.calls import but, loosely


def spectrum(torch, x, **settings):
    """The short-time transform of a signal."""
    return torch.stft(x.reshape(-1), 4, return_complex=True, **settings)


ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
SEVERAL = ("fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn")
TWO = ("fft2", "ifft2", "rfft2", "irfft2", "hfft2", "ihfft2")

# PyTorch's transforms of float16 and of what is not finite are not compared: it has none on CPU
# of the one, and of the other each library makes infinities or NaNs as it sums; of an empty batch
# MKL fails in PyTorch
SKIP = "float16; odd; odd and even; empty"

CALLS = [
    *[but(SKIP, lambda torch, x, f=f: getattr(torch.fft, f)(x)) for f in (*ONE, *SEVERAL, *TWO)],
    *[lambda torch, t, f=f: getattr(torch.fft, f)(t, 5, 1) for f in ONE],
    *[lambda torch, t, f=f: getattr(torch.fft, f)(t, n=2, dim=0, norm="ortho") for f in ONE],
    *[lambda torch, t, f=f: getattr(torch.fft, f)(t, norm="forward") for f in ONE],
    *[lambda torch, t, f=f: getattr(torch.fft, f)(t, (3, 4), (0, 2)) for f in SEVERAL],
    *[lambda torch, t, f=f: getattr(torch.fft, f)(t, s=(-1, 2), norm="ortho") for f in SEVERAL],
    *[lambda torch, t, f=f: getattr(torch.fft, f)(t, dim=(1, 0), norm="forward") for f in SEVERAL],
    *[lambda torch, t, f=f: getattr(torch.fft, f)(t, (2, 5), (0, 1), "ortho") for f in TWO],
    *[
        lambda torch, t, f=f: getattr(torch.fft, f)(torch.complex(t, t * t))
        for f in ("fft", "ifft", "irfft", "hfft", "fftn", "irfftn", "hfftn", "ifft2", "hfft2")
    ],
    lambda torch, t: torch.fft.fftn(t, dim=1),
    lambda torch, t: torch.fft.fftn(t, dim=()),
    lambda torch, s: (torch.fft.fftn(s), torch.fft.ifftn(s)),
    lambda torch, c: (torch.fft.irfft(torch.fft.rfft(c), 6), torch.fft.fft(c).abs() ** 2),
    lambda torch, i, k: (
        torch.fft.fft(i),
        torch.fft.rfft(k),
        torch.fft.fft(c) if (c := i[0]).numel() else 0,
    ),
    lambda torch: (torch.fft.fftfreq(5), torch.fft.fftfreq(4, 0.5), torch.fft.fftfreq(0)),
    lambda torch: (torch.fft.rfftfreq(5, d=2.0), torch.fft.rfftfreq(4, dtype=torch.float64)),
    lambda torch: torch.fft.fftfreq(3, requires_grad=True),
    lambda torch: torch.fft.fftfreq(3, out=torch.empty(3)),
    lambda torch, x: (torch.fft.fftshift(x), torch.fft.ifftshift(x), torch.fft.fftshift(x, dim=0)),
    lambda torch, t: (torch.fft.fftshift(t, (0, 2)), torch.fft.ifftshift(t, dim=[1, 2])),
    lambda torch, c: torch.fft.fft(c.detach(), out=torch.empty(6, dtype=torch.fft.fft(c).dtype)),
    # mistakes
    lambda torch, c: torch.fft.fft(c, n=0),
    lambda torch, c: torch.fft.irfft(c, n=-1),
    lambda torch, c: torch.fft.irfft(c[:1]),
    lambda torch, c: torch.fft.fft(c, norm="x"),
    lambda torch, c: torch.fft.fft(c, dim=1),
    lambda torch, c: torch.fft.fft(c, n=(2,)),
    lambda torch, c: torch.fft.fft(c.half()),
    lambda torch, c: torch.fft.rfft(torch.complex(c, c)),
    lambda torch, c: torch.fft.ihfft(torch.complex(c, c)),
    lambda torch, c: torch.fft.rfftn(torch.complex(c, c)),
    lambda torch, c: torch.fft.fft2(c),
    lambda torch, c: torch.fft.fft("c"),
    lambda torch, s: torch.fft.rfftn(s),
    lambda torch, m: torch.fft.fftn(m, s=(2, 2, 2)),
    lambda torch, m: torch.fft.fftn(m, s=(2, 2), dim=(0,)),
    lambda torch, m: torch.fft.fftn(m, dim=(0, -2)),
    lambda torch, m: torch.fft.rfftn(m, dim=()),
    lambda torch, m: torch.fft.fftshift(m, 2),
    lambda torch, s: torch.fft.fftshift(s),
    lambda torch: torch.fft.fftfreq(3, dtype=torch.int64),
    lambda torch: torch.fft.fftfreq(-1),
    lambda torch: torch.fft.fftfreq(2.5),
    # short-time transforms
    lambda torch, t: (spectrum(torch, t), torch.stft(t.reshape(2, 12), 5, return_complex=False)),
    lambda torch, t, w: spectrum(torch, t, window=w, hop_length=2),
    lambda torch, t, v: spectrum(torch, t, window=v, win_length=3, normalized=True),
    lambda torch, t: spectrum(torch, t, win_length=2, center=False, onesided=False),
    lambda torch, t: [
        spectrum(torch, t, pad_mode=m) for m in ("constant", "replicate", "circular")
    ],
    lambda torch, t: spectrum(torch, t, center=False, win_length=2, align_to_window=True),
    lambda torch, t: torch.stft(torch.complex(t, t).reshape(2, 12), 4, 3),
    lambda torch, t, w: torch.stft(t.reshape(-1), 4, window=torch.complex(w, w)),
    lambda torch, t, w: t.reshape(-1).stft(4, 1, 4, w, return_complex=True),
    lambda torch, t: torch.stft(t.reshape(2, 12), 12, return_complex=True),
    lambda torch, t, w: torch.istft(spectrum(torch, t, window=w, hop_length=1), 4, 1, window=w),
    lambda torch, t: spectrum(torch, t).istft(4),
    lambda torch, t: torch.istft(
        spectrum(torch, t, normalized=True), 4, normalized=True, length=20
    ),
    lambda torch, t: torch.istft(spectrum(torch, t, center=False), 4, center=False, length=30),
    lambda torch, t: torch.istft(spectrum(torch, t, onesided=False), 4, onesided=False),
    lambda torch, t: torch.istft(
        spectrum(torch, t, onesided=False), 4, return_complex=True, onesided=False
    ),
    lambda torch, t: torch.istft(
        torch.stft(t.reshape(2, 12), 5, 2, 3, return_complex=True), 5, 2, 3
    ),
    lambda torch, c: torch.stft(c, 4),
    *loosely(but("float16; empty", lambda torch, x: torch.stft(x, 4, return_complex=True))),
    lambda torch, t: torch.stft(t, 4, return_complex=True),
    lambda torch, c: torch.stft(c, 4, hop_length=0, return_complex=True),
    lambda torch, c: torch.stft(c, 4, win_length=5, return_complex=True),
    lambda torch, c: torch.stft(c, 20, return_complex=True),
    lambda torch, c: torch.stft(c, 20, center=False, return_complex=True),
    lambda torch, c, v: torch.stft(c, 4, window=v, return_complex=True),
    lambda torch, c: torch.stft(c, 4, pad_mode="x", return_complex=True),
    lambda torch, c: torch.stft(c, 4, align_to_window=True, return_complex=True),
    lambda torch, c: torch.stft(torch.complex(c, c), 4, onesided=True),
    lambda torch, i: torch.stft(i.reshape(-1), 4, return_complex=True),
    lambda torch, t: torch.istft(t, 4),
    lambda torch, t: torch.istft(spectrum(torch, t), 7),
    lambda torch, t: torch.istft(spectrum(torch, t), 4, hop_length=5),
    lambda torch, t, v: torch.istft(spectrum(torch, t), 4, window=v),
    lambda torch, t, w: torch.istft(spectrum(torch, t), 4, window=w * 0),
    lambda torch, t: torch.istft(spectrum(torch, t), 4, return_complex=True),
]
