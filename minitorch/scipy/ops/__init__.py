"""The operations that SciPy computes: one file a family, one statement an operation."""
