"""What is about devices, threads and compilers answers truly, as a PyTorch without them does."""

from __future__ import annotations

import importlib
import sys
import warnings

import numpy as np
import pytest

import minitorch as torch

REFUSED = """
torch.cuda.synchronize() torch.cuda.current_device() torch.cuda.get_device_name(0)
torch.cuda.get_device_capability() torch.cuda.get_device_properties(0) torch.cuda.mem_get_info()
torch.cuda.current_stream() torch.cuda.init() torch.cuda.get_rng_state() torch.cuda.ipc_collect()
torch.cuda.initial_seed() torch.zeros(2).cuda() torch.zeros(2).to("cuda")
torch.zeros(2,device="cuda") torch.nn.Linear(2,2).cuda() torch.cuda.Stream() torch.cuda.Event()
torch.cuda.device(0).__enter__() torch.cuda.FloatTensor(2) torch.cuda.LongTensor([1])
torch.accelerator.set_device_index(0) torch.accelerator.current_device_index()
torch.accelerator.synchronize() torch.set_num_threads(0) torch.set_num_threads("a")
torch.set_num_threads(True) torch.set_deterministic_debug_mode("x") torch.autocast("nonsense")
torch.amp.GradScaler("cpu",growth_factor=1.0) torch.amp.GradScaler("cpu",backoff_factor=1.0)
torch.compile(3) torch.compile(print,mode="x",options={}) torch.zeros(2).indices()
torch.zeros(2).values() torch.zeros(2).coalesce() torch.zeros(2).crow_indices()
torch.testing.assert_close("a","b") torch.testing.assert_close(torch.ones(1),[1.0])
torch.testing.assert_close(1.0,1.0,rtol=1.0)
torch.nn.DataParallel(torch.nn.Linear(2,2),[0]).module.nothing
""".split()
ANSWERS = (
    """
torch.cuda.is_available() torch.cuda.device_count() torch.cuda.is_initialized()
torch.cuda.is_bf16_supported() torch.cuda.memory_allocated() torch.cuda.max_memory_allocated()
torch.cuda.memory_reserved() torch.cuda.get_rng_state_all() torch.cuda.empty_cache()
torch.cuda.manual_seed(3) torch.cuda.manual_seed_all(3) torch.cuda.seed()
torch.cuda.FloatTensor.dtype torch.cuda.LongTensor.dtype
isinstance(torch.zeros(2),torch.cuda.FloatTensor) torch.backends.mps.is_available()
torch.backends.mps.is_built() torch.backends.cudnn.is_available() torch.backends.cudnn.version()
torch.backends.cudnn.enabled torch.backends.cudnn.benchmark torch.backends.cudnn.deterministic
torch.backends.cudnn.allow_tf32 torch.backends.cuda.is_built()
torch.backends.cuda.matmul.allow_tf32 torch.version.cuda torch.version.hip torch.version.debug
torch.accelerator.is_available() torch.accelerator.current_accelerator()
torch.accelerator.device_count() torch.mps.is_available() torch.xpu.is_available()
torch.cpu.is_available() torch.cpu.device_count() torch.cpu.current_device() torch.cpu.synchronize()
torch.get_float32_matmul_precision() torch.are_deterministic_algorithms_enabled()
torch.get_deterministic_debug_mode() torch.is_warn_always_enabled()
torch.jit.is_scripting() torch.jit.is_tracing() torch.compiler.is_compiling()
torch.multiprocessing.get_sharing_strategy()
torch.nn.DataParallel(torch.nn.Linear(2,2)).device_ids
list(torch.nn.DataParallel(torch.nn.Linear(2,2)).state_dict())
torch.zeros(2).to_dense() torch.zeros(2,3).sparse_dim() torch.zeros(2,3).dense_dim()
torch.spmm(torch.eye(2),torch.ones(2,2)) torch.sparse.mm(torch.eye(2),torch.ones(2,2))
torch.amp.GradScaler("cpu").get_scale() torch.amp.GradScaler("cpu").state_dict()
torch.amp.GradScaler("cuda").get_scale() torch.cuda.amp.GradScaler().state_dict()
torch.cuda.amp.GradScaler().is_enabled() torch.distributed.is_initialized()
torch.device("cuda"iftorch.cuda.is_available()else"cpu")
""".replace("iftorch", " if torch")
    .replace(")else", ") else ")
    .split("\n")
)
ANSWERS = [call for line in ANSWERS for call in (line.split() if " if " not in line else [line])]


