"""Programs written for HIPS autograd; `tests/test_hips_programs.py` swaps their imports."""
