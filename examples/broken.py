"""Break a training in one of these ways, and be told what is wrong.

A small network learns digits for twenty steps, with one mistake in it. Some mistakes raise an
error, which says where and what to do; the others only train badly, and `doctor`, which watches the
loop, finds them. Name the mistake, as in `python examples/broken.py width`; `--help` lists them.
"""

from __future__ import annotations

import argparse

import minitorch as torch
from minitorch import nn
from minitorch.datasets import digits
from minitorch.inspect import doctor

WAYS = {
    "flatten": "the images are not made flat",
    "width": "a layer does not fit the one before it",
    "labels": "the labels count from 1",
    "zero_grad": "gradients are never cleared",
    "softmax": "the loss gets probabilities",
    "half": "the optimizer has one layer of two",
    "rate": "the learning rate is a thousand times too large",
    "pixels": "the images have numbers up to 255",
    "eval": "the network is trained in evaluation mode",
    "none": "nothing",
}


def broken_training(way: str) -> None:
    """Train for twenty steps with the mistake called `way`, under the doctor's eyes."""
    images, labels = digits()[0].tensors
    if way == "pixels":
        images = images * 255
    if way == "labels":
        labels = labels + 1

    layers = [nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 10)]
    if way == "flatten":
        layers = layers[1:]
    if way == "width":
        layers[-1] = nn.Linear(23, 10)
    if way == "softmax":
        layers.append(nn.Softmax(dim=1))
    net = nn.Sequential(*layers)

    trained = net[1] if way == "half" else net
    optimizer = torch.optim.SGD(trained.parameters(), lr=100.0 if way == "rate" else 0.1)
    loss_fn = nn.CrossEntropyLoss()
    if way == "eval":
        net.eval()
    with doctor(net, loss_fn, optimizer=optimizer):  # says at the end what it found
        for x, y in zip(images.split(64)[:20], labels.split(64)):
            loss = loss_fn(net(x), y)
            if way != "zero_grad":
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="\n".join(f"  {way:10}{what}" for way, what in WAYS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("way", choices=WAYS, help="what to do wrong", metavar="way")
    torch.manual_seed(0)
    broken_training(parser.parse_args().way)


if __name__ == "__main__":
    main()
