"""A short run of each example learns, draws and repeats itself."""

from __future__ import annotations

import signal
import subprocess
import sys
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

import minitorch as torch
from tests.examples import ENVIRONMENT, EXAMPLES, names_of, numbers, python, quick, run, runs

# the options of each, by which a run takes no time
SHORT = {
    "linear_regression.py": ("--steps", "5", "--rate", "0.1", "--points", "20"),
    "two_moons.py": (
        "--epochs", "3", "--lr", "0.01", "--points", "100", "--noise", "0.2",
        "--batch-size", "50", "--width", "4",
    ),
    "digits_cnn.py": ("--epochs", "1", "--lr", "0.01", "--batch-size", "400", "--width", "2"),
    "autoencoder.py": ("--epochs", "1", "--lr", "0.01", "--batch-size", "400", "--width", "8"),
    "vae.py": ("--epochs", "1", "--lr", "0.01", "--batch-size", "400", "--width", "8"),
    "gan.py": (
        "--steps", "5", "--lessons", "2", "--lr", "0.01", "--batch-size", "8",
        "--penalty", "10", "--width", "8",
    ),
    "fine_tuning.py": (
        "--epochs", "1", "--each", "1", "--draws", "1", "--steps", "4", "--lr", "0.01",
    ),
    "physics_informed.py": ("--steps", "5", "--times", "8", "--lr", "0.01", "--width", "4"),
    "reinforce.py": ("--episodes", "5", "--lr", "0.01", "--discount", "0.9", "--width", "8"),
    "dqn.py": (
        "--steps", "900", "--lr", "0.01", "--discount", "0.9", "--batch-size", "8",
        "--width", "16",
    ),
    "hamiltonian.py": ("--samples", "20", "--step", "0.1", "--steps", "5", "--width", "2"),
}  # fmt: skip


def test_linear_regression_finds_the_line_of_least_squares(tmp_path):
    output = quick("linear_regression.py", tmp_path)
    found = numbers(r"gradient descent: y = (\S+) x (\S+)", output)
    best = numbers(r"least squares: +y = (\S+) x (\S+)", output)
    assert found == pytest.approx(best, abs=2e-4)
    assert best == pytest.approx([0.7, -1.5], abs=0.1)


def test_two_moons_are_told_apart(tmp_path):
    (accuracy,) = numbers(r"test accuracy: (\S+)% of 1000 points", quick("two_moons.py", tmp_path))
    assert accuracy >= 95  # a straight line gets 88 at most


def test_digits_cnn_reads(tmp_path):
    (accuracy,) = numbers(r"test accuracy: (\S+)% of 360 images", quick("digits_cnn.py", tmp_path))
    assert accuracy >= 96


@pytest.mark.full
def test_digits_cnn_reaches_its_accuracy(tmp_path):
    for seed in ("0", "1"):
        output = run("digits_cnn.py", "--seed", seed, folder=tmp_path)
        assert numbers(r"test accuracy: (\S+)% of 360 images", output)[0] >= 98.5


def test_autoencoder_beats_principal_components(tmp_path):
    output = quick("autoencoder.py", tmp_path)
    (linear,) = numbers(r"principal components: test error (\S+)", output)
    (error,) = numbers(r"autoencoder: +test error (\S+)", output)
    assert linear == pytest.approx(0.0532, abs=2e-4)  # of the shipped images
    assert 0.02 < error < 0.9 * linear


def test_vae_codes_pay(tmp_path):
    output = quick("vae.py", tmp_path)
    (without,) = numbers(r"without a code: (\S+)", output)
    total, pixels, code = numbers(r"with a code: (\S+) = pixels (\S+) \+ code (\S+)", output)
    assert without == pytest.approx(27.20, abs=0.01)  # of the shipped images
    assert total == pytest.approx(pixels + code, abs=0.011)
    assert 23 < total < without - 0.3
    assert code > 0.3  # else the decoder would know nothing of the image


def test_gan_critic_keeps_its_slope(tmp_path):
    output = quick("gan.py", tmp_path)
    (distance,) = numbers(r"distance: (\S+)", output)
    assert 0.3 < distance < 4  # without a penalty that is learned from, it grows beyond 10
    (made,) = numbers(r"made images that are like real ones: (\S+)%", output)
    (real,) = numbers(r"test images that are like real ones: (\S+)%", output)
    assert real == 87.5  # of the shipped images
    assert 20 < made < real  # noise has none


def test_gan_penalty_is_learned_from():
    names = names_of("gan.py")
    critic = names["make_critic"](16)
    real, made = torch.rand(8, 64), torch.rand(8, 64)
    torch.manual_seed(3)
    penalty = names["penalty"](critic, real, made)
    penalty.backward()
    weight = critic[0].weight
    slope, step = weight.grad.clone(), 1e-2
    direction = slope / slope.norm()
    found = []
    for sign in (1, -1):
        with torch.no_grad():
            weight += sign * step * direction
        torch.manual_seed(3)
        found.append(names["penalty"](critic, real, made).item())
        with torch.no_grad():
            weight -= sign * step * direction
    assert slope.norm() > 1e-3
    assert (found[0] - found[1]) / (2 * step) == pytest.approx(slope.norm().item(), rel=0.02)


