"""Derivatives of functions: `grad(f)` is a function like `f` that gives its gradient."""

from minitorch.differential.operators import grad, make_jvp, make_vjp, value_and_grad
