"""What Sphinx is given besides the pages in `docs/`: the API reference and the gallery."""
