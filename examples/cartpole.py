"""A pole on a cart, which must be kept upright by pushing the cart left or right.

The physics of Barto, Sutton and Anderson (1983), with the sizes, the time step and the limits
that the Gym library made common: an episode ends when the pole leans by 12 degrees, the cart has
moved by 2.4, or 500 steps are over; every step is worth 1.
"""

from __future__ import annotations

import math

import numpy as np

GRAVITY, CART, POLE, HALF, FORCE, TICK = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
LEAN, EDGE, LIMIT = 12 * math.pi / 180, 2.4, 500


class CartPole:
    """The state is the cart's place and speed, then the pole's angle and turning speed."""

    actions = 2  # push to the left, push to the right

    def __init__(self, seed: int) -> None:
        self.draw = np.random.default_rng(seed)

    def reset(self) -> np.ndarray:
        """Start an episode, near upright; return the state."""
        self.state = self.draw.uniform(-0.05, 0.05, 4)
        self.steps = 0
        return self.state.astype(np.float32)

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool]:
        """Push once; return the state, the reward, whether it fell, whether time is up."""
        _, speed, angle, turning = self.state
        force = FORCE if action == 1 else -FORCE
        sine, cosine = math.sin(angle), math.cos(angle)
        total = CART + POLE
        push = (force + POLE * HALF * turning**2 * sine) / total
        bend = (GRAVITY * sine - cosine * push) / (HALF * (4 / 3 - POLE * cosine**2 / total))
        pull = push - POLE * HALF * bend * cosine / total
        change = np.array([speed, pull, turning, bend])
        self.state = self.state + TICK * change
        self.steps += 1
        fallen = abs(self.state[0]) > EDGE or abs(self.state[2]) > LEAN
        return self.state.astype(np.float32), 1.0, bool(fallen), self.steps >= LIMIT
