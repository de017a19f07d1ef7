"""The faces: `Tensor` speaks PyTorch, `Array` speaks NumPy; both are thin over the engine."""
