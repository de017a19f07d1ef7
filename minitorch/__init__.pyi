"""The public names of minitorch; written by docs/make_stubs.py."""

import builtins as python
from collections.abc import Sequence
from math import e as e
from math import inf as inf
from math import nan as nan
from math import pi as pi
from typing import Any

import numpy as np

from minitorch import autograd as autograd
from minitorch import builtins as builtins
from minitorch import core as core
from minitorch import cuda as cuda
from minitorch import datasets as datasets
from minitorch import differential as differential
from minitorch import differential_operators as differential_operators
from minitorch import extend as extend
from minitorch import inspect as inspect
from minitorch import misc as misc
from minitorch import nn as nn
from minitorch import numpy as numpy
from minitorch import optim as optim
from minitorch import random as random
from minitorch import scipy as scipy
from minitorch import serialization as serialization
from minitorch import test_util as test_util
from minitorch import tracer as tracer
from minitorch import util as util
from minitorch import utils as utils
from minitorch import wrap_util as wrap_util
from minitorch.differential import checkpoint as checkpoint
from minitorch.differential import deriv as deriv
from minitorch.differential import elementwise_grad as elementwise_grad
from minitorch.differential import grad as grad
from minitorch.differential import grad_and_aux as grad_and_aux
from minitorch.differential import grad_named as grad_named
from minitorch.differential import hessian as hessian
from minitorch.differential import hessian_tensor_product as hessian_tensor_product
from minitorch.differential import hessian_vector_product as hessian_vector_product
from minitorch.differential import holomorphic_grad as holomorphic_grad
from minitorch.differential import jacobian as jacobian
from minitorch.differential import make_ggnvp as make_ggnvp
from minitorch.differential import make_hvp as make_hvp
from minitorch.differential import make_jvp as make_jvp
from minitorch.differential import make_vjp as make_vjp
from minitorch.differential import multigrad_dict as multigrad_dict
from minitorch.differential import tensor_jacobian_product as tensor_jacobian_product
from minitorch.differential import value_and_grad as value_and_grad
from minitorch.differential import vector_jacobian_product as vector_jacobian_product
from minitorch.engine.modes import enable_grad as enable_grad
from minitorch.engine.modes import inference_mode as inference_mode
from minitorch.engine.modes import is_grad_enabled as is_grad_enabled
from minitorch.engine.modes import no_grad as no_grad
from minitorch.engine.modes import set_grad_enabled as set_grad_enabled
from minitorch.faces.descriptors import Size as Size
from minitorch.faces.descriptors import channels_last as channels_last
from minitorch.faces.descriptors import contiguous_format as contiguous_format
from minitorch.faces.descriptors import device as device
from minitorch.faces.descriptors import layout as layout
from minitorch.faces.descriptors import memory_format as memory_format
from minitorch.faces.descriptors import preserve_format as preserve_format
from minitorch.faces.descriptors import strided as strided
from minitorch.faces.dtypes import bool as bool
from minitorch.faces.dtypes import can_cast as can_cast
from minitorch.faces.dtypes import cdouble as cdouble
from minitorch.faces.dtypes import cfloat as cfloat
from minitorch.faces.dtypes import complex64 as complex64
from minitorch.faces.dtypes import complex128 as complex128
from minitorch.faces.dtypes import double as double
from minitorch.faces.dtypes import dtype as dtype
from minitorch.faces.dtypes import finfo as finfo
from minitorch.faces.dtypes import float as float
from minitorch.faces.dtypes import float16 as float16
from minitorch.faces.dtypes import float32 as float32
from minitorch.faces.dtypes import float64 as float64
from minitorch.faces.dtypes import get_default_dtype as get_default_dtype
from minitorch.faces.dtypes import half as half
from minitorch.faces.dtypes import iinfo as iinfo
from minitorch.faces.dtypes import int as int
from minitorch.faces.dtypes import int8 as int8
from minitorch.faces.dtypes import int16 as int16
from minitorch.faces.dtypes import int32 as int32
from minitorch.faces.dtypes import int64 as int64
from minitorch.faces.dtypes import long as long
from minitorch.faces.dtypes import promote_types as promote_types
from minitorch.faces.dtypes import result_type as result_type
from minitorch.faces.dtypes import set_default_dtype as set_default_dtype
from minitorch.faces.dtypes import short as short
from minitorch.faces.dtypes import uint8 as uint8
from minitorch.faces.dtypes import uint16 as uint16
from minitorch.faces.dtypes import uint32 as uint32
from minitorch.faces.dtypes import uint64 as uint64
from minitorch.faces.printing import set_printoptions as set_printoptions
from minitorch.faces.tensor import Tensor as Tensor
from minitorch.inspect import draw as draw
from minitorch.inspect import explain as explain
from minitorch.random import Generator as Generator
from minitorch.random import default_generator as default_generator
from minitorch.random import initial_seed as initial_seed
from minitorch.random import manual_seed as manual_seed
from minitorch.random import seed as seed
from minitorch.serialization import load as load
from minitorch.serialization import save as save

