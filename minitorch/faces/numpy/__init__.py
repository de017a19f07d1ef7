"""The functions with NumPy's signature: a file a family, each with its table `functions`."""
