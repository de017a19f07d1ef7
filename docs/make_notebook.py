"""Run the notebooks and store their outputs: `python docs/make_notebook.py [notebook ...]`.

Without names these are all under docs/. That needs nbclient and ipykernel. Each cell is run from
the top in a new kernel. Nothing of the run but its outputs is stored, so that a second run changes
nothing.

On another processor the last digits may differ, which `tests/test_notebook.py` allows for. A cell
whose *words* may differ there, such as text that a network has sampled or an answer that depends on
times, has the tag `differs` in its metadata: the test asks only that it gives outputs of the same
kinds. What must hold everywhere such a cell asserts.
"""

from __future__ import annotations

import itertools
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

DOCS = Path(__file__).resolve().parent
LANGUAGE = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


def notebooks() -> list[Path]:
    """Every notebook of the documentation: the one from scratch, then the course in its order."""
    return [DOCS / "autograd_from_scratch.ipynb", *sorted(DOCS.glob("course/*.ipynb"))]


def executed(path: Path) -> Any:
    """A notebook with the outputs of a fresh run, in its own folder.

    Sums depend on how many threads share them, in the last digit; so there is one. Kernels talk
    through files where they can: of two that start at once, both may pick the same port.
    """
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    paths = os.pathsep.join(filter(None, [str(DOCS.parent), os.environ.get("PYTHONPATH")]))
    notebook = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as folder:
        sockets = {"transport": "ipc", "ip": f"{folder}/kernel"} if os.name == "posix" else {}
        client = NotebookClient(
            notebook,
            timeout=300,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(path.parent)}},
            config=Config(ConnectionFileMixin=sockets),
        )
        client.execute(env={**os.environ, **ONE_THREAD, "PYTHONPATH": paths})
    notebook.metadata = nbformat.from_dict(LANGUAGE)
    number_pictures(notebook)
    return notebook


def number_pictures(notebook: Any) -> None:
    """Number the pictures that open by their order; they have names at random, unique on a page."""
    numbers = itertools.count()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            page = output.get("data", {}).get("text/html", "")
            for name in dict.fromkeys(re.findall(r"\bmtv[0-9a-f]{8}\b", page)):
                output.data["text/html"] = page = page.replace(name, f"mtv{next(numbers):08}")


def main() -> None:
    """Run the notebooks that are named, or all of them, and write them back."""
    import nbformat

    for path in [Path(name).resolve() for name in sys.argv[1:]] or notebooks():
        notebook = executed(path)
        nbformat.validate(notebook)
        nbformat.write(notebook, path)
        print(f"{path}: {sum(cell.cell_type == 'code' for cell in notebook.cells)} cells run")


if __name__ == "__main__":
    main()
