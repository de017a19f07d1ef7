"""Arrays that the calls in `tests/numpy_calls` are made with."""

import numpy as np

X = np.array([[0.3, -1.2, 0.7], [1.6, 0.4, -0.57]])
V = np.array([0.9, -0.4, 1.3, 0.2])
P = np.array([[0.4, 0.8, 0.6], [0.7, 0.3, 0.9]])  # inside of every domain but arccosh's
S = np.array([[2.0, 0.3], [-0.1, 1.5]])
W = np.array([[0.2, -0.6, 1.1], [0.5, -0.8, 0.3]])
C = np.cos(np.arange(24.0) ** 2).reshape(2, 3, 4)
MASK = np.array([[True, False, True], [False, True, True]])