def test_gan_judges_by_neighbours():
    share_within = names_of("gan.py")["share_within"]
    region = torch.arange(10.0).unsqueeze(1)
    assert share_within(region, region, 1) == 1
    images = torch.tensor([[-1.0], [4.5], [-1.1], [10.5], [50.0]])
    assert share_within(images, region, 1) == pytest.approx(2 / 5)


def test_fine_tuning_beats_training_from_nothing(tmp_path):
    output = quick("fine_tuning.py", tmp_path)
    assert numbers(r"which reads (\S+)% of the test images", output)[0] > 90
    assert "new: odd.weight, odd.bias; not used: digit.weight, digit.bias" in output
    (tuned,) = numbers(r"fine-tuned: (\S+)% of 360 images", output)
    (fresh,) = numbers(r"from nothing: (\S+)% of 360 images", output)
    assert tuned > fresh
    assert tuned > 80


def test_fine_tuning_starts_from_pytorchs_own_file(tmp_path):
    pytorch = pytest.importorskip("torch")
    run("fine_tuning.py", *SHORT["fine_tuning.py"], folder=tmp_path)
    ours = pytorch.load(tmp_path / "pretrained.pt", weights_only=True)
    nn = pytorch.nn
    model = nn.Sequential()
    model.backbone = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 128), nn.ReLU(),
    )  # fmt: skip
    model.digit = nn.Linear(128, 10)
    model.load_state_dict(ours)
    pytorch.save(model.state_dict(), tmp_path / "pytorch.pt")
    loaded = [
        (*SHORT["fine_tuning.py"], "--weights", name) for name in ("pretrained.pt", "pytorch.pt")
    ]
    first, again = runs("fine_tuning.py", *loaded, folder=tmp_path)
    assert "not used: digit.weight, digit.bias" in first
    assert first == again


def test_fine_tuning_refuses_weights_of_another_network(tmp_path):
    torch.save({"layer.weight": torch.ones(2)}, tmp_path / "other.pt")
    script = str(EXAMPLES / "fine_tuning.py")
    result = python(script, "--weights", "other.pt", folder=tmp_path)
    assert result.returncode == 1
    assert result.stderr == (
        "fine_tuning.py: error: other.pt has no backbone.0.weight: it is of another network\n"
    )


def test_physics_informed_comes_near_the_motion(tmp_path):
    (error,) = numbers(r"largest error: (\S+)", quick("physics_informed.py", tmp_path))
    assert error < 0.4  # at first it is 1.5


def test_physics_informed_residual_vanishes_at_the_solution():
    names = names_of("physics_informed.py")
    t = torch.linspace(0, 5, 50, dtype=torch.float64).unsqueeze(1)
    assert names["residual"](names["exact"], t).abs().max() < 1e-12


@pytest.mark.parametrize(("script", "enough"), [("reinforce.py", 50), ("dqn.py", 50)])
def test_poles_stay_up(tmp_path, script, enough):
    (length,) = numbers(r"mean length: (\S+) of 500 steps", quick(script, tmp_path))
    assert length > enough  # pushed always the same way, it falls after about 9


def test_reinforce_discounts_what_follows():
    returns = names_of("reinforce.py")["returns"]
    assert returns(3, 0.5).tolist() == [1.75, 1.5, 1.0]


def test_cartpole_moves_as_mechanics_say():
    names = names_of("cartpole.py")
    world = names["CartPole"](0)
    assert np.abs(world.reset()).max() <= 0.05
    world.state = np.array([0.1, 0.2, 0.05, -0.3])
    state, reward, fallen, late = world.step(1)
    # the equations of motion, solved for both accelerations at once
    total, lever = 1.1, 0.05
    sine, cosine = np.sin(0.05), np.cos(0.05)
    mass = np.array([[total, lever * cosine], [cosine, 0.5 * 4 / 3]])
    force = np.array([10 + lever * 0.3**2 * sine, 9.8 * sine])
    pull, bend = np.linalg.solve(mass, force)
    assert state == pytest.approx(
        [0.1 + 0.02 * 0.2, 0.2 + 0.02 * pull, 0.05 - 0.02 * 0.3, -0.3 + 0.02 * bend], rel=1e-6
    )
    assert (reward, fallen, late) == (1.0, False, False)


def test_cartpole_ends_when_the_pole_leans_or_time_is_up():
    world = names_of("cartpole.py")["CartPole"](0)
    world.reset()
    world.state = np.array([0, 0, 0.2, 1.0])
    assert world.step(0)[2:] == (True, False)
    world.reset()
    world.steps = 499
    world.state = np.zeros(4)
    assert world.step(0)[2:] == (False, True)


def test_hamiltonian_finds_the_posterior(tmp_path):
    output = quick("hamiltonian.py", tmp_path)
    means = [numbers(rf"weight of {name}: (\S+) ±", output)[0] for name in ("length", "width")]
    assert means == pytest.approx([5.0, 4.5], abs=1)  # of a long chain: 5.02 and 4.57
    accepted, accuracy = numbers(r"accepted: (\S+)%, accuracy: (\S+)% of 100 flowers", output)
    assert accepted > 90
    assert accuracy >= 92


