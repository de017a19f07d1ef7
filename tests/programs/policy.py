"""Policy gradient on a corridor, and tabular Q-learning beside it."""

import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(11)
SIZE, GOAL = 6, 5


def step(state, action):
    state = max(0, min(SIZE - 1, state + (1 if action == 1 else -1)))
    return state, float(state == GOAL) - 0.05, state == GOAL


policy = nn.Sequential(nn.Linear(SIZE, 16), nn.ReLU(), nn.Linear(16, 2), nn.Softmax(dim=-1))
optimizer = optim.SGD(policy.parameters(), lr=0.1, momentum=0.9)
for episode in range(40):
    state, logs, rewards = 0, [], []
    for _ in range(30):
        probs = policy(torch.eye(SIZE)[state])
        action = torch.multinomial(probs, 1).item()
        logs.append(probs[action].log())
        state, reward, done = step(state, action)
        rewards.append(reward)
        if done:
            break
    returns, total = [], 0.0
    for reward in reversed(rewards):
        total = reward + 0.95 * total
        returns.insert(0, total)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std(unbiased=False) + 1e-6)
    loss = -(torch.stack(logs) * returns).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if episode % 10 == 9:
        print(episode, len(rewards), f"{loss.item():.4f}")

q = torch.zeros(SIZE, 2)
for episode in range(60):
    state = 0
    for _ in range(30):
        greedy = torch.rand(1).item() > 0.2
        action = int(q[state].argmax()) if greedy else int(torch.randint(2, (1,)))
        after, reward, done = step(state, action)
        target = reward + 0.9 * (0 if done else q[after].max())
        q[state, action] += 0.5 * (target - q[state, action])
        state = after
        if done:
            break
print(q, q.argmax(dim=1))
