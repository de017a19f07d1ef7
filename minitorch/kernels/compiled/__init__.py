"""Loops that Numba compiles, in files and under names of the kernels whose partners they are."""
