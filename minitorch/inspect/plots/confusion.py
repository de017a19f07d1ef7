"""Which class was taken for which."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.inspect.plots.picture import Panels, Picture, canvas_for, columns, said

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WRITTEN = 25  # classes up to which every cell has its number
LONGEST = 18  # letters of a name that the picture shows


class ConfusionMatrix(Picture):
    """Counts of labels against predictions; what `confusion_matrix` returns.

    Attributes:
        counts: int64, a row for each true class and a column for each predicted one.
        names: of the classes.
        precision, recall, f1: of each class; nan where it was never predicted, or never occurs.
        accuracy: the share that is right; nan of none.
        unscored: how many rows of scores held NaN, so that nothing was predicted; they are not
            in the counts.
    """

    title = "Confusion matrix"

    def __init__(self, counts: np.ndarray, names: list[str], unscored: int = 0) -> None:
        self.counts, self.names, self.unscored = counts, names, unscored
        right, true, guessed = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            self.precision, self.recall = right / guessed, right / true
            self.f1 = np.where(true + guessed > 0, 2 * right / (true + guessed), math.nan)
        total = int(counts.sum())
        self.accuracy = float(right.sum() / total) if total else math.nan

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "class": name, "precision": float(p), "recall": float(r), "f1": float(f),
                "count": int(line.sum()), **{f"as {k}": int(n) for k, n in zip(self.names, line)},
            }
            for name, p, r, f, line in zip(
                self.names, self.precision, self.recall, self.f1, self.counts
            )
        ]  # fmt: skip

    def notes(self) -> list[str]:
        total = int(self.counts.sum())
        notes = [f"Accuracy {said(self.accuracy)} of {total} samples." if total else "No samples."]
        wrong = self.counts - np.diag(np.diag(self.counts))
        if wrong.any():
            true, guess = (int(i) for i in np.unravel_index(wrong.argmax(), wrong.shape))
            notes.append(
                f"Most often {self.names[true]} was taken for {self.names[guess]}: "
                f"{times(int(wrong[true, guess]))}."
            )
        if self.unscored:
            notes.append(f"{self.unscored} samples have NaN among their scores: they don't count.")
        never = [n for n, count in zip(self.names, self.counts.sum(axis=0)) if not count]
        if never and len(self.names) > len(never):
            notes.append(f"Never predicted: {', '.join(never[:12])}{', …' * (len(never) > 12)}.")
        return notes

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        head = ["true \\ predicted", *self.names, "recall", "precision", "f1"]
        lines = [
            [name, *map(str, line), *("–" if np.isnan(v) else f"{v:.3f}" for v in shares)]
            for name, line, *shares in zip(
                self.names, self.counts.tolist(), self.recall, self.precision, self.f1
            )
        ]
        return head, lines

    def __str__(self) -> str:
        head, lines = self._cells()
        return "\n".join([*columns(head, lines), *self.notes()])

    def __repr__(self) -> str:
        many = len(self.names)
        return f"<ConfusionMatrix of {many} classes, accuracy {said(self.accuracy)}>"

    def _panels(self) -> Panels:
        size = min(max(0.42 * len(self.names), 2.4), 9.0)
        letters = 0.07 * min(max(map(len, self.names)), LONGEST)
        return Panels(1, 1, size + 1.7 + letters, size + 0.6 + letters)

    def _paint(self, axes: list[Axes]) -> None:
        canvas, (ax,), many = canvas_for("ConfusionMatrix.plot"), axes, len(self.names)
        true = self.counts.sum(axis=1, keepdims=True)
        shares = self.counts / np.maximum(true, 1)
        drawn = ax.imshow(shares, cmap="Blues", vmin=0, vmax=shares.max(initial=0.0) or 1)
        bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.8)
        bar.set_label("share of the true class", size=canvas.SMALL)
        bar.ax.tick_params(labelsize=canvas.TINY)
        if many <= WRITTEN:
            for (i, j), count in np.ndenumerate(self.counts):
                if count:
                    dark = shares[i, j] > 0.5 * shares.max()
                    ax.text(
                        j, i, str(count), ha="center", va="center", fontsize=canvas.SMALL,
                        color="white" if dark else "black",
                    )  # fmt: skip
        every = max(1, -(-many // 40))
        names = [n if len(n) <= LONGEST else f"{n[: LONGEST - 1]}…" for n in self.names][::every]
        ax.set_yticks(range(0, many, every), names)
        if max(map(len, names)) <= 3:
            ax.set_xticks(range(0, many, every), names)
        else:
            ax.set_xticks(range(0, many, every), names, rotation=45, ha="right",
                          rotation_mode="anchor")  # fmt: skip
        ax.set(xlabel="predicted class", ylabel="true class")
        canvas.letters(ax)
        share = "no samples" if math.isnan(self.accuracy) else f"accuracy {self.accuracy:.1%}"
        ax.set_title(f"{self.title}: {share}", fontsize=10)


def times(count: int) -> str:
    """A count of occasions."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def confusion_matrix(
    predicted: Any, wanted: Any, names: Sequence[object] | None = None
) -> ConfusionMatrix:
    r"""How often each class was taken for each.

    Args:
        predicted: labels `(n,)`, or scores `(n, classes)`, of which the largest counts.
        wanted: the true labels `(n,)`: whole numbers from 0 on, or texts on both sides.
        names: what to call the classes, in order; of labels that are texts, all there are.

    Raises:
        ValueError: other shapes, labels that are no class, or none at all and no names.

    Example:
        >>> print(torch.inspect.confusion_matrix([0, 1, 1, 1], [0, 1, 0, 1], names=["cat", "dog"]))
        true \ predicted  cat  dog  recall  precision     f1
        cat                 1    1   0.500      1.000  0.667
        dog                 0    2   1.000      0.667  0.800
        Accuracy 0.75 of 4 samples.
        Most often cat was taken for dog: once.
    """
    guess, label = _array(predicted), _array(wanted)
    known = None if names is None else [str(name) for name in names]
    if label.ndim != 1 or guess.ndim not in (1, 2) or len(guess) != len(label):
        raise ValueError(
            f"confusion_matrix: predicted has shape {guess.shape} and wanted {label.shape}; "
            "expected labels (n,) or scores (n, classes), and as many labels (n,)"
        )
    size, unscored = 0, 0
    if guess.ndim == 2:
        size, scored = guess.shape[1], ~np.isnan(guess).any(axis=1)
        if not size:
            raise ValueError("confusion_matrix: the scores are of no classes: shape (n, 0)")
        unscored = int((~scored).sum())
        guess, label = guess[scored].argmax(axis=1), label[scored]
    if label.dtype.kind in "UO" or guess.dtype.kind in "UO":
        guess, label, known = _numbered(guess, label, known, size)
    guess, label = _whole(guess, "predicted"), _whole(label, "wanted")
    top = int(max(guess.max(initial=-1), label.max(initial=-1))) + 1
    if known is not None and max(top, size) > len(known):
        raise ValueError(
            f"confusion_matrix: there are {len(known)} names, but {max(top, size)} classes"
        )
    size = max(top, size) if known is None else len(known)
    if not size:
        raise ValueError("confusion_matrix: there are no labels; give names for an empty matrix")
    counts = np.bincount(label * size + guess, minlength=size * size).reshape(size, size)
    return ConfusionMatrix(counts.astype(np.int64), known or list(map(str, range(size))), unscored)


