"""Learn to balance a pole by REINFORCE (Williams 1992), with a learned baseline.

A network gives the probability of each push. An episode is played with pushes drawn from it;
then every push is made likelier if more steps followed it than a second network expected, and
less likely if fewer did.
"""

from __future__ import annotations

import numpy as np
from cartpole import CartPole
from common import figure, number, options, run, save
from tqdm import trange

import minitorch as torch
from minitorch import nn
from minitorch.distributions import Categorical


def network(results: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Linear(width, results))


def episode(world: CartPole, policy: nn.Module):
    """Play once; return the states and the pushes."""
    states, pushes = [], []
    state, over = world.reset(), False
    while not over:
        with torch.no_grad():
            push = Categorical(logits=policy(torch.from_numpy(state))).sample()
        states.append(state)
        pushes.append(push)
        state, _, fallen, late = world.step(push.item())
        over = fallen or late
    return torch.from_numpy(np.stack(states)), torch.stack(pushes)


def returns(steps: int, discount: float):
    """What followed each step: 1 for every further one, the later the less."""
    total, found = 0.0, []
    for _ in range(steps):
        total = 1 + discount * total
        found.append(total)
    return torch.tensor(found[::-1])


def train(world: CartPole, policy, baseline, episodes: int, lr: float, discount: float):
    """Learn from one episode at a time; return how long each lasted."""
    optimizer = torch.optim.Adam([*policy.parameters(), *baseline.parameters()], lr=lr)
    lengths = []
    bar = trange(episodes, unit="episode")
    for _ in bar:
        states, pushes = episode(world, policy)
        gains = returns(len(pushes), discount)
        expected = baseline(states).squeeze(1)
        surprise = gains - expected.detach()
        surprise = surprise / gains.std(correction=0).clamp(min=1.0)
        log_probs = Categorical(logits=policy(states)).log_prob(pushes)
        loss = -(surprise * log_probs).mean() + nn.functional.mse_loss(expected, gains) / 100
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        lengths.append(len(pushes))
        bar.set_postfix(steps=f"{np.mean(lengths[-50:]):.0f}", refresh=False)
    return lengths


def best_push(policy, state) -> int:
    with torch.no_grad():
        return policy(torch.from_numpy(state)).argmax().item()


def judge(world: CartPole, policy, episodes: int) -> float:
    """The mean length of episodes in which the likeliest push is always taken."""
    steps = 0
    for _ in range(episodes):
        state, over = world.reset(), False
        while not over:
            state, _, fallen, late = world.step(best_push(policy, state))
            over = fallen or late
            steps += 1
    return steps / episodes


def plot(picture, lengths, window: int = 20) -> None:
    axes = picture.subplots()
    window = min(window, len(lengths))
    axes.plot(lengths, ".", color="gray", markersize=3, label="an episode")
    means = np.convolve(lengths, np.ones(window) / window, "valid")
    axes.plot(range(window - 1, len(lengths)), means, label=f"mean of {window}")
    axes.set(title="Steps that the pole stayed up", xlabel="episode", ylabel="steps")
    axes.legend()


def main() -> None:
    args = options(
        __doc__, episodes=(400, "episodes to learn from"), lr=(0.01, "Adam's learning rate"),
        discount=(0.99, "what a step later is worth", number(float, 0, 1)),
        width=(64, "hidden units"),
    )  # fmt: skip
    world = CartPole(args.seed)
    policy, baseline = network(world.actions, args.width), network(1, args.width)
    episodes = 100 if args.quick else args.episodes
    lengths = train(world, policy, baseline, episodes, args.lr, args.discount)
    score = judge(world, policy, 2 if args.quick else 20)
    print(f"mean length: {score:.1f} of 500 steps")
    if picture := figure(7, 4):
        plot(picture, lengths)
        save(picture, args.out / "reinforce.png")


if __name__ == "__main__":
    run(main)
