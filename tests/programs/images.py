"""A filtered signal, convolution by windows, a rotated image and two cellular automata."""

import math

import torch

torch.manual_seed(9)
t = torch.linspace(0, 1, 256)[:-1]
signal = torch.sin(2 * math.pi * 8 * t) + 0.3 * torch.randn_like(t)
X = torch.fft.fft(signal)
frequencies = torch.fft.fftfreq(len(signal), d=1 / 255)
X[frequencies.abs() > 12] = 0
print(torch.fft.ifft(X).real[:5], X.dtype, X[8], X.abs().argmax(), torch.angle(X[8]))
window = torch.hann_window(64)
print(torch.stft(signal, 64, 32, window=window, return_complex=True).abs().mean(1)[:9])
c = torch.tensor([1 + 2j, 3 - 1j])
print(c, c.conj(), c.abs(), torch.view_as_real(c), c * 1j, c.imag, c.dtype)
image = torch.arange(36.0).reshape(6, 6)
kernel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
print(torch.einsum("ijkl,kl->ij", image.unfold(0, 3, 1).unfold(1, 3, 1), kernel))


def conv2d(x, w, stride=1, padding=0):
    n, c, h, wd = x.shape
    z = x.new_zeros(n, c, h + 2 * padding, wd + 2 * padding)
    z[:, :, padding:-padding, padding:-padding] = x
    p = z.unfold(2, w.shape[2], stride).unfold(3, w.shape[3], stride)
    return torch.einsum("nchwij,ocij->nohw", p, w)


x, w = torch.randn(2, 3, 8, 8, requires_grad=True), torch.randn(4, 3, 3, 3, requires_grad=True)
y = conv2d(x, w, 2, 1)
y.relu().mean().backward()
print(
    y[0, 0], w.grad[0, 0], x.grad[0, 0, :2], y.unfold(2, 2, 2).unfold(3, 2, 2).amax((-1, -2))[0, 0]
)


def bilinear(im, gx, gy):
    h, w = im.shape
    x0, y0 = gx.floor().long().clamp(0, w - 2), gy.floor().long().clamp(0, h - 2)
    fx, fy = gx - x0, gy - y0
    at = lambda i, j: im.reshape(-1).gather(0, (i * w + j).view(-1)).view_as(i)
    top = at(y0, x0) * (1 - fx) + at(y0, x0 + 1) * fx
    return top * (1 - fy) + (at(y0 + 1, x0) * (1 - fx) + at(y0 + 1, x0 + 1) * fx) * fy


theta = torch.tensor(0.3, requires_grad=True)
j, i = torch.meshgrid(torch.arange(6.0) - 2.5, torch.arange(6.0) - 2.5, indexing="ij")
c, s = torch.cos(theta), torch.sin(theta)
turned = bilinear(image, i * c - j * s + 2.5, i * s + j * c + 2.5)
(turned[2:4, 2:4] * torch.arange(4.0).view(2, 2)).sum().backward()
print(turned, theta.grad)
board = torch.zeros(6, 6, dtype=torch.int)
board[1, 2] = board[2, 3] = board[3, 1] = board[3, 2] = board[3, 3] = 1
for _ in range(4):
    shifts = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
    n = sum(board.roll(shift, (0, 1)) for shift in shifts)
    board = ((n == 3) | ((board == 1) & (n == 2))).int()
print(board, board.nonzero())
row, rule = torch.eye(15, dtype=torch.long)[7], torch.tensor([30 >> i & 1 for i in range(8)])
for _ in range(4):
    print("".join(".#"[c] for c in row))
    row = rule[
        (torch.cat([row[-1:], row, row[:1]]).unfold(0, 3, 1) * torch.tensor([4, 2, 1])).sum(1)
    ]
rgb = torch.randint(0, 256, (3, 4, 4), dtype=torch.uint8)
gray = (rgb.float() * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(0)
print(rgb[0], gray, gray.byte(), (rgb / 255).mean((1, 2)), rgb[0] >> 4, rgb[0] + 200, rgb.sum())
print(torch.where(gray > gray.mean(), 255, 0), torch.rot90(gray)[0], torch.histc(gray, 5, 0, 255))
