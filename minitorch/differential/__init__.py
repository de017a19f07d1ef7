"""Derivatives of functions: `grad(f)` is a function like `f` that gives its gradient."""

from minitorch.differential.checkpointing import checkpoint
from minitorch.differential.containers import register_container
from minitorch.differential.jacobians import hessian, jacobian
from minitorch.differential.operators import (
    elementwise_grad,
    grad,
    grad_and_aux,
    grad_named,
    holomorphic_grad,
    multigrad_dict,
    value_and_grad,
)
from minitorch.differential.products import (
    deriv,
    hessian_tensor_product,
    hessian_vector_product,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    tensor_jacobian_product,
    vector_jacobian_product,
)