__version__: str
newaxis: None
bfloat16: dtype
BoolTensor: type[Tensor]
ByteTensor: type[Tensor]
CharTensor: type[Tensor]
DoubleTensor: type[Tensor]
FloatTensor: type[Tensor]
HalfTensor: type[Tensor]
IntTensor: type[Tensor]
LongTensor: type[Tensor]
ShortTensor: type[Tensor]

def abs(input: Any) -> Tensor: ...
def absolute(input: Any) -> Tensor: ...
def acos(input: Any) -> Tensor: ...
def acosh(input: Any) -> Tensor: ...
def add(input: Any, other: Any, *, alpha: Any = ...) -> Tensor: ...
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Tensor: ...
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = ...) -> Tensor: ...
def addmm(
    input: Any, mat1: Any, mat2: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...
) -> Tensor: ...
def all(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def allclose(
    input: Any,
    other: Any,
    rtol: python.float = ...,
    atol: python.float = ...,
    equal_nan: python.bool = ...,
) -> python.bool: ...
def amax(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def amin(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def aminmax(input: Any, *, dim: Any = ..., keepdim: python.bool = ..., out: Any = ...) -> Any: ...
def any(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def arange(
    start: Any = ...,
    end: Any = ...,
    step: Any = ...,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def arccos(input: Any) -> Tensor: ...
def arccosh(input: Any) -> Tensor: ...
def arcsin(input: Any) -> Tensor: ...
def arcsinh(input: Any) -> Tensor: ...
def arctan(input: Any) -> Tensor: ...
def arctan2(input: Any, other: Any) -> Tensor: ...
def arctanh(input: Any) -> Tensor: ...
def argmax(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def argmin(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def as_tensor(data: Any, dtype: Any = ..., device: Any = ...) -> Tensor: ...
def asarray(
    obj: Any,
    *,
    dtype: Any = ...,
    device: Any = ...,
    copy: python.bool | None = ...,
    requires_grad: python.bool = ...,
) -> Tensor: ...
def asin(input: Any) -> Tensor: ...
def asinh(input: Any) -> Tensor: ...
def atan(input: Any) -> Tensor: ...
def atan2(input: Any, other: Any) -> Tensor: ...
def atanh(input: Any) -> Tensor: ...
def baddbmm(
    input: Any, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...
) -> Tensor: ...
def bernoulli(
    input: Any, p: python.float | None = ..., *, generator: Generator | None = ...
) -> Tensor: ...
def bitwise_and(input: Any, other: Any) -> Tensor: ...
def bitwise_left_shift(input: Any, other: Any) -> Tensor: ...
def bitwise_not(input: Any) -> Tensor: ...
def bitwise_or(input: Any, other: Any) -> Tensor: ...
def bitwise_right_shift(input: Any, other: Any) -> Tensor: ...
def bitwise_xor(input: Any, other: Any) -> Tensor: ...
def bmm(input: Any, mat2: Any, *, out: Any = ...) -> Tensor: ...
def broadcast_tensors(*tensors: Any) -> python.tuple[Any, ...]: ...
def broadcast_to(input: Any, shape: Any) -> Tensor: ...
def cat(tensors: Any, dim: python.int = ..., *, axis: Any = ..., out: Any = ...) -> Tensor: ...
def ceil(input: Any) -> Tensor: ...
def chunk(
    input: Any, chunks: python.int, dim: python.int = ..., *, axis: Any = ...
) -> python.tuple[Tensor, ...]: ...
def clamp(input: Any, min: Any = ..., max: Any = ...) -> Tensor: ...
def clamp_max(input: Any, max: Any) -> Tensor: ...
def clamp_min(input: Any, min: Any) -> Tensor: ...
def clip(input: Any, min: Any = ..., max: Any = ...) -> Tensor: ...
def clone(input: Any, *, memory_format: Any = ...) -> Tensor: ...
def complex(real: Any, imag: Any) -> Tensor: ...
def concat(tensors: Any, dim: python.int = ..., *, axis: Any = ..., out: Any = ...) -> Tensor: ...
def concatenate(
    tensors: Any, dim: python.int = ..., *, axis: Any = ..., out: Any = ...
) -> Tensor: ...
def cos(input: Any) -> Tensor: ...
def cosh(input: Any) -> Tensor: ...
def count_nonzero(input: Any, dim: Any = ...) -> Tensor: ...
def cumprod(
    input: Any, dim: Any = ..., *, dtype: Any = ..., axis: Any = ..., out: Any = ...
) -> Tensor: ...
def cumsum(
    input: Any, dim: Any = ..., *, dtype: Any = ..., axis: Any = ..., out: Any = ...
) -> Tensor: ...
def deg2rad(input: Any) -> Tensor: ...
def detach(input: Any) -> Tensor: ...
def diag(input: Any, diagonal: python.int = ...) -> Tensor: ...
def diagonal(
    input: Any, offset: python.int = ..., dim1: python.int = ..., dim2: python.int = ...
) -> Tensor: ...
def dist(input: Any, other: Any, p: python.float = ...) -> Tensor: ...
def div(input: Any, other: Any, *, rounding_mode: python.str | None = ...) -> Tensor: ...
def divide(input: Any, other: Any, *, rounding_mode: python.str | None = ...) -> Tensor: ...
def dot(input: Any, tensor: Any, *, out: Any = ...) -> Tensor: ...
def empty(
    *size: Any,
    dtype: Any = ...,
    out: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def empty_like(
    input: Any,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def eq(input: Any, other: Any) -> Tensor: ...
def equal(input: Any, other: Any) -> python.bool: ...
def exp(input: Any) -> Tensor: ...
def exp2(input: Any) -> Tensor: ...
def expm1(input: Any) -> Tensor: ...
def eye(
    n: python.int,
    m: python.int | None = ...,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def fix(input: Any) -> Tensor: ...
def flatten(input: Any, start_dim: python.int = ..., end_dim: python.int = ...) -> Tensor: ...
def flip(input: Any, *axes: Any, dims: Any = ...) -> Tensor: ...
def float_power(input: Any, exponent: Any) -> Tensor: ...
def floor(input: Any) -> Tensor: ...
def floor_divide(input: Any, other: Any) -> Tensor: ...
def fmod(input: Any, other: Any) -> Tensor: ...
def frac(input: Any) -> Tensor: ...
def from_numpy(ndarray: np.ndarray) -> Tensor: ...
def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def gather(
    input: Any, dim: python.int, index: Any, *, sparse_grad: python.bool = ...
) -> Tensor: ...
def ge(input: Any, other: Any) -> Tensor: ...
def ger(input: Any, vec2: Any, *, out: Any = ...) -> Tensor: ...
def get_rng_state() -> Tensor: ...
def greater(input: Any, other: Any) -> Tensor: ...
def greater_equal(input: Any, other: Any) -> Tensor: ...
def gt(input: Any, other: Any) -> Tensor: ...
def hstack(tensors: Any, *, out: Any = ...) -> Tensor: ...
def hypot(input: Any, other: Any) -> Tensor: ...
def index_add(
    input: Any, dim: python.int, index: Any, source: Any, *, alpha: Any = ...
) -> Tensor: ...
def index_fill(input: Any, dim: python.int, index: Any, value: Any) -> Tensor: ...
def index_select(input: Any, dim: python.int, index: Any) -> Tensor: ...
def is_complex(input: Any) -> python.bool: ...
def is_floating_point(input: Any) -> python.bool: ...
def is_tensor(obj: Any) -> python.bool: ...
def isclose(
    input: Any,
    other: Any,
    rtol: python.float = ...,
    atol: python.float = ...,
    equal_nan: python.bool = ...,
) -> Tensor: ...
def isfinite(input: Any) -> Tensor: ...
def isinf(input: Any) -> Tensor: ...
def isnan(input: Any) -> Tensor: ...
def le(input: Any, other: Any) -> Tensor: ...
def lerp(input: Any, end: Any, weight: Any) -> Tensor: ...
def less(input: Any, other: Any) -> Tensor: ...
def less_equal(input: Any, other: Any) -> Tensor: ...
def linspace(
    start: Any,
    end: Any,
    steps: python.int,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def log(input: Any) -> Tensor: ...
def log10(input: Any) -> Tensor: ...
def log1p(input: Any) -> Tensor: ...
def log2(input: Any) -> Tensor: ...
def log_softmax(
    input: Any, dim: Any = ..., dtype: Any = ..., *, axis: Any = ..., out: Any = ...
) -> Tensor: ...
def logaddexp(input: Any, other: Any) -> Tensor: ...
def logical_and(input: Any, other: Any) -> Tensor: ...
def logical_not(input: Any) -> Tensor: ...
def logical_or(input: Any, other: Any) -> Tensor: ...
def logical_xor(input: Any, other: Any) -> Tensor: ...
def logspace(
    start: Any,
    end: Any,
    steps: python.int,
    base: python.float = ...,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def logsumexp(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def lt(input: Any, other: Any) -> Tensor: ...
def masked_fill(input: Any, mask: Any, value: Any) -> Tensor: ...
def masked_select(input: Any, mask: Any) -> Tensor: ...
def matmul(input: Any, other: Any, *, out: Any = ...) -> Tensor: ...
def max(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    other: Any = ...,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Any: ...
def maximum(input: Any, other: Any) -> Tensor: ...
def mean(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    dtype: Any = ...,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def meshgrid(*tensors: Any, indexing: python.str = ...) -> python.tuple[Any, ...]: ...
def min(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    other: Any = ...,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Any: ...
def minimum(input: Any, other: Any) -> Tensor: ...
def mm(input: Any, mat2: Any, *, out: Any = ...) -> Tensor: ...
def moveaxis(input: Any, source: Any, destination: Any) -> Tensor: ...
def movedim(input: Any, source: Any, destination: Any) -> Tensor: ...
def mul(input: Any, other: Any) -> Tensor: ...
def multinomial(
    input: Any,
    num_samples: python.int,
    replacement: python.bool = ...,
    *,
    generator: Generator | None = ...,
) -> Tensor: ...
def multiply(input: Any, other: Any) -> Tensor: ...
def mv(input: Any, vec: Any, *, out: Any = ...) -> Tensor: ...
def nan_to_num(
    input: Any, nan: python.float = ..., posinf: Any = ..., neginf: Any = ...
) -> Tensor: ...
def narrow(input: Any, dim: python.int, start: Any, length: python.int) -> Tensor: ...
def ne(input: Any, other: Any) -> Tensor: ...
def neg(input: Any) -> Tensor: ...
def negative(input: Any) -> Tensor: ...
def nonzero(input: Any, *, as_tuple: python.bool = ...) -> Any: ...
def norm(
    input: Any,
    p: Any = ...,
    dim: Any = ...,
    keepdim: python.bool = ...,
    out: Any = ...,
    dtype: Any = ...,
) -> Tensor: ...
def normal(
    mean: Any,
    std: Any = ...,
    size: Any = ...,
    *,
    generator: Generator | None = ...,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def not_equal(input: Any, other: Any) -> Tensor: ...
def numel(input: Any) -> python.int: ...
def ones(
    *size: Any,
    dtype: Any = ...,
    out: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def ones_like(
    input: Any,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def outer(input: Any, vec2: Any, *, out: Any = ...) -> Tensor: ...
def permute(input: Any, *order: Any, dims: Any = ...) -> Tensor: ...
def pow(input: Any, exponent: Any) -> Tensor: ...
def prod(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    dtype: Any = ...,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def rad2deg(input: Any) -> Tensor: ...
def rand(
    *size: Any,
    generator: Generator | None = ...,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def rand_like(
    input: Any,
    *,
    dtype: Any = ...,
    generator: Generator | None = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def randint(
    low: Any = ...,
    high: Any = ...,
    size: Any = ...,
    *,
    generator: Generator | None = ...,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def randint_like(
    input: Any,
    low: python.int,
    high: python.int | None = ...,
    *,
    dtype: Any = ...,
    generator: Generator | None = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def randn(
    *size: Any,
    generator: Generator | None = ...,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def randn_like(
    input: Any,
    *,
    dtype: Any = ...,
    generator: Generator | None = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def randperm(
    n: python.int,
    *,
    generator: Generator | None = ...,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def range(
    start: Any = ...,
    end: Any = ...,
    step: Any = ...,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def ravel(input: Any) -> Tensor: ...
def reciprocal(input: Any) -> Tensor: ...
def relu(input: Any) -> Tensor: ...
def remainder(input: Any, other: Any) -> Tensor: ...
def repeat_interleave(
    input: Any,
    repeats: Any = ...,
    dim: python.int | None = ...,
    *,
    output_size: python.int | None = ...,
) -> Tensor: ...
def reshape(input: Any, *sizes: Any, shape: Any = ...) -> Tensor: ...
def roll(input: Any, shifts: Any, dims: Any = ...) -> Tensor: ...
def round(input: Any, *, decimals: python.int = ...) -> Tensor: ...
def rsqrt(input: Any) -> Tensor: ...
def rsub(input: Any, other: Any, *, alpha: Any = ...) -> Tensor: ...
def scatter(
    input: Any,
    dim: python.int,
    index: Any,
    src: Any = ...,
    *,
    value: Any = ...,
    reduce: python.str | None = ...,
) -> Tensor: ...
def scatter_add(input: Any, dim: python.int, index: Any, src: Any) -> Tensor: ...
def select(input: Any, dim: python.int, index: python.int) -> Tensor: ...
def set_rng_state(new_state: Any) -> None: ...
def sigmoid(input: Any) -> Tensor: ...
def sign(input: Any) -> Tensor: ...
def signbit(input: Any) -> Tensor: ...
def sin(input: Any) -> Tensor: ...
def sinc(input: Any) -> Tensor: ...
def sinh(input: Any) -> Tensor: ...
def softmax(
    input: Any, dim: Any = ..., dtype: Any = ..., *, axis: Any = ..., out: Any = ...
) -> Tensor: ...
def split(
    tensor: Any, split_size_or_sections: Any, dim: python.int = ..., *, axis: Any = ...
) -> python.tuple[Tensor, ...]: ...
def sqrt(input: Any) -> Tensor: ...
def square(input: Any) -> Tensor: ...
def squeeze(input: Any, dim: Any = ..., *, axis: Any = ...) -> Tensor: ...
def stack(tensors: Any, dim: python.int = ..., *, axis: Any = ..., out: Any = ...) -> Tensor: ...
def std(
    input: Any,
    dim: Any = ...,
    unbiased: python.bool | None = ...,
    keepdim: python.bool = ...,
    *,
    correction: python.float | None = ...,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def std_mean(
    input: Any,
    dim: Any = ...,
    unbiased: python.bool | None = ...,
    keepdim: python.bool = ...,
    *,
    correction: python.float | None = ...,
) -> python.tuple[Tensor, Tensor]: ...
def sub(input: Any, other: Any, *, alpha: Any = ...) -> Tensor: ...
def subtract(input: Any, other: Any, *, alpha: Any = ...) -> Tensor: ...
def sum(
    input: Any,
    dim: Any = ...,
    keepdim: python.bool = ...,
    *,
    dtype: Any = ...,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def swapaxes(input: Any, axis0: python.int, axis1: python.int) -> Tensor: ...
def swapdims(input: Any, dim0: python.int, dim1: python.int) -> Tensor: ...
def t(input: Any) -> Tensor: ...
def take_along_dim(input: Any, indices: Any, dim: python.int | None = ...) -> Tensor: ...
def tan(input: Any) -> Tensor: ...
def tanh(input: Any) -> Tensor: ...
def tensor(
    data: Any,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
) -> Tensor: ...
def tensor_split(
    input: Any,
    indices_or_sections: Any = ...,
    dim: python.int = ...,
    *,
    sections: python.int | None = ...,
    indices: Any = ...,
) -> python.tuple[Tensor, ...]: ...
def tile(input: Any, *counts: Any, dims: Any = ...) -> Tensor: ...
def trace(input: Any) -> Tensor: ...
def transpose(input: Any, dim0: python.int, dim1: python.int) -> Tensor: ...
def tril(input: Any, diagonal: python.int = ...) -> Tensor: ...
def tril_indices(
    row: python.int,
    col: python.int,
    offset: python.int = ...,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def triu(input: Any, diagonal: python.int = ...) -> Tensor: ...
def triu_indices(
    row: python.int,
    col: python.int,
    offset: python.int = ...,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def true_divide(input: Any, other: Any) -> Tensor: ...
def trunc(input: Any) -> Tensor: ...
def unbind(input: Any, dim: python.int = ..., *, axis: Any = ...) -> python.tuple[Tensor, ...]: ...
def unflatten(input: Any, dim: python.int, sizes: Sequence[python.int]) -> Tensor: ...
def unsqueeze(input: Any, dim: python.int | None = ..., *, axis: Any = ...) -> Tensor: ...
def var(
    input: Any,
    dim: Any = ...,
    unbiased: python.bool | None = ...,
    keepdim: python.bool = ...,
    *,
    correction: python.float | None = ...,
    axis: Any = ...,
    keepdims: python.bool = ...,
    out: Any = ...,
) -> Tensor: ...
def var_mean(
    input: Any,
    dim: Any = ...,
    unbiased: python.bool | None = ...,
    keepdim: python.bool = ...,
    *,
    correction: python.float | None = ...,
) -> python.tuple[Tensor, Tensor]: ...
def vstack(tensors: Any, *, out: Any = ...) -> Tensor: ...
def where(condition: Any, input: Any = ..., other: Any = ...) -> Any: ...
def zeros(
    *size: Any,
    dtype: Any = ...,
    out: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
def zeros_like(
    input: Any,
    *,
    dtype: Any = ...,
    device: Any = ...,
    requires_grad: python.bool = ...,
    pin_memory: python.bool = ...,
    layout: Any = ...,
    memory_format: Any = ...,
) -> Tensor: ...
