"""Operations and vector spaces of your own: HIPS autograd's extension points."""

from minitorch.engine.node import Node
from minitorch.engine.node import Node as VJPNode
from minitorch.engine.node import Traced as JVPNode
from minitorch.extend.boxes import Box
from minitorch.extend.rules import (
    def_linear,
    defjvp,
    defjvp_argnum,
    defjvp_argnums,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    notrace_primitive,
    primitive,
    register_notrace,
)
from minitorch.extend.spaces import VSpace, vspace
from minitorch.extend.sparse import SparseObject
