"""The examples that learn to write: a short run of each learns, and agrees with PyTorch."""

from __future__ import annotations

import re

import pytest

import minitorch as torch
from tests.examples import EXAMPLES, names_of, numbers, python, quick, run, runs, write_for_pytorch

# the options of each, by which a run takes no time
SHORT = {
    "names_rnn.py": "--epochs 1 --width 16 --layers 2 --dropout 0.1 --lr 0.01 --batch-size 1000 "
    "--temperature 0.9",
    "gpt.py": "--book alice --steps 3 --lr 0.01 --batch-size 8 --context 16 --width 16 "
    "--layers 1 --heads 2 --dropout 0.1 --length 50 --temperature 0.9",
}
LOSS = r"held-out loss: (\S+) .* \(all alike (\S+), by frequency (\S+)\)"


def test_names_rnn_learns_to_spell(tmp_path):
    output = quick("names_rnn.py", tmp_path)
    loss, alike, by_frequency = numbers(LOSS, output)
    assert alike == pytest.approx(4.755, abs=1e-3)  # log2(27)
    assert by_frequency == pytest.approx(4.15, abs=0.1)
    assert 2.7 < loss < 3.6  # below 2.7 it would know names that it must not have seen
    for kind in ("female", "male", "last"):
        made = re.search(rf"^{kind}: (.*)$", output, re.MULTILINE)[1].split(" ")
        assert len(made) == 12
        assert sum(bool(re.fullmatch("[A-Z][a-z]+", name)) for name in made) >= 9
    total, new, learned, real = numbers(
        r"of (\d+) made names: (\d+) new, (\d+) learned, (\d+) real", output
    )
    assert total == new + learned + real == 1200
    assert new > 600
    assert learned > 0


def test_names_rnn_holds_names_out_whole():
    names = names_of("names_rnn.py")
    seen, held_out = names["data"](0.1)
    assert not seen.keys() & held_out.keys()
    together = {**seen, **held_out}
    for kind, word in enumerate(("female", "male", "last")):
        assert {name for name, kinds in together.items() if kind in kinds} == set(
            torch.datasets.names(word)
        )
    assert names["encode"]("Abz", 2).tolist() == [29, 0, 1, 25, 26]
    assert names["decode"]([0, 1, 25, 26, 3]) == "Abz"


def test_gpt_learns_more_than_frequencies(tmp_path):
    output = quick("gpt.py", tmp_path)
    loss, alike, by_frequency = numbers(LOSS, output)
    assert alike == pytest.approx(4.248, abs=1e-3)  # ln(70)
    assert by_frequency == pytest.approx(3.213, abs=1e-3)  # of the shipped text
    assert 2.3 < loss < by_frequency - 0.15  # below 2.3 it would see what is to come
    sample, _, rest = output.partition("\n\nwords that the book has: ")
    known, made = numbers(r"^(\d+) of (\d+)\n", rest)
    assert len(sample) > 150
    assert known <= made == len(re.findall("[a-z]+", sample.lower()))


def test_gpt_sees_only_what_was_before():
    names = names_of("gpt.py")
    model = names["GPT"](20, 12, 16, 2, 2, 0.5).eval()
    codes = torch.randint(20, (1, 12))
    other = codes.clone()
    other[0, 7] = (other[0, 7] + 1) % 20
    gaps = (model(codes) - model(other)).abs().amax(dim=(0, 2))
    assert gaps[:7].max() == 0
    assert gaps[7:].min() > 1e-4
    surprises = names["surprise"](model, torch.cat([codes[0], other[0]]))
    expected = -model(codes).log_softmax(2)[0, -1, other[0, 0]]
    assert surprises.shape == (12,)
    assert surprises[0].item() == pytest.approx(expected.item(), rel=1e-5)


def test_gpt_trains_as_with_pytorch(tmp_path):
    pytorch = pytest.importorskip("torch")
    write_for_pytorch(tmp_path, "minitorch.datasets")
    histories = []
    pair = ((torch, names_of("gpt.py")), (pytorch, names_of("gpt.py", tmp_path)))
    for library, names in pair:
        library.manual_seed(2)
        codes = library.randint(30, (500,))
        model = names["GPT"](30, 16, 32, 4, 2, 0.1)
        history = names["train"](model, codes[:400], codes[400:], 60, 0.003, 4)
        histories.append([number for row in history for number in row])
    assert len(histories[0]) == 9
    assert histories[0] == pytest.approx(histories[1], rel=1e-4)


def test_names_rnn_trains_as_with_pytorch(tmp_path):
    pytorch = pytest.importorskip("torch")
    write_for_pytorch(tmp_path, "minitorch.datasets")
    losses = []
    pair = ((torch, names_of("names_rnn.py")), (pytorch, names_of("names_rnn.py", tmp_path)))
    for library, names in pair:
        library.manual_seed(2)
        seen, held_out = names["data"](0.01)
        model = names["Writer"](24, 2, 0.2)
        examples, tests = (
            [names["encode"](name, kind) for name, kinds in part for kind in kinds]
            for part in ([*seen.items()][:400], held_out.items())
        )
        before = names["judge"](model, tests)
        model.train()
        names["train"](model, examples, 2, 0.01, 32)
        losses += [(before, names["judge"](model, tests))]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert losses[0][1] < losses[0][0] - 0.3


@pytest.mark.parametrize("script", SHORT)
def test_same_seed_same_run(tmp_path, script):
    short = SHORT[script].split()
    first, again, other = runs(
        script, *[(*short, "--seed", seed) for seed in ("5", "5", "6")], folder=tmp_path
    )
    assert first == again
    assert numbers(LOSS, first)[0] != numbers(LOSS, other)[0]


@pytest.mark.parametrize("script", SHORT)
def test_explains_itself(tmp_path, script):
    output = run(script, "--help", folder=tmp_path)
    options = [text for text in SHORT[script].split() if text.startswith("--")]
    for option in (*options, "--seed", "--out", "--quick"):
        assert f"\n  {option}" in output
    assert output.count("(default:") == len(options) + 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("gpt.py --book dracula", "argument --book: invalid choice: 'dracula' (choose from "),
        ("gpt.py --temperature 0", "--temperature: expected a number of at least 0.01, got 0"),
        ("gpt.py --context 20000", "--context: expected a number from 1 to 1024, got 20000"),
        ("gpt.py --width 50", "error: --width 50 cannot be shared by --heads 4"),
        ("names_rnn.py --dropout 2", "--dropout: expected a number from 0 to 1, got 2"),
        ("names_rnn.py --width 3", "argument --width: expected a number of at least 4, got 3"),
    ],
)
def test_bad_arguments_are_refused(tmp_path, arguments, message):
    script, *rest = arguments.split()
    result = python(str(EXAMPLES / script), *rest, folder=tmp_path)
    assert result.returncode in (1, 2)
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_pictures_of_the_page_are_small_and_named():
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for script in SHORT:
        picture = EXAMPLES.parent / "docs/images/examples" / script.replace(".py", ".png")
        assert picture.stat().st_size <= 60_000
        assert f"](../docs/images/examples/{picture.name})" in page
        assert f"examples/{script}" in page