def outcome(torch, call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(call, {"torch": torch})


@pytest.mark.parametrize("call", ANSWERS)
def test_answers_are_those_of_a_cpu_build(call):
    theirs = pytest.importorskip("torch")
    importlib.import_module("torch.cuda.amp")
    assert repr(outcome(torch, call)) == repr(outcome(theirs, call))


@pytest.mark.parametrize("call", REFUSED)
def test_what_needs_a_device_is_refused_as_by_a_cpu_build(call):
    theirs = pytest.importorskip("torch")
    with pytest.raises(Exception) as expected:
        outcome(theirs, call)
    with pytest.raises(expected.type):
        outcome(torch, call)


def test_seeding_a_device_changes_nothing():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    torch.cuda.manual_seed(5)
    torch.cuda.manual_seed_all(5)
    torch.cuda.empty_cache()
    assert torch.equal(torch.rand(3), expected)


def test_switches_are_kept():
    try:
        torch.use_deterministic_algorithms(True)
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.get_deterministic_debug_mode() == 2
        torch.set_deterministic_debug_mode("warn")
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        torch.set_float32_matmul_precision("high")
        assert torch.get_float32_matmul_precision() == "high"
        with pytest.warns(UserWarning, match="'fast' is not one of"):
            torch.set_float32_matmul_precision("fast")
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.use_deterministic_algorithms(False)
        torch.set_float32_matmul_precision("highest")
    with torch.backends.cudnn.flags(benchmark=True):
        assert torch.backends.cudnn.benchmark
    assert not torch.backends.cudnn.benchmark
    with torch.backends.cuda.sdp_kernel(enable_flash=False):
        assert not torch.backends.cuda.flash_sdp_enabled()
    assert torch.backends.cuda.flash_sdp_enabled()


def test_threads_without_threadpoolctl(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    monkeypatch.setattr(torch.settings, "_threadpoolctl", lambda: False)
    monkeypatch.setitem(torch.settings._kept, "threads", None)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "5")
    assert torch.get_num_threads() == 5
    with pytest.warns(UserWarning, match="OPENBLAS_NUM_THREADS=3"):
        torch.set_num_threads(3)
    assert torch.get_num_threads() == 3


def test_compile_gives_the_function_back():
    def f(x):
        return x + 1

    net = torch.nn.Linear(2, 2)
    assert torch.compile(f) is f and torch.compile(net, mode="reduce-overhead") is net
    assert torch.compile(fullgraph=True)(f) is f
    assert torch.compiler.disable(f) is f and torch.compiler.disable(recursive=False)(f) is f
    with torch.compiler.set_stance("force_eager"):
        assert torch.jit.script(f) is f and torch.jit.trace(net, torch.zeros(2)) is net
    assert torch.jit.ignore(f) is f and torch.jit.ignore(drop=True)(f) is f
    with pytest.raises(NotImplementedError, match=r"torch\.save"):
        torch.jit.save(net, "x.pt")


def test_data_parallel_calls_the_module():
    net = torch.nn.Linear(2, 3)
    x = torch.ones(4, 2)
    assert torch.equal(torch.nn.DataParallel(net)(x), net(x))
    assert torch.equal(torch.nn.parallel.data_parallel(net, x), net(x))
    with pytest.raises(RuntimeError, match="one process"):
        torch.nn.parallel.DistributedDataParallel(net)


def test_sparse_tensors_are_refused_by_name():
    with pytest.raises(NotImplementedError, match="sparse_coo_tensor: there are no sparse"):
        torch.sparse_coo_tensor([[0], [1]], [1.0], (2, 2))
    with pytest.raises(NotImplementedError, match="to_sparse: there are no sparse"):
        torch.eye(2).to_sparse()


def test_autocast_casts_nothing_and_says_so():
    x = torch.ones(2, 2)
    with pytest.warns(UserWarning, match="casts nothing"), torch.autocast("cpu"):
        assert (x @ x).dtype == torch.float32
    with pytest.warns(UserWarning, match="not available. Disabling"):
        torch.cuda.amp.autocast()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with torch.autocast("cuda", enabled=False), torch.amp.autocast("cpu", enabled=False):
            assert (x @ x).dtype == torch.float32

        @torch.amp.custom_fwd(device_type="cuda")
        def forward(x):
            return x

        assert forward(x) is x and torch.amp.custom_bwd(forward) is forward


class Run:
    """A training with a scaler, in either library."""

    def __init__(self, torch, **options):
        self.torch = torch
        self.w = torch.tensor([1.0, 2.0], requires_grad=True)
        self.optimizer = torch.optim.SGD([self.w], lr=0.1)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2, **options)

    def step(self, factor, clip=False):
        self.optimizer.zero_grad()
        self.scaler.scale((self.w * factor).sum()).backward()
        if clip:
            self.scaler.unscale_(self.optimizer)
            self.torch.nn.utils.clip_grad_norm_([self.w], 1.0)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return self.w.tolist(), self.w.grad.tolist(), self.scaler.state_dict()


