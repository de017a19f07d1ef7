"""Learn to balance a pole by deep Q-learning (Mnih et al. 2015).

A network estimates what each push is worth: the steps still to come if it is taken now. It learns
from a memory of past steps, by the rule that a push is worth its reward and the best of what can
be done next. The next state's worth comes from a second network that follows the first slowly,
and the push there is chosen by the first (double Q-learning, van Hasselt et al. 2016).
"""

from __future__ import annotations

import numpy as np
from cartpole import CartPole
from common import figure, number, options, run, save
from tqdm import trange

import minitorch as torch
from minitorch import nn


class Memory:
    """The last steps played, to be drawn from at random."""

    def __init__(self, size: int, seed: int) -> None:
        self.states = np.zeros((size, 4), np.float32)
        self.nexts = np.zeros((size, 4), np.float32)
        self.pushes = np.zeros(size, np.int64)
        self.falls = np.zeros(size, np.float32)
        self.size, self.count = size, 0
        self.draw = np.random.default_rng(seed)

    def add(self, state, push: int, after, fallen: bool) -> None:
        place = self.count % self.size
        self.states[place], self.nexts[place] = state, after
        self.pushes[place], self.falls[place] = push, fallen
        self.count += 1

    def sample(self, batch: int):
        """A batch of steps: states, pushes, the states after them, whether the pole fell."""
        chosen = self.draw.integers(0, min(self.count, self.size), batch)
        lanes = (self.states, self.pushes, self.nexts, self.falls)
        return [torch.from_numpy(lane[chosen]) for lane in lanes]


def network(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(4, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 2)
    )


def best_push(worth: nn.Module, state) -> int:
    with torch.no_grad():
        return worth(torch.from_numpy(state)).argmax().item()


def learn(worth, slow, optimizer, batch, discount: float) -> None:
    """One step of Q-learning; then the slow network moves a little towards the fast one."""
    states, pushes, nexts, falls = batch
    with torch.no_grad():
        choice = worth(nexts).argmax(dim=1, keepdim=True)
        target = 1 + discount * (1 - falls) * slow(nexts).gather(1, choice).squeeze(1)
    value = worth(states).gather(1, pushes.unsqueeze(1)).squeeze(1)
    loss = nn.functional.smooth_l1_loss(value, target)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(worth.parameters(), 10)
    optimizer.step()
    with torch.no_grad():
        for ours, theirs in zip(slow.parameters(), worth.parameters(), strict=True):
            ours.lerp_(theirs, 0.005)


def train(world: CartPole, worth, slow, args, steps: int) -> list[int]:
    """Play and learn for so many steps; return how long each episode lasted."""
    optimizer = torch.optim.Adam(worth.parameters(), lr=args.lr)
    memory = Memory(50_000, args.seed)
    lengths, state, length = [], world.reset(), 0
    bar = trange(steps, unit="step")
    for step in bar:
        curiosity = max(0.02, 1 - step / (0.3 * steps))  # how often a push is random
        random = memory.draw.random() < curiosity
        push = int(memory.draw.integers(2)) if random else best_push(worth, state)
        after, _, fallen, late = world.step(push)
        memory.add(state, push, after, fallen)
        state, length = after, length + 1
        if fallen or late:
            lengths.append(length)
            state, length = world.reset(), 0
            bar.set_postfix(length=f"{np.mean(lengths[-20:]):.0f}", refresh=False)
        if step >= 500:
            learn(worth, slow, optimizer, memory.sample(args.batch_size), args.discount)
    return lengths


def judge(world: CartPole, worth, episodes: int) -> float:
    """The mean length of episodes without random pushes."""
    steps = 0
    for _ in range(episodes):
        state, over = world.reset(), False
        while not over:
            state, _, fallen, late = world.step(best_push(worth, state))
            over = fallen or late
            steps += 1
    return steps / episodes


def plot(picture, lengths) -> None:
    axes = picture.subplots()
    axes.plot(np.cumsum(lengths), lengths, ".-", linewidth=0.5)
    axes.set(title="Steps that the pole stayed up", xlabel="steps played", ylabel="of an episode")


def main() -> None:
    args = options(
        __doc__, steps=(30_000, "steps to play"), lr=(0.001, "Adam's learning rate"),
        discount=(0.99, "what a step later is worth", number(float, 0, 1)),
        batch_size=(64, "steps in a lesson"), width=(64, "units of a hidden layer"),
    )  # fmt: skip
    world = CartPole(args.seed)
    worth, slow = network(args.width), network(args.width)
    slow.load_state_dict(worth.state_dict())
    lengths = train(world, worth, slow, args, 2500 if args.quick else args.steps)
    print(f"mean length: {judge(world, worth, 2 if args.quick else 20):.1f} of 500 steps")
    if picture := figure(7, 4):
        plot(picture, lengths)
        save(picture, args.out / "dqn.png")


if __name__ == "__main__":
    run(main)
