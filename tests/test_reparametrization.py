"""Lazy, reparametrised and pruned modules: what needs no PyTorch beside it."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import weakref

import pytest

import minitorch as torch
from minitorch import nn
from minitorch.nn.modules import everywhere
from minitorch.nn.utils import parametrizations, parametrize, prune

IMPORTS = """
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm
from torch.nn.modules.loss import _Loss, _WeightedLoss, BCELoss
from torch.nn.modules.utils import _single, _pair, _triple, _quadruple, _ntuple
from torch.nn.modules.container import ParameterList, Sequential
from torch.nn.modules.activation import ReLU, Softmax
from torch.nn.modules.module import Module, register_module_forward_hook
from torch.nn.parameter import Parameter, UninitializedParameter, is_lazy
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.modules.upsampling import Upsample
from torch.nn.modules.distance import CosineSimilarity
from torch.nn.utils.parametrizations import weight_norm, spectral_norm, orthogonal
from torch.nn.utils.weight_norm import WeightNorm
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.nn.utils.stateless import functional_call
from torch.nn.common_types import _size_2_t
from torch.nn.grad import conv2d_weight
from torch.nn.parallel import scatter, gather, replicate, parallel_apply
from torch.nn.parallel.data_parallel import DataParallel
from torch.nn.parallel.scatter_gather import scatter_kwargs
from torch.types import Number, Device, _size
from torch.functional import einsum, norm
import torch.nn.utils.prune as prune
import torch.nn.utils.parametrize as parametrize
import torch.nn._reduction as _Reduction
"""


@pytest.mark.parametrize("line", IMPORTS.strip().splitlines())
def test_paths_that_programs_import(line):
    found = {}
    with torch.as_torch():
        exec(line, found)
    names = line.partition("import ")[2].partition(" as ")
    for name in (names[2] or names[0]).split(", "):
        assert "absent" not in repr(found[name]), name


def test_a_lazy_layer_gives_its_place_in_the_model():
    model = nn.Sequential(nn.Flatten(), nn.Sequential(nn.LazyConv2d(3, 2)))
    with pytest.raises(RuntimeError, match=r"in model\.1\.0 \(LazyConv2d\)"):
        model(torch.ones(2, 3))
    optimizer = torch.optim.SGD(nn.LazyLinear(3).parameters(), lr=0.1)
    optimizer.step()  # nothing has a gradient


def test_loading_fails_before_anything_is_made():
    layer = nn.LazyLinear(3)
    with pytest.raises(RuntimeError, match="Missing key"):
        layer.load_state_dict({"weight": torch.ones(3, 2)})
    assert layer.has_uninitialized_params() and nn.parameter.is_lazy(layer.weight)


def test_lazy_state_dicts_go_through_files():
    buffer = io.BytesIO()
    torch.save(nn.Sequential(nn.LazyLinear(3)).state_dict(), buffer)
    buffer.seek(0)
    state = torch.load(buffer)
    assert [repr(v) for v in state.values()] == ["<UninitializedParameter>"] * 2


def test_hooks_that_are_copied_stay_hooks():
    layer = torch.nn.utils.spectral_norm(nn.Linear(3, 2))
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        twin(torch.ones(1, 3))
        assert twin.weight_u.tolist() != layer.weight_u.tolist()
        torch.nn.utils.remove_spectral_norm(twin)
        assert isinstance(twin.weight, nn.Parameter)
    assert "weight_orig" in layer.state_dict()


def test_parametrized_modules_are_freed():
    layer = parametrizations.weight_norm(nn.Linear(3, 2))
    ref = weakref.ref(layer)
    layer(torch.ones(1, 3)).sum().backward()
    del layer
    gc.collect()
    assert ref() is None


def test_parametrizations_follow_the_mode_and_the_dtype():
    layer = parametrizations.spectral_norm(nn.Linear(3, 2)).eval().double()
    assert not layer.parametrizations.weight[0].training
    assert layer.weight.dtype is torch.float64 and layer.weight.tolist() == layer.weight.tolist()
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear and not hasattr(layer, "parametrizations")


def test_gradients_through_an_orthogonal_weight():
    layer = parametrizations.orthogonal(nn.Linear(4, 3).double(), orthogonal_map="cayley")
    original = layer.parametrizations.weight.original

    def value(x):
        parameters = {"parametrizations.weight.original": x}
        return torch.func.functional_call(layer, parameters, torch.ones(1, 4, dtype=torch.float64))

    assert torch.autograd.gradcheck(value, (original.detach().requires_grad_(),))


def test_pruned_elements_stay_zero_in_training():
    layer = prune.l1_unstructured(nn.Linear(6, 4), "weight", 0.5)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        layer(torch.randn(3, 6)).square().sum().backward()
        optimizer.step()
    layer(torch.zeros(1, 6))
    assert ((layer.weight == 0) == (layer.weight_mask == 0)).all()
    assert int((layer.weight == 0).sum()) == 12


def test_global_hooks_leave_nothing():
    handle = nn.modules.module.register_module_forward_hook(
        lambda *args: None, with_kwargs=True, always_call=True
    )
    assert everywhere.calls and everywhere.taking_kwargs and everywhere.always_called
    handle.remove()
    assert not (everywhere.calls or everywhere.taking_kwargs or everywhere.always_called)