def test_hamiltonian_rolls_back_the_way_it_came():
    names = names_of("hamiltonian.py")
    slope = torch.grad(names["make_energy"](*names["flowers"](), 5.0))
    start, momentum = np.array([1.0, 2.0, 0.5]), np.array([0.3, -0.2, 0.9])
    end, speed = names["roll"](start, momentum, slope, 0.1, 20)
    back, turned = names["roll"](end, -speed, slope, 0.1, 20)
    assert back == pytest.approx(start, abs=1e-9)
    assert -turned == pytest.approx(momentum, abs=1e-9)
    assert np.abs(end - start).max() > 0.5


@pytest.mark.parametrize("script", SHORT)
def test_same_seed_same_run(tmp_path, script):
    short = SHORT[script]
    first, again, other = runs(
        script, *[(*short, "--seed", seed) for seed in ("5", "5", "6")], folder=tmp_path
    )
    assert first == again
    assert first != other
    assert "picture: none, as matplotlib is not installed" in first


@pytest.mark.parametrize("script", SHORT)
def test_explains_itself(tmp_path, script):
    output = run(script, "--help", folder=tmp_path)
    options = [text for text in SHORT[script] if text.startswith("--")]
    for option in (*options, "--seed", "--out", "--quick"):
        assert f"\n  {option}" in output
    assert output.count("(default:") >= len(options) + 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("two_moons.py --out taken", "--out: cannot make the folder taken"),
        ("two_moons.py --epochs -1", "--epochs: expected a number of at least 1, got -1"),
        ("two_moons.py --epochs 1.5", "--epochs: invalid int value: '1.5'"),
        ("two_moons.py --lr nan", "--lr: expected a number of at least 0, got nan"),
        ("two_moons.py --lr inf", "--lr: expected a number of at least 0, got inf"),
        ("two_moons.py --lr fast", "--lr: invalid float value: 'fast'"),
        ("two_moons.py --seed -1", "--seed: expected a number from 0 to 9223372036854775807"),
        ("linear_regression.py --points 1", "--points: expected a number of at least 2, got 1"),
        ("digits_cnn.py --batch-size 1438", "--batch-size: expected a number from 1 to 1437"),
        ("dqn.py --discount 1.1", "--discount: expected a number from 0 to 1, got 1.1"),
        ("fine_tuning.py --weights lost.pt", "--weights: there is no file lost.pt"),
    ],
)
def test_bad_arguments_are_refused(tmp_path, arguments, message):
    (tmp_path / "taken").write_text("a file")
    script, *rest = arguments.split()
    result = python(str(EXAMPLES / script), *rest, folder=tmp_path)
    assert result.returncode == 2
    assert f"{script}: error: argument {message}" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        "linear_regression.py --steps 1",
        "two_moons.py --epochs 1 --points 50",
        "two_moons.py --epochs 7 --points 50",
        "gan.py --steps 1 --width 4",
        "reinforce.py --episodes 1",
    ],
)
def test_the_shortest_runs_draw_too(tmp_path, arguments):
    pytest.importorskip("matplotlib")
    script, *rest = arguments.split()
    output = run(script, *rest, folder=tmp_path)
    assert f"picture: {script.replace('.py', '.png')}" in output
    assert "nan" not in output


def test_gan_distance_is_a_mean_of_the_steps_there_were(tmp_path):
    """Of one step and no lead yet, it is the difference of two random scores: not zero."""
    short = ("--width", "8", "--batch-size", "8")
    one, *_ = runs("gan.py", ("--steps", "1", *short), folder=tmp_path)
    names = names_of("gan.py")
    torch.manual_seed(0)
    (real, _), _ = (part.tensors for part in torch.datasets.digits(flatten=True))
    generator, critic = names["make_generator"](8), names["make_critic"](8)
    args = SimpleNamespace(lr=0.001, lessons=3, batch_size=8, penalty=1.0)
    (lead,) = names["train"](generator, critic, real, args, 1)
    assert numbers(r"^distance: (\S+)", one) == [pytest.approx(lead, abs=6e-4)]
    assert abs(lead) > 2e-3


@pytest.mark.skipif(sys.platform == "win32", reason="sends the signal of Ctrl-C as Unix does")
def test_ctrl_c_stops_without_a_traceback(tmp_path):
    command = [sys.executable, str(EXAMPLES / "two_moons.py"), "--epochs", "100000"]
    heeded = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # background jobs ignore it
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, preexec_fn=heeded, env=ENVIRONMENT
    ) as process:
        while b"loss" not in process.stderr.read1():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert rest.endswith(b"\nstopped before the end\n")
    assert b"Traceback" not in rest


def test_pictures_of_the_page_are_small_and_named():
    folder = EXAMPLES.parent / "docs/images/examples"
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for script in SHORT:
        picture = folder / script.replace(".py", ".png")
        assert picture.stat().st_size <= 60_000
        assert f"](../docs/images/examples/{picture.name})" in page
        assert f"examples/{script}" in page