def _array(labels: Any) -> np.ndarray:
    if isinstance(labels, (list, tuple)):
        labels = [each._value if isinstance(each, Box) else each for each in labels]
    return np.asarray(labels._value if isinstance(labels, Box) else labels)


def _numbered(
    guess: np.ndarray, label: np.ndarray, names: list[str] | None, scored: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Labels that are texts, as numbers of classes."""
    texts = [[str(each) for each in side] for side in (guess, label)]
    if scored:  # the columns of scores are classes by number: only names say which
        if names is None:
            raise ValueError("confusion_matrix: scores and labels that are texts need names")
        texts[0] = [names[int(i)] if int(i) < len(names) else str(i) for i in guess]
    known = sorted({*texts[0], *texts[1]}) if names is None else names
    number = {name: i for i, name in enumerate(known)}
    if strange := [each for side in texts for each in side if each not in number]:
        raise ValueError(f"confusion_matrix: the label {strange[0]!r} is not among the names")
    made = [np.array([number[each] for each in side], np.int64) for side in texts]
    return made[0], made[1], known


def _whole(labels: np.ndarray, what: str) -> np.ndarray:
    if labels.dtype.kind not in "iubf" or not np.isfinite(labels).all():
        raise ValueError(f"confusion_matrix: {what} holds NaN, or no numbers: {labels.dtype}")
    whole = labels.astype(np.int64)
    if (whole != labels).any():
        raise ValueError(
            f"confusion_matrix: {what} must be labels, whole numbers, got "
            f"{labels[whole != labels][0]}: apply argmax(1), or (p > 0.5), first"
        )
    if (whole < 0).any():
        raise ValueError(f"confusion_matrix: {what} holds the negative label {whole.min()}")
    return whole
