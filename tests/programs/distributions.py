"""Distributions in use: a VAE's KL divergence, REINFORCE, a Gaussian policy, a mixture, a flow."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import distributions as D
from torch.distributions import Categorical, Normal, kl_divergence
from torch.distributions.transforms import AffineTransform, TanhTransform

torch.manual_seed(5)

# a small variational autoencoder
data = (torch.rand(64, 12) < torch.rand(1, 12)).float()
encoder, decoder = nn.Linear(12, 4), nn.Linear(2, 12)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.02)
prior = D.Independent(Normal(torch.zeros(2), torch.ones(2)), 1)
for step in range(30):
    mean, log_scale = encoder(data).chunk(2, dim=-1)
    posterior = D.Independent(Normal(mean, log_scale.exp()), 1)
    z = posterior.rsample()
    likelihood = D.Independent(D.Bernoulli(logits=decoder(z)), 1)
    loss = (kl_divergence(posterior, prior) - likelihood.log_prob(data)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 9:
        print(step, f"{loss.item():.4f}")

# REINFORCE: two-armed decisions, three states
policy = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(policy.parameters(), lr=0.5)
for step in range(20):
    states = torch.randint(3, (16,))
    chooser = Categorical(logits=policy(F.one_hot(states, 3).float()))
    actions = chooser.sample()
    rewards = (actions == states % 2).float()
    loss = -(chooser.log_prob(actions) * (rewards - 0.5)).mean() - 0.01 * chooser.entropy().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(Categorical(logits=policy(torch.eye(3)).detach()).probs)

# a squashed Gaussian policy, as soft actor-critic has it
head = nn.Linear(3, 2)
mean, log_scale = head(torch.randn(5, 3)).chunk(2, dim=-1)
squashed = D.TransformedDistribution(
    Normal(mean, log_scale.exp()), [TanhTransform(cache_size=1), AffineTransform(0.0, 2.0)]
)
action = squashed.rsample()
(squashed.log_prob(action) + action).sum().backward()
print(action.detach().squeeze(), head.weight.grad)

# a mixture, fitted by gradients
points = torch.cat([torch.randn(50) * 0.5 - 2, torch.randn(70) + 3])
weights = torch.zeros(2, requires_grad=True)
centres = torch.tensor([-1.0, 1.0], requires_grad=True)
widths = torch.zeros(2, requires_grad=True)
optimizer = torch.optim.Adam([weights, centres, widths], lr=0.1)
for step in range(60):
    mixture = D.MixtureSameFamily(Categorical(logits=weights), Normal(centres, widths.exp()))
    loss = -mixture.log_prob(points).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(mixture, f"{loss.item():.4f}")
print(mixture.mean.item(), mixture.sample((4,)))

# draws of many kinds
for distribution in (
    D.Beta(2.0, 3.0), D.Gamma(torch.tensor([0.5, 4.0]), 2.0), D.Dirichlet(torch.ones(3)),
    D.Poisson(torch.tensor([3.0, 40.0])), D.Binomial(10, torch.tensor(0.3)), D.Laplace(0.0, 1.0),
    D.Multinomial(5, torch.ones(3)), D.StudentT(3.0), D.Gumbel(0.0, 1.0), D.Geometric(0.2),
    D.MultivariateNormal(torch.zeros(2), torch.tensor([[2.0, 0.5], [0.5, 1.0]])),
    D.OneHotCategorical(torch.ones(4)), D.LogNormal(0.0, 1.0), D.Weibull(1.0, 2.0),
    D.RelaxedOneHotCategorical(torch.tensor(0.5), torch.ones(3)), D.VonMises(0.0, 4.0),
):  # fmt: skip
    value = distribution.sample((2,))
    print(distribution, value, distribution.log_prob(value))

# what goes wrong
for mistake in (
    lambda: Normal(torch.zeros(2), torch.tensor([1.0, -1.0])),
    lambda: D.Exponential(1.0).log_prob(torch.tensor(-1.0)),
    lambda: Categorical(torch.ones(3)).log_prob(torch.tensor(5)),
    lambda: kl_divergence(D.Cauchy(0.0, 1.0), Normal(0.0, 1.0)),
):
    try:
        mistake()
    except (ValueError, NotImplementedError) as error:
        print(type(error).__name__, str(error).split(":")[0])
