"""A variational autoencoder, and a Wasserstein GAN with a gradient penalty.

Their noise is drawn anew in each step that is timed, and is the same for all in those compared.
The GAN's nets have tanh: a penalty on slopes jumps at the kink of ReLU, and rounding decides where.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import numpy

from .. import by_hand_nets, products
from ..optimizers import Adam
from ..problems import Draw, Problem
from ..running import LOSSES, Functional, Running, Torch, finished
from .functions import linear, sigmoid

IMAGES, PIXELS, HIDDEN, CODE = 128, 784, 400, 20
POINTS, NOISE, NETS = 64, 8, {"generator": (8, 64, 64, 2), "critic": (2, 64, 64, 1)}
PENALTY, RATE, BETAS = 10.0, 1e-3, (0.5, 0.9)


def vae() -> Problem:
    """784-400-20-400-784 on 128 images."""
    draw = Draw()
    weights = draw.linear("encoder", PIXELS, HIDDEN)
    weights |= draw.linear("mean", HIDDEN, CODE) | draw.linear("spread", HIDDEN, CODE)
    weights |= draw.linear("decoder", CODE, HIDDEN) | draw.linear("pixels", HIDDEN, PIXELS)
    return Problem(weights, (abs(draw.uniform(IMAGES, PIXELS)),))


def fixed_noise(*shape: int) -> list[numpy.ndarray]:
    draw = Draw()
    return [draw.normal(*shape) for _ in range(LOSSES)]


def torch_vae(face: Torch, problem: Problem) -> Running:
    torch, nn, F = face.torch, face.torch.nn, face.torch.nn.functional

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder = nn.Linear(PIXELS, HIDDEN), nn.Linear(CODE, HIDDEN)
            self.mean, self.spread = nn.Linear(HIDDEN, CODE), nn.Linear(HIDDEN, CODE)
            self.pixels = nn.Linear(HIDDEN, PIXELS)

        def forward(self, x: Any, noise: Any) -> Any:
            hidden = F.relu(self.encoder(x))
            mean, spread = self.mean(hidden), self.spread(hidden)
            code = mean + noise * torch.exp(0.5 * spread)
            return torch.sigmoid(self.pixels(F.relu(self.decoder(code)))), mean, spread

    model = face.filled(Model(), problem.weights)
    (images,) = face.tensors(problem.batch)
    optimizer = torch.optim.Adam(model.parameters())

    @face.compiled
    def loss_of(images: Any, noise: Any) -> Any:
        pixels, mean, spread = model(images, noise)
        fit = F.binary_cross_entropy(pixels, images, reduction="sum")
        return fit - 0.5 * torch.sum(1 + spread - mean.pow(2) - spread.exp())

    def step(noise: Any = None) -> Any:
        optimizer.zero_grad()
        loss = loss_of(images, torch.randn(IMAGES, CODE) if noise is None else noise)
        loss.backward()
        optimizer.step()
        return loss

    def check() -> list[float]:
        return [step(torch.from_numpy(noise)).item() for noise in fixed_noise(IMAGES, CODE)]

    return Running(step, check)


def functional_vae(face: Functional, problem: Problem) -> Running:
    np, rule, draw = face.np, Adam(), Draw()
    state = rule.start(problem.weights)

    def loss(weights: Any, x: Any, noise: Any) -> Any:
        hidden = np.maximum(linear(weights, "encoder", x), 0)
        mean, spread = linear(weights, "mean", hidden), linear(weights, "spread", hidden)
        code = mean + noise * np.exp(0.5 * spread)
        hidden = np.maximum(linear(weights, "decoder", code), 0)
        y = sigmoid(np, linear(weights, "pixels", hidden))
        fit = -np.sum(x * np.log(y) + (1 - x) * np.log(1 - y))
        return fit - 0.5 * np.sum(1 + spread - mean**2 - np.exp(spread))

    @face.compiled
    def update(state: Any, x: Any, noise: Any) -> Any:
        value, slopes = face.value_and_grad(lambda w: loss(w, x, noise))(state["weights"])
        return rule(np, state, slopes), value

    def step(noise: Any = None) -> Any:
        nonlocal state
        noise = draw.normal(IMAGES, CODE) if noise is None else noise
        state, value = update(state, *problem.batch, noise)
        return finished(value)

    return Running(step, lambda: [float(step(noise)) for noise in fixed_noise(IMAGES, CODE)])


def vae_by_hand(problem: Problem) -> Running:
    net, draw = by_hand_nets.Vae(problem), Draw()

    def check() -> list[float]:
        return [float(net.step(noise)) for noise in fixed_noise(IMAGES, CODE)]

    return Running(lambda: net.step(draw.normal(IMAGES, CODE)), check)


def vae_products(problem: Problem) -> Iterator[products.Product]:
    yield from products.linear(IMAGES, PIXELS, HIDDEN, first=True)
    for inputs, outputs in ((HIDDEN, CODE), (HIDDEN, CODE), (CODE, HIDDEN), (HIDDEN, PIXELS)):
        yield from products.linear(IMAGES, inputs, outputs)


def wgan() -> Problem:
    """Two perceptrons, 8-64-64-2 that makes points and 2-64-64-1 that judges 64 of them."""
    draw, weights = Draw(), {}
    for net, widths in NETS.items():
        for i, (inputs, outputs) in enumerate(pairwise(widths)):
            weights |= draw.linear(f"{net}.{2 * i}", inputs, outputs)
    return Problem(weights, (draw.normal(POINTS, 2),))


def torch_wgan(face: Torch, problem: Problem) -> Running:
    torch, nn = face.torch, face.torch.nn

    nets = nn.ModuleDict({name: _layers(nn, widths) for name, widths in NETS.items()})
    generator, critic = face.filled(nets, problem.weights).values()
    make, judge = (
        torch.optim.Adam(net.parameters(), lr=RATE, betas=BETAS) for net in (generator, critic)
    )
    (real,) = face.tensors(problem.batch)

    @face.compiled
    def critic_loss(real: Any, noise: Any, between: Any) -> Any:
        with torch.no_grad():
            made = generator(noise)
        mixed = (between * real + (1 - between) * made).requires_grad_()
        (slope,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
        penalty = PENALTY * ((slope.norm(2, dim=1) - 1) ** 2).mean()
        return critic(made).mean() - critic(real).mean() + penalty

    generator_loss = face.compiled(lambda noise: -critic(generator(noise)).mean())

    def step(noise: Any = None, between: Any = None) -> Any:
        noise = torch.randn(POINTS, NOISE) if noise is None else noise
        between = torch.rand(POINTS, 1) if between is None else between
        judge.zero_grad()
        loss = critic_loss(real, noise, between)
        loss.backward()
        judge.step()
        make.zero_grad()
        generator_loss(noise).backward()
        make.step()
        return loss

    def check() -> list[float]:
        return [step(*face.tensors(pair)).item() for pair in _pairs()]

    return Running(step, check)


def _layers(nn: Any, widths: tuple[int, ...]) -> Any:
    layers = [(nn.Linear(*pair), nn.Tanh()) for pair in pairwise(widths)]
    return nn.Sequential(*[layer for pair in layers for layer in pair][:-1])


def functional_wgan(face: Functional, problem: Problem) -> Running:
    np, rule, draw = face.np, Adam(RATE, BETAS), Draw()
    (real,) = problem.batch

    made, judged = partial(_perceptron, np, "generator"), partial(_perceptron, np, "critic")

    def critic_loss(weights: Any, points: Any, between: Any) -> Any:
        mixed = between * real + (1 - between) * points
        slope = face.grad(lambda x: np.sum(judged(weights, x)))(mixed)
        penalty = PENALTY * np.mean((np.sum(slope**2, axis=1) ** 0.5 - 1) ** 2)
        return np.mean(judged(weights, points)) - np.mean(judged(weights, real)) + penalty

    @face.compiled
    def update(states: Any, noise: Any, between: Any) -> Any:
        make, judge = states
        points = made(make["weights"], noise)
        value, slopes = face.value_and_grad(lambda w: critic_loss(w, points, between))(
            judge["weights"]
        )
        judge = rule(np, judge, slopes)
        slopes = face.grad(lambda w: -np.mean(judged(judge["weights"], made(w, noise))))(
            make["weights"]
        )
        return (rule(np, make, slopes), judge), value

    states = tuple(
        rule.start({k: w for k, w in problem.weights.items() if k.startswith(net)}) for net in NETS
    )

    def step(noise: Any = None, between: Any = None) -> Any:
        nonlocal states
        noise = draw.normal(POINTS, NOISE) if noise is None else noise
        between = abs(draw.uniform(POINTS, 1)) if between is None else between
        states, value = update(states, noise, between)
        return finished(value)

    return Running(step, lambda: [float(step(*pair)) for pair in _pairs()])


def _perceptron(np: Any, net: str, weights: Any, x: Any) -> Any:
    last = 2 * (len(NETS[net]) - 2)
    for i in range(0, last, 2):
        x = np.tanh(linear(weights, f"{net}.{i}", x))
    return linear(weights, f"{net}.{last}", x)


def _pairs() -> list[tuple[numpy.ndarray, numpy.ndarray]]:
    draw = Draw()
    return [(draw.normal(POINTS, NOISE), abs(draw.uniform(POINTS, 1))) for _ in range(LOSSES)]
