"""The table of workloads: titles, goals, and how each kind of library runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from .libraries import LIBRARIES
from .nets import (
    chains,
    generative,
    images,
    loading,
    per_sample,
    policies,
    sequences,
    transformers,
)
from .nets.perceptrons import DIGITS, SMALL, Perceptron
from .problems import Problem
from .products import Product
from .running import Functional, Running, Torch

Goals = tuple[float | None, float | None]  # of PyTorch's time: the base install's, with `fast`


class Workload(NamedTuple):
    """A row of the table. What a kind of library does not run is None."""

    title: str
    goals: Goals
    problem: Callable[[], Problem]
    torch: Callable[[Torch, Problem], Running]
    functional: Callable[[Functional, Problem], Running] | None = None
    by_hand: Callable[[Problem], Running] | None = None
    products: Callable[[Problem], Iterable[Product]] | None = None
    without: tuple[str, ...] = ()  # libraries of a kind that lack what this needs

    def libraries(self) -> list[str]:
        """Those that can run it."""
        return [
            name
            for name, library in LIBRARIES.items()
            if getattr(self, library.kind) is not None and name not in self.without
        ]


def chain(constant: bool) -> Workload:
    factor = "one factor constant" if constant else "both factors tracked"
    return Workload(
        f"1,000 products of 10 numbers, {factor}",
        (0.55, 0.55),
        chains.problem,
        partial(chains.torch_chain, constant=constant),
        partial(chains.functional_chain, constant=constant),
        partial(chains.chain_by_hand, constant=constant),
    )


def perceptron(net: Perceptron, goals: Goals) -> Workload:
    widths = "-".join(map(str, net.widths))
    return Workload(
        f"MLP {widths}, batch {net.batch}, {net.optimizer}",
        goals,
        net.problem,
        net.torch,
        net.functional,
        net.by_hand,
        net.products,
    )


def recurrent(kind: str) -> Workload:
    return Workload(
        f"{kind}, 64 steps, batch 32, hidden 128, Adam",
        (1.4, 0.95),
        partial(sequences.problem, kind),
        partial(sequences.torch_net, kind=kind),
        partial(sequences.functional_net, kind=kind),
        products=partial(sequences.net_products, kind=kind),
    )


WORKLOADS = {
    "chain": chain(constant=False),
    "chain-constant": chain(constant=True),
    "mlp-small": perceptron(SMALL, (0.25, 0.25)),
    "mlp-sgd": perceptron(DIGITS._replace(optimizer="SGD"), (0.5, 0.4)),
    "mlp-adam": perceptron(DIGITS, (0.5, 0.4)),
    "policy": Workload(
        "policy net 4-128-2, batch 1, forward and sample without gradients",
        (0.8, 0.8),
        policies.problem,
        policies.torch_policy,
        policies.jax_policy,
        policies.policy_by_hand,
        policies.policy_products,
        without=("autograd",),
    ),
    "cnn": Workload(
        "CNN 1-16-32 channels, 28×28, batch 64, Adam",
        (0.85, 0.65),
        images.cnn,
        images.torch_cnn,
        images.jax_cnn,
        images.cnn_by_hand,
        images.cnn_products,
        without=("autograd",),
    ),
    "resnet": Workload(
        "small ResNet with batch norm, 3×32×32, batch 32, SGD with momentum",
        (1.2, 0.9),
        images.resnet,
        images.torch_resnet,
        images.jax_resnet,
        products=images.resnet_products,
        without=("autograd",),
    ),
    "lstm": recurrent("LSTM"),
    "gru": recurrent("GRU"),
    "gpt": Workload(
        "GPT 4 layers, width 64, context 64, batch 16, AdamW",
        (1.3, 0.85),
        transformers.problem,
        transformers.torch_gpt,
        transformers.functional_gpt,
        products=transformers.gpt_products,
    ),
    "vae": Workload(
        "VAE 784-400-20, batch 128, Adam",
        (0.6, 0.5),
        generative.vae,
        generative.torch_vae,
        generative.functional_vae,
        generative.vae_by_hand,
        generative.vae_products,
    ),
    "wgan": Workload(
        "WGAN-GP, perceptrons of width 64, batch 64, Adam (double backward)",
        (0.8, 0.8),
        generative.wgan,
        generative.torch_wgan,
        generative.functional_wgan,
    ),
    "per-sample": Workload(
        "gradients of each of 64 samples by vmap, MLP 64-64-32-10",
        (1.0, 1.0),
        per_sample.problem,
        per_sample.torch_gradients,
        per_sample.jax_gradients,
        per_sample.gradients_by_hand,
        per_sample.gradients_products,
        without=("autograd",),
    ),
    "loader": Workload(
        "DataLoader over a TensorDataset of 10,000 × 784, shuffled, batch 64, one epoch",
        (0.5, 0.5),
        loading.problem,
        loading.epoch,
        without=("torch.compile",),
    ),
}


def workload_of(name: str) -> Workload:
    """By its name in the table, or ``AXIS=SIZE`` of the study of scaling."""
    axis, _, size = name.partition("=")
    return perceptron(scaled(axis, int(size)), (None, None)) if size else WORKLOADS[name]


def scaled(axis: str, size: int) -> Perceptron:
    """A perceptron of so many samples, units in a layer, layers or parameters."""
    if axis == "batch":
        return Perceptron((64, 64, 64, 10), size, classifier=True)
    if axis == "width":
        return Perceptron((size, size, size), 64, classifier=False)
    if axis == "depth":
        return Perceptron((8,) * (size + 1), 8, classifier=False)
    width = round((size / 2) ** 0.5)
    return Perceptron((width, width, width), 32, classifier=False)
