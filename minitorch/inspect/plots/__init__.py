"""Pictures of models and trainings, and the numbers behind them.

Every function returns a `Picture`: `print` gives its text, `rows()` its numbers, `plot()` a
Matplotlib Figure, `save("x.svg")` a file. Only pictures need Matplotlib, the extra `plot`.
Nothing here changes what a training computes.
"""

from __future__ import annotations

from minitorch.inspect.plots.confusion import ConfusionMatrix, confusion_matrix
from minitorch.inspect.plots.flow import GradientFlow, gradient_flow
from minitorch.inspect.plots.landscape import LossLandscape, loss_landscape
from minitorch.inspect.plots.layers import Activations, Filters, activations, filters
from minitorch.inspect.plots.learning import LearningCurves
from minitorch.inspect.plots.picture import Picture
from minitorch.inspect.plots.spread import Histograms, gradient_histograms, weight_histograms
from minitorch.inspect.plots.sweep import LearningRates, lr_find

__all__ = [
    "Activations", "ConfusionMatrix", "Filters", "GradientFlow", "Histograms", "LearningCurves",
    "LearningRates", "LossLandscape", "Picture", "activations", "confusion_matrix", "filters",
    "gradient_flow", "gradient_histograms", "loss_landscape", "lr_find", "weight_histograms",
]  # fmt: skip
