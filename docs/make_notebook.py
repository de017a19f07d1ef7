"""Run the notebook and store its outputs: `python docs/make_notebook.py`.

That needs nbclient and ipykernel. Each cell is run from the top in a new kernel. Nothing of the
run but its outputs is stored, so that a second run changes nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parent / "autograd_from_scratch.ipynb"
LANGUAGE = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def executed(path: Path = NOTEBOOK) -> Any:
    """The notebook with the outputs of a fresh run."""
    import nbformat
    from nbclient import NotebookClient

    package = str(Path(__file__).resolve().parent.parent)
    paths = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", record_timing=False, coalesce_streams=True
    )
    client.execute(env={**os.environ, "PYTHONPATH": paths})
    notebook.metadata = nbformat.from_dict(LANGUAGE)
    return notebook


def main() -> None:
    """Run the notebook and write it back."""
    import nbformat

    notebook = executed()
    nbformat.validate(notebook)
    nbformat.write(notebook, NOTEBOOK)
    print(f"{NOTEBOOK}: {sum(cell.cell_type == 'code' for cell in notebook.cells)} cells run")


if __name__ == "__main__":
    main()