@pytest.mark.parametrize("options", [{}, {"backoff_factor": 0.25, "growth_factor": 3.0}])
def test_grad_scaler_steps_as_pytorchs(options):
    theirs = pytest.importorskip("torch")
    pair = [Run(module, **options) for module in (torch, theirs)]
    for factor, clip in ((1.0, False), (float("inf"), False), (2.0, True), (3.0, False),
                         (float("nan"), True), (0.5, False), (0.5, False)):  # fmt: skip
        ours, theirs = [run.step(factor, clip) for run in pair]
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-6)
        np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-6)
        assert ours[2] == theirs[2]


def test_grad_scaler_refuses_the_wrong_order():
    run = Run(torch)
    with pytest.raises(AssertionError, match="No inf checks"):
        run.scaler.update()
    run.scaler.scale(run.w.sum()).backward()
    run.scaler.unscale_(run.optimizer)
    with pytest.raises(RuntimeError, match="already been called"):
        run.scaler.unscale_(run.optimizer)
    run.scaler.step(run.optimizer)
    with pytest.raises(RuntimeError, match="already been called"):
        run.scaler.step(run.optimizer)
    state = run.scaler.state_dict()
    other = Run(torch).scaler
    other.load_state_dict(state)
    assert other.state_dict() == state
    with pytest.raises(RuntimeError, match="is empty"):
        other.load_state_dict({})


def work(i, queue, fail):
    if fail == "raise" and i == 1:
        raise ValueError(f"worker {i} is unwell")
    if fail == "exit" and i == 1:
        sys.exit(5)
    queue.put(i * 10)


def test_spawn_runs_processes():
    mp = torch.multiprocessing
    queue = mp.get_context("spawn").SimpleQueue()
    assert mp.spawn(work, (queue, None), nprocs=2) is None
    assert sorted([queue.get(), queue.get()]) == [0, 10]


def test_a_failed_process_is_an_error_with_its_traceback():
    mp = torch.multiprocessing
    queue = mp.get_context("spawn").SimpleQueue()
    with pytest.raises(mp.ProcessRaisedException, match="worker 1 is unwell") as error:
        mp.spawn(work, (queue, "raise"), nprocs=2)
    assert error.value.error_index == 1
    with pytest.raises(mp.ProcessExitedException, match="exit code 5"):
        mp.spawn(work, (queue, "exit"), nprocs=2)
