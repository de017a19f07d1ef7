"""The engine: boxes, primitives, nodes and the sweeps. It knows no operation and no face."""
