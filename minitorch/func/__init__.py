"""torch.func: transforms of functions, which compose: vmap(grad(f)), jacfwd(jacrev(f)) ..."""

from minitorch.func.gradients import grad, grad_and_value, jvp, linearize, vjp
from minitorch.func.jacobians import hessian, jacfwd, jacrev
from minitorch.func.mapping import vmap
from minitorch.func.modules import functional_call, stack_module_state

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "stack_module_state", "vjp", "vmap",
]  # fmt: skip
