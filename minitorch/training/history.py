"""What a training went through, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from pathlib import Path
from typing import Any

from minitorch.faces import html

HEIGHT = 3.2  # inches of each curve


class History:
    """One row for each whole epoch: its number, the loss, the metrics, the learning rate.

    What was measured on `valid` has "valid_" before its name. Training values are those of the
    batches as they were trained on, with dropout and with the parameters of that moment.

    Attributes:
        stopped: why the training ended before its last epoch; None if it did not.
        seconds: how long each epoch took.

    Example:
        >>> history = torch.training.History()
        >>> history.add({"epoch": 1, "loss": 0.5, "valid_loss": 0.75})
        >>> history.add({"epoch": 2, "loss": 0.25, "valid_loss": 0.625})
        >>> history["loss"]
        [0.5, 0.25]
        >>> history.best("valid_loss")["epoch"]
        2
        >>> print(history.text())
        epoch,loss,valid_loss
        1,0.5,0.75
        2,0.25,0.625
    """

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self.seconds: list[float] = []
        self.stopped: str | None = None

    def add(self, row: dict[str, Any], seconds: float = 0.0) -> None:
        """Put an epoch at the end."""
        self._rows.append(dict(row))
        self.seconds.append(seconds)

    def rows(self) -> list[dict[str, Any]]:
        """A dict for each epoch."""
        return [dict(row) for row in self._rows]

    def names(self) -> list[str]:
        """What was measured."""
        return list(dict.fromkeys(name for row in self._rows for name in row))

    def __getitem__(self, name: str) -> list[Any]:
        """The values of a name, epoch by epoch."""
        if name not in (names := self.names()):
            raise KeyError(f"{name!r} was not measured; there are: {', '.join(names) or 'no rows'}")
        return [row.get(name) for row in self._rows]

    def __len__(self) -> int:
        """How many epochs."""
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows())

    def best(self, name: str, highest: bool = False) -> dict[str, Any]:
        """The row with the lowest (or highest) value of a name; the first of equal ones."""
        values = [(value, i) for i, value in enumerate(self[name]) if value == value]
        if not values:
            raise ValueError(f"all values of {name!r} are nan")
        sign = -1 if highest else 1
        return dict(self._rows[min(values, key=lambda pair: (sign * pair[0], pair[1]))[1]])

    def text(self, separator: str = ",") -> str:
        """A line of names and a line for each epoch, every digit given: what CSV readers read."""
        names = self._scalars()
        lines = [[str(row.get(name, "")) for name in names] for row in self._rows]
        return "\n".join(map(separator.join, [names, *lines]))

    def plot(self, path: str | Path | None = None) -> Any:
        """A curve of each value, training and validation together; a Matplotlib Figure.

        Args:
            path: where to write it, too, in the format of its ending.

        Raises:
            ImportError: Matplotlib is not installed.
        """
        try:
            import matplotlib.pyplot  # noqa: F401  (a notebook shows figures once this is there)
            from matplotlib.figure import Figure
            from matplotlib.ticker import MaxNLocator
        except ImportError as error:
            raise ImportError(
                "History.plot needs Matplotlib: pip install 'minitorch[plot]', or read rows()"
            ) from error
        names = [n for n in self._scalars() if n not in ("epoch", "lr")]
        kinds = list(dict.fromkeys(name.removeprefix("valid_") for name in names))
        columns = max(len(kinds), 1)
        figure = Figure(figsize=(HEIGHT * 1.4 * columns, HEIGHT), layout="constrained")
        for axes, kind in zip(figure.subplots(1, columns, squeeze=False)[0], kinds):
            for name, label in ((kind, "training"), (f"valid_{kind}", "validation")):
                if name in names:
                    axes.plot(self["epoch"], self[name], ".-", label=label)
            axes.set(title=kind, xlabel="epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.grid(alpha=0.3)
            axes.legend()
        if path is not None:
            figure.savefig(path)
        return figure

    def _scalars(self) -> list[str]:
        """The names whose values are numbers: a confusion matrix is none."""
        return [n for n in self.names() if all(isinstance(v, Real | None) for v in self[n])]

    def _table(self) -> list[list[str]]:
        names = self._scalars()
        return [names, *([shown(row.get(name)) for name in names] for row in self._rows)]

    def __repr__(self) -> str:
        last = {name: self._rows[-1].get(name) for name in self._scalars()} if self._rows else {}
        values = ", ".join(f"{k} {shown(v)}" for k, v in last.items() if k not in ("epoch", "lr"))
        stop = f", stopped: {self.stopped}" if self.stopped else ""
        many = "epoch" if len(self) == 1 else "epochs"
        return f"<History of {len(self)} {many}{': ' if values else ''}{values}{stop}>"

    def __str__(self) -> str:
        """A table for reading."""
        if not self._rows:
            return repr(self)
        table = self._table()
        widths = [max(map(len, column)) for column in zip(*table)]
        lines = ("  ".join(map(str.rjust, line, widths)) for line in table)
        return "\n".join([*lines, *([f"stopped: {self.stopped}"] if self.stopped else [])])

    def _repr_html_(self) -> str:
        head, *body = self._table()
        stop = [html.title("stopped", self.stopped)] if self.stopped else []
        return html.shown(html.table(body, head), *stop)


def shown(value: Any) -> str:
    """A number in few digits."""
    if isinstance(value, float):
        return f"{value:.4g}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.2e}"
    return "" if value is None else str(value)
